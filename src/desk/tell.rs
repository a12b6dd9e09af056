//! What happened in an instance, one readable sentence a thing.

mod events;

use super::reminder::{instant, span};
use super::view::HistoryEntry;
use super::{event, insertion, instance, prepare, undo, variables};
use crate::engine::InstanceState;
use crate::model::{Process, readable};
use crate::store::{Past, PastEvent, PastTask};
use crate::value::words::{short, thousands};
use crate::value::{Map, Value, time};
use chrono::{DateTime, Utc};
use std::borrow::Cow;
use std::collections::HashMap;

pub use events::nodes;

/// The variables whose values sentences tell.
pub const VARIABLES: &[&str] = &[
    insertion::STATUS,
    insertion::MESSAGE,
    insertion::KEPT,
    insertion::INSERTED,
    insertion::UPDATED,
    insertion::REFUSED,
    insertion::DELETED,
    insertion::ORPHANS,
    insertion::EXACTLY_ONCE,
    undo::UNDONE,
    undo::REASON,
    undo::REMOVED,
    undo::RESTORED,
];

/// Tells the history of an instance, oldest first.
pub fn tell(process: &Process, past: &[Past]) -> Vec<HistoryEntry> {
    let mut teller = Teller {
        process,
        holders: holders(past),
        facts: facts(past),
        round: None,
    };
    past.iter()
        .filter_map(|entry| teller.entry(entry))
        .collect()
}

struct Teller<'a> {
    process: &'a Process,
    /// Whose each task was at first.
    holders: HashMap<&'a str, Option<&'a str>>,
    /// What the variables became at each instant.
    facts: HashMap<DateTime<Utc>, HashMap<&'a str, &'a Value>>,
    round: Option<u32>,
}

/// Who had each task before the first change of its assignee.
fn holders(past: &[Past]) -> HashMap<&str, Option<&str>> {
    let mut holders = HashMap::new();
    for entry in past {
        if let PastEvent::Operation {
            task_id: Some(task),
            property,
            from,
            ..
        } = &entry.what
            && property.as_deref() == Some("assignee")
        {
            holders.entry(task.as_str()).or_insert(from.as_deref());
        }
    }
    holders
}

fn facts(past: &[Past]) -> HashMap<DateTime<Utc>, HashMap<&str, &Value>> {
    let mut facts: HashMap<_, HashMap<_, _>> = HashMap::new();
    for entry in past {
        if let PastEvent::VariableSet { name, value } = &entry.what {
            facts
                .entry(entry.at)
                .or_default()
                .insert(name.as_str(), value);
        }
    }
    facts
}

impl<'a> Teller<'a> {
    fn entry(&mut self, past: &'a Past) -> Option<HistoryEntry> {
        if let PastEvent::TaskCreated(task) = &past.what {
            self.round = Some(task.round);
        }
        let (kind, text) = self.sentence(past)?;
        let node = past
            .activity_id
            .as_deref()
            .and_then(|id| self.process.node(id));
        Some(HistoryEntry {
            time: past.at,
            kind: kind.to_owned(),
            user_id: past.user.clone(),
            activity_id: past.activity_id.clone(),
            activity_name: node.and_then(|node| node.name.clone()),
            round: self.round,
            text,
        })
    }

    fn sentence(&self, past: &'a Past) -> Option<(&'static str, String)> {
        let who = past.user.as_deref().unwrap_or("the desk");
        let name = self.name(past.activity_id.as_deref());
        let name = name.as_ref();
        Some(match &past.what {
            PastEvent::Started => {
                let process = self.process.name.as_deref().unwrap_or(&self.process.id);
                ("started", format!("{who} launched {process}"))
            }
            PastEvent::Ended { state, reason } => ended(*state, reason.as_deref(), who),
            PastEvent::TaskCreated(task) => self.created(task),
            PastEvent::TaskCompleted(task) => {
                let late = match task.first_due {
                    Some(due) if past.at > due => format!(", {} late", span(past.at - due)),
                    Some(_) => ", in time".to_owned(),
                    None => String::new(),
                };
                let again = match task.round {
                    0 | 1 => String::new(),
                    n => format!(", try {n}"),
                };
                (
                    "completed",
                    format!("{who} completed {}{late}{again}", task.name),
                )
            }
            PastEvent::Operation {
                operation,
                property,
                from,
                to,
                reason,
                ..
            } => {
                return operated(
                    operation,
                    property.as_deref(),
                    (from.as_deref(), to.as_deref()),
                    who,
                    name,
                )
                .or_else(|| match operation.as_str() {
                    "CancelUnknown" => Some((
                        "stopped",
                        "whether the rows of its insertion are in the target is not known; \
                         its ledger tells: look into crewdesk_ledger"
                            .to_owned(),
                    )),
                    instance::STOPPED => Some(("stopped", format!("{who} stopped the insertion"))),
                    prepare::FIXED => {
                        let words = reason.as_deref().unwrap_or("rows fixed");
                        let patch: String =
                            to.iter().flat_map(|hash| hash.chars()).take(8).collect();
                        Some((
                            "fixed",
                            format!("{who} fixed rows of the data frame: {words} (patch {patch})"),
                        ))
                    }
                    undo::UNDO => Some((
                        "undo",
                        match reason.as_deref().or(to.as_deref()) {
                            Some(job) if property.as_deref() != Some("key") => {
                                format!("{who} began to take it back: {job}")
                            }
                            _ => format!("{who} began to take it back"),
                        },
                    )),
                    undo::UNDOES => Some((
                        "undo",
                        format!(
                            "it takes back the insertion of {}",
                            reason.as_deref().or(to.as_deref()).unwrap_or("another job")
                        ),
                    )),
                    variables::SET => Some((
                        "variable",
                        format!("{who} set the variable {}", to.as_deref().unwrap_or("")),
                    )),
                    variables::REMOVED => Some((
                        "variable",
                        format!("{who} removed the variable {}", to.as_deref().unwrap_or("")),
                    )),
                    event::MESSAGE => Some((
                        "message",
                        format!("{who} sent the message {}", to.as_deref().unwrap_or("")),
                    )),
                    instance::RETRIED => Some(("retried", format!("{who} had {name} tried again"))),
                    "ModifyProcessInstance" => {
                        Some(("modified", format!("{who} moved its tokens by hand")))
                    }
                    "Suspend" => Some(("suspended", format!("{who} suspended it"))),
                    "Activate" => Some(("activated", format!("{who} activated it"))),
                    "Migrate" => Some(("migrated", moved(who, from.as_deref(), to.as_deref()))),
                    "ErrorThrown" => {
                        let worker = from.as_deref().map(worker_name);
                        let worker = worker.unwrap_or_else(|| "a worker".to_owned());
                        let code = to.as_deref().unwrap_or("without a code");
                        let why = reason.as_deref().map(|r| format!(": {r}"));
                        Some((
                            "threw",
                            format!(
                                "{worker} threw the error {code} in {name}{}",
                                why.unwrap_or_default()
                            ),
                        ))
                    }
                    "ErrorUncaught" => {
                        let code = to.as_deref().unwrap_or("without a code");
                        let why = reason
                            .as_deref()
                            .map(|r| format!(": {r}"))
                            .unwrap_or_default();
                        Some((
                            "failed",
                            format!("{name} raised the error {code}, which nothing catches{why}"),
                        ))
                    }
                    _ => None,
                });
            }
            PastEvent::ExternalTaskCreated => ("queued", format!("{name} waits for a worker")),
            PastEvent::ExternalTaskFailed { message, retries } => (
                "failed",
                failed(name, message.as_deref(), retries.unwrap_or(0)),
            ),
            PastEvent::ExternalTaskCompleted { worker } => {
                self.worked(past.at, name, worker.as_deref())
            }
            PastEvent::TimerFired => ("timer", format!("the timer {name} went off")),
            PastEvent::JobFailed { message, retries } => {
                ("failed", failed(name, message.as_deref(), *retries))
            }
            PastEvent::IncidentCreated { message } => {
                let why = message.as_deref().unwrap_or("no reason was given");
                ("incident", format!("{name} stands still: {why}"))
            }
            PastEvent::IncidentResolved => ("resolved", format!("{name} goes on")),
            PastEvent::Decided { result } => ("checked", format!("{name}: {}", verdict(result))),
            PastEvent::Thrown(thrown) => self.thrown(past, thrown),
            PastEvent::Called(call) => self.called(past, call, false),
            PastEvent::CallEnded(call) => self.called(past, call, true),
            PastEvent::Entered => return self.visited(past, false),
            PastEvent::Left => return self.visited(past, true),
            PastEvent::VariableSet { .. } => return None,
        })
    }

    fn name(&self, activity: Option<&str>) -> Cow<'a, str> {
        match activity.and_then(|id| self.process.node(id)) {
            Some(node) => readable(node.name.as_deref().unwrap_or(&node.id)),
            // Of a version on which it ran before.
            None => Cow::Owned(activity.unwrap_or("a step").to_owned()),
        }
    }

    fn created(&self, task: &PastTask) -> (&'static str, String) {
        let due = task
            .first_due
            .map(|due| format!(", due {}", instant(due)))
            .unwrap_or_default();
        let holder = match self.holders.get(task.id.as_str()) {
            Some(holder) => *holder,
            None => task.assignee.as_deref(),
        };
        match (holder, task.round) {
            (Some(user), 0 | 1) => ("created", format!("{} is for {user}{due}", task.name)),
            (None, 0 | 1) => ("created", format!("{} is open to claim{due}", task.name)),
            // The due date that is remembered is the first one, which may be moved since.
            (Some(user), _) => ("cameBack", format!("{} came back to {user}", task.name)),
            (None, _) => (
                "cameBack",
                format!("{} came back and is open to claim", task.name),
            ),
        }
    }

    /// An insertion tells its facts; any other work that it was done.
    fn worked(
        &self,
        at: DateTime<Utc>,
        name: &str,
        worker: Option<&str>,
    ) -> (&'static str, String) {
        let fact = |name: &str| self.facts.get(&at)?.get(name).copied();
        let number = |name: &str| fact(name).and_then(Value::as_i64);
        let status = fact(insertion::STATUS).and_then(Value::as_str);
        match (
            status,
            number(insertion::INSERTED),
            number(insertion::REFUSED),
        ) {
            (Some("SUCCESS"), Some(rows), Some(refused)) => {
                let kept = fact(insertion::KEPT) != Some(&Value::Boolean(false));
                let updated = number(insertion::UPDATED).unwrap_or_default();
                let mut text = format!("{name}: {}", inserted(kept, rows, updated, refused));
                let mut add = |name: &str, words: &str| {
                    if let Some(count) = number(name).filter(|count| *count > 0) {
                        text += &format!(", {} {words}", grouped(count));
                    }
                };
                if kept {
                    add(insertion::DELETED, "deleted before");
                }
                add(insertion::ORPHANS, "refer to what is not there");
                if fact(insertion::EXACTLY_ONCE).is_some() {
                    text += ", not exactly once";
                }
                ("inserted", text)
            }
            _ if fact(undo::UNDONE).is_some() => (
                "undone",
                match fact(undo::REASON).and_then(Value::as_str) {
                    Some(reason) => format!("{name}: nothing was changed: {reason}"),
                    None => format!(
                        "{name}: taken back, {}",
                        undone(number(undo::REMOVED), number(undo::RESTORED))
                    ),
                },
            ),
            (Some("FAILURE"), ..) => {
                let why = fact(insertion::MESSAGE).and_then(Value::as_str);
                (
                    "inserted",
                    format!("{name} failed: {}", why.unwrap_or("no reason was given")),
                )
            }
            _ => (
                "worked",
                match worker {
                    Some(worker) => format!("{} completed {name}", worker_name(worker)),
                    None => format!("a worker completed {name}"),
                },
            ),
        }
    }
}

/// What became of the rows of an insertion that was taken back.
fn undone(removed: Option<i64>, restored: Option<i64>) -> String {
    let rows = |n: i64| format!("{} {}", grouped(n), if n == 1 { "row" } else { "rows" });
    match (removed.unwrap_or_default(), restored.unwrap_or_default()) {
        (removed, 0) => format!("{} gone", rows(removed)),
        (0, restored) => format!("{} as before", rows(restored)),
        (removed, restored) => {
            format!("{} gone, {} as before", rows(removed), grouped(restored))
        }
    }
}

/// What became of the rows of an insertion.
fn inserted(kept: bool, rows: i64, updated: i64, refused: i64) -> String {
    let word = |n: i64| if n == 1 { "row" } else { "rows" };
    let all = rows.saturating_add(refused);
    match (kept, refused) {
        (true, _) => {
            let mut text = format!("{} {} inserted", grouped(rows), word(rows));
            if updated > 0 {
                text += &format!(", {} of them updated", grouped(updated));
            }
            if refused > 0 {
                text += &format!(", {} refused and left out", grouped(refused));
            }
            text
        }
        (false, 0) => format!(
            "nothing inserted, although {} {} would fit",
            grouped(rows),
            word(rows)
        ),
        (false, _) => format!(
            "nothing inserted, {} of {} {} refused",
            grouped(refused),
            grouped(all),
            word(all)
        ),
    }
}

/// A count of rows, which is never negative.
fn grouped(n: i64) -> String {
    thousands(n.unsigned_abs())
}

fn ended(state: InstanceState, reason: Option<&str>, who: &str) -> (&'static str, String) {
    match (state, reason) {
        (InstanceState::ExternallyTerminated, Some(reason)) => {
            ("cancelled", format!("{who} cancelled it: {reason}"))
        }
        (InstanceState::ExternallyTerminated, None) => ("cancelled", format!("{who} cancelled it")),
        (InstanceState::InternallyTerminated, _) => {
            ("ended", "the process terminated itself".to_owned())
        }
        _ => ("ended", "the process reached its end".to_owned()),
    }
}

/// A change of a task.
fn operated(
    operation: &str,
    property: Option<&str>,
    (from, to): (Option<&str>, Option<&str>),
    who: &str,
    name: &str,
) -> Option<(&'static str, String)> {
    Some(match (operation, property?) {
        ("Claim" | "Assign", "assignee") => match (from, to) {
            (None, Some(to)) if to == who => ("claimed", format!("{who} claimed {name}")),
            (Some(from), None) if from == who => ("unclaimed", format!("{who} gave {name} back")),
            (Some(from), None) => ("unclaimed", format!("{who} took {name} from {from}")),
            (Some(from), Some(to)) if from != who => (
                "assigned",
                format!("{who} gave {name} to {to} instead of {from}"),
            ),
            (_, Some(to)) => ("assigned", format!("{who} gave {name} to {to}")),
            (None, None) => return None,
        },
        (_, "dueDate") => match to.and_then(time::instant) {
            Some(due) => (
                "due",
                format!("{who} moved the due date of {name} to {}", instant(due)),
            ),
            None => ("due", format!("{who} took the due date off {name}")),
        },
        (_, "priority") => (
            "priority",
            format!(
                "{who} set the priority of {name} to {}",
                to.unwrap_or("nothing")
            ),
        ),
        ("Update", property) => (
            "updated",
            format!(
                "{who} set {property} of {name} to {}",
                to.unwrap_or("nothing")
            ),
        ),
        _ => return None,
    })
}

/// A worker as people know it: this program's own is the desk's, and of a name that ends in a
/// generated id, as clients make them, the id is short.
pub fn worker_name(id: &str) -> String {
    let is_own = |rest: &str| {
        let mut parts = rest.splitn(2, '-');
        let process = parts.next().unwrap_or_default();
        let number = !process.is_empty() && process.bytes().all(|b| b.is_ascii_digit());
        number && parts.next().is_some_and(is_generated)
    };
    if id.strip_prefix("crewdesk-").is_some_and(is_own) {
        return "the desk's worker".to_owned();
    }
    // A UUID has four dashes of its own.
    let uuid = id
        .len()
        .checked_sub(36)
        .filter(|at| id.is_char_boundary(*at));
    let uuid = uuid.filter(|at| id[*at..].split('-').count() == 5 && is_generated(&id[*at..]));
    let at = uuid.or_else(|| {
        let at = id.rfind(['-', '_', ':', '.']).map_or(0, |at| at + 1);
        is_generated(&id[at..]).then_some(at)
    });
    match at {
        Some(at) => format!("{}{}", &id[..at], short(id)),
        None => id.to_owned(),
    }
}

/// Whether a text is an id that nobody thought up: hexadecimal, and long.
fn is_generated(text: &str) -> bool {
    text.len() >= 20 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// From which version to which: the middle of the ids of process definitions.
fn moved(who: &str, from: Option<&str>, to: Option<&str>) -> String {
    let version = |id: Option<&str>| id.and_then(|id| id.rsplit(':').nth(1)).map(str::to_owned);
    match (version(from), version(to)) {
        (Some(from), Some(to)) => format!("{who} moved it from v{from} to v{to}"),
        _ => format!("{who} moved it to another version"),
    }
}

fn failed(name: &str, why: Option<&str>, retries: i32) -> String {
    let why = why.unwrap_or("no reason was given");
    match retries {
        0 => format!("{name} failed: {why}; no try is left"),
        1 => format!("{name} failed: {why}; one try is left"),
        n => format!("{name} failed: {why}; {n} tries are left"),
    }
}

/// A decision's result in words: `result` and `reason` where it has them.
fn verdict(result: &Value) -> String {
    let plain = |value: &Value| match value {
        Value::Null => "nothing".to_owned(),
        value => value.to_string(),
    };
    let named = |map: &Map| {
        let result = map.get("result").map(plain)?;
        Some(match map.get("reason").filter(|r| !r.is_null()) {
            Some(reason) => format!("{result}, {}", plain(reason)),
            None => result,
        })
    };
    match result {
        Value::Map(map) => named(map).unwrap_or_else(|| plain(result)),
        Value::List(rows) => match rows.as_slice() {
            [only] => verdict(only),
            _ => plain(result),
        },
        result => plain(result),
    }
}

#[cfg(test)]
mod tests;

//! What happened in an instance, and what it knows: variables, tasks, what runs.

use super::inbox::select;
use super::instance::{Instance, Known};
use super::sheet::Sheet;
use crate::client::{ColumnFacts, HistoryEntry, InstanceDetail};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui};
use crate::tui::words::{self, Clock};
use ratatui::layout::Rect;

/// The sign and role of a kind of event.
fn sign(ui: &Ui, entry: &HistoryEntry) -> (&'static str, Role) {
    let glyphs = ui.glyphs;
    match entry.kind.as_str() {
        "cameBack" => (glyphs.back, Role::Warning),
        "incident" => (glyphs.incident, Role::Incident),
        "cancelled" => (glyphs.cancelled, Role::Danger),
        "comment" => (glyphs.comment, Role::Accent),
        "threw" => (glyphs.dot, Role::Warning),
        "completed" | "ended" => (glyphs.done, Role::Success),
        "started" | "inserted" | "checked" => (glyphs.running, Role::Info),
        _ => (glyphs.dot, Role::Muted),
    }
}

/// When, as short as the day allows.
fn stamp(clock: &Clock, entry: &HistoryEntry) -> String {
    let (here, today) = (clock.local(entry.time), clock.local(clock.now));
    let format = if here.date_naive() == today.date_naive() {
        "%H:%M"
    } else {
        "%-d %b %H:%M"
    };
    here.format(format).to_string()
}

/// Draws the timeline from its end: what happened last is what one looks for.
pub fn draw(ui: &mut Ui, area: Rect, page: &Instance, known: &Known, focused: bool) {
    ui.hit(area, Hit::Pane(1));
    let title = if area.width > 60 {
        "Timeline, newest first"
    } else {
        "Timeline"
    };
    let inner = ui.pane(area, title, focused);
    let (total, at) = (known.history.len(), page.at[0]);
    let stamps = known
        .history
        .iter()
        .map(|e| words::width(&stamp(&ui.clock, e)));
    let wide = stamps.max().unwrap_or(5) as u16;
    let x = inner.x + wide + 4;
    let columns = inner.right().saturating_sub(x + 1);
    let most = if focused { 4 } else { 2 };
    let entry = |index: usize| known.history.get(total.checked_sub(index + 1)?);
    let lines = |index: usize| {
        entry(index).map_or(Vec::new(), |entry| {
            words::wrap(&said(entry), columns.into())
        })
    };
    // The first event that is shown, so that the one under the cursor is seen whole.
    let mut first = at.min(total.saturating_sub(1));
    let mut used = lines(first).len().min(most);
    while first > 0 {
        used += lines(first - 1).len().min(most);
        if used > usize::from(inner.height) {
            break;
        }
        first -= 1;
    }
    let top = page.top[0].get().clamp(first, at.max(first));
    page.top[0].set(top);
    let mut y = inner.y;
    let mut shown = top;
    for index in top..total {
        let Some(entry) = entry(index).filter(|_| y < inner.bottom()) else {
            break;
        };
        let from = y;
        let (sign, role) = sign(ui, entry);
        let margin = Rect {
            width: wide + 1,
            ..inner
        };
        ui.right(margin, y, &stamp(&ui.clock, entry), Role::Muted);
        ui.text(inner.x + wide + 2, y, 1, sign, role);
        let role = if matches!(role, Role::Muted | Role::Info | Role::Success) {
            Role::Text
        } else {
            role
        };
        let texts = lines(index);
        for (i, line) in texts.iter().take(most).enumerate() {
            if y >= inner.bottom() {
                break;
            }
            ui.text(x, y, columns, line, role);
            if i + 1 == most && texts.len() > most {
                ui.text(x + columns, y, 1, ui.glyphs.ellipsis, Role::Muted);
            }
            y += 1;
        }
        let place = Rect {
            y: from,
            height: y - from,
            ..inner
        };
        if index == at && focused {
            select(ui, place, true, true);
        }
        ui.hit(place, Hit::Row(1, index));
        shown += 1;
    }
    if top > 0 || shown < total {
        let number = |n: usize| words::thousands(n as u64);
        ui.corner(area, &format!("{} of {}", number(at + 1), number(total)));
    }
}

/// What is said of an event.
fn said(entry: &HistoryEntry) -> String {
    match entry.round {
        Some(round) if round > 1 => format!("{} (round {round})", entry.text),
        _ => entry.text.clone(),
    }
}

/// A fact about an instance: one line here, a page in full.
pub struct Fact {
    /// What it is.
    pub name: String,
    /// The fact in one line.
    pub text: String,
    role: Role,
    /// The fact in full.
    pub sheet: Sheet,
    /// The instance that it leads to.
    pub leads_to: Option<String>,
}

impl Fact {
    /// What goes to the clipboard; nothing of a secret.
    pub fn copied(self) -> String {
        match self.sheet.masked {
            true => String::new(),
            false => self.sheet.text,
        }
    }
}

/// What is known of an instance: its variables, then the rest.
pub fn facts(detail: &InstanceDetail, clock: &Clock) -> Vec<Fact> {
    let instance = &detail.instance;
    let of = super::jobs::title(instance);
    let kept = detail.variables.get("insertionKept");
    let kept = kept.is_none_or(|found| found["value"] != false);
    let local = detail.local_variables.iter().flat_map(|scope| {
        let place = scope.activity_name.as_ref().unwrap_or(&scope.activity_id);
        let of = format!("{of}, {place}");
        scope.variables.iter().map(move |(name, value)| {
            let (text, role) = shown(value, clock);
            Fact {
                name: format!("{name} ({place})"),
                text,
                role,
                sheet: Sheet::variable(&of, name, value),
                leads_to: None,
            }
        })
    });
    let variables = detail.variables.iter().map(|(name, value)| {
        let (mut text, role) = shown(value, clock);
        if name == super::sheet::COLUMN_FACTS && role != Role::Muted {
            let columns = value.get("value").map(ColumnFacts::of_variable);
            let n = columns.unwrap_or_default().len() as u64;
            text = format!("of {}", words::count(n, "column", "columns"));
        }
        if name == "insertionStatus" && text == "SUCCESS" && !kept {
            text += ": all rows fitted, none was kept";
        }
        Fact {
            name: name.clone(),
            text,
            role,
            sheet: Sheet::variable(of, name, value),
            leads_to: None,
        }
    });
    let mut facts: Vec<Fact> = variables.chain(local).collect();
    let mut fact = |name: &str, text: String, role: Role| {
        facts.push(Fact {
            name: name.to_owned(),
            sheet: Sheet::new(of, name, String::new(), text.clone()),
            text,
            role,
            leads_to: None,
        });
    };
    fact("instance", instance.id.clone(), Role::Text);
    let by = instance.start_user_id.as_deref().unwrap_or("the desk");
    let started = clock.stamp(instance.start_time);
    fact("started", format!("{started} by {by}"), Role::Text);
    if let Some(end) = instance.end_time {
        fact("ended", clock.stamp(end), Role::Text);
    }
    if let Some(insertion) = &detail.insertion {
        let text = match (insertion.undone, insertion.undo_until) {
            (Some(at), _) => {
                let by = insertion.undone_by.as_deref();
                let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
                format!("taken back {}{by}", clock.stamp(at))
            }
            (None, Some(until)) => format!("can be taken back until {}", clock.stamp(until)),
            (None, None) => "can not be taken back".to_owned(),
        };
        fact("insertion", text, Role::Text);
    }
    for task in &detail.tasks {
        let who = task.assignee.as_deref().unwrap_or("free to claim");
        let text = format!("{}, {who}, priority {}", task.name, task.priority);
        fact("task", text, Role::Text);
    }
    for incident in &detail.incident_list {
        let text = incident.incident_message.as_ref();
        let text = text.unwrap_or(&incident.incident_type).clone();
        fact("incident", text, Role::Danger);
    }
    let caller = detail.caller.iter().map(|caller| ("called by", caller));
    let called = detail.called_instances.iter();
    let links = caller.chain(called.map(|called| ("called", called)));
    facts.extend(links.map(|(name, other)| {
        let state = match other.state.as_str() {
            "ACTIVE" => "",
            "SUSPENDED" => ", suspended",
            _ => ", ended",
        };
        let text = format!("{}{state}, {}", other.name, other.id);
        Fact {
            name: name.to_owned(),
            sheet: Sheet::new(of, name, String::new(), text.clone()),
            text,
            role: Role::Accent,
            leads_to: Some(other.id.clone()),
        }
    }));
    facts
}

/// What is under the cursor of an instance.
pub fn selected(page: &Instance, clock: &Clock) -> Option<Fact> {
    let known = page.slot.data.as_ref()?;
    match page.pane {
        1 => {
            let at = known.history.len().checked_sub(page.at[0] + 1)?;
            let entry = known.history.get(at)?;
            let title = super::jobs::title(&known.detail.instance);
            let note = clock.local(entry.time).format("%a %-d %b %Y %H:%M:%S");
            let sheet = Sheet::new(title, "timeline", note.to_string(), said(entry));
            Some(Fact {
                name: entry.kind.clone(),
                text: said(entry),
                role: Role::Text,
                sheet,
                leads_to: None,
            })
        }
        2 => facts(&known.detail, clock).into_iter().nth(page.at[1]),
        _ => None,
    }
}

/// Draws variables and what else is known.
pub fn details(ui: &mut Ui, area: Rect, page: &Instance, known: &Known, focused: bool) {
    ui.hit(area, Hit::Pane(2));
    let inner = ui.pane(area, "Variables", focused);
    let facts = facts(&known.detail, &ui.clock);
    let local = known.detail.local_variables.iter();
    let local: usize = local.map(|scope| scope.variables.len()).sum();
    let variables = known.detail.variables.len() + local;
    let longest = facts.iter().map(|f| words::width(&f.name)).max();
    let wide = (longest.unwrap_or(0) as u16).clamp(8, (inner.width * 2 / 5).max(8));
    // An empty line between the variables and the rest.
    let line = |index: usize| index + usize::from(index >= variables && variables > 0);
    let (at, room) = (
        page.at[1].min(facts.len().saturating_sub(1)),
        usize::from(inner.height),
    );
    let least = (line(at) + 1).saturating_sub(room);
    let top = page.top[1].get().clamp(least, line(at).max(least));
    let top = top.min((line(facts.len() - 1) + 1).saturating_sub(room));
    page.top[1].set(top);
    if line(facts.len() - 1) + 1 > room {
        ui.corner(area, &format!("{} of {}", at + 1, facts.len()));
    }
    for (index, fact) in facts.iter().enumerate() {
        let Some(y) = line(index).checked_sub(top).filter(|y| *y < room) else {
            continue;
        };
        let place = Rect {
            y: inner.y + y as u16,
            height: 1,
            ..inner
        };
        ui.text(place.x + 1, place.y, wide, &fact.name, Role::Muted);
        let x = place.x + wide + 2;
        let columns = inner.right().saturating_sub(x);
        let text = fact.text.lines().next().unwrap_or("");
        let more = fact.text.lines().nth(1).is_some();
        // Ids and paths differ at their ends.
        let text = match text.contains(' ') || more {
            true => words::cut(
                text,
                columns.saturating_sub(more.into()).into(),
                ui.glyphs.ellipsis,
            ),
            false => words::cut_middle(text, columns.into(), ui.glyphs.ellipsis),
        };
        let used = ui.text(x, place.y, columns, &text, fact.role);
        if more && !text.ends_with(ui.glyphs.ellipsis) {
            ui.text(
                x + used,
                place.y,
                columns - used,
                ui.glyphs.ellipsis,
                Role::Muted,
            );
        }
        if index == at && focused {
            select(ui, place, true, true);
        }
        ui.hit(place, Hit::Row(2, index));
    }
}

/// True for a typed value that is only a handle of a secret.
pub fn is_secret(value: &serde_json::Value) -> bool {
    let flag = value.pointer("/valueInfo/secret");
    flag.and_then(serde_json::Value::as_bool) == Some(true)
}

/// A typed value as people read it; a secret shows only that it is one.
fn shown(value: &serde_json::Value, clock: &Clock) -> (String, Role) {
    if is_secret(value) {
        return ("****** (secret)".to_owned(), Role::Muted);
    }
    let kind = value
        .get("type")
        .and_then(serde_json::Value::as_str)
        .unwrap_or("");
    match value.get("value") {
        None | Some(serde_json::Value::Null) => ("null".to_owned(), Role::Muted),
        Some(serde_json::Value::String(text)) if kind == "Date" => {
            let at = chrono::DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.3f%z");
            (
                at.map_or_else(|_| text.clone(), |at| clock.stamp(at.to_utc())),
                Role::Text,
            )
        }
        Some(serde_json::Value::String(text)) => (text.clone(), Role::Text),
        Some(serde_json::Value::Number(n)) => (n.to_string(), Role::Info),
        Some(other) => (other.to_string(), Role::Text),
    }
}

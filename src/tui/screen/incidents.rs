//! What failed and what waits for its time: incidents with their cause, and jobs. Of the whole
//! desk, or of one instance.

mod draw;
mod row;

use super::{batches, instance};
use crate::client::operate::JobQuery;
use crate::client::{Answer, Client};
use crate::tui::effect::{Done, Effect, act, ask, load};
use crate::tui::form::{Field, Input};
use crate::tui::keymap::Command;
use crate::tui::line::Line;
use crate::tui::list::{List, Window};
use crate::tui::overlay::Dialog;
use crate::tui::state::{Page, State};
use crate::tui::theme::Role;
use crate::tui::words;
use chrono::{DateTime, Utc};
pub use draw::draw;
pub use row::{Mode, Row};

/// The screen.
#[derive(Default)]
pub struct Incidents {
    /// The rows; all are loaded.
    pub list: List<Row>,
    /// Which of them.
    pub mode: Mode,
    /// Of this instance alone.
    pub instance: Option<String>,
}

/// Many that are tried again, a few at a time.
#[derive(Debug)]
pub struct Retrying {
    left: Vec<String>,
    all: usize,
    /// How many were tried.
    pub tried: usize,
    /// How many were resolved already.
    gone: usize,
}

impl Retrying {
    /// How far it is.
    pub fn share(&self) -> (usize, usize) {
        (self.all - self.left.len(), self.all)
    }
}

/// Tried again in one command: all of them or none.
const TOGETHER: usize = 50;

/// The screen, while it is on top.
pub fn here(state: &mut State) -> Option<&mut Incidents> {
    match state.pages.last_mut() {
        Some(Page::Incidents(page)) => Some(page),
        _ => None,
    }
}

/// Opens the screen: of the open instance, or of all.
pub fn open(state: &mut State) -> Vec<Effect> {
    let instance = state.instance().map(|page| page.id.clone());
    let mode = match instance {
        Some(_) => Mode::All,
        None => Mode::Failed,
    };
    state.pages.push(Page::Incidents(Box::new(Incidents {
        mode,
        instance,
        ..Incidents::default()
    })));
    refresh(state)
}

/// Asks for the rows.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let Some(page) = here(state) else {
        return Vec::new();
    };
    let (mode, instance) = (page.mode, page.instance.clone());
    let words = page.list.text().unwrap_or_default().to_lowercase();
    load(
        state,
        |s| here(s).map(|page| &mut page.list.slot),
        refresh,
        |state| {
            if let Some(page) = here(state) {
                page.list.settle();
            }
            Vec::new()
        },
        "jobs and incidents",
        move |client| {
            let mut items = rows(client, mode, instance)?;
            items.retain(|row| row.has(&words));
            Ok(Window {
                offset: 0,
                total: items.len(),
                items,
                first_part: 0,
            })
        },
    )
}

fn rows(client: &dyn Client, mode: Mode, instance: Option<String>) -> Answer<Vec<Row>> {
    let desk = client.operator()?;
    let query = JobQuery {
        process_instance_id: instance.clone(),
        failed: mode == Mode::Failed,
        id: None,
    };
    let mut waiting: Vec<Row> = desk.jobs(query)?.into_iter().map(Row::of).collect();
    let mut incidents = desk.incidents()?;
    incidents
        .retain(|one| instance.is_none() || instance.as_ref() == Some(&one.process_instance_id));
    let mut failed = Vec::new();
    for incident in incidents {
        let job = waiting
            .iter()
            .position(|row| row.job.as_ref() == Some(&incident.configuration));
        let row = match job.map(|at| waiting.remove(at)) {
            Some(job) => Row {
                incident: Some(incident.id),
                since: Some(incident.incident_timestamp),
                cause: incident.incident_message.or(job.cause),
                due: None,
                ..job
            },
            None => Row::failure(incident),
        };
        failed.push(row);
    }
    if mode != Mode::Failed {
        let held = client.status()?.held.into_iter();
        let here = held.filter(|one| {
            let wanted = instance
                .as_ref()
                .is_none_or(|id| *id == one.process_instance_id);
            wanted && one.retries > 0
        });
        waiting.extend(here.map(Row::held));
    }
    // Another desk may have none to offer.
    let mut batches = match instance {
        None => desk.batches().unwrap_or_default(),
        Some(_) => Vec::new(),
    };
    batches.retain(|batch| mode != Mode::Failed || batch.failed > 0);
    let batches = batches.into_iter().map(Row::batch);
    Ok(match mode {
        Mode::Failed => batches.chain(failed).collect(),
        Mode::Waiting => batches.chain(waiting).collect(),
        Mode::All => batches.chain(failed).chain(waiting).collect(),
    })
}

/// Acts on a command; none when it is not one of this screen.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let page = here(state)?;
    match command {
        Command::ListMode => {
            page.mode = page.mode.next();
            page.list.select(0);
            page.list.marks.clear();
            Some(refresh(state))
        }
        Command::Back if !page.list.marks.is_empty() || !page.list.filter.is_empty() => {
            page.list.marks.clear();
            page.list.filter.set("");
            Some(refresh(state))
        }
        Command::Open if page.list.current()?.batch.is_some() => {
            let row = page.list.current()?;
            let (id, suspended) = row.batch.clone()?;
            let progress = row.cause.clone().unwrap_or_default();
            let title = row.title.clone();
            state.overlay = Some(batches::ask(&id, &title, &progress, suspended).into());
            Some(Vec::new())
        }
        Command::Open => {
            let id = page.list.current()?.instance.clone()?;
            Some(instance::open(state, id, 0))
        }
        Command::Retry => Some(retry(state)),
        Command::RunNow => Some(run_now(state)),
        Command::Hold => Some(hold(state)),
        Command::Priority => Some(priority(state)),
        Command::Due => {
            let moved = page.list.chosen().into_iter();
            let moved = moved.filter_map(|row| Some((row.job.clone()?, row.due?)));
            let moved: Vec<_> = moved.collect();
            state.overlay = Some(due(moved).into());
            Some(Vec::new())
        }
        _ if page.list.run(command) => Some(Vec::new()),
        _ => None,
    }
}

/// Tries again what failed: at once where it is one, else after a question.
fn retry(state: &mut State) -> Vec<Effect> {
    let Some(page) = here(state) else {
        return Vec::new();
    };
    let chosen = page.list.chosen().into_iter();
    let ids: Vec<String> = chosen.filter_map(|row| row.incident.clone()).collect();
    if ids.len() < 2 {
        return begin(state, ids);
    }
    let steps = words::count(ids.len() as u64, "failed step", "failed steps");
    let text = "Each begins anew where it stands, with the variables as they are now; what fails again comes back to this list. You may go on meanwhile.";
    state.overlay = Some(
        Dialog::confirm(
            &format!("Try {steps} again?"),
            text,
            "Try again",
            move |state| begin(state, ids),
        )
        .into(),
    );
    Vec::new()
}

fn begin(state: &mut State, ids: Vec<String>) -> Vec<Effect> {
    let before = state.retrying.take();
    let run = state.retrying.insert(before.unwrap_or(Retrying {
        left: Vec::new(),
        all: 0,
        tried: 0,
        gone: 0,
    }));
    let idle = run.left.is_empty();
    run.all += ids.len();
    run.left.extend(ids);
    if idle { step(state) } else { Vec::new() }
}

/// The next few.
fn step(state: &mut State) -> Vec<Effect> {
    let Some(run) = &state.retrying else {
        return Vec::new();
    };
    if run.left.is_empty() {
        return over(state, None);
    }
    let some: Vec<String> = run.left.iter().take(TOGETHER).cloned().collect();
    let asked = some.len();
    vec![ask(
        "the retries",
        move |client| client.operator()?.retry_incidents(&some),
        move |state, answer| match answer {
            Ok(tried) => {
                if let Some(run) = &mut state.retrying {
                    run.left.drain(..asked.min(run.left.len()));
                    run.tried += tried as usize;
                    run.gone += asked.saturating_sub(tried as usize);
                }
                step(state)
            }
            Err(error) => over(state, Some(error.to_string())),
        },
    )]
}

fn over(state: &mut State, error: Option<String>) -> Vec<Effect> {
    let Some(run) = state.retrying.take() else {
        return Vec::new();
    };
    let tried = words::count(run.tried as u64, "step", "steps");
    match error {
        Some(error) => {
            let left = words::thousands(run.left.len() as u64);
            state.say(
                format!("{tried} tried again, {left} still to try: {error}"),
                Role::Danger,
            );
        }
        None => {
            let gone = match run.gone {
                0 => String::new(),
                n => format!("; {n} were resolved already"),
            };
            state.say(format!("{tried} tried again{gone}"), Role::Success);
        }
    }
    if let Some(page) = here(state) {
        page.list.marks.clear();
    }
    state.refresh()
}

/// Runs jobs now, due or not.
fn run_now(state: &mut State) -> Vec<Effect> {
    let Some(page) = here(state) else {
        return Vec::new();
    };
    let chosen = page.list.chosen().into_iter();
    let ids: Vec<String> = chosen.filter_map(|row| row.job.clone()).collect();
    act("the jobs", move |client| {
        let desk = client.operator()?;
        let (mut ran, mut first) = (0, None);
        for id in &ids {
            match desk.run_job(id) {
                Ok(()) => ran += 1,
                Err(error) => first = first.or(Some(error)),
            }
        }
        let failed = ids.len() as u64 - ran;
        match (first, ran) {
            (Some(error), 0) if ids.len() == 1 => Err(error),
            (Some(error), _) => Ok(Done::default().then(move |state| {
                let (ran, failed) = (words::count(ran, "job", "jobs"), words::thousands(failed));
                state.say(format!("{ran} ran, {failed} failed: {error}"), Role::Danger);
                Vec::new()
            })),
            (None, n) => Ok(Done::say(format!("{} ran", words::count(n, "job", "jobs")))),
        }
    })
}

/// The chosen rows that are jobs, with what is chosen of each.
fn jobs<T>(state: &State, what: impl Fn(&Row) -> T) -> Vec<(String, T)> {
    let Some(Page::Incidents(page)) = state.pages.last() else {
        return Vec::new();
    };
    let chosen = page.list.chosen().into_iter();
    chosen
        .filter_map(|row| Some((row.job.clone()?, what(row))))
        .collect()
}

/// Suspends or activates jobs, as the first of them is not now.
fn hold(state: &mut State) -> Vec<Effect> {
    let chosen = jobs(state, |row| row.suspended);
    let Some((_, suspended)) = chosen.first().cloned() else {
        return Vec::new();
    };
    let same = chosen.into_iter().filter(|(_, other)| *other == suspended);
    let ids: Vec<String> = same.map(|(id, _)| id).collect();
    let name = words::count(ids.len() as u64, "job", "jobs");
    act("the jobs", move |client| {
        client.operator()?.suspend_jobs(&ids, !suspended)?;
        let say = match suspended {
            true => format!("Activated {name}"),
            false => format!("Suspended {name}: no worker takes what is suspended"),
        };
        let undo = format!("the change of {name}");
        let done = Done::say(say).undo(undo, Vec::new(), move |client| {
            client.operator()?.suspend_jobs(&ids, suspended)
        });
        Ok(done.then(unmark))
    })
}

fn unmark(state: &mut State) -> Vec<Effect> {
    if let Some(page) = here(state) {
        page.list.marks.clear();
    }
    Vec::new()
}

/// Asks for the priority of jobs.
fn priority(state: &mut State) -> Vec<Effect> {
    let chosen = jobs(state, |row| row.priority.unwrap_or_default());
    let Some((_, first)) = chosen.first() else {
        return Vec::new();
    };
    let name = words::count(chosen.len() as u64, "job", "jobs");
    let input = Input::Number(Line::new(first.to_string()));
    let number = Field::new("priority", "Priority", input).required();
    let number = number.help("0 is usual; of jobs that are due the highest is taken first");
    let dialog = Dialog::ask(
        &format!("Priority of {name}"),
        "",
        vec![number],
        "Set priority",
        move |client, form| {
            let desk = client.operator()?;
            let wanted = form.text("priority").and_then(|text| text.parse().ok());
            let wanted = wanted.unwrap_or_default();
            for (id, _) in &chosen {
                desk.set_job_priority(id, wanted)?;
            }
            let before = chosen.clone();
            let say = format!("Priority {wanted} for {name}");
            let undo = format!("the priority of {name}");
            let done = Done::say(say).undo(undo, Vec::new(), move |client| {
                let desk = client.operator()?;
                let mut all = before.iter();
                all.try_for_each(|(id, before)| desk.set_job_priority(id, *before))
            });
            Ok(done.then(unmark))
        },
    );
    state.overlay = Some(dialog.into());
    Vec::new()
}

/// Moves due dates.
fn due(jobs: Vec<(String, DateTime<Utc>)>) -> Dialog {
    let name = words::count(jobs.len() as u64, "job", "jobs");
    let when = Field::new("due", "Due", Input::When(Line::default())).required();
    let text = "It runs by itself then, and not before.";
    Dialog::ask(
        &format!("Due date of {name}"),
        text,
        vec![when],
        "Set due date",
        move |client, form| {
            let at = form.when("due");
            let desk = client.operator()?;
            for (id, _) in &jobs {
                desk.set_job_due(id, at)?;
            }
            let jobs = jobs.clone();
            Ok(Done::say(format!("Moved the due date of {name}")).undo(
                format!("the due date of {name}"),
                Vec::new(),
                move |client| {
                    let desk = client.operator()?;
                    jobs.iter()
                        .try_for_each(|(id, before)| desk.set_job_due(id, Some(*before)))
                },
            ))
        },
    )
}

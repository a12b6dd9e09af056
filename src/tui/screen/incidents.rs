//! What failed and what waits for its time: incidents with their cause, and jobs. Of the whole
//! desk, or of one instance.

use super::inbox::{filter_line, select};
use super::{batches, instance};
use crate::client::operate::{BatchView, IncidentView, JobQuery, JobView, key_of};
use crate::client::{Answer, Client, HeldInsertion};
use crate::tui::effect::{Done, Effect, act, ask, load};
use crate::tui::form::{Field, Input};
use crate::tui::keymap::Command;
use crate::tui::line::Line;
use crate::tui::list::{Item, List, Window};
use crate::tui::overlay::Dialog;
use crate::tui::state::{Page, State};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::words;
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use std::collections::{HashMap, HashSet};

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// What failed for good.
    #[default]
    Failed,
    /// What will run by itself.
    Waiting,
    /// Both.
    All,
}

impl Mode {
    fn next(self) -> Mode {
        match self {
            Mode::Failed => Mode::Waiting,
            Mode::Waiting => Mode::All,
            Mode::All => Mode::Failed,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Mode::Failed => "Incidents",
            Mode::Waiting => "Jobs that wait",
            Mode::All => "Incidents and jobs",
        }
    }
}

/// A job, an incident, or both in one.
#[derive(Debug, Clone)]
pub struct Row {
    incident: Option<String>,
    /// The batch, where it is one, and whether it is suspended.
    pub batch: Option<(String, bool)>,
    /// The job, where it is one and no external task.
    pub job: Option<String>,
    /// The instance; a timer that starts instances has none.
    pub instance: Option<String>,
    title: String,
    key: String,
    activity: String,
    kind: String,
    /// Why it failed, the last time.
    pub cause: Option<String>,
    retries: Option<i32>,
    priority: Option<i64>,
    suspended: bool,
    due: Option<DateTime<Utc>>,
    since: Option<DateTime<Utc>>,
}

impl Item for Row {
    fn key(&self) -> String {
        let batch = self.batch.as_ref().map(|(id, _)| id);
        let ids = [self.job.as_ref(), self.incident.as_ref(), batch];
        let id = ids.into_iter().flatten().chain(&self.instance).next();
        id.cloned().unwrap_or_default()
    }
}

impl Row {
    /// True when a new try must be given by a person.
    pub fn failed(&self) -> bool {
        self.incident.is_some()
    }

    fn of(job: JobView) -> Row {
        let key = key_of(&job.process_definition_id).to_owned();
        Row {
            incident: None,
            batch: None,
            title: job.title.unwrap_or_else(|| key.clone()),
            key,
            instance: job.process_instance_id,
            activity: job.activity_id,
            kind: job.kind,
            cause: job.exception_message,
            retries: Some(job.retries),
            priority: Some(job.priority),
            suspended: job.suspended,
            due: Some(job.retry_date.unwrap_or(job.due_date)),
            since: None,
            job: Some(job.id),
        }
    }

    fn failure(incident: IncidentView) -> Row {
        let key = incident.key().to_owned();
        let kind = match incident.incident_type.as_str() {
            "failedExternalTask" => "external task",
            other => other,
        };
        Row {
            title: incident.title.unwrap_or_else(|| key.clone()),
            key,
            batch: None,
            job: None,
            instance: Some(incident.process_instance_id),
            activity: incident.activity_id,
            kind: kind.to_owned(),
            cause: incident.incident_message,
            retries: Some(0),
            priority: None,
            suspended: false,
            due: None,
            since: Some(incident.incident_timestamp),
            incident: Some(incident.id),
        }
    }

    /// An insertion that is tried again by itself.
    fn held(held: HeldInsertion) -> Row {
        Row {
            incident: None,
            batch: None,
            job: None,
            instance: Some(held.process_instance_id),
            title: held.title,
            key: held.process_definition_key,
            activity: held.activity_id,
            kind: "external task".to_owned(),
            cause: Some(held.message),
            retries: Some(held.retries),
            priority: None,
            suspended: false,
            due: held.next,
            since: None,
        }
    }

    fn batch(batch: BatchView) -> Row {
        Row {
            incident: None,
            job: None,
            instance: None,
            title: batch.kind.clone(),
            key: batch.user_id.clone().unwrap_or_default(),
            activity: String::new(),
            kind: "batch".to_owned(),
            cause: Some(batches::progress(&batch)),
            retries: None,
            priority: None,
            suspended: batch.suspended,
            due: None,
            since: Some(batch.created),
            batch: Some((batch.id, batch.suspended)),
        }
    }

    fn has(&self, words: &str) -> bool {
        let fields = [
            self.title.as_str(),
            &self.key,
            &self.activity,
            &self.kind,
            self.cause.as_deref().unwrap_or_default(),
        ];
        let text = fields.join("\n").to_lowercase();
        words.split_whitespace().all(|word| text.contains(word))
    }
}

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

/// Draws the screen.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    let Some(Page::Incidents(page)) = state.pages.last() else {
        return;
    };
    ui.hit(area, Hit::Pane(0));
    let list = &page.list;
    let total = list.total();
    let dot = ui.glyphs.dot;
    let mut title = page.mode.title().to_owned();
    if page.instance.is_some() {
        title += " of this instance";
    }
    if !list.marks.is_empty() {
        let marked = words::thousands(list.marks.len() as u64);
        title += &format!(" {dot} {marked} marked");
    }
    if let Some(run) = &state.retrying {
        let (done, all) = run.share();
        let (done, all) = (words::thousands(done as u64), words::thousands(all as u64));
        title += &format!(" {dot} trying again, {done} of {all}");
    }
    let inner = ui.pane(area, &title, true);
    if total > 0 {
        let position = words::thousands(list.selected as u64 + 1);
        ui.corner(
            area,
            &format!("{position} of {}", words::thousands(total as u64)),
        );
    }
    let inner = filter_line(ui, inner, (&list.filter, list.filtering), total);
    if list.slot.data.is_none() {
        let text = list.slot.error.as_deref();
        let text = text.unwrap_or("Asking the desk for jobs and incidents");
        ui.paragraph(inset(inner), text, Role::Muted);
        return;
    }
    if total == 0 {
        let text = match (list.text(), page.mode) {
            (Some(filter), _) => format!("Nothing matches \"{filter}\". Esc shows all."),
            (None, Mode::Failed) => "No incident: nothing failed.".to_owned(),
            (None, Mode::Waiting) => "No job waits for its time.".to_owned(),
            (None, Mode::All) => "Nothing failed, and no job waits.".to_owned(),
        };
        ui.paragraph(inset(inner), &text, Role::Muted);
        return;
    }
    let below = (inner.height / 3).clamp(3, 8);
    let columns = Columns::of(inner.width);
    let heads = ["job", "activity", "kind", "prio", "tries", "when", "cause"];
    columns.put(ui, inner, heads.map(|text| (text.to_owned(), Role::Muted)));
    let rows = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(1 + below),
        ..inner
    };
    let twins = twins(list);
    let top = list.scrolled(rows.height.into(), |a, b| b - a + 1);
    for (i, index) in (top..total).take(rows.height.into()).enumerate() {
        let line = Rect {
            y: rows.y + i as u16,
            height: 1,
            ..rows
        };
        if let Some(row) = list.get(index) {
            if list.marks.contains(&row.key()) {
                ui.text(line.x + 1, line.y, 1, ui.glyphs.mark, Role::Accent);
            }
            let alike = twins.contains(row.title.as_str());
            shown(ui, line, &columns, row, alike);
        }
        select(ui, line, index == list.selected, true);
        ui.hit(line, Hit::Row(0, index));
    }
    if let Some(row) = list.current() {
        let place = Rect {
            y: rows.bottom(),
            height: below,
            ..inner
        };
        detail(ui, place, row);
    }
}

/// Widths of the columns; 0 leaves one out.
struct Columns([u16; 7]);

impl Columns {
    fn of(width: u16) -> Columns {
        let cause = if width >= 100 { width * 2 / 5 } else { 0 };
        let kind = if width >= 76 { 18 } else { 0 };
        let priority = if width >= 76 { 5 } else { 0 };
        let (tries, when) = (5, 11);
        let gaps = 3 + [cause, kind, priority]
            .map(|w| u16::from(w > 0))
            .iter()
            .sum::<u16>();
        let rest = width.saturating_sub(5 + cause + kind + priority + tries + when + gaps);
        let activity = (rest * 2 / 5).min(26);
        Columns([
            rest - activity,
            activity,
            kind,
            priority,
            tries,
            when,
            cause,
        ])
    }

    fn put(&self, ui: &mut Ui, area: Rect, texts: [(String, Role); 7]) {
        let beside = Rect {
            x: area.x + 4,
            width: area.width.saturating_sub(4),
            ..area
        };
        ui.columns(beside, self.0, texts, &[3, 4]);
    }
}

/// The titles that rows of several instances have.
fn twins(list: &List<Row>) -> HashSet<&str> {
    let mut first = HashMap::new();
    let mut found = HashSet::new();
    for row in list.slot.data.iter().flat_map(|window| &window.items) {
        let title = row.title.as_str();
        if *first.entry(title).or_insert(&row.instance) != &row.instance {
            found.insert(title);
        }
    }
    found
}

fn shown(ui: &mut Ui, line: Rect, columns: &Columns, row: &Row, alike: bool) {
    let (sign, role) = match (row.failed(), &row.cause) {
        (true, _) => (ui.glyphs.incident, Role::Incident),
        (false, Some(_)) if row.batch.is_some() => (ui.glyphs.running, Role::Info),
        (false, Some(_)) => (ui.glyphs.back, Role::Warning),
        (false, None) => (ui.glyphs.running, Role::Info),
    };
    ui.text(line.x + 2, line.y, 1, sign, role);
    let when = match (row.since, row.due) {
        (Some(since), _) => (ui.clock.ago(since), Role::Muted),
        (None, _) if row.suspended => ("suspended".to_owned(), Role::Warning),
        (None, Some(due)) if due <= ui.clock.now => ("now".to_owned(), Role::Text),
        // A timer of a task without a due date stands in the year 3000.
        (None, Some(due)) if far(ui, due) => ("-".to_owned(), Role::Muted),
        (None, Some(due)) => (ui.clock.distance(due), Role::Text),
        (None, None) => (String::new(), Role::Muted),
    };
    let cause = row.cause.as_deref().unwrap_or_default();
    let cause = cause.lines().next().unwrap_or_default();
    let tries = row.retries.map_or_else(String::new, |n| n.to_string());
    let priority = row.priority.map_or_else(String::new, |n| n.to_string());
    let place = Rect {
        x: line.x + 4,
        width: columns.0[0].min(line.width.saturating_sub(4)),
        ..line
    };
    let twin = row.instance.as_deref().filter(|_| alike);
    ui.title(place, &row.title, twin);
    columns.put(
        ui,
        line,
        [
            (String::new(), Role::Text),
            (row.activity.clone(), Role::Text),
            (row.kind.clone(), Role::Muted),
            (priority, Role::Text),
            (
                tries,
                if row.failed() {
                    Role::Danger
                } else {
                    Role::Text
                },
            ),
            when,
            (cause.to_owned(), role),
        ],
    );
}

/// True for a time that nobody waits for.
fn far(ui: &Ui, due: DateTime<Utc>) -> bool {
    due - ui.clock.now > chrono::TimeDelta::days(36_500)
}

/// The row under the cursor in full.
fn detail(ui: &mut Ui, area: Rect, row: &Row) {
    ui.rule(area, area.y, "");
    let place = inset(Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    });
    let dot = ui.glyphs.dot;
    let when = match (row.since, row.due) {
        (Some(since), _) if row.batch.is_some() => format!("since {}", ui.clock.stamp(since)),
        (Some(since), _) => format!("failed {}", ui.clock.stamp(since)),
        (None, Some(due)) if far(ui, due) => "not due by itself".to_owned(),
        (None, Some(due)) => format!("due {}, {}", ui.clock.stamp(due), ui.clock.distance(due)),
        (None, None) => String::new(),
    };
    let mut first = format!(
        "{} {dot} {} {dot} {} {dot} {when}",
        row.key, row.activity, row.kind
    );
    if let Some(priority) = row.priority.filter(|n| *n != 0) {
        first += &format!(" {dot} priority {priority}");
    }
    if row.suspended && row.batch.is_none() {
        first += &format!(" {dot} suspended: no worker takes it");
    }
    ui.text(place.x, place.y, place.width, &first, Role::Muted);
    let (text, role) = match &row.cause {
        Some(cause) => (cause.as_str(), Role::Text),
        None => ("It has not failed.", Role::Muted),
    };
    let rest = Rect {
        y: place.y + 1,
        height: place.height.saturating_sub(1),
        ..place
    };
    ui.paragraph(rest, text, role);
}

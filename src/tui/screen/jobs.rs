//! Instances: what runs, what failed, what is finished.

use super::inbox::{count_marks, due_role, list_pane, select};
use crate::client::{Definition, InstanceQuery, InstanceView};
use crate::tui::effect::{Effect, load};
use crate::tui::keymap::Command;
use crate::tui::list::{List, WINDOW, Window};
use crate::tui::progress::{self, UnderWay};
use crate::tui::state::{State, Tab};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::update::go;
use crate::tui::words;
use ratatui::layout::Rect;

/// Which instances are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Running.
    #[default]
    Open,
    /// Finished or cancelled.
    Ended,
    /// With an incident.
    Failed,
    /// All.
    All,
}

impl Mode {
    fn next(self) -> Mode {
        match self {
            Mode::Open => Mode::Ended,
            Mode::Ended => Mode::Failed,
            Mode::Failed => Mode::All,
            Mode::All => Mode::Open,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Mode::Open => "Open jobs",
            Mode::Ended => "Done",
            Mode::Failed => "Jobs with an incident",
            Mode::All => "All jobs",
        }
    }
}

/// The list.
#[derive(Default)]
pub struct Jobs {
    /// The rows.
    pub list: List<InstanceView>,
    /// Which of them.
    pub mode: Mode,
    /// Only those of this version of a process: its id, and what it is called.
    pub only: Option<(String, String)>,
}

/// Shows what runs on a version of a process.
pub fn only(state: &mut State, version: &Definition) -> Vec<Effect> {
    let tabs = Tab::of(state.me.role);
    let at = tabs.iter().position(|tab| *tab == Tab::Jobs).unwrap_or(0);
    let name = format!("{} v{}", version.key, version.version);
    state.jobs = Jobs {
        only: Some((version.id.clone(), name)),
        ..Jobs::default()
    };
    go(state, at)
}

/// Asks for the rows around the selection.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let jobs = &state.jobs;
    let query = InstanceQuery {
        open: jobs.mode == Mode::Open,
        ended: jobs.mode == Mode::Ended,
        with_incident: jobs.mode == Mode::Failed,
        definition_id: jobs.only.as_ref().map(|(id, _)| id.clone()),
        text: jobs.list.text(),
        offset: jobs.list.from(),
        limit: WINDOW,
        ..InstanceQuery::default()
    };
    load(
        state,
        |s| Some(&mut s.jobs.list.slot),
        refresh,
        |state| {
            state.jobs.list.settle();
            if state.jobs.list.hungry() {
                refresh(state)
            } else {
                Vec::new()
            }
        },
        "jobs",
        move |client| {
            let offset = query.offset;
            let page = client.instances(query)?;
            let total = page.total as usize;
            Ok(Window {
                offset: offset.min(total),
                items: page.items,
                total,
                first_part: 0,
            })
        },
    )
}

/// Acts on a command; none when it is not one of this screen.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let jobs = &mut state.jobs;
    Some(match command {
        Command::ListMode => {
            jobs.mode = jobs.mode.next();
            jobs.list.select(0);
            jobs.list.marks.clear();
            refresh(state)
        }
        Command::Back => {
            jobs.list.marks.clear();
            let whole = jobs.only.take().is_none();
            if jobs.list.filter.is_empty() && whole {
                return Some(Vec::new());
            }
            jobs.list.filter.set("");
            refresh(state)
        }
        Command::Open => {
            let id = jobs.list.current()?.id.clone();
            super::instance::open(state, id, 0)
        }
        _ if jobs.list.run(command) => {
            if jobs.list.hungry() {
                refresh(state)
            } else {
                Vec::new()
            }
        }
        _ => return None,
    })
}

/// What an instance is called.
pub fn title(instance: &InstanceView) -> &str {
    let title = instance.title.as_deref().filter(|t| !t.trim().is_empty());
    let name = instance.process_definition_name.as_deref();
    title
        .or(instance.business_key.as_deref())
        .or(name)
        .unwrap_or(&instance.process_definition_key)
}

/// The sign, the word and the role of an instance's state.
pub fn condition(ui: &Ui, instance: &InstanceView) -> (&'static str, &'static str, Role) {
    let glyphs = ui.glyphs;
    if instance.incidents > 0 {
        return (glyphs.incident, "incident", Role::Incident);
    }
    match instance.state.as_str() {
        _ if instance.undone => (glyphs.back, "taken back", Role::Warning),
        "COMPLETED" => (glyphs.done, "done", Role::Success),
        "EXTERNALLY_TERMINATED" | "INTERNALLY_TERMINATED" => {
            (glyphs.cancelled, "cancelled", Role::Muted)
        }
        "SUSPENDED" => (glyphs.cancelled, "suspended", Role::Muted),
        _ if ui.clock.urgency(instance.due) == words::Urgency::Late => {
            (glyphs.late, "late", Role::Danger)
        }
        _ if instance.round > 1 => (glyphs.back, "came back", Role::Warning),
        _ => (glyphs.running, "active", Role::Info),
    }
}

/// Draws the screen.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    let list = &state.jobs.list;
    // A head's list has them all, and says how far each is.
    let area = match state.is_head() {
        true => area,
        false => progress::below(state, ui, area, ""),
    };
    ui.hit(area, Hit::Pane(0));
    let mut title = state.jobs.mode.title().to_owned();
    if let Some((_, version)) = &state.jobs.only {
        title += &format!(" on {version}");
    }
    count_marks(ui, list, &mut title);
    let inner = list_pane(ui, area, list, &title, true);
    let total = list.total();
    if list.slot.data.is_none() {
        let text = list
            .slot
            .error
            .as_deref()
            .unwrap_or("Asking the desk for the jobs");
        ui.paragraph(inset(inner), text, Role::Muted);
        return;
    }
    if total == 0 {
        let text = match (list.text(), state.jobs.mode) {
            (Some(filter), _) => format!("No job matches \"{filter}\". Esc shows all of them."),
            (None, _) if state.jobs.only.is_some() => {
                "No such job on this version. Esc shows all of them.".to_owned()
            }
            (None, Mode::Open) if state.is_head() => {
                "Nothing is under way. Press n to launch the first job.".to_owned()
            }
            (None, Mode::Open) => "Nothing is under way.".to_owned(),
            (None, Mode::Ended) => "Nothing is finished yet.".to_owned(),
            (None, Mode::Failed) => "No incident: nothing failed.".to_owned(),
            (None, Mode::All) => "No jobs yet.".to_owned(),
        };
        ui.paragraph(inset(inner), &text, Role::Muted);
        return;
    }
    let columns = Columns::of(inner.width, list);
    columns.header(ui, inner, state.jobs.mode == Mode::Ended);
    let rows = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(1),
        ..inner
    };
    let top = list.scrolled(rows.height.into(), |a, b| b - a + 1);
    let twins = list.twins();
    for (i, index) in (top..total).take(rows.height.into()).enumerate() {
        let line = Rect {
            y: rows.y + i as u16,
            height: 1,
            ..rows
        };
        if let Some(instance) = list.get(index) {
            if list.marks.contains(&instance.id) {
                ui.text(line.x + 1, line.y, 1, ui.glyphs.mark, Role::Accent);
            }
            let alike = twins.contains(self::title(instance));
            columns.row(state, ui, line, instance, alike);
        } else {
            ui.text(line.x + 4, line.y, 2, ui.glyphs.ellipsis, Role::Muted);
        }
        select(ui, line, index == list.selected, true);
        ui.hit(line, Hit::Row(0, index));
    }
}

/// Columns of titles at least.
const LEAST: usize = 12;
/// Columns of an id behind a title that another one has, too.
const ID: u16 = 9;

/// Widths of the columns; 0 leaves one out.
struct Columns {
    title: u16,
    key: u16,
    process: u16,
    who: u16,
    due: u16,
    state: u16,
    started: u16,
    /// Where the process has no column it stands behind the key.
    beside: bool,
}

impl Columns {
    fn of(width: u16, list: &List<InstanceView>) -> Columns {
        let (who, due, state) = (8, 10, 13);
        let mut rest = width.saturating_sub(5 + who + due + state + 3);
        let started = if width >= 90 { 11 } else { 0 };
        let process = if width >= 110 { 20 } else { 0 };
        let mut key = if width >= 70 { 20 } else { 0 };
        for column in [started, process, key] {
            rest = rest.saturating_sub(column + u16::from(column > 0));
        }
        let beside = process == 0 && list.several();
        if beside && key > 0 {
            // What titles do not need.
            let titles = list.loaded().map(|one| words::width(title(one)));
            let mut longest = titles.max().unwrap_or(0).max(LEAST) as u16;
            if !list.twins().is_empty() {
                longest += ID;
            }
            key += rest.saturating_sub(longest);
            rest = rest.min(longest);
        }
        Columns {
            title: rest,
            key,
            process,
            who,
            due,
            state,
            started,
            beside,
        }
    }

    fn places(&self, area: Rect) -> impl Iterator<Item = Rect> + use<> {
        let mut x = area.x + 4;
        [
            self.title,
            self.key,
            self.process,
            self.who,
            self.due,
            self.state,
            self.started,
        ]
        .into_iter()
        .map(move |width| {
            let place = Rect {
                x,
                width: width.min(area.right().saturating_sub(x)),
                height: 1,
                ..area
            };
            x += width + u16::from(width > 0);
            place
        })
    }

    fn header(&self, ui: &mut Ui, area: Rect, ended: bool) {
        let due = if ended { "ended" } else { "due" };
        let key = match self.beside {
            true => "business key, process",
            false => "business key",
        };
        let names = ["job", key, "process", "who", due, "state", "started"];
        for (place, name) in self.places(area).zip(names) {
            ui.text(place.x, area.y, place.width, name, Role::Muted);
        }
    }

    fn row(&self, state: &State, ui: &mut Ui, area: Rect, instance: &InstanceView, alike: bool) {
        let (sign, word, role) = condition(ui, instance);
        ui.text(area.x + 2, area.y, 1, sign, role);
        let (due, due_role) = match (instance.end_time, instance.due) {
            (Some(end), _) => (ui.clock.ago(end), Role::Muted),
            (None, Some(due)) => (ui.clock.due(due), due_role(ui.clock.urgency(instance.due))),
            (None, None) => (String::new(), Role::Muted),
        };
        let progress = state.under_way().find(|one| one.instance() == instance.id);
        let (mut shown, state_role) = match progress {
            Some(UnderWay::Running(p)) => {
                (format!("inserting {}", progress::percent(p)), Role::Info)
            }
            Some(UnderWay::Held(held)) if held.retries > 0 => match &held.connection {
                Some(connection) => (format!("waits for {connection}"), Role::Warning),
                None => ("waits".to_owned(), Role::Warning),
            },
            _ => (word.to_owned(), role),
        };
        if instance.round > 1 && progress.is_none() {
            // What came back is in another round, and says so by its sign.
            let word = if word == "came back" { "" } else { word };
            let comma = if word.is_empty() { "" } else { ", " };
            shown = format!("{word}{comma}round {}", instance.round);
        }
        let who =
            instance
                .assignee
                .as_deref()
                .unwrap_or(match instance.ended || progress.is_some() {
                    // While rows are inserted nobody can claim it.
                    true => "",
                    false => "open",
                });
        let key = instance.business_key.as_deref().unwrap_or("");
        let process = instance.process();
        let title = title(instance);
        let (about, behind) = match self.beside {
            false => (key, None),
            true => {
                // A title that is the key, or the process, says it already.
                let said = |text: &&str| !text.is_empty() && *text != title;
                let mut own = [key, process].into_iter().filter(said);
                (own.next().unwrap_or(""), own.next())
            }
        };
        let started = ui.clock.ago(instance.start_time);
        let who_role = if instance.assignee.is_some() {
            Role::Text
        } else {
            Role::Muted
        };
        let twin = alike.then_some(instance.id.as_str());
        let texts = [
            (about, Role::Muted),
            (process, Role::Muted),
            (who, who_role),
            (due.as_str(), due_role),
            (shown.as_str(), state_role),
            (started.as_str(), Role::Muted),
        ];
        let mut places = self.places(area);
        if let Some(place) = places.next() {
            let used = ui.title(place, title, twin);
            if self.beside && self.key == 0 && title != process {
                ui.process(place, used, process);
            }
        }
        for (ix, (place, (text, role))) in places.zip(texts).enumerate() {
            let used = ui.text(place.x, area.y, place.width, text, role);
            if let Some(process) = behind.filter(|_| ix == 0) {
                ui.process(place, used, process);
            }
        }
    }
}

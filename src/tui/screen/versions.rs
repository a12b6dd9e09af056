//! Processes and their versions: what runs on each, and whether it may start more.

use super::inbox::{filter_line, select};
use super::{jobs, moving};
use crate::client::operate::Version;
use crate::tui::effect::{Done, Effect, Slot, load};
use crate::tui::form::{Field, Input};
use crate::tui::keymap::Command;
use crate::tui::overlay::Dialog;
use crate::tui::sieve::{self, Sieve};
use crate::tui::state::{Page, State};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::words;
use ratatui::layout::Rect;
use std::cell::Cell;

/// The screen.
#[derive(Default)]
pub struct Versions {
    /// Processes by key, the newest version first.
    pub slot: Slot<Vec<Version>>,
    /// The row under the cursor.
    pub selected: usize,
    /// All versions, not only the newest.
    pub all: bool,
    /// The filter.
    pub sieve: Sieve,
    /// The first visible row, and how many there are; the view sets them.
    top: Cell<usize>,
    height: Cell<usize>,
}

impl Versions {
    /// The version under the cursor.
    pub fn current(&self) -> Option<&Version> {
        let shown = self.passing().contains(&self.selected);
        self.slot
            .data
            .as_ref()?
            .get(self.selected)
            .filter(|_| shown)
    }

    /// The rows that the filter lets pass, by their places.
    fn passing(&self) -> Vec<usize> {
        let rows = self.slot.data.iter().flatten().map(|version| {
            let definition = &version.definition;
            let name = definition.name.as_deref().unwrap_or_default();
            let tag = definition.version_tag.as_deref().unwrap_or_default();
            [definition.key.as_str(), name, tag]
        });
        self.sieve.passing(rows)
    }
}

/// The screen, when it is the one that is shown.
pub fn here(state: &mut State) -> Option<&mut Versions> {
    match state.pages.last_mut() {
        Some(Page::Versions(page)) => Some(page),
        _ => None,
    }
}

/// Opens the screen.
pub fn open(state: &mut State) -> Vec<Effect> {
    state.pages.push(Page::Versions(Box::default()));
    refresh(state)
}

/// Asks for the versions.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let Some(all) = here(state).map(|page| page.all) else {
        return Vec::new();
    };
    load(
        state,
        |s| here(s).map(|page| &mut page.slot),
        refresh,
        filtered,
        "the processes",
        move |client| client.operator()?.versions(all),
    )
}

/// Keeps the cursor on a row that the filter lets pass.
pub fn filtered(state: &mut State) -> Vec<Effect> {
    if let Some(page) = here(state) {
        page.selected = sieve::kept(&page.passing(), page.selected);
    }
    Vec::new()
}

/// Acts on a command; none when it is not one of this screen.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let page = here(state)?;
    let step = page.height.get().saturating_sub(1).max(1);
    if let Some(to) = sieve::moved(&page.passing(), page.selected, command, step) {
        page.selected = to;
        return Some(Vec::new());
    }
    if page.sieve.run(command) {
        return Some(filtered(state));
    }
    match command {
        Command::ListMode => {
            page.all = !page.all;
            return Some(refresh(state));
        }
        Command::Open => {
            let version = page.current()?.clone();
            return Some(jobs::only(state, &version.definition));
        }
        Command::Hold => {
            let version = page.current()?.clone();
            state.overlay = Some(hold(&version).into());
        }
        Command::Move => {
            let version = page.current()?.clone();
            state.overlay = Some(moving::ask(&version).into());
        }
        Command::Remove => {
            let version = page.current()?.clone();
            state.overlay = Some(remove(&version).into());
        }
        _ => return None,
    }
    Some(Vec::new())
}

fn name(version: &Version) -> String {
    format!("{} v{}", version.definition.key, version.definition.version)
}

fn running(version: &Version) -> String {
    words::count(version.instances, "running instance", "running instances")
}

/// Suspends or activates a version.
fn hold(version: &Version) -> Dialog {
    let (key, number) = (version.definition.key.clone(), version.definition.version);
    let (name, suspend) = (name(version), !version.definition.suspended);
    let (title, text, button, both) = match suspend {
        true => (
            format!("Suspend {name}?"),
            "It starts no instances: neither by hand, nor by a timer, message or signal.",
            "Suspend",
            "are suspended, too",
        ),
        false => (
            format!("Activate {name}?"),
            "It starts instances again. Timers that came due meanwhile fire now.",
            "Activate",
            "go on, too",
        ),
    };
    let stay = if suspend { "go on" } else { "stay as they are" };
    let options = [("stay", stay), ("both", both)];
    let options = options.map(|(id, label)| (id.to_owned(), label.to_owned()));
    let field = Field::new(
        "instances",
        "Instances",
        Input::Choice(options.to_vec(), Some(0)),
    );
    let text = format!("{text} It has {}.", running(version));
    Dialog::ask(&title, &text, vec![field], button, move |client, filled| {
        let instances = filled.text("instances").as_deref() == Some("both");
        let desk = client.operator()?;
        let changed = desk.suspend_process(&key, Some(number), suspend, instances)?;
        let what = if suspend { "Suspended" } else { "Activated" };
        let mut say = format!("{what} {name}");
        if instances {
            let reached = words::count(changed.instances, "instance", "instances");
            say += &format!(" and {reached}");
        }
        if changed.batch.is_some() {
            say += ", which a batch does (i)";
        }
        let done = Done::say(say);
        // Which of its instances were suspended before is not known any more.
        if instances {
            return Ok(done);
        }
        let key = key.clone();
        Ok(
            done.undo(format!("the change of {name}"), Vec::new(), move |client| {
                let desk = client.operator()?;
                let back = desk.suspend_process(&key, Some(number), !suspend, false);
                back.map(drop)
            }),
        )
    })
}

/// Deletes a version on which nothing runs.
fn remove(version: &Version) -> Dialog {
    let (key, number) = (version.definition.key.clone(), version.definition.version);
    let name = name(version);
    let options = [
        ("keep", "stays; then the version does, too"),
        ("gone", "is deleted with it"),
    ];
    let options = options.map(|(id, label)| (id.to_owned(), label.to_owned()));
    let field = Field::new(
        "history",
        "History",
        Input::Choice(options.to_vec(), Some(0)),
    )
    .help("of instances that have ended on this version, where there are any");
    let text = "Its model goes. Where it is the newest version, the one before it starts instances from then on; where it is the only one, the process is gone. What was inserted stays. This cannot be undone.";
    Dialog::ask(
        &format!("Delete {name}?"),
        text,
        vec![field],
        "Delete",
        move |client, filled| {
            let history = filled.text("history").as_deref() == Some("gone");
            let gone = client.operator()?.delete_version(&key, number, history)?;
            Ok(Done::say(match gone {
                0 => format!("Deleted {name}"),
                n => format!(
                    "Deleted {name} and the history of {}",
                    words::count(n, "instance", "instances")
                ),
            }))
        },
    )
}

/// Draws the screen.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    let Some(Page::Versions(page)) = state.pages.last() else {
        return;
    };
    ui.hit(area, Hit::Pane(0));
    let title = match page.all {
        true => "Processes, all versions",
        false => "Processes, their newest versions",
    };
    let inner = ui.pane(area, title, true);
    let Some(rows) = &page.slot.data else {
        let text = page.slot.error.as_deref();
        let text = text.unwrap_or("Asking the desk for the processes");
        ui.paragraph(inset(inner), text, Role::Muted);
        return;
    };
    if rows.is_empty() {
        let text = "No process is deployed. D on the tabs before deploys BPMN files.";
        ui.paragraph(inset(inner), text, Role::Muted);
        return;
    }
    let passing = page.passing();
    let filter = (&page.sieve.filter, page.sieve.filtering);
    let inner = filter_line(ui, inner, filter, passing.len());
    if passing.is_empty() {
        let text = format!(
            "No process matches \"{}\". Esc shows all.",
            page.sieve.filter.text()
        );
        ui.paragraph(inset(inner), &text, Role::Muted);
        return;
    }
    let at = passing.iter().position(|ix| *ix == page.selected);
    let at = at.unwrap_or(0);
    ui.corner(area, &format!("{} of {}", at + 1, passing.len()));
    let below = if inner.height > 12 { 4 } else { 2 };
    let columns = Columns::of(inner.width);
    columns.put(
        ui,
        inner,
        HEADINGS.map(|text| (text.to_owned(), Role::Muted)),
    );
    let list = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(1 + below),
        ..inner
    };
    let height = usize::from(list.height).max(1);
    let top = page.top.get().min(at);
    let top = top.max((at + 1).saturating_sub(height));
    page.top.set(top);
    page.height.set(height);
    for (i, &ix) in passing.iter().skip(top).take(height).enumerate() {
        let line = Rect {
            y: list.y + i as u16,
            height: 1,
            ..list
        };
        row(ui, line, &columns, &rows[ix]);
        select(ui, line, ix == page.selected, true);
        ui.hit(line, Hit::Row(0, ix));
    }
    if let Some(version) = page.current() {
        let place = Rect {
            y: list.bottom(),
            height: below,
            ..inner
        };
        detail(ui, place, version);
    }
}

const HEADINGS: [&str; 7] = [
    "process",
    "version",
    "tag",
    "running",
    "incidents",
    "suspended",
    "starts",
];

/// Widths of the columns; 0 leaves one out.
struct Columns([u16; 7]);

impl Columns {
    fn of(width: u16) -> Columns {
        let tag = if width >= 100 { 14 } else { 0 };
        let suspended = if width >= 76 { 10 } else { 0 };
        let fixed = [8, tag, 9, 10, suspended, 11];
        let gaps = fixed.iter().filter(|w| **w > 0).count() as u16;
        let rest = width.saturating_sub(5 + fixed.iter().sum::<u16>() + gaps);
        let [version, tag, running, incidents, suspended, starts] = fixed;
        Columns([rest, version, tag, running, incidents, suspended, starts])
    }

    /// Puts one line; numbers end at the right of their columns.
    fn put(&self, ui: &mut Ui, area: Rect, texts: [(String, Role); 7]) {
        let beside = Rect {
            x: area.x + 4,
            width: area.width.saturating_sub(4),
            ..area
        };
        ui.columns(beside, self.0, texts, &[1, 3, 4, 5]);
    }
}

fn row(ui: &mut Ui, line: Rect, columns: &Columns, version: &Version) {
    let definition = &version.definition;
    let (sign, sign_role, starts, role) = match definition.suspended {
        _ if version.with_incidents > 0 && definition.suspended => (
            ui.glyphs.incident,
            Role::Incident,
            "suspended",
            Role::Warning,
        ),
        true => (
            ui.glyphs.cancelled,
            Role::Warning,
            "suspended",
            Role::Warning,
        ),
        false if version.with_incidents > 0 => {
            (ui.glyphs.incident, Role::Incident, "yes", Role::Text)
        }
        false => (ui.glyphs.running, Role::Info, "yes", Role::Text),
    };
    ui.text(line.x + 2, line.y, 1, sign, sign_role);
    let number = |n: u64, role| match n {
        0 => ("-".to_owned(), Role::Muted),
        n => (words::thousands(n), role),
    };
    let tag = definition.version_tag.clone().unwrap_or_default();
    columns.put(
        ui,
        line,
        [
            (definition.key.clone(), Role::Text),
            (format!("v{}", definition.version), Role::Text),
            (tag, Role::Muted),
            number(version.instances, Role::Text),
            number(version.with_incidents, Role::Incident),
            number(version.suspended_instances, Role::Warning),
            (starts.to_owned(), role),
        ],
    );
}

/// What else is known of the version under the cursor.
fn detail(ui: &mut Ui, area: Rect, version: &Version) {
    let definition = &version.definition;
    ui.rule(area, area.y, "");
    let dot = ui.glyphs.dot;
    let named = definition.name.as_deref().unwrap_or(&definition.key);
    let place = inset(Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    });
    let first = format!(
        "{named} {dot} {} {dot} {}",
        definition.resource, definition.id
    );
    ui.text(place.x, place.y, place.width, &first, Role::Muted);
    let text = definition.description.as_deref().unwrap_or_default();
    let rest = Rect {
        y: place.y + 1,
        height: place.height.saturating_sub(1),
        ..place
    };
    ui.paragraph(rest, text, Role::Text);
}

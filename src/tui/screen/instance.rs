//! One instance: where it stands, what happened, what it knows.

use super::process::Drawing;
use super::{jobs, process, timeline};
use crate::client::{HistoryEntry, InstanceDetail};
use crate::tui::effect::{Effect, Slot, load};
use crate::tui::keymap::Command;
use crate::tui::progress;
use crate::tui::state::{Page, State};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::words;
use ratatui::layout::Rect;
use std::cell::Cell;

/// What is known of an instance.
pub struct Known {
    /// The instance.
    pub detail: InstanceDetail,
    /// Its history, oldest first.
    pub history: Vec<HistoryEntry>,
    /// Its process, drawn; none when that failed.
    pub drawing: Result<Drawing, String>,
}

/// The screen.
pub struct Instance {
    /// Which one.
    pub id: String,
    /// What is known.
    pub slot: Slot<Known>,
    /// 0 the process, 1 the timeline, 2 the details.
    pub pane: usize,
    /// The indented tree of what runs instead of the drawing.
    pub tree: bool,
    /// How far the drawing is moved, once a person has moved it.
    pub pan: Cell<Option<(u16, u16)>>,
    /// Where the drawing stood on the last frame, following the token.
    pub seen: Cell<(u16, u16)>,
    /// The event under the cursor, the newest first, and the fact.
    pub at: [usize; 2],
    /// The first visible one of each; the view moves it.
    pub top: [Cell<usize>; 2],
}

impl Instance {
    /// The instance, when it has arrived.
    pub fn detail(&self) -> Option<&InstanceDetail> {
        self.slot.data.as_ref().map(|k| &k.detail)
    }
}

/// Opens an instance on top of what is shown.
pub fn open(state: &mut State, id: String, pane: usize) -> Vec<Effect> {
    if let Some(Page::Instance(page)) = state.pages.last_mut()
        && page.id == id
    {
        page.pane = pane;
        return Vec::new();
    }
    state.pages.push(Page::Instance(Box::new(Instance {
        id,
        slot: Slot::default(),
        pane,
        tree: false,
        pan: Cell::new(None),
        seen: Cell::new((0, 0)),
        at: [0, 0],
        top: Default::default(),
    })));
    refresh(state)
}

/// Asks for everything about the instance.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let Some(id) = state.instance().map(|i| i.id.clone()) else {
        return Vec::new();
    };
    let ascii = state.glyphs.ascii;
    let width = usize::from(state.size.width.saturating_sub(2));
    load(
        state,
        |s| match s.pages.last_mut() {
            Some(Page::Instance(instance)) => Some(&mut instance.slot),
            _ => None,
        },
        refresh,
        crate::tui::effect::nothing,
        "the instance",
        move |client| {
            let detail = client.instance(&id)?;
            let history = client.history(&id)?;
            let drawing = match client.diagram(&id) {
                Ok(view) => Drawing::of(&view, width, ascii),
                Err(error) => Err(error.to_string()),
            };
            Ok(Known {
                detail,
                history,
                drawing,
            })
        },
    )
}

/// Acts on a command; none when it is not one of this screen.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let (size, clock) = (state.size, state.clock);
    let Some(Page::Instance(page)) = state.pages.last_mut() else {
        return None;
    };
    match command {
        Command::NextPane => page.pane = (page.pane + 1) % 3,
        Command::PreviousPane => page.pane = (page.pane + 2) % 3,
        Command::Process if page.pane == 0 => page.tree = !page.tree,
        Command::Process => page.pane = 0,
        Command::History => page.pane = 1,
        Command::Variables => page.pane = 2,
        Command::Up
        | Command::Down
        | Command::PageUp
        | Command::PageDown
        | Command::Left
        | Command::Right
        | Command::Top
        | Command::Bottom => {
            if page.pane == 0 {
                process::pan(page, command);
                return Some(Vec::new());
            }
            let page_size = usize::from(size.height / 3).max(1);
            let known = page.slot.data.as_ref()?;
            let last = match page.pane {
                1 => known.history.len(),
                _ => timeline::facts(&known.detail, &clock).len(),
            };
            let place = &mut page.at[page.pane - 1];
            *place = match command {
                Command::Up => place.saturating_sub(1),
                Command::Down => *place + 1,
                Command::PageUp => place.saturating_sub(page_size),
                Command::PageDown => *place + page_size,
                Command::Top => 0,
                Command::Bottom => usize::MAX,
                _ => *place,
            }
            .min(last.saturating_sub(1));
        }
        Command::Open if page.pane > 0 => {
            let fact = timeline::selected(page, &clock)?;
            if let Some(other) = fact.leads_to {
                return Some(open(state, other, 0));
            }
            state.pages.push(Page::Sheet(Box::new(fact.sheet)));
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// Draws the screen.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    let Some(page) = state.instance() else {
        return;
    };
    let Some(known) = &page.slot.data else {
        let inner = ui.pane(area, "Instance", true);
        let text = page
            .slot
            .error
            .as_deref()
            .unwrap_or("Asking the desk for the instance");
        ui.paragraph(inset(inner), text, Role::Muted);
        return;
    };
    let head = Rect {
        height: 2.min(area.height),
        ..area
    };
    heading(state, ui, head, &known.detail);
    let body = Rect {
        y: area.y + head.height,
        height: area.height - head.height,
        ..area
    };
    if area.width < 80 {
        match page.pane {
            0 => process::draw(ui, body, page, known, true),
            1 => timeline::draw(ui, body, page, known, true),
            _ => timeline::details(ui, body, page, known, true),
        }
        return;
    }
    let tall = match &known.drawing {
        Ok(drawing) if !page.tree => drawing.height() + 2,
        _ => known.detail.activities.len() as u16 + 3,
    };
    let top = tall.clamp(6, body.height * 3 / 5);
    process::draw(
        ui,
        Rect {
            height: top,
            ..body
        },
        page,
        known,
        page.pane == 0,
    );
    let lower = Rect {
        y: body.y + top,
        height: body.height - top,
        ..body
    };
    let left = lower.width * 3 / 5;
    timeline::draw(
        ui,
        Rect {
            width: left,
            ..lower
        },
        page,
        known,
        page.pane == 1,
    );
    let right = Rect {
        x: lower.x + left,
        width: lower.width - left,
        ..lower
    };
    timeline::details(ui, right, page, known, page.pane == 2);
}

/// Two lines: what it is, and how it stands.
fn heading(state: &State, ui: &mut Ui, area: Rect, detail: &InstanceDetail) {
    let instance = &detail.instance;
    let (sign, word, role) = jobs::condition(ui, instance);
    let dot = format!(" {} ", ui.glyphs.dot);
    let state_text = format!("{sign} {word}");
    let mut place = format!(" Jobs {} ", ui.glyphs.then);
    if area.width < 80 {
        place = " ".to_owned();
    }
    let key = instance
        .business_key
        .as_deref()
        .map_or_else(String::new, |k| format!("{dot}{k}"));
    let used = ui.pieces(
        area.x,
        area.y,
        area.width,
        &[
            (&place, Role::Muted),
            (jobs::title(instance), Role::Accent),
            (&key, Role::Muted),
        ],
    );
    let version = format!(
        "{} v{} ",
        instance.process_definition_key, instance.process_definition_version
    );
    if area.width > used + version.len() as u16 + 2 {
        ui.right(area, area.y, &version, Role::Muted);
    }
    if area.height < 2 {
        return;
    }
    let y = area.y + 1;
    let who = match (&instance.assignee, instance.ended) {
        (Some(who), false) => format!("{dot}{who} has it"),
        (None, false) if !detail.tasks.is_empty() => format!("{dot}free to claim"),
        _ => String::new(),
    };
    // What is tried again says why first: where the line ends, the date can wait.
    let due = instance
        .due
        .filter(|_| !instance.ended && detail.retrying.is_empty());
    let due = due.map_or_else(String::new, |d| {
        format!("{dot}due {}, {}", ui.clock.stamp(d), ui.clock.distance(d))
    });
    let round = if instance.round > 1 {
        format!("{dot}round {}", instance.round)
    } else {
        String::new()
    };
    let reason = instance
        .delete_reason
        .as_deref()
        .map_or_else(String::new, |r| format!("{dot}{r}"));
    let mut x = area.x
        + ui.pieces(
            area.x,
            y,
            area.width,
            &[
                (" ", Role::Text),
                (&state_text, role),
                (&who, Role::Text),
                (&due, Role::Text),
                (&round, Role::Warning),
                (&reason, Role::Text),
            ],
        );
    let failed = detail
        .incident_list
        .first()
        .and_then(|i| i.incident_message.as_deref());
    if let Some(message) = failed {
        ui.text(
            x,
            y,
            area.right().saturating_sub(x),
            &format!("{dot}{message}"),
            Role::Danger,
        );
        return;
    }
    if let Some(retry) = detail.retrying.first() {
        let at = retry
            .at
            .filter(|at| *at > ui.clock.now)
            .map_or_else(|| "soon".to_owned(), |at| ui.clock.distance(at));
        let text = format!("{dot}tries again {at}, {} left: ", retry.retries);
        x += ui.text(x, y, area.right().saturating_sub(x), &text, Role::Warning);
        let rest = area.right().saturating_sub(x);
        ui.text(x, y, rest, &retry.message, Role::Text);
        return;
    }
    let running = detail.progress.as_ref().or_else(|| {
        let all = &state.status.data.as_ref()?.progress;
        all.iter().find(|p| p.process_instance_id == instance.id)
    });
    if let Some(progress) = running {
        let text = format!("{dot}inserting {} ", progress::percent(progress));
        x += ui.text(x, y, area.right().saturating_sub(x), &text, Role::Info);
        let room = area.right().saturating_sub(x + 1).min(20);
        ui.gauge(x, y, room, progress::share(progress), Role::Info);
        let rest = area.right().saturating_sub(x + room);
        let told = progress::told(progress, usize::from(rest).saturating_sub(1));
        ui.text(x + room, y, rest, &format!(" {told}"), Role::Muted);
    } else if instance.ended {
        let rest = area.right().saturating_sub(x);
        let room = usize::from(rest).saturating_sub(words::width(&dot));
        let (text, role) = landed(ui, detail, room);
        if !text.is_empty() {
            ui.text(x, y, rest, &format!("{dot}{text}"), role);
        }
    }
    ui.hit(area, Hit::Pane(0));
}

/// What became of the rows of a finished instance: whether they can be taken back, or what taking
/// others back came to; empty where it inserted none.
fn landed(ui: &Ui, detail: &InstanceDetail, room: usize) -> (String, Role) {
    // The last one is cut where even that has no room.
    let fit = |texts: [String; 3]| {
        let [.., last] = texts.clone();
        let mut all = texts.into_iter();
        all.find(|text| words::width(text) <= room).unwrap_or(last)
    };
    let value = |name: &str| detail.variables.get(name)?.get("value");
    // The job that took others back.
    if let Some(undone) = value("undone").and_then(serde_json::Value::as_bool) {
        let why = value("undoReason").and_then(serde_json::Value::as_str);
        let count = |name: &str| value(name).and_then(serde_json::Value::as_u64);
        return match undone {
            false => {
                let why = why.unwrap_or("no reason was given");
                (format!("nothing was changed: {why}"), Role::Warning)
            }
            true => {
                let gone = count("rowsRemoved").unwrap_or_default();
                let back = count("rowsRestored").unwrap_or_default();
                let gone = words::count(gone, "row is gone", "rows are gone");
                let back = match back {
                    0 => String::new(),
                    back => format!(", {} as before", words::count(back, "row is", "rows are")),
                };
                (format!("{gone}{back}"), Role::Text)
            }
        };
    }
    let Some(found) = &detail.insertion else {
        return (String::new(), Role::Text);
    };
    let place = found.place();
    let rows = words::count(found.rows, "row", "rows");
    match (found.undone, found.undo_until) {
        (Some(at), _) => {
            let by = found.undone_by.as_deref();
            let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
            let at = ui.clock.stamp(at);
            let were = if found.rows == 1 { "was" } else { "were" };
            let texts = [
                format!("{rows} of {place} {were} taken back {at}{by}"),
                format!("{rows} {were} taken back {at}{by}"),
                format!("taken back {at}{by}"),
            ];
            (fit(texts), Role::Warning)
        }
        (None, Some(until)) => {
            let until = ui.clock.stamp(until);
            let texts = [
                format!("{rows} in {place}, can be taken back until {until}"),
                format!("{rows}, can be taken back until {until}"),
                format!("can be taken back until {until}"),
            ];
            (fit(texts), Role::Text)
        }
        (None, None) => (format!("{rows} in {place}"), Role::Text),
    }
}

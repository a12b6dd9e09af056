//! Notifications: a list, and news as a toast and an alert.

use super::inbox::select;
use crate::client::Notification;
use crate::tui::effect::{Done, Effect, act, load};
use crate::tui::keymap::Command;
use crate::tui::list::{List, Window};
use crate::tui::state::{State, Tab};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::words;
use ratatui::layout::Rect;

/// How many are listed.
const LISTED: usize = 200;

/// The screen.
#[derive(Default)]
pub struct Notes {
    /// The notifications, newest first.
    pub list: List<Notification>,
}

impl Notes {
    /// How many are not read.
    pub fn unread(&self) -> usize {
        self.list
            .slot
            .data
            .iter()
            .flat_map(|w| &w.items)
            .filter(|n| !n.read)
            .count()
    }
}

/// Asks for the notifications.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    load(
        state,
        |s| Some(&mut s.notes.list.slot),
        refresh,
        arrived,
        "notifications",
        |client| {
            let items = client.notifications(false, LISTED)?;
            Ok(Window {
                offset: 0,
                total: items.len(),
                items,
                first_part: 0,
            })
        },
    )
}

/// News make a toast and an alert; what was there at the start does not.
fn arrived(state: &mut State) -> Vec<Effect> {
    state.notes.list.settle();
    let items = state
        .notes
        .list
        .slot
        .data
        .as_ref()
        .map_or(&[][..], |w| &w.items);
    let newest = items.iter().map(|n| n.id).max().unwrap_or(0);
    let Some(seen) = state.seen_note.replace(newest) else {
        return Vec::new();
    };
    let news: Vec<&Notification> = items.iter().filter(|n| n.id > seen && !n.read).collect();
    let Some(first) = news.first() else {
        return Vec::new();
    };
    let (_, role) = kind(&first.kind);
    let more = match news.len() {
        1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    let text = format!("{}{more}", first.text);
    let alert = Effect::Alert(text.clone());
    state.say(text, role);
    vec![alert]
}

/// Acts on a command; none when it is not one of this screen.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    match command {
        Command::ReadAll => {
            let newest = state
                .notes
                .list
                .slot
                .data
                .as_ref()?
                .items
                .iter()
                .map(|n| n.id)
                .max()?;
            Some(act("marking as read", move |client| {
                client.mark_read(newest)?;
                Ok(Done::default())
            }))
        }
        Command::Open => {
            let note = state.notes.list.current()?;
            let note = note.clone();
            let (task, instance) = (note.task_id, note.process_instance_id);
            if let Some(task) = task.filter(|_| !state.is_head()) {
                let inbox = Tab::of(state.me.role)
                    .iter()
                    .position(|t| *t == Tab::Inbox)?;
                state.tab = inbox;
                state.inbox.list.selected_key = Some(task);
                return Some(super::inbox::refresh(state));
            }
            match instance {
                Some(id) => Some(super::instance::open(state, id, 0)),
                // Of many incidents there is a list.
                None if note.kind == "incident" => Some(super::incidents::open(state)),
                None => Some(Vec::new()),
            }
        }
        _ => state.notes.list.run(command).then(Vec::new),
    }
}

/// The sign and role of a kind of notification.
fn kind(kind: &str) -> (fn(&crate::tui::glyph::Glyphs) -> &'static str, Role) {
    match kind {
        "overdue" => (|g| g.late, Role::Danger),
        "incident" | "noWorker" => (|g| g.incident, Role::Incident),
        "dueSoon" | "dueMoved" | "waits" => (|g| g.late, Role::Warning),
        "cameBack" => (|g| g.back, Role::Warning),
        "doneInTime" | "doneLate" | "inserted" => (|g| g.done, Role::Success),
        "cancelled" => (|g| g.cancelled, Role::Muted),
        _ => (|g| g.free, Role::Info),
    }
}

/// Draws the screen.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    let list = &state.notes.list;
    ui.hit(area, Hit::Pane(0));
    let inner = ui.pane(area, "Notifications, newest first", true);
    let total = list.total();
    if list.slot.data.is_none() || total == 0 {
        let text = match (&list.slot.error, &list.slot.data) {
            (Some(error), _) => error.as_str(),
            (None, None) => "Asking the desk for notifications",
            (None, Some(_)) => {
                "Nothing to tell. Due dates, what came back and what is done show up here."
            }
        };
        ui.paragraph(inset(inner), text, Role::Muted);
        return;
    }
    let unread = state.notes.unread() as u64;
    let corner = format!(
        "{} unread {} {} of {}",
        words::thousands(unread),
        ui.glyphs.dot,
        words::thousands(list.selected as u64 + 1),
        words::thousands(total as u64)
    );
    ui.corner(area, &corner);
    let top = list.scrolled(inner.height.into(), |a, b| b - a + 1);
    for (i, index) in (top..total).take(inner.height.into()).enumerate() {
        let line = Rect {
            y: inner.y + i as u16,
            height: 1,
            ..inner
        };
        if let Some(note) = list.get(index) {
            row(ui, line, note);
        }
        select(ui, line, index == list.selected, true);
        ui.hit(line, Hit::Row(0, index));
    }
}

fn row(ui: &mut Ui, line: Rect, note: &Notification) {
    let (sign, role) = kind(&note.kind);
    let sign = sign(ui.glyphs);
    if !note.read {
        ui.text(line.x + 1, line.y, 1, ui.glyphs.unread, Role::Accent);
    }
    ui.text(line.x + 3, line.y, 1, sign, role);
    let when = format!("{} ", ui.clock.ago(note.created));
    let used = ui.right(line, line.y, &when, Role::Muted);
    let text = if note.read { Role::Muted } else { Role::Text };
    ui.text(
        line.x + 5,
        line.y,
        line.width.saturating_sub(6 + used),
        &note.text,
        text,
    );
}

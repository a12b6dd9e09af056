//! One frame: tabs above, the screen, its keys, and the status bar below.

use super::keymap;
use super::overlay::{self, Overlay};
use super::progress;
use super::screen;
use super::state::{Page, Scope, State, Tab};
use super::theme::Role;
use super::ui::{Hit, Ui, centred};
use super::when;
use super::words::{self, Urgency};
use crate::client::{Progress, Reach, Role as Post, Status};
use chrono::Duration;
use ratatui::layout::{Rect, Size};
use ratatui::style::Modifier;
use ratatui::widgets::{Clear, Widget};

/// The smallest terminal that shows everything.
pub const SMALLEST: Size = Size {
    width: 60,
    height: 20,
};

/// Draws the frame.
pub fn draw(state: &State, ui: &mut Ui) {
    let area = ui.buf.area;
    ui.paint(area, Role::Text);
    if area.width < SMALLEST.width || area.height < SMALLEST.height {
        too_small(ui);
        return;
    }
    let line = |y: u16| Rect {
        y,
        height: 1,
        ..area
    };
    header(state, ui, line(area.y));
    let body = Rect {
        y: area.y + 1,
        height: area.height - 3,
        ..area
    };
    match state.scope() {
        Scope::Instance => screen::instance::draw(state, ui, body),
        Scope::Launch => screen::launch::draw(state, ui, body),
        Scope::Inbox | Scope::Reader | Scope::Form => screen::inbox::draw(state, ui, body),
        Scope::Today => screen::today::draw(state, ui, body),
        Scope::Jobs => screen::jobs::draw(state, ui, body),
        Scope::People => screen::people::draw(state, ui, body),
        Scope::Connections => screen::connections::draw(state, ui, body),
        Scope::Notes => screen::notes::draw(state, ui, body),
        Scope::Preview => screen::rows::draw(state, ui, body),
        Scope::Fix => screen::grid::draw(state, ui, body),
        Scope::Sheet => screen::sheet::draw(state, ui, body),
        Scope::Deploy => screen::deploy::draw(state, ui, body),
        Scope::Decisions => screen::decisions::draw(state, ui, body),
        Scope::Versions => screen::versions::draw(state, ui, body),
        Scope::Incidents => screen::incidents::draw(state, ui, body),
    }
    let keys = line(area.bottom() - 2);
    if !matches!(state.overlay, Some(Overlay::Dialog(_))) {
        footer(state, ui, keys);
    }
    status(state, ui, line(area.bottom() - 1));
    overlay::draw(state, ui);
    if let Some(Overlay::Dialog(dialog)) = &state.overlay {
        let mut x = keys.x + 1;
        for (key, label) in dialog.hints() {
            x += ui.text(x, keys.y, keys.right().saturating_sub(x), key, Role::Accent) + 1;
            let room = keys.right().saturating_sub(x);
            x += ui.text(x, keys.y, room, &label, Role::Muted) + 2;
        }
    }
    toast(state, ui);
}

/// Says that the terminal is too small, whatever is shown otherwise.
pub fn too_small(ui: &mut Ui) {
    let area = ui.buf.area;
    ui.hits.clear();
    let text = format!(
        "The desk needs {} columns and {} lines; this window has {} and {}. Make it larger, or its letters smaller. Nothing is lost.",
        SMALLEST.width, SMALLEST.height, area.width, area.height
    );
    let place = centred(area, area.width.min(44), area.height.min(5));
    ui.paragraph(place, &text, Role::Text);
}

fn header(state: &State, ui: &mut Ui, line: Rect) {
    let short = line.width < 100;
    let mut x = line.x + 1;
    if !short || Tab::of(state.me.role).len() < 4 {
        x += ui.text(x, line.y, 10, "crewdesk", Role::Accent) + 2;
    }
    let status = state.status.data.as_ref();
    for (i, tab) in Tab::of(state.me.role).iter().enumerate() {
        let count = match tab {
            Tab::Inbox => status.map_or(0, |s| s.mine + s.claimable),
            Tab::Notes => status.map_or(0, |s| s.unread),
            Tab::Jobs => status.map_or(0, |s| s.incidents),
            _ => 0,
        };
        let mut text = tab.title(line.width < 90).to_owned();
        if count > 0 {
            let sign = if *tab == Tab::Jobs {
                ui.glyphs.incident
            } else {
                ""
            };
            text += &format!(" {sign}{}", words::thousands(count));
        }
        let on = i == state.tab.min(Tab::of(state.me.role).len() - 1);
        let (text, role) = match (on, ui.theme.coloured()) {
            (true, true) => (format!(" {text} "), Role::Selection),
            (true, false) => (format!("[{text}]"), Role::Accent),
            (false, _) => (format!(" {text} "), Role::Muted),
        };
        let used = ui.text(x, line.y, line.right().saturating_sub(x), &text, role);
        ui.hit(
            Rect {
                x,
                width: used,
                ..line
            },
            Hit::Tab(i),
        );
        x += used;
    }
    let now = ui.clock.local(ui.clock.now);
    let post = if state.me.role == Post::Head {
        ", head"
    } else {
        ""
    };
    let me = format!("{}{post}", state.me.id);
    let room = line.right().saturating_sub(x + 2);
    for format in ["%a %-d %b %H:%M", "%H:%M"] {
        let text = format!("{me}  {} ", now.format(format));
        if words::width(&text) <= room.into() {
            ui.right(line, line.y, &text, Role::Muted);
            return;
        }
    }
    ui.right(line, line.y, &now.format("%H:%M ").to_string(), Role::Muted);
}

/// The keys of the screen, as many as fit, the most useful first.
fn footer(state: &State, ui: &mut Ui, line: Rect) {
    let mut x = line.x + 1;
    let mut hints: Vec<(String, &str, Option<keymap::Command>)> = Vec::new();
    let typing = typing_hints(state);
    // A letter or a sign types where one types, or begins to: only another key helps there.
    let types = !typing.is_empty()
        || matches!(state.pages.last(), Some(Page::Fix(page)) if page.current().is_some());
    let help = keymap::active(state.scope())
        .find(|b| b.command == keymap::Command::Help)
        .map_or_else(Vec::new, |b| keymap::keys(b, &state.config.keys))
        .into_iter()
        .find(|k| !types || !k.types())
        .map_or_else(String::new, |k| k.to_string());
    let end = line.right().saturating_sub(help.len() as u16 + 12);
    if matches!(state.scope(), Scope::Preview | Scope::Sheet) {
        let scroll = [
            ("Up Down", "scroll"),
            ("PgUp PgDn", "page"),
            ("g G", "ends"),
        ];
        hints.extend(scroll.map(|(key, label)| (key.to_owned(), label, None)));
        if state.scope() == Scope::Preview {
            hints.insert(1, ("Left Right".to_owned(), "columns", None));
        }
        if state.scope() == Scope::Sheet {
            hints.push(("y".to_owned(), "copy", Some(keymap::Command::Copy)));
        }
    }
    if typing.is_empty() {
        let scope = state.scope();
        let mut rows: Vec<_> = keymap::active(scope)
            .filter(|b| b.hint > 0 && (b.when)(state).is_ok())
            .collect();
        rows.sort_by_key(|b| b.hint);
        for binding in rows {
            let keys = keymap::keys(binding, &state.config.keys);
            if let Some(key) = keys.into_iter().find(|k| !types || !k.types()) {
                let label = match binding.command {
                    keymap::Command::Close if state.first_screen() => "leave",
                    keymap::Command::Preview if scope == Scope::Preview => "form",
                    _ => binding.label,
                };
                hints.push((key.to_string(), label, Some(binding.command)));
            }
        }
    } else {
        x += ui.text(x, line.y, 8, "TYPING", Role::Accent) + 2;
        hints.extend(
            typing
                .iter()
                .map(|(key, label)| ((*key).to_owned(), *label, None)),
        );
    }
    for (key, label, command) in hints {
        let wide = (words::width(&key) + 1 + words::width(label)) as u16;
        // What is shorter and comes later may still have room.
        if x + wide > end {
            continue;
        }
        let from = x;
        x += ui.text(x, line.y, wide, &key, Role::Accent);
        x += ui.text(x + 1, line.y, wide, label, Role::Muted) + 1;
        if let Some(command) = command {
            ui.hit(
                Rect {
                    x: from,
                    width: wide,
                    ..line
                },
                Hit::Run(command),
            );
        }
        x += 2;
    }
    if help.is_empty() {
        return;
    }
    let used = help.len() as u16 + 10;
    let place = Rect {
        x: line.right() - used,
        width: used,
        ..line
    };
    ui.pieces(
        place.x,
        line.y,
        used,
        &[(&help, Role::Accent), (" all keys ", Role::Muted)],
    );
    ui.hit(place, Hit::Run(keymap::Command::Help));
}

/// What keys do while one types; empty when none types.
fn typing_hints(state: &State) -> &'static [(&'static str, &'static str)] {
    let filtering = match state.scope() {
        Scope::Inbox => state.inbox.list.filtering,
        Scope::Jobs => state.jobs.list.filtering,
        Scope::Incidents => {
            matches!(state.pages.last(), Some(Page::Incidents(page)) if page.list.filtering)
        }
        _ => match state.pages.last() {
            Some(Page::Decisions(page)) => page.filtering,
            Some(Page::Versions(page)) => page.sieve.filtering,
            Some(Page::Launch(page)) => page.sieve.filtering,
            _ => false,
        },
    };
    if filtering {
        return &[
            ("Enter", "keeps it"),
            ("Esc", "clears it"),
            ("Up Down", "select"),
        ];
    }
    if matches!(state.pages.last(), Some(Page::Fix(page)) if page.edit.is_some()) {
        return &[
            ("Enter", "keeps it"),
            ("Tab", "next refused"),
            ("Esc", "as it was"),
        ];
    }
    let typing = match (state.scope(), state.pages.last()) {
        (Scope::Form, _) => state.inbox.task.as_ref().is_some_and(|t| t.form.typing),
        (Scope::Deploy, Some(Page::Deploy(page))) => page.form.typing,
        (Scope::Launch, Some(Page::Launch(launch))) => launch.pane == 1 && launch.form.typing,
        _ => false,
    };
    if !typing {
        return &[];
    }
    match state.scope() {
        Scope::Form if when::preview(state).is_ok() => &[
            ("Tab", "next"),
            ("^O", "editor"),
            ("Alt-c", "complete"),
            ("Alt-p", "preview"),
            ("Esc", "leaves the field"),
        ],
        Scope::Form => &[
            ("Tab", "next"),
            ("^O", "editor"),
            ("Alt-c", "complete"),
            ("Esc", "leaves the field"),
        ],
        Scope::Deploy => &[
            ("Tab", "completes"),
            ("Enter", "adds"),
            ("Alt-c", "deploy"),
            ("Esc", "to the files"),
        ],
        _ => &[
            ("Tab", "next"),
            ("^O", "editor"),
            ("Alt-c", "launch"),
            ("Esc", "leaves the field"),
        ],
    }
}

/// What is late, what is next, who works: on every screen.
fn status(state: &State, ui: &mut Ui, line: Rect) {
    let trouble = match &state.reach {
        Reach::Lost => Some("server not reachable, trying again…"),
        _ => state.trouble.as_deref(),
    };
    if let Some(trouble) = trouble {
        let text = format!(" {} {trouble}", ui.glyphs.incident);
        ui.text(line.x, line.y, line.width, &text, Role::Danger);
        return;
    }
    let slow = Duration::milliseconds(150);
    let awaited = state
        .waiting
        .iter()
        .find(|(_, _, since)| ui.clock.now - *since > slow);
    let mut right = String::new();
    if let Some((_, what, since)) = awaited {
        let turn = (ui.clock.now - *since).num_milliseconds().unsigned_abs() / 120;
        let sign = ui.glyphs.spinner[(turn % 8) as usize];
        right = format!("{sign} {what} ");
        if let Reach::Sending { name, bytes, total } = &state.reach {
            let share = bytes.saturating_mul(100) / (*total).max(1);
            right = format!("{sign} sending {name} {share} % ");
        }
    }
    let used = ui.right(line, line.y, &right, Role::Muted);
    let room = Rect {
        width: line.width.saturating_sub(used),
        ..line
    };
    let Some(status) = &state.status.data else {
        return;
    };
    let pieces = facts(status, ui);
    let mut x = line.x + 1;
    for (i, (long, short, role)) in pieces.iter().enumerate() {
        let left = usize::from(room.right().saturating_sub(x));
        let gap = if i == 0 { 0 } else { 3 };
        // Whole or not at all, but never silent about what comes first.
        let Some(text) = [long, short]
            .into_iter()
            .find(|t| words::width(t) + gap <= left && !t.is_empty())
        else {
            if i == 0 {
                ui.text(x, line.y, room.width, long, *role);
            }
            continue;
        };
        if i > 0 {
            x += ui.text(
                x,
                line.y,
                3,
                &format!(" {} ", ui.glyphs.column),
                Role::Border,
            );
        }
        x += ui.text(x, line.y, left as u16, text, *role);
    }
}

/// The facts: in full, in short, and their role.
fn facts(status: &Status, ui: &Ui) -> Vec<(String, String, Role)> {
    let mut pieces = vec![(
        format!("LATE {}", words::thousands(status.late)),
        String::new(),
        if status.late > 0 {
            Role::Danger
        } else {
            Role::Muted
        },
    )];
    if let (Some(next), Some(due)) = (&status.next, status.next_due) {
        let role = if ui.clock.urgency(Some(due)) <= Urgency::Soon {
            Role::Warning
        } else {
            Role::Text
        };
        let next = words::cut(next, 24, ui.glyphs.ellipsis);
        let short = format!("NEXT {}", ui.clock.due(due));
        pieces.push((format!("NEXT {next} {}", ui.clock.due(due)), short, role));
    }
    if status.incidents > 0 {
        pieces.push((
            format!("INCIDENTS {}", status.incidents),
            String::new(),
            Role::Incident,
        ));
    }
    let workers = match (status.workers, status.waiting_for_worker) {
        (0, 0) => ("WORKERS 0".to_owned(), String::new(), Role::Muted),
        (0, n) => {
            let wait = if n == 1 { "waits" } else { "wait" };
            let n = words::thousands(n);
            let long = format!("no live worker: {n} {wait}; start `crewdesk worker run`");
            (long, format!("no live worker: {n} {wait}"), Role::Danger)
        }
        (n, _) => (format!("WORKERS {n} ok"), String::new(), Role::Success),
    };
    // What nobody works on must be read even where there is little room.
    if workers.2 == Role::Danger {
        pieces.insert(1, workers);
    } else {
        pieces.push(workers);
    }
    if let Some(first) = status.held.first() {
        let wait = first.waits_because();
        let title = words::cut(&first.title, 24, ui.glyphs.ellipsis);
        let long = format!("{title} {}", words::cut(&wait, 48, ui.glyphs.ellipsis));
        let short = format!("WAITING {}", words::thousands(status.held.len() as u64));
        // What runs is to be read beside it.
        let long = if status.progress.is_empty() {
            long
        } else {
            short.clone()
        };
        pieces.push((long, short, Role::Warning));
    }
    if let Some(first) = status.progress.first() {
        let (long, short) = inserting(first, status.progress.len());
        pieces.push((long, short, Role::Info));
    }
    pieces
}

fn inserting(first: &Progress, running: usize) -> (String, String) {
    let share = progress::percent(first);
    let more = if running > 1 {
        format!(" (+{})", running - 1)
    } else {
        String::new()
    };
    let told = progress::told(first, 48);
    (
        format!("INSERTING {share} {told}{more}"),
        format!("INSERTING {share}{more}"),
    )
}

/// A short message on the edge above the keys: one or two lines hide neither what is read nor a
/// button.
fn toast(state: &State, ui: &mut Ui) {
    let Some(toast) = state.toast.as_ref().filter(|t| t.until > ui.clock.now) else {
        return;
    };
    let screen = ui.buf.area;
    let most = screen.width.saturating_sub(8).min(90);
    let lines = words::wrap(&toast.text, usize::from(most));
    let longest = lines.iter().map(|l| words::width(l)).max().unwrap_or(0) as u16;
    let tall = (lines.len() as u16).min(screen.height.saturating_sub(4));
    let wide = longest + 2;
    let (right, bottom) = (
        screen.right().saturating_sub(2),
        screen.bottom().saturating_sub(2),
    );
    let (x, y) = (right.saturating_sub(wide), bottom.saturating_sub(tall));
    let area = Rect::new(x, y, wide, tall);
    Clear.render(area, ui.buf);
    // Its colour is its ground: it stands over whatever is there.
    let style = ui.style(toast.role).add_modifier(Modifier::REVERSED);
    ui.buf.set_style(area, style);
    ui.hit(area, Hit::Dismiss);
    for (y, text) in (area.y..area.bottom()).zip(&lines) {
        ui.styled(area.x + 1, y, longest, text, style);
    }
}

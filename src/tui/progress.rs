//! How far a running insertion is, and for what one waits that failed, in the same words wherever
//! it is told.

use super::state::State;
use super::theme::Role;
use super::ui::{Ui, inset};
use super::words;
use crate::client::{HeldInsertion, Progress, cause};
use ratatui::layout::Rect;

/// An insertion that is not over.
#[derive(Debug, Clone, Copy)]
pub enum UnderWay<'a> {
    /// It failed, and waits.
    Held(&'a HeldInsertion),
    /// It runs.
    Running(&'a Progress),
}

impl<'a> UnderWay<'a> {
    /// The instance.
    pub fn instance(self) -> &'a str {
        match self {
            UnderWay::Held(held) => &held.process_instance_id,
            UnderWay::Running(progress) => &progress.process_instance_id,
        }
    }

    /// What the job is called.
    pub fn title(self) -> &'a str {
        match self {
            UnderWay::Held(held) => &held.title,
            UnderWay::Running(progress) => &progress.title,
        }
    }

    /// Who sent it.
    pub fn sender(self) -> Option<&'a str> {
        match self {
            UnderWay::Held(held) => held.assignee.as_deref(),
            UnderWay::Running(progress) => progress.assignee.as_deref(),
        }
    }

    /// Whether it can be stopped: of one whose database is out of reach nobody can say that nothing
    /// of it is there.
    pub fn can_stop(self) -> bool {
        matches!(self, UnderWay::Running(_))
    }
}

/// For what a failed insertion waits, and what went wrong the last time.
pub fn held(held: &HeldInsertion, clock: &words::Clock) -> (String, Role) {
    let next = held.next.map(|at| clock.distance(at.max(clock.now)));
    let role = match held.retries {
        0 => Role::Incident,
        _ => Role::Warning,
    };
    (
        format!("{}: {}", held.waits(next.as_deref()), cause(&held.message)),
        role,
    )
}

/// From here on all of an insertion stands on one line.
const WIDE: u16 = 76;

/// The part that is done, from 0 to 1.
pub fn share(progress: &Progress) -> f64 {
    progress.bytes as f64 / progress.total_bytes.max(1) as f64
}

/// `42%`.
pub fn percent(progress: &Progress) -> String {
    format!("{:.0}%", share(progress) * 100.0)
}

/// Rows, bytes, rate and the time left, as much of it as there is room for.
pub fn told(progress: &Progress, room: usize) -> String {
    let rows = words::count(progress.rows, "row", "rows");
    if progress.bytes >= progress.total_bytes {
        // What is left to do is the database's, and takes what it takes: rows to take in, or to give back.
        let whole = format!("{rows}, the database is busy with them");
        return Some(whole)
            .filter(|text| words::width(text) <= room)
            .unwrap_or(rows);
    }
    let (done, all) = (progress.bytes, progress.total_bytes);
    let bytes = format!(", {} of {}", words::bytes(done), words::bytes(all));
    let rate = format!(", {}/s", words::thousands(progress.rows_per_second as u64));
    let left = progress.seconds_left;
    let left = left.map_or_else(String::new, |s| {
        format!(", {} left", words::span(s.ceil() as i64))
    });
    let whole = format!("{rows}{bytes}{rate}{left}");
    let shorter = [format!("{rows}{rate}{left}"), format!("{rows}{left}")];
    let all = std::iter::once(whole).chain(shorter);
    let mut fit = all.filter(|text| words::width(text) <= room);
    fit.next().unwrap_or(rows)
}

/// Lines that the pane of some running insertions takes of at most so many, each of them whole;
/// none where nothing runs or not one has room.
pub fn height(running: usize, width: u16, most: u16) -> u16 {
    let room = most.saturating_sub(2) / lines(width);
    match u16::try_from(running).unwrap_or(u16::MAX).min(room) {
        0 => 0,
        n => n * lines(width) + 2,
    }
}

fn lines(width: u16) -> u16 {
    if width < WIDE { 2 } else { 1 }
}

/// Draws the insertions that one sent and that are not over below a screen; what is left of its
/// area.
pub fn below(state: &State, ui: &mut Ui, area: Rect, hint: &str) -> Rect {
    let sent = state.sent();
    let tall = height(sent.len(), area.width, area.height / 3);
    let below = Rect {
        y: area.bottom() - tall,
        height: tall,
        ..area
    };
    if tall > 2 {
        pane(ui, below, &sent, Some(&state.me.id), hint);
    }
    Rect {
        height: area.height - tall,
        ..area
    }
}

/// Draws them, each with its name, whose it is unless that is oneself, and how far it is.
pub fn pane(ui: &mut Ui, area: Rect, running: &[UnderWay<'_>], me: Option<&str>, hint: &str) {
    let inner = inset(ui.pane(area, "Inserting", false));
    let each = lines(area.width);
    let room = usize::from(inner.height / each).max(1);
    // The last line says how many have no room.
    let hidden = running.len().saturating_sub(room);
    match hidden {
        0 if hint.is_empty() || !running.iter().any(|one| one.can_stop()) => {}
        0 => ui.corner(area, hint),
        n => ui.corner(area, &format!("{n} more")),
    }
    for (one, y) in running.iter().zip((inner.y..).step_by(each.into())) {
        if y + each > inner.bottom() {
            break;
        }
        let who = one.sender().filter(|who| Some(*who) != me);
        let who = who.unwrap_or("");
        let wide = words::width(who) as u16;
        let (name, below) = match each {
            1 => (
                inner.width / 3,
                Rect {
                    x: inner.x + inner.width / 3 + 1,
                    y,
                    ..inner
                },
            ),
            _ => (inner.width, Rect { y: y + 1, ..inner }),
        };
        let name = Rect {
            y,
            width: name,
            ..inner
        };
        ui.right(name, y, who, Role::Muted);
        let room = name.width.saturating_sub(wide + 1);
        ui.text(name.x, y, room, one.title(), Role::Text);
        let (x, width) = (below.x, inner.right().saturating_sub(below.x));
        match one {
            _ if below.y >= inner.bottom() => {}
            UnderWay::Running(progress) => line(ui, x, below.y, width, progress),
            UnderWay::Held(one) => {
                let (text, role) = held(one, &ui.clock);
                ui.text(x, below.y, width, &text, role);
            }
        }
    }
}

fn line(ui: &mut Ui, x: u16, y: u16, width: u16, progress: &Progress) {
    let bar = 12.min(width);
    let percent = percent(progress);
    let room = usize::from(width - bar).saturating_sub(percent.len() + 2);
    let text = format!(" {percent} {}", told(progress, room));
    ui.gauge(x, y, bar, share(progress), Role::Info);
    ui.text(x + bar, y, width - bar, &text, Role::Muted);
}

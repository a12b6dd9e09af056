//! How far a running insertion is, in the same words wherever it is told.

use super::theme::Role;
use super::ui::{Ui, inset};
use super::words;
use crate::client::Progress;
use ratatui::layout::Rect;

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

/// Draws them, each with its name, whose it is unless that is oneself, and how far it is.
pub fn pane(ui: &mut Ui, area: Rect, running: &[&Progress], me: Option<&str>, hint: &str) {
    let inner = inset(ui.pane(area, "Inserting", false));
    let each = lines(area.width);
    let room = usize::from(inner.height / each).max(1);
    // The last line says how many have no room.
    let hidden = running.len().saturating_sub(room);
    match hidden {
        0 if hint.is_empty() => {}
        0 => ui.corner(area, hint),
        n => ui.corner(area, &format!("{n} more")),
    }
    for (progress, y) in running.iter().zip((inner.y..).step_by(each.into())) {
        if y + each > inner.bottom() {
            break;
        }
        let who = progress.assignee.as_deref().filter(|who| Some(*who) != me);
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
        let title = &progress.title;
        ui.text(
            name.x,
            y,
            name.width.saturating_sub(wide + 1),
            title,
            Role::Text,
        );
        if below.y < inner.bottom() {
            line(
                ui,
                below.x,
                below.y,
                inner.right().saturating_sub(below.x),
                progress,
            );
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

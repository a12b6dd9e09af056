//! All that is known about the rows of a task's form, on a page of its own: what would be
//! refused, what was refused before, and the first rows.

use super::inbox::title;
use super::preview;
use super::task::Task;
use crate::client::Refusal;
use crate::tui::effect::Effect;
use crate::tui::keymap::Command;
use crate::tui::state::{Page, State};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::words;
use ratatui::layout::Rect;
use std::cell::Cell;
use std::collections::HashSet;

/// The page: how far it is scrolled.
#[derive(Debug, Default)]
pub struct Rows {
    /// The first item shown; the view keeps it in bounds.
    top: Cell<usize>,
    /// The first column shown; the view keeps it in bounds.
    left: Cell<usize>,
    /// Lines of the last frame; the view sets it.
    height: Cell<usize>,
    /// Columns beyond the right edge of the last frame; the view sets it.
    more: Cell<bool>,
}

/// What stands above the table.
enum Item<'a> {
    Heading(String),
    Refused(&'a Refusal),
}

/// Acts on a command; none when it is not one of this page.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    if command == Command::Suggested {
        return super::task::run(state, command);
    }
    let Some(Page::Preview(page)) = state.pages.last() else {
        return None;
    };
    let (top, step) = (page.top.get(), page.height.get().saturating_sub(2).max(1));
    let left = page.left.get();
    match command {
        Command::Left => page.left.set(left.saturating_sub(1)),
        Command::Right if page.more.get() => page.left.set(left + 1),
        _ => {}
    }
    page.top.set(match command {
        Command::Left | Command::Right => top,
        Command::Up => top.saturating_sub(1),
        Command::Down => top.saturating_add(1),
        Command::PageUp => top.saturating_sub(step),
        Command::PageDown => top.saturating_add(step),
        Command::Top => 0,
        Command::Bottom => usize::MAX,
        Command::FixRows => return Some(super::fix::open(state)),
        Command::Preview => {
            state.pages.pop();
            return Some(state.refresh_screen());
        }
        _ => return None,
    });
    Some(Vec::new())
}

/// What would be refused now, then what was refused before where that is something else.
fn items(task: &Task) -> Vec<Item<'_>> {
    let now = task.preview.data.as_ref();
    let (coming, all) = now.map_or((&[][..], 0), |p| (p.refusals.as_slice(), p.refused));
    let mut items = Vec::new();
    if !coming.is_empty() {
        items.push(Item::Heading(heading("WOULD BE REFUSED", coming, all)));
        items.extend(coming.iter().map(Item::Refused));
    }
    let before = &task.detail.refusals;
    let same = |a: &Refusal, b: &Refusal| {
        (a.record, &a.column, &a.value) == (b.record, &b.column, &b.value)
    };
    let known = |r: &Refusal| coming.iter().any(|c| same(c, r));
    if !before.iter().all(known) {
        let all = task.detail.refused;
        items.push(Item::Heading(heading("REFUSED BEFORE", before, all)));
        items.extend(before.iter().map(Item::Refused));
    }
    items
}

/// How many rows, each of which may be refused for several reasons.
fn heading(name: &str, kept: &[Refusal], all: u64) -> String {
    let rows: HashSet<_> = kept.iter().map(|refusal| refusal.record).collect();
    let rows = rows.len() as u64;
    let (kept, total) = (words::thousands(rows), words::thousands(all));
    if all <= rows {
        format!("{name} {kept}")
    } else {
        let are = if rows == 1 {
            "one is"
        } else {
            &format!("{kept} are")
        };
        format!("{name} {total}, the first {are} known")
    }
}

/// Draws the page.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    let Some(Page::Preview(page)) = state.pages.last() else {
        return;
    };
    ui.hit(area, Hit::Pane(0));
    let name = state
        .inbox
        .task
        .as_ref()
        .map_or("", |t| title(&t.detail.task));
    let inner = inset(ui.pane(area, &format!("{name} {} Preview", ui.glyphs.then), true));
    let Some(task) = &state.inbox.task else {
        let text = "The desk does not have this task any more.";
        ui.paragraph(inner, text, Role::Muted);
        return;
    };
    let mut y = inner.y;
    let rest = |y: u16| Rect {
        y,
        height: inner.bottom().saturating_sub(y),
        ..inner
    };
    match &task.preview.data {
        Some(preview) => {
            y += preview::summary(ui, inner, preview);
            if !task.known() {
                y += ui.paragraph(rest(y), preview::STALE, Role::Warning);
            }
            for note in preview::notes(ui, preview) {
                y += ui.paragraph(rest(y), &note, Role::Warning);
            }
        }
        None => {
            let error = task.preview.error.as_ref().filter(|_| task.known());
            let (text, role) = match error {
                Some(error) => (error.clone(), Role::Warning),
                None if task.preview.waiting => ("Reading the rows".to_owned(), Role::Muted),
                None => {
                    let why = task.form.why_not(&ui.clock).unwrap_or_default();
                    (format!("No rows to show yet. {why}"), Role::Muted)
                }
            };
            y += ui.paragraph(rest(y), &text, role);
        }
    }
    let rest = rest(y + 1);
    if rest.height > 0 {
        scrolled(ui, area, rest, page, task);
    }
}

/// The part of the items and rows that is scrolled to.
fn scrolled(ui: &mut Ui, frame: Rect, area: Rect, page: &Rows, task: &Task) {
    let items = items(task);
    let table = task.preview.data.as_ref().filter(|p| !p.rows.is_empty());
    let head = table.map_or(0, |p| usize::from(preview::head(p)) + 1);
    let total = items.len() + table.map_or(0, |p| p.rows.len());
    let room = usize::from(area.height);
    let height = |index: usize| match items.get(index) {
        Some(Item::Refused(refusal)) => preview::refusal_lines(area.width, refusal),
        _ => 1,
    };
    // The last part that fills the page: scrolling further would show nothing more.
    let mut last = total;
    let mut used = head;
    while last > 0 && used + height(last - 1) <= room {
        last -= 1;
        used += height(last);
    }
    let top = page.top.get().min(last);
    page.top.set(top);
    page.height.set(room);
    let mut y = area.y;
    let mut shown = top;
    for item in items.iter().skip(top) {
        let rest = Rect {
            y,
            height: area.bottom().saturating_sub(y),
            ..area
        };
        if rest.height == 0 {
            break;
        }
        y += match item {
            Item::Heading(text) => {
                ui.text(rest.x, y, rest.width, text, Role::Warning);
                1
            }
            Item::Refused(refusal) => preview::refusal(ui, rest, refusal),
        };
        shown += 1;
    }
    if let Some(rows) = table {
        let y = if y > area.y { y + 1 } else { y };
        let rest = Rect {
            y,
            height: area.bottom().saturating_sub(y),
            ..area
        };
        let skip = top.saturating_sub(items.len());
        let left = page.left.get().min(rows.columns.len().saturating_sub(1));
        page.left.set(left);
        page.more.set(!preview::table(ui, rest, rows, (skip, left)));
        let lines = usize::from(rest.height).saturating_sub(head - 1);
        shown += lines.min(rows.rows.len() - skip.min(rows.rows.len()));
    }
    if top > 0 || shown < total {
        let shown = shown.min(total);
        ui.corner(frame, &format!("{}-{shown} of {total}", top + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_and_not_what_is_wrong_with_them() {
        let refusal = |record, column: &str| Refusal {
            file: None,
            record,
            line: None,
            column: Some(column.to_owned()),
            source: None,
            value: None,
            reason: "no number".to_owned(),
        };
        let twice = [refusal(4, "a"), refusal(4, "b")];
        assert_eq!(heading("REFUSED", &twice, 1), "REFUSED 1");
        assert_eq!(
            heading("REFUSED", &twice, 9),
            "REFUSED 9, the first one is known"
        );
        let two = [refusal(4, "a"), refusal(5, "a")];
        assert_eq!(
            heading("REFUSED", &two, 9),
            "REFUSED 9, the first 2 are known"
        );
    }
}

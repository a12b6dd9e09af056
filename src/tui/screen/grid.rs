//! How the grid of refused rows looks.

use super::fix::{self, Fix};
use crate::client::RefusedRow;
use crate::tui::state::{Page, State};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::words;
use ratatui::layout::Rect;

/// Columns that a value takes at least and at most.
const NARROWEST: usize = 4;
const WIDEST: usize = 24;
/// Columns that a cell takes at least while it is typed into.
const TYPED: usize = 16;

/// Draws the page.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    let Some(Page::Fix(page)) = state.pages.last() else {
        return;
    };
    ui.hit(area, Hit::Pane(0));
    let name = format!("{} {} Fix rows", fix::heading(state), ui.glyphs.then);
    let inner = inset(ui.pane(area, &name, true));
    if page.columns.is_empty() {
        let (text, role) = match &page.slot.error {
            Some(error) => (error.as_str(), Role::Warning),
            None => ("Looking for the refused rows", Role::Muted),
        };
        ui.paragraph(inner, text, role);
        return;
    }
    if page.rows.is_empty() {
        let text = "No row of the data frame is refused. Esc goes back to the form.";
        ui.paragraph(inner, text, Role::Success);
        return;
    }
    corner(ui, area, page);
    let mut y = inner.y + summary(ui, inner, page);
    if let Some(error) = &page.slot.error {
        let rest = Rect {
            y,
            height: 2,
            ..inner
        };
        y += ui.paragraph(rest, error, Role::Warning);
    }
    // What is wrong with the cell stands below the rows, as many lines as it takes.
    let (text, role) = meaning(page);
    let lines = words::wrap(&text, inner.width.into()).len().clamp(1, 4) as u16;
    let rows = u16::try_from(page.rows.len()).unwrap_or(u16::MAX);
    let below = Rect {
        y: inner
            .bottom()
            .saturating_sub(lines)
            .min(rows.saturating_add(y + 3)),
        height: lines,
        ..inner
    };
    ui.paragraph(below, &text, role);
    let grid = Rect {
        y: y + 1,
        height: below.y.saturating_sub(y + 2),
        ..inner
    };
    table(ui, grid, page);
}

fn corner(ui: &mut Ui, area: Rect, page: &Fix) {
    let kept = match page.kept {
        _ if page.is_dirty() => "not kept yet, ".to_owned(),
        Some(at) => ui.clock.local(at).format("kept %H:%M:%S, ").to_string(),
        None => String::new(),
    };
    let (at, all) = (page.row as u64 + 1, page.rows.len() as u64);
    let text = format!(
        "{kept}{} of {}",
        words::thousands(at),
        words::thousands(all)
    );
    ui.corner(area, &text);
}

/// How many are refused, changed and left out.
fn summary(ui: &mut Ui, area: Rect, page: &Fix) -> u16 {
    let (refused, changed, dropped) = page.counts();
    let dot = format!(" {} ", ui.glyphs.dot);
    let more = page.slot.data.as_ref().map_or(0, |found| found.more);
    let (text, role) = match refused {
        _ if page.is_dirty() || page.slot.waiting => ("checking the rows".to_owned(), Role::Muted),
        0 => (
            format!("{} none of these is refused", ui.glyphs.done),
            Role::Success,
        ),
        n => (words::count(n, "row refused", "rows refused"), Role::Danger),
    };
    let mut rest = String::new();
    if changed > 0 {
        rest += &format!("{dot}{} changed", words::thousands(changed));
    }
    if dropped > 0 {
        rest += &format!("{dot}{} left out", words::thousands(dropped));
    }
    if more > 0 {
        rest += &format!("{dot}{} more behind these", words::thousands(more));
    }
    let pieces = [(text.as_str(), role), (rest.as_str(), Role::Muted)];
    ui.pieces(area.x, area.y, area.width, &pieces);
    1
}

/// What is to be known of the cell under the cursor.
fn meaning(page: &Fix) -> (String, Role) {
    let Some(row) = page.current() else {
        return (String::new(), Role::Text);
    };
    let name = page.columns.get(page.column).map_or("", String::as_str);
    let (old, new) = (row.before.get(page.column), row.values.get(page.column));
    let was = match old {
        Some(Some(text)) if old != new => format!(" (was {})", words::cut(text, 40, "…")),
        Some(None) if old != new && !row.broken => " (was NULL)".to_owned(),
        _ => String::new(),
    };
    let of = |column: Option<usize>| row.faults.iter().find(|fault| fault.column == column);
    if row.dropped {
        let text = "This row is left out: it is not inserted. Alt-x takes it back.";
        return (text.to_owned(), Role::Warning);
    }
    if let Some(fault) = of(Some(page.column)) {
        return (format!("{name}: {}{was}", fault.reason), Role::Danger);
    }
    if let Some(fault) = of(None) {
        let how = if row.broken {
            "; give every cell anew, or leave the row out with Alt-x"
        } else {
            ""
        };
        return (format!("{}{how}", fault.reason), Role::Danger);
    }
    if let Some(fault) = row.faults.first() {
        let column = fault.column.and_then(|at| page.columns.get(at));
        let column = column.map_or("", String::as_str);
        return (format!("{column}: {}", fault.reason), Role::Warning);
    }
    (format!("{name}{was}"), Role::Muted)
}

/// A value as it is shown.
fn text(value: Option<&Option<String>>) -> (String, bool) {
    match value {
        Some(Some(text)) if text.is_empty() => ("\"\"".to_owned(), true),
        Some(Some(text)) => (text.replace(char::is_control, " "), false),
        _ => ("NULL".to_owned(), true),
    }
}

/// What stands in the margin: the file's line, or the number of the row.
fn place(row: &RefusedRow) -> String {
    words::thousands(row.line.unwrap_or(row.record))
}

/// How wide each column is.
fn widths(page: &Fix) -> Vec<u16> {
    let of = |(at, name): (usize, &String)| {
        let longest = page
            .rows
            .iter()
            .map(|row| words::width(&text(row.values.get(at)).0) + 1);
        let longest = longest.chain([words::width(name)]).max().unwrap_or(0);
        let typed = page.edit.is_some() && at == page.column;
        let least = if typed { TYPED } else { NARROWEST };
        longest.clamp(least, WIDEST) as u16
    };
    page.columns.iter().enumerate().map(of).collect()
}

/// The first column that is shown, so that the one under the cursor is.
fn first(page: &Fix, widths: &[u16], room: u16) -> usize {
    let mut left = page.left.get().min(page.column);
    let span = |left: usize| -> u16 {
        let shown = widths.iter().skip(left).take(page.column + 1 - left);
        shown.map(|wide| wide + 2).sum()
    };
    while left < page.column && span(left) > room + 2 {
        left += 1;
    }
    page.left.set(left);
    left
}

fn table(ui: &mut Ui, area: Rect, page: &Fix) {
    if area.height < 2 {
        return;
    }
    let margin = page.rows.iter().map(|row| words::width(&place(row)));
    let margin = margin.max().unwrap_or(0).max(4) as u16;
    let names = Rect {
        width: margin,
        ..area
    };
    ui.right(names, area.y, "line", Role::Muted);
    let start = area.x + margin + 3;
    let room = area.right().saturating_sub(start);
    let widths = widths(page);
    let left = first(page, &widths, room);
    let high = usize::from(area.height - 1);
    let top = page.top.get().min(page.row);
    let top = top.max((page.row + 1).saturating_sub(high));
    page.top.set(top);
    for (i, row) in page.rows.iter().enumerate().skip(top).take(high) {
        if let Some(line) = line_of(row) {
            let line = line.replace(char::is_control, " ");
            let line = words::cut(&line, room.into(), ui.glyphs.ellipsis);
            let role = if row.dropped {
                Role::Muted
            } else {
                Role::Danger
            };
            ui.text(start, area.y + 1 + (i - top) as u16, room, &line, role);
        }
    }
    let mut x = start;
    for (at, name) in page.columns.iter().enumerate().skip(left) {
        let Some(wide) = widths
            .get(at)
            .map(|wide| (*wide).min(area.right().saturating_sub(x)))
        else {
            break;
        };
        if wide < NARROWEST as u16 {
            ui.right(area, area.y, ui.glyphs.ellipsis, Role::Muted);
            break;
        }
        let role = if at == page.column {
            Role::Accent
        } else {
            Role::Muted
        };
        let name = words::cut(name, wide.into(), ui.glyphs.ellipsis);
        ui.text(x, area.y, wide, &name, role);
        for (i, row) in page.rows.iter().enumerate().skip(top).take(high) {
            let y = area.y + 1 + (i - top) as u16;
            let cell = Rect::new(x, y, wide, 1);
            draw_cell(ui, cell, page, i, at, row);
        }
        x += wide + 2;
    }
    if left > 0 {
        ui.text(
            start.saturating_sub(2),
            area.y,
            1,
            ui.glyphs.ellipsis,
            Role::Muted,
        );
    }
    for (i, row) in page.rows.iter().enumerate().skip(top).take(high) {
        let y = area.y + 1 + (i - top) as u16;
        ui.right(Rect { y, ..names }, y, &place(row), Role::Muted);
        let (sign, role) = sign(ui, row);
        ui.text(area.x + margin + 1, y, 1, sign, role);
        let line = Rect {
            y,
            height: 1,
            ..area
        };
        ui.hit(line, Hit::Row(0, i));
    }
}

/// The file's own line, of a record that can not be told into cells and has none yet.
fn line_of(row: &RefusedRow) -> Option<&str> {
    let line = row.text.as_deref().filter(|_| row.broken)?;
    row.values.iter().all(Option::is_none).then_some(line)
}

/// How a row stands: refused, changed, left out.
fn sign(ui: &Ui, row: &RefusedRow) -> (&'static str, Role) {
    if row.dropped {
        (ui.glyphs.cancelled, Role::Muted)
    } else if !row.faults.is_empty() {
        (ui.glyphs.late, Role::Danger)
    } else if row.values != row.before {
        (ui.glyphs.done, Role::Success)
    } else {
        (" ", Role::Text)
    }
}

fn draw_cell(ui: &mut Ui, cell: Rect, page: &Fix, row: usize, column: usize, of: &RefusedRow) {
    let here = (row, column) == (page.row, page.column);
    if here && let Some(line) = &page.edit {
        ui.paint(cell, Role::Field);
        let (text, cursor) = line.window(cell.width.into(), None);
        ui.text(cell.x, cell.y, cell.width, &text, Role::Field);
        ui.cursor = Some((cell.x + cursor as u16, cell.y).into());
        return;
    }
    if line_of(of).is_some() {
        if here {
            ui.paint(cell, Role::Selection);
        }
        return;
    }
    let (text, muted) = text(of.values.get(column));
    let wrong = page.is_fault(row, column);
    let changed = of.values.get(column) != of.before.get(column);
    let role = match () {
        () if of.dropped => Role::Muted,
        () if wrong => Role::Danger,
        () if changed => Role::Success,
        () if muted => Role::Muted,
        () => Role::Text,
    };
    // A sign says it where colours do not.
    let room = cell.width.saturating_sub(u16::from(wrong));
    let text = words::cut(&text, room.into(), ui.glyphs.ellipsis);
    let used = ui.text(cell.x, cell.y, room, &text, role);
    if wrong {
        ui.text(cell.x + used, cell.y, 1, ui.glyphs.late, Role::Danger);
    }
    if here {
        ui.paint(cell, Role::Selection);
    }
}

//! What completing would insert: types, the first rows, the rows that would be refused.

use crate::client::{Preview, PreviewColumn, Refusal};
use crate::tui::effect::Slot;
use crate::tui::theme::Role;
use crate::tui::ui::Ui;
use crate::tui::words;
use ratatui::layout::Rect;

/// What else is to be known of the rows.
pub fn notes(ui: &Ui, preview: &Preview) -> Vec<String> {
    let before = preview.before.iter();
    let before = before.map(|before| before.sentence(&ui.clock.stamp(before.at)));
    before.chain(preview.notes.iter().cloned()).collect()
}

/// Columns that a value takes at most.
const WIDEST: usize = 16;
/// Columns that a type takes at most where no value is wider.
const TYPE: usize = 13;

/// A refused row, `line 812 amount "12,50": not a DECIMAL`, in so many lines at most; the lines
/// it took.
pub fn refusal(ui: &mut Ui, area: Rect, refusal: &Refusal) -> u16 {
    let (place, text) = said(refusal);
    let used = ui.text(area.x, area.y, area.width, &place, Role::Muted) + 1;
    let rest = Rect {
        x: area.x + used,
        width: area.width.saturating_sub(used),
        ..area
    };
    ui.paragraph(rest, &text, Role::Danger).max(1)
}

/// The lines that a refused row takes at this width.
pub(super) fn refusal_lines(width: u16, refusal: &Refusal) -> usize {
    let (place, text) = said(refusal);
    let columns = usize::from(width).saturating_sub(words::width(&place) + 1);
    words::wrap(&text, columns).len().max(1)
}

/// Where a refused row stands, and what is wrong with it.
fn said(refusal: &Refusal) -> (String, String) {
    let file = refusal
        .file
        .as_ref()
        .map_or(String::new(), |file| format!("{file}, "));
    let place = match refusal.line {
        Some(line) => format!("line {}", words::thousands(line)),
        None => format!("record {}", words::thousands(refusal.record)),
    };
    let place = format!("{file}{place}");
    let mut text = refusal.column.clone().unwrap_or_default();
    if let Some(source) = &refusal.source {
        text += &format!(" ({source})");
    }
    // Most reasons quote the value themselves.
    let quoted = refusal
        .value
        .as_ref()
        .filter(|v| v.is_empty() || !refusal.reason.contains(*v));
    if let Some(value) = quoted {
        text += &format!(" \"{value}\"");
    }
    if !text.is_empty() {
        text += ": ";
    }
    text += &refusal.reason;
    (place, text)
}

/// What stands over a preview while the next is awaited.
pub const STALE: &str = "of what was typed before; reading anew";

/// Draws the preview; unless it is known it may be of what was typed before.
pub fn draw(ui: &mut Ui, area: Rect, slot: &Slot<Preview>, known: bool) {
    let Some(preview) = &slot.data else {
        let error = slot.error.as_ref().filter(|_| known);
        let text = match error {
            Some(error) => error.as_str(),
            None if slot.waiting => "Reading the rows",
            None => "The rows are shown here once the form is filled in.",
        };
        let role = if error.is_some() {
            Role::Warning
        } else {
            Role::Muted
        };
        ui.paragraph(area, text, role);
        return;
    };
    if area.height == 0 {
        return;
    }
    let mut y = area.y + summary(ui, area, preview);
    if !known {
        y += ui.paragraph(
            Rect {
                y,
                height: 1,
                ..area
            },
            STALE,
            Role::Warning,
        );
    }
    for note in notes(ui, preview) {
        let rest = Rect {
            y,
            height: area.bottom().saturating_sub(y).min(6),
            ..area
        };
        y += ui.paragraph(rest, &note, Role::Warning);
    }
    let end = y + area.bottom().saturating_sub(y) / 2;
    for item in &preview.refusals {
        if y >= end {
            break;
        }
        y += refusal(
            ui,
            Rect {
                y,
                height: (end - y).min(4),
                ..area
            },
            item,
        );
    }
    if y + 3 < area.bottom() {
        y += 1;
    }
    let rest = Rect {
        y,
        height: area.bottom().saturating_sub(y),
        ..area
    };
    table(ui, rest, preview, (0, 0));
}

pub(super) fn summary(ui: &mut Ui, area: Rect, preview: &Preview) -> u16 {
    let fit = preview.rows_read.saturating_sub(preview.refused);
    let so_far = if preview.complete { "" } else { " so far" };
    let rows = match preview.misfit {
        true => words::count(preview.rows_read, "row", "rows"),
        false => words::count(fit, "row fits", "rows fit"),
    };
    let rows = format!("{rows}{so_far}");
    let refused = if preview.misfit {
        format!(" {} none goes in", ui.glyphs.dot)
    } else if preview.refused == 0 {
        format!(" {} none refused", ui.glyphs.dot)
    } else {
        format!(
            " {} {} refused",
            ui.glyphs.dot,
            words::thousands(preview.refused)
        )
    };
    let mut size = words::bytes(preview.bytes);
    if let Some(format) = &preview.format {
        size += &format!(" {} {format}", ui.glyphs.dot);
    }
    let (good, bad) = if preview.misfit {
        (Role::Text, Role::Danger)
    } else if preview.refused == 0 {
        (Role::Success, Role::Muted)
    } else {
        (Role::Text, Role::Danger)
    };
    let beside = format!(" {} {size}", ui.glyphs.dot);
    let wide = [&rows, &refused, &beside].map(|text| words::width(text));
    let fits = wide.iter().sum::<usize>() <= usize::from(area.width);
    let rows = [(rows.as_str(), good), (refused.as_str(), bad)];
    if fits || area.height < 2 {
        let all = [rows[0], rows[1], (&beside, Role::Muted)];
        ui.pieces(area.x, area.y, area.width, &all);
        return 1;
    }
    // The size and the format have lines of their own.
    ui.pieces(area.x, area.y, area.width, &rows);
    let rest = Rect {
        y: area.y + 1,
        height: (area.height - 1).min(2),
        ..area
    };
    1 + ui.paragraph(rest, &size, Role::Muted)
}

/// Lines above the rows of a table.
pub(super) fn head(preview: &Preview) -> u16 {
    if preview.columns.iter().any(differs) {
        3
    } else {
        2
    }
}

/// Columns by name but the first `left`, the table's type under it and the file's where it is
/// another, then the rows but the first `skip`. Whether all columns had room.
pub(super) fn table(
    ui: &mut Ui,
    area: Rect,
    preview: &Preview,
    (skip, left): (usize, usize),
) -> bool {
    let head = head(preview);
    if area.height < head + 1 {
        return true;
    }
    let most = preview
        .rows
        .iter()
        .filter_map(|r| r.line)
        .max()
        .unwrap_or(0);
    let wide = most.to_string().len().max(6) as u16;
    let margin = Rect {
        width: wide,
        ..area
    };
    for (i, name) in ["line", "column", "found"]
        .iter()
        .take(head.into())
        .enumerate()
    {
        ui.right(margin, area.y + i as u16, name, Role::Muted);
    }
    for (i, row) in preview.rows.iter().skip(skip).enumerate() {
        let y = area.y + head + i as u16;
        if let (Some(line), true) = (row.line, y < area.bottom()) {
            ui.right(margin, y, &line.to_string(), Role::Muted);
        }
    }
    let mut x = area.x + wide + 2;
    if left > 0 {
        ui.text(x - 2, area.y, 1, ui.glyphs.left, Role::Muted);
    }
    for (at, column) in preview.columns.iter().enumerate().skip(left) {
        let values = preview
            .rows
            .iter()
            .filter_map(|r| r.values.get(at)?.as_deref());
        let declared = column.declared.as_deref().map_or("no column".into(), brief);
        // What the frame calls it stands above what the table does.
        let name = column.source.as_ref().unwrap_or(&column.name);
        let declared = match &column.source {
            Some(_) => format!("{} {declared}", column.name),
            None => declared,
        };
        let declared = declared.as_str();
        let found = match differs(column) {
            true => column.inferred.as_str(),
            false => "",
        };
        // A type takes no room from the columns behind it.
        let types = [declared, found].map(|kind| words::width(kind).min(TYPE));
        let longest = values
            .chain([name.as_str()])
            .map(words::width)
            .chain(types)
            .max()
            .unwrap_or(4)
            .clamp(4, WIDEST) as u16;
        if x + 4 > area.right() {
            ui.right(area, area.y, ui.glyphs.right, Role::Muted);
            return false;
        }
        let place = Rect {
            x,
            width: longest.min(area.right() - x),
            ..area
        };
        let right = is_number(&column.inferred) && place.width == longest;
        put(ui, place, area.y, right, name, Role::Accent);
        let role = if column.declared.is_some() {
            Role::Muted
        } else {
            Role::Danger
        };
        put(ui, place, area.y + 1, right, declared, role);
        if differs(column) {
            put(
                ui,
                place,
                area.y + 2,
                right,
                &column.inferred,
                Role::Warning,
            );
        }
        for (i, row) in preview.rows.iter().skip(skip).enumerate() {
            let y = area.y + head + i as u16;
            if y >= area.bottom() {
                break;
            }
            let mut refusals = preview.refusals.iter().filter(|r| row.is_of(r));
            let refused = refusals.any(|r| r.column.as_ref() == Some(&column.name));
            match row.values.get(at) {
                Some(Some(text)) => put(
                    ui,
                    place,
                    y,
                    right,
                    text,
                    if refused { Role::Danger } else { Role::Text },
                ),
                _ => put(ui, place, y, right, "NULL", Role::Muted),
            }
        }
        x += longest + 2;
    }
    true
}

fn is_number(kind: &str) -> bool {
    ["INT", "DEC", "NUM", "REAL", "DOUBLE", "FLOAT"]
        .iter()
        .any(|n| kind.to_uppercase().contains(n))
}

fn is_text(kind: &str) -> bool {
    ["CHAR", "TEXT", "CLOB"]
        .iter()
        .any(|n| kind.to_uppercase().contains(n))
}

/// A type by its short name.
fn brief(declared: &str) -> String {
    let long = [
        ("character varying", "varchar"),
        ("double precision", "double"),
        (" without time zone", ""),
        ("timestamp with time zone", "timestamptz"),
        ("time with time zone", "timetz"),
    ];
    let names = long.iter();
    names.fold(declared.to_owned(), |name, (long, short)| {
        name.replace(long, short)
    })
}

/// True when the frame's values look like another type than the table's: text where a number is
/// wanted, and not merely another name of the same.
fn differs(column: &PreviewColumn) -> bool {
    let Some(declared) = column.declared.as_deref() else {
        return false;
    };
    let base = |kind: &str| kind.split('(').next().unwrap_or("").trim().to_uppercase();
    base(declared) != base(&column.inferred)
        && !(is_number(declared) && is_number(&column.inferred))
        && !(is_text(declared) && is_text(&column.inferred))
}

fn put(ui: &mut Ui, place: Rect, y: u16, right: bool, text: &str, role: Role) {
    if right {
        ui.right(place, y, text, role);
    } else {
        ui.text(place.x, y, place.width, text, role);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_text_however_its_column_is_called() {
        let column = |declared: &str, inferred: &str| PreviewColumn {
            name: "name".to_owned(),
            source: None,
            declared: Some(declared.to_owned()),
            inferred: inferred.to_owned(),
        };
        assert!(!differs(&column("character varying(30)", "TEXT")));
        assert!(!differs(&column("numeric(8,2)", "INTEGER")));
        assert!(differs(&column("date", "TEXT")));
        assert_eq!(brief("character varying(30)"), "varchar(30)");
        assert_eq!(brief("timestamp without time zone"), "timestamp");
    }
}

//! The cells while they are painted, and the characters to paint with.

use super::{Cell, Grid, NodeArea, Role};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Sides of a cell that a line touches.
pub(super) const NORTH: u8 = 1;
pub(super) const EAST: u8 = 2;
pub(super) const SOUTH: u8 = 4;
pub(super) const WEST: u8 = 8;

pub(super) struct Canvas {
    width: usize,
    height: usize,
    cells: Vec<Cell>,
    ascii: bool,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize, ascii: bool) -> Self {
        let cell = Cell {
            symbol: " ".to_owned(),
            role: Role::Empty,
        };
        Canvas {
            width,
            height,
            cells: vec![cell; width.saturating_mul(height)],
            ascii,
        }
    }

    pub(super) fn put(&mut self, x: usize, y: usize, symbol: &str, role: Role) {
        if x >= self.width || y >= self.height {
            return;
        }
        if let Some(cell) = self.cells.get_mut(y * self.width + x) {
            cell.symbol = symbol.to_owned();
            cell.role = role;
        }
    }

    /// Writes a text that is already cut to its room.
    pub(super) fn text(&mut self, x: usize, y: usize, text: &str, role: Role) {
        let mut at = x;
        for grapheme in text.graphemes(true) {
            let width = grapheme.width();
            if width == 0 || at + width > self.width {
                continue;
            }
            self.put(at, y, grapheme, role);
            for behind in 1..width {
                self.put(at + behind, y, "", role);
            }
            at += width;
        }
    }

    /// A line through a cell, by the sides it touches.
    pub(super) fn line(&mut self, x: usize, y: usize, sides: u8) {
        let symbol = match (self.ascii, sides) {
            (false, s) if s == EAST | WEST || s == EAST || s == WEST => "─",
            (false, s) if s == NORTH | SOUTH || s == NORTH || s == SOUTH => "│",
            (false, s) if s == EAST | SOUTH => "╭",
            (false, s) if s == WEST | SOUTH => "╮",
            (false, s) if s == NORTH | EAST => "╰",
            (false, s) if s == NORTH | WEST => "╯",
            (false, s) if s == NORTH | EAST | SOUTH => "├",
            (false, s) if s == NORTH | WEST | SOUTH => "┤",
            (false, s) if s == EAST | WEST | SOUTH => "┬",
            (false, s) if s == EAST | WEST | NORTH => "┴",
            (false, _) => "┼",
            (true, s) if s & (NORTH | SOUTH) == 0 => "-",
            (true, s) if s & (EAST | WEST) == 0 => "|",
            (true, s) if s == EAST | SOUTH || s == WEST | SOUTH => ".",
            (true, s) if s == NORTH | EAST || s == NORTH | WEST => "'",
            (true, _) => "+",
        };
        self.put(x, y, symbol, Role::Flow);
    }

    /// The end of a flow that enters a node by this side of the cell.
    pub(super) fn arrow(&mut self, x: usize, y: usize, side: u8) {
        let symbol = match (self.ascii, side) {
            (false, EAST) => "►",
            (false, WEST) => "◄",
            (false, SOUTH) => "▼",
            (false, _) => "▲",
            (true, EAST) => ">",
            (true, WEST) => "<",
            (true, SOUTH) => "v",
            (true, _) => "^",
        };
        self.put(x, y, symbol, Role::Flow);
    }

    /// The outline of a box: rounded, or double where it is chosen.
    pub(super) fn outline(&mut self, area: &NodeArea, highlighted: bool) {
        let [horizontal, vertical, corners @ ..] = match (self.ascii, highlighted) {
            (false, false) => ["─", "│", "╭", "╮", "╰", "╯"],
            (false, true) => ["═", "║", "╔", "╗", "╚", "╝"],
            (true, false) => ["-", "|", "+", "+", "+", "+"],
            (true, true) => ["=", "|", "+", "+", "+", "+"],
        };
        let role = if highlighted {
            Role::Highlight
        } else {
            Role::Border
        };
        let (right, bottom) = (area.x + area.width - 1, area.y + area.height - 1);
        for x in area.x..=right {
            self.put(x, area.y, horizontal, role);
            self.put(x, bottom, horizontal, role);
        }
        for y in area.y..=bottom {
            self.put(area.x, y, vertical, role);
            self.put(right, y, vertical, role);
        }
        let at = [
            (area.x, area.y),
            (right, area.y),
            (area.x, bottom),
            (right, bottom),
        ];
        for ((x, y), corner) in at.into_iter().zip(corners) {
            self.put(x, y, corner, role);
        }
    }

    pub(super) fn into_grid(self) -> Grid {
        Grid {
            width: self.width,
            height: self.height,
            cells: self.cells,
            ..Grid::default()
        }
    }
}

/// Cuts a text to its room, with an ellipsis at the end.
pub(super) fn cut(text: &str, room: usize, ascii: bool) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let ellipsis = if ascii { "~" } else { "…" };
    let mut cut = String::new();
    for grapheme in text.graphemes(true) {
        if cut.width() + grapheme.width() + 1 > room {
            break;
        }
        cut.push_str(grapheme);
    }
    if room > 0 {
        cut.truncate(cut.trim_end().len());
        cut.push_str(ellipsis);
    }
    cut
}

/// A label on one line: no control characters, no other blanks than single spaces, and only
/// ASCII where that is asked for.
pub(super) fn tidy(text: &str, ascii: bool) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .map(|c| if ascii && !c.is_ascii() { '?' } else { c })
        .collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Wraps a label into at most `lines` lines of `width` columns.
pub(super) fn wrap(text: &str, width: usize, lines: usize, ascii: bool) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    let mut words = text.split(' ').filter(|w| !w.is_empty());
    while let Some(word) = words.next() {
        match wrapped.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => wrapped.push(word.to_owned()),
        }
        if wrapped.len() > lines {
            let rest: Vec<&str> = words.by_ref().collect();
            let overflow = wrapped.pop().unwrap_or_default();
            if let Some(last) = wrapped.last_mut() {
                *last = format!("{last} {overflow} {}", rest.join(" "));
            }
        }
    }
    wrapped
        .into_iter()
        .map(|line| cut(&line, width, ascii))
        .collect()
}

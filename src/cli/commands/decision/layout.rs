//! A decision table on a line width: rules as lines where they fit, else rules as columns, as
//! many beside one another as there is room for. Nothing is cut.

use crate::cli::output::clean;
use crate::tui::words::{width, wrap};
use std::io::{self, IsTerminal};

/// Between two columns.
const GAP: usize = 2;
/// How wide the column of a rule is at most before its cells are broken.
const WIDEST: usize = 32;
/// How narrow it gets so that more rules fit beside one another.
const NARROWEST: usize = 12;

/// A table to lay out.
pub struct Grid {
    /// Titles of the columns.
    pub head: Vec<String>,
    /// The column with the first output, before which a line stands.
    pub outputs: usize,
    /// A row for each rule, as wide as the head.
    pub rows: Vec<Vec<String>>,
}

/// The columns of the terminal; nothing when a script reads, which gets lines as wide as they are.
pub fn room() -> Option<usize> {
    let terminal = io::stdout().is_terminal().then(crossterm::terminal::size);
    terminal.and_then(|size| Some(usize::from(size.ok()?.0).max(20)))
}

impl Grid {
    /// The table as text.
    pub fn text(&self, room: Option<usize>) -> String {
        let rows = std::iter::once(&self.head).chain(&self.rows);
        let widths: Vec<usize> = (0..self.head.len())
            .map(|at| rows.clone().map(|row| width(&row[at])).max().unwrap_or(0))
            .collect();
        let wide = widths.iter().sum::<usize>() + GAP * widths.len();
        match room {
            Some(room) if wide > room => self.turned(room),
            _ => self.lines(&widths),
        }
    }

    /// Rules as lines.
    fn lines(&self, widths: &[usize]) -> String {
        let mut text = String::new();
        for row in std::iter::once(&self.head).chain(&self.rows) {
            let mut line = String::new();
            for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
                if at == self.outputs {
                    line.push_str("│ ");
                }
                line.push_str(&padded(&clean(cell), width + GAP));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// Rules as columns.
    fn turned(&self, room: usize) -> String {
        let titles = self.head.iter().map(|title| width(title)).max();
        let margin = titles.unwrap_or(0).clamp(4, (room / 3).max(4));
        let left = room.saturating_sub(margin + GAP).max(1);
        let wanted = |rule: &Vec<String>| {
            let cells = rule.iter().map(|cell| width(cell)).max();
            cells.unwrap_or(0).clamp(1, WIDEST.min(left))
        };
        let mut text = String::new();
        let mut rules = self.rows.as_slice();
        while !rules.is_empty() {
            // As many as fit as wide as they like, or else where narrow ones do.
            let mut widths: Vec<usize> = Vec::new();
            for rule in rules {
                let wide = wanted(rule);
                let used: usize = widths.iter().map(|width| width + GAP).sum();
                match left.saturating_sub(used) {
                    room if wide <= room => widths.push(wide),
                    room if room >= NARROWEST => {
                        widths.push(room);
                        break;
                    }
                    _ => break,
                }
            }
            // One alone has all of the room.
            if let [only] = widths.as_mut_slice() {
                *only = left;
            }
            let (shown, rest) = rules.split_at(widths.len().max(1));
            self.block(shown, margin, &widths, &mut text);
            rules = rest;
            if !rules.is_empty() {
                text.push('\n');
            }
        }
        text
    }

    /// Rules that stand beside one another.
    fn block(&self, rules: &[Vec<String>], margin: usize, widths: &[usize], text: &mut String) {
        for (at, title) in self.head.iter().enumerate() {
            if at == self.outputs {
                let wide = widths.iter().map(|width| width + GAP).sum::<usize>() + margin;
                text.push_str(&"─".repeat(wide));
                text.push('\n');
            }
            let title = wrap(&clean(title), margin);
            let cells = rules.iter().zip(widths);
            let cells = cells.map(|(rule, width)| wrap(&clean(&rule[at]), *width));
            let cells: Vec<Vec<String>> = std::iter::once(title).chain(cells).collect();
            let tall = cells.iter().map(Vec::len).max().unwrap_or(0);
            for line in 0..tall {
                let mut out = String::new();
                let widths = std::iter::once(&margin).chain(widths);
                for (cell, width) in cells.iter().zip(widths) {
                    let part = cell.get(line).map_or("", String::as_str);
                    out.push_str(&padded(part, width + GAP));
                }
                text.push_str(out.trim_end());
                text.push('\n');
            }
        }
    }
}

/// Texts in columns, a line each and broken where the room ends; a column without any text is
/// left out.
pub fn listed(head: &[&str], rows: &[Vec<String>], indent: usize, room: Option<usize>) -> String {
    let used: Vec<usize> = (0..head.len())
        .filter(|at| rows.iter().any(|row| !row[*at].is_empty()))
        .collect();
    let mut widths: Vec<usize> = used
        .iter()
        .map(|at| {
            let cells = rows.iter().map(|row| width(&row[*at]));
            cells.chain([width(head[*at])]).max().unwrap_or(0)
        })
        .collect();
    if let Some(room) = room {
        // The widest give way, from what there is at most.
        widths
            .iter_mut()
            .for_each(|width| *width = (*width).min(room));
        let fixed = indent + GAP * widths.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + fixed > room {
            match widths.iter_mut().max() {
                Some(widest) if *widest > 8 => *widest -= 1,
                _ => break,
            }
        }
    }
    let mut text = String::new();
    let head: Vec<String> = head.iter().map(|title| (*title).to_owned()).collect();
    for row in std::iter::once(&head).chain(rows) {
        let cells: Vec<Vec<String>> = used
            .iter()
            .zip(&widths)
            .map(|(at, width)| wrap(&clean(&row[*at]), *width))
            .collect();
        let tall = cells.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..tall {
            let mut out = " ".repeat(indent);
            for (cell, width) in cells.iter().zip(&widths) {
                let part = cell.get(line).map_or("", String::as_str);
                out.push_str(&padded(part, width + GAP));
            }
            text.push_str(out.trim_end());
            text.push('\n');
        }
    }
    text
}

fn padded(text: &str, columns: usize) -> String {
    let left = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(columns: usize, rules: usize) -> Grid {
        let title = |at: usize| format!("column number {at}");
        let cell = |rule: usize, at: usize| format!("\"cell {at} of rule {rule}\"");
        let row = |rule: usize| {
            let cells = (1..columns).map(|at| cell(rule, at));
            std::iter::once(rule.to_string()).chain(cells).collect()
        };
        Grid {
            head: std::iter::once("#".to_owned())
                .chain((1..columns).map(title))
                .collect(),
            outputs: columns - 1,
            rows: (1..=rules).map(row).collect(),
        }
    }

    #[test]
    fn a_table_that_fits_has_its_rules_as_lines() {
        let text = grid(3, 2).text(Some(80));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(
            lines[1].starts_with("1  \"cell 1 of rule 1\"  │ \"cell 2"),
            "{text}"
        );
    }

    #[test]
    fn a_wide_one_has_them_as_columns_and_nothing_is_cut() {
        for room in [200, 80, 60, 40, 20] {
            let text = grid(12, 7).text(Some(room));
            assert!(
                text.lines().all(|line| width(line) <= room),
                "{room}: {text}"
            );
            let words: String = text
                .split(|c: char| c.is_whitespace() || c == '─')
                .collect();
            for rule in 1..=7 {
                assert!(words.contains(&rule.to_string()), "{room}: {text}");
            }
            if room >= 60 {
                for at in 1..12 {
                    let cell = format!("\"cell {at} of rule 7\"");
                    assert!(text.contains(&cell), "{room}: {cell} in {text}");
                }
            }
        }
        let text = grid(12, 7).text(Some(80));
        assert!(
            text.starts_with("#                 1                    2                    3"),
            "{text}"
        );
        let all = grid(12, 7).text(None);
        assert_eq!(all.lines().count(), 8, "a script gets lines");
    }

    #[test]
    fn columns_without_texts_are_left_out() {
        let rows = [vec!["a".into(), String::new(), "number".into()]];
        let text = listed(&["INPUT", "VALUES", "TYPE"], &rows, 2, Some(80));
        assert_eq!(text, "  INPUT  TYPE\n  a      number\n");
        let long = [vec![
            "a".into(),
            String::new(),
            "one two three four five".into(),
        ]];
        let text = listed(&["INPUT", "VALUES", "TYPE"], &long, 2, Some(24));
        assert!(text.lines().all(|line| width(line) <= 24), "{text}");
        assert!(
            text.contains("four five") || text.contains("three four"),
            "{text}"
        );
    }
}

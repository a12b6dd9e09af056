//! How answers are printed: aligned columns for people, JSON for scripts.

use crate::client::value::time;
pub use crate::client::value::words::short;
use crate::client::value::words::thousands;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Where answers go and in which form.
pub struct Output {
    json: bool,
    /// There was one.
    answered: AtomicBool,
}

impl Output {
    /// JSON or text, to standard output.
    pub fn new(json: bool) -> Self {
        Output {
            json,
            answered: AtomicBool::new(false),
        }
    }

    /// What ended a command without an answer: for a script that reads JSON, as such.
    pub fn fail(&self, error: &str) {
        if self.json && !self.answered.load(Ordering::Relaxed) {
            let answer = serde_json::json!({ "error": error });
            let _ = self.answer(&answer, |_| String::new());
        }
    }

    /// True when a script reads.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// One answer: as JSON, or as the text that `text` makes of it. A reader that has seen
    /// enough (`crewdesk task list | head`) is no error.
    pub fn answer<T: Serialize>(
        &self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> io::Result<()> {
        let mut answer = if self.json {
            serde_json::to_string_pretty(value)?
        } else {
            text(value)
        };
        if !answer.is_empty() && !answer.ends_with('\n') {
            answer.push('\n');
        }
        super::line::clear();
        self.answered.store(true, Ordering::Relaxed);
        match io::stdout().lock().write_all(answer.as_bytes()) {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }
}

/// Lays rows out in columns as wide as their widest cell; a header, then the rows. On a terminal
/// the widest columns but the first give way until a row fits a line; a script gets all of it.
/// With no rows: the sentence for none.
pub fn table(header: &[&str], rows: Vec<Vec<String>>, none: &str) -> String {
    let terminal = io::stdout().is_terminal();
    let room = terminal.then(crossterm::terminal::size);
    let room = room.and_then(|size| Some(usize::from(size.ok()?.0)));
    layout(header, rows, none, room)
}

/// Columns that a column keeps at least when it gives way.
const LEAST: usize = 8;

/// Takes columns from the widest until all of them fit, as far as that goes.
fn shrink(widths: &mut [usize], room: usize) {
    let gaps = 2 * widths.len().saturating_sub(1);
    loop {
        let wanted = widths.iter().sum::<usize>() + gaps;
        let widest = widths.iter_mut().skip(1).max_by_key(|width| **width);
        match widest.filter(|width| **width > LEAST) {
            Some(width) if wanted > room => {
                *width = width.saturating_sub(wanted - room).max(LEAST);
            }
            _ => return,
        }
    }
}

/// A text of at most so many columns.
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    for c in text.chars() {
        if cut.width() + c.width().unwrap_or(0) + 1 > columns {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    cut
}

fn layout(header: &[&str], rows: Vec<Vec<String>>, none: &str, room: Option<usize>) -> String {
    if rows.is_empty() {
        return none.to_owned();
    }
    let head: Vec<String> = header.iter().map(|h| h.to_uppercase()).collect();
    laid_out(head, rows, room)
}

fn laid_out(head: Vec<String>, mut rows: Vec<Vec<String>>, room: Option<usize>) -> String {
    let mut widths: Vec<usize> = head.iter().map(|h| h.width()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    if let Some(room) = room {
        shrink(&mut widths, room);
        for row in &mut rows {
            for (width, cell) in widths.iter().zip(row) {
                *cell = cut(cell, *width);
            }
        }
    }
    let mut text = String::new();
    for row in std::iter::once(&head).chain(&rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&clean(cell));
            line.extend(std::iter::repeat_n(
                ' ',
                width.saturating_sub(cell.width()) + 2,
            ));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A number of things: `1 job`, `2 jobs`.
pub fn count(number: u64, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        n => format!("{} {thing}s", thousands(n)),
    }
}

/// Text without control characters, so that data can not steer the terminal.
pub fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A due time relative to now, such as `in 42m` or `late 2h10`; empty for none.
pub fn due(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    at.map(|at| time::relative(at, now)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_display_width() {
        let text = table(
            &["id", "name"],
            vec![
                vec!["1".into(), "資料".into()],
                vec!["20000".into(), "x".into()],
            ],
            "none",
        );
        assert_eq!(text, "ID     NAME\n1      資料\n20000  x\n");
        assert_eq!(table(&["id"], vec![], "none"), "none");
    }

    #[test]
    fn a_row_fits_the_terminal_and_is_whole_elsewhere() {
        let rows = || {
            let long = "the reason is 資料 and goes on and on and on".to_owned();
            vec![vec![
                "0191-abcdefgh-0191-abcdefgh".into(),
                "short".into(),
                long,
            ]]
        };
        let header = ["id", "name", "why"];
        let whole = layout(&header, rows(), "none", None);
        assert!(whole.contains("on and on\n"), "{whole}");
        for room in [60, 50, 48] {
            let text = layout(&header, rows(), "none", Some(room));
            let lines: Vec<&str> = text.lines().collect();
            assert!(lines.iter().all(|l| l.width() <= room), "{room}: {text}");
            assert!(
                lines[1].starts_with("0191-abcdefgh-0191-abcdefgh  short"),
                "{text}"
            );
            assert!(lines[1].ends_with('…'), "{text}");
        }
        assert_eq!(layout(&header, rows(), "none", Some(200)), whole);
        // What is narrow already stays readable.
        let text = layout(&header, rows(), "none", Some(10));
        assert!(text.contains("the rea…"), "{text}");
    }

    #[test]
    fn data_can_not_steer_the_terminal() {
        assert_eq!(clean("a\x1b[2Jb\n"), "a [2Jb ");
    }

    #[test]
    fn ids_are_cut_to_their_end() {
        assert_eq!(short("0191-abcdefgh"), "abcdefgh");
        assert_eq!(short("abc"), "abc");
    }
}

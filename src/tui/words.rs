//! How numbers, times and long texts are written on the screens.

use crate::client::value::time::{self, DatePattern};
pub use crate::client::value::words::{count, short, thousands};
use chrono::{DateTime, Datelike, FixedOffset, Local, Utc};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The zone in which times are read and written.
#[derive(Debug, Clone, Copy)]
pub enum Zone {
    /// This machine's.
    Here,
    /// Another one.
    Fixed(FixedOffset),
}

/// The time now and the reader's zone.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Now.
    pub now: DateTime<Utc>,
    /// The zone.
    pub zone: Zone,
}

/// How near a due date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Past.
    Late,
    /// Within an hour.
    Soon,
    /// Before the day is over.
    Today,
    /// Within seven days.
    Week,
    /// Later, or never.
    Later,
}

impl Clock {
    /// An instant as clocks in the zone show it.
    pub fn local(&self, at: DateTime<Utc>) -> DateTime<FixedOffset> {
        match self.zone {
            Zone::Here => at.with_timezone(&Local).fixed_offset(),
            Zone::Fixed(zone) => at.with_timezone(&zone),
        }
    }

    /// The instant that a person typed.
    pub fn when(&self, text: &str) -> Option<DateTime<Utc>> {
        match self.zone {
            Zone::Here => time::parse_when(text, self.now, &Local),
            Zone::Fixed(zone) => time::parse_when(text, self.now, &zone),
        }
        .ok()
    }

    /// The instant that a text in one of Java's date patterns names.
    pub fn read(&self, text: &str, pattern: &DatePattern) -> Option<DateTime<Utc>> {
        match self.zone {
            Zone::Here => pattern.read(text, &Local),
            Zone::Fixed(zone) => pattern.read(text, &zone),
        }
        .ok()
    }

    /// An instant in one of Java's date patterns.
    pub fn write(&self, at: DateTime<Utc>, pattern: &DatePattern) -> Option<String> {
        pattern.format(at, &self.local(at).timezone()).ok()
    }

    /// How near this due date is.
    pub fn urgency(&self, due: Option<DateTime<Utc>>) -> Urgency {
        let Some(due) = due else {
            return Urgency::Later;
        };
        let left = due - self.now;
        let today = self.local(self.now).date_naive();
        if left.num_seconds() < 0 {
            Urgency::Late
        } else if left.num_minutes() < 60 {
            Urgency::Soon
        } else if self.local(due).date_naive() == today {
            Urgency::Today
        } else if left.num_days() < 7 {
            Urgency::Week
        } else {
            Urgency::Later
        }
    }

    /// A due date in a list: `late 2h10`, `in 42m`, `Wed 10:00`, `12 Dec`.
    pub fn due(&self, due: DateTime<Utc>) -> String {
        if time::is_never(due, self.now) {
            return "never".to_owned();
        }
        match self.urgency(Some(due)) {
            Urgency::Late => format!("late {}", span((self.now - due).num_seconds())),
            Urgency::Soon | Urgency::Today => {
                format!("in {}", span((due - self.now).num_seconds()))
            }
            Urgency::Week => self.local(due).format("%a %H:%M").to_string(),
            Urgency::Later => self.day(due),
        }
    }

    /// How far away an instant is, whatever the day: `in 2d 18h`, `late 2h10`.
    pub fn distance(&self, at: DateTime<Utc>) -> String {
        let left = (at - self.now).num_seconds();
        if time::is_never(at, self.now) {
            "never".to_owned()
        } else if left < 0 {
            format!("late {}", span(-left))
        } else {
            format!("in {}", span(left))
        }
    }

    /// How long ago: `now`, `42m ago`, `Mon 10:00`.
    pub fn ago(&self, at: DateTime<Utc>) -> String {
        let past = (self.now - at).num_seconds();
        match past {
            i64::MIN..60 => "now".to_owned(),
            60..43_200 => format!("{} ago", span(past)),
            43_200..518_400 => self.local(at).format("%a %H:%M").to_string(),
            _ => self.day(at),
        }
    }

    /// An instant in full: `today 11:00`, `Wed 19 Nov 10:00`.
    pub fn stamp(&self, at: DateTime<Utc>) -> String {
        let (here, today) = (self.local(at), self.local(self.now));
        if here.date_naive() == today.date_naive() {
            here.format("today %H:%M").to_string()
        } else if here.year() == today.year() {
            here.format("%a %-d %b %H:%M").to_string()
        } else {
            here.format("%a %-d %b %Y %H:%M").to_string()
        }
    }

    /// A day: `12 Dec`, with the year when it is another one.
    fn day(&self, at: DateTime<Utc>) -> String {
        let here = self.local(at);
        let same_year = here.year() == self.local(self.now).year();
        here.format(if same_year { "%-d %b" } else { "%-d %b %Y" })
            .to_string()
    }
}

/// A span of time in at most two units: `42m`, `2h10`, `3d 4h`.
pub fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (d, h, m) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (d, h, m) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, m) => format!("{m}m"),
        (0, h, 0) => format!("{h}h"),
        (0, h, m) => format!("{h}h{m:02}"),
        (d, 0, _) => format!("{d}d"),
        (d, h, _) if d < 10 => format!("{d}d {h}h"),
        (d, ..) => format!("{d}d"),
    }
}

/// A size: `340 B`, `2.1 MB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if n < 1000 {
        return format!("{n} B");
    }
    let (mut size, mut unit) = (n as f64 / 1000.0, 0);
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    if size < 9.95 {
        format!("{size:.1} {}", UNITS[unit])
    } else {
        format!("{size:.0} {}", UNITS[unit])
    }
}

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most `columns`, an ellipsis at its end when it is cut.
pub fn cut(text: &str, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = head(text, columns.saturating_sub(width(ellipsis)));
    if columns >= width(ellipsis) {
        out.push_str(ellipsis);
    }
    out
}

/// The text in at most `columns`, cut in the middle: what a path needs.
pub fn cut_middle(text: &str, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(width(ellipsis));
    let tail_room = room - room / 3;
    let mut tail: Vec<&str> = Vec::new();
    let mut used = 0;
    for g in text.graphemes(true).rev() {
        used += width(g);
        if used > tail_room {
            break;
        }
        tail.push(g);
    }
    let mut out = head(text, room / 3);
    out.push_str(ellipsis);
    out.extend(tail.into_iter().rev());
    out
}

fn head(text: &str, columns: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for g in text.graphemes(true) {
        used += width(g);
        if used > columns {
            break;
        }
        out.push_str(g);
    }
    out
}

/// The text broken at spaces into lines of at most `columns`; a longer word is broken too.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_inclusive(' ') {
            if width(&line) + width(word.trim_end()) > columns && !line.trim().is_empty() {
                lines.push(line.trim_end().to_owned());
                line.clear();
            }
            if line.is_empty() && word.trim().is_empty() {
                continue;
            }
            let mut word = word;
            while width(word) > columns {
                let part = head(word, columns);
                if part.is_empty() {
                    break;
                }
                word = &word[part.len()..];
                lines.push(part);
            }
            line.push_str(word);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// One line broken at spaces; its indentation is repeated.
pub fn wrap_indented(line: &str, columns: usize) -> Vec<String> {
    let text = line.trim_start_matches(' ');
    let indent = " ".repeat((line.len() - text.len()).min(columns / 2));
    let lines = wrap(text, columns - indent.len());
    match lines.is_empty() {
        true => vec![String::new()],
        false => lines
            .into_iter()
            .map(|line| format!("{indent}{line}"))
            .collect(),
    }
}

/// One line broken behind a space or comma, else behind a bracket, else where it is full: nothing of it
/// is left out, its indentation is repeated.
pub fn fold(line: &str, columns: usize) -> Vec<String> {
    let line = line.replace('\t', "    ");
    let columns = columns.max(1);
    let indent = line.len() - line.trim_start_matches(' ').len();
    let indent = " ".repeat(indent.min(columns / 2));
    let mut rest = line.as_str();
    let mut lines = Vec::new();
    loop {
        let start = if lines.is_empty() {
            ""
        } else {
            indent.as_str()
        };
        let part = head(rest, columns - start.len());
        if part.len() == rest.len() || part.is_empty() {
            lines.push(format!("{start}{part}"));
            return lines;
        }
        let behind = |signs: &[char]| part.rfind(signs).map_or(0, |at| at + 1);
        let far = |seam: &usize| seam * 2 > part.len();
        let seams = [behind(&[' ', ',']), behind(&['(', '[', '{'])];
        let part = match seams.into_iter().find(far) {
            Some(seam) if !part[..seam].trim().is_empty() => &part[..seam],
            _ => part.as_str(),
        };
        rest = &rest[part.len()..];
        lines.push(format!("{start}{part}"));
    }
}

/// The text with a capital first letter.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_where_words_end() {
        let folded = |text: &str, columns: usize| fold(text, columns);
        assert_eq!(
            folded("  if contains(lower case(name), \"gmbh\") then 1", 24),
            [
                "  if contains(lower ",
                "  case(name), \"gmbh\") ",
                "  then 1"
            ]
        );
        assert_eq!(folded("f(aaaaaaaa)", 8), ["f(aaaaaa", "aa)"]);
        assert_eq!(folded("abcdef(ghijkl)", 9), ["abcdef(", "ghijkl)"]);
        // Nothing of it is left out.
        let line = "[1, 2, 3] and   something  else(\"x y z\")";
        for columns in 3..40 {
            assert_eq!(folded(line, columns).concat(), line, "{columns}");
        }
    }

    #[test]
    fn spans_and_numbers() {
        assert_eq!(
            [59, 60, 42 * 60, 7_800, 7_200, 90_000, 86_400 * 40].map(span),
            ["59s", "1m", "42m", "2h10", "2h", "1d 1h", "40d"]
        );
        assert_eq!(
            [0, 999, 1_000, 18_204, 1_000_000].map(thousands),
            ["0", "999", "1,000", "18,204", "1,000,000"]
        );
        assert_eq!(
            [340, 2_100_000, 12_345, 999_600, u64::MAX].map(bytes),
            ["340 B", "2.1 MB", "12 kB", "1.0 MB", "18447 PB"]
        );
    }

    #[test]
    fn cutting_respects_wide_letters() {
        assert_eq!(cut("orders", 6, "…"), "orders");
        assert_eq!(cut("orders 17", 6, "…"), "order…");
        assert_eq!(cut("日本語", 4, "…"), "日…");
        assert_eq!(cut("abc", 0, "…"), "");
        assert_eq!(
            cut_middle("/data/in/orders_1117.csv", 14, "…"),
            "/dat…_1117.csv"
        );
    }

    #[test]
    fn wrapping_keeps_every_word() {
        assert_eq!(
            wrap("give the file again, please", 12),
            ["give the", "file again,", "please"]
        );
        assert_eq!(wrap("aaaaaaaa b", 3), ["aaa", "aaa", "aa", "b"]);
        assert_eq!(wrap("one\n\ntwo", 9), ["one", "", "two"]);
    }

    #[test]
    fn sentences_are_broken_between_words_below_their_begin() {
        let lines = wrap_indented("  one two three", 9);
        assert_eq!(lines, ["  one two", "  three"]);
        assert_eq!(wrap_indented("", 9), [""]);
        assert_eq!(wrap_indented("      abc", 4), ["  ab", "  c"]);
    }

    #[test]
    fn folding_keeps_every_letter() {
        assert_eq!(fold("  abcdef", 5), ["  abc", "  def"]);
        assert_eq!(fold("", 5), [""]);
        assert_eq!(fold("a\tb", 9), ["a    b"]);
        assert_eq!(fold("日本語", 4), ["日本", "語"]);
    }

    #[test]
    fn due_dates_by_distance() {
        let clock = super::super::tests::clock();
        let due = |minutes: i64| clock.due(clock.now + chrono::Duration::minutes(minutes));
        assert_eq!(due(-130), "late 2h10");
        assert_eq!(due(42), "in 42m");
        assert_eq!(due(162), "in 2h42");
        assert_eq!(due(24 * 60), "Wed 10:18");
        assert_eq!(due(24 * 60 * 24), "12 Dec");
        assert_eq!(due(24 * 60 * 60), "17 Jan 2026");
    }
}

//! When a due date is near.

use chrono::{DateTime, TimeDelta, Utc};

/// Nobody is reminded earlier than this before a due date.
pub const EARLIEST: TimeDelta = TimeDelta::hours(1);

/// When to remind of a due date: an hour before it, or when nine tenths of the time are
/// over, whichever is later. None where nothing is left of the time.
pub fn remind_at(from: DateTime<Utc>, due: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let left = due - from;
    (left > TimeDelta::zero()).then(|| due - EARLIEST.min(left / 10))
}

/// A span as people say it: `42m`, `2h10`, `3d 4h`.
pub fn span(length: TimeDelta) -> String {
    let minutes = length.num_minutes().abs();
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => "under a minute".to_owned(),
        (0, 0, m) => format!("{m}m"),
        (0, h, m) => format!("{h}h{m:02}"),
        (d, 0, _) => format!("{d}d"),
        (d, h, _) => format!("{d}d {h}h"),
    }
}

/// An instant as people say it, in the local zone: `Tue 18 Nov 2025 11:00`.
pub fn instant(at: DateTime<Utc>) -> String {
    at.with_timezone(&chrono::Local)
        .format("%a %-d %b %Y %H:%M")
        .to_string()
}

/// An instant of today as people say it, in the local zone: `11:00:05`.
pub fn clock(at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&chrono::Local);
    local.format("%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_reminder_comes_an_hour_or_a_tenth_before() {
        let from = at("2025-11-18T10:00:00Z");
        let cases = [
            ("2025-11-19T10:00:00Z", Some("2025-11-19T09:00:00Z")),
            ("2025-11-18T20:00:00Z", Some("2025-11-18T19:00:00Z")),
            ("2025-11-18T11:00:00Z", Some("2025-11-18T10:54:00Z")),
            ("2025-11-18T10:00:00Z", None),
            ("2025-11-18T09:00:00Z", None),
        ];
        for (due, expected) in cases {
            assert_eq!(remind_at(from, at(due)), expected.map(at), "due {due}");
        }
    }

    #[test]
    fn spans_are_short() {
        let cases = [
            (0, "under a minute"),
            (42, "42m"),
            (130, "2h10"),
            (1440, "1d"),
            (4560, "3d 4h"),
            (-65, "1h05"),
        ];
        for (minutes, text) in cases {
            assert_eq!(span(TimeDelta::minutes(minutes)), text);
        }
    }
}

//! Dates of forms: in the form's own pattern, and as people type them.

use crate::client::value::time::DatePattern;
use crate::tui::words::Clock;
use chrono::{DateTime, NaiveDate, Utc};

/// Reads a date in the pattern, or as people write instants.
pub fn read(text: &str, pattern: &str, clock: &Clock) -> Option<DateTime<Utc>> {
    let own = DatePattern::parse(pattern)
        .ok()
        .and_then(|p| clock.read(text, &p));
    own.or_else(|| clock.when(text))
}

/// Writes an instant in the pattern.
pub fn write(at: DateTime<Utc>, pattern: &str, clock: &Clock) -> String {
    let own = DatePattern::parse(pattern)
        .ok()
        .and_then(|p| clock.write(at, &p));
    own.unwrap_or_else(|| clock.local(at).to_rfc3339())
}

/// The end of a day: what a day without a time means.
pub fn end_of(day: NaiveDate, clock: &Clock) -> Option<DateTime<Utc>> {
    clock.when(&day.format("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::clock;

    #[test]
    fn patterns_and_what_people_type() {
        let clock = clock();
        for (pattern, text) in [
            ("dd/MM/yyyy", "21/11/2025"),
            ("yyyy-MM-dd'T'HH:mm:ss", "2025-11-21T10:30:00"),
        ] {
            let at = read(text, pattern, &clock).unwrap_or_else(|| panic!("{pattern}"));
            assert_eq!(write(at, pattern, &clock), text);
        }
        let friday = read("fri 17:00", "dd/MM/yyyy", &clock).unwrap();
        assert_eq!(write(friday, "dd/MM/yyyy", &clock), "21/11/2025");
        assert_eq!(read("32/01/2026", "dd/MM/yyyy", &clock), None);
    }
}

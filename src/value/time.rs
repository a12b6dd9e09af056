//! Time as text: Camunda's date format and ISO 8601 instants.
//!
//! Never reads the clock: whoever calls says what time it is.

use super::period::from_local;
use chrono::{DateTime, Local, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// An instant as Camunda 7 writes it, `yyyy-MM-dd'T'HH:mm:ss.SSSZ`, in the local zone.
pub fn camunda(at: DateTime<Utc>) -> String {
    at.with_timezone(&Local)
        .format("%Y-%m-%dT%H:%M:%S%.3f%z")
        .to_string()
}

/// Reads an ISO 8601 date or date-time, with or without seconds, a fraction and an offset;
/// without an offset it is local time, without a time the start of the local day.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    for format in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"] {
        if let Ok(at) = DateTime::parse_from_str(text, format) {
            return Some(at.with_timezone(&Utc));
        }
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"] {
        if let Ok(local) = NaiveDateTime::parse_from_str(text, format) {
            return from_local(local);
        }
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    from_local(day.and_time(NaiveTime::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_usual_form_of_an_instant() {
        let utc: DateTime<Utc> = "2026-03-01T09:30:00Z".parse().expect("an instant");
        for text in [
            "2026-03-01T09:30:00Z",
            "2026-03-01T09:30Z",
            "2026-03-01T10:30:00.000+0100",
            "2026-03-01T10:30:00+01:00",
            "2026-03-01T10:30+01",
        ] {
            assert_eq!(instant(text), Some(utc), "{text}");
        }
        let local = from_local("2026-03-01T09:30:00".parse().expect("a local time"));
        assert_eq!(instant("2026-03-01T09:30"), local);
        let midnight = from_local("2026-03-01T00:00:00".parse().expect("a local time"));
        assert_eq!(instant("2026-03-01"), midnight);
        assert_eq!(instant(&camunda(utc)), Some(utc));
    }

    #[test]
    fn refuses_what_is_no_instant() {
        for text in [
            "",
            "tomorrow",
            "2026-13-01",
            "2026-03-01 09:30",
            "01/03/2026",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}

//! Time as text: Camunda's date format, ISO 8601 instants and periods, and what a person types.
//!
//! Never reads the clock: whoever calls says what time it is.

use chrono::{DateTime, Local, Utc};

/// An instant as Camunda 7 writes it, `yyyy-MM-dd'T'HH:mm:ss.SSSZ`, in the local zone.
pub fn camunda(at: DateTime<Utc>) -> String {
    at.with_timezone(&Local)
        .format("%Y-%m-%dT%H:%M:%S%.3f%z")
        .to_string()
}

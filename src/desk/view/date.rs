//! Instants as Camunda's text, `2013-01-23T14:42:45.000+0200`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serializer};

/// Writes Camunda's text.
pub fn serialize<S: Serializer>(at: &DateTime<Utc>, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(&crate::value::time::camunda(*at))
}

/// Reads Camunda's text.
pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<DateTime<Utc>, D::Error> {
    let text = String::deserialize(d)?;
    DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.3f%z")
        .map(|at| at.with_timezone(&Utc))
        .map_err(serde::de::Error::custom)
}

/// The same for an optional instant.
pub mod optional {
    use super::*;

    /// Writes Camunda's text or null.
    pub fn serialize<S: Serializer>(at: &Option<DateTime<Utc>>, s: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::serialize(at, s),
            None => s.serialize_none(),
        }
    }

    /// Reads Camunda's text or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<DateTime<Utc>>, D::Error> {
        #[derive(serde::Deserialize)]
        struct At(#[serde(with = "super")] DateTime<Utc>);
        Ok(Option::<At>::deserialize(d)?.map(|at| at.0))
    }
}

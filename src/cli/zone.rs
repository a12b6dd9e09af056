//! The time zone that the environment names.

use chrono::{Local, Offset, TimeZone, Utc};

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
    match name.parse::<chrono_tz::Tz>() {
        // Known, but perhaps not to this machine.
        Ok(zone) => {
            let there = zone.offset_from_utc_datetime(&now.naive_utc());
            there.fix().local_minus_utc() != here
        }
        // Such as CET-1CEST, which says its rules itself.
        Err(_) => here == 0 && (name.contains('/') || !name.contains(|c: char| c.is_ascii_digit())),
    }
}

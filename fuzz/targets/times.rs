//! What people and models write for times: ISO 8601 instants and durations, cron, patterns of
//! forms, the words of date fields.
#![no_main]

use chrono::{DateTime, Utc};
use crewdesk::value::time::{self, DatePattern};
use crewdesk::value::{Cron, Period};

libfuzzer_sys::fuzz_target!(|input: (&str, &str)| {
    let (text, other) = input;
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default();
    if let Some(period) = Period::parse(text) {
        let _ = period.after(now);
        let _ = period.after(DateTime::<Utc>::MAX_UTC);
        let _ = Period::parse(other).and_then(|other| period.plus(other));
    }
    if let Some(cron) = Cron::parse(text) {
        let next = cron.after(now, &Utc);
        assert!(next.is_none_or(|next| next > now), "{text}");
    }
    if let Ok(at) = time::parse_instant(text, &Utc) {
        let _ = time::camunda(at);
        let _ = time::relative(at, now);
    }
    if let Ok(at) = time::parse_when(text, now, &Utc) {
        let _ = time::camunda(at);
    }
    if let Ok(pattern) = DatePattern::parse(text) {
        if let Ok(at) = pattern.read(other, &Utc) {
            let _ = pattern.format(at, &Utc);
        }
        let _ = pattern.format(now, &Utc);
    }
});

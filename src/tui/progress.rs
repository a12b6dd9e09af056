//! How far a running insertion is, in the same words wherever it is told.

use super::words;
use crate::client::Progress;

/// The part that is done, from 0 to 1.
pub fn share(progress: &Progress) -> f64 {
    progress.bytes as f64 / progress.total_bytes.max(1) as f64
}

/// `42%`.
pub fn percent(progress: &Progress) -> String {
    format!("{:.0}%", share(progress) * 100.0)
}

/// Rows, bytes, rate and the time left, as much of it as there is room for.
pub fn told(progress: &Progress, room: usize) -> String {
    let rows = format!("{} rows", words::thousands(progress.rows));
    let (done, all) = (progress.bytes, progress.total_bytes);
    let bytes = format!(", {} of {}", words::bytes(done), words::bytes(all));
    let rate = format!(", {}/s", words::thousands(progress.rows_per_second as u64));
    let left = progress.seconds_left;
    let left = left.map_or_else(String::new, |s| {
        format!(", {} left", words::span(s.ceil() as i64))
    });
    let whole = format!("{rows}{bytes}{rate}{left}");
    let shorter = [format!("{rows}{rate}{left}"), format!("{rows}{left}")];
    let all = std::iter::once(whole).chain(shorter);
    let mut fit = all.filter(|text| words::width(text) <= room);
    fit.next().unwrap_or(rows)
}

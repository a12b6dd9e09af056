//! How far an insertion is, on standard error, where a person looks.

use crate::client::Advance;
use crate::client::value::words::thousands;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Between two drawings of the bar.
const DRAW: Duration = Duration::from_millis(100);
/// Cells of the bar.
const CELLS: usize = 30;

/// About how long it will still take, once that can be told.
fn left(elapsed: Duration, share: f64) -> String {
    if !(0.01..1.0).contains(&share) || elapsed < Duration::from_secs(1) {
        return String::new();
    }
    let seconds = (elapsed.as_secs_f64() * (1.0 - share) / share).ceil() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("  {s} s left"),
        (0, m, s) => format!("  {m} min {s} s left"),
        (h, m, _) => format!("  {h} h {m} min left"),
    }
}

/// A progress bar.
pub(super) struct Bar {
    shown: Option<Instant>,
    terminal: bool,
    pass: &'static str,
    /// Since when that.
    began: Instant,
    /// Rows of the pass before, which the rows that are checked come to.
    before: u64,
    rows: u64,
}

impl Bar {
    pub(super) fn new() -> Bar {
        Bar {
            shown: None,
            terminal: std::io::stderr().is_terminal(),
            pass: "",
            began: Instant::now(),
            before: 0,
            rows: 0,
        }
    }

    pub(super) fn draw(&mut self, advance: &Advance) {
        if !self.terminal {
            return;
        }
        if self.pass != advance.pass {
            (self.pass, self.began) = (advance.pass, Instant::now());
            self.before = self.rows;
        } else if self.shown.is_some_and(|at| at.elapsed() < DRAW) {
            return;
        }
        self.rows = advance.rows;
        self.shown = Some(Instant::now());
        let line = line(advance, self.before, self.began.elapsed());
        let mut err = std::io::stderr().lock();
        let _ = write!(err, "\r\x1b[K{line}");
        let _ = err.flush();
    }

    pub(super) fn end(&mut self) {
        if self.shown.is_some() {
            eprint!("\r\x1b[K");
        }
    }
}

/// What stands there after so long in this pass; `before` are the rows of the one before.
fn line(advance: &Advance, before: u64, elapsed: Duration) -> String {
    let part = |done: u64, all: u64| done as f64 / all.max(1) as f64;
    // What is read back is known by its rows, all else by the bytes of the frame.
    let share = match advance.pass {
        "checking" => part(advance.rows, before),
        _ => part(advance.bytes, advance.total_bytes),
    };
    let share = share.clamp(0.0, 1.0);
    let full = ((share * CELLS as f64) as usize).min(CELLS);
    let bar = "█".repeat(full) + &"░".repeat(CELLS - full);
    if advance.pass == "inserting" && share >= 1.0 {
        let rows = thousands(advance.rows);
        return format!("inserting  {bar} 100 %  {rows} rows sent, the database is busy with them");
    }
    let rate = (advance.rows as f64 / elapsed.as_secs_f64().max(0.001)) as u64;
    format!(
        "{:<10} {bar} {:3.0} %  {} rows  {} rows/s{}",
        advance.pass,
        share * 100.0,
        thousands(advance.rows),
        thousands(rate),
        left(elapsed, share)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_follows_from_what_is_done() {
        assert_eq!(left(Duration::from_secs(30), 0.25), "  1 min 30 s left");
        assert_eq!(left(Duration::from_secs(30), 0.5), "  30 s left");
        assert_eq!(left(Duration::from_secs(3600), 0.25), "  3 h 0 min left");
        assert_eq!(left(Duration::from_millis(900), 0.5), "");
        assert_eq!(left(Duration::from_secs(9), 1.0), "");
    }

    #[test]
    fn each_pass_says_what_it_does_and_how_far_it_is() {
        let advance = Advance {
            pass: "inserting",
            rows: 1_234_567,
            bytes: 30,
            total_bytes: 60,
            rate: 0.0,
        };
        let half = "█".repeat(15) + &"░".repeat(15);
        assert_eq!(
            line(&advance, 0, Duration::from_secs(10)),
            format!("inserting  {half}  50 %  1,234,567 rows  123,456 rows/s  10 s left")
        );
        let sent = Advance {
            bytes: 60,
            ..advance
        };
        let told = line(&sent, 0, Duration::from_secs(10));
        assert!(
            told.ends_with("1,234,567 rows sent, the database is busy with them"),
            "{told}"
        );
        let checking = Advance {
            pass: "checking",
            rows: 500,
            bytes: 60,
            ..advance
        };
        let told = line(&checking, 1000, Duration::from_secs(2));
        assert_eq!(
            told,
            format!("checking   {half}  50 %  500 rows  250 rows/s  2 s left")
        );
    }
}

//! How far an insertion is, on standard error, where a person looks.

use crate::client::Advance;
use crate::client::value::words::thousands;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Between two drawings of the bar.
const DRAW: Duration = Duration::from_millis(100);
/// Between two looks at how long nothing was heard, and how long that is no wait yet.
const BEAT: Duration = Duration::from_secs(1);
const SILENT: Duration = Duration::from_secs(2);
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

/// A progress bar, which goes on to say how long the database takes when nothing is heard of it.
pub(super) struct Bar {
    drawn: Arc<(Mutex<Drawn>, Condvar)>,
    beat: Option<JoinHandle<()>>,
}

/// What stands there.
struct Drawn {
    /// Since when.
    shown: Option<Instant>,
    line: String,
    pass: &'static str,
    /// Since when that.
    began: Instant,
    /// Rows of the pass before, which the rows that are checked come to.
    before: u64,
    rows: u64,
    /// Who is waited for: the database, or the frame.
    by_frame: bool,
    ended: bool,
}

impl Bar {
    pub(super) fn new() -> Bar {
        let drawn = Drawn {
            shown: None,
            line: String::new(),
            pass: "",
            began: Instant::now(),
            before: 0,
            rows: 0,
            by_frame: false,
            ended: false,
        };
        let drawn = Arc::new((Mutex::new(drawn), Condvar::new()));
        let beat = std::io::stderr().is_terminal().then(|| {
            let drawn = drawn.clone();
            std::thread::spawn(move || beat(&drawn))
        });
        Bar { drawn, beat }
    }

    pub(super) fn draw(&mut self, advance: &Advance) {
        if self.beat.is_none() {
            return;
        }
        let mut drawn = lock(&self.drawn.0);
        drawn.by_frame = is_by_frame(advance);
        if drawn.pass != advance.pass {
            (drawn.pass, drawn.began) = (advance.pass, Instant::now());
            drawn.before = drawn.rows;
        } else if drawn.rows == advance.rows && !drawn.line.is_empty() {
            // The same again is no news: what is said of the wait stays.
            return;
        } else if drawn.shown.is_some_and(|at| at.elapsed() < DRAW) {
            return;
        }
        drawn.rows = advance.rows;
        drawn.shown = Some(Instant::now());
        drawn.line = line(advance, drawn.before, drawn.began.elapsed());
        put(&drawn.line);
    }

    pub(super) fn end(&mut self) {
        lock(&self.drawn.0).ended = true;
        self.drawn.1.notify_all();
        if let Some(beat) = self.beat.take() {
            let _ = beat.join();
        }
        if lock(&self.drawn.0).shown.is_some() {
            eprint!("\r\x1b[K");
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.beat.is_some() {
            self.end();
        }
    }
}

fn lock(drawn: &Mutex<Drawn>) -> MutexGuard<'_, Drawn> {
    drawn.lock().unwrap_or_else(PoisonError::into_inner)
}

fn put(line: &str) {
    let mut err = std::io::stderr().lock();
    let _ = write!(err, "\r\x1b[K{line}");
    let _ = err.flush();
}

/// Once a second, until the bar ends.
fn beat((drawn, told): &(Mutex<Drawn>, Condvar)) {
    let mut drawn = lock(drawn);
    while !drawn.ended {
        let silent = drawn.shown.map(|shown| shown.elapsed());
        if let Some(silent) = silent.filter(|silent| *silent >= SILENT) {
            put(&working(drawn.pass, drawn.rows, silent, drawn.by_frame));
        }
        let waited = told.wait_timeout(drawn, BEAT);
        drawn = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

/// Whether it is the frame that takes its time: it is read before the rows go, and while the database
/// waits for them.
fn is_by_frame(advance: &Advance) -> bool {
    match advance.pass {
        "inserting" => advance.waits,
        pass => pass == "reading",
    }
}

/// What stands there when nothing is heard for so long, of the database or of the frame.
fn working(pass: &str, rows: u64, silent: Duration, by_frame: bool) -> String {
    let seconds = match silent.as_secs() {
        0 => String::new(),
        seconds => format!(", {seconds} s"),
    };
    let rows = thousands(rows);
    match by_frame {
        true => format!("{pass:<10} {rows} rows, waiting for more of the data frame{seconds}"),
        false => format!("{pass:<10} {rows} rows sent, the database is busy with them{seconds}"),
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
        return working(advance.pass, advance.rows, Duration::ZERO, false);
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
    fn how_long_the_database_takes_is_said() {
        assert_eq!(
            working("inserting", 5_000, Duration::from_millis(61_500), false),
            "inserting  5,000 rows sent, the database is busy with them, 61 s"
        );
        assert_eq!(
            working("inserting", 5_000, Duration::from_millis(2_500), true),
            "inserting  5,000 rows, waiting for more of the data frame, 2 s"
        );
    }

    #[test]
    fn the_database_is_busy_only_where_it_does_not_wait() {
        let told = |pass, waits| {
            is_by_frame(&Advance {
                pass,
                rows: 1,
                bytes: 1,
                total_bytes: 2,
                rate: 0.0,
                waits,
            })
        };
        assert!(told("inserting", true) && !told("inserting", false));
        assert!(told("reading", false));
        assert!(!told("checking", true) && !told("committing", true));
    }

    #[test]
    fn each_pass_says_what_it_does_and_how_far_it_is() {
        let advance = Advance {
            pass: "inserting",
            rows: 1_234_567,
            bytes: 30,
            total_bytes: 60,
            rate: 0.0,
            waits: false,
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

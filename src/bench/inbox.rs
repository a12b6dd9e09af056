//! The inbox of a crowded desk: the real program in a pseudo-terminal, from its start to the
//! first frame and from each key to the next one.

use super::BenchError;
use super::crowd::{self, EMPLOYEE, HEAD};
use super::figures::Spread;
use super::place::Place;
use super::terminal::Program;
use serde::Serialize;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A start or a key that took longer than this was not answered.
const PATIENCE: Duration = Duration::from_secs(20);
/// A key that changes nothing draws nothing: so long one waits for a change.
const UNCHANGED: Duration = Duration::from_millis(250);
/// What was asked is shown when nothing more is drawn for so long.
const QUIET: Duration = Duration::from_millis(60);
/// The same after a start.
const SETTLED: Duration = Duration::from_millis(400);
/// The longest that is waited for quiet.
const MOST: Duration = Duration::from_secs(2);

/// What is measured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The program.
    pub program: PathBuf,
    /// Open tasks.
    pub tasks: u32,
    /// Rows of history.
    pub history: u32,
    /// Starts of each kind.
    pub starts: u32,
    /// Keys.
    pub keys: u32,
}

/// What came out.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InboxReport {
    /// Processors of the machine.
    pub processors: usize,
    /// Open tasks.
    pub tasks: u64,
    /// Rows of history.
    pub history_rows: u64,
    /// Bytes of the database.
    pub database_bytes: u64,
    /// In a terminal that tells its background.
    pub start: Start,
    /// In a terminal that tells nothing.
    pub start_in_silence: Start,
    /// From a key to what it shows.
    pub keys: Vec<Keys>,
}

/// From the start of the program, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Start {
    /// To the first frame.
    pub first_frame: Spread,
    /// To the last frame that its first questions to the desk bring.
    pub complete: Spread,
}

/// From a key, in milliseconds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Keys {
    /// Which keys.
    pub name: &'static str,
    /// To the next frame.
    pub next_frame: Spread,
    /// To the last frame that it brings, when the desk was asked for more.
    pub complete: Spread,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Arrow,
    Page,
    Open,
    Filter,
    Tab,
}

impl Kind {
    const ALL: [(Kind, &'static str); 5] = [
        (Kind::Arrow, "arrows"),
        (Kind::Page, "page, home, end"),
        (Kind::Open, "open, back"),
        (Kind::Filter, "filter typing"),
        (Kind::Tab, "tabs"),
    ];
}

const DOWN: &str = "\x1b[B";
const UP: &str = "\x1b[A";
const PAGE_DOWN: &str = "\x1b[6~";
const PAGE_UP: &str = "\x1b[5~";
const END: &str = "\x1b[F";
const HOME: &str = "\x1b[H";
const ENTER: &str = "\r";
const ESC: &str = "\x1b";

/// A round through a list of tasks.
const LIST: &[(Kind, &str)] = &[
    (Kind::Arrow, DOWN),
    (Kind::Arrow, DOWN),
    (Kind::Arrow, DOWN),
    (Kind::Arrow, DOWN),
    (Kind::Arrow, UP),
    (Kind::Arrow, UP),
    (Kind::Page, PAGE_DOWN),
    (Kind::Page, PAGE_DOWN),
    (Kind::Page, PAGE_DOWN),
    (Kind::Page, PAGE_UP),
    (Kind::Open, ENTER),
    // Out of the field, out of the task.
    (Kind::Open, ESC),
    (Kind::Open, ESC),
    (Kind::Page, END),
    (Kind::Arrow, UP),
    (Kind::Page, HOME),
    (Kind::Filter, "/"),
    (Kind::Filter, "s"),
    (Kind::Filter, "h"),
    (Kind::Filter, "o"),
    (Kind::Filter, "p"),
    (Kind::Filter, " "),
    (Kind::Filter, "7"),
    (Kind::Filter, "7"),
    (Kind::Filter, ESC),
];

/// Tabs, each with what is done on it.
type Tour = &'static [(&'static str, &'static [(Kind, &'static str)])];

/// The head's overview, jobs, inbox, people and news.
const HEADS: Tour = &[
    ("3", LIST),
    (
        "2",
        &[
            (Kind::Arrow, DOWN),
            (Kind::Page, PAGE_DOWN),
            (Kind::Page, END),
            (Kind::Page, HOME),
        ],
    ),
    ("4", &[(Kind::Arrow, DOWN)]),
    ("1", &[(Kind::Arrow, DOWN), (Kind::Arrow, DOWN)]),
];

/// The employee's inbox, what is done, and the inbox again.
const EMPLOYEES: Tour = &[("1", LIST), ("2", &[(Kind::Arrow, DOWN)])];

/// Measures on a desk made in a folder under `parent`; `tell` hears how far it is.
pub fn run(
    parent: &Path,
    plan: &Plan,
    tell: &mut dyn FnMut(&str),
) -> Result<InboxReport, BenchError> {
    let place = Place::under(parent)?;
    let database = place.file("desk.db");
    tell("making the desk");
    let began = Instant::now();
    let crowd = crowd::fill(&database, plan.tasks, plan.history)?;
    let database_bytes = std::fs::metadata(&database).map_or(0, |found| found.len());
    tell(&format!(
        "{} open tasks and {} rows of history in {:.1} s, {} MB",
        crowd.tasks,
        crowd.history,
        began.elapsed().as_secs_f64(),
        database_bytes >> 20
    ));
    let bench = Bench {
        program: &plan.program,
        database: &database,
    };
    let starts = plan.starts.max(1);
    // The first start of all tells what became due meanwhile.
    bench.starts(1, true)?;
    let start = bench.starts(starts, true)?;
    let start_in_silence = bench.starts(starts, false)?;
    tell(&format!("{} starts", starts * 2));
    let mut pressed = Vec::new();
    for (user, tour) in [(EMPLOYEE, EMPLOYEES), (HEAD, HEADS)] {
        bench.tour(user, tour, plan.keys.div_ceil(2).max(1), &mut pressed)?;
    }
    tell(&format!("{} keys", pressed.len()));
    Ok(InboxReport {
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        tasks: crowd.tasks,
        history_rows: crowd.history,
        database_bytes,
        start,
        start_in_silence,
        keys: summed(&pressed),
    })
}

/// A key that was pressed.
struct Pressed {
    kind: Kind,
    next: Duration,
    complete: Duration,
}

/// All keys, then each kind.
fn summed(pressed: &[Pressed]) -> Vec<Keys> {
    let of = |name: &'static str, kind: Option<Kind>| {
        let those = pressed
            .iter()
            .filter(|p| kind.is_none_or(|kind| p.kind == kind));
        let (next, complete): (Vec<_>, Vec<_>) = those.map(|p| (p.next, p.complete)).unzip();
        Some(Keys {
            name,
            next_frame: Spread::of(&next)?,
            complete: Spread::of(&complete)?,
        })
    };
    let kinds = Kind::ALL
        .into_iter()
        .filter_map(|(kind, name)| of(name, Some(kind)));
    of("all keys", None).into_iter().chain(kinds).collect()
}

struct Bench<'b> {
    program: &'b Path,
    database: &'b Path,
}

impl Bench<'_> {
    fn open(&self, user: &str, answers: bool) -> Result<Program, BenchError> {
        let args: [OsString; 4] = [
            "--db".into(),
            self.database.into(),
            "--user".into(),
            user.into(),
        ];
        Program::start(self.program, &args, answers)
    }

    /// Starts the program so many times, in turn by the head and an employee.
    fn starts(&self, starts: u32, answers: bool) -> Result<Start, BenchError> {
        let (mut first, mut complete) = (Vec::new(), Vec::new());
        for n in 0..starts {
            let user = if n % 2 == 0 { EMPLOYEE } else { HEAD };
            let mut program = self.open(user, answers)?;
            let frame = first_frame(&mut program)?;
            let settled = program.settle(SETTLED, MOST).unwrap_or(frame);
            first.push(frame - program.began);
            complete.push(settled - program.began);
            program.leave()?;
        }
        let none = || BenchError::Terminal("was never started".to_owned());
        Ok(Start {
            first_frame: Spread::of(&first).ok_or_else(none)?,
            complete: Spread::of(&complete).ok_or_else(none)?,
        })
    }

    /// Presses so many keys as a user.
    fn tour(
        &self,
        user: &str,
        tour: Tour,
        keys: u32,
        pressed: &mut Vec<Pressed>,
    ) -> Result<(), BenchError> {
        let mut program = self.open(user, true)?;
        first_frame(&mut program)?;
        program.settle(SETTLED, MOST);
        let steps = tour
            .iter()
            .flat_map(|(tab, keys)| std::iter::once((Kind::Tab, *tab)).chain(keys.iter().copied()));
        let steps = steps.collect::<Vec<_>>();
        for (kind, key) in steps.into_iter().cycle().take(keys as usize) {
            let at = program.press(key)?;
            let next = next_frame(&mut program)?;
            let complete = program.settle(QUIET, MOST).unwrap_or(next);
            pressed.push(Pressed {
                kind,
                next: next - at,
                complete: complete - at,
            });
        }
        program.leave()
    }
}

fn first_frame(program: &mut Program) -> Result<Instant, BenchError> {
    let until = Instant::now() + PATIENCE;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        match program.frame(left)? {
            Some(frame) if frame.drew => return Ok(frame.at),
            _ => {}
        }
    }
    Err(BenchError::Terminal("drew nothing".to_owned()))
}

/// The first frame that a key changes; where it changes nothing, the first one.
fn next_frame(program: &mut Program) -> Result<Instant, BenchError> {
    let began = Instant::now();
    let mut unchanged = None;
    while began.elapsed() < PATIENCE {
        let wait = match unchanged {
            Some(_) => UNCHANGED.saturating_sub(began.elapsed()),
            None => PATIENCE,
        };
        match program.frame(wait)? {
            Some(frame) if frame.drew => return Ok(frame.at),
            Some(frame) => unchanged = unchanged.or(Some(frame.at)),
            None => break,
        }
    }
    unchanged.ok_or_else(|| BenchError::Terminal("did not answer a key".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_summed_together_and_by_kind() {
        let key = |kind, ms| Pressed {
            kind,
            next: Duration::from_millis(ms),
            complete: Duration::from_millis(2 * ms),
        };
        let keys = summed(&[key(Kind::Arrow, 1), key(Kind::Tab, 5), key(Kind::Arrow, 3)]);
        let names: Vec<_> = keys.iter().map(|k| (k.name, k.next_frame.count)).collect();
        assert_eq!(names, [("all keys", 3), ("arrows", 2), ("tabs", 1)]);
        assert_eq!((keys[0].next_frame.max, keys[0].complete.max), (5.0, 10.0));
        assert_eq!(keys[1].next_frame.max, 3.0);
    }
}

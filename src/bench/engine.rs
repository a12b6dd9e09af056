//! Instances from start to end, durable, by the desk and by hand-written SQLite.

use super::BenchError;
use super::by_hand::{self, Instance, Writer};
use super::case::{Case, Served, furnish};
use super::compare::differences;
use super::figures::median;
use super::place::Place;
use super::recorded::{Script, record};
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// Instances that are compared before anything is measured, after each of their commands.
const SAMPLE: u32 = 16;

/// What is measured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Of which processes.
    pub cases: Vec<Case>,
    /// Instances in each run; fewer where one takes longer.
    pub instances: u32,
    /// Runs of each kind; their median counts.
    pub rounds: u32,
    /// Callers at once in the second half of the measurement.
    pub callers: u32,
}

/// What came out.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EngineReport {
    /// Processors of the machine.
    pub processors: usize,
    /// Each process.
    pub cases: Vec<CaseReport>,
}

/// What came out for one process.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseReport {
    /// Which.
    pub case: Case,
    /// Instances in each run.
    pub instances: u32,
    /// Rows that one instance writes, changes and removes.
    pub rows_written: usize,
    /// One caller after another, one transaction a command.
    pub singly: Pair,
    /// Many callers at once, who share their commits.
    pub together: Pair,
    /// Rows that were compared and found the same.
    pub rows_compared: usize,
}

/// Both ways side by side; the medians of the rounds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pair {
    /// Callers at once.
    pub callers: u32,
    /// Instances a second by the desk.
    pub desk: f64,
    /// Instances a second by hand-written SQLite.
    pub by_hand: f64,
    /// The first as a part of the second.
    pub ratio: f64,
    /// Instances a second by hand without callers: as many commands in each transaction, one
    /// after the other, and nobody to answer.
    pub without_callers: f64,
    /// Each round: the desk, by hand, by hand without callers.
    pub rounds: Vec<(f64, f64, f64)>,
}

/// Measures in a folder under `parent`; `tell` hears how far it is.
pub fn run(
    parent: &Path,
    plan: &Plan,
    tell: &mut dyn FnMut(&str),
) -> Result<EngineReport, BenchError> {
    let mut cases = Vec::new();
    for case in &plan.cases {
        tell(case.path());
        cases.push(measure(parent, plan, *case, tell)?);
    }
    Ok(EngineReport {
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        cases,
    })
}

fn measure(
    parent: &Path,
    plan: &Plan,
    case: Case,
    tell: &mut dyn FnMut(&str),
) -> Result<CaseReport, BenchError> {
    let place = Place::under(parent)?;
    let script = rows_of(&place, case)?;
    let mut rows_compared = sample(&place, case, &script)?;
    let instances = case.share(plan.instances);
    let mut pairs = Vec::new();
    for (name, callers) in [("singly", 1), ("together", plan.callers.max(1))] {
        let both = Both::new(&place, name, case)?;
        let conn = by_hand::open(&both.by_hand)?;
        let writer = || Writer::new(&conn, &script, case.rounds());
        let mut rounds = Vec::new();
        // A desk at work has its connections open and its statements compiled.
        let warm = 4 * callers;
        both.desk.serve(warm, callers)?;
        writer()?.serve(warm, callers)?;
        for round in 0..plan.rounds.max(1) {
            // What comes second finds the machine warm: they take turns.
            let [mut desk, mut hand, mut bare] = [Duration::ZERO; 3];
            for turn in 0..2 {
                if (turn + round) % 2 == 0 {
                    desk = both.desk.serve(instances, callers)?;
                } else if callers == 1 {
                    hand = writer()?.serve(instances, callers)?;
                    bare = hand;
                } else {
                    hand = writer()?.serve_callers(instances, callers)?;
                }
            }
            if callers > 1 {
                bare = writer()?.serve(instances, callers)?;
                // Both files hold the same at the end.
                both.desk.serve(instances, callers)?;
            }
            let rate = |time: Duration| f64::from(instances) / time.as_secs_f64().max(1e-9);
            tell(&format!(
                "{callers} at once, round {}: {:.0}/s by the desk, {:.0}/s by hand",
                round + 1,
                rate(desk),
                rate(hand)
            ));
            rounds.push((rate(desk), rate(hand), rate(bare)));
        }
        rows_compared += both.compare()?;
        pairs.push(pair(callers, rounds));
    }
    let mut pairs = pairs.into_iter();
    let none = || BenchError::Different(vec!["nothing was measured".to_owned()]);
    Ok(CaseReport {
        case,
        instances,
        rows_written: script.commands.iter().map(Vec::len).sum(),
        singly: pairs.next().ok_or_else(none)?,
        together: pairs.next().ok_or_else(none)?,
        rows_compared,
    })
}

/// What the desk leaves behind for one instance; all begin as its file did.
fn rows_of(place: &Place, case: Case) -> Result<Script, BenchError> {
    let path = place.file("recorded.db");
    furnish(&path, case)?;
    // Closing wrote the log back: the file is whole.
    std::fs::copy(&path, place.file("begin.db"))
        .map_err(|e| BenchError::system("the desk cannot be copied", e))?;
    let desk = Served::open(&path, case)?;
    // A desk that has just begun writes what it keeps of itself, once.
    desk.serve(1, 1)?;
    let mut instance = String::new();
    record(&path, case.commands(), |command| {
        match command {
            0 => instance = desk.start()?,
            _ => desk.finish(&instance, 1)?,
        }
        Ok(instance.clone())
    })
}

/// Runs a few instances both ways; the rows that are the same after each command.
fn sample(place: &Place, case: Case, script: &Script) -> Result<usize, BenchError> {
    let both = Both::new(place, "sample", case)?;
    let conn = by_hand::open(&both.by_hand)?;
    let mut hand = Writer::new(&conn, script, case.rounds())?;
    let mut open = Vec::new();
    for _ in 0..SAMPLE {
        let mut by_hand = Instance::new();
        hand.singly(0, &mut by_hand)?;
        open.push((both.desk.start()?, by_hand));
    }
    let mut rows = both.compare()?;
    for command in 1..case.commands() {
        for (desk, by_hand) in &mut open {
            both.desk.finish(desk, 1)?;
            hand.singly(command, by_hand)?;
        }
        rows += both.compare()?;
    }
    Ok(rows)
}

fn pair(callers: u32, rounds: Vec<(f64, f64, f64)>) -> Pair {
    let of = |pick: fn(&(f64, f64, f64)) -> f64| median(rounds.iter().map(pick)).unwrap_or(0.0);
    Pair {
        callers,
        desk: of(|round| round.0),
        by_hand: of(|round| round.1),
        ratio: of(|round| round.0 / round.1),
        without_callers: of(|round| round.2),
        rounds,
    }
}

/// Two files that begin the same.
struct Both {
    path: std::path::PathBuf,
    desk: Served,
    by_hand: std::path::PathBuf,
}

impl Both {
    fn new(place: &Place, name: &str, case: Case) -> Result<Both, BenchError> {
        let path = place.file(&format!("{name}.db"));
        let by_hand = place.file(&format!("{name}-by-hand.db"));
        // Definitions have the ids that were recorded.
        for copy in [&path, &by_hand] {
            std::fs::copy(place.file("begin.db"), copy)
                .map_err(|e| BenchError::system("the desk cannot be copied", e))?;
        }
        // The desk finds its key beside its file.
        std::fs::copy(
            place.file("recorded.db.key"),
            place.file(&format!("{name}.db.key")),
        )
        .map_err(|e| BenchError::system("the key cannot be copied", e))?;
        Ok(Both {
            desk: Served::open(&path, case)?,
            path,
            by_hand,
        })
    }

    /// The rows that are the same in both; an error when some are not.
    fn compare(&self) -> Result<usize, BenchError> {
        let open =
            |path: &Path| Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let (found, rows) = differences(&open(&self.path)?, &open(&self.by_hand)?)?;
        match found.is_empty() {
            true => Ok(rows),
            false => Err(BenchError::Different(found)),
        }
    }
}

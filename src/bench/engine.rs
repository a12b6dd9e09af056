//! Start → user task → end, durable, by the desk and by hand-written SQLite.

use super::BenchError;
use super::by_hand::ByHand;
use super::compare::differences;
use super::figures::median;
use super::place::Place;
use crate::client::value::Map;
use crate::client::{Client, Host, Role, StartRequest, TaskQuery};
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The measured process.
const MODEL: &[u8] = include_bytes!("bench.bpmn");
/// Its key.
const KEY: &str = "bench";
/// Who starts.
pub(super) const HEAD: &str = "head";
/// Who does the task.
pub(super) const EMPLOYEE: &str = "employee";
/// Instances that are compared before anything is measured, halfway and at their end.
const SAMPLE: u32 = 16;

/// What is measured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Instances in each run.
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
    /// Instances in each run.
    pub instances: u32,
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
    let place = Place::under(parent)?;
    let mut rows_compared = 0;
    tell("comparing what both ways write");
    {
        let both = Both::new(&place, "sample")?;
        let by_hand = both.by_hand()?;
        let mut hand = by_hand.writer()?;
        let mut open = Vec::new();
        for _ in 0..SAMPLE {
            open.push((both.desk.start()?, hand.singly(|w| w.start())?));
        }
        rows_compared += both.compare()?;
        for (desk, by_hand) in open {
            both.desk.finish(&desk)?;
            hand.singly(|w| w.finish(&by_hand))?;
        }
        rows_compared += both.compare()?;
    }
    let mut pairs = Vec::new();
    for (name, callers) in [("singly", 1), ("together", plan.callers.max(1))] {
        let both = Both::new(&place, name)?;
        let by_hand = both.by_hand()?;
        let mut rounds = Vec::new();
        // A desk at work has its connections open and its statements compiled.
        let warm = 4 * callers;
        both.desk.serve(warm, callers)?;
        by_hand.writer()?.serve(warm, callers)?;
        for round in 0..plan.rounds.max(1) {
            // What comes second finds the machine warm: they take turns.
            let [mut desk, mut hand, mut bare] = [Duration::ZERO; 3];
            for turn in 0..2 {
                if (turn + round) % 2 == 0 {
                    desk = both.desk.serve(plan.instances, callers)?;
                } else if callers == 1 {
                    hand = by_hand.writer()?.serve(plan.instances, callers)?;
                    bare = hand;
                } else {
                    hand = by_hand.writer()?.serve_callers(plan.instances, callers)?;
                }
            }
            if callers > 1 {
                bare = by_hand.writer()?.serve(plan.instances, callers)?;
                // Both files hold the same at the end.
                both.desk.serve(plan.instances, callers)?;
            }
            let rate = |time: Duration| f64::from(plan.instances) / time.as_secs_f64().max(1e-9);
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
    Ok(EngineReport {
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        instances: plan.instances,
        singly: pairs.next().ok_or_else(none)?,
        together: pairs.next().ok_or_else(none)?,
        rows_compared,
    })
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
    desk: Served,
    by_hand: std::path::PathBuf,
}

impl Both {
    fn new(place: &Place, name: &str) -> Result<Both, BenchError> {
        let path = place.file(&format!("{name}.db"));
        let by_hand = place.file(&format!("{name}-by-hand.db"));
        drop(Served::open(&path)?);
        // Closing wrote the log back: the file is whole.
        std::fs::copy(&path, &by_hand)
            .map_err(|e| BenchError::system("the desk cannot be copied", e))?;
        Ok(Both {
            desk: Served::open(&path)?,
            by_hand,
        })
    }

    fn by_hand(&self) -> Result<ByHand, BenchError> {
        ByHand::open(&self.by_hand)
    }

    /// The rows that are the same in both; an error when some are not.
    fn compare(&self) -> Result<usize, BenchError> {
        let open =
            |path: &Path| Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let (found, rows) = differences(&open(&self.desk.path)?, &open(&self.by_hand)?)?;
        match found.is_empty() {
            true => Ok(rows),
            false => Err(BenchError::Different(found)),
        }
    }
}

/// The desk with the two people who work on it.
struct Served {
    path: std::path::PathBuf,
    head: Arc<dyn Client>,
    employee: Arc<dyn Client>,
}

impl Served {
    fn open(path: &Path) -> Result<Served, BenchError> {
        let new = !path.exists();
        let host = Host::open(path)?;
        if new {
            host.add_first_user(HEAD, Role::Head, &[], None)?;
            let head = host.client(HEAD, None)?;
            head.add_user(EMPLOYEE, Role::Employee, &[], None)?;
            head.deploy(vec![("bench.bpmn".to_owned(), MODEL.to_vec())])?;
        }
        Ok(Served {
            path: path.to_owned(),
            head: host.client(HEAD, None)?,
            employee: host.client(EMPLOYEE, None)?,
        })
    }

    /// Starts an instance; its id.
    fn start(&self) -> Result<String, BenchError> {
        let request = StartRequest {
            key: KEY.to_owned(),
            ..StartRequest::default()
        };
        Ok(self.head.start(request)?.id)
    }

    /// Finds the instance's task and completes it.
    fn finish(&self, instance: &str) -> Result<(), BenchError> {
        let query = TaskQuery {
            process_instance_id: Some(instance.to_owned()),
            ..TaskQuery::default()
        };
        for task in self.employee.tasks(query)?.items {
            self.employee.complete(&task.id, Map::new())?;
        }
        Ok(())
    }

    /// Starts and ends so many instances; how long that took.
    fn serve(&self, instances: u32, callers: u32) -> Result<Duration, BenchError> {
        let left = AtomicU32::new(instances);
        let next = || {
            let took =
                left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
            took.is_ok()
        };
        let work = || -> Result<(), BenchError> {
            while next() {
                let instance = self.start()?;
                self.finish(&instance)?;
            }
            Ok(())
        };
        let began = Instant::now();
        if callers == 1 {
            work()?;
            return Ok(began.elapsed());
        }
        let results: Vec<Result<(), BenchError>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..callers).map(|_| scope.spawn(work)).collect();
            let results = threads.into_iter().map(|thread| {
                thread.join().unwrap_or_else(|_| {
                    Err(BenchError::Different(vec!["a caller panicked".to_owned()]))
                })
            });
            results.collect()
        });
        let took = began.elapsed();
        results.into_iter().collect::<Result<(), _>>()?;
        Ok(took)
    }
}

//! The same work in a file that many instances are in already, beside an empty one.

use super::BenchError;
use super::case::{Case, Served, furnish};
use super::crowd;
use super::figures::median;
use super::place::Place;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What is measured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The filled file; it is made where it is not there, and kept.
    pub filled: PathBuf,
    /// Open instances that it is made with.
    pub open: u32,
    /// Ended instances that it is made with.
    pub finished: u32,
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
pub struct GrowthReport {
    /// Processors of the machine.
    pub processors: usize,
    /// Instances in the filled file at the begin.
    pub instances_before: u64,
    /// Bytes of the filled file.
    pub bytes: u64,
    /// Each process, with one caller and with many.
    pub cases: Vec<Growth>,
}

/// One process in both files; the medians of the rounds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Growth {
    /// Which process.
    pub case: Case,
    /// Callers at once.
    pub callers: u32,
    /// Instances a second in an empty file.
    pub empty: f64,
    /// Instances a second in the filled one.
    pub filled: f64,
    /// The second as a part of the first.
    pub ratio: f64,
}

/// Measures in a folder under `parent`; `tell` hears how far it is.
pub fn run(
    parent: &Path,
    plan: &Plan,
    tell: &mut dyn FnMut(&str),
) -> Result<GrowthReport, BenchError> {
    if !plan.filled.exists() {
        tell("filling the file");
        crowd::fill_instances(&plan.filled, plan.open, plan.finished)?;
    }
    let instances_before = crowd::instances(&plan.filled)?;
    let mut cases = Vec::new();
    for case in &plan.cases {
        furnish(&plan.filled, *case)?;
        let place = Place::under(parent)?;
        let path = place.file("empty.db");
        furnish(&path, *case)?;
        let empty = Served::open(&path, *case)?;
        let filled = Served::open(&plan.filled, *case)?;
        let instances = case.share(plan.instances);
        for callers in [1, plan.callers.max(2)] {
            let mut rounds = Vec::new();
            for desk in [&empty, &filled] {
                desk.serve(4 * callers, callers)?;
            }
            for round in 0..plan.rounds.max(1) {
                let rate = |desk: &Served| -> Result<f64, BenchError> {
                    let took = desk.serve(instances, callers)?;
                    Ok(f64::from(instances) / took.as_secs_f64().max(1e-9))
                };
                // What comes second finds the machine warm: they take turns.
                let (first, second) = match round % 2 {
                    0 => (rate(&empty)?, rate(&filled)?),
                    _ => {
                        let second = rate(&filled)?;
                        (rate(&empty)?, second)
                    }
                };
                tell(&format!(
                    "{}, {callers} at once, round {}: {first:.0}/s empty, {second:.0}/s filled",
                    case.path(),
                    round + 1
                ));
                rounds.push((first, second));
            }
            let of = |pick: fn(&(f64, f64)) -> f64| median(rounds.iter().map(pick)).unwrap_or(0.0);
            cases.push(Growth {
                case: *case,
                callers,
                empty: of(|round| round.0),
                filled: of(|round| round.1),
                ratio: of(|round| round.1 / round.0),
            });
        }
    }
    let size = |path: &Path| std::fs::metadata(path).map(|file| file.len());
    Ok(GrowthReport {
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        instances_before,
        bytes: size(&plan.filled)
            .map_err(|e| BenchError::system("the filled file cannot be looked at", e))?,
        cases,
    })
}

//! Rows into a database: by the desk, with and without all that a job is, and by the tool that
//! comes with the database, taking turns, each as a process of its own.

use super::BenchError;
use super::figures::median;
use super::frame;
use super::place::Place;
use super::process::{Ran, run as process};
use super::store::Store;
use crate::client::{Host, Role};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Who inserts.
const HEAD: &str = "head";
/// The table of pandas.
const PANDAS: &str = "pandas";

/// What is measured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// This program.
    pub program: PathBuf,
    /// The URL of a server's database; none is SQLite.
    pub into: Option<String>,
    /// Rows of each frame.
    pub sizes: Vec<u64>,
    /// Runs of each kind; their median counts.
    pub rounds: u32,
    /// Half of the rows are there, with other values, and are updated by their key.
    pub upsert: bool,
    /// A Python with pandas and SQLAlchemy, whose `to_sql` is measured, too, once a size.
    pub pandas: Option<PathBuf>,
}

/// What came out.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InsertReport {
    /// Processors of the machine.
    pub processors: usize,
    /// What the desk stands beside.
    pub tool: String,
    /// Runs of each kind.
    pub rounds: u32,
    /// Whether half of the rows were there and were updated.
    pub upsert: bool,
    /// One for each size.
    pub sizes: Vec<Size>,
}

/// A frame of one size.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Size {
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
    /// The desk, nothing but the rows.
    pub rows_only: Way,
    /// The desk, with the copy of the frame, facts, verdict and ledger.
    pub job: Way,
    /// The tool.
    pub tool: Way,
    /// pandas, where it was asked for: one run, of which only the rows were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pandas: Option<Way>,
    /// How many times as fast as the tool, the median of the rounds: nothing but the rows.
    pub rows_only_ratio: f64,
    /// The same of a normal job.
    pub job_ratio: f64,
}

/// One way to insert; medians of the rounds, the most of memory.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Way {
    /// From the start of the process to its end.
    pub seconds: f64,
    /// Rows a second.
    pub rate: f64,
    /// Time of processors, of the process alone.
    pub processor_seconds: f64,
    /// The most memory, in megabytes.
    pub peak_mb: f64,
}

/// The three ways, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    RowsOnly,
    Job,
    Tool,
}

const KINDS: [Kind; 3] = [Kind::RowsOnly, Kind::Job, Kind::Tool];

/// Measures in a folder under `parent`; `tell` hears how far it is.
pub fn run(
    parent: &Path,
    plan: &Plan,
    tell: &mut dyn FnMut(&str),
) -> Result<InsertReport, BenchError> {
    let place = Place::under(parent)?;
    let bench = Bench::new(&place, plan)?;
    let mut sizes = Vec::new();
    for rows in &plan.sizes {
        tell(&format!("making {rows} rows"));
        let file = place.file("frame.csv");
        let bytes = frame::write(&file, *rows, 1)?;
        if let Some(there) = &bench.there {
            frame::write(there, *rows, 2)?;
        }
        let mut runs: [Vec<Ran>; 3] = Default::default();
        for round in 0..plan.rounds.max(1) {
            // What comes later finds the machine warm: they take turns.
            for turn in 0..3 {
                let which = (turn + round as usize) % 3;
                let (Some(kind), Some(times)) = (KINDS.get(which), runs.get_mut(which)) else {
                    continue;
                };
                times.push(bench.insert(*kind, &file)?);
            }
            bench.compare(*rows)?;
            let last: Vec<String> = runs
                .iter()
                .filter_map(|times| times.last())
                .map(|ran| format!("{:.2} s", ran.seconds))
                .collect();
            tell(&format!(
                "{rows} rows, round {}: {} (rows only, normal job, tool)",
                round + 1,
                last.join(", ")
            ));
        }
        let mut size = size(*rows, bytes, &runs);
        if let Some(python) = &plan.pandas {
            let ran = bench.pandas(python, &file, *rows)?;
            tell(&format!("{rows} rows: {:.2} s (pandas)", ran.seconds));
            size.pandas = Some(way(*rows, &[ran]));
        }
        sizes.push(size);
    }
    Ok(InsertReport {
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        tool: bench.store.tool(plan.upsert).to_owned(),
        upsert: plan.upsert,
        rounds: plan.rounds.max(1),
        sizes,
    })
}

fn size(rows: u64, bytes: u64, [rows_only, job, tool]: &[Vec<Ran>; 3]) -> Size {
    let ratio = |ours: &[Ran]| {
        let ratios = ours.iter().zip(tool).map(|(a, b)| b.seconds / a.seconds);
        median(ratios).unwrap_or_default()
    };
    Size {
        rows,
        bytes,
        rows_only_ratio: ratio(rows_only),
        job_ratio: ratio(job),
        rows_only: way(rows, rows_only),
        job: way(rows, job),
        tool: way(rows, tool),
        pandas: None,
    }
}

fn way(rows: u64, runs: &[Ran]) -> Way {
    let middle = |of: fn(&Ran) -> f64| median(runs.iter().map(of)).unwrap_or_default();
    let seconds = middle(|ran| ran.seconds);
    Way {
        seconds,
        rate: rows as f64 / seconds.max(1e-9),
        processor_seconds: middle(|ran| ran.processor_seconds),
        peak_mb: runs.iter().map(|ran| ran.peak_mb).fold(0.0, f64::max),
    }
}

/// A desk, and a table for each way.
struct Bench<'p> {
    place: &'p Place,
    program: &'p Path,
    store: Store,
    /// The rows that are there before, if some are.
    there: Option<PathBuf>,
}

impl<'p> Bench<'p> {
    fn new(place: &'p Place, plan: &'p Plan) -> Result<Self, BenchError> {
        let bench = Bench {
            place,
            program: &plan.program,
            there: plan.upsert.then(|| place.file("there.csv")),
            store: Store::new(plan.into.as_deref(), &place.file(""))?,
        };
        let host = Host::open(&place.file("desk.db"))?;
        host.add_first_user(HEAD, Role::Head, &[], None)?;
        let head = host.client(HEAD, None)?;
        for kind in [Kind::RowsOnly, Kind::Job] {
            bench.store.connect(head.as_ref(), name(kind))?;
        }
        Ok(bench)
    }

    /// Inserts the frame into a table that is new but for the rows that are to be there.
    fn insert(&self, kind: Kind, file: &Path) -> Result<Ran, BenchError> {
        self.store.clear(name(kind))?;
        if let Some(there) = &self.there {
            self.store.import(name(kind), there)?;
        }
        match kind {
            Kind::Tool if self.there.is_some() => return self.store.merge(name(kind), file),
            Kind::Tool => return self.store.import(name(kind), file),
            Kind::RowsOnly | Kind::Job => {}
        }
        let mut command = Command::new(self.program);
        command
            .arg("--db")
            .arg(self.place.file("desk.db"))
            .args(["--user", HEAD, "insert"])
            .arg(file)
            .args([name(kind), &self.store.table(name(kind))]);
        match kind {
            Kind::RowsOnly => command.arg("--rows-only"),
            // Each round brings the same content.
            _ => command.arg("--again"),
        };
        if self.there.is_some() {
            command.args(["--mode", "upsert"]);
        }
        let ran = process(&mut command)?;
        // The frame that was kept must be copied anew the next time.
        if kind == Kind::Job {
            self.forget_frames()?;
        }
        Ok(ran)
    }

    /// pandas inserts the frame: decimals as floats, so that its rows are only counted.
    fn pandas(&self, python: &Path, file: &Path, rows: u64) -> Result<Ran, BenchError> {
        self.store.clear(PANDAS)?;
        let ran = self.store.pandas(python, PANDAS, file)?;
        match self.store.count(PANDAS)? {
            found if found == rows => Ok(ran),
            found => Err(BenchError::Different(vec![format!(
                "pandas: {found} rows of {rows}"
            )])),
        }
    }

    fn forget_frames(&self) -> Result<(), BenchError> {
        let failed = |e| BenchError::system("the copies of the frame cannot be removed", e);
        for entry in std::fs::read_dir(self.place.file("desk.db.frames")).map_err(failed)? {
            std::fs::remove_file(entry.map_err(failed)?.path()).map_err(failed)?;
        }
        Ok(())
    }

    /// All three hold the same rows, or their times say nothing.
    fn compare(&self, rows: u64) -> Result<(), BenchError> {
        let mut found = Vec::new();
        for kind in [Kind::RowsOnly, Kind::Job] {
            if let Some(difference) = self.store.differ(name(kind), name(Kind::Tool), rows)? {
                found.push(format!("{}: {difference}", name(kind)));
            }
        }
        match found.is_empty() {
            true => Ok(()),
            false => Err(BenchError::Different(found)),
        }
    }
}

impl Drop for Bench<'_> {
    fn drop(&mut self) {
        for name in KINDS.map(name).into_iter().chain([PANDAS]) {
            let _ = self.store.drop_table(name);
        }
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::RowsOnly => "rows_only",
        Kind::Job => "job",
        Kind::Tool => "tool",
    }
}

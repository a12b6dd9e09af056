//! `crewdesk bench`: how fast the desk is on this machine.

use crate::bench::{self, EnginePlan, EngineReport, Pair};
use crate::cli::args::BenchCommand;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::{Done, Failure};
use std::path::{Path, PathBuf};

/// Measures, beside the desk's database: on the disk that the desk would use.
pub fn run(session: &Session, out: &Output, command: BenchCommand) -> Done {
    let beside = folder(&session.path()?)?;
    let mut tell = |text: &str| eprintln!("{text}");
    match command {
        BenchCommand::Engine { instances, rounds } => {
            let plan = EnginePlan {
                instances,
                rounds,
                callers: 64,
            };
            let report = bench::engine(&beside, &plan, &mut tell)?;
            out.answer(&report, engine)?;
        }
        BenchCommand::Inbox { .. } => {}
    }
    Ok(())
}

fn folder(database: &Path) -> Result<PathBuf, Failure> {
    let parent = database.parent().unwrap_or(Path::new(""));
    let parent = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    std::fs::create_dir_all(parent)
        .map_err(|e| Failure::new(format!("{} cannot be made: {e}", parent.display())))?;
    Ok(std::fs::canonicalize(parent)?)
}

fn engine(report: &EngineReport) -> String {
    let line = |pair: &Pair| {
        let name = match pair.callers {
            1 => "singly".to_owned(),
            n => format!("{n} callers"),
        };
        format!(
            "{name:<12} {:>9.0}/s by the desk {:>9.0}/s by hand-written SQLite   ratio {:.2}\n",
            pair.desk, pair.by_hand, pair.ratio
        )
    };
    format!(
        "start, user task, end; synchronous=FULL; {} instances, median of {} rounds, {} processors\n{}{}{} rows compared: the same\n",
        report.instances,
        report.singly.rounds.len(),
        report.processors,
        line(&report.singly),
        line(&report.together),
        report.rows_compared
    )
}

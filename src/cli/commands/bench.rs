//! `crewdesk bench`: how fast the desk is on this machine.

use crate::bench::{
    self, Case, EnginePlan, EngineReport, GrowthPlan, GrowthReport, InboxPlan, InboxReport,
    InsertPlan, InsertReport, Load, ServePlan, ServeReport, Spread, Start, Way,
};
use crate::cli::args::BenchCommand;
use crate::cli::output::{Output, table};
use crate::cli::session::Session;
use crate::cli::{Done, Failure};
use crate::client::value::words::io_error;
use std::path::{Path, PathBuf};

/// Measures, beside the desk's database: on the disk that the desk would use.
pub fn run(session: &Session, out: &Output, command: BenchCommand) -> Done {
    let beside = folder(&session.path()?)?;
    let mut tell = |text: &str| eprintln!("{text}");
    match command {
        BenchCommand::Engine {
            mut cases,
            instances,
            rounds,
            filled,
            open,
            finished,
        } => {
            if cases.is_empty() {
                cases = Case::ALL.to_vec();
            }
            let callers = 64;
            if let Some(filled) = filled {
                let plan = GrowthPlan {
                    filled,
                    open,
                    finished,
                    cases,
                    instances,
                    rounds,
                    callers,
                };
                let report = bench::growth(&beside, &plan, &mut tell)?;
                return Ok(out.answer(&report, growth)?);
            }
            let plan = EnginePlan {
                cases,
                instances,
                rounds,
                callers,
            };
            let report = bench::engine(&beside, &plan, &mut tell)?;
            out.answer(&report, engine)?;
        }
        BenchCommand::Serve {
            tasks,
            workers,
            desks,
            refreshes,
        } => {
            let plan = ServePlan {
                program: std::env::current_exe()?,
                tasks,
                workers,
                desks,
                refreshes,
            };
            let report = bench::serve(&beside, &plan, &mut tell)?;
            out.answer(&report, serve)?;
        }
        BenchCommand::Insert {
            sizes,
            rounds,
            into,
            upsert,
            pandas,
        } => {
            let plan = InsertPlan {
                into,
                program: std::env::current_exe()?,
                sizes,
                rounds,
                upsert,
                pandas,
            };
            let report = bench::insert(&beside, &plan, &mut tell)?;
            out.answer(&report, insert)?;
        }
        BenchCommand::Inbox {
            tasks,
            history,
            starts,
            keys,
        } => {
            let plan = InboxPlan {
                program: std::env::current_exe()?,
                tasks,
                history,
                starts,
                keys,
            };
            let report = bench::inbox(&beside, &plan, &mut tell)?;
            out.answer(&report, inbox)?;
        }
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
    std::fs::create_dir_all(parent).map_err(|e| {
        Failure::new(format!(
            "{} cannot be made: {}",
            parent.display(),
            io_error(&e)
        ))
    })?;
    Ok(std::fs::canonicalize(parent)?)
}

fn serve(report: &ServeReport) -> String {
    let line = |name: &str, load: &Load| {
        let ms = |pick: fn(&Spread) -> f64| {
            let shown = load
                .round
                .as_ref()
                .map(|round| format!("{:.1} ms", pick(round)));
            shown.unwrap_or_default()
        };
        vec![
            name.to_owned(),
            load.callers.to_string(),
            format!("{:.0}", load.per_second),
            ms(|round| round.median),
            ms(|round| round.p99),
            ms(|round| round.max),
        ]
    };
    let rows = vec![
        line("fetchAndLock + complete, HTTP", &report.work),
        line("the same without HTTP", &report.work_without),
        line("status + inbox, HTTP", &report.refresh),
        line("the same without HTTP", &report.refresh_without),
    ];
    let head = ["round", "callers", "per second", "median", "p99", "max"];
    let mb =
        |kb: Option<u64>| kb.map_or("?".to_owned(), |kb| format!("{:.1} MB", kb as f64 / 1024.0));
    let idle = report.idle.max(report.idle_after_login);
    let kept = match idle.map(|idle| idle < report.idle_at_most) {
        Some(true) => "idle stays under",
        Some(false) => "IDLE DOES NOT STAY UNDER",
        None => "not measured against",
    };
    format!(
        "{}\n\nMemory of the served desk: {} after its start, {} after a login ({kept} {}); {} at most under the load, {} after it.\n{} processors for callers and server.",
        table(&head, rows, ""),
        mb(report.idle),
        mb(report.idle_after_login),
        mb(Some(report.idle_at_most)),
        mb(report.peak),
        mb(report.after_load),
        report.processors
    )
}

fn engine(report: &EngineReport) -> String {
    let mut text = format!(
        "synchronous=FULL; instances a second, medians; {} processors; both ways end with the same rows\n",
        report.processors
    );
    let mut lines = Vec::new();
    for case in &report.cases {
        for pair in [&case.singly, &case.together] {
            let ceiling = format!("{:.0}", pair.without_callers);
            lines.push(vec![
                case.case.path().to_owned(),
                pair.callers.to_string(),
                format!("{:.0}", pair.desk),
                format!("{:.0}", pair.by_hand),
                format!("{:.2}", pair.ratio),
                if pair.callers > 1 {
                    ceiling
                } else {
                    String::new()
                },
                case.rows_written.to_string(),
                format!("{} x {}", pair.rounds.len(), case.instances),
            ]);
        }
    }
    let head = [
        "process",
        "callers",
        "desk",
        "by hand",
        "ratio",
        "by hand, no callers",
        "rows each",
        "measured",
    ];
    text.push_str(&table(&head, lines, ""));
    text
}

fn growth(report: &GrowthReport) -> String {
    let lines = report.cases.iter().map(|one| {
        vec![
            one.case.path().to_owned(),
            one.callers.to_string(),
            format!("{:.0}", one.empty),
            format!("{:.0}", one.filled),
            format!("{:.2}", one.ratio),
        ]
    });
    let head = ["process", "callers", "empty", "filled", "ratio"];
    format!(
        "instances a second in an empty file and in one with {} instances, {} MB; {} processors\n{}",
        report.instances_before,
        report.bytes >> 20,
        report.processors,
        table(&head, lines.collect(), "")
    )
}

fn insert(report: &InsertReport) -> String {
    let mut lines = Vec::new();
    for size in &report.sizes {
        let pandas = size.pandas.as_ref();
        let than_tool = |way: &Way| size.tool.seconds / way.seconds;
        let ways = [
            ("rows only", &size.rows_only, Some(size.rows_only_ratio)),
            ("normal job", &size.job, Some(size.job_ratio)),
            (report.tool.as_str(), &size.tool, None),
        ]
        .into_iter()
        .chain(pandas.map(|way| ("pandas to_sql", way, Some(than_tool(way)))));
        lines.extend(ways.map(|(name, way, ratio): (&str, &Way, Option<f64>)| {
            vec![
                size.rows.to_string(),
                name.to_owned(),
                format!("{:.2}", way.seconds),
                format!("{:.0}", way.rate),
                ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
                format!("{:.2}", way.processor_seconds),
                format!("{:.0}", way.peak_mb),
            ]
        }));
    }
    let head = [
        "rows",
        "way",
        "seconds",
        "rows/s",
        "times as fast",
        "CPU s",
        "peak MB",
    ];
    format!(
        "ten columns{}, median of {} rounds, {} processors; all end with the same rows\n{}",
        match report.upsert {
            true => ", half of the rows there before",
            false => "",
        },
        report.rounds,
        report.processors,
        table(&head, lines, "")
    )
}

fn inbox(report: &InboxReport) -> String {
    let start = |name: &str, start: &Start| {
        vec![
            name.to_owned(),
            start.first_frame.count.to_string(),
            ms(start.first_frame.median),
            ms(start.first_frame.max),
            ms(start.complete.median),
            ms(start.complete.max),
        ]
    };
    let starts = table(
        &["start", "times", "first frame", "max", "complete", "max"],
        vec![
            start("terminal that tells its background", &report.start),
            start("terminal that tells nothing", &report.start_in_silence),
        ],
        "",
    );
    let keys = report.keys.iter().map(|keys| {
        vec![
            keys.name.to_owned(),
            keys.next_frame.count.to_string(),
            ms(keys.next_frame.median),
            ms(keys.next_frame.p99),
            ms(keys.next_frame.max),
            ms(keys.complete.median),
            ms(keys.complete.p99),
        ]
    });
    let keys = table(
        &[
            "key",
            "times",
            "next frame",
            "p99",
            "max",
            "complete",
            "p99",
        ],
        keys.collect(),
        "",
    );
    format!(
        "{} open tasks, {} rows of history, {} MB, {} processors; milliseconds\n{starts}{keys}",
        report.tasks,
        report.history_rows,
        report.database_bytes >> 20,
        report.processors
    )
}

fn ms(milliseconds: f64) -> String {
    format!("{milliseconds:.1}")
}

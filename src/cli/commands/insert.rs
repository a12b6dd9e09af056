//! `crewdesk insert FILE CONNECTION TABLE`

use crate::cli::args::{InsertArgs, ModeArg};
use crate::cli::output::Output;
use crate::cli::session::{Session, new_password};
use crate::cli::{Done, Failure};
use crate::client::{Advance, Clear, InsertReport, InsertRequest, Mode};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Between two drawings of the bar.
const DRAW: Duration = Duration::from_millis(100);
/// Cells of the bar.
const CELLS: usize = 30;

pub fn run(session: &Session, out: &Output, args: InsertArgs) -> Done {
    if let Some(key) = &args.undo {
        return undo(session, out, key);
    }
    let columns = columns(&args)?;
    let reading = [
        ("columns", columns),
        ("trim", args.trim),
        ("numberFormat", args.numbers),
        ("separator", args.separator),
        ("dateFormat", args.date_format),
        ("header", args.header),
        ("quote", args.quote),
        ("encoding", args.encoding),
        ("sheet", args.sheet),
    ];
    let reading = reading
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)));
    let request = InsertRequest {
        reading: reading.collect(),
        file: args.file.unwrap_or_default(),
        from: args.from,
        connection: args.connection.unwrap_or_default(),
        table: args.table.unwrap_or_default(),
        mode: match args.mode {
            ModeArg::Append => Mode::Append,
            ModeArg::Replace => Mode::Replace,
            ModeArg::Upsert => Mode::Upsert,
            ModeArg::Create => Mode::Create,
        },
        key: args.key,
        query: args.query,
        null_texts: args.null_texts,
        patch: args.patch,
        user_name: args.user_name,
        password: new_password(args.password_stdin)?.map(Clear::new),
        dry_run: args.dry_run,
        undoable: args.undoable,
        rows_only: args.rows_only,
    };
    let mut bar = Bar::new();
    let report = session
        .client()?
        .insert(&request, &mut |advance| bar.draw(&advance))?;
    bar.end();
    out.answer(&report, text)?;
    if report.kept || report.dry_run && report.rows_refused == 0 {
        Ok(())
    } else {
        Err(Failure::new(report.reason))
    }
}

/// What the options say about columns, as the form would: a line each.
fn columns(args: &InsertArgs) -> Result<Option<String>, Failure> {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    // A line has no line breaks: the white space of a name is as good as any other.
    let name = |text: &str| quoted(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut lines = Vec::new();
    for (option, sign, said) in [
        ("--map", "=", &args.maps),
        ("--set", ":=", &args.sets),
        ("--default", "?", &args.defaults),
    ] {
        for said in said {
            let (column, value) = said
                .split_once('=')
                .ok_or_else(|| Failure::new(format!("{option} wants COLUMN=… and got {said:?}")))?;
            // Nothing behind := is NULL.
            let value = match (sign, value) {
                (":=", "") => String::new(),
                _ => quoted(value),
            };
            lines.push(format!("{} {sign} {value}", name(column)));
        }
    }
    lines.extend(
        args.left_out
            .iter()
            .map(|column| format!("- {}", name(column))),
    );
    if lines.iter().any(|line| line.contains('\n')) {
        return Err(Failure::new("a column or a value has one line"));
    }
    Ok((!lines.is_empty()).then(|| lines.join("\n")))
}

fn undo(session: &Session, out: &Output, key: &str) -> Done {
    let mut bar = Bar::new();
    let report = session
        .client()?
        .undo(key, &mut |advance| bar.draw(&advance))?;
    bar.end();
    out.answer(&report, |report| {
        let restored = match report.rows_restored {
            0 => String::new(),
            n => format!("; {n} are as they were before"),
        };
        match report.undone {
            true => format!(
                "Taken back: {} rows are gone from {}{restored}.",
                report.rows_removed, report.table
            ),
            false => String::new(),
        }
    })?;
    match report.undone {
        true => Ok(()),
        false => Err(Failure::new(format!(
            "nothing was taken back: {}",
            report.reason.unwrap_or_default()
        ))),
    }
}

fn text(report: &InsertReport) -> String {
    if report.kept {
        let known = report.rows_updated + report.rows_unchanged;
        let known = match known {
            0 => String::new(),
            _ => format!(
                ", {} updated, {} unchanged",
                report.rows_updated, report.rows_unchanged
            ),
        };
        let undo = report.undo.as_ref().map(|undo| {
            format!(
                "\nUntil {} it can be taken back, while nobody touches its rows: crewdesk insert --undo {}",
                undo.until.format("%Y-%m-%d"),
                undo.key
            )
        });
        let once = match report.without_ledger {
            true => "\nNot exactly once: no ledger remembers it; run again, it inserts again.",
            false => "",
        };
        return format!(
            "{} rows inserted{known} in {:.2} s ({}).{}{}{once}",
            report
                .rows_inserted
                .saturating_sub(report.rows_updated + report.rows_unchanged),
            report.seconds,
            report.format,
            before(report),
            undo.unwrap_or_default()
        );
    }
    if report.dry_run && report.rows_refused == 0 {
        return format!(
            "{} rows would fit ({}); nothing was written.{}",
            report.rows_read,
            report.format,
            before(report)
        );
    }
    super::task::refusals(&report.refusals, report.rows_refused)
}

/// That the same content is in the table already, on a line of its own.
fn before(report: &InsertReport) -> String {
    let before = report.before.as_ref();
    before.map_or(String::new(), |before| {
        format!("\n{}.", super::task::before(before))
    })
}

/// A progress bar on standard error, where a person looks.
struct Bar {
    shown: Option<Instant>,
    terminal: bool,
}

impl Bar {
    fn new() -> Bar {
        Bar {
            shown: None,
            terminal: std::io::stderr().is_terminal(),
        }
    }

    fn draw(&mut self, advance: &Advance) {
        if !self.terminal || self.shown.is_some_and(|at| at.elapsed() < DRAW) {
            return;
        }
        self.shown = Some(Instant::now());
        let share = advance.bytes as f64 / advance.total_bytes.max(1) as f64;
        let full = ((share * CELLS as f64) as usize).min(CELLS);
        let mut err = std::io::stderr().lock();
        let _ = write!(
            err,
            "\r\x1b[K{}{} {:3.0} %  {} rows  {:.0} rows/s",
            "█".repeat(full),
            "░".repeat(CELLS - full),
            share * 100.0,
            advance.rows,
            advance.rate
        );
        let _ = err.flush();
    }

    fn end(&mut self) {
        if self.shown.is_some() {
            eprint!("\r\x1b[K");
        }
    }
}

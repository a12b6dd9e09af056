//! `crewdesk insert FILE CONNECTION TABLE`

use crate::cli::args::{InsertArgs, ModeArg};
use crate::cli::interrupt;
use crate::cli::output::{Output, count, table};
use crate::cli::session::{Session, new_password};
use crate::cli::{Done, Failure};
use crate::client::{Advance, Clear, ColumnFacts, DeskError, InsertReport, InsertRequest, Mode};
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
    let list = |names: Vec<String>, sign: &str| (!names.is_empty()).then(|| names.join(sign));
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
        ("exactDistinct", list(args.exact_distinct, ",")),
        ("references", list(args.references, "\n")),
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
    let client = session.client()?;
    let interrupted = interrupt::watch();
    let report = client.insert(&request, &mut |advance| {
        bar.draw(&advance);
        interrupted.stops()
    });
    bar.end();
    if report.is_err() && interrupted.stops().is_break() {
        return Err(Failure::new("cancelled; nothing was kept"));
    }
    let report = report.map_err(|error| Failure::new(in_options(error)))?;
    out.answer(&report, text)?;
    let fits = report.rows_refused == 0 && report.orphans.unwrap_or(0) == 0;
    if report.kept || report.dry_run && fits {
        Ok(())
    } else {
        let nothing = match report.dry_run {
            true => "",
            false => "; nothing was kept",
        };
        Err(Failure::new(format!("{}{nothing}", report.reason)))
    }
}

/// What a form says of its fields, in the options of this command.
fn in_options(error: DeskError) -> String {
    let DeskError::Fields(errors) = error else {
        return error.to_string();
    };
    let lines = errors.into_iter().map(|error| {
        let option = match error.field.as_str() {
            "mode" => "--mode",
            "keyColumns" => "--key",
            "query" => "--query",
            "columns" => option_of(&error.message),
            "sourceConnection" => "--from",
            "undoable" => "--undoable",
            "nullText" => "--null",
            "separator" => "--separator",
            "dateFormat" => "--date-format",
            "numberFormat" => "--numbers",
            "trim" => "--trim",
            "header" => "--header",
            "quote" => "--quote",
            "encoding" => "--encoding",
            "sheet" => "--sheet",
            "userName" => "--user-name",
            "password" => "--password-stdin",
            "references" => "--reference",
            "exactDistinct" => "--exact-distinct",
            // The file, the connection and the table are named by the message.
            _ => "",
        };
        let mut message = error.message;
        for (field, said) in [
            ("choose upsert", "say --mode upsert"),
            (
                "use append, replace or upsert",
                "say --mode append, replace or upsert",
            ),
            ("use append", "say --mode append"),
            ("name other key columns", "name other columns with --key"),
            ("name the columns of", "name by --key the columns of"),
            ("with the mode", "with --mode"),
            ("; write no", "; leave it out"),
            (", or write no", ", or leave it out"),
            ("columns: ", ""),
            ("source query: ", ""),
            ("query: ", ""),
        ] {
            message = match field.ends_with(": ") {
                true => message
                    .strip_prefix(field)
                    .map(str::to_owned)
                    .unwrap_or(message),
                false => message.replace(field, said),
            };
        }
        let lines: Vec<String> = message.lines().map(say_where).collect();
        message = lines.join("\n");
        match option {
            "" => message,
            option => format!("{option}: {message}"),
        }
    });
    lines.collect::<Vec<String>>().join("\n")
}

/// The option that a line under columns was, by how the line is written; the message quotes it.
fn option_of(message: &str) -> &'static str {
    let first = message.lines().next().unwrap_or_default();
    let line = first.split_once(", ").map_or(first, |(_, line)| line);
    match line.split(": ").next().unwrap_or_default() {
        line if line.contains(":=") => "--set",
        line if line.contains('?') => "--default",
        line if line.contains('=') => "--map",
        line if line.trim_start_matches('"').starts_with('-') => "--leave-out",
        _ => "",
    }
}

/// What is said of lines under columns, as options.
fn say_where(line: &str) -> String {
    let name = line
        .strip_prefix("Say under columns where it goes, such as name = ")
        .and_then(|rest| rest.split_once(", or - "));
    // Each line was an option, and has no number there.
    let numbered = line.strip_prefix("line ").and_then(|rest| {
        let (number, said) = rest.split_once(", ")?;
        let option = [" = ", " := ", " ? ", "- "];
        let is_option = option.iter().any(|sign| said.contains(sign));
        (number.parse::<u64>().is_ok() && is_option).then_some(said)
    });
    match name {
        Some((name, _)) => {
            format!("Say where it goes, such as by --map name={name}, or by --leave-out {name}")
        }
        None => numbered.unwrap_or(line).to_owned(),
    }
}

/// Columns whose facts are shown; all are in the JSON.
const COLUMNS: usize = 30;

/// What each column holds.
pub fn facts(columns: &[ColumnFacts]) -> String {
    let asked = columns.iter().any(|column| column.orphans.is_some());
    let wide = ColumnFacts::HEADS.len() - usize::from(!asked);
    let rows = columns.iter().take(COLUMNS);
    let rows = rows.map(|column| column.cells().into_iter().take(wide).collect());
    let heads: Vec<&str> = ColumnFacts::HEADS.into_iter().take(wide).collect();
    let text = table(&heads, rows.collect(), "");
    match columns.len().saturating_sub(COLUMNS) {
        0 => text,
        more => format!("{text}and {more} more columns; --json has all\n"),
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
            true if report.table_dropped => format!(
                "Taken back: {} went, and {}, which was made for them.",
                rows(report.rows_removed),
                report.table
            ),
            true => format!(
                "Taken back: {} went from {}{restored}.",
                rows(report.rows_removed),
                report.table
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

fn rows(n: u64) -> String {
    count(n, "row")
}

/// What is said of an insertion.
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
        let deleted = match report.rows_deleted {
            0 => String::new(),
            n => format!(", {n} deleted before"),
        };
        let columns = match report.columns.is_empty() {
            true => String::new(),
            false => format!("\n\n{}", facts(&report.columns).trim_end()),
        };
        return format!(
            "{} inserted{known}{deleted} in {:.2} s ({}).{}{}{once}{columns}",
            rows(
                report
                    .rows_inserted
                    .saturating_sub(report.rows_updated + report.rows_unchanged)
            ),
            report.seconds,
            report.format,
            before(report),
            undo.unwrap_or_default()
        );
    }
    if report.dry_run && report.rows_refused == 0 && report.orphans.unwrap_or(0) == 0 {
        return format!(
            "{} would fit ({}){}; nothing was kept.{}",
            rows(report.rows_read),
            report.format,
            match report.orphans {
                Some(_) => " and refer to nothing that is not there",
                None => "",
            },
            before(report)
        );
    }
    let orphans = report.columns.iter().any(|column| column.orphans > Some(0));
    let columns = match orphans {
        true => facts(&report.columns),
        false => String::new(),
    };
    super::task::refusals(&report.refusals, report.rows_refused) + &columns
}

/// That the same content is in the table already, on a line of its own.
fn before(report: &InsertReport) -> String {
    let before = report.before.as_ref();
    before.map_or(String::new(), |before| {
        format!("\n{}.", super::task::before(before))
    })
}

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

/// A progress bar on standard error, where a person looks.
struct Bar {
    began: Instant,
    shown: Option<Instant>,
    terminal: bool,
}

impl Bar {
    fn new() -> Bar {
        Bar {
            began: Instant::now(),
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
            "\r\x1b[K{}{} {:3.0} %  {} rows  {:.0} rows/s{}",
            "█".repeat(full),
            "░".repeat(CELLS - full),
            share * 100.0,
            advance.rows,
            advance.rate,
            left(self.began.elapsed(), share)
        );
        let _ = err.flush();
    }

    fn end(&mut self) {
        if self.shown.is_some() {
            eprint!("\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::FieldError;

    #[test]
    fn what_is_left_follows_from_what_is_done() {
        assert_eq!(left(Duration::from_secs(30), 0.25), "  1 min 30 s left");
        assert_eq!(left(Duration::from_secs(30), 0.5), "  30 s left");
        assert_eq!(left(Duration::from_secs(3600), 0.25), "  3 h 0 min left");
        assert_eq!(left(Duration::from_millis(900), 0.5), "");
        assert_eq!(left(Duration::from_secs(9), 1.0), "");
    }

    #[test]
    fn fields_are_told_as_options() {
        let told = |field: &str, message: &str| {
            in_options(DeskError::Fields(vec![FieldError {
                field: field.into(),
                message: message.into(),
            }]))
        };
        let key = "orders has no unique key; use append, or give it one";
        assert_eq!(
            told("keyColumns", key),
            "--key: orders has no unique key; say --mode append, or give it one"
        );
        assert_eq!(
            told(
                "columns",
                "columns: line 12, amount = Betrag: x\nline 13, - No: y"
            ),
            "--map: amount = Betrag: x\n- No: y"
        );
        for (line, option) in [
            ("a := 1", "--set: "),
            ("a = b ? 0", "--default: "),
            ("a ? 0", "--default: "),
            ("- a", "--leave-out: "),
        ] {
            let said = told("columns", &format!("columns: line 1, {line}: x"));
            assert_eq!(said, format!("{option}{line}: x"));
        }
        assert_eq!(
            told("tableName", "table x: is a view"),
            "table x: is a view"
        );
        assert_eq!(
            told("undoable", "nothing can be taken back; write no"),
            "--undoable: nothing can be taken back; leave it out"
        );
    }
}

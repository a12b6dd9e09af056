//! `crewdesk insert FILE CONNECTION TABLE`

mod advice;
mod bar;
mod input;

use crate::cli::args::{InsertArgs, ModeArg};
use crate::cli::interrupt;
use crate::cli::output::{Output, clean, count, table};
use crate::cli::said::Way;
use crate::cli::session::{Session, new_password};
use crate::cli::{Done, Failure};
use crate::client::value::words;
use crate::client::{Clear, ColumnFacts, DeskError, InsertReport, InsertRequest, Mode};
use bar::Bar;
use input::Input;
use std::fmt::Write;

pub fn run(session: &Session, out: &Output, args: InsertArgs) -> Done {
    if let Some(key) = &args.undo {
        return undo(session, out, key);
    }
    if args.list {
        return past(session, out);
    }
    let columns = columns(&args)?;
    let list = |names: Vec<String>, sign: &str| (!names.is_empty()).then(|| names.join(sign));
    let reading = [
        ("columns", columns),
        ("trim", args.trim),
        ("numberFormat", list(args.numbers, "; ")),
        ("booleanFormat", list(args.booleans, "; ")),
        ("separator", args.separator),
        ("dateFormat", list(args.date_format, "; ")),
        ("timeZone", args.time_zone),
        ("skipLines", args.skip_lines.map(|lines| lines.to_string())),
        ("header", args.header),
        ("quote", args.quote),
        ("escape", args.escape),
        ("encoding", args.encoding),
        ("sheet", args.sheet),
        ("exactDistinct", list(args.exact_distinct, ",")),
        ("references", list(args.references, "\n")),
    ];
    let reading = reading
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)));
    let interrupted = interrupt::watch();
    // Behind the files stand the connection and the table.
    let mut words = args.words;
    let mut last = || {
        let word = words.pop().unwrap_or_default();
        word.to_string_lossy().into_owned()
    };
    let (table, connection) = (last(), last());
    let input = match words.as_slice() {
        [only] if only.as_os_str() == "-" && args.from.is_none() => {
            if args.password_stdin {
                return Err(Failure::new(
                    "the rows and the password can not both come from standard input; save the \
                     rows to a file",
                ));
            }
            Some(Input::spool(&interrupted)?)
        }
        _ => None,
    };
    if let Some(input) = &input {
        words = vec![input.path().to_owned()];
    }
    if args.from.is_some() && words.len() > 1 {
        return Err(Failure::new(
            "one SELECT gives the rows; put it in quotes, so that it is one word",
        ));
    }
    let mut files = words.into_iter();
    let request = InsertRequest {
        reading: reading.collect(),
        file: files.next().unwrap_or_default(),
        more: files.collect(),
        from: args.from,
        connection,
        table,
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
        rejects: args.rejects,
        user_name: args.user_name,
        password: new_password(args.password_stdin)?.map(Clear::new),
        dry_run: args.dry_run,
        look: false,
        undoable: args.undoable,
        again: args.again,
        rows_only: args.rows_only,
    };
    let mut bar = Bar::new();
    let client = session.client_briefly()?;
    let report = client.insert(&request, &mut |advance| {
        bar.draw(&advance);
        interrupted.stops()
    });
    bar.end();
    let cancelled = report.as_ref().is_err_and(DeskError::is_cancelled);
    if cancelled && interrupted.stops().is_break() {
        return Err(Failure::new("cancelled; nothing was kept"));
    }
    let way = Way::Options;
    let report = report.map_err(|error| {
        // What is about the frame or the table, not about how they are reached.
        let advice = match &error {
            DeskError::Fields(_) => advice::of(&*client, &request),
            _ => String::new(),
        };
        Failure::new(way.error(error) + &advice)
    })?;
    out.answer(&report, text)?;
    if report.kept || report.dry_run && fits(&report) {
        return Ok(());
    }
    if let Some(before) = report
        .before
        .as_ref()
        .filter(|_| !report.dry_run && !request.again)
    {
        return Err(Failure::new(super::task::twice(before)));
    }
    let nothing = match report.dry_run {
        true => "",
        false => "; nothing was kept",
    };
    Err(Failure::new(format!(
        "{}{nothing}{}{}",
        way.message(&report.reason),
        advice::of(&*client, &request),
        advice::listed(&request, report.rows_refused)
    )))
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

/// Insertions that are listed.
const LISTED: usize = 100;

fn past(session: &Session, out: &Output) -> Done {
    let all = session.client()?.insertions(LISTED)?;
    out.answer(&all, |all| {
        let rows = all.iter().map(|past| {
            let found = &past.insertion;
            let undo = match (found.undone, found.undo_until) {
                (Some(_), _) => "taken back".to_owned(),
                (None, Some(until)) => format!("until {}", until.format("%Y-%m-%d")),
                (None, None) => String::new(),
            };
            let text = |text: &Option<String>| text.as_deref().map(clean).unwrap_or_default();
            vec![
                super::instance::local(past.at),
                text(&past.user_id),
                text(&found.connection),
                clean(&found.table),
                text(&found.mode),
                words::thousands(found.rows),
                undo,
                clean(&found.key),
            ]
        });
        let heads = [
            "when",
            "who",
            "connection",
            "table",
            "mode",
            "rows",
            "undo",
            "key",
        ];
        table(&heads, rows.collect(), "Nothing was inserted.")
    })?;
    Ok(())
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
            1 => "; 1 is as it was before".to_owned(),
            n => format!("; {} are as they were before", words::thousands(n)),
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

/// Whether all rows of a dry run would be kept.
fn fits(report: &InsertReport) -> bool {
    report.rows_refused == 0 && report.orphans.unwrap_or(0) == 0 && !report.changed
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
    if report.dry_run && fits(report) {
        let preview = report.preview.as_ref();
        let creates = preview.and_then(|preview| preview.creates.as_ref());
        let creates = creates.map(|sql| {
            let lines: Vec<String> = sql.lines().map(clean).collect();
            let tried = preview.map_or(String::new(), |preview| advice::tried(preview));
            let notes = preview.iter().flat_map(|preview| &preview.notes);
            let notes = notes.filter(|note| note.contains(" becomes text: "));
            let notes: Vec<String> = notes
                .map(|note| format!("\n\n{}", clean(&Way::Options.message(note))))
                .collect();
            format!(
                "\n\nThe table would be made by\n{}{}{tried}",
                lines.join("\n"),
                notes.concat()
            )
        });
        return format!(
            "{} would fit ({}){}; nothing was kept.{}{}",
            rows(report.rows_read),
            report.format,
            match report.orphans {
                Some(_) => " and refer to nothing that is not there",
                None => "",
            },
            before(report),
            creates.unwrap_or_default()
        );
    }
    let orphans = report.columns.iter().any(|column| column.orphans > Some(0));
    let columns = match orphans {
        true => facts(&report.columns),
        false => String::new(),
    };
    refused(report) + &columns
}

/// The refused rows: those of a reason that many have together.
fn refused(report: &InsertReport) -> String {
    let mut text = String::new();
    let mut told = 0;
    for reason in &report.reasons {
        told += reason.rows;
        let few = reason.rows <= reason.first.len() as u64;
        match reason.first.first() {
            Some(first) if !few => {
                let rows = words::count(reason.rows, "row", "rows");
                let place = super::task::column(first);
                let value = super::task::value(first);
                let why = Way::Options.message(&first.reason);
                // Others may have other values.
                let others = reason.first.iter().skip(1);
                let others =
                    others.filter(|other| other.value.is_some() && other.value != first.value);
                let also: String = others
                    .filter_map(|other| {
                        let value = clean(other.value.as_deref()?);
                        Some(format!(", {:?} in {}", value, super::task::place(other)))
                    })
                    .collect();
                let _ = writeln!(
                    text,
                    "  {rows}{place}{value}: {}; first in {}{also}",
                    clean(&why),
                    super::task::place(first)
                );
            }
            _ => text += &super::task::refusals(&reason.first, 0, Way::Options),
        }
    }
    match told < report.rows_refused {
        true => text + &format!("  {} refused in all\n", rows(report.rows_refused)),
        false => text,
    }
}

/// That the same content is in the table already, on a line of its own.
fn before(report: &InsertReport) -> String {
    let before = report.before.as_ref();
    before.map_or(String::new(), |before| {
        format!("\n{}.", super::task::before(before))
    })
}

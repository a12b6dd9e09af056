//! What a preview found, as whoever decides sees it: the rows, what is wrong, what would help.

use super::view::{Preview, PreviewColumn, PreviewRow, Refusal, RefusedReason, TableColumn};
use super::{FieldError, insertion};
use crate::insert;
use crate::value::words::count;

/// Sheets of a workbook that are named.
const SHEETS: usize = 20;

/// What else whoever completes should know.
pub(super) fn notes(plan: &insert::Insertion, found: &insert::Preview) -> Vec<String> {
    let mut notes = Vec::new();
    let table = &plan.table;
    if plan.mode == insert::Mode::Replace {
        notes.push(format!(
            "all rows that are in {table} now go first, if the check holds"
        ));
    }
    if let Some(patch) = plan.frame.patch() {
        notes.push(format!("rows were fixed: {}", patch.words()));
    }
    if let Some(why) = &found.no_ledger {
        notes.push(format!(
            "nothing can be inserted yet: {why}; or a team head lets the connection be used \
             without one (crewdesk connection limit --without-ledger), not exactly once then"
        ));
    }
    if plan.without_ledger {
        notes.push(insertion::NOT_ONCE.to_owned());
    }
    if let Some(statement) = &found.creates {
        let looked = match found.complete {
            true => "the table is made",
            false => "the table is made from all rows; by those that were looked at",
        };
        let lines: Vec<&str> = statement.lines().map(str::trim).collect();
        notes.push(format!("{looked}: {}", lines.join(" ")));
        notes.extend(other_format(plan, found));
    }
    if plan.mode == insert::Mode::Upsert {
        let looked = match found.complete {
            true => count(found.rows_read, "row", "rows"),
            false => format!("the first {}", count(found.rows_read, "row", "rows")),
        };
        notes.push(format!(
            "of {looked}, {} are in {table} already and are updated where they differ; the \
             others are new",
            found.rows_known
        ));
    }
    notes
}

/// What becomes texts in a table that is made, though it looks like days or times: a format that is
/// said of all columns is none of its values'.
fn other_format(plan: &insert::Insertion, found: &insert::Preview) -> Option<String> {
    let said = plan.read.dates.all()?;
    let is_moment = |kind: &str| ["DATE", "TIME", "TIMESTAMP"].contains(&kind);
    let lost = found.columns.iter().find(|column| {
        let declared = column.declared.as_deref().unwrap_or_default();
        let text = ["TEXT", "VARCHAR"].iter().any(|kind| {
            let start = declared.get(..kind.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(kind))
        });
        text && column.inferred.as_deref().is_some_and(is_moment)
    })?;
    Some(format!(
        "{} becomes text: its values are not written as {said}; say under date format of which column \
         that is, such as COLUMN={said}",
        lost.name
    ))
}

fn table_column(column: &insert::Column) -> TableColumn {
    TableColumn {
        name: column.name.clone(),
        declared: column.type_text(),
        required: column.is_required(),
    }
}

pub(super) fn shown(found: insert::Preview, bytes: u64) -> Preview {
    let columns = found.columns.into_iter().map(|column| PreviewColumn {
        name: column.name,
        source: column.source,
        inferred: column.inferred.unwrap_or_else(|| "empty".to_owned()),
        declared: column.declared,
    });
    let rows = found.rows.into_iter().map(|row| PreviewRow {
        file: row.file,
        line: row.line,
        values: row.values,
    });
    let unfit = [&found.mismatch, &found.no_key, &found.unclear];
    let misfit = unfit.iter().any(|reason| reason.is_some());
    let above = found
        .skip_lines
        .and_then(|_| insert::above_header(&found.format));
    let no_key = found.no_key.clone().map(|message| FieldError {
        field: insertion::KEY.to_owned(),
        message,
    });
    let unclear = found.unclear.clone().map(|message| FieldError {
        field: insertion::NUMBERS.to_owned(),
        message,
    });
    let wrong = found.mismatch.iter().flat_map(|wrong| wrong.lines());
    // What is no header tells little.
    let most = if above.is_some() { 1 } else { usize::MAX };
    let wrong = wrong.take(most);
    let wrong = wrong.map(str::to_owned);
    let mut notes: Vec<String> = found.no_key.into_iter().chain(wrong).collect();
    notes.extend(found.unclear);
    notes.extend(above);
    if found.header_is_data {
        notes.push("the first line looks like data; say so under header: no".to_owned());
    }
    notes.extend(found.format.guess.as_ref().map(|(line, word)| {
        format!(
            "line {line} is no UTF-8 and reads {word:?} in windows-1252; say under encoding if another \
             is meant"
        )
    }));
    for (what, field, looks) in [
        ("days", "date format", &found.dates),
        ("numbers", "numbers", &found.numbers),
        ("truths", "booleans", &found.truths),
    ] {
        notes.extend(looks.as_ref().map(|looks| {
            let (words, say) = (looks.words(), &looks.say);
            format!("the {what} of {words}; say so under {field}: {say}")
        }));
    }
    if !found.nulls.is_empty() {
        let texts = found.nulls.join(", ");
        notes.push(format!(
            "where {texts} means that there is no value, say so under null text: {texts}"
        ));
    }
    if found.escapes {
        notes.push(
            "\\N is how text exports of databases write NULL, and other signs with a backslash; say \
             so under escape: \\"
                .to_owned(),
        );
    }
    let trim = found.trim.map(|trim| match trim {
        insert::Trim::All => "all",
        _ => "yes",
    });
    if let Some(trim) = trim {
        let quoted = if trim == "all" {
            " inside of quotes"
        } else {
            ""
        };
        notes.push(format!(
            "values have blanks around them{quoted}; say so under trim: {trim}"
        ));
    }
    if found.updates {
        notes.push("rows with their keys are there; to update these, choose upsert".to_owned());
    }
    if let [_, _, ..] = found.format.sheets.as_slice() {
        let read = found.format.sheet.as_deref().unwrap_or_default();
        let others = found.format.sheets.iter();
        let others: Vec<&str> = others.map(String::as_str).filter(|s| *s != read).collect();
        notes.push(format!(
            "of the workbook {read} is read; it also has {}",
            others
                .iter()
                .take(SHEETS)
                .copied()
                .collect::<Vec<_>>()
                .join(", ")
        ));
    }
    let columns_found = (!found.suggested.is_empty()).then(|| found.suggested.join("\n"));
    if columns_found.is_some() {
        notes.push(format!(
            "columns that would fit: {}",
            found.suggested.join("; ")
        ));
    }
    Preview {
        format: Some(found.format.to_string()),
        header: found
            .format
            .header
            .map(|yes| if yes { "yes" } else { "no" }.to_owned()),
        sheets: found.format.sheets.into_iter().take(SHEETS).collect(),
        sheet: found.format.sheet,
        quote: found.format.quote.map(insert::separator),
        encoding: found.format.encoding.map(|e| e.to_string()),
        separator: found.format.delimiter.map(insert::separator),
        before: None,
        date_format: found.dates.map(|looks| looks.say),
        number_format: found.numbers.map(|looks| looks.say),
        boolean_format: found.truths.map(|looks| looks.say),
        creates: found.creates.clone(),
        null_text: (!found.nulls.is_empty()).then(|| found.nulls.join(",")),
        trim: trim.map(str::to_owned),
        escape: found.escapes.then(|| "\\".to_owned()),
        skip_lines: found.skip_lines.map(|lines| lines.to_string()),
        mode: found.updates.then(|| insert::Mode::Upsert.to_string()),
        table: found.table.iter().map(table_column).collect(),
        mapping: columns_found,
        columns: columns.collect(),
        rows: rows.collect(),
        rows_read: found.rows_read,
        complete: found.complete,
        refused: found.rows_refused,
        refusals: found.refusals.iter().map(Refusal::from).collect(),
        reasons: found.reasons.iter().map(RefusedReason::from).collect(),
        misfit,
        errors: no_key.into_iter().chain(unclear).collect(),
        bytes,
        notes,
    }
}

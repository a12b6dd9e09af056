//! What would help a frame in that is refused: the options to add, and the columns of both sides
//! where their names do not match.

use crate::cli::output::{clean, table};
use crate::cli::said::Way;
use crate::client::value::words::count;
use crate::client::{Client, InsertRequest, Preview};
use std::ops::ControlFlow;

/// Columns that are listed; more of them no one reads.
const COLUMNS: usize = 60;

/// Looks at the beginning of the frame that was refused; nothing where that can not be done.
pub(super) fn of(client: &dyn Client, request: &InsertRequest) -> String {
    let look = InsertRequest {
        look: true,
        ..request.clone()
    };
    let looked = client.insert(&look, &mut |_| ControlFlow::Continue(()));
    let preview = looked.ok().and_then(|report| report.preview);
    let Some(preview) = preview else {
        return String::new();
    };
    let mut text = String::new();
    let names = preview.columns.iter();
    let lost = names.clone().any(|c| c.declared.is_none()) && !preview.table.is_empty();
    let lacking = |name: &String| !names.clone().any(|c| c.name.eq_ignore_ascii_case(name));
    let lacks = lost || preview.table.iter().any(|c| c.required && lacking(&c.name));
    if lacks && preview.skip_lines.is_none() {
        text += &format!("\n\n{}", beside(&preview, request).trim_end());
    }
    text += &tried(&preview);
    for other in others(&preview) {
        text += &format!("\nOr: {}", clean(&other));
    }
    text
}

/// What to do with the list of refused rows.
pub(super) fn listed(request: &InsertRequest, refused: u64) -> String {
    let Some(file) = request.rejects.as_ref().filter(|_| refused > 0) else {
        return String::new();
    };
    let patch = Way::Options.says("patch", &file.to_string_lossy());
    let rows = count(refused, "row is", "rows are");
    format!(
        "\n\n{rows} listed there: mend the values, and say {}",
        clean(&patch)
    )
}

/// The options that the first rows suggest, on a line of their own.
pub(super) fn tried(preview: &Preview) -> String {
    let options = options(preview);
    match options.is_empty() {
        true => String::new(),
        false => format!("\n\nTry: {}", clean(&options.join(" "))),
    }
}

/// The options that the first rows suggest.
fn options(preview: &Preview) -> Vec<String> {
    let header = preview.notes.iter().any(|n| n.ends_with("header: no"));
    let header = header.then(|| "no".to_owned());
    let said = [
        ("skipLines", &preview.skip_lines),
        ("escape", &preview.escape),
        ("header", &header),
        ("columns", &preview.mapping),
        ("numberFormat", &preview.number_format),
        ("dateFormat", &preview.date_format),
        ("booleanFormat", &preview.boolean_format),
        ("nullText", &preview.null_text),
        ("trim", &preview.trim),
    ];
    let said = said.into_iter();
    said.filter_map(|(field, value)| Some(Way::Options.says(field, value.as_ref()?)))
        .collect()
}

/// Options that say something else of the insertion, and so are to be wanted.
fn others(preview: &Preview) -> Vec<String> {
    let mode = preview.mode.as_ref();
    let mode = mode.map(|mode| {
        let option = Way::Options.says("mode", mode);
        format!("{option}, to update the rows that have these keys")
    });
    let sheets = preview.sheets.iter();
    let sheets = sheets.filter(|sheet| preview.misfit && Some(*sheet) != preview.sheet.as_ref());
    let sheets = sheets.map(|sheet| Way::Options.says("sheet", sheet));
    mode.into_iter().chain(sheets).collect()
}

/// The columns of the table beside those of the frame.
fn beside(preview: &Preview, request: &InsertRequest) -> String {
    let of_table = preview.table.iter().map(|column| {
        let own = preview.columns.iter();
        let own = own.clone().find(|c| {
            let named = c.name.eq_ignore_ascii_case(&column.name);
            named && c.declared.is_some()
        });
        let frame = own.map(|c| c.source.clone().unwrap_or_else(|| c.name.clone()));
        vec![
            clean(&column.name),
            clean(&column.declared),
            if column.required { "required" } else { "" }.to_owned(),
            frame.map_or(String::new(), |name| clean(&name)),
            own.map_or(String::new(), |c| clean(&c.inferred)),
        ]
    });
    let lost = preview.columns.iter().filter(|c| c.declared.is_none());
    let lost = lost.map(|column| {
        let name = column.source.as_ref().unwrap_or(&column.name);
        let nothing = String::new;
        vec![
            nothing(),
            nothing(),
            nothing(),
            clean(name),
            clean(&column.inferred),
        ]
    });
    let all: Vec<Vec<String>> = of_table.chain(lost).collect();
    let more = all.len().saturating_sub(COLUMNS);
    let rows = all.into_iter().take(COLUMNS).collect();
    let heads = [
        &format!("column of {}", clean(&request.table)) as &str,
        "type",
        "",
        "of the data frame",
        "looks like",
    ];
    let text = table(&heads, rows, "");
    match more {
        0 => text,
        more => format!("{text}and {more} more columns\n"),
    }
}

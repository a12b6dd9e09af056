//! Sample data of an insertion: its form, what a preview says, rows that are refused.

use super::sample::{Data, at, field};
use crate::client::model::{FieldType, Form};
use crate::client::*;
use indexmap::IndexMap;

/// What a preview says.
pub fn preview(data: &Data, values: &IndexMap<String, String>) -> Preview {
    let column = |name: &str, inferred: &str, declared: Option<&str>| PreviewColumn {
        name: name.into(),
        source: None,
        inferred: inferred.into(),
        declared: declared.map(str::to_owned),
    };
    let row = |line, cells: [&str; 5]| PreviewRow {
        file: None,
        line: Some(line),
        values: cells
            .iter()
            .map(|c| (!c.is_empty()).then(|| (*c).to_owned()))
            .collect(),
    };
    let mapping = data.suggested.clone();
    let replace = values.get("mode").map(String::as_str) == Some("replace");
    Preview {
        columns: vec![
            column("id", "INTEGER", Some("INTEGER")),
            column("amount", "TEXT", Some("DECIMAL(10,2)")),
            column("ordered", "DATE", Some("DATE")),
            column("customer", "TEXT", Some("TEXT")),
            column("note", "TEXT", None),
        ],
        rows: vec![
            row(
                811,
                ["100421", "19.90", "2025-11-17", "Lindqvist & Söner", "gift"],
            ),
            row(812, ["100422", "12,50", "2025-11-17", "Ødegård", ""]),
            row(813, ["100423", "7.00", "2025-11-17", "Müller", ""]),
            row(
                814,
                ["100424", "129.00", "2025-11-18", "日本商事", "express"],
            ),
        ],
        rows_read: 18_204,
        complete: true,
        refused: 1,
        reasons: Vec::new(),
        null_text: None,
        escape: None,
        skip_lines: None,
        boolean_format: None,
        creates: None,
        sheets: Vec::new(),
        trim: None,
        mode: None,
        table: Vec::new(),
        errors: Vec::new(),
        misfit: mapping.is_some(),
        refusals: vec![Refusal {
            file: None,
            line: Some(812),
            record: 811,
            column: Some("amount".into()),
            source: None,
            value: Some("12,50".into()),
            reason: "not a DECIMAL(10,2); write 12.50".into(),
        }],
        bytes: 2_100_000,
        separator: Some(";".into()),
        format: Some("CSV, separator ;".into()),
        header: Some("yes".into()),
        quote: Some("\"".into()),
        encoding: Some("UTF-8".into()),
        sheet: None,
        date_format: None,
        number_format: None,
        mapping,
        before: data.before.clone(),
        notes: if replace {
            vec!["replaces 41,180 rows".into()]
        } else {
            Vec::new()
        },
    }
}

/// Makes of the refused rows what somebody wants.
pub fn fix(data: &mut Data, fixed: &[FixedRow]) -> KeptPatch {
    let found = &mut data.refused_rows;
    for want in fixed {
        let row = found.rows.iter_mut().find(|row| row.record == want.record);
        let Some(row) = row else { continue };
        row.dropped = want.dropped;
        row.values = row.before.clone();
        for (column, new) in &want.cells {
            let at = found.columns.iter().position(|c| c == column).unwrap();
            row.values[at].clone_from(new);
        }
        // Whatever was typed is right.
        row.faults.retain(|fault| {
            let touched = fault
                .column
                .is_some_and(|at| row.values[at] != row.before[at]);
            !row.dropped && !touched
        });
    }
    let rows = &found.rows;
    let dropped = rows.iter().filter(|row| row.dropped).count() as u64;
    let changed = rows.iter().filter(|row| row.values != row.before).count() as u64;
    KeptPatch {
        patch: if dropped + changed == 0 {
            String::new()
        } else {
            "9f3a".repeat(16)
        },
        changed,
        dropped,
    }
}

/// Three rows of ana's file that a table refuses, one of them no row at all.
pub fn refused_rows() -> RefusedRows {
    let columns = ["id", "customer", "amount", "ordered", "note"];
    let row = |record: u64, values: [&str; 5], faults: &[(Option<usize>, &str)]| {
        let values: Vec<Option<String>> = values
            .iter()
            .map(|text| (!text.is_empty()).then(|| (*text).to_owned()))
            .collect();
        RefusedRow {
            record,
            line: Some(record + 1),
            before: values.clone(),
            values,
            faults: faults
                .iter()
                .map(|(column, reason)| Fault {
                    column: *column,
                    reason: (*reason).to_owned(),
                })
                .collect(),
            ..RefusedRow::default()
        }
    };
    let mut rows = vec![
        row(
            811,
            ["100422", "Ødegård", "12,50", "2025-11-17", "gift"],
            &[(Some(2), "12,50 is no DECIMAL(10,2); write 12.50")],
        ),
        row(
            4127,
            [
                "103738",
                "",
                "7.00",
                "17.11.2025",
                "a note that is longer than its column",
            ],
            &[
                (
                    Some(1),
                    "must not be NULL; an empty text is written as \"\"",
                ),
                (Some(3), "17.11.2025 is no DATE; write 2025-11-17"),
            ],
        ),
        row(
            9002,
            [""; 5],
            &[(None, "3 fields instead of 5; is a separator missing?")],
        ),
    ];
    rows[2].broken = true;
    rows[2].text = Some("109411;north;12.50".to_owned());
    RefusedRows {
        columns: columns.map(str::to_owned).to_vec(),
        rows,
        more: 0,
    }
}

/// The form of the insertion.
pub fn insertion_form() -> Form {
    let modes = [("append", "Append"), ("replace", "Replace")];
    let modes = modes
        .map(|(id, label)| (id.to_owned(), label.to_owned()))
        .into_iter()
        .collect();
    Form {
        fields: vec![
            field("connection", "Connection", FieldType::String, None, false),
            field("userName", "User name", FieldType::String, None, false),
            field(
                "password",
                "Password",
                FieldType::String,
                Some("secret"),
                false,
            ),
            field("tableName", "Table", FieldType::String, None, true),
            field(
                "dataFrame",
                "Data frame",
                FieldType::String,
                Some("file"),
                true,
            ),
            field(
                "query",
                "Query",
                FieldType::String,
                Some("multiline"),
                false,
            ),
            field("mode", "Mode", FieldType::Enum(modes), None, true),
            field("final", "Final", FieldType::Boolean, None, false),
            field(
                "asOf",
                "As of",
                FieldType::Date {
                    pattern: "dd/MM/yyyy".into(),
                },
                None,
                false,
            ),
            field("batch", "Batch", FieldType::Long, None, false),
        ],
        business_key: None,
    }
}

/// A task in full, as far as its drafts are.
pub fn detail(task: TaskView, data: &Data) -> TaskDetail {
    let mut values: IndexMap<String, String> = [
        ("connection", "sales"),
        ("tableName", if task.came_back { "orders" } else { "" }),
        (
            "dataFrame",
            if task.came_back {
                "/in/orders_1117.csv"
            } else {
                ""
            },
        ),
        ("mode", "append"),
    ]
    .into_iter()
    .map(|(k, v)| (k.to_owned(), v.to_owned()))
    .collect();
    values.extend(data.drafts.get(&task.id).cloned().unwrap_or_default());
    let refusal = |line, value: &str, reason: &str| Refusal {
        file: None,
        line: Some(line),
        record: line - 1,
        column: Some("amount".into()),
        source: None,
        value: Some(value.into()),
        reason: reason.into(),
    };
    TaskDetail {
        draft_elsewhere: data.others.get(&task.id).cloned(),
        reason: task
            .came_back
            .then(|| "2 of 18,204 rows were refused; nothing was kept in the table".into()),
        refusals: if task.came_back {
            vec![
                refusal(812, "12,50", "not a DECIMAL(10,2); write 12.50"),
                refusal(9_071, "", "must not be empty"),
            ]
        } else {
            Vec::new()
        },
        refused: if task.came_back { 2 } else { 0 },
        form: insertion_form(),
        values,
        draft_saved: task.came_back.then(|| at(-11)),
        variables: Variables::new(),
        insertion: true,
        task,
    }
}

//! What is known about an insertion, and what was decided about it.

use super::reasons::Reason;
use super::types::Decimal;
use super::undo::Trail;
use crate::value::words::{count, thousands};
use crate::value::{Map, Value};
use serde::{Deserialize, Serialize};

/// How an insertion went before anybody judged it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Every row was read and went into the table.
    Success,
    /// Rows were refused, or it could not be carried through at all.
    Failure,
}

impl Status {
    /// By how many rows were refused.
    pub(super) fn of(refused: u64) -> Status {
        match refused {
            0 => Status::Success,
            _ => Status::Failure,
        }
    }
}

/// Facts about one insertion, about its own rows only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Whether every row went into the table.
    pub status: Status,
    /// Why it could not be carried through, if it could not; or in what the rows that are in differ
    /// from those that were sent.
    pub message: Option<String>,
    /// Rows of the frame, or of the query over it.
    pub rows_read: u64,
    /// Rows of this insertion found in the table, whether they were there before or not.
    pub rows_inserted: u64,
    /// Those of them that were there before and were changed.
    #[serde(default)]
    pub rows_updated: u64,
    /// Those of them that were there before and were the same.
    #[serde(default)]
    pub rows_unchanged: u64,
    /// Rows that were refused.
    pub rows_refused: u64,
    /// NULLs met in columns that must not be NULL.
    pub nulls_in_required: u64,
    /// Rows whose primary or unique key was taken, in the table or earlier in the frame.
    pub duplicate_keys: u64,
    /// Checksum of the accepted rows as they were read; independent of their order.
    pub source_checksum: String,
    /// The same of the rows as they stand in the table.
    pub target_checksum: String,
    /// Facts per column, in the frame's order, read from the table.
    pub columns: Vec<ColumnFacts>,
    /// Rows that were deleted to make room.
    #[serde(default)]
    pub rows_deleted: u64,
    /// Rows whose value is missing in a table that it should be in, of all references that were
    /// asked for; none if none was.
    #[serde(default)]
    pub orphans: Option<u64>,
    /// What the team's own checks gave, by their names.
    #[serde(default)]
    pub checks: serde_json::Map<String, serde_json::Value>,
}

/// Facts about one column of the rows inserted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ColumnFacts {
    /// The column's name.
    pub name: String,
    /// How many values are NULL.
    pub nulls: u64,
    /// The least value, as text.
    pub min: Option<String>,
    /// The greatest value, as text.
    pub max: Option<String>,
    /// Whether its values are numbers.
    #[serde(default)]
    pub number: bool,
    /// Their sum, as text; none where it has more than 38 digits.
    #[serde(default)]
    pub sum: Option<String>,
    /// How many different values there are besides NULL.
    #[serde(default)]
    pub distinct: Option<u64>,
    /// Whether these are counted, not estimated.
    #[serde(default)]
    pub exact: bool,
    /// Checksum of the values, whatever their order.
    #[serde(default)]
    pub checksum: String,
    /// Rows whose value is missing in the table that it should be in, where that was asked for.
    #[serde(default)]
    pub orphans: Option<u64>,
    /// A few of these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
}

impl ColumnFacts {
    /// The columns with values that are missing where they should be, and a few of these.
    pub fn orphaned(columns: &[ColumnFacts]) -> String {
        let columns = columns.iter().filter(|c| c.orphans > Some(0));
        let columns = columns.map(|c| match &c.lost {
            Some(lost) => format!("{}: {lost}", c.name),
            None => c.name.clone(),
        });
        columns.collect::<Vec<_>>().join("; ")
    }

    /// The facts that a process variable holds, by the name of each column.
    pub fn of_variable(variable: &serde_json::Value) -> Vec<ColumnFacts> {
        // A map stands in a variable as it is, or written out.
        let written = variable.as_str().map(serde_json::from_str);
        let written: Option<serde_json::Value> = written.and_then(Result::ok);
        let columns = written.as_ref().unwrap_or(variable).as_object();
        let columns = columns.into_iter().flatten();
        let facts = columns.map(|(name, facts)| {
            let count = |name: &str| facts.get(name).and_then(serde_json::Value::as_u64);
            let text = |name: &str| match facts.get(name) {
                None | Some(serde_json::Value::Null) => None,
                Some(serde_json::Value::String(text)) => Some(text.clone()),
                Some(other) => Some(other.to_string()),
            };
            ColumnFacts {
                name: name.clone(),
                nulls: count("nulls").unwrap_or(0),
                min: text("min"),
                max: text("max"),
                number: facts.get("sum").is_some_and(serde_json::Value::is_number),
                sum: text("sum"),
                distinct: count("distinct"),
                exact: facts.get("distinctExact") == Some(&true.into()),
                checksum: text("checksum").unwrap_or_default(),
                orphans: count("orphans"),
                lost: None,
            }
        });
        facts.collect()
    }

    /// The heads of [`ColumnFacts::cells`].
    pub const HEADS: [&'static str; 7] = [
        "column", "nulls", "distinct", "min", "max", "sum", "orphans",
    ];

    /// The facts as the cells of a table; `~` stands before what is estimated.
    pub fn cells(&self) -> [String; 7] {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let count = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
        let near = match self.distinct {
            Some(_) if !self.exact => "~",
            _ => "",
        };
        [
            self.name.clone(),
            self.nulls.to_string(),
            format!("{near}{}", count(self.distinct)),
            text(&self.min),
            text(&self.max),
            text(&self.sum),
            count(self.orphans),
        ]
    }

    /// As a decision sees them: numbers are numbers.
    fn to_value(&self) -> Value {
        let long = |n: u64| Value::Long(i64::try_from(n).unwrap_or(i64::MAX));
        let text = |text: &Option<String>| match text {
            Some(text) if self.number => number(text),
            Some(text) => Value::from(text.as_str()),
            None => Value::Null,
        };
        Value::Map(Map::from_iter([
            ("nulls".to_owned(), long(self.nulls)),
            (
                "distinct".to_owned(),
                self.distinct.map_or(Value::Null, long),
            ),
            ("distinctExact".to_owned(), self.exact.into()),
            ("min".to_owned(), text(&self.min)),
            ("max".to_owned(), text(&self.max)),
            ("sum".to_owned(), text(&self.sum)),
            ("orphans".to_owned(), self.orphans.map_or(Value::Null, long)),
            ("checksum".to_owned(), self.checksum.as_str().into()),
        ]))
    }
}

/// A number by its text, as a process variable has it; another text as it is, and digits that no
/// variable could keep, too, so that nothing is compared with a number that was rounded.
pub(super) fn number(text: &str) -> Value {
    match whole(text) {
        Some(whole) => Value::Long(whole),
        None => real(text).map_or_else(|| Value::from(text), Value::Double),
    }
}

/// The whole number of a text such as `12` or `12.00`.
pub(super) fn whole(text: &str) -> Option<i64> {
    let digits = match Decimal::parse(text) {
        Some(number) if number.fraction.is_empty() => text.split('.').next().unwrap_or(text),
        _ => text,
    };
    digits.parse().ok()
}

/// The number in binary digits of a text, if none of its digits are lost.
pub(super) fn real(text: &str) -> Option<f64> {
    let real = text.parse::<f64>().ok().filter(|real| real.is_finite())?;
    let back = real.to_string();
    match (Decimal::parse(text), Decimal::parse(&back)) {
        (Some(text), Some(back)) if text != back => None,
        _ => Some(real),
    }
}

/// Columns whose facts become a process variable.
const MOST_COLUMNS: usize = 1000;

impl Facts {
    /// The facts of an insertion that could not be carried through: nothing was kept.
    pub fn failure(message: impl Into<String>) -> Facts {
        Facts {
            status: Status::Failure,
            message: Some(message.into()),
            rows_read: 0,
            rows_inserted: 0,
            rows_updated: 0,
            rows_unchanged: 0,
            rows_refused: 0,
            nulls_in_required: 0,
            duplicate_keys: 0,
            source_checksum: String::new(),
            target_checksum: String::new(),
            columns: Vec::new(),
            rows_deleted: 0,
            orphans: None,
            checks: serde_json::Map::new(),
        }
    }

    /// The facts as process variables; their names are what checks in DMN refer to.
    pub fn to_map(&self) -> Map {
        let long = |n: u64| Value::Long(i64::try_from(n).unwrap_or(i64::MAX));
        let status = match self.status {
            Status::Success => "SUCCESS",
            Status::Failure => "FAILURE",
        };
        Map::from_iter([
            ("insertionStatus".to_owned(), Value::from(status)),
            (
                "insertionMessage".to_owned(),
                Value::from(self.message.clone()),
            ),
            ("rowsRead".to_owned(), long(self.rows_read)),
            ("rowsInserted".to_owned(), long(self.rows_inserted)),
            ("rowsUpdated".to_owned(), long(self.rows_updated)),
            ("rowsUnchanged".to_owned(), long(self.rows_unchanged)),
            ("rowsRefused".to_owned(), long(self.rows_refused)),
            ("rowsDeleted".to_owned(), long(self.rows_deleted)),
            ("nullsInRequired".to_owned(), long(self.nulls_in_required)),
            ("duplicateKeys".to_owned(), long(self.duplicate_keys)),
            (
                "sourceChecksum".to_owned(),
                Value::from(self.source_checksum.as_str()),
            ),
            (
                "targetChecksum".to_owned(),
                Value::from(self.target_checksum.as_str()),
            ),
            ("orphans".to_owned(), self.orphans.map_or(Value::Null, long)),
            ("columnFacts".to_owned(), self.column_map()),
            ("checks".to_owned(), self.check_map()),
        ])
    }
}

impl Facts {
    fn column_map(&self) -> Value {
        let columns = self.columns.iter().take(MOST_COLUMNS);
        let facts: Map = columns
            .map(|column| (column.name.clone(), column.to_value()))
            .collect();
        match facts.is_empty() {
            true => Value::Null,
            false => Value::Map(facts),
        }
    }

    fn check_map(&self) -> Value {
        let value = |value: &serde_json::Value| match value {
            serde_json::Value::Bool(truth) => Value::Boolean(*truth),
            serde_json::Value::Number(n) => number(&n.to_string()),
            serde_json::Value::String(text) => Value::from(text.as_str()),
            _ => Value::Null,
        };
        let checks = self.checks.iter();
        let checks: Map = checks
            .map(|(name, found)| (name.clone(), value(found)))
            .collect();
        match checks.is_empty() {
            true => Value::Null,
            false => Value::Map(checks),
        }
    }
}

/// A row that can not be inserted, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The file, of a frame that is made of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The physical line of the file where the record begins, from 1; unknown after a query.
    pub line: Option<u64>,
    /// The number of the record, from 1, the header not counted; after a query, of its result.
    pub record: Option<u64>,
    /// The column, where one is to blame.
    pub column: Option<String>,
    /// What the frame calls it, where it has another name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The value, cut to a readable length.
    pub value: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}, ")?;
        }
        match (self.line, self.record) {
            (Some(line), _) => write!(f, "line {line}")?,
            (None, Some(record)) => write!(f, "row {record}")?,
            (None, None) => f.write_str("data frame")?,
        }
        if let Some(column) = &self.column {
            write!(f, ", {column}")?;
        }
        if let Some(source) = &self.source {
            write!(f, " ({source})")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Characters of a value that a refusal shows.
const SHOWN: usize = 80;

/// A value as a refusal shows it: one line, cut with an ellipsis.
pub(super) fn shown(value: &str) -> String {
    let mut out = String::new();
    for (i, c) in value.chars().enumerate() {
        if i == SHOWN {
            out.push('…');
            break;
        }
        out.push(match c {
            '\n' => '⏎',
            c if c.is_control() => '\u{fffd}',
            c => c,
        });
    }
    out
}

/// What the judge says about the facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether the rows stay.
    pub keep: bool,
    /// The result of the decision, such as 1 or 0.
    pub result: i64,
    /// Why.
    pub reason: String,
}

impl Verdict {
    /// The verdict where nothing is read back: the rows stay if none was refused.
    pub fn of_rows(facts: &Facts) -> Verdict {
        let known = Facts {
            source_checksum: String::new(),
            target_checksum: String::new(),
            ..facts.clone()
        };
        Verdict::built_in(&known)
    }

    /// The verdict where no decision is named: the rows stay if there are some, all of them
    /// went in, and both sides have the same content.
    pub fn built_in(facts: &Facts) -> Verdict {
        let reason = if let Some(message) = &facts.message {
            message.clone()
        } else if facts.rows_read == 0 {
            "there are no rows".to_owned()
        } else if facts.rows_refused > 0 {
            refused(facts.rows_refused, facts.rows_read)
        } else if facts.rows_inserted != facts.rows_read {
            let of = thousands(facts.rows_inserted);
            let rows = count(facts.rows_read, "row was", "rows were");
            format!(
                "{of} of {rows} inserted; a trigger or a rule of the table leaves rows out: leave them out \
                 of the data frame, or let a decision of the team keep the others"
            )
        } else if facts.source_checksum != facts.target_checksum {
            "the rows in the table differ from the data frame".to_owned()
        } else if let Some(orphans @ 1..) = facts.orphans {
            let rows = count(orphans, "row refers to", "rows refer to");
            let columns = ColumnFacts::orphaned(&facts.columns);
            format!("{rows} what is not there ({columns})")
        } else {
            let reason = "all checks hold".to_owned();
            return Verdict {
                keep: true,
                result: 1,
                reason,
            };
        };
        Verdict {
            keep: false,
            result: 0,
            reason,
        }
    }
}

/// How many rows were refused.
fn refused(refused: u64, read: u64) -> String {
    match refused == read {
        true if read == 1 => "the only row was refused".to_owned(),
        true => format!("all {} rows were refused", thousands(read)),
        false => {
            let were = if refused == 1 { "was" } else { "were" };
            let (refused, read) = (thousands(refused), thousands(read));
            format!("{refused} of {read} rows {were} refused")
        }
    }
}

/// How an insertion ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What was found out.
    pub facts: Facts,
    /// What was decided.
    pub verdict: Verdict,
    /// Whether the rows are in the table: the verdict was to keep them and the commit succeeded.
    pub committed: bool,
    /// Whether an earlier run did it and this one found its ledger line.
    #[serde(skip)]
    pub replayed: bool,
    /// The first refused rows; `facts.rows_refused` counts them all.
    pub refusals: Vec<Refusal>,
    /// The refused rows by what is wrong with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// How the frame is written, in words.
    #[serde(default)]
    pub format: String,
    /// The table as the database names it.
    #[serde(default)]
    pub table: String,
    /// How the rows went in; none in lines of ledgers that are older.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mode: String,
    /// What tells its rows from others: [`super::Insertion::content`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// What it left behind so that it can be taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trail: Option<Trail>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Facts {
        Facts {
            status: Status::Success,
            message: None,
            rows_read: 2,
            rows_inserted: 2,
            source_checksum: "a".into(),
            target_checksum: "a".into(),
            ..Facts::failure("")
        }
    }

    #[test]
    fn a_number_that_would_be_rounded_stays_a_text() {
        for (text, value) in [
            ("12", Value::Long(12)),
            ("-0.00", Value::Long(0)),
            ("9007199254740993.00", Value::Long(9_007_199_254_740_993)),
            ("0.25", Value::Double(0.25)),
            ("1e20", Value::Double(1e20)),
            ("12345678901234567.89", "12345678901234567.89".into()),
            ("99999999999999999999", "99999999999999999999".into()),
            ("2026-01-17", "2026-01-17".into()),
        ] {
            assert_eq!(number(text), value, "{text}");
        }
    }

    #[test]
    fn the_names_of_the_facts_are_those_of_the_checks() {
        let map = good().to_map();
        assert_eq!(map["insertionStatus"], Value::from("SUCCESS"));
        assert_eq!(map["insertionMessage"], Value::Null);
        for name in ["rowsRead", "rowsInserted"] {
            assert_eq!(map[name], Value::Long(2), "{name}");
        }
        let zeros = [
            "rowsUpdated",
            "rowsUnchanged",
            "rowsRefused",
            "rowsDeleted",
            "nullsInRequired",
            "duplicateKeys",
        ];
        for name in zeros {
            assert_eq!(map[name], Value::Long(0), "{name}");
        }
        for name in ["sourceChecksum", "targetChecksum"] {
            assert_eq!(map[name], Value::from("a"), "{name}");
        }
        let failed = Facts::failure("no table").to_map();
        assert_eq!(failed["insertionStatus"], Value::from("FAILURE"));
        assert_eq!(failed["insertionMessage"], Value::from("no table"));
    }

    #[test]
    fn the_built_in_verdict_keeps_only_what_arrived_whole() {
        assert!(Verdict::built_in(&good()).keep);
        for bad in [
            Facts {
                rows_read: 0,
                rows_inserted: 0,
                ..good()
            },
            Facts {
                rows_inserted: 1,
                ..good()
            },
            Facts {
                target_checksum: "b".into(),
                ..good()
            },
            Facts {
                status: Status::Failure,
                message: Some("why".into()),
                ..good()
            },
            Facts::failure("why"),
        ] {
            let verdict = Verdict::built_in(&bad);
            assert_eq!((verdict.keep, verdict.result), (false, 0), "{bad:?}");
        }
    }

    #[test]
    fn values_are_shown_on_one_line_of_readable_length() {
        assert_eq!(shown("a\nb\u{1b}[2J"), "a⏎b\u{fffd}[2J");
        assert_eq!(shown(&"ü".repeat(81)), format!("{}…", "ü".repeat(80)));
    }

    #[test]
    fn a_refusal_says_where_and_why() {
        let mut refusal = Refusal {
            file: None,
            line: Some(812),
            record: Some(811),
            column: Some("amount".into()),
            source: None,
            value: None,
            reason: "is wrong".into(),
        };
        assert_eq!(refusal.to_string(), "line 812, amount: is wrong");
        refusal.source = Some("Betrag".into());
        assert_eq!(refusal.to_string(), "line 812, amount (Betrag): is wrong");
        (refusal.line, refusal.column, refusal.source) = (None, None, None);
        assert_eq!(refusal.to_string(), "row 811: is wrong");
    }
}

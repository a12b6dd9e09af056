//! A table made from a frame: its columns as all of the frame's values need them.
//!
//! The whole frame is looked at before the table is made, so that no later row meets a column
//! that is too narrow for it.

use super::dates::DateFormat;
use super::facts::{real, shown};
use super::numbers::NumberFormat;
use super::records::ReadOptions;
use super::rows::{Item, Rows};
use super::target::{Column, Table};
use super::truths::TruthFormat;
use super::types::{ColumnType, Decimal, Field, Inference, Moment, plain};
use super::{InsertError, intake};
use crate::value::near;

/// Most columns of a table that is made.
const MOST: usize = 1_000;

/// A table that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewTable {
    /// As it was named.
    pub(super) name: String,
    pub(super) columns: Vec<NewColumn>,
    /// The positions of the columns of the primary key; none, no key.
    pub(super) key: Vec<usize>,
}

/// A column of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewColumn {
    pub(super) name: String,
    pub(super) kind: NewKind,
}

/// What all values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NewKind {
    /// Whole numbers of 64 bits.
    Integer,
    /// Decimal numbers, with the most digits before and after the point.
    Decimal {
        whole: usize,
        fraction: usize,
        /// Each has a fraction, or may have, that a float of 64 bits keeps digit by digit.
        floats: bool,
    },
    Real,
    Boolean,
    Date,
    /// With a zone, if a single value names one.
    Timestamp {
        zoned: bool,
    },
    Time,
    /// With the most characters.
    Text {
        longest: usize,
    },
    Blob,
}

impl NewTable {
    /// The columns of the key.
    pub(super) fn is_key(&self, at: usize) -> bool {
        self.key.contains(&at)
    }

    /// The statement that makes it, in the words of a target: how it quotes a name, and which
    /// type a column gets.
    pub(super) fn statement(
        &self,
        table: &str,
        quoted: impl Fn(&str) -> String,
        kind: impl Fn(usize, &NewColumn) -> String,
        tail: &str,
    ) -> String {
        let lines = self.columns.iter().enumerate().map(|(at, column)| {
            let not_null = if self.is_key(at) { " NOT NULL" } else { "" };
            format!("  {} {}{not_null}", quoted(&column.name), kind(at, column))
        });
        let key: Vec<String> = self
            .key
            .iter()
            .filter_map(|at| self.columns.get(*at))
            .map(|column| quoted(&column.name))
            .collect();
        let key = (!key.is_empty()).then(|| format!("  PRIMARY KEY ({})", key.join(", ")));
        let lines: Vec<String> = lines.chain(key).collect();
        format!("CREATE TABLE {table} (\n{}\n){tail}", lines.join(",\n"))
    }
}

/// Looks at the rows of a frame for what their table needs.
pub(super) struct Sketch {
    table: String,
    names: Vec<String>,
    columns: Vec<Seen>,
    written: Vec<Formats>,
}

/// How a column of the frame writes days and numbers, where not as usual.
#[derive(Default, Clone)]
struct Formats {
    dates: Option<DateFormat>,
    numbers: Option<NumberFormat>,
    truths: Option<TruthFormat>,
}

/// The table that a mapping is about where there is none yet: all columns of the frame, and all
/// that the mapping names.
pub(super) fn blank(table: &str, names: impl Iterator<Item = String>) -> Table {
    let mut columns: Vec<Column> = Vec::new();
    for name in names {
        if columns
            .iter()
            .all(|c| !c.name.eq_ignore_ascii_case(name.trim()))
        {
            columns.push(Column {
                name: name.trim().to_owned(),
                declared: String::new(),
                kind: ColumnType::Any { numeric: false },
                not_null: false,
                has_default: true,
                primary_key: false,
                generated: false,
            });
        }
    }
    Table {
        name: table.to_owned(),
        quoted: String::new(),
        columns,
        keys: Vec::new(),
    }
}

/// What was seen of a column.
#[derive(Default, Clone)]
struct Seen {
    inference: Inference,
    real: bool,
    blob: bool,
    /// A word such as `yes`, which is a truth only where a column says that it is.
    word: bool,
    zoned: bool,
    /// More digits of a second than databases keep.
    fine: bool,
    whole: usize,
    fraction: usize,
    /// A number with more digits than a float of 64 bits keeps.
    long: bool,
    longest: usize,
    /// Something that is a number, but not in the format of numbers.
    odd_number: bool,
    /// Something that does not follow the format of days and times.
    odd_moment: bool,
}

impl Sketch {
    /// Of a frame whose columns have names.
    pub(super) fn new(
        table: &str,
        rows: &dyn Rows,
        read: &ReadOptions,
    ) -> Result<Sketch, InsertError> {
        if rows.format().header == Some(false) && !rows.is_shaped() {
            return Err(InsertError::Columns(
                "a table is made with the names of the frame's columns; let its first line name \
                 them, or name them in a query"
                    .into(),
            ));
        }
        let names: Vec<String> = rows.columns().iter().map(|n| n.trim().to_owned()).collect();
        sound(&names)?;
        let plain: Vec<&str> = names.iter().map(String::as_str).collect();
        intake::formats_of(&plain, rows, read)?;
        let written = plain.iter().enumerate().map(|(at, name)| {
            let known = rows.known_as(at, name);
            let numbers = read.numbers.of(&known).filter(|_| !rows.is_queried());
            Formats {
                dates: read.dates.of(&known).cloned(),
                numbers: numbers.copied(),
                truths: read.truths.of(&known).cloned(),
            }
        });
        Ok(Sketch {
            written: written.collect(),
            table: table.trim().to_owned(),
            columns: vec![Seen::default(); names.len()],
            names,
        })
    }

    /// Looks at one more item.
    pub(super) fn see(&mut self, item: &Item<'_>) {
        let Item::Row(row) = item else {
            return;
        };
        for (i, (seen, written)) in self.columns.iter_mut().zip(&self.written).enumerate() {
            seen.see(row.field(i), written);
        }
    }

    /// The table that takes all that was seen, with a primary key where one is named.
    pub(super) fn table(&self, key: &[String]) -> Result<NewTable, InsertError> {
        let mut positions = Vec::new();
        for name in key {
            let bare = name.trim();
            let same = |n: &String| n.eq_ignore_ascii_case(bare);
            let at = self.names.iter().position(same).ok_or_else(|| {
                let hint = near::did_you_mean(bare, self.names.iter().map(String::as_str));
                InsertError::Key(format!("the frame has no column {:?}{hint}", shown(bare)))
            })?;
            if !positions.contains(&at) {
                positions.push(at);
            }
        }
        let columns = self.names.iter().zip(&self.columns).zip(&self.written);
        Ok(NewTable {
            name: self.table.clone(),
            columns: columns
                .map(|((name, seen), written)| NewColumn {
                    name: name.clone(),
                    kind: seen.kind(written),
                })
                .collect(),
            key: positions,
        })
    }
}

impl Seen {
    fn see(&mut self, field: Field<'_>, written: &Formats) {
        let text = match field {
            Field::Null => return,
            Field::Blob(_) => {
                self.blob = true;
                return;
            }
            Field::Text(text) => match written.usual(text) {
                Some(usual) => usual.into(),
                None => {
                    self.odd_moment = true;
                    self.odd_number = self.odd_number || Decimal::parse(text).is_some();
                    std::borrow::Cow::Borrowed(text)
                }
            },
            Field::Exact(text) | Field::Binary(text) => plain(text),
            other => other.to_string().into(),
        };
        self.real = self.real || matches!(field, Field::Real(_) | Field::Binary(_));
        self.inference.see(Field::Text(&text));
        let truths = ["true", "false"];
        self.word = self.word || !truths.iter().any(|t| text.eq_ignore_ascii_case(t));
        self.longest = self.longest.max(text.chars().count());
        if let Some(number) = Decimal::parse(&text) {
            self.whole = self.whole.max(number.whole.len());
            // A zero at the end is meant: prices have two digits.
            let written = text.split_once('.').map_or(0, |(_, digits)| digits.len());
            self.long = self.long || real(&text).is_none();
            self.fraction = self.fraction.max(number.fraction.len()).max(written);
        } else if let Some(rest) = text.get(5..) {
            let clock = text.get(10..).unwrap_or_default();
            self.zoned = self.zoned || clock.ends_with('Z') || clock.contains(['+', '-']);
            let fraction = rest.split_once('.').map_or("", |(_, after)| after);
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            self.fine = self.fine || digits > 6;
        }
    }

    fn kind(&self, written: &Formats) -> NewKind {
        let text = NewKind::Text {
            longest: self.longest,
        };
        let found = self.inference.result();
        let dates = written.dates.as_ref().filter(|_| self.odd_moment);
        let odd = |kind: &ColumnType| {
            dates.is_some_and(|dates| dates.is_about(kind))
                || kind.is_number() && self.odd_number && written.numbers.is_some()
        };
        match found {
            _ if self.blob => NewKind::Blob,
            // The insertion would refuse it there.
            Some(kind) if odd(&kind) => text,
            Some(ColumnType::Integer { .. } | ColumnType::Decimal { .. }) if self.real => {
                NewKind::Real
            }
            Some(ColumnType::Integer { .. }) => NewKind::Integer,
            Some(ColumnType::Decimal { .. }) => NewKind::Decimal {
                whole: self.whole,
                fraction: self.fraction,
                floats: self.fraction > 0 && !self.long,
            },
            Some(ColumnType::Boolean) if !self.word => NewKind::Boolean,
            Some(ColumnType::Date(_)) => NewKind::Date,
            Some(ColumnType::Timestamp(_)) if !self.fine => {
                NewKind::Timestamp { zoned: self.zoned }
            }
            Some(ColumnType::Time(_)) if !self.fine => NewKind::Time,
            _ => text,
        }
    }
}

impl Formats {
    /// A text that follows one of the formats, as usual.
    fn usual(&self, text: &str) -> Option<String> {
        let number = self.numbers.and_then(|numbers| numbers.usual(text));
        let kinds = [
            ColumnType::Timestamp(Moment::Text),
            ColumnType::Time(Moment::Text),
        ];
        let moment = || {
            let dates = self.dates.as_ref()?;
            kinds.iter().find_map(|kind| dates.usual(text, kind))
        };
        let truth = || {
            let truths = self.truths.as_ref()?;
            truths.usual(text).map(str::to_owned)
        };
        number.or_else(moment).or_else(truth)
    }
}

/// Refuses names that no table can have.
fn sound(names: &[String]) -> Result<(), InsertError> {
    let mut wrong = Vec::new();
    if names.len() > MOST {
        wrong.push(format!("the frame has more than {MOST} columns"));
    }
    for (at, name) in names.iter().enumerate() {
        if name.is_empty() {
            wrong.push(format!("column {} of the frame has no name", at + 1));
        } else if name.contains(char::is_control) {
            wrong.push(format!("{:?} is no name of a column", shown(name)));
        } else if names.iter().take(at).any(|n| n.eq_ignore_ascii_case(name)) {
            wrong.push(format!("{:?} comes twice", shown(name)));
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => {
            wrong.truncate(10);
            Err(InsertError::Columns(format!(
                "{}. A table is made with the names of the frame's columns: name them in the \
                 frame or in a query",
                wrong.join(". ")
            )))
        }
    }
}

/// The refusal of a table that is there.
pub(super) fn there(table: &str, shown: &str) -> InsertError {
    InsertError::Table {
        table: table.to_owned(),
        reason: format!(
            "there is a table {shown} already; use append, replace or upsert, or choose another \
             name"
        ),
    }
}

/// Refuses the name of a table that can not be made.
pub(super) fn nameable(table: &str, names: &[&str], most: usize) -> Result<(), InsertError> {
    let refuse = |reason: String| {
        Err(InsertError::Table {
            table: table.to_owned(),
            reason,
        })
    };
    let own = |name: &str| name.to_ascii_lowercase().starts_with("crewdesk_");
    if names
        .iter()
        .any(|n| n.trim().is_empty() || n.contains(char::is_control))
    {
        return refuse("is no name for a table; write one".into());
    }
    if names.iter().any(|name| name.len() > most) {
        return refuse(format!(
            "is too long a name; write one of at most {most} letters"
        ));
    }
    if names.iter().any(|name| own(name)) {
        return refuse("names that begin with crewdesk_ are crewdesk's own; choose another".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(values: &[&str]) -> NewKind {
        let mut seen = Seen::default();
        for value in values {
            match *value {
                "NULL" => seen.see(Field::Null, &Formats::default()),
                value => seen.see(Field::Text(value), &Formats::default()),
            }
        }
        seen.kind(&Formats::default())
    }

    #[test]
    fn a_column_is_what_all_of_its_values_are() {
        let text = |longest| NewKind::Text { longest };
        for (values, expected) in [
            (&["1", "NULL", "-20"][..], NewKind::Integer),
            (
                &["1", "2.50", "-1234.5"],
                NewKind::Decimal {
                    whole: 4,
                    fraction: 2,
                    floats: true,
                },
            ),
            (
                &["99999999999999999999"],
                NewKind::Decimal {
                    whole: 20,
                    fraction: 0,
                    floats: false,
                },
            ),
            (&["0.30000000000000004", "1e-7", "12.5"], text(19)),
            (
                &["0.30000000000000004", "12.5"],
                NewKind::Decimal {
                    whole: 2,
                    fraction: 17,
                    floats: true,
                },
            ),
            (
                &["12345678901234567.89", "0.5"],
                NewKind::Decimal {
                    whole: 17,
                    fraction: 2,
                    floats: false,
                },
            ),
            (&["007", "1"], text(3)),
            (&["true", "FALSE"], NewKind::Boolean),
            (&["yes", "no"], text(3)),
            (&["2026-11-26", "NULL"], NewKind::Date),
            (&["2026-11-26T10:00"], NewKind::Timestamp { zoned: false }),
            (
                &["2026-11-26T10:00", "2026-11-26 10:00:00+01:00"],
                NewKind::Timestamp { zoned: true },
            ),
            (&["2026-11-26T10:00:00.1234567"], text(27)),
            (&["10:00", "10:00:00.5"], NewKind::Time),
            (&["1", "x", "ümlaut"], text(6)),
            (&["NULL"], text(0)),
        ] {
            assert_eq!(kind(values), expected, "{values:?}");
        }
        let (mut real, usual) = (Seen::default(), Formats::default());
        real.see(Field::Real(0.5), &usual);
        real.see(Field::Integer(1), &usual);
        assert_eq!(real.kind(&usual), NewKind::Real);
        let (mut binary, mut whole) = (Seen::default(), Seen::default());
        binary.see(Field::Binary("1.5"), &usual);
        whole.see(Field::Binary("2"), &usual);
        assert_eq!(
            [binary, whole].map(|seen| seen.kind(&usual)),
            [NewKind::Real; 2]
        );
        real.see(Field::Text("x"), &usual);
        assert_eq!(real.kind(&usual), text(3));
        real.see(Field::Blob(b"x"), &usual);
        assert_eq!(real.kind(&usual), NewKind::Blob);
    }

    #[test]
    fn days_and_numbers_are_found_in_the_formats_that_are_named() {
        let kind = |dates: &str, numbers: &str, values: &[&str]| {
            let written = Formats {
                dates: dates.parse().ok(),
                numbers: numbers.parse().ok(),
                truths: "ja/nein".parse().ok(),
            };
            let mut seen = Seen::default();
            values
                .iter()
                .for_each(|value| seen.see(Field::Text(value), &written));
            seen.kind(&written)
        };
        let price = NewKind::Decimal {
            whole: 4,
            fraction: 2,
            floats: true,
        };
        for (dates, numbers, values, expected) in [
            ("dd.MM.yyyy", "", &["26.11.2026"][..], NewKind::Date),
            (
                "dd.MM.yyyy HH:mm",
                "",
                &["26.11.2026 10:00"],
                NewKind::Timestamp { zoned: false },
            ),
            ("", "1.234,56", &["1.234,50", "7"], price),
            ("", "", &["ja", "Nein", "true"], NewKind::Boolean),
            // What is written otherwise would be refused there.
            ("", "1.234,56", &["7", "0.5"], NewKind::Text { longest: 3 }),
            (
                "dd.MM.yyyy",
                "",
                &["2026-11-26"],
                NewKind::Text { longest: 10 },
            ),
        ] {
            assert_eq!(kind(dates, numbers, values), expected, "{values:?}");
        }
    }

    #[test]
    fn names_are_those_that_a_table_can_have() {
        let names = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
            sound(&names).map_err(|e| e.to_string())
        };
        assert_eq!(names(&["a", "b \"c\"", "ä"]), Ok(()));
        for (bad, says) in [
            (&["a", ""][..], "column 2 of the frame has no name"),
            (&["a", "A"], "comes twice"),
            (&["a\u{1}"], "is no name"),
        ] {
            let said = names(bad).unwrap_err();
            assert!(said.contains(says), "{said}");
        }
        for bad in ["", "crewdesk_ledger", "a\nb", "aaaaa"] {
            assert!(nameable(bad, &[bad], 4).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_statement_has_names_types_and_the_key() {
        let column = |name: &str| NewColumn {
            name: name.into(),
            kind: NewKind::Integer,
        };
        let table = NewTable {
            name: "t".into(),
            columns: vec![column("a"), column("b")],
            key: vec![1],
        };
        let sql = table.statement("t", |n| format!("[{n}]"), |_, _| "INT".into(), " X");
        assert_eq!(
            sql,
            "CREATE TABLE t (\n  [a] INT,\n  [b] INT NOT NULL,\n  PRIMARY KEY ([b])\n) X"
        );
    }
}

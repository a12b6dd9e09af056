//! Column types: what a declared type lets in, checked the same whatever the target does.
//!
//! | declared | takes |
//! |---|---|
//! | `INTEGER`, `INT`, `BIGINT` | whole numbers of 64 bits |
//! | `TINYINT`, `SMALLINT`, `MEDIUMINT`, `INT4` | whole numbers of 8, 16, 24, 32 bits; with `UNSIGNED` from 0 |
//! | `REAL`, `DOUBLE`, `FLOAT` | finite numbers, also with an exponent |
//! | `DECIMAL(p,s)`, `NUMERIC(p,s)` | at most p digits, s of them after the point; none given, none checked |
//! | `BOOLEAN` | true, false, t, f, yes, no, y, n, on, off, 1, 0 in any case; kept as 1 and 0 |
//! | `DATE` | `2025-11-17` |
//! | `TIME` | `10:18`, `10:18:59`, `10:18:59.123456` |
//! | `DATETIME`, `TIMESTAMP` | a date, `T` or a space, a time, and `Z` or an offset if wanted |
//! | `CHAR(n)`, `VARCHAR(n)`, … | text of at most n characters (code points) |
//! | `TEXT`, `CLOB`, `BLOB` | anything |
//!
//! A type that is none of these follows its affinity; a text that the affinity would turn
//! into another (`007` into `7`) is refused.

mod check;
mod decimal;
mod digits;
mod infer;
mod moment;
mod own;
mod text;

pub(super) use decimal::{Decimal, plain};
pub(super) use digits::{FRACTION, millionths, push as push_text};
pub(super) use infer::Inference;
pub(super) use moment::day;
pub use own::Own;
pub(super) use own::{Interval, Net, mac, mac_text};

use chrono::{NaiveDateTime, NaiveTime};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use text::{date, real, timestamp};

/// What a column takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnType {
    /// Whole numbers from `min` to `max`.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// Numbers in binary digits.
    Real {
        /// Of 32 bits, not of 64.
        single: bool,
        /// What is no number, and infinity, are values, too.
        endless: bool,
    },
    /// Decimal numbers.
    Decimal {
        /// Digits in all.
        precision: Option<u32>,
        /// Digits after the point.
        scale: Option<u32>,
        /// The target keeps them as 64-bit floats, so that not all have their digits kept.
        binary: bool,
    },
    /// True and false.
    Boolean,
    /// A day.
    Date(Moment),
    /// A time of day.
    Time(Moment),
    /// A day and a time of day.
    Timestamp(Moment),
    /// Text.
    Text {
        /// The greatest number of characters.
        max: Option<u64>,
        /// Spaces at its end say nothing.
        padded: bool,
    },
    /// A number of 128 bits in hexadecimal digits.
    Uuid,
    /// A type that only a server has.
    Own(Own),
    /// So many bits, as the number that they are kept as.
    Flags(usize),
    /// A document in JSON.
    Json {
        /// The target keeps what it means, not how it is written.
        rewritten: bool,
    },
    /// Bytes.
    Blob {
        /// A text that begins with `\x` has them in hexadecimal; else they are those of the text.
        hex: bool,
    },
    /// What crewdesk can not insert.
    Unknown,
    /// Anything; with `numeric`, text that looks like a number becomes one.
    Any {
        /// Whether the target turns texts into numbers.
        numeric: bool,
    },
}

/// How a target keeps days and times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// As the text that was read.
    Text,
    /// As a point in time.
    Point {
        /// Everywhere the same instant; what names no zone is taken as UTC.
        zoned: bool,
        /// Digits of a second that are kept.
        digits: u8,
        /// The first and the last year.
        years: (i32, i32),
    },
}

/// A value on its way in, before it is checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Field<'a> {
    Null,
    Text(&'a str),
    /// A number with its digits, a day or a time, of a format that tells them from texts: it is
    /// in the usual form, whatever is said about texts.
    Exact(&'a str),
    /// The same of a number that is a binary fraction in its format.
    Binary(&'a str),
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Blob(&'a [u8]),
}

/// A value that fits its column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    Null,
    Integer(i64),
    Real(f64),
    /// A plain decimal number as text, where the target keeps each digit.
    Decimal(Cow<'a, str>),
    Text(Cow<'a, str>),
    Blob(Cow<'a, [u8]>),
    /// Days since 1970.
    Date(i32),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since 1970, of UTC where the column has a zone.
    Timestamp(i64),
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Field::Null => f.write_str("NULL"),
            Field::Text(text) | Field::Exact(text) | Field::Binary(text) => f.write_str(text),
            Field::Boolean(b) => write!(f, "{b}"),
            Field::Integer(n) => write!(f, "{n}"),
            Field::Real(x) => write!(f, "{x:?}"),
            Field::Blob(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

impl Cell<'_> {
    /// The order of values of one column; numbers come before texts.
    pub(super) fn order(&self, other: &Cell<'_>) -> Ordering {
        match (self, other) {
            (Cell::Integer(a), Cell::Integer(b)) => a.cmp(b),
            (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
            (Cell::Date(a), Cell::Date(b)) => a.cmp(b),
            (Cell::Time(a), Cell::Time(b)) | (Cell::Timestamp(a), Cell::Timestamp(b)) => a.cmp(b),
            (Cell::Decimal(a), Cell::Decimal(b)) => {
                Decimal::parse_or_zero(a).cmp(&Decimal::parse_or_zero(b))
            }
            (a, b) => match (a.number(), b.number()) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            },
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Cell::Integer(n) => Some(*n as f64),
            Cell::Real(x) => Some(*x),
            Cell::Decimal(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The same value, borrowing nothing.
    pub(super) fn to_static(&self) -> Cell<'static> {
        match self {
            Cell::Null => Cell::Null,
            Cell::Integer(n) => Cell::Integer(*n),
            Cell::Real(x) => Cell::Real(*x),
            Cell::Decimal(text) => Cell::Decimal(Cow::Owned(text.clone().into_owned())),
            Cell::Text(text) => Cell::Text(Cow::Owned(text.clone().into_owned())),
            Cell::Blob(bytes) => Cell::Blob(Cow::Owned(bytes.clone().into_owned())),
            Cell::Date(days) => Cell::Date(*days),
            Cell::Time(micros) => Cell::Time(*micros),
            Cell::Timestamp(micros) => Cell::Timestamp(*micros),
        }
    }
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Null => f.write_str("NULL"),
            Cell::Integer(n) => write!(f, "{n}"),
            Cell::Real(x) => write!(f, "{x}"),
            Cell::Decimal(text) | Cell::Text(text) => f.write_str(text),
            Cell::Blob(bytes) => write!(f, "{} bytes", bytes.len()),
            Cell::Date(days) => moment::write_date(f, *days),
            Cell::Time(micros) => moment::write_time(f, *micros),
            Cell::Timestamp(micros) => moment::write_timestamp(f, *micros),
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnType::Integer { .. } => f.write_str("INTEGER"),
            ColumnType::Real { .. } => f.write_str("REAL"),
            ColumnType::Decimal {
                precision, scale, ..
            } => match (precision, scale) {
                (Some(p), Some(s)) => write!(f, "DECIMAL({p},{s})"),
                (Some(p), None) => write!(f, "DECIMAL({p})"),
                _ => f.write_str("DECIMAL"),
            },
            ColumnType::Boolean => f.write_str("BOOLEAN"),
            ColumnType::Date(_) => f.write_str("DATE"),
            ColumnType::Time(_) => f.write_str("TIME"),
            ColumnType::Timestamp(_) => f.write_str("TIMESTAMP"),
            ColumnType::Text { max: Some(n), .. } => write!(f, "VARCHAR({n})"),
            ColumnType::Uuid => f.write_str("UUID"),
            ColumnType::Own(Own::Interval) => f.write_str("INTERVAL"),
            ColumnType::Own(Own::Bits { .. }) | ColumnType::Flags(_) => f.write_str("BIT"),
            ColumnType::Own(Own::Set(_)) => f.write_str("SET"),
            ColumnType::Own(Own::Mac(_)) => f.write_str("MACADDR"),
            ColumnType::Own(_) => f.write_str("INET"),
            ColumnType::Json { .. } => f.write_str("JSON"),
            ColumnType::Unknown => f.write_str("UNKNOWN"),
            ColumnType::Text { max: None, .. } => f.write_str("TEXT"),
            ColumnType::Blob { .. } => f.write_str("BLOB"),
            ColumnType::Any { .. } => f.write_str("ANY"),
        }
    }
}

const BITS_64: ColumnType = ColumnType::Integer {
    min: i64::MIN,
    max: i64::MAX,
};

impl ColumnType {
    /// The type that SQLite's schema declares, by SQLite's rules of affinity and by what the
    /// name says beyond them.
    pub(super) fn sqlite(declared: &str) -> ColumnType {
        let upper = declared.to_ascii_uppercase();
        let (name, arguments) = match upper.split_once('(') {
            Some((name, rest)) => {
                let (inside, tail) = rest.split_once(')').unwrap_or((rest, ""));
                (format!("{} {}", name.trim(), tail.trim()), inside)
            }
            None => (upper.clone(), ""),
        };
        let mut numbers = arguments.split(',').map(|n| n.trim().parse::<u32>().ok());
        let (first, second) = (numbers.next().flatten(), numbers.next().flatten());
        let words: Vec<&str> = name.split_whitespace().collect();
        let has = |word: &str| words.contains(&word);
        let bits = |bits: u32, unsigned: bool| match unsigned {
            true => ColumnType::Integer {
                min: 0,
                max: (1 << bits) - 1,
            },
            false => ColumnType::Integer {
                min: -(1 << (bits - 1)),
                max: (1 << (bits - 1)) - 1,
            },
        };
        let unsigned = has("UNSIGNED");
        match words.first().copied().unwrap_or_default() {
            "TINYINT" | "INT1" => return bits(8, unsigned),
            "SMALLINT" | "INT2" => return bits(16, unsigned),
            "MEDIUMINT" | "INT3" => return bits(24, unsigned),
            "INT4" => return bits(32, unsigned),
            "BOOLEAN" | "BOOL" => return ColumnType::Boolean,
            "DATE" => return ColumnType::Date(Moment::Text),
            "TIME" => return ColumnType::Time(Moment::Text),
            "DATETIME" | "TIMESTAMP" | "TIMESTAMPTZ" => return ColumnType::Timestamp(Moment::Text),
            // For SQLite an INTEGER, because of its last letters, but meant as a number.
            "FLOATING" => {
                return ColumnType::Decimal {
                    precision: None,
                    scale: None,
                    binary: true,
                };
            }
            "DECIMAL" | "NUMERIC" | "DEC" => {
                let scale = second.or(first.map(|_| 0));
                return ColumnType::Decimal {
                    precision: first,
                    scale,
                    binary: true,
                };
            }
            _ => {}
        }
        if name.contains("INT") {
            match unsigned {
                true => ColumnType::Integer {
                    min: 0,
                    max: i64::MAX,
                },
                false => BITS_64,
            }
        } else if ["CHAR", "CLOB", "TEXT"]
            .iter()
            .any(|word| name.contains(word))
        {
            let max = first.filter(|_| name.contains("CHAR")).map(u64::from);
            ColumnType::Text { max, padded: false }
        } else if name.contains("BLOB") {
            ColumnType::Blob { hex: false }
        } else if name.trim().is_empty() || name.trim() == "ANY" {
            ColumnType::Any {
                numeric: name.trim() == "ANY",
            }
        } else if ["REAL", "FLOA", "DOUB"]
            .iter()
            .any(|word| name.contains(word))
        {
            ColumnType::Real {
                single: false,
                endless: false,
            }
        } else {
            ColumnType::Any { numeric: true }
        }
    }

    /// Whether the target keeps each digit of a number.
    pub(super) fn keeps_digits(&self) -> bool {
        matches!(self, ColumnType::Decimal { binary: false, .. })
    }

    /// Whether a whole number is the same whether it is kept as an integer or as a float.
    pub(super) fn compares_by_value(&self) -> bool {
        matches!(self, ColumnType::Decimal { .. } | ColumnType::Any { .. })
    }

    /// Whether its values are days or times.
    pub(super) fn has_moment(&self) -> bool {
        matches!(
            self,
            ColumnType::Date(_) | ColumnType::Time(_) | ColumnType::Timestamp(_)
        )
    }

    /// Whether its values are numbers, or texts that look like some become numbers.
    pub(super) fn is_number(&self) -> bool {
        matches!(
            self,
            ColumnType::Integer { .. }
                | ColumnType::Real { .. }
                | ColumnType::Decimal { .. }
                | ColumnType::Any { numeric: true }
        )
    }

    /// Whether it takes texts as they are.
    pub(super) fn is_text(&self) -> bool {
        matches!(self, ColumnType::Text { .. } | ColumnType::Any { .. })
    }

    /// Whether its numbers may have a fraction.
    pub(super) fn is_fraction(&self) -> bool {
        self.is_number() && !matches!(self, ColumnType::Integer { .. })
    }

    /// A value that a server wrote as text.
    pub(super) fn found<'a>(&self, bytes: &'a [u8]) -> Cell<'a> {
        let text = String::from_utf8_lossy(bytes);
        match self {
            ColumnType::Blob { .. } | ColumnType::Flags(_) => Cell::Blob(Cow::Borrowed(bytes)),
            ColumnType::Decimal { .. } => Cell::Decimal(text),
            ColumnType::Boolean => text.parse().map_or(Cell::Text(text), Cell::Integer),
            ColumnType::Text { .. } | ColumnType::Json { .. } => Cell::Text(text),
            // What the server keeps may be more than what it takes: then it stays text.
            _ => match self.check(&Field::Text(&text), "") {
                Ok(cell) => cell.to_static(),
                Err(_) => Cell::Text(text.clone()),
            },
        }
    }
}

/// Whether a text is a day, or a day and a time, in the usual form.
pub(super) fn is_moment(text: &str) -> bool {
    moment_of(text).is_some()
}

/// A day and a time, and the seconds east of Greenwich where the text says so; a day is its first
/// moment.
pub(super) fn moment_of(text: &str) -> Option<(NaiveDateTime, Option<i32>)> {
    let first = || Some((date(text)?.and_time(NaiveTime::MIN), None));
    timestamp(text).or_else(first)
}

/// Whether a text is a number in the usual form.
pub(super) fn is_number(text: &str) -> bool {
    real(text).is_some()
}

#[cfg(test)]
mod tests;

//! How a frame is written: what was found out, and what somebody says instead.

use super::{Encoding, Packing};
use crate::insert::by_column::ByColumn;
use crate::insert::dates::DateFormat;
use crate::insert::in_zone::InZone;
use crate::insert::numbers::NumberFormat;
use crate::insert::truths::TruthFormat;
use std::fmt;

/// How to read a frame; what is not said is found out or has the usual value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// What stands between two fields of a text table; `None` finds it.
    pub delimiter: Option<u8>,
    /// Unquoted texts that mean NULL, beside the empty one.
    pub null_texts: Vec<String>,
    /// How days are written; nothing is `2026-12-31`.
    pub dates: ByColumn<DateFormat>,
    /// How numbers are written; nothing is `1234.56`.
    pub numbers: ByColumn<NumberFormat>,
    /// How truths are written; nothing is `true` and `false` and the usual words.
    pub truths: ByColumn<TruthFormat>,
    /// Where the clocks show times that name no zone, and those of columns that keep none; nothing is
    /// UTC, and no zone in such a column.
    pub zone: Option<InZone>,
    /// Which blanks around values are taken away.
    pub trim: Trim,
    /// How characters are written; `None` finds it.
    pub encoding: Option<Encoding>,
    /// What stands around a field of a text table that contains anything; 0 is nothing, `None`
    /// finds it.
    pub quote: Option<u8>,
    /// Whether the first record of a text table names the columns; `None` is yes. Without names
    /// columns go by their place.
    pub header: Option<bool>,
    /// The sheet of a workbook; `None` is the first.
    pub sheet: Option<String>,
    /// Whether a backslash in a text table stands before a sign that means something else, as in text
    /// exports of databases: `\t`, `\n`, `\\`, and `\N` for NULL.
    pub escapes: bool,
    /// Lines of a text table, or rows of a workbook, that stand above all this.
    pub skip_lines: u64,
}

/// Which blanks around values are taken away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trim {
    /// None.
    #[default]
    No,
    /// Those that do not stand in the quotes of a text table.
    Unquoted,
    /// All.
    All,
}

impl Trim {
    /// A value of a format whose texts are not told apart by quotes.
    pub(in crate::insert) fn of(self, text: &str) -> &str {
        match self {
            Trim::No => text,
            Trim::Unquoted | Trim::All => text.trim(),
        }
    }
}

/// The formats of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// CSV and its cousins.
    Csv,
    /// A JSON object on each line.
    JsonLines,
    /// An array of JSON objects.
    Json,
    /// A sheet of an Excel workbook.
    Excel,
    /// Parquet.
    Parquet,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Csv => "CSV",
            Kind::JsonLines => "JSON lines",
            Kind::Json => "JSON",
            Kind::Excel => "Excel",
            Kind::Parquet => "Parquet",
        })
    }
}

/// How a frame is written. What its format knows nothing of is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// The format.
    pub kind: Kind,
    /// How it is compressed.
    pub packing: Option<Packing>,
    /// How characters are written.
    pub encoding: Option<Encoding>,
    /// Why, where that is a guess: a line, and the word of it that is not UTF-8, as it is read.
    pub guess: Option<(u64, String)>,
    /// What stands between two fields.
    pub delimiter: Option<u8>,
    /// What stands around a field that contains anything; 0 is nothing.
    pub quote: Option<u8>,
    /// Whether the first record names the columns.
    pub header: Option<bool>,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// All of its sheets.
    pub sheets: Vec<String>,
    /// How many files the frame is made of.
    pub files: usize,
    /// Whether backslashes are read.
    pub escapes: bool,
    /// Lines that were passed over because somebody said so.
    pub skipped: u64,
    /// Lines that seem to stand above a text table.
    pub preamble: u64,
}

impl Format {
    /// A format of which no more is known.
    pub(in crate::insert) fn of(kind: Kind) -> Format {
        Format {
            kind,
            packing: None,
            encoding: None,
            guess: None,
            delimiter: None,
            quote: None,
            header: None,
            sheet: None,
            sheets: Vec::new(),
            files: 1,
            escapes: false,
            skipped: 0,
            preamble: 0,
        }
    }
}

/// The format, and what is unusual about it: `CSV, separator ;, windows-1252, gzip`.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(delimiter) = self.delimiter.filter(|d| *d != b',') {
            write!(f, ", separator {}", separator(delimiter))?;
        }
        if let Some(quote) = self.quote.filter(|q| *q != b'"') {
            write!(f, ", quote {}", separator(quote))?;
        }
        if let Some(sheet) = &self.sheet {
            write!(f, ", sheet {}", crate::insert::facts::shown(sheet))?;
        }
        if self.escapes {
            f.write_str(", escape \\")?;
        }
        if self.skipped > 0 {
            let lines = crate::value::words::count(self.skipped, "line", "lines");
            write!(f, ", {lines} skipped")?;
        }
        if self.header == Some(false) {
            f.write_str(", no header")?;
        }
        if let Some(encoding) = self.encoding.filter(|e| !e.is_utf8()) {
            write!(f, ", {encoding}")?;
            if let Some((line, word)) = &self.guess {
                let word = crate::insert::facts::shown(word);
                write!(f, " as line {line} is no UTF-8, {word:?}")?;
            }
        }
        if let Some(packing) = self.packing {
            write!(f, ", {packing}")?;
        }
        if self.files > 1 {
            write!(f, ", {} files", self.files)?;
        }
        Ok(())
    }
}

/// A separator or a quote as people write it.
pub fn separator(byte: u8) -> String {
    match byte {
        b'\t' => "tab".to_owned(),
        b' ' => "space".to_owned(),
        0 => "none".to_owned(),
        byte if byte.is_ascii_control() => format!("\\x{byte:02x}"),
        byte => char::from(byte).to_string(),
    }
}

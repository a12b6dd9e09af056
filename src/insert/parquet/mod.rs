//! A streaming reader of Parquet, row by row, without Arrow.
//!
//! Values are written as text in the usual form and checked like those of any other format. The
//! library may trust what it reads more than this one does: should it give up, that is an error.

mod chunks;
mod page;

use super::InsertError;
use super::facts::{Refusal, shown};
use super::frame::{Content, Frame};
use super::records::{self, Cells, Format, Kind, ReadOptions, Records, Step, Trim};
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveTime};
use chunks::Chunks;
use page::Page;
use parquet::basic::{Compression, LogicalType, TimeUnit};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use std::fmt::Write;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

/// Columns that a file may have.
const MAX_COLUMNS: usize = 4096;
/// Bytes that a page may have once it is unpacked.
const MAX_PAGE: i64 = 256 << 20;
/// Bytes that the values of one column of a row group may have.
const MAX_CHUNK: i64 = 2 << 30;

/// What a column holds, beyond what its values say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Column {
    /// Points in time, which are everywhere the same.
    zoned: bool,
    /// Billionths of a second since 1970, or since midnight.
    nanos: bool,
    time: bool,
    uuid: bool,
}

impl Column {
    fn of(schema: &Type) -> Column {
        let mut column = Column::default();
        match schema.get_basic_info().logical_type_ref() {
            Some(LogicalType::Timestamp(t)) => {
                column.zoned = t.is_adjusted_to_u_t_c;
                column.nanos = matches!(t.unit, TimeUnit::NANOS);
            }
            Some(LogicalType::Time(t)) => {
                column.time = true;
                column.nanos = matches!(t.unit, TimeUnit::NANOS);
            }
            Some(LogicalType::Uuid) => column.uuid = true,
            _ => {}
        }
        column
    }
}

/// A streaming reader, at a row.
pub(super) struct ParquetReader {
    name: String,
    format: Format,
    null_texts: Vec<String>,
    trim: Trim,
    header: Vec<String>,
    columns: Vec<Column>,
    rows: RowIter<'static>,
    ahead: Option<Row>,
    bytes: u64,
    /// Rows that the file says it has.
    total: u64,
    record: u64,
    cells: Cells,
    text: String,
}

/// The file, opened anew for each piece that is read.
#[derive(Clone)]
struct Pieces {
    frame: Frame,
    /// Where pages are, once that is known.
    chunks: Arc<OnceLock<Chunks>>,
}

/// The longest header of a page that is packed by gzip, with the values that it tells of.
const MAX_HEADER: usize = 1 << 16;

impl Pieces {
    fn at(&self, start: u64) -> io::Result<Content> {
        let mut content = self.frame.read().map_err(io::Error::other)?;
        content.seek(SeekFrom::Start(start))?;
        Ok(content)
    }

    /// What stands there: once it is known where pages are, one that is not larger than it may be,
    /// alone or with those that are held beside it, or than it says. The library makes room for
    /// what a page says before it looks whether it is there.
    fn checked(&self, start: u64) -> io::Result<BufReader<Content>> {
        let mut content = BufReader::with_capacity(MAX_HEADER, self.at(start)?);
        let Some(chunks) = self.chunks.get() else {
            return Ok(content);
        };
        let refuse = |reason: String| Err(io::Error::other(reason));
        let Some(page) = Page::read(content.fill_buf()?) else {
            return refuse("a page whose header is not as usual".into());
        };
        if page.unpacked > MAX_PAGE {
            let most = MAX_PAGE >> 20;
            return refuse(format!("a page of more than {most} MiB"));
        }
        if let Err(reason) = chunks.hold(start, &page) {
            return refuse(reason);
        }
        if !chunks.gzip {
            return Ok(content);
        }
        let Some(body) = page.body else {
            return refuse("a page with too long a header".into());
        };
        let packed = BufReader::new(self.at(start + body.at as u64)?);
        match body.keeps_its_word(page.unpacked, packed) {
            true => Ok(content),
            false => refuse("a page that is larger than it says".into()),
        }
    }
}

/// What stands at a place of the file. It is looked at when it is read: the library asks for the
/// rest of a page whose header it knows, too, and does not read it here.
enum Piece {
    Unread(Pieces, u64),
    Checked(BufReader<Content>),
}

impl Read for Piece {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            match self {
                Piece::Checked(content) => return content.read(to),
                Piece::Unread(pieces, start) => *self = Piece::Checked(pieces.checked(*start)?),
            }
        }
    }
}

impl Length for Pieces {
    fn len(&self) -> u64 {
        self.frame.bytes
    }
}

impl ChunkReader for Pieces {
    type T = Piece;

    fn get_read(&self, start: u64) -> ParquetResult<Piece> {
        Ok(Piece::Unread(self.clone(), start))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let mut bytes = Vec::new();
        let read = self.at(start)?.take(length as u64).read_to_end(&mut bytes);
        match read? == length {
            true => Ok(bytes.into()),
            false => Err(ParquetError::General("it ends too early".into())),
        }
    }
}

/// What the library answers, also where it gives up.
fn guarded<T>(ask: impl FnOnce() -> ParquetResult<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(Err(ParquetError::External(e))) => Err(shown(&e.to_string())),
        Ok(answer) => answer.map_err(|e| shown(&e.to_string())),
        Err(_) => Err("it can not be understood".to_owned()),
    }
}

/// Whether pages that are packed so are read: only where the library stops at the size that a page
/// says it has, or this does.
fn is_read(compression: Compression) -> bool {
    matches!(
        compression,
        Compression::UNCOMPRESSED
            | Compression::SNAPPY
            | Compression::GZIP(_)
            | Compression::ZSTD(_)
    )
}

impl ParquetReader {
    pub(super) fn open(frame: &Frame, options: &ReadOptions) -> Result<ParquetReader, InsertError> {
        let failed = |reason: String| InsertError::Source {
            name: frame.name.clone(),
            reason,
        };
        let known = Arc::new(OnceLock::new());
        let pieces = Pieces {
            frame: frame.clone(),
            chunks: known.clone(),
        };
        let file = guarded(|| SerializedFileReader::new(pieces))
            .map_err(|e| failed(format!("the Parquet file is damaged ({e}); make it anew")))?;
        let meta = file.metadata();
        let chunks = || meta.row_groups().iter().flat_map(|group| group.columns());
        if let Some(other) = chunks().map(|c| c.compression()).find(|c| !is_read(*c)) {
            let name = format!("{other:?}");
            let name = name.split('(').next().unwrap_or_default();
            return Err(failed(format!(
                "is packed with {name}, which is not read; write it with Snappy, gzip or zstd"
            )));
        }
        let found = guarded(|| Ok(Chunks::of(meta)));
        let found = found
            .and_then(|found| found)
            .map_err(|e| failed(format!("the Parquet file is damaged ({e}); make it anew")))?;
        let _ = known.set(found);
        if chunks().map(|chunk| chunk.uncompressed_size()).max() > Some(MAX_CHUNK) {
            return Err(failed(format!(
                "has a row group with a column of more than {} GiB; write smaller row groups",
                MAX_CHUNK >> 30
            )));
        }
        let total = u64::try_from(meta.file_metadata().num_rows()).unwrap_or_default();
        let fields = meta.file_metadata().schema().get_fields();
        if fields.is_empty() || fields.len() > MAX_COLUMNS {
            return Err(failed(format!(
                "has {} columns; 1 to {MAX_COLUMNS} fit",
                fields.len()
            )));
        }
        let header: Vec<String> = fields.iter().map(|f| f.name().to_owned()).collect();
        if let Some(reason) = records::header_fault(&header, &Format::of(Kind::Parquet)) {
            return Err(failed(reason));
        }
        Ok(ParquetReader {
            name: frame.name.clone(),
            format: Format::of(Kind::Parquet),
            null_texts: options.null_texts.clone(),
            trim: options.trim,
            header,
            columns: fields.iter().map(|f| Column::of(f)).collect(),
            rows: RowIter::from_file_into(Box::new(file)),
            ahead: None,
            bytes: frame.bytes,
            total,
            record: 0,
            cells: Cells::default(),
            text: String::new(),
        })
    }

    fn next_row(&mut self) -> Result<Option<Row>, InsertError> {
        if let Some(row) = self.ahead.take() {
            return Ok(Some(row));
        }
        let rows = &mut self.rows;
        let (name, record) = (&self.name, self.record);
        guarded(|| rows.next().transpose()).map_err(|e| InsertError::Source {
            name: name.clone(),
            reason: format!(
                "the Parquet file is damaged behind record {record} ({e}); make it anew"
            ),
        })
    }

    /// Puts the values of a row into the cells of their columns; why it can not be used.
    fn take_row(&mut self, row: &Row) -> Result<(), (String, String)> {
        self.cells.reset(self.header.len());
        for (at, (name, field)) in row.get_column_iter().enumerate() {
            let column = self.columns.get(at).copied().unwrap_or_default();
            self.text.clear();
            write(&mut self.text, field, column).map_err(|reason| (name.clone(), reason))?;
            let text = match field {
                Field::Str(_) => self.trim.of(&self.text),
                _ => &self.text,
            };
            if self.null_texts.iter().any(|null| null == text) {
                continue;
            }
            match field {
                Field::Null => {}
                Field::Bool(value) => self.cells.boolean(at, *value),
                Field::Bytes(bytes) if !column.uuid => self.cells.blob(at, bytes.data()),
                Field::Str(_)
                | Field::Bytes(_)
                | Field::Group(_)
                | Field::ListInternal(_)
                | Field::MapInternal(_) => self.cells.text(at, text),
                Field::Float16(_) | Field::Float(_) | Field::Double(_) => {
                    self.cells.binary(at, &self.text);
                }
                _ => self.cells.exact(at, &self.text),
            }
        }
        Ok(())
    }
}

/// Writes a value as its usual text; nothing for what is no text.
fn write(out: &mut String, field: &Field, column: Column) -> Result<(), String> {
    let said = |written: std::fmt::Result| written.map_err(|e| e.to_string());
    let beyond = || "a day or a time that no calendar has".to_owned();
    let at = match field {
        Field::Null | Field::Bool(_) => return Ok(()),
        Field::Byte(n) => return said(write!(out, "{n}")),
        Field::Short(n) => return said(write!(out, "{n}")),
        Field::Int(n) => return said(write!(out, "{n}")),
        Field::UByte(n) => return said(write!(out, "{n}")),
        Field::UShort(n) => return said(write!(out, "{n}")),
        Field::UInt(n) => return said(write!(out, "{n}")),
        Field::ULong(n) => return said(write!(out, "{n}")),
        Field::Float16(x) => return said(write!(out, "{x}")),
        Field::Float(x) => return said(write!(out, "{x}")),
        Field::Double(x) => return said(write!(out, "{x}")),
        Field::Decimal(number) => return decimal(out, number.data(), number.scale()),
        Field::Str(text) => return said(out.write_str(text)),
        Field::Bytes(bytes) if column.uuid => {
            let id = uuid::Uuid::from_slice(bytes.data()).map_err(|e| e.to_string())?;
            return said(write!(out, "{id}"));
        }
        Field::Bytes(_) => return Ok(()),
        Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => {
            return said(write!(out, "{}", field.to_json_value()));
        }
        Field::Date(days) => {
            let day = NaiveDate::from_epoch_days(*days).ok_or_else(beyond)?;
            return said(write!(out, "{}", day.format("%Y-%m-%d")));
        }
        Field::TimeMillis(n) => return clock(out, i64::from(*n).checked_mul(1_000_000)),
        Field::TimeMicros(n) => return clock(out, n.checked_mul(1000)),
        Field::Long(n) if column.time && column.nanos => return clock(out, Some(*n)),
        Field::Long(n) if column.nanos => Some(DateTime::from_timestamp_nanos(*n)),
        Field::Long(n) => return said(write!(out, "{n}")),
        Field::TimestampMillis(n) => DateTime::from_timestamp_millis(*n),
        Field::TimestampMicros(n) => DateTime::from_timestamp_micros(*n),
    };
    let at = at.ok_or_else(beyond)?;
    let zone = if column.zoned { "Z" } else { "" };
    said(write!(out, "{}{zone}", at.format("%Y-%m-%d %H:%M:%S%.f")))
}

fn clock(out: &mut String, nanos: Option<i64>) -> Result<(), String> {
    let time = nanos.and_then(|nanos| {
        let seconds = u32::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
        let rest = u32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
        NaiveTime::from_num_seconds_from_midnight_opt(seconds, rest)
    });
    let time = time.ok_or_else(|| "a time that no day has".to_owned())?;
    write!(out, "{}", time.format("%H:%M:%S%.f")).map_err(|e| e.to_string())
}

/// A decimal number from its digits: a whole number, the most significant byte first.
fn decimal(out: &mut String, bytes: &[u8], scale: i32) -> Result<(), String> {
    let negative = bytes.first().is_some_and(|b| *b >= 0x80);
    let scale = usize::try_from(scale).ok().filter(|s| *s <= 100);
    let (Some(scale), true) = (scale, bytes.len() <= 16) else {
        return Err("a decimal number of more than 38 digits".to_owned());
    };
    let start: i128 = if negative { -1 } else { 0 };
    let number = bytes.iter().fold(start, |n, b| n << 8 | i128::from(*b));
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if negative { "-" } else { "" };
    let point = if scale > 0 { "." } else { "" };
    write!(out, "{sign}{whole}{point}{fraction}").map_err(|e| e.to_string())
}

impl Records for ParquetReader {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn format(&self) -> &Format {
        &self.format
    }

    /// By the rows that were read of those there are.
    fn bytes(&self) -> u64 {
        let share = self.record as f64 / self.total.max(1) as f64;
        (self.bytes as f64 * share.min(1.0)) as u64
    }

    fn line(&self) -> Option<u64> {
        None
    }

    fn record(&self) -> u64 {
        self.record
    }

    fn advance(&mut self) -> Result<Step, InsertError> {
        let Some(row) = self.next_row()? else {
            return Ok(Step::End);
        };
        self.record += 1;
        Ok(match self.take_row(&row) {
            Ok(()) => Step::Record,
            Err((column, reason)) => Step::Refused(Refusal {
                file: None,
                source: None,
                line: None,
                record: Some(self.record),
                column: Some(column),
                value: None,
                reason,
            }),
        })
    }

    fn fields(&self) -> records::Fields<'_> {
        records::Fields::Cells(&self.cells)
    }

    fn is_done(&mut self) -> Result<bool, InsertError> {
        self.ahead = self.next_row()?;
        Ok(self.ahead.is_none())
    }
}

#[cfg(test)]
mod tests;

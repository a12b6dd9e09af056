//! A streaming reader of Excel workbooks: one sheet, row by row (ECMA-376, part 1, 18.3).
//!
//! Shared texts are held, the sheet is not. Numbers whose format shows a day or a time are days
//! and times, others are the shortest digits that mean them; a cell that shows nothing is NULL.

mod book;
mod moment;
mod zip;

use super::InsertError;
use super::facts::{Refusal, shown};
use super::frame::Frame;
use super::records::{self, BOUNDS, Cells, Format, Kind, ReadOptions, Records, Step, Trim, broken};
use book::{Book, Texts, attribute, next, resolve};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::io;
use zip::{Archive, Content};

/// Columns that a sheet may have.
const MAX_COLUMNS: usize = 16_384;

/// Rows that are looked at for those above the table, and rows that may stand there.
const SAMPLE: usize = 200;
const ABOVE: usize = 30;

/// A streaming reader, at a row.
pub(super) struct SheetReader {
    name: String,
    format: Format,
    null_texts: Vec<String>,
    trim: Trim,
    /// Bytes of the frame that are not of the sheet.
    others: u64,
    bytes: u64,
    book: Book,
    xml: Reader<Content>,
    buffer: Vec<u8>,
    header: Vec<String>,
    /// The column in which the header begins.
    first: usize,
    row: Row,
    /// The row is one that nobody asked for yet.
    ahead: bool,
    /// There is no further row.
    ended: bool,
    line: u64,
    record: u64,
    cells: Cells,
}

/// The cells of a row that have a value.
#[derive(Default)]
struct Row {
    number: u64,
    cells: Vec<Cell>,
    text: String,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    column: usize,
    value: Value,
    from: usize,
    to: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Text,
    Exact,
    Boolean,
    Error,
    /// A formula of which it is not kept what it came to.
    Formula,
}

impl Row {
    fn text(&self, cell: &Cell) -> &str {
        self.text.get(cell.from..cell.to).unwrap_or_default()
    }
}

impl SheetReader {
    /// Opens the sheet that is named, or the first, and reads its header.
    pub(super) fn open(frame: &Frame, options: &ReadOptions) -> Result<SheetReader, InsertError> {
        let failed = |reason: String| InsertError::Source {
            name: frame.name.clone(),
            reason,
        };
        let unreadable = |e: io::Error| failed(broken(&e));
        let open = || frame.read().map_err(io::Error::other);
        let mut file = frame.read()?;
        let archive = Archive::open(&mut file).map_err(unreadable)?;
        if !archive.has("xl/workbook.xml") {
            let reason = "is a zip archive and no Excel workbook; unpack it, and name a file of it";
            return Err(failed(reason.to_owned()));
        }
        let book = Book::read(&archive, &open).map_err(unreadable)?;
        let wanted = options.sheet.as_deref();
        let is = |name: &str| wanted.is_none_or(|wanted| name.eq_ignore_ascii_case(wanted.trim()));
        let Some((sheet, part)) = book.sheets.iter().find(|(name, _)| is(name)) else {
            let names: Vec<&str> = book
                .sheets
                .iter()
                .take(10)
                .map(|(n, _)| n.as_str())
                .collect();
            let wanted = wanted.map_or("sheet".to_owned(), |w| format!("sheet {:?}", shown(w)));
            return Err(failed(format!(
                "has no {wanted}; it has {}",
                shown(&names.join(", "))
            )));
        };
        let part = part.clone();
        let (content, packed) = archive.part(file, &part, BOUNDS).map_err(unreadable)?;
        let mut reader = SheetReader {
            name: frame.name.clone(),
            format: Format {
                sheet: Some(sheet.clone()),
                sheets: book.sheets.iter().map(|(name, _)| name.clone()).collect(),
                header: Some(options.header != Some(false)),
                skipped: options.skip_lines,
                ..Format::of(Kind::Excel)
            },
            null_texts: options.null_texts.clone(),
            trim: options.trim,
            others: frame.bytes.saturating_sub(packed),
            bytes: frame.bytes,
            book,
            xml: Reader::from_reader(content),
            buffer: Vec::new(),
            header: Vec::new(),
            first: 0,
            row: Row::default(),
            ahead: false,
            ended: false,
            line: 0,
            record: 0,
            cells: Cells::default(),
        };
        // A value alone in the first row may stand above the table.
        if options.skip_lines == 0 && reader.read_row()? {
            reader.ahead = true;
            if reader.row.cells.len() == 1 {
                reader.format.preamble = reader.rows_above();
                let (again, _) = archive
                    .part(frame.read()?, &part, BOUNDS)
                    .map_err(unreadable)?;
                reader.xml = Reader::from_reader(again);
                reader.row = Row::default();
                (reader.ahead, reader.ended) = (false, false);
            }
        }
        // The row that is read stays for whoever reads the header.
        while options.skip_lines > 0 && reader.read_row()? {
            reader.ahead = reader.row.number > options.skip_lines;
            if reader.ahead {
                break;
            }
        }
        reader.read_header()?;
        Ok(reader)
    }

    /// How many rows seem to stand above the table: it begins with the first of its widest rows.
    fn rows_above(&mut self) -> u64 {
        let mut rows: Vec<(u64, usize)> = Vec::new();
        // What is wrong with a row is told when it is read in earnest.
        while rows.len() < SAMPLE && matches!(self.read_row(), Ok(true)) {
            rows.push((self.row.number.saturating_sub(1), self.row.cells.len()));
        }
        let most = rows
            .iter()
            .map(|(_, cells)| *cells)
            .max()
            .unwrap_or_default();
        let begin = rows.iter().position(|(_, cells)| *cells == most);
        let above = begin
            .and_then(|begin| rows.get(..begin))
            .unwrap_or_default();
        // A header that does not name the numbers of the rows is one all the same.
        let is_header = matches!(above, [(_, cells)] if cells + 1 == most);
        match (begin.and_then(|begin| rows.get(begin)), above.len()) {
            (Some((at, _)), 1..=ABOVE) if !is_header => *at,
            _ => 0,
        }
    }

    fn read_header(&mut self) -> Result<(), InsertError> {
        if !self.read_row()? {
            let others = self.format.sheets.iter().map(String::as_str);
            let others = others.filter(|sheet| Some(*sheet) != self.format.sheet.as_deref());
            let others: Vec<&str> = others.take(10).collect();
            let mut reason = "the sheet is empty; its first row must name the columns".to_owned();
            if !others.is_empty() {
                reason += ", or say under sheet which of the others is meant: ";
                reason += &shown(&others.join(", "));
            }
            return Err(InsertError::Source {
                name: self.name.clone(),
                reason,
            });
        }
        self.line = self.row.number;
        let used = || self.row.cells.iter().map(|cell| cell.column);
        self.first = used().min().unwrap_or_default();
        let width = used().max().unwrap_or_default() + 1 - self.first;
        if self.format.header == Some(false) {
            self.header = (1..=width).map(|n| format!("column{n}")).collect();
            self.ahead = true;
            return Ok(());
        }
        let mut header = vec![String::new(); width];
        for cell in &self.row.cells {
            if let Some(name) = header.get_mut(cell.column - self.first) {
                self.row.text(cell).clone_into(name);
            }
        }
        records::name_columns(&mut header);
        self.header = header;
        match records::header_fault(&self.header, &self.format) {
            Some(reason) => Err(self.malformed(reason)),
            None => Ok(()),
        }
    }

    /// Reads the next row that has a value.
    fn read_row(&mut self) -> Result<bool, InsertError> {
        if std::mem::take(&mut self.ahead) {
            return Ok(true);
        }
        loop {
            match self.next_row() {
                Ok(false) => return Ok(false),
                Ok(true) if self.row.cells.is_empty() => {}
                Ok(true) => return Ok(true),
                Err(e) => {
                    self.line = self.row.number;
                    return Err(self.malformed(broken(&e)));
                }
            }
        }
    }

    fn next_row(&mut self) -> io::Result<bool> {
        self.row.cells.clear();
        self.row.text.clear();
        let mut inside = false;
        if self.ended {
            return Ok(false);
        }
        loop {
            let event = next(&mut self.xml, &mut self.buffer)?;
            match event {
                Event::Eof => {
                    return Err(records::damaged("the sheet ends in the middle".to_owned()));
                }
                Event::Start(e) if !inside && e.local_name().as_ref() == "row" => {
                    let number = attribute(&e, "r").and_then(|n| n.parse().ok());
                    self.row.number = number.unwrap_or(self.row.number.saturating_add(1));
                    inside = true;
                }
                Event::End(e) if inside && e.local_name().as_ref() == "row" => return Ok(true),
                Event::Start(e) if inside && e.local_name().as_ref() == "c" => {
                    let element = e.to_owned();
                    self.read_cell(&element)?;
                }
                Event::End(e) if e.local_name().as_ref() == "sheetData" => return self.end(),
                Event::Empty(e) if e.local_name().as_ref() == "sheetData" => return self.end(),
                _ => {}
            }
        }
    }

    /// Reads what follows the rows: at its end the checksum of all is known.
    fn end(&mut self) -> io::Result<bool> {
        self.ended = true;
        io::copy(self.xml.get_mut(), &mut io::sink())?;
        Ok(false)
    }

    /// Reads a cell up to its end.
    fn read_cell(&mut self, element: &BytesStart<'_>) -> io::Result<()> {
        let before = self.row.cells.last().map_or(0, |cell| cell.column + 1);
        let place = attribute(element, "r");
        let column = place.as_deref().and_then(column).unwrap_or(before);
        if column >= MAX_COLUMNS || column < before {
            return Err(records::damaged(
                "the cells of a row are not in order".to_owned(),
            ));
        }
        let kind = attribute(element, "t").unwrap_or_default();
        let style = attribute(element, "s").and_then(|s| s.parse().ok());
        let from = self.row.text.len();
        let (mut inside, mut formula, mut texts) = (false, false, Texts::default());
        loop {
            let event = next(&mut self.xml, &mut self.buffer)?;
            match &event {
                Event::Eof => {
                    return Err(records::damaged("the sheet ends in the middle".to_owned()));
                }
                Event::End(e) if e.local_name().as_ref() == "c" => break,
                Event::Start(e) if e.local_name().as_ref() == "v" => inside = true,
                Event::End(e) if e.local_name().as_ref() == "v" => inside = false,
                Event::Start(e) | Event::Empty(e) if e.local_name().as_ref() == "f" => {
                    formula = true;
                }
                Event::Text(text) if inside => self.row.text.push_str(&text.xml10_content()),
                Event::CData(text) if inside => self.row.text.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) if inside => resolve(reference, &mut self.row.text),
                event if kind == "inlineStr" => texts.see(event, &mut self.row.text),
                _ => {}
            }
            if self.row.text.len() > records::MAX_RECORD {
                return Err(too_long());
            }
        }
        let raw = self.row.text.get(from..).unwrap_or_default();
        if formula && raw.is_empty() && kind != "str" {
            self.row.cells.push(Cell {
                column,
                value: Value::Formula,
                from,
                to: from,
            });
            return Ok(());
        }
        let (value, text) = match kind.as_str() {
            "s" => {
                let index = raw.trim().parse().ok();
                let text = index.and_then(|index| self.book.string(index));
                let missing =
                    || records::damaged(format!("there is no shared text {}", shown(raw)));
                (Value::Text, unescaped(text.ok_or_else(missing)?))
            }
            "str" | "inlineStr" => (Value::Text, unescaped(raw)),
            "b" => (Value::Boolean, raw.trim().to_owned()),
            "e" => (Value::Error, raw.to_owned()),
            "d" => (Value::Exact, raw.trim().replacen('T', " ", 1)),
            _ if raw.trim().is_empty() => (Value::Text, String::new()),
            _ => match raw.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => {
                    let shows = self.book.shows(style.unwrap_or(usize::MAX));
                    let moment = shows.text(number, self.book.since_1904);
                    // Adding zero takes the sign of a zero away.
                    (
                        Value::Exact,
                        moment.unwrap_or_else(|| (number + 0.0).to_string()),
                    )
                }
                _ => return Err(records::damaged(format!("{:?} is no number", shown(raw)))),
            },
        };
        self.row.text.truncate(from);
        if text.is_empty() {
            return Ok(());
        }
        if self.row.text.len() + text.len() > records::MAX_RECORD {
            return Err(too_long());
        }
        self.row.text.push_str(&text);
        self.row.cells.push(Cell {
            column,
            value,
            from,
            to: self.row.text.len(),
        });
        Ok(())
    }

    /// Puts the values of the row into the cells of their columns; why it can not be used.
    fn take_row(&mut self) -> Result<(), (Option<String>, String, String)> {
        self.cells.reset(self.header.len());
        for cell in &self.row.cells {
            let text = self.row.text(cell);
            let at = cell.column.checked_sub(self.first);
            let Some((at, name)) = at.and_then(|at| Some((at, self.header.get(at)?))) else {
                let reason = format!(
                    "a value in column {}, which has no name in the header",
                    letters(cell.column)
                );
                return Err((None, text.to_owned(), reason));
            };
            let text = match cell.value {
                Value::Text => self.trim.of(text),
                _ => text,
            };
            if cell.value == Value::Formula {
                let reason = "the cell holds a formula whose value is not kept; open the workbook in \
                              Excel or LibreOffice and save it";
                return Err((Some(name.clone()), String::new(), reason.to_owned()));
            }
            if text.is_empty() || self.null_texts.iter().any(|null| null == text) {
                continue;
            }
            match cell.value {
                Value::Text => self.cells.text(at, text),
                Value::Exact => self.cells.exact(at, text),
                Value::Formula => {}
                Value::Boolean => self.cells.boolean(at, text == "1"),
                Value::Error => {
                    let reason = format!(
                        "the cell holds the error {text}; correct it in the workbook, or name it \
                         under null text"
                    );
                    return Err((Some(name.clone()), text.to_owned(), reason));
                }
            }
        }
        Ok(())
    }

    fn malformed(&self, reason: String) -> InsertError {
        InsertError::Malformed {
            name: self.name.clone(),
            line: self.line,
            column: None,
            reason,
        }
    }
}

impl Records for SheetReader {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn format(&self) -> &Format {
        &self.format
    }

    fn bytes(&self) -> u64 {
        let taken = self.xml.get_ref().taken();
        self.bytes.min(self.others + taken)
    }

    /// The number of the row in the sheet.
    fn line(&self) -> Option<u64> {
        Some(self.line)
    }

    fn record(&self) -> u64 {
        self.record
    }

    fn advance(&mut self) -> Result<Step, InsertError> {
        if !self.read_row()? {
            return Ok(Step::End);
        }
        self.record += 1;
        self.line = self.row.number;
        Ok(match self.take_row() {
            Ok(()) => Step::Record,
            Err((column, value, reason)) => Step::Refused(Refusal {
                file: None,
                source: None,
                line: Some(self.line),
                record: Some(self.record),
                column,
                value: Some(shown(&value)),
                reason,
            }),
        })
    }

    fn fields(&self) -> records::Fields<'_> {
        records::Fields::Cells(&self.cells)
    }

    fn is_done(&mut self) -> Result<bool, InsertError> {
        self.ahead = self.read_row()?;
        Ok(!self.ahead)
    }
}

fn too_long() -> io::Error {
    let most = records::MAX_RECORD >> 20;
    records::damaged(format!("a row has more than {most} MiB"))
}

/// The column of a cell such as `BC12`, from 0.
fn column(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic).take(4);
    let number = letters.fold(0, |n, letter| {
        n * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1
    });
    number.checked_sub(1)
}

/// The letters of a column.
fn letters(column: usize) -> String {
    let (mut left, mut text) = (column + 1, String::new());
    while left > 0 {
        let digit = u8::try_from((left - 1) % 26).unwrap_or_default();
        text.insert(0, char::from(b'A' + digit));
        left = (left - 1) / 26;
    }
    text
}

/// A text with what it has as `_x000D_` (22.4.2.4).
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let code = rest
            .get(at + 2..at + 6)
            .filter(|_| rest.get(at + 6..at + 7) == Some("_"));
        let sign = code.and_then(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?));
        let (end, sign) = match sign {
            Some(sign) if sign != '\0' => (at + 7, Some(sign)),
            _ => (at + 2, None),
        };
        let before = if sign.is_some() { at } else { end };
        out.push_str(rest.get(..before).unwrap_or_default());
        out.extend(sign);
        rest = rest.get(end..).unwrap_or_default();
    }
    out + rest
}

#[cfg(test)]
mod tests;

//! A list of rows to fix, as a person writes it: CSV with the columns `line` (or `record`), `column`
//! and `value`, and `file` where the frame is made of several. A line for each cell, one without a
//! column, such as `4,,` or `4`, for a row that is left out, and one with a value alone for a record of
//! a text table that is given anew.

use super::patch::{CELL, Fixed, LARGEST, LONGEST, MOST_ROWS, TOO_MUCH};
use super::records::{self, Kind, ReadOptions, Step};
use super::types::Field;
use super::{Cancel, Frame, InsertError, csv};
use std::collections::BTreeMap;

/// A row of a frame, as refusals name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Record(u64),
    /// The file, and the line where the row begins, or one further down in it.
    Line(Option<String>, u64),
}

/// Where a list has what.
struct Columns {
    line: Option<usize>,
    record: Option<usize>,
    file: Option<usize>,
    column: usize,
    value: usize,
}

impl Columns {
    fn of(header: &[String]) -> Option<Columns> {
        let at = |name: &str| {
            let mut names = header.iter();
            names.position(|n| n.trim().eq_ignore_ascii_case(name))
        };
        let (line, record) = (at("line"), at("record"));
        line.or(record)?;
        Some(Columns {
            line,
            record,
            file: at("file"),
            column: at("column")?,
            value: at("value")?,
        })
    }
}

/// What a list wants of the rows of a frame.
pub fn fixed_list(
    list: &Frame,
    frame: &Frame,
    options: &ReadOptions,
    cancel: &Cancel,
) -> Result<Vec<Fixed>, InsertError> {
    let refuse = |reason: String| InsertError::Patch {
        name: list.name.clone(),
        reason,
    };
    let wanted = read(list, cancel).map_err(|error| match error {
        InsertError::Source { reason, .. } => refuse(reason),
        InsertError::Malformed { line, reason, .. } => refuse(format!("line {line}: {reason}")),
        error => error,
    })?;
    let (mut wanted, anew) = wanted;
    if !anew.is_empty() {
        let records = records::open(frame, options)?;
        let (header, format) = (records.header(), records.format());
        for Anew { place, at, text } in anew {
            let refuse = |why: String| refuse(format!("line {at}: {why}"));
            if format.kind != Kind::Csv {
                return Err(refuse(
                    "a row is given anew by a line for each of its columns; without a value it is \
                     left out"
                        .into(),
                ));
            }
            let values = csv::anew(&text, format, options, header.len()).map_err(|why| {
                refuse(format!(
                    "{why}; mend the record, or take its value away to leave the row out"
                ))
            })?;
            let row = wanted.entry(place).or_default();
            row.cells.extend(header.iter().cloned().zip(values));
        }
    }
    let mut places: Vec<&Place> = wanted.keys().collect();
    places.retain(|place| matches!(place, Place::Line(..)));
    // The same line may be in each of several files.
    let several = !frame.file_names().is_empty();
    let open = places.iter().find_map(|place| match place {
        Place::Line(None, line) if several => Some(line),
        _ => None,
    });
    if let Some(line) = open {
        return Err(refuse(format!(
            "line {line} may be of any of the files; name the file, too: file,line,column,value"
        )));
    }
    let found = match places.is_empty() {
        true => BTreeMap::new(),
        false => records_of(frame, options, &places, cancel)?,
    };
    let mut rows: BTreeMap<u64, Fixed> = BTreeMap::new();
    for (place, fixed) in &wanted {
        let record = match place {
            Place::Record(record) => *record,
            Place::Line(file, line) => {
                let file = file.as_ref().map(|file| format!("{file}, "));
                let file = file.unwrap_or_default();
                *found.get(place).ok_or_else(|| {
                    refuse(format!(
                        "{file}line {line} of the data frame is no row; write the line that a \
                         refusal names"
                    ))
                })?
            }
        };
        let row = rows.entry(record).or_default();
        row.record = record;
        row.dropped |= fixed.dropped;
        row.cells.extend(fixed.cells.clone());
    }
    Ok(rows.into_values().collect())
}

/// A record that is given anew: where it stands, the line of the list, and what it says.
struct Anew {
    place: Place,
    at: u64,
    text: String,
}

fn read(list: &Frame, cancel: &Cancel) -> Result<(BTreeMap<Place, Fixed>, Vec<Anew>), InsertError> {
    let refuse = |reason: String| InsertError::Patch {
        name: list.name.clone(),
        reason,
    };
    let options = ReadOptions::default();
    let mut records = records::open(list, &options)?;
    let columns = Columns::of(records.header()).ok_or_else(|| {
        refuse(
            "is no list of rows to fix: its columns are line (or record), column, value, and file \
             where there are several"
                .into(),
        )
    })?;
    let place = |by_line: bool, number: u64, file: Option<String>| match by_line {
        true => Place::Line(file, number),
        false => Place::Record(number),
    };
    let mut rows: BTreeMap<Place, Fixed> = BTreeMap::new();
    let mut anew = Vec::new();
    let mut bytes = 0;
    loop {
        cancel.check()?;
        if rows.len() + anew.len() > MOST_ROWS {
            return Err(refuse(format!("has more than {MOST_ROWS} rows to fix")));
        }
        match records.advance()? {
            Step::End => return Ok((rows, anew)),
            Step::Refused(refusal) => {
                // A row that is left out may stand alone: `4` is `4,,`.
                let alone = refusal.value.as_deref().map(str::trim);
                let Some(number) = alone.and_then(|text| text.parse().ok()) else {
                    return Err(refuse(match refusal.line {
                        Some(line) => format!("line {line}: {}", refusal.reason),
                        None => refusal.reason,
                    }));
                };
                let place = place(columns.line.is_some(), number, None);
                rows.entry(place).or_default().dropped = true;
                continue;
            }
            Step::Record => {}
        }
        let at = records.line().unwrap_or_default();
        let fields = records.fields();
        let text = |at: usize| match fields.get(at) {
            Field::Null => String::new(),
            field => field.to_string(),
        };
        // Of a frame without lines a list of refused rows has records only.
        let line = columns.line.map(text).filter(|line| !line.is_empty());
        let by_line = line.is_some() || columns.record.is_none();
        let number = line
            .or_else(|| columns.record.map(text))
            .unwrap_or_default();
        let number = number.trim().parse().map_err(|_| {
            let what = if by_line { "line" } else { "row" };
            refuse(format!("line {at}: {number:?} is no number of a {what}"))
        })?;
        let file = columns.file.map(text).filter(|file| !file.is_empty());
        let place = place(by_line, number, file);
        let column = text(columns.column);
        let value = match fields.get(columns.value) {
            Field::Null => None,
            field => Some(field.to_string()),
        };
        let length = value.as_ref().map_or(0, String::len);
        let is_cell = !column.is_empty();
        if is_cell && length > LONGEST || column.len() > LONGEST {
            return Err(refuse(format!(
                "line {at}: a value that is fixed has at most {LONGEST} bytes"
            )));
        }
        // What a cell takes beside its texts counts, too.
        bytes += (CELL + column.len() + length) as u64;
        if bytes > LARGEST {
            return Err(refuse(TOO_MUCH.to_owned()));
        }
        match value {
            Some(text) if !is_cell && !text.is_empty() => anew.push(Anew { place, at, text }),
            value if is_cell => {
                let row = rows.entry(place).or_default();
                row.cells.insert(column, value);
            }
            _ => rows.entry(place).or_default().dropped = true,
        }
    }
}

/// The numbers of the rows that have these lines, as far as there are such.
fn records_of(
    frame: &Frame,
    options: &ReadOptions,
    places: &[&Place],
    cancel: &Cancel,
) -> Result<BTreeMap<Place, u64>, InsertError> {
    let mut by_line: BTreeMap<u64, Vec<&Place>> = BTreeMap::new();
    for place in places {
        if let Place::Line(_, line) = place {
            by_line.entry(*line).or_default().push(place);
        }
    }
    let files = frame.file_names();
    let mut records = records::open(frame, options)?;
    let mut found = BTreeMap::new();
    while found.len() < places.len() {
        cancel.check()?;
        let step = records.advance()?;
        if matches!(step, Step::End) {
            break;
        }
        let Some(first) = records.line() else {
            return Err(InsertError::Source {
                name: frame.name.clone(),
                reason: "has no lines; name its rows by record".into(),
            });
        };
        let file = records.file().and_then(|at| files.get(at));
        let breaks = match step {
            Step::Record => records.breaks(),
            _ => 0,
        };
        let here = by_line.range(first..=first + breaks);
        for place in here.flat_map(|(_, places)| places) {
            if let Place::Line(of, _) = place
                && of.as_ref() == file
            {
                found.entry((*place).clone()).or_insert(records.record());
            }
        }
    }
    Ok(found)
}

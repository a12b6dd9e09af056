//! A record of CSV that somebody gives anew, in the place of one of a frame.

use super::CsvReader;
use crate::insert::InsertError;
use crate::insert::records::{Format, ReadOptions, Step};
use crate::value::words::count;

/// The values of a record that is given anew, read as a table of so many columns; or what is wrong.
pub(in crate::insert) fn anew(
    text: &str,
    format: &Format,
    options: &ReadOptions,
    width: usize,
) -> Result<Vec<Option<String>>, String> {
    let options = ReadOptions {
        delimiter: format.delimiter,
        quote: format.quote,
        header: Some(false),
        skip_lines: 0,
        ..options.clone()
    };
    let wrong = |error: InsertError| match error {
        InsertError::Malformed { reason, .. } => reason,
        error => error.to_string(),
    };
    let mut reader = CsvReader::new(text.as_bytes(), "it", &options).map_err(wrong)?;
    match reader.next().map_err(wrong)? {
        Step::Record => {}
        Step::Refused(refusal) => return Err(refusal.reason),
        Step::End => return Err("there is nothing".to_owned()),
    }
    if reader.header.len() != width {
        let fields = count(reader.header.len() as u64, "field", "fields");
        return Err(format!("{fields} where the header has {width}"));
    }
    let values = reader.values();
    let values = (0..width).map(|at| values.get(at).map(str::to_owned));
    let values = values.collect();
    match reader.next().map_err(wrong)? {
        Step::End => Ok(values),
        _ => Err("more than one record".to_owned()),
    }
}

//! The text of a frame: unpacked and in UTF-8, as a stream.

use super::packed::{BOUNDS, Counted, Unpacked};
use super::{Encoding, Format, Packing, ReadOptions};
use crate::insert::InsertError;
use crate::insert::frame::{Content, Frame, MAGIC as FILES};
use crate::value::words::io_error;
use std::cell::Cell;
use std::io::{self, Cursor, ErrorKind, Read};
use std::rc::Rc;

/// Bytes by which a format is known.
const MAGIC: usize = 8;
/// Bytes by which text is told from JSON.
const START: usize = 1 << 12;
/// Bytes by which the encoding is found.
const SAMPLE: usize = 1 << 18;

/// The text of a frame.
pub(in crate::insert) struct Text {
    /// What was read to find out about it.
    start: Cursor<Vec<u8>>,
    rest: Box<dyn Read>,
    taken: Rc<Cell<u64>>,
}

/// What was found out about a text.
#[derive(Debug, Clone)]
pub(in crate::insert) struct Found {
    pub(in crate::insert) packing: Option<Packing>,
    pub(in crate::insert) encoding: Encoding,
    /// Why that encoding was found, where another might be meant.
    pub(in crate::insert) guess: Option<(u64, String)>,
    /// It begins as JSON does.
    pub(in crate::insert) json: bool,
}

impl Found {
    /// A format with what was found out.
    pub(in crate::insert) fn of(self, format: Format) -> Format {
        Format {
            packing: self.packing,
            encoding: Some(self.encoding),
            guess: self.guess,
            ..format
        }
    }
}

impl Text {
    /// The text of a file; `name` is for messages.
    pub(super) fn open(
        file: Content,
        name: &str,
        options: &ReadOptions,
    ) -> Result<(Text, Found), InsertError> {
        let failed = |reason: String| InsertError::Source {
            name: name.to_owned(),
            reason,
        };
        let unreadable = |e: io::Error| failed(broken(&e));
        let (mut source, taken) = Counted::new(file);
        let start = take(&mut source, MAGIC).map_err(unreadable)?;
        let packing = Packing::of(&start).map_err(|other| failed(unknown(other)))?;
        let whole = Cursor::new(start).chain(source);
        let mut bytes: Box<dyn Read> = match packing {
            None => Box::new(whole),
            Some(packing) => {
                let unpacked = Unpacked::new(packing, whole, Rc::clone(&taken), BOUNDS);
                Box::new(unpacked.map_err(unreadable)?)
            }
        };
        let sample = take(&mut bytes, SAMPLE).map_err(unreadable)?;
        if packing.is_some()
            && (Packing::of(&sample) != Ok(None) || sample.starts_with(b"PK\x03\x04"))
        {
            return Err(failed("is packed twice; unpack it once".to_owned()));
        }
        if sample.is_empty() {
            return Err(failed(
                "is empty; it needs a header and at least one row".to_owned(),
            ));
        }
        let found = Encoding::detect(&sample, sample.len() < SAMPLE);
        let encoding = options.encoding.unwrap_or(found);
        let guess = match options.encoding {
            Some(_) => None,
            None => found.guess(&sample),
        };
        let (start, rest) = match encoding.is_utf8() {
            true => (sample, bytes),
            false => {
                let mut text = encoding.decode(Box::new(Cursor::new(sample).chain(bytes)));
                (take(&mut text, START).map_err(unreadable)?, text)
            }
        };
        let found = Found {
            packing,
            encoding,
            guess,
            json: begins_as_json(&start),
        };
        let start = Cursor::new(start);
        Ok((Text { start, rest, taken }, found))
    }

    /// What was read of it already, taken out of it.
    pub(in crate::insert) fn begun(&mut self) -> Vec<u8> {
        let at = usize::try_from(self.start.position()).unwrap_or(usize::MAX);
        let mut start = std::mem::take(&mut self.start).into_inner();
        start.drain(..at.min(start.len()));
        start
    }

    /// Bytes of the file that were read.
    pub(in crate::insert) fn taken(&self) -> u64 {
        self.taken.get()
    }
}

impl Read for Text {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self.start.read(to) {
            Ok(0) => self.rest.read(to),
            some => some,
        }
    }
}

fn unknown(packing: &str) -> String {
    format!("is packed with {packing}, which is not read; unpack it, or pack it with gzip or zstd")
}

/// The first bytes of a frame.
pub(super) fn start_of(frame: &Frame) -> Result<Vec<u8>, InsertError> {
    take(&mut frame.read()?, MAGIC).map_err(|e| InsertError::Source {
        name: frame.name.clone(),
        reason: broken(&e),
    })
}

/// Why a text could not be read further, in words.
pub(in crate::insert) fn broken(e: &io::Error) -> String {
    match e.kind() {
        ErrorKind::InvalidData => e.to_string(),
        _ => format!("can not be read: {}", io_error(e)),
    }
}

/// Whether a file that begins like this is no text of one byte a character: its bytes say
/// nothing about text before they are unpacked or decoded.
pub(in crate::insert) fn is_binary(start: &[u8]) -> bool {
    let wide = match start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [first, second, ..] => (*first == 0) != (*second == 0),
        _ => false,
    };
    let files = start
        .get(..MAGIC)
        .is_some_and(|start| FILES.starts_with(start));
    wide || files
        || Packing::of(start) != Ok(None)
        || start.starts_with(b"PK\x03\x04")
        || start.starts_with(b"PAR1")
}

/// An object, or an array of something: no header of a table looks like these.
fn begins_as_json(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let mut signs = start.iter().filter(|b| !b.is_ascii_whitespace());
    match (signs.next(), signs.next()) {
        (Some(b'{'), Some(b'"' | b'}')) => true,
        (Some(b'['), then) => matches!(then, None | Some(b'{' | b'[' | b']' | b'"' | b'0'..=b'9')),
        _ => false,
    }
}

/// The first bytes, fewer only at the end.
fn take(source: &mut impl Read, most: usize) -> io::Result<Vec<u8>> {
    // Memory that is not touched before something stands in it, as `read_to_end` would.
    let (mut bytes, mut filled) = (vec![0; most], 0);
    while let Some(room) = bytes.get_mut(filled..).filter(|room| !room.is_empty()) {
        match source.read(room) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

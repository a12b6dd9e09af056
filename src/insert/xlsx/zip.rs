//! The parts of a zip archive, each read as a stream within bounds (PKWARE's APPNOTE 6.3).
//!
//! What the archive says of sizes is not believed: a part ends where its bytes end.

use crate::insert::frame::Content as Bytes;
use crate::insert::records::{Bounds, Counted, Unpacked, damaged};
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// Parts that an archive may have, and bytes of their list.
const MAX_PARTS: usize = 10_000;
const MAX_LIST: u64 = 8 << 20;
/// Bytes of a tag, or of what stands between two.
const MAX_PIECE: usize = 16 << 20;

/// The list of an archive's parts.
pub(super) struct Archive {
    parts: HashMap<String, Part>,
}

#[derive(Debug, Clone, Copy)]
struct Part {
    at: u64,
    packed: u64,
    deflated: bool,
    /// The checksum of what comes out.
    sum: u32,
}

fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    let bytes = bytes.get(at..at + length).unwrap_or_default();
    bytes
        .iter()
        .rev()
        .fold(0, |n, byte| n << 8 | u64::from(*byte))
}

fn broken() -> io::Error {
    damaged("the workbook is damaged; was the file copied whole?".to_owned())
}

impl Archive {
    /// Reads the list at the end of a file.
    pub(super) fn open(file: &mut Bytes) -> io::Result<Archive> {
        let size = file.seek(SeekFrom::End(0))?;
        let tail = size.min(22 + (1 << 16));
        let mut end = read_at(file, size - tail, tail)?;
        let at = memchr::memmem::rfind(&end, b"PK\x05\x06").ok_or_else(broken)?;
        end.drain(..at);
        let (length, start) = (number(&end, 12, 4), number(&end, 16, 4));
        if length > MAX_LIST || start.saturating_add(length) > size {
            return Err(broken());
        }
        let list = read_at(file, start, length)?;
        let mut parts = HashMap::new();
        let mut rest = list.as_slice();
        while rest.starts_with(b"PK\x01\x02") && rest.len() >= 46 {
            let (name, extra) = (number(rest, 28, 2) as usize, number(rest, 30, 2) as usize);
            let comment = number(rest, 32, 2) as usize;
            let text = rest.get(46..46 + name).ok_or_else(broken)?;
            let (flags, method) = (number(rest, 8, 2), number(rest, 10, 2));
            if flags & 1 != 0 || !matches!(method, 0 | 8) || parts.len() == MAX_PARTS {
                return Err(damaged(
                    "the archive is encrypted or packed in a way that no workbook is".to_owned(),
                ));
            }
            let part = Part {
                at: number(rest, 42, 4),
                packed: number(rest, 20, 4),
                deflated: method == 8,
                sum: u32::try_from(number(rest, 16, 4)).unwrap_or_default(),
            };
            // Names are compared without case, as spreadsheets do.
            parts.insert(String::from_utf8_lossy(text).to_lowercase(), part);
            rest = rest.get(46 + name + extra + comment..).unwrap_or_default();
        }
        Ok(Archive { parts })
    }

    /// Whether there is a part of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.parts.contains_key(&name.to_lowercase())
    }

    /// A part from its start on, read through a handle of its own; `bounds` is for what comes out.
    pub(super) fn part(
        &self,
        mut file: Bytes,
        name: &str,
        bounds: Bounds,
    ) -> io::Result<(Content, u64)> {
        let part = self.parts.get(&name.to_lowercase()).ok_or_else(broken)?;
        let head = read_at(&mut file, part.at, 30)?;
        if !head.starts_with(b"PK\x03\x04") {
            return Err(broken());
        }
        let skip = number(&head, 26, 2) + number(&head, 28, 2);
        file.seek(SeekFrom::Start(part.at + 30 + skip))?;
        let (source, taken) = Counted::new(file.take(part.packed));
        let read: Box<dyn Read> = match part.deflated {
            true => Box::new(flate2::read::DeflateDecoder::new(source)),
            false => Box::new(source),
        };
        let unpacked = Unpacked::of("zip", read, taken, bounds);
        let summed = Summed {
            read: unpacked,
            found: flate2::Crc::new(),
            sum: part.sum,
        };
        let content = Content {
            read: BufReader::with_capacity(1 << 16, summed),
            room: MAX_PIECE,
        };
        Ok((content, part.packed))
    }
}

/// The content of a part: markup, of which whoever reads it holds a piece at a time.
pub(super) struct Content {
    read: BufReader<Summed>,
    /// Bytes that the piece may still have.
    room: usize,
}

impl Content {
    /// Another piece begins.
    pub(super) fn make_room(&mut self) {
        self.room = MAX_PIECE;
    }

    /// Bytes of the archive that were read.
    pub(super) fn taken(&self) -> u64 {
        self.read.get_ref().read.taken()
    }
}

impl BufRead for Content {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.room {
            0 => Err(damaged(format!(
                "a value of more than {} MiB",
                MAX_PIECE >> 20
            ))),
            _ => self.read.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        self.room = self.room.saturating_sub(count);
        self.read.consume(count);
    }
}

impl Read for Content {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.read.read(to)
    }
}

/// What comes out of a part. At its end its checksum is compared.
struct Summed {
    read: Unpacked,
    found: flate2::Crc,
    sum: u32,
}

impl Read for Summed {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let n = self.read.read(to)?;
        self.found.update(to.get(..n).unwrap_or_default());
        match n == 0 && !to.is_empty() && self.found.sum() != self.sum {
            true => Err(broken()),
            false => Ok(n),
        }
    }
}

fn read_at(file: &mut Bytes, at: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.by_ref().take(length).read_to_end(&mut bytes)?;
    match bytes.len() as u64 == length {
        true => Ok(bytes),
        false => Err(broken()),
    }
}

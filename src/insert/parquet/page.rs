//! What a page says of itself, read before the library makes room for it.
//!
//! A page header is a structure of Thrift's compact protocol, as `parquet.thrift` has it.

use flate2::read::MultiGzDecoder;
use std::io::{self, Read};

/// Structures inside each other that are stepped over.
const MAX_DEPTH: usize = 16;

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const I32: u8 = 5;
const STRUCT: u8 = 12;

/// The type of a page that is a dictionary.
const DICTIONARY: i64 = 2;

/// A page, as its header has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// It holds what the values of others point into.
    pub(super) dictionary: bool,
    /// Its bytes once it is unpacked.
    pub(super) unpacked: i64,
    /// What stands behind the header, if all of that could be read.
    pub(super) body: Option<Body>,
}

/// What stands behind a header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Body {
    /// The bytes of the header.
    pub(super) at: usize,
    /// The bytes that follow it.
    packed: i64,
    /// The first of them, which are not packed.
    levels: i64,
    is_packed: bool,
}

impl Page {
    /// The page whose header begins these bytes; none where there is no header, or where they end
    /// before it says the size.
    pub(super) fn read(bytes: &[u8]) -> Option<Page> {
        let mut header = Compact(bytes);
        let (mut unpacked, mut seen, mut dictionary) = (None, false, false);
        let mut body = Body {
            at: 0,
            packed: 0,
            levels: 0,
            is_packed: true,
        };
        let whole = header.fields(|header, id, kind| {
            match (id, kind) {
                (1, I32) => dictionary = header.number()? == DICTIONARY,
                (2, I32) => unpacked = Some(header.size()?),
                (3, I32) => body.packed = header.size()?,
                // A page of version 2.
                (8, STRUCT) if !seen => {
                    seen = true;
                    header.fields(|header, id, kind| {
                        match (id, kind) {
                            (5 | 6, I32) => {
                                body.levels = body.levels.checked_add(header.size()?)?
                            }
                            (7, FALSE) => body.is_packed = false,
                            (7, TRUE) => body.is_packed = true,
                            (5..=7, _) => return None,
                            _ => header.skip(kind, MAX_DEPTH)?,
                        }
                        Some(())
                    })?;
                }
                // The library reads these whatever they are said to be.
                (1..=3 | 8, _) => return None,
                _ => header.skip(kind, MAX_DEPTH)?,
            }
            Some(())
        });
        body.at = bytes.len() - header.0.len();
        Some(Page {
            dictionary,
            unpacked: unpacked?,
            body: whole.map(|()| body),
        })
    }
}

impl Body {
    /// Whether these bytes, where gzip packed them, are no more than the header says once they are
    /// unpacked: the library would go on until they end.
    pub(super) fn keeps_its_word(&self, unpacked: i64, mut content: impl Read) -> bool {
        let size = |bytes: i64| u64::try_from(bytes).unwrap_or(0);
        if !self.is_packed {
            return true;
        }
        let mut levels = content.by_ref().take(size(self.levels));
        if io::copy(&mut levels, &mut io::sink()).is_err() {
            return true;
        }
        let packed = content.take(size(self.packed.saturating_sub(self.levels)));
        let most = size(unpacked.saturating_sub(self.levels));
        let mut rows = MultiGzDecoder::new(packed).take(most.saturating_add(1));
        // Where this ends the library ends, too.
        !io::copy(&mut rows, &mut io::sink()).is_ok_and(|bytes| bytes > most)
    }
}

struct Compact<'a>(&'a [u8]);

impl Compact<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut number = 0;
        for at in 0..10 {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(7 * at)?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn number(&mut self) -> Option<i64> {
        let zigzag = self.unsigned()?;
        let half = i64::try_from(zigzag >> 1).ok()?;
        Some(if zigzag & 1 == 0 { half } else { -half - 1 })
    }

    /// A size of 32 bits, which is not below zero.
    fn size(&mut self) -> Option<i64> {
        let number = self.number()?;
        let sizes = 0..=i64::from(i32::MAX);
        sizes.contains(&number).then_some(number)
    }

    /// Hands each field of a structure on, by number and kind; none where the bytes end before it.
    fn fields(&mut self, mut each: impl FnMut(&mut Self, i64, u8) -> Option<()>) -> Option<()> {
        let mut id = 0_i64;
        loop {
            let byte = self.byte()?;
            let kind = byte & 0x0f;
            if kind == 0 {
                return Some(());
            }
            // The number follows the last one, or stands there.
            id = match byte >> 4 {
                0 => self.number()?,
                step => id.checked_add(i64::from(step))?,
            };
            if !(0..=i64::from(i16::MAX)).contains(&id) {
                return None;
            }
            each(self, id, kind)?;
        }
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            // Truths, which stand in the kind.
            1 | 2 => {}
            3 => drop(self.byte()?),
            4..=6 => drop(self.unsigned()?),
            7 => self.step(8)?,
            8 => {
                let length = self.unsigned()?;
                self.step(usize::try_from(length).ok()?)?;
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => self.unsigned()?,
                    few => few.into(),
                };
                for _ in 0..count {
                    // In lists truths take a byte.
                    match head & 0x0f {
                        1 | 2 => self.step(1)?,
                        kind => self.skip(kind, depth)?,
                    }
                }
            }
            STRUCT => self.fields(|inside, _, kind| inside.skip(kind, depth))?,
            _ => return None,
        }
        Some(())
    }

    fn step(&mut self, bytes: usize) -> Option<()> {
        self.0 = self.0.get(bytes..)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_found_wherever_it_stands() {
        let size = |bytes: &[u8]| Page::read(bytes).map(|page| page.unpacked);
        // Type 0, sizes 100 and 50.
        assert_eq!(size(&[0x15, 0, 0x15, 0xc8, 1, 0x15, 100]), Some(100));
        // The greatest of 32 bits.
        let most = [0x15, 0, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f];
        assert_eq!(size(&most), Some(i64::from(i32::MAX)));
        // With its number spelled out, behind a structure with a list and a text.
        let behind = [
            0x5c, 0x15, 2, 0x18, 2, b'a', b'b', 0x19, 0x25, 2, 4, 0x00, 0x05, 4, 20,
        ];
        assert_eq!(size(&behind), Some(10));
        for none in [
            &b""[..],
            b"\0",
            b"PAR1",
            &[0x15],
            &[0x18, 0xff, 0xff, 3],
            &[0x1c; 40],
        ] {
            assert_eq!(size(none), None, "{none:?}");
        }
    }

    #[test]
    fn what_follows_the_header_is_found() {
        let body = |bytes: &[u8]| Page::read(bytes).and_then(|page| page.body);
        let first = [0x15, 0, 0x15, 200, 1, 0x15, 100];
        assert_eq!(body(&first), None, "the header does not end");
        let second = [&first[..], &[0x5c, 0x55, 4, 0x15, 6, 0, 0, 9, 9]].concat();
        let found = body(&second).unwrap();
        assert_eq!((found.at, found.packed, found.levels), (14, 50, 5));
        assert!(found.is_packed);
        let plain = [&first[..], &[0x5c, 0x72, 0, 0]].concat();
        assert!(!body(&plain).unwrap().is_packed);
        // What the library would read otherwise is no header: a number of 33 bits, another kind, a
        // field that comes twice.
        let wide = [0x15, 0, 0x15, 200, 1, 0x15, 0xe4, 0xff, 0xff, 0xff, 0x1f, 0];
        let twice = [&plain[..plain.len() - 1], &[0x0c, 16, 0, 0]].concat();
        let other = [0x15, 0, 0x16, 200, 1, 0x15, 100, 0];
        for odd in [&wide[..], &other, &twice] {
            assert_eq!(body(odd), None, "{odd:?}");
        }
    }
}

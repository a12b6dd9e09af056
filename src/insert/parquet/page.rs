//! The size that a page says it has, read before the library makes room for it.
//!
//! A page header is a structure of Thrift's compact protocol; its field 2 is the size of the page
//! once it is unpacked.

/// Structures inside each other that are stepped over.
const MAX_DEPTH: usize = 16;

/// The unpacked size that the header says at the start of these bytes; none where there is no
/// header, or where it says none in them.
pub(super) fn size(bytes: &[u8]) -> Option<i64> {
    let mut header = Compact(bytes);
    let mut id = 0;
    loop {
        let kind = header.field(&mut id)?;
        if (id, kind) == (2, I32) {
            return header.number();
        }
        header.skip(kind, MAX_DEPTH)?;
    }
}

const I32: u8 = 5;

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

    /// The kind of the next field, whose number follows the last one or stands there; none at the
    /// end of the structure.
    fn field(&mut self, id: &mut i64) -> Option<u8> {
        let byte = self.byte()?;
        let kind = byte & 0x0f;
        if kind == 0 {
            return None;
        }
        *id = match byte >> 4 {
            0 => self.number()?,
            step => id.checked_add(i64::from(step))?,
        };
        Some(kind)
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
            12 => {
                let mut id = 0;
                loop {
                    if self.0.first()? & 0x0f == 0 {
                        self.step(1)?;
                        break;
                    }
                    let kind = self.field(&mut id)?;
                    self.skip(kind, depth)?;
                }
            }
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
}

//! Compressed frames: read as a stream, with a bound on what comes out of what went in.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, ErrorKind, Read};
use std::rc::Rc;

/// How a frame is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// gzip, also of several members.
    Gzip,
    /// Zstandard, also of several frames.
    Zstd,
}

impl fmt::Display for Packing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        })
    }
}

/// First bytes that say how a frame is compressed, or that it can not be read: the magic numbers
/// of RFC 1952 and RFC 8878 and of others that people have.
const MAGIC: [(&[u8], Result<Packing, &str>); 6] = [
    (b"\x1f\x8b", Ok(Packing::Gzip)),
    (b"\x28\xb5\x2f\xfd", Ok(Packing::Zstd)),
    (b"BZh", Err("bzip2")),
    (b"\xfd7zXZ\0", Err("xz")),
    (b"7z\xbc\xaf\x27\x1c", Err("7z")),
    (b"\x04\x22\x4d\x18", Err("lz4")),
];

impl Packing {
    /// By the first bytes; the error is the name of a compression that can not be read.
    pub(in crate::insert) fn of(start: &[u8]) -> Result<Option<Packing>, &'static str> {
        match MAGIC.iter().find(|(magic, _)| start.starts_with(magic)) {
            Some((_, packing)) => packing.map(Some),
            None => Ok(None),
        }
    }
}

/// How much may come out of a compressed frame: beyond `free` bytes no more than `ratio` times
/// what went in, and never more than `most`.
#[derive(Debug, Clone, Copy)]
pub(in crate::insert) struct Bounds {
    pub(in crate::insert) free: u64,
    pub(in crate::insert) ratio: u64,
    pub(in crate::insert) most: u64,
}

/// What tables made by people stay far below.
pub(in crate::insert) const BOUNDS: Bounds = Bounds {
    free: 1 << 30,
    ratio: 500,
    most: 256 << 30,
};

/// The largest window that a zstd frame may ask for, as a power of two: what `zstd` itself takes
/// without `--long`.
const WINDOW_LOG: u32 = 27;

/// Counts what is read, for whoever holds the count.
pub(in crate::insert) struct Counted<R> {
    source: R,
    taken: Rc<Cell<u64>>,
}

impl<R> Counted<R> {
    pub(in crate::insert) fn new(source: R) -> (Counted<R>, Rc<Cell<u64>>) {
        let taken = Rc::new(Cell::new(0));
        let count = Rc::clone(&taken);
        (Counted { source, taken }, count)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read(to)?;
        self.taken.set(self.taken.get() + n as u64);
        Ok(n)
    }
}

/// What comes out of a compressed source.
pub(in crate::insert) struct Unpacked {
    read: Box<dyn Read>,
    name: &'static str,
    taken: Rc<Cell<u64>>,
    out: u64,
    bounds: Bounds,
}

impl Unpacked {
    /// `taken` counts the bytes of the source.
    pub(super) fn new(
        packing: Packing,
        source: impl Read + 'static,
        taken: Rc<Cell<u64>>,
        bounds: Bounds,
    ) -> io::Result<Unpacked> {
        let source = BufReader::with_capacity(1 << 16, source);
        let read: Box<dyn Read> = match packing {
            Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(source)),
            Packing::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(source)?;
                decoder.window_log_max(WINDOW_LOG)?;
                Box::new(decoder)
            }
        };
        let name = match packing {
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        };
        Ok(Unpacked::of(name, read, taken, bounds))
    }

    /// What a decompressor of this name gives out.
    pub(in crate::insert) fn of(
        name: &'static str,
        read: Box<dyn Read>,
        taken: Rc<Cell<u64>>,
        bounds: Bounds,
    ) -> Unpacked {
        Unpacked {
            read,
            name,
            taken,
            out: 0,
            bounds,
        }
    }

    /// Bytes that went in.
    pub(in crate::insert) fn taken(&self) -> u64 {
        self.taken.get()
    }
}

/// Something is wrong with what a file holds, not with reading it.
pub(in crate::insert) fn damaged(reason: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, reason)
}

impl Read for Unpacked {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let n = self.read.read(to).map_err(|e| match e.kind() {
            ErrorKind::UnexpectedEof => damaged(format!(
                "the {} data ends in the middle; was the file copied whole?",
                self.name
            )),
            ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other => {
                damaged(format!(
                    "the {} data is damaged ({e}); make the file anew",
                    self.name
                ))
            }
            _ => e,
        })?;
        self.out += n as u64;
        let Bounds { free, ratio, most } = self.bounds;
        let fair = self.taken.get().saturating_mul(ratio).max(free);
        if self.out > fair.min(most) {
            return Err(damaged(format!(
                "{} bytes of {} make more than {} bytes of text, which no data frame does; \
                 decompress it yourself if you trust it",
                self.taken.get(),
                self.name,
                fair.min(most)
            )));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const TIGHT: Bounds = Bounds {
        free: 1 << 16,
        ratio: 50,
        most: 1 << 20,
    };

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    fn zst(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 3).unwrap()
    }

    fn unpack(packed: Vec<u8>, bounds: Bounds) -> (Result<Vec<u8>, String>, u64) {
        let packing = Packing::of(&packed).unwrap().unwrap();
        let (source, taken) = Counted::new(io::Cursor::new(packed));
        let mut unpacked = Unpacked::new(packing, source, Rc::clone(&taken), bounds).unwrap();
        let mut out = Vec::new();
        let read = unpacked.read_to_end(&mut out).map_err(|e| e.to_string());
        (read.map(|_| out), taken.get())
    }

    #[test]
    fn what_was_packed_comes_out_also_in_several_pieces() {
        for pack in [gz, zst] {
            let mut packed = pack(b"id\n");
            packed.extend(pack(b"1\n2\n"));
            let bytes = packed.len() as u64;
            assert_eq!(unpack(packed, BOUNDS), (Ok(b"id\n1\n2\n".to_vec()), bytes));
        }
    }

    #[test]
    fn a_bomb_is_refused_long_before_its_end() {
        let zeros = vec![b'0'; 1 << 23];
        for pack in [gz, zst] {
            let said = unpack(pack(&zeros), TIGHT).0.unwrap_err();
            assert!(said.contains("which no data frame does"), "{said}");
        }
        // Within what is free any ratio is taken.
        assert!(unpack(zst(&zeros[..1 << 16]), TIGHT).0.is_ok());
    }

    #[test]
    fn what_is_cut_or_damaged_says_so() {
        for pack in [gz, zst] {
            let noise: Vec<u8> = (0..9999_u32).map(|n| (n * n % 251) as u8).collect();
            let whole = pack(&noise);
            let cut = whole[..whole.len() - 9].to_vec();
            let said = unpack(cut, BOUNDS).0.unwrap_err();
            assert!(said.contains("ends in the middle"), "{said}");
            let mut broken = whole.clone();
            broken[5..20].fill(0xff);
            let said = unpack(broken, BOUNDS).0.unwrap_err();
            assert!(
                said.contains("damaged") || said.contains("middle"),
                "{said}"
            );
        }
    }

    #[test]
    fn others_are_named() {
        assert_eq!(Packing::of(b"BZh91AY"), Err("bzip2"));
        assert_eq!(Packing::of(b"id,name"), Ok(None));
        assert_eq!(Packing::of(b""), Ok(None));
    }
}

//! How characters are written: found out from the beginning of a text, and made UTF-8.

use super::packed::damaged;
use encoding_rs::{Decoder, DecoderResult, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

/// So rarely a text in Windows-1252 looks like UTF-8, by two letters that hardly stand together: of
/// its characters beyond ASCII, one in so many.
const RARE: usize = 32;

/// Bytes of a word that are shown on each side of a character.
const WORD: usize = 24;

/// How characters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(Known);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// By the Encoding Standard.
    Standard(&'static encoding_rs::Encoding),
    /// A code page of DOS: its name, and its characters beyond ASCII.
    Page(&'static str, &'static str),
}

/// What the Encoding Standard left out and old programs write.
const PAGES: [(&str, &str); 2] = [
    (
        "cp850",
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}",
    ),
    (
        "cp437",
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
    ),
];

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Known::Standard(encoding) => encoding.name(),
            Known::Page(name, _) => name,
        })
    }
}

/// By the names of the WHATWG's Encoding Standard, and as Python writes them.
impl FromStr for Encoding {
    type Err = String;

    fn from_str(name: &str) -> Result<Encoding, String> {
        let plain = name.trim().to_ascii_lowercase().replace('_', "-");
        let plain = match plain.strip_suffix("-sig").unwrap_or(&plain) {
            "latin-1" => "latin1",
            other => other,
        };
        let digits = plain.trim_start_matches("ibm").trim_start_matches("cp");
        let page = PAGES
            .iter()
            .find(|(name, _)| name.strip_prefix("cp") == Some(digits));
        if let Some((name, characters)) = page {
            return Ok(Encoding(Known::Page(name, characters)));
        }
        let found = encoding_rs::Encoding::for_label(plain.as_bytes());
        let usable = found.filter(|e| *e != encoding_rs::REPLACEMENT);
        usable.map(standard).ok_or_else(|| {
            format!(
                "{:?} is no encoding; write one such as UTF-8, UTF-16, windows-1252, latin1 or \
                 cp850",
                crate::insert::facts::shown(name)
            )
        })
    }
}

const fn standard(encoding: &'static encoding_rs::Encoding) -> Encoding {
    Encoding(Known::Standard(encoding))
}

impl Encoding {
    /// UTF-8.
    pub const UTF8: Encoding = standard(UTF_8);

    /// Whether it is UTF-8.
    pub fn is_utf8(self) -> bool {
        self == Encoding::UTF8
    }

    /// The encoding of a text that begins like `sample`; `complete` says that nothing follows.
    ///
    /// What is not UTF-8 throughout is Windows-1252 if hardly anything in it looks like UTF-8:
    /// a text of the one with a damaged character stays what it is, and is refused there.
    pub(super) fn detect(sample: &[u8], complete: bool) -> Encoding {
        if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(sample) {
            return standard(encoding);
        }
        if let Some(wide) = wide(sample) {
            return standard(wide);
        }
        // Most are, and this is the quickest look.
        if std::str::from_utf8(sample).is_ok() {
            return Encoding::UTF8;
        }
        let (mut fitting, mut odd, mut unassigned) = (0_usize, 0_usize, false);
        let mut rest = sample.len();
        for chunk in sample.utf8_chunks() {
            rest -= chunk.valid().len() + chunk.invalid().len();
            fitting += chunk.valid().bytes().filter(|b| *b >= 0xc0).count();
            let cut = rest == 0 && !complete && chunk.invalid().len() < 4;
            if !chunk.invalid().is_empty() && !cut {
                odd += 1;
                let never = |b: &u8| matches!(b, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d);
                unassigned |= chunk.invalid().iter().any(never);
            }
        }
        match odd > RARE * fitting && !unassigned && !sample.contains(&0) {
            true => standard(WINDOWS_1252),
            false => Encoding::UTF8,
        }
    }

    /// Why a text that begins like `sample` is taken for Windows-1252: the line of its first
    /// character that is not UTF-8, and the word around it as it is read.
    pub(super) fn guess(self, sample: &[u8]) -> Option<(u64, String)> {
        if self.0 != Known::Standard(WINDOWS_1252) {
            return None;
        }
        let mut before = 0;
        for chunk in sample.utf8_chunks() {
            before += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                break;
            }
        }
        let (start, rest) = sample.split_at_checked(before)?;
        let line = 1 + memchr::memchr_iter(b'\n', start).count() as u64;
        let ends = |byte: &u8| b"\r\n\t,;|\" ".contains(byte);
        let head = start.iter().rposition(ends).map_or(0, |at| at + 1);
        let head = start.get(head.max(before.saturating_sub(WORD))..)?;
        let tail = rest.iter().position(ends).unwrap_or(rest.len()).min(WORD);
        let word = [head, rest.get(..tail)?].concat();
        Some((line, WINDOWS_1252.decode(&word).0.into_owned()))
    }

    /// The text of a source in UTF-8. What is UTF-8 needs none of it: whoever reads it checks it.
    pub(super) fn decode(self, source: Box<dyn Read>) -> Box<dyn Read> {
        let standard = match self.0 {
            Known::Standard(standard) => standard,
            Known::Page(_, characters) => {
                return Box::new(Page {
                    characters: characters.chars().collect(),
                    source,
                    spare: Vec::new(),
                });
            }
        };
        Box::new(Decoded {
            encoding: standard,
            decoder: standard.new_decoder(),
            source,
            raw: vec![0; 1 << 16],
            unread: (0, 0),
            spare: Vec::new(),
            ended: false,
            failed: false,
        })
    }
}

/// UTF-16 without a byte order mark: of a table, nearly all characters are of one byte and a NUL.
fn wide(sample: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let sample = sample.get(..sample.len().min(4096) & !1)?;
    let nuls = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|b| **b == 0);
    let (even, odd, half) = (nuls(0).count(), nuls(1).count(), sample.len() / 4);
    match sample.len() >= 4 {
        true if even == 0 && odd > half => Some(UTF_16LE),
        true if odd == 0 && even > half => Some(UTF_16BE),
        _ => None,
    }
}

/// A text of one byte a character that is made UTF-8 on its way.
struct Page {
    characters: Vec<char>,
    source: Box<dyn Read>,
    /// Bytes that found no room.
    spare: Vec<u8>,
}

impl Read for Page {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.spare.is_empty() {
            let mut raw = [0; 1 << 12];
            let n = self.source.read(&mut raw)?;
            let mut text = String::with_capacity(3 * n);
            for byte in raw.get(..n).unwrap_or_default() {
                let beyond = usize::from(*byte).checked_sub(128);
                let known = beyond.and_then(|at| self.characters.get(at));
                text.push(known.copied().unwrap_or(char::from(*byte)));
            }
            self.spare = text.into_bytes();
        }
        let n = to.len().min(self.spare.len());
        to.iter_mut()
            .zip(self.spare.drain(..n))
            .for_each(|(to, byte)| *to = byte);
        Ok(n)
    }
}

/// A text that is made UTF-8 on its way.
struct Decoded {
    encoding: &'static encoding_rs::Encoding,
    decoder: Decoder,
    source: Box<dyn Read>,
    raw: Vec<u8>,
    /// What of `raw` is not decoded yet.
    unread: (usize, usize),
    /// Decoded bytes that found no room.
    spare: Vec<u8>,
    ended: bool,
    failed: bool,
}

impl Read for Decoded {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if !self.spare.is_empty() || to.len() < 16 {
            return self.read_little(to);
        }
        self.decode(to)
    }
}

impl Decoded {
    /// Decodes into a space that takes at least one character.
    fn decode(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.failed {
                return Err(damaged(format!(
                    "bytes that are not {}; say under encoding how the characters are written",
                    self.encoding.name()
                )));
            }
            if self.unread.0 == self.unread.1 && !self.ended {
                let n = self.source.read(&mut self.raw)?;
                self.ended = n == 0;
                self.unread = (0, n);
            }
            let (from, end) = self.unread;
            let raw = self.raw.get(from..end).unwrap_or_default();
            let (result, read, written) = self
                .decoder
                .decode_to_utf8_without_replacement(raw, to, self.ended);
            self.unread.0 += read;
            self.failed = matches!(result, DecoderResult::Malformed(..));
            let finished = self.ended && result == DecoderResult::InputEmpty;
            if written > 0 || finished {
                // A decoder that finished must not be asked again.
                if finished {
                    self.decoder = self.encoding.new_decoder();
                }
                return Ok(written);
            }
        }
    }

    /// The same into a space that may be too small for a character.
    fn read_little(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if to.is_empty() {
            return Ok(0);
        }
        if self.spare.is_empty() {
            let mut room = [0; 64];
            let n = self.decode(&mut room)?;
            self.spare
                .extend_from_slice(room.get(..n).unwrap_or_default());
        }
        let n = self.spare.len().min(to.len());
        to.iter_mut()
            .zip(self.spare.drain(..n))
            .for_each(|(to, byte)| *to = byte);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_utf8_is_not_taken_for_another_encoding() {
        let told = |bytes: &[u8]| Encoding::detect(bytes, true).to_string();
        let latin = |times: usize| b"M\xfcller\n".repeat(times);
        assert_eq!(told(&latin(1)), "windows-1252");
        let mixed = ["Müller\n".repeat(3).into_bytes(), latin(4)].concat();
        assert_eq!(told(&mixed), "UTF-8");
        assert_eq!(told(b"Zo\xc3\xab\n\xff\xfe\n"), "UTF-8");
        // Gro\xdf\x92s: an apostrophe behind a letter, as word processors write it.
        let word = [b"Gro\xdf\x92s\n".to_vec(), latin(99)].concat();
        assert_eq!(told(&word), "windows-1252");
        let guess = |bytes: &[u8]| Encoding::detect(bytes, true).guess(bytes);
        let text = b"id,city\n1,Oslo\n2,M\xfcnchen\n";
        assert_eq!(guess(text), Some((3, "München".to_owned())));
        assert_eq!(guess(b"\xfc"), Some((1, "ü".to_owned())));
        assert_eq!(guess("Müller".as_bytes()), None);
    }

    #[test]
    fn pages_of_dos_are_read() {
        for name in ["cp850", "IBM850", "850", "CP437"] {
            let page: Encoding = name.parse().unwrap();
            let raw: &[u8] = b"M\x81ller \xe1\n";
            let mut text = String::new();
            page.decode(Box::new(raw))
                .read_to_string(&mut text)
                .unwrap();
            assert_eq!(text, "M\u{fc}ller \u{df}\n", "{name}");
        }
        for (_, characters) in PAGES {
            assert_eq!(characters.chars().count(), 128);
        }
        assert!("cp999".parse::<Encoding>().is_err());
    }
}

//! How a text table is written: its delimiter and line ends, found from its beginning.

/// Delimiters that are tried, the likelier first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Records of the sample that are looked at.
const SAMPLE: usize = 200;

/// How a text table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// What stands between two fields.
    pub(super) delimiter: u8,
    /// What stands around a field that contains anything; 0 for nothing.
    pub(super) quote: u8,
    /// The last byte of a line: a line feed, or the carriage return of old Macs.
    pub(super) line_end: u8,
}

impl Default for Dialect {
    fn default() -> Self {
        Dialect {
            delimiter: b',',
            quote: b'"',
            line_end: b'\n',
        }
    }
}

/// The dialect of a table that begins like `sample`. The delimiter is the one that cuts the
/// header and most records into the same number of fields.
pub(super) fn detect(
    sample: &[u8],
    delimiter: Option<u8>,
    quote: Option<u8>,
    complete: bool,
) -> Dialect {
    let old_mac =
        memchr::memchr(b'\n', sample).is_none() && memchr::memchr(b'\r', sample).is_some();
    let line_end = if old_mac { b'\r' } else { b'\n' };
    let usual = quote.unwrap_or(b'"');
    let delimiter = delimiter.unwrap_or_else(|| {
        let mut best = (b',', (0, 0));
        for candidate in DELIMITERS {
            let score = score(&counts(sample, candidate, usual, line_end, complete));
            if score > best.1 {
                best = (candidate, score);
            }
        }
        best.0
    });
    Dialect {
        delimiter,
        quote: quote.unwrap_or_else(|| find_quote(sample, delimiter, line_end)),
        line_end,
    }
}

/// Single quotes, if fields have them around and no field begins with a double one.
fn find_quote(sample: &[u8], delimiter: u8, line_end: u8) -> u8 {
    let mut single = false;
    for line in sample.split(|b| *b == line_end).take(SAMPLE) {
        for field in line.trim_ascii_end().split(|b| *b == delimiter) {
            match field {
                [b'"', ..] => return b'"',
                [b'\'', .., b'\''] => single = true,
                // Most likely an apostrophe.
                [b'\'', ..] | [.., b'\''] => return b'"',
                _ => {}
            }
        }
    }
    if single { b'\'' } else { b'"' }
}

/// How many delimiters each of the first records has outside quotes.
fn counts(sample: &[u8], delimiter: u8, quote: u8, line_end: u8, complete: bool) -> Vec<usize> {
    let (mut counts, mut count, mut quoted, mut empty) = (Vec::new(), 0, false, true);
    for &byte in sample {
        match byte {
            b if b == quote => quoted = !quoted,
            b if b == line_end && !quoted => {
                if !empty {
                    counts.push(count);
                }
                (count, empty) = (0, true);
                if counts.len() == SAMPLE {
                    return counts;
                }
                continue;
            }
            b if b == delimiter && !quoted => count += 1,
            b'\r' => continue,
            _ => {}
        }
        empty = false;
    }
    // The last record of a sample that goes on is cut somewhere.
    if !empty && (complete || counts.is_empty()) {
        counts.push(count);
    }
    counts
}

/// Records alike the header in a thousand, then fields; nothing if the header is not cut.
fn score(counts: &[usize]) -> (usize, usize) {
    match counts {
        [] | [0, ..] => (0, 0),
        [header] => (1000, *header),
        [header, rest @ ..] => {
            let alike = rest.iter().filter(|n| *n == header).count();
            (1 + alike * 1000 / rest.len(), *header)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(sample: &str) -> char {
        detect(sample.as_bytes(), None, None, true).delimiter.into()
    }

    #[test]
    fn the_delimiter_is_what_cuts_all_records_alike() {
        assert_eq!(delimiter("a,b\n1,2\n"), ',');
        assert_eq!(delimiter("a;b\n1,5;2,5\n3,5;4\n"), ';');
        assert_eq!(delimiter("a\tb\r\n1,2\t3\r\n"), '\t');
        assert_eq!(delimiter("a|b|c\n1|2|3\n"), '|');
        assert_eq!(delimiter("\"x;y\",b\n\"1;2\",3\n"), ',');
        assert_eq!(delimiter("one column\nno delimiter; really\n"), ',');
        assert_eq!(delimiter("a;b"), ';');
        assert_eq!(delimiter(""), ',');
    }

    #[test]
    fn a_delimiter_that_is_told_is_not_detected() {
        assert_eq!(
            detect(b"a;b\n1;2\n", Some(b','), None, true).delimiter,
            b','
        );
    }

    #[test]
    fn single_quotes_are_found_where_fields_have_them_around() {
        let quote = |sample: &str| char::from(detect(sample.as_bytes(), None, None, true).quote);
        assert_eq!(quote("a,b\n'1','x y'\n"), '\'');
        assert_eq!(quote("a,b\n1,'tis\n2,'x'\n"), '"');
        assert_eq!(quote("a,b\n\"it\",'x'\n"), '"');
        assert_eq!(quote("a,b\n1,2\n"), '"');
    }

    #[test]
    fn line_ends_of_old_macs_are_found() {
        assert_eq!(detect(b"a,b\r1,2\r", None, None, true).line_end, b'\r');
        assert_eq!(detect(b"a,b\r\n1,2\r\n", None, None, true).line_end, b'\n');
    }
}

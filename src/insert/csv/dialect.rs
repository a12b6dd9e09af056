//! How a text table is written: its delimiter and line ends, found from its beginning.

/// Delimiters that are tried, the likelier first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Records of the sample that are looked at.
const SAMPLE: usize = 200;
/// Records that may stand above a table and be found.
const ABOVE: usize = 30;
/// Records that may stand below it.
const BELOW: usize = 5;

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
    let line_end = line_end(sample);
    let usual = quote.unwrap_or(b'"');
    let delimiter = delimiter.unwrap_or_else(|| {
        let mut best = (b',', (0, 0));
        for candidate in DELIMITERS {
            let dialect = Dialect {
                delimiter: candidate,
                quote: usual,
                line_end,
            };
            let score = score(&records(sample, candidate, dialect, complete));
            if score > best.1 {
                best = (candidate, score);
            }
        }
        best.0
    });
    Dialect {
        delimiter,
        quote: quote.unwrap_or_else(|| find_quote(sample, delimiter, line_end, complete)),
        line_end,
    }
}

/// The separator that the first line of a text names, as Excel reads and writes it: `sep=;`.
pub(super) fn named(sample: &[u8]) -> Option<u8> {
    let (sep, rest) = sample.split_at_checked(4)?;
    match rest {
        [sign, b'\r' | b'\n', ..] if sep.eq_ignore_ascii_case(b"sep=") => {
            Some(*sign).filter(|sign| sign.is_ascii() && !b"\"\r\n\0".contains(sign))
        }
        _ => None,
    }
}

/// Whether a value in the first lines of a text begins with a double quote.
pub(super) fn begins_quoted(sample: &[u8], line_end: u8) -> bool {
    let lines = sample.split(|byte| *byte == line_end).take(SAMPLE);
    let before = |at: usize, line: &[u8]| match at.checked_sub(1) {
        None => true,
        Some(before) => line
            .get(before)
            .is_some_and(|sign| DELIMITERS.contains(sign)),
    };
    lines.into_iter().any(|line| {
        let mut quotes = memchr::memchr_iter(b'"', line);
        quotes.any(|at| before(at, line))
    })
}

/// The last byte of the lines of a text that begins like `sample`.
pub(super) fn line_end(sample: &[u8]) -> u8 {
    let is_old_mac =
        memchr::memchr(b'\n', sample).is_none() && memchr::memchr(b'\r', sample).is_some();
    if is_old_mac { b'\r' } else { b'\n' }
}

/// How many lines stand above the table in a text that begins like `sample`, read by `dialect`:
/// records of fewer fields than all that follow.
pub(super) fn preamble(
    sample: &[u8],
    delimiter: Option<u8>,
    dialect: Dialect,
    complete: bool,
) -> u64 {
    let records = |delimiter| records(sample, delimiter, dialect, complete);
    // Where the first record is like the others nothing is above it.
    if is_steady(&records(dialect.delimiter)) {
        return 0;
    }
    let delimiters = delimiter.map_or(DELIMITERS.to_vec(), |only| vec![only]);
    let found = delimiters
        .into_iter()
        .filter_map(|d| above(&records(d), complete));
    // The more fields, the likelier.
    found
        .max_by_key(|(_, fields)| *fields)
        .map_or(0, |(lines, _)| lines)
}

/// Whether nine of ten records are as wide as the first.
fn is_steady(records: &[(u64, usize)]) -> bool {
    let first = records.first().map_or(0, |(_, count)| *count);
    let alike = records.iter().filter(|(_, count)| *count == first);
    first > 0 && alike.count() * 10 >= records.len() * 9
}

/// The lines above the first of the records that are alike, and how many delimiters these have.
fn above(records: &[(u64, usize)], complete: bool) -> Option<(u64, usize)> {
    let alike = |pair: &[(u64, usize)]| matches!(pair, [(_, a), (_, b)] if a == b && *a > 0);
    let begin = records.windows(2).position(alike)?;
    let (above, table) = records.split_at_checked(begin)?;
    let (lines, count) = *table.first()?;
    let fewer = above.iter().all(|(_, fields)| *fields < count);
    // A header that does not name the numbers of the rows is one all the same.
    let header = matches!(above, [(_, fields)] if *fields > 0 && fields + 1 == count);
    // What stands below the table says nothing against it.
    let last = table.iter().rev().take(BELOW);
    let below = last.take_while(|(_, fields)| complete && *fields < count);
    let table = table.get(..table.len() - below.count())?;
    let found = (1..=ABOVE).contains(&begin) && fewer && !header && is_steady(table);
    found.then_some((lines, count))
}

/// Single quotes, if no field begins with a double one and they can not be texts: either all values
/// of a column stand in them, or there are delimiters inside that would else cut the records unlike
/// the header.
fn find_quote(sample: &[u8], delimiter: u8, line_end: u8, complete: bool) -> u8 {
    let lines = sample.split(|b| *b == line_end).take(SAMPLE + 1);
    let mut lines: Vec<&[u8]> = lines.collect();
    // What the sample cuts says nothing, and neither does what follows the last line.
    if !complete || lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    // By column: values in single quotes, and others.
    let mut columns: Vec<(usize, usize)> = Vec::new();
    let (mut cuts, mut records) = (false, 0);
    for (at, line) in lines.into_iter().take(SAMPLE).enumerate() {
        let line = line.trim_ascii_end();
        let Some(fields) = single_quoted(line, delimiter) else {
            return b'"';
        };
        match at {
            0 => columns = vec![(0, 0); fields.len()],
            _ => records += usize::from(!line.is_empty()),
        }
        let plain = line.split(|b| *b == delimiter).count();
        match (fields.len() == columns.len(), plain == columns.len()) {
            (true, true) => {}
            (true, false) => cuts = true,
            // Quotes would put together what belongs apart.
            (false, true) => return b'"',
            (false, false) => continue,
        }
        for ((quoted, others), field) in columns.iter_mut().zip(fields) {
            match field {
                _ if at == 0 => {}
                [b'\'', ..] => *quoted += 1,
                [] => {}
                _ => *others += 1,
            }
        }
    }
    let some = columns.iter().any(|(quoted, _)| *quoted > 0);
    // One value in quotes among many that have none is but a text.
    let rule = |(quoted, others): &(usize, usize)| *others == 0 && quoted * 2 >= records.max(1);
    let ruled = columns.iter().any(rule);
    match some && (ruled || cuts) {
        true => b'\'',
        false => b'"',
    }
}

/// The fields of a line whose values may stand in single quotes; none where one begins with a
/// double quote, or a single one is but an apostrophe.
fn single_quoted(line: &[u8], delimiter: u8) -> Option<Vec<&[u8]>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let mut end = match rest {
            [b'"', ..] => return None,
            [b'\'', inside @ ..] => {
                let mut at = 0;
                loop {
                    at += memchr::memchr(b'\'', inside.get(at..)?)? + 1;
                    match inside.get(at) {
                        Some(b'\'') => at += 1,
                        _ => break at + 1,
                    }
                }
            }
            _ => {
                let end = memchr::memchr(delimiter, rest).unwrap_or(rest.len());
                if memchr::memchr(b'\'', rest.get(..end)?).is_some() {
                    return None;
                }
                end
            }
        };
        fields.push(rest.get(..end)?);
        match rest.get(end) {
            None => return Some(fields),
            Some(byte) if *byte == delimiter => end += 1,
            Some(_) => return None,
        }
        rest = rest.get(end..)?;
    }
}

/// How many delimiters each of the first records has outside quotes, and how many lines are above
/// it.
fn records(sample: &[u8], delimiter: u8, dialect: Dialect, complete: bool) -> Vec<(u64, usize)> {
    let (mut records, mut count, mut quoted, mut empty) = (Vec::new(), 0, false, true);
    let (mut lines, mut start) = (0, 0);
    for &byte in sample {
        lines += u64::from(byte == dialect.line_end);
        match byte {
            b if b == dialect.quote => quoted = !quoted,
            b if b == dialect.line_end && !quoted => {
                if !empty {
                    records.push((start, count));
                }
                (count, empty, start) = (0, true, lines);
                if records.len() == SAMPLE {
                    return records;
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
    if !empty && (complete || records.is_empty()) {
        records.push((start, count));
    }
    records
}

/// Records alike the header in a thousand, then fields; nothing if the header is not cut.
fn score(records: &[(u64, usize)]) -> (usize, usize) {
    match records {
        [] | [(_, 0), ..] => (0, 0),
        [(_, header)] => (1000, *header),
        [(_, header), rest @ ..] => {
            let alike = rest.iter().filter(|(_, n)| n == header).count();
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
        assert_eq!(quote("a,b\n1,boys'\n2,'x'\n"), '"');
        assert_eq!(quote("'a','b'\n'it''s','x,y'\n'z',''\n"), '\'');
        assert_eq!(
            quote("a,b\n1,'x, y'\n2,z\n"),
            '\'',
            "it would cut the record"
        );
        assert_eq!(
            quote("a,b\n1,'x'\n2,\n3,'y'\n"),
            '\'',
            "nothing is no other value"
        );
        assert_eq!(quote("a,b\n'x,y'\n1,'z'\n"), '"', "it would cut too little");
        assert_eq!(
            quote("a,b\n'x','y'\n'1','z','u'\n"),
            '\'',
            "a record is wrong"
        );
        let mut one = String::from("a,b\n");
        (0..150).for_each(|n| one += &format!("{n},word {n}\n"));
        assert_eq!(quote(&(one + "9,'x'\n")), '"', "one value is no rule");
        assert_eq!(quote("a,b\n\"it\",'x'\n"), '"');
        assert_eq!(quote("a,b\n1,2\n"), '"');
    }

    #[test]
    fn lines_above_the_table_are_found() {
        let above = |sample: &str| {
            let dialect = detect(sample.as_bytes(), None, None, true);
            preamble(sample.as_bytes(), None, dialect, true)
        };
        let table = "id;name;amount\n1;ana;2\n2;ben;3\n";
        assert_eq!(above(table), 0);
        assert_eq!(above(&format!("Orders of 2026\n{table}")), 1);
        assert_eq!(
            above(&format!("Orders, all of them\nby: ana\n\n{table}")),
            3
        );
        assert_eq!(above(&format!("\"Orders\nof 2026\"\r\n\r\n{table}")), 3);
        assert_eq!(
            above(&format!("Orders\n\n{table}\n2 rows\nend of report\n")),
            2
        );
        assert_eq!(
            above(&format!("Orders\n{table}{}", "no row\n".repeat(6))),
            0,
            "too much below"
        );
        assert_eq!(
            above(&format!("from;2026-01-01\nto;2026-12-31\n{table}")),
            0,
            "two are alike"
        );
        assert_eq!(
            above("a,b\n1,2,3\n1,2,3\n"),
            0,
            "a header without a name for the first"
        );
        assert_eq!(above("a\n1,2\n3\n4,5\n6,7\n8\n9\n"), 0, "nothing is steady");
        assert_eq!(above("one\ntwo\nthree\n"), 0);
        assert_eq!(above(&format!("{}{table}", "text\n".repeat(31))), 0);
    }

    #[test]
    fn line_ends_of_old_macs_are_found() {
        assert_eq!(detect(b"a,b\r1,2\r", None, None, true).line_end, b'\r');
        assert_eq!(detect(b"a,b\r\n1,2\r\n", None, None, true).line_end, b'\n');
    }
}

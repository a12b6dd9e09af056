//! Fields whose signs are escaped by backslashes, as `COPY` and `mysqldump --tab` write them.

use super::{Behind, CsvReader, Dialect, END, LineEnd, NULL, Span, Stuck, Trim, Wrong, unreadable};
use crate::insert::InsertError;
use std::io::Read;

/// Bytes of empty lines that an export of one column may begin with.
const SAMPLE: usize = 1 << 16;

impl<R: Read> CsvReader<R> {
    /// Refuses what stands behind the line that ends an export: another one, whose rows would be lost.
    pub(super) fn ends_there(&mut self, end: LineEnd) -> Result<(), InsertError> {
        let (mut at, mut line) = (end.total, self.line + 1);
        loop {
            let next = self.window.line(self.dialect.line_end, at);
            let next = next.map_err(|stuck| unreadable(&self.name, line, stuck))?;
            let Some(next) = next else { return Ok(()) };
            let content = self.window.slice(at, at + next.content);
            if !content.trim_ascii().is_empty() {
                let reason = format!(
                    "the export ends in line {}, by \\., and this stands behind it; take that line away, \
                     or what follows",
                    self.line
                );
                return Err(self.malformed(line, reason));
            }
            (at, line) = (at + next.total, line + 1);
        }
    }

    /// Whether an export begins with empty lines that are rows: it has one column.
    pub(super) fn has_one_column(&mut self) -> Result<bool, Stuck> {
        let Dialect {
            delimiter,
            quote,
            line_end,
        } = self.dialect;
        let mut at = 0;
        while self.escapes && quote == 0 && at <= SAMPLE {
            let Some(line) = self.window.line(line_end, at)? else {
                break;
            };
            let content = self.window.slice(at, at + line.content);
            if !content.is_empty() {
                return Ok(content != END && memchr::memchr(delimiter, content).is_none());
            }
            at += line.total;
        }
        Ok(false)
    }

    /// The fields of a record in which backslashes stand before signs that mean something else.
    pub(super) fn locate_escaped(&mut self) -> Result<(), Wrong> {
        let quote = self.dialect.quote;
        let mut at = 0;
        loop {
            let quoted = quote != 0 && self.window.byte(at)? == Some(quote);
            at = self.escaped(at + usize::from(quoted), quoted)?;
            let end = match self.behind(at)? {
                Behind::Delimiter => {
                    at += 1;
                    continue;
                }
                Behind::End(end) => end,
                Behind::Text => {
                    return Err(self.wrong(format!(
                        "text after the closing quote of field {}; put a backslash before \
                         quotes inside a quoted value",
                        self.fields.len()
                    )));
                }
            };
            self.length = at + end;
            self.lines += 1;
            return Ok(());
        }
    }

    /// Adds the field that begins at a position: the position behind it, and behind its quote.
    fn escaped(&mut self, start: usize, quoted: bool) -> Result<usize, Wrong> {
        let Dialect {
            delimiter,
            quote,
            line_end,
        } = self.dialect;
        let opened = self.line + self.lines;
        let ends = if quoted { quote } else { delimiter };
        let resolved = self.resolved.len();
        // From here on nothing is resolved yet.
        let (mut from, mut at) = (start, start);
        let what = loop {
            let (run, what) = self.window.find_any([ends, b'\\', line_end], at)?;
            at += run;
            match what {
                Some(b'\\') => {
                    let sign = self.window.byte(at + 1)?;
                    let before = self.window.slice(from, at);
                    self.resolved.extend_from_slice(before);
                    self.resolved.push(match sign {
                        Some(b't') => b'\t',
                        Some(b'n') => b'\n',
                        Some(b'r') => b'\r',
                        Some(b'b') => 8,
                        Some(b'f') => 12,
                        Some(b'v') => 11,
                        Some(b'0') => {
                            return Err(Wrong::Rest {
                                line: self.line,
                                reason: "a NUL, \\0; no text may have one".into(),
                            });
                        }
                        Some(sign) => sign,
                        None => b'\\',
                    });
                    self.lines += u64::from(sign == Some(line_end));
                    at += 1 + usize::from(sign.is_some());
                    from = at;
                }
                Some(b) if b == line_end && quoted => {
                    self.lines += 1;
                    at += 1;
                }
                Some(b) if quoted && b == quote && self.window.byte(at + 1)? == Some(quote) => {
                    let before = self.window.slice(from, at + 1);
                    self.resolved.extend_from_slice(before);
                    at += 2;
                    from = at;
                }
                None if quoted => {
                    return Err(Wrong::Rest {
                        line: opened,
                        reason: "a quote is opened here and never closed; close it, or put a \
                                 backslash before quotes inside a quoted value"
                            .into(),
                    });
                }
                _ => break what,
            }
        };
        let mut end = at;
        let rest = self.window.slice(from, end);
        if !quoted && what != Some(delimiter) && rest.ends_with(b"\r") {
            end -= 1;
        }
        let raw = self.window.slice(start, end);
        let sign = match self.trim {
            Trim::No => raw,
            _ => raw.trim_ascii(),
        };
        let span = if !quoted && sign == b"\\N" {
            self.resolved.truncate(resolved);
            NULL
        } else if self.resolved.len() > resolved {
            let rest = self.window.slice(from, end);
            self.resolved.extend_from_slice(rest);
            Span {
                start: resolved,
                end: self.resolved.len(),
                quoted,
                resolved: true,
            }
        } else {
            // Without quotes an export tells NULL from empty text by its own sign.
            Span {
                quoted: quoted || quote == 0 && raw.is_empty(),
                ..Span::plain(start, end)
            }
        };
        self.fields.push(span);
        Ok(end + usize::from(quoted))
    }
}

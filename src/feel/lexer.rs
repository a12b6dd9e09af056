//! FEEL text as tokens. Names of several words are put together by the parser, which
//! knows what is in scope.

use super::SyntaxError;
use super::number::Number;
use std::sync::Arc;

/// Longest expression, in bytes.
pub const MAX_LENGTH: usize = 4 << 20;

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A word: part of a name, or a keyword.
    Word,
    /// A number.
    Number(Number),
    /// A string literal, unescaped.
    String(Arc<str>),
    /// A name between backticks.
    Quoted(Arc<str>),
    /// Punctuation, of one or two characters.
    Symbol,
    /// The end of the text.
    End,
}

/// A token of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Token<'t> {
    /// What it is.
    pub kind: Kind,
    /// As it is written.
    pub text: &'t str,
    /// Where it starts, in bytes.
    pub start: u32,
}

fn starts_name(c: char) -> bool {
    c == '?'
        || c == '_'
        || c.is_alphabetic()
        || (c as u32 > 0x7f && !c.is_whitespace() && !c.is_control())
}

fn continues_name(c: char) -> bool {
    starts_name(c) && c != '?' || c.is_ascii_digit()
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token<'t>>,
}

/// Splits a text into tokens; the last one is [`Kind::End`].
pub fn tokenize(text: &str) -> Result<Vec<Token<'_>>, SyntaxError> {
    if text.len() > MAX_LENGTH {
        return Err(SyntaxError::at(
            text,
            0,
            "the expression is longer than 4 MB",
        ));
    }
    let mut lexer = Lexer {
        text,
        at: 0,
        tokens: Vec::with_capacity((text.len() / 3 + 2).min(64)),
    };
    while lexer.skip_blank()? {
        let start = lexer.at;
        let kind = lexer.token()?;
        lexer.tokens.push(Token {
            kind,
            text: &text[start..lexer.at],
            start: start as u32,
        });
    }
    // What is missing at the end is missing in the last line with a word, not in an empty one below it.
    let last = lexer.tokens.last();
    let last = last.map_or(0, |last| last.start as usize + last.text.len());
    let blank = &text[last..];
    let end = last + blank.find(['\r', '\n']).unwrap_or(blank.len());
    lexer.tokens.push(Token {
        kind: Kind::End,
        text: "",
        start: end as u32,
    });
    Ok(lexer.tokens)
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The byte so far ahead, 0 behind the end.
    fn byte(&self, ahead: usize) -> u8 {
        let bytes = self.text.as_bytes();
        bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Goes on while the bytes are such.
    fn skip(&mut self, such: impl Fn(&u8) -> bool) {
        let bytes = self.text.as_bytes()[self.at..].iter();
        self.at += bytes.take_while(|byte| such(byte)).count();
    }

    fn error<T>(&self, at: usize, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError::at(self.text, at, message))
    }

    /// Skips white space and comments; false at the end of the text.
    fn skip_blank(&mut self) -> Result<bool, SyntaxError> {
        loop {
            self.skip(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
            if self.byte(0).is_ascii_graphic() && self.byte(0) != b'/' {
                return Ok(true);
            }
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                match rest.find("*/") {
                    Some(end) => self.at += end + 2,
                    None => return self.error(self.at, "the comment is not closed; add `*/`"),
                }
            } else {
                match self.peek() {
                    Some(c) if c.is_whitespace() || c == '\u{feff}' => self.at += c.len_utf8(),
                    next => return Ok(next.is_some()),
                }
            }
        }
    }

    fn token(&mut self) -> Result<Kind, SyntaxError> {
        let first = self.byte(0);
        let number = first == b'.' && self.byte(1).is_ascii_digit() && !self.after_operand();
        if number || first.is_ascii_digit() {
            return self.number();
        }
        let Some(c) = self.peek() else {
            return Ok(Kind::End);
        };
        if starts_name(c) {
            self.at += c.len_utf8();
            self.skip(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
            if !self.byte(0).is_ascii() {
                let rest = self.rest();
                self.at += rest.find(|c| !continues_name(c)).unwrap_or(rest.len());
            }
            return Ok(Kind::Word);
        }
        match c {
            '"' => self.string(),
            '`' => {
                let rest = &self.rest()[1..];
                let Some(end) = rest.find('`') else {
                    return self.error(self.at, "the name is not closed; add a backtick");
                };
                let name: Arc<str> = rest[..end].into();
                self.at += end + 2;
                Ok(Kind::Quoted(name))
            }
            _ => {
                let pair = matches!(
                    (first, self.byte(1)),
                    (b'*', b'*') | (b'.', b'.') | (b'<' | b'>' | b'!', b'=') | (b'-', b'>')
                );
                if !pair && !b"+-*/=<>()[]{},.:@'!;#$%&|~^\\".contains(&first) {
                    return self.error(
                        self.at,
                        format!("`{}` has no meaning here", c.escape_debug()),
                    );
                }
                self.at += if pair { 2 } else { 1 };
                Ok(Kind::Symbol)
            }
        }
    }

    /// Whether the token before ends an operand without a gap, as the `.` of a path follows one.
    fn after_operand(&self) -> bool {
        self.tokens.last().is_some_and(|token| {
            token.start as usize + token.text.len() == self.at
                && (token.kind != Kind::Symbol || matches!(token.text, ")" | "]" | "}" | "."))
        })
    }

    fn number(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        self.skip(u8::is_ascii_digit);
        if self.byte(0) == b'.' && self.byte(1).is_ascii_digit() {
            self.at += 1;
            self.skip(u8::is_ascii_digit);
        }
        if matches!(self.byte(0), b'e' | b'E') {
            let signed = usize::from(matches!(self.byte(1), b'+' | b'-'));
            if self.byte(1 + signed).is_ascii_digit() {
                self.at += 1 + signed;
                self.skip(u8::is_ascii_digit);
            }
        }
        match Number::parse(&self.text[start..self.at]) {
            Some(n) => Ok(Kind::Number(n)),
            None => self.error(start, "the number is too large"),
        }
    }

    fn string(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        let mut value = String::new();
        self.at += 1;
        loop {
            let from = self.at;
            self.skip(|byte| !matches!(byte, b'"' | b'\\'));
            let part = &self.text[from..self.at];
            let end = self.byte(0);
            self.at += 1;
            match end {
                b'"' if value.is_empty() => return Ok(Kind::String(part.into())),
                b'"' => {
                    value.push_str(part);
                    return Ok(Kind::String(value.into()));
                }
                b'\\' => value.push_str(part),
                _ => return self.error(start, "the text is not closed; add `\"`"),
            }
            value.push(self.escape()?);
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char, SyntaxError> {
        let at = self.at - 1;
        let Some(c) = self.peek() else {
            return self.error(at, "the text is not closed; add `\"`");
        };
        self.at += c.len_utf8();
        match c {
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            '"' | '\\' | '\'' => Ok(c),
            'u' => {
                let high = self.hex(4, at)?;
                let code = if (0xd800..0xdc00).contains(&high) && self.rest().starts_with("\\u") {
                    self.at += 2;
                    let low = self.hex(4, at)?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return self.error(at, "half of a surrogate pair is not a character");
                    }
                    0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
                } else {
                    high
                };
                char::from_u32(code).map_or_else(
                    || self.error(at, "half of a surrogate pair is not a character"),
                    Ok,
                )
            }
            'U' => {
                let code = self.hex(6, at)?;
                char::from_u32(code)
                    .map_or_else(|| self.error(at, "there is no such character"), Ok)
            }
            other => {
                self.at -= other.len_utf8();
                Ok('\\')
            }
        }
    }

    fn hex(&mut self, digits: usize, at: usize) -> Result<u32, SyntaxError> {
        let code = self
            .rest()
            .get(..digits)
            .filter(|s| s.bytes().all(|b| b.is_ascii_hexdigit()));
        match code.and_then(|s| u32::from_str_radix(s, 16).ok()) {
            Some(code) => {
                self.at += digits;
                Ok(code)
            }
            None => self.error(
                at,
                format!(
                    "`\\{}` takes {digits} hexadecimal digits",
                    if digits == 4 { 'u' } else { 'U' }
                ),
            ),
        }
    }
}

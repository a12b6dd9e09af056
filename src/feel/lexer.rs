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

/// A token and where it stands, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
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

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
}

/// Splits a text into tokens; the last one is [`Kind::End`].
pub fn tokenize(text: &str) -> Result<Vec<Token>, SyntaxError> {
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
        tokens: Vec::new(),
    };
    while lexer.skip_blank()? {
        let start = lexer.at;
        let kind = lexer.token()?;
        lexer.tokens.push(Token {
            kind,
            start: start as u32,
            end: lexer.at as u32,
        });
    }
    let end = text.len() as u32;
    lexer.tokens.push(Token {
        kind: Kind::End,
        start: end,
        end,
    });
    Ok(lexer.tokens)
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn error<T>(&self, at: usize, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError::at(self.text, at, message))
    }

    /// Skips white space and comments; false at the end of the text.
    fn skip_blank(&mut self) -> Result<bool, SyntaxError> {
        loop {
            let rest = self.rest();
            let blank = rest.len()
                - rest
                    .trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
                    .len();
            self.at += blank;
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                match rest.find("*/") {
                    Some(end) => self.at += end + 2,
                    None => return self.error(self.at, "the comment is not closed; add `*/`"),
                }
            } else {
                return Ok(!rest.is_empty());
            }
        }
    }

    fn token(&mut self) -> Result<Kind, SyntaxError> {
        let Some(c) = self.peek() else {
            return Ok(Kind::End);
        };
        let digit_follows = self.rest()[c.len_utf8()..].starts_with(|c: char| c.is_ascii_digit());
        if c.is_ascii_digit() || (c == '.' && digit_follows && !self.after_operand()) {
            return self.number();
        }
        if starts_name(c) {
            self.at += c.len_utf8();
            let rest = self.rest();
            self.at += rest.find(|c| !continues_name(c)).unwrap_or(rest.len());
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
                const PAIRS: [&str; 6] = ["**", "..", "<=", ">=", "!=", "->"];
                let pair = PAIRS.iter().any(|pair| self.rest().starts_with(pair));
                if !pair && !"+-*/=<>()[]{},.:@'!;#$%&|~^\\".contains(c) {
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
            let text = &self.text[token.start as usize..token.end as usize];
            token.end as usize == self.at
                && (token.kind != Kind::Symbol || matches!(text, ")" | "]" | "}" | "."))
        })
    }

    fn number(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        let digits = |s: &str| s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
        self.at += digits(self.rest());
        if let Some(fraction) = self.rest().strip_prefix('.') {
            let n = digits(fraction);
            if n > 0 {
                self.at += 1 + n;
            }
        }
        if let Some(exponent) = self.rest().strip_prefix(['e', 'E']) {
            let signed = usize::from(exponent.starts_with(['+', '-']));
            let n = digits(&exponent[signed..]);
            if n > 0 {
                self.at += 1 + signed + n;
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
            let rest = self.rest();
            let Some(end) = rest.find(['"', '\\']) else {
                return self.error(start, "the text is not closed; add `\"`");
            };
            value.push_str(&rest[..end]);
            let closing = rest[end..].starts_with('"');
            self.at += end + 1;
            if closing {
                return Ok(Kind::String(value.into()));
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

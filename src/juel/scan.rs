//! Characters to tokens. Text outside `${…}` is one token.

use super::parse::Failure;

/// A token inside or outside an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Text(String),
    StartDynamic,
    StartDeferred,
    End,
    Identifier(String),
    String(String),
    Integer(String),
    Float(String),
    /// Operators and brackets by their symbol; `and`, `or`, … as `&&`, `||`, ….
    Symbol(&'static str),
    True,
    False,
    Null,
    Empty,
    InstanceOf,
    Eof,
}

impl Token {
    /// How an error shows it.
    pub(super) fn image(&self) -> String {
        match self {
            Token::Text(_) => "text".into(),
            Token::StartDynamic => "'${'".into(),
            Token::StartDeferred => "'#{'".into(),
            Token::End => "'}'".into(),
            Token::Identifier(t) | Token::Integer(t) | Token::Float(t) => format!("'{t}'"),
            Token::String(_) => "a string".into(),
            Token::Symbol(s) => format!("'{s}'"),
            Token::True => "'true'".into(),
            Token::False => "'false'".into(),
            Token::Null => "'null'".into(),
            Token::Empty => "'empty'".into(),
            Token::InstanceOf => "'instanceof'".into(),
            Token::Eof => "the end".into(),
        }
    }
}

/// Reads tokens one after the other; a copy of it looks ahead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scanner<'a> {
    source: &'a str,
    at: usize,
    inside: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Scanner {
            source,
            at: 0,
            inside: false,
        }
    }

    /// The next token and the byte where it starts.
    pub(super) fn next(&mut self) -> Result<(Token, usize), Failure> {
        if self.inside {
            self.skip_space();
        }
        let start = self.at;
        let token = if start >= self.source.len() {
            Token::Eof
        } else if self.inside {
            self.inner()?
        } else {
            self.outer()
        };
        Ok((token, start))
    }

    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        // Java's isWhitespace leaves out the no-break spaces; so does this.
        let space = |c: char| c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}');
        self.at += self.rest().len() - self.rest().trim_start_matches(space).len();
    }

    fn outer(&mut self) -> Token {
        for (start, token) in [("${", Token::StartDynamic), ("#{", Token::StartDeferred)] {
            if self.rest().starts_with(start) {
                self.at += 2;
                self.inside = true;
                return token;
            }
        }
        let mut text = String::new();
        let mut escaped = false;
        let mut chars = self.rest().char_indices().peekable();
        let mut length = self.rest().len();
        while let Some((i, c)) = chars.next() {
            let starts = matches!(c, '$' | '#') && matches!(chars.peek(), Some((_, '{')));
            if starts && !escaped {
                length = i;
                break;
            }
            if c == '\\' && !escaped {
                escaped = true;
                continue;
            }
            if c == '\\' {
                // Two backslashes are one kept and one that still may escape.
                text.push('\\');
                continue;
            }
            if escaped && !starts {
                text.push('\\');
            }
            text.push(c);
            escaped = false;
        }
        if escaped {
            text.push('\\');
        }
        self.at += length;
        Token::Text(text)
    }

    fn inner(&mut self) -> Result<Token, Failure> {
        let rest = self.rest();
        let mut chars = rest.chars();
        let first = chars.next().unwrap_or_default();
        let second = chars.next().unwrap_or_default();
        match first {
            '}' => {
                self.at += 1;
                self.inside = false;
                return Ok(Token::End);
            }
            '\'' | '"' => return self.string(first),
            _ if first.is_ascii_digit() || (first == '.' && second.is_ascii_digit()) => {
                return Ok(self.number());
            }
            _ if first.is_alphabetic() || first == '_' || first == '$' => return Ok(self.word()),
            _ => {}
        }
        const SYMBOLS: [&str; 22] = [
            "==", "!=", "<=", ">=", "&&", "||", "(", ")", "[", "]", ",", ".", "?", ":", "!", "<",
            ">", "+", "-", "*", "/", "%",
        ];
        match SYMBOLS.into_iter().find(|s| rest.starts_with(s)) {
            Some(symbol) => {
                self.at += symbol.len();
                Ok(Token::Symbol(symbol))
            }
            None => Err(Failure::lexical(
                self.at,
                &format!("character '{first}'"),
                "an expression",
            )),
        }
    }

    fn string(&mut self, quote: char) -> Result<Token, Failure> {
        let start = self.at;
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, c)) if c == '\\' || c == quote => text.push(c),
                    Some((_, c)) => {
                        return Err(Failure::lexical(
                            start + i,
                            &format!("invalid escape sequence \\{c}"),
                            &format!("\\{quote} or \\\\"),
                        ));
                    }
                    None => break,
                },
                c if c == quote => {
                    self.at = start + i + 1;
                    return Ok(Token::String(text));
                }
                c => text.push(c),
            }
        }
        Err(Failure::lexical(
            start,
            "a string that does not end",
            &format!("{quote}"),
        ))
    }

    fn number(&mut self) -> Token {
        let bytes = self.rest().as_bytes();
        let digits = |from: usize| {
            let run = bytes.iter().skip(from).take_while(|b| b.is_ascii_digit());
            from + run.count()
        };
        let is = |at: usize, set: &[u8]| bytes.get(at).is_some_and(|b| set.contains(b));
        let mut end = digits(0);
        let mut float = false;
        if is(end, b".") {
            float = true;
            end = digits(end + 1);
        }
        if is(end, b"eE") {
            let mantissa = end + 1 + usize::from(is(end + 1, b"+-"));
            if digits(mantissa) > mantissa {
                float = true;
                end = digits(mantissa);
            }
        }
        let text = self.rest().get(..end).unwrap_or_default().to_owned();
        self.at += end;
        if float {
            Token::Float(text)
        } else {
            Token::Integer(text)
        }
    }

    fn word(&mut self) -> Token {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
            .unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        self.at += end;
        match word {
            "true" => Token::True,
            "false" => Token::False,
            "null" => Token::Null,
            "empty" => Token::Empty,
            "instanceof" => Token::InstanceOf,
            "div" => Token::Symbol("/"),
            "mod" => Token::Symbol("%"),
            "not" => Token::Symbol("!"),
            "and" => Token::Symbol("&&"),
            "or" => Token::Symbol("||"),
            "le" => Token::Symbol("<="),
            "lt" => Token::Symbol("<"),
            "eq" => Token::Symbol("=="),
            "ne" => Token::Symbol("!="),
            "ge" => Token::Symbol(">="),
            "gt" => Token::Symbol(">"),
            _ => Token::Identifier(word.to_owned()),
        }
    }
}

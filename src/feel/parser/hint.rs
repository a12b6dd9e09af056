//! What was meant by what is no FEEL: signs that other languages write.

use super::super::compiler::Compiler;
use super::super::lexer::{Kind, Token};

/// Longer parts are not written out once more.
const LONGEST: usize = 40;

impl Compiler<'_> {
    /// What to write in place of the token that is not expected here; empty where that is not
    /// known.
    pub(super) fn hint(&self) -> String {
        let at = |ix: usize| self.tokens.get(ix).filter(|token| token.kind != Kind::End);
        let (Some(token), Some(before)) = (at(self.at), self.at.checked_sub(1).and_then(at)) else {
            return String::new();
        };
        let touch =
            |a: &Token<'_>, b: &Token<'_>| a.start as usize + a.text.len() == b.start as usize;
        let is_number = |token: &Token<'_>| matches!(token.kind, Kind::Number(_));
        match (before.text, token.text) {
            ("=" | "<", ">" | "<" | "=") if touch(before, token) => {
                let sign = match (before.text, token.text) {
                    ("=", ">") => ">=",
                    ("=", "<") => "<=",
                    ("=", _) => "=",
                    ("<", ">") => "!=",
                    _ => return String::new(),
                };
                match self.part(self.at + 1, self.end_of_part(self.at)) {
                    Some(part) => format!(". Write `{sign} {part}`"),
                    None => format!(". Write `{sign}`"),
                }
            }
            (_, "..") => {
                let from = self.start_of_part(self.at);
                let low = self.part(from, self.at);
                let high = self.part(self.at + 1, self.end_of_part(self.at));
                match low.zip(high) {
                    Some((low, high)) => {
                        format!(". A range stands in brackets: write `[{low}..{high}]`")
                    }
                    None => ". A range stands in brackets, as in `[1..5]`".to_owned(),
                }
            }
            (whole, ",") if is_number(before) && touch(before, token) => {
                let part = at(self.at + 1).filter(|next| is_number(next) && touch(token, next));
                part.map_or(String::new(), |part| {
                    let part = part.text;
                    format!(". A number has a point: write `{whole}.{part}`; a list stands in brackets: `[{whole}, {part}]`")
                })
            }
            _ => String::new(),
        }
    }

    /// The first token of the part between commas or brackets that a token is in.
    fn start_of_part(&self, token: usize) -> usize {
        let apart = |ix: &usize| matches!(self.tokens[*ix].text, "," | "(" | "[" | "{");
        (0..token).rev().find(apart).map_or(0, |ix| ix + 1)
    }

    /// The token that ends it.
    fn end_of_part(&self, token: usize) -> usize {
        let apart = |ix: &usize| {
            let token = &self.tokens[*ix];
            token.kind == Kind::End || matches!(token.text, "," | ")" | "]" | "}")
        };
        let mut after = token + 1..self.tokens.len();
        after.find(apart).unwrap_or(self.tokens.len())
    }

    /// The text of some tokens, where it is short.
    fn part(&self, from: usize, end: usize) -> Option<&str> {
        let start = self.tokens.get(from)?.start as usize;
        let end = self
            .tokens
            .get(end)
            .map_or(self.text.len(), |t| t.start as usize);
        let text = self.text.get(start..end)?.trim();
        (!text.is_empty() && text.len() <= LONGEST && !text.contains("..")).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use crate::feel::{Expression, ParseScope, UnaryTests};

    #[test]
    fn what_other_languages_write_is_told_in_feel() {
        let scope = ParseScope::new();
        for (cell, told) in [
            ("10..20", "write `[10..20]`"),
            ("< 5, a.b .. c + 1", "write `[a.b..c + 1]`"),
            ("not(1..5)", "write `[1..5]`"),
            ("=> 5", "Write `>= 5`"),
            ("3, =< x.y, 7", "Write `<= x.y`"),
            ("== \"a\"", "Write `= \"a\"`"),
            ("<> 4", "Write `!= 4`"),
        ] {
            let error = UnaryTests::parse(cell, &scope).expect_err(cell).message;
            assert!(error.ends_with(told), "{cell}: {error}");
        }
        for (text, told) in [
            ("4,10", "write `4.10`; a list stands in brackets: `[4, 10]`"),
            ("a => 5", "Write `>= 5`"),
        ] {
            let error = Expression::parse(text, &scope).expect_err(text).message;
            assert!(error.ends_with(told), "{text}: {error}");
        }
        for text in ["4 , 10", "a ) b", "= >", "1 2", ".."] {
            let error = Expression::parse(text, &scope).expect_err(text).message;
            assert!(!error.contains("rite"), "{text}: {error}");
        }
    }
}

//! The grammar of FEEL (DMN 1.5 §10.3.1.2), written straight into code.

mod constructs;
mod hint;
mod types;

pub(crate) use constructs::Loops;

use super::SyntaxError;
use super::builtins::{Builtin, at_literal};
use super::code::{Binary, Function, Op, Use};
use super::compiler::Compiler;
use super::lexer::Kind;
use super::number::Number;
use super::value::Value;
use std::sync::Arc;

type Parsed<T = ()> = Result<T, SyntaxError>;

const KEYWORDS: [&str; 19] = [
    "if",
    "then",
    "else",
    "for",
    "in",
    "return",
    "some",
    "every",
    "satisfies",
    "between",
    "and",
    "or",
    "instance",
    "of",
    "function",
    "external",
    "true",
    "false",
    "null",
];

/// Binding strength, loosest first.
const OR: u8 = 1;
const AND: u8 = 2;
const COMPARE: u8 = 3;
const SUM: u8 = 4;
const PRODUCT: u8 = 5;
const POWER: u8 = 6;

impl<'s> Compiler<'s> {
    fn kind(&self) -> &Kind {
        self.tokens.get(self.at).map_or(&Kind::End, |t| &t.kind)
    }

    fn text_at(&self, ahead: usize) -> &'s str {
        match self.tokens.get(self.at + ahead) {
            Some(token) if matches!(token.kind, Kind::Word | Kind::Symbol) => token.text,
            _ => "",
        }
    }

    fn peek(&self) -> &'s str {
        self.text_at(0)
    }

    fn accept(&mut self, text: &str) -> bool {
        let found = self.peek() == text;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, text: &str) -> Parsed {
        if self.accept(text) {
            Ok(())
        } else {
            self.unexpected(&format!("`{text}`"))
        }
    }

    fn unexpected<T>(&self, wanted: &str) -> Parsed<T> {
        match self.tokens.get(self.at) {
            Some(token) if token.kind != Kind::End => {
                let text = super::budget::shorten(token.text);
                let hint = self.hint();
                self.error(format!("expected {wanted}, found `{text}`{hint}"))
            }
            _ => self.error(format!("expected {wanted}, but the expression ends here")),
        }
    }

    /// A whole text that is an expression.
    pub fn whole_expression(&mut self) -> Parsed {
        self.expression()?;
        self.expect_end()
    }

    fn expect_end(&mut self) -> Parsed {
        if *self.kind() == Kind::End {
            Ok(())
        } else {
            self.unexpected("an operator or the end")
        }
    }

    /// A whole text that is a cell of a decision table; the input is in `slot`.
    pub fn whole_unary_tests(&mut self, slot: u32) -> Parsed {
        if self.peek() == "-" && self.tokens.len() == 2 {
            self.at += 1;
            self.constant(Value::Boolean(true));
            return Ok(());
        }
        let negated = self.peek() == "not" && self.text_at(1) == "(" && self.closes_at_end(1);
        if negated {
            self.at += 2;
        }
        self.tests(slot)?;
        if negated {
            self.expect(")")?;
            self.emit(Op::Not);
        }
        self.expect_end()
    }

    /// Whether the parenthesis so many tokens ahead is closed by the last token. A range may
    /// be opened by any bracket and closed by any other.
    fn closes_at_end(&self, ahead: usize) -> bool {
        let tokens = &self.tokens[self.at + ahead..];
        // For each open bracket, whether a range is in it.
        let mut open: Vec<bool> = Vec::new();
        let mut operand = false;
        for (ix, token) in tokens.iter().enumerate() {
            let text = match token.kind {
                Kind::Symbol => token.text,
                _ => "",
            };
            let ends = || {
                let next = tokens.get(ix + 1).map_or("", |t| t.text);
                matches!(next, "" | "," | ")")
            };
            let ranged = open.last() == Some(&true);
            match text {
                "[" if operand && ranged && ends() => _ = open.pop(),
                "]" if !operand => open.push(false),
                "(" | "[" | "{" => open.push(false),
                ")" | "]" | "}" => _ = open.pop(),
                ".." => {
                    if let Some(range) = open.last_mut() {
                        *range = true;
                    }
                }
                _ => {}
            }
            operand = matches!(text, "" | ")" | "]" | "}");
            if open.is_empty() {
                return ix + 2 == tokens.len();
            }
        }
        false
    }

    /// Tests with commas between, true when one of them is.
    fn tests(&mut self, slot: u32) -> Parsed {
        self.test(slot)?;
        self.more_tests(slot)
    }

    fn more_tests(&mut self, slot: u32) -> Parsed {
        let mut end = Vec::new();
        while self.accept(",") {
            end.push(self.emit(Op::IfTrue(0)));
            self.test(slot)?;
            self.emit(Op::Or);
        }
        self.land_all(end);
        Ok(())
    }

    fn comparison(&self) -> Option<Binary> {
        Some(match self.peek() {
            "=" => Binary::Eq,
            "!=" => Binary::Ne,
            "<" => Binary::Lt,
            "<=" => Binary::Le,
            ">" => Binary::Gt,
            ">=" => Binary::Ge,
            _ => return None,
        })
    }

    fn test(&mut self, slot: u32) -> Parsed {
        if let Some(op) = self.comparison() {
            self.at += 1;
            self.emit(Op::Local(slot));
            self.binary(SUM)?;
            self.operator(op);
            return Ok(());
        }
        let before = std::mem::take(&mut self.asked);
        let start = self.here();
        self.expression()?;
        if !std::mem::replace(&mut self.asked, before) {
            // In Camunda's FEEL what comes out true holds, whatever the input is.
            let holds = self.scope.is_camunda() && self.looks_up(start);
            let done = holds.then(|| self.emit(Op::IfTrue(0)));
            self.emit(Op::Local(slot));
            self.emit(Op::Test);
            self.land_all(done.into_iter().collect());
        }
        Ok(())
    }

    fn operator(&mut self, op: Binary) {
        let op = match op {
            Binary::Eq if self.scope.is_camunda() => Binary::Same,
            Binary::Ne if self.scope.is_camunda() => Binary::Other,
            op => op,
        };
        self.emit(Op::Binary(op));
    }

    /// Any expression.
    pub fn expression(&mut self) -> Parsed {
        self.binary(OR)
    }

    fn binary(&mut self, least: u8) -> Parsed {
        self.deeper(|c| {
            c.unary()?;
            loop {
                let (op, strength) = match c.peek() {
                    "or" => (None, OR),
                    "and" => (None, AND),
                    "between" | "in" => (None, COMPARE),
                    "=" => (Some(Binary::Eq), COMPARE),
                    "!=" => (Some(Binary::Ne), COMPARE),
                    "<" => (Some(Binary::Lt), COMPARE),
                    "<=" => (Some(Binary::Le), COMPARE),
                    ">" => (Some(Binary::Gt), COMPARE),
                    ">=" => (Some(Binary::Ge), COMPARE),
                    "+" => (Some(Binary::Add), SUM),
                    "-" => (Some(Binary::Sub), SUM),
                    "*" => (Some(Binary::Mul), PRODUCT),
                    "/" => (Some(Binary::Div), PRODUCT),
                    "**" => (Some(Binary::Pow), POWER),
                    _ => return Ok(()),
                };
                if strength < least {
                    return Ok(());
                }
                let word = c.peek();
                c.at += 1;
                match (op, word) {
                    (Some(op), _) => {
                        c.binary(strength + 1)?;
                        c.operator(op);
                    }
                    (None, "or") => {
                        let done = c.emit(Op::IfTrue(0));
                        c.binary(AND)?;
                        c.emit(Op::Or);
                        c.land(done);
                    }
                    (None, "and") => {
                        let done = c.emit(Op::IfFalse(0));
                        c.binary(COMPARE)?;
                        c.emit(Op::And);
                        c.land(done);
                    }
                    (None, "between") => {
                        c.binary(SUM)?;
                        c.expect("and")?;
                        c.binary(SUM)?;
                        c.emit(Op::Between);
                    }
                    _ => c.membership()?,
                }
            }
        })
    }

    /// What follows `in`; the value is on the stack.
    fn membership(&mut self) -> Parsed {
        let slot = self.slot();
        self.emit(Op::Set(slot));
        if !self.accept("(") {
            if self.comparison().is_some() {
                return self.test(slot);
            }
            self.binary(SUM)?;
            self.emit(Op::Local(slot));
            self.emit(Op::Test);
            return Ok(());
        }
        // Tests in parentheses, or a range that excludes its start.
        if self.comparison().is_some() {
            self.test(slot)?;
        } else {
            let before = std::mem::take(&mut self.asked);
            self.expression()?;
            let range = self.accept("..");
            if range {
                self.range_end(false)?;
            }
            if !std::mem::replace(&mut self.asked, before) {
                self.emit(Op::Local(slot));
                self.emit(Op::Test);
            }
            if range {
                return Ok(());
            }
        }
        self.more_tests(slot)?;
        self.expect(")")
    }

    /// The upper end of a range and its bracket.
    fn range_end(&mut self, start_included: bool) -> Parsed {
        match self.kind().clone() {
            // A number is never filtered: the bracket after it closes the range.
            Kind::Number(n) if self.text_at(1) == "[" => self.literal(Value::Number(n)),
            _ => self.binary(SUM)?,
        }
        let end_included = match self.peek() {
            "]" => true,
            ")" | "[" => false,
            _ => return self.unexpected("`]` or `)` at the end of the range"),
        };
        self.at += 1;
        self.emit(Op::Range {
            start_included,
            end_included,
        });
        Ok(())
    }

    fn unary(&mut self) -> Parsed {
        let mut negative = 0;
        while self.accept("-") {
            negative += 1;
        }
        if negative == 1 {
            // A literal with its sign.
            if let Some(Kind::Number(n)) = self.tokens.get_mut(self.at).map(|t| &mut t.kind) {
                *n = -*n;
                negative = 0;
            }
        }
        self.postfix()?;
        if negative > 0 {
            // An even number of signs still asks for a number.
            for _ in 0..2 - negative % 2 {
                self.emit(Op::Negate);
            }
        }
        Ok(())
    }

    fn postfix(&mut self) -> Parsed {
        let mut builtin = self.primary()?;
        loop {
            match self.peek() {
                "(" => self.arguments(builtin)?,
                "." => {
                    self.at += 1;
                    let name = self.member_name()?;
                    let name = self.name_index(name);
                    self.emit(Op::Member(name));
                }
                "[" => self.filter()?,
                "instance" if self.text_at(1) == "of" => {
                    self.at += 2;
                    let of = self.type_expression()?;
                    let of = self.type_index(of);
                    self.emit(Op::InstanceOf(of));
                }
                _ => return Ok(()),
            }
            builtin = None;
        }
    }

    /// Reads an operand. A built-in function about to be called is not pushed but returned.
    fn primary(&mut self) -> Parsed<Option<Builtin>> {
        match self.kind().clone() {
            Kind::Number(n) => {
                self.at += 1;
                self.constant(Value::Number(n));
            }
            Kind::String(s) => {
                self.at += 1;
                self.constant(Value::String(s));
            }
            Kind::Quoted(name) => {
                self.at += 1;
                return Ok(self.reference(name));
            }
            Kind::Word => match (self.phrase_length(), self.peek()) {
                (0, "true") => self.literal(Value::Boolean(true)),
                (0, "false") => self.literal(Value::Boolean(false)),
                (0, "null") => self.literal(Value::Null),
                (0, "if") => self.conditional()?,
                (0, "for") => self.iteration()?,
                (0, "some") => self.quantified(true)?,
                (0, "every") => self.quantified(false)?,
                (0, "function") if self.text_at(1) == "(" => self.function(None)?,
                // FEEL-Scala has functions of these names.
                (0, word @ ("and" | "or")) if self.scope.is_camunda() && self.text_at(1) == "(" => {
                    self.at += 1;
                    return Ok(self.reference(word.into()));
                }
                (0, word) if KEYWORDS.contains(&word) => return self.unexpected("a value"),
                (phrase, _) => {
                    let name = self.words(phrase);
                    return Ok(self.reference(name));
                }
            },
            Kind::Symbol => match self.peek() {
                "(" => self.parenthesis()?,
                "[" => self.bracket()?,
                "]" => {
                    self.at += 1;
                    self.binary(SUM)?;
                    self.expect("..")?;
                    self.range_end(false)?;
                }
                "{" => self.context()?,
                "@" => self.at_literal()?,
                _ => return self.unexpected("a value"),
            },
            Kind::End => return self.unexpected("a value"),
        }
        Ok(None)
    }

    fn literal(&mut self, value: Value) {
        self.at += 1;
        self.constant(value);
    }

    fn at_literal(&mut self) -> Parsed {
        self.at += 1;
        let Kind::String(text) = self.kind().clone() else {
            return self.unexpected("text such as \"2026-01-31\" after `@`");
        };
        match at_literal(&text) {
            Some(value) => {
                self.literal(value);
                Ok(())
            }
            None => self.error("this is no date, time, date and time, or duration"),
        }
    }

    /// A name that may have several words.
    fn name(&mut self) -> Parsed<Arc<str>> {
        if let Kind::Quoted(name) = self.kind().clone() {
            self.at += 1;
            return Ok(name);
        }
        if *self.kind() != Kind::Word {
            return self.unexpected("a name");
        }
        let phrase = self.phrase_length();
        Ok(self.words(phrase))
    }

    /// The name that starts at this word: the longest known one, of so many tokens, else all
    /// words in a row, since FEEL never has two operands side by side.
    fn words(&mut self, phrase: usize) -> Arc<str> {
        let mut length = phrase.max(1);
        if phrase == 0 {
            let word = |ahead: usize| {
                let token = self.tokens.get(self.at + ahead);
                token.is_some_and(|token| token.kind == Kind::Word)
            };
            while word(length) && !KEYWORDS.contains(&self.text_at(length)) {
                length += 1;
            }
        }
        self.take_name(length)
    }

    /// So many tokens as one name, white space made single.
    fn take_name(&mut self, length: usize) -> Arc<str> {
        let first = &self.tokens[self.at];
        let last = &self.tokens[self.at + length - 1];
        self.at += length;
        if length == 1 {
            return first.text.into();
        }
        let (start, end) = (first.start as usize, last.start as usize + last.text.len());
        let raw = self.text.get(start..end).unwrap_or_default();
        raw.split_whitespace().collect::<Vec<_>>().join(" ").into()
    }

    fn member_name(&mut self) -> Parsed<Arc<str>> {
        self.name()
    }

    /// Loads what a name means, unless it is that of a built-in function about to be called.
    fn reference(&mut self, name: Arc<str>) -> Option<Builtin> {
        if &*name == "?" {
            self.asked = true;
        }
        if !self.is_local(&name)
            && self.peek() == "("
            && let Some(builtin) = Builtin::known(&name, self.scope.is_camunda())
        {
            return Some(builtin);
        }
        let of = match self.peek() {
            "(" => Use::Called,
            _ => Use::Surely,
        };
        self.load_for(name, of);
        None
    }
}

/// A function as a constant.
pub(crate) fn builtin_value(builtin: Builtin) -> Value {
    Value::Function(Arc::new(Function::Builtin(builtin)))
}

/// Number of an index that counts from one, or from the end when negative.
pub(crate) fn position(index: Number, length: usize) -> Option<usize> {
    let index = index.to_i64()?;
    let length = i64::try_from(length).ok()?;
    let from_zero = if index > 0 { index - 1 } else { length + index };
    if index == 0 || !(0..length).contains(&from_zero) {
        None
    } else {
        usize::try_from(from_zero).ok()
    }
}

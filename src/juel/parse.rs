//! Tokens to a flat program for a stack machine: nothing of it nests, so that neither
//! evaluating nor dropping it can overflow the native stack.

use super::context::Builtin;
use super::error::SyntaxError;
use super::scan::{Scanner, Token};
use crate::value::Value;
use indexmap::IndexSet;
use std::ops::Range;

/// Longest text of a template, in bytes.
const LONGEST: usize = 1 << 20;
/// Most operations of a template.
const MOST_OPS: usize = 20_000;
/// Deepest nesting of brackets and operators.
const DEEPEST: usize = 50;

/// One operation. Operands are on the stack, the last on top.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Push(Value),
    Load(String),
    Property(String),
    Index,
    /// Fails if the value so far below the top is null; the range is its source text.
    NotNull(usize, Range<usize>),
    Call(Function, usize),
    /// Calls a method with so many arguments; the name is given or below the arguments.
    Method(Option<String>, usize),
    Not,
    Negate,
    Empty,
    Binary(Binary),
    ToBoolean,
    /// Short circuits: keep the Boolean and jump, or drop it and go on.
    JumpIfFalseOrPop(usize),
    JumpIfTrueOrPop(usize),
    PopJumpIfFalse(usize),
    Jump(usize),
}

/// Operators that take two evaluated operands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Binary {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
}

/// The functions there are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Function {
    Now,
    DateTime,
    CurrentUser,
    CurrentUserGroups,
    Json,
}

impl Function {
    fn named(name: &str) -> Option<(Function, Range<usize>)> {
        Some(match name {
            "now" => (Function::Now, 0..1),
            "dateTime" => (Function::DateTime, 0..1),
            "currentUser" => (Function::CurrentUser, 0..1),
            "currentUserGroups" => (Function::CurrentUserGroups, 0..1),
            "S" | "JSON" => (Function::Json, 1..2),
            _ => return None,
        })
    }
}

/// Text, or an expression.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Text(String),
    Eval(Vec<Op>),
}

/// What parsing found.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) parts: Vec<Part>,
    pub(super) variables: IndexSet<String>,
    pub(super) members: Vec<(String, String, bool)>,
}

/// Where and why it is no expression; the offset is in bytes.
#[derive(Debug)]
pub(super) struct Failure {
    at: usize,
    /// `syntax error` or `lexical error`, which tell their position.
    sort: Option<&'static str>,
    detail: String,
}

impl Failure {
    fn new(at: usize, detail: String) -> Self {
        Failure {
            at,
            sort: None,
            detail,
        }
    }

    pub(super) fn lexical(at: usize, encountered: &str, expected: &str) -> Self {
        Failure {
            at,
            sort: Some("lexical error"),
            detail: format!("encountered {encountered}, expected {expected}"),
        }
    }

    /// The error as people get it, with the offset in characters.
    pub(super) fn into_error(self, source: &str) -> SyntaxError {
        let before = source.get(..self.at).unwrap_or(source);
        let offset = before.chars().count();
        SyntaxError {
            message: match self.sort {
                Some(sort) => format!("{sort} at position {offset}, {}", self.detail),
                None => self.detail,
            },
            offset,
            source_text: source.to_owned(),
        }
    }
}

pub(super) fn parse(source: &str) -> Result<Parsed, Failure> {
    if source.len() > LONGEST {
        return Err(Failure::new(0, format!("longer than {LONGEST} bytes")));
    }
    let mut scanner = Scanner::new(source);
    let (token, at) = scanner.next()?;
    let mut parser = Parser {
        scanner,
        token,
        at,
        depth: 0,
        ops: Vec::new(),
        total: 0,
        parsed: Parsed::default(),
    };
    parser.template()?;
    Ok(parser.parsed)
}

enum Operator {
    Binary(Binary),
    And,
    Or,
}

/// What to do once the right operand is there.
enum Pending {
    Binary(Binary),
    /// Ends a short circuit whose jump is at this place.
    Jump(usize),
}

/// A binary operator and how tightly it binds.
fn operator(symbol: &str) -> Option<(u8, Operator)> {
    Some(match symbol {
        "||" => (1, Operator::Or),
        "&&" => (2, Operator::And),
        "==" => (3, Operator::Binary(Binary::Eq)),
        "!=" => (3, Operator::Binary(Binary::Ne)),
        "<" => (4, Operator::Binary(Binary::Lt)),
        "<=" => (4, Operator::Binary(Binary::Le)),
        ">" => (4, Operator::Binary(Binary::Gt)),
        ">=" => (4, Operator::Binary(Binary::Ge)),
        "+" => (5, Operator::Binary(Binary::Add)),
        "-" => (5, Operator::Binary(Binary::Sub)),
        "*" => (6, Operator::Binary(Binary::Mul)),
        "/" => (6, Operator::Binary(Binary::Div)),
        "%" => (6, Operator::Binary(Binary::Mod)),
        _ => return None,
    })
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    token: Token,
    /// Where the token starts.
    at: usize,
    depth: usize,
    ops: Vec<Op>,
    total: usize,
    parsed: Parsed,
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<Token, Failure> {
        let (token, at) = self.scanner.next()?;
        self.at = at;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn expected<T>(&self, expected: &str) -> Result<T, Failure> {
        Err(Failure {
            at: self.at,
            sort: Some("syntax error"),
            detail: format!("encountered {}, expected {expected}", self.token.image()),
        })
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.token, Token::Symbol(s) if s == symbol)
    }

    fn take(&mut self, symbol: &'static str) -> Result<(), Failure> {
        if !self.is(symbol) {
            return self.expected(&format!("'{symbol}'"));
        }
        self.advance().map(drop)
    }

    fn emit(&mut self, op: Op) -> Result<usize, Failure> {
        self.total += 1;
        if self.total > MOST_OPS {
            return Err(Failure::new(
                self.at,
                format!("more than {MOST_OPS} operations; move them into several expressions"),
            ));
        }
        self.ops.push(op);
        Ok(self.ops.len() - 1)
    }

    /// Lets the jump at `op` lead to what comes next.
    fn land(&mut self, op: usize) {
        let here = self.ops.len();
        if let Some(
            Op::JumpIfFalseOrPop(to)
            | Op::JumpIfTrueOrPop(to)
            | Op::PopJumpIfFalse(to)
            | Op::Jump(to),
        ) = self.ops.get_mut(op)
        {
            *to = here;
        }
    }

    fn template(&mut self) -> Result<(), Failure> {
        let mut kind = None;
        loop {
            match &self.token {
                Token::Eof => return Ok(()),
                Token::Text(_) => {
                    if let Token::Text(text) = self.advance()? {
                        self.parsed.parts.push(Part::Text(text));
                    }
                }
                Token::StartDynamic | Token::StartDeferred => {
                    if kind.as_ref().is_some_and(|k| *k != self.token) {
                        return self.expected("one of '${' and '#{' throughout, not both");
                    }
                    kind = Some(self.advance()?);
                    self.expression()?;
                    if self.token != Token::End {
                        return self.expected("an operator or '}'");
                    }
                    self.advance()?;
                    let ops = std::mem::take(&mut self.ops);
                    self.parsed.parts.push(Part::Eval(ops));
                }
                _ => return self.expected("text, '${' or '#{'"),
            }
        }
    }

    fn deeper(&mut self) -> Result<(), Failure> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Failure::new(
                self.at,
                format!("nested deeper than {DEEPEST} levels"),
            ));
        }
        Ok(())
    }

    fn expression(&mut self) -> Result<(), Failure> {
        self.deeper()?;
        // `a ? b : c ? d : e …` is a loop, so that long chains do not nest.
        let mut exits = Vec::new();
        loop {
            self.operation()?;
            if !self.is("?") {
                break;
            }
            self.advance()?;
            let no = self.emit(Op::PopJumpIfFalse(0))?;
            self.expression()?;
            self.take(":")?;
            exits.push(self.emit(Op::Jump(0))?);
            self.land(no);
        }
        for exit in exits {
            self.land(exit);
        }
        self.depth -= 1;
        Ok(())
    }

    /// Operands with operators between them. Those that wait for their right operand stand
    /// on a stack of their own, so that only brackets nest on the native one.
    fn operation(&mut self) -> Result<(), Failure> {
        let mut waiting: Vec<(u8, Pending)> = Vec::new();
        loop {
            self.operand()?;
            let next = match self.token {
                Token::Symbol(symbol) => operator(symbol),
                _ => None,
            };
            let level = next.as_ref().map_or(0, |(level, _)| *level);
            while let Some((_, pending)) = waiting.pop_if(|(waits, _)| *waits >= level) {
                match pending {
                    Pending::Binary(operator) => {
                        self.emit(Op::Binary(operator))?;
                    }
                    Pending::Jump(jump) => {
                        self.emit(Op::ToBoolean)?;
                        self.land(jump);
                    }
                }
            }
            let Some((level, operator)) = next else {
                return Ok(());
            };
            self.advance()?;
            let pending = match operator {
                Operator::Binary(operator) => Pending::Binary(operator),
                Operator::And => Pending::Jump(self.emit(Op::JumpIfFalseOrPop(0))?),
                Operator::Or => Pending::Jump(self.emit(Op::JumpIfTrueOrPop(0))?),
            };
            waiting.push((level, pending));
        }
    }

    /// A value with its prefixes.
    fn operand(&mut self) -> Result<(), Failure> {
        let mut prefixes = Vec::new();
        loop {
            prefixes.push(match &self.token {
                Token::Symbol("!") => Op::Not,
                Token::Symbol("-") => Op::Negate,
                Token::Empty => Op::Empty,
                _ => break,
            });
            self.advance()?;
        }
        self.value()?;
        for op in prefixes.into_iter().rev() {
            self.emit(op)?;
        }
        Ok(())
    }

    fn value(&mut self) -> Result<(), Failure> {
        let start = self.at;
        let mut root = self.primary()?;
        loop {
            if self.is(".") {
                let base = start..self.at;
                self.advance()?;
                let Token::Identifier(_) = self.token else {
                    return self.expected("a name");
                };
                let Token::Identifier(name) = self.advance()? else {
                    continue;
                };
                if self.is("(") {
                    if let Some(root) = root.take() {
                        self.parsed.members.push((root, name.clone(), true));
                    }
                    self.emit(Op::NotNull(0, base))?;
                    let count = self.arguments()?;
                    self.emit(Op::Method(Some(name), count))?;
                } else {
                    if let Some(root) = root.take() {
                        self.parsed.members.push((root, name.clone(), false));
                    }
                    self.emit(Op::Property(name))?;
                }
            } else if self.is("[") {
                let base = start..self.at;
                self.advance()?;
                self.expression()?;
                self.take("]")?;
                if self.is("(") {
                    self.emit(Op::NotNull(1, base))?;
                    let count = self.arguments()?;
                    self.emit(Op::Method(None, count))?;
                } else {
                    self.emit(Op::Index)?;
                }
            } else {
                return Ok(());
            }
            root = None;
        }
    }

    /// Gives the name if it is a variable.
    fn primary(&mut self) -> Result<Option<String>, Failure> {
        let op = match &self.token {
            Token::Symbol("(") => {
                self.advance()?;
                self.expression()?;
                self.take(")")?;
                return Ok(None);
            }
            Token::Identifier(_) => return self.identifier(),
            Token::String(text) => Op::Push(Value::String(text.clone())),
            Token::Integer(digits) => match digits.parse() {
                Ok(n) => Op::Push(Value::Long(n)),
                Err(_) => return self.expected("a whole number of at most 64 bits"),
            },
            Token::Float(digits) => match digits.parse() {
                Ok(n) => Op::Push(Value::Double(n)),
                Err(_) => return self.expected("a number"),
            },
            Token::True => Op::Push(Value::Boolean(true)),
            Token::False => Op::Push(Value::Boolean(false)),
            Token::Null => Op::Push(Value::Null),
            _ => return self.expected("a name, a string, a number, '!', '-', 'empty' or '('"),
        };
        self.advance()?;
        self.emit(op)?;
        Ok(None)
    }

    fn identifier(&mut self) -> Result<Option<String>, Failure> {
        let start = self.at;
        let Token::Identifier(mut name) = self.advance()? else {
            return Ok(None);
        };
        if self.is(":") {
            // `a ? b:c() : d` reads `b:c()` as a function with a prefix, as JUEL does.
            let mut ahead = self.scanner;
            if let (Token::Identifier(local), _) = ahead.next()?
                && ahead.next()?.0 == Token::Symbol("(")
            {
                self.advance()?;
                self.advance()?;
                name = format!("{name}:{local}");
            }
        }
        if !self.is("(") {
            if Builtin::named(&name).is_none() && name != "authenticatedUserId" {
                self.parsed.variables.insert(name.clone());
            }
            self.emit(Op::Load(name.clone()))?;
            return Ok(Some(name));
        }
        let Some((function, accepts)) = Function::named(&name) else {
            return Err(Failure::new(
                start,
                format!(
                    "Could not resolve function '{name}'; there are now(), dateTime(), \
                     currentUser(), currentUserGroups(), S(…) and JSON(…)"
                ),
            ));
        };
        let count = self.arguments()?;
        if !accepts.contains(&count) {
            return Err(Failure::new(
                start,
                format!("Parameters for function '{name}' do not match"),
            ));
        }
        self.emit(Op::Call(function, count))?;
        Ok(None)
    }

    fn arguments(&mut self) -> Result<usize, Failure> {
        self.take("(")?;
        let mut count = 0;
        if !self.is(")") {
            loop {
                self.expression()?;
                count += 1;
                if !self.is(",") {
                    break;
                }
                self.advance()?;
            }
        }
        self.take(")")?;
        Ok(count)
    }
}

//! FEEL, the expression language of DMN: parsed once, evaluated many times, within a budget.
//!
//! Floor 2. No I/O, no clock, no recursion on the native stack without a bound.
//!
//! Text becomes tokens, the parser writes them straight into flat code,
//! and a machine with stacks of its own runs that. A value that can not be computed is
//! null, with its reason in the [`Budget`]; only a limit that is met is an error.

mod boxed;
mod budget;
mod builtins;
mod code;
mod compiler;
mod convert;
mod external;
mod json;
mod lexer;
mod machine;
mod names;
mod number;
mod ops;
mod parser;
mod plain;
mod scope;
mod simple;
pub mod temporal;
#[cfg(test)]
mod tests;
mod typed;
mod types;
mod value;

pub use boxed::{Boxed, BoxedError};
pub(crate) use budget::shorten;
pub use budget::{Allowance, Budget, EvalError, Limit, NULL_CONDITION, Reason, Told, raised};
pub use builtins::Builtin;
pub(crate) use builtins::Fail;
pub use code::{CallError, Callable, Closure, Function, Param, Use};
pub use compiler::ParseScope;
pub(crate) use external::External;
pub use number::Number;
pub use scope::Scope;
pub(crate) use simple::{Kind, Span};
pub use typed::{TypedError, read, typed};
pub use types::{Restriction, Signature, Type};
pub use value::{Context, List, Range, Value};

use code::Code;
use compiler::Compiler;
use simple::Simple;
use std::sync::Arc;

/// A text that is not FEEL, and where it stops being it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct SyntaxError {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The byte of the text at which that is.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
}

impl SyntaxError {
    fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        SyntaxError {
            line: before.bytes().filter(|b| *b == b'\n').count() as u32 + 1,
            column: before[line_start..].chars().count() as u32 + 1,
            offset,
            message: message.into(),
        }
    }
}

/// An expression, compiled.
#[derive(Debug, Clone)]
pub struct Expression {
    code: Arc<Code>,
}

impl Expression {
    /// Compiles a text.
    pub fn parse(text: &str, scope: &ParseScope) -> Result<Expression, SyntaxError> {
        let mut compiler = Compiler::new(scope);
        compiler.read(text)?;
        compiler.whole_expression()?;
        Ok(Expression {
            code: Arc::new(compiler.finish()),
        })
    }

    /// Its value, in which the names mean what the scope says.
    pub fn eval(&self, scope: &Scope<'_>, budget: &mut Budget) -> Result<Value, EvalError> {
        if self.code.plain
            && let Some(value) = plain::run(&self.code, scope, budget)
        {
            return Ok(value);
        }
        machine::run(&self.code, [], scope, budget)
    }

    /// The text.
    pub fn source(&self) -> &str {
        &self.code.source
    }

    /// The names it takes from its scope.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.code.free_names()
    }

    /// The same, and how it uses them.
    pub fn uses(&self) -> impl Iterator<Item = (&str, Use)> {
        self.code.uses()
    }

    /// True when it is made of literals alone, those of dates, times and durations with
    /// their functions included.
    pub fn is_literal(&self) -> bool {
        use code::Op;
        let literal = |op: &Op| {
            matches!(
                op,
                Op::Const(_) | Op::Negate | Op::Range { .. } | Op::List(_)
            )
        };
        self.code.ops.iter().all(literal)
    }
}

/// A cell of a decision table: tests on an input, compiled.
#[derive(Debug, Clone)]
pub struct UnaryTests {
    code: Arc<Code>,
    any: bool,
    simple: Option<Simple>,
}

impl UnaryTests {
    /// Compiles a text; an empty one or `-` lets everything pass.
    pub fn parse(text: &str, scope: &ParseScope) -> Result<UnaryTests, SyntaxError> {
        let any = matches!(text.trim(), "" | "-");
        let mut compiler = Compiler::new(scope);
        compiler.read(if any { "-" } else { text })?;
        let input = compiler.slot();
        compiler.declare("?".into(), input);
        compiler.whole_unary_tests(input)?;
        let code = compiler.finish();
        Ok(UnaryTests {
            any,
            simple: Simple::of(&code),
            code: Arc::new(code),
        })
    }

    /// Whether the input passes; a test that is null does not.
    pub fn matches(
        &self,
        input: &Value,
        scope: &Scope<'_>,
        budget: &mut Budget,
    ) -> Result<bool, EvalError> {
        match self.matches_simply(input, budget)? {
            Some(verdict) => Ok(verdict),
            None => Ok(self.run(input, scope, budget)?.is_true()),
        }
    }

    /// The same for tests that only compare the input with constants. `None` when they do
    /// not, or when their verdict is null: then they are to be run, so that the reason is told.
    #[inline]
    pub(crate) fn matches_simply(
        &self,
        input: &Value,
        budget: &mut Budget,
    ) -> Result<Option<bool>, EvalError> {
        match &self.simple {
            _ if self.any => Ok(Some(true)),
            Some(simple) => {
                let verdict = simple.holds(input, budget);
                verdict.map_err(|limit| budget.stopped(&self.code.source, limit))
            }
            None => Ok(None),
        }
    }

    /// What the tests say of an input, null included.
    fn run(
        &self,
        input: &Value,
        scope: &Scope<'_>,
        budget: &mut Budget,
    ) -> Result<Value, EvalError> {
        machine::run(&self.code, [input.clone()], scope, budget)
    }

    /// Whether an input passes, where they only compare it with constants; null does not pass.
    pub(crate) fn judge(&self, input: &Value) -> Option<bool> {
        match &self.simple {
            _ if self.any => Some(true),
            Some(simple) => {
                let verdict = simple.holds(input, &mut Budget::default()).ok()?;
                Some(verdict == Some(true))
            }
            None => None,
        }
    }

    /// The constants that they compare with, ends of ranges included; `None` when they do more.
    pub(crate) fn constants(&self) -> Option<Vec<Value>> {
        self.simple.as_ref().map(Simple::constants)
    }

    /// The kind of inputs that they hold for or not, where they only compare with constants.
    pub(crate) fn kind(&self) -> Option<Kind> {
        self.simple.as_ref()?.kind()
    }

    /// Where all inputs lie that pass, and perhaps others.
    pub(crate) fn spans(&self) -> Option<Vec<Span>> {
        self.simple.as_ref()?.spans()
    }

    /// True when they only compare the input with constants: they need no scope.
    pub fn is_simple(&self) -> bool {
        self.any || self.simple.is_some()
    }

    /// The names they take from their scope.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.code.free_names()
    }

    /// The same, and how they use them.
    pub fn uses(&self) -> impl Iterator<Item = (&str, Use)> {
        self.code.uses()
    }

    /// True when everything passes.
    pub fn is_any(&self) -> bool {
        self.any
    }

    /// The text.
    pub fn source(&self) -> &str {
        &self.code.source
    }
}

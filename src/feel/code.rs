//! Compiled expressions: flat code for the machine, and functions.

use super::EvalError;
use super::budget::Budget;
use super::builtins::Builtin;
use super::scope::{Name, Scope};
use super::types::Type;
use super::value::Value;
use chrono::{DateTime, Utc};
use std::fmt;
use std::sync::Arc;

/// How an expression uses a name of its scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// As a value.
    Surely,
    /// Perhaps not at all: a filter may find it in what it filters.
    Perhaps,
    /// As a function that it calls.
    Called,
}

/// Operators on two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    /// `=` and `!=` that compare times to the nanosecond.
    Same,
    Other,
}

impl Binary {
    /// Whether it says true or false.
    #[inline]
    pub fn compares(self) -> bool {
        !matches!(
            self,
            Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::Pow
        )
    }
}

/// One instruction. Targets are positions in [`Code::ops`], the rest are positions in
/// the tables of the code.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Op {
    /// Pushes a constant.
    Const(u32),
    /// Pushes a local.
    Local(u32),
    /// Pops into a local.
    Set(u32),
    /// Pushes a captured value.
    Capture(u32),
    /// Pushes the running function.
    This,
    /// Pushes what the scope has under a name.
    Name(u32),
    /// Pops a context; when it has the name, pushes its value and jumps.
    MemberOr {
        name: u32,
        found: u32,
    },
    /// Replaces a value by its member.
    Member(u32),
    Binary(Binary),
    Negate,
    And,
    Or,
    Not,
    Jump(u32),
    /// Pops; jumps unless it is `true`.
    Unless(u32),
    /// Puts null in place of a top that is neither a boolean nor null, and jumps.
    Boolean(u32),
    /// Jumps if the top is `false`, keeping it.
    IfFalse(u32),
    /// Jumps if the top is `true`, keeping it.
    IfTrue(u32),
    /// Pops so many items.
    List(u32),
    /// Pops the values of the keys in this table.
    Context(u32),
    Range {
        start_included: bool,
        end_included: bool,
    },
    /// Pops an end of a range that is open at the other side.
    HalfRange(Binary),
    /// Pops the two bounds and the value.
    Between,
    /// Pops a test and an input.
    Test,
    InstanceOf(u32),
    Coerce(u32),
    /// Pops what to iterate over; jumps when it can not be.
    Each(u32),
    /// Pops both ends of what to iterate over.
    EachFrom(u32),
    /// Sets a local to the next item; at the end leaves the loop and jumps.
    Next {
        slot: u32,
        done: u32,
    },
    /// Leaves a loop.
    Break,
    /// Pops and appends to the list in a local.
    Append(u32),
    /// Pops the list to filter; of null it is null, and jumps (DMN 1.5, table 68).
    Filter(u32),
    /// Sets a local to the next candidate; at the end pushes what was kept and jumps.
    Candidate {
        slot: u32,
        done: u32,
    },
    /// Pops the verdict on a candidate; a number selects by position, ends the loop and jumps.
    Keep {
        done: u32,
    },
    /// Pops so many arguments and the function under them.
    Call(u32),
    /// The same with the names of the arguments.
    CallNamed(u32),
    Builtin {
        function: Builtin,
        arguments: u32,
    },
    BuiltinNamed {
        function: Builtin,
        names: u32,
    },
    /// Pops what the function captures.
    Closure(u32),
    /// Pops the arguments of something that is not FEEL.
    Host(u32),
    /// Tells the top under a name, where somebody wants to know.
    Tell(u32),
    /// The same of a local.
    TellLocal {
        name: u32,
        slot: u32,
    },
}

/// A formal parameter.
#[derive(Debug, Clone)]
pub struct Param {
    /// Name.
    pub name: Arc<str>,
    /// Type, where declared.
    pub of: Type,
}

/// The code of an expression or of a function.
#[derive(Debug, Default)]
pub(crate) struct Code {
    pub ops: Vec<Op>,
    /// Byte offset of each instruction in the text.
    pub offsets: Vec<u32>,
    pub consts: Vec<Value>,
    pub names: Vec<Name>,
    /// Those of them, by place, that are used otherwise than surely, in order.
    pub other_uses: Vec<(u32, Use)>,
    /// Keys of contexts and names of arguments.
    pub keys: Vec<Arc<[Arc<str>]>>,
    pub types: Vec<Type>,
    pub functions: Vec<Arc<Code>>,
    pub hosts: Vec<Arc<dyn Callable>>,
    pub params: Vec<Param>,
    /// Locals, parameters first.
    pub locals: u32,
    pub captures: u32,
    /// Whether it may do without the machine.
    pub plain: bool,
    pub source: Arc<str>,
    /// Of code made of several texts: the instruction from which on each counts.
    pub pieces: Vec<(u32, Arc<str>)>,
}

impl Code {
    /// The text that an instruction comes from.
    pub fn source_at(&self, pc: usize) -> &Arc<str> {
        let piece = self
            .pieces
            .partition_point(|(from, _)| *from as usize <= pc);
        let piece = piece.checked_sub(1).and_then(|ix| self.pieces.get(ix));
        piece.map_or(&self.source, |(_, source)| source)
    }

    /// The names it takes from its scope.
    pub fn free_names(&self) -> impl Iterator<Item = &str> {
        self.uses().map(|(name, _)| name)
    }

    /// The same, and how it uses them.
    pub fn uses(&self) -> impl Iterator<Item = (&str, Use)> {
        self.ops.iter().filter_map(|op| match op {
            Op::Name(ix) => {
                let name = self.names.get(*ix as usize)?;
                let other = self.other_uses.binary_search_by_key(ix, |(ix, _)| *ix);
                let other = other.ok().map(|at| self.other_uses[at].1);
                Some((&**name, other.unwrap_or(Use::Surely)))
            }
            _ => None,
        })
    }
}

/// Why something outside FEEL gave no value.
#[derive(Debug, Clone, PartialEq)]
pub enum CallError {
    /// Its result is null, for this reason.
    Null(String),
    /// The evaluation has to stop.
    Stop(EvalError),
}

/// Something outside FEEL that can be called.
pub trait Callable: fmt::Debug + Send + Sync {
    /// Its parameters.
    fn params(&self) -> &[Param];
    /// Calls it with as many arguments, at the instant that the scope has.
    fn call(
        &self,
        arguments: Vec<Value>,
        now: Option<DateTime<Utc>>,
        budget: &mut Budget,
    ) -> Result<Value, CallError>;
}

/// A function as a value.
#[derive(Debug)]
pub enum Function {
    /// A built-in one.
    Builtin(Builtin),
    /// One written in FEEL, with what it captured.
    Closure(Closure),
    /// One from outside.
    Host(Arc<dyn Callable>),
}

/// A function written in FEEL.
#[derive(Debug)]
pub struct Closure {
    pub(crate) code: Arc<Code>,
    pub(crate) captures: Vec<Value>,
    pub(crate) depth: u16,
}

impl Function {
    /// How deep the values nest that it captured.
    pub fn depth(&self) -> u16 {
        match self {
            Function::Closure(closure) => closure.depth,
            _ => 0,
        }
    }

    /// Calls it with arguments in order.
    pub fn call(
        self: &Arc<Self>,
        arguments: Vec<Value>,
        scope: &Scope<'_>,
        budget: &mut Budget,
    ) -> Result<Value, EvalError> {
        super::machine::call(self, arguments, scope, budget)
    }

    /// Number of parameters.
    pub fn arity(&self) -> usize {
        match self {
            Function::Builtin(_) => 1,
            Function::Closure(closure) => closure.code.params.len(),
            Function::Host(host) => host.params().len(),
        }
    }

    pub(crate) fn params(&self) -> Option<&[Param]> {
        match self {
            Function::Builtin(_) => None,
            Function::Closure(closure) => Some(&closure.code.params),
            Function::Host(host) => Some(host.params()),
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Function::Builtin(builtin) => f.write_str(builtin.name()),
            _ => {
                f.write_str("function(")?;
                for (i, param) in self.params().unwrap_or_default().iter().enumerate() {
                    write!(f, "{}{}", if i > 0 { ", " } else { "" }, param.name)?;
                }
                f.write_str(")")
            }
        }
    }
}

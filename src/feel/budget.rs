//! What an evaluation may spend, and what it says when that is not enough.

use super::code::Callable;
use super::machine::Stacks;
use super::value::Value;
use crate::value::words::thousands;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Deepest nesting of values in values; bounds every walk over a value.
pub const MAX_VALUE_DEPTH: u16 = 100;
/// Most that a value may hold, shared parts counted each time.
pub const MAX_VALUE_WEIGHT: u64 = 10_000_000;
/// Deepest nesting of evaluations started by functions that are not FEEL code.
const MAX_NATIVE_DEPTH: u32 = 24;
/// Most reasons kept.
const MAX_REASONS: usize = 32;
/// Most characters of an expression that are looked at for the few that are told.
const LOOKED_AT: usize = 1_000;
/// Most that is told of what is inside of expressions.
const MAX_TOLD: usize = 200;

/// What evaluations are allowed, as people may set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Operations.
    pub steps: u64,
    /// Bytes that they may make.
    pub memory: u64,
    /// Calls inside calls.
    pub depth: u32,
}

impl Allowance {
    /// What may be set for the steps.
    pub const STEPS: RangeInclusive<u64> = 1_000..=1_000_000_000_000;
    /// What may be set for the memory, in megabytes.
    pub const MEGABYTES: RangeInclusive<u64> = 1..=65_536;
    /// What may be set for the depth. Calls wait on the machine's own stack, which is paid for by
    /// the memory: none of these overflows the native one.
    pub const DEPTH: RangeInclusive<u32> = 10..=100_000;

    /// A budget of so much.
    pub fn budget(self) -> Budget {
        Budget::new(self.steps, self.memory, self.depth)
    }
}

impl Default for Allowance {
    /// Generous: 50 million steps, 1 GB, 5,000 nested calls.
    fn default() -> Self {
        Allowance {
            steps: 50_000_000,
            memory: 1 << 30,
            depth: 5_000,
        }
    }
}

/// Steps, depth and memory that an evaluation may use. Memory counts what is
/// allocated, not what is still alive, and is therefore an upper bound.
#[derive(Debug, Clone)]
pub struct Budget {
    steps: u64,
    memory: u64,
    depth: u32,
    native: u32,
    reasons: Vec<Reason>,
    /// What is inside of boxed expressions, where somebody wants to know.
    told: Option<Vec<Told>>,
    spare: Spare,
    /// What there was at first.
    full: Allowance,
}

/// Stacks that the last machine left for the next one.
#[derive(Default)]
struct Spare(Option<Stacks>);

impl Clone for Spare {
    fn clone(&self) -> Self {
        Spare(None)
    }
}

impl fmt::Debug for Spare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Something inside of a boxed expression that was evaluated.
#[derive(Debug, Clone)]
pub enum Told {
    /// The value of a part, such as the `if` of a conditional.
    Part {
        /// What the part is called.
        name: String,
        /// Its value.
        value: Value,
    },
    /// A call of something that is not FEEL.
    Call {
        /// What was called.
        function: Arc<dyn Callable>,
        /// With what.
        arguments: Vec<Value>,
    },
}

/// The reason that is noted where the condition of an `if` is null.
pub const NULL_CONDITION: &str = "the condition of `if` is null, so that its else counts";

/// Why an evaluation gave null somewhere.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reason {
    /// The expression.
    pub expression: String,
    /// Byte offset in it.
    pub offset: u32,
    /// What happened.
    pub message: String,
}

impl Reason {
    /// What is said of a name that means nothing.
    pub fn unknown(name: &str) -> String {
        format!("there is no `{name}` here")
    }

    /// Whether it says that a name means nothing.
    pub fn is_unknown(&self) -> bool {
        let name = self.message.strip_prefix("there is no `");
        name.is_some_and(|rest| rest.ends_with("` here"))
    }
}

/// An evaluation that was stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("evaluation of `{expression}` stopped: {}", told(*.limit, *.allowed))]
pub struct EvalError {
    /// The expression, shortened.
    pub expression: String,
    /// The limit that it met.
    pub limit: Limit,
    /// How much of it was allowed, where that can be set.
    pub allowed: u64,
}

/// The limits of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// Too many steps.
    #[error("it takes more steps than are allowed")]
    Steps,
    /// Too much memory.
    #[error("it builds more data than is allowed")]
    Memory,
    /// Too many calls inside calls.
    #[error("its function calls nest deeper than is allowed")]
    Depth,
    /// Too many calls inside functions that are not FEEL code.
    #[error(
        "its function calls nest deeper than {MAX_NATIVE_DEPTH} levels inside `sort`, decision services or tables, which no setting raises; call fewer of these inside each other"
    )]
    Native,
    /// Lists or contexts nested too deeply.
    #[error(
        "it builds lists or contexts nested deeper than {MAX_VALUE_DEPTH} levels, which no setting raises; make them flatter"
    )]
    Nesting,
    /// A value of too many parts.
    #[error(
        "it builds a value of more than {} parts, which no setting raises; make its lists and texts shorter",
        thousands(MAX_VALUE_WEIGHT)
    )]
    Size,
}

/// A limit with what was allowed, what to do, and what raises it.
fn told(limit: Limit, allowed: u64) -> String {
    let (setting, unit, instead) = match limit {
        Limit::Steps => ("steps", "", "make loops and recursion shorter"),
        Limit::Memory => ("memory", " MB", "make its lists and texts shorter"),
        Limit::Depth => ("depth", "", "check that the recursion ends"),
        Limit::Native | Limit::Nesting | Limit::Size => return limit.to_string(),
    };
    let (most, raised) = (thousands(allowed), raised(setting));
    format!("{limit} ({most}{unit}); {instead}, or raise `{setting}` {raised}")
}

/// Where a limit of expressions is raised.
pub fn raised(setting: &str) -> String {
    format!("under [expressions] of the desk's settings, or on the command line by --{setting}")
}

impl Default for Budget {
    fn default() -> Self {
        Allowance::default().budget()
    }
}

impl Budget {
    /// A budget of `steps`, `memory` bytes and `depth` nested calls.
    pub fn new(steps: u64, memory: u64, depth: u32) -> Self {
        Budget {
            steps,
            memory,
            depth: depth.min(*Allowance::DEPTH.end()),
            native: MAX_NATIVE_DEPTH,
            reasons: Vec::new(),
            told: None,
            spare: Spare::default(),
            full: Allowance {
                steps,
                memory,
                depth,
            },
        }
    }

    /// Another one of as much, of which nothing is spent.
    pub fn anew(&self) -> Budget {
        self.full.budget()
    }

    /// Gives back what was spent and forgets the reasons, for another evaluation.
    pub fn refill(&mut self) {
        (self.steps, self.memory) = (self.full.steps, self.full.memory);
        self.reasons.clear();
    }

    /// The steps and the bytes that are left.
    pub fn left(&self) -> (u64, u64) {
        (self.steps, self.memory)
    }

    /// Leaves so much, after another language spent of it.
    pub fn leave_over(&mut self, (steps, memory): (u64, u64)) {
        self.steps = self.steps.min(steps);
        self.memory = self.memory.min(memory);
    }

    pub(super) fn take_stacks(&mut self) -> Stacks {
        self.spare.0.take().unwrap_or_default()
    }

    pub(super) fn give_stacks(&mut self, stacks: Stacks) {
        self.spare.0 = Some(stacks);
    }

    /// Takes `n` steps.
    #[inline]
    pub fn step(&mut self, n: u64) -> Result<(), Limit> {
        self.steps = self.steps.checked_sub(n).ok_or(Limit::Steps)?;
        Ok(())
    }

    /// Takes `bytes` of memory.
    #[inline]
    pub fn allocate(&mut self, bytes: usize) -> Result<(), Limit> {
        self.memory = self.memory.checked_sub(bytes as u64).ok_or(Limit::Memory)?;
        Ok(())
    }

    pub(crate) fn enter(&mut self) -> Result<(), Limit> {
        self.depth = self.depth.checked_sub(1).ok_or(Limit::Depth)?;
        Ok(())
    }

    pub(crate) fn leave(&mut self) {
        self.depth += 1;
    }

    /// Runs something that uses the native stack, so many levels deep and no deeper.
    pub fn nested<T, E: From<Limit>>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.native = self.native.checked_sub(1).ok_or(Limit::Native)?;
        let result = run(self);
        self.native += 1;
        result
    }

    /// The error of an expression that met a limit of this budget.
    pub(crate) fn stopped(&self, expression: &str, limit: Limit) -> EvalError {
        let allowed = match limit {
            Limit::Steps => self.full.steps,
            Limit::Memory => self.full.memory >> 20,
            Limit::Depth => self.full.depth.into(),
            Limit::Native | Limit::Nesting | Limit::Size => 0,
        };
        EvalError {
            expression: shorten(expression),
            limit,
            allowed,
        }
    }

    pub(crate) fn note(&mut self, expression: &str, offset: u32, message: impl FnOnce() -> String) {
        if !self.has_all_reasons() {
            self.reasons.push(Reason {
                expression: shorten(expression),
                offset,
                message: message(),
            });
        }
    }

    /// From here on what is inside of boxed expressions is told.
    pub fn watch(&mut self) {
        self.told.get_or_insert_default();
    }

    #[inline]
    pub(super) fn is_watched(&self) -> bool {
        self.told.is_some()
    }

    #[cold]
    pub(super) fn tell(&mut self, what: Told) {
        if let Some(told) = self.told.as_mut().filter(|told| told.len() < MAX_TOLD) {
            told.push(what);
        }
    }

    /// What was told since this was asked last; the first of it.
    pub fn take_told(&mut self) -> Vec<Told> {
        self.told.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Forgets the reasons before the next evaluation on the same budget.
    pub fn forget_reasons(&mut self) {
        self.reasons.clear();
    }

    /// Forgets the reasons behind the first `kept`.
    pub fn forget_reasons_since(&mut self, kept: usize) {
        self.reasons.truncate(kept);
    }

    /// Whether there is no place for another reason.
    pub(super) fn has_all_reasons(&self) -> bool {
        self.reasons.len() >= MAX_REASONS
    }

    /// Why results were null, in the order of evaluation; the first few.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }
}

impl crate::regex::Meter for Budget {
    type Stop = Limit;

    fn step(&mut self, steps: u64) -> Result<(), Limit> {
        Budget::step(self, steps)
    }

    fn allocate(&mut self, bytes: usize) -> Result<(), Limit> {
        Budget::allocate(self, bytes)
    }
}

/// An expression as an error names it: on one line, without its indentation. However long it is,
/// only its beginning is looked at.
pub(crate) fn shorten(expression: &str) -> String {
    let end = expression.char_indices().nth(LOOKED_AT);
    let begin = end.map_or(expression, |(end, _)| &expression[..end]);
    let lines = begin.lines().map(str::trim);
    let flat = lines.filter(|line| !line.is_empty());
    let flat = flat.collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &flat[..end]),
        None if end.is_some() => flat + "…",
        None => flat,
    }
}

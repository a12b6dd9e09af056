//! The machine that runs code: its own stacks, so that nothing an expression does can
//! overflow the native one, and a budget for every step.

mod call;
mod data;
mod iterate;

use super::EvalError;
use super::budget::{Budget, Limit, NULL_CONDITION, Reason, Told};
use super::builtins::{self, Fail};
use super::code::{Binary, CallError, Code, Function, Op};
use super::ops;
use super::parser::builtin_value;
use super::scope::Scope;
use super::value::{List, Value};
use std::sync::Arc;

/// A function that waits for one that it called.
struct Frame {
    code: Arc<Code>,
    function: Option<Arc<Function>>,
    pc: usize,
    base: usize,
}

/// A loop being run.
enum Loop {
    List {
        items: Arc<List>,
        next: usize,
    },
    Steps(ops::Steps),
    Filter {
        items: Arc<List>,
        next: usize,
        kept: Vec<Value>,
    },
}

/// The stacks of a machine, kept from one evaluation to the next.
#[derive(Default)]
pub(crate) struct Stacks {
    values: Vec<Value>,
    frames: Vec<Frame>,
    loops: Vec<Loop>,
}

/// Stacks that keep no more than this for later.
const KEPT: usize = 1024;

pub(crate) struct Machine<'a> {
    /// What runs now, where in it, and where its locals begin.
    code: Arc<Code>,
    function: Option<Arc<Function>>,
    pc: usize,
    base: usize,
    stack: Vec<Value>,
    frames: Vec<Frame>,
    loops: Vec<Loop>,
    /// So high the stack of values may grow before more memory is taken for it.
    paid: usize,
    /// The places on the stack of nulls whose names mean nothing, which was said.
    unknown: Vec<usize>,
    /// The instruction that took the last of them off the stack.
    took_unknown: usize,
    scope: &'a Scope<'a>,
    budget: &'a mut Budget,
}

/// Most places of nulls whose names mean nothing that are kept.
const MAX_UNKNOWN: usize = 32;

/// Runs code with arguments for its first locals.
pub(crate) fn run(
    code: &Arc<Code>,
    arguments: impl IntoIterator<Item = Value>,
    scope: &Scope<'_>,
    budget: &mut Budget,
) -> Result<Value, EvalError> {
    execute(code, None, arguments, scope, budget)
}

fn execute(
    code: &Arc<Code>,
    function: Option<Arc<Function>>,
    arguments: impl IntoIterator<Item = Value>,
    scope: &Scope<'_>,
    budget: &mut Budget,
) -> Result<Value, EvalError> {
    if let Err(limit) = budget.enter() {
        return Err(budget.stopped(&code.source, limit));
    }
    let Stacks {
        values,
        frames,
        loops,
    } = budget.take_stacks();
    let mut machine = Machine {
        code: code.clone(),
        function,
        pc: 0,
        base: 0,
        stack: values,
        frames,
        loops,
        paid: code.locals as usize + KEPT,
        unknown: Vec::new(),
        took_unknown: 0,
        scope,
        budget,
    };
    machine.stack.extend(arguments);
    machine.stack.resize(code.locals as usize, Value::Null);
    let result = machine.run();
    // What is still open after an error gives its depth back.
    for _ in 0..=machine.frames.len() {
        machine.budget.leave();
    }
    let result = result.map_err(|stop| stop.at(machine.source(), machine.budget));
    machine.stack.clear();
    machine.frames.clear();
    machine.loops.clear();
    let stacks = Stacks {
        values: machine.stack,
        frames: machine.frames,
        loops: machine.loops,
    };
    if stacks.values.capacity() <= KEPT {
        machine.budget.give_stacks(stacks);
    }
    result
}

/// Calls a function from a built-in one.
pub(crate) fn call(
    function: &Arc<Function>,
    arguments: Vec<Value>,
    scope: &Scope<'_>,
    budget: &mut Budget,
) -> Result<Value, EvalError> {
    match &**function {
        Function::Builtin(builtin) => match builtins::call(*builtin, arguments, scope, budget) {
            Ok(value) => Ok(value),
            Err(Fail::Null(_)) => Ok(Value::Null),
            Err(Fail::Limit(limit)) => Err(budget.stopped(&function.to_string(), limit)),
            Err(Fail::Stop(error)) => Err(error),
        },
        Function::Host(host) => {
            if let Err(limit) = budget.step(1) {
                return Err(budget.stopped(&function.to_string(), limit));
            }
            let now = scope.now();
            match budget.nested(|budget| host.call(arguments, now, budget).map_err(Called::Failed))
            {
                Ok(value) => Ok(value),
                Err(Called::Failed(CallError::Null(reason))) => {
                    budget.note(&function.to_string(), 0, || reason);
                    Ok(Value::Null)
                }
                Err(Called::Failed(CallError::Stop(error))) => Err(error),
                Err(Called::Limit(limit)) => Err(budget.stopped(&function.to_string(), limit)),
            }
        }
        Function::Closure(closure) => {
            let nested = budget.nested(|budget| {
                execute(
                    &closure.code,
                    Some(function.clone()),
                    arguments,
                    scope,
                    budget,
                )
                .map_err(Stop::Below)
            });
            nested.map_err(|stop: Stop| stop.at(&closure.code.source, budget))
        }
    }
}

/// How a call of something outside went wrong.
enum Called {
    Failed(CallError),
    Limit(Limit),
}

impl From<Limit> for Called {
    fn from(limit: Limit) -> Self {
        Called::Limit(limit)
    }
}

/// Why the machine stopped: a limit met here, or an error of something it called.
enum Stop {
    Here(Limit),
    Below(EvalError),
}

impl From<Limit> for Stop {
    fn from(limit: Limit) -> Self {
        Stop::Here(limit)
    }
}

impl Stop {
    fn at(self, source: &str, budget: &Budget) -> EvalError {
        match self {
            Stop::Here(limit) => budget.stopped(source, limit),
            Stop::Below(error) => error,
        }
    }
}

impl Machine<'_> {
    /// Begins a function; what called it waits.
    fn enter(
        &mut self,
        code: Arc<Code>,
        function: Option<Arc<Function>>,
        arguments: Vec<Value>,
    ) -> Result<(), Stop> {
        self.budget.enter()?;
        let base = self.stack.len();
        self.pay(base + code.locals as usize)?;
        self.stack.extend(arguments);
        self.stack.resize(base + code.locals as usize, Value::Null);
        self.frames.push(Frame {
            code: std::mem::replace(&mut self.code, code),
            function: std::mem::replace(&mut self.function, function),
            pc: std::mem::replace(&mut self.pc, 0),
            base: std::mem::replace(&mut self.base, base),
        });
        Ok(())
    }

    /// Takes memory for a stack that grows to this height: calls may wait in great numbers.
    #[inline]
    fn pay(&mut self, height: usize) -> Result<(), Limit> {
        let Some(more) = height.checked_sub(self.paid) else {
            return Ok(());
        };
        self.paid = height;
        self.budget.allocate(more * size_of::<Value>())
    }

    fn run(&mut self) -> Result<Value, Stop> {
        loop {
            let Some(&op) = self.code.ops.get(self.pc) else {
                // The end of a function: its result is on top.
                let result = self.pop();
                let Some(frame) = self.frames.pop() else {
                    return Ok(result);
                };
                self.budget.leave();
                self.stack.truncate(self.base);
                let base = self.base;
                self.unknown.retain(|at| *at < base);
                self.stack.push(result);
                (self.code, self.function) = (frame.code, frame.function);
                (self.pc, self.base) = (frame.pc, frame.base);
                continue;
            };
            self.pc += 1;
            self.budget.step(1)?;
            self.step(op)?;
        }
    }

    #[inline]
    fn pop(&mut self) -> Value {
        if !self.unknown.is_empty() && self.forget_unknown(self.stack.len().saturating_sub(1)) {
            self.took_unknown = self.pc;
        }
        self.stack.pop().unwrap_or_default()
    }

    fn pop_many(&mut self, count: u32) -> Vec<Value> {
        let from = self.stack.len().saturating_sub(count as usize);
        self.unknown.retain(|at| *at < from);
        self.stack.split_off(from)
    }

    #[inline]
    fn jump(&mut self, to: u32) {
        self.pc = to as usize;
    }

    #[inline]
    fn local(&mut self, slot: u32) -> &mut Value {
        &mut self.stack[self.base + slot as usize]
    }

    /// Pushes a result; a failure is null, with its reason.
    #[inline]
    fn give(&mut self, result: Result<Value, Fail>) -> Result<(), Stop> {
        match result {
            Ok(value) => {
                self.stack.push(value);
                Ok(())
            }
            Err(fail) => self.fail(fail),
        }
    }

    /// The same of operands that were taken off the stack: that one of them is null is no reason of
    /// its own where its name means nothing, which was said.
    fn give_of(&mut self, operands: &[&Value], result: Result<Value, Fail>) -> Result<(), Stop> {
        if matches!(result, Err(Fail::Null(_)))
            && !self.budget.has_all_reasons()
            && operands.iter().any(|operand| operand.is_null())
            && self.took_unknown == self.pc
        {
            self.push_unknown();
            return Ok(());
        }
        self.took_unknown = 0;
        self.give(result)
    }

    /// Pushes a null of which it was said that its name means nothing.
    #[cold]
    fn push_unknown(&mut self) {
        self.took_unknown = 0;
        self.mark_unknown(self.stack.len());
        self.stack.push(Value::Null);
    }

    /// There is a null whose name means nothing. Of very many more is said than is needed.
    #[cold]
    fn mark_unknown(&mut self, place: usize) {
        if self.unknown.len() < MAX_UNKNOWN {
            self.unknown.push(place);
        }
    }

    /// Forgets a place on the stack; whether a null was there whose name means nothing.
    #[cold]
    fn forget_unknown(&mut self, place: usize) -> bool {
        let known = self.unknown.len();
        self.unknown.retain(|at| *at != place);
        known > self.unknown.len()
    }

    /// An `if` goes on without a word where its condition is null.
    #[cold]
    fn note_null_condition(&mut self) {
        self.note(|| NULL_CONDITION.to_owned());
    }

    /// Notes a reason at the instruction that runs.
    fn note(&mut self, reason: impl FnOnce() -> String) {
        let at = self.pc.saturating_sub(1);
        let offset = self.code.offsets.get(at).copied().unwrap_or(0);
        self.budget.note(self.code.source_at(at), offset, reason);
    }

    /// The text that the instruction that runs comes from.
    fn source(&self) -> &str {
        self.code.source_at(self.pc.saturating_sub(1))
    }

    #[cold]
    fn fail(&mut self, fail: Fail) -> Result<(), Stop> {
        match fail {
            Fail::Null(reason) => {
                self.note(|| reason.into_owned());
                self.stack.push(Value::Null);
                Ok(())
            }
            Fail::Limit(limit) => Err(Stop::Here(limit)),
            Fail::Stop(error) => Err(Stop::Below(error)),
        }
    }

    #[inline]
    fn step(&mut self, op: Op) -> Result<(), Stop> {
        match op {
            Op::Const(ix) => {
                self.stack.push(self.code.consts[ix as usize].clone());
            }
            Op::Local(slot) => {
                let value = self.local(slot).clone();
                self.stack.push(value);
                let place = self.base + slot as usize;
                if self.unknown.contains(&place) {
                    self.mark_unknown(self.stack.len() - 1);
                }
            }
            Op::Set(slot) => {
                let value = self.pop();
                *self.local(slot) = value;
                if !self.unknown.is_empty() || self.took_unknown == self.pc {
                    let place = self.base + slot as usize;
                    self.forget_unknown(place);
                    if self.took_unknown == self.pc {
                        self.mark_unknown(place);
                    }
                }
                self.took_unknown = 0;
            }
            Op::Jump(to) => self.jump(to),
            Op::Unless(to) => {
                let condition = self.pop();
                if !condition.is_true() {
                    if condition.is_null() {
                        self.note_null_condition();
                    }
                    self.jump(to);
                }
            }
            Op::Boolean(to) => {
                if !matches!(self.stack.last(), Some(Value::Boolean(_) | Value::Null)) {
                    let found = self.pop().type_name();
                    let reason = format!("the condition is a {found} where a boolean is needed");
                    self.jump(to);
                    return self.give(Err(Fail::Null(reason.into())));
                }
            }
            Op::IfFalse(to) => {
                if matches!(self.stack.last(), Some(Value::Boolean(false))) {
                    self.jump(to);
                }
            }
            Op::IfTrue(to) => {
                if matches!(self.stack.last(), Some(Value::Boolean(true))) {
                    self.jump(to);
                }
            }
            Op::Tell(name) => {
                if self.budget.is_watched() {
                    let value = self.stack.last().cloned().unwrap_or_default();
                    self.tell(name, value);
                }
            }
            Op::TellLocal { name, slot } => {
                if self.budget.is_watched() {
                    let value = self.local(slot).clone();
                    self.tell(name, value);
                }
            }
            Op::Binary(op) => return self.binary(op),
            Op::And | Op::Or | Op::Not | Op::Negate => return self.logic(op),
            Op::Name(ix) => return self.name(ix),
            Op::Capture(_) | Op::This | Op::MemberOr { .. } | Op::Member(_) => {
                return self.lookup(op);
            }
            Op::Each(_)
            | Op::EachFrom(_)
            | Op::Next { .. }
            | Op::Break
            | Op::Append(_)
            | Op::Filter(_)
            | Op::Candidate { .. }
            | Op::Keep { .. } => return self.iterate(op),
            Op::Call(_)
            | Op::CallNamed(_)
            | Op::Builtin { .. }
            | Op::BuiltinNamed { .. }
            | Op::Closure(_)
            | Op::Host(_) => return self.invoke(op),
            _ => return self.build(op),
        }
        Ok(())
    }

    #[cold]
    fn tell(&mut self, name: u32, value: Value) {
        let name = self.code.names[name as usize].to_string();
        self.budget.tell(Told::Part { name, value });
    }

    fn binary(&mut self, op: Binary) -> Result<(), Stop> {
        // The input of a unary test is pushed before the operand, as with any comparison.
        let right = self.pop();
        let left = self.pop();
        let result = ops::binary(op, &left, &right, self.budget);
        self.give_of(&[&left, &right], result)
    }

    fn logic(&mut self, op: Op) -> Result<(), Stop> {
        let right = self.pop();
        // What is no boolean, where one is needed.
        let wrong = match op {
            Op::Not => match right {
                Value::Boolean(b) => return self.give(Ok(Value::Boolean(!b))),
                other => other,
            },
            Op::Negate => return self.give_of(&[&right], ops::negate(&right)),
            _ => {
                let left = self.pop();
                match ops::logic(matches!(op, Op::And), &left, &right) {
                    Value::Null if matches!(left, Value::Boolean(_)) => right,
                    Value::Null => left,
                    known => return self.give(Ok(known)),
                }
            }
        };
        self.give_of(&[&wrong], Err(no_boolean(&wrong)))
    }

    fn name(&mut self, ix: u32) -> Result<(), Stop> {
        let name = &self.code.names[ix as usize];
        if let Some(value) = self.scope.named(name) {
            self.stack.push(value.clone());
            return Ok(());
        }
        let result = match builtins::Builtin::named(name) {
            Some(builtin) => Ok(builtin_value(builtin)),
            None => {
                let reason = Reason::unknown(name);
                self.note(|| reason);
                self.push_unknown();
                return Ok(());
            }
        };
        self.give(result)
    }
}

#[cold]
fn no_boolean(found: &Value) -> Fail {
    let found = found.type_name();
    Fail::Null(format!("a boolean is needed, not {found}").into())
}

#[cfg(test)]
mod tests {
    use crate::feel::{Budget, Expression, ParseScope, Scope};

    #[test]
    fn an_unknown_name_hides_the_reasons_of_its_own_operators_alone() {
        let said = |text: &str| {
            let parsed = Expression::parse(text, &ParseScope::new()).unwrap();
            let mut budget = Budget::default();
            parsed.eval(&Scope::new(), &mut budget).unwrap();
            budget.reasons().len()
        };
        for (text, reasons) in [
            ("missing + 1", 1),
            ("-(missing * 2) + 1", 1),
            ("1 < missing", 1),
            ("[missing, null + 1]", 2),
            ("{a: missing, b: null * 2}", 2),
            (
                "for i in [1, 2] return if i = 1 then missing else null + 1",
                2,
            ),
            ("[missing, other + 1]", 2),
        ] {
            assert_eq!(said(text), reasons, "{text}");
        }
    }
}

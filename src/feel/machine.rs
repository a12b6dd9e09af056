//! The machine that runs code: its own stacks, so that nothing an expression does can
//! overflow the native one, and a budget for every step.

use super::EvalError;
use super::budget::{Budget, Limit, shorten};
use super::builtins::{self, Fail};
use super::code::{Binary, CallError, Closure, Code, Function, Op};
use super::ops;
use super::parser::{builtin_value, position};
use super::scope::Scope;
use super::value::{Context, List, Value};
use std::sync::Arc;

/// A function being run.
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

pub(crate) struct Machine<'a> {
    stack: Vec<Value>,
    frames: Vec<Frame>,
    loops: Vec<Loop>,
    scope: &'a Scope<'a>,
    budget: &'a mut Budget,
}

/// Runs code with arguments for its first locals.
pub(crate) fn run(
    code: &Arc<Code>,
    arguments: Vec<Value>,
    scope: &Scope<'_>,
    budget: &mut Budget,
) -> Result<Value, EvalError> {
    let mut machine = Machine {
        stack: Vec::new(),
        frames: Vec::new(),
        loops: Vec::new(),
        scope,
        budget,
    };
    let result = machine
        .enter(code.clone(), None, arguments)
        .and_then(|()| machine.run());
    // What is still open after an error gives its depth back.
    let frames = std::mem::take(&mut machine.frames);
    frames.iter().for_each(|_| machine.budget.leave());
    result.map_err(|stop| match stop {
        Stop::Here(limit) => {
            let code = frames.last().map_or(code, |frame| &frame.code);
            EvalError {
                expression: shorten(&code.source),
                limit,
            }
        }
        Stop::Below(error) => error,
    })
}

/// Calls a function from a built-in one.
pub(crate) fn call(
    function: &Arc<Function>,
    arguments: Vec<Value>,
    scope: &Scope<'_>,
    budget: &mut Budget,
) -> Result<Value, EvalError> {
    let limit = |limit| EvalError {
        expression: function.to_string(),
        limit,
    };
    match &**function {
        Function::Builtin(builtin) => match builtins::call(*builtin, arguments, scope, budget) {
            Ok(value) => Ok(value),
            Err(Fail::Null(_)) => Ok(Value::Null),
            Err(Fail::Limit(stop)) => Err(limit(stop)),
            Err(Fail::Stop(error)) => Err(error),
        },
        Function::Host(host) => {
            budget.step(1).map_err(limit)?;
            let now = scope.now();
            match budget.nested(|budget| host.call(arguments, now, budget).map_err(Called::Failed))
            {
                Ok(value) => Ok(value),
                Err(Called::Failed(CallError::Null(reason))) => {
                    budget.note(&function.to_string(), 0, || reason);
                    Ok(Value::Null)
                }
                Err(Called::Failed(CallError::Stop(error))) => Err(error),
                Err(Called::Limit(stop)) => Err(limit(stop)),
            }
        }
        Function::Closure(closure) => {
            let nested = budget.nested(|budget| {
                let mut machine = Machine {
                    stack: Vec::new(),
                    frames: Vec::new(),
                    loops: Vec::new(),
                    scope,
                    budget,
                };
                let result = machine
                    .enter(closure.code.clone(), Some(function.clone()), arguments)
                    .and_then(|()| machine.run());
                let open = machine.frames.len();
                (0..open).for_each(|_| machine.budget.leave());
                result
            });
            nested.map_err(|stop| match stop {
                Stop::Here(limit) => EvalError {
                    expression: shorten(&closure.code.source),
                    limit,
                },
                Stop::Below(error) => error,
            })
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

impl Machine<'_> {
    fn enter(
        &mut self,
        code: Arc<Code>,
        function: Option<Arc<Function>>,
        arguments: Vec<Value>,
    ) -> Result<(), Stop> {
        self.budget.enter()?;
        let base = self.stack.len();
        self.stack.extend(arguments);
        self.stack.resize(base + code.locals as usize, Value::Null);
        self.frames.push(Frame {
            code,
            function,
            pc: 0,
            base,
        });
        Ok(())
    }

    fn run(&mut self) -> Result<Value, Stop> {
        loop {
            let Some(frame) = self.frames.last_mut() else {
                return Ok(Value::Null);
            };
            let Some(&op) = frame.code.ops.get(frame.pc) else {
                // The end of a function: its result is on top.
                let base = frame.base;
                self.frames.pop();
                self.budget.leave();
                let result = self.pop();
                self.stack.truncate(base);
                if self.frames.is_empty() {
                    return Ok(result);
                }
                self.stack.push(result);
                continue;
            };
            frame.pc += 1;
            self.budget.step(1)?;
            self.step(op)?;
        }
    }

    fn pop(&mut self) -> Value {
        self.stack.pop().unwrap_or_default()
    }

    fn pop_many(&mut self, count: u32) -> Vec<Value> {
        let from = self.stack.len().saturating_sub(count as usize);
        self.stack.split_off(from)
    }

    fn code(&self) -> &Arc<Code> {
        &self.frames[self.frames.len() - 1].code
    }

    fn jump(&mut self, to: u32) {
        if let Some(frame) = self.frames.last_mut() {
            frame.pc = to as usize;
        }
    }

    fn local(&mut self, slot: u32) -> &mut Value {
        let at = self.frames.last().map_or(0, |f| f.base) + slot as usize;
        &mut self.stack[at]
    }

    /// Pushes a result; a failure is null, with its reason.
    fn give(&mut self, result: Result<Value, Fail>) -> Result<(), Stop> {
        let value = match result {
            Ok(value) => value,
            Err(Fail::Null(reason)) => {
                if let Some(frame) = self.frames.last() {
                    let offset = frame.code.offsets.get(frame.pc - 1).copied().unwrap_or(0);
                    self.budget
                        .note(&frame.code.source, offset, || reason.into_owned());
                }
                Value::Null
            }
            Err(Fail::Limit(limit)) => return Err(Stop::Here(limit)),
            Err(Fail::Stop(error)) => return Err(Stop::Below(error)),
        };
        self.stack.push(value);
        Ok(())
    }

    #[inline]
    fn step(&mut self, op: Op) -> Result<(), Stop> {
        match op {
            Op::Const(ix) => {
                let value = self.code().consts[ix as usize].clone();
                self.stack.push(value);
            }
            Op::Local(slot) => {
                let value = self.local(slot).clone();
                self.stack.push(value);
            }
            Op::Set(slot) => {
                let value = self.pop();
                *self.local(slot) = value;
            }
            Op::Jump(to) => self.jump(to),
            Op::Unless(to) => {
                if !self.pop().is_true() {
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
            | Op::Filter
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

    fn binary(&mut self, op: Binary) -> Result<(), Stop> {
        // The input of a unary test is pushed before the operand, as with any comparison.
        let right = self.pop();
        let left = self.pop();
        let result = ops::binary(op, &left, &right, self.budget);
        self.give(result)
    }

    fn logic(&mut self, op: Op) -> Result<(), Stop> {
        let right = self.pop();
        let result = match op {
            Op::Not => match right {
                Value::Boolean(b) => Value::Boolean(!b),
                _ => Value::Null,
            },
            Op::Negate => return self.give(ops::negate(&right)),
            _ => {
                let left = self.pop();
                ops::logic(matches!(op, Op::And), &left, &right)
            }
        };
        self.stack.push(result);
        Ok(())
    }

    fn name(&mut self, ix: u32) -> Result<(), Stop> {
        let name = self.code().names[ix as usize].clone();
        let result = match self.scope.get(&name) {
            Some(value) => Ok(value.clone()),
            None => match builtins::Builtin::named(&name) {
                Some(builtin) => Ok(builtin_value(builtin)),
                None => Err(Fail::Null(format!("there is no `{name}` here").into())),
            },
        };
        self.give(result)
    }

    fn lookup(&mut self, op: Op) -> Result<(), Stop> {
        match op {
            Op::Capture(ix) => {
                let value = match self.frames.last().and_then(|f| f.function.as_deref()) {
                    Some(Function::Closure(closure)) => closure.captures.get(ix as usize).cloned(),
                    _ => None,
                };
                self.stack.push(value.unwrap_or_default());
            }
            Op::This => {
                let this = self.frames.last().and_then(|f| f.function.clone());
                self.stack.push(this.map_or(Value::Null, Value::Function));
            }
            Op::MemberOr { name, found } => {
                let value = self.pop();
                let name = self.code().names[name as usize].clone();
                if let Value::Context(context) = &value
                    && let Some(member) = context.get(&name)
                {
                    self.stack.push(member.clone());
                    self.jump(found);
                }
            }
            Op::Member(name) => {
                let value = self.pop();
                let name = self.code().names[name as usize].clone();
                let result = ops::member(&value, &name, self.budget);
                return self.give(result);
            }
            _ => {}
        }
        Ok(())
    }

    fn build(&mut self, op: Op) -> Result<(), Stop> {
        match op {
            Op::List(count) => {
                self.budget.allocate(count as usize * 32 + 64)?;
                self.budget.step(u64::from(count))?;
                let items = self.pop_many(count);
                self.stack.push(Value::list(items)?);
            }
            Op::Context(keys) => {
                let keys = self.code().keys[keys as usize].clone();
                self.budget.allocate(keys.len() * 80 + 64)?;
                let values = self.pop_many(keys.len() as u32);
                let mut context = Context::new();
                for (key, value) in keys.iter().zip(values) {
                    context.put(key.clone(), value)?;
                }
                self.stack.push(Value::Context(Arc::new(context)));
            }
            Op::Range {
                start_included,
                end_included,
            } => {
                let (end, start) = (self.pop(), self.pop());
                let result = ops::range(start, start_included, end, end_included);
                return self.give(result);
            }
            Op::HalfRange(op) => {
                let end = self.pop();
                return self.give(ops::half_range(op, end));
            }
            Op::Between => {
                let (high, low, value) = (self.pop(), self.pop(), self.pop());
                return self.give(ops::between(&value, &low, &high));
            }
            Op::Test => {
                let (input, test) = (self.pop(), self.pop());
                self.budget.step(test.weight())?;
                self.stack.push(ops::test(&input, &test).into());
            }
            Op::InstanceOf(of) => {
                let value = self.pop();
                self.budget.step(value.weight())?;
                let holds = self.code().types[of as usize].has_instance(&value);
                self.stack.push(Value::Boolean(holds));
            }
            Op::Coerce(of) => {
                let value = self.pop();
                self.budget.step(value.weight())?;
                let value = self.code().types[of as usize].coerce(value);
                self.stack.push(value);
            }
            _ => {}
        }
        Ok(())
    }

    fn iterate(&mut self, op: Op) -> Result<(), Stop> {
        match op {
            Op::Each(refused) => {
                let entered = match self.pop() {
                    Value::List(items) => Some(Loop::List { items, next: 0 }),
                    Value::Range(range) => ops::Steps::over(&range).map(Loop::Steps),
                    Value::Null => None,
                    single => Some(Loop::List {
                        items: Arc::new(List::new(vec![single])?),
                        next: 0,
                    }),
                };
                match entered {
                    Some(entered) => self.loops.push(entered),
                    None => self.jump(refused),
                }
            }
            Op::EachFrom(refused) => {
                let (to, from) = (self.pop(), self.pop());
                match ops::Steps::between(&from, &to) {
                    Some(steps) => self.loops.push(Loop::Steps(steps)),
                    None => self.jump(refused),
                }
            }
            Op::Next { slot, done } => {
                let next = match self.loops.last_mut() {
                    Some(Loop::List { items, next }) => {
                        *next += 1;
                        items.get(*next - 1).cloned()
                    }
                    Some(Loop::Steps(steps)) => steps.next(),
                    _ => None,
                };
                match next {
                    Some(value) => *self.local(slot) = value,
                    None => {
                        self.loops.pop();
                        self.jump(done);
                    }
                }
            }
            Op::Break => {
                self.loops.pop();
            }
            Op::Append(slot) => {
                self.budget.allocate(32)?;
                let value = self.pop();
                if let Value::List(list) = self.local(slot)
                    && Arc::strong_count(list) > 1
                {
                    let copied = list.len();
                    self.budget.allocate(copied * 32)?;
                    self.budget.step(copied as u64)?;
                }
                if let Value::List(list) = self.local(slot) {
                    Arc::make_mut(list).push(value)?;
                }
            }
            Op::Filter => {
                let items = match self.pop() {
                    Value::List(items) => items,
                    Value::Null => Arc::new(List::default()),
                    single => Arc::new(List::new(vec![single])?),
                };
                self.loops.push(Loop::Filter {
                    items,
                    next: 0,
                    kept: Vec::new(),
                });
            }
            Op::Candidate { slot, done } => {
                let Some(Loop::Filter { items, next, kept }) = self.loops.last_mut() else {
                    return Ok(());
                };
                *next += 1;
                // An empty list is asked once too, whether it is filtered or indexed.
                let candidate = match items.get(*next - 1) {
                    Some(item) => Some(item.clone()),
                    None if items.is_empty() && *next == 1 => Some(Value::Null),
                    None => None,
                };
                match candidate {
                    Some(item) => *self.local(slot) = item,
                    None => {
                        let kept = std::mem::take(kept);
                        self.loops.pop();
                        self.stack.push(Value::list(kept)?);
                        self.jump(done);
                    }
                }
            }
            Op::Keep { done } => {
                let verdict = self.pop();
                let Some(Loop::Filter { items, next, kept }) = self.loops.last_mut() else {
                    return Ok(());
                };
                match verdict {
                    Value::Boolean(true) => {
                        self.budget.allocate(32)?;
                        kept.extend(items.get(*next - 1).cloned());
                    }
                    Value::Number(index) => {
                        let selected = position(index, items.len())
                            .and_then(|ix| items.get(ix))
                            .cloned();
                        let length = items.len();
                        self.loops.pop();
                        self.jump(done);
                        let missing = || {
                            Fail::Null(format!("the list of {length} has no item {index}").into())
                        };
                        return self.give(selected.ok_or_else(missing));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn invoke(&mut self, op: Op) -> Result<(), Stop> {
        match op {
            Op::Builtin {
                function,
                arguments,
            } => {
                let arguments = self.pop_many(arguments);
                let result = builtins::call(function, arguments, self.scope, self.budget);
                self.give(result)
            }
            Op::BuiltinNamed { function, names } => {
                let names = self.code().keys[names as usize].clone();
                let arguments = self.pop_many(names.len() as u32);
                let result =
                    builtins::call_named(function, &names, arguments, self.scope, self.budget);
                self.give(result)
            }
            Op::Call(count) => {
                let arguments = self.pop_many(count);
                let callee = self.pop();
                self.call(callee, arguments)
            }
            Op::CallNamed(names) => {
                let names = self.code().keys[names as usize].clone();
                let arguments = self.pop_many(names.len() as u32);
                let callee = self.pop();
                self.call_named(callee, &names, arguments)
            }
            Op::Closure(ix) => {
                let code = self.code().functions[ix as usize].clone();
                let captures = self.pop_many(code.captures);
                self.budget.allocate(captures.len() * 32 + 64)?;
                let depth =
                    List::new(captures.clone()).map(|l| Value::List(Arc::new(l)).depth())?;
                let closure = Function::Closure(Closure {
                    code,
                    captures,
                    depth,
                });
                self.stack.push(Value::Function(Arc::new(closure)));
                Ok(())
            }
            Op::Host(ix) => {
                let host = self.code().hosts[ix as usize].clone();
                let arguments = self.pop_many(host.params().len() as u32);
                let function = Arc::new(Function::Host(host));
                let value =
                    call(&function, arguments, self.scope, self.budget).map_err(Stop::Below)?;
                self.stack.push(value);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn call(&mut self, callee: Value, arguments: Vec<Value>) -> Result<(), Stop> {
        let Value::Function(function) = callee else {
            let what = callee.type_name();
            return self.give(Err(Fail::Null(
                format!("a {what} can not be called").into(),
            )));
        };
        let arguments = match function.params() {
            None => arguments,
            Some(params) if params.len() != arguments.len() => {
                let (wanted, given) = (params.len(), arguments.len());
                let reason = format!("{function} takes {wanted} arguments, not {given}");
                return self.give(Err(Fail::Null(reason.into())));
            }
            Some(params) => {
                let mut coerced = Vec::with_capacity(arguments.len());
                for (param, argument) in params.iter().zip(arguments) {
                    let given = argument.is_null();
                    let value = param.of.coerce(argument);
                    if value.is_null() && !given {
                        let reason = format!(
                            "the argument `{}` of {function} is of another type",
                            param.name
                        );
                        return self.give(Err(Fail::Null(reason.into())));
                    }
                    coerced.push(value);
                }
                coerced
            }
        };
        match &*function {
            Function::Closure(closure) => {
                self.enter(closure.code.clone(), Some(function.clone()), arguments)
            }
            Function::Builtin(builtin) => {
                let result = builtins::call(*builtin, arguments, self.scope, self.budget);
                self.give(result)
            }
            Function::Host(_) => {
                let value =
                    call(&function, arguments, self.scope, self.budget).map_err(Stop::Below)?;
                self.stack.push(value);
                Ok(())
            }
        }
    }

    fn call_named(
        &mut self,
        callee: Value,
        names: &[Arc<str>],
        arguments: Vec<Value>,
    ) -> Result<(), Stop> {
        let Value::Function(function) = &callee else {
            return self.call(callee, arguments);
        };
        let arranged = match (&**function, function.params()) {
            (Function::Builtin(builtin), _) => {
                let result =
                    builtins::call_named(*builtin, names, arguments, self.scope, self.budget);
                return self.give(result);
            }
            (_, Some(params)) => {
                let unknown = names
                    .iter()
                    .find(|name| params.iter().all(|p| p.name != **name));
                if let Some(name) = unknown {
                    Err(Fail::Null(
                        format!("{function} has no parameter `{name}`").into(),
                    ))
                } else {
                    let value = |name: &Arc<str>| {
                        names
                            .iter()
                            .position(|n| n == name)
                            .map(|ix| arguments[ix].clone())
                    };
                    Ok(params
                        .iter()
                        .map(|p| value(&p.name).unwrap_or_default())
                        .collect())
                }
            }
            _ => Ok(arguments),
        };
        match arranged {
            Ok(arguments) => self.call(callee, arguments),
            Err(fail) => self.give(Err(fail)),
        }
    }
}

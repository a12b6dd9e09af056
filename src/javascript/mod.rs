//! JavaScript of script tasks, listeners, parameters and conditions: QuickJS, with what a script
//! in Camunda sees and nothing else
//! (<https://docs.camunda.org/manual/7.24/user-guide/process-engine/scripting/>).
//!
//! Floor 2. No files, no network, no clock: `Date` stands still at the instant of the command, and
//! `Math.random` is the same each time. Memory, depth and steps are bounded; a clock is read only to
//! stop what takes long in few steps. What QuickJS never looks up from, arithmetic on whole numbers of
//! very many digits, is not stopped; only a team head deploys scripts. A script works on a
//! copy of the variables; what it wants changed is done after it has ended, in its order.

mod exchange;

#[cfg(test)]
mod tests;

use crate::juel::{self, Budget, Context, EvalErrorKind};
use crate::value::Value;
use exchange::{Ended, Exchange, Write};
use rquickjs::context::{EvalOptions, intrinsic};
use rquickjs::function::Function;
use rquickjs::{Context as Realm, Ctx, Runtime};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};
use thiserror::Error;

/// What a script sees, itself in JavaScript.
const PRELUDE: &str = include_str!("prelude.js");
/// Of this what few scripts need: read only by those that do, since reading takes most of the time
/// of a short script.
const SPIN: &str = include_str!("spin.js");
/// The name under which QuickJS knows the script.
const SCRIPT: &str = "script";
/// Between two looks at what is left QuickJS counts so many jumps and calls.
const STRIDE: u64 = 10_000;
/// What a script costs that does nothing.
const OVERHEAD: u64 = 1_000;
/// A script that is still at work after this is stopped: not every step is a short one.
const PATIENCE: Duration = Duration::from_secs(2);
/// Native stack that a script may take, in bytes.
const STACK: usize = 256 << 10;
/// What QuickJS and the prelude take before the script begins, in bytes.
const BASE: usize = 4 << 20;
/// What a script may take beside what it was given, in bytes: also what copies all of it soon ends.
const MEMORY: usize = 16 << 20;
/// Longer scripts are refused, in bytes.
const LONGEST: usize = 1 << 20;

type Parts = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::Promise,
);

/// Why a script came to nothing.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Failure {
    /// It threw `new BpmnError(code, message)`.
    #[error("it throws the BPMN error {code}, which nothing catches here")]
    Bpmn {
        /// The error code.
        code: String,
        /// What goes with it.
        message: Option<String>,
    },
    /// It is wrong, or was stopped.
    #[error("{}{cause}", place(*.line))]
    Script {
        /// The line of the script, from 1.
        line: Option<u32>,
        /// What is wrong.
        cause: String,
    },
}

fn place(line: Option<u32>) -> String {
    line.map_or_else(String::new, |line| format!("line {line} of the script: "))
}

fn failure(cause: impl Into<String>) -> Failure {
    Failure::Script {
        line: None,
        cause: cause.into(),
    }
}

/// Says what is wrong with a script before it runs.
pub fn check(source: &str) -> Result<(), Failure> {
    if source.len() > LONGEST {
        return Err(failure("a script may have 1 MiB"));
    }
    // The branch is read and never taken.
    let unrun = format!("if (false) {{{source}\n}}");
    with_realm(
        BASE + (LONGEST << 4),
        Budget::new(STRIDE * 100, 0),
        |ctx, _| match eval::<rquickjs::Value>(ctx, SCRIPT, unrun) {
            Ok(_) => Ok(()),
            Err(_) => Err(said(&ctx.catch())),
        },
    )?
}

/// Runs a script. `seed` makes its chance; the budget pays for its steps.
pub fn run(
    source: &str,
    context: &mut dyn Context,
    seed: u32,
    budget: &mut Budget,
) -> Result<Value, Failure> {
    let bytes = budget.left().1;
    let mut exchange = Exchange::default();
    let given = exchange.given(source, context, seed);
    // What it is given is made anew for each script.
    let price = (given.len() / 16) as u64;
    if budget.charge(price).is_err() {
        return Err(failure("the variables are too large for so many scripts"));
    }
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX).min(MEMORY);
    let memory = bytes.saturating_add(BASE).saturating_add(given.len() * 8);
    let steps = budget.left().0;
    let (told, spent, stopped) = with_realm(memory, *budget, |ctx, meter| {
        let told = play(ctx, source, given, meter);
        (told, meter.spent.get(), meter.stopped.take())
    })?;
    if budget.charge(spent.saturating_add(OVERHEAD)).is_err() || spent >= steps {
        return Err(failure(stopped.unwrap_or_else(|| {
            "it takes more steps than a script may use; make it shorter, or raise `steps` under [expressions] of the desk's settings".to_owned()
        })));
    }
    match exchange.told(&told?)? {
        Ended::Failed { line, cause } => Err(Failure::Script { line, cause }),
        Ended::Threw {
            code,
            message,
            writes,
        } => {
            settle(context, writes)?;
            Err(Failure::Bpmn { code, message })
        }
        Ended::Done { value, writes } => {
            settle(context, writes)?;
            value.map_err(failure)
        }
    }
}

/// Does what a script wants changed.
fn settle(context: &mut dyn Context, writes: Vec<Write>) -> Result<(), Failure> {
    for write in writes {
        match write {
            Write::Set {
                on,
                name,
                value,
                local,
            } => context.set_variable(on, &name, value, local),
            Write::Remove { on, name, local } => context.remove_variable(on, &name, local),
            Write::Call { on, method, args } => match context.call(on, &method, &args) {
                Ok(Some(_)) => Ok(()),
                Ok(None) => Err(format!("{}.{method} is not known here", on.name())),
                Err(cause) => Err(cause),
            },
        }
        .map_err(failure)?;
    }
    Ok(())
}

/// The script between the two halves of the prelude.
fn play(ctx: &Ctx<'_>, source: &str, given: String, meter: &Rc<Meter>) -> Result<String, Failure> {
    let meter = Rc::clone(meter);
    let path = move |json: String, path: String| meter.json_path(&json, &path);
    let told = eval::<Function>(ctx, "prelude", PRELUDE).and_then(|prelude| {
        let tell: Function = prelude.call((given, SPIN, Function::new(ctx.clone(), path)?))?;
        let (failed, value) = match eval::<rquickjs::Value>(ctx, SCRIPT, source) {
            Ok(value) => (false, value),
            Err(_) => (true, ctx.catch()),
        };
        tell.call::<_, String>((failed, value))
    });
    told.map_err(|_| said(&ctx.catch()))
}

/// What a script has taken: what QuickJS counts, and what it takes outside.
struct Meter {
    begun: Instant,
    may: Budget,
    /// Steps.
    spent: Cell<u64>,
    /// Bytes outside QuickJS.
    made: Cell<u64>,
    /// Why it was stopped outside QuickJS.
    stopped: RefCell<Option<String>>,
}

impl Meter {
    /// Takes steps. False when the script is to stop.
    fn take(&self, steps: u64) -> bool {
        self.spent.set(match self.begun.elapsed() < PATIENCE {
            true => self.spent.get().saturating_add(steps),
            false => u64::MAX,
        });
        self.spent.get() < self.may.left().0
    }

    /// What a path leads to in a text of JSON, or why that is nothing: one of two, as JSON. Nothing
    /// when the script is to stop.
    fn json_path(&self, json: &str, path: &str) -> Option<String> {
        if !self.take(0) {
            return None;
        }
        let (steps, bytes) = self.may.left();
        let (steps, bytes) = (steps - self.spent.get(), bytes - self.made.get());
        let mut budget = Budget::new(steps, bytes);
        let found = juel::json_path(json, path, &mut budget);
        let left = budget.left();
        self.made.set(self.made.get() + bytes - left.1);
        self.take(steps - left.0);
        let (found, wrong) = match found {
            Ok(found) => (found, None),
            Err(over) if over.kind == EvalErrorKind::Budget => {
                self.stopped.replace(Some(over.cause));
                self.spent.set(u64::MAX);
                return None;
            }
            Err(wrong) => (serde_json::Value::Null, Some(wrong.cause)),
        };
        Some(serde_json::json!([found, wrong]).to_string())
    }
}

fn eval<'js, V: rquickjs::FromJs<'js>>(
    ctx: &Ctx<'js>,
    name: &str,
    source: impl Into<Vec<u8>>,
) -> rquickjs::Result<V> {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(name.to_owned());
    ctx.eval_with_options(source, options)
}

/// Lends a fresh realm, and what is taken in it.
fn with_realm<T>(
    memory: usize,
    may: Budget,
    work: impl FnOnce(&Ctx<'_>, &Rc<Meter>) -> T,
) -> Result<T, Failure> {
    let broken = |_| failure("there is no memory for it");
    let runtime = Runtime::new().map_err(broken)?;
    runtime.set_memory_limit(memory);
    runtime.set_max_stack_size(STACK);
    let meter = Rc::new(Meter {
        begun: Instant::now(),
        may,
        spent: Cell::new(0),
        made: Cell::new(0),
        stopped: RefCell::new(None),
    });
    let count = Rc::clone(&meter);
    runtime.set_interrupt_handler(Some(Box::new(move || !count.take(STRIDE))));
    let realm = Realm::custom::<Parts>(&runtime).map_err(broken)?;
    Ok(realm.with(|ctx| work(&ctx, &meter)))
}

/// What was thrown, in words.
fn said(thrown: &rquickjs::Value<'_>) -> Failure {
    let of = |name: &str| {
        let object = thrown.as_object()?;
        object.get::<_, Option<String>>(name).ok().flatten()
    };
    let stack = of("stack").unwrap_or_default();
    let line = stack.split_once("script:").and_then(|(_, rest)| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    let cause = match (of("name"), of("message")) {
        (Some(name), Some(message)) => format!("{name}: {message}"),
        _ => "it was stopped: it takes more memory or steps than a script may use".to_owned(),
    };
    Failure::Script { line, cause }
}

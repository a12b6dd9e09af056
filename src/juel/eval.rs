//! The stack machine.

use super::context::{Budget, Builtin, Context};
use super::convert::{boolean, string};
use super::datetime;
use super::error::{EvalErrorKind, Fault, clip};
use super::parse::{Binary, Function, Op, Part};
use super::{convert, method, operator, spin};
use crate::value::Value;
use chrono::{DateTime, Utc};

/// What can lie on the stack: values, and things that only expressions know.
#[derive(Debug, Clone)]
pub(super) enum Item {
    Value(Value),
    /// A Joda `DateTime` in the local zone.
    DateTime(DateTime<Utc>),
    Builtin(Builtin),
    /// What `getVariableTyped` gives.
    Typed(Value),
    /// What `jsonPath` found.
    Query(serde_json::Value),
}

impl<T: Into<Value>> From<T> for Item {
    fn from(value: T) -> Self {
        Item::Value(value.into())
    }
}

impl Item {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Item::Value(Value::Null))
    }

    /// How messages name it.
    pub(super) fn class(&self) -> &'static str {
        match self {
            Item::Value(value) => convert::class(value),
            Item::DateTime(_) => "class org.joda.time.DateTime",
            Item::Builtin(builtin) => builtin.name(),
            Item::Query(_) => "interface org.camunda.spin.json.SpinJsonPathQuery",
            Item::Typed(_) => "interface org.camunda.bpm.engine.variable.value.TypedValue",
        }
    }

    /// As the rest of the program can use it. A Joda time becomes a Date, which Camunda
    /// leaves to the user's `.toDate()`.
    pub(super) fn into_value(self) -> Result<Value, Fault> {
        match self {
            Item::Value(value) | Item::Typed(value) => Ok(value),
            Item::DateTime(at) => Ok(Value::Date(at)),
            Item::Query(_) => Err(Fault::failed(
                "the result of jsonPath(…) needs .element(), .elementList() or such behind it",
            )),
            Item::Builtin(builtin) => Err(Fault::failed(format!(
                "'{}' is no value; use one of its properties",
                builtin.name()
            ))),
        }
    }
}

/// What methods may use.
pub(super) struct World<'a> {
    pub(super) context: &'a mut dyn Context,
    pub(super) budget: &'a mut Budget,
}

impl World<'_> {
    /// A value that comes in: counted by its size.
    pub(super) fn admit(&mut self, value: Value) -> Result<Item, Fault> {
        self.budget.grow(value.weight())?;
        Ok(Item::Value(value))
    }

    /// `toString` of an item, counted.
    pub(super) fn text(&mut self, item: &Item) -> Result<String, Fault> {
        match item {
            Item::Value(Value::Null) => Ok(String::new()),
            Item::Value(value) => {
                self.budget.grow(value.weight())?;
                string(value)
            }
            Item::DateTime(at) => Ok(datetime::text(*at)),
            other => string(&other.clone().into_value()?),
        }
    }
}

pub(super) fn template(
    parts: &[Part],
    source: &str,
    context: &mut dyn Context,
    budget: &mut Budget,
) -> Result<Value, Fault> {
    let mut machine = Machine {
        source,
        world: World { context, budget },
        stack: Vec::new(),
    };
    if let [Part::Eval(ops)] = parts {
        return machine.run(ops)?.into_value();
    }
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(t) => {
                machine.world.budget.grow(t.len())?;
                text.push_str(t);
            }
            Part::Eval(ops) => {
                let item = machine.run(ops)?;
                text.push_str(&machine.world.text(&item)?);
            }
        }
    }
    Ok(Value::String(text))
}

struct Machine<'a> {
    source: &'a str,
    world: World<'a>,
    stack: Vec<Item>,
}

impl Machine<'_> {
    /// The parser balances the stack; should it not, null stands in.
    fn pop(&mut self) -> Item {
        self.stack.pop().unwrap_or(Item::Value(Value::Null))
    }

    fn pop_value(&mut self) -> Result<Value, Fault> {
        self.pop().into_value()
    }

    fn push(&mut self, item: impl Into<Item>) {
        self.stack.push(item.into());
    }

    fn run(&mut self, ops: &[Op]) -> Result<Item, Fault> {
        let mut at = 0;
        while let Some(op) = ops.get(at) {
            self.world.budget.step(1)?;
            at += 1;
            match op {
                Op::Push(value) => {
                    let item = self.world.admit(value.clone())?;
                    self.stack.push(item);
                }
                Op::Load(name) => {
                    let item = self.load(name)?;
                    self.stack.push(item);
                }
                Op::Property(name) => {
                    let base = self.pop();
                    let item = method::property(&mut self.world, base, name)?;
                    self.stack.push(item);
                }
                Op::Index => {
                    let index = self.pop();
                    let base = self.pop();
                    let item = method::index(&mut self.world, base, index)?;
                    self.stack.push(item);
                }
                Op::NotNull(depth, text) => {
                    let base = self.stack.len().checked_sub(depth + 1);
                    let base = base.and_then(|i| self.stack.get(i));
                    if base.is_none_or(Item::is_null) {
                        let text = self.source.get(text.clone()).unwrap_or_default();
                        return Err(Fault {
                            kind: EvalErrorKind::UnknownProperty,
                            cause: format!(
                                "Target unreachable, base expression '{}' resolved to null",
                                clip(text.trim())
                            ),
                        });
                    }
                }
                Op::Call(function, count) => {
                    let arguments = self.arguments(*count);
                    let item = self.function(*function, arguments)?;
                    self.stack.push(item);
                }
                Op::Method(name, count) => {
                    let arguments = self.arguments(*count);
                    let name = match name {
                        Some(name) => name.clone(),
                        None => {
                            let name = self.pop();
                            self.world.text(&name)?
                        }
                    };
                    let base = self.pop();
                    let item = method::call(&mut self.world, base, &name, &arguments)?;
                    self.stack.push(item);
                }
                Op::Not => {
                    let value = self.pop_value()?;
                    self.push(!boolean(&value)?);
                }
                Op::Negate => {
                    let value = self.pop_value()?;
                    self.push(operator::negate(&value)?);
                }
                Op::Empty => {
                    let empty = match self.pop() {
                        Item::Value(value) => operator::is_empty(&value),
                        _ => false,
                    };
                    self.push(empty);
                }
                Op::Binary(operator) => {
                    let b = self.pop();
                    let a = self.pop();
                    self.world.budget.step(work(&a) + work(&b))?;
                    let value = match (identity(&a, &b), operator) {
                        (Some(same), Binary::Eq) => same.into(),
                        (Some(same), Binary::Ne) => (!same).into(),
                        _ => operator::binary(*operator, &a.into_value()?, &b.into_value()?)?,
                    };
                    self.push(value);
                }
                Op::ToBoolean => {
                    let value = self.pop_value()?;
                    self.push(boolean(&value)?);
                }
                Op::JumpIfFalseOrPop(to) | Op::JumpIfTrueOrPop(to) => {
                    let value = self.pop_value()?;
                    let stop = matches!(op, Op::JumpIfTrueOrPop(_));
                    if boolean(&value)? == stop {
                        self.push(stop);
                        at = *to;
                    }
                }
                Op::PopJumpIfFalse(to) => {
                    let value = self.pop_value()?;
                    if !boolean(&value)? {
                        at = *to;
                    }
                }
                Op::Jump(to) => at = *to,
            }
        }
        Ok(self.pop())
    }

    fn arguments(&mut self, count: usize) -> Vec<Item> {
        let from = self.stack.len().saturating_sub(count);
        self.stack.split_off(from)
    }

    fn load(&mut self, name: &str) -> Result<Item, Fault> {
        if let Some(builtin) = Builtin::named(name)
            && self.world.context.has(builtin)
        {
            return Ok(Item::Builtin(builtin));
        }
        if name == "authenticatedUserId" {
            return Ok(self.world.context.current_user().into());
        }
        match self.world.context.variable(name) {
            Some(value) => self.world.admit(value),
            None => Err(Fault {
                kind: EvalErrorKind::UnknownProperty,
                cause: format!("Cannot resolve identifier '{}'", clip(name)),
            }),
        }
    }

    fn function(&mut self, function: Function, arguments: Vec<Item>) -> Result<Item, Fault> {
        let context = &self.world.context;
        Ok(match function {
            Function::Now => context.now().into(),
            Function::DateTime => Item::DateTime(context.now()),
            Function::CurrentUser => context.current_user().into(),
            Function::CurrentUserGroups => {
                let groups = context.current_user_groups();
                self.world
                    .admit(Value::List(groups.into_iter().map(Value::String).collect()))?
            }
            Function::Json => {
                let argument = arguments.into_iter().next();
                let value = argument.map_or(Ok(Value::Null), Item::into_value)?;
                self.world.budget.grow(value.weight())?;
                Value::Json(spin::parse(&value)?).into()
            }
        })
    }
}

/// Whether two items are the same object, where one is built in: such as `task != null`.
fn identity(a: &Item, b: &Item) -> Option<bool> {
    match (a, b) {
        (Item::Builtin(a), Item::Builtin(b)) => Some(a == b),
        (Item::Builtin(_), other) | (other, Item::Builtin(_)) if other.is_null() => Some(false),
        _ => None,
    }
}

/// Steps that comparing an item costs.
fn work(item: &Item) -> u64 {
    match item {
        Item::Value(value) => value.weight() as u64 / 256,
        _ => 0,
    }
}

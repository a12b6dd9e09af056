//! Members, and values made of values.

use super::{Machine, Stop};
use crate::feel::code::{Function, Op};
use crate::feel::ops;
use crate::feel::value::{Context, Value};
use std::sync::Arc;

impl Machine<'_> {
    pub(super) fn lookup(&mut self, op: Op) -> Result<(), Stop> {
        match op {
            Op::Capture(ix) => {
                let value = match self.function.as_deref() {
                    Some(Function::Closure(closure)) => closure.captures.get(ix as usize).cloned(),
                    _ => None,
                };
                self.stack.push(value.unwrap_or_default());
            }
            Op::This => {
                let this = self.function.clone();
                self.stack.push(this.map_or(Value::Null, Value::Function));
            }
            Op::MemberOr { name, found } => {
                let value = self.pop();
                if let Value::Context(context) = &value
                    && let Some(member) = context.get(&self.code.names[name as usize])
                {
                    self.stack.push(member.clone());
                    self.jump(found);
                }
            }
            Op::Member(name) => {
                let value = self.pop();
                let name = &self.code.names[name as usize];
                let result = ops::member(&value, name, self.budget);
                return self.give(result);
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn build(&mut self, op: Op) -> Result<(), Stop> {
        match op {
            Op::List(count) => {
                self.budget.allocate(count as usize * 32 + 64)?;
                self.budget.step(u64::from(count))?;
                let items = self.pop_many(count);
                self.stack.push(Value::list(items)?);
            }
            Op::Context(keys) => {
                let keys = self.code.keys[keys as usize].clone();
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
                let result = ops::between(&value, &low, &high);
                return self.give_of(&[&value, &low, &high], result);
            }
            Op::Test => {
                let (input, test) = (self.pop(), self.pop());
                self.budget.step(test.weight())?;
                let verdict = ops::test(&input, &test).map(Value::Boolean);
                let result = verdict.ok_or_else(|| ops::unfit("compared", &input, &test));
                return self.give_of(&[&input, &test], result);
            }
            Op::InstanceOf(of) => {
                let value = self.pop();
                self.budget.step(value.weight())?;
                let holds = self.code.types[of as usize].has_instance(&value);
                self.stack.push(Value::Boolean(holds));
            }
            Op::Coerce(of) => {
                let value = self.pop();
                self.budget.step(value.weight())?;
                let code = self.code.clone();
                let result = code.types[of as usize].coerce(value, self.budget);
                return self.give(result);
            }
            _ => {}
        }
        Ok(())
    }
}

//! Loops and filters.

use super::{Loop, Machine, Stop};
use crate::feel::builtins::Fail;
use crate::feel::code::Op;
use crate::feel::ops;
use crate::feel::parser::position;
use crate::feel::value::{List, Value};
use std::sync::Arc;

impl Machine<'_> {
    /// Goes to where what has no items is null, which has a reason.
    #[cold]
    fn refuse(&mut self, to: u32, why: &str) {
        let offset = self.code.offsets.get(self.pc - 1).copied().unwrap_or(0);
        let source = &self.code.source;
        self.budget.note(source, offset, || why.to_owned());
        self.jump(to);
    }

    pub(super) fn iterate(&mut self, op: Op) -> Result<(), Stop> {
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
                    None => self.refuse(refused, "there is no list to go through"),
                }
            }
            Op::EachFrom(refused) => {
                let (to, from) = (self.pop(), self.pop());
                match ops::Steps::between(&from, &to) {
                    Some(steps) => self.loops.push(Loop::Steps(steps)),
                    None => self.refuse(refused, "it can not be counted from one to the other"),
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
            Op::Filter(refused) => {
                let items = match self.pop() {
                    Value::List(items) => items,
                    Value::Null => {
                        self.stack.push(Value::Null);
                        self.refuse(refused, "there is no list to filter");
                        return Ok(());
                    }
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
}

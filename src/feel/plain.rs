//! Expressions of names, constants, comparisons, arithmetic and conditions, as most are: run in a
//! few slots that copy nothing. What turns out to be more than that (a null, a name that is missing,
//! a result that is no number) is left to the machine, which knows the reasons.

use super::budget::Budget;
use super::code::{Binary, Code, Op};
use super::number::Number;
use super::scope::Scope;
use super::value::Value;
use std::cmp::Ordering;

/// Values that wait for their operator; more are left to the machine.
const SLOTS: usize = 4;

#[derive(Clone, Copy)]
enum Slot<'a> {
    Value(&'a Value),
    Number(Number),
    Truth(bool),
}

/// Whether code is made of what [`run`] knows.
pub(super) fn is_plain(code: &Code) -> bool {
    code.ops.iter().all(|op| {
        matches!(
            op,
            Op::Const(_)
                | Op::Name(_)
                | Op::Binary(_)
                | Op::And
                | Op::Or
                | Op::IfFalse(_)
                | Op::IfTrue(_)
                | Op::Boolean(_)
                | Op::Unless(_)
                | Op::Jump(_)
        )
    })
}

/// Slots, so many of them taken.
struct Slots<'a> {
    slots: [Slot<'a>; SLOTS],
    top: usize,
}

impl<'a> Slots<'a> {
    // Inlined, so that a slot is written where it stays.
    #[inline(always)]
    fn push(&mut self, slot: Slot<'a>) -> Option<()> {
        *self.slots.get_mut(self.top)? = slot;
        self.top += 1;
        Some(())
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<&Slot<'a>> {
        self.top = self.top.checked_sub(1)?;
        self.slots.get(self.top)
    }
}

/// The value of plain code; `None` when the machine has to say it.
#[inline]
pub(super) fn run(code: &Code, scope: &Scope<'_>, budget: &mut Budget) -> Option<Value> {
    // Jumps only lead forward.
    budget.step(code.ops.len() as u64).ok()?;
    let (ops, consts) = (code.ops.as_slice(), code.consts.as_slice());
    let mut stack = Slots {
        slots: [Slot::Truth(false); SLOTS],
        top: 0,
    };
    let mut pc = 0usize;
    while let Some(op) = ops.get(pc) {
        pc += 1;
        match *op {
            Op::Const(ix) => stack.push(Slot::Value(consts.get(ix as usize)?))?,
            Op::Name(ix) => {
                let left = scope.named(code.names.get(ix as usize)?)?;
                match ops.get(pc..pc + 2) {
                    // Compared with a constant at once.
                    Some(&[Op::Const(ix), Op::Binary(op)]) if op.compares() => {
                        pc += 2;
                        let truth = compare(op, left, consts.get(ix as usize)?)?;
                        stack.push(Slot::Truth(truth))?;
                    }
                    _ => stack.push(Slot::Value(left))?,
                }
            }
            Op::Binary(op) => {
                stack.top = stack.top.checked_sub(2)?;
                let [left, right, ..] = stack.slots.get(stack.top..)? else {
                    return None;
                };
                if op.compares() {
                    let truth = compares(op, left, right)?;
                    stack.push(Slot::Truth(truth))?;
                } else {
                    let number = computed(op, left.number()?, right.number()?)?;
                    stack.push(Slot::Number(number))?;
                }
            }
            // The left side was no reason to jump: the right one says it.
            Op::And | Op::Or => {
                let right = stack.pop()?.truth()?;
                stack.pop()?;
                stack.push(Slot::Truth(right))?;
            }
            Op::IfFalse(to) | Op::IfTrue(to) => {
                let truth = stack.pop()?.truth()?;
                stack.top += 1;
                if truth == matches!(op, Op::IfTrue(_)) {
                    pc = to as usize;
                }
            }
            Op::Boolean(_) => {
                stack.pop()?.truth()?;
                stack.top += 1;
            }
            Op::Unless(to) => {
                if !stack.pop()?.truth()? {
                    pc = to as usize;
                }
            }
            Op::Jump(to) => pc = to as usize,
            _ => return None,
        }
    }
    Some(match *stack.pop()? {
        Slot::Value(value) => value.clone(),
        Slot::Number(number) => Value::Number(number),
        Slot::Truth(truth) => Value::Boolean(truth),
    })
}

impl Slot<'_> {
    #[inline]
    fn truth(&self) -> Option<bool> {
        match self {
            Slot::Truth(truth) | Slot::Value(Value::Boolean(truth)) => Some(*truth),
            _ => None,
        }
    }

    #[inline]
    fn number(&self) -> Option<&Number> {
        match self {
            Slot::Number(number) | Slot::Value(Value::Number(number)) => Some(number),
            _ => None,
        }
    }
}

#[inline]
fn computed(op: Binary, a: &Number, b: &Number) -> Option<Number> {
    match op {
        Binary::Add => a.checked_add(*b),
        Binary::Sub => a.checked_sub(*b),
        Binary::Mul => a.checked_mul(*b),
        Binary::Div if !b.is_zero() => a.checked_div(*b),
        _ => None,
    }
}

#[inline]
fn compares(op: Binary, left: &Slot<'_>, right: &Slot<'_>) -> Option<bool> {
    match (left, right) {
        (Slot::Value(left), Slot::Value(right)) => compare(op, left, right),
        _ => Some(holds(op, left.number()?.cmp(right.number()?))),
    }
}

/// Whether two numbers or two texts compare so.
#[inline(always)]
fn compare(op: Binary, left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => Some(holds(op, a.cmp(b))),
        (Value::String(a), Value::String(b)) => Some(texts(op, a, b)),
        _ => None,
    }
}

fn texts(op: Binary, a: &str, b: &str) -> bool {
    match op {
        Binary::Eq | Binary::Same => a == b,
        Binary::Ne | Binary::Other => a != b,
        _ => holds(op, a.cmp(b)),
    }
}

#[inline]
fn holds(op: Binary, order: Ordering) -> bool {
    // Of less, equal and greater, from the last digit on.
    let orders: u8 = match op {
        Binary::Ne | Binary::Other => 0b101,
        Binary::Lt => 0b001,
        Binary::Le => 0b011,
        Binary::Gt => 0b100,
        Binary::Ge => 0b110,
        _ => 0b010,
    };
    orders >> (order as i8 + 1) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feel::{Expression, ParseScope, machine};
    use proptest::prelude::*;

    fn expressions() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            "-?[0-9]{1,2}(\\.[0-9])?",
            "\"[ab]{0,2}\"",
            "[a-f]",
            "true|false|null",
            Just("9.9e6144".to_owned()),
            Just("@\"10:00:00\"".to_owned()),
        ];
        leaf.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                4 => (inner.clone(), "[-+*/]|\\*\\*|=|!=|<=?|>=?|and|or", inner.clone())
                    .prop_map(|(a, op, b)| format!("({a}) {op} ({b})")),
                1 => (inner.clone(), inner.clone(), inner)
                    .prop_map(|(a, b, c)| format!("if {a} then {b} else {c}")),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        /// What is said without the machine is what the machine says, and it has no reasons.
        #[test]
        fn the_machine_says_the_same(text in expressions(), camunda: bool) {
            let mut scope = Scope::new();
            for (name, text) in [("a", "1"), ("b", "2.5"), ("c", "\"a\""), ("d", "true"), ("e", "null")] {
                let value = Expression::parse(text, &ParseScope::new()).unwrap();
                scope.set(name, value.eval(&Scope::new(), &mut Budget::default()).unwrap());
            }
            let names = if camunda { ParseScope::new().camunda() } else { ParseScope::new() };
            let parsed = Expression::parse(&text, &names).unwrap();
            if let Some(found) = run(&parsed.code, &scope, &mut Budget::default()) {
                let mut budget = Budget::default();
                let said = machine::run(&parsed.code, [], &scope, &mut budget).unwrap();
                prop_assert_eq!(format!("{found:?}"), format!("{said:?}"), "{}", text);
                prop_assert!(budget.reasons().is_empty(), "{}: {:?}", text, budget.reasons());
            }
        }
    }

    #[test]
    fn common_conditions_are_plain() {
        let mut scope = Scope::new();
        scope.set("result", Value::from(1));
        scope.set("status", Value::from("new"));
        for text in [
            "result = 1 and result > 1000",
            "if status = \"new\" then result * 2 else 3",
            "status < \"z\" or result != 1",
        ] {
            let parsed = Expression::parse(text, &ParseScope::new()).unwrap();
            assert!(parsed.code.plain, "{text}");
            assert!(
                run(&parsed.code, &scope, &mut Budget::default()).is_some(),
                "{text}"
            );
        }
    }
}

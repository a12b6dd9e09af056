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

/// The value of plain code; `None` when the machine has to say it.
pub(super) fn run(code: &Code, scope: &Scope<'_>, budget: &mut Budget) -> Option<Value> {
    // Jumps only lead forward.
    budget.step(code.ops.len() as u64).ok()?;
    let mut slots = [Slot::Truth(false); SLOTS];
    let (mut top, mut pc) = (0usize, 0usize);
    while let Some(op) = code.ops.get(pc) {
        pc += 1;
        let pushed = match *op {
            Op::Const(ix) => Slot::Value(code.consts.get(ix as usize)?),
            Op::Name(ix) => {
                let left = Slot::Value(scope.named(code.names.get(ix as usize)?)?);
                match code.ops.get(pc..pc + 2) {
                    // Compared with a constant at once.
                    Some(&[Op::Const(ix), Op::Binary(op)]) => {
                        pc += 2;
                        binary(op, &left, &Slot::Value(code.consts.get(ix as usize)?))?
                    }
                    _ => left,
                }
            }
            Op::Binary(_) | Op::And | Op::Or => {
                top = top.checked_sub(2)?;
                let (left, right) = (slots.get(top)?, slots.get(top + 1)?);
                match *op {
                    Op::Binary(op) => binary(op, left, right)?,
                    Op::And => Slot::Truth(left.truth()? & right.truth()?),
                    _ => Slot::Truth(left.truth()? | right.truth()?),
                }
            }
            Op::IfFalse(to) | Op::IfTrue(to) => {
                let truth = slots.get(top.checked_sub(1)?)?.truth()?;
                if truth == matches!(op, Op::IfTrue(_)) {
                    pc = to as usize;
                }
                continue;
            }
            Op::Boolean(_) => {
                slots.get(top.checked_sub(1)?)?.truth()?;
                continue;
            }
            Op::Unless(to) => {
                top = top.checked_sub(1)?;
                if !slots.get(top)?.truth()? {
                    pc = to as usize;
                }
                continue;
            }
            Op::Jump(to) => {
                pc = to as usize;
                continue;
            }
            _ => return None,
        };
        *slots.get_mut(top)? = pushed;
        top += 1;
    }
    Some(match *slots.get(top.checked_sub(1)?)? {
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
fn binary<'a>(op: Binary, left: &Slot<'_>, right: &Slot<'_>) -> Option<Slot<'a>> {
    if let (Some(a), Some(b)) = (left.number(), right.number()) {
        let number = match op {
            Binary::Add => a.checked_add(*b),
            Binary::Sub => a.checked_sub(*b),
            Binary::Mul => a.checked_mul(*b),
            Binary::Div if !b.is_zero() => a.checked_div(*b),
            Binary::Div | Binary::Pow => None,
            _ => return Some(Slot::Truth(holds(op, a.cmp(b)))),
        };
        return number.map(Slot::Number);
    }
    match (left, right) {
        (Slot::Value(Value::String(a)), Slot::Value(Value::String(b))) => match op {
            Binary::Eq | Binary::Same => Some(Slot::Truth(a == b)),
            Binary::Ne | Binary::Other => Some(Slot::Truth(a != b)),
            Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge => {
                Some(Slot::Truth(holds(op, a.cmp(b))))
            }
            _ => None,
        },
        _ => None,
    }
}

#[inline]
fn holds(op: Binary, order: Ordering) -> bool {
    match op {
        Binary::Ne | Binary::Other => order.is_ne(),
        Binary::Lt => order.is_lt(),
        Binary::Le => order.is_le(),
        Binary::Gt => order.is_gt(),
        Binary::Ge => order.is_ge(),
        _ => order.is_eq(),
    }
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

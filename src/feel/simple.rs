//! Cells that only compare the input with constants, as most do: recognised in their code and
//! checked without running it.

use super::budget::{Budget, Limit};
use super::code::{Binary, Code, Op};
use super::ops;
use super::value::Value;
use std::mem::Discriminant;

/// Tests of which one has to hold, or with `negated`, none.
#[derive(Debug, Clone)]
pub(crate) struct Simple {
    checks: Vec<Check>,
    negated: bool,
}

/// A test of the input.
#[derive(Debug, Clone)]
pub(crate) enum Check {
    /// Equals the value, lies in it, or is one of its items.
    Is(Value),
    /// Compares with it.
    Compare(Binary, Value),
}

/// A type of values that are equal or not, and except for truths before one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Kind(Discriminant<Value>);

impl Kind {
    /// The kind of a value, where it is of one.
    pub fn of(value: &Value) -> Option<Kind> {
        use Value::{Boolean, Date, Number, String};
        let some = matches!(value, String(_) | Number(_) | Date(_) | Boolean(_));
        some.then(|| Kind(std::mem::discriminant(value)))
    }
}

/// Values between two ends; without an end all on that side.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    /// The first that it may hold.
    pub low: Option<Value>,
    /// The last that it may hold.
    pub high: Option<Value>,
}

impl Span {
    fn at(value: &Value) -> Span {
        let end = Some(value.clone());
        Span {
            low: end.clone(),
            high: end,
        }
    }

    /// Its ends.
    pub fn ends(&self) -> impl Iterator<Item = &Value> {
        self.low.iter().chain(&self.high)
    }
}

/// What the code has on its stack.
enum Known {
    Constant(Value),
    Input,
    Checks(Vec<Check>),
}

impl Simple {
    /// The tests that code consists of, if they are so simple.
    pub fn of(code: &Code) -> Option<Simple> {
        let mut stack: Vec<Known> = Vec::new();
        let mut negated = false;
        for (ix, op) in code.ops.iter().enumerate() {
            let known = match *op {
                Op::Const(ix) => Known::Constant(code.consts.get(ix as usize)?.clone()),
                Op::Local(0) => Known::Input,
                // Tests in a row: those after one that holds need not be asked.
                Op::IfTrue(_) if matches!(stack.last(), Some(Known::Checks(_))) => continue,
                Op::Or => match (stack.pop()?, stack.pop()?) {
                    (Known::Checks(more), Known::Checks(mut checks)) => {
                        checks.extend(more);
                        Known::Checks(checks)
                    }
                    _ => return None,
                },
                Op::Not if ix + 1 == code.ops.len() => {
                    negated = true;
                    continue;
                }
                Op::Test => match (stack.pop()?, stack.pop()?) {
                    (Known::Input, Known::Constant(value)) => Known::Checks(vec![Check::Is(value)]),
                    _ => return None,
                },
                Op::Binary(op) => match (stack.pop()?, stack.pop()?) {
                    (Known::Constant(value), Known::Input) if exact(op).is_some() => {
                        // The two ways to compare differ in times alone, and in what holds them.
                        let plain = matches!(
                            value,
                            Value::Null
                                | Value::Boolean(_)
                                | Value::String(_)
                                | Value::Number(_)
                                | Value::Date(_)
                        );
                        let op = exact(op).filter(|_| plain)?;
                        Known::Checks(vec![Check::Compare(op, value)])
                    }
                    (Known::Constant(value), Known::Input) if compares(op) => {
                        Known::Checks(vec![Check::Compare(op, value)])
                    }
                    _ => return None,
                },
                Op::Negate => Known::Constant(ops::negate(&constant(&mut stack)?).ok()?),
                Op::HalfRange(op) => {
                    Known::Constant(ops::half_range(op, constant(&mut stack)?).ok()?)
                }
                Op::Range {
                    start_included,
                    end_included,
                } => {
                    let (end, start) = (constant(&mut stack)?, constant(&mut stack)?);
                    let range = ops::range(start, start_included, end, end_included);
                    Known::Constant(range.ok()?)
                }
                Op::List(count) => {
                    let items = constants(&mut stack, count)?;
                    Known::Constant(Value::list(items).ok()?)
                }
                _ => return None,
            };
            stack.push(known);
        }
        match (stack.pop()?, stack.pop()) {
            (Known::Checks(checks), None) => Some(Simple { checks, negated }),
            _ => None,
        }
    }

    /// Whether an input passes; `None` (null) when that can not be said.
    pub fn holds(&self, input: &Value, budget: &mut Budget) -> Result<Option<bool>, Limit> {
        let mut verdict = Some(false);
        for check in &self.checks {
            budget.step(1)?;
            match check.holds(input, budget)? {
                Some(true) => return Ok(Some(!self.negated)),
                Some(false) => {}
                None => verdict = None,
            }
        }
        Ok(verdict.map(|verdict| verdict != self.negated))
    }

    /// The constants that it compares with, ends of ranges included.
    pub fn constants(&self) -> Vec<Value> {
        let mut constants = Vec::new();
        self.each_constant(|value| constants.push(value.clone()));
        constants
    }

    fn each_constant(&self, mut tell: impl FnMut(&Value)) {
        let mut open: Vec<&Value> = self.checks.iter().map(Check::value).collect();
        while let Some(value) = open.pop() {
            match value {
                Value::Range(range) => open.extend(range.start.iter().chain(&range.end)),
                Value::List(items) => open.extend(items.iter()),
                other => tell(other),
            }
        }
    }

    /// The kind of values that it holds for or not; of others it may be null. `None` when there
    /// is none such.
    pub fn kind(&self) -> Option<Kind> {
        let (mut first, mut alike) = (None, true);
        self.each_constant(|value| {
            let kind = Kind::of(value);
            alike &= kind.is_some() && (first.is_none() || first == kind);
            first = kind;
        });
        // Truths have no order, and lists and ranges none with what is in them.
        let told = |check: &Check| match check {
            Check::Is(_) => true,
            Check::Compare(Binary::Eq | Binary::Ne, value) => Kind::of(value).is_some(),
            Check::Compare(_, value) => value.compare(value).is_some(),
        };
        first.filter(|_| alike && self.checks.iter().all(told))
    }

    /// Where all lies that it holds for, and perhaps more; `None` when that may be anywhere.
    pub fn spans(&self) -> Option<Vec<Span>> {
        let mut spans = Vec::new();
        for check in &self.checks {
            match check {
                Check::Is(Value::List(items)) => {
                    for item in items.iter() {
                        spans.push(span_of(item)?);
                    }
                }
                Check::Is(value) => spans.push(span_of(value)?),
                Check::Compare(op, value) => {
                    let mut span = Span::at(value);
                    match op {
                        Binary::Eq => {}
                        Binary::Lt | Binary::Le => span.low = None,
                        Binary::Gt | Binary::Ge => span.high = None,
                        _ => return None,
                    }
                    spans.push(span);
                }
            }
        }
        (!self.negated).then_some(spans)
    }
}

/// What a value, or a range of values, lets pass.
fn span_of(value: &Value) -> Option<Span> {
    match value {
        Value::Range(range) => Some(Span {
            low: range.start.clone(),
            high: range.end.clone(),
        }),
        Value::String(_) | Value::Number(_) | Value::Date(_) => Some(Span::at(value)),
        _ => None,
    }
}

impl Check {
    fn value(&self) -> &Value {
        match self {
            Check::Is(value) | Check::Compare(_, value) => value,
        }
    }

    #[inline]
    fn holds(&self, input: &Value, budget: &mut Budget) -> Result<Option<bool>, Limit> {
        Ok(match (self, input) {
            (Check::Is(Value::String(a)), Value::String(b)) => Some(a == b),
            (Check::Is(Value::Number(a)), Value::Number(b)) => Some(a == b),
            (Check::Is(value), input) => {
                budget.step(value.weight())?;
                ops::test(input, value)
            }
            (Check::Compare(op, value), input) => match op {
                Binary::Eq => ops::equal(input, value),
                Binary::Ne => ops::equal(input, value).map(|equal| !equal),
                _ => {
                    let order = input.compare(value);
                    order.map(|order| match op {
                        Binary::Lt => order.is_lt(),
                        Binary::Le => order.is_le(),
                        Binary::Gt => order.is_gt(),
                        _ => order.is_ge(),
                    })
                }
            },
        })
    }
}

/// The usual way to compare in place of the exact one.
fn exact(op: Binary) -> Option<Binary> {
    match op {
        Binary::Same => Some(Binary::Eq),
        Binary::Other => Some(Binary::Ne),
        _ => None,
    }
}

fn compares(op: Binary) -> bool {
    use Binary::{Eq, Ge, Gt, Le, Lt, Ne};
    matches!(op, Eq | Ne | Lt | Le | Gt | Ge)
}

fn constant(stack: &mut Vec<Known>) -> Option<Value> {
    match stack.pop()? {
        Known::Constant(value) => Some(value),
        _ => None,
    }
}

fn constants(stack: &mut Vec<Known>, count: u32) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    for _ in 0..count {
        values.push(constant(stack)?);
    }
    values.reverse();
    Some(values)
}

#[cfg(test)]
mod tests {
    use crate::feel::{Budget, ParseScope, Scope, UnaryTests};
    use proptest::prelude::*;

    fn tests(text: &str) -> UnaryTests {
        UnaryTests::parse(text, &ParseScope::new()).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn common_cells_are_simple() {
        for text in [
            "5",
            "-5",
            "\"a\"",
            "\"a\", \"b\"",
            "< 5",
            "[1..5)",
            "not(1, 2)",
            "> 1, [-3..0]",
            "date(\"2026-01-31\")",
            "< @\"2026-01-31\"",
            "[1, 2]",
            "null",
            "true",
            "not(> 3)",
            ">= duration(\"P1D\")",
            "(> 3)",
        ] {
            assert!(tests(text).is_simple(), "{text}");
        }
        for text in [
            "x",
            "> x",
            "\"a\", x",
            "date(x)",
            "string length(?) > 3",
            "1 + 2",
        ] {
            assert!(!tests(text).is_simple(), "{text}");
        }
    }

    proptest! {
        /// A cell means the same whether it is checked or run.
        #[test]
        fn checking_is_running(
            parts in prop::collection::vec(
                prop_oneof!["-?[0-4]", "\"[ab]\"", "[<>]=? ?[0-4]", "!?= ?[0-4]", "[\\[(]-?[0-2]\\.\\.[1-4][\\])]",
                    "null", "true", "\\[[0-3](, [0-3])?\\]", "@\"2026-01-0[1-3]\"", "< @\"2026-01-02\""], 1..4),
            negated: bool,
            input in prop_oneof!["-?[0-4]", "\"[ab]\"", "null", "true", "\\[[0-3](, [0-3])?\\]", "@\"2026-01-0[1-3]\""],
        ) {
            let text = parts.join(", ");
            let text = if negated { format!("not({text})") } else { text };
            let tests = tests(&text);
            prop_assert!(tests.is_simple(), "{}", text);
            let input = crate::feel::Expression::parse(&input, &ParseScope::new()).unwrap()
                .eval(&Scope::new(), &mut Budget::default()).unwrap();
            let checked = tests.matches(&input, &Scope::new(), &mut Budget::default()).unwrap();
            let run = tests.run(&input, &Scope::new(), &mut Budget::default()).unwrap();
            prop_assert_eq!(checked, run.is_true(), "{} {}", text, input);
        }
    }
}

//! The operators of FEEL on values.

use super::budget::Budget;
use super::builtins::Fail;
use super::code::Binary;
use super::number::Number;
use super::temporal::{DAY, DateTime, Duration, SECOND, Time, Zone};
use super::value::{Range, Value};
use std::cmp::Ordering;
use std::sync::Arc;

/// A binary operator that is not logical.
pub(crate) fn binary(
    op: Binary,
    left: &Value,
    right: &Value,
    budget: &mut Budget,
) -> Result<Value, Fail> {
    use Binary::*;
    let ordered = |accepts: fn(Ordering) -> bool| match left.compare(right) {
        Some(order) => Ok(Value::Boolean(accepts(order))),
        None => Err(unfit("compared", left, right)),
    };
    match op {
        Eq | Ne => {
            budget.step(left.weight().min(right.weight()))?;
            match equal(left, right) {
                Some(equal) => Ok(Value::Boolean(equal == (op == Eq))),
                None => Err(unfit("compared", left, right)),
            }
        }
        Same | Other => {
            budget.step(left.weight().min(right.weight()))?;
            match left.equal(right) {
                Some(equal) => Ok(Value::Boolean(equal == (op == Same))),
                None => Err(unfit("compared", left, right)),
            }
        }
        Lt => ordered(Ordering::is_lt),
        Le => ordered(Ordering::is_le),
        Gt => ordered(Ordering::is_gt),
        Ge => ordered(Ordering::is_ge),
        Add => add(left, right, budget),
        Sub => sub(left, right),
        Mul => match (left, right) {
            (Value::Number(a), Value::Number(b)) => number(a.checked_mul(*b)),
            (Value::Duration(d), Value::Number(n)) | (Value::Number(n), Value::Duration(d)) => {
                scaled(*d, |x| x.checked_mul(*n))
            }
            _ => Err(unfit("multiplied", left, right)),
        },
        Div => match (left, right) {
            (Value::Number(_), Value::Number(b)) if b.is_zero() => {
                Err(Fail::null("division by zero"))
            }
            (Value::Number(a), Value::Number(b)) => number(a.checked_div(*b)),
            (Value::Duration(d), Value::Number(n)) => scaled(*d, |x| x.checked_div(*n)),
            (Value::Duration(Duration::Months(a)), Value::Duration(Duration::Months(b))) => {
                number(Number::from(*a).checked_div(Number::from(*b)))
            }
            (Value::Duration(Duration::Nanos(a)), Value::Duration(Duration::Nanos(b))) => {
                number(Number::from_i128(*a).checked_div(Number::from_i128(*b)))
            }
            _ => Err(unfit("divided", left, right)),
        },
        Pow => match (left, right) {
            (Value::Number(a), Value::Number(b)) => number(a.pow(*b)),
            _ => Err(unfit("raised to a power", left, right)),
        },
    }
}

/// `=`; `None` (null) between types that have nothing in common.
pub(crate) fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::Time(a), Value::Time(b)) => a.same_second(*b),
        (Value::DateTime(a), Value::DateTime(b)) => a.same_second(*b),
        _ => left.equal(right),
    }
}

#[cold]
pub(crate) fn unfit(verb: &str, left: &Value, right: &Value) -> Fail {
    let zone = |value: &Value| match value {
        Value::DateTime(t) => Some(t.time().zone() == Zone::Local),
        Value::Time(t) => Some(t.zone() == Zone::Local),
        _ => None,
    };
    if left.type_name() == right.type_name() && zone(left) != zone(right) {
        let what = left.type_name();
        return Fail::Null(
            format!("a {what} with a time zone and one without can not be {verb}").into(),
        );
    }
    Fail::Null(
        format!(
            "{} and {} can not be {verb}",
            left.type_name(),
            right.type_name()
        )
        .into(),
    )
}

fn number(n: Option<Number>) -> Result<Value, Fail> {
    n.map(Value::Number).ok_or(Fail::null(
        "the result is not a number that decimal128 can hold",
    ))
}

fn within<T>(value: Option<T>, wrap: fn(T) -> Value) -> Result<Value, Fail> {
    value
        .map(wrap)
        .ok_or(Fail::null("the result is out of the range of its type"))
}

fn scaled(duration: Duration, scale: impl Fn(Number) -> Option<Number>) -> Result<Value, Fail> {
    let whole = |n: Option<Number>| n?.round_to(0, dec::Rounding::Down)?.to_i128();
    let result = match duration {
        Duration::Months(m) => whole(scale(Number::from(m))).and_then(Duration::months),
        Duration::Nanos(n) => whole(scale(Number::from_i128(n))).and_then(Duration::nanos),
    };
    within(result, Value::Duration)
}

fn add(left: &Value, right: &Value, budget: &mut Budget) -> Result<Value, Fail> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => number(a.checked_add(*b)),
        (Value::String(a), Value::String(b)) => {
            budget.allocate(a.len() + b.len())?;
            budget.step((a.len() + b.len()) as u64 / 64)?;
            Ok(Value::String(format!("{a}{b}").into()))
        }
        (Value::Duration(Duration::Months(a)), Value::Duration(Duration::Months(b))) => within(
            Duration::months(i128::from(*a) + i128::from(*b)),
            Value::Duration,
        ),
        (Value::Duration(Duration::Nanos(a)), Value::Duration(Duration::Nanos(b))) => {
            within(Duration::nanos(a + b), Value::Duration)
        }
        (Value::Duration(_), Value::Date(_) | Value::Time(_) | Value::DateTime(_)) => {
            shift(right, left, 1)
        }
        (_, Value::Duration(_)) => shift(left, right, 1),
        _ => Err(unfit("added", left, right)),
    }
}

/// A date, time or date-time later by a duration.
fn shift(value: &Value, by: &Value, sign: i64) -> Result<Value, Fail> {
    match (value, by) {
        (Value::Date(d), Value::Duration(Duration::Months(m))) => {
            within(d.add_months(sign * m), Value::Date)
        }
        (Value::Date(d), Value::Duration(Duration::Nanos(n))) => within(
            d.midnight().plus(i128::from(sign) * n).map(DateTime::date),
            Value::Date,
        ),
        (Value::DateTime(t), Value::Duration(Duration::Months(m))) => {
            within(t.add_months(sign * m), Value::DateTime)
        }
        (Value::DateTime(t), Value::Duration(Duration::Nanos(n))) => {
            within(t.plus(i128::from(sign) * n), Value::DateTime)
        }
        (Value::Time(t), Value::Duration(Duration::Nanos(n))) => {
            Ok(Value::Time(t.plus(i128::from(sign) * n)))
        }
        _ => Err(unfit(
            if sign > 0 { "added" } else { "subtracted" },
            value,
            by,
        )),
    }
}

fn sub(left: &Value, right: &Value) -> Result<Value, Fail> {
    let between = |nanos: Option<i128>| match nanos {
        Some(nanos) => within(Duration::nanos(nanos), Value::Duration),
        None => Err(Fail::null(
            "one of them has a time zone and the other has none",
        )),
    };
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => number(a.checked_sub(*b)),
        (Value::Date(a), Value::Date(b)) => between(Some(i128::from(a.days() - b.days()) * DAY)),
        (Value::Time(a), Value::Time(b)) => between(a.since(*b)),
        (Value::DateTime(a), Value::DateTime(b)) => between(a.since(*b)),
        (Value::DateTime(a), Value::Date(b)) => between(a.since(b.midnight().utc())),
        (Value::Date(a), Value::DateTime(b)) => between(a.midnight().utc().since(*b)),
        (Value::Duration(Duration::Months(a)), Value::Duration(Duration::Months(b))) => within(
            Duration::months(i128::from(*a) - i128::from(*b)),
            Value::Duration,
        ),
        (Value::Duration(Duration::Nanos(a)), Value::Duration(Duration::Nanos(b))) => {
            within(Duration::nanos(a - b), Value::Duration)
        }
        (_, Value::Duration(_)) => shift(left, right, -1),
        _ => Err(unfit("subtracted", left, right)),
    }
}

/// `-value`.
pub(crate) fn negate(value: &Value) -> Result<Value, Fail> {
    match value {
        Value::Number(n) => Ok(Value::Number(-*n)),
        Value::Duration(Duration::Months(m)) => Ok(Value::Duration(Duration::Months(-m))),
        Value::Duration(Duration::Nanos(n)) => Ok(Value::Duration(Duration::Nanos(-n))),
        other => Err(Fail::Null(
            format!("a {} has no negative", other.type_name()).into(),
        )),
    }
}

/// Three-valued `and` (or `or`): what is no boolean counts as null.
pub(crate) fn logic(and: bool, left: &Value, right: &Value) -> Value {
    // `false` decides an `and`, `true` decides an `or`.
    match (left, right) {
        (Value::Boolean(a), _) if *a != and => Value::Boolean(*a),
        (_, Value::Boolean(b)) if *b != and => Value::Boolean(*b),
        (Value::Boolean(_), Value::Boolean(_)) => Value::Boolean(and),
        _ => Value::Null,
    }
}

/// `value between low and high`.
pub(crate) fn between(value: &Value, low: &Value, high: &Value) -> Result<Value, Fail> {
    match (value.compare(low), value.compare(high)) {
        (Some(a), Some(b)) => Ok(Value::Boolean(a.is_ge() && b.is_le())),
        (None, _) => Err(unfit("compared", value, low)),
        _ => Err(unfit("compared", value, high)),
    }
}

/// A range, whose ends must be comparable.
pub(crate) fn range(
    start: Value,
    start_included: bool,
    end: Value,
    end_included: bool,
) -> Result<Value, Fail> {
    let scalar = |v: &Value| v.is_null() || v.compare(v).is_some();
    let known = !(start.is_null() && end.is_null()) && scalar(&start) && scalar(&end);
    if !known || !(start.is_null() || end.is_null() || start.compare(&end).is_some()) {
        return Err(unfit("the ends of a range", &start, &end));
    }
    let (start, end) = (Some(start), Some(end));
    Ok(Value::Range(Arc::new(Range {
        start,
        start_included,
        end,
        end_included,
        single: false,
    })))
}

/// `(< end)` and the like.
pub(crate) fn half_range(op: Binary, end: Value) -> Result<Value, Fail> {
    if end.compare(&end).is_none() {
        return Err(Fail::Null(
            format!("a {} is no end of a range", end.type_name()).into(),
        ));
    }
    let included = matches!(op, Binary::Le | Binary::Ge | Binary::Eq);
    let (start, end) = match op {
        Binary::Lt | Binary::Le => (None, Some(end)),
        Binary::Gt | Binary::Ge => (Some(end), None),
        Binary::Eq => (Some(end.clone()), Some(end)),
        _ => return Err(Fail::null("`!=` makes no range")),
    };
    let (start_included, end_included) = (included && start.is_some(), included && end.is_some());
    Ok(Value::Range(Arc::new(Range {
        start,
        start_included,
        end,
        end_included,
        single: op == Binary::Eq,
    })))
}

/// Whether an input passes a test: equals it, lies in it, or is one of its items.
pub(crate) fn test(input: &Value, test: &Value) -> Option<bool> {
    let one = |test: &Value| match test {
        Value::Range(range) if !matches!(input, Value::Range(_)) => range.contains(input),
        other => input.equal(other),
    };
    match test {
        Value::List(items) => {
            let whole = matches!(input, Value::List(_)) && input.equal(test) == Some(true);
            Some(whole || items.iter().any(|item| one(item) == Some(true)))
        }
        single => match one(single) {
            None => match input {
                // A list passes when one of its items does not fail the test as a whole.
                Value::List(items) if items.len() == 1 => {
                    items.first().and_then(|item| self::test(item, single))
                }
                _ => None,
            },
            verdict => verdict,
        },
    }
}

/// The member of a context, of each context of a list, or a property of a value.
pub(crate) fn member(value: &Value, name: &str, budget: &mut Budget) -> Result<Value, Fail> {
    let whole = |n: i64| Ok(Value::from(n));
    let clock = |t: &Time, offset: Option<i32>| match name {
        "hour" => Some(whole(t.hour())),
        "minute" => Some(whole(t.minute())),
        "second" => Some(whole(t.second())),
        "time offset" => Some(match offset {
            Some(seconds) => Ok(Value::Duration(Duration::Nanos(
                i128::from(seconds) * SECOND,
            ))),
            None => Err(Fail::null("the time has no zone")),
        }),
        "timezone" => Some(match t.zone().region() {
            Some(region) => Ok(Value::from(region.name())),
            None => Err(Fail::null("the time has no named zone")),
        }),
        _ => None,
    };
    let found = match value {
        Value::Null => return Ok(Value::Null),
        Value::Context(context) => context.get(name).map(|v| Ok(v.clone())),
        Value::List(items) => {
            budget.step(items.len() as u64)?;
            budget.allocate(items.len() * 32 + 64)?;
            let members: Result<Vec<_>, Fail> = items
                .iter()
                .map(|item| match item {
                    Value::Context(context) => Ok(context.get(name).cloned().unwrap_or_default()),
                    Value::List(_) => Ok(Value::Null),
                    other => member(other, name, budget).or_else(|fail| match fail {
                        Fail::Null(_) => Ok(Value::Null),
                        stop => Err(stop),
                    }),
                })
                .collect();
            Some(Ok(Value::list(members?)?))
        }
        Value::Date(d) => match name {
            "year" => Some(whole(d.year())),
            "month" => Some(whole(d.month())),
            "day" => Some(whole(d.day())),
            "weekday" => Some(whole(d.weekday())),
            _ => None,
        },
        Value::Time(t) => clock(t, t.zone().offset()),
        Value::DateTime(t) => match name {
            "year" => Some(whole(t.date().year())),
            "month" => Some(whole(t.date().month())),
            "day" => Some(whole(t.date().day())),
            "weekday" => Some(whole(t.date().weekday())),
            _ => clock(&t.time(), t.offset()),
        },
        Value::Duration(Duration::Months(m)) => match name {
            "years" => Some(whole(m / 12)),
            "months" => Some(whole(m % 12)),
            _ => None,
        },
        Value::Duration(Duration::Nanos(n)) => {
            let seconds = n / SECOND;
            let part = |n: i128| Some(Ok(Value::Number(Number::from_i128(n))));
            match name {
                "days" => part(seconds / 86_400),
                "hours" => part(seconds / 3600 % 24),
                "minutes" => part(seconds / 60 % 60),
                "seconds" => part(seconds % 60),
                _ => None,
            }
        }
        Value::Range(range) => match name {
            "start" => Some(Ok(range.start.clone().unwrap_or_default())),
            "end" => Some(Ok(range.end.clone().unwrap_or_default())),
            "start included" => Some(Ok(Value::Boolean(range.start_included))),
            "end included" => Some(Ok(Value::Boolean(range.end_included))),
            _ => None,
        },
        _ => None,
    };
    found.unwrap_or_else(|| {
        Err(Fail::Null(
            format!("a {} has no `{name}`", value.type_name()).into(),
        ))
    })
}

/// The numbers or days from one to another, upwards or downwards.
pub(crate) struct Steps {
    next: Value,
    last: Value,
    up: bool,
}

impl Steps {
    /// From one end to the other, both included.
    pub fn between(from: &Value, to: &Value) -> Option<Steps> {
        let countable = matches!(
            (from, to),
            (Value::Number(_), Value::Number(_)) | (Value::Date(_), Value::Date(_))
        );
        if !countable {
            return None;
        }
        let up = from.compare(to)?.is_le();
        Some(Steps {
            next: from.clone(),
            last: to.clone(),
            up,
        })
    }

    /// Through a range that is bounded.
    pub fn over(range: &Range) -> Option<Steps> {
        let mut steps = Steps::between(range.start.as_ref()?, range.end.as_ref()?)?;
        if !steps.up {
            return None;
        }
        if !range.start_included {
            steps.next();
        }
        if !range.end_included {
            steps.last = advance(&steps.last, !steps.up)?;
            // An empty range stays empty, whichever way it would be walked.
        }
        Some(steps)
    }

    /// The next one.
    pub fn next(&mut self) -> Option<Value> {
        let order = self.next.compare(&self.last)?;
        if (self.up && order.is_gt()) || (!self.up && order.is_lt()) {
            return None;
        }
        let after = advance(&self.next, self.up).unwrap_or_default();
        Some(std::mem::replace(&mut self.next, after))
    }
}

fn advance(value: &Value, up: bool) -> Option<Value> {
    let step = if up { 1 } else { -1 };
    match value {
        Value::Number(n) => n
            .checked_add(Number::from(step))
            .filter(|after| after.cmp(n).is_ne())
            .map(Value::Number),
        Value::Date(d) => {
            super::temporal::Date::from_days(d.days() + i64::from(step)).map(Value::Date)
        }
        _ => None,
    }
}

//! Numeric functions.

use super::{Call, Fail, Outcome, Row, row, wrong};
use crate::feel::number::Number;
use crate::feel::temporal::Duration;
use crate::feel::value::Value;
use dec::Rounding;

pub(super) static TABLE: &[Row] = &[
    row("decimal", &[&["n", "scale"]], |c| {
        rounded(c, Rounding::HalfEven)
    }),
    row("floor", &[&["n", "scale?"]], |c| {
        rounded(c, Rounding::Floor)
    }),
    row("ceiling", &[&["n", "scale?"]], |c| {
        rounded(c, Rounding::Ceiling)
    }),
    row("round up", &[&["n", "scale"]], |c| rounded(c, Rounding::Up)),
    row("round down", &[&["n", "scale"]], |c| {
        rounded(c, Rounding::Down)
    }),
    row("round half up", &[&["n", "scale"]], |c| {
        rounded(c, Rounding::HalfUp)
    }),
    row("round half down", &[&["n", "scale"]], |c| {
        rounded(c, Rounding::HalfDown)
    }),
    row("abs", &[&["n"]], abs),
    row("modulo", &[&["dividend", "divisor"]], |c| {
        let (a, b) = (c.number(0)?, c.number(1)?);
        number(a.modulo(b), "division by zero")
    }),
    row("sqrt", &[&["number"]], |c| {
        number(c.number(0)?.sqrt(), "a negative number has no square root")
    }),
    row("log", &[&["number"]], |c| {
        number(c.number(0)?.ln(), "only a positive number has a logarithm")
    }),
    row("exp", &[&["number"]], |c| {
        number(c.number(0)?.exp(), "the result is too large")
    }),
    row("odd", &[&["number"]], |c| parity(c, 1)),
    row("even", &[&["number"]], |c| parity(c, 0)),
];

fn number(n: Option<Number>, otherwise: &'static str) -> Outcome {
    n.map(Value::Number).ok_or(Fail::null(otherwise))
}

fn rounded(c: &mut Call<'_, '_>, rounding: Rounding) -> Outcome {
    let n = c.number(0)?;
    let scale = if c.count() > 1 { c.integer(1)? } else { 0 };
    let scale = i32::try_from(scale).map_err(|_| Fail::null("the scale is out of range"))?;
    number(n.round_to(scale, rounding), "the scale is out of range")
}

fn abs(c: &mut Call<'_, '_>) -> Outcome {
    match c.scalar(0) {
        Value::Number(n) => Ok(Value::Number(n.abs())),
        Value::Duration(Duration::Months(m)) => Ok(Value::Duration(Duration::Months(m.abs()))),
        Value::Duration(Duration::Nanos(n)) => Ok(Value::Duration(Duration::Nanos(n.abs()))),
        other => Err(wrong("a number or a duration", other)),
    }
}

fn parity(c: &mut Call<'_, '_>, parity: i64) -> Outcome {
    let n = c.number(0)?;
    let rest = n
        .abs()
        .modulo(Number::from(2))
        .ok_or(Fail::null("the number is too large"))?;
    Ok(Value::Boolean(rest == Number::from(parity)))
}

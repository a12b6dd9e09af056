//! List functions; positions count from one, or from the end when negative.

use super::{Call, Fail, Outcome, Row, row, wrong};
use crate::feel::number::Number;
use crate::feel::parser::position;
use crate::feel::value::{List, Value};
use std::cmp::Ordering;

pub(super) static TABLE: &[Row] = &[
    row("list contains", &[&["list", "element"]], |c| {
        let list = c.list(0)?;
        let element = c.any(1).clone();
        Ok(find(c, &list, &element)?.is_some().into())
    }),
    row("count", &[&["list"]], |c| {
        Ok(Value::Number(c.list(0)?.len().into()))
    }),
    row("min", &[&["list"], &["c*"]], |c| extreme(c, Ordering::Less)),
    row("max", &[&["list"], &["c*"]], |c| {
        extreme(c, Ordering::Greater)
    }),
    row("sum", &[&["list"], &["n*"]], sum),
    row("mean", &[&["list"], &["n*"]], |c| {
        let numbers = numbers(c)?;
        if numbers.is_empty() {
            return Err(Fail::null("the list is empty"));
        }
        result(
            total(&numbers, Number::ZERO, Number::checked_add)
                .and_then(|sum| sum.checked_div(numbers.len().into())),
        )
    }),
    row("product", &[&["list"], &["n*"]], |c| {
        let numbers = numbers(c)?;
        if numbers.is_empty() {
            return Err(Fail::null("the list is empty"));
        }
        result(total(&numbers, Number::ONE, Number::checked_mul))
    }),
    row("median", &[&["list"], &["n*"]], median),
    row("stddev", &[&["list"], &["n*"]], stddev),
    row("mode", &[&["list"], &["n*"]], mode),
    row("all", &[&["list"], &["b*"]], |c| quantifier(c, false)),
    row("any", &[&["list"], &["b*"]], |c| quantifier(c, true)),
    row("sublist", SUBLIST, sublist),
    row("append", &[&["list", "item*"]], |c| {
        let list = c.list(0)?.to_vec();
        let added = c.arguments.split_off(1);
        c.make(list.into_iter().chain(added).collect())
    }),
    row("concatenate", &[&["list*"]], |c| {
        let all = joined(c)?;
        c.make(all)
    }),
    row("insert before", INSERT, insert_before),
    row("remove", REMOVE, |c| {
        let (list, at) = located(c)?;
        let kept = list
            .iter()
            .enumerate()
            .filter(|(ix, _)| *ix != at)
            .map(|(_, v)| v.clone())
            .collect();
        c.make(kept)
    }),
    row(
        "list replace",
        &[
            &["list", "position", "newItem"],
            &["list", "match", "newItem"],
        ],
        list_replace,
    ),
    row("reverse", &[&["list"]], |c| {
        let items = c.list(0)?.iter().rev().cloned().collect();
        c.make(items)
    }),
    row("index of", &[&["list", "match"]], |c| {
        let list = c.list(0)?;
        let found = c.any(1).clone();
        let mut positions = Vec::new();
        for (ix, item) in list.iter().enumerate() {
            c.budget.step(item.weight())?;
            if item.equal(&found) == Some(true) {
                positions.push(Value::Number((ix + 1).into()));
            }
        }
        c.make(positions)
    }),
    row("union", &[&["list*"]], |c| {
        let all = joined(c)?;
        distinct(c, all)
    }),
    row("distinct values", &[&["list"]], |c| {
        let all = c.list(0)?.to_vec();
        distinct(c, all)
    }),
    row("flatten", &[&["list"]], |c| {
        let list = c.list(0)?;
        let mut flat = Vec::new();
        flatten(c, &list, &mut flat)?;
        c.make(flat)
    }),
    row("sort", &[&["list", "precedes"]], sort),
];

/// How these are called.
const SUBLIST: &[&[&str]] = &[&["list", "start position", "length?"]];
pub(super) const INSERT: &[&[&str]] = &[&["list", "position", "newItem"]];
pub(super) const REMOVE: &[&[&str]] = &[&["list", "position"]];

fn result(n: Option<Number>) -> Outcome {
    n.map(Value::Number)
        .ok_or(Fail::null("the result is too large"))
}

fn find(c: &mut Call<'_, '_>, list: &List, element: &Value) -> Result<Option<usize>, Fail> {
    for (ix, item) in list.iter().enumerate() {
        c.budget.step(item.weight().min(element.weight()))?;
        if item.equal(element) == Some(true) {
            return Ok(Some(ix));
        }
    }
    Ok(None)
}

fn numbers(c: &mut Call<'_, '_>) -> Result<Vec<Number>, Fail> {
    let items = c.items()?;
    let number = |v: &Value| match v {
        Value::Number(n) => Ok(*n),
        other => Err(wrong("numbers", other)),
    };
    items.iter().map(number).collect()
}

fn total(
    numbers: &[Number],
    start: Number,
    f: fn(Number, Number) -> Option<Number>,
) -> Option<Number> {
    numbers.iter().try_fold(start, |sum, n| f(sum, *n))
}

fn extreme(c: &mut Call<'_, '_>, wanted: Ordering) -> Outcome {
    let items = c.items()?;
    let mut best: Option<&Value> = None;
    for item in items.iter() {
        let better = match best {
            None => item.compare(item).map(|_| true),
            Some(best) => item.compare(best).map(|order| order == wanted),
        };
        match better {
            Some(true) => best = Some(item),
            Some(false) => {}
            None => return Err(wrong("values that can be compared", item)),
        }
    }
    best.cloned().ok_or(Fail::null("the list is empty"))
}

fn sum(c: &mut Call<'_, '_>) -> Outcome {
    let numbers = numbers(c)?;
    if numbers.is_empty() {
        return Err(Fail::null("the list is empty"));
    }
    result(total(&numbers, Number::ZERO, Number::checked_add))
}

fn median(c: &mut Call<'_, '_>) -> Outcome {
    let mut numbers = numbers(c)?;
    numbers.sort();
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => Err(Fail::null("the list is empty")),
        n if n % 2 == 1 => Ok(Value::Number(numbers[middle])),
        _ => result(
            numbers[middle - 1]
                .checked_add(numbers[middle])
                .and_then(|sum| sum.checked_div(Number::from(2))),
        ),
    }
}

fn stddev(c: &mut Call<'_, '_>) -> Outcome {
    let numbers = numbers(c)?;
    if numbers.len() < 2 {
        return Err(Fail::null("a deviation takes two numbers or more"));
    }
    let deviation = || {
        let mean = total(&numbers, Number::ZERO, Number::checked_add)?
            .checked_div(numbers.len().into())?;
        let squares = numbers.iter().try_fold(Number::ZERO, |sum, n| {
            let distance = n.checked_sub(mean)?;
            sum.checked_add(distance.checked_mul(distance)?)
        })?;
        squares.checked_div((numbers.len() - 1).into())?.sqrt()
    };
    result(deviation())
}

fn mode(c: &mut Call<'_, '_>) -> Outcome {
    let mut numbers = numbers(c)?;
    numbers.sort();
    let runs: Vec<_> = numbers.chunk_by(|a, b| a == b).collect();
    let longest = runs.iter().map(|run| run.len()).max().unwrap_or(0);
    let modes = runs
        .iter()
        .filter(|run| run.len() == longest)
        .map(|run| Value::Number(run[0]))
        .collect();
    c.make(modes)
}

/// `any` for `true`, `all` for `false`: the value that decides.
pub(super) fn quantifier(c: &mut Call<'_, '_>, decides: bool) -> Outcome {
    let items = c.items()?;
    let mut unknown = false;
    for item in items.iter() {
        match item {
            Value::Boolean(b) if *b == decides => return Ok(Value::Boolean(decides)),
            Value::Boolean(_) => {}
            _ => unknown = true,
        }
    }
    if unknown {
        Err(Fail::null("not every item is a boolean"))
    } else {
        Ok(Value::Boolean(!decides))
    }
}

fn located(c: &mut Call<'_, '_>) -> Result<(std::sync::Arc<List>, usize), Fail> {
    let list = c.list(0)?;
    match position(Number::from(c.integer(1)?), list.len()) {
        Some(at) => Ok((list, at)),
        None => Err(Fail::null("the list has no such position")),
    }
}

fn sublist(c: &mut Call<'_, '_>) -> Outcome {
    let (list, start) = located(c)?;
    let count = match c.has(2) {
        true => usize::try_from(c.integer(2)?).map_err(|_| Fail::null("the length is negative"))?,
        false => list.len(),
    };
    if c.has(2) && start + count > list.len() {
        return Err(Fail::null("the list ends before that"));
    }
    c.make(list.iter().skip(start).take(count).cloned().collect())
}

fn joined(c: &mut Call<'_, '_>) -> Result<Vec<Value>, Fail> {
    let mut all = Vec::new();
    for ix in 0..c.count() {
        all.extend(c.list(ix)?.iter().cloned());
    }
    Ok(all)
}

fn insert_before(c: &mut Call<'_, '_>) -> Outcome {
    let (list, at) = located(c)?;
    let mut items = list.to_vec();
    items.insert(at, c.any(2).clone());
    c.make(items)
}

fn list_replace(c: &mut Call<'_, '_>) -> Outcome {
    let new = c.any(2).clone();
    if let Value::Number(_) = c.scalar(1) {
        let (list, at) = located(c)?;
        let mut items = list.to_vec();
        items[at] = new;
        return c.make(items);
    }
    let (list, matches) = (c.list(0)?, c.function(1)?);
    if matches.params().is_some_and(|params| params.len() != 2) {
        return Err(Fail::null("the function must take two arguments"));
    }
    let mut items = Vec::with_capacity(list.len());
    for item in list.iter() {
        match c.call(&matches, vec![item.clone(), new.clone()])? {
            Value::Boolean(true) => items.push(new.clone()),
            Value::Boolean(false) => items.push(item.clone()),
            other => return Err(wrong("a boolean from the function", &other)),
        }
    }
    c.make(items)
}

fn distinct(c: &mut Call<'_, '_>, all: Vec<Value>) -> Outcome {
    let mut kept: Vec<Value> = Vec::new();
    for item in all {
        c.budget.step(kept.len() as u64 / 8 + item.weight())?;
        if !kept.iter().any(|k| k.equal(&item) == Some(true)) {
            kept.push(item);
        }
    }
    c.make(kept)
}

/// What a list has more than once.
pub(super) fn duplicates(c: &mut Call<'_, '_>) -> Outcome {
    let list = c.list(0)?;
    let (mut kept, mut twice): (Vec<&Value>, Vec<Value>) = Default::default();
    for item in list.iter() {
        let known = kept.len() + twice.len();
        c.budget.step(known as u64 / 8 + item.weight())?;
        let same = |other: &Value| other.equal(item) == Some(true);
        if !kept.iter().any(|other| same(other)) {
            kept.push(item);
        } else if !twice.iter().any(same) {
            twice.push(item.clone());
        }
    }
    c.make(twice)
}

/// As deep as values nest.
fn flatten(c: &mut Call<'_, '_>, list: &List, flat: &mut Vec<Value>) -> Result<(), Fail> {
    c.budget.step(list.len() as u64)?;
    c.budget.allocate(list.len() * 32)?;
    for item in list.iter() {
        match item {
            Value::List(inner) => flatten(c, inner, flat)?,
            other => flat.push(other.clone()),
        }
    }
    Ok(())
}

/// A merge sort, stable, since the order comes from a function that may fail.
fn sort(c: &mut Call<'_, '_>) -> Outcome {
    let list = c.list(0)?;
    let precedes = c.function(1)?;
    if precedes.params().is_some_and(|params| params.len() != 2) {
        return Err(Fail::null("the function must take two arguments"));
    }
    let mut from: Vec<Value> = list.to_vec();
    let mut width = 1;
    while width < from.len() {
        let mut to = Vec::with_capacity(from.len());
        for run in from.chunks(width * 2) {
            let (left, right) = run.split_at(width.min(run.len()));
            let (mut l, mut r) = (0, 0);
            while l < left.len() && r < right.len() {
                match c.call(&precedes, vec![right[r].clone(), left[l].clone()])? {
                    Value::Boolean(true) => {
                        to.push(right[r].clone());
                        r += 1;
                    }
                    Value::Boolean(false) => {
                        to.push(left[l].clone());
                        l += 1;
                    }
                    other => return Err(wrong("a boolean from the function", &other)),
                }
            }
            to.extend_from_slice(&left[l..]);
            to.extend_from_slice(&right[r..]);
        }
        from = to;
        width *= 2;
    }
    c.make(from)
}

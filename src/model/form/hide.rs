//! Which fields of a Camunda Form are hidden: by FEEL conditions over what stands in the others.

use super::FormField;
use crate::feel::{self, Budget, Expression, ParseScope, Scope};
use crate::value::{Map, Value};
use chrono::{DateTime, Utc};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// What one condition may take.
const STEPS: u64 = 20_000;
const MEMORY: u64 = 1 << 20;
const DEPTH: u32 = 50;
/// What all of a form may take, whatever hides what: so many times that of one.
const ALL: u64 = 100;
/// The steps that a condition takes at least: looking at its variables.
const STEPS_ASKED: u64 = 20;
/// Most expressions in the texts of a form, and the steps that each takes at least.
const MOST_SAID: u64 = 500;
const STEPS_SAID: u64 = 200;
/// Rounds in which what is hidden may hide more.
const ROUNDS: usize = 10;

/// What the FEEL expressions in the texts of one form say, which share what they may take.
pub fn sayer<'v>(
    variable: &'v dyn Fn(&str) -> Option<Value>,
    now: DateTime<Utc>,
) -> impl Fn(&str) -> Option<String> + 'v {
    let budget = RefCell::new(Budget::new(MOST_SAID * STEPS_SAID, 4 * MEMORY, DEPTH));
    move |expression| {
        let mut budget = budget.borrow_mut();
        // Reading it and its variables.
        budget.step(STEPS_SAID).ok()?;
        // Each variable is copied.
        let known = |name: &str, budget: &mut Budget| {
            let value = variable(name)?;
            budget.allocate(value.weight()).ok()?;
            feel::Value::from_camunda(&value).ok()
        };
        let value = evaluate(&parse(expression)?, &known, now, &mut budget)?;
        let text = (!value.is_null()).then(|| value.to_string())?;
        budget.allocate(text.len()).ok()?;
        Some(text)
    }
}

/// None where it is no FEEL.
fn parse(text: &str) -> Option<Expression> {
    Expression::parse(text, &ParseScope::new().camunda()).ok()
}

/// What FEEL gives over these variables; none where it takes too much.
fn evaluate(
    expression: &Expression,
    variable: &dyn Fn(&str, &mut Budget) -> Option<feel::Value>,
    now: DateTime<Utc>,
    budget: &mut Budget,
) -> Option<Value> {
    let mut scope = Scope::new().at(now);
    let names: HashSet<&str> = expression.names().collect();
    for name in names {
        if let Some(value) = variable(name, budget) {
            scope.set(name, value);
        }
    }
    let value = expression.eval(&scope, budget).ok()?;
    Some(value.to_variable())
}

/// Which of these fields are hidden, given these variables and the value that each field has over
/// them and the fields before it. What is hidden has no value for the others.
pub fn hidden<'f>(
    fields: &[Option<&'f FormField>],
    variables: &Map,
    value: &mut dyn FnMut(usize, &'f FormField, &Map) -> Value,
    now: DateTime<Utc>,
) -> Vec<bool> {
    let mut hidden = vec![false; fields.len()];
    let known = || {
        let all = fields.iter().enumerate();
        all.filter_map(|(at, field)| Some((at, (*field)?)))
    };
    let conditions = known().filter_map(|(at, field)| {
        let condition = parse(field.hide.as_deref()?)?;
        Some((at, field, condition))
    });
    let conditions: Vec<(usize, &FormField, Expression)> = conditions.collect();
    if conditions.is_empty() {
        return hidden;
    }
    let mut values = variables.clone();
    for (at, field) in known().filter(|(_, field)| !field.readonly()) {
        let value = value(at, field, &values);
        values.insert(field.id.clone(), value);
    }
    // However many name it, a variable is made FEEL's once.
    let names = conditions.iter().flat_map(|(.., named)| named.names());
    let names: HashSet<&str> = names.collect();
    let values = names.into_iter().filter_map(|name| {
        let value = feel::Value::from_camunda(values.get(name)?).ok()?;
        Some((name, value))
    });
    let mut values: HashMap<&str, feel::Value> = values.collect();
    let (mut steps, mut memory) = (ALL * STEPS, ALL * MEMORY);
    for _ in 0..ROUNDS {
        let mut more = false;
        for (at, field, condition) in &conditions {
            if hidden[*at] {
                continue;
            }
            let mut budget = Budget::new(steps.min(STEPS), memory.min(MEMORY), DEPTH);
            let before = budget.left();
            let asked = budget.step(STEPS_ASKED).is_ok();
            let variable = |name: &str, _: &mut Budget| values.get(name).cloned();
            let holds = asked.then(|| evaluate(condition, &variable, now, &mut budget));
            let after = budget.left();
            steps -= before.0 - after.0;
            memory -= before.1 - after.1;
            if holds.flatten() == Some(Value::Boolean(true)) {
                (hidden[*at], more) = (true, true);
                values.remove(field.id.as_str());
            }
        }
        if !more {
            break;
        }
    }
    hidden
}

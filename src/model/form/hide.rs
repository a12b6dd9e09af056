//! Which fields of a Camunda Form are hidden: by FEEL conditions over what stands in the others.

use super::FormField;
use crate::feel::{self, Budget, Expression, ParseScope, Scope};
use crate::value::{Map, Value};
use chrono::{DateTime, Utc};
use std::cell::RefCell;

/// What one condition may take.
const STEPS: u64 = 20_000;
const MEMORY: u64 = 1 << 20;
const DEPTH: u32 = 50;
/// Most expressions in the texts of a form, and the steps that each takes at least.
const MOST_SAID: u64 = 500;
const STEPS_SAID: u64 = 200;
/// Rounds in which what is hidden may hide more.
const ROUNDS: usize = 10;

/// What FEEL gives over these variables; none where it is no FEEL, or takes too much.
pub fn evaluate(
    text: &str,
    variable: &dyn Fn(&str) -> Option<Value>,
    now: DateTime<Utc>,
) -> Option<Value> {
    evaluate_within(text, variable, now, &mut Budget::new(STEPS, MEMORY, DEPTH))
}

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
        let value = evaluate_within(expression, variable, now, &mut budget)?;
        let text = (!value.is_null()).then(|| value.to_string())?;
        budget.allocate(text.len()).ok()?;
        Some(text)
    }
}

fn evaluate_within(
    text: &str,
    variable: &dyn Fn(&str) -> Option<Value>,
    now: DateTime<Utc>,
    budget: &mut Budget,
) -> Option<Value> {
    let expression = Expression::parse(text, &ParseScope::new().camunda()).ok()?;
    let mut scope = Scope::new().at(now);
    for name in expression.names() {
        if let Some(value) = variable(name) {
            scope.set(name, feel::Value::from_camunda(&value).ok()?);
        }
    }
    let value = expression.eval(&scope, budget).ok()?;
    Some(value.to_variable())
}

/// Which of these fields are hidden, given the values of all and other variables. What is hidden
/// has no value for the others.
pub fn hidden(fields: &[Option<&FormField>], mut values: Map, now: DateTime<Utc>) -> Vec<bool> {
    let mut hidden = vec![false; fields.len()];
    for _ in 0..ROUNDS {
        let mut more = false;
        for (at, field) in fields.iter().enumerate() {
            let Some((field, hide)) = field.and_then(|f| Some((f, f.hide.as_deref()?))) else {
                continue;
            };
            let holds = || evaluate(hide, &|name| values.get(name).cloned(), now);
            if !hidden[at] && holds() == Some(Value::Boolean(true)) {
                (hidden[at], more) = (true, true);
                values.shift_remove(&field.id);
            }
        }
        if !more {
            break;
        }
    }
    hidden
}

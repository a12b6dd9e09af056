//! Which fields of a Camunda Form are hidden: by FEEL conditions over what stands in the others.

use super::FormField;
use crate::feel::{self, Budget, Expression, ParseScope, Scope};
use crate::value::{Map, Value};
use chrono::{DateTime, Utc};

/// What one condition, or expression in a text, may take.
const STEPS: u64 = 20_000;
const MEMORY: u64 = 1 << 20;
const DEPTH: u32 = 50;
/// Rounds in which what is hidden may hide more.
const ROUNDS: usize = 10;

/// What FEEL gives over these variables; none where it is no FEEL, or takes too much.
pub fn evaluate(
    text: &str,
    variable: &dyn Fn(&str) -> Option<Value>,
    now: DateTime<Utc>,
) -> Option<Value> {
    let expression = Expression::parse(text, &ParseScope::new().camunda()).ok()?;
    let mut scope = Scope::new().at(now);
    for name in expression.names() {
        if let Some(value) = variable(name) {
            scope.set(name, feel::Value::from_camunda(&value).ok()?);
        }
    }
    let mut budget = Budget::new(STEPS, MEMORY, DEPTH);
    let value = expression.eval(&scope, &mut budget).ok()?;
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

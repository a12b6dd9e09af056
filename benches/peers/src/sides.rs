//! Both implementations, and whether their values are the same.

use crewdesk::feel::{Budget, Expression, Number, ParseScope, Scope, Value};
use dsntk_feel::FeelScope;
use dsntk_feel::values::Value as Theirs;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What dsntk says of an expression.
pub enum Other {
    Value(Theirs),
    Refused(String),
    Panic,
}

impl std::fmt::Display for Other {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Other::Value(value) => write!(f, "{value}"),
            Other::Refused(why) => write!(f, "refused: {why}"),
            Other::Panic => f.write_str("panic"),
        }
    }
}

/// The value here; an error where there is none, which is a failure of its own.
pub fn ours(text: &str) -> Result<Value, String> {
    let parsed = Expression::parse(text, &ParseScope::new()).map_err(|e| e.to_string())?;
    let value = parsed.eval(&Scope::new(), &mut Budget::default());
    value.map_err(|e| e.to_string())
}

/// The value there.
pub fn theirs(text: &str) -> Other {
    let run = || {
        let scope = FeelScope::default();
        match dsntk_feel_parser::parse_expression(&scope, text, false) {
            Ok(node) => Other::Value(dsntk_feel_evaluator::evaluate(&scope, &node)),
            Err(error) => Other::Refused(error.to_string()),
        }
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(Other::Panic)
}

/// Whether both say the same of an expression.
pub fn agree(text: &str) -> bool {
    matches!((ours(text), theirs(text)), (Ok(ours), Other::Value(theirs)) if same(&ours, &theirs))
}

/// Whether two values are the same: numbers by what they are, all else as it is written, a null
/// whatever its reason.
pub fn same(ours: &Value, theirs: &Theirs) -> bool {
    match (ours, theirs) {
        (Value::Null, Theirs::Null(_)) => true,
        (Value::Boolean(a), Theirs::Boolean(b)) => a == b,
        (Value::Number(a), Theirs::Number(b)) => Number::parse(&b.to_string()) == Some(*a),
        (Value::String(a), Theirs::String(b)) => **a == **b,
        (Value::Date(a), Theirs::Date(b)) => a.to_string() == b.to_string(),
        (Value::Time(a), Theirs::Time(b)) => a.to_string() == b.to_string(),
        (Value::DateTime(a), Theirs::DateTime(b)) => a.to_string() == b.to_string(),
        (Value::Duration(a), Theirs::DaysAndTimeDuration(b)) => a.to_string() == b.to_string(),
        (Value::Duration(a), Theirs::YearsAndMonthsDuration(b)) => a.to_string() == b.to_string(),
        (Value::List(a), Theirs::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Context(a), Theirs::Context(b)) => {
            a.entries().len() == b.get_entries().len()
                && b.get_entries()
                    .into_iter()
                    .all(|(name, b)| a.get(&name.to_string()).is_some_and(|a| same(a, b)))
        }
        // Expressions make no functions but `function(x) x + 1`.
        (Value::Function(_), Theirs::FunctionDefinition(..)) => true,
        _ => false,
    }
}

/// A value as an expression that both read; of a context no functions. `None` for what has no
/// literal.
pub fn literal(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null | Value::Boolean(_) | Value::Number(_) => value.to_string(),
        Value::String(_) => format!(
            "\"{}\"",
            value.to_string().replace('\\', "\\\\").replace('"', "\\\"")
        ),
        Value::Date(date) => format!("date(\"{date}\")"),
        Value::Time(time) => format!("time(\"{time}\")"),
        Value::DateTime(at) => format!("date and time(\"{at}\")"),
        Value::Duration(duration) => format!("duration(\"{duration}\")"),
        Value::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(literal).collect();
            format!("[{}]", items?.join(", "))
        }
        Value::Context(context) => {
            let data = context
                .entries()
                .iter()
                .filter(|(_, value)| !matches!(value, Value::Function(_)));
            let data: Option<Vec<String>> = data
                .map(|(key, value)| Some(format!("{key}: {}", literal(value)?)))
                .collect();
            format!("{{{}}}", data?.join(", "))
        }
        Value::Range(_) | Value::Function(_) => return None,
    })
}

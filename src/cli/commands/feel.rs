//! `crewdesk feel EXPRESSION|-`

use crate::cli::args::FeelArgs;
use crate::cli::output::Output;
use crate::cli::{Done, Failure, vars};
use crate::client::feel::{Budget, Expression, ParseScope, Reason, Scope, UnaryTests, Value};
use crate::client::value::json;
use chrono::Utc;
use serde::Serialize;
use std::io::Read;

/// An expression is no longer than this.
const LARGEST: u64 = 4 << 20;

/// The answer.
#[derive(Serialize)]
struct Evaluated {
    /// As Camunda's REST API has it.
    #[serde(flatten)]
    value: serde_json::Value,
    /// As FEEL writes it.
    text: String,
    /// Why something in it is null.
    reasons: Vec<Reason>,
}

pub fn run(out: &Output, args: FeelArgs) -> Done {
    let text = match args.expression.as_str() {
        "-" => from_stdin()?,
        text => text.to_owned(),
    };
    let variables = vars::parse(&args.variables).map_err(Failure::new)?;
    let (mut names, mut scope) = (ParseScope::new(), Scope::new().at_instant(Utc::now()));
    for (name, variable) in &variables {
        names.name(name);
        scope.set(name.as_str(), Value::from_variable(variable)?);
    }
    let mut budget = Budget::default();
    let value = match &args.input {
        None => Expression::parse(&text, &names)?.eval(&scope, &mut budget)?,
        Some(input) => {
            let input = Expression::parse(input, &names)
                .map_err(|e| Failure::new(format!("--input: {e}")))?
                .eval(&scope, &mut budget)?;
            let tests = UnaryTests::parse(&text, &names)?;
            Value::Boolean(tests.matches(&input, &scope, &mut budget)?)
        }
    };
    let reasons = match value.is_null() || out.is_json() {
        true => budget.reasons().to_vec(),
        false => Vec::new(),
    };
    let answer = Evaluated {
        value: json::typed(&value.to_variable(), true),
        text: value.to_string(),
        reasons,
    };
    out.answer(&answer, |answer| answer.text.clone())?;
    if !out.is_json() {
        for reason in &answer.reasons {
            eprintln!("because {} in `{}`", reason.message, reason.expression);
        }
    }
    Ok(())
}

fn from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(LARGEST + 1)
        .read_to_string(&mut text)
        .map_err(|e| Failure::new(format!("standard input: {e}")))?;
    match text.len() as u64 > LARGEST {
        true => Err(Failure::new("the expression is longer than 4 MB")),
        false => Ok(text),
    }
}

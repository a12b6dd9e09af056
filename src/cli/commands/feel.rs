//! `crewdesk feel EXPRESSION|-`

use crate::cli::args::FeelArgs;
use crate::cli::output::{Output, clean};
use crate::cli::session::Session;
use crate::cli::{Done, Failure, vars};
use crate::client::dmn::Dialect;
use crate::client::feel::{
    Expression, NULL_CONDITION, ParseScope, Reason, Scope, UnaryTests, Value,
};
use chrono::Utc;
use serde::Serialize;
use std::io::Read;

/// An expression is no longer than this.
const LARGEST: u64 = 4 << 20;

/// A value with the name of its type, as JSON.
#[derive(Serialize)]
pub struct Shown<'v> {
    value: &'v Value,
    #[serde(rename = "type")]
    of: &'static str,
}

impl Shown<'_> {
    pub fn of(value: &Value) -> Shown<'_> {
        Shown {
            value,
            of: value.type_name(),
        }
    }
}

/// The answer.
#[derive(Serialize)]
struct Evaluated<'v> {
    value: &'v Value,
    #[serde(rename = "type")]
    of: &'static str,
    /// As FEEL writes it.
    text: String,
    /// Why something in it is null.
    reasons: &'v [Reason],
}

pub fn run(session: &Session, out: &Output, args: FeelArgs) -> Done {
    let text = match args.expression.as_str() {
        "-" => from_stdin()?,
        text => text.to_owned(),
    };
    let given = vars::feel(&args.variables, |_| None).map_err(Failure::new)?;
    let (mut names, mut scope) = (ParseScope::new(), Scope::new().at(Utc::now()));
    let mut dialect = Dialect::Standard;
    if args.camunda {
        (names, dialect) = (names.camunda(), Dialect::Camunda);
    }
    for (name, value) in given.entries() {
        names.name(name);
        scope.set(name.clone(), dialect.given(value));
    }
    let mut budget = args.limits.of(session.settings()?.expressions).budget();
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
    let answer = Evaluated {
        value: &value,
        of: value.type_name(),
        text: value.to_string(),
        reasons: budget.reasons(),
    };
    out.answer(&answer, |answer| answer.text.clone())?;
    if !out.is_json() {
        // An answer may rest on a condition that is null: `if x > 3` of a text x takes the else; or
        // on a name that nothing gives.
        let silent = |r: &Reason| r.message == NULL_CONDITION || r.is_unknown();
        if value.holds_null() {
            because(answer.reasons).for_each(|line| eprintln!("{line}"));
        } else if answer.reasons.iter().any(silent) {
            because(answer.reasons).for_each(|line| eprintln!("warning: {line}"));
        }
    }
    Ok(())
}

/// Why something is null, each reason once: many rules that ask the same run into the same.
pub fn because(reasons: &[Reason]) -> impl Iterator<Item = String> {
    let line = |r: &Reason| clean(&format!("because {} in `{}`", r.message, r.expression));
    let lines: indexmap::IndexSet<String> = reasons.iter().map(line).collect();
    lines.into_iter()
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

//! Random expressions and models that were damaged at random: nothing panics, nothing outlasts
//! its budget. A sample by default; `CREWDESK_CAMPAIGN=100000` says how many.

#[path = "support/expressions.rs"]
mod expressions;

use chrono::{DateTime, Utc};
use crewdesk::dmn::{Definitions, evaluate, evaluate_feel};
use crewdesk::feel::{Budget, Context, Expression, ParseScope, Scope, UnaryTests, Value};
use crewdesk::value::Map;
use expressions::{Dice, Writer};
use std::time::{Duration, Instant};

/// No case takes longer, even in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

fn count(sample: u64) -> u64 {
    let asked = std::env::var("CREWDESK_CAMPAIGN");
    asked.ok().and_then(|n| n.parse().ok()).unwrap_or(sample)
}

fn seed() -> u64 {
    let asked = std::env::var("CREWDESK_SEED");
    asked.ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

fn small() -> Budget {
    Budget::new(200_000, 16 << 20, 200)
}

fn value(text: &str) -> Value {
    let parsed = Expression::parse(text, &ParseScope::new());
    let parsed = parsed.unwrap_or_else(|error| panic!("{text}: {error}"));
    let value = parsed.eval(&Scope::new(), &mut small());
    value.unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// What FEEL writes so that it reads the same.
fn is_readable(value: &Value) -> bool {
    match value {
        Value::Null | Value::Boolean(_) | Value::Number(_) => true,
        Value::List(items) => items.iter().all(is_readable),
        Value::Context(context) => context.entries().values().all(is_readable),
        _ => false,
    }
}

#[test]
fn typed_expressions_have_values() {
    let (n, mut known) = (count(4_000), 0);
    for case in 0..n {
        let text = Writer::new(seed().wrapping_mul(1_000_003) + case).expression();
        let found = value(&text);
        known += u64::from(!found.is_null());
        let again = value(&format!("({text}\n)"));
        assert_eq!(found.to_string(), again.to_string(), "{text}");
        if is_readable(&found) {
            let read = value(&found.to_string());
            assert_eq!(read.to_string(), found.to_string(), "{text}");
        }
        // What a value is does not depend on where it stands.
        let inside = value(&format!("{{x: {text}, y: [x]}}.y[1]"));
        assert_eq!(inside.to_string(), found.to_string(), "{text}");
    }
    println!("{known} of {n} expressions have a value");
    assert!(known * 10 >= n * 6, "{known} of {n} have a value");
}

/// A text with something changed: letters, parts left out, doubled or put elsewhere.
fn damaged(text: &str, dice: &mut Dice, pieces: &[&str]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=dice.below(4) {
        if chars.is_empty() {
            break;
        }
        let at = dice.below(chars.len());
        let end = (at + 1 + dice.below(12)).min(chars.len());
        match dice.below(6) {
            0 => _ = chars.drain(at..end),
            1 => {
                let part: Vec<char> = chars[at..end].to_vec();
                let to = dice.below(chars.len());
                chars.splice(to..to, part);
            }
            2 => chars[at] = char::from_u32(dice.below(0x300) as u32).unwrap_or('?'),
            3 => chars.truncate(at),
            _ => {
                let piece = pieces[dice.below(pieces.len())];
                chars.splice(at..at, piece.chars());
            }
        }
    }
    chars.into_iter().collect()
}

const FEEL_PIECES: [&str; 24] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "..",
    ",",
    "-",
    "not(",
    "function(x) ",
    "for i in ",
    " return ",
    "?",
    "@\"",
    "\"",
    "\\u",
    "1e9",
    " instance of ",
    "list<",
    ".",
    "if ",
    "//",
    "**",
];

#[test]
fn damaged_expressions_do_no_harm() {
    let mut dice = Dice::new(seed());
    for case in 0..count(10_000) {
        let whole = Writer::new(seed() ^ (case << 20)).expression();
        let text = damaged(&whole, &mut dice, &FEEL_PIECES);
        let began = Instant::now();
        if let Ok(parsed) = Expression::parse(&text, &ParseScope::new()) {
            let _ = parsed.eval(&Scope::new(), &mut small());
        }
        if let Ok(tests) = UnaryTests::parse(&text, &ParseScope::new()) {
            let _ = tests.matches(&Value::from(3), &Scope::new(), &mut small());
        }
        assert!(began.elapsed() < PATIENCE, "{text}");
    }
}

const MODELS: [&str; 3] = [
    include_str!("../process-models/insertion-check.dmn"),
    include_str!("support/camunda.dmn"),
    include_str!("support/boxed.dmn"),
];

const MODEL_PIECES: [&str; 22] = [
    "<text>",
    "</text>",
    "<text>1..1e9</text>",
    "hitPolicy=\"COLLECT\" aggregation=\"SUM\"",
    "hitPolicy=\"PRIORITY\"",
    "<rule>",
    "</rule>",
    "<decision id=\"x\">",
    "href=\"#discount\"",
    "href=\"#other\"",
    "typeRef=\"number\"",
    "typeRef=\"tList\"",
    "<list>",
    "<context>",
    "&lt;",
    "<!--",
    "]]>",
    "isCollection=\"true\"",
    "for i in 1..1e9 return i",
    "expressionLanguage=\"juel\"",
    "${x}",
    "<import namespace=\"a\" name=\"b\"/>",
];

#[test]
fn damaged_models_do_no_harm() {
    let now: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
    let mut dice = Dice::new(seed());
    let mut read = 0;
    for case in 0..count(2_000) {
        let model = MODELS[(case % 3) as usize];
        let text = damaged(model, &mut dice, &MODEL_PIECES);
        let began = Instant::now();
        let (definitions, _) = Definitions::parse_leniently("damaged.dmn", text.as_bytes());
        if let Some(definitions) = definitions {
            read += 1;
            for id in definitions.decisions.keys() {
                let _ = evaluate(&definitions, id, &Map::new(), now, &mut small());
                let _ = evaluate_feel(&definitions, id, &Context::new(), now, &mut small());
            }
            for id in definitions.knowledge.keys() {
                let _ = evaluate_feel(&definitions, id, &Context::new(), now, &mut small());
            }
        }
        assert!(began.elapsed() < PATIENCE, "{text}");
    }
    println!("{read} of the damaged models could be read");
    assert!(read > 0, "no model was read");
}

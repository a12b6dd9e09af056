//! How long both take for the same, in one run, taking turns.

use crewdesk::dmn::{Definitions, evaluate_feel};
use crewdesk::feel::{Budget, Context, Expression, Number, ParseScope, Scope, Value};
use dsntk_feel::FeelScope;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as Theirs;
use dsntk_model_evaluator::ModelEvaluator;
use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Rounds of each; their median counts.
const ROUNDS: usize = 15;
/// How long a round takes, about.
const ROUND: Duration = Duration::from_millis(60);

pub fn run() {
    println!(
        "{:<44} {:>12} {:>12} {:>8}",
        "", "crewdesk", "dsntk 0.3.0", "times"
    );
    expression("result = 1 and amount > 1000");
    expression("if amount > 1000 then amount * 0.2 else amount * 0.1");
    parsing("result = 1 and amount > 1000");
    parsing("sum(for x in [1, 2, 3] return x * amount) > 10");
    parsing("if status = \"new\" then date(\"2026-01-31\") else null");
    for rules in [5, 1_000] {
        table(rules);
    }
}

fn report(name: &str, ours: Duration, theirs: Duration) {
    let nanos = |d: Duration| format!("{} ns", d.as_nanos());
    let times = theirs.as_secs_f64() / ours.as_secs_f64();
    println!(
        "{name:<44} {:>12} {:>12} {times:>7.1}x",
        nanos(ours),
        nanos(theirs)
    );
}

/// The median time of one call of each, rounds taking turns.
fn both(mut ours: impl FnMut(), mut theirs: impl FnMut()) -> (Duration, Duration) {
    let count = |f: &mut dyn FnMut()| {
        let began = Instant::now();
        let mut count = 0u32;
        while began.elapsed() < ROUND / 4 {
            f();
            count += 1;
        }
        count * 4
    };
    let (n, m) = (count(&mut ours), count(&mut theirs));
    let time = |f: &mut dyn FnMut(), n: u32| {
        let began = Instant::now();
        (0..n).for_each(|_| f());
        began.elapsed() / n
    };
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        a.push(time(&mut ours, n));
        b.push(time(&mut theirs, m));
    }
    a.sort();
    b.sort();
    (a[ROUNDS / 2], b[ROUNDS / 2])
}

fn scopes() -> (Scope<'static>, ParseScope, FeelScope) {
    let (mut ours, theirs) = (Scope::new(), FeelScope::default());
    let mut context = FeelContext::default();
    for (name, number) in [("result", 1), ("amount", 2500)] {
        ours.set(name, Value::Number(Number::from(number)));
        context.set_entry(&name.into(), Theirs::Number(number.into()));
    }
    ours.set("status", Value::from("new"));
    context.set_entry(&"status".into(), Theirs::String("new".to_owned()));
    theirs.push(context);
    (ours, ParseScope::new(), theirs)
}

fn expression(text: &str) {
    let (scope, names, theirs) = scopes();
    let parsed = Expression::parse(text, &names).expect("FEEL");
    let node = dsntk_feel_parser::parse_expression(&theirs, text, false).expect("FEEL");
    let evaluator = dsntk_feel_evaluator::prepare(&node);
    let found = parsed
        .eval(&scope, &mut Budget::default())
        .expect("a value");
    assert_eq!(found.to_string(), evaluator(&theirs).to_string());
    let mut budget = Budget::default();
    let (a, b) = both(
        || {
            budget.refill();
            _ = black_box(parsed.eval(black_box(&scope), &mut budget));
        },
        || _ = black_box(evaluator(black_box(&theirs))),
    );
    report(text, a, b);
}

fn parsing(text: &str) {
    let (scope, names, theirs) = scopes();
    let (a, b) = both(
        || {
            let parsed = Expression::parse(black_box(text), &names).expect("FEEL");
            _ = black_box(parsed.eval(&scope, &mut Budget::default()));
        },
        || {
            let node = dsntk_feel_parser::parse_expression(&theirs, black_box(text), false);
            let evaluator = dsntk_feel_evaluator::prepare(&node.expect("FEEL"));
            _ = black_box(evaluator(&theirs));
        },
    );
    report(&format!("parse + {text}"), a, b);
}

/// A table of two inputs: a text of which there are as many as a fifth of the rules, and a
/// range of numbers.
fn model(rules: usize) -> String {
    let mut table = String::new();
    for rule in 0..rules {
        let (kind, low) = (rule / 5, rule % 5 * 100);
        let high = low + 100;
        write!(
            table,
            "<rule id=\"r{rule}\"><inputEntry id=\"a{rule}\"><text>\"kind {kind}\"</text></inputEntry>\
             <inputEntry id=\"b{rule}\"><text>[{low}..{high})</text></inputEntry>\
             <outputEntry id=\"c{rule}\"><text>{rule}</text></outputEntry></rule>"
        )
        .expect("a string");
    }
    format!(
        r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="model" namespace="https://example.org">
  <inputData id="i1" name="kind"><variable name="kind" typeRef="string"/></inputData>
  <inputData id="i2" name="amount"><variable name="amount" typeRef="number"/></inputData>
  <decision id="decision" name="decision"><variable name="decision" typeRef="number"/>
    <informationRequirement id="q1"><requiredInput href="#i1"/></informationRequirement>
    <informationRequirement id="q2"><requiredInput href="#i2"/></informationRequirement>
    <decisionTable id="t" hitPolicy="UNIQUE">
      <input id="x1"><inputExpression id="e1" typeRef="string"><text>kind</text></inputExpression></input>
      <input id="x2"><inputExpression id="e2" typeRef="number"><text>amount</text></inputExpression></input>
      <output id="o" name="result" typeRef="number"/>
      {table}
    </decisionTable>
  </decision>
</definitions>"##
    )
}

fn table(rules: usize) {
    let xml = model(rules);
    let definitions = Definitions::parse("model.dmn", xml.as_bytes()).expect("a model");
    let theirs = dsntk_model::parse(&xml).expect("a model");
    let evaluator = ModelEvaluator::new(&[theirs]).expect("a model");
    // The rule in the middle.
    let rule = rules / 2;
    let (kind, amount) = (format!("kind {}", rule / 5), rule % 5 * 100 + 50);
    let mut inputs = Context::new();
    inputs
        .put("kind".into(), Value::from(kind.as_str()))
        .expect("small");
    inputs
        .put("amount".into(), Value::Number(amount.into()))
        .expect("small");
    let mut context = FeelContext::default();
    context.set_entry(&"kind".into(), Theirs::String(kind));
    context.set_entry(&"amount".into(), Theirs::Number(amount.into()));
    let now = chrono::Utc::now();
    let mut budget = Budget::default();
    let found = evaluate_feel(&definitions, "decision", &inputs, now, &mut budget);
    let other = evaluator.evaluate_invocable("https://example.org", "model", "decision", &context);
    assert_eq!(found.expect("a value").to_string(), rule.to_string());
    assert_eq!(other.to_string(), rule.to_string());
    let (a, b) = both(
        || {
            budget.refill();
            let found = evaluate_feel(
                &definitions,
                "decision",
                black_box(&inputs),
                now,
                &mut budget,
            );
            _ = black_box(found);
        },
        || {
            let context = black_box(&context);
            _ = black_box(evaluator.evaluate_invocable(
                "https://example.org",
                "model",
                "decision",
                context,
            ));
        },
    );
    report(&format!("a table of {rules} rules, 2 inputs, UNIQUE"), a, b);
}

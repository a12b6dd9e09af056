//! `crewdesk decision evaluate KEY|FILE --var … [--explain]`

use super::super::feel::{self, Shown};
use super::named::Named;
use super::show;
use crate::cli::args::EvaluationLimits;
use crate::cli::output::{Output, clean};
use crate::cli::{Done, Failure, vars};
use crate::client::did_you_mean;
use crate::client::dmn::{
    self, Asked, Decision, Definitions, Dialect, Evaluation, Explained, Logic,
};
use crate::client::dmn::{Inside, RuleVerdict, TableVerdict};
use crate::client::feel::{Context, Reason, Value};
use chrono::Utc;
use indexmap::IndexMap;
use serde::Serialize;
use std::collections::HashSet;

/// Most lines of reasons that are told unasked, and of an expression.
const MOST: usize = 6;

/// The answer as JSON: the results, and how they came about.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    /// Whose ways the file follows.
    dialect: &'a str,
    /// Why it follows that dialect.
    because: &'a str,
    result: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    decisions: Vec<Evaluated<'a>>,
    tables: Vec<Table<'a>>,
    reasons: &'a [Reason],
}

/// Values by name.
type Entry<'a> = IndexMap<&'a str, Shown<'a>>;

/// A decision that was evaluated.
#[derive(Serialize)]
struct Evaluated<'a> {
    decision: &'a str,
    inputs: Entry<'a>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    entries: Entry<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inside: Vec<Inner<'a>>,
    result: Option<Shown<'a>>,
    reasons: &'a [Reason],
}

/// What is inside of an expression: a part with its value, or a table.
#[derive(Serialize)]
#[serde(untagged)]
enum Inner<'a> {
    Part {
        part: &'a str,
        #[serde(flatten)]
        value: Shown<'a>,
    },
    Table {
        table: Table<'a>,
    },
}

/// What the cells of a table said.
#[derive(Serialize)]
struct Table<'a> {
    decision: &'a str,
    inputs: Vec<Input<'a>>,
    rules: &'a [RuleVerdict],
    /// No rule matched, and the default output is the result.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    default: bool,
}

#[derive(Serialize)]
struct Input<'a> {
    id: &'a str,
    name: &'a str,
    value: Option<Shown<'a>>,
}

pub fn run(
    out: &Output,
    named: &Named,
    variables: &[String],
    explain: bool,
    limits: &EvaluationLimits,
) -> Done {
    let (key, definitions) = (&named.key, &named.definitions);
    let declared = |name: &str| match definitions.dialect {
        Dialect::Standard => definitions.type_of_input(key, name),
        // Texts are Camunda's to convert.
        Dialect::Camunda => None,
    };
    let inputs = vars::feel(variables, declared).map_err(Failure::new)?;
    let missing = warn_of_inputs(named, &inputs)?;
    let mut budget = limits.of(named.allowance).budget();
    let evaluate = if explain { dmn::explain } else { dmn::decide };
    let found = evaluate(definitions, key, &inputs, Utc::now(), &mut budget);
    let reasons = budget.reasons();
    let result: Vec<Entry<'_>> = found.values.iter().map(entry).collect();
    match explain {
        false => {
            if found.outcome.is_ok() {
                out.answer(&result, |_| results_text(&found))?;
            }
            warn_of_nulls(reasons, &missing);
        }
        true => {
            let answer = Answer {
                dialect: definitions.dialect.name(),
                because: definitions.because,
                result,
                error: found.outcome.as_ref().err().map(ToString::to_string),
                decisions: found.evaluations.iter().map(evaluated).collect(),
                tables: found
                    .tables
                    .iter()
                    .map(|t| table(t, &found, definitions))
                    .collect(),
                reasons,
            };
            out.answer(&answer, |_| explanation(definitions, &found))?;
        }
    }
    match &found.outcome {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::new(error.to_string())),
    }
}

/// Says on standard error which values nothing asks for, and which are asked for and not there;
/// gives the latter.
fn warn_of_inputs(named: &Named, inputs: &Context) -> Result<Vec<String>, Failure> {
    let (kind, key) = (named.kind, &named.key);
    let asked = dmn::variables(&named.definitions, key)?;
    let mut given = HashSet::new();
    for (name, value) in inputs.entries() {
        given.extend(named.definitions.given_by(name, value));
    }
    let open = |asked: &&Asked| !given.contains(&asked.name);
    for (name, value) in inputs.entries() {
        let given = named.definitions.given_by(name, value);
        if !asked.iter().any(|asked| given.contains(&asked.name)) {
            let open = asked.iter().filter(open);
            let near = did_you_mean(name, open.map(|asked| asked.name.as_str()));
            let told = format!("warning: the {kind} {key} asks for no value {name}{near}");
            eprintln!("{}", clean(&told));
        }
    }
    let missing = asked.iter().filter(open);
    let missing: Vec<String> = missing
        .filter(|asked| !asked.perhaps)
        .map(|asked| asked.name.clone())
        .collect();
    let needed = dmn::needed(&named.definitions, key);
    for (in_juel, what) in [
        (true, "no value is given, which JUEL needs"),
        (false, "null where no value is given"),
    ] {
        let names = missing
            .iter()
            .filter(|name| needed.contains(*name) == in_juel);
        let names: Vec<String> = names.map(|name| format!("--var {name}=…")).collect();
        if !names.is_empty() {
            eprintln!(
                "{}",
                clean(&format!("warning: {what}: {}", names.join(" ")))
            );
        }
    }
    Ok(missing)
}

/// Says on standard error why something was null.
fn warn_of_nulls(reasons: &[Reason], missing: &[String]) {
    let told = |reason: &&Reason| {
        let mut missing = missing.iter();
        missing.any(|name| reason.message == Reason::unknown(name))
    };
    let other: Vec<Reason> = reasons.iter().filter(|r| !told(r)).cloned().collect();
    let lines: Vec<String> = feel::because(&other).collect();
    for line in lines.iter().take(MOST) {
        eprintln!("warning: null {line}");
    }
    if lines.len() > MOST {
        eprintln!(
            "warning: and {} more, which --explain tells",
            lines.len() - MOST
        );
    }
}

fn entry(values: &IndexMap<String, Value>) -> Entry<'_> {
    values
        .iter()
        .map(|(k, v)| (k.as_str(), Shown::of(v)))
        .collect()
}

fn evaluated(evaluation: &Evaluation) -> Evaluated<'_> {
    Evaluated {
        decision: &evaluation.decision,
        inputs: entry(&evaluation.inputs),
        entries: entry(&evaluation.entries),
        inside: evaluation.inside.iter().map(inner).collect(),
        result: evaluation.result.as_ref().map(Shown::of),
        reasons: &evaluation.reasons,
    }
}

fn inner(inside: &Inside) -> Inner<'_> {
    match inside {
        Inside::Part { name, value } => Inner::Part {
            part: name,
            value: Shown::of(value),
        },
        Inside::Table {
            inputs,
            verdict,
            table,
        } => Inner::Table {
            table: Table {
                decision: &verdict.decision,
                inputs: columns(verdict, Some(inputs)),
                rules: &verdict.rules,
                default: verdict.is_default(table),
            },
        },
    }
}

/// The columns of a table with their values.
fn columns<'a>(
    verdict: &'a TableVerdict,
    values: Option<&'a IndexMap<String, Value>>,
) -> Vec<Input<'a>> {
    let input = |input: &'a dmn::TracedValue| Input {
        id: &input.id,
        name: &input.name,
        value: values.and_then(|own| own.get(&input.name)).map(Shown::of),
    };
    verdict.inputs.iter().map(input).collect()
}

fn table<'a>(
    verdict: &'a TableVerdict,
    found: &'a Explained,
    definitions: &Definitions,
) -> Table<'a> {
    let decision = definitions.decisions.get(&verdict.decision);
    let function = definitions.knowledge.get(&verdict.decision);
    let own = decision.and_then(|d| d.table());
    let of = own.or_else(|| function.and_then(|f| f.table()));
    let mut evaluations = found.evaluations.iter();
    let own = evaluations.find(|e| e.decision == verdict.decision);
    Table {
        decision: &verdict.decision,
        inputs: columns(verdict, own.map(|own| &own.inputs)),
        rules: &verdict.rules,
        default: of.is_some_and(|of| verdict.is_default(of)),
    }
}

fn results_text(found: &Explained) -> String {
    let mut text = String::new();
    if found.values.is_empty() {
        text.push_str("No rule matches.\n");
    }
    for (ix, values) in found.values.iter().enumerate() {
        if found.values.len() > 1 {
            text.push_str(&format!("{}.\n", ix + 1));
        }
        for (name, value) in values {
            line(&mut text, &format!("{name} = {}", value.literal()));
        }
    }
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(&clean(line));
    text.push('\n');
}

/// Every decision with what it was given and what came of it, its table with what the cells said,
/// its entries, and why something was null or it failed; then the result.
fn explanation(definitions: &Definitions, found: &Explained) -> String {
    let (dialect, because) = (definitions.dialect, definitions.because);
    let mut text = format!("dialect: {}, as {because}\n\n", dialect.name());
    let last = found.evaluations.len().saturating_sub(1);
    for (ix, evaluation) in found.evaluations.iter().enumerate() {
        let id = &evaluation.decision;
        let verdict = found.tables.iter().rfind(|table| table.decision == *id);
        match (definitions.decisions.get(id), definitions.knowledge.get(id)) {
            (Some(decision), _) => explain(&mut text, decision, evaluation, verdict),
            (None, Some(knowledge)) => {
                line(
                    &mut text,
                    &format!("{} ({})", knowledge.name, knowledge.kind()),
                );
                values(&mut text, "with ", &evaluation.inputs);
                if let (Some(table), Some(verdict)) = (knowledge.table(), verdict) {
                    text.push_str(&judged(table, verdict));
                }
            }
            (None, None) => continue,
        }
        for inside in &evaluation.inside {
            look_inside(&mut text, definitions, inside);
        }
        for because in feel::because(&evaluation.reasons) {
            line(&mut text, &format!("  null {because}"));
        }
        match (&evaluation.result, &found.outcome) {
            (None, Err(error)) => line(&mut text, &format!("  failed: {error}")),
            (Some(value), _) if ix < last || found.outcome.is_err() => {
                line(&mut text, &format!("  result = {}", value.literal()));
            }
            _ => {}
        }
        text.push('\n');
    }
    if found.outcome.is_ok() {
        text.push_str(&results_text(found));
    }
    text
}

fn explain(
    text: &mut String,
    decision: &Decision,
    evaluation: &Evaluation,
    verdict: Option<&TableVerdict>,
) {
    let table = match &decision.logic {
        Logic::Table(table) => table,
        Logic::Expression(script) => {
            line(text, &format!("{} (expression)", decision.name));
            let source: Vec<&str> = script.source().trim().lines().collect();
            for source in source.iter().take(MOST) {
                line(text, &format!("  {source}"));
            }
            if source.len() > MOST {
                line(text, &format!("  … ({} lines more)", source.len() - MOST));
            }
            values(text, "with ", &evaluation.inputs);
            values(text, "entry ", &evaluation.entries);
            return;
        }
    };
    line(text, &format!("{} ({})", decision.name, table.hit_policy));
    values(text, "", &evaluation.inputs);
    if let Some(verdict) = verdict {
        text.push_str(&judged(table, verdict));
    }
}

/// A part of a box with its value, or a table with what its cells said.
fn look_inside(text: &mut String, definitions: &Definitions, inside: &Inside) {
    match inside {
        Inside::Part { name, value } => line(text, &format!("  {name} = {}", value.literal())),
        Inside::Table {
            table,
            inputs,
            verdict,
        } => {
            let id = &verdict.decision;
            let name = definitions.knowledge.get(id).map(|k| k.name.as_str());
            let name = name.unwrap_or(id);
            line(text, &format!("  table of {name} ({})", table.hit_policy));
            values(text, "  ", inputs);
            text.push_str(&judged(table, verdict));
        }
    }
}

/// A table with what its cells said.
fn judged(table: &dmn::Table, verdict: &TableVerdict) -> String {
    let said = |ix: usize| {
        let rule = verdict.rules.get(ix);
        let stopped = rule
            .and_then(|r| r.stopped_by())
            .and_then(|c| table.inputs.get(c));
        vec![match (rule, stopped) {
            (Some(rule), _) if rule.counts => "matches, counts".to_owned(),
            (Some(rule), _) if rule.matches => "matches".to_owned(),
            (_, Some(input)) => format!("stopped by {}", input.title()),
            _ => "not known".to_owned(),
        }]
    };
    let mut text = show::drawn(table, said, &["verdict"]);
    if verdict.is_default(table) {
        line(&mut text, "  no rule matched: the default output");
    }
    text
}

fn values(text: &mut String, what: &str, values: &IndexMap<String, Value>) {
    for (name, value) in values {
        line(text, &format!("  {what}{name} = {}", value.literal()));
    }
}

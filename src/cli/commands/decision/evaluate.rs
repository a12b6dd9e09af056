//! `crewdesk decision evaluate KEY|FILE --var … [--explain]`

use super::super::feel;
use super::named::Named;
use super::show;
use crate::cli::args::EvaluationLimits;
use crate::cli::output::{Output, clean};
use crate::cli::{Done, Failure, vars};
use crate::client::dmn::{self, Definitions, Explained, TableVerdict};
use crate::client::feel::Reason;
use crate::client::value::{Value, json};
use chrono::Utc;
use indexmap::IndexMap;
use serde::Serialize;

/// The answer as JSON: the results as Camunda's REST API gives them, and how they came about.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    result: Vec<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    tables: Vec<TableVerdict>,
    reasons: Vec<Reason>,
}

pub fn run(
    out: &Output,
    named: &Named,
    variables: &[String],
    explain: bool,
    limits: &EvaluationLimits,
) -> Done {
    let variables = vars::parse(variables).map_err(Failure::new)?;
    let (key, definitions) = (&named.key, &named.definitions);
    let mut budget = limits.of(named.allowance).budget();
    let explained = dmn::explain(definitions, key, &variables, Utc::now(), &mut budget);
    if let (Err(error), false) = (&explained.outcome, explain) {
        return Err(Failure::new(error.to_string()));
    }
    let results = explained.outcome.as_ref().map(|o| o.results.as_slice());
    let typed = |entry: &IndexMap<String, Value>| {
        let values = entry.iter().map(|(k, v)| (k.clone(), json::typed(v, true)));
        serde_json::Value::Object(values.collect())
    };
    let result: Vec<serde_json::Value> = results.unwrap_or_default().iter().map(typed).collect();
    let failed = explained.outcome.as_ref().err().map(ToString::to_string);
    if !explain {
        out.answer(&result, |_| results_text(&explained))?;
        let null = |entry: &IndexMap<String, Value>| entry.values().any(feel::holds_null);
        if !out.is_json() && results.is_ok_and(|all| all.iter().any(null)) {
            feel::because(budget.reasons()).for_each(|line| eprintln!("{line}"));
        }
        return Ok(());
    }
    let answer = Answer {
        result,
        error: failed.clone(),
        reasons: budget.reasons().to_vec(),
        tables: explained.tables.clone(),
    };
    out.answer(&answer, |_| {
        explanation(definitions, &explained, budget.reasons())
    })?;
    match failed {
        Some(error) => Err(Failure::new(error)),
        None => Ok(()),
    }
}

fn results_text(explained: &Explained) -> String {
    let Ok(outcome) = &explained.outcome else {
        return String::new();
    };
    if outcome.results.is_empty() {
        return "No rule matches.".to_owned();
    }
    let mut text = String::new();
    for (ix, entry) in outcome.results.iter().enumerate() {
        if outcome.results.len() > 1 {
            text.push_str(&format!("{}.\n", ix + 1));
        }
        for (name, value) in entry {
            text.push_str(&clean(&format!("{name} = {}", json::plain(value))));
            text.push('\n');
        }
    }
    text
}

/// Every table with what its cells said, then the result.
fn explanation(definitions: &Definitions, explained: &Explained, reasons: &[Reason]) -> String {
    let mut text = String::new();
    for verdict in &explained.tables {
        let Some(decision) = definitions.decisions.get(&verdict.decision) else {
            continue;
        };
        let Some(table) = decision.table() else {
            continue;
        };
        text.push_str(&format!("{} ({})\n", decision.name, table.hit_policy));
        for input in &verdict.inputs {
            text.push_str(&clean(&format!(
                "  {} = {}",
                input.name, input.value["value"]
            )));
            text.push('\n');
        }
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
        text.push_str(&show::drawn(table, said, &["verdict"]));
        text.push('\n');
    }
    text.push_str(&results_text(explained));
    for line in feel::because(reasons) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

//! `crewdesk decision show KEY|FILE`

use super::named::Named;
use crate::cli::output::{Output, columns};
use crate::cli::{Done, Failure};
use crate::client::dmn::{self, Decision, Logic, Table};
use serde::Serialize;

/// A decision as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'d> {
    key: &'d str,
    name: &'d str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    file: &'d str,
    requires: &'d [String],
    variables: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<ShownTable<'d>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownTable<'d> {
    hit_policy: &'d str,
    aggregation: Option<&'d str>,
    inputs: Vec<&'d str>,
    outputs: Vec<&'d str>,
    rules: Vec<ShownRule<'d>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownRule<'d> {
    id: &'d str,
    inputs: &'d [String],
    outputs: &'d [String],
    description: Option<&'d str>,
}

pub fn run(out: &Output, named: &Named) -> Done {
    let (key, definitions) = (named.key.as_str(), &named.definitions);
    let decision = definitions
        .decisions
        .get(key)
        .ok_or_else(|| Failure::new(format!("the file has no decision {key}")))?;
    let shown = Shown {
        key,
        name: &decision.name,
        version: named.version,
        file: &named.file,
        requires: &decision.requires,
        variables: dmn::variables(definitions, key)?,
        expression: match &decision.logic {
            Logic::Expression(script) => Some(script.source()),
            Logic::Table(_) => None,
        },
        table: decision.table().map(shown_table),
    };
    out.answer(&shown, |shown| text(shown, decision))?;
    Ok(())
}

fn shown_table(table: &Table) -> ShownTable<'_> {
    ShownTable {
        hit_policy: table.hit_policy.name(),
        aggregation: table.aggregation.map(|a| a.name()),
        inputs: table.inputs.iter().map(|i| i.title()).collect(),
        outputs: table.outputs.iter().map(|o| o.title()).collect(),
        rules: table
            .rules
            .iter()
            .map(|rule| ShownRule {
                id: &rule.id,
                inputs: &rule.input_texts,
                outputs: &rule.output_texts,
                description: rule.description.as_deref(),
            })
            .collect(),
    }
}

fn text(shown: &Shown<'_>, decision: &Decision) -> String {
    let version = shown
        .version
        .map_or(String::new(), |n| format!("version {n}, "));
    let mut text = format!(
        "{} ({}, {version}from {})\n",
        shown.name, shown.key, shown.file
    );
    if !shown.requires.is_empty() {
        text.push_str(&format!("requires {}\n", shown.requires.join(", ")));
    }
    if !shown.variables.is_empty() {
        text.push_str(&format!("asks for {}\n", shown.variables.join(", ")));
    }
    match &decision.logic {
        Logic::Expression(script) => text.push_str(&format!("\n{}\n", script.source())),
        Logic::Table(of) => {
            let aggregation = of.aggregation.map_or(String::new(), |a| format!(" {a}"));
            text.push_str(&format!("hit policy {}{aggregation}\n\n", of.hit_policy));
            text.push_str(&drawn(of, |_| Vec::new(), &[]));
        }
    }
    text
}

/// The table with more columns at its end.
pub(super) fn drawn(of: &Table, more: impl Fn(usize) -> Vec<String>, titles: &[&str]) -> String {
    let cell = |text: &String| match text.trim() {
        "" => "-".to_owned(),
        text => text.to_owned(),
    };
    if of.rules.is_empty() {
        return "The table has no rules.".to_owned();
    }
    // As written: many are expressions.
    let mut header = vec!["#".to_owned()];
    header.extend(of.inputs.iter().map(|i| i.title().to_owned()));
    header.extend(of.outputs.iter().map(|o| o.title().to_owned()));
    header.extend(titles.iter().map(|title| title.to_uppercase()));
    let row = |(ix, rule): (usize, &crate::client::dmn::Rule)| {
        let mut row = vec![(ix + 1).to_string()];
        row.extend(rule.input_texts.iter().chain(&rule.output_texts).map(cell));
        row.extend(more(ix));
        row
    };
    columns(header, of.rules.iter().enumerate().map(row).collect())
}

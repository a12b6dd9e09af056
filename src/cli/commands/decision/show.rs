//! `crewdesk decision show KEY|FILE`

use super::layout::{self, Grid, listed};
use super::named::Named;
use crate::cli::Done;
use crate::cli::output::{Output, clean};
use crate::client::dmn::{self, ColumnShown, Definitions, Kind, Logic, Table, ValueShown};
use crate::tui::words::wrap;
use serde::Serialize;

/// A decision as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'d> {
    key: &'d str,
    name: &'d str,
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    file: &'d str,
    dialect: &'d str,
    /// Why it follows that dialect.
    because: &'d str,
    requires: &'d [String],
    variables: Vec<String>,
    /// The same with their types and allowed values, where the file says them.
    inputs: Vec<InputShown>,
    /// The type and the allowed values of what it gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<ValueShown>,
    /// Those of them that may be members of what a filter filters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    perhaps: Vec<String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    gives: &'d [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<ShownTable<'d>>,
    /// The tables inside of its boxes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    boxed_tables: Vec<ShownTable<'d>>,
}

/// A variable that is asked for.
#[derive(Serialize)]
struct InputShown {
    name: String,
    #[serde(flatten)]
    value: Option<ValueShown>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownTable<'d> {
    hit_policy: &'d str,
    aggregation: Option<&'d str>,
    columns: Vec<ColumnShown<'d>>,
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
    let asked = dmn::variables(definitions, key)?;
    let perhaps = asked.iter().filter(|asked| asked.perhaps);
    let mut shown = Shown {
        key,
        name: key,
        kind: named.kind,
        version: named.version,
        file: &named.file,
        dialect: definitions.dialect.name(),
        because: definitions.because,
        requires: &[],
        variables: asked.iter().map(|asked| asked.name.clone()).collect(),
        inputs: asked
            .iter()
            .map(|asked| InputShown {
                name: asked.name.clone(),
                value: definitions.input_shown(&asked.name),
            })
            .collect(),
        result: None,
        perhaps: perhaps.map(|asked| asked.name.clone()).collect(),
        gives: &[],
        expression: None,
        table: None,
        boxed_tables: definitions.boxed_tables(key).map(shown_table).collect(),
    };
    let mut logic = None;
    if let Some(decision) = definitions.decisions.get(key) {
        (shown.name, shown.requires) = (&decision.name, &decision.requires);
        shown.result = decision.result_shown();
        shown.table = decision.table().map(shown_table);
        if let Logic::Expression(script) = &decision.logic {
            shown.expression = Some(script.source());
        }
        logic = decision.table();
    } else if let Some(knowledge) = definitions.knowledge.get(key) {
        (shown.name, shown.gives) = (&knowledge.name, knowledge.gives());
        shown.variables = knowledge.signature();
        let inputs = knowledge.inputs_shown();
        let input = |(name, value): (&str, Option<ValueShown>)| InputShown {
            name: name.to_owned(),
            value,
        };
        shown.inputs = inputs.map(input).collect();
        logic = knowledge.table();
        shown.table = logic.map(shown_table);
        shown.expression = knowledge.source().filter(|_| logic.is_none());
    }
    let room = layout::room();
    out.answer(&shown, |shown| text(shown, logic, definitions, room))?;
    Ok(())
}

fn shown_table(table: &Table) -> ShownTable<'_> {
    ShownTable {
        hit_policy: table.hit_policy.name(),
        aggregation: table.aggregation.map(|a| a.name()),
        columns: table.columns(),
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

/// How wide the names of the facts at the top are.
const MARGIN: usize = 12;

fn text(
    shown: &Shown<'_>,
    table: Option<&Table>,
    definitions: &Definitions,
    room: Option<usize>,
) -> String {
    let version = shown
        .version
        .map_or(String::new(), |n| format!("version {n}, "));
    // What is no decision says what it is.
    let kind = match shown.kind {
        Kind::Decision => String::new(),
        kind => format!("{kind}, "),
    };
    let mut text = format!(
        "{} ({}, {kind}{version}from {})\n",
        shown.name, shown.key, shown.file
    );
    let mut fact = |name: &str, said: &str| {
        let wide = room.map_or(usize::MAX, |room| room.saturating_sub(MARGIN));
        for (ix, line) in wrap(&clean(said), wide).iter().enumerate() {
            let name = if ix == 0 { name } else { "" };
            text.push_str(&format!("{name:MARGIN$}{line}\n"));
        }
    };
    let decision = definitions.decisions.get(shown.key);
    let required = decision.map_or(Vec::new(), |decision| definitions.required_by(decision));
    if !required.is_empty() {
        fact("requires", &required.join(", "));
    }
    if !shown.variables.is_empty() {
        let perhaps = |name: &String| match shown.perhaps.contains(name) {
            true => format!("{name} (perhaps)"),
            false => name.clone(),
        };
        let names: Vec<String> = shown.variables.iter().map(perhaps).collect();
        let inputs = shown.inputs.iter().zip(&names);
        let said = inputs.map(|(input, name)| match &input.value {
            Some(value) => format!("{name}: {value}"),
            None => name.clone(),
        });
        let said: Vec<String> = said.collect();
        match decision.is_some() && shown.inputs.iter().any(|input| input.value.is_some()) {
            // Values have commas in them.
            true => {
                for (ix, input) in said.iter().enumerate() {
                    fact(if ix == 0 { "asks for" } else { "" }, input);
                }
            }
            false => fact("asks for", &names.join(", ")),
        }
    }
    if let Some(result) = &shown.result {
        fact("gives", &result.to_string());
    }
    if !shown.gives.is_empty() {
        fact("gives", &shown.gives.join(", "));
    }
    let made = definitions.knowledge.get(shown.key);
    let made = made.map(|knowledge| definitions.made_by(knowledge));
    let made: Vec<&str> = made.iter().flatten().map(|d| d.name.as_str()).collect();
    if !made.is_empty() {
        fact("evaluates", &made.join(", "));
    }
    if let Some(of) = table {
        fact("hit policy", &policy(of));
    }
    let (dialect, because) = (definitions.dialect, definitions.because);
    fact(
        "dialect",
        &format!("{}, as {because}: {}", dialect.name(), dialect.ways()),
    );
    text.push('\n');
    if let Some(source) = shown.expression {
        text.push_str(&format!("{source}\n"));
    }
    for of in definitions.boxed_tables(shown.key) {
        let title = format!("\n(a decision table) {}\n\n", policy(of));
        text.push_str(&format!("{title}{}\n", columns(of, room)));
        text.push_str(&drawn(of, |_| Vec::new(), &[]));
    }
    if let Some(of) = table {
        text.push_str(&columns(of, room));
        text.push('\n');
        text.push_str(&drawn(of, |_| Vec::new(), &[]));
    }
    text
}

/// Its hit policy with what it means.
fn policy(of: &Table) -> String {
    let aggregation = of.aggregation.map_or(String::new(), |a| format!(" {a}"));
    format!("{}{aggregation}: {}", of.hit_policy, of.policy_words())
}

/// What the file says of each column.
fn columns(of: &Table, room: Option<usize>) -> String {
    let columns = of.columns();
    let row = |column: &ColumnShown<'_>, facts: &[&str]| {
        let known = column.facts();
        let of = |fact: &&str| {
            let found = known.iter().find(|(name, _)| name == fact);
            found.map_or(String::new(), |(_, text)| (*text).to_owned())
        };
        let facts = facts.iter().map(of);
        std::iter::once(column.title.to_owned())
            .chain(facts)
            .collect()
    };
    let part = |output: bool, head: &[&str], facts: &[&str]| {
        let columns = columns.iter().filter(|c| c.is_output() == output);
        let rows: Vec<Vec<String>> = columns.map(|column| row(column, facts)).collect();
        match rows.is_empty() {
            true => String::new(),
            false => listed(head, &rows, 0, room),
        }
    };
    let inputs = part(
        false,
        &["INPUT", "EXPRESSION", "TYPE", "IN CELLS", "VALUES"],
        &["expression", "type", "in cells", "values"],
    );
    let outputs = part(
        true,
        &["OUTPUT", "NAME", "TYPE", "VALUES", "DEFAULT"],
        &["name", "type", "values", "default"],
    );
    match inputs.is_empty() {
        true => outputs,
        false => format!("{inputs}\n{outputs}"),
    }
}

/// The rules, with more columns at their ends.
pub(super) fn drawn(of: &Table, more: impl Fn(usize) -> Vec<String>, titles: &[&str]) -> String {
    let cell = |text: &String| match text.trim() {
        "" => "-".to_owned(),
        text => clean(text),
    };
    if of.rules.is_empty() {
        return "The table has no rules.\n".to_owned();
    }
    let noted = of.rules.iter().any(|rule| rule.description.is_some());
    // As written: many are expressions.
    let mut head = vec!["#".to_owned()];
    head.extend(of.inputs.iter().map(|i| clean(i.title())));
    head.extend(of.outputs.iter().map(|o| clean(o.title())));
    head.extend(noted.then(|| "NOTE".to_owned()));
    head.extend(titles.iter().map(|title| title.to_uppercase()));
    let row = |(ix, rule): (usize, &dmn::Rule)| {
        let mut row = vec![(ix + 1).to_string()];
        row.extend(rule.input_texts.iter().chain(&rule.output_texts).map(cell));
        row.extend(noted.then(|| clean(rule.description.as_deref().unwrap_or_default())));
        row.extend(more(ix));
        row
    };
    let grid = Grid {
        head,
        outputs: of.inputs.len() + 1,
        rows: of.rules.iter().enumerate().map(row).collect(),
    };
    grid.text(layout::room())
}

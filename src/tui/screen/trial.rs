//! Trying a decision with values of one's own: the dialog that asks for them, and what came of
//! it. Nothing of it reaches the desk.

use super::decisions::Decisions;
use super::entry;
use crate::client::dmn::{self, DecisionTrace, Definitions, Evaluation, TableVerdict};
use crate::client::feel::{self, Allowance, Context, Reason, Value};
use crate::tui::effect::Done;
use crate::tui::form::{Field, Input};
use crate::tui::line::Line;
use crate::tui::overlay::Dialog;
use crate::tui::state::Page;
use indexmap::IndexMap;
use std::collections::HashMap;

/// What came of values that were tried.
pub struct Tried {
    key: String,
    tables: Vec<TableVerdict>,
    outcome: Result<(Vec<String>, Vec<DecisionTrace>), String>,
    /// Why something was null, by the decision or function.
    reasons: HashMap<String, Vec<Reason>>,
    /// What each was given, in words: an expression by name, a table what it requires.
    given: HashMap<String, Vec<String>>,
}

impl Tried {
    fn of(definitions: &Definitions, key: &str, given: &Context, allowed: Allowance) -> Tried {
        let now = chrono::Utc::now();
        let found = dmn::explain(definitions, key, given, now, &mut allowed.budget());
        let outcome = match found.outcome {
            Ok(outcome) => Ok((written(&found.values), outcome.trace)),
            Err(error) => Err(error.to_string()),
        };
        let with = with(definitions, &found.evaluations);
        let evaluated = found.evaluations.into_iter();
        let mut reasons: HashMap<String, Vec<Reason>> =
            evaluated.map(|e| (e.decision, e.reasons)).collect();
        if !reasons.contains_key(key) {
            // A service is null for what its decisions are.
            let made = definitions.knowledge.get(key);
            let made = made.map(|service| definitions.made_by(service));
            let made = made.into_iter().flatten();
            let of = made.filter_map(|decision| reasons.get(&decision.id));
            let all: Vec<Reason> = of.flatten().cloned().collect();
            reasons.insert(key.to_owned(), all);
        }
        Tried {
            reasons,
            given: with,
            key: key.to_owned(),
            tables: found.tables,
            outcome,
        }
    }

    /// Whether a decision was evaluated with these values, itself or for another one.
    pub fn is_of(&self, key: &str) -> bool {
        self.key == key || self.verdict(key).is_some() || self.trace(key).is_some()
    }

    /// What the cells of its table said.
    pub fn verdict(&self, key: &str) -> Option<&TableVerdict> {
        self.tables.iter().find(|table| table.decision == key)
    }

    fn trace(&self, key: &str) -> Option<&DecisionTrace> {
        let (_, traces) = self.outcome.as_ref().ok()?;
        traces.iter().find(|trace| trace.decision == key)
    }

    /// Its results in words.
    pub fn results(&self, key: &str) -> Vec<String> {
        match (&self.outcome, self.trace(key)) {
            (Ok((results, _)), _) if self.key == key => results.clone(),
            (_, Some(trace)) => entry::results(trace),
            _ => Vec::new(),
        }
    }

    /// Why it was null somewhere.
    pub fn reasons(&self, key: &str) -> &[Reason] {
        self.reasons.get(key).map_or(&[], Vec::as_slice)
    }

    /// What it was given, in words.
    pub fn given(&self, key: &str) -> &[String] {
        self.given.get(key).map_or(&[], Vec::as_slice)
    }

    /// What went wrong.
    pub fn failed(&self) -> Option<&str> {
        self.outcome.as_ref().err().map(String::as_str)
    }
}

/// What decisions were given: expressions by name, tables the values that they require.
fn with(definitions: &Definitions, all: &[Evaluation]) -> HashMap<String, Vec<String>> {
    let results = all
        .iter()
        .map(|made| (&*made.decision, made.result.as_ref()));
    let results: HashMap<&str, Option<&Value>> = results.collect();
    let with = |(name, value): (&str, &Value)| format!("with {name} = {}", value.literal());
    let of = |evaluation: &Evaluation| {
        let decision = definitions.decisions.get(&evaluation.decision);
        let table = definitions.table(&evaluation.decision).is_some();
        let own = evaluation.inputs.iter().filter(|_| !table);
        let own = own.map(|(name, value)| with((name, value)));
        let required = decision.iter().filter(|_| table);
        let required = required.flat_map(|decision| {
            let names = definitions.required_by(decision).into_iter();
            let values = decision.requires.iter();
            let values = values.map(|id| results.get(id.as_str()).copied().flatten());
            names.zip(values)
        });
        let required = required.filter_map(|(name, value)| Some(with((&name, value?))));
        (evaluation.decision.clone(), own.chain(required).collect())
    };
    all.iter().map(of).collect()
}

fn written(results: &[IndexMap<String, Value>]) -> Vec<String> {
    let one = |entry: &IndexMap<String, Value>| {
        let value = |(name, value): (&String, &Value)| format!("{name} = {}", value.literal());
        entry.iter().map(value).collect::<Vec<_>>().join(", ")
    };
    match results {
        [] => vec!["no rule matches".to_owned()],
        some => some.iter().map(one).collect(),
    }
}

/// Asks for the values to try.
pub fn ask(page: &Decisions) -> Option<Dialog> {
    let entry = page.current()?;
    let definitions = entry.definitions()?.clone();
    let key = entry.key.clone();
    let names = dmn::variables(&definitions, &key).ok()?;
    let field = |asked: &dmn::Asked| {
        let name = &asked.name;
        let known = page.values.get(name).cloned();
        let text = known.or_else(|| past_value(page, name)).unwrap_or_default();
        let mut field = Field::new(name, name, Input::Text(Line::new(text)));
        field.placeholder = "null".to_owned();
        (field.help, field.offers) = usual(&definitions, name);
        if field.help.is_empty() {
            let of = definitions.type_of_input(&key, name);
            field.help = of.map_or(String::new(), |of| of.to_string());
        }
        if field.help.is_empty() && asked.perhaps {
            field.help = "perhaps: a filter names it".to_owned();
        }
        field
    };
    let text = match names.is_empty() {
        true => "This decision asks for no values.",
        false => "JSON, null and @\"2026-01-31\" mean that; anything else is text.",
    };
    let fields = names.iter().map(field).collect();
    let names: Vec<String> = names.into_iter().map(|asked| asked.name).collect();
    let title = format!("Try {}", entry.name);
    let deed = move |client: &dyn crate::client::Client, filled: &crate::tui::overlay::Filled| {
        let typed = |name: &String| (name.clone(), filled.text(name).unwrap_or_default());
        let typed: IndexMap<String, String> = names.iter().map(typed).collect();
        let mut given = Context::new();
        for (name, text) in &typed {
            let of = definitions.type_of_input(&key, name);
            let value = feel::read(text, of.as_ref()).unwrap_or_default();
            // A value that is too large is not seen.
            let _ = given.put(name.as_str().into(), value);
        }
        let tried = Tried::of(&definitions, &key, &given, client.allowance());
        Ok(Done::default().then(move |state| {
            if let Some(Page::Decisions(page)) = state.pages.last_mut() {
                page.values.extend(typed);
                page.tried = Some(tried);
                page.pane = 1;
            }
            Vec::new()
        }))
    };
    Some(Dialog::ask(&title, text, fields, "Try", deed))
}

/// The type of a variable that an input just names, and the texts that its cells name.
fn usual(definitions: &Definitions, name: &str) -> (String, Vec<String>) {
    let (mut kind, mut offers) = (String::new(), Vec::new());
    let decisions = definitions.decisions.values().filter_map(|d| d.table());
    let functions = definitions.knowledge.values().filter_map(|k| k.table());
    for table in decisions.chain(functions) {
        for (column, input) in table.inputs.iter().enumerate() {
            if input.expression.source().trim() != name {
                continue;
            }
            if let Some(of) = &input.type_ref {
                kind = of.name().to_owned();
            }
            let cells = table.rules.iter();
            let cells = cells.filter_map(|rule| rule.input_texts.get(column));
            for cell in cells {
                let named: Vec<String> =
                    serde_json::from_str(&format!("[{cell}]")).unwrap_or_default();
                offers.extend(named);
            }
        }
    }
    offers.sort();
    offers.dedup();
    (kind, offers)
}

/// What a variable was when the decision was made, where an input just names it.
fn past_value(page: &Decisions, name: &str) -> Option<String> {
    for entry in page.together() {
        let inputs = entry.decision()?.table().map(|t| t.inputs.as_slice());
        let inputs = inputs.unwrap_or_default().iter();
        for (input, traced) in inputs.zip(&entry.past()?.inputs) {
            if input.expression.source().trim() == name {
                return Some(match &traced.value["value"] {
                    serde_json::Value::String(text) => text.clone(),
                    serde_json::Value::Null => String::new(),
                    other => other.to_string(),
                });
            }
        }
    }
    None
}

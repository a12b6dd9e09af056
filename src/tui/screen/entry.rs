//! Decisions as the list of them has them: those that are deployed, or those that were made in
//! an instance.

use crate::client::dmn::{
    self, Decision, DecisionTrace, Definitions, Kind, Knowledge, Part, Table, TableVerdict,
};
use crate::client::{Answer, Client, DecisionInstance};
use crate::tui::words::Clock;
use chrono::{DateTime, Utc};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

/// The model that a decision is in.
#[derive(Clone)]
pub enum Model {
    /// Not asked for yet.
    Awaited,
    /// Its file is gone, or this version can not read it.
    Unreadable,
    /// Compiled.
    Known(Arc<Definitions>),
}

/// A decision, or one that was made.
pub struct Entry {
    /// Its key.
    pub key: String,
    /// What people read.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The version, or when; empty for what another one required.
    pub note: String,
    /// The model that it is in.
    pub model: Model,
    /// The deployment and the name of its file.
    file: (String, String),
    /// How it was made, where it was.
    past: Option<Past>,
    /// What the cells said then.
    verdict: OnceCell<Option<TableVerdict>>,
}

/// A decision that was made.
struct Past {
    at: DateTime<Utc>,
    /// All that was decided together, and which of it this is.
    together: Arc<[DecisionTrace]>,
    ix: usize,
}

impl Past {
    fn trace(&self) -> Option<&DecisionTrace> {
        self.together.get(self.ix)
    }
}

impl Entry {
    fn new(key: &str, name: Option<&str>, note: String, model: Model) -> Entry {
        Entry {
            key: key.to_owned(),
            name: name.unwrap_or(key).to_owned(),
            kind: Kind::Decision,
            note,
            model,
            file: Default::default(),
            past: None,
            verdict: OnceCell::new(),
        }
    }

    /// Where it stands in the list: by its name, then by its key.
    pub fn order(&self) -> (String, String) {
        (self.name.to_lowercase(), self.key.clone())
    }

    /// The model that it is in.
    pub fn definitions(&self) -> Option<&Arc<Definitions>> {
        match &self.model {
            Model::Known(definitions) => Some(definitions),
            _ => None,
        }
    }

    /// The decision itself.
    pub fn decision(&self) -> Option<&Decision> {
        let decision = self.definitions()?.decisions.get(&self.key)?;
        Some(decision)
    }

    /// The decision service or business knowledge model itself.
    pub fn knowledge(&self) -> Option<&Knowledge> {
        match self.kind {
            Kind::Decision => None,
            _ => self.definitions()?.knowledge.get(&self.key),
        }
    }

    /// The table by which it decides, where it is one.
    pub fn table(&self) -> Option<&Table> {
        self.definitions()?.table(&self.key)
    }

    /// The decision services and business knowledge models of its file, as entries.
    pub fn functions(&self) -> Vec<Entry> {
        let parts = self.definitions().into_iter().flat_map(|all| all.parts());
        let functions = parts.filter(|part| part.kind != Kind::Decision);
        let entry = |part: Part<'_>| {
            let note = match part.kind {
                Kind::DecisionService => "service",
                _ => "model",
            };
            Entry {
                kind: part.kind,
                file: self.file.clone(),
                ..Entry::new(
                    part.id,
                    Some(part.name),
                    note.to_owned(),
                    self.model.clone(),
                )
            }
        };
        functions.map(entry).collect()
    }

    /// How it was made, where it was.
    pub fn past(&self) -> Option<&DecisionTrace> {
        self.past.as_ref()?.trace()
    }

    /// When it was made, where it was.
    pub fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.past.as_ref()?.at)
    }

    /// True when it is in the same file of the same deployment.
    pub fn is_beside(&self, other: &Entry) -> bool {
        !self.file.1.is_empty() && self.file == other.file
    }

    /// What the cells of its table said when it was made.
    pub fn verdict(&self) -> Option<&TableVerdict> {
        let judge = || {
            let past = self.past.as_ref()?;
            dmn::verdict_of(self.definitions()?, &past.together, past.ix, past.at)
        };
        self.verdict.get_or_init(judge).as_ref()
    }
}

/// The results of a decision in words, one for each rule that counts.
pub fn results(trace: &DecisionTrace) -> Vec<String> {
    let value = |v: &dmn::TracedValue| named(&v.name, &v.in_words());
    if let Some(result) = &trace.result {
        return vec![value(result)];
    }
    let rule = |rule: &dmn::RuleTrace| {
        let all: Vec<String> = rule.outputs.iter().map(value).collect();
        format!("rule {}: {}", rule.number, all.join(", "))
    };
    match trace.rules.as_slice() {
        [] => vec!["no rule matches".to_owned()],
        rules => rules.iter().map(rule).collect(),
    }
}

/// A value with its name, where it has one.
pub fn named(name: &str, value: &str) -> String {
    match name {
        "" => value.to_owned(),
        name => format!("{name} = {value}"),
    }
}

/// All that are deployed, by their names.
pub fn deployed(client: &dyn Client) -> Answer<Vec<Entry>> {
    let known = client.decisions()?.into_iter();
    let entry = |known: crate::client::DecisionDefinition| {
        let note = format!("v{}", known.version);
        let mut entry = Entry::new(&known.key, known.name.as_deref(), note, Model::Awaited);
        entry.file = (known.deployment_id, known.resource);
        entry
    };
    let mut all: Vec<Entry> = known.map(entry).collect();
    for model in client.functions()? {
        let Some(definitions) = model.definitions() else {
            continue;
        };
        let model = Model::Known(Arc::new(definitions));
        all.extend(Entry::new("", None, String::new(), model).functions());
    }
    all.sort_by_cached_key(Entry::order);
    Ok(all)
}

/// Each decision that was made, below it those that it required.
pub fn made(client: &dyn Client, instance: &str, clock: &Clock) -> Answer<Vec<Entry>> {
    let mut models: HashMap<String, Model> = HashMap::new();
    let mut entries = Vec::new();
    for made in client.evaluated(instance)? {
        let DecisionInstance {
            model: file, trace, ..
        } = made;
        let compile = || match file.and_then(|file| file.definitions()) {
            Some(definitions) => Model::Known(Arc::new(definitions)),
            None => Model::Unreadable,
        };
        let model = models
            .entry(made.decision_definition_id)
            .or_insert_with(compile);
        let at = made.evaluation_time;
        let together: Arc<[DecisionTrace]> = trace.into();
        for (ix, trace) in together.iter().enumerate().rev() {
            let note = match ix + 1 == together.len() {
                true => clock.ago(at),
                false => String::new(),
            };
            entries.push(Entry {
                past: Some(Past {
                    at,
                    together: together.clone(),
                    ix,
                }),
                ..Entry::new(&trace.decision, Some(&trace.name), note, model.clone())
            });
        }
    }
    Ok(entries)
}

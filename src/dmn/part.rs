//! What of a file can be evaluated by its id or its name.

use super::{Definitions, Dialect, Error, Table};
use crate::feel::{Param, Type};
use crate::model::Problem;
use indexmap::IndexSet;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// The kinds of what can be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A decision.
    Decision,
    /// A decision service: some decisions with their inputs as one function.
    DecisionService,
    /// A business knowledge model: a function.
    BusinessKnowledgeModel,
}

impl Kind {
    /// As DMN calls it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Decision => "decision",
            Kind::DecisionService => "decision service",
            Kind::BusinessKnowledgeModel => "business knowledge model",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something of a file that can be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'d> {
    /// Its id.
    pub id: &'d str,
    /// What people read.
    pub name: &'d str,
    /// What it is.
    pub kind: Kind,
}

impl Definitions {
    /// All that can be evaluated and is the file's own: decisions, then business knowledge models
    /// and decision services, each in document order.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let decisions = self.decisions.values().map(|decision| Part {
            id: &decision.id,
            name: &decision.name,
            kind: Kind::Decision,
        });
        let knowledge = self.knowledge.values().map(|knowledge| Part {
            id: &knowledge.id,
            name: &knowledge.name,
            kind: knowledge.kind(),
        });
        let all = decisions.chain(knowledge);
        all.filter(|part| !part.id.contains('#'))
    }

    /// The table by which a decision or business knowledge model decides, where it is one.
    pub fn table(&self, id: &str) -> Option<&Table> {
        let decision = self.decisions.get(id).and_then(|decision| decision.table());
        decision.or_else(|| self.knowledge.get(id)?.table())
    }

    /// The tables further inside of its boxes, in document order.
    pub fn boxed_tables<'d>(&'d self, id: &'d str) -> impl Iterator<Item = &'d Table> {
        let own = self.boxed.iter().filter(move |boxed| boxed.owner == id);
        let whole = self.table(id).map(std::ptr::from_ref);
        let tables = own.map(|boxed| &*boxed.table);
        tables.filter(move |table| Some(std::ptr::from_ref(*table)) != whole)
    }

    /// The type that is declared of a value that a part is given: of a parameter, of input data, also
    /// of an imported model, of a column that just names it.
    pub fn type_of_input(&self, id: &str, name: &str) -> Option<Type> {
        let known = |params: &[Param]| {
            let param = params.iter().find(|param| *param.name == *name)?;
            Some(param.of.clone()).filter(|of| *of != Type::Any)
        };
        let params = self.knowledge.get(id).and_then(|k| known(&k.params));
        let column = || {
            let tables = self
                .decisions
                .values()
                .filter_map(|decision| decision.table());
            let mut columns = tables.flat_map(|table| &table.inputs);
            let named = columns.find(|input| input.expression.source().trim() == name)?;
            named.declared.clone()
        };
        let imported = || {
            let apart = self.keeps_inputs_apart();
            apart.then(|| self.models.type_of(name)).flatten()
        };
        let own = params.or_else(|| known(&self.inputs));
        own.or_else(imported).or_else(column)
    }

    /// The names of the members that the values of its types have.
    pub(super) fn members(&self) -> Vec<&str> {
        let mut open: Vec<&Type> = self.types.values().collect();
        let (mut seen, mut names) = (HashSet::new(), Vec::new());
        // A type may be shared so often that going through all of it has no end.
        while let Some(of) = open.pop() {
            match of {
                Type::List(of) if seen.insert(Arc::as_ptr(of).addr()) => open.push(of),
                Type::Restricted(of) if seen.insert(Arc::as_ptr(of).addr()) => open.push(&of.of),
                Type::Context(members) if seen.insert(members.as_ptr().addr()) => {
                    names.extend(members.iter().map(|(name, _)| &**name));
                    open.extend(members.iter().map(|(_, of)| of));
                }
                _ => {}
            }
        }
        names
    }

    /// Refuses to evaluate a part that something is wrong with.
    pub(super) fn sound(&self, id: &str) -> Result<(), Error> {
        if self.faults.is_empty() {
            return Ok(());
        }
        match self.faults_of(id).first() {
            Some(problem) => Err(Error::Broken {
                decision: id.to_owned(),
                problem: Box::new((*problem).clone()),
            }),
            None => Ok(()),
        }
    }

    /// What is wrong with a part, with what it requires, and with the file as a whole; then it can
    /// not be evaluated.
    pub fn faults_of<'d>(&'d self, id: &'d str) -> Vec<&'d Problem> {
        let mut parts = IndexSet::from([id]);
        let mut next = 0;
        while let Some(id) = parts.get_index(next).copied() {
            next += 1;
            if let Some(decision) = self.decisions.get(id) {
                let required = decision.requires.iter().chain(&decision.knowledge);
                parts.extend(required.map(String::as_str));
            }
            if let Some(knowledge) = self.knowledge.get(id) {
                parts.extend(knowledge.uses());
            }
        }
        let wrong = |id| self.faults.get(id).into_iter().flatten();
        let mut all: Vec<&Problem> = std::iter::once("").chain(parts).flat_map(wrong).collect();
        all.sort_by_key(|problem| (&problem.file, problem.position));
        all
    }

    /// The part with this id, else the only one with this name.
    pub fn part(&self, word: &str) -> Option<Part<'_>> {
        let mut named = self.parts().filter(|part| part.name == word);
        let by_name = match (named.next(), named.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        };
        self.parts().find(|part| part.id == word).or(by_name)
    }
}

impl Dialect {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Standard => "DMN standard",
            Dialect::Camunda => "Camunda 7",
        }
    }
}

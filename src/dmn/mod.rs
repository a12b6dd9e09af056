//! DMN 1.1 to 1.5: decision tables, literal expressions and what they require of each other.
//!
//! Floor 3. Knows nothing of instances; what it needs it is given.
//!
//! [`Definitions::parse`] reads and compiles a file once; [`evaluate`] runs one of its
//! decisions with all that it requires, each once, and says what happened ([`Outcome`]).

mod error;
mod evaluate;
mod load;
mod outcome;
mod script;
mod table;
#[cfg(test)]
mod tests;
mod type_ref;

pub use error::Error;
pub use evaluate::{evaluate, evaluate_feel};
pub use outcome::{DecisionTrace, MappingError, Outcome, RuleTrace, TracedValue, map_result};
pub use script::Script;
pub use table::{Aggregation, HitPolicy, Input, Output, Rule, Table};
pub use type_ref::TypeRef;

use indexmap::IndexMap;

/// One DMN file.
#[derive(Debug, Clone)]
pub struct Definitions {
    /// Its id: the key of the decision requirements definition.
    pub id: String,
    /// What people read.
    pub name: String,
    /// Its decisions by id, in document order.
    pub decisions: IndexMap<String, Decision>,
    /// What is worth saying though the file is accepted.
    pub warnings: Vec<crate::model::Problem>,
}

/// One decision.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Its id: the key of the decision definition.
    pub id: String,
    /// What people read; the id when the file gives none.
    pub name: String,
    /// `camunda:versionTag`.
    pub version_tag: Option<String>,
    /// `camunda:historyTimeToLive` as written.
    pub history_time_to_live: Option<String>,
    /// The name under which other decisions see its result.
    pub variable: String,
    /// The type of its result.
    pub type_ref: Option<TypeRef>,
    /// The decisions it requires, by id.
    pub requires: Vec<String>,
    /// How it decides.
    pub logic: Logic,
}

/// How a decision decides.
#[derive(Debug, Clone)]
pub enum Logic {
    /// By a decision table.
    Table(Table),
    /// By an expression.
    Expression(Script),
}

impl Decision {
    /// Its table, where it has one.
    pub fn table(&self) -> Option<&Table> {
        match &self.logic {
            Logic::Table(table) => Some(table),
            Logic::Expression(_) => None,
        }
    }
}

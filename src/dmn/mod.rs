//! DMN 1.1 to 1.5: decision tables, literal expressions and what they require of each other.
//!
//! Floor 3. Knows nothing of instances; what it needs it is given.
//!
//! [`Definitions::parse`] reads and compiles a file once; [`evaluate`] runs one of its
//! decisions with all that it requires, each once, and says what happened ([`Outcome`]).

pub mod check;
mod error;
mod evaluate;
mod explain;
mod function;
mod given;
mod imported;
mod index;
mod java;
mod load;
mod outcome;
mod part;
mod result;
mod run;
mod script;
mod shown;
mod table;
pub mod tck;
#[cfg(test)]
mod tests;
mod type_ref;

pub use error::Error;
pub use evaluate::{decide, evaluate, evaluate_feel, explain};
pub use explain::{Evaluation, Explained, Inside, RuleVerdict, TableVerdict, verdict_of};
pub use function::Knowledge;
pub use given::{Asked, needed, variables};
pub use load::{Header, Import, Resolve, parse_all, parse_deployed};
pub use outcome::{DecisionTrace, MappingError, Outcome, RuleTrace, TracedValue, map_result};
pub use part::{Kind, Part};
pub use script::Script;
pub use shown::{ColumnShown, ValueShown};
pub use table::{Aggregation, HitPolicy, Input, Output, Rule, Table, Written};
pub use type_ref::TypeRef;

use crate::feel::{Expression, Param, Type};
use crate::model::Problem;
use function::TableFunction;
use imported::{ImportedInput, Models};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::sync::Arc;

/// One DMN file. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Definitions {
    /// Its id: the key of the decision requirements definition.
    pub id: String,
    /// What people read.
    pub name: String,
    /// Whose ways it follows.
    pub dialect: Dialect,
    /// Why it follows these: a clause.
    pub because: &'static str,
    /// Its decisions by id, in document order.
    pub decisions: Arc<IndexMap<String, Arc<Decision>>>,
    /// Its business knowledge models and decision services by id.
    pub knowledge: Arc<IndexMap<String, Knowledge>>,
    /// The tables inside of its own boxed expressions, in document order.
    pub(crate) boxed: Arc<[BoxedTable]>,
    /// Those of the models that it imports.
    pub(crate) imported_boxed: Arc<[BoxedTable]>,
    /// The names that boxed expressions give, by the decision or business knowledge model that they
    /// are in: of entries, parameters and iterators, in document order.
    pub(crate) given: Arc<HashMap<String, Vec<String>>>,
    /// The names and types of its input data.
    pub inputs: Arc<[Param]>,
    /// The variables of its input data by id.
    pub(crate) input_ids: Arc<HashMap<String, Arc<str>>>,
    /// The models that it imports.
    pub(crate) models: Arc<Models>,
    /// Its types by name.
    pub(crate) types: Arc<HashMap<String, Type>>,
    /// What is wrong with its decisions and functions by id, and under no id with all of it.
    pub(crate) faults: Arc<HashMap<String, Vec<Problem>>>,
    /// What is worth saying though the file is accepted.
    pub warnings: Vec<Problem>,
}

impl Definitions {
    /// Its own decisions, without those that it imports.
    pub fn own(&self) -> impl Iterator<Item = &Decision> {
        let all = self.decisions.values().map(|d| &**d);
        all.filter(|decision| !decision.id.contains('#'))
    }
}

/// Whose ways a file follows where DMN and Camunda 7 differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The standard's.
    Standard,
    /// Camunda's: types convert, decisions show their outputs as variables.
    Camunda,
}

impl Dialect {
    /// What it does otherwise than the other one, in a few words.
    pub fn ways(self) -> &'static str {
        match self {
            Dialect::Standard => {
                "what is not of its type, where the standard has it, or not among the values allowed, is null"
            }
            Dialect::Camunda => {
                "values are converted to their declared types; the values of a column are shown and not enforced"
            }
        }
    }
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
    /// The type of its result, as Camunda converts it.
    pub type_ref: Option<TypeRef>,
    /// The type of its result, as the standard asks for it.
    pub(crate) result_type: Option<Type>,
    /// The decisions it requires, by id.
    pub requires: Vec<String>,
    /// The business knowledge models and decision services it requires, by id.
    pub knowledge: Vec<String>,
    /// The imports under whose names it sees some of what it requires, by id.
    pub(crate) under: HashMap<String, String>,
    /// The inputs of imported models that it requires.
    pub(crate) imported_inputs: Vec<ImportedInput>,
    /// Of a boxed context with a result of its own: all its entries and the result, for those who
    /// want to know how it came about.
    pub(crate) entries: Option<Expression>,
    /// How it decides.
    pub logic: Logic,
}

/// A decision table inside of a boxed expression.
#[derive(Debug, Clone)]
pub(crate) struct BoxedTable {
    /// The id of the decision or business knowledge model that it is in.
    pub owner: String,
    /// The table.
    pub table: Arc<Table>,
    /// The function that it is.
    function: Arc<TableFunction>,
    /// How many of the names that the boxes of its owner give stand before it; `None` in a filter,
    /// where what is filtered gives names too.
    pub given: Option<usize>,
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

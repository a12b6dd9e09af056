//! A table as people look at it: its columns with all that the file says of them, and what its
//! hit policy means.

use super::function::{Knowledge, KnowledgeKind};
use super::table::{Aggregation, HitPolicy, Table, Written};
use super::{Decision, Definitions};
use crate::feel::{Param, Type, Value};
use indexmap::IndexMap;
use serde::Serialize;
use std::fmt;

/// The name that cells give their input where the column says no other.
const USUAL_VARIABLE: &str = "cellInput";

/// What the file says of a value: its type and which values are allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ValueShown {
    /// The name of its type.
    pub type_ref: String,
    /// The values that it may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<String>,
}

impl ValueShown {
    /// Of a type; nothing is said of one that may be anything.
    fn of(of: &Type) -> Option<ValueShown> {
        (*of != Type::Any).then(|| ValueShown {
            type_ref: match of {
                Type::Restricted(restriction) => restriction.of.to_string(),
                of => of.to_string(),
            },
            values: allowed(of).map(str::to_owned),
        })
    }
}

impl fmt::Display for ValueShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.type_ref)?;
        match &self.values {
            Some(values) => write!(f, ", one of {values}"),
            None => Ok(()),
        }
    }
}

/// The values that a type allows, where it says which.
fn allowed(of: &Type) -> Option<&str> {
    match of {
        Type::Restricted(restriction) => Some(restriction.tests.source()),
        _ => None,
    }
}

/// A column with all that the file says of it, as it stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnShown<'t> {
    /// `input` or `output`.
    pub kind: &'static str,
    /// What people read above it: the label, else the expression or the name.
    pub title: &'t str,
    /// The name of its type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_ref: Option<&'t str>,
    /// The expression of an input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<&'t str>,
    /// `camunda:inputVariable`: what cells call the value, where that is not `cellInput`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable: Option<&'t str>,
    /// The name of an output in the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'t str>,
    /// The values that it may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<&'t str>,
    /// The value of an output when no rule matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<&'t str>,
}

impl ColumnShown<'_> {
    /// True for an output.
    pub fn is_output(&self) -> bool {
        self.kind == "output"
    }

    /// What the file says of it besides its title, as names and texts in order; an expression or
    /// a name that is the title is left out.
    pub fn facts(&self) -> Vec<(&'static str, &str)> {
        let own = |text: &&str| *text != self.title;
        let facts = [
            ("expression", self.expression.filter(own)),
            ("name", self.name.filter(own)),
            ("type", self.type_ref),
            ("in cells", self.variable),
            ("values", self.values),
            ("default", self.default),
        ];
        let known = |(name, text): (&'static str, Option<_>)| Some((name, text?));
        facts.into_iter().filter_map(known).collect()
    }
}

impl Table {
    /// The columns, inputs first.
    pub fn columns(&self) -> Vec<ColumnShown<'_>> {
        // Those of the column, else those of its type.
        fn values<'t>(written: &'t Written, of: Option<&'t Type>) -> Option<&'t str> {
            let own = written.values.as_deref();
            own.or_else(|| of.and_then(allowed))
        }
        let inputs = self.inputs.iter().map(|input| ColumnShown {
            kind: "input",
            title: input.title(),
            type_ref: input.written.type_name.as_deref(),
            expression: Some(input.bare_expression()),
            variable: Some(input.variable.as_str()).filter(|name| *name != USUAL_VARIABLE),
            name: None,
            values: values(&input.written, input.declared.as_ref()),
            default: None,
        });
        let outputs = self.outputs.iter().map(|output| ColumnShown {
            kind: "output",
            title: output.title(),
            type_ref: output.written.type_name.as_deref(),
            expression: None,
            variable: None,
            name: Some(output.name.as_str()).filter(|name| !name.is_empty()),
            values: values(&output.written, output.declared.as_ref()),
            default: output.written.default.as_deref(),
        });
        inputs.chain(outputs).collect()
    }

    /// What its hit policy means, a clause.
    pub fn policy_words(&self) -> &'static str {
        match (self.hit_policy, self.aggregation) {
            (HitPolicy::Unique, _) => "one rule at most may match",
            (HitPolicy::First, _) => "the first rule that matches counts",
            (HitPolicy::Priority, _) => {
                "of the rules that match, the one whose output comes first among its values counts"
            }
            (HitPolicy::Any, _) => "rules that match together give the same",
            (HitPolicy::RuleOrder, _) => "all rules that match count, in the order of the rules",
            (HitPolicy::OutputOrder, _) => {
                "all rules that match count, in the order of the values of the outputs"
            }
            (HitPolicy::Collect, None) => "all rules that match count",
            (HitPolicy::Collect, Some(Aggregation::Sum)) => {
                "the sum of the outputs of all rules that match"
            }
            (HitPolicy::Collect, Some(Aggregation::Count)) => "how many rules match",
            (HitPolicy::Collect, Some(Aggregation::Min)) => {
                "the least output of all rules that match"
            }
            (HitPolicy::Collect, Some(Aggregation::Max)) => {
                "the greatest output of all rules that match"
            }
        }
    }
}

impl Definitions {
    /// What is said of an input of its decisions: by its input data, else by a column of that name.
    pub fn input_shown(&self, name: &str) -> Option<ValueShown> {
        let mut inputs = self.inputs.iter();
        let data = inputs.find(|input| *input.name == *name);
        let tables = self.decisions.values().filter_map(|d| d.table());
        let columns = tables.flat_map(Table::columns);
        let mut columns = columns.filter(|column| column.expression == Some(name));
        let column = || {
            columns.find_map(|column| {
                Some(ValueShown {
                    type_ref: column.type_ref?.to_owned(),
                    values: column.values.map(str::to_owned),
                })
            })
        };
        data.and_then(|input| ValueShown::of(&input.of))
            .or_else(column)
    }

    /// What a decision requires, in words: one of another model by the name of its import.
    pub fn required_by(&self, decision: &Decision) -> Vec<String> {
        let name = |id: &String| match (decision.under.get(id), self.decisions.get(id)) {
            (Some(import), Some(required)) => format!("{import}.{}", required.variable),
            _ => id.clone(),
        };
        decision.requires.iter().map(name).collect()
    }

    /// The decisions that a decision service makes, in their order.
    pub fn made_by(&self, knowledge: &Knowledge) -> Vec<&Decision> {
        let KnowledgeKind::Service(service) = &knowledge.kind else {
            return Vec::new();
        };
        let given = service.input_decisions.iter();
        let given = given.map(|id| (id.clone(), Value::Null)).collect();
        let mut made: IndexMap<&str, &Decision> = IndexMap::new();
        for output in &service.outputs {
            let order = self.order(output, &given).unwrap_or_default();
            made.extend(order.into_iter().map(|decision| (&*decision.id, decision)));
        }
        made.into_values().collect()
    }
}

impl Decision {
    /// What is said of its result, where it is an expression: a table says it of its outputs.
    pub fn result_shown(&self) -> Option<ValueShown> {
        let camunda = self.type_ref.as_ref().map(|of| ValueShown {
            type_ref: of.name().to_owned(),
            values: None,
        });
        let standard = self.result_type.as_ref().filter(|_| self.table().is_none());
        camunda.or_else(|| ValueShown::of(standard?))
    }
}

impl Knowledge {
    /// What it is called with: `name: type`.
    pub fn signature(&self) -> Vec<String> {
        let param = |param: &Param| match param.of {
            Type::Any => param.name.to_string(),
            ref of => format!("{}: {of}", param.name),
        };
        self.params.iter().map(param).collect()
    }

    /// What it is called with, and what is said of it.
    pub fn inputs_shown(&self) -> impl Iterator<Item = (&str, Option<ValueShown>)> {
        let params = self.params.iter();
        params.map(|param| (&*param.name, ValueShown::of(&param.of)))
    }

    /// The function of a business knowledge model.
    pub fn source(&self) -> Option<&str> {
        match &self.kind {
            KnowledgeKind::Function(expression) => Some(expression.source()),
            KnowledgeKind::Service(_) => None,
        }
    }

    /// The decisions that a decision service gives, by id.
    pub fn gives(&self) -> &[String] {
        match &self.kind {
            KnowledgeKind::Function(_) => &[],
            KnowledgeKind::Service(service) => &service.outputs,
        }
    }
}

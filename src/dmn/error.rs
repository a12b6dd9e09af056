//! What can go wrong when a decision is made.

use super::table::{Aggregation, HitPolicy};
use crate::feel;
use crate::model::Problem;
use thiserror::Error;

/// Why there is no decision. Codes are those of Camunda's DMN engine, where it has one.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// No such decision in the file.
    #[error("DMN-01001 there is no decision with id '{0}'. Check the id")]
    UnknownDecision(String),
    /// A value is not of the type that its column or result declares.
    #[error("DMN-01005 Invalid value '{value}' for clause with type '{type_ref}' ({place}){}", hint(.value, .type_ref))]
    Type {
        /// The value, as text.
        value: String,
        /// The declared type.
        type_ref: String,
        /// Decision and column.
        place: String,
    },
    /// More rules match than the hit policy allows.
    #[error(
        "DMN-03001 Hit policy '{policy}' of decision '{decision}' only allows a single rule to match. Actually match rules: {rules}"
    )]
    SeveralRules {
        /// The policy.
        policy: HitPolicy,
        /// The decision.
        decision: String,
        /// The numbers of the rules.
        rules: String,
    },
    /// Matching rules disagree under hit policy ANY.
    #[error(
        "DMN-03002 Hit policy 'ANY' of decision '{decision}' requires all matching rules to have the same output, but they differ: rules {rules}"
    )]
    Disagree {
        /// The decision.
        decision: String,
        /// The numbers of the rules.
        rules: String,
    },
    /// An aggregation met what it can not aggregate.
    #[error(
        "DMN-03003 Unable to convert values to aggregatable types. Aggregation '{aggregation}' of decision '{decision}' takes {wanted}, found {found}"
    )]
    Aggregate {
        /// The aggregation.
        aggregation: Aggregation,
        /// The decision.
        decision: String,
        /// What it takes.
        wanted: &'static str,
        /// What it met.
        found: String,
    },
    /// Its file was accepted by a version that did not see what is wrong with it.
    #[error("decision '{decision}' can not be evaluated: {problem}")]
    Broken {
        /// The decision.
        decision: String,
        /// What is wrong, with its place.
        problem: Box<Problem>,
    },
    /// An evaluation met a limit.
    #[error("decision '{decision}': {error}")]
    Feel {
        /// The decision.
        decision: String,
        /// The limit.
        error: feel::EvalError,
    },
    /// A JUEL expression failed.
    #[error("decision '{decision}': {message}")]
    Juel {
        /// The decision.
        decision: String,
        /// The message of the expression language.
        message: String,
    },
}

/// What would be right, where people often go wrong.
fn hint(value: &str, type_ref: &str) -> String {
    match type_ref {
        "date" if crate::feel::temporal::Date::parse(value).is_some() => {
            format!(
                ". A date has a time in Camunda: write {value}T00:00:00, in FEEL date and time(\"{value}T00:00:00\")"
            )
        }
        _ => String::new(),
    }
}

//! `crewdesk decision …` and `crewdesk feel …`

use crate::client::feel::Allowance;
use clap::{Args, Subcommand, value_parser};
use std::path::PathBuf;

/// `crewdesk decision …`
#[derive(Debug, Subcommand)]
pub enum DecisionCommand {
    /// List the decisions, decision services and business knowledge models that are deployed, by name
    List {
        /// DMN files, of which those in them are listed instead
        #[arg(value_name = "FILE")]
        files: Vec<String>,
    },
    /// Show a decision: what it asks for, its columns with all that the file says of them, its rules;
    /// also a decision service or business knowledge model
    Show {
        #[command(flatten)]
        decision: NamedDecision,
    },
    /// Evaluate a decision, decision service or business knowledge model, deployed or in a file;
    /// nothing is recorded
    Evaluate {
        #[command(flatten)]
        decision: NamedDecision,
        /// A value: NAME=TEXT, which is read as the type that a model of the DMN standard declares;
        /// NAME:=JSON for a number, true, false, null, a list or a map; or NAME:TYPE=TEXT, of type
        /// date, time, dateTime, duration, number, boolean, string, or feel for an expression. An input of
        /// a model that is imported is named as IMPORT.NAME
        #[arg(long = "var", value_name = "N=TEXT|N:=JSON|N:TYPE=TEXT")]
        variables: Vec<String>,
        /// Say how it came about: of every rule whether it matches and which cell stopped it, also in
        /// functions that are called; of every expression what it was given, of what is in its boxes the
        /// value; and whose ways the file follows
        #[arg(long)]
        explain: bool,
        #[command(flatten)]
        limits: EvaluationLimits,
    },
    /// Look for overlaps, gaps, rules that never count and cells that can not match
    Check {
        /// DMN files, which may import each other, folders of them, or keys of deployed decisions
        #[arg(required = true, value_name = "FILE|KEY")]
        files: Vec<String>,
    },
    /// Run the test cases of the DMN Technology Compatibility Kit
    Tck {
        /// The folder with compliance-level-2 and compliance-level-3 in it
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

/// Which decision is meant.
#[derive(Debug, Args)]
pub struct NamedDecision {
    /// The key of a deployed decision, whose newest version is meant, or its name, or the id or name of a
    /// decision service or business knowledge model; or a DMN file (a word that ends in .dmn or .xml, or
    /// a path to it, such as ./rules)
    #[arg(value_name = "KEY|FILE")]
    pub key: String,
    /// The decision, decision service or business knowledge model of the file, by its id or name;
    /// without it the decision that no other of the file requires
    #[arg(long = "decision", value_name = "ID")]
    pub id: Option<String>,
    /// A file that it imports; those beside it that its imports name need not be said
    #[arg(long = "import", value_name = "FILE")]
    pub imports: Vec<PathBuf>,
}

/// What an evaluation may take.
#[derive(Debug, Args)]
pub struct EvaluationLimits {
    /// Stop after so many steps, 1,000 or more [default: what the desk's settings say, or 50,000,000]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(Allowance::STEPS))]
    pub steps: Option<u64>,
    /// Stop when it has made so many megabytes [default: what the desk's settings say, or 1024]
    #[arg(long, value_name = "MB", value_parser = value_parser!(u64).range(Allowance::MEGABYTES))]
    pub memory: Option<u64>,
    /// Stop at so many calls inside calls, 10 or more [default: what the desk's settings say, or 5000]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(depths()))]
    pub depth: Option<u32>,
}

fn depths() -> std::ops::RangeInclusive<i64> {
    i64::from(*Allowance::DEPTH.start())..=i64::from(*Allowance::DEPTH.end())
}

impl EvaluationLimits {
    /// These, and what is usual where nothing is said.
    pub fn of(&self, usual: Allowance) -> Allowance {
        Allowance {
            steps: self.steps.unwrap_or(usual.steps),
            memory: self
                .memory
                .map_or(usual.memory, |megabytes| megabytes << 20),
            depth: self.depth.unwrap_or(usual.depth),
        }
    }
}

/// `crewdesk feel …`
#[derive(Debug, Args)]
pub struct FeelArgs {
    /// The expression; `-` reads it from standard input
    #[arg(allow_hyphen_values = true)]
    pub expression: String,
    /// A value: NAME=TEXT; NAME:=JSON for a number, true, false, null, a list or a map; or
    /// NAME:TYPE=TEXT, of type date, time, dateTime, duration, number, boolean, or feel
    #[arg(long = "var", value_name = "N=TEXT|N:=JSON|N:TYPE=TEXT")]
    pub variables: Vec<String>,
    /// Evaluate as Camunda 7 does: with FEEL-Scala's functions, and dates as process variables have them
    #[arg(long)]
    pub camunda: bool,
    /// Read the expression as the cell of a decision table, and test this input with it
    #[arg(long, value_name = "EXPRESSION", allow_hyphen_values = true)]
    pub input: Option<String>,
    #[command(flatten)]
    pub limits: EvaluationLimits,
}

//! Moving running instances to another version of their process
//! ([Process Instance Migration](https://docs.camunda.org/manual/7.24/user-guide/process-engine/process-instance-migration/)).
//!
//! A plan says which activity of one version an instance at another goes on in. `plan` checks a
//! plan against both versions and makes the one that maps equal ids; `check` holds it against
//! what runs in an instance, `migrate` moves that.

mod activity;
mod check;
mod migrate;
mod plan;
mod validate;

pub use plan::{
    InstructionReport, MigrationInstruction, MigrationPlan, PlanReport, generate, validate,
};

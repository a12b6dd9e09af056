//! The token machine: `apply(world, instance, command, now, ids) → changes`.
//!
//! Floor 4. Pure: no I/O, no clock, no randomness, no threads, no SQL. What it
//! cannot know it asks for with [`Error::Need`]; whoever calls loads that and
//! applies the command again.

//!
//! A command is a `run` over a list of steps: a token enters a node (`enter`), does what
//! the node's kind does, and leaves it over its flows (`leave`, `gateway`). All rows are
//! changed through the `journal`, which undoes them when the command fails.

mod apply;
mod call;
mod cancel;
mod catch;
pub mod change;
pub mod command;
mod compensate;
mod condition;
mod connector;
mod enter;
pub mod error;
mod expression;
mod external_task;
mod gateway;
mod incident;
pub mod instance;
mod job;
mod job_definition;
mod journal;
mod leave;
pub mod migration;
mod modify;
mod multi;
mod propagate;
mod round;
mod run;
mod service;
mod start;
pub mod state;
mod throw;
mod timer;
mod tree;
mod user_task;
mod variables;
mod waiting;
pub mod world;

pub use apply::apply;
pub use change::{ActivityEnd, Change, Event};
pub use command::{Command, Instruction, Skip, TaskPatch};
pub use connector::CONNECTOR_INPUTS;
pub use error::{Deed, Error, Need, Place, ThrownError};
pub use instance::{Instance, Key, Row};
pub use job_definition::{JobDefinition, job_definitions};
pub use migration::{MigrationInstruction, MigrationPlan, PlanReport};
pub use state::{
    Execution, ExternalTask, Id, Incident, InstanceState, Job, JobKind, Phase, ProcessInstance,
    Subscription, SubscriptionKind, Task, Variable, Visits,
};
pub use waiting::{StartEvents, StartSubscription, next_start, start_events, start_holds};
pub use world::{DecisionRef, DecisionVersion, JobRule, Limits, ProcessRef, World};

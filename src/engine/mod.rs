//! The token machine: `apply(world, instance, command, now, ids) → changes`.
//!
//! Floor 4. Pure: no I/O, no clock, no randomness, no threads, no SQL. What it
//! cannot know it asks for with [`Error::Need`]; whoever calls loads that and
//! applies the command again.

pub mod change;
pub mod command;
pub mod instance;
pub mod state;

pub use change::{ActivityEnd, Change, Event};
pub use command::{Command, TaskPatch};
pub use instance::{Instance, Key, Row};
pub use state::{
    Execution, ExternalTask, Id, Incident, InstanceState, Job, JobKind, Phase, ProcessInstance,
    Subscription, SubscriptionKind, Task, Variable,
};

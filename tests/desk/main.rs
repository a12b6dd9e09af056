//! The use cases of the desk, through the embedded client, with a clock that stands still.

mod camunda_forms;
mod checks;
mod claim;
mod committing;
mod connectors;
mod correlation;
mod deadlines;
mod deploy;
mod drafts;
mod events;
mod external;
mod fix;
mod forms;
mod history;
mod locked;
mod notifications;
mod office;
mod people;
mod secrets;
mod senders;
mod start;
mod starts;
mod sweep;
mod told;
mod undo;
mod versions;
mod worker;

#[path = "../support/archive.rs"]
mod archive;

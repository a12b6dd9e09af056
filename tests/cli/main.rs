//! The command line as scripts use it: real processes, their JSON, their exits.

#[path = "../support/mod.rs"]
mod support;

mod big;
#[path = "../support/certificates.rs"]
mod certificates;
mod connectors;
mod decision_facts;
mod decision_files;
mod decision_inputs;
mod decisions;
mod feel;
mod files;
mod functions;
mod insert;
mod insert_advice;
mod insert_meant;
mod insert_rejects;
mod models;
mod operating;
mod refusals;
mod story;
mod tasks;
mod team;

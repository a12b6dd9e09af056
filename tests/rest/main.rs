//! Camunda's REST API over a desk: real connections to a server of this process.

mod decisions;
mod definitions;
mod desk;
mod external_tasks;
mod house;
mod instances;
mod operations;
mod past;
mod reads;
mod serving;
mod story;

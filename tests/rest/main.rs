//! Camunda's REST API over a desk: real connections to a server of this process.

mod again;
mod ask;
mod decisions;
mod definitions;
mod desk;
mod external_tasks;
mod house;
mod instances;
mod operating;
mod operations;
mod oracle;
mod others;
mod past;
mod people;
mod reads;
mod serving;
mod story;
mod tasks;

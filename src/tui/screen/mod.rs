//! The screens. Each one keeps its state, loads it, acts on commands and draws itself.

pub mod connections;
pub mod decision;
pub mod decisions;
pub mod deploy;
pub mod fix;
pub mod greeting;
pub mod grid;
pub mod inbox;
pub mod incidents;
pub mod instance;
pub mod jobs;
pub mod launch;
pub mod login;
pub mod moving;
pub mod notes;
pub mod paper;
pub mod people;
pub mod preview;
pub mod process;
pub mod rows;
pub mod sheet;
pub mod task;
pub mod timeline;
pub mod today;
pub mod trial;
pub mod versions;

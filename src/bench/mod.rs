//! How fast the desk is, measured on the machine it runs on: the engine beside hand-written
//! SQLite, the inbox in a terminal of its own, insertions beside the tools of databases.
//!
//! Floor 9. Measures what people use, through the ways that they use it; beside that it opens
//! database files of its own making, never a desk that somebody works on.

mod by_hand;
mod case;
mod compare;
mod crowd;
mod engine;
mod figures;
mod frame;
mod growth;
mod inbox;
mod insert;
mod place;
mod process;
mod recorded;
mod serve;
mod store;
mod terminal;

pub use case::Case;
pub use engine::{CaseReport, EngineReport, Pair, Plan as EnginePlan, run as engine};
pub use figures::Spread;
pub use growth::{Growth, GrowthReport, Plan as GrowthPlan, run as growth};
pub use inbox::{InboxReport, Keys, Plan as InboxPlan, Start, run as inbox};
pub use insert::{InsertReport, Plan as InsertPlan, Size, Way, run as insert};
pub use serve::{Load, Plan as ServePlan, ServeReport, run as serve};

use crate::client::DeskError;
use thiserror::Error;

/// Why something could not be measured.
#[derive(Debug, Error)]
pub enum BenchError {
    /// The desk refused.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// SQLite refused.
    #[error("the measured database fails: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The system refused.
    #[error("{what}: {error}")]
    System {
        /// What was tried.
        what: String,
        /// What came of it.
        error: std::io::Error,
    },
    /// Both ways must end with the same content, or their times say nothing.
    #[error("both ways end with different rows, so nothing is measured: {}", .0.join("; "))]
    Different(Vec<String>),
    /// A URL that no measured database has.
    #[error(
        "{0:?} is no URL such as postgres://USER@HOST/DATABASE or mariadb://USER@HOST/DATABASE"
    )]
    Url(String),
    /// A measured program failed.
    #[error("{program} failed: {said}")]
    Tool {
        /// The program.
        program: String,
        /// What it said.
        said: String,
    },
    /// The program in the pseudo-terminal did not do what it was asked.
    #[error("the program in the pseudo-terminal {0}")]
    Terminal(String),
}

impl BenchError {
    fn system(what: impl Into<String>, error: std::io::Error) -> Self {
        BenchError::System {
            what: what.into(),
            error,
        }
    }
}

//! `crewdesk batch …`

use clap::Subcommand;

/// `crewdesk batch …`
#[derive(Debug, Subcommand)]
pub enum BatchCommand {
    /// List the batches that are not done, with how far they are
    List,
    /// Show a batch with what failed in it
    Show {
        /// Its id
        id: String,
    },
    /// Stop a batch: nothing more of it is done until it goes on
    Suspend {
        /// Its id
        id: String,
    },
    /// Let a suspended batch go on
    Activate {
        /// Its id
        id: String,
    },
    /// Give what failed in a batch a new try
    Retry {
        /// Its id
        id: String,
    },
    /// Cancel a batch: what is done stays done
    Cancel {
        /// Its id
        id: String,
    },
}

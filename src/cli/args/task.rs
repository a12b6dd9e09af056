//! `crewdesk task …`

use clap::Subcommand;

/// `crewdesk task …`
#[derive(Debug, Subcommand)]
pub enum TaskCommand {
    /// List tasks, the most urgent first
    List {
        /// Assigned to you
        #[arg(long)]
        mine: bool,
        /// You could claim them
        #[arg(long)]
        claimable: bool,
        /// Past their due date
        #[arg(long)]
        overdue: bool,
        /// Due before then
        #[arg(long, value_name = "WHEN")]
        due_before: Option<String>,
        /// Those that came back
        #[arg(long)]
        came_back: bool,
        /// Only those of this process
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// Assigned to this person
        #[arg(long, value_name = "U", conflicts_with_all = ["mine", "claimable"])]
        assignee: Option<String>,
        /// With all of these words in name, title or business key, in any case
        #[arg(long, value_name = "WORDS")]
        text: Option<String>,
    },
    /// Show a task with its form, and why it came back
    Show {
        /// Its id
        id: String,
    },
    /// Take a task
    Claim {
        /// Its id
        id: String,
    },
    /// Give a task back to those who may claim it
    Unclaim {
        /// Its id
        id: String,
    },
    /// Give a task to somebody
    Assign {
        /// Its id
        id: String,
        /// To whom
        #[arg(value_name = "USER")]
        to: String,
    },
    /// Move the due date, and its reminder
    Due {
        /// Its id
        id: String,
        /// The new due date
        #[arg(value_name = "WHEN")]
        when: String,
    },
    /// Show what completing would do, without writing anything
    Preview {
        /// Its id
        id: String,
        /// A form field: NAME=TEXT
        #[arg(long = "var", value_name = "N=TEXT")]
        variables: Vec<String>,
    },
    /// Say something about a task; it stands in the history
    Comment {
        /// Its id
        id: String,
        /// What
        text: String,
    },
    /// Complete a task
    Complete {
        /// Its id
        id: String,
        /// A variable: NAME=TEXT, NAME:=JSON, or NAME:TYPE=TEXT such as due:date=2026-01-31
        #[arg(long = "var", value_name = "N=TEXT|N:=JSON|N:TYPE=TEXT")]
        variables: Vec<String>,
        /// Also where the same content is in its table already
        #[arg(long)]
        again: bool,
    },
}

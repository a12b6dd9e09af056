//! Operating what runs: instances, versions of processes, jobs, incidents, events.

use clap::Subcommand;

/// `crewdesk instance …`
#[derive(Debug, Subcommand)]
pub enum InstanceCommand {
    /// List instances, the newest first
    List {
        /// Only running ones
        #[arg(long)]
        open: bool,
        /// Only those of this process
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// Only those on this version of it
        #[arg(long, value_name = "N", requires = "key")]
        version: Option<i32>,
        /// Only those with this business key
        #[arg(long, value_name = "K")]
        business_key: Option<String>,
    },
    /// Show an instance with its variables, what is running, who called it and whom it calls
    Show {
        /// Its id, or its business key
        id: String,
    },
    /// What happened in an instance
    History {
        /// Its id, or its business key
        id: String,
    },
    /// Draw the process with the instance's tokens
    Diagram {
        /// Its id, or its business key
        id: String,
        /// Draw with ASCII characters only
        #[arg(long)]
        ascii: bool,
    },
    /// Cancel an instance; a running insertion rolls back
    Cancel {
        /// Its id, or its business key
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Say something about an instance; it stands in the history
    Comment {
        /// Its id, or its business key
        id: String,
        /// What
        text: String,
    },
    /// Stop its running insertion: it rolls back and goes back to its employee
    Stop {
        /// Its id, or its business key
        id: String,
    },
    /// Take its finished insertion back, while nobody has touched its rows; a job of its own does it
    Undo {
        /// Its id, or its business key
        id: String,
    },
    /// Give failed jobs and external tasks a new try
    Retry {
        /// Its id, or its business key
        id: String,
    },
    /// Suspend an instance: nothing in it goes on
    Suspend {
        /// Its id, or its business key
        id: String,
    },
    /// Let a suspended instance go on
    Activate {
        /// Its id, or its business key
        id: String,
    },
    /// Set variables
    Set {
        /// Its id, or its business key
        id: String,
        /// NAME=TEXT, or NAME:=JSON for a typed value
        #[arg(required = true, value_name = "NAME=VALUE")]
        variables: Vec<String>,
    },
    /// Remove variables
    Unset {
        /// Its id, or its business key
        id: String,
        /// Their names
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// What an instance waits for: messages, signals and conditions
    Waits {
        /// Its id, or its business key
        id: String,
    },
    /// Move instances to another version of their process
    Migrate {
        /// Their ids
        #[arg(required_unless_present = "key", value_name = "ID")]
        ids: Vec<String>,
        /// All that run on a version of this process
        #[arg(long, value_name = "KEY", requires = "version", conflicts_with = "ids")]
        key: Option<String>,
        /// The version on which they run
        #[arg(long, value_name = "N", requires = "key")]
        version: Option<i32>,
        /// The version to which they go; the newest unless said otherwise
        #[arg(long, value_name = "N")]
        to_version: Option<i32>,
        /// An activity that has another id there
        #[arg(long, value_name = "OLD=NEW")]
        map: Vec<String>,
        /// Evaluate timers again, and names of messages and signals
        #[arg(long)]
        update_events: bool,
        /// Only say what would become of each
        #[arg(long)]
        dry_run: bool,
    },
    /// Move tokens: cancel first, then start
    Modify {
        /// Its id, or its business key
        id: String,
        /// Cancel all that runs of this activity
        #[arg(long, value_name = "ACTIVITY")]
        cancel: Vec<String>,
        /// Start before this activity
        #[arg(long, value_name = "ACTIVITY")]
        before: Vec<String>,
        /// Go on behind this activity
        #[arg(long, value_name = "ACTIVITY")]
        after: Vec<String>,
        /// Take this sequence flow
        #[arg(long, value_name = "FLOW")]
        flow: Vec<String>,
    },
}

/// `crewdesk process …`
#[derive(Debug, Subcommand)]
pub enum ProcessCommand {
    /// List processes with what runs on them
    List {
        /// All versions, not only the newest
        #[arg(long)]
        all: bool,
    },
    /// Histories whose time to live is over: removed by a worker, kept, or removed now
    Cleanup {
        /// What becomes of them
        what: CleanupArg,
    },
    /// Let a process start no more instances
    Suspend {
        /// Its key
        key: String,
        /// Only this version of it
        #[arg(long, value_name = "N")]
        version: Option<i32>,
        /// Its running instances too
        #[arg(long)]
        instances: bool,
    },
    /// Let a suspended process start instances again
    Activate {
        /// Its key
        key: String,
        /// Only this version of it
        #[arg(long, value_name = "N")]
        version: Option<i32>,
        /// Its suspended instances too
        #[arg(long)]
        instances: bool,
    },
    /// Delete a version on which nothing runs
    Delete {
        /// Its key
        key: String,
        /// The version
        #[arg(long, value_name = "N")]
        version: i32,
        /// The history of the instances that ended on it, too
        #[arg(long)]
        history: bool,
    },
}

/// `crewdesk job …`
#[derive(Debug, Subcommand)]
pub enum JobCommand {
    /// List jobs, the first due first
    List {
        /// Only those that have failed for good
        #[arg(long)]
        failed: bool,
        /// Only those of this instance
        #[arg(long, value_name = "ID")]
        instance: Option<String>,
    },
    /// Give failed jobs a new try
    Retry {
        /// Their ids
        #[arg(value_name = "ID")]
        ids: Vec<String>,
        /// Everything that has failed, external tasks too
        #[arg(long, conflicts_with = "ids")]
        all: bool,
        /// Everything that has failed in instances of this process
        #[arg(long, value_name = "KEY", conflicts_with = "ids")]
        key: Option<String>,
        /// How many tries
        #[arg(long, default_value_t = 1, value_name = "N")]
        retries: i32,
    },
    /// Execute a job now, due or not
    Run {
        /// Its id
        id: String,
    },
    /// Suspend jobs: no worker takes them until they are activated
    Suspend(JobsArg),
    /// Let suspended jobs go on
    Activate(JobsArg),
    /// Set the priority of a job: of those that are due the highest is taken first
    Priority {
        /// Its id; not with --definition
        #[arg(required_unless_present = "definition", conflicts_with = "definition")]
        id: Option<String>,
        /// The priority; with --definition without one as the model says
        #[arg(
            long = "to",
            value_name = "N",
            allow_hyphen_values = true,
            required_unless_present = "definition"
        )]
        priority: Option<i64>,
        /// Of the new jobs of this job definition
        #[arg(long, value_name = "ID")]
        definition: Option<String>,
        /// And of its jobs that are there
        #[arg(long, requires = "definition", requires = "priority")]
        jobs: bool,
    },
    /// List job definitions: what the jobs of a process have in common
    Definitions {
        /// Only those of this process
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
    },
    /// Move the due date of a job
    Due {
        /// Its id
        id: String,
        /// When: `2026-03-01 10:00`, `+2h`, `tomorrow 9:00`; without it, now
        when: Option<String>,
    },
}

/// Jobs, or what they have in common.
#[derive(Debug, clap::Args)]
pub struct JobsArg {
    /// Their ids
    #[arg(value_name = "ID", required_unless_present = "definition")]
    pub ids: Vec<String>,
    /// The new jobs of this job definition
    #[arg(long, value_name = "ID", conflicts_with = "ids")]
    pub definition: Option<String>,
    /// And its jobs that are there
    #[arg(long, requires = "definition")]
    pub jobs: bool,
}

/// `crewdesk incident …`
#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
    /// List open incidents with their cause, the oldest first
    List {
        #[command(flatten)]
        only: IncidentFilter,
    },
    /// Give what failed a new try: these, or all that fit
    Retry {
        /// Their ids
        #[arg(value_name = "ID", required_unless_present_any = ["key", "activity", "cause", "instance"])]
        ids: Vec<String>,
        #[command(flatten)]
        only: IncidentFilter,
    },
}

/// What becomes of histories whose time to live is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum CleanupArg {
    /// A worker removes them
    On,
    /// They are kept
    Off,
    /// They are removed now
    Now,
}

/// Which incidents are meant: those that fit all of it.
#[derive(Debug, Default, clap::Args)]
pub struct IncidentFilter {
    /// In instances of this process
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// At this activity
    #[arg(long, value_name = "ID")]
    pub activity: Option<String>,
    /// With this in their cause, in any case
    #[arg(long, value_name = "TEXT")]
    pub cause: Option<String>,
    /// In this instance
    #[arg(long, value_name = "ID")]
    pub instance: Option<String>,
}

/// `crewdesk message …`
#[derive(Debug, Subcommand)]
pub enum MessageCommand {
    /// Send a message to the one instance that waits for it, or start what it starts
    Send {
        /// The message's name
        name: String,
        /// Only to the instance with this business key
        #[arg(long, value_name = "K")]
        business_key: Option<String>,
        /// Only to this instance
        #[arg(long, value_name = "ID")]
        instance: Option<String>,
        /// Only to an instance with this variable: NAME=TEXT or NAME:=JSON
        #[arg(long, value_name = "NAME=VALUE")]
        key: Vec<String>,
        /// A variable that it brings: NAME=TEXT or NAME:=JSON
        #[arg(long, value_name = "NAME=VALUE")]
        var: Vec<String>,
        /// To all who wait, however many
        #[arg(long)]
        all: bool,
    },
}

/// `crewdesk signal …`
#[derive(Debug, Subcommand)]
pub enum SignalCommand {
    /// Send a signal to all who wait for it
    Send {
        /// The signal's name
        name: String,
        /// Only to this execution
        #[arg(long, value_name = "ID")]
        execution: Option<String>,
        /// A variable that it brings: NAME=TEXT or NAME:=JSON
        #[arg(long, value_name = "NAME=VALUE")]
        var: Vec<String>,
    },
}

impl InstanceCommand {
    /// The instance it is about, where it is about one.
    pub fn id(&mut self) -> Option<&mut String> {
        match self {
            InstanceCommand::List { .. } | InstanceCommand::Migrate { .. } => None,
            InstanceCommand::Show { id }
            | InstanceCommand::History { id }
            | InstanceCommand::Diagram { id, .. }
            | InstanceCommand::Cancel { id, .. }
            | InstanceCommand::Comment { id, .. }
            | InstanceCommand::Stop { id }
            | InstanceCommand::Undo { id }
            | InstanceCommand::Retry { id }
            | InstanceCommand::Suspend { id }
            | InstanceCommand::Activate { id }
            | InstanceCommand::Set { id, .. }
            | InstanceCommand::Unset { id, .. }
            | InstanceCommand::Waits { id }
            | InstanceCommand::Modify { id, .. } => Some(id),
        }
    }
}

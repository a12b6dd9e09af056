//! What can be said on the command line. The contract for scripts: names here do not change.

mod batch;
mod decision;
mod java;
mod operate;
mod task;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

pub use batch::*;
pub use decision::*;
pub use java::*;
pub use operate::*;
pub use task::*;

/// A team's task desk in the terminal, on a real BPMN workflow engine.
///
/// Without a command the desk opens in the terminal.
#[derive(Debug, Parser)]
#[command(
    name = "crewdesk",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
#[command(after_help = "\
WHEN is ISO 8601 (2026-11-30T17:00), a date and time (2026-11-30 17:00), or in words: in 2h, +2d, fri 17:00.
An ID may be cut to its beginning or end as long as it is unambiguous.
Start with `crewdesk demo`, or with `crewdesk user add NAME --role head`.")]
pub struct Cli {
    #[command(flatten)]
    pub at: At,
    /// What to do
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Which desk, and who is at it.
#[derive(Debug, Args)]
pub struct At {
    /// The desk's database (default: in the data folder of your account)
    #[arg(long, global = true, env = "CREWDESK_DB", value_name = "PATH")]
    pub db: Option<PathBuf>,
    /// A desk that is served elsewhere: unix:PATH, http://HOST:PORT or https://HOST; also Camunda 7's
    #[arg(long, global = true, env = "CREWDESK_SERVER", value_name = "ADDRESS")]
    pub server: Option<String>,
    /// Who you are on the desk
    #[arg(long, global = true, env = "CREWDESK_USER", value_name = "NAME")]
    pub user: Option<String>,
    /// Answer in JSON, with the field names of Camunda's REST API
    #[arg(long, global = true)]
    pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open a sandbox team with work under way, or play the whole story without a terminal
    Demo {
        /// Play the story, print each step, and fail if one does not do what it says
        #[arg(long)]
        headless: bool,
    },
    /// Deploy BPMN and DMN files and forms: all of them or, if one has an error, none
    Deploy {
        /// The files, of a folder those in it; what they import and the forms and scripts that they
        /// name come along where they lie beside them
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        java: JavaArg,
    },
    /// Check models without deploying them: what is wrong, and what may be meant otherwise
    Lint {
        /// BPMN and DMN files and forms that would be deployed together; of a folder those in it
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        java: JavaArg,
    },
    /// Look at the desk's health and say what to do where something is wrong
    Doctor,
    /// People and worker accounts
    #[command(subcommand)]
    User(UserCommand),
    /// The databases that jobs insert into
    #[command(subcommand)]
    Connection(ConnectionCommand),
    /// Start an instance of a process
    Start(StartArgs),
    /// User tasks
    #[command(subcommand)]
    Task(TaskCommand),
    /// Process instances
    #[command(subcommand)]
    Instance(InstanceCommand),
    /// Processes, their versions and what runs on them
    #[command(subcommand)]
    Process(ProcessCommand),
    /// Jobs: timers and asynchronous steps
    #[command(subcommand)]
    Job(JobCommand),
    /// Batches: one thing done to many, by a worker
    #[command(subcommand)]
    Batch(BatchCommand),
    /// What has failed and waits for somebody
    #[command(subcommand)]
    Incident(IncidentCommand),
    /// Messages for waiting instances
    #[command(subcommand)]
    Message(MessageCommand),
    /// Signals for everybody
    #[command(subcommand)]
    Signal(SignalCommand),
    /// Insert a data frame into a table, without a process
    #[command(
        override_usage = "crewdesk insert [OPTIONS] FILE... CONNECTION TABLE\n       crewdesk insert --undo KEY"
    )]
    Insert(Box<InsertArgs>),
    /// Decisions: deployed ones, and those of files
    #[command(subcommand)]
    Decision(DecisionCommand),
    /// Evaluate a FEEL expression
    Feel(FeelArgs),
    /// What you should know
    Notifications {
        /// Only unread ones
        #[arg(long)]
        unread: bool,
        /// Mark all of them as read
        #[arg(long)]
        mark_read: bool,
    },
    /// Background work
    #[command(subcommand)]
    Worker(WorkerCommand),
    /// Serve the desk to the team: Camunda 7's REST API on a Unix socket or an address
    Serve(ServeArgs),
    /// Measure this machine beside hand-written SQLite
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// `crewdesk serve`
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// A Unix socket; who calls is known from the operating system
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// An address, such as 127.0.0.1:8080; who calls says so with HTTP Basic (default without
    /// a socket: 127.0.0.1:8080)
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<std::net::SocketAddr>,
    /// Let everybody who reaches the address do everything; only on this machine
    #[arg(long)]
    pub no_auth: bool,
    /// Do no background work in this process
    #[arg(long)]
    pub no_worker: bool,
}

/// `crewdesk user …`
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a user; the first one must be a head
    Add {
        /// Login name
        name: String,
        /// What the user may do
        #[arg(long)]
        role: RoleArg,
        /// A group of the user; may be repeated
        #[arg(long = "group", value_name = "G")]
        groups: Vec<String>,
        /// A topic that a worker account is limited to; may be repeated
        #[arg(long = "topic", value_name = "T")]
        topics: Vec<String>,
        /// Read a password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Change the role or the groups of a user
    Edit {
        /// Login name
        name: String,
        /// What the user may do from now on
        #[arg(long)]
        role: Option<RoleArg>,
        /// A group of the user, in place of those so far; may be repeated
        #[arg(long = "group", value_name = "G", conflicts_with = "no_groups")]
        groups: Vec<String>,
        /// Take the user out of all groups
        #[arg(long)]
        no_groups: bool,
    },
    /// Remove a user; what they did stays in the history, their open tasks go on
    Remove {
        /// Login name
        name: String,
        /// Who takes over the open tasks; without, they are free to claim
        #[arg(long, value_name = "U")]
        hand_to: Option<String>,
    },
    /// List the users
    List,
    /// Limit a worker account to topics; without one it may work on all
    Topics {
        /// The worker account
        name: String,
        /// The topics
        topics: Vec<String>,
    },
    /// Say which account of the operating system is a user on the desk's socket
    Account {
        /// The user
        name: String,
        /// The account; the one of the user's own name when left out
        account: Option<String>,
    },
    /// Set a password, or clear it with an empty one
    Passwd {
        /// Whose; your own when left out
        name: Option<String>,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
}

/// The roles.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RoleArg {
    /// Launches, watches, manages people and connections
    Head,
    /// Works on tasks
    Employee,
    /// Fetches external tasks
    Worker,
}

/// `crewdesk connection …`
#[derive(Debug, Subcommand)]
pub enum ConnectionCommand {
    /// Add a connection, or set a new password of the one that leads there already
    Add {
        /// What people call it
        name: String,
        /// Where it leads: sqlite:PATH, postgres://USER@HOST/DATABASE, mariadb://USER@HOST/DATABASE
        url: String,
        /// Read a password from standard input
        #[arg(long)]
        password_stdin: bool,
        /// Replace the connection of that name
        #[arg(long)]
        replace: bool,
        /// Whose user and password it uses [default: shared]
        #[arg(long, value_name = "WHOSE")]
        credentials: Option<CredentialsArg>,
    },
    /// List the connections
    List,
    /// Show a connection: where it leads, who may use it, how old its passwords are
    Show {
        /// Its name
        name: String,
    },
    /// Say whose user and password a connection uses; passwords that are not used any more go
    Credentials {
        /// Its name
        name: String,
        /// Whose
        #[arg(value_name = "WHOSE")]
        credentials: CredentialsArg,
    },
    /// Set a new password for all, once the server has taken it; jobs under way use the new one
    Rotate {
        /// Its name
        name: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Store your own login for a connection, once the server has taken it
    Login {
        /// Its name
        name: String,
        /// The user to log in as [default: the one in its URL]
        #[arg(long, value_name = "U")]
        user_name: Option<String>,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Forget your own login for a connection
    Logout {
        /// Its name
        name: String,
    },
    /// Say who may use a connection, for which tables, in which modes; nothing said, it is shown
    Limit {
        /// Its name
        name: String,
        /// Employees of this group may use it
        #[arg(long = "group", value_name = "GROUP")]
        groups: Vec<String>,
        /// It is for this table; * stands for any letters
        #[arg(long = "table", value_name = "TABLE")]
        tables: Vec<String>,
        /// It is for this mode: append, replace, upsert or create
        #[arg(long = "mode", value_name = "MODE")]
        modes: Vec<String>,
        /// Insert without a line in a ledger, where none can be made: not exactly once
        #[arg(long)]
        without_ledger: bool,
        /// Take all limits away: everybody may use it for everything
        #[arg(long, conflicts_with_all = ["groups", "tables", "modes", "without_ledger"])]
        none: bool,
    },
    /// Connect and list the tables
    Test {
        /// Its name
        name: String,
        /// Of one that asks each time: as the database knows you, where its URL does not say it
        #[arg(long, value_name = "NAME")]
        user_name: Option<String>,
        /// Of one that asks each time: the password is on standard input, for this once
        #[arg(long)]
        password_stdin: bool,
    },
    /// Remove a connection
    Remove {
        /// Its name
        name: String,
    },
}

/// Whose user and password a connection uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CredentialsArg {
    /// The team's
    Shared,
    /// Everybody's own, kept encrypted
    Personal,
    /// What is typed for each job
    Asked,
}

/// `crewdesk start …`
#[derive(Debug, Args)]
pub struct StartArgs {
    /// Process definition key, such as database-insertion
    pub key: String,
    /// Business key
    #[arg(long, value_name = "K")]
    pub business_key: Option<String>,
    /// A variable: NAME=TEXT; NAME:=JSON for a number, true, false, null, a list or a map; or
    /// NAME:TYPE=TEXT, of type date or dateTime (which become a Date), number, boolean, or feel
    #[arg(long = "var", value_name = "N=TEXT|N:=JSON|N:TYPE=TEXT")]
    pub variables: Vec<String>,
    /// Whose the first task is
    #[arg(long, value_name = "U")]
    pub assignee: Option<String>,
    /// A user who may claim it; may be repeated
    #[arg(long = "candidate-user", value_name = "U")]
    pub candidate_users: Vec<String>,
    /// A group whose members may claim it; may be repeated
    #[arg(long = "candidate-group", value_name = "G")]
    pub candidate_groups: Vec<String>,
    /// When it must be done
    #[arg(long, value_name = "WHEN")]
    pub due: Option<String>,
    /// 0 to 100, 50 unless said otherwise
    #[arg(long, value_name = "N")]
    pub priority: Option<i32>,
    /// Start although an active instance has the same business key
    #[arg(long)]
    pub again: bool,
}

impl TaskCommand {
    /// The task it is about, where it is about one.
    pub fn id(&mut self) -> Option<&mut String> {
        match self {
            TaskCommand::List { .. } => None,
            TaskCommand::Show { id }
            | TaskCommand::Claim { id }
            | TaskCommand::Unclaim { id }
            | TaskCommand::Assign { id, .. }
            | TaskCommand::Due { id, .. }
            | TaskCommand::Preview { id, .. }
            | TaskCommand::Comment { id, .. }
            | TaskCommand::Complete { id, .. } => Some(id),
        }
    }
}

/// `crewdesk insert …`
#[derive(Debug, Args)]
pub struct InsertArgs {
    /// A data frame: CSV, JSON, JSON lines (also packed with gzip or zstd), Parquet or an Excel
    /// workbook; several such files, a folder or a 'pattern' of them as one frame; - for standard
    /// input; with --from a SELECT. Then the name of a connection, and the table
    #[arg(
        required_unless_present_any = ["undo", "list"],
        num_args = 3..,
        value_names = ["FILE", "CONNECTION", "TABLE"]
    )]
    pub words: Vec<PathBuf>,
    /// The connection that gives the rows of the SELECT
    #[arg(long, value_name = "CONNECTION", conflicts_with = "rows_only")]
    pub from: Option<String>,
    /// Keep for 7 days what is needed to take it back; prints its key
    #[arg(long, conflicts_with = "rows_only")]
    pub undoable: bool,
    /// Take the insertion of this key back, while nobody has touched its rows
    #[arg(long, value_name = "KEY", conflicts_with_all = ["words", "undoable", "rows_only"])]
    pub undo: Option<String>,
    /// List past insertions, the newest first: all for a team head, else one's own
    #[arg(long, conflicts_with_all = ["words", "undo", "undoable", "rows_only"])]
    pub list: bool,
    /// What happens to the rows that are there
    #[arg(long, value_name = "M", default_value = "append")]
    pub mode: ModeArg,
    /// A column by which rows are told apart: for upsert of a unique key [default: the primary
    /// key], for create of the primary key [default: none]; may be repeated
    #[arg(long = "key", value_name = "COLUMN")]
    pub key: Vec<String>,
    /// SQL over the frame, which is the table `frame`
    #[arg(long, value_name = "SQL")]
    pub query: Option<String>,
    /// A column of the table takes one of the frame by another name; may be repeated
    #[arg(long = "map", value_name = "COLUMN=FRAME_COLUMN")]
    pub maps: Vec<String>,
    /// A column of the table takes this value; may be repeated
    #[arg(long = "set", value_name = "COLUMN=VALUE")]
    pub sets: Vec<String>,
    /// What stands for NULL and empty text in a column of the table; may be repeated
    #[arg(long = "default", value_name = "COLUMN=VALUE")]
    pub defaults: Vec<String>,
    /// A column of the frame stays out; may be repeated
    #[arg(long = "leave-out", value_name = "FRAME_COLUMN")]
    pub left_out: Vec<String>,
    /// Take blanks around values away; all: inside quotes, too
    #[arg(long, value_name = "YES|ALL", num_args = 0..=1, require_equals = true, default_missing_value = "yes")]
    pub trim: Option<String>,
    /// Unquoted text that means NULL, besides the empty field, such as NA or '\N'; may be repeated
    #[arg(long = "null", value_name = "TEXT")]
    pub null_texts: Vec<String>,
    /// What separates two values, such as ; or tab or '\t' [default: found out]
    #[arg(long, value_name = "SIGN")]
    pub separator: Option<String>,
    /// How days and times are written, such as dd.MM.yyyy, dd-MMM-yy, dd.MM.yyyy HH:mm or %d.%m.%Y
    /// [default: yyyy-MM-dd]; may be repeated, for columns that are written otherwise
    #[arg(long, value_name = "[COLUMN=]FORMAT")]
    pub date_format: Vec<String>,
    /// How numbers are written, such as 1.234,56 [default: 1234.56]; may be repeated, for columns
    /// that are written otherwise
    #[arg(long, value_name = "[COLUMN=]EXAMPLE")]
    pub numbers: Vec<String>,
    /// The words for true and false, such as ja/nein [default: true/false, yes/no, on/off, 1/0]; may
    /// be repeated, for columns that are written otherwise
    #[arg(long, value_name = "[COLUMN=]YES/NO")]
    pub booleans: Vec<String>,
    /// Whose clocks show times without a zone, such as Europe/Berlin, and are shown by columns that
    /// keep none [default: UTC]
    #[arg(long, value_name = "REGION")]
    pub time_zone: Option<String>,
    /// How many lines of a text, or rows of a sheet, stand above the header [default: 0]
    #[arg(long, value_name = "N")]
    pub skip_lines: Option<u64>,
    /// Whether the first line names the columns; without names they go by their place
    #[arg(long, value_name = "YES|NO")]
    pub header: Option<String>,
    /// What stands around a value, or none [default: found out]
    #[arg(long, value_name = "SIGN")]
    pub quote: Option<String>,
    /// What stands before signs that mean something else, '\' in text exports of databases (\t, \n,
    /// \N for NULL) [default: none]
    #[arg(long, value_name = "SIGN")]
    pub escape: Option<String>,
    /// How characters are written, such as windows-1252 [default: found out]
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// The sheet of a workbook [default: the first]
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// A column whose values must be in another table, such as 'customer_id -> customers.id': a
    /// row whose value is missing there keeps all rows out; may be repeated
    #[arg(
        long = "reference",
        value_name = "COLUMN -> TABLE.COLUMN",
        conflicts_with = "rows_only"
    )]
    pub references: Vec<String>,
    /// Count the different values of this column, or of all, instead of estimating them; may be
    /// repeated
    #[arg(
        long = "exact-distinct",
        value_name = "COLUMN",
        conflicts_with = "rows_only"
    )]
    pub exact_distinct: Vec<String>,
    /// Rows to fix or leave out on their way, as CSV: line,column,value with the lines that refusals
    /// name (or record,column,value; of several files file,line,column,value); without a column the
    /// row is left out
    #[arg(long, value_name = "FILE")]
    pub patch: Option<PathBuf>,
    /// List all refused rows in this file, which must not be there: line,record,column,value,reason.
    /// Mend the values there, and hand it back by --patch
    #[arg(long, value_name = "FILE", conflicts_with = "query")]
    pub rejects: Option<PathBuf>,
    /// Who logs in, where the connection asks each time
    #[arg(long, value_name = "U")]
    pub user_name: Option<String>,
    /// Read the password from standard input, where the connection asks each time
    #[arg(long)]
    pub password_stdin: bool,
    /// Insert also what is in the table already: the same content a second time
    #[arg(long)]
    pub again: bool,
    /// Check all rows and keep none; fails if a row would be refused, or kept as another. The
    /// database tries them in a transaction that it takes back, and holds its locks meanwhile
    #[arg(long, conflicts_with = "rows_only")]
    pub dry_run: bool,
    /// Nothing but the rows: keeps no copy of the file, reads no facts back, writes no ledger
    #[arg(long)]
    pub rows_only: bool,
}

/// What happens to the rows that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModeArg {
    /// Keeps them
    Append,
    /// Removes them, in the same transaction
    Replace,
    /// Updates those whose key comes
    Upsert,
    /// There are none: makes the table from the frame
    Create,
}

/// `crewdesk worker …`
#[derive(Debug, Subcommand)]
pub enum WorkerCommand {
    /// Do background work: timers, insertions, reminders
    Run {
        /// End when nothing is due and nothing can be locked
        #[arg(long)]
        until_idle: bool,
    },
}

/// `crewdesk bench …`
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Instances from start to end, durable, beside hand-written SQLite
    Engine {
        /// Of which process; all without it. May be repeated
        #[arg(long = "of", value_name = "PROCESS")]
        cases: Vec<crate::bench::Case>,
        /// Instances in each run; fewer of the longer processes
        #[arg(long, default_value_t = 2000)]
        instances: u32,
        /// Runs of each kind; their median counts
        #[arg(long, default_value_t = 5)]
        rounds: u32,
        /// Measure how much slower it is in this file, full of instances, than in an empty one;
        /// made where it is not there, and kept
        #[arg(long, value_name = "FILE")]
        filled: Option<PathBuf>,
        /// Open instances that the file is made with
        #[arg(long, default_value_t = 100_000, requires = "filled")]
        open: u32,
        /// Ended instances that the file is made with
        #[arg(long, default_value_t = 1_000_000, requires = "filled")]
        finished: u32,
    },
    /// A served desk under load, beside the same without HTTP
    Serve {
        /// External tasks to fetch and complete
        #[arg(long, default_value_t = 5000)]
        tasks: u32,
        /// Workers at once
        #[arg(long, default_value_t = 64)]
        workers: u32,
        /// Desks that refresh at once
        #[arg(long, default_value_t = 200)]
        desks: u32,
        /// How often each refreshes
        #[arg(long, default_value_t = 20)]
        refreshes: u32,
    },
    /// Rows into a database, beside the tool that comes with it
    Insert {
        /// Rows of the file, of ten columns; may be repeated
        #[arg(long = "rows", value_name = "N", default_values_t = [10_000, 100_000, 1_000_000])]
        sizes: Vec<u64>,
        /// Runs of each kind; their median counts
        #[arg(long, default_value_t = 5)]
        rounds: u32,
        /// A database of a server instead of SQLite: postgres://USER@HOST/DATABASE or
        /// mariadb://…; its password in CREWDESK_BENCH_PASSWORD
        #[arg(long, value_name = "URL")]
        into: Option<String>,
        /// Half of the rows are there, with other values, and are updated by their key
        #[arg(long)]
        upsert: bool,
        /// A Python with pandas and SQLAlchemy (and psycopg2 or pymysql): its to_sql is measured, too
        #[arg(long, value_name = "PYTHON")]
        pandas: Option<PathBuf>,
    },
    /// A desk with many tasks: time to the first frame and from key to frame
    Inbox {
        /// Open tasks
        #[arg(long, default_value_t = 100_000)]
        tasks: u32,
        /// History rows
        #[arg(long, default_value_t = 1_000_000)]
        history: u32,
        /// Starts of the program, in each of two kinds of terminal
        #[arg(long, default_value_t = 20)]
        starts: u32,
        /// Keys
        #[arg(long, default_value_t = 600)]
        keys: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::{Command, CommandFactory};

    /// An argument of the same name would put its value in place of the global one.
    fn names_are_no_global_ones(command: &Command) {
        for sub in command.get_subcommands() {
            for argument in sub.get_arguments() {
                let name = argument.get_id().as_str();
                let global = ["db", "server", "user", "json"].contains(&name);
                assert!(!global, "{} takes {name}", sub.get_name());
            }
            names_are_no_global_ones(sub);
        }
    }

    #[test]
    fn global_options_stay_what_they_are() {
        Cli::command().debug_assert();
        names_are_no_global_ones(&Cli::command());
    }
}

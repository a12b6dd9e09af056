//! The command line: everything the screens do, for scripts.
//!
//! Floor 9. Reaches no lower than `client`. Answers go to standard output, errors to
//! standard error with a non-zero exit.

mod args;
mod commands;
mod ids;
mod interrupt;
mod line;
mod output;
mod said;
mod session;
mod vars;
mod zone;

use args::{At, Cli, Command, InsertArgs};
use clap::builder::Resettable;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches};
use output::Output;
use session::Session;
use std::process::ExitCode;

/// What ends a command early: a sentence for people, already free of secrets.
#[derive(Debug)]
pub struct Failure(String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure(error.to_string())
    }
}

impl Failure {
    fn new(text: impl Into<String>) -> Self {
        Failure(text.into())
    }
}

type Done = Result<(), Failure>;

/// Runs the program with the arguments of the process.
pub fn run() -> ExitCode {
    if let Some(doubt) = zone::doubt() {
        eprintln!("warning: {doubt}");
    }
    let parsed = parse();
    let json = parsed
        .as_ref()
        .map_or_else(|_| wants_json(), |cli| cli.at.json);
    let out = Output::new(json);
    match parsed.and_then(|cli| dispatch(cli, &out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(text)) => {
            line::clear();
            out.fail(&text);
            let lines: Vec<_> = text.lines().map(output::clean).collect();
            eprintln!("crewdesk: {}", lines.join("\n"));
            ExitCode::FAILURE
        }
    }
}

/// Whether JSON is asked for where what was said can not be read.
fn wants_json() -> bool {
    std::env::args_os().any(|arg| arg == "--json")
}

/// The commands. What is done where the desk's database is does not offer `--server`; who says it
/// all the same hears why not.
fn command() -> clap::Command {
    let here = |command: clap::Command| {
        let server = clap::Arg::new("server")
            .long("server")
            .env("CREWDESK_SERVER")
            .value_name("ADDRESS");
        command.arg(server.global(true).hide(true))
    };
    Cli::command()
        .mut_subcommand("serve", here)
        .mut_subcommand("worker", |worker| worker.mut_subcommand("run", here))
}

/// The same, with what stands on the command line alone.
fn without_environment() -> clap::Command {
    fn plain(command: clap::Command) -> clap::Command {
        let command = command.mut_args(|arg| arg.env(Resettable::Reset));
        command.mut_subcommands(plain)
    }
    plain(command())
}

/// An insertion that was said without a mistake. It is what scripts call most, and all other
/// commands take longer to set up than its first rows.
fn insertion() -> Option<(ArgMatches, Cli)> {
    std::env::args_os()
        .nth(1)
        .filter(|first| first == "insert")?;
    let insert = InsertArgs::augment_args(clap::Command::new("insert"));
    let only = At::augment_args(clap::Command::new("crewdesk")).subcommand(insert);
    let matches = only.try_get_matches().ok()?;
    let said = InsertArgs::from_arg_matches(matches.subcommand_matches("insert")?).ok()?;
    let cli = Cli {
        at: At::from_arg_matches(&matches).ok()?,
        command: Some(Command::Insert(Box::new(said))),
    };
    Some((matches, cli))
}

/// What was said; of mistakes and help all commands tell.
fn whole() -> (ArgMatches, Cli) {
    let matches = command().try_get_matches().unwrap_or_else(|error| {
        if error.use_stderr() && wants_json() {
            let told = error.to_string();
            let told = told.split("\n\n").next().unwrap_or_default();
            let told = told.strip_prefix("error: ").unwrap_or(told);
            Output::new(true).fail(told);
        }
        // What the environment says was not typed: the usage does not ask for it.
        match (error.use_stderr(), without_environment().try_get_matches()) {
            (true, Err(typed)) => typed.exit(),
            _ => error.exit(),
        }
    });
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    (matches, cli)
}

/// What was said; of a desk here and one elsewhere the one that stands on the command line.
fn parse() -> Result<Cli, Failure> {
    let (matches, mut cli) = insertion().unwrap_or_else(whole);
    let said = |name: &str| matches.value_source(name) == Some(ValueSource::CommandLine);
    match (said("db"), said("server")) {
        (true, true) => Err(Failure::new(
            "--db is a desk here and --server one elsewhere: say which of them",
        )),
        (true, false) => {
            cli.at.server = None;
            Ok(cli)
        }
        _ => Ok(cli),
    }
}

fn dispatch(cli: Cli, out: &Output) -> Done {
    let session = Session::new(cli.at.db, cli.at.server, cli.at.user);
    match cli.command {
        None => commands::desk::open(&session),
        Some(Command::Demo { headless }) => commands::demo::run(&session, out, headless),
        Some(Command::Deploy { files, java }) => commands::deploy::run(&session, out, &files, java),
        Some(Command::Lint { files, java }) => commands::lint::run(&session, out, &files, java),
        Some(Command::Process(command)) => commands::operate::process(&session, out, command),
        Some(Command::Job(command)) => commands::job::run(&session, out, command),
        Some(Command::Batch(command)) => commands::batch::run(&session, out, command),
        Some(Command::Incident(command)) => commands::operate::incident(&session, out, command),
        Some(Command::Message(command)) => commands::operate::message(&session, out, command),
        Some(Command::Signal(command)) => commands::operate::signal(&session, out, command),
        Some(Command::Doctor) => commands::doctor::run(&session, out),
        Some(Command::User(command)) => commands::user::run(&session, out, command),
        Some(Command::Connection(command)) => commands::connection::run(&session, out, command),
        Some(Command::Start(args)) => commands::start::run(&session, out, args),
        Some(Command::Task(command)) => commands::task::run(&session, out, command),
        Some(Command::Instance(command)) => commands::instance::run(&session, out, command),
        Some(Command::Insert(args)) => commands::insert::run(&session, out, *args),
        Some(Command::Decision(command)) => commands::decision::run(&session, out, command),
        Some(Command::Feel(args)) => commands::feel::run(&session, out, args),
        Some(Command::Notifications { unread, mark_read }) => {
            commands::notifications::run(&session, out, unread, mark_read)
        }
        Some(Command::Worker(command)) => commands::worker::run(&session, out, command),
        Some(Command::Serve(args)) => commands::serve::run(&session, args),
        Some(Command::Bench(command)) => commands::bench::run(&session, out, command),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command(), "crewdesk", &mut script);
            // Whoever reads only its beginning has closed the pipe.
            let _ = std::io::Write::write_all(&mut std::io::stdout(), &script);
            Ok(())
        }
    }
}

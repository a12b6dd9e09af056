//! `crewdesk`: the desk in the terminal, with background work beside it.

use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::{Done, Failure, commands};
use crate::client::value::words::io_error;
use crate::client::{Answer, Client, DeskError, Host, Role, Server, User};
use crate::tui::{self, Config, Door, Greeting, Options, config};
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// Settings larger than this were not written by hand.
const LARGEST_CONFIG: u64 = 1024 * 1024;

/// Opens the desk; the first time, greets.
pub fn open(session: &Session) -> Done {
    need_terminal()?;
    if let Some(server) = session.server()? {
        return open_server(session, server);
    }
    if session.path()?.exists() {
        let host = session.host()?;
        if !host.users()?.is_empty() {
            return open_host(&host, session);
        }
    }
    match tui::greet(options()?)? {
        Greeting::Demo => commands::demo::run(&session.elsewhere(), &Output::new(false), false),
        Greeting::OwnTeam { name, password } => {
            let host = session.new_host()?;
            host.add_first_user(&name, Role::Head, &[], password.as_deref())?;
            let client = host.client(&name, password.as_deref())?;
            show(&host, Some((client.whoami()?, client)))
        }
        Greeting::Leave => Ok(()),
    }
}

/// Opens the terminal on a desk that is served elsewhere; its work is done there.
fn open_server(session: &Session, server: Server) -> Done {
    let client = session.client_at(&server)?;
    let user = client.whoami()?;
    let door = Gate {
        server,
        me: user.id.clone(),
        client: client.clone(),
        known: Mutex::new(vec![user.clone()]),
    };
    Ok(tui::run(Arc::new(door), Some((user, client)), options()?)?)
}

/// Opens the terminal on an open desk.
pub fn open_host(host: &Host, session: &Session) -> Done {
    need_terminal()?;
    let user = match session.user() {
        Some(_) => {
            let client = session.client_of(host)?;
            Some((client.whoami()?, client))
        }
        None => None,
    };
    show(host, user)
}

fn show(host: &Host, user: Option<(User, Arc<dyn Client>)>) -> Done {
    let options = options()?;
    let _work = host.work_beside()?;
    Ok(tui::run(Arc::new(FrontDoor(host.clone())), user, options)?)
}

struct FrontDoor(Host);

impl Door for FrontDoor {
    fn users(&self) -> Answer<Vec<User>> {
        self.0.users()
    }

    fn enter(&self, user: &str, password: Option<&str>) -> Answer<Arc<dyn Client>> {
        self.0.client(user, password)
    }
}

/// The way to a desk that is served elsewhere. Who came in first needs no password again where
/// the operating system vouches for them.
struct Gate {
    server: Server,
    me: String,
    client: Arc<dyn Client>,
    /// Everybody, as last heard of.
    known: Mutex<Vec<User>>,
}

/// How long a choice of people waits for a server; then those who are known are shown.
const AT_ONCE: Duration = Duration::from_secs(1);

impl Door for Gate {
    fn users(&self) -> Answer<Vec<User>> {
        let (tell, told) = mpsc::channel();
        let client = self.client.clone();
        std::thread::spawn(move || tell.send(client.users()));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(Ok(mut users)) = told.recv_timeout(AT_ONCE) {
            for user in &mut users {
                user.has_password |= user.id != self.me;
            }
            *known = users;
        }
        Ok(known.clone())
    }

    fn enter(&self, user: &str, password: Option<&str>) -> Answer<Arc<dyn Client>> {
        self.server.enter(Some(user), &mut |user| {
            let missing = || DeskError::Forbidden(format!("{user} needs a password here"));
            password.map(str::to_owned).ok_or_else(missing)
        })
    }
}

fn need_terminal() -> Done {
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Failure::new(
        "the desk needs a terminal; without one use the commands (crewdesk --help) or crewdesk demo --headless",
    ))
}

/// The settings in the account's configuration folder, where there are any.
fn options() -> Result<Options, Failure> {
    let Some(dirs) = directories::ProjectDirs::from("", "", "crewdesk") else {
        return Ok(Options::default());
    };
    let path = dirs.config_dir().join("config.toml");
    let place = |e: &dyn std::fmt::Display| Failure::new(format!("{}: {e}", path.display()));
    let config = match std::fs::metadata(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Config::default(),
        Err(e) => return Err(place(&io_error(&e))),
        Ok(found) if found.len() > LARGEST_CONFIG => return Err(place(&"too large for settings")),
        Ok(_) => {
            let text = std::fs::read_to_string(&path).map_err(|e| place(&io_error(&e)))?;
            config::parse(&text).map_err(|e| place(&e))?
        }
    };
    Ok(Options { config })
}

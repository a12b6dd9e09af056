//! Which desk and on whose behalf.

use super::{Done, Failure, line};
use crate::client::{self, Answer, Client, DeskError, Host, Server, Settings, Team, User};
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What `--db`, `--server` and `--user` say.
pub struct Session {
    db: Option<PathBuf>,
    server: Option<String>,
    user: Option<String>,
}

impl Session {
    /// From the options, which already include the environment.
    pub fn new(db: Option<PathBuf>, server: Option<String>, user: Option<String>) -> Self {
        let server = server.filter(|server| !server.is_empty());
        Session { db, server, user }
    }

    /// Where the desk is served, when it is not here.
    pub fn server(&self) -> Result<Option<Server>, Failure> {
        Ok(self.server.as_deref().map(Server::at).transpose()?)
    }

    /// Refuses what is done where the desk's database is.
    fn only_here(&self) -> Done {
        match &self.server {
            None => Ok(()),
            Some(server) => Err(Failure::new(format!(
                "this is done on the machine that serves the desk, not over {server}: leave out --server and CREWDESK_SERVER there"
            ))),
        }
    }

    /// The path of the desk's database.
    pub fn path(&self) -> Result<PathBuf, Failure> {
        self.only_here()?;
        match &self.db {
            Some(path) => Ok(path.clone()),
            None => Ok(crate::client::default_database()?),
        }
    }

    /// For what needs no desk: what is said of how the one is run that would be opened.
    pub fn settings(&self) -> Result<Settings, Failure> {
        match (&self.server, self.path()) {
            (None, Ok(database)) => Ok(client::settings_of(&database)?),
            _ => Ok(Settings::default()),
        }
    }

    /// The same: who is on the desk here; nobody where there is none, or none that opens.
    pub fn team(&self) -> Team {
        let host = match &self.server {
            None => self.host_by(Host::open_briefly).ok(),
            Some(_) => None,
        };
        Team(host.and_then(|host| host.users().ok()).unwrap_or_default())
    }

    /// The same user on no desk in particular: a sandbox finds its own place.
    pub fn elsewhere(&self) -> Session {
        Session {
            db: None,
            server: None,
            user: None,
        }
    }

    /// The path that `--db` or the environment names.
    pub fn db(&self) -> Option<&std::path::Path> {
        self.db.as_deref()
    }

    /// Whom `--user` names.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Opens the desk that is there: a mistyped path makes no desk.
    pub fn host(&self) -> Result<Host, Failure> {
        self.host_by(Host::open)
    }

    fn host_by(&self, open: impl Fn(&Path) -> Answer<Host>) -> Result<Host, Failure> {
        let path = self.path()?;
        if !path.try_exists().unwrap_or(true) {
            return Err(Failure::new(format!(
                "there is no desk at {}: name another file with --db, or begin one with `crewdesk user add NAME --role head`",
                path.display()
            )));
        }
        Ok(open(&path)?)
    }

    /// Opens the desk, making it where there is none.
    pub fn new_host(&self) -> Result<Host, Failure> {
        Ok(Host::open(&self.path()?)?)
    }

    /// Opens the desk, here or where it is served, on behalf of the user.
    pub fn client(&self) -> Result<Arc<dyn Client>, Failure> {
        self.client_by(Host::open)
    }

    /// The same for one short command: see [`Host::open_briefly`].
    pub fn client_briefly(&self) -> Result<Arc<dyn Client>, Failure> {
        self.client_by(Host::open_briefly)
    }

    fn client_by(&self, open: impl Fn(&Path) -> Answer<Host>) -> Result<Arc<dyn Client>, Failure> {
        match self.server()? {
            Some(server) => {
                let client = self.client_at(&server)?;
                line::watch(&client);
                Ok(client)
            }
            None => self.client_of(&self.host_by(open)?),
        }
    }

    /// The desk that is served there, on behalf of the user whom `--user` names or the server
    /// knows.
    pub fn client_at(&self, server: &Server) -> Result<Arc<dyn Client>, Failure> {
        let mut warned = false;
        typed_again(&mut |typed| {
            let mut ask = |user: &str| {
                if server.is_open() && !std::mem::replace(&mut warned, true) {
                    eprintln!(
                        "crewdesk: passwords and answers travel to this server in the clear; use https:// where others can listen"
                    );
                }
                password_of(user, typed).map_err(|Failure(text)| DeskError::Forbidden(text))
            };
            server.enter(self.user.as_deref(), &mut ask)
        })
    }

    /// The desk on behalf of the user that `--user` names, or of the only one there is.
    pub fn client_of(&self, host: &Host) -> Result<Arc<dyn Client>, Failure> {
        let users = host.users()?;
        let user = self.choose(&users)?;
        typed_again(&mut |typed| {
            let password = match user.has_password {
                true => Some(password_of(&user.id, typed)),
                false => None,
            };
            let password = password.transpose();
            let password = password.map_err(|Failure(text)| DeskError::Forbidden(text))?;
            host.client(&user.id, password.as_deref())
        })
    }

    fn choose<'a>(&self, users: &'a [User]) -> Result<&'a User, Failure> {
        let names = || {
            users
                .iter()
                .map(|u| u.id.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        match (&self.user, users) {
            (_, []) => Err(Failure::new(
                "this desk has no users yet: add the team head with `crewdesk user add NAME --role head`",
            )),
            (Some(name), _) => users.iter().find(|u| u.id == *name).ok_or_else(|| {
                Failure::new(format!(
                    "there is no user {name} on this desk; there are: {}",
                    names()
                ))
            }),
            (None, [only]) => Ok(only),
            (None, _) => Err(Failure::new(format!(
                "say who you are with --user NAME or CREWDESK_USER; there are: {}",
                names()
            ))),
        }
    }
}

/// Times that a password may be typed.
const TRIES: u32 = 3;

/// Enters a desk; says whether a password was typed for it.
type Enter<'e> = dyn FnMut(&mut bool) -> Result<Arc<dyn Client>, DeskError> + 'e;

/// Enters, and asks again where a person mistyped the password.
fn typed_again(enter: &mut Enter<'_>) -> Result<Arc<dyn Client>, Failure> {
    let mut tries = 1;
    loop {
        let mut typed = false;
        match enter(&mut typed) {
            Err(DeskError::Forbidden(text)) if typed && tries < TRIES => {
                eprintln!("crewdesk: {}", super::output::clean(&text));
                tries += 1;
            }
            entered => return Ok(entered?),
        }
    }
}

/// The password of a user: from `CREWDESK_PASSWORD`, or typed without an echo.
fn password_of(user: &str, was_typed: &mut bool) -> Result<String, Failure> {
    if let Ok(password) = std::env::var("CREWDESK_PASSWORD") {
        return Ok(password);
    }
    if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        let password = typed(&format!("Password of {user}: "))?;
        *was_typed = true;
        return Ok(password);
    }
    Err(Failure::new(format!(
        "{user} has a password: type it in a terminal, or set CREWDESK_PASSWORD"
    )))
}

/// A new password: from standard input with `--password-stdin`, else none.
pub fn new_password(from_stdin: bool) -> Result<Option<String>, Failure> {
    if !from_stdin {
        return Ok(None);
    }
    const MOST: u64 = 4096;
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(MOST)
        .read_to_string(&mut text)?;
    let line = text.lines().next().unwrap_or_default();
    Ok((!line.is_empty()).then(|| line.to_owned()))
}

/// Asks for a line without showing it; Esc and Ctrl-C give up.
pub fn typed(prompt: &str) -> Result<String, Failure> {
    use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, read};
    use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

    struct Raw;
    impl Drop for Raw {
        fn drop(&mut self) {
            let _ = disable_raw_mode();
            eprintln!();
        }
    }

    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return Err(Failure::new(
            "there is no terminal to type the password in; give it on standard input with --password-stdin",
        ));
    }
    // Before the question is seen nothing is echoed any more.
    enable_raw_mode()?;
    let _raw = Raw;
    eprint!("{prompt}");
    let mut line = zeroize::Zeroizing::new(String::new());
    loop {
        let Event::Key(key) = read()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match key.code {
            KeyCode::Enter => return Ok(line.to_string()),
            KeyCode::Backspace => {
                line.pop();
            }
            KeyCode::Esc => return Err(Failure::new("no password was given")),
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Err(Failure::new("no password was given"));
            }
            KeyCode::Char(c) => line.push(c),
            _ => {}
        }
    }
}

//! Who calls: the operating system's word on a Unix socket, or HTTP Basic.
//!
//! Checking a password takes tens of milliseconds on purpose, and some clients open a
//! connection for each call: a login that was right is remembered for a minute, as a hash
//! with a key of this process, beside the stored hash it was right for.

use super::reply::Fault;
use crate::desk::view::User;
use crate::desk::{Caller, Desk, DeskError, Remote};
use crate::value::base64;
use axum::http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// How long a login is remembered.
const REMEMBERED: Duration = Duration::from_secs(60);
/// Most logins remembered.
const MOST: usize = 4096;
/// Passwords checked at the same time: each takes 7 MiB.
const CHECKS: usize = 2;

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Peer {
    /// Somewhere in the network.
    #[default]
    Network,
    /// A process of this user id, on the Unix socket.
    Account(u32),
}

/// On whose behalf a request runs.
#[derive(Debug, Clone)]
pub struct Who {
    /// For the use cases.
    pub caller: Caller,
    /// The user; none where nobody logs in.
    pub user: Option<User>,
}

/// How callers are known.
pub struct Auth {
    /// Nobody logs in: everything is allowed to everybody who reaches the server.
    nobody: bool,
    key: [u8; 32],
    remembered: Mutex<HashMap<[u8; 32], Remembered>>,
    checks: Arc<Semaphore>,
}

struct Remembered {
    user: String,
    mark: String,
    until: Instant,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Auth(nobody: {})", self.nobody)
    }
}

impl Auth {
    /// With logins, or without.
    pub fn new(nobody: bool) -> Result<Auth, DeskError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)
            .map_err(|error| DeskError::Storage(format!("no random numbers: {error}")))?;
        Ok(Auth {
            nobody,
            key,
            remembered: Mutex::default(),
            checks: Arc::new(Semaphore::new(CHECKS)),
        })
    }

    /// True when nobody logs in.
    pub fn is_off(&self) -> bool {
        self.nobody
    }

    /// Who sends a request.
    pub async fn who(
        &self,
        desk: &Arc<Desk>,
        peer: Peer,
        headers: &HeaderMap,
    ) -> Result<Who, Fault> {
        from_elsewhere(headers)?;
        let caller = match (self.nobody, basic(headers)?, peer) {
            (true, _, Peer::Network) => {
                local_name(headers)?;
                return Ok(Who {
                    caller: remote(None),
                    user: None,
                });
            }
            (_, Some((user, password)), _) => self.login(desk, user, password).await?,
            (_, None, Peer::Account(uid)) => {
                let desk = desk.clone();
                let found = tokio::task::spawn_blocking(move || of_account(&desk, uid)).await;
                found.map_err(|_| unknown())??
            }
            (_, None, Peer::Network) => return Err(unknown()),
        };
        let desk = desk.clone();
        let found = tokio::task::spawn_blocking(move || {
            let user = desk.whoami(&caller)?;
            Ok::<_, DeskError>(Who {
                caller,
                user: Some(user),
            })
        });
        match found.await {
            Ok(Ok(who)) => Ok(who),
            Ok(Err(DeskError::Storage(message))) => Err(Fault::engine(message)),
            _ => Err(unknown()),
        }
    }

    async fn login(
        &self,
        desk: &Arc<Desk>,
        user: String,
        password: String,
    ) -> Result<Caller, Fault> {
        let hash = self.hash(&user, &password);
        let mark = {
            let (desk, user) = (desk.clone(), user.clone());
            tokio::task::spawn_blocking(move || desk.password_mark(&user)).await
        };
        // Without a password anybody could be anybody: the network needs one.
        let mark = match mark {
            Ok(Ok(Some(mark))) => mark,
            Ok(Err(DeskError::Storage(message))) => return Err(Fault::engine(message)),
            _ => return Err(wrong()),
        };
        if self.knows(&hash, &user, &mark) {
            return Ok(remote(Some(user)));
        }
        let permit = self.checks.clone().acquire_owned().await;
        // Of many who log in at once as the same user one is checked.
        if self.knows(&hash, &user, &mark) {
            return Ok(remote(Some(user)));
        }
        let (desk, name) = (desk.clone(), user.clone());
        let check = move || desk.as_user(&name, Some(&password)).map(drop);
        match on_a_thread(permit, check).await {
            Some(Ok(())) => {}
            Some(Err(DeskError::Storage(message))) => return Err(Fault::engine(message)),
            _ => return Err(wrong()),
        }
        let mut remembered = self.remembered();
        let now = Instant::now();
        if remembered.len() >= MOST {
            remembered.retain(|_, known| known.until > now);
        }
        let caller = remote(Some(user.clone()));
        if remembered.len() < MOST {
            let until = now + REMEMBERED;
            remembered.insert(hash, Remembered { user, mark, until });
        }
        Ok(caller)
    }

    /// Runs what hashes a password when its turn comes; none if it panicked.
    pub async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let permit = self.checks.clone().acquire_owned().await;
        on_a_thread(permit, work).await
    }

    fn knows(&self, hash: &[u8; 32], user: &str, mark: &str) -> bool {
        let remembered = self.remembered();
        remembered.get(hash).is_some_and(|known| {
            known.until > Instant::now() && known.mark == mark && known.user == user
        })
    }

    fn hash(&self, user: &str, password: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update((user.len() as u64).to_le_bytes());
        hash.update(user);
        hash.update(password);
        hash.update(self.key);
        hash.finalize().into()
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Remembered>> {
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// On a thread of its own: allocators keep for each thread what it once used, and a hash uses
/// 7 MiB.
async fn on_a_thread<T: Send + 'static>(
    permit: Result<OwnedSemaphorePermit, AcquireError>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (tell, done) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _permit = permit;
        let _ = tell.send(work());
    });
    done.await.ok()
}

fn unknown() -> Fault {
    Fault::new(
        401,
        "AuthenticationException",
        "say who you are: HTTP Basic with the name and password of a desk user (set one with `crewdesk user passwd NAME`), or the Unix socket with an account of a desk user's name",
    )
}

/// The same whether the name or the password is wrong.
fn wrong() -> Fault {
    Fault::new(
        401,
        "AuthenticationException",
        "the name or the password is wrong, or nobody of that name has one (set it with `crewdesk user passwd NAME`)",
    )
}

fn remote(user: Option<String>) -> Caller {
    Caller::Remote(Remote { user, once: None })
}

/// The desk user of an account of the operating system.
fn of_account(desk: &Desk, uid: u32) -> Result<Caller, Fault> {
    let name = account(uid).ok_or_else(unknown)?;
    match desk.user_of_account(&name) {
        Ok(Some(user)) => Ok(remote(Some(user))),
        Ok(None) => Err(Fault::new(
            401,
            "AuthenticationException",
            format!(
                "the account {name} is nobody on this desk; a team head can change that: crewdesk user add {name} --role employee, or crewdesk user account NAME {name}"
            ),
        )),
        Err(error) => Err(error.into()),
    }
}

#[cfg(unix)]
fn account(uid: u32) -> Option<String> {
    let found = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(uid));
    found.ok().flatten().map(|user| user.name)
}

#[cfg(not(unix))]
fn account(_: u32) -> Option<String> {
    None
}

/// The name and password of HTTP Basic.
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, Fault> {
    let Some(given) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let decoded = given.to_str().ok().and_then(|text| {
        let (scheme, rest) = text.split_once(' ')?;
        let rest = scheme.eq_ignore_ascii_case("basic").then_some(rest)?;
        String::from_utf8(base64::decode(rest.trim())?).ok()
    });
    let pair = decoded.as_deref().and_then(|text| text.split_once(':'));
    let (user, password) = pair.ok_or_else(unknown)?;
    Ok(Some((user.to_owned(), password.to_owned())))
}

/// Browsers say when another site sends a request: none has business here.
fn from_elsewhere(headers: &HeaderMap) -> Result<(), Fault> {
    match headers.get("sec-fetch-site").map(|site| site.as_bytes()) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(refused("requests of web pages are refused")),
    }
}

/// Without logins the server answers to the names of this machine only, so that no web page
/// reaches it by a name of its own that leads here.
fn local_name(headers: &HeaderMap) -> Result<(), Fault> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let Some(host) = host else {
        return Ok(());
    };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let local = name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
    match local {
        true => Ok(()),
        false => Err(refused(
            "without logins only names of this machine are answered",
        )),
    }
}

fn refused(message: &str) -> Fault {
    Fault::new(403, "AuthorizationException", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn reads_basic_and_refuses_what_is_none() {
        let given = headers("authorization", "Basic bWFyYTpwYTpzcw==");
        let expected = ("mara".to_owned(), "pa:ss".to_owned());
        assert_eq!(basic(&given).expect("basic"), Some(expected));
        for wrong in ["Bearer x", "Basic", "Basic !!", "Basic bWFyYQ=="] {
            assert_eq!(
                basic(&headers("authorization", wrong))
                    .expect_err(wrong)
                    .status,
                401
            );
        }
    }

    #[test]
    fn pages_of_other_sites_and_other_names_are_refused() {
        assert!(from_elsewhere(&headers("sec-fetch-site", "cross-site")).is_err());
        assert!(from_elsewhere(&HeaderMap::new()).is_ok());
        assert!(local_name(&headers("host", "evil.example:8080")).is_err());
        for name in ["localhost:8080", "127.0.0.1", "[::1]:8080"] {
            assert!(local_name(&headers("host", name)).is_ok(), "{name}");
        }
    }
}

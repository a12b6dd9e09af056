//! Who one is on a server: the operating system's word on a Unix socket, else a name and its
//! password. What the server has beside Camunda's paths is found out on the way in.

use super::address::Address;
use super::ask::{Ask, path, query};
use super::camunda::Tasklist;
use super::desk::Served;
use super::line::{Content, Message, Reply};
use super::refusal;
use super::shelf::Shelf;
use crate::client::{Answer, Client, DeskError, User};
use hyper::Method;
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long the first answer may take.
const FIRST: Duration = Duration::from_secs(15);

/// A place where a desk is served.
#[derive(Debug, Clone)]
pub struct Server {
    address: Address,
    /// Where unsent drafts are kept, when not in the account's own place.
    drafts: Option<PathBuf>,
}

/// What a crewdesk says about itself.
#[derive(Deserialize)]
struct Found {
    user: Option<User>,
    operations: HashMap<String, Json>,
}

impl Server {
    /// Reads `unix:PATH`, `http://HOST:PORT` or `https://HOST`.
    ///
    /// # Errors
    /// It is none of these.
    pub fn at(address: &str) -> Answer<Server> {
        let address = Address::parse(address)?;
        Ok(Server {
            address,
            drafts: None,
        })
    }

    /// Keeps drafts that do not reach it in this folder.
    pub fn keeping(self, drafts: &Path) -> Server {
        Server {
            drafts: Some(drafts.to_owned()),
            ..self
        }
    }

    fn shelf(&self, user: &str) -> Shelf {
        let shelf = Shelf::new(self.drafts.as_deref(), &self.address.to_string(), user);
        shelf.sweep();
        shelf
    }

    /// True when a password would be readable on the way there.
    pub fn is_open(&self) -> bool {
        self.address.is_open()
    }

    /// The desk there on behalf of this user, or of whom the server takes the caller for. The
    /// password is asked for only where the server wants one.
    ///
    /// # Errors
    /// Nobody answers, it is no desk, or it does not know the caller.
    pub fn enter(
        &self,
        user: Option<&str>,
        password: &mut dyn FnMut(&str) -> Answer<String>,
    ) -> Answer<Arc<dyn Client>> {
        let ask = Ask::new(self.address.clone())?;
        let mut first = look(&ask, path(&["crewdesk"]))?;
        if first.status == 404 {
            return self.enter_camunda(ask, user, password);
        }
        let known = found(&first).and_then(|found| found.user);
        let other = first.status == 200 && user.is_some() && known.map(|u| u.id).as_deref() != user;
        if first.status == 401 || other {
            let Some(user) = user else {
                return Err(self.stranger(&first));
            };
            ask.line.log_in(user, &password(user)?);
            first = look(&ask, path(&["crewdesk"]))?;
            if first.status == 401 {
                return Err(self.refused(user));
            }
        }
        if first.status != 200 {
            return Err(refusal::refused(&self.address, &first));
        }
        let Some(found) = found(&first) else {
            return Err(self.no_desk());
        };
        let Some(user) = found.user else {
            return Err(DeskError::Invalid(format!(
                "{} is served with --no-auth and knows nobody: a desk needs a name; serve it with logins or on a socket",
                self.address
            )));
        };
        ask.is_remembered();
        let offered = found.operations.into_keys().collect();
        let shelf = self.shelf(&user.id);
        Ok(Arc::new(Served::new(
            Arc::new(ask),
            offered,
            user.id,
            shelf,
        )))
    }

    /// A server that has Camunda's paths alone.
    fn enter_camunda(
        &self,
        ask: Ask,
        user: Option<&str>,
        password: &mut dyn FnMut(&str) -> Answer<String>,
    ) -> Answer<Arc<dyn Client>> {
        let probe = || {
            query(
                &["task", "count"],
                &[("assignee", user.unwrap_or_default())],
            )
        };
        let mut first = look(&ask, probe())?;
        if first.status == 404 {
            return Err(self.no_desk());
        }
        let Some(user) = user else {
            return Err(self.stranger(&first));
        };
        if first.status == 401 {
            ask.line.log_in(user, &password(user)?);
            first = look(&ask, probe())?;
            if first.status == 401 {
                return Err(self.refused(user));
            }
        }
        let counted: Json = refusal::read(&self.address, first)?;
        match counted["count"].is_u64() {
            true => Ok(Arc::new(Tasklist::new(
                Arc::new(ask),
                user.to_owned(),
                self.shelf(user),
            ))),
            false => Err(self.no_desk()),
        }
    }

    fn no_desk(&self) -> DeskError {
        DeskError::Invalid(format!(
            "{} is no desk: neither crewdesk nor Camunda 7's REST API answers under {}",
            self.address, self.address.base
        ))
    }

    fn stranger(&self, first: &Reply) -> DeskError {
        match (refusal::refused(&self.address, first), &self.address.place) {
            // On a socket the server says which account is nobody, and what to do.
            (error @ DeskError::Forbidden(_), super::address::Place::Unix(_)) => error,
            _ => DeskError::Forbidden(format!(
                "say who you are on {} with --user NAME or CREWDESK_USER",
                self.address
            )),
        }
    }

    fn refused(&self, user: &str) -> DeskError {
        DeskError::Forbidden(format!(
            "{} does not let {user} in with this password; a team head sets one with `crewdesk user passwd {user}`",
            self.address
        ))
    }
}

fn found(reply: &Reply) -> Option<Found> {
    serde_json::from_slice(&reply.body).ok()
}

fn look(ask: &Ask, path: String) -> Answer<Reply> {
    ask.send(Message {
        method: Method::GET,
        path,
        content: Content::None,
        key: None,
        patience: FIRST,
        again: true,
    })
}

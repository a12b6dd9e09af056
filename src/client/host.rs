//! An open desk of this process: clients on behalf of its users, and its background work.

use super::operate::IncidentView;
use super::{Answer, Client, Credentials, DeskError, Embedded, Role, User};
use crate::desk::external::{Fetch, Topic};
use crate::desk::{Caller, Desk, DeskOptions, Settings};
use crate::worker::{self, Done};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// The database where `--db` and the environment name none.
pub fn default_database() -> Answer<PathBuf> {
    crate::desk::paths::database(None, None)
}

/// What is said beside a database of how its desk is run.
pub fn settings_of(database: &Path) -> Answer<Settings> {
    crate::desk::settings_of(database)
}

/// One finding of [`Host::examine`]: what was looked at, and what was found or what is wrong.
pub type Finding = (&'static str, Result<String, String>);

/// An open desk.
#[derive(Debug, Clone)]
pub struct Host {
    desk: Arc<Desk>,
}

impl Host {
    /// Opens the desk of this database, or makes it.
    pub fn open(database: &Path) -> Answer<Host> {
        Host::open_with(database, DeskOptions::default())
    }

    /// The same for one short command, which does not wait at its end until the disk has all in one
    /// file: whoever opens the desk next finds the log beside it.
    pub fn open_briefly(database: &Path) -> Answer<Host> {
        let mut options = DeskOptions::default();
        options.store.keep_log = true;
        Host::open_with(database, options)
    }

    /// The same with a clock and ids from outside.
    pub fn open_with(database: &Path, options: DeskOptions) -> Answer<Host> {
        Ok(Host {
            desk: Desk::open(database, options)?,
        })
    }

    /// Everybody, for choosing who one is.
    pub fn users(&self) -> Answer<Vec<User>> {
        self.desk.users(&Caller::Desk)
    }

    /// The desk on behalf of a user.
    pub fn client(&self, user: &str, password: Option<&str>) -> Answer<Arc<dyn Client>> {
        let caller = self.desk.as_user(user, password)?;
        Ok(Arc::new(Embedded::new(self.desk.clone(), caller)))
    }

    /// A worker account on the desk, without the network between.
    pub fn worker(&self, user: &str, password: Option<&str>) -> Answer<TopicWorker> {
        Ok(TopicWorker {
            caller: self.desk.as_user(user, password)?,
            desk: self.desk.clone(),
        })
    }

    /// Adds the first user of a new desk, who must be a head.
    pub fn add_first_user(
        &self,
        id: &str,
        role: Role,
        groups: &[String],
        password: Option<&str>,
    ) -> Answer<User> {
        self.desk
            .add_user(&Caller::Nobody, id, role, groups, password)
    }

    /// Does background work here until nothing is left to do.
    pub fn work_until_idle(&self) -> Answer<Done> {
        let options = worker::Options {
            until_idle: true,
            ..worker::Options::new()
        };
        let (_keep, stop) = watch::channel(false);
        runtime()?.block_on(worker::run(self.desk.clone(), options, stop))
    }

    /// What has failed and waits for somebody.
    pub fn incidents(&self) -> Answer<Vec<IncidentView>> {
        self.desk.incidents(&Caller::Desk)
    }

    /// Does background work here until the process is asked to end.
    pub fn work_until_stopped(&self) -> Answer<Done> {
        runtime()?.block_on(async {
            let (tell, stop) = watch::channel(false);
            tokio::spawn(async move {
                asked_to_end().await;
                let _ = tell.send(true);
            });
            worker::run(self.desk.clone(), worker::Options::new(), stop).await
        })
    }

    /// Does background work on threads of its own until the answer is dropped.
    pub fn work_beside(&self) -> Answer<BackgroundWork> {
        let runtime = runtime()?;
        let (tell, stop) = watch::channel(false);
        let work = runtime.spawn(worker::run(self.desk.clone(), worker::Options::new(), stop));
        Ok(BackgroundWork {
            tell,
            work: Some(work),
            runtime: Some(runtime),
        })
    }

    /// Looks at the desk's health.
    pub fn examine(&self) -> Vec<Finding> {
        let mut findings = vec![
            (
                "integrity",
                match self.desk.check_integrity() {
                    Ok(wrong) if wrong.is_empty() => Ok("the database is whole".to_owned()),
                    Ok(wrong) => Err(format!("{}; restore a backup", wrong.join("; "))),
                    Err(error) => Err(text(error)),
                },
            ),
            (
                "key",
                Ok(format!(
                    "secrets open with {}",
                    self.desk.paths().key.display()
                )),
            ),
        ];
        let people = self.users().map(|users| match users.len() {
            0 => Err("nobody is on the desk yet: crewdesk user add NAME --role head".to_owned()),
            n => Ok(format!("{n} on the desk")),
        });
        findings.push(("users", people.unwrap_or_else(|e| Err(text(e)))));
        let status = self.desk.status(&Caller::Desk);
        findings.push((
            "workers",
            status
                .map_err(text)
                .and_then(|s| match (s.workers, s.waiting_for_worker) {
                    (0, 0) => Ok("none alive, and nothing waits for one".to_owned()),
                    (0, waiting) => Err(format!(
                        "none alive, and {waiting} wait: crewdesk worker run, or leave a desk open"
                    )),
                    (n, waiting) => Ok(format!("{n} alive, {waiting} wait")),
                }),
        ));
        for connection in self.desk.connections(&Caller::Desk).unwrap_or_default() {
            if connection.credentials != Credentials::Shared {
                let name = connection.name;
                let found = format!("{name}: not tried, it has no login for all");
                findings.push(("connection", Ok(found)));
                continue;
            }
            let test = self
                .desk
                .test_connection(&Caller::Desk, &connection.name, None);
            findings.push((
                "connection",
                match test {
                    Ok(test) if test.ok => Ok(format!("{}: {}", connection.name, test.message)),
                    Ok(test) => Err(format!("{}: {}", connection.name, test.message)),
                    Err(error) => Err(format!("{}: {error}", connection.name)),
                },
            ));
        }
        findings
    }
}

/// A worker account that fetches external tasks in this process.
#[derive(Debug, Clone)]
pub struct TopicWorker {
    desk: Arc<Desk>,
    caller: Caller,
}

impl TopicWorker {
    /// Fetches one external task of a topic and completes it; false when there is none.
    pub fn take_and_complete(&self, topic: &str) -> Answer<bool> {
        let fetch = Fetch {
            worker: "w".to_owned(),
            most: 1,
            by_priority: false,
            by_age: None,
            except: Vec::new(),
            topics: vec![Topic {
                name: topic.to_owned(),
                lock: chrono::TimeDelta::minutes(1),
                variables: None,
                local: false,
                only: None,
            }],
        };
        let Some(found) = self.desk.fetch_and_lock(&self.caller, fetch)?.pop() else {
            return Ok(false);
        };
        let none = super::value::Map::new;
        let id = &found.task.id;
        let desk = &self.desk;
        desk.complete_external(&self.caller, id, "w", none(), none())?;
        Ok(true)
    }
}

/// Background work that ends, in order, when this is dropped.
#[derive(Debug)]
pub struct BackgroundWork {
    tell: watch::Sender<bool>,
    work: Option<tokio::task::JoinHandle<Answer<Done>>>,
    runtime: Option<Runtime>,
}

impl Drop for BackgroundWork {
    fn drop(&mut self) {
        let _ = self.tell.send(true);
        if let (Some(runtime), Some(work)) = (self.runtime.take(), self.work.take()) {
            let _ = runtime.block_on(work);
        }
    }
}

/// Ctrl-C, or what a service manager sends.
async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut term), Ok(mut hangup)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
        ) {
            tokio::select! {
                _ = term.recv() => {}
                _ = hangup.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

fn runtime() -> Answer<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("crewdesk-worker")
        .enable_time()
        .enable_io()
        .build()
        .map_err(|e| DeskError::Storage(format!("background work can not start: {e}")))
}

fn text(error: DeskError) -> String {
    error.to_string()
}

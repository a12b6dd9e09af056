//! The background tokio tasks: due jobs, the topic `insertion`, connectors, reminders, signs of
//! life.
//!
//! Floor 7. Owns no state that a crash would lose: what it works on is locked in the
//! database, a lock of a worker that died runs out, and whoever takes over finds in the
//! target's ledger whether the rows are in already.

mod connector;
mod insertion;

use crate::desk::external::{Fetch, LockedTask, Topic};
use crate::desk::work::{HEARTBEAT, LOCK, of_this_process};
use crate::desk::{Caller, Desk, DeskError};
use crate::desk::{insertion as form, undo};
use chrono::TimeDelta;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{self, JoinError, JoinSet, spawn_blocking};
use tokio::time::MissedTickBehavior;

/// Jobs taken at a time.
const JOBS: usize = 100;
/// Failed or fruitless turns in a row after which a worker until idle gives up.
const TURNS: u32 = 8;
/// Longest wait before looking again, when nobody says that something changed.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Shortest wait, so that a clock that stands can not spin.
const SHORTEST: Duration = Duration::from_millis(20);
/// How long an insertion that is about to end is waited for when the worker is told to stop.
const LAST: Duration = Duration::from_millis(200);
/// How long one wait for a change lasts; also how long ending may take.
const LISTEN: Duration = Duration::from_millis(500);

/// How a worker works.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its name, unique among all that run.
    pub name: String,
    /// On whose behalf.
    pub caller: Caller,
    /// End when nothing is due and nothing can be locked.
    pub until_idle: bool,
    /// Insertions at the same time.
    pub insertions: usize,
    /// Connectors at the same time.
    pub connectors: usize,
    /// How many seconds an insertion waits for another program's lock on its target before it
    /// is tried again later.
    pub busy_seconds: u64,
}

impl Options {
    /// A worker of this process, with a name of its own.
    pub fn new() -> Options {
        Options {
            name: of_this_process() + &uuid::Uuid::now_v7().simple().to_string(),
            caller: Caller::Desk,
            until_idle: false,
            insertions: 2,
            connectors: 8,
            busy_seconds: 30,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Options::new()
    }
}

/// How an external task ended for the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// An insertion: committed.
    Kept,
    /// An insertion: rolled back, its employee hears why.
    SentBack,
    /// A connector: its request was made and answered.
    Called,
    /// Not done: tried again later, or no longer wanted.
    Later,
}

/// What a worker has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// Jobs executed: timers, and what runs asynchronously.
    pub jobs: u64,
    /// Insertions that came to an end.
    pub insertions: u64,
    /// Of these, committed.
    pub kept: u64,
    /// Of these, sent back to their employee.
    pub sent_back: u64,
    /// Requests and mails of connectors that were made.
    pub connectors: u64,
    /// Items of batches that were done, or failed.
    #[serde(default)]
    pub batched: u64,
    /// Reminders sent.
    pub reminders: u64,
}

/// Works until told to stop, or until idle if the options say so.
///
/// # Errors
/// The caller may not work; until idle also a database that can not be used for long. A model or a target that fails is no error here: it is
/// recorded where it belongs.
pub async fn run(
    desk: Arc<Desk>,
    options: Options,
    mut stop: watch::Receiver<bool>,
) -> Result<Done, DeskError> {
    let shared = Arc::new(Shared { desk, options });
    let mut tasks = JoinSet::new();
    tasks.spawn(shared.clone().beat_on());
    let (tell, changed) = watch::channel(0);
    let listener = shared.clone();
    spawn_blocking(move || listener.listen(&tell));
    let mut worker = Worker {
        shared: shared.clone(),
        done: Done::default(),
        running: JoinSet::new(),
        busy: HashMap::new(),
        known: false,
    };
    let result = worker.work(changed, &mut stop).await;
    tasks.shutdown().await;
    worker.give_up().await;
    // One that can not say so falls silent, and counts as gone soon.
    let _ = shared
        .off_thread(|s| s.desk.retire_worker(&s.options.caller, &s.options.name))
        .await;
    result.map(|()| worker.done)
}

struct Shared {
    desk: Arc<Desk>,
    options: Options,
}

impl Shared {
    /// Runs a use case where it may block.
    async fn off_thread<T: Send + 'static>(
        self: Arc<Self>,
        work: impl FnOnce(&Shared) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, DeskError> {
        spawn_blocking(move || work(&self))
            .await
            .unwrap_or_else(|e| {
                Err(DeskError::Storage(format!(
                    "background work broke off: {e}"
                )))
            })
    }

    fn beat(&self) -> Result<(), DeskError> {
        self.desk
            .heartbeat(&self.options.caller, &self.options.name, &topics())
    }

    /// Gives signs of life. One that fails is followed by the next; the work itself says
    /// what is wrong with the database.
    async fn beat_on(self: Arc<Self>) {
        let mut tick = tokio::time::interval(duration(HEARTBEAT));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let _ = self.clone().off_thread(Shared::beat).await;
        }
    }

    /// Passes on that something changed, until nobody listens.
    fn listen(&self, tell: &watch::Sender<u64>) {
        let mut mark = 0;
        while !tell.is_closed() {
            mark = self.desk.wait_for_change(mark, LISTEN);
            tell.send_if_modified(|seen| std::mem::replace(seen, mark) != mark);
        }
    }
}

struct Worker {
    shared: Arc<Shared>,
    done: Done,
    running: JoinSet<Result<Outcome, DeskError>>,
    /// The external task of each of these, and whether it is an insertion.
    busy: HashMap<task::Id, (String, bool)>,
    /// It has given its first sign of life.
    known: bool,
}

/// How a worker goes on after turns that fail: what goes wrong once may go well the next time,
/// and others wait for this worker.
struct Patience {
    until_idle: bool,
    failures: u32,
}

impl Patience {
    fn new(until_idle: bool) -> Patience {
        Patience {
            until_idle,
            failures: 0,
        }
    }

    /// Something was done.
    fn restored(&mut self) {
        self.failures = 0;
    }

    /// How long to wait after this error, twice as long each time; or the error itself, when
    /// waiting helps nobody.
    fn after(&mut self, error: DeskError) -> Result<Duration, DeskError> {
        self.failures = self.failures.saturating_add(1);
        let forbidden = matches!(error, DeskError::Forbidden(_));
        if forbidden || self.until_idle && self.failures >= TURNS {
            return Err(error);
        }
        let pause = SHORTEST * 2_u32.saturating_pow(self.failures.min(TURNS));
        Ok(pause.min(LOOK_AGAIN))
    }
}

/// Where the work is after one turn.
enum Turn {
    /// Something was done.
    Done,
    /// It waited.
    Waited,
    /// Until idle: there is nothing to do and nothing to wait for.
    Idle,
}

impl Worker {
    async fn work(
        &mut self,
        mut changed: watch::Receiver<u64>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), DeskError> {
        let mut patience = Patience::new(self.shared.options.until_idle);
        while !*stop.borrow() {
            let error = match self.turn(&mut changed, stop).await {
                Ok(Turn::Idle) => return Ok(()),
                Ok(Turn::Done) => {
                    patience.restored();
                    continue;
                }
                Ok(Turn::Waited) => continue,
                Err(error) => error,
            };
            let pause = patience.after(error)?;
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stop.changed() => {}
            }
        }
        // What is about to end is let end, and counted.
        let until = tokio::time::Instant::now() + LAST;
        while let Ok(Some(ended)) =
            tokio::time::timeout_at(until, self.running.join_next_with_id()).await
        {
            self.note(ended)?;
        }
        Ok(())
    }

    async fn turn(
        &mut self,
        changed: &mut watch::Receiver<u64>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Turn, DeskError> {
        changed.mark_unchanged();
        if !self.known {
            self.shared.clone().off_thread(Shared::beat).await?;
            self.known = true;
        }
        if self.round().await? {
            return Ok(Turn::Done);
        }
        let waiting = self
            .shared
            .clone()
            .off_thread(|s| s.desk.waiting(&topics()))
            .await?;
        if self.running.is_empty() && waiting.ready > 0 {
            // It came just now; but what can never be taken must not keep this worker busy.
            return Err(DeskError::Conflict(format!(
                "{} jobs or external tasks are due and can not be taken; see the incidents, or \
                 deploy their process again",
                waiting.ready
            )));
        }
        if self.running.is_empty() && waiting.is_idle() && self.shared.options.until_idle {
            return Ok(Turn::Idle);
        }
        let now = self.shared.desk.clock().now();
        let rest = waiting
            .next
            .and_then(|at| (at - now).to_std().ok())
            .unwrap_or(LOOK_AGAIN);
        tokio::select! {
            _ = changed.changed() => Ok(Turn::Waited),
            Some(ended) = self.running.join_next_with_id() => self.note(ended),
            () = tokio::time::sleep(rest.clamp(SHORTEST, LOOK_AGAIN)) => Ok(Turn::Waited),
            _ = stop.changed() => Ok(Turn::Waited),
        }
    }

    /// Does what is due now and begins the insertions that wait; false when there was nothing.
    async fn round(&mut self) -> Result<bool, DeskError> {
        let jobs = self.shared.clone().off_thread(Shared::jobs).await?;
        self.done.jobs += jobs;
        self.done.reminders += self.shared.clone().off_thread(|s| s.desk.remind()).await?;
        let batched = self
            .shared
            .clone()
            .off_thread(|s| s.desk.advance_batches(&s.options.caller))
            .await?;
        self.done.batched += batched;
        self.shared
            .clone()
            .off_thread(|s| s.desk.sweep_if_time())
            .await?;
        self.shared
            .clone()
            .off_thread(|s| s.desk.clean_if_time())
            .await?;
        let insertions = self.busy.values().filter(|(_, insertion)| *insertion);
        let insertions = insertions.count();
        let connectors = self.busy.len() - insertions;
        let options = &self.shared.options;
        let insertions = options.insertions.saturating_sub(insertions);
        let connectors = options.connectors.saturating_sub(connectors);
        let busy: Vec<String> = self.busy.values().map(|(id, _)| id.clone()).collect();
        let locked = self
            .shared
            .clone()
            .off_thread(move |s| {
                let mut locked = s.fetch_connectors(connectors, busy.clone())?;
                locked.extend(s.fetch(insertions, busy)?);
                Ok(locked)
            })
            .await?;
        let began = !locked.is_empty();
        for task in locked {
            let id = task.task.id.clone();
            let insertion = connector::topics().all(|topic| topic != task.task.topic);
            let shared = self.shared.clone();
            let handle = match insertion {
                true => self.running.spawn(insertion::run(shared, task)),
                false => self.running.spawn(connector::run(shared, task)),
            };
            self.busy.insert(handle.id(), (id, insertion));
        }
        Ok(jobs > 0 || batched > 0 || began)
    }

    fn note(
        &mut self,
        ended: Result<(task::Id, Result<Outcome, DeskError>), JoinError>,
    ) -> Result<Turn, DeskError> {
        // One that breaks off leaves its lock to run out, and whoever takes over finds the rest.
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, outcome),
            Err(error) => (error.id(), Ok(Outcome::Later)),
        };
        self.busy.remove(&id);
        match outcome? {
            Outcome::Kept => self.done.kept += 1,
            Outcome::SentBack => self.done.sent_back += 1,
            Outcome::Called => {
                self.done.connectors += 1;
                return Ok(Turn::Done);
            }
            Outcome::Later => return Ok(Turn::Waited),
        }
        self.done.insertions += 1;
        Ok(Turn::Done)
    }

    /// Cancels what runs and waits until it has rolled back.
    async fn give_up(&mut self) {
        self.running.abort_all();
        while self.running.join_next().await.is_some() {}
    }
}

impl Shared {
    fn jobs(&self) -> Result<u64, DeskError> {
        let jobs = self
            .desk
            .acquire_jobs(&self.options.caller, &self.options.name, JOBS)?;
        // One that fails does not keep the others waiting.
        let mut done = Ok(jobs.len() as u64);
        for job in &jobs {
            if let Err(error) = self.desk.execute_job(&self.options.caller, job) {
                done = Err(error);
            }
        }
        done
    }

    fn fetch(&self, most: usize, busy: Vec<String>) -> Result<Vec<LockedTask>, DeskError> {
        let topics = vec![
            topic(form::TOPIC, &insertion::VARIABLES),
            topic(undo::TOPIC, &insertion::undo::VARIABLES),
        ];
        self.fetch_of(most, busy, topics)
    }

    fn fetch_connectors(
        &self,
        most: usize,
        busy: Vec<String>,
    ) -> Result<Vec<LockedTask>, DeskError> {
        let topics = connector::topics();
        let topics = topics.map(|name| topic(name, &connector::VARIABLES));
        self.fetch_of(most, busy, topics.collect())
    }

    fn fetch_of(
        &self,
        most: usize,
        busy: Vec<String>,
        topics: Vec<Topic>,
    ) -> Result<Vec<LockedTask>, DeskError> {
        if most == 0 {
            return Ok(Vec::new());
        }
        self.desk.fetch_and_lock(
            &self.options.caller,
            Fetch {
                worker: self.options.name.clone(),
                most,
                by_priority: true,
                by_age: None,
                except: busy,
                topics,
            },
        )
    }
}

fn topic(name: &str, variables: &[&str]) -> Topic {
    Topic {
        name: name.to_owned(),
        lock: LOCK,
        variables: Some(variables.iter().map(|&v| v.to_owned()).collect()),
        local: false,
        only: None,
    }
}

/// The topics that this worker works on.
fn topics() -> Vec<String> {
    let all = [form::TOPIC, undo::TOPIC].into_iter();
    all.chain(connector::topics()).map(str::to_owned).collect()
}

fn duration(delta: TimeDelta) -> Duration {
    delta.to_std().unwrap_or_default()
}

#[cfg(test)]
mod tests;

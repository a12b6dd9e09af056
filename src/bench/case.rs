//! The measured processes, and how the desk runs an instance of one.

use super::BenchError;
use crate::client::value::{Map, Value};
use crate::client::{Client, Host, Role, StartRequest, TaskQuery};
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The key of each measured process: a desk has one of them.
const KEY: &str = "bench";
/// Who starts.
const HEAD: &str = "head";
/// Who does the tasks.
const EMPLOYEE: &str = "employee";

/// A measured process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// Start, service task, gateway, end
    ServiceTask,
    /// Start, user task, end
    UserTask,
    /// User task, service task, decision, gateway that loops back once
    Loop,
    /// A fork of ten user tasks and their join
    Fork,
}

impl Case {
    /// All of them.
    pub const ALL: [Case; 4] = [Case::ServiceTask, Case::UserTask, Case::Loop, Case::Fork];

    /// What it is made of.
    pub fn path(self) -> &'static str {
        match self {
            Case::ServiceTask => "start, service task, gateway, end",
            Case::UserTask => "start, user task, end",
            Case::Loop => "user task, service task, decision, gateway looping back once",
            Case::Fork => "a fork of ten user tasks and join",
        }
    }

    fn files(self) -> Vec<(String, Vec<u8>)> {
        let model: &[u8] = match self {
            Case::ServiceTask => include_bytes!("models/service-task.bpmn"),
            Case::UserTask => include_bytes!("models/user-task.bpmn"),
            Case::Loop => include_bytes!("models/loop.bpmn"),
            Case::Fork => include_bytes!("models/fork.bpmn"),
        };
        let mut files = vec![("bench.bpmn".to_owned(), model.to_vec())];
        if self == Case::Loop {
            let decision = include_bytes!("models/check.dmn");
            files.push(("check.dmn".to_owned(), decision.to_vec()));
        }
        files
    }

    fn variables(self) -> Map {
        match self {
            Case::Loop => [("round".to_owned(), Value::Integer(0))].into(),
            _ => Map::new(),
        }
    }

    /// How many tasks are completed after each look for tasks.
    pub(super) fn rounds(self) -> &'static [usize] {
        match self {
            Case::ServiceTask => &[],
            Case::UserTask => &[1],
            Case::Loop => &[1, 1],
            Case::Fork => &[10],
        }
    }

    /// Commands of one instance.
    pub(super) fn commands(self) -> usize {
        1 + self.rounds().iter().sum::<usize>()
    }

    /// Of so many instances of the plan, those that take about as long as the others' do.
    pub(super) fn share(self, instances: u32) -> u32 {
        let part = match self {
            Case::ServiceTask | Case::UserTask => 1,
            Case::Loop => 2,
            Case::Fork => 8,
        };
        (instances / part).max(1)
    }
}

/// A desk with a measured process and the two people who work on it.
pub(super) struct Served {
    case: Case,
    head: Arc<dyn Client>,
    employee: Arc<dyn Client>,
}

impl Served {
    /// Opens a file that [`furnish`] made.
    pub(super) fn open(path: &Path, case: Case) -> Result<Served, BenchError> {
        let host = Host::open(path)?;
        Ok(Served {
            case,
            head: host.client(HEAD, None)?,
            employee: host.client(EMPLOYEE, None)?,
        })
    }

    /// Starts an instance; its id.
    pub(super) fn start(&self) -> Result<String, BenchError> {
        let request = StartRequest {
            key: KEY.to_owned(),
            variables: self.case.variables(),
            ..StartRequest::default()
        };
        Ok(self.head.start(request)?.id)
    }

    /// Finds the tasks of an instance and completes so many of them.
    pub(super) fn finish(&self, instance: &str, most: usize) -> Result<(), BenchError> {
        let query = TaskQuery {
            process_instance_id: Some(instance.to_owned()),
            ..TaskQuery::default()
        };
        for task in self.employee.tasks(query)?.items.iter().take(most) {
            self.employee.complete(&task.id, Map::new())?;
        }
        Ok(())
    }

    /// Starts and ends so many instances; how long that took.
    pub(super) fn serve(&self, instances: u32, callers: u32) -> Result<Duration, BenchError> {
        let left = AtomicU32::new(instances);
        let next = || {
            let took =
                left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
            took.is_ok()
        };
        let work = || -> Result<(), BenchError> {
            while next() {
                let instance = self.start()?;
                for tasks in self.case.rounds() {
                    self.finish(&instance, *tasks)?;
                }
            }
            Ok(())
        };
        let began = Instant::now();
        if callers == 1 {
            work()?;
            return Ok(began.elapsed());
        }
        let results: Vec<Result<(), BenchError>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..callers).map(|_| scope.spawn(work)).collect();
            let results = threads.into_iter().map(|thread| {
                thread.join().unwrap_or_else(|_| {
                    Err(BenchError::Different(vec!["a caller panicked".to_owned()]))
                })
            });
            results.collect()
        });
        let took = began.elapsed();
        results.into_iter().collect::<Result<(), _>>()?;
        Ok(took)
    }
}

/// Lets a file have the people and the process, where it has them not yet.
pub(super) fn furnish(path: &Path, case: Case) -> Result<(), BenchError> {
    let host = Host::open(path)?;
    let users = host.users()?;
    if !users.iter().any(|user| user.id == HEAD) {
        host.add_first_user(HEAD, Role::Head, &[], None)?;
    }
    let head = host.client(HEAD, None)?;
    if !users.iter().any(|user| user.id == EMPLOYEE) {
        head.add_user(EMPLOYEE, Role::Employee, &[], None)?;
    }
    head.deploy(case.files())?;
    Ok(())
}

//! A served desk under load, beside the same without HTTP: workers that fetch and complete,
//! and desks that refresh; and what a served desk that nobody asks anything holds in memory.

use super::BenchError;
use super::figures::Spread;
use super::place::Place;
use crate::client::value::base64;
use crate::client::{Client, Host, Role, StartRequest, TaskQuery};
use serde::Serialize;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

const MODEL: &[u8] = include_bytes!("serve.bpmn");
const KEY: &str = "work";
const TOPIC: &str = "work";
const PASSWORD: &str = "bench password";
/// What an idle served desk may hold, in kB.
const IDLE: u64 = 30 * 1024;
/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is measured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The program.
    pub program: PathBuf,
    /// External tasks that are fetched and completed.
    pub tasks: u32,
    /// Workers at once.
    pub workers: u32,
    /// Desks at once.
    pub desks: u32,
    /// How often each desk refreshes.
    pub refreshes: u32,
}

/// What came out.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServeReport {
    /// Processors of the machine.
    pub processors: usize,
    /// Memory of a served desk after its start, with its own worker, in kB.
    pub idle: Option<u64>,
    /// After one login.
    pub idle_after_login: Option<u64>,
    /// What an idle one may hold.
    pub idle_at_most: u64,
    /// The most under load.
    pub peak: Option<u64>,
    /// After all load.
    pub after_load: Option<u64>,
    /// fetchAndLock and complete over HTTP.
    pub work: Load,
    /// The same without.
    pub work_without: Load,
    /// Status and inbox over HTTP.
    pub refresh: Load,
    /// The same without.
    pub refresh_without: Load,
}

/// One kind of load.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Load {
    /// Callers at once.
    pub callers: u32,
    /// Rounds a second, of all callers.
    pub per_second: f64,
    /// Time of one round.
    pub round: Option<Spread>,
}

/// Measures in a folder under `parent`; `tell` hears how far it is.
pub fn run(
    parent: &Path,
    plan: &Plan,
    tell: &mut dyn FnMut(&str),
) -> Result<ServeReport, BenchError> {
    let place = Place::under(parent)?;
    let database = place.file("desk.db");
    tell("setting up a desk");
    let host = Host::open(&database)?;
    host.add_first_user("head", Role::Head, &[], Some(PASSWORD))?;
    let head = host.client("head", Some(PASSWORD))?;
    head.add_user("worker", Role::Worker, &[], Some(PASSWORD))?;
    head.deploy(vec![("serve.bpmn".to_owned(), MODEL.to_vec())])?;

    tell("a served desk at rest");
    let served = Served::start(&plan.program, &database, &[])?;
    let idle = served.memory("VmRSS:");
    served.caller("worker")?.get("/engine-rest/version")?;
    let idle_after_login = served.memory("VmRSS:");
    drop(served);

    let served = Served::start(&plan.program, &database, &["--no-worker"])?;
    start(&host, plan.tasks)?;
    tell("workers over HTTP");
    let work = load(plan.workers, None, &|| {
        let mut caller = served.caller("worker")?;
        Ok(Box::new(move |n| caller.fetch_and_complete(n)))
    })?;
    tell("desks over HTTP");
    start(&host, 200)?;
    let refresh = load(plan.desks, Some(plan.refreshes), &|| {
        let mut caller = served.caller("head")?;
        Ok(Box::new(move |_| {
            caller.get("/engine-rest/crewdesk/status")?;
            caller.post("/engine-rest/crewdesk/tasks", "{\"limit\":50}")?;
            Ok(true)
        }))
    })?;
    let (peak, after_load) = (served.memory("VmHWM:"), served.memory("VmRSS:"));
    drop(served);

    let worker = host.worker("worker", Some(PASSWORD))?;
    while worker.take_and_complete(TOPIC)? {}
    start(&host, plan.tasks)?;
    tell("workers without HTTP");
    let work_without = load(plan.workers, None, &|| {
        let worker = worker.clone();
        Ok(Box::new(move |_| Ok(worker.take_and_complete(TOPIC)?)))
    })?;
    tell("desks without HTTP");
    let refresh_without = load(plan.desks, Some(plan.refreshes), &|| {
        let head: Arc<dyn Client> = head.clone();
        Ok(Box::new(move |_| {
            head.status()?;
            head.tasks(TaskQuery {
                limit: 50,
                ..TaskQuery::default()
            })?;
            Ok(true)
        }))
    })?;
    Ok(ServeReport {
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        idle,
        idle_after_login,
        idle_at_most: IDLE,
        peak,
        after_load,
        work,
        work_without,
        refresh,
        refresh_without,
    })
}

/// Starts instances, from several threads that share their commits.
fn start(host: &Host, instances: u32) -> Result<(), BenchError> {
    let left = AtomicU32::new(instances);
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..32)
            .map(|_| {
                scope.spawn(|| {
                    let head = host.client("head", Some(PASSWORD))?;
                    while left
                        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
                        .is_ok()
                    {
                        head.start(StartRequest {
                            key: KEY.to_owned(),
                            ..StartRequest::default()
                        })?;
                    }
                    Ok(())
                })
            })
            .collect();
        let mut done = all.into_iter().map(|thread| thread.join());
        done.try_for_each(|done| done.unwrap_or(Ok(())))
    })
}

/// One caller: does the n-th round; false when nothing is left.
type Round<'a> = Box<dyn FnMut(u32) -> Result<bool, BenchError> + 'a>;

/// Lets callers go round, so often or until one says that nothing is left.
fn load<'a>(
    callers: u32,
    rounds: Option<u32>,
    make: &(dyn Fn() -> Result<Round<'a>, BenchError> + Sync),
) -> Result<Load, BenchError> {
    let failed = AtomicBool::new(false);
    let begun = Instant::now();
    let times = std::thread::scope(|scope| {
        let all: Vec<_> = (0..callers)
            .map(|_| {
                let failed = &failed;
                scope.spawn(move || {
                    let mut times = Vec::new();
                    let mut go = || {
                        let mut round = make()?;
                        for n in 0..rounds.unwrap_or(u32::MAX) {
                            if failed.load(Ordering::Relaxed) {
                                break;
                            }
                            let at = Instant::now();
                            if !round(n)? {
                                break;
                            }
                            times.push(at.elapsed());
                        }
                        Ok(())
                    };
                    let done: Result<(), BenchError> = go();
                    failed.fetch_or(done.is_err(), Ordering::Relaxed);
                    done.map(|()| times)
                })
            })
            .collect();
        let mut times = Vec::new();
        for thread in all {
            times.extend(thread.join().unwrap_or(Ok(Vec::new()))?);
        }
        Ok::<_, BenchError>(times)
    })?;
    Ok(Load {
        callers,
        per_second: times.len() as f64 / begun.elapsed().as_secs_f64(),
        round: Spread::of(&times),
    })
}

/// The program, serving.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(program: &Path, database: &Path, more: &[&str]) -> Result<Served, BenchError> {
        let failed = |e| BenchError::system("the served desk", e);
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--db"])
            .arg(database)
            .args(more)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let errors = child.stderr.take();
        let mut served = Served {
            child,
            address: String::new(),
        };
        let mut lines =
            BufReader::new(errors.ok_or(BenchError::Terminal("says nothing".to_owned()))?).lines();
        for line in lines.by_ref() {
            let line = line.map_err(failed)?;
            if let Some((_, at)) = line.split_once("listening on http://") {
                served.address = at.split('/').next().unwrap_or_default().to_owned();
                break;
            }
        }
        std::thread::spawn(move || lines.for_each(drop));
        match served.address.is_empty() {
            true => Err(BenchError::Terminal("does not serve".to_owned())),
            false => Ok(served),
        }
    }

    /// Its resident memory in kB, now or at most, where the system tells.
    fn memory(&self, what: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with(what))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }

    fn caller(&self, user: &str) -> Result<Caller, BenchError> {
        let stream = TcpStream::connect(&self.address).and_then(|stream| {
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            Ok(stream)
        });
        let stream = stream.map_err(|e| BenchError::system("a connection", e))?;
        let login = base64::encode(format!("{user}:{PASSWORD}").as_bytes());
        Ok(Caller {
            stream: BufReader::new(stream),
            head: format!(
                "Host: localhost\r\nAuthorization: Basic {login}\r\nContent-Type: application/json\r\n"
            ),
        })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One connection that is kept.
struct Caller {
    stream: BufReader<TcpStream>,
    head: String,
}

impl Caller {
    fn get(&mut self, path: &str) -> Result<Vec<u8>, BenchError> {
        self.send("GET", path, "")
    }

    fn post(&mut self, path: &str, body: &str) -> Result<Vec<u8>, BenchError> {
        self.send("POST", path, body)
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Result<Vec<u8>, BenchError> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n{body}",
            self.head,
            body.len()
        );
        let mut exchange = || {
            self.stream.get_mut().write_all(request.as_bytes())?;
            let (mut status, mut length, mut line) = (String::new(), 0, String::new());
            self.stream.read_line(&mut status)?;
            loop {
                line.clear();
                self.stream.read_line(&mut line)?;
                let text = line.trim();
                if text.is_empty() {
                    break;
                }
                if let Some((name, value)) = text.split_once(':')
                    && name.eq_ignore_ascii_case("content-length")
                {
                    length = value.trim().parse().unwrap_or(0);
                }
            }
            let mut body = vec![0; length];
            self.stream.read_exact(&mut body)?;
            Ok((status, body))
        };
        let (status, body) = exchange().map_err(|e| BenchError::system(path, e))?;
        match status.starts_with("HTTP/1.1 2") {
            true => Ok(body),
            false => Err(BenchError::Terminal(format!(
                "answers {path} with {}: {}",
                status.trim(),
                String::from_utf8_lossy(&body)
            ))),
        }
    }

    /// Fetches a task and completes it; false when there is none.
    fn fetch_and_complete(&mut self, _: u32) -> Result<bool, BenchError> {
        let fetch = format!(
            "{{\"workerId\":\"w\",\"maxTasks\":1,\"topics\":[{{\"topicName\":\"{TOPIC}\",\"lockDuration\":60000}}]}}"
        );
        let found = self.post("/engine-rest/external-task/fetchAndLock", &fetch)?;
        let found: serde_json::Value = serde_json::from_slice(&found).unwrap_or_default();
        let Some(id) = found.get(0).and_then(|task| task.get("id")?.as_str()) else {
            return Ok(false);
        };
        let path = format!("/engine-rest/external-task/{id}/complete");
        self.post(&path, "{\"workerId\":\"w\"}")?;
        Ok(true)
    }
}

//! Random processes, run by the engine and by the reference: after each command both are at
//! the same place, and the same has happened.
//!
//! A sample by default; `CREWDESK_CAMPAIGN=100000` says how many cases, `CREWDESK_SEED` where
//! they begin. A case that fails is made smaller and printed with its BPMN.

use crate::blocks::{blocks, model};
use crate::reference::{Act, Reference, Scene, Stop, Val, scene_of};
use crate::support::*;
use crate::wild::{graphs, wild};
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::collections::HashMap;
use std::fmt::Write;

/// More than this in one command is no case worth to go on with.
const MOST_STEPS: u64 = 1_000;
/// So many that fail are told.
const MOST_WRONG: usize = 5;
/// Nor is more than this at once.
const MOST_SPOTS: usize = 150;

/// A case that takes longer is told.
const SLOW: std::time::Duration = std::time::Duration::from_secs(2);

/// Both of them, with the processes that they run.
struct Both {
    desk: Desk,
    reference: Reference,
    /// How much of either history has been compared.
    seen: (usize, usize),
    /// The keys of the processes of which there were instances.
    keys: HashMap<Id, String>,
    bpmn: String,
    acts: Vec<String>,
}

/// Whether a case goes on.
type Verdict = Result<bool, String>;

fn value(val: &Val) -> Value {
    match val {
        Val::Null => Value::Null,
        Val::Int(number) => Value::Integer(i32::try_from(*number).expect("a small number")),
        Val::Text(text) => text.as_str().into(),
    }
}

fn values(all: &[(String, Val)]) -> Map {
    all.iter()
        .map(|(name, val)| (name.clone(), value(val)))
        .collect()
}

impl Both {
    /// Nothing when the model may not be deployed.
    fn of(elements: &str, called: &[(String, String)]) -> Option<Both> {
        let mut bpmn = named("process", elements);
        let first = try_read(&bpmn)?;
        let mut models = vec![("process".to_owned(), first)];
        let mut desk = Desk::deploy(&bpmn);
        for (key, elements) in called {
            let xml = named(key, elements);
            models.push((key.clone(), try_read(&xml)?));
            desk = desk.and(key, elements);
            write!(bpmn, "\n{xml}").expect("writes");
        }
        desk.world.limits.steps = MOST_STEPS;
        Some(Both {
            desk,
            reference: Reference::new(models),
            seen: (0, 0),
            keys: HashMap::new(),
            bpmn,
            acts: Vec::new(),
        })
    }

    fn start(&mut self, choice: i64) -> Verdict {
        let variables = [("choice", choice), ("count", 0)];
        let variables = variables.map(|(name, n)| (name.to_owned(), Val::Int(n)));
        let command = Command::Start {
            id: "instance".into(),
            definition_id: DEFINITION.into(),
            business_key: None,
            user: None,
            variables: values(&variables),
            at: None,
        };
        self.both(vec![command], Act::Start(variables.to_vec()))
    }

    /// The same command to both, and all that follows compared.
    fn both(&mut self, commands: Vec<Command>, act: Act) -> Verdict {
        self.acts.push(format!("{act:?}"));
        let mut result = Ok(Vec::new());
        for command in commands {
            let now = self.desk.now;
            if let Command::ExecuteJob { job } = &command
                && let Some(due) = self.desk.instance.job(job).map(|job| job.due)
            {
                // Rounds of a cycle are told by the clock, in the reference by their number.
                self.desk.now = now.max(due);
            }
            result = self.desk.apply(command);
            self.desk.now = now;
        }
        let expected = self.reference.act(&act);
        match (&result, &expected) {
            // Both count their steps, each its own.
            (Err(Error::EndlessLoop { .. }), _) => return Ok(false),
            (_, Err(Stop::Endless)) => return Err("only the engine comes to an end".to_owned()),
            (Ok(_), Err(stop)) => return Err(format!("only the reference refuses: {stop:?}")),
            (Err(error), Ok(())) => return Err(format!("only the engine refuses: {error}")),
            _ => {}
        }
        let (mine, theirs) = (scene_of(&self.desk.instance), self.reference.scene());
        same("state", &mine.lines(), &theirs.lines())?;
        let log = self.history();
        let told = self.reference.history[self.seen.1..].to_vec();
        self.seen = (self.desk.log.len(), self.reference.history.len());
        same("history", &partly_ordered(log), &partly_ordered(told))?;
        Ok(!self.desk.ended() && mine.spots.len() < MOST_SPOTS)
    }

    /// What the new events say, as the reference says it.
    fn history(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        for event in &self.desk.log[self.seen.0..] {
            told.push(match event {
                Event::ProcessStarted { process, .. } => {
                    let key = process.definition_id.split(':').next().unwrap_or_default();
                    self.keys.insert(process.id.clone(), key.to_owned());
                    format!("+{key}")
                }
                Event::ProcessEnded {
                    process_instance_id,
                    state,
                    ..
                } => {
                    let done = *state == InstanceState::Completed;
                    let key = &self.keys[process_instance_id];
                    format!("{}{key}", if done { '-' } else { '!' })
                }
                Event::ActivityStarted { activity_id, .. } => format!("+{activity_id}"),
                Event::ActivityEnded {
                    activity_id, end, ..
                } => match end {
                    ActivityEnd::Completed => format!("-{activity_id}"),
                    ActivityEnd::Canceled => format!("!{activity_id}"),
                },
                Event::FlowTaken { flow_id, .. } => format!(">{flow_id}"),
                _ => continue,
            });
        }
        told
    }

    /// Something that may be done now, or may not.
    fn next(&self, pick: usize) -> (Vec<Command>, Act) {
        let (mine, theirs) = (scene_of(&self.desk.instance), self.reference.scene());
        let choice = i64::try_from(pick / 8 % 3).unwrap_or_default();
        let variables = vec![("choice".to_owned(), Val::Int(choice))];
        if pick.is_multiple_of(8) || mine.waits.is_empty() {
            return meddle(&mine, &theirs, pick / 8, &variables);
        }
        let at = pick / 24 % mine.waits.len();
        let (text, id) = &mine.waits[at];
        let no = theirs.waits[at].1;
        let what = text.split(' ').nth(1).unwrap_or_default();
        let instance = &self.desk.instance;
        match what {
            "task" => task(id, no, pick / 8, variables),
            "external" if text.ends_with("incident") => {
                let command = Command::SetExternalTaskRetries {
                    task: id.clone(),
                    retries: 1,
                };
                (vec![command], Act::Retry(no))
            }
            "external" => external(id, no, pick / 8, variables, self.desk.now),
            "message" | "signal" => {
                let s = instance.subscription(id).expect("a subscription");
                let (execution, name) = (s.execution_id.clone(), s.name.clone());
                let command = match what {
                    "message" => Command::Correlate {
                        execution,
                        message: name,
                        variables: values(&variables),
                        local_variables: Map::new(),
                    },
                    _ => Command::Signal {
                        execution,
                        signal: name,
                        variables: values(&variables),
                    },
                };
                (vec![command], Act::Deliver(no, variables))
            }
            "conditional" | "compensate" => {
                let command = Command::SetVariables {
                    scope: "instance".into(),
                    variables: values(&variables),
                    local: false,
                };
                let (name, val) = variables[0].clone();
                (vec![command], Act::Set(theirs.root(), name, val))
            }
            _ if (pick / 8).is_multiple_of(5) => {
                let message = "no".to_owned();
                let job = id.clone();
                (vec![Command::JobFailed { job, message }], Act::JobFails(no))
            }
            _ => (vec![Command::ExecuteJob { job: id.clone() }], Act::Job(no)),
        }
    }
}

/// What people do with a task.
fn task(id: &Id, no: u64, pick: usize, variables: Vec<(String, Val)>) -> (Vec<Command>, Act) {
    let task = id.clone();
    match pick % 7 {
        0 => {
            let code = "LATE".to_owned();
            let command = Command::Escalate {
                task,
                code: code.clone(),
                variables: Map::new(),
            };
            (vec![command], Act::EscalateTask(no, code))
        }
        1 => {
            let code = ["BROKEN", "LOST"][pick / 7 % 2].to_owned();
            let command = Command::TaskError {
                task,
                code: code.clone(),
                message: None,
                variables: Map::new(),
            };
            (vec![command], Act::TaskError(no, code))
        }
        _ => {
            let command = Command::CompleteTask {
                task,
                user: None,
                variables: values(&variables),
            };
            (vec![command], Act::CompleteTask(no, variables))
        }
    }
}

/// What workers do with an external task.
fn external(
    id: &Id,
    no: u64,
    pick: usize,
    variables: Vec<(String, Val)>,
    until: chrono::DateTime<chrono::Utc>,
) -> (Vec<Command>, Act) {
    let (task, worker) = (id.clone(), "worker".to_owned());
    let lock = Command::LockExternalTask {
        task: task.clone(),
        worker: worker.clone(),
        until,
    };
    let (command, act) = match pick % 5 {
        0 => {
            let retries = i32::try_from(pick / 5 % 2).unwrap_or_default();
            let command = Command::FailExternalTask {
                task,
                worker,
                message: "no".into(),
                details: None,
                retries,
                retry_at: None,
                variables: Map::new(),
                local_variables: Map::new(),
            };
            (command, Act::FailExternal(no, retries))
        }
        1 => {
            let code = ["BROKEN", "LOST"][pick / 5 % 2].to_owned();
            let command = Command::ExternalTaskError {
                task,
                worker,
                code: code.clone(),
                message: None,
                variables: Map::new(),
            };
            (command, Act::ExternalError(no, code))
        }
        _ => {
            let local = vec![("mine".to_owned(), Val::Int(7))];
            let command = Command::CompleteExternalTask {
                task,
                worker,
                variables: values(&variables),
                local_variables: values(&local),
            };
            (command, Act::CompleteExternal(no, variables, local))
        }
    };
    (vec![lock, command], act)
}

/// What concerns a scope, or all.
fn meddle(
    mine: &Scene<Id>,
    theirs: &Scene<u64>,
    pick: usize,
    variables: &[(String, Val)],
) -> (Vec<Command>, Act) {
    let at = pick / 3 % mine.spots.len();
    let (scope, no) = (mine.spots[at].1.clone(), theirs.spots[at].1);
    let (name, val) = variables[0].clone();
    let set = |local| Command::SetVariables {
        scope: scope.clone(),
        variables: values(variables),
        local,
    };
    match pick % 11 {
        0..4 => (vec![set(false)], Act::Set(no, name, val)),
        4..6 => (vec![set(true)], Act::SetLocal(no, name, val)),
        6 => {
            let names = vec![name.clone()];
            (
                vec![Command::RemoveVariables { scope, names }],
                Act::Unset(no, name),
            )
        }
        10 if pick.is_multiple_of(4) => {
            let reason = "enough".to_owned();
            (
                vec![Command::Cancel {
                    process_instance: None,
                    user: None,
                    reason,
                }],
                Act::Cancel,
            )
        }
        _ => {
            let variables = Map::new();
            let execution = scope;
            (
                vec![Command::Trigger {
                    execution,
                    variables,
                }],
                Act::Trigger(no),
            )
        }
    }
}

/// In which order things are cancelled nobody says; all else is in the order of the tokens.
fn partly_ordered(history: Vec<String>) -> Vec<String> {
    let (mut cancelled, mut done): (Vec<String>, Vec<String>) =
        history.into_iter().partition(|line| line.starts_with('!'));
    cancelled.sort();
    done.extend(cancelled);
    done
}

fn same(what: &str, mine: &[String], theirs: &[String]) -> Result<(), String> {
    if mine == theirs {
        return Ok(());
    }
    let only = |a: &[String], b: &[String]| {
        let lines = a.iter().filter(|line| !b.contains(line));
        lines
            .map(|line| format!("\n      {line}"))
            .collect::<String>()
    };
    let place = mine.iter().zip(theirs).position(|(a, b)| a != b);
    let place = place.unwrap_or(mine.len().min(theirs.len()));
    let at = |all: &[String]| {
        all.get(place)
            .cloned()
            .unwrap_or_else(|| "nothing".to_owned())
    };
    Err(format!(
        "{what} differs, first at {place}: {} in the engine, {} in the reference\n  only in the engine:{}\n  only in the reference:{}",
        at(mine),
        at(theirs),
        only(mine, theirs),
        only(theirs, mine)
    ))
}

/// Whether a case did something, or nothing when it can not be deployed; or what is wrong with it.
pub type Outcome = Result<Option<bool>, String>;

/// Runs one case to its end.
fn agree(elements: &str, called: &[(String, String)], choice: i64, picks: &[u16]) -> Outcome {
    let Some(mut both) = Both::of(elements, called) else {
        return Ok(None);
    };
    let mut verdict = both.start(choice);
    for &pick in picks {
        let Ok(true) = verdict else {
            break;
        };
        let (commands, act) = both.next(usize::from(pick));
        // Less than what timers wait for: no round of a cycle is missed.
        both.desk.now += chrono::TimeDelta::seconds(1);
        verdict = both.both(commands, act);
    }
    match verdict {
        Ok(_) => Ok(Some(both.acts.len() > 1)),
        Err(wrong) => Err(format!(
            "{wrong}\n  after {}\n{}",
            both.acts.join("\n        "),
            both.bpmn
        )),
    }
}

fn number(name: &str, sample: u64) -> u64 {
    let asked = std::env::var(name);
    asked.ok().and_then(|n| n.parse().ok()).unwrap_or(sample)
}

/// So many cases, each from a seed of its own that is told when it fails. Recursion goes deep.
pub fn campaign<S: Strategy + 'static>(
    sample: u64,
    strategy: fn() -> S,
    case: fn(S::Value) -> Outcome,
) {
    let (first, cases) = (
        number("CREWDESK_SEED", 1),
        number("CREWDESK_CAMPAIGN", sample),
    );
    let run = move || {
        let (mut deployed, mut moved, mut wrong) = (0, 0, Vec::new());
        for seed in first..first + cases {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&seed.to_le_bytes());
            let config = Config {
                cases: 1,
                failure_persistence: None,
                max_shrink_iters: 3_000,
                ..Config::default()
            };
            let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
            let outcome = std::cell::Cell::new(None);
            let begun = std::time::Instant::now();
            let result = TestRunner::new_with_rng(config, rng).run(&strategy(), |input| {
                outcome.set(case(input).map_err(TestCaseError::fail)?);
                Ok(())
            });
            if begun.elapsed() > SLOW {
                eprintln!("CREWDESK_SEED={seed} took {:?}", begun.elapsed());
            }
            if let Err(error) = result {
                wrong.push(format!("CREWDESK_SEED={seed} CREWDESK_CAMPAIGN=1\n{error}"));
            }
            if wrong.len() == MOST_WRONG {
                break;
            }
            deployed += u64::from(outcome.get().is_some());
            moved += u64::from(outcome.get() == Some(true));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
        assert!(
            moved * 3 > cases,
            "of {cases} only {deployed} can be deployed and {moved} go on"
        );
    };
    let thread = std::thread::Builder::new().stack_size(512 << 20).spawn(run);
    if let Err(panic) = thread.expect("a thread").join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn structured_processes_agree() {
    let strategy = || {
        (
            blocks(),
            0..3i64,
            proptest::collection::vec(any::<u16>(), 1..40),
        )
    };
    campaign(150, strategy, |(block, choice, picks)| {
        let (elements, called) = model(&block);
        agree(&elements, &called, choice, &picks)
    });
}

#[test]
fn wild_processes_agree() {
    let strategy = || {
        (
            graphs(),
            0..3i64,
            proptest::collection::vec(any::<u16>(), 1..40),
        )
    };
    campaign(300, strategy, |(graph, choice, picks)| {
        agree(&wild(&graph), &[], choice, &picks)
    });
}

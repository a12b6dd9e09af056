//! The story, killed with `kill -9` before and after each durable step and at random moments,
//! then run on: nothing that was answered is lost, nothing is inserted twice, nothing is stuck.
//!
//! Once a point here and in CI; the full campaign is
//! `CREWDESK_CRASH_ROUNDS=20 cargo test --test crash`. Random moments follow
//! `CREWDESK_CRASH_SEED`, which each run prints.

mod support;

use Step::*;
use crewdesk::desk::batch::Work;
use crewdesk::desk::operate::Modification;
use crewdesk::desk::{Caller, Desk, DeskOptions, Instruction};
use crewdesk::value::Map;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use support::{House, Ran, Running, fill, text};

/// The steps of the story, one process each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Makes the desk: database, key, models; the head is on it.
    Head,
    Employee,
    Connection,
    Deploy,
    Start,
    Claim,
    Due,
    /// A frame is sent, its insertion stopped before a worker takes it.
    SendStopped,
    Stop,
    WorkStopped,
    /// A frame that the check refuses.
    SendBad,
    WorkBad,
    /// The fixed frame.
    SendGood,
    WorkGood,
    /// What was inserted is taken back.
    Undo,
    WorkUndo,
    /// An instance whose job fails, is tried again, and is cancelled.
    StartSide,
    WorkSide,
    Retry,
    WorkAgain,
    Cancel,
    /// The story of an operator: instances that wait for events are suspended, moved, told.
    Suspend,
    Activate,
    Message,
    Modify,
    Signal,
    /// A worker does a batch, one by one.
    Batch,
}

impl Step {
    /// True in the operator's story, which needs no worker and is over soon.
    fn operates(self) -> bool {
        matches!(self, Suspend | Activate | Message | Modify | Signal | Batch)
    }
}

/// Every crash point, and the steps in which it kills.
const POINTS: &[(&str, &[Step])] = &[
    ("capture.after_rename", &[SendStopped]),
    ("capture.before_rename", &[SendGood]),
    ("desk.batch.after_write", &[Batch]),
    ("desk.batch.before_write", &[Batch]),
    ("desk.cancel.after_write", &[Cancel]),
    ("desk.cancel.before_write", &[Cancel]),
    ("desk.committing.after_write", &[WorkGood, WorkUndo]),
    ("desk.committing.before_write", &[WorkGood, WorkUndo]),
    ("desk.complete.after_write", &[SendBad, SendGood]),
    ("desk.complete.before_write", &[SendBad, SendGood]),
    ("desk.correlate.after_write", &[Message]),
    ("desk.correlate.before_write", &[Message]),
    ("desk.deploy.after_write", &[Head, Deploy]),
    ("desk.deploy.before_write", &[Head, Deploy]),
    ("desk.external.after_complete", &[WorkBad, WorkGood]),
    ("desk.external.after_lock", &[WorkStopped, WorkGood]),
    (
        "desk.external.before_complete",
        &[WorkStopped, WorkBad, WorkGood],
    ),
    ("desk.external.before_lock", &[WorkGood]),
    ("desk.job.after_write", &[WorkSide]),
    ("desk.job.before_write", &[WorkSide]),
    ("desk.key.after_link", &[Head]),
    ("desk.key.before_link", &[Head]),
    ("desk.modify.after_write", &[Modify]),
    ("desk.modify.before_write", &[Modify]),
    ("desk.prepare.after_capture", &[SendGood]),
    ("desk.prepare.before_capture", &[SendGood]),
    ("desk.retry.after_write", &[Retry]),
    ("desk.retry.before_write", &[Retry]),
    ("desk.signal.after_write", &[Signal]),
    ("desk.signal.before_write", &[Signal]),
    ("desk.start.after_write", &[Start]),
    ("desk.start.before_write", &[Start]),
    ("desk.stop.after_write", &[Stop]),
    ("desk.stop.before_write", &[Stop]),
    ("desk.suspend.after_write", &[Suspend, Activate]),
    ("desk.suspend.before_write", &[Suspend, Activate]),
    ("desk.task.after_write", &[Claim, Due]),
    ("desk.task.before_write", &[Claim, Due]),
    ("insert.after_commit", &[WorkGood, WorkUndo]),
    ("insert.after_rows", &[WorkBad, WorkGood]),
    ("insert.before_begin", &[WorkBad, WorkGood, WorkUndo]),
    ("insert.before_commit", &[WorkGood, WorkUndo]),
    ("insert.before_ledger", &[WorkGood, WorkUndo]),
    (
        "store.after_commit",
        &[Head, Employee, Connection, WorkGood, Undo, WorkAgain, Batch],
    ),
    (
        "store.before_commit",
        &[Head, Employee, Connection, WorkGood, Undo, StartSide, Batch],
    ),
    ("store.migrate.after_commit", &[Head]),
    ("store.migrate.before_commit", &[Head]),
    ("undo.after_rows", &[WorkUndo]),
    ("worker.after_complete", &[WorkBad, WorkGood, WorkUndo]),
    ("worker.before_complete", &[WorkBad, WorkGood, WorkUndo]),
];

/// Points that only servers reach: tests/servers/crashes.rs kills there.
const SERVERS: &[&str] = &["insert.after_create"];

/// Points in the way of an insertion without a process, and the rows that are in the table then.
const DIRECT: &[(&str, u32)] = &[
    ("capture.before_rename", 0),
    ("capture.after_rename", 0),
    ("desk.insert.recorded", 0),
    ("insert.after_rows", 0),
    ("insert.before_ledger", 0),
    ("insert.before_commit", 0),
    ("insert.after_commit", 2),
];

/// A process whose only job always fails.
const SIDE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="side">
  <process id="side" isExecutable="true" camunda:historyTimeToLive="P1D">
    <startEvent id="start"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="job"/>
    <serviceTask id="job" camunda:asyncBefore="true" camunda:expression="${missing}"/>
    <sequenceFlow id="b" sourceRef="job" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

/// A process that waits for a message, then for a signal.
const TALK: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="talk">
  <message id="go" name="go"/>
  <signal id="now" name="now"/>
  <process id="talk" isExecutable="true" camunda:historyTimeToLive="P1D">
    <startEvent id="start"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="hear"/>
    <intermediateCatchEvent id="hear"><messageEventDefinition messageRef="go"/></intermediateCatchEvent>
    <sequenceFlow id="b" sourceRef="hear" targetRef="wait"/>
    <intermediateCatchEvent id="wait"><signalEventDefinition signalRef="now"/></intermediateCatchEvent>
    <sequenceFlow id="c" sourceRef="wait" targetRef="work"/>
    <userTask id="work"/>
    <sequenceFlow id="d" sourceRef="work" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

/// How a step is killed.
#[derive(Debug, Clone)]
enum Fate {
    /// At a named point, when it is passed for the nth time.
    At(Step, &'static str, usize),
    /// At random moments of random steps.
    Random(u64),
}

/// The story of one house and what kills it.
struct Story {
    house: House,
    fate: Fate,
    random: Random,
    deaths: usize,
}

impl Story {
    fn new(fate: Fate) -> Story {
        let seed = match fate {
            Fate::Random(seed) => seed,
            Fate::At(..) => 0,
        };
        Story {
            house: House::bare(),
            random: Random(seed),
            fate,
            deaths: 0,
        }
    }

    /// Runs a step until it is done; what was answered must be there.
    fn step(&mut self, step: Step, user: &str, args: &[&str], done: impl Fn(&House) -> bool) {
        self.answer(step, user, args, &done);
        assert!(
            done(&self.house),
            "{step:?} was answered and is lost: {:?}",
            self.fate
        );
    }

    /// Runs a step until it is answered; what died is done again unless it is done.
    fn answer(&mut self, step: Step, user: &str, args: &[&str], done: impl Fn(&House) -> bool) {
        for attempt in 0.. {
            let ran = self.attempt(step, user, args, attempt);
            if !ran.died() {
                // The side job fails, and who works on it is told.
                let told = matches!(step, WorkSide | WorkAgain) && ran.out.contains("side/1");
                assert!(ran.ok() || told, "{step:?} after {:?}: {ran:?}", self.fate);
                return;
            }
            self.deaths += 1;
            if done(&self.house) {
                return;
            }
        }
    }

    fn attempt(&mut self, step: Step, user: &str, args: &[&str], attempt: usize) -> Ran {
        let mut command = self.house.command(user, args);
        match self.fate {
            Fate::At(when, point, pass) if when == step && self.deaths == 0 => {
                command.env("CREWDESK_CRASH_AT", format!("{point}:{pass}"));
                Running::start(command, "").end()
            }
            // Most steps are over sooner; of one in three nothing is left to chance.
            Fate::Random(_) if attempt < 2 && self.random.below(3) > 0 => {
                let moment = Duration::from_micros(self.random.below(250_000));
                Running::start(command, "").end_within(moment)
            }
            _ => Running::start(command, "").end(),
        }
    }

    fn play(self) {
        match self.fate {
            Fate::At(step, ..) if step.operates() => self.operate(),
            Fate::Random(seed) if seed % 7 == 0 => self.operate(),
            _ => self.insert(),
        }
    }

    /// The operator's story.
    fn operate(mut self) {
        let add = ["user", "add", "mara", "--role", "head"];
        self.house.good("", &add);
        let talk = self.house.write("talk.bpmn", TALK);
        self.house.good("mara", &["deploy", &talk]);
        for key in ["talk/1", "talk/2"] {
            let start = ["start", "talk", "--business-key", key];
            self.house.good("mara", &start);
        }
        let [one, two] =
            ["talk/1", "talk/2"].map(|key| text(&instances(&self.house, key)[0]["id"]));
        let shown = |house: &House, id: &str| house.json("mara", &["instance", "show", id]);
        let is_at = |house: &House, id: &str, node: &str| {
            let activities = shown(house, id)["activities"].clone();
            let activities = activities.as_array().unwrap();
            activities.len() == 1 && activities[0]["activityId"] == node
        };

        self.step(Suspend, "mara", &["instance", "suspend", &one], |house| {
            shown(house, &one)["state"] == "SUSPENDED"
        });
        self.step(Activate, "mara", &["instance", "activate", &one], |house| {
            shown(house, &one)["state"] == "ACTIVE"
        });
        let send = ["message", "send", "go", "--business-key", "talk/1"];
        self.step(Message, "mara", &send, |house| is_at(house, &one, "wait"));
        let modify = [
            "instance", "modify", &two, "--cancel", "hear", "--before", "wait",
        ];
        self.step(Modify, "mara", &modify, |house| is_at(house, &two, "wait"));
        // One transaction for all who hear it.
        self.step(Signal, "mara", &["signal", "send", "now"], |house| {
            let heard = [&one, &two].map(|id| is_at(house, id, "work"));
            assert_eq!(heard[0], heard[1], "one heard it and the other did not");
            heard[0]
        });
        let tasks = self.house.json("mara", &["task", "list"]);
        assert_eq!(tasks.as_array().unwrap().len(), 2, "{:?}", self.fate);
        for (kind, times) in [("suspended", 1), ("activated", 1)] {
            let history = self.house.json("mara", &["instance", "history", &one]);
            let entries = history.as_array().unwrap().iter();
            let found = entries.filter(|entry| entry["kind"] == kind).count();
            assert_eq!(found, times, "{kind} {:?}: {history:#}", self.fate);
        }
        self.batch(&[&one, &two]);
        self.is_in_order();
    }

    /// A batch begins a task more in each instance: in each once.
    fn batch(&mut self, instances: &[&str]) {
        let more = Instruction::StartBefore {
            activity: "work".to_owned(),
            variables: Map::new(),
        };
        let work = Work::Modify(Modification {
            instructions: vec![more],
            ..Modification::default()
        });
        // Some of them several times: every one is an item of its own.
        let items = instances.iter().cycle().take(6);
        let items = items.map(|&id| id.to_owned()).collect();
        let made = {
            let path = self.house.path("desk/desk.db");
            let desk = Desk::open(&path, DeskOptions::default()).unwrap();
            let mara = Caller::User("mara".to_owned());
            desk.create_batch(&mara, &work, items).unwrap()
        };
        let run = ["worker", "run", "--until-idle"];
        self.answer(Batch, "mara", &run, |_| false);
        self.house.work();
        let tasks = self.house.json("mara", &["task", "list"]);
        assert_eq!(tasks.as_array().unwrap().len(), 8, "{:?}", self.fate);
        let batches = self.house.json("mara", &["batch", "list"]);
        assert_eq!(batches, Value::Array(Vec::new()), "{made} {:?}", self.fate);
    }

    /// The story of an insertion.
    fn insert(mut self) {
        let on_the_desk = |name: &'static str| {
            move |house: &House| {
                let users = house.run("", &["user", "list", "--json", "--user", "mara"]);
                users.ok() && users.out.contains(&format!("\"id\": \"{name}\""))
            }
        };
        self.step(
            Head,
            "",
            &["user", "add", "mara", "--role", "head"],
            on_the_desk("mara"),
        );
        let ana = ["user", "add", "ana", "--role", "employee"];
        self.step(Employee, "mara", &ana, on_the_desk("ana"));
        let url = self.house.url();
        let add = ["connection", "add", "warehouse", &url];
        self.step(Connection, "mara", &add, |house| {
            house.run("mara", &["connection", "test", "warehouse"]).ok()
        });
        let side = self.house.write("side.bpmn", SIDE);
        self.step(Deploy, "mara", &["deploy", &side], |house| {
            house
                .good("mara", &["deploy", &side])
                .out
                .contains("Nothing new")
        });

        let start = ["start", "database-insertion", "--business-key", "orders/1"];
        self.step(Start, "mara", &start, |house| {
            instances(house, "orders/1").len() == 1
        });
        let instance = text(&instances(&self.house, "orders/1")[0]["id"]);
        let task = self.house.task(&instance).unwrap();
        self.step(Claim, "ana", &["task", "claim", &task], |house| {
            house.json("ana", &["task", "show", &task])["assignee"] == "ana"
        });
        let due = ["task", "due", &task, "2126-11-22T10:00:00Z"];
        self.step(Due, "mara", &due, |house| {
            let due = &house.json("ana", &["task", "show", &task])["due"];
            due.as_str()
                .is_some_and(|due| due.starts_with("2126-11-22"))
        });

        self.send(SendStopped, &instance, "good.csv");
        self.answer(Stop, "ana", &["instance", "stop", &instance], |_| false);
        self.work(WorkStopped);
        self.came_back(&instance, 2, "stopped", 0);
        self.send(SendBad, &instance, "bad.csv");
        self.work(WorkBad);
        self.came_back(&instance, 3, "", 2);
        self.send(SendGood, &instance, "good.csv");
        self.work(WorkGood);
        self.has_ended(&instance);

        let undo = ["instance", "undo", &instance];
        self.step(Undo, "mara", &undo, |house| {
            instances(house, "orders/1").len() == 2
        });
        self.work(WorkUndo);
        self.is_taken_back(&instance);

        let start = ["start", "side", "--business-key", "side/1"];
        self.step(StartSide, "mara", &start, |house| {
            instances(house, "side/1").len() == 1
        });
        let side = text(&instances(&self.house, "side/1")[0]["id"]);
        let incidents =
            |house: &House| house.json("mara", &["instance", "show", &side])["incidents"].clone();
        self.work(WorkSide);
        assert_eq!(incidents(&self.house), 1, "{:?}", self.fate);
        self.step(Retry, "mara", &["instance", "retry", &side], |house| {
            incidents(house) == 0
        });
        self.work(WorkAgain);
        assert_eq!(incidents(&self.house), 1, "{:?}", self.fate);
        let cancel = ["instance", "cancel", &side, "--reason", "of no use"];
        self.step(Cancel, "mara", &cancel, |house| {
            let shown = house.json("mara", &["instance", "show", &side]);
            shown["state"] == "EXTERNALLY_TERMINATED" && shown["deleteReason"] == "of no use"
        });
        self.is_whole();
    }

    fn send(&mut self, step: Step, instance: &str, file: &str) {
        let task = self.house.task(instance).unwrap();
        let frame = format!("dataFrame={}", self.house.arg(file));
        let mut fill = fill(&task, &frame).to_vec();
        fill.extend(["--var", "undoable=yes"]);
        self.step(step, "ana", &fill, |house| house.task(instance).is_none());
        assert_eq!(self.house.ledger(), 0, "{:?}", self.fate);
    }

    fn work(&mut self, step: Step) {
        let run = ["worker", "run", "--until-idle"];
        self.answer(step, "mara", &run, |_| false);
        let again = self.house.work();
        let left = (&again["jobs"], &again["insertions"]);
        assert!(
            left == (&0.into(), &0.into()),
            "{step:?} left work behind: {:?}",
            self.fate
        );
    }

    /// The task is ana's again, with its reason, and no row stayed.
    fn came_back(&self, instance: &str, round: u64, reason: &str, refusals: usize) {
        let task = self
            .house
            .task(instance)
            .unwrap_or_else(|| panic!("stuck: {:?}", self.fate));
        let task = self.house.json("ana", &["task", "show", &task]);
        let fate = &self.fate;
        assert_eq!(task["assignee"], "ana", "{fate:?}");
        assert_eq!(task["round"], round, "{fate:?}");
        assert!(
            task["due"]
                .as_str()
                .is_some_and(|due| due.starts_with("2126")),
            "{fate:?}"
        );
        let said = task["reason"].as_str().unwrap_or_default();
        assert!(
            !said.is_empty() && said.contains(reason),
            "{fate:?}: {said:?}"
        );
        assert_eq!(
            task["refusals"].as_array().map(Vec::len),
            Some(refusals),
            "{fate:?}"
        );
        assert_eq!(task["values"]["tableName"], "orders", "{fate:?}");
        assert_eq!(
            (self.house.rows("orders"), self.house.ledger()),
            (0, 0),
            "{fate:?}"
        );
    }

    /// The instance has reached its end: the rows are there once, each step happened once.
    fn has_ended(&self, instance: &str) {
        let fate = &self.fate;
        let shown = self.house.json("mara", &["instance", "show", instance]);
        assert_eq!(shown["state"], "COMPLETED", "{fate:?}");
        assert_eq!(shown["variables"]["result"]["value"], 1, "{fate:?}");
        assert_eq!(
            (self.house.rows("orders"), self.house.ledger()),
            (2, 1),
            "{fate:?}"
        );
        let history = self.house.json("mara", &["instance", "history", instance]);
        let count = |kind: &str| {
            let entries = history.as_array().unwrap().iter();
            entries.filter(|entry| entry["kind"] == kind).count()
        };
        for (kind, times) in [
            ("started", 1),
            ("completed", 3),
            ("cameBack", 2),
            ("ended", 1),
        ] {
            assert_eq!(count(kind), times, "{kind} {fate:?}: {history:#}");
        }
        let told = self.house.json("ana", &["notifications"]);
        let told = told.as_array().unwrap().iter();
        let back = told.filter(|note| note["kind"] == "cameBack").count();
        assert_eq!(back, 2, "{fate:?}");
    }

    /// The rows are gone, once, and each of the two jobs says so.
    fn is_taken_back(&self, instance: &str) {
        let fate = &self.fate;
        assert_eq!(
            (self.house.rows("orders"), self.house.ledger()),
            (0, 2),
            "{fate:?}"
        );
        let shown = self.house.json("mara", &["instance", "show", instance]);
        let job = text(&shown["insertion"]["undoneIn"]);
        let shown = self.house.json("mara", &["instance", "show", &job]);
        assert_eq!(shown["state"], "COMPLETED", "{fate:?}");
        assert_eq!(shown["variables"]["undone"]["value"], true, "{fate:?}");
    }

    /// Nothing is left to do, and the desk is in order.
    fn is_whole(&self) {
        let fate = &self.fate;
        assert_eq!(
            self.house.json("mara", &["task", "list"]),
            Value::Array(vec![]),
            "{fate:?}"
        );
        assert_eq!(
            (self.house.rows("orders"), self.house.ledger()),
            (0, 2),
            "{fate:?}"
        );
        self.is_in_order();
    }

    fn is_in_order(&self) {
        let fate = &self.fate;
        let doctor = self.house.run("mara", &["doctor"]);
        assert!(doctor.ok(), "{fate:?}: {doctor:?}");
        if let Fate::At(step, point, 1) = self.fate {
            assert_eq!(self.deaths, 1, "{point} is not passed in {step:?}");
        }
    }
}

fn instances(house: &House, key: &str) -> Vec<Value> {
    let list = house.json("mara", &["instance", "list", "--business-key", key]);
    list.as_array().unwrap().clone()
}

/// Splitmix64: enough to choose moments.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
}

fn number(variable: &str, otherwise: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable} is no number: {text}")),
        Err(_) => otherwise,
    }
}

/// Plays the stories beside each other: most of their time they wait for a dead worker's lock.
fn play_all(fates: &[Fate]) {
    const AT_ONCE: usize = 12;
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(fates.len()) {
            scope.spawn(|| {
                while let Some(fate) = fates.get(next.fetch_add(1, Ordering::Relaxed)) {
                    Story::new(fate.clone()).play();
                }
            });
        }
    });
}

#[test]
fn killed_at_every_point_the_story_goes_on() {
    let rounds = number("CREWDESK_CRASH_ROUNDS", 1);
    let mut fates = Vec::new();
    for round in 1..=rounds {
        for (point, steps) in POINTS {
            // Commits come by the dozen: each round kills a later one.
            let pass = if point.starts_with("store.") {
                round
            } else {
                1
            };
            for step in *steps {
                fates.push(Fate::At(*step, point, pass as usize));
            }
        }
    }
    play_all(&fates);
}

#[test]
fn killed_at_random_moments_the_story_goes_on() {
    let rounds = number("CREWDESK_CRASH_ROUNDS", 1);
    let seed = number("CREWDESK_CRASH_SEED", 20_261_122);
    println!("CREWDESK_CRASH_SEED={seed}");
    let stories = if rounds == 1 { 7 } else { rounds * 10 };
    let fates: Vec<_> = (0..stories)
        .map(|n| Fate::Random(seed.wrapping_add(n)))
        .collect();
    play_all(&fates);
}

/// `crewdesk insert`, killed anywhere: its rows are in the table, with their line in the ledger, or
/// not one of them is; the copy of its file is whole or gone, and what comes next goes on.
#[test]
fn an_insertion_without_a_process_is_whole_or_not_there() {
    for (point, rows) in DIRECT {
        let house = House::bare();
        house.good("", &["user", "add", "mara", "--role", "head"]);
        let url = house.url();
        house.good("mara", &["connection", "add", "warehouse", &url]);
        let file = house.path("good.csv");
        let insert = ["insert", file.to_str().unwrap(), "warehouse", "orders"];
        let mut command = house.command("mara", &insert);
        command.env("CREWDESK_CRASH_AT", point);
        let ran = Running::start(command, "").end();
        assert!(ran.died(), "{point} was not passed: {ran:?}");
        let count = |table: &str| {
            let target = rusqlite::Connection::open(house.path("target.db")).unwrap();
            let count = format!("SELECT count(*) FROM {table}");
            target
                .query_row(&count, [], |row| row.get::<_, u32>(0))
                .unwrap_or(0)
        };
        let there = (count("orders"), count("crewdesk_ledger"));
        assert_eq!(there, (*rows, u32::from(*rows > 0)), "{point}");
        // Whoever opens the desk next takes away what the dead one left half done.
        let listed = house.good("mara", &["connection", "list"]);
        assert!(listed.out.contains("warehouse"));
        let frames = std::fs::read_dir(house.path("desk/desk.db.frames")).unwrap();
        let names = frames.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let partial: Vec<String> = names.filter(|name| name.ends_with(".partial")).collect();
        assert_eq!(partial, [""; 0], "{point}");
        assert!(house.run("mara", &["doctor"]).ok(), "{point}");
        if *rows == 0 {
            house.good("mara", &insert);
            assert_eq!(
                (count("orders"), count("crewdesk_ledger")),
                (2, 1),
                "{point}"
            );
        } else {
            // The desk could not note it any more: the ledger tells.
            let told = house.refused("mara", &insert);
            assert!(told.contains("same content was inserted"), "{point}");
        }
    }
}

#[test]
fn no_crash_point_is_forgotten() {
    let mut named = BTreeSet::new();
    collect(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
        &mut named,
    );
    let names = POINTS.iter().map(|(name, _)| name).chain(SERVERS);
    let names = names.chain(DIRECT.iter().map(|(name, _)| name));
    let listed: BTreeSet<String> = names.map(|name| (*name).to_owned()).collect();
    assert_eq!(
        named, listed,
        "the points in src (left) and in this campaign (right)"
    );
    assert!(POINTS.iter().all(|(_, steps)| !steps.is_empty()));
}

/// The names in `crash::point("…")` of all sources.
fn collect(folder: &Path, named: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, named);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            let calls = source.split("crash::point(").skip(1);
            named.extend(calls.map(|call| {
                let name = call
                    .strip_prefix('"')
                    .and_then(|rest| rest.split('"').next());
                let name = name.unwrap_or_else(|| panic!("{}: name the point", path.display()));
                name.to_owned()
            }));
        }
    }
}

//! Through the store: every state survives being stored and loaded between any two commands, and
//! storing keeps its pace too.

use crate::agree::{Outcome, campaign};
use crate::blocks::{Block, blocks};
use crate::million::{Runner, keeps_its_pace, nested, whole};
use crate::random::{meddling, possible, start};
use crate::support::*;
use crewdesk::engine::*;
use crewdesk::store::{By, Options, Store, StoreError};
use crewdesk::value::Map;
use proptest::prelude::*;
use tempfile::TempDir;

const ROOT: &str = "instance";

/// A file for one instance.
struct File {
    _folder: TempDir,
    store: Store,
    now: chrono::DateTime<chrono::Utc>,
}

impl File {
    fn new(desk: chrono::DateTime<chrono::Utc>) -> File {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("desk.db");
        let store = Store::open(&path, Options::default()).expect("a desk");
        let made: Result<(), StoreError> = store.write(|tx| tx.new_instance(ROOT).map(drop));
        made.expect("a new instance");
        File {
            _folder: folder,
            store,
            now: desk,
        }
    }

    /// What the desk does with changes.
    fn write(&self, changes: Vec<Change>) {
        self.write_to(ROOT, changes);
    }

    fn write_to(&self, root: &str, changes: Vec<Change>) {
        let root = root.to_owned();
        let by = By {
            now: self.now,
            user: None,
        };
        let written: Result<(), StoreError> = self.store.write(move |tx| {
            let instance = tx.instance(&root)?;
            changes.iter().for_each(|change| instance.record(change));
            tx.apply_changes(&root, &changes, &by)
        });
        written.expect("changes that can be written");
    }

    /// The rows as they are in the file.
    fn load(&self) -> Instance {
        self.load_from(ROOT)
    }

    fn load_from(&self, root: &str) -> Instance {
        let found: Result<_, StoreError> = self.store.read(|s| s.running(root));
        found.expect("rows that can be read").unwrap_or_default()
    }
}

fn survives(block: &Block, picks: &[u16]) -> Outcome {
    let mut desk = start(block, vars([("choice", 1.into()), ("count", 0.into())]));
    let file = File::new(desk.now);
    // What the start put there, as changes.
    let rows = desk.instance.rows().map(|row| match row {
        Row::Process(r) => Change::PutProcess(r),
        Row::Execution(r) => Change::PutExecution(r),
        Row::Variable(r) => Change::PutVariable(r),
        Row::Task(r) => Change::PutTask(r),
        Row::ExternalTask(r) => Change::PutExternalTask(r),
        Row::Job(r) => Change::PutJob(r),
        Row::Subscription(r) => Change::PutSubscription(r),
        Row::Incident(r) => Change::PutIncident(r),
    });
    let events = desk.log.iter().cloned().map(Change::Event);
    file.write(rows.chain(events).collect());
    for &pick in picks {
        let loaded = file.load();
        assert_eq!(loaded, desk.instance, "what was loaded is what was stored");
        // It goes on with what was loaded.
        desk.instance = loaded;
        if desk.ended() {
            break;
        }
        let pick = usize::from(pick);
        let commands = possible(&desk);
        let command = match pick % 3 {
            0 | 1 if !commands.is_empty() => commands[pick / 3 % commands.len()].clone(),
            _ => meddling(&desk, pick / 3),
        };
        desk.wait(1);
        if let Ok(changes) = desk.apply(command) {
            file.write(changes);
        }
    }
    Ok(Some(true))
}

#[test]
fn every_state_survives_being_stored_and_loaded() {
    let strategy = || (blocks(), proptest::collection::vec(any::<u16>(), 1..25));
    campaign(25, strategy, |(block, picks)| survives(&block, &picks));
}

fn stored(runner: &mut Runner, changes: Vec<Change>) -> File {
    let file = File::new(runner.now);
    file.write(changes);
    assert_eq!(file.load(), runner.instance);
    file
}

#[test]
fn what_lost_its_caller_is_a_root_of_its_own() {
    let call = r#"<startEvent id="start" /><callActivity id="call" calledElement="called" />
        start -> call"#;
    let called = "<startEvent id=\"s\" /><userTask id=\"work\" />\ns -> work\n";
    let (mut runner, changes) = Runner::of(Desk::with(call).and("called", called), Map::new());
    let file = stored(&mut runner, changes);
    let skip = Skip {
        subprocesses: true,
        ..Skip::default()
    };
    let command = Box::new(Command::Cancel {
        process_instance: None,
        user: None,
        reason: "enough".into(),
    });
    let changes = runner.apply(Command::Skipping { skip, command });
    file.write(changes);
    let left: Vec<Id> = runner.instance.processes().map(|p| p.id.clone()).collect();
    let [root] = left.as_slice() else {
        panic!("{left:?}");
    };
    assert_eq!(file.load(), Instance::default());
    assert_eq!(file.load_from(root), runner.instance);
    let changes = runner.complete(runner.tasks().remove(0));
    file.write_to(root, changes);
    assert_eq!(file.load_from(root), Instance::default());
}

#[test]
fn a_stored_loop_keeps_its_pace() {
    let rounds = if whole() { 20_000 } else { 500 };
    let desk = Desk::with(
        r#"<startEvent id="start" /><exclusiveGateway id="again" /><userTask id="work" />
        start -> again -> work -> again"#,
    );
    let (mut runner, changes) = Runner::of(desk, Map::new());
    let file = stored(&mut runner, changes);
    keeps_its_pace(rounds, |_| {
        let task = runner.tasks().remove(0);
        let changes = runner.complete(task);
        file.write(changes);
    });
    assert_eq!(file.load(), runner.instance);
}

#[test]
fn many_stored_tasks_keep_their_pace() {
    let count = if whole() { 10_000 } else { 500 };
    let elements = format!(
        r#"<startEvent id="start" /><userTask id="all"><multiInstanceLoopCharacteristics><loopCardinality>{count}</loopCardinality></multiInstanceLoopCharacteristics></userTask>
        start -> all"#
    );
    let (mut runner, changes) = Runner::of(Desk::with(&elements), Map::new());
    let file = stored(&mut runner, changes);
    let tasks = runner.tasks();
    keeps_its_pace(count, |n| {
        let changes = runner.complete(tasks[n].clone());
        file.write(changes);
    });
    assert_eq!(file.load(), Instance::default());
}

#[test]
fn deep_scopes_are_stored_loaded_and_cancelled() {
    let (mut runner, changes) = nested(1_200);
    let file = stored(&mut runner, changes);
    let changes = runner.apply(Command::Cancel {
        process_instance: None,
        user: None,
        reason: "enough".into(),
    });
    file.write(changes);
    assert_eq!(file.load(), Instance::default());
}

//! However much is in an instance, and however much was done in it, the next command costs the
//! database the same. Counted in steps of SQLite's machine, which no other program changes.

use super::testing::desk;
use super::{By, Store, StoreError, plans};
use crate::engine::{self, Command, Instance, World};
use crate::model;
use crate::value::Map;
use chrono::{DateTime, Utc};
use std::sync::Arc;

const ROOT: &str = "instance";

struct Paced {
    _folder: tempfile::TempDir,
    store: Store,
    world: World,
    ids: u64,
    now: DateTime<Utc>,
    instance: Instance,
}

impl Paced {
    fn of(inside: &str) -> Paced {
        let (_folder, store) = desk();
        let xml = format!(
            r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
            <process id="p" isExecutable="true"><startEvent id="s"/>{inside}</process></definitions>"#
        );
        let read = model::read("p.bpmn", xml.as_bytes()).expect("a model");
        let mut world = World::default();
        world.add_process("p:1".to_owned(), Arc::new(read.processes[0].clone()));
        let made: Result<(), StoreError> = store.write(|tx| tx.new_instance(ROOT).map(drop));
        made.expect("an instance");
        let mut paced = Paced {
            _folder,
            store,
            world,
            ids: 0,
            now: DateTime::UNIX_EPOCH,
            instance: Instance::default(),
        };
        paced.steps(Command::Start {
            id: ROOT.to_owned(),
            definition_id: "p:1".to_owned(),
            business_key: None,
            user: None,
            variables: Map::new(),
            at: None,
        });
        paced
    }

    /// How many steps of SQLite's machine storing a command takes.
    fn steps(&mut self, command: Command) -> u64 {
        let ids = &mut self.ids;
        let mut next = || {
            *ids += 1;
            format!("{ids:09}")
        };
        let changes = engine::apply(
            &self.world,
            &mut self.instance,
            command,
            self.now,
            &mut next,
        );
        let changes = changes.expect("a command that works");
        let by = By {
            now: self.now,
            user: None,
        };
        plans::steps();
        let written: Result<(), StoreError> = self.store.write(move |tx| {
            let instance = tx.instance(ROOT)?;
            changes.iter().for_each(|change| instance.record(change));
            tx.apply_changes(ROOT, &changes, &by)
        });
        written.expect("changes that can be written");
        plans::steps()
    }

    fn complete(&mut self) -> u64 {
        let tasks = self.instance.tasks().map(|task| task.id.clone());
        let task = tasks.min().expect("a task");
        self.steps(Command::CompleteTask {
            task,
            user: None,
            variables: Map::new(),
        })
    }
}

/// The last tenth takes no more than the first.
fn keeps(paced: &mut Paced, rounds: usize) {
    let taken: Vec<u64> = (0..rounds).map(|_| paced.complete()).collect();
    let some = rounds / 10;
    let sum = |part: &[u64]| part.iter().sum::<u64>();
    let (first, last) = (
        sum(&taken[..some]),
        sum(&taken[rounds - some - 1..rounds - 1]),
    );
    assert!(first > 0, "steps are counted");
    assert!(last * 10 < first * 12, "{last} steps, {first} at first");
}

#[test]
fn a_stored_loop_keeps_its_pace() {
    let mut paced = Paced::of(
        r#"<sequenceFlow id="a" sourceRef="s" targetRef="again"/><exclusiveGateway id="again"/>
        <sequenceFlow id="b" sourceRef="again" targetRef="work"/><userTask id="work"/>
        <sequenceFlow id="c" sourceRef="work" targetRef="again"/>"#,
    );
    keeps(&mut paced, 500);
}

#[test]
fn many_stored_tasks_keep_their_pace() {
    let mut paced = Paced::of(
        r#"<sequenceFlow id="a" sourceRef="s" targetRef="all"/><userTask id="all">
        <multiInstanceLoopCharacteristics><loopCardinality>500</loopCardinality></multiInstanceLoopCharacteristics></userTask>"#,
    );
    keeps(&mut paced, 500);
}

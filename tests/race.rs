//! Several processes on one desk: who wins wins alone, and what is done is done once.

mod support;

use serde_json::{Value, json};
use std::fmt::Write as _;
use support::{House, Ran, Running, fill, text, until};

/// Processes that want the same at the same time.
const CROWD: usize = 32;

/// Starts all commands before it waits for the first.
fn all_at_once(commands: Vec<std::process::Command>) -> Vec<Ran> {
    let running: Vec<_> = commands
        .into_iter()
        .map(|command| Running::start(command, ""))
        .collect();
    running.into_iter().map(Running::end).collect()
}

/// A frame of many rows, and a target that takes about half a millisecond for each, on any
/// machine and in any build.
fn slow(house: &House, rows: u32) {
    house.target(
        "CREATE TABLE step AS SELECT value FROM json_each('[1,2,3,4,5,6,7,8,9,10]');
         CREATE TRIGGER slow AFTER INSERT ON orders BEGIN
           SELECT count(*) FROM step a, step b, step c, step d WHERE a.value + d.value < 0;
         END;",
    );
    let mut frame = String::from("id,customer,amount,ordered\n");
    for id in 0..rows {
        writeln!(frame, "{id},customer {id},{}.25,2026-01-17", id % 1000).unwrap();
    }
    house.write("large.csv", &frame);
}

fn worker(house: &House) -> Running {
    let run = ["--json", "worker", "run", "--until-idle"];
    Running::start(house.command("mara", &run), "")
}

fn shown(house: &House, instance: &str) -> Value {
    house.json("mara", &["instance", "show", instance])
}

fn inserting(house: &House, instance: &str) {
    until("an insertion under way", || {
        shown(house, instance)["progress"]["rows"].as_u64() > Some(0)
    });
}

#[test]
fn a_claim_is_won_by_one() {
    let house = House::new();
    let names: Vec<String> = (0..CROWD).map(|n| format!("user{n}")).collect();
    for name in &names {
        house.good("mara", &["user", "add", name, "--role", "employee"]);
    }
    let (_, task) = house.launch("orders/1", "");
    let claim = |name: &String| house.command(name, &["task", "claim", &task]);
    let ran = all_at_once(names.iter().map(claim).collect());

    let winners: Vec<_> = names
        .iter()
        .zip(&ran)
        .filter(|(_, ran)| ran.ok())
        .map(|(name, _)| name.as_str())
        .collect();
    let [winner] = winners[..] else {
        panic!("{winners:?} got it");
    };
    for loser in ran.iter().filter(|ran| !ran.ok()) {
        let told = loser.refusal();
        assert!(told.contains(&format!("{winner} has claimed")), "{told}");
    }
    let task = house.json("mara", &["task", "show", &task]);
    assert_eq!(task["assignee"], winner);
}

#[test]
fn a_task_is_completed_once() {
    let house = House::new();
    let (instance, task) = house.launch("orders/1", "ana");
    let frame = format!("dataFrame={}", house.arg("good.csv"));
    let complete = fill(&task, &frame);
    let commands = (0..CROWD).map(|_| house.command("ana", &complete));
    let ran = all_at_once(commands.collect());

    assert_eq!(ran.iter().filter(|ran| ran.ok()).count(), 1);
    for late in ran.iter().filter(|ran| !ran.ok()) {
        let told = late.refusal();
        assert!(told.contains(&task), "{told}");
    }
    assert_eq!(house.work()["kept"], 1);
    assert_eq!(shown(&house, &instance)["state"], "COMPLETED");
    assert_eq!((house.rows("orders"), house.ledger()), (2, 1));
}

#[test]
fn workers_beside_each_other_do_each_insertion_once() {
    const JOBS: i64 = 8;
    let house = House::new();
    let mut instances = Vec::new();
    for n in 0..JOBS {
        let file = format!("{n}.csv");
        let row = format!("id,customer,amount,ordered\n{n},ana,1.50,2026-01-17\n");
        house.write(&file, &row);
        let (instance, task) = house.launch(&format!("orders/{n}"), "ana");
        assert!(house.send("ana", &task, &file).ok());
        instances.push(instance);
    }
    let ran: Vec<_> = (0..4).map(|_| worker(&house)).collect();
    let done: Vec<Value> = ran.into_iter().map(|w| w.end().json()).collect();

    let kept = done.iter().map(|done| done["kept"].as_i64().unwrap());
    assert_eq!(kept.sum::<i64>(), JOBS, "{done:?}");
    assert_eq!((house.rows("orders"), house.ledger()), (JOBS, JOBS));
    for instance in instances {
        assert_eq!(shown(&house, &instance)["state"], "COMPLETED");
    }
}

#[test]
fn a_killed_worker_is_replaced() {
    const ROWS: u32 = 6_000;
    let house = House::new();
    slow(&house, ROWS);
    let (instance, task) = house.launch("orders/1", "ana");
    assert!(house.send("ana", &task, "large.csv").ok());
    let mut first = worker(&house);
    inserting(&house, &instance);
    let second = worker(&house);
    first.kill();
    assert!(first.end().died());

    let done = second.end().json();
    assert_eq!((&done["insertions"], &done["kept"]), (&json!(1), &json!(1)));
    assert_eq!(shown(&house, &instance)["state"], "COMPLETED");
    assert_eq!((house.rows("orders"), house.ledger()), (ROWS.into(), 1));
}

#[test]
fn a_worker_that_is_asked_to_end_gives_its_work_back() {
    let house = House::new();
    slow(&house, 60_000);
    let (instance, task) = house.launch("orders/1", "ana");
    assert!(house.send("ana", &task, "large.csv").ok());
    let running = Running::start(house.command("mara", &["worker", "run"]), "");
    inserting(&house, &instance);
    running.interrupt();
    assert!(running.end().ok());

    assert_eq!((house.rows("orders"), house.ledger()), (0, 0));
    // Nobody waits for a lock: the next worker takes it at once.
    let again = worker(&house);
    inserting(&house, &instance);
    house.good("mara", &["instance", "cancel", &instance, "--reason", "x"]);
    assert!(again.end().ok());
}

#[test]
fn cancelling_an_instance_rolls_its_insertion_back() {
    let house = House::new();
    slow(&house, 60_000);
    let (instance, task) = house.launch("orders/1", "ana");
    assert!(house.send("ana", &task, "large.csv").ok());
    let running = worker(&house);
    inserting(&house, &instance);
    let reason = "the wrong file";
    house.good(
        "mara",
        &["instance", "cancel", &instance, "--reason", reason],
    );
    let done = running.end().json();

    assert_eq!(done["kept"], 0);
    assert_eq!((house.rows("orders"), house.ledger()), (0, 0));
    let shown = shown(&house, &instance);
    assert_eq!(shown["state"], "EXTERNALLY_TERMINATED");
    assert_eq!(shown["deleteReason"], reason);
}

#[test]
fn a_stopped_insertion_rolls_back_and_comes_back() {
    let house = House::new();
    slow(&house, 60_000);
    let (instance, task) = house.launch("orders/1", "ana");
    assert!(house.send("ana", &task, "large.csv").ok());
    let running = worker(&house);
    inserting(&house, &instance);
    house.refused("ben", &["instance", "stop", &instance]);
    house.good("ana", &["instance", "stop", &instance]);
    let done = running.end().json();

    assert_eq!((&done["kept"], &done["sentBack"]), (&json!(0), &json!(1)));
    assert_eq!((house.rows("orders"), house.ledger()), (0, 0));
    let task = house.task(&instance).unwrap();
    let task = house.json("ana", &["task", "show", &task]);
    assert_eq!(
        (&task["assignee"], &task["cameBack"]),
        (&json!("ana"), &json!(true))
    );
    let reason = text(&task["reason"]);
    assert!(reason.contains("ana stopped the insertion"), "{task:#}");
}

#[test]
fn a_new_desk_opened_by_many_at_once_is_made_once() {
    let house = House::bare();
    let add = |n: usize| {
        let name = format!("head{n}");
        house.command(&name, &["user", "add", &name, "--role", "head"])
    };
    let ran = all_at_once((0..8).map(add).collect());
    assert_eq!(ran.iter().filter(|ran| ran.ok()).count(), 1, "{ran:#?}");
    for late in ran.iter().filter(|ran| !ran.ok()) {
        late.refusal();
    }
    let first = house.json("", &["user", "list"]);
    assert_eq!(first.as_array().unwrap().len(), 1);
    let head = text(&first[0]["id"]);
    let started = house.json(&head, &["start", "database-insertion"]);
    assert_eq!(started["title"], "Database insertion");
}

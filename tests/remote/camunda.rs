//! A server that has Camunda's paths and nothing of crewdesk's.

use super::proxy::{Deed, Proxy};
use super::*;
use crewdesk::client::{Client, Server, TaskQuery};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const REVIEW: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="review" name="Review" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="look"/>
    <userTask id="look" name="Look" camunda:candidateGroups="sales">
      <extensionElements><camunda:formData>
        <camunda:formField id="verdict" label="Verdict" type="enum"><camunda:value id="good" name="Good"/><camunda:value id="bad" name="Bad"/><camunda:validation><camunda:constraint name="required"/></camunda:validation></camunda:formField>
        <camunda:formField id="count" label="Count" type="long" defaultValue="3"/>
      </camunda:formData></extensionElements>
    </userTask>
    <sequenceFlow id="f2" sourceRef="look" targetRef="after"/>
    <userTask id="after" name="After" camunda:assignee="ben"/>
    <sequenceFlow id="f3" sourceRef="after" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

/// A server that has Camunda's paths and nothing of crewdesk's.
#[test]
fn a_server_with_camundas_paths_alone_is_a_list_of_tasks() {
    let house = house();
    let model = house.write("review.bpmn", REVIEW);
    house.good("mara", &["deploy", &model]);
    let served = Serving::start(&house, "127.0.0.1:0");
    let camunda = Proxy::new(served.address(), |line| {
        match line.contains("/engine-rest/crewdesk") {
            true => Deed::Unknown,
            false => Deed::Pass,
        }
    });
    let start = [
        "start",
        "review",
        "--business-key",
        "r1",
        "--var",
        "title=Look here",
    ];
    let instance = text(&house.json("mara", &start)["id"]);
    let ana = |args: &[&str]| far_json(&house, &camunda.url, "ana", args);
    let offered = ana(&["task", "list", "--claimable"]);
    assert_eq!(offered.as_array().unwrap().len(), 1);
    assert_eq!(
        (
            &offered[0]["name"],
            &offered[0]["title"],
            &offered[0]["businessKey"]
        ),
        (&"Look".into(), &"Look here".into(), &"r1".into())
    );
    let id = text(&offered[0]["id"]);
    assert_eq!(ana(&["task", "claim", &id])["assignee"], "ana");
    let told = far(&house, &camunda.url, "ben", &["task", "claim", &id]).refusal();
    assert!(told.contains("already claimed"), "{told}");
    let detail = ana(&["task", "show", &id]);
    assert_eq!(detail["form"]["fields"][0]["label"], "Verdict");
    assert_eq!(detail["values"]["count"], "3");
    assert_eq!(detail["candidateGroups"][0], "sales");
    // Its form is checked here, in the desk's words.
    let told = far(&house, &camunda.url, "ana", &["task", "complete", &id]).refusal();
    assert!(told.contains("verdict: fill this in"), "{told}");
    let shown = ana(&["instance", "show", &instance]);
    assert_eq!(shown["activeActivityIds"][0], "look", "{shown}");
    let jobs = ana(&["instance", "list", "--open"]);
    for job in [&shown, &jobs[0]] {
        assert_eq!(
            (&job["title"], &job["assignee"]),
            (&"Look here".into(), &"ana".into())
        );
    }
    assert!(
        far(
            &house,
            &camunda.url,
            "ana",
            &["instance", "diagram", &instance]
        )
        .ok()
    );
    // It knows no command again by a key: one without an answer is sent once alone.
    let lossy = Proxy::new(served.address(), |line| {
        match (
            line.contains("/engine-rest/crewdesk"),
            line.contains("/comment/create "),
        ) {
            (true, _) => Deed::Unknown,
            (_, true) => Deed::Lose,
            _ => Deed::Pass,
        }
    });
    let told = far(&house, &lossy.url, "ana", &["task", "comment", &id, "once"]).refusal();
    assert!(told.contains("is not known"), "{told}");
    assert_eq!(lossy.keys("/comment/create ").len(), 1);
    ana(&[
        "task",
        "complete",
        &id,
        "--var",
        "verdict=good",
        "--var",
        "count:=4",
    ]);
    assert!(
        ana(&["task", "list", "--mine"])
            .as_array()
            .unwrap()
            .is_empty()
    );
    let shown = ana(&["instance", "show", &instance]);
    assert_eq!(
        (
            &shown["variables"]["verdict"]["value"],
            &shown["variables"]["count"]["value"]
        ),
        (&"good".into(), &4.into())
    );
    let past = far(
        &house,
        &camunda.url,
        "ana",
        &["instance", "history", &instance],
    );
    assert!(past.out.contains("Look is done by ana"), "{past:?}");
    let told = far(&house, &camunda.url, "ana", &["task", "preview", &id]).refusal();
    assert!(!told.contains("panicked"));
    let told = far(&house, &camunda.url, "ana", &["connection", "test", "x"]).refusal();
    assert!(told.contains("does not offer"), "{told}");
    // And what is no server of tasks at all.
    let other = Proxy::new(served.address(), |_| Deed::Unknown);
    let told = far(&house, &other.url, "ana", &["task", "list"]).refusal();
    assert!(told.contains("is no desk"), "{told}");
}

const PAIR: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="pair" name="Pair" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="fork"/>
    <parallelGateway id="fork"/>
    <sequenceFlow id="f2" sourceRef="fork" targetRef="left"/>
    <sequenceFlow id="f3" sourceRef="fork" targetRef="right"/>
    <userTask id="left" name="Left" camunda:candidateGroups="sales">
      <extensionElements><camunda:formData><camunda:formField id="note" label="Left note" type="string"/></camunda:formData></extensionElements>
    </userTask>
    <userTask id="right" name="Right" camunda:candidateGroups="sales">
      <extensionElements><camunda:formData><camunda:formField id="note" label="Right note" type="string"/></camunda:formData></extensionElements>
    </userTask>
    <sequenceFlow id="f4" sourceRef="left" targetRef="join"/>
    <sequenceFlow id="f5" sourceRef="right" targetRef="join"/>
    <parallelGateway id="join"/>
    <sequenceFlow id="f6" sourceRef="join" targetRef="end"/>
    <endEvent id="end"/>
  </process>
  <process id="many" isExecutable="true">
    <startEvent id="m-start"/>
    <sequenceFlow id="m1" sourceRef="m-start" targetRef="each"/>
    <userTask id="each" name="Each" camunda:candidateGroups="sales">
      <multiInstanceLoopCharacteristics><loopCardinality>510</loopCardinality></multiInstanceLoopCharacteristics>
    </userTask>
  </process>
</definitions>"#;

/// A served house behind Camunda's paths alone, whose line a test takes down.
fn tasklist() -> (House, Serving, Proxy, Arc<AtomicBool>) {
    let house = house();
    let model = house.write("pair.bpmn", PAIR);
    house.good("mara", &["deploy", &model]);
    let served = Serving::start(&house, "127.0.0.1:0");
    let away = Arc::new(AtomicBool::new(false));
    let down = away.clone();
    let camunda = Proxy::new(served.address(), move |line| {
        match (
            line.contains("/engine-rest/crewdesk"),
            down.load(Ordering::SeqCst),
        ) {
            (true, _) => Deed::Unknown,
            (_, true) => Deed::Lose,
            _ => Deed::Pass,
        }
    });
    (house, served, camunda, away)
}

fn ana(house: &House, server: &str) -> Arc<dyn Client> {
    let server = Server::at(server).unwrap().keeping(&house.path("unsent"));
    server
        .enter(Some("ana"), &mut |_| Ok(PASSWORD.to_owned()))
        .unwrap()
}

fn note(text: &str) -> indexmap::IndexMap<String, String> {
    indexmap::IndexMap::from([("note".to_owned(), text.to_owned())])
}

#[test]
fn two_tasks_of_one_instance_are_two_tasks() {
    let (house, _served, camunda, _) = tasklist();
    house.good(
        "mara",
        &[
            "start",
            "pair",
            "--business-key",
            "p",
            "--var",
            "title=Both",
        ],
    );
    let client = ana(&house, &camunda.url);
    let mut found = client.tasks(TaskQuery::default()).unwrap().items;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    let [left, right] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!((&*left.name, &*right.name), ("Left", "Right"));
    assert_eq!(left.process_instance_id, right.process_instance_id);
    assert!(
        found
            .iter()
            .all(|task| task.title.as_deref() == Some("Both"))
    );
    let label = |id: &str| client.task(id).unwrap().form.fields[0].label.clone();
    assert_eq!(
        (&*label(&left.id), &*label(&right.id)),
        ("Left note", "Right note")
    );
    client.claim(&left.id).unwrap();
    client.save_draft(&left.id, &note("l"), None).unwrap();
    client.save_draft(&right.id, &note("r"), None).unwrap();
    let offered = TaskQuery {
        claimable: true,
        ..TaskQuery::default()
    };
    let offered = client.tasks(offered).unwrap().items;
    assert_eq!((offered.len(), &offered[0].id), (1, &right.id));
    let texts = |id: &str| client.task(id).unwrap().values["note"].clone();
    assert_eq!((&*texts(&left.id), &*texts(&right.id)), ("l", "r"));
    client.complete_form(&left.id, &note("done left")).unwrap();
    let shown = client.instance(&left.process_instance_id).unwrap();
    assert_eq!((shown.tasks.len(), &shown.tasks[0].id), (1, &right.id));
    assert_eq!(texts(&right.id), "r", "the other's draft stays");
    client.complete_form(&right.id, &note("done")).unwrap();
    assert!(
        client
            .instance(&left.process_instance_id)
            .unwrap()
            .instance
            .ended
    );
}

#[test]
fn a_draft_needs_no_line() {
    let (house, _served, camunda, away) = tasklist();
    house.good("mara", &["start", "pair"]);
    let client = ana(&house, &camunda.url);
    let id = client
        .tasks(TaskQuery::default())
        .unwrap()
        .items
        .remove(0)
        .id;
    client.task(&id).unwrap();
    away.store(true, Ordering::SeqCst);
    let begun = Instant::now();
    client.save_draft(&id, &note("typed"), None).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "nobody was asked");
    drop(client);
    away.store(false, Ordering::SeqCst);
    let client = ana(&house, &camunda.url);
    assert_eq!(client.task(&id).unwrap().values["note"], "typed");
    client.complete_form(&id, &note("sent")).unwrap();
    assert!(house.path("unsent").read_dir().unwrap().next().is_none());
}

#[test]
fn long_lists_are_looked_at_page_by_page() {
    let (house, _served, camunda, _) = tasklist();
    house.good("mara", &["start", "many"]);
    let client = ana(&house, &camunda.url);
    let list = |offset: usize, limit: usize| {
        let query = TaskQuery {
            offset,
            limit,
            ..TaskQuery::default()
        };
        client.tasks(query).unwrap()
    };
    let all = list(0, 1000);
    assert_eq!((all.items.len(), all.total), (510, 510));
    let ids: std::collections::HashSet<_> = all.items.iter().map(|task| &task.id).collect();
    assert_eq!(ids.len(), 510);
    assert_eq!((list(505, 50).items.len(), list(0, 50).total), (5, 510));
    let work = client.workload().unwrap();
    assert_eq!(work.iter().map(|entry| entry.open).sum::<u64>(), 510);
}

//! A server that has Camunda's paths and nothing of crewdesk's.

use super::proxy::{Deed, Proxy};
use super::*;

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

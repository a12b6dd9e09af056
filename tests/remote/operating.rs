//! A head operates a served desk as the own one.

use super::{Serving, far, far_json, house};
use crate::support::until;
use crewdesk::desk::batch::Work;
use crewdesk::desk::{Caller, Desk, DeskOptions};
use serde_json::json;

const MODEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <message id="paid" name="paid"/>
  <process id="line" name="Line" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="add"/>
    <serviceTask id="add" camunda:asyncBefore="true" camunda:expression="${first + 1}" camunda:resultVariable="sum"/>
    <sequenceFlow id="b" sourceRef="add" targetRef="pay"/>
    <receiveTask id="pay" messageRef="paid"/>
    <sequenceFlow id="c" sourceRef="pay" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

#[test]
fn versions_incidents_jobs_and_events_over_the_socket() {
    let house = house();
    let serving = Serving::start(&house, "127.0.0.1:0");
    let server = serving.socket.as_str();
    let mara = |args: &[&str]| far_json(&house, server, "", args);
    house.write("line.bpmn", MODEL);
    mara(&["deploy", "line.bpmn"]);
    let id = mara(&["start", "line"])["id"].as_str().unwrap().to_owned();
    let job = mara(&["job", "list", "--instance", &id])[0]["id"].clone();
    let job = job.as_str().unwrap();
    // The served desk tries it, too.
    for _ in 0..3 {
        assert!(!far(&house, server, "", &["job", "run", job]).ok());
    }
    let incidents = || mara(&["incident", "list", "--key", "line"]);
    until("it failed for good", || incidents()[0].is_object());
    let incident = incidents()[0].clone();
    mara(&["job", "due", job, "2099-01-01 10:00"]);
    mara(&["job", "due", job]);
    assert_eq!(incident["activityId"], "add", "{incident}");
    assert!(
        incident["incidentMessage"]
            .as_str()
            .unwrap()
            .contains("first")
    );
    mara(&["instance", "set", &id, "first:=1"]);
    let retried = mara(&["incident", "retry", incident["id"].as_str().unwrap()]);
    assert_eq!(retried, json!({ "retried": 1, "resolved": 0 }));
    until("its job has run", || {
        mara(&["instance", "waits", &id])[0].is_object()
    });
    let waits = mara(&["instance", "waits", &id]);
    assert_eq!(
        (&waits[0]["name"], &waits[0]["activityId"]),
        (&json!("paid"), &json!("pay"))
    );
    mara(&[
        "process",
        "suspend",
        "line",
        "--version",
        "1",
        "--instances",
    ]);
    let versions = mara(&["process", "list"]);
    let line = versions
        .as_array()
        .unwrap()
        .iter()
        .find(|v| v["key"] == "line")
        .unwrap();
    assert_eq!(
        (&line["suspended"], &line["suspendedInstances"]),
        (&json!(true), &json!(1))
    );
    mara(&[
        "process",
        "activate",
        "line",
        "--version",
        "1",
        "--instances",
    ]);
    mara(&["message", "send", "paid", "--instance", &id]);
    let gone = mara(&["process", "delete", "line", "--version", "1", "--history"]);
    assert_eq!(gone["instances"], 1);
    // None of it is for an employee.
    for args in [
        &["incident", "list"][..],
        &["process", "list"],
        &["job", "due", job],
    ] {
        assert!(!far(&house, &serving.http, "ana", args).ok(), "{args:?}");
    }
}

#[test]
fn batches_over_the_network_are_looked_at_suspended_tried_again_and_cancelled() {
    let house = house();
    house.write("line.bpmn", MODEL);
    house.good("mara", &["deploy", "line.bpmn"]);
    let instances: Vec<String> = (0..3)
        .map(|_| {
            let started = house.json("mara", &["start", "line", "--var", "first:=1"]);
            started["id"].as_str().unwrap().to_owned()
        })
        .collect();
    // One of them is not there; none is done before the desk is served, which works them off.
    let made = |kind: &str| {
        let desk = Desk::open(&house.path("desk/desk.db"), DeskOptions::default()).unwrap();
        let mara = Caller::User("mara".to_owned());
        let mut items = instances.clone();
        items.push(format!("no-{kind}"));
        let work = Work::Suspend { suspended: true };
        let id = desk.create_batch(&mara, &work, items).unwrap();
        desk.suspend_batch(&mara, &id, true).unwrap();
        id
    };
    let (slow, left) = (made("slow"), made("left"));
    let serving = Serving::start(&house, "127.0.0.1:0");
    let server = serving.socket.as_str();
    let mara = |args: &[&str]| far_json(&house, server, "", args);
    let listed = mara(&["batch", "list"]);
    assert_eq!(
        (
            &listed[0]["id"],
            &listed[0]["suspended"],
            &listed[0]["total"]
        ),
        (&json!(slow), &json!(true), &json!(4))
    );
    mara(&["batch", "activate", &slow]);
    until("all that can be done is done", || {
        mara(&["batch", "show", &slow])["completed"] == 3
    });
    for id in &instances {
        assert_eq!(mara(&["instance", "show", id])["state"], "SUSPENDED");
    }
    until("what is not there has failed", || {
        mara(&["batch", "show", &slow])["failures"][0]["item"] == "no-slow"
    });
    let again = mara(&["batch", "retry", &slow]);
    assert_eq!(again, json!({ "id": slow, "items": 1 }));
    for id in [&slow, &left] {
        mara(&["batch", "cancel", id]);
    }
    assert_eq!(mara(&["batch", "list"]), json!([]));
    for args in [&["batch", "list"][..], &["batch", "cancel", &left]] {
        assert!(!far(&house, &serving.http, "ana", args).ok(), "{args:?}");
    }
}

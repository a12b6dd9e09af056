//! What an instance tells of events, of what it calls and was called by, and of its scopes; and
//! how many incidents are told as one.

use crate::office::*;
use crewdesk::client::{Client, StartRequest};
use crewdesk::desk::Caller;
use crewdesk::desk::external::Failure;
use crewdesk::desk::variables::Scope;
use crewdesk::value::{Map, Value};

fn model(inside: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <error id="broken" errorCode="BROKEN" /><escalation id="ask" escalationCode="ASK" /><signal id="alarm" name="alarm" />
        {inside}</definitions>"#
    )
}

/// Starts an instance of a process; its id.
fn start(office: &Office, key: &str) -> String {
    let request = StartRequest {
        key: key.into(),
        ..StartRequest::default()
    };
    office.client("mara").start(request).unwrap().id
}

fn told(office: &Office, instance: &str) -> Vec<String> {
    let entries = office.client("mara").history(instance).unwrap();
    entries.into_iter().map(|entry| entry.text).collect()
}

/// The only instance of a process.
fn only(office: &Office, key: &str) -> String {
    let query = crewdesk::client::InstanceQuery {
        key: Some(key.into()),
        ..Default::default()
    };
    office.client("mara").instances(query).unwrap().items[0]
        .id
        .clone()
}

const PRINT: &str = r#"<process id="print" name="Print" isExecutable="true" camunda:historyTimeToLive="P30D">
    <startEvent id="s" /><sequenceFlow id="a" sourceRef="s" targetRef="page" />
    <serviceTask id="page" name="Print the page" camunda:type="external" camunda:topic="printing" />
    <boundaryEvent id="jam" name="Jammed" attachedToRef="page"><errorEventDefinition errorRef="broken" /></boundaryEvent>
    <sequenceFlow id="b" sourceRef="jam" targetRef="repair" /><userTask id="repair" name="Repair" />
    </process>"#;

#[test]
fn an_error_that_a_worker_reports_says_its_code_and_who_caught_it() {
    let office = Office::new();
    office.deploy("print.bpmn", &model(PRINT));
    let report = |code: &str| {
        let instance = start(&office, "print");
        let task = office.lock("printing", &[]).unwrap().task.id;
        let (desk, worker) = (&office.desk, office.worker());
        let message = Some("no paper".to_owned());
        desk.bpmn_error(&worker, &task, "w1", code, message, Map::new())
            .unwrap();
        told(&office, &instance)
    };
    let caught = "w1 reported the error BROKEN in Print the page (no paper), caught by Jammed";
    assert_eq!(report("BROKEN")[2], caught);
    let free = "w1 reported the error OTHER in Print the page (no paper), which nothing catches";
    let told = report("OTHER");
    assert_eq!(told[2], free);
    assert!(
        !told.iter().any(|text| text.contains("completed")),
        "{told:?}"
    );
}

const OUTER: &str = r#"<process id="outer" name="Outer" isExecutable="true" camunda:historyTimeToLive="P30D">
    <startEvent id="s" /><sequenceFlow id="a" sourceRef="s" targetRef="call" />
    <callActivity id="call" name="Ship it" calledElement="inner" />
    <boundaryEvent id="lost" name="Lost" attachedToRef="call"><errorEventDefinition errorRef="broken" /></boundaryEvent>
    <boundaryEvent id="asked" name="Asked" attachedToRef="call" cancelActivity="false"><escalationEventDefinition /></boundaryEvent>
    <sequenceFlow id="c" sourceRef="lost" targetRef="cry" />
    <endEvent id="cry" name="Cry out"><signalEventDefinition signalRef="alarm" /></endEvent>
    </process>
    <process id="inner" name="Inner" isExecutable="true" camunda:historyTimeToLive="P30D">
    <startEvent id="s2" /><sequenceFlow id="a2" sourceRef="s2" targetRef="up" />
    <intermediateThrowEvent id="up" name="Ask up"><escalationEventDefinition escalationRef="ask" /></intermediateThrowEvent>
    <sequenceFlow id="b2" sourceRef="up" targetRef="t" /><userTask id="t" name="Pack" />
    <sequenceFlow id="c2" sourceRef="t" targetRef="e" />
    <endEvent id="e" name="Give up"><errorEventDefinition errorRef="broken" /></endEvent>
    </process>"#;

#[test]
fn what_crosses_a_call_is_told_on_both_sides_and_both_lead_to_each_other() {
    let office = Office::new();
    office.deploy("outer.bpmn", &model(OUTER));
    let outer = start(&office, "outer");
    let inner = only(&office, "inner");
    let mara = office.client("mara");
    let (above, below) = (
        mara.instance(&outer).unwrap(),
        mara.instance(&inner).unwrap(),
    );
    let [called] = above.called_instances.as_slice() else {
        panic!("{above:?}")
    };
    assert_eq!(
        (
            called.id.as_str(),
            called.name.as_str(),
            called.activity_id.as_deref()
        ),
        (inner.as_str(), "Inner", Some("call"))
    );
    assert_eq!(below.caller.map(|caller| caller.id), Some(outer.clone()));
    assert!(above.caller.is_none() && below.called_instances.is_empty());
    mara.complete(&below.tasks[0].id, Map::new()).unwrap();
    assert_eq!(
        told(&office, &outer)[1..],
        [
            "Ship it called Inner",
            "the escalation ASK of the called Inner, caught by Asked",
            "the error BROKEN of the called Inner, caught by Lost",
            "Cry out threw the signal alarm",
            "the process reached its end",
        ]
    );
    let told = told(&office, &inner);
    assert_eq!(
        told[1],
        "Ask up threw the escalation ASK, caught in Outer, which called it"
    );
    assert!(
        told.contains(&"Give up threw the error BROKEN, caught in Outer, which called it".into()),
        "{told:?}"
    );
    // An escalation that nothing catches is no failure.
    let alone = start(&office, "inner");
    let entries = mara.history(&alone).unwrap();
    let free = "Ask up threw the escalation ASK, which nothing catches";
    let entry = entries.iter().find(|entry| entry.text == free).unwrap();
    assert_eq!(entry.kind, "threw");
    // Its caller is gone; it shows nothing of others' to those who may not see them.
    assert!(mara.instance(&inner).unwrap().caller.is_some());
}

const TRIP: &str = r#"<process id="trip" isExecutable="true" camunda:historyTimeToLive="P30D">
    <startEvent id="s" /><sequenceFlow id="a" sourceRef="s" targetRef="book" />
    <manualTask id="book" name="Book" />
    <boundaryEvent id="undo" attachedToRef="book"><compensateEventDefinition /></boundaryEvent>
    <manualTask id="cancel" name="Cancel the booking" isForCompensation="true" />
    <association id="as" sourceRef="undo" targetRef="cancel" associationDirection="One" />
    <sequenceFlow id="b" sourceRef="book" targetRef="wait" />
    <intermediateCatchEvent id="wait" name="Storm"><signalEventDefinition signalRef="alarm" /></intermediateCatchEvent>
    <sequenceFlow id="c" sourceRef="wait" targetRef="back" />
    <endEvent id="back" name="Turn back"><compensateEventDefinition /></endEvent>
    </process>"#;

#[test]
fn signals_and_compensation_are_told_and_a_signal_says_how_many_got_it() {
    let office = Office::new();
    office.deploy("trip.bpmn", &model(TRIP));
    let instance = start(&office, "trip");
    start(&office, "trip");
    let mara = Caller::User("mara".into());
    let signal = || {
        office
            .desk
            .signal(&mara, "alarm", None, Map::new())
            .unwrap()
    };
    let heard = signal();
    assert_eq!((heard.executions, heard.started), (2, 0));
    assert_eq!(signal().executions, 0);
    assert_eq!(
        told(&office, &instance)[1..],
        [
            "Storm caught the signal alarm",
            "Turn back has what was done undone",
            "Cancel the booking undoes Book",
            "the process reached its end",
        ]
    );
}

#[test]
fn variables_of_scopes_and_tasks_are_shown_with_whose_they_are() {
    let office = Office::new();
    let inside = r#"<process id="many" isExecutable="true" camunda:historyTimeToLive="P30D">
        <startEvent id="s" /><sequenceFlow id="a" sourceRef="s" targetRef="sub" />
        <subProcess id="sub" name="Each"><extensionElements><camunda:inputOutput>
          <camunda:inputParameter name="size">${1 + 1}</camunda:inputParameter></camunda:inputOutput></extensionElements>
          <startEvent id="s2" /><sequenceFlow id="b" sourceRef="s2" targetRef="t" /><userTask id="t" name="Look" /></subProcess>
        </process>"#;
    office.deploy("many.bpmn", &model(inside));
    let instance = start(&office, "many");
    let mara = office.client("mara");
    let task = mara.instance(&instance).unwrap().tasks[0].id.clone();
    let note = Map::from_iter([("note".to_owned(), Value::from("x".to_owned()))]);
    let caller = Caller::User("mara".into());
    office
        .desk
        .change_variables(&caller, Scope::Task(&task), true, note, Vec::new())
        .unwrap();
    let shown = mara.instance(&instance).unwrap();
    assert!(shown.variables.is_empty(), "{:?}", shown.variables);
    let local: Vec<_> = shown.local_variables.iter().collect();
    let [each, look] = local.as_slice() else {
        panic!("{local:?}")
    };
    assert_eq!(
        (
            each.activity_name.as_deref(),
            &each.variables["size"]["value"]
        ),
        (Some("Each"), &2.into())
    );
    assert_eq!(
        (look.task_id.as_ref(), &look.variables["note"]["value"]),
        (Some(&task), &"x".into())
    );
}

#[test]
fn many_incidents_of_a_process_are_one_notification() {
    let office = Office::new();
    office.deploy("print.bpmn", &model(PRINT));
    let fail = |times: usize| {
        for _ in 0..times {
            start(&office, "print");
            let task = office.lock("printing", &[]).unwrap().task.id;
            let failure = Failure {
                message: "no paper".into(),
                ..Failure::default()
            };
            office
                .desk
                .fail_external(&office.worker(), &task, "w1", failure)
                .unwrap();
        }
    };
    let mara = office.client("mara");
    let incidents = || {
        let notes = mara.notifications(true, 0).unwrap().into_iter();
        let notes = notes.filter(|note| note.kind == "incident");
        notes.map(|note| note.text).collect::<Vec<_>>()
    };
    fail(3);
    assert_eq!(
        incidents(),
        ["Print: Print the page stands still: no paper"; 3]
    );
    fail(200);
    assert_eq!(
        incidents(),
        ["203 incidents in Print, the newest: Print the page stands still: no paper"]
    );
    mara.mark_read(i64::MAX).unwrap();
    fail(1);
    assert_eq!(
        incidents(),
        ["Print: Print the page stands still: no paper"]
    );
}

//! BPMN errors: error end events, boundary errors, errors of workers.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

const SUB: &str = r#"
    <startEvent id="start" />
    <subProcess id="sub">
      <startEvent id="s" /> <userTask id="try" /> <userTask id="beside" />
      <endEvent id="fail"><errorEventDefinition errorRef="broken" /></endEvent>
      s -> try -> fail
      s -> beside
    </subProcess>
    <boundaryEvent id="any" attachedToRef="sub"><errorEventDefinition /></boundaryEvent>
    <boundaryEvent id="caught" attachedToRef="sub">
      <errorEventDefinition errorRef="broken" camunda:errorCodeVariable="code" camunda:errorMessageVariable="text" />
    </boundaryEvent>
    <userTask id="repair" /> <userTask id="anything" /> <endEvent id="end" />
    start -> sub -> end
    caught -> repair
    any -> anything
"#;

#[test]
fn an_error_end_event_interrupts_the_scope_whose_boundary_names_its_code() {
    let mut desk = Desk::start(SUB, Map::new());
    desk.complete("try");
    assert_eq!(desk.tokens(), ["repair"]);
    assert_eq!(desk.var("code"), Some("BROKEN".into()));
    assert_eq!(desk.var("text"), Some("Broken".into()));
    let history = desk.history();
    assert!(history.contains(&"sub!".to_owned()) && history.contains(&"beside!".to_owned()));
}

const WORKER: &str = r#"
    <startEvent id="start" />
    <serviceTask id="work" camunda:type="external" camunda:topic="t" />
    <boundaryEvent id="caught" attachedToRef="work">
      <errorEventDefinition errorRef="broken" camunda:errorMessageVariable="text" />
    </boundaryEvent>
    <userTask id="repair" /> <userTask id="done" />
    start -> work -> done
    caught -> repair
"#;

fn report(desk: &mut Desk, code: &str) {
    let task = desk.lock("work");
    desk.ok(Command::ExternalTaskError {
        task,
        worker: "worker".into(),
        code: code.into(),
        message: Some("no paper".into()),
        variables: vars([("seen", true.into())]),
    });
}

#[test]
fn a_worker_reports_an_error_to_the_boundary() {
    let mut desk = Desk::start(WORKER, Map::new());
    report(&mut desk, "BROKEN");
    assert_eq!(desk.tokens(), ["repair"]);
    assert_eq!(desk.var("text"), Some("no paper".into()));
    assert_eq!(desk.var("seen"), Some(Value::Boolean(true)));
}

#[test]
fn an_error_that_nobody_catches_ends_its_token() {
    let mut desk = Desk::start(WORKER, Map::new());
    report(&mut desk, "OTHER");
    assert!(desk.ended());
    assert_eq!(desk.end_state(), Some(InstanceState::Completed));
    let told = desk
        .log
        .iter()
        .any(|event| matches!(event, Event::ErrorUncaught { code, .. } if code == "OTHER"));
    assert!(told);
}

#[test]
fn an_error_climbs_over_scopes_that_do_not_catch_it() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <subProcess id="outer">
          <startEvent id="s1" />
          <subProcess id="inner">
            <startEvent id="s2" /> <endEvent id="fail"><errorEventDefinition errorRef="broken" /></endEvent>
            s2 -> fail
          </subProcess>
          s1 -> inner
        </subProcess>
        <boundaryEvent id="any" attachedToRef="outer"><errorEventDefinition /></boundaryEvent>
        <userTask id="repair" />
        start -> outer
        any -> repair
        "#,
        Map::new(),
    );
    assert_eq!(desk.tokens(), ["repair"]);
    desk.complete("repair");
    assert!(desk.ended());
}

//! Escalations: thrown in between and at ends, caught around, beside or instead.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::Map;

/// `throw` is an end or intermediate event in a sub-process with this boundary and handler.
fn model(throw: &str, boundary: &str, handler: &str) -> String {
    format!(
        r#"
        <startEvent id="start" />
        <subProcess id="sub">
          <startEvent id="s" /> <userTask id="work" />
          <{throw} id="throw"><escalationEventDefinition escalationRef="lateness" /></{throw}>
          <userTask id="goOn" />
          s -> work -> throw
          {flow}
          {handler}
        </subProcess>
        {boundary}
        <userTask id="after" /> <userTask id="outside" />
        start -> sub -> after
        {out}
        "#,
        flow = if throw == "endEvent" {
            ""
        } else {
            "throw -> goOn"
        },
        out = if boundary.is_empty() {
            ""
        } else {
            "caught -> outside"
        },
    )
}

fn boundary(reference: &str, cancel: bool) -> String {
    format!(
        r#"<boundaryEvent id="caught" attachedToRef="sub" cancelActivity="{cancel}">
           <escalationEventDefinition {reference} camunda:escalationCodeVariable="code" /></boundaryEvent>"#
    )
}

fn handler(reference: &str, interrupting: bool) -> String {
    format!(
        r#"<subProcess id="handler" triggeredByEvent="true">
             <startEvent id="on" isInterrupting="{interrupting}">
               <escalationEventDefinition {reference} camunda:escalationCodeVariable="code" /></startEvent>
             <userTask id="inside" />
             on -> inside
           </subProcess>"#
    )
}

const LATE: &str = r#"escalationRef="lateness""#;
const HOT: &str = r#"escalationRef="hot""#;

#[track_caller]
fn after_work(model: &str) -> Desk {
    let mut desk = Desk::start(model, Map::new());
    desk.complete("work");
    desk
}

#[test]
fn uncaught_it_is_ignored() {
    for boundary in [String::new(), boundary(HOT, true)] {
        let desk = after_work(&model("intermediateThrowEvent", &boundary, ""));
        assert_eq!(desk.tasks(), ["goOn"]);
        let desk = after_work(&model("endEvent", &boundary, ""));
        assert_eq!(desk.tasks(), ["after"]);
    }
}

#[test]
fn a_boundary_that_interrupts_ends_the_scope_with_the_thrower() {
    for throw in ["intermediateThrowEvent", "endEvent"] {
        for reference in [LATE, ""] {
            let desk = after_work(&model(throw, &boundary(reference, true), ""));
            assert_eq!(desk.tasks(), ["outside"]);
            assert_eq!(desk.var("code"), Some("LATE".into()));
            assert!(desk.history().contains(&"throw!".to_owned()));
        }
    }
}

#[test]
fn one_that_does_not_lets_the_thrower_go_on() {
    let desk = after_work(&model("intermediateThrowEvent", &boundary(LATE, false), ""));
    assert_eq!(desk.tasks(), ["goOn", "outside"]);
    let desk = after_work(&model("endEvent", &boundary("", false), ""));
    assert_eq!(desk.tasks(), ["after", "outside"]);
}

#[test]
fn an_event_sub_process_comes_before_the_boundary() {
    let throw = "intermediateThrowEvent";
    let both = model(throw, &boundary(LATE, true), &handler(LATE, false));
    assert_eq!(after_work(&both).tasks(), ["goOn", "inside"]);
    let other = model(throw, &boundary(LATE, true), &handler(HOT, false));
    assert_eq!(after_work(&other).tasks(), ["outside"]);
    let instead = model(throw, &boundary(LATE, true), &handler("", true));
    let desk = after_work(&instead);
    assert_eq!(desk.tasks(), ["inside"]);
    assert_eq!(desk.var("code"), Some("LATE".into()));
}

#[test]
fn thrown_again_inside_its_handler_it_goes_on_outwards() {
    let handler = r#"<subProcess id="handler" triggeredByEvent="true">
        <startEvent id="on"><escalationEventDefinition escalationRef="lateness" /></startEvent>
        <endEvent id="again"><escalationEventDefinition escalationRef="lateness" /></endEvent>
        on -> again
      </subProcess>"#;
    let throw = "intermediateThrowEvent";
    let desk = after_work(&model(throw, &boundary(LATE, false), handler));
    assert_eq!(desk.tasks(), ["after", "outside"]);
}

#[test]
fn it_can_be_thrown_twice() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <subProcess id="sub">
          <startEvent id="s" /> <userTask id="work" />
          <intermediateThrowEvent id="one"><escalationEventDefinition escalationRef="lateness" /></intermediateThrowEvent>
          <intermediateThrowEvent id="two"><escalationEventDefinition escalationRef="lateness" /></intermediateThrowEvent>
          s -> one -> two -> work
        </subProcess>
        <boundaryEvent id="caught" attachedToRef="sub" cancelActivity="false"><escalationEventDefinition escalationRef="lateness" /></boundaryEvent>
        <userTask id="outside" />
        start -> sub
        caught -> outside
        "#,
        Map::new(),
    );
    assert_eq!(desk.tasks(), ["outside", "outside", "work"]);
    desk.complete("work");
    desk.complete("outside");
    desk.complete("outside");
    assert!(desk.ended());
}

#[test]
fn a_person_escalates_a_task_or_reports_an_error_in_it() {
    let model = r#"
        <startEvent id="start" /> <userTask id="work" />
        <boundaryEvent id="caught" attachedToRef="work" cancelActivity="false"><escalationEventDefinition escalationRef="lateness" /></boundaryEvent>
        <boundaryEvent id="wrong" attachedToRef="work"><errorEventDefinition errorRef="broken" camunda:errorMessageVariable="text" /></boundaryEvent>
        <userTask id="boss" /> <userTask id="repair" />
        start -> work
        caught -> boss
        wrong -> repair
    "#;
    let mut desk = Desk::start(model, Map::new());
    let task = desk.task("work").id;
    let escalate = |code: &str| Command::Escalate {
        task: task.clone(),
        code: code.into(),
        variables: vars([("why", "no time".into())]),
    };
    assert!(matches!(
        desk.apply(escalate("NO")),
        Err(Error::BadRequest(_))
    ));
    desk.ok(escalate("LATE"));
    assert_eq!(desk.tasks(), ["boss", "work"]);
    assert_eq!(desk.var("why"), Some("no time".into()));
    desk.ok(Command::TaskError {
        task: task.clone(),
        code: "BROKEN".into(),
        message: Some("torn".into()),
        variables: Map::new(),
    });
    assert_eq!(desk.tasks(), ["boss", "repair"]);
    assert_eq!(desk.var("text"), Some("torn".into()));
}

//! Event sub-processes: by message, timer and error, interrupting and not, nested.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::Map;

fn at_process(interrupting: bool, definition: &str) -> String {
    format!(
        r#"
        <startEvent id="start" /> <userTask id="work" /> <userTask id="rest" />
        <subProcess id="handler" triggeredByEvent="true">
          <startEvent id="on" isInterrupting="{interrupting}">{definition}</startEvent>
          <userTask id="inside" /> <endEvent id="done" />
          on -> inside -> done
        </subProcess>
        start -> work -> rest
        "#
    )
}

const LETTER: &str = r#"<messageEventDefinition messageRef="letter" />"#;

#[test]
fn an_interrupting_one_replaces_all_else_in_its_scope() {
    let mut desk = Desk::start(&at_process(true, LETTER), Map::new());
    assert_eq!(desk.subscriptions(), ["message letter on"]);
    desk.message("letter");
    assert_eq!(desk.tasks(), ["inside"]);
    assert_eq!(desk.subscriptions(), Vec::<String>::new());
    assert!(desk.history().contains(&"work!".to_owned()));
    desk.complete("inside");
    assert_eq!(desk.end_state(), Some(InstanceState::Completed));
    assert_eq!(desk.instance, Instance::default());
}

#[test]
fn others_run_beside_and_the_scope_ends_with_the_last() {
    let mut desk = Desk::start(&at_process(false, LETTER), Map::new());
    desk.message("letter");
    desk.message("letter");
    assert_eq!(desk.tasks(), ["inside", "inside", "work"]);
    desk.complete("work");
    desk.complete("rest");
    assert_eq!(desk.tasks(), ["inside", "inside"]);
    desk.complete("inside");
    desk.message("letter");
    desk.complete("inside");
    desk.complete("inside");
    assert!(desk.ended());
}

#[test]
fn it_can_wait_for_time_once_or_again_and_again() {
    let timer = |text: &str| format!("<timerEventDefinition>{text}</timerEventDefinition>");
    let once = timer("<timeDuration>PT1H</timeDuration>");
    let mut desk = Desk::start(&at_process(true, &once), Map::new());
    desk.wait(60);
    desk.execute("on");
    assert_eq!(desk.tasks(), ["inside"]);
    assert_eq!(desk.instance.jobs().count(), 0);
    let cycle = timer("<timeCycle>R3/PT1H</timeCycle>");
    let mut desk = Desk::start(&at_process(false, &cycle), Map::new());
    for round in 1..=3 {
        desk.wait(60);
        desk.execute("on");
        assert_eq!(desk.tasks().len(), round + 1);
    }
    assert_eq!(desk.instance.jobs().count(), 0);
    let cycle = timer("<timeCycle>R3/PT1H</timeCycle>");
    let mut desk = Desk::start(&at_process(true, &cycle), Map::new());
    desk.execute("on");
    assert_eq!(
        desk.instance.jobs().count(),
        0,
        "what interrupts happens once"
    );
}

const NESTED: &str = r#"
    <startEvent id="start" />
    <subProcess id="sub">
      <startEvent id="s" /> <userTask id="work" />
      <subProcess id="handler" triggeredByEvent="true">
        <startEvent id="on"><messageEventDefinition messageRef="letter" /></startEvent>
        <userTask id="inside" /> <endEvent id="done" />
        on -> inside -> done
        <subProcess id="deep" triggeredByEvent="true">
          <startEvent id="onAlarm" isInterrupting="false"><signalEventDefinition signalRef="alarm" /></startEvent>
          <userTask id="deepest" />
          onAlarm -> deepest
        </subProcess>
      </subProcess>
      s -> work
    </subProcess>
    <boundaryEvent id="out" attachedToRef="sub"><signalEventDefinition signalRef="shout" /></boundaryEvent>
    <userTask id="after" /> <userTask id="outside" />
    start -> sub -> after
    out -> outside
"#;

#[test]
fn one_in_a_sub_process_leaves_the_boundary_of_that_alone() {
    let customer = || vars([("customer", "Ida".into())]);
    let mut desk = Desk::start(NESTED, customer());
    desk.message("letter");
    assert_eq!(
        desk.subscriptions(),
        ["signal alarm onAlarm", "signal shout at Ida out"],
        "an event sub-process has event sub-processes of its own"
    );
    desk.signal("alarm");
    assert_eq!(desk.tasks(), ["deepest", "inside"]);
    desk.complete("inside");
    assert_eq!(desk.tasks(), ["deepest"]);
    desk.complete("deepest");
    assert_eq!(desk.tasks(), ["after"]);
    let mut desk = Desk::start(NESTED, customer());
    desk.message("letter");
    desk.signal("shout at Ida");
    assert_eq!(desk.tasks(), ["outside"]);
    assert_eq!(desk.subscriptions(), Vec::<String>::new());
}

#[test]
fn two_of_them_exclude_each_other_when_they_interrupt() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <userTask id="work" />
        <subProcess id="one" triggeredByEvent="true">
          <startEvent id="onLetter"><messageEventDefinition messageRef="letter" /></startEvent>
          <userTask id="first" />
          onLetter -> first
        </subProcess>
        <subProcess id="two" triggeredByEvent="true">
          <startEvent id="onTime"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></startEvent>
          <userTask id="second" />
          onTime -> second
        </subProcess>
        start -> work
        "#,
        Map::new(),
    );
    assert_eq!(desk.instance.jobs().count(), 1);
    desk.message("letter");
    assert_eq!(desk.tasks(), ["first"]);
    assert_eq!(
        (desk.instance.jobs().count(), desk.subscriptions().len()),
        (0, 0)
    );
}

#[test]
fn an_error_goes_to_the_event_sub_process_before_the_boundary() {
    let model = |code: &str| {
        format!(
            r#"
            <startEvent id="start" />
            <subProcess id="sub">
              <startEvent id="s" /> <userTask id="work" />
              <endEvent id="fail"><errorEventDefinition errorRef="{code}" /></endEvent>
              s -> work -> fail
              <subProcess id="handler" triggeredByEvent="true">
                <startEvent id="on"><errorEventDefinition errorRef="broken" camunda:errorCodeVariable="code" /></startEvent>
                <userTask id="inside" />
                <endEvent id="again"><errorEventDefinition errorRef="broken" /></endEvent>
                on -> inside -> again
              </subProcess>
            </subProcess>
            <boundaryEvent id="any" attachedToRef="sub"><errorEventDefinition /></boundaryEvent>
            <userTask id="outside" />
            start -> sub
            any -> outside
            "#
        )
    };
    let mut desk = Desk::start(&model("broken"), Map::new());
    desk.complete("work");
    assert_eq!(desk.tasks(), ["inside"]);
    assert_eq!(desk.var("code"), Some("BROKEN".into()));
    desk.complete("inside");
    assert_eq!(
        desk.tasks(),
        ["outside"],
        "it does not catch what it throws itself"
    );
    let mut desk = Desk::start(&model("lost"), Map::new());
    desk.complete("work");
    assert_eq!(desk.tasks(), ["outside"]);
}

#[test]
fn a_variable_of_the_start_event_s_message_is_seen_inside() {
    let mut desk = Desk::start(&at_process(true, LETTER), Map::new());
    let execution = desk
        .instance
        .subscriptions()
        .next()
        .expect("one")
        .execution_id
        .clone();
    assert_eq!(execution, "instance");
    desk.ok(Command::Correlate {
        execution,
        message: "letter".into(),
        variables: vars([("page", 7.into())]),
        local_variables: Map::new(),
    });
    assert_eq!(desk.var("page"), Some(7.into()));
    assert_eq!(desk.tasks(), ["inside"]);
}

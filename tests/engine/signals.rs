//! Signals inside an instance: caught in between, on a boundary, by an event sub-process;
//! thrown in between and at an end.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

fn thrown(desk: &Desk) -> Vec<(String, Map)> {
    let thrown = desk.log.iter().filter_map(|event| match event {
        Event::SignalThrown {
            name, variables, ..
        } => Some((name.clone(), variables.clone())),
        _ => None,
    });
    thrown.collect()
}

#[test]
fn a_catch_event_waits_for_its_signal_by_an_evaluated_name() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <intermediateCatchEvent id="wait"><signalEventDefinition signalRef="shout" /></intermediateCatchEvent>
        <endEvent id="end" />
        start -> wait -> end
        "#,
        vars([("customer", "Ida".into())]),
    );
    assert_eq!(desk.subscriptions(), ["signal shout at Ida wait"]);
    let execution = desk
        .instance
        .subscriptions()
        .next()
        .expect("one")
        .execution_id
        .clone();
    let wrong = desk.apply(Command::Signal {
        execution: execution.clone(),
        signal: "alarm".into(),
        variables: Map::new(),
    });
    assert!(matches!(
        wrong,
        Err(Error::NoSubscription { what: "signal", .. })
    ));
    desk.ok(Command::Signal {
        execution,
        signal: "shout at Ida".into(),
        variables: vars([("heard", true.into())]),
    });
    assert!(desk.ended());
    assert_eq!(desk.last("heard"), Some(true.into()));
}

#[test]
fn a_boundary_signal_interrupts_or_not() {
    for (interrupting, tasks) in [(true, vec!["after"]), (false, vec!["after", "work"])] {
        let mut desk = Desk::start(
            &format!(
                r#"
                <startEvent id="start" /> <userTask id="work" /> <userTask id="after" />
                <boundaryEvent id="heard" attachedToRef="work" cancelActivity="{interrupting}">
                  <signalEventDefinition signalRef="alarm" /></boundaryEvent>
                start -> work
                heard -> after
                "#
            ),
            Map::new(),
        );
        desk.signal("alarm");
        assert_eq!(desk.tasks(), tasks);
        assert_eq!(desk.subscriptions().len(), usize::from(!interrupting));
        if !interrupting {
            desk.signal("alarm");
            assert_eq!(desk.tasks(), ["after", "after", "work"]);
        }
    }
}

#[test]
fn a_thrown_signal_reaches_all_who_wait_in_the_instance_and_is_told() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" /> <parallelGateway id="fork" />
        <intermediateCatchEvent id="a"><signalEventDefinition signalRef="alarm" /></intermediateCatchEvent>
        <userTask id="b" />
        <boundaryEvent id="onB" attachedToRef="b"><signalEventDefinition signalRef="alarm" /></boundaryEvent>
        <intermediateThrowEvent id="throw"><signalEventDefinition signalRef="alarm">
          <extensionElements><camunda:in source="x" target="y" /><camunda:in sourceExpression="${x + 1}" target="z" />
          </extensionElements></signalEventDefinition></intermediateThrowEvent>
        <userTask id="afterA" /> <userTask id="afterB" /> <userTask id="afterThrow" />
        start -> fork
        fork -> a -> afterA
        fork -> b
        onB -> afterB
        fork -> throw -> afterThrow
        "#,
        vars([("x", 1.into())]),
    );
    assert_eq!(desk.tasks(), ["afterA", "afterB", "afterThrow"]);
    let payload = vars([("y", 1.into()), ("z", Value::Long(2))]);
    assert_eq!(thrown(&desk), [("alarm".to_owned(), payload)]);
    assert_eq!(desk.var("y"), Some(1.into()));
}

#[test]
fn who_waits_only_after_the_throw_does_not_hear_it() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" /> <parallelGateway id="fork" />
        <endEvent id="throw"><signalEventDefinition signalRef="alarm" /></endEvent>
        <intermediateCatchEvent id="late"><signalEventDefinition signalRef="alarm" /></intermediateCatchEvent>
        start -> fork
        fork -> throw
        fork -> late
        "#,
        Map::new(),
    );
    assert_eq!(desk.tokens(), ["late"]);
}

/// Several receivers of one signal interrupt each other: the first ends the second.
#[test]
fn receivers_that_end_each_other_and_the_thrower_harm_nobody() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" />
        <subProcess id="sub">
          <startEvent id="s" /> <parallelGateway id="fork" /> <userTask id="one" /> <userTask id="two" />
          <boundaryEvent id="b1" attachedToRef="one"><signalEventDefinition signalRef="alarm" /></boundaryEvent>
          <intermediateThrowEvent id="throw"><signalEventDefinition signalRef="alarm" /></intermediateThrowEvent>
          <userTask id="afterOne" /> <userTask id="afterThrow" />
          s -> fork
          fork -> one
          fork -> two
          fork -> throw -> afterThrow
          b1 -> afterOne
        </subProcess>
        <boundaryEvent id="out" attachedToRef="sub"><signalEventDefinition signalRef="alarm" /></boundaryEvent>
        <userTask id="after" />
        start -> sub
        out -> after
        "#,
        Map::new(),
    );
    assert_eq!(desk.tasks(), ["after"]);
    assert!(desk.history().contains(&"throw!".to_owned()));
}

#[test]
fn an_event_sub_process_hears_a_signal() {
    for (interrupting, tasks) in [("true", vec!["inside"]), ("false", vec!["inside", "work"])] {
        let mut desk = Desk::start(
            &format!(
                r#"
                <startEvent id="start" /> <userTask id="work" />
                <subProcess id="handler" triggeredByEvent="true">
                  <startEvent id="on" isInterrupting="{interrupting}"><signalEventDefinition signalRef="alarm" /></startEvent>
                  <userTask id="inside" />
                  on -> inside
                </subProcess>
                start -> work
                "#
            ),
            Map::new(),
        );
        desk.signal("alarm");
        assert_eq!(desk.tasks(), tasks, "{interrupting}");
        desk.complete("inside");
        assert_eq!(desk.ended(), interrupting == "true");
    }
}

//! Receive tasks, message catch events and boundary events.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

fn correlate(desk: &mut Desk, message: &str) -> Result<Vec<Change>, Error> {
    let waiting = desk.instance.subscriptions().find(|s| s.name == message);
    let execution = waiting.map_or("nobody".into(), |s| s.execution_id.clone());
    desk.apply(Command::Correlate {
        local_variables: Map::new(),
        execution,
        message: message.into(),
        variables: vars([("answer", 42.into())]),
    })
}

#[test]
fn a_receive_task_and_a_catch_event_wait_for_their_message() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <receiveTask id="wait" messageRef="letter" />
        <intermediateCatchEvent id="catch"><messageEventDefinition messageRef="reply" /></intermediateCatchEvent>
        <endEvent id="end" />
        start -> wait -> catch -> end
        "#,
        vars([("customer", "Ada".into())]),
    );
    assert!(correlate(&mut desk, "reply to Ada").is_err());
    correlate(&mut desk, "letter").expect("the receive task takes it");
    assert_eq!(desk.var("answer"), Some(Value::Integer(42)));
    assert_eq!(desk.tokens(), ["catch"]);
    correlate(&mut desk, "reply to Ada").expect("the event takes it");
    assert!(desk.ended());
}

#[test]
fn a_message_that_nobody_waits_for_is_refused() {
    let mut desk = Desk::start(
        r#"<startEvent id="start" /> <receiveTask id="wait" messageRef="letter" />
        start -> wait"#,
        Map::new(),
    );
    let execution = desk
        .instance
        .subscriptions()
        .next()
        .expect("one")
        .execution_id
        .clone();
    let refused = desk.apply(Command::Correlate {
        local_variables: Map::new(),
        execution,
        message: "parcel".into(),
        variables: Map::new(),
    });
    assert!(matches!(refused, Err(Error::NoSubscription { .. })));
}

#[test]
fn boundary_messages_interrupt_or_not() {
    for (interrupts, expected) in [
        (true, vec!["aside"]),
        (false, vec!["aside", "aside", "work"]),
    ] {
        let model = format!(
            r#"
            <startEvent id="start" /> <userTask id="work" /> <userTask id="aside" />
            <boundaryEvent id="boundary" attachedToRef="work" cancelActivity="{interrupts}">
              <messageEventDefinition messageRef="letter" />
            </boundaryEvent>
            start -> work
            boundary -> aside
            "#
        );
        let mut desk = Desk::start(&model, Map::new());
        correlate(&mut desk, "letter").expect("taken");
        assert_eq!(correlate(&mut desk, "letter").is_ok(), !interrupts);
        assert_eq!(desk.tokens(), expected);
    }
}

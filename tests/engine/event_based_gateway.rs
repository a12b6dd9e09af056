//! The event-based gateway: the first event wins.

use crate::support::*;
use crewdesk::value::Map;

const EVENTS: &str = r#"
    <startEvent id="start" /> <eventBasedGateway id="gate" />
    <intermediateCatchEvent id="onLetter"><messageEventDefinition messageRef="letter" /></intermediateCatchEvent>
    <intermediateCatchEvent id="onAlarm"><signalEventDefinition signalRef="alarm" /></intermediateCatchEvent>
    <intermediateCatchEvent id="onTime"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
    <userTask id="read" /> <userTask id="run" /> <userTask id="late" />
    start -> gate
    gate -> onLetter -> read
    gate -> onAlarm -> run
    gate -> onTime -> late
"#;

/// EventBasedGatewayTest.testCatchSignalCancelsTimer
/// EventBasedGatewayTest.testCatchTimerCancelsSignal
/// EventBasedGatewayTest.testCatchSignalAndMessageAndTimer
#[test]
fn an_event_based_gateway_goes_on_with_the_first_event() {
    type Way = (fn(&mut Desk), &'static str, &'static str);
    let ways: [Way; 3] = [
        (|desk| drop(desk.message("letter")), "onLetter", "read"),
        (|desk| desk.signal("alarm"), "onAlarm", "run"),
        (|desk| drop(desk.execute("onTime")), "onTime", "late"),
    ];
    for (happen, event, task) in ways {
        let mut desk = Desk::start(EVENTS, Map::new());
        assert_eq!(desk.tokens(), ["gate"]);
        assert_eq!(
            desk.subscriptions(),
            ["message letter onLetter", "signal alarm onAlarm"]
        );
        happen(&mut desk);
        assert_eq!(desk.tasks(), [task]);
        assert_eq!(
            (desk.subscriptions().len(), desk.instance.jobs().count()),
            (0, 0)
        );
        assert_eq!(desk.history(), ["start", "gate", event]);
    }
}

/// EventBasedGatewayTest.testConnectedToActitity
/// EventBasedGatewayTest.testInvalidSequenceFlow
#[test]
fn only_events_that_nothing_else_leads_to_may_follow() {
    let model = |flows: &str| {
        format!(
            r#"<startEvent id="start" /> <eventBasedGateway id="gate" /> <userTask id="work" /> <userTask id="other" />
            <intermediateCatchEvent id="one"><messageEventDefinition messageRef="letter" /></intermediateCatchEvent>
            start -> gate -> one
            {flows}"#
        )
    };
    for (flows, cause) in [
        (
            "gate -> work",
            "Event based gateway can only be connected to elements of type intermediateCatchEvent",
        ),
        (
            "other -> one",
            "Invalid incoming sequenceflow for intermediateCatchEvent",
        ),
    ] {
        let problems = refused(&model(flows));
        assert!(problems.contains(cause), "{problems}");
    }
}

/// EventBasedGatewayTest.testTimeCycle
#[test]
fn a_cycle_behind_it_fires_once() {
    let model = EVENTS.replace(
        "<timeDuration>PT1H</timeDuration>",
        "<timeCycle>0 0/5 * * * ?</timeCycle>",
    );
    let mut desk = Desk::start(&model, Map::new());
    desk.execute("onTime");
    assert_eq!(desk.instance.jobs().count(), 0);
    desk.complete("late");
    assert!(desk.ended());
}

//! Migration of what is waited for: boundary events, event sub-processes, gateways, jobs.

use crate::migration::{ONE_TASK, migrate, moved, plan, refused, started};
use crate::support::*;

const TIMER: &str = r#"
    <startEvent id="start" /> <userTask id="userTask" /> <userTask id="after" />
    <boundaryEvent id="late" attachedToRef="userTask"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
    start -> userTask
    late -> after
"#;

/// MigrationBoundaryEventsTest.testMigrateTimerBoundaryEventKeepTrigger
/// MigrationBoundaryEventsTest.testUpdateEventTimer
/// MigrationAddBoundaryEventsTest.testAddTimerBoundaryEventToUserTask
/// MigrationRemoveBoundaryEventsTest.testRemoveTimerBoundaryEventFromUserTask
/// MigrationPlanCreationTest.testNotMigrateBoundaryEventsOfDifferentType
#[test]
fn boundary_events_go_on_come_and_go() {
    let plain = "<startEvent id=\"start\" /> <userTask id=\"userTask\" />\n start -> userTask\n";
    let mut desk = moved(TIMER, TIMER, &[("userTask", "userTask"), ("late", "late")]);
    let (first, created) = (desk.job("late").due, desk.job("late").created);
    assert_eq!(first, created + chrono::TimeDelta::hours(1));
    desk.execute("late");
    assert_eq!(desk.tasks(), ["after"]);

    let desk = moved(TIMER, plain, &[("userTask", "userTask")]);
    assert_eq!(desk.instance.jobs().count(), 0, "not mapped: gone");

    let mut desk = started(plain, TIMER);
    desk.wait(30);
    desk.ok(migrate(plan(&[("userTask", "userTask")])));
    assert_eq!(
        desk.job("late").due,
        desk.now + chrono::TimeDelta::hours(1),
        "new: from now"
    );

    // Not mapped though it is there: the old one ends, a new one begins.
    let mut desk = started(TIMER, TIMER);
    let old = desk.job("late").id;
    desk.wait(30);
    desk.ok(migrate(plan(&[("userTask", "userTask")])));
    assert_ne!(desk.job("late").id, old);

    // Mapped with a new trigger: the same job, evaluated as the target says.
    let mut desk = started(TIMER, &TIMER.replace("PT1H", "PT2H"));
    let old = desk.job("late").id;
    desk.ok(migrate(plan(&[
        ("userTask", "userTask"),
        ("late^", "late"),
    ])));
    assert_eq!(desk.job("late").id, old);
    assert_eq!(desk.job("late").due, desk.now + chrono::TimeDelta::hours(2));

    let mut desk = started(TIMER, TIMER);
    assert_eq!(
        refused(&mut desk, &[("late", "late")])[0],
        "The source activity's event scope (userTask) must be mapped to the target activity's event scope (userTask)"
    );
    let message = TIMER.replace(
        "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>",
        "<messageEventDefinition messageRef=\"letter\" />",
    );
    let mut desk = started(TIMER, &message);
    assert_eq!(
        refused(&mut desk, &[("userTask", "userTask"), ("late", "late")]),
        ["Events are not of the same type (boundaryTimer != boundaryMessage)"]
    );
}

/// MigrationTimerBoundryEventTest.testMigrationNonInterruptingTimerEvent
#[test]
fn a_timer_that_has_fired_without_interrupting_does_not_fire_again() {
    let model = TIMER.replace("attachedToRef", "cancelActivity=\"false\" attachedToRef");
    let mut desk = started(&model, &model);
    desk.execute("late");
    desk.ok(migrate(plan(&[
        ("userTask", "userTask"),
        ("late", "late"),
        ("after", "after"),
    ])));
    assert_eq!(desk.instance.jobs().count(), 0);
    assert_eq!(desk.tasks(), ["after", "userTask"]);
}

/// MigrationReceiveTaskTest.testMigrateEventSubscriptionPreserveMessageName
/// MigrationReceiveTaskTest.testMigrateEventSubscriptionUpdateMessageName
/// MigrationSignalCatchEventTest.testMigrateEventSubscription
#[test]
fn who_waits_for_a_message_goes_on_waiting_for_the_same_or_a_new_one() {
    let model = |message: &str| {
        format!(
            "<startEvent id=\"start\" /> <receiveTask id=\"wait\" messageRef=\"{message}\" /> <userTask id=\"after\" />\n start -> wait -> after\n"
        )
    };
    let mut desk = moved(&model("letter"), &model("reply"), &[("wait", "wait")]);
    assert_eq!(desk.subscriptions(), ["message letter wait"]);
    desk.message("letter");
    assert_eq!(desk.tasks(), ["after"]);

    let mut desk = started(&model("letter"), &model("reply"));
    desk.set(vars([("customer", "Ida".into())]));
    desk.ok(migrate(plan(&[("wait^", "wait")])));
    assert_eq!(desk.subscriptions(), ["message reply to Ida wait"]);

    let catch = |event: &str| {
        format!(
            "<startEvent id=\"start\" /> <intermediateCatchEvent id=\"wait\">{event}</intermediateCatchEvent>\n start -> wait\n"
        )
    };
    let (letter, alarm) = (
        catch("<messageEventDefinition messageRef=\"letter\" />"),
        catch("<signalEventDefinition signalRef=\"alarm\" />"),
    );
    let mut desk = started(&letter, &alarm);
    assert_eq!(
        refused(&mut desk, &[("wait", "wait")]),
        ["Events are not of the same type (intermediateMessageCatch != intermediateSignalCatch)"]
    );
    let mut desk = moved(&alarm, &alarm, &[("wait", "wait")]);
    desk.signal("alarm");
    assert!(desk.ended());
}

/// MigrationIntermediateConditionalEventTest.testMigrateConditionalEventWithoutUpdateTrigger
/// MigrationIntermediateConditionalEventTest.testMigrateEventSubscriptionChangeCondition
#[test]
fn a_condition_is_tested_when_something_changes_next() {
    let model = |condition: &str| {
        format!(
            "<startEvent id=\"start\" /> <intermediateCatchEvent id=\"wait\"><conditionalEventDefinition><condition xsi:type=\"tFormalExpression\">${{{condition}}}</condition></conditionalEventDefinition></intermediateCatchEvent> <userTask id=\"after\" />\n start -> wait -> after\n"
        )
    };
    let mut desk = started(&model("x == 1"), &model("x == 2"));
    desk.set(vars([("x", 2.into())]));
    assert_eq!(
        refused(&mut desk, &[("wait", "wait")]),
        ["Conditional event has to migrate with update event trigger."]
    );
    desk.ok(migrate(plan(&[("wait^", "wait")])));
    assert_eq!(desk.tokens(), ["wait"]);
    // It holds already, so that any change will do.
    desk.set(vars([("y", 2.into())]));
    assert_eq!(desk.tasks(), ["after"]);
}

/// MigrationEventBasedGatewayTest.testMigrateGatewayWithMessageEventMapEvent
/// MigrationEventBasedGatewayTest.testMigrateGatewayAddSignalEvent
/// MigrationEventBasedGatewayTest.testMigrateGatewayRemoveSignalEvent
#[test]
fn an_event_based_gateway_waits_for_what_the_target_has_behind_it() {
    let model = |more: &str| {
        format!(
            r#"<startEvent id="start" /> <eventBasedGateway id="choice" />
            <intermediateCatchEvent id="mail"><messageEventDefinition messageRef="letter" /></intermediateCatchEvent>
            <userTask id="a" />
            start -> choice -> mail -> a
            {more}"#
        )
    };
    let with = model(
        "<intermediateCatchEvent id=\"bell\"><signalEventDefinition signalRef=\"alarm\" /></intermediateCatchEvent>\n choice -> bell -> a\n",
    );
    let mut desk = moved(&model(""), &with, &[("choice", "choice"), ("mail", "mail")]);
    assert_eq!(
        desk.subscriptions(),
        ["message letter mail", "signal alarm bell"]
    );
    desk.signal("alarm");
    assert_eq!(desk.tasks(), ["a"]);
    let desk = moved(&with, &model(""), &[("choice", "choice")]);
    assert_eq!(desk.subscriptions(), ["message letter mail"]);
}

/// MigrationEventSubProcessTest.testMigrateActiveEventSubProcess
/// MigrationEventSubProcessTest.testMigrateTaskAddEventSubProcess
/// MigrationEventSubProcessTest.testMigrateEventSubprocessMessageKeepTrigger
#[test]
fn event_sub_processes_go_on_come_and_stay_silent_once_they_interrupted() {
    let with = |trigger: &str| {
        ONE_TASK.to_owned()
            + &format!(
                r#"<subProcess id="handler" triggeredByEvent="true">
                <startEvent id="on">{trigger}</startEvent> <userTask id="handled" />
                on -> handled
            </subProcess>"#
            )
    };
    let letter = with("<messageEventDefinition messageRef=\"letter\" />");
    let task = ("userTask", "userTask");
    let desk = moved(ONE_TASK, &letter, &[task]);
    assert_eq!(desk.subscriptions(), ["message letter on"]);
    let desk = moved(&letter, ONE_TASK, &[task]);
    assert!(desk.subscriptions().is_empty());
    let mut desk = moved(
        &letter,
        &letter,
        &[task, ("handler", "handler"), ("on", "on")],
    );
    desk.message("letter");
    assert_eq!(desk.tasks(), ["handled"]);

    let mut desk = started(&letter, &letter);
    desk.message("letter");
    desk.ok(migrate(plan(&[
        ("handler", "handler"),
        ("on", "on"),
        ("handled", "handled"),
    ])));
    assert!(desk.subscriptions().is_empty(), "it has happened");
    desk.complete("handled");
    assert!(desk.ended());
}

/// MigrationGatewayTest.testParallelGatewayContinueExecution
/// MigrationGatewayTest.testCannotRemoveGatewayIncomingSequenceFlow
#[test]
fn tokens_that_wait_at_a_gateway_wait_at_the_new_one() {
    let model = |join: &str, flows: &str| {
        format!(
            r#"<startEvent id="start" /> <parallelGateway id="fork" /> <userTask id="a" /> <userTask id="b" />
            <parallelGateway id="{join}" /> <userTask id="after" />
            start -> fork -> a -> {join} -> after
            fork -> b
            {flows}"#
        )
    };
    let two = model("join", "b -> join\n");
    let mut desk = started(&two, &model("meet", "b -> meet\n"));
    desk.complete("a");
    desk.ok(migrate(plan(&[("join", "meet"), ("b", "b")])));
    desk.complete("b");
    assert_eq!(desk.tasks(), ["after"]);
    let mut desk = started(&two, &model("meet", ""));
    assert_eq!(
        refused(&mut desk, &[("join", "meet"), ("b", "b")]),
        [
            "The target gateway must have at least the same number of incoming sequence flows that the source gateway has"
        ]
    );
}

/// MigrationTransitionInstancesTest.testMigrateAsyncBeforeTransitionInstanceChangeActivityId
/// MigrationTransitionInstancesTest.testMigrateAsyncAfterTransitionInstanceChangeActivityId
/// MigrationTransitionInstancesTest.testCannotMigrateAsyncBeforeTransitionInstanceToNonAsyncActivity
/// MigrationTransitionInstancesTest.testCannotMigrateUnmappedTransitionInstance
#[test]
fn what_waits_for_a_job_waits_before_the_new_activity() {
    let model = |id: &str, attribute: &str| {
        format!(
            "<startEvent id=\"start\" /> <userTask id=\"{id}\" {attribute} /> <userTask id=\"after\" />\n start -> {id} -> after\n"
        )
    };
    let before = "camunda:asyncBefore=\"true\"";
    let mut desk = moved(&model("a", before), &model("b", before), &[("a", "b")]);
    desk.execute("b");
    assert_eq!(desk.tasks(), ["b"]);
    let mut desk = started(&model("a", before), &model("b", ""));
    assert_eq!(
        refused(&mut desk, &[("a", "b")]),
        ["Target activity is not asyncBefore"]
    );
    let behind = "camunda:asyncAfter=\"true\"";
    let mut desk = started(&model("a", behind), &model("b", behind));
    desk.complete("a");
    assert_eq!(
        refused(&mut desk, &[]),
        ["There is no migration instruction for this instance's activity"]
    );
    desk.ok(migrate(plan(&[("a", "b")])));
    desk.execute("b");
    assert_eq!(desk.tasks(), ["after"]);
}

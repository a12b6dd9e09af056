//! Terminate end events: each ends its own scope, with all that runs in it.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::Map;

const STOP: &str = r#"<endEvent id="stop"><terminateEventDefinition /></endEvent>"#;

/// A task that leads to a terminate end, beside another element.
fn beside(element: &str) -> String {
    format!(
        r#"<startEvent id="start" /> <parallelGateway id="fork" /> <userTask id="last" /> {STOP}
        {element}
        start -> fork -> last -> stop
        fork -> inner"#
    )
}

/// A task beside an element that terminates.
fn ended_inside(element: &str) -> String {
    format!(
        r#"<startEvent id="start" /> <parallelGateway id="fork" /> <userTask id="normal" /> <endEvent id="end" />
        {element}
        start -> fork -> normal -> end
        fork -> inner -> end"#
    )
}

const AT_ONCE: &str = "<startEvent id=\"s\" /> STOP\ns -> stop\n";
/// One path terminates while another has come to a task.
const CONCURRENT: &str = "<startEvent id=\"s\" /> <parallelGateway id=\"f\" /> <userTask id=\"cut\" /> STOP\n\
                          s -> f -> cut\n f -> stop\n";
const WORK: &str =
    "<startEvent id=\"s\" /> <userTask id=\"cut\" /> <endEvent id=\"e\" />\ns -> cut -> e\n";

/// TerminateEndEventTest.testProcessTerminate
/// TerminateEndEventTest.testTerminateWithSubProcess
/// TerminateEndEventTest.testTerminateWithCallActivity
#[test]
fn a_process_ends_with_all_that_runs_in_it() {
    for inner in [
        r#"<userTask id="inner" />"#.to_owned(),
        format!(r#"<subProcess id="inner">{WORK}</subProcess>"#),
        r#"<callActivity id="inner" calledElement="called" />"#.to_owned(),
    ] {
        let mut desk = Desk::with(&beside(&inner))
            .and("called", WORK)
            .started(Map::new());
        assert_eq!(desk.tasks().len(), 2, "{inner}");
        desk.complete("last");
        assert_eq!(desk.instance, Instance::default());
        assert_eq!(desk.end_state(), Some(InstanceState::Completed));
    }
}

/// TerminateEndEventTest.testTerminateInSubProcess
/// TerminateEndEventTest.testTerminateInSubProcessShouldNotEndProcessInstanceInHistory
/// TerminateEndEventTest.testTerminateInSubProcessConcurrent
/// TerminateEndEventTest.testTerminateInSubProcessConcurrentShouldNotEndProcessInstanceInHistory
/// TerminateEndEventTest.testTerminateInSubProcessMultiInstance
/// TerminateEndEventTest.testTerminateInCallActivity
/// TerminateEndEventTest.testTerminateInCallActivityMulitInstance
/// TerminateEndEventTest.testTerminateInCallActivityConcurrent
/// TerminateEndEventTest.testTerminateInCallActivityConcurrentMulitInstance
#[test]
fn inside_a_sub_process_or_a_called_one_it_ends_that_alone() {
    let loops = "<multiInstanceLoopCharacteristics><loopCardinality>5</loopCardinality></multiInstanceLoopCharacteristics>";
    for inside in [AT_ONCE, CONCURRENT] {
        let inside = inside.replace("STOP", STOP);
        for loops in ["", loops] {
            for inner in [
                format!(r#"<subProcess id="inner">{loops}{inside}</subProcess>"#),
                format!(
                    r#"<callActivity id="inner" calledElement="called">{loops}</callActivity>"#
                ),
            ] {
                let mut desk = Desk::with(&ended_inside(&inner))
                    .and("called", &inside)
                    .started(Map::new());
                assert_eq!(desk.tokens(), ["normal"], "{inner}");
                assert_eq!(desk.instance.processes().count(), 1);
                let ended = desk.log.iter().any(|event| {
                    matches!(event, Event::ProcessEnded { process_instance_id, .. } if process_instance_id == "instance")
                });
                assert!(!ended, "the process itself goes on");
                desk.complete("normal");
                assert_eq!(desk.instance, Instance::default());
            }
        }
    }
}

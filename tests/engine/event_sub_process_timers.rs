//! Event sub-processes that begin when their time has come.

use crate::event_sub_processes::{LETTER, around, at_process, by_letter};
use crate::support::*;
use crewdesk::value::Map;

/// InterruptingEventSubProcessTest.testTimeCycle
/// StartTimerEventTest.testNonInterruptingTimeCycleInEventSubProcess
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

/// StartTimerEventTest.shouldEvaluateExpressionStartTimerEventInEventSubprocess
/// StartTimerEventTest.testInterruptingWithDurationExpressionInEventSubprocess
/// StartTimerEventTest.testNonInterruptingWithDurationExpressionInEventSubprocess
/// StartTimerEventTest.testStartTimerEventInEventSubProcess
/// StartTimerEventTest.testNonInterruptingStartTimerEventInEventSubProcess
/// StartTimerEventTest.testStartTimerEventSubProcessInSubProcess
/// StartTimerEventTest.testNonInterruptingStartTimerEventSubProcessInSubProcess
#[test]
fn its_timer_may_come_from_a_variable() {
    let timer =
        "<timerEventDefinition><timeDuration>${duration}</timeDuration></timerEventDefinition>";
    for interrupting in [true, false] {
        for nested in [true, false] {
            let model = by_letter(
                interrupting,
                &around("<userTask id=\"work\" />\ns -> work", nested),
            );
            let mut desk = Desk::start(
                &model.replace(LETTER, timer),
                vars([("duration", "PT5M".into())]),
            );
            let job = desk.job("on");
            assert_eq!(job.due, desk.now + chrono::TimeDelta::minutes(5));
            desk.execute("on");
            let expected: &[&str] = if interrupting {
                &["inside"]
            } else {
                &["inside", "work"]
            };
            assert_eq!(desk.tasks(), expected);
            assert_eq!(desk.instance.jobs().count(), 0);
        }
    }
}

/// StartTimerEventTest.testStartTimerEventSubProcessWithUserTask
/// StartTimerEventTest.testStartTimerEventWithTwoEventSubProcesses
/// StartTimerEventTest.testNonInterruptingStartTimerEventWithTwoEventSubProcesses
#[test]
fn of_two_timers_the_first_ends_the_other_if_it_interrupts() {
    let timed = |id: &str, duration: &str, interrupting: bool| {
        format!(
            r#"<subProcess id="{id}" triggeredByEvent="true">
            <startEvent id="on{id}" isInterrupting="{interrupting}"><timerEventDefinition><timeDuration>{duration}</timeDuration></timerEventDefinition></startEvent>
            <userTask id="in{id}" />
            on{id} -> in{id}
            </subProcess>"#
        )
    };
    for interrupting in [true, false] {
        let model = format!(
            "<startEvent id=\"start\" /> <userTask id=\"work\" />\nstart -> work\n{}\n{}",
            timed("A", "PT1M", interrupting),
            timed("B", "PT1H", interrupting)
        );
        let mut desk = Desk::start(&model, Map::new());
        assert_eq!(desk.instance.jobs().count(), 2);
        desk.execute("onA");
        if interrupting {
            assert_eq!(
                (desk.tree(), desk.instance.jobs().count()),
                ("A(inA)".into(), 0)
            );
        } else {
            assert_eq!(desk.instance.jobs().count(), 1);
            desk.execute("onB");
            assert_eq!(desk.tree(), "A(inA) B(inB) work");
        }
    }
}

/// StartTimerEventTest.testStartTimerEventSubProcessCalledFromCallActivity
/// StartTimerEventTest.testNonInterruptingStartTimerEventSubProcessesCalledFromCallActivity
/// StartTimerEventTest.testStartTimerEventSubProcessInMultiInstanceSubProcess
/// StartTimerEventTest.testNonInterruptingStartTimerEventInMultiInstanceEventSubProcess
/// StartTimerEventTest.testStartTimerEventSubProcessInParallelMultiInstanceSubProcess
/// StartTimerEventTest.testNonInterruptingStartTimerEventSubProcessWithParallelMultiInstance
/// StartTimerEventTest.testStartTimerEventSubProcessInMultiInstanceSubProcessWithInterruptingBoundaryTimerEvent
/// StartTimerEventTest.testNonInterruptingStartTimerEventSubProcessInMultiInstanceSubProcessWithInterruptingBoundaryTimerEvent
/// StartTimerEventTest.testStartTimerEventSubProcessInParallelMultiInstanceSubProcessWithInterruptingBoundaryTimerEvent
/// StartTimerEventTest.testNonInterruptingStartTimerEventSubProcessInParallelMiSubProcessWithInterruptingBoundaryTimerEvent
/// StartTimerEventTest.testStartTimerEventSubProcessInMultiInstanceSubProcessWithNonInterruptingBoundaryTimerEvent
/// StartTimerEventTest.testStartTimerEventSubProcessInParallelMultiInstanceSubProcessWithNonInterruptingBoundaryTimerEvent
#[test]
fn timers_in_called_processes_and_in_many_scopes() {
    let timer = "<timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition>";
    let called = |interrupting: bool| {
        by_letter(
            interrupting,
            &around("<userTask id=\"work\" />\ns -> work", false),
        )
        .replace(LETTER, timer)
    };
    for interrupting in [true, false] {
        let mut desk = Desk::with(
            r#"<startEvent id="start" /> <callActivity id="call" calledElement="called" /> <userTask id="after" />
            start -> call -> after"#,
        )
        .and("called", &called(interrupting))
        .started(Map::new());
        desk.execute("on");
        desk.complete("inside");
        if !interrupting {
            desk.complete("work");
        }
        assert_eq!(desk.tree(), "after");
        for sequential in [true, false] {
            for cancels in [true, false] {
                let model = format!(
                    r#"<startEvent id="start" /> <userTask id="after" /> <userTask id="out" />
                    <subProcess id="sub"><multiInstanceLoopCharacteristics isSequential="{sequential}"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
                    {}
                    </subProcess>
                    <boundaryEvent id="late" attachedToRef="sub" cancelActivity="{cancels}"><timerEventDefinition><timeDuration>PT2M</timeDuration></timerEventDefinition></boundaryEvent>
                    start -> sub -> after
                    late -> out"#,
                    called(interrupting)
                );
                let running = if sequential { 1 } else { 2 };
                let mut desk = Desk::start(&model, Map::new());
                assert_eq!(desk.instance.jobs().count(), running + 1);
                desk.execute("on");
                assert_eq!(desk.instance.jobs().count(), running);
                desk.execute("late");
                if cancels {
                    assert_eq!(
                        (desk.tree(), desk.instance.jobs().count()),
                        ("out".into(), 0)
                    );
                    continue;
                }
                desk.complete("out");
                while let Some(task) = desk.tasks().first().filter(|task| *task != "after") {
                    desk.complete(task);
                }
                assert_eq!(
                    (desk.tree(), desk.instance.jobs().count()),
                    ("after".into(), 0)
                );
            }
        }
    }
}

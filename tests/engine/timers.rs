//! Timer events: dates, durations, cycles, on the boundary and in between.

use crate::support::*;
use chrono::TimeDelta;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

/// IntermediateTimerEventTest.testCatchingTimerEvent
/// IntermediateTimerEventTest.testTimeCycle
#[test]
fn a_catch_event_waits_for_its_timer() {
    for (timer, hours) in [
        ("<timeDuration>PT2H</timeDuration>", 2),
        ("<timeDate>2026-03-02T11:00:00Z</timeDate>", 3),
        ("<timeDate>${when}</timeDate>", 4),
        (
            "<timeDuration>${'PT'.concat(5).concat('H')}</timeDuration>",
            5,
        ),
        ("<timeCycle>R3/PT6H</timeCycle>", 6),
    ] {
        let mut desk = Desk::with(&format!(
            r#"
            <startEvent id="start" />
            <intermediateCatchEvent id="wait"><timerEventDefinition>{timer}</timerEventDefinition></intermediateCatchEvent>
            <endEvent id="end" />
            start -> wait -> end
            "#
        ));
        let when = desk.now + TimeDelta::hours(4);
        desk.run(vars([("when", when.into())])).expect(timer);
        assert_eq!(
            desk.job("wait").due,
            desk.now + TimeDelta::hours(hours),
            "{timer}"
        );
        desk.execute("wait");
        assert!(desk.ended());
        assert_eq!(desk.instance.jobs().count(), 0);
    }
}

#[test]
fn a_timer_that_would_never_fire_or_makes_no_sense_is_an_error() {
    for (timer, when) in [
        ("<timeDate>${when}</timeDate>", Value::Null),
        ("<timeDate>${when}</timeDate>", "tomorrow".into()),
        ("<timeCycle>${when}</timeCycle>", "R3/whenever".into()),
        ("<timeDuration>${when}</timeDuration>", 7.into()),
    ] {
        let mut desk = Desk::with(&format!(
            r#"<startEvent id="start" />
            <intermediateCatchEvent id="wait"><timerEventDefinition>{timer}</timerEventDefinition></intermediateCatchEvent>
            <endEvent id="end" />
            start -> wait -> end"#
        ));
        let refused = desk.run(vars([("when", when)]));
        assert!(matches!(refused, Err(Error::BadValue { .. })), "{timer}");
    }
}

fn boundary(interrupting: bool, timer: &str) -> String {
    format!(
        r#"
        <startEvent id="start" />
        <userTask id="work" camunda:dueDate="${{dueDate}}" />
        <boundaryEvent id="late" attachedToRef="work" cancelActivity="{interrupting}">
          <timerEventDefinition>{timer}</timerEventDefinition>
        </boundaryEvent>
        <userTask id="remind" /> <endEvent id="end" />
        start -> work -> end
        late -> remind
        "#
    )
}

/// BoundaryTimerEventTest.testInterruptingTimerDuration
#[test]
fn an_interrupting_boundary_timer_ends_the_activity() {
    let mut desk = Desk::start(
        &boundary(true, "<timeDuration>PT1H</timeDuration>"),
        vars([("dueDate", Value::Null)]),
    );
    desk.execute("late");
    assert_eq!(desk.tokens(), ["remind"]);
    assert_eq!(desk.history(), ["start", "work!", "late"]);
    assert!(
        desk.log
            .iter()
            .any(|e| matches!(e, Event::TimerFired { .. }))
    );
}

#[test]
fn a_timer_goes_with_its_activity() {
    let mut desk = Desk::start(
        &boundary(true, "<timeDuration>PT1H</timeDuration>"),
        vars([("dueDate", Value::Null)]),
    );
    desk.complete("work");
    assert!(desk.ended());
}

/// BoundaryTimerNonInterruptingEventTest.testTimeCycle
#[test]
fn a_cycle_fires_again_and_again_beside_the_activity() {
    let mut desk = Desk::start(
        &boundary(false, "<timeCycle>R3/PT1H</timeCycle>"),
        vars([("dueDate", Value::Null)]),
    );
    for round in 1..=3 {
        let job = desk.job("late");
        assert_eq!(job.repeats, Some(3 - round));
        desk.now = job.due;
        desk.execute("late");
    }
    assert_eq!(desk.instance.jobs().count(), 0);
    assert_eq!(desk.tokens(), ["remind", "remind", "remind", "work"]);
}

#[test]
fn a_boundary_date_of_null_makes_no_timer() {
    let desk = Desk::start(
        &boundary(false, "<timeDate>${dueDate}</timeDate>"),
        vars([("dueDate", Value::Null)]),
    );
    assert_eq!(desk.instance.jobs().count(), 0);
}

fn move_due(desk: &mut Desk, due: Option<chrono::DateTime<chrono::Utc>>, variables: Map) {
    let task = desk.task("work").id;
    let patch = TaskPatch {
        due: Some(due),
        variables,
        ..TaskPatch::default()
    };
    desk.ok(Command::UpdateTask { task, patch });
}

#[test]
fn moving_the_due_date_moves_its_variable_and_its_timers() {
    let mut desk = Desk::with(&boundary(false, "<timeDate>${remindAt}</timeDate>"));
    let (due, remind) = (
        desk.now + TimeDelta::hours(8),
        desk.now + TimeDelta::hours(6),
    );
    desk.run(vars([("dueDate", due.into()), ("remindAt", remind.into())]))
        .expect("starts");
    let first = desk.job("late");
    let later = TimeDelta::days(1);
    move_due(
        &mut desk,
        Some(due + later),
        vars([("remindAt", (remind + later).into())]),
    );
    let task = desk.task("work");
    assert_eq!((task.due, task.first_due), (Some(due + later), Some(due)));
    assert_eq!(desk.var("dueDate"), Some((due + later).into()));
    let job = desk.job("late");
    assert_eq!((job.due, &job.id), (remind + later, &first.id));

    desk.now = job.due;
    desk.execute("late");
    assert_eq!(desk.instance.jobs().count(), 0);
    move_due(&mut desk, Some(due + later), Map::new());
    assert_eq!(
        desk.instance.jobs().count(),
        0,
        "what fired does not fire again for a past date"
    );
    let again = desk.now + TimeDelta::days(2);
    move_due(&mut desk, Some(again), vars([("remindAt", again.into())]));
    assert_eq!(
        desk.job("late").due,
        again,
        "it reminds once more before the new date"
    );
    move_due(&mut desk, None, vars([("remindAt", Value::Null)]));
    assert_eq!(desk.instance.jobs().count(), 0);
    assert_eq!(desk.var("dueDate"), Some(Value::Null));
    desk.complete("work");
    assert_eq!(desk.tokens(), ["remind"]);
}

fn waits(timer: &str) -> String {
    format!(
        r#"<startEvent id="start" />
        <intermediateCatchEvent id="wait"><timerEventDefinition>{timer}</timerEventDefinition></intermediateCatchEvent> <userTask id="after" />
        start -> wait -> after"#
    )
}

/// IntermediateTimerEventTest.testExpression
/// TimeExpressionTest.testTimeExpressionComplete
/// TimeExpressionTest.testTimeExpressionWithoutSeconds
/// TimeExpressionTest.testTimeExpressionWithoutMinutes
/// TimeExpressionTest.testTimeExpressionWithoutTime
/// TimeExpressionTest.testTimeExpressionWithoutDay
/// TimeExpressionTest.testTimeExpressionWithoutMonth
#[test]
fn a_date_may_be_less_than_whole() {
    let date: chrono::DateTime<chrono::Utc> = "2026-03-04T05:06:07Z".parse().expect("an instant");
    let local = date.with_timezone(&chrono::Local);
    for format in [
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%dT%H",
        "%Y-%m-%d",
        "%Y-%m",
        "%Y",
    ] {
        let text = local.format(format).to_string();
        let desk = Desk::start(
            &waits("<timeDate>#{date}</timeDate>"),
            vars([("date", Value::from(text.as_str()))]),
        );
        let due = desk.job("wait").due.with_timezone(&chrono::Local);
        assert_eq!(due.format(format).to_string(), text);
        assert!(due <= local);
    }
    let desk = Desk::start(
        &waits("<timeDate>#{date}</timeDate>"),
        vars([("date", date.into())]),
    );
    assert_eq!(desk.job("wait").due, date);
}

fn recalculate(
    desk: &mut Desk,
    activity: &str,
    from_creation: bool,
) -> chrono::DateTime<chrono::Utc> {
    let job = desk.job(activity).id;
    desk.ok(Command::RecalculateJob {
        job: job.clone(),
        from_creation,
    });
    let after = desk.job(activity);
    assert_eq!(after.id, job, "it is the same job");
    after.due
}

/// IntermediateTimerEventTest.testExpressionRecalculateCurrentDateBased
/// IntermediateTimerEventTest.testExpressionRecalculateCreationDateBased
/// IntermediateTimerEventTest.testRecalculateTimeCycleExpressionCurrentDateBased
/// IntermediateTimerEventTest.testRecalculateTimeCycleExpressionCreationDateBased
/// BoundaryTimerEventTest.testRecalculateUnchangedExpressionOnTimerCurrentDateBased
/// BoundaryTimerEventTest.testRecalculateUnchangedExpressionOnTimerCreationDateBased
/// BoundaryTimerEventTest.testRecalculateChangedExpressionOnTimerCurrentDateBased
/// BoundaryTimerEventTest.testRecalculateChangedExpressionOnTimerCreationDateBased
/// StartTimerEventTest.testRecalculateNonInterruptingWithUnchangedDurationExpressionInEventSubprocessCurrentDateBased
/// StartTimerEventTest.testRecalculateNonInterruptingWithChangedDurationExpressionInEventSubprocessCreationDateBased
#[test]
fn a_timer_can_be_evaluated_again() {
    let by = |timer: &str| {
        let boundary = boundary(true, timer).replace("${dueDate}", "P1D");
        let handler = format!(
            r#"<startEvent id="start" /> <userTask id="work" />
            <subProcess id="handler" triggeredByEvent="true">
              <startEvent id="late" isInterrupting="false"><timerEventDefinition>{timer}</timerEventDefinition></startEvent> <userTask id="remind" />
              late -> remind
            </subProcess>
            start -> work"#
        );
        [
            (waits(timer), "wait"),
            (boundary, "late"),
            (handler, "late"),
        ]
    };
    for (timer, prefix) in [
        ("<timeDuration>${time}</timeDuration>", ""),
        ("<timeDate>${time}</timeDate>", ""),
        ("<timeCycle>${time}</timeCycle>", "R/"),
    ] {
        for (model, activity) in by(timer) {
            let time = |text: &str| vars([("time", Value::from(format!("{prefix}{text}")))]);
            let mut desk = Desk::start(&model, time("PT1H"));
            let made = desk.now;
            desk.wait(5);
            assert_eq!(
                recalculate(&mut desk, activity, true),
                made + TimeDelta::hours(1)
            );
            assert_eq!(
                recalculate(&mut desk, activity, false),
                made + TimeDelta::minutes(65)
            );
            desk.set(time("PT15M"));
            assert_eq!(
                recalculate(&mut desk, activity, true),
                made + TimeDelta::minutes(15)
            );
            assert_eq!(
                recalculate(&mut desk, activity, false),
                made + TimeDelta::minutes(20)
            );
            desk.execute(activity);
            assert!(
                desk.tasks()
                    .iter()
                    .any(|task| task == "after" || task == "remind")
            );
        }
    }
}

/// TimerRecalculationTest.testFinishedJob
/// TimerRecalculationTest.testMessageJob
#[test]
fn no_other_job_can_be_evaluated_again() {
    let mut desk = Desk::start(&waits("<timeDuration>PT1H</timeDuration>"), Map::new());
    let job = desk.job("wait").id;
    desk.execute("wait");
    let again = |job: &Id| Command::RecalculateJob {
        job: job.clone(),
        from_creation: false,
    };
    assert!(matches!(
        desk.apply(again(&job)),
        Err(Error::NotFound { what: "job", .. })
    ));
    let mut desk = Desk::start(
        "<startEvent id=\"start\" /> <userTask id=\"work\" camunda:asyncBefore=\"true\" />\nstart -> work",
        Map::new(),
    );
    let job = desk.job("work").id;
    let refused = desk.apply(again(&job)).expect_err("no timer").to_string();
    assert!(
        refused.contains("Only timer jobs can be recalculated"),
        "{refused}"
    );
}

/// A task, or a scope around it, with timers of these hours on its boundary.
fn timed(work: &str, interrupting: bool, hours: &[i64]) -> String {
    let timers: String = hours
        .iter()
        .map(|n| {
            format!(
                r#"<boundaryEvent id="after{n}" attachedToRef="work" cancelActivity="{interrupting}"><timerEventDefinition><timeDuration>PT{n}H</timeDuration></timerEventDefinition></boundaryEvent>
                <userTask id="task{n}" />
                after{n} -> task{n}
                "#
            )
        })
        .collect();
    format!(
        r#"<startEvent id="start" /> {work} <endEvent id="end" />
        {timers}
        start -> work -> end"#
    )
}

const TASK: &str = r#"<userTask id="work" />"#;
const MANY: &str = r#"<userTask id="work"><multiInstanceLoopCharacteristics><loopCardinality>5</loopCardinality></multiInstanceLoopCharacteristics></userTask>"#;
const FORKED: &str = r#"<subProcess id="work"> <startEvent id="s" /> <parallelGateway id="fork" /> <userTask id="one" /> <userTask id="two" />
    s -> fork -> one
    fork -> two
    </subProcess>"#;

/// Executes what is due.
fn pass(desk: &mut Desk, hours: i64) {
    desk.wait(hours * 60);
    loop {
        let now = desk.now;
        let due = desk.instance.jobs().find(|job| job.due <= now);
        let Some(job) = due.map(|job| job.id.clone()) else {
            return;
        };
        desk.ok(Command::ExecuteJob { job });
    }
}

/// BoundaryTimerEventTest.testMultipleTimersOnUserTask
/// BoundaryTimerNonInterruptingEventTest.testMultipleTimersOnUserTask
#[test]
fn several_timers_on_one_task() {
    let mut desk = Desk::start(&timed(TASK, true, &[2, 1, 3]), Map::new());
    assert_eq!(desk.instance.jobs().count(), 3);
    pass(&mut desk, 1);
    assert_eq!(
        (desk.tree(), desk.instance.jobs().count()),
        ("task1".into(), 0)
    );
    let mut desk = Desk::start(&timed(TASK, false, &[1, 2]), Map::new());
    pass(&mut desk, 1);
    assert_eq!(
        (desk.tree(), desk.instance.jobs().count()),
        ("task1 work".into(), 1)
    );
    desk.complete("task1");
    pass(&mut desk, 1);
    assert_eq!(
        (desk.tree(), desk.instance.jobs().count()),
        ("task2 work".into(), 0)
    );
    desk.complete("work");
    desk.complete("task2");
    assert!(desk.ended());
}

/// BoundaryTimerEventTest.testTimerOnNestingOfSubprocesses
/// BoundaryTimerEventTest.testTimerInSingleTransactionProcess
#[test]
fn a_timer_on_nested_scopes_and_on_one_that_is_gone_at_once() {
    let nested = format!(
        "<subProcess id=\"work\"> <startEvent id=\"ws\" />\n{}\nws -> inner\n</subProcess>",
        FORKED.replace("\"work\"", "\"inner\"")
    );
    let mut desk = Desk::start(&timed(&nested, true, &[2]), Map::new());
    assert_eq!(desk.tree(), "work(inner(one two))");
    desk.execute("after2");
    assert_eq!(desk.tree(), "task2");
    let empty = "<subProcess id=\"work\"> <startEvent id=\"s\" /> <endEvent id=\"e\" />\ns -> e\n</subProcess>";
    let desk = Desk::start(&timed(empty, true, &[2]), Map::new());
    assert!(desk.ended());
    assert_eq!(desk.instance.jobs().count(), 0);
}

/// BoundaryTimerEventTest.testExpressionOnTimer
#[test]
fn a_duration_may_come_from_a_variable() {
    let model = timed(TASK, true, &[1]).replace("PT1H", "${duration}");
    let mut desk = Desk::start(&model, vars([("duration", "PT1H".into())]));
    pass(&mut desk, 1);
    assert_eq!(desk.tree(), "task1");
}

/// BoundaryTimerEventTest.testRepeatingTimerWithCancelActivity
#[test]
fn a_cycle_that_leads_back_to_its_task_begins_anew() {
    let mut desk = Desk::start(
        r#"<startEvent id="start" /> <userTask id="work" />
        <boundaryEvent id="again" attachedToRef="work"><timerEventDefinition><timeCycle>0/2 * * * * ?</timeCycle></timerEventDefinition></boundaryEvent>
        start -> work
        again -> work"#,
        Map::new(),
    );
    for _ in 0..2 {
        assert_eq!(
            (desk.tree(), desk.instance.jobs().count()),
            ("work".into(), 1)
        );
        desk.execute("again");
    }
}

/// BoundaryTimerEventTest.testMultipleOutgoingSequenceFlows
/// BoundaryTimerEventTest.testMultipleOutgoingSequenceFlowsOnSubprocess
/// BoundaryTimerEventTest.testMultipleOutgoingSequenceFlowsOnSubprocessMi
/// BoundaryTimerNonInterruptingEventTest.testMultipleOutgoingSequenceFlows
/// BoundaryTimerNonInterruptingEventTest.testMultipleOutgoingSequenceFlowsOnSubprocess
/// BoundaryTimerNonInterruptingEventTest.testMultipleOutgoingSequenceFlowsOnSubprocessMi
#[test]
fn a_boundary_event_may_fork() {
    let many = FORKED.replace(
        "<subProcess id=\"work\">",
        "<subProcess id=\"work\"><multiInstanceLoopCharacteristics><loopCardinality>${4}</loopCardinality></multiInstanceLoopCharacteristics>",
    );
    for (work, inside) in [(TASK, 1), (FORKED, 2), (many.as_str(), 8)] {
        for (interrupting, count) in [(true, 2), (false, 2 + inside)] {
            let model =
                timed(work, interrupting, &[1]) + "\n<userTask id=\"more\" />\nafter1 -> more";
            for reverse in [false, true] {
                let mut desk = Desk::start(&model, Map::new());
                desk.execute("after1");
                assert_eq!(desk.tasks().len(), count);
                while !desk.ended() {
                    let mut tasks = desk.tasks();
                    if reverse {
                        tasks.reverse();
                    }
                    desk.complete(&tasks[0]);
                }
            }
        }
    }
}

/// BoundaryTimerNonInterruptingEventTest.testTimerOnMiUserTask
/// BoundaryTimerNonInterruptingEventTest.testTimerOnConcurrentMiTasks
/// BoundaryTimerNonInterruptingEventTest.testTimerOnEmbeddedSubprocess
/// BoundaryTimerNonInterruptingEventTest.testTimerOnConcurrentTasks
/// BoundaryTimerNonInterruptingEventTest.testTimerOnConcurrentTasks2
/// BoundaryTimerNonInterruptingEventTest.testTimerOnConcurrentSubprocess
/// BoundaryTimerNonInterruptingEventTest.testTimerOnConcurrentSubprocess2
#[test]
fn beside_what_goes_on_whoever_ends_last() {
    for (work, inside) in [(TASK, 1), (MANY, 5), (FORKED, 2)] {
        for forked in [false, true] {
            let mut model = timed(work, false, &[1]);
            if forked {
                model = model.replace(
                    "start -> work -> end",
                    "start -> split -> work -> join -> end\nsplit -> other -> join
                    <parallelGateway id=\"split\" /> <parallelGateway id=\"join\" /> <userTask id=\"other\" />",
                );
            }
            for timer_first in [true, false] {
                let mut desk = Desk::start(&model, Map::new());
                assert_eq!(desk.instance.jobs().count(), 1);
                desk.execute("after1");
                assert_eq!(desk.tasks().len(), inside + 1 + usize::from(forked));
                let mut order = desk.tasks();
                order.sort_by_key(|task| (task == "task1") != timer_first);
                for (done, task) in order.iter().enumerate() {
                    assert!(!desk.ended(), "{done}");
                    desk.complete(task);
                }
                assert!(desk.ended(), "{}", desk.tree());
            }
        }
    }
}

/// BoundaryTimerNonInterruptingEventTest.testJoin
#[test]
fn the_path_of_a_timer_may_meet_the_other_at_a_join() {
    let model = boundary(false, "<timeDuration>PT1H</timeDuration>")
        .replace("work -> end", "work -> join -> end")
        .replace(
            "late -> remind",
            "late -> remind -> join\n<parallelGateway id=\"join\" />",
        );
    let mut desk = Desk::start(&model, vars([("dueDate", Value::Null)]));
    desk.execute("late");
    desk.complete("work");
    assert_eq!(desk.tasks(), ["remind"]);
    desk.complete("remind");
    assert!(desk.ended());
}

/// BoundaryTimerNonInterruptingEventTest.testTimerWithCycle
/// BoundaryTimerNonInterruptingEventTest.testReceiveTaskWithBoundaryTimer
#[test]
fn a_cycle_ends_with_its_activity() {
    let cycle = "<timeCycle>${cycle}</timeCycle>";
    let model = boundary(false, cycle).replace("${dueDate}", "P1D");
    let mut desk = Desk::start(&model, vars([("cycle", "R/PT1H".into())]));
    for count in 1..=2 {
        pass(&mut desk, 1);
        assert_eq!(desk.tasks().len(), count + 1);
    }
    desk.complete("work");
    pass(&mut desk, 1);
    assert_eq!(desk.tasks(), ["remind", "remind"]);
    let receive = model.replace(
        "<userTask id=\"work\" camunda:dueDate=\"P1D\" />",
        "<receiveTask id=\"work\" />",
    );
    let mut desk = Desk::start(&receive, vars([("cycle", "R/PT1H".into())]));
    let execution = desk.job("late").execution_id.expect("an execution");
    desk.ok(Command::Trigger {
        execution,
        variables: Map::new(),
    });
    assert!(desk.ended());
}

/// UpdateDuedateOnRecurringTimerTest.testChangesToRecurringTimerDuedateShouldNotCascade
#[test]
fn a_round_that_is_moved_or_done_early_does_not_move_those_that_follow() {
    let model = timed(TASK, false, &[1]).replace(
        "<timeDuration>PT1H</timeDuration>",
        "<timeCycle>R3/PT30M</timeCycle>",
    );
    let mut desk = Desk::start(&model, Map::new());
    let begun = desk.now;
    let job = desk.job("after1").id;
    desk.ok(Command::SetJobDue {
        job,
        due: begun + TimeDelta::minutes(15),
    });
    desk.wait(15);
    desk.execute("after1");
    for due in [30, 60, 90] {
        let job = desk.job("after1");
        assert_eq!(job.due, begun + TimeDelta::minutes(due));
        desk.now = job.due;
        desk.execute("after1");
    }
    assert_eq!(desk.instance.jobs().count(), 0);
}

// differs: UpdateDuedateOnRecurringTimerTest.testCascadeChangeToRecurringTimerAddToDuedate, UpdateDuedateOnRecurringTimerTest.testCascadeChangeToRecurringTimerAddToDuedateMultipleTimes, UpdateDuedateOnRecurringTimerTest.testCascadeChangeToRecurringTimerSubstractFromDuedate, UpdateDuedateOnRecurringTimerTest.testCascadeMixedChangesToRecurringTimerDuedate: one round is moved, never all that follow; `cascade` is refused
// not applicable: BoundaryTimerNonInterruptingEventTest.testUpdateTimerRepeat: it changes a job inside the engine, past its API
// not applicable: BoundaryTimerNonInterruptingEventTest.shouldReevaluateLongerTimerCycleWhenDue, BoundaryTimerNonInterruptingEventTest.shouldReevaluateShorterTimerCycleWhenDue, BoundaryTimerNonInterruptingEventTest.shouldNotReevaluateTimerCycleIfCycleDoesNotChange, BoundaryTimerNonInterruptingEventTest.shouldNotReevaluateTimerCycleWhenNewCycleIsIncorrect: the option reevaluateTimeCycleWhenDue, off unless set, with a Java bean

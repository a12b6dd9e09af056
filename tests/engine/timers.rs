//! Timer events: dates, durations, cycles, on the boundary and in between.

use crate::support::*;
use chrono::TimeDelta;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

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

//! External tasks: locks, completion, failure, retries and incidents.

use crate::support::*;
use chrono::TimeDelta;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

const MODEL: &str = r#"
    <startEvent id="start" />
    <serviceTask id="work" camunda:type="external" camunda:topic="${topic}" camunda:taskPriority="${7}">
      <extensionElements><camunda:inputOutput>
        <camunda:outputParameter name="total">${part + 1}</camunda:outputParameter>
      </camunda:inputOutput></extensionElements>
    </serviceTask>
    <userTask id="after" />
    start -> work -> after
"#;

fn desk() -> Desk {
    Desk::start(MODEL, vars([("topic", "insertion".into())]))
}

#[test]
fn a_worker_locks_and_completes() {
    let mut desk = desk();
    let task = desk.external("work");
    assert_eq!(
        (task.topic.as_str(), task.priority, task.retries),
        ("insertion", 7, None)
    );
    desk.lock("work");
    desk.ok(Command::CompleteExternalTask {
        task: task.id,
        worker: "worker".into(),
        variables: vars([("status", "SUCCESS".into())]),
        local_variables: vars([("part", 4.into())]),
    });
    assert_eq!(desk.tokens(), ["after"]);
    assert_eq!(desk.var("status"), Some("SUCCESS".into()));
    assert_eq!(desk.var("total"), Some(Value::Long(5)));
    assert_eq!(
        desk.var("part"),
        None,
        "what is local to the activity went with it"
    );
}

#[test]
fn only_the_worker_that_holds_the_lock_may_report() {
    let mut desk = desk();
    let task = desk.external("work").id;
    let complete = |worker: &str| Command::CompleteExternalTask {
        task: task.clone(),
        worker: worker.into(),
        variables: vars([("part", 1.into())]),
        local_variables: Map::new(),
    };
    let refused = desk.apply(complete("worker")).expect_err("not locked");
    assert_eq!(refused.class(), "BadUserRequestException");
    desk.lock("work");
    let refused = desk
        .apply(complete("thief"))
        .expect_err("locked by another");
    assert!(matches!(&refused, Error::WrongWorker { locked_by: Some(by), .. } if by == "worker"));
    desk.wait(10);
    desk.ok(complete("worker"));
}

#[test]
fn a_lock_is_taken_over_when_it_has_run_out_and_extended_only_before() {
    let mut desk = desk();
    let task = desk.lock("work");
    let until = desk.now + TimeDelta::minutes(20);
    let lock = |worker: &str| Command::LockExternalTask {
        task: task.clone(),
        worker: worker.into(),
        until,
    };
    let extend = |worker: &str| Command::ExtendExternalTaskLock {
        task: task.clone(),
        worker: worker.into(),
        until,
    };
    assert!(matches!(
        desk.apply(lock("second")),
        Err(Error::WrongWorker { .. })
    ));
    desk.wait(2);
    assert!(matches!(
        desk.apply(extend("worker")),
        Err(Error::LockExpired { .. })
    ));
    desk.ok(lock("second"));
    desk.ok(extend("second"));
    assert!(matches!(
        desk.apply(extend("worker")),
        Err(Error::WrongWorker { .. })
    ));
    let unlock = |worker: Option<&str>| Command::UnlockExternalTask {
        task: task.clone(),
        worker: worker.map(str::to_owned),
    };
    assert!(matches!(
        desk.apply(unlock(Some("stranger"))),
        Err(Error::WrongWorker { .. })
    ));
    desk.ok(unlock(None));
    desk.ok(lock("third"));
}

fn fail(desk: &mut Desk, retries: i32, minutes: i64) -> Result<Vec<Change>, Error> {
    let task = desk.external("work").id;
    let retry_at = Some(desk.now + TimeDelta::minutes(minutes));
    desk.apply(Command::FailExternalTask {
        task,
        worker: "worker".into(),
        message: "no connection".into(),
        details: Some("a long story".into()),
        retries,
        retry_at,
    })
}

#[test]
fn a_failure_waits_to_be_tried_again_and_the_last_one_is_an_incident() {
    let mut desk = desk();
    desk.lock("work");
    assert!(matches!(fail(&mut desk, -1, 1), Err(Error::BadRequest(_))));
    fail(&mut desk, 1, 5).expect("recorded");
    let task = desk.external("work");
    assert_eq!((task.worker_id.as_deref(), task.retries), (None, Some(1)));
    let early = Command::LockExternalTask {
        task: task.id.clone(),
        worker: "worker".into(),
        until: desk.now + TimeDelta::minutes(9),
    };
    assert!(matches!(desk.apply(early), Err(Error::BadRequest(_))));
    desk.wait(6);
    desk.lock("work");
    fail(&mut desk, 0, 0).expect("recorded");
    let incident = desk
        .instance
        .incidents()
        .next()
        .expect("an incident")
        .clone();
    assert_eq!(incident.kind, "failedExternalTask");
    assert_eq!(
        (incident.configuration, incident.message.as_deref()),
        (task.id.clone(), Some("no connection"))
    );
    let exhausted = Command::LockExternalTask {
        task: task.id.clone(),
        worker: "worker".into(),
        until: desk.now + TimeDelta::minutes(9),
    };
    assert!(matches!(desk.apply(exhausted), Err(Error::BadRequest(_))));
    desk.ok(Command::SetExternalTaskRetries {
        task: task.id,
        retries: 2,
    });
    assert_eq!(desk.instance.incidents().count(), 0);
    assert!(
        desk.log
            .iter()
            .any(|e| matches!(e, Event::IncidentResolved { .. }))
    );
    desk.lock("work");
}

#[test]
fn an_empty_topic_is_an_error() {
    let mut desk = Desk::with(MODEL);
    let refused = desk.run(vars([("topic", Value::Null)]));
    assert!(matches!(refused, Err(Error::BadValue { .. })));
}

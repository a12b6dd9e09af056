//! Asynchronous continuations, retries and incidents of jobs.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

#[test]
fn async_before_waits_before_the_activity_begins_and_async_after_once_it_is_done() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <serviceTask id="work" camunda:asyncBefore="true" camunda:asyncAfter="true"
            camunda:expression="${n + 1}" camunda:resultVariable="n" />
        <userTask id="a" /> <userTask id="b" />
        start -> work
        work -> a
        work -> b if ${n == 1}
        "#,
        vars([("n", 0.into())]),
    );
    assert_eq!(desk.job("work").kind, JobKind::AsyncBefore);
    assert_eq!(desk.history(), ["start"]);
    desk.execute("work");
    assert_eq!(desk.history(), ["start", "work"]);
    assert_eq!(desk.instance.jobs().count(), 2, "one job for each flow");
    assert!(
        desk.instance
            .jobs()
            .all(|job| job.kind == JobKind::AsyncAfter)
    );
    desk.set(vars([("n", 5.into())]));
    desk.execute("work");
    desk.execute("work");
    assert_eq!(desk.tokens(), ["a", "b"], "flows are chosen before the job");
}

#[test]
fn async_after_the_last_node_ends_the_instance_by_its_job() {
    let mut desk = Desk::start(
        r#"<startEvent id="start" /> <endEvent id="end" camunda:asyncBefore="true" camunda:asyncAfter="true" />
        start -> end"#,
        Map::new(),
    );
    desk.execute("end");
    assert!(!desk.ended());
    desk.execute("end");
    assert!(desk.ended());
}

#[test]
fn an_async_join_has_a_job_for_each_token() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <task id="a" /> <task id="b" />
        <parallelGateway id="join" camunda:asyncBefore="true" /> <userTask id="after" />
        start -> a -> join
        start -> b -> join
        join -> after
        "#,
        Map::new(),
    );
    assert_eq!(desk.instance.jobs().count(), 2);
    desk.execute("join");
    assert_eq!(desk.tokens(), ["join", "join"]);
    desk.execute("join");
    assert_eq!(desk.tokens(), ["after"]);
}

fn failing(cycle: &str) -> Desk {
    Desk::start(
        &format!(
            r#"
            <startEvent id="start" />
            <serviceTask id="work" camunda:asyncBefore="true" camunda:expression="${{x / y.size()}}">
              <extensionElements>{cycle}</extensionElements>
            </serviceTask>
            <endEvent id="end" />
            start -> work -> end
            "#
        ),
        vars([("x", 1.into())]),
    )
}

fn fail(desk: &mut Desk) -> Job {
    let job = desk.job("work").id;
    let error = desk
        .apply(Command::ExecuteJob { job: job.clone() })
        .expect_err("fails");
    assert!(error.costs_retry());
    desk.ok(Command::JobFailed {
        job,
        message: error.to_string(),
    });
    desk.job("work")
}

#[test]
fn the_third_failure_is_an_incident_that_new_retries_resolve() {
    let mut desk = failing("");
    assert_eq!(desk.job("work").retries, 3);
    assert_eq!(fail(&mut desk).retries, 2);
    assert_eq!(fail(&mut desk).retries, 1);
    assert_eq!(desk.instance.incidents().count(), 0);
    let job = fail(&mut desk);
    assert_eq!((job.retries, job.retry_at), (0, None));
    let incident = desk
        .instance
        .incidents()
        .next()
        .expect("an incident")
        .clone();
    assert_eq!(
        (incident.kind.as_str(), &incident.configuration),
        ("failedJob", &job.id)
    );
    assert!(
        incident
            .message
            .is_some_and(|text| text.contains("Unknown property"))
    );
    desk.ok(Command::SetJobRetries {
        job: job.id,
        retries: 1,
    });
    assert_eq!(desk.instance.incidents().count(), 0);
    desk.set(vars([("y", Value::List(vec![1.into()]))]));
    desk.execute("work");
    assert!(desk.ended());
}

#[test]
fn an_incident_goes_with_the_job_that_succeeds_at_last() {
    let mut desk = failing("");
    for _ in 0..3 {
        fail(&mut desk);
    }
    desk.set(vars([("y", Value::List(vec![1.into()]))]));
    desk.execute("work");
    assert!(desk.ended());
    assert!(
        desk.log
            .iter()
            .any(|e| matches!(e, Event::IncidentResolved { .. }))
    );
}

#[test]
fn the_model_says_how_often_and_when_to_try_again() {
    let mut desk =
        failing("<camunda:failedJobRetryTimeCycle>R5/PT5M</camunda:failedJobRetryTimeCycle>");
    let job = fail(&mut desk);
    assert_eq!(job.retries, 4);
    assert_eq!(
        job.retry_at.map(|at| (at - desk.now).num_minutes()),
        Some(5)
    );
    desk.wait(5);
    assert_eq!(fail(&mut desk).retries, 3);
    let mut desk =
        failing("<camunda:failedJobRetryTimeCycle>PT10M,PT17M</camunda:failedJobRetryTimeCycle>");
    for (retries, minutes) in [(2, 10), (1, 17), (0, 17)] {
        let job = fail(&mut desk);
        assert_eq!(job.retries, retries);
        assert_eq!(
            job.retry_at.map(|at| (at - desk.now).num_minutes()),
            Some(minutes)
        );
    }
}

#[test]
fn the_incident_of_a_job_ends_though_its_execution_goes_on() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <userTask id="work" camunda:asyncBefore="true" name="${title}" />
        start -> work
        "#,
        Map::new(),
    );
    for _ in 0..3 {
        fail(&mut desk);
    }
    assert_eq!(desk.instance.incidents().count(), 1);
    desk.set(vars([("title", "Prices".into())]));
    desk.execute("work");
    assert_eq!(desk.task("work").name, "Prices");
    assert_eq!(desk.instance.incidents().count(), 0);
}

//! Jobs that fail: how often they are tried, when, and the incident at the end.

use crate::jobs::fail_at;
use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

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

/// FoxFailedJobParseListenerTest.testUserTaskParseFailedJobRetryTimeCycle
/// FoxFailedJobParseListenerTest.testUserTaskParseFailedJobRetryTimeCycleInActivitiNamespace
/// FoxFailedJobParseListenerTest.testNotAsyncUserTaskParseFailedJobRetryTimeCycle
/// FoxFailedJobParseListenerTest.testAsyncUserTaskButWithoutParseFailedJobRetryTimeCycle
/// FoxFailedJobParseListenerTest.testTimerBoundaryEventWithFailedJobRetryTimeCycle
/// FoxFailedJobParseListenerTest.testTimerBoundaryEventWithoutFailedJobRetryTimeCycle
/// FoxFailedJobParseListenerTest.testIntermediateCatchTimerEventWithFailedJobRetryTimeCycle
/// FoxFailedJobParseListenerTest.testMultiInstanceBodyWithFailedJobRetryTimeCycle
/// FoxFailedJobParseListenerTest.testInnerMultiInstanceActivityWithFailedJobRetryTimeCycle
/// FoxFailedJobParseListenerTest.testMultiInstanceBodyAndInnerActivityWithFailedJobRetryTimeCycle
#[test]
fn each_job_is_tried_as_often_as_its_own_element_says() {
    let cycle = "<camunda:failedJobRetryTimeCycle>R5/PT5M</camunda:failedJobRetryTimeCycle>";
    let extended = format!("<extensionElements>{cycle}</extensionElements>");
    let timer = "<timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition>";
    let loops = |attributes: &str, inside: &str| {
        format!(
            "<multiInstanceLoopCharacteristics {attributes}>{inside}<loopCardinality>${{many}}</loopCardinality></multiInstanceLoopCharacteristics>"
        )
    };
    let fails = r#"name="${unknown}""#;
    for (element, id, retries) in [
        (
            format!(r#"<userTask id="x" {fails} camunda:async="true">{extended}</userTask>"#),
            "x",
            4,
        ),
        (
            format!(r#"<userTask id="x" {fails} camunda:async="true" />"#),
            "x",
            2,
        ),
        (
            format!(
                r#"<userTask id="x" /> <boundaryEvent id="b" attachedToRef="x">{extended}{timer}</boundaryEvent>"#
            ),
            "b",
            4,
        ),
        (
            format!(
                r#"<userTask id="x" /> <boundaryEvent id="b" attachedToRef="x">{timer}</boundaryEvent>"#
            ),
            "b",
            2,
        ),
        (
            format!(r#"<intermediateCatchEvent id="x">{extended}{timer}</intermediateCatchEvent>"#),
            "x",
            4,
        ),
        (
            format!(
                r#"<userTask id="x" {fails} camunda:async="true">{extended}{}</userTask>"#,
                loops("", "")
            ),
            "x",
            4,
        ),
    ] {
        let from = if id == "b" {
            "b -> fails"
        } else {
            "x -> fails"
        };
        let model = format!(
            "<startEvent id=\"start\" /> {element} <serviceTask id=\"fails\" camunda:expression=\"${{unknown}}\" />\nstart -> x\n{from}"
        );
        let mut desk = Desk::start(&model, vars([("many", 2.into())]));
        assert_eq!(fail_at(&mut desk, id).retries, retries, "{element}");
        let fox = model.replace("camunda:failedJob", "fox:failedJob");
        let xml = bpmn(&fox).replacen(
            "<definitions",
            r#"<definitions xmlns:fox="http://www.camunda.com/fox""#,
            1,
        );
        let mut desk = Desk::deploy(&xml).started(vars([("many", 2.into())]));
        assert_eq!(
            fail_at(&mut desk, id).retries,
            retries,
            "{element} with fox"
        );
    }
    for (outer, inner, retries) in [
        ("", extended.as_str(), [2, 4]),
        (extended.as_str(), "", [4, 2]),
        (extended.as_str(), extended.as_str(), [4, 4]),
    ] {
        let model = format!(
            r#"<startEvent id="start" /> <userTask id="x" {fails} camunda:asyncBefore="true">{outer}{}</userTask>
            start -> x"#,
            loops(r#"camunda:asyncBefore="true""#, inner)
        );
        let mut desk = Desk::start(&model, Map::new());
        assert_eq!(fail_at(&mut desk, "x").retries, retries[0], "of the whole");
        desk.set(vars([("many", 1.into())]));
        desk.execute("x");
        assert_eq!(fail_at(&mut desk, "x").retries, retries[1], "of each");
    }
    let plain =
        format!("<startEvent id=\"start\" /> <userTask id=\"x\">{extended}</userTask>\nstart -> x");
    assert_eq!(Desk::start(&plain, Map::new()).instance.jobs().count(), 0);
}

/// FoxJobRetryCmdTest.testFailedServiceTask
/// FoxJobRetryCmdTest.testFailedUserTask
/// FoxJobRetryCmdTest.testFailedBusinessRuleTask
/// FoxJobRetryCmdTest.testFailedCallActivity
/// FoxJobRetryCmdTest.testFailedScriptTask
/// FoxJobRetryCmdTest.testFailedSendTask
/// FoxJobRetryCmdTest.testFailedSubProcess
/// FoxJobRetryCmdTest.testFailedTask
/// FoxJobRetryCmdTest.testFailedTransaction
/// FoxJobRetryCmdTest.testFailedReceiveTask
/// FoxJobRetryCmdTest.testFailedBoundaryTimerEvent
/// FoxJobRetryCmdTest.testFailedIntermediateCatchingTimerEvent
/// FoxJobRetryCmdTest.testFailingMultiInstanceBody
/// FoxJobRetryCmdTest.testFailingMultiInstanceInnerActivity
/// FoxJobRetryCmdTest.testRetryOnTimerStartEventInEventSubProcess
/// FoxJobRetryCmdTest.testBrokenFoxJobRetryValue
/// FoxFailedJobParseListenerTest.testTimerStartEventWithFailedJobRetryTimeCycle
#[test]
fn a_job_of_every_element_fails_until_no_retry_is_left() {
    let cycle = "<camunda:failedJobRetryTimeCycle>R5/PT5M</camunda:failedJobRetryTimeCycle>";
    let listener = |event: &str| {
        format!(r#"<camunda:executionListener event="{event}" expression="${{unknown}}" />"#)
    };
    let extended = format!(
        "<extensionElements>{cycle}{}</extensionElements>",
        listener("start")
    );
    let timer = "<timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition>";
    let job = r#"camunda:asyncBefore="true""#;
    let element = |name: &str, attributes: &str, inside: &str| {
        format!(r#"<{name} id="x" {attributes} {job}>{extended}{inside}</{name}>"#)
    };
    let expression = r#"camunda:expression="${true}""#;
    let loops = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>";
    let each = loops.replacen(
        "Characteristics>",
        &format!("Characteristics {job}><extensionElements>{cycle}</extensionElements>"),
        1,
    );
    let models = [
        (element("serviceTask", expression, ""), "x"),
        (element("sendTask", expression, ""), "x"),
        (element("businessRuleTask", expression, ""), "x"),
        (element("userTask", "", ""), "x"),
        (element("callActivity", "calledElement=\"called\"", ""), "x"),
        (
            element(
                "scriptTask",
                "scriptFormat=\"javascript\"",
                "<script>1</script>",
            ),
            "x",
        ),
        (element("task", "", ""), "x"),
        (element("receiveTask", "", ""), "x"),
        (element("subProcess", "", "<startEvent id=\"s\" />"), "x"),
        (element("transaction", "", "<startEvent id=\"s\" />"), "x"),
        (element("userTask", "", loops), "x"),
        (
            element("userTask", "", &each).replacen(&format!("id=\"x\"  {job}"), "id=\"x\"", 1),
            "x",
        ),
        (
            format!(
                "<userTask id=\"x\" /> <boundaryEvent id=\"b\" attachedToRef=\"x\">{extended}{timer}</boundaryEvent>"
            ),
            "b",
        ),
        (
            format!(
                "<intermediateCatchEvent id=\"x\"><extensionElements>{cycle}{}</extensionElements>{timer}</intermediateCatchEvent>",
                listener("end")
            ),
            "x",
        ),
        (
            format!(
                "<userTask id=\"x\" /> <subProcess id=\"sub\" triggeredByEvent=\"true\"><startEvent id=\"on\">{extended}{timer}</startEvent></subProcess>"
            ),
            "on",
        ),
    ];
    for (element, id) in models {
        let model = format!("<startEvent id=\"start\" /> {element}\nstart -> x");
        let mut desk = Desk::start(&model, Map::new());
        for left in [4, 3, 2, 1, 0] {
            let mut jobs: Vec<Job> = desk.instance.jobs().cloned().collect();
            jobs.retain(|job| job.activity_id.trim_end_matches("#multiInstanceBody") == id);
            let job = jobs.first().unwrap_or_else(|| panic!("no job: {element}"));
            let job = job.id.clone();
            let refused = desk.apply(Command::ExecuteJob { job: job.clone() });
            let message = refused.expect_err("fails").to_string();
            desk.ok(Command::JobFailed {
                job: job.clone(),
                message,
            });
            let job = desk
                .instance
                .jobs()
                .find(|one| one.id == job)
                .expect("still there");
            assert_eq!(job.retries, left, "{element}");
        }
    }
    let broken = format!(
        "<extensionElements><camunda:failedJobRetryTimeCycle>PPP</camunda:failedJobRetryTimeCycle>{}</extensionElements>",
        listener("start")
    );
    let model = format!(
        "<startEvent id=\"start\" /> <userTask id=\"x\" {job}>{broken}</userTask>\nstart -> x"
    );
    let mut desk = Desk::start(&model, Map::new());
    for left in [2, 1, 0] {
        assert_eq!(fail_at(&mut desk, "x").retries, left, "as often as without");
    }
}
// differs: FoxFailedJobParseListenerTest.testSignalEventWithFailedJobRetryTimeCycle: a signal is thrown within the command, also with camunda:async at its definition

/// ManagementServiceTest.testSetJobRetries
/// ManagementServiceTest.testSetJobRetriesNullCreatesIncident
/// ManagementServiceTest.testSetJobDuedate
/// AsyncTaskTest.testFailingAsyncServiceTimer
#[test]
fn a_job_has_retries_a_due_date_and_a_reason() {
    let mut desk = failing("");
    let job = desk.job("work").id;
    let due = desk.now + chrono::TimeDelta::days(3);
    desk.ok(Command::SetJobDue {
        job: job.clone(),
        due,
    });
    desk.ok(Command::SetJobRetries {
        job: job.clone(),
        retries: 5,
    });
    assert_eq!((desk.job("work").due, desk.job("work").retries), (due, 5));
    let failed = fail(&mut desk);
    assert_eq!((failed.retries, failed.error_message.is_some()), (4, true));
    desk.ok(Command::SetJobRetries {
        job: job.clone(),
        retries: 0,
    });
    assert_eq!(desk.instance.incidents().count(), 1);
    assert!(matches!(
        desk.apply(Command::SetJobRetries { job, retries: -1 }),
        Err(Error::BadRequest(_))
    ));

    for element in [
        r#"<serviceTask id="x" camunda:async="true" camunda:expression="${unknown}" />"#,
        "<subProcess id=\"x\" camunda:async=\"true\"><startEvent id=\"s\" /> <serviceTask id=\"inner\" camunda:expression=\"${unknown}\" />\ns -> inner\n</subProcess>",
    ] {
        let model = format!(
            r#"<startEvent id="start" /> {element} <boundaryEvent id="late" attachedToRef="x"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent> <userTask id="escalated" />
            start -> x
            late -> escalated"#
        );
        let mut desk = Desk::start(&model, Map::new());
        assert_eq!(
            fail_at(&mut desk, "x").retries,
            2,
            "what failed is as it was before"
        );
        assert_eq!(
            desk.instance.jobs().count(),
            1,
            "the timer began and went with the failure"
        );
    }
}

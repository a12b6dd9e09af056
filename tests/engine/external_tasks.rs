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
        variables: Map::new(),
        local_variables: Map::new(),
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

/// A task with an error rule, the boundary event that catches the error, and a task behind each.
fn ruled(rules: &str, io: &str) -> String {
    format!(
        r#"<startEvent id="start" />
        <serviceTask id="work" camunda:type="external" camunda:topic="t"><extensionElements>{rules}{io}</extensionElements></serviceTask>
        <boundaryEvent id="b1" attachedToRef="work"><errorEventDefinition errorRef="broken" /></boundaryEvent> <userTask id="taskA" />
        <boundaryEvent id="b2" attachedToRef="work"><errorEventDefinition errorRef="lost" /></boundaryEvent> <userTask id="taskB" /> <userTask id="fine" />
        start -> work -> fine
        b1 -> taskA
        b2 -> taskB"#
    )
}

fn rule(error: &str, expression: &str) -> String {
    format!(r#"<camunda:errorEventDefinition errorRef="{error}" {expression} />"#)
}

/// Reports with these variables, as done or as failed for good.
fn report(
    desk: &mut Desk,
    failed: bool,
    variables: Map,
    local_variables: Map,
) -> Result<Vec<Change>, Error> {
    let (task, worker) = (desk.external("work").id, "worker".to_owned());
    desk.apply(match failed {
        false => Command::CompleteExternalTask {
            task,
            worker,
            variables,
            local_variables,
        },
        true => Command::FailExternalTask {
            task,
            worker,
            message: "myErrorMessage".into(),
            details: Some("myErrorDetails".into()),
            retries: 0,
            retry_at: None,
            variables,
            local_variables,
        },
    })
}

fn locked(model: &str) -> Desk {
    let mut desk = Desk::start(model, Map::new());
    desk.lock("work");
    desk
}

/// ExternalTaskServiceTest.shouldEvaluateNestedErrorEventDefinitionsOnComplete
/// ExternalTaskServiceTest.shouldEvaluateNestedErrorEventDefinitionsOnCompleteWithVariables
/// ExternalTaskServiceTest.shouldEvaluateNestedErrorEventDefinitionsOnCompleteWithLocalVariables
/// ExternalTaskServiceTest.shouldFailNestedErrorEventDefinitionsWhenVariableWasNotProvidedByClientOnComplete
/// ExternalTaskServiceTest.shouldKeepVariablesAfterEvaluateNestedErrorEventDefinitionsOnCompleteWithVariables
/// ExternalTaskServiceTest.shouldNotKeepVariablesAfterEvaluateNestedErrorEventDefinitionsOnCompleteWithLocalVariables
/// ExternalTaskServiceTest.shouldNotFailOutputMappingAfterNestedErrorEventDefinitionsOnComplete
/// ExternalTaskServiceTest.shouldEvaluateNestedErrorEventDefinitionsOnFailure
/// ExternalTaskServiceTest.shouldEvaluateNestedErrorEventDefinitionsOnFailWithVariables
/// ExternalTaskServiceTest.shouldEvaluateNestedErrorEventDefinitionsOnFailWithLocalVariables
/// ExternalTaskServiceTest.shouldNotFailNestedErrorEventDefinitionsWhenVariableWasNotProvidedByClientOnFail
/// ExternalTaskServiceTest.shouldKeepVariablesAfterEvaluateNestedErrorEventDefinitionsOnFailWithVariables
/// ExternalTaskServiceTest.shouldNotKeepVariablesAfterEvaluateNestedErrorEventDefinitionsOnFailWithLocalVariables
/// ExternalTaskServiceTest.shouldNotFailOutputMappingAfterNestedErrorEventDefinitionsOnFail
/// ExternalTaskServiceTest.shouldFailOutputMappingAfterNestedErrorEventDefinitionsWhenVariableWasNotProvidedByClientOnComplete
/// ExternalTaskServiceTest.shouldFailOutputMappingAfterNestedErrorEventDefinitionsWhenVariableWasNotProvidedByClientOnFail
#[test]
fn rules_for_errors_see_what_is_reported() {
    let io = r#"<camunda:inputOutput><camunda:outputParameter name="out">${foo}</camunda:outputParameter></camunda:inputOutput>"#;
    let foo = || vars([("foo", "bar".into())]);
    for failed in [false, true] {
        let mut desk = locked(&ruled(&rule("broken", r#"expression="${true}""#), ""));
        report(&mut desk, failed, Map::new(), Map::new()).expect("reported");
        assert_eq!(
            (desk.tasks(), desk.instance.incidents().count()),
            (vec!["taskA".to_owned()], 0)
        );

        let model = ruled(&rule("broken", r#"expression="${foo=='bar'}""#), "");
        for (set, local, kept) in [
            (foo(), Map::new(), Some("bar".into())),
            (Map::new(), foo(), None),
        ] {
            let mut desk = locked(&model);
            report(&mut desk, failed, set, local).expect("reported");
            assert_eq!(
                (desk.tasks(), desk.var("foo")),
                (vec!["taskA".to_owned()], kept)
            );
            assert_eq!(desk.last("foo"), Some("bar".into()));
        }
        let mut desk = locked(&model);
        let result = report(&mut desk, failed, Map::new(), Map::new());
        assert_eq!(
            result.is_ok(),
            failed,
            "only a failure is recorded all the same"
        );
        assert_eq!(desk.instance.incidents().count(), usize::from(failed));

        let mut desk = locked(&ruled(&rule("broken", r#"expression="${foo=='bar'}""#), io));
        report(&mut desk, failed, foo(), Map::new()).expect("reported");
        assert_eq!(desk.tasks(), ["taskA"]);
        // What is cancelled has its outputs as well, which need their variable.
        let mut desk = locked(&ruled(&rule("broken", r#"expression="${true}""#), io));
        report(&mut desk, failed, Map::new(), Map::new()).expect_err("no such variable");
    }
}

/// ExternalTaskServiceTest.shouldResolveExpressionWithErrorMessageInNestedErrorEventDefinitionOnFailure
/// ExternalTaskServiceTest.shouldResolveExpressionWithErrorMessageInNestedErrorEventDefinitionOnComplete
/// ExternalTaskServiceTest.shouldResolveFirstOfTwoExpressionsInNestedErrorEventDefinitionOnComplete
/// ExternalTaskServiceTest.shouldResolveSecondOfTwoExpressionsInNestedErrorEventDefinitionOnComplete
/// ExternalTaskServiceTest.shouldResolveBothOfTwoExpressionsInNestedErrorEventDefinitionOnComplete
/// ExternalTaskServiceTest.shouldIgnoreEmptyExpressionInNestedErrorEventDefinitionOnComplete
/// ExternalTaskServiceTest.shouldIgnoreNullExpressionInNestedErrorEventDefinitionOnComplete
#[test]
fn the_first_rule_that_holds_counts() {
    for (failed, expression) in [
        (
            true,
            "${externalTask.getErrorMessage() == 'myErrorMessage'}",
        ),
        (false, "${externalTask.getErrorMessage() == null}"),
    ] {
        let mut desk = locked(&ruled(
            &rule("broken", &format!("expression=\"{expression}\"")),
            "",
        ));
        report(&mut desk, failed, Map::new(), Map::new()).expect("reported");
        assert_eq!(desk.tasks(), ["taskA"], "{expression}");
    }
    let two = rule("broken", r#"expression="${a}""#) + &rule("lost", r#"expression="${b}""#);
    for (a, b, after) in [
        (true, false, "taskA"),
        (false, true, "taskB"),
        (true, true, "taskA"),
        (false, false, "fine"),
    ] {
        let mut desk = locked(&ruled(&two, ""));
        report(
            &mut desk,
            false,
            vars([("a", a.into()), ("b", b.into())]),
            Map::new(),
        )
        .expect("reported");
        assert_eq!(desk.tasks(), [after]);
    }
    for nothing in [r#"expression="""#, ""] {
        let mut desk = locked(&ruled(&rule("broken", nothing), ""));
        report(&mut desk, false, Map::new(), Map::new()).expect("reported");
        assert_eq!(desk.tasks(), ["fine"]);
    }
}

/// As ExternalTaskEntity.evaluateThrowBpmnError: what the worker said is the message, and what is
/// not true is false.
#[test]
fn the_message_of_a_rule_is_the_worker_s() {
    let model = |expression: &str| {
        let rules = rule("broken", &format!("expression=\"{expression}\""));
        ruled(&rules, "").replacen(
            r#"<errorEventDefinition errorRef="broken" />"#,
            r#"<errorEventDefinition errorRef="broken" camunda:errorMessageVariable="why" />"#,
            1,
        )
    };
    let named = "${externalTask != null &amp;&amp; not empty externalTask}";
    for (failed, why) in [(true, "myErrorMessage".into()), (false, Value::Null)] {
        let mut desk = locked(&model(named));
        report(&mut desk, failed, Map::new(), Map::new()).expect("reported");
        assert_eq!(
            (desk.tasks(), desk.var("why")),
            (vec!["taskA".to_owned()], Some(why))
        );
    }
    // One that can not be evaluated hides none behind it where a failure is told.
    let rules = rule("broken", r#"expression="${missing == 1}""#)
        + &rule(
            "lost",
            r#"expression="${externalTask.errorMessage == 'myErrorMessage' &amp;&amp; externalTask.retries == null}""#,
        );
    let mut desk = locked(&ruled(&rules, ""));
    report(&mut desk, true, Map::new(), Map::new()).expect("reported");
    assert_eq!(desk.tasks(), ["taskB"]);
    let mut desk = locked(&model("${'yes'}"));
    report(&mut desk, false, Map::new(), Map::new()).expect("reported");
    assert_eq!(desk.tasks(), ["fine"]);
}

/// ExternalTaskServiceTest.testHandleBpmnError
/// ExternalTaskServiceTest.testHandleBpmnErrorWithoutDefinedBoundary
/// ExternalTaskServiceTest.testHandleBpmnErrorLockExpiredTask
/// ExternalTaskServiceTest.testHandleBpmnErrorPassVariablesBoundryEvent
/// ExternalTaskServiceTest.testHandleBpmnErrorPassVariablesEventSubProcess
/// ExternalTaskServiceTest.testHandleBpmnErrorPassMessageEventSubProcess
/// ExternalTaskServiceTest.testHandleBpmnErrorReclaimedLockExpiredTaskWithBoundaryAndPassVariables
/// ExternalTaskServiceTest.testHandleBpmnErrorReclaimedLockExpiredTaskWithoutDefinedBoundary
/// ExternalTaskServiceTest.testHandleBpmnErrorReclaimedLockExpiredTaskWithBoundary
/// ExternalTaskServiceTest.testHandleBpmnErrorSuspendedTask
/// ExternalTaskServiceTest.testHandleBpmnErrorNonExistingTask
#[test]
fn a_worker_s_error_is_caught_with_its_variables_and_message() {
    let caught = r#"<errorEventDefinition errorRef="broken" camunda:errorCodeVariable="code" camunda:errorMessageVariable="text" />"#;
    let boundary = format!(
        r#"<startEvent id="start" /> <serviceTask id="work" camunda:type="external" camunda:topic="t" />
        <boundaryEvent id="b" attachedToRef="work">{caught}</boundaryEvent> <userTask id="after" /> <userTask id="fine" />
        start -> work -> fine
        b -> after"#
    );
    let event = format!(
        r#"<startEvent id="start" /> <serviceTask id="work" camunda:type="external" camunda:topic="t" />
        <subProcess id="event" triggeredByEvent="true"><startEvent id="on">{caught}</startEvent> <userTask id="after" />
          on -> after
        </subProcess>
        start -> work"#
    );
    let error = |desk: &Desk, worker: &str, code: &str| Command::ExternalTaskError {
        task: desk.external("work").id,
        worker: worker.into(),
        code: code.into(),
        message: Some("why".into()),
        variables: vars([("foo", "bar".into())]),
    };
    for model in [&boundary, &event] {
        let mut desk = locked(model);
        desk.wait(5);
        let command = error(&desk, "worker", "BROKEN");
        desk.ok(command);
        let told = ["foo", "code", "text"].map(|name| desk.var(name));
        assert_eq!(
            (desk.tasks(), told),
            (
                vec!["after".to_owned()],
                ["bar", "BROKEN", "why"].map(|v| Some(v.into()))
            )
        );
    }
    let mut desk = locked(&boundary);
    desk.wait(5);
    let (task, until) = (desk.external("work").id, desk.now + TimeDelta::minutes(1));
    desk.ok(Command::LockExternalTask {
        task: task.clone(),
        worker: "second".into(),
        until,
    });
    let late = error(&desk, "worker", "BROKEN");
    assert!(matches!(desk.apply(late), Err(Error::WrongWorker { .. })));
    let suspend = |suspended| Command::SetSuspended {
        process_instance: None,
        suspended,
    };
    desk.ok(suspend(true));
    let second = error(&desk, "second", "BROKEN");
    assert!(matches!(
        desk.apply(second.clone()),
        Err(Error::Suspended { .. })
    ));
    desk.ok(suspend(false));
    desk.ok(second.clone());
    assert_eq!(desk.tasks(), ["after"]);
    assert!(matches!(desk.apply(second), Err(Error::NotFound { .. })));
    let mut desk = locked(&boundary);
    let other = error(&desk, "worker", "OTHER");
    desk.ok(other);
    assert!(
        desk.ended(),
        "uncaught it ends the task, and what has nothing else with it"
    );
}

/// ExternalTaskServiceTest.testCompleteSuspendedTask
/// ExternalTaskServiceTest.testHandleFailureSuspendedTask
/// ExternalTaskServiceTest.testCompleteLockExpiredTask
/// ExternalTaskServiceTest.testCompleteReclaimedLockExpiredTask
/// ExternalTaskServiceTest.testHandleFailureThenComplete
/// ExternalTaskServiceTest.testHandleFailureAndDeleteProcessInstance
/// ExternalTaskServiceTest.testDeleteProcessInstance
/// ExternalTaskServiceTest.testCancelExternalTaskWithBoundaryEvent
/// ExternalTaskServiceTest.testHandleFailureZeroRetriesAfterIncidentsAreResolved
/// ExternalTaskServiceTest.testSetRetriesToZero
/// ExternalTaskServiceTest.testSetRetriesToZeroAfterFailureWithRetriesLeft
/// ExternalTaskServiceTest.testSetRetriesNegative
/// ExternalTaskServiceTest.testSetRetriesNonExistingTask
#[test]
fn what_may_be_reported_when() {
    let model = r#"<startEvent id="start" /> <serviceTask id="work" camunda:type="external" camunda:topic="t" />
        <boundaryEvent id="stop" attachedToRef="work"><messageEventDefinition messageRef="letter" /></boundaryEvent> <userTask id="stopped" />
        start -> work
        stop -> stopped"#;
    let suspend = |suspended| Command::SetSuspended {
        process_instance: None,
        suspended,
    };
    let set = |desk: &Desk, retries| Command::SetExternalTaskRetries {
        task: desk.external("work").id,
        retries,
    };
    let mut desk = locked(model);
    desk.ok(suspend(true));
    for failed in [true, false] {
        let refused = report(&mut desk, failed, Map::new(), Map::new());
        assert!(matches!(refused, Err(Error::Suspended { .. })));
    }
    desk.ok(suspend(false));
    desk.wait(5);
    report(&mut desk, false, Map::new(), Map::new()).expect("nobody else took it");
    assert!(desk.ended());

    let mut desk = locked(model);
    desk.wait(5);
    let (task, until) = (desk.external("work").id, desk.now + TimeDelta::minutes(1));
    desk.ok(Command::LockExternalTask {
        task,
        worker: "second".into(),
        until,
    });
    assert!(matches!(
        report(&mut desk, false, Map::new(), Map::new()),
        Err(Error::WrongWorker { .. })
    ));

    let mut desk = locked(model);
    report(&mut desk, true, Map::new(), Map::new()).expect("failed");
    assert_eq!(desk.instance.incidents().count(), 1);
    assert!(
        matches!(
            report(&mut desk, false, Map::new(), Map::new()),
            Err(Error::WrongWorker { .. })
        ),
        "the lock went with the failure"
    );
    let more = set(&desk, 2);
    desk.ok(more);
    assert_eq!(desk.instance.incidents().count(), 0);
    desk.lock("work");
    report(&mut desk, true, Map::new(), Map::new()).expect("failed again");
    assert_eq!(desk.instance.incidents().count(), 1, "a new one");
    desk.ok(Command::Cancel {
        process_instance: None,
        user: None,
        reason: "enough".into(),
    });
    assert_eq!(desk.instance, Instance::default());

    let mut desk = locked(model);
    desk.message("letter");
    assert_eq!(
        (desk.tasks(), desk.instance.external_tasks().count()),
        (vec!["stopped".to_owned()], 0)
    );

    let mut desk = Desk::start(model, Map::new());
    let (none, negative) = (set(&desk, 0), set(&desk, -10));
    desk.ok(none);
    assert_eq!(desk.instance.incidents().count(), 1);
    assert!(matches!(desk.apply(negative), Err(Error::BadRequest(_))));
    let gone = Command::SetExternalTaskRetries {
        task: "no".into(),
        retries: 1,
    };
    assert!(matches!(desk.apply(gone), Err(Error::NotFound { .. })));
}

/// ExternalTaskParseTest.testParseExternalTaskWithExpressionTopic
/// ExternalTaskParseTest.testParseExternalTaskWithStringTopic
/// ExternalTaskServiceTest.testFetchWithPriorityExpression
/// ExternalTaskServiceTest.testFetchProcessWithPriority
/// ExternalTaskServiceTest.testFetchProcessWithPriorityExpression
#[test]
fn topic_and_priority_of_task_or_process() {
    let model = |task: &str, process: &str| {
        let elements = format!(
            "<startEvent id=\"start\" /> <serviceTask id=\"work\" camunda:type=\"external\" {task} />\nstart -> work"
        );
        bpmn(&elements).replace(
            "camunda:historyTimeToLive",
            &format!("{process} camunda:historyTimeToLive"),
        )
    };
    let variables = || vars([("topicName", "byExpression".into()), ("prio", 7.into())]);
    for (task, process, topic, priority) in [
        (r#"camunda:topic="text""#, "", "text", 0),
        (r#"camunda:topic="${topicName}""#, "", "byExpression", 0),
        (
            r#"camunda:topic="t" camunda:taskPriority="9""#,
            r#"camunda:taskPriority="3""#,
            "t",
            9,
        ),
        (
            r#"camunda:topic="t" camunda:taskPriority="${prio}""#,
            "",
            "t",
            7,
        ),
        (
            r#"camunda:topic="t""#,
            r#"camunda:taskPriority="3""#,
            "t",
            3,
        ),
        (
            r#"camunda:topic="t""#,
            r#"camunda:taskPriority="${prio}""#,
            "t",
            7,
        ),
    ] {
        let desk = Desk::deploy(&model(task, process)).started(variables());
        let found = desk.external("work");
        assert_eq!(
            (found.topic.as_str(), found.priority),
            (topic, priority),
            "{task} {process}"
        );
    }
}

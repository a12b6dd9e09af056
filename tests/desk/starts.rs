//! What starts processes from outside or by itself: signals, conditions, the clock.

use crate::office::*;
use crewdesk::client::{Client, InstanceQuery, StartRequest};
use crewdesk::desk::event::Conditions;
use crewdesk::desk::listing::{EVENT_SUBSCRIPTION, ListQuery};
use crewdesk::desk::{Caller, DeskError};
use crewdesk::value::{Map, Value};
use std::time::Duration;

/// A desk with these processes, each by its key and elements.
struct Started {
    office: Office,
    mara: Caller,
}

fn file(key: &str, inside: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <signal id="alert" name="alert" /><signal id="abort" name="abort" /><signal id="named" name="alert-${{who}}" /><signal id="constant" name="alert-${{'foo'}}" />
        <process id="{key}" isExecutable="true" camunda:historyTimeToLive="P30D">{inside}</process></definitions>"#
    )
}

fn signal(reference: &str) -> String {
    format!(r#"<signalEventDefinition signalRef="{reference}" />"#)
}

/// From `from` to a task of this name.
fn to_task(from: &str, task: &str) -> String {
    format!(
        r#"<userTask id="{task}" /> <sequenceFlow id="{from}-{task}" sourceRef="{from}" targetRef="{task}" />"#
    )
}

fn begun_by(definition: &str) -> String {
    format!(
        r#"<startEvent id="start">{definition}</startEvent>{}"#,
        to_task("start", "task")
    )
}

fn thrower(event: &str, definition: &str) -> String {
    format!(
        r#"<startEvent id="start" /> <{event} id="thrown">{definition}</{event}> <sequenceFlow id="a" sourceRef="start" targetRef="thrown" />"#
    )
}

fn catcher(definition: &str) -> String {
    format!(
        r#"<startEvent id="start" /> <intermediateCatchEvent id="wait">{definition}</intermediateCatchEvent> <sequenceFlow id="a" sourceRef="start" targetRef="wait" />{}"#,
        to_task("wait", "caught")
    )
}

fn on_boundary(definition: &str) -> String {
    format!(
        r#"<startEvent id="start" />{} <boundaryEvent id="on" attachedToRef="task">{definition}</boundaryEvent>{}"#,
        to_task("start", "task"),
        to_task("on", "caught")
    )
}

impl Started {
    fn with(processes: &[(&str, String)]) -> Started {
        let office = Office::new();
        for (key, inside) in processes {
            office.deploy(&format!("{key}.bpmn"), &file(key, inside));
        }
        let mara = Caller::User("mara".into());
        Started { office, mara }
    }

    fn start(&self, key: &str, variables: Map) -> String {
        let request = StartRequest {
            key: key.into(),
            business_key: Some("aBusinessKey".into()),
            variables,
            allow_same_business_key: true,
            ..StartRequest::default()
        };
        self.office.client("mara").start(request).unwrap().id
    }

    fn signal(&self, name: &str) {
        self.office
            .desk
            .signal(&self.mara, name, None, Map::new())
            .unwrap();
    }

    /// The open instances of a process.
    fn instances(&self, key: &str) -> Vec<String> {
        let query = InstanceQuery {
            open: true,
            key: Some(key.into()),
            ..InstanceQuery::default()
        };
        let found = self.office.client("mara").instances(query).unwrap().items;
        found.into_iter().map(|instance| instance.id).collect()
    }

    fn tasks(&self, instance: &str) -> Vec<String> {
        let detail = self.office.client("mara").instance(instance).unwrap();
        detail
            .tasks
            .into_iter()
            .map(|task| task.task_definition_key)
            .collect()
    }

    fn variables(&self, instance: &str) -> Map {
        let detail = self.office.client("mara").instance(instance).unwrap();
        let shown = serde_json::to_value(&detail.variables).unwrap();
        let text =
            |value: &serde_json::Value| Value::from(value["value"].as_str().unwrap_or_default());
        let shown = shown.as_object().unwrap().iter();
        shown
            .map(|(name, value)| (name.clone(), text(value)))
            .collect()
    }

    fn evaluate(&self, given: Conditions) -> Result<Vec<String>, DeskError> {
        self.office.desk.evaluate_conditions(&self.mara, given)
    }

    /// The newest version of a process.
    fn definition(&self, key: &str) -> String {
        let all = self.office.client("mara").definitions().unwrap();
        let found = all.into_iter().find(|d| d.key == key);
        found.expect("a definition").id
    }

    fn pass(&self, minutes: u64) {
        self.office.clock.advance(Duration::from_secs(minutes * 60));
        while let [job, ..] = self.due().as_slice() {
            assert!(self.office.desk.execute_job(&Caller::Desk, job).unwrap());
        }
    }

    fn due(&self) -> Vec<String> {
        self.office
            .desk
            .acquire_jobs(&Caller::Desk, "w", 10)
            .unwrap()
    }
}

fn map<const N: usize>(entries: [(&str, &str); N]) -> Map {
    entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

/// SignalEventTest.testSignalCatchIntermediate
/// SignalEventTest.testSignalCatchBoundary
/// SignalEventTest.testSignalCatchBoundaryWithVariables
/// SignalEventExpressionNameTest.testSignalThrowCatchIntermediate
/// SignalEventExpressionNameTest.testSignalThrowEndCatchIntermediate
/// SignalEventExpressionNameTest.testSignalCatchBoundary
/// SignalEndEventTest.testCatchSignalEndEventInCallActivity
#[test]
fn what_one_instance_throws_another_catches_and_keeps_its_variables() {
    for reference in ["alert", "named"] {
        for catching in [catcher(&signal(reference)), on_boundary(&signal(reference))] {
            for event in ["intermediateThrowEvent", "endEvent"] {
                let desk = Started::with(&[
                    ("catch", catching.clone()),
                    ("throw", thrower(event, &signal(reference))),
                ]);
                let waits = desk.start("catch", map([("who", "Ada"), ("name", "catch")]));
                let deaf = desk.start("catch", map([("who", "Ida"), ("name", "deaf")]));
                desk.start("throw", map([("who", "Ada"), ("name", "throw")]));
                assert_eq!(desk.tasks(&waits), ["caught"]);
                assert_eq!(desk.tasks(&deaf) == ["caught"], reference == "alert");
                assert_eq!(desk.variables(&waits)["name"], "catch".into());
                assert_eq!(desk.instances("throw"), Vec::<String>::new());
            }
        }
    }
}

/// SignalEventTest.testSignalCatchDifferentSignals
#[test]
fn each_signal_reaches_those_that_wait_for_it() {
    let both = on_boundary(&signal("alert"))
        + &format!(
            r#"<intermediateCatchEvent id="wait">{}</intermediateCatchEvent> <sequenceFlow id="w" sourceRef="start" targetRef="wait" />{}"#,
            signal("abort"),
            to_task("wait", "aborted")
        );
    let desk = Started::with(&[("catch", both)]);
    let waits = desk.start("catch", Map::new());
    desk.signal("abort");
    let mut tasks = desk.tasks(&waits);
    tasks.sort();
    assert_eq!(tasks, ["aborted", "task"]);
    desk.signal("alert");
    let mut tasks = desk.tasks(&waits);
    tasks.sort();
    assert_eq!(tasks, ["aborted", "caught"]);
}

/// SignalEventReceivedBuilderTest.testSendSignalToStartEvent
/// SignalEventReceivedBuilderTest.testSendSignalToMultipleStartEvents
/// SignalEventReceivedBuilderTest.testNoSignalEventSubscription
/// SignalEventTest.testSignalStartEvent
/// SignalEventTest.testMultipleProcessesWithSameSignalStartEvent
/// SignalEventTest.testProcessesWithMultipleSignalStartEvents
/// SignalEventTest.testStartProcessInstanceBySignalFromIntermediateThrowingSignalEvent
/// SignalEventExpressionNameTest.testSignalStartEvent
#[test]
fn a_signal_starts_all_that_begin_by_it() {
    let two = begun_by(&signal("alert"))
        + &format!(
            r#"<startEvent id="second">{}</startEvent>{}"#,
            signal("abort"),
            to_task("second", "other")
        );
    let desk = Started::with(&[
        ("one", begun_by(&signal("alert"))),
        ("two", two),
        ("fixed", begun_by(&signal("constant"))),
        ("throw", thrower("intermediateThrowEvent", &signal("alert"))),
    ]);
    desk.signal("nobody hears");
    desk.signal("alert");
    let [one] = desk.instances("one").try_into().unwrap();
    let [two] = desk.instances("two").try_into().unwrap();
    assert_eq!(
        (desk.tasks(&one), desk.tasks(&two)),
        (vec!["task".to_owned()], vec!["task".to_owned()])
    );
    assert_eq!(desk.instances("fixed"), Vec::<String>::new());
    desk.signal("alert-foo");
    assert_eq!(desk.instances("fixed").len(), 1);
    desk.start("throw", Map::new());
    assert_eq!(desk.instances("one").len(), 2);
}

/// SignalEventReceivedBuilderTest.testSendSignalToIntermediateCatchEvent
/// SignalEventReceivedBuilderTest.testSendSignalToStartAndIntermediateCatchEvent
/// SignalEventReceivedBuilderTest.testSendSignalToMultipleIntermediateCatchEvents
/// SignalEventReceivedBuilderTest.testSendSignalWithExecutionId
/// SignalEventReceivedBuilderTest.testSendSignalToStartEventWithVariables
/// SignalEventReceivedBuilderTest.testSendSignalToIntermediateCatchEventWithVariables
/// SignalEventReceivedBuilderTest.testNonExistingExecutionId
/// SignalEventReceivedBuilderTest.testNoSignalEventSubscriptionWithExecutionId
#[test]
fn a_signal_of_a_caller_reaches_all_or_one() {
    let desk = Started::with(&[
        ("begin", begun_by(&signal("alert"))),
        ("catch", catcher(&signal("alert"))),
    ]);
    let waits = [(); 3].map(|()| desk.start("catch", Map::new()));
    let send = |execution: Option<&str>| {
        let given = map([("var1", "a")]);
        desk.office
            .desk
            .signal(&desk.mara, "alert", execution, given)
    };
    let all = desk
        .office
        .desk
        .list(&desk.mara, &EVENT_SUBSCRIPTION, &ListQuery::default());
    let all = all.unwrap();
    let waiting = all
        .iter()
        .find(|s| s["processInstanceId"] == waits[0].as_str());
    let execution = waiting.unwrap()["executionId"].as_str().unwrap().to_owned();
    send(Some(&execution)).unwrap();
    assert_eq!(
        (desk.tasks(&waits[0]), desk.tasks(&waits[1])),
        (vec!["caught".to_owned()], vec![])
    );
    assert_eq!(desk.variables(&waits[0]), map([("var1", "a")]));
    assert_eq!(desk.instances("begin"), Vec::<String>::new());
    for gone in [execution.as_str(), "nonExisting"] {
        let refused = send(Some(gone)).unwrap_err().to_string();
        assert!(
            refused.contains("has not subscribed to a signal event with name 'alert'"),
            "{refused}"
        );
    }
    send(None).unwrap();
    for instance in &waits[1..] {
        assert_eq!(desk.tasks(instance), ["caught"]);
        assert_eq!(desk.variables(instance), map([("var1", "a")]));
    }
    let [begun] = desk.instances("begin").try_into().unwrap();
    assert_eq!(desk.variables(&begun), map([("var1", "a")]));
}

/// SignalEventTest.testSuspendedProcessWithSignalStartEvent
/// SignalEventTest.testIntermediateThrowingSignalEventWithSuspendedSignalStartEvent
#[test]
fn suspended_a_process_does_not_hear_it() {
    let desk = Started::with(&[
        ("one", begun_by(&signal("alert"))),
        ("throw", thrower("intermediateThrowEvent", &signal("alert"))),
    ]);
    desk.office
        .desk
        .suspend_process(&desk.mara, "one", None, true, false)
        .unwrap();
    desk.signal("alert");
    desk.start("throw", Map::new());
    assert_eq!(desk.instances("one"), Vec::<String>::new());
}

/// SignalEventPayloadTest.testSignalPayloadStart
/// SignalEventPayloadTest.testSignalPayloadIntermediate
/// SignalEventPayloadTest.testSignalBusinessKeyPayload
#[test]
fn it_brings_its_payload_and_a_business_key() {
    let payload = r#"<signalEventDefinition signalRef="alert"><extensionElements>
        <camunda:in source="one" target="oneThere" /><camunda:in source="two" target="twoThere" />
        <camunda:in businessKey="${execution.processBusinessKey}" /></extensionElements></signalEventDefinition>"#;
    let desk = Started::with(&[
        ("begin", begun_by(&signal("alert"))),
        ("catch", catcher(&signal("alert"))),
        ("throw", thrower("intermediateThrowEvent", payload)),
    ]);
    let waits = desk.start("catch", Map::new());
    desk.start("throw", map([("one", "1"), ("two", "2")]));
    let [started] = desk.instances("begin").try_into().unwrap();
    let brought = map([("oneThere", "1"), ("twoThere", "2")]);
    assert_eq!(
        (desk.variables(&waits), desk.variables(&started)),
        (brought.clone(), brought)
    );
    let detail = desk.office.client("mara").instance(&started).unwrap();
    assert_eq!(
        detail.instance.business_key.as_deref(),
        Some("aBusinessKey")
    );
}

fn condition(text: &str, attributes: &str) -> String {
    format!(
        r#"<conditionalEventDefinition {attributes}><condition>{text}</condition></conditionalEventDefinition>"#
    )
}

fn conditions(variables: Map) -> Conditions {
    Conditions {
        variables,
        ..Conditions::default()
    }
}

fn foo(value: i32) -> Map {
    Map::from_iter([("foo".to_owned(), value.into())])
}

/// Three start events with conditions of their own.
fn several() -> String {
    let conditions = [
        ("a", "${foo == 1}"),
        ("b", "${bar == true}"),
        ("c", "${foo == 2}"),
    ];
    let starts = conditions.map(|(id, text)| {
        format!(
            r#"<startEvent id="{id}">{}</startEvent>{}"#,
            condition(text, ""),
            to_task(id, &format!("task-{id}"))
        )
    });
    starts.concat()
}

/// ConditionalStartEventTest.testDeploymentCreatesSubscriptions
/// ConditionalStartEventTest.testStartInstanceWithTrueConditionalStartEvent
/// ConditionalStartEventTest.testStartInstanceWithVariableCondition
/// ConditionalStartEventTest.testStartInstanceWithoutResult
/// ConditionalStartEventTest.testStartInstanceWithMultipleConditions
/// ConditionalStartEventTest.testStartInstanceWithMultipleSubscriptions
/// ConditionalStartEventTest.testStartInstanceWithMultipleSubscriptionsWithoutProvidingAllVariables
/// ConditionalStartEventTest.testStartInstanceWithBusinessKey
#[test]
fn all_conditions_that_hold_start_their_instance() {
    let single = || ("single", begun_by(&condition("${foo == 1}", "")));
    let always = || ("always", begun_by(&condition("${true}", "")));
    let desk = Started::with(&[always()]);
    assert_eq!(
        desk.evaluate(Conditions::default()).unwrap(),
        desk.instances("always")
    );
    let desk = Started::with(&[single()]);
    assert_eq!(
        desk.evaluate(conditions(foo(0))).unwrap(),
        Vec::<String>::new()
    );
    let started = desk.evaluate(conditions(foo(1))).unwrap();
    assert_eq!(started, desk.instances("single"));
    assert_eq!(desk.tasks(&started[0]), ["task"]);
    let detail = desk.office.client("mara").instance(&started[0]).unwrap();
    assert_eq!(
        serde_json::to_value(&detail.variables).unwrap()["foo"]["value"],
        1
    );

    let desk = Started::with(&[single(), ("several", several()), always()]);
    let mut given = foo(1);
    assert_eq!(
        desk.evaluate(conditions(given.clone())).unwrap().len(),
        3,
        "bar is not there: it does not hold"
    );
    given.insert("bar".into(), true.into());
    let with_key = Conditions {
        business_key: Some("humuhumu".into()),
        ..conditions(given)
    };
    assert_eq!(desk.evaluate(with_key).unwrap().len(), 4);
    assert_eq!(desk.instances("several").len(), 3);
    let query = InstanceQuery {
        business_key: Some("humuhumu".into()),
        ..InstanceQuery::default()
    };
    assert_eq!(
        desk.office
            .client("mara")
            .instances(query)
            .unwrap()
            .items
            .len(),
        4
    );
}

/// ConditionalStartEventTest.testUpdateProcessVersionCancelsSubscriptions
/// ConditionalStartEventTest.testStartInstanceByProcessDefinitionId
/// ConditionalStartEventTest.testStartInstanceByNonExistingProcessDefinitionId
/// ConditionalStartEventTest.testStartInstanceByProcessDefinitionIdWithoutCondition
#[test]
fn of_one_definition_alone() {
    let desk = Started::with(&[
        ("single", begun_by(&condition("${foo == 1}", ""))),
        ("always", begun_by(&condition("${true}", ""))),
        (
            "plain",
            format!(r#"<startEvent id="start" />{}"#, to_task("start", "task")),
        ),
    ]);
    let of = |id: String| Conditions {
        definition_id: Some(id),
        ..conditions(foo(1))
    };
    let started = desk.evaluate(of(desk.definition("always"))).unwrap();
    assert_eq!((started.len(), desk.instances("single").len()), (1, 0));
    assert!(matches!(
        desk.evaluate(of("nonExistingId".into())),
        Err(DeskError::NotFound(_))
    ));
    let refused = desk
        .evaluate(of(desk.definition("plain")))
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("does not declare conditional start event"),
        "{refused}"
    );
    desk.office.deploy(
        "single.bpmn",
        &file("single", &begun_by(&condition("${foo == 7}", ""))),
    );
    assert_eq!(
        desk.evaluate(conditions(foo(1))).unwrap().len(),
        1,
        "the newest version alone"
    );
    assert_eq!(desk.evaluate(conditions(foo(7))).unwrap().len(), 2);
}

/// ConditionalStartEventTest.testStartInstanceByProcessDefinitionFirstVersion
#[test]
fn an_older_version_starts_when_it_is_asked_for_by_its_id() {
    let desk = Started::with(&[("single", begun_by(&condition("${foo == 1}", "")))]);
    let first = desk.definition("single");
    desk.office.deploy(
        "single.bpmn",
        &file(
            "single",
            &begun_by(&condition("${foo == 1}", "")).replace("task", "newer"),
        ),
    );
    let of_first = Conditions {
        definition_id: Some(first),
        ..conditions(foo(1))
    };
    let [started] = desk.evaluate(of_first).unwrap().try_into().unwrap();
    assert_eq!(desk.tasks(&started), ["task"]);
}

/// ConditionalStartEventTest.testEventSubscriptionAfterDeleteLatestProcessVersion
/// ConditionalStartEventTest.testStartInstanceAfterDeleteLatestProcessVersionByIds
/// ConditionalStartEventTest.testStartInstanceAfterDeleteLatestProcessVersion
/// StartTimerEventTest.testTimerShouldNotBeRemovedWhenUndeployingOldVersion
#[test]
fn a_deleted_version_leaves_what_starts_the_others() {
    let by_condition = begun_by(&condition("${foo == 1}", ""));
    let by_timer =
        begun_by("<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>");
    for newest in [true, false] {
        let desk = Started::with(&[
            ("single", by_condition.clone()),
            ("clock", by_timer.clone()),
        ]);
        let firsts = ["single", "clock"].map(|key| desk.definition(key));
        for (key, inside) in [("single", &by_condition), ("clock", &by_timer)] {
            let newer = inside.replace("task", "newer");
            desk.office
                .deploy(&format!("{key}.bpmn"), &file(key, &newer));
        }
        let deleted = match newest {
            true => ["single", "clock"].map(|key| desk.definition(key)),
            false => firsts,
        };
        for id in &deleted {
            desk.office
                .desk
                .delete_definition(&desk.mara, id, true, crewdesk::engine::Skip::default())
                .unwrap();
        }
        let task = if newest { "task" } else { "newer" };
        let [started] = desk
            .evaluate(conditions(foo(1)))
            .unwrap()
            .try_into()
            .unwrap();
        assert_eq!(desk.tasks(&started), [task]);
        desk.pass(61);
        let [started] = desk.instances("clock").try_into().unwrap();
        assert_eq!(desk.tasks(&started), [task]);
    }
}

/// ConditionalStartEventTest.testStartInstanceWithVariableName
/// ConditionalStartEventTest.testStartInstanceWithVariableNameNotFullfilled
#[test]
fn one_that_names_a_variable_needs_it() {
    let desk = Started::with(&[(
        "wanting",
        begun_by(&condition("${true}", r#"camunda:variableName="foo""#)),
    )]);
    assert_eq!(
        desk.evaluate(Conditions::default()).unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(desk.evaluate(conditions(foo(1))).unwrap().len(), 1);
}

fn timer(definition: &str) -> String {
    begun_by(&format!(
        "<timerEventDefinition>{definition}</timerEventDefinition>"
    ))
}

/// StartTimerEventTest.testDurationStartTimerEvent
/// StartTimerEventTest.testFixedDateStartTimerEvent
/// StartTimerEventTest.testExpressionStartTimerEvent
/// StartTimerEventTest.testCycleDateStartTimerEvent
/// StartTimerEventTest.testCycleWithLimitStartTimerEvent
/// StartTimerEventTest.testTimeCycle
/// StartTimerEventTest.testInterruptingWithDurationExpression
#[test]
fn the_clock_starts_an_instance_once_or_again() {
    for (definition, after) in [
        ("<timeDuration>PT5M</timeDuration>", [1, 1, 1]),
        ("<timeDuration>${'PT5M'}</timeDuration>", [1, 1, 1]),
        ("<timeDate>2025-11-18T12:05:00Z</timeDate>", [1, 1, 1]),
        ("<timeDate>${'2025-11-18T12:05:00Z'}</timeDate>", [1, 1, 1]),
        ("<timeCycle>R2/PT5M</timeCycle>", [1, 2, 2]),
        ("<timeCycle>0 0/5 * * * ?</timeCycle>", [1, 2, 3]),
    ] {
        let desk = Started::with(&[("clock", timer(definition))]);
        assert_eq!(desk.instances("clock").len(), 0);
        for count in after {
            desk.pass(5);
            assert_eq!(desk.instances("clock").len(), count, "{definition}");
        }
    }
}

/// StartTimerEventTest.testVersionUpgradeShouldCancelJobs
/// StartTimerEventTest.testTimerShouldNotBeRecreatedOnDeploymentCacheReboot
#[test]
fn a_new_version_takes_over_the_timer_and_a_start_by_hand_does_not_touch_it() {
    let cycle = timer("<timeCycle>0 0/5 * * * ?</timeCycle>");
    let desk = Started::with(&[("clock", cycle.clone())]);
    desk.office.deploy(
        "clock.bpmn",
        &file("clock", &cycle.replace("\"task\"", "\"changed\"")),
    );
    desk.pass(5);
    let [started] = desk.instances("clock").try_into().unwrap();
    assert_eq!(desk.tasks(&started), ["changed"]);
    let desk = Started::with(&[("once", timer("<timeDuration>PT5M</timeDuration>"))]);
    let mut again = Started {
        mara: desk.mara.clone(),
        office: desk.office,
    };
    again.office.desk = again.office.again();
    again.start("once", Map::new());
    again.pass(5);
    assert_eq!(
        again.instances("once").len(),
        2,
        "by hand and by the clock, once each"
    );
}

/// StartTimerEventTest.testRecalculateExpressionStartTimerEvent
/// StartTimerEventTest.testRecalculateUnchangedExpressionStartTimerEventCreationDateBased
/// StartTimerEventTest.testRecalculateTimeCycleExpressionCurrentDateBased
/// StartTimerEventTest.testRecalculateTimeCycleExpressionCreationDateBased
#[test]
fn a_timer_that_starts_can_be_evaluated_again() {
    for definition in [
        "<timeDuration>PT2H</timeDuration>",
        "<timeCycle>R/${'PT2H'}</timeCycle>",
    ] {
        let desk = Started::with(&[("clock", timer(definition))]);
        let hour = Duration::from_secs(3600);
        desk.office.clock.advance(2 * hour);
        let [job] = desk.due().try_into().unwrap();
        let recalculate = |from_creation| {
            desk.office
                .desk
                .recalculate_job(&desk.mara, &job, from_creation)
                .unwrap()
        };
        recalculate(false);
        desk.office.clock.advance(hour);
        assert_eq!(
            desk.due(),
            Vec::<String>::new(),
            "two hours from when it was asked"
        );
        recalculate(true);
        let due = desk.due();
        assert_eq!(
            due,
            std::slice::from_ref(&job),
            "two hours from when it was made"
        );
        assert!(desk.office.desk.execute_job(&Caller::Desk, &job).unwrap());
        assert_eq!(desk.instances("clock").len(), 1);
    }
}

// not applicable: ConditionalStartEventTest.testStartInstanceWithTransientVariableCondition: a transient variable, which no request can give

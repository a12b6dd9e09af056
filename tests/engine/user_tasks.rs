//! User tasks: attributes, claiming, changing, listeners, rounds.

use crate::support::*;
use chrono::TimeDelta;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

#[test]
fn attributes_are_evaluated_when_the_task_is_created() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" camunda:initiator="starter" />
        <userTask id="work" name="Call ${customer}" camunda:assignee="${starter}"
            camunda:candidateUsers="ann, ${bob},ann" camunda:candidateGroups="${groups}"
            camunda:dueDate="P2D" camunda:followUpDate="${when}" camunda:priority="${10 + 5}">
          <documentation>about ${customer}</documentation>
        </userTask>
        start -> work
        "#,
        vars([
            ("customer", "Ada".into()),
            ("bob", "bob,carl".into()),
            ("groups", Value::List(vec!["sales".into(), "team".into()])),
            ("when", "2026-03-03T08:00:00Z".into()),
        ]),
    );
    let task = desk.task("work");
    assert_eq!(task.name, "Call Ada");
    assert_eq!(task.description.as_deref(), Some("about Ada"));
    assert_eq!(task.assignee.as_deref(), Some("demo"));
    assert_eq!(task.candidate_users, ["ann", "bob", "carl"]);
    assert_eq!(task.candidate_groups, ["sales", "team"]);
    assert_eq!(task.due, Some(desk.now + TimeDelta::days(2)));
    assert_eq!(task.first_due, task.due);
    assert_eq!(task.follow_up, Some(desk.now + TimeDelta::days(1)));
    assert_eq!(task.priority, 15);
    assert_eq!(desk.var("starter"), Some("demo".into()));
}

#[test]
fn what_the_model_does_not_say_has_its_default() {
    let desk = Desk::start(
        r#"<startEvent id="start" /> <userTask id="work" name="Work" camunda:dueDate="${due}" />
        start -> work"#,
        vars([("due", Value::Null)]),
    );
    let task = desk.task("work");
    assert_eq!((task.priority, task.due, task.assignee), (50, None, None));
    assert_eq!((task.name.as_str(), task.round), ("Work", 1));
}

#[test]
fn an_attribute_of_the_wrong_type_is_an_error() {
    for (attribute, value) in [
        ("dueDate", Value::from("soon")),
        ("dueDate", true.into()),
        ("priority", "high".into()),
        ("assignee", 7.into()),
        ("candidateUsers", Value::List(vec![7.into()])),
    ] {
        let mut desk = Desk::with(&format!(
            r#"<startEvent id="start" /> <userTask id="work" camunda:{attribute}="${{x}}" />
            start -> work"#
        ));
        let error = desk.run(vars([("x", value)])).expect_err(attribute);
        assert!(
            matches!(&error, Error::BadValue { at, .. } if at.element == "work"),
            "{error}"
        );
    }
}

const ONE: &str = r#"
    <startEvent id="start" /> <userTask id="work" camunda:candidateUsers="ann,bob" />
    start -> work
"#;

/// TaskServiceTest.testClaimAlreadyClaimedTaskBySameUser
#[test]
fn the_second_to_claim_is_told_who_was_first() {
    let mut desk = Desk::start(ONE, Map::new());
    let task = desk.task("work").id;
    let claim = |user: &str| Command::Claim {
        task: task.clone(),
        user: user.into(),
    };
    desk.ok(claim("ann"));
    assert!(
        desk.ok(claim("ann")).is_empty(),
        "claiming again changes nothing"
    );
    let refused = desk.apply(claim("bob")).expect_err("refused");
    assert_eq!(refused.class(), "TaskAlreadyClaimedException");
    assert!(refused.to_string().contains("'ann'"));
    assert_eq!(desk.task("work").assignee.as_deref(), Some("ann"));
}

#[test]
fn a_change_tells_what_differs_and_nothing_else() {
    let mut desk = Desk::start(ONE, Map::new());
    let task = desk.task("work").id;
    let due = desk.now + TimeDelta::hours(3);
    let patch = TaskPatch {
        assignee: Some(Some("bob".into())),
        priority: Some(50),
        due: Some(Some(due)),
        ..TaskPatch::default()
    };
    let changes = desk.ok(Command::UpdateTask { task, patch });
    let told: Vec<&str> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Event(Event::TaskAssigned { .. }) => Some("assignee"),
            Change::Event(Event::TaskUpdated { property, .. }) => Some(*property),
            _ => None,
        })
        .collect();
    assert_eq!(told, ["assignee", "dueDate"]);
    assert_eq!(desk.task("work").first_due, Some(due));
}

/// TaskServiceTest.testUpdateVariablesLocal
/// TaskServiceTest.testUserTaskWithLocalVariablesCompleteWithVariable
/// TaskServiceTest.testHumanTaskCompleteWithVariables
#[test]
fn task_local_variables_shadow_and_go_with_the_task() {
    let mut desk = Desk::start(ONE, vars([("note", "outer".into())]));
    let task = desk.task("work").id;
    desk.ok(Command::SetVariables {
        scope: task.clone(),
        variables: vars([("note", "mine".into())]),
        local: true,
    });
    desk.ok(Command::SetVariables {
        scope: task.clone(),
        variables: vars([("note", "changed".into()), ("fresh", 1.into())]),
        local: false,
    });
    assert_eq!(
        desk.instance.variable(&task, "note").map(|v| &v.value),
        Some(&"changed".into())
    );
    assert_eq!(desk.var("note"), Some("outer".into()));
    assert_eq!(desk.var("fresh"), Some(Value::Integer(1)));
    desk.complete("work");
    assert!(desk.ended());
}

#[test]
fn listeners_hear_of_each_event_in_order() {
    let listener = |event: &str| {
        format!(
            r#"<camunda:taskListener event="{event}" expression="${{execution.setVariable('heard', heard.concat(' ').concat(task.eventName))}}" />"#
        )
    };
    let model = format!(
        r#"
        <startEvent id="start" />
        <userTask id="work"><extensionElements>{}{}{}{}{}</extensionElements></userTask>
        <boundaryEvent id="stop" attachedToRef="work"><messageEventDefinition messageRef="letter" /></boundaryEvent>
        <userTask id="after" />
        start -> work
        stop -> after
        "#,
        listener("create"),
        listener("assignment"),
        listener("update"),
        listener("complete"),
        listener("delete")
    );
    let mut desk = Desk::start(&model, vars([("heard", "".into())]));
    let task = desk.task("work").id;
    desk.ok(Command::Claim {
        task: task.clone(),
        user: "ann".into(),
    });
    assert_eq!(desk.var("heard"), Some(" create update assignment".into()));
    let mut other = Desk::start(&model, vars([("heard", "".into())]));
    desk.complete("work");
    assert_eq!(
        desk.last("heard"),
        Some(" create update assignment complete".into())
    );
    let execution = other.task("work").execution_id;
    other.ok(Command::Correlate {
        local_variables: Map::new(),
        execution,
        message: "letter".into(),
        variables: Map::new(),
    });
    assert_eq!(other.var("heard"), Some(" create delete".into()));
}

/// What is heard in which order, with a variable that outputs set between.
fn heard(work: &str, rest: &str, act: impl FnOnce(&mut Desk)) -> String {
    let say = |what: &str| format!("${{execution.setVariable('heard', heard.concat(' {what}'))}}");
    let model = format!(
        r#"
        <startEvent id="start" />
        <userTask id="work"><extensionElements>
          <camunda:executionListener event="end" expression="{}" />
          <camunda:taskListener event="delete" expression="{}" />{work}</extensionElements></userTask>
        start -> work
        {rest}
        "#,
        say("end"),
        say("delete"),
    );
    let mut desk = Desk::start(&model, vars([("heard", "".into())]));
    act(&mut desk);
    desk.last("heard").unwrap().to_string()
}

/// As ExecutionEntity.interrupt, PvmAtomicOperationDeleteCascadeFireActivityEnd and
/// ExecutionManager.deleteProcessInstance have it.
#[test]
fn a_task_is_deleted_after_its_activity_ends_unless_its_scope_is_interrupted_around_it_alone() {
    let output = r#"<camunda:inputOutput><camunda:outputParameter name="heard">${heard.concat(' output')}</camunda:outputParameter></camunda:inputOutput>"#;
    let boundary = r#"<boundaryEvent id="stop" attachedToRef="work"><messageEventDefinition messageRef="letter" /></boundaryEvent>"#;
    let sub = r#"<subProcess id="sub" triggeredByEvent="true"><startEvent id="stop"><messageEventDefinition messageRef="letter" /></startEvent></subProcess>"#;
    let beside = r#"<userTask id="beside" />
        start -> beside"#;
    let stop = |desk: &mut Desk| drop(desk.message("letter"));
    assert_eq!(heard("", boundary, stop), " end delete");
    assert_eq!(heard(output, boundary, stop), " end output delete");
    assert_eq!(heard("", sub, stop), " delete end");
    assert_eq!(heard(output, sub, stop), " end output delete");
    assert_eq!(heard("", &format!("{sub}\n{beside}"), stop), " end delete");
    let timed = r#"<boundaryEvent id="late" attachedToRef="work" cancelActivity="false"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>"#;
    assert_eq!(heard("", &format!("{sub}\n{timed}"), stop), " end delete");
    let terminate = r#"<endEvent id="over"><terminateEventDefinition /></endEvent>
        beside -> over"#;
    let end = |desk: &mut Desk| drop(desk.complete("beside"));
    assert_eq!(
        heard("", &format!("{beside}\n{terminate}"), end),
        " end delete"
    );
    let cancel = |desk: &mut Desk| {
        drop(desk.ok(Command::Cancel {
            process_instance: None,
            user: None,
            reason: "enough".into(),
        }));
    };
    assert_eq!(heard(output, "", cancel), " delete end output");
    assert_eq!(heard("", beside, cancel), " delete end");
    let by_hand = |desk: &mut Desk| {
        drop(desk.ok(Command::Modify {
            process_instance: "instance".into(),
            instructions: vec![Instruction::CancelActivity {
                activity: "work".into(),
            }],
        }));
    };
    assert_eq!(heard("", "", by_hand), " delete end");
    assert_eq!(heard("", beside, by_hand), " end delete");
}

#[test]
fn a_listener_may_change_the_task() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" />
        <userTask id="work" name="Work"><extensionElements>
          <camunda:taskListener event="create" expression="${task.setAssignee('ann')}" />
          <camunda:taskListener event="create" expression="${task.addCandidateGroup('team')}" />
          <camunda:taskListener event="create" expression="${task.setPriority(70)}" />
          <camunda:taskListener event="create" expression="${task.setName('For '.concat(task.assignee))}" />
          <camunda:taskListener event="create" expression="${task.setDueDate(dateTime().plusDays(1).toDate())}" />
          <camunda:taskListener event="assignment" expression="${execution.setVariable('told', task.assignee)}" />
        </extensionElements></userTask>
        start -> work
        "#,
        Map::new(),
    );
    let task = desk.task("work");
    assert_eq!((task.assignee.as_deref(), task.priority), (Some("ann"), 70));
    assert_eq!(
        (task.name.as_str(), task.candidate_groups),
        ("For ann", vec!["team".to_owned()])
    );
    assert_eq!(task.due, Some(desk.now + TimeDelta::days(1)));
    assert_eq!(desk.var("told"), Some("ann".into()));
}

#[test]
fn a_listener_that_fails_undoes_the_command() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <userTask id="work"><extensionElements>
          <camunda:taskListener event="complete" expression="${missing.value}" />
        </extensionElements></userTask>
        start -> work
        "#,
        Map::new(),
    );
    let task = desk.task("work").id;
    let refused = desk.apply(Command::CompleteTask {
        task,
        user: None,
        variables: vars([("x", 1.into())]),
    });
    assert!(matches!(refused, Err(Error::Expression { .. })));
    assert_eq!(desk.var("x"), None);
    assert_eq!(desk.tokens(), ["work"]);
}

/// A task with these attributes, and this inside.
fn one(attributes: &str, inside: &str, variables: Map) -> Task {
    let model = format!(
        "<startEvent id=\"start\" camunda:initiator=\"starter\" /> <userTask id=\"work\" name=\"my task\" {attributes}>{inside}</userTask>\nstart -> work"
    );
    Desk::start(&model, variables).task("work")
}

fn resource(role: &str, expression: &str) -> String {
    format!(
        "<{role}><resourceAssignmentExpression><formalExpression>{expression}</formalExpression></resourceAssignmentExpression></{role}>"
    )
}

/// TaskAssignmentExtensionsTest.testAssigneeExtension
/// TaskAssignmentExtensionsTest.testCandidateUsersExtension
/// TaskAssignmentExtensionsTest.testCandidateGroupsExtension
/// TaskAssignmentExtensionsTest.testMixedCandidateUserDefinition
/// TaskCandidateTest.testSingleCandidateGroup
/// TaskCandidateTest.testMultipleCandidateGroups
/// TaskCandidateTest.testMultipleCandidateUsers
/// TaskCandidateTest.testMixedCandidateUserAndGroup
/// TaskAssigneeTest.testTaskAssignee
/// InitiatorTest.testInitiator
/// UserTaskTest.testTaskPropertiesNotNull
#[test]
fn people_are_named_by_attributes_or_by_resources() {
    for (attributes, inside, assignee, users, groups) in [
        (
            r#"camunda:assignee="kermit""#,
            String::new(),
            Some("kermit"),
            vec![],
            vec![],
        ),
        (
            r#"camunda:assignee="${starter}""#,
            String::new(),
            Some("demo"),
            vec![],
            vec![],
        ),
        (
            "",
            resource("humanPerformer", "kermit"),
            Some("kermit"),
            vec![],
            vec![],
        ),
        (
            r#"camunda:candidateUsers="kermit, gonzo""#,
            String::new(),
            None,
            vec!["kermit", "gonzo"],
            vec![],
        ),
        (
            r#"camunda:candidateGroups="management, accountancy""#,
            String::new(),
            None,
            vec![],
            vec!["management", "accountancy"],
        ),
        (
            r#"camunda:candidateUsers="kermit""#,
            resource("potentialOwner", "user(fozzie), user(gonzo)"),
            None,
            vec!["fozzie", "gonzo", "kermit"],
            vec![],
        ),
        (
            "",
            resource("potentialOwner", "accountancy"),
            None,
            vec![],
            vec!["accountancy"],
        ),
        (
            "",
            resource("potentialOwner", "group(accountancy), group(management)"),
            None,
            vec![],
            vec!["accountancy", "management"],
        ),
        (
            "",
            resource("potentialOwner", "user(kermit), group(sales)"),
            None,
            vec!["kermit"],
            vec!["sales"],
        ),
    ] {
        let task = one(attributes, &inside, Map::new());
        assert_eq!(task.assignee.as_deref(), assignee, "{attributes} {inside}");
        let (mut found, mut users) = (task.candidate_users, users);
        found.sort();
        users.sort();
        assert_eq!(
            (found, task.candidate_groups),
            (
                users.into_iter().map(str::to_owned).collect(),
                groups.into_iter().map(str::to_owned).collect::<Vec<_>>()
            )
        );
    }
    let task = one(
        r#"camunda:assignee="kermit""#,
        "<documentation>Very important</documentation>",
        Map::new(),
    );
    assert_eq!(
        (task.name.as_str(), task.description.as_deref()),
        ("my task", Some("Very important"))
    );
    assert_eq!(
        (task.priority, task.process_instance_id.as_str()),
        (50, "instance")
    );
}

/// TaskDueDateExtensionsTest.testDueDateExtension
/// TaskDueDateExtensionsTest.testDueDateStringExtension
/// TaskDueDateExtensionsTest.testRelativeDueDate
/// TaskFollowUpDateExtensionsTest.testUserTaskFollowUpDateExtension
/// TaskFollowUpDateExtensionsTest.testUserTaskFollowUpDateStringExtension
/// TaskFollowUpDateExtensionsTest.testUserTaskRelativeFollowUpDate
/// TaskPriorityExtensionsTest.testPriorityExtension
/// TaskPriorityExtensionsTest.testPriorityExtensionString
#[test]
fn dates_are_values_texts_or_periods_and_priorities_numbers() {
    let date: chrono::DateTime<chrono::Utc> = "1986-07-06T12:10:00Z".parse().expect("an instant");
    let now = Desk::with(ONE).now;
    let later = now + TimeDelta::days(2) + TimeDelta::minutes(150);
    for (value, expected) in [
        (Value::Date(date), date),
        ("1986-07-06T12:10:00Z".into(), date),
        ("P2DT2H30M".into(), later),
    ] {
        let variables = || vars([("dateVariable", value.clone())]);
        let due = one(r#"camunda:dueDate="${dateVariable}""#, "", variables()).due;
        let follow_up = one(r#"camunda:followUpDate="${dateVariable}""#, "", variables()).follow_up;
        assert_eq!((due, follow_up), (Some(expected), Some(expected)));
    }
    let local = one(
        r#"camunda:dueDate="${dateVariable}""#,
        "",
        vars([("dateVariable", "1986-07-06T12:10:00".into())]),
    );
    assert!(
        local
            .due
            .is_some_and(|due| (due - date).num_hours().abs() <= 24),
        "without a zone it is local time"
    );
    for (attribute, priority) in [("25", 25), ("${p}", 75), ("42", 42)] {
        let task = one(
            &format!("camunda:priority=\"{attribute}\""),
            "",
            vars([("p", 75.into())]),
        );
        assert_eq!(task.priority, priority);
    }
}

/// UserTaskTest.testComplexScenarioWithSubprocessesAndParallelGateways
/// UserTaskTest.testSimpleProcess
#[test]
fn many_tasks_of_nested_scopes_stand_side_by_side() {
    let inner = |name: &str| {
        format!(
            "<subProcess id=\"{name}\"><startEvent id=\"s{name}\" /> <parallelGateway id=\"f{name}\" /> <userTask id=\"a{name}\" /> <userTask id=\"b{name}\" />\ns{name} -> f{name} -> a{name}\n f{name} -> b{name}\n</subProcess>"
        )
    };
    let model = format!(
        r#"<startEvent id="start" />
        <subProcess id="outer"><startEvent id="s" /> <parallelGateway id="fork" /> {} {} {} <userTask id="single" /> <parallelGateway id="join" /> <userTask id="last" />
          s -> fork
          fork -> one -> join
          fork -> two -> join
          fork -> three -> join
          fork -> single -> join -> last
        </subProcess>
        start -> outer"#,
        inner("one"),
        inner("two"),
        inner("three")
    );
    let mut desk = Desk::start(&model, Map::new());
    assert_eq!(desk.tasks().len(), 7);
    for task in desk.tasks() {
        desk.complete(&task);
    }
    assert_eq!(desk.tasks(), ["last"]);
    desk.complete("last");
    assert!(desk.ended());

    let two = format!(
        "<startEvent id=\"start\" /> <userTask id=\"write\">{}</userTask> <userTask id=\"verify\">{}</userTask>\nstart -> write -> verify",
        resource("potentialOwner", "accountancy"),
        resource("potentialOwner", "management")
    );
    let mut desk = Desk::start(&two, Map::new());
    let task = desk.task("write").id;
    desk.ok(Command::Claim {
        task,
        user: "fozzie".into(),
    });
    assert_eq!(desk.task("write").assignee.as_deref(), Some("fozzie"));
    desk.complete("write");
    assert_eq!(desk.task("verify").candidate_groups, ["management"]);
    desk.complete("verify");
    assert!(desk.ended());
}
// differs: TaskAssignmentExtensionsTest.testDuplicateAssigneeDeclaration: camunda:assignee beside a humanPerformer is read and not refused

/// TaskServiceTest.testHandleBpmnErrorWithErrorCodeVariable
/// TaskServiceTest.testHandleBpmnErrorIncludingMessage
/// TaskServiceTest.testHandleBpmnErrorWithVariables
/// TaskServiceTest.testThrowBpmnErrorWithoutCatch
/// TaskServiceTest.testThrowBpmnErrorCatchInEventSubprocess
/// TaskServiceTest.testThrowEscalationWithoutCatchEvent
/// TaskServiceTest.testHandleEscalationInterruptEventWithVariables
/// TaskServiceTest.testHandleEscalationNonInterruptWithVariables
/// TaskServiceTest.testHandleEscalationInterruptWithVariables
/// TaskServiceTest.testHandleEscalationNonInterruptEventSubprocess
/// TaskServiceTest.testHandleEscalationInterruptInEventSubprocess
/// TaskServiceTest.testHandleEscalationNonInterruptEmbeddedSubprocess
/// TaskServiceTest.testHandleEscalationInterruptInEmbeddedSubprocess
/// TaskServiceTest.testHandleEscalationWithNonexistingTask
#[test]
fn a_person_reports_an_error_or_escalates() {
    let definition = |kind: &str| match kind {
        "error" => {
            r#"<errorEventDefinition errorRef="broken" camunda:errorCodeVariable="code" camunda:errorMessageVariable="text" />"#
        }
        _ => {
            r#"<escalationEventDefinition escalationRef="lateness" camunda:escalationCodeVariable="code" />"#
        }
    };
    let on_boundary = |kind: &str, on: &str, interrupting: bool| {
        format!(
            r#"<boundaryEvent id="caught" attachedToRef="{on}" cancelActivity="{interrupting}">{}</boundaryEvent> <userTask id="after" />
            caught -> after"#,
            definition(kind)
        )
    };
    let in_event = |kind: &str, interrupting: bool| {
        format!(
            r#"<subProcess id="event" triggeredByEvent="true"><startEvent id="on" isInterrupting="{interrupting}">{}</startEvent> <userTask id="after" />
              on -> after
            </subProcess>"#,
            definition(kind)
        )
    };
    let plain = |more: &str| {
        format!(
            "<startEvent id=\"start\" /> <userTask id=\"task\" /> <userTask id=\"next\" />\nstart -> task -> next\n{more}"
        )
    };
    let embedded = |more: &str| {
        format!(
            "<startEvent id=\"start\" /> <subProcess id=\"sub\"><startEvent id=\"s\" /> <userTask id=\"task\" />\ns -> task\n</subProcess>\nstart -> sub\n{more}"
        )
    };
    let report = |desk: &Desk, kind: &str| {
        let (task, variables) = (desk.task("task").id, vars([("foo", "bar".into())]));
        match kind {
            "error" => Command::TaskError {
                task,
                code: "BROKEN".into(),
                message: Some("why".into()),
                variables,
            },
            _ => Command::Escalate {
                task,
                code: "LATE".into(),
                variables,
            },
        }
    };
    for (model, kind, interrupting) in [
        (plain(&on_boundary("error", "task", true)), "error", true),
        (plain(&in_event("error", true)), "error", true),
        (embedded(&on_boundary("error", "sub", true)), "error", true),
        (
            plain(&on_boundary("escalation", "task", true)),
            "escalation",
            true,
        ),
        (
            plain(&on_boundary("escalation", "task", false)),
            "escalation",
            false,
        ),
        (plain(&in_event("escalation", true)), "escalation", true),
        (plain(&in_event("escalation", false)), "escalation", false),
        (
            embedded(&on_boundary("escalation", "sub", true)),
            "escalation",
            true,
        ),
        (
            embedded(&on_boundary("escalation", "sub", false)),
            "escalation",
            false,
        ),
    ] {
        let mut desk = Desk::start(&model, Map::new());
        let command = report(&desk, kind);
        desk.ok(command);
        let tasks = if interrupting {
            vec!["after"]
        } else {
            vec!["after", "task"]
        };
        assert_eq!(desk.tasks(), tasks, "{model}");
        assert_eq!(desk.var("foo"), Some("bar".into()));
        let code = if kind == "error" { "BROKEN" } else { "LATE" };
        assert_eq!(desk.last("code"), Some(code.into()));
        assert_eq!(desk.last("text").is_some(), kind == "error");
    }
    let mut desk = Desk::start(&plain(""), Map::new());
    let escalation = report(&desk, "escalation");
    assert!(
        matches!(desk.apply(escalation), Err(Error::BadRequest(_))),
        "nobody catches"
    );
    let error = report(&desk, "error");
    desk.ok(error);
    assert!(
        desk.ended(),
        "an error that nobody catches ends what threw it"
    );
    let gone = Command::Escalate {
        task: "no".into(),
        code: "LATE".into(),
        variables: Map::new(),
    };
    assert!(matches!(desk.apply(gone), Err(Error::NotFound { .. })));
}

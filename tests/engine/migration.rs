//! Running instances go on in another version, modelled on the cases of Camunda's
//! `org.camunda.bpm.engine.test.api.runtime.migration`.

use crate::support::*;
use crewdesk::engine::migration::{self, MigrationInstruction, MigrationPlan};
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

const NEXT: &str = "process:2:d";

pub const ONE_TASK: &str = r#"
    <startEvent id="start" /> <userTask id="userTask" /> <endEvent id="end" />
    start -> userTask -> end
"#;

const SUB: &str = r#"
    <startEvent id="start" /> <endEvent id="end" />
    <subProcess id="subProcess"><startEvent id="s" /> <userTask id="userTask" /> <endEvent id="e" />
      s -> userTask -> e
    </subProcess>
    start -> subProcess -> end
"#;

pub fn plan(map: &[(&str, &str)]) -> MigrationPlan {
    MigrationPlan {
        source: DEFINITION.into(),
        target: NEXT.into(),
        instructions: map
            .iter()
            .map(|(source, target)| MigrationInstruction {
                update_event_trigger: source.ends_with('^'),
                source: source.trim_end_matches('^').to_string(),
                target: target.to_string(),
            })
            .collect(),
        variables: Map::new(),
    }
}

pub fn migrate(plan: MigrationPlan) -> Command {
    Command::Migrate {
        process_instance: "instance".into(),
        plan,
    }
}

/// An instance of one version with the other deployed.
#[track_caller]
pub fn started(from: &str, to: &str) -> Desk {
    let mut desk = Desk::with(from);
    desk.next_version(NEXT, to);
    desk.started(Map::new())
}

#[track_caller]
pub fn moved(from: &str, to: &str, map: &[(&str, &str)]) -> Desk {
    let mut desk = started(from, to);
    desk.ok(migrate(plan(map)));
    assert_eq!(
        desk.instance
            .process("instance")
            .expect("runs")
            .definition_id,
        NEXT
    );
    desk
}

/// What is said of a plan, a line a failure.
#[track_caller]
pub fn refused(desk: &mut Desk, map: &[(&str, &str)]) -> Vec<String> {
    match desk.apply(migrate(plan(map))) {
        Err(Error::BadRequest(text)) => {
            let lines = text.lines().filter(|line| line.starts_with("\t\t"));
            lines.map(|line| line.trim().to_owned()).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn generated(from: &str, to: &str) -> Vec<String> {
    let (from, to) = (bpmn(from), bpmn(to));
    let (from, to) = (try_read(&from).expect("a"), try_read(&to).expect("b"));
    let all = migration::generate(&from, &to, false, &[]).into_iter();
    all.map(|i| match i.source == i.target {
        true => i.source,
        false => format!("{} -> {}", i.source, i.target),
    })
    .collect()
}

/// MigrationUserTaskTest.testUserTaskMigrationInProcessDefinitionScope
/// MigrationUserTaskTest.testChangeActivityId
/// MigrationPlanCreationTest.shouldSetVariables
#[test]
fn a_user_task_goes_on_as_another_with_its_variables_and_round() {
    let to = ONE_TASK
        .replace("userTask\"", "review\"")
        .replace("userTask ->", "review ->")
        .replace("-> userTask", "-> review");
    let mut desk = started(ONE_TASK, &to);
    let before = desk.task("userTask");
    desk.ok(Command::SetVariables {
        scope: before.id.clone(),
        variables: vars([("note", "kept".into())]),
        local: true,
    });
    let mut with = plan(&[("userTask", "review")]);
    with.variables = vars([("moved", Value::Boolean(true))]);
    desk.ok(migrate(with));
    let task = desk.task("review");
    assert_eq!(
        (&task.id, &task.execution_id),
        (&before.id, &before.execution_id)
    );
    assert_eq!((task.definition_id.as_str(), task.round), (NEXT, 1));
    assert_eq!(desk.var("moved"), Some(Value::Boolean(true)));
    let visits = &desk.instance.process("instance").expect("runs").visits;
    assert!(visits.contains_key("review") && !visits.contains_key("userTask"));
    desk.complete("review");
    assert_eq!(desk.end_state(), Some(InstanceState::Completed));
    assert!(desk.history().contains(&"review".to_owned()));
}

/// MigrationProcessInstanceTest.testNotMigrateProcessInstanceOfWrongProcessDefinition
/// MigrationProcessInstanceTest.testNotMigrateUnknownProcessInstance
/// MigrateSuspendedInstanceTest.shouldNotExecuteTimerJobAfterMigrateSuspendedInstance
#[test]
fn only_what_runs_on_the_source_is_moved_and_what_is_suspended_stays_so() {
    let mut desk = started(ONE_TASK, ONE_TASK);
    let mut other = plan(&[("userTask", "userTask")]);
    other.source = NEXT.into();
    let Err(Error::BadRequest(text)) = desk.apply(migrate(other)) else {
        panic!("refused");
    };
    assert!(
        text.starts_with("ENGINE-23002 Process instance 'instance' cannot be migrated."),
        "{text}"
    );
    let gone = Command::Migrate {
        process_instance: "no".into(),
        plan: plan(&[]),
    };
    assert!(matches!(desk.apply(gone), Err(Error::NotFound { .. })));
    desk.ok(Command::SetSuspended {
        process_instance: None,
        suspended: true,
    });
    desk.ok(migrate(plan(&[("userTask", "userTask")])));
    let state = desk.instance.process("instance").expect("runs").state;
    assert_eq!(state, InstanceState::Suspended);
}

/// MigrationPlanCreationTest.testMigrateNonExistingSourceActivityId
/// MigrationPlanCreationTest.testMigrateNonExistingTargetActivityId
/// MigrationPlanCreationTest.testNotMigrateActivitiesOfDifferentType
/// MigrationPlanCreationTest.testNotMapActivitiesMoreThanOnce
/// MigrationPlanCreationTest.testCannotUpdateEventTriggerForNonEvent
/// MigrationUserTaskTest.testCannotMigrateWhenNotAllActivityInstancesAreMapped
#[test]
fn a_plan_that_can_not_be_followed_says_why() {
    let to = r#"
        <startEvent id="start" /> <userTask id="userTask" /> <serviceTask id="work" camunda:type="external" camunda:topic="t" />
        start -> userTask -> work
    "#;
    let mut desk = started(ONE_TASK, to);
    assert_eq!(
        refused(&mut desk, &[("no", "never")]),
        [
            "Source activity 'no' does not exist",
            "Target activity 'never' does not exist"
        ]
    );
    assert_eq!(
        refused(&mut desk, &[("userTask", "work")]),
        [
            "Activities have incompatible types (UserTaskActivityBehavior is not compatible with ExternalTaskActivityBehavior)"
        ]
    );
    let twice = refused(
        &mut desk,
        &[("userTask", "userTask"), ("userTask", "userTask")],
    );
    assert!(
        twice[0].starts_with("There are multiple mappings for source activity id 'userTask': ")
    );
    assert_eq!(
        refused(&mut desk, &[("userTask^", "userTask")]),
        [
            "Cannot update event trigger because the activity does not define a persistent event trigger"
        ]
    );
    assert_eq!(
        refused(&mut desk, &[]),
        ["There is no migration instruction for this instance's activity"]
    );
}

/// MigrationPlanGenerationTest.testMapEqualActivitiesInProcessDefinitionScope
/// MigrationPlanGenerationTest.testMapEqualActivitiesInSameSubProcessScope
/// MigrationPlanGenerationTest.testMapEqualActivitiesToSubProcessScope
/// MigrationPlanCreationTest.testMapEqualActivitiesWithParallelMultiInstance
/// MigrationPlanCreationTest.testMapEqualBoundaryEvents
/// MigrationExternalTaskTest.testProcessDefinitionWithIdField
/// MigrationExternalTaskTest.testProcessDefinitionWithoutIdField
#[test]
fn equal_ids_are_mapped_where_that_can_be_done() {
    assert_eq!(generated(ONE_TASK, ONE_TASK), ["userTask"]);
    assert_eq!(generated(SUB, SUB), ["subProcess", "userTask"]);
    // The task moves into a scope only by hand.
    assert_eq!(generated(ONE_TASK, SUB), Vec::<String>::new());
    let events = r#"
        <startEvent id="start" /> <userTask id="userTask" /> <userTask id="other" />
        <boundaryEvent id="late" attachedToRef="userTask"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
        <boundaryEvent id="wrong" attachedToRef="userTask"><errorEventDefinition errorRef="broken" /></boundaryEvent>
        start -> userTask -> other
        late -> other
        wrong -> other
    "#;
    assert_eq!(generated(events, events), ["userTask", "other", "late"]);
    let many = ONE_TASK.replace("<userTask id=\"userTask\" />", r#"<userTask id="userTask"><multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics></userTask>"#);
    assert_eq!(
        generated(&many, &many),
        ["userTask#multiInstanceBody", "userTask"]
    );
    assert_eq!(generated(&many, ONE_TASK), Vec::<String>::new());
    assert_eq!(generated(ONE_TASK, &many), Vec::<String>::new());
    for id in ["id=\"event\"", ""] {
        let sent = format!(
            r#"<startEvent id="start" /> <userTask id="userTask" /> <endEvent id="end"><messageEventDefinition {id} camunda:type="external" camunda:topic="t" /></endEvent>
            start -> userTask -> end"#
        );
        assert_eq!(generated(&sent, &sent), ["userTask", "end"]);
    }
}

/// MigrationAddSubprocessTest.testUserTaskMigration
#[test]
fn a_scope_that_is_new_begins_around_what_goes_on_in_it() {
    let to = SUB.replace(
        "<subProcess id=\"subProcess\">",
        r#"<boundaryEvent id="late" attachedToRef="subProcess"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
           <subProcess id="subProcess">"#,
    ) + "\nlate -> end\n";
    let mut desk = moved(ONE_TASK, &to, &[("userTask", "userTask")]);
    assert_eq!(desk.tree(), "subProcess(userTask)");
    assert_eq!(desk.job("late").definition_id, NEXT);
    desk.complete("userTask");
    assert_eq!(desk.end_state(), Some(InstanceState::Completed));
}

/// MigrationAddSubprocessTest.testConcurrentUserTaskMigration
#[test]
fn two_paths_share_the_scope_that_is_new() {
    let from = r#"
        <startEvent id="start" /> <parallelGateway id="fork" /> <userTask id="a" /> <userTask id="b" />
        start -> fork -> a
        fork -> b
    "#;
    let to = r#"
        <startEvent id="start" />
        <subProcess id="sub"><startEvent id="s" /> <parallelGateway id="fork" /> <userTask id="a" /> <userTask id="b" />
          s -> fork -> a
          fork -> b
        </subProcess>
        start -> sub
    "#;
    let mut desk = moved(from, to, &[("a", "a"), ("b", "b")]);
    assert_eq!(desk.tree(), "sub(a b)");
    desk.complete("a");
    assert_eq!(desk.tree(), "sub(b)");
    desk.complete("b");
    assert!(desk.ended());
}

/// MigrationRemoveSubprocessTest.testRemoveScopeForNonScopeActivity
#[test]
fn a_scope_that_is_gone_ends_and_what_ran_in_it_goes_on() {
    let mut desk = moved(SUB, ONE_TASK, &[("userTask", "userTask")]);
    assert_eq!(desk.tree(), "userTask");
    assert_eq!(
        desk.history().last().map(String::as_str),
        Some("subProcess!")
    );
    desk.complete("userTask");
    assert!(desk.ended());
    let mut desk = started(SUB, SUB);
    assert_eq!(
        refused(
            &mut desk,
            &[("subProcess", "userTask"), ("userTask", "userTask")]
        )[0],
        "Activities have incompatible types (SubProcessActivityBehavior is not compatible with UserTaskActivityBehavior)"
    );
}

/// MigrationHorizontalScopeChangeTest.testCannotMigrateHorizontallyBetweenScopes
#[test]
fn nothing_moves_from_one_scope_to_another_beside_it() {
    let two = r#"
        <startEvent id="start" />
        <subProcess id="one"><startEvent id="s1" /> <userTask id="a" />
          s1 -> a
        </subProcess>
        <subProcess id="two"><startEvent id="s2" /> <userTask id="b" />
          s2 -> b
        </subProcess>
        start -> one -> two
    "#;
    let mut desk = started(two, two);
    assert_eq!(
        refused(&mut desk, &[("one", "one"), ("a", "b")]),
        [
            "The closest mapped ancestor 'one' is mapped to scope 'one' which is not an ancestor of target scope 'b'"
        ]
    );
}

/// MigrationExternalTaskTest.testProperties
/// MigrationExternalTaskTest.testChangeTaskConfiguration
/// MigrationExternalTaskTest.testIncident
#[test]
fn an_external_task_keeps_its_topic_lock_and_incident() {
    let model = |id: &str, topic: &str| {
        format!(
            "<startEvent id=\"start\" /> <serviceTask id=\"{id}\" camunda:type=\"external\" camunda:topic=\"{topic}\" />\n start -> {id}\n"
        )
    };
    let mut desk = started(&model("work", "one"), &model("labour", "two"));
    let task = desk.lock("work");
    desk.ok(Command::FailExternalTask {
        task: task.clone(),
        worker: "worker".into(),
        message: "no".into(),
        details: None,
        retries: 0,
        retry_at: None,
        variables: Map::new(),
        local_variables: Map::new(),
    });
    desk.ok(migrate(plan(&[("work", "labour")])));
    let moved = desk.external("labour");
    assert_eq!(
        (moved.id.as_str(), moved.topic.as_str()),
        (task.as_str(), "one")
    );
    assert_eq!(moved.definition_id, NEXT);
    let incident = desk
        .instance
        .incidents()
        .next()
        .expect("an incident")
        .clone();
    assert_eq!(incident.activity_id, "labour");
}

/// MigrationCallActivityTest.testCallBpmnProcessSimpleMigration
#[test]
fn a_call_goes_on_with_what_it_called() {
    let model = |id: &str| {
        format!(
            "<startEvent id=\"start\" /> <callActivity id=\"{id}\" calledElement=\"other\" /> <userTask id=\"after\" />\n start -> {id} -> after\n"
        )
    };
    let mut desk = Desk::with(&model("call")).and("other", ONE_TASK);
    desk.next_version(NEXT, &model("ask"));
    let mut desk = desk.started(Map::new());
    desk.ok(migrate(plan(&[("call", "ask")])));
    desk.complete("userTask");
    assert_eq!(desk.tasks(), ["after"]);
    assert_eq!(desk.task("after").definition_id, NEXT);
}

const MANY: &str = r#"
    <startEvent id="start" /> <userTask id="after" />
    <userTask id="userTask"><multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics></userTask>
    start -> userTask -> after
"#;

/// MigrationMultiInstanceTest.testMigrateParallelMultiInstancePartiallyComplete
/// MigrationMultiInstanceTest.testMigrateParallelToSequential
/// MigrationRemoveMultiInstanceTest.testRemoveParallelMultiInstanceBody
/// MigrationAddMultiInstanceTest.testAddMultiInstanceBody
#[test]
fn several_instances_stay_several() {
    let body = ("userTask#multiInstanceBody", "userTask#multiInstanceBody");
    let mut desk = started(MANY, MANY);
    desk.complete("userTask");
    desk.ok(migrate(plan(&[body, ("userTask", "userTask")])));
    assert_eq!(desk.tasks(), ["userTask", "userTask"]);
    desk.complete("userTask");
    desk.complete("userTask");
    assert_eq!(desk.tasks(), ["after"]);

    let one = "<startEvent id=\"start\" /> <userTask id=\"userTask\" /> <userTask id=\"after\" />\n start -> userTask -> after\n";
    let mut desk = moved(MANY, one, &[("userTask", "userTask")]);
    assert_eq!(desk.tree(), "userTask userTask userTask");
    desk.complete("userTask");
    assert_eq!(desk.tasks(), ["after", "userTask", "userTask"]);

    let mut desk = started(one, MANY);
    assert_eq!(
        refused(&mut desk, &[("userTask", "userTask")]),
        [
            "Target activity 'userTask' is a descendant of multi-instance body 'userTask#multiInstanceBody' that is not mapped from the source process definition."
        ]
    );
    let mut desk = started(MANY, MANY);
    assert_eq!(
        refused(&mut desk, &[body]),
        [
            "Must map the inner activity of a multi-instance body when the body is mapped",
            "Cannot remove the inner activity of a multi-instance body when the body is mapped"
        ]
    );
    let sequential = MANY.replace(
        "<multiInstanceLoopCharacteristics>",
        "<multiInstanceLoopCharacteristics isSequential=\"true\">",
    );
    let mut desk = started(MANY, &sequential);
    assert_eq!(
        refused(&mut desk, &[body, ("userTask", "userTask")])[0],
        "Activities have incompatible types (ParallelMultiInstanceActivityBehavior is not compatible with SequentialMultiInstanceActivityBehavior)"
    );
}

/// MigrationCompensationTest.testCanMigrateWithCompensationSubscriptionsInMigratingScopeChangeIds
/// MigrationCompensationTest.testCannotMigrateWithoutMappingCompensationBoundaryEvents
/// MigrationCompensationTest.testCannotMigrateActivityInstanceForCompensationThrowingEvent
#[test]
fn what_was_done_is_undone_by_the_new_handler() {
    let model = |undo: &str| {
        format!(
            r#"<startEvent id="start" /> <userTask id="do" /> <userTask id="userTask" />
            <boundaryEvent id="undoing" attachedToRef="do"><compensateEventDefinition /></boundaryEvent>
            <userTask id="{undo}" isForCompensation="true" />
            <association id="assoc" associationDirection="One" sourceRef="undoing" targetRef="{undo}" />
            <endEvent id="back"><compensateEventDefinition /></endEvent>
            start -> do -> userTask -> back"#
        )
    };
    let (one, two) = (model("undo"), model("revert"));
    let mut desk = started(&one, &two);
    desk.complete("do");
    assert_eq!(
        refused(&mut desk, &[("userTask", "userTask")]),
        Vec::<String>::from(["Cannot migrate subscription for compensation handler 'undo'. There is no migration instruction for the compensation boundary event".to_owned()])
    );
    desk.ok(migrate(plan(&[
        ("userTask", "userTask"),
        ("undoing", "undoing"),
    ])));
    desk.complete("userTask");
    assert_eq!(desk.tasks(), ["revert"]);
    desk.complete("revert");
    assert!(desk.ended());

    let mut desk = started(&one, &two);
    desk.complete("do");
    desk.complete("userTask");
    let said = refused(&mut desk, &[("undoing", "undoing")]);
    assert!(
        said.contains(
            &"The type of the source activity is not supported for activity instance migration"
                .to_owned()
        ),
        "{said:?}"
    );
}

/// MigrationHistoricActivityInstanceTest.testMigrateHistoricActivityInstanceAddScope
/// MigrationUserOperationLogTest.testLogCreation
#[test]
fn history_is_told_what_went_on_as_what() {
    let mut desk = started(ONE_TASK, SUB);
    let execution = desk.task("userTask").execution_id;
    desk.ok(migrate(plan(&[("userTask", "userTask")])));
    let told: Vec<String> = desk
        .log
        .iter()
        .filter_map(|event| match event {
            Event::ProcessMigrated { from, to, .. } => Some(format!("{from} {to}")),
            Event::TaskMigrated { task } => Some(format!("task {}", task.task_definition_key)),
            Event::ActivityMigrated {
                from,
                id,
                parent_id,
                ..
            } => {
                assert!(parent_id.starts_with("subProcess:"), "{parent_id}");
                Some(format!("{from} {id}"))
            }
            _ => None,
        })
        .collect();
    let same = format!("userTask:{execution} userTask:{execution}");
    assert_eq!(
        told,
        [
            format!("{DEFINITION} {NEXT}"),
            "task userTask".to_owned(),
            same
        ]
    );
}

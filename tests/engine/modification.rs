//! Tokens moved by hand.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::Map;

const MODEL: &str = r#"
    <startEvent id="start" /> <userTask id="a" /> <exclusiveGateway id="choice" />
    <subProcess id="sub"><startEvent id="s" /> <userTask id="in1" /> <userTask id="in2" />
      s -> in1 -> in2
      <subProcess id="handler" triggeredByEvent="true">
        <startEvent id="on"><messageEventDefinition messageRef="letter" /></startEvent> <userTask id="handled" />
        on -> handled
      </subProcess>
    </subProcess>
    <userTask id="b" /> <userTask id="c" />
    start -> a -> sub -> choice
    choice -> b if ${x == 1}
    choice -> c if ${x == 2}
"#;

fn modify(instructions: Vec<Instruction>) -> Command {
    Command::Modify {
        process_instance: "instance".into(),
        instructions,
    }
}

pub fn before(activity: &str) -> Instruction {
    Instruction::StartBefore {
        activity: activity.into(),
        variables: Map::new(),
    }
}

fn cancel(activity: &str) -> Instruction {
    Instruction::CancelActivity {
        activity: activity.into(),
    }
}

#[test]
fn a_token_moves_to_another_activity() {
    let mut desk = Desk::start(MODEL, Map::new());
    desk.ok(modify(vec![cancel("a"), before("b")]));
    assert_eq!(desk.tasks(), ["b"]);
    assert!(desk.history().contains(&"a!".to_owned()));
    desk.complete("b");
    assert_eq!(desk.end_state(), Some(InstanceState::Completed));
}

#[test]
fn scopes_that_do_not_run_begin_and_those_that_do_are_used() {
    let mut desk = Desk::start(MODEL, Map::new());
    desk.ok(modify(vec![before("in2"), cancel("a")]));
    assert_eq!(desk.tasks(), ["in2"]);
    assert_eq!(
        desk.subscriptions(),
        ["message letter on"],
        "the scope has begun whole"
    );
    desk.ok(modify(vec![before("in1")]));
    assert_eq!(desk.tasks(), ["in1", "in2"]);
    let subs = desk
        .instance
        .executions()
        .filter(|e| e.activity_id.as_deref() == Some("sub"));
    assert_eq!(subs.count(), 1);
    desk.ok(modify(vec![cancel("in1"), cancel("in2"), before("c")]));
    assert_eq!(desk.tasks(), ["c"]);
    assert_eq!(
        desk.subscriptions(),
        Vec::<String>::new(),
        "the empty scope has ended"
    );
}

#[test]
fn after_an_activity_and_over_a_flow() {
    let mut desk = Desk::start(MODEL, Map::new());
    desk.ok(modify(vec![
        Instruction::StartAfter {
            activity: "sub".into(),
            variables: vars([("x", 2.into())]),
        },
        Instruction::StartTransition {
            flow: "choice-b".into(),
            variables: Map::new(),
        },
    ]));
    assert_eq!(desk.tasks(), ["a", "b", "c"]);
    let unclear = Instruction::StartAfter {
        activity: "choice".into(),
        variables: Map::new(),
    };
    assert!(matches!(
        desk.apply(modify(vec![unclear])),
        Err(Error::BadRequest(_))
    ));
    for nothing in [before("no"), cancel("no")] {
        assert!(matches!(
            desk.apply(modify(vec![nothing])),
            Err(Error::BadRequest(_))
        ));
    }
}

#[test]
fn one_of_several_activity_instances_and_the_last_of_all() {
    let mut desk = Desk::start(MODEL, Map::new());
    desk.ok(modify(vec![before("a")]));
    assert_eq!(desk.tasks(), ["a", "a"]);
    let task = desk.task("a");
    let id = desk
        .instance
        .execution(&task.execution_id)
        .expect("there")
        .activity_instance_id();
    desk.ok(modify(vec![Instruction::CancelInstance { id }]));
    assert_eq!(desk.tasks(), ["a"]);
    desk.ok(modify(vec![cancel("a")]));
    assert_eq!(desk.end_state(), Some(InstanceState::ExternallyTerminated));
    assert_eq!(desk.instance, Instance::default());
}

/// ProcessInstanceModificationTest.testCancellation
/// ProcessInstanceModificationTest.testCancellationThatEndsProcessInstance
/// ProcessInstanceModificationTest.testCancellationAndStartBefore
/// ProcessInstanceModificationTest.testEndProcessInstanceIntermediately
/// ProcessInstanceModificationTest.testCancelNonExistingActivityInstance
/// ProcessInstanceModificationTest.testCancelNonExistingTranisitionInstance
/// ProcessInstanceModificationTest.testCancellationWithWrongProcessInstanceId
#[test]
fn what_is_cancelled_leaves_the_rest() {
    let model = r#"<startEvent id="start" /> <parallelGateway id="fork" /> <userTask id="task1" /> <userTask id="task2" /> <endEvent id="end" />
        start -> fork -> task1 -> end
        fork -> task2 -> end"#;
    let mut desk = Desk::start(model, Map::new());
    desk.ok(modify(vec![cancel("task1")]));
    assert_eq!(desk.activities(), "task2");
    desk.ok(modify(vec![cancel("task2"), before("task1")]));
    assert_eq!(desk.activities(), "task1");
    let after = Instruction::StartAfter {
        activity: "task1".into(),
        variables: Map::new(),
    };
    desk.ok(modify(vec![cancel("task1"), after, before("task1")]));
    assert_eq!(desk.activities(), "task1");
    desk.complete("task1");
    assert_eq!(desk.instance, Instance::default());

    let mut desk = Desk::start(model, Map::new());
    let nothing = Instruction::CancelInstance { id: "no".into() };
    assert!(matches!(
        desk.apply(modify(vec![nothing])),
        Err(Error::NotFound { .. })
    ));
    let foo = Command::Modify {
        process_instance: "foo".into(),
        instructions: vec![cancel("task1")],
    };
    assert!(matches!(desk.apply(foo), Err(Error::NotFound { .. })));
    desk.ok(modify(vec![cancel("task1"), cancel("task2")]));
    assert_eq!(desk.instance, Instance::default());
}

/// ProcessInstanceModificationTest.testStartBefore
/// ProcessInstanceModificationTest.testStartBeforeNonExistingActivity
/// ProcessInstanceModificationTest.testStartTransition
/// ProcessInstanceModificationTest.testStartTransitionCase2
/// ProcessInstanceModificationTest.testStartTransitionInvalidTransitionId
/// ProcessInstanceModificationTest.testStartAfter
/// ProcessInstanceModificationTest.testStartAfterActivityAmbiguousTransitions
/// ProcessInstanceModificationTest.testStartAfterActivityNoOutgoingTransitions
/// ProcessInstanceModificationTest.testStartAfterNonExistingActivity
/// ProcessInstanceModificationTest.testScopeTaskStartBefore
/// ProcessInstanceModificationTest.testScopeTaskStartAfter
/// ProcessInstanceModificationTest.testActivityExecutionListenerInvocation
/// ProcessInstanceModificationTest.testStartTransitionListenerInvocation
/// ProcessInstanceModificationTest.testStartAfterActivityListenerInvocation
#[test]
fn starts_run_their_listeners_and_say_what_is_not_there() {
    let said = |event: &str| {
        format!(
            r#"<extensionElements><camunda:executionListener event="{event}" expression="${{execution.setVariable('said', said.concat(execution.eventName))}}" /></extensionElements>"#
        )
    };
    let model = format!(
        r#"<startEvent id="start" /> <exclusiveGateway id="choice" default="choice-task1" /> <userTask id="task1">{}</userTask> <userTask id="task2" /> <endEvent id="end" />
        <boundaryEvent id="late" attachedToRef="task1"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
        <sequenceFlow id="over" sourceRef="task2" targetRef="task1">{}</sequenceFlow>
        start -> choice -> task1 -> end
        choice -> task2 if ${{false}}"#,
        said("start"),
        said("take")
    );
    let started = || Desk::start(&model, vars([("said", "".into())]));
    let over = |flow: &str| Instruction::StartTransition {
        flow: flow.into(),
        variables: Map::new(),
    };
    let after = |activity: &str| Instruction::StartAfter {
        activity: activity.into(),
        variables: Map::new(),
    };
    for (instruction, tree, said) in [
        (before("task2"), "task1 task2", "start"),
        (before("task1"), "task1 task1", "startstart"),
        (over("choice-task2"), "task1 task2", "start"),
        (over("over"), "task1 task1", "starttakestart"),
        (after("task2"), "task1 task1", "starttakestart"),
        (after("start"), "task1 task1", "startstart"),
        (after("task1"), "task1", "start"),
    ] {
        let mut desk = started();
        desk.ok(modify(vec![instruction]));
        assert_eq!(
            (desk.activities().as_str(), desk.var("said")),
            (tree, Some(said.into()))
        );
        for task in desk.tasks() {
            desk.complete(&task);
        }
    }
    let mut desk = started();
    for wrong in [
        before("no"),
        over("no"),
        after("no"),
        after("end"),
        after("choice"),
    ] {
        let refused = desk.apply(modify(vec![wrong]));
        assert!(
            matches!(refused, Err(Error::NotFound { .. } | Error::BadRequest(_))),
            "{refused:?}"
        );
    }
}

/// ProcessInstanceModificationTest.testStartBeforeEventSubscription
/// ProcessInstanceModificationTest.shouldNotDeleteVariablesWhenConcurrentExecution
#[test]
fn scopes_that_begin_bring_their_timers_and_keep_what_others_set() {
    let model = r#"<startEvent id="start" /> <userTask id="outer" />
        <subProcess id="sub"><startEvent id="s" /> <userTask id="inner" />
          <boundaryEvent id="inner-late" attachedToRef="inner"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent> <endEvent id="ie" />
          s -> inner
          inner-late -> ie
        </subProcess>
        <boundaryEvent id="outer-late" attachedToRef="sub"><timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition></boundaryEvent>
        start -> outer"#;
    let mut desk = Desk::start(model, vars([("kept", 1.into())]));
    desk.ok(modify(vec![before("inner")]));
    assert_eq!(desk.activities(), "outer sub[inner]");
    assert_eq!(desk.instance.jobs().count(), 2);
    assert_eq!(desk.var("kept"), Some(1.into()));
    desk.execute("inner-late");
    assert_eq!(desk.activities(), "outer");
    assert_eq!(desk.instance.jobs().count(), 0);
}

/// A transaction that its last task cancels; what undoes the task waits.
const TRANSACTION: &str = r#"
    <startEvent id="start" />
    <transaction id="tx">
      <startEvent id="s" /> <userTask id="userTask" />
      <boundaryEvent id="on" attachedToRef="userTask"><compensateEventDefinition /></boundaryEvent>
      <userTask id="undoTask" isForCompensation="true" /> <association id="as" sourceRef="on" targetRef="undoTask" />
      <endEvent id="txEnd"><cancelEventDefinition /></endEvent>
      s -> userTask -> txEnd
    </transaction>
    <boundaryEvent id="catchCancel" attachedToRef="tx"><cancelEventDefinition /></boundaryEvent>
    <userTask id="afterCancel" /> <endEvent id="end" />
    start -> tx -> end
    catchCancel -> afterCancel -> end"#;

fn in_order(desk: &mut Desk, tasks: &[&str]) {
    for task in tasks {
        desk.complete(task);
    }
    assert_eq!(desk.instance, Instance::default());
}

/// ProcessInstanceModificationTest.testStartActivityInTransactionWithCompensation
/// ProcessInstanceModificationTest.testStartAfterActivityDuringCompensation
/// ProcessInstanceModificationTest.testCancelCompensatingTask
/// ProcessInstanceModificationTest.testCancelCompensatingTaskAndStartActivity
/// ProcessInstanceModificationTest.testStartActivityAndCancelCompensatingTask
/// ProcessInstanceModificationTest.testStartCompensatingTask
/// ProcessInstanceModificationTest.testStartAdditionalCompensatingTaskAndCompleteOldCompensationTask
/// ProcessInstanceModificationTest.testStartAdditionalCompensatingTaskAndCompleteNewCompensatingTask
/// ProcessInstanceModificationTest.testStartCompensationBoundary
/// ProcessInstanceModificationTest.testStartCancelEndEvent
/// ProcessInstanceModificationTest.testStartCancelBoundaryEvent
/// ProcessInstanceModificationTest.testStartTaskAfterCancelBoundaryEvent
#[test]
fn tokens_move_while_a_transaction_is_undone() {
    let undoing = || {
        let mut desk = Desk::start(TRANSACTION, Map::new());
        desk.complete("userTask");
        assert_eq!(desk.activities(), "tx[txEnd undoTask]");
        desk
    };
    let mut desk = undoing();
    let first = desk.task("undoTask").id;
    desk.ok(modify(vec![before("userTask")]));
    assert_eq!(desk.activities(), "tx[txEnd undoTask userTask]");
    desk.complete("userTask");
    assert_eq!(desk.activities(), "tx[txEnd undoTask]");
    assert_ne!(desk.task("undoTask").id, first);
    in_order(&mut desk, &["undoTask", "afterCancel"]);

    let mut desk = undoing();
    desk.ok(modify(vec![Instruction::StartAfter {
        activity: "userTask".into(),
        variables: Map::new(),
    }]));
    in_order(&mut desk, &["afterCancel"]);

    let mut desk = undoing();
    desk.ok(modify(vec![cancel("undoTask")]));
    assert_eq!(desk.instance, Instance::default());

    for both in [
        vec![cancel("undoTask"), before("userTask")],
        vec![before("userTask"), cancel("undoTask")],
    ] {
        let mut desk = undoing();
        desk.ok(modify(both));
        assert_eq!(desk.activities(), "tx[userTask]");
        in_order(&mut desk, &["userTask", "undoTask", "afterCancel"]);
    }

    let mut desk = Desk::start(TRANSACTION, Map::new());
    desk.ok(modify(vec![before("undoTask")]));
    in_order(
        &mut desk,
        &["undoTask", "userTask", "undoTask", "afterCancel"],
    );

    for old in [true, false] {
        let mut desk = undoing();
        let first = desk.task("undoTask").id;
        desk.ok(modify(vec![before("undoTask")]));
        assert_eq!(desk.activities(), "tx[txEnd undoTask undoTask]");
        let task = desk.instance.tasks().find(|task| (task.id == first) == old);
        let task = task.expect("one of two").id.clone();
        desk.ok(Command::CompleteTask {
            task,
            user: None,
            variables: Map::new(),
        });
        match old {
            true => in_order(&mut desk, &["afterCancel"]),
            false => in_order(&mut desk, &["undoTask", "afterCancel"]),
        }
    }

    let mut desk = Desk::start(TRANSACTION, Map::new());
    let after = Instruction::StartAfter {
        activity: "on".into(),
        variables: Map::new(),
    };
    for refused in [before("on"), after] {
        assert!(matches!(
            desk.apply(modify(vec![refused])),
            Err(Error::BadRequest(_))
        ));
    }

    for event in ["txEnd", "catchCancel"] {
        let mut desk = undoing();
        desk.ok(modify(vec![before(event)]));
        assert_eq!(desk.activities(), "afterCancel", "{event}");
        in_order(&mut desk, &["afterCancel"]);
    }
    let mut desk = undoing();
    desk.ok(modify(vec![before("afterCancel")]));
    assert_eq!(desk.activities(), "afterCancel tx[txEnd undoTask]");
    in_order(&mut desk, &["afterCancel", "undoTask", "afterCancel"]);
}

/// ProcessInstanceModificationTest.testCompensationRemovalOnCancellation
/// ProcessInstanceModificationTest.testCompensationCreation
/// ProcessInstanceModificationTest.testNoCompensationCreatedOnCancellation
#[test]
fn what_can_be_undone_goes_with_a_scope_that_is_cancelled() {
    let undoable = |id: &str| {
        format!(
            r#"<userTask id="{id}" /> <boundaryEvent id="on-{id}" attachedToRef="{id}"><compensateEventDefinition /></boundaryEvent>
        <userTask id="undo-{id}" isForCompensation="true" /> <association id="as-{id}" sourceRef="on-{id}" targetRef="undo-{id}" />"#
        )
    };
    let model = format!(
        r#"<startEvent id="start" /> <userTask id="outerTask" />
        <subProcess id="sub"><startEvent id="s" /> {} <userTask id="innerTask2" />
          s -> innerTask -> innerTask2
        </subProcess>
        <intermediateThrowEvent id="throw"><compensateEventDefinition /></intermediateThrowEvent> <userTask id="after" />
        start -> outerTask -> throw -> after
        start -> sub"#,
        undoable("innerTask")
    );
    let kept = |desk: &Desk| {
        desk.instance
            .waiting(SubscriptionKind::Compensation, "")
            .count()
    };
    let mut desk = Desk::start(&model, Map::new());
    desk.complete("innerTask");
    assert_eq!(kept(&desk), 1);
    desk.ok(modify(vec![cancel("innerTask2")]));
    assert_eq!(kept(&desk), 0);

    let mut desk = Desk::start(&model, Map::new());
    desk.ok(modify(vec![cancel("innerTask")]));
    assert_eq!((kept(&desk), desk.activities().as_str()), (0, "outerTask"));
    in_order(&mut desk, &["outerTask", "after"]);

    let mut desk = Desk::start(&model, Map::new());
    desk.ok(modify(vec![before("innerTask")]));
    desk.complete("innerTask");
    desk.complete("innerTask");
    desk.complete("innerTask2");
    desk.complete("innerTask2");
    assert_eq!(kept(&desk), 3, "two tasks and their scope");
    desk.complete("outerTask");
    in_order(&mut desk, &["undo-innerTask", "undo-innerTask", "after"]);
}

#[test]
fn an_interrupting_event_takes_the_place_of_what_it_interrupts() {
    let event = |interrupting: bool| {
        let mut desk = Desk::start(
            &MODEL.replace(
                r#"<startEvent id="on">"#,
                &format!(r#"<startEvent id="on" isInterrupting="{interrupting}">"#),
            ),
            Map::new(),
        );
        desk.complete("a");
        desk
    };
    for start in ["handler", "on", "handled"] {
        let mut desk = event(true);
        desk.ok(modify(vec![before(start)]));
        assert_eq!(desk.activities(), "sub[handler[handled]]", "{start}");
        assert_eq!(desk.subscriptions(), Vec::<String>::new());
        let mut desk = event(false);
        desk.ok(modify(vec![before(start)]));
        assert_eq!(desk.activities(), "sub[handler[handled] in1]", "{start}");
        assert_eq!(desk.subscriptions(), ["message letter on"]);
    }
    for (interrupting, tree) in [(true, "late"), (false, "late work*[work work]")] {
        let model = format!(
            r#"<startEvent id="start" /> <userTask id="work"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></userTask>
            <boundaryEvent id="timer" attachedToRef="work" cancelActivity="{interrupting}"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent> <userTask id="late" />
            start -> work
            timer -> late"#
        );
        let mut desk = Desk::start(&model, Map::new());
        desk.ok(modify(vec![before("timer")]));
        assert_eq!(desk.activities(), tree);
    }
}

fn inside(ancestor: &str, start: Instruction) -> Instruction {
    Instruction::Inside {
        ancestor: Some(ancestor.into()),
        local_variables: Map::new(),
        start: Box::new(start),
    }
}

/// The instances of an activity, in their order.
pub fn instances(desk: &Desk, activity: &str) -> Vec<String> {
    let all = desk.instance.executions();
    let mut found: Vec<_> = all
        .filter(|e| e.activity_id.as_deref() == Some(activity))
        .map(|e| (e.sequence, e.activity_instance_id()))
        .collect();
    found.sort();
    found.into_iter().map(|(_, id)| id).collect()
}

/// ProcessInstanceModificationTest.testStartBeforeWithAncestorInstanceId
/// ProcessInstanceModificationTest.testStartBeforeWithAncestorInstanceIdTwoScopesUp
/// ProcessInstanceModificationTest.testStartBeforeWithInvalidAncestorInstanceId
/// ProcessInstanceModificationTest.testStartTransitionWithAncestorInstanceId
/// ProcessInstanceModificationTest.testStartTransitionWithAncestorInstanceIdTwoScopesUp
/// ProcessInstanceModificationTest.testStartTransitionWithInvalidAncestorInstanceId
/// ProcessInstanceModificationTest.testStartAfterWithAncestorInstanceId
/// ProcessInstanceModificationTest.testStartAfterWithAncestorInstanceIdTwoScopesUp
/// ProcessInstanceModificationTest.testStartAfterWithInvalidAncestorInstanceId
#[test]
fn a_start_says_in_which_instance_of_a_scope_it_is() {
    let starts = [
        before("in2"),
        Instruction::StartAfter {
            activity: "in1".into(),
            variables: Map::new(),
        },
    ];
    for start in starts {
        let mut desk = Desk::start(MODEL, Map::new());
        desk.complete("a");
        assert_eq!(desk.activities(), "sub[in1]");
        // In the process itself the scopes between begin anew.
        desk.ok(modify(vec![inside("instance", start.clone())]));
        assert_eq!(desk.activities(), "sub[in1] sub[in2]");
        let several = desk.apply(modify(vec![start.clone()]));
        assert!(matches!(several, Err(Error::BadRequest(_))));
        let second = instances(&desk, "sub")[1].clone();
        desk.ok(modify(vec![inside(&second, start.clone())]));
        assert_eq!(desk.activities(), "sub[in1] sub[in2 in2]");
        let other = instances(&desk, "in1").remove(0);
        for (ancestor, why) in [
            ("none", "Ancestor activity instance 'none' does not exist"),
            (
                other.as_str(),
                "cannot be found in parent hierarchy of flow element",
            ),
        ] {
            let refused = desk.apply(modify(vec![inside(ancestor, start.clone())]));
            let refused = refused.expect_err("refused").to_string();
            assert!(refused.contains(why), "{refused}");
        }
    }
}

/// ProcessInstanceModificationTest.testStartBeforeWithVariables
#[test]
fn what_is_started_has_variables_of_its_own() {
    let mut desk = Desk::start(MODEL, Map::new());
    desk.ok(modify(vec![Instruction::Inside {
        ancestor: None,
        local_variables: vars([("own", 1.into())]),
        start: Box::new(Instruction::StartBefore {
            activity: "b".into(),
            variables: vars([("all", 2.into())]),
        }),
    }]));
    assert_eq!((desk.var("all"), desk.var("own")), (Some(2.into()), None));
    let at = desk.task("b").execution_id;
    let own = desk.instance.variable(&at, "own").map(|v| v.value.clone());
    assert_eq!(own, Some(1.into()));
}

const LISTENING: &str = r#"
    <startEvent id="start" /> <userTask id="a">
      <extensionElements><camunda:executionListener event="end" expression="${execution.setVariable('ended', true)}" />
      <camunda:taskListener event="delete" expression="${execution.setVariable('deleted', true)}" /></extensionElements>
    </userTask>
    <subProcess id="sub"><extensionElements>
      <camunda:inputOutput><camunda:inputParameter name="given">1</camunda:inputParameter></camunda:inputOutput>
      <camunda:executionListener event="start" expression="${execution.setVariable('begun', true)}" /></extensionElements>
      <startEvent id="s" /> <userTask id="in"><extensionElements>
        <camunda:inputOutput><camunda:inputParameter name="inner">1</camunda:inputParameter></camunda:inputOutput>
        <camunda:taskListener event="create" expression="${execution.setVariable('created', true)}" /></extensionElements></userTask>
      s -> in
    </subProcess>
    start -> a
    a -> sub
"#;

/// ProcessInstanceModificationTest.testSkipListenerInvocation
/// ProcessInstanceModificationTest.testSkipTaskListenerInvocation
/// ProcessInstanceModificationTest.testSkipListenersOnSubProcessNested
/// ProcessInstanceModificationTest.testSkipIoMappings
/// ProcessInstanceModificationTest.testSkipIoMappingsOnSubProcess
/// ProcessInstanceModificationTest.testSkipIoMappingsOnSubProcessNested
/// RuntimeServiceTest.testDeleteProcessInstanceSkipCustomListeners
/// RuntimeServiceTest.testDeleteProcessInstanceSkipCustomListenersScope
/// RuntimeServiceTest.testDeleteProcessInstanceSkipCustomTaskListeners
/// RuntimeServiceTest.testDeleteProcessInstanceSkipCustomListenersEnsureHistoryWritten
/// RuntimeServiceTest.testDeleteProcessInstanceSkipIoMappings
/// FullHistoryTest.testDeleteProcessInstanceSkipCustomListener
/// RuntimeServiceTest.testCascadingDeleteSubprocessInstanceSkipIoMappings
#[test]
fn listeners_and_parameters_are_left_out_where_that_is_asked() {
    for (listeners, mappings) in [(false, false), (true, false), (false, true), (true, true)] {
        let skip = Skip {
            listeners,
            mappings,
            ..Skip::default()
        };
        let skipping = |command: Command| Command::Skipping {
            skip,
            command: Box::new(command),
        };
        let mut desk = Desk::start(LISTENING, Map::new());
        desk.ok(skipping(modify(vec![before("in"), cancel("a")])));
        assert_eq!(desk.activities(), "sub[in]");
        for name in ["ended", "deleted", "begun", "created"] {
            assert_eq!(desk.last(name).is_none(), listeners, "{name}");
        }
        for name in ["given", "inner"] {
            assert_eq!(desk.last(name).is_none(), mappings, "{name}");
        }
        let mut desk = Desk::start(LISTENING, Map::new());
        desk.ok(skipping(Command::Cancel {
            process_instance: None,
            user: None,
            reason: "enough".into(),
        }));
        assert_eq!(desk.end_state(), Some(InstanceState::ExternallyTerminated));
        assert!(desk.history().contains(&"a!".to_owned()));
        for name in ["ended", "deleted"] {
            assert_eq!(desk.last(name).is_none(), listeners, "{name}");
        }
    }
}
// differs: ProcessInstanceModificationTest.testStartActivityWithAncestorInTransactionWithCompensation, ProcessInstanceModificationTest.testCancelCompensatingTaskAndStartActivityWithAncestor: an ancestor is a scope of the process, what is compensated is none

//! The parallel gateway: forks, and joins that wait for all.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::Map;

const FORK: &str = r#"
    <startEvent id="start" /> <parallelGateway id="fork" /> <parallelGateway id="join" />
    <userTask id="a" /> <userTask id="b" /> <userTask id="c" /> <userTask id="after" />
    start -> fork
    fork -> a -> join
    fork -> b -> join
    fork -> c -> join
    join -> after
"#;

/// ParallelGatewayTest.testForkJoin
#[test]
fn a_parallel_join_waits_for_all_and_goes_on_once() {
    let mut desk = Desk::start(FORK, Map::new());
    assert_eq!(desk.tokens(), ["a", "b", "c"]);
    desk.complete("b");
    desk.complete("a");
    assert_eq!(desk.tokens(), ["c", "join", "join"]);
    desk.complete("c");
    assert_eq!(desk.tokens(), ["after"]);
    desk.complete("after");
    assert!(desk.ended());
    assert_eq!(desk.end_state(), Some(InstanceState::Completed));
}

#[test]
fn the_first_path_runs_until_it_waits_before_the_second_begins() {
    let desk = Desk::start(FORK, Map::new());
    let mut tasks: Vec<Task> = desk.instance.tasks().cloned().collect();
    tasks.sort_by_key(|task| task.id.clone());
    let order: Vec<_> = tasks
        .iter()
        .map(|t| t.task_definition_key.as_str())
        .collect();
    assert_eq!(order, ["a", "b", "c"]);
}

#[test]
fn a_join_may_be_a_fork() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <parallelGateway id="fork" /> <parallelGateway id="both" />
        <userTask id="a" /> <userTask id="b" /> <userTask id="c" /> <userTask id="d" />
        start -> fork
        fork -> a -> both -> c
        fork -> b -> both -> d
        "#,
        Map::new(),
    );
    desk.complete("a");
    desk.complete("b");
    assert_eq!(desk.tokens(), ["c", "d"]);
}

fn ends(model: &str) {
    let desk = Desk::start(model, Map::new());
    assert!(desk.ended(), "tokens at {:?}", desk.tokens());
    assert_eq!(desk.end_state(), Some(InstanceState::Completed));
}

/// ParallelGatewayTest.testSplitMergeNoWaitstates
/// ParallelGatewayTest.testCompletingJoin
/// ParallelGatewayTest.testForkFollowedByOnlyEndEvents
/// ParallelGatewayTest.testNestedForksFollowedByEndEvents
#[test]
fn without_a_wait_state_all_is_done_at_once() {
    let gates = r#"<startEvent id="start" /> <parallelGateway id="fork" /> <parallelGateway id="join" /> <endEvent id="end" />"#;
    let rest = r#"<task id="a" /> <task id="b" /> <task id="c" />
        start -> fork -> a -> join -> end
        fork -> b -> join
        fork -> c -> join"#;
    ends(&format!("{gates} {rest}"));
    let rest = r#"<sequenceFlow sourceRef="fork" targetRef="join" /> <sequenceFlow sourceRef="fork" targetRef="join" />
        start -> fork
        join -> end"#;
    ends(&format!("{gates} {rest}"));
    let three = r#"<startEvent id="start" /> <parallelGateway id="fork" /> <endEvent id="a" /> <endEvent id="b" /> <endEvent id="c" />
        start -> fork -> a
        fork -> b"#;
    ends(&format!("{three}\nfork -> c"));
    ends(&format!(
        r#"{three}
        <parallelGateway id="deep" /> <endEvent id="d" />
        fork -> deep -> c
        deep -> d"#
    ));
}

/// ParallelGatewayTest.testUnstructuredConcurrencyTwoForks
/// ParallelGatewayTest.testUnstructuredConcurrencyTwoJoins
#[test]
fn forks_and_joins_need_not_match() {
    ends(
        r#"<startEvent id="start" /> <parallelGateway id="one" /> <parallelGateway id="two" /> <parallelGateway id="join" />
        <task id="a" /> <task id="b" /> <task id="c" /> <endEvent id="end" />
        start -> one -> a -> join -> end
        one -> two -> b -> join
        two -> c -> join"#,
    );
    ends(
        r#"<startEvent id="start" /> <parallelGateway id="fork" /> <parallelGateway id="one" /> <parallelGateway id="two" />
        <task id="a" /> <task id="b" /> <task id="c" /> <endEvent id="end" />
        start -> fork -> a -> one -> two -> end
        fork -> b -> one
        fork -> c -> two"#,
    );
}

/// ParallelGatewayTest.testUnbalancedForkJoin
/// ParallelGatewayTest.testNestedForkJoin
#[test]
fn a_join_waits_for_a_join() {
    let mut desk = Desk::start(
        r#"<startEvent id="start" /> <userTask id="zero" /> <parallelGateway id="outer" /> <parallelGateway id="inner" />
        <parallelGateway id="innerJoin" /> <parallelGateway id="outerJoin" />
        <userTask id="a" /> <userTask id="b" /> <userTask id="b1" /> <userTask id="b2" /> <userTask id="c" />
        start -> zero -> outer -> a -> outerJoin -> c
        outer -> b -> inner -> b1 -> innerJoin -> outerJoin
        inner -> b2 -> innerJoin"#,
        Map::new(),
    );
    desk.complete("zero");
    assert_eq!(desk.tree(), "a b");
    desk.complete("a");
    assert_eq!(desk.tree(), "b outerJoin");
    desk.complete("b");
    assert_eq!(desk.tree(), "b1 b2 outerJoin");
    desk.complete("b1");
    desk.complete("b2");
    assert_eq!(desk.tree(), "c");
}

/// ParallelGatewayTest.testReceyclingExecutionWithCallActivity
#[test]
fn the_last_path_may_be_in_a_called_process() {
    let mut desk = Desk::with(
        r#"<startEvent id="start" /> <parallelGateway id="fork" /> <userTask id="some" />
        <callActivity id="call" calledElement="called" />
        start -> fork -> some
        fork -> call"#,
    )
    .and(
        "called",
        r#"<startEvent id="s" /> <userTask id="another" />
        s -> another"#,
    )
    .started(Map::new());
    desk.complete("some");
    assert_eq!(desk.tasks(), ["another"]);
    desk.complete("another");
    assert!(desk.ended());
}

/// ParallelGatewayTest.testAsyncParallelGateway
/// ParallelGatewayTest.testAsyncParallelGatewayAfterScopeTask
#[test]
fn an_asynchronous_join_makes_a_job_for_each_token() {
    for work in [
        r#"<task id="a" />"#,
        r#"<userTask id="a" /> <boundaryEvent id="on" attachedToRef="a"><messageEventDefinition messageRef="letter" /></boundaryEvent>"#,
    ] {
        let mut desk = Desk::start(
            &format!(
                r#"<startEvent id="start" /> <parallelGateway id="fork" /> {work} <task id="b" />
                <parallelGateway id="join" camunda:asyncBefore="true" /> <endEvent id="end" />
                start -> fork -> a -> join -> end
                fork -> b -> join"#
            ),
            Map::new(),
        );
        if work.contains("userTask") {
            desk.complete("a");
        }
        assert_eq!(desk.instance.jobs().count(), 2);
        desk.execute("join");
        desk.execute("join");
        assert!(desk.ended());
    }
}

/// ParallelGatewayTest.testCompletingJoinInSubProcess
/// ParallelGatewayTest.testParallelGatewayBeforeAndInSubProcess
#[test]
fn tokens_are_counted_in_their_scope() {
    ends(
        r#"<startEvent id="start" /> <endEvent id="end" />
        <subProcess id="sub"> <startEvent id="s" /> <parallelGateway id="fork" /> <parallelGateway id="join" /> <endEvent id="e" />
          <sequenceFlow sourceRef="fork" targetRef="join" /> <sequenceFlow sourceRef="fork" targetRef="join" />
          s -> fork
          join -> e
        </subProcess>
        start -> sub -> end"#,
    );
    let desk = Desk::start(
        r#"<startEvent id="start" /> <parallelGateway id="fork" /> <userTask id="outer" />
        <subProcess id="sub"> <startEvent id="s" /> <parallelGateway id="deep" /> <userTask id="one" /> <userTask id="two" />
          s -> deep -> one
          deep -> two
        </subProcess>
        start -> fork -> outer
        fork -> sub"#,
        Map::new(),
    );
    assert_eq!(desk.tree(), "outer sub(one two)");
}

/// ParallelGatewayTest.testImplicitParallelGatewayAfterSignalBehavior
/// ParallelGatewayTest.testExplicitParallelGatewayAfterSignalBehavior
#[test]
fn what_a_worker_completes_forks() {
    for (gateway, flows) in [
        ("", "work -> a\nwork -> b\nwork -> c"),
        (
            r#"<parallelGateway id="fork" />"#,
            "work -> fork -> a\nfork -> b\nfork -> c",
        ),
    ] {
        let mut desk = Desk::start(
            &format!(
                r#"<startEvent id="start" /> <serviceTask id="work" camunda:type="external" camunda:topic="t" /> {gateway}
                <userTask id="a" /> <userTask id="b" /> <userTask id="c" />
                start -> work
                {flows}"#
            ),
            Map::new(),
        );
        let task = desk.lock("work");
        desk.ok(Command::CompleteExternalTask {
            task,
            worker: "worker".into(),
            variables: Map::new(),
            local_variables: Map::new(),
        });
        assert_eq!(desk.tasks(), ["a", "b", "c"]);
    }
}

/// ParallelGatewayTest.testRemoveConcurrentExecutionLocalVariablesOnJoin
/// InclusiveGatewayTest.testRemoveConcurrentExecutionLocalVariablesOnJoin
#[test]
fn variables_of_a_path_end_at_the_join() {
    for kind in ["parallelGateway", "inclusiveGateway"] {
        let mut desk = Desk::start(&FORK.replace("parallelGateway", kind), Map::new());
        for key in ["a", "b", "c"] {
            let scope = desk.task(key).execution_id;
            desk.ok(Command::SetVariables {
                scope,
                variables: vars([("x", key.into())]),
                local: true,
            });
        }
        for key in ["a", "b", "c"] {
            desk.complete(key);
        }
        assert_eq!(desk.tasks(), ["after"]);
        let left = desk.instance.executions();
        assert!(
            left.map(|e| desk.instance.variables(&e.id).count())
                .all(|n| n == 0)
        );
    }
}

/// ParallelGatewayTest.testParallelGatewayCancellationHistoryEvent
#[test]
fn a_token_that_waits_at_a_join_can_be_cancelled() {
    let mut desk = Desk::start(
        r#"<startEvent id="start" /> <parallelGateway id="fork" /> <parallelGateway id="join" />
        <intermediateCatchEvent id="wait"><messageEventDefinition messageRef="letter" /></intermediateCatchEvent>
        start -> fork -> wait -> join
        fork -> join"#,
        Map::new(),
    );
    let instructions = ["wait", "join"].map(|activity| Instruction::CancelActivity {
        activity: activity.into(),
    });
    desk.ok(Command::Modify {
        process_instance: "instance".into(),
        instructions: instructions.into(),
    });
    assert!(desk.ended());
    assert_eq!(desk.history(), ["start", "fork", "wait!", "join!"]);
}

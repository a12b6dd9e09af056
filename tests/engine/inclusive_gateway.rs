//! The inclusive gateway: all true flows, and a join that waits for whoever can still come.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

const FORK: &str = r#"
    <startEvent id="start" /> <inclusiveGateway id="fork" default="fork-c" /> <inclusiveGateway id="join" />
    <userTask id="a" /> <userTask id="b" /> <userTask id="c" /> <userTask id="after" />
    start -> fork
    fork -> a if ${x > 1}
    fork -> b if ${x > 2}
    fork -> c
    a -> join
    b -> join
    c -> join
    join -> after
"#;

fn x(value: i32) -> Map {
    vars([("x", value.into())])
}

/// InclusiveGatewayTest.testDefaultSequenceFlow
/// InclusiveGatewayTest.testNoSequenceFlowSelected
/// InclusiveGatewayTest.testDefaultSequenceFlowExecutionIsActive
#[test]
fn an_inclusive_fork_takes_all_that_hold_or_the_default() {
    for (value, tasks) in [(1, vec!["c"]), (2, vec!["a"]), (3, vec!["a", "b"])] {
        let mut desk = Desk::start(FORK, x(value));
        assert_eq!(desk.tasks(), tasks);
        for (left, task) in tasks.iter().enumerate().rev() {
            desk.complete(task);
            assert_eq!(desk.tasks().contains(&"after".to_owned()), left == 0);
        }
        assert_eq!(desk.tasks(), ["after"]);
    }
    let mut desk = Desk::with(
        &FORK
            .replace(r#" default="fork-c""#, "")
            .replace("fork -> c", "fork -> c if ${x < 0}"),
    );
    let refused = desk.run(x(1));
    assert!(matches!(refused, Err(Error::NoOutgoingFlow { .. })));
}

#[test]
fn an_inclusive_join_waits_for_whoever_can_still_come() {
    let model = r#"
        <startEvent id="start" /> <parallelGateway id="fork" /> <inclusiveGateway id="join" />
        <userTask id="a" /> <userTask id="way" /> <exclusiveGateway id="choice" /> <endEvent id="elsewhere" /> <userTask id="after" />
        start -> fork
        fork -> a -> join
        fork -> way -> choice
        choice -> join if ${x == 1}
        choice -> elsewhere if ${x != 1}
        join -> after
    "#;
    for value in [1, 2] {
        let mut desk = Desk::start(model, x(value));
        desk.complete("a");
        assert_eq!(desk.tasks(), ["way"], "the way may still lead here");
        desk.complete("way");
        assert_eq!(desk.tasks(), ["after"], "{value}");
    }
}

#[test]
fn tokens_in_sub_processes_and_calls_count_as_their_node() {
    let model = r#"
        <startEvent id="start" /> <parallelGateway id="fork" /> <inclusiveGateway id="join" />
        <userTask id="a" /> <userTask id="after" />
        <subProcess id="sub"><startEvent id="s" /> <userTask id="inside" />
          s -> inside
        </subProcess>
        start -> fork
        fork -> a -> join
        fork -> sub -> join
        join -> after
    "#;
    let mut desk = Desk::start(model, Map::new());
    desk.complete("a");
    assert_eq!(desk.tasks(), ["inside"]);
    desk.complete("inside");
    assert_eq!(desk.tasks(), ["after"]);
}

#[test]
fn one_that_is_interrupted_is_no_longer_waited_for() {
    let model = r#"
        <startEvent id="start" /> <parallelGateway id="fork" /> <inclusiveGateway id="join" />
        <userTask id="a" /> <userTask id="b" /> <userTask id="after" /> <userTask id="aside" />
        <boundaryEvent id="stop" attachedToRef="b"><messageEventDefinition messageRef="letter" /></boundaryEvent>
        start -> fork
        fork -> a -> join
        fork -> b -> join
        stop -> aside
        join -> after
    "#;
    let mut desk = Desk::start(model, Map::new());
    desk.complete("a");
    assert_eq!(desk.tasks(), ["b"]);
    desk.message("letter");
    assert_eq!(desk.tasks(), ["after", "aside"]);
}

#[test]
fn an_inclusive_join_in_a_loop_and_in_a_row() {
    let model = r#"
        <startEvent id="start" /> <inclusiveGateway id="begin" /> <inclusiveGateway id="fork" /> <inclusiveGateway id="join" />
        <userTask id="a" /> <userTask id="b" /> <exclusiveGateway id="again" /> <userTask id="done" />
        start -> begin -> fork
        fork -> a if ${true}
        fork -> b if ${x > 0}
        a -> join
        b -> join
        join -> again
        again -> begin if ${more}
        again -> done if ${!more}
    "#;
    let mut desk = Desk::start(model, vars([("x", 1.into()), ("more", true.into())]));
    for _ in 0..3 {
        desk.complete("a");
        desk.complete("b");
        assert_eq!(desk.tasks(), ["a", "b"]);
    }
    desk.complete_with("a", vars([("more", false.into())]));
    desk.complete("b");
    assert_eq!(desk.tasks(), ["done"]);
}

#[test]
fn asynchronous_joins_wait_as_well() {
    let model = FORK.replace(
        r#"<inclusiveGateway id="join" />"#,
        r#"<inclusiveGateway id="join" camunda:asyncBefore="true" />"#,
    );
    let mut desk = Desk::start(&model, x(3));
    desk.complete("a");
    desk.complete("b");
    assert_eq!(desk.instance.jobs().count(), 2);
    desk.execute("join");
    assert_eq!(desk.tasks(), Vec::<String>::new());
    desk.execute("join");
    assert_eq!(desk.tasks(), ["after"]);
}

/// InclusiveGatewayTest.testDivergingInclusiveGateway
/// InclusiveGatewayTest.testDecisionFunctionality
#[test]
fn the_more_hold_the_more_paths() {
    let model = r#"
        <startEvent id="start" /> <inclusiveGateway id="fork" /> <userTask id="a" /> <userTask id="b" /> <userTask id="c" />
        start -> fork
        fork -> a if ${x == 1}
        fork -> b if ${x <= 2}
        fork -> c if ${x <= 3}
    "#;
    for (value, tasks) in [
        (1, vec!["a", "b", "c"]),
        (2, vec!["b", "c"]),
        (3, vec!["c"]),
    ] {
        assert_eq!(Desk::start(model, x(value)).tasks(), tasks);
    }
    let refused = Desk::with(model).run(x(4));
    assert!(matches!(refused, Err(Error::NoOutgoingFlow { .. })));
}

/// InclusiveGatewayTest.testMergingInclusiveGateway
/// InclusiveGatewayTest.testMergingInclusiveGatewayAsync
#[test]
fn of_the_flows_between_two_nodes_each_brings_a_token() {
    let flow = |limit: i32| {
        format!(
            r#"<sequenceFlow sourceRef="start" targetRef="join"><conditionExpression xsi:type="tFormalExpression">${{x &lt;= {limit}}}</conditionExpression></sequenceFlow>"#
        )
    };
    for asynchronous in [false, true] {
        let mut desk = Desk::start(
            &format!(
                r#"<startEvent id="start" /> <inclusiveGateway id="join" camunda:asyncBefore="{asynchronous}" /> <userTask id="work" />
                {} {} {}
                join -> work"#,
                flow(1),
                flow(2),
                flow(3)
            ),
            x(2),
        );
        if asynchronous {
            assert_eq!(desk.instance.jobs().count(), 2);
            desk.execute("join");
            desk.execute("join");
        }
        assert_eq!(desk.tasks(), ["work"]);
    }
}

/// InclusiveGatewayTest.testPartialMergingInclusiveGateway
#[test]
fn a_join_before_a_join() {
    let flow = |limit: i32, to: &str| {
        format!(
            r#"<sequenceFlow sourceRef="start" targetRef="{to}"><conditionExpression xsi:type="tFormalExpression">${{x &lt;= {limit}}}</conditionExpression></sequenceFlow>"#
        )
    };
    let mut desk = Desk::start(
        &format!(
            r#"<startEvent id="start" /> <inclusiveGateway id="part" /> <inclusiveGateway id="full" /> <userTask id="partial" /> <userTask id="work" />
            {} {} {}
            part -> full -> work
            partial -> full"#,
            flow(1, "part"),
            flow(2, "part"),
            flow(3, "partial")
        ),
        x(2),
    );
    assert_eq!(desk.tasks(), ["partial"]);
    desk.complete("partial");
    assert_eq!(desk.tasks(), ["work"]);
}

/// InclusiveGatewayTest.testParentActivationOnNonJoiningEnd
#[test]
fn paths_may_end_apart() {
    let mut desk = Desk::start(
        r#"<startEvent id="start" /> <parallelGateway id="fork" /> <userTask id="a1" /> <userTask id="a2" /> <userTask id="b1" /> <userTask id="b2" />
        <endEvent id="aEnd" /> <endEvent id="bEnd" />
        start -> fork -> a1 -> a2 -> aEnd
        fork -> b1 -> b2 -> bEnd"#,
        Map::new(),
    );
    for (task, left) in [("a1", "a2 b1"), ("b1", "a2 b2"), ("a2", "b2"), ("b2", "")] {
        desk.complete(task);
        assert_eq!(desk.tree(), left);
    }
    assert!(desk.ended());
}

/// InclusiveGatewayTest.testWhitespaceInExpression
/// InclusiveGatewayTest.testNoIdOnSequenceFlow
#[test]
fn conditions_may_have_blanks_around_and_flows_no_ids_or_no_condition() {
    let model = r#"
        <startEvent id="start" /> <inclusiveGateway id="fork" /> <userTask id="one" /> <userTask id="all" />
        start -> fork
        <sequenceFlow sourceRef="fork" targetRef="one"><conditionExpression xsi:type="tFormalExpression">

            ${x == 1}
        </conditionExpression></sequenceFlow>
        <sequenceFlow sourceRef="fork" targetRef="all" />
    "#;
    assert_eq!(Desk::start(model, x(3)).tasks(), ["all"]);
    assert_eq!(Desk::start(model, x(1)).tasks(), ["all", "one"]);
}

/// InclusiveGatewayTest.testUnknownVariableInExpression
#[test]
fn what_is_not_known_is_an_error() {
    let model = FORK.replace("${x > 1}", "${missing > 1}");
    let error = Desk::with(&model).run(x(1)).expect_err("refused");
    let error = error.to_string();
    assert!(
        error.contains("Unknown property used in expression"),
        "{error}"
    );
}

// differs: InclusiveGatewayTest.testInvalidMethodExpression, ExclusiveGatewayTest.testInvalidMethodExpression: an unknown method of a variable is refused when the model is deployed, not when it runs

/// InclusiveGatewayTest.testDecideBasedOnBeanProperty
/// InclusiveGatewayTest.testDecideBasedOnListOrArrayOfBeans
#[test]
fn conditions_look_into_maps_and_lists() {
    let order = |price: i32| Value::Map(vars([("price", price.into())]));
    for path in ["order.price", "orders[1].price"] {
        let model = format!(
            r#"<startEvent id="start" /> <inclusiveGateway id="fork" />
            <userTask id="basic" /> <userTask id="standard" /> <userTask id="gold" />
            start -> fork
            fork -> basic if ${{{path} < 100}}
            fork -> standard if ${{{path} < 150}}
            fork -> gold if ${{{path} < 250}}"#
        );
        let of = |price: i32| {
            vars([
                ("order", order(price)),
                ("orders", Value::List(vec![order(0), order(price)])),
            ])
        };
        for (price, tasks) in [
            (10, vec!["basic", "gold", "standard"]),
            (125, vec!["gold", "standard"]),
            (175, vec!["gold"]),
        ] {
            assert_eq!(Desk::start(&model, of(price)).tasks(), tasks);
        }
        let refused = Desk::with(&model).run(of(300));
        assert!(matches!(refused, Err(Error::NoOutgoingFlow { .. })));
    }
}

/// InclusiveGatewayTest.testSplitMergeSplit
#[test]
fn a_join_may_have_a_default_flow() {
    let model = FORK.replace(
        r#"<inclusiveGateway id="join" />"#,
        r#"<inclusiveGateway id="join" default="join-after" />"#,
    );
    let mut desk = Desk::start(&model, x(3));
    desk.complete("a");
    desk.complete("b");
    assert_eq!(desk.tree(), "after");
}

/// InclusiveGatewayTest.testLoop
#[test]
fn a_loop_before_a_join_runs_its_rounds() {
    let mut desk = Desk::start(
        r#"<startEvent id="start" /> <scriptTask id="a" scriptFormat="juel"><script>${execution.setVariable('x', x + 1)}</script></scriptTask>
        <task id="b" /> <userTask id="c" /> <exclusiveGateway id="again" /> <inclusiveGateway id="one" /> <inclusiveGateway id="two" /> <endEvent id="end" />
        start -> a -> again
        again -> a if ${x <= 5}
        again -> one if ${x > 5}
        start -> b -> one -> two -> end
        start -> c -> two"#,
        x(1),
    );
    assert_eq!(desk.tasks(), ["c"]);
    desk.complete("c");
    assert!(desk.ended(), "{}", desk.tree());
}

/// InclusiveGatewayTest.testJoinAfterSubprocesses
#[test]
fn a_join_behind_sub_processes() {
    let sub = |n: i32| {
        format!(
            r#"<subProcess id="sub{n}"><startEvent id="s{n}" /> <userTask id="task{n}" />
            s{n} -> task{n}
            </subProcess>"#
        )
    };
    let model = format!(
        r#"<startEvent id="start" /> <inclusiveGateway id="fork" /> <inclusiveGateway id="join" /> <userTask id="after" />
        {} {}
        start -> fork
        fork -> sub1 if ${{a == 1}}
        fork -> sub2 if ${{b == 1}}
        sub1 -> join -> after
        sub2 -> join"#,
        sub(1),
        sub(2)
    );
    let ab = |a: i32, b: i32| vars([("a", a.into()), ("b", b.into())]);
    let mut desk = Desk::start(&model, ab(1, 1));
    desk.complete("task1");
    assert_eq!(desk.tasks(), ["task2"]);
    desk.complete("task2");
    assert_eq!(desk.tasks(), ["after"]);
    let mut desk = Desk::start(&model, ab(1, 2));
    desk.complete("task1");
    assert_eq!(desk.tasks(), ["after"]);
    let refused = Desk::with(&model).run(ab(2, 2));
    assert!(matches!(refused, Err(Error::NoOutgoingFlow { .. })));
}

/// InclusiveGatewayTest.testJoinAfterCall
#[test]
fn a_join_behind_a_call() {
    let mut desk = Desk::with(
        r#"<startEvent id="start" /> <inclusiveGateway id="fork" /> <inclusiveGateway id="join" />
        <userTask id="a" /> <userTask id="b" /> <callActivity id="call" calledElement="called" /> <userTask id="d" />
        start -> fork -> a -> join -> d
        fork -> b -> join
        fork -> call -> join"#,
    )
    .and(
        "called",
        r#"<startEvent id="s" /> <userTask id="c" />
        s -> c"#,
    )
    .started(Map::new());
    for (task, left) in [("a", vec!["b", "c"]), ("b", vec!["c"]), ("c", vec!["d"])] {
        desk.complete(task);
        assert_eq!(desk.tasks(), left);
    }
}

/// InclusiveGatewayTest.testJoinAfterSequentialMultiInstanceSubProcess
/// InclusiveGatewayTest.testJoinAfterParallelMultiInstanceSubProcess
/// InclusiveGatewayTest.testJoinAfterNestedScopes
#[test]
fn a_token_deep_inside_counts_as_its_scope() {
    let many = |sequential: bool| {
        format!(
            r#"<multiInstanceLoopCharacteristics isSequential="{sequential}"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
            <startEvent id="s" /> <userTask id="inner" />
            s -> inner"#
        )
    };
    let nested = r#"<startEvent id="s" /> <subProcess id="deep"> <startEvent id="ds" /> <userTask id="inner" />
        ds -> inner
        </subProcess>
        s -> deep"#;
    for inside in [many(true), many(false), nested.to_owned()] {
        let mut desk = Desk::start(
            &format!(
                r#"<startEvent id="start" /> <inclusiveGateway id="fork" /> <inclusiveGateway id="join" /> <userTask id="work" /> <userTask id="after" />
                <subProcess id="sub">
                {inside}
                </subProcess>
                start -> fork -> work -> join -> after
                fork -> sub -> join"#
            ),
            Map::new(),
        );
        desk.complete("work");
        assert!(!desk.tasks().contains(&"after".to_owned()));
        while desk.tasks().contains(&"inner".to_owned()) {
            desk.complete("inner");
        }
        assert_eq!(desk.tasks(), ["after"]);
    }
}

/// InclusiveGatewayTest.testTriggerGatewayWithEnoughArrivedTokens
#[test]
fn it_goes_on_when_a_token_came_over_each_flow() {
    let mut desk = Desk::start(
        r#"<startEvent id="start" /> <userTask id="before" /> <inclusiveGateway id="gate" /> <userTask id="after" />
        start -> before -> gate -> after"#,
        Map::new(),
    );
    desk.ok(Command::Modify {
        process_instance: "instance".into(),
        instructions: vec![Instruction::StartBefore {
            activity: "before".into(),
            variables: Map::new(),
        }],
    });
    assert_eq!(desk.tree(), "before before");
    desk.complete("before");
    assert_eq!(desk.tree(), "after before");
}

/// InclusiveGatewayTest.testLoopingInclusiveGateways
#[test]
fn a_join_in_a_circle_of_gateways_waits_for_who_comes_first_to_it() {
    let desk = Desk::start(
        r#"<startEvent id="start" /> <endEvent id="end" /> <userTask id="task1" /> <userTask id="task2" />
        <inclusiveGateway id="gate1" /> <inclusiveGateway id="gate2" /> <inclusiveGateway id="gate3" /> <inclusiveGateway id="gate4" /> <inclusiveGateway id="gate5" />
        start -> gate1 -> gate2 -> gate3 -> gate4 -> gate5 -> end
        gate5 -> gate1 -> task1 -> gate4
        gate2 -> task2 -> gate3"#,
        Map::new(),
    );
    assert_eq!(desk.tree(), "gate3 task1 task2");
}

/// InclusiveGatewayTest.testJoinAfterEventBasedGateway
/// InclusiveGatewayTest.testJoinAfterEventBasedGatewayInSubProcess
/// InclusiveGatewayTest.testJoinAfterEventBasedGatewayContainedInSubProcess
#[test]
fn who_waits_at_an_event_based_gateway_can_still_come() {
    let gate = r#"<eventBasedGateway id="gate" /> <exclusiveGateway id="merge" />
        <intermediateCatchEvent id="one"><messageEventDefinition messageRef="letter" /></intermediateCatchEvent>
        <intermediateCatchEvent id="two"><signalEventDefinition signalRef="alarm" /></intermediateCatchEvent>
        gate -> one -> merge
        gate -> two -> merge"#;
    let flat = format!(
        r#"<startEvent id="start" /> <inclusiveGateway id="fork" /> <userTask id="work" /> {gate}
        <inclusiveGateway id="join" /> <userTask id="after" />
        start -> fork
        fork -> work if ${{true}}
        fork -> gate if ${{true}}
        work -> join -> after
        merge -> join"#
    );
    let inside = format!(
        r#"<startEvent id="begin" /> <subProcess id="sub">
        {flat}
        </subProcess>
        begin -> sub"#
    );
    let contained = format!(
        r#"<startEvent id="start" /> <inclusiveGateway id="fork" /> <userTask id="work" />
        <subProcess id="sub"> <startEvent id="s" /> {gate}
          <endEvent id="e" />
          s -> gate
          merge -> e
        </subProcess>
        <inclusiveGateway id="join" /> <userTask id="after" />
        start -> fork
        fork -> work if ${{true}}
        fork -> sub if ${{true}}
        work -> join -> after
        sub -> join"#
    );
    for model in [flat, inside, contained] {
        let mut desk = Desk::start(&model, Map::new());
        desk.complete("work");
        assert_eq!(desk.tasks(), Vec::<String>::new());
        desk.message("letter");
        assert_eq!(desk.tasks(), ["after"]);
    }
}

/// InclusiveGatewayTest.shouldCompleteWithConcurrentExecution_ParallelGateway
/// InclusiveGatewayTest.shouldCompleteWithConcurrentExecution_InclusiveGateway
#[test]
fn behind_an_asynchronous_join_there_is_one_token() {
    for kind in ["parallelGateway", "inclusiveGateway"] {
        let mut desk = Desk::start(
            &format!(
                r#"<startEvent id="start" /> <endEvent id="end" /> <{kind} id="fork1" /> <{kind} id="join1" camunda:asyncAfter="true" />
                <inclusiveGateway id="fork2" /> <inclusiveGateway id="join2" />
                <sequenceFlow sourceRef="fork1" targetRef="join1" /> <sequenceFlow sourceRef="fork1" targetRef="join1" />
                <sequenceFlow sourceRef="fork2" targetRef="join2"><conditionExpression xsi:type="tFormalExpression">${{true}}</conditionExpression></sequenceFlow>
                <sequenceFlow sourceRef="fork2" targetRef="join2"><conditionExpression xsi:type="tFormalExpression">${{false}}</conditionExpression></sequenceFlow>
                start -> fork1
                join1 -> fork2
                join2 -> end"#
            ),
            Map::new(),
        );
        assert_eq!(desk.instance.jobs().count(), 1);
        desk.execute("join1");
        assert!(desk.ended(), "{}", desk.tree());
        assert_eq!(desk.end_state(), Some(InstanceState::Completed));
    }
}

// not applicable: InclusiveGatewayTest.testDecideBasedOnBeanMethod: it calls methods of a Java object

//! Sub-processes: scopes that end when all in them has ended.

use crate::support::*;
use crewdesk::value::Map;

/// Elements around one another: each id is a sub-process around the next, the last what is in it.
fn nested(ids: &[&str], inside: &str) -> String {
    ids.iter().rev().fold(inside.to_owned(), |inside, id| {
        format!(
            r#"<startEvent id="s{id}" /> <subProcess id="{id}">
            {inside}
            </subProcess>
            s{id} -> {id}"#
        )
    })
}

const WORK: &str =
    "<startEvent id=\"s\" /> <userTask id=\"work\" /> <endEvent id=\"e\" />\ns -> work -> e";
const OPEN: &str = "<startEvent id=\"s\" /> <userTask id=\"work\" />\ns -> work";

fn after(id: &str) -> String {
    format!("\n<userTask id=\"after\" />\n{id} -> after")
}

fn timer(on: &str, hours: u32) -> String {
    format!(
        r#"
        <boundaryEvent id="late{on}" attachedToRef="{on}"><timerEventDefinition><timeDuration>PT{hours}H</timeDuration></timerEventDefinition></boundaryEvent>
        <userTask id="fix{on}" />
        late{on} -> fix{on}"#
    )
}

/// SubProcessTest.testSimpleSubProcess
/// SubProcessTest.testNestedSimpleSubProcess
/// SubProcessTest.testNestedSimpleSubProcessWithoutEndEvent
/// SubProcessTest.testDoubleNestedSimpleSubProcess
#[test]
fn what_is_inside_ends_then_those_around() {
    for inside in [WORK, OPEN] {
        for (ids, tree) in [
            (vec!["a"], "a(work)"),
            (vec!["a", "b"], "a(b(work))"),
            (vec!["a", "b", "c"], "a(b(c(work)))"),
        ] {
            let mut desk = Desk::start(&(nested(&ids, inside) + &after("a")), Map::new());
            assert_eq!(desk.tree(), tree);
            desk.complete("work");
            assert_eq!(desk.tree(), "after");
            desk.complete("after");
            assert!(desk.ended());
        }
    }
}

/// SubProcessTest.testSimpleAutomaticSubProcess
/// SubProcessTest.testSimpleSubProcessWithoutEndEvent
/// SubProcessTest.testNestedSubProcessesWithoutEndEvents
#[test]
fn without_a_wait_state_it_is_done_at_once() {
    for work in [
        r#"<manualTask id="work" />"#,
        r#"<scriptTask id="work" scriptFormat="javascript"><script>print('hello')</script></scriptTask>"#,
    ] {
        for ids in [vec!["a"], vec!["a", "b", "c"]] {
            let inside = format!("<startEvent id=\"s\" /> {work}\ns -> work");
            assert!(Desk::start(&nested(&ids, &inside), Map::new()).ended());
        }
    }
}

/// SubProcessTest.testSimpleSubProcessWithTimer
/// SubProcessTest.testNestedSimpleSubprocessWithTimerOnInnerSubProcess
/// SubProcessTest.testSimpleParallelSubProcessWithTimer
/// SubProcessTest.testTwoNestedSubProcessesInParallelWithTimer
#[test]
fn a_timer_ends_it_with_all_inside() {
    let mut desk = Desk::start(&(nested(&["a"], WORK) + &timer("a", 2)), Map::new());
    desk.execute("latea");
    assert_eq!(desk.tree(), "fixa");
    let inner = nested(&["b"], WORK) + &timer("b", 1);
    let mut desk = Desk::start(&(nested(&["a"], &inner) + &after("a")), Map::new());
    desk.execute("lateb");
    assert_eq!(desk.tree(), "a(fixb)");
    desk.complete("fixb");
    assert_eq!(desk.tree(), "after");
    let mut desk = Desk::start(&(nested(&["a"], FORKED) + &timer("a", 4)), Map::new());
    desk.complete("one");
    desk.execute("latea");
    assert_eq!(desk.tree(), "fixa");
    let mut desk = Desk::start(&(nested(&["a"], &two()) + &timer("a", 2)), Map::new());
    assert_eq!(desk.tree(), "a(left(workLeft) right(workRight))");
    desk.execute("latea");
    assert_eq!(desk.tree(), "fixa");
}

const FORKED: &str = r#"<startEvent id="s" /> <parallelGateway id="fork" /> <userTask id="one" /> <userTask id="two" /> <parallelGateway id="join" /> <endEvent id="e" />
    s -> fork -> one -> join -> e
    fork -> two -> join"#;

/// SubProcessTest.testSimpleParallelSubProcess
/// SubProcessTest.testConcurrencyInSubProcess
#[test]
fn two_paths_inside_are_joined() {
    let mut desk = Desk::start(&(nested(&["a"], FORKED) + &after("a")), Map::new());
    assert_eq!(desk.tree(), "a(one two)");
    desk.complete("one");
    assert_eq!(desk.tasks(), ["two"]);
    desk.complete("two");
    assert_eq!(desk.tree(), "after");
}

/// Two sub-processes beside each other and a join.
fn two() -> String {
    let sub = |id: &str, task: &str| {
        format!(
            r#"<subProcess id="{id}"> <startEvent id="s{id}" /> <userTask id="{task}" />
            s{id} -> {task}
            </subProcess>"#
        )
    };
    format!(
        r#"<startEvent id="s" /> <parallelGateway id="fork" /> <parallelGateway id="join" /> {} {}
        s -> fork -> left -> join
        fork -> right -> join"#,
        sub("left", "workLeft"),
        sub("right", "workRight")
    )
}

/// SubProcessTest.testTwoSubProcessInParallel
/// SubProcessTest.testTwoSubProcessInParallelWithinSubProcess
#[test]
fn two_beside_each_other() {
    for (model, tree) in [
        (two() + &after("join"), "left(workLeft) right(workRight)"),
        (
            nested(&["a"], &two()) + &after("a"),
            "a(left(workLeft) right(workRight))",
        ),
    ] {
        let mut desk = Desk::start(&model, Map::new());
        assert_eq!(desk.tree(), tree);
        desk.complete("workLeft");
        assert_eq!(desk.tasks(), ["workRight"]);
        desk.complete("workRight");
        assert_eq!(desk.tree(), "after");
    }
}

/// SubProcessTest.testInstanceSubProcessInstanceIdSet
#[test]
fn a_called_instance_is_known_at_its_call() {
    let desk = Desk::with(
        r#"<startEvent id="start" /> <callActivity id="call" calledElement="called" />
        start -> call"#,
    )
    .and("called", OPEN)
    .started(Map::new());
    let mut executions = desk.instance.executions();
    let call = executions.find(|e| e.activity_id.as_deref() == Some("call"));
    let call = call.expect("the call").id.clone();
    let called = desk
        .instance
        .children(&call)
        .next()
        .expect("the called instance");
    assert_eq!(called.id, called.process_instance_id);
    assert_eq!(desk.task("work").process_instance_id, called.id);
}

//! Several flows out of an activity: a fork, an inclusive one where they have conditions.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::Map;

#[test]
fn conditional_flows_of_an_activity_are_inclusive_and_the_default_is_for_none() {
    let model = r#"
        <startEvent id="start" />
        <task id="work" default="work-rest" />
        <userTask id="a" /> <userTask id="b" /> <userTask id="rest" /> <userTask id="always" />
        start -> work
        work -> a if ${x > 0}
        work -> b if ${x > 1}
        work -> rest
    "#;
    for (x, at) in [(0, vec!["rest"]), (1, vec!["a"]), (2, vec!["a", "b"])] {
        let desk = Desk::start(model, vars([("x", x.into())]));
        assert_eq!(desk.tokens(), at);
    }
}

fn x(value: i32) -> Map {
    vars([("x", value.into())])
}

#[test]
fn conditions_on_the_flows_of_an_activity_fork() {
    let model = r#"
        <startEvent id="start" /> <task id="t" default="t-c" /> <userTask id="a" /> <userTask id="b" /> <userTask id="c" />
        start -> t
        t -> a if ${x > 1}
        t -> b if ${x > 2}
        t -> c
    "#;
    for (value, tasks) in [(1, vec!["c"]), (2, vec!["a"]), (3, vec!["a", "b"])] {
        assert_eq!(Desk::start(model, x(value)).tasks(), tasks);
    }
}

#[test]
fn an_activity_none_of_whose_flows_is_open_is_an_error() {
    let mut desk = Desk::with(
        r#"
        <startEvent id="start" /> <task id="work" /> <userTask id="a" />
        start -> work
        work -> a if ${x}
        "#,
    );
    let refused = desk.run(vars([("x", false.into())]));
    assert!(matches!(refused, Err(Error::NoOutgoingFlow { .. })));
}

#[test]
fn several_flows_are_an_implicit_fork_and_several_tokens_pass_a_merge_one_by_one() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <task id="work" /> <userTask id="both" /> <task id="x" /> <task id="y" />
        start -> work
        work -> x -> both
        work -> y -> both
        "#,
        Map::new(),
    );
    assert_eq!(desk.tokens(), ["both", "both"]);
    desk.complete("both");
    assert!(!desk.ended());
    desk.complete("both");
    assert!(desk.ended());
}

/// ConditionalSequenceFlowTest.testUelExpression
/// ConditionalSequenceFlowTest.testNoExpressionTrueThrowsException
/// DefaultSequenceFlowTest.testDefaultSequenceFlowOnTask
#[test]
fn the_flows_of_a_start_event_have_conditions_too() {
    let model = r#"
        <startEvent id="start" /> <userTask id="left" /> <userTask id="right" /> <userTask id="rest" />
        start -> left if ${way == 'left'}
        start -> right if ${way == 'right'}
    "#;
    let way = |way: &str| vars([("way", way.into())]);
    assert_eq!(Desk::start(model, way("right")).tasks(), ["right"]);
    let mut desk = Desk::with(model);
    let refused = desk.run(way("nowhere"));
    assert!(matches!(refused, Err(Error::NoOutgoingFlow { .. })));
    let model = model.replace(r#""start" />"#, r#""start" default="start-rest" />"#);
    let model = model + "\nstart -> rest";
    for (to, task) in [("left", "left"), ("nowhere", "rest")] {
        assert_eq!(Desk::start(&model, way(to)).tasks(), [task]);
    }
}

const SUB: &str = r#"
    <startEvent id="start" />
    <subProcess id="sub"> <startEvent id="s" /> <userTask id="inner" />
      s -> inner
      <subProcess id="handler" triggeredByEvent="true">
        <startEvent id="on"><messageEventDefinition messageRef="letter" /></startEvent> <userTask id="handled" />
        on -> handled
      </subProcess>
    </subProcess>
    start -> sub
"#;

/// UncontrolledFlowTest.testSubProcessTwoOutgoingFlowsCorrelateMessage
#[test]
fn a_sub_process_with_two_flows_is_left_once_and_waits_for_nothing_more() {
    let model = SUB.to_owned()
        + r#"<userTask id="one" /> <userTask id="two" />
        sub -> one
        sub -> two"#;
    let mut desk = Desk::start(&model, Map::new());
    assert_eq!(desk.subscriptions(), ["message letter on"]);
    desk.complete("inner");
    assert_eq!(desk.tasks(), ["one", "two"]);
    assert_eq!(desk.subscriptions(), Vec::<String>::new());
}

/// UncontrolledFlowTest.testSubProcessTwoOutgoingFlowsEndProcess
#[test]
fn two_flows_to_ends_end_the_process() {
    let model = SUB.to_owned()
        + r#"<endEvent id="one" /> <endEvent id="two" />
        sub -> one
        sub -> two"#;
    let mut desk = Desk::start(&model, Map::new());
    desk.complete("inner");
    assert!(desk.ended());
}

// not applicable: ConditionalSequenceFlowTest.testValueAndMethodExpression: it calls methods of a Java object

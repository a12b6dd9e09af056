//! The exclusive gateway: the first true flow, or the default, or an error.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

const EXCLUSIVE: &str = r#"
    <startEvent id="start" />
    <exclusiveGateway id="choice" default="choice-other" />
    <userTask id="small" /> <userTask id="big" /> <userTask id="other" />
    start -> choice
    choice -> small if ${amount < 10}
    choice -> big if ${amount < 100}
    choice -> other
"#;

/// ExclusiveGatewayTest.testDivergingExclusiveGateway
/// ExclusiveGatewayTest.testMultipleValidConditions
/// ExclusiveGatewayTest.testDefaultSequenceFlow
#[test]
fn the_first_true_flow_of_an_exclusive_gateway_wins_and_the_default_is_last() {
    for (amount, at) in [(5, "small"), (50, "big"), (500, "other")] {
        let desk = Desk::start(EXCLUSIVE, vars([("amount", amount.into())]));
        assert_eq!(desk.tokens(), [at]);
    }
}

#[test]
fn a_condition_must_be_a_boolean() {
    for value in [Value::Null, "true".into(), 1.into()] {
        let mut desk = Desk::with(
            r#"
            <startEvent id="start" />
            <exclusiveGateway id="choice" default="choice-b" /> <userTask id="a" /> <userTask id="b" />
            start -> choice
            choice -> a if ${x}
            choice -> b
            "#,
        );
        let error = desk.run(vars([("x", value)])).expect_err("refused");
        assert!(matches!(&error, Error::Expression { at, .. } if at.element == "choice-a"));
        assert!(error.place().is_some_and(|place| place.position.line > 1));
        assert!(desk.ended());
    }
}

/// ExclusiveGatewayTest.testNoSequenceFlowSelected
#[test]
fn no_way_on_is_an_error_that_leaves_nothing_behind() {
    let mut desk = Desk::with(
        r#"
        <startEvent id="start" />
        <exclusiveGateway id="choice" /> <userTask id="a" /> <userTask id="b" />
        start -> choice
        choice -> a if ${x == 1}
        choice -> b if ${x == 2}
        "#,
    );
    let error = desk.run(vars([("x", 3.into())])).expect_err("refused");
    assert!(matches!(error, Error::NoOutgoingFlow { .. }));
    assert!(error.to_string().contains("ENGINE-02004"));
    assert!(desk.ended());
}

#[test]
fn a_loop_without_a_wait_state_is_stopped() {
    let mut desk = Desk::with(
        r#"
        <startEvent id="start" /> <task id="a" /> <exclusiveGateway id="again" default="again-a" />
        <endEvent id="end" />
        start -> a -> again
        again -> end if ${false}
        again -> a
        "#,
    );
    desk.world.limits.steps = 10_000;
    let stopped = desk.run(Map::new()).expect_err("stopped");
    assert!(matches!(stopped, Error::EndlessLoop { limit: 10_000, .. }));
    let at = stopped.place().expect("says where");
    assert!(["a", "again"].contains(&at.element.as_str()), "{at:?}");
    assert!(at.position.line > 0);
    assert!(desk.ended());
}

/// ExclusiveGatewayTest.testLoopWithManyIterations
#[test]
fn a_long_loop_runs_to_its_end_in_one_command() {
    let mut desk = Desk::with(
        r#"
        <startEvent id="start" />
        <serviceTask id="count" camunda:expression="${n + 1}" camunda:resultVariable="n" />
        <exclusiveGateway id="again" default="again-count" /> <userTask id="done" />
        start -> count -> again
        again -> done if ${n >= 5000}
        again -> count
        "#,
    );
    let changes = desk.run(vars([("n", 0.into())])).expect("starts");
    assert_eq!(desk.var("n"), Some(Value::Long(5_000)));
    let rows = changes.iter().filter(|c| !matches!(c, Change::Event(_)));
    assert!(rows.count() < 10, "rows that came and went are not told");
}

#[test]
fn each_visit_of_a_loop_is_an_activity_instance_of_its_own() {
    let mut desk = Desk::start(
        r#"<startEvent id="start" /> <exclusiveGateway id="again" />
        <userTask id="work" camunda:asyncAfter="true" /> <exclusiveGateway id="fit" default="fit-end" />
        <endEvent id="end" />
        start -> again -> work -> fit -> end
        fit -> again if ${more}"#,
        vars([("more", true.into())]),
    );
    for round in 1..=3 {
        let task = desk.instance.tasks().next().expect("a task").id.clone();
        desk.apply(Command::CompleteTask {
            task,
            user: None,
            variables: vars([("more", (round < 3).into())]),
        })
        .expect("it is completed");
        let job = desk.instance.jobs().next().expect("a job").id.clone();
        desk.apply(Command::ExecuteJob { job }).expect("it goes on");
    }
    assert!(desk.ended());
    let ids = |activity: &str| -> Vec<String> {
        let begun = desk.log.iter().filter_map(|event| match event {
            Event::ActivityStarted {
                id, activity_id, ..
            } if activity_id == activity => Some(id.clone()),
            _ => None,
        });
        begun.collect()
    };
    for activity in ["again", "work", "fit"] {
        let mut ids = ids(activity);
        assert_eq!(ids.len(), 3, "{activity} was visited three times");
        assert!(ids.iter().all(|id| id.starts_with(&format!("{activity}:"))));
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 3, "{activity}: {ids:?}");
    }
}

/// ExclusiveGatewayTest.testDecisionFunctionality
#[test]
fn each_value_has_its_way_or_none() {
    let model = r#"
        <startEvent id="start" /> <exclusiveGateway id="choice" />
        <userTask id="mail" /> <userTask id="check" /> <userTask id="call" />
        start -> choice
        choice -> mail if ${x == 1}
        choice -> check if ${x == 2}
        choice -> call if ${x == 3}
    "#;
    for (x, task) in [(1, "mail"), (2, "check"), (3, "call")] {
        assert_eq!(Desk::start(model, vars([("x", x.into())])).tasks(), [task]);
    }
    let refused = Desk::with(model).run(vars([("x", 4.into())]));
    assert!(matches!(refused, Err(Error::NoOutgoingFlow { .. })));
}

/// ExclusiveGatewayTest.testMergingExclusiveGateway
#[test]
fn it_lets_each_token_pass_that_comes() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" /> <exclusiveGateway id="merge" /> <userTask id="work" />
        <task id="a" /> <task id="b" /> <task id="c" />
        start -> a -> merge -> work
        start -> b -> merge
        start -> c -> merge
        "#,
        Map::new(),
    );
    assert_eq!(desk.tasks(), ["work", "work", "work"]);
}

/// ExclusiveGatewayTest.testWhitespaceInExpression
/// ExclusiveGatewayTest.testNoIdOnSequenceFlow
#[test]
fn conditions_may_have_blanks_around_and_flows_no_ids() {
    let model = r#"
        <startEvent id="start" /> <exclusiveGateway id="choice" /> <userTask id="one" /> <userTask id="more" />
        <sequenceFlow sourceRef="start" targetRef="choice" />
        <sequenceFlow sourceRef="choice" targetRef="one"><conditionExpression xsi:type="tFormalExpression">

            ${x == 1}
        </conditionExpression></sequenceFlow>
        <sequenceFlow sourceRef="choice" targetRef="more"><conditionExpression xsi:type="tFormalExpression"><![CDATA[
            ${x > 1} ]]></conditionExpression></sequenceFlow>
    "#;
    for (x, task) in [(1, "one"), (3, "more")] {
        assert_eq!(Desk::start(model, vars([("x", x.into())])).tasks(), [task]);
    }
}

/// ExclusiveGatewayTest.testUnknownVariableInExpression
#[test]
fn what_is_not_known_is_an_error() {
    let error = Desk::with(EXCLUSIVE).run(Map::new()).expect_err("refused");
    let error = error.to_string();
    assert!(
        error.contains("Unknown property used in expression"),
        "{error}"
    );
}

#[test]
fn a_method_that_nobody_has_is_refused() {
    let problems = refused(&EXCLUSIVE.replace("amount < 10}", "amount.isAbove(10)}"));
    assert!(
        problems.contains("calls isAbove() of 'amount'"),
        "{problems}"
    );
}

fn order(price: i32) -> Value {
    Value::Map(vars([("price", price.into())]))
}

/// ExclusiveGatewayTest.testDecideBasedOnBeanProperty
/// ExclusiveGatewayTest.testDecideBasedOnListOrArrayOfBeans
#[test]
fn conditions_look_into_maps_and_lists() {
    for path in [
        "order.price",
        "orders[1].price",
        "orders.get(1).price",
        "order['price']",
    ] {
        let model = format!(
            r#"<startEvent id="start" /> <exclusiveGateway id="choice" />
            <userTask id="basic" /> <userTask id="standard" /> <userTask id="gold" />
            start -> choice
            choice -> basic if ${{{path} < 100}}
            choice -> standard if ${{{path} > 100 && {path} < 250}}
            choice -> gold if ${{{path} >= 250}}"#
        );
        for (price, task) in [(10, "basic"), (150, "standard"), (300, "gold")] {
            let orders = Value::List(vec![order(0), order(price), order(0)]);
            let desk = Desk::start(&model, vars([("order", order(price)), ("orders", orders)]));
            assert_eq!(desk.tasks(), [task], "{path}");
        }
    }
}

/// ExclusiveGatewayTest.testFlowWithoutConditionNoDefaultFlow
/// ExclusiveGatewayTest.testDefaultFlowWithCondition
/// ExclusiveGatewayTest.testNoOutgoingFlow
#[test]
fn a_gateway_that_can_not_decide_is_refused() {
    let gateway = |attributes: &str, flows: &str| {
        format!(
            r#"<startEvent id="start" /> <exclusiveGateway id="choice" {attributes} /> <userTask id="a" /> <userTask id="b" /> <userTask id="c" />
            start -> choice
            {flows}"#
        )
    };
    for (attributes, flows, cause) in [
        (
            "",
            "choice -> a if ${x == 1}\nchoice -> b\nchoice -> c",
            "Exclusive Gateway 'choice' has outgoing sequence flow 'choice-b' without condition which is not the default flow",
        ),
        (
            r#"default="choice-b""#,
            "choice -> a if ${x == 1}\nchoice -> b if ${x == 3}",
            "Exclusive Gateway 'choice' has outgoing sequence flow 'choice-b' which is the default flow but has a condition too",
        ),
        (
            "",
            "",
            "Exclusive Gateway 'choice' has no outgoing sequence flows",
        ),
    ] {
        let problems = refused(&gateway(attributes, flows));
        assert!(problems.contains(cause), "{problems}");
    }
}

// not applicable: ExclusiveGatewayTest.testDecideBasedOnBeanMethod: it calls methods of a Java object

//! Exclusive and parallel gateways, implicit forks, conditional and default flows.

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

const FORK: &str = r#"
    <startEvent id="start" /> <parallelGateway id="fork" /> <parallelGateway id="join" />
    <userTask id="a" /> <userTask id="b" /> <userTask id="c" /> <userTask id="after" />
    start -> fork
    fork -> a -> join
    fork -> b -> join
    fork -> c -> join
    join -> after
"#;

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

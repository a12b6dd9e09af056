//! Conditional events: in between, on a boundary, in event sub-processes, behind event-based
//! gateways.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

pub fn condition(attributes: &str, text: &str) -> String {
    format!(
        r#"<conditionalEventDefinition {attributes}><condition xsi:type="tFormalExpression">{text}</condition></conditionalEventDefinition>"#
    )
}

fn catch(attributes: &str, text: &str) -> String {
    format!(
        r#"<startEvent id="start" /> <userTask id="before" />
        <intermediateCatchEvent id="wait">{}</intermediateCatchEvent> <userTask id="after" />
        start -> wait -> after"#,
        condition(attributes, text)
    )
}

/// IntermediateConditionalEventTest.testTrueCondition
#[test]
fn it_goes_on_at_once_if_it_holds_already() {
    let desk = Desk::start(&catch("", "${true}"), Map::new());
    assert_eq!(desk.tasks(), ["after"]);
    assert_eq!(desk.subscriptions(), Vec::<String>::new());
}

/// IntermediateConditionalEventTest.testFalseCondition
/// IntermediateConditionalEventTest.testVariableValue
/// IntermediateConditionalEventTest.testCleanUpConditionalEventSubscriptions
#[test]
fn it_waits_until_a_variable_makes_it_true() {
    let mut desk = Desk::start(&catch("", "${x == 1}"), Map::new());
    assert_eq!(
        desk.subscriptions(),
        ["conditional  wait"],
        "no such variable: not true"
    );
    desk.set(vars([("x", 2.into())]));
    assert_eq!(desk.tokens(), ["wait"]);
    desk.set(vars([("x", 1.into())]));
    assert_eq!(desk.tasks(), ["after"]);
}

/// IntermediateConditionalEventTest.testVariableConditionWithVariableName
/// IntermediateConditionalEventTest.testVariableConditionWithVariableEvent
/// IntermediateConditionalEventTest.testVariableConditionWithVariableNameAndEvent
#[test]
fn it_may_look_at_one_variable_and_one_kind_of_change_only() {
    let mut desk = Desk::start(
        &catch(r#"camunda:variableName="y""#, "${x == 1}"),
        Map::new(),
    );
    desk.set(vars([("x", 1.into())]));
    assert_eq!(desk.tokens(), ["wait"]);
    desk.set(vars([("y", 0.into())]));
    assert_eq!(desk.tasks(), ["after"]);
    let events = r#"camunda:variableName="x" camunda:variableEvents="update, delete""#;
    let mut desk = Desk::start(
        &catch(events, "${true}").replace("start -> wait", "start -> before -> wait"),
        Map::new(),
    );
    desk.complete("before");
    assert_eq!(desk.tasks(), ["after"], "on entering it is tested anyway");
    let mut desk = Desk::start(&catch(events, "${x > 0}"), Map::new());
    desk.set(vars([("x", 1.into())]));
    assert_eq!(desk.tokens(), ["wait"], "created only");
    desk.set(vars([("x", 2.into())]));
    assert_eq!(desk.tasks(), ["after"]);
}

#[test]
fn it_hears_only_what_it_sees() {
    let model = format!(
        r#"<startEvent id="start" /> <userTask id="beside" />
        <intermediateCatchEvent id="wait">{}</intermediateCatchEvent> <userTask id="after" />
        start -> wait -> after
        start -> beside"#,
        condition("", "${x == 1}")
    );
    let mut desk = Desk::start(&model, vars([("x", 0.into())]));
    let beside = desk.task("beside").execution_id;
    let set = |scope: &str, value: i32| Command::SetVariables {
        scope: scope.into(),
        variables: vars([("x", value.into())]),
        local: true,
    };
    desk.ok(set(&beside, 1));
    assert_eq!(desk.tokens(), ["beside", "wait"], "it is local to another");
    desk.ok(set("instance", 1));
    assert_eq!(desk.tasks(), ["after", "beside"]);
}

pub fn boundary(interrupting: bool, text: &str, work: &str) -> String {
    format!(
        r#"<startEvent id="start" /> {work} <userTask id="next" /> <userTask id="caught" />
        <boundaryEvent id="on" attachedToRef="work" cancelActivity="{interrupting}">{}</boundaryEvent>
        start -> work -> next
        on -> caught"#,
        condition("", text)
    )
}

pub const TASK: &str = r#"<userTask id="work" />"#;

#[test]
fn an_event_based_gateway_takes_the_condition_that_holds() {
    let model = format!(
        r#"<startEvent id="start" /> <eventBasedGateway id="gate" />
        <intermediateCatchEvent id="one">{}</intermediateCatchEvent>
        <intermediateCatchEvent id="two">{}</intermediateCatchEvent>
        <userTask id="afterOne" /> <userTask id="afterTwo" />
        start -> gate
        gate -> one -> afterOne
        gate -> two -> afterTwo"#,
        condition("", "${x == 1}"),
        condition("", "${x == 2}")
    );
    let desk = Desk::start(&model, vars([("x", 2.into())]));
    assert_eq!(desk.tasks(), ["afterTwo"]);
    let mut desk = Desk::start(&model, vars([("x", 0.into())]));
    assert_eq!(desk.tokens(), ["gate"]);
    desk.set(vars([("x", 1.into())]));
    assert_eq!(desk.tasks(), ["afterOne"]);
    assert_eq!(desk.subscriptions(), Vec::<String>::new());
}

#[test]
fn a_condition_that_is_no_boolean_is_an_error() {
    let mut desk = Desk::start(&catch("", "${x}"), Map::new());
    let refused = desk.apply(Command::SetVariables {
        scope: "instance".into(),
        variables: vars([("x", Value::from("yes"))]),
        local: false,
    });
    assert!(matches!(refused, Err(Error::Expression { .. })));
}

#[test]
fn conditions_may_be_written_in_feel() {
    let model = catch("", "x > 3").replace("<condition ", r#"<condition language="feel" "#);
    let mut desk = Desk::start(&model, vars([("x", 1.into())]));
    desk.set(vars([("x", 4.into())]));
    assert_eq!(desk.tasks(), ["after"]);
}

#[test]
fn a_condition_that_makes_itself_true_again_is_stopped() {
    let model = format!(
        r#"<startEvent id="start" /> <userTask id="work" />
        <subProcess id="handler" triggeredByEvent="true">
          <extensionElements><camunda:executionListener event="start"
            expression="${{execution.setVariable('x', 1)}}" /></extensionElements>
          <startEvent id="on" isInterrupting="false">{}</startEvent> <userTask id="inside" />
          on -> inside
        </subProcess>
        start -> work"#,
        condition("", "${x == 1}")
    );
    let mut desk = Desk::start(&model, Map::new());
    desk.world.limits.steps = 1_000;
    // Were it not stopped by its steps, its expressions would be after millions of rounds.
    desk.world.limits.expressions.steps = 100_000;
    let stopped = desk.apply(Command::SetVariables {
        scope: "instance".into(),
        variables: vars([("x", 1.into())]),
        local: false,
    });
    assert!(
        matches!(stopped, Err(Error::EndlessLoop { limit: 1_000, .. })),
        "{stopped:?}"
    );
    assert_eq!(desk.tasks(), ["work"]);
}

pub fn set(desk: &mut Desk, scope: &str, local: bool, value: i32) -> Result<Vec<Change>, Error> {
    desk.apply(Command::SetVariables {
        scope: scope.into(),
        variables: vars([("x", value.into())]),
        local,
    })
}

fn wait(id: &str, text: &str) -> String {
    format!(
        r#"<intermediateCatchEvent id="{id}">{}</intermediateCatchEvent>"#,
        condition("", text)
    )
}

/// IntermediateConditionalEventTest.testParallelVariableValue
/// IntermediateConditionalEventTest.testParallelVariableValueEqualConditions
/// IntermediateConditionalEventTest.testParallelVariableSetValueOnParent
#[test]
fn several_wait_beside_each_other() {
    let model = |second: &str| {
        format!(
            r#"<startEvent id="start" /> <parallelGateway id="fork" /> <parallelGateway id="join" /> {} {}
            start -> fork -> one -> join
            fork -> two -> join"#,
            wait("one", "${x == 1}"),
            wait("two", second)
        )
    };
    let start = |second: &str| Desk::start(&model(second), vars([("x", 0.into())]));
    for own in [true, false] {
        let mut desk = start("${x == 2}");
        for (activity, value) in [("one", 1), ("two", 2)] {
            let waits = |s: &&Subscription| s.activity_id == activity;
            let waiting = desk.instance.subscriptions().find(waits).cloned();
            let own_scope = waiting.expect("it waits").execution_id;
            let scope = if own {
                own_scope
            } else {
                "instance".to_owned()
            };
            set(&mut desk, &scope, false, value).expect("set");
            assert_eq!(desk.subscriptions().len(), usize::from(value == 1));
        }
        assert!(desk.ended());
    }
    let mut desk = start("${x == 1}");
    set(&mut desk, "instance", false, 1).expect("set");
    assert!(desk.ended());
}

/// IntermediateConditionalEventTest.testSubProcessVariableValue
/// IntermediateConditionalEventTest.testSubProcessVariableSetValueOnParent
#[test]
fn inside_a_sub_process_it_hears_what_is_set_around_it() {
    let model = format!(
        r#"<startEvent id="start" /> <subProcess id="sub"> <startEvent id="s" /> {}
        s -> wait
        </subProcess>
        start -> sub"#,
        wait("wait", "${x == 1}")
    );
    let mut desk = Desk::start(&model, vars([("x", 0.into())]));
    let own = desk
        .instance
        .subscriptions()
        .next()
        .expect("it waits")
        .execution_id
        .clone();
    set(&mut desk, &own, true, 1).expect("set");
    assert!(desk.ended());
    let mut desk = Desk::start(&model, vars([("x", 0.into())]));
    set(&mut desk, "instance", false, 1).expect("set");
    assert!(desk.ended());
}

/// IntermediateConditionalEventTest.testSuspendedProcess
/// BoundaryConditionalEventTest.testSuspendedProcess
/// BoundaryConditionalEventTest.testNonInterruptingConditionalSuspendedProcess
#[test]
fn suspended_nothing_is_set_off() {
    for model in [
        catch("", "${x == 1}"),
        boundary(true, "${x == 1}", TASK),
        boundary(false, "${x == 1}", TASK),
    ] {
        let mut desk = Desk::start(&model, Map::new());
        let before = desk.tokens();
        let suspend = |suspended| Command::SetSuspended {
            process_instance: None,
            suspended,
        };
        desk.ok(suspend(true));
        desk.set(vars([("y", 1.into())]));
        let refused = set(&mut desk, "instance", false, 1);
        assert!(
            matches!(refused, Err(Error::Suspended { .. })),
            "{refused:?}"
        );
        assert_eq!(desk.tokens(), before);
        desk.ok(suspend(false));
    }
}

/// It is tested only where it may have come true, with the same result as if it always were.
#[test]
fn whatever_may_make_it_true_is_heard() {
    let count = |desk: &Desk| desk.tasks().iter().filter(|t| *t == "caught").count();
    let one = |name: &str| vars([(name, 1.into())]);
    // What does not interrupt happens again with each change.
    let mut desk = Desk::start(&boundary(false, "${x == 1}", TASK), one("x"));
    assert_eq!(count(&desk), 1);
    desk.set(one("y"));
    assert_eq!(count(&desk), 2);
    // What is read in other ways than by its name.
    for text in [
        "${execution.getVariable('x') == 1}",
        "${execution.getVariables().size() == 1}",
        "${execution.variableNames.contains('x')}",
    ] {
        let mut desk = Desk::start(&boundary(true, text, TASK), Map::new());
        desk.set(one("x"));
        assert_eq!(desk.tasks(), ["caught"], "{text}");
    }
    for (language, text) in [
        ("javascript", "typeof x !== 'undefined'"),
        ("feel", "x = 1"),
    ] {
        let model = boundary(true, text, TASK);
        let model = model.replace(
            "<condition ",
            &format!("<condition language=\"{language}\" "),
        );
        let mut desk = Desk::start(&model, Map::new());
        desk.set(one("x"));
        assert_eq!(desk.tasks(), ["caught"], "{text}");
    }
    // The time goes on without a change.
    let late = "${now().getTime() > since.getTime()}";
    let desk = Desk::with(&boundary(true, late, TASK));
    let since = vars([("since", desk.now.into())]);
    let mut desk = desk.started(since);
    desk.wait(1);
    assert_eq!(desk.tasks(), ["work"]);
    desk.set(one("y"));
    assert_eq!(desk.tasks(), ["caught"]);
}

/// Local variables of many are heard by their own condition alone, wherever they wait.
#[test]
fn a_local_change_is_heard_inside_alone() {
    let model = format!(
        r#"<startEvent id="start" />
        <subProcess id="all"><multiInstanceLoopCharacteristics><loopCardinality>5</loopCardinality></multiInstanceLoopCharacteristics>
          <startEvent id="s" /> <userTask id="work" /> <userTask id="caught" />
          <boundaryEvent id="on" attachedToRef="work">{}</boundaryEvent>
          s -> work
          on -> caught
        </subProcess>
        <intermediateCatchEvent id="wait">{}</intermediateCatchEvent> <userTask id="after" />
        <userTask id="other" /> <userTask id="told" />
        <boundaryEvent id="always" attachedToRef="other" cancelActivity="false">{}</boundaryEvent>
        start -> all
        start -> wait -> after
        start -> other
        always -> told"#,
        condition("", "${x == 1}"),
        condition("", "${y == 1}"),
        condition("", "${true}")
    );
    let mut desk = Desk::start(&model, Map::new());
    let of = |desk: &Desk, activity: &str| -> Vec<Id> {
        let found = desk.instance.executions();
        let found = found.filter(|e| e.activity_id.as_deref() == Some(activity));
        let mut ids: Vec<Id> = found.map(|e| e.id.clone()).collect();
        ids.sort();
        ids
    };
    let set = |desk: &mut Desk, scope: &Id, name: &str| {
        desk.ok(Command::SetVariables {
            scope: scope.clone(),
            variables: vars([(name, 1.into())]),
            local: true,
        });
    };
    let inside = of(&desk, "all");
    set(&mut desk, &inside[2], "x");
    // What holds all the time happens once more with each change, of those that it sees.
    let besides = ["other", "told"];
    let tasks = |desk: &Desk| -> Vec<String> {
        let mut tasks = desk.tasks();
        tasks.retain(|task| !besides.contains(&task.as_str()));
        tasks
    };
    let told = |desk: &Desk| desk.tasks().iter().filter(|t| *t == "told").count();
    assert_eq!(tasks(&desk), ["caught", "work", "work", "work", "work"]);
    let one = of(&desk, "work")[0].clone();
    for name in ["y", "x"] {
        set(&mut desk, &one, name);
    }
    let two = ["caught", "caught", "work", "work", "work"];
    assert_eq!(tasks(&desk), two);
    let all = of(&desk, "all#multiInstanceBody")[0].clone();
    set(&mut desk, &all, "y");
    assert_eq!(tasks(&desk), two);
    set(&mut desk, &all, "x");
    assert_eq!(
        (tasks(&desk), told(&desk)),
        (vec!["caught".to_owned(); 5], 1)
    );
    desk.set(vars([("y", 1.into())]));
    assert!(desk.tasks().contains(&"after".to_owned()));
    assert_eq!(told(&desk), 2);
}

//! Conditional events: in between, on a boundary, in event sub-processes, behind event-based
//! gateways.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

fn condition(attributes: &str, text: &str) -> String {
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

#[test]
fn it_goes_on_at_once_if_it_holds_already() {
    let desk = Desk::start(&catch("", "${true}"), Map::new());
    assert_eq!(desk.tasks(), ["after"]);
    assert_eq!(desk.subscriptions(), Vec::<String>::new());
}

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

fn boundary(interrupting: bool, text: &str, work: &str) -> String {
    format!(
        r#"<startEvent id="start" /> {work} <userTask id="next" /> <userTask id="caught" />
        <boundaryEvent id="on" attachedToRef="work" cancelActivity="{interrupting}">{}</boundaryEvent>
        start -> work -> next
        on -> caught"#,
        condition("", text)
    )
}

const TASK: &str = r#"<userTask id="work" />"#;

#[test]
fn a_boundary_condition_interrupts_or_not() {
    let mut desk = Desk::start(&boundary(true, "${x == 1}", TASK), Map::new());
    desk.set(vars([("x", 1.into())]));
    assert_eq!(desk.tasks(), ["caught"]);
    let mut desk = Desk::start(&boundary(false, "${x == 1}", TASK), Map::new());
    desk.set(vars([("x", 1.into())]));
    assert_eq!(desk.tasks(), ["caught", "work"]);
    desk.set(vars([("x", 1.into())]));
    assert_eq!(
        desk.tasks(),
        ["caught", "caught", "work"],
        "each change is tested"
    );
    desk.set(vars([("x", 1.into()), ("y", 1.into())]));
    assert_eq!(desk.tasks().len(), 5, "each variable counts");
    let desk = Desk::start(&boundary(true, "${true}", TASK), Map::new());
    assert_eq!(
        desk.tasks(),
        ["caught"],
        "it holds when the activity begins"
    );
}

#[test]
fn what_an_activity_sets_itself_interrupts_it() {
    let expression =
        r#"<serviceTask id="work" camunda:expression="${execution.setVariable('x', 1)}" />"#;
    let input = r#"<userTask id="work"><extensionElements><camunda:inputOutput>
        <camunda:inputParameter name="x">${1}</camunda:inputParameter></camunda:inputOutput></extensionElements></userTask>"#;
    let listener = r#"<userTask id="work"><extensionElements>
        <camunda:executionListener event="start" expression="${execution.setVariable('x', 1)}" /></extensionElements></userTask>"#;
    for work in [expression, input, listener] {
        let desk = Desk::start(&boundary(true, "${x == 1}", work), Map::new());
        assert_eq!(desk.tasks(), ["caught"], "{work}");
    }
    let desk = Desk::start(&boundary(false, "${x == 1}", expression), Map::new());
    assert_eq!(desk.tasks(), ["caught", "next"]);
}

#[test]
fn of_two_that_come_true_together_the_first_wins() {
    let model = format!(
        r#"<startEvent id="start" /> <userTask id="work" /> <userTask id="one" /> <userTask id="two" />
        <boundaryEvent id="on1" attachedToRef="work">{}</boundaryEvent>
        <boundaryEvent id="on2" attachedToRef="work">{}</boundaryEvent>
        start -> work
        on1 -> one
        on2 -> two"#,
        condition("", "${x == 1}"),
        condition("", "${y == 1}")
    );
    let mut desk = Desk::start(&model, Map::new());
    desk.set(vars([("x", 1.into()), ("y", 1.into())]));
    assert_eq!(desk.tasks(), ["one"]);
}

#[test]
fn an_event_sub_process_begins_by_a_condition() {
    for (interrupting, tasks) in [(true, vec!["inside"]), (false, vec!["inside", "work"])] {
        let model = format!(
            r#"<startEvent id="start" /> <userTask id="work" />
            <subProcess id="handler" triggeredByEvent="true">
              <startEvent id="on" isInterrupting="{interrupting}">{}</startEvent> <userTask id="inside" />
              on -> inside
            </subProcess>
            start -> work"#,
            condition("", "${x == 1}")
        );
        let mut desk = Desk::start(&model, Map::new());
        desk.set(vars([("x", 1.into())]));
        assert_eq!(desk.tasks(), tasks);
        let desk = Desk::start(&model, vars([("x", 1.into())]));
        assert_eq!(desk.tasks(), tasks, "it holds from the start");
    }
}

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
    desk.world.limits.expression_steps = 100_000;
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

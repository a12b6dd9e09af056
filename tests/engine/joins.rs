//! Inclusive and event-based gateways, implicit forks, links, terminate, receive tasks.

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

const EVENTS: &str = r#"
    <startEvent id="start" /> <eventBasedGateway id="gate" />
    <intermediateCatchEvent id="onLetter"><messageEventDefinition messageRef="letter" /></intermediateCatchEvent>
    <intermediateCatchEvent id="onAlarm"><signalEventDefinition signalRef="alarm" /></intermediateCatchEvent>
    <intermediateCatchEvent id="onTime"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
    <userTask id="read" /> <userTask id="run" /> <userTask id="late" />
    start -> gate
    gate -> onLetter -> read
    gate -> onAlarm -> run
    gate -> onTime -> late
"#;

#[test]
fn an_event_based_gateway_goes_on_with_the_first_event() {
    type Way = (fn(&mut Desk), &'static str, &'static str);
    let ways: [Way; 3] = [
        (|desk| drop(desk.message("letter")), "onLetter", "read"),
        (|desk| desk.signal("alarm"), "onAlarm", "run"),
        (|desk| drop(desk.execute("onTime")), "onTime", "late"),
    ];
    for (happen, event, task) in ways {
        let mut desk = Desk::start(EVENTS, Map::new());
        assert_eq!(desk.tokens(), ["gate"]);
        assert_eq!(
            desk.subscriptions(),
            ["message letter onLetter", "signal alarm onAlarm"]
        );
        happen(&mut desk);
        assert_eq!(desk.tasks(), [task]);
        assert_eq!(
            (desk.subscriptions().len(), desk.instance.jobs().count()),
            (0, 0)
        );
        assert_eq!(desk.history(), ["start", "gate", event]);
    }
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
fn a_link_goes_on_at_its_other_end() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" />
        <intermediateThrowEvent id="go"><linkEventDefinition name="there" /></intermediateThrowEvent>
        <intermediateCatchEvent id="there"><linkEventDefinition name="there" /></intermediateCatchEvent>
        <userTask id="after" />
        start -> go
        there -> after
        "#,
        Map::new(),
    );
    assert_eq!(desk.tasks(), ["after"]);
    assert_eq!(desk.history(), ["start", "go", "there"]);
}

#[test]
fn a_receive_task_without_a_message_is_signalled_by_its_execution() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <receiveTask id="wait" /> <userTask id="after" />
        start -> wait -> after
        "#,
        Map::new(),
    );
    let execution = |desk: &Desk, activity: &str| {
        let mut all = desk.instance.executions();
        all.find(|e| e.activity_id.as_deref() == Some(activity))
            .expect("there")
            .id
            .clone()
    };
    let id = execution(&desk, "wait");
    desk.ok(Command::Trigger {
        execution: id,
        variables: vars([("y", 1.into())]),
    });
    assert_eq!(
        (desk.tasks(), desk.var("y")),
        (vec!["after".to_owned()], Some(1.into()))
    );
    let id = execution(&desk, "after");
    let refused = desk.apply(Command::Trigger {
        execution: id,
        variables: Map::new(),
    });
    assert!(matches!(refused, Err(Error::BadRequest(_))));
}

#[test]
fn scripts_listeners_and_parameters_in_feel_and_juel() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <scriptTask id="sum" scriptFormat="feel" camunda:resultVariable="total">
          <extensionElements><camunda:inputOutput>
            <camunda:inputParameter name="factor"><camunda:script scriptFormat="feel">1 + 1</camunda:script></camunda:inputParameter>
            <camunda:outputParameter name="seen"><camunda:script scriptFormat="juel">${total + 1}</camunda:script></camunda:outputParameter>
          </camunda:inputOutput></extensionElements>
          <script>sum(numbers) * factor</script></scriptTask>
        <scriptTask id="set" scriptFormat="juel"><script>${execution.setVariable('y', total)}</script></scriptTask>
        <userTask id="work"><extensionElements>
          <camunda:executionListener event="start"><camunda:script scriptFormat="juel">${execution.setVariable('heard', 'start')}</camunda:script></camunda:executionListener>
          <camunda:taskListener event="complete"><camunda:script scriptFormat="juel">${task.setVariable('done', task.name)}</camunda:script></camunda:taskListener>
        </extensionElements></userTask>
        start -> sum -> set -> work
        "#,
        vars([("numbers", Value::List(vec![1.into(), 2.into(), 3.into()]))]),
    );
    assert_eq!(desk.var("total"), Some(Value::Long(12)));
    assert_eq!(desk.var("seen"), Some(Value::Long(13)));
    assert_eq!(desk.var("y"), Some(Value::Long(12)));
    assert_eq!(desk.var("heard"), Some("start".into()));
    desk.complete("work");
    assert_eq!(desk.last("done"), Some("".into()));
}

#[test]
fn listeners_of_the_process_and_of_flows_are_called() {
    let model = r#"
        <extensionElements>
          <camunda:executionListener event="start" expression="${execution.setVariable('began', execution.eventName)}" />
          <camunda:executionListener event="end" expression="${execution.setVariable('ended', execution.eventName)}" />
        </extensionElements>
        <startEvent id="start" /> <userTask id="work" />
        <sequenceFlow id="f" sourceRef="start" targetRef="work"><extensionElements>
          <camunda:executionListener expression="${execution.setVariable('took', execution.currentTransitionId)}" event="take" />
        </extensionElements></sequenceFlow>
    "#;
    let mut desk = Desk::start(model, Map::new());
    assert_eq!(desk.var("began"), Some("start".into()));
    assert_eq!(desk.var("took"), Some("f".into()));
    desk.complete("work");
    assert_eq!(desk.last("ended"), Some("end".into()));
}

#[test]
fn a_task_listener_for_timeout_is_called_when_its_time_comes() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <userTask id="work"><extensionElements>
          <camunda:taskListener id="remind" event="timeout" expression="${task.setPriority(task.priority + 10)}">
            <timerEventDefinition><timeCycle>R2/PT1H</timeCycle></timerEventDefinition></camunda:taskListener>
        </extensionElements></userTask>
        start -> work
        "#,
        Map::new(),
    );
    for priority in [60, 70] {
        desk.wait(60);
        desk.execute("work#remind");
        assert_eq!(desk.task("work").priority, priority);
    }
    assert_eq!(desk.instance.jobs().count(), 0);
    desk.complete("work");
    assert!(desk.ended());
}

#[test]
fn an_external_task_may_end_with_an_error_by_its_own_rules() {
    let model = r#"
        <startEvent id="start" />
        <serviceTask id="work" camunda:type="external" camunda:topic="t"><extensionElements>
          <camunda:errorEventDefinition errorRef="broken" expression="${externalTask.errorMessage != null &amp;&amp; externalTask.errorMessage.contains('torn')}" />
          <camunda:errorEventDefinition errorRef="lost" expression="${execution.hasVariable('lost')}" />
        </extensionElements></serviceTask>
        <boundaryEvent id="b1" attachedToRef="work"><errorEventDefinition errorRef="broken" /></boundaryEvent>
        <boundaryEvent id="b2" attachedToRef="work"><errorEventDefinition errorRef="lost" /></boundaryEvent>
        <userTask id="repair" /> <userTask id="search" /> <userTask id="fine" />
        start -> work -> fine
        b1 -> repair
        b2 -> search
    "#;
    let fail = |message: &str, task: Id| Command::FailExternalTask {
        task,
        worker: "worker".into(),
        message: message.into(),
        details: None,
        retries: 0,
        retry_at: None,
    };
    let complete = |variables: Map, task: Id| Command::CompleteExternalTask {
        task,
        worker: "worker".into(),
        variables,
        local_variables: Map::new(),
    };
    let mut desk = Desk::start(model, Map::new());
    let task = desk.lock("work");
    desk.ok(fail("paper is torn", task));
    assert_eq!(
        (desk.tasks(), desk.instance.incidents().count()),
        (vec!["repair".to_owned()], 0)
    );
    let mut desk = Desk::start(model, Map::new());
    let task = desk.lock("work");
    desk.ok(fail("no ink", task));
    assert_eq!(
        (desk.tasks().len(), desk.instance.incidents().count()),
        (0, 1)
    );
    for (variables, after) in [
        (vars([("lost", true.into())]), "search"),
        (Map::new(), "fine"),
    ] {
        let mut desk = Desk::start(model, Map::new());
        let task = desk.lock("work");
        desk.ok(complete(variables, task));
        assert_eq!(desk.tasks(), [after]);
    }
}

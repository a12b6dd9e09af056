//! Input and output parameters of activities.

use crate::support::*;
use crate::variables::{map, text};
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

#[test]
fn input_parameters_are_local_and_output_parameters_go_outside() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <userTask id="work"><extensionElements><camunda:inputOutput>
          <camunda:inputParameter name="copy">${a}</camunda:inputParameter>
          <camunda:inputParameter name="list"><camunda:list><camunda:value>x</camunda:value><camunda:value>${a + 1}</camunda:value></camunda:list></camunda:inputParameter>
          <camunda:inputParameter name="map"><camunda:map><camunda:entry key="k">${copy}</camunda:entry></camunda:map></camunda:inputParameter>
          <camunda:inputParameter name="nothing" />
          <camunda:outputParameter name="result">${copy + 10} of ${list.size()}</camunda:outputParameter>
          <camunda:outputParameter name="a">${map.k}</camunda:outputParameter>
        </camunda:inputOutput></extensionElements></userTask>
        <userTask id="after" />
        start -> work -> after
        "#,
        vars([("a", 1.into())]),
    );
    let execution = desk.task("work").execution_id;
    let local: Vec<_> = desk
        .instance
        .variables(&execution)
        .map(|v| v.name.clone())
        .collect();
    assert_eq!(local, ["copy", "list", "map", "nothing"]);
    desk.complete("work");
    assert_eq!(desk.var("result"), Some("11 of 2".into()));
    assert_eq!(desk.var("a"), Some(Value::Integer(1)));
    assert_eq!(desk.var("copy"), None);
    assert!(desk.instance.variables(&execution).next().is_none());
}

#[test]
fn listeners_run_after_the_inputs_and_before_the_outputs() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" />
        <task id="work" name="Work"><extensionElements>
          <camunda:executionListener event="start" expression="${execution.setVariable('in', x)}" />
          <camunda:executionListener event="end" expression="${execution.setVariable('y', execution.currentActivityName.concat(execution.eventName))}" />
          <camunda:inputOutput>
            <camunda:inputParameter name="x">1</camunda:inputParameter>
            <camunda:outputParameter name="out">${y}</camunda:outputParameter>
          </camunda:inputOutput>
        </extensionElements></task>
        <userTask id="after" />
        start -> work -> after
        "#,
        Map::new(),
    );
    assert_eq!(desk.var("in"), Some("1".into()));
    assert_eq!(desk.var("out"), Some("Workend".into()));
}

/// What a parameter's body gives: as input of a task that waits, as output of one that is done.
fn parameter(body: &str, variables: Map) -> [Option<Value>; 2] {
    let io = |kind: &str| {
        format!(
            "<extensionElements><camunda:inputOutput><camunda:{kind} name=\"var1\">{body}</camunda:{kind}></camunda:inputOutput></extensionElements>"
        )
    };
    let input = format!(
        "<startEvent id=\"start\" /> <receiveTask id=\"wait\">{}</receiveTask>\nstart -> wait",
        io("inputParameter")
    );
    let desk = Desk::start(&input, variables.clone());
    let wait = desk
        .instance
        .executions()
        .find(|e| e.activity_id.as_deref() == Some("wait"));
    let wait = &wait.expect("a token").id;
    assert_eq!(desk.var("var1"), None, "an input is local");
    let inside = desk
        .instance
        .variable(wait, "var1")
        .map(|v| v.value.clone());
    let output = format!(
        "<startEvent id=\"start\" /> <serviceTask id=\"run\" camunda:expression=\"${{true}}\">{}</serviceTask> <receiveTask id=\"wait\" />\nstart -> run -> wait",
        io("outputParameter")
    );
    [inside, Desk::start(&output, variables).var("var1")]
}

/// InputOutputTest.testInputNullValue
/// InputOutputTest.testInputStringConstantValue
/// InputOutputTest.testInputElValue
/// InputOutputTest.testInputScriptValue
/// InputOutputTest.testInputListElValues
/// InputOutputTest.testInputListMixedValues
/// InputOutputTest.testInputMapElValues
/// InputOutputTest.testInputMapElKey
/// InputOutputTest.testInputMapElMixedKey
/// InputOutputTest.testInputNested
/// InputOutputTest.testInputNestedListValues
/// InputOutputTest.testOutputNullValue
/// InputOutputTest.testOutputStringConstantValue
/// InputOutputTest.testOutputElValue
/// InputOutputTest.testOutputScriptValue
/// InputOutputTest.testOutputListElValues
/// InputOutputTest.testOutputListMixedValues
/// InputOutputTest.testOutputMapElValues
/// InputOutputTest.testOutputMapElKey
/// InputOutputTest.testOutputMapElMixedKey
/// InputOutputTest.testOutputNested
/// InputOutputTest.testOutputListNestedValues
#[test]
fn a_parameter_is_text_a_value_a_script_a_list_or_a_map() {
    let script = r#"<camunda:script scriptFormat="javascript">"scriptValue"</camunda:script>"#;
    let mixed = format!(
        "<camunda:value>constant</camunda:value><camunda:value>${{ 'elValue' }}</camunda:value>{script}"
    );
    let nested = r#"<camunda:map><camunda:entry key="a"><camunda:list><camunda:value>in</camunda:value><camunda:value>${ 'b' }</camunda:value></camunda:list></camunda:entry><camunda:entry key="${key}">with key</camunda:entry></camunda:map>"#;
    let deeper = format!(
        "<camunda:list>{mixed}<camunda:list><camunda:list><camunda:value>a</camunda:value></camunda:list><camunda:value>d</camunda:value></camunda:list>{nested}</camunda:list>"
    );
    let in_map = || {
        map([
            ("a", Value::List(vec![text("in"), text("b")])),
            ("vegie", text("with key")),
        ])
    };
    let three = || vec![text("constant"), text("elValue"), text("scriptValue")];
    let all = [
        three(),
        vec![
            Value::List(vec![Value::List(vec![text("a")]), text("d")]),
            in_map(),
        ],
    ]
    .concat();
    for (body, value) in [
        (String::new(), Value::Null),
        ("stringValue".to_owned(), text("stringValue")),
        ("${1+1}".to_owned(), Value::Long(2)),
        (script.to_owned(), text("scriptValue")),
        ("<camunda:list><camunda:value>${1+1}</camunda:value><camunda:value>${1+2}</camunda:value></camunda:list>".to_owned(), Value::List(vec![Value::Long(2), Value::Long(3)])),
        (format!("<camunda:list>{mixed}</camunda:list>"), Value::List(three())),
        (r#"<camunda:map><camunda:entry key="a">${1+1}</camunda:entry><camunda:entry key="b">x</camunda:entry></camunda:map>"#.to_owned(), map([("a", Value::Long(2)), ("b", text("x"))])),
        (r#"<camunda:map><camunda:entry key="${key}">potato</camunda:entry><camunda:entry key="b">${key}</camunda:entry></camunda:map>"#.to_owned(), map([("vegie", text("potato")), ("b", text("vegie"))])),
        (nested.to_owned(), in_map()),
        (deeper, Value::List(all)),
    ] {
        let got = parameter(&body, vars([("key", "vegie".into())]));
        assert_eq!(got, [Some(value.clone()), Some(value)], "{body}");
    }
}

/// InputOutputTest.testInputMapElUndefinedKey
/// InputOutputTest.testOutputMapElUndefinedKey
#[test]
fn a_key_that_is_not_known_is_an_error() {
    for kind in ["inputParameter", "outputParameter"] {
        let model = format!(
            r#"<startEvent id="start" /> <serviceTask id="run" camunda:expression="${{true}}"><extensionElements><camunda:inputOutput><camunda:{kind} name="v"><camunda:map><camunda:entry key="${{varExpr1}}">x</camunda:entry></camunda:map></camunda:{kind}></camunda:inputOutput></extensionElements></serviceTask>
            start -> run"#
        );
        let refused = Desk::with(&model).run(Map::new()).expect_err("no such key");
        assert!(refused.to_string().contains("varExpr1"), "{refused}");
    }
}

/// InputOutputTest.testInputMultipleElValue
/// InputOutputTest.testInputMultipleMixedValue
/// InputOutputTest.testOutputMultipleElValue
/// InputOutputTest.testOutputMultipleMixedValue
/// InputOutputTest.testOutputPlainTask
/// InputOutputTest.testOutputParameterAvailableAfterParallelGateway
/// InputOutputTest.testCompositeExpressionForInputValue
/// InputOutputTest.testCompositeExpressionForOutputValue
#[test]
fn several_parameters_of_a_plain_task_are_seen_behind_a_join() {
    let model = r#"<startEvent id="start" /> <parallelGateway id="fork" /> <task id="beside" /> <parallelGateway id="join" /> <receiveTask id="wait" />
        <task id="run"><extensionElements><camunda:inputOutput>
          <camunda:inputParameter name="one">${ 1 + 1 }</camunda:inputParameter>
          <camunda:inputParameter name="two">constant</camunda:inputParameter>
          <camunda:inputParameter name="three">Hello World${'!'}</camunda:inputParameter>
          <camunda:outputParameter name="out1">${one + 1}</camunda:outputParameter>
          <camunda:outputParameter name="out2">${two}</camunda:outputParameter>
          <camunda:outputParameter name="out3">${three} and ${out1}</camunda:outputParameter>
        </camunda:inputOutput></extensionElements></task>
        start -> fork -> run -> join -> wait
        fork -> beside -> join"#;
    let desk = Desk::start(model, Map::new());
    assert_eq!(desk.tokens(), ["wait"]);
    let got = ["out1", "out2", "out3", "one"].map(|name| desk.var(name));
    assert_eq!(
        got,
        [
            Some(Value::Long(3)),
            Some(text("constant")),
            Some(text("Hello World! and 3")),
            None
        ]
    );
}

/// InputOutputTest.testSubprocessIoSupport
/// InputOutputTest.testScopeActivityInstanceId
#[test]
fn parameters_of_a_sub_process_belong_to_it() {
    let model = r#"<startEvent id="start" />
        <subProcess id="sub"><extensionElements><camunda:inputOutput>
            <camunda:inputParameter name="innerVar">${processVar}</camunda:inputParameter>
            <camunda:outputParameter name="outerVar">${innerVar}</camunda:outputParameter></camunda:inputOutput></extensionElements>
          <startEvent id="s" /> <userTask id="work" />
          s -> work
        </subProcess>
        <userTask id="after" />
        start -> sub -> after"#;
    let mut desk = Desk::start(model, vars([("processVar", "value".into())]));
    let sub = desk
        .instance
        .executions()
        .find(|e| e.activity_id.as_deref() == Some("sub"))
        .expect("it")
        .clone();
    let local: Vec<_> = desk
        .instance
        .variables(&sub.id)
        .map(|v| (v.name.clone(), v.value.clone()))
        .collect();
    assert_eq!(local, [("innerVar".to_owned(), text("value"))]);
    let by = desk.log.iter().find_map(|event| match event {
        Event::VariableSet {
            variable,
            activity_instance_id,
            ..
        } if variable.name == "innerVar" => activity_instance_id.clone(),
        _ => None,
    });
    assert_eq!(by, Some(sub.activity_instance_id()));
    desk.complete("work");
    assert_eq!(desk.var("outerVar"), Some(text("value")));
}

/// InputOutputTest.testSequentialMIActivityIoSupport
/// InputOutputTest.testSequentialMISubprocessIoSupport
/// InputOutputTest.testParallelMIActivityIoSupport
/// InputOutputTest.testParallelMISubprocessIoSupport
#[test]
fn each_instance_has_its_own_parameters() {
    for sequential in [true, false] {
        for (element, inside) in [
            ("userTask", ""),
            (
                "subProcess",
                "<startEvent id=\"s\" /> <userTask id=\"work\" />\ns -> work\n",
            ),
        ] {
            let id = if inside.is_empty() { "work" } else { "sub" };
            let model = format!(
                r#"<startEvent id="start" />
                <{element} id="{id}"><extensionElements><camunda:inputOutput>
                  <camunda:inputParameter name="mine">${{loopCounter + 1}}</camunda:inputParameter></camunda:inputOutput></extensionElements>
                  <multiInstanceLoopCharacteristics isSequential="{sequential}"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
                  {inside}
                </{element}>
                <userTask id="after" />
                start -> {id} -> after"#
            );
            let mut desk = Desk::start(&model, Map::new());
            let mine = |desk: &Desk| {
                let here = desk
                    .instance
                    .executions()
                    .filter(|e| e.activity_id.as_deref() == Some(id));
                let mut all: Vec<i64> = here
                    .filter_map(|e| desk.instance.variable(&e.id, "mine")?.value.as_i64())
                    .collect();
                all.sort();
                all
            };
            match sequential {
                true => {
                    assert_eq!(mine(&desk), [1]);
                    desk.complete("work");
                    assert_eq!(mine(&desk), [2]);
                    desk.complete("work");
                }
                false => {
                    assert_eq!(mine(&desk), [1, 2]);
                    desk.complete("work");
                    desk.complete("work");
                }
            }
            assert_eq!(desk.tasks(), ["after"]);
            assert_eq!(mine(&desk), Vec::<i64>::new());
        }
    }
}

/// InputOutputTest.testBpmnErrorInScriptInputMapping
/// InputOutputTest.testExceptionInScriptInputMapping
/// InputOutputTest.testBpmnErrorInScriptOutputMapping
/// InputOutputTest.testExceptionInScriptOutputMapping
#[test]
fn a_bpmn_error_out_of_a_parameter_is_thrown_in_the_activity() {
    let model = |kind: &str, thrown: &str| {
        format!(
            r#"<startEvent id="start" />
            <serviceTask id="run" camunda:expression="${{true}}"><extensionElements><camunda:inputOutput><camunda:{kind} name="v"><camunda:script scriptFormat="javascript">throw {thrown}</camunda:script></camunda:{kind}></camunda:inputOutput></extensionElements></serviceTask>
            <boundaryEvent id="caught" attachedToRef="run"><errorEventDefinition /></boundaryEvent> <userTask id="repair" /> <userTask id="after" />
            start -> run -> after
            caught -> repair"#
        )
    };
    for kind in ["inputParameter", "outputParameter"] {
        let desk = Desk::start(&model(kind, "new BpmnError('error')"), Map::new());
        assert_eq!(desk.tokens(), ["repair"], "{kind}");
        assert_eq!(desk.history(), ["start", "run!", "caught"]);
        let failed = Desk::with(&model(kind, "new Error('myException')")).run(Map::new());
        let failed = failed.expect_err("an exception is no BPMN error");
        assert!(failed.to_string().contains("myException"), "{failed}");
    }
    let listener = r#"<startEvent id="start" />
        <task id="run"><extensionElements><camunda:executionListener event="end"><camunda:script scriptFormat="javascript">throw new BpmnError('lost')</camunda:script></camunda:executionListener></extensionElements></task>
        <userTask id="after" />
        start -> run -> after"#;
    let desk = Desk::start(listener, Map::new());
    assert!(desk.ended(), "uncaught it ends the activity");
    assert!(desk.log.iter().any(
        |e| matches!(e, Event::Thrown { code: Some(code), caught_by: None, .. } if code == "lost")
    ));
}

/// InputOutputTest.testOutputMappingOnErrorBoundaryEvent
/// InputOutputTest.testOutputMappingOnMessageBoundaryEvent
/// InputOutputTest.testOutputMappingOnTimerBoundaryEvent
/// SkipOutputMappingOnCanceledActitivitesTest.shouldSkipOutputMappingOnBpmnErrorAtExternalTask
/// SkipOutputMappingOnCanceledActitivitesTest.shouldSkipOutputMappingOnBpmnErrorInSubprocess
/// SkipOutputMappingOnCanceledActitivitesTest.shouldNotSkipOutputMappingOnBpmnErrorAtExternalTask
/// SkipOutputMappingOnCanceledActitivitesTest.shouldNotSkipOutputMappingOnBpmnErrorInSubprocess
/// RuntimeServiceTest.testDeleteProcessInstanceWithoutSkipIoMappings
#[test]
fn what_is_cancelled_gives_out_as_well_unless_it_is_set_not_to() {
    let model = |definition: &str, task: &str| {
        format!(
            r#"<startEvent id="start" /> {task}
            <boundaryEvent id="caught" attachedToRef="work">{definition}</boundaryEvent> <userTask id="other" /> <userTask id="ok" />
            start -> work -> ok
            caught -> other"#
        )
    };
    let io = r#"<extensionElements><camunda:inputOutput><camunda:outputParameter name="mapped">${local}</camunda:outputParameter></camunda:inputOutput></extensionElements>"#;
    let caught = r#"<errorEventDefinition errorRef="broken" />"#;
    let timer =
        "<timerEventDefinition><timeDate>2036-11-14T11:12:22</timeDate></timerEventDefinition>";
    let message = r#"<messageEventDefinition messageRef="letter" />"#;
    let escalation = r#"<escalationEventDefinition escalationRef="lateness" />"#;
    for skips in [false, true] {
        let start = |model: &str, variables: Map| {
            let mut desk = Desk::with(model);
            desk.world.skip_output_mapping_on_canceled_activities = skips;
            desk.started(variables)
        };
        let out = |value: &str| (!skips).then(|| text(value));
        let script = format!(
            r#"<scriptTask id="work" scriptFormat="javascript">{io}<script>execution.setVariableLocal("local", "b"); if (fail) throw new BpmnError("BROKEN")</script></scriptTask>"#
        );
        for (fail, task, mapped) in [(false, "ok", Some(text("b"))), (true, "other", out("b"))] {
            let desk = start(&model(caught, &script), vars([("fail", fail.into())]));
            assert_eq!(
                (desk.tasks(), desk.var("mapped")),
                (vec![task.to_owned()], mapped)
            );
        }
        let wait = format!(
            r#"<userTask id="work">{}</userTask>"#,
            io.replace("${local}", "42")
        );
        for definition in [timer, message, escalation, caught] {
            let model = model(definition, &wait);
            let mut desk = start(&model, Map::new());
            desk.complete("work");
            assert_eq!(desk.var("mapped"), Some(text("42")));
            let mut desk = start(&model, Map::new());
            let (task, variables) = (desk.task("work").id, Map::new());
            if definition == timer {
                desk.execute("caught");
            } else if definition == message {
                desk.message("letter");
            } else if definition == escalation {
                desk.ok(Command::Escalate {
                    task,
                    code: "LATE".into(),
                    variables,
                });
            } else {
                desk.ok(broken(task));
            }
            assert_eq!(
                (desk.tasks(), desk.var("mapped")),
                (vec!["other".to_owned()], out("42")),
                "{definition}"
            );
            let mut desk = start(&model, Map::new());
            desk.ok(cancel());
            assert_eq!(desk.last("mapped"), out("42"));
        }
        let unknown = io.replace("${local}", "${unknown}");
        let external = format!(
            r#"<serviceTask id="work" camunda:type="external" camunda:topic="t">{unknown}</serviceTask>"#
        );
        let mut desk = start(&model(caught, &external), Map::new());
        let done = Command::ExternalTaskError {
            task: desk.lock("work"),
            worker: "worker".to_owned(),
            code: "BROKEN".to_owned(),
            message: None,
            variables: Map::new(),
        };
        assert_eq!(desk.apply(done).is_ok(), skips, "an output that fails");
        let sub = format!(
            "<subProcess id=\"work\">{unknown}<startEvent id=\"s\" /> <userTask id=\"inner\" />\ns -> inner\n</subProcess>"
        );
        let mut desk = start(&model(caught, &sub), Map::new());
        let done = broken(desk.task("inner").id);
        assert_eq!(desk.apply(done).is_ok(), skips, "an output that fails");
    }
}

fn broken(task: Id) -> Command {
    Command::TaskError {
        task,
        code: "BROKEN".into(),
        message: None,
        variables: Map::new(),
    }
}

fn cancel() -> Command {
    Command::Cancel {
        process_instance: None,
        user: None,
        reason: "enough".into(),
    }
}

/// AsyncTaskTest.testDeleteShouldNotInvokeOutputMapping
/// AsyncTaskTest.testDeleteInScopeShouldNotInvokeOutputMapping
/// RuntimeServiceTest.testCascadingDeleteSubprocessInstanceWithoutSkipIoMappings
#[test]
fn what_has_not_begun_gives_nothing_out() {
    let out = |name: &str| {
        format!(
            r#"<extensionElements><camunda:inputOutput><camunda:outputParameter name="{name}">${{true}}</camunda:outputParameter></camunda:inputOutput></extensionElements>"#
        )
    };
    let (of_sub, of_task) = (out("of the scope"), out("of the task"));
    let inside = |asynchronous: bool| {
        format!(
            "<startEvent id=\"s\" /> <userTask id=\"work\" camunda:asyncBefore=\"{asynchronous}\">{of_task}</userTask>\ns -> work\n"
        )
    };
    for asynchronous in [true, false] {
        let inside = inside(asynchronous);
        let model = format!(
            r#"<startEvent id="start" />
            <subProcess id="sub">{of_sub}{inside}</subProcess>
            start -> sub"#
        );
        let mut desk = Desk::start(&model, Map::new());
        desk.ok(cancel());
        assert_eq!(desk.last("of the task").is_some(), !asynchronous);
        assert_eq!(desk.last("of the scope"), Some(true.into()));

        let caller = r#"<startEvent id="start" /> <callActivity id="call" calledElement="called" />
            start -> call"#;
        let desk = Desk::with(caller).and("called", &inside);
        let mut desk = desk.started(Map::new());
        desk.ok(cancel());
        assert_eq!(desk.last("of the task").is_some(), !asynchronous);
    }
}

/// ExecutionListenerTest.testThrowBpmnErrorInEndListenerAndServiceTaskWithCatch
/// ExecutionListenerTest.testThrowBpmnErrorInEndListenerAndEventSubprocessWithCatch
/// ExecutionListenerTest.testThrowUncaughtBpmnErrorFromEndListenerShouldNotTriggerListenerAgain
#[test]
fn an_end_that_throws_is_not_done_twice() {
    let listener = |event: &str, script: &str| {
        format!(
            r#"<camunda:executionListener event="{event}"><camunda:script scriptFormat="javascript">{script}</camunda:script></camunda:executionListener>"#
        )
    };
    let count = "execution.setVariable('ends', (execution.getVariable('ends') || 0) + 1);";
    let throws = format!("{count} throw new BpmnError('BROKEN')");
    let output = r#"<camunda:inputOutput><camunda:outputParameter name="out">${1}</camunda:outputParameter></camunda:inputOutput>"#;
    let throwing_output = r#"<camunda:inputOutput><camunda:outputParameter name="out"><camunda:script scriptFormat="javascript">execution.setVariable('ends', (execution.getVariable('ends') || 0) + 1); throw new BpmnError('BROKEN')</camunda:script></camunda:outputParameter></camunda:inputOutput>"#;
    let model = |extensions: &str, boundary: &str| {
        format!(
            r#"<startEvent id="start" />
            <subProcess id="sub"><startEvent id="s" /> <userTask id="work"><extensionElements>{extensions}</extensionElements></userTask> <userTask id="next" />
              s -> work -> next
              {boundary}
            </subProcess>
            <userTask id="after" />
            start -> sub -> after"#
        )
    };
    let boundary = r#"<boundaryEvent id="caught" attachedToRef="work"><errorEventDefinition errorRef="broken" /></boundaryEvent> <userTask id="repair" />
            caught -> repair"#;
    let event_sub = "<subProcess id=\"catching\" triggeredByEvent=\"true\"><startEvent id=\"caught\"><errorEventDefinition errorRef=\"broken\" /></startEvent> <userTask id=\"repair\" />\ncaught -> repair\n</subProcess>";
    for (extensions, out) in [
        (
            listener("end", &throws) + &listener("end", count) + output,
            1,
        ),
        (listener("end", count) + throwing_output, 0),
    ] {
        for (catching, tasks, history) in [
            (boundary, "repair", vec!["start", "s", "work!", "caught"]),
            (event_sub, "repair", vec!["start", "s", "work!", "caught"]),
            ("", "after", vec!["start", "s", "work", "sub"]),
        ] {
            let mut desk = Desk::start(&model(&extensions, catching), Map::new());
            desk.complete("work");
            assert_eq!(desk.tasks(), [tasks]);
            assert_eq!(desk.history(), history);
            let ends = if out == 0 { 2 } else { 1 };
            let ends = Some(Value::Integer(ends));
            assert_eq!(desk.var("ends"), ends, "each once: {extensions}");
            let out = (out == 1).then_some(Value::Long(1));
            assert_eq!(desk.last("out"), out, "{extensions}");
        }
        // What is cancelled throws at nobody.
        let mut desk = Desk::start(&model(&extensions, boundary), Map::new());
        let refused = desk.apply(cancel()).expect_err("thrown");
        assert!(refused.to_string().contains("BROKEN"), "{refused}");
    }
}

/// InputOutputEventTest.testMessageCatchEvent
/// InputOutputEventTest.testTimerCatchEvent
/// InputOutputEventTest.testMessageCatchAfterEventGateway
/// InputOutputEventTest.testTimerCatchAfterEventGateway
/// InputOutputEventTest.testSignalCatchAfterEventGateway
/// InputOutputEventTest.testConditionalCatchAfterEventGateway
#[test]
fn catching_events_have_parameters_also_behind_an_event_based_gateway() {
    let io = |inside: &str| {
        format!(
            "<extensionElements><camunda:inputOutput>{inside}</camunda:inputOutput></extensionElements>"
        )
    };
    let catching = |gateway: &str, io: &str, definition: &str| {
        format!(
            r#"<startEvent id="start" /> {gateway} <intermediateCatchEvent id="catch">{io}{definition}</intermediateCatchEvent> <userTask id="after" />
            start -> {} catch -> after"#,
            if gateway.is_empty() { "" } else { "gate ->" }
        )
    };
    let both = io(
        r#"<camunda:inputParameter name="mapped">value</camunda:inputParameter><camunda:outputParameter name="out">${said}</camunda:outputParameter>"#,
    );
    let mut desk = Desk::start(
        &catching(
            "",
            &both,
            r#"<messageEventDefinition messageRef="letter" />"#,
        ),
        Map::new(),
    );
    let execution = desk
        .instance
        .subscriptions()
        .next()
        .expect("one")
        .execution_id
        .clone();
    assert_eq!(
        desk.instance
            .variable(&execution, "mapped")
            .map(|v| v.value.clone()),
        Some(text("value"))
    );
    desk.ok(Command::Correlate {
        execution,
        message: "letter".into(),
        variables: vars([("said", "yes".into())]),
        local_variables: Map::new(),
    });
    assert_eq!(desk.var("out"), Some(text("yes")));

    let input = io(r#"<camunda:inputParameter name="inner">${outer}</camunda:inputParameter>"#);
    let timer = "<timerEventDefinition><timeDate>#{inner}</timeDate></timerEventDefinition>";
    let desk = Desk::start(
        &catching("", &input, timer),
        vars([("outer", "2026-03-02T08:05:00Z".into())]),
    );
    assert_eq!((desk.job("catch").due - desk.now).num_minutes(), 5);

    let output = io(r#"<camunda:outputParameter name="foo">bar</camunda:outputParameter>"#);
    let condition = r#"<conditionalEventDefinition><condition xsi:type="tFormalExpression">${go}</condition></conditionalEventDefinition>"#;
    for definition in [
        r#"<messageEventDefinition messageRef="letter" />"#,
        timer,
        r#"<signalEventDefinition signalRef="alarm" />"#,
        condition,
    ] {
        let model = catching(r#"<eventBasedGateway id="gate" />"#, &output, definition);
        let mut desk = Desk::start(
            &model.replace("#{inner}", "2026-03-02T08:05:00Z"),
            vars([("go", false.into())]),
        );
        match definition.as_bytes()[1] {
            b'm' => drop(desk.message("letter")),
            b't' => drop(desk.execute("catch")),
            b's' => desk.signal("alarm"),
            _ => desk.set(vars([("go", true.into())])),
        }
        assert_eq!(
            (desk.tasks(), desk.var("foo")),
            (vec!["after".to_owned()], Some(text("bar"))),
            "{definition}"
        );
    }
}

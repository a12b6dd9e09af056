//! Scripts in JavaScript, wherever a model may have one
//! (Camunda manual, "Scripting"; `ScriptTaskTest`, `ScriptCompilationTest`).

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

#[test]
fn a_script_task_reads_and_sets_variables() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" />
        <scriptTask id="sum" scriptFormat="javascript" camunda:resultVariable="total">
          <extensionElements><camunda:inputOutput>
            <camunda:inputParameter name="factor"><camunda:script scriptFormat="javascript">1 + 1</camunda:script></camunda:inputParameter>
            <camunda:outputParameter name="seen"><camunda:script scriptFormat="JavaScript">total + 1</camunda:script></camunda:outputParameter>
          </camunda:inputOutput></extensionElements>
          <script><![CDATA[
            var sum = 0;
            for (var i = 0; i < numbers.size(); i++) { sum += numbers.get(i); }
            execution.setVariable('count', numbers.length);
            sum * factor
          ]]></script></scriptTask>
        <scriptTask id="plain"><script>execution.setVariable('y', total + execution.getVariable('count'))</script></scriptTask>
        <userTask id="work" />
        start -> sum -> plain -> work
        "#,
        vars([("numbers", Value::List(vec![1.into(), 2.into(), 3.into()]))]),
    );
    assert_eq!(desk.var("total"), Some(Value::Integer(12)));
    assert_eq!(desk.var("count"), Some(Value::Integer(3)));
    assert_eq!(desk.var("seen"), Some(Value::Integer(13)));
    assert_eq!(desk.var("y"), Some(Value::Integer(15)));
    assert_eq!(desk.var("factor"), None, "it was local to the task");
}

#[test]
fn listeners_and_conditions_in_javascript() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <userTask id="work"><extensionElements>
          <camunda:executionListener event="start"><camunda:script scriptFormat="javascript">execution.setVariable('heard', execution.eventName + ' ' + execution.getCurrentActivityId())</camunda:script></camunda:executionListener>
          <camunda:taskListener event="create"><camunda:script scriptFormat="javascript">task.setAssignee('ana'); task.setVariableLocal('mine', task.getAssignee())</camunda:script></camunda:taskListener>
        </extensionElements></userTask>
        <exclusiveGateway id="which" /> <userTask id="much" /> <userTask id="little" />
        <sequenceFlow id="f" sourceRef="which" targetRef="much"><conditionExpression language="javascript">amount > 10</conditionExpression></sequenceFlow>
        <sequenceFlow id="g" sourceRef="which" targetRef="little"><conditionExpression language="javascript">!(amount > 10)</conditionExpression></sequenceFlow>
        start -> work -> which
        "#,
        vars([("amount", Value::Long(11))]),
    );
    assert_eq!(desk.var("heard"), Some("start work".into()));
    assert_eq!(desk.task("work").assignee.as_deref(), Some("ana"));
    desk.complete("work");
    assert_eq!(desk.tasks(), ["much"]);
}

const THROWS: &str = r#"
    <startEvent id="start" />
    <scriptTask id="try" scriptFormat="javascript"><script>
      execution.setVariable('tried', true);
      throw new org.camunda.bpm.engine.delegate.BpmnError(code, 'no paper');
    </script></scriptTask>
    <boundaryEvent id="caught" attachedToRef="try">
      <errorEventDefinition errorRef="broken" camunda:errorMessageVariable="text" />
    </boundaryEvent>
    <userTask id="repair" /> <endEvent id="end" />
    start -> try -> end
    caught -> repair
"#;

#[test]
fn a_script_throws_a_bpmn_error_to_the_boundary() {
    let desk = Desk::start(THROWS, vars([("code", "BROKEN".into())]));
    assert_eq!(desk.tasks(), ["repair"]);
    assert_eq!(desk.var("text"), Some("no paper".into()));
    assert_eq!(desk.var("tried"), Some(true.into()));
}

#[test]
fn a_script_that_fails_refuses_the_command_and_says_where() {
    let model = r#"
        <startEvent id="start" /> <userTask id="before" />
        <scriptTask id="try" scriptFormat="javascript"><script>execution.setVariable('a', 1);
undefinedThing.b</script></scriptTask>
        <endEvent id="end" />
        start -> before -> try -> end
    "#;
    let mut desk = Desk::start(model, Map::new());
    let task = desk.task("before").id.clone();
    let refused = desk.apply(Command::CompleteTask {
        task,
        user: None,
        variables: Map::new(),
    });
    let text = refused.unwrap_err().to_string();
    assert!(
        text.contains("try") && text.contains("line 2 of the script: ReferenceError"),
        "{text}"
    );
    assert_eq!(desk.tasks(), ["before"]);
    assert_eq!(desk.var("a"), None);
}

#[test]
fn the_same_command_comes_to_the_same() {
    let model = r#"
        <startEvent id="start" />
        <scriptTask id="draw" scriptFormat="javascript" camunda:resultVariable="x"><script>Math.random() + ' ' + new Date().getTime()</script></scriptTask>
        <userTask id="work" />
        start -> draw -> work
    "#;
    let (one, two) = (
        Desk::start(model, Map::new()),
        Desk::start(model, Map::new()),
    );
    assert_eq!(one.var("x"), two.var("x"));
}

#[test]
fn an_empty_script_does_nothing() {
    let desk = Desk::start(
        r#"<startEvent id="start" /> <scriptTask id="x" scriptFormat="javascript" camunda:resultVariable="y"><script></script></scriptTask> <userTask id="after" />
        start -> x -> after"#,
        Map::new(),
    );
    assert_eq!(
        (desk.tasks(), desk.var("y")),
        (vec!["after".to_owned()], Some(Value::Null))
    );
}

fn throwing(event: &str) -> String {
    format!(
        r#"<extensionElements><camunda:executionListener event="{event}"><camunda:script scriptFormat="javascript">throw new BpmnError('BROKEN')</camunda:script></camunda:executionListener></extensionElements>"#
    )
}

/// ExecutionListenerTest.testThrowBpmnErrorInTakeListenerAndEventSubprocessWithCatch
#[test]
fn what_is_thrown_on_a_flow_is_caught_around_it() {
    let flow = |source: &str| {
        format!(
            r#"<sequenceFlow id="thrown" sourceRef="{source}" targetRef="next">{}</sequenceFlow>"#,
            throwing("take")
        )
    };
    let own = r#"<boundaryEvent id="own" attachedToRef="work"><errorEventDefinition errorRef="broken" /></boundaryEvent> <userTask id="wrong" />
        own -> wrong"#;
    let inside = format!(
        "<startEvent id=\"s\" /> <userTask id=\"work\" /> <userTask id=\"next\" /> {}\n{own}\ns -> work\n",
        flow("work")
    );
    let caught = r#"<boundaryEvent id="caught" attachedToRef="sub"><errorEventDefinition errorRef="broken" /></boundaryEvent> <userTask id="repair" />
        caught -> repair"#;
    let model = |around: &str| {
        format!(
            "<startEvent id=\"start\" /> <subProcess id=\"sub\">{inside}</subProcess> <userTask id=\"after\" />\n{around}\nstart -> sub -> after\n"
        )
    };
    let mut desk = Desk::start(&model(caught), Map::new());
    desk.complete("work");
    assert_eq!(desk.tasks(), ["repair"]);
    assert_eq!(desk.history(), ["start", "s", "work", "sub!", "caught"]);
    let mut desk = Desk::start(&model(""), Map::new());
    desk.complete("work");
    assert_eq!(desk.tasks(), ["after"], "uncaught its token ends there");
    let event_sub = "<subProcess id=\"catching\" triggeredByEvent=\"true\"><startEvent id=\"heard\"><errorEventDefinition errorRef=\"broken\" /></startEvent> <userTask id=\"repaired\" />\nheard -> repaired\n</subProcess>";
    let beside = model(caught).replace(
        "<startEvent id=\"s\" />",
        &format!("<startEvent id=\"s\" />{event_sub}"),
    );
    let mut desk = Desk::start(&beside, Map::new());
    desk.complete("work");
    assert_eq!(desk.tasks(), ["repaired"]);
    let behind = model(caught).replace(
        "<userTask id=\"work\"",
        "<userTask camunda:asyncAfter=\"true\" id=\"work\"",
    );
    let mut desk = Desk::start(&behind, Map::new());
    desk.complete("work");
    desk.execute("work");
    assert_eq!(desk.tasks(), ["repair"]);
}

/// ExecutionListenerTest.testThrowBpmnErrorInProcessStartListenerShouldNotTriggerPropagation
/// ExecutionListenerTest.testThrowBpmnErrorInProcessEndListenerShouldNotTriggerPropagation
/// ExecutionListenerTest.testThrowBpmnErrorInStartListenerOnModificationShouldNotTriggerPropagation
/// Nobody catches what is thrown where something other than a token is at work.
#[test]
fn listeners_of_a_process_and_of_scopes_that_a_modification_begins_throw_at_nobody() {
    let event_sub = "<subProcess id=\"catching\" triggeredByEvent=\"true\"><startEvent id=\"caught\"><errorEventDefinition errorRef=\"broken\" /></startEvent> <userTask id=\"repair\" />\ncaught -> repair\n</subProcess>";
    for event in ["start", "end"] {
        let model = format!(
            "{}<startEvent id=\"start\" /> <userTask id=\"work\" /> {event_sub}\nstart -> work\n",
            throwing(event)
        );
        let mut desk = Desk::with(&model);
        if event == "end" {
            desk.run(Map::new()).expect("starts");
            let task = desk.task("work").id;
            desk.apply(Command::CompleteTask {
                task,
                user: None,
                variables: Map::new(),
            })
            .expect_err("thrown at nobody");
        } else {
            desk.run(Map::new()).expect_err("thrown at nobody");
        }
    }
    let model = format!(
        "<startEvent id=\"start\" /> <userTask id=\"work\" /> <subProcess id=\"sub\">{}<startEvent id=\"s\" /> <userTask id=\"inner\" />\ns -> inner\n</subProcess>
        <boundaryEvent id=\"caught\" attachedToRef=\"sub\"><errorEventDefinition errorRef=\"broken\" /></boundaryEvent> <userTask id=\"repair\" />
        start -> work -> sub
        caught -> repair\n",
        throwing("start")
    );
    let mut desk = Desk::start(&model, Map::new());
    let before = |activity: &str| Instruction::StartBefore {
        activity: activity.into(),
        variables: Map::new(),
    };
    let modify = |activity: &str| Command::Modify {
        process_instance: "instance".into(),
        instructions: vec![before(activity), before("work")],
    };
    desk.apply(modify("inner")).expect_err("thrown at nobody");
    desk.ok(modify("sub"));
    assert_eq!(desk.tasks(), ["repair", "work", "work"]);
}

/// One of several who hear a signal fails as it begins: the others begin.
#[test]
fn what_one_throws_keeps_no_other_from_hearing() {
    let catching = |id: &str, extensions: &str| {
        format!(
            "<subProcess id=\"{id}\" triggeredByEvent=\"true\">{extensions}<startEvent id=\"{id}s\" isInterrupting=\"false\"><signalEventDefinition signalRef=\"alarm\" /></startEvent> <userTask id=\"{id}t\" />\n{id}s -> {id}t\n</subProcess>\n"
        )
    };
    let repair = "<subProcess id=\"repair\" triggeredByEvent=\"true\"><startEvent id=\"caught\"><errorEventDefinition errorRef=\"broken\" camunda:errorCodeVariable=\"code\" /></startEvent> <userTask id=\"repaired\" />\ncaught -> repaired\n</subProcess>";
    let scope = |inside: &str| {
        format!(
            "<subProcess id=\"sub\">{inside}<startEvent id=\"u\" /> <userTask id=\"v\" />\nu -> v\n</subProcess>"
        )
    };
    let inner = scope(&(catching("a", &throwing("start")) + repair));
    let model = format!(
        r#"<startEvent id="start" /> <userTask id="before" /> {inner} {}
        <intermediateThrowEvent id="cry"><signalEventDefinition signalRef="alarm" /></intermediateThrowEvent> <userTask id="after" />
        start -> before -> cry -> after
        start -> sub"#,
        catching("b", "")
    );
    let mut desk = Desk::start(&model, Map::new());
    desk.complete("before");
    assert_eq!(desk.tasks(), ["after", "bt", "repaired"]);
}

/// ExecutionListenerTest.testThrowBpmnErrorInStartListenerServiceTaskWithCatch
/// ExecutionListenerTest.testThrowBpmnErrorInStartListenerAndSubprocessWithCatch
#[test]
fn a_listener_throws_a_bpmn_error_that_is_caught_around_it() {
    for at in ["around", "own"] {
        let throws = r#"<extensionElements><camunda:executionListener event="start"><camunda:script scriptFormat="javascript">throw new org.camunda.bpm.engine.delegate.BpmnError('BROKEN', 'no paper')</camunda:script></camunda:executionListener></extensionElements>"#;
        let attached = if at == "own" { "work" } else { "sub" };
        let caught = format!(
            r#"<boundaryEvent id="caught" attachedToRef="{attached}"><errorEventDefinition errorRef="broken" camunda:errorMessageVariable="text" /></boundaryEvent>
            <userTask id="repair" />
            caught -> repair"#
        );
        let (inside, outside) = match at {
            "own" => (caught.as_str(), ""),
            _ => ("", caught.as_str()),
        };
        let model = format!(
            r#"<startEvent id="start" />
            <subProcess id="sub"><startEvent id="s" /> <userTask id="work">{throws}</userTask> <endEvent id="e" />
              s -> work -> e
              {inside}
            </subProcess>
            <userTask id="after" />
            start -> sub -> after
            {outside}"#
        );
        let desk = Desk::start(&model, Map::new());
        assert_eq!(desk.tasks(), ["repair"], "{at}");
        assert_eq!(desk.var("text"), Some("no paper".into()), "{at}");
    }
}

#[test]
fn the_process_instance_what_called_it_and_the_element_can_be_asked() {
    let ask = r#"
        <startEvent id="start" />
        <serviceTask id="juel" name="Ask" camunda:resultVariable="juel"
          camunda:expression="${execution.processInstance.id == execution.getProcessInstanceId()} ${execution.getSuperExecution().currentActivityId} ${execution.bpmnModelElementInstance.name}" />
        <scriptTask id="js" name="Script" scriptFormat="javascript" camunda:resultVariable="js"><script>
          [execution.processInstance.getId() === execution.getProcessInstanceId(),
           execution.superExecution.currentActivityId,
           execution.getBpmnModelElementInstance().getName(),
           execution.getVariableTyped('juel').value === juel,
           execution.getVariableTyped('nothing') === null].join(' ')
        </script></scriptTask>
        <userTask id="work"><extensionElements>
          <camunda:taskListener event="create"><camunda:script scriptFormat="javascript">task.setVariable('seen', task.execution.getCurrentActivityId() + task.getExecution().id)</camunda:script></camunda:taskListener>
        </extensionElements></userTask>
        start -> juel -> js -> work"#;
    let call = r#"<startEvent id="start" /> <callActivity id="call" calledElement="ask" />
        start -> call"#;
    let desk = Desk::with(call).and("ask", ask).started(Map::new());
    assert_eq!(desk.last("juel"), Some("true call Ask".into()));
    assert_eq!(desk.last("js"), Some("true call Script true true".into()));
    let seen = format!("work{}", desk.task("work").execution_id);
    assert_eq!(desk.last("seen"), Some(seen.into()));

    // Nothing called this one.
    let alone = r#"<startEvent id="start" />
        <scriptTask id="js" scriptFormat="javascript" camunda:resultVariable="js"><script>execution.superExecution === null</script></scriptTask>
        <userTask id="work" name="${execution.superExecution == null}" />
        start -> js -> work"#;
    let desk = Desk::start(alone, Map::new());
    assert_eq!(desk.var("js"), Some(true.into()));
    assert_eq!(desk.task("work").name, "true");
}

#[test]
fn an_execution_is_told_what_camundas_can_be_told() {
    let model = r#"
        <extensionElements><camunda:executionListener event="start" expression="${execution.setProcessBusinessKey('K-'.concat(n))}" /></extensionElements>
        <startEvent id="start" />
        <serviceTask id="juel" camunda:resultVariable="juel" camunda:expression="${execution.processBusinessKey} ${execution.processDefinition.key} ${execution.getProcessDefinition().getName()}">
          <extensionElements><camunda:executionListener event="start" expression="${execution.setVariables(more)}" /></extensionElements></serviceTask>
        <scriptTask id="js" scriptFormat="javascript" camunda:resultVariable="js"><script>
          execution.setProcessBusinessKey('J-' + n);
          execution.createIncident('late', 'c', 'too late');
          [execution.processBusinessKey, execution.getBusinessKey(), execution.processDefinition.getKey()].join(' ')
        </script></scriptTask>
        <userTask id="work" />
        start -> juel -> js -> work"#;
    let more = Map::from_iter([("x".to_owned(), Value::Integer(7))]);
    let variables = vars([("n", Value::Integer(1)), ("more", Value::Map(more))]);
    let mut desk = Desk::start(model, variables);
    let key = DEFINITION.split(':').next().unwrap();
    let juel = desk.var("juel").map(|value| value.to_string());
    assert!(juel.is_some_and(|text| text.starts_with(&format!("K-1 {key}"))));
    assert_eq!(desk.var("js"), Some(format!("J-1 J-1 {key}").into()));
    assert_eq!(desk.var("x"), Some(Value::Integer(7)));
    let instance = desk.instance.process("instance").unwrap();
    assert_eq!(instance.business_key.as_deref(), Some("J-1"));
    // Its script task is done, and the incident with it.
    assert_eq!(desk.instance.incidents().count(), 0);
    desk.complete("work");
    assert!(desk.ended());
}

#[test]
fn variables_of_the_process_instance_and_of_what_called_it_are_set_alike() {
    let ask = r#"
        <startEvent id="start" />
        <subProcess id="sub"><startEvent id="s"/>
        <scriptTask id="js" scriptFormat="javascript" camunda:resultVariable="js"><script>
          execution.setVariableLocal('x', 'near');
          execution.getProcessInstance().setVariable('x', 'far');
          execution.processInstance.setVariable('y', 0);
          execution.processInstance.setVariable('y', 1);
          execution.getSuperExecution().setVariable('z', 2);
          [execution.getVariableLocal('x'), execution.getVariable('x'), execution.processInstance.getVariable('x'), execution.getVariable('y'),
           execution.superExecution.hasVariable('z'), execution.superExecution.hasVariable('y'),
           execution.hasVariable('z')].join(' ')
        </script></scriptTask><userTask id="work"/>
        <sequenceFlow id="a" sourceRef="s" targetRef="js"/><sequenceFlow id="b" sourceRef="js" targetRef="work"/></subProcess>
        start -> sub"#;
    let call = r#"<startEvent id="start" /> <callActivity id="call" calledElement="ask" />
        start -> call"#;
    let desk = Desk::with(call).and("ask", ask).started(Map::new());
    assert_eq!(
        desk.last("js"),
        Some("near near far 1 true false false".into())
    );
    assert_eq!(desk.last("y"), Some(Value::Integer(1)));
    assert_eq!(desk.var("z"), Some(Value::Integer(2)));
}

#[test]
fn what_an_object_does_not_have_is_refused_when_it_is_deployed() {
    for (listener, said) in [
        (
            "${execution.getActivity()}",
            "'execution' has no getActivity() here",
        ),
        (
            "${task.getDelegationState()}",
            "'task' has no getDelegationState() here",
        ),
    ] {
        let model = format!(
            r#"<startEvent id="start" />
            <userTask id="work"><extensionElements><camunda:taskListener event="create" expression="{listener}" /></extensionElements></userTask>
            start -> work"#
        );
        let why = refused(&model);
        assert!(why.contains(said), "{why}");
    }
}

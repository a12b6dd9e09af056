//! Links, listeners, scripts, and the errors by which an external task ends itself.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

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
        <sequenceFlow id="f" name="Go" sourceRef="start" targetRef="work"><extensionElements>
          <camunda:executionListener expression="${execution.setVariable('took', execution.currentTransitionId)}" event="take" />
          <camunda:executionListener expression="${execution.setVariable('element', execution.bpmnModelElementInstance.id.concat(execution.bpmnModelElementInstance.name))}" event="take" />
        </extensionElements></sequenceFlow>
    "#;
    let mut desk = Desk::start(model, Map::new());
    assert_eq!(desk.var("began"), Some("start".into()));
    assert_eq!(desk.var("took"), Some("f".into()));
    assert_eq!(desk.var("element"), Some("fGo".into()));
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
        variables: Map::new(),
        local_variables: Map::new(),
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

//! Each problem with the fixture that shows it; the snapshot holds every message with its place.

use super::{around, definitions, findings, process};
use crate::model::{Severity, read};

/// Start and end are there; the fixture is the node `x` between them.
const BETWEEN: &[(&str, &str)] = &[
    ("complex gateway", r#"<complexGateway id="x"/>"#),
    ("event-based gateway", r#"<eventBasedGateway id="x"/>"#),
    (
        "call activity",
        r#"<callActivity id="x"><extensionElements><camunda:in source="a"/></extensionElements></callActivity>"#,
    ),
    ("ad-hoc sub-process", r#"<adHocSubProcess id="x"/>"#),
    (
        "script task",
        r#"<scriptTask id="x" scriptFormat="groovy"><script>1</script></scriptTask>"#,
    ),
    (
        "java class",
        r#"<serviceTask id="x" camunda:class="org.example.Send"/>"#,
    ),
    (
        "delegate expression",
        r#"<sendTask id="x" camunda:delegateExpression="${send}"/>"#,
    ),
    (
        "bean",
        r#"<serviceTask id="x" camunda:expression="${mailer.deliver(order)}"/>"#,
    ),
    ("mail task", r#"<serviceTask id="x" camunda:type="mail"/>"#),
    ("no implementation", r#"<serviceTask id="x"/>"#),
    ("no decision", r#"<businessRuleTask id="x"/>"#),
    (
        "no topic",
        r#"<serviceTask id="x" camunda:type="external"/>"#,
    ),
    (
        "error definition on an external task",
        r#"<serviceTask id="x" camunda:type="external" camunda:topic="t"><extensionElements>
<camunda:errorEventDefinition id="ee" errorRef="nope" expression="${true}"/></extensionElements></serviceTask>"#,
    ),
    (
        "connector",
        r#"<serviceTask id="x"><extensionElements>
  <camunda:connector><camunda:connectorId>http-connector</camunda:connectorId></camunda:connector>
</extensionElements></serviceTask>"#,
    ),
    (
        "connector without a name",
        r#"<sendTask id="x"><extensionElements><camunda:connector/></extensionElements></sendTask>"#,
    ),
    (
        "connector of Java",
        r#"<serviceTask id="x"><extensionElements>
  <camunda:connector><camunda:connectorId>slack</camunda:connectorId></camunda:connector>
</extensionElements></serviceTask>"#,
    ),
    (
        "connector at another place",
        r#"<userTask id="x"><extensionElements>
  <camunda:connector><camunda:connectorId>mail-send</camunda:connectorId></camunda:connector>
</extensionElements></userTask>"#,
    ),
    (
        "mail with attachments",
        r#"<serviceTask id="x"><extensionElements><camunda:connector>
  <camunda:connectorId>mail-send</camunda:connectorId><camunda:inputOutput>
    <camunda:inputParameter name="to">a@b</camunda:inputParameter>
    <camunda:inputParameter name="fileNames">a.pdf</camunda:inputParameter>
  </camunda:inputOutput></camunda:connector></extensionElements></serviceTask>"#,
    ),
    (
        "request through a proxy",
        r#"<serviceTask id="x"><extensionElements><camunda:connector>
  <camunda:connectorId>http-connector</camunda:connectorId><camunda:inputOutput>
    <camunda:inputParameter name="url">http://a</camunda:inputParameter>
    <camunda:inputParameter name="method">GET</camunda:inputParameter>
    <camunda:inputParameter name="request-config"><camunda:map>
      <camunda:entry key="proxy">b</camunda:entry></camunda:map></camunda:inputParameter>
  </camunda:inputOutput></camunda:connector></extensionElements></serviceTask>"#,
    ),
    (
        "broken expression",
        r#"<serviceTask id="x" camunda:expression="${1 +}"/>"#,
    ),
    (
        "decision binding",
        r#"<businessRuleTask id="x" camunda:decisionRef="d1" camunda:decisionRefBinding="newest"/>"#,
    ),
    (
        "decision version",
        r#"<businessRuleTask id="x" camunda:decisionRef="d1" camunda:decisionRefBinding="version"/>"#,
    ),
    (
        "decision mapping",
        r#"<businessRuleTask id="x" camunda:decisionRef="d1" camunda:mapDecisionResult="first"/>"#,
    ),
    (
        "result variable",
        r#"<businessRuleTask id="x" camunda:decisionRef="d1" camunda:resultVariable="decisionResult"/>"#,
    ),
    ("receive task without a message", r#"<receiveTask id="x"/>"#),
    ("unknown message", r#"<receiveTask id="x" messageRef="m"/>"#),
    (
        "multi-instance",
        "<task id=\"x\">\n  <multiInstanceLoopCharacteristics/>\n</task>",
    ),
    (
        "standard loop",
        r#"<task id="x"><standardLoopCharacteristics/></task>"#,
    ),
    (
        "compensation handler",
        r#"<task id="x" isForCompensation="true"/>"#,
    ),
    (
        "event sub-process",
        r#"<subProcess id="x" triggeredByEvent="true"><startEvent id="s2"/></subProcess>"#,
    ),
    ("sub-process without a start", r#"<subProcess id="x"/>"#),
    (
        "sub-process with two starts",
        r#"<subProcess id="x"><startEvent id="a"/><startEvent id="b"/></subProcess>"#,
    ),
    (
        "sub-process that starts by a timer",
        r#"<subProcess id="x"><startEvent id="a"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></startEvent></subProcess>"#,
    ),
    (
        "catch event without a trigger",
        r#"<intermediateCatchEvent id="x"/>"#,
    ),
    (
        "signal",
        r#"<intermediateCatchEvent id="x"><signalEventDefinition/></intermediateCatchEvent>"#,
    ),
    (
        "conditional event",
        r#"<intermediateCatchEvent id="x"><conditionalEventDefinition/></intermediateCatchEvent>"#,
    ),
    (
        "link",
        r#"<intermediateThrowEvent id="x"><linkEventDefinition name="l"/></intermediateThrowEvent>"#,
    ),
    (
        "escalation",
        r#"<intermediateThrowEvent id="x"><escalationEventDefinition/></intermediateThrowEvent>"#,
    ),
    (
        "throw event that does not fit",
        r#"<intermediateThrowEvent id="x"><timerEventDefinition/></intermediateThrowEvent>"#,
    ),
    (
        "message without a reference",
        r#"<intermediateCatchEvent id="x"><messageEventDefinition/></intermediateCatchEvent>"#,
    ),
    (
        "empty timer",
        r#"<intermediateCatchEvent id="x"><timerEventDefinition/></intermediateCatchEvent>"#,
    ),
    (
        "duration that is none",
        r#"<intermediateCatchEvent id="x"><timerEventDefinition><timeDuration>1h</timeDuration></timerEventDefinition></intermediateCatchEvent>"#,
    ),
    (
        "date that is none",
        r#"<intermediateCatchEvent id="x"><timerEventDefinition><timeDate>tomorrow</timeDate></timerEventDefinition></intermediateCatchEvent>"#,
    ),
    (
        "timer with two definitions",
        "<intermediateCatchEvent id=\"x\"><timerEventDefinition>\n<timeDate>${d}</timeDate>\n<timeDuration>PT1H</timeDuration>\n</timerEventDefinition></intermediateCatchEvent>",
    ),
    (
        "two event definitions",
        "<intermediateCatchEvent id=\"x\"><messageEventDefinition/>\n<timerEventDefinition/></intermediateCatchEvent>",
    ),
    (
        "event definition by reference",
        r#"<intermediateCatchEvent id="x"><eventDefinitionRef>t</eventDefinitionRef></intermediateCatchEvent>"#,
    ),
    (
        "form key and form reference",
        r#"<userTask id="x" camunda:formKey="a" camunda:formRef="b"/>"#,
    ),
    (
        "listener by class",
        "<userTask id=\"x\"><extensionElements>\n<camunda:taskListener class=\"org.example.L\" event=\"create\"/></extensionElements></userTask>",
    ),
    (
        "listener by script",
        r#"<userTask id="x"><extensionElements><camunda:taskListener event="create"><camunda:script scriptFormat="groovy">1</camunda:script></camunda:taskListener></extensionElements></userTask>"#,
    ),
    (
        "listener for an unknown event",
        r#"<userTask id="x"><extensionElements><camunda:taskListener event="timeout" expression="${1}"/></extensionElements></userTask>"#,
    ),
    (
        "listener that does nothing",
        r#"<userTask id="x"><extensionElements><camunda:executionListener event="start"/></extensionElements></userTask>"#,
    ),
    (
        "parameter without a name",
        r#"<task id="x"><extensionElements><camunda:inputOutput><camunda:inputParameter>1</camunda:inputParameter></camunda:inputOutput></extensionElements></task>"#,
    ),
    (
        "parameter by script",
        r#"<task id="x"><extensionElements><camunda:inputOutput><camunda:inputParameter name="a"><camunda:script scriptFormat="groovy">1</camunda:script></camunda:inputParameter></camunda:inputOutput></extensionElements></task>"#,
    ),
    (
        "map entry without a key",
        r#"<task id="x"><extensionElements><camunda:inputOutput><camunda:inputParameter name="a"><camunda:map><camunda:entry>1</camunda:entry></camunda:map></camunda:inputParameter></camunda:inputOutput></extensionElements></task>"#,
    ),
    (
        "mapping on a gateway",
        r#"<parallelGateway id="x"><extensionElements><camunda:inputOutput/></extensionElements></parallelGateway>"#,
    ),
    ("unknown task", r#"<magicTask id="x"/>"#),
    (
        "conditional flow from a lonely gateway",
        "<exclusiveGateway id=\"g\"/><task id=\"x\"/><task id=\"y\"/>\n<sequenceFlow id=\"f3\" sourceRef=\"x\" targetRef=\"g\"/><sequenceFlow id=\"f4\" sourceRef=\"g\" targetRef=\"y\"><conditionExpression>${a}</conditionExpression></sequenceFlow>",
    ),
    (
        "gateway without a way out",
        "<exclusiveGateway id=\"g\"/><task id=\"x\"/>\n<sequenceFlow id=\"f3\" sourceRef=\"x\" targetRef=\"g\"/>",
    ),
    (
        "two flows without a condition",
        "<exclusiveGateway id=\"x\"/>\n<sequenceFlow id=\"f3\" sourceRef=\"x\" targetRef=\"e\"/>",
    ),
    (
        "default flow assumed",
        "<exclusiveGateway id=\"x\"/>\n<sequenceFlow id=\"f3\" sourceRef=\"x\" targetRef=\"e\"><conditionExpression>${a}</conditionExpression></sequenceFlow>",
    ),
    (
        "default flow with a condition",
        "<exclusiveGateway id=\"x\" default=\"f3\"/>\n<sequenceFlow id=\"f3\" sourceRef=\"x\" targetRef=\"e\"><conditionExpression>${a}</conditionExpression></sequenceFlow>",
    ),
    (
        "condition behind a parallel gateway",
        "<parallelGateway id=\"x\"/>\n<sequenceFlow id=\"f3\" sourceRef=\"x\" targetRef=\"e\"><conditionExpression>${a}</conditionExpression></sequenceFlow>",
    ),
    (
        "default flow of another",
        "<exclusiveGateway id=\"x\" default=\"f1\"/>",
    ),
    (
        "condition in another language",
        "<task id=\"x\"/>\n<sequenceFlow id=\"f3\" sourceRef=\"x\" targetRef=\"e\"><conditionExpression language=\"groovy\">a</conditionExpression></sequenceFlow>",
    ),
    (
        "empty condition",
        "<task id=\"x\"/>\n<sequenceFlow id=\"f3\" sourceRef=\"x\" targetRef=\"e\"><conditionExpression> </conditionExpression></sequenceFlow>",
    ),
    (
        "flow to nowhere",
        "<task id=\"x\"/>\n<sequenceFlow id=\"f3\" sourceRef=\"x\" targetRef=\"gone\"/>",
    ),
    (
        "flow without a target",
        "<task id=\"x\"/>\n<sequenceFlow id=\"f3\" sourceRef=\"x\"/>",
    ),
    (
        "flow from nowhere",
        "<task id=\"x\"/>\n<sequenceFlow id=\"f3\" sourceRef=\"gone\" targetRef=\"x\"/>",
    ),
    (
        "flow into a sub-process",
        "<subProcess id=\"x\"><startEvent id=\"a\"/><task id=\"b\"/></subProcess>\n<sequenceFlow id=\"f3\" sourceRef=\"s\" targetRef=\"b\"/>",
    ),
    (
        "flow out of an end",
        "<task id=\"x\"/>\n<sequenceFlow id=\"f3\" sourceRef=\"e\" targetRef=\"x\"/>",
    ),
    (
        "flow into a start",
        "<task id=\"x\"/>\n<sequenceFlow id=\"f3\" sourceRef=\"x\" targetRef=\"s\"/>",
    ),
    (
        "boundary event on nothing",
        "<task id=\"x\"/>\n<boundaryEvent id=\"b\"><errorEventDefinition/></boundaryEvent>",
    ),
    (
        "boundary event on a gateway",
        "<parallelGateway id=\"x\"/>\n<boundaryEvent id=\"b\" attachedToRef=\"x\"><errorEventDefinition/></boundaryEvent>",
    ),
    (
        "boundary event without a trigger",
        "<task id=\"x\"/>\n<boundaryEvent id=\"b\" attachedToRef=\"x\"/>",
    ),
    (
        "error end event without an error",
        "<task id=\"x\"/>\n<endEvent id=\"e2\"><errorEventDefinition/></endEvent>",
    ),
    (
        "error that is not there",
        "<task id=\"x\"/>\n<endEvent id=\"e2\"><errorEventDefinition errorRef=\"no\"/></endEvent>",
    ),
    (
        "error start event",
        "<task id=\"x\"/>\n<startEvent id=\"s2\"><errorEventDefinition/></startEvent>",
    ),
    (
        "two none start events",
        "<task id=\"x\"/>\n<startEvent id=\"s2\"/>",
    ),
    (
        "script in another file",
        r#"<scriptTask id="x" scriptFormat="feel" camunda:resource="deployment://a.feel"/>"#,
    ),
    (
        "script that is no FEEL",
        r#"<scriptTask id="x" scriptFormat="feel"><script>1 +</script></scriptTask>"#,
    ),
    (
        "compensation of what is not there",
        r#"<intermediateThrowEvent id="x"><compensateEventDefinition activityRef="no"/></intermediateThrowEvent>"#,
    ),
    (
        "compensation handler that is none",
        r#"<task id="x"/><boundaryEvent id="b" attachedToRef="x"><compensateEventDefinition/></boundaryEvent><task id="h"/><association id="a" sourceRef="b" targetRef="h"/>"#,
    ),
    (
        "cancel outside of a transaction",
        r#"<subProcess id="x"><startEvent id="a"/><endEvent id="c"><cancelEventDefinition/></endEvent></subProcess>
<boundaryEvent id="b" attachedToRef="x"><cancelEventDefinition/></boundaryEvent>"#,
    ),
    (
        "two boundary events that catch the same",
        r#"<subProcess id="x"><startEvent id="a"/></subProcess><boundaryEvent id="b" attachedToRef="x"><escalationEventDefinition/></boundaryEvent>
<boundaryEvent id="c" attachedToRef="x"><escalationEventDefinition/></boundaryEvent>"#,
    ),
    (
        "event-based gateway before a task",
        r#"<eventBasedGateway id="g"/><task id="x"/>
<sequenceFlow id="f3" sourceRef="g" targetRef="x"/>"#,
    ),
    (
        "output of a multi-instance activity",
        r#"<task id="x"><extensionElements><camunda:inputOutput><camunda:outputParameter name="a">1</camunda:outputParameter></camunda:inputOutput></extensionElements>
<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></task>"#,
    ),
    (
        "error start event that does not interrupt",
        r#"<task id="x"/><subProcess id="h" triggeredByEvent="true"><startEvent id="a" isInterrupting="false"><errorEventDefinition/></startEvent></subProcess>"#,
    ),
    (
        "escalation on a task",
        r#"<task id="x"/><boundaryEvent id="b" attachedToRef="x"><escalationEventDefinition/></boundaryEvent>"#,
    ),
    ("an id twice", "<task id=\"x\"/>\n<task id=\"x\"/>"),
    ("no id", "<task id=\"x\"/>\n<task/>"),
];

/// Fields of a form.
const FIELDS: &[(&str, &str)] = &[
    (
        "field without an id",
        r#"<camunda:formField type="string"/>"#,
    ),
    ("field without a type", r#"<camunda:formField id="a"/>"#),
    (
        "field of an unknown type",
        r#"<camunda:formField id="a" type="colour"/>"#,
    ),
    (
        "field twice",
        r#"<camunda:formField id="a" type="string"/><camunda:formField id="a" type="long"/>"#,
    ),
    (
        "enum without values",
        r#"<camunda:formField id="a" type="enum"/>"#,
    ),
    (
        "enum value twice",
        r#"<camunda:formField id="a" type="enum"><camunda:value id="1"/><camunda:value id="1"/></camunda:formField>"#,
    ),
    (
        "enum value without an id",
        r#"<camunda:formField id="a" type="enum"><camunda:value id="1"/><camunda:value name="2"/></camunda:formField>"#,
    ),
    (
        "date pattern",
        r#"<camunda:formField id="a" type="date" datePattern="dd.MM.QQ"/>"#,
    ),
    (
        "default value",
        r#"<camunda:formField id="a" type="string" defaultValue="${"/>"#,
    ),
    (
        "unknown constraint",
        r#"<camunda:formField id="a" type="string"><camunda:validation><camunda:constraint name="nice"/></camunda:validation></camunda:formField>"#,
    ),
    (
        "validator class",
        r#"<camunda:formField id="a" type="string"><camunda:validation><camunda:constraint name="validator" config="org.example.V"/></camunda:validation></camunda:formField>"#,
    ),
    (
        "constraint that is no number",
        r#"<camunda:formField id="a" type="long"><camunda:validation><camunda:constraint name="min" config="few"/></camunda:validation></camunda:formField>"#,
    ),
    (
        "constraint that is too large",
        r#"<camunda:formField id="a" type="string"><camunda:validation><camunda:constraint name="maxlength" config="99999999999"/></camunda:validation></camunda:formField>"#,
    ),
    (
        "constraint of another type",
        r#"<camunda:formField id="a" type="string"><camunda:validation><camunda:constraint name="max" config="1"/></camunda:validation></camunda:formField>"#,
    ),
];

#[test]
fn every_problem_is_told_with_its_place() {
    let mut told = String::new();
    let mut tell = |title: &str, fixture: &str, xml: &str| {
        let findings = findings(xml);
        assert!(!findings.is_empty(), "{title} is told nothing about");
        told.push_str(&format!("# {title}\n{fixture}\n"));
        for finding in findings {
            told.push_str(&format!("> {finding}\n"));
        }
        told.push('\n');
    };
    for (title, fixture) in BETWEEN {
        tell(title, fixture, &around(fixture));
    }
    for (title, fixture) in FIELDS {
        let form = format!(
            "<userTask id=\"x\"><extensionElements><camunda:formData>\n{fixture}\n\
             </camunda:formData></extensionElements></userTask>"
        );
        tell(title, fixture, &around(&form));
    }
    let key = r#"<userTask id="x"><extensionElements><camunda:formData camunda:businessKey="k"/></extensionElements></userTask>"#;
    tell("business key that is no field", key, &around(key));
    let nothing = r#"<task id="x"/>"#;
    tell("process without a start", nothing, &process(nothing));
    let process_listener = r#"<startEvent id="s"/><extensionElements><camunda:executionListener event="start" class="org.example.L"/></extensionElements>"#;
    tell(
        "listener of a process",
        process_listener,
        &process(process_listener),
    );
    let documents = [
        (
            "process that is not executable",
            r#"<process id="p" isExecutable="false"/>"#,
        ),
        ("no process", ""),
        (
            "message without a name",
            r#"<message id="m"/><process id="p" isExecutable="true"><startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent></process>"#,
        ),
        (
            "error without a code",
            r#"<error id="er"/><process id="p" isExecutable="true"><startEvent id="s"/><endEvent id="e"><errorEventDefinition errorRef="er"/></endEvent></process>"#,
        ),
    ];
    for (title, fixture) in documents {
        tell(title, fixture, &definitions(fixture));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_file_that_is_no_bpmn_is_told_so() {
    let file = "<html/>";
    assert_eq!(
        findings(file),
        ["a.bpmn:1:1: <html> is not the root of a BPMN 2.0 file. \
          Deploy a file whose root is <bpmn:definitions>"]
    );
}

#[test]
fn all_problems_of_a_file_are_told_at_once_in_their_order() {
    let xml = around(
        "<callActivity id=\"x\"/>\n<scriptTask id=\"y\"/>\n<userTask id=\"z\" camunda:assignee=\"${\"/>",
    );
    let problems = read("a.bpmn", xml.as_bytes()).unwrap_err();
    let lines: Vec<u32> = problems.iter().map(|p| p.position.line).collect();
    assert_eq!(lines, [3, 4, 5]);
}

#[test]
fn a_model_for_camunda_8_is_named_so() {
    for (root, task) in [
        (
            r#"modeler:executionPlatform="Camunda Cloud" xmlns:modeler="m""#,
            "<userTask id='t'/>",
        ),
        (
            r#"xmlns:zeebe="http://camunda.org/schema/zeebe/1.0""#,
            "<serviceTask id='t'><extensionElements><zeebe:taskDefinition type='x'/></extensionElements></serviceTask>",
        ),
    ] {
        let xml = format!(
            r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" {root}><process id="p" isExecutable="true">{task}</process></definitions>"#
        );
        let problems = crate::model::read("a.bpmn", xml.as_bytes()).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.contains("Camunda 8"), "{problems:?}");
    }
    // What is left of it in one for Camunda 7 does no harm.
    let both = around(
        r#"<userTask id="x" camunda:assignee="ana"><extensionElements><z:properties xmlns:z="http://camunda.org/schema/zeebe/1.0"/></extensionElements></userTask>"#,
    );
    assert!(read("a.bpmn", both.as_bytes()).is_ok());
}

#[test]
fn an_attribute_that_nothing_knows_is_told() {
    let xml = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn">
<process id="p" isExecutable="true" camunda:historyTimeToLive="1">
<startEvent id="s"/><userTask id="t" camunda:asignee="ana" camunda:candidateGroups="g"/>
<sequenceFlow id="f" sourceRef="s" targetRef="t"/></process></definitions>"#;
    let model = crate::model::read("a.bpmn", xml.as_bytes()).unwrap();
    let told: Vec<String> = model.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("a.bpmn:3:38") && told[0].contains("did you mean \"assignee\"?"),
        "{told:?}"
    );
}

#[test]
fn a_name_that_nothing_knows_is_told() {
    let within = |inside: &str| {
        let xml = around(inside);
        let found = findings(&xml);
        let none = |problem: &String| problem.contains("effect");
        found.into_iter().filter(none).collect::<Vec<String>>()
    };
    for (inside, told) in [
        (
            r#"<userTask id="x"><extensionElements><camunda:taskListner event="create"/></extensionElements></userTask>"#,
            r#"x: camunda:taskListner has no meaning and no effect; did you mean "taskListener"?"#,
        ),
        (
            r#"<userTask id="x"><documentacion>Do it</documentacion></userTask>"#,
            r#"x: documentacion has no meaning and no effect; did you mean "documentation"?"#,
        ),
        (
            r#"<userTask id="x" candidateGroups="g"/>"#,
            "x: candidateGroups has no effect without its prefix: write camunda:candidateGroups",
        ),
        (
            r#"<userTask id="x" nmae="Load"/>"#,
            r#"x: nmae has no meaning and no effect; did you mean "name"?"#,
        ),
        (
            r#"<userTask id="x"><extensionElements><camunda:inputOutput><camunda:inputParameter nam="a">1</camunda:inputParameter></camunda:inputOutput></extensionElements></userTask>"#,
            "x: nam has no meaning and no effect",
        ),
    ] {
        let found = within(inside);
        assert!(
            found.len() == 1 && found[0].contains(told),
            "{inside}: {found:?}"
        );
    }
    let fine = r#"<userTask id="x" name="Load" startQuantity="1" xmlns:a="urn:a" a:own="1"><documentation textFormat="text/plain">d</documentation>
<extensionElements><a:own mark="1"/><camunda:properties><camunda:property id="i" name="a" value="b"/></camunda:properties></extensionElements>
<ioSpecification><inputSet/><outputSet/></ioSpecification></userTask>"#;
    assert_eq!(within(fine), Vec::<String>::new());
}

#[test]
fn what_is_refused_since_then_is_read_where_it_is_deployed() {
    let xml = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
<process id="p" isExecutable="true" camunda:historyTimeToLive="1"><startEvent id="s"/>
<userTask id="t" name="${execution.isCanceled()}" camunda:asignee="ana"><extensionElements><zeebe:properties/></extensionElements></userTask>
<sequenceFlow id="f" sourceRef="s" targetRef="t"/></process></definitions>"#;
    assert!(crate::model::read("a.bpmn", xml.as_bytes()).is_err());
    let model = crate::model::read_deployed("a.bpmn", xml.as_bytes(), &|_| None).unwrap();
    assert_eq!((model.processes.len(), model.warnings), (1, Vec::new()));
}

#[test]
fn a_time_to_live_that_is_none_is_refused_when_it_is_deployed() {
    for text in ["abc", "-5", "P1M"] {
        let xml = definitions(&format!(
            r#"<process id="p" camunda:historyTimeToLive="{text}"><startEvent id="s"/></process>"#
        ));
        let told = read("a.bpmn", xml.as_bytes()).unwrap_err();
        assert!(told[0].message.contains("historyTimeToLive"), "{told:?}");
        // What runs already goes on.
        crate::model::read_deployed("a.bpmn", xml.as_bytes(), &|_| None).unwrap();
    }
}

#[test]
fn warnings_keep_no_error_out() {
    let task = |n: usize| format!(r#"<task id="t{n}" camunda:foo="{n}"/>"#);
    let tasks: String = (0..1_000).map(task).collect();
    let xml = process(&format!("{tasks}<serviceTask id=\"last\"/>"));
    let problems = read("a.bpmn", xml.as_bytes()).unwrap_err();
    let errors = problems.iter().filter(|p| p.severity == Severity::Error);
    assert!(errors.count() >= 1);
    assert!(problems.len() <= 400, "{}", problems.len());
}

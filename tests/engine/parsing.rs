//! What is refused when a model is deployed, and what is read.

use crate::support::*;
use crewdesk::engine::{Command, JobKind};
use crewdesk::model::{self, Model, Severity};
use crewdesk::value::Map;

/// The errors of a file: the elements at which they are, and what they say.
fn errors(xml: &str) -> Vec<(Option<String>, String)> {
    match model::read("a.bpmn", xml.as_bytes()) {
        Ok(_) => Vec::new(),
        Err(problems) => {
            let errors = problems
                .into_iter()
                .filter(|p| p.severity == Severity::Error);
            errors.map(|p| (p.element, p.message)).collect()
        }
    }
}

/// Checks that a model is refused at an element, with these words.
#[track_caller]
fn refused(elements: &str, at: &str, words: &str) {
    let found = errors(&bpmn(elements));
    let there = found
        .iter()
        .any(|(element, message)| element.as_deref() == Some(at) && message.contains(words));
    assert!(there, "{at}: {words}\n{found:?}");
}

fn read(xml: &str) -> Model {
    match model::read("a.bpmn", xml.as_bytes()) {
        Ok(model) => model,
        Err(problems) => panic!("{problems:?}"),
    }
}

/// A scope that starts by this event.
fn started_by(kind: &str, attributes: &str, definition: &str) -> String {
    format!(
        r#"<startEvent id="start" />
        <{kind} id="sub" {attributes}><startEvent id="by">{definition}</startEvent> <endEvent id="e" />
          by -> e
        </{kind}>
        start -> sub"#
    )
}

const TIMER: &str =
    "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>";
const CONDITION: &str = r#"<conditionalEventDefinition><condition xsi:type="tFormalExpression">${true}</condition></conditionalEventDefinition>"#;

/// BpmnParseTest.testInvalidSubProcessWithTimerStartEvent
/// BpmnParseTest.testInvalidSubProcessWithMessageStartEvent
/// BpmnParseTest.testInvalidSubProcessWithConditionalStartEvent
/// BpmnParseTest.testInvalidSubProcessWithSignalStartEvent
/// BpmnParseTest.testInvalidSubProcessWithErrorStartEvent
/// BpmnParseTest.testInvalidSubProcessWithEscalationStartEvent
/// BpmnParseTest.testInvalidSubProcessWithCompensationStartEvent
/// BpmnParseTest.testInvalidTransactionWithMessageStartEvent
/// BpmnParseTest.testInvalidTransactionWithTimerStartEvent
/// BpmnParseTest.testInvalidTransactionWithConditionalStartEvent
/// BpmnParseTest.testInvalidTransactionWithSignalStartEvent
/// BpmnParseTest.testInvalidTransactionWithErrorStartEvent
/// BpmnParseTest.testInvalidTransactionWithEscalationStartEvent
/// BpmnParseTest.testInvalidTransactionWithCompensationStartEvent
/// BpmnParseTest.testParseMultipleStartEvent
/// BpmnParseTest.testParseSignalStartEvent
/// BpmnParseTest.testParseEscalationStartEvent
/// BpmnParseTest.testParseCompensationStartEvent
/// BpmnParseTest.testParseEventSubprocessConditionalStartEvent
/// BpmnParseTest.testParseInvalidEventSubprocessConditionalStartEvent
#[test]
fn only_event_sub_processes_start_by_an_event() {
    for definition in [
        TIMER,
        CONDITION,
        r#"<messageEventDefinition messageRef="letter" />"#,
        r#"<signalEventDefinition signalRef="alarm" />"#,
        r#"<errorEventDefinition errorRef="broken" />"#,
        r#"<escalationEventDefinition escalationRef="hot" />"#,
        "<compensateEventDefinition />",
    ] {
        for kind in ["subProcess", "transaction"] {
            refused(&started_by(kind, "", definition), "by", "");
        }
        // What is undone is a scope inside.
        let inside = match definition.starts_with("<comp") {
            true => {
                let event = started_by("subProcess", "triggeredByEvent=\"true\"", definition);
                let event = event
                    .replace("start -> sub", "")
                    .replace("<startEvent id=\"start\" />", "");
                format!(
                    "<startEvent id=\"start\" /> <subProcess id=\"around\"><startEvent id=\"s\" />{event}</subProcess>\nstart -> around"
                )
            }
            false => started_by("subProcess", "triggeredByEvent=\"true\"", definition)
                .replace("start -> sub", "<endEvent id=\"done\" />\nstart -> done"),
        };
        assert_eq!(errors(&bpmn(&inside)), [], "{definition}");
    }
    let nameless = r#"<startEvent id="start" /> <userTask id="work" />
        <subProcess triggeredByEvent="true"><startEvent id="by"><escalationEventDefinition escalationRef="hot" /></startEvent> <userTask id="inside" />
          by -> inside
        </subProcess>
        start -> work"#;
    let mut desk = Desk::start(nameless, Default::default());
    desk.ok(Command::Escalate {
        task: desk.task("work").id,
        code: "HOT".into(),
        variables: Default::default(),
    });
    assert_eq!(desk.tasks(), ["inside"], "one without an id");
    let none =
        started_by("subProcess", "triggeredByEvent=\"true\"", "").replace("start -> sub", "");
    refused(
        &none,
        "by",
        "start event of event subprocess must be of type",
    );
    let empty = started_by(
        "subProcess",
        "triggeredByEvent=\"true\"",
        "<conditionalEventDefinition />",
    )
    .replace("start -> sub", "");
    refused(&empty, "by", "");
    let two = started_by("subProcess", "", "").replace(
        "by -> e",
        &format!("<startEvent id=\"t\">{TIMER}</startEvent>\nby -> e\nt -> e"),
    );
    refused(&two, "t", "");
}

/// BpmnParseTest.testInvalidSubProcessWithoutStartEvent
/// BpmnParseTest.testInvalidProcessWithoutStartEvent
/// BpmnParseTest.testInvalidSequenceFlowInAndOutEventSubProcess
/// BpmnParseTest.testInvalidAsyncAfterEventBasedGateway
/// BpmnParseTest.testParseInvalidConditionalBoundaryEvent
/// BpmnParseTest.testParseInvalidIntermediateConditionalEvent
/// BpmnParseTest.testTimerWithoutFullDefinition
/// BpmnParseTest.testInvalidExecutionListenerDelegateDefinition
#[test]
fn what_can_not_run_is_refused_at_its_element() {
    refused(
        "<startEvent id=\"start\" /> <subProcess id=\"sub\"><task id=\"t\" /></subProcess>\nstart -> sub",
        "sub",
        "start",
    );
    refused("<task id=\"t\" />", "process", "start");
    let event = started_by("subProcess", "triggeredByEvent=\"true\"", TIMER);
    refused(
        &event,
        "sub",
        "Invalid sequence flow of an event subprocess",
    );
    let gateway = format!(
        "<startEvent id=\"start\" /> <eventBasedGateway id=\"gate\" camunda:asyncAfter=\"true\" /> <intermediateCatchEvent id=\"c\">{TIMER}</intermediateCatchEvent>\nstart -> gate -> c"
    );
    refused(&gateway, "gate", "'asyncAfter' not supported");
    for (id, element) in [
        (
            "b",
            "<userTask id=\"x\" /> <boundaryEvent id=\"b\" attachedToRef=\"x\"><conditionalEventDefinition /></boundaryEvent>",
        ),
        (
            "x",
            "<intermediateCatchEvent id=\"x\"><conditionalEventDefinition /></intermediateCatchEvent>",
        ),
        (
            "x",
            "<intermediateCatchEvent id=\"x\"><timerEventDefinition /></intermediateCatchEvent>",
        ),
        (
            "x",
            r#"<userTask id="x"><extensionElements><camunda:executionListener event="start" delegateExpression="${bean}" /></extensionElements></userTask>"#,
        ),
    ] {
        refused(
            &format!("<startEvent id=\"start\" /> {element}\nstart -> x"),
            id,
            "",
        );
    }
}

/// BpmnParseTest.testExpressionParsingErrors
/// BpmnParseTest.testXmlParsingErrors
/// BpmnParseTest.testSequenceFlowNoIdAndUnexistantDestination
/// BpmnParseTest.shouldPreventXxeProcessing
#[test]
fn broken_files_say_where() {
    let expression = r#"<startEvent id="start" /> <serviceTask id="x" camunda:expression="${currentUser()" />
        start -> x"#;
    refused(expression, "x", "");
    assert!(
        !errors("<definitions><process id='p'><task id='t'</process></definitions>").is_empty()
    );
    let nowhere = bpmn(
        "<startEvent id=\"start\" /> <sequenceFlow sourceRef=\"start\" targetRef=\"nowhere\" />",
    );
    assert!(
        errors(&nowhere)
            .iter()
            .any(|(_, message)| message.contains("nowhere"))
    );
    let entity = bpmn("<startEvent id=\"start\" name=\"&xxe;\" />").replacen(
        "<definitions",
        "<!DOCTYPE definitions [<!ENTITY xxe SYSTEM \"file:///etc/passwd\">]>\n<definitions",
        1,
    );
    assert!(!errors(&entity).is_empty());
}

/// BpmnParseTest.testNoCamundaInSourceThrowsError
/// BpmnParseTest.testEmptyCamundaInSourceThrowsError
/// BpmnParseTest.testNoCamundaInTargetThrowsError
/// BpmnParseTest.testEmptyCamundaInTargetThrowsError
/// BpmnParseTest.testNoCamundaOutSourceThrowsError
/// BpmnParseTest.testEmptyCamundaOutSourceThrowsError
/// BpmnParseTest.testNoCamundaOutTargetThrowsError
/// BpmnParseTest.testEmptyCamundaOutTargetThrowsError
/// CallActivityTest.testSubProcessWithDataInputOutputWithoutTarget
/// CallActivityTest.testCallProcessWithoutVersionTag
#[test]
fn call_activities_name_what_they_pass_and_call() {
    let call = |attributes: &str, extension: &str| {
        format!(
            r#"<startEvent id="start" /> <callActivity id="call" calledElement="p" {attributes}><extensionElements>{extension}</extensionElements></callActivity>
            start -> call"#
        )
    };
    for direction in ["in", "out"] {
        for (attributes, words) in [
            (
                r#"target="x""#,
                "Missing parameter 'source' or 'sourceExpression' when passing variables",
            ),
            (
                r#"source="" target="x""#,
                "Empty attribute 'source' when passing variables",
            ),
            (
                r#"source="x""#,
                "Missing attribute 'target' when attribute 'source' or 'sourceExpression' is set",
            ),
            (r#"source="x" target="""#, "'target'"),
            (r#"sourceExpression="${x+5}""#, "Missing attribute 'target'"),
        ] {
            refused(
                &call("", &format!("<camunda:{direction} {attributes} />")),
                "call",
                words,
            );
        }
    }
    let tag = call(r#"camunda:calledElementBinding="versionTag""#, "");
    refused(&tag, "call", "");
}

/// InputOutputTest.testInterruptingEventSubprocessIoSupport
/// InputOutputTest.testMIOutputMappingDisallowed
/// InputOutputEventTest.testMessageStartEvent
/// InputOutputEventTest.testMessageBoundaryEvent
#[test]
fn parameters_are_refused_where_nothing_runs_them() {
    let io = |kind: &str| {
        format!(
            r#"<extensionElements><camunda:inputOutput><camunda:{kind}Parameter name="v">x</camunda:{kind}Parameter></camunda:inputOutput></extensionElements>"#
        )
    };
    let event = format!(
        r#"<startEvent id="start" />
        <subProcess id="sub" triggeredByEvent="true">{}<startEvent id="on"><messageEventDefinition messageRef="letter" /></startEvent></subProcess>"#,
        io("input")
    );
    refused(&event, "sub", "");
    let many = format!(
        r#"<startEvent id="start" /> <userTask id="many">{}<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></userTask>
        start -> many"#,
        io("output")
    );
    refused(&many, "many", "");
    let start = format!(
        r#"<startEvent id="start">{}<messageEventDefinition messageRef="letter" /></startEvent>"#,
        io("output")
    );
    refused(&start, "start", "");
    let boundary = format!(
        r#"<startEvent id="start" /> <userTask id="x" /> <boundaryEvent id="b" attachedToRef="x">{}<messageEventDefinition messageRef="letter" /></boundaryEvent>
        start -> x"#,
        io("output")
    );
    refused(&boundary, "b", "");
}

/// TransactionSubProcessTest.testMultipleCancelBoundaryFails
/// TransactionSubProcessTest.testCancelBoundaryNoTransactionFails
/// TransactionSubProcessTest.testCancelEndNoTransactionFails
#[test]
fn cancel_events_belong_to_a_transaction() {
    let tx = |kind: &str, boundaries: &str| {
        format!(
            r#"<startEvent id="start" /> <{kind} id="tx"><startEvent id="s" /></{kind}> {boundaries}
            start -> tx"#
        )
    };
    let boundary = |id: &str| {
        format!(
            r#"<boundaryEvent id="{id}" attachedToRef="tx"><cancelEventDefinition /></boundaryEvent>"#
        )
    };
    refused(
        &tx("transaction", &(boundary("c1") + &boundary("c2"))),
        "c2",
        "cancel",
    );
    refused(
        &tx("subProcess", &boundary("c")),
        "c",
        "boundary event with cancelEventDefinition only supported on transaction",
    );
    refused(
        "<startEvent id=\"start\" /> <endEvent id=\"failure\"><cancelEventDefinition /></endEvent>\nstart -> failure",
        "failure",
        "end event with cancelEventDefinition only supported inside transaction",
    );
}

/// BpmnParseTest.testParseWithBpmnNamespacePrefix
/// BpmnParseTest.testParseWithMultipleDocumentation
/// BpmnParseTest.testParseNamespaceInConditionExpressionType
/// BpmnParseTest.testParseDefinitionWithDeprecatedActivitiNamespace
/// BpmnParseTest.testParseDefinitionWithCamundaNamespace
/// BpmnParseTest.testParseEmptyExtensionProperty
#[test]
fn prefixes_and_old_namespaces_are_read() {
    let plain = r#"<startEvent id="start" /> <userTask id="task" camunda:assignee="ana" /> <endEvent id="end" />
        start -> task
        task -> end if ${true}"#;
    let prefixed = bpmn(plain)
        .replace("xmlns=", "xmlns:bpmn2=")
        .replace("</", "</bpmn2:")
        .replace('<', "<bpmn2:")
        .replace("<bpmn2:/bpmn2:", "</bpmn2:")
        .replace("<bpmn2:?xml", "<?xml")
        .replace("xsi:type=\"tFormal", "xsi:type=\"bpmn2:tFormal");
    let documented = bpmn(&format!(
        "<documentation>one</documentation><documentation>two</documentation>{plain}"
    ));
    let activiti = bpmn(plain).replace(
        "http://camunda.org/schema/1.0/bpmn",
        "http://activiti.org/bpmn",
    );
    let property = bpmn(&plain.replace("/> <endEvent", "><extensionElements><camunda:properties><camunda:property /></camunda:properties></extensionElements></userTask> <endEvent"));
    for xml in [prefixed, documented, activiti, property] {
        let process = read(&xml).processes.remove(0);
        assert_eq!((process.nodes.len(), process.flows.len()), (3, 2), "{xml}");
        let mut desk = Desk::deploy(&xml).started(Map::new());
        assert_eq!(desk.task("task").assignee.as_deref(), Some("ana"));
        desk.complete("task");
        assert!(desk.ended());
    }
}

/// BpmnParseTest.testParseAsyncMultiInstanceBody
/// BpmnParseTest.testParseAsyncActivityWrappedInMultiInstanceBody
/// BpmnParseTest.testParseAsyncActivityWrappedInMultiInstanceBodyWithAsyncMultiInstance
#[test]
fn async_is_of_the_whole_of_each_or_of_both() {
    for (whole, each, jobs) in [
        ("true", "false", [1, 0]),
        ("false", "true", [3, 3]),
        ("true", "true", [1, 3]),
    ] {
        let model = format!(
            r#"<startEvent id="start" /> <userTask id="x" camunda:asyncBefore="{whole}"><multiInstanceLoopCharacteristics camunda:asyncBefore="{each}"><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics></userTask>
            start -> x"#
        );
        let mut desk = Desk::start(&model, Map::new());
        assert_eq!(desk.instance.jobs().count(), jobs[0]);
        if whole == "true" {
            desk.execute("x");
        }
        assert_eq!(
            desk.instance
                .jobs()
                .filter(|job| job.kind == JobKind::AsyncBefore)
                .count(),
            jobs[1]
        );
    }
}

/// BpmnParseTest.testParseSwitchedSourceAndTargetRefsForAssociations
/// BpmnParseTest.testParseCompensationHandlerOfMiActivity
/// BpmnParseTest.testParseCompensationHandlerOfMiSubprocess
/// BpmnParseTest.testParseCompensationEndEvent
#[test]
fn an_association_leads_from_the_boundary_to_the_handler_or_back() {
    for (source, target) in [("on", "undo"), ("undo", "on")] {
        for element in [
            r#"<serviceTask id="book" camunda:expression="${true}" />"#,
            r#"<serviceTask id="book" camunda:expression="${true}"><multiInstanceLoopCharacteristics><loopCardinality>1</loopCardinality></multiInstanceLoopCharacteristics></serviceTask>"#,
            r#"<subProcess id="book"><multiInstanceLoopCharacteristics><loopCardinality>1</loopCardinality></multiInstanceLoopCharacteristics><startEvent id="s" /></subProcess>"#,
        ] {
            let model = format!(
                r#"<startEvent id="start" /> {element} <boundaryEvent id="on" attachedToRef="book"><compensateEventDefinition /></boundaryEvent>
                <userTask id="undo" isForCompensation="true" /> <association id="as" sourceRef="{source}" targetRef="{target}" />
                <endEvent id="end"><compensateEventDefinition /></endEvent>
                start -> book -> end"#
            );
            let desk = Desk::start(&model, Map::new());
            assert_eq!(desk.tasks(), ["undo"], "{source} {element}");
        }
    }
}

/// BpmnParseTest.testParseEscalationBoundaryEvent
/// BpmnParseTest.testParseEscalationIntermediateThrowingEvent
/// BpmnParseTest.testParseEscalationEndEvent
/// BpmnParseTest.testParseConditionalBoundaryEvent
/// BpmnParseTest.testParseIntermediateConditionalEvent
#[test]
fn escalations_and_conditions_are_read() {
    let model = format!(
        r#"<startEvent id="start" />
        <subProcess id="sub"><startEvent id="s" /> <intermediateThrowEvent id="throw"><escalationEventDefinition escalationRef="hot" /></intermediateThrowEvent>
          <endEvent id="end"><escalationEventDefinition escalationRef="hot" /></endEvent>
          s -> throw -> end
        </subProcess>
        <boundaryEvent id="caught" attachedToRef="sub" cancelActivity="false"><escalationEventDefinition escalationRef="hot" /></boundaryEvent>
        <userTask id="told" /> <boundaryEvent id="cond" attachedToRef="told">{}</boundaryEvent> <userTask id="late" />
        <intermediateCatchEvent id="wait">{CONDITION}</intermediateCatchEvent> <userTask id="after" />
        start -> sub -> wait -> after
        caught -> told
        cond -> late"#,
        CONDITION.replace("true", "go")
    );
    let mut desk = Desk::start(&model, crate::support::vars([("go", false.into())]));
    assert_eq!(desk.tasks(), ["after", "told", "told"]);
    desk.set(crate::support::vars([("go", true.into())]));
    assert_eq!(desk.tasks(), ["after", "late", "late"]);
}
// differs: AsyncAfterTest.testTransitionIdRequired: a sequence flow behind asyncAfter needs no id
// not applicable: BpmnParseTest.testInvalidProcessDefinition: files are not held against the XML schema, unknown attributes are passed over
// not applicable: BpmnParseTest.testNoCamundaInSourceShouldWithoutValidation, BpmnParseTest.testNoCamundaInTargetWithoutValidation, BpmnParseTest.testNoCamundaOutSourceWithoutValidation, BpmnParseTest.testNoCamundaOutTargetWithoutValidation, BpmnParseTest.testEmptyCamundaInSourceWithoutValidation, BpmnParseTest.testEmptyCamundaInTargetWithoutValidation, BpmnParseTest.testEmptyCamundaOutSourceWithoutValidation, BpmnParseTest.testEmptyCamundaOutTargetWithoutValidation: what a call activity passes is always checked
// not applicable: BpmnParseTest.shouldAllowXxeProcessing, BpmnParseTest.testFeatureSecureProcessingAcceptsDefinitionWhenAttributeLimitOverridden, BpmnParseTest.testFeatureSecureProcessingAllowExternalSchemaAccess, BpmnParseTest.testFeatureSecureProcessingRestrictExternalSchemaAccess, BpmnParseTest.testFeatureSecureProcessingRejectsDefinitionDueToAttributeLimit: external entities are never read and cannot be allowed

/// BpmnParseTest.testParseDiagramInterchangeElements
/// BpmnParseTest.testParseDiagramInterchangeElementsForUnknownModelElements
#[test]
fn the_diagram_is_read_and_what_it_draws_beside_the_process_passed_over() {
    let xml = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
      xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" targetNamespace="t">
      <collaboration id="both"><participant id="us" processRef="p"/><participant id="them"/><messageFlow id="letter" sourceRef="them" targetRef="us"/></collaboration>
      <process id="p" isExecutable="true"><startEvent id="start"/><sequenceFlow id="flow" sourceRef="start" targetRef="task"/><userTask id="task"/></process>
      <bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="plane" bpmnElement="both">
        <bpmndi:BPMNShape id="s0" bpmnElement="them"><dc:Bounds x="0" y="0" width="9" height="9"/></bpmndi:BPMNShape>
        <bpmndi:BPMNShape id="s1" bpmnElement="start"><dc:Bounds x="70" y="255" width="30" height="30"/></bpmndi:BPMNShape>
        <bpmndi:BPMNShape id="s2" bpmnElement="task"><dc:Bounds x="176" y="230" width="100" height="80"/></bpmndi:BPMNShape>
        <bpmndi:BPMNShape id="s3" bpmnElement="nowhere"><dc:Bounds x="1" y="1" width="1" height="1"/></bpmndi:BPMNShape>
        <bpmndi:BPMNEdge id="e1" bpmnElement="flow"><di:waypoint x="100" y="270"/><di:waypoint x="140" y="178"/><di:waypoint x="176" y="270"/></bpmndi:BPMNEdge>
        <bpmndi:BPMNEdge id="e2" bpmnElement="letter"><di:waypoint x="1" y="1"/><di:waypoint x="2" y="2"/></bpmndi:BPMNEdge>
      </bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>"#;
    let model = read(xml);
    let diagram = &model.processes[0].diagram;
    let bounds = |id: &str| {
        let b = diagram.shapes[id];
        [b.x, b.y, b.width, b.height]
    };
    assert_eq!(bounds("start"), [70.0, 255.0, 30.0, 30.0]);
    assert_eq!(bounds("task"), [176.0, 230.0, 100.0, 80.0]);
    let way = [(100.0, 270.0), (140.0, 178.0), (176.0, 270.0)];
    assert_eq!(diagram.edges["flow"], way);
}

/// BpmnParseTest.testParseProcessDefinitionTtl
/// BpmnParseTest.testParseProcessDefinitionStringTtl
/// BpmnParseTest.testParseProcessDefinitionEmptyTtl
/// BpmnParseTest.testParseProcessDefinitionWithoutTtl
#[test]
fn the_time_to_live_of_the_history_is_read() {
    for (attribute, read_as) in [
        (r#"camunda:historyTimeToLive="5""#, Some("5")),
        (r#"camunda:historyTimeToLive="P5D""#, Some("P5D")),
        (r#"camunda:historyTimeToLive="""#, None),
        ("", None),
    ] {
        let xml = format!(
            r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
            <process id="p" isExecutable="true" {attribute}><startEvent id="start"/></process></definitions>"#
        );
        let model = read(&xml);
        let time = model.processes[0].history_time_to_live.as_deref();
        assert_eq!(time, read_as, "{attribute}");
    }
}
// differs: BpmnParseTest.testParseProcessDefinitionStartable: every process is shown as startable in a tasklist

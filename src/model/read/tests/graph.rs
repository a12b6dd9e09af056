//! What a sound model becomes.

use super::{around, definitions, model, node, one, process};
use crate::juel::Template;
use crate::model::graph::{
    Binding, DecisionMapping, LinkedForm, NodeKind, ParameterValue, Throw, Timer, Trigger,
};
use crate::model::{Constraint, FieldType, Figure, Script, Widget, read, read_for_drawing};

const SHIPPED: &[u8] = include_bytes!("../../../../process-models/database-insertion.bpmn");

#[test]
fn the_shipped_model_has_no_problem() {
    let model = read("database-insertion.bpmn", SHIPPED).unwrap();
    assert_eq!(model.warnings, []);
    let process = &model.processes[0];
    assert_eq!(process.id, "database-insertion");
    assert_eq!(process.name.as_deref(), Some("Database insertion"));
    assert_eq!(process.history_time_to_live.as_deref(), Some("P180D"));
    let form = process.start_form().unwrap();
    let ids: Vec<&str> = form.fields.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "title",
            "description",
            "assignee",
            "candidateUsers",
            "candidateGroups",
            "dueDate",
            "remindAt",
            "priority",
            "connection",
            "tableName"
        ]
    );
    assert_eq!(
        form.fields[7].constraints,
        [Constraint::Min(0.into()), Constraint::Max(100.into())]
    );
    assert_eq!(
        form.fields[5].kind,
        FieldType::Date {
            pattern: "yyyy-MM-dd'T'HH:mm:ss".into()
        }
    );

    let enter = process.node("enter-data").unwrap();
    let NodeKind::UserTask(task) = &enter.kind else {
        panic!("{enter:?}")
    };
    let widgets: Vec<(&str, Widget, bool)> = task
        .form
        .iter()
        .flat_map(|f| &f.fields)
        .map(|f| (f.id.as_str(), f.widget(), f.required()))
        .collect();
    assert_eq!(
        widgets,
        [
            ("connection", Widget::Line, false),
            ("serverName", Widget::Line, false),
            ("databaseName", Widget::Line, false),
            ("userName", Widget::Line, false),
            ("password", Widget::Secret, false),
            ("tableName", Widget::Line, true),
            ("dataFrame", Widget::File, false),
            ("sourceConnection", Widget::Line, false),
            ("sourceQuery", Widget::Multiline, false),
            ("mode", Widget::Line, false),
            ("keyColumns", Widget::Line, false),
            ("query", Widget::Multiline, false),
            ("columns", Widget::Multiline, false),
            ("undoable", Widget::Line, false),
            ("separator", Widget::Line, false),
            ("skipLines", Widget::Line, false),
            ("header", Widget::Line, false),
            ("quote", Widget::Line, false),
            ("escape", Widget::Line, false),
            ("encoding", Widget::Line, false),
            ("sheet", Widget::Line, false),
            ("nullText", Widget::Line, false),
            ("dateFormat", Widget::Line, false),
            ("numberFormat", Widget::Line, false),
            ("booleanFormat", Widget::Line, false),
            ("timeZone", Widget::Line, false),
            ("trim", Widget::Line, false),
        ]
    );
    // What is seldom needed is folded, and nothing else.
    let fields = task.form.iter().flat_map(|f| &f.fields);
    let folded = fields.filter(|f| f.properties.contains_key("fold"));
    let folded: Vec<&str> = folded.map(|f| f.id.as_str()).collect();
    assert_eq!(folded.len(), 16);
    assert_eq!((folded[0], folded[15]), ("query", "trim"));
    assert_eq!(task.listeners[0].event, "complete");
    assert_eq!(process.nodes[enter.boundary_events[0]].id, "remind");

    let remind = process.node("remind").unwrap();
    let NodeKind::BoundaryEvent(event) = &remind.kind else {
        panic!("{remind:?}")
    };
    assert!(!event.interrupting);
    assert!(matches!(event.trigger, Trigger::Timer(Timer::Date(_))));
    assert_eq!(remind.properties["notify"], "due-soon");

    let insert = process.node("insert-rows").unwrap();
    let NodeKind::ExternalTask(task) = &insert.kind else {
        panic!("{insert:?}")
    };
    assert_eq!(task.topic.literal(), Some("insertion"));
    assert_eq!(insert.properties["decision"], "insertion-check");

    let check = process.node("check-insertion").unwrap();
    let NodeKind::BusinessRuleTask(task) = &check.kind else {
        panic!("{check:?}")
    };
    assert_eq!(task.mapping, DecisionMapping::SingleResult);
    assert_eq!(task.result_variable.as_deref(), Some("check"));
    let outputs: Vec<&str> = check.outputs.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(outputs, ["result", "reason"]);

    let verdict = process.node("verdict").unwrap();
    let back = &process.flows[verdict.default_flow.unwrap()];
    assert_eq!(
        (back.id.as_str(), &*process.nodes[back.target].id),
        ("back", "enter-data")
    );
    let accepted = &process.flows[verdict.outgoing[0]];
    assert!(matches!(&accepted.condition, Some(Script::Juel(c)) if c.source() == "${result == 1}"));
    assert_eq!(process.diagram.shapes.len(), process.nodes.len());
    assert_eq!(process.diagram.edges.len(), process.flows.len());
}

/// Each id of the model has its shape or edge, and each shape an element, as the Modeler wants it.
#[test]
fn the_shipped_diagram_is_whole() {
    let text = std::str::from_utf8(SHIPPED).unwrap();
    let process = one(text);
    for flow in &process.flows {
        let points = &process.diagram.edges[&flow.id];
        for pair in points.windows(2) {
            let straight = pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1;
            assert!(straight, "{} is drawn at a slant", flow.id);
        }
    }
    assert_eq!(
        text.matches("bpmnElement=").count(),
        process.nodes.len() + process.flows.len() + 1
    );
}

#[test]
fn prefixes_and_the_vendor_of_the_extensions_do_not_matter() {
    for extension in [
        "http://camunda.org/schema/1.0/bpmn",
        "http://operaton.org/schema/1.0/bpmn",
        "http://activiti.org/bpmn",
    ] {
        let xml = format!(
            "<q:definitions xmlns:q='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:e='{extension}'>\
             <q:process id='p' isExecutable='true'><q:startEvent id='s'/>\
             <q:userTask id='t' e:assignee='ana' xmlns:z='urn:other' z:assignee='ben' assignee='cem'>\
             <z:anything/></q:userTask></q:process></q:definitions>"
        );
        let NodeKind::UserTask(task) = node(&xml, "t").kind else {
            panic!()
        };
        assert_eq!(task.assignee.unwrap().source(), "ana", "{extension}");
    }
}

#[test]
fn who_may_work_on_a_task() {
    let xml = around(
        "<userTask id='x' name='Load ${table}' camunda:candidateUsers='ana, ${f(a, b)} ,ben' \
         camunda:candidateGroups='${groups}'><documentation>Why</documentation>\
         <humanPerformer><resourceAssignmentExpression><formalExpression>cem\
         </formalExpression></resourceAssignmentExpression></humanPerformer>\
         <potentialOwner><resourceAssignmentExpression><formalExpression>user(dana), group(load), eli\
         </formalExpression></resourceAssignmentExpression></potentialOwner></userTask>",
    );
    let xml = xml.replace("${f(a, b)}", "${a.concat(b, c)}");
    let NodeKind::UserTask(task) = node(&xml, "x").kind else {
        panic!()
    };
    let sources = |list: &[crate::juel::Template]| {
        list.iter()
            .map(|t| t.source().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        sources(&task.candidate_users),
        ["ana", "${a.concat(b, c)}", "ben", "dana"]
    );
    assert_eq!(
        sources(&task.candidate_groups),
        ["${groups}", "load", "eli"]
    );
    assert_eq!(task.assignee.unwrap().source(), "cem");
    assert_eq!(task.name.unwrap().source(), "Load ${table}");
    assert_eq!(task.description.unwrap().source(), "Why");
}

#[test]
fn asynchronous_continuations_and_retries() {
    let plain = node(&around("<task id='x'/>"), "x");
    assert_eq!(
        (plain.async_before, plain.async_after, plain.exclusive),
        (false, false, true)
    );
    let xml = "<task id='x' camunda:async='true' camunda:asyncAfter='true' camunda:exclusive='false'>\
               <extensionElements><camunda:failedJobRetryTimeCycle> R5/PT1M \
               </camunda:failedJobRetryTimeCycle></extensionElements></task>";
    let node = node(&around(xml), "x");
    assert_eq!(
        (node.async_before, node.async_after, node.exclusive),
        (true, true, false)
    );
    assert_eq!(node.retry_time_cycle.as_deref(), Some("R5/PT1M"));
}

#[test]
fn parameters_nest() {
    let xml = around(
        "<task id='x'><extensionElements><camunda:inputOutput>\
         <camunda:inputParameter name='empty'/>\
         <camunda:inputParameter name='text'> a ${b} </camunda:inputParameter>\
         <camunda:inputParameter name='list'><camunda:list><camunda:value>1</camunda:value>\
         <camunda:map><camunda:entry key='k'>v</camunda:entry></camunda:map></camunda:list>\
         </camunda:inputParameter></camunda:inputOutput></extensionElements></task>",
    );
    let inputs = node(&xml, "x").inputs;
    assert!(matches!(inputs[0].value, ParameterValue::Empty));
    assert!(matches!(&inputs[1].value, ParameterValue::Text(t) if t.source() == "a ${b}"));
    let ParameterValue::List(items) = &inputs[2].value else {
        panic!("{inputs:?}")
    };
    assert!(matches!(&items[1], ParameterValue::Map(m) if m[0].0.source() == "k"));
}

#[test]
fn events_and_what_they_refer_to() {
    let xml = definitions(
        "<message id='m' name='paid ${order}'/><error id='er' errorCode='E1' name='Empty' camunda:errorMessage='it is empty'/>\
         <process id='p' isExecutable='true'><startEvent id='s' camunda:initiator='who' camunda:formKey='k'/>\
         <subProcess id='sub'><startEvent id='s2'/><endEvent id='e2'><errorEventDefinition errorRef='er'/></endEvent>\
         <sequenceFlow id='f2' sourceRef='s2' targetRef='e2'/></subProcess>\
         <boundaryEvent id='b' attachedToRef='sub' cancelActivity='false'>\
         <errorEventDefinition errorRef='er' camunda:errorCodeVariable='code' camunda:errorMessageVariable='text'/></boundaryEvent>\
         <receiveTask id='r' messageRef='tns:m'/>\
         <endEvent id='t'><terminateEventDefinition/></endEvent>\
         <intermediateCatchEvent id='c'><timerEventDefinition><timeCycle>R3/PT1H</timeCycle></timerEventDefinition></intermediateCatchEvent>\
         <sequenceFlow id='f1' sourceRef='s' targetRef='sub'/></process>",
    );
    let process = one(&xml);
    let kind = |id: &str| process.node(id).unwrap().kind.clone();
    let NodeKind::StartEvent(start) = kind("s") else {
        panic!()
    };
    assert_eq!(
        (start.initiator.as_deref(), start.linked_form),
        (
            Some("who"),
            Some(LinkedForm::Key(Template::parse("k").unwrap()))
        )
    );
    let NodeKind::EndEvent(end) = kind("e2") else {
        panic!()
    };
    assert_eq!(
        end,
        Throw::Error {
            code: "E1".into(),
            message: Template::parse("it is empty").ok()
        }
    );
    let NodeKind::BoundaryEvent(boundary) = kind("b") else {
        panic!()
    };
    assert!(boundary.interrupting, "an error always interrupts");
    assert_eq!(
        boundary.trigger,
        Trigger::Error {
            code: Some("E1".into()),
            code_variable: Some("code".into()),
            message_variable: Some("text".into()),
        }
    );
    assert!(
        matches!(kind("r"), NodeKind::ReceiveTask { message: Some(message) } if message.source() == "paid ${order}")
    );
    assert!(matches!(kind("t"), NodeKind::EndEvent(Throw::Terminate)));
    assert!(matches!(
        kind("c"),
        NodeKind::CatchEvent(Trigger::Timer(Timer::Cycle(_)))
    ));
    let sub = process.node_index["sub"];
    assert_eq!(process.children(Some(sub)).count(), 2);
    assert_eq!(process.initial(Some(sub)), Some(process.node_index["s2"]));
}

#[test]
fn decisions_with_their_version() {
    let xml = around(
        "<businessRuleTask id='x' camunda:decisionRef='d1' camunda:decisionRefBinding='versionTag' \
         camunda:decisionRefVersionTag='v1'/>",
    );
    let NodeKind::BusinessRuleTask(task) = node(&xml, "x").kind else {
        panic!()
    };
    assert!(matches!(task.binding, Binding::VersionTag(tag) if tag.source() == "v1"));
    assert_eq!(task.mapping, DecisionMapping::ResultList);
}

#[test]
fn pools_and_lanes_are_kept_for_drawing() {
    let xml = definitions(
        "<collaboration id='co'><participant id='pa' name='Team' processRef='p'/></collaboration>\
         <process id='p' isExecutable='true'><laneSet id='ls'><lane id='l1' name='Head'>\
         <flowNodeRef>s</flowNodeRef><flowNodeRef>gone</flowNodeRef></lane><lane id='l2'>\
         <childLaneSet id='c'><lane id='l3' name='Staff'><flowNodeRef>e</flowNodeRef></lane></childLaneSet>\
         </lane></laneSet><startEvent id='s'/><endEvent id='e'/>\
         <sequenceFlow id='f' sourceRef='s' targetRef='e'/></process>",
    );
    let process = one(&xml);
    assert_eq!(process.pool.as_deref(), Some("Team"));
    let lanes: Vec<_> = process
        .lanes
        .iter()
        .map(|l| (l.name.as_str(), &l.nodes[..]))
        .collect();
    assert_eq!(lanes, [("Head", &[0][..]), ("Staff", &[1][..])]);
}

#[test]
fn a_gateway_gets_the_default_flow_that_camunda_assumes() {
    let xml = process(
        "<startEvent id='s'/><exclusiveGateway id='g'/><endEvent id='a'/><endEvent id='b'/>\
         <sequenceFlow id='f' sourceRef='s' targetRef='g'/>\
         <sequenceFlow id='fa' sourceRef='g' targetRef='a'><conditionExpression>${x}</conditionExpression></sequenceFlow>\
         <sequenceFlow id='fb' sourceRef='g' targetRef='b'/>",
    );
    let model = model(&xml);
    assert_eq!(model.warnings.len(), 1);
    let process = &model.processes[0];
    let default = process.node("g").unwrap().default_flow.unwrap();
    assert_eq!(process.flows[default].id, "fb");
}

#[test]
fn what_does_not_run_is_drawn() {
    let xml = process(
        "<startEvent id='s'/><callActivity id='c'/><eventBasedGateway id='g'/>\
         <boundaryEvent id='b' attachedToRef='c'><signalEventDefinition/></boundaryEvent>\
         <sequenceFlow id='f' sourceRef='s' targetRef='gone'/>",
    );
    let xml = xml.replace("isExecutable=\"true\"", "isExecutable=\"false\"");
    let model = read_for_drawing("a.bpmn", xml.as_bytes()).unwrap();
    assert_eq!(model.warnings, []);
    let process = &model.processes[0];
    assert!(!process.executable);
    let figures: Vec<Figure> = process.nodes.iter().map(|n| n.figure()).collect();
    assert_eq!(
        figures,
        [
            Figure::StartEvent(None),
            Figure::Task,
            Figure::Gateway(Some('E')),
            Figure::BoundaryEvent(Some('s')),
        ]
    );
    assert_eq!(process.nodes[1].boundary_events, [3]);
    assert_eq!(process.flows.len(), 0);
}

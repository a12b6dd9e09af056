//! Messages find their one receiver: by key, business key, instance; or start a process.

use crate::office::*;
use crewdesk::client::{Client, InstanceQuery, StartRequest};
use crewdesk::desk::Caller;
use crewdesk::desk::event::{Message, Reached};
use crewdesk::value::{Map, Value};

fn file(key: &str, inside: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <message id="invoice" name="invoice" /><message id="other" name="other" />
        <process id="{key}" isExecutable="true" camunda:historyTimeToLive="P30D">{inside}</process></definitions>"#
    )
}

const WAIT: &str = r#"<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="invoice" /></intermediateCatchEvent>
    <userTask id="task" /> <sequenceFlow id="a" sourceRef="start" targetRef="wait" /> <sequenceFlow id="b" sourceRef="wait" targetRef="task" />"#;
const BY_INVOICE: &str =
    r#"<startEvent id="start"><messageEventDefinition messageRef="invoice" /></startEvent>"#;
const TO_TASK: &str =
    r#"<userTask id="task" /> <sequenceFlow id="a" sourceRef="start" targetRef="task" />"#;

/// Waits for an invoice as soon as it is started by hand.
fn waiting() -> Post {
    Post::of("process", &format!(r#"<startEvent id="start" />{WAIT}"#))
}

/// Is started by an invoice, and then waits for the next.
fn both() -> Post {
    Post::of("process", &format!("{BY_INVOICE}{WAIT}"))
}

fn starting() -> Post {
    Post::of("process", &format!("{BY_INVOICE}{TO_TASK}"))
}

/// A desk where letters come in.
struct Post {
    office: Office,
    mara: Caller,
}

type Answer = Result<Vec<Reached>, crewdesk::desk::DeskError>;

impl Post {
    fn of(key: &str, inside: &str) -> Post {
        let office = Office::new();
        office.deploy(&format!("{key}.bpmn"), &file(key, inside));
        let mara = Caller::User("mara".into());
        Post { office, mara }
    }

    fn start(&self, business_key: Option<&str>, variables: Map) -> String {
        let request = StartRequest {
            key: "process".into(),
            business_key: business_key.map(str::to_owned),
            variables,
            allow_same_business_key: true,
            ..StartRequest::default()
        };
        self.office.client("mara").start(request).unwrap().id
    }

    fn send(&self, message: Message) -> Answer {
        self.office.desk.correlate(&self.mara, message)
    }

    /// What the open tasks of an instance are.
    fn tasks(&self, instance: &str) -> Vec<String> {
        let detail = self.office.client("mara").instance(instance).unwrap();
        let tasks = detail.tasks.into_iter();
        tasks.map(|task| task.task_definition_key).collect()
    }

    fn value(&self, instance: &str, name: &str) -> serde_json::Value {
        let detail = self.office.client("mara").instance(instance).unwrap();
        serde_json::to_value(&detail.variables).unwrap()[name]["value"].clone()
    }

    fn instances(&self) -> usize {
        let query = InstanceQuery {
            open: true,
            ..InstanceQuery::default()
        };
        self.office
            .client("mara")
            .instances(query)
            .unwrap()
            .items
            .len()
    }
}

fn map(name: &str, value: &str) -> Map {
    Map::from_iter([(name.to_owned(), Value::from(value))])
}

fn invoice(all: bool) -> Message {
    Message {
        name: "invoice".into(),
        all,
        ..Message::default()
    }
}

fn with_key(value: &str, all: bool) -> Message {
    Message {
        keys: map("aKey", value),
        variables: map("new", "payload"),
        ..invoice(all)
    }
}

fn of_business(key: &str, all: bool) -> Message {
    Message {
        business_key: Some(key.into()),
        variables: map("new", "payload"),
        ..invoice(all)
    }
}

#[track_caller]
fn refused(answer: Answer, why: &str) {
    let error = answer.expect_err("refused").to_string();
    assert!(error.contains(why), "{error}");
}

const NOBODY: &str = "No process definition or execution matches the parameters";
const TWO: &str = "2 executions match the correlation keys";

/// MessageCorrelationTest.testCatchingMessageEventCorrelation
/// MessageCorrelationTest.testOneMatchinProcessInstanceUsingFluentCorrelateAll
#[test]
fn by_a_variable_of_the_process() {
    for all in [false, true] {
        let post = waiting();
        let one = post.start(None, map("aKey", "aValue"));
        let other = post.start(None, map("aKey", "anotherValue"));
        post.send(with_key("aValue", all)).unwrap();
        assert_eq!(post.tasks(&one), ["task"]);
        assert_eq!(post.value(&one, "new"), "payload");
        assert_eq!(post.tasks(&other), Vec::<String>::new());
    }
}

/// MessageCorrelationTest.testTwoMatchingProcessInstancesCorrelation
/// MessageCorrelationTest.testTwoMatchingProcessInstancesUsingFluentCorrelateAll
#[test]
fn two_that_fit_are_one_too_many_unless_it_is_for_all() {
    let post = waiting();
    let both = [(); 2].map(|()| post.start(None, map("aKey", "aValue")));
    refused(post.send(with_key("aValue", false)), TWO);
    assert_eq!(post.send(with_key("aValue", true)).unwrap().len(), 2);
    for instance in &both {
        assert_eq!(post.tasks(instance), ["task"]);
        assert_eq!(post.value(instance, "new"), "payload");
    }
}

/// MessageCorrelationTest.testExecutionCorrelationByBusinessKey
/// MessageCorrelationTest.testExecutionCorrelationByBusinessKeyUsingFluentCorrelateAll
/// MessageCorrelationTest.testExecutionCorrelationByBusinessKeyWithVariables
/// MessageCorrelationTest.testExecutionCorrelationByBusinessKeyWithVariablesUsingFluentCorrelateAll
/// MessageCorrelationTest.testCorrelationByBusinessKeyAndVariables
/// MessageCorrelationTest.testCorrelationByBusinessKeyAndVariablesUsingFluentCorrelateAll
/// ReceiveTaskTest.testSupportsCorrelateMessageByBusinessKeyOnSingleReceiveTask
#[test]
fn by_the_business_key_with_variables_or_without() {
    let receive = Post::of(
        "process",
        r#"<startEvent id="start" /> <receiveTask id="wait" messageRef="invoice" /> <userTask id="task" />
        <sequenceFlow id="a" sourceRef="start" targetRef="wait" /> <sequenceFlow id="b" sourceRef="wait" targetRef="task" />"#,
    );
    for post in [waiting(), receive] {
        let one = post.start(Some("23"), map("aKey", "aValue"));
        let other = post.start(Some("42"), map("aKey", "aValue"));
        post.send(of_business("23", false)).unwrap();
        assert_eq!((post.tasks(&one).len(), post.tasks(&other).len()), (1, 0));
        assert_eq!(post.value(&one, "new"), "payload");
        refused(post.send(of_business("23", false)), NOBODY);
        let twin = post.start(Some("42"), map("aKey", "another"));
        let both = Message {
            keys: map("aKey", "aValue"),
            ..of_business("42", false)
        };
        post.send(both).unwrap();
        assert_eq!((post.tasks(&other).len(), post.tasks(&twin).len()), (1, 0));
        let more = [(); 2].map(|()| post.start(Some("9"), map("aKey", "aValue")));
        assert_eq!(post.send(of_business("9", true)).unwrap().len(), 2);
        for instance in &more {
            assert_eq!(post.tasks(instance), ["task"]);
        }
    }
}

/// MessageCorrelationTest.testCorrelationByProcessInstanceId
/// MessageCorrelationTest.testCorrelationByProcessInstanceIdUsingFluentCorrelateAll
#[test]
fn by_the_instance() {
    for all in [false, true] {
        let post = waiting();
        let [one, other] = [(); 2].map(|()| post.start(None, Map::new()));
        let unknown = Message {
            name: "aMessageName".into(),
            ..invoice(all)
        };
        match all {
            true => assert_eq!(post.send(unknown).unwrap(), []),
            false => refused(post.send(unknown), "Cannot correlate message"),
        }
        let message = Message {
            process_instance_id: Some(one.clone()),
            ..invoice(all)
        };
        post.send(message).unwrap();
        assert_eq!((post.tasks(&one).len(), post.tasks(&other).len()), (1, 0));
    }
}

/// MessageCorrelationTest.testMessageCorrelateAllResultListWithResultTypeExecution
/// MessageCorrelationTest.testMessageCorrelateAllResultListWithResultTypeProcessDefinition
/// MessageCorrelationTest.testMessageCorrelationResultWithResultTypeProcessDefinition
/// MessageCorrelationTest.testMessageCorrelationResultWithResultTypeExecution
/// MessageCorrelationTest.testMatchingStartEventAndExecutionCorrelateAllWithResult
/// MessageCorrelationTest.testMatchingStartEventAndExecution
/// MessageCorrelationTest.testMatchingStartEventAndExecutionUsingFluentCorrelateAll
#[test]
fn who_waits_comes_before_what_starts() {
    let post = both();
    let started = post.send(invoice(false)).unwrap();
    assert!(matches!(started.as_slice(), [Reached::Started { .. }]));
    let waits = started[0].process_instance_id().to_owned();
    let reached = post.send(invoice(false)).unwrap();
    assert!(matches!(reached.as_slice(), [Reached::Execution { .. }]));
    assert_eq!(reached[0].process_instance_id(), waits);
    assert_eq!(post.tasks(&waits), ["task"]);

    let post = both();
    let [one, two] = [(); 2].map(|()| post.start(None, Map::new()));
    let reached = post.send(invoice(true)).unwrap();
    assert_eq!(reached.len(), 3);
    let executions: Vec<&str> = reached
        .iter()
        .filter(|reached| matches!(reached, Reached::Execution { .. }))
        .map(Reached::process_instance_id)
        .collect();
    assert_eq!(executions.len(), 2);
    assert!(
        [&one, &two]
            .iter()
            .all(|id| executions.contains(&id.as_str()))
    );
    assert_eq!(post.instances(), 3);

    let post = starting();
    let started = post.send(invoice(true)).unwrap();
    assert!(matches!(started.as_slice(), [Reached::Started { .. }]));
}

/// MessageCorrelationTest.testMessageStartEventCorrelation
/// MessageCorrelationTest.testMessageStartEventCorrelationUsingFluentCorrelateStartMessage
/// MessageCorrelationTest.testMessageStartEventCorrelationUsingFluentCorrelateSingle
/// MessageCorrelationTest.testMessageStartEventCorrelationUsingFluentCorrelateAll
/// MessageCorrelationTest.testMessageStartEventCorrelationWithBusinessKey
/// MessageCorrelationTest.testMessageStartEventCorrelationWithBusinessKeyUsingFluentCorrelateStartMessage
/// MessageCorrelationTest.testMessageStartEventCorrelationWithBusinessKeyUsingFluentCorrelateSingle
/// MessageCorrelationTest.testMessageStartEventCorrelationWithBusinessKeyUsingFluentCorrelateAll
/// MessageCorrelationTest.testMessageStartEventCorrelationWithVariablesUsingFluentCorrelateStartMessage
/// MessageCorrelationTest.testMessageStartEventCorrelationWithVariablesUsingFluentCorrelateSingleMessage
/// MessageCorrelationTest.testMessageStartEventCorrelationWithVariablesUsingFluentCorrelateAll
/// MessageCorrelationTest.testStartMessageOnlyFlagWithResult
/// MessageCorrelationTest.testStartMessageOnlyFlagAllWithResult
/// MessageStartEventTest.testMessageStartEventUsingCorrelationEngineAndLocalVariable
#[test]
fn what_it_starts_has_its_business_key_and_its_variables() {
    type Way = fn(&Post, Message) -> Reached;
    let ways: [Way; 3] = [
        |post, message| post.send(message).unwrap().remove(0),
        |post, message| {
            post.send(Message {
                all: true,
                ..message
            })
            .unwrap()
            .remove(0)
        },
        |post, message| {
            post.office
                .desk
                .start_by_message(&post.mara, message)
                .unwrap()
        },
    ];
    for way in ways {
        let post = starting();
        let message = Message {
            keys: map("aKey", "looked for"),
            local_variables: map("own", "value"),
            ..of_business("aBusinessKey", false)
        };
        let id = way(&post, message).process_instance_id().to_owned();
        assert_eq!(post.tasks(&id), ["task"]);
        assert_eq!(post.value(&id, "new"), "payload");
        assert_eq!(post.value(&id, "own"), "value");
        assert_eq!(
            post.value(&id, "aKey"),
            serde_json::Value::Null,
            "a key is no variable"
        );
        let detail = post.office.client("mara").instance(&id).unwrap();
        assert_eq!(
            detail.instance.business_key.as_deref(),
            Some("aBusinessKey")
        );
    }
}

/// MessageCorrelationTest.testMultipleMessageStartEventsCorrelation
/// MessageCorrelationTest.testMultipleMessageStartEventsCorrelationUsingFluentCorrelateStartMessage
/// MessageCorrelationTest.testMultipleMessageStartEventsCorrelationUsingFluentCorrelateSingle
/// MessageCorrelationTest.testMultipleMessageStartEventsCorrelationUsingFluentCorrelateAll
/// MessageStartEventTest.testMultipleMessageStartEvents
#[test]
fn each_of_several_starts_by_its_own_message() {
    let second = r#"<startEvent id="second"><messageEventDefinition messageRef="other" /></startEvent> <userTask id="task2" />
        <sequenceFlow id="c" sourceRef="second" targetRef="task2" />"#;
    let post = Post::of("process", &format!("{BY_INVOICE}{TO_TASK}{second}"));
    for all in [false, true] {
        for (name, task) in [("invoice", "task"), ("other", "task2")] {
            let message = Message {
                name: name.into(),
                ..invoice(all)
            };
            let started = post.send(message.clone()).unwrap();
            assert_eq!(post.tasks(started[0].process_instance_id()), [task]);
            let desk = &post.office.desk;
            let started = desk.start_by_message(&post.mara, message).unwrap();
            assert_eq!(post.tasks(started.process_instance_id()), [task]);
        }
    }
    let request = StartRequest {
        key: "process".into(),
        ..StartRequest::default()
    };
    assert!(
        post.office.client("mara").start(request).is_err(),
        "it has no start of its own"
    );
}

/// MessageStartEventTest.testSingleMessageStartEvent
/// MessageStartEventTest.testMessageStartEventAndNoneStartEvent
#[test]
fn a_process_with_a_message_can_be_started_by_hand() {
    let post = starting();
    let by_hand = post.start(None, Map::new());
    assert_eq!(post.tasks(&by_hand), ["task"], "its only start event");
    let none = r#"<startEvent id="none" /> <userTask id="noneTask" /> <sequenceFlow id="n" sourceRef="none" targetRef="noneTask" />"#;
    let post = Post::of("process", &format!("{BY_INVOICE}{TO_TASK}{none}"));
    assert_eq!(post.tasks(&post.start(None, Map::new())), ["noneTask"]);
    let started = post.send(invoice(false)).unwrap();
    assert_eq!(post.tasks(started[0].process_instance_id()), ["task"]);
}

/// MessageStartEventTest.testDeploymentCreatesSubscriptions
/// MessageStartEventTest.testSameMessageNameFails
/// MessageStartEventTest.testUpdateProcessVersionCancelsSubscriptions
/// MessageStartEventTest.testDeployStartAndIntermediateEventWithSameMessageInSameProcess
/// MessageStartEventTest.testDeployStartAndIntermediateEventWithSameMessageDifferentProcessesFirstStartEvent
/// MessageStartEventTest.testDeployStartAndIntermediateEventWithSameMessageDifferentProcessesFirstIntermediateEvent
/// MessageIntermediateEventTest.testIntermediateMessageEventRedeployment
#[test]
fn the_newest_version_of_one_process_starts_by_a_message() {
    let post = starting();
    let other = file("another", &format!("{BY_INVOICE}{TO_TASK}"));
    let refused = post
        .office
        .client("mara")
        .deploy(vec![("another.bpmn".into(), other.into_bytes())]);
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("there already is a message event subscription for the message with name"),
        "{refused}"
    );
    let newer = format!("{BY_INVOICE}{}", TO_TASK.replace("task", "newer"));
    post.office.deploy("process.bpmn", &file("process", &newer));
    let started = post.send(invoice(false)).unwrap();
    assert_eq!(post.tasks(started[0].process_instance_id()), ["newer"]);

    // Who waits for the name does not hinder who is started by it, in whatever order.
    let post = both();
    post.send(invoice(false)).unwrap();
    post.office.deploy(
        "process.bpmn",
        &file("process", &format!("{BY_INVOICE}{WAIT}")),
    );
    let waits = file("waits", &format!(r#"<startEvent id="start" />{WAIT}"#));
    post.office.deploy("waits.bpmn", &waits);
    let post = waiting();
    let instance = post.start(None, Map::new());
    post.office.deploy(
        "process.bpmn",
        &file("process", &format!(r#"<startEvent id="start" />{WAIT}"#)),
    );
    post.office.deploy(
        "starts.bpmn",
        &file("starts", &format!("{BY_INVOICE}{TO_TASK}")),
    );
    post.send(invoice(false)).unwrap();
    assert_eq!(post.tasks(&instance), ["task"], "it went on waiting");
}

/// MessageCorrelationTest.testSuspendedProcessInstance
/// MessageCorrelationTest.testOneMatchingAndOneSuspendedProcessInstance
/// MessageCorrelationTest.testSuspendedProcessDefinition
#[test]
fn what_is_suspended_is_not_found() {
    let post = waiting();
    let [one, two] = [(); 2].map(|()| post.start(None, map("aKey", "aValue")));
    let desk = &post.office.desk;
    desk.suspend_instance(&post.mara, &two, true).unwrap();
    post.send(with_key("aValue", false)).unwrap();
    assert_eq!((post.tasks(&one).len(), post.tasks(&two).len()), (1, 0));
    refused(post.send(with_key("aValue", false)), NOBODY);
    let post = starting();
    let desk = &post.office.desk;
    desk.suspend_process(&post.mara, "process", None, true, false)
        .unwrap();
    refused(post.send(invoice(false)), NOBODY);
    assert_eq!(post.send(invoice(true)).unwrap(), []);
}

/// ReceiveTaskTest.testNotSupportsCorrelateMessageOnParallelMultiReceiveTask
#[test]
fn two_in_one_instance_are_two() {
    let post = Post::of(
        "process",
        r#"<startEvent id="start" /> <receiveTask id="wait" messageRef="invoice"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></receiveTask>
        <sequenceFlow id="a" sourceRef="start" targetRef="wait" />"#,
    );
    post.start(None, Map::new());
    refused(post.send(invoice(false)), TWO);
}

/// MessageCorrelationByLocalVariablesTest.testReceiveTaskMessageCorrelation
/// MessageCorrelationByLocalVariablesTest.testReceiveTaskMessageCorrelationFail
/// MessageCorrelationByLocalVariablesTest.testReceiveTaskMessageCorrelationAll
/// MessageCorrelationByLocalVariablesTest.testBothInstanceAndLocalVariableMessageCorrelation
#[test]
fn by_a_variable_of_the_execution() {
    let post = Post::of(
        "process",
        r#"<startEvent id="start" /> <subProcess id="sub"><multiInstanceLoopCharacteristics camunda:collection="names" camunda:elementVariable="name" />
          <startEvent id="s" /> <receiveTask id="wait" messageRef="invoice"><extensionElements><camunda:inputOutput>
            <camunda:inputParameter name="own">${name}</camunda:inputParameter></camunda:inputOutput></extensionElements></receiveTask>
          <userTask id="task" /> <sequenceFlow id="b" sourceRef="s" targetRef="wait" /> <sequenceFlow id="c" sourceRef="wait" targetRef="task" />
        </subProcess> <sequenceFlow id="a" sourceRef="start" targetRef="sub" />"#,
    );
    let of = |who: &str| {
        let names = Value::List(vec!["Ada".into(), "Ida".into()]);
        Map::from_iter([("names".to_owned(), names), ("who".to_owned(), who.into())])
    };
    let id = post.start(None, of("one"));
    let to = |name: &str| Message {
        local_keys: map("own", name),
        ..invoice(false)
    };
    refused(post.send(to("Eve")), NOBODY);
    post.send(to("Ida")).unwrap();
    assert_eq!(post.tasks(&id), ["task"]);
    refused(post.send(to("Ida")), NOBODY);
    let twin = post.start(None, of("twin"));
    assert_eq!(post.tasks(&twin), Vec::<String>::new());
    let both = Message {
        keys: map("who", "one"),
        ..to("Ada")
    };
    post.send(both).unwrap();
    assert_eq!(post.tasks(&id), ["task", "task"]);
    let all = Message {
        all: true,
        ..to("Ida")
    };
    assert_eq!(post.send(all).unwrap().len(), 1);
}

// not applicable: MessageCorrelationTest.testExecutionCorrelationSetSerializedVariableValue, MessageCorrelationTest.testExecutionCorrelationSetSerializedVariableValues, MessageCorrelationTest.testMessageStartEventCorrelationSetSerializedVariableValue, MessageCorrelationTest.testMessageStartEventCorrelationSetSerializedVariableValues: it sends a serialized Java object
// not applicable: MessageCorrelationTest.testCorrelationByBusinessKeyAndNullVariableUsingFluentCorrelateAll, MessageCorrelationTest.testCorrelationByBusinessKeyAndNullVariableEqualsUsingFluentCorrelateAll, MessageCorrelationTest.testCorrelationByBusinessKeyAndNullVariablesUsingFluentCorrelateAll: it checks arguments of the Java API
// not applicable: MessageCorrelationTest.testCorrelationByVariablesOnly, MessageCorrelationTest.testCorrelationByBusinessKey, MessageCorrelationTest.testCorrelationByProcessInstanceIdOnly, MessageCorrelationTest.testCorrelationWithoutMessageNameFluent, MessageCorrelationTest.testCorrelateAllWithoutMessage, MessageCorrelationTest.testCorrelationWithoutMessageDoesNotMatchStartEvent, MessageCorrelationTest.testCorrelationWithoutCorrelationPropertiesFails, MessageCorrelationTest.testCorrelationToExecutionWithMultipleSubscriptionsFails: a message without a name, which the REST API refuses
// not applicable: MessageCorrelationTest.testCorrelateWithResultTwoTimesInSameTransaction, MessageCorrelationTest.testCorrelateAllWithResultTwoTimesInSameTransaction: it calls the engine from Java code in a process
// not applicable: MessageCorrelationTest.testStartMessageOnlyFlagWithVariablesInResult, MessageCorrelationTest.testStartMessageOnlyFlagAllWithVariablesInResult: the REST API can not ask for a start alone together with variables

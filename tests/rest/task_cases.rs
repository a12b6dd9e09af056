//! Tasks with their comments, attachments, links and variables, after the cases of Camunda's
//! TaskServiceTest, TaskIdentityLinksTest, TaskCandidateTest and UserTaskTest.

use crate::house::House;
use serde_json::{Value as Json, json};

const MODEL: &str = r#"<process id="one" isExecutable="true">
  <startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="theTask"/>
  <userTask id="theTask" name="my task"/><sequenceFlow id="f2" sourceRef="theTask" targetRef="end"/><endEvent id="end"/>
</process>
<process id="two" isExecutable="true">
  <startEvent id="s"/><sequenceFlow id="g0" sourceRef="s" targetRef="gate"/><parallelGateway id="gate"/>
  <sequenceFlow id="g1" sourceRef="gate" targetRef="first"/><sequenceFlow id="g2" sourceRef="gate" targetRef="second"/>
  <userTask id="first" name="First Task"/><userTask id="second" name="Second Task"/>
</process>
<process id="groups" isExecutable="true">
  <startEvent id="s2"/><sequenceFlow id="h1" sourceRef="s2" targetRef="forUser"/><sequenceFlow id="h2" sourceRef="s2" targetRef="forGroup"/><sequenceFlow id="h3" sourceRef="s2" targetRef="nobody"/>
  <userTask id="forUser" camunda:candidateUsers="ana"/><userTask id="forGroup" camunda:candidateGroups="management"/><userTask id="nobody"/>
</process>
<process id="fork" isExecutable="true">
  <startEvent id="s3"/><sequenceFlow id="k0" sourceRef="s3" targetRef="forkGate"/><parallelGateway id="forkGate"/>
  <sequenceFlow id="k1" sourceRef="forkGate" targetRef="sub"/><sequenceFlow id="k2" sourceRef="forkGate" targetRef="other"/>
  <subProcess id="sub"><startEvent id="s4"/><sequenceFlow id="k3" sourceRef="s4" targetRef="SimpleUser"/><userTask id="SimpleUser"/><sequenceFlow id="k4" sourceRef="SimpleUser" targetRef="e4"/><endEvent id="e4"/></subProcess>
  <userTask id="other"/><sequenceFlow id="k5" sourceRef="sub" targetRef="join"/><sequenceFlow id="k6" sourceRef="other" targetRef="join"/>
  <parallelGateway id="join"/><sequenceFlow id="k7" sourceRef="join" targetRef="e3"/><endEvent id="e3"/>
</process>"#;

struct Cases {
    house: House,
}

impl Cases {
    fn new() -> Cases {
        let house = House::new();
        house.bpmn(MODEL);
        Cases { house }
    }

    /// An instance with one task; both as paths.
    fn one(&self) -> (String, String) {
        let instance = self.house.run("one", json!({}));
        let task = self
            .house
            .text(&format!("/task?processInstanceId={instance}"), "id");
        (
            format!("/process-instance/{instance}"),
            format!("/task/{task}"),
        )
    }

    fn comment(&self, task: &str, body: Json) -> String {
        let path = format!("{task}/comment/create");
        let made = self.house.post("mara", &path, body).good();
        made["id"].as_str().unwrap().to_owned()
    }

    fn delete(&self, path: &str) -> u16 {
        let path = format!("/engine-rest{path}");
        self.house.send("mara", "DELETE", &path, None).status
    }
}

/// TaskServiceTest.testDeleteProcessInstanceTaskComments
/// TaskServiceTest.testDeleteTaskProcessInstanceComment
/// TaskServiceTest.testDeleteProcessInstanceComment
/// TaskServiceTest.testDeleteProcessInstanceCommentsNoComments
/// TaskServiceTest.testDeleteProcessInstanceCommentsWithTask
/// TaskServiceTest.testDeleteProcessInstanceCommentNotExistingCommentId
/// TaskServiceTest.testUpdateProcessInstanceCommentWithTask
/// TaskServiceTest.testUpdateProcessInstanceCommentNullCommentId
/// TaskServiceTest.testUpdateProcessInstanceCommentNullProcessInstanceId
/// TaskServiceTest.testUpdateProcessInstanceCommentNullMessage
/// TaskServiceTest.testUpdateProcessInstanceCommentNotExistingCommentId
#[test]
fn comments_of_an_instance_are_changed_and_deleted() {
    let cases = Cases::new();
    let (instance, task) = cases.one();
    let id = instance.strip_prefix("/process-instance/").unwrap();
    let (of_task, of_instance) = (format!("{task}/comment"), format!("{instance}/comment"));
    let counts = || {
        let list = |path: &str| cases.house.list(path).len();
        [list(&of_task), list(&of_instance)]
    };
    assert_eq!(cases.delete(&of_instance), 204, "there is none yet");
    let said = json!({"message": "original", "processInstanceId": id});
    let comment = cases.comment(&task, said.clone());
    assert_eq!(counts(), [1, 1]);
    let update = |body: Json| cases.house.put("mara", &of_instance, body).status;
    assert_eq!(update(json!({"id": comment, "message": "updated"})), 204);
    assert_eq!(cases.house.only(&of_instance)["message"], "updated");
    for wrong in [
        json!({"message": "updated"}),
        json!({"id": null, "message": "updated"}),
        json!({"id": comment}),
        json!({"id": comment, "message": null}),
        json!({"id": "notExisting", "message": "updated"}),
    ] {
        let status = update(wrong.clone());
        assert!((400..500).contains(&status), "{wrong}: {status}");
    }
    let body = json!({"id": comment, "message": "x"});
    let nowhere = cases
        .house
        .put("mara", "/process-instance/none/comment", body);
    assert!((400..500).contains(&nowhere.status), "{}", nowhere.status);
    assert_eq!(cases.house.only(&of_instance)["message"], "updated");

    let missing = cases.delete(&format!("{of_instance}/notExisting"));
    assert!((204..500).contains(&missing), "{missing}");
    assert_eq!(cases.delete(&format!("{of_instance}/{comment}")), 204);
    assert_eq!(counts(), [0, 0]);
    cases.comment(&task, said.clone());
    assert_eq!(cases.delete(&of_task), 204);
    assert_eq!(counts(), [0, 0]);
    for _ in 0..2 {
        cases.comment(&task, said.clone());
    }
    assert_eq!(cases.delete(&of_instance), 204);
    assert_eq!(counts(), [0, 0]);
}
// not applicable: TaskServiceTest.testUpdateProcessInstanceCommentWithoutTask, TaskServiceTest.testDeleteProcessInstanceCommentsWithoutTaskComments: a comment is made at a task, as in Camunda's REST API
// not applicable: TaskServiceTest.testProcessAttachmentsOneProcessExecution, TaskServiceTest.testProcessAttachmentsTwoProcessExecutions, TaskServiceTest.testDeleteTaskAttachmentWithTaskIdEmpty: an attachment is made at a task, as in Camunda's REST API
// not applicable: TaskServiceTest.testCompleteTaskWithVariablesInReturnCMMN, TaskServiceTest.testCompleteTaskShouldCompleteCaseExecution, TaskServiceTest.testDeleteTaskPartOfCaseInstance, TaskServiceTest.testHumanTaskWithLocalVariablesCompleteWithVariable, TaskServiceTest.testHumanTaskLocalVariables: there is no CMMN
// not applicable: TaskServiceTest.testUserTaskOptimisticLocking: a request carries no revision of the task, as in Camunda's REST API

// differs: TaskServiceTest.testDeleteTaskAttachmentWithTaskIdNoLongerExists: what was attached to a task stays when the task is done

/// TaskServiceTest.testCompleteWithParametersTask
/// TaskServiceTest.testCompleteTaskWithVariablesInReturnParallel
/// TaskServiceTest.testCompleteTaskWithVariablesInReturnShouldDeserializeObjectValue
/// TaskServiceTest.testCompleteTaskWithVariablesInReturnShouldNotDeserializeObjectValue
/// FormServiceTest.testSubmitTaskFormWithVariablesInReturnParallel
#[test]
fn a_completed_task_returns_what_the_process_knows() {
    let cases = Cases::new();
    for verb in ["complete", "submit-form"] {
        let object = json!({"value": "[\"value\"]", "type": "Object", "valueInfo": {"objectTypeName": "java.util.ArrayList", "serializationDataFormat": "application/json"}});
        let instance = cases.house.run(
            "two",
            json!({"processVar": {"value": "p"}, "object": object}),
        );
        let task = |name: &str| {
            let path = format!("/task?processInstanceId={instance}&taskDefinitionKey={name}");
            cases.house.text(&path, "id")
        };
        let (first, second) = (task("first"), task("second"));
        for (task, name) in [(&first, "taskVar1"), (&second, "taskVar2")] {
            let path = format!("/task/{task}/variables/{name}");
            let body = json!({"value": format!("of {name}")});
            cases.house.put("mara", &path, body).good();
        }
        let local = format!("/task/{first}/localVariables/local");
        cases.house.put("mara", &local, json!({"value": 1})).good();
        let done = |task: &str, variables: Json| {
            let body = json!({"variables": variables, "withVariablesInReturn": true});
            let path = format!("/task/{task}/{verb}");
            let found = cases.house.post("mara", &path, body).good();
            let names = found.as_object().unwrap().keys().cloned();
            let mut names: Vec<String> = names.collect();
            names.sort();
            (found, names.join(" "))
        };
        let (found, names) = done(&first, json!({}));
        assert_eq!(names, "object processVar taskVar1 taskVar2", "{verb}");
        assert_eq!(
            (&found["taskVar2"]["value"], &found["processVar"]["type"]),
            (&json!("of taskVar2"), &json!("String"))
        );
        assert_eq!(
            found["object"]["value"], "[\"value\"]",
            "serialized, as Camunda's REST API gives it"
        );
        let (found, names) = done(&second, json!({"myParam": {"value": "myValue"}}));
        assert_eq!(
            names, "myParam object processVar taskVar1 taskVar2",
            "{verb}"
        );
        assert_eq!(found["myParam"]["value"], "myValue");
    }
    assert!(cases.house.list("/task").is_empty());
}

/// TaskServiceTest.testGetVariablesByEmptyList
/// TaskServiceTest.testGetVariablesTypedByEmptyList
/// TaskServiceTest.testGetVariablesLocalByEmptyList
/// TaskServiceTest.testGetVariablesLocalTypedByEmptyList
/// RuntimeServiceTest.testGetVariablesByEmptyList
/// RuntimeServiceTest.testGetVariablesTypedByEmptyList
/// RuntimeServiceTest.testGetVariablesLocalByEmptyList
/// RuntimeServiceTest.testGetVariablesLocalTypedByEmptyList
#[test]
fn where_there_are_no_variables_none_are_listed() {
    let cases = Cases::new();
    let (instance, task) = cases.one();
    let execution = instance.replace("/process-instance/", "/execution/");
    for path in [
        format!("{instance}/variables"),
        format!("{execution}/localVariables"),
        format!("{task}/variables"),
        format!("{task}/localVariables"),
    ] {
        assert_eq!(cases.house.get("mara", &path).good(), json!({}), "{path}");
    }
}

/// TaskServiceTest.testHandleBpmnErrorWithEmptyErrorCode
#[test]
fn an_error_has_a_code() {
    let cases = Cases::new();
    let (_, task) = cases.one();
    let body = json!({"errorCode": ""});
    cases
        .house
        .post("mara", &format!("{task}/bpmnError"), body)
        .refused(400, "InvalidRequestException", "errorCode is empty");
}

// differs: TaskIdentityLinksTest.testCustomTypeUserLink, TaskIdentityLinksTest.testCustomLinkGroupLink: people are linked to tasks as candidate, assignee and owner, groups as candidate, by no other type

/// TaskCandidateTest.testInvolvedUserQuery
/// TaskCandidateTest.testInvolvedUserQueryForAssignee
/// TaskCandidateTest.testInvolvedUserQueryForOwner
/// TaskCandidateTest.testInvolvedUserQueryOr
#[test]
fn who_has_any_link_to_a_task_is_involved() {
    let cases = Cases::new();
    let house = &cases.house;
    house.run("groups", json!({}));
    let count = |query: Json| house.post("mara", "/task/count", query).good()["count"].clone();
    assert_eq!(count(json!({"involvedUser": "ana"})), 1);
    assert_eq!(count(json!({"involvedUser": "ben"})), 0);
    let or = json!({"orQueries": [{"candidateGroup": "management", "involvedUser": "ana"}]});
    assert_eq!(count(or), 2);
    let task = house.text("/task?taskDefinitionKey=nobody", "id");
    for kind in ["assignee", "owner"] {
        let link = json!({"userId": "ben", "type": kind});
        let links = format!("/task/{task}/identity-links");
        house.post("mara", &links, link.clone()).good();
        assert_eq!(count(json!({"involvedUser": "ben"})), 1, "{kind}");
        house.post("mara", &format!("{links}/delete"), link).good();
        assert_eq!(count(json!({"involvedUser": "ben"})), 0, "{kind}");
    }
}

/// UserTaskTest.testQuerySortingWithParameter
/// UserTaskTest.testCompleteAfterParallelGateway
#[test]
fn a_task_in_a_scope_of_one_branch_is_completed_beside_the_other() {
    let cases = Cases::new();
    let instance = cases.house.run("fork", json!({}));
    let here = format!("processInstanceId={instance}");
    let sorted = format!("/task?{here}&sortBy=name&sortOrder=asc");
    assert_eq!(cases.house.list(&sorted).len(), 2);
    cases
        .house
        .complete("taskDefinitionKey=SimpleUser", json!({}));
    assert_eq!(cases.house.only(&sorted)["taskDefinitionKey"], "other");
    cases.house.complete("taskDefinitionKey=other", json!({}));
    assert!(cases.house.list("/process-instance").is_empty());
}

/// MessageCorrelationTest.testCorrelateAllWithResultVariables
#[test]
fn an_instance_that_has_ended_meanwhile_returns_what_it_knew() {
    let house = House::new();
    house.bpmn(
        r#"<message id="m" name="go"/><process id="ends" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="task"/>
        <userTask id="task"/><sequenceFlow id="f2" sourceRef="task" targetRef="five"/><serviceTask id="five" camunda:expression="${5}" camunda:resultVariable="x"/>
        <sequenceFlow id="f3" sourceRef="five" targetRef="more"/><exclusiveGateway id="more" default="f5"/>
        <sequenceFlow id="f4" sourceRef="more" targetRef="wait"><conditionExpression>${waits}</conditionExpression></sequenceFlow><sequenceFlow id="f5" sourceRef="more" targetRef="end"/>
        <receiveTask id="wait" messageRef="m"/><sequenceFlow id="f6" sourceRef="wait" targetRef="end"/><endEvent id="end"/></process>
        <process id="at-once" isExecutable="true"><startEvent id="s2"/><sequenceFlow id="g1" sourceRef="s2" targetRef="six"/><serviceTask id="six" camunda:expression="${6}" camunda:resultVariable="x"/></process>"#,
    );
    for waits in [true, false] {
        let instance = house.run(
            "ends",
            json!({"waits": {"value": waits}, "x": {"value": 1}}),
        );
        let task = house.text(&format!("/task?processInstanceId={instance}"), "id");
        let local = format!("/task/{task}/localVariables/mine");
        house.put("mara", &local, json!({"value": 1})).good();
        let body = json!({"withVariablesInReturn": true, "variables": {"given": {"value": "g"}}});
        let path = format!("/task/{task}/complete");
        let found = house.post("mara", &path, body).good();
        assert_eq!(
            (&found["x"]["value"], &found["given"]["value"]),
            (&json!(5), &json!("g"))
        );
        assert_eq!(
            found.as_object().unwrap().len(),
            3,
            "what was local is gone"
        );
    }
    let body = json!({"messageName": "go", "all": true, "resultEnabled": true, "variablesInResultEnabled": true,
        "processVariables": {"brought": {"value": "b"}}});
    let found = house.post("mara", "/message", body).good();
    let variables = &found[0]["variables"];
    assert_eq!(
        (&variables["x"]["value"], &variables["brought"]["value"]),
        (&json!(5), &json!("b"))
    );
    let body = json!({"withVariablesInReturn": true, "variables": {"given": {"value": "g"}}});
    let started = house
        .post("mara", "/process-definition/key/at-once/start", body)
        .good();
    let variables = &started["variables"];
    assert_eq!(
        (&variables["x"]["value"], &variables["given"]["value"]),
        (&json!(6), &json!("g"))
    );
}

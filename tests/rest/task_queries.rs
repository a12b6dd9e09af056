//! What lists of tasks may be asked for, after the cases of Camunda's TaskQueryTest.

use crate::house::House;
use serde_json::{Value as Json, json};
use std::time::Duration;

const MODEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="oneTask" name="One Task Process" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="theTask"/>
    <userTask id="theTask" name="my task" camunda:dueDate="${due}" camunda:followUpDate="${follow}" camunda:candidateGroups="management"/>
  </process>
  <process id="keys" name="Two Keys" isExecutable="true">
    <startEvent id="start2"/><sequenceFlow id="g1" sourceRef="start2" targetRef="taskKey_1"/><sequenceFlow id="g2" sourceRef="start2" targetRef="taskKey_123"/>
    <userTask id="taskKey_1" name="First" camunda:candidateUsers="ana"/><userTask id="taskKey_123" name="second" camunda:priority="70" camunda:assignee="ben"/>
  </process>
</definitions>"#;

pub const DUE: &str = "2030-06-15T12:00:00.000+0000";

pub struct Tasks {
    pub house: House,
    pub one: String,
}

impl Tasks {
    pub fn new() -> Tasks {
        let house = House::new();
        let parts = [("data", Some("tasks.bpmn"), MODEL.as_bytes())];
        house.form("mara", "/deployment/create", &parts).good();
        let date = |text: &str| json!({"value": text, "type": "Date"});
        let body = json!({"businessKey": "BUSINESS-KEY-1", "variables": {
            "due": date(DUE), "follow": date("2030-01-01T12:00:00.000+0000"),
            "text": {"value": "aTest", "type": "String"}, "Mixed": {"value": "MiXed", "type": "String"}, "short": {"value": 123, "type": "Short"}, "int": {"value": 10, "type": "Integer"},
            "long": {"value": 928374, "type": "Long"}, "double": {"value": 12.5, "type": "Double"},
            "bool": {"value": true, "type": "Boolean"}, "nothing": {"value": null, "type": "Null"}}});
        let started = house
            .post("mara", "/process-definition/key/oneTask/start", body)
            .good();
        house.clock.advance(Duration::from_secs(60));
        let two = json!({"businessKey": "OTHER"});
        house
            .post("mara", "/process-definition/key/keys/start", two)
            .good();
        let one = started["id"].as_str().unwrap().to_owned();
        Tasks { house, one }
    }

    pub fn count(&self, query: &Json) -> Json {
        let got = self.house.post("mara", "/task/count", query.clone());
        match got.status {
            200 => got.json()["count"].clone(),
            status => json!({"status": status, "body": String::from_utf8_lossy(&got.body)}),
        }
    }

    /// Asks all, then says which answers were others.
    pub fn check(&self, queries: Vec<(Json, u64)>) {
        let wrong: Vec<String> = queries
            .into_iter()
            .map(|(query, wanted)| (self.count(&query), query, wanted))
            .filter(|(got, _, wanted)| *got != json!(wanted))
            .map(|(got, query, wanted)| format!("{query}: {got}, not {wanted}"))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// TaskQueryTest.testTaskDefinitionKey
/// TaskQueryTest.testTaskDefinitionKeyLike
/// TaskQueryTest.testTaskDefinitionKeyIn
/// TaskQueryTest.testTaskDefinitionKeyNotInOneKeyProvided
/// TaskQueryTest.testTaskDefinitionKeyNotInAllKeysProvided
/// TaskQueryTest.testTaskDefinitionKeyNotInInvalidKeyProvided
/// TaskQueryTest.testProcessDefinitionKey
/// TaskQueryTest.testProcessDefinitionKeyIn
/// TaskQueryTest.testProcessDefinitionName
/// TaskQueryTest.testProcessDefinitionNameLike
/// TaskQueryTest.testProcessInstanceBusinessKey
/// TaskQueryTest.testProcessInstanceBusinessKeyIn
/// TaskQueryTest.testProcessInstanceBusinessKeyLike
/// TaskQueryTest.testQueryByProcessInstanceIdIn
/// TaskQueryTest.testQueryByProcessInstanceIdInNonExisting
/// TaskQueryTest.testQueryNoCriteria
/// TaskQueryTest.testQueryByName
/// TaskQueryTest.testQueryByInvalidName
/// TaskQueryTest.testQueryByNameLike
/// TaskQueryTest.testQueryByInvalidNameLike
/// TaskQueryTest.testQueryByNameNotEqual
/// TaskQueryTest.testQueryByNameNotLike
/// TaskQueryTest.testTaskQueryLookupByNameCaseInsensitive
/// TaskQueryTest.testTaskQueryLookupByNameLikeCaseInsensitive
/// TaskQueryTest.testQueryByPriority
/// TaskQueryTest.testQueryByAssignee
/// TaskQueryTest.testQueryByAssigneeLike
/// TaskQueryTest.testQueryByAssigneeInPositive
/// TaskQueryTest.testQueryByAssigneeInNegative
/// TaskQueryTest.testQueryByAssigneeNotInPositive
/// TaskQueryTest.testQueryByAssigneeNotInNegative
/// TaskQueryTest.testQueryByUnassigned
/// TaskQueryTest.testQueryByAssigned
/// TaskQueryTest.testQueryByCandidateUser
/// TaskQueryTest.testQueryByCandidateGroup
/// TaskQueryTest.testQueryByCandidateGroupLike
/// TaskQueryTest.testQueryByCandidateGroupIn
/// TaskQueryTest.testQueryWithCandidateGroups
/// TaskQueryTest.testQueryWithoutCandidateGroups
/// TaskQueryTest.testQueryWithCandidateUsers
/// TaskQueryTest.testQueryWithoutCandidateUsers
#[test]
fn by_where_they_stand_and_whose_they_are() {
    let tasks = Tasks::new();
    let one = &tasks.one;
    tasks.check(vec![
        (json!({}), 3),
        (json!({"taskDefinitionKey": "taskKey_1"}), 1),
        (json!({"taskDefinitionKeyLike": "taskKey\\_1%"}), 2),
        (json!({"taskDefinitionKeyLike": "%123"}), 1),
        (json!({"taskDefinitionKeyLike": "%Ke\\_1%"}), 0),
        (json!({"taskDefinitionKeyIn": ["theTask", "taskKey_1"]}), 2),
        (json!({"taskDefinitionKeyIn": ["invalid"]}), 0),
        (json!({"taskDefinitionKeyNotIn": ["taskKey_1"]}), 2),
        (json!({"taskDefinitionKeyNotIn": ["taskKey_1", "taskKey_123", "theTask"]}), 0),
        (json!({"taskDefinitionKeyNotIn": ["invalid"]}), 3),
        (json!({"processDefinitionKey": "oneTask"}), 1),
        (json!({"processDefinitionKey": "unexisting"}), 0),
        (json!({"processDefinitionKeyIn": ["oneTask", "keys"]}), 3),
        (json!({"processDefinitionKeyIn": ["oneTask"], "processDefinitionKey": "keys"}), 0),
        (json!({"processDefinitionName": "One Task Process"}), 1),
        (json!({"processDefinitionNameLike": "One Task%"}), 1),
        (json!({"processInstanceBusinessKey": "BUSINESS-KEY-1"}), 1),
        (json!({"processInstanceBusinessKey": "NON-EXISTING"}), 0),
        (json!({"processInstanceBusinessKeyIn": ["BUSINESS-KEY-1", "OTHER"]}), 3),
        (json!({"processInstanceBusinessKeyIn": ["BUSINESS-KEY-1"], "processInstanceBusinessKey": "OTHER"}), 0),
        (json!({"processInstanceBusinessKeyLike": "BUSINESS-KEY%"}), 1),
        (json!({"processInstanceBusinessKeyLike": "%KEY-1"}), 1),
        (json!({"processInstanceBusinessKeyLike": "BUSINESS-KEY-2%"}), 0),
        (json!({"processInstanceIdIn": [one]}), 1),
        (json!({"processInstanceIdIn": ["nonExisting"]}), 0),
        (json!({"name": "my task"}), 1),
        (json!({"name": "invalid"}), 0),
        (json!({"nameLike": "my%"}), 1),
        (json!({"nameLike": "1"}), 0),
        (json!({"nameNotEqual": "my task"}), 2),
        (json!({"nameNotLike": "my%"}), 2),
        (json!({"name": "MY TASK"}), 1),
        (json!({"nameLike": "MY%"}), 1),
        (json!({"priority": 70}), 1),
        (json!({"minPriority": 51}), 1),
        (json!({"maxPriority": 50}), 2),
        (json!({"assignee": "ben"}), 1),
        (json!({"assigneeLike": "b%"}), 1),
        (json!({"assigneeIn": ["ben", "ana"]}), 1),
        (json!({"assigneeIn": ["ana"]}), 0),
        (json!({"assigneeNotIn": ["ana"]}), 1),
        (json!({"assigneeNotIn": ["ben"]}), 0),
        (json!({"unassigned": true}), 2),
        (json!({"assigned": true}), 1),
        (json!({"candidateUser": "ana"}), 1),
        (json!({"candidateUser": "ben"}), 0),
        (json!({"candidateGroup": "management"}), 1),
        (json!({"candidateGroup": "sales"}), 0),
        (json!({"candidateGroupLike": "manage%"}), 1),
        (json!({"candidateGroups": ["management", "accountancy"]}), 1),
        (json!({"candidateGroups": ["unexisting"]}), 0),
        (json!({"withCandidateGroups": true}), 1),
        (json!({"withoutCandidateGroups": true}), 1),
        (json!({"withoutCandidateGroups": true, "includeAssignedTasks": true}), 2),
        (json!({"withCandidateUsers": true}), 1),
        (json!({"withoutCandidateUsers": true}), 1),
        (json!({"withoutCandidateUsers": true, "includeAssignedTasks": true}), 2),
    ]);
}

/// TaskQueryTest.testTaskDueDate
/// TaskQueryTest.testTaskDueBefore
/// TaskQueryTest.testTaskDueAfter
/// TaskQueryTest.testTaskDueDateCombinations
/// TaskQueryTest.shouldQueryForTasksWithoutDueDate
/// TaskQueryTest.testFollowUpDate
/// TaskQueryTest.testFollowUpDateCombinations
/// TaskQueryTest.testQueryCreatedOn
/// TaskQueryTest.testQueryCreatedBefore
/// TaskQueryTest.testQueryCreatedAfter
/// TaskQueryTest.testCreateTimeCombinations
#[test]
fn by_their_dates() {
    let tasks = Tasks::new();
    let (before, after) = (
        "2030-06-14T12:00:00.000+0000",
        "2030-06-16T12:00:00.000+0000",
    );
    let (noon, minute) = (
        "2025-11-18T12:00:00.000+0000",
        "2025-11-18T12:00:30.000+0000",
    );
    tasks.check(vec![
        (json!({"dueDate": DUE}), 1),
        (json!({"dueDate": before}), 0),
        (json!({"dueBefore": after}), 1),
        (json!({"dueBefore": before}), 0),
        (json!({"dueAfter": before}), 1),
        (json!({"dueAfter": after}), 0),
        (json!({"dueAfter": before, "dueBefore": after}), 1),
        (json!({"dueAfter": before, "dueBefore": before}), 0),
        (json!({"dueDate": DUE, "dueBefore": before}), 0),
        (json!({"withoutDueDate": true}), 2),
        (json!({"followUpDate": "2030-01-01T12:00:00.000+0000"}), 1),
        (json!({"followUpBefore": DUE}), 1),
        (json!({"followUpBeforeOrNotExistent": DUE}), 3),
        (json!({"followUpBeforeOrNotExistent": noon}), 2),
        (json!({"followUpAfter": noon}), 1),
        (json!({"followUpAfter": DUE}), 0),
        (json!({"followUpAfter": noon, "followUpBefore": noon}), 0),
        (json!({"createdOn": noon}), 1),
        (json!({"createdBefore": minute}), 1),
        (json!({"createdAfter": minute}), 2),
        (
            json!({"createdAfter": "2025-11-18T11:59:59.000+0000", "createdBefore": minute}),
            1,
        ),
        (json!({"createdAfter": minute, "createdBefore": minute}), 0),
    ]);
}

/// TaskQueryTest.testQuerySorting
/// TaskQueryTest.testQueryOrderByTaskName
/// TaskQueryTest.testQuerySortingByNameShouldBeCaseInsensitive
/// TaskQueryTest.testQueryPaging
/// TaskQueryTest.testQueryByActivityInstanceId
/// TaskQueryTest.testQueryByMultipleActivityInstanceIds
/// TaskQueryTest.testQueryByInvalidActivityInstanceId
/// TaskQueryTest.testProcessDefinitionId
/// TaskQueryTest.testQueryResultOrderingByProcessVariables
/// TaskQueryTest.testQueryByTaskId
/// TaskQueryTest.testQueryByTaskIdIn
/// TaskQueryTest.testQueryByInvalidTaskId
#[test]
fn sorted_in_pages_and_one_by_one() {
    let tasks = Tasks::new();
    let list = |path: &str| {
        let found = tasks.house.get("mara", &format!("/task?{path}")).good();
        found.as_array().unwrap().clone()
    };
    let names = |path: &str| {
        let found = list(path).into_iter();
        found
            .map(|task| task["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names("sortBy=nameCaseInsensitive&sortOrder=asc"),
        ["First", "my task", "second"]
    );
    assert_eq!(
        names("sortBy=nameCaseInsensitive&sortOrder=desc"),
        ["second", "my task", "First"]
    );
    assert_eq!(names("sortBy=priority&sortOrder=desc")[0], "second");
    assert_eq!(names("sortBy=created&sortOrder=asc")[0], "my task");
    assert_eq!(names("sortBy=dueDate&sortOrder=asc&maxResults=3").len(), 3);
    assert_eq!(
        names("sortBy=nameCaseInsensitive&sortOrder=asc&firstResult=1&maxResults=1"),
        ["my task"]
    );
    assert_eq!(names("firstResult=3"), Vec::<String>::new());
    let tree = tasks
        .house
        .get(
            "mara",
            &format!("/process-instance/{}/activity-instances", tasks.one),
        )
        .good();
    let activity = tree["childActivityInstances"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let task = list("name=my%20task").remove(0);
    tasks.check(vec![
        (json!({"activityInstanceIdIn": [activity]}), 1),
        (json!({"activityInstanceIdIn": [activity, "other"]}), 1),
        (json!({"activityInstanceIdIn": ["anInvalid"]}), 0),
        (
            json!({"processDefinitionId": task["processDefinitionId"]}),
            1,
        ),
        (json!({"processDefinitionId": "unexisting"}), 0),
        (json!({"taskId": task["id"]}), 1),
        (json!({"taskIdIn": [task["id"], "other"]}), 1),
        (json!({"taskId": "invalid"}), 0),
    ]);
    let by = json!({"sorting": [{"sortBy": "processVariable", "sortOrder": "asc", "parameters": {"variable": "int", "type": "Integer"}}]});
    let found = tasks.house.post("mara", "/task", by).good();
    assert_eq!(found.as_array().unwrap().len(), 3);
}

/// TaskQueryTest.shouldFindTaskLastUpdatedNullUseCreateDate
/// TaskQueryTest.shouldNotFindTaskLastUpdatedNullCreateDateBeforeQueryDate
/// TaskQueryTest.shouldNotFindTaskLastUpdatedBeforeQueryDate
/// TaskQueryTest.shouldNotFindTaskLastUpdatedEqualsQueryDate
/// TaskQueryTest.shouldReturnResultsOrderedByLastUpdatedAsc
/// TaskQueryTest.shouldReturnResultsOrderedByLastUpdatedDesc
/// TaskQueryTest.shouldNotFindAttachmentAndCommentInfoWithoutQueryParam
/// TaskQueryTest.shouldFindAttachmentAndCommentInfoWithQueryParam
/// TaskQueryTest.testInitializeFormKeys
#[test]
fn by_when_they_were_changed_and_with_what_stands_beside_them() {
    let house = House::new();
    house.bpmn(
        r#"<process id="one" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>
        <userTask id="t" camunda:formKey="exampleFormKey"/></process>"#,
    );
    let tasks: Vec<String> = (0..3)
        .map(|_| {
            let instance = house.run("one", json!({}));
            house.text(&format!("/task?processInstanceId={instance}"), "id")
        })
        .collect();
    let after = |time: &str| {
        let query = json!({"updatedAfter": format!("2025-11-18T{time}.000+0000")});
        house.post("mara", "/task/count", query).good()["count"].clone()
    };
    assert_eq!((after("11:59:59"), after("12:00:01")), (json!(3), json!(0)));
    for (task, verb, body) in [
        (&tasks[1], "assignee", json!({"userId": "mara"})),
        (&tasks[0], "localVariables/v", json!({"value": "x"})),
        (&tasks[2], "assignee", json!({"userId": "ana"})),
    ] {
        house.clock.advance(Duration::from_secs(10));
        let path = format!("/task/{task}/{verb}");
        match verb {
            "assignee" => house.post("mara", &path, body).good(),
            _ => house.put("mara", &path, body).good(),
        };
    }
    assert_eq!(
        (after("12:00:05"), after("12:00:10"), after("12:00:30")),
        (json!(3), json!(2), json!(0))
    );
    let sorted = |order: &str| {
        let found = house.list(&format!("/task?sortBy=lastUpdated&sortOrder={order}"));
        let found = found.iter();
        let ids = found.map(|task| task["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let mut wanted = vec![tasks[1].clone(), tasks[0].clone(), tasks[2].clone()];
    assert_eq!(sorted("asc"), wanted);
    wanted.reverse();
    assert_eq!(sorted("desc"), wanted);

    let task = &tasks[0];
    house
        .post(
            "mara",
            &format!("/task/{task}/comment/create"),
            json!({"message": "said"}),
        )
        .good();
    let parts = [
        ("attachment-name", None, &b"name"[..]),
        ("url", None, &b"http://example.org"[..]),
    ];
    house
        .form("mara", &format!("/task/{task}/attachment/create"), &parts)
        .good();
    for (query, there) in [("", None), ("withCommentAttachmentInfo=true", Some(true))] {
        let found = house.list(&format!("/task?{query}"));
        let one = found.iter().find(|one| one["id"] == **task).unwrap();
        assert_eq!(one.get("comment").and_then(Json::as_bool), there);
        assert_eq!(one.get("attachment").and_then(Json::as_bool), there);
        assert_eq!(one["formKey"], "exampleFormKey");
    }
}
// not applicable: TaskQueryTest.testQueryByCaseDefinitionId, TaskQueryTest.testQueryByCaseDefinitionKey, TaskQueryTest.testQueryByCaseDefinitionName, TaskQueryTest.testQueryByCaseDefinitionNameLike, TaskQueryTest.testQueryByCaseInstanceId, TaskQueryTest.testQueryByCaseInstanceBusinessKey, TaskQueryTest.testQueryByCaseInstanceBusinessKeyLike, TaskQueryTest.testQueryByCaseExecutionId, TaskQueryTest.testQueryByNullCaseInstanceVariableValueEquals, TaskQueryTest.testQueryByStringCaseInstanceVariableValueEquals, TaskQueryTest.testCaseInstanceVariableNameEqualsIgnoreCase, TaskQueryTest.testQueryByStringCaseInstanceVariableValueEqualsIgnoreCase, TaskQueryTest.testQueryByBooleanCaseInstanceVariableValueEquals, TaskQueryTest.testQueryByShortCaseInstanceVariableValueEquals, TaskQueryTest.testQueryByIntegerCaseInstanceVariableValueEquals, TaskQueryTest.testQueryByLongCaseInstanceVariableValueEquals, TaskQueryTest.testQueryByDateCaseInstanceVariableValueEquals, TaskQueryTest.testQueryByDoubleCaseInstanceVariableValueEquals, TaskQueryTest.testQueryByByteArrayCaseInstanceVariableValueEquals, TaskQueryTest.testQueryBySerializableCaseInstanceVariableValueEquals, TaskQueryTest.testQueryByFileCaseInstanceVariableValueEquals, TaskQueryTest.testQueryByStringCaseInstanceVariableValueNotEquals, TaskQueryTest.testQueryByBooleanCaseInstanceVariableValueNotEquals, TaskQueryTest.testQueryByShortCaseInstanceVariableValueNotEquals, TaskQueryTest.testQueryByIntegerCaseInstanceVariableValueNotEquals, TaskQueryTest.testQueryByLongCaseInstanceVariableValueNotEquals, TaskQueryTest.testQueryByDateCaseInstanceVariableValueNotEquals, TaskQueryTest.testQueryByDoubleCaseInstanceVariableValueNotEquals, TaskQueryTest.testQueryByFileCaseInstanceVariableValueNotEquals, TaskQueryTest.testQueryBySerializableCaseInstanceVariableValueNotEquals, TaskQueryTest.testQueryByByteArrayCaseInstanceVariableValueNotEquals, TaskQueryTest.testQueryByNullCaseInstanceVariableValueGreaterThan, TaskQueryTest.testQueryByStringCaseInstanceVariableValueGreaterThan, TaskQueryTest.testQueryByBooleanCaseInstanceVariableValueGreaterThan, TaskQueryTest.testQueryByShortCaseInstanceVariableValueGreaterThan, TaskQueryTest.testQueryByIntegerCaseInstanceVariableValueGreaterThan, TaskQueryTest.testQueryByLongCaseInstanceVariableValueGreaterThan, TaskQueryTest.testQueryByDateCaseInstanceVariableValueGreaterThan, TaskQueryTest.testQueryByDoubleCaseInstanceVariableValueGreaterThan, TaskQueryTest.testQueryByByteArrayCaseInstanceVariableValueGreaterThan, TaskQueryTest.testQueryBySerializableCaseInstanceVariableGreaterThan, TaskQueryTest.testQueryByFileCaseInstanceVariableValueGreaterThan, TaskQueryTest.testQueryByNullCaseInstanceVariableValueGreaterThanOrEqual, TaskQueryTest.testQueryByStringCaseInstanceVariableValueGreaterThanOrEqual, TaskQueryTest.testQueryByBooleanCaseInstanceVariableValueGreaterThanOrEqual, TaskQueryTest.testQueryByShortCaseInstanceVariableValueGreaterThanOrEqual, TaskQueryTest.testQueryByIntegerCaseInstanceVariableValueGreaterThanOrEquals, TaskQueryTest.testQueryByLongCaseInstanceVariableValueGreaterThanOrEqual, TaskQueryTest.testQueryByDateCaseInstanceVariableValueGreaterThanOrEqual, TaskQueryTest.testQueryByDoubleCaseInstanceVariableValueGreaterThanOrEqual, TaskQueryTest.testQueryByByteArrayCaseInstanceVariableValueGreaterThanOrEqual, TaskQueryTest.testQueryBySerializableCaseInstanceVariableGreaterThanOrEqual, TaskQueryTest.testQueryByFileCaseInstanceVariableValueGreaterThanOrEqual, TaskQueryTest.testQueryByNullCaseInstanceVariableValueLessThan, TaskQueryTest.testQueryByStringCaseInstanceVariableValueLessThan, TaskQueryTest.testQueryByBooleanCaseInstanceVariableValueLessThan, TaskQueryTest.testQueryByShortCaseInstanceVariableValueLessThan, TaskQueryTest.testQueryByIntegerCaseInstanceVariableValueLessThan, TaskQueryTest.testQueryByLongCaseInstanceVariableValueLessThan, TaskQueryTest.testQueryByDateCaseInstanceVariableValueLessThan, TaskQueryTest.testQueryByDoubleCaseInstanceVariableValueLessThan, TaskQueryTest.testQueryByByteArrayCaseInstanceVariableValueLessThan, TaskQueryTest.testQueryBySerializableCaseInstanceVariableLessThan, TaskQueryTest.testQueryByFileCaseInstanceVariableValueLessThan, TaskQueryTest.testQueryByNullCaseInstanceVariableValueLessThanOrEqual, TaskQueryTest.testQueryByStringCaseInstanceVariableValueLessThanOrEqual, TaskQueryTest.testQueryByBooleanCaseInstanceVariableValueLessThanOrEqual, TaskQueryTest.testQueryByShortCaseInstanceVariableValueLessThanOrEqual, TaskQueryTest.testQueryByIntegerCaseInstanceVariableValueLessThanOrEquals, TaskQueryTest.testQueryByLongCaseInstanceVariableValueLessThanOrEqual, TaskQueryTest.testQueryByDateCaseInstanceVariableValueLessThanOrEqual, TaskQueryTest.testQueryByDoubleCaseInstanceVariableValueLessThanOrEqual, TaskQueryTest.testQueryByByteArrayCaseInstanceVariableValueLessThanOrEqual, TaskQueryTest.testQueryBySerializableCaseInstanceVariableLessThanOrEqual, TaskQueryTest.testQueryByFileCaseInstanceVariableValueLessThanOrEqual, TaskQueryTest.testQueryByNullCaseInstanceVariableValueLike, TaskQueryTest.testQueryByNullCaseInstanceVariableValueNotLike, TaskQueryTest.testQueryByStringCaseInstanceVariableValueLike, TaskQueryTest.testQueryByStringCaseInstanceVariableValueLikeIgnoreCase, TaskQueryTest.testQueryByStringCaseInstanceVariableValueNotLike, TaskQueryTest.testQueryByStringCaseInstanceVariableValueNotLikeIgnoreCase, TaskQueryTest.testQueryResultOrderingByCaseInstanceVariables, TaskQueryTest.testQueryResultOrderingByCaseExecutionVariables, TaskQueryTest.testInitializeFormKeysForCaseInstance: there is no CMMN

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

const DUE: &str = "2030-06-15T12:00:00.000+0000";

struct Tasks {
    house: House,
    one: String,
}

impl Tasks {
    fn new() -> Tasks {
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

    fn count(&self, query: &Json) -> Json {
        let got = self.house.post("mara", "/task/count", query.clone());
        match got.status {
            200 => got.json()["count"].clone(),
            status => json!({"status": status, "body": String::from_utf8_lossy(&got.body)}),
        }
    }

    /// Asks all, then says which answers were others.
    fn check(&self, queries: Vec<(Json, u64)>) {
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

fn variable(name: &str, operator: &str, value: Json) -> Json {
    json!({"processVariables": [{"name": name, "operator": operator, "value": value}]})
}

/// TaskQueryTest.testProcessVariableValueEquals
/// TaskQueryTest.testProcessVariableNameEqualsIgnoreCase
/// TaskQueryTest.testProcessVariableValueEqualsIgnoreCase
/// TaskQueryTest.testProcessVariableValueLike
/// TaskQueryTest.testProcessVariableValueLikeIgnoreCase
/// TaskQueryTest.testProcessVariableValueNotLike
/// TaskQueryTest.testProcessVariableValueNotLikeIgnoreCase
/// TaskQueryTest.testProcessVariableValueCompare
/// TaskQueryTest.testProcessVariableValueEqualsNumber
/// TaskQueryTest.testProcessVariableValueNumberComparison
/// TaskQueryTest.testVariableEqualsNumberNonIntegerDoubleShouldNotMatchInteger
#[test]
fn by_variables_of_the_process() {
    let tasks = Tasks::new();
    let folded = |name: bool, mut query: Json| {
        query[if name {
            "variableNamesIgnoreCase"
        } else {
            "variableValuesIgnoreCase"
        }] = json!(true);
        query
    };
    let mut queries = vec![
        (variable("text", "eq", json!("aTest")), 1),
        (variable("text", "neq", json!("aTest")), 0),
        (variable("text", "neq", json!("other")), 1),
        (variable("bool", "eq", json!(true)), 1),
        (variable("bool", "eq", json!(false)), 0),
        (variable("nothing", "eq", Json::Null), 1),
        (variable("nothing", "neq", Json::Null), 0),
        (variable("TEXT", "eq", json!("aTest")), 0),
        (folded(true, variable("TEXT", "eq", json!("aTest"))), 1),
        (variable("Mixed", "eq", json!("mixed")), 0),
        (folded(false, variable("Mixed", "eq", json!("mixed"))), 1),
        (variable("text", "like", json!("aTe%")), 1),
        (variable("text", "like", json!("ATE%")), 0),
        (folded(false, variable("text", "like", json!("ATE%"))), 1),
        (variable("text", "notLike", json!("aTe%")), 0),
        (variable("text", "notLike", json!("x%")), 1),
        (folded(false, variable("text", "notLike", json!("ATE%"))), 0),
        (variable("text", "gt", json!("aTesa")), 1),
        (variable("text", "lt", json!("aTesz")), 1),
        (variable("double", "eq", json!(12)), 0),
        (variable("int", "eq", json!(10.5)), 0),
    ];
    for (name, value) in [("short", 123), ("int", 10), ("long", 928_374)] {
        for (operator, there, below, above) in [
            ("eq", 1, 0, 0),
            ("neq", 0, 1, 1),
            ("gt", 0, 1, 0),
            ("gteq", 1, 1, 0),
            ("lt", 0, 0, 1),
            ("lteq", 1, 0, 1),
        ] {
            queries.push((variable(name, operator, json!(value)), there));
            queries.push((variable(name, operator, json!(value - 1)), below));
            queries.push((variable(name, operator, json!(value + 1)), above));
            queries.push((variable(name, operator, json!(f64::from(value))), there));
        }
    }
    tasks.check(queries);
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

/// TaskQueryTest.testTaskVariableNameEqualsIgnoreCase
/// TaskQueryTest.testTaskVariableValueEquals
/// TaskQueryTest.testTaskVariableValueEqualsIgnoreCase
/// TaskQueryTest.testTaskVariableValueNameEqualsIgnoreCase
/// TaskQueryTest.testTaskVariableValueLike
/// TaskQueryTest.testTaskVariableValueLikeIgnoreCase
/// TaskQueryTest.testTaskVariableValueCompare
/// TaskQueryTest.testTaskVariableValueEqualsNumber
/// TaskQueryTest.testTaskDefinitionKeyNotInNoKeysProvided
#[test]
fn by_variables_of_the_task() {
    let tasks = Tasks::new();
    let task = tasks.house.text("/task?name=my%20task", "id");
    let (before, date, after) = (
        "2014-03-02T02:02:01.000+0000",
        "2014-03-02T02:02:02.000+0000",
        "2014-03-02T02:02:03.000+0000",
    );
    let modifications = json!({
        "longVar": {"value": 928_374, "type": "Long"}, "shortVar": {"value": 123, "type": "Short"},
        "integerVar": {"value": 1234, "type": "Integer"}, "doubleVar": {"value": 123.0, "type": "Double"},
        "stringVar": {"value": "stringValue"}, "booleanVar": {"value": true}, "dateVar": {"value": date, "type": "Date"},
        "nullVar": {"value": null, "type": "Null"}, "nullLong": {"value": null, "type": "Long"}, "textNumber": {"value": "123"}});
    let path = format!("/task/{task}/localVariables");
    let body = json!({ "modifications": modifications });
    tasks.house.post("mara", &path, body).good();
    let local = |name: &str, operator: &str, value: Json| json!({"taskVariables": [{"name": name, "operator": operator, "value": value}]});
    let folded = |names: bool, values: bool, mut query: Json| {
        query["variableNamesIgnoreCase"] = json!(names);
        query["variableValuesIgnoreCase"] = json!(values);
        query
    };
    let mut queries = vec![
        (json!({"taskDefinitionKeyNotIn": []}), 3),
        (local("unexisting", "eq", json!("value")), 0),
        (local("stringvar", "eq", json!("stringValue")), 0),
        (
            folded(true, false, local("stringvar", "eq", json!("stringValue"))),
            1,
        ),
        (
            folded(true, true, local("stringvar", "eq", json!("STRINGVALUE"))),
            1,
        ),
        (
            folded(false, true, local("stringvar", "eq", json!("STRINGVALUE"))),
            0,
        ),
        (
            folded(false, true, local("stringVar", "eq", json!("stringvalue"))),
            1,
        ),
        (
            folded(false, true, local("stringVar", "neq", json!("stringvalue"))),
            0,
        ),
        (local("stringVar", "neq", json!("stringvalue")), 1),
        (
            folded(false, true, local("stringVar", "eq", json!("other"))),
            0,
        ),
        (local("nullVar", "eq", Json::Null), 1),
        (local("nullVar", "eq", json!("999")), 0),
        (local("stringVar", "eq", Json::Null), 0),
        (local("textNumber", "eq", json!(123)), 0),
        (local("nullLong", "eq", json!(123)), 0),
        (local("doubleVar", "eq", json!(123)), 1),
        (local("shortVar", "eq", json!(123.0)), 1),
        (local("text", "eq", json!("aTest")), 0),
    ];
    for (name, there, other) in [
        ("longVar", json!(928_374), json!(999)),
        ("shortVar", json!(123), json!(999)),
        ("integerVar", json!(1234), json!(999)),
        ("stringVar", json!("stringValue"), json!("999")),
        ("booleanVar", json!(true), json!(false)),
        ("dateVar", json!(date), json!(after)),
    ] {
        queries.push((local(name, "eq", there.clone()), 1));
        queries.push((local(name, "neq", there), 0));
        queries.push((local(name, "eq", other.clone()), 0));
        queries.push((local(name, "neq", other), 1));
    }
    for (pattern, count) in [
        ("stringVal%", 1),
        ("%ngValue", 1),
        ("%ngVal%", 1),
        ("stringVar%", 0),
        ("%ngVar", 0),
        ("%ngVar%", 0),
        ("stringVal", 0),
    ] {
        let lower = pattern.to_lowercase();
        queries.push((local("stringVar", "like", json!(pattern)), count));
        queries.push((local("stringVar", "like", json!(lower)), 0));
        queries.push((
            folded(false, true, local("stringVar", "like", json!(lower))),
            count,
        ));
        queries.push((local("nonExisting", "like", json!(pattern)), 0));
    }
    for (name, below, there, above) in [
        ("longVar", json!(928_373), json!(928_374), json!(928_375)),
        ("dateVar", json!(before), json!(date), json!(after)),
        ("stringVar", json!("ra"), json!("stringValue"), json!("ta")),
    ] {
        for (operator, counts) in [
            ("gt", [1, 0, 0]),
            ("gteq", [1, 1, 0]),
            ("lt", [0, 0, 1]),
            ("lteq", [0, 1, 1]),
        ] {
            for (value, count) in [&below, &there, &above].into_iter().zip(counts) {
                queries.push((local(name, operator, value.clone()), count));
            }
        }
    }
    tasks.check(queries);
    for (operator, value) in [
        ("gt", Json::Null),
        ("gteq", Json::Null),
        ("lt", Json::Null),
        ("lteq", Json::Null),
        ("gt", json!(true)),
        ("lteq", json!(false)),
        ("like", Json::Null),
    ] {
        let refused = tasks.count(&local("nullVar", operator, value.clone()));
        let status = refused["status"].as_u64();
        assert!(
            status.is_some_and(|s| s >= 400),
            "{operator} {value}: {refused}"
        );
    }
}

/// Starts an instance for each value; their ids.
fn valued(house: &House, values: &[Json]) -> Vec<String> {
    let one = |value: &Json| {
        match value {
        Json::Null => house.run("oneTask", json!({"due": {"value": DUE, "type": "Date"}, "follow": {"value": DUE, "type": "Date"}})),
        value => house.run("oneTask", json!({"due": {"value": DUE, "type": "Date"}, "follow": {"value": DUE, "type": "Date"}, "var": value})),
    }
    };
    values.iter().map(one).collect()
}

/// TaskQueryTest.testQueryResultOrderingByTaskVariables
/// TaskQueryTest.testQueryResultOrderingByExecutionVariables
/// TaskQueryTest.testQueryResultOrderingByVariablesWithNullValues
/// TaskQueryTest.testQueryResultOrderingByVariablesWithMixedTypes
// differs: TaskQueryTest.testQueryResultOrderingByVariablesWithMixedTypesAndSameColumn: numbers of all types are sorted as numbers
/// TaskQueryTest.testQueryResultOrderingByStringVariableWithMixedCase
/// TaskQueryTest.testQueryResultOrderingByVariablesOfAllPrimitiveTypes
/// TaskQueryTest.testQueryResultOrderingByTwoVariables
/// TaskQueryTest.testQueryResultOrderingByVariablesWithSecondaryOrderingByProcessInstanceId
/// TaskQueryTest.testQueryOrderByProcessVariableInteger
/// TaskQueryTest.testQueryOrderByTaskVariableInteger
/// TaskQueryTest.testVariableEqualsNumberMax
/// TaskQueryTest.testVariableEqualsNumberLongValueOverflow
#[test]
fn sorted_by_variables() {
    let text = |value: &str| json!({"value": value, "type": "String"});
    let number = |value: i64, kind: &str| json!({"value": value, "type": kind});
    let sorted = |house: &House, of: &[String], by: Json| {
        let query = json!({"processInstanceIdIn": of, "sorting": by});
        let found = house.post("mara", "/task", query).good();
        let found = found.as_array().unwrap().iter();
        let place = |task: &Json| {
            let id = task["processInstanceId"].as_str().unwrap();
            of.iter().position(|one| one == id).unwrap()
        };
        found.map(place).collect::<Vec<_>>()
    };
    let by = |scope: &str, name: &str, kind: &str, order: &str| json!({"sortBy": scope, "sortOrder": order, "parameters": {"variable": name, "type": kind}});
    let house = Tasks::new().house;
    let check = |values: &[Json], kind: &str, wanted: &[usize]| {
        let of = valued(&house, values);
        let got = sorted(
            &house,
            &of,
            json!([by("processVariable", "var", kind, "asc")]),
        );
        assert_eq!(got, wanted, "{kind} {values:?}");
        let got = sorted(
            &house,
            &of,
            json!([by("processVariable", "var", kind, "desc")]),
        );
        let back: Vec<usize> = wanted.iter().rev().copied().collect();
        assert_eq!(got, back, "{kind} {values:?}");
    };
    // What has no such variable, or one of another type, comes first.
    check(
        &[text("bValue"), text("cValue"), text("aValue"), Json::Null],
        "String",
        &[3, 2, 0, 1],
    );
    check(
        &[number(42, "Integer"), text("cValue"), text("aValue")],
        "String",
        &[0, 2, 1],
    );
    check(
        &[
            number(42, "Integer"),
            number(800, "Integer"),
            number(500, "Long"),
        ],
        "Integer",
        &[0, 2, 1],
    );
    check(&[text("a"), text("B"), text("c")], "String", &[0, 1, 2]);
    check(
        &[
            number(500, "Integer"),
            number(1000, "Integer"),
            number(250, "Integer"),
        ],
        "Integer",
        &[2, 0, 1],
    );
    for (kind, values) in [
        ("Integer", [json!(9), json!(10)]),
        ("Short", [json!(9), json!(10)]),
        ("Long", [json!(9), json!(10)]),
        ("Double", [json!(9.5), json!(10.25)]),
        ("Boolean", [json!(false), json!(true)]),
        (
            "Date",
            [
                json!("2014-01-01T00:00:00.000+0000"),
                json!("2015-01-01T00:00:00.000+0000"),
            ],
        ),
        ("String", [json!("aValue"), json!("bValue")]),
    ] {
        let [low, high] = values.map(|value| json!({"value": value, "type": kind}));
        check(&[high, low], kind, &[1, 0]);
    }
    let of = valued(&house, &[text("aValue"), text("bValue"), text("cValue")]);
    for (id, value) in of.iter().zip(["cValue", "bValue", "aValue"]) {
        let task = house.text(&format!("/task?processInstanceId={id}"), "id");
        let path = format!("/task/{task}/localVariables/var");
        house.put("mara", &path, text(value)).good();
        let path = format!("/task/{task}/localVariables/number");
        let length = number(1000 - i64::from(value.as_bytes()[0]), "Integer");
        house.put("mara", &path, length).good();
    }
    assert_eq!(
        sorted(
            &house,
            &of,
            json!([by("taskVariable", "var", "String", "asc")])
        ),
        [2, 1, 0]
    );
    assert_eq!(
        sorted(
            &house,
            &of,
            json!([by("taskVariable", "number", "Integer", "asc")])
        ),
        [0, 1, 2]
    );
    for id in &of {
        let path = format!("/process-instance/{id}/variables/two");
        let which = if *id == of[1] { 1 } else { 2 };
        house.put("mara", &path, number(which, "Integer")).good();
    }
    let two = json!([
        by("processVariable", "two", "Integer", "asc"),
        by("processVariable", "var", "String", "desc")
    ]);
    assert_eq!(sorted(&house, &of, two), [1, 2, 0]);
    let mut ids = of.clone();
    ids.sort();
    let second = json!([by("processVariable", "none", "String", "asc"), {"sortBy": "instanceId", "sortOrder": "asc"}]);
    assert_eq!(sorted(&house, &ids, second), [0, 1, 2]);

    house.bpmn(
        r#"<process id="branches" isExecutable="true"><startEvent id="s"/><sequenceFlow id="b0" sourceRef="s" targetRef="g"/><parallelGateway id="g"/>
        <sequenceFlow id="b1" sourceRef="g" targetRef="t"/><sequenceFlow id="b2" sourceRef="g" targetRef="r"/><userTask id="t"/><receiveTask id="r"/></process>"#,
    );
    let of = ["aValue", "bValue", "cValue"]
        .map(|value| house.run("branches", json!({ "var": text(value) })));
    for (id, value) in of.iter().zip(["cValue", "bValue", "aValue"]) {
        let execution = house.text(&format!("/task?processInstanceId={id}"), "executionId");
        let path = format!("/execution/{execution}/localVariables/var");
        house.put("mara", &path, text(value)).good();
    }
    assert_eq!(
        sorted(
            &house,
            &of,
            json!([by("executionVariable", "var", "String", "asc")])
        ),
        [2, 1, 0]
    );

    let most = (1_u64 << 53) as f64;
    let far = 1e300;
    for value in [
        json!({"value": far, "type": "Double"}),
        number(i64::MAX, "Long"),
        json!({"value": most, "type": "Double"}),
    ] {
        house.run("branches", json!({ "big": value }));
    }
    for value in [json!(far), json!(i64::MAX), json!(most)] {
        let query =
            json!({"processVariables": [{"name": "big", "operator": "eq", "value": value}]});
        assert_eq!(
            house.post("mara", "/task/count", query).good()["count"],
            1,
            "{value}"
        );
    }
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

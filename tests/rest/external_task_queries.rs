//! What lists and fetches of external tasks may be asked for, after the cases of Camunda's
//! ExternalTaskQueryTest and ExternalTaskServiceTest.

use crate::house::House;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// Three tasks side by side, two of the topic `t`.
const MODEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="parallel" isExecutable="true" camunda:versionTag="1.0">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="task1"/><sequenceFlow id="f2" sourceRef="start" targetRef="task2"/><sequenceFlow id="f3" sourceRef="start" targetRef="task3"/>
    <serviceTask id="task1" camunda:type="external" camunda:topic="t" camunda:taskPriority="${priority}"><extensionElements>
      <camunda:inputOutput><camunda:inputParameter name="local">inner</camunda:inputParameter></camunda:inputOutput>
      <camunda:properties><camunda:property name="p1" value="v1"/><camunda:property name="p2" value="v2"/></camunda:properties></extensionElements></serviceTask>
    <serviceTask id="task2" camunda:type="external" camunda:topic="t"/>
    <serviceTask id="task3" camunda:type="external" camunda:topic="t3"/>
  </process>
</definitions>"#;

pub struct Work {
    pub house: House,
}

impl Work {
    pub fn new() -> Work {
        let house = House::new();
        let parts = [("data", Some("parallel.bpmn"), MODEL.as_bytes())];
        house.form("mara", "/deployment/create", &parts).good();
        Work { house }
    }

    pub fn start(&self, key: &str, priority: i32) -> String {
        let body = json!({"businessKey": key, "variables": {"priority": {"value": priority}, "var": {"value": key}}});
        let started = self
            .house
            .post("mara", "/process-definition/key/parallel/start", body)
            .good();
        self.house.clock.advance(Duration::from_secs(1));
        started["id"].as_str().unwrap().to_owned()
    }

    pub fn list(&self, query: &str) -> Vec<Json> {
        let found = self
            .house
            .get("mara", &format!("/external-task?{query}"))
            .good();
        found.as_array().unwrap().clone()
    }

    pub fn check(&self, queries: Vec<(String, u64)>) {
        let mut wrong = Vec::new();
        for (query, wanted) in queries {
            let got = self
                .house
                .get("mara", &format!("/external-task/count?{query}"));
            let text = String::from_utf8_lossy(&got.body).into_owned();
            if got.status != 200 || got.json()["count"] != wanted {
                wrong.push(format!("{query}: {} {text}, not {wanted}", got.status));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// What a fetch gives: activity and business key of each, in their order.
    pub fn fetch(&self, more: Json, topics: Json) -> Vec<Json> {
        let mut body = json!({"workerId": "me", "maxTasks": 10, "topics": topics});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let found = self
            .house
            .post("w1", "/external-task/fetchAndLock", body)
            .good();
        // They are free again for the next fetch.
        self.house.clock.advance(Duration::from_secs(2));
        found.as_array().unwrap().clone()
    }
}

pub fn topic(name: &str, more: Json) -> Json {
    let mut topic = json!({"topicName": name, "lockDuration": 1000});
    topic
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    topic
}

/// ExternalTaskQueryTest.testSingleResult
/// ExternalTaskQueryTest.testList
/// ExternalTaskQueryTest.testCount
/// ExternalTaskQueryTest.testQueryByLockState
/// ExternalTaskQueryTest.testQueryByProcessDefinitionId
/// ExternalTaskQueryTest.testQueryByActivityId
/// ExternalTaskQueryTest.testQueryByActivityIdIn
/// ExternalTaskQueryTest.testQueryByTopicName
/// ExternalTaskQueryTest.testQueryByProcessInstanceId
/// ExternalTaskQueryTest.testQueryByProcessInstanceIdIn
/// ExternalTaskQueryTest.testQueryByNonExistingProcessInstanceId
/// ExternalTaskQueryTest.testQueryByExecutionId
/// ExternalTaskQueryTest.testQueryByWorkerId
/// ExternalTaskQueryTest.testQueryByLockExpirationTime
/// ExternalTaskQueryTest.testQuerySorting
/// ExternalTaskQueryTest.testQueryBySuspensionState
/// ExternalTaskQueryTest.testQueryByRetries
/// ExternalTaskQueryTest.testQueryById
/// ExternalTaskQueryTest.testQueryByIds
#[test]
fn external_tasks_are_found_by_what_they_are() {
    let work = Work::new();
    let (a, b) = (work.start("a", 1), work.start("b", 5));
    let one = work
        .list(&format!("processInstanceId={a}&activityId=task1"))
        .remove(0);
    let text = |name: &str| one[name].as_str().unwrap().to_owned();
    let (id, definition, execution) =
        (text("id"), text("processDefinitionId"), text("executionId"));
    let lock = json!({"workerId": "me", "lockDuration": 60_000});
    work.house
        .post("w1", &format!("/external-task/{id}/lock"), lock)
        .good();
    let failed = json!({"workerId": "me", "lockDuration": 60_000});
    let other = work
        .list(&format!("processInstanceId={b}&activityId=task3"))
        .remove(0)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    work.house
        .post("w1", &format!("/external-task/{other}/lock"), failed)
        .good();
    work.house
        .post(
            "w1",
            &format!("/external-task/{other}/failure"),
            json!({"workerId": "me", "retries": 0}),
        )
        .good();
    work.house
        .put(
            "mara",
            &format!("/process-instance/{b}/suspended"),
            json!({"suspended": true}),
        )
        .good();
    let (soon, late) = (
        "2025-11-18T12:00:30.000%2B0000",
        "2025-11-18T12:02:00.000%2B0000",
    );
    work.check(vec![
        (String::new(), 6),
        ("locked=true".into(), 1),
        ("notLocked=true".into(), 5),
        (format!("processDefinitionId={definition}"), 6),
        ("processDefinitionId=none".into(), 0),
        ("activityId=task1".into(), 2),
        ("activityIdIn=task1,task3".into(), 4),
        ("topicName=t".into(), 4),
        ("topicName=t3".into(), 2),
        (format!("processInstanceId={a}"), 3),
        (format!("processInstanceIdIn={a},{b}"), 6),
        ("processInstanceId=nonExisting".into(), 0),
        (format!("executionId={execution}"), 1),
        ("workerId=me".into(), 1),
        ("workerId=nobody".into(), 0),
        (format!("lockExpirationAfter={soon}"), 1),
        (format!("lockExpirationAfter={late}"), 0),
        (format!("lockExpirationBefore={late}"), 1),
        (format!("lockExpirationBefore={soon}"), 0),
        ("active=true".into(), 3),
        ("suspended=true".into(), 3),
        ("withRetriesLeft=true".into(), 5),
        ("noRetriesLeft=true".into(), 1),
        (format!("externalTaskId={id}"), 1),
        (format!("externalTaskIdIn={id},{other},none"), 2),
        ("priorityHigherThanOrEquals=5".into(), 1),
        ("priorityLowerThanOrEquals=0".into(), 4),
    ]);
    for (by, first) in [
        ("id", None),
        ("processInstanceId", None),
        ("processDefinitionId", None),
        ("processDefinitionKey", None),
        ("lockExpirationTime", None),
        ("taskPriority", Some("task1")),
        ("createTime", Some("task1")),
    ] {
        let up = work.list(&format!("sortBy={by}&sortOrder=asc"));
        let down = work.list(&format!("sortBy={by}&sortOrder=desc"));
        assert_eq!((up.len(), down.len()), (6, 6), "{by}");
        if let (Some(first), "taskPriority") = (first, by) {
            assert_eq!(
                (&down[0]["activityId"], &down[0]["processInstanceId"]),
                (&json!(first), &json!(b))
            );
        }
        if by == "id" {
            let ids: Vec<_> = up.iter().map(|t| t["id"].as_str().unwrap()).collect();
            assert!(ids.is_sorted());
        }
    }
}
// not applicable: ExternalTaskQueryTest.testFailQueryByActivityIdInNull, ExternalTaskQueryTest.testQueryByProcessInstanceIdNull, ExternalTaskQueryTest.testQueryWithNullValues, ExternalTaskQueryTest.testQueryByIdsWithNull, ExternalTaskQueryTest.testQueryByIdsWithEmptyList, ExternalTaskQueryTest.testQueryByLargeListOfProcessInstanceIdIn: null and the limits of SQL are the Java API's
// not applicable: ExternalTaskQueryTest.testQueryByBusinessKey, ExternalTaskQueryTest.testQueryListByBusinessKey, ExternalTaskQueryTest.shouldCheckPresenceOfVersionTag, ExternalTaskQueryTest.testProcessDefinitionKey, ExternalTaskQueryTest.testProcessDefinitionKeyIn, ExternalTaskQueryTest.testProcessDefinitionName, ExternalTaskQueryTest.processDefinitionNameLike, ExternalTaskQueryTest.testProcessVariableValueEquals, ExternalTaskQueryTest.testProcessVariableNameEqualsIgnoreCase, ExternalTaskQueryTest.testProcessVariableValueEqualsIgnoreCase, ExternalTaskQueryTest.testProcessVariableValueLike, ExternalTaskQueryTest.testProcessVariableValueLikeIgnoreCase, ExternalTaskQueryTest.testProcessVariableValueNotLike, ExternalTaskQueryTest.testProcessVariableValueNotLikeIgnoreCase, ExternalTaskQueryTest.testProcessVariableValueCompare, ExternalTaskQueryTest.testProcessVariableValueEqualsNumber, ExternalTaskQueryTest.testProcessVariableValueNumberComparison, ExternalTaskQueryTest.testVariableEqualsNumberMax, ExternalTaskQueryTest.testVariableEqualsNumberLongValueOverflow, ExternalTaskQueryTest.testVariableEqualsNumberNonIntegerDoubleShouldNotMatchInteger: Camunda's REST API does not list external tasks by this

/// ExternalTaskServiceTest.testFetch
/// ExternalTaskServiceTest.testFetchWithPriority
/// ExternalTaskServiceTest.testFetchWithPriorityOrdering
/// ExternalTaskServiceTest.testFetchNextWithPriority
/// ExternalTaskServiceTest.shouldFetchWithCreateTimeDESCAndPriority
/// ExternalTaskServiceTest.shouldFetchWithCreateTimeASCAndPriority
/// ExternalTaskServiceTest.shouldFetchWithCreateTimeASCWithoutPriority
/// ExternalTaskServiceTest.shouldFetchWithCreateTimeDESCWithoutPriority
/// ExternalTaskServiceTest.testFetchTopicSelection
/// ExternalTaskServiceTest.testFetchLessTasksThanExist
/// ExternalTaskServiceTest.testFetchNoTopics
/// ExternalTaskServiceTest.testFetchMultipleTopics
/// ExternalTaskServiceTest.testFetchMultipleTopicsMaxTasks
/// ExternalTaskServiceTest.testFetchSuspendedTask
/// ExternalTaskServiceTest.testFetchByProcessDefinitionId
/// ExternalTaskServiceTest.testFetchByProcessDefinitionIdCombination
/// ExternalTaskServiceTest.testFetchByProcessDefinitionIdIn
/// ExternalTaskServiceTest.testFetchByProcessDefinitionIds
/// ExternalTaskServiceTest.testFetchByProcessDefinitionKey
/// ExternalTaskServiceTest.testFetchByProcessDefinitionKeyIn
/// ExternalTaskServiceTest.testFetchByProcessDefinitionKeys
/// ExternalTaskServiceTest.testFetchByProcessDefinitionIdAndKey
/// ExternalTaskServiceTest.testFetchWithoutTenant
/// ExternalTaskServiceTest.testQueryByBusinessKey
/// ExternalTaskServiceTest.testQueryByBusinessKeyCombination1
/// ExternalTaskServiceTest.testTopicQueryByVariableValue
/// ExternalTaskServiceTest.testTopicQueryByVariableValues
/// ExternalTaskServiceTest.testTopicQueryByBusinessKeyAndVariableValue
/// ExternalTaskServiceTest.testFetchAndLockByProcessDefinitionVersionTag
#[test]
fn a_fetch_chooses_and_orders() {
    let work = Work::new();
    work.start("a", 1);
    let b = work.start("b", 5);
    work.start("c", 3);
    let definition = work.list("")[0]["processDefinitionId"]
        .as_str()
        .unwrap()
        .to_owned();
    let names = |found: Vec<Json>| -> Vec<String> {
        let found = found.iter();
        found
            .map(|t| {
                format!(
                    "{}-{}",
                    t["businessKey"].as_str().unwrap(),
                    t["activityId"].as_str().unwrap()
                )
            })
            .collect()
    };
    let only = || json!([topic("t", json!({}))]);
    let first = |more: Json| names(work.fetch(more, only())).first().cloned();
    assert_eq!(names(work.fetch(json!({}), only())).len(), 6);
    let by_priority = names(work.fetch(json!({"usePriority": true}), only()));
    assert_eq!(by_priority[..3], ["b-task1", "c-task1", "a-task1"]);
    assert_eq!(
        first(json!({"usePriority": true, "maxTasks": 1})),
        Some("b-task1".into())
    );
    let sorted = |order: &str, priority: bool| json!({"usePriority": priority, "sorting": [{"sortBy": "createTime", "sortOrder": order}]});
    assert!(first(sorted("asc", false)).is_some_and(|name| name.starts_with('a')));
    assert!(first(sorted("desc", false)).is_some_and(|name| name.starts_with('c')));
    let down = names(work.fetch(sorted("desc", true), only()));
    assert_eq!(
        down[..3],
        ["b-task1", "c-task1", "a-task1"],
        "priority before age"
    );
    assert_eq!(down[3], "c-task2", "age among equals");
    assert_eq!(names(work.fetch(sorted("asc", true), only()))[3], "a-task2");
    assert_eq!(work.fetch(json!({"maxTasks": 2}), only()).len(), 2);
    assert_eq!(work.fetch(json!({}), json!([])).len(), 0);
    assert_eq!(
        work.fetch(json!({}), json!([topic("t3", json!({}))])).len(),
        3
    );
    let both = || json!([topic("t", json!({})), topic("t3", json!({}))]);
    assert_eq!(work.fetch(json!({}), both()).len(), 9);
    assert_eq!(work.fetch(json!({"maxTasks": 2}), both()).len(), 2);
    for (more, wanted) in [
        (json!({"processDefinitionId": definition}), 6),
        (json!({"processDefinitionId": "none"}), 0),
        (json!({"processDefinitionIdIn": [definition, "none"]}), 6),
        (json!({"processDefinitionIdIn": ["none"]}), 0),
        (json!({"processDefinitionKey": "parallel"}), 6),
        (json!({"processDefinitionKeyIn": ["parallel", "none"]}), 6),
        (json!({"processDefinitionKeyIn": ["none"]}), 0),
        (
            json!({"processDefinitionId": definition, "processDefinitionKey": "none"}),
            0,
        ),
        (
            json!({"processDefinitionId": definition, "processDefinitionIdIn": ["none"]}),
            0,
        ),
        (json!({"withoutTenantId": true}), 6),
        (json!({"businessKey": "a"}), 2),
        (json!({"businessKey": "none"}), 0),
        (json!({"processVariables": {"var": "a"}}), 2),
        (json!({"processVariables": {"var": "a", "priority": 1}}), 2),
        (json!({"processVariables": {"var": "a", "priority": 2}}), 0),
        (
            json!({"businessKey": "a", "processVariables": {"var": "b"}}),
            0,
        ),
        (
            json!({"businessKey": "b", "processVariables": {"var": "b"}}),
            2,
        ),
        (json!({"processDefinitionVersionTag": "1.0"}), 6),
        (json!({"processDefinitionVersionTag": "2.0"}), 0),
    ] {
        assert_eq!(
            work.fetch(json!({}), json!([topic("t", more.clone())]))
                .len(),
            wanted,
            "{more}"
        );
    }
    let mixed = json!([
        topic("t", json!({"businessKey": "a"})),
        topic("t3", json!({"businessKey": "b"}))
    ]);
    assert_eq!(work.fetch(json!({}), mixed).len(), 3);
    work.house
        .put(
            "mara",
            &format!("/process-instance/{b}/suspended"),
            json!({"suspended": true}),
        )
        .good();
    assert_eq!(work.fetch(json!({}), only()).len(), 4);
}

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

struct Work {
    house: House,
}

impl Work {
    fn new() -> Work {
        let house = House::new();
        let parts = [("data", Some("parallel.bpmn"), MODEL.as_bytes())];
        house.form("mara", "/deployment/create", &parts).good();
        Work { house }
    }

    fn start(&self, key: &str, priority: i32) -> String {
        let body = json!({"businessKey": key, "variables": {"priority": {"value": priority}, "var": {"value": key}}});
        let started = self
            .house
            .post("mara", "/process-definition/key/parallel/start", body)
            .good();
        self.house.clock.advance(Duration::from_secs(1));
        started["id"].as_str().unwrap().to_owned()
    }

    fn list(&self, query: &str) -> Vec<Json> {
        let found = self
            .house
            .get("mara", &format!("/external-task?{query}"))
            .good();
        found.as_array().unwrap().clone()
    }

    fn check(&self, queries: Vec<(String, u64)>) {
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
    fn fetch(&self, more: Json, topics: Json) -> Vec<Json> {
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

fn topic(name: &str, more: Json) -> Json {
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

/// ExternalTaskServiceTest.testFetchVariables
/// ExternalTaskServiceTest.testFetchOnlyLocalVariables
/// ExternalTaskServiceTest.testFetchNonExistingLocalVariables
/// ExternalTaskServiceTest.testFetchAllVariables
/// ExternalTaskServiceTest.testFetchNonExistingVariable
/// ExternalTaskServiceTest.testFetchMultipleTopicsWithVariables
/// ExternalTaskServiceTest.testFetchWithEmptyListOfVariables
/// ExternalTaskServiceTest.testFetchAndLockWithExtensionProperties_shouldReturnProperties
/// ExternalTaskServiceTest.testFetchAndLockWithExtensionProperties_shouldReturnEmptyMap
/// ExternalTaskServiceTest.testFetchAndLockWithoutExtensionProperties_shouldReturnEmptyMap
/// ExternalTaskServiceTest.testGetTopicNamesWithLockedTasks
/// ExternalTaskServiceTest.testGetTopicNamesWithUnlockedTasks
/// ExternalTaskServiceTest.testGetTopicNamesWithRetries
/// ExternalTaskServiceTest.testGetTopicNamesisDistinct
#[test]
fn a_fetched_task_brings_what_was_asked_for() {
    let work = Work::new();
    work.start("a", 1);
    work.start("b", 1);
    let names = |more: Json, activity: &str| {
        let found = work.fetch(json!({}), json!([topic("t", more)]));
        let task = found
            .into_iter()
            .find(|t| t["activityId"] == activity)
            .unwrap();
        let mut names: Vec<String> = task["variables"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(json!({}), "task1"), ["local", "priority", "var"]);
    assert_eq!(names(json!({"variables": ["var"]}), "task1"), ["var"]);
    assert_eq!(
        names(json!({"variables": ["var", "none"]}), "task1"),
        ["var"]
    );
    assert_eq!(
        names(json!({"variables": ["none"]}), "task1"),
        Vec::<String>::new()
    );
    assert_eq!(
        names(json!({"variables": []}), "task1"),
        Vec::<String>::new()
    );
    assert_eq!(names(json!({"localVariables": true}), "task1"), ["local"]);
    assert_eq!(
        names(json!({"localVariables": true}), "task2"),
        Vec::<String>::new()
    );
    assert_eq!(
        names(
            json!({"localVariables": true, "variables": ["var"]}),
            "task1"
        ),
        Vec::<String>::new()
    );
    let two = json!([
        topic("t", json!({"variables": ["var"]})),
        topic("t3", json!({"variables": ["priority"]}))
    ]);
    for task in work.fetch(json!({}), two) {
        let wanted = if task["topicName"] == "t" {
            "var"
        } else {
            "priority"
        };
        assert_eq!(
            task["variables"]
                .as_object()
                .unwrap()
                .keys()
                .collect::<Vec<_>>(),
            [wanted]
        );
    }
    for task in work.fetch(
        json!({}),
        json!([topic("t", json!({"includeExtensionProperties": true}))]),
    ) {
        let wanted = if task["activityId"] == "task1" {
            json!({"p1": "v1", "p2": "v2"})
        } else {
            json!({})
        };
        assert_eq!(task["extensionProperties"], wanted);
    }
    for task in work.fetch(json!({}), json!([topic("t", json!({}))])) {
        assert!(
            task["extensionProperties"]
                .as_object()
                .is_none_or(serde_json::Map::is_empty)
        );
    }
    let topics = |query: &str| {
        work.house
            .get("mara", &format!("/external-task/topic-names?{query}"))
            .good()
    };
    assert_eq!(topics(""), json!(["t", "t3"]));
    assert_eq!(topics("withLockedTasks=true"), json!([]));
    let body = json!({"workerId": "me", "maxTasks": 1, "topics": [topic("t3", json!({"lockDuration": 100_000}))]});
    let fetched = work
        .house
        .post("w1", "/external-task/fetchAndLock", body)
        .good();
    assert_eq!(topics("withLockedTasks=true"), json!(["t3"]));
    assert_eq!(topics("withUnlockedTasks=true"), json!(["t", "t3"]));
    let id = fetched[0]["id"].as_str().unwrap();
    work.house
        .post(
            "w1",
            &format!("/external-task/{id}/failure"),
            json!({"workerId": "me", "retries": 0}),
        )
        .good();
    for task in work.list("topicName=t3") {
        let path = format!("/external-task/{}/retries", task["id"].as_str().unwrap());
        work.house.put("mara", &path, json!({"retries": 0})).good();
    }
    assert_eq!(topics("withRetriesLeft=true"), json!(["t"]));
}

/// ExternalTaskServiceTest.shouldLockExternalTask
/// ExternalTaskServiceTest.shouldLockExternalTaskWithExpiredLock
/// ExternalTaskServiceTest.shouldLockAlreadyLockedExternalTaskWithSameWorker
/// ExternalTaskServiceTest.shouldFailToLockAlreadyLockedExternalTask
/// ExternalTaskServiceTest.shouldReportMissingWorkerIdOnLockExternalTask
/// ExternalTaskServiceTest.shouldReportNonexistentExternalTaskIdOnLockExternalTask
/// ExternalTaskServiceTest.shouldFailToLockExternalTaskWithNullLockDuration
/// ExternalTaskServiceTest.shouldFailToLockExternalTaskWithNegativeLockDuration
/// ExternalTaskServiceTest.testFetchNullWorkerId
/// ExternalTaskServiceTest.testFetchNegativeNumberOfTasks
/// ExternalTaskServiceTest.testFetchNegativeLockTime
/// ExternalTaskServiceTest.testFetchZeroLockTime
/// ExternalTaskServiceTest.testFetchWithoutTopicName
/// ExternalTaskServiceTest.testCompleteNullWorkerId
/// ExternalTaskServiceTest.testCompleteNonExistingTask
/// ExternalTaskServiceTest.testCompleteWithWrongWorkerId
/// ExternalTaskServiceTest.testComplete
/// ExternalTaskServiceTest.testCompleteWithVariables
/// ExternalTaskServiceTest.testLocking
/// ExternalTaskServiceTest.testUnlock
/// ExternalTaskServiceTest.testUnlockNonExistingTask
/// ExternalTaskServiceTest.testHandleFailure
/// ExternalTaskServiceTest.testHandleFailureWithErrorDetails
/// ExternalTaskServiceTest.testHandleFailureZeroRetries
/// ExternalTaskServiceTest.testHandleFailureWithWrongWorkerId
/// ExternalTaskServiceTest.testHandleFailureNonExistingTask
/// ExternalTaskServiceTest.testHandleFailureNullWorkerId
/// ExternalTaskServiceTest.testHandleFailureNegativeLockDuration
/// ExternalTaskServiceTest.testHandleFailureNegativeRetries
/// ExternalTaskServiceTest.testHandleFailureNullErrorMessage
/// ExternalTaskServiceTest.testSetRetries
/// ExternalTaskServiceTest.testSetRetriesResolvesFailureIncident
/// ExternalTaskServiceTest.testSetPriority
/// ExternalTaskServiceTest.testSetPriorityNonExistingTask
/// ExternalTaskServiceTest.testAfterSetPriorityFetchHigherTask
/// ExternalTaskServiceTest.testExtendLockTime
/// ExternalTaskServiceTest.testExtendLockTimeThatExpired
/// ExternalTaskServiceTest.testExtendLockTimeWithoutLock
/// ExternalTaskServiceTest.testExtendLockTimeWithNullLockTime
/// ExternalTaskServiceTest.testExtendLockTimeWithNegativeLockTime
/// ExternalTaskServiceTest.testExtendLockTimeWithNullWorkerId
/// ExternalTaskServiceTest.testExtendLockTimeWithDifferentWorkerId
/// ExternalTaskServiceTest.testExtendLockTimeForUnexistingExternalTask
/// ExternalTaskServiceTest.testHandleBpmnErrorNullWorkerId
/// ExternalTaskServiceTest.testHandleBpmnNullErrorCode
#[test]
fn a_lock_is_taken_kept_lost_and_reported_on() {
    let work = Work::new();
    work.start("a", 1);
    let id = work.list("activityId=task1")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let post = |verb: &str, body: Json| {
        work.house
            .post("w1", &format!("/external-task/{id}/{verb}"), body)
    };
    let lock = |worker: &str, duration: i64| {
        post(
            "lock",
            json!({"workerId": worker, "lockDuration": duration}),
        )
        .status
    };
    assert_eq!(
        (
            lock("me", 10_000),
            lock("me", 20_000),
            lock("other", 10_000)
        ),
        (204, 204, 400)
    );
    work.house.clock.advance(Duration::from_secs(21));
    assert_eq!(lock("other", 10_000), 204);
    for (verb, body) in [
        ("lock", json!({"lockDuration": 10_000})),
        ("lock", json!({"workerId": "me"})),
        ("lock", json!({"workerId": "me", "lockDuration": -1})),
        ("lock", json!({"workerId": "me", "lockDuration": 0})),
        ("complete", json!({})),
        ("complete", json!({"workerId": "wrong"})),
        ("failure", json!({"retries": 1})),
        ("failure", json!({"workerId": "wrong", "retries": 1})),
        (
            "failure",
            json!({"workerId": "other", "retries": 1, "retryTimeout": -1}),
        ),
        ("failure", json!({"workerId": "other", "retries": -1})),
        ("bpmnError", json!({"errorCode": "x"})),
        ("bpmnError", json!({"workerId": "other"})),
        ("extendLock", json!({"workerId": "other"})),
        (
            "extendLock",
            json!({"workerId": "other", "newDuration": -1}),
        ),
        ("extendLock", json!({"newDuration": 1000})),
        (
            "extendLock",
            json!({"workerId": "wrong", "newDuration": 1000}),
        ),
    ] {
        assert_eq!(post(verb, body.clone()).status, 400, "{verb} {body}");
    }
    for verb in ["lock", "complete", "failure", "extendLock"] {
        let body = json!({"workerId": "me", "lockDuration": 5, "newDuration": 5, "retries": 1});
        assert_eq!(
            work.house
                .post("w1", &format!("/external-task/none/{verb}"), body)
                .status,
            404,
            "{verb}"
        );
    }
    assert_eq!(
        post(
            "extendLock",
            json!({"workerId": "other", "newDuration": 60_000})
        )
        .status,
        204
    );
    work.house.clock.advance(Duration::from_secs(30));
    assert_eq!(lock("me", 10_000), 400, "it was extended");
    work.house.clock.advance(Duration::from_secs(31));
    assert_eq!(
        post(
            "extendLock",
            json!({"workerId": "other", "newDuration": 1000})
        )
        .status,
        400,
        "it ran out"
    );
    work.house
        .post("mara", &format!("/external-task/{id}/unlock"), json!({}))
        .good();
    assert_eq!(
        work.house
            .post("mara", "/external-task/none/unlock", json!({}))
            .status,
        404
    );
    let shown = || {
        work.house
            .get("mara", &format!("/external-task/{id}"))
            .good()
    };
    assert_eq!(
        (&shown()["workerId"], &shown()["lockExpirationTime"]),
        (&Json::Null, &Json::Null)
    );
    assert_eq!(
        post(
            "extendLock",
            json!({"workerId": "other", "newDuration": 1000})
        )
        .status,
        400,
        "without a lock"
    );

    lock("me", 10_000);
    post("failure", json!({"workerId": "me", "errorMessage": "why", "errorDetails": "a long story", "retries": 5, "retryTimeout": 3000, "variables": {"kept": {"value": 1}}})).good();
    assert_eq!(
        (&shown()["retries"], &shown()["errorMessage"]),
        (&json!(5), &json!("why"))
    );
    let instance = shown()["processInstanceId"].as_str().unwrap().to_owned();
    assert_eq!(
        work.house
            .get(
                "mara",
                &format!("/process-instance/{instance}/variables/kept")
            )
            .good()["value"],
        1
    );
    let details = work
        .house
        .get("mara", &format!("/external-task/{id}/errorDetails"));
    assert_eq!(details.body, b"a long story");
    work.house.clock.advance(Duration::from_secs(4));
    lock("me", 10_000);
    post("failure", json!({"workerId": "me", "retries": 0})).good();
    let incidents = || work.house.get("mara", "/incident/count").good()["count"].clone();
    assert_eq!((incidents(), &shown()["retries"]), (json!(1), &json!(0)));
    work.house
        .put(
            "mara",
            &format!("/external-task/{id}/retries"),
            json!({"retries": 3}),
        )
        .good();
    assert_eq!((incidents(), &shown()["retries"]), (json!(0), &json!(3)));
    work.house
        .put(
            "mara",
            &format!("/external-task/{id}/priority"),
            json!({"priority": 99}),
        )
        .good();
    assert_eq!(
        work.house
            .put(
                "mara",
                "/external-task/none/priority",
                json!({"priority": 99})
            )
            .status,
        404
    );
    let first = work.fetch(
        json!({"usePriority": true, "maxTasks": 1}),
        json!([topic("t", json!({}))]),
    );
    assert_eq!(
        (&first[0]["id"], &first[0]["priority"]),
        (&json!(id), &json!(99))
    );
    post(
        "complete",
        json!({"workerId": "me", "variables": {"done": {"value": 42}}}),
    )
    .good();
    assert_eq!(
        work.house
            .get(
                "mara",
                &format!("/process-instance/{instance}/variables/done")
            )
            .good()["value"],
        42
    );
    assert_eq!(work.list("activityId=task1").len(), 0);
}
// not applicable: ExternalTaskServiceTest.testCompleteNullTaskId, ExternalTaskServiceTest.testUnlockNullTaskId, ExternalTaskServiceTest.testHandleFailureNullTaskId, ExternalTaskServiceTest.testSetRetriesNullTaskId, ExternalTaskServiceTest.testSetPriorityNullTaskId, ExternalTaskServiceTest.testHandleBpmnNullTaskId, ExternalTaskServiceTest.testExtendLockTimeWithNullExternalTask, ExternalTaskServiceTest.shouldReportMissingExternalTaskIdOnLockExternalTask, ExternalTaskServiceTest.shouldThrowExceptionOnChainedSortingConfigs, ExternalTaskServiceTest.shouldThrowExceptionOnUnspecifiedSortingField, ExternalTaskServiceTest.shouldIgnoreCreateOrderingWhenCreateTimeIsNotConfigured, ExternalTaskServiceTest.shouldIgnoreCreateTimeConfigWhenOrderIsNull, ExternalTaskServiceTest.testFetchAndLockWithInitialBuilder: null and the builders are the Java API's
// not applicable: ExternalTaskServiceTest.testShouldNotFetchSerializedVariables, ExternalTaskServiceTest.testFetchSerializedVariables: there are no Java objects
// differs: ExternalTaskServiceTest.testExternalTaskExecutionTreeExpansion, ExternalTaskServiceTest.testExternalTaskExecutionTreeCompaction: executions are neither compacted nor expanded, the tree of activity instances is the same

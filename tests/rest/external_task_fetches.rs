//! What fetched external tasks bring, and their locks, after the cases of Camunda's
//! ExternalTaskServiceTest.

use crate::external_task_queries::{Work, topic};
use serde_json::{Value as Json, json};
use std::time::Duration;

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
    let told = post("complete", json!({"workerId": "wrong"})).json();
    assert_eq!(told["type"], "RestException");
    let message = format!(
        "External Task {id} cannot be completed by worker 'wrong'. It is locked by worker 'other'."
    );
    assert_eq!(told["message"], message);
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

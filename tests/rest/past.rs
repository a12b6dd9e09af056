//! Lists of what happened and what runs: instances, activities, tasks, variables, work.

use crate::story::{Story, missing};
use crewdesk::desk::Caller;
use serde_json::{Value as Json, json};

#[test]
fn instances_and_their_past() {
    let story = Story::new();
    let (a, b) = (&story.a, &story.b);
    let sorted = "/process-instance?sortBy=businessKey&sortOrder=desc";
    assert_eq!(story.texts(sorted, "businessKey"), ["b", "a"]);
    let one = story.only("/process-instance?withIncident=true&processDefinitionKey=story");
    assert_eq!((&one["id"], &one["links"]), (&json!(a), &json!([])));
    let one = story.only("/process-instance?activityIdIn=check,none&variables=note_like_%25x");
    assert_eq!(one["id"], *b);
    let body = json!({"businessKeyLike": "%", "processInstanceIds": [a, b], "variables": [{"name": "amount", "operator": "gt", "value": 6}],
        "sorting": [{"sortBy": "businessKey", "sortOrder": "asc"}], "orQueries": [{"businessKey": "a", "incidentMessage": "none"}]});
    assert_eq!(story.post("/process-instance", body)[0]["id"], *a);

    let past = story.only("/history/process-instance?incidentStatus=open&startedBy=mara");
    for (name, value) in [
        ("id", json!(a)),
        ("rootProcessInstanceId", json!(a)),
        ("processDefinitionKey", json!("story")),
        ("processDefinitionName", json!("The Story")),
        ("processDefinitionVersion", json!(1)),
        ("processDefinitionId", json!(story.definition)),
        ("startTime", json!("2025-11-18T12:00:00.000+0000")),
        ("endTime", Json::Null),
        ("durationInMillis", Json::Null),
        ("startUserId", json!("mara")),
        ("startActivityId", json!("start")),
        ("state", json!("ACTIVE")),
        ("superProcessInstanceId", Json::Null),
        ("removalTime", Json::Null),
    ] {
        assert_eq!(past[name], value, "{name}");
    }
    assert_eq!(
        story.get(&format!("/history/process-instance/{a}")).good(),
        past
    );
    let narrowed =
        "/history/process-instance?startedAfter=2025-11-18T12:00:05.000%2B0000&unfinished=true";
    assert_eq!(story.only(narrowed)["id"], *b);
    assert!(
        story
            .list("/history/process-instance?finished=true")
            .is_empty()
    );
    assert!(
        story
            .list("/history/process-instance?tenantIdIn=x")
            .is_empty()
    );
    assert_eq!(
        story
            .list("/history/process-instance?withoutTenantId=true&maxResults=1&firstResult=1")
            .len(),
        1
    );
    missing(
        &story.get("/history/process-instance/none"),
        "Historic process instance with id none does not exist",
    );
    let refused = story.get("/history/process-instance?sortBy=nonsense&sortOrder=asc");
    refused.refused(
        400,
        "InvalidRequestException",
        "sortBy parameter has invalid value: nonsense",
    );
    let refused = story.get("/history/process-instance?startedAfter=yesterday");
    assert_eq!(refused.status, 400);
}

#[test]
fn activities_and_tasks() {
    let story = Story::new();
    let a = &story.a;
    let path =
        format!("/history/activity-instance?processInstanceId={a}&sortBy=occurrence&sortOrder=asc");
    assert_eq!(
        story.texts(&path, "activityId"),
        ["start", "check", "judge", "load"]
    );
    let kinds = story.texts(&path, "activityType");
    assert_eq!(
        kinds,
        ["startEvent", "userTask", "businessRuleTask", "serviceTask"]
    );
    let check = story.only(&format!(
        "{path}&activityType=userTask&activityName=Check%20it&taskAssignee=ana"
    ));
    for (name, value) in [
        ("assignee", json!("ana")),
        ("canceled", json!(false)),
        ("completeScope", json!(false)),
        ("durationInMillis", json!(10_000)),
        ("processDefinitionKey", json!("story")),
        ("endTime", json!("2025-11-18T12:00:10.000+0000")),
    ] {
        assert_eq!(check[name], value, "{name}");
    }
    let by_name = story.post("/history/activity-instance", json!({"processInstanceId": a, "sorting": [{"sortBy": "activityName", "sortOrder": "desc"}]}));
    assert_eq!(by_name[0]["activityName"], "Load");
    let id = check["id"].as_str().unwrap();
    assert_eq!(
        story
            .get(&format!("/history/activity-instance/{id}"))
            .good(),
        check
    );
    missing(
        &story.get("/history/activity-instance/none"),
        "Historic activity instance with id 'none' does not exist",
    );

    let done =
        story.only("/history/task?finished=true&taskAssignee=ana&processVariables=note_eq_x");
    for (name, value) in [
        ("name", json!("Check it")),
        ("deleteReason", json!("completed")),
        ("taskState", json!("Completed")),
        ("activityInstanceId", check["id"].clone()),
        ("duration", json!(10_000)),
        ("priority", json!(50)),
        ("processDefinitionKey", json!("story")),
        ("due", Json::Null),
    ] {
        assert_eq!(done[name], value, "{name}");
    }
    assert_eq!(done["id"], check["taskId"]);
    let number = "/history/task?processVariables=amount_eq_7";
    assert!(story.list(number).is_empty(), "a number is not a text");
    let body = json!({"processVariables": [{"name": "amount", "operator": "eq", "value": 7}],
        "orQueries": [{"finished": true, "taskOwner": "nobody"}]});
    assert_eq!(story.post("/history/task", body).len(), 1);
}

#[test]
fn variables_and_their_changes() {
    let story = Story::new();
    let (a, b) = (&story.a, &story.b);
    let amounts = format!("/variable-instance?variableName=amount&processInstanceIdIn={a}");
    let amount = story.only(&amounts);
    let value = (&amount["value"], &amount["type"], &amount["valueInfo"]);
    assert_eq!(value, (&json!(7), &json!("Integer"), &json!({})));
    let places = ["processInstanceId", "executionId", "activityInstanceId"];
    assert!(places.iter().all(|place| amount[*place] == *a), "{amount}");
    let id = amount["id"].as_str().unwrap();
    let path = format!("/variable-instance/{id}");
    assert_eq!(story.get(&path).good(), amount);
    missing(
        &story.get("/variable-instance/none"),
        "Variable instance with Id 'none' does not exist.",
    );
    let wrong = story.get(&format!("{path}/data"));
    assert_eq!(
        (wrong.status, wrong.json()["type"].as_str()),
        (400, Some("InvalidRequestException"))
    );
    let body = json!({"variableValues": [{"name": "amount", "operator": "gteq", "value": 7}],
        "sorting": [{"sortBy": "variableName", "sortOrder": "asc"}]});
    assert_eq!(story.post("/variable-instance", body).len(), 2);

    let file = story.only(&format!(
        "/history/variable-instance?variableTypeIn=file&processInstanceId={a}"
    ));
    let shown = (
        &file["value"],
        &file["valueInfo"]["filename"],
        &file["state"],
    );
    assert_eq!(shown, (&Json::Null, &json!("f.bin"), &json!("CREATED")));
    let id = file["id"].as_str().unwrap();
    let path = format!("/history/variable-instance/{id}");
    assert_eq!(story.get(&format!("{path}/data")).body, b"\x00\xff");
    let gone = format!("/engine-rest/process-instance/{a}/variables/f");
    assert_eq!(story.house.send("mara", "DELETE", &gone, None).status, 204);
    assert!(
        story
            .list("/history/variable-instance?variableNameIn=f,g")
            .is_empty()
    );
    let file = story.only("/history/variable-instance?variableName=f&includeDeleted=true");
    assert_eq!(file["state"], "DELETED");

    let exact = json!({"variableName": "amount", "variableValue": 7, "processInstanceIdIn": [b]});
    assert_eq!(story.post("/history/variable-instance", exact).len(), 1);
    let text =
        "/history/variable-instance?variableName=NOTE&variableValue=x&variableNamesIgnoreCase=true";
    assert_eq!(story.list(text).len(), 2);
    let alone = story.get("/history/variable-instance?variableValue=x");
    assert_eq!(alone.status, 400);
    missing(
        &story.get("/history/variable-instance/none"),
        "HistoricVariableInstance with Id 'none' does not exist.",
    );

    let set = json!({"value": 8, "type": "Integer"});
    story
        .house
        .put(
            "mara",
            &format!("/process-instance/{a}/variables/amount"),
            set,
        )
        .good();
    let path = format!(
        "/history/detail?variableNameLike=amou%25&processInstanceId={a}&sortBy=occurrence&sortOrder=asc"
    );
    let changes = story.list(&path);
    let seen: Vec<_> = changes
        .iter()
        .map(|c| (&c["value"], &c["revision"], &c["initial"], &c["type"]))
        .collect();
    let update = json!("variableUpdate");
    assert_eq!(
        seen,
        [
            (&json!(7), &json!(0), &json!(true), &update),
            (&json!(8), &json!(1), &json!(false), &update),
        ]
    );
    assert_eq!(changes[1]["variableType"], "Integer");
    let id = changes[1]["id"].as_str().unwrap();
    assert_eq!(
        story.get(&format!("/history/detail/{id}")).good(),
        changes[1]
    );
    missing(
        &story.get("/history/detail/none"),
        "Historic detail with Id 'none' does not exist.",
    );
    let data = story.get(&format!("/history/detail/{id}/data"));
    assert_eq!(data.status, 400);
}

#[test]
fn work_failures_and_incidents() {
    let story = Story::new();
    let a = &story.a;
    let log = format!(
        "/history/external-task-log?externalTaskId={}&sortBy=timestamp&sortOrder=asc",
        story.worked
    );
    let entries = story.list(&log);
    let flags = |entry: &Json| {
        ["creationLog", "failureLog", "successLog", "deletionLog"].map(|name| entry[name] == true)
    };
    assert_eq!(
        entries.iter().map(flags).collect::<Vec<_>>(),
        [[true, false, false, false], [false, true, false, false]]
    );
    let failure =
        story.only("/history/external-task-log?failureLog=true&topicName=t&activityIdIn=load");
    for (name, value) in [
        ("errorMessage", json!("no")),
        ("workerId", json!("me")),
        ("retries", json!(0)),
        ("processInstanceId", json!(a)),
        ("processDefinitionKey", json!("story")),
    ] {
        assert_eq!(failure[name], value, "{name}");
    }
    let id = failure["id"].as_str().unwrap();
    let path = format!("/history/external-task-log/{id}");
    assert_eq!(story.get(&path).good(), failure);
    assert_eq!(story.get(&format!("{path}/error-details")).body, b"line 1");
    let created = entries[0]["id"].as_str().unwrap();
    assert_eq!(
        story
            .get(&format!(
                "/history/external-task-log/{created}/error-details"
            ))
            .status,
        204
    );
    missing(
        &story.get("/history/external-task-log/a:b"),
        "Historic external task log with id a:b does not exist",
    );

    let incident = story.only("/incident?incidentType=failedExternalTask&incidentMessageLike=n%25");
    for (name, value) in [
        ("configuration", json!(story.worked)),
        ("activityId", json!("load")),
        ("processInstanceId", json!(a)),
        ("causeIncidentId", incident["id"].clone()),
        ("annotation", Json::Null),
        ("incidentMessage", json!("no")),
    ] {
        assert_eq!(incident[name], value, "{name}");
    }
    let one = incident["id"].as_str().unwrap();
    assert_eq!(story.get(&format!("/incident/{one}")).good(), incident);
    missing(
        &story.get("/incident/none"),
        "No matching incident with id none",
    );
    let past = story.only("/history/incident?open=true&processDefinitionKeyIn=story");
    assert_eq!(
        (&past["id"], &past["historyConfiguration"]),
        (&incident["id"], &json!(id))
    );
    assert!(story.list("/history/incident?resolved=true").is_empty());

    let timers = story.only(&format!(
        "/job?timers=true&processInstanceId={}&dueDates=gt_2025-11-18T12:00:00.000%2B0000",
        story.b
    ));
    for (name, value) in [
        ("dueDate", json!("2025-11-18T13:00:10.000+0000")),
        ("retries", json!(3)),
        ("suspended", json!(false)),
        ("priority", json!(0)),
        ("exceptionMessage", Json::Null),
        ("processDefinitionKey", json!("story")),
    ] {
        assert_eq!(timers[name], value, "{name}");
    }
    let id = timers["id"].as_str().unwrap();
    assert_eq!(story.get(&format!("/job/{id}")).good(), timers);
    assert_eq!(story.get(&format!("/job/{id}/stacktrace")).status, 204);
    missing(&story.get("/job/none"), "Job with id none does not exist");
    missing(
        &story.get("/job/none/stacktrace"),
        "No job found with id none",
    );
    let body = json!({"dueDates": [{"operator": "lt", "value": "2025-11-18T12:00:00.000+0000"}]});
    assert!(story.post("/job", body).is_empty());
    for (path, message) in [
        (
            "/job?dueDates=eq_2025-11-18T12:00:00.000%2B0000",
            "Invalid due date comparator specified: eq",
        ),
        (
            "/job?dueDates=now",
            "due date query parameter has to have format OPERATOR_VALUE.",
        ),
        (
            "/job?timers=true&messages=true",
            "Parameter timers cannot be used together with parameter messages.",
        ),
    ] {
        story
            .get(path)
            .refused(400, "InvalidRequestException", message);
    }
    assert!(story.house.desk.execute_job(&Caller::Desk, id).unwrap());
    let log = story.only("/history/job-log?successLog=true&jobDefinitionType=timer-transition");
    assert_eq!(
        (&log["jobId"], &log["processInstanceId"]),
        (&json!(id), &json!(story.b))
    );
    let id = log["id"].as_str().unwrap();
    assert_eq!(story.get(&format!("/history/job-log/{id}")).good(), log);
    assert_eq!(
        story
            .get(&format!("/history/job-log/{id}/stacktrace"))
            .status,
        204
    );
    missing(
        &story.get("/history/job-log/x"),
        "Historic job log with id x does not exist",
    );
}

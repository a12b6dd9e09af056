//! Tasks over HTTP: lists, life, variables, forms, comments, attachments, filters.

use crate::ask::{house, ids, started};
use serde_json::{Value as Json, json};

#[test]
fn lists_show_what_one_may_see_and_ask_for() {
    let house = house();
    let (a, b) = (started(&house, "a"), started(&house, "b"));
    let task = house.get("ana", &format!("/task/{a}")).good();
    assert_eq!(task["formKey"], "embedded:app:answer.html");
    assert_eq!(
        (&task["name"], &task["taskState"]),
        (&json!("Answer"), &json!("Created"))
    );
    for null in [
        "assignee",
        "due",
        "lastUpdated",
        "delegationState",
        "tenantId",
        "camundaFormRef",
        "caseInstanceId",
    ] {
        assert!(task.get(null).is_some_and(Json::is_null), "{null}");
    }
    assert!(task.get("comment").is_none());
    house.get("ben", &format!("/task/{a}")).refused(
        404,
        "InvalidRequestException",
        &format!("No matching task with id {a}"),
    );
    assert_eq!(house.get("ben", "/task/count").good()["count"], 0);
    assert_eq!(house.get("w1", "/task").status, 403);

    for (query, count) in [
        ("candidateGroup=sales", 2),
        ("candidateUser=ana", 2),
        ("candidateUser=ben", 0),
        ("processVariables=what_eq_a", 1),
        ("taskVariables=what_eq_a", 0),
        ("nameLike=Ans%25&priority=50", 2),
        ("processInstanceBusinessKey=b", 1),
        ("withoutDueDate=true&unassigned=true", 2),
        ("createdAfter=2030-01-01T00:00:00.000%2B0000", 0),
    ] {
        let found = house.get("mara", &format!("/task/count?{query}")).good();
        assert_eq!(found["count"], count, "{query}");
    }
    let either = json!({"orQueries": [{"processInstanceBusinessKey": "a", "processVariables": [{"name": "what", "operator": "eq", "value": "b"}]}],
        "sorting": [{"sortBy": "processVariable", "sortOrder": "desc", "parameters": {"variable": "what", "type": "String"}}],
        "withCommentAttachmentInfo": true});
    let found = house.post("mara", "/task", either.clone()).good();
    assert_eq!(ids(&found), [b.as_str(), a.as_str()]);
    assert_eq!(found[0]["comment"], false);
    assert_eq!(house.post("mara", "/task/count", either).good()["count"], 2);
    house
        .post("ana", &format!("/task/{a}/claim"), json!({"userId": "ana"}))
        .good();
    let offered = |more: &str| {
        let path = format!("/task/count?candidateGroup=sales{more}");
        house.get("mara", &path).good()["count"].as_i64()
    };
    assert_eq!(
        (offered(""), offered("&includeAssignedTasks=true")),
        (Some(1), Some(2))
    );
    let groups = house
        .get("mara", "/task/report/candidate-group-count")
        .good();
    assert_eq!(groups, json!([{"groupName": "sales", "taskCount": 2}]));
    assert_eq!(
        house
            .get("ana", "/task/report/candidate-group-count")
            .status,
        403
    );

    for (query, status) in [
        ("sortBy=name", 400),
        ("sortBy=x&sortOrder=asc", 400),
        ("sortBy=taskVariable&sortOrder=asc", 400),
        ("maxResults=99999", 400),
        ("delegationState=x", 400),
        ("dueBefore=soon", 400),
        ("includeAssignedTasks=true", 500),
        ("candidateUser=a&candidateGroup=b", 500),
        ("assigneeExpression=x", 400),
    ] {
        assert_eq!(
            house.get("mara", &format!("/task?{query}")).status,
            status,
            "{query}"
        );
    }
}

/// TaskServiceTest.testClaimUnexistingTaskId
/// TaskServiceTest.testClaimAlreadyClaimedTaskByOtherUser
/// TaskServiceTest.testUnClaimTask
/// TaskServiceTest.testTaskDelegation
/// TaskServiceTest.testTaskDelegationThroughServiceCall
/// TaskServiceTest.testResolveWithParametersTask
/// TaskServiceTest.testCompleteTaskWithVariablesInReturn
/// TaskServiceTest.testHandleBpmnErrorWithNonexistingTask
/// TaskServiceTest.testHandleBpmnErrorWithNullErrorCode
/// TaskServiceTest.testHandleEscalationWithoutEscalationCode
#[test]
fn a_task_is_claimed_delegated_resolved_and_completed() {
    let house = house();
    let id = started(&house, "a");
    let at = |what: &str| format!("/task/{id}/{what}");
    let none = house.post("ana", "/task/none/claim", json!({"userId": "ana"}));
    none.refused(
        500,
        "NullValueException",
        "Cannot find task with id none: task is null",
    );
    assert_eq!(
        house
            .post("ben", &at("claim"), json!({"userId": "ben"}))
            .status,
        403
    );
    assert_eq!(
        house
            .post("ana", &at("claim"), json!({"userId": "ben"}))
            .status,
        403
    );
    assert_eq!(
        house
            .post("ana", &at("claim"), json!({"userId": "ana"}))
            .status,
        204
    );
    house
        .post("mara", &at("claim"), json!({"userId": "mara"}))
        .refused(
            500,
            "TaskAlreadyClaimedException",
            &format!("Task '{id}' is already claimed by someone else."),
        );
    assert_eq!(house.post("ana", &at("unclaim"), json!({})).status, 204);
    house
        .post("ana", &at("claim"), json!({"userId": "ana"}))
        .good();
    house
        .post("ana", &at("delegate"), json!({"userId": "ben"}))
        .good();
    let task = house.get("ben", &format!("/task/{id}")).good();
    assert_eq!(
        (
            &task["owner"],
            &task["assignee"],
            &task["delegationState"],
            &task["taskState"]
        ),
        (
            &json!("ana"),
            &json!("ben"),
            &json!("PENDING"),
            &json!("Updated")
        )
    );
    let reply = json!({"variables": {"reply": {"value": "yes"}, "key": {"value": "hush"}}, "withVariablesInReturn": true});
    house.post("ben", &at("complete"), reply.clone()).refused(
        500,
        "RestException",
        &format!("Cannot complete task {id}: A delegated task cannot be completed, but should be resolved instead."),
    );
    house
        .post(
            "ben",
            &at("resolve"),
            json!({"variables": {"note": {"value": 7}}}),
        )
        .good();
    let task = house.get("ana", &format!("/task/{id}")).good();
    assert_eq!(
        (&task["assignee"], &task["delegationState"]),
        (&json!("ana"), &json!("RESOLVED"))
    );
    let wrong = house.post(
        "ana",
        &at("submit-form"),
        json!({"variables": {"count": {"value": 1, "type": "Long"}}}),
    );
    assert_eq!(
        (wrong.status, wrong.json()["type"].as_str()),
        (400, Some("RestException"))
    );
    let wrong = house.post(
        "ana",
        &at("complete"),
        json!({"variables": {"n": {"value": "x", "type": "Integer"}}}),
    );
    wrong.refused(400, "InvalidRequestException", &format!("Cannot complete task {id}: Cannot convert value 'x' of type 'Integer' to java type java.lang.Integer"));
    let shown = house.post("ana", &at("submit-form"), reply).good();
    assert_eq!(
        (&shown["reply"]["value"], &shown["note"]["value"]),
        (&json!("yes"), &json!(7))
    );
    assert!(!shown.to_string().contains("hush"), "{shown}");
    house.get("ana", &format!("/task/{id}")).refused(
        404,
        "InvalidRequestException",
        &format!("No matching task with id {id}"),
    );
    assert_eq!(house.get("ben", "/task/count").good()["count"], 1);

    let other = started(&house, "b");
    let error = |body: Json| house.post("ana", &format!("/task/{other}/bpmnError"), body);
    error(json!({})).refused(400, "InvalidRequestException", "errorCode is null");
    assert_eq!(error(json!({"errorCode": "bad"})).status, 204);
    assert_eq!(house.get("ben", "/task/count").good()["count"], 2);
    error(json!({"errorCode": "bad"})).refused(
        404,
        "InvalidRequestException",
        &format!("Cannot find task with id {other}: task is null"),
    );

    let third = started(&house, "c");
    let raise = |body: Json| house.post("ana", &format!("/task/{third}/bpmnEscalation"), body);
    raise(json!({})).refused(400, "InvalidRequestException", "escalationCode is null");
    let up = json!({"escalationCode": "up", "variables": {"why": {"value": "late"}}});
    assert_eq!(raise(up).status, 204);
    assert_eq!(house.get("ben", "/task/count").good()["count"], 3);
    let raised = house
        .get("ben", &format!("/task/{third}/variables/why"))
        .status;
    assert_eq!(raised, 403, "the task is not for ben");
    let why = house.get("ana", &format!("/task/{third}/variables/why"));
    assert_eq!(why.good()["value"], "late", "the task goes on");
}

/// TaskServiceTest.testSaveTaskUpdate
/// TaskServiceTest.testSaveTaskSetParentTaskId
/// TaskServiceTest.testTaskAssignee
/// TaskServiceTest.testDeleteTaskPartOfProcess
#[test]
fn tasks_without_a_process_are_made_changed_and_completed() {
    let house = house();
    let due = "2030-01-02T03:04:05.000+0000";
    let body =
        json!({"id": "mine", "name": "Call", "due": due, "priority": 7, "parentTaskId": "p"});
    assert_eq!(house.post("ana", "/task/create", body.clone()).status, 403);
    assert_eq!(house.post("mara", "/task/create", body.clone()).status, 204);
    assert_eq!(house.post("mara", "/task/create", body).status, 400);
    let task = house.get("ana", "/task/mine").good();
    assert_eq!(
        (
            &task["name"],
            &task["due"],
            &task["priority"],
            &task["parentTaskId"],
            &task["processInstanceId"]
        ),
        (
            &json!("Call"),
            &json!(due),
            &json!(7),
            &json!("p"),
            &Json::Null
        )
    );
    house
        .put(
            "mara",
            "/task/mine",
            json!({"name": "Call back", "assignee": "ana", "priority": 8}),
        )
        .good();
    let task = house.get("ana", "/task/mine").good();
    assert_eq!(
        (&task["name"], &task["due"], &task["assignee"]),
        (&json!("Call back"), &Json::Null, &json!("ana"))
    );
    assert_eq!(
        house
            .put("ana", "/task/mine", json!({"name": "Mine"}))
            .status,
        403
    );
    house
        .put("ana", "/task/mine/variables/v", json!({"value": 1}))
        .good();
    assert_eq!(
        house.get("mara", "/task/count?taskVariables=v_eq_1").good()["count"],
        0
    );
    let same = json!({"taskVariables": [{"name": "v", "operator": "eq", "value": 1}]});
    assert_eq!(house.post("mara", "/task/count", same).good()["count"], 1);
    assert_eq!(
        house.get("ana", "/task/mine/form").good()["key"],
        Json::Null
    );
    assert_eq!(
        house.post("ana", "/task/mine/complete", json!({})).status,
        204
    );
    assert_eq!(house.get("ana", "/task/mine").status, 404);
    house
        .post("mara", "/task/create", json!({"id": "other"}))
        .good();
    let gone = house.send("mara", "DELETE", "/engine-rest/task/other", None);
    assert_eq!(gone.status, 204);
    assert_eq!(
        house
            .send("mara", "DELETE", "/engine-rest/task/other", None)
            .status,
        400
    );
    let running = started(&house, "a");
    let path = format!("/engine-rest/task/{running}");
    assert_eq!(house.send("mara", "DELETE", &path, None).status, 500);
}

/// TaskServiceTest.testTaskComments
/// TaskServiceTest.testGetTaskCommentByTaskIdAndCommentId
/// TaskServiceTest.testUpdateProcessTaskComment
/// TaskServiceTest.testDeleteTaskCommentWithProcessInstance
/// TaskServiceTest.testTaskAttachments
/// TaskServiceTest.testGetTaskAttachmentContentByTaskIdAndAttachmentId
/// TaskServiceTest.testUpdateVariables
/// TaskServiceTest.testGetIdentityLinksWithCandidateUser
/// TaskServiceTest.testGetIdentityLinksWithCandidateGroup
/// TaskIdentityLinksTest.testCandidateUserLink
/// TaskIdentityLinksTest.testCandidateGroupLink
#[test]
fn variables_links_comments_and_attachments_of_a_task() {
    let house = house();
    let id = started(&house, "a");
    let at = |what: &str| format!("/task/{id}/{what}");
    house
        .put("ana", &at("localVariables/mine"), json!({"value": "l"}))
        .good();
    house
        .post(
            "ana",
            &at("variables"),
            json!({"modifications": {"seen": {"value": true}}}),
        )
        .good();
    assert_eq!(
        house.get("ana", &at("localVariables")).good(),
        json!({"mine": {"value": "l", "type": "String", "valueInfo": {}}})
    );
    let all = house.get("ana", &at("variables")).good();
    assert_eq!(
        (
            &all["seen"]["value"],
            &all["what"]["value"],
            &all["mine"]["value"]
        ),
        (&json!(true), &json!("a"), &json!("l"))
    );
    assert_eq!(house.get("ben", &at("variables")).status, 403);
    assert_eq!(house.get("ana", "/task/none/variables").status, 500);

    house
        .post(
            "mara",
            &at("identity-links"),
            json!({"userId": "ben", "type": "candidate"}),
        )
        .good();
    let links = house
        .get("ben", &at("identity-links?type=candidate"))
        .good();
    assert_eq!(
        links,
        json!([{"userId": "ben", "groupId": null, "type": "candidate"}, {"userId": null, "groupId": "sales", "type": "candidate"}])
    );
    house
        .post(
            "mara",
            &at("identity-links/delete"),
            json!({"userId": "ben", "type": "candidate"}),
        )
        .good();
    assert_eq!(house.get("ben", &at("identity-links")).status, 403);
    house
        .post(
            "mara",
            &at("identity-links"),
            json!({"userId": "a", "groupId": "b", "type": "candidate"}),
        )
        .refused(
            400,
            "InvalidRequestException",
            "Identity Link requires userId or groupId, but not both.",
        );

    let comment = house
        .post("ana", &at("comment/create"), json!({"message": "hello"}))
        .good();
    let own = format!("{}/{}", at("comment"), comment["id"].as_str().unwrap());
    assert_eq!(
        (&comment["userId"], &comment["links"][0]["rel"]),
        (&json!("ana"), &json!("self"))
    );
    assert_eq!(
        house.get("mara", &at("comment")).good()[0]["message"],
        "hello"
    );
    assert_eq!(house.get("ben", &at("comment")).status, 404);
    assert_eq!(
        house.post("ana", &at("comment/create"), json!({})).status,
        400
    );
    house
        .put(
            "ana",
            &at("comment"),
            json!({"id": comment["id"], "message": "bye"}),
        )
        .good();
    assert_eq!(house.get("ana", &own).good()["message"], "bye");
    let delete = |user: &str, path: &str| {
        house
            .send(user, "DELETE", &format!("/engine-rest{path}"), None)
            .status
    };
    assert_eq!(
        (
            delete("ben", &own),
            delete("ana", &own),
            delete("ana", &own)
        ),
        (400, 204, 403)
    );

    let parts = [
        ("attachment-name", None, &b"a.txt"[..]),
        ("content", Some("a.txt"), &b"\x00bytes"[..]),
    ];
    let attached = house.form("ana", &at("attachment/create"), &parts).good();
    let own = format!("{}/{}", at("attachment"), attached["id"].as_str().unwrap());
    assert_eq!(
        (&attached["name"], &attached["url"]),
        (&json!("a.txt"), &Json::Null)
    );
    assert_eq!(house.get("ana", &format!("{own}/data")).body, b"\x00bytes");
    assert_eq!(house.get("ben", &format!("{own}/data")).status, 404);
    assert_eq!(
        house
            .get("mara", &at("attachment"))
            .good()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        house
            .form(
                "ana",
                &at("attachment/create"),
                &[("attachment-name", None, b"x")]
            )
            .status,
        400
    );
    let large = vec![0; (8 << 20) + 1];
    assert_eq!(
        house
            .form(
                "ana",
                &at("attachment/create"),
                &[("content", Some("x"), &large)]
            )
            .status,
        400
    );
    assert_eq!((delete("ana", &own), delete("ana", &own)), (204, 404));
}

#[test]
fn forms_are_shown_and_checked() {
    let house = house();
    let id = started(&house, "a");
    let at = |what: &str| format!("/task/{id}/{what}");
    assert_eq!(
        house.get("ana", &at("form")).good()["key"],
        "embedded:app:answer.html"
    );
    let values = house
        .get("ana", &at("form-variables?variableNames=count,reply"))
        .good();
    assert_eq!(
        values["count"],
        json!({"value": 3, "type": "Long", "valueInfo": {}})
    );
    assert!(values.get("what").is_none());
    let html = house.get("ana", &at("rendered-form"));
    let text = String::from_utf8_lossy(&html.body).into_owned();
    assert!(
        html.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert!(
        text.contains("cam-variable-name=\"reply\" required"),
        "{text}"
    );
    assert!(text.contains("type=\"password\""), "{text}");
    assert_eq!(house.get("ana", &at("deployed-form")).status, 400);
    assert_eq!(house.get("ana", "/task/none/form").status, 400);
    let start = |what: &str| format!("/process-definition/key/ask/{what}");
    let html = house.get("mara", &start("rendered-form"));
    assert!(String::from_utf8_lossy(&html.body).contains("What &lt;now&gt;"));
    assert_eq!(
        house.get("mara", &start("form-variables")).good()["what"]["value"],
        Json::Null
    );
    assert_eq!(house.get("mara", &start("deployed-start-form")).status, 404);
    assert_eq!(house.get("ana", &start("rendered-form")).status, 403);
    let wrong = house.post("mara", &start("submit-form"), json!({"variables": {}}));
    assert_eq!(
        (wrong.status, wrong.json()["type"].as_str()),
        (400, Some("RestException"))
    );
    // Which frame was captured the desk alone may say.
    for name in ["dataCapture", "dataBytes"] {
        let said = json!({"variables": {"what": {"value": "a"}, name: {"value": null}}});
        let got = house.post("mara", &start("submit-form"), said.clone());
        assert_eq!(got.status, 500);
        let message = got.json()["message"].as_str().unwrap().to_owned();
        assert!(
            message.contains(&format!("{name} is set by the capture")),
            "{message}"
        );
        assert_eq!(house.post("mara", &start("start"), said).status, 500);
    }
}

#[test]
fn filters_belong_to_somebody_and_are_extended() {
    let house = house();
    let (a, b) = (started(&house, "a"), started(&house, "b"));
    house
        .post("ana", &format!("/task/{a}/claim"), json!({"userId": "ana"}))
        .good();
    let body = json!({"resourceType": "Task", "name": "Mine", "properties": {"color": "#fff"},
        "query": {"assigneeExpression": "${currentUser()}"}});
    let made = house.post("ana", "/filter/create", body).good();
    let path = format!("/filter/{}", made["id"].as_str().unwrap());
    assert_eq!(
        (&made["owner"], &made["properties"]["color"]),
        (&json!("ana"), &json!("#fff"))
    );
    assert_eq!(
        ids(&house.get("ana", &format!("{path}/list")).good()),
        [a.as_str()]
    );
    assert_eq!(
        house.get("ana", &format!("{path}/singleResult")).good()["id"],
        a.as_str()
    );
    let more = json!({"processInstanceBusinessKey": "b"});
    assert_eq!(
        house
            .post("ana", &format!("{path}/count"), more.clone())
            .good()["count"],
        0
    );
    assert_eq!(
        house
            .post("ana", &format!("{path}/singleResult"), more)
            .status,
        204
    );
    assert_eq!(
        house.get("ana", &format!("{path}?itemCount=true")).good()["itemCount"],
        1
    );
    assert_eq!(house.get("ben", &path).status, 404);
    assert_eq!(house.get("mara", &path).status, 200);
    let shared = json!({"resourceType": "Task", "name": "All", "query": {"candidateGroup": "sales", "includeAssignedTasks": true}});
    let shared = house.post("mara", "/filter/create", shared).good();
    let path = format!("/filter/{}", shared["id"].as_str().unwrap());
    assert_eq!(house.get("ana", "/filter/count").good()["count"], 2);
    assert_eq!(
        house.get("ana", &format!("{path}/singleResult")).status,
        400
    );
    let sorted = json!({"sorting": [{"sortBy": "processVariable", "sortOrder": "desc", "parameters": {"variable": "what", "type": "String"}}]});
    assert_eq!(
        ids(&house.post("ana", &format!("{path}/list"), sorted).good()),
        [b.as_str(), a.as_str()]
    );
    assert_eq!(
        house
            .put("ana", &path, json!({"resourceType": "Task", "name": "x"}))
            .status,
        403
    );
    assert_eq!(
        house
            .post(
                "ana",
                "/filter/create",
                json!({"resourceType": "Task", "name": "x", "owner": "ben"})
            )
            .status,
        403
    );
    assert_eq!(
        house
            .post(
                "ana",
                "/filter/create",
                json!({"resourceType": "Job", "name": "x"})
            )
            .status,
        400
    );
    assert_eq!(house.post("ana", "/filter/create", json!({"resourceType": "Task", "name": "x", "query": {"sorting": [{"sortBy": "x", "sortOrder": "asc"}]}})).status, 400);
    let delete = |user: &str| {
        house
            .send(user, "DELETE", &format!("/engine-rest{path}"), None)
            .status
    };
    assert_eq!(
        (delete("ana"), delete("mara"), delete("mara")),
        (403, 204, 404)
    );
}

//! What each kind of batch does, and instances that begin anew, after the cases of Camunda's
//! RestartProcessInstanceSyncTest.

use crate::batches::id;
use crate::house::House;
use crate::migration::Versions;
use crewdesk::desk::Caller;
use serde_json::{Value as Json, json};

#[test]
fn batches_leave_listeners_and_parameters_out_where_they_are_asked_to() {
    let desk = Versions::of("work", "work");
    desk.house.bpmn(
        r#"<process id="loud" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="wait"/>
        <userTask id="wait"><extensionElements>
            <camunda:executionListener event="start" expression="${execution.setVariable('began', true)}"/>
            <camunda:inputOutput><camunda:inputParameter name="in">x</camunda:inputParameter></camunda:inputOutput>
        </extensionElements></userTask></process>"#,
    );
    let names = |instance: &str| -> Vec<String> {
        let path = format!(
            "/variable-instance?processInstanceIdIn={instance}&sortBy=variableName&sortOrder=asc"
        );
        let found = desk.house.list(&path).into_iter();
        found
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let definition = desk.house.text("/process-definition?key=loud", "id");
    let step = json!([{"type": "startBeforeActivity", "activityId": "wait"}]);
    let body = |instance: &str, skip: bool| {
        json!({
            "processDefinitionId": definition, "processInstanceIds": [instance],
            "instructions": step, "annotation": "on request",
            "skipCustomListeners": skip, "skipIoMappings": skip,
        })
    };
    let old = desk.house.run("loud", json!({}));
    assert_eq!(names(&old), ["began", "in"]);
    desk.make("/modification/executeAsync", body(&old, true));
    desk.work();
    assert_eq!(names(&old), ["began", "in"], "nothing more began");
    desk.make("/modification/executeAsync", body(&old, false));
    desk.work();
    assert_eq!(names(&old), ["began", "in", "in"]);
    let log = format!(
        "/history/user-operation?processInstanceId={old}&operationType=ModifyProcessInstance"
    );
    let notes: Vec<Json> = desk
        .house
        .list(&log)
        .iter()
        .map(|one| one["annotation"].clone())
        .collect();
    assert_eq!(notes, ["on request", "on request"]);
    let over =
        json!({ "processInstanceIds": [old], "skipCustomListeners": true, "skipIoMappings": true });
    desk.make("/process-instance/delete", over);
    desk.work();
    assert_eq!(desk.state(&old), "EXTERNALLY_TERMINATED");
    let again = format!("/process-definition/{definition}/restart-async");
    let mut anew = body(&old, true);
    anew["initialVariables"] = json!(true);
    desk.make(&again, anew);
    desk.work();
    let new = desk
        .house
        .text("/process-instance?processDefinitionKey=loud", "id");
    assert_eq!(names(&new), Vec::<String>::new());
}

#[test]
fn every_kind_of_batch_does_what_its_operation_does() {
    let desk = Versions::of("work", "work");
    let (one, two) = (desk.start(), desk.start());
    let both = json!([one, two]);
    let kind = |path: &str, body: Json| {
        let made = desk.make(path, body);
        desk.work();
        let path = format!("/history/batch/{}", id(&made));
        let shown = desk.house.get("mara", &path).good();
        assert!(shown["endTime"].is_string(), "{shown}");
        made["type"].as_str().unwrap().to_owned()
    };
    let variables = json!({"n": {"value": 7, "type": "Long"}});
    let body = json!({ "processInstanceQuery": {"processDefinitionId": desk.first}, "variables": variables });
    assert_eq!(
        kind("/process-instance/variables-async", body),
        "set-variables"
    );
    let path = format!("/process-instance/{two}/variables/n");
    assert_eq!(
        desk.house.get("mara", &path).good(),
        json!({"type": "Long", "value": 7, "valueInfo": {}})
    );
    let again = json!([{"type": "startBeforeActivity", "activityId": "work"}]);
    let body = json!({
        "processDefinitionId": desk.first, "processInstanceIds": both, "instructions": again,
    });
    assert_eq!(
        kind("/modification/executeAsync", body),
        "instance-modification"
    );
    let body = json!({ "instructions": again });
    assert_eq!(
        kind(&format!("/process-instance/{one}/modification-async"), body),
        "instance-modification"
    );
    let count = desk.house.get("mara", "/task/count").good();
    assert_eq!(count, json!({"count": 5}));
    let body = json!({ "processInstanceIds": both, "deleteReason": "over" });
    assert_eq!(kind("/process-instance/delete", body), "instance-deletion");
    let path = format!("/history/process-instance/{one}");
    let ended = desk.house.get("mara", &path).good();
    assert_eq!(
        (&ended["state"], &ended["deleteReason"]),
        (&json!("EXTERNALLY_TERMINATED"), &json!("over"))
    );
    let body = json!({
        "historicProcessInstanceIds": [one], "absoluteRemovalTime": "2030-01-01T00:00:00.000+0000",
    });
    assert_eq!(
        kind("/history/process-instance/set-removal-time", body),
        "process-set-removal-time"
    );
    assert!(desk.house.get("mara", &path).good()["removalTime"].is_string());
    let body = json!({ "historicProcessInstanceQuery": {"finished": true} });
    assert_eq!(
        kind("/history/process-instance/delete", body),
        "historic-instance-deletion"
    );
    assert_eq!(desk.house.get("mara", &path).status, 404);
    desk.house
        .post("mara", "/process-instance/delete", json!({}))
        .refused(
            400,
            "InvalidRequestException",
            "processInstanceIds is empty",
        );
}

#[test]
fn an_ended_instance_begins_anew_where_it_is_told() {
    let desk = Versions::of("work", "work");
    let path = format!("/process-definition/{}/start", desk.first);
    let body = json!({
        "businessKey": "k", "variables": {"n": {"value": 1, "type": "Integer"}},
    });
    let old = id(&desk.make(&path, body));
    desk.make(
        &format!("/process-instance/{old}/variables"),
        json!({"modifications": {"n": {"value": 2, "type": "Integer"}}}),
    );
    let restart = format!("/process-definition/{}/restart", desk.first);
    let begin = json!([{"type": "startBeforeActivity", "activityId": "work"}]);
    let body = json!({ "processInstanceIds": [old], "instructions": begin });
    assert_eq!(
        desk.house.post("mara", &restart, body.clone()).status,
        400,
        "it runs still"
    );
    desk.house
        .send(
            "mara",
            "DELETE",
            &format!("/engine-rest/process-instance/{old}"),
            None,
        )
        .good();
    assert_eq!(
        desk.house.get("mara", "/process-instance").good(),
        json!([])
    );
    assert_eq!(desk.house.post("ana", &restart, body.clone()).status, 403);
    desk.make(&restart, body);
    let mut first = json!({ "processInstanceIds": [old], "instructions": begin, "initialVariables": true, "withoutBusinessKey": true });
    let made = desk.make(&format!("{restart}-async"), first.clone());
    assert_eq!(made["type"], "instance-restart");
    desk.work();
    let running = desk
        .house
        .get(
            "mara",
            "/process-instance?sortBy=businessKey&sortOrder=desc",
        )
        .good();
    let keys = [&running[0]["businessKey"], &running[1]["businessKey"]];
    assert_eq!(keys, [&json!("k"), &Json::Null]);
    for (at, n) in [(0, 2), (1, 1)] {
        let path = format!("/process-instance/{}/variables/n", id(&running[at]));
        assert_eq!(desk.house.get("mara", &path).good()["value"], n);
    }
    first["instructions"] = json!([]);
    desk.house.post("mara", &restart, first).refused(
        400,
        "BadUserRequestException",
        "Restart instructions cannot be empty: instructions is empty",
    );
}

#[test]
fn an_instance_begins_where_it_is_told() {
    let desk = Versions::of("work", "work");
    let path = format!("/process-definition/{}/start", desk.first);
    let body = json!({
        "variables": {"n": {"value": 1, "type": "Integer"}},
        "startInstructions": [
            {"type": "startBeforeActivity", "activityId": "work"},
            {"type": "startTransition", "transitionId": "a"},
        ],
    });
    let instance = id(&desk.make(&path, body));
    let path = format!("/task/count?processInstanceId={instance}");
    assert_eq!(desk.house.get("mara", &path).good(), json!({"count": 2}));
}

#[test]
fn passwords_come_in_sealed_or_not_at_all() {
    let desk = Versions::of("work", "check");
    desk.house.bpmn(r#"<process id="asks" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="ask"/>
        <userTask id="ask"><extensionElements><camunda:formData><camunda:formField id="password" label="Password" type="string"><camunda:properties><camunda:property id="widget" value="secret"/></camunda:properties></camunda:formField></camunda:formData></extensionElements></userTask></process>"#);
    let instance = desk.house.run("asks", json!({}));
    let password = json!({ "password": { "value": "s3cret" } });
    let body = json!({ "variables": password, "processInstanceIds": [instance] });
    let refused = desk
        .house
        .post("mara", "/process-instance/variables-async", body);
    assert_eq!(refused.status, 400);
    let told = String::from_utf8_lossy(&refused.body).into_owned();
    assert!(told.contains("password is a secret"), "{told}");
    let start = json!({
        "type": "startBeforeActivity",
        "activityId": "ask",
        "variables": password,
    });
    let path = format!("/process-instance/{instance}/modification");
    let done = desk
        .house
        .post("mara", &path, json!({ "instructions": [start] }));
    assert_eq!(done.status, 204);
    for path in [
        "/variable-instance",
        "/history/variable-instance",
        "/history/detail",
    ] {
        let shown = desk.house.get("mara", path);
        let shown = String::from_utf8_lossy(&shown.body).into_owned();
        assert!(!shown.contains("s3cret"), "{path}: {shown}");
    }
}

#[test]
fn jobs_of_a_batch_get_tries_and_a_due_date() {
    let house = House::new();
    house.bpmn(
        r#"<process id="late" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="go"/>
        <userTask id="go"/><boundaryEvent id="b" attachedToRef="go"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent></process>"#,
    );
    let instance = house.run("late", json!({}));
    let job = || house.only("/job");
    let set = |path: &str, body: Json| {
        house.post("mara", path, body).good();
        while house.desk.advance_batches(&Caller::Desk).unwrap() > 0 {}
        (job()["retries"].clone(), job()["dueDate"].clone())
    };
    let before = job()["dueDate"].clone();
    let body = json!({ "jobIds": [job()["id"]], "retries": 5 });
    assert_eq!(set("/job/retries", body), (json!(5), before));
    let due = "2030-01-01T00:00:00.000+0000";
    let body = json!({ "processInstances": [instance], "retries": 6, "dueDate": due });
    assert_eq!(
        set("/process-instance/job-retries", body),
        (json!(6), json!(due))
    );
    let body = json!({ "jobQuery": {"timers": true}, "retries": 7, "dueDate": null });
    assert_eq!(
        set("/job/retries", body),
        (json!(7), json!("2025-11-18T12:00:00.000+0000")),
        "now"
    );
}

#[test]
fn a_batch_leaves_what_a_deleted_instance_called_to_itself() {
    let house = House::new();
    house.bpmn(
        r#"<process id="outer" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="call"/>
            <callActivity id="call" calledElement="inner"/></process>
        <process id="inner" isExecutable="true"><startEvent id="s2"/><sequenceFlow id="f2" sourceRef="s2" targetRef="wait"/><userTask id="wait"/></process>"#,
    );
    for (skip, left) in [(true, 1), (false, 0)] {
        let outer = house.run("outer", json!({}));
        let body = json!({ "processInstanceIds": [outer], "skipSubprocesses": skip });
        house.post("mara", "/process-instance/delete", body).good();
        while house.desk.advance_batches(&Caller::Desk).unwrap() > 0 {}
        let running = house.list("/process-instance?processDefinitionKey=inner");
        assert_eq!(running.len(), left, "{skip}");
        for one in running {
            let path = format!("/process-instance/{}", id(&one));
            assert_eq!(house.delete("mara", &path).status, 204);
        }
    }
}

#[test]
fn a_migration_leaves_listeners_out_where_it_is_asked_to() {
    let house = House::new();
    let version = |inside: &str| {
        let made = house.bpmn(&format!(
            r#"<process id="p" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="{}"/>{inside}</process>"#,
            if inside.contains("<subProcess") { "sub" } else { "work" }
        ));
        let made = made["deployedProcessDefinitions"].as_object().unwrap();
        made.keys().next().unwrap().clone()
    };
    let old = version(
        r#"<subProcess id="sub"><extensionElements><camunda:executionListener event="end" expression="${execution.setVariable('left', true)}"/></extensionElements>
        <startEvent id="i"/><sequenceFlow id="g" sourceRef="i" targetRef="work"/><userTask id="work"/></subProcess>"#,
    );
    let start = || {
        let path = format!("/process-definition/{old}/start");
        id(&house.post("mara", &path, json!({})).good())
    };
    let ids = [start(), start(), start(), start()];
    let new = version(r#"<userTask id="work"/>"#);
    let mut told = Vec::new();
    for (at, instance) in ids.iter().enumerate() {
        let (path, skip) = (["execute", "executeAsync"][at / 2], at % 2 == 0);
        let body = json!({
            "migrationPlan": {
                "sourceProcessDefinitionId": old, "targetProcessDefinitionId": new,
                "instructions": [{ "sourceActivityIds": ["work"], "targetActivityIds": ["work"] }],
            },
            "processInstanceIds": [instance], "skipCustomListeners": skip,
        });
        house
            .post("mara", &format!("/migration/{path}"), body)
            .good();
        while house.desk.advance_batches(&Caller::Desk).unwrap() > 0 {}
        let path = format!("/variable-instance?processInstanceIdIn={instance}&variableName=left");
        told.push(house.list(&path).len());
    }
    assert_eq!(told, [0, 1, 0, 1]);
}

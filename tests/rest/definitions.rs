//! Deployments and process definitions.

use crate::house::{House, PROCESS};
use serde_json::json;

#[test]
fn a_deployed_process_is_listed_shown_and_started() {
    let house = House::new();
    let deployed = house.deploy();
    assert_eq!(deployed["name"], "mine");
    let definitions = deployed["deployedProcessDefinitions"].as_object().unwrap();
    let (id, definition) = definitions.iter().next().unwrap();
    assert_eq!(definition["versionTag"], "v1");
    assert!(deployed["deployedDecisionDefinitions"].is_null());

    for path in [
        format!("/process-definition/{id}"),
        "/process-definition/key/work".to_owned(),
    ] {
        let shown = house.get("ana", &path).good();
        assert_eq!(shown, *definition, "{path}");
        let xml = house.get("ana", &format!("{path}/xml")).good();
        assert_eq!(
            (xml["id"].as_str(), xml["bpmn20Xml"].as_str()),
            (Some(id.as_str()), Some(PROCESS))
        );
        let form = house.get("mara", &format!("{path}/startForm")).good();
        assert_eq!(
            form,
            json!({"key": null, "camundaFormRef": null, "contextPath": null})
        );
    }
    let body = json!({"businessKey": "b", "withVariablesInReturn": true, "unknown": [], "caseInstanceId": null,
        "variables": {"prio": {"value": 3}, "at": {"value": "2013-01-23T14:42:45.000+0200", "type": "date"}}});
    let started = house
        .post("mara", &format!("/process-definition/{id}/start"), body)
        .good();
    assert_eq!(
        (
            started["definitionKey"].as_str(),
            started["ended"].as_bool()
        ),
        (Some("work"), Some(false))
    );
    assert_eq!(
        started["variables"]["prio"],
        json!({"value": 3, "type": "Integer", "valueInfo": {}})
    );
    assert_eq!(started["variables"]["at"]["type"], "Date");
    let link = format!(
        "/engine-rest/process-instance/{}",
        started["id"].as_str().unwrap()
    );
    assert_eq!(started["links"][0]["href"], link);
}

#[test]
fn filters_sortings_and_pages() {
    let house = House::new();
    house.deploy();
    house.deploy();
    let count = |query: &str| {
        house
            .get("mara", &format!("/process-definition/count{query}"))
            .good()["count"]
            .clone()
    };
    assert_eq!(
        count(""),
        2,
        "without a filter for duplicates every deployment makes a version"
    );
    assert_eq!(count("?latestVersion=true"), 1);
    assert_eq!(count("?latestVersion=false&unknown=x"), 2);
    assert_eq!(
        count("?nameLike=W%25k&keysIn=work,other&version=2&versionTag=v1"),
        1
    );
    assert_eq!(count("?nameLike=w%25"), 0);
    assert_eq!(count("?tenantIdIn=a"), 0);
    assert_eq!(count("?withoutTenantId=true&active=true"), 2);
    let list = house
        .get(
            "mara",
            "/process-definition?sortBy=version&sortOrder=desc&maxResults=1",
        )
        .good();
    assert_eq!(
        (list[0]["version"].as_i64(), list[1].is_null()),
        (Some(2), true)
    );
    let rest = house
        .get(
            "mara",
            "/process-definition?sortBy=version&sortOrder=desc&firstResult=1",
        )
        .good();
    assert_eq!(
        (rest[0]["version"].as_i64(), rest[1].is_null()),
        (Some(1), true)
    );
    let filtered = [
        ("enable-duplicate-filtering", None, &b"true"[..]),
        ("data", Some("work.bpmn"), PROCESS.as_bytes()),
    ];
    let same = house.form("mara", "/deployment/create", &filtered).good();
    assert!(same["deployedProcessDefinitions"].is_null());
    assert_eq!(count(""), 2);
}

#[test]
fn what_is_wrong_is_told_as_camunda_does() {
    let house = House::new();
    house.deploy();
    house.get("mara", "/process-definition/x").refused(
        404,
        "InvalidRequestException",
        "No matching definition with id x",
    );
    house.get("mara", "/process-definition/key/x").refused(
        404,
        "InvalidRequestException",
        "No matching process definition with key: x and no tenant-id",
    );
    house
        .get("mara", "/process-definition?sortBy=nonsense&sortOrder=asc")
        .refused(
            400,
            "InvalidRequestException",
            "sortBy parameter has invalid value: nonsense",
        );
    house
        .get("mara", "/process-definition?maxResults=10001")
        .refused(
            400,
            "BadUserRequestException",
            "Max results limit of 10000 exceeded!",
        );
    let wrong = json!({"variables": {"n": {"value": "x", "type": "Integer"}}});
    let refused = house.post("mara", "/process-definition/key/work/start", wrong);
    let body = refused.json();
    assert_eq!(refused.status, 400);
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .ends_with("Cannot convert value 'x' of type 'Integer' to java type java.lang.Integer"),
        "{body}"
    );
    let unsupported = json!({"variables": {"n": {"value": "x", "type": "Nonsense"}}});
    let body = house
        .post("mara", "/process-definition/key/work/start", unsupported)
        .json();
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .contains("Unsupported value type 'Nonsense'"),
        "{body}"
    );
    // The priority's variable is missing: the engine refuses, and the resource wraps it.
    let got = house.post("mara", "/process-definition/key/work/start", json!({}));
    let body = got.json();
    assert_eq!(
        (got.status, body["type"].as_str(), body["code"].as_i64()),
        (500, Some("RestException"), Some(0))
    );
    let broken = [("data", Some("a.bpmn"), &b"<definitions/>"[..])];
    let got = house.form("mara", "/deployment/create", &broken);
    let body = got.json();
    assert_eq!(
        (got.status, body["type"].as_str()),
        (400, Some("ParseException"))
    );
    assert!(
        body["details"]["a.bpmn"]["errors"][0]["message"].is_string(),
        "{body}"
    );
    assert_eq!(house.form("mara", "/deployment/create", &[]).status, 400);
    assert_eq!(house.form("ana", "/deployment/create", &broken).status, 403);
}

#[test]
fn statistics_count_what_runs_and_fails() {
    let house = House::new();
    house.deploy();
    house.start("a", 1);
    house.start("b", 1);
    let id = house.one();
    let failed = json!({"workerId": "me", "errorMessage": "no", "retries": 0});
    house
        .post("w1", &format!("/external-task/{id}/failure"), failed)
        .good();
    let all = house
        .get("mara", "/process-definition/statistics?incidents=true")
        .good();
    assert_eq!(all[0]["instances"], 2);
    assert_eq!(
        all[0]["incidents"],
        json!([{"incidentType": "failedExternalTask", "incidentCount": 1}])
    );
    assert_eq!(all[0]["definition"]["key"], "work");
    let activities = house
        .get(
            "mara",
            "/process-definition/key/work/statistics?incidentsForType=failedExternalTask",
        )
        .good();
    assert_eq!(
        (
            activities[0]["id"].as_str(),
            activities[0]["instances"].as_i64()
        ),
        (Some("service"), Some(2))
    );
    assert_eq!(activities[0]["incidents"][0]["incidentCount"], 1);
}

#[test]
fn forms_are_deployed_beside_the_process_that_names_them() {
    let house = House::new();
    let process = PROCESS.replace(
        "<startEvent id=\"start\"/>",
        "<startEvent id=\"start\" camunda:formKey=\"camunda-forms:deployment:ask.form\"/>",
    );
    let deploy = |form: &str, filtered: &str| {
        let parts = [
            ("deployment-name", None, &b"forms"[..]),
            ("enable-duplicate-filtering", None, filtered.as_bytes()),
            ("one", Some("work.bpmn"), process.as_bytes()),
            ("two", Some("ask.form"), form.as_bytes()),
        ];
        house.form("mara", "/deployment/create", &parts).good()
    };
    let form = "/process-definition/key/work/deployed-start-form";
    let version = || house.get("mara", "/process-definition/key/work").good()["version"].clone();
    let made = deploy(r#"{"id": "one"}"#, "false");
    assert_eq!(house.get("mara", form).good()["id"], "one");
    let files = format!("/deployment/{}/resources", made["id"].as_str().unwrap());
    assert_eq!(
        house.get("mara", &files).good().as_array().unwrap().len(),
        2
    );
    // As Python writes it. What has not changed makes no version; another form is a change.
    assert!(deploy(r#"{"id": "one"}"#, "True")["deployedProcessDefinitions"].is_null());
    assert_eq!(version(), 1);
    deploy(r#"{"id": "two"}"#, "True");
    assert_eq!(version(), 2);
    assert_eq!(house.get("mara", form).good()["id"], "two");
    let parts = [("data", Some("picture.png"), &b"x"[..])];
    assert_eq!(house.form("mara", "/deployment/create", &parts).status, 400);
}

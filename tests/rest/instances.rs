//! Process instances, their variables, and messages to them.

use crate::house::House;
use serde_json::json;

#[test]
fn variables_of_every_type_go_in_and_come_out() {
    let house = House::new();
    house.deploy();
    let id = house.start("a", 1);
    let path = format!("/process-instance/{id}/variables");
    let values = json!({
        "b": {"value": true, "type": "Boolean"},
        "s": {"value": 7, "type": "short"},
        "l": {"value": 7, "type": "Long"},
        "d": {"value": 1.5, "type": "Double"},
        "t": {"value": "2013-01-23T14:42:45.000+0200", "type": "Date"},
        "j": {"value": "{\"a\": [1]}", "type": "json"},
        "x": {"value": "<a/>", "type": "Xml"},
        "y": {"value": "aGk=", "type": "Bytes"},
        "f": {"value": "aGk=", "type": "File", "valueInfo": {"filename": "a.txt", "mimetype": "text/plain", "encoding": "UTF-8"}},
        "o": {"value": "[1, 2]", "type": "Object", "valueInfo": {"objectTypeName": "java.util.ArrayList", "serializationDataFormat": "application/json"}},
        "n": {"value": null, "type": "null"},
        "u": {"value": "inferred"},
    });
    house
        .post(
            "mara",
            &path,
            json!({"modifications": values, "deletions": ["text", "never"]}),
        )
        .good();
    let shown = house
        .get("mara", &format!("{path}?deserializeValues=false"))
        .good();
    for (name, kind) in [
        ("b", "Boolean"),
        ("s", "Short"),
        ("l", "Long"),
        ("d", "Double"),
        ("t", "Date"),
        ("j", "Json"),
        ("x", "Xml"),
        ("y", "Bytes"),
        ("f", "File"),
        ("o", "Object"),
        ("n", "Null"),
        ("u", "String"),
    ] {
        assert_eq!(shown[name]["type"], kind, "{name}");
    }
    assert!(shown.get("text").is_none());
    assert_eq!(
        (shown["j"]["value"].as_str(), shown["o"]["value"].as_str()),
        (Some("{\"a\":[1]}"), Some("[1,2]"))
    );
    assert_eq!(house.get("mara", &path).good()["o"]["value"], json!([1, 2]));
    assert!(shown["f"]["value"].is_null());

    let file = house.get("mara", &format!("{path}/f/data"));
    assert_eq!(
        (&file.body[..], file.header("content-type")),
        (&b"hi"[..], Some("text/plain; charset=UTF-8"))
    );
    assert!(
        file.header("content-disposition")
            .unwrap()
            .contains("filename=\"a.txt\"")
    );
    let parts = [
        ("data", Some("ä.bin"), &b"\x00\r\n--\xff"[..]),
        ("valueType", None, &b"File"[..]),
    ];
    house.form("mara", &format!("{path}/g/data"), &parts).good();
    assert_eq!(
        house.get("mara", &format!("{path}/g/data")).body,
        b"\x00\r\n--\xff"
    );
    assert_eq!(
        house.get("mara", &format!("{path}/g")).good()["valueInfo"]["filename"],
        "ä.bin"
    );
    house.get("mara", &format!("{path}/b/data")).refused(
        400,
        "InvalidRequestException",
        "Value of variable b is not a binary value but of type Boolean",
    );

    house
        .put(
            "mara",
            &format!("{path}/u"),
            json!({"value": 3, "type": "Integer"}),
        )
        .good();
    assert_eq!(house.get("mara", &format!("{path}/u")).good()["value"], 3);
    let gone = house.send("mara", "DELETE", &format!("/engine-rest{path}/u"), None);
    assert_eq!(gone.status, 204);
    house.get("mara", &format!("{path}/u")).refused(
        404,
        "InvalidRequestException",
        "process instance variable with name u does not exist",
    );
    let wrong = house.put(
        "mara",
        &format!("{path}/u"),
        json!({"value": "x", "type": "Integer"}),
    );
    wrong.refused(400, "InvalidRequestException", "Cannot put process instance variable u: Cannot convert value 'x' of type 'Integer' to java type java.lang.Integer");
}

#[test]
fn only_those_whom_it_concerns_see_an_instance() {
    let house = House::new();
    house.deploy();
    let id = house.start("a", 1);
    let path = format!("/process-instance/{id}");
    let shown = house.get("w1", &path).good();
    assert_eq!(
        (shown["businessKey"].as_str(), shown["suspended"].as_bool()),
        (Some("a"), Some(false))
    );
    for user in ["ana", "w2"] {
        house.get(user, &path).refused(
            404,
            "InvalidRequestException",
            &format!("Process instance with id {id} does not exist"),
        );
        assert_eq!(
            house.get(user, &format!("{path}/variables")).status,
            403,
            "{user}"
        );
    }
    house
        .put("w1", &format!("{path}/variables/mine"), json!({"value": 1}))
        .good();
    assert_eq!(
        house
            .put("w2", &format!("{path}/variables/mine"), json!({"value": 1}))
            .status,
        403
    );
    let nothing = house.get("mara", "/process-instance/none/variables");
    assert_eq!(
        (nothing.status, nothing.json()["type"].as_str()),
        (500, Some("RestException"))
    );
    house.get("mara", "/process-instance/none").refused(
        404,
        "InvalidRequestException",
        "Process instance with id none does not exist",
    );
}

#[test]
fn a_message_reaches_the_one_that_waits() {
    let house = House::new();
    house.deploy();
    for key in ["a", "b"] {
        house.start(key, 1);
        let id = house.one();
        house
            .post(
                "w1",
                &format!("/external-task/{id}/complete"),
                json!({"workerId": "me"}),
            )
            .good();
    }
    let send = |body: serde_json::Value| house.post("mara", "/message", body);
    send(json!({"messageName": "none"})).refused(400, "RestException", "Cannot correlate message 'none': No process definition or execution matches the parameters");
    send(json!({"messageName": "go"})).refused(400, "RestException", "Cannot correlate message 'go': 2 executions match the correlation keys. Should be one or zero.");
    send(json!({})).refused(400, "InvalidRequestException", "No message name supplied");
    let got = send(
        json!({"messageName": "go", "businessKey": "a", "correlationKeys": {"text": {"value": "x", "type": "String"}},
        "processVariables": {"v": {"value": 1}}, "resultEnabled": true}),
    );
    let result = got.good();
    assert_eq!(
        (result[0]["resultType"].as_str(), result[1].is_null()),
        (Some("Execution"), true)
    );
    assert_eq!(
        send(json!({"messageName": "go", "correlationKeys": {"text": {"value": "y"}}})).status,
        400
    );
    assert_eq!(send(json!({"messageName": "go", "all": true})).status, 204);
    assert_eq!(house.get("mara", "/external-task/count").good()["count"], 0);
}

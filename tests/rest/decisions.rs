//! Decisions, asked by their key.

use crate::house::House;
use serde_json::json;

const PATH: &str = "/decision-definition/key/insertion-check/evaluate";

#[test]
fn a_decision_gives_its_results_with_their_types() {
    let house = House::new();
    let dmn = include_bytes!("../../process-models/insertion-check.dmn");
    let parts = [
        ("deployment-name", None, &b"mine"[..]),
        ("data", Some("insertion-check.dmn"), &dmn[..]),
    ];
    house.form("mara", "/deployment/create", &parts).good();
    let facts = |refused: i64| {
        json!({"variables": {
            "insertionStatus": {"value": "SUCCESS"},
            "rowsRead": {"value": 3, "type": "Long"},
            "rowsInserted": {"value": 3, "type": "Long"},
            "rowsRefused": {"value": refused, "type": "Long"},
            "nullsInRequired": {"value": 0},
            "duplicateKeys": {"value": 0},
            "sourceChecksum": {"value": "a", "type": "String"},
            "targetChecksum": {"value": "a", "type": "String"},
        }, "unknown": 1})
    };
    // A worker asks before it keeps what it did.
    let answer = house.post("w1", PATH, facts(0)).good();
    assert_eq!(answer.as_array().map(Vec::len), Some(1), "{answer}");
    assert_eq!(answer[0]["result"]["value"], 1);
    assert_eq!(answer[0]["result"]["type"], "Integer");
    assert_eq!(answer[0]["reason"]["type"], "String");
    let answer = house.post("mara", PATH, facts(2)).good();
    assert_eq!(answer[0]["result"]["value"], 0);
    assert_eq!(answer[0]["reason"]["value"], "2 rows were refused.");
    let nothing = house.post("mara", PATH, json!({})).good();
    assert_eq!(nothing[0]["result"]["value"], 0);
}

#[test]
fn what_can_not_be_asked_is_refused() {
    let house = House::new();
    house
        .post("w1", "/decision-definition/key/none/evaluate", json!({}))
        .refused(
            404,
            "InvalidRequestException",
            "No matching decision definition with key: none and no tenant-id",
        );
    assert_eq!(house.post("", PATH, json!({})).status, 401);
}

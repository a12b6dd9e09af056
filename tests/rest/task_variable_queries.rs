//! Tasks by their variables, and sorted by them, after the cases of TaskQueryTest.

use crate::house::House;
use crate::task_queries::{DUE, Tasks};
use serde_json::{Value as Json, json};

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

//! What lists of variables may be asked for, after the cases of Camunda's VariableInstanceQueryTest.

use crate::house::House;
use serde_json::{Value as Json, json};

const MODEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="one" isExecutable="true"><startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="task"/><userTask id="task" camunda:assignee="ana"/></process>
  <process id="nested" isExecutable="true">
    <startEvent id="nstart"/><sequenceFlow id="n1" sourceRef="nstart" targetRef="sub"/><sequenceFlow id="n2" sourceRef="nstart" targetRef="beside"/>
    <userTask id="beside"/>
    <subProcess id="sub"><extensionElements><camunda:inputOutput><camunda:inputParameter name="ofSub">${1}</camunda:inputParameter></camunda:inputOutput></extensionElements>
      <startEvent id="ns"/><sequenceFlow id="n3" sourceRef="ns" targetRef="inner"/><userTask id="inner"/></subProcess>
  </process>
  <process id="many" isExecutable="true">
    <startEvent id="mstart"/><sequenceFlow id="m1" sourceRef="mstart" targetRef="msub"/>
    <subProcess id="msub"><multiInstanceLoopCharacteristics isSequential="false"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
      <startEvent id="ms"/><sequenceFlow id="m3" sourceRef="ms" targetRef="minner"/><userTask id="minner"/></subProcess>
  </process>
</definitions>"#;

struct Variables {
    house: House,
}

impl Variables {
    fn new() -> Variables {
        let house = House::new();
        let parts = [("data", Some("variables.bpmn"), MODEL.as_bytes())];
        house.form("mara", "/deployment/create", &parts).good();
        Variables { house }
    }

    fn start(&self, key: &str, variables: Json) -> String {
        let path = format!("/process-definition/key/{key}/start");
        let started = self
            .house
            .post("mara", &path, json!({"variables": variables}))
            .good();
        started["id"].as_str().unwrap().to_owned()
    }

    fn check(&self, queries: Vec<(Json, u64)>) {
        let mut wrong = Vec::new();
        for (query, wanted) in queries {
            let got = self
                .house
                .post("mara", "/variable-instance/count", query.clone());
            if got.status != 200 || got.json()["count"] != wanted {
                wrong.push(format!(
                    "{query}: {} {}, not {wanted}",
                    got.status,
                    String::from_utf8_lossy(&got.body)
                ));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn list(&self, query: &str) -> Vec<Json> {
        let found = self
            .house
            .get("mara", &format!("/variable-instance?{query}"))
            .good();
        found.as_array().unwrap().clone()
    }
}

fn value(name: &str, operator: &str, value: Json) -> Json {
    json!({"variableName": name, "variableValues": [{"name": name, "operator": operator, "value": value}]})
}

/// VariableInstanceQueryTest.testQueryByNameAndVariableValueEquals_String
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueNotEquals_String
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueGreaterThan_String
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueGreaterThanOrEqual_String
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueLessThan_String
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueLessThanOrEqual_String
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueLike_String
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueLikeWithEscape_String
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueEquals_Integer
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueNotEquals_Integer
/// VariableInstanceQueryTest.testQueryByNameAndVariableGreaterThan_Integer
/// VariableInstanceQueryTest.testQueryByNameAndVariableGreaterThanAndEqual_Integer
/// VariableInstanceQueryTest.testQueryByNameAndVariableLessThan_Integer
/// VariableInstanceQueryTest.testQueryByNameAndVariableLessThanAndEqual_Integer
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueEquals_Long
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueNotEquals_Long
/// VariableInstanceQueryTest.testQueryByNameAndVariableGreaterThan_Long
/// VariableInstanceQueryTest.testQueryByNameAndVariableGreaterThanAndEqual_Long
/// VariableInstanceQueryTest.testQueryByNameAndVariableLessThan_Long
/// VariableInstanceQueryTest.testQueryByNameAndVariableLessThanAndEqual_Long
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueEquals_Double
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueNotEquals_Double
/// VariableInstanceQueryTest.testQueryByNameAndVariableGreaterThan_Double
/// VariableInstanceQueryTest.testQueryByNameAndVariableGreaterThanAndEqual_Double
/// VariableInstanceQueryTest.testQueryByNameAndVariableLessThan_Double
/// VariableInstanceQueryTest.testQueryByNameAndVariableLessThanAndEqual_Double
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueEquals_Short
/// VariableInstanceQueryTest.testQueryByVariableValueNotEquals_Short
/// VariableInstanceQueryTest.testQueryByNameAndVariableGreaterThan_Short
/// VariableInstanceQueryTest.testQueryByNameAndVariableGreaterThanAndEqual_Short
/// VariableInstanceQueryTest.testQueryByNameAndVariableLessThan_Short
/// VariableInstanceQueryTest.testQueryByNameAndVariableLessThanAndEqual_Short
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueEqualsWihtoutAnyResult
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueEquals_NullValue
/// VariableInstanceQueryTest.testQueryByVariableValueNotEquals_NullValue
#[test]
fn by_value_of_each_type() {
    let all = Variables::new();
    let typed = |value: Json, kind: &str| json!({"value": value, "type": kind});
    for (text, number) in [("test", 2), ("testa", 5), ("testz_x", 9)] {
        all.start("one", json!({"text": {"value": text}, "int": typed(json!(number), "Integer"), "short": typed(json!(number), "Short"),
            "long": typed(json!(number * 1_000_000_000_000_i64), "Long"), "double": typed(json!(f64::from(number as i32) + 0.5), "Double"),
            "maybe": {"value": if number == 2 { Json::Null } else { json!("x") }}}));
    }
    let mut queries = vec![
        (value("text", "eq", json!("test")), 1),
        (value("text", "eq", json!("no result")), 0),
        (value("text", "neq", json!("test")), 2),
        (value("text", "gt", json!("test")), 2),
        (value("text", "gteq", json!("test")), 3),
        (value("text", "lt", json!("testz_x")), 2),
        (value("text", "lteq", json!("testz_x")), 3),
        (value("text", "like", json!("te%a")), 1),
        (value("text", "like", json!("%z\\_x")), 1),
        (value("text", "like", json!("%e\\_t%")), 0),
        (value("maybe", "eq", Json::Null), 1),
        (value("maybe", "neq", Json::Null), 2),
        (value("maybe", "neq", json!("y")), 3),
    ];
    let of = |name: &str, number: i64| match name {
        "long" => json!(number * 1_000_000_000_000),
        "double" => json!(number as f64 + 0.5),
        _ => json!(number),
    };
    for name in ["int", "short", "long", "double"] {
        for (operator, found) in [
            ("eq", 1),
            ("neq", 2),
            ("gt", 1),
            ("gteq", 2),
            ("lt", 1),
            ("lteq", 2),
        ] {
            queries.push((value(name, operator, of(name, 5)), found));
        }
        queries.push((value(name, "eq", of(name, 4)), 0));
    }
    all.check(queries);
}
// not applicable: VariableInstanceQueryTest.testQueryByNameAndVariableValueEquals_Bytes, VariableInstanceQueryTest.testGetValueOfSerializableVar, VariableInstanceQueryTest.testDisableCustomObjectDeserialization, VariableInstanceQueryTest.testSerializableErrorMessage: bytes are not asked for, and there are no Java objects
// not applicable: VariableInstanceQueryTest.testQueryByVariableNames: Camunda's REST API does not list variables by this
// not applicable: VariableInstanceQueryTest.testQueryByCaseExecutionId, VariableInstanceQueryTest.testQueryByCaseExecutionIds, VariableInstanceQueryTest.testQueryByCaseInstanceId, VariableInstanceQueryTest.testQueryByCaseInstanceIds, VariableInstanceQueryTest.testQueryByCaseActivityInstanceId, VariableInstanceQueryTest.testQueryByCaseActivityInstanceIds, VariableInstanceQueryTest.shouldGetBatchId, VariableInstanceQueryTest.shouldQueryForBatchId, VariableInstanceQueryTest.shouldQueryForBatchIds: there are no cases, and what batches bring is no variable of theirs

/// VariableInstanceQueryTest.testQuery
/// VariableInstanceQueryTest.testQueryByVariableId
/// VariableInstanceQueryTest.testQueryByVariableName
/// VariableInstanceQueryTest.testQueryByVariableNameLike
/// VariableInstanceQueryTest.testQueryByVariableNameLikeWithoutAnyResult
/// VariableInstanceQueryTest.testQueryByProcessInstanceId
/// VariableInstanceQueryTest.testQueryByProcessInstanceIds
/// VariableInstanceQueryTest.testQueryByProcessInstanceIdWithoutAnyResult
/// VariableInstanceQueryTest.testQueryByExecutionId
/// VariableInstanceQueryTest.testQueryByExecutionIds
/// VariableInstanceQueryTest.testQueryByExecutionIdWithoutAnyResult
/// VariableInstanceQueryTest.testQueryByTaskId
/// VariableInstanceQueryTest.testQueryByTaskIds
/// VariableInstanceQueryTest.testQueryByTaskIdWithoutAnyResult
/// VariableInstanceQueryTest.testQueryByVariableScopeId
/// VariableInstanceQueryTest.testQueryByActivityInstanceId
/// VariableInstanceQueryTest.testQueryByActivityInstanceIds
/// VariableInstanceQueryTest.testQueryOrderByName_Asc
/// VariableInstanceQueryTest.testQueryOrderByName_Desc
/// VariableInstanceQueryTest.testQueryOrderByType_Asc
/// VariableInstanceQueryTest.testQueryOrderByType_Desc
/// VariableInstanceQueryTest.testQueryOrderByActivityInstanceId_Asc
/// VariableInstanceQueryTest.testQueryOrderByActivityInstanceId_Desc
/// VariableInstanceQueryTest.testVariablesProcessDefinitionId
#[test]
fn by_name_scope_and_order() {
    let all = Variables::new();
    let (a, b) = (
        all.start(
            "one",
            json!({"anInt": {"value": 1}, "string%Var": {"value": "x"}}),
        ),
        all.start("one", json!({"b": {"value": true}})),
    );
    let task = all
        .house
        .get("mara", &format!("/task?processInstanceId={a}"))
        .good()[0]
        .clone();
    let (task, execution) = (
        task["id"].as_str().unwrap(),
        task["executionId"].as_str().unwrap(),
    );
    all.house
        .put(
            "mara",
            &format!("/task/{task}/localVariables/mine"),
            json!({"value": 1}),
        )
        .good();
    all.house
        .put(
            "mara",
            &format!("/execution/{execution}/localVariables/here"),
            json!({"value": 1}),
        )
        .good();
    let tree = all
        .house
        .get("mara", &format!("/process-instance/{a}/activity-instances"))
        .good();
    let activity = tree["childActivityInstances"][0]["id"].as_str().unwrap();
    let id = all.list("variableName=b")[0]["id"].clone();
    all.check(vec![
        (json!({}), 5),
        (json!({"variableName": "anInt"}), 1),
        (json!({"variableNameLike": "%ing\\%V%"}), 1),
        (json!({"variableNameLike": "%ingV\\_"}), 0),
        (json!({"processInstanceIdIn": [a]}), 4),
        (json!({"processInstanceIdIn": [a, b]}), 5),
        (json!({"processInstanceIdIn": ["none"]}), 0),
        (json!({"executionIdIn": [execution]}), 2),
        (json!({"executionIdIn": ["none"]}), 0),
        (json!({"taskIdIn": [task]}), 1),
        (json!({"taskIdIn": [task, "none"]}), 1),
        (json!({"taskIdIn": ["none"]}), 0),
        (json!({"variableScopeIdIn": [task]}), 1),
        (json!({"variableScopeIdIn": [a, task]}), 3),
        (json!({"activityInstanceIdIn": [activity]}), 2),
        (json!({"activityInstanceIdIn": [a, b]}), 3),
    ]);
    let names = |query: &str| {
        let found = all.list(query).into_iter();
        found
            .map(|v| v["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names("sortBy=variableName&sortOrder=asc"),
        ["anInt", "b", "here", "mine", "string%Var"]
    );
    assert_eq!(
        names("sortBy=variableName&sortOrder=desc"),
        ["string%Var", "mine", "here", "b", "anInt"]
    );
    for (order, first) in [("asc", "Boolean"), ("desc", "String")] {
        assert_eq!(
            all.list(&format!("sortBy=variableType&sortOrder={order}"))[0]["type"],
            first
        );
        let by: Vec<String> = all
            .list(&format!("sortBy=activityInstanceId&sortOrder={order}"))
            .iter()
            .map(|v| v["activityInstanceId"].to_string())
            .collect();
        let mut sorted = by.clone();
        sorted.sort();
        if order == "desc" {
            sorted.reverse();
        }
        assert_eq!(by, sorted);
    }
    assert!(all.list("").iter().all(|v| {
        v["processDefinitionId"]
            .as_str()
            .is_some_and(|id| id.starts_with("one:"))
    }));
    let one = all
        .house
        .get(
            "mara",
            &format!("/variable-instance/{}", id.as_str().unwrap()),
        )
        .good();
    assert_eq!(one["name"], "b");
    assert_eq!(all.house.get("mara", "/variable-instance/none").status, 404);
}

/// VariableInstanceQueryTest.testSimpleSubProcessVariables
/// VariableInstanceQueryTest.testSubProcessVariables
/// VariableInstanceQueryTest.testSubProcessVariablesWithParallelGateway
/// VariableInstanceQueryTest.testParallelGatewayVariables
/// VariableInstanceQueryTest.testParallelMultiInstanceSubProcess
/// VariableInstanceQueryTest.testSequentialMultiInstanceSubProcess
#[test]
fn each_variable_names_the_activity_instance_of_its_scope() {
    let all = Variables::new();
    let nested = all.start("nested", json!({"outer": {"value": 1}}));
    let tree = all
        .house
        .get(
            "mara",
            &format!("/process-instance/{nested}/activity-instances"),
        )
        .good();
    let children = tree["childActivityInstances"].as_array().unwrap();
    let sub = children
        .iter()
        .find(|child| child["activityId"] == "sub")
        .unwrap();
    let inner = &sub["childActivityInstances"][0];
    let path = format!(
        "/execution/{}/localVariables/deepest",
        inner["executionIds"][0].as_str().unwrap()
    );
    all.house.put("mara", &path, json!({"value": 3})).good();
    for (name, scope) in [
        ("outer", &tree["id"]),
        ("ofSub", &sub["id"]),
        ("deepest", &inner["id"]),
    ] {
        assert_eq!(
            all.list(&format!("variableName={name}"))[0]["activityInstanceId"],
            *scope,
            "{name}"
        );
    }
    let many = all.start("many", json!({}));
    let tree = all
        .house
        .get(
            "mara",
            &format!("/process-instance/{many}/activity-instances"),
        )
        .good();
    let body = &tree["childActivityInstances"][0];
    for name in [
        "nrOfInstances",
        "nrOfCompletedInstances",
        "nrOfActiveInstances",
    ] {
        assert_eq!(
            all.list(&format!("variableName={name}"))[0]["activityInstanceId"],
            body["id"],
            "{name}"
        );
    }
    let counters = all.list("variableName=loopCounter");
    let mut scopes: Vec<_> = counters
        .iter()
        .map(|v| v["activityInstanceId"].to_string())
        .collect();
    let mut instances: Vec<_> = body["childActivityInstances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["id"].to_string())
        .collect();
    scopes.sort();
    instances.sort();
    assert_eq!(scopes, instances);
}

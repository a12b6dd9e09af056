//! Launching, and the way of an instance to its end.

use crate::office::*;
use chrono::TimeDelta;
use crewdesk::client::value::{Map, SecretHandle, Value};
use crewdesk::client::{Client, ConnectionLimits, InstanceQuery, StartRequest};
use crewdesk::desk::DeskError;

#[test]
fn an_insertion_goes_from_launch_to_its_end() {
    let office = Office::new();
    let (mara, ana) = (office.client("mara"), office.client("ana"));
    let id = office.launch(insertion("Orders"));
    ana.claim(&id).unwrap();
    let csv = office.csv();
    let form = typed(&[
        ("databaseName", "/tmp/target.db"),
        ("tableName", "orders"),
        ("dataFrame", csv.to_str().unwrap()),
    ]);
    ana.complete_form(&id, &form).unwrap();
    assert!(matches!(ana.task(&id), Err(DeskError::NotFound(_))));

    let locked = office.lock("insertion", &[]).unwrap();
    assert_eq!(locked.title.as_deref(), Some("Orders"));
    assert_eq!(locked.properties["decision"], "insertion-check");
    assert!(office.lock("insertion", &[]).is_none(), "locked once");
    office.finish_insertion(&locked, true);

    let instance = mara.instance(&locked.task.process_instance_id).unwrap();
    assert_eq!(
        (instance.instance.state.as_str(), instance.tasks.len()),
        ("COMPLETED", 0)
    );
    assert_eq!(instance.variables["result"]["value"], 1);
}

#[test]
fn what_the_check_refuses_comes_back_filled_in() {
    let office = Office::new();
    let (mara, ana) = (office.client("mara"), office.client("ana"));
    let id = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("Orders")
    });
    let csv = office.csv();
    let fields = [
        ("databaseName", "/tmp/t.db"),
        ("tableName", "orders"),
        ("dataFrame", csv.to_str().unwrap()),
    ];
    ana.complete_form(&id, &typed(&fields)).unwrap();
    let locked = office.lock("insertion", &[]).unwrap();
    office.finish_insertion(&locked, false);
    let instance = mara.instance(&locked.task.process_instance_id).unwrap();
    let back = ana.task(&instance.tasks[0].id).unwrap();
    assert_eq!(
        (back.task.round, back.task.came_back, back.refused),
        (2, true, 2)
    );
    assert_eq!(back.task.assignee.as_deref(), Some("ana"));
    assert!(back.reason.unwrap().contains("8 of 10"));
    for (field, text) in fields {
        assert_eq!(back.values[field], text);
    }
    // Nothing has to be typed again.
    ana.complete_form(&back.task.id, &typed(&[])).unwrap();
    office.finish_insertion(&office.lock("insertion", &[]).unwrap(), true);
    assert_eq!(
        mara.instance(&instance.instance.id).unwrap().instance.state,
        "COMPLETED"
    );
}

#[test]
fn a_connection_that_nobody_set_up_is_refused_at_its_field() {
    let office = Office::new();
    let mara = office.client("mara");
    let mut request = insertion("x");
    request
        .variables
        .insert("connection".into(), "nosuch".into());
    match mara.start(request) {
        Err(DeskError::Fields(fields)) => {
            assert_eq!(fields[0].field, "connection");
            assert!(fields[0].message.contains("nosuch"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_second_active_instance_with_the_same_business_key_asks_first() {
    let office = Office::new();
    let mara = office.client("mara");
    let request = || StartRequest {
        business_key: Some("orders/17".into()),
        ..insertion("x")
    };
    let first = mara.start(request()).unwrap();
    match mara.start(request()) {
        Err(DeskError::SameBusinessKey { key, instance }) => {
            assert_eq!((key.as_str(), instance), ("orders/17", first.id.clone()));
        }
        other => panic!("{other:?}"),
    }
    mara.start(StartRequest {
        allow_same_business_key: true,
        ..request()
    })
    .unwrap();
    let query = InstanceQuery {
        business_key: Some("orders/17".into()),
        ..InstanceQuery::default()
    };
    for instance in mara.instances(query).unwrap().items {
        mara.cancel(&instance.id, "over").unwrap();
    }
    mara.start(request()).unwrap();
}

#[test]
fn a_process_without_a_start_form_gives_its_first_task_what_was_asked() {
    let office = Office::new();
    office.deploy("plain.bpmn", PLAIN);
    let due = office.now() + TimeDelta::hours(3);
    let id = office.launch(StartRequest {
        key: "plain".into(),
        assignee: Some("ben".into()),
        due: Some(due),
        priority: Some(70),
        ..StartRequest::default()
    });
    let task = office.client("ben").task(&id).unwrap().task;
    assert_eq!(
        (task.assignee.as_deref(), task.due, task.priority),
        (Some("ben"), Some(due), 70)
    );
    office
        .client("ben")
        .complete_form(&id, &typed(&[]))
        .unwrap();
}

#[test]
fn the_answer_of_a_start_is_what_is_read_afterwards() {
    let office = Office::new();
    office.deploy("plain.bpmn", PLAIN);
    let mara = office.client("mara");
    let plain = StartRequest {
        key: "plain".into(),
        business_key: Some("K-1".into()),
        assignee: Some("ben".into()),
        due: Some(office.now() + TimeDelta::hours(3)),
        ..StartRequest::default()
    };
    for request in [plain, insertion("Orders")] {
        let started = mara.start(request).unwrap();
        let read = mara.instance(&started.id).unwrap().instance;
        assert_eq!(
            serde_json::to_value(&started).unwrap(),
            serde_json::to_value(&read).unwrap()
        );
    }
}

#[test]
fn a_task_without_a_form_is_completed_by_the_end_of_its_id_and_claimed_by_who_does() {
    let office = Office::new();
    office.deploy("plain.bpmn", PLAIN);
    let (mara, ben) = (office.client("mara"), office.client("ben"));
    let instance = mara
        .start(StartRequest {
            key: "plain".into(),
            ..StartRequest::default()
        })
        .unwrap();
    let id = mara.instance(&instance.id).unwrap().tasks[0].id.clone();
    let end = &id[id.len() - 6..];
    let secret = [("note".to_owned(), Value::Secret(SecretHandle("x".into())))];
    let refused = ben.complete(end, secret.into_iter().collect());
    assert!(matches!(refused, Err(DeskError::Invalid(_))), "{refused:?}");
    let secret = [("note".to_owned(), Value::Secret(SecretHandle("x".into())))];
    let refused = ben.complete(&id, secret.into_iter().collect());
    assert!(matches!(refused, Err(DeskError::Invalid(_))), "{refused:?}");
    ben.complete(end, Map::new()).unwrap();
    let again = ben.complete(&id, Map::new());
    assert!(matches!(again, Err(DeskError::NotFound(_))), "{again:?}");
    let ended = mara.instance(&instance.id).unwrap().instance;
    assert_eq!(ended.state, "COMPLETED");
}

#[test]
fn a_launch_that_is_not_right_says_all_that_is_wrong() {
    let office = Office::new();
    let request = StartRequest {
        assignee: Some("zoe".into()),
        ..insertion("")
    };
    let Err(DeskError::Fields(errors)) = office.client("mara").start(request) else {
        panic!("accepted");
    };
    let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
    assert_eq!(fields, ["title", "assignee"]);
    assert!(
        office
            .client("mara")
            .start(StartRequest::default())
            .is_err()
    );
}

#[test]
fn what_no_first_task_could_take_is_refused() {
    let office = Office::new();
    let service = PLAIN
        .replace(
            r#"<bpmn:userTask id="do" name="Do it">"#,
            r#"<bpmn:serviceTask id="do" camunda:type="external" camunda:topic="t">"#,
        )
        .replace("</bpmn:userTask>", "</bpmn:serviceTask>");
    office.deploy("plain.bpmn", &service);
    let plain = || StartRequest {
        key: "plain".into(),
        ..StartRequest::default()
    };
    let mara = office.client("mara");
    for request in [
        StartRequest {
            assignee: Some("ana".into()),
            ..plain()
        },
        StartRequest {
            due: Some(office.now() + TimeDelta::hours(1)),
            ..plain()
        },
    ] {
        let refused = mara.start(request);
        assert!(
            matches!(&refused, Err(DeskError::Invalid(text)) if text.contains("user task")),
            "{refused:?}"
        );
    }
    let all = InstanceQuery::default();
    assert_eq!(mara.instances(all).unwrap().total, 0, "nothing was started");
    mara.start(plain()).unwrap();
}

#[test]
fn what_looks_like_a_mistake_is_said_and_done_all_the_same() {
    let office = Office::new();
    let mara = office.client("mara");
    let started = |request: StartRequest| mara.start(request).unwrap().warnings;
    assert!(started(insertion("Orders")).is_empty());
    let untitled = StartRequest {
        variables: Map::new(),
        ..insertion("Untitled")
    };
    assert_eq!(
        started(untitled),
        ["the start form asks for Title (title), which was not given"]
    );
    let late = started(StartRequest {
        due: Some(office.now() - TimeDelta::hours(2)),
        ..insertion("Late")
    });
    assert_eq!(late.len(), 1);
    assert!(
        late[0].contains("2h00 ago: the task is late from the start"),
        "{late:?}"
    );
    let mut request = insertion("Mistyped");
    for name in ["tabelName", "ZZ", "query"] {
        request.variables.insert(name.into(), "x".into());
    }
    let mistyped = started(request);
    assert_eq!(
        mistyped,
        [
            "no form asks for tabelName; did you mean \"tableName\"?",
            "nothing in the model or its decisions mentions ZZ; it is kept for workers",
        ]
    );
    mara.add_connection("warehouse", "sqlite:/srv/warehouse.db", None)
        .unwrap();
    let groups = vec!["finance".to_owned()];
    let limits = ConnectionLimits {
        groups,
        ..ConnectionLimits::default()
    };
    mara.limit_connection("warehouse", &limits).unwrap();
    let for_ana = |who: &str| {
        let mut request = insertion("Stock");
        for (name, text) in [("assignee", who), ("connection", "warehouse")] {
            request.variables.insert(name.into(), text.into());
        }
        started(request)
    };
    assert_eq!(
        for_ana("ana"),
        ["warehouse is for finance, and ana is not one of them"]
    );
    assert!(for_ana("mara").is_empty());
    let refused = mara.start(StartRequest {
        due: Some("0025-11-18T12:00:00Z".parse().unwrap()),
        ..insertion("Never")
    });
    assert!(matches!(refused, Err(DeskError::Fields(_))), "{refused:?}");
}

#[test]
fn what_a_decision_of_the_model_asks_for_is_no_mistake() {
    let office = Office::new();
    let mara = office.client("mara");
    let model = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <process id="order" isExecutable="true" camunda:historyTimeToLive="P1D">
        <startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="r"/>
        <businessRuleTask id="r" camunda:decisionRef="discount" camunda:resultVariable="percent" camunda:mapDecisionResult="singleEntry"/>
        <sequenceFlow id="b" sourceRef="r" targetRef="e"/><endEvent id="e"/></process></definitions>"#;
    let table = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
        <decision id="discount" name="Discount"><literalExpression><text>if amount &gt; 100 then 5 else 0</text></literalExpression></decision></definitions>"#;
    let files = [("order.bpmn", model), ("discount.dmn", table)];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    mara.deploy(files.to_vec()).unwrap();
    let variables = [("amount", 70), ("amuont", 70)];
    let variables = variables.map(|(name, value)| (name.to_owned(), Value::Integer(value)));
    let started = mara
        .start(StartRequest {
            key: "order".into(),
            variables: Map::from_iter(variables),
            ..StartRequest::default()
        })
        .unwrap();
    assert_eq!(
        started.warnings,
        ["no decision asks for amuont; did you mean \"amount\"?"]
    );
}

#[test]
fn a_business_key_that_a_listener_sets_is_that_of_the_instance_and_its_tasks() {
    let office = Office::new();
    let (mara, ana) = (office.client("mara"), office.client("ana"));
    let model = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <process id="keyed" isExecutable="true" camunda:historyTimeToLive="P1D">
        <startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="u"/>
        <userTask id="u" camunda:assignee="ana"><extensionElements>
          <camunda:executionListener event="start" expression="${execution.setProcessBusinessKey('orders/'.concat(n))}"/>
          <camunda:taskListener event="update" expression="${task.execution.setProcessBusinessKey('late')}"/>
        </extensionElements></userTask>
        <sequenceFlow id="b" sourceRef="u" targetRef="e"/><endEvent id="e"/></process></definitions>"#;
    let file = ("keyed.bpmn".to_owned(), model.as_bytes().to_vec());
    mara.deploy(vec![file]).unwrap();
    let variables = Map::from_iter([("n".to_owned(), Value::Integer(7))]);
    let started = mara.start(StartRequest {
        key: "keyed".into(),
        variables,
        ..StartRequest::default()
    });
    let id = started.unwrap().id;
    let keys = || {
        let detail = mara.instance(&id).unwrap();
        let task = detail
            .tasks
            .first()
            .and_then(|task| task.business_key.clone());
        (detail.instance.business_key, task)
    };
    let both = |key: &str| (Some(key.to_owned()), Some(key.to_owned()));
    assert_eq!(keys(), both("orders/7"));
    let task = mara.instance(&id).unwrap().tasks.remove(0).id;
    ana.set_priority(&task, 70).unwrap_err();
    mara.set_priority(&task, 70).unwrap();
    assert_eq!(keys(), both("late"));
}

use super::*;
use crate::engine::{ExternalTask, Incident, Variable};
use crate::value::Map;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn task() -> Task {
    Task {
        name: "Enter the data".into(),
        process_instance_id: "p".into(),
        task_definition_key: "enter".into(),
        round: 1,
        ..Task::default()
    }
}

fn told(user: &str, events: &[Event]) -> Vec<(&'static str, String)> {
    let process = Process {
        id: "load".into(),
        name: Some("Load orders".into()),
        ..Process::default()
    };
    let teller = Teller::new(&process, Some(user), at("2025-11-18T12:10:00Z"), events);
    let lines = events.iter().filter_map(|event| teller.line(event));
    lines.map(|line| (line.kind, line.text)).collect()
}

fn one(user: &str, event: Event) -> (&'static str, String) {
    told(user, &[event]).remove(0)
}

#[test]
fn assignment_is_told_by_who_gave_it_to_whom() {
    let event = |to: Option<&str>, from: Option<&str>| Event::TaskAssigned {
        task: Task {
            assignee: to.map(str::to_owned),
            ..task()
        },
        from: from.map(str::to_owned),
    };
    let cases = [
        (
            event(Some("ana"), None),
            "claimed",
            "ana claimed Enter the data",
        ),
        (
            event(None, Some("ana")),
            "unclaimed",
            "ana gave Enter the data back",
        ),
        (
            event(Some("ben"), Some("ana")),
            "assigned",
            "ana gave Enter the data to ben",
        ),
        (
            event(Some("ben"), Some("eli")),
            "assigned",
            "ana gave Enter the data to ben instead of eli",
        ),
        (
            event(None, Some("eli")),
            "unclaimed",
            "ana took Enter the data from eli",
        ),
    ];
    for (event, kind, text) in cases {
        assert_eq!(one("ana", event), (kind, text.to_owned()));
    }
}

#[test]
fn completion_says_whether_it_was_in_time_and_which_try() {
    let event = |due: &str, round| Event::TaskEnded {
        task: Task {
            first_due: Some(at(due)),
            round,
            ..task()
        },
        reason: "completed".into(),
    };
    assert_eq!(
        one("ana", event("2025-11-18T12:10:00Z", 1)).1,
        "ana completed Enter the data, in time"
    );
    assert_eq!(
        one("ana", event("2025-11-18T10:00:00Z", 2)).1,
        "ana completed Enter the data, 2h10 late, try 2"
    );
}

#[test]
fn a_second_round_came_back() {
    let back = Task {
        assignee: Some("ana".into()),
        round: 2,
        ..task()
    };
    assert_eq!(one("w", Event::TaskCreated { task: back }).0, "cameBack");
    let open = Task {
        candidate_groups: vec!["loaders".into()],
        ..task()
    };
    let (kind, text) = one("w", Event::TaskCreated { task: open });
    assert_eq!(
        (kind, text.as_str()),
        ("created", "Enter the data is open to group loaders")
    );
}

#[test]
fn an_insertion_tells_its_facts() {
    let set = |name: &str, value: Value| Event::VariableSet {
        variable: Variable {
            name: name.into(),
            value,
            ..Variable::default()
        },
        activity_instance_id: None,
        created: true,
    };
    let ended = Event::ExternalTaskEnded {
        task: ExternalTask::default(),
        completed: true,
    };
    let events = [
        set("insertionStatus", "SUCCESS".into()),
        set("rowsInserted", 18_202i64.into()),
        set("rowsRefused", 2i64.into()),
        ended.clone(),
    ];
    let expected = (
        "inserted",
        "a step: 18202 rows written, 2 refused".to_owned(),
    );
    assert_eq!(told("w1", &events), [expected]);
    assert_eq!(
        one("w1", ended),
        ("worked", "w1 completed a step".to_owned())
    );
}

#[test]
fn a_decision_tells_result_and_reason() {
    let result = Map::from_iter([
        ("result".to_owned(), 0i64.into()),
        ("reason".to_owned(), "12 duplicate keys".into()),
    ]);
    let event = |result| Event::DecisionEvaluated {
        process_instance_id: "p".into(),
        activity_id: "check".into(),
        activity_instance_id: "check:1".into(),
        decision_definition_id: "d".into(),
        decision_key: "d".into(),
        trace: serde_json::Value::Null,
        result,
    };
    assert_eq!(
        one("w", event(Value::Map(result.clone()))).1,
        "a step: 0, 12 duplicate keys"
    );
    assert_eq!(
        one("w", event(Value::List(vec![Value::Map(result)]))).1,
        "a step: 0, 12 duplicate keys"
    );
    assert_eq!(
        one("w", event(1i64.into())),
        ("checked", "a step: 1".to_owned())
    );
}

#[test]
fn incidents_and_cancellations_say_why() {
    let incident = Incident {
        message: Some("no such table".into()),
        ..Incident::default()
    };
    let event = Event::IncidentCreated { incident };
    assert_eq!(
        one("w", event),
        ("incident", "a step stands still: no such table".to_owned())
    );
    let event = Event::ProcessEnded {
        process_instance_id: "p".into(),
        state: InstanceState::ExternallyTerminated,
        reason: Some("not needed".into()),
    };
    assert_eq!(
        one("mara", event),
        ("cancelled", "mara cancelled it: not needed".to_owned())
    );
}

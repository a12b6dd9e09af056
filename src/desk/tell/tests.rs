use super::*;
use crate::value::Map;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn past(user: Option<&str>, what: PastEvent) -> Past {
    Past {
        seq: 0,
        at: at("2025-11-18T12:10:00Z"),
        user: user.map(str::to_owned),
        activity_id: None,
        what,
    }
}

fn task() -> PastTask {
    PastTask {
        id: "t".into(),
        name: "Enter".into(),
        assignee: Some("ben".into()),
        first_due: None,
        round: 1,
    }
}

fn operation(name: &str, property: &str, from: Option<&str>, to: Option<&str>) -> PastEvent {
    PastEvent::Operation {
        operation: name.into(),
        task_id: Some("t".into()),
        property: Some(property.into()),
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        reason: None,
    }
}

fn told(past: &[Past]) -> Vec<(String, String)> {
    let entries = tell(&Process::default(), past).into_iter();
    entries.map(|entry| (entry.kind, entry.text)).collect()
}

fn one(user: &str, what: PastEvent) -> (String, String) {
    told(&[past(Some(user), what)]).remove(0)
}

fn set(name: &str, value: Value) -> Past {
    past(
        None,
        PastEvent::VariableSet {
            name: name.into(),
            value,
        },
    )
}

fn says(kind: &str, text: &str) -> (String, String) {
    (kind.to_owned(), text.to_owned())
}

#[test]
fn assignment_is_told_by_who_gave_it_to_whom() {
    let cases = [
        (
            "Claim",
            None,
            Some("ana"),
            says("claimed", "ana claimed a step"),
        ),
        (
            "Assign",
            Some("ana"),
            None,
            says("unclaimed", "ana gave a step back"),
        ),
        (
            "Assign",
            Some("ana"),
            Some("ben"),
            says("assigned", "ana gave a step to ben"),
        ),
        (
            "Assign",
            Some("eli"),
            Some("ben"),
            says("assigned", "ana gave a step to ben instead of eli"),
        ),
        (
            "Assign",
            Some("eli"),
            None,
            says("unclaimed", "ana took a step from eli"),
        ),
    ];
    for (name, from, to, expected) in cases {
        assert_eq!(one("ana", operation(name, "assignee", from, to)), expected);
    }
}

#[test]
fn a_task_is_told_as_it_was_when_it_came_up() {
    let claimed = [
        past(None, PastEvent::TaskCreated(task())),
        past(
            Some("ben"),
            operation("Claim", "assignee", None, Some("ben")),
        ),
    ];
    assert_eq!(told(&claimed)[0], says("created", "Enter is open to claim"));
    assert_eq!(told(&claimed[..1])[0], says("created", "Enter is for ben"));
    let back = PastTask { round: 2, ..task() };
    let entries = tell(
        &Process::default(),
        &[
            past(None, PastEvent::TaskCreated(back)),
            past(None, PastEvent::TimerFired),
        ],
    );
    assert_eq!(
        (entries[0].kind.as_str(), entries[0].text.as_str()),
        ("cameBack", "Enter came back to ben")
    );
    assert_eq!(
        entries[1].round,
        Some(2),
        "what follows belongs to the round"
    );
}

#[test]
fn completion_says_whether_it_was_in_time_and_which_try() {
    let event = |due: &str, round| {
        PastEvent::TaskCompleted(PastTask {
            first_due: Some(at(due)),
            round,
            ..task()
        })
    };
    assert_eq!(
        one("ana", event("2025-11-18T12:10:00Z", 1)).1,
        "ana completed Enter, in time"
    );
    assert_eq!(
        one("ana", event("2025-11-18T10:00:00Z", 2)).1,
        "ana completed Enter, 2h10 late, try 2"
    );
}

#[test]
fn an_insertion_tells_its_facts() {
    let done = || {
        past(
            None,
            PastEvent::ExternalTaskCompleted {
                worker: Some("w1".into()),
            },
        )
    };
    let facts = [
        set(insertion::STATUS, "SUCCESS".into()),
        set(insertion::INSERTED, 18_202i64.into()),
        set(insertion::REFUSED, 2i64.into()),
        done(),
    ];
    assert_eq!(
        told(&facts),
        [says(
            "inserted",
            "a step: 18,202 rows inserted, 2 refused and left out"
        )]
    );
    let told_with = |name: &str, value: Value| {
        let mut facts = facts.to_vec();
        facts.insert(0, set(name, value));
        told(&facts).pop().unwrap().1
    };
    assert_eq!(
        told_with(insertion::KEPT, false.into()),
        "a step: nothing inserted, 2 of 18,204 rows refused"
    );
    assert_eq!(
        told_with(insertion::UPDATED, 7i64.into()),
        "a step: 18,202 rows inserted, 7 of them updated, 2 refused and left out"
    );
    assert_eq!(told(&[done()]), [says("worked", "w1 completed a step")]);
    let mut later = done();
    later.at += chrono::TimeDelta::minutes(1);
    let mut mixed = facts.to_vec();
    mixed[3] = later;
    assert_eq!(
        told(&mixed),
        [says("worked", "w1 completed a step")],
        "facts of another round"
    );
}

#[test]
fn rows_that_made_room_and_rows_that_refer_to_nothing_are_told() {
    let mut facts = vec![
        set(insertion::STATUS, "SUCCESS".into()),
        set(insertion::INSERTED, 3i64.into()),
        set(insertion::REFUSED, 0i64.into()),
        set(insertion::DELETED, 1200i64.into()),
        set(insertion::ORPHANS, 2i64.into()),
    ];
    facts.push(past(
        None,
        PastEvent::ExternalTaskCompleted { worker: None },
    ));
    let text = "a step: 3 rows inserted, 1,200 deleted before, 2 refer to what is not there";
    assert_eq!(told(&facts), [says("inserted", text)]);
}

#[test]
fn a_thrown_error_tells_its_code() {
    let thrown = PastEvent::Operation {
        operation: "ErrorThrown".into(),
        task_id: None,
        property: None,
        from: Some("w1".into()),
        to: Some("no-stock".into()),
        reason: Some("sold out".into()),
    };
    let text = "w1 threw the error no-stock in a step: sold out";
    assert_eq!(one("w", thrown), says("threw", text));
}

#[test]
fn a_decision_tells_result_and_reason() {
    let result = Map::from_iter([
        ("result".to_owned(), 0i64.into()),
        ("reason".to_owned(), "12 duplicate keys".into()),
    ]);
    let decided = |result| one("w", PastEvent::Decided { result });
    let expected = says("checked", "a step: 0, 12 duplicate keys");
    assert_eq!(decided(Value::Map(result.clone())), expected);
    assert_eq!(decided(Value::List(vec![Value::Map(result)])), expected);
    assert_eq!(decided(1i64.into()), says("checked", "a step: 1"));
}

#[test]
fn incidents_and_cancellations_say_why() {
    let incident = PastEvent::IncidentCreated {
        message: Some("no such table".into()),
    };
    assert_eq!(
        one("w", incident),
        says("incident", "a step stands still: no such table")
    );
    let cancelled = PastEvent::Ended {
        state: InstanceState::ExternallyTerminated,
        reason: Some("not needed".into()),
    };
    assert_eq!(
        one("mara", cancelled),
        says("cancelled", "mara cancelled it: not needed")
    );
}

#[test]
fn workers_are_called_as_people_know_them() {
    for (id, name) in [
        ("w1", "w1"),
        ("invoice-worker", "invoice-worker"),
        (
            "crewdesk-4711-0199a1b2c3d4e5f60718293a4b5c6d7e",
            "the desk's worker",
        ),
        (
            "crewdesk-night-0199a1b2c3d4e5f60718293a4b5c6d7e",
            "crewdesk-night-4b5c6d7e",
        ),
        ("host-0199a1b2-c3d4-e5f6-0718-293a4b5c6d7e", "host-4b5c6d7e"),
        ("some-0a1b2c3d4e5f60718293", "some-60718293"),
        ("0199a1b2-c3d4-e5f6-0718-293a4b5c6d7e", "4b5c6d7e"),
        ("worker-cafe", "worker-cafe"),
        (
            "größe-größe-größe-größe-größe-größe",
            "größe-größe-größe-größe-größe-größe",
        ),
    ] {
        assert_eq!(worker_name(id), name, "{id}");
    }
}

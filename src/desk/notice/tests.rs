use super::*;
use crate::desk::view::{Role, User};
use crate::engine::Incident;
use chrono::TimeDelta;

fn now() -> DateTime<Utc> {
    "2025-11-18T12:00:00Z".parse().unwrap()
}

fn team() -> Team {
    let user = |id: &str, role, group: Option<&str>| User {
        id: id.into(),
        role,
        groups: group.map(str::to_owned).into_iter().collect(),
        topics: Vec::new(),
        has_password: false,
    };
    Team(vec![
        user("mara", Role::Head, None),
        user("ana", Role::Employee, Some("loaders")),
        user("ben", Role::Employee, Some("loaders")),
        user("cem", Role::Employee, None),
    ])
}

fn situation(team: &Team) -> Situation<'_> {
    Situation {
        team,
        user: Some("mara"),
        now: now(),
        title: "Orders",
        reason: Some("2 rows refused"),
        done: None,
        node: "Insert",
        process: ("insertion", "Insertion"),
    }
}

fn task(assignee: Option<&str>) -> Task {
    Task {
        id: "t".into(),
        name: "Enter".into(),
        process_instance_id: "p".into(),
        assignee: assignee.map(str::to_owned),
        candidate_groups: vec!["loaders".into()],
        round: 1,
        ..Task::default()
    }
}

/// Kind and recipients of the only notice.
fn reaches(situation: Situation<'_>, event: Event) -> (&'static str, String) {
    let notices = situation.notices(&event);
    assert_eq!(notices.len(), 1, "{notices:?}");
    (notices[0].kind, notices[0].to.join(" "))
}

#[test]
fn assigned_reaches_the_assignee_and_offered_the_candidates() {
    let team = team();
    let created = |assignee| Event::TaskCreated {
        task: task(assignee),
    };
    assert_eq!(
        reaches(situation(&team), created(Some("ana"))),
        ("assigned", "ana".into())
    );
    assert_eq!(
        reaches(situation(&team), created(None)),
        ("offered", "ana ben".into())
    );
    let assigned = |to, from: Option<&str>| Event::TaskAssigned {
        task: task(to),
        from: from.map(str::to_owned),
    };
    let from_ana = assigned(Some("ben"), Some("ana"));
    assert_eq!(
        reaches(situation(&team), from_ana),
        ("assigned", "ben".into())
    );
    let given_back = assigned(None, Some("ana"));
    assert_eq!(
        reaches(situation(&team), given_back),
        ("offered", "ana ben".into())
    );
    let claimed = Situation {
        user: Some("ana"),
        ..situation(&team)
    };
    assert!(
        claimed.notices(&assigned(Some("ana"), None)).is_empty(),
        "who claims knows"
    );
}

#[test]
fn what_came_back_reaches_assignee_and_heads_with_the_reason() {
    let team = team();
    let back = Event::TaskCreated {
        task: Task {
            round: 2,
            ..task(Some("ana"))
        },
    };
    assert_eq!(
        reaches(situation(&team), back.clone()),
        ("cameBack", "ana mara".into())
    );
    assert!(
        situation(&team).notices(&back)[0]
            .text
            .ends_with("2 rows refused")
    );
}

#[test]
fn a_moved_due_date_reaches_whoever_has_the_task_and_did_not_move_it() {
    let team = team();
    let moved = |due: Option<i64>, by: &'static str| {
        let task = Task {
            due: due.map(|minutes| now() + TimeDelta::minutes(minutes)),
            ..task(Some("ana"))
        };
        let (from, to) = (None, None);
        let event = Event::TaskUpdated {
            task,
            property: "dueDate",
            from,
            to,
        };
        let situation = Situation {
            user: Some(by),
            ..situation(&team)
        };
        situation.notices(&event).remove(0)
    };
    let later = moved(Some(90), "mara");
    assert_eq!((later.kind, later.to.join(" ")), ("dueMoved", "ana".into()));
    assert!(later.text.contains("13:30"), "{}", later.text);
    assert!(moved(None, "mara").text.contains("no time any more"));
    assert!(moved(Some(90), "ana").to.is_empty());
}

#[test]
fn rows_that_are_in_are_told_with_their_number() {
    let team = team();
    let done = ExternalTask {
        id: "e".into(),
        ..ExternalTask::default()
    };
    let told = |rows| situation(&team).inserted(&done, "orders", rows, "ana".into());
    assert_eq!(told((12345, 0)).text, "Orders: 12,345 rows are in orders");
    assert_eq!(told((1, 0)).text, "Orders: 1 row is in orders");
    let replaced = "Orders: 1 row is in orders; 1,200 rows that were there are gone";
    assert_eq!(told((1, 1200)).text, replaced);
    assert_eq!(
        (told((1, 0)).kind, told((1, 0)).to),
        ("inserted", vec!["ana".to_owned()])
    );
}

#[test]
fn deadlines_reach_whom_they_concern_once_a_due_date() {
    let team = team();
    let due = |assignee, minutes| Task {
        due: Some(now() + TimeDelta::minutes(minutes)),
        ..task(assignee)
    };
    let soon = situation(&team).due_soon(&due(Some("ana"), 42)).unwrap();
    assert_eq!(
        (soon.kind, soon.to.join(" ").as_str()),
        ("dueSoon", "ana mara")
    );
    assert!(soon.text.contains("42m"), "{}", soon.text);
    let open = situation(&team).due_soon(&due(None, 42)).unwrap();
    assert_eq!(open.to, ["ana", "ben", "mara"]);
    let late = situation(&team).overdue(&due(None, -1)).unwrap();
    assert_eq!((late.kind, late.to.len()), ("overdue", 3));
    assert!(situation(&team).due_soon(&due(None, -1)).is_none());
    assert!(situation(&team).overdue(&due(None, 1)).is_none());
    let later = Situation {
        now: now() + TimeDelta::minutes(5),
        ..situation(&team)
    };
    assert_eq!(later.due_soon(&due(Some("ana"), 42)).unwrap().key, soon.key);
    assert_ne!(later.due_soon(&due(Some("ana"), 43)).unwrap().key, soon.key);
}

#[test]
fn the_end_reaches_the_heads() {
    let team = team();
    let ended = |state| Event::ProcessEnded {
        process_instance_id: "p".into(),
        state,
        reason: Some("not needed".into()),
    };
    let at = |done: Option<i64>| Situation {
        done: Some((
            now(),
            done.map(|minutes| now() + TimeDelta::minutes(minutes)),
        )),
        ..situation(&team)
    };
    let completed = || ended(InstanceState::Completed);
    assert_eq!(
        reaches(at(Some(0)), completed()),
        ("doneInTime", "mara".into())
    );
    assert_eq!(
        reaches(at(Some(-1)), completed()),
        ("doneLate", "mara".into())
    );
    assert_eq!(
        reaches(at(None), completed()),
        ("doneInTime", "mara".into())
    );
    let cancelled = ended(InstanceState::ExternallyTerminated);
    assert_eq!(
        reaches(situation(&team), cancelled),
        ("cancelled", "mara".into())
    );
}

#[test]
fn trouble_reaches_the_heads() {
    let team = team();
    let incident = Event::IncidentCreated {
        incident: Incident {
            id: "i".into(),
            ..Incident::default()
        },
    };
    assert_eq!(
        reaches(situation(&team), incident),
        ("incident", "mara".into())
    );
    let notice = no_worker(&team, 2, now());
    assert_eq!(
        (notice.kind, notice.to.join(" ").as_str()),
        ("noWorker", "mara")
    );
}

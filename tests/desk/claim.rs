//! Who gets a task.

use crate::office::*;
use crewdesk::client::{Client, StartRequest, TaskQuery};
use crewdesk::desk::DeskError;

#[test]
fn of_32_who_claim_at_once_exactly_one_gets_it() {
    let office = Office::new();
    let id = office.launch(insertion("race"));
    let other = office.again();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let race = |n: usize| {
            let user = ["ana", "ben", "cem", "mara"][n % 4];
            let desk = if n.is_multiple_of(2) {
                &office.desk
            } else {
                &other
            };
            let caller = desk.as_user(user, None).unwrap();
            let id = &id;
            scope.spawn(move || (user, desk.claim(&caller, id)))
        };
        let threads: Vec<_> = (0..32).map(race).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let holder = office
        .client("mara")
        .task(&id)
        .unwrap()
        .task
        .assignee
        .unwrap();
    for (user, outcome) in outcomes {
        match outcome {
            // Claiming what one has already is no error.
            Ok(task) => assert_eq!(
                (user, task.assignee.as_deref()),
                (holder.as_str(), Some(user))
            ),
            Err(DeskError::AlreadyClaimed { by }) => assert!(by == holder && user != holder),
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn only_candidates_may_claim() {
    let office = Office::new();
    let id = office.launch(StartRequest {
        candidate_groups: vec!["loaders".into()],
        candidate_users: vec!["mara".into()],
        ..insertion("for loaders")
    });
    assert!(matches!(
        office.client("cem").claim(&id),
        Err(DeskError::Forbidden(_))
    ));
    let task = office.client("ben").claim(&id).unwrap();
    assert_eq!(task.assignee.as_deref(), Some("ben"));
    assert!(
        matches!(office.client("ana").claim(&id), Err(DeskError::AlreadyClaimed { by }) if by == "ben")
    );
    assert!(matches!(
        office.client("ana").unclaim(&id),
        Err(DeskError::Forbidden(_))
    ));
    office.client("ben").unclaim(&id).unwrap();
    assert_eq!(
        office.client("ana").claim(&id).unwrap().assignee.as_deref(),
        Some("ana")
    );
}

#[test]
fn a_task_is_handed_over_by_its_holder_or_a_head_to_people_only() {
    let office = Office::new();
    let id = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("x")
    });
    assert!(matches!(
        office.client("cem").assign(&id, Some("cem")),
        Err(DeskError::Forbidden(_))
    ));
    assert!(office.client("ana").assign(&id, Some("zoe")).is_err());
    assert!(office.client("ana").assign(&id, Some("w1")).is_err());
    office.client("ana").assign(&id, Some("ben")).unwrap();
    office.client("mara").assign(&id, Some("cem")).unwrap();
    let mine = TaskQuery {
        mine: true,
        ..TaskQuery::default()
    };
    assert_eq!(office.client("cem").tasks(mine.clone()).unwrap().total, 1);
    assert_eq!(office.client("ben").tasks(mine).unwrap().total, 0);
}

#[test]
fn an_employee_sees_what_is_theirs_or_open_to_them() {
    let office = Office::new();
    office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("of ana")
    });
    office.launch(StartRequest {
        candidate_groups: vec!["loaders".into()],
        ..insertion("loaders")
    });
    office.launch(insertion("everybody"));
    let titles = |user: &str, query: TaskQuery| -> Vec<String> {
        let page = office.client(user).tasks(query).unwrap();
        let mut titles: Vec<_> = page.items.into_iter().filter_map(|t| t.title).collect();
        titles.sort();
        titles
    };
    let all = TaskQuery::default;
    let claimable = || TaskQuery {
        claimable: true,
        ..TaskQuery::default()
    };
    assert_eq!(titles("ana", all()), ["everybody", "loaders", "of ana"]);
    assert_eq!(titles("ana", claimable()), ["everybody", "loaders"]);
    assert_eq!(titles("cem", all()), ["everybody"]);
    assert_eq!(titles("mara", all()), ["everybody", "loaders", "of ana"]);
    let text = TaskQuery {
        text: Some("LOAD".into()),
        ..TaskQuery::default()
    };
    assert_eq!(titles("ben", text), ["loaders"]);
}

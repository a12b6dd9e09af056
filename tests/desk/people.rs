//! Who may do what.

use crate::office::*;
use crewdesk::client::{Client, Embedded, Role, StartRequest};
use crewdesk::desk::{Caller, DeskError};

#[test]
fn the_first_user_is_a_head_and_nobody_else_comes_in_unasked() {
    let office = Office::new();
    let nobody = Embedded::new(office.desk.clone(), Caller::Nobody);
    assert!(matches!(
        nobody.add_user("eve", Role::Head, &[], None),
        Err(DeskError::Forbidden(_))
    ));
    assert!(matches!(
        nobody.tasks(Default::default()),
        Err(DeskError::Forbidden(_))
    ));
    assert!(matches!(
        office.desk.as_user("eve", None),
        Err(DeskError::NotFound(_))
    ));
    let ana = office.client("ana");
    assert!(matches!(
        ana.add_user("eve", Role::Employee, &[], None),
        Err(DeskError::Forbidden(_))
    ));
    let mara = office.client("mara");
    assert!(matches!(
        mara.add_user("ana", Role::Employee, &[], None),
        Err(DeskError::Conflict(_))
    ));
    assert!(matches!(
        mara.add_user("a,b", Role::Employee, &[], None),
        Err(DeskError::Invalid(_))
    ));
}

#[test]
fn a_new_desk_begins_with_a_head() {
    let folder = tempfile::tempdir().unwrap();
    let desk =
        crewdesk::desk::Desk::open(&folder.path().join("new.db"), Default::default()).unwrap();
    let nobody = Embedded::new(desk, Caller::Nobody);
    assert!(matches!(
        nobody.add_user("ana", Role::Employee, &[], None),
        Err(DeskError::Invalid(_))
    ));
    assert_eq!(
        nobody.add_user("mara", Role::Head, &[], None).unwrap().role,
        Role::Head
    );
}

#[test]
fn a_password_is_asked_for_once_it_is_set() {
    let office = Office::new();
    office
        .client("ana")
        .set_password("ana", Some("battery staple"))
        .unwrap();
    assert!(
        office
            .client("mara")
            .users()
            .unwrap()
            .iter()
            .any(|u| u.id == "ana" && u.has_password)
    );
    assert!(matches!(
        office.desk.as_user("ana", None),
        Err(DeskError::Forbidden(_))
    ));
    assert!(matches!(
        office.desk.as_user("ana", Some("wrong")),
        Err(DeskError::Forbidden(_))
    ));
    assert!(office.desk.as_user("ana", Some("battery staple")).is_ok());
    assert!(matches!(
        office.client("ben").set_password("ana", None),
        Err(DeskError::Forbidden(_))
    ));
    office.client("mara").set_password("ana", None).unwrap();
    assert!(office.desk.as_user("ana", None).is_ok());
}

/// Each row: what is tried, and whether head, employee, worker may (on what is another's).
#[test]
fn roles_are_held_to_the_table() {
    let office = Office::new();
    let id = office.launch(StartRequest {
        assignee: Some("ben".into()),
        ..insertion("x")
    });
    let instance = office
        .client("mara")
        .task(&id)
        .unwrap()
        .task
        .process_instance_id;
    let model = || vec![("p.bpmn".to_owned(), PLAIN.as_bytes().to_vec())];
    type Try<'a> = Box<dyn Fn(&Embedded) -> Result<(), DeskError> + 'a>;
    let tries: Vec<(&str, [bool; 3], Try<'_>)> = vec![
        (
            "deploy",
            [true, false, false],
            Box::new(|c| c.deploy(model()).map(drop)),
        ),
        (
            "start",
            [true, false, false],
            Box::new(|c| c.start(insertion("y")).map(drop)),
        ),
        (
            "start form",
            [true, false, false],
            Box::new(|c| c.start_form("database-insertion").map(drop)),
        ),
        (
            "see task",
            [true, false, false],
            Box::new(|c| c.task(&id).map(drop)),
        ),
        (
            "due",
            [true, false, false],
            Box::new(|c| c.set_due(&id, None).map(drop)),
        ),
        (
            "priority",
            [true, false, false],
            Box::new(|c| c.set_priority(&id, 60).map(drop)),
        ),
        (
            "draft",
            [true, false, false],
            Box::new(|c| c.save_draft(&id, &typed(&[]))),
        ),
        (
            "instance",
            [true, false, false],
            Box::new(|c| c.instance(&instance).map(drop)),
        ),
        (
            "history",
            [true, false, false],
            Box::new(|c| c.history(&instance).map(drop)),
        ),
        (
            "diagram",
            [true, false, false],
            Box::new(|c| c.diagram(&instance).map(drop)),
        ),
        (
            "retry",
            [true, false, false],
            Box::new(|c| c.retry(&instance).map(drop)),
        ),
        (
            "users",
            [true, true, false],
            Box::new(|c| c.users().map(drop)),
        ),
        (
            "connections",
            [true, true, false],
            Box::new(|c| c.connections().map(drop)),
        ),
        (
            "add connection",
            [true, false, false],
            Box::new(|c| c.add_connection("c", "sqlite:/tmp/x.db", None).map(drop)),
        ),
        (
            "cancel",
            [true, false, false],
            Box::new(|c| c.cancel(&instance, "enough")),
        ),
    ];
    for (what, allowed, attempt) in tries {
        for (user, may) in ["mara", "ana", "w1"].into_iter().zip(allowed).rev() {
            let outcome = attempt(&office.client(user));
            let forbidden = matches!(outcome, Err(DeskError::Forbidden(_)));
            assert_eq!(forbidden, !may, "{what} by {user}: {outcome:?}");
            assert!(
                forbidden || outcome.is_ok(),
                "{what} by {user}: {outcome:?}"
            );
        }
    }
}

#[test]
fn external_tasks_are_for_workers() {
    let office = Office::new();
    for user in ["mara", "ana"] {
        let caller = office.desk.as_user(user, None).unwrap();
        let outcome = office.desk.acquire_jobs(&caller, "x", 1);
        assert!(matches!(outcome, Err(DeskError::Forbidden(_))), "{user}");
    }
    assert!(office.desk.acquire_jobs(&office.worker(), "w1", 1).is_ok());
}

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
            Box::new(|c| c.save_draft(&id, &typed(&[]), None).map(drop)),
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

#[test]
fn the_tasks_of_somebody_who_leaves_go_on() {
    let office = Office::new();
    let mara = office.client("mara");
    let to = |who: &str| StartRequest {
        assignee: Some(who.to_owned()),
        ..insertion("Orders")
    };
    let instance = |task: &str| mara.task(task).unwrap().task.process_instance_id;
    let first = instance(&office.launch(to("ana")));
    let second = instance(&office.launch(to("ben")));
    let task_of = |instance: &str| mara.instance(instance).unwrap().tasks.remove(0);
    let sales = office.folder.path().join("sales.db");
    mara.add_connection("sales", &format!("sqlite:{}", sales.display()), None)
        .unwrap();

    // Ana sends hers; she is gone when it comes back.
    let ana = office.client("ana");
    let file = office.csv().display().to_string();
    let form = typed(&[
        ("connection", "sales"),
        ("tableName", "orders"),
        ("dataFrame", &file),
    ]);
    ana.complete_form(&task_of(&first).id, &form).unwrap();

    assert!(matches!(
        ana.remove_user("ben", None),
        Err(DeskError::Forbidden(_))
    ));
    assert!(matches!(
        mara.remove_user("mara", None),
        Err(DeskError::Invalid(_))
    ));
    assert!(matches!(
        mara.remove_user("nobody", None),
        Err(DeskError::NotFound(_))
    ));
    assert!(matches!(
        mara.change_user("mara", Some(Role::Employee), None),
        Err(DeskError::Conflict(_))
    ));
    assert!(matches!(
        mara.change_user("ben", Some(Role::Worker), None),
        Err(DeskError::Conflict(_))
    ));
    let gone = mara.remove_user("ana", Some("ben")).unwrap();
    assert_eq!((gone.tasks, gone.successor.as_deref()), (0, Some("ben")));
    let locked = office.lock("insertion", &[]).unwrap();
    office.finish_insertion(&locked, false);
    assert_eq!(task_of(&first).assignee.as_deref(), Some("ben"));

    // Without a successor both are free to claim.
    let gone = mara.remove_user("ben", None).unwrap();
    assert_eq!((gone.tasks, gone.successor), (2, None));
    assert_eq!(task_of(&first).assignee, None);
    assert_eq!(task_of(&second).assignee, None);
    assert!(
        mara.users()
            .unwrap()
            .iter()
            .all(|u| u.id != "ana" && u.id != "ben")
    );
    // What they did still counts.
    let load = mara.workload().unwrap();
    let left: Vec<_> = load.iter().filter(|work| work.left).collect();
    assert_eq!(left.len(), 1, "{load:?}");
    assert_eq!((left[0].user_id.as_deref(), left[0].done), (Some("ana"), 1));
    // Who they were stands in the history.
    let history = mara.history(&first).unwrap();
    assert!(history.iter().any(|e| e.text.contains("ana")));
}

#[test]
fn role_and_groups_are_changed() {
    let office = Office::new();
    let mara = office.client("mara");
    let groups = ["night".to_owned(), "night".to_owned()];
    let ben = mara
        .change_user("ben", Some(Role::Head), Some(&groups))
        .unwrap();
    assert_eq!(
        (ben.role, ben.groups),
        (Role::Head, vec!["night".to_owned()])
    );
    let same = mara.change_user("ben", None, None).unwrap();
    assert_eq!((same.role, same.groups.len()), (Role::Head, 1));
    // Now there are two heads, and one may become something else.
    assert!(mara.change_user("mara", Some(Role::Employee), None).is_ok());
}

#[test]
fn what_is_said_stands_in_the_history() {
    let office = Office::new();
    let task = office.launch(StartRequest {
        assignee: Some("ana".to_owned()),
        ..insertion("Orders")
    });
    let (mara, ana) = (office.client("mara"), office.client("ana"));
    let task = mara.task(&task).unwrap().task;
    let instance = task.process_instance_id.clone();
    ana.comment_task(&task.id, " the file is late today ")
        .unwrap();
    mara.comment_instance(&instance, "wait for it").unwrap();
    let said: Vec<String> = mara
        .history(&instance)
        .unwrap()
        .into_iter()
        .filter(|e| e.kind == "comment")
        .map(|e| e.text)
        .collect();
    assert_eq!(said, ["ana: the file is late today", "mara: wait for it"]);
    for text in ["", "  ", &"x".repeat(4001)] {
        assert!(matches!(
            ana.comment_task(&task.id, text),
            Err(DeskError::Invalid(_))
        ));
    }
    let ben = office.client("ben");
    assert!(matches!(
        ben.comment_task(&task.id, "hello"),
        Err(DeskError::Forbidden(_))
    ));
}

//! What an instance tells of itself.

use crate::office::*;
use crewdesk::client::{Client, InstanceQuery, StartRequest};

#[test]
fn the_rounds_of_an_insertion_can_be_read() {
    let office = Office::new();
    let (mara, ana) = (office.client("mara"), office.client("ana"));
    let id = office.launch(StartRequest {
        candidate_users: vec!["ana".into()],
        ..insertion("Orders")
    });
    let instance = ana.claim(&id).unwrap().process_instance_id;
    let csv = office.csv();
    let fields = [
        ("databaseName", "/tmp/t.db"),
        ("tableName", "orders"),
        ("dataFrame", csv.to_str().unwrap()),
    ];
    ana.complete_form(&id, &typed(&fields)).unwrap();
    let diagram = mara.diagram(&instance).unwrap();
    assert_eq!(diagram.tokens.get("insert-rows"), Some(&1));
    office.finish_insertion(&office.lock("insertion", &[]).unwrap(), false);
    let back = mara.instance(&instance).unwrap();
    assert_eq!(
        (back.instance.round, back.active_activity_ids.as_slice()),
        (2, &["enter-data".to_owned()][..])
    );
    assert_eq!(back.activities[0].activity_type, "userTask");
    ana.complete_form(&back.tasks[0].id, &typed(&[])).unwrap();
    office.finish_insertion(&office.lock("insertion", &[]).unwrap(), true);

    let history = ana.history(&instance).unwrap();
    let told: Vec<_> = history.iter().map(|e| (e.kind.as_str(), e.round)).collect();
    let expected = [
        ("started", None),
        ("created", Some(1)),
        ("claimed", Some(1)),
        ("completed", Some(1)),
        ("queued", Some(1)),
        ("inserted", Some(1)),
        ("checked", Some(1)),
        ("cameBack", Some(2)),
        ("completed", Some(2)),
        ("queued", Some(2)),
        ("inserted", Some(2)),
        ("checked", Some(2)),
        ("ended", Some(2)),
    ];
    assert_eq!(told, expected, "{history:#?}");
    assert!(
        history[6].text.contains("0, 8 of 10"),
        "{}",
        history[6].text
    );
    assert_eq!(history[8].text, "ana completed Enter the data, try 2");
    let diagram = mara.diagram(&instance).unwrap();
    assert_eq!((diagram.visits["enter-data"], diagram.tokens.len()), (2, 0));
    let found = mara.instance(&instance[..8]).map(|d| d.instance.id);
    assert!(found.is_ok_and(|id| id == instance) || instance.len() < 8);
}

#[test]
fn an_instance_shows_only_to_whom_it_concerns() {
    let office = Office::new();
    let id = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("Orders")
    });
    let instance = office
        .client("ana")
        .task(&id)
        .unwrap()
        .task
        .process_instance_id;
    assert!(office.client("ana").instance(&instance).is_ok());
    assert!(office.client("ben").instance(&instance).is_err());
    let listed = |user: &str| {
        office
            .client(user)
            .instances(Default::default())
            .unwrap()
            .total
    };
    assert_eq!((listed("mara"), listed("ana"), listed("ben")), (1, 1, 0));
    office
        .client("mara")
        .cancel(&instance, "not needed")
        .unwrap();
    let detail = office.client("mara").instance(&instance).unwrap().instance;
    assert_eq!(
        (detail.state.as_str(), detail.delete_reason.as_deref()),
        ("EXTERNALLY_TERMINATED", Some("not needed"))
    );
    assert!(office.client("mara").cancel(&instance, " ").is_err());
}

#[test]
fn what_has_ended_is_listed_by_when_it_ended() {
    let office = Office::new();
    let mara = office.client("mara");
    let launch = |title: &str| {
        let task = office.launch(insertion(title));
        mara.task(&task).unwrap().task.process_instance_id
    };
    let instances = ["a", "b", "c"].map(launch);
    for ended in [1, 2, 0] {
        office.clock.advance(std::time::Duration::from_secs(1));
        mara.cancel(&instances[ended], "not needed").unwrap();
    }
    let done = InstanceQuery {
        ended: true,
        ..Default::default()
    };
    let listed = mara.instances(done).unwrap().items;
    let listed: Vec<_> = listed.iter().map(|i| i.title.as_deref()).collect();
    assert_eq!(listed, [Some("a"), Some("c"), Some("b")]);
}

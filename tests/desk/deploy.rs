//! Deploying models.

use crate::office::*;
use crewdesk::client::Client;
use crewdesk::desk::{DeskError, shipped};

fn file(name: &str, text: &str) -> (String, Vec<u8>) {
    (name.to_owned(), text.as_bytes().to_vec())
}

#[test]
fn a_new_desk_has_what_ships_and_opening_again_adds_nothing() {
    let office = Office::new();
    office.again();
    let definitions = office.client("mara").definitions().unwrap();
    let keys: Vec<_> = definitions
        .iter()
        .map(|d| (d.key.as_str(), d.version))
        .collect();
    assert_eq!(keys, [("database-insertion", 1), ("spark-insertion", 1)]);
    assert!(definitions[0].id.starts_with("database-insertion:1:"));
    assert!(
        office.client("ana").definitions().unwrap().is_empty(),
        "employees start nothing unasked"
    );
}

#[test]
fn unchanged_files_make_no_new_version_and_changed_ones_do() {
    let office = Office::new();
    let mara = office.client("mara");
    let shipped = shipped::FILES
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()));
    let again = mara.deploy(shipped.collect()).unwrap();
    assert!(again.deployed_process_definitions.is_empty());
    assert!(again.deployed_decision_definitions.is_empty());

    assert_eq!(
        mara.deploy(vec![file("p.bpmn", PLAIN)])
            .unwrap()
            .deployed_process_definitions[0]
            .version,
        1
    );
    assert!(
        mara.deploy(vec![file("p.bpmn", PLAIN)])
            .unwrap()
            .deployed_process_definitions
            .is_empty()
    );
    let changed = PLAIN.replace("Do it", "Do it well");
    let deployed = mara.deploy(vec![file("p.bpmn", &changed)]).unwrap();
    assert_eq!(deployed.deployed_process_definitions[0].version, 2);
    let id = office.launch(crewdesk::client::StartRequest {
        key: "plain".into(),
        ..Default::default()
    });
    assert_eq!(mara.task(&id).unwrap().task.name, "Do it well");
}

#[test]
fn all_problems_of_all_files_come_at_once_and_nothing_is_deployed() {
    let office = Office::new();
    let mara = office.client("mara");
    let broken = PLAIN.replace("targetRef=\"end\"", "targetRef=\"nowhere\"");
    let files = vec![
        file("good.bpmn", PLAIN),
        file("broken.bpmn", &broken.replace("\"plain\"", "\"other\"")),
        file("text.dmn", "no xml"),
        file("notes.txt", "what is this"),
    ];
    let Err(DeskError::Model(problems)) = mara.deploy(files) else {
        panic!("deployed");
    };
    for name in ["broken.bpmn:", "text.dmn:", "notes.txt:1:1:"] {
        assert!(
            problems.iter().any(|p| p.starts_with(name)),
            "{name} {problems:#?}"
        );
    }
    assert!(!problems.iter().any(|p| p.starts_with("good.bpmn")));
    assert_eq!(mara.definitions().unwrap().len(), 2);
    let twice = vec![file("a.bpmn", PLAIN), file("b.bpmn", PLAIN)];
    assert!(matches!(mara.deploy(twice), Err(DeskError::Model(_))));
}

#[test]
fn a_decision_that_is_missing_is_a_warning() {
    let office = Office::new();
    let (name, bytes) = shipped::FILES[0];
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let text = text.replace("decisionRef=\"insertion-check\"", "decisionRef=\"no-such\"");
    let deployed = office
        .client("mara")
        .deploy(vec![file(name, &text)])
        .unwrap();
    assert!(
        deployed
            .warnings
            .iter()
            .any(|w| w.contains("no-such") && w.contains("warning")),
        "{:?}",
        deployed.warnings
    );
}

#[test]
fn a_plan_says_what_would_be_new_and_makes_nothing() {
    let office = Office::new();
    let mara = office.client("mara");
    let before = mara.definitions().unwrap();
    let file = include_bytes!("../../process-models/database-insertion.bpmn");
    let same = vec![("database-insertion.bpmn".to_owned(), file.to_vec())];
    assert!(
        mara.plan_deployment(same)
            .unwrap()
            .deployed_process_definitions
            .is_empty()
    );
    let text = String::from_utf8_lossy(file).replace("Database insertion", "Insertion");
    let plan = mara
        .plan_deployment(vec![("a.bpmn".to_owned(), text.into_bytes())])
        .unwrap();
    let [new] = plan.deployed_process_definitions.as_slice() else {
        panic!("{plan:?}");
    };
    assert_eq!((new.key.as_str(), new.version), ("database-insertion", 2));
    assert_eq!(mara.definitions().unwrap(), before);
    let broken = vec![("b.bpmn".to_owned(), b"<a".to_vec())];
    assert!(
        matches!(mara.plan_deployment(broken), Err(DeskError::Model(problems)) if problems[0].starts_with("b.bpmn:"))
    );
}

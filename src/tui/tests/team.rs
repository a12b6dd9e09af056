//! What a head does for the team: people, models, and a job once more.

use super::Desk;
use crate::client::{DeskError, Role};
use crate::tui::state::Scope;

#[test]
fn a_person_gets_another_role_and_groups_and_back() {
    let mut desk = Desk::of("mara", 80, 24);
    let ben = |desk: &Desk| {
        let data = desk.client.data();
        let ben = data.users.iter().find(|u| u.id == "ben").cloned().unwrap();
        (ben.role, ben.groups.join(","))
    };
    let before = ben(&desk);
    desk.keys("4 down down enter right tab ctrl-u")
        .types("loaders, night");
    desk.keys("alt-c");
    assert_eq!(ben(&desk), (Role::Head, "loaders,night".to_owned()));
    desk.keys("u");
    assert_eq!(ben(&desk), before);
}

#[test]
fn whoever_leaves_hands_over() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("4 down x");
    assert!(desk.shows("open task"), "{}", desk.text());
    desk.types("be").keys("tab enter");
    assert!(desk.shows("Removed ana; ben has"), "{}", desk.text());
    let data = desk.client.data();
    assert!(data.users.iter().all(|u| u.id != "ana"));
    assert!(
        data.tasks
            .iter()
            .all(|t| t.assignee.as_deref() != Some("ana"))
    );
}

#[test]
fn a_comment_stands_in_the_timeline() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("m").types("the file is late").keys("alt-c");
    assert!(desk.shows("Said"), "{}", desk.text());
    desk.keys("h");
    assert!(desk.shows("ana: the file is late"), "{}", desk.text());
}

#[test]
fn a_job_is_launched_again_with_its_values() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("2 N");
    assert_eq!(desk.state().scope(), Scope::Launch);
    let form = desk.state().form().unwrap();
    assert_eq!(form.text("tableName").as_deref(), Some("orders"));
    assert!(form.text("title").is_some());
    assert_eq!(form.text("@due"), None, "when it was due is past");
}

#[test]
fn models_are_deployed_all_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stock.bpmn");
    std::fs::write(&path, "<definitions/>").unwrap();
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("2 D").types(path.to_str().unwrap());
    desk.client.data().refuse = Some(DeskError::Model(vec![
        "stock.bpmn:3:7: start: a start event needs an outgoing flow".to_owned(),
    ]));
    desk.keys("esc enter enter");
    for text in [
        "stock.bpmn",
        "1 problem",
        "stock.bpmn:3:7",
        "needs an outgoing flow",
    ] {
        assert!(desk.shows(text), "{text}: {}", desk.text());
    }
    desk.keys("alt-c");
    assert_eq!(desk.state().scope(), Scope::Deploy, "nothing is deployed");
    // Fixed and added once more, it takes the place of the first.
    desk.types(path.to_str().unwrap()).keys("esc enter enter");
    assert!(desk.shows("v3 becomes v4"), "{}", desk.text());
    assert!(!desk.shows("PROBLEMS"), "{}", desk.text());
    desk.keys("esc c");
    assert_eq!(desk.state().scope(), Scope::Jobs, "{}", desk.text());
}

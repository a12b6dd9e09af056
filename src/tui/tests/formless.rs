//! Processes and tasks whose form asks for nothing: variables are said instead.

use super::Desk;
use crate::client::value::Value;

fn desk(user: &str, width: u16, height: u16) -> Desk {
    let desk = Desk::of(user, width, height);
    desk.client.data().formless = true;
    desk
}

#[test]
fn a_process_is_launched_with_variables() {
    let mut desk = desk("mara", 120, 40);
    desk.keys("n enter")
        .click("Variables")
        .types("packer=ana")
        .keys("enter")
        .types("count:=five");
    desk.keys("esc c");
    assert!(desk.client.data().started.is_empty());
    assert!(
        desk.shows("count: what follows := is not JSON"),
        "{}",
        desk.text()
    );
    desk.click("count")
        .keys("end backspace backspace backspace backspace")
        .types("5");
    desk.keys("esc c");
    let data = desk.client.data();
    let variables = &data.started[0].variables;
    assert_eq!(variables["packer"], Value::from("ana"));
    assert_eq!(variables["count"], Value::Integer(5));
    assert_eq!(variables.len(), 2);
}

#[test]
fn a_task_is_completed_with_variables_or_at_once() {
    let mut desk = desk("ana", 120, 40);
    desk.keys("down enter")
        .click("Variables")
        .types("weight:=2.5")
        .later(1);
    let sent = |desk: &Desk| desk.client.data().completed.last().cloned().unwrap().1;
    // What was typed is kept as that of a form is.
    let drafts = desk.client.data().drafts.clone();
    assert!(
        drafts
            .values()
            .any(|draft| draft["@variables"] == "weight:=2.5")
    );
    desk.keys("alt-c");
    assert_eq!(sent(&desk)["weight"], "2.5");
    desk.keys("enter enter");
    assert_eq!(desk.client.data().completed.len(), 2, "{}", desk.text());
    assert!(sent(&desk).is_empty());
}

#[test]
fn a_preview_is_offered_where_rows_are_inserted() {
    let mut formless = desk("ana", 80, 24);
    formless.keys("down enter").click("Variables").types("a");
    let footer = |desk: &Desk| desk.text().lines().rev().nth(1).unwrap_or("").to_owned();
    let without = footer(&formless);
    assert!(
        without.contains("TYPING") && !without.contains("preview"),
        "{without}"
    );
    let mut insertion = Desk::of("ana", 80, 24);
    insertion.keys("down enter").types("a");
    let with = footer(&insertion);
    assert!(with.contains("Alt-p preview"), "{with}");
}

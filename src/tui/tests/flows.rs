//! What people do, from key to desk and back.

use super::Desk;
use crate::client::{DeskError, Notification};
use crate::tui::effect::Action;
use crate::tui::screen::instance;
use crate::tui::state::{Page, Scope};

/// Whose a task is.
pub fn assignee(desk: &Desk, id: &str) -> Option<String> {
    desk.client
        .data()
        .tasks
        .iter()
        .find(|t| t.id == id)
        .and_then(|t| t.assignee.clone())
}

#[test]
fn why_a_command_is_not_available() {
    let mut desk = Desk::of("ana", 120, 40);
    desk.keys("c");
    assert!(desk.shows("yours already"), "{}", desk.text());
    desk.keys("d");
    assert!(desk.shows("only a team head can"));
}

#[test]
fn cancel_wants_a_reason() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("2 x enter");
    assert!(desk.client.data().cancelled.is_empty());
    desk.types("wrong file").keys("enter");
    assert_eq!(
        desk.client.data().cancelled,
        [("inst-customers".to_owned(), "wrong file".to_owned())]
    );
}

#[test]
fn reassign_and_undo() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("2 r").types("ben").keys("enter");
    assert_eq!(assignee(&desk, "task-customers").as_deref(), Some("ben"));
    desk.keys("u");
    assert_eq!(assignee(&desk, "task-customers").as_deref(), Some("ana"));
}

#[test]
fn a_due_date_moves_and_moves_back() {
    let mut desk = Desk::of("mara", 80, 24);
    let due = |desk: &Desk| desk.client.data().tasks[0].due;
    let before = due(&desk);
    desk.keys("2 d").types("+2d").keys("enter");
    assert_eq!(
        due(&desk).unwrap() - super::clock().now,
        chrono::Duration::days(2)
    );
    desk.keys("u");
    assert_eq!(due(&desk), before);
}

#[test]
fn a_dialog_shows_what_the_desk_says() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("4 n").types("ana").keys("tab tab tab tab enter");
    assert!(desk.shows("ana is taken"), "{}", desk.text());
    desk.types("2").keys("tab tab tab tab enter");
    assert!(desk.client.data().users.iter().any(|u| u.id == "ana2"));
}

#[test]
fn the_palette_runs_commands() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys(":").types("launch an inst").keys("enter");
    assert_eq!(desk.state().scope(), Scope::Launch);
    desk.keys("esc esc");
    assert_eq!(desk.state().scope(), Scope::Today);
}

#[test]
fn news_are_told_once() {
    let mut desk = Desk::of("ana", 80, 24);
    assert!(desk.outside.is_empty(), "what was there already is no news");
    let news = Notification {
        id: 9,
        text: "mara gave you Prices".into(),
        ..desk.client.data().notes[0].clone()
    };
    desk.client.data().notes.insert(0, news);
    desk.act(Action::Changed);
    desk.draw();
    assert_eq!(desk.outside, ["alert mara gave you Prices"]);
    assert!(desk.shows("mara gave you Prices"));
    desk.act(Action::Changed);
    assert_eq!(desk.outside.len(), 1);
}

#[test]
fn trouble_with_the_desk_is_in_the_status_bar() {
    let mut desk = Desk::of("ana", 80, 24);
    let effects = crate::tui::effect::load(
        desk.state(),
        |s| Some(&mut s.status),
        crate::tui::effect::nothing,
        crate::tui::effect::nothing,
        "the status",
        |_| Err(DeskError::Storage("the desk's file is gone".into())),
    );
    desk.perform(effects);
    desk.draw();
    assert!(desk.shows("the desk's file is gone"));
    assert!(
        desk.shows("Customers EU"),
        "what is known stays on the screen"
    );
}

#[test]
fn an_old_answer_does_not_reach_another_page() {
    let mut desk = Desk::of("mara", 80, 24);
    let late = instance::open(desk.state(), "inst-orders".into(), 0);
    desk.keys("esc");
    let now = instance::open(desk.state(), "inst-prices".into(), 0);
    desk.perform(now);
    desk.perform(late);
    match desk.state().pages.last() {
        Some(Page::Instance(page)) => {
            assert_eq!(
                page.slot.data.as_ref().unwrap().detail.instance.id,
                "inst-prices"
            );
        }
        _ => panic!("an instance is open"),
    }
}

#[test]
fn the_mouse_reaches_tabs_rows_and_hints() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.click("People");
    assert_eq!(desk.state().scope(), Scope::People);
    desk.click("? all keys");
    assert!(desk.shows("Keys on this screen"));
    desk.keys("esc")
        .click("Jobs")
        .click("Suppliers")
        .click("Suppliers");
    assert_eq!(desk.state().scope(), Scope::Instance);
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.client.data().tasks[0].title = Some("a\u{1b}[31m\u{7}b\nc".into());
    desk.act(Action::Changed);
    desk.draw();
    assert!(
        desk.buffer()
            .content()
            .iter()
            .all(|cell| !cell.symbol().contains(char::is_control))
    );
}

#[test]
fn help_says_why_not_however_narrow_the_screen_is() {
    let mut desk = Desk::of("ana", 60, 20);
    desk.keys("?").types("reassign");
    assert!(desk.shows("nothing to undo"), "{}", desk.text());
    let mut desk = Desk::of("ana", 60, 20);
    desk.keys("?").types("due date");
    assert!(desk.shows("only a team head can"), "{}", desk.text());
}

//! Choosing from lists in forms, and reading a thing in full.

use super::Desk;
use crate::tui::state::Scope;

#[test]
fn a_table_is_chosen_from_those_of_the_connection() {
    let mut desk = Desk::of("ana", 80, 24);
    // The form of a task opens at the table, which is missing.
    desk.keys("enter space");
    for table in ["orders", "customers", "prices"] {
        assert!(desk.shows(table), "{}", desk.text());
    }
    desk.keys("esc").types("rcs");
    desk.keys("ctrl-u").types("cst").keys("down enter");
    let text = |desk: &mut Desk| desk.state().form().unwrap().text("tableName");
    assert_eq!(text(&mut desk).as_deref(), Some("customers"));
    // What is typed is never turned into what is listed.
    desk.keys("ctrl-u").types("ord").keys("enter");
    assert_eq!(text(&mut desk).as_deref(), Some("ord"));
}

#[test]
fn a_table_is_chosen_by_mouse() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("enter");
    let (_, row) = desk.find("Table").unwrap();
    let column = 76;
    assert_eq!(desk.buffer()[(column, row)].symbol(), "▾");
    desk.click_at(column, row);
    // The help under the field names them, too.
    let (column, row) = desk.find("│ prices").unwrap();
    desk.click_at(column + 2, row);
    let text = desk.state().form().unwrap().text("tableName");
    assert_eq!(text.as_deref(), Some("prices"));
}

#[test]
fn radio_buttons_are_clicked() {
    let mut desk = Desk::of("ana", 120, 40);
    desk.keys("enter").click("○ ");
    let mode = desk.state().form().unwrap().text("mode");
    assert_eq!(mode.as_deref(), Some("replace"));
}

#[test]
fn several_people_are_chosen_one_after_the_other() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("n enter tab tab tab tab space down enter");
    let people = |desk: &mut Desk| {
        desk.state()
            .form()
            .unwrap()
            .text("@for")
            .unwrap_or_default()
    };
    let first = people(&mut desk);
    assert!(!first.is_empty(), "{}", desk.text());
    desk.keys("space enter");
    let both = people(&mut desk);
    assert!(both.starts_with(&format!("{first}, ")), "{both}");
    assert_eq!(both.matches(&first).count(), 1, "nobody twice: {both}");
}

#[test]
fn whom_to_give_a_task_to_is_filtered() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("3 r").types("bn").keys("tab");
    assert!(desk.shows("[ben "), "{}", desk.text());
}

#[test]
fn a_variable_is_read_in_full_and_copied() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("2 enter v enter");
    assert_eq!(desk.state().scope(), Scope::Sheet);
    desk.keys("y esc");
    assert_eq!(desk.state().scope(), Scope::Instance);
    assert!(desk.outside.iter().any(|t| t.starts_with("copy ")));
    // A secret is a mask, and not even that is copied.
    let copies = desk.outside.len();
    desk.keys("down down down y enter");
    assert!(desk.shows("******"), "{}", desk.text());
    desk.keys("y");
    assert_eq!(desk.outside.len(), copies);
}

#[test]
fn an_event_is_read_in_full() {
    let mut desk = Desk::of("mara", 60, 20);
    desk.keys("2 enter h down enter");
    assert_eq!(desk.state().scope(), Scope::Sheet);
    assert!(desk.shows("came back to ana"), "{}", desk.text());
}

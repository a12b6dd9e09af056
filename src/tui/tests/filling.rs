//! Filling in a task: its fields, the preview, completing it.

use super::Desk;
use crate::client::{DeskError, FieldError, InsertedBefore};
use crate::tui::effect::Action;
use crate::tui::form::{Field, Input};
use crate::tui::state::Scope;

#[test]
fn what_the_preview_suggests_is_taken_over_by_one_key() {
    let mut desk = Desk::of("ana", 120, 40);
    desk.keys("down enter esc s");
    let nothing = "Take over: the preview suggests nothing";
    assert!(desk.shows(nothing), "{}", desk.text());
    let columns = Field::new("columns", "Columns", Input::Lines(Box::default()));
    desk.state().form().unwrap().fields.push(columns);
    desk.client.data().suggested = Some("amount = Betrag\n- Notes".into());
    desk.keys("enter").later(1).keys("esc");
    for told in [
        "s takes over what the preview suggests:",
        "amount = Betrag, - Notes",
        "none goes in",
    ] {
        assert!(desk.shows(told), "{}", desk.text());
    }
    desk.keys("s");
    assert!(desk.shows("Taken over: Columns"), "{}", desk.text());
    let columns = |desk: &mut Desk| desk.state().form().unwrap().text("columns");
    let taken = columns(&mut desk);
    assert_eq!(taken.as_deref(), Some("amount = Betrag\n- Notes"));
    // What is said already stays; while one types the key goes with Alt.
    desk.client.data().suggested = Some("b = c".into());
    desk.keys("enter").later(1).keys("alt-s");
    let taken = columns(&mut desk);
    assert_eq!(taken.as_deref(), Some("amount = Betrag\n- Notes\nb = c"));
}

#[test]
fn complete_checks_first() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("enter esc c");
    assert!(desk.shows("fill this in"));
    assert!(desk.client.data().completed.is_empty());
    desk.types("customers")
        .keys("tab")
        .types("/in/c.csv")
        .keys("esc c enter");
    assert_eq!(desk.client.data().completed.len(), 1);
    assert!(desk.shows("Completed Customers EU"));
    assert_eq!(desk.state().scope(), Scope::Inbox);
}

#[test]
fn complete_asks_when_rows_would_be_refused() {
    let mut desk = Desk::of("ana", 120, 40);
    desk.keys("down enter esc").later(1);
    assert!(desk.shows("18,203 rows fit"), "{}", desk.text());
    desk.keys("c");
    assert!(desk.shows("1 row would be refused"));
    assert!(desk.client.data().completed.is_empty());
    desk.keys("enter");
    assert_eq!(desk.client.data().completed.len(), 1);
}

#[test]
fn complete_asks_before_the_rows_of_a_table_are_replaced() {
    let mut desk = Desk::of("ana", 120, 40);
    desk.keys("down enter").click("○ ").keys("esc").later(1);
    assert!(desk.shows("replaces 41,180 rows"), "{}", desk.text());
    desk.keys("c");
    assert!(desk.shows("deleted"), "{}", desk.text());
    assert!(desk.client.data().completed.is_empty());
    desk.keys("esc c enter");
    assert_eq!(desk.client.data().completed.len(), 1);
}

#[test]
fn complete_looks_at_the_rows_first_however_fast_one_types() {
    let mut desk = Desk::of("ana", 120, 40);
    // No time passes between typing and completing.
    desk.keys("down enter ctrl-u")
        .types("/in/orders.csv")
        .keys("alt-c");
    assert!(desk.shows("1 row would be refused"), "{}", desk.text());
    assert!(desk.client.data().completed.is_empty());
    desk.keys("enter");
    assert_eq!(desk.client.data().completed.len(), 1);
}

#[test]
fn complete_asks_when_the_preview_failed() {
    let mut desk = Desk::of("ana", 120, 40);
    let message = "there is no table orders in sales".to_owned();
    desk.keys("down");
    desk.client.data().refuse = Some(DeskError::Invalid(message));
    desk.keys("enter esc").later(1);
    desk.keys("c");
    assert!(desk.shows("The preview failed: there is no table orders"));
    assert!(desk.client.data().completed.is_empty());
    desk.keys("enter");
    assert_eq!(desk.client.data().completed.len(), 1);
}

#[test]
fn what_the_preview_finds_wrong_stands_at_its_field() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("down");
    let error = |field: &str, message: &str| {
        Some(DeskError::Fields(vec![FieldError {
            field: field.into(),
            message: message.into(),
        }]))
    };
    desk.client.data().no_preview = error("tableName", "there is no table orders");
    desk.keys("enter").later(1);
    assert!(desk.shows("! there is no table orders"), "{}", desk.text());
    // Whoever types goes on; what is changed is looked at anew, and the error gone.
    let focus = |desk: &mut Desk| desk.state().form().unwrap().focus;
    assert_ne!(focus(&mut desk), 3);
    desk.types("2");
    assert!(!desk.shows("there is no table orders"), "{}", desk.text());
    desk.later(1);
    assert!(desk.shows("18,203 rows fit"), "{}", desk.text());
    // Without a place of its own an error is told by the label.
    desk.client.data().no_preview = error("tableName", "no");
    desk.types("3").later(1).keys("esc p");
    assert!(desk.shows("Table: no"), "{}", desk.text());
    // What is no field's stands over the form.
    desk.keys("esc enter");
    let away = DeskError::Invalid("the server is away".into());
    desk.client.data().no_preview = Some(away);
    desk.types("4").later(1);
    assert!(desk.shows("Preview: the server is away"), "{}", desk.text());
    // What was found of other values is not shown as if it were of these.
    desk.types("5");
    assert!(!desk.shows("the server is away"), "{}", desk.text());
    desk.later(1);
    assert!(desk.shows("18,203 rows fit"), "{}", desk.text());
    desk.types("6");
    let stale = "The preview is of what was typed before";
    assert!(
        desk.shows(stale) && !desk.shows("rows fit"),
        "{}",
        desk.text()
    );
    desk.keys("alt-s");
    assert!(desk.shows("the next comes"), "{}", desk.text());
}

#[test]
fn what_is_in_the_table_already_is_told() {
    let mut desk = Desk::of("ana", 120, 40);
    desk.client.data().before = Some(InsertedBefore {
        at: "2025-11-17T09:18:00Z".parse().unwrap(),
        user: Some("ben".into()),
        process_instance_id: None,
        title: Some("Orders 16 Nov".into()),
    });
    desk.keys("down enter esc").later(1);
    let told = "Mon 17 Nov 10:18 by ben";
    assert!(desk.shows(told), "{}", desk.text());
}

#[test]
fn errors_of_the_desk_stand_at_their_fields() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("down enter esc").later(1);
    let message = "there is no table orders; write sales.orders".to_owned();
    desk.client.data().refuse = Some(DeskError::Fields(vec![FieldError {
        field: "tableName".into(),
        message,
    }]));
    desk.keys("c enter");
    assert!(desk.shows("there is no table orders"), "{}", desk.text());
    assert_eq!(desk.state().form().unwrap().focus, 3);
    // The error goes when something else is typed.
    desk.types("2");
    assert!(!desk.shows("there is no table orders"));
}

#[test]
fn dates_are_understood_and_shown_as_understood() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("down enter").keys("tab tab tab tab").types("fri");
    assert!(desk.shows("= Fri 21 Nov"), "{}", desk.text());
    desk.keys("tab");
    assert_eq!(
        desk.state().form().unwrap().text("asOf").as_deref(),
        Some("21/11/2025")
    );
    desk.keys("backtab ctrl-u space right enter");
    assert_eq!(
        desk.state().form().unwrap().text("asOf").as_deref(),
        Some("19/11/2025")
    );
}

#[test]
fn pasted_rows_become_the_data_frame() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("down enter ctrl-u");
    desk.act(Action::Paste("id,amount\r\n1,2.50\r\n".into()));
    desk.draw();
    assert!(desk.shows("= 2 lines, 17 B"), "{}", desk.text());
    let text = desk
        .state()
        .form()
        .unwrap()
        .field("dataFrame")
        .unwrap()
        .text();
    assert_eq!(text, "id,amount\n1,2.50\n");
    desk.keys("ctrl-o");
    assert_eq!(desk.outside, ["edit csv id,amount\n1,2.50\n"]);
    desk.act(Action::Edited(Ok("id,amount\n1,2.75\n".into())));
    assert!(
        desk.state()
            .form()
            .unwrap()
            .field("dataFrame")
            .unwrap()
            .text()
            .contains("2.75")
    );
}

#[test]
fn paths_complete_with_tab() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("orders_1117.csv"), "a\n1\n").unwrap();
    let base = folder.path().to_str().unwrap().to_owned();
    let mut desk = Desk::of("ana", 120, 40);
    desk.keys("down enter ctrl-u")
        .types(&format!("{base}/ord"))
        .keys("tab");
    let text = desk
        .state()
        .form()
        .unwrap()
        .field("dataFrame")
        .unwrap()
        .text();
    assert_eq!(text, format!("{base}/orders_1117.csv"));
    assert!(desk.shows("= 4 B") || desk.shows("4 B"), "{}", desk.text());
    desk.keys("tab");
    assert_eq!(desk.state().form().unwrap().focus, 5);
}

#[test]
fn the_editor_edits_several_lines() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("down enter tab").types("select 1").keys("ctrl-o");
    assert_eq!(desk.outside, ["edit sql select 1"]);
    desk.act(Action::Edited(Ok("select *\nfrom frame\n".into())));
    assert_eq!(
        desk.state().form().unwrap().field("query").unwrap().text(),
        "select *\nfrom frame"
    );
    desk.later(1);
    assert_eq!(
        desk.client.data().drafts["task-orders"]["query"],
        "select *\nfrom frame"
    );
}

#[test]
fn modes_that_the_connection_refuses_are_not_offered() {
    let mut desk = Desk::of("ana", 120, 40);
    for connection in &mut desk.client.data().connections {
        connection.limits.modes = vec!["replace".into()];
    }
    let modes = |desk: &mut Desk| match &desk.state().form().unwrap().field("mode").unwrap().input {
        Input::Choice(options, picked) => {
            let names = options.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
            (names, picked.map(|at| options[at].0.clone()))
        }
        _ => panic!("a choice"),
    };
    // What was chosen stays until somebody chooses anew.
    desk.act(Action::Changed);
    desk.keys("enter");
    let both = vec!["append".to_owned(), "replace".to_owned()];
    assert_eq!(modes(&mut desk), (both, Some("append".to_owned())));
    let form = desk.state().form().unwrap();
    let at = form.fields.iter().position(|f| f.id == "mode").unwrap();
    form.go(at, &super::clock());
    desk.keys("right");
    let one = vec!["replace".to_owned()];
    assert_eq!(modes(&mut desk), (one, Some("replace".to_owned())));
}

#[test]
fn a_wide_preview_is_looked_through_from_left_to_right() {
    let mut desk = Desk::of("ana", 60, 30);
    desk.keys("down enter esc").later(1);
    desk.keys("p");
    assert!(
        desk.shows("amount") && !desk.shows("express"),
        "{}",
        desk.text()
    );
    assert!(desk.shows("Left Right columns"), "{}", desk.text());
    desk.keys("right right right right right right right");
    assert!(desk.shows("express"), "{}", desk.text());
    let end = desk.text();
    desk.keys("right");
    assert_eq!(desk.text(), end, "there is nothing further on");
    desk.keys("left left left left left left left left");
    assert!(desk.shows("100421"), "{}", desk.text());
}

#[test]
fn in_a_narrow_terminal_a_task_has_all_of_it() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("down enter esc").later(1);
    assert!(!desk.shows("Inbox, most urgent first"), "{}", desk.text());
    desk.keys("esc");
    assert!(desk.shows("Inbox, most urgent first"), "{}", desk.text());
}

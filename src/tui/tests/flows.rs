//! What people do, from key to desk and back.

use super::Desk;
use crate::client::{DeskError, DraftElsewhere, FieldError, InsertedBefore, Notification};
use crate::tui::effect::Action;
use crate::tui::form::{Field, Input};
use crate::tui::keymap::Command;
use crate::tui::screen::{inbox, instance};
use crate::tui::state::{Page, Scope};
use crate::tui::theme::Role;

fn assignee(desk: &Desk, id: &str) -> Option<String> {
    desk.client
        .data()
        .tasks
        .iter()
        .find(|t| t.id == id)
        .and_then(|t| t.assignee.clone())
}

#[test]
fn claim_and_undo() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("G k k c");
    assert_eq!(assignee(&desk, "task-returns").as_deref(), Some("ana"));
    assert!(desk.shows("Claimed Returns AT"), "{}", desk.text());
    let selected = desk.state().inbox.list.current().map(|t| t.id.clone());
    assert_eq!(
        selected.as_deref(),
        Some("task-returns"),
        "the selection follows the task"
    );
    desk.keys("u");
    assert_eq!(assignee(&desk, "task-returns"), None);
    assert!(desk.shows("Undid the claim"));
}

#[test]
fn claim_by_mouse_then_the_form_opens() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.click("Leads from").click("( Claim )");
    assert_eq!(assignee(&desk, "task-leads").as_deref(), Some("ana"));
    assert!(desk.shows("( Complete )"));
    desk.click("Table").types("leads");
    assert_eq!(
        desk.state().form().unwrap().text("tableName").as_deref(),
        Some("leads")
    );
}

#[test]
fn claims_of_several() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("G space k k space c");
    assert!(desk.shows("Claimed 2 tasks"), "{}", desk.text());
    assert!(desk.state().inbox.list.marks.is_empty());
    desk.keys("u");
    assert_eq!(assignee(&desk, "task-budget"), None);
}

#[test]
fn a_lost_race_says_who_won() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.client.data().refuse = Some(DeskError::AlreadyClaimed { by: "ben".into() });
    desk.keys("G c");
    assert!(desk.shows("ben has claimed this task already"));
    assert_eq!(
        desk.state().toast.as_ref().map(|t| t.role),
        Some(Role::Danger)
    );
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
fn filter_as_you_type_keeps_the_selection() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("down").keys("/").types("o");
    let selected = desk.state().inbox.list.current().map(|t| t.id.clone());
    assert_eq!(selected.as_deref(), Some("task-orders"));
    desk.types("rders");
    assert_eq!(desk.state().inbox.list.total(), 1);
    desk.keys("esc");
    assert_eq!(desk.state().inbox.list.total(), 9);
}

#[test]
fn typing_types_and_saves_a_draft() {
    let mut desk = Desk::of("ana", 80, 24);
    // Opening begins at the first field that is missing.
    desk.keys("enter").types("cqu?x");
    assert_eq!(
        desk.state().form().unwrap().text("tableName").as_deref(),
        Some("cqu?x")
    );
    assert!(desk.client.data().drafts.is_empty());
    desk.later(1);
    assert_eq!(
        desk.client.data().drafts["task-customers"]["tableName"],
        "cqu?x"
    );
    assert!(desk.shows("draft saved 10:18:01"), "{}", desk.text());
    // Leaving saves at once, also by quitting.
    desk.types("y").keys("ctrl-c");
    assert_eq!(
        desk.client.data().drafts["task-customers"]["tableName"],
        "cqu?xy"
    );
    assert_eq!(desk.outside, ["quit"]);
}

/// Another desk of ana's saved another version of her first task.
pub fn with_another_version(desk: &mut Desk) {
    let texts = [("tableName", "prices"), ("mode", "replace")];
    let values = texts.map(|(k, v)| (k.to_owned(), v.to_owned()));
    let other = DraftElsewhere {
        saved: super::sample::at(-12),
        values: values.into_iter().collect(),
    };
    let task = "task-customers".to_owned();
    desk.client.data().others.insert(task, other);
    desk.keys("f5");
}

#[test]
fn the_version_of_another_desk_is_taken_and_given_back() {
    let mut desk = Desk::of("ana", 80, 24);
    with_another_version(&mut desk);
    desk.keys("enter").types("cust");
    assert!(
        desk.shows("Another version, today 10:06: Table"),
        "{}",
        desk.text()
    );
    assert!(desk.shows("Alt-b takes it"), "{}", desk.text());
    let texts = |desk: &mut Desk| {
        let form = desk.state().form().unwrap();
        ["tableName", "mode"].map(|id| form.text(id).unwrap_or_default())
    };
    // What was typed and not saved yet is kept, too.
    desk.keys("alt-b");
    assert_eq!(texts(&mut desk), ["prices", "replace"]);
    assert!(
        desk.shows("This is the version of today 10:06"),
        "{}",
        desk.text()
    );
    desk.types("2").keys("esc b");
    assert_eq!(texts(&mut desk), ["cust", "append"]);
    desk.keys("b");
    assert_eq!(texts(&mut desk), ["prices2", "replace"]);
    let drafts = &desk.client.data().drafts;
    assert_eq!(drafts["task-customers"]["tableName"], "prices2");
}

#[test]
fn typing_on_while_the_other_version_comes_wins() {
    let mut desk = Desk::of("ana", 80, 24);
    with_another_version(&mut desk);
    desk.keys("enter").types("cust");
    let asked = crate::tui::screen::task::run(desk.state(), Command::OtherDraft).unwrap();
    let before = desk.state().inbox.task.as_ref().unwrap().base;
    desk.types("omers");
    desk.perform(asked);
    let task = desk.state().inbox.task.as_ref().unwrap();
    assert_eq!(task.form.text("tableName").as_deref(), Some("customers"));
    // The next draft is over the old one: the desk tells of the other version.
    assert_eq!((task.base, task.dirty.is_some()), (before, true));
}

#[test]
fn without_another_version_there_is_none_to_take() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("enter esc b");
    assert!(
        desk.shows("Other version: there is none"),
        "{}",
        desk.text()
    );
    assert!(!desk.shows("Another version"));
}

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
fn a_secret_is_in_no_draft_and_on_no_screen() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("down enter backtab backtab ctrl-u tab tab")
        .types("hunter2")
        .later(1);
    assert_eq!(
        desk.state()
            .form()
            .unwrap()
            .field("password")
            .unwrap()
            .text(),
        "hunter2"
    );
    assert!(!desk.client.data().drafts["task-orders"].contains_key("password"));
    assert!(!desk.shows("hunter2"));
    desk.keys("ctrl-o");
    assert!(desk.outside.is_empty(), "no editor for a secret");
    desk.keys("alt-y");
    assert!(desk.outside.is_empty(), "no clipboard for a secret");
}

#[test]
fn nothing_typed_is_lost() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("enter")
        .types("customers")
        .keys("tab")
        .types("/in/customers.csv")
        .later(1);
    let kept = |desk: &mut Desk| {
        desk.state()
            .inbox
            .task
            .as_ref()
            .unwrap()
            .form
            .text("tableName")
    };
    // A refused completion.
    desk.client.data().refuse = Some(DeskError::Storage("the disk is full".into()));
    desk.keys("alt-c enter");
    assert_eq!(kept(&mut desk).as_deref(), Some("customers"));
    assert!(desk.shows("the disk is full"));
    // A fault of the desk.
    desk.client.data().faulty = true;
    desk.keys("alt-c enter");
    assert!(desk.shows("stumbled over a fault"), "{}", desk.text());
    assert!(!desk.state().inbox.task.as_ref().unwrap().completing);
    // News of the desk.
    desk.act(Action::Changed);
    assert_eq!(kept(&mut desk).as_deref(), Some("customers"));
    // The task is given to somebody else.
    desk.client.data().tasks[0].assignee = Some("ben".into());
    desk.act(Action::Changed);
    desk.draw();
    assert_eq!(kept(&mut desk).as_deref(), Some("customers"));
    assert!(desk.shows("ben has this task"), "{}", desk.text());
    // The desk does not have it any more.
    desk.client.data().tasks.remove(0);
    desk.act(Action::Changed);
    desk.draw();
    assert_eq!(kept(&mut desk).as_deref(), Some("customers"));
}

#[test]
fn leaving_while_a_task_is_completed_saves_its_draft() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("enter").types("customers");
    desk.state().inbox.task.as_mut().unwrap().completing = true;
    desk.keys("ctrl-c");
    assert!(desk.outside.contains(&"quit".to_owned()));
    assert_eq!(desk.client.data().drafts.len(), 1);
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
fn launch_for_several_people() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("n enter")
        .types("Orders 18 Nov")
        .keys("tab tab tab tab")
        .types("ana,ben");
    assert!(desk.shows("one instance each"), "{}", desk.text());
    desk.keys("esc c");
    let people: Vec<_> = desk
        .client
        .data()
        .started
        .iter()
        .map(|r| r.assignee.clone())
        .collect();
    assert_eq!(people, [Some("ana".to_owned()), Some("ben".to_owned())]);
    assert!(desk.shows("Launched 2 instances"));
}

#[test]
fn of_several_launches_only_those_that_failed_are_tried_again() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.client.data().gone = Some("ben".into());
    desk.keys("n enter")
        .types("Orders 18 Nov")
        .keys("tab tab tab tab")
        .types("ana,ben,cem");
    desk.keys("esc c");
    assert!(desk.shows("there is no user"), "{}", desk.text());
    desk.client.data().gone = None;
    desk.keys("c");
    let people: Vec<_> = desk
        .client
        .data()
        .started
        .iter()
        .filter_map(|r| r.assignee.clone())
        .collect();
    assert_eq!(people, ["ana", "ben", "cem"], "{}", desk.text());
}

#[test]
fn launch_for_whoever_is_first_and_with_dates() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("n enter")
        .types("Orders")
        .keys("tab tab tab tab")
        .types("ana, ben")
        .keys("tab right tab");
    desk.types("fri 17:00")
        .keys("tab ctrl-u")
        .types("70")
        .keys("esc c");
    let started = desk.client.data().started.clone();
    assert_eq!(started.len(), 1);
    assert_eq!(started[0].candidate_users, ["ana", "ben"]);
    assert_eq!(started[0].priority, Some(70));
    assert_eq!(
        started[0].due.unwrap().to_rfc3339(),
        "2025-11-21T16:00:00+00:00"
    );
    assert_eq!(started[0].variables["title"].to_string(), "Orders");
}

#[test]
fn the_same_business_key_asks() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("n enter")
        .types("Again")
        .keys("tab tab tab tab tab tab tab")
        .types("orders/2025-11-18")
        .keys("esc c");
    assert!(desk.shows("still active"), "{}", desk.text());
    assert!(desk.client.data().started.is_empty());
    desk.keys("enter");
    assert!(desk.client.data().started[0].allow_same_business_key);
}

#[test]
fn unknown_people_are_refused_at_the_field() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("n enter")
        .types("Again")
        .keys("tab tab tab tab")
        .types("zoe")
        .keys("esc c");
    assert!(desk.shows("zoe is not in the team"), "{}", desk.text());
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
fn a_task_opens_when_it_comes_if_it_was_asked_for_before() {
    for moved in [false, true] {
        let mut desk = Desk::of("ana", 120, 40);
        desk.state().inbox.task = None;
        desk.state().inbox.detail = Default::default();
        let late = inbox::refresh_task(desk.state());
        desk.keys("enter");
        if moved {
            desk.state().inbox.list.select(1);
            let next = inbox::selected(desk.state());
            desk.perform(next);
        } else {
            desk.perform(late);
        }
        assert_eq!(desk.state().inbox.pane, usize::from(!moved));
    }
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
fn a_long_inbox_loads_what_is_seen() {
    let mut desk = Desk::of("ana", 80, 24);
    let sample = desk.client.data().tasks[8].clone();
    for n in 0..5_000 {
        let mut task = sample.clone();
        task.id = format!("more-{n:05}");
        task.title = Some(format!("More {n:05}"));
        desk.client.data().tasks.push(task);
    }
    desk.act(Action::Changed);
    desk.keys("G");
    assert!(desk.shows("More 04999"), "{}", desk.text());
    assert!(desk.shows("5,009 of 5,009"));
    desk.keys("g");
    assert!(desk.shows("Customers EU"));
    desk.keys("pagedown pagedown");
    let selected = desk.state().inbox.list.selected;
    assert!(desk.state().inbox.list.get(selected).is_some());
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

//! What is typed is kept, and nowhere it must not be.

use super::Desk;
use crate::client::{DeskError, DraftElsewhere};
use crate::tui::effect::Action;
use crate::tui::form::Field;
use crate::tui::keymap::Command;

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
fn what_the_other_version_does_not_hide_shows() {
    let mut desk = Desk::of("ana", 80, 24);
    with_another_version(&mut desk);
    desk.keys("enter");
    let form = &mut desk.state().inbox.task.as_mut().unwrap().form;
    let field = form.fields.iter_mut().find(|f| f.id == "query").unwrap();
    let mut model = field.model().unwrap().clone();
    model.hide = Some("tableName != \"prices\"".into());
    *field = Field::of(&model, "");
    desk.types("c");
    let hidden = |desk: &mut Desk| {
        let fields = &desk.state().form().unwrap().fields;
        fields.iter().find(|f| f.id == "query").unwrap().hidden
    };
    assert!(hidden(&mut desk));
    desk.keys("alt-b");
    assert!(!hidden(&mut desk));
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

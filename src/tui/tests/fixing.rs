//! Refused rows, fixed in a grid.

use super::Desk;
use crate::client::{DeskError, FixedRow};
use crate::tui::effect::Action;
use crate::tui::state::Scope;

/// Ana's task that came back, with the grid of its refused rows open.
fn open(width: u16, height: u16) -> Desk {
    let mut desk = Desk::of("ana", width, height);
    desk.keys("down enter esc").later(1).keys("f");
    assert_eq!(desk.state().scope(), Scope::Fix, "{}", desk.text());
    desk
}

fn fixed(desk: &Desk) -> Vec<FixedRow> {
    desk.client.data().fixed.clone()
}

#[test]
fn a_cell_is_fixed_and_checked_at_once() {
    let mut desk = open(120, 40);
    assert!(desk.shows("3 rows refused"), "{}", desk.text());
    // The cursor is on the first cell that is refused, its reason below.
    assert!(
        desk.shows("amount: 12,50 is no DECIMAL(10,2); write 12.50"),
        "{}",
        desk.text()
    );
    desk.keys("enter ctrl-u").types("12.50").keys("enter");
    assert!(desk.shows("not kept yet"), "{}", desk.text());
    assert!(fixed(&desk).is_empty());
    desk.later(1);
    let kept = fixed(&desk);
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].record, 811);
    assert_eq!(kept[0].cells["amount"].as_deref(), Some("12.50"));
    assert!(desk.shows("2 rows refused · 1 changed"), "{}", desk.text());
    assert!(desk.shows("amount (was 12,50)"), "{}", desk.text());
    // The draft knows it, and so does the preview of the form.
    let draft = desk.client.data().drafts["task-orders"].clone();
    assert_eq!(draft["dataFramePatch"].len(), 64);
    desk.keys("esc");
    assert_eq!(desk.state().scope(), Scope::Form);
}

#[test]
fn tab_goes_from_one_refused_cell_to_the_next() {
    let mut desk = open(120, 40);
    let at = |desk: &mut Desk| match desk.state().pages.last() {
        Some(crate::tui::state::Page::Fix(page)) => (page.row, page.column),
        _ => panic!("no grid"),
    };
    assert_eq!(at(&mut desk), (0, 2));
    for place in [(1, 1), (1, 3), (2, 0), (0, 2)] {
        desk.keys("tab");
        assert_eq!(at(&mut desk), place);
    }
    desk.keys("backtab");
    assert_eq!(at(&mut desk), (2, 0));
    assert!(
        desk.shows("give every cell anew, or leave the row out"),
        "{}",
        desk.text()
    );
    // Tab also takes what was typed.
    desk.keys("tab tab enter").types("Ødegård").keys("tab");
    assert_eq!(at(&mut desk), (1, 3));
    desk.later(1);
    assert_eq!(
        fixed(&desk)[0].cells["customer"].as_deref(),
        Some("Ødegård")
    );
}

#[test]
fn a_row_is_left_out_and_taken_back() {
    let mut desk = open(120, 40);
    desk.keys("alt-x").later(1);
    assert!(fixed(&desk)[0].dropped);
    assert!(desk.shows("2 rows refused · 1 left out"), "{}", desk.text());
    desk.keys("enter");
    assert!(desk.shows("Alt-x takes it back"), "{}", desk.text());
    desk.keys("alt-r").later(1);
    let last = fixed(&desk).pop().unwrap();
    assert!(!last.dropped && last.cells.is_empty(), "{last:?}");
}

#[test]
fn null_and_empty_text_are_told_apart() {
    let mut desk = open(120, 40);
    desk.keys("tab");
    assert!(desk.shows("NULL"), "{}", desk.text());
    desk.keys("enter").types("\"\"").keys("enter").later(1);
    assert_eq!(fixed(&desk)[0].cells["customer"].as_deref(), Some(""));
    desk.keys("enter ctrl-u enter").later(1);
    let last = fixed(&desk).pop().unwrap();
    assert!(last.cells.is_empty(), "it is again what it was: {last:?}");
}

#[test]
fn nothing_that_was_changed_is_lost() {
    let mut desk = open(120, 40);
    // Escape leaves the cell as it was.
    desk.keys("enter ctrl-u").types("nonsense").keys("esc");
    assert!(desk.shows("12,50"), "{}", desk.text());
    // What could not be kept stays on the screen, and is tried again.
    desk.client.data().refuse = Some(DeskError::Storage("the desk is away".into()));
    desk.keys("enter ctrl-u").types("12.50").keys("enter esc");
    assert_eq!(desk.state().scope(), Scope::Fix);
    assert!(
        desk.shows("the desk is away") && desk.shows("12.50"),
        "{}",
        desk.text()
    );
    desk.keys("esc");
    assert_eq!(desk.state().scope(), Scope::Form);
    assert!(desk.shows("1 row is changed"), "{}", desk.text());
    assert_eq!(fixed(&desk).len(), 1);
    // Another file is another frame: what was fixed is not of it.
    let patched = |desk: &mut Desk| desk.state().inbox.task.as_ref().unwrap().is_patched();
    assert!(patched(&mut desk));
    desk.keys("k k k enter");
    let focus = desk.state().form().unwrap().focus;
    let file = desk
        .state()
        .form()
        .unwrap()
        .fields
        .iter()
        .position(|f| f.id == "dataFrame");
    let file = file.unwrap();
    desk.state().form().unwrap().focus = file;
    desk.types("x");
    assert!(!patched(&mut desk), "{focus}");
    // That one again has them again, unless it is read otherwise.
    desk.keys("backspace");
    assert!(patched(&mut desk));
    let fields = &mut desk.state().form().unwrap().fields;
    let other = fields.iter_mut().find(|f| f.id == "tableName");
    other.unwrap().id = "header".into();
    assert!(!patched(&mut desk), "{}", desk.text());
}

#[test]
fn what_can_never_be_kept_holds_nobody() {
    let mut desk = open(120, 40);
    let refuse = |desk: &mut Desk| {
        desk.client.data().refuse = Some(DeskError::Storage("the desk is away".into()));
    };
    refuse(&mut desk);
    desk.keys("enter ctrl-u").types("12.50").keys("enter esc");
    assert_eq!(desk.state().scope(), Scope::Fix);
    assert!(desk.shows("tries once more and leaves"), "{}", desk.text());
    refuse(&mut desk);
    desk.keys("esc");
    assert_eq!(desk.state().scope(), Scope::Form, "{}", desk.text());
    assert!(desk.shows("1 changed row is not kept"), "{}", desk.text());

    let mut desk = open(120, 40);
    desk.keys("alt-x");
    desk.state().inbox.task = None;
    desk.keys("esc");
    assert_ne!(desk.state().scope(), Scope::Fix);
}

#[test]
fn typing_takes_the_place_of_a_value_and_enter_edits_it() {
    let typed = |keys: &str, text: &str| {
        let mut desk = open(120, 40);
        desk.keys(keys).types(text).keys("enter").later(1);
        fixed(&desk)[0].cells["amount"].clone()
    };
    assert_eq!(typed("", "12.50").as_deref(), Some("12.50"));
    // Also letters that mean something elsewhere.
    assert_eq!(typed("", "xrjq?1").as_deref(), Some("xrjq?1"));
    assert_eq!(typed("enter", "0").as_deref(), Some("12,500"));
    let mut desk = open(120, 40);
    desk.keys("alt-x").types("1");
    assert!(desk.shows("Alt-x takes it back"), "{}", desk.text());
    desk.act(Action::Paste("7".into()));
    assert!(fixed(&desk).is_empty());
    desk.keys("alt-x").act(Action::Paste("7.25".into()));
    desk.keys("enter").later(1);
    assert_eq!(fixed(&desk)[0].cells["amount"].as_deref(), Some("7.25"));
}

#[test]
fn where_no_row_is_refused_there_is_nothing_to_fix() {
    let mut desk = Desk::of("ana", 120, 40);
    desk.keys("enter esc f");
    assert_eq!(desk.state().scope(), Scope::Form);
    assert!(
        desk.shows("no row is refused, as far as is known"),
        "{}",
        desk.text()
    );
}

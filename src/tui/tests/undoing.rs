//! Taking a finished insertion back: what is asked, what came of it.

use super::Desk;
use super::snapshots::check;
use crate::client::{InsertionView, InstanceDetail, InstanceView};
use crate::tui::state::{Page, Scope};

/// The insertion of the job that is done, and of the one that takes it back what came of it.
pub fn insertion(instance: &InstanceView) -> Option<InsertionView> {
    (instance.title.as_deref() == Some("Tickets")).then(|| InsertionView {
        key: "key-tickets".into(),
        table: "tickets".into(),
        connection: Some("sales".into()),
        mode: Some("replace".into()),
        rows: 18_204,
        undo_until: Some(super::sample::at(7 * 24 * 60 - 60)),
        undone: None,
        undone_by: None,
        undone_in: None,
    })
}

/// Mara looks at the job that is done.
fn open(desk: &mut Desk) {
    desk.keys("2 f").keys("enter");
    assert_eq!(desk.state().scope(), Scope::Instance, "{}", desk.text());
}

fn change(desk: &mut Desk, change: impl FnOnce(&mut InstanceDetail)) {
    match desk.state().pages.last_mut() {
        Some(Page::Instance(page)) => change(&mut page.slot.data.as_mut().unwrap().detail),
        _ => panic!("no instance is open"),
    }
    desk.draw();
}

#[test]
fn what_goes_and_what_comes_back_is_said_before() {
    check("take-back", "mara", |desk| {
        open(desk);
        desk.keys("B");
    });
}

#[test]
fn the_job_that_takes_it_back_is_shown() {
    let mut desk = Desk::of("mara", 120, 40);
    open(&mut desk);
    assert!(
        desk.shows("18,204 rows in tickets on sales, can be taken back until"),
        "{}",
        desk.text()
    );
    desk.keys("B enter");
    assert!(desk.shows("Jobs › Undo Tickets"), "{}", desk.text());
    assert_eq!(desk.client.data().taken_back, ["inst-tickets"]);
}

#[test]
fn each_way_of_inserting_has_its_undo() {
    let mut desk = Desk::of("mara", 120, 40);
    open(&mut desk);
    for (mode, told) in [
        ("append", "the rows that were there before stay"),
        ("replace", "the rows that they replaced come back"),
        ("upsert", "those that were changed are again as they were"),
        ("create", "the table stays, empty"),
    ] {
        change(&mut desk, |detail| {
            detail.insertion.as_mut().unwrap().mode = Some(mode.into());
        });
        desk.keys("B");
        let shown = desk.text().replace(['\n', '│'], " ");
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        // The dialog lies over other panes: its words stand in its own lines.
        let words: Vec<&str> = told.split(' ').collect();
        assert!(
            words.iter().all(|word| shown.contains(word)),
            "{told}: {shown}"
        );
        desk.keys("esc");
    }
}

#[test]
fn why_it_can_not_be_taken_back_is_said() {
    let mut desk = Desk::of("mara", 120, 40);
    open(&mut desk);
    change(&mut desk, |detail| {
        detail.insertion.as_mut().unwrap().undo_until = None;
    });
    desk.keys("B");
    assert!(
        desk.shows("Take back: it was not made undoable, or that time is over"),
        "{}",
        desk.text()
    );
    change(&mut desk, |detail| {
        let insertion = detail.insertion.as_mut().unwrap();
        (insertion.undone, insertion.undone_by) = (Some(super::sample::at(-5)), Some("ben".into()));
    });
    assert!(
        desk.shows("18,204 rows of tickets on sales were taken back today 10:13 by ben"),
        "{}",
        desk.text()
    );
}

#[test]
fn what_came_of_it_stands_in_the_head_of_its_job() {
    let mut desk = Desk::of("mara", 120, 40);
    open(&mut desk);
    let outcome = |undone: bool, removed: u64, restored: u64, why: Option<&'static str>| {
        move |detail: &mut InstanceDetail| {
            let value = |value: serde_json::Value| serde_json::json!({ "value": value });
            detail.insertion = None;
            for (name, found) in [
                ("undone", undone.into()),
                ("rowsRemoved", removed.into()),
                ("rowsRestored", restored.into()),
                (
                    "undoReason",
                    why.map_or(serde_json::Value::Null, Into::into),
                ),
            ] {
                detail.variables.insert(name.into(), value(found));
            }
        }
    };
    let why = "its 200 rows are there, but some of their values were changed since";
    change(&mut desk, outcome(false, 0, 0, Some(why)));
    let told = format!("done · nothing was changed: {why}");
    assert!(desk.shows(&told), "{}", desk.text());
    change(&mut desk, outcome(true, 200, 41_180, None));
    assert!(
        desk.shows("done · 200 rows are gone, 41,180 rows are as before"),
        "{}",
        desk.text()
    );
}

#[test]
fn lists_and_details_say_what_stands_no_more() {
    let mut desk = Desk::of("mara", 120, 40);
    let mut data = desk.client.data();
    let tickets = data.instances.iter_mut();
    let mut tickets = tickets.filter(|job| job.title.as_deref() == Some("Tickets"));
    tickets.next().unwrap().undone = true;
    drop(data);
    desk.keys("2 f");
    assert!(desk.shows("taken back"), "{}", desk.text());

    let mut desk = Desk::of("mara", 120, 40);
    open(&mut desk);
    let clock = desk.state().clock;
    let mut told = Vec::new();
    change(&mut desk, |detail| {
        for (name, found) in [
            ("insertionStatus", "SUCCESS".into()),
            ("insertionKept", false.into()),
        ] {
            let value: serde_json::Value = found;
            detail
                .variables
                .insert(name.into(), serde_json::json!({ "value": value }));
        }
        let facts = crate::tui::screen::timeline::facts(detail, &clock);
        told = facts.into_iter().map(|fact| fact.text).collect();
    });
    let all = "SUCCESS: all rows fitted, none was kept".to_owned();
    assert!(told.contains(&all), "{told:?}");
}

#[test]
fn until_when_it_can_be_taken_back_is_read_at_any_width() {
    for width in [60, 80, 120] {
        let mut desk = Desk::of("mara", width, 24);
        open(&mut desk);
        let text = desk.text();
        let line = text
            .lines()
            .find(|line| line.contains("can be taken back until"));
        assert!(
            line.is_some_and(|line| !line.contains('…')),
            "{width}: {text}"
        );
    }
}

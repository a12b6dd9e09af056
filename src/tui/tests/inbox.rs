//! The list of tasks: claiming, finding, opening.

use super::Desk;
use super::flows::assignee;
use crate::client::{DeskError, HeldInsertion};
use crate::tui::effect::Action;
use crate::tui::screen::inbox;
use crate::tui::theme::Role;

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

/// Two insertions of ana run.
fn inserting(desk: &mut Desk) {
    let mut data = desk.client.data();
    let mut orders = data.status.progress[0].clone();
    orders.assignee = Some("ana".into());
    orders.title = "Orders 16 Nov".into();
    orders.process_instance_id = "inst-orders".into();
    let mut stock = orders.clone();
    (stock.title, stock.rows) = ("Stock".into(), 7);
    stock.process_instance_id = "inst-stock".into();
    data.status.progress.extend([orders, stock]);
    drop(data);
    desk.later(60);
}

#[test]
fn whoever_sent_rows_sees_how_far_they_are() {
    for (width, told) in [
        (120, "61% 61,204 rows, 3.0 MB of 5.0 MB, 48,200/s, 42s left"),
        (60, "61% 61,204 rows, 48,200/s, 42s left"),
    ] {
        let mut desk = Desk::of("ana", width, 30);
        assert!(!desk.shows("Inserting"), "{}", desk.text());
        inserting(&mut desk);
        for part in ["Inserting", "X stops it", "Orders 16 Nov", "Stock", told] {
            assert!(desk.shows(part), "{part}: {}", desk.text());
        }
        assert!(!desk.shows("Clicks"), "that is ben's: {}", desk.text());
    }
}

#[test]
fn of_several_insertions_one_chooses_which_to_stop() {
    let mut desk = Desk::of("ana", 120, 30);
    inserting(&mut desk);
    desk.keys("X");
    assert!(desk.shows("Stop which insertion?"), "{}", desk.text());
    desk.keys("right enter");
    if desk.state().overlay.is_some() {
        desk.keys("enter");
    }
    assert!(desk.shows("Stopped inserting Stock"), "{}", desk.text());
    let running = &desk.client.data().status.progress;
    let ids: Vec<&str> = running
        .iter()
        .map(|p| p.process_instance_id.as_str())
        .collect();
    assert_eq!(ids, ["inst-clicks", "inst-orders"]);
}

#[test]
fn running_insertions_stand_below_the_inbox() {
    for (name, width, height) in [("inserting-60x20", 60, 20), ("inserting-120x30", 120, 30)] {
        let mut desk = Desk::of("ana", width, height);
        inserting(&mut desk);
        insta::assert_snapshot!(name, desk.text());
    }
}

#[test]
fn jobs_and_tasks_of_one_title_are_told_apart() {
    const TITLE: &str = "Stock of all the shops of the north";
    for (user, keys) in [("mara", "2 f5"), ("ana", "1 f5")] {
        for width in [60, 80, 120] {
            let mut desk = Desk::of(user, width, 24);
            let ids: Vec<String> = {
                let mut data = desk.client.data();
                let own = data.tasks.iter_mut();
                let own = own.filter(|t| t.assignee.as_deref() == Some("ana"));
                let ids = own.take(3).enumerate().map(|(ix, task)| {
                    // The third one stands alone.
                    if ix < 2 {
                        task.title = Some(TITLE.into());
                    }
                    task.process_instance_id.clone()
                });
                let ids: Vec<String> = ids.collect();
                for instance in &mut data.instances {
                    if ids[..2].contains(&instance.id) {
                        instance.title = Some(TITLE.into());
                    }
                }
                ids
            };
            desk.keys(keys);
            for (ix, id) in ids.iter().enumerate() {
                let marked = format!(" {} ", crate::tui::words::short(id));
                assert_eq!(desk.shows(&marked), ix < 2, "{marked}: {}", desk.text());
            }
        }
    }
}

/// An insertion of ana waits for its database, and one stands still.
fn held(desk: &mut Desk) {
    let mut data = desk.client.data();
    let one = |title: &str, retries, next| HeldInsertion {
        external_task_id: format!("ext-{title}"),
        process_instance_id: format!("inst-{title}"),
        title: title.into(),
        assignee: Some("ana".into()),
        connection: Some("shop".into()),
        message: "postgres://loader@db/shop: can not be reached (connection refused)".into(),
        next,
        retries,
        activity_id: "insert".into(),
        process_definition_key: "database-insertion".into(),
    };
    let next = super::clock().now + chrono::Duration::seconds(60 + 42);
    data.status.held = vec![one("Tickets", 3, Some(next)), one("Returns", 0, None)];
    drop(data);
    desk.later(60);
}

#[test]
fn whoever_sent_rows_sees_for_what_they_wait() {
    for (user, tab) in [("ana", "1"), ("ana", "2"), ("mara", "1")] {
        let mut desk = Desk::of(user, 140, 30);
        held(&mut desk);
        desk.keys(tab);
        // Beside what else a head looks at there is less room.
        let why = match user {
            "ana" => ", 3 tries left: can not be reached",
            _ => ", 3 tries left",
        };
        for part in [
            "Inserting",
            &format!("waits for shop: next try in 42s{why}"),
            "stands still before shop until a team head tries it again",
        ] {
            assert!(desk.shows(part), "{user} {tab} {part}: {}", desk.text());
        }
    }
}

#[test]
fn what_waits_hides_nothing_that_runs() {
    let mut desk = Desk::of("mara", 80, 24);
    held(&mut desk);
    assert!(
        desk.shows("WAITING 2") && desk.shows("INSERTING"),
        "{}",
        desk.text()
    );
}

#[test]
fn what_waits_stands_among_the_jobs_that_wait() {
    let mut desk = Desk::of("mara", 120, 30);
    held(&mut desk);
    let listed = |desk: &Desk, title: &str| {
        let text = desk.text();
        let mut rows = text.lines().filter(|line| line.contains("external task"));
        rows.any(|line| line.contains(title))
    };
    desk.keys("i");
    assert!(!listed(&desk, "Tickets"), "{}", desk.text());
    desk.keys("f");
    assert!(desk.shows("Jobs that wait"), "{}", desk.text());
    assert!(listed(&desk, "Tickets"), "{}", desk.text());
    // That one is an incident.
    assert!(!listed(&desk, "Returns"), "{}", desk.text());
}

#[test]
fn an_insertion_that_waits_looks_like_this() {
    for (name, width, height) in [("held-60x20", 60, 20), ("held-120x30", 120, 30)] {
        let mut desk = Desk::of("ana", width, height);
        held(&mut desk);
        insta::assert_snapshot!(name, desk.text());
    }
}

#[test]
fn whoever_leaves_while_rows_are_inserted_here_is_asked() {
    for key in ["q", "ctrl-c"] {
        let mut desk = Desk::of("ana", 100, 30);
        inserting(&mut desk);
        desk.keys(key);
        assert_eq!(desk.outside, ["quit"], "another process does it");
        let mut desk = Desk::of("ana", 100, 30);
        inserting(&mut desk);
        desk.client.data().status.progress[1].here = true;
        desk.later(60);
        desk.keys(key);
        for part in [
            "Leave while rows are inserted?",
            "rolled back",
            "another worker",
        ] {
            assert!(desk.shows(part), "{part}: {}", desk.text());
        }
        desk.keys("esc");
        assert!(desk.outside.is_empty());
        desk.client.data().status.workers = 1;
        desk.later(60);
        desk.keys(key);
        assert!(desk.shows("when a desk is opened"), "{}", desk.text());
        // Ctrl-C a second time, or the button.
        desk.keys(if key == "q" { "enter" } else { key });
        assert_eq!(desk.outside, ["quit"]);
        // A signal asks nothing.
        let mut desk = Desk::of("ana", 100, 30);
        inserting(&mut desk);
        desk.client.data().status.progress[1].here = true;
        desk.later(60);
        desk.act(Action::Leave);
        assert_eq!(desk.outside, ["quit"]);
    }
}

/// Gives two tasks and their instances another process.
fn mixed(desk: &mut Desk) {
    let ids: Vec<String> = {
        let mut data = desk.client.data();
        let tasks = data.tasks.iter_mut().skip(1).take(2);
        let ids = tasks.map(|task| {
            task.process_definition_key = "month-end".into();
            task.process_definition_name = Some("Month end".into());
            task.process_instance_id.clone()
        });
        ids.collect()
    };
    for instance in &mut desk.client.data().instances {
        if ids.contains(&instance.id) {
            instance.process_definition_key = "month-end".into();
            instance.process_definition_name = Some("Month end".into());
        }
    }
    desk.keys("f5");
}

#[test]
fn rows_of_several_processes_name_theirs_where_there_is_room() {
    for (width, height) in [(120, 40), (60, 20)] {
        let mut desk = Desk::of("ana", width, height);
        assert!(!desk.shows("Suppliers  Database"), "{}", desk.text());
        mixed(&mut desk);
        assert!(desk.shows("Suppliers  Database i"), "{}", desk.text());
        assert!(desk.shows("Orders 17 Nov  Month end"), "{}", desk.text());
        let mut desk = Desk::of("mara", width, height);
        mixed(&mut desk);
        assert!(desk.shows("Orders 17 Nov  Month end"), "{}", desk.text());
    }
    // Nothing else is cut for it.
    let mut desk = Desk::of("ana", 80, 24);
    mixed(&mut desk);
    for title in ["Customers EU", "Orders 17 Nov", "late 2h10", "Wed 10:00"] {
        assert!(desk.shows(title), "{title}: {}", desk.text());
    }
}

#[test]
fn jobs_of_several_processes_name_theirs_where_there_is_room() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("2");
    assert!(!desk.shows("Database insertion"), "{}", desk.text());
    for instance in &mut desk.client.data().instances {
        if instance.id != "inst-orders" {
            instance.business_key = None;
        }
        if instance.id == "inst-rates" {
            instance.title = None;
        }
    }
    mixed(&mut desk);
    let text = desk.text();
    let row = |title: &str| {
        let row = text.lines().find(|line| line.contains(title));
        row.unwrap_or_else(|| panic!("{title}: {text}")).to_owned()
    };
    assert!(row("Customers EU").contains("Database insertion"), "{text}");
    assert!(row("Orders 17 Nov").contains("orders/2025-11-18"), "{text}");
    // What is called by its process needs no second word of it.
    assert_eq!(
        text.matches("Month end").count(),
        1 + usize::from(row("Orders 17 Nov").contains("Month end")),
        "{text}"
    );
    assert!(row("Stock DE").contains("Wed 10:00  active"), "{text}");
}

//! Several people at once: claims, news, drafts, and what nobody works on.

use crate::house::{House, inside};
use crate::pty::{PATIENCE, find, text};
use chrono::{Duration, Utc};
use crewdesk::client::{Answer, Client, Host, User};
use crewdesk::tui::{self, Door, Options};
use std::sync::Arc;

#[test]
fn of_two_who_claim_at_once_one_is_told_who_has_it() {
    let house = House::team();
    house.start("Orders for one", &[]);
    let terms = ["ana", "ben"].map(|name| house.open(&format!("--user {name}")));
    for term in &terms {
        term.see("Orders for one")
            .see("( Claim )")
            .see("WORKERS 2 ok");
    }
    // Nobody can write as long as this does: both claims wait, and then come at once.
    let lock = rusqlite::Connection::open(house.desk()).unwrap();
    lock.busy_timeout(PATIENCE).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    for term in &terms {
        term.keys("c").see("the claim");
    }
    lock.execute_batch("ROLLBACK").unwrap();
    // Each is watched at the same time: what they are told does not stay.
    let watched = terms.into_iter().zip(["ben", "ana"]).map(|(term, other)| {
        std::thread::spawn(move || {
            let told = format!("{other} has claimed this task already");
            let lost = term.wait_for_some("a won or a lost claim", |screen| {
                let shown = text(screen);
                let won = shown.contains("Claimed Orders for one");
                (won || shown.contains(&told)).then_some(!won)
            });
            match lost {
                true => term.see_no("Orders for one"),
                false => term.see("( Complete )"),
            };
            lost
        })
    });
    let watched: Vec<_> = watched.collect();
    let lost: Vec<bool> = watched.into_iter().map(|w| w.join().unwrap()).collect();
    assert_eq!(lost.iter().filter(|lost| **lost).count(), 1, "{lost:?}");
}

#[test]
fn what_others_do_is_seen_at_once() {
    let house = House::team();
    let head = house.open("--user mara");
    let ana = house.open("--user ana");
    head.see("Needs you");
    ana.see("Inbox").see("WORKERS 2 ok");
    let instance = house.start("Orders of others", &["--assignee", "ana"]);
    ana.see("Orders of others").see("( Complete )");
    head.keys("2").see("Orders of others").see("ana");
    let tasks = house.json("--user ana task list --mine");
    house.run(&format!(
        "--user mara task assign {} ben",
        tasks[0]["id"].as_str().unwrap()
    ));
    ana.see_no("Orders of others");
    head.see("ben");
    house.run(&format!(
        "--user mara instance cancel {instance} --reason withdrawn"
    ));
    head.see_no("Orders of others");
}

#[test]
fn a_draft_survives_a_killed_terminal() {
    let house = House::team();
    house.start("Orders to type", &["--assignee", "ana"]);
    let ana = house.open("--user ana");
    ana.see("( Complete )").keys("enter").see("TYPING");
    ana.types("orders")
        .keys("tab")
        .types("/in/ord")
        .see("/in/ord")
        .see("draft saved");
    ana.signal("KILL");
    assert!(!ana.left().success);

    let ana = house.open("--user ana");
    ana.see("Orders to type").see("[orders").see("[/in/ord");
    // The last letters are saved on leaving, whatever makes one leave.
    ana.keys("enter")
        .see("TYPING")
        .types("-2")
        .see("[/in/ord-2")
        .signal("TERM");
    ana.left().restored();
    house.open("--user ana").see("[/in/ord-2");
}

#[test]
fn due_dates_and_assignments_are_told_as_they_come() {
    let house = House::team();
    let ana = house.open_at("--user ana", 100, 30);
    ana.see("WORKERS").see("Inbox");
    let soon = Utc::now() + Duration::seconds(6);
    let soon = soon.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    house.start("Orders in a hurry", &["--assignee", "ana", "--due", &soon]);
    ana.see("Orders in a hurry");
    ana.see("LATE 1").see("late");
    ana.keys("3").see("Notifications, newest first");
    ana.see("is late since").see("is yours");
    assert!(ana.bells() > 0, "the bell is the alert that ships");
    let head = house.open_at("--user mara", 100, 30);
    head.see("LATE 1")
        .keys("6")
        .see("Notifications")
        .see("Orders in a hurry");
}

/// The door of a desk beside which nobody works.
struct Quiet(Host);

impl Door for Quiet {
    fn users(&self) -> Answer<Vec<User>> {
        self.0.users()
    }

    fn enter(&self, user: &str, password: Option<&str>) -> Answer<Arc<dyn Client>> {
        self.0.client(user, password)
    }
}

#[test]
fn a_desk_without_a_worker() {
    if inside() {
        let host = Host::open(std::env::var("CREWDESK_DB").unwrap().as_ref()).unwrap();
        let mara = host.client("mara", None).unwrap();
        let user = mara.whoami().unwrap();
        let door = Arc::new(Quiet(host));
        return tui::run(door, Some((user, mara)), Options::default()).unwrap();
    }
    let house = House::team();
    house.start("Orders in the night", &["--assignee", "ana"]);
    let head = house.open_inside("together::a_desk_without_a_worker");
    head.see("WORKERS 0");
    let tasks = house.json("--user ana task list --mine");
    let frame = format!("dataFrame={}", house.path("fixed.csv").display());
    let id = tasks[0]["id"].as_str().unwrap();
    house.run_with(&[
        "--user",
        "ana",
        "task",
        "complete",
        id,
        "--var",
        "tableName=orders",
        "--var",
        &frame,
    ]);
    head.see("no live worker: 1 waits; start `crewdesk worker run`");
    let colour = head.with(|screen| {
        let (column, row) = find(screen, "no live worker: 1").unwrap();
        screen.cell(row, column).unwrap().fgcolor()
    });
    let red = match colour {
        vt100::Color::Rgb(r, g, b) => r > g && r > b,
        // The cube of 6 × 6 × 6.
        vt100::Color::Idx(i @ 16..=231) => (i - 16) / 36 > (i - 16) / 6 % 6,
        vt100::Color::Idx(i) => i == 1 || i == 9,
        vt100::Color::Default => false,
    };
    assert!(red, "{colour:?}");
    head.keys("6").see("Notifications").see("no live worker");
    house.run("worker run --until-idle");
    head.see_no("no live worker: 1 waits");
    assert_eq!(house.rows().len(), 4);
    head.keys("q q").left().restored();
}

//! The main job from launch to the kept rows, by keys and by mouse.

use crate::house::House;
use crate::pty::Term;

/// The process as drawn, what happened, and the values: what a head sees in the end.
fn sees_the_rounds(head: &Term) {
    head.see("Insert").see("Check").see("Timeline");
    head.see("×2")
        .see("Check the insertion: 1, All checks hold.");
    head.see("came back to ana")
        .see("2 rows were refused")
        .see("round 2");
    // The oldest is at the end.
    head.keys("tab G").see("mara launched Database insertion");
}

#[test]
fn by_keys() {
    let house = House::team();
    let head = house.open_at("--user mara", 120, 40);
    let ana = house.open_at("--user ana", 120, 40);
    ana.see("Inbox, most urgent first").see("WORKERS");

    head.see("Needs you").keys("n").see("Spark insertion");
    head.keys("enter").see("Business key");
    head.types("Orders of January")
        .keys("tab")
        .types("From the shop")
        .keys("tab");
    head.types("shop").keys("tab tab").types("ana").keys("tab");
    head.types("in 2h")
        .keys("tab tab")
        .types("orders/2026-01")
        .keys("alt-c");
    head.see("Launched Orders of January");

    // It comes up by itself, and says what it is about.
    ana.see("Orders of January")
        .see("From the shop")
        .see("( Complete )");
    ana.keys("enter").see("TYPING");
    // The connection is there already: typing begins at what is missing.
    ana.types("orders").keys("tab");
    ana.types(house.path("bad.csv").to_str().unwrap());
    ana.see("2 rows fit · 2 refused");
    ana.see("line 3").see("12,50").see("17.01.2026");
    ana.keys("alt-c").see("2 rows would be refused");
    ana.keys("enter");

    // Back with the reason and the rows on top, and the form as it was.
    ana.see("CAME BACK")
        .see("Came back: 2 rows were refused.")
        .see("line 3")
        .see("line 5");
    ana.see("round 2").see("bad.csv");
    // Once in the task; the message over the edge goes by.
    let told = ana.text().matches("Came back: 2 rows were refused").count();
    assert_eq!(told, 1, "{}", ana.text());
    assert!(house.rows().is_empty(), "nothing of it may be kept");
    head.see("CAME BACK");

    // Typing begins where something has to be fixed.
    ana.keys("enter").see("TYPING").keys("ctrl-u");
    ana.types(house.path("fixed.csv").to_str().unwrap());
    ana.see("4 rows fit · none refused");
    ana.keys("alt-c").see("Completed Orders of January");
    ana.see_no("CAME BACK");

    head.keys("6")
        .see("Orders of January is done, in time")
        .see("2 rows were refused");
    head.keys("2")
        .see("Open jobs")
        .keys("f")
        .see("╭─ Done")
        .see("done, round 2");
    head.keys("enter");
    sees_the_rounds(&head);
    let rows = house.rows();
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[1], ("Hanse".to_owned(), "12.5".to_owned()));

    // From a tab, and from a page over one, `q` goes back before it leaves.
    ana.keys("2").see("Orders of January");
    ana.keys("q q").left().restored();
    head.keys("q q q").left().restored();
}

#[test]
fn refused_rows_are_fixed_in_place() {
    let house = House::team();
    house.start("Orders to fix", &["--due", "in 3h", "--assignee", "ana"]);
    let ana = house.open_at("--user ana", 80, 24);
    ana.see("Orders to fix").see("( Complete )");
    ana.keys("enter").see("TYPING");
    ana.types("orders").keys("tab");
    ana.types(house.path("bad.csv").to_str().unwrap());
    ana.see("bad.csv")
        .keys("alt-p")
        .see("2 rows fit · 2 refused");
    ana.keys("f")
        .see("Fix rows")
        .see("2 rows refused")
        .see("12,50!");
    // The cursor is on the first refused cell; what is typed takes its place, and Tab keeps it and
    // goes to the next.
    ana.types("12.50")
        .see("TYPING")
        .keys("tab")
        .see("1 row refused · 1 changed");
    ana.keys("alt-x")
        .see("none of these is refused · 1 changed · 1 left out");
    ana.keys("esc").see("3 rows fit · none refused");
    ana.keys("esc").see("( Complete )");
    ana.keys("alt-c").see("Completed Orders to fix");

    let head = house.open_at("--user mara", 120, 40);
    head.see("Needs you").keys("2 f").see("✓ Orders to fix");
    head.keys("enter h")
        .see("ana fixed rows of the data frame: 1 row changed, 1 left out");
    assert_eq!(house.rows().len(), 3);
}

#[test]
fn by_mouse() {
    let house = House::team();
    house.start("Orders by mouse", &["--due", "in 3h"]);
    let ana = house.open_at("--user ana", 100, 30);
    ana.click_on("Orders by mouse").click_on("( Claim )");
    // It is hers and the connections are known: no line moves any more.
    ana.see("Claimed Orders by mouse").see("( Complete )");
    ana.see_no("( Claim )").see("own server");
    ana.click_on("Table").see("TYPING").types("orders");
    ana.click_on("Data frame")
        .types(house.path("fixed.csv").to_str().unwrap());
    ana.see("fixed.csv").click_on("Append to the table");
    // Each list is gone before the next click: what lies under it is another field.
    ana.see("Update by key").click_on("Replace its rows");
    ana.see_no("Update by key");
    ana.click_on("Replace its rows").see("Update by key");
    ana.click_on("Append to the table").see_no("Update by key");
    ana.click_on("( Complete )")
        .see("Completed Orders by mouse");
    ana.click_on("Done").see("Done");
    ana.see("Orders by mouse");
    ana.click_on("News").see("Notifications, newest first");
    ana.click_on("Inbox").see("Inbox, most urgent first");

    let head = house.open_at("--user mara", 120, 40);
    head.see("Needs you").click_on("Jobs").see("Open jobs");
    head.keys("f").see("╭─ Done").see("✓ Orders by mouse");
    head.click_on("Orders by mouse").keys("enter");
    head.see("Timeline")
        .see("Check the insertion: 1, All checks hold.");
    head.see("4 rows inserted");
    assert_eq!(house.rows().len(), 4);
}

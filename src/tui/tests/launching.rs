//! Launching: for one, for several, for whoever is first.

use super::Desk;

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

//! Whose password a connection uses: what the head sees and changes, what the form asks for.

use super::Desk;
use crate::client::Credentials;
use crate::tui::state::Scope;

/// The connection of ana's first form, of this kind.
fn of_kind(desk: &mut Desk, kind: Credentials) {
    for connection in &mut desk.client.data().connections {
        connection.credentials = kind;
    }
    desk.keys("f5 enter");
}

fn hidden(desk: &mut Desk, field: &str) -> bool {
    let form = desk.state().form().unwrap();
    form.field(field).unwrap().hidden
}

#[test]
fn a_head_changes_login_and_limits() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("5 down e right tab ctrl-u")
        .types("finance, sales");
    desk.keys("tab tab").types("append").keys("enter");
    assert!(desk.shows("Changed warehouse"), "{}", desk.text());
    let found = desk.client.data().connections[1].clone();
    assert_eq!(found.credentials, Credentials::Personal);
    assert_eq!(found.limits.groups, ["finance", "sales"]);
    assert_eq!(found.limits.tables, ["orders", "customers*"]);
    assert_eq!(found.limits.modes, ["append"]);
    assert!(desk.shows("personal, you have none"), "{}", desk.text());
}

#[test]
fn a_new_password_is_tried_first() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("5 down");
    assert!(desk.shows("set 12 days ago by mara"), "{}", desk.text());
    desk.keys("s").types("wrong").keys("enter");
    assert!(
        desk.shows("it was tried, and nothing was"),
        "{}",
        desk.text()
    );
    assert!(!desk.shows("wrong"), "{}", desk.text());
    desk.keys("ctrl-u").types("right").keys("enter");
    assert!(
        desk.shows("warehouse uses the new password"),
        "{}",
        desk.text()
    );
    assert!(desk.shows("set today by mara"), "{}", desk.text());
}

#[test]
fn a_connection_that_asks_each_time_is_tried_with_what_is_typed() {
    let mut desk = Desk::of("mara", 120, 40);
    for connection in &mut desk.client.data().connections {
        connection.credentials = Credentials::Asked;
    }
    desk.keys("5 down t").types("mara_db").keys("tab");
    assert!(desk.shows("it is kept nowhere"), "{}", desk.text());
    desk.types("wrong").keys("enter");
    assert!(desk.shows("refuses this password"), "{}", desk.text());
    desk.keys("t").types("mara_db").keys("tab").types("right");
    assert!(!desk.shows("right"), "{}", desk.text());
    desk.keys("enter");
    assert!(desk.shows("reached as mara_db"), "{}", desk.text());
    assert!(desk.client.data().connections[1].logins.is_empty());
}

#[test]
fn a_login_of_ones_own_is_asked_for_the_first_time() {
    let mut desk = Desk::of("ana", 80, 24);
    of_kind(&mut desk, Credentials::Personal);
    desk.types("customers")
        .keys("tab")
        .types("/in/c.csv")
        .keys("alt-c");
    assert!(desk.shows("Log in to sales"), "{}", desk.text());
    desk.types("ana_db")
        .keys("tab")
        .types("wrong")
        .keys("enter");
    assert!(
        desk.shows("it was tried, and nothing was"),
        "{}",
        desk.text()
    );
    desk.keys("ctrl-u").types("right").keys("enter");
    // Then it goes on with what was wanted.
    assert!(desk.shows("would be refused"), "{}", desk.text());
    desk.keys("enter");
    assert!(desk.shows("Completed Customers EU"), "{}", desk.text());
    let login = desk.client.data().connections[0].logins[0].clone();
    assert_eq!(
        (login.user.as_str(), login.user_name.as_deref()),
        ("ana", Some("ana_db"))
    );
    desk.keys("enter esc L");
    assert!(
        desk.shows("Log in to sales"),
        "it may be changed: {}",
        desk.text()
    );
}

#[test]
fn a_form_asks_for_what_is_not_kept() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("enter");
    assert!(
        desk.shows("own server: clear Connection"),
        "{}",
        desk.text()
    );
    assert!(hidden(&mut desk, "password") && hidden(&mut desk, "userName"));
    desk.keys("esc esc");
    of_kind(&mut desk, Credentials::Asked);
    assert_eq!(desk.state().scope(), Scope::Form);
    assert!(!hidden(&mut desk, "password") && !hidden(&mut desk, "userName"));
    assert!(desk.shows("Password"), "{}", desk.text());
}

//! However the program ends or steps aside, the terminal is as it was.

use crate::house::{House, inside};
use crewdesk::tui::terminal::{Screen, restore_on_panic};
use std::path::PathBuf;

fn script(house: &House, name: &str, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = house.path(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

#[test]
fn by_key() {
    let house = House::team();
    for key in ["q", "ctrl-c"] {
        let term = house.open("--user ana");
        term.see("Inbox, most urgent first");
        term.wait_for("a taken terminal", |screen| {
            screen.alternate_screen()
                && screen.hide_cursor()
                && screen.bracketed_paste()
                && screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None
        });
        let left = term.keys(key).left();
        assert!(left.success);
        assert_eq!(
            left.text.trim(),
            "",
            "nothing is left on the shell's screen"
        );
        left.restored();
    }
}

#[test]
fn by_signal() {
    let house = House::team();
    house.start("Orders to type", &["--assignee", "ana"]);
    for signal in ["TERM", "HUP", "INT", "QUIT"] {
        let term = house.open("--user ana");
        term.see("( Complete )")
            .keys("enter")
            .see("TYPING")
            .signal(signal);
        term.left().restored();
    }
}

#[test]
fn a_stop_gives_the_terminal_back_until_it_goes_on() {
    let house = House::team();
    let term = house.open("--user ana");
    term.see("Inbox, most urgent first").keys("ctrl-z");
    term.wait_for("the shell's screen", |screen| {
        !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
    });
    term.stopped()
        .signal("CONT")
        .see("Inbox, most urgent first");
    term.keys("q").left().restored();
}

#[test]
fn an_editor_has_the_terminal_to_itself() {
    let house = House::team();
    let modes = house.path("modes");
    let edit = format!(
        "stty -a > {}\necho 'SELECT * FROM frame' > \"$1\"",
        modes.display()
    );
    let editor = script(&house, "editor", &edit);
    let house = house.with("EDITOR", editor.to_str().unwrap());
    house.start(
        "Orders by query",
        &["--assignee", "ana", "--var", "tableName=orders"],
    );
    let term = house.open_at("--user ana", 100, 30);
    term.see("( Complete )").keys("enter").see("TYPING");
    // From the data frame, which is missing, to the query.
    term.keys("tab ctrl-o").see("SELECT * FROM frame");
    let modes = std::fs::read_to_string(modes).unwrap();
    assert!(
        modes.contains(" icanon") && modes.contains(" echo "),
        "{modes}"
    );
    term.types(" WHERE 1").see("WHERE 1");
    term.keys("ctrl-c").left().restored();
    house.open("--user ana").see("SELECT * FROM frame");
}

#[test]
fn an_editor_that_fails_changes_nothing() {
    let house = House::team().with("VISUAL", "false");
    house.start("Orders by query", &["--assignee", "ana"]);
    let term = house.open_at("--user ana", 100, 30);
    term.see("( Complete )")
        .keys("enter")
        .see("TYPING")
        .types("orders")
        .see("[orders");
    term.keys("ctrl-o")
        .see("The editor `false` ended")
        .see("[orders");
    term.keys("ctrl-c").left().restored();
}

#[test]
fn a_panic_is_told_on_the_shell_s_screen() {
    if inside() {
        restore_on_panic();
        let mut screen = Screen::take(true).unwrap();
        screen.draw(|_| {}).unwrap();
        panic!("the frame broke");
    }
    let house = House::new();
    let left = house
        .open_inside("leaving::a_panic_is_told_on_the_shell_s_screen")
        .left();
    assert!(!left.success);
    assert!(left.text.contains("the frame broke"), "{}", left.text);
    let taken = |sequence: &[u8]| left.output.windows(sequence.len()).any(|w| w == sequence);
    assert!(taken(b"\x1b[?1049h") && taken(b"\x1b[?1000h"));
    left.restored();
}

//! Sizes, colours, and the first run.

use crate::house::House;
use crate::pty::{Nature, find, text};
use vt100::Screen;

#[test]
fn every_size_from_60x20_up() {
    let house = House::team();
    house.start(
        "Orders at any size",
        &["--assignee", "ana", "--due", "in 3h"],
    );
    for (columns, rows) in [(60, 20), (80, 24), (120, 40)] {
        let ana = house.open_at("--user ana", columns, rows);
        ana.see("Orders at any size")
            .see("WORKERS")
            .see("? all keys");
        if columns >= 80 {
            ana.see("( Complete )");
        }
        let head = house.open_at("--user mara", columns, rows);
        head.see("LATE 0").keys("2").see("1 of 1");
        head.keys("enter")
            .see("Enter the")
            .keys("h")
            .see("Timeline");
        head.see("mara launched");
    }
}

#[test]
fn a_resize_is_followed_at_once() {
    let house = House::team();
    house.start("Orders at any size", &["--assignee", "ana"]);
    let ana = house.open("--user ana");
    ana.see("( Complete )")
        .keys("enter")
        .see("TYPING")
        .types("orde")
        .see("[orde");
    ana.resize(120, 40);
    ana.wait_for("a status bar in the last line", |screen| {
        text(screen)
            .lines()
            .last()
            .is_some_and(|line| line.contains("WORKERS"))
            && find(screen, "F1 all keys").is_some_and(|(column, _)| column > 100)
    });
    ana.resize(50, 12)
        .see("The desk needs 60 columns and 20 lines")
        .see("50 and 12");
    ana.resize(60, 20).see("[orde").types("rs").see("[orders");
    ana.resize(80, 24).see("( Complete )").see("[orders");
}

#[test]
fn too_small_from_the_start() {
    let house = House::team();
    let ana = house.open_at("--user ana", 59, 20);
    ana.see("The desk needs 60 columns and 20 lines");
    ana.keys("q").left().restored();
}

/// The colours that a program asked for: SGR parameters of foreground and background.
fn colours(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    let sequences = text.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':')?;
        (rest[end..].starts_with('m')).then(|| &rest[..end])
    });
    let colour = |p: &str| matches!(p.parse(), Ok(30..=38 | 40..=48 | 90..=107));
    sequences
        .filter(|params| params.split([';', ':']).any(colour))
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_colour_where_none_is_wanted() {
    let house = House::team();
    house.start("Orders in grey", &["--assignee", "ana", "--due", "in 5m"]);
    let output = |house: &House| {
        let ana = house.open("--user ana");
        ana.see("Orders in grey")
            .see("( Complete )")
            .keys("enter")
            .see("TYPING");
        ana.keys("ctrl-c").left().output
    };
    assert!(!colours(&output(&house)).is_empty());
    let house = house.with("NO_COLOR", "1");
    assert_eq!(colours(&output(&house)), [""; 0]);
}

#[test]
fn a_light_background_gets_dark_text_also_when_it_is_told_late() {
    let house = House::team().in_terminals(Nature {
        light: true,
        slow: true,
    });
    let ana = house.open("--user ana");
    ana.see("Inbox, most urgent first");
    let title = |screen: &Screen| {
        let (column, row) = find(screen, "Inbox, most")?;
        Some(screen.cell(row, column)?.fgcolor())
    };
    let dark = ana.with(title);
    assert!(dark.is_some());
    ana.wait_for_answers().deliver();
    ana.wait_for("another theme", |screen| title(screen) != dark);
    // What was answered is no key: the next one means what it always means.
    ana.keys("?").see("Keys").see_no("rgb");
    ana.keys("esc").see_no("Keys");
    ana.keys("q").left().restored();
}

#[test]
fn without_the_mouse_text_can_be_selected() {
    let house = House::team();
    let ana = house.open("--user ana");
    ana.see("Inbox, most urgent first")
        .keys("f2")
        .see("The mouse selects text");
    ana.wait_for("a free mouse", |screen| {
        screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
    });
    ana.keys("q").left().restored();
}

#[test]
fn help_is_told_in_the_shell() {
    let house = House::new();
    let left = house.open("--help").left();
    assert!(
        left.success && left.text.contains("Start with `crewdesk demo`"),
        "{}",
        left.text
    );
    left.restored();
    assert!(!house.desk().exists());
}

#[test]
fn the_first_run_makes_its_user_the_head() {
    let house = House::new();
    let term = house.open("");
    term.see("Good to see you").keys("q").left().restored();
    assert!(!house.desk().exists(), "looking writes nothing");

    let term = house.open("");
    term.see("Good to see you")
        .keys("down enter")
        .see("Your name");
    term.types("mara").see("[mara").keys("enter enter enter");
    term.see("mara, head").see("Needs you");
    term.keys("q").left().restored();
    let users = house.json("user list");
    assert_eq!(users[0]["id"], "mara");
    assert_eq!(users[0]["role"], "head");
}

#[test]
fn the_first_run_shows_the_demo() {
    let house = House::new();
    let term = house.open("");
    term.see("Good to see you")
        .keys("enter")
        .see("Who are you?");
    term.see("cem")
        .click_on("mara")
        .see("Needs you")
        .see("LATE 1");
    // Another user, without leaving.
    term.keys("f4")
        .see("Who are you?")
        .click_on("ana")
        .see("ana  ");
    term.see("CAME BACK").see("Load orders 17 Jan");
    term.signal("TERM");
    term.left().restored();
    assert!(!house.desk().exists(), "the sandbox is somewhere else");
    let left = std::fs::read_dir(house.path("tmp")).unwrap().count();
    assert_eq!(left, 0, "the sandbox goes with the program");
}

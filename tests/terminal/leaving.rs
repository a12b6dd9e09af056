//! However the program ends or steps aside, the terminal is as it was.

use crate::house::{House, inside};
use crate::pty::{PATIENCE, Term, text};
use crewdesk::tui::terminal::{Screen, restore_on_panic};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

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

/// A window that is closed: a terminal whose other side goes away.
struct Window {
    master: Box<dyn MasterPty + Send>,
    from: Box<dyn Read + Send>,
    child: Box<dyn Child + Send + Sync>,
    parser: vt100::Parser,
}

impl Window {
    fn open(command: CommandBuilder) -> Window {
        let pair = native_pty_system().openpty(PtySize {
            rows: 24,
            cols: 80,
            ..PtySize::default()
        });
        let pair = pair.unwrap();
        Window {
            child: pair.slave.spawn_command(command).unwrap(),
            from: pair.master.try_clone_reader().unwrap(),
            master: pair.master,
            parser: vt100::Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0),
        }
    }

    fn see(&mut self, wanted: &str) {
        let mut buffer = [0; 4096];
        while !text(self.parser.screen()).contains(wanted) {
            let read = self.from.read(&mut buffer).unwrap();
            assert!(read > 0, "waited in vain for {wanted}");
            self.parser.process(&buffer[..read]);
        }
    }

    /// Closes it; the program must end of itself.
    #[track_caller]
    fn close(self) {
        let mut child = self.child;
        drop((self.from, self.master));
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > end {
                child.kill().unwrap();
                panic!("the program outlives its terminal");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        assert!(status.success(), "{status:?}");
    }
}

#[test]
fn by_a_terminal_that_is_closed() {
    let house = House::team();
    house.start("Orders to type", &["--assignee", "ana"]);
    let mut window = Window::open(house.command("--user ana"));
    window.see("( Complete )");
    let mut keys = window.master.take_writer().unwrap();
    keys.write_all(b"\r").unwrap();
    window.see("TYPING");
    keys.write_all(b"orders").unwrap();
    // In the field: the suggestions below it name the table before it is typed.
    window.see("[orders");
    drop(keys);
    window.close();
    house.open("--user ana").see("[orders");
}

#[test]
fn a_sandbox_goes_with_its_terminal() {
    let house = House::new();
    let mut command = house.command("demo --user ana");
    command.env_remove("CREWDESK_DB");
    let mut window = Window::open(command);
    window.see("Customers EU");
    let left = || std::fs::read_dir(house.path("tmp")).unwrap().count();
    assert_eq!(left(), 1);
    window.close();
    assert_eq!(left(), 0, "its folder stays");
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

/// Waits until the password is asked for so many times: what is typed before would be shown.
fn asked(term: &Term, times: usize) -> &Term {
    term.wait_for("the next question", |screen| {
        text(screen).matches("Password of ana:").count() == times
    })
}

#[test]
fn a_mistyped_password_is_asked_for_again() {
    let house = House::team();
    let set = house.open("--user ana user passwd");
    set.see("New password of ana:")
        .types("one two three")
        .keys("enter");
    set.left().restored();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let served = house.open_at(&format!("serve --listen {address}"), 120, 24);
    served.see(&address.to_string());
    let ask = format!("--server http://{address} --user ana task list");
    let ask = house.open_at(&ask, 120, 24);
    ask.see("Password of ana:").types("one two").keys("enter");
    ask.see("does not let ana in");
    asked(&ask, 2).types("one two three").keys("enter");
    ask.see("No tasks");
    ask.left().restored();
    // After three it is over, and Esc gives up at once.
    let here = house.open_at("--user ana task list", 120, 24);
    for time in 1..=3 {
        asked(&here, time).types("wrong").keys("enter");
    }
    assert!(!here.left().success);
    let here = house.open("--user ana task list");
    here.see("Password of ana:")
        .keys("esc")
        .see("no password was given");
    assert!(!here.left().success);
    served.keys("ctrl-c").left();
}

//! What a newcomer stumbled over once.

use super::{Desk, clock};
use crate::client::{Client, DeskError, Refusal};
use crate::tui::app::{App, Stage};
use crate::tui::config::Config;
use crate::tui::effect::{Action, Effect};
use crate::tui::form::{Field, Form, Input, Popup, path::Found};
use crate::tui::line::Line;
use crate::tui::screen::greeting::{Greet, Greeting};
use crate::tui::screen::login::Login;
use crate::tui::state::Scope;
use crate::tui::theme::Theme;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

fn text(desk: &mut Desk, field: &str) -> String {
    desk.state().form().unwrap().field(field).unwrap().text()
}

#[test]
fn a_wrong_password_is_typed_again_from_the_beginning() {
    let users = super::fake::Fake::new("mara").users().unwrap();
    let size = Size {
        width: 60,
        height: 20,
    };
    let stage = Stage::Login(Login::new(users));
    let mut app = App::new(stage, clock(), size, Theme::Dark, Config::default());
    let mut terminal = Terminal::new(TestBackend::new(60, 20)).unwrap();
    let entered = |app: &mut App, keys: &str| {
        let mut sent = Vec::new();
        for code in keys.chars().map(|c| match c {
            '\n' => KeyCode::Enter,
            c => KeyCode::Char(c),
        }) {
            sent.extend(app.update(Action::Key(KeyEvent::from(code))));
        }
        match sent.pop() {
            Some(Effect::Enter(user, password)) => (user, password.unwrap_or_default()),
            _ => panic!("nobody comes in"),
        }
    };
    assert_eq!(entered(&mut app, "\nwrong\n").1, "wrong");
    let refusal = DeskError::Storage("the password of mara is another one".into());
    app.update(Action::Entered(Err(refusal)));
    let mut shown = |app: &mut App| {
        terminal.draw(|frame| app.draw(frame)).unwrap();
        super::text(terminal.backend().buffer())
    };
    let screen = shown(&mut app);
    assert!(screen.contains("Password"), "{screen}");
    assert!(screen.contains("another one"), "{screen}");
    assert_eq!(
        entered(&mut app, "right\n"),
        ("mara".into(), "right".into())
    );
    // The arrows choose somebody else, and `q` leaves from there.
    app.update(Action::Entered(Err(DeskError::Storage("no".into()))));
    app.update(Action::Key(KeyEvent::from(KeyCode::Down)));
    assert!(!shown(&mut app).contains("Password"));
    let effects = app.update(Action::Key(KeyEvent::from(KeyCode::Char('q'))));
    assert!(matches!(effects[..], [Effect::Quit]));
}

#[test]
fn q_closes_what_is_open_before_it_leaves() {
    let mut desk = Desk::of("ana", 120, 40);
    assert!(desk.shows("q leave"), "{}", desk.text());
    for keys in ["3 q", "2 q", "enter esc q", "2 enter q q"] {
        desk.keys(keys);
        assert_eq!(desk.state().scope(), Scope::Inbox, "{keys}");
        assert!(desk.outside.is_empty(), "{keys}");
    }
    desk.keys("3");
    assert!(desk.shows("q close"), "{}", desk.text());
    desk.keys("q q");
    assert_eq!(desk.outside, ["quit"]);
}

#[test]
fn all_refused_rows_can_be_read() {
    for (width, height) in super::SIZES {
        let mut desk = Desk::of("ana", width, height);
        desk.keys("down enter esc");
        let refusal = |n: u64| Refusal {
            file: None,
            line: Some(n),
            record: n,
            column: Some("amount".into()),
            source: None,
            value: Some(format!("v{n}")),
            reason: "not a number".into(),
        };
        let task = desk.state().inbox.task.as_mut().unwrap();
        task.detail.refusals = (1001..=1060).map(refusal).collect();
        task.detail.refused = 70;
        desk.draw();
        if (width, height) != (60, 20) {
            assert!(desk.shows("; p shows them"), "{}", desk.text());
        }
        if width >= 80 {
            desk.state().inbox.pane = 0;
            desk.draw();
            assert!(desk.shows("Enter, then Alt-p"), "{}", desk.text());
            desk.state().inbox.pane = 1;
        }
        desk.keys("p");
        assert!(desk.shows("Up Down scroll"), "{}", desk.text());
        assert!(desk.shows("REFUSED BEFORE 70, the first 60 are known"));
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..80 {
            let shown = desk.text();
            seen.extend((1001..=1060).filter(|n| shown.contains(&format!("\"v{n}\""))));
            desk.keys("down");
        }
        assert_eq!(seen.len(), 60);
        assert!(desk.shows("814"), "the rows at the end\n{}", desk.text());
        desk.keys("g");
        assert!(desk.shows("\"v1001\""));
        desk.keys("pagedown");
        assert!(!desk.shows("\"v1001\""));
        desk.keys("G");
        assert!(
            desk.shows("\"v1060\"") && desk.shows("814"),
            "{}",
            desk.text()
        );
        desk.keys("up p");
        assert_eq!(desk.state().scope(), Scope::Form);
    }
}

#[test]
fn what_was_typed_to_launch_is_there_again() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("n enter").types("Orders 19 Nov").keys("esc esc");
    assert_eq!(desk.state().scope(), Scope::Today);
    desk.keys("n enter");
    assert_eq!(text(&mut desk, "title"), "Orders 19 Nov");
    // Another process has a form of its own.
    desk.keys("esc tab down enter");
    assert_eq!(text(&mut desk, "title"), "");
    desk.keys("esc q n enter");
    assert_eq!(text(&mut desk, "title"), "Orders 19 Nov");
    // Once launched it is done with.
    desk.keys("esc c");
    assert_eq!(desk.client.data().started.len(), 1);
    desk.keys("n enter");
    assert_eq!(text(&mut desk, "title"), "");
}

#[test]
fn help_is_a_key_that_does_not_type() {
    let mut desk = Desk::of("ana", 120, 40);
    assert!(desk.shows("? all keys"));
    for keys in ["enter", "down down down down"] {
        desk.keys(keys);
        assert!(desk.shows("F1 all keys"), "{}", desk.text());
        assert!(!desk.shows("? all keys"));
        desk.keys("f1");
        assert!(desk.shows("Keys on this screen"));
        desk.keys("esc");
    }
}

#[test]
fn undo_promises_what_it_can_do() {
    // An employee cannot take back a task that is somebody else's now.
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("down r").types("ben").keys("enter");
    assert!(desk.shows("Gave Orders 17 Nov to ben"), "{}", desk.text());
    assert!(!desk.shows("u undoes") && desk.state().undo.is_empty());
    // A completed task cannot be given back.
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("G k k c");
    assert_eq!(desk.state().undo.len(), 1);
    desk.keys("enter")
        .types("returns")
        .keys("tab")
        .types("/r.csv");
    desk.keys("alt-c").later(2).keys("enter");
    assert_eq!(desk.client.data().completed.len(), 1);
    assert!(desk.state().undo.is_empty());
    // Nor a task that is gone by itself.
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("G k k c");
    desk.client.data().tasks.retain(|t| t.id != "task-returns");
    desk.act(Action::Changed);
    assert!(desk.state().undo.is_empty());
    // A head who cancels has nothing to take back of it.
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("2 r").types("ben").keys("enter");
    assert_eq!(desk.state().undo.len(), 1);
    desk.keys("x").types("why").keys("enter");
    assert!(desk.state().undo.is_empty());
}

#[test]
fn nothing_is_said_of_a_task_that_is_gone() {
    let mut desk = Desk::of("ana", 120, 40);
    desk.keys("/").types("returns").keys("enter c enter");
    desk.types("returns").keys("tab").types("/in/returns.csv");
    // The desk tells of the completion before its answer is here.
    let done = desk
        .client
        .data()
        .tasks
        .iter()
        .position(|t| t.id == "task-returns");
    let task = desk.client.data().tasks.remove(done.unwrap());
    desk.act(Action::Changed);
    desk.client.data().tasks.push(task);
    desk.act(Action::Changed);
    desk.keys("alt-c").later(7);
    if desk.client.data().completed.is_empty() {
        desk.keys("enter");
    }
    desk.later(7);
    assert_eq!(desk.client.data().completed.len(), 1);
    assert!(!desk.shows("there is no task"), "{}", desk.text());
    assert!(desk.shows("What you select"), "{}", desk.text());
}

#[test]
fn pasted_rows_are_replaced_whole() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("down enter ctrl-u");
    for paste in ["id\n1\n", "id\n2\n3\n"] {
        desk.act(Action::Paste(paste.into()));
        assert_eq!(text(&mut desk, "dataFrame"), paste);
    }
    desk.act(Action::Paste("/in/orders.csv\n".into()));
    assert_eq!(text(&mut desk, "dataFrame"), "/in/orders.csv");
    desk.act(Action::Paste("id\n1\n".into()));
    desk.draw();
    assert!(desk.shows("^U clears"), "{}", desk.text());
    desk.keys("ctrl-u");
    assert_eq!(text(&mut desk, "dataFrame"), "");
}

#[test]
fn dialogs_say_their_keys() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("2 d");
    assert!(
        desk.shows("Now due today 08:08, late 2h10"),
        "{}",
        desk.text()
    );
    assert!(
        desk.shows("Enter set due date  Esc closes"),
        "{}",
        desk.text()
    );
    assert!(!desk.shows("all keys"));
    desk.types("+1d").keys("enter");
    assert!(desk.shows("Moved the due date"), "{}", desk.text());
    desk.keys("4 n");
    assert!(desk.shows("Tab next  Enter next  Alt-c"), "{}", desk.text());
    desk.types("dana").keys("alt-c");
    assert!(desk.client.data().users.iter().any(|u| u.id == "dana"));
}

#[test]
fn tab_completes_before_it_moves_on() {
    let key = |form: &mut Form, code| form.key(KeyEvent::from(code), &clock());
    let two = || vec!["/in/a1".to_owned(), "/in/a2".to_owned()];
    let fields = vec![
        Field::new("f", "F", Input::Path(Line::new("/in/"))),
        Field::new("g", "G", Input::Text(Line::default())),
    ];
    let mut form = Form::new(fields, "Go");
    form.typing = true;
    let found = |text: &str, offers| Found {
        text: text.into(),
        offers,
        note: None,
    };
    form.found(found("/in/", two()));
    key(&mut form, KeyCode::Tab);
    assert_eq!((form.focus, form.fields[0].text().as_str()), (0, "/in/a"));
    form.found(found("/in/a", two()));
    key(&mut form, KeyCode::Tab);
    assert!(matches!(form.popup, Some(Popup::Offers(_, Some(0)))));
    key(&mut form, KeyCode::Down);
    key(&mut form, KeyCode::Tab);
    assert_eq!((form.focus, form.fields[0].text().as_str()), (0, "/in/a2"));
    form.found(found("/in/a2", vec!["/in/a2".into(), "/in/a2b".into()]));
    key(&mut form, KeyCode::Tab);
    assert_eq!(form.focus, 1, "what was taken is done with");

    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("n enter")
        .keys("tab tab tab tab")
        .types("an")
        .keys("tab");
    assert_eq!(text(&mut desk, "@for"), "ana");
    let before = desk.state().form().unwrap().focus;
    desk.keys("tab");
    assert!(desk.state().form().unwrap().focus > before);
}

#[test]
fn one_escape_too_many_says_nothing() {
    let mut desk = Desk::of("ana", 80, 24);
    desk.keys("esc");
    assert!(desk.state().toast.is_none());
}

#[test]
fn a_connection_hides_the_server_that_it_makes_needless() {
    let mut desk = Desk::of("ana", 60, 20);
    desk.keys("down enter");
    assert!(!desk.shows("User name"), "{}", desk.text());
    desk.keys("backtab backtab");
    assert!(
        desk.shows("own server: clear Connection"),
        "{}",
        desk.text()
    );
    desk.keys("ctrl-u");
    assert!(
        desk.shows("User name") && desk.shows("Password"),
        "{}",
        desk.text()
    );
    desk.types("sales");
    assert!(!desk.shows("User name"), "{}", desk.text());
}

#[test]
fn the_first_head_s_name_is_refused_at_its_field() {
    let mut greet = Greet::default();
    greet.pick(1);
    let press = |greet: &mut Greet, code| greet.key(KeyEvent::from(code), &clock());
    let types = |greet: &mut Greet, text: &str| {
        for c in text.chars() {
            greet.key(KeyEvent::from(KeyCode::Char(c)), &clock());
        }
    };
    types(&mut greet, "Big Boss");
    press(&mut greet, KeyCode::Enter);
    types(&mut greet, "short");
    for _ in 0..3 {
        press(&mut greet, KeyCode::Enter);
    }
    assert!(greet.chosen.is_none(), "nobody is sent to the shell");
    press(&mut greet, KeyCode::BackTab);
    for _ in 0..5 {
        press(&mut greet, KeyCode::Backspace);
    }
    types(&mut greet, ".boss");
    greet.submit(&clock());
    assert!(greet.chosen.is_none(), "the password is too short");
    types(&mut greet, "-but-longer");
    greet.submit(&clock());
    let password = Some("short-but-longer".to_owned());
    let name = "Big.boss".to_owned();
    assert_eq!(greet.chosen, Some(Greeting::OwnTeam { name, password }));
}

#[test]
fn a_connection_is_replaced_only_when_one_says_so() {
    let mut desk = Desk::of("mara", 80, 24);
    let before = desk.client.connections().unwrap();
    let name = before[0].name.clone();
    desk.keys("5 n").types(&name).keys("tab");
    desk.types("sqlite:/another/place.db").keys("alt-c");
    assert!(desk.shows("there is"), "{}", desk.text());
    assert_eq!(desk.client.connections().unwrap(), before);
    desk.keys("space alt-c");
    assert!(desk.shows("Added the connection"), "{}", desk.text());
}

#[test]
fn a_slash_before_what_is_looked_for_in_the_help_is_taken_as_none() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("?").types("/due");
    assert!(desk.shows("Move the due date"), "{}", desk.text());
}

//! Every screen at three sizes.

use super::{Desk, SIZES, clock, text};
use crate::client::model::{self, read_for_drawing};
use crate::client::{Client, DeskError};
use crate::tui::app::{App, Stage};
use crate::tui::config::Config;
use crate::tui::effect::Action;
use crate::tui::form::Form;
use crate::tui::offer;
use crate::tui::screen::greeting::Greet;
use crate::tui::screen::login::Login;
use crate::tui::screen::sheet::Sheet;
use crate::tui::state::Page;
use crate::tui::theme::Theme;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

/// A screen at each of the sizes.
pub fn check(name: &str, user: &str, prepare: impl Fn(&mut Desk)) {
    for (width, height) in SIZES {
        let mut desk = Desk::of(user, width, height);
        prepare(&mut desk);
        desk.draw();
        let shown = desk.text();
        settings().bind(|| insta::assert_snapshot!(format!("{name}-{width}x{height}"), shown));
    }
}

fn stage(name: &str, make: impl Fn() -> Stage, keys: &[KeyCode]) {
    for (width, height) in SIZES {
        let size = Size { width, height };
        let mut app = App::new(make(), clock(), size, Theme::Dark, Config::default());
        for code in keys {
            app.update(Action::Key(KeyEvent::from(*code)));
        }
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| app.draw(frame)).unwrap();
        let shown = text(terminal.backend().buffer());
        settings().bind(|| insta::assert_snapshot!(format!("{name}-{width}x{height}"), shown));
    }
}

#[test]
fn greeting() {
    stage("greeting", || Stage::Greeting(Greet::default()), &[]);
    stage(
        "greeting-own-team",
        || Stage::Greeting(Greet::default()),
        &[KeyCode::Down, KeyCode::Enter],
    );
}

#[test]
fn login() {
    let users = || super::fake::Fake::new("mara").users().unwrap();
    stage("login", || Stage::Login(Login::new(users())), &[]);
    stage(
        "login-password",
        || Stage::Login(Login::new(users())),
        &[KeyCode::Enter, KeyCode::Char('x')],
    );
}

#[test]
fn inbox() {
    check("inbox", "ana", |_| {});
    check("inbox-filter", "ana", |desk| {
        desk.keys("/").types("or");
    });
    check("inbox-claimable", "ana", |desk| {
        desk.keys("G k k");
    });
    check("inbox-marks", "ana", |desk| {
        desk.keys("G space k k space");
    });
}

#[test]
fn form() {
    check("form", "ana", |desk| {
        desk.keys("down enter");
    });
    check("form-errors", "ana", |desk| {
        desk.keys("enter esc down down c");
    });
    check("form-preview", "ana", |desk| {
        desk.keys("down enter esc p");
    });
    check("form-choice", "ana", |desk| {
        desk.keys("down enter tab tab tab tab").types("fri");
    });
    check("form-calendar", "ana", |desk| {
        desk.keys("down enter tab tab tab tab space");
    });
}

#[test]
fn chooser() {
    check("form-chooser", "ana", |desk| {
        desk.keys("enter space");
    });
    check("launch-chooser", "mara", |desk| {
        desk.keys("n enter tab tab tab tab").types("an");
    });
}

#[test]
fn deploy() {
    check("deploy", "mara", |desk| {
        desk.keys("2 D");
        added(desk, "stock-count.bpmn");
        added(desk, "stock-check.dmn");
    });
    check("deploy-problems", "mara", |desk| {
        desk.keys("2 D");
        desk.client.data().refuse = Some(DeskError::Model(vec![
            "stock-count.bpmn:14:7: count: a user task in a loop needs a condition that ends it"
                .to_owned(),
            "stock-count.bpmn:31:9: to-end: the flow leads to stock-end, which does not exist"
                .to_owned(),
        ]));
        added(desk, "stock-count.bpmn");
    });
}

/// Adds a model from a folder whose name does not show.
fn added(desk: &mut Desk, name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, "<definitions/>").unwrap();
    desk.types(path.to_str().unwrap()).keys("esc enter enter");
}

#[test]
fn people_changes() {
    check("people-edit", "mara", |desk| {
        desk.keys("4 down enter");
    });
    check("people-remove", "mara", |desk| {
        desk.keys("4 down x");
    });
    check("comment", "ana", |desk| {
        desk.keys("m").types("the file is late");
    });
}

#[test]
fn sheet() {
    check("instance-variable", "mara", |desk| {
        let json = serde_json::json!({"refused": [{"line": 812, "column": "amount", "reason": "12,50 is not a DECIMAL(10,2); write a point before the fraction"}]});
        let value = serde_json::json!({"type": "Json", "value": json.to_string()});
        let sheet = Sheet::variable("Orders 17 Nov", "refusals", &value);
        desk.state().pages.push(Page::Sheet(Box::new(sheet)));
    });
}

#[test]
fn today() {
    check("today", "mara", |_| {});
    check("today-people", "mara", |desk| {
        desk.keys("tab");
    });
}

#[test]
fn jobs() {
    check("jobs", "mara", |desk| {
        desk.keys("2");
    });
    check("done", "ana", |desk| {
        desk.keys("2");
    });
}

#[test]
fn instance() {
    check("instance", "mara", |desk| {
        desk.keys("2 / o r d e r s enter enter");
    });
    check("instance-timeline", "mara", |desk| {
        desk.keys("2 / o r d e r s enter h");
    });
    check("instance-variables", "mara", |desk| {
        desk.keys("2 / o r d e r s enter v");
    });
    check("instance-retrying", "mara", |desk| {
        desk.keys("2 / c l i c k s enter enter");
    });
    check("instance-incident", "mara", |desk| {
        desk.keys("2 / p r i c e s enter p p");
    });
}

#[test]
fn launch() {
    check("launch", "mara", |desk| {
        desk.keys("n");
    });
    check("launch-several", "mara", |desk| {
        desk.keys("n enter")
            .types("Orders 18 Nov")
            .keys("tab tab tab tab")
            .types("ana, be");
    });
}

#[test]
fn people() {
    check("people", "mara", |desk| {
        desk.keys("4");
    });
    check("people-add", "mara", |desk| {
        desk.keys("4 n").types("dana");
    });
}

#[test]
fn connections() {
    check("connections", "mara", |desk| {
        desk.keys("5 t");
    });
}

#[test]
fn fixing() {
    check("fix-rows", "ana", |desk| {
        desk.keys("down enter esc").later(1).keys("f");
    });
    check("fix-rows-typing", "ana", |desk| {
        desk.keys("down enter esc")
            .later(1)
            .keys("f x tab enter")
            .types("Lindqvist");
    });
}

#[test]
fn logins() {
    check("connections-edit", "mara", |desk| {
        desk.keys("5 down e");
    });
    check("form-log-in", "ana", |desk| {
        for connection in &mut desk.client.data().connections {
            connection.credentials = crate::client::Credentials::Personal;
        }
        desk.keys("f5 enter esc L").types("ana_db");
    });
}

#[test]
fn decisions() {
    check("decisions", "mara", |desk| {
        desk.keys("2 e");
    });
    check("decisions-trial", "ana", |desk| {
        desk.keys("e t").types("20").keys("tab").types("70");
    });
    check("decisions-tried", "mara", |desk| {
        desk.keys("2 e t")
            .types("20")
            .keys("tab")
            .types("70")
            .keys("enter down");
    });
    check("decisions-of-instance", "mara", |desk| {
        desk.keys("2 / o r d e r s enter enter e tab");
    });
    check("decision-wide", "mara", |desk| {
        desk.keys("2 e down down down down enter right");
    });
    check("decision-reasons", "mara", |desk| {
        desk.keys("2 e down down t").types("7").keys("alt-c tab");
    });
    check("decision-in-full", "mara", |desk| {
        desk.keys("2 e down down down down v");
    });
    check("decision-rule", "mara", |desk| {
        desk.keys("2 / o r d e r s enter enter e enter enter");
    });
}

#[test]
fn notifications() {
    check("notifications", "ana", |desk| {
        desk.keys("3");
    });
}

#[test]
fn overlays() {
    check("help", "ana", |desk| {
        desk.keys("?");
    });
    check("palette", "mara", |desk| {
        desk.keys(":").types("due");
    });
    check("cancel", "mara", |desk| {
        desk.keys("2 x");
    });
    check("toast", "ana", |desk| {
        desk.keys("G c");
    });
}

#[test]
fn trouble() {
    check("no-worker", "mara", |desk| {
        desk.client.data().status.workers = 0;
        desk.client.data().status.waiting_for_worker = 3;
        desk.act(Action::Changed);
    });
    check("claim-lost", "ana", |desk| {
        desk.client.data().refuse = Some(DeskError::AlreadyClaimed { by: "ben".into() });
        desk.keys("G c");
    });
    check("nothing-to-do", "ana", |desk| {
        desk.client.data().tasks.clear();
        desk.act(Action::Changed);
    });
}

#[test]
fn too_small() {
    let desk = Desk::of("ana", 50, 12);
    settings().bind(|| insta::assert_snapshot!("too-small-50x12", desk.text()));
}

/// The style of the first cell of a text on the screen, or of the row under it.
fn style_of(desk: &Desk, text: &str) -> ratatui::style::Style {
    let (heading, below) = match text.strip_prefix("under ") {
        Some(heading) => (heading, 1),
        None => (text, 0),
    };
    let (x, y) = desk
        .find(heading)
        .unwrap_or_else(|| panic!("{heading:?} is not on the screen"));
    desk.buffer()[(x + below * 3, y + below)].style()
}

#[test]
fn roles_reach_the_screen_in_every_theme() {
    use crate::tui::theme::Role;
    for theme in Theme::ALL {
        let mut desk = Desk::of("ana", 120, 40);
        desk.state().theme = theme;
        desk.keys("down down");
        let has = |desk: &Desk, text: &str, role: Role| {
            let (found, wanted) = (style_of(desk, text), theme.style(role));
            let colours = wanted.fg.is_none_or(|c| found.fg == Some(c))
                && wanted.bg.is_none_or(|c| found.bg == Some(c));
            let modified = found.add_modifier.contains(wanted.add_modifier);
            assert!(
                colours && modified,
                "{} {text:?} is {found:?}, not {role:?}",
                theme.name()
            );
        };
        has(&desk, "late 2h10", Role::Danger);
        has(&desk, "CAME BACK", Role::Warning);
        has(&desk, "under TODAY", Role::Selection);
        has(&desk, "Inbox, most urgent", Role::Accent);
        has(&desk, "LATE 1", Role::Danger);
        has(&desk, "WORKERS 2", Role::Success);
        desk.keys("enter");
        has(&desk, "under TODAY", Role::SelectionDim);
    }
}

#[test]
fn no_screen_has_a_colour_where_none_is_wanted() {
    use ratatui::style::Color;
    for keys in ["", "enter esc", "3", "?", "G c"] {
        let mut desk = Desk::of("ana", 80, 24);
        desk.state().theme = Theme::None;
        desk.keys(keys);
        desk.draw();
        let plain = |c: Color| c == Color::Reset;
        assert!(
            desk.buffer()
                .content()
                .iter()
                .all(|cell| plain(cell.fg) && plain(cell.bg)),
            "{keys}"
        );
    }
}

#[test]
fn another_version() {
    check("another-version", "ana", |desk| {
        super::drafts::with_another_version(desk);
        desk.keys("enter").types("cust");
    });
}

/// The form that ships, in the place of the sample's.
fn shipped(desk: &mut Desk, values: &[(&str, &str)]) {
    let bpmn = include_bytes!("../../../process-models/database-insertion.bpmn");
    let model = read_for_drawing("database-insertion.bpmn", bpmn).unwrap();
    let is = |form: &&model::Form| form.fields.iter().any(|field| field.id == "dataFrame");
    let form = model.processes[0].forms().find(is).unwrap();
    let values = values
        .iter()
        .map(|(id, text)| (id.to_string(), text.to_string()));
    let task = desk.state().inbox.task.as_mut().unwrap();
    task.form = Form::of(form, &values.collect(), "Complete");
    task.form.begin();
    let now = clock().now;
    task.typed(now);
    offer::reading(&mut task.form, None);
}

#[test]
fn a_form_that_folds() {
    let values = [
        ("connection", "sales"),
        ("tableName", "orders"),
        ("dataFrame", "/in/orders_1117.csv"),
        ("mode", "append"),
    ];
    check("form-folded", "ana", |desk| {
        desk.keys("enter");
        shipped(desk, &values);
    });
    check("form-fold-set", "ana", |desk| {
        desk.keys("enter");
        let set = [("separator", ";"), ("header", "no"), ("trim", "all")];
        shipped(desk, &[&values[..], &set].concat());
        desk.keys("tab tab tab tab");
    });
    check("form-unfolded", "ana", |desk| {
        desk.keys("enter");
        shipped(desk, &values);
        desk.keys("alt-e");
    });
}

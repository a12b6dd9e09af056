//! Forms without a screen.

use super::{Event, Field, Form, Input, Popup, path::Found};
use crate::client::FieldError;
use crate::client::model::{Constraint, FieldType, FormField};
use crate::tui::line::Line;
use crate::tui::tests::clock;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

fn model(kind: FieldType, constraints: &[Constraint]) -> FormField {
    FormField {
        id: "x".into(),
        label: "X".into(),
        kind,
        default_value: None,
        constraints: constraints.to_vec(),
        properties: Default::default(),
    }
}

fn error(kind: FieldType, constraints: &[Constraint], text: &str) -> Option<String> {
    Field::of(&model(kind, constraints), text).check(&clock())
}

fn press(form: &mut Form, code: KeyCode) -> Event {
    form.key(KeyEvent::from(code), &clock())
}

#[test]
fn offers_are_cut_where_the_field_is_a_list_or_a_path() {
    let last = |offer, input: &Input| super::draw::last(offer, Some(input)).to_owned();
    let path = Input::Path(Line::default());
    assert_eq!(last("/in/my file.csv", &path), "my file.csv");
    assert_eq!(last("/in/old/", &path), "old/");
    let names = Input::Names(Line::default(), Vec::new());
    assert_eq!(last("ana, ben", &names), "ben");
    let text = Input::Text(Line::default());
    for format in ["MM/dd/yyyy", "dd/MM/yyyy", "dd.MM.yyyy HH:mm"] {
        assert_eq!(last(format, &text), format);
    }
}

#[test]
fn constraints_speak() {
    use Constraint::*;
    assert!(error(FieldType::String, &[Required], " ").is_some());
    assert!(error(FieldType::String, &[], "").is_none());
    assert!(error(FieldType::Long, &[Min(3)], "2").is_some_and(|e| e.contains('3')));
    assert!(error(FieldType::Long, &[Max(3)], "4").is_some());
    assert!(error(FieldType::Long, &[], "4,5").is_some());
    assert!(error(FieldType::Long, &[Min(3), Max(5)], "4").is_none());
    assert!(error(FieldType::String, &[MinLength(3)], "ab").is_some());
    assert!(error(FieldType::String, &[MaxLength(3)], "abcd").is_some());
    assert!(error(FieldType::String, &[Readonly, Required], "").is_none());
    let date = FieldType::Date {
        pattern: "dd/MM/yyyy".into(),
    };
    assert!(error(date.clone(), &[], "31/02/2026").is_some());
    assert!(error(date, &[], "tomorrow").is_none());
}

#[test]
fn choices() {
    let options = [("a", "Append"), ("r", "Replace"), ("x", "Review")]
        .map(|(i, l)| (i.to_owned(), l.to_owned()));
    let mut form = Form::new(
        vec![Field::new(
            "mode",
            "Mode",
            Input::Choice(options.to_vec(), None),
        )],
        "Go",
    );
    form.typing = true;
    press(&mut form, KeyCode::Char('r'));
    assert_eq!(form.text("mode").as_deref(), Some("r"));
    press(&mut form, KeyCode::Char('r'));
    assert_eq!(form.text("mode").as_deref(), Some("x"));
    press(&mut form, KeyCode::Right);
    assert_eq!(form.text("mode").as_deref(), Some("a"));
    press(&mut form, KeyCode::Char(' '));
    assert_eq!(form.popup, Some(Popup::Options(0)));
    press(&mut form, KeyCode::Down);
    assert_eq!(press(&mut form, KeyCode::Enter), Event::Changed);
    assert_eq!(form.text("mode").as_deref(), Some("r"));
    // A choice takes printable keys: they are no commands.
    assert_eq!(press(&mut form, KeyCode::Char('q')), Event::Handled);
}

#[test]
fn the_focus_goes_round_and_skips_what_is_hidden() {
    let line = || Input::Text(Line::default());
    let fields = vec![
        Field::new("a", "A", line()),
        Field::new("b", "B", line()).hidden(),
        Field::new("c", "C", line()),
    ];
    let mut form = Form::new(fields, "Go");
    form.typing = true;
    let mut seen = vec![form.focus];
    for _ in 0..3 {
        press(&mut form, KeyCode::Tab);
        seen.push(form.focus);
    }
    assert_eq!(seen, [0, 2, 3, 0]);
    press(&mut form, KeyCode::BackTab);
    assert_eq!(press(&mut form, KeyCode::Enter), Event::Submit);
}

#[test]
fn errors_are_shown_and_mended() {
    let mut form = Form::new(
        vec![Field::new("n", "N", Input::Number(Line::new("x")))],
        "Go",
    );
    assert!(!form.check(&clock()));
    form.typing = true;
    press(&mut form, KeyCode::Backspace);
    press(&mut form, KeyCode::Char('4'));
    assert_eq!(form.fields[0].error, None);
    let others = form.refuse(&[
        FieldError {
            field: "n".into(),
            message: "no".into(),
        },
        FieldError {
            field: "gone".into(),
            message: "what".into(),
        },
    ]);
    assert_eq!(others, ["gone: what"]);
    assert_eq!(form.fields[0].error.as_deref(), Some("no"));
}

#[test]
fn a_late_look_up_is_dropped() {
    let mut form = Form::new(
        vec![Field::new("f", "F", Input::Path(Line::new("/in/")))],
        "Go",
    );
    form.typing = true;
    form.found(Found {
        text: "/other".into(),
        offers: vec!["/other/x".into()],
        note: None,
    });
    assert_eq!(form.popup, None);
    form.found(Found {
        text: "/in/".into(),
        offers: vec!["/in/a".into(), "/in/b".into()],
        note: None,
    });
    assert!(matches!(form.popup, Some(Popup::Offers(..))));
    press(&mut form, KeyCode::Down);
    press(&mut form, KeyCode::Down);
    assert_eq!(press(&mut form, KeyCode::Enter), Event::Changed);
    assert_eq!(form.text("f").as_deref(), Some("/in/b"));
}

#[test]
fn an_area_leaves_the_keys_that_the_screen_promises() {
    let mut form = Form::new(
        vec![Field::new("query", "Query", Input::Lines(Box::default()))],
        "Go",
    );
    form.typing = true;
    for letter in ['c', 'p'] {
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::ALT);
        assert_eq!(form.key(key, &clock()), Event::Ignored);
    }
    let word_back = KeyEvent::new(KeyCode::Char('b'), KeyModifiers::ALT);
    assert_eq!(form.key(word_back, &clock()), Event::Handled);
}

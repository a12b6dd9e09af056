//! Forms without a screen.

use super::{Event, Field, Form, Input, Popup, path::Found};
use crate::client::model::{Constraint, FieldType, FormField};
use crate::client::{FieldError, value};
use crate::tui::glyph::ASCII;
use crate::tui::line::Line;
use crate::tui::tests::clock;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

fn model(kind: FieldType, constraints: &[Constraint]) -> FormField {
    FormField {
        hide: None,
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
    assert!(error(FieldType::Long, &[Min(3.into())], "2").is_some_and(|e| e.contains('3')));
    assert!(error(FieldType::Long, &[Max(3.into())], "4").is_some());
    assert!(error(FieldType::Long, &[], "4,5").is_some());
    assert!(error(FieldType::Long, &[Min(3.into()), Max(5.into())], "4").is_none());
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
    // A letter shows what begins with it, and chooses nothing by itself.
    press(&mut form, KeyCode::Char('r'));
    assert_eq!(form.popup, Some(Popup::Options(1)));
    assert_eq!(form.text("mode"), None);
    press(&mut form, KeyCode::Char('r'));
    assert_eq!(form.popup, Some(Popup::Options(2)));
    // With Alt or Ctrl it is a command, which is not the list's.
    for with in [KeyModifiers::ALT, KeyModifiers::CONTROL] {
        let key = KeyEvent::new(KeyCode::Char('a'), with);
        assert_eq!(form.popup_key(key, &clock()), None);
        form.popup = Some(Popup::Options(2));
    }
    press(&mut form, KeyCode::Esc);
    assert!(form.popup.is_none() && form.typing && form.text("mode").is_none());
    press(&mut form, KeyCode::Char('z'));
    assert!(form.popup.is_none(), "nothing begins so");
    press(&mut form, KeyCode::Char('r'));
    press(&mut form, KeyCode::Char('r'));
    press(&mut form, KeyCode::Enter);
    assert_eq!(form.text("mode").as_deref(), Some("x"));
    press(&mut form, KeyCode::Right);
    assert_eq!(form.text("mode").as_deref(), Some("a"));
    press(&mut form, KeyCode::Char(' '));
    assert_eq!(form.popup, Some(Popup::Options(0)));
    press(&mut form, KeyCode::Down);
    assert_eq!(press(&mut form, KeyCode::Enter), Event::Changed);
    assert_eq!(form.text("mode").as_deref(), Some("r"));
    press(&mut form, KeyCode::Char(' '));
    assert!(form.check(&clock()) && form.popup.is_none());
    // A choice takes printable keys: they are no commands.
    assert_eq!(press(&mut form, KeyCode::Char('q')), Event::Handled);
}

#[test]
fn tab_takes_what_is_under_the_cursor_of_a_list_and_goes_on() {
    let options = ["append", "replace"].map(|o| (o.to_owned(), o.to_owned()));
    let mut table = Field::new("table", "Table", Input::Text(Line::default()));
    table.offers = ["orders", "orders_old", "stock"]
        .map(str::to_owned)
        .to_vec();
    let fields = vec![
        Field::new("mode", "Mode", Input::Choice(options.to_vec(), None)),
        table,
        Field::new("more", "More", Input::Text(Line::default())),
    ];
    let mut form = Form::new(fields, "Go");
    form.typing = true;
    press(&mut form, KeyCode::Char(' '));
    press(&mut form, KeyCode::Down);
    assert_eq!(press(&mut form, KeyCode::Tab), Event::Changed);
    assert_eq!(
        (form.text("mode").as_deref(), form.focus),
        (Some("replace"), 1)
    );
    // What several agree on is completed first, then one of them is chosen.
    for c in "ord".chars() {
        press(&mut form, KeyCode::Char(c));
    }
    press(&mut form, KeyCode::Tab);
    assert_eq!(
        (form.text("table").as_deref(), form.focus),
        (Some("orders"), 1)
    );
    press(&mut form, KeyCode::Char('_'));
    press(&mut form, KeyCode::Tab);
    assert_eq!(
        (form.text("table").as_deref(), form.focus),
        (Some("orders_old"), 2)
    );
    assert!(form.popup.is_none());
    // From the list itself.
    press(&mut form, KeyCode::BackTab);
    press(&mut form, KeyCode::Char(' '));
    assert_eq!(
        form.popup,
        Some(Popup::Offers(
            ["orders", "orders_old", "stock"]
                .map(str::to_owned)
                .to_vec(),
            Some(1)
        ))
    );
    press(&mut form, KeyCode::Down);
    press(&mut form, KeyCode::Tab);
    assert_eq!(
        (form.text("table").as_deref(), form.focus),
        (Some("stock"), 2)
    );
    // Escape closes the list, then leaves the form.
    press(&mut form, KeyCode::BackTab);
    press(&mut form, KeyCode::Char(' '));
    assert_eq!(press(&mut form, KeyCode::Esc), Event::Handled);
    assert_eq!(press(&mut form, KeyCode::Esc), Event::Left);
}

#[test]
fn what_holds_while_nothing_is_chosen_is_where_the_choice_begins() {
    let options = ["no", "yes", "all"].map(|o| (o.to_owned(), o.to_owned()));
    let after = |key: KeyCode| {
        let mut field = Field::new("t", "Trim", Input::Choice(options.to_vec(), None));
        field.usual = Some(1);
        let mut form = Form::new(vec![field], "Go");
        form.typing = true;
        assert_eq!(form.text("t"), None, "it is not said");
        press(&mut form, key);
        form.text("t")
    };
    assert_eq!(after(KeyCode::Right).as_deref(), Some("all"));
    assert_eq!(after(KeyCode::Left).as_deref(), Some("no"));
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
fn errors_are_shown_and_corrected() {
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
    for letter in ['c', 'p', 'e', 's', 'f'] {
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::ALT);
        assert_eq!(form.key(key, &clock()), Event::Ignored);
    }
    let word_back = KeyEvent::new(KeyCode::Left, KeyModifiers::ALT);
    assert_eq!(form.key(word_back, &clock()), Event::Handled);
}

#[test]
fn typing_begins_where_something_is_to_be_said() {
    let begins = |connection: &str, file: &str| {
        let fields = vec![
            Field::new(
                "connection",
                "Connection",
                Input::Text(Line::new(connection)),
            ),
            Field::new("dataFrame", "Data frame", Input::Path(Line::new(file))),
        ];
        Form::new(fields, "Go").focus
    };
    assert_eq!(begins("", ""), 0, "a form that is empty");
    assert_eq!(begins("shop", ""), 1);
    assert_eq!(begins("shop", "/in/a.csv"), 1);
    assert_eq!(begins("", "/in/a.csv"), 1, "it came back");
}

#[test]
fn fields_of_one_line_and_of_many_have_the_same_keys() {
    let (ctrl, alt, none) = (KeyModifiers::CONTROL, KeyModifiers::ALT, KeyModifiers::NONE);
    let inputs: [fn() -> Input; 2] = [
        || Input::Text(Line::default()),
        || Input::Lines(Box::default()),
    ];
    let typed = |input: fn() -> Input, keys: &[(KeyCode, KeyModifiers)]| {
        let mut field = Field::new("f", "F", input());
        field.set("one two");
        let mut form = Form::new(vec![field], "Go");
        form.typing = true;
        press(&mut form, KeyCode::End);
        for (code, modifiers) in keys {
            form.key(KeyEvent::new(*code, *modifiers), &clock());
        }
        form.fields[0].text()
    };
    let x = (KeyCode::Char('x'), none);
    let u = (KeyCode::Char('u'), ctrl);
    for (keys, text) in [
        (&[u][..], ""),
        (&[(KeyCode::Left, ctrl), u], "two"),
        (&[(KeyCode::Home, none), (KeyCode::Char('k'), ctrl)], ""),
        (&[(KeyCode::Char('a'), ctrl), x], "xone two"),
        (
            &[(KeyCode::Char('a'), ctrl), (KeyCode::Char('e'), ctrl), x],
            "one twox",
        ),
        (&[(KeyCode::Left, alt), x], "one xtwo"),
        (&[(KeyCode::Backspace, alt)], "one "),
        (&[(KeyCode::Home, none), (KeyCode::Delete, none)], "ne two"),
        (&[u, (KeyCode::Char('y'), ctrl)], "one two"),
        (
            &[(KeyCode::Char('r'), ctrl), (KeyCode::Char('w'), ctrl)],
            "one two",
        ),
    ] {
        for input in inputs {
            assert_eq!(typed(input, keys), text, "{keys:?}");
        }
    }
}

/// A form with two fields in a fold, one of them a number.
fn folding() -> Form {
    let of = |id: &str, kind, fold: bool| {
        let mut field = model(kind, &[]);
        (field.id, field.label) = (id.to_owned(), id.to_uppercase());
        if fold {
            let title = "how it is read".to_owned();
            field.properties.insert("fold".to_owned(), title);
        }
        Field::of(&field, "")
    };
    let fields = vec![
        of("a", FieldType::String, false),
        of("b", FieldType::String, true),
        of("c", FieldType::Long, true),
        of("d", FieldType::String, false),
    ];
    let mut form = Form::new(fields, "Go");
    form.typing = true;
    form
}

#[test]
fn a_fold_is_one_stop_until_it_is_opened() {
    let mut form = folding();
    let stops = |form: &mut Form| {
        form.go(0, &clock());
        let mut seen = vec![0];
        while form.step(true, &clock()) {
            seen.push(form.focus);
        }
        seen
    };
    assert_eq!(stops(&mut form), [0, 1, 3, 4]);
    // What is typed on the line of the fold goes nowhere.
    form.go(1, &clock());
    for code in [KeyCode::Char('q'), KeyCode::Backspace] {
        press(&mut form, code);
    }
    assert_eq!(form.paste("text", &clock()), Event::Ignored);
    assert!(form.is_folded(1) && form.fields[1].text().is_empty());
    press(&mut form, KeyCode::Enter);
    assert_eq!((form.is_folded(2), form.focus), (false, 1));
    press(&mut form, KeyCode::Char('q'));
    assert_eq!(form.fields[1].text(), "q");
    assert_eq!(stops(&mut form), [0, 1, 2, 3, 4]);
    // Closed again from within, the focus stays on its line, and what is set is told.
    form.go(2, &clock());
    form.fold(&clock());
    assert_eq!((form.is_folded(2), form.focus), (true, 1));
    assert_eq!(form.set_in_fold(1), "B q");
    assert_eq!(form.values()["b"], "q", "it counts all the same");
    form.fold(&clock());
    assert_eq!((form.is_folded(2), form.focus), (false, 1));
}

#[test]
fn a_fold_opens_where_a_field_is_wrong() {
    let mut form = folding();
    form.fields[2].set("many");
    assert!(!form.check(&clock()));
    assert_eq!((form.is_folded(2), form.focus), (false, 2));
    let mut form = folding();
    form.blame(&[FieldError {
        field: "b".into(),
        message: "no".into(),
    }]);
    assert!(!form.is_folded(1));
    assert_eq!(form.focus, 0, "whoever types goes on");
    // A form whose model folds nothing has all of its fields.
    let plain = Form::new(
        vec![Field::new("a", "A", Input::Text(Line::default()))],
        "Go",
    );
    assert!(!plain.has_folds());
}

#[test]
fn only_what_is_offered_is_taken_where_nothing_else_is() {
    let mut field = Field::of(&model(FieldType::String, &[]), "shop");
    field.closed = true;
    assert_eq!(
        field.check(&clock()),
        None,
        "until it is known what there is"
    );
    field.offers = vec!["warehouse".into(), "archive".into()];
    let error = field.check(&clock()).unwrap();
    assert_eq!(error, "there is no shop; choose one of warehouse, archive");
    field.set(" archive ");
    assert_eq!(field.check(&clock()), None);
}

#[test]
fn errors_are_told_by_the_labels_of_the_fields() {
    let form = Form::new(
        vec![Field::new(
            "keyColumns",
            "Key columns",
            Input::Text(Line::default()),
        )],
        "Go",
    );
    let error = |field: &str, message: &str| FieldError {
        field: field.into(),
        message: message.into(),
    };
    let told = form.in_words(&[error("keyColumns", "there is no such column")]);
    assert_eq!(told, "Key columns: there is no such column");
    let told = form.in_words(&[
        error("keyColumns", "key columns are none"),
        error("x", "no"),
    ]);
    assert_eq!(told, "key columns are none; x: no");
}

#[test]
fn what_a_condition_hides_shows_once_it_does_not_hold() {
    let mut why = model(FieldType::String, &[Constraint::Required]);
    (why.id, why.hide) = ("why".into(), Some("x = null or x < limit".into()));
    let mut form = Form::new(
        vec![
            Field::of(&model(FieldType::Long, &[]), ""),
            Field::of(&why, ""),
        ],
        "Go",
    );
    let variables: value::Map = [("limit".to_owned(), 100.into())].into_iter().collect();
    let clock = clock();
    let mut hidden = |text: &str| {
        form.fields[0].set(text);
        form.conceal(&variables, &clock);
        (form.fields[1].hidden, form.why_not(&clock).is_some())
    };
    assert_eq!(hidden(""), (true, false));
    assert_eq!(hidden("99"), (true, false));
    assert_eq!(hidden("100"), (false, true));
    assert_eq!(hidden("5"), (true, false));
}

#[test]
fn what_is_seen_of_a_field_that_begins_above_is_drawn() {
    let words = (1..=9).map(|n| format!("line {n}")).collect::<Vec<_>>();
    let shown = Field::new("t", "", Input::Shown(words.join("\n")));
    let field = |n: usize| {
        let id = format!("f{n}");
        Field::new(&id, &id, Input::Text(Line::default()))
    };
    let fields = std::iter::once(shown).chain((1..=6).map(field));
    let mut form = Form::new(fields.collect(), "Go");
    let (mut buffer, area) = {
        let area = Rect::new(0, 0, 40, 9);
        (Buffer::empty(Rect::new(0, 0, 40, 12)), area)
    };
    form.focus = 6;
    let mut ui = Ui {
        buf: &mut buffer,
        theme: Theme::None,
        glyphs: &ASCII,
        clock: clock(),
        hits: Vec::new(),
        cursor: None,
    };
    form.draw(&mut ui, area, true, Ok(()));
    let hits = ui.hits;
    let text = crate::tui::tests::text(&buffer);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    // Its last line, the six fields with a line under the last one, the button.
    assert!(lines[0].starts_with("line 9"), "{text}");
    assert!(
        lines[1].starts_with("f1") && lines[6].starts_with("f6"),
        "{text}"
    );
    assert!(lines[8].starts_with("( Go )"), "{text}");
    assert!(
        hits.iter()
            .all(|(place, _)| place.bottom() <= area.bottom())
    );
}

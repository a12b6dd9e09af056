//! Whatever is typed, clicked or pasted, at whatever size: no panic, and a frame is drawn.

use super::{Desk, clock};
use crate::tui::effect::Action;
use crate::tui::keymap::Key;
use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Key(Key),
    Click(u16, u16),
    Wheel(bool),
    Paste(String),
    Resize(u16, u16),
    Later(i64),
    Changed,
}

fn key() -> impl Strategy<Value = Key> {
    let code = prop_oneof![
        6 => proptest::char::range(' ', '~').prop_map(KeyCode::Char),
        1 => any::<char>().prop_map(KeyCode::Char),
        6 => prop::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::BackTab, KeyCode::Up, KeyCode::Down,
            KeyCode::Left, KeyCode::Right, KeyCode::Home, KeyCode::End, KeyCode::PageUp, KeyCode::PageDown,
            KeyCode::Backspace, KeyCode::Delete, KeyCode::F(1), KeyCode::F(3),
        ]),
    ];
    let modifiers = prop::sample::select(vec![
        KeyModifiers::NONE,
        KeyModifiers::NONE,
        KeyModifiers::NONE,
        KeyModifiers::ALT,
        KeyModifiers::CONTROL,
    ]);
    (code, modifiers).prop_map(|(code, modifiers)| Key { code, modifiers })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => key().prop_map(Step::Key),
        3 => (0u16..130, 0u16..45).prop_map(|(x, y)| Step::Click(x, y)),
        1 => any::<bool>().prop_map(Step::Wheel),
        1 => ".{0,40}|a,b\n1,2\n".prop_map(Step::Paste),
        1 => (1u16..130, 1u16..45).prop_map(|(w, h)| Step::Resize(w, h)),
        1 => (0i64..5).prop_map(Step::Later),
        1 => Just(Step::Changed),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_typed_breaks_the_screen(
        head in any::<bool>(),
        size in (1u16..130, 1u16..45),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut desk = Desk::of(if head { "mara" } else { "ana" }, size.0, size.1);
        for step in steps {
            match step {
                Step::Key(key) => desk.press(key),
                Step::Click(column, row) => desk.act(Action::Mouse(MouseEvent {
                    kind: MouseEventKind::Down(MouseButton::Left), column, row, modifiers: KeyModifiers::NONE,
                })),
                Step::Wheel(up) => desk.act(Action::Mouse(MouseEvent {
                    kind: if up { MouseEventKind::ScrollUp } else { MouseEventKind::ScrollDown },
                    column: 3, row: 3, modifiers: KeyModifiers::NONE,
                })),
                Step::Paste(text) => desk.act(Action::Paste(text)),
                Step::Resize(width, height) => desk.resize(width, height),
                Step::Later(seconds) => { desk.later(seconds); }
                Step::Changed => desk.act(Action::Changed),
            }
            desk.draw();
        }
        prop_assert!(desk.app.clock.now >= clock().now);
    }
}

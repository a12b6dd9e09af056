//! The terminal without a terminal: screens drawn into memory over a desk of sample data.

mod choosing;
mod deciding;
mod drafts;
mod fake;
mod filling;
mod fixing;
mod flows;
mod formless;
mod inbox;
mod keys;
mod launching;
mod logins;
mod newcomer;
mod operated;
mod operating;
mod random;
mod sample;
mod sample_insertion;
mod sample_instance;
mod sample_models;
mod snapshots;
mod team;
mod undoing;

use super::app::{App, Stage};
use super::config::Config;
use super::effect::{Action, Effect};
use super::keymap::Key;
use super::state::State;
use super::theme::Theme;
use super::words::{Clock, Zone};
use super::{update, view};
use chrono::FixedOffset;
use crossterm::event::{
    KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use fake::Fake;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;

/// Tuesday 18 November 2025, 10:18 in Berlin.
pub fn clock() -> Clock {
    Clock {
        now: "2025-11-18T09:18:00Z".parse().unwrap(),
        zone: Zone::Fixed(FixedOffset::east_opt(3600).unwrap()),
    }
}

/// A desk in front of somebody, every effect done at once.
pub struct Desk {
    pub app: App,
    pub client: Fake,
    /// Effects that reach the terminal, in words.
    pub outside: Vec<String>,
    terminal: Terminal<TestBackend>,
}

impl Desk {
    /// Somebody sits down.
    pub fn of(user: &str, width: u16, height: u16) -> Desk {
        let client = Fake::new(user);
        let me = crate::client::Client::whoami(&client).unwrap();
        let config = Config {
            mouse: true,
            ..Config::default()
        };
        let size = Size { width, height };
        let theme = Theme::Dark;
        let state = State::new(me, clock(), size, theme, config.clone());
        let app = App::new(
            Stage::Desk(Box::new(state)),
            clock(),
            size,
            Theme::Dark,
            config,
        );
        let terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let mut desk = Desk {
            app,
            client,
            outside: Vec::new(),
            terminal,
        };
        let effects = update::begin(desk.state());
        desk.perform(effects);
        desk.draw();
        desk
    }

    pub fn state(&mut self) -> &mut State {
        match &mut self.app.stage {
            Stage::Desk(state) => state,
            _ => panic!("not at the desk"),
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let then = match effect {
                Effect::Ask(_, ask) => ask(&self.client),
                Effect::Local(run) => run(),
                Effect::Edit(text, suffix) => {
                    self.outside.push(format!("edit {suffix} {text}"));
                    continue;
                }
                Effect::Copy(text) => {
                    self.outside.push(format!("copy {text}"));
                    continue;
                }
                Effect::Alert(text) => {
                    self.outside.push(format!("alert {text}"));
                    continue;
                }
                Effect::Quit => {
                    self.outside.push("quit".into());
                    continue;
                }
                Effect::Suspend => {
                    self.outside.push("suspend".into());
                    continue;
                }
                _ => continue,
            };
            self.act(Action::Then(then));
        }
    }

    pub fn act(&mut self, action: Action) {
        let effects = self.app.update(action);
        self.perform(effects);
    }

    /// Presses keys, written as in the configuration and separated by spaces.
    pub fn keys(&mut self, keys: &str) -> &mut Desk {
        for text in keys.split_whitespace() {
            let key = Key::parse(text).unwrap_or_else(|| panic!("{text} is no key"));
            self.press(key);
        }
        self
    }

    pub fn press(&mut self, key: Key) {
        let event = KeyEvent {
            kind: KeyEventKind::Press,
            ..KeyEvent::new(key.code, key.modifiers)
        };
        self.act(Action::Key(event));
        self.draw();
    }

    /// Types a text.
    pub fn types(&mut self, text: &str) -> &mut Desk {
        for c in text.chars() {
            self.press(Key {
                code: crossterm::event::KeyCode::Char(c),
                modifiers: KeyModifiers::NONE,
            });
        }
        self
    }

    pub fn later(&mut self, seconds: i64) -> &mut Desk {
        self.app.clock.now += chrono::Duration::seconds(seconds);
        self.act(Action::Tick);
        self.draw();
        self
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        self.terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        self.act(Action::Resize(width, height));
        self.draw();
    }

    /// Clicks where a text stands on the screen.
    pub fn click(&mut self, text: &str) -> &mut Desk {
        let (column, row) = self
            .find(text)
            .unwrap_or_else(|| panic!("{text:?} is not on the screen:\n{}", self.text()));
        self.click_at(column, row)
    }

    /// Clicks a cell.
    pub fn click_at(&mut self, column: u16, row: u16) -> &mut Desk {
        let kind = MouseEventKind::Down(MouseButton::Left);
        self.act(Action::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        }));
        self.draw();
        self
    }

    /// Where a text stands.
    pub fn find(&self, text: &str) -> Option<(u16, u16)> {
        self.text().lines().enumerate().find_map(|(y, line)| {
            let at = line.find(text)?;
            Some((super::words::width(&line[..at]) as u16, y as u16))
        })
    }

    pub fn draw(&mut self) {
        let app = &mut self.app;
        self.terminal.draw(|frame| app.draw(frame)).unwrap();
    }

    pub fn buffer(&self) -> &Buffer {
        self.terminal.backend().buffer()
    }

    /// What stands on the screen.
    pub fn text(&self) -> String {
        text(self.buffer())
    }

    /// True when a text stands on the screen.
    pub fn shows(&self, text: &str) -> bool {
        self.text().contains(text)
    }
}

/// The cells as lines of text.
pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..buffer.area.width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = super::words::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The smallest size that shows everything, the classic one, and a wide one.
pub const SIZES: [(u16, u16); 3] = [
    (view::SMALLEST.width, view::SMALLEST.height),
    (80, 24),
    (120, 40),
];

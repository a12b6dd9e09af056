//! The stages of the terminal: greeting, coming in, the desk.

use super::config::Config;
use super::effect::{Action, Effect};
use super::glyph::{ASCII, UNICODE};
use super::screen::greeting::Greet;
use super::screen::login::Login;
use super::state::State;
use super::theme::Theme;
use super::ui::{Hit, Ui};
use super::words::Clock;
use super::{update, view};
use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Rect, Size};

/// What is shown.
pub enum Stage {
    /// The first run.
    Greeting(Greet),
    /// Who is it?
    Login(Login),
    /// The desk.
    Desk(Box<State>),
}

/// The terminal's program.
pub struct App {
    /// The stage.
    pub stage: Stage,
    /// The time.
    pub clock: Clock,
    /// The terminal's size.
    pub size: Size,
    /// The theme.
    pub theme: Theme,
    /// The settings.
    pub config: Config,
    hits: Vec<(Rect, Hit)>,
}

impl App {
    /// Takes the theme for a background that the terminal told late.
    pub fn background(&mut self, light: bool) {
        self.theme = if light { Theme::Light } else { Theme::Dark };
        if let Stage::Desk(state) = &mut self.stage {
            state.theme = self.theme;
        }
    }

    /// A program at this stage.
    pub fn new(stage: Stage, clock: Clock, size: Size, theme: Theme, config: Config) -> App {
        App {
            stage,
            clock,
            size,
            theme,
            config,
            hits: Vec::new(),
        }
    }

    /// Acts, and says what to ask of the outside.
    pub fn update(&mut self, action: Action) -> Vec<Effect> {
        if let Action::Resize(width, height) = action {
            self.size = Size { width, height };
        }
        if let Action::Entered(answer) = action {
            return self.entered(answer);
        }
        let clock = self.clock;
        match &mut self.stage {
            Stage::Desk(state) => {
                state.clock = clock;
                update::update(state, action)
            }
            Stage::Login(login) => match action {
                Action::Key(key)
                    if key.modifiers == KeyModifiers::CONTROL && key.code == KeyCode::Char('c') =>
                {
                    vec![Effect::Quit]
                }
                Action::Leave => vec![Effect::Quit],
                Action::Key(key) => login.key(key, &clock),
                Action::Paste(text) => {
                    if let Some(form) = &mut login.form {
                        form.paste(&text, &clock);
                    }
                    Vec::new()
                }
                Action::Mouse(mouse) if mouse.kind == MouseEventKind::Down(MouseButton::Left) => {
                    match self.hit(mouse.column, mouse.row) {
                        Some(Hit::Row(_, at)) => match &mut self.stage {
                            Stage::Login(login) => login.pick(at),
                            _ => Vec::new(),
                        },
                        _ => Vec::new(),
                    }
                }
                _ => Vec::new(),
            },
            Stage::Greeting(greet) => match action {
                Action::Key(key)
                    if key.modifiers == KeyModifiers::CONTROL && key.code == KeyCode::Char('c') =>
                {
                    vec![Effect::Quit]
                }
                Action::Leave => vec![Effect::Quit],
                Action::Key(key) => greet.key(key, &clock),
                Action::Mouse(mouse) if mouse.kind == MouseEventKind::Down(MouseButton::Left) => {
                    let hit = self.hit(mouse.column, mouse.row);
                    match (&mut self.stage, hit) {
                        (Stage::Greeting(greet), Some(Hit::Row(_, at))) => greet.pick(at),
                        (Stage::Greeting(greet), Some(Hit::Button)) => greet.submit(&clock),
                        _ => Vec::new(),
                    }
                }
                _ => Vec::new(),
            },
        }
    }

    fn hit(&self, x: u16, y: u16) -> Option<Hit> {
        self.hits
            .iter()
            .rev()
            .find(|(area, _)| area.contains((x, y).into()))
            .map(|(_, hit)| *hit)
    }

    fn entered(
        &mut self,
        answer: crate::client::Answer<(
            crate::client::User,
            std::sync::Arc<dyn crate::client::Client>,
        )>,
    ) -> Vec<Effect> {
        match answer {
            Ok((user, client)) => {
                let mut state =
                    State::new(user, self.clock, self.size, self.theme, self.config.clone());
                let mut effects = vec![Effect::Watch(client)];
                effects.extend(update::begin(&mut state));
                self.stage = Stage::Desk(Box::new(state));
                effects
            }
            Err(error) => {
                if let Stage::Login(login) = &mut self.stage {
                    login.refused(error.to_string());
                }
                Vec::new()
            }
        }
    }

    /// Draws the frame and remembers what can be clicked on it.
    pub fn draw(&mut self, frame: &mut Frame) {
        let theme = match &self.stage {
            Stage::Desk(state) => state.theme,
            _ => self.theme,
        };
        let area = frame.area();
        let mut ui = Ui {
            buf: frame.buffer_mut(),
            theme,
            glyphs: if self.config.ascii { &ASCII } else { &UNICODE },
            clock: self.clock,
            hits: Vec::new(),
            cursor: None,
        };
        match &self.stage {
            Stage::Desk(state) => view::draw(state, &mut ui),
            _ if area.width < view::SMALLEST.width || area.height < view::SMALLEST.height => {
                view::too_small(&mut ui)
            }
            Stage::Login(login) => {
                ui.paint(area, super::theme::Role::Text);
                login.draw(&mut ui);
            }
            Stage::Greeting(greet) => {
                ui.paint(area, super::theme::Role::Text);
                greet.draw(&mut ui);
            }
        }
        let (hits, cursor) = (ui.hits, ui.cursor);
        match &mut self.stage {
            Stage::Desk(state) => state.hits = hits,
            _ => self.hits = hits,
        }
        if let Some(at) = cursor {
            frame.set_cursor_position(at);
        }
    }

    /// True while something moves on the screen by itself, such as a spinner.
    pub fn lively(&self) -> bool {
        match &self.stage {
            Stage::Desk(state) => {
                !state.waiting.is_empty()
                    || state.toast.is_some()
                    || state.inbox.task.as_ref().is_some_and(|t| {
                        t.dirty.is_some()
                            || t.changed.is_some_and(|at| {
                                self.clock.now - at < chrono::Duration::seconds(2)
                            })
                    })
            }
            _ => false,
        }
    }
}

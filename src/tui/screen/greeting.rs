//! The first run: try a sandbox team, or set up one's own.

use super::inbox::select;
use crate::client::{check_name, check_password};
use crate::tui::effect::Effect;
use crate::tui::form::{Event, Field, Form, Input};
use crate::tui::line::Line;
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, centred};
use crate::tui::words::Clock;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;

/// What a person wants on the first run.
#[derive(Clone, PartialEq, Eq)]
pub enum Greeting {
    /// A sandbox team with work under way.
    Demo,
    /// A desk of their own; its first user is a team head.
    OwnTeam {
        /// The head's login name.
        name: String,
        /// The head's password, if one is wanted.
        password: Option<String>,
    },
    /// Nothing for now.
    Leave,
}

/// A password is not for logs.
impl std::fmt::Debug for Greeting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Greeting::Demo => f.write_str("Demo"),
            Greeting::OwnTeam { name, .. } => f
                .debug_struct("OwnTeam")
                .field("name", name)
                .finish_non_exhaustive(),
            Greeting::Leave => f.write_str("Leave"),
        }
    }
}

/// The offers: what they do, and what that means.
const OFFERS: [(&str, &str); 3] = [
    (
        "Look around in a demo",
        "a sandbox team; nothing of yours is touched",
    ),
    (
        "Set up my own team",
        "you become its head and add the others",
    ),
    ("Leave", "nothing is written"),
];

/// The screen.
#[derive(Default)]
pub struct Greet {
    selected: usize,
    form: Option<Form>,
    /// What was chosen.
    pub chosen: Option<Greeting>,
}

impl Greet {
    /// Acts on a key.
    pub fn key(&mut self, key: KeyEvent, clock: &Clock) -> Vec<Effect> {
        if let Some(form) = &mut self.form {
            match form.key(key, clock) {
                Event::Left => self.form = None,
                Event::Submit => return self.submit(clock),
                _ => {}
            }
            return Vec::new();
        }
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.selected = self.selected.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => {
                self.selected = (self.selected + 1).min(OFFERS.len() - 1)
            }
            KeyCode::Enter => return self.pick(self.selected),
            KeyCode::Char('q') | KeyCode::Esc => return self.choose(Greeting::Leave),
            _ => {}
        }
        Vec::new()
    }

    /// Takes an offer.
    pub fn pick(&mut self, index: usize) -> Vec<Effect> {
        self.selected = index.min(OFFERS.len() - 1);
        match self.selected {
            0 => self.choose(Greeting::Demo),
            1 => {
                let name = Field::new("name", "Your name", Input::Text(Line::default()))
                    .required()
                    .rule(check_name)
                    .help("the login name: letters, digits, dots and dashes");
                let password = Field::new("password", "Password", Input::Secret(Line::secret()))
                    .rule(check_password)
                    .help("optional; without one, choosing the name is enough");
                let mut form = Form::new(vec![name, password], "Set up the team");
                form.begin();
                self.form = Some(form);
                Vec::new()
            }
            _ => self.choose(Greeting::Leave),
        }
    }

    fn choose(&mut self, greeting: Greeting) -> Vec<Effect> {
        self.chosen = Some(greeting);
        vec![Effect::Quit]
    }

    /// Presses the form's button.
    pub fn submit(&mut self, clock: &Clock) -> Vec<Effect> {
        let Some(form) = &mut self.form else {
            return Vec::new();
        };
        if !form.check(clock) {
            return Vec::new();
        }
        let name = form.text("name").unwrap_or_default();
        let password = form
            .field("password")
            .map(Field::text)
            .filter(|p| !p.is_empty());
        self.choose(Greeting::OwnTeam { name, password })
    }

    /// Draws the greeting.
    pub fn draw(&self, ui: &mut Ui) {
        let screen = ui.buf.area;
        let area = centred(screen, 66, 17);
        let inner = ui.pane(area, "crewdesk", true);
        let inner = Rect {
            x: inner.x + 2,
            width: inner.width.saturating_sub(4),
            ..inner
        };
        let mut y = inner.y + 1;
        ui.text(inner.x, y, inner.width, "Good to see you.", Role::Accent);
        y += 1;
        let text = "This is your team's task desk. Work is launched, claimed and done here, and what comes back says why.";
        y += ui.paragraph(
            Rect {
                y,
                height: 2,
                ..inner
            },
            text,
            Role::Text,
        ) + 1;
        if let Some(form) = &self.form {
            ui.text(
                inner.x,
                y,
                inner.width,
                "The first user is the head of the team.",
                Role::Muted,
            );
            y += 2;
            // What is wrong must not push its field out of sight.
            let wrong = form.fields.iter().any(|field| field.error.is_some());
            let place = Rect {
                y,
                height: (inner.bottom().saturating_sub(y + 2)).min(if wrong { 7 } else { 5 }),
                ..inner
            };
            form.draw(ui, place, true, Ok(()));
            ui.text(
                inner.x,
                inner.bottom() - 1,
                inner.width,
                "Tab next field, Enter goes on, Esc back",
                Role::Muted,
            );
            return;
        }
        for (i, (offer, meaning)) in OFFERS.iter().enumerate() {
            let line = Rect {
                y,
                height: 1,
                ..inner
            };
            ui.text(line.x + 2, y, line.width - 2, offer, Role::Text);
            select(ui, line, i == self.selected, true);
            ui.hit(Rect { height: 2, ..line }, Hit::Row(0, i));
            ui.text(line.x + 2, y + 1, line.width - 2, meaning, Role::Muted);
            y += 2;
        }
        ui.text(
            inner.x,
            inner.bottom() - 1,
            inner.width,
            "arrows choose, Enter goes on, q leaves",
            Role::Muted,
        );
    }
}

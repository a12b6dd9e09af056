//! Who is it? Shown when several people share a desk, or one has a password.

use super::inbox::select;
use crate::client::{Role as Post, User};
use crate::tui::effect::Effect;
use crate::tui::form::{Event, Field, Form, Input};
use crate::tui::line::Line;
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, centred};
use crate::tui::words::{self, Clock};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;

/// The chooser.
#[derive(Default)]
pub struct Login {
    /// The users, or why they cannot be asked for.
    pub users: Vec<User>,
    /// The row under the cursor.
    pub selected: usize,
    /// The password, for a user who has one.
    pub form: Option<Form>,
    /// What went wrong.
    pub error: Option<String>,
    /// Coming in.
    pub waiting: bool,
}

impl Login {
    /// A chooser of these users; workers do not sit at a terminal.
    pub fn new(users: Vec<User>) -> Login {
        let users = users
            .into_iter()
            .filter(|u| u.role != Post::Worker)
            .collect();
        Login {
            users,
            ..Login::default()
        }
    }

    /// Acts on a key.
    pub fn key(&mut self, key: KeyEvent, clock: &Clock) -> Vec<Effect> {
        if let Some(form) = &mut self.form {
            if matches!(key.code, KeyCode::Up | KeyCode::Down) {
                self.form = None;
                return self.key(key, clock);
            }
            match form.key(key, clock) {
                Event::Left => self.form = None,
                Event::Submit => return self.enter(),
                _ if key.code == KeyCode::Enter => return self.enter(),
                _ => {}
            }
            return Vec::new();
        }
        self.error = None;
        let last = self.users.len().saturating_sub(1);
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.selected = self.selected.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.selected = (self.selected + 1).min(last),
            KeyCode::Home | KeyCode::Char('g') => self.selected = 0,
            KeyCode::End | KeyCode::Char('G') => self.selected = last,
            KeyCode::Enter => return self.choose(),
            KeyCode::Char('q') | KeyCode::Esc => return vec![Effect::Quit],
            _ => {}
        }
        Vec::new()
    }

    /// Selects a user.
    pub fn pick(&mut self, index: usize) -> Vec<Effect> {
        self.selected = index.min(self.users.len().saturating_sub(1));
        self.choose()
    }

    fn choose(&mut self) -> Vec<Effect> {
        self.error = None;
        let Some(user) = self.users.get(self.selected) else {
            return Vec::new();
        };
        if !user.has_password {
            return self.enter();
        }
        let mut form = Form::new(
            vec![Field::new("password", "Password", Input::Secret(Line::secret())).required()],
            "Come in",
        );
        form.begin();
        self.form = Some(form);
        Vec::new()
    }

    fn enter(&mut self) -> Vec<Effect> {
        let Some(user) = self.users.get(self.selected).filter(|_| !self.waiting) else {
            return Vec::new();
        };
        self.waiting = true;
        let password = self
            .form
            .as_ref()
            .and_then(|f| f.field("password"))
            .map(Field::text);
        vec![Effect::Enter(user.id.clone(), password)]
    }

    /// The desk refused: whoever mistyped a password types it again, from the beginning.
    pub fn refused(&mut self, error: String) {
        self.waiting = false;
        match &mut self.form {
            Some(form) => {
                for field in &mut form.fields {
                    field.set("");
                    field.error = Some(error.clone());
                }
                form.begin();
            }
            None => self.error = Some(error),
        }
    }

    /// Draws the chooser.
    pub fn draw(&self, ui: &mut Ui) {
        const WIDTH: u16 = 46;
        let screen = ui.buf.area;
        let columns = WIDTH - 4;
        let tall = match (&self.form, &self.error) {
            (Some(form), _) => form.lines(columns) + 1,
            (None, Some(error)) => words::wrap(error, columns.into()).len() as u16,
            (None, None) => 3,
        };
        let tall = tall.clamp(3, 8);
        let rows = (self.users.len() as u16)
            .min(screen.height.saturating_sub(tall + 6))
            .max(1);
        let area = centred(screen, WIDTH, rows + tall + 3);
        let inner = ui.pane(area, "Who are you?", true);
        let list = Rect {
            height: rows,
            ..inner
        };
        let first = self.selected.saturating_sub(usize::from(rows) - 1);
        for (i, user) in self.users.iter().enumerate().skip(first).take(rows.into()) {
            let line = Rect {
                y: list.y + (i - first) as u16,
                height: 1,
                ..list
            };
            let post = if user.role == Post::Head {
                "head"
            } else {
                "employee"
            };
            let groups = user.groups.join(", ");
            ui.text(line.x + 2, line.y, 14, &user.id, Role::Text);
            ui.text(line.x + 17, line.y, 9, post, Role::Muted);
            ui.text(
                line.x + 27,
                line.y,
                line.width.saturating_sub(28),
                &groups,
                Role::Muted,
            );
            select(ui, line, i == self.selected, self.form.is_none());
            ui.hit(line, Hit::Row(0, i));
        }
        let lower = Rect {
            x: inner.x + 1,
            width: inner.width.saturating_sub(2),
            y: list.bottom() + 1,
            height: tall,
        };
        match (&self.form, &self.error) {
            (Some(form), _) => form.draw(ui, lower, true, Ok(())),
            (None, Some(error)) => {
                let error = error.as_str();
                ui.paragraph(lower, error, Role::Danger);
            }
            (None, None) => {
                ui.text(
                    lower.x,
                    lower.y + 1,
                    lower.width,
                    "Enter comes in, q leaves",
                    Role::Muted,
                );
            }
        }
        if self.form.is_some() {
            ui.corner(area, "Enter comes in, Esc goes back");
        } else if self.users.len() > rows.into() {
            ui.corner(
                area,
                &words::count(self.users.len() as u64, "person", "people"),
            );
        }
    }
}

//! What lies on top of a screen: dialogs, the help, the command palette.

use super::effect::{self, Done, Effect, Then};
use super::form::{Event, Field, Form, Input};
use super::keymap::{self, BINDINGS, Binding, Key};
use super::line::Line;
use super::state::State;
use super::theme::Role;
use super::ui::{Hit, Ui, centred, inset};
use super::words::{self, Clock};
use crate::client::{Answer, Client, DeskError};
use chrono::{DateTime, Utc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use indexmap::IndexMap;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Matcher, Utf32Str};
use ratatui::layout::Rect;
use std::sync::Arc;

/// Something on top.
pub enum Overlay {
    /// A question, with fields or without.
    Dialog(Box<Dialog>),
    /// All keys, or all commands.
    Finder(Finder),
}

impl From<Dialog> for Overlay {
    fn from(dialog: Dialog) -> Overlay {
        Overlay::Dialog(Box::new(dialog))
    }
}

/// What was filled in, as the desk gets it.
pub struct Filled {
    texts: IndexMap<String, String>,
    clock: Clock,
}

impl Filled {
    /// The trimmed text of a field, unless empty.
    pub fn text(&self, id: &str) -> Option<String> {
        let text = self.texts.get(id)?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The instant that a field names.
    pub fn when(&self, id: &str) -> Option<DateTime<Utc>> {
        self.clock.when(&self.text(id)?)
    }
}

type Ask = Arc<dyn Fn(&dyn Client, &Filled) -> Answer<Done> + Send + Sync>;

/// What the button of a dialog does.
enum Deed {
    /// Asks the desk; the dialog stays until the answer is yes.
    Desk(Ask),
    /// Goes on in the terminal.
    Here(Then),
}

/// A question.
pub struct Dialog {
    /// Its title.
    pub title: String,
    /// What one should know before answering.
    pub text: String,
    /// Its fields and button.
    pub form: Form,
    /// What the desk said against it.
    pub error: Option<String>,
    /// The desk is being asked.
    pub waiting: bool,
    deed: Option<Deed>,
}

impl Dialog {
    /// A dialog whose answer goes to the desk.
    pub fn ask(
        title: &str,
        text: &str,
        fields: Vec<Field>,
        button: &str,
        deed: impl Fn(&dyn Client, &Filled) -> Answer<Done> + Send + Sync + 'static,
    ) -> Dialog {
        let mut form = Form::new(fields, button);
        form.short = true;
        form.begin();
        Dialog {
            title: title.to_owned(),
            text: text.to_owned(),
            form,
            error: None,
            waiting: false,
            deed: Some(Deed::Desk(Arc::new(deed))),
        }
    }

    /// A question that is answered by the button or by Escape.
    pub fn confirm(
        title: &str,
        text: &str,
        button: &str,
        deed: impl FnOnce(&mut State) -> Vec<Effect> + Send + 'static,
    ) -> Dialog {
        let mut form = Form::new(Vec::new(), button);
        form.typing = true;
        Dialog {
            title: title.to_owned(),
            text: text.to_owned(),
            form,
            error: None,
            waiting: false,
            deed: Some(Deed::Here(Box::new(deed))),
        }
    }

    /// What keys do in it.
    pub fn hints(&self) -> Vec<(&'static str, String)> {
        let open = |f: &&Field| !f.hidden && !f.readonly;
        let fields = self.form.fields.iter().filter(open).count();
        let last = (self.form.fields.iter()).rposition(|f| open(&f));
        let mut hints = Vec::new();
        if fields > 0 {
            hints.push(("Tab", "next".to_owned()));
        }
        let button = &self.form.button;
        let lines = |f: &Field| matches!(f.input, Input::Lines(_));
        if self.form.fields.get(self.form.focus).is_some_and(lines) {
            hints.push(("Alt-c", button.to_lowercase()));
        } else if last.is_none_or(|last| self.form.focus >= last) {
            hints.push(("Enter", button.to_lowercase()));
        } else {
            hints.push(("Enter", "next".to_owned()));
            hints.push(("Alt-c", button.to_lowercase()));
        }
        hints.push(("Esc", "closes".to_owned()));
        hints
    }

    fn draw(&self, ui: &mut Ui) {
        let screen = ui.buf.area;
        let width = 64.min(screen.width.saturating_sub(4));
        let columns = width.saturating_sub(4);
        let text = words::wrap(&self.text, columns.into()).len() as u16;
        let error = self
            .error
            .as_ref()
            .map_or(0, |e| words::wrap(e, columns.into()).len() as u16 + 1);
        let text_rows = if self.text.is_empty() { 0 } else { text + 1 };
        // Without fields the button stands right below the text.
        let rows = match self.form.fields.is_empty() {
            true => 0,
            false => self.form.lines(columns) + 2,
        };
        let area = centred(screen, width, text_rows + error + rows + 3);
        let inner = ui.popup(area, &self.title);
        let inner = inset(inner);
        let mut y = inner.y;
        if !self.text.is_empty() {
            y += ui.paragraph(inner, &self.text, Role::Text) + 1;
        }
        if let Some(error) = &self.error {
            let place = Rect {
                y,
                height: inner.bottom().saturating_sub(y),
                ..inner
            };
            y += ui.paragraph(place, error, Role::Danger) + 1;
        }
        // A form without fields has a line above its button all the same.
        if rows == 0 {
            y = y.saturating_sub(1);
        }
        let place = Rect {
            y,
            height: inner.bottom().saturating_sub(y),
            ..inner
        };
        let ready = if self.waiting {
            Err("asking the desk".to_owned())
        } else {
            Ok(())
        };
        self.form.draw(ui, place, true, ready);
        ui.corner(area, "Esc closes");
    }
}

/// A list of commands to search in.
#[derive(Default)]
pub struct Finder {
    /// What is searched for.
    pub line: Line,
    /// The line under the cursor.
    pub at: usize,
    /// True for the help, which lists every key of this screen with its reason.
    pub help: bool,
}

/// One line of the finder.
pub struct Match {
    /// The command.
    pub binding: &'static Binding,
    /// Its keys.
    pub keys: Vec<Key>,
    /// Why it cannot be done now.
    pub why_not: Option<String>,
}

impl Finder {
    /// The commands of this screen that match, the best first.
    pub fn matches(&self, state: &State) -> Vec<Match> {
        let scope = state.scope();
        let mut seen = std::collections::HashSet::new();
        let rows = BINDINGS
            .iter()
            .filter(|b| b.scopes.contains(&scope) && seen.insert(b.command))
            .map(|binding| Match {
                binding,
                keys: keymap::keys(binding, &state.config.keys),
                why_not: (binding.when)(state).err(),
            });
        // Who reads "/ type to search" types the slash, too.
        let needle = self.line.text().trim().trim_start_matches('/');
        if needle.is_empty() {
            return rows.collect();
        }
        let pattern = Pattern::parse(needle, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(nucleo_matcher::Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, Match)> = rows
            .filter_map(|row| {
                let text = format!(
                    "{} {} {}",
                    row.binding.label,
                    row.binding.help,
                    row.binding.command.name()
                );
                let score = pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher)?;
                Some((score, row))
            })
            .collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        scored.into_iter().map(|(_, row)| row).collect()
    }

    fn draw(&self, state: &State, ui: &mut Ui) {
        let screen = ui.buf.area;
        let height = (screen.height.saturating_sub(4)).min(if self.help { 40 } else { 18 });
        // A sliver of what is under it would only be in the way.
        let width = if screen.width < 90 { screen.width } else { 76 };
        let mut area = centred(screen, width, height);
        if !self.help {
            area.y = 2.min(screen.height.saturating_sub(height));
        }
        let matches = self.matches(state);
        let inner = ui.popup(
            area,
            if self.help {
                "Keys on this screen"
            } else {
                "Commands"
            },
        );
        let line = Rect {
            x: inner.x + 1,
            width: inner.width.saturating_sub(2),
            height: 1,
            ..inner
        };
        ui.text(
            line.x,
            line.y,
            1,
            if self.help { "/" } else { ":" },
            Role::Accent,
        );
        let place = Rect {
            x: line.x + 2,
            width: line.width.saturating_sub(2),
            ..line
        };
        ui.paint(place, Role::Field);
        let (text, cursor) = self.line.window(place.width.into(), None);
        if self.line.is_empty() {
            ui.text(place.x, place.y, place.width, "type to search", Role::Muted);
        }
        ui.text(place.x, place.y, place.width, &text, Role::Field);
        ui.cursor = Some((place.x + cursor as u16, place.y).into());
        let rows = Rect {
            y: inner.y + 2,
            height: inner.height.saturating_sub(2),
            ..inner
        };
        let first = self
            .at
            .saturating_sub(usize::from(rows.height.saturating_sub(1)));
        for (i, found) in matches
            .iter()
            .enumerate()
            .skip(first)
            .take(rows.height.into())
        {
            let row = Rect {
                y: rows.y + (i - first) as u16,
                height: 1,
                ..rows
            };
            let keys: Vec<String> = found.keys.iter().map(ToString::to_string).collect();
            let (key, text) = match found.why_not {
                Some(_) => (Role::Muted, Role::Muted),
                None => (Role::Accent, Role::Text),
            };
            let wide = 12.min(row.width);
            ui.text(row.x + 1, row.y, wide - 1, &keys.join(" "), key);
            let rest = row.width.saturating_sub(wide + 1);
            let why = found.why_not.as_ref();
            let why = why.map(|why| format!(" {} {why}", ui.glyphs.dot));
            // Of what can not be done the reason is what one looks for.
            let kept = why.as_ref().map_or(0, |why| words::width(why) as u16);
            let most = rest.saturating_sub(kept).max(rest / 2);
            let used = ui.text(row.x + wide + 1, row.y, most, found.binding.help, text);
            if let Some(why) = why {
                ui.text(
                    row.x + wide + 1 + used,
                    row.y,
                    rest - used,
                    &why,
                    Role::Muted,
                );
            }
            super::screen::inbox::select(ui, row, i == self.at, true);
            ui.hit(row, Hit::Choice(i));
        }
        if matches.is_empty() {
            ui.text(
                rows.x + 1,
                rows.y,
                rows.width,
                "No command matches.",
                Role::Muted,
            );
        } else {
            ui.corner(area, &format!("{} of {}", self.at + 1, matches.len()));
        }
    }
}

/// Draws what lies on top.
pub fn draw(state: &State, ui: &mut Ui) {
    let Some(overlay) = &state.overlay else {
        return;
    };
    ui.dim();
    ui.cursor = None;
    // Nothing under it can be clicked; a click beside it closes it.
    ui.hits.clear();
    let screen = ui.buf.area;
    ui.hit(screen, Hit::Dismiss);
    match overlay {
        Overlay::Dialog(dialog) => dialog.draw(ui),
        Overlay::Finder(finder) => finder.draw(state, ui),
    }
}

/// A key goes to what lies on top.
pub fn key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let clock = state.clock;
    match &mut state.overlay {
        Some(Overlay::Dialog(dialog)) => {
            dialog.form.typing = true;
            if key.modifiers == KeyModifiers::ALT && key.code == KeyCode::Char('c') {
                return submit(state);
            }
            match dialog.form.key(key, &clock) {
                Event::Left => {
                    state.overlay = None;
                    Vec::new()
                }
                Event::Submit => submit(state),
                Event::Changed => {
                    dialog.error = None;
                    Vec::new()
                }
                Event::Ignored if key.code == KeyCode::Char('o') => {
                    super::update::edit_field(state)
                }
                Event::Ignored | Event::Handled => Vec::new(),
            }
        }
        Some(Overlay::Finder(finder)) => {
            let at = finder.at;
            match key.code {
                KeyCode::Esc => state.overlay = None,
                KeyCode::Up => finder.at = at.saturating_sub(1),
                KeyCode::PageUp => finder.at = at.saturating_sub(10),
                KeyCode::Down | KeyCode::Tab | KeyCode::PageDown => {
                    let step = if key.code == KeyCode::PageDown { 10 } else { 1 };
                    let last = matches(state).len().saturating_sub(1);
                    if let Some(Overlay::Finder(finder)) = &mut state.overlay {
                        finder.at = (at + step).min(last);
                    }
                }
                KeyCode::Enter => return choose(state, at),
                _ => {
                    if finder.line.key(key) {
                        finder.at = 0;
                    }
                }
            }
            Vec::new()
        }
        None => Vec::new(),
    }
}

fn matches(state: &State) -> Vec<Match> {
    match &state.overlay {
        Some(Overlay::Finder(finder)) => finder.matches(state),
        _ => Vec::new(),
    }
}

/// Does what a line of the finder says.
pub fn choose(state: &mut State, at: usize) -> Vec<Effect> {
    let Some(binding) = matches(state).into_iter().nth(at).map(|m| m.binding) else {
        return Vec::new();
    };
    state.overlay = None;
    super::update::run(state, binding)
}

/// Presses the button of the dialog.
pub fn submit(state: &mut State) -> Vec<Effect> {
    let clock = state.clock;
    let Some(Overlay::Dialog(dialog)) = &mut state.overlay else {
        return Vec::new();
    };
    if dialog.waiting || !dialog.form.check(&clock) {
        return Vec::new();
    }
    match dialog.deed.take() {
        Some(Deed::Desk(ask)) => {
            dialog.deed = Some(Deed::Desk(ask.clone()));
            dialog.waiting = true;
            let filled = Filled {
                texts: dialog.form.values(),
                clock,
            };
            let title = dialog.title.clone();
            vec![effect::ask(
                "an answer",
                move |client| ask(client, &filled),
                move |state, answer| answered(state, &title, answer),
            )]
        }
        Some(Deed::Here(deed)) => {
            state.overlay = None;
            deed(state)
        }
        None => Vec::new(),
    }
}

fn answered(state: &mut State, title: &str, answer: Answer<Done>) -> Vec<Effect> {
    let same = matches!(&state.overlay, Some(Overlay::Dialog(d)) if d.title == *title);
    match answer {
        Ok(done) => {
            if same {
                state.overlay = None;
            }
            state.done(done)
        }
        Err(error) => {
            let Some(Overlay::Dialog(dialog)) = state.overlay.as_mut().filter(|_| same) else {
                return state.failed(&error);
            };
            dialog.waiting = false;
            dialog.error = match &error {
                DeskError::Fields(fields) => {
                    let others = dialog.form.refuse(fields);
                    (!others.is_empty()).then(|| others.join("; "))
                }
                other => Some(other.to_string()),
            };
            // What is to be changed is in the fields; a refused field has taken the focus already.
            if dialog.error.is_some() && dialog.form.focus >= dialog.form.fields.len() {
                dialog.form.begin();
            }
            Vec::new()
        }
    }
}

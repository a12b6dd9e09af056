//! What keys, clicks and pasted text do to a form.

use super::{Event, Form, Input, Popup, choose, field};
use crate::tui::line::Edit;
use crate::tui::words::Clock;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_textarea::{CursorMove, TextArea};

impl Form {
    /// Acts on a key while the form is typed into.
    pub fn key(&mut self, key: KeyEvent, clock: &Clock) -> Event {
        if self.popup.is_some()
            && let Some(event) = self.popup_key(key, clock)
        {
            return event;
        }
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let folded = self.on_fold();
        let multiline = !folded
            && matches!(self.fields.get(self.focus), Some(f) if matches!(f.input, Input::Lines(_)));
        match key.code {
            KeyCode::Esc => {
                self.leave(clock);
                self.typing = false;
                Event::Left
            }
            KeyCode::Tab | KeyCode::BackTab => {
                if key.code == KeyCode::Tab
                    && let Some(event) = self.complete(clock)
                {
                    return event;
                }
                let forward = key.code == KeyCode::Tab;
                if !self.step(forward, clock) {
                    self.focus = if forward { 0 } else { self.fields.len() };
                    if self.focus < self.fields.len() && !self.is_stop(self.focus) {
                        self.step(forward, clock);
                    }
                }
                Event::Handled
            }
            KeyCode::F(_) => Event::Ignored,
            KeyCode::Enter if self.focus >= self.fields.len() => Event::Submit,
            KeyCode::Enter | KeyCode::Char(' ') | KeyCode::Right if folded => {
                self.open_fold();
                Event::Handled
            }
            KeyCode::Enter if !multiline => {
                self.step(true, clock);
                if self.short && self.focus >= self.fields.len() {
                    return Event::Submit;
                }
                Event::Handled
            }
            KeyCode::Up if !multiline => {
                self.step(false, clock);
                Event::Handled
            }
            KeyCode::Down if !multiline => {
                self.step(true, clock);
                Event::Handled
            }
            _ if ctrl && matches!(key.code, KeyCode::Char('c' | 'p' | 'o' | 'z' | 'l')) => {
                Event::Ignored
            }
            KeyCode::Char(_) if folded && key.modifiers.is_empty() => Event::Handled,
            _ if folded => Event::Ignored,
            _ => self.edit(key, clock),
        }
    }

    fn edit(&mut self, key: KeyEvent, clock: &Clock) -> Event {
        let plain = !key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let Some(field) = self.fields.get_mut(self.focus) else {
            return Event::Ignored;
        };
        if field.readonly {
            return if plain && matches!(key.code, KeyCode::Char(_)) {
                Event::Handled
            } else {
                Event::Ignored
            };
        }
        let usual = field.usual;
        let changed = match &mut field.input {
            Input::Choice(options, picked) => {
                let (len, here) = (options.len(), picked.or(usual));
                match key.code {
                    KeyCode::Char(' ') if plain && len > 0 => {
                        self.popup = Some(Popup::Options(here.unwrap_or(0)));
                        return Event::Handled;
                    }
                    KeyCode::Right if len > 0 => *picked = Some(here.map_or(0, |p| (p + 1) % len)),
                    KeyCode::Left if len > 0 => {
                        *picked = Some(here.map_or(len - 1, |p| (p + len - 1) % len))
                    }
                    KeyCode::Backspace | KeyCode::Delete => *picked = None,
                    // A letter looks for an option, and whoever meant another field sees it.
                    KeyCode::Char(c) if plain => {
                        let found = choose::next_option(options, here, c);
                        self.popup = found.map(Popup::Options);
                        return Event::Handled;
                    }
                    _ => return Event::Ignored,
                }
                true
            }
            Input::Check(on) => {
                match key.code {
                    KeyCode::Char(' ') | KeyCode::Left | KeyCode::Right => *on = !*on,
                    KeyCode::Char('y' | 'Y') if plain => *on = true,
                    KeyCode::Char('n' | 'N') if plain => *on = false,
                    KeyCode::Char(_) if plain => return Event::Handled,
                    _ => return Event::Ignored,
                }
                true
            }
            Input::Shown(_) => return Event::Ignored,
            Input::Lines(area) => match edit_lines(area, key) {
                Some(changed) => changed,
                None => return Event::Ignored,
            },
            Input::Date(line, _) | Input::When(line)
                if key.code == KeyCode::Char(' ') && line.is_empty() =>
            {
                self.unfold(clock);
                return Event::Handled;
            }
            Input::Text(line)
                if key.code == KeyCode::Char(' ')
                    && (line.is_empty() || field.offers.iter().any(|o| o == line.text()))
                    && !field.offers.is_empty() =>
            {
                self.unfold(clock);
                return Event::Handled;
            }
            Input::Names(line, known)
                if key.code == KeyCode::Char(' ')
                    && !known.is_empty()
                    && (line.is_empty()
                        || known.iter().any(|k| k == choose::last_name(line.text()).1)) =>
            {
                self.unfold(clock);
                return Event::Changed;
            }
            Input::Path(line) if line.text().contains('\n') => match key.code {
                // Pasted text is one thing: it is removed whole, or edited in an editor.
                KeyCode::Backspace | KeyCode::Delete => {
                    line.set("");
                    true
                }
                KeyCode::Char('u') if ctrl => {
                    line.set("");
                    true
                }
                _ => return Event::Ignored,
            },
            Input::Text(line)
            | Input::Number(line)
            | Input::Secret(line)
            | Input::Path(line)
            | Input::When(line)
            | Input::Date(line, _)
            | Input::Names(line, _) => {
                let before = line.text().len();
                if !line.key(key) {
                    return Event::Ignored;
                }
                before != line.text().len() || matches!(key.code, KeyCode::Char(_))
            }
        };
        if !changed {
            return Event::Handled;
        }
        self.changed(clock);
        Event::Changed
    }

    /// What a click into the focused field does, so many columns from its left edge.
    pub fn click(&mut self, column: u16, columns: u16, clock: &Clock) -> Event {
        self.typing = true;
        if self.on_fold() {
            self.open_fold();
            return Event::Handled;
        }
        let unfolds = self
            .fields
            .get(self.focus)
            .is_some_and(|f| f.unfolds(columns));
        let Some(field) = self.fields.get_mut(self.focus).filter(|f| !f.readonly) else {
            return Event::Handled;
        };
        match &mut field.input {
            Input::Check(on) => {
                *on = !*on;
                self.changed(clock);
                Event::Changed
            }
            Input::Choice(options, picked) if !unfolds => {
                let Some(at) = field::radio_at(options, column.into()) else {
                    return Event::Handled;
                };
                *picked = Some(at);
                self.changed(clock);
                Event::Changed
            }
            input if unfolds && (matches!(input, Input::Choice(..)) || column + 2 >= columns) => {
                self.unfold(clock);
                Event::Handled
            }
            _ => {
                if let Some(line) = field.line() {
                    line.click(column.into(), columns.into());
                }
                Event::Handled
            }
        }
    }

    /// Pastes into the focused field.
    pub fn paste(&mut self, text: &str, clock: &Clock) -> Event {
        let Some(field) = self.focused().filter(|f| !f.readonly) else {
            return Event::Ignored;
        };
        match &mut field.input {
            Input::Lines(area) => {
                area.insert_str(text.replace("\r\n", "\n").replace('\r', "\n"));
            }
            Input::Path(line) => {
                let text = text.replace("\r\n", "\n").replace('\r', "\n");
                // Rows are one thing, never mixed with a path or with other rows.
                if text.trim_end().contains('\n') || line.text().contains('\n') {
                    line.set("");
                }
                if text.trim_end().contains('\n') {
                    line.insert(&text, true);
                } else {
                    line.insert(text.trim_end(), false);
                }
            }
            _ => match field.line() {
                Some(line) => line.insert(text, false),
                None => return Event::Ignored,
            },
        }
        self.changed(clock);
        Event::Changed
    }

    /// Puts what came back from the editor into the focused field.
    pub fn edited(&mut self, text: &str, clock: &Clock) -> Event {
        if let Some(field) = self.focused().filter(|f| !f.readonly) {
            let text = text.strip_suffix('\n').unwrap_or(text);
            match field.input {
                Input::Lines(_) | Input::Path(_) => field.set(text),
                _ => field.set(text.lines().next().unwrap_or("")),
            }
            self.changed(clock);
            return Event::Changed;
        }
        Event::Ignored
    }
}

/// Acts on a key in a field of many lines, as one of one line does; whether the text changed, and
/// none for a key that is not one of its own.
fn edit_lines(area: &mut TextArea<'static>, key: KeyEvent) -> Option<bool> {
    let to = |area: &mut TextArea<'static>, place: CursorMove| {
        area.move_cursor(place);
        Some(false)
    };
    match Edit::of(key) {
        Some(Edit::Insert(c)) => {
            area.insert_char(c);
            Some(true)
        }
        Some(Edit::Back) => Some(area.delete_char()),
        Some(Edit::BackWord) => Some(area.delete_word()),
        Some(Edit::BackAll) => Some(area.delete_line_by_head()),
        Some(Edit::Delete) => Some(area.delete_next_char()),
        Some(Edit::DeleteWord) => Some(area.delete_next_word()),
        Some(Edit::DeleteAll) => Some(area.delete_line_by_end()),
        Some(Edit::Undo) => Some(area.undo()),
        Some(Edit::Left) => to(area, CursorMove::Back),
        Some(Edit::Right) => to(area, CursorMove::Forward),
        Some(Edit::WordLeft) => to(area, CursorMove::WordBack),
        Some(Edit::WordRight) => to(area, CursorMove::WordForward),
        Some(Edit::Start) => to(area, CursorMove::Head),
        Some(Edit::End) => to(area, CursorMove::End),
        None => match key.code {
            KeyCode::Enter => {
                area.insert_newline();
                Some(true)
            }
            KeyCode::Up => to(area, CursorMove::Up),
            KeyCode::Down => to(area, CursorMove::Down),
            _ => None,
        },
    }
}

//! Forms: fields in one column, checked as they are typed, and a button that says what it does.
//!
//! The same component carries task forms, launching, and every dialog.

pub mod calendar;
pub mod choose;
pub mod date;
mod draw;
pub mod field;
pub mod path;
#[cfg(test)]
mod tests;

pub use field::{Field, Input, names};

use super::words::Clock;
use crate::client::{FieldError, model};
use chrono::NaiveDate;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use indexmap::IndexMap;
use std::cell::Cell;

/// What a key did to a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Nothing: the key may mean something else.
    Ignored,
    /// The focus or a popup changed.
    Handled,
    /// A value changed.
    Changed,
    /// Escape: the field was left.
    Left,
    /// The button was pressed.
    Submit,
}

/// What lies over a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Popup {
    /// The options of a choice, one of them under the cursor.
    Options(usize),
    /// A month.
    Calendar(NaiveDate),
    /// Texts that complete what was typed; one may be under the cursor.
    Offers(Vec<String>, Option<usize>),
}

/// A form.
#[derive(Default)]
pub struct Form {
    /// Its fields.
    pub fields: Vec<Field>,
    /// The field with the focus; one past the last is the button.
    pub focus: usize,
    /// Printable keys type.
    pub typing: bool,
    /// What the button says.
    pub button: String,
    /// What lies over the focused field.
    pub popup: Option<Popup>,
    /// A path to look up; whoever owns the form takes it.
    pub lookup: Option<String>,
    /// Enter in the last field presses the button.
    pub short: bool,
    /// An offer was taken: there are no others until something else is typed.
    taken: bool,
    /// First visible line; the view moves it.
    scroll: Cell<u16>,
}

impl Form {
    /// A form with these fields.
    pub fn new(fields: Vec<Field>, button: &str) -> Form {
        let mut form = Form {
            fields,
            button: button.to_owned(),
            ..Form::default()
        };
        form.focus = form.first();
        form
    }

    /// The form of a model, with the texts that its fields start with.
    pub fn of(model: &model::Form, values: &IndexMap<String, String>, button: &str) -> Form {
        let fields = model.fields.iter().map(|field| {
            let text = values.get(&field.id).map_or("", String::as_str);
            Field::of(field, text)
        });
        Form::new(fields.collect(), button)
    }

    fn first(&self) -> usize {
        let open = |f: &Field| !f.readonly && !f.hidden;
        let empty = |f: &Field| f.text().trim().is_empty() && f.required;
        let wrong = |f: &Field| open(f) && (f.error.is_some() || empty(f));
        // Where nothing is missing, the file is what changes from round to round.
        let file = |f: &Field| open(f) && matches!(f.input, Input::Path(_));
        let first = |which: &dyn Fn(&Field) -> bool| self.fields.iter().position(which);
        first(&wrong)
            .or_else(|| first(&file))
            .or_else(|| first(&open))
            .unwrap_or(self.fields.len())
    }

    /// Begins to type where something is missing.
    pub fn begin(&mut self) {
        self.focus = self.first();
        self.typing = true;
    }

    /// The field with the focus.
    pub fn focused(&mut self) -> Option<&mut Field> {
        self.fields.get_mut(self.focus)
    }

    /// The field of this id.
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.id == id)
    }

    /// True while printable keys belong to the form.
    pub fn takes_text(&self) -> bool {
        self.typing && self.focus < self.fields.len()
    }

    /// The texts of all fields.
    pub fn values(&self) -> IndexMap<String, String> {
        self.fields
            .iter()
            .map(|f| (f.id.clone(), f.text()))
            .collect()
    }

    /// The texts of all fields but secrets.
    pub fn draft(&self) -> IndexMap<String, String> {
        let open = self.fields.iter().filter(|f| !f.is_secret());
        open.map(|f| (f.id.clone(), f.text())).collect()
    }

    /// Puts these texts into the fields. Secrets are in no draft: they stay as they are.
    pub fn fill(&mut self, texts: &IndexMap<String, String>) {
        for field in self.fields.iter_mut().filter(|f| !f.is_secret()) {
            if let Some(text) = texts.get(&field.id).filter(|text| **text != field.text()) {
                field.set(text);
                (field.error, field.note) = (None, None);
            }
        }
    }

    /// The labels of the fields in which these texts differ.
    pub fn differing(&self, texts: &IndexMap<String, String>) -> Vec<&str> {
        let differs = |field: &&Field| {
            let text = texts.get(&field.id);
            !field.is_secret() && text.is_some_and(|text| *text != field.text())
        };
        let fields = self.fields.iter().filter(differs);
        fields.map(|field| field.label.as_str()).collect()
    }

    /// The trimmed text of a field; none when empty or hidden.
    pub fn text(&self, id: &str) -> Option<String> {
        let text = self.field(id).filter(|f| !f.hidden)?.text();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Checks all fields, shows what is wrong and goes there; true when all is right.
    pub fn check(&mut self, clock: &Clock) -> bool {
        for field in &mut self.fields {
            field.tidy(clock);
            field.error = if field.hidden {
                None
            } else {
                field.check(clock)
            };
        }
        self.go_to_error()
    }

    /// Shows errors that the desk found.
    pub fn refuse(&mut self, errors: &[FieldError]) -> Vec<String> {
        let mut others = Vec::new();
        for error in errors {
            match self.fields.iter_mut().find(|f| f.id == error.field) {
                Some(field) => field.error = Some(error.message.clone()),
                None => others.push(format!("{}: {}", error.field, error.message)),
            }
        }
        self.go_to_error();
        others
    }

    fn go_to_error(&mut self) -> bool {
        match self.fields.iter().position(|f| f.error.is_some()) {
            Some(at) => {
                self.focus = at;
                false
            }
            None => true,
        }
    }

    /// Why the button would not do it now.
    pub fn why_not(&self, clock: &Clock) -> Option<String> {
        let wrong = |f: &Field| f.error.clone().or_else(|| f.check(clock));
        self.fields.iter().filter(|f| !f.hidden).find_map(|f| {
            let error = wrong(f)?;
            // Some say themselves what they are about.
            let named = error.to_lowercase().starts_with(&f.label.to_lowercase());
            Some(if named {
                error
            } else {
                format!("{}: {error}", f.label)
            })
        })
    }

    /// Moves the focus; true when there is somewhere to go.
    pub fn step(&mut self, forward: bool, clock: &Clock) -> bool {
        self.leave(clock);
        let len = self.fields.len();
        let mut at = self.focus;
        loop {
            at = match forward {
                true if at < len => at + 1,
                false if at > 0 => at - 1,
                _ => return false,
            };
            if self.fields.get(at).is_none_or(|f| !f.hidden) {
                self.focus = at;
                return true;
            }
        }
    }

    /// Gives the focus to a field, or to the button.
    pub fn go(&mut self, at: usize, clock: &Clock) {
        self.leave(clock);
        self.focus = at.min(self.fields.len());
    }

    /// Checks the field that loses the focus.
    fn leave(&mut self, clock: &Clock) {
        self.popup = None;
        if let Some(field) = self.focused() {
            field.tidy(clock);
            if !field.text().trim().is_empty() {
                field.error = field.check(clock);
            }
        }
    }

    /// Acts on a key while the form is typed into.
    pub fn key(&mut self, key: KeyEvent, clock: &Clock) -> Event {
        if self.popup.is_some()
            && let Some(event) = self.popup_key(key, clock)
        {
            return event;
        }
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let multiline =
            matches!(self.fields.get(self.focus), Some(f) if matches!(f.input, Input::Lines(_)));
        match key.code {
            KeyCode::Esc => {
                self.leave(clock);
                self.typing = false;
                Event::Left
            }
            KeyCode::Tab | KeyCode::BackTab => {
                if key.code == KeyCode::Tab
                    && let Some(event) = self.complete()
                {
                    return event;
                }
                let forward = key.code == KeyCode::Tab;
                if !self.step(forward, clock) {
                    self.focus = if forward { 0 } else { self.fields.len() };
                    if self.fields.get(self.focus).is_some_and(|f| f.hidden) {
                        self.step(forward, clock);
                    }
                }
                Event::Handled
            }
            KeyCode::F(_) => Event::Ignored,
            KeyCode::Enter if self.focus >= self.fields.len() => Event::Submit,
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
            // An area of several lines knows these keys, too; the screen promises its own.
            KeyCode::Char('c' | 'f' | 'p' | 's') if key.modifiers == KeyModifiers::ALT => {
                Event::Ignored
            }
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
        let changed = match &mut field.input {
            Input::Choice(options, picked) => {
                let len = options.len();
                match key.code {
                    KeyCode::Char(' ') if plain && len > 0 => {
                        self.popup = Some(Popup::Options(picked.unwrap_or(0)));
                        return Event::Handled;
                    }
                    KeyCode::Right if len > 0 => {
                        *picked = Some(picked.map_or(0, |p| (p + 1) % len))
                    }
                    KeyCode::Left if len > 0 => {
                        *picked = Some(picked.map_or(len - 1, |p| (p + len - 1) % len))
                    }
                    KeyCode::Backspace | KeyCode::Delete => *picked = None,
                    KeyCode::Char(c) if plain => {
                        let next = picked.map_or(0, |p| p + 1);
                        let starts = |i: &usize| {
                            options[*i]
                                .1
                                .to_lowercase()
                                .starts_with(&c.to_lowercase().to_string())
                        };
                        match (0..len).map(|i| (next + i) % len).find(starts) {
                            Some(found) => *picked = Some(found),
                            None => return Event::Handled,
                        }
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
            Input::Lines(area) => area.input(key),
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

    /// After a change: an error that is mended goes at once, offers are looked up anew.
    fn changed(&mut self, clock: &Clock) {
        (self.popup, self.taken) = (None, false);
        let Some(field) = self.fields.get_mut(self.focus) else {
            return;
        };
        if field.error.is_some() {
            field.error = field.check(clock);
        }
        match &field.input {
            Input::Path(_) => {
                field.note = None;
                if !field.pasted() {
                    self.lookup = Some(field.text());
                }
            }
            Input::Text(line) if !line.is_empty() => {
                let whole = field.offers.iter().any(|o| o == line.text());
                let offered = field.offers.iter().filter(|_| !whole);
                let texts = choose::best(offered, line.text());
                self.offer(texts);
            }
            Input::Names(line, known) if !line.is_empty() => {
                let (start, last) = choose::last_name(line.text());
                let texts = match known.iter().any(|k| k == last) {
                    true => Vec::new(),
                    false => others(start, last, known),
                };
                self.offer(texts);
            }
            _ => {}
        }
    }

    fn offer(&mut self, texts: Vec<String>) {
        self.popup = (!texts.is_empty()).then_some(Popup::Offers(texts, None));
    }

    /// Opens what the focused field chooses from: its options, its names, a month.
    pub fn unfold(&mut self, clock: &Clock) {
        self.typing = true;
        let Some(field) = self.fields.get_mut(self.focus).filter(|f| !f.readonly) else {
            return;
        };
        let day = |text: &str, pattern: &str| {
            let at = date::read(text, pattern, clock).unwrap_or(clock.now);
            Popup::Calendar(clock.local(at).date_naive())
        };
        self.popup = match &mut field.input {
            Input::Choice(options, picked) if !options.is_empty() => {
                Some(Popup::Options(picked.unwrap_or(0)))
            }
            Input::Date(line, pattern) => Some(day(line.text(), pattern)),
            Input::When(line) => {
                let at = clock.when(line.text()).unwrap_or(clock.now);
                Some(Popup::Calendar(clock.local(at).date_naive()))
            }
            Input::Text(line) if !field.offers.is_empty() => {
                let all = choose::best(field.offers.iter(), "");
                let at = all.iter().position(|o| o == line.text()).unwrap_or(0);
                Some(Popup::Offers(all, Some(at)))
            }
            Input::Names(line, known) => {
                let text = line.text().trim_end_matches([' ', ',', ';']);
                let start = if text.is_empty() {
                    String::new()
                } else {
                    format!("{text}, ")
                };
                let all = others(&start, "", known);
                line.set(start);
                (!all.is_empty()).then_some(Popup::Offers(all, Some(0)))
            }
            _ => None,
        };
    }

    /// What a click into the focused field does, so many columns from its left edge.
    pub fn click(&mut self, column: u16, columns: u16, clock: &Clock) -> Event {
        self.typing = true;
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

    fn popup_key(&mut self, key: KeyEvent, clock: &Clock) -> Option<Event> {
        let mut popup = self.popup.take()?;
        let field = self.fields.get_mut(self.focus)?;
        match (&mut popup, &mut field.input) {
            (Popup::Options(at), Input::Choice(options, picked)) => match key.code {
                KeyCode::Up | KeyCode::Char('k') => *at = at.saturating_sub(1),
                KeyCode::Down | KeyCode::Char('j') => {
                    *at = (*at + 1).min(options.len().saturating_sub(1))
                }
                KeyCode::Enter | KeyCode::Char(' ') => {
                    *picked = Some(*at);
                    field.error = None;
                    return Some(Event::Changed);
                }
                KeyCode::Esc => return Some(Event::Handled),
                _ => return None,
            },
            (Popup::Calendar(day), input) => {
                if key.code == KeyCode::Enter {
                    let pattern = match input {
                        Input::Date(_, pattern) => pattern.clone(),
                        _ => "yyyy-MM-dd".to_owned(),
                    };
                    if let Some(at) = date::end_of(*day, clock) {
                        field.set(&date::write(at, &pattern, clock));
                    }
                    field.error = None;
                    return Some(Event::Changed);
                }
                if key.code == KeyCode::Esc {
                    return Some(Event::Handled);
                }
                if !calendar::key(day, key.code) {
                    return None;
                }
            }
            (Popup::Offers(offers, at), _) => match (key.code, *at) {
                (KeyCode::Down, at_now) => {
                    *at = Some(at_now.map_or(0, |a| (a + 1).min(offers.len() - 1)))
                }
                (KeyCode::Up, Some(0)) => *at = None,
                (KeyCode::Up, Some(a)) => *at = Some(a - 1),
                (KeyCode::Esc, _) => return Some(Event::Handled),
                (KeyCode::Enter | KeyCode::Tab, Some(a)) => {
                    let text = offers[a].clone();
                    self.take(&text, clock);
                    return Some(Event::Changed);
                }
                _ => {
                    self.popup = Some(popup);
                    return None;
                }
            },
            _ => return None,
        }
        self.popup = Some(popup);
        Some(Event::Handled)
    }

    fn take(&mut self, text: &str, clock: &Clock) {
        if let Some(field) = self.fields.get_mut(self.focus) {
            if let Some(line) = field.line() {
                line.set(text);
            }
            self.changed(clock);
            // A folder is only the way to a file in it.
            if !text.ends_with('/') {
                (self.popup, self.taken) = (None, true);
            }
        }
    }

    /// Tab goes on as far as the offers agree, then into their list; none without offers.
    fn complete(&mut self) -> Option<Event> {
        let Some(Popup::Offers(offers, at)) = &mut self.popup else {
            return None;
        };
        let field = self.fields.get_mut(self.focus)?;
        // What begins like the text is meant before what merely has its letters.
        let text = field.text();
        let begin: Vec<String> = offers
            .iter()
            .filter(|o| o.starts_with(&text))
            .cloned()
            .collect();
        if !begin.is_empty() {
            *offers = begin;
        }
        let common = path::common(offers).to_owned();
        if offers.len() > 1 && common.len() <= text.len() {
            *at = Some(0);
            return Some(Event::Handled);
        }
        let only = offers.len() == 1 && !common.ends_with('/');
        if let Some(line) = field.line() {
            line.set(common.clone());
        }
        self.popup = None;
        if matches!(field.input, Input::Path(_)) {
            self.lookup = Some(common);
        }
        self.taken = only;
        Some(Event::Changed)
    }

    /// What was found for a path; dropped when another one stands there now.
    pub fn found(&mut self, found: path::Found) {
        let Some(field) = self.fields.get_mut(self.focus) else {
            return;
        };
        if matches!(field.input, Input::Path(_)) && field.text() == found.text {
            field.note = found.note;
            self.popup =
                (self.typing && !self.taken && !found.offers.is_empty() && !found.text.is_empty())
                    .then_some(Popup::Offers(found.offers, None));
        }
    }

    /// Pastes into the focused field.
    pub fn paste(&mut self, text: &str, clock: &Clock) -> Event {
        let Some(field) = self.fields.get_mut(self.focus).filter(|f| !f.readonly) else {
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
        if let Some(field) = self.fields.get_mut(self.focus).filter(|f| !f.readonly) {
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

/// The list of names with each one that it does not have yet, as far as it matches what was typed.
fn others(start: &str, typed: &str, known: &[String]) -> Vec<String> {
    let free = known.iter().filter(|k| !names(start).any(|n| n == *k));
    choose::best(free, typed)
        .into_iter()
        .map(|name| format!("{start}{name}"))
        .collect()
}

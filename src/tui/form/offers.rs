//! What lies over a field: options, a month, texts that complete what was typed.

use super::{Event, Form, Input, Popup, calendar, choose, date, names, path};
use crate::tui::words::Clock;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// With these a letter is a command, and not typed.
const COMMANDS: KeyModifiers = KeyModifiers::CONTROL.union(KeyModifiers::ALT);

impl Form {
    /// After a change: an error that is corrected goes at once, offers are looked up anew.
    pub(super) fn changed(&mut self, clock: &Clock) {
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
                Some(Popup::Options(picked.or(field.usual).unwrap_or(0)))
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

    pub(super) fn popup_key(&mut self, key: KeyEvent, clock: &Clock) -> Option<Event> {
        let mut popup = self.popup.take()?;
        let field = self.fields.get_mut(self.focus)?;
        match (&mut popup, &mut field.input) {
            (Popup::Options(at), Input::Choice(options, picked)) => match key.code {
                KeyCode::Up => *at = at.saturating_sub(1),
                KeyCode::Down => *at = (*at + 1).min(options.len().saturating_sub(1)),
                KeyCode::Enter | KeyCode::Char(' ') | KeyCode::Tab | KeyCode::BackTab => {
                    *picked = Some(*at);
                    field.error = None;
                    match key.code {
                        KeyCode::Tab => self.step(true, clock),
                        KeyCode::BackTab => self.step(false, clock),
                        _ => true,
                    };
                    return Some(Event::Changed);
                }
                KeyCode::Esc => return Some(Event::Handled),
                KeyCode::Char(c) if !key.modifiers.intersects(COMMANDS) => {
                    match choose::next_option(options, Some(*at), c) {
                        Some(found) => *at = found,
                        None if c == 'k' => *at = at.saturating_sub(1),
                        None if c == 'j' => *at = (*at + 1).min(options.len().saturating_sub(1)),
                        None => {}
                    }
                }
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
                (code @ (KeyCode::Enter | KeyCode::Tab), Some(a)) => {
                    let text = offers[a].clone();
                    self.take(&text, clock);
                    if code == KeyCode::Tab && self.goes_on() {
                        self.step(true, clock);
                    }
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

    /// Whether Tab, which chose from a list, goes on to the next field: a path is looked up first.
    fn goes_on(&self) -> bool {
        let field = self.fields.get(self.focus);
        field.is_some_and(|field| !matches!(field.input, Input::Path(_)))
    }

    /// Tab completes what the offers agree on, and goes on where that is one of them; where there
    /// are several, it goes into their list. None without offers.
    pub(super) fn complete(&mut self, clock: &Clock) -> Option<Event> {
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
        if only && self.goes_on() {
            self.step(true, clock);
        }
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
}

/// The list of names with each one that it does not have yet, as far as it matches what was typed.
fn others(start: &str, typed: &str, known: &[String]) -> Vec<String> {
    let free = known.iter().filter(|k| !names(start).any(|n| n == *k));
    choose::best(free, typed)
        .into_iter()
        .map(|name| format!("{start}{name}"))
        .collect()
}

//! Forms: fields in one column, checked as they are typed, and a button that says what it does.
//!
//! The same component carries task forms, launching, and every dialog.

pub mod calendar;
pub mod choose;
pub mod date;
mod draw;
pub mod field;
mod fold;
mod keys;
mod offers;
pub mod path;
#[cfg(test)]
mod tests;
pub mod variables;

pub use field::{Field, Input, names};

use super::words::Clock;
use crate::client::model::FormField;
use crate::client::vars::VARIABLES;
use crate::client::{FieldError, model, value};
use chrono::NaiveDate;
use indexmap::IndexMap;
use std::cell::Cell;
use std::collections::BTreeSet;

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
    /// The titles of the folds that are open.
    pub opened: BTreeSet<String>,
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
        form.open_where_wrong();
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
        // Where it asks for nothing there is mostly nothing to say.
        if self.fields.iter().all(|field| field.id == VARIABLES) {
            return self.fields.len();
        }
        let open = |f: &Field| !f.readonly && !f.hidden;
        let wrong = |_, f: &Field| open(f) && f.is_amiss();
        // Where nothing is missing, the file is what changes from round to round; a form that is
        // still empty begins at its beginning.
        let given = |f: &Field| !f.text().trim().is_empty();
        let stop = |at, f: &Field| open(f) && self.is_stop(at);
        let first = |which: &dyn Fn(usize, &Field) -> bool| {
            let mut fields = self.fields.iter().enumerate();
            fields.position(|(at, field)| which(at, field))
        };
        let top = first(&stop);
        let begun = top.and_then(|at| self.fields.get(at)).is_some_and(given);
        let file = |_, f: &Field| {
            let file = open(f) && matches!(f.input, Input::Path(_));
            file && (begun || given(f))
        };
        first(&wrong)
            .or_else(|| first(&file))
            .or(top)
            .unwrap_or(self.fields.len())
    }

    fn open_where_wrong(&mut self) {
        if self.fields.get(self.focus).is_some_and(Field::is_amiss) {
            self.reveal(self.focus);
        }
    }

    /// Begins to type where something is missing.
    pub fn begin(&mut self) {
        self.focus = self.first();
        self.open_where_wrong();
        self.typing = true;
    }

    /// The field with the focus; none on the button, or where it is folded away.
    pub fn focused(&mut self) -> Option<&mut Field> {
        if self.on_fold() {
            return None;
        }
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

    /// Whether what stands in the fields decides which of them are shown.
    pub fn conceals(&self) -> bool {
        let mut models = self.fields.iter().filter_map(Field::model);
        models.any(|model| model.hide.is_some())
    }

    /// Hides what the model hides with what stands in the fields and these variables, and shows
    /// what it does not.
    pub fn conceal(&mut self, variables: &value::Map, clock: &Clock) {
        if !self.conceals() {
            return;
        }
        let models: Vec<_> = self.fields.iter().map(Field::model).collect();
        let typed = |field: &Field| field.value(clock).unwrap_or_default();
        let mut variables = variables.clone();
        for field in self.fields.iter().filter(|f| f.model().is_none()) {
            variables.insert(field.id.clone(), typed(field));
        }
        let mut value = |at: usize, _: &FormField, _: &value::Map| typed(&self.fields[at]);
        let hidden = model::form::hidden(&models, &variables, &mut value, clock.now);
        for (field, hidden) in self.fields.iter_mut().zip(hidden) {
            if field.model().is_some_and(|model| model.hide.is_some()) {
                field.hidden = hidden;
            }
        }
    }

    /// Checks all fields, shows what is wrong and goes there; true when all is right.
    pub fn check(&mut self, clock: &Clock) -> bool {
        // A list belongs to its field, and the focus may move.
        self.popup = None;
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

    /// Shows errors that the desk found, and goes to the first; what belongs to no field of the
    /// form, in words.
    pub fn refuse(&mut self, errors: &[FieldError]) -> Vec<String> {
        let others = self.blame(errors);
        self.go_to_error();
        others
    }

    /// Shows errors at their fields, wherever somebody types; what belongs to none, in words.
    pub fn blame(&mut self, errors: &[FieldError]) -> Vec<String> {
        let mut others = Vec::new();
        for error in errors {
            match self.fields.iter().position(|f| f.id == error.field) {
                Some(at) => {
                    self.fields[at].error = Some(error.message.clone());
                    self.reveal(at);
                }
                None => others.push(format!("{}: {}", error.field, error.message)),
            }
        }
        others
    }

    /// Errors as people read them: by the labels of the fields.
    pub fn in_words(&self, errors: &[FieldError]) -> String {
        let words = errors.iter().map(|error| match self.field(&error.field) {
            Some(field) => said(&field.label, &error.message),
            None => format!("{}: {}", error.field, error.message),
        });
        words.collect::<Vec<_>>().join("; ")
    }

    fn go_to_error(&mut self) -> bool {
        match self.fields.iter().position(|f| f.error.is_some()) {
            Some(at) => {
                self.focus = at;
                self.reveal(at);
                false
            }
            None => true,
        }
    }

    /// Why the button would not do it now.
    pub fn why_not(&self, clock: &Clock) -> Option<String> {
        let wrong = |f: &Field| f.error.clone().or_else(|| f.check(clock));
        self.fields
            .iter()
            .filter(|f| !f.hidden)
            .find_map(|f| Some(said(&f.label, &wrong(f)?)))
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
            if at == len || self.is_stop(at) {
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
}

/// What is wrong with a field. Some errors say themselves what they are about.
fn said(label: &str, error: &str) -> String {
    match error.to_lowercase().starts_with(&label.to_lowercase()) {
        true => error.to_owned(),
        false => format!("{label}: {error}"),
    }
}

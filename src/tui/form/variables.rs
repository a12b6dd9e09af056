//! Variables, where a form asks for nothing.

use super::{Field, Form, Input};
use crate::client::DeskError;
use crate::client::value::Map;
use crate::client::vars::{self, VARIABLES};

/// Where they are typed, one a line.
pub fn field(text: &str) -> Field {
    let mut field = Field::new(VARIABLES, "Variables", Input::Lines(Box::default()))
        .help("a line each: name=text, name:=5, name:date=2026-01-31")
        .rule(|text| match vars::of_lines(text) {
            Ok(_) => Ok(()),
            Err(wrong) => Err(DeskError::Invalid(wrong.to_string())),
        });
    field.set(text);
    field
}

/// Those that stand in a form.
pub fn typed(form: &Form) -> Map {
    let text = form.text(VARIABLES).unwrap_or_default();
    vars::of_lines(&text).unwrap_or_default()
}

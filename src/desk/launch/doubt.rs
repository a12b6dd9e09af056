//! What in a launch is allowed and yet looks like a mistake. It is said, and not refused: a
//! script may mean it.

use super::{DUE_DATE, TITLE};
use crate::desk::reminder::{instant, span};
use crate::desk::view::StartRequest;
use crate::insert::did_you_mean;
use crate::model::{Form, FormField, Process, Widget};
use crate::value::{Map, Value};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// Sentences about a launch by this form. `variables` are those that the instance gets; the model is the text
/// of its file, and what its decisions ask for.
pub fn doubts(
    (process, form): (&Process, Option<&Form>),
    (model, decided): (&str, &BTreeSet<String>),
    request: &StartRequest,
    variables: &Map,
    now: DateTime<Utc>,
) -> Vec<String> {
    let mut doubts = Vec::new();
    let due = match variables.get(DUE_DATE) {
        Some(Value::Date(due)) => Some(*due),
        _ => request.due,
    };
    if let Some(due) = due.filter(|due| *due < now) {
        doubts.push(format!(
            "the due date {} was {} ago: the task is late from the start",
            instant(due),
            span(now - due)
        ));
    }
    let required = form.into_iter().flat_map(|f| &f.fields);
    // What goes apart is not among the variables: files and secrets.
    let plain = |f: &&FormField| !matches!(f.widget(), Widget::File | Widget::Secret);
    for field in required.filter(|f| f.required()).filter(plain) {
        // A title that nobody gave is made of the name of the process.
        let given = match field.id == TITLE {
            true => &request.variables,
            false => variables,
        };
        let missing = match given.get(&field.id) {
            None | Some(Value::Null) => true,
            Some(value) => value.as_str().is_some_and(|text| text.trim().is_empty()),
        };
        if missing {
            doubts.push(format!(
                "the start form asks for {} ({}), which was not given",
                field.label, field.id
            ));
        }
    }
    let known: Vec<&str> = process
        .forms()
        .chain(form)
        .flat_map(|form: &Form| form.fields.iter().map(|field| field.id.as_str()))
        .collect();
    for name in request.variables.keys() {
        if known.contains(&name.as_str()) || decided.contains(name) || mentions(model, name) {
            continue;
        }
        let field = did_you_mean(name, known.iter().copied());
        let input = did_you_mean(name, decided.iter().map(String::as_str));
        doubts.push(match (field.is_empty(), input.is_empty()) {
            (false, _) => format!("no form asks for {name}{field}"),
            (true, false) => format!("no decision asks for {name}{input}"),
            (true, true) => format!(
                "nothing in the model or its decisions mentions {name}; it is kept for workers"
            ),
        });
    }
    doubts
}

/// True when a model has a name as a whole word.
fn mentions(model: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    model.match_indices(name).any(|(at, found)| {
        let before = model[..at].chars().next_back();
        let after = model[at + found.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_mentions_whole_names() {
        let model = "<x a=\"${amount > limit_2}\"/>";
        assert!(mentions(model, "amount") && mentions(model, "limit_2"));
        assert!(!mentions(model, "limit") && !mentions(model, "mount"));
    }
}

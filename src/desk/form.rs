//! Forms: the text that a person edits, and what a person gave, checked.

use super::secret::Clear;
use super::vars::VARIABLES;
use super::{DeskError, FieldError, insertion};
use crate::insert::Captured;
use crate::juel::{Budget, Context, Template};
use crate::model::form::hidden;
use crate::model::graph::{Binding, LinkedForm};
use crate::model::{Form, FormField, Widget};
use crate::value::{Map, SecretHandle, Value};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde::Serialize;
use std::borrow::Cow;

/// Longest text of one field in bytes; a larger data frame belongs into a file.
pub const LONGEST_TEXT: usize = 256 * 1024;

/// What was given for a form, checked and sorted by what becomes of it.
#[derive(Debug, Default)]
pub struct Checked {
    /// Values to set as they are; null for a field that is left empty.
    pub variables: Map,
    /// Secrets to keep, by field.
    pub secrets: Vec<(String, Clear)>,
    /// Data frames to capture: field and path or pasted text.
    pub frames: Vec<(String, String)>,
    /// The hashes of what stands over them, by field.
    pub patches: Vec<Over>,
    /// Frames of fields that were captured already, such as the rows of a query.
    pub captured: Vec<(String, Captured)>,
}

impl Checked {
    /// True when there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.variables.is_empty() && self.secrets.is_empty() && self.frames.is_empty()
    }
}

/// What stands over the data frame of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// The field.
    pub field: String,
    /// The hash; empty for nothing.
    pub hash: String,
    /// Whether it was given with the others, and not only kept from before.
    pub given: bool,
}

/// Checks all fields of a form and gathers every error.
///
/// `given` is what was typed (text) or said (typed values) for some of the fields; `current`
/// is the text that the form showed, for the others. A secret that is left empty stays what
/// it is: that is `kept`.
pub fn check(
    form: &Form,
    given: &Map,
    current: &IndexMap<String, String>,
    now: DateTime<Utc>,
    kept: impl Fn(&str) -> Option<SecretHandle>,
) -> Result<Checked, DeskError> {
    let mut checked = Checked::default();
    let mut errors = Vec::new();
    for field in form.fields.iter().filter(|field| !field.readonly()) {
        let value = match given.get(&field.id) {
            Some(value) => value.clone(),
            None => current
                .get(&field.id)
                .map_or(Value::Null, |text| text.as_str().into()),
        };
        if let Err(error) = one(field, value, now, &kept, &mut checked) {
            errors.push(error);
        }
        checked.patches.extend(over(field, given, current));
    }
    match errors.is_empty() {
        true => Ok(checked),
        false => Err(DeskError::Fields(errors)),
    }
}

/// A form without the fields that it hides with what is given, what it showed and these variables.
pub fn asked<'f>(
    form: &'f Form,
    given: &Map,
    current: &IndexMap<String, String>,
    variables: &Map,
    now: DateTime<Utc>,
) -> Cow<'f, Form> {
    let fields: Vec<_> = form.fields.iter().map(Some).collect();
    let mut value = |_, field: &FormField, _: &Map| {
        let value = match (given.get(&field.id), current.get(&field.id)) {
            (Some(Value::String(text)), _) => field.check(text, now),
            (Some(value), _) => field.check_value(value.clone(), now),
            (None, Some(text)) => field.check(text, now),
            (None, None) => Ok(Value::Null),
        };
        value.unwrap_or_default()
    };
    let hidden = hidden(&fields, variables, &mut value, now);
    if !hidden.contains(&true) {
        return Cow::Borrowed(form);
    }
    let mut hidden = hidden.into_iter();
    let mut left = form.clone();
    left.fields.retain(|_| hidden.next() != Some(true));
    Cow::Owned(left)
}

/// What stands over the data frame of a field, where anything is said of it.
fn over(field: &FormField, given: &Map, current: &IndexMap<String, String>) -> Option<Over> {
    if field.widget() != Widget::File {
        return None;
    }
    let name = format!("{}{}", field.id, insertion::PATCH);
    let said = given.get(&name).map(|value| match value {
        Value::String(text) => text.as_str(),
        _ => "",
    });
    let hash = said.or_else(|| current.get(&name).map(String::as_str))?;
    Some(Over {
        field: field.id.clone(),
        hash: hash.trim().to_owned(),
        given: said.is_some(),
    })
}

fn one(
    field: &FormField,
    value: Value,
    now: DateTime<Utc>,
    kept: &impl Fn(&str) -> Option<SecretHandle>,
    checked: &mut Checked,
) -> Result<(), FieldError> {
    let empty = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    if field.widget() == Widget::Secret
        && empty
        && let Some(handle) = kept(&field.id)
    {
        checked
            .variables
            .insert(field.id.clone(), Value::Secret(handle));
        return Ok(());
    }
    if matches!(&value, Value::String(text) if text.len() > LONGEST_TEXT) {
        return Err(FieldError {
            field: field.id.clone(),
            message: format!(
                "give at most {} KB here; save more than that to a file and name the file",
                LONGEST_TEXT / 1024
            ),
        });
    }
    let value = match value {
        Value::String(text) => field.check(&text, now),
        Value::Secret(_) => field.check("", now),
        value => field.check_value(value, now),
    }?;
    match (field.widget(), value) {
        (Widget::Secret, Value::String(clear)) => {
            checked.secrets.push((field.id.clone(), Clear::new(clear)));
        }
        (Widget::Secret, value) if !value.is_null() => {
            return Err(FieldError {
                field: field.id.clone(),
                message: "a secret is text".to_owned(),
            });
        }
        (Widget::File, Value::String(text)) => {
            checked.frames.push((field.id.clone(), text.clone()));
            checked.variables.insert(field.id.clone(), text.into());
        }
        (Widget::File, value) => {
            for said in [insertion::CAPTURE, insertion::BYTES] {
                let said = format!("{}{said}", field.id);
                checked.variables.insert(said, Value::Null);
            }
            checked.variables.insert(field.id.clone(), value);
        }
        (_, value) => drop(checked.variables.insert(field.id.clone(), value)),
    }
    Ok(())
}

/// The text that each field starts with: what is in the draft, else the variable, else the
/// default. Secrets are never shown.
pub fn texts(
    form: &Form,
    draft: &IndexMap<String, String>,
    now: DateTime<Utc>,
    variable: impl Fn(&str) -> Option<Value>,
) -> IndexMap<String, String> {
    let text = |field: &FormField| {
        if field.widget() == Widget::Secret {
            return String::new();
        }
        if let Some(text) = draft.get(&field.id) {
            return text.clone();
        }
        match variable(&field.id) {
            Some(Value::Null) | None => default(field, now, &variable),
            Some(value) => field.text(&value),
        }
    };
    let mut texts: IndexMap<String, String> = form
        .fields
        .iter()
        .map(|field| (field.id.clone(), text(field)))
        .collect();
    for field in form.fields.iter().filter(|f| f.widget() == Widget::File) {
        let name = format!("{}{}", field.id, insertion::PATCH);
        let kept = match draft.get(&name) {
            Some(text) => Some(text.clone()),
            None => variable(&name).and_then(|value| value.as_str().map(str::to_owned)),
        };
        if let Some(hash) = kept.filter(|hash| !hash.is_empty()) {
            texts.insert(name, hash);
        }
    }
    if let Some(text) = draft.get(VARIABLES).filter(|_| form.fields.is_empty()) {
        texts.insert(VARIABLES.to_owned(), text.clone());
    }
    texts
}

/// What is given for a field that the form hides would be lost.
pub(super) fn needless(field: &str) -> FieldError {
    FieldError {
        field: field.to_owned(),
        message: "leave this out: with these values the form hides it".to_owned(),
    }
}

/// The default of a field as text; empty where its expression has no value here.
pub(super) fn default(
    field: &FormField,
    now: DateTime<Utc>,
    variable: &dyn Fn(&str) -> Option<Value>,
) -> String {
    let Some(source) = &field.default_value else {
        return String::new();
    };
    let Ok(template) = Template::parse(source) else {
        return source.clone();
    };
    match template.literal() {
        Some(text) => text.to_owned(),
        None => evaluate(&template, now, variable).map_or(String::new(), |v| field.text(&v)),
    }
}

/// What an expression gives over these variables; none where it has no value here.
pub(super) fn evaluate(
    template: &Template,
    now: DateTime<Utc>,
    variable: &dyn Fn(&str) -> Option<Value>,
) -> Option<Value> {
    let mut budget = Budget::new(10_000, 1 << 20);
    let value = template.eval(&mut Variables { variable, now }, &mut budget);
    value.ok().filter(|value| !value.is_null())
}

/// A form that somebody else draws, as its task names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormLink {
    /// `camunda:formKey`.
    Key(String),
    /// `camunda:formRef`.
    Reference(FormReference),
}

impl FormLink {
    /// The file of its deployment that is a Camunda Form: of `camunda-forms:deployment:a.form`.
    pub(super) fn camunda_file(&self) -> Option<&str> {
        match self {
            FormLink::Key(key) => file_of(key.strip_prefix("camunda-forms:")?),
            FormLink::Reference(_) => None,
        }
    }

    /// The file of its deployment that a form key names.
    pub fn file(&self) -> Option<&str> {
        let FormLink::Key(key) = self else {
            return None;
        };
        let camunda = key.strip_prefix("camunda-forms:");
        file_of(camunda.or(key.strip_prefix("embedded:")).unwrap_or(key))
    }
}

fn file_of(key: &str) -> Option<&str> {
    let name = key.strip_prefix("deployment:")?.split('?').next()?;
    Some(name.strip_prefix("./").unwrap_or(name))
}

/// A Camunda Form by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FormReference {
    /// The id that stands in its file.
    pub key: String,
    /// `latest`, `deployment` or `version`.
    pub binding: &'static str,
    /// Which version, with that binding.
    pub version: Option<i64>,
}

/// What a task's form is called, over these variables; none where an expression has no value.
pub(super) fn link(
    linked: &LinkedForm,
    now: DateTime<Utc>,
    variable: &dyn Fn(&str) -> Option<Value>,
) -> Option<FormLink> {
    let text = |template: &Template| Some(evaluate(template, now, variable)?.to_string());
    let (form, binding) = match linked {
        LinkedForm::Key(key) => return text(key).map(FormLink::Key),
        LinkedForm::Reference(form, binding) => (form, binding),
    };
    let (binding, version) = match binding {
        Binding::Deployment => ("deployment", None),
        Binding::Version(version) => ("version", Some(text(version)?.trim().parse().ok()?)),
        Binding::Latest | Binding::VersionTag(_) => ("latest", None),
    };
    Some(FormLink::Reference(FormReference {
        key: text(form)?,
        binding,
        version,
    }))
}

/// The id that stands in the file of a Camunda Form.
pub(super) fn form_id(bytes: &[u8]) -> Option<String> {
    let form: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    form.get("id")?.as_str().map(str::to_owned)
}

struct Variables<'a> {
    variable: &'a dyn Fn(&str) -> Option<Value>,
    now: DateTime<Utc>,
}

impl Context for Variables<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        (self.variable)(name)
    }

    fn now(&self) -> DateTime<Utc> {
        self.now
    }
}

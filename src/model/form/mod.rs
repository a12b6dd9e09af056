//! Generated task and start forms: `camunda:formData`
//! ([Generated Task Forms](https://docs.camunda.org/manual/7.24/user-guide/task-forms/#generated-task-forms)).

mod camunda;
mod check;
mod hide;
#[cfg(test)]
mod tests;

pub use camunda::{Given, unserved};
pub use check::FieldError;
pub use hide::{hidden, sayer};

use indexmap::IndexMap;
use serde_json::Number;

/// The property of a date field whose variable is `text`.
const KEPT_AS: &str = "keptAs";

/// A form in the order of its fields.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Form {
    /// The fields.
    pub fields: Vec<FormField>,
    /// `camunda:businessKey`: the id of the field that becomes the business key.
    pub business_key: Option<String>,
}

/// One `camunda:formField`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormField {
    /// Name of the process variable.
    pub id: String,
    /// What a person reads; the id when the model gives none.
    pub label: String,
    /// Type of the variable.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Literal or expression text of the default, unevaluated.
    pub default_value: Option<String>,
    /// `camunda:validation`.
    pub constraints: Vec<Constraint>,
    /// `camunda:properties` of the field: `widget`, `help`, and `fold`, the title under which the
    /// terminal keeps fields that are seldom needed behind one line.
    pub properties: IndexMap<String, String>,
    /// Of a Camunda Form, the FEEL condition that hides it: then it is neither asked nor required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hide: Option<String>,
}

/// The types a form field may have.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// `string`.
    String,
    /// `long`.
    Long,
    /// A number of a Camunda Form, which generated forms have none of.
    Double,
    /// `boolean`.
    Boolean,
    /// `date` with its `datePattern` (Java's, default `dd/MM/yyyy`).
    Date {
        /// A pattern of `java.text.SimpleDateFormat`.
        pattern: String,
    },
    /// `enum`: value id and label, in order.
    Enum(IndexMap<String, String>),
    /// Several of these values of a Camunda Form, any where there are none; a list as JSON.
    Several(IndexMap<String, String>),
}

/// One `camunda:constraint`
/// ([Form Field Validation](https://docs.camunda.org/manual/7.24/user-guide/task-forms/#form-field-validation)).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Constraint {
    /// A value must be given.
    Required,
    /// The person may not change it.
    Readonly,
    /// Smallest number.
    Min(Number),
    /// Largest number.
    Max(Number),
    /// Least characters.
    MinLength(u32),
    /// Most characters.
    MaxLength(u32),
    /// A regular expression that a text must match somewhere.
    Pattern(String),
}

/// How a string field is edited, from the field's property `widget`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Widget {
    /// One line of text.
    Line,
    /// A path with completion, or pasted text.
    File,
    /// Masked; stored as a secret.
    Secret,
    /// Several lines, with an editor.
    Multiline,
    /// None: its label is a text that is only read.
    Shown,
}

impl FormField {
    /// A text that is only read.
    pub fn shown(id: String, text: String) -> FormField {
        FormField {
            id,
            label: text,
            kind: FieldType::String,
            default_value: None,
            constraints: vec![Constraint::Readonly],
            properties: [("widget".to_owned(), "shown".to_owned())].into(),
            hide: None,
        }
    }

    /// The widget that the field's properties ask for.
    pub fn widget(&self) -> Widget {
        match self.properties.get("widget").map(String::as_str) {
            Some("file") => Widget::File,
            Some("secret") => Widget::Secret,
            Some("multiline") => Widget::Multiline,
            Some("shown") => Widget::Shown,
            _ => Widget::Line,
        }
    }

    /// True when the field must be given.
    pub fn required(&self) -> bool {
        self.constraints.contains(&Constraint::Required)
    }

    /// True when a person may not change it.
    pub fn readonly(&self) -> bool {
        self.constraints.contains(&Constraint::Readonly)
    }
}

//! Generated forms: `camunda:formData`, and references to other forms.

use super::super::form::{Constraint, FieldType, Form, FormField};
use super::super::graph::{Binding, LinkedForm};
use super::super::xml::{Attribute, Element, Namespace};
use super::{Reader, camunda, extensions};
use crate::value::time::DatePattern;
use indexmap::IndexMap;
use serde_json::Number;

/// What Camunda takes when a date field names no pattern.
const DEFAULT_DATE_PATTERN: &str = "dd/MM/yyyy";

impl Reader<'_> {
    /// `camunda:formKey` or `camunda:formRef`; both are a problem.
    pub(super) fn linked_form(&mut self, element: &Element, id: &str) -> Option<LinkedForm> {
        let key = self.template_in(element, id, "formKey");
        let Some(reference) = camunda(element, "formRef") else {
            return key.map(LinkedForm::Key);
        };
        if key.is_some() {
            let message = "Invalid element definition: only one of the attributes formKey and \
                           formRef is allowed. Remove one of them";
            self.error(reference.position, Some(id), message);
            return None;
        }
        let form = self.template(&reference.value, reference.position, id)?;
        match self.binding(element, id, "formRef")? {
            Binding::VersionTag(_) => {
                let message = "Invalid element definition: value for formRefBinding has to be one \
                               of 'latest', 'deployment', 'version' but was 'versionTag'";
                self.error(reference.position, Some(id), message);
                None
            }
            binding => Some(LinkedForm::Reference(form, binding)),
        }
    }

    /// `camunda:formData`, else the older `camunda:formProperty`s.
    pub(super) fn form(&mut self, element: &Element, id: &str) -> Option<Form> {
        let Some(data) = extensions(element, "formData").next() else {
            return self.properties_form(element, id);
        };
        let mut fields: Vec<FormField> = Vec::new();
        for element in data.all(Namespace::Camunda, "formField") {
            let Some(field) = self.field(element, id) else {
                continue;
            };
            if fields.iter().any(|f| f.id == field.id) {
                let message = format!("the form has two fields '{}'. Rename one", field.id);
                self.error(element.position, Some(id), message);
                continue;
            }
            fields.push(field);
        }
        let business_key = data
            .attribute("businessKey")
            .or_else(|| camunda(data, "businessKey"))
            .filter(|a| !a.value.trim().is_empty());
        if let Some(key) = business_key.filter(|k| !fields.iter().any(|f| f.id == k.value)) {
            let message = format!("the business key '{}' is no field of the form", key.value);
            self.error(key.position, Some(id), message);
        }
        Some(Form {
            fields,
            business_key: business_key.map(|a| a.value.clone()),
        })
    }

    /// The form that `camunda:formProperty`s make, with the names that fields had once.
    fn properties_form(&mut self, element: &Element, id: &str) -> Option<Form> {
        let mut form = Form::default();
        for element in extensions(element, "formProperty") {
            let is = |name, value| element.attribute(name).is_some_and(|a| a.value == value);
            if is("readable", "false") {
                continue;
            }
            for name in ["variable", "expression"] {
                if let Some(of) = element.attribute(name) {
                    let message = format!(
                        "the '{name}' of a form property is not read: its variable is named like \
                         its id. Use camunda:formData"
                    );
                    self.warn(of.position, Some(id), message);
                }
            }
            let Some(mut field) = self.field(element, id) else {
                continue;
            };
            for (given, constraint) in [
                (is("required", "true"), Constraint::Required),
                (is("writable", "false"), Constraint::Readonly),
            ] {
                if given {
                    field.constraints.push(constraint);
                }
            }
            if form.fields.iter().all(|f| f.id != field.id) {
                form.fields.push(field);
            }
        }
        (!form.fields.is_empty()).then_some(form)
    }

    /// A `camunda:formField`, or a `camunda:formProperty`, whose label is its name and whose
    /// type may be missing.
    fn field(&mut self, element: &Element, id: &str) -> Option<FormField> {
        let given = |name| {
            element
                .attribute(name)
                .filter(|a: &&Attribute| !a.value.is_empty())
        };
        let Some(field_id) = given("id") else {
            let message = "attribute id must be set for FormField: name its variable";
            self.error(element.position, Some(id), message);
            return None;
        };
        let (label, default, kind) = match element.name.as_str() {
            "formProperty" => ("name", "default", Some(FieldType::String)),
            _ => ("label", "defaultValue", None),
        };
        let kind = match (given("type"), kind) {
            (Some(given), _) => self.field_type(element, given, id)?,
            (None, Some(kind)) => kind,
            (None, None) => {
                let message = format!(
                    "form field '{}' must have a 'type' attribute: string, long, boolean, date or enum",
                    field_id.value
                );
                self.error(element.position, Some(id), message);
                return None;
            }
        };
        if let Some(default) = given(default) {
            self.template(&default.value, default.position, id)?;
        }
        let default_value = given(default).map(|a| a.value.clone());
        let constraints = element
            .all(Namespace::Camunda, "validation")
            .flat_map(|v| v.all(Namespace::Camunda, "constraint"))
            .filter_map(|constraint| self.constraint(constraint, &kind, id))
            .collect();
        let properties = element
            .all(Namespace::Camunda, "properties")
            .flat_map(|p| p.all(Namespace::Camunda, "property"))
            .filter_map(|p| {
                let value = p.attribute("value").map_or("", |a| a.value.as_str());
                Some((p.attribute("id")?.value.clone(), value.to_owned()))
            })
            .collect();
        Some(FormField {
            hide: None,
            id: field_id.value.clone(),
            label: given(label).unwrap_or(field_id).value.clone(),
            kind,
            default_value,
            constraints,
            properties,
        })
    }

    fn field_type(&mut self, field: &Element, kind: &Attribute, id: &str) -> Option<FieldType> {
        match kind.value.as_str() {
            "string" => Some(FieldType::String),
            "long" => Some(FieldType::Long),
            "boolean" => Some(FieldType::Boolean),
            "date" => {
                let pattern = field
                    .attribute("datePattern")
                    .filter(|a| !a.value.is_empty());
                let text = pattern.map_or(DEFAULT_DATE_PATTERN, |a| a.value.as_str());
                let wrong = match DatePattern::parse(text) {
                    Err(e) => Some(e.to_string()),
                    Ok(pattern) if pattern.has_date() => None,
                    Ok(_) => Some(format!(
                        "date pattern '{text}': it says no year (y), month (M) or day (d)"
                    )),
                };
                if let Some(why) = wrong {
                    let at = pattern.map_or(field.position, |a| a.position);
                    self.error(at, Some(id), why);
                    return None;
                }
                Some(FieldType::Date {
                    pattern: text.to_owned(),
                })
            }
            "enum" => {
                let mut values = IndexMap::new();
                for value in field.all(Namespace::Camunda, "value") {
                    let Some(key) = value.attribute("id").filter(|a| !a.value.is_empty()) else {
                        let message = "a value of an enum field has an id: give it one";
                        self.error(value.position, Some(id), message);
                        continue;
                    };
                    let label = value.attribute("name").filter(|a| !a.value.is_empty());
                    let label = label.unwrap_or(key).value.clone();
                    if values.insert(key.value.clone(), label).is_some() {
                        let message = format!("the enum has two values '{}'", key.value);
                        self.error(key.position, Some(id), message);
                    }
                }
                if values.is_empty() {
                    let message = "the enum field has no camunda:value to choose: add some";
                    self.warn(field.position, Some(id), message);
                }
                Some(FieldType::Enum(values))
            }
            other => {
                let message = format!(
                    "unknown type '{other}' of a form field. \
                     Use string, long, boolean, date or enum"
                );
                self.error(kind.position, Some(id), message);
                None
            }
        }
    }

    fn constraint(&mut self, element: &Element, kind: &FieldType, id: &str) -> Option<Constraint> {
        let name = element.attribute("name").map_or("", |a| a.value.as_str());
        let config = element.attribute("config");
        let text = config.map_or("", |a| a.value.trim());
        let numeric = matches!(kind, FieldType::Long);
        let textual = matches!(kind, FieldType::String);
        let parsed = match name {
            "required" | "readonly" if text == "false" => return None,
            "required" => Some(Constraint::Required),
            "readonly" => Some(Constraint::Readonly),
            "min" if numeric => whole(text).map(Constraint::Min),
            "max" if numeric => whole(text).map(Constraint::Max),
            "minlength" if textual => text.parse().ok().map(Constraint::MinLength),
            "maxlength" if textual => text.parse().ok().map(Constraint::MaxLength),
            "min" | "max" | "minlength" | "maxlength" => {
                let fits = if name.len() == 3 { "long" } else { "string" };
                let message = format!("the constraint '{name}' fits a field of type {fits} only");
                self.error(element.position, Some(id), message);
                return None;
            }
            "validator" => {
                let message = "a validator class needs a JVM: use required, readonly, min, max, \
                               minlength and maxlength";
                self.error(element.position, Some(id), message);
                return None;
            }
            _ => {
                let message = format!(
                    "Cannot find validator implementation for constraint '{name}'. \
                     Use required, readonly, min, max, minlength or maxlength"
                );
                self.error(element.position, Some(id), message);
                return None;
            }
        };
        if parsed.is_none() {
            let at = config.map_or(element.position, |a| a.position);
            let message = format!("the constraint '{name}' needs a whole number, not \"{text}\"");
            self.error(at, Some(id), message);
        }
        parsed
    }
}

fn whole(text: &str) -> Option<Number> {
    text.parse::<i64>().ok().map(Number::from)
}

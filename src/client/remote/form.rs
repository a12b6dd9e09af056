//! Forms of a server that has Camunda's paths alone: the fields in the process's file, or a
//! deployed Camunda Form.

use crate::client::model::{self, Constraint, FieldType, Form, FormField};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value as Json;

/// The form of a user task in a BPMN file; none where it has none there.
pub(super) fn of_task(bpmn: &str, key: &str, task: &str) -> Option<Form> {
    let model = model::read_for_drawing("process.bpmn", bpmn.as_bytes()).ok()?;
    let process = model.processes.iter().find(|process| process.id == key)?;
    match &process.node(task)?.kind {
        model::NodeKind::UserTask(found) => found.form.clone(),
        _ => None,
    }
}

/// The start form in a BPMN file.
pub(super) fn of_start(bpmn: &str, key: &str) -> Option<Form> {
    let model = model::read_for_drawing("process.bpmn", bpmn.as_bytes()).ok()?;
    let process = model.processes.iter().find(|process| process.id == key)?;
    process.start_form().cloned()
}

/// A field of a Camunda Form
/// ([Camunda Forms](https://docs.camunda.org/manual/7.24/reference/forms/camunda-forms/)).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Component {
    key: Option<String>,
    label: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    validate: Validate,
    #[serde(default)]
    values: Vec<Choice>,
    default_value: Option<Json>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Validate {
    required: bool,
    min: Option<f64>,
    max: Option<f64>,
    min_length: Option<u32>,
    max_length: Option<u32>,
}

#[derive(Deserialize)]
struct Choice {
    label: Option<String>,
    value: Json,
}

/// The fields of a deployed Camunda Form; what has no value, such as a heading, is left out.
pub(super) fn of_schema(schema: &Json) -> Option<Form> {
    let components = schema["components"].as_array()?;
    let fields = components
        .iter()
        .filter_map(|component| serde_json::from_value(component.clone()).ok())
        .filter_map(field);
    Some(Form {
        fields: fields.collect(),
        business_key: None,
    })
}

fn field(component: Component) -> Option<FormField> {
    let id = component.key?;
    let mut properties = IndexMap::new();
    let kind = match component.kind.as_str() {
        "textfield" => FieldType::String,
        "textarea" => {
            properties.insert("widget".to_owned(), "multiline".to_owned());
            FieldType::String
        }
        "number" => FieldType::Long,
        "checkbox" => FieldType::Boolean,
        "select" | "radio" => FieldType::Enum(
            component
                .values
                .into_iter()
                .map(|choice| {
                    let value = text(&choice.value);
                    let label = choice.label.unwrap_or_else(|| value.clone());
                    (value, label)
                })
                .collect(),
        ),
        _ => return None,
    };
    let validate = component.validate;
    let constraints = [
        validate.required.then_some(Constraint::Required),
        component.disabled.then_some(Constraint::Readonly),
        validate.min.map(|n| Constraint::Min(n.ceil() as i64)),
        validate.max.map(|n| Constraint::Max(n.floor() as i64)),
        validate.min_length.map(Constraint::MinLength),
        validate.max_length.map(Constraint::MaxLength),
    ];
    Some(FormField {
        label: component.label.unwrap_or_else(|| id.clone()),
        id,
        kind,
        default_value: component.default_value.as_ref().map(text),
        constraints: constraints.into_iter().flatten().collect(),
        properties,
    })
}

fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_camunda_form_becomes_fields() {
        let form = of_schema(&json!({"components": [
            {"type": "text", "text": "# Hello"},
            {"type": "textfield", "key": "name", "label": "Name", "validate": {"required": true, "maxLength": 9}},
            {"type": "number", "key": "n", "defaultValue": 3, "validate": {"min": 0.5}},
            {"type": "select", "key": "c", "values": [{"label": "Red", "value": "r"}]},
            {"type": "textarea", "key": "t", "disabled": true},
            {"type": "button", "key": "b"},
        ]}))
        .expect("a form");
        let ids: Vec<_> = form.fields.iter().map(|f| f.id.as_str()).collect();
        assert_eq!(ids, ["name", "n", "c", "t"]);
        assert!(form.fields[0].required() && form.fields[3].readonly());
        assert_eq!(form.fields[1].default_value.as_deref(), Some("3"));
        assert_eq!(form.fields[1].constraints, [Constraint::Min(1)]);
        assert!(of_schema(&json!({})).is_none());
    }

    #[test]
    fn a_form_stands_in_the_process() {
        let bpmn = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
          <process id="p" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>
          <userTask id="t"><extensionElements><camunda:formData><camunda:formField id="x" label="X" type="long"/></camunda:formData></extensionElements></userTask>
          <serviceTask id="j" camunda:class="org.example.Java"/></process></definitions>"#;
        assert_eq!(
            of_task(bpmn, "p", "t").expect("a form").fields[0].label,
            "X"
        );
        assert!(of_task(bpmn, "p", "j").is_none());
        assert!(of_start(bpmn, "p").is_none());
    }
}

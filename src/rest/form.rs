//! Forms of tasks and starts: their key, variables, HTML and deployed files.

use super::call::Call;
use super::reply::{Answer, Fault, Reply};
use super::variables::typed;
use crate::desk::tasklist::{FieldType, FormField, FormLink, FormReference, ShownForm, Widget};
use serde_json::json;

/// `GET …/form` and `…/startForm`
pub fn key(form: &ShownForm) -> Reply {
    let (key, reference) = parts(form.link.as_ref());
    json!({ "key": key, "camundaFormRef": reference, "contextPath": null }).into()
}

/// The key of a form, or its reference.
pub fn parts(link: Option<&FormLink>) -> (Option<&str>, Option<&FormReference>) {
    match link {
        Some(FormLink::Key(key)) => (Some(key), None),
        Some(FormLink::Reference(reference)) => (None, Some(reference)),
        None => (None, None),
    }
}

/// `GET …/form-variables`
pub fn variables(call: &Call, form: &ShownForm) -> Answer {
    let deserialize = call.query_flag("deserializeValues")?.unwrap_or(true);
    let mut values = form.values.clone();
    if let Some(names) = call.query("variableNames") {
        let names: Vec<&str> = names.split(',').map(str::trim).collect();
        values.retain(|name, _| names.contains(&name.as_str()));
    }
    let mut typed = typed(&values, deserialize);
    // A field that has no value yet has its type all the same.
    for field in &form.form.fields {
        let kind = match field.kind {
            FieldType::Long => "Long",
            FieldType::Double => "Double",
            FieldType::Boolean => "Boolean",
            FieldType::Date { .. } => "Date",
            FieldType::Several(_) => "Json",
            FieldType::String | FieldType::Enum(_) => "String",
        };
        if let Some(of) = typed.get_mut(&field.id).filter(|of| of["value"].is_null()) {
            of["type"] = json!(kind);
        }
    }
    Ok(typed.into())
}

/// `GET …/deployed-form`: the file that a form key such as `camunda-forms:deployment:a.form`
/// names.
pub fn deployed(call: &Call, form: &ShownForm) -> Answer {
    let (key, reference) = parts(form.link.as_ref());
    if let Some(wanted) = reference {
        return referred(call, form, wanted);
    }
    let key = key.unwrap_or_default();
    if key.is_empty() {
        return Err(Fault::bad_user_request("The form key is not set."));
    }
    let Some(name) = form.link.as_ref().and_then(FormLink::file) else {
        return Err(Fault::bad_user_request(format!(
            "The form key '{key}' does not reference a deployed form."
        )));
    };
    let found = call.desk.form_file(&call.caller, &form.deployment, name)?;
    let bytes = found.ok_or_else(|| {
        Fault::not_found(format!(
            "The form with the resource name '{name}' cannot be found in deployment with id {}",
            form.deployment
        ))
    })?;
    let content_type = match key.starts_with("camunda-forms:") || name.ends_with(".form") {
        true => "application/json",
        false => "application/xhtml+xml",
    };
    Ok(Reply::Bytes {
        content_type: content_type.to_owned(),
        filename: None,
        bytes,
    })
}

/// The Camunda Form that a form reference names.
fn referred(call: &Call, form: &ShownForm, wanted: &FormReference) -> Answer {
    let found = call
        .desk
        .camunda_form(&call.caller, &form.deployment, wanted)?;
    let bytes = found.ok_or_else(|| {
        let version = wanted.version.map_or("null".to_owned(), |v| v.to_string());
        Fault::not_found(format!(
            "No Camunda Form Definition was found for Camunda Form Ref: CamundaFormRefImpl [key={}, binding={}, version={version}]",
            wanted.key, wanted.binding
        ))
    })?;
    Ok(Reply::Bytes {
        content_type: "application/json".to_owned(),
        filename: None,
        bytes,
    })
}

/// `GET …/rendered-form`: the fields as HTML, as Camunda generates it.
pub fn rendered(form: &ShownForm, missing: &str) -> Answer {
    if form.form.fields.is_empty() {
        return Err(Fault::not_found(missing));
    }
    let mut html = String::from("<form name=\"generatedForm\" role=\"form\">");
    for field in &form.form.fields {
        let text = form.texts.get(&field.id).map(String::as_str);
        let key = form.form.business_key.as_ref() == Some(&field.id);
        html.push_str(&group(field, text.unwrap_or_default(), key));
    }
    html.push_str("</form>");
    Ok(Reply::Bytes {
        content_type: "text/html; charset=UTF-8".to_owned(),
        filename: None,
        bytes: html.into_bytes(),
    })
}

/// One field with its label; that of the business key is no variable.
fn group(field: &FormField, text: &str, business_key: bool) -> String {
    let (id, label, text) = (escaped(&field.id), escaped(&field.label), escaped(text));
    let mut rules = String::new();
    if field.required() {
        rules.push_str(" required");
    }
    if field.readonly() {
        rules.push_str(" readonly");
    }
    let named = |kind: &str| {
        let of = match business_key {
            true => "cam-business-key".to_owned(),
            false => format!("cam-variable-type=\"{kind}\" cam-variable-name=\"{id}\""),
        };
        format!("class=\"form-control\" name=\"{id}\" {of}{rules}")
    };
    let input = match (&field.kind, field.widget()) {
        (FieldType::Boolean, _) => {
            let on = if text == "true" { " checked" } else { "" };
            format!("<input type=\"checkbox\" {}{on} />", named("Boolean"))
        }
        (FieldType::Enum(values), _) => {
            let mut select = format!("<select {}>", named("String"));
            for (value, label) in values {
                let value = escaped(value);
                let on = if value == text { " selected" } else { "" };
                let label = escaped(label);
                select.push_str(&format!("<option value=\"{value}\"{on}>{label}</option>"));
            }
            select.push_str("</select>");
            select
        }
        (FieldType::Long | FieldType::Double, _) => {
            format!("<input type=\"text\" {} value=\"{text}\" />", named("Long"))
        }
        (FieldType::Date { .. }, _) => {
            format!("<input type=\"text\" {} value=\"{text}\" />", named("Date"))
        }
        (FieldType::Several(_), _) => {
            format!("<input type=\"text\" {} value=\"{text}\" />", named("Json"))
        }
        (FieldType::String, Widget::Secret) => {
            format!("<input type=\"password\" {} />", named("String"))
        }
        (FieldType::String, Widget::Multiline) => {
            format!("<textarea {}>{text}</textarea>", named("String"))
        }
        (FieldType::String, _) => {
            format!(
                "<input type=\"text\" {} value=\"{text}\" />",
                named("String")
            )
        }
    };
    format!("<div class=\"form-group\"><label for=\"{id}\">{label}</label>{input}</div>")
}

/// Text inside HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

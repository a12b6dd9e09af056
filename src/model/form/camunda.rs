//! Camunda Forms: the JSON that form-js draws, as a form of fields
//! ([Camunda Forms](https://docs.camunda.org/manual/7.24/user-guide/task-forms/#camunda-forms)).
//!
//! Text fields and areas, numbers, checkboxes, radios, selects, lists and dates become fields, texts
//! are read. In the place of what only a browser can show stands a text that says so.

use super::{Constraint, FieldType, Form, FormField};
use indexmap::{IndexMap, IndexSet};
use serde_json::Value as Json;

/// Most components of a form.
const MOST: usize = 1_000;
/// Deepest nesting of groups.
const DEEPEST: usize = 16;
/// Longest condition with those of the groups around it: each field has its own.
const LONGEST_CONDITION: usize = 10_000;
/// Longest text in characters.
const LONGEST_TEXT: usize = 10_000;
/// Components that become fields or texts.
const SERVED: [&str; 10] = [
    "textfield",
    "textarea",
    "number",
    "checkbox",
    "radio",
    "select",
    "checklist",
    "taglist",
    "datetime",
    "text",
];
/// Components that say nothing.
const WITHOUT: [&str; 3] = ["button", "spacer", "separator"];

/// What a form takes from the variables of its task.
pub struct Given<'g> {
    /// What a variable offers (`valuesKey`).
    pub offered: &'g dyn Fn(&str) -> Option<Json>,
    /// What a FEEL expression in a text gives, as text.
    pub said: &'g dyn Fn(&str) -> Option<String>,
}

/// What form-js takes for an address or a number.
const EMAIL: &str = r"^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*$";
const PHONE: &str = r"(\+|00)[1-9][0-9]{4,22}$";

impl Form {
    /// The form of a file; `None` when it is no Camunda Form.
    pub fn camunda(file: &Json, given: &Given<'_>) -> Option<Form> {
        let components = file.get("components")?.as_array()?;
        let mut form = Form::default();
        add(components, given, Hidden::default(), DEEPEST, &mut form);
        Some(form)
    }
}

/// What hides the fields of a group, too.
#[derive(Clone, Copy, Default)]
struct Hidden<'h> {
    condition: Option<&'h str>,
    /// One around it is too long, and hides nothing.
    lost: bool,
}

/// Adds the fields of components, those of groups in their order; what hides a group hides all in it.
fn add(components: &[Json], given: &Given<'_>, outer: Hidden<'_>, deep: usize, form: &mut Form) {
    for component in components {
        if form.fields.len() >= MOST {
            return;
        }
        let own = component.get("conditional").and_then(|c| text(c, "hide"));
        let own = own.map(|condition| condition.trim_start_matches('=').trim());
        let length = own.map_or(0, str::len) + outer.condition.map_or(0, str::len);
        let too_long = length > LONGEST_CONDITION;
        let lost = outer.lost || too_long;
        let hide = match (outer.condition, own.filter(|_| !too_long)) {
            (Some(outer), Some(own)) => Some(format!("({outer}) or ({own})")),
            (outer, own) => outer.or(own).map(str::to_owned),
        };
        let kind = text(component, "type").unwrap_or_default();
        let inner = component.get("components").and_then(Json::as_array);
        let mut field = match (inner, deep.checked_sub(1)) {
            (Some(inner), Some(deep)) if kind == "group" => {
                let condition = hide.as_deref();
                add(inner, given, Hidden { condition, lost }, deep, form);
                continue;
            }
            _ if matches!(kind, "" | "group") || WITHOUT.contains(&kind) => None,
            _ if kind == "text" => shown(component, given.said, form.fields.len()),
            _ if !SERVED.contains(&kind) => {
                let id = format!("@{kind}{}", form.fields.len());
                Some(FormField::shown(id, stand_in(component, kind)))
            }
            _ => field(component, kind, given),
        };
        if let Some(field) = &mut field {
            field.hide = hide;
            if lost {
                let help = field.properties.entry("help".to_owned()).or_default();
                let before = if help.is_empty() { "" } else { "; " };
                *help += &format!(
                    "{before}its condition of more than {LONGEST_CONDITION} characters is not read here"
                );
            }
        }
        form.fields.extend(field);
    }
}

/// A text that is only read, its Markdown plain.
fn shown(component: &Json, said: &dyn Fn(&str) -> Option<String>, at: usize) -> Option<FormField> {
    let source = cut(text(component, "text")?);
    let filled = match source.strip_prefix('=') {
        Some(expression) => said(expression).unwrap_or_default(),
        None => filled(source, said),
    };
    let label = plain(cut(&filled));
    (!label.is_empty()).then(|| FormField::shown(format!("@text{at}"), label))
}

/// What is said in the place of a component that is not served here.
fn stand_in(component: &Json, kind: &str) -> String {
    let names = ["label", "key", "path", "dataSource", "url", "source"];
    let name = names.iter().find_map(|name| text(component, name));
    let name = name.map_or(String::new(), |name| {
        format!(" {:?}", name.chars().take(60).collect::<String>())
    });
    match text(component, "key") {
        Some(key) => format!(
            "({kind}{name}: only a browser shows it; its value is said by crewdesk task complete --var {key}=…)"
        ),
        None => format!("({kind}{name}: only a browser shows it)"),
    }
}

/// The kinds of components of a file that are not served here, each once.
pub fn unserved(file: &Json) -> Vec<&str> {
    let mut found = IndexSet::new();
    let mut open = vec![(file, DEEPEST)];
    while let Some((of, deep)) = open.pop() {
        let components = of.get("components").and_then(Json::as_array);
        for component in components.into_iter().flatten() {
            let kind = text(component, "type").unwrap_or_default();
            match (kind, deep.checked_sub(1)) {
                ("group", Some(deep)) => open.push((component, deep)),
                ("" | "group", _) => {}
                _ if SERVED.contains(&kind) || WITHOUT.contains(&kind) => {}
                _ => drop(found.insert(kind)),
            }
        }
    }
    found.into_iter().collect()
}

/// As much of a text as is read.
fn cut(text: &str) -> &str {
    let end = text.char_indices().nth(LONGEST_TEXT);
    end.map_or(text, |(end, _)| &text[..end])
}

/// A text with the values of its `{{expressions}}`.
fn filled(text: &str, said: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once("{{") {
        let Some((expression, after)) = from.split_once("}}") else {
            break;
        };
        out += before;
        out += &said(expression.trim()).unwrap_or_default();
        rest = after;
    }
    out + rest
}

/// Markdown as plain text: without signs of headings, emphasis and code; a link is told with its
/// address.
fn plain(text: &str) -> String {
    let line = |line: &str| {
        let line = line.trim();
        let heading = line.trim_start_matches('#');
        let line = match heading.len() < line.len() && heading.starts_with(' ') {
            true => heading.trim(),
            false => line,
        };
        let line = line.replace("**", "").replace("__", "").replace('`', "");
        links(&line)
    };
    text.lines()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .to_owned()
}

/// `[text](address)` is `text (address)`.
fn links(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, from)) = rest.split_once("](") {
        let Some((address, after)) = from.split_once(')') else {
            break;
        };
        match before.rsplit_once('[') {
            Some((before, text)) => {
                out += &format!("{before}{text} ({address})");
                rest = after;
            }
            None => {
                out += before;
                out += "](";
                rest = from;
            }
        }
    }
    out + rest
}

fn text<'j>(json: &'j Json, name: &str) -> Option<&'j str> {
    let text = json.get(name)?.as_str()?.trim();
    (!text.is_empty()).then_some(text)
}

/// A value of JSON as it is typed.
fn typed(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn field(component: &Json, kind: &str, given: &Given<'_>) -> Option<FormField> {
    let variable = given.offered;
    let id = text(component, "key")?;
    let mut properties = IndexMap::new();
    let mut constraints = Vec::new();
    let mut help: Vec<String> = Vec::new();
    let described = text(component, "description");
    help.extend(described.map(|text| filled(cut(text), given.said)));
    let validate = component.get("validate").unwrap_or(&Json::Null);
    let is_set = |json: &Json, name: &str| json.get(name).and_then(Json::as_bool) == Some(true);
    let mut label = text(component, "label").unwrap_or(id);
    let field_type = match kind {
        "textfield" => FieldType::String,
        "textarea" => {
            properties.insert("widget".to_owned(), "multiline".to_owned());
            FieldType::String
        }
        "number" => match component.get("decimalDigits").and_then(Json::as_u64) {
            Some(0) => FieldType::Long,
            _ => FieldType::Double,
        },
        "checkbox" => FieldType::Boolean,
        "radio" | "select" => match options(component, variable) {
            Some(values) => FieldType::Enum(values),
            None => {
                help.push("one of the values that the process offers".to_owned());
                FieldType::String
            }
        },
        "checklist" | "taglist" => {
            let values = options(component, variable).unwrap_or_default();
            let told = values.iter().filter(|(id, label)| id != label);
            let told: Vec<String> = told.map(|(id, label)| format!("{id}: {label}")).collect();
            help.push(match told.is_empty() {
                true => "several, with commas between".to_owned(),
                false => format!("several, with commas between: {}", told.join(", ")),
            });
            FieldType::Several(values)
        }
        _ => {
            let subtype = text(component, "subtype").unwrap_or("date");
            let part = if subtype == "time" {
                "timeLabel"
            } else {
                "dateLabel"
            };
            label = text(component, "label")
                .or(text(component, part))
                .unwrap_or(id);
            match subtype {
                "time" => {
                    help.push("such as 17:00".to_owned());
                    FieldType::String
                }
                "datetime" => date("yyyy-MM-dd'T'HH:mmXXX", &mut properties),
                _ => date("yyyy-MM-dd", &mut properties),
            }
        }
    };
    if is_set(validate, "required") {
        constraints.push(Constraint::Required);
    }
    if is_set(component, "disabled") || is_set(component, "readonly") {
        constraints.push(Constraint::Readonly);
    }
    let bound = |name: &str| validate.get(name)?.as_number().cloned();
    constraints.extend(bound("min").map(Constraint::Min));
    constraints.extend(bound("max").map(Constraint::Max));
    let length = |name: &str| {
        let length = validate.get(name).and_then(Json::as_u64);
        length.and_then(|n| u32::try_from(n).ok())
    };
    constraints.extend(length("minLength").map(Constraint::MinLength));
    constraints.extend(length("maxLength").map(Constraint::MaxLength));
    let pattern = match text(validate, "validationType") {
        Some("email") => Some(EMAIL),
        Some("phone") => Some(PHONE),
        _ => text(validate, "pattern"),
    };
    let pattern = pattern.filter(|_| kind == "textfield");
    constraints.extend(pattern.map(|pattern| Constraint::Pattern(pattern.to_owned())));
    if !help.is_empty() {
        properties.insert("help".to_owned(), help.join("; "));
    }
    Some(FormField {
        id: id.to_owned(),
        label: filled(cut(label), given.said),
        kind: field_type,
        default_value: component.get("defaultValue").and_then(|value| match value {
            Json::Array(items) => Some(super::check::listed(items)),
            value => typed(value),
        }),
        constraints,
        properties,
        hide: None,
    })
}

/// A date that the process gets as text, as form-js gives it.
fn date(pattern: &str, properties: &mut IndexMap<String, String>) -> FieldType {
    properties.insert(super::KEPT_AS.to_owned(), "text".to_owned());
    FieldType::Date {
        pattern: pattern.to_owned(),
    }
}

/// The values of a choice and their labels, of its own or in a variable (`valuesKey`), which may be
/// plain; `None` where nobody knows them.
fn options(
    component: &Json,
    variable: &dyn Fn(&str) -> Option<Json>,
) -> Option<IndexMap<String, String>> {
    let offered = text(component, "valuesKey").and_then(variable);
    let values = component.get("values").or(offered.as_ref())?.as_array()?;
    let option = |value: &Json| {
        let id = typed(value).or_else(|| value.get("value").and_then(typed))?;
        let label = text(value, "label").unwrap_or(&id).to_owned();
        Some((id, label))
    };
    let options: IndexMap<String, String> = values.iter().take(MOST).filter_map(option).collect();
    (!options.is_empty()).then_some(options)
}

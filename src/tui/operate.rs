//! What a head does by hand to an instance: suspend it, change its variables, give it an event.

use super::effect::{self, Done, Effect, act};
use super::form::{Field, Input};
use super::line::Line;
use super::overlay::Dialog;
use super::screen::{jobs, timeline};
use super::state::{Page, Scope, State};
use super::theme::Role;
use super::words;
use crate::client::operate::{Message, WaitView};
use crate::client::value::{Map, Value, json};
use crate::client::{Answer, DeskError, FieldError};

/// The types that a variable can be given by hand.
const TYPES: [&str; 8] = [
    "String", "Integer", "Long", "Double", "Boolean", "Date", "Json", "Null",
];

/// Suspends or activates instances, as the first of them is not now.
pub fn hold(state: &mut State) -> Vec<Effect> {
    let (chosen, first): (Vec<String>, _) = match state.scope() {
        Scope::Jobs => {
            let chosen = state.jobs.list.chosen().into_iter().filter(|i| !i.ended);
            let chosen: Vec<_> = chosen.collect();
            let first = chosen
                .first()
                .map(|i| (i.suspended, jobs::title(i).to_owned()));
            let suspended = first.as_ref().is_some_and(|(suspended, _)| *suspended);
            let same = chosen.iter().filter(|i| i.suspended == suspended);
            (same.map(|i| i.id.clone()).collect(), first)
        }
        _ => {
            let found = state.instance().and_then(|page| page.detail());
            let first = found.map(|d| (d.instance.suspended, jobs::title(&d.instance).to_owned()));
            (state.instance_id().into_iter().collect(), first)
        }
    };
    let Some((suspended, title)) = first else {
        return Vec::new();
    };
    let name = match chosen.len() {
        1 => title,
        n => words::count(n as u64, "instance", "instances"),
    };
    let about = chosen.clone();
    act("the instance", move |client| {
        let desk = client.operator()?;
        for id in &chosen {
            desk.suspend_instance(id, !suspended)?;
        }
        let say = match suspended {
            true => format!("{name} goes on"),
            false => format!("Suspended {name}: nothing in it goes on"),
        };
        let done = Done::say(say).undo(format!("the change of {name}"), about, move |client| {
            let desk = client.operator()?;
            chosen
                .iter()
                .try_for_each(|id| desk.suspend_instance(id, suspended))
        });
        Ok(done.then(|state| {
            state.jobs.list.marks.clear();
            Vec::new()
        }))
    })
}

/// The variable under the cursor of the open instance: its name, and its value where that can
/// be given back as it was.
fn current(state: &State) -> Option<(String, Option<Value>)> {
    let page = state.instance().filter(|page| page.pane == 2)?;
    let (name, typed) = page.detail()?.variables.get_index(page.at[1])?;
    let value = match timeline::is_secret(typed) {
        true => None,
        false => json::from_typed(typed).ok(),
    };
    Some((name.clone(), value))
}

/// True while a variable is under the cursor.
pub fn on_variable(state: &State) -> bool {
    current(state).is_some()
}

/// Sets the variable under the cursor, or a new one.
pub fn set_variable(state: &mut State) -> Vec<Effect> {
    let Some(id) = state.instance_id() else {
        return Vec::new();
    };
    let variables = state.instance().and_then(|page| page.detail());
    let known: Map = variables
        .iter()
        .flat_map(|detail| &detail.variables)
        .filter(|(_, typed)| !timeline::is_secret(typed))
        .filter_map(|(name, typed)| Some((name.clone(), json::from_typed(typed).ok()?)))
        .collect();
    let here = current(state);
    let value = here.as_ref().and_then(|(_, value)| value.as_ref());
    let kind = value.map_or("String", Value::type_name);
    let at = TYPES.iter().position(|of| *of == kind).unwrap_or(0);
    let text = value.map_or_else(String::new, written);
    let mut fields = Vec::new();
    if here.is_none() {
        fields.push(Field::new("name", "Name", Input::Text(Line::default())).required());
    }
    let types = TYPES.map(|of| (of.to_owned(), of.to_owned()));
    let mut field = Field::new("value", "Value", Input::Lines(Box::default()))
        .help("a date as 2026-03-01T10:00:00.000+0100, JSON as JSON");
    field.set(&text);
    fields.push(field);
    fields.push(Field::new(
        "type",
        "Type",
        Input::Choice(types.to_vec(), Some(at)),
    ));
    let (title, text) = match &here {
        Some((name, _)) => (
            format!("Set {name}"),
            "What runs reads the new value from now on; conditions are tested with it at once.",
        ),
        None => (
            "Set a variable".to_owned(),
            "A variable of this name is given the value, or made. Tab to the variables edits one of them.",
        ),
    };
    let fixed = here.map(|(name, _)| name);
    let dialog = Dialog::ask(&title, text, fields, "Set", move |client, filled| {
        let name = fixed.clone().or_else(|| filled.text("name"));
        let name = name.unwrap_or_default();
        let kind = filled.text("type").unwrap_or_else(|| "String".to_owned());
        let value = read(&kind, filled.text("value").unwrap_or_default())?;
        let desk = client.operator()?;
        desk.change_variables(&id, [(name.clone(), value)].into(), Vec::new())?;
        let (id, before) = (id.clone(), known.get(&name).cloned());
        let about = vec![id.clone()];
        Ok(Done::say(format!("Set {name}")).undo(
            format!("the value of {name}"),
            about,
            move |client| {
                let desk = client.operator()?;
                match before.clone() {
                    Some(value) => {
                        desk.change_variables(&id, [(name.clone(), value)].into(), Vec::new())
                    }
                    None => desk.change_variables(&id, Map::new(), vec![name.clone()]),
                }
            },
        ))
    });
    state.overlay = Some(dialog.into());
    Vec::new()
}

/// Removes the variable under the cursor: at once where it can be given back.
pub fn remove_variable(state: &mut State) -> Vec<Effect> {
    let (Some(id), Some((name, value))) = (state.instance_id(), current(state)) else {
        return Vec::new();
    };
    let Some(value) = value else {
        let title = format!("Delete {name}?");
        let text = "Its value is not shown here and cannot be given back. This cannot be undone.";
        let dialog = Dialog::ask(&title, text, Vec::new(), "Delete", move |client, _| {
            let desk = client.operator()?;
            desk.change_variables(&id, Map::new(), vec![name.clone()])?;
            Ok(Done::say(format!("Deleted {name}")))
        });
        state.overlay = Some(dialog.into());
        return Vec::new();
    };
    act("the variable", move |client| {
        let desk = client.operator()?;
        desk.change_variables(&id, Map::new(), vec![name.clone()])?;
        let about = vec![id.clone()];
        let what = format!("the deletion of {name}");
        Ok(
            Done::say(format!("Deleted {name}")).undo(what, about, move |client| {
                let set = [(name.clone(), value.clone())].into();
                client.operator()?.change_variables(&id, set, Vec::new())
            }),
        )
    })
}

/// A value as one types it.
fn written(value: &Value) -> String {
    match json::typed(value, false).get("value") {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// What was typed, as a value of a type.
fn read(kind: &str, text: String) -> Answer<Value> {
    let wrong = |message: String| {
        DeskError::Fields(vec![FieldError {
            field: "value".to_owned(),
            message,
        }])
    };
    let value = match kind {
        "Null" if text.trim().is_empty() => serde_json::Value::Null,
        "Null" => return Err(wrong("choose the type of this value".to_owned())),
        "Integer" | "Long" | "Double" | "Boolean" => serde_json::from_str(text.trim())
            .map_err(|_| wrong(format!("{text:?} is no {}", kind.to_lowercase())))?,
        _ => serde_json::Value::String(text),
    };
    json::from_typed(&serde_json::json!({ "type": kind, "value": value }))
        .map_err(|error| wrong(error.to_string()))
}

/// Gives the instance a message or signal: asks first what it waits for.
pub fn event(state: &mut State) -> Vec<Effect> {
    let Some(id) = state.instance_id() else {
        return Vec::new();
    };
    let asked = id.clone();
    vec![effect::ask(
        "what it waits for",
        move |client| client.operator()?.waits(&asked),
        move |state, found| match found {
            Ok(waits) => {
                let still = matches!(state.pages.last(), Some(Page::Instance(p)) if p.id == id);
                if still && state.overlay.is_none() {
                    state.overlay = Some(choose(id, waits).into());
                }
                Vec::new()
            }
            Err(error) => {
                state.say(error.to_string(), Role::Danger);
                Vec::new()
            }
        },
    )]
}

/// Chooses among what it waits for, or a signal of any name.
fn choose(id: String, waits: Vec<WaitView>) -> Dialog {
    let events = waits.into_iter();
    let events: Vec<_> = events.filter(|wait| wait.kind != "conditional").collect();
    let mut options: Vec<(String, String)> = events
        .iter()
        .enumerate()
        .map(|(at, wait)| {
            let label = format!("{} {} at {}", wait.kind, wait.name, wait.activity_id);
            (at.to_string(), label)
        })
        .collect();
    options.push(("other".to_owned(), "a signal of another name".to_owned()));
    let text = match events.is_empty() {
        true => "It waits for no message and no signal.",
        false => "It goes on from there, with the variables that the event brings.",
    };
    let text = format!(
        "{text} A signal of another name reaches all instances that wait for it, and starts those that it starts."
    );
    let mut brings = Field::new("variables", "Brings", Input::Lines(Box::default()))
        .help("NAME=TEXT or NAME:=JSON, one a line");
    brings.placeholder = "no variables".to_owned();
    let fields = vec![
        Field::new("event", "Event", Input::Choice(options, Some(0))),
        Field::new("name", "Other name", Input::Text(Line::default()))
            .help("only for a signal of another name"),
        brings,
    ];
    Dialog::ask(
        "Send an event",
        &text,
        fields,
        "Send",
        move |client, filled| {
            let refuse = |field: &str, message: &str| {
                DeskError::Fields(vec![FieldError {
                    field: field.to_owned(),
                    message: message.to_owned(),
                }])
            };
            let variables = variables(&filled.text("variables").unwrap_or_default())
                .map_err(|why| refuse("variables", &why))?;
            let desk = client.operator()?;
            let chosen = filled.text("event").and_then(|at| at.parse::<usize>().ok());
            let Some(wait) = chosen.and_then(|at| events.get(at)) else {
                let name = filled.text("name");
                let name = name.ok_or_else(|| refuse("name", "name the signal"))?;
                let heard = desk.signal(&name, None, variables)?;
                let reached = heard.map_or_else(
                    || "to all who wait for it".to_owned(),
                    |heard| {
                        let got = words::count(heard.executions, "execution", "executions");
                        let started = words::count(heard.started, "instance", "instances");
                        format!("to {got}, started {started}")
                    },
                );
                return Ok(Done::say(format!("Sent the signal {name} {reached}")));
            };
            if wait.kind == "signal" {
                desk.signal(&wait.name, Some(&wait.execution_id), variables)?;
            } else {
                desk.correlate(Message {
                    name: wait.name.clone(),
                    process_instance_id: Some(id.clone()),
                    variables,
                    ..Message::default()
                })?;
            }
            Ok(Done::say(format!("Sent the {} {}", wait.kind, wait.name)))
        },
    )
}

/// Variables as they are typed, one a line.
fn variables(text: &str) -> Result<Map, String> {
    let mut map = Map::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, text) = line
            .split_once('=')
            .filter(|(name, _)| !name.trim_end_matches(':').is_empty())
            .ok_or("write NAME=TEXT, or NAME:=JSON for a typed value")?;
        let (name, value) = match name.strip_suffix(':') {
            Some(name) => {
                let parsed = serde_json::from_str(text)
                    .map_err(|error| format!("what follows {name}:= is not JSON ({error})"))?;
                (name, json::from_plain(&parsed))
            }
            None => (name, Value::String(text.to_owned())),
        };
        map.insert(name.to_owned(), value);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_a_value_of_its_type() {
        let of = |kind: &str, text: &str| read(kind, text.to_owned());
        assert_eq!(of("Integer", " 7 "), Ok(Value::Integer(7)));
        assert_eq!(of("String", "7"), Ok(Value::String("7".into())));
        assert_eq!(of("Boolean", "true"), Ok(Value::Boolean(true)));
        assert_eq!(of("Null", " "), Ok(Value::Null));
        for (kind, text) in [
            ("Null", "x"),
            ("Integer", "x"),
            ("Integer", "9999999999"),
            ("Date", "soon"),
        ] {
            assert!(
                matches!(of(kind, text), Err(DeskError::Fields(_))),
                "{kind} {text}"
            );
        }
        for value in [
            Value::Integer(7),
            Value::String("a\nb".into()),
            Value::Boolean(false),
        ] {
            assert_eq!(of(value.type_name(), &written(&value)), Ok(value.clone()));
        }
    }

    #[test]
    fn variables_stand_one_a_line() {
        let map = variables("a=1\n\n b:=[1]\n").unwrap();
        assert_eq!(map["a"], Value::String("1".into()));
        assert_eq!(map.len(), 2);
        for wrong in ["a", "=1", ":=1", "a:={"] {
            assert!(variables(wrong).is_err(), "{wrong}");
        }
    }
}

//! The cases of the DMN Technology Compatibility Kit, as its test files have them.

use super::load::parse_all;
use super::{Definitions, evaluate_feel};
use crate::feel::temporal::{Date, DateTime, Duration, Time};
use crate::feel::{Budget, Context, Number, Value};
use crate::model::xml::{self, Element, Namespace};
use chrono::{DateTime as Instant, Utc};
use std::sync::Arc;

/// A case and what was wrong with its results, if anything was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub id: String,
    /// What was wrong.
    pub wrong: Option<String>,
}

/// Runs the cases of a test file against the models that lie beside it, by name.
///
/// # Errors
/// A sentence when the test file itself cannot be read.
pub fn run(test: &[u8], models: &[(&str, &[u8])], now: Instant<Utc>) -> Result<Vec<Case>, String> {
    let root = xml::parse(test).map_err(|error| error.message)?;
    let model = children(&root, "modelName")
        .next()
        .map(|m| m.text.trim())
        .unwrap_or_default();
    let at = models.iter().position(|(name, _)| *name == model);
    let parsed = parse_all(models, &|_| None);
    let definitions = at.and_then(|ix| parsed.get(ix)?.0.as_ref());
    let cases = children(&root, "testCase").map(|case| {
        let mut inputs = Context::new();
        for input in children(case, "inputNode") {
            let name = attribute(input, "name").unwrap_or_default();
            let model = attribute(input, "namespace").zip(definitions);
            let model = model.map(|(of, definitions)| (of, &definitions.models));
            let name = match model.filter(|(of, models)| models.input(of, name).is_some()) {
                Some((of, models)) => models.qualified(of, name),
                None => name.to_owned(),
            };
            inputs
                .put(name.into(), value(input))
                .map_err(|limit| limit.to_string())?;
        }
        let wrong: Vec<String> = children(case, "resultNode")
            .filter_map(|node| check(definitions, case, node, &inputs, now))
            .collect();
        Ok(Case {
            id: attribute(case, "id").unwrap_or("?").to_owned(),
            wrong: (!wrong.is_empty()).then(|| wrong.join("; ")),
        })
    });
    cases.collect()
}

fn attribute<'e>(element: &'e Element, name: &str) -> Option<&'e str> {
    element.attribute(name).map(|a| a.value.as_str())
}

fn children<'e>(element: &'e Element, name: &'e str) -> impl Iterator<Item = &'e Element> {
    element.children.iter().filter(move |c| c.name == name)
}

/// What is wrong with a result, if anything is. An error will do where one is expected.
fn check(
    definitions: Option<&Definitions>,
    case: &Element,
    node: &Element,
    inputs: &Context,
    now: Instant<Utc>,
) -> Option<String> {
    let wanted = children(node, "expected")
        .next()
        .map(value)
        .unwrap_or_default();
    let name = attribute(node, "name").unwrap_or("?");
    let may_fail = attribute(node, "errorResult") == Some("true");
    let wanted = if may_fail { Value::Null } else { wanted };
    match definitions.map(|d| evaluate(d, case, node, inputs, now)) {
        Some(Ok(found)) if same(&wanted, &found) => None,
        Some(Err(_)) if may_fail => None,
        Some(Ok(found)) => Some(format!("{name}: wanted {wanted}, found {found}")),
        Some(Err(error)) => Some(format!("{name}: wanted {wanted}, error {error}")),
        None => Some(format!("{name}: the model can not be read")),
    }
}

fn evaluate(
    definitions: &Definitions,
    case: &Element,
    node: &Element,
    inputs: &Context,
    now: Instant<Utc>,
) -> Result<Value, String> {
    let invocable = attribute(case, "invocableName")
        .filter(|_| attribute(case, "type") == Some("decisionService"));
    let name = invocable.or(attribute(node, "name")).unwrap_or_default();
    let mut decisions = definitions.decisions.values();
    let decision = decisions.find(|d| d.name == name).map(|d| &d.id);
    let mut knowledge = definitions.knowledge.values();
    let function = knowledge.find(|k| k.name == name).map(|k| &k.id);
    let id = match invocable {
        Some(_) => function,
        None => decision.or(function),
    };
    let id = id.ok_or("there is no such decision")?;
    let mut budget = Budget::default();
    let value =
        evaluate_feel(definitions, id, inputs, now, &mut budget).map_err(|e| e.to_string())?;
    match (&value, attribute(node, "name")) {
        // A service with several outputs is asked for one of them.
        (Value::Context(outputs), Some(output)) if invocable.is_some() => {
            Ok(outputs.get(output).cloned().unwrap_or(value))
        }
        _ => Ok(value),
    }
}

fn nil(element: &Element) -> bool {
    element
        .attribute_in(Namespace::Xsi, "nil")
        .is_some_and(|a| a.value == "true")
}

/// A value as the kit writes it; as deep as elements nest.
fn value(element: &Element) -> Value {
    if nil(element) {
        return Value::Null;
    }
    if let Some(list) = children(element, "list").next() {
        if nil(list) {
            return Value::Null;
        }
        return Value::list(children(list, "item").map(value).collect()).unwrap_or_default();
    }
    let mut components = children(element, "component").peekable();
    if components.peek().is_some() {
        let mut context = Context::new();
        for component in components {
            let name = attribute(component, "name").unwrap_or_default();
            if context.put(name.into(), value(component)).is_err() {
                return Value::Null;
            }
        }
        return Value::Context(Arc::new(context));
    }
    let Some(simple) = children(element, "value").next().filter(|v| !nil(v)) else {
        return Value::Null;
    };
    let kind = simple
        .attribute_in(Namespace::Xsi, "type")
        .map_or("xsd:string", |a| a.value.as_str());
    let text = simple.text.trim();
    let parsed = match kind.rsplit(':').next().unwrap_or(kind) {
        "boolean" => Some(Value::Boolean(text == "true")),
        "decimal" | "double" | "integer" | "int" | "long" | "float" => {
            Number::parse(text).map(Value::Number)
        }
        "date" => Date::parse(text).map(Value::Date),
        "time" => Time::parse(text).map(Value::Time),
        "dateTime" => DateTime::parse(text).map(Value::DateTime),
        "duration" => Duration::parse(text).map(Value::Duration),
        _ => Some(Value::from(simple.text.as_str())),
    };
    parsed.unwrap_or_else(|| Value::from(format!("unreadable {text}")))
}

/// Numbers are the same when they are less than this apart, as in the runners of the kit.
const PRECISION: &str = "0.00000001";

fn same(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Number(a), Value::Number(b)) => {
            let apart = a.checked_sub(*b).map(Number::abs);
            apart.is_some_and(|apart| Number::parse(PRECISION).is_some_and(|most| apart < most))
        }
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        (Value::Context(a), Value::Context(b)) => {
            a.entries().len() == b.entries().len()
                && a.entries()
                    .iter()
                    .all(|(k, v)| b.get(k).is_some_and(|w| same(v, w)))
        }
        _ => wanted.type_name() == found.type_name() && wanted.equal(found) == Some(true),
    }
}

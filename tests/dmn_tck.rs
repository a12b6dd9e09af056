//! The DMN Technology Compatibility Kit, where its files are beside the repository.

use crewdesk::dmn::{Definitions, evaluate_feel};
use crewdesk::feel::temporal::{Date, DateTime, Duration, Time};
use crewdesk::feel::{Budget, Context, Number, Value};
use crewdesk::model::xml::{self, Element, Namespace};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What passes today. May rise, must not fall.
const FLOOR: usize = 3_258;

#[test]
fn technology_compatibility_kit() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/dmn-tck");
    let root = std::env::var_os("DMN_TCK").map_or_else(beside, PathBuf::from);
    if !root.is_dir() {
        println!("skipped: {} is not there", root.display());
        return;
    }
    let mut tally = Tally::default();
    for level in ["compliance-level-2", "compliance-level-3"] {
        let mut folders: Vec<PathBuf> = entries(&root.join(level));
        folders.sort();
        for folder in folders {
            let mut files: Vec<PathBuf> = entries(&folder);
            files.retain(|f| {
                f.file_name()
                    .is_some_and(|n| n.to_string_lossy().contains("-test-"))
            });
            files.sort();
            for file in files {
                run_file(&file, &mut tally);
            }
        }
    }
    let verbose = std::env::var_os("TCK_VERBOSE").is_some();
    for (folder, failed) in &tally.failures {
        println!("{folder}: {} failed", failed.len());
        if verbose {
            failed.iter().for_each(|line| println!("    {line}"));
        }
    }
    let failed: usize = tally.failures.values().map(Vec::len).sum();
    println!("{} passed, {failed} failed", tally.passed);
    assert!(
        tally.passed >= FLOOR,
        "{} pass, which is less than the {FLOOR} that did",
        tally.passed
    );
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failures: BTreeMap<String, Vec<String>>,
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .map(|all| all.flatten().map(|e| e.path()).collect())
        .unwrap_or_default()
}

fn attribute<'e>(element: &'e Element, name: &str) -> Option<&'e str> {
    element.attribute(name).map(|a| a.value.as_str())
}

fn children<'e>(element: &'e Element, name: &'e str) -> impl Iterator<Item = &'e Element> {
    element.children.iter().filter(move |c| c.name == name)
}

fn run_file(file: &Path, tally: &mut Tally) {
    let folder = file.parent().unwrap();
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let root = xml::parse(&std::fs::read(file).unwrap()).unwrap();
    let model = children(&root, "modelName")
        .next()
        .map(|m| m.text.trim().to_owned())
        .unwrap_or_default();
    let bytes = std::fs::read(folder.join(&model)).unwrap_or_default();
    let (definitions, problems) = Definitions::parse_leniently(&model, &bytes);
    if std::env::var_os("TCK_VERBOSE").is_some() {
        problems.iter().for_each(|p| println!("{p}"));
    }
    for case in children(&root, "testCase") {
        let mut inputs = Context::new();
        for input in children(case, "inputNode") {
            inputs
                .put(
                    attribute(input, "name").unwrap_or_default().into(),
                    value(input),
                )
                .unwrap();
        }
        let id = attribute(case, "id").unwrap_or("?");
        let wrong: Vec<String> = children(case, "resultNode")
            .filter_map(|node| check(definitions.as_ref(), case, node, &inputs))
            .map(|line| format!("{id} {line}"))
            .collect();
        if wrong.is_empty() {
            tally.passed += 1;
        } else {
            tally
                .failures
                .entry(name.clone())
                .or_default()
                .push(wrong.join("; "));
        }
    }
}

/// What is wrong with a result, if anything is.
fn check(
    definitions: Option<&Definitions>,
    case: &Element,
    node: &Element,
    inputs: &Context,
) -> Option<String> {
    let wanted = children(node, "expected")
        .next()
        .map(value)
        .unwrap_or_default();
    let name = attribute(node, "name").unwrap_or("?");
    match definitions.map(|d| evaluate(d, case, node, inputs)) {
        Some(Ok(found)) if same(&wanted, &found) => None,
        Some(Err(_)) if wanted.is_null() => None,
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
) -> Result<Value, String> {
    let invocable = attribute(case, "invocableName")
        .filter(|_| attribute(case, "type") == Some("decisionService"));
    let name = invocable.or(attribute(node, "name")).unwrap_or_default();
    let decision = definitions
        .decisions
        .values()
        .find(|d| d.name == name)
        .map(|d| &d.id);
    let knowledge = definitions
        .knowledge
        .values()
        .find(|k| k.name == name)
        .map(|k| &k.id);
    let id = if invocable.is_some() {
        knowledge
    } else {
        decision.or(knowledge)
    };
    let id = id.ok_or("there is no such decision")?;
    let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
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

fn value(element: &Element) -> Value {
    if nil(element) {
        return Value::Null;
    }
    if let Some(list) = children(element, "list").next() {
        if nil(list) {
            return Value::Null;
        }
        return Value::list(children(list, "item").map(value).collect()).unwrap();
    }
    let components: Vec<&Element> = children(element, "component").collect();
    if !components.is_empty() {
        let mut context = Context::new();
        for component in components {
            context
                .put(
                    attribute(component, "name").unwrap_or_default().into(),
                    value(component),
                )
                .unwrap();
        }
        return Value::Context(Arc::new(context));
    }
    let Some(simple) = children(element, "value").next().filter(|v| !nil(v)) else {
        return Value::Null;
    };
    let kind = simple
        .attribute_in(Namespace::Xsi, "type")
        .map(|a| a.value.as_str())
        .unwrap_or("xsd:string");
    let text = simple.text.as_str();
    let trimmed = text.trim();
    let parsed = match kind.rsplit(':').next().unwrap_or(kind) {
        "boolean" => Some(Value::Boolean(trimmed == "true")),
        "decimal" | "double" | "integer" | "int" | "long" | "float" => {
            Number::parse(trimmed).map(Value::Number)
        }
        "date" => Date::parse(trimmed).map(Value::Date),
        "time" => Time::parse(trimmed).map(Value::Time),
        "dateTime" => DateTime::parse(trimmed).map(Value::DateTime),
        "duration" => Duration::parse(trimmed).map(Value::Duration),
        _ => Some(Value::from(text)),
    };
    parsed.unwrap_or_else(|| Value::from(format!("unreadable {text}")))
}

/// Equal; numbers to ten digits, as the kit gives them.
fn same(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.to_f64(), b.to_f64());
            a == b || (a - b).abs() <= 1e-10 * a.abs().max(b.abs())
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

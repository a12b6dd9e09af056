//! Every model of Camunda's own tests is read: those that are refused are refused for a reason
//! that stands here. The models lie in a checkout of
//! [camunda-bpm-platform](https://github.com/camunda/camunda-bpm-platform):
//!
//! ```text
//! CAMUNDA_RESOURCES=…/engine/src/test/resources cargo test --test engine fixtures -- --nocapture
//! ```

use crewdesk::dmn::Definitions;
use crewdesk::model::{self, Severity};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Parts of messages, each with why that is right.
#[rustfmt::skip]
const REASONS: &[(&str, &str)] = &[
    ("needs a JVM", "Java: a class, a bean, a delegate, a handler or a mapping"),
    ("does not run here: write it in JavaScript", "a script in Groovy, Python or Ruby"),
    ("a script in another file", "a script in a file of its own"),
    ("a case (caseRef)", "CMMN"),
    ("a task of camunda:type=", "a mail or shell task"),
    ("the expression language", "a decision in Groovy"),
    ("an aggregation needs exactly one output", "an aggregation of two outputs, which Camunda refuses when it is evaluated"),
    ("is not valid FEEL", "no FEEL, which Camunda refuses when it is evaluated"),
];

/// Parts of the messages of mistakes that Camunda refuses as well: its tests of the parser.
#[rustfmt::skip]
const MISTAKES: &[&str] = &[
    "Cannot have more than one",
    "Conditional event must contain an expression",
    "Invalid 'escalationRef'",
    "Missing attribute 'target'",
    "an escalation or compensation starts an event sub-process only",
    "compensation boundary catch must be connected",
    "does not have required property 'signalRef'",
    "form field",
    "a document type (DTD) is not allowed",
    "no such flow node in this process",
    "Invalid sequence flow of a compensation activity",
    "'errorCode' is mandatory",
    "has no id",
    "throwing escalation event must have",
    "does not have required attribute 'escalationRef'",
    "has no name",
    "Invalid message name",
    "only one of the attributes formKey and formRef",
    "value for formRefBinding has to be one of",
    "for attribute 'jobPriority' is not a valid number",
    "camunda:inputOutput mapping unsupported",
    "Empty attribute",
    "the process has no start event",
    "only allowed on start event",
    "attribute 'messageRef' is required",
    "Timer needs configuration",
    "Missing parameter 'source'",
    "is not the root of a BPMN",
    "must have 'expression' attribute",
    "Missing attribute 'calledElement'",
    "Error parsing",
    "event subprocess with compensation start event",
    "compensation boundary event and event subprocess",
    "no activity with id",
    "multiple boundary events with compensateEventDefinition",
    "multiple event subprocesses with compensation",
    "should only be attached to a subprocess",
    "is not allowed after an EventBasedGateway",
    "Multiple Intermediate Catch Events",
    "must specify a 'topic'",
    "Event based gateway can only be connected",
    "Invalid incoming sequenceflow",
    "without condition which is not the default flow. Give",
    "camunda:outputParameter not allowed",
    "LoopDataInputRef/camunda:collection must be set",
    "not supported for eventBasedGateway",
    "Invalid sequence flow of an event subprocess",
    "must define a startEvent",
    "multiple none start events",
    "an event has one event definition",
    "has more than",
    "not well-formed XML",
    "the script task has no script",
    "only supported on transaction",
    "only supported inside transaction",
    "No decision result mapper",
    "is the name of the raw result",
];

fn models(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
            if path.is_dir() {
                folders.push(path);
            } else if ends(&[".bpmn", ".bpmn20.xml", ".dmn", ".dmn10.xml", ".dmn11.xml"]) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The problems for which a file is refused.
fn problems(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).expect("a model");
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.contains(".dmn") {
        let refused = Definitions::parse(&name, &bytes).err().unwrap_or_default();
        return refused.iter().map(ToString::to_string).collect();
    }
    let refused = model::read(&name, &bytes).err().unwrap_or_default();
    let errors = refused.iter().filter(|p| p.severity == Severity::Error);
    errors.map(ToString::to_string).collect()
}

#[test]
fn camunda_s_own_models_deploy_or_are_refused_for_a_true_reason() {
    let Some(folder) = std::env::var_os("CAMUNDA_RESOURCES") else {
        eprintln!(
            "skipped: CAMUNDA_RESOURCES does not name the folder engine/src/test/resources of Camunda"
        );
        return;
    };
    let models = models(Path::new(&folder));
    assert!(!models.is_empty());
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut unknown = Vec::new();
    let mut refused = 0;
    for path in &models {
        let problems = problems(path);
        let Some(first) = problems.first() else {
            continue;
        };
        refused += 1;
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let says = |part: &str| problems.iter().any(|problem| problem.contains(part));
        let reason = REASONS.iter().find(|(part, _)| says(part)).map(|r| r.1);
        let mistake = || MISTAKES.iter().any(|part| says(part));
        match reason.or_else(|| mistake().then_some("a mistake that Camunda refuses too")) {
            Some(reason) => by_reason.entry(reason).or_default().push(file.into_owned()),
            None => unknown.push(format!("{}: {first}", path.display())),
        }
    }
    println!(
        "{} models, {} deploy, {refused} do not",
        models.len(),
        models.len() - refused
    );
    for (reason, files) in by_reason {
        println!("{:4} {reason} ({}, …)", files.len(), files[0]);
    }
    assert!(
        unknown.is_empty(),
        "{}\n{}",
        unknown.len(),
        unknown.join("\n")
    );
}

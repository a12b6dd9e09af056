//! BPMN XML → [`Process`]: one pass that collects every problem of a file, then a graph or the problems.
//!
//! | file | reads |
//! |---|---|
//! | `process` | processes, nodes and flows: what refers to what |
//! | `activity` | tasks |
//! | `call` | call activities, multi-instance |
//! | `event` | events that catch, their triggers |
//! | `throw` | events that throw |
//! | `timer` | timers, messages and signals |
//! | `link` | what belongs together without a flow |
//! | `script` | scripts and conditions |
//! | `extension` | listeners, parameters, properties |
//! | `form` | generated forms |
//! | `diagram` | BPMN DI |
//! | `check` | rules on the finished graph |
//! | `refused` | what does not run, and what to do instead |
//! | `strangers` | names that nothing knows |

mod activity;
mod call;
mod check;
mod connector;
mod diagram;
mod event;
mod extension;
mod form;
mod link;
mod process;
mod recurrence;
mod refused;
mod script;
mod strangers;
#[cfg(test)]
mod tests;
mod throw;
mod timer;

use super::xml::{self, Attribute, Element, Namespace};
use super::{Position, Problem, Process, Severity};
use crate::juel::{self, Builtin, Template};
use std::collections::HashMap;

/// Most problems reported of one file.
const MAX_PROBLEMS: usize = 200;

/// What a BPMN file holds.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// Its executable processes; all of them when read for drawing.
    pub processes: Vec<Process>,
    /// What is worth knowing though the model deploys.
    pub warnings: Vec<Problem>,
}

/// Reads a model that is to run, or says everything that is wrong with it.
pub fn read(file: &str, bytes: &[u8]) -> Result<Model, Vec<Problem>> {
    read_as(Java::default(), file, bytes, &|_| None)
}

/// The text of a script that lies beside a model, by the name of its file.
pub type Beside<'b> = dyn Fn(&str) -> Option<String> + 'b;

/// What becomes of Java code that a model names, unless it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Java {
    /// Tasks that name it become external tasks whose topic is that name.
    pub delegates_as_topics: bool,
    /// Listeners that name it are left out, with a warning each.
    pub without_listeners: bool,
}

impl Java {
    /// What one of two lets through.
    pub fn or(self, other: Java) -> Java {
        Java {
            delegates_as_topics: self.delegates_as_topics || other.delegates_as_topics,
            without_listeners: self.without_listeners || other.without_listeners,
        }
    }

    /// All of it, where a model was let through before.
    pub const THROUGH: Java = Java {
        delegates_as_topics: true,
        without_listeners: true,
    };
}

/// The same, with what becomes of Java code in it.
pub fn read_as(
    java: Java,
    file: &str,
    bytes: &[u8],
    scripts: &Beside<'_>,
) -> Result<Model, Vec<Problem>> {
    read_for(Purpose::Run(java), file, bytes, scripts)
}

/// Reads a model that was deployed, perhaps by an older version of this program: with topics, and
/// without what is only said, or only refused since then, when a model is deployed.
pub fn read_deployed(
    file: &str,
    bytes: &[u8],
    scripts: &Beside<'_>,
) -> Result<Model, Vec<Problem>> {
    read_for(Purpose::RunDeployed, file, bytes, scripts)
}

/// Reads a model that is only to be drawn: what cannot run becomes [`NodeKind::Drawn`], what
/// leads nowhere is left out. Only what is no BPMN at all is a problem.
///
/// [`NodeKind::Drawn`]: super::NodeKind::Drawn
pub fn read_for_drawing(file: &str, bytes: &[u8]) -> Result<Model, Vec<Problem>> {
    read_for(Purpose::Draw, file, bytes, &|_| None)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Run(Java),
    /// What is deployed already.
    RunDeployed,
    Draw,
}

impl Purpose {
    /// Whether somebody asks if the model may be deployed.
    fn is_to_deploy(self) -> bool {
        matches!(self, Purpose::Run(_))
    }

    fn java(self) -> Java {
        match self {
            Purpose::Run(java) => java,
            Purpose::RunDeployed => Java::THROUGH,
            Purpose::Draw => Java::default(),
        }
    }
}

fn read_for(
    purpose: Purpose,
    file: &str,
    bytes: &[u8],
    scripts: &Beside<'_>,
) -> Result<Model, Vec<Problem>> {
    let problem = |position, message: String| Problem {
        severity: Severity::Error,
        file: file.to_owned(),
        position,
        element: None,
        message,
    };
    let root = xml::parse(bytes).map_err(|e| vec![problem(e.position, e.message)])?;
    if !root.is(Namespace::Bpmn, "definitions") {
        let message = format!(
            "<{}> is not the root of a BPMN 2.0 file. Deploy a file whose root is <bpmn:definitions>",
            root.name
        );
        return Err(vec![problem(root.position, message)]);
    }
    if purpose.is_to_deploy() && is_of_camunda_8(&root) {
        let message = "this is a model for Camunda 8 (Zeebe), whose extensions mean nothing here. \
                       Open it in Camunda Modeler, save its elements in a diagram for Camunda 7, \
                       and set what each of them does there";
        return Err(vec![problem(root.position, message.to_owned())]);
    }
    let mut reader = Reader::new(purpose, file, &root, scripts);
    if purpose.is_to_deploy() {
        reader.strangers(&root, None);
    }
    let processes = reader.processes(&root);
    let mut problems = first_of_each(reader.problems);
    if purpose == Purpose::Draw {
        // What does not run is drawn all the same: nothing here is of use to whoever looks.
        problems.clear();
    }
    if problems.iter().any(|p| p.severity == Severity::Error) {
        return Err(problems);
    }
    Ok(Model {
        processes,
        warnings: problems,
    })
}

/// Of very many problems the first ones, in the order of the file; warnings keep no error out.
fn first_of_each(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|p| p.position);
    let (mut errors, mut warnings) = (0, 0);
    problems.retain(|problem| {
        let alike = match problem.severity {
            Severity::Error => &mut errors,
            Severity::Warning => &mut warnings,
        };
        *alike += 1;
        *alike <= MAX_PROBLEMS
    });
    problems
}

/// As Camunda Modeler marks it, or by what its extensions are.
fn is_of_camunda_8(root: &Element) -> bool {
    let platform = root
        .attributes
        .iter()
        .find(|attribute| attribute.name == "executionPlatform");
    match platform {
        Some(platform) => platform.value == "Camunda Cloud",
        None => has(root, Namespace::Zeebe) && !has(root, Namespace::Camunda),
    }
}

/// Whether there is an element or attribute of a namespace.
fn has(element: &Element, namespace: Namespace) -> bool {
    let mut attributes = element.attributes.iter();
    element.namespace == namespace
        || attributes.any(|attribute| attribute.namespace == namespace)
        || element.children.iter().any(|child| has(child, namespace))
}

/// What reading knows and finds.
struct Reader<'a> {
    purpose: Purpose,
    file: &'a str,
    scripts: &'a Beside<'a>,
    problems: Vec<Problem>,
    /// The root elements that others refer to (messages, errors), by id.
    definitions: HashMap<&'a str, &'a Element>,
}

impl<'a> Reader<'a> {
    fn new(purpose: Purpose, file: &'a str, root: &'a Element, scripts: &'a Beside<'a>) -> Self {
        let mut reader = Reader {
            purpose,
            file,
            scripts,
            problems: Vec::new(),
            definitions: HashMap::new(),
        };
        reader.check_ids(root, &mut HashMap::new());
        for element in &root.children {
            if let (Namespace::Bpmn, Some(id)) = (element.namespace, element.attribute("id")) {
                reader.definitions.insert(&id.value, element);
            }
        }
        reader
    }

    /// An id names one thing in a file.
    fn check_ids(&mut self, element: &'a Element, seen: &mut HashMap<&'a str, Position>) {
        let id = element.attribute("id");
        if let (Namespace::Bpmn | Namespace::BpmnDi, Some(id)) = (element.namespace, id) {
            if let Some(first) = seen.get(id.value.as_str()) {
                let message = format!(
                    "the id '{}' is already used in line {}. Give each element an id of its own",
                    id.value, first.line
                );
                self.error(id.position, Some(&id.value), message);
            } else {
                seen.insert(&id.value, id.position);
            }
        }
        for child in &element.children {
            self.check_ids(child, seen);
        }
    }

    /// Reports what refuses the model.
    fn error(&mut self, at: Position, element: Option<&str>, message: impl Into<String>) {
        self.report(Severity::Error, at, element, message.into());
    }

    fn warn(&mut self, at: Position, element: Option<&str>, message: impl Into<String>) {
        self.report(Severity::Warning, at, element, message.into());
    }

    fn report(&mut self, severity: Severity, at: Position, element: Option<&str>, message: String) {
        self.problems.push(Problem {
            severity,
            file: self.file.to_owned(),
            position: at,
            element: element.map(str::to_owned),
            message,
        });
    }

    /// Parses an expression, reporting what is wrong with it.
    fn template(&mut self, text: &str, at: Position, element: &str) -> Option<Template> {
        let template = match Template::parse(text) {
            Ok(template) => template,
            Err(e) => {
                self.error(at, Some(element), e.to_string());
                return None;
            }
        };
        let bean = template.beans().next();
        if let Some((name, method)) = bean.map(|(n, m)| (n.to_owned(), m.to_owned())) {
            let message = format!(
                "the expression calls {method}() of '{name}', a method that no variable has here{}. \
                 A bean needs a JVM: {}, or set a variable",
                juel::method_like(&method),
                refused::EXTERNAL
            );
            self.error(at, Some(element), message);
            return None;
        }
        let always = [Builtin::Execution, Builtin::ExternalTask];
        self.members_known(&template, &always, at, element)
            .then_some(template)
    }

    /// Reports what an expression asks of an object that does not have it.
    fn members_known(
        &mut self,
        template: &Template,
        of: &[Builtin],
        at: Position,
        element: &str,
    ) -> bool {
        let unknown = template
            .unknown_member(of)
            .filter(|_| self.purpose.is_to_deploy());
        if let Some((object, member)) = &unknown {
            let message = format!(
                "'{}' has no {member} here, so that the expression would fail: use a variable, or \
                 let a worker do it",
                object.name()
            );
            self.error(at, Some(element), message);
        }
        unknown.is_none()
    }

    /// The expression in an attribute of Camunda's.
    fn template_in(&mut self, element: &Element, id: &str, attribute: &str) -> Option<Template> {
        let attribute = camunda(element, attribute)?;
        self.template(&attribute.value, attribute.position, id)
    }

    /// The root element that a `…Ref` attribute means; a QName's prefix does not matter.
    fn definition(&self, reference: &str) -> Option<&'a Element> {
        let local = reference.rsplit(':').next().unwrap_or(reference);
        self.definitions
            .get(reference)
            .or_else(|| self.definitions.get(local))
            .copied()
    }
}

/// Camunda's attribute of this name, empty ones left out.
fn camunda<'e>(element: &'e Element, name: &str) -> Option<&'e Attribute> {
    element
        .attribute_in(Namespace::Camunda, name)
        .filter(|a| !a.value.trim().is_empty())
}

fn camunda_text(element: &Element, name: &str) -> Option<String> {
    camunda(element, name).map(|a| a.value.clone())
}

fn is_true(attribute: Option<&Attribute>) -> bool {
    attribute.is_some_and(|a| matches!(a.value.trim(), "true" | "1"))
}

fn is_false(attribute: Option<&Attribute>) -> bool {
    attribute.is_some_and(|a| matches!(a.value.trim(), "false" | "0"))
}

/// The extension elements of Camunda's with this name.
fn extensions<'e>(element: &'e Element, name: &'e str) -> impl Iterator<Item = &'e Element> {
    element
        .all(Namespace::Bpmn, "extensionElements")
        .flat_map(move |e| e.all(Namespace::Camunda, name))
}

/// Parts of a comma list; a comma inside `${…}` does not part.
fn comma_list(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_u32);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

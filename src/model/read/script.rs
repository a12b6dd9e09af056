//! Scripts and conditions: which language, and whether it can run.

use super::super::Position;
use super::super::script::Script;
use super::super::xml::{Attribute, Element, Namespace};
use super::{Reader, camunda};
use crate::feel::{self, ParseScope};
use crate::javascript;

/// What other languages become.
const INSTEAD: &str = "write it in JavaScript or FEEL, or as an expression such as ${a + 1}, or make it an \
                       external task whose worker runs the script";

impl Reader<'_> {
    /// A condition of a flow or of a conditional event.
    pub(super) fn condition(&mut self, element: &Element, id: &str) -> Option<Script> {
        let text = element.text.trim();
        let language = element.attribute("language").filter(|a| !is_juel(&a.value));
        if let Some(resource) = camunda(element, "resource") {
            return self.resource(resource, element.attribute("language"), id);
        }
        if text.is_empty() {
            let message = "the condition is empty. Write one such as ${x == 1}, or remove it";
            self.error(element.position, Some(id), message);
            return None;
        }
        match language {
            Some(language) => self.code(language, text, element.position, id),
            None => self.template(text, element.position, id).map(Script::Juel),
        }
    }

    /// `camunda:script`.
    pub(super) fn script(&mut self, element: &Element, id: &str) -> Option<Script> {
        let attribute = |name| element.attribute(name).or_else(|| camunda(element, name));
        if let Some(resource) = attribute("resource") {
            return self.resource(resource, attribute("scriptFormat"), id);
        }
        let Some(language) = attribute("scriptFormat") else {
            let message = "a script needs a scriptFormat. Name its language";
            self.error(element.position, Some(id), message);
            return None;
        };
        self.code(language, element.text.trim(), element.position, id)
    }

    /// The script of a script task; JavaScript unless it says otherwise.
    pub(super) fn script_of_task(&mut self, element: &Element, id: &str) -> Option<Script> {
        if let Some(resource) = camunda(element, "resource") {
            return self.resource(resource, element.attribute("scriptFormat"), id);
        }
        let Some(script) = element.first(Namespace::Bpmn, "script") else {
            let message = "the script task has no script. Write one";
            self.error(element.position, Some(id), message);
            return None;
        };
        let (text, at) = (script.text.trim(), script.position);
        if text.is_empty() {
            let message = "the script is empty and does nothing. Write it";
            self.warn(at, Some(id), message);
        }
        match element.attribute("scriptFormat") {
            Some(language) => self.code(language, text, at, id),
            None => self.code_in("javascript", text, at, element.position, id),
        }
    }

    /// A script in a file of its own, which comes along with the model.
    fn resource(
        &mut self,
        resource: &Attribute,
        language: Option<&Attribute>,
        id: &str,
    ) -> Option<Script> {
        let (name, at) = (resource.value.trim(), resource.position);
        let file = name.strip_prefix("deployment://");
        if let Some(text) = file.and_then(self.scripts) {
            return match language {
                Some(language) => self.code(language, text.trim(), at, id),
                None => self.code_in("javascript", text.trim(), at, at, id),
            };
        }
        let instead = match file {
            Some(_) => {
                "is not among these files: deploy it together with the model, or write it into that"
            }
            None => {
                "is not found without a JVM: deploy it together with the model, as deployment://FILE, or write it into that"
            }
        };
        self.error(
            at,
            Some(id),
            format!("a script in another file ('{name}') {instead}"),
        );
        None
    }

    fn code(&mut self, language: &Attribute, text: &str, at: Position, id: &str) -> Option<Script> {
        self.code_in(&language.value, text, at, language.position, id)
    }

    fn code_in(
        &mut self,
        language: &str,
        text: &str,
        at: Position,
        language_at: Position,
        id: &str,
    ) -> Option<Script> {
        match language.trim().to_ascii_lowercase().as_str() {
            "juel" => self.template(text, at, id).map(Script::Juel),
            "feel" => match feel::Expression::parse(text, &ParseScope::new().camunda()) {
                Ok(expression) => Some(Script::Feel(expression)),
                Err(e) => {
                    self.error(at, Some(id), format!("the FEEL expression is wrong: {e}"));
                    None
                }
            },
            "javascript"
            | "js"
            | "ecmascript"
            | "text/javascript"
            | "application/javascript"
            | "graal.js"
            | "nashorn" => match javascript::check(text) {
                Ok(()) => Some(Script::JavaScript(text.into())),
                Err(failure) => {
                    self.error(at, Some(id), format!("the script is wrong: {failure}"));
                    None
                }
            },
            _ => {
                let message = format!(
                    "a script in '{}' does not run here: {INSTEAD}",
                    language.trim()
                );
                self.error(language_at, Some(id), message);
                None
            }
        }
    }
}

/// Whether this names the expression language that needs no name.
fn is_juel(language: &str) -> bool {
    let language = language.trim();
    language.is_empty()
        || language.eq_ignore_ascii_case("juel")
        || language.contains("juel")
        || language.starts_with("http://www.w3.org/")
}

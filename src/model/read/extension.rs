//! Camunda's extension elements: listeners, parameters, properties.

use super::super::graph::{Listener, Parameter, ParameterValue};
use super::super::script::Script;
use super::super::xml::{Element, Namespace};
use super::{Reader, camunda, extensions, is_true};
use crate::juel::{Builtin, Template};
use indexmap::IndexMap;

/// What execution listeners of nodes and processes hear.
pub(super) const NODE_EVENTS: &[&str] = &["start", "end"];
const TASK_EVENTS: &[&str] = &[
    "create",
    "assignment",
    "update",
    "complete",
    "delete",
    "timeout",
];

impl Reader<'_> {
    pub(super) fn execution_listeners(
        &mut self,
        element: &Element,
        id: &str,
        events: &[&str],
    ) -> Vec<Listener> {
        extensions(element, "executionListener")
            .filter_map(|listener| self.listener(listener, id, events))
            .collect()
    }

    pub(super) fn task_listeners(&mut self, element: &Element, id: &str) -> Vec<Listener> {
        let mut count = 0;
        extensions(element, "taskListener")
            .filter_map(|element| {
                let mut listener = self.listener(element, id, TASK_EVENTS)?;
                if listener.event == "timeout" {
                    let Some(definition) = element.first(Namespace::Bpmn, "timerEventDefinition")
                    else {
                        let message = "Element 'timerEventDefinition' is mandatory on taskListener \
                                       of type 'timeout'. Add one";
                        self.error(element.position, Some(id), message);
                        return None;
                    };
                    count += 1;
                    let name = match element.attribute("id") {
                        Some(name) => name.value.clone(),
                        None => format!("timeout{count}"),
                    };
                    listener.timeout = Some((name, self.timer(definition, id)?));
                }
                let known = match &listener.script {
                    Script::Juel(template) => {
                        self.members_known(template, &[Builtin::Task], element.position, id)
                    }
                    _ => true,
                };
                known.then_some(listener)
            })
            .collect()
    }

    fn listener(&mut self, element: &Element, id: &str, events: &[&str]) -> Option<Listener> {
        // Operaton and Camunda write these without a prefix.
        let attribute = |name| element.attribute(name).or_else(|| camunda(element, name));
        for (name, what) in [
            ("class", "a Java class"),
            ("delegateExpression", "a delegate expression"),
        ] {
            let Some(code) = attribute(name) else {
                continue;
            };
            let listener = format!("a listener by {what} ('{}')", code.value);
            match self.purpose.java().without_listeners {
                true => {
                    let message = format!("{listener} is left out: nothing hears its event");
                    self.warn(code.position, Some(id), message);
                }
                false => {
                    let message = format!(
                        "{listener} needs a JVM: use an expression such as \
                         ${{execution.setVariable('x', 1)}}, or deploy with \
                         --without-java-listeners to leave it out"
                    );
                    self.error(code.position, Some(id), message);
                }
            }
            return None;
        }
        // Of a flow there is only one event, and Camunda does not ask for it.
        let event = match (attribute("event"), events) {
            (None, [only]) => only,
            (event, _) => event.map_or("", |a| a.value.trim()),
        };
        if !events.contains(&event) {
            let message = format!(
                "the listener's event '{event}' is not one of {} here. Choose one of them",
                events.join(", ")
            );
            self.error(element.position, Some(id), message);
            return None;
        }
        let script = if let Some(script) = element.first(Namespace::Camunda, "script") {
            self.script(script, id)?
        } else if let Some(expression) = attribute("expression") {
            Script::Juel(self.template(&expression.value, expression.position, id)?)
        } else {
            let message = "Element 'class', 'expression', 'delegateExpression' or 'script' is \
                           mandatory on a listener: give it an expression";
            self.error(element.position, Some(id), message);
            return None;
        };
        Some(Listener {
            event: event.to_owned(),
            script,
            timeout: None,
        })
    }

    pub(super) fn properties(&mut self, element: &Element) -> IndexMap<String, String> {
        extensions(element, "properties")
            .flat_map(|e| e.all(Namespace::Camunda, "property"))
            .filter_map(|p| {
                let name = p.attribute("name").or_else(|| p.attribute("id"))?;
                let value = p.attribute("value").map_or("", |a| a.value.as_str());
                Some((name.value.clone(), value.to_owned()))
            })
            .collect()
    }

    pub(super) fn retry_time_cycle(&mut self, element: &Element) -> Option<String> {
        let cycle = extensions(element, "failedJobRetryTimeCycle").next()?;
        let text = cycle.text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// `camunda:jobPriority`: a whole number or an expression.
    pub(super) fn job_priority(&mut self, element: &Element, id: &str) -> Option<Template> {
        let attribute = camunda(element, "jobPriority")?;
        let template = self.template(&attribute.value, attribute.position, id)?;
        let text = attribute.value.trim();
        if template.is_literal() && text.parse::<i32>().is_err() {
            let message = format!(
                "Value '{text}' for attribute 'jobPriority' is not a valid number. \
                 Write a whole number or an expression"
            );
            self.error(attribute.position, Some(id), message);
        }
        Some(template)
    }

    /// The input and output parameters.
    pub(super) fn parameters(
        &mut self,
        element: &Element,
        id: &str,
    ) -> (Vec<Parameter>, Vec<Parameter>) {
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        let multi = element
            .first(Namespace::Bpmn, "multiInstanceLoopCharacteristics")
            .is_some();
        for mapping in extensions(element, "inputOutput") {
            let name = element.name.as_str();
            if is_true(element.attribute("triggeredByEvent")) {
                let message = "camunda:inputOutput mapping unsupported for element type \
                               'subProcess' with attribute 'triggeredByEvent = true'. Remove it";
                self.error(mapping.position, Some(id), message);
                continue;
            }
            if name.ends_with("Gateway") || matches!(name, "startEvent" | "boundaryEvent") {
                let message = format!(
                    "camunda:inputOutput mapping unsupported for element type '{name}': \
                     put it on an activity"
                );
                self.error(mapping.position, Some(id), message);
                continue;
            }
            for parameter in &mapping.children {
                let list = match (parameter.namespace, parameter.name.as_str()) {
                    (Namespace::Camunda, "inputParameter") => &mut inputs,
                    (Namespace::Camunda, "outputParameter") if name == "endEvent" => {
                        let message = "camunda:outputParameter not allowed for element type \
                                       'endEvent': nothing comes after it";
                        self.error(parameter.position, Some(id), message);
                        continue;
                    }
                    (Namespace::Camunda, "outputParameter") if multi => {
                        let message = "camunda:outputParameter not allowed for multi-instance \
                                       constructs: set a variable by a listener";
                        self.error(parameter.position, Some(id), message);
                        continue;
                    }
                    (Namespace::Camunda, "outputParameter") => &mut outputs,
                    _ => continue,
                };
                list.extend(self.parameter(parameter, id));
            }
        }
        (inputs, outputs)
    }

    pub(super) fn parameter(&mut self, element: &Element, id: &str) -> Option<Parameter> {
        let Some(name) = element
            .attribute("name")
            .filter(|a| !a.value.trim().is_empty())
        else {
            let message = "Missing attribute 'name': name the variable of the parameter";
            self.error(element.position, Some(id), message);
            return None;
        };
        let nested = element
            .children
            .iter()
            .find(|c| c.namespace == Namespace::Camunda);
        let value = match nested {
            Some(nested) => self.parameter_value(nested, id)?,
            None => self.parameter_text(element, id)?,
        };
        Some(Parameter {
            name: name.value.clone(),
            value,
        })
    }

    fn parameter_value(&mut self, element: &Element, id: &str) -> Option<ParameterValue> {
        let children = || {
            element
                .children
                .iter()
                .filter(|c| c.namespace == Namespace::Camunda)
        };
        match element.name.as_str() {
            "value" => self.parameter_text(element, id),
            "list" => {
                let items = children()
                    .filter_map(|c| self.parameter_value(c, id))
                    .collect();
                Some(ParameterValue::List(items))
            }
            "map" => {
                let entries = children()
                    .filter(|c| c.name == "entry")
                    .filter_map(|entry| {
                        let Some(key) = entry.attribute("key") else {
                            let message = "an entry of a map has a key: give it one";
                            self.error(entry.position, Some(id), message);
                            return None;
                        };
                        let nested = entry
                            .children
                            .iter()
                            .find(|c| c.namespace == Namespace::Camunda);
                        let value = match nested {
                            Some(nested) => self.parameter_value(nested, id),
                            None => self.parameter_text(entry, id),
                        };
                        let key = self.template(&key.value, key.position, id)?;
                        Some((key, value?))
                    })
                    .collect();
                Some(ParameterValue::Map(entries))
            }
            "script" => self.script(element, id).map(ParameterValue::Script),
            name => {
                let message = format!(
                    "<{name}> is no value of a parameter. Use text, an expression, a list or a map"
                );
                self.error(element.position, Some(id), message);
                None
            }
        }
    }

    fn parameter_text(&mut self, element: &Element, id: &str) -> Option<ParameterValue> {
        let text = element.text.trim();
        if text.is_empty() {
            return Some(ParameterValue::Empty);
        }
        self.template(text, element.position, id)
            .map(ParameterValue::Text)
    }
}

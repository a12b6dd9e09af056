//! `camunda:connector`: which one, what it is asked for, what its answer becomes.

use super::super::graph::{Connector, ConnectorId, ExternalTask, Parameter, ParameterValue};
use super::super::xml::{Element, Namespace};
use super::Reader;
use super::refused::EXTERNAL;

/// Parameters of `http-connector`.
const OF_HTTP: &[&str] = &["url", "method", "headers", "payload", "request-config"];
/// Parameters of `mail-send`.
const OF_MAIL: &[&str] = &[
    "from",
    "fromAlias",
    "to",
    "cc",
    "bcc",
    "subject",
    "text",
    "html",
];
/// Options of `request-config` that would send a request another way than it is sent here.
const REFUSED: &[&str] = &[
    "proxy",
    "proxy-preferred-auth-scheme",
    "target-preferred-auth-schemes",
    "local-address",
];

impl<'a> Reader<'a> {
    /// A connector, as the external task that the desk's own worker does.
    pub(super) fn connector(&mut self, element: &'a Element, id: &str) -> Option<ExternalTask> {
        let named = element.first(Namespace::Camunda, "connectorId");
        let Some(named) = named.filter(|named| !named.text.trim().is_empty()) else {
            let message = "No 'id' defined for connector: name it in camunda:connectorId";
            self.error(element.position, Some(id), message);
            return None;
        };
        let name = named.text.trim();
        let mut known = ConnectorId::ALL.into_iter();
        let Some(kind) = known.find(|known| known.name() == name) else {
            let message = format!(
                "the connector '{name}' does not run here, 'http-connector' and 'mail-send' do: \
                 use one of them, or {EXTERNAL}"
            );
            self.error(named.position, Some(id), message);
            return None;
        };
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        for mapping in element.all(Namespace::Camunda, "inputOutput") {
            for child in &mapping.children {
                let list = match (child.namespace, child.name.as_str()) {
                    (Namespace::Camunda, "inputParameter") => &mut inputs,
                    (Namespace::Camunda, "outputParameter") => &mut outputs,
                    _ => continue,
                };
                if let Some(parameter) = self.parameter(child, id) {
                    list.push((child, parameter));
                }
            }
        }
        self.check_inputs(kind, element, &inputs, id);
        let parameters = |list: Vec<(&'a Element, Parameter)>| list.into_iter().map(|(_, p)| p);
        Some(ExternalTask {
            topic: self.template(kind.topic(), named.position, id)?,
            priority: None,
            errors: Vec::new(),
            connector: Some(Connector {
                id: kind,
                inputs: parameters(inputs).collect(),
                outputs: parameters(outputs).collect(),
            }),
        })
    }

    fn check_inputs(
        &mut self,
        kind: ConnectorId,
        element: &Element,
        inputs: &[(&Element, Parameter)],
        id: &str,
    ) {
        let (known, needed) = match kind {
            ConnectorId::Http => (OF_HTTP, &["url", "method"][..]),
            ConnectorId::Mail => (OF_MAIL, &["to"][..]),
        };
        let name = kind.name();
        for needed in needed {
            if !inputs.iter().any(|(_, given)| given.name == *needed) {
                let message = format!(
                    "{name} needs the parameter '{needed}': add a camunda:inputParameter to the \
                     connector itself"
                );
                self.error(element.position, Some(id), message);
            }
        }
        for (at, parameter) in inputs {
            let given = parameter.name.as_str();
            if kind == ConnectorId::Mail && matches!(given, "fileNames" | "files") {
                let message = "mail-send sends no attachments here: remove the parameter and put \
                               a link into the text";
                self.error(at.position, Some(id), message);
            } else if let (ConnectorId::Http, "request-config", ParameterValue::Map(options)) =
                (kind, given, &parameter.value)
            {
                for (option, _) in options {
                    if REFUSED.contains(&option.source()) {
                        let message = format!(
                            "the option '{}' of request-config does not work here: remove it",
                            option.source()
                        );
                        self.error(at.position, Some(id), message);
                    }
                }
            } else if !known.contains(&given) {
                let message = format!(
                    "'{given}' is no parameter of {name}, so that only the parameters after it see \
                     it. Its parameters are {}",
                    known.join(", ")
                );
                self.warn(at.position, Some(id), message);
            }
        }
    }
}

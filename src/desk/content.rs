//! What a file holds that comes to be deployed: read, or said what is wrong with it.

use super::imports::{self, Named};
use crate::dmn::{self, Definitions};
use crate::model::{self, Java, Problem, Process, Severity};

/// Largest model file in bytes.
const LARGEST: usize = 16 << 20;

pub(super) enum Content {
    Processes(Vec<Process>),
    Decisions(Definitions),
    /// A form or script, for whom names it.
    Form,
}

/// Reads a file.
pub(super) fn parse(
    name: &str,
    bytes: &[u8],
    imports: &[Named],
    java: Java,
) -> Result<(Content, Vec<Problem>), Vec<Problem>> {
    let refuse = |message: String| {
        vec![Problem {
            severity: Severity::Error,
            file: name.to_owned(),
            position: model::Position { line: 1, column: 1 },
            element: None,
            message,
        }]
    };
    if bytes.len() > LARGEST {
        return Err(refuse(format!("a model has at most {} MB", LARGEST >> 20)));
    }
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "bpmn" | "xml" if !name.ends_with(".dmn11.xml") => {
            let scripts = |file: &str| {
                let is = |name: &str| {
                    let before = name.strip_suffix(file);
                    before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
                };
                let (_, bytes) = imports.iter().find(|(name, _)| is(name))?;
                String::from_utf8(bytes.clone()).ok()
            };
            let model = model::read_as(java, name, bytes, &scripts)?;
            Ok((Content::Processes(model.processes), model.warnings))
        }
        "dmn" | "xml" => {
            let definitions = imports::parse(name, bytes, imports)?;
            let warnings = definitions.warnings.clone();
            Ok((Content::Decisions(definitions), warnings))
        }
        _ if imports::comes_along(name) => Ok((Content::Form, Vec::new())),
        _ => Err(refuse(
            "what this is cannot be told; name it .bpmn, .dmn, .form, .js or .feel".to_owned(),
        )),
    }
}

impl Content {
    /// Keys of the definitions; true for processes.
    pub(super) fn keys(&self) -> Vec<(bool, &str)> {
        match self {
            Content::Processes(all) => all.iter().map(|p| (true, p.id.as_str())).collect(),
            Content::Decisions(all) => all.own().map(|d| (false, d.id.as_str())).collect(),
            Content::Form => Vec::new(),
        }
    }

    /// Ids of its business knowledge models and decision services.
    pub(super) fn functions(&self) -> Vec<(String, dmn::Kind)> {
        let Content::Decisions(definitions) = self else {
            return Vec::new();
        };
        let parts = definitions.parts();
        let functions = parts.filter(|part| part.kind != dmn::Kind::Decision);
        functions
            .map(|part| (part.id.to_owned(), part.kind))
            .collect()
    }
}

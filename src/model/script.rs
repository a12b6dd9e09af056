//! A piece of code in a model: an expression, FEEL or JavaScript.

use crate::feel;
use crate::juel::Template;
use std::sync::Arc;

/// Code of a script task, listener, parameter or condition, checked when the model was read.
#[derive(Debug, Clone)]
pub enum Script {
    /// A JUEL expression.
    Juel(Template),
    /// A FEEL expression.
    Feel(feel::Expression),
    /// JavaScript.
    JavaScript(Arc<str>),
}

impl Script {
    /// The text.
    pub fn source(&self) -> &str {
        match self {
            Script::Juel(template) => template.source(),
            Script::Feel(expression) => expression.source(),
            Script::JavaScript(text) => text,
        }
    }

    /// The language as people know it.
    pub fn language(&self) -> &'static str {
        match self {
            Script::Juel(_) => "JUEL",
            Script::Feel(_) => "FEEL",
            Script::JavaScript(_) => "JavaScript",
        }
    }
}

/// Two scripts of the same text in the same language are the same.
impl PartialEq for Script {
    fn eq(&self, other: &Self) -> bool {
        self.language() == other.language() && self.source() == other.source()
    }
}

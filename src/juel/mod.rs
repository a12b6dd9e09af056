//! JUEL, the expression language of Camunda 7: parsed once, evaluated many times, within a budget.
//!
//! Floor 2. No I/O, no clock, no recursion on the native stack without a bound.
//!
//! A [`Template`] is compiled to a flat program for a small stack machine. What it sees of
//! the world comes through [`Context`]; what it may spend is a [`Budget`].

mod builtin;
mod context;
mod convert;
mod datetime;
mod decision;
mod error;
mod eval;
mod format;
mod method;
mod operator;
mod parse;
mod path;
mod scan;
mod spin;
#[cfg(test)]
mod tests;

pub use context::{Budget, Builtin, Context};
pub use convert::java_text;
pub use error::{EvalError, EvalErrorKind, SyntaxError};

use crate::value::Value;
use crate::value::near::did_you_mean;
use error::Fault;
use parse::{Op, Part};
use std::fmt;
use std::sync::Arc;

/// What a JSONPath leads to in a JSON text, as `jsonPath(…)` of Spin has it.
pub fn json_path(
    json: &str,
    path: &str,
    budget: &mut Budget,
) -> Result<serde_json::Value, EvalError> {
    let found = budget.grow(json.len()).and_then(|()| {
        let json = serde_json::from_str(json).map_err(|e| Fault::failed(e.to_string()))?;
        path::find(&json, path, budget)
    });
    found.map_err(|fault| EvalError {
        kind: fault.kind,
        expression: path.to_owned(),
        cause: fault.cause,
    })
}

/// "; did you mean `b`?" if values have a method like this one.
pub fn method_like(name: &str) -> String {
    did_you_mean(name, method::METHODS.iter().copied())
}

/// A parsed text with `${…}` or `#{…}` in it, or none. Cheap to clone.
#[derive(Clone)]
pub struct Template(Arc<Body>);

struct Body {
    source: String,
    parts: Vec<Part>,
    variables: Vec<String>,
    members: Vec<(String, String, bool)>,
}

impl Template {
    /// Parses a text. Unknown functions are found here, unknown variables when evaluated.
    pub fn parse(source: &str) -> Result<Template, SyntaxError> {
        let parsed = parse::parse(source).map_err(|f| f.into_error(source))?;
        Ok(Template(Arc::new(Body {
            source: source.to_owned(),
            parts: parsed.parts,
            variables: parsed.variables.into_iter().collect(),
            members: parsed.members,
        })))
    }

    /// The text as the model has it.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Whether there is no expression in it.
    pub fn is_literal(&self) -> bool {
        self.literal().is_some()
    }

    /// The text, without the escapes `\${` and `\#{`, if there is no expression in it.
    pub fn literal(&self) -> Option<&str> {
        match self.0.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// `name` of `${name}`, and of nothing else.
    pub fn as_identifier(&self) -> Option<&str> {
        match self.0.parts.as_slice() {
            [Part::Eval(ops)] => match ops.as_slice() {
                [Op::Load(name)] => Some(name),
                _ => None,
            },
            _ => None,
        }
    }

    /// The variable whose value it gives, and nothing else: `x` of `${x}` and of
    /// `${execution.getVariable('x')}`.
    pub fn as_variable(&self) -> Option<&str> {
        let [Part::Eval(ops)] = self.0.parts.as_slice() else {
            return None;
        };
        let ops = ops.iter().filter(|op| !matches!(op, Op::NotNull(..)));
        match ops.collect::<Vec<_>>().as_slice() {
            [Op::Load(name)] => Some(name),
            [
                Op::Load(object),
                Op::Push(Value::String(name)),
                Op::Method(Some(method), 1),
            ] if matches!(object.as_str(), "execution" | "task") && method == "getVariable" => {
                Some(name)
            }
            _ => None,
        }
    }

    /// The variables it names, each once, in order; those that it reads by
    /// `execution.getVariable(…)` are not among them.
    pub fn variables(&self) -> &[String] {
        &self.0.variables
    }

    /// The variables that its value depends on; none if it depends on anything else: the time, who
    /// acts, `execution` and what that reads.
    pub fn depends_on(&self) -> Option<&[String]> {
        let ops = self.0.parts.iter().flat_map(|part| match part {
            Part::Eval(ops) => ops.as_slice(),
            Part::Text(_) => &[],
        });
        let fixed = |op: &Op| match op {
            Op::Load(name) => self.0.variables.contains(name),
            Op::Call(function, _) => *function == parse::Function::Json,
            _ => true,
        };
        ops.into_iter()
            .all(fixed)
            .then_some(self.0.variables.as_slice())
    }

    /// The first property or method of one of these objects that it does not have here: the
    /// object, and the name, with `()` behind a method.
    pub fn unknown_member(&self, of: &[Builtin]) -> Option<(Builtin, String)> {
        let unknown = self.0.members.iter().find_map(|(root, name, called)| {
            let object = Builtin::named(root).filter(|object| of.contains(object))?;
            let known = builtin::has_member(object, name, *called);
            (!known).then_some((object, name, *called))
        });
        let (object, name, called) = unknown?;
        let call = if called { "()" } else { "" };
        Some((object, format!("{name}{call}")))
    }

    /// The methods it calls on something that is neither a built-in object nor has a method
    /// of that name here, whatever its type: `(name, method)`. Beans of a JVM, most likely.
    pub fn beans(&self) -> impl Iterator<Item = (&str, &str)> {
        let called = self.0.members.iter().filter(|(.., called)| *called);
        called
            .map(|(name, method, _)| (name.as_str(), method.as_str()))
            .filter(|(name, method)| Builtin::named(name).is_none() && !method::exists(method))
    }

    /// The value. A text of one expression alone keeps the value's type, any other gives a
    /// `String`.
    pub fn eval(&self, context: &mut dyn Context, budget: &mut Budget) -> Result<Value, EvalError> {
        eval::template(&self.0.parts, &self.0.source, context, budget).map_err(|f| EvalError {
            kind: f.kind,
            expression: self.0.source.clone(),
            cause: f.cause,
        })
    }

    /// The value of a condition, which must be a Boolean already.
    pub fn test(&self, context: &mut dyn Context, budget: &mut Budget) -> Result<bool, EvalError> {
        let cause = match self.eval(context, budget)? {
            Value::Boolean(b) => return Ok(b),
            Value::Null => "condition expression returns null".to_owned(),
            other => format!(
                "condition expression returns non-Boolean: result has {} and not class java.lang.Boolean",
                convert::class(&other)
            ),
        };
        Err(EvalError {
            kind: EvalErrorKind::Failed,
            expression: self.0.source.clone(),
            cause,
        })
    }
}

/// Two templates of the same text are the same.
impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.0.source == other.0.source
    }
}

impl Eq for Template {}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.0.source).finish()
    }
}

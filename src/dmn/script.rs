//! Expressions and tests of a decision, in FEEL or JUEL, compiled once.

use super::Dialect;
use super::error::Error;
use crate::feel::{self, Budget, Kind, Scope, Span, Use, Value};
use crate::juel::{self, Template};
use chrono::{DateTime, Utc};

/// An expression in the language that the file names.
#[derive(Debug, Clone)]
pub enum Script {
    /// FEEL.
    Feel(feel::Expression),
    /// JUEL.
    Juel(Template),
}

/// The input entry of a rule.
#[derive(Debug, Clone)]
pub enum Test {
    /// FEEL's unary tests.
    Feel(feel::UnaryTests),
    /// A JUEL expression that gives a boolean.
    Juel(Template),
}

/// What the expressions of one evaluation share.
pub struct Session<'a> {
    /// Steps and memory left.
    pub budget: &'a mut Budget,
    /// The time.
    pub now: DateTime<Utc>,
    /// Whose ways the file follows.
    pub dialect: Dialect,
}

impl Session<'_> {
    /// The same on another budget.
    pub fn with<'b>(&self, budget: &'b mut Budget) -> Session<'b> {
        Session {
            budget,
            now: self.now,
            dialect: self.dialect,
        }
    }
}

/// The names of a scope, for JUEL.
struct JuelScope<'a> {
    scope: &'a Scope<'a>,
    now: DateTime<Utc>,
}

impl juel::Context for JuelScope<'_> {
    fn variable(&self, name: &str) -> Option<crate::value::Value> {
        self.scope.get(name).map(Value::to_variable)
    }

    fn now(&self) -> DateTime<Utc> {
        self.now
    }

    fn has(&self, object: juel::Builtin) -> bool {
        object == juel::Builtin::VariableContext
    }
}

/// JUEL in a decision may leave out its braces.
pub fn juel_template(text: &str) -> Result<Template, juel::SyntaxError> {
    let text = text.trim();
    if text.starts_with("${") || text.starts_with("#{") {
        Template::parse(text)
    } else {
        Template::parse(&format!("${{{text}}}"))
    }
}

fn eval_juel(
    template: &Template,
    scope: &Scope<'_>,
    session: &mut Session<'_>,
    decision: &str,
) -> Result<Value, Error> {
    let mut context = JuelScope {
        scope,
        now: session.now,
    };
    let (steps, memory) = session.budget.left();
    let mut juel = juel::Budget::new(steps, memory);
    let value = template.eval(&mut context, &mut juel);
    session.budget.leave_over(juel.left());
    let failed = |message: String| Error::Juel {
        decision: decision.to_owned(),
        message,
    };
    let value = value.map_err(|e| failed(e.to_string()))?;
    let value = session.dialect.value(&value);
    value.map_err(|limit| failed(format!("`{}`: {limit}", template.source())))
}

impl Script {
    /// Its value.
    pub fn eval(
        &self,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
        decision: &str,
    ) -> Result<Value, Error> {
        match self {
            Script::Feel(expression) => {
                expression
                    .eval(scope, session.budget)
                    .map_err(|error| Error::Feel {
                        decision: decision.to_owned(),
                        error,
                    })
            }
            Script::Juel(template) => eval_juel(template, scope, session, decision),
        }
    }

    /// Its value, where it is made of literals alone.
    pub(super) fn constant(&self) -> Option<Value> {
        match self {
            Script::Feel(expression) if expression.is_literal() => {
                expression.eval(&Scope::new(), &mut Budget::default()).ok()
            }
            _ => None,
        }
    }

    /// The text.
    pub fn source(&self) -> &str {
        match self {
            Script::Feel(expression) => expression.source(),
            Script::Juel(template) => template.source(),
        }
    }

    /// It, where it is JUEL.
    pub(super) fn juel(&self) -> Option<&Template> {
        match self {
            Script::Feel(_) => None,
            Script::Juel(template) => Some(template),
        }
    }

    /// The variables it names.
    pub fn names(&self) -> Vec<&str> {
        self.uses().into_iter().map(|(name, _)| name).collect()
    }

    /// The same, and how it uses them.
    pub(super) fn uses(&self) -> Vec<(&str, Use)> {
        match self {
            Script::Feel(expression) => expression.uses().collect(),
            Script::Juel(template) => surely(template),
        }
    }
}

impl Test {
    /// Whether an input passes, where the test only compares it with constants.
    pub(super) fn judge(&self, input: &Value) -> Option<bool> {
        match self {
            Test::Feel(tests) => tests.judge(input),
            Test::Juel(_) => None,
        }
    }

    /// The constants that it compares with, ends of ranges included; `None` when it does more.
    pub(super) fn constants(&self) -> Option<Vec<Value>> {
        match self {
            Test::Feel(tests) => tests.constants(),
            Test::Juel(_) => None,
        }
    }

    /// The kind of inputs that pass or do not; of others it may fail or have no verdict.
    pub(super) fn kind(&self) -> Option<Kind> {
        match self {
            Test::Feel(tests) => tests.kind(),
            Test::Juel(_) => None,
        }
    }

    /// Where all inputs of that kind lie that pass, and perhaps others.
    pub(super) fn spans(&self) -> Option<Vec<Span>> {
        match self {
            Test::Feel(tests) => tests.spans(),
            Test::Juel(_) => None,
        }
    }

    /// Whether an input passes, where that can be said without a scope.
    #[inline]
    pub(super) fn matches_simply(
        &self,
        input: &Value,
        session: &mut Session<'_>,
        decision: &str,
    ) -> Result<Option<bool>, Error> {
        match self {
            Test::Feel(tests) => tests
                .matches_simply(input, session.budget)
                .map_err(|error| Error::Feel {
                    decision: decision.to_owned(),
                    error,
                }),
            Test::Juel(_) => Ok(None),
        }
    }

    /// Whether an input passes.
    pub fn matches(
        &self,
        input: &Value,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
        decision: &str,
    ) -> Result<bool, Error> {
        match self {
            Test::Feel(tests) => tests
                .matches(input, scope, session.budget)
                .map_err(|error| Error::Feel {
                    decision: decision.to_owned(),
                    error,
                }),
            Test::Juel(template) => match eval_juel(template, scope, session, decision)? {
                Value::Boolean(verdict) => Ok(verdict),
                other => Err(Error::Juel {
                    decision: decision.to_owned(),
                    message: format!(
                        "the condition `{}` gives {} where true or false is needed",
                        template.source(),
                        other.type_name()
                    ),
                }),
            },
        }
    }

    /// It, where it is JUEL.
    pub(super) fn juel(&self) -> Option<&Template> {
        match self {
            Test::Feel(_) => None,
            Test::Juel(template) => Some(template),
        }
    }

    /// The variables it names.
    pub fn names(&self) -> Vec<&str> {
        self.uses().into_iter().map(|(name, _)| name).collect()
    }

    /// The same, and how it uses them.
    pub(super) fn uses(&self) -> Vec<(&str, Use)> {
        match self {
            Test::Feel(tests) => tests.uses().collect(),
            Test::Juel(template) => surely(template),
        }
    }
}

fn surely(template: &Template) -> Vec<(&str, Use)> {
    let names = template.variables().iter();
    names.map(|name| (name.as_str(), Use::Surely)).collect()
}

//! The columns of a decision table, and what their values are held to.

use crate::dmn::error::Error;
use crate::dmn::evaluate;
use crate::dmn::script::{Script, Session, Test};
use crate::dmn::type_ref::TypeRef;
use crate::feel::{Scope, Type, Value};
use crate::model::Position;

/// An input column.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its id.
    pub id: String,
    /// What people read above it.
    pub label: Option<String>,
    /// `camunda:inputVariable`: the name of the value in the cells.
    pub variable: String,
    /// Its expression.
    pub expression: Script,
    /// The type of its values.
    pub type_ref: Option<TypeRef>,
    /// The values that are allowed.
    pub(in crate::dmn) allowed: Option<Test>,
    /// The declared type, as FEEL has it.
    pub(in crate::dmn) declared: Option<Type>,
    /// What the file says of it.
    pub written: Written,
}

/// What the file says of a column, as it stands there.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// Where the column begins.
    pub position: Position,
    /// The name of its type.
    pub type_name: Option<String>,
    /// The values that it may have.
    pub values: Option<String>,
    /// The value of an output when no rule matches.
    pub default: Option<String>,
}

impl Input {
    /// What people call it: its label, else its expression.
    pub fn title(&self) -> &str {
        let label = self.label.as_deref();
        label.unwrap_or_else(|| self.bare_expression())
    }

    /// Its expression without JUEL's braces: the file may leave them out, and they say nothing.
    pub(in crate::dmn) fn bare_expression(&self) -> &str {
        let source = self.expression.source();
        let bare = source
            .strip_prefix("${")
            .and_then(|inner| inner.strip_suffix('}'))
            .filter(|inner| !inner.contains(['{', '}']));
        bare.unwrap_or(source).trim()
    }

    /// The name of its declared type.
    pub(in crate::dmn) fn type_name(&self) -> &str {
        self.written.type_name.as_deref().unwrap_or("value")
    }

    /// Whether its values are whole numbers.
    pub(in crate::dmn) fn is_whole(&self) -> bool {
        matches!(self.type_ref, Some(TypeRef::Integer | TypeRef::Long))
    }
}

/// An output column.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its id.
    pub id: String,
    /// The name of the value in the result.
    pub name: String,
    /// What people read above it.
    pub label: Option<String>,
    /// The type of its values.
    pub type_ref: Option<TypeRef>,
    /// The declared type, as FEEL has it, where values are held to it.
    pub(in crate::dmn) declared: Option<Type>,
    /// The values it may have, the most important first.
    pub(in crate::dmn) values: Option<Script>,
    /// The values that are allowed, where values are held to them.
    pub(in crate::dmn) allowed: Option<Test>,
    /// Its value when no rule matches.
    pub(in crate::dmn) default: Option<Script>,
    /// What the file says of it.
    pub written: Written,
}

impl Output {
    /// What people call it: its label, else its name.
    pub fn title(&self) -> &str {
        let label = self.label.as_deref();
        label.unwrap_or(if self.name.is_empty() {
            "result"
        } else {
            &self.name
        })
    }
}

/// What a column asks of its values in the standard's dialect.
struct Column<'a> {
    title: &'a str,
    declared: Option<&'a Type>,
    allowed: Option<&'a Test>,
    what: &'static str,
}

impl Column<'_> {
    /// A value as one of the column's; null, with the reason, when it is not of its type or not
    /// among its values.
    fn hold(
        &self,
        value: Value,
        decision: &str,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
    ) -> Result<Value, Error> {
        let value = match self.declared {
            Some(of) => evaluate::typed(of, value, self.title, decision, session.budget)?,
            None => value,
        };
        let Some(allowed) = self.allowed.filter(|_| !value.is_null()) else {
            return Ok(value);
        };
        if allowed.matches(&value, scope, session, decision)? {
            return Ok(value);
        }
        let why = || {
            format!(
                "{} is not among the values of this {}",
                value.quoted(),
                self.what
            )
        };
        session.budget.note(self.title, 0, why);
        Ok(Value::Null)
    }
}

impl Input {
    /// A value as one of the column's: converted as Camunda does, or held to what the standard asks.
    pub(super) fn hold(
        &self,
        value: Value,
        decision: &str,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
    ) -> Result<Value, Error> {
        if self.type_ref.is_some() {
            let place = || format!("decision '{decision}', input '{}'", self.title());
            return typed(self.type_ref.as_ref(), value, place);
        }
        let column = Column {
            title: self.title(),
            declared: self.declared.as_ref(),
            allowed: self.allowed.as_ref(),
            what: "input",
        };
        column.hold(value, decision, scope, session)
    }
}

impl Output {
    /// A value as one of the column's: converted as Camunda does, or held to what the standard asks.
    pub(super) fn hold(
        &self,
        value: Value,
        decision: &str,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
        place: impl Fn() -> String,
    ) -> Result<Value, Error> {
        if self.type_ref.is_some() {
            return typed(self.type_ref.as_ref(), value, place);
        }
        let column = Column {
            title: self.title(),
            declared: self.declared.as_ref(),
            allowed: self.allowed.as_ref(),
            what: "output",
        };
        column.hold(value, decision, scope, session)
    }
}

fn typed(of: Option<&TypeRef>, value: Value, place: impl Fn() -> String) -> Result<Value, Error> {
    let Some(of) = of else { return Ok(value) };
    of.convert(value).map_err(|value| Error::Type {
        value: value.to_string(),
        type_ref: of.name().to_owned(),
        place: place(),
    })
}

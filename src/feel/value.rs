//! The values of FEEL. Lists and contexts are shared, never copied when passed on.

use super::budget::{Limit, MAX_VALUE_DEPTH, MAX_VALUE_WEIGHT};
use super::code::Function;
use super::number::Number;
use super::temporal::{Date, DateTime, Duration, Time};
use indexmap::IndexMap;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A FEEL value.
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// A boolean.
    Boolean(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(Arc<str>),
    /// A date.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A date with a time.
    DateTime(DateTime),
    /// Either duration.
    Duration(Duration),
    /// A list.
    List(Arc<List>),
    /// A context.
    Context(Arc<Context>),
    /// A range.
    Range(Arc<Range>),
    /// A function.
    Function(Arc<Function>),
}

/// How deep a value nests and how much there is to walk through in it. Parts may be
/// shared, so that a small value in memory can be an endless one to write down.
#[derive(Debug, Clone, Copy, Default)]
struct Shape {
    depth: u16,
    weight: u64,
}

impl Shape {
    fn holding(self, value: &Value) -> Result<Shape, Limit> {
        let shape = Shape {
            depth: self.depth.max(value.depth() + 1),
            weight: self.weight.saturating_add(value.weight()),
        };
        if shape.depth > MAX_VALUE_DEPTH {
            return Err(Limit::Nesting);
        }
        if shape.weight > MAX_VALUE_WEIGHT {
            Err(Limit::Size)
        } else {
            Ok(shape)
        }
    }
}

/// A list.
#[derive(Debug, Clone, Default)]
pub struct List {
    items: Vec<Value>,
    shape: Shape,
}

/// A context.
#[derive(Debug, Clone, Default)]
pub struct Context {
    entries: IndexMap<Arc<str>, Value>,
    shape: Shape,
}

/// A range. An end that is missing is unbounded; one that is null is not known.
#[derive(Debug, Clone)]
pub struct Range {
    /// Lower end.
    pub start: Option<Value>,
    /// Whether the lower end belongs to it.
    pub start_included: bool,
    /// Upper end.
    pub end: Option<Value>,
    /// Whether the upper end belongs to it.
    pub end_included: bool,
    /// Whether it was written `(=x)`, which is no `[x..x]`.
    pub single: bool,
}

impl List {
    /// A list of these; refused when it would nest too deeply.
    pub fn new(items: Vec<Value>) -> Result<List, Limit> {
        let shape = items
            .iter()
            .try_fold(Shape::default(), |shape, item| shape.holding(item))?;
        Ok(List { items, shape })
    }

    /// Appends.
    pub fn push(&mut self, value: Value) -> Result<(), Limit> {
        self.shape = self.shape.holding(&value)?;
        self.items.push(value);
        Ok(())
    }
}

impl std::ops::Deref for List {
    type Target = [Value];
    fn deref(&self) -> &[Value] {
        &self.items
    }
}

impl Context {
    /// An empty context.
    pub fn new() -> Context {
        Context::default()
    }

    /// Sets an entry.
    pub fn put(&mut self, key: Arc<str>, value: Value) -> Result<(), Limit> {
        self.shape = self.shape.holding(&value)?;
        self.entries.insert(key, value);
        Ok(())
    }

    /// The entries, in order.
    pub fn entries(&self) -> &IndexMap<Arc<str>, Value> {
        &self.entries
    }

    /// The value of an entry.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.get(key)
    }
}

impl Value {
    /// How many levels of lists, contexts and functions it holds.
    pub fn depth(&self) -> u16 {
        match self {
            Value::List(list) => list.shape.depth,
            Value::Context(context) => context.shape.depth,
            Value::Function(function) => function.depth(),
            _ => 0,
        }
    }

    /// How much there is to walk through, in values and pieces of text.
    pub fn weight(&self) -> u64 {
        match self {
            Value::String(text) => 1 + text.len() as u64 / 16,
            Value::List(list) => 1 + list.shape.weight,
            Value::Context(context) => 1 + context.shape.weight,
            _ => 1,
        }
    }

    /// A list of these.
    pub fn list(items: Vec<Value>) -> Result<Value, Limit> {
        Ok(Value::List(Arc::new(List::new(items)?)))
    }

    /// The name of its type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Boolean(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Date(_) => "date",
            Value::Time(_) => "time",
            Value::DateTime(_) => "date and time",
            Value::Duration(Duration::Months(_)) => "years and months duration",
            Value::Duration(Duration::Nanos(_)) => "days and time duration",
            Value::List(_) => "list",
            Value::Context(_) => "context",
            Value::Range(_) => "range",
            Value::Function(_) => "function",
        }
    }

    /// True for null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// True for the boolean `true`.
    pub fn is_true(&self) -> bool {
        matches!(self, Value::Boolean(true))
    }

    /// Equality; `None` (null) between types that have nothing in common.
    pub fn equal(&self, other: &Value) -> Option<bool> {
        Some(match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Null, _) | (_, Value::Null) => false,
            (Value::Boolean(a), Value::Boolean(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a == b,
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Date(a), Value::Date(b)) => a == b,
            (Value::Time(a), Value::Time(b)) => a.compare(*b)? == Ordering::Equal,
            (Value::DateTime(a), Value::DateTime(b)) => a.compare(*b)? == Ordering::Equal,
            (Value::Duration(a), Value::Duration(b)) => match (a, b) {
                (Duration::Months(a), Duration::Months(b)) => a == b,
                (Duration::Nanos(a), Duration::Nanos(b)) => a == b,
                _ => return None,
            },
            (Value::List(a), Value::List(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .zip(b.iter())
                        .all(|(a, b)| a.equal(b) == Some(true))
            }
            (Value::Context(a), Value::Context(b)) => {
                let same = |(k, v): (&Arc<str>, &Value)| {
                    b.get(k).is_some_and(|w| v.equal(w) == Some(true))
                };
                a.entries.len() == b.entries.len() && a.entries.iter().all(same)
            }
            (Value::Range(a), Value::Range(b)) => {
                a.single == b.single
                    && a.start_included == b.start_included
                    && a.end_included == b.end_included
                    && same_end(&a.start, &b.start)?
                    && same_end(&a.end, &b.end)?
            }
            (Value::Function(a), Value::Function(b)) => Arc::ptr_eq(a, b),
            _ => return None,
        })
    }

    /// Order; `None` (null) where there is none.
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
            (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
            (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
            (Value::Time(a), Value::Time(b)) => a.compare(*b),
            (Value::DateTime(a), Value::DateTime(b)) => a.compare(*b),
            (Value::Duration(Duration::Months(a)), Value::Duration(Duration::Months(b))) => {
                Some(a.cmp(b))
            }
            (Value::Duration(Duration::Nanos(a)), Value::Duration(Duration::Nanos(b))) => {
                Some(a.cmp(b))
            }
            _ => None,
        }
    }
}

/// A value as an expression would say it: text is in quotes.
pub struct Literal<'v>(&'v Value);

impl Value {
    /// As an expression would say it: text is in quotes.
    pub fn literal(&self) -> Literal<'_> {
        Literal(self)
    }

    /// Whether it is null or has a null in it.
    pub fn holds_null(&self) -> bool {
        match self {
            Value::Null => true,
            Value::List(items) => items.iter().any(Value::holds_null),
            Value::Context(context) => context.entries.values().any(Value::holds_null),
            _ => false,
        }
    }
}

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_nested(self.0, f)
    }
}

fn same_end(a: &Option<Value>, b: &Option<Value>) -> Option<bool> {
    match (a, b) {
        (Some(a), Some(b)) => a.equal(b),
        (a, b) => Some(a.is_none() == b.is_none()),
    }
}

impl Range {
    /// Whether a value lies in it; `None` (null) when it can not be compared.
    pub fn contains(&self, value: &Value) -> Option<bool> {
        let above = match &self.start {
            None => true,
            Some(start) => {
                let order = value.compare(start)?;
                order == Ordering::Greater || (self.start_included && order == Ordering::Equal)
            }
        };
        let below = match &self.end {
            None => true,
            Some(end) => {
                let order = value.compare(end)?;
                order == Ordering::Less || (self.end_included && order == Ordering::Equal)
            }
        };
        Some(above && below)
    }
}

/// As FEEL's `string` writes it; text inside a list or context is quoted.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::String(s) => f.write_str(s),
            other => write_nested(other, f),
        }
    }
}

fn write_nested(value: &Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Null => f.write_str("null"),
        Value::Boolean(b) => write!(f, "{b}"),
        Value::Number(n) => write!(f, "{n}"),
        Value::String(s) => write_quoted(s, f),
        Value::Date(d) => write!(f, "{d}"),
        Value::Time(t) => write!(f, "{t}"),
        Value::DateTime(t) => write!(f, "{t}"),
        Value::Duration(d) => write!(f, "{d}"),
        Value::List(list) => {
            f.write_str("[")?;
            for (i, item) in list.iter().enumerate() {
                if i > 0 {
                    f.write_str(", ")?;
                }
                write_nested(item, f)?;
            }
            f.write_str("]")
        }
        Value::Context(context) => {
            f.write_str("{")?;
            for (i, (key, value)) in context.entries.iter().enumerate() {
                if i > 0 {
                    f.write_str(", ")?;
                }
                if key
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_'))
                    && !key.is_empty()
                {
                    f.write_str(key)?;
                } else {
                    write_quoted(key, f)?;
                }
                f.write_str(": ")?;
                write_nested(value, f)?;
            }
            f.write_str("}")
        }
        Value::Range(range) => write!(f, "{range}"),
        Value::Function(function) => write!(f, "{function}"),
    }
}

fn write_quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.start, &self.end) {
            (Some(only), _) if self.single => {
                f.write_str("=")?;
                write_nested(only, f)
            }
            (None, None) => f.write_str("(null..null)"),
            (None, Some(end)) => {
                write!(f, "<{} ", if self.end_included { "=" } else { "" })?;
                write_nested(end, f)
            }
            (Some(start), None) => {
                write!(f, ">{} ", if self.start_included { "=" } else { "" })?;
                write_nested(start, f)
            }
            (Some(start), Some(end)) => {
                f.write_str(if self.start_included { "[" } else { "(" })?;
                write_nested(start, f)?;
                f.write_str("..")?;
                write_nested(end, f)?;
                f.write_str(if self.end_included { "]" } else { ")" })
            }
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::Boolean(b)
    }
}
impl From<Option<bool>> for Value {
    fn from(b: Option<bool>) -> Self {
        b.map_or(Value::Null, Value::Boolean)
    }
}
impl From<Number> for Value {
    fn from(n: Number) -> Self {
        Value::Number(n)
    }
}
impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Value::Number(n.into())
    }
}
impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Value::String(s.into())
    }
}
impl From<String> for Value {
    fn from(s: String) -> Self {
        Value::String(s.into())
    }
}

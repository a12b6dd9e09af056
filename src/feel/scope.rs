//! What the names of an expression mean.

use super::temporal::DateTime;
use super::value::Value;
use indexmap::IndexMap;
use std::sync::Arc;

/// Values by name, over those of an outer scope, with the time that `now` gives.
#[derive(Debug, Clone, Default)]
pub struct Scope<'a> {
    values: IndexMap<Arc<str>, Value>,
    parent: Option<&'a Scope<'a>>,
    now: Option<DateTime>,
}

impl<'a> Scope<'a> {
    /// An empty scope.
    pub fn new() -> Self {
        Self::default()
    }

    /// A scope over another one.
    pub fn inside(parent: &'a Scope<'a>) -> Self {
        Scope {
            parent: Some(parent),
            ..Self::default()
        }
    }

    /// Sets the time that `now()` and `today()` give; without it they are null.
    pub fn at(mut self, now: DateTime) -> Self {
        self.now = Some(now);
        self
    }

    /// The same for an instant, shown in Greenwich.
    pub fn at_instant(self, now: chrono::DateTime<chrono::Utc>) -> Self {
        match DateTime::from_utc(now) {
            Some(now) => self.at(now),
            None => self,
        }
    }

    /// Sets a name.
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: Value) {
        self.values.insert(name.into(), value);
    }

    /// What a name means.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let mut scope = Some(self);
        while let Some(here) = scope {
            if let Some(value) = here.values.get(name) {
                return Some(value);
            }
            scope = here.parent;
        }
        None
    }

    /// The time.
    pub fn now(&self) -> Option<DateTime> {
        let mut scope = Some(self);
        while let Some(here) = scope {
            if here.now.is_some() {
                return here.now;
            }
            scope = here.parent;
        }
        None
    }
}

//! What the names of an expression mean.

use super::temporal::DateTime;
use super::value::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// So many names are looked through faster than their hashes are made.
const FEW: usize = 12;

/// Values by name, over those of an outer scope, with the time that `now` gives.
#[derive(Debug, Clone, Default)]
pub struct Scope<'a> {
    values: Vec<(Arc<str>, Value)>,
    /// Where the names are, when they are more than a few.
    places: HashMap<Arc<str>, usize>,
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
        let name = name.into();
        match self.place(&name) {
            Some(place) => self.values[place].1 = value,
            None => {
                self.values.push((name, value));
                let last = self.values.len() - 1;
                if self.places.is_empty() && self.values.len() > FEW {
                    let places = self.values.iter().enumerate();
                    self.places = places.map(|(ix, (name, _))| (name.clone(), ix)).collect();
                } else if last >= FEW {
                    self.places.insert(self.values[last].0.clone(), last);
                }
            }
        }
    }

    #[inline]
    fn place(&self, name: &str) -> Option<usize> {
        if self.values.len() <= FEW {
            self.values.iter().position(|(known, _)| **known == *name)
        } else {
            self.places.get(name).copied()
        }
    }

    /// What a name means.
    #[inline]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let mut scope = Some(self);
        while let Some(here) = scope {
            if let Some(place) = here.place(name) {
                return Some(&here.values[place].1);
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

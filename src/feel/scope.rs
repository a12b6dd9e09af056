//! What the names of an expression mean.

use super::value::Value;
use chrono::{DateTime as Instant, Utc};
use std::collections::HashMap;
use std::sync::Arc;

/// A name with its mark: the length and the first bytes, by which names are told apart at once.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    text: Arc<str>,
    mark: u64,
}

impl Name {
    /// Names of fewer bytes than a mark has are their marks.
    const WHOLE: usize = 7;

    #[inline]
    fn mark(text: &str) -> u64 {
        let mut mark = text.len().min(255) as u64;
        for byte in text.bytes().take(Self::WHOLE) {
            mark = mark << 8 | u64::from(byte);
        }
        mark
    }

    #[inline]
    fn is(&self, mark: u64, text: &str) -> bool {
        self.mark == mark && (text.len() <= Self::WHOLE || *self.text == *text)
    }
}

impl From<Arc<str>> for Name {
    fn from(text: Arc<str>) -> Self {
        Name {
            mark: Self::mark(&text),
            text,
        }
    }
}

impl std::ops::Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

/// So many names are looked through faster than their hashes are made.
const FEW: usize = 12;

/// Values by name, over those of an outer scope, with the time that `now` gives.
#[derive(Debug, Clone, Default)]
pub struct Scope<'a> {
    values: Vec<(Name, Value)>,
    /// Where the names are, when they are more than a few.
    places: HashMap<Arc<str>, usize>,
    parent: Option<&'a Scope<'a>>,
    now: Option<Instant<Utc>>,
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

    /// Sets the time that `now()` and `today()` give, by this machine's clock; without it they
    /// are null.
    pub fn at(mut self, now: Instant<Utc>) -> Self {
        self.now = Some(now);
        self
    }

    /// Sets a name.
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: Value) {
        let name = Name::from(name.into());
        match self.place(name.mark, &name) {
            Some(place) => self.values[place].1 = value,
            None => {
                self.values.push((name, value));
                let last = self.values.len() - 1;
                if self.places.is_empty() && self.values.len() > FEW {
                    let places = self.values.iter().enumerate();
                    self.places = places
                        .map(|(ix, (name, _))| (name.text.clone(), ix))
                        .collect();
                } else if last >= FEW {
                    self.places.insert(self.values[last].0.text.clone(), last);
                }
            }
        }
    }

    #[inline]
    fn place(&self, mark: u64, name: &str) -> Option<usize> {
        if self.values.len() <= FEW {
            let mut known = self.values.iter();
            known.position(|(known, _)| known.is(mark, name))
        } else {
            self.places.get(name).copied()
        }
    }

    /// What a name means.
    #[inline]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.find(Name::mark(name), name)
    }

    /// The same for a name of code.
    #[inline]
    pub(super) fn named(&self, name: &Name) -> Option<&Value> {
        self.find(name.mark, &name.text)
    }

    #[inline]
    fn find(&self, mark: u64, name: &str) -> Option<&Value> {
        let mut scope = Some(self);
        while let Some(here) = scope {
            if let Some(place) = here.place(mark, name) {
                return Some(&here.values[place].1);
            }
            scope = here.parent;
        }
        None
    }

    /// The time.
    pub fn now(&self) -> Option<Instant<Utc>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_whatever_their_length() {
        let longest = "x".repeat(300);
        let names = [
            "",
            "a",
            "b",
            "ab",
            "a\0",
            "seven77",
            "seven78",
            "eight888",
            "eight889",
            "äöü",
            &longest,
            &longest[..299],
        ];
        for few in [3, 5, names.len()] {
            let mut scope = Scope::new();
            for (ix, name) in names.iter().take(few).enumerate() {
                scope.set(*name, Value::from(ix as i64));
                scope.set(*name, Value::from(ix as i64));
            }
            for (ix, name) in names.iter().enumerate() {
                let expected = (ix < few).then(|| ix.to_string());
                let own = Name::from(Arc::from(*name));
                assert_eq!(scope.get(name).map(Value::to_string), expected, "{name}");
                assert_eq!(scope.named(&own).map(Value::to_string), expected, "{name}");
            }
        }
    }
}

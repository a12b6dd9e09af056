//! Variables, scopes, and the few expressions that the random processes use.

use super::{Changed, Done, No, Reference, Stop};
use crewdesk::model::Script;
use crewdesk::model::graph::{Mapping, Parameter, ParameterValue, Source};
use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Val {
    Null,
    Int(i64),
    Text(String),
}

impl fmt::Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Val::Null => f.write_str("null"),
            Val::Int(number) => write!(f, "{number}"),
            Val::Text(text) => write!(f, "'{text}'"),
        }
    }
}

impl Val {
    /// Null counts as nothing.
    fn number(&self) -> Done<i64> {
        match self {
            Val::Null => Ok(0),
            Val::Int(number) => Ok(*number),
            Val::Text(text) => Err(Stop::Refused(format!("'{text}' is no number"))),
        }
    }
}

impl Reference {
    /// The scopes that a spot sees, its own first. A called process does not see its caller.
    pub(super) fn seen_from(&self, no: No) -> Vec<No> {
        let mut seen = vec![no];
        let mut here = no;
        while !self.is_process(here) {
            here = self.around(here);
            seen.push(here);
        }
        seen
    }

    pub(super) fn variable(&self, no: No, name: &str) -> Option<Val> {
        let scopes = self.seen_from(no);
        let mut found = scopes.iter().map(|&scope| self.spot(scope));
        found.find_map(|spot| spot.variables.get(name).cloned())
    }

    pub(super) fn set_local(&mut self, no: No, name: &str, value: Val) {
        let spot = self.spots.get_mut(&no).expect("a scope");
        let old = spot.variables.insert(name.to_owned(), value);
        let event = if old.is_some() { "update" } else { "create" };
        self.note(no, name, event);
    }

    fn note(&mut self, spot: No, name: &str, event: &'static str) {
        self.changed.push(Changed {
            spot,
            name: name.to_owned(),
            event,
            at: self.last,
        });
    }

    /// Sets a variable where it is, else in the process instance.
    pub(super) fn set(&mut self, no: No, name: &str, value: Val) {
        let scopes = self.seen_from(no);
        let holder = scopes
            .iter()
            .find(|scope| self.spot(**scope).variables.contains_key(name));
        let holder = *holder.or(scopes.last()).expect("a scope");
        self.set_local(holder, name, value);
    }

    pub(super) fn set_all(&mut self, no: No, values: &[(String, Val)]) {
        for (name, value) in values {
            self.set(no, name, value.clone());
        }
    }

    pub(super) fn unset(&mut self, no: No, name: &str) {
        let spot = self.spots.get_mut(&no).expect("a scope");
        if spot.variables.remove(name).is_some() {
            self.note(no, name, "delete");
        }
    }

    fn operand(&self, no: No, word: &str) -> Done<Val> {
        match word.parse() {
            Ok(number) => Ok(Val::Int(number)),
            Err(_) => self
                .variable(no, word)
                .ok_or_else(|| Stop::Unknown(word.to_owned())),
        }
    }

    /// `${a}`, `${a + b}`, or text as it stands.
    pub(super) fn value(&self, no: No, source: &str) -> Done<Val> {
        let Some(inner) = source.strip_prefix("${").and_then(|s| s.strip_suffix('}')) else {
            return Ok(Val::Text(source.to_owned()));
        };
        match inner.split_whitespace().collect::<Vec<_>>().as_slice() {
            [one] => self.operand(no, one),
            [a, "+", b] => {
                let sum = self.operand(no, a)?.number()? + self.operand(no, b)?.number()?;
                Ok(Val::Int(sum))
            }
            _ => panic!("the reference can not read '{source}'"),
        }
    }

    pub(super) fn number_of(&self, no: No, source: &str) -> Done<i64> {
        match source.parse() {
            Ok(number) => Ok(number),
            Err(_) => self.value(no, source)?.number(),
        }
    }

    /// `${a == b}` and so on.
    pub(super) fn holds(&self, no: No, source: &str) -> Done<bool> {
        let inner = source.trim().strip_prefix("${");
        let inner = inner
            .and_then(|s| s.strip_suffix('}'))
            .expect("a condition");
        let words: Vec<&str> = inner.split_whitespace().collect();
        let [a, sign, b] = words.as_slice() else {
            panic!("the reference can not read '{source}'");
        };
        let (a, b) = (self.operand(no, a)?, self.operand(no, b)?);
        Ok(match *sign {
            "==" => a == b,
            "!=" => a != b,
            "<" => a.number()? < b.number()?,
            ">" => a.number()? > b.number()?,
            "<=" => a.number()? <= b.number()?,
            ">=" => a.number()? >= b.number()?,
            _ => panic!("the reference can not read '{source}'"),
        })
    }

    /// In an event, what names an unknown variable does not hold.
    pub(super) fn holds_in_event(&self, no: No, condition: &Script) -> Done<bool> {
        match self.holds(no, condition.source()) {
            Err(Stop::Unknown(_)) => Ok(false),
            result => result,
        }
    }

    fn parameter(&self, no: No, value: &ParameterValue) -> Done<Val> {
        match value {
            ParameterValue::Empty => Ok(Val::Null),
            ParameterValue::Text(template) => self.value(no, template.source()),
            other => panic!("the reference can not read {other:?}"),
        }
    }

    pub(super) fn inputs(&mut self, no: No) -> Done {
        for Parameter { name, value } in self.node(no).inputs {
            let value = self.parameter(no, &value)?;
            self.set_local(no, &name, value);
        }
        Ok(())
    }

    pub(super) fn outputs(&mut self, no: No) -> Done {
        for Parameter { name, value } in self.node(no).outputs {
            let value = self.parameter(no, &value)?;
            self.set(self.around(no), &name, value);
        }
        Ok(())
    }

    /// What `camunda:in` or `camunda:out` take from a spot.
    pub(super) fn mapped(&self, from: No, mappings: &[Mapping]) -> Done<Vec<(String, Val)>> {
        let mut taken = Vec::new();
        for mapping in mappings {
            let target = || mapping.target.clone().unwrap_or_default();
            match &mapping.source {
                Source::Variable(name) => {
                    let value = self.variable(from, name).unwrap_or(Val::Null);
                    taken.push((target(), value));
                }
                Source::Expression(template) => {
                    taken.push((target(), self.value(from, template.source())?));
                }
                Source::All => {
                    let mut all = BTreeMap::new();
                    for scope in self.seen_from(from).into_iter().rev() {
                        all.extend(self.spot(scope).variables.clone());
                    }
                    all.retain(|name, _| !name.starts_with("nrOf"));
                    taken.extend(all);
                }
            }
        }
        Ok(taken)
    }
}

/// Text in which `${'…'}` stands for what is between its quotes.
pub(super) fn said(source: &str) -> String {
    source.replace("${'", "").replace("'}", "")
}

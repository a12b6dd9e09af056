//! Names in literal and input expressions that nothing gives and that are nearly one that is given:
//! whatever nothing gives is taken for an input of the decision, and a slip goes unnoticed.

use super::{Loader, attribute, dmn, expression_in, text};
use crate::dmn::function::Knowledge;
use crate::dmn::script::Script;
use crate::dmn::{Decision, Dialect, Logic};
use crate::feel::{Builtin, Use};
use crate::model::xml::{Element, Namespace};
use crate::model::{Position, Severity};
use crate::value::near::misspelt;
use indexmap::{IndexMap, IndexSet};
use std::collections::HashSet;
use std::sync::Arc;

/// So many names an unknown one is compared with.
const COMPARED: usize = 1_000;
/// Most of them that are told of a file.
const MOST: usize = 20;

/// A name that nothing gives, in a decision.
struct Free<'d> {
    name: &'d str,
    of: Use,
    decision: &'d Decision,
    element: &'d Element,
}

impl Loader<'_> {
    /// Warns of names that are nearly an input, a required decision or a function.
    pub(super) fn check_spelling(
        &mut self,
        root: &Element,
        decisions: &IndexMap<String, Arc<Decision>>,
        knowledge: &IndexMap<String, Knowledge>,
    ) {
        let camunda = self.dialect == Dialect::Camunda;
        let inputs = self.inputs(root);
        let declared: IndexSet<&str> = inputs.iter().map(|input| &*input.name).collect();
        let functions: IndexSet<&str> = knowledge.values().map(|k| k.name.as_str()).collect();
        // Naming another decision of the file without requiring it is told as such.
        let named: HashSet<&str> = decisions.values().flat_map(|d| names_of(d)).collect();
        let mut free = Vec::new();
        for element in root.all(Namespace::Dmn, "decision") {
            let id = attribute(element, "id").or_else(|| attribute(element, "name"));
            let Some(decision) = id.and_then(|id| decisions.get(id)) else {
                continue;
            };
            let given = self.given.get(&decision.id).into_iter().flatten();
            let mut known: HashSet<&str> = given.map(String::as_str).collect();
            known.extend(decision.under.values().map(String::as_str));
            let imported = decision.imported_inputs.iter();
            known.extend(imported.map(|input| input.import.as_str()));
            let is_known = |name: &str| {
                declared.contains(name)
                    || functions.contains(name)
                    || named.contains(name)
                    || known.contains(name)
                    || Builtin::known(name, camunda).is_some()
            };
            let uses = uses_of(decision).into_iter();
            let uses = uses.filter(|(name, of)| *of != Use::Perhaps && !is_known(name));
            free.extend(uses.map(|(name, of)| Free {
                name,
                of,
                decision,
                element,
            }));
        }
        let mut often: IndexMap<&str, usize> = IndexMap::new();
        for one in free.iter().filter(|one| one.of == Use::Surely) {
            *often.entry(one.name).or_default() += 1;
        }
        let mut told = IndexMap::new();
        for one in &free {
            let meant = match one.of {
                Use::Called => {
                    let mut known: Vec<&str> = functions.iter().copied().take(COMPARED).collect();
                    for builtin in Builtin::names(camunda) {
                        known.push(builtin);
                    }
                    misspelt(one.name, known, false)
                }
                _ => {
                    let required = one.decision.requires.iter();
                    let required = required.filter_map(|id| decisions.get(id));
                    let given = self.given.get(&one.decision.id).into_iter().flatten();
                    let near = required.flat_map(|d| names_of(d));
                    let near = near.chain(given.map(String::as_str));
                    let near = near.chain(declared.iter().copied()).take(COMPARED);
                    let own = often.get_full(one.name).map(|(at, _, times)| (*times, at));
                    // Of two that nothing gives, the one that is rarer or comes later is the slip.
                    let others = often.iter().enumerate().take(COMPARED);
                    let others = others.filter(|(at, (_, times))| {
                        own.is_some_and(|(own, place)| {
                            **times > own || (**times == own && *at < place)
                        })
                    });
                    let others = others.map(|(_, (name, _))| *name);
                    misspelt(one.name, near, false).or_else(|| misspelt(one.name, others, true))
                }
            };
            if let Some(meant) = meant {
                let key = (one.decision.id.clone(), one.name.to_owned());
                told.entry(key)
                    .or_insert_with(|| (place_of(one), one.of, meant.to_owned()));
            }
        }
        for ((id, name), (place, of, meant)) in told.into_iter().take(MOST) {
            let message = match of {
                Use::Called => {
                    format!(
                        "it calls {name}, and there is no such function here; did you mean {meant:?}?"
                    )
                }
                _ => format!(
                    "it names {name}, which nothing gives, so that it becomes an input; did you mean {meant:?}?"
                ),
            };
            self.owner.clone_from(&id);
            self.report(Severity::Warning, place, Some(&id), message);
        }
        self.owner.clear();
    }
}

/// The names under which others see a decision.
fn names_of(decision: &Decision) -> impl Iterator<Item = &str> {
    let own = [decision.variable.as_str(), decision.name.as_str()];
    own.into_iter().chain(decision.outputs())
}

/// The names in an expression, or in the input expressions of a table: its cells are looked at
/// with their columns.
fn uses_of(decision: &Decision) -> Vec<(&str, Use)> {
    match &decision.logic {
        Logic::Expression(script) => script.uses(),
        Logic::Table(table) => {
            let own: HashSet<&str> = table.inputs.iter().map(|i| i.variable.as_str()).collect();
            let inputs = table.inputs.iter().map(|input| &input.expression);
            let uses = inputs.flat_map(Script::uses);
            uses.filter(|(name, _)| !own.contains(name)).collect()
        }
    }
}

/// Where a name stands first, as far as it is to be found.
fn place_of(free: &Free<'_>) -> Position {
    let logic = expression_in(free.element);
    let expressions: Vec<&Element> = match logic {
        Some(table) if table.name == "decisionTable" => {
            let inputs = table.all(Namespace::Dmn, "input");
            inputs
                .filter_map(|input| dmn(input, "inputExpression"))
                .collect()
        }
        other => other.into_iter().collect(),
    };
    let mut open: Vec<&Element> = expressions.into_iter().rev().collect();
    while let Some(element) = open.pop() {
        if let Some(text) = text(element)
            && let Some(at) = word_in(&text.text, free.name)
        {
            return text.place_in_text(at);
        }
        open.extend(element.children.iter().rev());
    }
    logic.unwrap_or(free.element).position
}

/// Where a whole word stands in a text.
fn word_in(text: &str, word: &str) -> Option<usize> {
    let apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
    let mut places = text.match_indices(word);
    let found = places.find(|(at, _)| {
        let before = text[..*at].chars().next_back();
        apart(before) && apart(text[at + word.len()..].chars().next())
    });
    found.map(|(at, _)| at)
}

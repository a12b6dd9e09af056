//! Names in cells that nothing gives: mostly texts that lack their quotes.

use super::{Check, Finding, FindingKind, MOST};
use crate::dmn::script::{Script, Test};
use crate::dmn::{BoxedTable, Definitions};
use crate::feel::{Builtin, Use};
use crate::value::near::did_you_mean;
use indexmap::{IndexMap, IndexSet};
use std::collections::{HashMap, HashSet};

/// Quotes that word processors put in place of straight ones, and that other languages have.
const QUOTES: [char; 7] = ['“', '”', '„', '‘', '’', '«', '»'];

/// So many names an unknown one is compared with.
const COMPARED: usize = 1_000;

/// The names that the tables of a file may use.
pub(super) struct Names<'d> {
    definitions: &'d Definitions,
    /// In a decision: of input data, of decisions and their outputs, of what can be called, of
    /// imports, and what the inputs of tables name themselves.
    in_decisions: IndexSet<&'d str>,
    /// In a function: of what can be called.
    in_functions: IndexSet<&'d str>,
    /// What boxes give, by their owner: each name with its first place.
    given: HashMap<&'d str, IndexMap<&'d str, usize>>,
}

/// The names that the cells of one table may use.
pub(super) struct Known<'n> {
    shared: &'n IndexSet<&'n str>,
    /// What boxes give, and how many of these names stand before the table.
    given: Option<(&'n IndexMap<&'n str, usize>, usize)>,
    own: IndexSet<&'n str>,
}

impl<'d> Names<'d> {
    pub(super) fn of(definitions: &'d Definitions) -> Self {
        let in_functions: IndexSet<&str> = definitions
            .knowledge
            .values()
            .map(|k| k.name.as_str())
            .collect();
        let mut known: IndexSet<&str> = definitions.inputs.iter().map(|i| &*i.name).collect();
        known.extend(in_functions.iter().copied());
        for decision in definitions.decisions.values() {
            known.extend([decision.variable.as_str(), decision.name.as_str()]);
            let mut imports: Vec<&str> = decision.under.values().map(String::as_str).collect();
            imports.sort_unstable();
            known.extend(imports);
            let inputs = decision.imported_inputs.iter();
            known.extend(inputs.map(|input| input.import.as_str()));
            let Some(table) = decision.table() else {
                continue;
            };
            known.extend(table.outputs.iter().map(|output| output.name.as_str()));
            known.extend(table.inputs.iter().flat_map(|i| named(&i.expression)));
        }
        let given = definitions.given.iter().map(|(owner, names)| {
            let mut first = IndexMap::new();
            for (at, name) in names.iter().enumerate() {
                first.entry(name.as_str()).or_insert(at);
            }
            (owner.as_str(), first)
        });
        Names {
            definitions,
            in_decisions: known,
            in_functions,
            given: given.collect(),
        }
    }

    /// In the tables of decisions.
    pub(super) fn of_decisions(&self) -> Known<'_> {
        Known {
            shared: &self.in_decisions,
            given: None,
            own: IndexSet::new(),
        }
    }

    /// In a table in boxes: what these give, and in a decision what its own table would see; `None`
    /// where what they give is not known.
    pub(super) fn inside(&self, boxed: &'d BoxedTable) -> Option<Known<'_>> {
        let before = boxed.given?;
        let given = self.given.get(boxed.owner.as_str());
        let function = self.definitions.knowledge.get(&boxed.owner);
        let inputs = boxed.table.inputs.iter();
        let mut own: IndexSet<&str> = inputs.flat_map(|i| named(&i.expression)).collect();
        own.extend(boxed.table.outputs.iter().map(|o| o.name.as_str()));
        let imports = function.iter().flat_map(|f| f.under.values());
        let mut imports: Vec<&str> = imports.map(String::as_str).collect();
        imports.sort_unstable();
        own.extend(imports);
        Some(Known {
            shared: match function {
                Some(_) => &self.in_functions,
                None => &self.in_decisions,
            },
            given: given.map(|names| (names, before)),
            own,
        })
    }
}

impl<'n> Known<'n> {
    fn contains(&self, name: &str) -> bool {
        self.shared.contains(name)
            || self.own.contains(name)
            || self
                .given
                .is_some_and(|(first, before)| first.get(name).is_some_and(|at| *at < before))
    }

    /// Some of them, the nearest first: each is compared with what may have been meant.
    fn nearby(&self) -> impl Iterator<Item = &'n str> {
        let given = self.given.into_iter().flat_map(|(first, before)| {
            let names = first.iter().filter(move |(_, at)| **at < before);
            names.map(|(name, _)| *name)
        });
        let near = self.own.iter().copied().chain(given);
        let all: Vec<&str> = near
            .chain(self.shared.iter().copied())
            .take(COMPARED)
            .collect();
        all.into_iter()
    }
}

impl Check<'_> {
    /// Looks at the names in cells.
    pub(super) fn names(&self, known: &Known<'_>, found: &mut Vec<Finding>) {
        let before = found.len();
        let columns = self.table.inputs.len();
        for (ix, rule) in self.table.rules.iter().enumerate() {
            let tests = rule.tests.iter().filter_map(|(column, test)| match test {
                Test::Feel(tests) => Some((*column, tests.uses().collect(), tests.source())),
                Test::Juel(_) => None,
            });
            let outputs = rule.outputs.iter().enumerate();
            let outputs = outputs.filter_map(|(column, entry)| match entry {
                Some(Script::Feel(entry)) => {
                    Some((columns + column, entry.uses().collect(), entry.source()))
                }
                _ => None,
            });
            for (entry, names, text) in tests.chain(outputs) {
                let names: IndexMap<&str, Use> = names;
                let mut parts = None;
                for (name, of) in names {
                    if found.len() - before >= MOST {
                        return;
                    }
                    let own = self.table.inputs.get(entry);
                    let own = own.is_some_and(|input| input.variable == name);
                    if own || known.contains(name) || Builtin::named(name).is_some() {
                        continue;
                    }
                    let told = match self.table.inputs.iter().find(|i| i.variable == name) {
                        // An output, or a cell of another column.
                        Some(input) => Some(format!(
                            "`{text}` names {name}, which the cells of {} alone see. Write {}",
                            input.title(),
                            input.bare_expression()
                        )),
                        None if of == Use::Called => Some(self.unknown_function(name, text)),
                        None => {
                            let parts = parts.get_or_insert_with(|| alone(text));
                            self.unknown_name(name, text, parts, known)
                        }
                    };
                    let told = told.map(|why| self.finding_in(FindingKind::Name, ix, entry, &why));
                    found.extend(told);
                }
            }
        }
    }

    fn unknown_function(&self, name: &str, text: &str) -> String {
        let own = self.definitions.knowledge.values();
        let mut known: Vec<&str> = own.map(|k| k.name.as_str()).take(COMPARED).collect();
        for builtin in Builtin::names(!self.is_standard()) {
            known.push(builtin);
        }
        let meant = did_you_mean(name, known);
        let how = match meant.is_empty() {
            true => ". Require one of that name".to_owned(),
            false => meant,
        };
        format!("`{text}` calls {name}, and there is no such function here{how}")
    }

    fn unknown_name(
        &self,
        name: &str,
        text: &str,
        parts: &HashSet<&str>,
        known: &Known<'_>,
    ) -> Option<String> {
        let lower = name.to_ascii_lowercase();
        if matches!(lower.as_str(), "true" | "false" | "null") {
            return Some(format!("`{name}` is no value. Write {lower}"));
        }
        let bare = name.trim_matches(QUOTES);
        if bare != name {
            return Some(format!(
                "`{name}` has quotes that FEEL does not know. Write \"{bare}\""
            ));
        }
        if parts.contains(name) {
            return Some(format!(
                "`{name}` is the name of a variable, and nothing here gives it. If it is a text, write \"{name}\" in quotes"
            ));
        }
        // A process has more variables than a decision names.
        self.is_standard().then(|| {
            let meant = did_you_mean(name, known.nearby());
            let how = match meant.is_empty() {
                true => ". Add an input of that name".to_owned(),
                false => meant,
            };
            format!("`{text}` names {name}, and nothing here gives it{how}")
        })
    }
}

/// The names of an expression without those of functions that it calls.
fn named(script: &Script) -> impl Iterator<Item = &str> {
    let uses = script.uses().into_iter();
    uses.filter(|(_, of)| *of != Use::Called)
        .map(|(name, _)| name)
}

/// The parts of a cell between commas, also inside of `not(…)`.
fn alone(text: &str) -> HashSet<&str> {
    let text = text.trim();
    let inner = text.strip_prefix("not(").and_then(|t| t.strip_suffix(')'));
    let inner = inner.unwrap_or(text);
    inner.split(',').map(str::trim).collect()
}

//! Names in cells that nothing gives: mostly texts that lack their quotes.

use super::{Check, Finding, FindingKind, MOST};
use crate::dmn::script::{Script, Test};
use crate::dmn::{BoxedTable, Definitions};
use crate::feel::Builtin;
use crate::value::near::did_you_mean;
use std::collections::HashSet;

/// Quotes that word processors put in place of straight ones, and that other languages have.
const QUOTES: [char; 7] = ['“', '”', '„', '‘', '’', '«', '»'];

/// The names that cells may use: of input data, of decisions and their outputs, of what can be
/// called, of imports, and what the inputs of tables name themselves.
pub(super) fn known(definitions: &Definitions) -> HashSet<&str> {
    let mut known: HashSet<&str> = definitions.inputs.iter().map(|i| &*i.name).collect();
    known.extend(definitions.knowledge.values().map(|k| k.name.as_str()));
    for decision in definitions.decisions.values() {
        known.extend([decision.variable.as_str(), decision.name.as_str()]);
        known.extend(decision.under.values().map(String::as_str));
        known.extend(decision.imported_inputs.iter().map(|(_, name)| &**name));
        let Some(table) = decision.table() else {
            continue;
        };
        known.extend(table.outputs.iter().map(|output| output.name.as_str()));
        known.extend(table.inputs.iter().flat_map(|i| i.expression.names()));
    }
    known
}

/// The names that the cells of a table in boxes may use: what the boxes give, and in a decision what
/// its own table would see; `None` where what they give is not known.
pub(super) fn known_inside<'d>(
    definitions: &'d Definitions,
    boxed: &'d BoxedTable,
    outside: &HashSet<&'d str>,
) -> Option<HashSet<&'d str>> {
    let given = boxed.given.as_ref()?.iter().map(String::as_str);
    let mut known: HashSet<&str> = given.collect();
    match definitions.knowledge.get(&boxed.owner) {
        // A function sees its parameters and what can be called.
        Some(function) => {
            known.extend(definitions.knowledge.values().map(|k| k.name.as_str()));
            known.extend(function.under.values().map(String::as_str));
        }
        None => known.extend(outside),
    }
    known.extend(boxed.table.outputs.iter().map(|o| o.name.as_str()));
    let inputs = boxed.table.inputs.iter();
    known.extend(inputs.flat_map(|i| i.expression.names()));
    Some(known)
}

impl Check<'_> {
    /// Looks at the names in cells.
    pub(super) fn names(&self, known: &HashSet<&str>, found: &mut Vec<Finding>) {
        let before = found.len();
        let columns = self.table.inputs.len();
        for (ix, rule) in self.table.rules.iter().enumerate() {
            let tests = rule.tests.iter().filter_map(|(column, test)| match test {
                Test::Feel(tests) => Some((*column, tests.names().collect(), tests.source())),
                Test::Juel(_) => None,
            });
            let outputs = rule.outputs.iter().enumerate();
            let outputs = outputs.filter_map(|(column, entry)| match entry {
                Some(Script::Feel(entry)) => {
                    Some((columns + column, entry.names().collect(), entry.source()))
                }
                _ => None,
            });
            for (entry, names, text) in tests.chain(outputs) {
                let names: Vec<&str> = names;
                for name in names {
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
                        None => self.unknown_name(name, text, known),
                    };
                    let told = told.map(|why| self.finding_in(FindingKind::Name, ix, entry, &why));
                    found.extend(told);
                }
            }
        }
    }

    fn unknown_name(&self, name: &str, text: &str, known: &HashSet<&str>) -> Option<String> {
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
        if alone(text).contains(&name) {
            return Some(format!(
                "`{name}` is the name of a variable, and nothing here gives it. If it is a text, write \"{name}\" in quotes"
            ));
        }
        // A process has more variables than a decision names.
        self.is_standard().then(|| {
            let meant = did_you_mean(name, known.iter().copied());
            let how = match meant.is_empty() {
                true => ". Add an input of that name".to_owned(),
                false => meant,
            };
            format!("`{text}` names {name}, and nothing here gives it{how}")
        })
    }
}

/// The parts of a cell between commas, also inside of `not(…)`.
fn alone(text: &str) -> Vec<&str> {
    let text = text.trim();
    let inner = text.strip_prefix("not(").and_then(|t| t.strip_suffix(')'));
    let inner = inner.unwrap_or(text);
    inner.split(',').map(str::trim).collect()
}

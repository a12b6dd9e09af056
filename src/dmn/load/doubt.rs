//! What is accepted and yet looks like a mistake: types that nobody defines, aggregations that
//! aggregate nothing.

use super::table::short_name;
use super::{Loader, attribute, type_name};
use crate::dmn::Dialect;
use crate::dmn::type_ref::TypeRef;
use crate::model::xml::{Element, Namespace};
use crate::model::{Position, Severity};
use crate::value::near::did_you_mean;
use indexmap::IndexMap;
use std::collections::HashSet;

/// Most unknown types that are told.
const MOST: usize = 20;
/// The types that a column may have by the standard, for a suggestion.
const STANDARD: [&str; 10] = [
    "number",
    "string",
    "boolean",
    "date",
    "time",
    "dateTime",
    "dayTimeDuration",
    "yearMonthDuration",
    "Any",
    "context",
];
/// Those that Camunda converts.
const CAMUNDA: [&str; 6] = ["string", "boolean", "integer", "long", "double", "date"];

/// Where an unknown type stands first, the id there, and how often it stands in the file.
type Unknown<'e> = (Position, Option<&'e str>, usize);

impl Loader<'_> {
    /// Warns of what is accepted.
    pub(super) fn doubts(&mut self, root: &Element) {
        let items = root.all(Namespace::Dmn, "itemDefinition");
        let own: HashSet<&str> = items.filter_map(|item| attribute(item, "name")).collect();
        let mut unknown: IndexMap<&str, Unknown<'_>> = IndexMap::new();
        let mut open = vec![root];
        while let Some(element) = open.pop() {
            open.extend(element.children.iter().rev());
            if element.namespace != Namespace::Dmn {
                continue;
            }
            if element.name == "decisionTable" {
                self.idle_aggregation(element);
            }
            let names = [type_name(element), attribute(element, "outputTypeRef")];
            for name in names.into_iter().flatten() {
                if !self.knows_type(name, &own) {
                    let first = (element.position, attribute(element, "id"), 0);
                    unknown.entry(name).or_insert(first).2 += 1;
                }
            }
        }
        for (name, (position, id, times)) in unknown.into_iter().take(MOST) {
            let again = match times {
                1 => String::new(),
                n => format!(" (here and in {} more places)", n - 1),
            };
            let message = format!("{}{again}", self.unknown_type(name, &own));
            self.report(Severity::Warning, position, id, message);
        }
    }

    fn knows_type(&self, name: &str, own: &HashSet<&str>) -> bool {
        let short = short_name(name);
        let camunda = self.dialect == Dialect::Camunda;
        own.contains(short)
            || [short, name]
                .into_iter()
                .any(|name| self.scope.type_named(name).is_some())
            || (camunda && !matches!(TypeRef::named(name), TypeRef::Other(_)))
    }

    fn unknown_type(&self, name: &str, own: &HashSet<&str>) -> String {
        let short = short_name(name);
        if self.dialect == Dialect::Standard && CAMUNDA.contains(&short) {
            return format!(
                "{short} is a type of Camunda, and this file follows the standard, as {}: values stay as they are. Write number",
                self.because
            );
        }
        let usual: &[&str] = match self.dialect {
            Dialect::Camunda => &CAMUNDA,
            Dialect::Standard => &STANDARD,
        };
        let mut known: Vec<&str> = own.iter().chain(usual).copied().collect();
        known.sort_unstable();
        let meant = did_you_mean(short, known);
        match meant.is_empty() {
            false => format!("there is no type {short}: values stay as they are{meant}"),
            true => format!(
                "there is no type {short}: values stay as they are. Use {}, or define it in an itemDefinition",
                usual.join(", ")
            ),
        }
    }

    /// An aggregation that only COLLECT looks at.
    fn idle_aggregation(&mut self, table: &Element) {
        let Some(aggregation) = attribute(table, "aggregation").filter(|a| !a.is_empty()) else {
            return;
        };
        let policy = match attribute(table, "hitPolicy") {
            None | Some("") => "UNIQUE",
            Some(policy) => policy,
        };
        if policy != "COLLECT" {
            let message = format!(
                "the aggregation {aggregation} does nothing under hit policy {policy}: only COLLECT aggregates. Make the hit policy COLLECT, or remove the aggregation"
            );
            self.report(
                Severity::Warning,
                table.position,
                attribute(table, "id"),
                message,
            );
        }
    }
}

//! What decisions and functions require of each other: all of it has to be there, and nothing may
//! require itself (DMN 1.5 §6.2.1: the graph has no circles).

use super::{Loader, attribute, dmn};
use crate::dmn::Decision;
use crate::dmn::function::{Knowledge, KnowledgeKind};
use crate::model::xml::{Element, Namespace};
use crate::model::{Position, Severity};
use indexmap::{IndexMap, IndexSet};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Most circles of requirements that are told.
const MAX_CYCLES: usize = 20;

/// The references of an element's requirements of a kind.
pub(super) fn hrefs<'e>(
    element: &'e Element,
    requirement: &'e str,
    required: &'e str,
) -> impl Iterator<Item = &'e str> {
    element
        .all(Namespace::Dmn, requirement)
        .filter_map(move |r| dmn(r, required))
        .filter_map(|r| attribute(r, "href"))
}

impl Loader<'_> {
    /// Refuses what requires a decision that is not there.
    pub(super) fn check_requirements(
        &mut self,
        elements: &[&Element],
        decisions: &IndexMap<String, Arc<Decision>>,
    ) {
        for element in elements {
            self.reading(element);
            for href in hrefs(element, "informationRequirement", "requiredDecision") {
                let (_, required) = self.imports.target(href);
                // That the model is not there is told already.
                if !decisions.contains_key(&required) && !self.imports.is_missing(href) {
                    let message = format!(
                        "it requires the decision '{required}', which is not in this file. Add it, or remove the requirement"
                    );
                    self.refuse(element, message);
                }
            }
        }
    }

    /// Refuses what requires itself by way of others. A function may name itself: it can call itself.
    pub(super) fn check_circles(
        &mut self,
        root: &Element,
        decisions: &IndexMap<String, Arc<Decision>>,
        knowledge: &IndexMap<String, Knowledge>,
    ) {
        let mut graph: IndexMap<&str, Vec<&str>> = IndexMap::new();
        for decision in decisions.values() {
            let required = decision.requires.iter().chain(&decision.knowledge);
            graph.insert(&decision.id, required.map(String::as_str).collect());
        }
        for function in knowledge.values() {
            let other = |id: &&str| *id != function.id;
            let required = function.uses().filter(other).collect();
            graph.entry(&function.id).or_insert(required);
        }
        // What a service is given it does not evaluate: its input decisions lead to no circle.
        let is_cut = |ring: &[&str]| {
            ring.iter().enumerate().any(|(at, id)| {
                let Some(KnowledgeKind::Service(service)) = knowledge.get(*id).map(|k| &k.kind)
                else {
                    return false;
                };
                let behind = ring.iter().cycle().skip(at + 1).take(ring.len() - 1);
                let mut inside = behind.take_while(|id| !knowledge.contains_key(**id));
                inside.any(|id| service.input_decisions.iter().any(|given| given == id))
            })
        };
        for cycle in cycles(&graph, is_cut) {
            let first = cycle.first().copied();
            let mut elements = root.children.iter();
            let at = elements.find(|e| attribute(e, "id") == first);
            let message = format!(
                "it requires itself: {}. Remove one of these requirements",
                cycle.join(" → ")
            );
            let place = at.map_or(Position::default(), |e| e.position);
            self.owner = first.unwrap_or_default().to_owned();
            self.report(Severity::Error, place, first, message);
        }
    }

    /// Warns of functions that are named where they are not required, and so are unknown.
    pub(super) fn check_calls(
        &mut self,
        root: &Element,
        decisions: &IndexMap<String, Arc<Decision>>,
        knowledge: &IndexMap<String, Knowledge>,
    ) {
        let own = knowledge.values().filter(|k| !k.id.contains('#'));
        let functions: HashMap<&str, &str> = own.map(|k| (&*k.name, &*k.id)).collect();
        if functions.is_empty() {
            return;
        }
        let inputs = self.inputs(root);
        let mut others: HashSet<&str> = inputs.iter().map(|input| &*input.name).collect();
        others.extend(
            decisions
                .values()
                .map(|decision| decision.variable.as_str()),
        );
        for element in &root.children {
            let id = attribute(element, "id").unwrap_or_default();
            let (names, required): (Vec<&str>, &[String]) =
                match (decisions.get(id), knowledge.get(id).map(|k| (k, &k.kind))) {
                    (Some(decision), _) => (decision.names(), &decision.knowledge),
                    (None, Some((function, KnowledgeKind::Function(body)))) => {
                        (body.names().collect(), &function.requires)
                    }
                    _ => continue,
                };
            self.reading(element);
            let given = self.given.get(id);
            let is_given = |name: &str| given.is_some_and(|all| all.iter().any(|n| n == name));
            let unknown = names.into_iter().filter(|name| {
                let function = functions.get(name);
                let missing = |of: &str| of != id && required.iter().all(|r| r != of);
                function.is_some_and(|of| missing(of)) && !others.contains(name) && !is_given(name)
            });
            let unknown: IndexSet<&str> = unknown.collect();
            for name in unknown {
                let message = format!(
                    "it names the function {name} and does not require it, so that {name} is unknown there. Add a knowledge requirement"
                );
                self.report(Severity::Warning, element.position, Some(id), message);
            }
        }
    }

    /// The ids of what an element requires, and the imports that some of it is from.
    pub(super) fn required(
        &self,
        element: &Element,
        requirement: &str,
        required: &str,
        under: &mut HashMap<String, String>,
    ) -> Vec<String> {
        let mut ids = Vec::new();
        for href in hrefs(element, requirement, required) {
            let (import, id) = self.imports.target(href);
            if let Some(import) = import {
                under.insert(id.clone(), import.to_owned());
            }
            ids.push(id);
        }
        ids
    }
}

/// Ways from a node back to itself, one for each requirement that closes a circle, without those
/// that are cut somewhere.
fn cycles<'d>(
    graph: &IndexMap<&'d str, Vec<&'d str>>,
    is_cut: impl Fn(&[&str]) -> bool,
) -> Vec<Vec<&'d str>> {
    let (mut found, mut done) = (Vec::new(), HashSet::new());
    for start in graph.keys() {
        if done.contains(start) {
            continue;
        }
        let mut open = vec![(*start, 0)];
        let mut on_the_way = HashSet::from([*start]);
        while let Some((node, next)) = open.last_mut() {
            let required = graph.get(node).and_then(|all| all.get(*next));
            let Some(required) = required else {
                done.insert(*node);
                on_the_way.remove(*node);
                open.pop();
                continue;
            };
            *next += 1;
            if !graph.contains_key(required) {
                continue;
            }
            if on_the_way.contains(required) {
                if found.len() < MAX_CYCLES {
                    let way = open.iter().map(|(id, _)| *id);
                    let mut ring: Vec<&str> = way.skip_while(|id| id != required).collect();
                    if !is_cut(&ring) {
                        ring.push(required);
                        found.push(ring);
                    }
                }
            } else if !done.contains(required) {
                on_the_way.insert(required);
                open.push((required, 0));
            }
        }
    }
    found
}

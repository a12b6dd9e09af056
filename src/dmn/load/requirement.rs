//! What decisions and functions require of each other: all of it has to be there, and nothing may
//! require itself (DMN 1.5 §6.2.1: the graph has no circles).

use super::{Loader, attribute, dmn};
use crate::dmn::function::{Knowledge, KnowledgeKind};
use crate::dmn::{Decision, Dialect};
use crate::feel::Use;
use crate::model::xml::{Element, Namespace};
use crate::model::{Position, Severity};
use indexmap::{IndexMap, IndexSet};
use std::collections::{BTreeSet, HashMap, HashSet};
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
        for cycle in Graph::of(decisions, knowledge).cycles() {
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

    /// Warns of decisions of the file that are named where they are not required: they are not made.
    pub(super) fn check_names(
        &mut self,
        root: &Element,
        decisions: &IndexMap<String, Arc<Decision>>,
        knowledge: &IndexMap<String, Knowledge>,
    ) {
        let own = decisions
            .values()
            .filter(|decision| !decision.id.contains('#'));
        let by_name: HashMap<&str, &str> = own.map(|d| (&*d.variable, &*d.id)).collect();
        let inputs = self.inputs(root);
        let mut others: HashSet<&str> = inputs.iter().map(|input| &*input.name).collect();
        others.extend(knowledge.values().map(|function| &*function.name));
        for element in root.all(Namespace::Dmn, "decision") {
            let id = attribute(element, "id").or_else(|| attribute(element, "name"));
            let Some(decision) = id.and_then(|id| decisions.get(id)) else {
                continue;
            };
            let mut known: HashSet<&str> = decision.under.values().map(String::as_str).collect();
            let imported = decision.imported_inputs.iter();
            known.extend(imported.map(|input| input.import.as_str()));
            known.extend(
                self.given
                    .get(&decision.id)
                    .into_iter()
                    .flatten()
                    .map(String::as_str),
            );
            for required in decision.requires.iter().filter_map(|id| decisions.get(id)) {
                known.insert(&required.variable);
                known.extend(required.outputs());
            }
            if let Some(table) = decision.table() {
                known.extend(table.inputs.iter().map(|input| input.variable.as_str()));
            }
            let surely = |(_, of): &(&str, Use)| *of == Use::Surely;
            let names: IndexSet<&str> = decision
                .uses()
                .into_iter()
                .filter(surely)
                .map(|(name, _)| name)
                .collect();
            let missing = names.into_iter().filter(|name| {
                let other = by_name.get(name).is_some_and(|id| *id != decision.id);
                other && !known.contains(name) && !others.contains(name)
            });
            let mut missing: Vec<String> = missing.map(str::to_owned).collect();
            if !missing.is_empty() && self.dialect == Dialect::Camunda {
                // There what is made on the way is seen too.
                let mut made = IndexSet::from([&*decision.id]);
                let mut next = 0;
                while let Some(made_by) = made.get_index(next).and_then(|id| decisions.get(*id)) {
                    next += 1;
                    made.extend(made_by.requires.iter().map(String::as_str));
                }
                let made = made.iter().filter_map(|id| decisions.get(*id));
                let made: HashSet<&str> = made.map(|made| &*made.variable).collect();
                missing.retain(|name| !made.contains(name.as_str()));
            }
            self.reading(element);
            for name in missing {
                let message = format!(
                    "it names the decision {name} and does not require it, so that {name} is not made for it. Add an information requirement"
                );
                self.report(Severity::Warning, element.position, id, message);
            }
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
            let (names, required): (IndexSet<&str>, &[String]) =
                match (decisions.get(id), knowledge.get(id).map(|k| (k, &k.kind))) {
                    (Some(decision), _) => {
                        (decision.names().into_iter().collect(), &decision.knowledge)
                    }
                    (None, Some((function, KnowledgeKind::Function(body)))) => {
                        (body.names().collect(), &function.requires)
                    }
                    _ => continue,
                };
            self.reading(element);
            let given = self.given.get(id).into_iter().flatten();
            let given: HashSet<&str> = given.map(String::as_str).collect();
            let required: HashSet<&str> = required.iter().map(String::as_str).collect();
            let unknown = names.into_iter().filter(|name| {
                let function = functions.get(name);
                let missing = function.is_some_and(|of| *of != id && !required.contains(of));
                missing && !others.contains(name) && !given.contains(name)
            });
            let unknown: Vec<String> = unknown.map(str::to_owned).collect();
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

/// Most decisions of services that are looked at with what their services are given.
const MAX_INSIDE: usize = 1_000_000;

/// What requires what.
#[derive(Default)]
struct Graph<'d> {
    ids: Vec<&'d str>,
    required: Vec<Vec<usize>>,
}

impl<'d> Graph<'d> {
    /// Of decisions and functions. What a service is given it does not evaluate: its decisions are
    /// there once more, as it evaluates them.
    fn of(
        decisions: &'d IndexMap<String, Arc<Decision>>,
        knowledge: &'d IndexMap<String, Knowledge>,
    ) -> Graph<'d> {
        let mut graph = Graph::default();
        let mut nodes: HashMap<&str, usize> = HashMap::new();
        for id in decisions.keys().chain(knowledge.keys()) {
            nodes.entry(id).or_insert_with(|| graph.add(id));
        }
        let known = |ids: &'d [String]| ids.iter().filter_map(|id| nodes.get(id.as_str()).copied());
        for decision in decisions.values() {
            let required = known(&decision.requires).chain(known(&decision.knowledge));
            graph.required[nodes[&*decision.id]] = required.collect();
        }
        let mut inside = 0;
        for function in knowledge.values() {
            let own = nodes[&*function.id];
            if decisions.contains_key(&function.id) {
                continue;
            }
            match &function.kind {
                KnowledgeKind::Service(service)
                    if !service.input_decisions.is_empty() && inside < MAX_INSIDE =>
                {
                    let given: HashSet<&str> =
                        service.input_decisions.iter().map(String::as_str).collect();
                    let mut seen: IndexMap<&str, usize> = IndexMap::new();
                    let mut open: Vec<(usize, &'d [String])> = vec![(own, &service.outputs)];
                    while let Some((node, required)) = open.pop() {
                        for id in required.iter().filter(|id| !given.contains(id.as_str())) {
                            let Some(decision) = decisions.get(id) else {
                                continue;
                            };
                            let to = match seen.get(id.as_str()) {
                                Some(known) => *known,
                                None => {
                                    inside += 1;
                                    let new = graph.add(id);
                                    graph.required[new] = known(&decision.knowledge).collect();
                                    seen.insert(id, new);
                                    open.push((new, &decision.requires));
                                    new
                                }
                            };
                            graph.required[node].push(to);
                        }
                    }
                }
                _ => {
                    let other = function.uses().filter(|id| *id != function.id);
                    let other = other.filter_map(|id| nodes.get(id).copied());
                    graph.required[own] = other.collect();
                }
            }
        }
        graph
    }

    fn add(&mut self, id: &'d str) -> usize {
        self.ids.push(id);
        self.required.push(Vec::new());
        self.ids.len() - 1
    }

    /// Ways from a node back to itself, one for each requirement that closes a circle.
    fn cycles(&self) -> Vec<Vec<&'d str>> {
        let (mut found, mut done) = (Vec::new(), HashSet::new());
        // Of the decisions of a service there are several.
        let mut told = HashSet::new();
        for start in 0..self.ids.len() {
            if done.contains(&start) {
                continue;
            }
            let mut open = vec![(start, 0)];
            let mut on_the_way = HashSet::from([start]);
            while let Some((node, next)) = open.last_mut() {
                let Some(required) = self.required[*node].get(*next).copied() else {
                    done.insert(*node);
                    on_the_way.remove(node);
                    open.pop();
                    continue;
                };
                *next += 1;
                if on_the_way.contains(&required) {
                    if found.len() < MAX_CYCLES {
                        let way = open.iter().map(|(node, _)| *node);
                        let ring = way.skip_while(|node| *node != required).chain([required]);
                        let ring: Vec<&str> = ring.map(|node| self.ids[node]).collect();
                        if told.insert(ring.iter().copied().collect::<BTreeSet<_>>()) {
                            found.push(ring);
                        }
                    }
                } else if !done.contains(&required) {
                    on_the_way.insert(required);
                    open.push((required, 0));
                }
            }
        }
        found
    }
}

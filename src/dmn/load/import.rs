//! Models that import others (DMN 1.5 §6.3.3): the decisions, functions and types of an
//! imported model become part of the importing one, under ids that say where they are from.

use super::{Loader, MAX_PROBLEMS, attribute};
use crate::dmn::function::{Knowledge, KnowledgeKind};
use crate::dmn::imported::{ImportedInput, Models};
use crate::dmn::{BoxedTable, Decision, Definitions};
use crate::feel::{Param, Type};
use crate::model::xml::{self, Element, Namespace};
use crate::model::{Problem, Severity};
use indexmap::IndexMap;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Most decisions and functions of a model with all that it imports.
const MAX_PARTS: usize = 100_000;

/// Finds the model that an import means by its namespace.
pub type Resolve<'a> = dyn Fn(&str) -> Option<Definitions> + 'a;

/// What a model says of itself before it is compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its namespace.
    pub namespace: String,
    /// Its id.
    pub id: String,
    /// What people read.
    pub name: String,
    /// The models that it imports.
    pub imports: Vec<Import>,
}

/// A model that another one imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The namespace by which it is found.
    pub namespace: String,
    /// Where its file is said to be; empty when nothing is said.
    pub location: String,
}

impl Header {
    /// The header of a DMN file; `None` when it is none.
    pub fn read(bytes: &[u8]) -> Option<Header> {
        let root = xml::parse(bytes).ok()?;
        root.is(Namespace::Dmn, "definitions").then(|| Header {
            namespace: attribute(&root, "namespace").unwrap_or_default().to_owned(),
            id: attribute(&root, "id").unwrap_or_default().to_owned(),
            name: attribute(&root, "name").unwrap_or_default().to_owned(),
            imports: imports(&root)
                .map(|import| Import {
                    namespace: namespace(import).to_owned(),
                    location: location(import).to_owned(),
                })
                .collect(),
        })
    }

    /// Whether an import of this namespace means the model. Some tools write the model's id
    /// at the end of it.
    pub fn is(&self, namespace: &str) -> bool {
        let named = |own: &str, whole: bool| {
            !own.is_empty() && (own == namespace || (!whole && namespace.ends_with(own)))
        };
        named(&self.namespace, true) || named(&self.id, false)
    }
}

/// The imports of a model that are of DMN models.
pub(super) fn imports(root: &Element) -> impl Iterator<Item = &Element> {
    root.all(Namespace::Dmn, "import").filter(|import| {
        attribute(import, "importType").is_none_or(|of| of.contains("/DMN/") || of.is_empty())
    })
}

fn namespace(import: &Element) -> &str {
    attribute(import, "namespace").unwrap_or_default()
}

fn location(import: &Element) -> &str {
    attribute(import, "locationURI").unwrap_or_default()
}

/// The id of something in another model.
fn qualified(namespace: &str, id: &str) -> String {
    if id.contains('#') {
        id.to_owned()
    } else {
        format!("{namespace}#{id}")
    }
}

/// The first of some files that are deployed, with those that it may import: what an older version
/// accepted is there still, and what is wrong with it by now is an error of its evaluation.
pub fn parse_deployed(files: &[(&str, &[u8])]) -> Option<Definitions> {
    let first = parse_all(files, &|_| None).into_iter().next();
    first.and_then(|(definitions, _)| definitions)
}

/// Parses files that may import each other, and models known to `deployed`. One result a
/// file, in order, with the problems of each.
pub fn parse_all(
    files: &[(&str, &[u8])],
    deployed: &Resolve<'_>,
) -> Vec<(Option<Definitions>, Vec<Problem>)> {
    let headers: Vec<Option<Header>> = files.iter().map(|(_, b)| Header::read(b)).collect();
    let named = |namespace: &str, by: usize| {
        let is = |ix: &usize| *ix != by && headers[*ix].as_ref().is_some_and(|h| h.is(namespace));
        (0..files.len()).find(is)
    };
    let mut done: Vec<Option<(Option<Definitions>, Vec<Problem>)>> = vec![None; files.len()];
    for first in 0..files.len() {
        // What a file imports comes before it; a file met again on the way imports itself.
        let mut open = vec![(first, 0)];
        while let Some((file, next)) = open.last().copied() {
            if done[file].is_some() {
                open.pop();
                continue;
            }
            let imports = headers[file].as_ref().map_or(&[][..], |h| &h.imports);
            if let Some(import) = imports.get(next) {
                if let Some(last) = open.last_mut() {
                    last.1 += 1;
                }
                let imported = named(&import.namespace, file).filter(|ix| done[*ix].is_none());
                if let Some(imported) = imported
                    && open.iter().all(|(ix, _)| *ix != imported)
                {
                    open.push((imported, 0));
                }
                continue;
            }
            let resolve = |namespace: &str| match named(namespace, file) {
                Some(ix) => done[ix].as_ref().and_then(|(found, _)| found.clone()),
                None => deployed(namespace),
            };
            let (name, bytes) = files[file];
            done[file] = Some(Definitions::parse_importing(name, bytes, &resolve));
            open.pop();
        }
    }
    done.into_iter().map(Option::unwrap_or_default).collect()
}

/// A model's imports by namespace.
#[derive(Default)]
pub(super) struct Imports {
    by_namespace: IndexMap<String, (String, Definitions)>,
    /// The namespaces of those that are not there.
    missing: Vec<String>,
}

impl Imports {
    /// The name of the import and the id that a reference means; the name is `None` for
    /// what is in the file itself.
    pub fn target(&self, href: &str) -> (Option<&str>, String) {
        match href.rsplit_once('#') {
            Some((namespace, id)) => match self.by_namespace.get(namespace) {
                Some((name, _)) => (Some(name), qualified(namespace, id)),
                None => (None, id.to_owned()),
            },
            None => (None, href.to_owned()),
        }
    }

    /// Whether a reference goes to a model that is imported and not there.
    pub fn is_missing(&self, href: &str) -> bool {
        let namespace = href.rsplit_once('#').map(|(namespace, _)| namespace);
        namespace.is_some_and(|of| self.missing.iter().any(|missing| missing == of))
    }

    /// The variable of an input of another model.
    pub fn input(&self, href: &str) -> Option<ImportedInput> {
        let (namespace, id) = href.rsplit_once('#')?;
        let (import, definitions) = self.by_namespace.get(namespace)?;
        Some(ImportedInput {
            import: import.clone(),
            namespace: namespace.to_owned(),
            name: definitions.input_ids.get(id)?.clone(),
        })
    }

    /// The models by the names under which they are imported into one with these inputs.
    pub fn models(&self, own: &[Param]) -> Models {
        let imported = self.by_namespace.iter();
        let imported = imported.map(|(of, (name, model))| (name.as_str(), of.as_str(), model));
        Models::new(own, imported)
    }

    /// The type of an input of another model.
    pub fn input_type(&self, input: &ImportedInput) -> Option<Type> {
        let (_, definitions) = self.by_namespace.get(&input.namespace)?;
        let mut inputs = definitions.inputs.iter();
        let found = inputs.find(|own| own.name == input.name)?;
        Some(found.of.clone())
    }

    /// The tables inside of what is imported; one that is imported on many ways counts once.
    pub fn boxed(&self) -> Vec<BoxedTable> {
        let all = self.by_namespace.iter();
        let tables = all.flat_map(|(namespace, (_, definitions))| {
            let tables = definitions.boxed.iter().chain(&*definitions.imported_boxed);
            tables.map(move |boxed| (namespace, boxed))
        });
        let mut seen = HashSet::new();
        let tables = tables.filter(|(_, boxed)| seen.insert(Arc::as_ptr(&boxed.function)));
        let tables = tables.map(|(namespace, boxed)| BoxedTable {
            owner: qualified(namespace, &boxed.owner),
            ..boxed.clone()
        });
        tables.collect()
    }

    /// Everything that is imported.
    pub fn parts(&self) -> (Vec<Arc<Decision>>, Vec<Knowledge>) {
        let (mut decisions, mut knowledge) = (Vec::new(), Vec::new());
        for (namespace, (_, definitions)) in &self.by_namespace {
            for decision in definitions.decisions.values() {
                decisions.push(if decision.id.contains('#') {
                    decision.clone()
                } else {
                    Arc::new(moved_decision(decision, namespace))
                });
            }
            let functions = definitions.knowledge.values();
            knowledge.extend(functions.map(|k| moved_knowledge(k, namespace)));
        }
        (decisions, knowledge)
    }
}

impl Imports {
    /// Adds what is wrong with the parts of the imported models, by the ids that these have here.
    /// A model that is imported on many ways counts once.
    pub fn faults(&self, all: &mut HashMap<String, Vec<Problem>>) {
        for (namespace, (_, definitions)) in &self.by_namespace {
            for (id, faults) in definitions.faults.iter() {
                if id.is_empty() {
                    let whole = all.entry(String::new()).or_default();
                    for fault in faults {
                        if whole.len() < MAX_PROBLEMS && !whole.contains(fault) {
                            whole.push(fault.clone());
                        }
                    }
                    continue;
                }
                let of = all.entry(qualified(namespace, id));
                of.or_insert_with(|| faults.clone());
            }
        }
    }
}

fn moved_ids(ids: &[String], namespace: &str) -> Vec<String> {
    ids.iter().map(|id| qualified(namespace, id)).collect()
}

fn moved_decision(decision: &Decision, namespace: &str) -> Decision {
    let under = decision.under.iter();
    Decision {
        id: qualified(namespace, &decision.id),
        requires: moved_ids(&decision.requires, namespace),
        knowledge: moved_ids(&decision.knowledge, namespace),
        under: under
            .map(|(id, name)| (qualified(namespace, id), name.clone()))
            .collect(),
        ..decision.clone()
    }
}

fn moved_knowledge(knowledge: &Knowledge, namespace: &str) -> Knowledge {
    if knowledge.id.contains('#') {
        return knowledge.clone();
    }
    let mut moved = knowledge.clone();
    moved.id = qualified(namespace, &knowledge.id);
    moved.requires = moved_ids(&knowledge.requires, namespace);
    let under = knowledge.under.iter();
    moved.under = under
        .map(|(id, name)| (qualified(namespace, id), name.clone()))
        .collect();
    if let KnowledgeKind::Service(service) = &mut moved.kind {
        service.input_decisions = moved_ids(&service.input_decisions, namespace);
        service.outputs = moved_ids(&service.outputs, namespace);
        for input in &mut service.inputs {
            input.get_or_insert_with(|| namespace.to_owned());
        }
    }
    moved
}

impl Loader<'_> {
    /// Finds the models that are imported, and makes their types and names known.
    pub(super) fn import(&mut self, root: &Element, resolve: &Resolve<'_>) {
        let mut parts = 0;
        for import in imports(root) {
            let (name, namespace) = (
                attribute(import, "name").unwrap_or_default(),
                namespace(import),
            );
            let Some(found) = resolve(namespace) else {
                let said = match location(import) {
                    "" => String::new(),
                    location => format!(" (said to be in {location:.100})"),
                };
                let message = format!(
                    "the imported model '{namespace}'{said} is not there. Deploy its file with this one or before it. On the command line name it along (`decision evaluate` and `show` take it by --import), or put it beside this one, where its locationURI says. Models may not import each other in a circle"
                );
                self.report(Severity::Error, import.position, Some(name), message);
                self.imports.missing.push(namespace.to_owned());
                continue;
            };
            parts += found.decisions.len() + found.knowledge.len();
            if parts > MAX_PARTS {
                let message = format!("with its imports the model has more than {MAX_PARTS} parts");
                self.report(Severity::Error, import.position, Some(name), message);
                return;
            }
            self.scope.name(name);
            for (own, of) in found.types.iter() {
                self.scope.define(&format!("{name}.{own}"), of.clone());
            }
            for decision in found.decisions.values() {
                self.scope.name(&decision.variable);
            }
            for knowledge in found.knowledge.values() {
                self.scope.name(&knowledge.name);
            }
            for input in found.inputs.iter() {
                self.scope.name(&input.name);
            }
            self.imports
                .by_namespace
                .insert(namespace.to_owned(), (name.to_owned(), found));
        }
    }
}

//! The inputs of imported models. Each has a qualified name, `import.input` (DMN 1.5 §6.3.3), by which
//! it is given, apart from inputs of the same name elsewhere.

use super::{Decision, Definitions, Dialect};
use crate::feel::{Param, Type, Value};
use indexmap::IndexMap;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// The name of an import with the namespace of what it imports.
pub(crate) type Import = (String, String);

/// A model that is imported, directly or by way of others.
#[derive(Debug)]
pub(crate) struct ImportedModel {
    /// What it imports itself.
    pub imports: Vec<Import>,
    /// Its own inputs.
    pub inputs: Arc<[Param]>,
}

/// An input of an imported model, as something that requires it sees it.
#[derive(Debug, Clone)]
pub(crate) struct ImportedInput {
    /// The name of the import.
    pub import: String,
    /// The namespace of the model.
    pub namespace: String,
    /// Its own name.
    pub name: Arc<str>,
}

/// The models that a model imports.
#[derive(Debug, Default)]
pub(crate) struct Models {
    imports: Vec<Import>,
    /// Those imported on the way too, by namespace.
    all: IndexMap<String, Arc<ImportedModel>>,
    /// By which import each was first reached, and from which model; `None` is the file itself.
    reached: HashMap<String, (Option<String>, String)>,
    /// The namespaces of the inputs whose names no other input has: these need not be qualified.
    plain: HashMap<Arc<str>, String>,
}

/// Values of the inputs of imported models, by namespace.
#[derive(Debug, Clone, Default)]
pub(super) struct InputValues(HashMap<String, HashMap<Arc<str>, Value>>);

impl InputValues {
    pub fn get(&self, namespace: &str, name: &str) -> Option<&Value> {
        self.0.get(namespace)?.get(name)
    }

    pub fn set(&mut self, namespace: &str, name: Arc<str>, value: Value) {
        let model = self.0.entry(namespace.to_owned()).or_default();
        model.insert(name, value);
    }
}

impl Models {
    /// Those that a model with these inputs imports.
    pub fn new<'d>(
        own: &[Param],
        imported: impl Iterator<Item = (&'d str, &'d str, &'d Definitions)>,
    ) -> Models {
        let mut models = Models::default();
        for (name, namespace, definitions) in imported {
            let inside = definitions.models.all.iter();
            let inside = inside.map(|(namespace, model)| (namespace.clone(), model.clone()));
            models.all.extend(inside);
            let model = ImportedModel {
                imports: definitions.models.imports.clone(),
                inputs: definitions.inputs.clone(),
            };
            models.all.insert(namespace.to_owned(), Arc::new(model));
            models.imports.push((name.to_owned(), namespace.to_owned()));
        }
        models.reach();
        let mut count: HashMap<&str, usize> = HashMap::new();
        let inputs = models.all.values().flat_map(|model| model.inputs.iter());
        for input in inputs.chain(own) {
            *count.entry(&input.name).or_default() += 1;
        }
        let mut plain = HashMap::new();
        for (namespace, model) in &models.all {
            let alone = model.inputs.iter().filter(|input| count[&*input.name] == 1);
            plain.extend(alone.map(|input| (input.name.clone(), namespace.clone())));
        }
        models.plain = plain;
        models
    }

    /// Finds the shortest way to each model.
    fn reach(&mut self) {
        let mut open: Vec<(Option<String>, Import)> =
            self.imports.iter().map(|i| (None, i.clone())).collect();
        let mut next = 0;
        while let Some((from, (name, namespace))) = open.get(next).cloned() {
            next += 1;
            if self.reached.contains_key(&namespace) {
                continue;
            }
            self.reached.insert(namespace.clone(), (from, name));
            let imports = self.all.get(&namespace).map(|model| &model.imports);
            let here = Some(namespace);
            open.extend(
                imports
                    .into_iter()
                    .flatten()
                    .map(|i| (here.clone(), i.clone())),
            );
        }
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The names of the file's own imports.
    pub fn imports(&self) -> impl Iterator<Item = &str> {
        self.imports.iter().map(|(name, _)| name.as_str())
    }

    pub fn input(&self, namespace: &str, name: &str) -> Option<&Param> {
        let mut inputs = self.all.get(namespace)?.inputs.iter();
        inputs.find(|input| *input.name == *name)
    }

    /// The qualified name of an input.
    pub fn qualified(&self, namespace: &str, name: &str) -> String {
        let mut names = vec![name];
        let mut at = self.reached.get(namespace);
        while let Some((from, import)) = at {
            names.push(import);
            at = from.as_ref().and_then(|from| self.reached.get(from));
        }
        names.reverse();
        names.join(".")
    }

    /// The inputs that a value is given for under a name: the qualified one of an input; that of
    /// an import, where the value has inputs as members; or a plain one that only one input has.
    pub fn given(&self, name: &str, value: &Value) -> Vec<(&str, &Param, Value)> {
        if self.is_empty() {
            return Vec::new();
        }
        if let Some(namespace) = self.plain.get(name)
            && let Some(input) = self.input(namespace, name)
        {
            return vec![(namespace, input, value.clone())];
        }
        let mut found = Vec::new();
        let mut open = vec![(None::<&str>, Cow::Borrowed(name), value.clone())];
        while let Some((model, name, value)) = open.pop() {
            let imports = match model.map(|namespace| (namespace, self.all.get(namespace))) {
                None => &self.imports,
                Some((_, None)) => continue,
                Some((namespace, Some(model))) => {
                    if let Some(input) = self.input(namespace, &name) {
                        found.push((namespace, input, value));
                        continue;
                    }
                    &model.imports
                }
            };
            for (import, namespace) in imports {
                let rest = name.strip_prefix(import.as_str());
                match (rest, &value) {
                    (Some(""), Value::Context(members)) => {
                        let members = members.entries().iter();
                        open.extend(members.map(|(name, value)| {
                            let name = Cow::Owned(name.to_string());
                            (Some(namespace.as_str()), name, value.clone())
                        }));
                    }
                    (Some(rest), _) if rest.starts_with('.') => {
                        let name = Cow::Owned(rest[1..].to_owned());
                        open.push((Some(namespace), name, value.clone()));
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// The type of what is given under a name.
    pub fn type_of(&self, name: &str) -> Option<Type> {
        let known = |of: &Type| Some(of.clone()).filter(|of| *of != Type::Any);
        if let [(_, input, _)] = self.given(name, &Value::Null).as_slice() {
            return known(&input.of);
        }
        let (_, namespace) = self.imports.iter().find(|(import, _)| import == name)?;
        let inputs = self.all.get(namespace)?.inputs.iter();
        let members = inputs.map(|input| (input.name.clone(), input.of.clone()));
        Some(Type::Context(members.collect()))
    }
}

/// The namespace of the imported model that something is from.
pub(super) fn namespace_of(id: &str) -> Option<&str> {
    id.rsplit_once('#').map(|(namespace, _)| namespace)
}

impl Definitions {
    /// Whether inputs of imported models have values of their own. To Camunda, which has no imports,
    /// all are variables of the process.
    pub(super) fn keeps_inputs_apart(&self) -> bool {
        self.dialect == Dialect::Standard && !self.models.is_empty()
    }

    /// The inputs of imported models that a decision needs, by namespace and name.
    pub(super) fn imported_inputs<'d>(&'d self, decision: &'d Decision) -> Vec<(&'d str, &'d str)> {
        if !self.keeps_inputs_apart() {
            return Vec::new();
        }
        let required = decision.imported_inputs.iter();
        let required = required.map(|input| (input.namespace.as_str(), &*input.name));
        let own = namespace_of(&decision.id).map(|namespace| {
            let names = decision.names().into_iter();
            names.filter_map(move |name| {
                let input = self.models.input(namespace, name)?;
                Some((namespace, &*input.name))
            })
        });
        required.chain(own.into_iter().flatten()).collect()
    }

    /// The qualified names of these.
    pub(super) fn imported_names(&self, decision: &Decision) -> Vec<String> {
        let inputs = self.imported_inputs(decision).into_iter();
        let qualified = inputs.map(|(of, name)| self.models.qualified(of, name));
        qualified.collect()
    }

    /// What a value under a name is given for, as decisions ask for it.
    pub fn given_by(&self, name: &str, value: &Value) -> Vec<String> {
        let mut names = vec![name.to_owned()];
        if self.keeps_inputs_apart() {
            let inputs = self.models.given(name, value).into_iter();
            names.extend(inputs.map(|(of, input, _)| self.models.qualified(of, &input.name)));
        }
        names
    }
}

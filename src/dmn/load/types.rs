//! Item definitions: types of the file's own, with the values that they allow.

use super::{Loader, attribute, dmn, owned, text};
use crate::dmn::Dialect;
use crate::feel::{Restriction, Signature, Type, UnaryTests};
use crate::model::xml::{Element, Namespace};
use std::collections::HashMap;
use std::sync::Arc;

/// Most types that may refer to each other in a row.
const MAX_REFERENCES: u32 = 32;

/// The item definitions of a file by name, and the types made of them so far.
struct Items<'e> {
    elements: HashMap<&'e str, &'e Element>,
    made: HashMap<&'e str, Option<Type>>,
}

impl Loader<'_> {
    /// Makes the types of the file known.
    pub(super) fn types(&mut self, root: &Element) -> HashMap<String, Type> {
        let mut types = HashMap::new();
        let named = root
            .all(Namespace::Dmn, "itemDefinition")
            .filter_map(|i| Some((attribute(i, "name")?, i)));
        let mut items = Items {
            elements: named.collect(),
            made: HashMap::new(),
        };
        let names: Vec<&str> = items.elements.keys().copied().collect();
        for name in names {
            if let Some(of) = self.item_named(name, &mut items, MAX_REFERENCES) {
                self.scope.define(name, of.clone());
                types.insert(name.to_owned(), of);
            }
        }
        types
    }

    /// A type by name; one that refers to itself, or too far, is none.
    fn item_named<'e>(&mut self, name: &'e str, items: &mut Items<'e>, left: u32) -> Option<Type> {
        let Some(element) = items.elements.get(name).copied() else {
            return self.scope.type_named(name);
        };
        if let Some(made) = items.made.get(name) {
            return made.clone();
        }
        items.made.insert(name, None);
        let of = self.item(element, items, left.checked_sub(1)?);
        items.made.insert(name, of.clone());
        of
    }

    /// As deep as elements nest.
    fn item<'e>(&mut self, item: &'e Element, items: &mut Items<'e>, left: u32) -> Option<Type> {
        let components: Vec<_> = item.all(Namespace::Dmn, "itemComponent").collect();
        let of = if let Some(function) = dmn(item, "functionItem") {
            let mut params = Vec::new();
            for param in function.all(Namespace::Dmn, "parameters") {
                let of = attribute(param, "typeRef").and_then(|t| self.item_named(t, items, left));
                params.push(of.unwrap_or(Type::Any));
            }
            let result = attribute(function, "outputTypeRef")
                .and_then(|t| self.item_named(t, items, left))
                .unwrap_or(Type::Any);
            Type::Function(Some(Arc::new(Signature { params, result })))
        } else if !components.is_empty() {
            let mut members = Vec::new();
            for component in components {
                let name = owned(attribute(component, "name"))?;
                self.scope.name(&name);
                let of = self.item(component, items, left).unwrap_or(Type::Any);
                members.push((Arc::from(name), of));
            }
            Type::Context(members.into())
        } else {
            let reference = dmn(item, "typeRef").map(|t| t.text.trim())?;
            self.item_named(reference, items, left)?
        };
        let of = self.restricted(item, "allowedValues", of)?;
        let many = attribute(item, "isCollection") == Some("true");
        let of = if many { Type::List(Arc::new(of)) } else { of };
        self.restricted(item, "typeConstraint", of)
    }

    /// A type with what its item definition asks of its values: of each item of a collection
    /// by `allowedValues`, of the whole by `typeConstraint`. Camunda asks nothing.
    fn restricted(&mut self, item: &Element, by: &str, of: Type) -> Option<Type> {
        let tests = dmn(item, by)
            .and_then(text)
            .filter(|tests| !matches!(tests.text.trim(), "" | "-"));
        let Some(tests) = tests.filter(|_| self.dialect == Dialect::Standard) else {
            return Some(of);
        };
        match UnaryTests::parse(&tests.text, &self.scope) {
            Ok(parsed) => Some(Type::Restricted(Arc::new(Restriction {
                name: attribute(item, "name").unwrap_or_default().into(),
                of,
                tests: parsed,
            }))),
            Err(error) => self.refuse_feel(item, tests, &error),
        }
    }
}

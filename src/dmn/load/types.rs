//! Item definitions: types of the file's own.

use super::{Loader, attribute, dmn, owned};
use crate::feel::Type;
use crate::model::xml::{Element, Namespace};
use std::sync::Arc;

/// Most types that one type may refer to, one after another.
const MAX_REFERENCES: u32 = 16;

impl Loader<'_> {
    /// Makes the types of the file known.
    pub(super) fn types(&mut self, root: &Element) {
        for item in root.all(Namespace::Dmn, "itemDefinition") {
            if let (Some(name), Some(of)) = (
                attribute(item, "name"),
                self.item(item, root, MAX_REFERENCES),
            ) {
                self.scope.define(name, of);
            }
        }
    }

    fn item(&mut self, item: &Element, root: &Element, left: u32) -> Option<Type> {
        let left = left.checked_sub(1)?;
        let components: Vec<_> = item.all(Namespace::Dmn, "itemComponent").collect();
        let reference = dmn(item, "typeRef").map(|t| t.text.trim().to_owned());
        let of = if let Some(function) = dmn(item, "functionItem") {
            let params = function.all(Namespace::Dmn, "parameters").map(|p| {
                attribute(p, "typeRef")
                    .and_then(|t| self.reference(t, root, left))
                    .unwrap_or(Type::Any)
            });
            Type::Function(Some(params.collect()))
        } else if !components.is_empty() {
            let mut members = Vec::new();
            for component in components {
                let name = owned(attribute(component, "name"))?;
                self.scope.name(&name);
                let of = self.item(component, root, left).unwrap_or(Type::Any);
                members.push((Arc::from(name), of));
            }
            Type::Context(members.into())
        } else {
            self.reference(&reference?, root, left)?
        };
        let many = attribute(item, "isCollection") == Some("true");
        Some(if many { Type::List(Arc::new(of)) } else { of })
    }

    fn reference(&mut self, name: &str, root: &Element, left: u32) -> Option<Type> {
        let own = root
            .all(Namespace::Dmn, "itemDefinition")
            .find(|i| attribute(i, "name") == Some(name));
        match own {
            Some(item) => self.item(item, root, left),
            None => Type::named(name),
        }
    }
}

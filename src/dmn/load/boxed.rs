//! Boxed expressions, business knowledge models and decision services as the file has them.

use super::{Language, Loader, attribute, dmn, expression_in, owned, text};
use crate::dmn::BoxedTable;
use crate::dmn::function::{Knowledge, KnowledgeKind, Service, TableFunction};
use crate::feel::{self, Boxed, External, Function, Param, Type, Value};
use crate::model::xml::{Element, Namespace};
use crate::model::{Position, Severity};
use std::collections::HashMap;
use std::sync::Arc;

impl Loader<'_> {
    /// Compiles boxes, with a problem where that fails.
    pub(super) fn compile(
        &mut self,
        boxed: &Boxed,
        name: Option<&str>,
        at: &Element,
    ) -> Option<feel::Expression> {
        match feel::Expression::boxed(boxed, name, &self.scope) {
            Ok(expression) => Some(expression),
            Err(error) => {
                // A text of several lines begins at its place, its other lines at their begin.
                let (mut line, mut column) = error.place;
                match error.error.line {
                    1 => column += error.error.column.saturating_sub(1),
                    more => (line, column) = (line + more - 1, error.error.column),
                }
                let message = format!(
                    "`{}` is not valid FEEL: {}",
                    error.text, error.error.message
                );
                self.report(
                    Severity::Error,
                    Position { line, column },
                    attribute(at, "id"),
                    message,
                );
                None
            }
        }
    }

    /// An expression element as boxes.
    pub(super) fn boxed(&mut self, element: &Element) -> Option<Boxed> {
        let boxed = self.boxed_untyped(element)?;
        let of = self.type_of(element);
        Some(match of {
            Some(of) if !matches!(of, Type::Any) => Boxed::Typed(Box::new(boxed), of),
            _ => boxed,
        })
    }

    fn boxed_untyped(&mut self, element: &Element) -> Option<Boxed> {
        match element.name.as_str() {
            "literalExpression" => self.boxed_text(element),
            "context" => {
                let mut entries = Some(Vec::new());
                for entry in element.all(Namespace::Dmn, "contextEntry") {
                    let variable = dmn(entry, "variable");
                    let name = owned(variable.and_then(|v| attribute(v, "name")));
                    if let Some(name) = &name {
                        self.give(name);
                    }
                    let Some(mut value) = self.boxed_child(entry) else {
                        entries = None;
                        continue;
                    };
                    let of = variable.and_then(|v| self.type_of(v));
                    if let Some(of) = of.filter(|_| !matches!(value, Boxed::Function { .. })) {
                        value = Boxed::Typed(Box::new(value), of);
                    }
                    if let Some(entries) = &mut entries {
                        entries.push((name, value));
                    }
                }
                entries.map(Boxed::Context)
            }
            "list" => {
                let items = element.children.iter().filter(|c| is_expression(c));
                let items: Vec<_> = items.map(|item| self.boxed(item)).collect();
                items.into_iter().collect::<Option<_>>().map(Boxed::List)
            }
            "relation" => self.relation(element),
            "functionDefinition" => self.function(element),
            "invocation" => {
                let function = self.boxed_child(element);
                let mut bindings = Vec::new();
                for binding in element.all(Namespace::Dmn, "binding") {
                    let name = dmn(binding, "parameter")
                        .and_then(|p| attribute(p, "name"))
                        .unwrap_or_default();
                    let value = match expression_in(binding) {
                        Some(value) => self.boxed(value),
                        None => Some(Boxed::Value(Value::Null)),
                    };
                    bindings.push(value.map(|value| (name.to_owned(), value)));
                }
                Some(Boxed::Invocation {
                    function: Box::new(function?),
                    bindings: bindings.into_iter().collect::<Option<_>>()?,
                })
            }
            "conditional" => {
                let [condition, then, other] =
                    ["if", "then", "else"].map(|part| self.boxed_part(element, part));
                Some(Boxed::Conditional(Box::new([condition?, then?, other?])))
            }
            "for" | "some" | "every" => {
                let variable = attribute(element, "iteratorVariable")
                    .unwrap_or_default()
                    .to_owned();
                self.give(&variable);
                let over = self.boxed_part(element, "in");
                let inner = self.boxed_part(
                    element,
                    if element.name == "for" {
                        "return"
                    } else {
                        "satisfies"
                    },
                );
                let parts = Box::new([over?, inner?]);
                Some(match element.name.as_str() {
                    "for" => Boxed::For { variable, parts },
                    kind => Boxed::Quantified {
                        some: kind == "some",
                        variable,
                        parts,
                    },
                })
            }
            "filter" => {
                let over = self.boxed_part(element, "in");
                self.filters += 1;
                let test = self.boxed_part(element, "match");
                self.filters -= 1;
                Some(Boxed::Filter(Box::new([over?, test?])))
            }
            "decisionTable" => {
                let table = Arc::new(self.table(element)?);
                let owner = &self.owner;
                let function = TableFunction::new(owner, table.clone(), self.dialect);
                let function = Arc::new(function);
                self.boxed.push(BoxedTable {
                    owner: self.owner.clone(),
                    table,
                    function: function.clone(),
                    given: (self.filters == 0)
                        .then(|| self.given.get(&self.owner).map_or(0, Vec::len)),
                });
                Some(Boxed::Host(function))
            }
            other => {
                self.refuse(
                    element,
                    format!("<{other}> is no expression of DMN. Remove it"),
                );
                None
            }
        }
    }

    /// A name that what is read from here on may use.
    fn give(&mut self, name: &str) {
        self.scope.name(name);
        self.note_given(name);
    }

    fn note_given(&mut self, name: &str) {
        let of_owner = self.given.entry(self.owner.clone()).or_default();
        of_owner.push(name.to_owned());
    }

    fn boxed_text(&mut self, element: &Element) -> Option<Boxed> {
        if self.language(element, Language::Feel)? != Language::Feel {
            self.refuse(
                element,
                "only FEEL may stand inside boxed expressions. Write it in FEEL",
            );
            return None;
        }
        let Some(text) = text(element).filter(|t| !t.text.trim().is_empty()) else {
            return Some(Boxed::Value(Value::Null));
        };
        // Compiled with what is around it later; that would tell the first fault alone.
        if let Err(error) = feel::Expression::parse(&text.text, &self.scope) {
            return self.refuse_feel(element, text, &error);
        }
        let place = text.place_in_text(0);
        let place = (place.line, place.column);
        Some(Boxed::Text {
            text: text.text.clone(),
            place,
        })
    }

    /// The expression in an element that must have one.
    fn boxed_child(&mut self, element: &Element) -> Option<Boxed> {
        match expression_in(element) {
            Some(inner) => self.boxed(inner),
            None => {
                self.refuse(
                    element,
                    format!("<{}> has no expression in it. Add one", element.name),
                );
                None
            }
        }
    }

    fn boxed_part(&mut self, element: &Element, part: &str) -> Option<Boxed> {
        match dmn(element, part) {
            Some(part) => self.boxed_child(part),
            None => {
                self.refuse(
                    element,
                    format!("<{}> has no <{part}>. Add it", element.name),
                );
                None
            }
        }
    }

    fn relation(&mut self, element: &Element) -> Option<Boxed> {
        let columns: Vec<String> = element
            .all(Namespace::Dmn, "column")
            .map(|c| attribute(c, "name").unwrap_or_default().to_owned())
            .collect();
        for column in &columns {
            self.scope.name(column);
        }
        let mut rows = Vec::new();
        for row in element.all(Namespace::Dmn, "row") {
            let cells: Vec<_> = row.children.iter().filter(|c| is_expression(c)).collect();
            let mut entries = Vec::new();
            for (name, cell) in columns.iter().zip(cells) {
                entries.push(self.boxed(cell).map(|cell| (Some(name.clone()), cell)));
            }
            // A row is not a scope: its cells do not see each other, which only matters for
            // columns that are named like what a cell refers to.
            rows.push(
                entries
                    .into_iter()
                    .collect::<Option<_>>()
                    .map(Boxed::Context),
            );
        }
        rows.into_iter().collect::<Option<_>>().map(Boxed::List)
    }

    fn function(&mut self, element: &Element) -> Option<Boxed> {
        match attribute(element, "kind") {
            Some("Java") => return self.java(element),
            Some("PMML") => {
                let message = "functions in PMML are not available. Write the function in FEEL";
                self.refuse(element, message);
                return None;
            }
            _ => {}
        }
        // The parameters are names in the body alone.
        let (params, new) = self.params(element);
        let body = self.boxed_child(element);
        new.iter().for_each(|name| self.scope.forget(name));
        Some(Boxed::Function {
            params,
            body: Box::new(body?),
        })
    }

    /// A function of Java: `class` and `method signature` as a boxed context of texts.
    fn java(&mut self, element: &Element) -> Option<Boxed> {
        let (params, new) = self.params(element);
        new.iter().for_each(|name| self.scope.forget(name));
        let part = |name: &str| {
            let mut entries = dmn(element, "context")?.all(Namespace::Dmn, "contextEntry");
            let named =
                |e: &&Element| dmn(e, "variable").and_then(|v| attribute(v, "name")) == Some(name);
            let entry = entries.find(named)?;
            let literal = text(dmn(entry, "literalExpression")?)?.text.trim();
            Some(literal.trim_matches('"').to_owned())
        };
        let (Some(class), Some(signature)) = (part("class"), part("method signature")) else {
            let message = "a Java function has a context of `class` and `method signature`";
            self.refuse(element, message);
            return None;
        };
        match External::java(&class, &signature, params) {
            Ok(function) => Some(Boxed::Value(Value::Function(Arc::new(Function::Host(
                Arc::new(function),
            ))))),
            Err(message) => {
                self.refuse(element, message);
                None
            }
        }
    }

    /// The parameters, and those of their names that were not known before.
    fn params(&mut self, element: &Element) -> (Vec<Param>, Vec<String>) {
        let (mut params, mut new) = (Vec::new(), Vec::new());
        for param in element.all(Namespace::Dmn, "formalParameter") {
            let name = attribute(param, "name").unwrap_or_default();
            self.note_given(name);
            if !self.scope.knows(name) {
                self.scope.name(name);
                new.push(name.to_owned());
            }
            let of = self.type_of(param);
            params.push(Param {
                name: name.into(),
                of: of.unwrap_or(Type::Any),
            });
        }
        (params, new)
    }

    /// A business knowledge model.
    pub(super) fn knowledge(&mut self, element: &Element) -> Option<Knowledge> {
        let id = attribute(element, "id").unwrap_or_default().to_owned();
        let variable = dmn(element, "variable");
        let name = owned(variable.and_then(|v| attribute(v, "name")))
            .or_else(|| owned(attribute(element, "name")))
            .unwrap_or_else(|| id.clone());
        let Some(logic) = dmn(element, "encapsulatedLogic") else {
            self.refuse(
                element,
                "the business knowledge model has no function. Add one",
            );
            return None;
        };
        let tables = self.boxed.len();
        let function = self.function(logic)?;
        let is_table = expression_in(logic).is_some_and(|e| e.name == "decisionTable");
        let table = self.boxed.get(tables).filter(|_| is_table);
        let table = table.map(|boxed| boxed.table.clone());
        let function = match (function, variable.and_then(|v| self.type_of(v))) {
            // Up to DMN 1.2 the type of the variable is that of the result.
            (Boxed::Function { params, body }, of) => match of {
                Some(of) if !matches!(of, Type::Function(_)) => Boxed::Function {
                    params,
                    body: Box::new(Boxed::Typed(body, of)),
                },
                _ => Boxed::Function { params, body },
            },
            (function, _) => function,
        };
        let params = match &function {
            Boxed::Function { params, .. } => params.clone(),
            Boxed::Value(Value::Function(external)) => {
                external.params().unwrap_or_default().to_vec()
            }
            _ => Vec::new(),
        };
        let function = self.compile(&function, Some(&name), element)?;
        let mut under = HashMap::new();
        let requires = self.required(
            element,
            "knowledgeRequirement",
            "requiredKnowledge",
            &mut under,
        );
        Some(Knowledge {
            id,
            name,
            params,
            requires,
            under,
            kind: KnowledgeKind::Function(function),
            table,
        })
    }

    /// A decision service.
    pub(super) fn service(
        &mut self,
        element: &Element,
        by_id: &HashMap<&str, &Element>,
    ) -> Option<Knowledge> {
        let id = attribute(element, "id").unwrap_or_default().to_owned();
        let name = owned(attribute(element, "name")).unwrap_or_else(|| id.clone());
        let hrefs = |part: &str| -> Vec<String> {
            let parts = element.all(Namespace::Dmn, part);
            parts
                .filter_map(|p| attribute(p, "href"))
                .map(|href| self.imports.target(href).1)
                .collect()
        };
        let unknown = |id: &str| Param {
            name: id.into(),
            of: Type::Any,
        };
        let variable = |id: &str| {
            let found = by_id.get(id)?;
            let variable = dmn(found, "variable");
            let name = variable
                .and_then(|v| attribute(v, "name"))
                .or_else(|| attribute(found, "name"))?;
            let of = variable.and_then(|v| self.type_of(v));
            Some(Param {
                name: name.into(),
                of: of.unwrap_or(Type::Any),
            })
        };
        let inputs = element.all(Namespace::Dmn, "inputData");
        let inputs = inputs.filter_map(|p| attribute(p, "href"));
        let (inputs, mut params): (Vec<Option<String>>, Vec<Param>) = inputs
            .map(|href| match self.imports.input(href) {
                Some(input) => {
                    let param = Param {
                        of: self.imports.input_type(&input).unwrap_or(Type::Any),
                        name: input.name,
                    };
                    (Some(input.namespace), param)
                }
                None => {
                    let id = self.imports.target(href).1;
                    (None, variable(&id).unwrap_or_else(|| unknown(&id)))
                }
            })
            .unzip();
        let input_decisions = hrefs("inputDecision");
        let decisions = input_decisions.iter();
        params.extend(decisions.map(|id| variable(id).unwrap_or_else(|| unknown(id))));
        let result = match dmn(element, "variable").and_then(|v| self.type_of(v)) {
            Some(Type::Function(Some(signature))) => signature.result.clone(),
            Some(Type::Function(None)) | None => Type::Any,
            Some(of) => of,
        };
        let service = Service {
            result,
            inputs,
            input_decisions,
            outputs: hrefs("outputDecision"),
        };
        Some(Knowledge {
            id,
            name,
            params,
            requires: Vec::new(),
            under: HashMap::new(),
            kind: KnowledgeKind::Service(service),
            table: None,
        })
    }
}

/// Whether an element is an expression.
pub(super) fn is_expression(element: &Element) -> bool {
    element.namespace == Namespace::Dmn
        && matches!(
            element.name.as_str(),
            "decisionTable"
                | "literalExpression"
                | "context"
                | "invocation"
                | "list"
                | "relation"
                | "functionDefinition"
                | "conditional"
                | "for"
                | "every"
                | "some"
                | "filter"
        )
}

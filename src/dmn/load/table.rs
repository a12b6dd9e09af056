//! Decision tables as the file has them.

use super::{Language, Loader, MAX_CELLS, attribute, camunda, dmn, owned, text};
use crate::dmn::Dialect;
use crate::dmn::index::Index;
use crate::dmn::script::Script;
use crate::dmn::table::{Aggregation, HitPolicy, Input, Output, Rule, Table};
use crate::feel;
use crate::model::Severity;
use crate::model::xml::{Element, Namespace};

impl Loader<'_> {
    pub(super) fn table(&mut self, element: &Element) -> Option<Table> {
        let hit_policy = match attribute(element, "hitPolicy") {
            None | Some("") => HitPolicy::Unique,
            Some(name) => HitPolicy::named(name).or_else(|| {
                self.refuse(element, format!("there is no hit policy '{name}'. Use UNIQUE, FIRST, PRIORITY, ANY, COLLECT, RULE ORDER or OUTPUT ORDER"));
                None
            })?,
        };
        let aggregation = match attribute(element, "aggregation") {
            None | Some("") => None,
            Some(name) => Some(Aggregation::named(name).or_else(|| {
                self.refuse(
                    element,
                    format!("there is no aggregation '{name}'. Use SUM, COUNT, MIN or MAX"),
                );
                None
            })?),
        };
        let language = self.language(element, Language::Feel)?;
        let inputs: Vec<_> = element
            .all(Namespace::Dmn, "input")
            .map(|i| self.input(i, language))
            .collect();
        let outputs: Vec<_> = element
            .all(Namespace::Dmn, "output")
            .map(|o| self.output(o, language))
            .collect();
        if outputs.is_empty() {
            self.refuse(element, "the decision table has no output. Add a column");
        }
        if aggregation.is_some() && outputs.len() > 1 {
            self.refuse(
                element,
                "an aggregation needs exactly one output. Remove the others, or the aggregation",
            );
        }
        let mut rules = Vec::new();
        for rule in element.all(Namespace::Dmn, "rule") {
            self.cells += inputs.len() + outputs.len();
            if self.cells > MAX_CELLS {
                self.refuse(
                    rule,
                    format!("the file has more than {MAX_CELLS} cells. Split it"),
                );
                return None;
            }
            rules.extend(self.rule(rule, inputs.len(), outputs.len(), language));
        }
        Some(Table {
            hit_policy,
            aggregation,
            index: Index::of(inputs.len(), &rules),
            inputs: inputs.into_iter().collect::<Option<_>>()?,
            outputs: outputs.into_iter().collect::<Option<_>>()?,
            rules,
        })
    }

    fn input(&mut self, element: &Element, language: Language) -> Option<Input> {
        let expression = dmn(element, "inputExpression");
        let script = match expression {
            Some(expression) => {
                let own = self.language(expression, language)?;
                self.script(expression, own)?
            }
            None => None,
        };
        let script = match script {
            Some(script) => script,
            None => {
                // Camunda lets such a column pass; its value is null.
                let severity = match self.dialect {
                    Dialect::Camunda => Severity::Warning,
                    Dialect::Standard => Severity::Error,
                };
                let message =
                    "the input has no expression. Write the variable or expression that it tests";
                self.report(
                    severity,
                    element.position,
                    attribute(element, "id"),
                    message,
                );
                Script::Feel(feel::Expression::parse("null", &self.scope).ok()?)
            }
        };
        let variable =
            owned(camunda(element, "inputVariable")).unwrap_or_else(|| "cellInput".to_owned());
        Some(Input {
            id: attribute(element, "id").unwrap_or_default().to_owned(),
            label: owned(attribute(element, "label")),
            variable,
            expression: script,
            type_ref: expression.and_then(|e| self.type_ref(e)),
            declared: expression.and_then(|e| self.declared(e)),
            allowed: match dmn(element, "inputValues") {
                // Camunda shows these values but does not hold inputs to them.
                Some(values) if self.dialect == Dialect::Standard => {
                    self.test(values, Language::Feel)?
                }
                _ => None,
            },
        })
    }

    fn output(&mut self, element: &Element, language: Language) -> Option<Output> {
        let values = match dmn(element, "outputValues")
            .and_then(text)
            .filter(|t| !t.text.trim().is_empty())
        {
            None => None,
            Some(values) => {
                match feel::Expression::parse(&format!("[{}]", values.text), &self.scope) {
                    Ok(expression) => Some(Script::Feel(expression)),
                    Err(error) => return self.refuse_feel(element, values, &error),
                }
            }
        };
        let default = match dmn(element, "defaultOutputEntry") {
            Some(entry) => {
                let own = self.language(entry, language)?;
                self.script(entry, own)?
            }
            None => None,
        };
        Some(Output {
            id: attribute(element, "id").unwrap_or_default().to_owned(),
            name: attribute(element, "name").unwrap_or_default().to_owned(),
            label: owned(attribute(element, "label")),
            type_ref: self.type_ref(element),
            values,
            default,
        })
    }

    fn rule(
        &mut self,
        element: &Element,
        inputs: usize,
        outputs: usize,
        language: Language,
    ) -> Option<Rule> {
        let entries: Vec<&Element> = element.all(Namespace::Dmn, "inputEntry").collect();
        let conclusions: Vec<&Element> = element.all(Namespace::Dmn, "outputEntry").collect();
        if entries.len() != inputs || conclusions.len() != outputs {
            let message = format!(
                "the rule has {} input and {} output entries, but the table {inputs} and {outputs} columns",
                entries.len(),
                conclusions.len()
            );
            self.refuse(element, message);
            return None;
        }
        let texts = |cells: &[&Element]| {
            cells
                .iter()
                .map(|c| {
                    text(c)
                        .map(|t| t.text.trim().to_owned())
                        .unwrap_or_default()
                })
                .collect()
        };
        let mut tests = Vec::new();
        for (column, entry) in entries.iter().enumerate() {
            let own = self.language(entry, language)?;
            if let Some(test) = self.test(entry, own)? {
                tests.push((column, test));
            }
        }
        let mut scripts = Vec::new();
        for entry in &conclusions {
            let own = self.language(entry, language)?;
            scripts.push(self.script(entry, own)?);
        }
        let description = dmn(element, "description")
            .map(|d| d.text.trim().to_owned())
            .filter(|d| !d.is_empty());
        Some(Rule {
            id: attribute(element, "id").unwrap_or_default().to_owned(),
            description,
            input_texts: texts(&entries),
            output_texts: texts(&conclusions),
            tests,
            outputs: scripts,
        })
    }
}

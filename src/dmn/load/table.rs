//! Decision tables as the file has them.

use super::{Language, Loader, MAX_CELLS, attribute, camunda, dmn, owned, text, type_name};
use crate::dmn::Dialect;
use crate::dmn::index::Index;
use crate::dmn::script::{Script, Test};
use crate::dmn::table::{Aggregation, HitPolicy, Input, Output, Rule, Table, Written};
use crate::feel;
use crate::model::xml::{Element, Namespace};
use crate::model::{Position, Severity};
use std::collections::HashSet;

impl Loader<'_> {
    pub(super) fn table(&mut self, element: &Element) -> Option<Table> {
        let hit_policy = match attribute(element, "hitPolicy") {
            None | Some("") => Some(HitPolicy::Unique),
            Some(name) => HitPolicy::named(name).or_else(|| {
                self.refuse(element, format!("there is no hit policy '{name}'. Use UNIQUE, FIRST, PRIORITY, ANY, COLLECT, RULE ORDER or OUTPUT ORDER"));
                None
            }),
        };
        let aggregation = match attribute(element, "aggregation") {
            None | Some("") => Some(None),
            Some(name) => Aggregation::named(name).map(Some).or_else(|| {
                self.refuse(
                    element,
                    format!("there is no aggregation '{name}'. Use SUM, COUNT, MIN or MAX"),
                );
                None
            }),
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
        if let Some(policy) = hit_policy {
            let listed = outputs.iter().flatten().any(|o| o.written.values.is_some());
            self.by_values(element, policy, listed);
        }
        if outputs.is_empty() {
            self.refuse(element, "the decision table has no output. Add a column");
        }
        if aggregation != Some(None) && outputs.len() > 1 {
            self.refuse(
                element,
                "an aggregation needs exactly one output. Remove the others, or the aggregation",
            );
        }
        self.outputs_apart(element);
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
            rules.push(self.rule(rule, inputs.len(), outputs.len(), language));
        }
        let rules: Vec<Rule> = rules.into_iter().collect::<Option<_>>()?;
        Some(Table {
            position: element.position,
            dialect: self.dialect,
            hit_policy: hit_policy?,
            aggregation: aggregation?,
            index: Index::of(inputs.len(), &rules),
            inputs: inputs.into_iter().collect::<Option<_>>()?,
            outputs: outputs.into_iter().collect::<Option<_>>()?,
            rules,
        })
    }

    /// Policies that go by the values of the outputs (DMN 1.5 §8.2.10): Camunda 7 knows none of
    /// them, and without values they have no order.
    fn by_values(&mut self, element: &Element, policy: HitPolicy, listed: bool) {
        let instead = match policy {
            HitPolicy::Priority => "FIRST, which goes by the order of the rules",
            HitPolicy::OutputOrder => "RULE ORDER",
            _ => return,
        };
        let message = match self.dialect {
            Dialect::Camunda => format!(
                "Camunda 7 refuses the hit policy {policy}, and this file follows it, as {}. Use {instead}",
                self.because
            ),
            Dialect::Standard if !listed => format!(
                "the hit policy {policy} goes by the values of the outputs, and no output has any. List them in an output, the most important first, or use {instead}"
            ),
            Dialect::Standard => return,
        };
        self.refuse_anew(element, message);
    }

    fn input(&mut self, element: &Element, language: Language) -> Option<Input> {
        let expression = dmn(element, "inputExpression");
        let script = match expression {
            Some(expression) => self.script_in(expression, language),
            None => Some(None),
        };
        let allowed = match dmn(element, "inputValues") {
            // Camunda shows these values but does not hold inputs to them.
            Some(values) if self.dialect == Dialect::Standard => self.test(values, Language::Feel),
            _ => Some(None),
        };
        let script = match script? {
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
            allowed: allowed?,
            written: written(element, expression, "inputValues"),
        })
    }

    /// Of several outputs each value is told by the name of its own (DMN 1.5 §8.2.11, Camunda's
    /// `compoundOutputsShouldHaveAnOutputName`).
    fn outputs_apart(&mut self, element: &Element) {
        let outputs: Vec<&Element> = element.all(Namespace::Dmn, "output").collect();
        let mut names = HashSet::new();
        for output in outputs.iter().filter(|_| outputs.len() > 1) {
            match attribute(output, "name").unwrap_or_default().trim() {
                "" => self.refuse(output, "this output has no name. Give each of several one"),
                name if !names.insert(name) => {
                    let message = format!("another output is named '{name}', too. Rename one");
                    self.refuse(output, message);
                }
                _ => {}
            }
        }
    }

    fn output(&mut self, element: &Element, language: Language) -> Option<Output> {
        let values = dmn(element, "outputValues");
        let standard = self.dialect == Dialect::Standard;
        let allowed = match values {
            Some(values) => self.test(values, Language::Feel),
            None => Some(None),
        };
        // Their order is that of priorities; what is no list of values has none.
        let text = values
            .and_then(text)
            .filter(|t| !matches!(t.text.trim(), "" | "-"));
        let ordered = text.and_then(|text| {
            let list = format!("[{}]", text.text);
            let list = feel::Expression::parse(&list, &self.scope).ok()?;
            Some(Script::Feel(list))
        });
        // Camunda knows none.
        let default = match dmn(element, "defaultOutputEntry").filter(|_| standard) {
            Some(entry) => self.script_in(entry, language),
            None => Some(None),
        };
        Some(Output {
            id: attribute(element, "id").unwrap_or_default().to_owned(),
            name: attribute(element, "name").unwrap_or_default().to_owned(),
            label: owned(attribute(element, "label")),
            type_ref: self.type_ref(element),
            declared: self.declared(element).filter(|_| standard),
            values: ordered,
            allowed: allowed?.filter(|_| standard),
            default: default?,
            written: written(element, Some(element), "outputValues"),
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
        let fits = entries.len() == inputs && conclusions.len() == outputs;
        if !fits {
            let message = format!(
                "the rule has {} input and {} output entries, but the table {inputs} and {outputs} columns",
                entries.len(),
                conclusions.len()
            );
            self.refuse(element, message);
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
        // All of them, so that every fault is told.
        let mut tests = Vec::new();
        for entry in &entries {
            let own = self.language(entry, language);
            tests.push(own.and_then(|own| self.test(entry, own)));
        }
        let scripts: Vec<_> = conclusions
            .iter()
            .map(|entry| self.script_in(entry, language))
            .collect();
        let tests: Vec<Option<Test>> = tests.into_iter().collect::<Option<_>>()?;
        let tests = tests.into_iter().enumerate();
        let tests = tests
            .filter_map(|(column, test)| Some((column, test?)))
            .collect();
        let outputs = scripts.into_iter().collect::<Option<_>>()?;
        let description = dmn(element, "description")
            .map(|d| d.text.trim().to_owned())
            .filter(|d| !d.is_empty());
        fits.then_some(Rule {
            position: element.position,
            id: attribute(element, "id").unwrap_or_default().to_owned(),
            description,
            input_texts: texts(&entries),
            output_texts: texts(&conclusions),
            places: entries
                .iter()
                .chain(&conclusions)
                .map(|entry| text(entry).map_or(entry.position, beginning))
                .collect(),
            tests,
            outputs,
        })
    }
}

/// What a column says, as it stands there: its type in `typed`, its values in an element of the
/// name `values`.
fn written(column: &Element, typed: Option<&Element>, values: &str) -> Written {
    let text_of = |element: &Element| {
        let text = text(element).map(|t| t.text.trim().to_owned());
        text.filter(|text| !text.is_empty())
    };
    Written {
        position: column.position,
        type_name: typed.and_then(type_name).map(short_name).map(str::to_owned),
        values: dmn(column, values).and_then(text_of),
        default: dmn(column, "defaultOutputEntry").and_then(text_of),
    }
}

/// Where the text of an element begins, without the blanks before it.
fn beginning(text: &Element) -> Position {
    let blanks = text.text.len() - text.text.trim_start().len();
    text.place_in_text(blanks)
}

/// The name of a type without its prefix.
pub(super) fn short_name(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

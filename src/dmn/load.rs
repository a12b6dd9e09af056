//! From a DMN file to compiled decisions, with every problem in it.

use super::script::{Script, Test, juel_template};
use super::table::{Aggregation, HitPolicy, Input, Output, Rule, Table};
use super::type_ref::TypeRef;
use super::{Decision, Definitions, Logic};
use crate::feel::{self, ParseScope};
use crate::model::xml::{self, Element, Namespace};
use crate::model::{Position, Problem, Severity};
use indexmap::IndexMap;

/// Most cells of a file.
const MAX_CELLS: usize = 1_000_000;

impl Definitions {
    /// Reads and compiles a DMN file. `Err` holds every problem when one of them is an error.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Definitions, Vec<Problem>> {
        let mut loader = Loader {
            file,
            problems: Vec::new(),
            scope: ParseScope::new(),
            camunda: false,
            cells: 0,
        };
        let root = match xml::parse(bytes) {
            Ok(root) => root,
            Err(error) => {
                loader.report(Severity::Error, error.position, None, error.message);
                return Err(loader.problems);
            }
        };
        let definitions = loader.definitions(&root);
        let refused = loader
            .problems
            .iter()
            .any(|p| p.severity == Severity::Error);
        match definitions {
            Some(definitions) if !refused => Ok(Definitions {
                warnings: loader.problems,
                ..definitions
            }),
            _ => Err(loader.problems),
        }
    }
}

struct Loader<'a> {
    file: &'a str,
    problems: Vec<Problem>,
    /// The names that expressions may use.
    scope: ParseScope,
    /// Whether the file is Camunda's: a table's types are then Camunda's too.
    camunda: bool,
    cells: usize,
}

/// The languages of an expression.
#[derive(Clone, Copy, PartialEq)]
enum Language {
    Feel,
    Juel,
}

fn dmn<'e>(element: &'e Element, name: &str) -> Option<&'e Element> {
    element.first(Namespace::Dmn, name)
}

fn attribute<'e>(element: &'e Element, name: &str) -> Option<&'e str> {
    element.attribute(name).map(|a| a.value.as_str())
}

fn camunda<'e>(element: &'e Element, name: &str) -> Option<&'e str> {
    element
        .attribute_in(Namespace::Camunda, name)
        .map(|a| a.value.as_str())
}

/// The text of an expression element.
fn text(element: &Element) -> Option<&Element> {
    dmn(element, "text")
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned).filter(|s| !s.is_empty())
}

/// The id that a reference within the file means.
fn local(href: &str) -> &str {
    href.rsplit('#').next().unwrap_or(href)
}

impl Loader<'_> {
    fn report(
        &mut self,
        severity: Severity,
        position: Position,
        element: Option<&str>,
        message: impl Into<String>,
    ) {
        self.problems.push(Problem {
            severity,
            file: self.file.to_owned(),
            position,
            element: element.map(str::to_owned),
            message: message.into(),
        });
    }

    fn refuse(&mut self, at: &Element, message: impl Into<String>) {
        self.report(Severity::Error, at.position, attribute(at, "id"), message);
    }

    fn definitions(&mut self, root: &Element) -> Option<Definitions> {
        if !root.is(Namespace::Dmn, "definitions") {
            self.refuse(
                root,
                "this is no DMN file: its root is not <definitions> of DMN 1.1 to 1.5",
            );
            return None;
        }
        self.camunda = uses_camunda(root);
        let elements: Vec<&Element> = root.all(Namespace::Dmn, "decision").collect();
        self.declare(root);
        let mut decisions = IndexMap::new();
        for element in &elements {
            if let Some(decision) = self.decision(element) {
                if decisions.contains_key(&decision.id) {
                    self.refuse(
                        element,
                        format!(
                            "there are two decisions with id '{}'. Give one another id",
                            decision.id
                        ),
                    );
                }
                decisions.insert(decision.id.clone(), decision);
            }
        }
        if decisions.is_empty() && elements.is_empty() {
            self.refuse(root, "the file has no decision in it. Add one");
        }
        self.check_requirements(&elements, &decisions);
        let id = attribute(root, "id").unwrap_or_default().to_owned();
        Some(Definitions {
            name: owned(attribute(root, "name")).unwrap_or_else(|| id.clone()),
            id,
            decisions,
            warnings: Vec::new(),
        })
    }

    /// Makes the names of the file known, so that those of several words are read as names.
    fn declare(&mut self, root: &Element) {
        for element in &root.children {
            let named = matches!(
                element.name.as_str(),
                "decision" | "inputData" | "businessKnowledgeModel"
            );
            if named && element.namespace == Namespace::Dmn {
                let variable = dmn(element, "variable").and_then(|v| attribute(v, "name"));
                for name in [attribute(element, "name"), variable].into_iter().flatten() {
                    self.scope.name(name);
                }
            }
            if let Some(table) = dmn(element, "decisionTable") {
                for input in table.all(Namespace::Dmn, "input") {
                    if let Some(name) = camunda(input, "inputVariable") {
                        self.scope.name(name);
                    }
                }
                for output in table.all(Namespace::Dmn, "output") {
                    if let Some(name) = attribute(output, "name") {
                        self.scope.name(name);
                    }
                }
            }
        }
    }

    fn check_requirements(
        &mut self,
        elements: &[&Element],
        decisions: &IndexMap<String, Decision>,
    ) {
        for element in elements {
            let Some(decision) = attribute(element, "id").and_then(|id| decisions.get(id)) else {
                continue;
            };
            for required in &decision.requires {
                if !decisions.contains_key(required) {
                    let message = format!(
                        "it requires the decision '{required}', which is not in this file. Add it, or remove the requirement"
                    );
                    self.refuse(element, message);
                }
            }
            if let Some(cycle) = cycle(decisions, decision) {
                self.refuse(
                    element,
                    format!("it requires itself: {cycle}. Remove one of these requirements"),
                );
                return;
            }
        }
    }

    fn decision(&mut self, element: &Element) -> Option<Decision> {
        let Some(id) = owned(attribute(element, "id")) else {
            self.refuse(element, "the decision has no id. Give it one");
            return None;
        };
        let name = owned(attribute(element, "name")).unwrap_or_else(|| id.clone());
        let variable = dmn(element, "variable");
        let logic = self.logic(element)?;
        let requires = element
            .all(Namespace::Dmn, "informationRequirement")
            .filter_map(|r| dmn(r, "requiredDecision"))
            .filter_map(|r| attribute(r, "href"))
            .map(|href| local(href).to_owned())
            .collect();
        Some(Decision {
            version_tag: owned(camunda(element, "versionTag")),
            history_time_to_live: owned(camunda(element, "historyTimeToLive")),
            variable: owned(variable.and_then(|v| attribute(v, "name")))
                .unwrap_or_else(|| name.clone()),
            type_ref: match &logic {
                Logic::Expression(_) => variable.and_then(|v| self.type_ref(v)),
                Logic::Table(_) => None,
            },
            requires,
            logic,
            id,
            name,
        })
    }

    fn logic(&mut self, element: &Element) -> Option<Logic> {
        let known = |c: &&Element| {
            c.namespace == Namespace::Dmn
                && matches!(
                    c.name.as_str(),
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
        };
        let Some(logic) = element.children.iter().find(known) else {
            self.refuse(
                element,
                "the decision has no logic. Add a decision table or a literal expression",
            );
            return None;
        };
        match logic.name.as_str() {
            "decisionTable" => self.table(logic).map(Logic::Table),
            "literalExpression" => {
                let language = self.language(logic, Language::Feel)?;
                self.script(logic, language)?
                    .map(Logic::Expression)
                    .or_else(|| {
                        self.refuse(logic, "the literal expression is empty. Write one");
                        None
                    })
            }
            other => {
                let message = format!(
                    "<{other}> is not supported yet. Use a decision table or a literal expression"
                );
                self.refuse(logic, message);
                None
            }
        }
    }

    fn language(&mut self, element: &Element, default: Language) -> Option<Language> {
        let name = match element.attribute("expressionLanguage") {
            Some(a) if !a.value.trim().is_empty() => a.value.trim(),
            _ => return Some(default),
        };
        let lower = name.to_ascii_lowercase();
        if lower == "feel"
            || lower == "feel-scala-unary-tests"
            || (lower.contains("omg.org") && lower.contains("feel"))
        {
            return Some(Language::Feel);
        }
        if lower == "juel" {
            return Some(Language::Juel);
        }
        self.refuse(
            element,
            format!("the expression language '{name}' is not available. Use FEEL or JUEL"),
        );
        None
    }

    /// The expression in an element; `Some(None)` when it is empty.
    fn script(&mut self, element: &Element, language: Language) -> Option<Option<Script>> {
        let Some(text) = text(element).filter(|t| !t.text.trim().is_empty()) else {
            return Some(None);
        };
        let script = match language {
            Language::Feel => match feel::Expression::parse(&text.text, &self.scope) {
                Ok(expression) => Script::Feel(expression),
                Err(error) => return self.refuse_feel(element, text, &error),
            },
            Language::Juel => match juel_template(&text.text) {
                Ok(template) => Script::Juel(template),
                Err(error) => {
                    self.refuse(element, error.to_string());
                    return None;
                }
            },
        };
        Some(Some(script))
    }

    /// The test in an element; `Some(None)` when everything passes.
    fn test(&mut self, element: &Element, language: Language) -> Option<Option<Test>> {
        let Some(text) = text(element).filter(|t| !matches!(t.text.trim(), "" | "-")) else {
            return Some(None);
        };
        let test = match language {
            Language::Feel => match feel::UnaryTests::parse(&text.text, &self.scope) {
                Ok(tests) => Test::Feel(tests),
                Err(error) => return self.refuse_feel(element, text, &error),
            },
            Language::Juel => match juel_template(&text.text) {
                Ok(template) => Test::Juel(template),
                Err(error) => {
                    self.refuse(element, error.to_string());
                    return None;
                }
            },
        };
        Some(Some(test))
    }

    fn refuse_feel<T>(
        &mut self,
        element: &Element,
        text: &Element,
        error: &feel::SyntaxError,
    ) -> Option<T> {
        let short: String = text
            .text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .take(80)
            .collect();
        let message = format!(
            "`{short}` is not valid FEEL: {} (line {}, column {} of the expression)",
            error.message, error.line, error.column
        );
        self.report(
            Severity::Error,
            text.position,
            attribute(element, "id"),
            message,
        );
        None
    }

    /// The declared type, by attribute or (DMN 1.1) as an element.
    fn type_ref(&self, element: &Element) -> Option<TypeRef> {
        if !self.camunda {
            return None;
        }
        let name = attribute(element, "typeRef")
            .or_else(|| dmn(element, "typeRef").map(|t| t.text.trim()))?;
        if name.is_empty() {
            None
        } else {
            Some(TypeRef::named(name))
        }
    }

    fn table(&mut self, element: &Element) -> Option<Table> {
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
            inputs: inputs.into_iter().collect::<Option<_>>()?,
            outputs: outputs.into_iter().collect::<Option<_>>()?,
            rules,
        })
    }

    fn input(&mut self, element: &Element, language: Language) -> Option<Input> {
        let Some(expression) = dmn(element, "inputExpression") else {
            self.refuse(
                element,
                "the input has no expression. Write the variable or expression that it tests",
            );
            return None;
        };
        let own = self.language(expression, language)?;
        let script = self.script(expression, own)?;
        let variable =
            owned(camunda(element, "inputVariable")).unwrap_or_else(|| "cellInput".to_owned());
        let Some(script) = script else {
            self.refuse(
                element,
                "the input has no expression. Write the variable or expression that it tests",
            );
            return None;
        };
        Some(Input {
            id: attribute(element, "id").unwrap_or_default().to_owned(),
            label: owned(attribute(element, "label")),
            variable,
            expression: script,
            type_ref: self.type_ref(expression),
            allowed: match dmn(element, "inputValues") {
                // Camunda shows these values but does not hold inputs to them.
                Some(values) if !self.camunda => self.test(values, Language::Feel)?,
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

/// Whether a decision of the file, its table or a column has an attribute of Camunda.
fn uses_camunda(root: &Element) -> bool {
    let mut open = vec![root];
    while let Some(element) = open.pop() {
        if element
            .attributes
            .iter()
            .any(|a| a.namespace == Namespace::Camunda)
        {
            return true;
        }
        open.extend(&element.children);
    }
    false
}

/// The way from a decision back to itself.
fn cycle(decisions: &IndexMap<String, Decision>, start: &Decision) -> Option<String> {
    let mut open = vec![(start, 0)];
    let mut seen = std::collections::HashSet::new();
    while let Some((decision, next)) = open.last_mut() {
        let Some(required) = decision.requires.get(*next) else {
            open.pop();
            continue;
        };
        *next += 1;
        if *required == start.id {
            let mut names: Vec<&str> = open.iter().map(|(d, _)| d.id.as_str()).collect();
            names.push(&start.id);
            return Some(names.join(" → "));
        }
        if let Some(required) = decisions
            .get(required)
            .filter(|r| seen.insert(r.id.as_str()))
        {
            open.push((required, 0));
        }
    }
    None
}

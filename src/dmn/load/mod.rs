//! From a DMN file to compiled decisions, with every problem in it.

mod boxed;
mod dialect;
mod doubt;
mod import;
mod misspelt;
mod requirement;
mod table;
mod types;

use super::script::{Script, Test, juel_template};
use super::type_ref::TypeRef;
use super::{BoxedTable, Decision, Definitions, Dialect, Logic};
use crate::feel::{self, Param, ParseScope, Type};
use crate::juel;
use crate::model::xml::{self, Element, Namespace};
use crate::model::{Position, Problem, Severity};
use crate::value::time::days_to_live;
use import::Imports;
pub use import::{Header, Import, Resolve, parse_all, parse_deployed};
use indexmap::IndexMap;
use requirement::hrefs;
use std::collections::HashMap;
use std::sync::Arc;

/// Most errors, and most warnings, that are told of a file.
const MAX_PROBLEMS: usize = 100;
/// Most cells of a file.
const MAX_CELLS: usize = 1_000_000;
/// What the entry of a context that has no name is called: it is the result.
const RESULT: &str = "result";

impl Definitions {
    /// Reads and compiles a DMN file. `Err` holds every problem when one of them is an error.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Definitions, Vec<Problem>> {
        let (definitions, problems) = Self::parse_leniently(file, bytes);
        let refused = problems.iter().any(|p| p.severity == Severity::Error);
        match definitions {
            Some(definitions) if !refused => Ok(Definitions {
                warnings: problems,
                ..definitions
            }),
            _ => Err(problems),
        }
    }

    /// The same for tools that look at files with errors: a decision that does not compile
    /// gives null. `None` when nothing of the file can be read.
    pub fn parse_leniently(file: &str, bytes: &[u8]) -> (Option<Definitions>, Vec<Problem>) {
        Self::parse_importing(file, bytes, &|_| None)
    }

    /// The same with the models that it imports.
    pub fn parse_importing(
        file: &str,
        bytes: &[u8],
        resolve: &Resolve<'_>,
    ) -> (Option<Definitions>, Vec<Problem>) {
        let mut loader = Loader {
            file,
            problems: Vec::new(),
            scope: ParseScope::new(),
            dialect: Dialect::Standard,
            because: "",
            cells: 0,
            imports: Imports::default(),
            owner: String::new(),
            given: HashMap::new(),
            filters: 0,
            boxed: Vec::new(),
            faults: HashMap::new(),
            untold: [None; 2],
        };
        let definitions = match xml::parse(bytes) {
            Ok(root) => {
                (loader.dialect, loader.because) = dialect::of(bytes, &root);
                loader.definitions(&root, resolve)
            }
            Err(error) => {
                loader.report(Severity::Error, error.position, None, error.message);
                None
            }
        };
        (definitions, loader.told())
    }
}

struct Loader<'a> {
    file: &'a str,
    problems: Vec<Problem>,
    /// The names that expressions may use.
    scope: ParseScope,
    dialect: Dialect,
    /// Why it is that one.
    because: &'static str,
    cells: usize,
    imports: Imports,
    /// The id of the decision or function that is being read; empty for the file as a whole.
    owner: String,
    /// The names that boxes give, by their owner.
    given: HashMap<String, Vec<String>>,
    /// In how many filters what is read now is.
    filters: usize,
    boxed: Vec<BoxedTable>,
    /// What is wrong with each of them; of those that have many, the first.
    faults: HashMap<String, Vec<Problem>>,
    /// How many warnings and errors there were too many to tell, and the place of the first.
    untold: [Option<(usize, Position)>; 2],
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

impl Loader<'_> {
    fn report(
        &mut self,
        severity: Severity,
        position: Position,
        element: Option<&str>,
        message: impl Into<String>,
    ) {
        let problem = Problem {
            severity,
            file: self.file.to_owned(),
            position,
            element: element.map(str::to_owned),
            message: message.into(),
        };
        if severity == Severity::Error {
            let own = self.faults.entry(self.owner.clone()).or_default();
            if own.is_empty() || self.problems.len() < MAX_PROBLEMS {
                own.push(problem.clone());
            }
        }
        self.tell(problem);
    }

    /// Takes a problem among those that are told.
    fn tell(&mut self, problem: Problem) {
        let (severity, position) = (problem.severity, problem.position);
        let alike = self.problems.iter().filter(|p| p.severity == severity);
        match alike.count() < MAX_PROBLEMS {
            true => self.problems.push(problem),
            false => {
                let untold = &mut self.untold[usize::from(severity == Severity::Error)];
                untold.get_or_insert((0, position)).0 += 1;
            }
        }
    }

    /// All problems; of very many the first.
    fn told(mut self) -> Vec<Problem> {
        for (severity, untold) in [Severity::Warning, Severity::Error]
            .into_iter()
            .zip(self.untold)
        {
            if let Some((count, position)) = untold {
                self.problems.push(Problem {
                    severity,
                    file: self.file.to_owned(),
                    position,
                    element: None,
                    message: format!(
                        "here begin {count} more that are not told. Mend those above first"
                    ),
                });
            }
        }
        self.problems
    }

    /// What is reported from here on belongs to this element.
    fn reading(&mut self, element: &Element) {
        let id = attribute(element, "id").or_else(|| attribute(element, "name"));
        self.owner = id.unwrap_or_default().to_owned();
    }

    /// Refuses what earlier versions took: where it is deployed already it goes on.
    fn refuse_anew(&mut self, at: &Element, message: String) {
        self.tell(Problem {
            severity: Severity::Error,
            file: self.file.to_owned(),
            position: at.position,
            element: attribute(at, "id").map(str::to_owned),
            message,
        });
    }

    fn refuse(&mut self, at: &Element, message: impl Into<String>) {
        self.report(Severity::Error, at.position, attribute(at, "id"), message);
    }

    fn definitions(&mut self, root: &Element, resolve: &Resolve<'_>) -> Option<Definitions> {
        if !root.is(Namespace::Dmn, "definitions") {
            self.refuse(
                root,
                "this is no DMN file: its root is not <definitions> of DMN 1.1 to 1.5",
            );
            return None;
        }
        if self.dialect == Dialect::Camunda {
            self.scope = ParseScope::new().camunda();
        }
        self.import(root, resolve);
        let types = self.types(root);
        self.declare(root);
        let mut knowledge = IndexMap::new();
        for element in root.all(Namespace::Dmn, "businessKnowledgeModel") {
            self.reading(element);
            knowledge.extend(self.knowledge(element).map(|k| (k.id.clone(), k)));
        }
        let by_id = root
            .children
            .iter()
            .filter_map(|c| Some((attribute(c, "id")?, c)))
            .collect();
        for element in root.all(Namespace::Dmn, "decisionService") {
            self.reading(element);
            knowledge.extend(self.service(element, &by_id).map(|k| (k.id.clone(), k)));
        }
        let elements: Vec<&Element> = root.all(Namespace::Dmn, "decision").collect();
        let mut decisions = IndexMap::new();
        for element in &elements {
            self.reading(element);
            if let Some(decision) = self.decision(element) {
                if decisions.contains_key(&decision.id) {
                    let message = format!(
                        "there are two decisions with id '{}'. Give one another id",
                        decision.id
                    );
                    self.refuse(element, message);
                }
                decisions.insert(decision.id.clone(), Arc::new(decision));
            }
        }
        self.owner.clear();
        let own = decisions.len() + knowledge.len();
        let (imported, functions) = self.imports.parts();
        decisions.extend(imported.into_iter().map(|d| (d.id.clone(), d)));
        knowledge.extend(functions.into_iter().map(|k| (k.id.clone(), k)));
        if own == 0 && types.is_empty() {
            self.refuse(root, "the file has no decision in it. Add one");
        }
        self.check_requirements(&elements, &decisions);
        self.check_circles(root, &decisions, &knowledge);
        self.check_calls(root, &decisions, &knowledge);
        self.check_names(root, &decisions, &knowledge);
        self.check_spelling(root, &decisions, &knowledge);
        self.owner.clear();
        self.imports.faults(&mut self.faults);
        self.doubts(root);
        let id = attribute(root, "id").unwrap_or_default().to_owned();
        let inputs = self.inputs(root);
        Some(Definitions {
            name: owned(attribute(root, "name")).unwrap_or_else(|| id.clone()),
            id,
            dialect: self.dialect,
            because: self.because,
            decisions: Arc::new(decisions),
            knowledge: Arc::new(knowledge),
            boxed: std::mem::take(&mut self.boxed).into(),
            imported_boxed: self.imports.boxed().into(),
            given: std::mem::take(&mut self.given).into(),
            models: Arc::new(self.imports.models(&inputs)),
            inputs,
            input_ids: self.input_ids(root),
            types: Arc::new(types),
            faults: Arc::new(std::mem::take(&mut self.faults)),
            warnings: Vec::new(),
        })
    }

    /// The input data, with their types.
    fn inputs(&self, root: &Element) -> Arc<[Param]> {
        let input = |element: &Element| {
            let variable = dmn(element, "variable");
            let name = variable
                .and_then(|v| attribute(v, "name"))
                .or_else(|| attribute(element, "name"))?;
            let of = variable.and_then(|v| self.type_of(v));
            Some(Param {
                name: name.into(),
                of: of.unwrap_or(Type::Any),
            })
        };
        root.all(Namespace::Dmn, "inputData")
            .filter_map(input)
            .collect()
    }

    /// The variables of the input data by id.
    fn input_ids(&self, root: &Element) -> Arc<HashMap<String, Arc<str>>> {
        let input = |element: &Element| {
            let variable = dmn(element, "variable").and_then(|v| attribute(v, "name"));
            let name = variable.or_else(|| attribute(element, "name"))?;
            Some((attribute(element, "id")?.to_owned(), name.into()))
        };
        let own = root.all(Namespace::Dmn, "inputData").filter_map(input);
        Arc::new(own.collect())
    }

    /// Makes the names of the file known, so that those of several words are read as names.
    fn declare(&mut self, root: &Element) {
        for element in &root.children {
            let named = matches!(
                element.name.as_str(),
                "decision" | "inputData" | "businessKnowledgeModel" | "decisionService"
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

    fn decision(&mut self, element: &Element) -> Option<Decision> {
        // Only Camunda needs ids; the standard's files may name decisions by name alone.
        let by_name = |name: &&str| self.dialect == Dialect::Standard && !name.is_empty();
        let id = attribute(element, "id").or_else(|| attribute(element, "name").filter(by_name));
        let Some(id) = owned(id) else {
            self.refuse(element, "the decision has no id. Give it one");
            // What else is wrong with it is told too.
            self.logic(element);
            return None;
        };
        let name = owned(attribute(element, "name")).unwrap_or_else(|| id.clone());
        let variable = dmn(element, "variable");
        let (logic, entries) = self.logic(element).unzip();
        let logic = logic.or_else(|| {
            // Only tools that look at broken files ever see this null.
            let null = feel::Expression::parse("null", &self.scope).ok()?;
            Some(Logic::Expression(Script::Feel(null)))
        })?;
        let mut under = HashMap::new();
        let requires = self.required(
            element,
            "informationRequirement",
            "requiredDecision",
            &mut under,
        );
        let knowledge = self.required(
            element,
            "knowledgeRequirement",
            "requiredKnowledge",
            &mut under,
        );
        let imported_inputs = hrefs(element, "informationRequirement", "requiredInput")
            .filter_map(|href| self.imports.input(href))
            .collect();
        let own_type = variable.and_then(|v| self.type_of(v));
        let own_type = own_type.or_else(|| self.type_of(expression_in(element)?));
        if let Some(text) = camunda(element, "historyTimeToLive")
            && let Err(message) = days_to_live(text)
        {
            let id = attribute(element, "id");
            self.report(Severity::Warning, element.position, id, message);
        }
        Some(Decision {
            version_tag: owned(camunda(element, "versionTag")),
            history_time_to_live: owned(camunda(element, "historyTimeToLive")),
            variable: owned(variable.and_then(|v| attribute(v, "name")))
                .unwrap_or_else(|| name.clone()),
            type_ref: match &logic {
                Logic::Expression(_) => variable.and_then(|v| self.type_ref(v)),
                Logic::Table(_) => None,
            },
            result_type: match self.dialect {
                Dialect::Standard => own_type,
                Dialect::Camunda => None,
            },
            requires,
            knowledge,
            under,
            imported_inputs,
            entries: entries.flatten(),
            logic,
            id,
            name,
        })
    }

    /// How an element decides: the first of the children that is an expression; of a boxed
    /// context with a result of its own also all its entries.
    fn logic(&mut self, element: &Element) -> Option<(Logic, Option<feel::Expression>)> {
        let Some(logic) = expression_in(element) else {
            self.refuse(
                element,
                "the decision has no logic. Add a decision table or a literal expression",
            );
            return None;
        };
        match logic.name.as_str() {
            "decisionTable" => Some((Logic::Table(self.table(logic)?), None)),
            "literalExpression" => {
                let script = self.script_in(logic, Language::Feel)?;
                if script.is_none() {
                    self.refuse(logic, "the literal expression is empty. Write one");
                }
                Some((Logic::Expression(script?), None))
            }
            _ => {
                let boxed = self.boxed(logic)?;
                let expression = self.compile(&boxed, None, logic)?;
                let entries = boxed
                    .with_result(RESULT)
                    .map(|all| self.compile(&all, None, logic));
                Some((
                    Logic::Expression(Script::Feel(expression)),
                    entries.flatten(),
                ))
            }
        }
    }

    fn language(&mut self, element: &Element, default: Language) -> Option<Language> {
        let name = match element.attribute("expressionLanguage") {
            Some(a) if !a.value.trim().is_empty() => a.value.trim(),
            // Before Camunda 7.13 the default was JUEL: what begins so is never FEEL.
            _ if self.dialect == Dialect::Camunda && has_braces(element) => {
                return Some(Language::Juel);
            }
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

    /// The expression in an element, in its own language or else this one; `Some(None)` when it
    /// is empty.
    fn script_in(&mut self, element: &Element, language: Language) -> Option<Option<Script>> {
        let own = self.language(element, language)?;
        self.script(element, own)
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
                Err(error) => return self.refuse_juel(element, text, &error),
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
                Err(error) => return self.refuse_juel(element, text, &error),
            },
        };
        Some(Some(test))
    }

    /// Refuses JUEL, at its place in the file.
    fn refuse_juel<T>(
        &mut self,
        element: &Element,
        text: &Element,
        error: &juel::SyntaxError,
    ) -> Option<T> {
        let before: usize = error
            .source_text
            .chars()
            .take(error.offset)
            .map(char::len_utf8)
            .sum();
        // What was read may be the text with braces around it.
        let written = text.text.trim();
        let added = if error.source_text == written {
            0
        } else {
            "${".len()
        };
        let indent = text.text.len() - text.text.trim_start().len();
        let at = indent + before.saturating_sub(added).min(written.len());
        let id = attribute(element, "id");
        self.report(
            Severity::Error,
            text.place_in_text(at),
            id,
            error.to_string(),
        );
        None
    }

    fn refuse_feel<T>(
        &mut self,
        element: &Element,
        text: &Element,
        error: &feel::SyntaxError,
    ) -> Option<T> {
        let short = feel::shorten(&text.text);
        let message = format!("`{short}` is not valid FEEL: {}", error.message);
        let place = text.place_in_text(error.offset);
        self.report(Severity::Error, place, attribute(element, "id"), message);
        None
    }

    /// The declared type as Camunda takes it.
    fn type_ref(&self, element: &Element) -> Option<TypeRef> {
        let camunda = self.dialect == Dialect::Camunda;
        type_name(element).filter(|_| camunda).map(TypeRef::named)
    }

    /// The type that an element names, with or without a prefix.
    fn type_of(&self, element: &Element) -> Option<Type> {
        let name = type_name(element)?;
        let bare = || self.scope.type_named(name.rsplit(':').next()?);
        self.scope.type_named(name).or_else(bare)
    }

    /// The declared type as FEEL takes it.
    fn declared(&self, element: &Element) -> Option<Type> {
        let name = type_name(element)?;
        let own = name.rsplit(':').next().unwrap_or(name);
        match (self.dialect, own.to_ascii_lowercase().as_str()) {
            (Dialect::Camunda, "integer" | "long" | "double" | "number") => Some(Type::Number),
            // Camunda's date is an instant, which FEEL sees as a date and time.
            (Dialect::Camunda, "date") => Some(Type::DateTime),
            _ => self.type_of(element),
        }
    }
}

/// The name of the declared type, by attribute or (DMN 1.1) as an element.
fn type_name(element: &Element) -> Option<&str> {
    attribute(element, "typeRef")
        .or_else(|| dmn(element, "typeRef").map(|t| t.text.trim()))
        .filter(|name| !name.is_empty())
}

/// Whether the text of an element begins as JUEL does.
fn has_braces(element: &Element) -> bool {
    let text = text(element)
        .map(|t| t.text.trim_start())
        .unwrap_or_default();
    text.starts_with("${") || text.starts_with("#{")
}

/// The expression in an element.
fn expression_in(element: &Element) -> Option<&Element> {
    element.children.iter().find(|c| boxed::is_expression(c))
}

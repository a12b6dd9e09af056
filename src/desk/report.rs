//! What is to be said of models before they are deployed, without a desk: what is wrong, and
//! what may be meant otherwise. The same report for `crewdesk lint`, for a deployment and for the
//! screen that deploys.

use super::asked;
use super::content::{Content, parse};
use super::form::form_id;
use super::imports::{Models, Named, is_form};
use super::team::Team;
use super::view::User;
use crate::dmn::check::{Finding, FindingKind, check};
use crate::dmn::{Definitions, Kind};
use crate::juel::Template;
use crate::model::form::unserved;
use crate::model::graph::{Binding, LinkedForm};
use crate::model::{Java, Node, NodeKind, Position, Problem, Process, Severity, lint};
use std::collections::{HashMap, HashSet};

/// What a form key of a file beside the process begins with.
const DEPLOYED: [&str; 2] = ["camunda-forms:deployment:", "embedded:deployment:"];

/// All problems of all files, file by file, as one goes through each. Where nobody is known, all
/// may be whom tasks are for.
pub fn report(files: &[(String, Vec<u8>)], java: Java, team: &Team) -> Vec<Problem> {
    let models = Models::among(files);
    let mut found = Vec::new();
    let mut processes = Vec::new();
    let mut functions = Vec::new();
    let mut known: HashSet<(bool, String)> = HashSet::new();
    // What has an error: nobody knows what all is in it.
    let mut broken = Vec::new();
    for (name, bytes) in files {
        match parse(name, bytes, &models.imports_of(name, bytes), java) {
            Err(problems) => {
                found.extend(problems);
                broken.push((name.as_str(), String::from_utf8_lossy(bytes)));
            }
            Ok((content, warnings)) => {
                found.extend(warnings);
                let keys = content.keys().into_iter();
                known.extend(keys.map(|(is_process, key)| (is_process, key.to_owned())));
                found.extend(doubts(name, &content, files));
                functions.extend(content.functions());
                if let Content::Processes(all) = content {
                    processes.push((name, all));
                }
            }
        }
    }
    let functions: HashMap<String, Kind> = functions.into_iter().collect();
    for (name, all) in &processes {
        if !team.0.is_empty() {
            let strangers = all.iter().flat_map(|process| strangers(process, team));
            found.extend(strangers.map(|(node, message)| warning(name, node, message)));
        }
        let decisions = all.iter().flat_map(decisions_of);
        let called = all.iter().flat_map(called_by);
        let meant = decisions
            .map(|one| (false, one))
            .chain(called.map(|one| (true, one)));
        for (is_process, (node, key)) in meant {
            if known.contains(&(is_process, key.to_owned())) {
                continue;
            }
            let has = |text: &str| {
                let id = |quote: char| text.contains(&format!("id={quote}{key}{quote}"));
                id('"') || id('\'')
            };
            let what = if is_process { "process" } else { "decision" };
            let file = broken.iter().find(|(_, text)| has(text));
            let message = match (file, is_process) {
                (Some((file, _)), _) => {
                    format!("the {what} {key} is in {file}, which has an error: correct that first")
                }
                (None, true) => {
                    format!("the process {key} is in none of these files. Deploy its model, too")
                }
                (None, false) => {
                    let none = "is in none of these files. Deploy its DMN file, too";
                    no_decision(key, functions.get(key).copied(), none)
                }
            };
            found.push(warning(name, node, message));
        }
    }
    let names = files.iter().map(|(name, _)| name.as_str());
    let places: HashMap<&str, usize> = names.zip(0..).collect();
    found.sort_by_cached_key(|problem| {
        let place = places.get(problem.file.as_str()).copied();
        (place, problem.position)
    });
    found
}

/// What may be meant otherwise in a file that deploys with these.
pub(super) fn doubts(name: &str, content: &Content, files: &[Named]) -> Vec<Problem> {
    match content {
        Content::Processes(all) => of_processes(name, all, files),
        Content::Decisions(all) => of_tables(name, all),
        Content::Form => {
            let bytes = files
                .iter()
                .find(|(other, _)| other == name && is_form(name));
            bytes.map_or(Vec::new(), |(_, bytes)| of_form(name, bytes))
        }
    }
}

/// What of a Camunda Form nobody sees here.
fn of_form(name: &str, bytes: &[u8]) -> Vec<Problem> {
    let Ok(form) = serde_json::from_slice(bytes) else {
        return Vec::new();
    };
    let kinds = unserved(&form);
    let message = format!(
        "only a browser shows components of the kinds {}: here a text stands in their place",
        kinds.join(", ")
    );
    let problem = Problem {
        severity: Severity::Warning,
        file: name.to_owned(),
        position: Position { line: 1, column: 1 },
        element: None,
        message,
    };
    (!kinds.is_empty()).then_some(problem).into_iter().collect()
}

fn of_processes(name: &str, processes: &[Process], files: &[Named]) -> Vec<Problem> {
    let mut found = Vec::new();
    for process in processes {
        found.extend(lint::lint(name, process));
        found.extend(asked::problems(name, process));
        for node in &process.nodes {
            let last = |path: &str| path.rsplit('/').next().map(str::to_owned);
            let mut forms = files.iter().filter(|(name, _)| is_form(name));
            let missing = match node.linked_form() {
                Some(LinkedForm::Key(key)) => {
                    let key = key.literal();
                    let form = DEPLOYED.iter().find_map(|kind| key?.strip_prefix(kind));
                    form.filter(|form| !forms.any(|(name, _)| last(name) == last(form)))
                }
                Some(LinkedForm::Reference(form, Binding::Deployment)) => {
                    let id = form.literal();
                    id.filter(|_| !forms.any(|(_, bytes)| form_id(bytes).as_deref() == id))
                }
                _ => None,
            };
            if let Some(LinkedForm::Key(key)) = node.linked_form()
                && let Some(key) = key
                    .literal()
                    .filter(|key| !key.starts_with("camunda-forms:"))
            {
                let message = format!(
                    "only a browser shows the form {key}: here variables are said without it. Use a Camunda Form or camunda:formData to have one here, too"
                );
                found.push(warning(name, node, message));
            }
            if let Some(form) = missing {
                let message = format!(
                    "the form {form} is none of these files. Deploy it together with the process"
                );
                found.push(warning(name, node, message));
            }
        }
    }
    found
}

/// None of it keeps a file from being deployed.
fn of_tables(name: &str, definitions: &Definitions) -> Vec<Problem> {
    let found = check(definitions).into_iter();
    let found = found.filter(|finding| finding.kind != FindingKind::Unknown);
    let problem = |finding: Finding| Problem {
        severity: Severity::Warning,
        file: name.to_owned(),
        position: Position {
            line: finding.line,
            column: finding.column,
        },
        element: Some(finding.decision),
        message: finding.message,
    };
    let mut problems: Vec<Problem> = found.map(problem).collect();
    problems.sort_by_key(|problem| problem.position);
    problems
}

/// What is said of a key that is that of no decision; of a function, which it is.
pub(super) fn no_decision(key: &str, function: Option<Kind>, none: &str) -> String {
    match function {
        None => format!("the decision {key} {none}"),
        Some(kind) => format!(
            "{key} is a {kind}, and only a decision can be named here, as in Camunda. Name a decision, which may call it"
        ),
    }
}

/// Whom user tasks are for by name, without an expression, and who is not on the desk.
pub(super) fn strangers<'p>(process: &'p Process, team: &Team) -> Vec<(&'p Node, String)> {
    let is_known = |name: &str| team.user(name).is_some();
    let mut found = Vec::new();
    for node in &process.nodes {
        let NodeKind::UserTask(task) = &node.kind else {
            continue;
        };
        let named = task.assignee.iter().chain(&task.candidate_users);
        let names = named
            .filter_map(Template::literal)
            .flat_map(|names| names.split(','));
        for name in names.map(str::trim).filter(|name| !name.is_empty()) {
            if !is_known(name) {
                let name = name.to_owned();
                found.push((node, format!("nobody on this desk is called {name}, whom its tasks are for: crewdesk user add {name}")));
            }
        }
        let groups = task.candidate_groups.iter().filter_map(Template::literal);
        for group in groups.flat_map(|groups| groups.split(',')).map(str::trim) {
            let has = |user: &User| user.groups.iter().any(|own| own == group);
            if !group.is_empty() && !team.0.iter().any(has) {
                found.push((
                    node,
                    format!("nobody on this desk is in the group {group}, whom its tasks are for"),
                ));
            }
        }
    }
    found
}

/// The decisions that a process names, with the nodes that do.
pub(super) fn decisions_of(process: &Process) -> impl Iterator<Item = (&Node, &str)> {
    let tasks = process.nodes.iter().filter_map(|node| match &node.kind {
        NodeKind::BusinessRuleTask(task) => Some((node, task.decision.literal()?)),
        _ => None,
    });
    tasks.chain(asked::decisions(process))
}

/// The processes that a process calls, with the nodes that do.
pub(super) fn called_by(process: &Process) -> impl Iterator<Item = (&Node, &str)> {
    process.nodes.iter().filter_map(|node| match &node.kind {
        NodeKind::CallActivity(call) => Some((node, call.called.literal()?)),
        _ => None,
    })
}

/// A warning at a node.
pub(super) fn warning(file: &str, node: &Node, message: String) -> Problem {
    Problem {
        severity: Severity::Warning,
        file: file.to_owned(),
        position: node.position,
        element: Some(node.id.clone()),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bpmn(inside: &str) -> Vec<u8> {
        format!(
            r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
            <process id="p" isExecutable="true" camunda:historyTimeToLive="P1D">{inside}</process></definitions>"#
        )
        .into_bytes()
    }

    fn said(files: &[(&str, Vec<u8>)]) -> Vec<String> {
        let files: Vec<Named> = files
            .iter()
            .map(|(n, b)| ((*n).to_owned(), b.clone()))
            .collect();
        report(&files, Java::default(), &Team::default())
            .iter()
            .map(Problem::to_string)
            .collect()
    }

    const RULE: &str = r#"<startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="r"/>
        <businessRuleTask id="r" camunda:decisionRef="check"/>
        <sequenceFlow id="b" sourceRef="r" targetRef="e"/><endEvent id="e"/>"#;

    #[test]
    fn a_decision_that_no_file_has_is_told_and_one_that_comes_along_is_not() {
        let dmn = br#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
            <decision id="check" name="Check"><literalExpression><text>1</text></literalExpression></decision></definitions>"#;
        let alone = said(&[("a.bpmn", bpmn(RULE))]);
        assert_eq!(alone.len(), 1, "{alone:?}");
        assert!(alone[0].starts_with("a.bpmn:3:"), "{alone:?}");
        assert!(
            alone[0].contains("r: the decision check is in none"),
            "{alone:?}"
        );
        assert_eq!(
            said(&[("a.bpmn", bpmn(RULE)), ("c.dmn", dmn.to_vec())]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_process_that_no_file_has_is_told_and_all_stands_in_the_order_of_the_files() {
        let calls = r#"<startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="c"/>
            <callActivity id="c" calledElement="other"/>
            <sequenceFlow id="b" sourceRef="c" targetRef="d"/>
            <callActivity id="d" calledElement="p"/>
            <userTask id="lonely"/>"#;
        let all = said(&[("z.bpmn", bpmn(calls)), ("b.bpmn", bpmn(RULE))]);
        let other = "z.bpmn:3:13: warning: c: the process other is in none of these files. Deploy its model, too";
        assert_eq!(all[0], other, "{all:?}");
        let places: Vec<&str> = all
            .iter()
            .map(|told| told.split(": ").next().unwrap())
            .collect();
        let lines = ["z.bpmn:3", "z.bpmn:5", "z.bpmn:6", "z.bpmn:6", "b.bpmn:3"];
        let fits = places
            .iter()
            .zip(lines)
            .all(|(place, line)| place.starts_with(line));
        assert!(fits && places.len() == lines.len(), "{all:?}");
    }

    fn inserting(topic: &str, inside: &str) -> Vec<u8> {
        bpmn(&format!(
            r#"<startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="i"/>
            <serviceTask id="i" camunda:type="external" camunda:topic="{topic}"><extensionElements>{inside}</extensionElements></serviceTask>
            <sequenceFlow id="b" sourceRef="i" targetRef="e"/><endEvent id="e"/>"#
        ))
    }

    fn inputs(inside: &str) -> String {
        format!("<camunda:inputOutput>{inside}</camunda:inputOutput>")
    }

    fn input(name: &str, value: &str) -> String {
        let inside =
            format!(r#"<camunda:inputParameter name="{name}">{value}</camunda:inputParameter>"#);
        inputs(&inside)
    }

    #[test]
    fn a_decision_that_an_insertion_names_and_no_file_has_is_told() {
        let property = r#"<camunda:properties><camunda:property name="decision" value="chekc"/></camunda:properties>"#;
        for (inside, told) in [
            (input("decision", "chekc"), true),
            (property.to_owned(), true),
            (input("decision", "${which}"), false),
        ] {
            let all = said(&[("a.bpmn", inserting("insertion", &inside))]);
            let found = all
                .iter()
                .find(|p| p.contains("the decision chekc is in none"));
            assert_eq!(found.is_some(), told, "{inside}: {all:?}");
            assert!(found.is_none_or(|p| p.starts_with("a.bpmn:3:")), "{all:?}");
        }
    }

    #[test]
    fn what_an_insertion_can_not_ask_is_told() {
        let checks = |entries: &str| {
            input(
                "checkQueries",
                &format!("<camunda:map>{entries}</camunda:map>"),
            )
        };
        let check = |sql: &str| checks(&format!(r#"<camunda:entry key="n">{sql}</camunda:entry>"#));
        for (inside, told) in [
            (input("checkQueries", "SELECT 1"), "checkQueries: is no map"),
            (check("DELETE FROM t"), "checkQueries: n: it is no SELECT"),
            (
                check("SELECT 1; SELECT 2"),
                "checkQueries: n: one statement only",
            ),
            (check(""), "checkQueries: n is no text"),
            (
                input("references", "a to b"),
                "references: \"a to b\" is no reference",
            ),
            (check("SELECT ';' FROM t; -- the end"), ""),
            (check("${sql}"), ""),
            (input("references", "a -&gt; b.c"), ""),
        ] {
            let all = said(&[("a.bpmn", inserting("insertion", &inside))]);
            let found = all
                .iter()
                .find(|p| p.starts_with("a.bpmn:3:") && p.contains(" i: "));
            match told {
                "" => assert_eq!(found, None, "{inside}"),
                told => assert!(found.is_some_and(|p| p.contains(told)), "{inside}: {all:?}"),
            }
        }
        let spark = [
            input("references", "a -&gt; b.c"),
            check("SELECT 1"),
            input("decision", "x"),
        ];
        for inside in spark {
            let all = said(&[("a.bpmn", inserting("spark-insertion", &inside))]);
            let found = all
                .iter()
                .any(|p| p.contains("the worker of spark-insertion"));
            assert!(found, "{inside}: {all:?}");
        }
    }

    #[test]
    fn a_form_that_no_file_has_is_told() {
        let task = r#"<startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="u"/>
            <userTask id="u" camunda:formKey="camunda-forms:deployment:forms/ask.form"/>
            <sequenceFlow id="b" sourceRef="u" targetRef="e"/><endEvent id="e"/>"#;
        let alone = said(&[("a.bpmn", bpmn(task))]);
        let told = |all: &[String]| all.iter().any(|p| p.contains("u: the form forms/ask.form"));
        assert!(told(&alone), "{alone:?}");
        let form = br#"{"type":"default","components":[]}"#.to_vec();
        let both = said(&[("a.bpmn", bpmn(task)), ("ask.form", form)]);
        assert!(!told(&both), "{both:?}");
    }

    #[test]
    fn what_only_a_browser_shows_is_told() {
        let task = r#"<startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="u"/>
            <userTask id="u" camunda:formKey="embedded:app:forms/ask.html"/>
            <sequenceFlow id="b" sourceRef="u" targetRef="e"/><endEvent id="e"/>"#;
        let form = br#"{"components":[{"type":"text","text":"a"},{"type":"spacer"},{"type":"group","components":[
            {"type":"table","label":"All"},{"type":"dynamiclist","path":"parts","components":[{"type":"textfield","key":"a"}]}]}]}"#;
        let all = said(&[("a.bpmn", bpmn(task)), ("ask.form", form.to_vec())]);
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(
            all[0].contains("u: only a browser shows the form embedded:app:forms/ask.html"),
            "{all:?}"
        );
        assert!(
            all[1].starts_with("ask.form:1:1: warning:") && all[1].contains("table, dynamiclist"),
            "{all:?}"
        );
    }

    #[test]
    fn who_is_not_on_the_desk_is_told_where_it_is_known_who_is() {
        let task = r#"<startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="u"/>
            <userTask id="u" camunda:assignee="bob" camunda:candidateUsers="ana, ${who}" camunda:candidateGroups="loaders"/>
            <sequenceFlow id="b" sourceRef="u" targetRef="e"/><endEvent id="e"/>"#;
        let files = [("a.bpmn".to_owned(), bpmn(task))];
        let said = |team: &Team| {
            let found = report(&files, Java::default(), team);
            found.iter().map(Problem::to_string).collect::<Vec<_>>()
        };
        let none: [String; 0] = [];
        assert_eq!(said(&Team::default()), none);
        let ana = User {
            id: "ana".to_owned(),
            role: super::super::view::Role::Employee,
            groups: Vec::new(),
            topics: Vec::new(),
            has_password: false,
        };
        let told = said(&Team(vec![ana]));
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].contains("u: nobody on this desk is called bob"),
            "{told:?}"
        );
        assert!(told[1].contains("in the group loaders"), "{told:?}");
    }

    #[test]
    fn a_choice_without_a_condition_and_what_is_wrong_elsewhere_are_told_at_once() {
        let choice = r#"<startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="g"/>
            <exclusiveGateway id="g"/><endEvent id="e"/><endEvent id="f"/>
            <sequenceFlow id="b" sourceRef="g" targetRef="e"/>
            <sequenceFlow id="c" sourceRef="g" targetRef="f"/>"#;
        let all = said(&[
            ("a.bpmn", bpmn(choice)),
            ("b.bpmn", b"<no".to_vec()),
            ("c.bpmn", bpmn(RULE)),
        ]);
        for (file, what) in [("a.bpmn", "condition"), ("b.bpmn", ""), ("c.bpmn", "check")] {
            let here = |problem: &String| problem.starts_with(file) && problem.contains(what);
            assert!(all.iter().any(here), "{file} {what}: {all:?}");
        }
    }
}

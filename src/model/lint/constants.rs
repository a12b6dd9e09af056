//! Constants that can do nothing but fail once they are used, and scripts that need a JVM.

use super::Lint;
use crate::juel::Template;
use crate::model::graph::{Listener, Node, NodeKind, Parameter, ParameterValue, UserTask};
use crate::model::retry::RetryPlan;
use crate::model::script::Script;
use crate::value::Period;
use crate::value::time::partial_instant;

/// What only a JVM has, as scripts in Camunda 7 call it.
const JAVA: &[&str] = &[
    "Java.type",
    "Java.extend",
    "JavaImporter",
    "importPackage",
    "importClass",
    "Packages.",
    "java.lang.",
    "java.util.",
    "java.text.",
    "java.time.",
    "java.math.",
    "java.io.",
    "javax.",
    "org.camunda.",
    "getProcessEngineServices",
    "processEngineServices",
    "getProcessEngine",
];

const BPMN_ERROR: &str = "org.camunda.bpm.engine.delegate.BpmnError";

impl Lint<'_> {
    /// What each node says in so many words.
    pub(super) fn constants(&mut self) {
        for node in &self.process.nodes {
            match &node.kind {
                NodeKind::UserTask(task) => self.user_task(node, task),
                NodeKind::ExternalTask(task) => {
                    self.number(node, "camunda:taskPriority", &task.priority);
                }
                NodeKind::ScriptTask(task) => self.script(node, &task.script),
                _ => {}
            }
            let of_many = node.multi.as_ref().map(|multi| &multi.retry_time_cycle);
            for cycle in of_many.into_iter().chain([&node.retry_time_cycle]) {
                self.retry_time_cycle(node, cycle.as_deref());
            }
            self.listeners(node, &node.execution_listeners);
            for parameter in node.inputs.iter().chain(&node.outputs) {
                self.parameter(node, parameter);
            }
        }
        for flow in &self.process.flows {
            let node = &self.process.nodes[flow.source];
            match &flow.condition {
                Some(Script::Juel(condition)) => {
                    if let Some(text) = condition.literal() {
                        let message = format!(
                            "the condition '{text}' is text, not true or false: write ${{{text}}}"
                        );
                        self.warn(node.position, &flow.id, message);
                    }
                }
                Some(script) => self.script(node, script),
                None => {}
            }
            self.listeners(node, &flow.listeners);
        }
    }

    fn user_task(&mut self, node: &Node, task: &UserTask) {
        self.number(node, "camunda:priority", &task.priority);
        self.date(node, "camunda:dueDate", &task.due_date);
        self.date(node, "camunda:followUpDate", &task.follow_up_date);
        self.listeners(node, &task.listeners);
    }

    fn number(&mut self, node: &Node, attribute: &str, template: &Option<Template>) {
        let text = template.as_ref().and_then(Template::literal);
        if let Some(text) = text.filter(|text| text.trim().parse::<i64>().is_err()) {
            let message = format!("{attribute} is '{text}': it takes a whole number");
            self.warn(node.position, &node.id, message);
        }
    }

    fn date(&mut self, node: &Node, attribute: &str, template: &Option<Template>) {
        let text = template.as_ref().and_then(Template::literal);
        let text = text.filter(|text| !text.trim().is_empty());
        let usable = |text: &&str| Period::parse(text).is_some() || partial_instant(text).is_some();
        if let Some(text) = text.filter(|text| !usable(text)) {
            let message = format!(
                "{attribute} is '{text}': it takes a date such as 2026-01-31T17:00:00, a period \
                 such as P2D, or an expression that gives one"
            );
            self.warn(node.position, &node.id, message);
        }
    }

    fn retry_time_cycle(&mut self, node: &Node, cycle: Option<&str>) {
        let template = cycle.and_then(|text| Template::parse(text).ok());
        let text = template.as_ref().and_then(Template::literal);
        if let Some(text) = text.filter(|text| RetryPlan::parse(text).is_none()) {
            let message = format!(
                "camunda:failedJobRetryTimeCycle is '{text}', which is as if it was not there: it \
                 takes a cycle such as R5/PT5M, or pauses such as PT1M,PT10M"
            );
            self.warn(node.position, &node.id, message);
        }
    }

    fn parameter(&mut self, node: &Node, parameter: &Parameter) {
        if let ParameterValue::Script(script) = &parameter.value {
            self.script(node, script);
        }
    }

    fn listeners(&mut self, node: &Node, listeners: &[Listener]) {
        for listener in listeners {
            self.script(node, &listener.script);
        }
    }

    fn script(&mut self, node: &Node, script: &Script) {
        let Script::JavaScript(source) = script else {
            return;
        };
        // The one class of Java that scripts have here.
        let source = source.replace(BPMN_ERROR, "");
        let source = source
            .replace("Java.type('')", "")
            .replace("Java.type(\"\")", "");
        if let Some(java) = JAVA.iter().find(|java| source.contains(**java)) {
            let java = java.trim_end_matches('.');
            let message = format!(
                "the script uses '{java}', which needs a JVM and fails when it runs: write it in \
                 plain JavaScript, or let a worker do it"
            );
            self.warn(node.position, &node.id, message);
        }
    }
}

//! Tasks.

use super::super::graph::{
    Binding, BusinessRuleTask, DecisionMapping, ErrorRule, ExpressionTask, ExternalTask, NodeKind,
    ScriptTask, UserTask,
};
use super::super::xml::{Attribute, Element, Namespace};
use super::process::{documentation, text_of};
use super::refused::EXTERNAL;
use super::{Reader, camunda, camunda_text, comma_list, extensions};
use crate::juel::Template;

impl<'a> Reader<'a> {
    pub(super) fn task(&mut self, element: &'a Element, id: &str) -> Option<NodeKind> {
        if let Some(loops) = element.first(Namespace::Bpmn, "standardLoopCharacteristics") {
            let message = "standard loops are ignored, as in Camunda: the task runs once. \
                           Lead a flow back to repeat it";
            self.warn(loops.position, Some(id), message);
        }
        match element.name.as_str() {
            "task" => Some(NodeKind::PassTask { manual: false }),
            "manualTask" => Some(NodeKind::PassTask { manual: true }),
            "userTask" => self.user_task(element, id),
            "receiveTask" => self.receive_task(element, id),
            "serviceTask" | "sendTask" | "businessRuleTask" => self.service(element, id),
            "callActivity" => self.call_activity(element, id),
            "scriptTask" => Some(NodeKind::ScriptTask(ScriptTask {
                script: self.script_of_task(element, id)?,
                result_variable: camunda_text(element, "resultVariable"),
            })),
            name => {
                let message = format!("<{name}> is no task that BPMN knows. Use a service task");
                self.error(element.position, Some(id), message);
                None
            }
        }
    }

    fn user_task(&mut self, element: &Element, id: &str) -> Option<NodeKind> {
        let mut task = UserTask {
            assignee: self.template_in(element, id, "assignee"),
            candidate_users: self.templates_in(element, id, "candidateUsers"),
            candidate_groups: self.templates_in(element, id, "candidateGroups"),
            due_date: self.template_in(element, id, "dueDate"),
            follow_up_date: self.template_in(element, id, "followUpDate"),
            priority: self.template_in(element, id, "priority"),
            name: None,
            description: None,
            form: self.form(element, id),
            linked_form: self.linked_form(element, id),
            listeners: self.task_listeners(element, id),
        };
        if let Some(name) = text_of(element, "name") {
            task.name = self.template(&name, element.position, id);
        }
        if let Some(text) = documentation(element) {
            task.description = self.template(&text, element.position, id);
        }
        self.resources(element, id, &mut task);
        Some(NodeKind::UserTask(Box::new(task)))
    }

    /// `humanPerformer` and `potentialOwner`, BPMN's own way to say who.
    fn resources(&mut self, element: &Element, id: &str, task: &mut UserTask) {
        for role in &element.children {
            let (Namespace::Bpmn, "humanPerformer" | "performer" | "potentialOwner") =
                (role.namespace, role.name.as_str())
            else {
                continue;
            };
            let Some(expression) = role
                .first(Namespace::Bpmn, "resourceAssignmentExpression")
                .and_then(|e| e.first(Namespace::Bpmn, "formalExpression"))
            else {
                continue;
            };
            let text = expression.text.trim();
            if role.name != "potentialOwner" {
                let template = self.template(text, expression.position, id);
                task.assignee = task.assignee.take().or(template);
                continue;
            }
            for part in comma_list(text) {
                let inside = |word: &str| {
                    let rest = part.strip_prefix(word)?.trim_start();
                    rest.strip_prefix('(')?.strip_suffix(')').map(str::trim)
                };
                let (name, users) = match (inside("user"), inside("group")) {
                    (Some(user), _) => (user, true),
                    (_, Some(group)) => (group, false),
                    _ => (part, false),
                };
                let template = self.template(name, expression.position, id);
                let list = if users {
                    &mut task.candidate_users
                } else {
                    &mut task.candidate_groups
                };
                list.extend(template);
            }
        }
    }

    fn templates_in(&mut self, element: &Element, id: &str, attribute: &str) -> Vec<Template> {
        let Some(attribute) = camunda(element, attribute) else {
            return Vec::new();
        };
        let parts = comma_list(&attribute.value);
        parts
            .into_iter()
            .filter_map(|p| self.template(p, attribute.position, id))
            .collect()
    }

    fn receive_task(&mut self, element: &Element, id: &str) -> Option<NodeKind> {
        let Some(reference) = element.attribute("messageRef") else {
            let message = "a receive task without a message waits until it is signalled by the id \
                           of its execution. Give it a messageRef if it waits for a message";
            self.warn(element.position, Some(id), message);
            return Some(NodeKind::ReceiveTask { message: None });
        };
        let message = Some(self.message(&reference.value, reference.position, id)?);
        Some(NodeKind::ReceiveTask { message })
    }

    /// A service, send or business rule task: what implements it.
    fn service(&mut self, element: &'a Element, id: &str) -> Option<NodeKind> {
        if let Some(connector) = extensions(element, "connector").next() {
            return self.connector(connector, id).map(NodeKind::ExternalTask);
        }
        if camunda(element, "type").is_some() || self.delegate(element).is_some() {
            return self.external_task(element, id).map(NodeKind::ExternalTask);
        }
        if element.name == "businessRuleTask" && camunda(element, "decisionRef").is_some() {
            return self.business_rule_task(element, id);
        }
        if camunda(element, "expression").is_some() {
            return self
                .expression_task(element, id)
                .map(NodeKind::ExpressionTask);
        }
        let message = match element.name.as_str() {
            "businessRuleTask" => {
                "one of the attributes 'decisionRef', 'type' or 'expression' is mandatory on \
                 businessRuleTask: name the decision in camunda:decisionRef"
                    .to_owned()
            }
            name => format!(
                "one of the attributes 'class', 'delegateExpression', 'type', or 'expression' is \
                 mandatory on {name}: {EXTERNAL}"
            ),
        };
        self.error(element.position, Some(id), message);
        None
    }

    pub(super) fn expression_task(
        &mut self,
        element: &Element,
        id: &str,
    ) -> Option<ExpressionTask> {
        let expression = camunda(element, "expression")?;
        let expression = self.template(&expression.value, expression.position, id)?;
        let result_variable = camunda_text(element, "resultVariable")
            .or_else(|| camunda_text(element, "resultVariableName"));
        Some(ExpressionTask {
            expression,
            result_variable,
        })
    }

    pub(super) fn external_task(&mut self, element: &'a Element, id: &str) -> Option<ExternalTask> {
        let delegate = self
            .delegate(element)
            .filter(|_| camunda(element, "type").is_none());
        let Some(topic) = delegate.or(camunda(element, "topic")) else {
            let message =
                "External tasks must specify a 'topic' attribute in the camunda namespace";
            self.error(element.position, Some(id), message);
            return None;
        };
        Some(ExternalTask {
            topic: match delegate {
                // The name alone, as whoever serves it knows it.
                Some(delegate) => {
                    let name = delegate.value.trim();
                    let bare = name
                        .trim_start_matches(['$', '#', '{'])
                        .trim_end_matches('}');
                    self.template(bare.trim(), delegate.position, id)?
                }
                None => self.template(&topic.value, topic.position, id)?,
            },
            priority: self.template_in(element, id, "taskPriority"),
            errors: extensions(element, "errorEventDefinition")
                .filter_map(|rule| self.error_rule(rule, id))
                .collect(),
            connector: None,
        })
    }

    /// The Java code whose name is to be a topic.
    pub(super) fn delegate(&self, element: &'a Element) -> Option<&'a Attribute> {
        let code = camunda(element, "class").or_else(|| camunda(element, "delegateExpression"))?;
        self.purpose.java().delegates_as_topics.then_some(code)
    }

    fn error_rule(&mut self, rule: &'a Element, id: &str) -> Option<ErrorRule> {
        let attribute = |name| rule.attribute(name).or_else(|| camunda(rule, name));
        let condition = attribute("expression").filter(|a| !a.value.trim().is_empty());
        let Some(condition) = condition else {
            let message = "a camunda:errorEventDefinition without an expression throws nothing: \
                           say when the error is thrown";
            self.warn(rule.position, Some(id), message);
            return None;
        };
        let condition = self.template(&condition.value, condition.position, id)?;
        let Some(reference) = attribute("errorRef") else {
            let message = "camunda:errorEventDefinition needs an errorRef: choose the error";
            self.error(rule.position, Some(id), message);
            return None;
        };
        let error = self.referred(&reference.value, "error", reference.position, id)?;
        let code = error.attribute("errorCode").map(|a| a.value.trim());
        let Some(code) = code.filter(|code| !code.is_empty()) else {
            let message = format!(
                "the error '{}' has no errorCode. Give it one",
                reference.value
            );
            self.error(reference.position, Some(id), message);
            return None;
        };
        Some(ErrorRule {
            code: code.to_owned(),
            condition,
        })
    }

    fn business_rule_task(&mut self, element: &Element, id: &str) -> Option<NodeKind> {
        let decision = self.template_in(element, id, "decisionRef")?;
        let binding = self.binding(element, id, "decisionRef")?;
        let mapping = match camunda(element, "mapDecisionResult") {
            None => DecisionMapping::default(),
            Some(attribute) => match attribute.value.trim() {
                "singleEntry" => DecisionMapping::SingleEntry,
                "singleResult" => DecisionMapping::SingleResult,
                "collectEntries" => DecisionMapping::CollectEntries,
                "resultList" => DecisionMapping::ResultList,
                other => {
                    let message = format!(
                        "No decision result mapper found for name '{other}'. Supported mappers are \
                         'singleEntry', 'singleResult', 'collectEntries' and 'resultList'"
                    );
                    self.error(attribute.position, Some(id), message);
                    return None;
                }
            },
        };
        let result_variable = camunda_text(element, "resultVariable");
        if result_variable.as_deref() == Some("decisionResult") {
            let message = "'decisionResult' is the name of the raw result: \
                           choose another camunda:resultVariable";
            self.error(element.position, Some(id), message);
        }
        let task = BusinessRuleTask {
            decision,
            binding,
            result_variable,
            mapping,
        };
        Some(NodeKind::BusinessRuleTask(task))
    }

    /// `…Binding`, `…Version`, `…VersionTag` of a reference to a definition.
    pub(super) fn binding(
        &mut self,
        element: &Element,
        id: &str,
        reference: &str,
    ) -> Option<Binding> {
        let Some(binding) = camunda(element, &format!("{reference}Binding")) else {
            return Some(Binding::Latest);
        };
        let value = binding.value.trim();
        let (detail, make): (_, fn(Template) -> Binding) = match value {
            "latest" => return Some(Binding::Latest),
            "deployment" => return Some(Binding::Deployment),
            "version" => (format!("{reference}Version"), Binding::Version),
            "versionTag" => (format!("{reference}VersionTag"), Binding::VersionTag),
            _ => {
                let message = format!(
                    "Invalid element definition: value for {reference}Binding has to be one of \
                     'latest', 'deployment', 'version', 'versionTag' but was '{value}'"
                );
                self.error(binding.position, Some(id), message);
                return None;
            }
        };
        if camunda(element, &detail).is_none() {
            let message = format!("camunda:{reference}Binding=\"{value}\" needs camunda:{detail}");
            self.error(binding.position, Some(id), message);
            return None;
        }
        self.template_in(element, id, &detail).map(make)
    }
}

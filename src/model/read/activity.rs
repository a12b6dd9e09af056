//! Tasks.

use super::super::graph::{
    Binding, BusinessRuleTask, DecisionMapping, ExpressionTask, ExternalTask, NodeKind, UserTask,
};
use super::super::xml::{Element, Namespace};
use super::process::{documentation, text_of};
use super::refused::EXTERNAL;
use super::{Reader, camunda, camunda_text, comma_list};
use crate::juel::Template;

impl Reader<'_> {
    pub(super) fn task(&mut self, element: &Element, id: &str) -> Option<NodeKind> {
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
            form_key: self.form_key(element, id),
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
            let message = "a receive task without a message waits for ever here: \
                           give it a messageRef";
            self.error(element.position, Some(id), message);
            return None;
        };
        let message = self.message(&reference.value, reference.position, id)?;
        Some(NodeKind::ReceiveTask { message })
    }

    /// A service, send or business rule task: what implements it.
    fn service(&mut self, element: &Element, id: &str) -> Option<NodeKind> {
        if camunda(element, "type").is_some() {
            return self.external_task(element, id);
        }
        if element.name == "businessRuleTask" && camunda(element, "decisionRef").is_some() {
            return self.business_rule_task(element, id);
        }
        if let Some(expression) = camunda(element, "expression") {
            let expression = self.template(&expression.value, expression.position, id)?;
            let result_variable = camunda_text(element, "resultVariable")
                .or_else(|| camunda_text(element, "resultVariableName"));
            return Some(NodeKind::ExpressionTask(ExpressionTask {
                expression,
                result_variable,
            }));
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

    fn external_task(&mut self, element: &Element, id: &str) -> Option<NodeKind> {
        let Some(topic) = camunda(element, "topic") else {
            let message =
                "External tasks must specify a 'topic' attribute in the camunda namespace";
            self.error(element.position, Some(id), message);
            return None;
        };
        if let Some(errors) = super::extensions(element, "errorEventDefinition").next() {
            let instead = "let the worker report the BPMN error";
            self.does_not_run(
                errors,
                id,
                "an error definition on an external task",
                instead,
            );
        }
        Some(NodeKind::ExternalTask(ExternalTask {
            topic: self.template(&topic.value, topic.position, id)?,
            priority: self.template_in(element, id, "taskPriority"),
        }))
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
    fn binding(&mut self, element: &Element, id: &str, reference: &str) -> Option<Binding> {
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

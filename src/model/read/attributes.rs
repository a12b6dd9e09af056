//! Attributes in Camunda's namespace that nothing knows: mostly misspelt, and then without effect.

use super::Reader;
use crate::model::xml::{Element, Namespace};
use crate::value::near::did_you_mean;

/// All that the Camunda 7 platform defines, and what was used before it.
const KNOWN: &[&str] = &[
    "assignee",
    "async",
    "asyncAfter",
    "asyncBefore",
    "businessKey",
    "calledElementBinding",
    "calledElementTenantId",
    "calledElementVersion",
    "calledElementVersionTag",
    "candidateGroups",
    "candidateStarterGroups",
    "candidateStarterUsers",
    "candidateUsers",
    "caseBinding",
    "caseRef",
    "caseTenantId",
    "caseVersion",
    "class",
    "collection",
    "config",
    "datePattern",
    "decisionRef",
    "decisionRefBinding",
    "decisionRefTenantId",
    "decisionRefVersion",
    "decisionRefVersionTag",
    "default",
    "defaultValue",
    "delegateExpression",
    "diagramRelationId",
    "dueDate",
    "elementVariable",
    "errorCodeVariable",
    "errorMessage",
    "errorMessageVariable",
    "errorRef",
    "escalationCodeVariable",
    "event",
    "exclusive",
    "expression",
    "followUpDate",
    "formHandlerClass",
    "formKey",
    "formRef",
    "formRefBinding",
    "formRefVersion",
    "historyTimeToLive",
    "id",
    "initiator",
    "isStartableInTasklist",
    "jobPriority",
    "key",
    "label",
    "local",
    "mapDecisionResult",
    "modelerTemplate",
    "modelerTemplateIcon",
    "modelerTemplateVersion",
    "name",
    "operationRef",
    "priority",
    "readable",
    "required",
    "resource",
    "resultVariable",
    "resultVariableName",
    "ruleVariablesInput",
    "rules",
    "scriptFormat",
    "skipExpression",
    "source",
    "sourceExpression",
    "stringValue",
    "target",
    "targetExpression",
    "taskPriority",
    "topic",
    "type",
    "value",
    "variable",
    "variableEvents",
    "variableMappingClass",
    "variableMappingDelegateExpression",
    "variableName",
    "variables",
    "versionTag",
    "writable",
    "writeable",
];

impl Reader<'_> {
    /// Looks at an element and all inside.
    pub(super) fn unknown_attributes(&mut self, element: &Element, inside: Option<&str>) {
        let id = element.attribute("id").map(|id| id.value.as_str());
        let id = match element.namespace {
            Namespace::Bpmn => id.or(inside),
            _ => inside,
        };
        for attribute in &element.attributes {
            let name = attribute.name.as_str();
            if attribute.namespace == Namespace::Camunda && !KNOWN.contains(&name) {
                let near = did_you_mean(name, KNOWN.iter().copied());
                let message = format!("camunda:{name} has no meaning and no effect{near}");
                self.warn(attribute.position, id, message);
            }
        }
        for child in &element.children {
            self.unknown_attributes(child, id);
        }
    }
}

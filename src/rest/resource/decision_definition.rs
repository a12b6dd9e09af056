//! `Decision Definition`.

use crate::rest::operation::Method::{Get, Post, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Decision Definition",
    operations: &[
        todo(Get, "/decision-definition", "getDecisionDefinitions", "Get List"),
        todo(Get, "/decision-definition/count", "getDecisionDefinitionsCount", "Get List Count"),
        todo(Get, "/decision-definition/key/{key}", "getDecisionDefinitionByKey", "Get Decision Definition By Key"),
        todo(Get, "/decision-definition/key/{key}/diagram", "getDecisionDefinitionDiagramByKey", "Get Diagram By Key"),
        todo(Post, "/decision-definition/key/{key}/evaluate", "evaluateDecisionByKey", "Evaluate By Key"),
        todo(Put, "/decision-definition/key/{key}/history-time-to-live", "updateHistoryTimeToLiveByDecisionDefinitionKey", "Update History Time to Live By Key"),
        todo(Get, "/decision-definition/key/{key}/tenant-id/{tenant-id}", "getDecisionDefinitionByKeyAndTenantId", "Get Decision Definition By Key And Tenant Id"),
        todo(Get, "/decision-definition/key/{key}/tenant-id/{tenant-id}/diagram", "getDecisionDefinitionDiagramByKeyAndTenant", "Get Diagram By Key And Tenant"),
        todo(Post, "/decision-definition/key/{key}/tenant-id/{tenant-id}/evaluate", "evaluateDecisionByKeyAndTenant", "Evaluate By Key And Tenant"),
        todo(Put, "/decision-definition/key/{key}/tenant-id/{tenant-id}/history-time-to-live", "updateHistoryTimeToLiveByDecisionDefinitionKeyAndTenant", "Update History Time to Live By Key And Tenant"),
        todo(Get, "/decision-definition/key/{key}/tenant-id/{tenant-id}/xml", "getDecisionDefinitionDmnXmlByKeyAndTenant", "Get XML By Key and Tenant"),
        todo(Get, "/decision-definition/key/{key}/xml", "getDecisionDefinitionDmnXmlByKey", "Get XML By Key"),
        todo(Get, "/decision-definition/{id}", "getDecisionDefinitionById", "Get Decision Definition By Id"),
        todo(Get, "/decision-definition/{id}/diagram", "getDecisionDefinitionDiagram", "Get Diagram"),
        todo(Post, "/decision-definition/{id}/evaluate", "evaluateDecisionById", "Evaluate By Id"),
        todo(Put, "/decision-definition/{id}/history-time-to-live", "updateHistoryTimeToLiveByDecisionDefinitionId", "Update History Time to Live"),
        todo(Get, "/decision-definition/{id}/xml", "getDecisionDefinitionDmnXmlById", "Get XML By Id"),
    ],
};

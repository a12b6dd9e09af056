//! `Decision Requirements Definition`.

use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Decision Requirements Definition",
    operations: &[
        todo(Get, "/decision-requirements-definition", "getDecisionRequirementsDefinitions", "Get Decision Requirements Definitions"),
        todo(Get, "/decision-requirements-definition/count", "getDecisionRequirementsDefinitionsCount", "Get Decision Requirements Definition Count"),
        todo(Get, "/decision-requirements-definition/key/{key}", "getDecisionRequirementsDefinitionByKey", "Get Decision Requirements Definition by Key"),
        todo(Get, "/decision-requirements-definition/key/{key}/diagram", "getDecisionRequirementsDefinitionDiagramByKey", "Get Decision Requirements Diagram by Key"),
        todo(Get, "/decision-requirements-definition/key/{key}/tenant-id/{tenant-id}", "getDecisionRequirementsDefinitionByKeyAndTenantId", "Get Decision Requirements Definition by Key and Tenant ID"),
        todo(Get, "/decision-requirements-definition/key/{key}/tenant-id/{tenant-id}/diagram", "getDecisionRequirementsDefinitionDiagramByKeyAndTenantId", "Get Decision Requirements Diagram by Key and Tenant ID"),
        todo(Get, "/decision-requirements-definition/key/{key}/tenant-id/{tenant-id}/xml", "getDecisionRequirementsDefinitionDmnXmlByKeyAndTenantId", "Get DMN XML by Key and Tenant ID"),
        todo(Get, "/decision-requirements-definition/key/{key}/xml", "getDecisionRequirementsDefinitionDmnXmlByKey", "Get DMN XML by Key"),
        todo(Get, "/decision-requirements-definition/{id}", "getDecisionRequirementsDefinitionById", "Get Decision Requirements Definition by ID"),
        todo(Get, "/decision-requirements-definition/{id}/diagram", "getDecisionRequirementsDefinitionDiagramById", "Get Decision Requirements Diagram by ID"),
        todo(Get, "/decision-requirements-definition/{id}/xml", "getDecisionRequirementsDefinitionDmnXmlById", "Get DMN XML by ID"),
    ],
};

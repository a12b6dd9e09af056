//! `Job Definition`.

use crate::rest::operation::Method::{Get, Post, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Job Definition",
    operations: &[
        todo(Get, "/job-definition", "getJobDefinitions", "Get Job Definitions"),
        todo(Post, "/job-definition", "queryJobDefinitions", "Get Job Definitions (POST)"),
        todo(Get, "/job-definition/count", "getJobDefinitionsCount", "Get Job Definition Count"),
        todo(Post, "/job-definition/count", "queryJobDefinitionsCount", "Get Job Definition Count (POST)"),
        todo(Put, "/job-definition/suspended", "updateSuspensionStateJobDefinitions", "Activate/Suspend Job Definitions"),
        todo(Get, "/job-definition/{id}", "getJobDefinition", "Get Job Definition"),
        todo(Put, "/job-definition/{id}/jobPriority", "setJobPriorityJobDefinition", "Set Job Definition Priority by Id"),
        todo(Put, "/job-definition/{id}/retries", "setJobRetriesJobDefinition", "Set Job Retries By Job Definition Id"),
        todo(Put, "/job-definition/{id}/suspended", "updateSuspensionStateJobDefinition", "Activate/Suspend Job Definition By Id"),
    ],
};

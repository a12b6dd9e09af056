//! The resources: one file each, with its rows of the table of operations and its handlers.
//!
//! To add an operation, turn its `todo` row into a `run` row with a role and a handler, and
//! write `docs/REST.md` anew with `UPDATE_DOCS=1 cargo test --test rest documentation`.

mod authorization;
mod batch;
mod condition;
mod crewdesk;
mod crewdesk_operate;
mod decision_definition;
mod decision_requirements_definition;
mod deployment;
mod engine;
mod event_subscription;
mod execution;
mod external_task;
mod filter;
mod group;
mod historic_activity_instance;
mod historic_batch;
mod historic_decision_definition;
mod historic_decision_instance;
mod historic_decision_requirements_definition;
mod historic_detail;
mod historic_external_task_log;
mod historic_identity_link_log;
mod historic_incident;
mod historic_job_log;
mod historic_process_definition;
mod historic_process_instance;
mod historic_task_instance;
mod historic_user_operation_log;
mod historic_variable_instance;
mod history_cleanup;
mod identity;
mod incident;
mod job;
mod job_definition;
mod many;
mod message;
mod metrics;
mod migration;
mod modification;
mod process_definition;
mod process_instance;
mod process_instance_comment;
mod schema_log;
mod signal;
mod task;
mod task_attachment;
mod task_comment;
mod task_identity_link;
mod task_local_variable;
mod task_variable;
mod telemetry;
mod tenant;
mod user;
mod variable_instance;
mod version;

use super::operation::{Group, Operation};

/// All operations, by resource.
pub static GROUPS: &[Group] = &[
    authorization::GROUP,
    batch::GROUP,
    condition::GROUP,
    crewdesk::GROUP,
    crewdesk_operate::GROUP,
    decision_definition::GROUP,
    decision_requirements_definition::GROUP,
    deployment::GROUP,
    engine::GROUP,
    event_subscription::GROUP,
    execution::GROUP,
    external_task::GROUP,
    filter::GROUP,
    group::GROUP,
    historic_activity_instance::GROUP,
    historic_batch::GROUP,
    historic_decision_definition::GROUP,
    historic_decision_instance::GROUP,
    historic_decision_requirements_definition::GROUP,
    historic_detail::GROUP,
    historic_external_task_log::GROUP,
    historic_identity_link_log::GROUP,
    historic_incident::GROUP,
    historic_job_log::GROUP,
    historic_process_definition::GROUP,
    historic_process_instance::GROUP,
    historic_task_instance::GROUP,
    historic_user_operation_log::GROUP,
    historic_variable_instance::GROUP,
    history_cleanup::GROUP,
    identity::GROUP,
    incident::GROUP,
    job::GROUP,
    job_definition::GROUP,
    message::GROUP,
    metrics::GROUP,
    migration::GROUP,
    modification::GROUP,
    process_definition::GROUP,
    process_instance::GROUP,
    process_instance_comment::GROUP,
    schema_log::GROUP,
    signal::GROUP,
    task::GROUP,
    task_attachment::GROUP,
    task_comment::GROUP,
    task_identity_link::GROUP,
    task_local_variable::GROUP,
    task_variable::GROUP,
    telemetry::GROUP,
    tenant::GROUP,
    user::GROUP,
    variable_instance::GROUP,
    version::GROUP,
];

/// All operations.
pub(super) fn operations() -> impl Iterator<Item = &'static Operation> {
    GROUPS.iter().flat_map(|group| group.operations)
}

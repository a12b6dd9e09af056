//! Running process instances.

use super::*;

/// Running process instances, as `GET /process-instance` lists them.
pub static PROCESS_INSTANCE: Listing = Listing {
    what: "Process instance",
    from: "process_instance AS p JOIN process_definition AS d ON d.id = p.definition_id",
    columns: &[
        plain("id", "p.id"),
        plain("definitionId", "p.definition_id"),
        plain("definitionKey", "d.key"),
        plain("businessKey", "p.business_key"),
        plain("caseInstanceId", "NULL"),
        flag("ended", "FALSE"),
        flag("suspended", "p.state = 'SUSPENDED'"),
        plain("tenantId", "NULL"),
    ],
    filters: &[],
    sorts: &[],
    key: "p.id",
    employee: Some(own_instance!("p.id")),
    worker: Some(
        "EXISTS (SELECT 1 FROM external_task AS t WHERE t.root_id = p.root_id
             AND (json_array_length(:topics) = 0 OR t.topic IN (SELECT value FROM json_each(:topics))))",
    ),
};

//! How much runs of each process definition, and where.

use super::*;

/// Process definitions with something to count, as `GET /process-definition/statistics`.
pub static PROCESS_STATISTICS: Listing = Listing {
    what: "Process definition",
    from: "process_definition AS d",
    columns: &[
        plain("id", "d.id"),
        plain(
            "instances",
            "(SELECT count(*) FROM process_instance AS p WHERE p.definition_id = d.id)",
        ),
        plain(
            "failedJobs",
            "(SELECT count(*) FROM job AS j WHERE j.definition_id = d.id AND j.retries = 0)",
        ),
    ],
    filters: &[],
    sorts: &[],
    key: "d.id",
    employee: None,
    worker: None,
};

/// Open incidents by process definition, activity and type, and whether another one causes them.
pub static INCIDENT_STATISTICS: Listing = Listing {
    what: "Incident",
    from:
        "(SELECT p.definition_id, i.activity_id, i.kind, i.root_cause IS NULL AS root, count(*) AS n
            FROM incident AS i JOIN process_instance AS p ON p.id = i.process_instance_id
            GROUP BY p.definition_id, i.activity_id, i.kind, root) AS s",
    columns: &[
        plain("definitionId", "s.definition_id"),
        plain("activityId", "s.activity_id"),
        plain("incidentType", "s.kind"),
        plain("incidentCount", "s.n"),
    ],
    filters: &[
        text("definition", "s.definition_id = ?"),
        text("incidentsForType", "s.kind = ?"),
        only("rootIncidents", "s.root"),
    ],
    sorts: &[],
    key: "s.kind",
    employee: None,
    worker: None,
};

/// Activities of a definition that something is in, as
/// `GET /process-definition/{id}/statistics`.
pub static ACTIVITY_STATISTICS: Listing = Listing {
    what: "Activity",
    from: "(SELECT p.definition_id, e.activity_id AS id, count(*) AS n FROM process_instance AS p
            JOIN execution AS e ON e.root_id = p.root_id AND e.process_instance_id = p.id
            WHERE e.activity_id IS NOT NULL GROUP BY p.definition_id, e.activity_id) AS s",
    columns: &[
        plain("id", "s.id"),
        plain("instances", "s.n"),
        plain(
            "failedJobs",
            "(SELECT count(*) FROM job AS j WHERE j.definition_id = s.definition_id
                 AND j.activity_id = s.id AND j.retries = 0)",
        ),
    ],
    filters: &[text("definition", "s.definition_id = ?")],
    sorts: &[],
    key: "s.id",
    employee: None,
    worker: None,
};

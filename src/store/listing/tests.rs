//! Every declaration must be SQL that SQLite takes.

use super::super::testing;
use super::*;

/// All listings; a new one goes in here.
static ALL: &[&Listing] = &[
    &ACTIVITY_STATISTICS,
    &ATTACHMENT,
    &BATCH,
    &BATCH_STATISTICS,
    &CLEANABLE_DECISION,
    &CLEANABLE_PROCESS,
    &COMMENT,
    &DECISION_DEFINITION,
    &DECISION_REQUIREMENTS,
    &DEPLOYMENT,
    &DEPLOYMENT_RESOURCE,
    &EVENT_SUBSCRIPTION,
    &EXECUTION,
    &EXTERNAL_TASK,
    &EXTERNAL_TASK_ERROR,
    &EXTERNAL_TASK_LOG,
    &FILTER,
    &HISTORIC_ACTIVITY,
    &HISTORIC_BATCH,
    &HISTORIC_DECISION,
    &HISTORIC_DETAIL,
    &HISTORIC_INCIDENT,
    &HISTORIC_PROCESS_INSTANCE,
    &HISTORIC_STATISTICS,
    &HISTORIC_TASK,
    &HISTORIC_VARIABLE,
    &IDENTITY_LINK_LOG,
    &INCIDENT,
    &INCIDENT_STATISTICS,
    &JOB,
    &JOB_DEFINITION,
    &JOB_LOG,
    &KNOWN_TASK,
    &LOCKABLE,
    &PROCESS_DEFINITION,
    &PROCESS_INSTANCE,
    &PROCESS_STATISTICS,
    &SCHEMA_LOG,
    &TASK,
    &TASK_GROUPS,
    &TEAM_GROUP,
    &USER,
    &USER_OPERATION,
    &VARIABLE_INSTANCE,
];

fn sample(kind: FilterKind) -> Given {
    match kind {
        FilterKind::Text | FilterKind::Like => Given::Text("a'b%\"".to_owned()),
        FilterKind::Texts => Given::Texts(vec!["a'b".to_owned(), "c".to_owned()]),
        FilterKind::Integer | FilterKind::Long => Given::Number(5),
        FilterKind::Date => Given::Date(DateTime::UNIX_EPOCH),
        FilterKind::Flag | FilterKind::Bool => Given::Flag(true),
        FilterKind::Variables => {
            let operators = [
                Operator::Equal,
                Operator::NotEqual,
                Operator::Less,
                Operator::Like,
            ];
            let values = [Value::Null, Value::from("x"), Value::from(5)];
            let all = operators.into_iter().flat_map(|operator| {
                values.clone().map(|value| Comparison {
                    name: "x'".to_owned(),
                    operator,
                    value,
                    any_case_name: true,
                    any_case_value: true,
                })
            });
            Given::Variables(all.collect())
        }
    }
}

#[test]
fn every_filter_sorting_and_scope_is_sql() {
    let (_dir, store) = testing::desk();
    for listing in ALL {
        let mut queries = vec![(String::new(), ListQuery::default())];
        for filter in listing.filters {
            let query = ListQuery {
                filters: vec![(filter, sample(filter.kind))],
                any_of: vec![vec![
                    (filter, sample(filter.kind)),
                    (filter, sample(filter.kind)),
                ]],
                ..ListQuery::default()
            };
            queries.push((filter.name.to_owned(), query));
        }
        for sort in listing.sorts {
            let query = ListQuery {
                sorts: vec![(sort, Direction::Descending)],
                sort_by: vec![(0, "x'".to_owned())],
                most: Some(1),
                id: Some("x".to_owned()),
                ..ListQuery::default()
            };
            queries.push((sort.name.to_owned(), query));
        }
        let groups = ["g".to_owned()];
        for scope in [None, listing.employee, listing.worker] {
            let viewer = Viewer {
                user: Some("u"),
                groups: &groups,
                topics: &groups,
                scope,
                ..Viewer::default()
            };
            for (name, query) in &queries {
                let read = store.read(|read| {
                    read.tally(listing, query, &viewer)?;
                    read.list(listing, query, &viewer)
                });
                assert!(read.is_ok(), "{} {name}: {read:?}", listing.what);
            }
        }
    }
}

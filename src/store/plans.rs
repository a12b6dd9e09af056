//! How SQLite goes about every statement: by an index, never through a whole big table.

use super::testing::{apply, at, by, desk, process, start, task};
use super::*;
use crate::engine::*;
use rusqlite::{Statement, StatementStatus};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

thread_local! {
    static NOTED: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Notes a statement that this thread runs.
pub(super) fn note(sql: &str) {
    NOTED.with_borrow_mut(|noted| noted.insert(sql.to_owned()));
}

/// Counts the steps that SQLite's machine took for a statement that this thread ran.
pub(super) fn count(statement: &Statement<'_>) {
    let steps = statement.reset_status(StatementStatus::VmStep);
    STEPS.set(STEPS.get() + u64::try_from(steps).unwrap_or(0));
}

/// The steps that were counted since the last time that somebody asked.
pub(super) fn steps() -> u64 {
    STEPS.replace(0)
}

/// Small tables, which may be read whole.
const SMALL: &[&str] = &[
    "d",
    "newer",
    "r",
    "u",
    "g",
    "user",
    "user_group",
    "connection",
    "worker",
    "progress",
    "deployment",
    "json_each",
    "VIRTUAL",
    "i",
    "incident",
    "b",
    "batch",
];

/// Steps of the noted statements that go through a big table whole, or sort what could be long.
fn offences(snapshot: &Snapshot<'_>, sorts: bool) -> Vec<String> {
    let noted = NOTED.with_borrow_mut(std::mem::take);
    assert!(!noted.is_empty(), "statements are noted");
    let mut found = Vec::new();
    for sql in noted {
        let explain = format!("EXPLAIN QUERY PLAN {sql}");
        let mut statement = snapshot.conn.prepare(&explain).expect("a plan");
        // Unbound values are NULL: the plan is the same.
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().expect("a step") {
            let step: String = row.get(3).expect("its text");
            let table = step.strip_prefix("SCAN ").and_then(|s| s.split(' ').next());
            let whole = table.is_some_and(|t| !t.starts_with('(') && !SMALL.contains(&t));
            // The beginning of an index in order, or a count of its entries.
            let in_order = step.contains("COVERING INDEX hist_process_instance_")
                && (sql.contains("LIMIT") || sql.contains("count(*)"));
            if whole && !in_order && !step.contains("CONSTANT")
                || sorts && step.contains("TEMP B-TREE")
            {
                found.push(format!("{step}: {sql}"));
            }
        }
    }
    found
}

#[test]
fn lists_come_in_the_order_of_an_index() {
    let (_folder, store) = desk();
    let seen: Result<(), StoreError> = store.read(|s| {
        let all = InstanceFilter::default();
        let open = |open| InstanceFilter {
            open: Some(open),
            ..InstanceFilter::default()
        };
        s.instances(&all, 0, 10)?;
        s.instances(&open(true), 0, 10)?;
        s.instances(&open(false), 0, 10)?;
        s.count_instances(&open(true))?;
        s.historic_tasks("p")?;
        s.tasks_done_by("ana", 0, 10)?;
        s.notifications("ana", true, 10)?;
        s.unread_of("ana", "incident", at(0))?;
        s.notifications("ana", false, 10)?;
        s.lockable("insertion", at(0), 10)?;
        Ok(())
    });
    seen.expect("reads");
    let found: Result<_, StoreError> = store.read(|s| Ok(offences(s, true)));
    assert_eq!(found, Ok(Vec::<String>::new()));
}

#[test]
fn no_read_goes_through_a_whole_big_table() {
    let (_folder, store) = desk();
    let seen: Result<(), StoreError> = store.read(|s| {
        s.past("p", &["title"], &["call"])?;
        s.last_done_task("p")?;
        s.completers("p")?;
        s.login("c", "ana")?;
        s.has_done_task("p", "ana")?;
        s.tasks_due((at(0), "t"), at(1), 10)?;
        s.waiting_since(at(0))?;
        s.decisions("p", 10)?;
        s.activities("p")?;
        s.visits("p")?;
        s.caller_of("p")?;
        s.called_by("p", 10)?;
        s.flows("p")?;
        s.work(Some("ana"), at(0), &[at(0), at(1)])?;
        s.historic_task("t")?;
        s.instance_by_id("p")?;
        s.running("p")?;
        s.root_of("p")?;
        s.with_business_key("K")?;
        s.variables("p")?;
        s.last_variables("p")?;
        s.last_variable("p", "title")?;
        s.incidents(Some("p"))?;
        s.subscriptions(crate::engine::SubscriptionKind::Message, "paid")?;
        s.external_task("x")?;
        s.held(["insertion", "undo-insertion"], Some("ana"), 10)?;
        s.external_tasks(Some("p"), 10)?;
        s.jobs("p")?;
        s.job("j")?;
        s.next_event(at(0))?;
        s.unread("ana")?;
        s.draft("t", "ana")?;
        s.secret("h")?;
        s.task_by_id("t")?;
        s.next_due(&TaskScope::All, at(0))?;
        s.process_definition("x")?;
        s.latest_process_definition("x")?;
        s.latest_decision_definition("x")?;
        s.camunda_form("x", CamundaForm::Latest)?;
        s.camunda_form("x", CamundaForm::Of("d"))?;
        s.camunda_form("x", CamundaForm::Version(1))?;
        for metric in [
            Metric::ActivityStart,
            Metric::ActivityEnd,
            Metric::RootStart,
            Metric::Decision,
            Metric::JobSuccessful,
            Metric::JobFailed,
            Metric::TaskUser,
        ] {
            s.metric(metric, Some(at(0)), Some(at(1)))?;
            s.metric_by(metric, Some(at(0)), None, (900, 10))?;
        }
        let filter = |change: &dyn Fn(&mut InstanceFilter)| {
            let mut filter = InstanceFilter::default();
            change(&mut filter);
            filter
        };
        for filter in [
            filter(&|f| f.business_key = Some("K".to_owned())),
            filter(&|f| f.definition_id = Some("d".to_owned())),
            filter(&|f| f.process_key = Some("d".to_owned())),
            filter(&|f| f.with_incident = true),
            filter(&|f| f.ids = Some(vec!["p".to_owned()])),
        ] {
            s.instances(&filter, 0, 10)?;
            s.count_instances(&filter)?;
        }
        Ok(())
    });
    seen.expect("reads");
    let found: Result<_, StoreError> = store.read(|s| Ok(offences(s, false)));
    assert_eq!(found, Ok(Vec::<String>::new()));
}

#[test]
fn a_command_costs_what_it_changes() {
    let (_folder, store) = desk();
    let found: Result<Vec<String>, StoreError> = store.write(|tx| {
        let mut offered = task("t", "p");
        offered.candidate_users = vec!["ana".to_owned()];
        start(
            tx,
            &process("p"),
            Some("title"),
            &[offered.clone()],
            &by("mara", 0),
        )?;
        let job = Job {
            id: "j".to_owned(),
            process_instance_id: Some("p".to_owned()),
            retries: 3,
            ..Job::default()
        };
        let incident = Incident {
            id: "i".to_owned(),
            process_instance_id: "p".to_owned(),
            ..Incident::default()
        };
        let external = ExternalTask {
            id: "x".to_owned(),
            process_instance_id: "p".to_owned(),
            ..ExternalTask::default()
        };
        let variable = Variable {
            id: "v".to_owned(),
            scope_id: "p".to_owned(),
            process_instance_id: "p".to_owned(),
            name: "v".to_owned(),
            ..Variable::default()
        };
        let node = |id: &str| Event::ActivityEnded {
            id: id.to_owned(),
            process_instance_id: "p".to_owned(),
            activity_id: "a".to_owned(),
            started: at(0),
            end: ActivityEnd::Completed,
        };
        let changes = [
            Change::PutJob(job.clone()),
            Change::PutIncident(incident.clone()),
            Change::PutExternalTask(external.clone()),
            Change::PutVariable(variable.clone()),
            Change::DeleteJob("j".to_owned()),
            Change::DeleteIncident("i".to_owned()),
            Change::DeleteExternalTask("x".to_owned()),
            Change::DeleteVariable("p".to_owned(), "title".to_owned()),
            Change::DeleteExecution("p".to_owned()),
            Change::PutTask(Task {
                assignee: Some("ana".to_owned()),
                ..offered.clone()
            }),
            Change::Event(node("a:e")),
            Change::Event(Event::FlowTaken {
                process_instance_id: "p".to_owned(),
                flow_id: "f".to_owned(),
            }),
            Change::Event(Event::TaskAssigned {
                task: offered.clone(),
                from: None,
            }),
            Change::Event(Event::VariableSet {
                variable: variable.clone(),
                activity_instance_id: None,
                created: true,
            }),
            Change::Event(Event::VariableRemoved { variable }),
            Change::Event(Event::ExternalTaskCreated { task: external }),
            Change::Event(Event::JobFailed { job }),
            Change::Event(Event::IncidentCreated {
                incident: incident.clone(),
            }),
            Change::Event(Event::IncidentResolved { incident }),
            Change::Event(Event::TaskEnded {
                task: offered,
                reason: "completed".to_owned(),
            }),
            Change::Event(Event::ProcessStateChanged {
                process_instance_id: "p".to_owned(),
                state: InstanceState::Suspended,
            }),
        ];
        apply(tx, "p", &changes, &by("ana", 1))?;
        let ends = [
            Change::DeleteTask("t".to_owned()),
            Change::DeleteProcess("p".to_owned()),
            Change::Event(Event::ProcessEnded {
                process_instance_id: "p".to_owned(),
                state: InstanceState::Completed,
                reason: None,
            }),
        ];
        apply(tx, "p", &ends, &by("ana", 2))?;
        tx.lock_job("w", at(0), at(1))?;
        tx.read_notifications("ana", 5, at(0))?;
        tx.put_secret("h", b"s", "p", at(0))?;
        tx.end_secrets_of("p")?;
        Ok(offences(&tx.read(), true))
    });
    assert_eq!(found, Ok(Vec::<String>::new()));
}

#[test]
fn a_step_of_a_batch_reads_no_other_items() {
    let (_folder, store) = desk();
    let found: Result<_, StoreError> = store.write(|tx| {
        let row = Batch {
            id: "b".to_owned(),
            kind: "set-variables".to_owned(),
            total: 3,
            configuration: String::new(),
            suspended: false,
            stopped: None,
            user: None,
            remote: false,
            created: at(0),
            remaining: 3,
            failed: 0,
        };
        let items = ["x", "y", "z"].map(str::to_owned);
        tx.insert_batch(&row, &items, 1)?;
        let work = tx.read().batch_work(at(1), 10)?;
        tx.read().batch_item("b", 0, at(1))?;
        tx.finish_batch_item(&work[0], at(1))?;
        tx.fail_batch_item(&work[1], "no", 0, at(5))?;
        let row = tx.read().batch("b")?;
        assert_eq!(row.map(|row| (row.remaining, row.failed)), Some((2, 1)));
        tx.read().next_batch_work(at(1))?;
        tx.read().failed_items("b", 10)?;
        assert_eq!(tx.retry_batch("b", 3)?, 1);
        let work = tx.read().batch_work(at(1), 10)?;
        let numbers: Vec<i64> = work.iter().map(|item| item.number).collect();
        assert_eq!(numbers, [1, 2]);
        Ok(offences(&tx.read(), true))
    });
    assert_eq!(found, Ok(Vec::<String>::new()));
}

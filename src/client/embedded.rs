//! The client of a desk in this very process.

use super::operate::{
    BatchView, Changed, Heard, Instruction, Java, JobDefinitionView, JobQuery, JobView, Message,
    Migrated, MigrationRequest, Operator, Reached, Retried, Version, WaitView,
};
use super::*;
use crate::desk::deploy::DeployOptions;
use crate::desk::suspend::{JobScope, StateChange, Suspendable};
use crate::desk::variables::Scope;
use crate::desk::{Caller, Desk};
use crate::feel::Allowance;
use crate::insert::Cancel;
use crate::model::Form;
use crate::value::Map;
use indexmap::IndexMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Between two looks whether a preview is wanted.
const LOOK: Duration = Duration::from_millis(100);

/// A desk in this process, on behalf of one caller.
#[derive(Debug, Clone)]
pub struct Embedded {
    desk: Arc<Desk>,
    caller: Caller,
}

impl Embedded {
    /// A client of an open desk.
    pub fn new(desk: Arc<Desk>, caller: Caller) -> Embedded {
        Embedded { desk, caller }
    }
}

impl Client for Embedded {
    fn whoami(&self) -> Answer<User> {
        self.desk.whoami(&self.caller)
    }

    fn operator(&self) -> Answer<&dyn Operator> {
        Ok(self)
    }

    fn deploy(&self, files: Vec<(String, Vec<u8>)>) -> Answer<Deployment> {
        self.desk.deploy(&self.caller, files)
    }

    fn plan_deployment(&self, files: Vec<(String, Vec<u8>)>, java: Java) -> Answer<Deployment> {
        self.desk.plan_deployment(&self.caller, files, java)
    }

    fn comment_task(&self, id: &str, text: &str) -> Answer<()> {
        self.desk.comment_task(&self.caller, id, text)
    }

    fn comment_instance(&self, id: &str, text: &str) -> Answer<()> {
        self.desk.comment_instance(&self.caller, id, text)
    }

    fn change_user(&self, id: &str, role: Option<Role>, groups: Option<&[String]>) -> Answer<User> {
        self.desk.change_user(&self.caller, id, role, groups)
    }

    fn remove_user(&self, id: &str, successor: Option<&str>) -> Answer<Removal> {
        self.desk.remove_user(&self.caller, id, successor)
    }

    fn definitions(&self) -> Answer<Vec<Definition>> {
        self.desk.definitions(&self.caller)
    }

    fn start_form(&self, key: &str) -> Answer<(Form, IndexMap<String, String>)> {
        self.desk.start_form(&self.caller, key)
    }

    fn start(&self, request: StartRequest) -> Answer<InstanceView> {
        self.desk.start(&self.caller, request)
    }

    fn tasks(&self, query: TaskQuery) -> Answer<Page<TaskView>> {
        self.desk.tasks(&self.caller, &query)
    }

    fn task(&self, id: &str) -> Answer<TaskDetail> {
        self.desk.task(&self.caller, id)
    }

    fn claim(&self, id: &str) -> Answer<TaskView> {
        self.desk.claim(&self.caller, id)
    }

    fn unclaim(&self, id: &str) -> Answer<TaskView> {
        self.desk.unclaim(&self.caller, id)
    }

    fn assign(&self, id: &str, user: Option<&str>) -> Answer<TaskView> {
        self.desk.assign(&self.caller, id, user)
    }

    fn set_due(&self, id: &str, due: Option<DateTime<Utc>>) -> Answer<TaskView> {
        self.desk.set_due(&self.caller, id, due)
    }

    fn set_priority(&self, id: &str, priority: i32) -> Answer<TaskView> {
        self.desk.set_priority(&self.caller, id, priority)
    }

    fn save_draft(
        &self,
        id: &str,
        values: &IndexMap<String, String>,
        base: Option<DateTime<Utc>>,
    ) -> Answer<DraftSaved> {
        self.desk.save_draft(&self.caller, id, values, base)
    }

    fn swap_draft(
        &self,
        id: &str,
        values: &IndexMap<String, String>,
        base: Option<DateTime<Utc>>,
    ) -> Answer<DraftSaved> {
        self.desk.swap_draft(&self.caller, id, values, base)
    }

    fn preview(&self, id: &str, values: &IndexMap<String, String>) -> Answer<Preview> {
        self.desk.preview(&self.caller, id, values, &Cancel::new())
    }

    fn preview_while(
        &self,
        id: &str,
        values: &IndexMap<String, String>,
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Answer<Preview> {
        // Of this one alone: the next preview of the task goes on.
        let (done, left) = (AtomicBool::new(false), Cancel::new());
        std::thread::scope(|threads| {
            let watch = threads.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    if !wanted() {
                        left.cancel();
                    }
                    std::thread::park_timeout(LOOK);
                }
            });
            // Also a fault ends the watch.
            let preview = || self.desk.preview(&self.caller, id, values, &left);
            let found = catch_unwind(AssertUnwindSafe(preview));
            done.store(true, Ordering::Relaxed);
            watch.thread().unpark();
            found.unwrap_or_else(|fault| resume_unwind(fault))
        })
    }

    fn refused_rows(&self, id: &str, values: &IndexMap<String, String>) -> Answer<RefusedRows> {
        self.desk.refused_rows(&self.caller, id, values)
    }

    fn fix_rows(
        &self,
        id: &str,
        values: &IndexMap<String, String>,
        rows: &[FixedRow],
    ) -> Answer<KeptPatch> {
        self.desk.fix_rows(&self.caller, id, values, rows)
    }

    fn complete_form(&self, id: &str, values: &IndexMap<String, String>) -> Answer<()> {
        self.desk.complete_form(&self.caller, id, values)
    }

    fn complete(&self, id: &str, variables: Map) -> Answer<()> {
        self.desk.complete(&self.caller, id, variables)
    }

    fn instances(&self, query: InstanceQuery) -> Answer<Page<InstanceView>> {
        self.desk.instances(&self.caller, &query)
    }

    fn instance(&self, id: &str) -> Answer<InstanceDetail> {
        self.desk.instance(&self.caller, id)
    }

    fn history(&self, id: &str) -> Answer<Vec<HistoryEntry>> {
        self.desk.history(&self.caller, id)
    }

    fn diagram(&self, id: &str) -> Answer<DiagramView> {
        self.desk.diagram(&self.caller, id)
    }

    fn allowance(&self) -> Allowance {
        self.desk.allowance()
    }

    fn decisions(&self) -> Answer<Vec<DecisionDefinition>> {
        self.desk.decisions(&self.caller)
    }

    fn decision(&self, key: &str) -> Answer<DecisionModel> {
        self.desk.decision(&self.caller, key)
    }

    fn functions(&self) -> Answer<Vec<FunctionModel>> {
        self.desk.functions(&self.caller)
    }

    fn evaluated(&self, id: &str) -> Answer<Vec<DecisionInstance>> {
        self.desk.evaluated(&self.caller, id)
    }

    fn cancel(&self, id: &str, reason: &str) -> Answer<()> {
        self.desk.cancel(&self.caller, id, reason)
    }

    fn retry(&self, id: &str) -> Answer<u32> {
        self.desk.retry(&self.caller, id)
    }

    fn cancel_insertion(&self, id: &str) -> Answer<()> {
        self.desk.cancel_insertion(&self.caller, id)
    }

    fn undo_insertion(&self, id: &str) -> Answer<InstanceView> {
        self.desk.undo_insertion(&self.caller, id)
    }

    fn users(&self) -> Answer<Vec<User>> {
        self.desk.users(&self.caller)
    }

    fn add_user(
        &self,
        id: &str,
        role: Role,
        groups: &[String],
        password: Option<&str>,
    ) -> Answer<User> {
        self.desk.add_user(&self.caller, id, role, groups, password)
    }

    fn set_topics(&self, id: &str, topics: &[String]) -> Answer<User> {
        self.desk.set_topics(&self.caller, id, topics)
    }

    fn set_account(&self, id: &str, account: Option<&str>) -> Answer<()> {
        self.desk.set_account(&self.caller, id, account)
    }

    fn set_password(&self, id: &str, password: Option<&str>) -> Answer<()> {
        self.desk.set_password(&self.caller, id, password)
    }

    fn workload(&self) -> Answer<Vec<Workload>> {
        self.desk.workload(&self.caller)
    }

    fn connections(&self) -> Answer<Vec<Connection>> {
        self.desk.connections(&self.caller)
    }

    fn add_connection(&self, name: &str, url: &str, password: Option<&str>) -> Answer<Connection> {
        self.desk.add_connection(&self.caller, name, url, password)
    }

    fn limit_connection(&self, name: &str, limits: &ConnectionLimits) -> Answer<Connection> {
        self.desk.limit_connection(&self.caller, name, limits)
    }

    fn set_credentials(&self, name: &str, credentials: Credentials) -> Answer<Connection> {
        self.desk.set_credentials(&self.caller, name, credentials)
    }

    fn rotate_connection(&self, name: &str, password: &str) -> Answer<Connection> {
        self.desk.rotate_connection(&self.caller, name, password)
    }

    fn log_in(&self, name: &str, user_name: Option<&str>, password: &str) -> Answer<Connection> {
        self.desk.log_in(&self.caller, name, user_name, password)
    }

    fn log_out(&self, name: &str) -> Answer<()> {
        self.desk.log_out(&self.caller, name)
    }

    fn remove_connection(&self, name: &str) -> Answer<()> {
        self.desk.remove_connection(&self.caller, name)
    }

    fn test_connection(&self, name: &str) -> Answer<ConnectionTest> {
        self.desk.test_connection(&self.caller, name, None)
    }

    fn try_connection(&self, name: &str, login: TypedLogin<'_>) -> Answer<ConnectionTest> {
        self.desk.test_connection(&self.caller, name, Some(login))
    }

    fn insert(
        &self,
        request: &InsertRequest,
        progress: &mut dyn FnMut(Advance) -> ControlFlow<()>,
    ) -> Answer<InsertReport> {
        self.desk.insert(&self.caller, request, progress)
    }

    fn insertions(&self, most: usize) -> Answer<Vec<PastInsertion>> {
        self.desk.insertions(&self.caller, most)
    }

    fn undo(&self, key: &str, progress: &mut dyn FnMut(Advance)) -> Answer<UndoReport> {
        self.desk.undo(&self.caller, key, progress)
    }

    fn notifications(&self, unread_only: bool, limit: usize) -> Answer<Vec<Notification>> {
        self.desk.notifications(&self.caller, unread_only, limit)
    }

    fn mark_read(&self, up_to: i64) -> Answer<()> {
        self.desk.mark_read(&self.caller, up_to)
    }

    fn status(&self) -> Answer<Status> {
        self.desk.status(&self.caller)
    }

    fn wait_for_change(&self, seen: u64, at_most: Duration) -> u64 {
        self.desk.wait_for_change(seen, at_most)
    }
}

impl Operator for Embedded {
    fn deploy_as(&self, files: Vec<(String, Vec<u8>)>, java: Java) -> Answer<Deployment> {
        let options = DeployOptions {
            java,
            ..DeployOptions::default()
        };
        self.desk.deploy_as(&self.caller, options, files)
    }

    fn versions(&self, all: bool) -> Answer<Vec<Version>> {
        self.desk.versions(&self.caller, all)
    }

    fn suspend_process(
        &self,
        key: &str,
        version: Option<i32>,
        suspended: bool,
        instances: bool,
    ) -> Answer<Changed> {
        self.desk
            .suspend_process(&self.caller, key, version, suspended, instances)
    }

    fn delete_version(&self, key: &str, version: i32, history: bool) -> Answer<u64> {
        self.desk
            .delete_version(&self.caller, key, version, history)
    }

    fn waits(&self, id: &str) -> Answer<Vec<WaitView>> {
        self.desk.waits(&self.caller, id)
    }

    fn set_job_due(&self, id: &str, due: Option<DateTime<Utc>>) -> Answer<()> {
        self.desk.set_job_due(&self.caller, id, due)
    }

    fn suspend_jobs(&self, jobs: &[String], suspended: bool) -> Answer<()> {
        jobs.iter().try_for_each(|job| {
            let job = JobScope::Job(job.clone());
            self.desk.suspend_jobs(&self.caller, job, suspended)?;
            Ok(())
        })
    }

    fn set_job_priority(&self, id: &str, priority: i64) -> Answer<()> {
        self.desk.set_job_priority(&self.caller, id, priority)
    }

    fn job_definitions(&self, key: Option<&str>) -> Answer<Vec<JobDefinitionView>> {
        self.desk.job_definitions(&self.caller, key)
    }

    fn suspend_job_definition(&self, id: &str, suspended: bool, jobs: bool) -> Answer<()> {
        let change = StateChange {
            what: Suspendable::JobDefinition(id.to_owned()),
            suspended,
            include: jobs,
        };
        self.desk.change_state(&self.caller, change, None).map(drop)
    }

    fn set_job_definition_priority(
        &self,
        id: &str,
        priority: Option<i64>,
        jobs: bool,
    ) -> Answer<()> {
        self.desk
            .prioritize_job_definition(&self.caller, id, priority, jobs)
    }

    fn retry_incidents(&self, ids: &[String]) -> Answer<u32> {
        self.desk.retry_incidents(&self.caller, ids)
    }

    fn suspend_instance(&self, id: &str, suspended: bool) -> Answer<()> {
        self.desk.suspend_instance(&self.caller, id, suspended)
    }

    fn change_variables(&self, id: &str, set: Map, remove: Vec<String>) -> Answer<()> {
        let scope = Scope::Instance(id);
        self.desk
            .change_variables(&self.caller, scope, false, set, remove)
    }

    fn modify(&self, id: &str, instructions: Vec<Instruction>) -> Answer<()> {
        self.desk.modify(&self.caller, id, instructions)
    }

    fn migrate(&self, request: &MigrationRequest) -> Answer<Vec<Migrated>> {
        self.desk.move_instances(&self.caller, request)
    }

    fn batches(&self) -> Answer<Vec<BatchView>> {
        self.desk.batches(&self.caller)
    }

    fn batch(&self, id: &str) -> Answer<BatchView> {
        self.desk.batch(&self.caller, id)
    }

    fn suspend_batch(&self, id: &str, suspended: bool) -> Answer<()> {
        self.desk.suspend_batch(&self.caller, id, suspended)
    }

    fn retry_batch(&self, id: &str) -> Answer<u64> {
        self.desk.retry_batch(&self.caller, id)
    }

    fn cancel_batch(&self, id: &str) -> Answer<()> {
        self.desk.delete_batch(&self.caller, id, false)
    }

    fn set_cleanup(&self, on: bool) -> Answer<()> {
        self.desk.set_cleaning(&self.caller, on)
    }

    fn clean_history(&self) -> Answer<u64> {
        self.desk.clean_history(&self.caller)
    }

    fn correlate(&self, message: Message) -> Answer<Vec<Reached>> {
        self.desk.correlate(&self.caller, message)
    }

    fn signal(&self, name: &str, execution: Option<&str>, variables: Map) -> Answer<Option<Heard>> {
        let heard = self.desk.signal(&self.caller, name, execution, variables);
        heard.map(Some)
    }

    fn jobs(&self, query: JobQuery) -> Answer<Vec<JobView>> {
        self.desk.jobs(&self.caller, &query)
    }

    fn run_job(&self, id: &str) -> Answer<()> {
        self.desk.run_job(&self.caller, id)
    }

    fn set_job_retries(&self, jobs: &[String], retries: i32) -> Answer<()> {
        self.desk.set_job_retries(&self.caller, jobs, retries, None)
    }

    fn retry_all(&self, key: Option<&str>) -> Answer<Retried> {
        self.desk.retry_all(&self.caller, key)
    }

    fn incidents(&self) -> Answer<Vec<IncidentView>> {
        self.desk.incidents(&self.caller)
    }
}

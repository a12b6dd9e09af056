//! What a team head does to processes, beside the tasks: one trait more, which a desk may not
//! offer everywhere.

use super::Answer;
use crate::client::value::Map;
use chrono::{DateTime, Utc};

pub use crate::desk::batch::{BatchFailure, BatchView};
pub use crate::desk::event::{Heard, Message, Reached};
pub use crate::desk::job::{JobDefinitionView, JobQuery, JobView};
pub use crate::desk::migrate::{Migrated, MigrationRequest};
pub use crate::desk::operate::{Retried, Version, WaitView};
pub use crate::desk::suspend::Changed;
pub use crate::desk::view::{IncidentView, key_of};
pub use crate::engine::Instruction;
pub use crate::model::Java;

/// Operating a desk on behalf of one user.
pub trait Operator {
    /// Deploys files in which Java code is not refused.
    fn deploy_as(&self, files: Vec<(String, Vec<u8>)>, java: Java) -> Answer<super::Deployment>;
    /// Processes with what runs on each version; only the newest ones unless all are asked for.
    fn versions(&self, all: bool) -> Answer<Vec<Version>>;
    /// Suspends or activates a process, or one version of it, and its instances if asked; how
    /// many of these, and by which batch where they are very many.
    fn suspend_process(
        &self,
        key: &str,
        version: Option<i32>,
        suspended: bool,
        instances: bool,
    ) -> Answer<Changed>;
    /// Deletes a version on which nothing runs, with the history of what has ended on it if
    /// asked; of how many instances.
    fn delete_version(&self, key: &str, version: i32, history: bool) -> Answer<u64>;
    /// Suspends or activates an instance.
    fn suspend_instance(&self, id: &str, suspended: bool) -> Answer<()>;
    /// Sets and removes variables of an instance.
    fn change_variables(&self, id: &str, set: Map, remove: Vec<String>) -> Answer<()>;
    /// Moves tokens of an instance.
    fn modify(&self, id: &str, instructions: Vec<Instruction>) -> Answer<()>;
    /// Moves instances to another version, each for itself; what became of each.
    fn migrate(&self, request: &MigrationRequest) -> Answer<Vec<Migrated>>;
    /// Gives a message to who waits for it.
    fn correlate(&self, message: Message) -> Answer<Vec<Reached>>;
    /// What an instance waits for.
    fn waits(&self, id: &str) -> Answer<Vec<WaitView>>;
    /// Throws a signal; how many got it, where the desk says so.
    fn signal(&self, name: &str, execution: Option<&str>, variables: Map) -> Answer<Option<Heard>>;
    /// The batches that are not done, the oldest first.
    fn batches(&self) -> Answer<Vec<BatchView>>;
    /// One of them, with what failed.
    fn batch(&self, id: &str) -> Answer<BatchView>;
    /// Stops a batch, or lets it go on.
    fn suspend_batch(&self, id: &str, suspended: bool) -> Answer<()>;
    /// Gives what failed in a batch new tries; how many items.
    fn retry_batch(&self, id: &str) -> Answer<u64>;
    /// Cancels a batch: what is done stays done.
    fn cancel_batch(&self, id: &str) -> Answer<()>;
    /// Lets a worker remove histories whose time to live is over, or keeps all.
    fn set_cleanup(&self, on: bool) -> Answer<()>;
    /// Removes them now; of how many instances.
    fn clean_history(&self) -> Answer<u64>;
    /// Jobs, the first due first.
    fn jobs(&self, query: JobQuery) -> Answer<Vec<JobView>>;
    /// Executes a job now.
    fn run_job(&self, id: &str) -> Answer<()>;
    /// Gives jobs so many tries.
    fn set_job_retries(&self, jobs: &[String], retries: i32) -> Answer<()>;
    /// Moves the due date of a job; without one it is due now.
    fn set_job_due(&self, id: &str, due: Option<DateTime<Utc>>) -> Answer<()>;
    /// Suspends jobs, or lets them go on: no worker takes what is suspended.
    fn suspend_jobs(&self, jobs: &[String], suspended: bool) -> Answer<()>;
    /// Sets the priority of a job: of those that are due the highest is taken first.
    fn set_job_priority(&self, id: &str, priority: i64) -> Answer<()>;
    /// Job definitions, of all processes or of all versions of one.
    fn job_definitions(&self, key: Option<&str>) -> Answer<Vec<JobDefinitionView>>;
    /// Suspends or activates a job definition: new jobs of it, and those that are there if asked.
    fn suspend_job_definition(&self, id: &str, suspended: bool, jobs: bool) -> Answer<()>;
    /// Sets the priority of new jobs of a job definition, without one as the model says; and that
    /// of those that are there if asked.
    fn set_job_definition_priority(
        &self,
        id: &str,
        priority: Option<i64>,
        jobs: bool,
    ) -> Answer<()>;
    /// Gives what failed in these incidents a new try; how many.
    fn retry_incidents(&self, ids: &[String]) -> Answer<u32>;
    /// Gives everything that failed a new try; very many are left to a batch.
    fn retry_all(&self, key: Option<&str>) -> Answer<Retried>;
    /// Open incidents.
    fn incidents(&self) -> Answer<Vec<IncidentView>>;
}

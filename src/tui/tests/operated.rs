//! What a head operates, in the desk of sample data.

use super::fake::Fake;
use super::sample::at;
use crate::client::operate::*;
use crate::client::value::{Map, json};
use crate::client::*;
use chrono::{DateTime, Utc};

/// What there is to operate, and what was done.
pub struct Operated {
    pub versions: Vec<Version>,
    pub jobs: Vec<JobView>,
    pub incidents: Vec<IncidentView>,
    pub waits: Vec<WaitView>,
    pub batches: Vec<BatchView>,
    /// What becomes of instances that move.
    pub migrated: Vec<Migrated>,
    /// What was asked, in words.
    pub done: Vec<String>,
}

fn version(key: &str, number: i32, running: [u64; 3]) -> Version {
    Version {
        definition: Definition {
            id: format!("{key}:{number}:0199"),
            key: key.into(),
            name: None,
            description: Some("A data frame is inserted into a table.".into()),
            version: number,
            version_tag: (number == 3).then(|| "2025-11".into()),
            resource: format!("{key}.bpmn"),
            deployment_id: "d1".into(),
            suspended: key == "month-end",
        },
        instances: running[0],
        with_incidents: running[1],
        suspended_instances: running[2],
    }
}

/// A failed job or external task.
pub fn incident(n: usize, job: bool, cause: &str) -> IncidentView {
    IncidentView {
        id: format!("incident-{n}"),
        process_instance_id: "inst-prices".into(),
        process_definition_id: "database-insertion:3:0199".into(),
        title: Some("Prices".into()),
        configuration: if job {
            format!("job-{n}")
        } else {
            format!("ext-{n}")
        },
        execution_id: format!("exec-{n}"),
        cause_incident_id: None,
        root_cause_incident_id: None,
        incident_type: if job {
            "failedJob"
        } else {
            "failedExternalTask"
        }
        .into(),
        activity_id: if job { "verdict" } else { "insert-rows" }.into(),
        incident_message: Some(cause.into()),
        incident_timestamp: at(-12 - n as i64),
    }
}

fn job(n: usize, kind: &str, due: i64, retries: i32, cause: Option<&str>) -> JobView {
    JobView {
        id: format!("job-{n}"),
        kind: kind.into(),
        process_instance_id: (n < 9).then(|| "inst-orders".into()),
        title: (n < 9).then(|| "Orders 17 Nov".into()),
        process_definition_id: "database-insertion:3:0199".into(),
        process_definition_key: "database-insertion".into(),
        execution_id: None,
        failed_activity_id: None,
        create_time: at(-40),
        activity_id: if kind == "timer-start-event" {
            "every-day"
        } else {
            "remind"
        }
        .into(),
        due_date: at(due),
        retry_date: None,
        retries,
        exception_message: cause.map(str::to_owned),
        priority: 0,
        suspended: false,
    }
}

fn migrated(title: &str, problem: Option<&str>) -> Migrated {
    Migrated {
        id: format!("inst-{title}"),
        title: Some(title.into()),
        from: 2,
        to: 3,
        problem: problem.map(str::to_owned),
    }
}

impl Operated {
    pub fn sample() -> Operated {
        let wait = |kind: &str, name: &str, activity: &str| WaitView {
            kind: kind.into(),
            name: name.into(),
            activity_id: activity.into(),
            execution_id: format!("exec-{activity}"),
            since: at(-30),
        };
        Operated {
            versions: vec![
                version("database-insertion", 3, [1_204, 2, 0]),
                version("database-insertion", 2, [7, 0, 1]),
                version("database-insertion", 1, [0, 0, 0]),
                version("month-end", 1, [0, 0, 0]),
            ],
            jobs: vec![
                job(
                    1,
                    "async-continuation",
                    -13,
                    0,
                    Some("Cannot resolve identifier 'amount'"),
                ),
                JobView {
                    priority: 50,
                    ..job(2, "timer", 42, 3, None)
                },
                JobView {
                    suspended: true,
                    ..job(9, "timer-start-event", 600, 3, None)
                },
            ],
            incidents: vec![
                incident(
                    0,
                    false,
                    "the database sales is read-only: attempt to write a readonly database. Give the account of the connection the right to write, or choose another connection",
                ),
                incident(1, true, "Cannot resolve identifier 'amount'"),
            ],
            waits: vec![
                wait("message", "order-paid", "wait-payment"),
                wait("signal", "closing", "closing-time"),
            ],
            batches: Vec::new(),
            migrated: vec![
                migrated("Prices", None),
                migrated(
                    "Orders 17 Nov",
                    Some(
                        "ENGINE-23004 Cannot migrate process instance 'inst-orders':\n\tCannot migrate activity instance 'check:1':\n\t\tThere is no migration instruction for this instance's activity",
                    ),
                ),
            ],
            done: Vec::new(),
        }
    }
}

impl Fake {
    fn did(&self, what: String) -> Answer<()> {
        let mut data = self.data();
        if let Some(error) = data.refuse.take() {
            return Err(error);
        }
        data.operated.done.push(what);
        Ok(())
    }
}

impl Operator for Fake {
    fn deploy_as(&self, files: Vec<(String, Vec<u8>)>, java: Java) -> Answer<Deployment> {
        let (topics, left_out) = (java.delegates_as_topics, java.without_listeners);
        self.did(format!(
            "deployed, topics {topics}, without listeners {left_out}"
        ))?;
        self.plan_deployment(files, java)
    }

    fn versions(&self, all: bool) -> Answer<Vec<Version>> {
        let mut versions = self.data().operated.versions.clone();
        if !all {
            versions.dedup_by_key(|v| v.definition.key.clone());
        }
        Ok(versions)
    }

    fn suspend_process(
        &self,
        key: &str,
        version: Option<i32>,
        suspended: bool,
        instances: bool,
    ) -> Answer<Changed> {
        self.did(format!("suspend {key} {version:?} {suspended} {instances}"))?;
        for of in &mut self.data().operated.versions {
            if of.definition.key == key && Some(of.definition.version) == version {
                of.definition.suspended = suspended;
            }
        }
        Ok(Changed {
            instances: if instances { 7 } else { 0 },
            batch: None,
        })
    }

    fn delete_version(&self, key: &str, version: i32, history: bool) -> Answer<u64> {
        self.did(format!("delete {key} {version} {history}"))?;
        let is = |v: &Version| v.definition.key == key && v.definition.version == version;
        self.data().operated.versions.retain(|v| !is(v));
        Ok(u64::from(history))
    }

    fn suspend_instance(&self, id: &str, suspended: bool) -> Answer<()> {
        self.did(format!("suspend {id} {suspended}"))?;
        let mut data = self.data();
        for instance in data.instances.iter_mut().filter(|i| i.id == id) {
            instance.suspended = suspended;
            instance.state = if suspended { "SUSPENDED" } else { "ACTIVE" }.into();
        }
        Ok(())
    }

    fn change_variables(&self, id: &str, set: Map, remove: Vec<String>) -> Answer<()> {
        let set: Vec<_> = set
            .iter()
            .map(|(name, value)| format!("{name}={}", json::typed(value, false)))
            .collect();
        self.did(format!(
            "variables {id} {} -{}",
            set.join(" "),
            remove.join(" ")
        ))
    }

    fn modify(&self, id: &str, _: Vec<Instruction>) -> Answer<()> {
        self.did(format!("modify {id}"))
    }

    fn migrate(&self, request: &MigrationRequest) -> Answer<Vec<Migrated>> {
        let from = request.from.as_deref().unwrap_or_default();
        self.did(format!(
            "migrate {from} to {:?} {}",
            request.version, request.dry_run
        ))?;
        Ok(self.data().operated.migrated.clone())
    }

    fn batches(&self) -> Answer<Vec<BatchView>> {
        Ok(self.data().operated.batches.clone())
    }

    fn batch(&self, id: &str) -> Answer<BatchView> {
        let found = self.batches()?.into_iter().find(|batch| batch.id == id);
        found.ok_or_else(|| DeskError::NotFound(format!("there is no batch {id}")))
    }

    fn suspend_batch(&self, id: &str, suspended: bool) -> Answer<()> {
        self.did(format!("suspend batch {id} {suspended}"))
    }

    fn retry_batch(&self, id: &str) -> Answer<u64> {
        self.did(format!("retry batch {id}")).map(|()| 1)
    }

    fn cancel_batch(&self, id: &str) -> Answer<()> {
        self.did(format!("cancel batch {id}"))
    }

    fn set_cleanup(&self, on: bool) -> Answer<()> {
        self.did(format!("cleanup {on}"))
    }

    fn clean_history(&self) -> Answer<u64> {
        self.did("clean".into()).map(|()| 0)
    }

    fn correlate(&self, message: Message) -> Answer<Vec<Reached>> {
        let to = message.process_instance_id.unwrap_or_default();
        let names: Vec<_> = message.variables.keys().cloned().collect();
        self.did(format!(
            "message {} to {to} {}",
            message.name,
            names.join(" ")
        ))?;
        Ok(Vec::new())
    }

    fn signal(&self, name: &str, execution: Option<&str>, _: Map) -> Answer<Option<Heard>> {
        self.did(format!("signal {name} {execution:?}"))?;
        Ok(None)
    }

    fn waits(&self, _: &str) -> Answer<Vec<WaitView>> {
        Ok(self.data().operated.waits.clone())
    }

    fn jobs(&self, query: JobQuery) -> Answer<Vec<JobView>> {
        let mut jobs = self.data().operated.jobs.clone();
        jobs.retain(|job| !query.failed || job.retries == 0);
        if query.process_instance_id.is_some() {
            jobs.retain(|job| job.process_instance_id == query.process_instance_id);
        }
        Ok(jobs)
    }

    fn run_job(&self, id: &str) -> Answer<()> {
        self.did(format!("run {id}"))
    }

    fn set_job_retries(&self, jobs: &[String], retries: i32) -> Answer<()> {
        self.did(format!("retries {} {retries}", jobs.join(" ")))
    }

    fn set_job_due(&self, id: &str, due: Option<DateTime<Utc>>) -> Answer<()> {
        self.did(format!(
            "due {id} {}",
            due.map_or_else(String::new, |d| d.to_rfc3339())
        ))
    }

    fn retry_incidents(&self, ids: &[String]) -> Answer<u32> {
        self.did(format!("retry {}", ids.len()))?;
        let mut data = self.data();
        let before = data.operated.incidents.len();
        data.operated.incidents.retain(|i| !ids.contains(&i.id));
        Ok((before - data.operated.incidents.len()) as u32)
    }

    fn suspend_jobs(&self, jobs: &[String], suspended: bool) -> Answer<()> {
        self.did(format!("suspend jobs {} {suspended}", jobs.join(" ")))
    }

    fn set_job_priority(&self, id: &str, priority: i64) -> Answer<()> {
        self.did(format!("priority {id} {priority}"))
    }

    fn job_definitions(&self, _: Option<&str>) -> Answer<Vec<JobDefinitionView>> {
        Ok(Vec::new())
    }

    fn suspend_job_definition(&self, id: &str, suspended: bool, jobs: bool) -> Answer<()> {
        self.did(format!("suspend job definition {id} {suspended} {jobs}"))
    }

    fn set_job_definition_priority(
        &self,
        id: &str,
        priority: Option<i64>,
        jobs: bool,
    ) -> Answer<()> {
        self.did(format!(
            "priority of job definition {id} {priority:?} {jobs}"
        ))
    }

    fn retry_all(&self, _: Option<&str>) -> Answer<Retried> {
        self.did("retry all".into())?;
        Ok(Retried::default())
    }

    fn incidents(&self) -> Answer<Vec<IncidentView>> {
        Ok(self.data().operated.incidents.clone())
    }
}

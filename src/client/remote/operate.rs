//! What a team head does to processes on a served desk: by Camunda's paths, and by the desk's
//! own operations where these tell more.

use super::ask::{path, query};
use super::desk::{Served, typed};
use super::not_offered;
use crate::client::operate::{
    BatchView, Changed, Heard, Instruction, Java, JobDefinitionView, JobQuery, JobView, Message,
    Migrated, MigrationRequest, Operator, Reached, Retried, Version, WaitView,
};
use crate::client::{Answer, Deployment, IncidentView};
use crate::value::Map;
use chrono::{DateTime, Utc};
use hyper::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

/// One receiver of a message, as `POST /message` tells of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Receiver {
    execution: Option<Execution>,
    process_instance: Option<Started>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Execution {
    id: String,
    process_instance_id: String,
}

#[derive(Deserialize)]
struct Started {
    id: String,
}

impl Served {
    fn own<T: DeserializeOwned>(
        &self,
        operation: &str,
        what: &str,
        ask: impl FnOnce() -> Answer<T>,
    ) -> Answer<T> {
        match self.offers(operation) {
            true => ask(),
            false => not_offered(&self.ask, what),
        }
    }
}

impl Served {
    /// Where something is done: the desk's own operation says more when it refuses.
    fn place(&self, operation: &str, own: &[&str], camunda: &[&str]) -> String {
        path(match self.offers(operation) {
            true => own,
            false => camunda,
        })
    }
}

impl Operator for Served {
    fn deploy_as(&self, files: Vec<(String, Vec<u8>)>, java: Java) -> Answer<Deployment> {
        self.own("deskDeployWithTopics", "models with Java code", || {
            let to = query(&["crewdesk", "deploy", "with-topics"], &asked_of(java));
            self.ask.form(to, &files, true)
        })
    }

    fn versions(&self, all: bool) -> Answer<Vec<Version>> {
        self.own("deskVersions", "its versions", || {
            let all = all.to_string();
            self.ask
                .get(query(&["crewdesk", "versions"], &[("all", &all)]))
        })
    }

    fn suspend_process(
        &self,
        key: &str,
        version: Option<i32>,
        suspended: bool,
        instances: bool,
    ) -> Answer<Changed> {
        self.own("deskSuspendProcess", "to suspend processes", || {
            let to = path(&["crewdesk", "definitions", key, "suspended"]);
            let body = json!({
                "suspended": suspended, "instances": instances, "version": version,
            });
            self.ask.command(Method::PUT, to, body)
        })
    }

    fn delete_version(&self, key: &str, version: i32, history: bool) -> Answer<u64> {
        #[derive(Deserialize)]
        struct Gone {
            instances: u64,
        }
        self.own("deskDeleteVersion", "to delete versions", || {
            let to = path(&["crewdesk", "definitions", key, "delete-version"]);
            let body = json!({ "version": version, "history": history });
            let gone: Gone = self.ask.post(to, body)?;
            Ok(gone.instances)
        })
    }

    fn waits(&self, id: &str) -> Answer<Vec<WaitView>> {
        self.own("deskWaits", "what instances wait for", || {
            self.ask.get(path(&["crewdesk", "instances", id, "waits"]))
        })
    }

    fn set_job_due(&self, id: &str, due: Option<DateTime<Utc>>) -> Answer<()> {
        let body = json!({ "duedate": due.map(crate::value::time::camunda) });
        self.ask
            .command(Method::PUT, path(&["job", id, "duedate"]), body)
    }

    fn retry_incidents(&self, ids: &[String]) -> Answer<u32> {
        #[derive(Deserialize)]
        struct Tries {
            tries: u32,
        }
        self.own("deskRetryIncidents", "to retry incidents", || {
            let to = path(&["crewdesk", "incidents", "retry"]);
            let tries: Tries = self.ask.post(to, json!({ "incidents": ids }))?;
            Ok(tries.tries)
        })
    }

    fn suspend_instance(&self, id: &str, suspended: bool) -> Answer<()> {
        let own = ["crewdesk", "instances", id, "suspended"];
        let to = self.place(
            "deskSuspendInstance",
            &own,
            &["process-instance", id, "suspended"],
        );
        let body = json!({ "suspended": suspended });
        self.ask.command(Method::PUT, to, body)
    }

    fn change_variables(&self, id: &str, set: Map, remove: Vec<String>) -> Answer<()> {
        let to = path(&["process-instance", id, "variables"]);
        let body = json!({ "modifications": typed(&set), "deletions": remove });
        self.ask.post(to, body)
    }

    fn modify(&self, id: &str, instructions: Vec<Instruction>) -> Answer<()> {
        let own = ["crewdesk", "instances", id, "modification"];
        let to = self.place(
            "deskModify",
            &own,
            &["process-instance", id, "modification"],
        );
        let steps: Vec<Json> = instructions.iter().map(step).collect();
        self.ask.post(to, json!({ "instructions": steps }))
    }

    fn migrate(&self, request: &MigrationRequest) -> Answer<Vec<Migrated>> {
        self.own(
            "deskMigrate",
            "to move instances to another version",
            || {
                let to = path(&["crewdesk", "instances", "migration"]);
                self.ask.post(to, json!(request))
            },
        )
    }

    fn batches(&self) -> Answer<Vec<BatchView>> {
        self.own("deskBatches", "its batches", || {
            self.ask.get(path(&["crewdesk", "batches"]))
        })
    }

    fn batch(&self, id: &str) -> Answer<BatchView> {
        self.own("deskBatch", "its batches", || {
            self.ask.get(path(&["crewdesk", "batches", id]))
        })
    }

    fn suspend_batch(&self, id: &str, suspended: bool) -> Answer<()> {
        let body = json!({ "suspended": suspended });
        let to = path(&["batch", id, "suspended"]);
        self.ask.command(Method::PUT, to, body)
    }

    fn retry_batch(&self, id: &str) -> Answer<u64> {
        #[derive(Deserialize)]
        struct Items {
            items: u64,
        }
        self.own("deskRetryBatch", "to retry batches", || {
            let to = path(&["crewdesk", "batches", id, "retry"]);
            let tried: Items = self.ask.post(to, json!({}))?;
            Ok(tried.items)
        })
    }

    fn cancel_batch(&self, id: &str) -> Answer<()> {
        self.ask
            .command(Method::DELETE, path(&["batch", id]), Json::Null)
    }

    fn set_cleanup(&self, on: bool) -> Answer<()> {
        self.own("deskSetCleanup", "to clean up its history", || {
            let to = path(&["crewdesk", "history-cleanup"]);
            self.ask.command(Method::PUT, to, json!({ "on": on }))
        })
    }

    fn clean_history(&self) -> Answer<u64> {
        #[derive(Deserialize)]
        struct Gone {
            instances: u64,
        }
        self.own("deskCleanup", "to clean up its history", || {
            let to = path(&["crewdesk", "history-cleanup"]);
            let gone: Gone = self.ask.post(to, json!({}))?;
            Ok(gone.instances)
        })
    }

    fn correlate(&self, message: Message) -> Answer<Vec<Reached>> {
        let body = json!({
            "messageName": message.name,
            "businessKey": message.business_key,
            "processInstanceId": message.process_instance_id,
            "correlationKeys": typed(&message.keys),
            "localCorrelationKeys": typed(&message.local_keys),
            "processVariables": typed(&message.variables),
            "processVariablesLocal": typed(&message.local_variables),
            "all": message.all,
            "resultEnabled": true,
        });
        let results: Vec<Receiver> = self.ask.post(path(&["message"]), body)?;
        let reached = results.into_iter().filter_map(|result| {
            let started = result.process_instance.map(|instance| Reached::Started {
                process_instance_id: instance.id,
            });
            let execution = result.execution.map(|execution| Reached::Execution {
                process_instance_id: execution.process_instance_id,
                execution_id: execution.id,
            });
            execution.or(started)
        });
        Ok(reached.collect())
    }

    fn signal(&self, name: &str, execution: Option<&str>, variables: Map) -> Answer<Option<Heard>> {
        let variables = typed(&variables);
        let body = json!({ "name": name, "executionId": execution, "variables": variables });
        match self.offers("deskSignal") {
            true => {
                let heard = self.ask.post(path(&["crewdesk", "signals"]), body)?;
                Ok(Some(heard))
            }
            false => {
                let () = self.ask.post(path(&["signal"]), body)?;
                Ok(None)
            }
        }
    }

    fn jobs(&self, query: JobQuery) -> Answer<Vec<JobView>> {
        self.own("deskJobs", "its jobs", || {
            self.ask.look(path(&["crewdesk", "jobs"]), &query)
        })
    }

    fn run_job(&self, id: &str) -> Answer<()> {
        let own = ["crewdesk", "jobs", id, "run"];
        let to = self.place("deskRunJob", &own, &["job", id, "execute"]);
        self.ask.post(to, Json::Null)
    }

    fn set_job_retries(&self, jobs: &[String], retries: i32) -> Answer<()> {
        if self.offers("deskJobRetries") {
            let body = json!({ "jobs": jobs, "retries": retries });
            let to = path(&["crewdesk", "job-retries"]);
            return self.ask.command(Method::PUT, to, body);
        }
        jobs.iter().try_for_each(|job| {
            let to = path(&["job", job, "retries"]);
            let body = json!({ "retries": retries });
            self.ask.command(Method::PUT, to, body)
        })
    }

    fn suspend_jobs(&self, jobs: &[String], suspended: bool) -> Answer<()> {
        jobs.iter().try_for_each(|job| {
            let body = json!({ "suspended": suspended });
            let to = path(&["job", job, "suspended"]);
            self.ask.command(Method::PUT, to, body)
        })
    }

    fn set_job_priority(&self, id: &str, priority: i64) -> Answer<()> {
        let to = path(&["job", id, "priority"]);
        self.ask
            .command(Method::PUT, to, json!({ "priority": priority }))
    }

    fn job_definitions(&self, key: Option<&str>) -> Answer<Vec<JobDefinitionView>> {
        let of: Vec<_> = key
            .into_iter()
            .map(|key| ("processDefinitionKey", key))
            .collect();
        self.ask.get(query(&["job-definition"], &of))
    }

    fn suspend_job_definition(&self, id: &str, suspended: bool, jobs: bool) -> Answer<()> {
        let body = json!({ "suspended": suspended, "includeJobs": jobs });
        let to = path(&["job-definition", id, "suspended"]);
        self.ask.command(Method::PUT, to, body)
    }

    fn set_job_definition_priority(
        &self,
        id: &str,
        priority: Option<i64>,
        jobs: bool,
    ) -> Answer<()> {
        let body = json!({ "priority": priority, "includeJobs": jobs });
        let to = path(&["job-definition", id, "jobPriority"]);
        self.ask.command(Method::PUT, to, body)
    }

    fn retry_all(&self, key: Option<&str>) -> Answer<Retried> {
        self.own("deskRetryAll", "to try everything again", || {
            let body = json!({ "key": key });
            self.ask.post(path(&["crewdesk", "retry"]), body)
        })
    }

    fn incidents(&self) -> Answer<Vec<IncidentView>> {
        if self.offers("deskIncidents") {
            return self.ask.get(path(&["crewdesk", "incidents"]));
        }
        let sorted = [("sortBy", "incidentTimestamp"), ("sortOrder", "asc")];
        self.ask.get(query(&["incident"], &sorted))
    }
}

/// An instruction as Camunda's API has it.
fn step(instruction: &Instruction) -> Json {
    match instruction {
        Instruction::StartBefore {
            activity,
            variables,
        } => json!({
            "type": "startBeforeActivity", "activityId": activity, "variables": given(variables),
        }),
        Instruction::StartAfter {
            activity,
            variables,
        } => json!({
            "type": "startAfterActivity", "activityId": activity, "variables": given(variables),
        }),
        Instruction::StartTransition { flow, variables } => json!({
            "type": "startTransition", "transitionId": flow, "variables": given(variables),
        }),
        Instruction::Inside {
            ancestor,
            local_variables,
            start,
        } => {
            let mut step = step(start);
            step["ancestorActivityInstanceId"] = json!(ancestor);
            let own = typed(local_variables);
            for (name, variable) in own.as_object().into_iter().flatten() {
                step["variables"][name] = variable.clone();
                step["variables"][name]["local"] = json!(true);
            }
            step
        }
        Instruction::CancelActivity { activity } => {
            json!({ "type": "cancel", "activityId": activity })
        }
        Instruction::CancelInstance { id } => {
            json!({ "type": "cancel", "activityInstanceId": id })
        }
    }
}

fn given(variables: &Map) -> Option<Json> {
    (!variables.is_empty()).then(|| typed(variables))
}

/// What is to become of Java code, in a request.
pub(super) fn asked_of(java: Java) -> [(&'static str, &'static str); 2] {
    let flag = |on: bool| if on { "true" } else { "false" };
    [
        ("topics", flag(java.delegates_as_topics)),
        ("withoutListeners", flag(java.without_listeners)),
    ]
}

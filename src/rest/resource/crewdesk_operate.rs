//! What a team head does to processes on the desk, where Camunda's paths tell less.

use super::crewdesk::{asked, done, files, java, shown};
use super::process_instance::instructions;
use crate::desk::deploy::DeployOptions;
use crate::desk::job::JobQuery;
use crate::desk::migrate::MigrationRequest;
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::{May, Team};
use crate::rest::operation::Method::{Get, Post, Put};
use crate::rest::operation::{Group, run};
use crate::rest::reply::Answer;
use serde_json::json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "crewdesk",
    operations: &[
        run(Post, "/crewdesk/deploy/with-topics", "deskDeployWithTopics", "Deploys files in which Java code becomes external tasks (unless `topics` is false); `withoutListeners` leaves Java listeners out", May(Of::Deploy), deploy),
        run(Get, "/crewdesk/versions", "deskVersions", "Processes with what runs on them; `all` versions", May(Of::Operate), versions),
        run(Put, "/crewdesk/definitions/{key}/suspended", "deskSuspendProcess", "Suspends or activates a process or a `version` of it; how many `instances`, and the `batch` that does it where they are more than 10,000", May(Of::Operate), suspend),
        run(Post, "/crewdesk/definitions/{key}/delete-version", "deskDeleteVersion", "Deletes a `version` on which nothing runs, with the `history` of what ended on it if asked", May(Of::Operate), delete_version),
        run(Get, "/crewdesk/instances/{id}/waits", "deskWaits", "Messages, signals and conditions that it waits for", May(Of::Operate), waits),
        run(Post, "/crewdesk/signals", "deskSignal", "Throws a signal; how many `executions` got it, and how many instances it `started`", May(Of::Correlate), signal),
        run(Get, "/crewdesk/incidents", "deskIncidents", "Open incidents with what their instances are called, the oldest first", May(Of::Operate), incidents),
        run(Post, "/crewdesk/incidents/retry", "deskRetryIncidents", "Tries again what failed in these `incidents`", May(Of::Retry), retry_incidents),
        run(Put, "/crewdesk/instances/{id}/suspended", "deskSuspendInstance", "Suspends or activates an instance", May(Of::Operate), suspend_instance),
        run(Post, "/crewdesk/instances/{id}/modification", "deskModify", "Moves its tokens", May(Of::Operate), modify),
        run(Post, "/crewdesk/instances/migration", "deskMigrate", "Moves `instances`, or all of the version `from`, to another `version`; what became of each", May(Of::Operate), migrate),
        run(Get, "/crewdesk/batches", "deskBatches", "Batches that are not done, the oldest first", May(Of::Operate), batches),
        run(Get, "/crewdesk/batches/{id}", "deskBatch", "A batch with what failed in it", May(Of::Operate), batch),
        run(Post, "/crewdesk/batches/{id}/retry", "deskRetryBatch", "Tries again what failed in a batch; how many `items`", May(Of::Retry), retry_batch),
        run(Put, "/crewdesk/history-cleanup", "deskSetCleanup", "Lets a worker remove histories whose time to live is over, or keeps all: `on`", May(Of::Operate), set_cleanup),
        run(Post, "/crewdesk/history-cleanup", "deskCleanup", "Removes them now; of how many `instances`", May(Of::Operate), clean),
        run(Post, "/crewdesk/jobs/{id}/run", "deskRunJob", "Runs a job, due or not", May(Of::Operate), run_job),
        run(Put, "/crewdesk/job-retries", "deskJobRetries", "Gives `jobs` so many `retries`", May(Of::Retry), job_retries),
        run(Post, "/crewdesk/jobs", "deskJobs", "Jobs, the first due first", May(Of::Operate), jobs),
        run(Post, "/crewdesk/retry", "deskRetryAll", "Tries again everything that failed; the `batch` that does it where it is more than 10,000", May(Of::Retry), retry),
        run(Get, "/crewdesk/decisions/{key}", "deskDecision", "A decision with its files", Team, decision),
        run(Get, "/crewdesk/functions", "deskFunctions", "The newest of each DMN file without decisions: its business knowledge models and decision services", Team, functions),
        run(Get, "/crewdesk/instances/{id}/decisions", "deskEvaluated", "The decisions evaluated in an instance", Team, evaluated),
    ],
};

fn deploy(call: &Call) -> Answer {
    let options = DeployOptions {
        java: java(call, true)?,
        ..DeployOptions::default()
    };
    shown(call.desk.deploy_as(&call.caller, options, files(call)?))
}

fn versions(call: &Call) -> Answer {
    let all = call.query_flag("all")?.unwrap_or(false);
    shown(call.desk.versions(&call.caller, all))
}

fn suspend(call: &Call) -> Answer {
    let body = call.object()?;
    let suspended = body.flag("suspended")?.unwrap_or(false);
    let instances = body.flag("instances")?.unwrap_or(false);
    let version = body.integer("version")?;
    let key = call.param("key");
    let changed = call
        .desk
        .suspend_process(&call.caller, key, version, suspended, instances);
    shown(changed)
}

fn delete_version(call: &Call) -> Answer {
    let body = call.object()?;
    let history = body.flag("history")?.unwrap_or(false);
    let version = body.integer("version")?.unwrap_or(0);
    let (desk, key) = (&call.desk, call.param("key"));
    let gone = desk.delete_version(&call.caller, key, version, history);
    shown(gone.map(|instances| json!({ "instances": instances })))
}

fn waits(call: &Call) -> Answer {
    shown(call.desk.waits(&call.caller, call.param("id")))
}

fn signal(call: &Call) -> Answer {
    let thrown = super::signal::asked(call)?;
    let execution = thrown.execution.as_deref();
    let (desk, caller) = (&call.desk, &call.caller);
    shown(desk.signal(caller, &thrown.name, execution, thrown.variables))
}

fn incidents(call: &Call) -> Answer {
    shown(call.desk.incidents(&call.caller))
}

fn retry_incidents(call: &Call) -> Answer {
    let ids = call.object()?.texts("incidents")?.unwrap_or_default();
    let tries = call.desk.retry_incidents(&call.caller, &ids);
    shown(tries.map(|tries| json!({ "tries": tries })))
}

fn suspend_instance(call: &Call) -> Answer {
    let suspended = call.object()?.flag("suspended")?.unwrap_or(false);
    let (desk, id) = (&call.desk, call.param("id"));
    done(desk.suspend_instance(&call.caller, id, suspended))
}

fn modify(call: &Call) -> Answer {
    let steps = instructions(&call.object()?)?;
    done(call.desk.modify(&call.caller, call.param("id"), steps))
}

fn migrate(call: &Call) -> Answer {
    let request = asked::<MigrationRequest>(call)?;
    shown(call.desk.move_instances(&call.caller, &request))
}

fn batches(call: &Call) -> Answer {
    shown(call.desk.batches(&call.caller))
}

fn batch(call: &Call) -> Answer {
    shown(call.desk.batch(&call.caller, call.param("id")))
}

fn retry_batch(call: &Call) -> Answer {
    let items = call.desk.retry_batch(&call.caller, call.param("id"));
    shown(items.map(|items| json!({ "items": items })))
}

fn set_cleanup(call: &Call) -> Answer {
    let on = call.object()?.flag("on")?.unwrap_or(false);
    done(call.desk.set_cleaning(&call.caller, on))
}

fn clean(call: &Call) -> Answer {
    let gone = call.desk.clean_history(&call.caller);
    shown(gone.map(|instances| json!({ "instances": instances })))
}

fn run_job(call: &Call) -> Answer {
    done(call.desk.run_job(&call.caller, call.param("id")))
}

fn job_retries(call: &Call) -> Answer {
    let body = call.object()?;
    let jobs = body.texts("jobs")?.unwrap_or_default();
    let retries = body.integer("retries")?.unwrap_or(1);
    done(
        call.desk
            .set_job_retries(&call.caller, &jobs, retries, None),
    )
}

fn jobs(call: &Call) -> Answer {
    shown(call.desk.jobs(&call.caller, &asked::<JobQuery>(call)?))
}

fn retry(call: &Call) -> Answer {
    let key = call.object()?.text("key")?;
    shown(call.desk.retry_all(&call.caller, key.as_deref()))
}

fn decision(call: &Call) -> Answer {
    shown(call.desk.decision(&call.caller, call.param("key")))
}

fn functions(call: &Call) -> Answer {
    shown(call.desk.functions(&call.caller))
}

fn evaluated(call: &Call) -> Answer {
    shown(call.desk.evaluated(&call.caller, call.param("id")))
}

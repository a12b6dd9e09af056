//! `External Task`: the API of workers.

use super::many;
use crate::desk::external::{Failure, Fetch, LockedTask, Topic};
use crate::desk::listing::{
    Comparison, Direction, EXTERNAL_TASK, Given, HISTORIC_PROCESS_INSTANCE, LOCKABLE, ListQuery,
    Operator, PROCESS_INSTANCE,
};
use crate::desk::permission::Operation as Of;
use crate::rest::call::{Body, Call};
use crate::rest::operation::Access::{All, May, Operator as Operators};
use crate::rest::operation::Method::{Get, Post, Put};
use crate::rest::operation::{Group, Pending, run, wait};
use crate::rest::poll::Woken;
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use crate::rest::service::Service;
use crate::value::{Value, json, time};
use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "External Task",
    operations: &[
        run(Get, "/external-task", "getExternalTasks", "Get List", All, list),
        run(Post, "/external-task", "queryExternalTasks", "Get List (POST)", All, list),
        run(Get, "/external-task/count", "getExternalTasksCount", "Get List Count", All, count),
        run(Post, "/external-task/count", "queryExternalTasksCount", "Get List Count (POST)", All, count),
        wait(Post, "/external-task/fetchAndLock", "fetchAndLock", "Fetch and Lock", May(Of::Work), fetch_and_lock),
        run(Put, "/external-task/retries", "setExternalTaskRetries", "Set Retries Sync", Operators, set_all_retries),
        run(Post, "/external-task/retries-async", "setExternalTaskRetriesAsyncOperation", "Set Retries Async", May(Of::Operate), many::external_task_retries),
        run(Get, "/external-task/topic-names", "getTopicNames", "Get External Task Topic Names", Operators, topic_names),
        run(Get, "/external-task/{id}", "getExternalTask", "Get", All, get),
        run(Post, "/external-task/{id}/bpmnError", "handleExternalTaskBpmnError", "Handle BPMN Error", May(Of::Work), bpmn_error),
        run(Post, "/external-task/{id}/complete", "completeExternalTaskResource", "Complete", May(Of::Work), complete),
        run(Get, "/external-task/{id}/errorDetails", "getExternalTaskErrorDetails", "Get Error Details", All, error_details),
        run(Post, "/external-task/{id}/extendLock", "extendLock", "Extend Lock", May(Of::Work), extend_lock),
        run(Post, "/external-task/{id}/failure", "handleFailure", "Handle Failure", May(Of::Work), failure),
        run(Post, "/external-task/{id}/lock", "lock", "Lock", May(Of::Work), lock),
        run(Put, "/external-task/{id}/priority", "setExternalTaskResourcePriority", "Set Priority", Operators, set_priority),
        run(Put, "/external-task/{id}/retries", "setExternalTaskResourceRetries", "Set Retries", Operators, set_retries),
        run(Post, "/external-task/{id}/unlock", "unlock", "Unlock", Operators, unlock),
    ],
};

/// Longest wait of a long poll in milliseconds, as Camunda has it.
const LONGEST_WAIT: i64 = 1_800_000;
/// Most tasks of one fetch.
const MOST_TASKS: usize = 1000;
/// Most topics of one fetch.
const MOST_TOPICS: usize = 200;

fn list(call: &Call) -> Answer {
    query::list(call, &EXTERNAL_TASK)
}

fn count(call: &Call) -> Answer {
    query::count(call, &EXTERNAL_TASK)
}

fn get(call: &Call) -> Answer {
    let found = query::get(call, &EXTERNAL_TASK, call.param("id"))?;
    Ok(Json::Object(found).into())
}

fn topic_names(call: &Call) -> Answer {
    let mut names = call.desk.topic_names(&call.caller)?;
    for (wanted, locked) in [("withLockedTasks", true), ("withUnlockedTasks", false)] {
        if call.query_flag(wanted)? == Some(true) {
            narrow(
                call,
                &mut names,
                &[if locked { "locked" } else { "notLocked" }],
            )?;
        }
    }
    if call.query_flag("withRetriesLeft")? == Some(true) {
        narrow(call, &mut names, &["withRetriesLeft"])?;
    }
    Ok(Json::from(names).into())
}

/// Leaves the topics with a task for which these filters hold.
fn narrow(call: &Call, names: &mut Vec<String>, flags: &[&str]) -> Result<(), Fault> {
    let mut kept = Vec::new();
    for name in std::mem::take(names) {
        let mut pairs = vec![("topicName".to_owned(), name.clone())];
        pairs.extend(
            flags
                .iter()
                .map(|flag| ((*flag).to_owned(), "true".to_owned())),
        );
        let query = query::from_pairs(&pairs, &EXTERNAL_TASK)?;
        if call.desk.tally(&call.caller, &EXTERNAL_TASK, &query)? > 0 {
            kept.push(name);
        }
    }
    *names = kept;
    Ok(())
}

fn error_details(call: &Call) -> Answer {
    let id = call.param("id");
    Ok(
        match call
            .desk
            .external_error(&call.caller, id)
            .map_err(|e| told(e.into(), id))?
        {
            None => Reply::None,
            Some(text) => Reply::Bytes {
                content_type: "text/plain".to_owned(),
                filename: None,
                bytes: text.into_bytes(),
            },
        },
    )
}

/// Camunda reports an unknown task and a refusal of the engine as its resource does.
fn told(fault: Fault, id: &str) -> Fault {
    match fault.status {
        404 => {
            let message = format!("External task with id {id} does not exist");
            Fault::new(404, "RestException", message).with_code(0)
        }
        400 => Fault {
            kind: "RestException",
            ..fault
        },
        _ => fault,
    }
}

fn done(call: &Call, result: Result<(), crate::desk::DeskError>) -> Answer {
    match result {
        Ok(()) => Ok(Reply::None),
        Err(error) => Err(told(error.into(), call.param("id"))),
    }
}

fn worker(body: &Body) -> Result<String, Fault> {
    let worker = body.text("workerId")?;
    worker.ok_or_else(|| Fault::invalid("workerId is null").with_code(0))
}

fn complete(call: &Call) -> Answer {
    let body = call.object()?;
    let (set, local) = (
        body.variables("variables")?,
        body.variables("localVariables")?,
    );
    let (id, worker) = (call.param("id"), worker(&body)?);
    done(
        call,
        call.desk
            .complete_external(&call.caller, id, &worker, set, local),
    )
}

fn failure(call: &Call) -> Answer {
    let body = call.object()?;
    let wait = body.long("retryTimeout")?.unwrap_or(0);
    if wait < 0 {
        return Err(Fault::invalid("Retry duration cannot be negative").with_code(0));
    }
    let retries = body.integer("retries")?.unwrap_or(0);
    if retries < 0 {
        return Err(Fault::invalid(
            "The number of job retries must be a non-negative Integer, but '".to_owned()
                + &retries.to_string()
                + "' has been provided.",
        )
        .with_code(0));
    }
    let result = call.desk.fail_external(
        &call.caller,
        call.param("id"),
        &worker(&body)?,
        Failure {
            message: body.text("errorMessage")?.unwrap_or_default(),
            details: body.text("errorDetails")?,
            retries,
            retry_in: millis(wait),
            variables: body.variables("variables")?,
            local_variables: body.variables("localVariables")?,
        },
    );
    done(call, result)
}

fn bpmn_error(call: &Call) -> Answer {
    let body = call.object()?;
    let code = body.text("errorCode")?.filter(|code| !code.is_empty());
    let code = code.ok_or_else(|| Fault::invalid("errorCode is null").with_code(0))?;
    let result = call.desk.bpmn_error(
        &call.caller,
        call.param("id"),
        &worker(&body)?,
        &code,
        body.text("errorMessage")?,
        body.variables("variables")?,
    );
    done(call, result)
}

fn extend_lock(call: &Call) -> Answer {
    let body = call.object()?;
    let by = positive(&body, "newDuration")?;
    let (id, worker) = (call.param("id"), worker(&body)?);
    done(call, call.desk.extend_lock(&call.caller, id, &worker, by))
}

fn lock(call: &Call) -> Answer {
    let body = call.object()?;
    let by = positive(&body, "lockDuration")?;
    let (id, worker) = (call.param("id"), worker(&body)?);
    done(call, call.desk.lock_again(&call.caller, id, &worker, by))
}

fn unlock(call: &Call) -> Answer {
    done(
        call,
        call.desk.free_external(&call.caller, call.param("id")),
    )
}

fn set_retries(call: &Call) -> Answer {
    let retries = retries(&call.object()?)?;
    let ids = vec![call.param("id").to_owned()];
    done(call, call.desk.set_retries(&call.caller, ids, retries))
}

fn set_priority(call: &Call) -> Answer {
    let priority = call.object()?.long("priority")?;
    let priority = priority.ok_or_else(|| {
        Fault::invalid("The priority of external task cannot be null.").with_code(0)
    })?;
    let id = call.param("id");
    done(
        call,
        call.desk.set_external_priority(&call.caller, id, priority),
    )
}

fn set_all_retries(call: &Call) -> Answer {
    let body = call.object()?;
    let retries = retries(&body)?;
    let mut ids = body.texts("externalTaskIds")?.unwrap_or_default();
    let mut more = Vec::new();
    let mut instances = body.texts("processInstanceIds")?.unwrap_or_default();
    for (name, listing) in [
        ("processInstanceQuery", &PROCESS_INSTANCE),
        ("historicProcessInstanceQuery", &HISTORIC_PROCESS_INSTANCE),
    ] {
        if let Some(wanted) = body.object(name)? {
            instances.extend(super::process_instance::ids(call, listing, &wanted)?);
        }
    }
    if !instances.is_empty() {
        let wanted = json!({ "processInstanceIdIn": instances });
        more.push(query::from_body(&Body::of(&wanted)?, &EXTERNAL_TASK)?);
    }
    if let Some(wanted) = body.object("externalTaskQuery")? {
        more.push(query::from_body(&wanted, &EXTERNAL_TASK)?);
    }
    for query in more {
        for entry in query::entries(call, &EXTERNAL_TASK, query)? {
            if let Some(id) = entry.get("id").and_then(Json::as_str)
                && !ids.iter().any(|known| known == id)
            {
                ids.push(id.to_owned());
            }
        }
    }
    if ids.is_empty() {
        return Err(Fault::bad_user_request("externalTaskIds is empty"));
    }
    call.desk.set_retries(&call.caller, ids, retries)?;
    Ok(Reply::None)
}

fn retries(body: &Body) -> Result<i32, Fault> {
    let retries = body.integer("retries")?;
    let retries = retries
        .ok_or_else(|| Fault::invalid("The number of retries cannot be null.").with_code(0))?;
    match retries >= 0 {
        true => Ok(retries),
        false => Err(Fault::invalid("The number of retries cannot be negative.").with_code(0)),
    }
}

fn positive(body: &Body, name: &str) -> Result<TimeDelta, Fault> {
    match body.long(name)? {
        Some(ms) if ms > 0 => Ok(millis(ms)),
        _ => Err(Fault::invalid(format!("{name} must be greater than 0")).with_code(0)),
    }
}

/// Bounded to a year: later than any lock that somebody means.
fn millis(ms: i64) -> TimeDelta {
    TimeDelta::milliseconds(ms.min(366 * 24 * 3_600_000))
}

/// What a worker asks for.
struct Asked {
    fetch: Fetch,
    wait: Duration,
    /// Asks for more than topics.
    choosy: bool,
    /// By topic: lists and maps as JSON, and extension properties.
    shown: Vec<(bool, bool)>,
}

fn asked(call: &Call) -> Result<Asked, Fault> {
    let body = call.object()?;
    let wait = body.long("asyncResponseTimeout")?.unwrap_or(0);
    if wait > LONGEST_WAIT {
        return Err(Fault::invalid(format!(
            "The asynchronous response timeout cannot be set to a value greater than {LONGEST_WAIT} milliseconds"
        )));
    }
    let most = body.integer("maxTasks")?.unwrap_or(0);
    let most = usize::try_from(most)
        .map_err(|_| Fault::invalid("maxResults is not greater than or equal to 0").with_code(0))?;
    let mut asked = Asked {
        fetch: Fetch {
            worker: worker(&body)?,
            most: most.min(MOST_TASKS),
            by_priority: body.flag("usePriority")?.unwrap_or(false),
            by_age: by_age(&body)?,
            except: Vec::new(),
            topics: Vec::new(),
        },
        wait: Duration::from_millis(u64::try_from(wait).unwrap_or(0)),
        choosy: false,
        shown: Vec::new(),
    };
    let topics = body.list("topics")?.unwrap_or_default();
    if topics.len() > MOST_TOPICS {
        return Err(Fault::invalid(format!(
            "more than {MOST_TOPICS} topics are asked for"
        )));
    }
    for topic in topics {
        let topic = Body::of(topic)?;
        let name = topic.text("topicName")?;
        let name = name.ok_or_else(|| Fault::invalid("topicName is null").with_code(0))?;
        let mut only = query::from_body(&topic_filters(&topic), &LOCKABLE)?;
        same_variables(&topic, &mut only)?;
        let choosy = !only.filters.is_empty();
        asked.choosy |= choosy;
        asked.shown.push((
            topic.flag("deserializeValues")?.unwrap_or(false),
            topic.flag("includeExtensionProperties")?.unwrap_or(false),
        ));
        asked.fetch.topics.push(Topic {
            name,
            lock: positive(&topic, "lockDuration")?,
            variables: topic.texts("variables")?,
            local: topic.flag("localVariables")?.unwrap_or(false),
            only: choosy.then_some(only),
        });
    }
    Ok(asked)
}

/// `sorting` of a fetch, which knows `createTime` alone.
fn by_age(body: &Body) -> Result<Option<Direction>, Fault> {
    let mut found = None;
    for sort in body.list("sorting")?.unwrap_or_default() {
        let sort = Body::of(sort)?;
        let (by, order) = (sort.text("sortBy")?, sort.text("sortOrder")?);
        found = match (by.as_deref(), order.as_deref()) {
            (Some("createTime"), Some("asc")) => Some(Direction::Ascending),
            (Some("createTime"), Some("desc")) => Some(Direction::Descending),
            _ => {
                let message = "Cannot set query sortBy parameter: external tasks are fetched by \
                               createTime, asc or desc";
                return Err(Fault::invalid(message));
            }
        };
    }
    Ok(found)
}

/// What of a topic narrows the query: `variables` are the ones to fetch, not to compare.
fn topic_filters(topic: &Body) -> Body {
    let mut filters = topic.clone();
    for name in ["variables", "topicName"] {
        filters.0.remove(name);
    }
    filters
}

/// `processVariables` of a topic: variables that must have exactly these values.
fn same_variables(topic: &Body, only: &mut ListQuery) -> Result<(), Fault> {
    let Some(wanted) = topic.object("processVariables")? else {
        return Ok(());
    };
    let filter = LOCKABLE
        .filters
        .iter()
        .find(|filter| filter.name == "variables");
    let comparisons: Vec<Comparison> = wanted
        .0
        .iter()
        .map(|(name, value)| Comparison {
            name: name.clone(),
            operator: Operator::Equal,
            value: json::from_plain(value),
            any_case_name: false,
            any_case_value: false,
        })
        .collect();
    if let Some(filter) = filter.filter(|_| !comparisons.is_empty()) {
        only.filters.push((filter, Given::Variables(comparisons)));
    }
    Ok(())
}

fn fetch_and_lock(service: Arc<Service>, call: Call) -> Pending {
    Box::pin(async move {
        let asked = Arc::new(asked(&call)?);
        let topics: Vec<String> = asked.fetch.topics.iter().map(|t| t.name.clone()).collect();
        let until = Instant::now() + asked.wait;
        let mut stop = service.stop.clone();
        // The place is taken before looking, so that nothing comes unseen in between.
        let seat = (!asked.wait.is_zero() && !topics.is_empty() && asked.fetch.most > 0)
            .then(|| service.polls.wait_for(topics, asked.choosy));
        let call = Arc::new(call);
        // Without logins nobody proves to be a worker: secrets stay what they are.
        let secrets = !service.auth.is_off();
        loop {
            let (asked, call) = (asked.clone(), call.clone());
            let found = service.run(move || {
                let locked = call
                    .desk
                    .fetch_and_lock(&call.caller, asked.fetch.clone())?;
                let shown = locked.into_iter().map(|task| shown(task, &asked, secrets));
                Ok(Reply::Json(Json::Array(shown.collect())))
            });
            let reply = found.await?;
            let empty = matches!(&reply, Reply::Json(Json::Array(tasks)) if tasks.is_empty());
            let Some(seat) = seat.as_ref().filter(|_| empty) else {
                return Ok(reply);
            };
            if seat.wait(until, &mut stop).await == Woken::Over {
                return Ok(reply);
            }
        }
    })
}

/// A locked task, as workers get it.
fn shown(found: LockedTask, asked: &Asked, secrets: bool) -> Json {
    let task = found.task;
    let topics = &asked.fetch.topics;
    let topic = topics.iter().position(|topic| topic.name == task.topic);
    let (deserialize, properties) = topic
        .and_then(|at| asked.shown.get(at).copied())
        .unwrap_or_default();
    let mut variables = serde_json::Map::new();
    for (name, value) in &found.variables {
        let clear = found.secrets.get(name).filter(|_| secrets);
        let typed = match clear {
            Some(clear) => json::typed(&Value::from(clear.expose()), deserialize),
            None => json::typed(value, deserialize),
        };
        variables.insert(name.clone(), typed);
    }
    let properties = properties.then(|| json!(found.properties));
    json!({
        "activityId": task.activity_id,
        "activityInstanceId": found.activity_instance_id,
        "errorMessage": task.error_message,
        "errorDetails": task.error_details,
        "executionId": task.execution_id,
        "id": task.id,
        "lockExpirationTime": task.lock_expires.map(time::camunda),
        "createTime": time::camunda(task.created),
        "processDefinitionId": task.definition_id,
        "processDefinitionKey": found.process_definition_key,
        "processDefinitionVersionTag": found.version_tag,
        "processInstanceId": task.process_instance_id,
        "retries": task.retries,
        "suspended": false,
        "workerId": task.worker_id,
        "topicName": task.topic,
        "tenantId": null,
        "variables": variables,
        "priority": task.priority,
        "businessKey": found.business_key,
        "extensionProperties": properties,
    })
}

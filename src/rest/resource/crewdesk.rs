//! What Camunda does not have: the desk as its terminal sees it. `GET /crewdesk` tells what
//! there is, so that a client may look instead of guessing.
//!
//! Answers are those of the `client` trait as JSON. A refusal carries the desk's own error in
//! `error`, beside Camunda's fields.

use super::operations;
use crate::desk::DeskError;
use crate::desk::deploy::Java;
use crate::desk::direct::{Cancel, InsertRequest, Mode};
use crate::desk::permission::Operation as Of;
use crate::desk::secret::Clear;
use crate::desk::view::TypedLogin;
use crate::desk::view::{
    ConnectionLimits, Credentials, FixedRow, InstanceQuery, Role, StartRequest, TaskQuery,
};
use std::ops::ControlFlow;

use crate::rest::call::{Body, Call, mismatch};
use crate::rest::multipart;
use crate::rest::openapi;
use crate::rest::operation::Access::{All, May, Open, Team};
use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, Pending, hash, run, upload, wait};
use crate::rest::poll::Woken;
use crate::rest::reply::{Answer, Fault, Reply};
use crate::rest::service::Service;
use indexmap::IndexMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "crewdesk",
    operations: &[
        run(Get, "/openapi.json", "getOpenApi", "What is served, as OpenAPI", Open, specification),
        run(Get, "/crewdesk", "deskDiscover", "What there is beside Camunda's paths", All, discover),
        run(Get, "/crewdesk/whoami", "deskWhoami", "The caller", All, whoami),
        run(Get, "/crewdesk/status", "deskStatus", "What the status bar shows", Team, status),
        wait(Get, "/crewdesk/changes", "deskChanges", "Waits until something changed since `seen`, at most `timeout` ms", All, changes),
        run(Post, "/crewdesk/deploy", "deskDeploy", "Deploys files, with warnings", May(Of::Deploy), deploy),
        run(Post, "/crewdesk/deploy/plan", "deskPlanDeployment", "What deploying would do and what is wrong with the files; `topics` lets Java code become external tasks, `withoutListeners` leaves Java listeners out", May(Of::Deploy), plan_deployment),
        run(Get, "/crewdesk/definitions", "deskDefinitions", "The newest processes that the caller may start", Team, definitions),
        run(Get, "/crewdesk/definitions/{key}/start-form", "deskStartForm", "The start form and the text of its fields", Team, start_form),
        run(Post, "/crewdesk/start", "deskStart", "Starts an instance, checked by its form", Team, start),
        run(Post, "/crewdesk/tasks", "deskTasks", "Tasks, the most urgent first", Team, tasks),
        run(Get, "/crewdesk/tasks/{id}", "deskTask", "A task in full", Team, task),
        run(Post, "/crewdesk/tasks/{id}/claim", "deskClaim", "Takes a task", Team, claim),
        run(Post, "/crewdesk/tasks/{id}/unclaim", "deskUnclaim", "Gives a task back", Team, unclaim),
        run(Post, "/crewdesk/tasks/{id}/assign", "deskAssign", "Gives a task to `userId`, or to nobody", Team, assign),
        run(Post, "/crewdesk/tasks/{id}/due", "deskDue", "Moves the due date", Team, set_due),
        run(Post, "/crewdesk/tasks/{id}/priority", "deskPriority", "Sets the priority", Team, set_priority),
        run(Put, "/crewdesk/tasks/{id}/draft", "deskDraft", "Saves what was typed", Team, save_draft),
        run(Post, "/crewdesk/tasks/{id}/preview", "deskPreview", "What completing would do", Team, preview),
        run(Post, "/crewdesk/tasks/{id}/refused", "deskRefusedRows", "The refused rows of its data frame, as the file has them", Team, refused_rows),
        run(Post, "/crewdesk/tasks/{id}/fix", "deskFixRows", "Keeps fixed rows beside the data frame; `dataFramePatch` then names them", Team, fix_rows),
        run(Post, "/crewdesk/tasks/{id}/submit", "deskSubmit", "Completes a task with the text of its fields", Team, submit),
        run(Post, "/crewdesk/tasks/{id}/complete", "deskComplete", "Completes a task with typed variables", Team, complete),
        run(Post, "/crewdesk/tasks/{id}/comment", "deskCommentTask", "Comments a task", Team, comment_task),
        run(Post, "/crewdesk/instances", "deskInstances", "Instances, the newest first", Team, instances),
        run(Get, "/crewdesk/instances/{id}", "deskInstance", "An instance in full", Team, instance),
        run(Get, "/crewdesk/instances/{id}/history", "deskHistory", "What happened in it", Team, history),
        run(Get, "/crewdesk/instances/{id}/diagram", "deskDiagram", "Its process and where its tokens are", Team, diagram),
        run(Post, "/crewdesk/instances/{id}/cancel", "deskCancel", "Cancels it", May(Of::Cancel), cancel),
        run(Post, "/crewdesk/instances/{id}/retry", "deskRetry", "Tries again what failed", May(Of::Retry), retry),
        run(Post, "/crewdesk/instances/{id}/cancel-insertion", "deskCancelInsertion", "Stops a running insertion", Team, cancel_insertion),
        run(Post, "/crewdesk/instances/{id}/undo", "deskUndo", "Begins to take its finished insertion back; answers with the instance that does it", Team, undo_insertion),
        run(Post, "/crewdesk/instances/{id}/comment", "deskCommentInstance", "Comments it", Team, comment_instance),
        run(Get, "/crewdesk/users", "deskUsers", "Everybody", Team, users),
        hash(Post, "/crewdesk/users", "deskAddUser", "Adds a user", May(Of::ChangeUsers), add_user),
        run(Put, "/crewdesk/users/{id}", "deskChangeUser", "Changes role or groups", May(Of::ChangeUsers), change_user),
        run(Delete, "/crewdesk/users/{id}", "deskRemoveUser", "Removes a user; open tasks go to `successor`", May(Of::ChangeUsers), remove_user),
        hash(Put, "/crewdesk/users/{id}/password", "deskSetPassword", "Sets or clears a password", All, set_password),
        run(Put, "/crewdesk/users/{id}/topics", "deskSetTopics", "Limits a worker account to topics", May(Of::ChangeUsers), set_topics),
        run(Put, "/crewdesk/users/{id}/account", "deskSetAccount", "The user's account on the server's machine", May(Of::ChangeUsers), set_account),
        run(Get, "/crewdesk/workload", "deskWorkload", "Work per person", Team, workload),
        run(Get, "/crewdesk/connections", "deskConnections", "Connections", Team, connections),
        run(Put, "/crewdesk/connections/{name}", "deskPutConnection", "Adds or replaces a connection", May(Of::ChangeConnections), put_connection),
        run(Put, "/crewdesk/connections/{name}/limits", "deskLimitConnection", "Says who may use a connection", May(Of::ChangeConnections), limit_connection),
        run(Put, "/crewdesk/connections/{name}/credentials", "deskSetCredentials", "Says whose credentials a connection uses", May(Of::ChangeConnections), set_credentials),
        run(Put, "/crewdesk/connections/{name}/password", "deskRotateConnection", "Sets a new password, once the server has taken it", May(Of::ChangeConnections), rotate_connection),
        run(Put, "/crewdesk/connections/{name}/login", "deskLogIn", "Keeps the caller's own login, once the server has taken it", Team, log_in),
        run(Delete, "/crewdesk/connections/{name}/login", "deskLogOut", "Forgets the caller's own login", Team, log_out),
        run(Delete, "/crewdesk/connections/{name}", "deskRemoveConnection", "Removes a connection", May(Of::ChangeConnections), remove_connection),
        run(Post, "/crewdesk/connections/{name}/test", "deskTestConnection", "Tries a connection", Team, test_connection),
        run(Get, "/crewdesk/notifications", "deskNotifications", "The caller's notifications", Team, notifications),
        run(Post, "/crewdesk/notifications/read", "deskMarkRead", "Marks notifications up to `upTo` as read", Team, mark_read),
        upload(Put, "/crewdesk/frames/{name}", "deskPutFrame", "Keeps a data frame; a file field then names it as `frame:HASH`", Team, put_frame),
        run(Post, "/crewdesk/insert", "deskInsert", "Inserts a frame without a process", Team, insert),
        run(Get, "/crewdesk/insertions", "deskInsertions", "Insertions, the newest first: all for a head, else the caller's own", Team, insertions),
        run(Post, "/crewdesk/undo", "deskUndoInsertion", "Takes the insertion of a `key` back without a process", Team, undo),
    ],
};

/// Longest wait for a change.
const LONGEST_WAIT: u64 = 60_000;
/// Changes that come within this time are told together.
const TOGETHER: Duration = Duration::from_millis(50);

/// The desk's refusal, in Camunda's form and its own.
fn told(error: DeskError) -> Fault {
    let own = serde_json::to_value(&error).unwrap_or_default();
    let fault = Fault::from(error);
    let mut more = match fault.more.as_deref() {
        Some(Json::Object(more)) => more.clone(),
        _ => Default::default(),
    };
    more.insert("error".to_owned(), own);
    Fault {
        more: Some(Box::new(Json::Object(more))),
        ..fault
    }
}

pub(super) fn shown<T: Serialize>(found: Result<T, DeskError>) -> Answer {
    let json = serde_json::to_value(found.map_err(told)?);
    json.map(Reply::Json)
        .map_err(|error| Fault::engine(error.to_string()))
}

pub(super) fn done(result: Result<(), DeskError>) -> Answer {
    result.map(|()| Reply::None).map_err(told)
}

/// A body that is one of the desk's own questions.
pub(super) fn asked<T: DeserializeOwned + Default>(call: &Call) -> Result<T, Fault> {
    match call.json()? {
        Json::Null => Ok(T::default()),
        json => serde_json::from_value(json).map_err(|error| mismatch(error.to_string())),
    }
}

/// `values`: text by field.
fn values(call: &Call) -> Result<IndexMap<String, String>, Fault> {
    let mut texts = IndexMap::new();
    if let Some(values) = call.object()?.object("values")? {
        for name in values.0.keys() {
            texts.insert(name.clone(), values.text(name)?.unwrap_or_default());
        }
    }
    Ok(texts)
}

fn specification(_: &Call) -> Answer {
    Ok(openapi::specification().into())
}

fn discover(call: &Call) -> Answer {
    let mut found = serde_json::Map::new();
    for operation in operations() {
        if operation.path.starts_with("/crewdesk/") {
            let at = json!({ "method": operation.method.as_str(), "path": operation.path });
            found.insert(operation.id.to_owned(), at);
        }
    }
    Ok(json!({
        "name": "crewdesk",
        "version": env!("CARGO_PKG_VERSION"),
        "user": call.user,
        "operations": found,
    })
    .into())
}

fn whoami(call: &Call) -> Answer {
    shown(call.desk.whoami(&call.caller))
}

fn status(call: &Call) -> Answer {
    shown(call.desk.status(&call.caller))
}

fn changes(service: Arc<Service>, call: Call) -> Pending {
    Box::pin(async move {
        let number = |name: &str| {
            let text = call.query(name).unwrap_or("0");
            text.parse::<u64>()
                .map_err(|_| Fault::invalid(format!("{name} is no number: {text}")))
        };
        let (seen, timeout) = (number("seen")?, number("timeout")?.min(LONGEST_WAIT));
        let mut stop = service.stop.clone();
        let waited = service
            .polls
            .change(seen, Duration::from_millis(timeout), &mut stop)
            .await;
        if waited == Woken::Look {
            tokio::time::sleep(TOGETHER).await;
        }
        Ok(json!({ "seen": service.polls.mark() }).into())
    })
}

pub(super) fn files(call: &Call) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let kind = call.content_type.as_deref().unwrap_or_default();
    let parts = multipart::parts(kind, &call.body)?.into_iter();
    Ok(parts
        .filter_map(|part| Some((part.filename?, part.bytes)))
        .collect())
}

fn deploy(call: &Call) -> Answer {
    shown(call.desk.deploy(&call.caller, files(call)?))
}

/// What a request lets become of Java code.
pub(super) fn java(call: &Call, topics: bool) -> Result<Java, Fault> {
    Ok(Java {
        delegates_as_topics: call.query_flag("topics")?.unwrap_or(topics),
        without_listeners: call.query_flag("withoutListeners")?.unwrap_or(false),
    })
}

fn plan_deployment(call: &Call) -> Answer {
    let java = java(call, false)?;
    shown(call.desk.plan_deployment(&call.caller, files(call)?, java))
}

fn definitions(call: &Call) -> Answer {
    shown(call.desk.definitions(&call.caller))
}

fn start_form(call: &Call) -> Answer {
    let found = call.desk.start_form(&call.caller, call.param("key"));
    shown(found.map(|(form, texts)| json!({ "form": form, "values": texts })))
}

fn start(call: &Call) -> Answer {
    let body = call.object()?;
    shown(call.desk.start(
        &call.caller,
        StartRequest {
            key: body.required("key")?,
            business_key: body.text("businessKey")?,
            variables: body.variables("variables")?,
            assignee: body.text("assignee")?,
            candidate_users: body.texts("candidateUsers")?.unwrap_or_default(),
            candidate_groups: body.texts("candidateGroups")?.unwrap_or_default(),
            due: body.date("due")?,
            priority: body.integer("priority")?,
            allow_same_business_key: body.flag("allowSameBusinessKey")?.unwrap_or(false),
        },
    ))
}

fn tasks(call: &Call) -> Answer {
    shown(call.desk.tasks(&call.caller, &asked::<TaskQuery>(call)?))
}

fn task(call: &Call) -> Answer {
    shown(call.desk.task(&call.caller, call.param("id")))
}

fn claim(call: &Call) -> Answer {
    shown(call.desk.claim(&call.caller, call.param("id")))
}

fn unclaim(call: &Call) -> Answer {
    shown(call.desk.unclaim(&call.caller, call.param("id")))
}

fn assign(call: &Call) -> Answer {
    let user = call.object()?.text("userId")?;
    shown(
        call.desk
            .assign(&call.caller, call.param("id"), user.as_deref()),
    )
}

fn set_due(call: &Call) -> Answer {
    let due = call.object()?.date("due")?;
    shown(call.desk.set_due(&call.caller, call.param("id"), due))
}

fn set_priority(call: &Call) -> Answer {
    let priority = call.object()?.integer("priority")?;
    let priority = priority.ok_or_else(|| Fault::invalid("priority must not be null"))?;
    shown(
        call.desk
            .set_priority(&call.caller, call.param("id"), priority),
    )
}

fn save_draft(call: &Call) -> Answer {
    let object = call.object()?;
    let (base, swap) = (object.date("base")?, object.flag("swap")?);
    let (id, values) = (call.param("id"), values(call)?);
    shown(match swap {
        Some(true) => call.desk.swap_draft(&call.caller, id, &values, base),
        _ => call.desk.save_draft(&call.caller, id, &values, base),
    })
}

fn preview(call: &Call) -> Answer {
    let (id, values) = (call.param("id"), values(call)?);
    shown(call.desk.preview(&call.caller, id, &values, &Cancel::new()))
}

fn refused_rows(call: &Call) -> Answer {
    let id = call.param("id");
    shown(call.desk.refused_rows(&call.caller, id, &values(call)?))
}

fn fix_rows(call: &Call) -> Answer {
    let rows = call.object()?.get("rows").cloned().unwrap_or_default();
    let rows: Vec<FixedRow> =
        serde_json::from_value(rows).map_err(|error| mismatch(error.to_string()))?;
    let (id, values) = (call.param("id"), values(call)?);
    shown(call.desk.fix_rows(&call.caller, id, &values, &rows))
}

fn submit(call: &Call) -> Answer {
    done(
        call.desk
            .complete_form(&call.caller, call.param("id"), &values(call)?),
    )
}

fn complete(call: &Call) -> Answer {
    let variables = call.object()?.variables("variables")?;
    done(
        call.desk
            .complete(&call.caller, call.param("id"), variables),
    )
}

fn comment_task(call: &Call) -> Answer {
    let text = call.object()?.text("text")?.unwrap_or_default();
    done(
        call.desk
            .comment_task(&call.caller, call.param("id"), &text),
    )
}

fn comment_instance(call: &Call) -> Answer {
    let text = call.object()?.text("text")?.unwrap_or_default();
    done(
        call.desk
            .comment_instance(&call.caller, call.param("id"), &text),
    )
}

fn instances(call: &Call) -> Answer {
    shown(
        call.desk
            .instances(&call.caller, &asked::<InstanceQuery>(call)?),
    )
}

fn instance(call: &Call) -> Answer {
    shown(call.desk.instance(&call.caller, call.param("id")))
}

fn history(call: &Call) -> Answer {
    shown(call.desk.history(&call.caller, call.param("id")))
}

fn diagram(call: &Call) -> Answer {
    shown(call.desk.diagram(&call.caller, call.param("id")))
}

fn cancel(call: &Call) -> Answer {
    let reason = call.object()?.text("reason")?.unwrap_or_default();
    done(call.desk.cancel(&call.caller, call.param("id"), &reason))
}

fn retry(call: &Call) -> Answer {
    shown(
        call.desk
            .retry(&call.caller, call.param("id"))
            .map(|tries| json!({ "tries": tries })),
    )
}

fn cancel_insertion(call: &Call) -> Answer {
    done(call.desk.cancel_insertion(&call.caller, call.param("id")))
}

fn users(call: &Call) -> Answer {
    shown(call.desk.users(&call.caller))
}

fn role(body: &Body) -> Result<Option<Role>, Fault> {
    let role = body.get("role").cloned().map(serde_json::from_value);
    role.transpose()
        .map_err(|error| mismatch(error.to_string()))
}

fn add_user(call: &Call) -> Answer {
    let body = call.object()?;
    let role = role(&body)?.ok_or_else(|| Fault::invalid("role must not be null"))?;
    shown(call.desk.add_user(
        &call.caller,
        &body.required("id")?,
        role,
        &body.texts("groups")?.unwrap_or_default(),
        body.text("password")?.as_deref(),
    ))
}

fn change_user(call: &Call) -> Answer {
    let body = call.object()?;
    let (role, groups) = (role(&body)?, body.texts("groups")?);
    let id = call.param("id");
    shown(
        call.desk
            .change_user(&call.caller, id, role, groups.as_deref()),
    )
}

fn remove_user(call: &Call) -> Answer {
    let successor = call.query("successor");
    shown(
        call.desk
            .remove_user(&call.caller, call.param("id"), successor),
    )
}

fn set_password(call: &Call) -> Answer {
    let password = call.object()?.text("password")?;
    done(
        call.desk
            .set_password(&call.caller, call.param("id"), password.as_deref()),
    )
}

fn set_topics(call: &Call) -> Answer {
    let topics = call.object()?.texts("topics")?.unwrap_or_default();
    shown(
        call.desk
            .set_topics(&call.caller, call.param("id"), &topics),
    )
}

fn set_account(call: &Call) -> Answer {
    let account = call.object()?.text("account")?;
    done(
        call.desk
            .set_account(&call.caller, call.param("id"), account.as_deref()),
    )
}

fn workload(call: &Call) -> Answer {
    shown(call.desk.workload(&call.caller))
}

fn connections(call: &Call) -> Answer {
    shown(call.desk.connections(&call.caller))
}

fn put_connection(call: &Call) -> Answer {
    let body = call.object()?;
    let (url, password) = (body.required("url")?, body.text("password")?);
    let name = call.param("name");
    shown(
        call.desk
            .add_connection(&call.caller, name, &url, password.as_deref()),
    )
}

fn limit_connection(call: &Call) -> Answer {
    let body = call.object()?;
    let limits = ConnectionLimits {
        groups: body.texts("groups")?.unwrap_or_default(),
        tables: body.texts("tables")?.unwrap_or_default(),
        modes: body.texts("modes")?.unwrap_or_default(),
        without_ledger: body.flag("withoutLedger")?.unwrap_or(false),
    };
    let name = call.param("name");
    shown(call.desk.limit_connection(&call.caller, name, &limits))
}

fn set_credentials(call: &Call) -> Answer {
    let kind = call.object()?.required("credentials")?;
    let kind = kind.parse::<Credentials>().map_err(Fault::invalid)?;
    let name = call.param("name");
    shown(call.desk.set_credentials(&call.caller, name, kind))
}

fn rotate_connection(call: &Call) -> Answer {
    let password = call.object()?.required("password")?;
    let name = call.param("name");
    shown(call.desk.rotate_connection(&call.caller, name, &password))
}

fn log_in(call: &Call) -> Answer {
    let body = call.object()?;
    let (user, password) = (body.text("userName")?, body.required("password")?);
    let name = call.param("name");
    let user = user.as_deref();
    shown(call.desk.log_in(&call.caller, name, user, &password))
}

fn log_out(call: &Call) -> Answer {
    done(call.desk.log_out(&call.caller, call.param("name")))
}

fn remove_connection(call: &Call) -> Answer {
    done(
        call.desk
            .remove_connection(&call.caller, call.param("name")),
    )
}

fn test_connection(call: &Call) -> Answer {
    let body = call.object()?;
    let (user, password) = (body.text("userName")?, body.text("password")?);
    let typed = password.as_deref().map(|password| TypedLogin {
        user_name: user.as_deref(),
        password,
    });
    let name = call.param("name");
    shown(call.desk.test_connection(&call.caller, name, typed))
}

fn notifications(call: &Call) -> Answer {
    let unread = call.query_flag("unreadOnly")?.unwrap_or(false);
    let most = call.query("maxResults").and_then(|text| text.parse().ok());
    let most = most.unwrap_or(200_usize).min(10_000);
    shown(call.desk.notifications(&call.caller, unread, most))
}

fn mark_read(call: &Call) -> Answer {
    let up_to = call.object()?.long("upTo")?;
    let up_to = up_to.ok_or_else(|| Fault::invalid("upTo must not be null"))?;
    done(call.desk.mark_read(&call.caller, up_to))
}

fn put_frame(call: &Call, bytes: &mut dyn std::io::Read) -> Answer {
    let size = call.query("size").and_then(|text| text.parse().ok());
    shown(
        call.desk
            .keep_frame(&call.caller, call.param("name"), size, bytes),
    )
}

/// How a frame is written, as a form would say it.
const READING: [&str; 15] = [
    "columns",
    "trim",
    "separator",
    "dateFormat",
    "numberFormat",
    "booleanFormat",
    "timeZone",
    "skipLines",
    "header",
    "quote",
    "escape",
    "encoding",
    "sheet",
    "exactDistinct",
    "references",
];

/// The mode of an insertion; `replace` is an older way to say it.
fn mode(named: Option<String>, replace: Option<bool>) -> Result<Mode, Fault> {
    match named {
        Some(name) => name.parse().map_err(Fault::invalid),
        None if replace == Some(true) => Ok(Mode::Replace),
        None => Ok(Mode::Append),
    }
}

fn insert(call: &Call) -> Answer {
    let body = call.object()?;
    let request = InsertRequest {
        file: body.required("file")?.into(),
        more: Vec::new(),
        from: body.text("from")?,
        connection: body.required("connection")?,
        table: body.required("table")?,
        mode: mode(body.text("mode")?, body.flag("replace")?)?,
        key: body.texts("keyColumns")?.unwrap_or_default(),
        query: body.text("query")?,
        null_texts: body.texts("nullTexts")?.unwrap_or_default(),
        reading: READING
            .iter()
            .filter_map(|name| Some((*name, body.text(name).transpose()?)))
            .map(|(name, text)| Ok((name, text?)))
            .collect::<Result<_, Fault>>()?,
        patch: body.text("patch")?.map(Into::into),
        // Nobody has a file written on the machine of the desk.
        rejects: None,
        user_name: body.text("userName")?,
        password: body.text("password")?.map(Clear::new),
        dry_run: body.flag("dryRun")?.unwrap_or(false),
        look: body.flag("look")?.unwrap_or(false),
        undoable: body.flag("undoable")?.unwrap_or(false),
        again: body.flag("again")?.unwrap_or(false),
        rows_only: body.flag("rowsOnly")?.unwrap_or(false),
    };
    shown(
        call.desk
            .insert(&call.caller, &request, &mut |_| ControlFlow::Continue(())),
    )
}

fn undo_insertion(call: &Call) -> Answer {
    shown(call.desk.undo_insertion(&call.caller, call.param("id")))
}

fn insertions(call: &Call) -> Answer {
    let most = call.query("maxResults").and_then(|text| text.parse().ok());
    let most = most.unwrap_or(100_usize).min(10_000);
    shown(call.desk.insertions(&call.caller, most))
}

fn undo(call: &Call) -> Answer {
    let key: String = call.object()?.required("key")?;
    shown(call.desk.undo(&call.caller, &key, &mut |_| {}))
}

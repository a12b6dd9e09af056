//! `Process Definition`: the pattern that other resources follow.

use super::many;
use super::process_instance::{instructions, skipped};
use crate::desk::listing::{
    ACTIVITY_STATISTICS, INCIDENT_STATISTICS, ListQuery, PROCESS_DEFINITION, PROCESS_STATISTICS,
};
use crate::desk::operate::Skip;
use crate::desk::permission::Operation as Of;
use crate::desk::suspend::{StateChange, Suspendable};
use crate::desk::{DeskError, Instruction, Lived};
use crate::rest::call::{Body, Call};
use crate::rest::form as forms;
use crate::rest::operation::Access::{All, May, Team};
use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use crate::rest::variables::typed;
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Process Definition",
    operations: &[
        run(Get, "/process-definition", "getProcessDefinitions", "Get List", All, list),
        run(Get, "/process-definition/count", "getProcessDefinitionsCount", "Get List Count", All, count),
        run(Delete, "/process-definition/key/{key}", "deleteProcessDefinitionsByKey", "Delete By Key", May(Of::Operate), delete_by_key),
        run(Get, "/process-definition/key/{key}", "getProcessDefinitionByKey", "Get", All, get),
        run(Get, "/process-definition/key/{key}/deployed-start-form", "getDeployedStartFormByKey", "Get Deployed Start Form", Team, deployed_form),
        run(Get, "/process-definition/key/{key}/diagram", "getProcessDefinitionDiagramByKey", "Get Diagram", All, diagram),
        run(Get, "/process-definition/key/{key}/form-variables", "getStartFormVariablesByKey", "Get Start Form Variables", Team, form_variables),
        run(Put, "/process-definition/key/{key}/history-time-to-live", "updateHistoryTimeToLiveByProcessDefinitionKey", "Update History Time to Live", May(Of::Operate), set_history_days),
        run(Get, "/process-definition/key/{key}/rendered-form", "getRenderedStartFormByKey", "Get Rendered Start Form", Team, rendered_form),
        run(Post, "/process-definition/key/{key}/start", "startProcessInstanceByKey", "Start Instance", Team, start),
        run(Get, "/process-definition/key/{key}/startForm", "getStartFormByKey", "Get Start Form Key", Team, start_form),
        run(Get, "/process-definition/key/{key}/statistics", "getActivityStatisticsByProcessDefinitionKey", "Get Activity Instance Statistics", May(Of::Operate), activity_statistics),
        run(Post, "/process-definition/key/{key}/submit-form", "submitFormByKey", "Submit Start Form", Team, submit_form),
        run(Put, "/process-definition/key/{key}/suspended", "updateProcessDefinitionSuspensionStateByKey", "Activate/Suspend by Id", May(Of::Operate), suspend),
        run(Delete, "/process-definition/key/{key}/tenant-id/{tenant-id}", "deleteProcessDefinitionsByKeyAndTenantId", "Delete By Key", May(Of::Operate), delete_of_tenant),
        run(Get, "/process-definition/key/{key}/tenant-id/{tenant-id}", "getLatestProcessDefinitionByTenantId", "Get", All, get),
        run(Get, "/process-definition/key/{key}/tenant-id/{tenant-id}/deployed-start-form", "getDeployedStartFormByKeyAndTenantId", "Get Deployed Start Form", Team, deployed_form),
        run(Get, "/process-definition/key/{key}/tenant-id/{tenant-id}/diagram", "getProcessDefinitionDiagramByKeyAndTenantId", "Get Diagram", All, diagram),
        run(Get, "/process-definition/key/{key}/tenant-id/{tenant-id}/form-variables", "getStartFormVariablesByKeyAndTenantId", "Get Start Form Variables", Team, form_variables),
        run(Put, "/process-definition/key/{key}/tenant-id/{tenant-id}/history-time-to-live", "updateHistoryTimeToLiveByProcessDefinitionKeyAndTenantId", "Update History Time to Live", May(Of::Operate), set_history_days),
        run(Get, "/process-definition/key/{key}/tenant-id/{tenant-id}/rendered-form", "getRenderedStartFormByKeyAndTenantId", "Get Rendered Start Form", Team, rendered_form),
        run(Post, "/process-definition/key/{key}/tenant-id/{tenant-id}/start", "startProcessInstanceByKeyAndTenantId", "Start Instance", Team, start),
        run(Get, "/process-definition/key/{key}/tenant-id/{tenant-id}/startForm", "getStartFormByKeyAndTenantId", "Get Start Form Key", Team, start_form),
        run(Get, "/process-definition/key/{key}/tenant-id/{tenant-id}/statistics", "getActivityStatisticsByProcessDefinitionKeyAndTenantId", "Get Activity Instance Statistics", May(Of::Operate), activity_statistics),
        run(Post, "/process-definition/key/{key}/tenant-id/{tenant-id}/submit-form", "submitFormByKeyAndTenantId", "Submit Start Form", Team, submit_form),
        run(Put, "/process-definition/key/{key}/tenant-id/{tenant-id}/suspended", "updateProcessDefinitionSuspensionStateByKeyAndTenantId", "Activate/Suspend by Id", May(Of::Operate), suspend),
        run(Get, "/process-definition/key/{key}/tenant-id/{tenant-id}/xml", "getProcessDefinitionBpmn20XmlByKeyAndTenantId", "Get XML", All, xml),
        run(Get, "/process-definition/key/{key}/xml", "getProcessDefinitionBpmn20XmlByKey", "Get XML", All, xml),
        run(Get, "/process-definition/statistics", "getProcessDefinitionStatistics", "Get Process Instance Statistics", May(Of::Operate), statistics),
        run(Put, "/process-definition/suspended", "updateProcessDefinitionSuspensionState", "Activate/Suspend By Key", May(Of::Operate), suspend_by_key),
        run(Delete, "/process-definition/{id}", "deleteProcessDefinition", "Delete", May(Of::Operate), delete),
        run(Get, "/process-definition/{id}", "getProcessDefinition", "Get", All, get),
        run(Get, "/process-definition/{id}/deployed-start-form", "getDeployedStartForm", "Get Deployed Start Form", Team, deployed_form),
        run(Get, "/process-definition/{id}/diagram", "getProcessDefinitionDiagram", "Get Diagram", All, diagram),
        run(Get, "/process-definition/{id}/form-variables", "getStartFormVariables", "Get Start Form Variables", Team, form_variables),
        run(Put, "/process-definition/{id}/history-time-to-live", "updateHistoryTimeToLiveByProcessDefinitionId", "Update History Time to Live", May(Of::Operate), set_history_days),
        run(Get, "/process-definition/{id}/rendered-form", "getRenderedStartForm", "Get Rendered Start Form", Team, rendered_form),
        run(Post, "/process-definition/{id}/restart", "restartProcessInstance", "Restart Process Instance", May(Of::Operate), many::restart),
        run(Post, "/process-definition/{id}/restart-async", "restartProcessInstanceAsyncOperation", "Restart Process Instance Async", May(Of::Operate), many::restart_async),
        run(Post, "/process-definition/{id}/start", "startProcessInstance", "Start Instance", Team, start),
        run(Get, "/process-definition/{id}/startForm", "getStartForm", "Get Start Form Key", Team, start_form),
        run(Get, "/process-definition/{id}/static-called-process-definitions", "getStaticCalledProcessDefinitions", "Get Static Called Process Definitions", All, called),
        run(Get, "/process-definition/{id}/statistics", "getActivityStatistics", "Get Activity Instance Statistics", May(Of::Operate), activity_statistics),
        run(Post, "/process-definition/{id}/submit-form", "submitForm", "Submit Start Form", Team, submit_form),
        run(Put, "/process-definition/{id}/suspended", "updateProcessDefinitionSuspensionStateById", "Activate/Suspend By Id", May(Of::Operate), suspend),
        run(Get, "/process-definition/{id}/xml", "getProcessDefinitionBpmn20Xml", "Get XML", All, xml),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &PROCESS_DEFINITION)
}

fn count(call: &Call) -> Answer {
    query::count(call, &PROCESS_DEFINITION)
}

/// The definition that the path means: by id, or the newest of a key.
fn entry(call: &Call) -> Result<crate::desk::listing::Entry, Fault> {
    let unknown = |id: &str| format!("No matching definition with id {id}");
    query::definition(call, &PROCESS_DEFINITION, "process definition", unknown)
}

/// Its id.
fn id(call: &Call) -> Result<String, Fault> {
    let entry = entry(call)?;
    Ok(entry
        .get("id")
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned())
}

fn get(call: &Call) -> Answer {
    Ok(Json::Object(entry(call)?).into())
}

/// No definition has a picture deployed with it.
fn diagram(call: &Call) -> Answer {
    id(call)?;
    Ok(Reply::None)
}

fn xml(call: &Call) -> Answer {
    let id = id(call)?;
    let xml = call.desk.definition_xml(&call.caller, &id)?;
    Ok(json!({ "id": id, "bpmn20Xml": xml }).into())
}

fn start(call: &Call) -> Answer {
    let id = id(call)?;
    let body = call.object()?;
    let before = || format!("Cannot instantiate process definition {id}");
    let variables = body.variables("variables").map_err(|fault| Fault {
        message: format!("{}: {}", before(), fault.message),
        ..fault
    })?;
    let key = body.text("businessKey")?;
    let steps = start_steps(&body)?;
    let started = match steps.is_empty() {
        true => call
            .desk
            .start_definition(&call.caller, &id, key, variables),
        false => call
            .desk
            .start_with(&call.caller, &id, key, variables, steps),
    };
    let view = started.map_err(|error| match error {
        error @ DeskError::Forbidden(_) => error.into(),
        error => Fault::from(error).wrapped(500, &before()),
    })?;
    let mut shown = started_instance(call, &view);
    if body.flag("withVariablesInReturn")? == Some(true) {
        let variables = call.desk.last_variables(&call.caller, &view.id);
        let variables = variables.unwrap_or_default();
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("variables".to_owned(), typed(&variables, false));
        }
    }
    Ok(shown.into())
}

/// Where an instance begins, if not at its start event.
fn start_steps(body: &Body) -> Result<Vec<Instruction>, Fault> {
    let Some(steps) = body.get("startInstructions") else {
        return Ok(Vec::new());
    };
    let mut given = Body::default();
    given.0.insert("instructions".to_owned(), steps.clone());
    instructions(&given)
}

/// An instance as starting one shows it.
fn started_instance(call: &Call, view: &crate::desk::view::InstanceView) -> Json {
    let link = format!("{}/process-instance/{}", call.base, view.id);
    json!({
        "links": [{ "method": "GET", "href": link, "rel": "self" }],
        "id": view.id,
        "definitionId": view.definition_id,
        "definitionKey": view.process_definition_key,
        "businessKey": view.business_key,
        "caseInstanceId": null,
        "ended": view.ended,
        "suspended": view.suspended,
        "tenantId": null,
    })
}

fn start_form(call: &Call) -> Answer {
    Ok(forms::key(&shown_form(call)?))
}

fn shown_form(call: &Call) -> Result<crate::desk::tasklist::ShownForm, Fault> {
    let id = id(call)?;
    Ok(call.desk.start_form_of(&call.caller, &id)?)
}

fn form_variables(call: &Call) -> Answer {
    forms::variables(call, &shown_form(call)?)
}

fn rendered_form(call: &Call) -> Answer {
    let id = id(call)?;
    let form = call.desk.start_form_of(&call.caller, &id)?;
    forms::rendered(
        &form,
        &format!("No matching rendered start form for process definition with the id {id} found."),
    )
}

fn deployed_form(call: &Call) -> Answer {
    forms::deployed(call, &shown_form(call)?)
}

fn submit_form(call: &Call) -> Answer {
    let id = id(call)?;
    let body = call.object()?;
    let before = format!("Cannot instantiate process definition {id}");
    let variables = body.variables("variables").map_err(|fault| Fault {
        message: format!("{before}: {}", fault.message),
        ..fault
    })?;
    let key = body.text("businessKey")?;
    let started = call
        .desk
        .submit_start_form(&call.caller, &id, key, variables);
    let view = started.map_err(|error| match error {
        error @ DeskError::Forbidden(_) => error.into(),
        error @ DeskError::Fields(_) => Fault::from(error).wrapped(400, &before),
        error => Fault::from(error).wrapped(500, &before),
    })?;
    Ok(started_instance(call, &view).into())
}

/// Suspends or activates, the running instances too if asked, now or at a date.
fn change_state(call: &Call, body: &Body, what: Suspendable) -> Answer {
    let is = |name: &str| Ok::<_, Fault>(body.flag(name)?.unwrap_or(false));
    let change = StateChange {
        what,
        suspended: is("suspended")?,
        include: is("includeProcessInstances")?,
    };
    let at = body.date("executionDate")?;
    call.desk.change_state(&call.caller, change, at)?;
    Ok(Reply::None)
}

/// Whether what runs goes, too.
fn cascade(call: &Call) -> Result<bool, Fault> {
    Ok(call.query_flag("cascade")?.unwrap_or(false))
}

/// What is left out when instances go.
fn skip(call: &Call) -> Result<Skip, Fault> {
    skipped(|name| call.query_flag(name))
}

fn delete(call: &Call) -> Answer {
    let id = call.param("id");
    let missing = || {
        Fault::not_found(format!(
            "Process definition with id '{id}' does not exist: No process definition found with id '{id}': processDefinition is null"
        ))
    };
    query::find(call, &PROCESS_DEFINITION, id)?.ok_or_else(missing)?;
    call.desk
        .delete_definition(&call.caller, id, cascade(call)?, skip(call)?)?;
    Ok(Reply::None)
}

fn delete_by_key(call: &Call) -> Answer {
    let (key, cascade) = (call.param("key"), cascade(call)?);
    let versions = call.desk.versions(&call.caller, true)?.into_iter();
    let versions = versions.filter(|version| version.definition.key == key);
    let versions: Vec<_> = versions.collect();
    if versions.is_empty() {
        return Err(Fault::not_found(format!(
            "No process definition found with key '{key}'"
        )));
    }
    // All or none: what runs anywhere without a cascade is found before anything goes.
    let busy = versions.iter().find(|version| version.instances > 0);
    if let Some(version) = busy.filter(|_| !cascade) {
        call.desk.delete_definition(
            &call.caller,
            &version.definition.id,
            false,
            Skip::default(),
        )?;
    }
    for version in versions {
        call.desk
            .delete_definition(&call.caller, &version.definition.id, cascade, skip(call)?)?;
    }
    Ok(Reply::None)
}

/// A desk is one team's, so that no tenant has any.
fn delete_of_tenant(call: &Call) -> Answer {
    Err(Fault::not_found(format!(
        "No process definition found with key '{}' and tenant '{}'",
        call.param("key"),
        call.param("tenant-id")
    )))
}

fn suspend(call: &Call) -> Answer {
    let body = call.object()?;
    let entry = entry(call)?;
    let text = |name: &str| entry.get(name).and_then(Json::as_str).map(str::to_owned);
    let what = match call.param("key").is_empty() {
        true => Suspendable::Process(text("id").unwrap_or_default()),
        false => Suspendable::Key(text("key").unwrap_or_default()),
    };
    change_state(call, &body, what)
}

fn suspend_by_key(call: &Call) -> Answer {
    let body = call.object()?;
    if body.get("processDefinitionId").is_some() {
        return Err(Fault::invalid(
            "Only processDefinitionKey can be set to update the suspension state.",
        ));
    }
    let key = body.text("processDefinitionKey")?;
    let key = key.ok_or_else(|| {
        Fault::invalid("processDefinitionKey should be set to update the suspension state.")
    })?;
    change_state(call, &body, Suspendable::Key(key))
}

/// Which processes its call activities name once and for all.
fn called(call: &Call) -> Answer {
    let id = call.param("id");
    query::find(call, &PROCESS_DEFINITION, id)?.ok_or_else(|| {
        Fault::not_found(format!(
            "no deployed process definition found with id '{id}': processDefinition is null"
        ))
    })?;
    let mut shown = Vec::new();
    for (called, activities) in call.desk.static_calls(&call.caller, id)? {
        if let Some(mut entry) = query::find(call, &PROCESS_DEFINITION, &called)? {
            entry.insert("calledFromActivityIds".to_owned(), json!(activities));
            entry.insert("callingProcessDefinitionId".to_owned(), json!(id));
            shown.push(Json::Object(entry));
        }
    }
    Ok(Json::Array(shown).into())
}

fn statistics(call: &Call) -> Answer {
    let definitions = query::entries(call, &PROCESS_DEFINITION, ListQuery::default())?;
    let counted = query::entries(call, &PROCESS_STATISTICS, ListQuery::default())?;
    let incidents = incidents(call, None)?;
    let jobs = call.query_flag("failedJobs")?.unwrap_or(false);
    let shown = counted.into_iter().filter_map(|mut entry| {
        let id = entry.get("id").cloned()?;
        let definition = definitions.iter().find(|d| d.get("id") == Some(&id))?;
        let of = |incident: &&Json| incident.get("definitionId") == Some(&id);
        let incidents = by_type(incidents.iter().filter(of));
        // What nothing runs of is left out, as Camunda does.
        if entry.get("instances") == Some(&json!(0)) {
            return None;
        }
        if !jobs {
            entry.insert("failedJobs".to_owned(), json!(0));
        }
        entry.insert("incidents".to_owned(), incidents);
        entry.insert("definition".to_owned(), Json::Object(definition.clone()));
        entry.insert(
            "@class".to_owned(),
            json!(
                "org.camunda.bpm.engine.rest.dto.repository.ProcessDefinitionStatisticsResultDto"
            ),
        );
        Some(Json::Object(entry))
    });
    Ok(Json::Array(shown.collect()).into())
}

fn activity_statistics(call: &Call) -> Answer {
    let id = id(call)?;
    let pairs = [("definition".to_owned(), id.clone())];
    let query = query::from_pairs(&pairs, &ACTIVITY_STATISTICS)?;
    let incidents = incidents(call, Some(&id))?;
    let jobs = call.query_flag("failedJobs")?.unwrap_or(false);
    let shown = query::entries(call, &ACTIVITY_STATISTICS, query)?
        .into_iter()
        .map(|mut entry| {
            let activity = entry.get("id").cloned();
            let of = |incident: &&Json| incident.get("activityId") == activity.as_ref();
            let incidents = by_type(incidents.iter().filter(of));
            if !jobs {
                entry.insert("failedJobs".to_owned(), json!(0));
            }
            entry.insert("incidents".to_owned(), incidents);
            entry.insert(
                "@class".to_owned(),
                json!("org.camunda.bpm.engine.rest.dto.repository.ActivityStatisticsResultDto"),
            );
            Json::Object(entry)
        });
    Ok(Json::Array(shown.collect()).into())
}

/// Counts of incidents, where the query asks for them.
fn incidents(call: &Call, definition: Option<&str>) -> Result<Vec<Json>, Fault> {
    let kind = call.query("incidentsForType");
    let all = call.query_flag("incidents")?.unwrap_or(false);
    let roots = call.query_flag("rootIncidents")?.unwrap_or(false);
    if !all && !roots && kind.is_none() {
        return Ok(Vec::new());
    }
    let mut pairs = Vec::new();
    pairs.extend(definition.map(|id| ("definition".to_owned(), id.to_owned())));
    pairs.extend(kind.map(|kind| ("incidentsForType".to_owned(), kind.to_owned())));
    pairs.extend(roots.then(|| ("rootIncidents".to_owned(), "true".to_owned())));
    let query = query::from_pairs(&pairs, &INCIDENT_STATISTICS)?;
    let entries = query::entries(call, &INCIDENT_STATISTICS, query)?;
    Ok(entries.into_iter().map(Json::Object).collect())
}

/// Sums of incidents by type.
fn by_type<'a>(incidents: impl Iterator<Item = &'a Json>) -> Json {
    let mut sums: std::collections::BTreeMap<&str, i64> = Default::default();
    for incident in incidents {
        let kind = incident
            .get("incidentType")
            .and_then(Json::as_str)
            .unwrap_or_default();
        let count = incident
            .get("incidentCount")
            .and_then(Json::as_i64)
            .unwrap_or(0);
        *sums.entry(kind).or_default() += count;
    }
    let sums = sums.into_iter();
    Json::Array(
        sums.map(|(kind, count)| json!({ "incidentType": kind, "incidentCount": count }))
            .collect(),
    )
}

/// The days in the body; none keeps the history for ever.
pub(super) fn history_days(call: &Call) -> Result<Option<u32>, Fault> {
    let days = call.object()?.long("historyTimeToLive")?;
    let wrong = |_| {
        Fault::bad_user_request("greater than: historyTimeToLive is not greater than or equal to 0")
    };
    days.map(u32::try_from).transpose().map_err(wrong)
}

fn set_history_days(call: &Call) -> Answer {
    let id = id(call)?;
    let days = history_days(call)?;
    call.desk
        .set_history_days(&call.caller, Lived::Process, &id, days)?;
    Ok(Reply::None)
}

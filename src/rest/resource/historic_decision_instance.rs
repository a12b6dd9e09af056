//! `Historic Decision Instance`.

use super::many;
use crate::desk::listing::{Entry, HISTORIC_DECISION};
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::{May, Team};
use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault};
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Decision Instance",
    operations: &[
        run(Get, "/history/decision-instance", "getHistoricDecisionInstances", "Get Historic Decision Instances", Team, list),
        run(Get, "/history/decision-instance/count", "getHistoricDecisionInstancesCount", "Get Historic Decision Instance Count", Team, count),
        run(Post, "/history/decision-instance/delete", "deleteAsync", "Delete Async (POST)", May(Of::Operate), many::delete_decisions),
        run(Post, "/history/decision-instance/set-removal-time", "setRemovalTimeAsyncHistoricDecisionInstance", "Set Removal Time Async (POST)", May(Of::Operate), many::set_decision_removal_time),
        run(Get, "/history/decision-instance/{id}", "getHistoricDecisionInstance", "Get Historic Decision Instance", Team, get),
    ],
};

fn list(call: &Call) -> Answer {
    let asked = query::read(call, &HISTORIC_DECISION)?;
    let wanted = wanted(call)?;
    let found = query::entries(call, &HISTORIC_DECISION, asked)?.into_iter();
    let shown = found.map(|entry| Json::Object(shown(entry, wanted)));
    Ok(Json::Array(shown.collect()).into())
}

fn count(call: &Call) -> Answer {
    query::count(call, &HISTORIC_DECISION)
}

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    let found = query::logged(call, &HISTORIC_DECISION, id)?.ok_or_else(|| {
        Fault::not_found(format!(
            "Historic decision instance with id '{id}' does not exist"
        ))
    })?;
    Ok(Json::Object(shown(found, wanted(call)?)).into())
}

/// Whether inputs and outputs are asked for.
fn wanted(call: &Call) -> Result<(bool, bool), Fault> {
    let flag = |name| Ok::<_, Fault>(call.query_flag(name)?.unwrap_or(false));
    Ok((flag("includeInputs")?, flag("includeOutputs")?))
}

/// An entry with the inputs and outputs that its trace tells.
fn shown(mut entry: Entry, wanted: (bool, bool)) -> Entry {
    let trace = entry.remove("trace");
    let trace = trace.as_ref().and_then(Json::as_str).unwrap_or("{}");
    let trace: Json = serde_json::from_str(trace).unwrap_or_default();
    let list = |of: &Json, name: &str| -> Vec<Json> {
        of.get(name)
            .and_then(Json::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let rules = list(&trace, "rules");
    let inputs = list(&trace, "inputs");
    let inputs = inputs.iter().map(|input| clause(&entry, input));
    let inputs = wanted.0.then(|| inputs.collect::<Vec<_>>());
    let mut outputs = Vec::new();
    for rule in &rules {
        for output in list(rule, "outputs") {
            let place = (rule.get("id").cloned(), rule.get("number").cloned());
            outputs.push(outcome(clause(&entry, &output), place));
        }
    }
    match trace.get("result").filter(|result| !result.is_null()) {
        Some(result) if rules.is_empty() => {
            outputs.push(outcome(clause(&entry, result), (None, None)))
        }
        Some(result) => {
            let sum = result.pointer("/value/value").cloned();
            entry.insert("collectResultValue".to_owned(), sum.unwrap_or_default());
        }
        None => {}
    }
    entry.insert("inputs".to_owned(), inputs.into());
    entry.insert("outputs".to_owned(), wanted.1.then_some(outputs).into());
    entry
}

/// An input or output column with its value.
fn clause(entry: &Entry, traced: &Json) -> Json {
    let of = |name: &str| entry.get(name).cloned().unwrap_or_default();
    let part = |path: &str| traced.pointer(path).cloned().unwrap_or_default();
    let decision = of("id");
    let id = format!(
        "{}:{}",
        decision.as_str().unwrap_or_default(),
        part("/id").as_str().unwrap_or_default()
    );
    json!({
        "id": id,
        "decisionInstanceId": decision,
        "clauseId": part("/id"),
        "clauseName": part("/name"),
        "errorMessage": null,
        "value": part("/value/value"),
        "type": part("/value/type"),
        "valueInfo": part("/value/valueInfo"),
        "createTime": of("evaluationTime"),
        "removalTime": null,
        "rootProcessInstanceId": of("rootProcessInstanceId"),
    })
}

/// An output with its rule: id and number.
fn outcome(mut output: Json, rule: (Option<Json>, Option<Json>)) -> Json {
    let name = output.get("clauseName").cloned();
    if let Some(fields) = output.as_object_mut() {
        fields.insert("ruleId".to_owned(), rule.0.into());
        fields.insert("ruleOrder".to_owned(), rule.1.into());
        fields.insert("variableName".to_owned(), name.into());
    }
    output
}

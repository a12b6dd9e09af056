//! `Historic Variable Instance`.

use crate::desk::listing::{Comparison, Given, HISTORIC_VARIABLE, ListQuery, Operator};
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::{May, Team};
use crate::rest::operation::Method::{Delete, Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use crate::rest::variables::bytes;
use crate::value::{Value, json};
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Variable Instance",
    operations: &[
        run(Get, "/history/variable-instance", "getHistoricVariableInstances", "Get Variable Instances", Team, list),
        run(Post, "/history/variable-instance", "queryHistoricVariableInstances", "Get Variable Instances (POST)", Team, list),
        run(Get, "/history/variable-instance/count", "getHistoricVariableInstancesCount", "Get Variable Instance Count", Team, count),
        run(Post, "/history/variable-instance/count", "queryHistoricVariableInstancesCount", "Get Variable Instance Count (POST)", Team, count),
        run(Delete, "/history/variable-instance/{id}", "deleteHistoricVariableInstance", "Delete Variable Instance", May(Of::Operate), delete),
        run(Get, "/history/variable-instance/{id}", "getHistoricVariableInstance", "Get Variable Instance", Team, get),
        run(Get, "/history/variable-instance/{id}/data", "getHistoricVariableInstanceBinary", "Get Variable Instance (Binary)", Team, data),
    ],
};

fn list(call: &Call) -> Answer {
    query::show(call, &HISTORIC_VARIABLE, asked(call)?)
}

fn count(call: &Call) -> Answer {
    query::tally(call, &HISTORIC_VARIABLE, &asked(call)?)
}

/// What was removed is left out unless asked for, and a value is compared with the name.
fn asked(call: &Call) -> Result<ListQuery, Fault> {
    let mut asked = query::read(call, &HISTORIC_VARIABLE)?;
    let body = call.object()?;
    let from_body = !call.body.is_empty();
    let flag = |name: &str| match from_body {
        true => body.flag(name),
        false => call.query_flag(name),
    };
    if flag("includeDeleted")? != Some(true) {
        query::also(
            &mut asked,
            &HISTORIC_VARIABLE,
            "notDeleted",
            Given::Flag(true),
        );
    }
    let value = match from_body {
        true => body.get("variableValue").map(json::from_plain),
        false => call.query("variableValue").map(Value::from),
    };
    let any_case_name = flag("variableNamesIgnoreCase")?.unwrap_or(false);
    if any_case_name {
        for (filter, _) in &mut asked.filters {
            let folded = format!("{}+folded", filter.name);
            let other = HISTORIC_VARIABLE.filters.iter();
            let other = { other }.find(|filter| filter.name == folded);
            *filter = other.unwrap_or(*filter);
        }
    }
    let Some(value) = value else {
        return Ok(asked);
    };
    let place = asked
        .filters
        .iter()
        .position(|(f, _)| f.name.strip_suffix("+folded").unwrap_or(f.name) == "variableName");
    let Some((_, Given::Text(name))) = place.map(|at| asked.filters.remove(at)) else {
        return Err(Fault::invalid(
            "Only a single variable value parameter specified: variable name and value are required to be able to query after a specific variable value and name.",
        ));
    };
    let comparison = Comparison {
        name,
        operator: Operator::Equal,
        value,
        any_case_name,
        any_case_value: flag("variableValuesIgnoreCase")?.unwrap_or(false),
    };
    let compared = Given::Variables(vec![comparison]);
    query::also(
        &mut asked,
        &HISTORIC_VARIABLE,
        "variableNameAndValue",
        compared,
    );
    Ok(asked)
}

fn missing(id: &str) -> Fault {
    Fault::not_found(format!(
        "HistoricVariableInstance with Id '{id}' does not exist."
    ))
}

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    let found = query::find(call, &HISTORIC_VARIABLE, id)?;
    Ok(Json::Object(found.ok_or_else(|| missing(id))?).into())
}

fn delete(call: &Call) -> Answer {
    let id = call.param("id");
    match call.desk.delete_variable_history(&call.caller, id, false)? {
        true => Ok(Reply::None),
        false => Err(Fault::not_found(format!(
            "No historic variable instance found with id: {id}: variable is null"
        ))),
    }
}

fn data(call: &Call) -> Answer {
    let id = call.param("id");
    let found = query::value(call, &HISTORIC_VARIABLE, id)?;
    bytes(found.ok_or_else(|| missing(id))?, id)
}

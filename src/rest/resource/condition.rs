//! `Condition`.

use crate::desk::event::Conditions;
use crate::desk::listing::PROCESS_INSTANCE;
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::May;
use crate::rest::operation::Method::Post;
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Condition",
    operations: &[
        run(Post, "/condition", "evaluateCondition", "Evaluate", May(Of::Correlate), evaluate),
    ],
};

fn evaluate(call: &Call) -> Answer {
    let body = call.object()?;
    let tenant = body.text("tenantId")?;
    if tenant.is_some() && body.flag("withoutTenantId")? == Some(true) {
        return Err(Fault::invalid(
            "Parameter 'tenantId' cannot be used together with parameter 'withoutTenantId'.",
        ));
    }
    // There are no tenants: nothing belongs to one.
    if tenant.is_some() {
        return Ok(Reply::Json(json!([])));
    }
    let given = Conditions {
        variables: body.variables("variables")?,
        business_key: body.text("businessKey")?,
        definition_id: body.text("processDefinitionId")?,
    };
    let mut started = Vec::new();
    for id in call.desk.evaluate_conditions(&call.caller, given)? {
        // One that ended at once is told by its id alone.
        let found = query::find(call, &PROCESS_INSTANCE, &id)?;
        let mut found = found.unwrap_or_default();
        found.insert("id".to_owned(), json!(id));
        found.insert("links".to_owned(), json!([]));
        started.push(Json::Object(found));
    }
    Ok(Reply::Json(Json::Array(started)))
}

//! `Modification`.

use super::many;
use super::process_instance::{instructions, skipped};
use crate::rest::call::Call;
use crate::rest::operation::Access::Head;
use crate::rest::operation::Method::Post;
use crate::rest::operation::{Group, run};
use crate::rest::reply::{Answer, Fault, Reply};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Modification",
    operations: &[
        run(Post, "/modification/execute", "executeModification", "Execute Modification", Head, execute),
        run(Post, "/modification/executeAsync", "executeModificationAsync", "Execute Modification Async (Batch)", Head, many::modify),
    ],
};

/// Moves tokens of several instances in one transaction.
fn execute(call: &Call) -> Answer {
    let body = call.object()?;
    body.without(&[
        "annotation",
        "processInstanceQuery",
        "historicProcessInstanceQuery",
    ])?;
    if body.text("processDefinitionId")?.is_none() {
        return Err(Fault::bad_user_request(
            "processDefinitionId must be set: processDefinitionId is null",
        ));
    }
    let skip = skipped(|name| body.flag(name))?;
    let steps = instructions(&body)?;
    let ids = body.texts("processInstanceIds")?.unwrap_or_default();
    if ids.is_empty() || steps.is_empty() {
        return Err(Fault::bad_user_request(
            "Process instance ids and instructions must be given: they are empty",
        ));
    }
    call.desk.modify_all(&call.caller, ids, steps, skip)?;
    Ok(Reply::None)
}

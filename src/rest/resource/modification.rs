//! `Modification`.

use super::many;
use super::process_instance::modified;
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::May;
use crate::rest::operation::Method::Post;
use crate::rest::operation::{Group, run};
use crate::rest::reply::{Answer, Fault, Reply};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Modification",
    operations: &[
        run(Post, "/modification/execute", "executeModification", "Execute Modification", May(Of::Operate), execute),
        run(Post, "/modification/executeAsync", "executeModificationAsync", "Execute Modification Async (Batch)", May(Of::Operate), many::modify),
    ],
};

/// Moves tokens of several instances in one transaction.
fn execute(call: &Call) -> Answer {
    let body = call.object()?;
    if body.text("processDefinitionId")?.is_none() {
        return Err(Fault::bad_user_request(
            "processDefinitionId must be set: processDefinitionId is null",
        ));
    }
    let modification = modified(&body)?;
    if modification.instructions.is_empty() {
        return Err(Fault::bad_user_request("instructions is empty"));
    }
    let ids = many::instances(call, &body)?;
    call.desk.modify_all(&call.caller, ids, modification)?;
    Ok(Reply::None)
}

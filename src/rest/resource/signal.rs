//! `Signal`.

use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::May;
use crate::rest::operation::Method::Post;
use crate::rest::operation::{Group, run};
use crate::rest::reply::{Answer, Fault, Reply};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Signal",
    operations: &[
        run(Post, "/signal", "throwSignal", "Event", May(Of::Correlate), throw),
    ],
};

fn throw(call: &Call) -> Answer {
    let body = call.object()?;
    let name = body.text("name")?;
    let name = name.ok_or_else(|| Fault::invalid("No signal name given"))?;
    let execution = body.text("executionId")?;
    let variables = body.variables("variables")?;
    call.desk
        .signal(&call.caller, &name, execution.as_deref(), variables)?;
    Ok(Reply::None)
}

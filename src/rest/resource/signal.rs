//! `Signal`.

use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::May;
use crate::rest::operation::Method::Post;
use crate::rest::operation::{Group, run};
use crate::rest::reply::{Answer, Fault, Reply};
use crate::value::Map;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Signal",
    operations: &[
        run(Post, "/signal", "throwSignal", "Event", May(Of::Correlate), throw),
    ],
};

/// The signal that a request throws.
pub(super) struct Thrown {
    pub(super) name: String,
    pub(super) execution: Option<String>,
    pub(super) variables: Map,
}

pub(super) fn asked(call: &Call) -> Result<Thrown, Fault> {
    let body = call.object()?;
    let name = body.text("name")?;
    Ok(Thrown {
        name: name.ok_or_else(|| Fault::invalid("No signal name given"))?,
        execution: body.text("executionId")?,
        variables: body.variables("variables")?,
    })
}

fn throw(call: &Call) -> Answer {
    let thrown = asked(call)?;
    let execution = thrown.execution.as_deref();
    call.desk
        .signal(&call.caller, &thrown.name, execution, thrown.variables)?;
    Ok(Reply::None)
}

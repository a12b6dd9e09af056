//! `Historic Task Instance`.

use crate::desk::listing::HISTORIC_TASK;
use crate::rest::call::Call;
use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, run, todo};
use crate::rest::query;
use crate::rest::reply::Answer;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Task Instance",
    operations: &[
        run(Get, "/history/task", "getHistoricTaskInstances", "Get Tasks (Historic)", Team, list),
        run(Post, "/history/task", "queryHistoricTaskInstances", "Get Tasks (Historic) (POST)", Team, list),
        run(Get, "/history/task/count", "getHistoricTaskInstancesCount", "Get Task Count", Team, count),
        run(Post, "/history/task/count", "queryHistoricTaskInstancesCount", "Get Task Count (POST)", Team, count),
        todo(Get, "/history/task/report", "getHistoricTaskInstanceReport", "Get Task Report (Historic)"),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &HISTORIC_TASK)
}

fn count(call: &Call) -> Answer {
    query::count(call, &HISTORIC_TASK)
}

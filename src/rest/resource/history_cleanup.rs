//! `History Cleanup`.

use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "History Cleanup",
    operations: &[
        todo(Post, "/history/cleanup", "cleanupAsync", "Clean up history (POST)"),
        todo(Get, "/history/cleanup/configuration", "getHistoryCleanupConfiguration", "Get History Cleanup Configuration"),
        todo(Get, "/history/cleanup/job", "findCleanupJob", "Find clean up history job (GET)"),
        todo(Get, "/history/cleanup/jobs", "findCleanupJobs", "Find clean up history jobs (GET)"),
    ],
};

//! `Migration`.

use crate::rest::operation::Method::Post;
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Migration",
    operations: &[
        todo(Post, "/migration/execute", "executeMigrationPlan", "Execute Migration Plan"),
        todo(Post, "/migration/executeAsync", "executeMigrationPlanAsync", "Execute Migration Plan Async (Batch)"),
        todo(Post, "/migration/generate", "generateMigrationPlan", "Generate Migration Plan"),
        todo(Post, "/migration/validate", "validateMigrationPlan", "Validate Migration Plan"),
    ],
};

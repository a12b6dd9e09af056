//! The tree of activity instances: what belongs to which scope, whatever runs below what.

use super::instance::Instance;
use super::state::{BODY, Execution};
use crate::model::{NodeIx, Process};

impl Instance {
    /// The execution to which another belongs in the tree: as a rule its parent. A compensation
    /// handler runs below what throws, but belongs to the scope in which it stands.
    pub fn around(&self, process: &Process, of: &Execution) -> Option<&Execution> {
        let parent = self.execution(of.parent_id.as_deref()?)?;
        let node = of.activity_id.as_deref().and_then(|id| node(process, id));
        let Some(node) = node else {
            return Some(parent);
        };
        let mut around = parent;
        while !holds(process, around, node) {
            let up = around.parent_id.as_deref();
            // A process instance is where its tree ends.
            match up.filter(|_| around.activity_id.is_some()) {
                Some(up) => around = self.execution(up)?,
                None => return Some(parent),
            }
        }
        Some(around)
    }
}

/// True for the scope in which a node stands. What holds the instances of an activity also holds
/// those of its compensation handler.
fn holds(process: &Process, scope: &Execution, inside: NodeIx) -> bool {
    let Some(activity) = scope.activity_id.as_deref() else {
        return process.nodes[inside].scope.is_none();
    };
    let Some(at) = node(process, activity) else {
        return false;
    };
    match activity.ends_with(BODY) {
        true => at == inside || process.nodes[at].compensation == Some(inside),
        false => process.nodes[inside].scope == Some(at),
    }
}

fn node(process: &Process, activity: &str) -> Option<NodeIx> {
    let id = activity.strip_suffix(BODY).unwrap_or(activity);
    process.node_index.get(id).copied()
}

//! Which nodes a token may come back to: those on a circle of flows, and all inside of these. What
//! begins again beside an activity, an event that does not interrupt it, comes back to nothing.

use super::super::graph::{NodeIx, NodeKind, Process, Throw, Trigger};
use std::collections::HashMap;

/// Notes it at each node.
pub(super) fn mark(process: &mut Process) {
    let forth = ways(process);
    let mut back = vec![Vec::new(); forth.len()];
    for (from, to) in forth.iter().enumerate() {
        to.iter().for_each(|to| back[*to].push(from));
    }
    // Kosaraju: what reaches each other is found backwards from whatever was left last.
    let mut seen = vec![false; forth.len()];
    let mut left = Vec::new();
    for start in 0..forth.len() {
        walk(&forth, start, &mut seen, &mut left);
    }
    seen.fill(false);
    for start in left.into_iter().rev() {
        let mut circle = Vec::new();
        walk(&back, start, &mut seen, &mut circle);
        let turns = circle.len() > 1 || forth[start].contains(&start);
        for node in circle {
            process.nodes[node].recurs = turns;
        }
    }
    // A scope stands before what is inside.
    for ix in 0..process.nodes.len() {
        if let Some(scope) = process.nodes[ix].scope {
            process.nodes[ix].recurs |= process.nodes[scope].recurs;
        }
    }
}

/// Where a token may go on to from each node.
fn ways(process: &Process) -> Vec<Vec<NodeIx>> {
    let nodes = &process.nodes;
    let links: HashMap<(Option<NodeIx>, &str), NodeIx> = nodes
        .iter()
        .enumerate()
        .filter_map(|(ix, node)| match &node.kind {
            NodeKind::CatchEvent(Trigger::Link(name)) => Some(((node.scope, name.as_str()), ix)),
            _ => None,
        })
        .collect();
    let ways = nodes.iter().map(|node| {
        let flows = node.outgoing.iter().map(|flow| process.flows[*flow].target);
        let link = match &node.kind {
            NodeKind::ThrowEvent(Throw::Link(name)) => links.get(&(node.scope, name.as_str())),
            _ => None,
        };
        flows
            .chain(node.boundary_events.iter().copied())
            .chain(link.copied())
            .collect()
    });
    ways.collect()
}

/// All that was not seen yet and is reached from a node, each once what is behind it is done.
fn walk(ways: &[Vec<NodeIx>], start: NodeIx, seen: &mut [bool], left: &mut Vec<NodeIx>) {
    if std::mem::replace(&mut seen[start], true) {
        return;
    }
    let mut path = vec![(start, 0)];
    while let Some((node, way)) = path.last_mut() {
        match ways[*node].get(*way) {
            Some(next) => {
                *way += 1;
                if !std::mem::replace(&mut seen[*next], true) {
                    path.push((*next, 0));
                }
            }
            None => {
                left.push(*node);
                path.pop();
            }
        }
    }
}

//! Columns and rows: where the nodes of a scope stand beside each other.

use super::super::{Bounds, Figure, NodeIx, Process};
use std::collections::{HashMap, HashSet};

/// A column and a row, both from 0.
pub(super) type Place = (usize, usize);

/// Places nodes as their author drew them, or in layers where the diagram is not whole.
pub(super) fn place(process: &Process, nodes: &[NodeIx]) -> Vec<Place> {
    by_diagram(process, nodes).unwrap_or_else(|| by_layers(process, nodes))
}

fn by_diagram(process: &Process, nodes: &[NodeIx]) -> Option<Vec<Place>> {
    let bounds: Vec<Bounds> = nodes
        .iter()
        .map(|&ix| process.diagram.shapes.get(&process.nodes[ix].id).copied())
        .collect::<Option<_>>()?;
    let centres: Vec<(f64, f64)> = bounds
        .iter()
        .map(|b| (b.x + b.width / 2.0, b.y + b.height / 2.0))
        .collect();
    // Half a task apart is another column or row.
    let tasks: Vec<&Bounds> = nodes
        .iter()
        .zip(&bounds)
        .filter(|(ix, _)| process.nodes[**ix].figure() == Figure::Task)
        .map(|(_, b)| b)
        .collect();
    let apart_x = median(tasks.iter().map(|b| b.width))
        .unwrap_or(100.0)
        .max(10.0)
        / 2.0;
    let apart_y = median(tasks.iter().map(|b| b.height))
        .unwrap_or(80.0)
        .max(10.0)
        / 2.0;
    let columns = cluster(centres.iter().map(|c| c.0), apart_x);
    let rows = cluster(centres.iter().map(|c| c.1), apart_y);
    let mut places: Vec<Place> = columns.into_iter().zip(rows).collect();
    while let Some((a, b)) = conflict(&places) {
        part(&mut places, &centres, a, b, (apart_x, apart_y));
    }
    Some(places)
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// Numbers of clusters, in the order of their values; a cluster spans at most `apart`.
fn cluster(values: impl Iterator<Item = f64>, apart: f64) -> Vec<usize> {
    let values: Vec<f64> = values.collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut clusters = vec![0; values.len()];
    let (mut number, mut first) = (0, None);
    for i in order {
        let start = *first.get_or_insert(values[i]);
        if values[i] - start > apart {
            number += 1;
            first = Some(values[i]);
        }
        clusters[i] = number;
    }
    clusters
}

/// Two nodes at one place.
fn conflict(places: &[Place]) -> Option<(usize, usize)> {
    let mut seen = HashMap::new();
    places
        .iter()
        .enumerate()
        .find_map(|(i, place)| seen.insert(place, i).map(|first| (first, i)))
}

/// Parts the column or the row in which two nodes stand at one place, where they differ more.
fn part(places: &mut [Place], centres: &[(f64, f64)], a: usize, b: usize, apart: (f64, f64)) {
    let (dx, dy) = (centres[a].0 - centres[b].0, centres[a].1 - centres[b].1);
    let (column, row) = places[a];
    if dx == 0.0 && dy == 0.0 {
        // Drawn on top of each other: the later one gets a row of its own.
        for place in places.iter_mut().filter(|p| p.1 > row) {
            place.1 += 1;
        }
        places[b].1 = row + 1;
    } else if dx.abs() / apart.0 >= dy.abs() / apart.1 {
        let middle = (centres[a].0 + centres[b].0) / 2.0;
        for (place, centre) in places.iter_mut().zip(centres) {
            if place.0 > column || (place.0 == column && centre.0 > middle) {
                place.0 += 1;
            }
        }
    } else {
        let middle = (centres[a].1 + centres[b].1) / 2.0;
        for (place, centre) in places.iter_mut().zip(centres) {
            if place.1 > row || (place.1 == row && centre.1 > middle) {
                place.1 += 1;
            }
        }
    }
}

/// Layers by the longest way from a start; loops do not count. Rows follow the predecessors.
fn by_layers(process: &Process, nodes: &[NodeIx]) -> Vec<Place> {
    let index: HashMap<NodeIx, usize> = nodes.iter().enumerate().map(|(i, &ix)| (ix, i)).collect();
    let hosts: HashMap<NodeIx, usize> = nodes
        .iter()
        .enumerate()
        .flat_map(|(i, &ix)| {
            process.nodes[ix]
                .boundary_events
                .iter()
                .map(move |&b| (b, i))
        })
        .collect();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut exceptional = HashSet::new();
    for flow in &process.flows {
        // A boundary event stands where its host stands, what follows it below.
        let boundary = hosts.get(&flow.source);
        let source = boundary.or_else(|| index.get(&flow.source)).copied();
        if let (Some(source), Some(&target)) = (source, index.get(&flow.target)) {
            next[source].push(target);
            if boundary.is_some() {
                exceptional.insert((source, target));
            }
        }
    }
    let order = forward_order(&mut next);
    let mut layers = vec![0; nodes.len()];
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for &i in &order {
        for &target in &next[i] {
            layers[target] = layers[target].max(layers[i] + 1);
            before[target].push(i);
        }
    }
    let mut by_layer = order.clone();
    by_layer.sort_by_key(|&i| layers[i]);
    let mut rows = vec![0; nodes.len()];
    for layer in by_layer.chunk_by(|&a, &b| layers[a] == layers[b]) {
        let mut wanted: Vec<(usize, usize)> = layer
            .iter()
            .map(|&i| {
                let below = |b: usize| usize::from(exceptional.contains(&(b, i)));
                let sum: usize = before[i].iter().map(|&b| rows[b] + below(b)).sum();
                (sum.checked_div(before[i].len()).unwrap_or(0), i)
            })
            .collect();
        wanted.sort();
        let mut free = 0;
        for (row, i) in wanted {
            rows[i] = row.max(free);
            free = rows[i] + 1;
        }
    }
    layers.into_iter().zip(rows).collect()
}

/// A topological order, after the edges that lead back are taken out.
fn forward_order(next: &mut [Vec<usize>]) -> Vec<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let mut seen = vec![Seen::No; next.len()];
    let mut has_incoming = vec![false; next.len()];
    for &target in next.iter().flatten() {
        has_incoming[target] = true;
    }
    let mut roots: Vec<usize> = (0..next.len()).collect();
    roots.sort_by_key(|&i| has_incoming[i]);
    let mut finished = Vec::with_capacity(next.len());
    for root in roots {
        if seen[root] != Seen::No {
            continue;
        }
        seen[root] = Seen::Open;
        let mut stack = vec![(root, 0)];
        while let Some((node, edge)) = stack.pop() {
            match next[node].get(edge).copied() {
                None => {
                    seen[node] = Seen::Done;
                    finished.push(node);
                }
                Some(target) if seen[target] == Seen::Open => {
                    next[node].remove(edge);
                    stack.push((node, edge));
                }
                Some(target) => {
                    stack.push((node, edge + 1));
                    if seen[target] == Seen::No {
                        seen[target] = Seen::Open;
                        stack.push((target, 0));
                    }
                }
            }
        }
    }
    finished.reverse();
    finished
}

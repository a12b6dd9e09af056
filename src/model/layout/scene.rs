//! One scope laid out: its blocks in columns and rows, its flows between them.

use super::super::{Bounds, FlowIx, NodeIx, Process};
use super::block::Block;
use super::canvas::{Canvas, tidy};
use super::flows::{FlowLabel, Routed, flow_label};
use super::place::place;
use super::route::{Direction, Step};
use super::{Marks, NodeArea, Options, Overlay, Role};
use std::collections::{BTreeSet, HashMap};
use unicode_width::UnicodeWidthStr;

/// Most cells of a scope; a larger one is named, not drawn.
const MAX_CELLS: usize = 500_000;
/// Most nodes of a process that is drawn.
const MAX_NODES: usize = 3_000;
/// How often more room is tried before a flow is left out.
const ATTEMPTS: usize = 5;
/// Columns between two columns of blocks, at first.
const GAP: usize = 4;

/// What all scopes of a picture share.
pub(super) struct Context<'a> {
    pub process: &'a Process,
    pub options: &'a Options,
    overlay: &'a Overlay,
    children: HashMap<Option<NodeIx>, Vec<NodeIx>>,
    flows: HashMap<Option<NodeIx>, Vec<FlowIx>>,
}

impl<'a> Context<'a> {
    pub(super) fn new(process: &'a Process, options: &'a Options, overlay: &'a Overlay) -> Self {
        let mut hosted = vec![false; process.nodes.len()];
        for &ix in process.nodes.iter().flat_map(|n| &n.boundary_events) {
            hosted[ix] = true;
        }
        let mut children: HashMap<_, Vec<_>> = HashMap::new();
        for (ix, node) in process.nodes.iter().enumerate() {
            if !hosted[ix] {
                children.entry(node.scope).or_default().push(ix);
            }
        }
        let mut flows: HashMap<_, Vec<_>> = HashMap::new();
        for (ix, flow) in process.flows.iter().enumerate() {
            flows
                .entry(process.nodes[flow.source].scope)
                .or_default()
                .push(ix);
        }
        Context {
            process,
            options,
            overlay,
            children,
            flows,
        }
    }

    pub(super) fn id(&self, node: NodeIx) -> &str {
        &self.process.nodes[node].id
    }

    /// The name, or nothing.
    pub(super) fn label(&self, node: NodeIx) -> String {
        tidy(
            self.process.nodes[node].name.as_deref().unwrap_or(""),
            self.options.ascii,
        )
    }

    pub(super) fn marks(&self, node: NodeIx) -> Option<&Marks> {
        self.overlay.get(self.id(node))
    }

    pub(super) fn with_marks(&self) -> bool {
        !self.overlay.is_empty()
    }

    fn shape(&self, node: NodeIx) -> Option<&Bounds> {
        self.process.diagram.shapes.get(self.id(node))
    }

    /// How far along the lower border of its host a boundary event was drawn, from 0 to 1.
    pub(super) fn share_of_host(&self, host: NodeIx, event: NodeIx) -> Option<f64> {
        let (host, event) = (self.shape(host)?, self.shape(event)?);
        let share = (event.x + event.width / 2.0 - host.x) / host.width.max(1.0);
        Some(share.clamp(0.0, 1.0))
    }

    /// Whether the author let a flow leave or enter a node at this side.
    pub(super) fn is_used(&self, node: NodeIx, side: Direction) -> bool {
        let node = &self.process.nodes[node];
        let at = |flow: &FlowIx, leaving| {
            self.hint(*flow, leaving)
                .is_some_and(|(hinted, _)| hinted == side)
        };
        node.outgoing.iter().any(|f| at(f, true)) || node.incoming.iter().any(|f| at(f, false))
    }

    /// The side at which the author let a flow leave (or enter) a node, and where along it.
    pub(super) fn hint(&self, flow: FlowIx, leaving: bool) -> Option<(Direction, f64)> {
        let flow = &self.process.flows[flow];
        let points = self.process.diagram.edges.get(&flow.id)?;
        let (&(x, y), node) = match leaving {
            true => (points.first()?, flow.source),
            false => (points.last()?, flow.target),
        };
        let b = self.shape(node)?;
        let sides = [
            (Direction::West, (x - b.x).abs()),
            (Direction::East, (x - b.x - b.width).abs()),
            (Direction::North, (y - b.y).abs()),
            (Direction::South, (y - b.y - b.height).abs()),
        ];
        let (side, away) = sides.into_iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
        // Some tools let flows begin in the middle of a node, which says nothing.
        if away > b.width.min(b.height) / 4.0 {
            return None;
        }
        Some((side, ((x - b.x) / b.width.max(1.0)).clamp(0.0, 1.0)))
    }
}

/// A block at its place.
struct Placed {
    block: Block,
    x: usize,
    y: usize,
}

/// A scope with everything in its place.
pub(super) struct Scene {
    pub width: usize,
    pub height: usize,
    blocks: Vec<Placed>,
    ways: Vec<Vec<Step>>,
    labels: Vec<FlowLabel>,
    undrawn: Vec<FlowIx>,
}

impl Scene {
    pub(super) fn new(context: &Context<'_>, scope: Option<NodeIx>) -> Self {
        let nodes = context
            .children
            .get(&scope)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let flows = context
            .flows
            .get(&scope)
            .map(Vec::as_slice)
            .unwrap_or_default();
        if context.process.nodes.len() > MAX_NODES {
            return Scene::too_large();
        }
        let mut blocks: Vec<Block> = nodes.iter().map(|&ix| Block::new(context, ix)).collect();
        let places = compact(place(context.process, nodes));
        let mut best: Option<(Plan, Routed)> = None;
        for attempt in 0..ATTEMPTS {
            let plan = Plan::new(context, nodes, flows, &blocks, &places, attempt);
            if plan.width.saturating_mul(plan.height) > MAX_CELLS {
                break;
            }
            let routed = Routed::new(context, nodes, flows, &blocks, &plan);
            let done = routed.undrawn.is_empty() || routed.field.is_exhausted();
            if best
                .as_ref()
                .is_none_or(|(_, b)| routed.undrawn.len() < b.undrawn.len())
            {
                best = Some((plan, routed));
            }
            if done {
                break;
            }
        }
        let Some((plan, routed)) = best else {
            return Scene::too_large();
        };
        let labels = routed.labels(context, flows);
        let placed = blocks
            .drain(..)
            .zip(&plan.at)
            .map(|(block, &(x, y))| Placed { block, x, y })
            .collect();
        let mut scene = Scene {
            width: plan.width,
            height: plan.height,
            blocks: placed,
            ways: routed.ways.into_iter().flatten().collect(),
            labels,
            undrawn: routed.undrawn,
        };
        scene.trim();
        scene
    }

    /// Says that there is too much to draw.
    fn too_large() -> Self {
        let text = "too large to draw".to_owned();
        Scene {
            width: text.width(),
            height: 1,
            blocks: Vec::new(),
            ways: Vec::new(),
            labels: vec![FlowLabel { x: 0, y: 0, text }],
            undrawn: Vec::new(),
        }
    }

    /// Takes away the room around the picture that nothing needed.
    fn trim(&mut self) {
        let blocks = || {
            self.blocks
                .iter()
                .map(|p| (p.x, p.y, p.block.width, p.block.height))
        };
        let steps = || self.ways.iter().flatten().map(|s| (s.x, s.y, 1, 1));
        let labels = || self.labels.iter().map(|l| (l.x, l.y, l.text.width(), 1));
        let all = || blocks().chain(steps()).chain(labels());
        let left = all().map(|(x, ..)| x).min().unwrap_or(0);
        let top = all().map(|(_, y, ..)| y).min().unwrap_or(0);
        let right = all().map(|(x, _, width, _)| x + width).max().unwrap_or(0);
        let bottom = all().map(|(_, y, _, height)| y + height).max().unwrap_or(0);
        (self.width, self.height) = (right - left, bottom - top);
        for placed in &mut self.blocks {
            placed.x -= left;
            placed.y -= top;
        }
        for step in self.ways.iter_mut().flatten() {
            step.x -= left;
            step.y -= top;
        }
        for label in &mut self.labels {
            label.x -= left;
            label.y -= top;
        }
    }

    pub(super) fn paint(
        &self,
        context: &Context<'_>,
        canvas: &mut Canvas,
        x: usize,
        y: usize,
        nodes: &mut [Option<NodeArea>],
        undrawn: &mut Vec<String>,
    ) {
        let mut sides: HashMap<(usize, usize), u8> = HashMap::new();
        for step in self.ways.iter().flatten() {
            *sides.entry((step.x, step.y)).or_default() |=
                step.enter.opposite().side() | step.leave.side();
        }
        for ((at_x, at_y), sides) in sides {
            canvas.line(x + at_x, y + at_y, sides);
        }
        for step in self.ways.iter().filter_map(|way| way.last()) {
            canvas.arrow(x + step.x, y + step.y, step.leave.side());
        }
        for label in &self.labels {
            canvas.text(x + label.x, y + label.y, &label.text, Role::Muted);
        }
        for placed in &self.blocks {
            placed.block.paint(
                context,
                canvas,
                (x + placed.x, y + placed.y),
                nodes,
                undrawn,
            );
        }
        undrawn.extend(
            self.undrawn
                .iter()
                .map(|&f| context.process.flows[f].id.clone()),
        );
    }
}

/// Numbers columns and rows without gaps.
fn compact(places: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    let columns: BTreeSet<usize> = places.iter().map(|p| p.0).collect();
    let rows: BTreeSet<usize> = places.iter().map(|p| p.1).collect();
    let number = |set: BTreeSet<usize>| -> HashMap<usize, usize> {
        set.into_iter().enumerate().map(|(i, v)| (v, i)).collect()
    };
    let (columns, rows) = (number(columns), number(rows));
    places
        .into_iter()
        .map(|(c, r)| (columns[&c], rows[&r]))
        .collect()
}

/// Where the blocks stand when the columns and rows are so far apart.
pub(super) struct Plan {
    pub width: usize,
    pub height: usize,
    pub at: Vec<(usize, usize)>,
    /// No further attempt follows.
    pub last: bool,
}

impl Plan {
    fn new(
        context: &Context<'_>,
        nodes: &[NodeIx],
        flows: &[FlowIx],
        blocks: &[Block],
        places: &[(usize, usize)],
        attempt: usize,
    ) -> Self {
        let columns = places.iter().map(|p| p.0 + 1).max().unwrap_or(0);
        let rows = places.iter().map(|p| p.1 + 1).max().unwrap_or(0);
        let mut left = vec![0; columns];
        let mut right = vec![0; columns];
        let mut above = vec![0; rows];
        let mut below = vec![0; rows];
        for (block, &(column, row)) in blocks.iter().zip(places) {
            left[column] = block.anchor.max(left[column]);
            right[column] = (block.width - block.anchor).max(right[column]);
            above[row] = block.middle.max(above[row]);
            below[row] = (block.height - block.middle).max(below[row]);
        }
        let mut gaps = vec![GAP + 2 * attempt; columns];
        let index: HashMap<NodeIx, usize> =
            nodes.iter().enumerate().map(|(i, &ix)| (ix, i)).collect();
        let mut back = 0;
        for &flow in flows {
            let flow_of = &context.process.flows[flow];
            let ends = (index.get(&flow_of.source), index.get(&flow_of.target));
            let (Some(&source), Some(&target)) = ends else {
                continue;
            };
            let (from, to) = (places[source].0, places[target].0);
            if to <= from {
                back += 1;
            } else if to == from + 1 {
                let label = flow_label(context, flow).width();
                let room = if label > 0 { label + 6 } else { 0 };
                gaps[to] = gaps[to].max(room);
            }
        }
        // Around the blocks is room for the flows that lead back; what is not needed goes.
        let margin = 2 + attempt + usize::min(back, 30);
        let columns = offsets(&left, &right, &gaps, 3 + 2 * attempt);
        let rows = offsets(&above, &below, &vec![1 + attempt; rows], margin);
        let at = blocks
            .iter()
            .zip(places)
            .map(|(block, &(c, r))| (columns.0[c] - block.anchor, rows.0[r] - block.middle))
            .collect();
        Plan {
            width: columns.1 + 3 + 2 * attempt,
            height: rows.1 + margin,
            at,
            last: attempt + 1 == ATTEMPTS,
        }
    }
}

/// The centres of columns (or rows) of such sizes with such gaps before them, and their end.
fn offsets(
    before: &[usize],
    after: &[usize],
    gaps: &[usize],
    margin: usize,
) -> (Vec<usize>, usize) {
    let mut end = margin;
    let mut centres = Vec::with_capacity(before.len());
    for i in 0..before.len() {
        let gap = if i == 0 { 0 } else { gaps[i] };
        let centre = end + gap + before[i];
        centres.push(centre);
        end = centre + after[i];
    }
    (centres, end)
}

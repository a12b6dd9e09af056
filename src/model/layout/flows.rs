//! The flows of a scope: from which port to which, in which order, and where their labels stand.

use super::super::{FlowIx, NodeIx};
use super::block::{Block, Rect};
use super::canvas::{cut, tidy};
use super::route::{Direction, Field, Port, Step};
use super::scene::{Context, Plan};
use std::collections::HashMap;
use unicode_width::UnicodeWidthStr;

/// A label of a flow at its place.
pub(super) struct FlowLabel {
    pub x: usize,
    pub y: usize,
    pub text: String,
}

/// What a flow is called.
pub(super) fn flow_label(context: &Context<'_>, flow: FlowIx) -> String {
    let ascii = context.options.ascii;
    let name = context.process.flows[flow].name.as_deref().unwrap_or("");
    cut(&tidy(name, ascii), context.options.label_width + 8, ascii)
}

/// The flows with their ways.
pub(super) struct Routed {
    pub field: Field,
    /// In the order of the flows of the scope; `None` for what found no way.
    pub ways: Vec<Option<Vec<Step>>>,
    pub undrawn: Vec<FlowIx>,
}

impl Routed {
    pub(super) fn new(
        context: &Context<'_>,
        nodes: &[NodeIx],
        flows: &[FlowIx],
        blocks: &[Block],
        plan: &Plan,
    ) -> Self {
        let mut field = Field::new(plan.width, plan.height, plan.last);
        let mut owners: HashMap<NodeIx, usize> = HashMap::new();
        let mut doors = Vec::new();
        for (i, (block, &(x, y))) in blocks.iter().zip(&plan.at).enumerate() {
            owners.insert(nodes[i], i);
            for rect in block.solid() {
                field.block(Rect {
                    x: x + rect.x,
                    y: y + rect.y,
                    ..rect
                });
            }
            for boundary in &block.boundary {
                let (bx, by) = (x + boundary.area.x, y + boundary.area.y + 1);
                doors.push((boundary.node, bx, by, boundary.area.width));
            }
        }
        let core = |i: usize| {
            let (x, y) = plan.at[i];
            let core = blocks[i].core;
            Rect {
                x: x + core.x,
                y: y + core.y,
                ..core
            }
        };
        let mut jobs = Vec::new();
        let mut undrawn = Vec::new();
        for (n, &flow) in flows.iter().enumerate() {
            let ends = &context.process.flows[flow];
            let door = doors.iter().find(|d| d.0 == ends.source);
            let starts = match (owners.get(&ends.source), door) {
                (Some(&i), _) => {
                    let middle = plan.at[i].1 + blocks[i].middle;
                    ports(core(i), middle, context.hint(flow, true), true, &doors)
                }
                (None, Some(&(_, x, y, width))) => (0..width)
                    .map(|i| Port {
                        x: x + i,
                        y,
                        direction: Direction::South,
                        cost: u32::from(i != (width - 1) / 2) * 6,
                    })
                    .collect(),
                (None, None) => Vec::new(),
            };
            let Some(&target) = owners.get(&ends.target) else {
                undrawn.push(flow);
                continue;
            };
            let middle = plan.at[target].1 + blocks[target].middle;
            let arrivals = ports(
                core(target),
                middle,
                context.hint(flow, false),
                false,
                &doors,
            );
            let distance = starts.first().map_or(0, |s| {
                let (x, y) = (core(target).x, core(target).y);
                s.x.abs_diff(x) + 2 * s.y.abs_diff(y)
            });
            jobs.push((distance, n, starts, arrivals));
        }
        // Near ones first: they have the least choice.
        jobs.sort_by_key(|(distance, n, ..)| (*distance, *n));
        let mut ways = vec![None; flows.len()];
        for (_, n, starts, arrivals) in jobs {
            let flow = &context.process.flows[flows[n]];
            ways[n] = field.route(flow.source, flow.target, &starts, &arrivals);
            if ways[n].is_none() {
                undrawn.push(flows[n]);
            }
        }
        Routed {
            field,
            ways,
            undrawn,
        }
    }

    /// Finds room for the labels: in a line of their own flow, else beside it, else nowhere.
    pub(super) fn labels(&self, context: &Context<'_>, flows: &[FlowIx]) -> Vec<FlowLabel> {
        let mut labels: Vec<FlowLabel> = Vec::new();
        for (way, &flow) in self.ways.iter().zip(flows) {
            let text = flow_label(context, flow);
            let (Some(way), false) = (way, text.is_empty()) else {
                continue;
            };
            let label = self
                .in_line(way, &text, context)
                .or_else(|| self.beside(way, &text, &labels));
            labels.extend(label);
        }
        labels
    }

    /// In a level run that the flow has for itself, at least one cell of line at each end.
    fn in_line(&self, way: &[Step], text: &str, context: &Context<'_>) -> Option<FlowLabel> {
        let plain =
            |s: &Step| s.enter == s.leave && s.enter.horizontal() && self.field.is_single(s.x, s.y);
        let body = way.get(..way.len().checked_sub(1)?)?;
        let runs: Vec<&[Step]> = body
            .chunk_by(|a, b| plain(a) && plain(b) && a.y == b.y)
            .filter(|run| run.first().is_some_and(plain))
            .collect();
        let fits = |run: &&&[Step]| run.len() >= text.width() + 4;
        let run = runs
            .iter()
            .find(fits)
            .or_else(|| runs.iter().max_by_key(|r| r.len()))?;
        let room = run.len().checked_sub(4)?;
        if room < text.width().min(8) {
            return None;
        }
        let text = format!(" {} ", cut(text, room, context.options.ascii));
        let left = run.iter().map(|s| s.x).min()?;
        let x = left + (run.len() - text.width()) / 2;
        Some(FlowLabel {
            x,
            y: run.first()?.y,
            text,
        })
    }

    fn beside(&self, way: &[Step], text: &str, labels: &[FlowLabel]) -> Option<FlowLabel> {
        let width = text.width();
        let taken = |x: usize, y: usize| {
            labels
                .iter()
                .any(|l| l.y == y && (l.x..l.x + l.text.width()).contains(&x))
        };
        let free = |x: usize, y: usize| {
            // A blank before and behind keeps it apart from what is there.
            (x.saturating_sub(1)..=x + width).all(|x| self.field.is_free(x, y) && !taken(x, y))
        };
        way.iter()
            .flat_map(|s| match s.enter.horizontal() {
                true => [(Some(s.x), s.y.checked_sub(1)), (Some(s.x), Some(s.y + 1))],
                false => [
                    (Some(s.x + 2), Some(s.y)),
                    (s.x.checked_sub(width + 1), Some(s.y)),
                ],
            })
            .filter_map(|(x, y)| Some((x?, y?)))
            .find(|&(x, y)| free(x, y))
            .map(|(x, y)| FlowLabel {
                x,
                y,
                text: text.to_owned(),
            })
    }
}

/// Where flows may leave (or enter) a node, with what each place costs.
fn ports(
    core: Rect,
    middle: usize,
    hint: Option<(Direction, f64)>,
    leaving: bool,
    doors: &[(NodeIx, usize, usize, usize)],
) -> Vec<Port> {
    let mut ports = Vec::new();
    for side in Direction::ALL {
        let base = match (hint, side, leaving) {
            (Some((hinted, _)), side, _) if hinted == side => 0,
            (_, Direction::East, true) | (_, Direction::West, false) => {
                if hint.is_some() {
                    12
                } else {
                    0
                }
            }
            (_, Direction::West, true) | (_, Direction::East, false) => 40,
            (_, Direction::South, _) => 12,
            (_, Direction::North, _) => 14,
        };
        let direction = if leaving { side } else { side.opposite() };
        let small = core.height == 1;
        if side.horizontal() {
            let x = match side {
                Direction::East => Some(core.x + core.width),
                _ => core.x.checked_sub(1),
            };
            let rows = if small {
                core.y..core.y + 1
            } else {
                core.y + 1..core.y + core.height - 1
            };
            for (x, y) in rows.filter_map(|y| Some((x?, y))) {
                let cost = base + distance(y, middle) * 8;
                ports.push(Port {
                    x,
                    y,
                    direction,
                    cost,
                });
            }
            continue;
        }
        let y = match side {
            Direction::South => Some(core.y + core.height),
            _ => core.y.checked_sub(1),
        };
        let columns = if small {
            let middle = core.x + core.width / 2;
            middle..middle + 1
        } else {
            core.x + 1..core.x + core.width - 1
        };
        let wanted = match hint {
            Some((hinted, share)) if hinted == side => {
                core.x + (share * core.width as f64) as usize
            }
            _ => core.x + core.width / 2,
        };
        for (x, y) in columns.filter_map(|x| Some((x, y?))) {
            let door = doors.iter().any(|&(_, door, at, width)| {
                at == y && (door.saturating_sub(1)..door + width + 1).contains(&x)
            });
            if !door {
                ports.push(Port {
                    x,
                    y,
                    direction,
                    cost: base + distance(x, wanted),
                });
            }
        }
    }
    ports
}

fn distance(a: usize, b: usize) -> u32 {
    u32::try_from(a.abs_diff(b)).unwrap_or(u32::MAX / 16)
}

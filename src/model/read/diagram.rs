//! BPMN DI: where the author put things.

use super::super::diagram::{Bounds, Diagram};
use super::super::graph::Process;
use super::super::xml::{Element, Namespace};
use super::{Reader, is_false};
use std::collections::HashSet;

/// Coordinates beyond this are no drawing.
const FARTHEST: f64 = 1e6;

impl Reader<'_> {
    /// The shapes and edges of this process; what makes no sense is left out.
    pub(super) fn diagram(&mut self, root: &Element, process: &Process) -> Diagram {
        let flows: HashSet<&str> = process.flows.iter().map(|f| f.id.as_str()).collect();
        let mut diagram = Diagram::default();
        let planes = root
            .all(Namespace::BpmnDi, "BPMNDiagram")
            .flat_map(|d| d.all(Namespace::BpmnDi, "BPMNPlane"));
        for element in planes.flat_map(|plane| &plane.children) {
            let Some(of) = element.attribute("bpmnElement") else {
                continue;
            };
            // A QName, but tools write an id with any prefix or none.
            let local = of.value.rsplit(':').next().unwrap_or_default();
            let known = |id: &str| process.node_index.contains_key(id) || flows.contains(id);
            let id = if known(&of.value) {
                of.value.as_str()
            } else {
                local
            };
            if process.node_index.contains_key(id) && element.name == "BPMNShape" {
                let Some(bounds) = bounds(element) else {
                    continue;
                };
                diagram.shapes.insert(id.to_owned(), bounds);
                if is_false(element.attribute("isExpanded")) {
                    diagram.collapsed.insert(id.to_owned());
                }
            } else if flows.contains(id) && element.name == "BPMNEdge" {
                let points = element
                    .all(Namespace::Di, "waypoint")
                    .filter_map(point)
                    .collect();
                diagram.edges.insert(id.to_owned(), points);
            }
        }
        diagram
    }
}

fn bounds(shape: &Element) -> Option<Bounds> {
    let bounds = shape.first(Namespace::Dc, "Bounds")?;
    let (x, y) = point(bounds)?;
    let (width, height) = (number(bounds, "width")?, number(bounds, "height")?);
    (width >= 0.0 && height >= 0.0).then_some(Bounds {
        x,
        y,
        width,
        height,
    })
}

fn point(element: &Element) -> Option<(f64, f64)> {
    Some((number(element, "x")?, number(element, "y")?))
}

fn number(element: &Element, name: &str) -> Option<f64> {
    let number: f64 = element.attribute(name)?.value.trim().parse().ok()?;
    (number.abs() <= FARTHEST).then_some(number)
}

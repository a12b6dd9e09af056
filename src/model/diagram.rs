//! The drawing that a model carries (BPMN DI): shapes and edges in diagram coordinates.

use std::collections::{HashMap, HashSet};

/// Bounds of a shape in diagram units (pixels in Camunda Modeler).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bounds {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// All that BPMN DI says of a process; empty when the file has no diagram.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Diagram {
    /// Shapes by the id of their BPMN element.
    pub shapes: HashMap<String, Bounds>,
    /// Waypoints by the id of their sequence flow.
    pub edges: HashMap<String, Vec<(f64, f64)>>,
    /// Sub-processes drawn closed.
    pub collapsed: HashSet<String>,
}

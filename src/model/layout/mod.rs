//! The picture of a process on a grid of characters: what a terminal draws, without a terminal.
//!
//! Where the model carries a diagram, the columns and rows of its author are kept and the flows
//! are routed anew; where it carries none, the graph is layered. A sub-process is laid out by
//! itself and becomes a box of the scope around it. Cells have roles, never colours, and what a
//! token, an incident or a choice means is always said by a sign too.

mod block;
mod canvas;
mod flows;
mod place;
mod route;
mod scene;
#[cfg(test)]
mod tests;

use super::Process;
use std::collections::HashMap;

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Only ASCII characters.
    pub ascii: bool,
    /// Most columns of a line of a label.
    pub label_width: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            ascii: false,
            label_width: 16,
        }
    }
}

/// What an instance has to say about a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// Tokens that are here now: drawn `(*)`, with their number when there are several.
    pub tokens: u32,
    /// How often it was visited: drawn `×2`.
    pub visits: u32,
    /// Something went wrong here: drawn `!`.
    pub incident: bool,
    /// It is the one chosen: drawn with a double border, or in brackets.
    pub highlighted: bool,
    /// A word beside it, such as the assignee.
    pub note: Option<String>,
}

/// The marks by the id of their node; boxes keep a line for them unless there are none at all.
pub type Overlay = HashMap<String, Marks>;

/// What a cell is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Nothing.
    #[default]
    Empty,
    /// The outline of a node.
    Border,
    /// The outline of the chosen node.
    Highlight,
    /// The label of a node.
    Label,
    /// A sequence flow.
    Flow,
    /// A token.
    Token,
    /// An incident.
    Incident,
    /// What matters less: labels of flows, visits, notes.
    Muted,
}

/// One cell of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What stands there; empty behind a character that is two cells wide.
    pub symbol: String,
    /// What it is part of.
    pub role: Role,
}

/// Where a node stands in a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeArea {
    /// The node's id.
    pub id: String,
    /// First column.
    pub x: usize,
    /// First row.
    pub y: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// A picture of a process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grid {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The cells, row by row.
    pub cells: Vec<Cell>,
    /// Where the nodes stand, in the order of the model.
    pub nodes: Vec<NodeArea>,
    /// Ids of flows for which there was no room.
    pub undrawn: Vec<String>,
}

impl Grid {
    /// The cell at a column of a row.
    pub fn cell(&self, x: usize, y: usize) -> Option<&Cell> {
        if x >= self.width {
            return None;
        }
        self.cells.get(y.checked_mul(self.width)?.checked_add(x)?)
    }

    /// Where a node stands.
    pub fn node(&self, id: &str) -> Option<&NodeArea> {
        self.nodes.iter().find(|n| n.id == id)
    }

    /// The node whose area holds a cell; the innermost one.
    pub fn node_at(&self, x: usize, y: usize) -> Option<&NodeArea> {
        let holds =
            |n: &&NodeArea| (n.x..n.x + n.width).contains(&x) && (n.y..n.y + n.height).contains(&y);
        self.nodes
            .iter()
            .filter(holds)
            .min_by_key(|n| n.width * n.height)
    }

    /// The lines as text, without blanks at their ends.
    pub fn lines(&self) -> Vec<String> {
        let rows = self.cells.chunks(self.width.max(1));
        rows.map(|row| {
            let line: String = row.iter().map(|c| c.symbol.as_str()).collect();
            line.trim_end().to_owned()
        })
        .collect()
    }
}

/// Draws a process so that it fits this many columns, if shorter labels can do that.
pub fn layout_within(process: &Process, width: usize, ascii: bool, overlay: &Overlay) -> Grid {
    let draw = |label_width| layout(process, &Options { ascii, label_width }, overlay);
    let mut grid = draw(Options::default().label_width);
    for label_width in [12, 9] {
        if grid.width <= width {
            break;
        }
        grid = draw(label_width);
    }
    grid
}

/// Draws a process.
pub fn layout(process: &Process, options: &Options, overlay: &Overlay) -> Grid {
    let context = scene::Context::new(process, options, overlay);
    let scene = scene::Scene::new(&context, None);
    let mut canvas = canvas::Canvas::new(scene.width, scene.height, options.ascii);
    let mut nodes = vec![None; process.nodes.len()];
    let mut undrawn = Vec::new();
    scene.paint(&context, &mut canvas, 0, 0, &mut nodes, &mut undrawn);
    let mut grid = canvas.into_grid();
    grid.nodes = nodes.into_iter().flatten().collect();
    grid.undrawn = undrawn;
    grid
}

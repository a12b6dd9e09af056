//! Finds the ways of flows between the blocks: shortest, with few bends and crossings.
//!
//! Flows may cross at right angles. They share cells only where that says the truth: those of
//! one source from their begin, those to one target up to their end. Only what would find no
//! way at all, however much room there is, may run over others.

use super::super::NodeIx;
use super::block::Rect;
use super::canvas::{EAST, NORTH, SOUTH, WEST};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// Most cells looked at for all flows of one scope.
const BUDGET: usize = 600_000;

/// Costs in half columns.
const COLUMN: u32 = 2;
const ROW: u32 = 4;
const BEND: u32 = 10;
const CROSSING: u32 = 16;
const OVER: u32 = 60;
const SHARED_BEGIN: u32 = 4;
const NEAR_BLOCK: u32 = 2;
const NEAR_LINE: u32 = 3;

/// A direction of travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    North,
    East,
    South,
    West,
}

use Direction::{East, North, South, West};

impl Direction {
    pub(super) const ALL: [Direction; 4] = [North, East, South, West];

    pub(super) fn opposite(self) -> Self {
        match self {
            North => South,
            East => West,
            South => North,
            West => East,
        }
    }

    pub(super) fn horizontal(self) -> bool {
        matches!(self, East | West)
    }

    /// The side of a cell by which one leaves in this direction.
    pub(super) fn side(self) -> u8 {
        match self {
            North => NORTH,
            East => EAST,
            South => SOUTH,
            West => WEST,
        }
    }
}

/// Where a flow may leave or enter a node: the cell beside it and the direction of travel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Port {
    pub x: usize,
    pub y: usize,
    pub direction: Direction,
    pub cost: u32,
}

/// A cell of a way, entered and left in these directions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub x: usize,
    pub y: usize,
    pub enter: Direction,
    pub leave: Direction,
}

/// Who a line in a cell belongs to.
#[derive(Debug, Clone, Copy)]
struct Line {
    source: NodeIx,
    target: NodeIx,
    enter: Direction,
    leave: Direction,
    /// The arrow stands here.
    last: bool,
}

/// The cells between the blocks.
pub(super) struct Field {
    pub width: usize,
    pub height: usize,
    solid: Vec<bool>,
    near: Vec<bool>,
    used: Vec<bool>,
    lines: HashMap<usize, Vec<Line>>,
    /// Cost and origin of each state, valid when its stamp is that of the search.
    states: Vec<(u32, u32, Option<Direction>)>,
    stamp: u32,
    spent: usize,
    /// Flows with both ends in common may become one line.
    lenient: bool,
    /// The flow at hand may run over others.
    over: bool,
}

impl Field {
    pub(super) fn new(width: usize, height: usize, lenient: bool) -> Self {
        let area = width * height;
        Field {
            width,
            height,
            solid: vec![false; area],
            near: vec![false; area],
            used: vec![false; area],
            lines: HashMap::new(),
            states: vec![(0, 0, None); area * 4],
            stamp: 0,
            spent: 0,
            lenient,
            over: false,
        }
    }

    pub(super) fn block(&mut self, rect: Rect) {
        for y in rect.y.saturating_sub(1)..(rect.y + rect.height + 1).min(self.height) {
            for x in rect.x.saturating_sub(1)..(rect.x + rect.width + 1).min(self.width) {
                let inside = (rect.x..rect.x + rect.width).contains(&x)
                    && (rect.y..rect.y + rect.height).contains(&y);
                let cell = y * self.width + x;
                self.near[cell] = true;
                self.solid[cell] |= inside;
            }
        }
    }

    /// True when no more ways can be found, however much room there is.
    pub(super) fn is_exhausted(&self) -> bool {
        self.spent > BUDGET
    }

    /// True for a cell in which nothing stands.
    pub(super) fn is_free(&self, x: usize, y: usize) -> bool {
        x < self.width && y < self.height && {
            let cell = y * self.width + x;
            !self.solid[cell] && !self.used[cell]
        }
    }

    /// True for a cell that one flow has for itself.
    pub(super) fn is_single(&self, x: usize, y: usize) -> bool {
        self.lines
            .get(&(y * self.width + x))
            .is_some_and(|lines| lines.len() == 1)
    }

    /// Finds a way and lays the line.
    pub(super) fn route(
        &mut self,
        source: NodeIx,
        target: NodeIx,
        starts: &[Port],
        ends: &[Port],
    ) -> Option<Vec<Step>> {
        let mut way = self.search(source, target, starts, ends);
        if way.is_none() && self.lenient {
            self.over = true;
            way = self.search(source, target, starts, ends);
            self.over = false;
        }
        let way = way?;
        let last = way.len() - 1;
        for (i, step) in way.iter().enumerate() {
            let cell = step.y * self.width + step.x;
            self.used[cell] = true;
            let (enter, leave) = (step.enter, step.leave);
            let line = Line {
                source,
                target,
                enter,
                leave,
                last: i == last,
            };
            self.lines.entry(cell).or_default().push(line);
        }
        Some(way)
    }

    fn search(
        &mut self,
        source: NodeIx,
        target: NodeIx,
        starts: &[Port],
        ends: &[Port],
    ) -> Option<Vec<Step>> {
        self.stamp += 1;
        let width = self.width;
        let cell_of = |p: &Port| p.y * width + p.x;
        let mut end_ports: HashMap<usize, Vec<&Port>> = HashMap::new();
        for port in ends
            .iter()
            .filter(|p| p.x < self.width && p.y < self.height)
        {
            end_ports.entry(cell_of(port)).or_default().push(port);
        }
        let bounds = Bounds::of(ends)?;
        let mut heap = BinaryHeap::new();
        for port in starts {
            if port.x >= self.width || port.y >= self.height {
                continue;
            }
            let cell = cell_of(port);
            if !self.solid[cell] && self.improve(cell, port.direction, port.cost, None) {
                let guess = port.cost + bounds.distance(port.x, port.y);
                heap.push(Reverse((guess, port.cost, Some(cell), port.direction, 0)));
            }
        }
        while let Some(Reverse((_, cost, at, enter, arrived))) = heap.pop() {
            // An arrival is popped like a state, so that the cheapest one wins.
            let Some(cell) = at else {
                let leave = Direction::ALL
                    .into_iter()
                    .find(|d| d.side() as usize == arrived & 15)?;
                return self.way(arrived >> 4, enter, leave);
            };
            if self.cost_of(cell, enter) != Some(cost) {
                continue;
            }
            self.spent += 1;
            if self.spent > BUDGET {
                return None;
            }
            for port in end_ports.get(&cell).into_iter().flatten() {
                // An arrow that bends could not be read.
                if port.direction != enter {
                    continue;
                }
                if let Some(extra) = self.passage(cell, source, target, enter, port.direction, true)
                {
                    let total = cost + extra + port.cost;
                    let arrived = cell << 4 | port.direction.side() as usize;
                    heap.push(Reverse((total, total, None, enter, arrived)));
                }
            }
            for leave in Direction::ALL {
                if leave == enter.opposite() {
                    continue;
                }
                let Some(next) = self.neighbour(cell, leave).filter(|&n| !self.solid[n]) else {
                    continue;
                };
                let Some(extra) = self.passage(cell, source, target, enter, leave, false) else {
                    continue;
                };
                let cost = cost + extra + self.step_cost(next, leave);
                if self.improve(next, leave, cost, Some(enter)) {
                    let guess = cost + bounds.distance(next % self.width, next / self.width);
                    heap.push(Reverse((guess, cost, Some(next), leave, 0)));
                }
            }
        }
        None
    }

    /// What it costs to pass a cell, if the lines in it allow that.
    fn passage(
        &self,
        cell: usize,
        source: NodeIx,
        target: NodeIx,
        enter: Direction,
        leave: Direction,
        last: bool,
    ) -> Option<u32> {
        let mut cost = if enter == leave { 0 } else { BEND };
        if !self.used[cell] {
            return Some(cost);
        }
        for line in self.lines.get(&cell).into_iter().flatten() {
            let (same_source, same_target) = (line.source == source, line.target == target);
            let begins = same_source
                && (!same_target || self.lenient)
                && line.enter == enter
                && !line.last
                && !last;
            let ends = same_target
                && (!same_source || self.lenient)
                && line.leave == leave
                && line.last == last;
            let crosses = enter == leave
                && line.enter == line.leave
                && enter.horizontal() != line.enter.horizontal()
                && !line.last
                && !last;
            if crosses {
                cost += CROSSING;
            } else if begins {
                cost += SHARED_BEGIN;
            } else if !ends {
                if !self.over {
                    return None;
                }
                cost += OVER;
            }
        }
        Some(cost)
    }

    fn step_cost(&self, cell: usize, direction: Direction) -> u32 {
        let mut cost = if direction.horizontal() { COLUMN } else { ROW };
        if self.near[cell] {
            cost += NEAR_BLOCK;
        }
        let beside = if direction.horizontal() {
            [North, South]
        } else {
            [East, West]
        };
        if !self.used[cell]
            && beside
                .iter()
                .any(|&d| self.neighbour(cell, d).is_some_and(|n| self.used[n]))
        {
            cost += NEAR_LINE;
        }
        cost
    }

    fn neighbour(&self, cell: usize, direction: Direction) -> Option<usize> {
        let (x, y) = (cell % self.width, cell / self.width);
        match direction {
            North if y > 0 => Some(cell - self.width),
            South if y + 1 < self.height => Some(cell + self.width),
            West if x > 0 => Some(cell - 1),
            East if x + 1 < self.width => Some(cell + 1),
            _ => None,
        }
    }

    fn cost_of(&self, cell: usize, enter: Direction) -> Option<u32> {
        let (stamp, cost, _) = self.states[cell * 4 + enter as usize];
        (stamp == self.stamp).then_some(cost)
    }

    /// Keeps a state if it is cheaper than what is known; `from` is how the cell before was entered.
    fn improve(
        &mut self,
        cell: usize,
        enter: Direction,
        cost: u32,
        from: Option<Direction>,
    ) -> bool {
        if self.cost_of(cell, enter).is_some_and(|known| known <= cost) {
            return false;
        }
        self.states[cell * 4 + enter as usize] = (self.stamp, cost, from);
        true
    }

    /// The way that led to a cell, from its begin.
    fn way(&self, end: usize, enter: Direction, leave: Direction) -> Option<Vec<Step>> {
        let (mut cell, mut enter, mut leave) = (end, enter, leave);
        let mut way = Vec::new();
        loop {
            way.push(Step {
                x: cell % self.width,
                y: cell / self.width,
                enter,
                leave,
            });
            let (_, _, from) = self.states[cell * 4 + enter as usize];
            let Some(before) = from else { break };
            cell = self.neighbour(cell, enter.opposite())?;
            (leave, enter) = (enter, before);
        }
        way.reverse();
        Some(way)
    }
}

/// The rectangle around the ends of a flow.
struct Bounds {
    x: (usize, usize),
    y: (usize, usize),
}

impl Bounds {
    fn of(ports: &[Port]) -> Option<Self> {
        let span = |values: &mut dyn Iterator<Item = usize>| {
            values.fold(None, |span: Option<(usize, usize)>, v| {
                Some(span.map_or((v, v), |(low, high)| (low.min(v), high.max(v))))
            })
        };
        Some(Bounds {
            x: span(&mut ports.iter().map(|p| p.x))?,
            y: span(&mut ports.iter().map(|p| p.y))?,
        })
    }

    /// The least that a way from here costs.
    fn distance(&self, x: usize, y: usize) -> u32 {
        let beyond = |v: usize, (low, high): (usize, usize)| {
            u32::try_from(low.saturating_sub(v).max(v.saturating_sub(high))).unwrap_or(u32::MAX / 8)
        };
        beyond(x, self.x) * COLUMN + beyond(y, self.y) * ROW
    }
}

//! A second interpreter of processes, to hold the engine against: naive, slow, obviously right.
//!
//! It shares with the engine the `model` alone. What runs is a tree of spots that is searched as
//! a whole for every question; tokens move by plain recursion, each until it waits; a command
//! that fails is undone by taking back a copy. It follows BPMN 2.0 §13 and, where that leaves
//! something open, Camunda's manual.
//!
//! Left out: listeners and scripts, expressions beyond `${a}`, `${a + b}` and comparisons of two,
//! decisions, connectors, attributes of tasks (assignee, dates, priority), locks of external
//! tasks, the dates of timers (a timer fires when it is told to), retry plans, links, suspension,
//! modification, collections of multi-instance activities, and the variables of tasks.

mod acts;
mod events;
mod flows;
mod many;
mod scenes;
mod undo;
mod values;

use crewdesk::model::{FlowIx, Node, NodeIx, Process};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use acts::Act;
pub use scenes::{Scene, scene_of};
pub use values::Val;

/// Names spots and what they wait for, in the order in which they came to be.
pub type No = u64;

/// How much one command may do.
const MOST_STEPS: u32 = 6_000;

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// It goes on without end.
    Endless,
    /// An expression names a variable that is not there.
    Unknown(String),
    /// Anything else.
    Refused(String),
}

type Done<T = ()> = Result<T, Stop>;

/// What a spot is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// On its way to the node.
    Before,
    /// In the node.
    In,
    /// At a joining gateway.
    Joining,
    /// At an inclusive gateway.
    Merging,
    /// Behind the node, about to take this flow, or to end.
    Behind(Option<FlowIx>),
    /// Completed, and kept to be compensated.
    Kept,
    /// Being compensated.
    Undoing,
}

/// What a spot is of its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Whole,
    /// What holds the instances of a multi-instance activity.
    Body,
    /// One of them.
    Instance,
}

/// A place in the tree: a process instance, a scope, or a token.
#[derive(Debug, Clone)]
struct Spot {
    above: Option<No>,
    model: usize,
    /// None for a process instance.
    node: Option<NodeIx>,
    role: Role,
    stage: Stage,
    variables: BTreeMap<String, Val>,
}

/// What a spot waits for.
#[derive(Debug, Clone)]
struct Wait {
    spot: No,
    node: NodeIx,
    what: What,
    /// Failures that it may still have, where something is tried.
    retries: Option<i32>,
    incident: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum What {
    Task,
    External,
    Message(String),
    Signal(String),
    Condition,
    /// With the rounds of a cycle that follow this one.
    Timer(Option<u32>),
    AsyncBefore,
    AsyncAfter,
    /// This handler undoes something: a spot that was kept, or what has no inside.
    Undo(Option<No>),
}

/// A variable that changed, which conditions have not heard of.
#[derive(Debug, Clone)]
struct Changed {
    spot: No,
    name: String,
    event: &'static str,
    /// Conditions that are younger do not hear of it.
    at: No,
}

#[derive(Clone)]
pub struct Reference {
    models: Vec<(String, Arc<Process>)>,
    spots: BTreeMap<No, Spot>,
    waits: BTreeMap<No, Wait>,
    changed: Vec<Changed>,
    /// Conditions that were not tested yet.
    fresh: Vec<No>,
    last: No,
    steps: u32,
    /// What happened, in order: `+a` entered, `-a` left, `!a` cancelled, `>f` taken.
    pub history: Vec<String>,
}

impl Reference {
    /// Of these processes, by key, the first is started.
    pub fn new(models: Vec<(String, Arc<Process>)>) -> Reference {
        Reference {
            models,
            spots: BTreeMap::new(),
            waits: BTreeMap::new(),
            changed: Vec::new(),
            fresh: Vec::new(),
            last: 0,
            steps: 0,
            history: Vec::new(),
        }
    }

    fn number(&mut self) -> No {
        self.last += 1;
        self.last
    }

    fn spot(&self, no: No) -> &Spot {
        &self.spots[&no]
    }

    fn lives(&self, no: No) -> bool {
        self.spots.contains_key(&no)
    }

    fn model(&self, no: No) -> Arc<Process> {
        self.models[self.spot(no).model].1.clone()
    }

    /// The node of a spot that is no process instance.
    fn ix(&self, no: No) -> NodeIx {
        self.spot(no).node.expect("a node")
    }

    /// The node of a spot, a copy.
    fn node(&self, no: No) -> Node {
        self.model(no).nodes[self.ix(no)].clone()
    }

    /// The scope around a spot.
    fn around(&self, no: No) -> No {
        self.spot(no).above.expect("something around")
    }

    fn is_process(&self, no: No) -> bool {
        self.spot(no).node.is_none()
    }

    /// What runs directly inside, in order.
    fn inside(&self, no: No) -> Vec<No> {
        let running = self.spots.iter().filter(|(_, s)| s.stage != Stage::Kept);
        running
            .filter(|(_, s)| s.above == Some(no))
            .map(|(no, _)| *no)
            .collect()
    }

    /// What a spot waits for, in order.
    fn waits_of(&self, no: No) -> Vec<No> {
        let waits = self.waits.iter().filter(|(_, wait)| wait.spot == no);
        waits.map(|(no, _)| *no).collect()
    }

    fn put(&mut self, above: Option<No>, model: usize, node: Option<NodeIx>, stage: Stage) -> No {
        let no = self.number();
        let spot = Spot {
            above,
            model,
            node,
            role: Role::Whole,
            stage,
            variables: BTreeMap::new(),
        };
        self.spots.insert(no, spot);
        no
    }

    /// A token in a scope, before a node.
    fn token(&mut self, scope: No, node: NodeIx) -> No {
        let model = self.spot(scope).model;
        self.put(Some(scope), model, Some(node), Stage::Before)
    }

    fn wait_for(&mut self, spot: No, node: NodeIx, what: What) -> No {
        let no = self.number();
        let tried = matches!(what, What::Timer(_) | What::AsyncBefore | What::AsyncAfter);
        let wait = Wait {
            spot,
            node,
            what,
            retries: tried.then_some(3),
            incident: false,
        };
        self.waits.insert(no, wait);
        no
    }

    fn has_begun(&self, no: No) -> bool {
        let stage = self.spot(no).stage;
        !self.is_process(no) && matches!(stage, Stage::In | Stage::Joining | Stage::Merging)
    }

    fn remember(&mut self, sign: char, no: No) {
        let name = self.name(no);
        self.history.push(format!("{sign}{name}"));
    }

    /// The id of the node as Camunda's history has it.
    fn name(&self, no: No) -> String {
        let spot = self.spot(no);
        let process = &self.models[spot.model].1;
        match (spot.node, spot.role) {
            (None, _) => process.id.clone(),
            (Some(ix), Role::Body) => format!("{}#multiInstanceBody", process.nodes[ix].id),
            (Some(ix), _) => process.nodes[ix].id.clone(),
        }
    }

    /// Takes a spot away with what it waits for and what it keeps.
    fn remove(&mut self, no: No, sign: char) {
        for kept in self.kept_in(no) {
            self.remove(kept, sign);
        }
        if self.has_begun(no) {
            self.remember(sign, no);
        }
        self.waits.retain(|_, wait| wait.spot != no);
        self.spots.remove(&no);
    }

    fn kept_in(&self, no: No) -> Vec<No> {
        let kept = self.spots.iter().filter(|(_, s)| s.stage == Stage::Kept);
        kept.filter(|(_, s)| s.above == Some(no))
            .map(|(no, _)| *no)
            .collect()
    }

    /// Ends a spot with all in it before it is done.
    fn cancel(&mut self, no: No) -> Done {
        self.cancel_inside(no)?;
        if self.is_process(no) {
            self.history.push(format!("!{}", self.name(no)));
        } else if self.has_begun(no) && self.spot(no).role != Role::Body {
            self.outputs(no)?;
        }
        self.remove(no, '!');
        Ok(())
    }

    fn cancel_inside(&mut self, no: No) -> Done {
        for inner in self.inside(no) {
            self.cancel(inner)?;
        }
        Ok(())
    }

    /// One more thing done; first conditions hear of what changed.
    fn step(&mut self) -> Done {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(Stop::Endless);
        }
        self.conditions()
    }
}

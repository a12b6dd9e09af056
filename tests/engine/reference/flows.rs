//! Tokens on their way: into a node, through it, out of it, and where they meet.

use super::{Done, No, Reference, Role, Stage, Stop, What};
use crewdesk::model::graph::{Sender, SubProcess, Throw, Trigger};
use crewdesk::model::{FlowIx, NodeIx, NodeKind};
use std::collections::BTreeSet;

impl Reference {
    /// Each token in its turn, those that are still there.
    pub(super) fn enter_all(&mut self, tokens: Vec<No>) -> Done {
        for token in tokens {
            if self.lives(token) {
                self.enter(token)?;
            }
        }
        Ok(())
    }

    /// A token comes to its node; if the node says so, a job lets it in.
    pub(super) fn enter(&mut self, no: No) -> Done {
        self.step()?;
        if !self.lives(no) {
            return Ok(());
        }
        let node = self.node(no);
        let spot = self.spots.get_mut(&no).expect("it lives");
        if node.multi.is_some() && spot.role == Role::Whole {
            spot.role = Role::Body;
        }
        let job = match (&node.multi, spot.role) {
            (Some(multi), Role::Instance) => multi.async_before,
            _ => node.async_before,
        };
        if job {
            let ix = self.ix(no);
            self.wait_for(no, ix, What::AsyncBefore);
            return Ok(());
        }
        self.begin(no)?;
        self.behave(no)
    }

    /// The activity begins: its inputs, and the events that may interrupt it.
    pub(super) fn begin(&mut self, no: No) -> Done {
        self.spots.get_mut(&no).expect("it lives").stage = Stage::In;
        self.remember('+', no);
        let node = self.node(no);
        let role = self.spot(no).role;
        if role != Role::Body {
            self.inputs(no)?;
        }
        if role != Role::Instance {
            for &event in &node.boundary_events {
                self.arm(no, event)?;
            }
        }
        if role != Role::Body && matches!(node.kind, NodeKind::SubProcess(_)) {
            for &event in &node.event_starts {
                self.arm(no, event)?;
            }
        }
        Ok(())
    }

    /// What a node does.
    pub(super) fn behave(&mut self, no: No) -> Done {
        self.step()?;
        if !self.lives(no) {
            return Ok(());
        }
        if self.spot(no).role == Role::Body {
            return self.start_instances(no);
        }
        let (node, ix) = (self.node(no), self.ix(no));
        match &node.kind {
            NodeKind::UserTask(_) => drop(self.wait_for(no, ix, What::Task)),
            NodeKind::ExternalTask(_) => drop(self.wait_for(no, ix, What::External)),
            NodeKind::ReceiveTask { message } => {
                if let Some(name) = message {
                    self.wait_for(no, ix, What::Message(name.source().to_owned()));
                }
            }
            NodeKind::ExpressionTask(task) => {
                let value = self.value(no, task.expression.source())?;
                if let Some(name) = &task.result_variable {
                    self.set(no, name, value);
                }
                self.leave(no)?;
            }
            NodeKind::CatchEvent(trigger) => match trigger {
                Trigger::Condition(c) if self.holds_in_event(no, &c.condition)? => {
                    self.leave(no)?;
                }
                Trigger::None | Trigger::Link(_) => self.leave(no)?,
                _ => self.arm(no, ix)?,
            },
            NodeKind::CallActivity(call) => self.call(no, call)?,
            NodeKind::SubProcess(_) => {
                let start = self.model(no).initial(Some(ix)).expect("a start event");
                let token = self.token(no, start);
                self.enter(token)?;
            }
            NodeKind::ParallelGateway => self.join(no)?,
            NodeKind::InclusiveGateway => {
                if node.incoming.len() > 1 {
                    self.spots.get_mut(&no).expect("it lives").stage = Stage::Merging;
                } else {
                    self.leave(no)?;
                }
            }
            NodeKind::EventGateway => self.wait_for_first(no)?,
            NodeKind::ThrowEvent(Throw::Message(Some(sender)))
            | NodeKind::EndEvent(Throw::Message(Some(sender)))
                if matches!(**sender, Sender::External(_)) =>
            {
                self.wait_for(no, ix, What::External);
            }
            NodeKind::ThrowEvent(throw) | NodeKind::EndEvent(throw) => {
                self.throw(no, throw.clone())?;
            }
            NodeKind::StartEvent(_)
            | NodeKind::BoundaryEvent(_)
            | NodeKind::PassTask { .. }
            | NodeKind::ExclusiveGateway => self.leave(no)?,
            other => panic!("the reference does not know {other:?}"),
        }
        Ok(())
    }

    /// A node is done: its outputs, and a token for each flow that goes on.
    pub(super) fn leave(&mut self, no: No) -> Done {
        self.step()?;
        if !self.lives(no) {
            return Ok(());
        }
        if self.spot(no).role == Role::Instance {
            return self.leave_instance(no);
        }
        let flows = self.choose(no)?;
        let (scope, node, ix) = (self.around(no), self.node(no), self.ix(no));
        self.complete(no)?;
        // All are there before the first one moves.
        let mut tokens: Vec<No> = Vec::new();
        for &flow in &flows {
            tokens.push(self.behind(scope, ix, Some(flow)));
        }
        if node.async_after {
            if flows.is_empty() {
                tokens.push(self.behind(scope, ix, None));
            }
            for token in tokens {
                self.wait_for(token, ix, What::AsyncAfter);
            }
            return Ok(());
        }
        if tokens.is_empty() {
            return self.maybe_empty(scope);
        }
        for token in tokens {
            if self.lives(token) {
                self.go(token)?;
            }
        }
        Ok(())
    }

    fn behind(&mut self, scope: No, node: NodeIx, flow: Option<FlowIx>) -> No {
        let token = self.token(scope, node);
        self.spots.get_mut(&token).expect("just made").stage = Stage::Behind(flow);
        token
    }

    /// A token behind its node goes on.
    pub(super) fn go(&mut self, no: No) -> Done {
        self.step()?;
        if !self.lives(no) {
            return Ok(());
        }
        if self.spot(no).role == Role::Instance {
            return self.count_instance(no);
        }
        let Stage::Behind(flow) = self.spot(no).stage else {
            panic!("a token that is not behind its node");
        };
        let Some(flow) = flow else {
            let scope = self.around(no);
            self.remove(no, '-');
            return self.maybe_empty(scope);
        };
        self.cross(no, flow);
        self.enter(no)
    }

    pub(super) fn cross(&mut self, no: No, flow: FlowIx) {
        let model = self.model(no);
        self.history.push(format!(">{}", model.flows[flow].id));
        let spot = self.spots.get_mut(&no).expect("it lives");
        spot.node = Some(model.flows[flow].target);
        spot.stage = Stage::Before;
    }

    /// The flows by which a token leaves, judged with what the activity still sees.
    fn choose(&self, no: No) -> Done<Vec<FlowIx>> {
        let (node, model) = (self.node(no), self.model(no));
        if matches!(node.kind, NodeKind::ParallelGateway) {
            return Ok(node.outgoing);
        }
        let only_one = matches!(node.kind, NodeKind::ExclusiveGateway);
        let mut chosen = Vec::new();
        for &flow in &node.outgoing {
            let open = match &model.flows[flow].condition {
                _ if Some(flow) == node.default_flow => false,
                None => true,
                Some(condition) => self.holds(no, condition.source())?,
            };
            if open {
                chosen.push(flow);
                if only_one {
                    break;
                }
            }
        }
        if chosen.is_empty() {
            chosen.extend(node.default_flow);
        }
        match chosen.is_empty() && (only_one || !node.outgoing.is_empty()) {
            true => Err(Stop::Refused(format!("no flow leads on from {}", node.id))),
            false => Ok(chosen),
        }
    }

    /// An activity instance is over; what can be compensated is kept.
    pub(super) fn complete(&mut self, no: No) -> Done {
        self.finish(no)?;
        if !self.keep(no) {
            self.remove(no, '-');
        }
        Ok(())
    }

    pub(super) fn finish(&mut self, no: No) -> Done {
        if self.spot(no).role != Role::Body {
            self.outputs(no)?;
        }
        self.note_undo(no);
        Ok(())
    }

    /// A scope in which nothing runs is done.
    pub(super) fn maybe_empty(&mut self, scope: No) -> Done {
        if !self.lives(scope) || !self.inside(scope).is_empty() {
            return Ok(());
        }
        self.step()?;
        if !self.lives(scope) || !self.inside(scope).is_empty() {
            return Ok(());
        }
        if self.is_process(scope) {
            return self.end_process(scope);
        }
        if self.spot(scope).stage == Stage::Undoing {
            let around = self.around(scope);
            self.remove(scope, '-');
            return self.maybe_empty(around);
        }
        match self.node(scope).kind {
            NodeKind::EndEvent(Throw::Cancel) => self.transaction_undone(scope),
            _ => self.leave(scope),
        }
    }

    /// A parallel gateway goes on once a token has come for each of its flows.
    fn join(&mut self, no: No) -> Done {
        let wanted = self.node(no).incoming.len();
        if wanted <= 1 {
            return self.leave(no);
        }
        self.spots.get_mut(&no).expect("it lives").stage = Stage::Joining;
        let here: Vec<No> = self.together(no);
        if here.len() < wanted {
            return Ok(());
        }
        let others = here.into_iter().filter(|&other| other != no);
        for other in others.take(wanted - 1).collect::<Vec<_>>() {
            self.complete(other)?;
        }
        self.leave(no)
    }

    /// The tokens that wait at the same gateway of the same scope.
    fn together(&self, no: No) -> Vec<No> {
        let (node, stage) = (self.ix(no), self.spot(no).stage);
        let inside = self.inside(self.around(no)).into_iter();
        inside
            .filter(|&other| {
                let spot = self.spot(other);
                spot.node == Some(node) && spot.stage == stage
            })
            .collect()
    }

    /// When nothing else moves, an inclusive gateway goes on at which no other token can
    /// arrive; again until there is none.
    pub(super) fn merge(&mut self) -> Done {
        loop {
            self.conditions()?;
            let mut waiting: Vec<No> = self.spots.keys().copied().collect();
            waiting.retain(|&no| self.spot(no).stage == Stage::Merging);
            let ready = waiting.into_iter().find(|&no| {
                let here = self.together(no);
                here.len() >= self.node(no).incoming.len() || !self.others_can_come(no)
            });
            let Some(first) = ready else {
                return Ok(());
            };
            for other in self.together(first) {
                if other != first {
                    self.complete(other)?;
                }
            }
            self.leave(first)?;
        }
    }

    fn others_can_come(&self, gateway: No) -> bool {
        let here = self.together(gateway);
        let inside = self.inside(self.around(gateway)).into_iter();
        let mut others = inside.filter(|other| !here.contains(other));
        others.any(|other| match self.spot(other).stage {
            Stage::Behind(None) => false,
            Stage::Behind(Some(flow)) => {
                let target = self.model(other).flows[flow].target;
                self.leads(target, gateway, &mut BTreeSet::new())
            }
            _ => self.leads(self.ix(other), gateway, &mut BTreeSet::new()),
        })
    }

    fn leads(&self, from: NodeIx, gateway: No, seen: &mut BTreeSet<NodeIx>) -> bool {
        if from == self.ix(gateway) {
            return true;
        }
        if !seen.insert(from) {
            return false;
        }
        let model = self.model(gateway);
        let mut flows = model.nodes[from].outgoing.iter();
        flows.any(|&flow| self.leads(model.flows[flow].target, gateway, seen))
    }

    /// True for what holds other activities.
    pub(super) fn is_scope(&self, no: No) -> bool {
        self.spot(no).role == Role::Body || matches!(self.node(no).kind, NodeKind::SubProcess(_))
    }

    pub(super) fn is_event_sub_process(&self, no: No) -> bool {
        matches!(self.node(no).kind, NodeKind::SubProcess(SubProcess::Event))
    }
}

//! Events: waited for, caught, thrown.

use super::{Changed, Done, No, Reference, Role, Stage, Val, What, values};
use crewdesk::model::graph::{Throw, Timer, Trigger};
use crewdesk::model::{NodeIx, NodeKind};

/// How it goes on once an event has happened.
#[derive(Debug, Clone, Copy)]
pub(super) enum Next {
    Enter(No),
    /// At the event itself, which is behind it.
    Happened(No),
    Leave(No),
}

/// What looks for somebody who catches it.
pub(super) enum Thrown<'t> {
    Error(&'t str, Option<&'t str>),
    Escalation(Option<&'t str>),
}

impl Thrown<'_> {
    /// 2 for who names the code, 1 for who catches all, 0 for others.
    fn fit(&self, trigger: Option<&Trigger>) -> u8 {
        let (mine, caught) = match (self, trigger) {
            (Thrown::Error(mine, _), Some(Trigger::Error { code, .. })) => (Some(*mine), code),
            (Thrown::Escalation(mine), Some(Trigger::Escalation { code, .. })) => (*mine, code),
            _ => return 0,
        };
        match caught {
            None => 1,
            Some(code) if Some(code.as_str()) == mine => 2,
            Some(_) => 0,
        }
    }
}

impl Reference {
    /// From now on a spot waits for an event.
    pub(super) fn arm(&mut self, no: No, event: NodeIx) -> Done {
        let what = match self.model(no).trigger(event) {
            Some(Trigger::Message(name)) => What::Message(name.source().to_owned()),
            Some(Trigger::Signal(name)) => What::Signal(name.source().to_owned()),
            Some(Trigger::Timer(Timer::Cycle(cycle))) => {
                let rounds = cycle.source().split_once('/').expect("a cycle").0;
                let rounds: u32 = rounds[1..].parse().expect("a number of rounds");
                What::Timer(Some(rounds - 1))
            }
            Some(Trigger::Timer(_)) => What::Timer(None),
            Some(Trigger::Condition(_)) => What::Condition,
            _ => return Ok(()),
        };
        let condition = what == What::Condition;
        let wait = self.wait_for(no, event, what);
        if condition {
            self.fresh.push(wait);
        }
        Ok(())
    }

    /// An event-based gateway: a condition that holds is first.
    pub(super) fn wait_for_first(&mut self, no: No) -> Done {
        let model = self.model(no);
        let targets: Vec<NodeIx> = self
            .node(no)
            .outgoing
            .iter()
            .map(|&flow| model.flows[flow].target)
            .collect();
        for &target in &targets {
            if let Some(Trigger::Condition(c)) = model.trigger(target)
                && self.holds_in_event(no, &c.condition)?
            {
                let next = self.happen(no, target)?;
                return self.follow(next);
            }
        }
        for target in targets {
            self.arm(no, target)?;
        }
        Ok(())
    }

    /// What a spot waits for has happened: everything in its place, nothing moves yet.
    pub(super) fn fire(&mut self, wait: No) -> Done<Next> {
        let wait_no = wait;
        let wait = self.waits[&wait].clone();
        let stays = match &self.model(wait.spot).nodes[wait.node].kind {
            NodeKind::BoundaryEvent(event) => !event.interrupting,
            NodeKind::StartEvent(event) => !event.interrupting,
            _ => false,
        };
        match wait.what {
            What::Timer(rounds) => {
                self.waits.remove(&wait_no);
                if stays && let Some(left) = rounds.filter(|left| *left > 0) {
                    self.wait_for(wait.spot, wait.node, What::Timer(Some(left - 1)));
                }
            }
            _ if !stays => drop(self.waits.remove(&wait_no)),
            _ => {}
        }
        self.happen(wait.spot, wait.node)
    }

    pub(super) fn happen(&mut self, holder: No, event: NodeIx) -> Done<Next> {
        let model = self.model(holder);
        match &model.nodes[event].kind {
            NodeKind::BoundaryEvent(boundary) => {
                let scope = self.around(holder);
                if boundary.interrupting {
                    self.cancel(holder)?;
                }
                Ok(Next::Enter(self.token(scope, event)))
            }
            NodeKind::StartEvent(start) => {
                if start.interrupting {
                    self.cancel_inside(holder)?;
                    let is_start =
                        |node: NodeIx| matches!(model.nodes[node].kind, NodeKind::StartEvent(_));
                    self.waits
                        .retain(|_, wait| wait.spot != holder || !is_start(wait.node));
                }
                let sub = model.nodes[event].scope.expect("an event sub-process");
                let sub = self.token(holder, sub);
                self.begin(sub)?;
                Ok(Next::Enter(self.token(sub, event)))
            }
            _ if matches!(self.node(holder).kind, NodeKind::EventGateway) => {
                let (scope, gateway) = (self.around(holder), self.node(holder));
                let mut flows = gateway.outgoing.into_iter();
                let flow = flows.find(|&flow| model.flows[flow].target == event);
                self.complete(holder)?;
                let token = self.token(scope, event);
                self.cross(token, flow.expect("a flow to the event"));
                Ok(Next::Happened(token))
            }
            _ => Ok(Next::Leave(holder)),
        }
    }

    pub(super) fn follow(&mut self, next: Next) -> Done {
        let (Next::Enter(no) | Next::Happened(no) | Next::Leave(no)) = next;
        if !self.lives(no) {
            return Ok(());
        }
        match next {
            Next::Enter(no) => self.enter(no),
            Next::Leave(no) => self.leave(no),
            Next::Happened(no) => {
                self.step()?;
                if self.lives(no) {
                    self.begin(no)?;
                    self.leave(no)?;
                }
                Ok(())
            }
        }
    }

    /// Conditions are tested once they are waited for, and whenever a variable changes that they
    /// see. All that hold happen before any of them moves; the last one moves first.
    pub(super) fn conditions(&mut self) -> Done {
        let mut happened = Vec::new();
        loop {
            if let Some(fresh) = self.fresh.pop() {
                happened.extend(self.test(fresh, None)?);
                continue;
            }
            if self.changed.is_empty() {
                break;
            }
            for change in std::mem::take(&mut self.changed) {
                for wait in self.waits.keys().copied().collect::<Vec<_>>() {
                    happened.extend(self.test(wait, Some(&change))?);
                }
            }
        }
        for next in happened.into_iter().rev() {
            self.follow(next)?;
        }
        Ok(())
    }

    fn test(&mut self, no: No, change: Option<&Changed>) -> Done<Option<Next>> {
        let Some(wait) = self.waits.get(&no).cloned() else {
            return Ok(None);
        };
        let model = self.model(wait.spot);
        let (What::Condition, Some(Trigger::Condition(conditional))) =
            (&wait.what, model.trigger(wait.node))
        else {
            return Ok(None);
        };
        if let Some(change) = change {
            let named = conditional.variable.as_ref();
            let hears = no <= change.at
                && self.seen_from(wait.spot).contains(&change.spot)
                && named.is_none_or(|name| *name == change.name)
                && (conditional.events.is_empty()
                    || conditional.events.iter().any(|event| event == change.event));
            if !hears {
                return Ok(None);
            }
        }
        match self.holds_in_event(wait.spot, &conditional.condition)? {
            true => {
                self.steps += 1;
                self.fire(no).map(Some)
            }
            false => Ok(None),
        }
    }

    pub(super) fn throw(&mut self, no: No, throw: Throw) -> Done {
        match throw {
            Throw::None | Throw::Message(_) => self.leave(no),
            Throw::Terminate => {
                let scope = self.around(no);
                self.complete(no)?;
                self.cancel_inside(scope)?;
                self.maybe_empty(scope)
            }
            Throw::Cancel => self.cancel_transaction(no),
            Throw::Compensation { activity } => self.throw_compensation(no, activity),
            Throw::Error { code, message } => {
                let message = message.map(|message| values::said(message.source()));
                self.error_in(no, &code, message.as_deref())
            }
            Throw::Escalation { code } => {
                let thrown = Thrown::Escalation(code.as_deref());
                let (scope, ix) = (self.around(no), self.ix(no));
                if let Some((holder, event)) = self.catcher(scope, Some(ix), &thrown)? {
                    self.caught(holder, event, &thrown)?;
                }
                self.leave_if_there(no)
            }
            Throw::Signal { name, .. } => {
                // All who wait for it hear it before any of them moves.
                let mut waiting: Vec<No> = self.waits.keys().copied().collect();
                waiting.retain(|w| self.waits[w].what == What::Signal(name.source().to_owned()));
                let mut heard = Vec::new();
                for wait in waiting.into_iter().rev() {
                    if self.waits.contains_key(&wait) {
                        heard.push(self.fire(wait)?);
                    }
                }
                for next in heard.into_iter().rev() {
                    self.follow(next)?;
                }
                self.leave_if_there(no)
            }
            Throw::Link(_) => panic!("the reference knows no links"),
        }
    }

    fn leave_if_there(&mut self, no: No) -> Done {
        match self.lives(no) {
            true => self.leave(no),
            false => Ok(()),
        }
    }

    /// An activity fails with an error; if nobody catches it, it is done and its token ends.
    pub(super) fn error_in(&mut self, no: No, code: &str, message: Option<&str>) -> Done {
        let thrown = Thrown::Error(code, message);
        if let Some((holder, event)) = self.catcher(no, None, &thrown)? {
            return self.caught(holder, event, &thrown);
        }
        self.outputs(no)?;
        if self.spot(no).role == Role::Instance {
            return self.count_instance(no);
        }
        let scope = self.around(no);
        self.remove(no, '-');
        self.maybe_empty(scope)
    }

    /// Who catches what is thrown at a spot, and with which event. It came there through `from`,
    /// which does not catch what is thrown inside of it.
    pub(super) fn catcher(
        &mut self,
        no: No,
        from: Option<NodeIx>,
        thrown: &Thrown,
    ) -> Done<Option<(No, NodeIx)>> {
        let model = self.model(no);
        let best = |events: &[NodeIx]| {
            let mut found: Option<NodeIx> = None;
            for &event in events {
                let fit = thrown.fit(model.trigger(event));
                let before = found.map_or(0, |found| thrown.fit(model.trigger(found)));
                if fit > before
                    && (model.nodes[event].scope.is_none() || model.nodes[event].scope != from)
                {
                    found = Some(event);
                }
            }
            found
        };
        if self.is_process(no) {
            if let Some(start) = best(&model.event_starts) {
                return Ok(Some((no, start)));
            }
            let Some(caller) = self.spot(no).above else {
                return Ok(None);
            };
            self.give_out(no, caller)?;
            return self.catcher(caller, None, thrown);
        }
        let node = self.node(no);
        let role = self.spot(no).role;
        if role != Role::Body
            && let Some(start) = best(&node.event_starts)
        {
            return Ok(Some((no, start)));
        }
        if role != Role::Instance
            && let Some(boundary) = best(&node.boundary_events)
        {
            return Ok(Some((no, boundary)));
        }
        let (around, ix) = (self.around(no), self.ix(no));
        self.catcher(around, Some(ix), thrown)
    }

    pub(super) fn caught(&mut self, holder: No, event: NodeIx, thrown: &Thrown) -> Done {
        let model = self.model(holder);
        let inside = matches!(model.nodes[event].kind, NodeKind::StartEvent(_));
        if inside {
            self.tell(holder, model.trigger(event), thrown);
        }
        let scope = self.spot(holder).above;
        let next = self.happen(holder, event)?;
        if let (false, Some(scope)) = (inside, scope) {
            self.tell(scope, model.trigger(event), thrown);
        }
        self.follow(next)
    }

    /// Code and message become variables where the catching event wants them.
    fn tell(&mut self, scope: No, trigger: Option<&Trigger>, thrown: &Thrown) {
        let text = |text: Option<&str>| text.map_or(Val::Null, |text| Val::Text(text.to_owned()));
        let (code, message) = match thrown {
            Thrown::Error(code, message) => (text(Some(code)), text(*message)),
            Thrown::Escalation(code) => (text(*code), Val::Null),
        };
        let none = None;
        let (code_variable, message_variable) = match trigger {
            Some(Trigger::Error {
                code_variable,
                message_variable,
                ..
            }) => (code_variable, message_variable),
            Some(Trigger::Escalation { code_variable, .. }) => (code_variable, &none),
            _ => return,
        };
        if let Some(name) = code_variable {
            self.set(scope, name, code);
        }
        if let Some(name) = message_variable {
            self.set(scope, name, message);
        }
    }

    /// True for a receive task that waits for its execution to be signalled.
    pub(super) fn waits_to_be_triggered(&self, no: No) -> bool {
        !self.is_process(no)
            && self.spot(no).stage == Stage::In
            && self.spot(no).role != Role::Body
            && matches!(self.node(no).kind, NodeKind::ReceiveTask { .. })
    }
}

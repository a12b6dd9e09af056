//! Compensation and transactions.

use super::{Done, No, Reference, Role, Stage, Stop, What};
use crewdesk::model::NodeIx;
use crewdesk::model::graph::Trigger;

impl Reference {
    /// An activity that is done leaves in the scope around it what undoes it.
    pub(super) fn note_undo(&mut self, no: No) {
        let Some(handler) = self.node(no).compensation else {
            return;
        };
        if !self.is_scope(no) {
            let around = self.around(no);
            self.wait_for(around, handler, What::Undo(None));
        }
    }

    /// A scope that is done is kept if anything could undo it; false if nothing could.
    pub(super) fn keep(&mut self, no: No) -> bool {
        if !self.is_scope(no) {
            return false;
        }
        let own = match self.spot(no).role {
            Role::Body => None,
            _ => self.node(no).compensation,
        };
        if own.is_none() && self.undoable(no).is_empty() {
            return false;
        }
        let is_undo = |what: &What| matches!(what, What::Undo(_));
        self.waits
            .retain(|_, wait| wait.spot != no || is_undo(&wait.what));
        self.remember('-', no);
        self.spots.get_mut(&no).expect("it lives").stage = Stage::Kept;
        let (around, handler) = (self.around(no), own.unwrap_or(self.ix(no)));
        self.wait_for(around, handler, What::Undo(Some(no)));
        true
    }

    /// What could be undone in a scope, the last first.
    fn undoable(&self, scope: No) -> Vec<No> {
        let mut found = self.waits_of(scope);
        found.retain(|no| matches!(self.waits[no].what, What::Undo(_)));
        found.reverse();
        found
    }

    /// An event undoes what is done in its scope, or of one activity, and waits for that.
    pub(super) fn throw_compensation(&mut self, no: No, only: Option<NodeIx>) -> Done {
        let mut scope = self.around(no);
        let mut found = self.undoable(scope);
        while !self.is_process(scope) && self.is_event_sub_process(scope) {
            scope = self.around(scope);
            found.extend(self.undoable(scope));
        }
        if let Some(only) = only {
            let model = self.model(no);
            let node = &model.nodes[only];
            found.retain(|wait| {
                let undoes = self.waits[wait].node;
                let whole = node.multi.is_some() || node.compensation.is_none();
                Some(undoes) == node.compensation || (whole && undoes == only)
            });
        }
        match found.is_empty() {
            true => self.leave(no),
            false => self.undo(no, found),
        }
    }

    /// Handlers run inside of what throws, the first of the list first.
    fn undo(&mut self, inside: No, what: Vec<No>) -> Done {
        enum Next {
            Handler(No),
            Scope(No, Vec<Next>),
        }
        fn place(run: &mut Reference, inside: No, what: Vec<No>) -> Vec<Next> {
            let mut next = Vec::new();
            for wait in what {
                let wait = run.waits.remove(&wait).expect("something to undo");
                let What::Undo(kept) = wait.what else {
                    panic!("nothing to undo");
                };
                let around = kept.unwrap_or(inside);
                if let Some(kept) = kept {
                    let spot = run.spots.get_mut(&kept).expect("what was kept");
                    spot.above = Some(inside);
                    spot.stage = Stage::Undoing;
                    // It has become one of those inside now.
                    if run.ix(kept) == wait.node {
                        let inner = run.undoable(kept);
                        let inner = place(run, kept, inner);
                        next.push(Next::Scope(kept, inner));
                        continue;
                    }
                }
                next.push(Next::Handler(run.token(around, wait.node)));
            }
            next
        }
        fn start(run: &mut Reference, all: Vec<Next>) -> Done {
            for next in all {
                match next {
                    Next::Handler(token) if !run.lives(token) => {}
                    Next::Handler(token) => run.start_handler(token)?,
                    Next::Scope(kept, inner) => {
                        start(run, inner)?;
                        run.maybe_empty(kept)?;
                    }
                }
            }
            Ok(())
        }
        let next = place(self, inside, what);
        start(self, next)
    }

    fn start_handler(&mut self, token: No) -> Done {
        if !self.is_event_sub_process(token) {
            return self.enter(token);
        }
        let start = self.model(token).initial(Some(self.ix(token)));
        self.begin(token)?;
        let inside = self.token(token, start.expect("a start event"));
        self.enter(inside)
    }

    /// A cancel end event: all else in the transaction ends, what is done is undone.
    pub(super) fn cancel_transaction(&mut self, no: No) -> Done {
        let scope = self.around(no);
        for other in self.inside(scope).into_iter().rev() {
            if other != no {
                self.cancel(other)?;
            }
        }
        let found = self.undoable(scope);
        match found.is_empty() {
            true => self.transaction_undone(no),
            false => self.undo(no, found),
        }
    }

    pub(super) fn transaction_undone(&mut self, no: No) -> Done {
        let mut transaction = self.around(no);
        if self.spot(transaction).role == Role::Instance {
            transaction = self.around(transaction);
        }
        let model = self.model(no);
        let mut events = self.node(transaction).boundary_events.into_iter();
        let cancel = events.find(|&ix| model.trigger(ix) == Some(&Trigger::Cancel));
        let Some(cancel) = cancel else {
            return Err(Stop::Refused("no cancel boundary event".to_owned()));
        };
        self.complete(no)?;
        let next = self.happen(transaction, cancel)?;
        self.follow(next)
    }
}

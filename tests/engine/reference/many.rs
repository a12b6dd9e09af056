//! Multi-instance activities, process instances, and those that call each other.

use super::{Done, No, Reference, Role, Stage, Stop, Val, What};
use crewdesk::model::NodeKind;
use crewdesk::model::graph::CallActivity;

const ALL: &str = "nrOfInstances";
const ACTIVE: &str = "nrOfActiveInstances";
const COMPLETED: &str = "nrOfCompletedInstances";
pub(super) const COUNTER: &str = "loopCounter";

impl Reference {
    pub(super) fn start_instances(&mut self, body: No) -> Done {
        let multi = self.node(body).multi.expect("a multi-instance activity");
        let cardinality = multi.cardinality.expect("a number");
        let count = self.number_of(body, cardinality.source())?;
        if count < 0 {
            return Err(Stop::Refused(format!("{count} instances")));
        }
        if count == 0 {
            return self.leave(body);
        }
        let first = if multi.sequential { 1 } else { count };
        for (name, value) in [(ALL, count), (COMPLETED, 0), (ACTIVE, first)] {
            self.set_local(body, name, Val::Int(value));
        }
        let instances: Vec<No> = (0..first).map(|n| self.instance(body, n)).collect();
        self.enter_all(instances)
    }

    fn instance(&mut self, body: No, counter: i64) -> No {
        let no = self.token(body, self.ix(body));
        self.spots.get_mut(&no).expect("just made").role = Role::Instance;
        self.set_local(no, COUNTER, Val::Int(counter));
        no
    }

    pub(super) fn leave_instance(&mut self, no: No) -> Done {
        let multi = self.node(no).multi.expect("a multi-instance activity");
        self.finish(no)?;
        if multi.async_after {
            self.remember('-', no);
            self.waits.retain(|_, wait| wait.spot != no);
            self.spots.get_mut(&no).expect("it lives").stage = Stage::Behind(None);
            let ix = self.ix(no);
            self.wait_for(no, ix, What::AsyncAfter);
            return Ok(());
        }
        self.count_instance(no)
    }

    fn counted(&self, no: No, name: &str) -> i64 {
        match self.spot(no).variables.get(name) {
            Some(Val::Int(count)) => *count,
            _ => 0,
        }
    }

    /// One instance is done: the next one begins, or the body is done.
    pub(super) fn count_instance(&mut self, no: No) -> Done {
        let multi = self.node(no).multi.expect("a multi-instance activity");
        let body = self.around(no);
        let completed = self.counted(body, COMPLETED) + 1;
        self.set_local(body, COMPLETED, Val::Int(completed));
        if !multi.sequential {
            let active = (self.counted(body, ACTIVE) - 1).max(0);
            self.set_local(body, ACTIVE, Val::Int(active));
        }
        let enough = match &multi.completion {
            Some(condition) => self.holds(no, condition.source())?,
            None => false,
        };
        let next = self.counted(no, COUNTER) + 1;
        if !self.keep(no) {
            self.remove(no, '-');
        }
        if enough {
            self.cancel_inside(body)?;
        } else if multi.sequential && next < self.counted(body, ALL) {
            let instance = self.instance(body, next);
            return self.enter(instance);
        }
        match self.inside(body).is_empty() {
            true => self.leave(body),
            false => Ok(()),
        }
    }

    /// A process instance with a token at its start.
    pub(super) fn begin_process(
        &mut self,
        model: usize,
        caller: Option<No>,
        variables: &[(String, Val)],
    ) -> Done {
        let process = self.models[model].1.clone();
        let root = self.put(caller, model, None, Stage::In);
        self.history.push(format!("+{}", process.id));
        for (name, value) in variables {
            self.set_local(root, name, value.clone());
        }
        for &event in &process.event_starts {
            self.arm(root, event)?;
        }
        let start = process.initial(None).expect("a start event");
        let token = self.token(root, start);
        self.enter(token)
    }

    pub(super) fn call(&mut self, no: No, call: &CallActivity) -> Done {
        let key = call.called.source();
        let model = self.models.iter().position(|(known, _)| known == key);
        let variables = self.mapped(no, &call.inputs)?;
        self.begin_process(model.expect("a called process"), Some(no), &variables)
    }

    /// What a called instance gives to its caller.
    pub(super) fn give_out(&mut self, root: No, caller: No) -> Done {
        if let NodeKind::CallActivity(call) = self.node(caller).kind {
            for mapping in call.outputs {
                let values = self.mapped(root, &[mapping])?;
                self.set_all(caller, &values);
            }
        }
        Ok(())
    }

    pub(super) fn end_process(&mut self, root: No) -> Done {
        let caller = self.spot(root).above;
        if let Some(caller) = caller {
            self.give_out(root, caller)?;
        }
        self.history.push(format!("-{}", self.name(root)));
        self.remove(root, '-');
        match caller {
            Some(caller) => self.leave(caller),
            None => Ok(()),
        }
    }
}

//! What people, workers and time do to an instance from outside.

use super::events::Thrown;
use super::{Done, No, Reference, Stop, Val, What};

/// One command. It names what it concerns by its number: what waits, or a spot.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    Start(Vec<(String, Val)>),
    CompleteTask(No, Vec<(String, Val)>),
    EscalateTask(No, String),
    TaskError(No, String),
    /// With variables of the process and of the activity.
    CompleteExternal(No, Vec<(String, Val)>, Vec<(String, Val)>),
    FailExternal(No, i32),
    ExternalError(No, String),
    /// What failed for good is tried once more.
    Retry(No),
    /// A message or signal comes to what waits for it.
    Deliver(No, Vec<(String, Val)>),
    Job(No),
    JobFails(No),
    /// A receive task without a message goes on.
    Trigger(No),
    Set(No, String, Val),
    SetLocal(No, String, Val),
    Unset(No, String),
    Cancel,
}

impl Reference {
    /// Does it, or leaves everything as it is.
    pub fn act(&mut self, act: &Act) -> Done {
        let before = self.clone();
        self.steps = 0;
        let done = self.perform(act).and_then(|()| self.merge());
        if done.is_err() {
            *self = before;
        }
        done
    }

    fn perform(&mut self, act: &Act) -> Done {
        match act {
            Act::Start(variables) => self.begin_process(0, None, variables),
            Act::CompleteTask(wait, variables) => {
                let spot = self.waits[wait].spot;
                self.set_all(spot, variables);
                self.waits.remove(wait);
                self.leave(spot)
            }
            Act::EscalateTask(wait, code) => {
                let spot = self.waits[wait].spot;
                let thrown = Thrown::Escalation(Some(code));
                match self.catcher(spot, None, &thrown)? {
                    Some((holder, event)) => self.caught(holder, event, &thrown),
                    None => Err(Stop::Refused("nobody catches the escalation".to_owned())),
                }
            }
            Act::TaskError(wait, code) => {
                let spot = self.waits[wait].spot;
                self.error_in(spot, code, None)
            }
            Act::CompleteExternal(wait, variables, local) => {
                let spot = self.waits[wait].spot;
                self.set_all(spot, variables);
                for (name, value) in local {
                    self.set_local(spot, name, value.clone());
                }
                self.waits.remove(wait);
                self.leave(spot)
            }
            Act::FailExternal(wait, retries) => {
                let wait = self.waits.get_mut(wait).expect("an external task");
                wait.retries = Some(*retries);
                wait.incident |= *retries == 0;
                Ok(())
            }
            Act::Retry(wait) => {
                let wait = self.waits.get_mut(wait).expect("an external task");
                wait.retries = Some(1);
                wait.incident = false;
                Ok(())
            }
            Act::ExternalError(wait, code) => {
                let spot = self.waits[wait].spot;
                self.waits.remove(wait);
                self.error_in(spot, code, None)
            }
            Act::Deliver(wait, variables) => {
                let (spot, what) = (self.waits[wait].spot, self.waits[wait].what.clone());
                // Of several that wait there for the same, the first.
                let mut waits = self.waits_of(spot).into_iter();
                let wait = waits
                    .find(|no| self.waits[no].what == what)
                    .expect("it waits");
                self.set_all(spot, variables);
                let next = self.fire(wait)?;
                self.follow(next)
            }
            Act::Job(no) => {
                let wait = self.waits[no].clone();
                match wait.what {
                    What::Timer(_) => {
                        let next = self.fire(*no)?;
                        self.follow(next)
                    }
                    What::AsyncBefore => {
                        self.waits.remove(no);
                        self.begin(wait.spot)?;
                        self.behave(wait.spot)
                    }
                    _ => {
                        self.waits.remove(no);
                        self.go(wait.spot)
                    }
                }
            }
            Act::JobFails(no) => {
                let wait = self.waits.get_mut(no).expect("a job");
                let left = (wait.retries.expect("retries") - 1).max(0);
                wait.retries = Some(left);
                wait.incident |= left == 0;
                Ok(())
            }
            Act::Trigger(spot) => match self.waits_to_be_triggered(*spot) {
                true => self.leave(*spot),
                false => Err(Stop::Refused("no receive task".to_owned())),
            },
            Act::Set(spot, name, value) => {
                self.set(*spot, name, value.clone());
                self.conditions()
            }
            Act::SetLocal(spot, name, value) => {
                self.set_local(*spot, name, value.clone());
                self.conditions()
            }
            Act::Unset(spot, name) => {
                self.unset(*spot, name);
                self.conditions()
            }
            Act::Cancel => {
                let root = *self.spots.keys().next().expect("an instance");
                self.cancel(root)?;
                Ok(())
            }
        }
    }
}

//! Which processor a thread runs on. A scheduler may leave two threads that wake each other time
//! and again on the processor where they began, while another one has nothing to do.
//!
//! May not bind a thread for good: whoever has left a processor may go anywhere.

/// The processor of a thread; none where nobody tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Processor(Option<usize>);

#[cfg(target_os = "linux")]
impl Processor {
    /// The one that runs the caller.
    pub(super) fn here() -> Processor {
        Processor(nix::sched::sched_getcpu().ok())
    }

    /// Moves the caller to another one, if there is one that it may use.
    pub(super) fn leave(self) {
        use nix::sched::{sched_getaffinity, sched_setaffinity};
        use nix::unistd::Pid;
        let this = Pid::from_raw(0);
        let (Some(left), Ok(all)) = (self.0, sched_getaffinity(this)) else {
            return;
        };
        let mut others = all;
        // Where no other is left this fails, and nothing has happened.
        if others.unset(left).is_ok() && sched_setaffinity(this, &others).is_ok() {
            let _ = sched_setaffinity(this, &all);
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Processor {
    /// The one that runs the caller.
    pub(super) fn here() -> Processor {
        Processor(None)
    }

    /// Moves the caller to another one, if there is one that it may use.
    pub(super) fn leave(self) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use nix::sched::{sched_getaffinity, sched_getcpu, sched_setaffinity};
    use nix::unistd::Pid;

    #[test]
    fn a_thread_that_leaves_a_processor_runs_on_another_and_may_come_back() {
        let this = Pid::from_raw(0);
        let before = sched_getaffinity(this).expect("the processors");
        let here = Processor::here();
        here.leave();
        assert_eq!(sched_getaffinity(this), Ok(before));
        // Bound to one there is nowhere to go.
        let mut only = nix::sched::CpuSet::new();
        only.set(sched_getcpu().expect("a processor")).expect("set");
        sched_setaffinity(this, &only).expect("bound");
        Processor::here().leave();
        assert_eq!(sched_getaffinity(this), Ok(only));
    }
}

//! Which processor a thread runs on. A scheduler may leave two threads that wake each other time
//! and again on one processor, while another one has nothing to do.
//!
//! Keeps a thread away from one processor for as long as it lives, and from no other: it is for
//! threads that live while rows flow.

/// The processor of a thread; none where nobody tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Processor(Option<usize>);

#[cfg(target_os = "linux")]
impl Processor {
    /// The one that runs the caller.
    pub(super) fn here() -> Processor {
        Processor(nix::sched::sched_getcpu().ok())
    }

    /// Keeps the caller on others, if there are some that it may use.
    pub(super) fn leave(self) {
        use nix::sched::{sched_getaffinity, sched_setaffinity};
        use nix::unistd::Pid;
        let this = Pid::from_raw(0);
        let (Some(left), Ok(mut others)) = (self.0, sched_getaffinity(this)) else {
            return;
        };
        // Where no other is left this fails, and nothing has happened.
        if others.unset(left).is_ok() {
            let _ = sched_setaffinity(this, &others);
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Processor {
    /// The one that runs the caller.
    pub(super) fn here() -> Processor {
        Processor(None)
    }

    /// Keeps the caller on others, if there are some that it may use.
    pub(super) fn leave(self) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use nix::sched::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
    use nix::unistd::Pid;

    #[test]
    fn a_thread_that_leaves_a_processor_runs_on_others() {
        let this = Pid::from_raw(0);
        let all = sched_getaffinity(this).expect("the processors");
        let here = Processor::here();
        let left = here.0.expect("a processor");
        here.leave();
        let others = sched_getaffinity(this).expect("the processors");
        let may = |set: &CpuSet, at: usize| set.is_set(at).unwrap_or(false);
        let count = |set: &CpuSet| (0..CpuSet::count()).filter(|at| may(set, *at)).count();
        match count(&all) {
            1 => assert_eq!(others, all),
            several => {
                assert!(!may(&others, left));
                assert_eq!(count(&others), several - 1);
                assert_ne!(sched_getcpu(), Ok(left));
            }
        }
        // Bound to one there is nowhere to go.
        let mut only = CpuSet::new();
        only.set(sched_getcpu().expect("a processor")).expect("set");
        sched_setaffinity(this, &only).expect("bound");
        Processor::here().leave();
        assert_eq!(sched_getaffinity(this), Ok(only));
    }
}

//! Which processors threads run on. A scheduler may leave two threads that wake each other time and
//! again on one processor, while another one has nothing to do.
//!
//! Binds nobody for longer than rows flow, and only to be apart.

/// Keeps two threads apart: whoever has this off the processor of the other one, until it is dropped.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub(super) struct Apart(Processors);

/// The processors for the other thread.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub(super) struct Other(Processors);

#[cfg(target_os = "linux")]
type Processors = nix::sched::CpuSet;
#[cfg(not(target_os = "linux"))]
type Processors = ();

#[cfg(target_os = "linux")]
impl Apart {
    /// Leaves a processor to another thread, and keeps the one that runs the caller from it; none
    /// where there are not two, or nobody tells.
    pub(super) fn begin() -> Option<(Apart, Other)> {
        use nix::sched::{CpuSet, sched_getaffinity, sched_getcpu};
        let all = sched_getaffinity(nix::unistd::Pid::from_raw(0)).ok()?;
        let here = sched_getcpu().ok()?;
        let may = |at: &usize| all.is_set(*at).unwrap_or(false);
        let there = (0..CpuSet::count()).find(|at| *at != here && may(at))?;
        let (mut own, mut others) = (all, all);
        own.unset(there).ok()?;
        others.unset(here).ok()?;
        bind(&own);
        Some((Apart(all), Other(others)))
    }
}

#[cfg(target_os = "linux")]
impl Drop for Apart {
    fn drop(&mut self) {
        bind(&self.0);
    }
}

#[cfg(target_os = "linux")]
impl Other {
    /// Has the caller be the other thread.
    pub(super) fn take(self) {
        bind(&self.0);
    }
}

/// Lets the caller run on these processors. Where that is refused it runs where it does.
#[cfg(target_os = "linux")]
fn bind(to: &Processors) {
    let _ = nix::sched::sched_setaffinity(nix::unistd::Pid::from_raw(0), to);
}

#[cfg(not(target_os = "linux"))]
impl Apart {
    /// Nobody tells.
    pub(super) fn begin() -> Option<(Apart, Other)> {
        None
    }
}

#[cfg(not(target_os = "linux"))]
impl Other {
    /// Has the caller be the other thread.
    pub(super) fn take(self) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use nix::sched::{CpuSet, sched_getaffinity, sched_getcpu};
    use nix::unistd::Pid;

    #[test]
    fn two_threads_run_on_processors_of_their_own_until_they_are_done() {
        let mine = || sched_getaffinity(Pid::from_raw(0)).expect("the processors");
        let (here, all) = (sched_getcpu, mine());
        let count = |set: &CpuSet| {
            let may = |at: &usize| set.is_set(*at).unwrap_or(false);
            (0..CpuSet::count()).filter(may).count()
        };
        match Apart::begin() {
            None => assert_eq!(count(&all), 1),
            Some((apart, other)) => {
                assert_eq!(count(&mine()), count(&all) - 1);
                let there = std::thread::spawn(move || {
                    other.take();
                    (here().expect("a processor"), mine())
                });
                let (there, others) = there.join().expect("the other thread");
                assert_eq!(count(&others), count(&all) - 1);
                assert_ne!(mine(), others);
                if count(&all) == 2 {
                    assert_ne!(here(), Ok(there));
                }
                drop(apart);
            }
        }
        assert_eq!(mine(), all);
        // Where there is one, there is nothing to be apart on.
        let mut only = CpuSet::new();
        only.set(here().expect("a processor")).expect("set");
        bind(&only);
        assert!(Apart::begin().is_none());
        bind(&all);
    }
}

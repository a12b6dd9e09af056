//! `camunda:failedJobRetryTimeCycle`: how often a job is tried, and when
//! ([Retry Time Cycle](https://docs.camunda.org/manual/7.24/user-guide/process-engine/the-job-executor/#retry-time-cycle-configuration)).

use crate::value::Period;

/// How often to try, and how long to wait in between.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPlan {
    /// So many times in all.
    pub retries: i32,
    pauses: Vec<Period>,
}

impl RetryPlan {
    /// Reads `R5/PT5M`, or a list of pauses such as `PT10M,PT17M,PT20M`.
    pub fn parse(text: &str) -> Option<RetryPlan> {
        if let Some(cycle) = text.trim().strip_prefix('R') {
            let (times, pause) = cycle.split_once('/')?;
            return Some(RetryPlan {
                retries: times.parse().ok().filter(|&times| times > 0)?,
                pauses: vec![Period::parse(pause)?],
            });
        }
        let pauses: Option<Vec<Period>> = text.split(',').map(Period::parse).collect();
        let pauses = pauses?;
        Some(RetryPlan {
            retries: i32::try_from(pauses.len()).ok()?.checked_add(1)?,
            pauses,
        })
    }

    /// The pause after a failure with so many retries left before it.
    pub fn pause(&self, retries: i32) -> Option<Period> {
        let last = self.pauses.len().checked_sub(1)?;
        let left = usize::try_from(retries - 1).unwrap_or(0);
        let place = self.pauses.len().saturating_sub(left);
        self.pauses.get(place.min(last)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_retry_plans() {
        let minutes = |n: u32| Period::parse(&format!("PT{n}M"));
        let plan = RetryPlan::parse("R5/PT5M").expect("a plan");
        assert_eq!(
            (plan.retries, plan.pause(5), plan.pause(1)),
            (5, minutes(5), minutes(5))
        );
        let plan = RetryPlan::parse("PT10M, PT17M,PT20M").expect("a plan");
        assert_eq!(plan.retries, 4);
        let pauses: Vec<_> = (1..=4).rev().map(|left| plan.pause(left)).collect();
        assert_eq!(pauses, [minutes(10), minutes(17), minutes(20), minutes(20)]);
        for bad in ["", "R/PT5M", "R0/PT5M", "R3", "often"] {
            assert_eq!(RetryPlan::parse(bad), None, "{bad}");
        }
    }
}

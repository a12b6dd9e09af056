//! Timers: when they fire, again and again for a cycle, and how they follow a due date.

use super::error::{Error, Place};
use super::expression::Whence;
use super::instance::Key;
use super::run::{At, Run, find_node};
use super::state::*;
use crate::juel::Template;
use crate::model::graph::{Timer, UserTask};
use crate::model::{NodeIx, NodeKind, graph::Trigger};
use crate::value::time::{self, TimeError};
use crate::value::{Cron, Period, Value};
use chrono::{DateTime, Local, SecondsFormat, TimeDelta, Utc};

/// How many rounds of a cycle that passed unseen are skipped, at most.
const MOST_MISSED: u32 = 1_000_000;
/// So many rounds before an end are counted one by one; of more the first are counted at once.
const ONE_BY_ONE: i64 = 10_000;
/// A clock is never changed by more.
const CHANGED: TimeDelta = TimeDelta::days(2);

/// When a timer fires first, and how it goes on.
pub(super) struct Schedule {
    pub(super) due: DateTime<Utc>,
    pub(super) cycle: Option<String>,
    pub(super) repeats: Option<u32>,
}

impl Run<'_> {
    /// An intermediate timer event waits.
    pub(super) fn wait_for_timer(
        &mut self,
        at: &At,
        event: NodeIx,
        timer: &Timer,
    ) -> Result<(), Error> {
        match self.schedule(at, event, timer)? {
            Some(schedule) => self.put_timer(at, event, schedule),
            None => Err(Error::BadValue {
                at: at.place_of(event),
                cause: "the timer's expression gives null, so that it would wait for ever"
                    .to_owned(),
            }),
        }
    }

    /// The timer of an event that another element holds starts to run; one without a date
    /// never fires.
    pub(super) fn arm_timer(&mut self, at: &At, event: NodeIx, timer: &Timer) -> Result<(), Error> {
        match self.schedule(at, event, timer)? {
            Some(schedule) => self.put_timer(at, event, schedule),
            None => Ok(()),
        }
    }

    /// Evaluates the date timers on the boundary of an activity again, after its due date moved.
    pub(super) fn reschedule_boundary_timers(&mut self, at: &At) -> Result<(), Error> {
        for &boundary in &at.node().boundary_events {
            let node = &at.process.nodes[boundary];
            let NodeKind::BoundaryEvent(event) = &node.kind else {
                continue;
            };
            let Trigger::Timer(timer @ Timer::Date(_)) = &event.trigger else {
                continue;
            };
            let schedule = self.schedule(at, boundary, timer)?;
            let job = self.timer_job_of(at, &node.id);
            match (job, schedule) {
                (Some(mut job), Some(schedule)) => {
                    job.due = schedule.due;
                    self.journal.put(job);
                }
                (Some(job), None) => {
                    self.resolve_incident(at.id(), &job.id);
                    self.journal.remove(Key::Job(job.id));
                }
                // It has fired already: it fires once more only if the new date is ahead.
                (None, Some(schedule)) if schedule.due > self.now => {
                    self.put_timer(at, boundary, schedule)?;
                }
                (None, _) => {}
            }
        }
        Ok(())
    }

    /// The task listeners for `timeout` of a new task wait for their time.
    pub(super) fn arm_task_timeouts(&mut self, at: &At, task: &UserTask) -> Result<(), Error> {
        for listener in &task.listeners {
            let Some((name, timer)) = &listener.timeout else {
                continue;
            };
            if let Some(schedule) = self.schedule(at, at.node_ix, timer)? {
                let activity = format!("{}#{name}", at.node().id);
                let mut job = self.new_job(at, at.node_ix, JobKind::TaskTimeout, activity)?;
                job.due = schedule.due;
                job.cycle = schedule.cycle;
                job.repeats = schedule.repeats;
                self.journal.put(job);
            }
        }
        Ok(())
    }

    /// Makes the job for the next round of a cycle.
    pub(super) fn repeat_timer(&mut self, at: &At, job: &Job) -> Result<(), Error> {
        // What interrupts or goes on happens once.
        let again = match at.process.node(&job.activity_id).map(|node| &node.kind) {
            Some(NodeKind::BoundaryEvent(event)) => !event.interrupting,
            Some(NodeKind::StartEvent(event)) => !event.interrupting,
            _ => job.kind == JobKind::TaskTimeout,
        };
        let Some(cycle) = job
            .cycle
            .as_deref()
            .filter(|_| again)
            .and_then(Cycle::parse)
        else {
            return Ok(());
        };
        if let Some((due, repeats)) = cycle.next(job.due, job.repeats, self.now) {
            let event = find_node(&at.process, &job.activity_id, &at.definition_id)?;
            let mut next = self.new_job(at, event, job.kind, job.activity_id.clone())?;
            next.due = due;
            next.cycle.clone_from(&job.cycle);
            next.repeats = repeats;
            self.journal.put(next);
        }
        Ok(())
    }

    /// Evaluates the timer of a job again. Of a cycle the rounds that are left stay as they are.
    pub(super) fn recalculate_job(&mut self, id: &str, from_creation: bool) -> Result<(), Error> {
        let (mut job, execution) = self.job(id)?;
        let at = self.at(&execution)?;
        let (activity, listener) = match job.activity_id.split_once('#') {
            Some((activity, listener)) => (activity, Some(listener)),
            None => (job.activity_id.as_str(), None),
        };
        let node = find_node(&at.process, activity, &at.definition_id)?;
        let process = at.process.clone();
        let timer = match (job.kind, listener, &process.nodes[node].kind) {
            (JobKind::TaskTimeout, Some(name), NodeKind::UserTask(task)) => {
                let mut timers = task.listeners.iter().filter_map(|l| l.timeout.as_ref());
                timers
                    .find(|timeout| timeout.0 == name)
                    .map(|(_, timer)| timer)
            }
            (JobKind::Timer, ..) => match process.trigger(node) {
                Some(Trigger::Timer(timer)) => Some(timer),
                _ => None,
            },
            _ => None,
        };
        let Some(timer) = timer else {
            return Err(Error::BadRequest(format!(
                "Only timer jobs can be recalculated, but the job with id '{id}' is of type '{}'",
                job.kind.as_str()
            )));
        };
        let from = match from_creation {
            true => job.created,
            false => self.now,
        };
        let value = self.eval(timer.template(), Whence::of(&at).node(node))?;
        let bad = |cause| Error::BadValue {
            at: at.place_of(node),
            cause,
        };
        let schedule = schedule(timer, value, from).map_err(bad)?;
        let schedule = schedule
            .ok_or_else(|| bad("the timer's expression gives null: there is no date".to_owned()))?;
        job.due = schedule.due;
        self.journal.put(job);
        Ok(())
    }

    fn timer_job_of(&self, at: &At, activity: &str) -> Option<Job> {
        let instance = self.instance();
        instance.attached(at.id()).find_map(|key| match key {
            Key::Job(id) => instance
                .job(id)
                .filter(|job| job.kind == JobKind::Timer && job.activity_id == activity)
                .cloned(),
            _ => None,
        })
    }

    fn put_timer(&mut self, at: &At, event: NodeIx, schedule: Schedule) -> Result<(), Error> {
        let activity = at.process.nodes[event].id.clone();
        let mut job = self.new_job(at, event, JobKind::Timer, activity)?;
        job.due = schedule.due;
        job.cycle = schedule.cycle;
        job.repeats = schedule.repeats;
        self.journal.put(job);
        Ok(())
    }

    /// Evaluates a timer in the execution that it belongs to.
    fn schedule(
        &mut self,
        at: &At,
        event: NodeIx,
        timer: &Timer,
    ) -> Result<Option<Schedule>, Error> {
        let value = self.eval(timer.template(), Whence::of(at).node(event))?;
        schedule(timer, value, self.now).map_err(|cause| Error::BadValue {
            at: at.place_of(event),
            cause,
        })
    }

    /// A value as a date: a Date, an ISO 8601 instant, or a period from now.
    pub(super) fn date(
        &self,
        value: Value,
        template: &Template,
        at: Place,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        date(value, template, self.now).map_err(|cause| Error::BadValue { at, cause })
    }
}

/// When a timer fires first, from the value of its expression; never, if that is null.
pub(super) fn schedule(
    timer: &Timer,
    value: Value,
    now: DateTime<Utc>,
) -> Result<Option<Schedule>, String> {
    if let (Timer::Cycle(template), Value::String(text)) = (timer, &value) {
        let cycle = Cycle::parse(text);
        let first = cycle
            .as_ref()
            .and_then(|cycle| Some((cycle.first(now)?, cycle.begun(text, now))));
        let Some(((due, repeats), begun)) = first else {
            let wanted = "a cycle such as R3/PT1H, R/2026-01-31T08:00:00/P1D or, with an end, \
                          R/PT1H/2026-01-31T08:00:00, or cron such as 0 0 8 * * *";
            return Err(unusable(template, text, wanted));
        };
        return Ok(Some(Schedule {
            due,
            cycle: Some(begun),
            repeats,
        }));
    }
    let due = date(value, timer.template(), now)?;
    Ok(due.map(|due| Schedule {
        due,
        cycle: None,
        repeats: None,
    }))
}

fn date(
    value: Value,
    template: &Template,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, String> {
    let wanted = "a date such as 2026-01-31T17:00:00 or a period such as P2D";
    match value {
        Value::Null => Ok(None),
        Value::Date(date) => Ok(Some(date)),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => {
            let period = Period::parse(&text).and_then(|period| period.after(now));
            match period.or_else(|| time::partial_instant(&text)) {
                Some(date) => Ok(Some(date)),
                None => Err(unusable(template, &text, wanted)),
            }
        }
        other => Err(unusable(template, other.type_name(), wanted)),
    }
}

fn unusable(template: &Template, found: &str, wanted: &str) -> String {
    let beyond = |part: &str| {
        matches!(
            time::parse_instant(part, &Local),
            Err(TimeError::OutOfRange)
        )
    };
    let wanted = match found.split('/').any(beyond) {
        true => "times from the year 1 to 9999-12-31, by UTC",
        false => wanted,
    };
    let found: String = found.chars().take(100).collect();
    format!("'{}' gives '{found}'; expected {wanted}", template.source())
}

/// When a repeating timer fires.
#[derive(Debug)]
pub(super) enum Cycle {
    /// `R[n]/period`, `R[n]/start/period`, `R[n]/start/end` or `R[n]/period/end`.
    Repeat(Repeat),
    /// A cron expression, by the local clock.
    Cron(Cron),
}

/// A period that repeats: so many times, or for ever.
#[derive(Debug)]
pub(super) struct Repeat {
    rounds: Option<u32>,
    bound: Bound,
    period: Period,
}

/// Where the rounds of a period are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    /// From when it is armed.
    Open,
    /// At this instant and periods after it.
    From(DateTime<Utc>),
    /// Periods before this instant, and at it.
    Until(DateTime<Utc>),
}

impl Cycle {
    pub(super) fn parse(text: &str) -> Option<Cycle> {
        match text.trim().starts_with('R') {
            true => Repeat::parse(text).map(Cycle::Repeat),
            false => Cron::parse(text).map(Cycle::Cron),
        }
    }

    /// The first time, and how many rounds are left after it.
    fn first(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Option<u32>)> {
        match self {
            Cycle::Repeat(repeat) => repeat.first(now),
            Cycle::Cron(cron) => Some((cron.after(now, &Local)?, None)),
        }
    }

    /// The text of a cycle that begins now: one without a start gets it, so that its rounds
    /// stay where they are if one of them is moved or done early.
    fn begun(&self, text: &str, now: DateTime<Utc>) -> String {
        match self {
            Cycle::Repeat(repeat) if repeat.bound == Bound::Open => {
                let start = now.to_rfc3339_opts(SecondsFormat::Millis, true);
                text.trim().replacen('/', &format!("/{start}/"), 1)
            }
            _ => text.to_owned(),
        }
    }

    /// The next time after now, and how many rounds are left after it.
    pub(super) fn next(
        &self,
        last: DateTime<Utc>,
        left: Option<u32>,
        now: DateTime<Utc>,
    ) -> Option<(DateTime<Utc>, Option<u32>)> {
        match self {
            Cycle::Repeat(repeat) => repeat.next(last, left, now),
            Cycle::Cron(cron) => Some((cron.after(now.max(last), &Local)?, None)),
        }
    }
}

impl Repeat {
    fn parse(text: &str) -> Option<Repeat> {
        let mut parts = text.trim().strip_prefix('R')?.split('/');
        let rounds = match parts.next()? {
            "" => None,
            rounds => Some(rounds.parse().ok()?),
        };
        let parts = (parts.next()?, parts.next(), parts.next());
        let (bound, period) = match parts {
            (period, None, None) => (Bound::Open, Period::parse(period)?),
            (period, Some(end), None) if period.starts_with('P') => {
                let end = time::partial_instant(end)?;
                (Bound::Until(end), Period::parse(period)?)
            }
            (start, Some(period), None) if period.starts_with('P') => {
                let start = time::partial_instant(start)?;
                (Bound::From(start), Period::parse(period)?)
            }
            (start, Some(end), None) => {
                let start = time::partial_instant(start)?;
                let length = time::partial_instant(end)? - start;
                (Bound::From(start), Period::of_time(length))
            }
            _ => return None,
        };
        let period = Some(period).filter(Period::is_positive)?;
        Some(Repeat {
            rounds,
            bound,
            period,
        })
    }

    /// The first time, and how many rounds are left after it.
    fn first(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Option<u32>)> {
        match (self.bound, self.rounds) {
            // As in Camunda no round at all is one, at once.
            (Bound::Open, Some(0)) => Some((now, Some(0))),
            (Bound::Open, rounds) => self.after(now, rounds, now),
            _ => self.next(now, self.rounds, now),
        }
    }

    /// The next time after now, and how many rounds are left after it. Rounds are counted from
    /// the start, or to the end; from the last one, if neither is known.
    fn next(
        &self,
        last: DateTime<Utc>,
        left: Option<u32>,
        now: DateTime<Utc>,
    ) -> Option<(DateTime<Utc>, Option<u32>)> {
        match self.bound {
            Bound::From(start) => self.after(start, self.rounds, now),
            Bound::Until(end) => self.before(end, now),
            Bound::Open => self.after(last, left, now),
        }
    }

    /// The first round after now; those that passed unseen count as done.
    fn after(
        &self,
        from: DateTime<Utc>,
        left: Option<u32>,
        now: DateTime<Utc>,
    ) -> Option<(DateTime<Utc>, Option<u32>)> {
        let (mut due, mut left) = (from, left);
        if let Some(span) = self.period.by_the_clock()
            && due <= now
        {
            let missed = (now - due).num_milliseconds() / span + 1;
            left = match left {
                Some(rounds) => Some(rounds.checked_sub(u32::try_from(missed).ok()?)?),
                None => None,
            };
            return Some((self.period.times(missed)?.after(due)?, left));
        }
        for _ in 0..=MOST_MISSED {
            if due > now {
                return Some((due, left));
            }
            left = match left {
                Some(rounds) => Some(rounds.checked_sub(1)?),
                None => None,
            };
            due = self.period.after(due)?;
        }
        None
    }

    /// The first round after now, of those that lead to an end.
    fn before(
        &self,
        end: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<(DateTime<Utc>, Option<u32>)> {
        if end <= now {
            return None;
        }
        let rounds = self.rounds.map_or(i64::MAX, i64::from);
        let (due, left) = match self.period.by_the_clock() {
            Some(span) => {
                let left = rounds.min(((end - now).num_milliseconds() - 1) / span);
                (end - TimeDelta::try_milliseconds(span * left)?, left)
            }
            None => {
                let back = self.period.back();
                let all = self.period.fits(end - now).zip(self.period.fits(CHANGED));
                let far = all.map_or(0, |(all, changed)| (all - changed - 1).min(rounds));
                let mut left = if far > ONE_BY_ONE { far } else { 0 };
                let mut due = back.times(left)?.after(end)?;
                let most = left + i64::from(MOST_MISSED);
                while left < rounds
                    && let Some(earlier) = back.after(due).filter(|earlier| *earlier > now)
                {
                    if left == most {
                        return None;
                    }
                    (due, left) = (earlier, left + 1);
                }
                (due, left)
            }
        };
        let left = self.rounds.and_then(|_| u32::try_from(left).ok());
        Some((due, left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Datelike;

    fn start() -> DateTime<Utc> {
        "2026-03-01T08:00:00Z".parse().expect("an instant")
    }

    fn hours(n: i64) -> DateTime<Utc> {
        start() + TimeDelta::hours(n)
    }

    #[test]
    fn a_cycle_fires_as_often_as_it_says() {
        let cycle = Cycle::parse("R3/PT1H").expect("a cycle");
        let mut next = cycle.first(start());
        let mut fired = Vec::new();
        while let Some((due, left)) = next {
            fired.push(due);
            next = cycle.next(due, left, due);
        }
        assert_eq!(fired, [hours(1), hours(2), hours(3)]);
    }

    #[test]
    fn a_cycle_begins_at_its_start_and_skips_what_it_missed() {
        let cycle = Cycle::parse("R/2026-03-01T08:00:00Z/PT1H").expect("a cycle");
        assert_eq!(cycle.first(hours(-5)), Some((start(), None)));
        let late = hours(2) + TimeDelta::minutes(30);
        assert_eq!(cycle.first(late), Some((hours(3), None)));
        let few = Cycle::parse("R2/2026-03-01T08:00:00Z/PT1H").expect("a cycle");
        assert_eq!(few.first(late), None);
    }

    /// The minutes from the first of March 2026 to the last day that can be written.
    const FAR: i64 = 4_193_831_040;

    /// When a cycle fires that is armed then, at most so often.
    fn fires(text: &str, armed: DateTime<Utc>, most: usize) -> Vec<i64> {
        let cycle = Cycle::parse(text).expect("a cycle");
        let begun = Cycle::parse(&cycle.begun(text, armed)).expect("a cycle");
        let mut fired = Vec::new();
        let mut next = cycle.first(armed);
        while let Some((due, left)) = next.filter(|_| fired.len() < most) {
            fired.push((due - start()).num_minutes());
            next = begun.next(due, left, due);
        }
        fired
    }

    /// What DurationHelper of Camunda gives for each, a moment after each is due.
    #[test]
    fn cycles_fire_as_in_camunda() {
        for (text, armed, expected) in [
            ("R/PT10S", 0, &[0, 0, 0, 0, 0][..]),
            ("R3/PT1H", 0, &[60, 120, 180]),
            ("R0/PT1H", 0, &[0]),
            // A start is one more.
            ("R3/2026-03-01T08:00:00Z/PT1H", -1, &[0, 60, 120, 180]),
            ("R0/2026-03-01T08:00:00Z/PT1H", -1, &[0]),
            // What passed before it was armed counts.
            ("R3/2026-03-01T08:00:00Z/PT1H", 2, &[180]),
            ("R/2026-03-01T08:00:00Z/PT1H", 2, &[180, 240, 300, 360, 420]),
            // From one instant to another, and as far again.
            (
                "R2/2026-03-01T08:00:00Z/2026-03-01T08:30:00Z",
                -1,
                &[0, 30, 60],
            ),
            // With an end: up to it, however it is armed.
            ("R/PT1H/2026-03-01T11:00:00Z", 0, &[60, 120, 180]),
            ("R1/PT1H/2026-03-01T11:00:00Z", 0, &[120, 180]),
            ("R/P1D/2026-03-02T08:00:00Z", -1, &[0, 1440]),
            ("R/PT1H/2026-03-01T08:00:00Z", 0, &[]),
            // For ever, as people write it.
            ("R/2026-03-01T08:00:00Z/9999-12-31T00:00:00Z", 0, &[FAR]),
            ("R/9999-12-31T00:00:00Z/P1D", 0, &[FAR]),
            (
                "R2/PT1H/9999-12-31T00:00:00Z",
                0,
                &[FAR - 120, FAR - 60, FAR],
            ),
        ] {
            assert_eq!(fires(text, hours(armed), 5), expected, "{text}");
        }
        // However long ago or far ahead, it is found at once.
        let long = Cycle::parse("R/1900-01-01T00:00:00Z/PT1S").expect("a cycle");
        assert_eq!(
            long.first(start()),
            Some((start() + TimeDelta::seconds(1), None))
        );
        for (days, rounds) in [(1, ""), (1, "2999999"), (3, ""), (7, "")] {
            let text = format!("R{rounds}/P{days}D/9999-06-01T00:00:00Z");
            let (due, left) = Cycle::parse(&text).unwrap().first(start()).expect("a time");
            assert!(
                due > start() && due <= start() + TimeDelta::days(days),
                "{text}: {due}"
            );
            assert_eq!(left.is_some(), !rounds.is_empty());
        }
        let few = Cycle::parse("R20000/P1D/9999-06-01T00:00:00Z").expect("a cycle");
        let (due, left) = few.first(start()).expect("a time");
        assert_eq!((due.year(), left), (9944, Some(20_000)));
        let far = Cycle::parse("R/PT1S/2999-01-01T00:00:00Z").expect("a cycle");
        assert_eq!(
            far.first(start()),
            Some((start() + TimeDelta::seconds(1), None))
        );
    }

    #[test]
    fn a_time_beyond_all_is_told() {
        for (text, told) in [
            (
                "R/2026-03-01T08:00:00Z/10000-01-01T00:00:00Z",
                "a cycle such as",
            ),
            (
                "R/0000-03-01T08:00:00Z/P1D",
                "from the year 1 to 9999-12-31",
            ),
            (
                "R/P1D/9999-12-31T23:00:00-05:00",
                "from the year 1 to 9999-12-31",
            ),
        ] {
            let template = Template::parse(text).expect("a text");
            let schedule = schedule(&Timer::Cycle(template), text.into(), start());
            let error = schedule.map(|_| ()).expect_err(text);
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn refuses_what_is_no_cycle() {
        for text in [
            "R/2026-03-01T08:00:00Z/PT1H/2026-03-02T08:00:00Z",
            "R/2026-03-01T08:00:00Z/2026-03-01T07:00:00Z",
            "",
            "R3",
            "R3/",
            "PT1H",
            "R3/PT0S",
            "R3/PT-1H",
            "Rx/PT1H",
            "0 0 * * ?",
        ] {
            assert!(Cycle::parse(text).is_none(), "{text}");
        }
    }
}

//! Which jobs a process may have: what operators suspend and prioritize all at once.

use super::state::{BODY, JobKind};
use crate::model::graph::{SubProcess, Timer, Trigger};
use crate::model::{Node, NodeIx, NodeKind, Process};

/// What all jobs of one kind at one node have in common
/// ([Job Definitions](https://docs.camunda.org/manual/7.24/user-guide/process-engine/the-job-executor/#job-definition)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobDefinition {
    /// What the jobs do.
    pub kind: JobKind,
    /// The `activity_id` of the jobs.
    pub activity_id: String,
    /// Camunda's type of their handler, such as `timer-transition`.
    pub handler: &'static str,
    /// Camunda's configuration: `async-before`, `DURATION: PT1H`.
    pub configuration: String,
}

impl JobDefinition {
    fn timer(kind: JobKind, activity: String, handler: &'static str, timer: &Timer) -> Self {
        let name = match timer {
            Timer::Date(_) => "DATE",
            Timer::Duration(_) => "DURATION",
            Timer::Cycle(_) => "CYCLE",
        };
        JobDefinition {
            kind,
            activity_id: activity,
            handler,
            configuration: format!("{name}: {}", timer.template().source().trim()),
        }
    }

    fn continuation(kind: JobKind, activity: String) -> Self {
        JobDefinition {
            kind,
            activity_id: activity,
            handler: "async-continuation",
            configuration: kind.as_str().to_owned(),
        }
    }
}

/// The job definitions of a process, in the order of its nodes.
pub fn job_definitions(process: &Process) -> Vec<JobDefinition> {
    let mut found = Vec::new();
    for (ix, node) in process.nodes.iter().enumerate() {
        continuations(node, &mut found);
        timers(process, ix, node, &mut found);
    }
    found
}

fn continuations(node: &Node, found: &mut Vec<JobDefinition>) {
    let id = &node.id;
    let (whole, inner) = match &node.multi {
        Some(multi) => (
            format!("{id}{BODY}"),
            [multi.async_before, multi.async_after],
        ),
        None => (id.clone(), [false, false]),
    };
    let kinds = [JobKind::AsyncBefore, JobKind::AsyncAfter];
    for (kind, has) in kinds.into_iter().zip([node.async_before, node.async_after]) {
        found.extend(has.then(|| JobDefinition::continuation(kind, whole.clone())));
    }
    for (kind, has) in kinds.into_iter().zip(inner) {
        found.extend(has.then(|| JobDefinition::continuation(kind, id.clone())));
    }
}

fn timers(process: &Process, ix: NodeIx, node: &Node, found: &mut Vec<JobDefinition>) {
    let id = || node.id.clone();
    if let Some(Trigger::Timer(timer)) = process.trigger(ix) {
        let (kind, handler) = match &node.kind {
            NodeKind::StartEvent(_) => match node.scope.map(|scope| &process.nodes[scope].kind) {
                Some(NodeKind::SubProcess(SubProcess::Event)) => {
                    (JobKind::Timer, "timer-start-event-subprocess")
                }
                _ => (JobKind::TimerStart, "timer-start-event"),
            },
            NodeKind::BoundaryEvent(_) => (JobKind::Timer, "timer-transition"),
            _ => (JobKind::Timer, "timer-intermediate-transition"),
        };
        found.push(JobDefinition::timer(kind, id(), handler, timer));
    }
    if let NodeKind::UserTask(task) = &node.kind {
        for (name, timer) in task.listeners.iter().filter_map(|l| l.timeout.as_ref()) {
            let activity = format!("{}#{name}", node.id);
            let (kind, handler) = (JobKind::TaskTimeout, "timer-task-listener");
            found.push(JobDefinition::timer(kind, activity, handler, timer));
        }
    }
}

//! A desk of one instance. Every command that goes through it is held against what holds for
//! all commands: a loaded instance goes on like one that stayed in memory, the changes tell
//! the whole difference, and an error leaves nothing behind.

use chrono::{DateTime, TimeDelta, Utc};
use crewdesk::desk::activity::ActivityInstance;
use crewdesk::engine::*;
use crewdesk::model;
use crewdesk::value::{Map, Value};
use std::sync::Arc;

/// The definition id under which the tests deploy their process.
pub const DEFINITION: &str = "process:1:d";

pub struct Desk {
    pub world: World,
    process: Arc<model::Process>,
    pub instance: Instance,
    pub now: DateTime<Utc>,
    /// All events so far.
    pub log: Vec<Event>,
    ids: u64,
}

/// A process with these elements inside. Of the lines that are no XML, `a -> b -> c` becomes
/// sequence flows and `a -> b if ${x}` a conditional one; a flow's id is `a-b`.
pub fn bpmn(elements: &str) -> String {
    named("process", elements)
}

/// The same under another key.
pub fn named(key: &str, elements: &str) -> String {
    let elements: String = elements.lines().map(flows).collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    id="definitions" targetNamespace="http://example.org/test">
  <message id="letter" name="letter" />
  <message id="reply" name="reply to ${{customer}}" />
  <error id="broken" name="Broken" errorCode="BROKEN" camunda:errorMessage="it is ${{'broken'}}" />
  <error id="lost" name="Lost" errorCode="LOST" />
  <signal id="alarm" name="alarm" />
  <signal id="shout" name="shout at ${{customer}}" />
  <escalation id="lateness" name="Late" escalationCode="LATE" />
  <escalation id="hot" name="Hot" escalationCode="HOT" />
  <escalation id="codeless" name="Any" />
  <escalation id="blank" name="Empty" escalationCode="" />
  <process id="{key}" isExecutable="true" camunda:historyTimeToLive="P30D">
{elements}  </process>
</definitions>"#
    )
}

fn flows(line: &str) -> String {
    if !line.contains(" -> ") || line.trim_start().starts_with('<') {
        return format!("{line}\n");
    }
    let (path, condition) = match line.split_once(" if ") {
        Some((path, condition)) => (path, Some(condition.trim())),
        None => (line, None),
    };
    let condition = condition.map_or(String::new(), |text| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        format!(r#"<conditionExpression xsi:type="tFormalExpression">{text}</conditionExpression>"#)
    });
    let nodes: Vec<&str> = path.split(" -> ").map(str::trim).collect();
    let flow = |pair: &[&str]| {
        let (from, to) = (pair[0], pair[1]);
        format!(
            "    <sequenceFlow id=\"{from}-{to}\" sourceRef=\"{from}\" targetRef=\"{to}\">{condition}</sequenceFlow>\n"
        )
    };
    nodes.windows(2).map(flow).collect()
}

pub fn vars<const N: usize>(entries: [(&str, Value); N]) -> Map {
    entries
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v))
        .collect()
}

fn inside(of: &ActivityInstance) -> String {
    let children = of.child_activity_instances.iter().map(|child| {
        let id = child.activity_id.replace("#multiInstanceBody", "*");
        match inside(child).as_str() {
            "" => id,
            inner => format!("{id}[{inner}]"),
        }
    });
    let waiting = of.child_transition_instances.iter();
    let mut all: Vec<String> = children
        .chain(waiting.map(|child| format!(">{}", child.activity_id)))
        .collect();
    all.sort();
    all.join(" ")
}

fn read(xml: &str) -> Arc<model::Process> {
    let model = match model::read("test.bpmn", xml.as_bytes()) {
        Ok(model) => model,
        Err(problems) => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("{}\n{xml}", lines.join("\n"));
        }
    };
    Arc::new(model.processes.into_iter().next().expect("a process"))
}

/// Why such a process can not be deployed: a line a problem.
#[track_caller]
pub fn refused(elements: &str) -> String {
    refused_file(&bpmn(elements))
}

/// The same of a whole file.
#[track_caller]
pub fn refused_file(xml: &str) -> String {
    let problems = model::read("test.bpmn", xml.as_bytes()).expect_err("a model that is refused");
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// A process that may be deployed, or nothing.
pub fn try_read(xml: &str) -> Option<Arc<model::Process>> {
    let model = model::read("test.bpmn", xml.as_bytes()).ok()?;
    model.processes.into_iter().next().map(Arc::new)
}

impl Desk {
    /// A desk with this process deployed, which fails the test if the model has a problem.
    pub fn with(elements: &str) -> Desk {
        Desk::deploy(&bpmn(elements))
    }

    pub fn deploy(xml: &str) -> Desk {
        let mut world = World::default();
        let process = read(xml);
        world.add_process(DEFINITION, process.clone());
        Desk {
            world,
            process,
            instance: Instance::default(),
            now: "2026-03-02T08:00:00Z".parse().expect("an instant"),
            log: Vec::new(),
            ids: 0,
        }
    }

    /// Deploys one more process, for call activities.
    pub fn and(mut self, key: &str, elements: &str) -> Desk {
        let id = format!("{key}:1:d");
        self.world.add_process(&id, read(&named(key, elements)));
        for version in [
            DecisionVersion::Latest,
            DecisionVersion::DeploymentOf(DEFINITION.into()),
            DecisionVersion::Number(1),
            DecisionVersion::Tag("stable".into()),
        ] {
            let key = key.to_owned();
            self.world.add_called(ProcessRef { key, version }, &id);
        }
        self
    }

    /// Deploys another version of the process, under this id.
    pub fn next_version(&mut self, id: &str, elements: &str) {
        self.world.add_process(id, read(&bpmn(elements)));
    }

    /// Starts an instance of what is deployed and expects that to work.
    pub fn started(mut self, variables: Map) -> Desk {
        self.run(variables).expect("starts");
        self
    }

    /// Starts an instance and expects that to work.
    pub fn start(elements: &str, variables: Map) -> Desk {
        let mut desk = Desk::with(elements);
        desk.run(variables).expect("starts");
        desk
    }

    pub fn run(&mut self, variables: Map) -> Result<Vec<Change>, Error> {
        self.apply(Command::Start {
            id: "instance".into(),
            definition_id: DEFINITION.into(),
            business_key: Some("order-7".into()),
            user: Some("demo".into()),
            variables,
            at: None,
        })
    }

    pub fn apply(&mut self, command: Command) -> Result<Vec<Change>, Error> {
        let before = self.instance.clone();
        let mut loaded = Instance::from_rows(before.rows());
        assert_eq!(loaded, before, "rows hold the whole instance");
        let first = self.ids;
        let mut ids = || {
            self.ids += 1;
            format!("{:08}", self.ids)
        };
        let result = apply(
            &self.world,
            &mut self.instance,
            command.clone(),
            self.now,
            &mut ids,
        );
        let mut next = first;
        let mut again = || {
            next += 1;
            format!("{next:08}")
        };
        let replayed = apply(&self.world, &mut loaded, command, self.now, &mut again);
        assert_eq!(replayed, result, "a loaded instance goes on like any other");
        match &result {
            Ok(changes) => {
                let mut followed = before.clone();
                changes.iter().for_each(|change| followed.record(change));
                assert_eq!(
                    followed, self.instance,
                    "the changes tell the whole difference"
                );
                for change in changes {
                    if let Change::Event(event) = change {
                        self.log.push(event.clone());
                    }
                }
            }
            Err(_) => assert_eq!(self.instance, before, "an error leaves nothing behind"),
        }
        assert_eq!(loaded, self.instance);
        result
    }

    /// Applies a command and expects it to work.
    #[track_caller]
    pub fn ok(&mut self, command: Command) -> Vec<Change> {
        match self.apply(command) {
            Ok(changes) => changes,
            Err(e) => panic!("{e}"),
        }
    }

    /// Ids of the nodes at which tokens are, without those around them.
    pub fn tokens(&self) -> Vec<String> {
        let mut at: Vec<String> = self
            .instance
            .executions()
            .filter(|e| self.instance.children(&e.id).next().is_none())
            .filter_map(|e| e.activity_id.clone())
            .collect();
        at.sort();
        at
    }

    /// What runs, as a tree: `task sub(inner other)`, in order of the ids.
    pub fn tree(&self) -> String {
        self.branch("instance")
    }

    fn branch(&self, parent: &str) -> String {
        let mut all: Vec<String> = self
            .instance
            .children(parent)
            .filter_map(|child| {
                let activity = child.activity_id.clone()?;
                let inside = self.branch(&child.id);
                Some(if inside.is_empty() {
                    activity
                } else {
                    format!("{activity}({inside})")
                })
            })
            .collect();
        all.sort();
        all.join(" ")
    }

    pub fn ended(&self) -> bool {
        self.instance.is_empty()
    }

    /// The state in which the instance ended.
    pub fn end_state(&self) -> Option<InstanceState> {
        self.log.iter().rev().find_map(|event| match event {
            Event::ProcessEnded { state, .. } => Some(*state),
            _ => None,
        })
    }

    #[track_caller]
    pub fn task(&self, key: &str) -> Task {
        let mut tasks = self.instance.tasks();
        let found = tasks.find(|task| task.task_definition_key == key);
        found
            .unwrap_or_else(|| panic!("no task {key}; tokens at {:?}", self.tokens()))
            .clone()
    }

    #[track_caller]
    pub fn external(&self, activity: &str) -> ExternalTask {
        let mut tasks = self.instance.external_tasks();
        let found = tasks.find(|task| task.activity_id == activity);
        found
            .unwrap_or_else(|| panic!("no external task {activity}"))
            .clone()
    }

    #[track_caller]
    pub fn job(&self, activity: &str) -> Job {
        let mut jobs = self.instance.jobs();
        // That of what holds several instances counts as theirs.
        let found =
            jobs.find(|job| job.activity_id.trim_end_matches("#multiInstanceBody") == activity);
        found
            .unwrap_or_else(|| panic!("no job {activity}; tokens at {:?}", self.tokens()))
            .clone()
    }

    /// What runs, as a tree: `sub[one two]`; `>` stands before what has yet to be entered, or is
    /// left, by a job.
    pub fn activities(&self) -> String {
        let root = self.instance.execution("instance").expect("a root");
        inside(&ActivityInstance::of(
            &self.instance,
            &self.process,
            DEFINITION,
            root,
        ))
    }

    /// A variable of the process instance.
    pub fn var(&self, name: &str) -> Option<Value> {
        self.instance
            .variable("instance", name)
            .map(|v| v.value.clone())
    }

    /// The last value that a variable of this name had anywhere.
    pub fn last(&self, name: &str) -> Option<Value> {
        self.log.iter().rev().find_map(|event| match event {
            Event::VariableSet { variable, .. } if variable.name == name => {
                Some(variable.value.clone())
            }
            _ => None,
        })
    }

    pub fn set(&mut self, variables: Map) {
        self.ok(Command::SetVariables {
            scope: "instance".into(),
            variables,
            local: false,
        });
    }

    #[track_caller]
    pub fn complete(&mut self, key: &str) -> Vec<Change> {
        self.complete_with(key, Map::new())
    }

    #[track_caller]
    pub fn complete_with(&mut self, key: &str, variables: Map) -> Vec<Change> {
        let task = self.task(key).id;
        self.ok(Command::CompleteTask {
            task,
            user: Some("demo".into()),
            variables,
        })
    }

    #[track_caller]
    pub fn lock(&mut self, activity: &str) -> Id {
        let task = self.external(activity).id;
        self.ok(Command::LockExternalTask {
            task: task.clone(),
            worker: "worker".into(),
            until: self.now + TimeDelta::seconds(60),
        });
        task
    }

    #[track_caller]
    pub fn execute(&mut self, activity: &str) -> Vec<Change> {
        let job = self.job(activity).id;
        self.ok(Command::ExecuteJob { job })
    }

    /// Gives a message to the first who waits for it.
    #[track_caller]
    pub fn message(&mut self, name: &str) -> Vec<Change> {
        let kind = SubscriptionKind::Message;
        let waiting = self.instance.waiting(kind, name).next();
        let waiting = waiting.unwrap_or_else(|| panic!("nobody waits for {name}"));
        let command = Command::Correlate {
            execution: waiting.execution_id.clone(),
            message: name.into(),
            variables: Map::new(),
            local_variables: Map::new(),
        };
        self.ok(command)
    }

    /// Gives a signal to everybody who waits for it.
    pub fn signal(&mut self, name: &str) {
        let kind = SubscriptionKind::Signal;
        let waiting: Vec<Subscription> = self.instance.waiting(kind, name).cloned().collect();
        for subscription in waiting {
            if self.instance.subscription(&subscription.id).is_some() {
                self.ok(Command::Signal {
                    execution: subscription.execution_id,
                    signal: name.into(),
                    variables: Map::new(),
                });
            }
        }
    }

    /// What is waited for: kind, name and activity, in order.
    pub fn subscriptions(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .instance
            .subscriptions()
            .map(|s| format!("{} {} {}", s.kind.as_str(), s.name, s.activity_id))
            .collect();
        all.sort();
        all
    }

    /// The keys of the open tasks, in order.
    pub fn tasks(&self) -> Vec<String> {
        let mut keys: Vec<String> = self
            .instance
            .tasks()
            .map(|task| task.task_definition_key.clone())
            .collect();
        keys.sort();
        keys
    }

    pub fn wait(&mut self, minutes: i64) {
        self.now += TimeDelta::minutes(minutes);
    }

    /// Ids of the activities that ended, in order, with how.
    pub fn history(&self) -> Vec<String> {
        let ended = self.log.iter().filter_map(|event| match event {
            Event::ActivityEnded {
                activity_id, end, ..
            } => Some(match end {
                ActivityEnd::Completed => activity_id.clone(),
                ActivityEnd::Canceled => format!("{activity_id}!"),
            }),
            _ => None,
        });
        ended.collect()
    }
}

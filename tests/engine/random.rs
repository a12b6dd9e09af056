//! Random structured processes, worked on in random order.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};
use proptest::prelude::*;
use std::fmt::Write;

/// A piece of a process with one way in and one way out.
#[derive(Debug, Clone)]
enum Block {
    Pass,
    User { timer: Option<bool> },
    External,
    Wait,
    Letter,
    Sequence(Vec<Block>),
    Parallel(Vec<Block>),
    Exclusive(Vec<Block>),
    Loop(Box<Block>, u8),
    Scope(Box<Block>, bool),
    Async(Box<Block>),
    Inclusive(Vec<Block>),
    Events,
    Multi(Box<Block>, u8, bool),
    Handled(Box<Block>, bool),
    Undoable(Box<Block>),
    Escalating(Box<Block>, bool),
    Condition,
    Throw,
}

fn blocks() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![
        Just(Block::Pass),
        proptest::option::of(any::<bool>()).prop_map(|timer| Block::User { timer }),
        Just(Block::External),
        Just(Block::Wait),
        Just(Block::Letter),
        Just(Block::Events),
        Just(Block::Condition),
        Just(Block::Throw),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let several = proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several.clone().prop_map(Block::Sequence),
            several.clone().prop_map(Block::Parallel),
            several.clone().prop_map(Block::Inclusive),
            (inner.clone(), 0..4u8, any::<bool>())
                .prop_map(|(body, count, sequential)| Block::Multi(body.into(), count, sequential)),
            (inner.clone(), any::<bool>())
                .prop_map(|(body, interrupting)| Block::Handled(body.into(), interrupting)),
            inner.clone().prop_map(|body| Block::Undoable(body.into())),
            (inner.clone(), any::<bool>())
                .prop_map(|(body, interrupting)| Block::Escalating(body.into(), interrupting)),
            several.prop_map(Block::Exclusive),
            (inner.clone(), 1..3u8).prop_map(|(body, rounds)| Block::Loop(body.into(), rounds)),
            (inner.clone(), any::<bool>())
                .prop_map(|(body, guard)| Block::Scope(body.into(), guard)),
            inner.prop_map(|body| Block::Async(body.into())),
        ]
    })
}

/// Writes a block as BPMN and gives its first and last node.
struct Writer {
    xml: String,
    count: u32,
    asynchronous: bool,
}

impl Writer {
    fn node(&mut self, element: &str, attributes: &str, body: &str) -> String {
        self.count += 1;
        let id = format!("n{}", self.count);
        let asynchronous = match std::mem::take(&mut self.asynchronous) {
            true if self.count.is_multiple_of(2) || element == "eventBasedGateway" => {
                r#"camunda:asyncBefore="true""#
            }
            true => r#"camunda:asyncBefore="true" camunda:asyncAfter="true""#,
            false => "",
        };
        writeln!(
            self.xml,
            r#"<{element} id="{id}" {asynchronous} {attributes}>{body}</{element}>"#
        )
        .expect("writes");
        id
    }

    fn flow(&mut self, from: &str, to: &str) {
        writeln!(self.xml, "{from} -> {to}").expect("writes");
    }

    fn block(&mut self, block: &Block) -> (String, String) {
        let single = |id: String| (id.clone(), id);
        match block {
            Block::Pass => single(self.node("task", "", "")),
            Block::External => {
                let attributes = r#"camunda:type="external" camunda:topic="t""#;
                single(self.node("serviceTask", attributes, ""))
            }
            Block::Wait => {
                let timer = "<timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition>";
                single(self.node("intermediateCatchEvent", "", timer))
            }
            Block::Letter => single(self.node("receiveTask", r#"messageRef="letter""#, "")),
            Block::User { timer: None } => single(self.node("userTask", "", "")),
            Block::User {
                timer: Some(interrupting),
            } => {
                let task = self.node("userTask", "", "");
                let merge = self.node("exclusiveGateway", "", "");
                self.flow(&task, &merge);
                let timer = "<timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition>";
                let attributes =
                    format!(r#"attachedToRef="{task}" cancelActivity="{interrupting}""#);
                let boundary = self.node("boundaryEvent", &attributes, timer);
                // What does not interrupt ends by itself.
                let after = self.node("task", "", "");
                self.flow(&boundary, &after);
                if *interrupting {
                    self.flow(&after, &merge);
                }
                (task, merge)
            }
            Block::Sequence(parts) => {
                let mut ends: Option<(String, String)> = None;
                for part in parts {
                    let (first, last) = self.block(part);
                    ends = Some(match ends {
                        None => (first, last),
                        Some((start, previous)) => {
                            self.flow(&previous, &first);
                            (start, last)
                        }
                    });
                }
                ends.expect("at least one part")
            }
            Block::Parallel(parts) => self.fork("parallelGateway", parts, None),
            Block::Inclusive(parts) => self.fork("inclusiveGateway", parts, Some("${choice")),
            Block::Throw => {
                let signal = r#"<signalEventDefinition signalRef="alarm" />"#;
                single(self.node("intermediateThrowEvent", "", signal))
            }
            Block::Condition => {
                let condition = r#"<conditionalEventDefinition><condition xsi:type="tFormalExpression">${choice != 1}</condition></conditionalEventDefinition>"#;
                single(self.node("intermediateCatchEvent", "", condition))
            }
            Block::Events => {
                let gate = self.node("eventBasedGateway", "", "");
                let merge = self.node("exclusiveGateway", "", "");
                for definition in [
                    r#"<messageEventDefinition messageRef="letter" />"#,
                    r#"<signalEventDefinition signalRef="alarm" />"#,
                    "<timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition>",
                ] {
                    let event = self.node("intermediateCatchEvent", "", definition);
                    self.flow(&gate, &event);
                    self.flow(&event, &merge);
                }
                (gate, merge)
            }
            Block::Multi(body, count, sequential) => {
                let loops = format!(
                    r#"<multiInstanceLoopCharacteristics isSequential="{sequential}"><loopCardinality>{count}</loopCardinality><completionCondition>${{nrOfCompletedInstances >= 2}}</completionCondition></multiInstanceLoopCharacteristics>"#
                );
                single(self.scope(&loops, body, |_, last| last.to_owned()))
            }
            Block::Handled(body, interrupting) => single(self.scope("", body, |inside, last| {
                let before = std::mem::take(&mut inside.xml);
                let start = inside.node(
                    "startEvent",
                    &format!(r#"isInterrupting="{interrupting}""#),
                    r#"<messageEventDefinition messageRef="letter" />"#,
                );
                let pass = inside.node("task", "", "");
                inside.flow(&start, &pass);
                let handler = std::mem::replace(&mut inside.xml, before);
                let handler = format!("\n{handler}");
                inside.node("subProcess", r#"triggeredByEvent="true""#, &handler);
                last.to_owned()
            })),
            Block::Undoable(body) => {
                let task = self.node("userTask", "", "");
                let attached = format!(r#"attachedToRef="{task}""#);
                let boundary =
                    self.node("boundaryEvent", &attached, "<compensateEventDefinition />");
                let undo = self.node("userTask", r#"isForCompensation="true""#, "");
                let ends = format!(r#"sourceRef="{boundary}" targetRef="{undo}""#);
                self.node("association", &ends, "");
                let (first, last) = self.block(body);
                let throw = "<compensateEventDefinition />";
                let throw = self.node("intermediateThrowEvent", "", throw);
                self.flow(&task, &first);
                self.flow(&last, &throw);
                (task, throw)
            }
            Block::Escalating(body, interrupting) => {
                let escalation = r#"<escalationEventDefinition escalationRef="lateness" />"#;
                let scope = self.scope("", body, |inside, last| {
                    let throw = inside.node("intermediateThrowEvent", "", escalation);
                    inside.flow(last, &throw);
                    throw
                });
                let merge = self.node("exclusiveGateway", "", "");
                self.flow(&scope, &merge);
                let attributes =
                    format!(r#"attachedToRef="{scope}" cancelActivity="{interrupting}""#);
                let boundary = self.node("boundaryEvent", &attributes, escalation);
                let after = self.node("task", "", "");
                self.flow(&boundary, &after);
                if *interrupting {
                    self.flow(&after, &merge);
                }
                (scope, merge)
            }
            Block::Exclusive(parts) => self.fork("exclusiveGateway", parts, Some("${choice")),
            Block::Loop(body, rounds) => {
                let merge = self.node("exclusiveGateway", "", "");
                let (first, last) = self.block(body);
                let variable = format!("rounds{}", self.count);
                let count = format!(
                    r#"camunda:expression="${{execution.hasVariable('{variable}') ? execution.getVariable('{variable}') + 1 : 1}}" camunda:resultVariable="{variable}""#
                );
                let count = self.node("serviceTask", &count, "");
                let again = self.node("exclusiveGateway", "", "");
                let done = self.node("task", "", "");
                self.flow(&merge, &first);
                self.flow(&last, &count);
                self.flow(&count, &again);
                writeln!(self.xml, "{again} -> {merge} if ${{{variable} < {rounds}}}")
                    .expect("writes");
                writeln!(self.xml, "{again} -> {done} if ${{{variable} >= {rounds}}}")
                    .expect("writes");
                (merge, done)
            }
            Block::Scope(body, guard) => {
                let mut inside = Writer {
                    xml: String::new(),
                    count: self.count + 1,
                    asynchronous: false,
                };
                let start = inside.node("startEvent", "", "");
                let (first, last) = inside.block(body);
                let end = inside.node("endEvent", "", "");
                inside.flow(&start, &first);
                inside.flow(&last, &end);
                let body = format!("\n{}", inside.xml);
                let scope = self.node("subProcess", "", &body);
                self.count = inside.count;
                if !*guard {
                    return single(scope);
                }
                let merge = self.node("exclusiveGateway", "", "");
                let letter = r#"<messageEventDefinition messageRef="letter" />"#;
                let boundary = self.node(
                    "boundaryEvent",
                    &format!(r#"attachedToRef="{scope}""#),
                    letter,
                );
                self.flow(&scope, &merge);
                self.flow(&boundary, &merge);
                (scope, merge)
            }
            Block::Async(body) => {
                self.asynchronous = true;
                self.block(body)
            }
        }
    }

    /// A sub-process around a block, with what else is put inside; that says what its end
    /// comes after.
    fn scope(
        &mut self,
        before: &str,
        body: &Block,
        more: impl FnOnce(&mut Writer, &str) -> String,
    ) -> String {
        let mut inside = Writer {
            xml: String::new(),
            count: self.count + 1,
            asynchronous: false,
        };
        let start = inside.node("startEvent", "", "");
        let (first, last) = inside.block(body);
        inside.flow(&start, &first);
        let last = more(&mut inside, &last);
        let end = inside.node("endEvent", "", "");
        inside.flow(&last, &end);
        let body = format!("{before}\n{}", inside.xml);
        let scope = self.node("subProcess", "", &body);
        self.count = inside.count;
        scope
    }

    fn fork(&mut self, gateway: &str, parts: &[Block], choice: Option<&str>) -> (String, String) {
        let fork = self.node(gateway, "", "");
        let join = self.node(gateway, "", "");
        for (n, part) in parts.iter().enumerate() {
            let (first, last) = self.block(part);
            match choice {
                Some(choice) if n + 1 == parts.len() => {
                    writeln!(self.xml, "{fork} -> {first} if {choice} >= {n}}}").expect("writes");
                }
                Some(choice) => {
                    writeln!(self.xml, "{fork} -> {first} if {choice} == {n}}}").expect("writes");
                }
                None => self.flow(&fork, &first),
            }
            self.flow(&last, &join);
        }
        (fork, join)
    }
}

fn model(block: &Block) -> String {
    let mut writer = Writer {
        xml: String::new(),
        count: 0,
        asynchronous: false,
    };
    let start = writer.node("startEvent", "", "");
    let (first, last) = writer.block(block);
    let end = writer.node("endEvent", "", "");
    writer.flow(&start, &first);
    writer.flow(&last, &end);
    writer.xml
}

/// Everything that someone outside could do now, in an order that does not depend on hashing.
fn possible(desk: &Desk) -> Vec<Command> {
    let instance = &desk.instance;
    let mut commands: Vec<(Id, Command)> = Vec::new();
    for task in instance.tasks() {
        let variables = vars([("choice", Value::Integer(task.priority % 3))]);
        let command = Command::CompleteTask {
            task: task.id.clone(),
            user: None,
            variables,
        };
        commands.push((task.id.clone(), command));
    }
    for task in instance.external_tasks() {
        let id = task.id.clone();
        let worker = "worker".to_owned();
        let command = match task.worker_id {
            None => Command::LockExternalTask {
                task: id,
                worker,
                until: desk.now,
            },
            Some(_) => Command::CompleteExternalTask {
                task: id,
                worker,
                variables: vars([("choice", Value::Integer(1))]),
                local_variables: Map::new(),
            },
        };
        commands.push((task.id.clone(), command));
    }
    for job in instance.jobs() {
        commands.push((
            job.id.clone(),
            Command::ExecuteJob {
                job: job.id.clone(),
            },
        ));
    }
    for waiting in instance.subscriptions() {
        let execution = waiting.execution_id.clone();
        let variables = vars([("choice", Value::Integer(2))]);
        let command = match waiting.kind {
            SubscriptionKind::Message => Command::Correlate {
                local_variables: Map::new(),
                execution,
                message: waiting.name.clone(),
                variables,
            },
            SubscriptionKind::Signal => Command::Signal {
                execution,
                signal: waiting.name.clone(),
                variables,
            },
            SubscriptionKind::Conditional => Command::SetVariables {
                scope: "instance".into(),
                variables,
                local: false,
            },
            SubscriptionKind::Compensation => continue,
        };
        commands.push((waiting.id.clone(), command));
    }
    commands.sort_by(|a, b| a.0.cmp(&b.0));
    commands.into_iter().map(|(_, command)| command).collect()
}

/// Everything else that someone could do, sensible or not.
fn meddling(desk: &Desk, pick: usize) -> Command {
    let instance = &desk.instance;
    fn nth(mut ids: Vec<Id>, pick: usize) -> Id {
        ids.sort();
        let at = pick % (ids.len() + 1);
        ids.get(at).cloned().unwrap_or_else(|| "nothing".into())
    }
    let task = nth(instance.tasks().map(|t| t.id.clone()).collect(), pick / 16);
    let external = nth(
        instance.external_tasks().map(|t| t.id.clone()).collect(),
        pick / 16,
    );
    let job = nth(instance.jobs().map(|j| j.id.clone()).collect(), pick / 16);
    let scope = nth(
        instance.executions().map(|e| e.id.clone()).collect(),
        pick / 16,
    );
    let worker = ["worker", "other"][pick / 7 % 2].to_owned();
    let small = i32::try_from(pick % 3).unwrap_or_default();
    match pick % 16 {
        0 => Command::Claim { task, user: worker },
        1 => Command::UpdateTask {
            task,
            patch: TaskPatch {
                due: Some((small > 0).then_some(desk.now)),
                priority: Some(small),
                assignee: Some(None),
                ..TaskPatch::default()
            },
        },
        2 => Command::FailExternalTask {
            task: external,
            worker,
            message: "no".into(),
            details: None,
            retries: small,
            retry_at: None,
            variables: Map::new(),
            local_variables: Map::new(),
        },
        3 => Command::SetExternalTaskRetries {
            task: external,
            retries: small,
        },
        4 => Command::UnlockExternalTask {
            task: external,
            worker: None,
        },
        5 => Command::ExternalTaskError {
            task: external,
            worker,
            code: "BROKEN".into(),
            message: None,
            variables: Map::new(),
        },
        6 | 7 => Command::JobFailed {
            job,
            message: "no".into(),
        },
        8 => Command::SetJobRetries {
            job,
            retries: small,
        },
        9 => Command::SetSuspended {
            process_instance: None,
            suspended: true,
        },
        10 | 11 => Command::SetSuspended {
            process_instance: None,
            suspended: false,
        },
        12 => Command::SetVariables {
            scope: task,
            variables: vars([("choice", small.into())]),
            local: true,
        },
        13 => Command::SetVariables {
            scope,
            variables: vars([("choice", small.into())]),
            local: pick.is_multiple_of(2),
        },
        14 => Command::RemoveVariables {
            scope,
            names: vec!["choice".into()],
        },
        _ => Command::LockExternalTask {
            task: external,
            worker,
            until: desk.now,
        },
    }
}

/// 64 cases, or as many as `PROPTEST_CASES` says.
fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => config,
        None => ProptestConfig {
            cases: 64,
            ..config
        },
    }
}

proptest! {
    #![proptest_config(config())]

    /// `Desk::apply` holds every command against the rules for all commands.
    #[test]
    fn structured_processes_run_to_their_end(
        block in blocks(),
        picks in proptest::collection::vec(any::<u16>(), 1..40),
        choice in 0..3i32,
    ) {
        let mut desk = Desk::start(&model(&block), vars([("choice", choice.into())]));
        let mut step = 0;
        while !desk.ended() {
            let commands = possible(&desk);
            prop_assert!(!commands.is_empty(), "stuck at {:?}", desk.tokens());
            let pick = usize::from(picks[step % picks.len()]) + step;
            // Now and then someone does what cannot work.
            if pick % 7 == 0 {
                let lost = Command::CompleteTask { task: "no".into(), user: None, variables: Map::new() };
                prop_assert!(desk.apply(lost).is_err());
                let broken = vars([("choice", Value::Null)]);
                if let Some(task) = desk.instance.tasks().map(|t| t.id.clone()).min() {
                    let _ = desk.apply(Command::CompleteTask { task, user: None, variables: broken });
                }
            } else {
                desk.ok(commands[pick % commands.len()].clone());
            }
            desk.wait(1);
            step += 1;
            prop_assert!(step < 5000, "goes on for ever at {:?}", desk.tokens());
            if desk.var("choice") == Some(Value::Null) {
                desk.set(vars([("choice", Value::Integer(0))]));
            }
        }
        prop_assert_eq!(&desk.instance, &Instance::default());
        prop_assert_eq!(desk.end_state(), Some(InstanceState::Completed));
    }

    #[test]
    fn cancelling_leaves_nothing(block in blocks(), picks in proptest::collection::vec(any::<u16>(), 0..8)) {
        let mut desk = Desk::start(&model(&block), vars([("choice", 0.into())]));
        for pick in picks {
            let commands = possible(&desk);
            if desk.ended() || commands.is_empty() {
                break;
            }
            desk.ok(commands[usize::from(pick) % commands.len()].clone());
        }
        if !desk.ended() {
            desk.ok(Command::Cancel { process_instance: None, user: None, reason: "enough".into() });
        }
        prop_assert_eq!(&desk.instance, &Instance::default());
    }

    /// What holds for all commands holds whatever people do.
    #[test]
    fn meddling_breaks_nothing(block in blocks(), picks in proptest::collection::vec(any::<u16>(), 0..60)) {
        let mut desk = Desk::start(&model(&block), vars([("choice", 0.into())]));
        for pick in picks {
            if desk.ended() {
                break;
            }
            let pick = usize::from(pick);
            let commands = possible(&desk);
            let command = match pick % 3 {
                0 if !commands.is_empty() => commands[pick / 3 % commands.len()].clone(),
                _ => meddling(&desk, pick / 3),
            };
            let _ = desk.apply(command);
            // No block goes round by itself, and all that is inside each other is small.
            prop_assert!(desk.instance.executions().count() < 3_000, "grows: {:?}", desk.tokens());
        }
    }
}

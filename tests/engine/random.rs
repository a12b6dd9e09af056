//! Random structured processes, worked on in random order.

use crate::blocks::{Block, blocks, model};
use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};
use proptest::prelude::*;

/// An instance of a random process.
pub fn start(block: &Block, variables: Map) -> Desk {
    let (elements, called) = model(block);
    let mut desk = Desk::with(&elements);
    for (key, elements) in called {
        desk = desk.and(&key, &elements);
    }
    desk.started(variables)
}

/// Everything that someone outside could do now, in an order that does not depend on hashing.
pub fn possible(desk: &Desk) -> Vec<Command> {
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
                scope: waiting.process_instance_id.clone(),
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
pub fn meddling(desk: &Desk, pick: usize) -> Command {
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

/// Nobody chooses any more what a condition waits for: its task, done, would set off the next.
fn calm(command: &mut Command) {
    if let Command::CompleteTask { variables, .. } = command {
        *variables = vars([("choice", Value::Integer(1))]);
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
        let mut desk = start(&block, vars([("choice", choice.into()), ("count", 0.into())]));
        let mut step = 0;
        while !desk.ended() {
            let mut commands = possible(&desk);
            // What interrupts nothing may happen again and again: in the end all else comes first.
            let ends = |command: &Command| !matches!(
                command,
                Command::SetVariables { .. } | Command::Correlate { .. } | Command::Signal { .. }
            );
            if step > 500 && commands.iter().any(ends) {
                commands.retain(ends);
                commands.iter_mut().for_each(calm);
            }
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
        let mut desk = start(&block, vars([("choice", 0.into()), ("count", 0.into())]));
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
        let mut desk = start(&block, vars([("choice", 0.into()), ("count", 0.into())]));
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

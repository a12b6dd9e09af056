//! Suspending, activating and cancelling instances; what is gone.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::Map;

const MODEL: &str = r#"
    <startEvent id="start" />
    <subProcess id="sub">
      <startEvent id="s" /> <userTask id="a" />
      <serviceTask id="b" camunda:type="external" camunda:topic="t" />
      s -> a
      s -> b
    </subProcess>
    <boundaryEvent id="later" attachedToRef="sub"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
    <endEvent id="end" />
    start -> sub -> end
    later -> end
"#;

#[test]
fn cancelling_ends_everything_with_its_reason() {
    let mut desk = Desk::start(MODEL, vars([("x", 1.into())]));
    desk.ok(Command::Cancel {
        user: Some("boss".into()),
        reason: "ordered twice".into(),
    });
    assert!(desk.ended());
    assert_eq!(desk.instance, Instance::default());
    let ended = desk.log.iter().any(|event| matches!(event, Event::ProcessEnded { state, reason, .. }
        if *state == InstanceState::ExternallyTerminated && reason.as_deref() == Some("ordered twice")));
    assert!(ended);
    assert_eq!(desk.history(), ["start", "s", "a!", "b!", "sub!"]);
}

#[test]
fn a_suspended_instance_refuses_work_until_it_is_activated() {
    let mut desk = Desk::start(MODEL, Map::new());
    let (task, job) = (desk.task("a").id, desk.job("later").id);
    let external = desk.lock("b");
    desk.ok(Command::SetSuspended {
        process_instance: None,
        suspended: true,
    });
    let until = desk.now;
    for command in [
        Command::Claim {
            task: task.clone(),
            user: "demo".into(),
        },
        Command::CompleteTask {
            task: task.clone(),
            user: None,
            variables: Map::new(),
        },
        Command::UpdateTask {
            task,
            patch: TaskPatch::default(),
        },
        Command::ExecuteJob { job },
        Command::LockExternalTask {
            task: external.clone(),
            worker: "worker".into(),
            until,
        },
        Command::CompleteExternalTask {
            task: external,
            worker: "worker".into(),
            variables: Map::new(),
            local_variables: Map::new(),
        },
    ] {
        assert!(matches!(desk.apply(command), Err(Error::Suspended { .. })));
    }
    desk.set(vars([("x", 1.into())]));
    desk.ok(Command::SetSuspended {
        process_instance: None,
        suspended: false,
    });
    desk.execute("later");
    assert!(desk.ended());
}

#[test]
fn what_is_gone_is_not_found_and_what_is_missing_is_asked_for() {
    let mut desk = Desk::start(MODEL, Map::new());
    let task = desk.task("a").id;
    desk.complete("a");
    let again = desk.apply(Command::Claim {
        task,
        user: "demo".into(),
    });
    assert!(matches!(again, Err(Error::NotFound { what: "task", .. })));
    let world = std::mem::take(&mut desk.world);
    let job = desk.job("later").id;
    let needs = desk.apply(Command::ExecuteJob { job });
    assert!(matches!(needs, Err(Error::Need(Need::Process { .. }))));
    desk.world = world;
    desk.execute("later");
}

#[test]
fn an_instance_starts_once() {
    let mut desk = Desk::start(MODEL, Map::new());
    assert!(matches!(desk.run(Map::new()), Err(Error::BadRequest(_))));
}

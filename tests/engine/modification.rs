//! Tokens moved by hand.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::Map;

const MODEL: &str = r#"
    <startEvent id="start" /> <userTask id="a" /> <exclusiveGateway id="choice" />
    <subProcess id="sub"><startEvent id="s" /> <userTask id="in1" /> <userTask id="in2" />
      s -> in1 -> in2
      <subProcess id="handler" triggeredByEvent="true">
        <startEvent id="on"><messageEventDefinition messageRef="letter" /></startEvent> <userTask id="handled" />
        on -> handled
      </subProcess>
    </subProcess>
    <userTask id="b" /> <userTask id="c" />
    start -> a -> sub -> choice
    choice -> b if ${x == 1}
    choice -> c if ${x == 2}
"#;

fn modify(instructions: Vec<Instruction>) -> Command {
    Command::Modify {
        process_instance: "instance".into(),
        instructions,
    }
}

fn before(activity: &str) -> Instruction {
    Instruction::StartBefore {
        activity: activity.into(),
        variables: Map::new(),
    }
}

fn cancel(activity: &str) -> Instruction {
    Instruction::CancelActivity {
        activity: activity.into(),
    }
}

#[test]
fn a_token_moves_to_another_activity() {
    let mut desk = Desk::start(MODEL, Map::new());
    desk.ok(modify(vec![cancel("a"), before("b")]));
    assert_eq!(desk.tasks(), ["b"]);
    assert!(desk.history().contains(&"a!".to_owned()));
    desk.complete("b");
    assert_eq!(desk.end_state(), Some(InstanceState::Completed));
}

#[test]
fn scopes_that_do_not_run_begin_and_those_that_do_are_used() {
    let mut desk = Desk::start(MODEL, Map::new());
    desk.ok(modify(vec![before("in2"), cancel("a")]));
    assert_eq!(desk.tasks(), ["in2"]);
    assert_eq!(
        desk.subscriptions(),
        ["message letter on"],
        "the scope has begun whole"
    );
    desk.ok(modify(vec![before("in1")]));
    assert_eq!(desk.tasks(), ["in1", "in2"]);
    let subs = desk
        .instance
        .executions()
        .filter(|e| e.activity_id.as_deref() == Some("sub"));
    assert_eq!(subs.count(), 1);
    desk.ok(modify(vec![cancel("in1"), cancel("in2"), before("c")]));
    assert_eq!(desk.tasks(), ["c"]);
    assert_eq!(
        desk.subscriptions(),
        Vec::<String>::new(),
        "the empty scope has ended"
    );
}

#[test]
fn after_an_activity_and_over_a_flow() {
    let mut desk = Desk::start(MODEL, Map::new());
    desk.ok(modify(vec![
        Instruction::StartAfter {
            activity: "sub".into(),
            variables: vars([("x", 2.into())]),
        },
        Instruction::StartTransition {
            flow: "choice-b".into(),
            variables: Map::new(),
        },
    ]));
    assert_eq!(desk.tasks(), ["a", "b", "c"]);
    let unclear = Instruction::StartAfter {
        activity: "choice".into(),
        variables: Map::new(),
    };
    assert!(matches!(
        desk.apply(modify(vec![unclear])),
        Err(Error::BadRequest(_))
    ));
    for nothing in [before("no"), cancel("no")] {
        assert!(matches!(
            desk.apply(modify(vec![nothing])),
            Err(Error::NotFound { .. })
        ));
    }
}

#[test]
fn one_of_several_activity_instances_and_the_last_of_all() {
    let mut desk = Desk::start(MODEL, Map::new());
    desk.ok(modify(vec![before("a")]));
    assert_eq!(desk.tasks(), ["a", "a"]);
    let task = desk.task("a");
    let id = desk
        .instance
        .execution(&task.execution_id)
        .expect("there")
        .activity_instance_id();
    desk.ok(modify(vec![Instruction::CancelInstance { id }]));
    assert_eq!(desk.tasks(), ["a"]);
    desk.ok(modify(vec![cancel("a")]));
    assert_eq!(desk.end_state(), Some(InstanceState::ExternallyTerminated));
    assert_eq!(desk.instance, Instance::default());
}

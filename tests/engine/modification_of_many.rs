//! The instances of multi-instance activities, begun and ended by hand.

use crate::modification::{before, instances};
use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

/// Three instances of `work`, a task or a sub-process around a task, between two tasks.
fn model(sequential: bool, sub: bool, condition: &str) -> String {
    let many = format!(
        r#"<multiInstanceLoopCharacteristics isSequential="{sequential}"><loopCardinality>3</loopCardinality>{condition}</multiInstanceLoopCharacteristics>"#
    );
    let work = match sub {
        false => format!(r#"<userTask id="work">{many}</userTask>"#),
        true => format!(
            r#"<subProcess id="work">{many}<startEvent id="s" /> <userTask id="task" /> <endEvent id="e" />
            s -> task -> e
            </subProcess>"#
        ),
    };
    format!(
        r#"<startEvent id="start" /> <userTask id="before" /> <userTask id="after" />
        {work}
        start -> before -> work -> after"#
    )
}

fn started(sequential: bool, sub: bool) -> Desk {
    Desk::start(&model(sequential, sub, ""), Map::new())
}

/// The same once the instances run.
fn running(sequential: bool, sub: bool) -> Desk {
    let mut desk = started(sequential, sub);
    desk.complete("before");
    desk
}

/// The name of the task that each instance has.
fn task(sub: bool) -> &'static str {
    if sub { "task" } else { "work" }
}

/// The tree of a body with so many instances.
fn body(instances: usize, sub: bool) -> String {
    let instance = if sub { "work[task]" } else { "work" };
    format!("work*[{}]", vec![instance; instances].join(" "))
}

fn modify(instruction: Instruction) -> Command {
    Command::Modify {
        process_instance: "instance".into(),
        instructions: vec![instruction],
    }
}

fn before_with(activity: &str, variables: Map) -> Instruction {
    Instruction::StartBefore {
        activity: activity.into(),
        variables,
    }
}

fn inside(ancestor: &str, start: Instruction) -> Instruction {
    Instruction::Inside {
        ancestor: Some(ancestor.into()),
        local_variables: Map::new(),
        start: Box::new(start),
    }
}

fn cancel(activity: &str) -> Instruction {
    Instruction::CancelActivity {
        activity: activity.into(),
    }
}

/// What the token of each instance sees of the counters, and its own.
fn counters(desk: &Desk) -> Vec<[Option<i64>; 4]> {
    let mut seen: Vec<_> = desk
        .instance
        .executions()
        .filter(|e| e.activity_id.as_deref() == Some("work"))
        .map(|inner| {
            let body = inner.parent_id.as_deref().expect("a body");
            let whole = |scope: &str, name: &str| {
                let variable = desk.instance.variable(scope, name)?;
                variable.value.as_i64()
            };
            [
                whole(&inner.id, "loopCounter"),
                whole(body, "nrOfInstances"),
                whole(body, "nrOfCompletedInstances"),
                whole(body, "nrOfActiveInstances"),
            ]
        })
        .collect();
    seen.sort();
    seen
}

fn counted(numbers: [i64; 4]) -> [Option<i64>; 4] {
    numbers.map(Some)
}

fn complete_all(desk: &mut Desk) {
    while let Some(task) = desk.tasks().first().cloned() {
        desk.complete(&task);
    }
    assert!(desk.ended());
}

/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeMultiInstanceBodyParallelTasks
/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeMultiInstanceBodyParallelSubprocess
/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeMultiInstanceBodySequentialTasks
/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeMultiInstanceBodySequentialSubprocess
#[test]
fn a_second_body_is_begun_by_its_name() {
    for (sequential, sub) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut desk = running(sequential, sub);
        desk.ok(modify(before("work#multiInstanceBody")));
        let one = body(if sequential { 1 } else { 3 }, sub);
        assert_eq!(desk.activities(), format!("{one} {one}"));
        for _ in 0..6 {
            desk.complete(task(sub));
        }
        assert_eq!(desk.tasks(), ["after", "after"]);
    }
    let mut desk = started(false, false);
    let refused = desk.apply(modify(before("after#multiInstanceBody")));
    assert!(matches!(refused, Err(Error::BadRequest(_))));
}

/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeInnerActivityParallelTasks
/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeInnerActivityParallelSubprocess
#[test]
fn one_more_instance_begins_in_the_body_that_runs() {
    for sub in [false, true] {
        for named in [false, true] {
            let mut desk = running(false, sub);
            let body_id = instances(&desk, "work#multiInstanceBody").remove(0);
            let start = before("work");
            desk.ok(modify(if named {
                inside(&body_id, start)
            } else {
                start
            }));
            assert_eq!(desk.activities(), body(4, sub));
            let seen: Vec<_> = (0..4).map(|n| counted([n, 4, 0, 4])).collect();
            assert_eq!(counters(&desk), seen);
            for _ in 0..4 {
                desk.complete(task(sub));
            }
            assert_eq!(desk.tasks(), ["after"]);
        }
    }
}

/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeInnerActivityWithMiBodyParallelTasks
/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeInnerActivityWithMiBodyParallelTasksActivityStatistics
/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeInnerActivityWithMiBodyParallelSubprocess
/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeInnerActivityWithMiBodyParallelSubprocessActivityStatistics
/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeInnerActivityWithMiBodySequentialTasks
/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeInnerActivityWithMiBodySequentialTasksActivityStatistics
/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeInnerActivityWithMiBodySequentialSubprocess
/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeInnerActivityWithMiBodySequentialSubprocessActivityStatistics
#[test]
fn a_body_that_does_not_run_begins_with_one_instance() {
    for (sequential, sub) in [(false, false), (false, true), (true, false), (true, true)] {
        for start in ["work", task(sub)] {
            let mut desk = started(sequential, sub);
            desk.ok(modify(before(start)));
            assert_eq!(desk.activities(), format!("before {}", body(1, sub)));
            assert_eq!(counters(&desk), [counted([0, 1, 0, 1])]);
            desk.complete(task(sub));
            assert_eq!(desk.tasks(), ["after", "before"]);
            complete_all(&mut desk);
        }
    }
}

/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeInnerActivityWithMiBodySetNrOfInstancesParallelSubprocess
/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeInnerActivityWithMiBodySetNrOfInstancesSequentialSubprocess
#[test]
fn the_number_of_instances_may_be_set_with_the_first() {
    let three = || vars([("nrOfInstances", Value::Integer(3))]);
    let mut desk = started(false, true);
    desk.ok(modify(before_with("task", three())));
    assert_eq!(counters(&desk), [counted([0, 3, 0, 1])]);
    desk.complete("task");
    assert_eq!(desk.activities(), "after before", "it joins what runs");

    let mut desk = started(true, true);
    desk.ok(modify(before_with("task", three())));
    for n in 0..3 {
        assert_eq!(counters(&desk), [counted([n, 3, n, 1])]);
        desk.complete("task");
    }
    assert_eq!(desk.tasks(), ["after", "before"]);
}

/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeInnerActivitySequentialTasks
/// ProcessInstanceModificationMultiInstanceTest.testStartBeforeInnerActivitySequentialSubprocess
#[test]
fn a_sequential_body_has_one_instance_at_a_time() {
    for sub in [false, true] {
        let mut desk = running(true, sub);
        let body_id = instances(&desk, "work#multiInstanceBody").remove(0);
        let refused = desk.apply(modify(inside(&body_id, before("work"))));
        let Err(Error::BadRequest(why)) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(
            why,
            "Concurrent instantiation not possible for activities in scope work#multiInstanceBody"
        );
    }
}

/// ProcessInstanceModificationMultiInstanceTest.testStartInnerActivityParallelTasksWithCompletionCondition
/// ProcessInstanceModificationMultiInstanceTest.testStartInnerActivityParallelSubprocessWithCompletionCondition
#[test]
fn the_completion_condition_counts_what_began_by_hand() {
    let two = "<completionCondition>${nrOfCompletedInstances == 2}</completionCondition>";
    for sub in [false, true] {
        let mut desk = Desk::start(&model(false, sub, two), Map::new());
        desk.complete("before");
        desk.ok(modify(before("work")));
        desk.complete(task(sub));
        assert_eq!(desk.activities(), body(3, sub));
        desk.complete(task(sub));
        assert_eq!(desk.tasks(), ["after"]);
    }
}

/// ProcessInstanceModificationMultiInstanceTest.testCancelMultiInstanceBodyParallelTasks
/// ProcessInstanceModificationMultiInstanceTest.testCancelMultiInstanceBodyParallelSubprocess
/// ProcessInstanceModificationMultiInstanceTest.testCancelMultiInstanceBodySequentialTasks
/// ProcessInstanceModificationMultiInstanceTest.testCancelMultiInstanceBodySequentialSubprocess
/// ProcessInstanceModificationMultiInstanceTest.testCancelAllInnerActivityParallelTasks
/// ProcessInstanceModificationMultiInstanceTest.testCancelAllInnerActivitySequentialTasks
/// ProcessInstanceModificationMultiInstanceTest.testCancelInnerActivitySequentialTasks
/// ProcessInstanceModificationMultiInstanceTest.testCancelInnerActivitySequentialSubprocess
#[test]
fn without_instances_the_body_ends() {
    for (sequential, sub) in [(false, false), (false, true), (true, false), (true, true)] {
        for activity in ["work#multiInstanceBody", "work"] {
            let mut desk = running(sequential, sub);
            desk.ok(modify(cancel(activity)));
            assert!(desk.ended(), "{activity}");
        }
    }
}

/// ProcessInstanceModificationMultiInstanceTest.testCancelAllInnerActivityNestedParallelTasks
#[test]
fn without_instances_the_bodies_around_end() {
    let many = "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>";
    let mut desk = Desk::start(
        &format!(
            r#"<startEvent id="start" />
            <subProcess id="outer">{many}<startEvent id="s" /> <userTask id="work">{many}</userTask>
              s -> work
            </subProcess>
            start -> outer"#
        ),
        Map::new(),
    );
    assert_eq!(desk.tasks().len(), 9);
    desk.ok(modify(cancel("work")));
    assert!(desk.ended());
}

/// ProcessInstanceModificationMultiInstanceTest.testCancelInnerActivityParallelTasks
/// ProcessInstanceModificationMultiInstanceTest.testCancelInnerActivityParallelTasksAllButOne
/// ProcessInstanceModificationMultiInstanceTest.testCancelInnerActivityParallelSubprocess
#[test]
fn the_other_instances_go_on() {
    for (sub, gone) in [(false, 1), (false, 2), (true, 1)] {
        let mut desk = running(false, sub);
        for id in instances(&desk, "work").into_iter().take(gone) {
            desk.ok(modify(Instruction::CancelInstance { id }));
        }
        assert_eq!(desk.activities(), body(3 - gone, sub));
        for _ in gone..3 {
            desk.complete(task(sub));
        }
        assert_eq!(desk.tasks(), ["after"]);
    }
}

#[test]
fn of_several_bodies_one_is_named() {
    let mut desk = running(false, true);
    desk.ok(modify(before("work#multiInstanceBody")));
    let refused = desk.apply(modify(before("work")));
    let Err(Error::BadRequest(why)) = refused else {
        panic!("{refused:?}")
    };
    let bodies = instances(&desk, "work#multiInstanceBody");
    for id in &bodies {
        assert!(why.contains(id), "{why}");
    }
    desk.ok(modify(inside(&bodies[1], before("work"))));
    assert_eq!(
        desk.activities(),
        format!("{} {}", body(4, true), body(3, true))
    );
    let refused = desk.apply(modify(before("wrok")));
    let Err(Error::BadRequest(why)) = refused else {
        panic!("{refused:?}")
    };
    assert!(why.starts_with("Element 'wrok' does not exist"), "{why}");
    assert!(why.contains("it has start, before, after, work"), "{why}");
}

/// As AbstractInstanceCancellationCmd: what is left empty ends before the next instruction.
#[test]
fn a_body_that_lost_its_last_instance_begins_anew() {
    for (sequential, sub) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut desk = running(sequential, sub);
        let first = instances(&desk, "work#multiInstanceBody");
        desk.ok(Command::Modify {
            process_instance: "instance".into(),
            instructions: vec![cancel("work"), before("work")],
        });
        assert_eq!(desk.activities(), body(1, sub));
        assert_eq!(counters(&desk), [counted([0, 1, 0, 1])]);
        assert_ne!(instances(&desk, "work#multiInstanceBody"), first);
    }
}

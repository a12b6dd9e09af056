//! What is done several times: tasks, sub-processes and calls, and the events on them.

use crate::multi_instance::many;
use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

const CALLED: &str = "<startEvent id=\"s\" /> <userTask id=\"one\" /> <userTask id=\"two\" />\n\
                      s -> one\n s -> two\n";

/// That activity between start and end, with a timer on it; inside of three sub-processes or not.
fn around(many: &str, nested: bool) -> String {
    let mut model = format!(
        r#"<startEvent id="start0" /> {many} <endEvent id="end0" />
        <boundaryEvent id="timer" attachedToRef="many"><timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition></boundaryEvent>
        <userTask id="taskAfterTimer" />
        start0 -> many -> end0
        timer -> taskAfterTimer -> end0
        "#
    );
    for level in 1..=if nested { 3 } else { 0 } {
        model = format!(
            r#"<startEvent id="start{level}" /> <endEvent id="end{level}" />
            <subProcess id="nesting{level}">{model}</subProcess>
            start{level} -> nesting{level} -> end{level}
            "#
        );
    }
    model
}

fn many_of(kind: &str, loops: &str, nested: bool, variables: Map) -> Desk {
    Desk::with(&around(&many(kind, loops), nested))
        .and("called", CALLED)
        .started(variables)
}

/// Completes the oldest task until none is left; how many there were each time.
fn rounds(desk: &mut Desk) -> Vec<usize> {
    let mut rounds = Vec::new();
    while let Some(task) = desk
        .instance
        .tasks()
        .min_by_key(|task| task.id.clone())
        .cloned()
    {
        rounds.push(desk.instance.tasks().count());
        let (task, user, variables) = (task.id, None, Map::new());
        desk.ok(Command::CompleteTask {
            task,
            user,
            variables,
        });
    }
    assert!(desk.ended());
    rounds
}

fn times(desk: &Desk, activity: &str) -> usize {
    desk.history().iter().filter(|id| *id == activity).count()
}

/// MultiInstanceTest.testSequentialUserTasks
/// MultiInstanceTest.testSequentialUserTasksHistory
/// MultiInstanceTest.testSequentialUserTasksCompletionCondition
/// MultiInstanceTest.testNestedSequentialUserTasks
/// MultiInstanceTest.testParallelUserTasks
/// MultiInstanceTest.testParallelUserTasksHistory
/// MultiInstanceTest.testParallelUserTasksCompletionCondition
/// MultiInstanceTest.testNestedParallelUserTasks
/// MultiInstanceTest.testSequentialSubProcess
/// MultiInstanceTest.testSequentialSubProcessEndEvent
/// MultiInstanceTest.testSequentialSubProcessHistory
/// MultiInstanceTest.testSequentialSubProcessCompletionCondition
/// MultiInstanceTest.testNestedSequentialSubProcess
/// MultiInstanceTest.testParallelSubProcess
/// MultiInstanceTest.testParallelSubProcessHistory
/// MultiInstanceTest.testParallelSubProcessCompletionCondition
/// MultiInstanceTest.testNestedParallelSubProcess
/// MultiInstanceTest.testSequentialCallActivity
/// MultiInstanceTest.testParallelCallActivity
/// MultiInstanceTest.testParallelCallActivityHistory
/// MultiInstanceTest.testNestedSequentialCallActivity
/// MultiInstanceTest.testNestedParallelCallActivity
/// MultiInstanceTest.testNestedParallelCallActivityCompletionCondition
#[test]
fn tasks_sub_processes_and_calls_run_so_often() {
    let enough = |done: u32| {
        format!("<completionCondition>${{nrOfCompletedInstances == {done}}}</completionCondition>")
    };
    let half =
        "<completionCondition>${nrOfCompletedInstances/nrOfInstances >= 0.5}</completionCondition>";
    for (kind, sequential, count, condition, tasks, done) in [
        ("task", true, 3, String::new(), vec![1, 1, 1], 3),
        ("task", true, 10, enough(5), vec![1; 5], 5),
        ("task", false, 3, String::new(), vec![3, 2, 1], 3),
        ("task", false, 5, half.to_owned(), vec![5, 4, 3], 3),
        (
            "sub",
            true,
            4,
            String::new(),
            vec![2, 1, 2, 1, 2, 1, 2, 1],
            4,
        ),
        ("sub", true, 4, enough(3), vec![2, 1, 2, 1, 2, 1], 3),
        ("sub", false, 2, String::new(), vec![4, 3, 2, 1], 2),
        ("sub", false, 2, enough(1), vec![4, 3], 1),
        ("call", true, 3, String::new(), vec![2, 1, 2, 1, 2, 1], 3),
        ("call", false, 3, String::new(), vec![6, 5, 4, 3, 2, 1], 3),
        ("call", false, 4, enough(2), vec![8, 7, 6, 5], 2),
    ] {
        for nested in [false, true] {
            let loops = format!(
                r#"isSequential="{sequential}"><loopCardinality>${{nrOfLoops}}</loopCardinality>{condition}"#
            );
            let variables = vars([("nrOfLoops", count.into())]);
            let mut desk = many_of(kind, &loops, nested, variables);
            assert_eq!(rounds(&mut desk), tasks, "{kind} {loops}");
            assert_eq!(
                (times(&desk, "many"), times(&desk, "many#multiInstanceBody")),
                (done, 1)
            );
        }
    }
}

/// MultiInstanceTest.testSequentialUserTasksWithTimer
/// MultiInstanceTest.testParallelUserTasksWithTimer
/// MultiInstanceTest.testSequentialSubProcessWithTimer
/// MultiInstanceTest.testNestedSequentialSubProcessWithTimer
/// MultiInstanceTest.testParallelSubProcessWithTimer
/// MultiInstanceTest.testNestedParallelSubProcessWithTimer
/// MultiInstanceTest.testSequentialCallActivityWithTimer
/// MultiInstanceTest.testParallelCallActivityWithTimer
/// MultiInstanceTest.testNestedSequentialCallActivityWithTimer
/// MultiInstanceTest.testNestedParallelCallActivityWithTimer
#[test]
fn one_timer_on_the_whole_ends_what_is_left() {
    for kind in ["task", "sub", "call"] {
        for (sequential, nested) in [(true, false), (true, true), (false, false), (false, true)] {
            let loops =
                format!(r#"isSequential="{sequential}"><loopCardinality>3</loopCardinality>"#);
            let mut desk = many_of(kind, &loops, nested, Map::new());
            for _ in 0..if kind == "task" { 1 } else { 3 } {
                let task = desk.instance.tasks().next().expect("a task").id.clone();
                let (user, variables) = (None, Map::new());
                desk.ok(Command::CompleteTask {
                    task,
                    user,
                    variables,
                });
            }
            assert_eq!(desk.instance.jobs().count(), 1);
            desk.execute("timer");
            assert_eq!(desk.tasks(), ["taskAfterTimer"], "{kind} {loops}");
            assert_eq!(desk.instance.processes().count(), 1);
            assert_eq!(rounds(&mut desk), [1]);
        }
    }
}

/// MultiInstanceTest.testParallelReceiveTasks
/// MultiInstanceTest.testParallelReceiveTasksAssertEventSubscriptionRemoval
#[test]
fn each_receive_task_waits_for_its_own_message() {
    let model = r#"<startEvent id="start" />
        <receiveTask id="many" messageRef="letter"><multiInstanceLoopCharacteristics><loopCardinality>${3}</loopCardinality></multiInstanceLoopCharacteristics></receiveTask>
        start -> many"#;
    let mut desk = Desk::start(model, Map::new());
    for left in [2, 1, 0] {
        desk.message("letter");
        assert_eq!(desk.subscriptions().len(), left);
    }
    assert!(desk.ended());
}

/// MultiInstanceTest.testParallelUserTasksBasedOnCollection
/// MultiInstanceTest.testParallelUserTasksCustomExtensions
/// MultiInstanceTest.testEmptyCollectionInMI
#[test]
fn people_of_a_list_get_their_tasks() {
    let list = |names: &[&str]| {
        let names = names.iter().map(|name| Value::from(*name));
        vars([("assigneeList", Value::List(names.collect()))])
    };
    let five = ["kermit", "gonzo", "mispiggy", "fozzie", "bubba"];
    let loops = "><loopDataInputRef>assigneeList</loopDataInputRef><inputDataItem name=\"assignee\" />\
                 <completionCondition>${nrOfCompletedInstances/nrOfInstances >= 0.6 }</completionCondition>";
    let model = around(&many("task", loops), false).replace("kermit_${loopCounter}", "${assignee}");
    let mut desk = Desk::start(&model, list(&five));
    let assignees: Vec<_> = desk
        .instance
        .tasks()
        .filter_map(|t| t.assignee.clone())
        .collect();
    assert!(
        five.iter()
            .all(|name| assignees.contains(&(*name).to_owned()))
    );
    assert_eq!(rounds(&mut desk), [5, 4, 3]);

    let desk = Desk::start(&model, list(&[]));
    assert_eq!(desk.history(), ["start0", "many#multiInstanceBody", "end0"]);

    let loops = r#"isSequential="true" camunda:collection="assigneeList" camunda:elementVariable="assignee">"#;
    let model = around(&many("task", loops), false).replace("kermit_${loopCounter}", "${assignee}");
    let mut desk = Desk::start(&model, list(&five));
    for name in five {
        assert_eq!(desk.task("many").assignee.as_deref(), Some(name));
        desk.complete("many");
    }
    assert!(desk.ended());
}

/// MultiInstanceTest.testSequentialScriptTasks
/// MultiInstanceTest.testSequentialScriptTasksNoStackOverflow
/// MultiInstanceTest.testSequentialScriptTasksHistory
/// MultiInstanceTest.testSequentialScriptTasksCompletionCondition
/// MultiInstanceTest.testParallelScriptTasks
/// MultiInstanceTest.testParallelScriptTasksHistory
/// MultiInstanceTest.testParallelScriptTasksCompletionCondition
/// MultiInstanceTest.testParallelScriptTasksCompletionConditionHistory
#[test]
fn scripts_add_up_the_counter() {
    let model = |sequential: bool, condition: &str| {
        format!(
            r#"<startEvent id="start" />
            <scriptTask id="many" scriptFormat="javascript">
              <multiInstanceLoopCharacteristics isSequential="{sequential}"><loopCardinality>${{nrOfLoops}}</loopCardinality>{condition}</multiInstanceLoopCharacteristics>
              <script>execution.setVariable("sum", sum + loopCounter); execution.setVariable("runs", runs + 1)</script>
            </scriptTask>
            <receiveTask id="wait" />
            start -> many -> wait"#
        )
    };
    let run = |model: &str, count: i32| {
        let variables = vars([
            ("sum", 0.into()),
            ("runs", 0.into()),
            ("nrOfLoops", count.into()),
        ]);
        let desk = Desk::start(model, variables);
        let runs = times(&desk, "many");
        (
            desk.var("sum").and_then(|v| v.as_i64()),
            desk.var("runs").and_then(|v| v.as_i64()),
            runs,
        )
    };
    for (sequential, count, sum) in [(true, 5, 10), (true, 200, 19_900), (false, 10, 45)] {
        let got = run(&model(sequential, ""), count);
        assert_eq!(got, (Some(sum), Some(i64::from(count)), count as usize));
    }
    let half =
        "<completionCondition>${nrOfCompletedInstances/nrOfInstances >= 0.5}</completionCondition>";
    assert_eq!(run(&model(true, half), 10), (Some(10), Some(5), 5));
    let two = "<completionCondition>${nrOfCompletedInstances == 2}</completionCondition>";
    assert_eq!(run(&model(false, two), 8), (Some(1), Some(2), 2));
}

/// MultiInstanceTest.testParallelSubProcessAllAutomatic
/// MultiInstanceTest.testParallelSubProcessAllAutomaticCompletionCondition
#[test]
fn what_never_waits_is_cut_off_by_its_condition() {
    let model = r#"<startEvent id="start" />
        <subProcess id="many">
          <multiInstanceLoopCharacteristics><loopCardinality>${nrOfLoops}</loopCardinality><completionCondition>${nrOfCompletedInstances == 6}</completionCondition></multiInstanceLoopCharacteristics>
          <startEvent id="s" /> <parallelGateway id="join" />
          <serviceTask id="a" camunda:expression="${sum + 1}" camunda:resultVariable="sum" />
          <serviceTask id="b" camunda:expression="${sum + 1}" camunda:resultVariable="sum" />
          s -> a -> join
          s -> b -> join
        </subProcess>
        <receiveTask id="wait" />
        start -> many -> wait"#;
    for (loops, sum) in [(5, 10), (10, 12)] {
        let desk = Desk::start(
            model,
            vars([("nrOfLoops", loops.into()), ("sum", 0.into())]),
        );
        assert_eq!(desk.var("sum"), Some(Value::Long(sum)));
        assert_eq!(desk.tokens(), ["wait"]);
    }
}

/// MultiInstanceTest.testSequentialCallActivityWithList
#[test]
fn a_called_process_calls_for_each_of_a_list() {
    let call = |key: &str, source: &str, loops: &str| {
        format!(
            r#"<startEvent id="start" />
            <callActivity id="call" calledElement="{key}"><extensionElements><camunda:in source="{source}" target="{source}" /></extensionElements>{loops}</callActivity>
            <userTask id="after-{key}" />
            start -> call -> after-{key}"#
        )
    };
    let loops = r##"<multiInstanceLoopCharacteristics camunda:collection="#{list}" camunda:elementVariable="element" />"##;
    let list = Value::List(vec!["one".into(), "two".into()]);
    let mut desk = Desk::with(&call("mid", "list", ""))
        .and("mid", &call("child", "element", loops))
        .and(
            "child",
            "<startEvent id=\"s\" /> <userTask id=\"work\" />\ns -> work\n",
        )
        .started(vars([("list", list)]));
    let elements: Vec<_> = desk
        .instance
        .tasks()
        .filter_map(|task| desk.instance.variable(&task.process_instance_id, "element"))
        .map(|variable| variable.value.to_string())
        .collect();
    assert!(elements.contains(&"one".to_owned()) && elements.contains(&"two".to_owned()));
    desk.complete("work");
    desk.complete("work");
    assert_eq!(desk.tasks(), ["after-child"]);
    assert_eq!(rounds(&mut desk), [1, 1]);
}

/// MultiInstanceTest.testAct901
#[test]
fn each_instance_has_timers_of_its_own() {
    let model = r#"<startEvent id="start" />
        <subProcess id="many">
          <multiInstanceLoopCharacteristics><loopCardinality>5</loopCardinality></multiInstanceLoopCharacteristics>
          <startEvent id="s" /> <userTask id="work" />
          <boundaryEvent id="timer" attachedToRef="work"><timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition></boundaryEvent>
          <endEvent id="late" />
          s -> work
          timer -> late
        </subProcess>
        start -> many"#;
    let mut desk = Desk::start(model, Map::new());
    assert_eq!(desk.instance.jobs().count(), 5);
    for _ in 0..5 {
        desk.execute("timer");
    }
    assert!(desk.ended());
}

/// MultiInstanceTest.testMultiInstanceCallActivityWithErrorBoundaryEvent
/// MultiInstanceTest.testSequentialMultiInstanceCallActivityWithErrorBoundaryEvent
#[test]
fn an_error_out_of_one_call_ends_all_calls() {
    let called = r#"<startEvent id="s" /> <userTask id="work" /> <exclusiveGateway id="gate" />
        <endEvent id="fine" /> <endEvent id="fail"><errorEventDefinition errorRef="broken" /></endEvent>
        s -> work -> gate
        gate -> fine if ${done}
        gate -> fail if ${!done}"#;
    for (sequential, tasks) in [(false, 2), (true, 1)] {
        let loops = format!(
            r#"isSequential="{sequential}" camunda:collection="assignees" camunda:elementVariable="assignee">"#
        );
        let model = format!(
            r#"<startEvent id="start" /> {}
            <boundaryEvent id="caught" attachedToRef="many"><errorEventDefinition errorRef="broken" /></boundaryEvent>
            <userTask id="handle" />
            start -> many
            caught -> handle"#,
            many("call", &loops)
        );
        let list = Value::List(vec!["kermit".into(), "gonzo".into()]);
        let mut desk = Desk::with(&model)
            .and("called", called)
            .started(vars([("assignees", list)]));
        assert_eq!(desk.tasks().len(), tasks);
        desk.complete_with("work", vars([("done", false.into())]));
        assert_eq!(desk.tasks(), ["handle"]);
        assert_eq!(rounds(&mut desk), [1]);
    }
}

/// MultiInstanceTest.testNestedMultiInstanceTasks
/// MultiInstanceTest.testNestedMultiInstanceTasksActivityInstance
/// MultiInstanceTest.testActiveExecutionsInParallelTasks
#[test]
fn nested_instances_stand_in_the_tree() {
    let model = r#"<startEvent id="start" />
        <subProcess id="sub"><multiInstanceLoopCharacteristics camunda:collection="processes" camunda:elementVariable="process" />
          <startEvent id="s" />
          <userTask id="many"><multiInstanceLoopCharacteristics camunda:collection="assignees" camunda:elementVariable="assignee" /></userTask>
          s -> many
        </subProcess>
        start -> sub"#;
    let two = || Value::List(vec!["a".into(), "b".into()]);
    let mut desk = Desk::start(model, vars([("processes", two()), ("assignees", two())]));
    assert_eq!(
        desk.activities(),
        "sub*[sub[many*[many many]] sub[many*[many many]]]"
    );
    assert_eq!(rounds(&mut desk), [4, 3, 2, 1]);
    let desk = many_of(
        "task",
        "><loopCardinality>3</loopCardinality>",
        false,
        Map::new(),
    );
    assert_eq!(desk.activities(), "many*[many many many]");
    assert_eq!(desk.instance.executions().count(), 5);
}

#[test]
fn only_its_instances_can_be_signalled() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <receiveTask id="wait"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></receiveTask>
        <userTask id="after" />
        start -> wait -> after
        "#,
        Map::new(),
    );
    let at = |desk: &Desk, activity: &str| -> Vec<Id> {
        let all = desk.instance.executions();
        let here = all.filter(|e| e.activity_id.as_deref() == Some(activity));
        here.map(|e| e.id.clone()).collect()
    };
    let trigger = |execution: &Id| Command::Trigger {
        execution: execution.clone(),
        variables: Map::new(),
    };
    let body = at(&desk, "wait#multiInstanceBody");
    let refused = desk
        .apply(trigger(&body[0]))
        .expect_err("it holds the others");
    assert!(matches!(refused, Error::BadRequest(_)), "{refused}");
    for instance in at(&desk, "wait") {
        desk.ok(trigger(&instance));
    }
    assert_eq!(desk.tasks(), ["after"]);
}

#[test]
fn an_error_that_nobody_catches_completes_its_instance_alone() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <userTask id="work"><multiInstanceLoopCharacteristics isSequential="true">
            <loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics></userTask>
        <userTask id="after" />
        start -> work -> after
        "#,
        Map::new(),
    );
    for _ in 0..3 {
        let task = desk.task("work").id;
        desk.ok(Command::TaskError {
            task,
            code: "LOST".into(),
            message: None,
            variables: Map::new(),
        });
    }
    assert_eq!(desk.tasks(), ["after"], "the second and third began too");
}
// not applicable: MultiInstanceTest.testParallelUserTasksBasedOnCollectionExpression: a Java bean that notes where it is asked for the collection

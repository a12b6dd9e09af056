//! Multi-instance activities, one after the other and all at once.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

fn model(loops: &str, rest: &str) -> String {
    format!(
        r#"
        <startEvent id="start" />
        <userTask id="work"><multiInstanceLoopCharacteristics {loops}</multiInstanceLoopCharacteristics></userTask>
        <userTask id="after" />
        start -> work -> after
        {rest}
        "#
    )
}

const THREE: &str = "<loopCardinality>3</loopCardinality>";

/// A variable of the body of `work`.
fn counted(desk: &Desk, name: &str) -> Option<Value> {
    let mut executions = desk.instance.executions();
    let body = executions.find(|e| e.activity_id.as_deref() == Some("work#multiInstanceBody"));
    let body = &body.expect("a body").id;
    desk.instance.variable(body, name).map(|v| v.value.clone())
}

/// Local variables of the tasks' executions, in their order.
fn locals(desk: &Desk, name: &str) -> Vec<Value> {
    let mut found: Vec<(u64, Value)> = desk
        .instance
        .tasks()
        .filter_map(|task| {
            let execution = desk.instance.execution(&task.execution_id)?;
            let variable = desk.instance.variable(&execution.id, name)?;
            Some((execution.sequence, variable.value.clone()))
        })
        .collect();
    found.sort_by_key(|(sequence, _)| *sequence);
    found.into_iter().map(|(_, value)| value).collect()
}

#[test]
fn one_after_the_other() {
    let mut desk = Desk::start(
        &model(&format!(r#"isSequential="true">{THREE}"#), ""),
        Map::new(),
    );
    for round in 0..3 {
        assert_eq!(desk.tasks(), ["work"]);
        assert_eq!(locals(&desk, "loopCounter"), [round.into()]);
        assert_eq!(counted(&desk, "nrOfInstances"), Some(3.into()));
        assert_eq!(counted(&desk, "nrOfCompletedInstances"), Some(round.into()));
        assert_eq!(counted(&desk, "nrOfActiveInstances"), Some(1.into()));
        desk.complete("work");
    }
    assert_eq!(desk.tasks(), ["after"]);
    assert_eq!(
        desk.history(),
        ["start", "work", "work", "work", "work#multiInstanceBody"]
    );
    desk.complete("after");
    assert_eq!(desk.instance, Instance::default());
}

#[test]
fn all_at_once() {
    let mut desk = Desk::start(&model(&format!(">{THREE}"), ""), Map::new());
    assert_eq!(desk.tasks(), ["work", "work", "work"]);
    assert_eq!(locals(&desk, "loopCounter"), [0.into(), 1.into(), 2.into()]);
    desk.complete("work");
    assert_eq!(counted(&desk, "nrOfCompletedInstances"), Some(1.into()));
    assert_eq!(counted(&desk, "nrOfActiveInstances"), Some(2.into()));
    desk.complete("work");
    desk.complete("work");
    assert_eq!(desk.tasks(), ["after"]);
    assert_eq!(desk.var("loopCounter"), None);
    assert_eq!(desk.var("nrOfInstances"), None);
}

#[test]
fn a_completion_condition_ends_the_rest() {
    let enough = "<completionCondition>${nrOfCompletedInstances >= 2}</completionCondition>";
    for sequential in [true, false] {
        let loops = format!(r#"isSequential="{sequential}">{THREE}{enough}"#);
        let mut desk = Desk::start(&model(&loops, ""), Map::new());
        desk.complete("work");
        assert!(desk.tasks().contains(&"work".to_owned()));
        desk.complete("work");
        assert_eq!(desk.tasks(), ["after"], "{sequential}");
        let cancelled = desk.history().contains(&"work!".to_owned());
        assert_eq!(cancelled, !sequential);
    }
    let wrong = "<completionCondition>${nrOfInstances}</completionCondition>";
    let mut desk = Desk::start(&model(&format!(">{THREE}{wrong}"), ""), Map::new());
    let task = desk.task("work").id;
    let refused = desk.apply(Command::CompleteTask {
        task,
        user: None,
        variables: Map::new(),
    });
    assert!(matches!(refused, Err(Error::Expression { .. })));
}

#[test]
fn for_each_of_a_collection() {
    let people = || Value::List(vec!["ana".into(), "ben".into()]);
    for (loops, people) in [
        (
            r#"camunda:collection="people" camunda:elementVariable="who">"#,
            people(),
        ),
        (
            r#"camunda:collection="${people}" camunda:elementVariable="who">"#,
            people(),
        ),
        (
            r#"><loopDataInputRef>people</loopDataInputRef><inputDataItem name="who" />"#,
            Value::Json(serde_json::json!(["ana", "ben"])),
        ),
    ] {
        let model = model(loops, "").replace(
            r#"<userTask id="work">"#,
            r#"<userTask id="work" camunda:assignee="${who}">"#,
        );
        let mut desk = Desk::start(&model, vars([("people", people)]));
        assert_eq!(locals(&desk, "who"), ["ana".into(), "ben".into()]);
        let mut assignees: Vec<_> = desk
            .instance
            .tasks()
            .filter_map(|t| t.assignee.clone())
            .collect();
        assignees.sort();
        assert_eq!(assignees, ["ana", "ben"]);
        desk.complete("work");
        desk.complete("work");
        assert_eq!(desk.tasks(), ["after"]);
    }
}

#[test]
fn a_collection_that_shrinks_gives_null_and_what_is_none_is_refused() {
    let loops = r#"isSequential="true" camunda:collection="list" camunda:elementVariable="x">"#;
    let list = |items: &[i32]| Value::List(items.iter().map(|&i| i.into()).collect());
    let mut desk = Desk::start(&model(loops, ""), vars([("list", list(&[1, 2]))]));
    desk.complete_with("work", vars([("list", list(&[]))]));
    assert_eq!(locals(&desk, "x"), [Value::Null]);
    for bad in [Value::Null, "ana".into(), 3.into()] {
        let mut desk = Desk::with(&model(loops, ""));
        let refused = desk.run(vars([("list", bad)]));
        assert!(matches!(refused, Err(Error::BadValue { .. })));
    }
}

#[test]
fn none_at_all_is_left_at_once_and_too_many_are_refused() {
    let count = |n: &str| model(&format!("><loopCardinality>{n}</loopCardinality>"), "");
    let desk = Desk::start(&count("${n}"), vars([("n", 0.into())]));
    assert_eq!(desk.tasks(), ["after"]);
    let empty = vars([("list", Value::List(Vec::new()))]);
    let desk = Desk::start(&model(r#"camunda:collection="list">"#, ""), empty);
    assert_eq!(desk.tasks(), ["after"]);
    for bad in [
        (-1).into(),
        Value::Long(i64::MAX),
        Value::Null,
        "many".into(),
    ] {
        let mut desk = Desk::with(&count("${n}"));
        assert!(desk.run(vars([("n", bad)])).is_err());
    }
}

#[test]
fn boundary_events_are_on_the_whole() {
    let rest = r#"
        <boundaryEvent id="late" attachedToRef="work" cancelActivity="false"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
        <boundaryEvent id="stop" attachedToRef="work"><messageEventDefinition messageRef="letter" /></boundaryEvent>
        <userTask id="remind" /> <userTask id="stopped" />
        late -> remind
        stop -> stopped
    "#;
    let mut desk = Desk::start(&model(&format!(">{THREE}"), rest), Map::new());
    assert_eq!(
        (desk.instance.jobs().count(), desk.subscriptions().len()),
        (1, 1)
    );
    desk.execute("late");
    assert_eq!(desk.tasks(), ["remind", "work", "work", "work"]);
    desk.message("letter");
    assert_eq!(desk.tasks(), ["remind", "stopped"]);
    assert!(
        desk.history()
            .contains(&"work#multiInstanceBody!".to_owned())
    );
}

const SUB: &str = r#"
    <startEvent id="start" />
    <subProcess id="sub"><multiInstanceLoopCharacteristics SEQUENCE><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
      <startEvent id="s" /> <userTask id="one" /> <userTask id="two" /> <endEvent id="e" />
      s -> one -> e
      s -> two -> e
    </subProcess>
    <boundaryEvent id="broken2" attachedToRef="sub"><errorEventDefinition /></boundaryEvent>
    <userTask id="after" /> <userTask id="repair" />
    start -> sub -> after
    broken2 -> repair
"#;

#[test]
fn a_sub_process_runs_several_times() {
    let mut desk = Desk::start(&SUB.replace("SEQUENCE", ""), Map::new());
    assert_eq!(desk.tasks(), ["one", "one", "two", "two"]);
    for task in ["one", "one", "two"] {
        desk.complete(task);
    }
    assert_eq!(desk.tasks(), ["two"]);
    desk.complete("two");
    assert_eq!(desk.tasks(), ["after"]);
    let mut desk = Desk::start(
        &SUB.replace("SEQUENCE", r#"isSequential="true""#),
        Map::new(),
    );
    for _ in 0..2 {
        assert_eq!(desk.tasks(), ["one", "two"]);
        desk.complete("one");
        desk.complete("two");
    }
    assert_eq!(desk.tasks(), ["after"]);
}

#[test]
fn instances_nest() {
    let model = r#"
        <startEvent id="start" />
        <subProcess id="sub"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
          <startEvent id="s" />
          <userTask id="work"><multiInstanceLoopCharacteristics><loopCardinality>${loopCounter + 1}</loopCardinality></multiInstanceLoopCharacteristics></userTask>
          s -> work
        </subProcess>
        <userTask id="after" />
        start -> sub -> after
    "#;
    let mut desk = Desk::start(model, Map::new());
    assert_eq!(desk.tasks(), ["work", "work", "work"]);
    for _ in 0..3 {
        desk.complete("work");
    }
    assert_eq!(desk.tasks(), ["after"]);
}

#[test]
fn the_whole_and_each_instance_can_wait_for_a_job() {
    let model = model(
        r#"camunda:asyncBefore="true" camunda:asyncAfter="true"><loopCardinality>2</loopCardinality>"#,
        "",
    )
    .replace(
        r#"<userTask id="work">"#,
        r#"<userTask id="work" camunda:asyncBefore="true" camunda:asyncAfter="true">"#,
    );
    let mut desk = Desk::start(&model, Map::new());
    assert_eq!(desk.instance.jobs().count(), 1);
    desk.execute("work");
    assert_eq!(desk.instance.jobs().count(), 2, "one for each instance");
    desk.execute("work");
    desk.execute("work");
    assert_eq!(desk.tasks(), ["work", "work"]);
    desk.complete("work");
    desk.complete("work");
    assert_eq!(desk.instance.jobs().count(), 2);
    desk.execute("work");
    desk.execute("work");
    assert_eq!(desk.instance.jobs().count(), 1, "one for the whole");
    desk.execute("work");
    assert_eq!(desk.tasks(), ["after"]);
}

#[test]
fn an_error_in_one_instance_ends_them_all() {
    let model = SUB.replace("SEQUENCE", "").replace(
        "s -> two -> e",
        r#"<endEvent id="fail"><errorEventDefinition errorRef="broken" /></endEvent>
            s -> two -> fail"#,
    );
    let mut desk = Desk::start(&model, Map::new());
    desk.complete("two");
    assert_eq!(desk.tasks(), ["repair"]);
}

#[test]
fn a_terminate_end_ends_its_instance_only() {
    let model = SUB.replace("SEQUENCE", "").replace(
        "s -> two -> e",
        r#"<endEvent id="stop"><terminateEventDefinition /></endEvent>
            s -> two -> stop"#,
    );
    let mut desk = Desk::start(&model, Map::new());
    desk.complete("two");
    assert_eq!(desk.tasks(), ["one", "two"]);
    desk.complete("two");
    assert_eq!(desk.tasks(), ["after"]);
}

/// The cost of one of many is that of one.
#[test]
fn ten_thousand_at_once() {
    let loops = "><loopCardinality>10000</loopCardinality>";
    let mut world = Desk::with(&model(loops, ""));
    world.now += chrono::TimeDelta::seconds(1);
    let mut instance = Instance::default();
    let mut next = 0_u64;
    let mut ids = || {
        next += 1;
        format!("{next:08}")
    };
    let start = Command::Start {
        id: "instance".into(),
        definition_id: DEFINITION.into(),
        business_key: None,
        user: None,
        variables: Map::new(),
        at: None,
    };
    let changes = apply(&world.world, &mut instance, start, world.now, &mut ids).expect("starts");
    assert!(changes.len() > 20_000);
    let tasks: Vec<Id> = instance.tasks().map(|task| task.id.clone()).collect();
    let mut most = 0;
    for task in tasks {
        let done = Command::CompleteTask {
            task,
            user: None,
            variables: Map::new(),
        };
        let changes = apply(&world.world, &mut instance, done, world.now, &mut ids).expect("done");
        most = most.max(changes.len());
    }
    assert!(most < 40, "{most} changes for one instance of many");
    assert_eq!(instance.tasks().count(), 1, "the task after them");
}

#[test]
fn instances_count_as_steps_when_they_are_made() {
    let mut desk = Desk::with(&model("><loopCardinality>1000</loopCardinality>", ""));
    // Two steps let an instance enter and wait; a third is the making.
    desk.world.limits.steps = 2_500;
    let stopped = desk.run(Map::new()).expect_err("1,000 tasks");
    assert!(
        matches!(stopped, Error::EndlessLoop { limit: 2_500, .. }),
        "{stopped}"
    );
    assert_eq!(stopped.place().map(|at| at.element.as_str()), Some("work"));
    assert!(desk.ended());
    desk.world.limits.steps = 3_100;
    desk.run(Map::new()).expect("a limit that fits");
    assert_eq!(desk.instance.tasks().count(), 1_000);
}

/// A multi-instance activity of one of three kinds; each instance has one task, or two.
pub fn many(kind: &str, loops: &str) -> String {
    let two = "<startEvent id=\"s\" /> <userTask id=\"one\" /> <userTask id=\"two\" />\n\
               s -> one\n s -> two\n";
    let (name, attributes, inside) = match kind {
        "task" => (
            "userTask",
            r#"name="My Task ${loopCounter}" camunda:assignee="kermit_${loopCounter}""#,
            "",
        ),
        "sub" => ("subProcess", "", two),
        _ => ("callActivity", r#"calledElement="called""#, ""),
    };
    let loops =
        format!("<multiInstanceLoopCharacteristics {loops}</multiInstanceLoopCharacteristics>");
    format!("<{name} id=\"many\" {attributes}>\n{loops}\n{inside}</{name}>")
}

fn rounds(desk: &Desk) -> Vec<(String, u32)> {
    let tasks = desk.instance.tasks();
    let mut rounds: Vec<_> = tasks
        .map(|task| (task.task_definition_key.clone(), task.round))
        .collect();
    rounds.sort();
    rounds
}

#[test]
fn instances_are_one_round_of_their_task() {
    for (loops, open) in [(String::new(), 3), (r#"isSequential="true""#.into(), 1)] {
        let back = "after -> again\n again -> work if ${more}\n again -> end if ${!more}";
        let nodes = r#"<exclusiveGateway id="again" /> <endEvent id="end" />"#;
        let rest = format!("{nodes}\n{back}");
        let mut desk = Desk::start(&model(&format!("{loops}>{THREE}"), &rest), Map::new());
        for round in 1..=2 {
            for done in 0..3 {
                let left = if open == 3 { 3 - done } else { 1 };
                assert_eq!(rounds(&desk), vec![("work".to_owned(), round); left]);
                desk.complete("work");
            }
            assert_eq!(rounds(&desk), [("after".to_owned(), round)]);
            desk.complete_with("after", vars([("more", true.into())]));
        }
    }
}

#[test]
fn each_instance_counts_the_rounds_inside_it() {
    let mut desk = Desk::start(
        r#"<startEvent id="start" />
        <subProcess id="each"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
          <startEvent id="s" /> <exclusiveGateway id="merge" /> <userTask id="fill" /> <exclusiveGateway id="good" /> <endEvent id="e" />
          s -> merge
          merge -> fill
          fill -> good
          good -> merge if ${again}
          good -> e if ${!again}
        </subProcess>
        start -> each"#,
        Map::new(),
    );
    let fill = |round| ("fill".to_owned(), round);
    assert_eq!(rounds(&desk), [fill(1), fill(1)]);
    desk.complete_with("fill", vars([("again", true.into())]));
    assert_eq!(rounds(&desk), [fill(1), fill(2)]);
    desk.complete_with("fill", vars([("again", true.into())]));
    let twice: u32 = rounds(&desk).iter().map(|(_, round)| round).sum();
    assert_eq!(twice, 4, "{:?}", rounds(&desk));
    for _ in 0..2 {
        desk.complete_with("fill", vars([("again", false.into())]));
    }
    assert!(desk.ended());
}

//! What an instance has done, and how much is in it, does not slow it down: the last steps cost
//! what the first ones did. And however deep things are inside each other, nothing overflows.
//!
//! A sample by default; `CREWDESK_CAMPAIGN=1` asks for all: a million steps of one instance.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::Map;
use std::time::{Duration, Instant};

/// An instance without the checks of [`Desk`], which are slow on purpose.
pub struct Runner {
    world: World,
    pub instance: Instance,
    pub now: chrono::DateTime<chrono::Utc>,
    ids: u64,
    steps: usize,
}

impl Runner {
    /// Started, and what that changed.
    pub fn of(desk: Desk, variables: Map) -> (Runner, Vec<Change>) {
        let mut runner = Runner {
            now: desk.now,
            world: desk.world,
            instance: Instance::default(),
            ids: 0,
            steps: 0,
        };
        let changes = runner.apply(Command::Start {
            id: "instance".into(),
            definition_id: DEFINITION.into(),
            business_key: None,
            user: None,
            variables,
            at: None,
        });
        (runner, changes)
    }

    pub fn apply(&mut self, command: Command) -> Vec<Change> {
        let ids = &mut self.ids;
        let mut next = || {
            *ids += 1;
            format!("{ids:09}")
        };
        let changes = apply(
            &self.world,
            &mut self.instance,
            command,
            self.now,
            &mut next,
        );
        let changes = changes.expect("a command that works");
        let nodes = changes.iter().filter(|change| {
            let Change::Event(event) = change else {
                return false;
            };
            matches!(
                event,
                Event::ActivityStarted { .. } | Event::ActivityEnded { .. }
            )
        });
        self.steps += nodes.count();
        changes
    }

    pub fn complete(&mut self, task: Id) -> Vec<Change> {
        self.apply(Command::CompleteTask {
            task,
            user: None,
            variables: Map::new(),
        })
    }

    pub fn tasks(&self) -> Vec<Id> {
        let mut tasks: Vec<Id> = self.instance.tasks().map(|task| task.id.clone()).collect();
        tasks.sort();
        tasks
    }
}

/// True when all is asked for.
pub fn whole() -> bool {
    std::env::var_os("CREWDESK_CAMPAIGN").is_some()
}

/// Does so many rounds in ten parts. Where all is asked for, the best of the last three takes no
/// longer than twice the best of the first three: what grows with what was done takes several times
/// as long. A sample is too short to be told from what else the machine does.
pub fn keeps_its_pace(rounds: usize, mut round: impl FnMut(usize)) {
    let mut parts: Vec<Duration> = Vec::new();
    for part in 0..10 {
        let begun = Instant::now();
        for n in 0..rounds / 10 {
            round(part * rounds / 10 + n);
        }
        parts.push(begun.elapsed());
    }
    let best = |parts: &[Duration]| parts.iter().min().expect("parts").as_secs_f64();
    let (first, last) = (best(&parts[..3]), best(&parts[7..]));
    println!("{rounds} rounds: {last} s of {first} s at first");
    assert!(
        !whole() || last < first * 2.0,
        "slower and slower: {parts:?}"
    );
}

#[test]
fn a_loop_of_many_rounds_keeps_its_pace() {
    let rounds = if whole() { 100_000 } else { 5_000 };
    let desk = Desk::with(
        r#"<startEvent id="start" />
        <exclusiveGateway id="again" />
        <serviceTask id="count" camunda:expression="${n + 1}" camunda:resultVariable="n" />
        <subProcess id="inside"><startEvent id="s" /><userTask id="work" /><endEvent id="e" />
            s -> work -> e
        </subProcess>
        <exclusiveGateway id="more" />
        <endEvent id="end" />
        start -> again -> count -> inside -> more
        more -> again if ${n > 0}
        more -> end if ${n == 0}"#,
    );
    let (mut runner, _) = Runner::of(desk, vars([("n", 0.into())]));
    keeps_its_pace(rounds, |_| {
        let task = runner.tasks().remove(0);
        runner.complete(task);
    });
    assert_eq!(
        runner.instance.executions().count(),
        3,
        "nothing is left behind"
    );
    assert!(runner.steps > rounds * 10, "{} steps", runner.steps);
}

/// Each of many instances is done in turn, whatever they are.
fn many(activity: &str, rest: &str) -> (Runner, usize) {
    let count = if whole() { 10_000 } else { 1_000 };
    let loops = format!(
        r#"<multiInstanceLoopCharacteristics><loopCardinality>{count}</loopCardinality><completionCondition>${{nrOfCompletedInstances &lt; 0}}</completionCondition></multiInstanceLoopCharacteristics>"#
    );
    let elements = format!(
        r#"<startEvent id="start" />
        {}
        start -> all
        {rest}"#,
        activity.replace("LOOPS", &loops)
    );
    let called = "<startEvent id=\"s\" /> <userTask id=\"work\" />\n s -> work";
    let desk = Desk::with(&elements).and("called", called);
    (Runner::of(desk, Map::new()).0, count)
}

fn all_are_done(activity: &str, rest: &str) {
    let (mut runner, count) = many(activity, rest);
    let tasks = runner.tasks();
    assert_eq!(tasks.len(), count);
    keeps_its_pace(count, |n| drop(runner.complete(tasks[n].clone())));
    assert!(runner.instance.is_empty(), "it has ended");
}

#[test]
fn many_parallel_tasks_keep_their_pace() {
    all_are_done(r#"<userTask id="all">LOOPS</userTask>"#, "");
}

#[test]
fn many_parallel_scopes_keep_their_pace() {
    let scope = r#"<subProcess id="all">LOOPS<startEvent id="s" /><userTask id="work" />
        <boundaryEvent id="late" attachedToRef="work"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>
        <subProcess id="watch" triggeredByEvent="true"><startEvent id="w" isInterrupting="false"><messageEventDefinition messageRef="letter" /></startEvent></subProcess>
        s -> work
        </subProcess>"#;
    all_are_done(scope, "");
}

#[test]
fn many_called_instances_keep_their_pace() {
    all_are_done(
        r#"<callActivity id="all" calledElement="called">LOOPS</callActivity>"#,
        "",
    );
}

#[test]
fn many_instances_that_can_be_undone_keep_their_pace() {
    let task = r#"<userTask id="all">LOOPS</userTask>
        <boundaryEvent id="undoes" attachedToRef="all"><compensateEventDefinition /></boundaryEvent>
        <userTask id="undo" isForCompensation="true" />
        <association id="to" sourceRef="undoes" targetRef="undo" />"#;
    all_are_done(task, "");
}

/// While a token waits to merge with those that may come.
#[test]
fn many_tokens_on_their_way_to_a_gateway_keep_their_pace() {
    let count = if whole() { 10_000 } else { 1_000 };
    let desk = Desk::with(
        r#"<startEvent id="start" /><userTask id="hold" /><userTask id="quick" /><userTask id="gone" />
        <inclusiveGateway id="merge" />
        <boundaryEvent id="more" attachedToRef="hold" cancelActivity="false"><messageEventDefinition messageRef="letter" /></boundaryEvent>
        start -> hold -> merge
        start -> quick -> merge
        more -> gone"#,
    );
    let (mut runner, _) = Runner::of(desk, Map::new());
    let hold = runner
        .instance
        .tasks()
        .find(|t| t.task_definition_key == "hold");
    let execution = hold.expect("hold").execution_id.clone();
    let quick = runner
        .instance
        .tasks()
        .find(|t| t.task_definition_key == "quick");
    let quick = quick.expect("quick").id.clone();
    runner.complete(quick);
    keeps_its_pace(count, |_| {
        runner.apply(Command::Correlate {
            execution: execution.clone(),
            message: "letter".into(),
            variables: Map::new(),
            local_variables: Map::new(),
        });
    });
    let tasks = runner.tasks();
    keeps_its_pace(count, |n| drop(runner.complete(tasks[n + 1].clone())));
    runner.complete(tasks[0].clone());
    assert!(runner.instance.is_empty(), "it has ended");
}

/// A process of eighty scopes inside each other, which calls itself in the innermost.
pub fn nested(depth: usize) -> (Runner, Vec<Change>) {
    let mut inside = r#"<startEvent id="s" /><exclusiveGateway id="deep" />
        <callActivity id="call" calledElement="called"><extensionElements><camunda:in sourceExpression="${n + 1}" target="n" /></extensionElements></callActivity>
        <userTask id="work" />
        s -> deep
        deep -> call if ${n < LIMIT}
        deep -> work if ${n >= LIMIT}"#
        .replace("LIMIT", &(depth / 80).to_string());
    for n in 0..80 {
        inside = format!(
            r#"<startEvent id="s{n}" /><subProcess id="p{n}">{inside}
            </subProcess>
            s{n} -> p{n}"#
        );
    }
    let desk = Desk::with(&inside).and("called", &inside);
    Runner::of(desk, vars([("n", 1.into())]))
}

#[test]
fn scopes_deep_inside_each_other_are_entered_left_cancelled_and_dropped() {
    let depth = 1_200;
    let (mut runner, _) = nested(depth);
    assert!(runner.instance.executions().count() > depth);
    let loaded = Instance::from_rows(runner.instance.rows());
    assert_eq!(loaded, runner.instance);
    let task = runner.tasks().remove(0);
    runner.complete(task);
    assert!(runner.instance.is_empty(), "it has ended");

    let (mut runner, _) = nested(depth);
    let all = runner.apply(Command::Cancel {
        process_instance: None,
        user: None,
        reason: "enough".into(),
    });
    let ended = all
        .iter()
        .filter(|change| matches!(change, Change::DeleteExecution(_)));
    assert!(ended.count() > depth);
    drop(loaded);
}

/// Four times as deep takes about four times as long, not sixteen times; compared where all is
/// asked for.
#[test]
fn deeper_scopes_cost_no_more_each() {
    let took = |depth: usize| {
        let run = || {
            let begun = Instant::now();
            drop(nested(depth));
            begun.elapsed()
        };
        (0..3).map(|_| run()).min().expect("runs").as_secs_f64()
    };
    let (part, all) = (took(400), took(1_600));
    println!("4 times as deep: {part} s, {all} s");
    assert!(!whole() || all < part * 10.0, "{part} s, {all} s");
}

/// A change that concerns none of the conditions that wait costs what it costs beside few of them;
/// one in a scope concerns those inside of it alone.
#[test]
fn many_conditions_cost_no_more_than_those_that_a_change_concerns() {
    let took = |count: usize| {
        let elements = format!(
            r#"<startEvent id="start" />
            <subProcess id="all"><multiInstanceLoopCharacteristics><loopCardinality>{count}</loopCardinality></multiInstanceLoopCharacteristics>
              <startEvent id="s" /><userTask id="work" />
              <boundaryEvent id="on" attachedToRef="work"><conditionalEventDefinition><condition xsi:type="tFormalExpression">${{x == 1}}</condition></conditionalEventDefinition></boundaryEvent>
              <userTask id="caught" />
              s -> work
              on -> caught
            </subProcess>
            start -> all"#
        );
        let (mut runner, _) = Runner::of(Desk::with(&elements), Map::new());
        let set = |runner: &mut Runner, scope: Id, name: &str, value: i32| {
            runner.apply(Command::SetVariables {
                scope,
                variables: vars([(name, value.into())]),
                local: true,
            })
        };
        let inside: Vec<Id> = runner
            .instance
            .executions()
            .filter(|e| e.activity_id.as_deref() == Some("all"))
            .map(|e| e.id.clone())
            .collect();
        let changes: i32 = if whole() { 2_000 } else { 20 };
        let mut took = [Duration::ZERO; 2];
        for n in 0..changes {
            let begun = Instant::now();
            set(&mut runner, "instance".into(), "y", n);
            took[0] += begun.elapsed();
            let begun = Instant::now();
            let scope = inside[n as usize % inside.len()].clone();
            set(&mut runner, scope, "x", 0);
            took[1] += begun.elapsed();
        }
        assert_eq!(runner.tasks().len(), count);
        set(&mut runner, inside[0].clone(), "x", 1);
        let caught = runner.instance.tasks();
        let caught = caught.filter(|task| task.task_definition_key == "caught");
        assert_eq!(caught.count(), 1);
        took
    };
    let few = took(10);
    let many = took(if whole() { 10_000 } else { 100 });
    println!("beside few {few:?}, beside many {many:?}");
    for (few, many) in few.into_iter().zip(many) {
        assert!(!whole() || many < few * 5, "{few:?} {many:?}");
    }
}

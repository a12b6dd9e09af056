//! Conditional events on the boundary of activities and in event sub-processes.

use crate::conditions::{TASK, boundary, condition, set};
use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

/// BoundaryConditionalEventTest.testTrueCondition
/// BoundaryConditionalEventTest.testVariableSetOnExecutionCondition
/// BoundaryConditionalEventTest.testNonInterruptingVariableCondition
#[test]
fn a_boundary_condition_interrupts_or_not() {
    let mut desk = Desk::start(&boundary(true, "${x == 1}", TASK), Map::new());
    desk.set(vars([("x", 1.into())]));
    assert_eq!(desk.tasks(), ["caught"]);
    let mut desk = Desk::start(&boundary(false, "${x == 1}", TASK), Map::new());
    desk.set(vars([("x", 1.into())]));
    assert_eq!(desk.tasks(), ["caught", "work"]);
    desk.set(vars([("x", 1.into())]));
    assert_eq!(
        desk.tasks(),
        ["caught", "caught", "work"],
        "each change is tested"
    );
    desk.set(vars([("x", 1.into()), ("y", 1.into())]));
    assert_eq!(desk.tasks().len(), 5, "each variable counts");
    let desk = Desk::start(&boundary(true, "${true}", TASK), Map::new());
    assert_eq!(
        desk.tasks(),
        ["caught"],
        "it holds when the activity begins"
    );
}

/// BoundaryConditionalEventTest.testSetVariableInExpression
/// BoundaryConditionalEventTest.testNonInterruptingSetVariableInExpression
/// BoundaryConditionalEventTest.testSetVariableInInputMapping
/// BoundaryConditionalEventTest.testSetVariableInStartListener
#[test]
fn what_an_activity_sets_itself_interrupts_it() {
    let expression =
        r#"<serviceTask id="work" camunda:expression="${execution.setVariable('x', 1)}" />"#;
    let input = r#"<userTask id="work"><extensionElements><camunda:inputOutput>
        <camunda:inputParameter name="x">${1}</camunda:inputParameter></camunda:inputOutput></extensionElements></userTask>"#;
    let listener = r#"<userTask id="work"><extensionElements>
        <camunda:executionListener event="start" expression="${execution.setVariable('x', 1)}" /></extensionElements></userTask>"#;
    for work in [expression, input, listener] {
        let desk = Desk::start(&boundary(true, "${x == 1}", work), Map::new());
        assert_eq!(desk.tasks(), ["caught"], "{work}");
    }
    let desk = Desk::start(&boundary(false, "${x == 1}", expression), Map::new());
    assert_eq!(desk.tasks(), ["caught", "next"]);
}

/// BoundaryConditionalEventTest.testSetMultipleVariables
#[test]
fn of_two_that_come_true_together_the_first_wins() {
    let model = format!(
        r#"<startEvent id="start" /> <userTask id="work" /> <userTask id="one" /> <userTask id="two" />
        <boundaryEvent id="on1" attachedToRef="work">{}</boundaryEvent>
        <boundaryEvent id="on2" attachedToRef="work">{}</boundaryEvent>
        start -> work
        on1 -> one
        on2 -> two"#,
        condition("", "${x == 1}"),
        condition("", "${y == 1}")
    );
    let mut desk = Desk::start(&model, Map::new());
    desk.set(vars([("x", 1.into()), ("y", 1.into())]));
    assert_eq!(desk.tasks(), ["one"]);
}

/// EventSubProcessStartConditionalEventTest.testVariableCondition
/// EventSubProcessStartConditionalEventTest.testVariableConditionAndStartingWithVar
/// EventSubProcessStartConditionalEventTest.testSubProcessSetVariableOnProcessInstanceCondition
#[test]
fn an_event_sub_process_begins_by_a_condition() {
    for (interrupting, tasks) in [(true, vec!["inside"]), (false, vec!["inside", "work"])] {
        let model = format!(
            r#"<startEvent id="start" /> <userTask id="work" />
            <subProcess id="handler" triggeredByEvent="true">
              <startEvent id="on" isInterrupting="{interrupting}">{}</startEvent> <userTask id="inside" />
              on -> inside
            </subProcess>
            start -> work"#,
            condition("", "${x == 1}")
        );
        let mut desk = Desk::start(&model, Map::new());
        desk.set(vars([("x", 1.into())]));
        assert_eq!(desk.tasks(), tasks);
        let desk = Desk::start(&model, vars([("x", 1.into())]));
        assert_eq!(desk.tasks(), tasks, "it holds from the start");
    }
}

/// BoundaryConditionalEventTest.testNonInterruptingTrueCondition
/// BoundaryConditionalEventTest.testFalseCondition
/// BoundaryConditionalEventTest.testWrongVariableCondition
/// BoundaryConditionalEventTest.testCleanUpConditionalEventSubscriptions
/// BoundaryConditionalEventTest.testTrueConditionWithExecutionListener
#[test]
fn on_a_boundary_it_is_tested_at_once_and_at_each_change_until_the_activity_ends() {
    let desk = Desk::start(&boundary(false, "${true}", TASK), Map::new());
    assert_eq!(desk.tasks(), ["caught", "work"]);
    assert_eq!(desk.subscriptions().len(), 1);
    let mut desk = Desk::start(&boundary(true, "${false}", TASK), Map::new());
    set(&mut desk, "instance", false, 1).expect("set");
    assert_eq!(desk.tasks(), ["work"]);
    desk.complete("work");
    assert_eq!(
        (desk.tasks(), desk.subscriptions().len()),
        (vec!["next".to_owned()], 0)
    );
    let mut desk = Desk::start(&boundary(true, "${x == 1}", TASK), Map::new());
    desk.set(vars([("y", 1.into())]));
    assert_eq!(
        (desk.tasks(), desk.subscriptions().len()),
        (vec!["work".to_owned()], 1)
    );
    desk.set(vars([("x", 1.into())]));
    assert_eq!(desk.tasks(), ["caught"]);
    let listener = r#"<userTask id="work"><extensionElements>
        <camunda:executionListener event="end" expression="${execution.setVariable('x', 1)}" /></extensionElements></userTask>"#;
    let desk = Desk::start(&boundary(true, "${true}", listener), Map::new());
    assert_eq!(
        (desk.tasks(), desk.subscriptions().len()),
        (vec!["caught".to_owned()], 0)
    );
}

/// BoundaryConditionalEventTest.testVariableCondition
/// BoundaryConditionalEventTest.testParallelVariableCondition
/// BoundaryConditionalEventTest.testParallelSetVariableOnTaskCondition
/// BoundaryConditionalEventTest.testParallelSetVariableOnExecutionCondition
#[test]
fn a_variable_of_the_task_alone_is_not_seen_on_its_boundary_one_of_its_execution_is() {
    let part = |n: i32| {
        format!(
            r#"<userTask id="work{n}" /> <endEvent id="end{n}" />
            <boundaryEvent id="on{n}" attachedToRef="work{n}">{}</boundaryEvent>
            fork -> work{n}
            on{n} -> end{n}"#,
            condition("", "${x == 1}")
        )
    };
    let model = format!(
        r#"<startEvent id="start" /> <parallelGateway id="fork" />
        {}
        {}
        start -> fork"#,
        part(1),
        part(2)
    );
    let mut desk = Desk::start(&model, Map::new());
    let task = desk.task("work1");
    set(&mut desk, &task.id, true, 1).expect("set");
    assert_eq!(desk.tasks(), ["work1", "work2"]);
    set(&mut desk, &task.execution_id, true, 1).expect("set");
    assert_eq!(desk.tasks(), ["work2"]);
    assert_eq!(desk.subscriptions().len(), 1);
    for by_task in [true, false] {
        let mut desk = Desk::start(&model, Map::new());
        let scope = if by_task {
            desk.task("work1").id
        } else {
            "instance".into()
        };
        set(&mut desk, &scope, false, 1).expect("set");
        assert!(desk.ended(), "{}", desk.tree());
    }
}

/// BoundaryConditionalEventTest.testSubProcessVariableCondition
/// BoundaryConditionalEventTest.testSubProcessSetVariableOnTaskCondition
/// BoundaryConditionalEventTest.testSubProcessSetVariableOnExecutionCondition
/// BoundaryConditionalEventTest.testNonInterruptingSubProcessVariableCondition
#[test]
fn on_the_boundary_of_a_sub_process() {
    let sub = r#"<subProcess id="work"> <startEvent id="s" /> <userTask id="inner" />
        s -> inner
        </subProcess>"#;
    let start = |interrupting| Desk::start(&boundary(interrupting, "${x == 1}", sub), Map::new());
    let mut desk = start(true);
    let task = desk.task("inner");
    set(&mut desk, &task.id, true, 1).expect("set");
    assert_eq!(desk.tasks(), ["inner"]);
    let scopes: [fn(&Desk) -> Id; 2] = [
        |desk| desk.task("inner").id,
        |desk| desk.task("inner").execution_id,
    ];
    for scope in scopes {
        let mut desk = start(true);
        let scope = scope(&desk);
        set(&mut desk, &scope, false, 1).expect("set");
        assert_eq!(desk.tasks(), ["caught"]);
    }
    let mut desk = start(false);
    let task = desk.task("inner");
    set(&mut desk, &task.id, false, 1).expect("set");
    assert_eq!(desk.tasks(), ["caught", "inner"]);
}

/// An event sub-process of the process by this condition, beside `inner` in a sub-process or not.
fn handled(interrupting: bool, text: &str, attributes: &str, nested: bool) -> String {
    let work = if nested {
        r#"<subProcess id="work"> <startEvent id="s" /> <userTask id="inner" />
        s -> inner
        </subProcess>"#
    } else {
        r#"<userTask id="work" />"#
    };
    format!(
        r#"<startEvent id="start" /> {work}
        <subProcess id="handler" triggeredByEvent="true">
          <startEvent id="on" isInterrupting="{interrupting}">{}</startEvent> <userTask id="inside" />
          on -> inside
        </subProcess>
        start -> work"#,
        condition(attributes, text)
    )
}

/// EventSubProcessStartConditionalEventTest.testTrueCondition
/// EventSubProcessStartConditionalEventTest.testFalseCondition
/// EventSubProcessStartConditionalEventTest.testWrongVariableCondition
/// EventSubProcessStartConditionalEventTest.testNonInterruptingVariableCondition
#[test]
fn an_event_sub_process_hears_the_process() {
    let desk = Desk::start(&handled(true, "${true}", "", false), Map::new());
    assert_eq!(
        (desk.tasks(), desk.subscriptions().len()),
        (vec!["inside".to_owned()], 0)
    );
    for (text, variable) in [("${false}", "x"), ("${x == 1}", "y")] {
        let mut desk = Desk::start(&handled(true, text, "", false), Map::new());
        desk.set(vars([(variable, 1.into())]));
        assert_eq!(
            (desk.tasks(), desk.subscriptions().len()),
            (vec!["work".to_owned()], 1)
        );
    }
    let mut desk = Desk::start(&handled(false, "${x == 1}", "", false), Map::new());
    desk.set(vars([("x", 1.into())]));
    assert_eq!(
        (desk.tree(), desk.subscriptions().len()),
        ("handler(inside) work".into(), 1)
    );
}

/// EventSubProcessStartConditionalEventTest.testSubProcessVariableCondition
/// EventSubProcessStartConditionalEventTest.testSubProcessSetVariableOnTaskCondition
/// EventSubProcessStartConditionalEventTest.testSubProcessSetVariableOnExecutionCondition
#[test]
fn it_does_not_hear_what_is_local_further_in() {
    let model = handled(true, "${x == 1}", "", true);
    for own_of_task in [true, false] {
        let mut desk = Desk::start(&model, Map::new());
        let task = desk.task("inner");
        let scope = if own_of_task {
            task.id
        } else {
            task.execution_id
        };
        set(&mut desk, &scope, true, 1).expect("set");
        assert_eq!(desk.tasks(), ["inner"]);
    }
    let mut desk = Desk::start(&model, Map::new());
    let task = desk.task("inner").id;
    set(&mut desk, &task, false, 1).expect("set");
    assert_eq!(desk.tree(), "handler(inside)");
}

/// EventSubProcessStartConditionalEventTest.testVariableConditionWithHistory
/// EventSubProcessStartConditionalEventTest.testNonInterruptingVariableConditionWithHistory
#[test]
fn what_an_instance_starts_with_is_told_once() {
    let update = r#"camunda:variableName="x" camunda:variableEvents="update""#;
    for (interrupting, attributes, tasks, waiting) in [
        (true, "", vec!["inside"], 0),
        (false, update, vec!["inside", "work"], 1),
    ] {
        let model = handled(interrupting, "${x == 1}", attributes, false);
        let desk = Desk::start(&model, vars([("x", 1.into()), ("kept", "here".into())]));
        assert_eq!(
            (desk.tasks(), desk.subscriptions().len()),
            (tasks.iter().map(|t| (*t).to_owned()).collect(), waiting)
        );
        let told = desk
            .log
            .iter()
            .filter(|e| matches!(e, Event::VariableSet { .. }));
        assert_eq!(told.count(), 2);
        assert_eq!(desk.var("kept"), Some(Value::from("here")));
    }
}

/// BoundaryConditionalEventTest.testSetVariableInMultiInstance
/// BoundaryConditionalEventTest.testNonInterruptingSetVariableInMultiInstance
#[test]
fn the_counters_of_many_instances_are_variables_that_change() {
    let many = r#"<userTask id="work"><multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics></userTask>"#;
    let desk = Desk::start(&boundary(true, "${nrOfInstances == 3}", many), Map::new());
    assert_eq!(desk.tasks(), ["caught"]);
    let mut desk = Desk::start(&boundary(false, "${nrOfInstances == 3}", many), Map::new());
    let count = |desk: &Desk, task: &str| desk.tasks().iter().filter(|t| *t == task).count();
    assert_eq!(count(&desk, "work"), 3);
    for _ in 0..3 {
        desk.complete("work");
    }
    assert!(count(&desk, "caught") >= 3);
    assert_eq!(desk.subscriptions().len(), 0);
}

/// BoundaryConditionalEventTest.testSetVariableInCallActivity
/// BoundaryConditionalEventTest.testNonInterruptingSetVariableInCallActivity
/// BoundaryConditionalEventTest.testSetVariableInSubProcessInDelegatedCode
/// BoundaryConditionalEventTest.testNonInterruptingSetVariableInSubProcessInDelegatedCode
#[test]
fn what_a_called_process_sets_is_its_own_what_a_sub_process_sets_is_not() {
    let body = r#"<startEvent id="s" /> <serviceTask id="setter" camunda:expression="${execution.setVariable('x', 1)}" /> <userTask id="inner" />
        s -> setter -> inner"#;
    let call = r#"<callActivity id="work" calledElement="called" />"#;
    let sub = format!("<subProcess id=\"work\">\n{body}\n</subProcess>");
    for interrupting in [true, false] {
        let desk = Desk::with(&boundary(interrupting, "${x == 1}", call))
            .and("called", body)
            .started(Map::new());
        assert_eq!(desk.tasks(), ["inner"]);
        let desk = Desk::start(&boundary(interrupting, "${x == 1}", &sub), Map::new());
        let expected: &[&str] = if interrupting {
            &["caught"]
        } else {
            &["caught", "inner"]
        };
        assert_eq!(desk.tasks(), expected);
    }
}

/// BoundaryConditionalEventTest.testSetVariableInEndListener
/// BoundaryConditionalEventTest.testNonInterruptingSetVariableInEndListener
#[test]
fn what_its_end_sets_comes_too_late() {
    let listener = r#"<userTask id="work"><extensionElements>
        <camunda:executionListener event="end" expression="${execution.setVariable('x', 1)}" /></extensionElements></userTask>"#;
    for interrupting in [true, false] {
        let mut desk = Desk::start(&boundary(interrupting, "${x == 1}", listener), Map::new());
        desk.complete("work");
        assert_eq!(desk.tasks(), ["next"]);
    }
}

/// ConditionalEventWithSpecificVariableEventTest.testVariableConditionWithVariableName
/// ConditionalEventWithSpecificVariableEventTest.testVariableConditionWithVariableNameAndEvent
/// ConditionalEventWithSpecificVariableEventTest.testNonInterruptingVariableConditionWithVariableName
/// ConditionalEventWithSpecificVariableEventTest.testNonInterruptingVariableConditionWithVariableNameAndEvents
/// ConditionalEventWithSpecificVariableEventTest.testVariableConditionWithVariableEvent
/// ConditionalEventWithSpecificVariableEventTest.testNonInterruptingVariableConditionWithVariableEvent
#[test]
fn on_boundaries_and_in_event_sub_processes_too_one_variable_and_some_changes() {
    type Model = fn(bool, &str, &str) -> (String, &'static str);
    let models: [Model; 2] = [
        |interrupting, text, attributes| {
            let model = boundary(interrupting, text, TASK);
            let definition = format!("<conditionalEventDefinition {attributes}");
            (
                model.replace("<conditionalEventDefinition ", &definition),
                "caught",
            )
        },
        |interrupting, text, attributes| (handled(interrupting, text, attributes, false), "inside"),
    ];
    let named = r#"camunda:variableName="x" "#;
    let updated = r#"camunda:variableEvents="update" "#;
    let both = r#"camunda:variableName="x" camunda:variableEvents="create, update" "#;
    for model in models {
        let count = |desk: &Desk, task: &str| desk.tasks().iter().filter(|t| *t == task).count();
        let change = |desk: &mut Desk, name: &str| desk.set(vars([(name, 1.into())]));
        let start = |interrupting, text: &str, attributes: &str, variables: Map| {
            let (model, task) = model(interrupting, text, attributes);
            (Desk::start(&model, variables), task)
        };

        let (mut desk, task) = start(true, "${x == 1}", named, Map::new());
        change(&mut desk, "y");
        assert_eq!(desk.tasks(), ["work"]);
        change(&mut desk, "x");
        assert_eq!(
            (desk.tasks(), desk.subscriptions().len()),
            (vec![task.to_owned()], 0)
        );

        let (mut desk, task) = start(true, "${x == 1}", &(named.to_owned() + updated), Map::new());
        change(&mut desk, "x");
        assert_eq!(desk.tasks(), ["work"], "created");
        change(&mut desk, "x");
        assert_eq!(desk.tasks(), [task]);

        let (mut desk, task) = start(true, "${x == 1}", updated, vars([("y", 0.into())]));
        change(&mut desk, "x");
        assert_eq!(desk.tasks(), ["work"], "created");
        change(&mut desk, "y");
        assert_eq!(desk.tasks(), [task], "any variable");

        let remove = || Command::RemoveVariables {
            scope: "instance".into(),
            names: vec!["x".into()],
        };
        let (mut desk, task) = start(false, "${true}", named, Map::new());
        assert_eq!(count(&desk, task), 1);
        for name in ["y", "x", "x"] {
            change(&mut desk, name);
        }
        desk.ok(remove());
        assert_eq!((count(&desk, task), desk.subscriptions().len()), (4, 1));

        let (mut desk, task) = start(false, "${x == 1}", both, Map::new());
        change(&mut desk, "x");
        change(&mut desk, "x");
        desk.ok(remove());
        assert_eq!((count(&desk, task), desk.subscriptions().len()), (2, 1));

        let (mut desk, task) = start(false, "${x == 1}", updated, Map::new());
        for _ in 0..3 {
            change(&mut desk, "x");
        }
        assert_eq!((count(&desk, task), desk.subscriptions().len()), (2, 1));
    }
}

/// What made it hold is older than the condition, whoever else waits for conditions.
#[test]
fn a_condition_that_holds_from_the_beginning_happens_once() {
    for other in ["", "or something else waits"] {
        let watch = r#"<subProcess id="watch" triggeredByEvent="true">
            <startEvent id="never" isInterrupting="false"><conditionalEventDefinition><condition xsi:type="tFormalExpression">${x == 9}</condition></conditionalEventDefinition></startEvent>
            </subProcess>"#;
        let watch = if other.is_empty() { "" } else { watch };
        let desk = Desk::start(
            &format!(
                r#"
                <startEvent id="start" />
                <userTask id="work"><extensionElements><camunda:inputOutput>
                    <camunda:inputParameter name="y">${{x}}</camunda:inputParameter>
                </camunda:inputOutput></extensionElements></userTask>
                <boundaryEvent id="holds" attachedToRef="work" cancelActivity="false">
                    <conditionalEventDefinition><condition xsi:type="tFormalExpression">${{y == 2}}</condition></conditionalEventDefinition>
                </boundaryEvent>
                <userTask id="told" />
                {watch}
                start -> work
                holds -> told
                "#
            ),
            vars([("x", 2.into())]),
        );
        assert_eq!(desk.tasks(), ["told", "work"], "{other}");
    }
}

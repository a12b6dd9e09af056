//! User tasks: attributes, claiming, changing, listeners, rounds.

use crate::support::*;
use chrono::TimeDelta;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

#[test]
fn attributes_are_evaluated_when_the_task_is_created() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" camunda:initiator="starter" />
        <userTask id="work" name="Call ${customer}" camunda:assignee="${starter}"
            camunda:candidateUsers="ann, ${bob},ann" camunda:candidateGroups="${groups}"
            camunda:dueDate="P2D" camunda:followUpDate="${when}" camunda:priority="${10 + 5}">
          <documentation>about ${customer}</documentation>
        </userTask>
        start -> work
        "#,
        vars([
            ("customer", "Ada".into()),
            ("bob", "bob,carl".into()),
            ("groups", Value::List(vec!["sales".into(), "team".into()])),
            ("when", "2026-03-03T08:00:00Z".into()),
        ]),
    );
    let task = desk.task("work");
    assert_eq!(task.name, "Call Ada");
    assert_eq!(task.description.as_deref(), Some("about Ada"));
    assert_eq!(task.assignee.as_deref(), Some("demo"));
    assert_eq!(task.candidate_users, ["ann", "bob", "carl"]);
    assert_eq!(task.candidate_groups, ["sales", "team"]);
    assert_eq!(task.due, Some(desk.now + TimeDelta::days(2)));
    assert_eq!(task.first_due, task.due);
    assert_eq!(task.follow_up, Some(desk.now + TimeDelta::days(1)));
    assert_eq!(task.priority, 15);
    assert_eq!(desk.var("starter"), Some("demo".into()));
}

#[test]
fn what_the_model_does_not_say_has_its_default() {
    let desk = Desk::start(
        r#"<startEvent id="start" /> <userTask id="work" name="Work" camunda:dueDate="${due}" />
        start -> work"#,
        vars([("due", Value::Null)]),
    );
    let task = desk.task("work");
    assert_eq!((task.priority, task.due, task.assignee), (50, None, None));
    assert_eq!((task.name.as_str(), task.round), ("Work", 1));
}

#[test]
fn an_attribute_of_the_wrong_type_is_an_error() {
    for (attribute, value) in [
        ("dueDate", Value::from("soon")),
        ("dueDate", true.into()),
        ("priority", "high".into()),
        ("assignee", 7.into()),
        ("candidateUsers", Value::List(vec![7.into()])),
    ] {
        let mut desk = Desk::with(&format!(
            r#"<startEvent id="start" /> <userTask id="work" camunda:{attribute}="${{x}}" />
            start -> work"#
        ));
        let error = desk.run(vars([("x", value)])).expect_err(attribute);
        assert!(
            matches!(&error, Error::BadValue { at, .. } if at.element == "work"),
            "{error}"
        );
    }
}

const ONE: &str = r#"
    <startEvent id="start" /> <userTask id="work" camunda:candidateUsers="ann,bob" />
    start -> work
"#;

#[test]
fn the_second_to_claim_is_told_who_was_first() {
    let mut desk = Desk::start(ONE, Map::new());
    let task = desk.task("work").id;
    let claim = |user: &str| Command::Claim {
        task: task.clone(),
        user: user.into(),
    };
    desk.ok(claim("ann"));
    assert!(
        desk.ok(claim("ann")).is_empty(),
        "claiming again changes nothing"
    );
    let refused = desk.apply(claim("bob")).expect_err("refused");
    assert_eq!(refused.class(), "TaskAlreadyClaimedException");
    assert!(refused.to_string().contains("'ann'"));
    assert_eq!(desk.task("work").assignee.as_deref(), Some("ann"));
}

#[test]
fn a_change_tells_what_differs_and_nothing_else() {
    let mut desk = Desk::start(ONE, Map::new());
    let task = desk.task("work").id;
    let due = desk.now + TimeDelta::hours(3);
    let patch = TaskPatch {
        assignee: Some(Some("bob".into())),
        priority: Some(50),
        due: Some(Some(due)),
        ..TaskPatch::default()
    };
    let changes = desk.ok(Command::UpdateTask { task, patch });
    let told: Vec<&str> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Event(Event::TaskAssigned { .. }) => Some("assignee"),
            Change::Event(Event::TaskUpdated { property, .. }) => Some(*property),
            _ => None,
        })
        .collect();
    assert_eq!(told, ["assignee", "dueDate"]);
    assert_eq!(desk.task("work").first_due, Some(due));
}

#[test]
fn a_task_that_comes_back_counts_its_rounds() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <userTask id="work" /> <exclusiveGateway id="good" default="good-work" />
        <endEvent id="end" />
        start -> work -> good
        good -> end if ${ok}
        good -> work
        "#,
        Map::new(),
    );
    for round in 1..=3 {
        assert_eq!(desk.task("work").round, round);
        desk.complete_with("work", vars([("ok", (round == 3).into())]));
    }
    assert!(desk.ended());
}

#[test]
fn task_local_variables_shadow_and_go_with_the_task() {
    let mut desk = Desk::start(ONE, vars([("note", "outer".into())]));
    let task = desk.task("work").id;
    desk.ok(Command::SetVariables {
        scope: task.clone(),
        variables: vars([("note", "mine".into())]),
        local: true,
    });
    desk.ok(Command::SetVariables {
        scope: task.clone(),
        variables: vars([("note", "changed".into()), ("fresh", 1.into())]),
        local: false,
    });
    assert_eq!(
        desk.instance.variable(&task, "note").map(|v| &v.value),
        Some(&"changed".into())
    );
    assert_eq!(desk.var("note"), Some("outer".into()));
    assert_eq!(desk.var("fresh"), Some(Value::Integer(1)));
    desk.complete("work");
    assert!(desk.ended());
}

#[test]
fn listeners_hear_of_each_event_in_order() {
    let listener = |event: &str| {
        format!(
            r#"<camunda:taskListener event="{event}" expression="${{execution.setVariable('heard', heard.concat(' ').concat(task.eventName))}}" />"#
        )
    };
    let model = format!(
        r#"
        <startEvent id="start" />
        <userTask id="work"><extensionElements>{}{}{}{}{}</extensionElements></userTask>
        <boundaryEvent id="stop" attachedToRef="work"><messageEventDefinition messageRef="letter" /></boundaryEvent>
        <userTask id="after" />
        start -> work
        stop -> after
        "#,
        listener("create"),
        listener("assignment"),
        listener("update"),
        listener("complete"),
        listener("delete")
    );
    let mut desk = Desk::start(&model, vars([("heard", "".into())]));
    let task = desk.task("work").id;
    desk.ok(Command::Claim {
        task: task.clone(),
        user: "ann".into(),
    });
    assert_eq!(desk.var("heard"), Some(" create update assignment".into()));
    let mut other = Desk::start(&model, vars([("heard", "".into())]));
    desk.complete("work");
    assert_eq!(
        desk.last("heard"),
        Some(" create update assignment complete".into())
    );
    let execution = other.task("work").execution_id;
    other.ok(Command::Correlate {
        local_variables: Map::new(),
        execution,
        message: "letter".into(),
        variables: Map::new(),
    });
    assert_eq!(other.var("heard"), Some(" create delete".into()));
}

#[test]
fn a_listener_may_change_the_task() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" />
        <userTask id="work" name="Work"><extensionElements>
          <camunda:taskListener event="create" expression="${task.setAssignee('ann')}" />
          <camunda:taskListener event="create" expression="${task.addCandidateGroup('team')}" />
          <camunda:taskListener event="create" expression="${task.setPriority(70)}" />
          <camunda:taskListener event="create" expression="${task.setName('For '.concat(task.assignee))}" />
          <camunda:taskListener event="create" expression="${task.setDueDate(dateTime().plusDays(1).toDate())}" />
          <camunda:taskListener event="assignment" expression="${execution.setVariable('told', task.assignee)}" />
        </extensionElements></userTask>
        start -> work
        "#,
        Map::new(),
    );
    let task = desk.task("work");
    assert_eq!((task.assignee.as_deref(), task.priority), (Some("ann"), 70));
    assert_eq!(
        (task.name.as_str(), task.candidate_groups),
        ("For ann", vec!["team".to_owned()])
    );
    assert_eq!(task.due, Some(desk.now + TimeDelta::days(1)));
    assert_eq!(desk.var("told"), Some("ann".into()));
}

#[test]
fn a_listener_that_fails_undoes_the_command() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <userTask id="work"><extensionElements>
          <camunda:taskListener event="complete" expression="${missing.value}" />
        </extensionElements></userTask>
        start -> work
        "#,
        Map::new(),
    );
    let task = desk.task("work").id;
    let refused = desk.apply(Command::CompleteTask {
        task,
        user: None,
        variables: vars([("x", 1.into())]),
    });
    assert!(matches!(refused, Err(Error::Expression { .. })));
    assert_eq!(desk.var("x"), None);
    assert_eq!(desk.tokens(), ["work"]);
}

#[test]
fn the_first_due_date_is_remembered_from_round_to_round() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <exclusiveGateway id="merge" />
        <userTask id="work" camunda:dueDate="${due}" />
        start -> merge -> work -> merge
        "#,
        vars([("due", Value::Null)]),
    );
    assert_eq!(desk.task("work").first_due, None);
    let first = desk.now + TimeDelta::days(1);
    let second = first + TimeDelta::days(1);
    for due in [first, second] {
        let patch = TaskPatch {
            due: Some(Some(due)),
            ..TaskPatch::default()
        };
        let task = desk.task("work").id;
        desk.ok(Command::UpdateTask { task, patch });
        let task = desk.task("work");
        assert_eq!((task.due, task.first_due), (Some(due), Some(first)));
    }
    desk.complete("work");
    let back = desk.task("work");
    assert_eq!((back.round, back.first_due), (2, Some(first)));
    assert_eq!(back.due, Some(second));
}

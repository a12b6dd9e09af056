//! Incidents of called instances, and those of their callers that they cause.

use crate::calls::{caller, fail};
use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::Map;

/// Three levels: `call` calls `middle`, whose `inner` calls `called`, with an external task.
fn three_levels() -> Desk {
    let middle = r#"<startEvent id="s" /> <callActivity id="inner" calledElement="called" />
        <boundaryEvent id="stop" attachedToRef="inner"><messageEventDefinition messageRef="letter" /></boundaryEvent>
        <userTask id="instead" />
        s -> inner
        stop -> instead"#;
    let work = r#"<startEvent id="s" />
        <serviceTask id="work" camunda:type="external" camunda:topic="t" />
        <serviceTask id="other" camunda:type="external" camunda:topic="t" />
        s -> work
        s -> other"#;
    let outer = caller("", "").replace("calledElement=\"called\"", "calledElement=\"middle\"");
    Desk::with(&outer)
        .and("middle", middle)
        .and("called", work)
        .started(Map::new())
}

#[test]
fn an_incident_of_a_called_instance_is_one_of_all_its_callers() {
    let mut desk = three_levels();
    let task = fail(&mut desk, "work");
    let incident = |activity: &str| {
        let mut all = desk.instance.incidents();
        all.find(|i| i.activity_id == activity)
            .expect("an incident")
            .clone()
    };
    let (work, inner, call) = (incident("work"), incident("inner"), incident("call"));
    assert_eq!((&work.cause, &work.root_cause), (&None, &None));
    assert_eq!(
        (&work.configuration, work.message.as_deref()),
        (&task, Some("no"))
    );
    assert_eq!(inner.cause.as_ref(), Some(&work.id));
    assert_eq!(
        call.cause.as_ref(),
        Some(&inner.id),
        "each is caused by the one below"
    );
    for above in [&inner, &call] {
        assert_eq!(above.root_cause.as_ref(), Some(&work.id));
        assert_eq!(above.kind, "failedExternalTask");
        assert_eq!((above.configuration.as_str(), &above.message), ("", &None));
    }
    assert_eq!(call.process_instance_id, "instance");
    let execution = desk
        .instance
        .execution(&call.execution_id)
        .expect("the call activity");
    assert_eq!(execution.activity_id.as_deref(), Some("call"));

    let told = desk
        .log
        .iter()
        .filter(|e| matches!(e, Event::IncidentCreated { .. }));
    assert_eq!(told.count(), 3, "the history hears of each");
    desk.ok(Command::SetExternalTaskRetries { task, retries: 1 });
    assert_eq!(
        desk.instance.incidents().count(),
        0,
        "all are over with the cause"
    );
    let told = desk
        .log
        .iter()
        .filter(|e| matches!(e, Event::IncidentResolved { .. }));
    assert_eq!(told.count(), 3);
}

#[test]
fn each_incident_of_a_called_instance_is_resolved_alone() {
    let mut desk = three_levels();
    let first = fail(&mut desk, "work");
    let second = fail(&mut desk, "other");
    let again = fail_again(&mut desk, &first);
    assert_eq!(
        desk.instance.incidents().count(),
        6,
        "a second failure is the same incident"
    );
    desk.ok(Command::SetExternalTaskRetries {
        task: again,
        retries: 1,
    });
    let left: Vec<_> = desk
        .instance
        .incidents()
        .map(|i| i.root_cause.clone())
        .collect();
    assert_eq!(left.len(), 3);
    let cause = desk
        .instance
        .incidents()
        .find(|i| i.configuration == second);
    let cause = cause.expect("the second").id.clone();
    assert_eq!(
        left.iter().flatten().filter(|root| **root == cause).count(),
        2
    );
}

fn fail_again(desk: &mut Desk, task: &Id) -> Id {
    desk.ok(Command::SetExternalTaskRetries {
        task: task.clone(),
        retries: 0,
    });
    task.clone()
}

#[test]
fn an_incident_goes_with_what_is_cancelled_and_so_do_those_that_it_caused() {
    let mut desk = three_levels();
    fail(&mut desk, "work");
    desk.message("letter");
    assert_eq!(desk.tasks(), ["instead"]);
    assert_eq!(desk.instance.incidents().count(), 0);
    let told = desk
        .log
        .iter()
        .filter(|e| matches!(e, Event::IncidentResolved { .. }));
    assert_eq!(told.count(), 3);
}
// not applicable: CallActivityTest.testCallProcessByVersionTagAsDelegateExpression: the tag comes from a Java bean

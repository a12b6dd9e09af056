//! What a head operates: versions of processes, incidents and jobs, an instance by hand.

use super::operated::incident;
use super::sample::at;
use super::{Desk, SIZES};
use crate::client::DeskError;
use crate::client::operate::BatchView;
use crate::tui::keymap::{Command, Key};
use crate::tui::state::{Scope, Tab};
use crate::tui::words;
use std::collections::BTreeMap;

fn check(name: &str, prepare: impl Fn(&mut Desk)) {
    for (width, height) in SIZES.into_iter().chain([(200, 50)]) {
        let mut desk = Desk::of("mara", width, height);
        prepare(&mut desk);
        desk.draw();
        let shown = desk.text();
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(format!("{name}-{width}x{height}"), shown));
    }
}

fn done(desk: &Desk) -> Vec<String> {
    std::mem::take(&mut desk.client.data().operated.done)
}

#[test]
fn screens() {
    check("processes", |desk| {
        desk.keys("V f");
    });
    check("processes-suspend", |desk| {
        desk.keys("V s");
    });
    check("processes-delete", |desk| {
        desk.keys("V f down down x");
    });
    check("incidents", |desk| {
        desk.keys("i");
    });
    check("incidents-and-jobs", |desk| {
        desk.keys("i f f space space down");
    });
    check("incidents-none", |desk| {
        desk.client.data().operated.incidents.clear();
        desk.keys("i");
    });
    check("incidents-retry", |desk| {
        desk.keys("i a t");
    });
    check("instance-set-variable", |desk| {
        desk.keys("2 enter v down down E");
    });
    check("instance-event", |desk| {
        desk.keys("2 enter w");
    });
}

#[test]
fn an_employee_comes_to_none_of_it() {
    let mut desk = Desk::of("ana", 120, 40);
    for keys in ["2 V", "2 i", "2 enter s", "w", "E", "v delete"] {
        desk.keys(keys);
        let scope = desk.state().scope();
        assert!(
            !matches!(scope, Scope::Versions | Scope::Incidents),
            "{keys}"
        );
        assert!(desk.state().overlay.is_none(), "{keys}");
    }
    assert_eq!(done(&desk), Vec::<String>::new());
}

#[test]
fn a_version_is_suspended_and_back() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("V f down s");
    assert!(desk.shows("7 running instances"), "{}", desk.text());
    desk.keys("alt-c");
    assert_eq!(
        done(&desk),
        ["suspend database-insertion Some(2) true false"]
    );
    assert!(
        desk.shows("Suspended database-insertion v2"),
        "{}",
        desk.text()
    );
    desk.keys("u");
    assert_eq!(
        done(&desk),
        ["suspend database-insertion Some(2) false false"]
    );
    // With its instances: which of them were suspended before nobody knows afterwards.
    desk.keys("s right alt-c");
    assert_eq!(
        done(&desk),
        ["suspend database-insertion Some(2) true true"]
    );
    let before = desk.state().undo.len();
    assert_eq!(before, 0);
}

#[test]
fn a_version_on_which_something_runs_is_not_deleted() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("V f x");
    assert!(desk.shows("instances run on it"), "{}", desk.text());
    desk.keys("down down x right alt-c");
    assert_eq!(done(&desk), ["delete database-insertion 1 true"]);
    assert!(
        desk.shows("and the history of 1 instance"),
        "{}",
        desk.text()
    );
    assert_eq!(desk.client.data().operated.versions.len(), 3);
    assert!(
        !desk.shows("database-insertion         v1"),
        "{}",
        desk.text()
    );
}

#[test]
fn what_runs_on_a_version_moves_once_it_is_said_what_can() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("V f down m alt-c");
    assert!(desk.shows("1 instance can move to v3"), "{}", desk.text());
    assert!(
        desk.shows("- Orders 17 Nov: There is no migration instruction"),
        "{}",
        desk.text()
    );
    desk.keys("alt-c");
    assert_eq!(
        done(&desk),
        [
            "migrate database-insertion:2:0199 to None true",
            "migrate database-insertion:2:0199 to None false"
        ]
    );
    assert!(desk.shows("Moved 1 instance of 2"), "{}", desk.text());
}

#[test]
fn a_batch_stands_among_the_incidents_and_is_stopped_there() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.client.data().operated.batches = vec![BatchView {
        id: "batch-1".into(),
        kind: "instance-migration".into(),
        total: 100,
        completed: 40,
        failed: 2,
        suspended: false,
        stopped: None,
        user_id: Some("mara".into()),
        created: at(-5),
        failures: Vec::new(),
    }];
    desk.keys("i");
    assert!(desk.shows("40 of 100 done, 2 failed"), "{}", desk.text());
    desk.keys("enter alt-c");
    assert_eq!(done(&desk), ["suspend batch batch-1 true"]);
}

#[test]
fn the_instances_of_a_version_are_shown_until_escape() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("V f down enter");
    assert_eq!(desk.state().tab(), Tab::Jobs);
    assert!(
        desk.shows("Open jobs on database-insertion v2"),
        "{}",
        desk.text()
    );
    desk.keys("esc");
    assert!(!desk.shows("on database-insertion v2"), "{}", desk.text());
}

#[test]
fn one_incident_is_tried_again_at_once_and_many_after_a_question() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("i t");
    assert_eq!(done(&desk), ["retry 1"]);
    assert!(desk.shows("1 step tried again"), "{}", desk.text());
    let many = (0..130).map(|n| incident(n, false, "the server does not answer"));
    desk.client.data().operated.incidents = many.collect();
    desk.keys("f5 a t");
    assert!(desk.shows("Try 130 failed steps again?"), "{}", desk.text());
    assert_eq!(
        done(&desk),
        Vec::<String>::new(),
        "nothing before the answer"
    );
    desk.keys("enter");
    assert_eq!(done(&desk), ["retry 50", "retry 50", "retry 30"]);
    assert!(desk.shows("130 steps tried again"), "{}", desk.text());
    assert!(desk.shows("No incident"), "{}", desk.text());
}

#[test]
fn a_filter_says_which_are_tried_and_what_was_refused_stays() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("i /").types("identifier").keys("enter a");
    assert!(desk.shows("1 marked"), "{}", desk.text());
    desk.client.data().refuse = Some(DeskError::Conflict("the desk is being moved".into()));
    desk.keys("t");
    assert!(
        desk.shows("1 still to try: the desk is being moved"),
        "{}",
        desk.text()
    );
    assert!(desk.state().retrying.is_none());
    desk.keys("esc");
    desk.keys("a t");
    assert_eq!(done(&desk), ["retry 1"]);
}

#[test]
fn a_job_runs_now_or_at_another_time() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("i f c");
    assert_eq!(done(&desk), ["run job-2"]);
    desk.keys("d").types("14:00").keys("alt-c");
    assert_eq!(done(&desk), ["due job-2 2025-11-18T13:00:00+00:00"]);
    desk.keys("u");
    assert_eq!(done(&desk), ["due job-2 2025-11-18T10:00:00+00:00"]);
    // Of an instance: what it has, failed or not.
    desk.keys("2 down i");
    assert_eq!(desk.state().scope(), Scope::Incidents);
    desk.keys("enter i");
    assert!(desk.shows("of this instance"), "{}", desk.text());
}

#[test]
fn an_instance_is_suspended_and_goes_on() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("2 enter");
    let id = desk.state().instance_id().unwrap();
    desk.keys("s");
    assert_eq!(done(&desk), [format!("suspend {id} true")]);
    assert!(desk.shows("suspended"), "{}", desk.text());
    desk.keys("u");
    assert_eq!(done(&desk), [format!("suspend {id} false")]);
    // Several at once: those that stand as the first one does.
    desk.keys("esc space space s");
    assert_eq!(done(&desk).len(), 2);
}

#[test]
fn a_variable_is_set_deleted_and_given_back() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("2 enter v down down E");
    assert!(desk.shows("Set tableName"), "{}", desk.text());
    desk.keys("end").types("_eu").keys("alt-c");
    let id = desk.state().instance_id().unwrap();
    let set = done(&desk);
    assert!(set[0].contains(r#""value":"orders_eu""#), "{set:?}");
    desk.keys("u");
    assert!(done(&desk)[0].contains(r#""value":"orders""#));
    desk.keys("delete");
    assert_eq!(done(&desk), [format!("variables {id}  -tableName")]);
    desk.keys("u");
    assert!(done(&desk)[0].contains(r#""value":"orders""#));
    // What is not shown cannot be given back, and is asked about.
    desk.keys("down delete");
    assert!(desk.shows("Delete password?"), "{}", desk.text());
    desk.keys("esc");
    assert_eq!(done(&desk), Vec::<String>::new());
    // A number must be one.
    desk.keys("down down E").types("x").keys("alt-c");
    assert!(desk.shows("is no long"), "{}", desk.text());
}

#[test]
fn an_event_is_chosen_among_those_that_are_waited_for() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("2 enter w");
    assert!(
        desk.shows("message order-paid at wait-payment"),
        "{}",
        desk.text()
    );
    desk.keys("tab tab").types("amount:=7").keys("alt-c");
    let id = desk.state().instance_id().unwrap();
    assert_eq!(done(&desk), [format!("message order-paid to {id} amount")]);
    desk.keys("w right alt-c");
    assert_eq!(done(&desk), [r#"signal closing Some("exec-closing-time")"#]);
    desk.keys("w right right alt-c");
    assert!(desk.shows("name the signal"), "{}", desk.text());
    desk.types("all-hands").keys("alt-c");
    assert_eq!(done(&desk), ["signal all-hands None"]);
}

#[test]
fn java_code_is_let_through_as_topics_where_one_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stock.bpmn");
    std::fs::write(&path, "<definitions/>").unwrap();
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("2 D").types(path.to_str().unwrap());
    desk.keys("esc enter enter alt-T");
    assert!(
        desk.shows("Java code becomes external tasks"),
        "{}",
        desk.text()
    );
    desk.keys("alt-L alt-c");
    assert_eq!(
        done(&desk),
        ["deployed, topics true, without listeners true"]
    );
}

#[test]
fn jobs_are_suspended_and_get_another_priority() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("i f s");
    assert_eq!(done(&desk), ["suspend jobs job-2 true"]);
    assert!(desk.shows("Suspended 1 job"), "{}", desk.text());
    desk.keys("u");
    assert_eq!(done(&desk), ["suspend jobs job-2 false"]);
    desk.keys("P");
    assert!(desk.shows("Priority of 1 job"), "{}", desk.text());
    desk.keys("ctrl-u").types("7").keys("enter");
    assert_eq!(done(&desk), ["priority job-2 7"]);
    desk.keys("u");
    assert_eq!(done(&desk), ["priority job-2 50"]);
    // All that are marked, and of what is no job nothing.
    desk.keys("a P ctrl-u").types("9").keys("enter");
    let set = done(&desk);
    assert!(
        set.len() > 1 && set.iter().all(|one| one.ends_with(" 9")),
        "{set:?}"
    );
}

#[test]
fn jobs_of_one_title_are_told_apart_by_their_instance() {
    let mut desk = Desk::of("mara", 120, 40);
    let mut data = desk.client.data();
    let jobs = &mut data.operated.jobs;
    for (at, job) in jobs.iter_mut().enumerate() {
        job.title = Some("Orders".into());
        job.process_instance_id = Some(format!("instance-{at:04}"));
        job.retries = 3;
    }
    drop(data);
    desk.keys("i f");
    for at in 1..3 {
        let id = words::short(&format!("instance-{at:04}")).to_owned();
        assert!(desk.shows(&format!("Ord… {id}")), "{id}: {}", desk.text());
    }
}

#[test]
fn processes_are_filtered_as_one_types() {
    let mut desk = Desk::of("mara", 100, 30);
    desk.keys("V / m o n t h");
    assert!(
        desk.shows("month-end") && !desk.shows("database-insertion"),
        "{}",
        desk.text()
    );
    assert!(desk.shows("1 match"), "{}", desk.text());
    desk.keys("enter s");
    assert!(desk.shows("Activate month-end v1?"), "{}", desk.text());
    desk.keys("esc esc");
    assert!(desk.shows("database-insertion"), "{}", desk.text());
    desk.keys("/ x x");
    assert!(desk.shows("No process matches \"xx\""), "{}", desk.text());
    desk.keys("esc esc n / c l o s e");
    assert!(desk.shows("No process matches"), "{}", desk.text());
    desk.keys("esc / e n d enter enter");
    assert!(desk.shows("Close the books of a month"), "{}", desk.text());
}

#[test]
fn problems_of_a_deployment_are_read_to_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.bpmn");
    std::fs::write(&path, "<definitions/>").unwrap();
    let mut desk = Desk::of("mara", 80, 24);
    let problem = |n: usize| {
        format!(
            "many.bpmn:{n}:1: t{n}: a Java class ('a.B') needs a JVM: make it external, \
             or deploy with --delegates-as-topics to have its name as topic"
        )
    };
    let problems = (1..=20).map(problem).collect();
    desk.client.data().refuse = Some(DeskError::Model(problems));
    desk.keys("2 D").types(path.to_str().unwrap());
    desk.keys("esc enter enter");
    assert!(
        desk.shows("PROBLEMS 20") && desk.shows("press Alt-T"),
        "{}",
        desk.text()
    );
    assert!(!desk.shows("many.bpmn:20:1"), "{}", desk.text());
    // It is the key that does it here.
    let own = Key::parse("f7").unwrap();
    let keys = BTreeMap::from([(Command::Topics, vec![own])]);
    desk.state().config.keys = keys;
    desk.draw();
    assert!(desk.shows("press F7"), "{}", desk.text());
    desk.state().config.keys.clear();
    desk.draw();
    desk.keys("pagedown pagedown pagedown pagedown pagedown pagedown pagedown");
    assert!(desk.shows("many.bpmn:20:1"), "{}", desk.text());
    desk.keys("pageup");
    assert!(!desk.shows("many.bpmn:20:1"), "{}", desk.text());
}

#[test]
fn failures_of_several_processes_name_theirs() {
    let mut desk = Desk::of("mara", 200, 50);
    desk.keys("2 i");
    assert!(!desk.shows("Prices  database"), "{}", desk.text());
    for incident in desk.client.data().operated.incidents.iter_mut().take(1) {
        incident.process_definition_id = "month-end:1:0199".into();
    }
    desk.keys("f5");
    assert!(desk.shows("Prices  month-end"), "{}", desk.text());
}

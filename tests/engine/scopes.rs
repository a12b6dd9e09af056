//! Embedded sub-processes and how scopes end.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::Map;

const NESTED: &str = r#"
    <startEvent id="start" />
    <subProcess id="outer">
      <startEvent id="s1" /> <parallelGateway id="fork" />
      <userTask id="a" /> <userTask id="b" />
      <subProcess id="inner">
        <startEvent id="s2" /> <userTask id="c" /> <endEvent id="stop"><terminateEventDefinition /></endEvent>
        <userTask id="d" />
        s2 -> c -> stop
        s2 -> d
      </subProcess>
      s1 -> fork
      fork -> a
      fork -> inner -> b
    </subProcess>
    <userTask id="after" />
    start -> outer -> after
"#;

#[test]
fn a_sub_process_is_left_when_nothing_runs_in_it_any_more() {
    let mut desk = Desk::start(NESTED, Map::new());
    assert_eq!(desk.tokens(), ["a", "c", "d"]);
    desk.complete("a");
    assert_eq!(desk.tokens(), ["c", "d"]);
    desk.complete("c");
    assert_eq!(desk.tokens(), ["b"], "terminate ends the inner scope alone");
    desk.complete("b");
    assert_eq!(desk.tokens(), ["after"]);
    let history = desk.history();
    assert!(history.contains(&"d!".to_owned()));
    assert!(history.contains(&"inner".to_owned()) && history.contains(&"outer".to_owned()));
}

#[test]
fn terminate_in_the_process_ends_it() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <userTask id="a" /> <userTask id="b" />
        <endEvent id="stop"><terminateEventDefinition /></endEvent>
        start -> a -> stop
        start -> b
        "#,
        Map::new(),
    );
    desk.complete("a");
    assert!(desk.ended());
    assert_eq!(desk.end_state(), Some(InstanceState::Completed));
    let deleted = desk.log.iter().any(|event| {
        matches!(event, Event::TaskEnded { task, reason }
        if task.task_definition_key == "b" && reason == "terminated")
    });
    assert!(deleted);
}

#[test]
fn the_activity_instances_form_a_tree() {
    let desk = Desk::start(NESTED, Map::new());
    let started = |wanted: &str| {
        desk.log.iter().find_map(|event| match event {
            Event::ActivityStarted {
                id,
                parent_id,
                activity_id,
                ..
            } if activity_id == wanted => Some((id.clone(), parent_id.clone())),
            _ => None,
        })
    };
    let (outer, root) = started("outer").expect("outer began");
    let (inner, in_outer) = started("inner").expect("inner began");
    let (_, in_inner) = started("c").expect("c began");
    assert_eq!(root, "instance");
    assert_eq!((in_outer, in_inner), (outer, inner));
}

#[test]
fn nested_scopes_end_from_the_inside() {
    let depth = 60;

    let mut inner = String::from(r#"<startEvent id="s" /> <userTask id="deep" />"#);
    inner.push_str("\n s -> deep\n");
    for level in 0..depth {
        inner = format!(
            "<startEvent id=\"s{level}\" /> <subProcess id=\"sub{level}\">\n{inner}\n</subProcess>\ns{level} -> sub{level}\n"
        );
    }
    let mut desk = Desk::start(&inner, Map::new());
    assert_eq!(desk.instance.executions().count(), depth + 2);
    desk.complete("deep");
    assert!(desk.ended());
}

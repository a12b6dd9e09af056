//! Event sub-processes that catch errors, and errors thrown inside of them.

use crate::support::*;
use crewdesk::value::Map;

/// ErrorEventSubProcessTest.testEventSubprocessTakesPrecedence
#[test]
fn an_error_goes_to_the_event_sub_process_before_the_boundary() {
    let model = |code: &str| {
        format!(
            r#"
            <startEvent id="start" />
            <subProcess id="sub">
              <startEvent id="s" /> <userTask id="work" />
              <endEvent id="fail"><errorEventDefinition errorRef="{code}" /></endEvent>
              s -> work -> fail
              <subProcess id="handler" triggeredByEvent="true">
                <startEvent id="on"><errorEventDefinition errorRef="broken" camunda:errorCodeVariable="code" /></startEvent>
                <userTask id="inside" />
                <endEvent id="again"><errorEventDefinition errorRef="broken" /></endEvent>
                on -> inside -> again
              </subProcess>
            </subProcess>
            <boundaryEvent id="any" attachedToRef="sub"><errorEventDefinition /></boundaryEvent>
            <userTask id="outside" />
            start -> sub
            any -> outside
            "#
        )
    };
    let mut desk = Desk::start(&model("broken"), Map::new());
    desk.complete("work");
    assert_eq!(desk.tasks(), ["inside"]);
    assert_eq!(desk.var("code"), Some("BROKEN".into()));
    desk.complete("inside");
    assert_eq!(
        desk.tasks(),
        ["outside"],
        "it does not catch what it throws itself"
    );
    let mut desk = Desk::start(&model("lost"), Map::new());
    desk.complete("work");
    assert_eq!(desk.tasks(), ["outside"]);
}

/// A script or an end that throws BROKEN inside `sub`, and event sub-processes there or around.
fn failing(fail: &str, inside: &str, outside: &str) -> Desk {
    Desk::start(
        &format!(
            r#"<startEvent id="start" /> <userTask id="after" />
            <subProcess id="sub"> <startEvent id="s" /> {fail}
            s -> fail
            {inside}
            </subProcess>
            {outside}
            start -> sub -> after"#
        ),
        Map::new(),
    )
}

const FAIL: &str = r#"<endEvent id="fail"><errorEventDefinition errorRef="broken" /></endEvent>"#;

const SCRIPT: &str = r#"<scriptTask id="fail" scriptFormat="javascript"><script>throw new BpmnError('BROKEN')</script></scriptTask>"#;

fn catches(id: &str, reference: &str) -> String {
    format!(
        r#"<subProcess id="{id}" triggeredByEvent="true">
          <startEvent id="on{id}"><errorEventDefinition {reference} camunda:errorCodeVariable="code" camunda:errorMessageVariable="text" /></startEvent>
          <userTask id="in{id}" />
          on{id} -> in{id}
        </subProcess>"#
    )
}

/// ErrorEventSubProcessTest.testErrorCodeTakesPrecedence
/// ErrorEventSubProcessTest.testCatchErrorInEmbeddedSubProcess
/// ErrorEventSubProcessTest.testCatchErrorThrownByScriptTaskInEmbeddedSubProcess
/// ErrorEventSubProcessTest.testCatchErrorThrownByScriptTaskInEmbeddedSubProcessWithErrorCode
/// ErrorEventSubProcessTest.testCatchErrorThrownByScriptTaskInTopLevelProcess
/// ErrorEventSubProcessTest.testCatchErrorThrownByScriptTaskInsideSubProcessInTopLevelProcess
#[test]
fn an_error_comes_to_the_nearest_that_names_it_or_all() {
    const BROKEN: &str = r#"errorRef="broken""#;
    for fail in [FAIL, SCRIPT] {
        let both = catches("All", "") + "\n" + &catches("Named", BROKEN);
        assert_eq!(failing(fail, &both, "").tree(), "sub(Named(inNamed))");
        for reference in ["", BROKEN] {
            let near = catches("Near", reference);
            let desk = failing(fail, &near, &catches("Far", BROKEN));
            assert_eq!(desk.tree(), "sub(Near(inNear))");
            assert_eq!(desk.var("code"), Some("BROKEN".into()));
            let mut desk = failing(fail, "", &near);
            assert_eq!(desk.tree(), "Near(inNear)");
            desk.complete("inNear");
            assert!(desk.ended());
        }
    }
    let flat = format!(
        "<startEvent id=\"start\" /> {SCRIPT}\nstart -> fail\n{}",
        catches("Top", "")
    );
    assert_eq!(Desk::start(&flat, Map::new()).tree(), "Top(inTop)");
}

/// ErrorEventSubProcessTest.testCatchErrorEventSubprocessSetErrorVariables
/// ErrorEventSubProcessTest.testCatchErrorFromCallActivitySetsErrorVariable
#[test]
fn it_sets_code_and_message() {
    let top = catches("Top", "");
    let flat = format!("<startEvent id=\"start\" /> {FAIL}\nstart -> fail\n{top}");
    let call = format!(
        r#"<startEvent id="start" /> <callActivity id="call" calledElement="called" />
        start -> call
        {top}"#
    );
    for model in [flat, call] {
        let desk = Desk::with(&model)
            .and(
                "called",
                &format!("<startEvent id=\"s\" /> {FAIL}\ns -> fail"),
            )
            .started(Map::new());
        assert_eq!(desk.tree(), "Top(inTop)");
        assert_eq!(desk.var("code"), Some("BROKEN".into()));
        assert_eq!(desk.var("text"), Some("it is broken".into()));
    }
}

/// ErrorEventSubProcessTest.testShouldNotThrowErrorInLoopWithCallActivity
#[test]
fn what_it_throws_itself_goes_to_the_caller() {
    let logged = catches("Log", "").replace(
        "onLog -> inLog",
        r#"onLog -> inLog -> again
        <endEvent id="again"><errorEventDefinition errorRef="lost" /></endEvent>"#,
    );
    let mut desk = Desk::with(
        r#"<startEvent id="start" /> <callActivity id="call" calledElement="called" /> <userTask id="repair" />
        <boundaryEvent id="any" attachedToRef="call"><errorEventDefinition /></boundaryEvent>
        start -> call
        any -> repair"#,
    )
    .and("called", &format!("<startEvent id=\"s\" /> {FAIL}\ns -> fail\n{logged}"))
    .started(Map::new());
    assert_eq!(desk.tasks(), ["inLog"]);
    desk.complete("inLog");
    assert_eq!(desk.tree(), "repair");
}

/// ErrorEventSubProcessTest.testThrownAnErrorInEventSubprocessInSubprocess
/// ErrorEventSubProcessTest.testThrownAnErrorInEventSubprocessInSubprocessDifferentTransaction
#[test]
fn a_boundary_catches_what_one_beside_the_work_throws() {
    for work in ["", r#"<userTask id="before" />"#] {
        let path = if work.is_empty() {
            "on -> fail"
        } else {
            "on -> before -> fail"
        };
        let mut desk = Desk::start(
            &format!(
                r#"<startEvent id="start" /> <subProcess id="sub"> <startEvent id="s" /> <userTask id="work" />
                s -> work
                <subProcess id="handler" triggeredByEvent="true">
                  <startEvent id="on" isInterrupting="false"><timerEventDefinition><timeCycle>R/PT10S</timeCycle></timerEventDefinition></startEvent>
                  {work} {FAIL}
                  {path}
                </subProcess>
                </subProcess>
                <boundaryEvent id="caught" attachedToRef="sub"><errorEventDefinition errorRef="broken" /></boundaryEvent> <userTask id="after" />
                start -> sub
                caught -> after"#
            ),
            Map::new(),
        );
        desk.execute("on");
        if !work.is_empty() {
            desk.complete("before");
        }
        assert_eq!(desk.tree(), "after");
        assert_eq!(desk.instance.jobs().count(), 0);
    }
}

//! Transactions: cancelled, they are undone; done, they can be compensated.

use crate::compensation::{THROW, throw_for, undo, undoable};
use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::Map;

fn transaction(boundary: bool) -> String {
    format!(
        r#"<startEvent id="start" />
        <transaction id="tx">
          <startEvent id="s" /> {} <userTask id="beside" /> <userTask id="check" />
          <endEvent id="fail"><cancelEventDefinition /></endEvent> <endEvent id="fine" />
          s -> a -> check
          s -> beside
          check -> fail if ${{!good}}
          check -> fine if ${{good}}
        </transaction>
        {}
        <userTask id="after" /> <userTask id="failed" />
        start -> tx -> after
        {}"#,
        undoable("a"),
        if boundary {
            r#"<boundaryEvent id="cancelled" attachedToRef="tx"><cancelEventDefinition /></boundaryEvent>"#
        } else {
            ""
        },
        if boundary { "cancelled -> failed" } else { "" },
    )
}

#[test]
fn a_cancel_end_undoes_the_transaction_and_then_leaves_by_its_boundary() {
    let mut desk = Desk::start(&transaction(true), Map::new());
    desk.complete("a");
    desk.complete_with("check", vars([("good", false.into())]));
    assert_eq!(desk.tasks(), ["undo-a"], "all else in it has ended");
    desk.complete("undo-a");
    assert_eq!(desk.tasks(), ["failed"]);
    assert!(desk.history().contains(&"tx!".to_owned()));
    desk.complete("failed");
    assert_eq!(desk.instance, Instance::default());
}

#[test]
fn a_transaction_that_succeeds_goes_on() {
    let mut desk = Desk::start(&transaction(true), Map::new());
    desk.complete("beside");
    desk.complete("a");
    desk.complete_with("check", vars([("good", true.into())]));
    assert_eq!(desk.tasks(), ["after"]);
}

#[test]
fn without_a_boundary_a_cancel_end_is_an_error() {
    let mut desk = Desk::start(&transaction(false), Map::new());
    desk.complete("a");
    desk.complete_with("check", vars([("good", false.into())]));
    let undone = desk.apply(Command::CompleteTask {
        task: desk.task("undo-a").id,
        user: None,
        variables: Map::new(),
    });
    assert!(matches!(undone, Err(Error::BadValue { .. })), "{undone:?}");
}

/// TransactionSubProcessTest.testCompensateSubprocess
/// TransactionSubProcessTest.testCompensateSubprocessNotTriggered
/// TransactionSubProcessTest.testCompensateSubprocessAfterTxCompletion
/// TransactionSubProcessTest.testParseWithDI
#[test]
fn a_transaction_is_undone_when_cancelled_or_later_by_compensation() {
    let model = format!(
        r#"<startEvent id="start" />
        <transaction id="tx">
          <startEvent id="s" />
          <subProcess id="sub"><startEvent id="si" /> {}
            si -> inner
          </subProcess>
          <userTask id="beforeCancel" /> <endEvent id="txEnd" /> <endEvent id="cancelEnd"><cancelEventDefinition /></endEvent>
          s -> sub -> beforeCancel
          beforeCancel -> txEnd if ${{not cancelTx}}
          beforeCancel -> cancelEnd if ${{cancelTx}}
        </transaction>
        <boundaryEvent id="cancelled" attachedToRef="tx"><cancelEventDefinition /></boundaryEvent>
        <userTask id="afterCancel" /> <userTask id="afterTx" /> {THROW} <endEvent id="end" />
        start -> tx -> afterTx
        cancelled -> afterCancel
        afterTx -> throw if ${{compensate}}
        afterTx -> end if ${{not compensate}}"#,
        undoable("inner")
    );
    for (cancel, compensate, tasks) in [
        (true, false, vec!["undo-inner", "afterCancel"]),
        (false, false, vec!["afterTx"]),
        (false, true, vec!["afterTx", "undo-inner"]),
    ] {
        let mut desk = Desk::start(&model, Map::new());
        desk.complete("inner");
        desk.set(vars([
            ("cancelTx", cancel.into()),
            ("compensate", compensate.into()),
        ]));
        desk.complete("beforeCancel");
        for task in tasks {
            assert_eq!(desk.tasks(), [task]);
            desk.complete(task);
        }
        assert_eq!(desk.instance, Instance::default());
    }
}

/// TransactionSubProcessTest.testCompensateTransactionWithEventSubprocess
/// TransactionSubProcessTest.testCompensateTransactionWithEventSubprocessActivityInstanceTree
#[test]
fn a_cancelled_transaction_undoes_by_the_event_sub_process_inside() {
    let model = format!(
        r#"<startEvent id="start" />
        <transaction id="tx">
          <startEvent id="s" />
          <subProcess id="inner"><startEvent id="si" /> <serviceTask id="book" camunda:expression="${{true}}" /> {}
            <subProcess id="event" triggeredByEvent="true"><startEvent id="on"><compensateEventDefinition /></startEvent> {}
              on -> throw
            </subProcess>
            si -> book
          </subProcess>
          <userTask id="before" /> <endEvent id="cancelEnd"><cancelEventDefinition /></endEvent>
          s -> inner -> before -> cancelEnd
        </transaction>
        <boundaryEvent id="cancelled" attachedToRef="tx"><cancelEventDefinition /></boundaryEvent>
        start -> tx"#,
        undo("book"),
        throw_for("book")
    );
    let mut desk = Desk::start(&model, Map::new());
    desk.complete("before");
    assert_eq!(
        desk.activities(),
        "tx[cancelEnd inner[event[throw] undo-book]]"
    );
    desk.complete("undo-book");
    assert_eq!(desk.instance, Instance::default());
}

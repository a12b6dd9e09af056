use super::*;

/// The fields of the form that only the desk or the engine reads.
const OF_THE_DESK: [&str; 10] = [
    "title",
    "description",
    "assignee",
    "candidateUsers",
    "candidateGroups",
    "dueDate",
    "remindAt",
    "priority",
    "dataFrame",
    "sourceConnection",
];

#[test]
fn the_worker_asks_for_all_that_the_form_says_of_an_insertion() {
    let model = include_str!("../../../process-models/database-insertion.bpmn");
    let fields = model.split("<camunda:formField id=\"").skip(1);
    let fields: Vec<&str> = fields.filter_map(|rest| rest.split('"').next()).collect();
    assert!(fields.len() > 30, "{fields:?}");
    for field in fields {
        let known = VARIABLES.contains(&field) || OF_THE_DESK.contains(&field);
        assert!(known, "{field}");
    }
}

fn insert(error: InsertError) -> Trouble {
    Trouble::Insert(error)
}

fn busy() -> Trouble {
    insert(InsertError::Busy {
        target: "t.db".into(),
        seconds: 30,
    })
}

fn no_table() -> Trouble {
    insert(InsertError::Table {
        table: "orders".into(),
        reason: "is not there".into(),
    })
}

/// What becomes of a task, without its text.
fn becomes(wanted: Wanted, nothing_kept: bool, trouble: Trouble) -> &'static str {
    match course(wanted, nothing_kept, trouble) {
        Course::SendBack(..) => "send back",
        Course::Stopped => "stopped",
        Course::Leave => "leave",
        Course::GiveBack => "give back",
        Course::TryAgain(_) => "try again",
        Course::GiveIn(_) => "give in",
    }
}

#[test]
fn what_time_mends_is_tried_again_and_what_the_employee_mends_is_sent_back() {
    let full = InsertError::DiskFull {
        what: "t.db".into(),
    };
    let frame = InsertError::Io {
        path: "frame".into(),
        source: std::io::ErrorKind::TimedOut.into(),
    };
    for trouble in [
        busy(),
        insert(full),
        insert(frame),
        Trouble::from(DeskError::Storage("the disk is full".into())),
        Trouble::from(DeskError::Conflict("suspended".into())),
    ] {
        assert_eq!(becomes(Wanted::Yes, true, trouble), "try again");
    }
    for trouble in [
        no_table(),
        insert(InsertError::Query("no such column".into())),
        Trouble::from(DeskError::NotFound("no such frame".into())),
        Trouble::from(DeskError::Invalid("no url".into())),
        Trouble::Form("name the table".into()),
    ] {
        assert_eq!(becomes(Wanted::Yes, true, trouble), "send back");
    }
    let hopeless = Trouble::Hopeless("no decision".into());
    assert_eq!(becomes(Wanted::Yes, true, hopeless), "give in");
}

#[test]
fn while_rows_may_be_in_the_target_nothing_is_sent_back() {
    for wanted in [Wanted::Yes, Wanted::Stopped] {
        for trouble in [busy(), no_table(), Trouble::Form("no table".into())] {
            assert_eq!(becomes(wanted, false, trouble), "try again");
        }
    }
    let Course::TryAgain(text) = course(Wanted::Yes, false, no_table()) else {
        panic!("it must be tried again");
    };
    assert!(text.contains("known only from the target"), "{text}");
}

#[test]
fn a_job_whose_rows_are_others_is_for_the_head() {
    let other = || {
        insert(InsertError::OtherRows {
            target: "t.db".into(),
            key: "task".into(),
            other: "its rows went into orders, not into others".into(),
        })
    };
    for nothing_kept in [true, false] {
        assert_eq!(becomes(Wanted::Yes, nothing_kept, other()), "give in");
    }
}

#[test]
fn what_is_no_longer_wanted_is_stopped_left_or_given_back() {
    let cancelled = || insert(InsertError::Cancelled);
    assert_eq!(becomes(Wanted::Gone, true, cancelled()), "leave");
    assert_eq!(becomes(Wanted::Gone, false, no_table()), "leave");
    assert_eq!(becomes(Wanted::Stopped, true, cancelled()), "stopped");
    assert_eq!(becomes(Wanted::Stopped, true, busy()), "stopped");
    assert_eq!(becomes(Wanted::Yes, true, cancelled()), "give back");
    assert_eq!(becomes(Wanted::Yes, false, cancelled()), "leave");
}

#[test]
fn a_watch_knows_when_rows_may_be_in_the_target() {
    let watch = Watch::default();
    let lost = insert(InsertError::Unreachable {
        target: "orders".into(),
        reason: "lost".into(),
    });
    let undone = insert(InsertError::Undone {
        target: "orders".into(),
        reason: "deadlock".into(),
    });
    for trouble in [&lost, &undone] {
        assert_eq!(watch.nothing_kept(trouble), None, "its ledger was not read");
    }
    for (phase, nothing) in [
        (Phase::Begun, true),
        (Phase::Inserting, true),
        (Phase::Checking, true),
        (Phase::Committing, false),
    ] {
        watch.reached(phase);
        assert_eq!(watch.nothing_kept(&lost), Some(nothing), "{phase:?}");
        // What the server undid, it undid also where it was to last.
        assert_eq!(watch.nothing_kept(&undone), Some(true), "{phase:?}");
    }
}

#[test]
fn a_wish_to_stop_is_heard_once_and_for_all() {
    let watch = Watch::default();
    watch.heard(Wanted::Yes);
    assert!(!watch.cancel.is_cancelled());
    watch.heard(Wanted::Stopped);
    watch.heard(Wanted::Yes);
    assert_eq!(watch.wanted(), Wanted::Stopped);
    assert!(watch.cancel.is_cancelled());
}

//! Captured frames go when nothing needs them any more, and not before.

use crate::office::*;
use crewdesk::client::{Client, StartRequest};
use crewdesk::desk::sweep::GRACE;
use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// An insertion that ana has sent; its instance and the hash of its frame.
fn sent(office: &Office) -> (String, String) {
    let id = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("Orders")
    });
    let csv = office.csv();
    let fields = [
        ("databaseName", "/tmp/t.db"),
        ("tableName", "orders"),
        ("dataFrame", csv.to_str().unwrap()),
    ];
    let ana = office.client("ana");
    let instance = ana.task(&id).unwrap().task.process_instance_id;
    ana.complete_form(&id, &typed(&fields)).unwrap();
    let detail = office.client("mara").instance(&instance).unwrap();
    let hash = &detail.variables["dataFrameCapture"]["value"];
    (instance, hash.as_str().unwrap().to_owned())
}

fn swept(office: &Office, after: Duration) -> u64 {
    office.desk.sweep_frames(SystemTime::now() + after).unwrap()
}

#[test]
fn a_frame_stays_while_an_instance_needs_it_and_for_a_while_after() {
    let office = Office::new();
    let (instance, hash) = sent(&office);
    assert_eq!(swept(&office, GRACE + DAY), 0, "its insertion waits");
    let mara = office.client("mara");
    mara.cancel(&instance, "of no use").unwrap();
    assert_eq!(swept(&office, GRACE - DAY), 0, "it is young");
    let removed = |detail: crewdesk::client::InstanceDetail| {
        detail.variables["dataFrameCapture"]["valueInfo"]["removed"] == true
    };
    assert!(!removed(mara.instance(&instance).unwrap()));
    assert_eq!(swept(&office, GRACE + DAY), 1);
    assert!(office.desk.frame(&hash).is_err());
    assert!(
        removed(mara.instance(&instance).unwrap()),
        "history says so"
    );
    assert_eq!(swept(&office, GRACE + DAY), 0);
    // The same content may come again.
    let (_, again) = sent(&office);
    assert_eq!(again, hash);
    assert!(office.desk.frame(&hash).is_ok());
}

#[test]
fn a_frame_that_comes_again_is_young_again() {
    let office = Office::new();
    let (instance, hash) = sent(&office);
    office
        .client("mara")
        .cancel(&instance, "of no use")
        .unwrap();
    let path = office.desk.paths().frames.join(&hash);
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    let long_ago = SystemTime::now() - GRACE - DAY;
    file.set_modified(long_ago).unwrap();
    let csv = std::fs::read_to_string(office.csv()).unwrap();
    let source = crewdesk::insert::Source::Text(&csv);
    let frames = office.desk.frames();
    let cancel = crewdesk::insert::Cancel::new();
    frames.capture(source, &mut |_, _| {}, &cancel).unwrap();
    assert_eq!(
        swept(&office, Duration::ZERO),
        0,
        "it is being captured now"
    );
    std::fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    assert_eq!(swept(&office, Duration::ZERO), 1);
}

#[test]
fn a_frame_that_a_draft_names_stays() {
    let office = Office::new();
    let (instance, hash) = sent(&office);
    let mara = office.client("mara");
    mara.cancel(&instance, "of no use").unwrap();
    let id = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("More")
    });
    let query = format!("SELECT '{hash}'");
    let draft = typed(&[("query", &query)]);
    office.client("ana").save_draft(&id, &draft, None).unwrap();
    assert_eq!(swept(&office, GRACE + DAY), 0);
    let more = office.client("ana").task(&id).unwrap();
    let more = more.task.process_instance_id;
    mara.cancel(&more, "of no use").unwrap();
    assert_eq!(swept(&office, GRACE + DAY), 1);
}

#[test]
fn a_desk_is_swept_once_a_day() {
    let office = Office::new();
    let (instance, hash) = sent(&office);
    office
        .client("mara")
        .cancel(&instance, "of no use")
        .unwrap();
    let path = office.desk.paths().frames.join(&hash);
    let age = || {
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - GRACE - DAY).unwrap();
    };
    age();
    assert_eq!(office.desk.sweep_if_time().unwrap(), 1);
    let (instance, _) = sent(&office);
    office
        .client("mara")
        .cancel(&instance, "of no use")
        .unwrap();
    age();
    office.clock.advance(DAY / 2);
    assert_eq!(office.desk.sweep_if_time().unwrap(), 0);
    assert_eq!(office.again().sweep_if_time().unwrap(), 0);
    office.clock.advance(DAY);
    assert_eq!(office.again().sweep_if_time().unwrap(), 1);
    assert_eq!(office.desk.sweep_if_time().unwrap(), 0);
}

#[test]
fn news_of_long_ago_go_when_their_job_has_ended() {
    let office = Office::new();
    let mara = office.client("mara");
    let ended = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("ended")
    });
    let ended = mara.task(&ended).unwrap().task.process_instance_id;
    mara.cancel(&ended, "of no use").unwrap();
    office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("open")
    });
    let told = |user: &str| {
        let told = office.client(user).notifications(false, 50).unwrap();
        let told = told
            .into_iter()
            .map(|n| n.process_instance_id.as_ref() == Some(&ended));
        told.fold((0, 0), |(of, others), is| match is {
            true => (of + 1, others),
            false => (of, others + 1),
        })
    };
    let (before, kept) = (told("mara").0 + told("ana").0, told("ana").1);
    assert!(before > 0 && kept > 0, "{before} {kept}");
    assert_eq!(office.desk.sweep_notifications().unwrap(), 0);
    office.clock.advance(DAY * 91);
    assert_eq!(office.desk.sweep_notifications().unwrap(), before);
    assert_eq!((told("mara").0, told("ana").0), (0, 0));
    assert_eq!(told("ana").1, kept);
}

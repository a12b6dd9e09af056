//! Drafts that two desks of one person save, and those of whoever had the task before.

use crate::office::*;
use crewdesk::client::{Client, StartRequest};

#[test]
fn what_two_desks_of_one_person_type_is_kept_by_both() {
    let office = Office::new();
    let id = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("Orders")
    });
    let (here, there) = (office.client("ana"), office.client("ana"));
    let table = |name: &str| typed(&[("tableName", name)]);
    let first = here.save_draft(&id, &table("one"), None).unwrap();
    assert_eq!((first.saved, &first.elsewhere), (office.now(), &None));
    let seen = there.task(&id).unwrap();
    assert_eq!(seen.draft_saved, Some(first.saved));
    // Both go on from it; the clock stands.
    let second = there
        .save_draft(&id, &table("two"), seen.draft_saved)
        .unwrap();
    assert!(second.elsewhere.is_none() && second.saved > first.saved);
    let third = here
        .save_draft(&id, &table("three"), Some(first.saved))
        .unwrap();
    let lost = third.elsewhere.expect("it was changed elsewhere");
    assert_eq!(
        (lost.saved, &lost.values["tableName"][..]),
        (second.saved, "two")
    );
    let both = here.task(&id).unwrap();
    assert_eq!(both.values["tableName"], "three");
    assert_eq!(both.draft_elsewhere, Some(lost));
    // Going on here loses nothing, and neither does going on there.
    let fourth = here
        .save_draft(&id, &table("four"), Some(third.saved))
        .unwrap();
    assert!(fourth.elsewhere.is_none());
    assert_eq!(
        here.task(&id).unwrap().draft_elsewhere.unwrap().values["tableName"],
        "two"
    );
    let fifth = there
        .save_draft(&id, &table("two more"), Some(second.saved))
        .unwrap();
    assert_eq!(fifth.elsewhere.unwrap().values["tableName"], "four");
    // The same text is no news.
    let same = here
        .save_draft(&id, &table("two more"), Some(fourth.saved))
        .unwrap();
    assert!(same.elsewhere.is_none());
}

#[test]
fn the_version_of_the_other_desk_is_taken_and_given_back() {
    let office = Office::new();
    let id = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("Orders")
    });
    let (here, there) = (office.client("ana"), office.client("ana"));
    let table = |name: &str| typed(&[("tableName", name)]);
    // Without another version it only saves.
    let alone = here.swap_draft(&id, &table("one"), None).unwrap();
    assert_eq!((&alone.taken, &alone.elsewhere), (&None, &None));
    there.save_draft(&id, &table("two"), None).unwrap();
    let third = here
        .save_draft(&id, &table("three"), Some(alone.saved))
        .unwrap();
    let taken = here
        .swap_draft(&id, &table("three more"), Some(third.saved))
        .unwrap();
    assert_eq!(taken.taken.unwrap()["tableName"], "two");
    let now = here.task(&id).unwrap();
    assert_eq!(now.values["tableName"], "two");
    assert_eq!(now.draft_saved, Some(taken.saved));
    let beside = now.draft_elsewhere.unwrap();
    assert_eq!(Some(&beside), taken.elsewhere.as_ref());
    assert_eq!(beside.values["tableName"], "three more");
    // What was typed into it since stays when the first comes back.
    let back = here
        .swap_draft(&id, &table("two more"), Some(taken.saved))
        .unwrap();
    assert_eq!(back.taken.unwrap()["tableName"], "three more");
    assert_eq!(back.elsewhere.unwrap().values["tableName"], "two more");
    // Yet another version: nothing is taken unseen.
    let unseen = there
        .swap_draft(&id, &table("four"), Some(third.saved))
        .unwrap();
    assert_eq!(unseen.taken, None);
    assert_eq!(unseen.elsewhere.unwrap().values["tableName"], "three more");
}

#[test]
fn who_gets_the_task_gets_both_versions() {
    let office = Office::new();
    let id = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("Orders")
    });
    let table = |name: &str| typed(&[("tableName", name)]);
    let ana = office.client("ana");
    ana.save_draft(&id, &table("one"), None).unwrap();
    ana.save_draft(&id, &table("two"), None).unwrap();
    office.client("mara").assign(&id, Some("ben")).unwrap();
    let ben = office.client("ben");
    let seen = ben.task(&id).unwrap();
    let saved = ben
        .save_draft(&id, &table("three"), seen.draft_saved)
        .unwrap();
    assert_eq!(saved.elsewhere, None);
    let seen = ben.task(&id).unwrap();
    assert_eq!(seen.values["tableName"], "three");
    assert_eq!(seen.draft_elsewhere.unwrap().values["tableName"], "one");
}

//! Due dates, their reminders, and what is late.

use crate::office::*;
use chrono::TimeDelta;
use crewdesk::client::{Client, StartRequest, TaskQuery};
use std::time::Duration;

fn due_in(hours: i64, office: &Office) -> StartRequest {
    StartRequest {
        assignee: Some("ana".into()),
        due: Some(office.now() + TimeDelta::hours(hours)),
        ..insertion("Orders")
    }
}

/// Executes what is due.
fn work(office: &Office) -> usize {
    let worker = office.worker();
    let jobs = office.desk.acquire_jobs(&worker, "w1", 100).unwrap();
    for job in &jobs {
        assert!(office.desk.execute_job(&worker, job).unwrap());
    }
    jobs.len()
}

#[test]
fn the_boundary_timer_reminds_once_before_the_due_date() {
    let office = Office::new();
    let id = office.launch(due_in(20, &office));
    assert_eq!(work(&office), 0);
    office.clock.advance(Duration::from_secs(19 * 3600));
    assert_eq!(work(&office), 1);
    office.desk.remind().unwrap();
    let told = office.told("ana");
    assert_eq!(
        told,
        ["dueSoon", "assigned"],
        "once, whether by timer or by the look for reminders"
    );
    assert_eq!(
        office.client("ana").task(&id).unwrap().task.round,
        1,
        "the timer interrupts nothing"
    );
}

#[test]
fn moving_the_due_date_moves_the_reminder() {
    let office = Office::new();
    let id = office.launch(due_in(20, &office));
    let later = office.now() + TimeDelta::hours(40);
    let task = office.client("mara").set_due(&id, Some(later)).unwrap();
    assert_eq!(task.due, Some(later));
    assert_eq!(
        task.first_due,
        Some(noon() + TimeDelta::hours(20)),
        "the first one is remembered"
    );
    office.clock.advance(Duration::from_secs(19 * 3600));
    assert_eq!(work(&office), 0);
    office.clock.advance(Duration::from_secs(20 * 3600));
    assert_eq!(work(&office), 1);
    assert_eq!(office.told("ana"), ["dueSoon", "dueMoved", "assigned"]);
    office.client("mara").set_due(&id, None).unwrap();
    assert_eq!(office.client("ana").task(&id).unwrap().task.due, None);
}

#[test]
fn what_is_late_comes_first_and_is_counted() {
    let office = Office::new();
    office.launch(due_in(2, &office));
    office.launch(StartRequest {
        priority: Some(90),
        ..insertion("urgent")
    });
    office.clock.advance(Duration::from_secs(3 * 3600));
    let ana = office.client("ana");
    let titles = |query: TaskQuery| -> Vec<String> {
        let page = ana.tasks(query).unwrap();
        page.items
            .into_iter()
            .filter_map(|task| task.title)
            .collect()
    };
    assert_eq!(titles(TaskQuery::default()), ["Orders", "urgent"]);
    assert_eq!(
        titles(TaskQuery {
            overdue: true,
            ..TaskQuery::default()
        }),
        ["Orders"]
    );
    let status = ana.status().unwrap();
    assert_eq!(
        (status.late, status.mine, status.claimable, status.workers),
        (1, 1, 1, 0)
    );
    let load = office.client("mara").workload().unwrap();
    let of_ana = load
        .iter()
        .find(|row| row.user_id.as_deref() == Some("ana"))
        .unwrap();
    assert_eq!((of_ana.open, of_ana.late, of_ana.done), (1, 1, 0));
    assert_eq!(
        load.last().map(|row| (row.user_id.clone(), row.open)),
        Some((None, 1))
    );
    assert_eq!(
        ana.workload().unwrap().len(),
        2,
        "an employee sees own work and what is open"
    );
}

#[test]
fn work_done_counts_by_its_first_due_date() {
    let office = Office::new();
    office.deploy("plain.bpmn", PLAIN);
    let start = || StartRequest {
        key: "plain".into(),
        variables: Default::default(),
        ..due_in(2, &office)
    };
    let (early, late) = (office.launch(start()), office.launch(start()));
    let ana = office.client("ana");
    ana.complete_form(&early, &typed(&[])).unwrap();
    // A later due date does not make it in time.
    office
        .client("mara")
        .set_due(&late, Some(office.now() + TimeDelta::hours(9)))
        .unwrap();
    office.clock.advance(Duration::from_secs(3 * 3600));
    ana.complete_form(&late, &typed(&[])).unwrap();
    let load = ana.workload().unwrap();
    assert_eq!(
        (load[0].done, load[0].in_time, load[0].per_day.len()),
        (2, 1, 7)
    );
    assert_eq!(load[0].per_day.iter().sum::<u64>(), 2);
}

#[test]
fn everybody_hears_of_each_of_many_tasks_of_one_due_date() {
    const MANY: u64 = 215;
    let office = Office::new();
    office.deploy("plain.bpmn", PLAIN);
    for _ in 0..MANY {
        office.launch(StartRequest {
            key: "plain".into(),
            variables: Default::default(),
            ..due_in(1, &office)
        });
    }
    office.clock.advance(Duration::from_secs(57 * 60));
    let told: u64 = (0..3).map(|_| office.desk.remind().unwrap()).sum();
    assert_eq!(told, MANY, "due soon");
    let ana = office.client("ana");
    assert_eq!(ana.status().unwrap().unread, 2 * MANY);
    office.clock.advance(Duration::from_secs(57 * 60));
    let told: u64 = (0..3).map(|_| office.desk.remind().unwrap()).sum();
    assert_eq!(told, MANY, "overdue");
    assert_eq!(ana.status().unwrap().unread, 3 * MANY);
    assert_eq!(office.again().remind().unwrap(), 0, "told already");
}

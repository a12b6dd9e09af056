//! The whole story without a terminal: each step prints what it found, and the first that
//! does not do what it says ends it with a non-zero exit.

use super::files::{self, BAD_LINES, CUSTOMER_ROWS, ORDER_ROWS, STOCK_ROWS};
use super::sandbox::{HEAD, Job, Sandbox};
use crate::cli::output::Output;
use crate::cli::{Done, Failure};
use crate::client::{Client, DeskError, InstanceDetail, InstanceQuery, TaskQuery};
use chrono::{Duration, Utc};
use serde::Serialize;
use std::sync::Arc;

/// One step and what it found.
#[derive(Serialize)]
struct Step {
    step: &'static str,
    found: String,
}

type Found = Result<String, Failure>;
type Play = fn(&Sandbox) -> Found;

/// Plays the story.
pub fn play(sandbox: &Sandbox, out: &Output) -> Done {
    let steps: &[(&str, Play)] = &[
        ("A team, its process and its target are set up", set_up),
        (
            "The head launches a job for ana and one that is open to claim",
            launch,
        ),
        ("Two people claim at once: exactly one gets the task", race),
        ("A draft is kept", draft),
        ("The preview names the rows that would be refused", preview),
        (
            "A frame with bad rows comes back to ana and leaves no row behind",
            refused,
        ),
        ("The fixed frame is inserted and the instance ends", fixed),
        ("A frame of 100,000 rows is inserted", large),
        ("A due date moves, and its reminder with it", deadline),
        ("A late task is seen as late", late),
        ("A cancelled job is gone, with its reason", cancelled),
        ("Everybody was told", notified),
    ];
    let mut done = Vec::new();
    for (step, play) in steps {
        let found = play(sandbox)
            .map_err(|Failure(text)| Failure::new(format!("{step}: FAILED\n  {text}")))?;
        if !out.is_json() {
            println!("ok  {step}\n    {found}");
        }
        done.push(Step { step, found });
    }
    out.answer(&done, |done| {
        format!(
            "\nThe story is whole: {} steps did what they say.",
            done.len()
        )
    })?;
    Ok(())
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Done {
    if holds {
        Ok(())
    } else {
        Err(Failure::new(otherwise()))
    }
}

fn set_up(s: &Sandbox) -> Found {
    let head = s.client(HEAD)?;
    let users = head.users()?.len();
    ensure(users == 4, || format!("{users} users"))?;
    let definitions = head.definitions()?;
    let process = definitions
        .iter()
        .find(|d| d.key == super::sandbox::PROCESS)
        .ok_or_else(|| Failure::new("the insertion process is not deployed"))?;
    let test = head.test_connection(super::sandbox::CONNECTION)?;
    ensure(test.ok && test.tables.len() == 3, || test.message.clone())?;
    Ok(format!(
        "{users} people, {} v{}, tables {}",
        process.key,
        process.version,
        test.tables.join(", ")
    ))
}

fn launch(s: &Sandbox) -> Found {
    let head = s.client(HEAD)?;
    let due = Utc::now() + Duration::hours(2);
    s.launch(
        &*head,
        Job {
            title: "Load orders",
            key: "orders/1",
            assignee: "ana",
            due,
            priority: 70,
            ..Job::default()
        },
    )?;
    s.launch(
        &*head,
        Job {
            title: "Load customers",
            key: "customers/1",
            due,
            priority: 50,
            ..Job::default()
        },
    )?;
    let same = s.launch(
        &*head,
        Job {
            title: "Load orders again",
            key: "orders/1",
            assignee: "ana",
            due,
            priority: 70,
            ..Job::default()
        },
    );
    ensure(
        matches!(same, Err(DeskError::SameBusinessKey { .. })),
        || "a second active instance with the same business key was not asked about".into(),
    )?;
    let ana = s.client("ana")?;
    let mine = ana
        .tasks(TaskQuery {
            mine: true,
            ..TaskQuery::default()
        })?
        .total;
    let claimable = ana
        .tasks(TaskQuery {
            claimable: true,
            ..TaskQuery::default()
        })?
        .total;
    ensure((mine, claimable) == (1, 1), || {
        format!("ana sees {mine} own and {claimable} claimable tasks")
    })?;
    Ok("ana has 1 task of her own and 1 to claim; the second job with the same key was asked about".into())
}

fn race(s: &Sandbox) -> Found {
    let task = s.task_of("ana", "Load customers")?.id;
    let claims: Vec<(&str, Result<_, DeskError>)> = std::thread::scope(|scope| {
        let runs: Vec<_> = ["ana", "ben"]
            .into_iter()
            .map(|user| {
                let client = s.client(user);
                let task = &task;
                (
                    user,
                    scope.spawn(move || client.and_then(|c| c.claim(task))),
                )
            })
            .collect();
        runs.into_iter()
            .map(|(user, run)| {
                let lost = || Err(DeskError::Conflict("the claim did not come back".into()));
                (user, run.join().unwrap_or_else(|_| lost()))
            })
            .collect()
    });
    let winners: Vec<_> = claims
        .iter()
        .filter(|(_, r)| r.is_ok())
        .map(|(u, _)| *u)
        .collect();
    let [winner] = winners[..] else {
        return Err(Failure::new(format!("{} people got it", winners.len())));
    };
    let told = claims
        .iter()
        .any(|(_, r)| matches!(r, Err(DeskError::AlreadyClaimed { by }) if by == winner));
    ensure(told, || "the other was not told who has it".into())?;
    let client = s.client(winner)?;
    client.complete(&task, s.fields("customers", &s.files.customers))?;
    s.host.work_until_idle()?;
    let rows = files::rows(&s.files.target, "customers")?;
    ensure(rows == CUSTOMER_ROWS + 2, || {
        format!("customers has {rows} rows")
    })?;
    Ok(format!(
        "{winner} got it, the other was told so; {CUSTOMER_ROWS} customers inserted"
    ))
}

fn draft(s: &Sandbox) -> Found {
    let ana = s.client("ana")?;
    let task = s.task_of("ana", "Load orders")?.id;
    let mut values = ana.task(&task)?.values;
    values.insert("tableName".into(), "orders".into());
    values.insert("password".into(), "not to be kept".into());
    ana.save_draft(&task, &values, None)?;
    let again = s.client("ana")?.task(&task)?;
    ensure(
        again.values.get("tableName").is_some_and(|v| v == "orders"),
        || "the draft is gone".into(),
    )?;
    ensure(
        again.values.get("password").is_none_or(String::is_empty),
        || "a secret was kept in a draft".into(),
    )?;
    Ok("the table's name is there again, the password is not".into())
}

fn preview(s: &Sandbox) -> Found {
    let ana = s.client("ana")?;
    let task = s.task_of("ana", "Load orders")?.id;
    let mut values = ana.task(&task)?.values;
    for (name, value) in s.fields("orders", &s.files.orders_bad) {
        values.insert(name, value.to_string());
    }
    let preview = ana.preview(&task, &values)?;
    let lines: Vec<u64> = preview.refusals.iter().filter_map(|r| r.line).collect();
    ensure(
        lines == BAD_LINES && preview.rows_read == ORDER_ROWS,
        || format!("{} rows, lines {lines:?}", preview.rows_read),
    )?;
    Ok(format!(
        "{ORDER_ROWS} rows read, lines {lines:?} would be refused"
    ))
}

fn refused(s: &Sandbox) -> Found {
    let ana = s.client("ana")?;
    let before = files::rows(&s.files.target, "orders")?;
    let task = s.task_of("ana", "Load orders")?.id;
    ana.complete(&task, s.fields("orders", &s.files.orders_bad))?;
    s.host.work_until_idle()?;
    let back = ana.task(&s.task_of("ana", "Load orders")?.id)?;
    let lines: Vec<u64> = back.refusals.iter().filter_map(|r| r.line).collect();
    let reason = back.reason.clone().unwrap_or_default();
    ensure(back.task.came_back && back.task.round == 2, || {
        "the task did not come back".into()
    })?;
    ensure(back.task.assignee.as_deref() == Some("ana"), || {
        format!("it came back to {:?}", back.task.assignee)
    })?;
    ensure(lines == BAD_LINES && !reason.is_empty(), || {
        format!("reason {reason:?}, lines {lines:?}")
    })?;
    ensure(
        back.values.get("tableName").is_some_and(|v| v == "orders"),
        || "the form is not filled in as it was".into(),
    )?;
    let after = files::rows(&s.files.target, "orders")?;
    ensure(after == before, || {
        format!("{before} rows before, {after} after")
    })?;
    Ok(format!(
        "\"{reason}\", lines {lines:?}; the table still has {after} rows"
    ))
}

fn ended(client: &Arc<dyn Client>, key: &str) -> Result<InstanceDetail, Failure> {
    let query = InstanceQuery {
        business_key: Some(key.to_owned()),
        ..InstanceQuery::default()
    };
    let instances = client.instances(query)?.items;
    let [instance] = &instances[..] else {
        return Err(Failure::new(format!(
            "{} instances have the key {key}",
            instances.len()
        )));
    };
    Ok(client.instance(&instance.id)?)
}

fn fixed(s: &Sandbox) -> Found {
    let ana = s.client("ana")?;
    let before = files::rows(&s.files.target, "orders")?;
    let task = s.task_of("ana", "Load orders")?.id;
    ana.complete(&task, s.fields("orders", &s.files.orders_fixed))?;
    s.host.work_until_idle()?;
    let head = s.client(HEAD)?;
    let detail = ended(&head, "orders/1")?;
    let result = detail.variables.get("result").map(|v| v["value"].clone());
    ensure(detail.instance.state == "COMPLETED", || {
        detail.instance.state.clone()
    })?;
    ensure(result == Some(1.into()), || format!("result {result:?}"))?;
    let after = files::rows(&s.files.target, "orders")?;
    ensure(after == before + ORDER_ROWS, || {
        format!("{before} rows before, {after} after")
    })?;
    let rounds = detail.instance.round;
    ensure(rounds == 2, || format!("{rounds} rounds in the history"))?;
    let lines = head.history(&detail.instance.id)?.len();
    Ok(format!(
        "result 1 after {rounds} rounds, {ORDER_ROWS} rows more, {lines} lines of history"
    ))
}

fn large(s: &Sandbox) -> Found {
    let head = s.client(HEAD)?;
    let due = Utc::now() + Duration::hours(5);
    s.launch(
        &*head,
        Job {
            title: "Stock count",
            key: "stock/1",
            group: "logistics",
            due,
            priority: 50,
            ..Job::default()
        },
    )?;
    let others = s
        .client("ana")?
        .tasks(TaskQuery {
            claimable: true,
            ..TaskQuery::default()
        })?
        .total;
    ensure(others == 0, || {
        "ana may claim what is offered to logistics".into()
    })?;
    let cem = s.client("cem")?;
    let task = s.task_of("cem", "Stock count")?.id;
    cem.claim(&task)?;
    cem.complete(&task, s.fields("stock", &s.files.stock))?;
    let start = std::time::Instant::now();
    s.host.work_until_idle()?;
    let seconds = start.elapsed().as_secs_f64();
    let rows = files::rows(&s.files.target, "stock")?;
    ensure(rows == STOCK_ROWS, || format!("stock has {rows} rows"))?;
    Ok(format!(
        "{STOCK_ROWS} rows in {seconds:.1} s, checked and committed"
    ))
}

fn deadline(s: &Sandbox) -> Found {
    let head = s.client(HEAD)?;
    let first = Utc::now() + Duration::hours(3);
    let job = Job {
        title: "Rates daily",
        key: "rates/1",
        assignee: "ben",
        due: first,
        priority: 60,
        ..Job::default()
    };
    let instance = s.launch(&*head, job)?;
    let remind = |at: &str| -> Result<serde_json::Value, Failure> {
        Ok(head
            .instance(at)?
            .variables
            .get("remindAt")
            .map(|v| v["value"].clone())
            .unwrap_or_default())
    };
    let before = remind(&instance.id)?;
    let task = s.task_of("ben", "Rates daily")?;
    let later = head.set_due(&task.id, Some(first + Duration::hours(24)))?;
    let after = remind(&instance.id)?;
    ensure(
        later.due > task.due && later.first_due == task.first_due,
        || "the due date did not move, or the first one was forgotten".into(),
    )?;
    ensure(before != after && !after.is_null(), || {
        format!("the reminder stayed at {before}")
    })?;
    Ok("due a day later, the reminder too; the first due date is remembered".into())
}

fn late(s: &Sandbox) -> Found {
    let head = s.client(HEAD)?;
    let due = Utc::now() - Duration::minutes(10);
    s.launch(
        &*head,
        Job {
            title: "Prices",
            key: "prices/1",
            assignee: "ben",
            due,
            priority: 50,
            ..Job::default()
        },
    )?;
    s.host.work_until_idle()?;
    let ben = s.client("ben")?;
    let status = ben.status()?;
    ensure(status.late == 1, || {
        format!("the status bar counts {} late tasks", status.late)
    })?;
    let first = ben
        .tasks(TaskQuery {
            mine: true,
            ..TaskQuery::default()
        })?
        .items
        .into_iter()
        .next();
    ensure(
        first.is_some_and(|t| t.title.as_deref() == Some("Prices")),
        || "the late task is not the first".into(),
    )?;
    Ok("1 late, first in the inbox and counted in the status bar".into())
}

fn cancelled(s: &Sandbox) -> Found {
    let head = s.client(HEAD)?;
    let detail = ended(&head, "prices/1")?;
    let by_ben = s
        .client("ben")?
        .cancel(&detail.instance.id, "not mine to cancel");
    ensure(matches!(by_ben, Err(DeskError::Forbidden(_))), || {
        "an employee could cancel an instance".into()
    })?;
    head.cancel(&detail.instance.id, "the supplier withdrew the list")?;
    let detail = ended(&head, "prices/1")?;
    ensure(detail.instance.state == "EXTERNALLY_TERMINATED", || {
        detail.instance.state.clone()
    })?;
    Ok(format!(
        "{}, \"{}\"; an employee may not",
        detail.instance.state,
        detail.instance.delete_reason.unwrap_or_default()
    ))
}

fn notified(s: &Sandbox) -> Found {
    let kinds = |user: &str| -> Result<Vec<String>, Failure> {
        Ok(s.client(user)?
            .notifications(false, 100)?
            .into_iter()
            .map(|n| n.kind)
            .collect())
    };
    let expected: [(&str, &[&str]); 4] = [
        ("ana", &["assigned", "cameBack", "offered"]),
        ("ben", &["assigned", "overdue"]),
        ("cem", &["offered"]),
        (HEAD, &["cameBack", "doneInTime", "overdue"]),
    ];
    let mut told = Vec::new();
    for (user, wanted) in expected {
        let got = kinds(user)?;
        for kind in wanted {
            ensure(got.iter().any(|k| k == kind), || {
                format!("{user} was not told {kind}, only {got:?}")
            })?;
        }
        told.push(format!("{user} {}", got.len()));
    }
    Ok(format!("notifications: {}", told.join(", ")))
}

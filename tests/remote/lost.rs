//! A line that breaks: answers that are lost, a server that goes, and one that stays away.

use super::proxy::{Deed, Proxy};
use super::*;
use crewdesk::client::{Client, Reach, Server, StartRequest, TaskQuery};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Loses the first answers to requests whose line holds this.
fn losing(to: SocketAddr, what: &'static str, times: usize) -> Proxy {
    let left = AtomicUsize::new(times);
    Proxy::new(to, move |line| {
        let lost = line.contains(what)
            && left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
                .is_ok();
        if lost { Deed::Lose } else { Deed::Pass }
    })
}

#[test]
fn a_command_whose_answer_is_lost_is_done_once() {
    let house = house();
    let served = Serving::start(&house, "127.0.0.1:0");
    let twice = |proxy: &Proxy, what: &str| {
        let keys = proxy.keys(what);
        assert!(
            keys.len() > 1 && keys.iter().all(|key| *key == keys[0]),
            "{keys:?}"
        );
        assert!(!keys[0].is_empty());
    };
    let proxy = losing(served.address(), "post /engine-rest/crewdesk/start", 2);
    let set = ["user", "passwd", "mara", "--password-stdin"];
    assert!(house.run_with("mara", &set, PASSWORD).ok());
    let start = [
        "start",
        "database-insertion",
        "--business-key",
        "k",
        "--assignee",
        "ana",
    ];
    far_json(&house, &proxy.url, "mara", &start);
    twice(&proxy, "/crewdesk/start");
    let open = far_json(&house, &served.socket, "", &["instance", "list"]);
    assert_eq!(open.as_array().unwrap().len(), 1, "started once");
    let task = text(&far_json(&house, &served.http, "ana", &["task", "list"])[0]["id"]);

    let proxy = losing(served.address(), "/comment ", 1);
    let said = far(
        &house,
        &proxy.url,
        "ana",
        &["task", "comment", &task, "once"],
    );
    assert!(said.ok(), "{said:?}");
    twice(&proxy, "/comment ");
    let proxy = losing(served.address(), "/complete ", 1);
    let done = far(
        &house,
        &proxy.url,
        "ana",
        &fill(&task, "dataFrame=good.csv"),
    );
    assert!(done.ok(), "{done:?}");
    twice(&proxy, "/complete ");
    until("the rows are in", || house.rows("orders") == 2);
    let instance = text(&open[0]["id"]);
    let past = far_json(
        &house,
        &served.socket,
        "",
        &["instance", "history", &instance],
    );
    let of = |kind: &str, word: &str| {
        let past = past.as_array().unwrap().iter();
        past.filter(|e| e["kind"] == kind && e["text"].as_str().unwrap().contains(word))
            .count()
    };
    assert_eq!(
        (of("comment", "once"), of("completed", "")),
        (1, 1),
        "{past}"
    );

    // Rows that went in are not put in again, whether they keep a line in the ledger or not.
    house.write(
        "more.csv",
        "id,customer,amount,ordered\n9,eva,3,2026-01-19\n",
    );
    house.target("CREATE TABLE plain (id INTEGER, customer TEXT, amount TEXT, ordered TEXT)");
    let insert = ["insert", "more.csv", "warehouse", "plain"];
    let proxy = losing(served.address(), "/crewdesk/insert ", 1);
    let report = far_json(&house, &proxy.url, "ana", &insert);
    assert_eq!(
        (&report["kept"], house.rows("plain")),
        (&true.into(), 1),
        "{report}"
    );
    twice(&proxy, "/crewdesk/insert ");
    let proxy = losing(served.address(), "/crewdesk/insert ", 1);
    let bare = [&insert[..], &["--rows-only"]].concat();
    let told = far(&house, &proxy.url, "ana", &bare).refusal();
    assert!(told.contains("is not known"), "{told}");
    assert_eq!(proxy.keys("/crewdesk/insert ").len(), 1);
    assert_eq!(house.rows("plain"), 2);
}

/// Enters as ana, on a machine whose folder is the house's.
fn ana(house: &House, server: &str) -> Arc<dyn Client> {
    let server = Server::at(server).unwrap();
    server
        .keeping(&house.path("unsent"))
        .enter(Some("ana"), &mut |_| Ok(PASSWORD.to_owned()))
        .unwrap()
}

#[test]
fn a_server_that_goes_and_comes_back_is_waited_for() {
    let house = house();
    let mut served = Serving::start(&house, "127.0.0.1:0");
    far_json(
        &house,
        &served.socket,
        "",
        &["start", "database-insertion", "--candidate-group", "sales"],
    );
    let client = ana(&house, &served.http);
    let task = client.tasks(TaskQuery::default()).unwrap().items.remove(0);
    let seen = client.wait_for_change(0, Duration::ZERO);
    assert_eq!(client.reach(), Reach::Whole);

    served.kill();
    until("it is noticed", || client.reach() == Reach::Lost);
    let (other, id) = (client.clone(), task.id.clone());
    let claims = std::thread::spawn(move || other.claim(&id));
    let seen = client.wait_for_change(seen, Duration::from_millis(50));
    let listen = served.address().to_string();
    let served = Serving::start(&house, &listen);
    let claimed = claims.join().unwrap().unwrap();
    assert_eq!(claimed.assignee.as_deref(), Some("ana"));
    until("news come", || {
        client.wait_for_change(seen, Duration::from_secs(1)) != seen
    });
    assert_eq!(client.reach(), Reach::Whole);

    // What others do is told at once.
    let seen = client.wait_for_change(0, Duration::from_secs(1));
    far_json(
        &house,
        &served.socket,
        "",
        &["task", "assign", &task.id, "ben"],
    );
    let until_told = std::time::Instant::now();
    let mut mark = seen;
    until("the change is told", || {
        mark = client.wait_for_change(mark, Duration::from_secs(5));
        client.task(&task.id).is_err()
            || client.task(&task.id).unwrap().task.assignee.as_deref() == Some("ben")
    });
    assert!(until_told.elapsed() < Duration::from_secs(10));
}

/// What is typed while the server is away is there again, whoever's machine goes down meanwhile.
#[test]
fn a_server_that_stays_away_is_said_to_be_and_a_draft_waits_for_it() {
    let house = house();
    let mut served = Serving::start(&house, "127.0.0.1:0");
    let start = ["start", "database-insertion", "--assignee", "ana"];
    far_json(&house, &served.socket, "", &start);
    let client = ana(&house, &served.http);
    let id = client
        .tasks(TaskQuery::default())
        .unwrap()
        .items
        .remove(0)
        .id;
    let values = |text: &str| {
        let texts = [("tableName", text), ("password", "hunter2")];
        let texts = texts.map(|(name, text)| (name.to_owned(), text.to_owned()));
        indexmap::IndexMap::from(texts)
    };
    client.task(&id).unwrap();
    let first = client.save_draft(&id, &values("first"), None).unwrap();
    served.kill();
    let told = client.save_draft(&id, &values("second"), Some(first.saved));
    let told = told.unwrap_err().to_string();
    assert!(told.contains("kept on this machine"), "{told}");
    for file in std::fs::read_dir(house.path("unsent")).unwrap() {
        let kept = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(
            kept.contains("second") && !kept.contains("hunter2"),
            "{kept}"
        );
    }
    let begun = std::time::Instant::now();
    let told = client.status().unwrap_err().to_string();
    assert!(told.contains("not reachable"), "{told}");
    assert!(begun.elapsed() < Duration::from_secs(60), "not for ever");

    drop(client);
    let served = Serving::start(&house, &served.address().to_string());
    let client = ana(&house, &served.http);
    let found = client.task(&id).unwrap();
    assert_eq!(found.values["tableName"], "second");
    assert_eq!(found.draft_elsewhere, None, "it is one's own");
    let there = far_json(&house, &served.http, "ana", &["task", "show", &id]);
    assert_eq!(
        there["values"]["tableName"], "second",
        "the server has it now"
    );
    assert!(house.path("unsent").read_dir().unwrap().next().is_none());
    // Who typed on over the same draft typed over what was sent since.
    let next = client.save_draft(&id, &values("third"), Some(first.saved));
    assert_eq!(next.unwrap().elsewhere, None);
}

#[test]
fn what_is_asked_again_after_no_answer_is_the_same_command() {
    let house = house();
    let served = Serving::start(&house, "127.0.0.1:0");
    // No answer for longer than the client tries, then all of them.
    let deaf = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let now = deaf.clone();
    let proxy = Proxy::new(served.address(), move |line| {
        match line.contains("/crewdesk/start ") && now.load(Ordering::SeqCst) {
            true => Deed::Lose,
            false => Deed::Pass,
        }
    });
    let set = ["user", "passwd", "mara", "--password-stdin"];
    assert!(house.run_with("mara", &set, PASSWORD).ok());
    let mara = Server::at(&proxy.url)
        .unwrap()
        .enter(Some("mara"), &mut |_| Ok(PASSWORD.to_owned()))
        .unwrap();
    let start = || {
        mara.start(StartRequest {
            key: "database-insertion".to_owned(),
            ..StartRequest::default()
        })
    };
    deaf.store(true, Ordering::SeqCst);
    let told = start().unwrap_err().to_string();
    assert!(told.contains("is not known"), "{told}");
    deaf.store(false, Ordering::SeqCst);
    start().unwrap();
    assert_eq!(
        far_json(&house, &served.socket, "", &["instance", "list"])
            .as_array()
            .unwrap()
            .len(),
        1
    );
    start().unwrap();
    assert_eq!(
        far_json(&house, &served.socket, "", &["instance", "list"])
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

/// A refusal says nothing of the frames that were sent; one that is gone is sent again, alone.
#[test]
fn frames_are_sent_once_until_they_are_gone() {
    let house = house();
    let served = Serving::start(&house, "127.0.0.1:0");
    let proxy = Proxy::new(served.address(), |_| Deed::Pass);
    let (_, task) = house.launch("k", "ana");
    let client = ana(&house, &proxy.url);
    let values = |file: &str, table: &str| {
        let texts = [
            ("connection", "warehouse".to_owned()),
            ("tableName", table.to_owned()),
            ("dataFrame", house.arg(file)),
        ];
        let texts = texts.map(|(name, text)| (name.to_owned(), text));
        indexmap::IndexMap::from(texts)
    };
    let sent = || proxy.keys("put /engine-rest/crewdesk/frames/").len();
    client
        .preview(&task, &values("good.csv", "orders"))
        .unwrap();
    client.preview(&task, &values("bad.csv", "orders")).unwrap();
    assert_eq!(sent(), 2);
    // Refused, for another reason.
    client
        .complete_form(&task, &values("good.csv", ""))
        .unwrap_err();
    client.preview(&task, &values("bad.csv", "orders")).unwrap();
    assert_eq!(sent(), 2, "none was forgotten");
    // What is gone is noticed, and sent again.
    let kept = house.path("desk/desk.db.frames").read_dir().unwrap();
    for frame in kept.flatten().filter(|entry| entry.path().is_file()) {
        std::fs::remove_file(frame.path()).unwrap();
    }
    let seen = client
        .preview(&task, &values("good.csv", "orders"))
        .unwrap();
    assert_eq!((seen.refused, sent()), (0, 3));
}

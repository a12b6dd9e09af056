//! A kept connection that ends: after a command has reached the server and before its answer,
//! or while nobody speaks.

use super::*;
use crewdesk::client::{Client, Server, StartRequest, TaskQuery};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A wire between a client and a server that a test cuts. Connections live as long as both ends
/// want.
struct Wire {
    url: String,
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// The first line of each request, its key, and how many came before it over its connection.
    heard: Mutex<Vec<(String, String, usize)>>,
    /// Cuts the next so many answers to requests whose first line holds the text.
    cut: Mutex<(String, usize)>,
    open: Mutex<Vec<TcpStream>>,
}

impl Wire {
    fn new(to: SocketAddr) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner: Arc<Inner> = Arc::default();
        let shared = inner.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(to) else {
                    return;
                };
                let inner = shared.clone();
                inner.open.lock().unwrap().push(client.try_clone().unwrap());
                std::thread::spawn(move || carry(client, server, &inner));
            }
        });
        Wire { url, inner }
    }

    fn cut(&self, what: &str, times: usize) {
        *self.inner.cut.lock().unwrap() = (what.to_owned(), times);
    }

    /// Closes every connection, as a server does with those that nobody uses.
    fn close_idle(&self) {
        for stream in self.inner.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Requests of this kind: their keys, and whether they came over a connection that was kept.
    fn of(&self, what: &str) -> Vec<(String, bool)> {
        let heard = self.inner.heard.lock().unwrap();
        let of = heard.iter().filter(|(line, ..)| line.contains(what));
        of.map(|(_, key, before)| (key.clone(), *before > 0))
            .collect()
    }
}

/// Carries requests one by one; the answers come beside, until one is cut.
fn carry(mut client: TcpStream, mut server: TcpStream, inner: &Inner) {
    let deaf = Arc::new(AtomicBool::new(false));
    let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let cut = deaf.clone();
    std::thread::spawn(move || {
        let mut piece = [0; 65536];
        while let Ok(n @ 1..) = from.read(&mut piece) {
            // The first byte of an answer says that the command is done.
            if cut.load(Ordering::SeqCst) || to.write_all(&piece[..n]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    });
    let (mut buffer, mut piece) = (Vec::new(), [0; 65536]);
    for before in 0.. {
        let mut whole = None;
        while whole.is_none() {
            match client.read(&mut piece) {
                Ok(n @ 1..) => buffer.extend_from_slice(&piece[..n]),
                _ => {
                    let _ = server.shutdown(Shutdown::Both);
                    return;
                }
            }
            whole = request(&buffer);
        }
        let (line, key, end) = whole.unwrap();
        let mut wanted = inner.cut.lock().unwrap();
        if wanted.1 > 0 && line.contains(&wanted.0) {
            wanted.1 -= 1;
            deaf.store(true, Ordering::SeqCst);
        }
        drop(wanted);
        inner.heard.lock().unwrap().push((line, key, before));
        if server.write_all(&buffer[..end]).is_err() {
            return;
        }
        buffer.drain(..end);
    }
}

/// The first request in a buffer, when it is all there: its line, its key, its end.
fn request(buffer: &[u8]) -> Option<(String, String, usize)> {
    let head = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let lines = String::from_utf8_lossy(&buffer[..head]).to_lowercase();
    let header = |name: &str| {
        let line = lines.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    let end = head + header("content-length:").parse().unwrap_or(0);
    let line = lines.lines().next().unwrap_or_default().to_owned();
    (buffer.len() >= end).then(|| (line, header("idempotency-key:"), end))
}

fn enter(house: &House, url: &str, user: &str) -> Arc<dyn Client> {
    let server = Server::at(url).unwrap().keeping(&house.path("unsent"));
    server
        .enter(Some(user), &mut |_| Ok(PASSWORD.to_owned()))
        .unwrap()
}

/// How often something of this kind happened in an instance.
fn times(house: &House, instance: &str, kind: &str) -> usize {
    let past = house.json("mara", &["instance", "history", instance]);
    let past = past.as_array().unwrap().iter();
    past.filter(|entry| entry["kind"] == kind).count()
}

/// A house whose head has a password too: its clients go over the wire.
fn open_house() -> House {
    let house = house();
    let set = ["user", "passwd", "mara", "--password-stdin"];
    assert!(house.run_with("mara", &set, PASSWORD).ok());
    house
}

fn mara(house: &House, args: &[&str]) -> Value {
    let mut command = house.command("mara", &[&["--json"], args].concat());
    command.env("CREWDESK_PASSWORD", PASSWORD);
    Running::start(command, "").end().json()
}

#[test]
fn a_kept_connection_that_is_cut_before_an_answer_loses_and_repeats_nothing() {
    let house = open_house();
    let served = Serving::start(&house, "127.0.0.1:0");
    let wire = Wire::new(served.address());
    let client = enter(&house, &wire.url, "mara");
    let start = || {
        client.start(StartRequest {
            key: "database-insertion".to_owned(),
            candidate_groups: vec!["sales".to_owned()],
            ..StartRequest::default()
        })
    };
    wire.cut("post /engine-rest/crewdesk/start ", 1);
    let started = start().unwrap();
    let all = mara(&house, &["instance", "list"]);
    assert_eq!(all.as_array().unwrap().len(), 1, "started once");
    same_command(&wire, "/crewdesk/start ");

    // Also of an employee, and twice in a row: the new connection is cut as well.
    let ana = enter(&house, &wire.url, "ana");
    let task = ana.tasks(TaskQuery::default()).unwrap().items.remove(0).id;
    for (what, path) in [("claim", "/claim "), ("comment", "/comment ")] {
        wire.cut(path, 2);
        match what {
            "claim" => drop(ana.claim(&task).unwrap()),
            _ => ana.comment_task(&task, "once").unwrap(),
        }
        assert_eq!(wire.of(path).len(), 3, "{what}");
        same_command(&wire, path);
    }
    let past = |kind: &str| {
        let entries = client.history(&started.id).unwrap();
        entries.iter().filter(|entry| entry.kind == kind).count()
    };
    assert_eq!((past("claimed"), past("comment")), (1, 1));
}

/// A command came more than once, first over a kept connection, and each time by the same name.
fn same_command(wire: &Wire, what: &str) {
    let heard = wire.of(what);
    assert!(heard.len() > 1, "{what}: {heard:?}");
    assert!(heard[0].1, "{what} went over a connection that was kept");
    let (first, _) = &heard[0];
    assert!(!first.is_empty());
    assert!(heard.iter().all(|(key, _)| key == first), "{heard:?}");
}

#[test]
fn a_kept_connection_that_was_closed_meanwhile_is_made_anew() {
    let house = house();
    let served = Serving::start(&house, "127.0.0.1:0");
    let (instance, task) = house.launch("k", "ana");
    let wire = Wire::new(served.address());
    let client = enter(&house, &wire.url, "ana");
    client.task(&task).unwrap();
    for n in 0..6 {
        client.comment_task(&task, &format!("comment {n}")).unwrap();
        assert!(n > 0 || wire.of("/comment ")[0].1, "connections are kept");
        // Sometimes the client has noticed it, sometimes it writes into nothing.
        wire.close_idle();
    }
    assert_eq!(times(&house, &instance, "comment"), 6, "each once");
    let heard = wire.of("/comment ");
    let keys: std::collections::HashSet<_> = heard.iter().map(|(key, _)| key).collect();
    assert_eq!((heard.len(), keys.len()), (6, 6), "{heard:?}");
}

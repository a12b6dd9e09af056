//! Who may call, what a server bears, and how it ends.

use crate::house::{House, PASSWORD, raw, read, request};
use crewdesk::client::{Client, Embedded};
use crewdesk::desk::Caller;
use crewdesk::rest::{Limits, Options};
use crewdesk::value::base64;
use serde_json::json;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

fn login(user: &str, password: &str) -> String {
    let login = base64::encode(format!("{user}:{password}").as_bytes());
    format!(
        "GET /engine-rest/version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Basic {login}\r\n\r\n"
    )
}

#[test]
fn passwords_are_checked_and_changes_count_at_once() {
    let house = House::new();
    let mara = Embedded::new(house.desk.clone(), Caller::User("mara".to_owned()));
    mara.add_user("dora", crewdesk::client::Role::Employee, &[], None)
        .unwrap();
    let status =
        |user: &str, password: &str| raw(house.address, login(user, password).as_bytes()).status;
    assert_eq!(status("mara", PASSWORD), 200);
    assert_eq!(status("mara", PASSWORD), 200, "remembered");
    assert_eq!(status("mara", "wrong"), 401);
    assert_eq!(status("nobody", PASSWORD), 401);
    assert_eq!(
        status("dora", ""),
        401,
        "without a password nobody comes in over the network"
    );
    mara.set_password("mara", Some("another password")).unwrap();
    assert_eq!(
        status("mara", PASSWORD),
        401,
        "what was remembered no longer counts"
    );
    assert_eq!(status("mara", "another password"), 200);
}

#[test]
fn health_engine_and_unknown_paths() {
    let house = House::new();
    assert_eq!(
        house.send("", "GET", "/health", None).good()["status"],
        "up"
    );
    assert_eq!(
        house.get("", "/engine").good(),
        json!([{"name": "default"}])
    );
    house
        .get("mara", "/nothing")
        .refused(404, "NotFoundException", "HTTP 404 Not Found");
    house
        .send("mara", "DELETE", "/engine-rest/version", None)
        .refused(405, "NotAllowedException", "HTTP 405 Method Not Allowed");
    let metrics = house.send("mara", "GET", "/metrics", None);
    let text = String::from_utf8(metrics.body).unwrap();
    assert!(
        text.contains(
            "crewdesk_http_requests_total{operation=\"getProcessEngineNames\",status=\"200\"} 1"
        ),
        "{text}"
    );
    assert_eq!(house.send("", "GET", "/metrics", None).status, 401);
}

#[test]
fn bodies_are_json_and_bounded() {
    let house = House::with(|options| options.limits.body = 1000);
    let send = |kind: &str, body: &[u8]| {
        raw(
            house.address,
            &request("mara", "POST", "/engine-rest/message", kind, Some(body)),
        )
    };
    send("text/plain", b"{}").refused(
        415,
        "NotSupportedException",
        "HTTP 415 Unsupported Media Type",
    );
    assert_eq!(
        send("application/json", b"{broken").json()["type"],
        "JsonParseException"
    );
    assert_eq!(
        send("application/json", b"[1]").json()["type"],
        "MismatchedInputException"
    );
    assert_eq!(send("application/json; charset=UTF-8", b"{}").status, 400);
    assert_eq!(send("application/json", &[b' '; 2000]).status, 413);
    let deep = "[".repeat(900);
    assert_eq!(send("application/json", deep.as_bytes()).status, 400);
    let page = "POST /engine-rest/message HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nSec-Fetch-Site: cross-site\r\n\r\n";
    assert_eq!(raw(house.address, page.as_bytes()).status, 403);
}

#[test]
fn slow_and_broken_clients_harm_nobody() {
    let house = House::with(|options| {
        options.limits.header_time = Duration::from_millis(300);
        options.limits.request_time = Duration::from_millis(300);
        options.limits.connections = 20;
    });
    let open = |text: &str| {
        let mut stream = TcpStream::connect(house.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    };
    // Silent, half a head, half a body, nonsense.
    let begun = Instant::now();
    let silent: Vec<_> = (0..5).map(|_| open("")).collect();
    let half: Vec<_> = (0..5).map(|_| open("GET /engine-rest/vers")).collect();
    let nonsense = open("\x00\x01\x02 nonsense\r\n\r\n");
    let mut slow = String::from_utf8(request(
        "mara",
        "POST",
        "/engine-rest/message",
        "application/json",
        Some(b"{}"),
    ))
    .unwrap();
    slow = slow.replace("Content-Length: 2", "Content-Length: 500");
    let slow = open(&slow);
    assert_eq!(house.send("", "GET", "/health", None).status, 200);
    assert_eq!(read(slow).status, 408);
    for mut stream in silent.into_iter().chain(half).chain([nonsense]) {
        let mut rest = Vec::new();
        let _ = std::io::Read::read_to_end(&mut stream, &mut rest);
    }
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "each ends by its time"
    );
    // More connections than are borne: further ones are closed, and there is room again later.
    let many: Vec<_> = (0..20).map(|_| open("")).collect();
    let mut further = TcpStream::connect(house.address).unwrap();
    let mut rest = Vec::new();
    let _ = std::io::Read::read_to_end(&mut further, &mut rest);
    assert!(rest.is_empty());
    drop(many);
    let begun = Instant::now();
    loop {
        let mut stream = TcpStream::connect(house.address).unwrap();
        stream
            .write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = Vec::new();
        let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
        if answer.starts_with(b"HTTP/1.1 200") {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}

#[test]
fn without_logins_only_on_this_machine() {
    let options = |at: &str, no_auth| Options {
        socket: None,
        listen: Some(at.parse::<SocketAddr>().unwrap()),
        no_auth,
        no_worker: true,
        limits: Limits::default(),
    };
    let refused = options("0.0.0.0:8080", true)
        .check()
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("TLS") && refused.contains("--no-auth"),
        "{refused}"
    );
    assert!(options("[::1]:8080", true).check().is_ok());
    assert!(options("0.0.0.0:8080", false).check().is_ok());
    let house = House::with(|options| options.no_auth = true);
    house
        .send("", "GET", "/engine-rest/external-task", None)
        .good();
    let other = "GET /engine-rest/external-task HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert_eq!(raw(house.address, other.as_bytes()).status, 403);
}

#[cfg(unix)]
#[test]
fn the_system_says_who_calls_on_a_socket() {
    use std::os::unix::net::UnixStream;
    let account = std::process::Command::new("id")
        .arg("-un")
        .output()
        .unwrap();
    let account = String::from_utf8(account.stdout).unwrap().trim().to_owned();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("desk.sock");
    // A socket that nobody listens on any more is in the way of nobody.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let mut house = House::with(|options| options.socket = Some(path.clone()));
    let ask = || {
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.write_all(b"GET /engine-rest/external-task/count HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n").unwrap();
        read(stream)
    };
    let refused = ask();
    assert_eq!(refused.status, 401);
    assert!(
        refused.json()["message"]
            .as_str()
            .unwrap()
            .contains(&account)
    );
    let mara = Embedded::new(house.desk.clone(), Caller::User("mara".to_owned()));
    mara.set_account("ana", Some(&account)).unwrap();
    ask().good();
    mara.set_account("ana", None).unwrap();
    assert_eq!(ask().status, 401);
    mara.add_user(&account, crewdesk::client::Role::Employee, &[], None)
        .unwrap();
    ask().good();
    house.stop();
    assert!(
        !path.exists(),
        "a server that ends takes its socket with it"
    );
}

//! Connectors run by the worker against real servers of this test: HTTP and SMTP.

use crate::office::*;
use chrono::TimeDelta;
use crewdesk::client::{Client, StartRequest, WorkDone};
use crewdesk::desk::external::{Fetch, Topic};
use serde_json::Value as Json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A server that hands each connection, one after the other, to what the test says.
struct Server {
    place: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(mut serve: impl FnMut(usize, TcpStream) -> Option<String> + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = listener.local_addr().unwrap().to_string();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = heard.clone();
        std::thread::spawn(move || {
            for (count, stream) in listener.incoming().enumerate() {
                let Ok(stream) = stream else { return };
                if let Some(heard) = serve(count, stream) {
                    hears.lock().unwrap().push(heard);
                }
            }
        });
        Server { place, heard }
    }

    /// Answers each HTTP request with this.
    fn http(answer: impl Fn(usize) -> Vec<u8> + Send + 'static) -> Server {
        Server::new(move |count, mut stream| {
            let request = request(&stream);
            // Noted before it is answered: who has the answer finds the note.
            let _ = stream.write_all(&answer(count));
            Some(request)
        })
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

/// Reads a request with its body.
fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    head + "\r\n" + &String::from_utf8_lossy(&body)
}

fn ok(body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A process with one connector and a user task behind it.
fn process(connector: &str, inputs: &str, outputs: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="ask" name="Ask" isExecutable="true" camunda:historyTimeToLive="P1D">
    <startEvent id="s" /><sequenceFlow id="f" sourceRef="s" targetRef="call" />
    <serviceTask id="call" name="Call"><extensionElements><camunda:connector>
      <camunda:connectorId>{connector}</camunda:connectorId>
      <camunda:inputOutput>{inputs}{outputs}</camunda:inputOutput>
    </camunda:connector></extensionElements></serviceTask>
    <sequenceFlow id="g" sourceRef="call" targetRef="after" /><userTask id="after" />
  </process>
</definitions>"#
    )
}

fn input(name: &str, value: &str) -> String {
    format!(r#"<camunda:inputParameter name="{name}">{value}</camunda:inputParameter>"#)
}

const OUTPUTS: &str = r#"
    <camunda:outputParameter name="status">${statusCode}</camunda:outputParameter>
    <camunda:outputParameter name="body">${response}</camunda:outputParameter>
    <camunda:outputParameter name="kind">${headers.get("Content-Type")}</camunda:outputParameter>"#;

/// A started instance that calls this URL.
fn calling(office: &Office, url: &str, more: &str) -> String {
    let inputs = input("url", url) + more;
    let inputs = match more.contains("\"method\"") {
        true => inputs,
        false => inputs + &input("method", "GET"),
    };
    started(office, &process("http-connector", &inputs, OUTPUTS))
}

fn started(office: &Office, model: &str) -> String {
    office.deploy("ask.bpmn", model);
    let request = StartRequest {
        key: "ask".into(),
        ..StartRequest::default()
    };
    office.client("mara").start(request).unwrap().id
}

fn work(office: &Office) -> WorkDone {
    office.clock.advance(Duration::from_millis(5));
    office.host().work_until_idle().unwrap()
}

/// The process variables, without their types.
fn variables(office: &Office, instance: &str) -> serde_json::Map<String, Json> {
    let detail = office.client("mara").instance(instance).unwrap();
    let all = detail.variables.into_iter();
    all.map(|(name, one)| (name, one["value"].clone()))
        .collect()
}

/// The cause of the incident, if there is one.
fn incident(office: &Office, instance: &str) -> Option<String> {
    let detail = office.client("mara").instance(instance).unwrap();
    let found = detail.incident_list.first()?;
    Some(found.incident_message.clone().unwrap_or_default())
}

fn settings(office: &Office, text: &str) {
    let path = office.folder.path().join("desk.db.connectors.toml");
    std::fs::write(&path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn a_request_goes_out_as_the_model_says_and_its_answer_comes_back() {
    let office = Office::new();
    let server = Server::http(|_| ok(r#"{"n":1}"#));
    let headers = r#"<camunda:inputParameter name="headers"><camunda:map>
        <camunda:entry key="Authorization">Bearer t</camunda:entry>
        <camunda:entry key="Host">elsewhere.example</camunda:entry>
        <camunda:entry key="Content-Type">text/plain</camunda:entry></camunda:map></camunda:inputParameter>"#;
    let more = input("method", "POST") + headers + &input("payload", "Grüße");
    let url = format!("http://{}/a?b=c", server.place);
    let instance = calling(&office, &url, &more);
    let done = work(&office);
    assert_eq!((done.connectors, done.insertions), (1, 0));
    let variables = variables(&office, &instance);
    assert_eq!(variables["status"], 200);
    assert_eq!(variables["body"], r#"{"n":1}"#);
    assert_eq!(variables["kind"], "application/json");
    assert_eq!(variables.get("response"), None);
    let heard = server.heard().join("");
    assert!(heard.starts_with("POST /a?b=c HTTP/1.1\r\n"), "{heard}");
    for line in [
        "authorization: Bearer t",
        "content-type: text/plain",
        &format!("host: {}", server.place),
        "content-length: 7",
        "Grüße",
    ] {
        assert!(heard.contains(line), "{line} in {heard}");
    }
    assert!(!heard.contains("elsewhere"), "{heard}");
}

#[test]
fn a_status_of_404_is_an_answer_unless_the_model_says_otherwise() {
    let office = Office::new();
    let missing = "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno";
    let server = Server::http(move |_| missing.into());
    let url = format!("http://{}/", server.place);
    let instance = calling(&office, &url, "");
    work(&office);
    assert_eq!(variables(&office, &instance)["status"], 404);
    let strict = r#"<camunda:inputParameter name="request-config"><camunda:map>
        <camunda:entry key="throw-http-error">true</camunda:entry></camunda:map></camunda:inputParameter>"#;
    let instance = calling(&office, &url, strict);
    assert_eq!(work(&office).connectors, 0);
    assert_eq!(variables(&office, &instance).get("status"), None);
}

#[test]
fn a_slow_server_is_given_up_and_tried_again() {
    let office = Office::new();
    // The first request is heard and never answered.
    let mut kept = Vec::new();
    let server = Server::new(move |count, mut stream| {
        let heard = request(&stream);
        match count {
            0 => kept.push(stream),
            _ => drop(stream.write_all(&ok("late"))),
        }
        Some(heard)
    });
    let patience = r#"<camunda:inputParameter name="request-config"><camunda:map>
        <camunda:entry key="socket-timeout">300</camunda:entry></camunda:map></camunda:inputParameter>"#;
    let url = format!("http://{}/", server.place);
    let instance = calling(&office, &url, patience);
    assert_eq!(work(&office).connectors, 0);
    assert_eq!(incident(&office, &instance), None);
    assert_eq!(work(&office).connectors, 0, "not before its time");
    office.clock.advance(Duration::from_secs(6));
    assert_eq!(work(&office).connectors, 1);
    assert_eq!(variables(&office, &instance)["body"], "late");
    assert_eq!(server.heard().len(), 2);
}

#[test]
fn who_is_not_there_becomes_an_incident_after_three_tries() {
    let office = Office::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = port.local_addr().unwrap();
    drop(port);
    let instance = calling(&office, &format!("http://{place}/?key=sesame"), "");
    for wait in [0, 6, 16] {
        assert_eq!(incident(&office, &instance), None);
        office.clock.advance(Duration::from_secs(wait));
        work(&office);
    }
    let told = incident(&office, &instance).expect("an incident");
    assert_eq!(told, format!("{place}: connection refused"));
}

#[test]
fn a_huge_answer_is_not_taken_in() {
    let office = Office::new();
    let server = Server::new(|_, mut stream| {
        let heard = request(&stream);
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let _ = stream.write_all(head.as_bytes());
        let chunk = [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat();
        // Without end, until the other side has had enough.
        while stream.write_all(&chunk).is_ok() {}
        Some(heard)
    });
    let instance = calling(&office, &format!("http://{}/", server.place), "");
    work(&office);
    let told = incident(&office, &instance).expect("an incident");
    assert_eq!(told, "the answer of 127.0.0.1 is longer than 4 MiB");
}

#[test]
fn a_redirect_is_followed_without_what_was_meant_for_the_first() {
    let office = Office::new();
    let second = Server::http(|_| ok("there"));
    let place = second.place.clone();
    let first = Server::http(move |_| {
        format!("HTTP/1.1 302 Found\r\nlocation: http://{place}/x\r\ncontent-length: 0\r\n\r\n")
            .into()
    });
    let headers = r#"<camunda:inputParameter name="headers"><camunda:map>
        <camunda:entry key="X-Api-Key">sesame</camunda:entry>
        <camunda:entry key="Accept">text/plain</camunda:entry></camunda:map></camunda:inputParameter>"#;
    let url = format!("http://{}/", first.place);
    let instance = calling(&office, &url, headers);
    work(&office);
    assert_eq!(variables(&office, &instance)["body"], "there");
    assert!(first.heard()[0].contains("x-api-key: sesame"));
    let heard = second.heard().join("");
    assert!(heard.contains("accept: text/plain"), "{heard}");
    assert!(!heard.contains("sesame"), "{heard}");
}

#[test]
fn hosts_that_may_not_be_called_are_an_incident_at_once() {
    let office = Office::new();
    let instance = calling(&office, "http://169.254.169.254/latest/meta-data/", "");
    work(&office);
    let told = incident(&office, &instance).expect("an incident");
    assert!(
        told.starts_with("169.254.169.254 may not be called"),
        "{told}"
    );
    settings(&office, "[http]\nhosts = [\"api.example.org\"]\n");
    let server = Server::http(|_| ok(""));
    let instance = calling(&office, &format!("http://{}/", server.place), "");
    work(&office);
    let told = incident(&office, &instance).expect("an incident");
    assert!(
        told.starts_with("127.0.0.1 may not be called: add it to hosts"),
        "{told}"
    );
    assert_eq!(server.heard().len(), 0);
}

#[test]
fn an_answer_that_the_model_can_not_read_is_an_incident_and_can_be_tried_again() {
    let office = Office::new();
    let server = Server::http(|count| ok(if count == 0 { "<html>" } else { r#"{"n":2}"# }));
    let inputs = input("url", &format!("http://{}/", server.place)) + &input("method", "GET");
    let outputs = r#"<camunda:outputParameter name="n">${S(response).prop("n").numberValue()}</camunda:outputParameter>"#;
    let instance = started(&office, &process("http-connector", &inputs, outputs));
    work(&office);
    assert!(incident(&office, &instance).is_some());
    office.client("mara").retry(&instance).unwrap();
    work(&office);
    assert_eq!(incident(&office, &instance), None);
    assert_eq!(variables(&office, &instance)["n"].as_i64(), Some(2));
}

#[test]
fn a_worker_that_dies_before_it_tells_leaves_the_request_to_the_next() {
    let office = Office::new();
    let server = Server::http(|_| ok("again"));
    let instance = calling(&office, &format!("http://{}/", server.place), "");
    let fetch = Fetch {
        worker: "dead".into(),
        most: 1,
        by_priority: true,
        by_age: None,
        except: Vec::new(),
        topics: vec![Topic {
            name: "connector:http-connector".into(),
            lock: TimeDelta::seconds(10),
            variables: None,
            local: false,
            only: None,
        }],
    };
    let locked = office.desk.fetch_and_lock(&office.worker(), fetch).unwrap();
    assert_eq!(locked.len(), 1);
    // It makes the request and is not heard of again.
    let mut line = TcpStream::connect(&server.place).unwrap();
    line.write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
        .unwrap();
    line.read_to_end(&mut Vec::new()).unwrap();
    office.clock.advance(Duration::from_secs(11));
    assert_eq!(work(&office).connectors, 1, "its lock ran out");
    assert_eq!(variables(&office, &instance)["body"], "again");
    assert_eq!(server.heard().len(), 2, "at least once");
}

#[test]
fn a_topic_of_a_model_is_none_of_the_connectors() {
    let office = Office::new();
    let model = process("http-connector", "", "");
    let at = model.find("<serviceTask").unwrap();
    let to = model.find("</serviceTask>").unwrap();
    for topic in ["mail-send", "connector:mail-send"] {
        let external = format!(
            r#"{}<serviceTask id="call" camunda:type="external" camunda:topic="{topic}">{}"#,
            &model[..at],
            &model[to..]
        );
        let instance = started(&office, &external);
        work(&office);
        let told = incident(&office, &instance);
        assert_eq!(told.is_some(), topic != "mail-send", "{told:?}");
    }
}

/// A mail server that takes everything; each mail as it came, with the commands before it.
fn mail_server(offers: &'static str, refuse: &'static str) -> Server {
    Server::new(move |_, mut stream| {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut heard = String::new();
        let mut say = |text: &str| stream.write_all(text.as_bytes()).is_ok();
        say("220 sink\r\n");
        let mut mail = false;
        while let Some(Ok(line)) = lines.next() {
            heard.push_str(&line);
            heard.push('\n');
            let answer = match line.as_str() {
                "." if mail => {
                    mail = false;
                    "250 taken\r\n"
                }
                _ if mail => continue,
                "DATA" => {
                    mail = true;
                    "354 go on\r\n"
                }
                "QUIT" => {
                    say("221 bye\r\n");
                    break;
                }
                line if line.starts_with("EHLO") => offers,
                line if line.starts_with("AUTH") => "235 welcome\r\n",
                line if !refuse.is_empty() && line.contains(refuse) => "550 unknown here\r\n",
                _ => "250 fine\r\n",
            };
            if !say(answer) {
                break;
            }
        }
        Some(heard)
    })
}

const PLAIN: &str = "250-sink\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n";

fn mail(office: &Office, server: &Server, more: &str) -> String {
    let port = server.place.rsplit_once(':').unwrap().1;
    settings(
        office,
        &format!(
            "[mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nuser = \"desk\"\npassword = \"sesame\"\nfrom = \"desk@desk.example\"\n"
        ),
    );
    let inputs = input("to", "Ana <![CDATA[<ana@x.example>]]>, ben@x.example")
        + &input("subject", "Grüße")
        + &input("text", "Hello")
        + more;
    started(office, &process("mail-send", &inputs, ""))
}

#[test]
fn a_mail_goes_out_over_smtp() {
    let office = Office::new();
    let server = mail_server(PLAIN, "");
    let more = input("html", "Hello again") + &input("bcc", "boss@x.example");
    let instance = mail(&office, &server, &more);
    assert_eq!(work(&office).connectors, 1);
    assert_eq!(incident(&office, &instance), None);
    let heard = server.heard().join("");
    let commands = "AUTH PLAIN AGRlc2sAc2VzYW1l\nMAIL FROM:<desk@desk.example>\nRCPT TO:<ana@x.example>\nRCPT TO:<ben@x.example>\nRCPT TO:<boss@x.example>\nDATA\n";
    assert!(heard.contains(commands), "{heard}");
    for line in [
        "From: desk@desk.example\n",
        "To: \"Ana\" <ana@x.example>,\n ben@x.example\n",
        "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\n",
        "Content-Type: multipart/alternative;",
        "SGVsbG8=\n",
        "SGVsbG8gYWdhaW4=\n",
    ] {
        assert!(heard.contains(line), "{line} in {heard}");
    }
    assert_eq!(heard.matches("boss@").count(), 1, "{heard}");
}

#[test]
fn a_mail_that_is_refused_is_an_incident_with_what_the_server_said() {
    let office = Office::new();
    let server = mail_server(PLAIN, "<ben@");
    let instance = mail(&office, &server, "");
    work(&office);
    let told = incident(&office, &instance).expect("an incident");
    assert_eq!(
        told,
        "127.0.0.1 refuses the recipient ben@x.example: 550 unknown here"
    );
    assert!(
        !server.heard().join("").contains("DATA"),
        "all get it or none"
    );
}

#[test]
fn a_password_goes_out_in_no_text_and_never_in_the_clear() {
    let office = Office::new();
    let server = mail_server(PLAIN, "");
    let instance = mail(&office, &server, "");
    let path = office.folder.path().join("desk.db.connectors.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"none\"", "\"starttls\"")).unwrap();
    work(&office);
    let told = incident(&office, &instance).expect("an incident");
    assert!(told.contains("offers no STARTTLS"), "{told}");
    assert!(!server.heard().join("").contains("AUTH"));
}

#[test]
fn without_a_mail_server_it_says_what_to_set_up() {
    let office = Office::new();
    let inputs = input("to", "ana@x.example") + &input("text", "Hello");
    let instance = started(&office, &process("mail-send", &inputs, ""));
    work(&office);
    let told = incident(&office, &instance).expect("an incident");
    assert!(told.starts_with("no mail server is set up"), "{told}");
}

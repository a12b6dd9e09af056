//! Connectors over TLS: the worker as a process of its own, which trusts an authority that the test
//! made, or does not.

use super::certificates::certificates;
use super::support::{House, text};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

type Secured = StreamOwned<ServerConnection, TcpStream>;

/// When a server begins TLS.
#[derive(Clone, Copy, PartialEq)]
enum Begins {
    AtOnce,
    WhenAsked,
}

/// A server on `localhost` with the certificate of this folder.
struct Server {
    port: u16,
    heard: Receiver<String>,
}

impl Server {
    fn new(dir: &Path, begins: Begins, talk: fn(&mut BufReader<Secured>) -> String) -> Server {
        let chain = CertificateDer::pem_file_iter(dir.join("server.crt")).unwrap();
        let key = PrivateKeyDer::from_pem_file(dir.join("server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain.map(Result::unwrap).collect(), key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, heard) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                if begins == Begins::WhenAsked {
                    in_the_clear(&mut stream);
                }
                let session = ServerConnection::new(config.clone()).unwrap();
                let mut line = BufReader::new(StreamOwned::new(session, stream));
                // Nothing is heard of who does not trust this server.
                let _ = tell.send(talk(&mut line));
            }
        });
        Server { port, heard }
    }

    /// What the next caller said, if there was one.
    fn heard(&self) -> String {
        self.heard.try_recv().unwrap_or_default()
    }
}

/// SMTP up to STARTTLS.
fn in_the_clear(stream: &mut TcpStream) {
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut say = |text: &str| stream.write_all(text.as_bytes());
    say("220 sink\r\n").unwrap();
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap_or(0) > 0 {
        if line.starts_with("STARTTLS") {
            say("220 go on\r\n").unwrap();
            return;
        }
        assert!(line.starts_with("EHLO"), "in the clear: {line}");
        say("250-sink\r\n250 STARTTLS\r\n").unwrap();
        line.clear();
    }
}

/// Answers one request of HTTP.
fn http(line: &mut BufReader<Secured>) -> String {
    let (mut heard, mut length) = (String::new(), 0);
    loop {
        let mut one = String::new();
        if line.read_line(&mut one).unwrap_or(0) == 0 {
            return heard;
        }
        if let Some(told) = one.strip_prefix("content-length: ") {
            length = told.trim().parse().unwrap();
        }
        if one == "\r\n" {
            break;
        }
        heard += &one;
    }
    let mut body = vec![0; length];
    line.read_exact(&mut body).unwrap();
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret";
    line.get_mut().write_all(answer.as_bytes()).unwrap();
    line.get_mut().flush().unwrap();
    heard + &String::from_utf8_lossy(&body)
}

/// SMTP within TLS: with a greeting where TLS began at once.
fn smtp(line: &mut BufReader<Secured>, greets: bool) -> String {
    let say = |line: &mut BufReader<Secured>, text: &str| {
        let line = line.get_mut();
        line.write_all(text.as_bytes()).is_ok() && line.flush().is_ok()
    };
    let (mut heard, mut mail) = (String::new(), false);
    if greets && !say(line, "220 sink\r\n") {
        return heard;
    }
    loop {
        let mut one = String::new();
        if line.read_line(&mut one).unwrap_or(0) == 0 {
            return heard;
        }
        heard += &one;
        let answer = match one.trim_end() {
            "." => "250 taken\r\n",
            _ if mail => continue,
            "DATA" => "354 go on\r\n",
            "QUIT" => "221 bye\r\n",
            hello if hello.starts_with("EHLO") => "250-sink\r\n250 AUTH PLAIN\r\n",
            login if login.starts_with("AUTH") => "235 welcome\r\n",
            _ => "250 fine\r\n",
        };
        mail = one.starts_with("DATA");
        if !say(line, answer) || answer.starts_with("221") {
            return heard;
        }
    }
}

/// A process that calls a connector with these inputs.
fn model(connector: &str, inputs: &[(&str, &str)]) -> String {
    let inputs: String = inputs
        .iter()
        .map(|(name, value)| {
            format!(r#"<camunda:inputParameter name="{name}">{value}</camunda:inputParameter>"#)
        })
        .collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="ask" name="Ask" isExecutable="true" camunda:historyTimeToLive="P1D">
    <startEvent id="s" /><sequenceFlow id="f" sourceRef="s" targetRef="call" />
    <serviceTask id="call" name="Call"><extensionElements><camunda:connector>
      <camunda:connectorId>{connector}</camunda:connectorId>
      <camunda:inputOutput>{inputs}
        <camunda:outputParameter name="answer">${{response}}</camunda:outputParameter>
      </camunda:inputOutput>
    </camunda:connector></extensionElements></serviceTask>
    <sequenceFlow id="g" sourceRef="call" targetRef="after" /><userTask id="after" />
  </process>
</definitions>"#
    )
}

/// Starts the process, lets a worker that trusts the authority in this file work, and tells what
/// became of the instance.
fn done(house: &House, trusted: &Path) -> Value {
    let id = text(&house.json("mara", &["start", "ask"])["id"]);
    let mut worker = house.command("mara", &["worker", "run", "--until-idle"]);
    worker.env("SSL_CERT_FILE", trusted);
    worker.env_remove("SSL_CERT_DIR");
    assert!(super::support::Running::start(worker, "").end().ok());
    house.json("mara", &["instance", "show", &id])
}

/// A desk with this process, the folder of the server's certificate, and another authority.
fn house(model: impl Fn(u16) -> String, server: &Server) -> House {
    let house = House::new();
    let file = house.write("ask.bpmn", &model(server.port));
    house.good("mara", &["deploy", &file]);
    house
}

#[test]
fn a_request_over_tls_goes_only_to_who_proves_the_name() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    if !certificates(dir.path()) || !certificates(other.path()) {
        return;
    }
    let server = Server::new(dir.path(), Begins::AtOnce, http);
    let at = |host: &'static str| {
        move |port: u16| {
            let url = format!("https://{host}:{port}/a");
            let inputs = [
                ("url", url.as_str()),
                ("method", "POST"),
                ("payload", "for their eyes"),
            ];
            model("http-connector", &inputs)
        }
    };
    let ca = dir.path().join("ca.pem");
    let (good, by_address) = (
        house(at("localhost"), &server),
        house(at("127.0.0.1"), &server),
    );
    let shown = done(&good, &ca);
    assert_eq!(shown["variables"]["answer"]["value"], "secret", "{shown:#}");
    let heard = server.heard();
    assert!(heard.starts_with("POST /a HTTP/1.1"), "{heard}");
    assert!(heard.ends_with("for their eyes"), "{heard}");

    for (house, trusted, why) in [
        (
            &good,
            other.path().join("ca.pem"),
            "vouches for its certificate",
        ),
        (&by_address, ca, "bears another name"),
    ] {
        let shown = done(house, &trusted);
        assert_eq!(shown["activeActivityIds"], json!(["call"]), "{shown:#}");
        assert!(shown.to_string().contains(why), "{shown:#}");
        assert_eq!(server.heard(), "", "nothing is said to it");
    }
}

#[test]
fn a_mail_goes_out_over_tls_with_its_password() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    if !certificates(dir.path()) || !certificates(other.path()) {
        return;
    }
    for (tls, begins) in [("tls", Begins::AtOnce), ("starttls", Begins::WhenAsked)] {
        let talk = match begins {
            Begins::AtOnce => |line: &mut BufReader<Secured>| smtp(line, true),
            Begins::WhenAsked => |line: &mut BufReader<Secured>| smtp(line, false),
        };
        let server = Server::new(dir.path(), begins, talk);
        let inputs = [
            ("to", "ana@x.example"),
            ("subject", "Hi"),
            ("text", "Hello"),
        ];
        let house = house(
            |_| model("mail-send", &inputs).replace("${response}", "sent"),
            &server,
        );
        let settings = format!(
            "[mail]\nhost = \"localhost\"\nport = {}\ntls = \"{tls}\"\nuser = \"desk\"\n\
             password = \"sesame\"\nfrom = \"desk@desk.example\"\n",
            server.port
        );
        let file = house.write("desk/desk.db.connectors.toml", &settings);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let shown = done(&house, &dir.path().join("ca.pem"));
        assert_eq!(
            shown["variables"]["answer"]["value"], "sent",
            "{tls}: {shown:#}"
        );
        let heard = server.heard();
        assert!(
            heard.contains("AUTH PLAIN AGRlc2sAc2VzYW1l"),
            "{tls}: {heard}"
        );
        assert!(heard.contains("Subject: Hi\r\n"), "{tls}: {heard}");

        let shown = done(&house, &other.path().join("ca.pem"));
        assert_eq!(
            shown["activeActivityIds"],
            json!(["call"]),
            "{tls}: {shown:#}"
        );
        assert_eq!(server.heard(), "", "{tls}: neither password nor mail");
    }
}

//! A request to the REST API of a small desk: a line of method, path and query, then the body.
//! Nothing is answered with 500, and the server goes on.
#![no_main]

use crewdesk::client::{Client, Embedded, Role};
use crewdesk::desk::{Caller, Desk, DeskOptions};
use crewdesk::rest::{Limits, Log, Options, Server};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, OnceLock};
use tempfile::TempDir;

/// Who stays alive with the process: the desk's folder, the word that would stop the server.
type Kept = (TempDir, tokio::sync::watch::Sender<bool>);

static SERVER: OnceLock<(SocketAddr, Mutex<Option<Kept>>)> = OnceLock::new();

fn address() -> SocketAddr {
    let start = || {
        let folder = tempfile::tempdir().expect("a folder");
        let desk =
            Desk::open(&folder.path().join("desk.db"), DeskOptions::default()).expect("a desk");
        let nobody = Embedded::new(desk.clone(), Caller::Nobody);
        nobody
            .add_user("mara", Role::Head, &[], None)
            .expect("a head");
        let (tell, stop) = tokio::sync::watch::channel(false);
        let options = Options {
            socket: None,
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            no_auth: true,
            no_worker: true,
            limits: Limits::default(),
        };
        let (said, heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(async {
                let server = Server::open(desk, options, Log::silent(), stop)
                    .await
                    .expect("a server");
                said.send(server.address().expect("an address"))
                    .expect("heard");
                server.run().await;
            });
        });
        (
            heard.recv().expect("an address"),
            Mutex::new(Some((folder, tell))),
        )
    };
    SERVER.get_or_init(start).0
}

/// The status of the answer, and whether it was read to its end.
fn ask(connection: &mut BufReader<TcpStream>, request: &[u8]) -> std::io::Result<(u16, bool)> {
    connection.get_mut().write_all(request)?;
    let (mut status, mut length, mut known) = (0, 0, false);
    loop {
        let mut line = String::new();
        if connection.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim().to_ascii_lowercase();
        if let Some(rest) = line.strip_prefix("http/1.1 ") {
            status = rest.get(..3).and_then(|s| s.parse().ok()).unwrap_or(0);
        } else if let Some(rest) = line.strip_prefix("content-length:") {
            length = rest.trim().parse().unwrap_or(0);
            known = true;
        } else if line.is_empty() {
            connection.take(length).read_to_end(&mut Vec::new())?;
            return Ok((status, known));
        }
    }
}

thread_local! {
    static CONNECTION: std::cell::RefCell<Option<BufReader<TcpStream>>> = const { std::cell::RefCell::new(None) };
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let end = bytes
        .iter()
        .position(|b| *b == b'\n')
        .unwrap_or(bytes.len());
    let (line, body) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    let Some((method, target)) = std::str::from_utf8(line)
        .ok()
        .and_then(|line| line.split_once(' '))
    else {
        return;
    };
    let known = ["GET", "POST", "PUT", "DELETE"].contains(&method);
    // What waits on purpose, and what is no path.
    if !known
        || !target.bytes().all(|b| b.is_ascii_graphic())
        || contains(body, b"asyncResponseTimeout")
    {
        return;
    }
    let mut request = format!(
        "{method} /engine-rest/{target} HTTP/1.1\r\nhost: desk\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    CONNECTION.with_borrow_mut(|kept| {
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => {
                let stream = TcpStream::connect(address()).expect("the server is there");
                // Whoever asks for work may wait for it.
                stream
                    .set_read_timeout(Some(std::time::Duration::from_secs(15)))
                    .expect("a socket");
                BufReader::new(stream)
            }
        };
        match ask(&mut connection, &request) {
            Ok((status, whole)) => {
                assert!(status != 0 && status != 500, "{status}");
                *kept = whole.then_some(connection);
            }
            // The server closes what it can not read; the next one connects anew.
            Err(_) => *kept = None,
        }
    });
});

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}

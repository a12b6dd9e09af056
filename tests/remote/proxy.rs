//! A proxy that a test steers: it passes requests on, loses answers, or knows less than the server.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the test's proxy does with a request.
#[derive(Clone, Copy, PartialEq)]
pub enum Deed {
    Pass,
    /// The request gets through, its answer does not.
    Lose,
    /// As a server without crewdesk's own operations.
    Unknown,
}

/// A proxy that a test steers; one request a connection.
pub struct Proxy {
    pub url: String,
    /// The requests that came: their first line and their key.
    heard: Arc<Mutex<Vec<(String, String)>>>,
}

impl Proxy {
    pub fn new(to: SocketAddr, deed: impl Fn(&str) -> Deed + Send + Sync + 'static) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (deed, noted) = (Arc::new(deed), heard.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (deed, noted) = (deed.clone(), noted.clone());
                std::thread::spawn(move || pass(stream, to, &*deed, &noted));
            }
        });
        Proxy { url, heard }
    }

    pub fn keys(&self, of: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        let of = heard.iter().filter(|(line, _)| line.contains(of));
        of.map(|(_, key)| key.clone()).collect()
    }
}

fn pass(
    mut from: TcpStream,
    to: SocketAddr,
    deed: &(dyn Fn(&str) -> Deed + Send + Sync),
    heard: &Mutex<Vec<(String, String)>>,
) {
    let mut request = Vec::new();
    let mut piece = [0; 65536];
    let head = loop {
        match from.read(&mut piece) {
            Ok(n) if n > 0 => request.extend_from_slice(&piece[..n]),
            _ => return,
        }
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let lines = String::from_utf8_lossy(&request[..head]).to_lowercase();
    let header = |name: &str| {
        let line = lines.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    let length: usize = header("content-length:").parse().unwrap_or(0);
    while request.len() < head + length {
        match from.read(&mut piece) {
            Ok(n) if n > 0 => request.extend_from_slice(&piece[..n]),
            _ => return,
        }
    }
    let line = lines.lines().next().unwrap_or_default().to_owned();
    heard
        .lock()
        .unwrap()
        .push((line.clone(), header("idempotency-key:")));
    let deed = deed(&line);
    if deed == Deed::Unknown {
        let _ = from
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
    }
    let Ok(mut server) = TcpStream::connect(to) else {
        return;
    };
    let first = request.windows(2).position(|two| two == b"\r\n").unwrap() + 2;
    server.write_all(&request[..first]).unwrap();
    server.write_all(b"Connection: close\r\n").unwrap();
    server.write_all(&request[first..]).unwrap();
    let mut answer = Vec::new();
    let _ = server.read_to_end(&mut answer);
    if deed == Deed::Pass {
        let _ = from.write_all(&answer);
    }
}

//! Lines to servers that behave badly.

use super::*;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

/// A server that does this with each connection, once it has heard something.
fn serving(answer: impl Fn(&mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut heard = [0; 4096];
            let _ = stream.read(&mut heard);
            answer(&mut stream);
        }
    });
    at
}

fn ask(address: &str, patience: Duration) -> Result<Reply, Broken> {
    let address = Address::parse(address).expect("an address");
    let line = Line::new(address).expect("a line");
    let message = Message {
        method: Method::GET,
        path: "/x".to_owned(),
        content: Content::None,
        key: None,
        patience,
        again: true,
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(line.exchange(&message))
}

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 40960\r\n\r\n";

#[test]
fn a_server_that_drips_is_given_up() {
    let at = serving(|stream| {
        let _ = stream.write_all(HEAD);
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let broken = ask(&format!("http://{at}"), Duration::from_millis(300)).expect_err("given up");
    assert!(broken.sent && !broken.too_large);
    assert_eq!(broken.why, "it does not answer");
}

#[test]
fn one_that_takes_its_time_is_waited_for() {
    let at = serving(|stream| {
        let _ = stream.write_all(HEAD);
        for _ in 0..10 {
            std::thread::sleep(Duration::from_millis(60));
            let _ = stream.write_all(&[b'x'; 4096]);
        }
    });
    let reply = ask(&format!("http://{at}"), Duration::from_millis(400)).expect("an answer");
    assert_eq!(reply.body.len(), 40_960);
}

#[test]
fn an_answer_beyond_measure_is_no_broken_line() {
    let at = serving(|stream| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", LARGEST + 1);
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.read(&mut [0]);
    });
    let broken = ask(&format!("http://{at}"), Duration::from_secs(60)).expect_err("too large");
    assert!(broken.too_large);
    assert_eq!(broken.why, "it has more than 256 MB");
}

#[test]
fn who_speaks_something_else_is_told_from_a_broken_line() {
    let at = serving(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    });
    let broken = ask(&format!("https://{at}"), Duration::from_secs(60)).expect_err("no TLS");
    assert!(
        !broken.sent && broken.why.contains("write http://"),
        "{broken:?}"
    );
    let at = serving(|stream| {
        // An alert: what is said is no TLS.
        let _ = stream.write_all(&[0x15, 3, 1, 0, 2, 2, 70]);
    });
    let broken = ask(&format!("http://{at}"), Duration::from_secs(60)).expect_err("no HTTP");
    assert!(broken.why.contains("write https://"), "{broken:?}");
}

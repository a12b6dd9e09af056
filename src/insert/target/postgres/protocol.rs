//! PostgreSQL's protocol, version 3: logging in, statements, COPY in both directions.
//! Chapter "Frontend/Backend Protocol" of its manual.

use super::super::server::{Lost, NO_TLS, Room, STOPPING, Wire};
use super::super::url::{ServerUrl, Tls};
use super::scram::Scram;
use crate::insert::{Cancel, Password};
use md5::{Digest, Md5};
use std::net::SocketAddr;

/// Rows of a small answer: each value as text, none for NULL.
pub(super) type Rows = Vec<Vec<Option<String>>>;

/// Why something did not work.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server could not be reached.
    Unreachable(std::io::Error),
    /// The connection is of no use any more.
    Lost(Lost),
    /// The server refuses, and listens on.
    Server(Box<ServerError>),
    /// We refuse to go on.
    Unwilling(String),
}

impl From<Lost> for Trouble {
    fn from(lost: Lost) -> Trouble {
        Trouble::Lost(lost)
    }
}

/// What an error of the server says.
#[derive(Debug, Clone, Default)]
pub(super) struct ServerError {
    /// SQLSTATE, five characters.
    pub(super) code: String,
    pub(super) message: String,
    pub(super) detail: Option<String>,
    pub(super) column: Option<String>,
    pub(super) constraint: Option<String>,
    /// Where it happened, such as `COPY orders, line 3`.
    pub(super) context: Option<String>,
}

const CODE_TLS: i32 = 80_877_103;
const VERSION_3: i32 = 196_608;

const CODE_CANCEL: i32 = 80_877_102;

/// A session on a server.
pub(super) struct Session {
    wire: Wire,
    url: ServerUrl,
    /// By what the server knows whose work it is asked to stop.
    key: Vec<u8>,
    /// What the server says against the rows that are being copied.
    refused: Option<ServerError>,
}

/// Reaches a server, where its name led to before if that is known, encrypted where that is wanted.
fn reach(url: &ServerUrl, known: Option<SocketAddr>, cancel: &Cancel) -> Result<Wire, Trouble> {
    let socket = format!(".s.PGSQL.{}", url.port);
    let mut wire = Wire::connect(url, &socket, known, cancel).map_err(Trouble::Unreachable)?;
    if url.tls != Tls::Disable && wire.can_encrypt() {
        wire.out().extend(8_i32.to_be_bytes());
        wire.out().extend(CODE_TLS.to_be_bytes());
        wire.send()?;
        match wire.take(1)? {
            b"S" => wire.encrypt(url)?,
            b"N" if url.tls == Tls::Prefer => {}
            b"N" => return Err(Trouble::Unwilling(NO_TLS.into())),
            _ => return Err(Lost::Nonsense("it is no PostgreSQL").into()),
        }
    }
    Ok(wire)
}

/// The number at the end of what a statement is said to have done.
fn tag_count(body: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(body);
    let last = text.trim_end_matches('\0').rsplit(' ').next();
    last.and_then(|n| n.parse().ok()).unwrap_or(0)
}

impl Session {
    /// Reaches the server and logs in.
    pub(super) fn open(
        url: &ServerUrl,
        password: Option<&Password>,
        cancel: &Cancel,
    ) -> Result<Session, Trouble> {
        let mut session = Session {
            wire: reach(url, None, cancel)?,
            url: url.clone(),
            key: Vec::new(),
            refused: None,
        };
        session.log_in(url, password)?;
        session.wire.be_patient();
        Ok(session)
    }

    /// Asks the server to stop what it does for this session.
    fn stop(&self) -> Result<(), Trouble> {
        let mut wire = reach(&self.url, self.wire.address(), &Cancel::within(STOPPING))?;
        wire.out().extend(16_i32.to_be_bytes());
        wire.out().extend(CODE_CANCEL.to_be_bytes());
        wire.out().extend(&self.key);
        Ok(wire.send()?)
    }

    /// From here on the answer is waited for, whoever wants to stop.
    pub(super) fn be_deaf(&mut self) {
        self.wire.be_deaf();
    }

    fn log_in(&mut self, url: &ServerUrl, password: Option<&Password>) -> Result<(), Trouble> {
        let mut body = VERSION_3.to_be_bytes().to_vec();
        for text in [
            "user",
            &url.user,
            "database",
            &url.database,
            "application_name",
            "crewdesk",
            "client_encoding",
            "UTF8",
            "standard_conforming_strings",
            "on",
            "DateStyle",
            "ISO",
            "TimeZone",
            "UTC",
        ] {
            body.extend(text.as_bytes());
            body.push(0);
        }
        body.push(0);
        let length = i32::try_from(body.len() + 4).unwrap_or(i32::MAX);
        self.wire.out().extend(length.to_be_bytes());
        self.wire.out().extend(body);
        self.wire.send()?;
        let mut scram = None;
        loop {
            let (kind, body) = self.receive()?;
            match kind {
                b'R' => {
                    let mut body = Body(body);
                    let (code, rest) = (body.i32()?, body.0.to_vec());
                    self.authenticate(code, &rest, url, password, &mut scram)?;
                }
                b'E' => return Err(Trouble::Server(Box::new(server_error(body)))),
                b'Z' => return Ok(()),
                b'K' => self.key = body.to_vec(),
                // Parameters, notices.
                _ => {}
            }
        }
    }

    fn authenticate(
        &mut self,
        code: i32,
        body: &[u8],
        url: &ServerUrl,
        password: Option<&Password>,
        scram: &mut Option<Scram>,
    ) -> Result<(), Trouble> {
        let wanted = || {
            let user = &url.user;
            password
                .ok_or_else(|| Trouble::Unwilling(format!("the server wants a password of {user}")))
        };
        let answer = match code {
            0 => return Ok(()),
            3 => {
                if !self.wire.is_private() {
                    return Err(Trouble::Unwilling(
                        "the server wants the password in clear text over a way that is not \
                         encrypted; add ?sslmode=require to the URL"
                            .into(),
                    ));
                }
                [wanted()?.expose().as_bytes(), b"\0"].concat()
            }
            5 => {
                let hex = |digest: &[u8]| -> String {
                    digest.iter().map(|byte| format!("{byte:02x}")).collect()
                };
                let mut inner = Md5::new();
                inner.update(wanted()?.expose());
                inner.update(&url.user);
                let mut outer = Md5::new();
                outer.update(hex(&inner.finalize()));
                outer.update(body);
                format!("md5{}\0", hex(&outer.finalize())).into_bytes()
            }
            10 => {
                let offered = body.split(|byte| *byte == 0);
                if !offered.into_iter().any(|name| name == b"SCRAM-SHA-256") {
                    return Err(Trouble::Unwilling(
                        "the server wants a proof of the password that crewdesk does not know"
                            .into(),
                    ));
                }
                let new = Scram::new().map_err(Trouble::Unwilling)?;
                let first = new.first();
                *scram = Some(new);
                let length = i32::try_from(first.len()).unwrap_or(i32::MAX);
                [
                    b"SCRAM-SHA-256\0",
                    &length.to_be_bytes()[..],
                    first.as_bytes(),
                ]
                .concat()
            }
            11 => {
                let scram = scram
                    .as_mut()
                    .ok_or(Lost::Nonsense("a proof out of turn"))?;
                let answer = scram.answer(body, wanted()?).map_err(Trouble::Unwilling)?;
                answer.into_bytes()
            }
            12 => {
                let scram = scram
                    .as_ref()
                    .ok_or(Lost::Nonsense("a proof out of turn"))?;
                return scram.check(body).map_err(Trouble::Unwilling);
            }
            _ => {
                return Err(Trouble::Unwilling(
                    "the server wants a proof of who we are that crewdesk does not know".into(),
                ));
            }
        };
        self.message(b'p', &answer);
        Ok(self.wire.send()?)
    }

    /// Sends what was written.
    pub(super) fn send(&mut self) -> Result<(), Lost> {
        self.wire.send()
    }

    /// Writes a message.
    pub(super) fn message(&mut self, kind: u8, body: &[u8]) {
        let length = i32::try_from(body.len() + 4).unwrap_or(i32::MAX);
        let out = self.wire.out();
        out.push(kind);
        out.extend(length.to_be_bytes());
        out.extend(body);
    }

    /// The next message.
    pub(super) fn receive(&mut self) -> Result<(u8, &[u8]), Trouble> {
        let (kind, length) = match self.wire.take(5)? {
            [kind, a, b, c, d] => (*kind, i32::from_be_bytes([*a, *b, *c, *d])),
            _ => (0, 0),
        };
        let length = usize::try_from(length - 4).map_err(|_| Lost::Nonsense("a short message"))?;
        Ok((kind, self.wire.take(length)?))
    }

    fn ask(&mut self, sql: &str) -> Result<(), Trouble> {
        self.message(b'Q', &[sql.as_bytes(), b"\0"].concat());
        Ok(self.wire.send()?)
    }

    /// Runs statements; the rows of those that give some.
    pub(super) fn query(&mut self, sql: &str) -> Result<Rows, Trouble> {
        self.ask(sql)?;
        let (mut rows, mut room) = (Vec::new(), Room::new());
        let mut failed = None;
        loop {
            let (kind, body) = self.receive()?;
            match kind {
                b'D' => {
                    room.take(body.len())?;
                    rows.push(data_row(body)?);
                }
                b'E' => failed = Some(server_error(body)),
                b'Z' => return failed.map_or(Ok(rows), |e| Err(Trouble::Server(Box::new(e)))),
                _ => {}
            }
        }
    }

    /// Runs one statement; how many rows it changed.
    pub(super) fn change(&mut self, sql: &str) -> Result<u64, Trouble> {
        self.ask(sql)?;
        let (mut changed, mut failed) = (0, None);
        loop {
            let (kind, body) = self.receive()?;
            match kind {
                // `DELETE 12` and a zero.
                b'C' => changed = tag_count(body),
                b'E' => failed = Some(server_error(body)),
                b'Z' => return failed.map_or(Ok(changed), |e| Err(Trouble::Server(Box::new(e)))),
                _ => {}
            }
        }
    }

    /// Begins to copy rows into a table.
    pub(super) fn copy_in(&mut self, sql: &str) -> Result<(), Trouble> {
        self.refused = None;
        self.ask(sql)?;
        self.until(b'G')
    }

    /// Reads up to a message, or to the server's refusal.
    fn until(&mut self, wanted: u8) -> Result<(), Trouble> {
        let mut failed = None;
        loop {
            let (kind, body) = self.receive()?;
            match kind {
                b'E' => failed = Some(server_error(body)),
                b'Z' => {
                    let error = failed.unwrap_or_default();
                    return Err(Trouble::Server(Box::new(error)));
                }
                kind if kind == wanted => return Ok(()),
                _ => {}
            }
        }
    }

    /// Where the bytes of the copied rows are written.
    pub(super) fn copy_out_buffer(&mut self) -> &mut Vec<u8> {
        self.wire.out()
    }

    /// Opens a message of copied rows; what [`Session::close_data`] wants to know.
    pub(super) fn open_data(&mut self) -> usize {
        let out = self.wire.out();
        out.push(b'd');
        let at = out.len();
        out.extend([0; 4]);
        at
    }

    /// Closes a message of copied rows, and sends it if there is much. The result is false when
    /// the server refuses already.
    pub(super) fn close_data(&mut self, at: usize) -> Result<bool, Trouble> {
        let out = self.wire.out();
        let length = i32::try_from(out.len() - at).unwrap_or(i32::MAX);
        if let Some(place) = out.get_mut(at..at + 4) {
            place.copy_from_slice(&length.to_be_bytes());
        }
        if self.wire.has_much() {
            self.send_rows()?;
            self.hear()?;
        }
        Ok(self.refused.is_none())
    }

    /// Sends rows. A server that speaks and is not heard takes no more.
    fn send_rows(&mut self) -> Result<(), Trouble> {
        while !self.wire.send_some()? {
            self.hear()?;
        }
        Ok(())
    }

    /// Hears what the server has said while a copy goes on: notices, which are no matter of the
    /// rows, or a refusal, behind which stands the end of the copy.
    fn hear(&mut self) -> Result<(), Trouble> {
        while self.refused.is_none() && self.wire.has_input()? {
            if let (b'E', body) = self.receive()? {
                self.refused = Some(server_error(body));
            }
        }
        Ok(())
    }

    /// Ends a copy: how many rows the server says that it took.
    pub(super) fn copy_done(&mut self) -> Result<u64, Trouble> {
        self.message(b'c', b"");
        self.send_rows()?;
        let (mut taken, mut failed) = (0, self.refused.take());
        loop {
            let (kind, body) = self.receive()?;
            match kind {
                // `COPY 12` and a zero.
                b'C' => taken = tag_count(body),
                b'E' => failed = Some(server_error(body)),
                b'Z' => return failed.map_or(Ok(taken), |e| Err(Trouble::Server(Box::new(e)))),
                _ => {}
            }
        }
    }

    /// Copies rows out of the server: each piece as it comes.
    pub(super) fn copy_out<E>(
        &mut self,
        sql: &str,
        each: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Result<(), E>, Trouble> {
        self.ask(sql)?;
        self.until(b'H')?;
        let mut failed = None;
        loop {
            let (kind, body) = self.receive()?;
            match kind {
                b'd' => {
                    // Who does not want more does not want the connection either.
                    if let Err(e) = each(body) {
                        return Ok(Err(e));
                    }
                }
                b'E' => failed = Some(server_error(body)),
                b'Z' => return failed.map_or(Ok(Ok(())), |e| Err(Trouble::Server(Box::new(e)))),
                _ => {}
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A server that is busy for somebody who has gone would go on, and keep its locks.
        if self.wire.is_given_up() && !self.key.is_empty() {
            // If it can not be told it finds out when it answers.
            let _ = self.stop();
            return;
        }
        self.wire.out().clear();
        self.message(b'X', b"");
        let _ = self.wire.send();
    }
}

/// A message that is read from its start.
pub(super) struct Body<'a>(pub(super) &'a [u8]);

impl<'a> Body<'a> {
    #[inline]
    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Lost> {
        let split = self.0.split_at_checked(count);
        let (bytes, rest) = split.ok_or(Lost::Nonsense("a message that is cut off"))?;
        self.0 = rest;
        Ok(bytes)
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Lost> {
        let bytes = self.bytes(N)?;
        Ok(bytes.try_into().unwrap_or([0; N]))
    }

    #[inline]
    pub(super) fn i16(&mut self) -> Result<i16, Lost> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    #[inline]
    pub(super) fn i32(&mut self) -> Result<i32, Lost> {
        Ok(i32::from_be_bytes(self.array()?))
    }
}

fn data_row(body: &[u8]) -> Result<Vec<Option<String>>, Trouble> {
    let mut body = Body(body);
    let count = body.i16()?;
    let mut row = Vec::new();
    for _ in 0..count {
        row.push(match usize::try_from(body.i32()?) {
            Ok(length) => Some(String::from_utf8_lossy(body.bytes(length)?).into_owned()),
            Err(_) => None,
        });
    }
    Ok(row)
}

pub(super) fn server_error(body: &[u8]) -> ServerError {
    let mut error = ServerError::default();
    for field in body.split(|byte| *byte == 0) {
        let Some((kind, text)) = field.split_first() else {
            continue;
        };
        let text = String::from_utf8_lossy(text).into_owned();
        match kind {
            b'C' => error.code = text,
            b'M' => error.message = text,
            b'D' => error.detail = Some(text),
            b'c' => error.column = Some(text),
            b'n' => error.constraint = Some(text),
            b'W' => error.context = Some(text),
            _ => {}
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insert::target::ConnectionUrl;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    /// A server that lets everybody in, and whose answer has no end; how it is reached.
    fn endless() -> ServerUrl {
        let there = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = there.local_addr().expect("its address").port();
        std::thread::spawn(move || {
            let (mut caller, _) = there.accept().expect("a caller");
            let _ = caller.read(&mut [0; 1024]);
            let _ = caller.write_all(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I");
            let _ = caller.read(&mut [0; 1024]);
            // Rows without a column.
            while caller.write_all(&b"D\0\0\0\x06\0\0".repeat(1000)).is_ok() {}
        });
        let url = format!("postgres://ana@127.0.0.1:{port}/sales?sslmode=disable");
        match url.parse() {
            Ok(ConnectionUrl::Server(url)) => url,
            other => panic!("this is a server's address: {other:?}"),
        }
    }

    #[test]
    fn an_answer_without_end_is_refused() {
        let mut session = Session::open(&endless(), None, &Cancel::new()).expect("let in");
        match session.query("SELECT 1") {
            Err(Trouble::Lost(Lost::Nonsense(_))) => {}
            other => panic!("{other:?}"),
        }
    }
}

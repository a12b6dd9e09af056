//! The protocol of MariaDB and MySQL: logging in, statements with their rows as text, and
//! LOAD DATA LOCAL from a stream.

use super::super::server::{Lost, NO_TLS, Room, STOPPING, Wire};
use super::super::url::{ServerUrl, Tls};
use super::auth;
use crate::insert::{Cancel, Password};
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
    Server(ServerError),
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
    pub(super) code: u16,
    pub(super) message: String,
}

/// What a statement did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Effect {
    pub(super) rows: u64,
    pub(super) warnings: u16,
}

/// The file that LOAD DATA names; the server may ask for no other.
pub(super) const STREAM: &str = "crewdesk";
/// Bytes of the longest packet.
const PACKET: usize = 0xff_ffff;
/// Bytes of a packet of a stream.
const PIECE: usize = 1 << 16;

// Commands, from the manual's chapter of that name.
const QUERY: u8 = 3;
const PREPARE: u8 = 0x16;
const EXECUTE: u8 = 0x17;
const CLOSE: u8 = 0x19;

// Capabilities, from the manual's "Capability Flags".
const LONG_PASSWORD: u32 = 1;
const LONG_FLAG: u32 = 1 << 2;
const WITH_DATABASE: u32 = 1 << 3;
const LOCAL_FILES: u32 = 1 << 7;
const PROTOCOL_41: u32 = 1 << 9;
const TLS: u32 = 1 << 11;
const TRANSACTIONS: u32 = 1 << 13;
const SECURE_CONNECTION: u32 = 1 << 15;
const PLUGIN_AUTH: u32 = 1 << 19;
/// `utf8mb4_general_ci`.
const CHARSET: u8 = 45;

/// A session on a server.
pub(super) struct Session {
    wire: Wire,
    /// What it takes to have its work stopped; nothing for the session that does so.
    stop: Option<Box<Stop>>,
    /// The number of the next packet in this exchange.
    next: u8,
}

/// How another session stops the work of this one.
struct Stop {
    url: ServerUrl,
    password: Option<Password>,
    /// Which server it is: behind its address there may be several.
    server: Rows,
    /// The number by which the server knows this one.
    thread: u32,
}

impl Session {
    /// Reaches the server and logs in.
    pub(super) fn open(
        url: &ServerUrl,
        password: Option<&Password>,
        cancel: &Cancel,
    ) -> Result<Session, Trouble> {
        Session::open_at(None, url, password, cancel)
    }

    /// The same, where its name led to before if that is known.
    fn open_at(
        known: Option<SocketAddr>,
        url: &ServerUrl,
        password: Option<&Password>,
        cancel: &Cancel,
    ) -> Result<Session, Trouble> {
        let wire = Wire::connect(url, "mysqld.sock", known, cancel);
        let wire = wire.map_err(Trouble::Unreachable)?;
        let mut session = Session {
            wire,
            stop: None,
            next: 0,
        };
        let packet = session.receive()?;
        if packet.first() == Some(&0xff) {
            return Err(Trouble::Server(server_error(packet)));
        }
        let hello = Hello::read(packet)?;
        if hello.capabilities & PROTOCOL_41 == 0 || hello.capabilities & PLUGIN_AUTH == 0 {
            return Err(Trouble::Unwilling("the server is too old".into()));
        }
        let mut wants = LONG_PASSWORD
            | LONG_FLAG
            | WITH_DATABASE
            | LOCAL_FILES
            | PROTOCOL_41
            | TRANSACTIONS
            | SECURE_CONNECTION
            | PLUGIN_AUTH;
        let start = |wants: u32| {
            let mut start = wants.to_le_bytes().to_vec();
            start.extend(u32::try_from(PACKET).unwrap_or_default().to_le_bytes());
            start.push(CHARSET);
            start.extend([0; 23]);
            start
        };
        if url.tls != Tls::Disable && session.wire.can_encrypt() {
            if hello.capabilities & TLS != 0 {
                wants |= TLS;
                let start = start(wants);
                session.packet(&start)?;
                session.wire.send()?;
                session.wire.encrypt(url)?;
            } else if url.tls != Tls::Prefer {
                return Err(Trouble::Unwilling(NO_TLS.into()));
            }
        }
        let mut answer = start(wants);
        let secret = password.map_or("", Password::expose);
        let plugin = match auth::is_known(&hello.plugin) {
            true => hello.plugin.as_str(),
            false => auth::NATIVE,
        };
        let proof = auth::proof(plugin, secret, &hello.challenge).unwrap_or_default();
        answer.extend(url.user.as_bytes());
        answer.push(0);
        answer.push(u8::try_from(proof.len()).unwrap_or_default());
        answer.extend(proof);
        answer.extend(url.database.as_bytes());
        answer.push(0);
        answer.extend(plugin.as_bytes());
        answer.push(0);
        session.packet(&answer)?;
        session.wire.send()?;
        session.be_let_in(plugin.to_owned(), secret)?;
        let server = session.server()?;
        session.wire.be_patient();
        session.stop = server.map(|server| {
            Box::new(Stop {
                server,
                url: url.clone(),
                password: password.cloned(),
                thread: hello.thread,
            })
        });
        Ok(session)
    }

    /// What tells this server from others that answer at the same address, if it says so.
    fn server(&mut self) -> Result<Option<Rows>, Trouble> {
        match self.query("SELECT @@hostname, @@port, @@server_id") {
            Ok((server, _)) => Ok(Some(server)),
            Err(Trouble::Server(_)) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// From here on the answer is waited for, whoever wants to stop.
    pub(super) fn be_deaf(&mut self) {
        self.wire.be_deaf();
    }

    /// Proves who we are, as long as the server asks.
    fn be_let_in(&mut self, mut plugin: String, secret: &str) -> Result<(), Trouble> {
        loop {
            let packet = self.receive()?.to_vec();
            match packet.as_slice() {
                [0, ..] => return Ok(()),
                [0xff, ..] => return Err(Trouble::Server(server_error(&packet))),
                // Another way to prove it.
                [0xfe, rest @ ..] => {
                    let mut parts = rest.splitn(2, |byte| *byte == 0);
                    let name = parts.next().unwrap_or_default();
                    plugin = String::from_utf8_lossy(name).into_owned();
                    let challenge = parts.next().unwrap_or_default();
                    let challenge = challenge.strip_suffix(b"\0").unwrap_or(challenge);
                    let proof = if plugin == auth::CLEAR {
                        self.in_clear(secret)?
                    } else {
                        auth::proof(&plugin, secret, challenge).ok_or_else(|| {
                            Trouble::Unwilling(format!(
                                "the server wants a proof of who we are that crewdesk does not \
                                 know ({plugin})"
                            ))
                        })?
                    };
                    self.packet(&proof)?;
                    self.wire.send()?;
                }
                // The server knows the proof already, or wants the password itself.
                [1, 3] => {}
                [1, 4] if plugin == auth::SHA2 => {
                    let clear = self.in_clear(secret)?;
                    self.packet(&clear)?;
                    self.wire.send()?;
                }
                _ => return Err(Lost::Nonsense("it asks for what nobody knows").into()),
            }
        }
    }

    fn in_clear(&self, secret: &str) -> Result<Vec<u8>, Trouble> {
        match self.wire.is_private() {
            true => Ok([secret.as_bytes(), b"\0"].concat()),
            false => Err(Trouble::Unwilling(
                "the server wants the password in clear text over a way that is not encrypted; \
                 add ?sslmode=require to the URL"
                    .into(),
            )),
        }
    }

    /// Writes a packet, or several if it is long.
    fn packet(&mut self, body: &[u8]) -> Result<(), Lost> {
        let mut rest = body;
        loop {
            let (piece, tail) = rest.split_at(rest.len().min(PACKET));
            self.head(piece.len());
            self.wire.out().extend(piece);
            self.wire.pass()?;
            rest = tail;
            if piece.len() < PACKET {
                return Ok(());
            }
        }
    }

    fn head(&mut self, length: usize) {
        let [a, b, c, ..] = u32::try_from(length).unwrap_or_default().to_le_bytes();
        let next = self.next;
        self.wire.out().extend([a, b, c, next]);
        self.next = next.wrapping_add(1);
    }

    /// The next packet.
    fn receive(&mut self) -> Result<&[u8], Lost> {
        let (length, number) = match self.wire.take(4)? {
            [a, b, c, number] => (u32::from_le_bytes([*a, *b, *c, 0]), *number),
            _ => (0, 0),
        };
        self.next = number.wrapping_add(1);
        let length = usize::try_from(length).unwrap_or(PACKET);
        if length == PACKET {
            return Err(Lost::Nonsense("a row of more than 16 MB"));
        }
        self.wire.take(length)
    }

    fn command(&mut self, code: u8, body: &[u8]) -> Result<(), Lost> {
        self.next = 0;
        self.packet(&[&[code], body].concat())?;
        self.wire.send()
    }

    fn ask(&mut self, sql: &[u8]) -> Result<(), Lost> {
        self.command(QUERY, sql)
    }

    /// Runs a statement, and hands on its rows as they come: each a packet of values.
    pub(super) fn run<E>(
        &mut self,
        sql: &[u8],
        each: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Result<Effect, E>, Trouble> {
        self.run_with(sql, &mut |_| Ok(()), each)
    }

    /// The same, with the packets that describe the columns before.
    pub(super) fn run_with<E>(
        &mut self,
        sql: &[u8],
        column: &mut dyn FnMut(&[u8]) -> Result<(), E>,
        each: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Result<Effect, E>, Trouble> {
        self.ask(sql)?;
        self.answer(column, each)
    }

    /// Runs a statement that gives rows as [`Session::run_with`] does, its rows in binary.
    pub(super) fn run_prepared<E>(
        &mut self,
        sql: &[u8],
        column: &mut dyn FnMut(&[u8]) -> Result<(), E>,
        each: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Result<Effect, E>, Trouble> {
        self.command(PREPARE, sql)?;
        let id = match self.receive()? {
            [0, a, b, c, d, ..] => [*a, *b, *c, *d],
            packet => return Err(Trouble::Server(server_error(packet))),
        };
        // The columns, which are described once more with the rows.
        while !is_end(self.receive()?) {}
        let once = 1_u32.to_le_bytes();
        self.command(EXECUTE, &[&id[..], &[0], &once].concat())?;
        let done = self.answer(column, each)?;
        if done.is_ok() {
            // Nothing is answered.
            self.command(CLOSE, &id)?;
        }
        Ok(done)
    }

    /// Hears what a statement gives.
    fn answer<E>(
        &mut self,
        column: &mut dyn FnMut(&[u8]) -> Result<(), E>,
        each: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Result<Effect, E>, Trouble> {
        match self.receive()? {
            [0, rest @ ..] => return Ok(Ok(effect(rest)?)),
            packet @ [0xff, ..] => return Err(Trouble::Server(server_error(packet))),
            [0xfb, ..] => return Err(Lost::Nonsense("it asks for a file out of turn").into()),
            _ => {}
        }
        // The columns, up to their end.
        loop {
            let packet = self.receive()?;
            if is_end(packet) {
                break;
            }
            if let Err(e) = column(packet) {
                return Ok(Err(e));
            }
        }
        loop {
            let packet = self.receive()?;
            if is_end(packet) {
                return Ok(Ok(Effect::default()));
            }
            if packet.first() == Some(&0xff) {
                return Err(Trouble::Server(server_error(packet)));
            }
            if let Err(e) = each(packet) {
                return Ok(Err(e));
            }
        }
    }

    /// Runs a statement; its rows.
    pub(super) fn query(&mut self, sql: &str) -> Result<(Rows, Effect), Trouble> {
        let (mut rows, mut room) = (Vec::new(), Room::new());
        let mut take = |packet: &[u8]| -> Result<(), Lost> {
            room.take(packet.len())?;
            let mut values = Values(packet);
            let mut row = Vec::new();
            while let Some(value) = values.next()? {
                row.push(value.map(|bytes| String::from_utf8_lossy(bytes).into_owned()));
            }
            rows.push(row);
            Ok(())
        };
        let effect = self.run(sql.as_bytes(), &mut take)??;
        Ok((rows, effect))
    }

    /// Begins to load rows from the stream.
    pub(super) fn begin_load(&mut self, sql: &str) -> Result<(), Trouble> {
        self.ask(sql.as_bytes())?;
        match self.receive()? {
            // Only this stream is read, whatever the server asks for.
            [0xfb, name @ ..] if name == STREAM.as_bytes() => Ok(()),
            packet @ [0xff, ..] => Err(Trouble::Server(server_error(packet))),
            _ => Err(Lost::Nonsense("it asks for another file").into()),
        }
    }

    /// Sends a part of the stream.
    pub(super) fn load(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        for piece in bytes.chunks(PIECE) {
            self.head(piece.len());
            self.wire.out().extend(piece);
            self.wire.pass()?;
        }
        Ok(())
    }

    /// Ends the stream: what came of it.
    pub(super) fn end_load(&mut self) -> Result<Effect, Trouble> {
        self.head(0);
        self.wire.send()?;
        match self.receive()? {
            [0, rest @ ..] => Ok(effect(rest)?),
            packet => Err(Trouble::Server(server_error(packet))),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A server that is busy for somebody who has gone would go on, and keep its locks.
        if let Some(stop) = self.stop.take().filter(|_| self.wire.is_given_up()) {
            let (known, cancel) = (self.wire.address(), Cancel::within(STOPPING));
            let other = Session::open_at(known, &stop.url, stop.password.as_ref(), &cancel);
            // If it can not be told it finds out when it answers.
            if let Ok(mut other) = other {
                let there = other.stop.take();
                if there.is_some_and(|there| there.server == stop.server) {
                    let _ = other.query(&format!("KILL QUERY {}", stop.thread));
                }
            }
            return;
        }
        self.wire.out().clear();
        self.next = 0;
        self.head(1);
        self.wire.out().push(1);
        let _ = self.wire.send();
    }
}

fn is_end(packet: &[u8]) -> bool {
    packet.len() < 9 && packet.first() == Some(&0xfe)
}

/// What the server says first.
struct Hello {
    thread: u32,
    capabilities: u32,
    challenge: Vec<u8>,
    plugin: String,
}

impl Hello {
    fn read(packet: &[u8]) -> Result<Hello, Lost> {
        let cut = || Lost::Nonsense("it is no MariaDB or MySQL");
        let [10, rest @ ..] = packet else {
            return Err(cut());
        };
        let version = rest.iter().position(|byte| *byte == 0).ok_or_else(cut)?;
        // After the version: thread, half of the challenge, capabilities around other things.
        let rest = rest.get(version + 1..).ok_or_else(cut)?;
        let (thread, rest) = rest.split_first_chunk().ok_or_else(cut)?;
        let (half, rest) = rest.split_at_checked(8).ok_or_else(cut)?;
        let [_, low_a, low_b, _, _, _, high_a, high_b, length, tail @ ..] = rest else {
            return Err(cut());
        };
        let capabilities = u32::from_le_bytes([*low_a, *low_b, *high_a, *high_b]);
        let tail = tail.get(10..).ok_or_else(cut)?;
        let second = usize::from(*length).saturating_sub(8).max(13);
        let (second, plugin) = tail.split_at_checked(second).ok_or_else(cut)?;
        let second = second.strip_suffix(b"\0").unwrap_or(second);
        let plugin = plugin.split(|byte| *byte == 0).next().unwrap_or_default();
        Ok(Hello {
            thread: u32::from_le_bytes(*thread),
            capabilities,
            challenge: [half, second].concat(),
            plugin: String::from_utf8_lossy(plugin).into_owned(),
        })
    }
}

/// The values of a row, one after the other.
pub(super) struct Values<'a>(pub(super) &'a [u8]);

impl<'a> Values<'a> {
    /// The next value; `Some(None)` is NULL.
    pub(super) fn next(&mut self) -> Result<Option<Option<&'a [u8]>>, Lost> {
        match self.0 {
            [] => return Ok(None),
            [0xfb, rest @ ..] => {
                self.0 = rest;
                return Ok(Some(None));
            }
            _ => {}
        }
        let length = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        let split = self.0.split_at_checked(length);
        let (value, rest) = split.ok_or(Lost::Nonsense("a row that is cut off"))?;
        self.0 = rest;
        Ok(Some(Some(value)))
    }

    /// A number of as many bytes as its first says.
    fn number(&mut self) -> Result<u64, Lost> {
        let (size, rest) = match self.0 {
            [0xfc, rest @ ..] => (2, rest),
            [0xfd, rest @ ..] => (3, rest),
            [0xfe, rest @ ..] => (8, rest),
            [n, rest @ ..] => {
                self.0 = rest;
                return Ok((*n).into());
            }
            [] => return Err(Lost::Nonsense("a row that is cut off")),
        };
        let split = rest.split_at_checked(size);
        let (bytes, rest) = split.ok_or(Lost::Nonsense("a row that is cut off"))?;
        self.0 = rest;
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }
}

fn effect(body: &[u8]) -> Result<Effect, Lost> {
    let mut values = Values(body);
    let rows = values.number()?;
    values.number()?;
    match values.0 {
        [_, _, low, high, ..] => Ok(Effect {
            rows,
            warnings: u16::from_le_bytes([*low, *high]),
        }),
        _ => Err(Lost::Nonsense("an answer that is cut off")),
    }
}

fn server_error(packet: &[u8]) -> ServerError {
    let (code, rest) = match packet {
        [0xff, low, high, rest @ ..] => (u16::from_le_bytes([*low, *high]), rest),
        _ => (0, packet),
    };
    // The SQLSTATE says less than the code.
    let text = match rest {
        [b'#', _, _, _, _, _, text @ ..] => text,
        text => text,
    };
    ServerError {
        code,
        message: String::from_utf8_lossy(text).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_all_lengths_are_read() {
        let long = vec![b'x'; 70_000];
        let mut row = vec![
            0xfb, 1, b'a', 0, 0xfc, 3, 0, b'a', b'b', b'c', 0xfd, 0x70, 0x11, 1,
        ];
        row.extend(&long);
        let mut values = Values(&row);
        let mut all = Vec::new();
        while let Some(value) = values.next().unwrap() {
            all.push(value.map(<[u8]>::len));
        }
        assert_eq!(all, [None, Some(1), Some(0), Some(3), Some(70_000)]);
        assert!(Values(&[5, 1]).next().is_err() && Values(&[0xfc, 1]).next().is_err());
    }

    #[test]
    fn what_the_server_says_first_is_understood_or_refused() {
        let mut hello = vec![10];
        hello.extend(b"10.11-MariaDB\0");
        hello.extend([1, 0, 0, 0]);
        hello.extend(b"12345678\0");
        hello.extend([0xff, 0xff, 45, 2, 0, 0x0f, 0, 21]);
        hello.extend([0; 10]);
        hello.extend(b"abcdefghijkl\0mysql_native_password\0");
        let read = Hello::read(&hello).unwrap();
        assert_eq!(read.challenge, b"12345678abcdefghijkl");
        assert_eq!(
            (read.capabilities, read.plugin.as_str()),
            (0x000f_ffff, auth::NATIVE)
        );
        for length in 0..hello.len() - 23 {
            let _ = Hello::read(&hello[..length]);
        }
        assert!(Hello::read(b"SSH-2.0-x").is_err());
    }
}

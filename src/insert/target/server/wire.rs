//! A connection to a server: bytes out and in, buffered, stoppable, encrypted if wanted.

use super::super::url::ServerUrl;
use super::tls;
use crate::insert::Cancel;
use rustls::{ClientConnection, StreamOwned};
#[cfg(unix)]
use socket2::{Domain, SockAddr, Socket, Type};
use socket2::{SockRef, TcpKeepalive};
use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// Bytes sent at a time.
const SEND: usize = 1 << 16;
/// The longest message that is taken from a server; from one that has not let us in, no longer than
/// what is read at once.
const MAX_MESSAGE: usize = 1 << 30;
/// Bytes that the rows of a small answer may have, and what is counted for each beside them.
const MAX_ANSWER: usize = if cfg!(test) { 1 << 20 } else { 512 << 20 };
const ROW: usize = 32;
/// Between two looks at the wish to stop while a server is silent.
const LOOK: Duration = Duration::from_millis(100);
/// A server that was silent for so long is asked by the system whether it is still there.
const ALIVE: Duration = Duration::from_secs(30);
/// How long a server may take to hear that nobody waits for it any more.
pub(in crate::insert::target) const STOPPING: Duration = Duration::from_secs(3);
/// How long a server may take to answer a caller.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much a small answer may still have.
pub(in crate::insert::target) struct Room(usize);

impl Room {
    /// For a whole answer.
    pub(in crate::insert::target) fn new() -> Room {
        Room(MAX_ANSWER)
    }

    /// Takes a row of so many bytes in.
    pub(in crate::insert::target) fn take(&mut self, bytes: usize) -> Result<(), Lost> {
        let left = self.0.checked_sub(bytes.saturating_add(ROW));
        self.0 = left.ok_or(Lost::Nonsense("an answer beyond all measure"))?;
        Ok(())
    }
}

/// Why the connection is of no use any more.
#[derive(Debug)]
pub(in crate::insert::target) enum Lost {
    /// The network or the server broke it off.
    Broken(io::Error),
    /// Somebody wants to stop.
    Cancelled,
    /// The server says what it must not.
    Nonsense(&'static str),
    /// The way can not be encrypted as it is wanted: why, and what to do.
    Unsafe(String),
}

impl From<io::Error> for Lost {
    fn from(error: io::Error) -> Lost {
        Lost::Broken(error)
    }
}

enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.read(to),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.read(to),
            Stream::Tls(stream) => stream.read(to),
        }
    }

    /// Reads what has come, without waiting for more.
    fn read_now(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.wait(false)?;
        // What waits to be sent does not keep us from hearing.
        let read = match &mut *self {
            Stream::Tls(tls) => tls::read_now(&mut tls.conn, &mut tls.sock, to),
            plain => plain.read(to),
        };
        self.wait(true)?;
        read
    }

    /// Whether to wait, as long as is said, for what can not be read or written at once.
    fn wait(&self, wait: bool) -> io::Result<()> {
        match self {
            Stream::Tcp(stream) => stream.set_nonblocking(!wait),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.set_nonblocking(!wait),
            Stream::Tls(tls) => tls.sock.set_nonblocking(!wait),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.write(bytes),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.write(bytes),
            Stream::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Tcp(stream) => stream.flush(),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.flush(),
            Stream::Tls(stream) => stream.flush(),
        }
    }
}

/// A connection to a server.
pub(in crate::insert::target) struct Wire {
    stream: Stream,
    cancel: Cancel,
    /// Until when the server must have answered; none once it has let us in.
    until: Option<Instant>,
    /// Nobody waits for its answer any more.
    given_up: Cell<bool>,
    /// The wish to stop is not heard any more.
    deaf: bool,
    /// Where the server's name led to, if it has one.
    address: Option<SocketAddr>,
    input: Vec<u8>,
    start: usize,
    end: usize,
    output: Vec<u8>,
}

impl Wire {
    /// Reaches a server, where its name led to before if that is known: to find that out may take
    /// any time. What it says is read in pieces of the size that is asked for.
    pub(in crate::insert::target) fn connect(
        url: &ServerUrl,
        socket: &str,
        known: Option<SocketAddr>,
        cancel: &Cancel,
    ) -> io::Result<Wire> {
        // Whoever has little time does not spend it all on the way.
        let left = cancel.left().map(|left| left.max(LOOK));
        let patience = left.map_or(PATIENCE, |left| left.min(PATIENCE));
        let stream = if url.host.starts_with('/') {
            unix(&format!("{}/{socket}", url.host), patience)?
        } else {
            Stream::Tcp(tcp(&url.host, url.port, known, patience)?)
        };
        let address = match &stream {
            Stream::Tcp(tcp) => Some(tcp.peer_addr()?),
            _ => None,
        };
        Ok(Wire {
            stream,
            address,
            cancel: cancel.clone(),
            until: Instant::now().checked_add(patience),
            given_up: Cell::new(false),
            deaf: false,
            input: vec![0; SEND],
            start: 0,
            end: 0,
            output: Vec::with_capacity(2 * SEND),
        })
    }

    /// Where the server's name led to, if it has one.
    pub(in crate::insert::target) fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Whether what is said here stays on this machine.
    pub(in crate::insert::target) fn is_private(&self) -> bool {
        match &self.stream {
            Stream::Tcp(tcp) => tcp.peer_addr().is_ok_and(|peer| peer.ip().is_loopback()),
            #[cfg(unix)]
            Stream::Unix(_) => true,
            Stream::Tls(_) => true,
        }
    }

    /// Whether the way can be encrypted.
    pub(in crate::insert::target) fn can_encrypt(&self) -> bool {
        matches!(self.stream, Stream::Tcp(_))
    }

    /// Encrypts all that follows.
    pub(in crate::insert::target) fn encrypt(&mut self, url: &ServerUrl) -> Result<(), Lost> {
        let Stream::Tcp(tcp) = &self.stream else {
            return Err(Lost::Nonsense("encrypted twice"));
        };
        // What came before the handshake came from nobody knows whom.
        if self.start != self.end {
            return Err(Lost::Nonsense("it spoke before the encryption began"));
        }
        let stream = tls::begin(tcp.try_clone()?, url, self.until)?;
        self.stream = Stream::Tls(Box::new(stream));
        Ok(())
    }

    /// The server let us in: from now on it may take its time.
    pub(in crate::insert::target) fn be_patient(&mut self) {
        self.until = None;
    }

    /// From here on the answer decides, and is waited for whoever wants to stop.
    pub(in crate::insert::target) fn be_deaf(&mut self) {
        self.deaf = true;
    }

    /// Whether nobody waits any more for what the server, which let us in, is busy with.
    pub(in crate::insert::target) fn is_given_up(&self) -> bool {
        self.given_up.get() && self.until.is_none()
    }

    /// A message is being written: bytes go here, and are sent when there are enough.
    pub(in crate::insert::target) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Whether so much was written that it should be sent.
    pub(in crate::insert::target) fn has_much(&self) -> bool {
        self.output.len() >= SEND
    }

    /// Sends what was written if it is much.
    pub(in crate::insert::target) fn pass(&mut self) -> Result<(), Lost> {
        match self.has_much() {
            true => self.send(),
            false => Ok(()),
        }
    }

    /// Sends what was written.
    pub(in crate::insert::target) fn send(&mut self) -> Result<(), Lost> {
        while !self.send_some()? {}
        Ok(())
    }

    /// Sends what was written, as far as the server takes it soon; whether that was all. One that
    /// speaks and is not heard may take no more.
    pub(in crate::insert::target) fn send_some(&mut self) -> Result<bool, Lost> {
        // A part of it may be there: nothing that follows would be understood.
        if self.given_up.get() {
            return Err(Lost::Cancelled);
        }
        let mut sent = 0;
        let stopped = loop {
            let rest = self.output.get(sent..).unwrap_or_default();
            let took = match rest.is_empty() {
                true => match self.stream.flush() {
                    Ok(()) => break None,
                    Err(e) => break Some(e),
                },
                false => self.stream.write(rest),
            };
            match took {
                Ok(0) => return Err(io::Error::from(ErrorKind::WriteZero).into()),
                Ok(n) => sent += n,
                Err(e) => break Some(e),
            }
        };
        self.output.drain(..sent);
        match stopped {
            None => Ok(true),
            Some(e) => self.wait(e).map(|()| false),
        }
    }

    /// The next bytes, so many of them.
    pub(in crate::insert::target) fn take(&mut self, count: usize) -> Result<&[u8], Lost> {
        let most = if self.until.is_some() {
            SEND
        } else {
            MAX_MESSAGE
        };
        if count > most {
            return Err(Lost::Nonsense("a message beyond all measure"));
        }
        if self.end - self.start < count {
            self.input.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        while self.end - self.start < count {
            // Room is made for what comes, not for what is announced.
            if self.end == self.input.len() {
                self.input.resize(2 * self.end, 0);
            }
            let room = self.input.get_mut(self.end..).unwrap_or_default();
            match self.stream.read(room) {
                Ok(0) => return Err(io::Error::from(ErrorKind::UnexpectedEof).into()),
                Ok(n) => self.end += n,
                Err(e) => self.wait(e)?,
            }
        }
        let from = self.start;
        self.start += count;
        Ok(self.input.get(from..self.start).unwrap_or_default())
    }

    /// Whether the server has said something that was not read; its end is something, too.
    pub(in crate::insert::target) fn has_input(&mut self) -> Result<bool, Lost> {
        if self.start != self.end {
            return Ok(true);
        }
        (self.start, self.end) = (0, 0);
        match self.stream.read_now(&mut self.input) {
            Ok(0) => Ok(true),
            Ok(n) => {
                self.end = n;
                Ok(true)
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(e) => self.wait(e).map(|()| false),
        }
    }

    /// Goes on after an error that is but a pause.
    fn wait(&self, error: io::Error) -> Result<(), Lost> {
        match error.kind() {
            ErrorKind::Interrupted => Ok(()),
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                if self.deaf {
                    Ok(())
                } else if self.cancel.is_cancelled() {
                    self.given_up.set(true);
                    Err(Lost::Cancelled)
                } else if self.cancel.is_overdue()
                    || self.until.is_some_and(|until| Instant::now() > until)
                {
                    self.given_up.set(true);
                    Err(Lost::Broken(ErrorKind::TimedOut.into()))
                } else {
                    Ok(())
                }
            }
            _ => Err(Lost::Broken(error)),
        }
    }
}

fn tcp(
    host: &str,
    port: u16,
    known: Option<SocketAddr>,
    patience: Duration,
) -> io::Result<TcpStream> {
    let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
    let addresses = match known {
        Some(known) => vec![known],
        None => (host, port).to_socket_addrs()?.collect(),
    };
    for address in addresses {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(tcp) => {
                tcp.set_nodelay(true)?;
                tcp.set_read_timeout(Some(LOOK))?;
                tcp.set_write_timeout(Some(LOOK))?;
                // A server may be silent for long, but not gone.
                let alive = TcpKeepalive::new()
                    .with_time(ALIVE)
                    .with_interval(ALIVE / 3);
                SockRef::from(&tcp).set_tcp_keepalive(&alive)?;
                return Ok(tcp);
            }
            Err(e) => last = e,
        }
    }
    Err(last)
}

#[cfg(unix)]
fn unix(path: &str, patience: Duration) -> io::Result<Stream> {
    let until = Instant::now() + patience;
    let address = SockAddr::unix(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // A server that takes no more callers would have us wait for ever.
    socket.set_nonblocking(true)?;
    while let Err(e) = socket.connect(&address) {
        match e.kind() {
            ErrorKind::WouldBlock if Instant::now() < until => std::thread::sleep(LOOK / 10),
            ErrorKind::WouldBlock => return Err(ErrorKind::TimedOut.into()),
            _ => return Err(e),
        }
    }
    socket.set_nonblocking(false)?;
    let stream = std::os::unix::net::UnixStream::from(socket);
    stream.set_read_timeout(Some(LOOK))?;
    stream.set_write_timeout(Some(LOOK))?;
    Ok(Stream::Unix(stream))
}

#[cfg(not(unix))]
fn unix(_: &str, _: Duration) -> io::Result<Stream> {
    Err(ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_let_us_in_and_is_silent_is_given_up() {
        let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = server.local_addr().expect("its address").port();
        let url = format!("postgres://ana@127.0.0.1:{port}/sales");
        let Ok(super::super::super::ConnectionUrl::Server(url)) = url.parse() else {
            panic!("this is a server's address");
        };
        let cancel = Cancel::within(Duration::ZERO);
        let mut wire = Wire::connect(&url, "", None, &cancel).expect("it listens");
        wire.be_patient();
        match wire.take(1) {
            Err(Lost::Broken(error)) => assert_eq!(error.kind(), ErrorKind::TimedOut),
            other => panic!("{other:?}"),
        }
        assert!(wire.is_given_up());
        cancel.cancel();
        assert!(matches!(wire.take(1), Err(Lost::Cancelled)));
        assert!(matches!(wire.send(), Err(Lost::Cancelled)));
    }

    fn server(url: &str) -> ServerUrl {
        match url.parse() {
            Ok(super::super::super::ConnectionUrl::Server(url)) => url,
            other => panic!("this is a server's address: {other:?}"),
        }
    }

    /// A server that says something to whoever calls, and the address where it does.
    fn saying(what: &'static [u8]) -> ServerUrl {
        let there = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = there.local_addr().expect("its address").port();
        std::thread::spawn(move || {
            let (mut caller, _) = there.accept().expect("a caller");
            caller.write_all(what).expect("it is said");
        });
        server(&format!("postgres://ana@127.0.0.1:{port}/sales"))
    }

    #[test]
    fn a_message_takes_no_more_room_than_what_comes_of_it() {
        let cancel = Cancel::within(Duration::from_secs(10));
        let mut wire = Wire::connect(&saying(b"R"), "", None, &cancel).expect("it listens");
        // Who has not let us in has not much to say.
        assert!(matches!(wire.take(SEND + 1), Err(Lost::Nonsense(_))));
        wire.be_patient();
        assert!(matches!(wire.take(MAX_MESSAGE), Err(Lost::Broken(_))));
        assert_eq!(wire.input.len(), SEND);
    }

    #[test]
    fn a_server_whose_address_is_known_is_not_looked_for() {
        let there = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = there.local_addr().expect("its address");
        let url = server("postgres://ana@no-such-host.invalid:1/sales");
        let cancel = Cancel::new();
        let wire = Wire::connect(&url, "", Some(address), &cancel).expect("it listens");
        assert_eq!(wire.address(), Some(address));
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_that_takes_no_more_callers_is_given_up() {
        let dir = tempfile::tempdir().expect("a folder");
        let address = SockAddr::unix(dir.path().join("s")).expect("a path");
        let socket = || Socket::new(Domain::UNIX, Type::STREAM, None).expect("a socket");
        let listener = socket();
        listener.bind(&address).expect("bound");
        listener.listen(0).expect("it listens");
        let mut url = server("postgres://ana@localhost/sales");
        url.host = dir.path().display().to_string();
        let reach = || Wire::connect(&url, "s", None, &Cancel::within(Duration::ZERO));
        let mut callers = Vec::new();
        let error = loop {
            match reach() {
                Ok(caller) => callers.push(caller),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(!callers.is_empty());
    }
}

//! The line to a server: connections that are kept, one exchange over one of them, and whether
//! it holds. Everything has a bound: time without progress, bytes of an answer.

use super::address::{Address, Place};
use super::body::Body;
use crate::client::{DeskError, Reach};
use crate::value::words::io_error;
use hyper::body::{Body as _, Bytes, Frame, Incoming};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use socket2::{SockRef, TcpKeepalive};
use std::future::poll_fn;
use std::io;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// A connection that hears nothing for so long is asked whether anybody is there.
const ALIVE: Duration = Duration::from_secs(10);
/// Largest answer in bytes.
const LARGEST: usize = 256 << 20;
/// Bytes a second that are the least: what drips more slowly is given up in the end, however
/// often something comes.
const SLOWEST: u64 = 1024;
/// Connections that are kept.
const KEPT: usize = 8;

/// What goes over the line.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) method: Method,
    /// Behind the base, with its query string.
    pub(super) path: String,
    pub(super) content: Content,
    /// By which name a command is known when it comes again.
    pub(super) key: Option<String>,
    /// How long nothing may happen.
    pub(super) patience: Duration,
    /// Sent again when the line breaks.
    pub(super) again: bool,
}

impl Message {
    /// It is a command, of which it matters whether it was done.
    pub(super) fn changes(&self) -> bool {
        self.key.is_some() || !self.again
    }
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    None,
    Json(Bytes),
    /// A form with files, and its boundary.
    Form(Bytes, String),
    /// A file of this machine, as it is; its size.
    File(PathBuf, u64),
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

/// No answer came.
#[derive(Debug)]
pub(super) struct Broken {
    /// The server may have heard the message.
    pub(super) sent: bool,
    /// It answers, and what it answers is too much: that stays so, however often it is asked.
    pub(super) too_large: bool,
    pub(super) why: String,
}

impl Broken {
    pub(super) fn before(why: impl ToString) -> Broken {
        Broken {
            sent: false,
            too_large: false,
            why: why.to_string(),
        }
    }

    pub(super) fn after(why: impl ToString) -> Broken {
        Broken {
            sent: true,
            ..Broken::before(why)
        }
    }
}

/// The line.
pub(super) struct Line {
    pub(super) address: Address,
    tls: Option<TlsConnector>,
    login: OnceLock<HeaderValue>,
    idle: Mutex<Vec<SendRequest<Body>>>,
    lost: AtomicBool,
    sending: Mutex<Option<(String, u64, Arc<AtomicU64>)>>,
}

impl Line {
    /// A line to this place; nobody is called yet.
    pub(super) fn new(address: Address) -> Result<Line, DeskError> {
        let tls = match &address.place {
            Place::Tcp { tls: true, .. } => Some(trusting()?),
            _ => None,
        };
        Ok(Line {
            address,
            tls,
            login: OnceLock::new(),
            idle: Mutex::default(),
            lost: AtomicBool::new(false),
            sending: Mutex::default(),
        })
    }

    /// Says from now on who calls.
    pub(super) fn log_in(&self, user: &str, password: &str) {
        let clear = Zeroizing::new(format!("{user}:{password}"));
        let login = Zeroizing::new(crate::value::base64::encode(clear.as_bytes()));
        if let Ok(mut value) = HeaderValue::from_str(&format!("Basic {}", &*login)) {
            value.set_sensitive(true);
            let _ = self.login.set(value);
        }
    }

    /// How it is.
    pub(super) fn reach(&self) -> Reach {
        if self.lost.load(Ordering::Relaxed) {
            return Reach::Lost;
        }
        match &*lock(&self.sending) {
            Some((name, total, sent)) => Reach::Sending {
                name: name.clone(),
                bytes: sent.load(Ordering::Relaxed),
                total: *total,
            },
            None => Reach::Whole,
        }
    }

    /// Notes whether the server was heard of; true when that is news.
    pub(super) fn heard(&self, heard: bool) -> bool {
        if !heard {
            lock(&self.idle).clear();
        }
        self.lost.swap(!heard, Ordering::Relaxed) == heard
    }

    /// Sends a message and waits for its answer.
    pub(super) async fn exchange(&self, message: &Message) -> Result<Reply, Broken> {
        // A connection that was kept may have been closed at the other end.
        let kept = match message.again {
            true => self.kept(),
            false => None,
        };
        // What went out over it may have been heard.
        let mut heard = false;
        if let Some(kept) = kept {
            match self.over(kept, message).await {
                Ok(reply) => return Ok(reply),
                Err(broken) if broken.too_large => return Err(broken),
                Err(broken) => heard = broken.sent,
            }
        }
        let fresh = async {
            let fresh = match tokio::time::timeout(CONNECT, self.connect()).await {
                Ok(connected) => connected?,
                Err(_) => return Err(Broken::before("it does not answer")),
            };
            self.over(fresh, message).await
        };
        fresh.await.map_err(|broken| Broken {
            sent: broken.sent || heard,
            ..broken
        })
    }

    fn kept(&self) -> Option<SendRequest<Body>> {
        let mut idle = lock(&self.idle);
        std::iter::from_fn(|| idle.pop()).find(|kept| kept.is_ready())
    }

    async fn over(
        &self,
        mut connection: SendRequest<Body>,
        message: &Message,
    ) -> Result<Reply, Broken> {
        let moved = Arc::new(AtomicU64::new(0));
        let request = self.request(message, &moved)?;
        let exchanged = async {
            let answer = connection.send_request(request).await?;
            read(answer, &moved).await
        };
        let reply = patiently(message.patience, &moved, exchanged).await;
        let reply = match reply {
            Some(Ok(reply)) => reply,
            Some(Err(error)) => {
                return Err(Broken {
                    too_large: error.is::<TooLarge>(),
                    ..Broken::after(plain(error.as_ref()))
                });
            }
            None => return Err(Broken::after("it does not answer")),
        };
        let mut idle = lock(&self.idle);
        if connection.is_ready() && idle.len() < KEPT {
            idle.push(connection);
        }
        Ok(reply)
    }

    fn request(&self, message: &Message, moved: &Arc<AtomicU64>) -> Result<Request<Body>, Broken> {
        let uri = format!("{}{}", self.address.base, message.path);
        let mut request = Request::builder()
            .method(message.method.clone())
            .uri(uri)
            .header(header::HOST, self.address.host())
            .header(header::ACCEPT, "application/json, */*")
            .header(
                header::USER_AGENT,
                concat!("crewdesk/", env!("CARGO_PKG_VERSION")),
            );
        if let Some(login) = self.login.get() {
            request = request.header(header::AUTHORIZATION, login.clone());
        }
        if let Some(key) = &message.key {
            request = request.header("idempotency-key", key);
        }
        let (kind, body) = match &message.content {
            Content::None => (None, Body::whole(Bytes::new())),
            Content::Json(json) => (
                Some("application/json".to_owned()),
                Body::whole(json.clone()),
            ),
            Content::Form(form, boundary) => (
                Some(format!("multipart/form-data; boundary={boundary}")),
                Body::whole(form.clone()),
            ),
            Content::File(path, size) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                *lock(&self.sending) = Some((name.into_owned(), *size, moved.clone()));
                let file = std::fs::File::open(path);
                let file = file.map_err(|error| Broken::before(io_error(&error)))?;
                (
                    Some("application/octet-stream".to_owned()),
                    Body::file(file, *size, moved.clone()),
                )
            }
        };
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        request.body(body).map_err(Broken::before)
    }

    /// A file that was sent, or not, is not on its way any more.
    pub(super) fn sent(&self) {
        *lock(&self.sending) = None;
    }

    async fn connect(&self) -> Result<SendRequest<Body>, Broken> {
        match &self.address.place {
            #[cfg(unix)]
            Place::Unix(path) => {
                let stream = tokio::net::UnixStream::connect(path).await;
                shaken(stream.map_err(|error| Broken::before(io_error(&error)))?).await
            }
            #[cfg(not(unix))]
            Place::Unix(_) => Err(Broken::before("there are no such sockets here")),
            Place::Tcp { host, port, .. } => {
                let stream = tokio::net::TcpStream::connect((host.as_str(), *port)).await;
                let stream = stream.map_err(|error| Broken::before(io_error(&error)))?;
                watched(&stream).map_err(|error| Broken::before(io_error(&error)))?;
                let Some(tls) = &self.tls else {
                    return shaken(stream).await;
                };
                let name = ServerName::try_from(host.clone()).map_err(Broken::before)?;
                let stream = tls.connect(name, stream).await;
                shaken(stream.map_err(|error| Broken::before(untrusted(&error)))?).await
            }
        }
    }
}

/// Begins to speak HTTP.
async fn shaken<S>(stream: S) -> Result<SendRequest<Body>, Broken>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let shaken = Builder::new()
        .max_buf_size(256 * 1024)
        .handshake(TokioIo::new(stream))
        .await;
    let (sender, connection) = shaken.map_err(Broken::before)?;
    tokio::spawn(async move {
        // How it ends is told to who waits for an answer.
        let _ = connection.await;
    });
    Ok(sender)
}

/// A connection whose other end is gone without a word is found out.
fn watched(stream: &tokio::net::TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    let alive = TcpKeepalive::new()
        .with_time(ALIVE)
        .with_interval(ALIVE / 3);
    socket.set_tcp_keepalive(&alive)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(ALIVE * 2))?;
    Ok(())
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// An answer that nobody should have to hold.
#[derive(Debug, thiserror::Error)]
#[error("it has more than {} MB", LARGEST >> 20)]
struct TooLarge;

async fn read(answer: Response<Incoming>, moved: &AtomicU64) -> Result<Reply, Failed> {
    let status = answer.status().as_u16();
    let mut body = answer.into_body();
    if body.size_hint().lower() > LARGEST as u64 {
        return Err(TooLarge.into());
    }
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(piece) = Frame::<Bytes>::into_data(frame?) else {
            continue;
        };
        if bytes.len() + piece.len() > LARGEST {
            return Err(TooLarge.into());
        }
        bytes.extend_from_slice(&piece);
        moved.fetch_add(piece.len() as u64, Ordering::Relaxed);
    }
    Ok(Reply {
        status,
        body: bytes.into(),
    })
}

/// Waits as long as bytes move; none when none did for so long, or too few in all.
async fn patiently<T>(
    patience: Duration,
    moved: &AtomicU64,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    let begun = Instant::now();
    let (mut seen, mut since) = (0, begun);
    loop {
        let in_all = begun + patience + Duration::from_secs(seen / SLOWEST);
        let until = in_all.min(since + patience);
        if let Ok(done) = tokio::time::timeout_at(until, work.as_mut()).await {
            return Some(done);
        }
        let now = moved.load(Ordering::Relaxed);
        if now == seen {
            return None;
        }
        (seen, since) = (now, Instant::now());
    }
}

/// Why TLS did not come about.
fn untrusted(error: &io::Error) -> String {
    use rustls::{CertificateError as Wrong, Error as Tls};
    let no_tls = "it does not speak TLS there; write http:// if it is served without";
    let told = match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        Some(Tls::InvalidMessage(_)) => no_tls,
        Some(Tls::InvalidCertificate(wrong)) => match wrong {
            Wrong::UnknownIssuer | Wrong::BadSignature => {
                "nobody whom this machine trusts vouches for its certificate"
            }
            Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
                "its certificate bears another name"
            }
            Wrong::Expired | Wrong::ExpiredContext { .. } => "its certificate has run out",
            Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => {
                "its certificate is not valid yet; check this machine's clock"
            }
            _ => return error.to_string(),
        },
        Some(_) => return error.to_string(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => no_tls,
        None => return io_error(error),
    };
    told.to_owned()
}

/// The innermost cause: hyper wraps what people understand.
fn plain(error: &(dyn std::error::Error + 'static)) -> String {
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        if error.is_parse() {
            return "it does not speak HTTP there; write https:// if it speaks TLS".to_owned();
        }
        if error.is_incomplete_message() {
            return "the line was cut".to_owned();
        }
    }
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    match cause.downcast_ref::<io::Error>() {
        Some(error) => io_error(error).to_string(),
        None => cause.to_string(),
    }
}

/// Trusts whom this machine trusts.
fn trusting() -> Result<TlsConnector, DeskError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| DeskError::Storage(format!("TLS can not be spoken: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;

//! `http-connector`: one request, its answer with a bound.
//!
//! As in Camunda an answer of any status is an answer: the model looks at `statusCode`.

use super::reach::{self, Line, Whom};
use super::settings::Http;
use super::{Inputs, Trouble};
use crate::value::{Map, Value};
use axum::body::Body;
use encoding_rs::{Encoding, UTF_8};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::timeout;

/// The longest answer, in bytes.
pub(super) const LONGEST: usize = 4 << 20;
/// The longest wait that a model may ask for.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long to wait for a connection where the model says nothing.
const CONNECT: Duration = Duration::from_secs(10);
/// How long to wait for the next bytes where the model says nothing.
const READ: Duration = Duration::from_secs(30);
/// Redirects followed where the model says nothing, and at most.
const REDIRECTS: u32 = 10;
/// Bytes of all headers of an answer.
const HEADERS: usize = 64 * 1024;

/// What is asked, checked.
struct Ask {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    payload: Bytes,
    options: Options,
}

/// `request-config`.
#[derive(Debug, PartialEq)]
struct Options {
    connect: Duration,
    read: Duration,
    redirects: u32,
    /// `throw-http-error`: a status of 400 and above is a failure.
    strict: bool,
}

/// Makes the request: `statusCode`, `response`, `headers`.
pub(super) async fn run(inputs: &Inputs, settings: &Http) -> Result<Map, Trouble> {
    let mut ask = Ask::read(inputs)?;
    let mut hops = 0;
    loop {
        let (line, answer) = send(&ask, settings).await?;
        let next = match hops < ask.options.redirects {
            true => redirect(&ask, &answer)?,
            false => None,
        };
        if let Some(next) = next {
            hops += 1;
            ask = next;
            continue;
        }
        let status = answer.status();
        if ask.options.strict && status.as_u16() >= 400 {
            return Err(Trouble::Again(format!(
                "{} answers {}",
                host_of(&ask.uri),
                status.as_u16()
            )));
        }
        let answer = read(answer, &ask).await;
        line.abort();
        return answer;
    }
}

impl Ask {
    fn read(inputs: &Inputs) -> Result<Ask, Trouble> {
        let url = inputs.text("url")?.unwrap_or_default();
        let uri = place(url.trim())?;
        let method = inputs.text("method")?.unwrap_or_default();
        let known = [
            "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE",
        ];
        let method = match known.contains(&method.as_str()) {
            true => Method::from_bytes(method.as_bytes()).ok(),
            false => None,
        };
        let Some(method) = method else {
            let known = known.join(", ");
            return Err(Trouble::Never(format!(
                "the method of the request is one of {known}"
            )));
        };
        let mut headers = HeaderMap::new();
        for (name, value) in inputs.map("headers")? {
            let Some(value) = super::text_of(name, value)? else {
                continue;
            };
            // What is sent with them is not told: a header may be a password.
            let unfit = || {
                Trouble::Never(format!(
                    "the header {name:?} can not be sent: a name or value has a character that \
                     no header may have"
                ))
            };
            let mut value = HeaderValue::from_str(&value).map_err(|_| unfit())?;
            value.set_sensitive(true);
            let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| unfit())?;
            headers.insert(name, value);
        }
        for ours in [
            header::HOST,
            header::CONTENT_LENGTH,
            header::TRANSFER_ENCODING,
            header::CONNECTION,
            header::UPGRADE,
            header::EXPECT,
            header::TE,
        ] {
            headers.remove(ours);
        }
        let takes = matches!(method, Method::POST | Method::PUT | Method::PATCH);
        let payload = match takes {
            true => inputs.text("payload")?.unwrap_or_default(),
            false => String::new(),
        };
        Ok(Ask {
            method,
            uri,
            headers,
            payload: payload.into(),
            options: Options::read(inputs.map("request-config")?)?,
        })
    }
}

impl Options {
    fn read(given: &Map) -> Result<Options, Trouble> {
        let mut options = Options {
            connect: CONNECT,
            read: READ,
            redirects: REDIRECTS,
            strict: false,
        };
        for (name, value) in given {
            let Some(text) = super::text_of(name, value)? else {
                continue;
            };
            let text = text.trim();
            let unfit = |what: &str| {
                Trouble::Never(format!("the option {name} of request-config is {what}"))
            };
            let number = || text.parse::<u64>().map_err(|_| unfit("a whole number"));
            // 0 means without end in Camunda, which nothing is here.
            let wait = |n: u64| match n {
                0 => PATIENCE,
                n => Duration::from_millis(n).min(PATIENCE),
            };
            let holds = || match text.to_ascii_lowercase().as_str() {
                "true" => Ok(true),
                "false" => Ok(false),
                _ => Err(unfit("true or false")),
            };
            match name.as_str() {
                "connection-timeout" => options.connect = wait(number()?),
                "socket-timeout" => options.read = wait(number()?),
                "max-redirects" => {
                    let most = u32::try_from(number()?).unwrap_or(u32::MAX);
                    options.redirects = options.redirects.min(most);
                }
                "redirects-enabled" if !holds()? => options.redirects = 0,
                "throw-http-error" => options.strict = holds()?,
                // The others change nothing of how one request goes here.
                _ => {}
            }
        }
        Ok(options)
    }
}

/// A URL that can be called.
fn place(url: &str) -> Result<Uri, Trouble> {
    let unfit = |why: &str| Trouble::Never(format!("the url of the request {why}"));
    let uri: Uri = url
        .parse()
        .map_err(|_| unfit("can not be read; write one like https://api.example.org/path"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(unfit("begins with neither http:// nor https://"));
    }
    match uri.authority() {
        Some(authority) if authority.as_str().contains('@') => Err(unfit(
            "has a login in it; send it in a header Authorization",
        )),
        Some(authority) if !authority.host().is_empty() => Ok(uri),
        _ => Err(unfit("names no host")),
    }
}

fn host_of(uri: &Uri) -> &str {
    uri.host().unwrap_or_default()
}

/// Sends it; the task that drives the connection, and the head of the answer.
async fn send(ask: &Ask, settings: &Http) -> Result<(Driver, Response<Incoming>), Trouble> {
    let host = host_of(&ask.uri);
    let secure = ask.uri.scheme_str() == Some("https");
    let port = ask.uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let options = &ask.options;
    let line = reach::call(host, port, Whom::Allowed(settings), options.connect).await?;
    let line: Box<dyn Line> = match secure {
        true => Box::new(reach::secure(line, host, options.connect).await?),
        false => Box::new(line),
    };
    let lost = |error: hyper::Error| Trouble::Again(format!("{host}: {}", plain(&error)));
    let shaken = http1::Builder::new()
        .max_buf_size(HEADERS)
        .handshake::<_, Body>(TokioIo::new(line))
        .await;
    let (mut sender, connection) = shaken.map_err(lost)?;
    let driver = Driver(tokio::spawn(async move {
        // How it ends is told to who waits for the answer.
        let _ = connection.await;
    }));
    let path = ask.uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = ask.uri.authority().map_or(host, |all| all.as_str());
    let mut request = Request::new(Body::from(ask.payload.clone()));
    *request.method_mut() = ask.method.clone();
    *request.uri_mut() = path
        .parse()
        .map_err(|_| Trouble::Never("the path of the request can not be sent".to_owned()))?;
    *request.headers_mut() = ask.headers.clone();
    let host_header = HeaderValue::from_str(authority)
        .map_err(|_| Trouble::Never("the host of the request can not be sent".to_owned()))?;
    request.headers_mut().insert(header::HOST, host_header);
    let agent = HeaderValue::from_static(concat!("crewdesk/", env!("CARGO_PKG_VERSION")));
    let headers = request.headers_mut();
    headers.entry(header::USER_AGENT).or_insert(agent);
    let answer = timeout(options.read, sender.send_request(request)).await;
    match answer {
        Ok(answer) => Ok((driver, answer.map_err(lost)?)),
        Err(_) => Err(late(ask)),
    }
}

/// Drives a connection until the request is done or given up.
struct Driver(tokio::task::JoinHandle<()>);

impl Driver {
    fn abort(&self) {
        self.0.abort();
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.abort();
    }
}

fn late(ask: &Ask) -> Trouble {
    Trouble::Again(format!(
        "{} does not answer within {} ms; socket-timeout in request-config sets that",
        host_of(&ask.uri),
        ask.options.read.as_millis()
    ))
}

/// The request that an answer sends on to another place: of a GET or HEAD only, or behind 303.
/// What was meant for one host is not sent to another.
fn redirect(ask: &Ask, answer: &Response<Incoming>) -> Result<Option<Ask>, Trouble> {
    let goes_on = match answer.status().as_u16() {
        301 | 302 | 307 | 308 => matches!(ask.method, Method::GET | Method::HEAD),
        303 => true,
        _ => false,
    };
    let target = answer.headers().get(header::LOCATION);
    let Some(target) = target
        .filter(|_| goes_on)
        .and_then(|value| value.to_str().ok())
    else {
        return Ok(None);
    };
    let uri = resolve(&ask.uri, target)?;
    let mut headers = ask.headers.clone();
    let same = uri.authority() == ask.uri.authority() && uri.scheme() == ask.uri.scheme();
    if !same {
        // Any header may be a key.
        headers.retain_public();
    }
    let method = match ask.method {
        Method::HEAD => Method::HEAD,
        _ => Method::GET,
    };
    if ask.method != method {
        headers.remove(header::CONTENT_TYPE);
    }
    Ok(Some(Ask {
        method,
        uri,
        headers,
        payload: Bytes::new(),
        options: Options { ..ask.options },
    }))
}

/// Keeps what says nothing about who asks.
trait RetainPublic {
    fn retain_public(&mut self);
}

impl RetainPublic for HeaderMap {
    fn retain_public(&mut self) {
        let kept: Vec<(HeaderName, HeaderValue)> =
            [header::ACCEPT, header::ACCEPT_LANGUAGE, header::USER_AGENT]
                .into_iter()
                .filter_map(|name| Some((name.clone(), self.get(&name)?.clone())))
                .collect();
        self.clear();
        self.extend(kept);
    }
}

/// Where a `Location` leads: whole, or beside what was asked.
fn resolve(from: &Uri, target: &str) -> Result<Uri, Trouble> {
    let target = target.split('#').next().unwrap_or_default();
    if target.contains("://") {
        return place(target);
    }
    let scheme = from.scheme_str().unwrap_or("https");
    let authority = from.authority().map_or("", |all| all.as_str());
    if let Some(rest) = target.strip_prefix("//") {
        return place(&format!("{scheme}://{rest}"));
    }
    let path = match target {
        absolute if absolute.starts_with('/') => absolute.to_owned(),
        query if query.starts_with('?') => format!("{}{query}", from.path()),
        relative => {
            let folder = from
                .path()
                .rsplit_once('/')
                .map_or("", |(folder, _)| folder);
            format!("{folder}/{relative}")
        }
    };
    place(&format!("{scheme}://{authority}{path}"))
}

/// The answer as variables.
async fn read(answer: Response<Incoming>, ask: &Ask) -> Result<Map, Trouble> {
    let (head, mut body) = answer.into_parts();
    let host = host_of(&ask.uri);
    let mut bytes = Vec::new();
    loop {
        let frame = poll_fn(|context| Pin::new(&mut body).poll_frame(context));
        let frame = match timeout(ask.options.read, frame).await {
            Err(_) => return Err(late(ask)),
            Ok(None) => break,
            Ok(Some(Err(error))) => {
                return Err(Trouble::Again(format!("{host}: {}", plain(&error))));
            }
            Ok(Some(Ok(frame))) => frame,
        };
        if let Ok(data) = frame.into_data() {
            if bytes.len() + data.len() > LONGEST {
                return Err(Trouble::Never(format!(
                    "the answer of {host} is longer than {} MiB",
                    LONGEST >> 20
                )));
            }
            bytes.extend_from_slice(&data);
        }
    }
    let without = ask.method == Method::HEAD
        || matches!(
            head.status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
        );
    let response = match without && bytes.is_empty() {
        true => Value::Null,
        false => Value::String(decoded(&head.headers, &bytes)),
    };
    let mut headers = Map::new();
    for (name, value) in &head.headers {
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        headers.insert(usual(name.as_str()), Value::String(text));
    }
    Ok(Map::from_iter([
        (
            "statusCode".to_owned(),
            Value::Integer(i32::from(head.status.as_u16())),
        ),
        ("response".to_owned(), response),
        ("headers".to_owned(), Value::Map(headers)),
    ]))
}

/// A text in the charset that its type names, UTF-8 else.
fn decoded(headers: &HeaderMap, bytes: &[u8]) -> String {
    let kind = headers.get(header::CONTENT_TYPE);
    let named = kind.and_then(|kind| {
        let kind = kind.to_str().ok()?.to_ascii_lowercase();
        let (_, label) = kind.split_once("charset=")?;
        let label = label.split(';').next()?.trim().trim_matches('"');
        Encoding::for_label(label.as_bytes())
    });
    let (text, _, _) = named.unwrap_or(UTF_8).decode(bytes);
    text.into_owned()
}

/// A header's name as servers usually write it, which is what models look for.
fn usual(name: &str) -> String {
    match name {
        "etag" => "ETag".to_owned(),
        "www-authenticate" => "WWW-Authenticate".to_owned(),
        name => {
            let mut begins = true;
            let letters = name.chars().map(|c| {
                let upper = std::mem::replace(&mut begins, c == '-');
                if upper { c.to_ascii_uppercase() } else { c }
            });
            letters.collect()
        }
    }
}

/// The innermost cause, in words.
fn plain(error: &hyper::Error) -> String {
    if error.is_parse() {
        return "what it answers is no HTTP".to_owned();
    }
    if error.is_incomplete_message() || error.is_canceled() {
        return "the line was cut".to_owned();
    }
    let mut cause: &(dyn std::error::Error + 'static) = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    match cause.downcast_ref::<std::io::Error>() {
        Some(error) => crate::value::words::io_error(error),
        None => cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_whole_or_beside_what_was_asked() {
        let from: Uri = "https://a.example/x/y?q=1".parse().unwrap();
        for (target, leads) in [
            ("http://b.example/z", "http://b.example/z"),
            ("//b.example/z", "https://b.example/z"),
            ("/z#part", "https://a.example/z"),
            ("z", "https://a.example/x/z"),
            ("?p=2", "https://a.example/x/y?p=2"),
        ] {
            assert_eq!(resolve(&from, target).unwrap().to_string(), leads);
        }
        assert!(resolve(&from, "file:///etc/passwd").is_err());
        assert!(resolve(&from, "https://u:p@b.example/").is_err());
    }

    #[test]
    fn only_places_of_the_web_are_called() {
        for bad in [
            "",
            "/x",
            "a.example/x",
            "ftp://a.example/",
            "file:///x",
            "http://",
            "http:///x",
            "https://me:secret@a.example/",
            "http://a b/",
        ] {
            let told = place(bad).unwrap_err().to_string();
            assert!(!told.contains("secret"), "{told}");
        }
        assert!(place("http://[::1]:8080/x?y").is_ok());
    }

    #[test]
    fn headers_have_their_usual_names() {
        for (name, usually) in [
            ("content-type", "Content-Type"),
            ("etag", "ETag"),
            ("x-request-id", "X-Request-Id"),
            ("location", "Location"),
        ] {
            assert_eq!(usual(name), usually);
        }
    }

    #[test]
    fn options_are_numbers_within_bounds() {
        let read = |name: &str, value: &str| {
            Options::read(&Map::from_iter([(name.to_owned(), Value::from(value))]))
        };
        let millis = |options: Options| options.read.as_millis();
        assert_eq!(millis(read("socket-timeout", "250").unwrap()), 250);
        assert_eq!(millis(read("socket-timeout", "0").unwrap()), 300_000);
        assert_eq!(millis(read("socket-timeout", "99999999").unwrap()), 300_000);
        assert!(read("socket-timeout", "soon").is_err());
        assert_eq!(read("max-redirects", "2").unwrap().redirects, 2);
        assert_eq!(read("redirects-enabled", "false").unwrap().redirects, 0);
        assert!(read("throw-http-error", "TRUE").unwrap().strict);
    }
}

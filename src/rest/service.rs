//! What all requests share, and how one is answered: route, who calls, body, use case, log.

use super::auth::{Auth, Peer, Who};
use super::call::Call;
use super::log::Log;
use super::metrics::Metrics;
use super::operation::{Handler, Operation};
use super::poll::Polls;
use super::reply::{Answer, Fault, Reply};
use super::{Limits, resource, stream};
use crate::desk::once::Once;
use crate::desk::permission::not_for;
use crate::desk::{Caller, Desk};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::RawPathParams;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use axum::routing::{MethodFilter, MethodRouter};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// The two bases of Camunda's API.
const BASES: [&str; 2] = ["/engine-rest", "/engine-rest/engine/default"];

/// What all requests share.
pub struct Service {
    /// The desk.
    pub desk: Arc<Desk>,
    /// Bounds.
    pub limits: Limits,
    /// Long polls.
    pub polls: Arc<Polls>,
    /// Figures.
    pub metrics: Arc<Metrics>,
    /// Who may call.
    pub auth: Auth,
    /// True when the server ends.
    pub stop: watch::Receiver<bool>,
    log: Log,
    /// Use cases that run at the same time.
    threads: Arc<Semaphore>,
    /// Room for large bodies, in pieces of a MB.
    room: Arc<Semaphore>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Service({:?})", self.desk)
    }
}

impl Service {
    /// A service over a desk.
    pub fn new(
        desk: Arc<Desk>,
        auth: Auth,
        limits: Limits,
        log: Log,
        stop: watch::Receiver<bool>,
    ) -> Arc<Service> {
        let metrics = Arc::new(Metrics::default());
        Arc::new(Service {
            polls: Polls::new(desk.clone(), stop.clone()),
            desk,
            auth,
            metrics,
            log,
            stop,
            threads: Arc::new(Semaphore::new(limits.threads)),
            room: Arc::new(Semaphore::new(limits.bodies >> 20)),
            limits,
        })
    }

    /// Writes a line of its own to the log.
    pub(super) fn say(&self, level: &str, text: &str) {
        self.log.say(level, text);
    }

    /// Runs a use case on a thread that may block.
    pub async fn run(&self, work: impl FnOnce() -> Answer + Send + 'static) -> Answer {
        let permit = self.threads.clone().acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        match done.await {
            Ok(answer) => answer,
            Err(_) => Err(panicked()),
        }
    }

    async fn answer(
        self: &Arc<Self>,
        operation: &'static Operation,
        params: RawPathParams,
        request: Request<Body>,
    ) -> (Answer, Option<String>) {
        let (parts, body) = request.into_parts();
        let peer = parts.extensions.get::<Peer>().copied().unwrap_or_default();
        let who = match self.who(operation, peer, &parts.headers).await {
            Ok(who) => who,
            Err(fault) => return (Err(fault), None),
        };
        let name = who.user.as_ref().map(|user| user.id.clone());
        if let Some(why) = operation.absent() {
            return (Err(operation.missing(why)), name);
        }
        let (body, _room, mut streamed) = match operation.handler {
            Handler::Upload(_) => (Bytes::new(), None, Some(body)),
            _ => match self.body(&parts.headers, body).await {
                Ok((body, room)) => (body, room, None),
                Err(fault) => return (Err(fault), name),
            },
        };
        let text = |name: HeaderName| {
            let value: Option<&HeaderValue> = parts.headers.get(name);
            value
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let path = parts.uri.path();
        let mut call = Call {
            desk: self.desk.clone(),
            caller: who.caller,
            user: who.user,
            path: params
                .iter()
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect(),
            query: pairs(parts.uri.query().unwrap_or_default()),
            content_type: text(header::CONTENT_TYPE),
            accept: text(header::ACCEPT),
            body,
            base: match path.starts_with(BASES[1]) {
                true => BASES[1].to_owned(),
                false => BASES[0].to_owned(),
            },
        };
        if let Err(fault) = json_or_nothing(operation, &call) {
            return (Err(fault), name);
        }
        if let Err(fault) = named(
            operation,
            &mut call,
            text(HeaderName::from_static("idempotency-key")),
        ) {
            return (Err(fault), name);
        }
        let answer = match operation.handler {
            Handler::Run(handler) => self.run(move || repeatable(&call, handler)).await,
            Handler::Hash(handler) => {
                let answer = self.auth.apart(move || repeatable(&call, handler)).await;
                answer.unwrap_or_else(|| Err(panicked()))
            }
            Handler::Upload(handler) => {
                let body = streamed.take().unwrap_or_default();
                let (mut reader, sending) = stream::pipe(body, self.limits.request_time);
                let sending = tokio::spawn(sending);
                let answer = self.run(move || handler(&call, &mut reader)).await;
                sending.abort();
                answer
            }
            Handler::Wait(handler) => handler(self.clone(), call).await,
            Handler::Missing(why) => Err(operation.missing(why)),
        };
        (answer, name)
    }

    /// Who calls, and whether that role may call this at all.
    async fn who(
        &self,
        operation: &Operation,
        peer: Peer,
        headers: &HeaderMap,
    ) -> Result<Who, Fault> {
        if operation.access == super::operation::Access::Open {
            return Ok(Who {
                caller: Caller::Nobody,
                user: None,
            });
        }
        let who = self.auth.who(&self.desk, peer, headers).await?;
        match &who.user {
            Some(user) if !operation.access.admits(user.role) => Err(Fault {
                more: Some(Box::new(
                    serde_json::json!({ "userId": user.id, "missingAuthorizations": [] }),
                )),
                ..not_for(user.role, operation.is()).into()
            }),
            _ => Ok(who),
        }
    }

    /// The body; a large one keeps its room until it is given back.
    async fn body(
        &self,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Fault> {
        let form = headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
        let most = match form {
            true => self.limits.upload,
            false => self.limits.body,
        };
        let too_large = || {
            Fault::new(
                413,
                "RestException",
                format!("the body has more than {most} bytes"),
            )
        };
        let told = headers.get(header::CONTENT_LENGTH);
        let told = told.and_then(|told| told.to_str().ok()?.parse::<usize>().ok());
        if told.is_some_and(|told| told > most) {
            return Err(too_large());
        }
        let pieces = u32::try_from(told.unwrap_or(most) >> 20).unwrap_or(u32::MAX);
        let read = async {
            let room = match pieces {
                0 => None,
                pieces => self.room.clone().acquire_many_owned(pieces).await.ok(),
            };
            Ok::<_, axum::Error>((axum::body::to_bytes(body, most).await?, room))
        };
        match tokio::time::timeout(self.limits.request_time, read).await {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(error)) if is_too_large(&error) => Err(too_large()),
            Ok(Err(_)) => Err(Fault::invalid("the body broke off")),
            Err(_) => Err(Fault::new(408, "RestException", "the body came too slowly")),
        }
    }

    async fn respond(
        self: Arc<Self>,
        operation: &'static Operation,
        params: RawPathParams,
        request: Request<Body>,
    ) -> Response<Body> {
        let begun = Instant::now();
        let path = request.uri().path().to_owned();
        let (answer, user) = self.answer(operation, params, request).await;
        let response = respond(answer);
        self.note(
            operation.id,
            operation.method.as_str(),
            &path,
            user.as_deref(),
            &response,
            begun,
        );
        response
    }

    fn note(
        &self,
        operation: &'static str,
        method: &str,
        path: &str,
        user: Option<&str>,
        response: &Response<Body>,
        begun: Instant,
    ) {
        let took = begun.elapsed();
        let status = response.status().as_u16();
        self.metrics.request(operation, status, took);
        self.log.request(method, path, status, took, user);
    }

    /// The router over the table, under both bases, with what stands beside it.
    pub fn router(self: &Arc<Self>) -> Router {
        let mut paths: BTreeMap<&str, MethodRouter> = BTreeMap::new();
        for operation in resource::operations() {
            let service = self.clone();
            let handler = move |params: RawPathParams, request: Request<Body>| {
                service.clone().respond(operation, params, request)
            };
            let methods = paths.remove(operation.path).unwrap_or_default();
            let filter = match operation.method {
                super::operation::Method::Get => MethodFilter::GET,
                super::operation::Method::Post => MethodFilter::POST,
                super::operation::Method::Put => MethodFilter::PUT,
                super::operation::Method::Delete => MethodFilter::DELETE,
                super::operation::Method::Options => MethodFilter::OPTIONS,
            };
            paths.insert(operation.path, methods.on(filter, handler));
        }
        let mut router = Router::new();
        for (path, methods) in paths {
            let methods = methods
                .fallback(|| plain(405, "NotAllowedException", "HTTP 405 Method Not Allowed"));
            for base in BASES {
                router = router.route(&format!("{base}{path}"), methods.clone());
            }
        }
        let service = self.clone();
        router = router.route(
            "/health",
            axum::routing::get(move || service.clone().health()),
        );
        let service = self.clone();
        router = router.route(
            "/metrics",
            axum::routing::get(move |request: Request<Body>| service.clone().figures(request)),
        );
        let service = self.clone();
        router.fallback(move |request: Request<Body>| {
            let service = service.clone();
            async move {
                let begun = Instant::now();
                let response = plain(404, "NotFoundException", "HTTP 404 Not Found").await;
                let (method, path) = (request.method().as_str(), request.uri().path());
                service.note("unknown", method, path, None, &response, begun);
                response
            }
        })
    }

    async fn health(self: Arc<Self>) -> Response<Body> {
        let desk = self.desk.clone();
        let read = self.run(move || {
            desk.users(&Caller::Nobody)?;
            Ok(Reply::Json(serde_json::json!({
                "status": "up", "version": env!("CARGO_PKG_VERSION"),
            })))
        });
        match tokio::time::timeout(Duration::from_secs(5), read).await {
            Ok(answer) => respond(answer),
            Err(_) => plain(503, "RestException", "the database does not answer").await,
        }
    }

    async fn figures(self: Arc<Self>, request: Request<Body>) -> Response<Body> {
        let peer = request
            .extensions()
            .get::<Peer>()
            .copied()
            .unwrap_or_default();
        if let Err(fault) = self.auth.who(&self.desk, peer, request.headers()).await {
            return respond(Err(fault));
        }
        let service = self.clone();
        let text = self.run(move || {
            let status = service.desk.status(&Caller::Desk)?;
            let bytes = service
                .metrics
                .text(&status, service.polls.waiting())
                .into_bytes();
            let content_type = "text/plain; version=0.0.4".to_owned();
            Ok(Reply::Bytes {
                content_type,
                filename: None,
                bytes,
            })
        });
        respond(text.await)
    }
}

/// The details are in the log of the panic hook, not in the answer.
fn panicked() -> Fault {
    Fault::engine("an error inside crewdesk; the server's output tells more")
}

/// A request that changes something may have a name, by which it is known when it is sent again.
fn named(operation: &Operation, call: &mut Call, key: Option<String>) -> Result<(), Fault> {
    let (Some(key), Caller::Remote(remote)) = (key, &mut call.caller) else {
        return Ok(());
    };
    let mut hash = Sha256::new();
    for part in [operation.id.as_bytes(), &call.body] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    for (name, value) in call.path.iter().chain(&call.query) {
        hash.update(format!("{}:{name}={value};", value.len()));
    }
    let request = call.desk.request_mark(&hash.finalize());
    remote.once = Some(Arc::new(Once::new(&key, request)?));
    Ok(())
}

/// Runs a use case. When its request was done before and the use case no longer finds what it
/// was done to, it was done all the same.
fn repeatable(call: &Call, handler: fn(&Call) -> Answer) -> Answer {
    let repeated = call.desk.repeated(&call.caller)?;
    match handler(call) {
        Err(_) if repeated => Ok(Reply::None),
        answer => answer,
    }
}

/// A body is JSON or a form; anything else is refused, which also keeps a web page that a
/// browser of this machine shows from posting here.
fn json_or_nothing(operation: &Operation, call: &Call) -> Result<(), Fault> {
    let kind = call.content_type.as_deref().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let form = kind == "multipart/form-data";
    let json = kind == "application/json" || kind.ends_with("+json");
    let any = matches!(operation.handler, Handler::Upload(_));
    let fits = match operation.takes_form() {
        _ if any => kind == "application/octet-stream",
        true => form,
        false => json || (kind.is_empty() && call.body.is_empty()) || call.body.is_empty(),
    };
    match fits {
        true => Ok(()),
        false => Err(Fault::new(
            415,
            "NotSupportedException",
            "HTTP 415 Unsupported Media Type",
        )),
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if error.to_string().contains("length limit") {
            return true;
        }
        source = error.source();
    }
    false
}

/// A query string, decoded.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text)
            .decode_utf8_lossy()
            .into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

async fn plain(status: u16, kind: &'static str, message: &str) -> Response<Body> {
    respond(Err(Fault::new(status, kind, message)))
}

/// An answer as HTTP. Clients of Camunda want exactly `application/json`.
pub fn respond(answer: Answer) -> Response<Body> {
    let json = HeaderValue::from_static("application/json");
    let (status, kind, body, filename) = match answer {
        Ok(Reply::None) => (204, None, Body::empty(), None),
        Ok(Reply::Json(value)) => (200, Some(json), Body::from(value.to_string()), None),
        Ok(Reply::Bytes {
            content_type,
            filename,
            bytes,
        }) => {
            let kind = HeaderValue::from_str(&content_type)
                .unwrap_or(HeaderValue::from_static("application/octet-stream"));
            (200, Some(kind), Body::from(bytes), filename)
        }
        Err(fault) => {
            let mut response = Response::new(Body::from(fault.body().to_string()));
            *response.status_mut() =
                StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            response.headers_mut().insert(header::CONTENT_TYPE, json);
            if fault.status == 401 {
                response.headers_mut().insert(
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static("Basic realm=\"default\""),
                );
            }
            return response;
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    if let Some(kind) = kind {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if let Some(name) = filename {
        let encoded =
            percent_encoding::utf8_percent_encode(&name, percent_encoding::NON_ALPHANUMERIC);
        let plain: String = name
            .chars()
            .map(|c| {
                if c.is_ascii_graphic() && !matches!(c, '"' | '\\') {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        let text = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_strings_are_decoded() {
        let found = pairs("a=b+c&d=%C3%A9%3D&e&=x&");
        let found: Vec<_> = found
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(found, [("a", "b c"), ("d", "é="), ("e", ""), ("", "x")]);
    }

    #[test]
    fn json_is_exactly_json() {
        let response = respond(Ok(Reply::count(3)));
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(respond(Ok(Reply::None)).status(), 204);
    }
}

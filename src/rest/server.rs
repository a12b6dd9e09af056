//! Listening: a Unix socket, a TCP address, how many and how long, and a stop in good order.

use super::auth::{Auth, Peer};
use super::log::Log;
use super::service::Service;
use super::{Options, Result};
use crate::desk::{Desk, DeskError, DeskOptions};
use crate::worker;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tower_service::Service as _;

/// How long requests may still run when the server ends.
const FAREWELL: Duration = Duration::from_secs(10);

/// Serves the desk of this database until the process is asked to end.
pub fn serve(database: &Path, options: Options) -> Result<()> {
    options.check()?;
    let desk = Desk::open(database, DeskOptions::default())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(options.limits.threads + 32)
        .thread_name("crewdesk-serve")
        .enable_all()
        .build()
        .map_err(|e| DeskError::Storage(format!("the server can not start: {e}")))?;
    runtime.block_on(async {
        let (tell, stop) = watch::channel(false);
        let server = Server::open(desk, options, Log::to_stderr(), stop).await?;
        for place in server.places() {
            server.service.say("info", &format!("listening on {place}"));
        }
        tokio::spawn(async move {
            asked_to_end().await;
            let _ = tell.send(true);
        });
        server.run().await;
        Ok(())
    })
}

/// A server that listens.
pub struct Server {
    service: Arc<Service>,
    tcp: Option<TcpListener>,
    #[cfg(unix)]
    unix: Option<(tokio::net::UnixListener, PathBuf)>,
    worker: bool,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.places().join(", "))
    }
}

impl Server {
    /// Listens; nothing is answered before [`Server::run`].
    pub async fn open(
        desk: Arc<Desk>,
        options: Options,
        log: Log,
        stop: watch::Receiver<bool>,
    ) -> Result<Server> {
        options.check()?;
        more_files();
        let auth = Auth::new(options.no_auth)?;
        let tcp = match options.listen {
            Some(at) => Some(TcpListener::bind(at).await.map_err(|e| {
                DeskError::Invalid(format!(
                    "cannot listen on {at}: {e}; name another with --listen"
                ))
            })?),
            None => None,
        };
        Ok(Server {
            tcp,
            #[cfg(unix)]
            unix: options
                .socket
                .map(|path| socket(&path).map(|bound| (bound, path)))
                .transpose()?,
            worker: !options.no_worker,
            service: Service::new(desk, auth, options.limits, log, stop),
        })
    }

    /// Where it listens, for people.
    pub fn places(&self) -> Vec<String> {
        let tcp = self.address().map(|at| format!("http://{at}/engine-rest"));
        #[cfg(unix)]
        let unix = self
            .unix
            .as_ref()
            .map(|(_, path)| format!("unix:{}", path.display()));
        #[cfg(not(unix))]
        let unix = None;
        tcp.into_iter().chain(unix).collect()
    }

    /// The TCP address that it listens on.
    pub fn address(&self) -> Option<SocketAddr> {
        self.tcp.as_ref().and_then(|tcp| tcp.local_addr().ok())
    }

    /// Answers until the server is told to stop; then lets what runs come to its end.
    pub async fn run(self) {
        let mut stop = self.service.stop.clone();
        let worker = self.worker.then(|| {
            let (desk, stop) = (self.service.desk.clone(), stop.clone());
            tokio::spawn(worker::run(desk, worker::Options::new(), stop))
        });
        let open = Arc::new(Semaphore::new(self.service.limits.connections));
        let all = u32::try_from(self.service.limits.connections).unwrap_or(u32::MAX);
        let router = self.service.router();
        #[cfg(unix)]
        let unix = self.unix.as_ref().map(|(listener, _)| listener);
        loop {
            #[cfg(unix)]
            let accepted = tokio::select! {
                _ = stop.changed() => break,
                accepted = accept_tcp(self.tcp.as_ref()) => accepted.map(Accepted::Tcp),
                accepted = accept_unix(unix) => accepted.map(|(io, peer)| Accepted::Unix(io, peer)),
            };
            #[cfg(not(unix))]
            let accepted = tokio::select! {
                _ = stop.changed() => break,
                accepted = accept_tcp(self.tcp.as_ref()) => accepted.map(Accepted::Tcp),
            };
            let Ok(accepted) = accepted else {
                // No more files, say: those that are open will end.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let Ok(permit) = open.clone().try_acquire_owned() else {
                self.service.metrics.refused.fetch_add(1, Ordering::Relaxed);
                continue;
            };
            let (service, router) = (self.service.clone(), router.clone());
            tokio::spawn(async move {
                let _permit = permit;
                service.metrics.connections.fetch_add(1, Ordering::Relaxed);
                match accepted {
                    Accepted::Tcp(io) => {
                        let _ = io.set_nodelay(true);
                        connection(&service, io, Peer::Network, router).await;
                    }
                    #[cfg(unix)]
                    Accepted::Unix(io, peer) => connection(&service, io, peer, router).await,
                }
                service.metrics.connections.fetch_sub(1, Ordering::Relaxed);
            });
        }
        self.service.say("info", "stopping");
        let _ = tokio::time::timeout(FAREWELL, open.acquire_many(all)).await;
        if let Some(worker) = worker {
            let _ = worker.await;
        }
        #[cfg(unix)]
        if let Some((_, path)) = &self.unix {
            let _ = std::fs::remove_file(path);
        }
        self.service.say("info", "stopped");
    }
}

enum Accepted {
    Tcp(tokio::net::TcpStream),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream, Peer),
}

async fn accept_tcp(listener: Option<&TcpListener>) -> std::io::Result<tokio::net::TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.map(|(io, _)| io),
        None => std::future::pending().await,
    }
}

#[cfg(unix)]
async fn accept_unix(
    listener: Option<&tokio::net::UnixListener>,
) -> std::io::Result<(tokio::net::UnixStream, Peer)> {
    let Some(listener) = listener else {
        return std::future::pending().await;
    };
    let (io, _) = listener.accept().await?;
    let peer = Peer::Account(io.peer_cred()?.uid());
    Ok((io, peer))
}

/// Answers the requests of one connection.
async fn connection<IO>(service: &Arc<Service>, io: IO, peer: Peer, router: Router)
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let routed = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        let mut router = router.clone();
        async move { router.call(request.map(Body::new)).await }
    });
    let io = TokioIo::new(super::timed::Timed::new(io, service.limits.write_time));
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(service.limits.header_time)
        .max_buf_size(64 * 1024)
        .serve_connection(io, routed);
    let mut served = std::pin::pin!(served);
    let mut stop = service.stop.clone();
    let stopping = tokio::select! {
        _ = served.as_mut() => false,
        _ = async { let _ = stop.wait_for(|stop| *stop).await; } => true,
    };
    if stopping {
        served.as_mut().graceful_shutdown();
        let _ = served.await;
    }
}

/// The socket file. One that nobody listens on any more is replaced; everybody may connect,
/// the operating system says who it is.
#[cfg(unix)]
fn socket(path: &Path) -> Result<tokio::net::UnixListener> {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    let failed =
        |e: std::io::Error| DeskError::Invalid(format!("cannot listen on {}: {e}", path.display()));
    if let Ok(found) = std::fs::symlink_metadata(path) {
        if !found.file_type().is_socket() {
            return Err(DeskError::Invalid(format!(
                "{} is there already and is no socket; name another with --socket",
                path.display()
            )));
        }
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(DeskError::Invalid(format!(
                "another server listens on {}; stop it first",
                path.display()
            )));
        }
        std::fs::remove_file(path).map_err(failed)?;
    }
    let listener = tokio::net::UnixListener::bind(path).map_err(failed)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666)).map_err(failed)?;
    Ok(listener)
}

/// A thousand workers that wait need a thousand open files.
fn more_files() {
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
            let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
        }
    }
}

/// Ctrl-C, or what a service manager sends.
async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut term) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = term.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

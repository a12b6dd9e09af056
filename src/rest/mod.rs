//! Camunda 7's REST API over the desk, for workers, clients and other desks.
//!
//! Floor 8. Contains no rules of its own: it reads requests, asks a use case, writes answers.
//!
//! | file | is |
//! |---|---|
//! | `operation`, `resource` | the table of operations, one file a resource |
//! | `call`, `reply` | a request, an answer or refusal |
//! | `query`, `variables`, `form` | lists with filters and pages; variables of any scope; forms |
//! | `service`, `server`, `auth`, `timed` | how a request is answered; listening; who calls |
//! | `multipart`, `stream` | bodies that are forms, and those of any size |
//! | `poll` | workers that wait without a thread each |
//! | `openapi` | what the server tells about itself; the table in `docs/REST.md` |
//! | `log`, `metrics` | what it notes |

mod auth;
mod call;
mod form;
mod log;
mod metrics;
mod multipart;
mod openapi;
mod operation;
mod poll;
mod query;
mod reply;
mod resource;
mod server;
mod service;
mod stream;
mod timed;
mod variables;

pub use log::Log;
pub use openapi::{page, specification};
pub use operation::{Access, Group, Method, Operation};
pub use resource::GROUPS;
pub use server::{Server, serve};

use crate::desk::DeskError;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

type Result<T> = std::result::Result<T, DeskError>;

/// How a desk is served.
#[derive(Debug, Clone)]
pub struct Options {
    /// A Unix socket to listen on: who calls is known from the operating system.
    pub socket: Option<PathBuf>,
    /// An address to listen on: who calls says so with HTTP Basic.
    pub listen: Option<SocketAddr>,
    /// Nobody logs in at the address; only on this machine.
    pub no_auth: bool,
    /// No background work in this process.
    pub no_worker: bool,
    /// Bounds.
    pub limits: Limits,
}

impl Options {
    /// Refuses what would open the desk to everybody.
    pub fn check(&self) -> Result<()> {
        if self.listen.is_none() && self.socket.is_none() {
            return Err(DeskError::Invalid(
                "say where to listen: --socket PATH, --listen 127.0.0.1:8080, or both".to_owned(),
            ));
        }
        match self.listen {
            Some(at) if self.no_auth && !at.ip().is_loopback() => Err(DeskError::Invalid(format!(
                "{at} is reached from other machines, and with --no-auth everybody there could do everything: listen on 127.0.0.1, or let people log in. For other machines put a proxy in front that speaks TLS (caddy reverse-proxy --from desk.example.org --to 127.0.0.1:8080)"
            ))),
            _ => Ok(()),
        }
    }
}

/// What a server bears.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at the same time.
    pub connections: usize,
    /// Use cases that run at the same time.
    pub threads: usize,
    /// Bytes of a body.
    pub body: usize,
    /// Bytes of a form with files.
    pub upload: usize,
    /// Bytes of all bodies together that have more than a MB; others wait. At least `upload`.
    pub bodies: usize,
    /// Until the head of a request is there.
    pub header_time: Duration,
    /// Until its body is there.
    pub request_time: Duration,
    /// How long a client may not read.
    pub write_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 4096,
            threads: 64,
            body: 16 << 20,
            upload: 64 << 20,
            bodies: 256 << 20,
            header_time: Duration::from_secs(15),
            request_time: Duration::from_secs(60),
            write_time: Duration::from_secs(30),
        }
    }
}

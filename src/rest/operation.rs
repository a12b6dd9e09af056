//! The table of operations: one row each, from which the router, the answers 501, the page
//! `docs/REST.md` and the served OpenAPI document come.

use super::call::Call;
use super::reply::{Answer, Fault};
use super::service::Service;
use crate::desk::permission as desk;
use crate::desk::view::Role;
use std::future::Future;
use std::io::Read;
use std::pin::Pin;
use std::sync::Arc;

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
    /// `OPTIONS`
    Options,
}

impl Method {
    /// As it stands in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
            Method::Options => "OPTIONS",
        }
    }
}

/// Which roles may call an operation at all. What they may do with it is the use case's affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Whoever reaches the server, without a login.
    Open,
    /// Everybody who logged in.
    All,
    /// Heads and employees.
    Team,
    /// Heads and worker accounts.
    Operator,
    /// Whom the desk's table of permissions does not shut out of this.
    May(desk::Operation),
}

impl Access {
    /// Whether a role may call.
    pub fn admits(self, role: Role) -> bool {
        match self {
            Access::Open | Access::All => true,
            Access::Team => role != Role::Worker,
            Access::Operator => role != Role::Employee,
            Access::May(of) => desk::permission(role, of) != desk::Permission::Never,
        }
    }

    /// In the documentation.
    pub fn as_str(self) -> &'static str {
        match self {
            Access::Open => "open",
            Access::All => "all",
            Access::Team => "head, employee",
            Access::Operator => "head, worker",
            Access::May(_) => {
                match [Role::Head, Role::Employee, Role::Worker].map(|role| self.admits(role)) {
                    [true, false, false] => "head",
                    [false, false, true] => "worker",
                    [true, false, true] => "head, worker",
                    [true, true, false] => "head, employee",
                    _ => "all",
                }
            }
        }
    }
}

/// An answer that may take its time without holding a thread.
pub type Pending = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// What answers an operation.
#[derive(Clone, Copy)]
pub enum Handler {
    /// A desk has none: 501, with why and what there is instead.
    Missing(&'static str),
    /// A use case; runs on a thread that may block.
    Run(fn(&Call) -> Answer),
    /// A use case that hashes passwords: few run at a time, as logins do.
    Hash(fn(&Call) -> Answer),
    /// A use case with a body of any size, read as it comes; runs on a thread that may block.
    Upload(fn(&Call, &mut dyn Read) -> Answer),
    /// Something that waits; must not block.
    Wait(fn(Arc<Service>, Call) -> Pending),
}

impl std::fmt::Debug for Handler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Handler::Missing(_) => "Missing",
            Handler::Run(_) => "Run",
            Handler::Hash(_) => "Hash",
            Handler::Upload(_) => "Upload",
            Handler::Wait(_) => "Wait",
        })
    }
}

/// One operation.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path below `/engine-rest`, with parameters in braces.
    pub path: &'static str,
    /// Camunda's `operationId`.
    pub id: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// Who may call.
    pub access: Access,
    /// What answers.
    pub handler: Handler,
}

impl Operation {
    /// True when it is answered.
    pub fn served(&self) -> bool {
        self.absent().is_none()
    }

    /// Why it is not answered.
    pub fn absent(&self) -> Option<&'static str> {
        match self.handler {
            Handler::Missing(why) => Some(why),
            _ => None,
        }
    }

    /// Which operation of the desk it is, where its table says who may call: so that the refusal
    /// names what the desk names.
    pub fn is(&self) -> Option<desk::Operation> {
        match self.access {
            Access::May(of) => Some(of),
            _ => None,
        }
    }

    /// True when its body is a form with files.
    pub fn takes_form(&self) -> bool {
        matches!(
            self.path,
            "/deployment/create" | "/task/{id}/attachment/create"
        ) || self.path.starts_with("/crewdesk/deploy")
            || self.path.ends_with("/data") && self.method == Method::Post
    }

    /// The answer of what a desk has not.
    pub fn missing(&self, why: &str) -> Fault {
        let (method, path, id) = (self.method.as_str(), self.path, self.id);
        Fault::new(
            501,
            "NotImplementedException",
            format!("{method} {path} ({id}) is not there: {why}"),
        )
    }
}

/// A row of the table that is answered.
pub const fn run(
    method: Method,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    access: Access,
    handler: fn(&Call) -> Answer,
) -> Operation {
    row(method, path, id, summary, access, Handler::Run(handler))
}

/// A row that hashes passwords.
pub const fn hash(
    method: Method,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    access: Access,
    handler: fn(&Call) -> Answer,
) -> Operation {
    row(method, path, id, summary, access, Handler::Hash(handler))
}

/// A row whose body may have any size.
pub const fn upload(
    method: Method,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    access: Access,
    handler: fn(&Call, &mut dyn Read) -> Answer,
) -> Operation {
    row(method, path, id, summary, access, Handler::Upload(handler))
}

/// A row that waits.
pub const fn wait(
    method: Method,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    access: Access,
    handler: fn(Arc<Service>, Call) -> Pending,
) -> Operation {
    row(method, path, id, summary, access, Handler::Wait(handler))
}

/// A row that answers 501, and why.
pub const fn absent(
    method: Method,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    why: &'static str,
) -> Operation {
    row(
        method,
        path,
        id,
        summary,
        Access::All,
        Handler::Missing(why),
    )
}

const fn row(
    method: Method,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    access: Access,
    handler: Handler,
) -> Operation {
    Operation {
        method,
        path,
        id,
        summary,
        access,
        handler,
    }
}

/// The operations of one resource.
pub struct Group {
    /// Camunda's tag.
    pub tag: &'static str,
    /// Its rows.
    pub operations: &'static [Operation],
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.tag, self.operations.len())
    }
}

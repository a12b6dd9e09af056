//! `crewdesk serve`

use crate::cli::args::ServeArgs;
use crate::cli::session::Session;
use crate::cli::{Done, Failure};
use crate::rest::{Limits, Options, serve};

pub fn run(session: &Session, args: ServeArgs) -> Done {
    // A desk that is there: a mistyped path makes none.
    drop(session.host()?);
    let usual = std::net::SocketAddr::from(([127, 0, 0, 1], 8080));
    let listen = args.listen.or(args.socket.is_none().then_some(usual));
    if args.no_auth {
        eprintln!(
            "crewdesk: without logins everybody on this machine may do everything on this desk"
        );
    } else if let Some(at) = listen.filter(|at| !at.ip().is_loopback()) {
        eprintln!(
            "crewdesk: {at} is reached from other machines and passwords travel in the clear: put a proxy in front that speaks TLS (caddy reverse-proxy --from desk.example.org --to 127.0.0.1:{}) and listen on 127.0.0.1",
            at.port()
        );
    }
    let options = Options {
        socket: args.socket,
        listen,
        no_auth: args.no_auth,
        no_worker: args.no_worker,
        limits: Limits::default(),
    };
    serve(&session.path()?, options).map_err(Failure::from)
}

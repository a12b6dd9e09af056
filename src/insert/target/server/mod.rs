//! What the servers among the targets have in common: the way to them, and the search for rows
//! that they refuse.

mod by_key;
mod refused;
mod tls;
mod wire;

pub(super) use by_key::{Aside, ByKey, Upserts, into, key, same_key, stand_in};
pub(super) use refused::{Answer, Dialect, Law, LawKind, MARK, Search, Trial};
pub(super) use wire::{Lost, Room, STOPPING, Wire};

/// What is said of a server that can not encrypt where the URL wants it.
pub(super) const NO_TLS: &str = "the server offers no TLS, which sslmode asks for; have its owner \
     set up a certificate, or take another sslmode where the network may be trusted";

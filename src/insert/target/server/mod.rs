//! What the servers among the targets have in common: the way to them.

mod tls;
mod wire;

pub(super) use wire::{Lost, Wire};

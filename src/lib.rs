//! crewdesk: a team's task desk in the terminal, on a real BPMN workflow engine.
//!
//! The floors, lowest first; a floor knows only those below it (held by `tests/floors.rs`):
//!
//! | floor | modules |
//! |---|---|
//! | 0 | [`crash`] |
//! | 1 | [`value`], [`regex`] |
//! | 2 | [`feel`], [`juel`], [`model`] |
//! | 3 | [`dmn`] |
//! | 4 | [`engine`] |
//! | 5 | [`store`], [`insert`] |
//! | 6 | [`desk`] |
//! | 7 | [`worker`] |
//! | 8 | [`client`], [`rest`] |
//! | 9 | [`tui`], [`mod@bench`], [`cli`] |

pub mod bench;
pub mod cli;
pub mod client;
pub mod crash;
pub mod desk;
pub mod dmn;
pub mod engine;
pub mod feel;
pub mod insert;
pub mod javascript;
pub mod juel;
pub mod model;
pub mod regex;
pub mod rest;
pub mod store;
pub mod tui;
pub mod value;
pub mod worker;

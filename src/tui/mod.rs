//! The terminal: screens for employees and the team head.
//!
//! Floor 9. Reaches no lower than `client`.
//!
//! Elm's loop: [`state::State`], [`effect::Action`], `update` and `view`. Effects run on blocking
//! threads and come back as actions; the view never waits.

pub mod alert;
pub mod app;
pub mod beside;
mod change;
pub mod config;
pub mod effect;
pub mod form;
pub mod glyph;
pub mod keymap;
mod late;
pub mod line;
pub mod list;
mod mouse;
mod offer;
mod operate;
pub mod overlay;
pub mod progress;
mod runtime;
pub mod screen;
pub mod sieve;
pub mod state;
pub mod terminal;
#[cfg(test)]
mod tests;
pub mod theme;
pub mod ui;
pub mod update;
pub mod view;
mod when;
pub mod words;

pub use config::{Config, ConfigError};
pub use runtime::{greet, run};
pub use screen::greeting::Greeting;

use crate::client::{Answer, Client, DeskError, User};
use std::sync::Arc;
use thiserror::Error;

/// How the terminal gets to a desk.
pub trait Door: Send + Sync {
    /// Who could come in.
    fn users(&self) -> Answer<Vec<User>>;
    /// The desk on behalf of this user.
    fn enter(&self, user: &str, password: Option<&str>) -> Answer<Arc<dyn Client>>;
}

/// How the terminal should be.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The settings, as [`config::parse`] reads them.
    pub config: Config,
}

/// Why there is no screen.
#[derive(Debug, Error)]
pub enum TuiError {
    /// The terminal refuses.
    #[error("the terminal cannot be used: {0}; without one, `crewdesk --help` shows the commands")]
    Terminal(#[from] std::io::Error),
    /// The desk refuses.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

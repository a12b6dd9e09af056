//! The use cases: deploy, start, claim, complete, retry, … Each one checks who may,
//! loads, applies, stores and tells subscribers.
//!
//! Floor 6. Knows no terminal and no HTTP.

pub mod clock;
pub mod error;
pub mod notice;
pub mod password;
pub mod paths;
pub mod permission;
pub mod reminder;
pub mod secret;
pub mod team;
pub mod tell;
pub mod view;

pub use error::{DeskError, FieldError};

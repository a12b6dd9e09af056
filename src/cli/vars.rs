//! `--var NAME=TEXT`, `--var NAME:=JSON` and `--var NAME:TYPE=TEXT`.

use crate::client::feel;
use crate::client::value::Map;
use crate::client::vars::{self, Wrong};

/// Parses all `--var` options; a later one of the same name wins.
///
/// # Errors
/// A sentence that names the option and says what would be right.
pub fn parse(options: &[String]) -> Result<Map, String> {
    vars::parse(options).map_err(told)
}

/// The same as FEEL values. A text, and each text in JSON, is read as what is declared of its
/// name, where it can be.
///
/// # Errors
/// As of [`parse`].
pub fn feel(
    options: &[String],
    declared: impl Fn(&str) -> Option<feel::Type>,
) -> Result<feel::Context, String> {
    vars::feel(options, declared).map_err(told)
}

fn told(wrong: Wrong) -> String {
    match wrong {
        Wrong::Nameless => format!("--var: {wrong}"),
        Wrong::Value { .. } => format!("--var {wrong}"),
    }
}

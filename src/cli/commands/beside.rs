//! Files with those beside them that they import.

use super::deploy::read;
use crate::cli::Failure;
use crate::client::value::words::io_error;
use crate::tui::beside;
use std::path::Path;

pub use crate::tui::beside::File;

/// The content of a file.
///
/// # Errors
/// It cannot be read.
pub fn file(path: &Path) -> Result<File, Failure> {
    let content = content(path).map_err(Failure::new)?;
    Ok((path.display().to_string(), content))
}

fn content(path: &Path) -> Result<Vec<u8>, String> {
    let name = path.display();
    match path.is_dir() {
        true => Err(format!("{name} is a folder; name a DMN file in it")),
        false => read(path).map_err(|error| format!("{name}: {}", io_error(&error))),
    }
}

/// The files that are given with those beside them that they import.
///
/// # Errors
/// A file that is there cannot be read, or there are too many.
pub fn with_imports(files: Vec<File>) -> Result<Vec<File>, Failure> {
    beside::with_imports(files, content).map_err(Failure::new)
}

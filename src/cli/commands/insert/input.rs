//! Rows from standard input, kept in a file of their own for as long as they are needed: a frame is
//! read more than once.

use crate::cli::Failure;
use crate::client::value::words::io_error;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

/// The file, gone with its folder when it is dropped.
pub(super) struct Input {
    folder: PathBuf,
    path: PathBuf,
}

impl Input {
    /// Takes all of standard input.
    pub(super) fn spool() -> Result<Input, Failure> {
        let mut input = io::stdin().lock();
        if input.is_terminal() {
            eprintln!("Rows from the terminal; Ctrl-D ends them.");
        }
        let folder = folder().map_err(|e| failed(&e))?;
        let path = folder.join("standard input");
        let spooled = Input { folder, path };
        let mut file = private(&spooled.path).map_err(|e| failed(&e))?;
        io::copy(&mut input, &mut file).map_err(|e| failed(&e))?;
        Ok(spooled)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_dir(&self.folder);
    }
}

fn failed(error: &io::Error) -> Failure {
    Failure::new(format!(
        "standard input could not be kept: {}",
        io_error(error)
    ))
}

/// A folder that nobody else has.
fn folder() -> io::Result<PathBuf> {
    let process = std::process::id();
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    for n in 0..1000 {
        let folder = std::env::temp_dir().join(format!("crewdesk-{process}-{n}"));
        match builder.create(&folder) {
            Ok(()) => return Ok(folder),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

//! Rows from standard input, kept in a file of their own for as long as they are needed: a frame is
//! read more than once.

use crate::cli::Failure;
use crate::cli::interrupt::Interrupt;
use crate::client::FRAME_LIMIT;
use crate::client::value::words::io_error;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Between two looks at the wish to stop.
const LOOK: Duration = Duration::from_millis(100);

/// The file, gone with its folder when it is dropped.
pub(super) struct Input {
    folder: PathBuf,
    path: PathBuf,
}

impl Input {
    /// Takes all of standard input, unless it is more than a frame may be.
    pub(super) fn spool(interrupted: &Interrupt) -> Result<Input, Failure> {
        if io::stdin().is_terminal() {
            eprintln!("Rows from the terminal; Ctrl-D ends them.");
        }
        let folder = folder().map_err(|e| failed(&e))?;
        let path = folder.join("standard input");
        let spooled = Input { folder, path };
        let mut file = private(&spooled.path).map_err(|e| failed(&e))?;
        let (tell, told) = channel();
        // On a thread of its own: whoever writes may be silent for long.
        std::thread::spawn(move || {
            let mut input = io::stdin().lock().take(FRAME_LIMIT + 1);
            let _ = tell.send(io::copy(&mut input, &mut file));
        });
        loop {
            match told.recv_timeout(LOOK) {
                Ok(Ok(bytes)) if bytes > FRAME_LIMIT => {
                    let most = FRAME_LIMIT >> 30;
                    return Err(Failure::new(format!(
                        "standard input gives more than {most} GB, the most that a data frame may \
                         have; insert it in parts"
                    )));
                }
                Ok(copied) => return copied.map(|_| spooled).map_err(|e| failed(&e)),
                Err(RecvTimeoutError::Timeout) if interrupted.stops().is_continue() => {}
                Err(_) => return Err(Failure::new("cancelled; nothing was kept")),
            }
        }
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

//! `crewdesk demo`: a sandbox team in the terminal, or its whole story without one.

mod files;
mod sandbox;
mod story;

use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::{Done, Failure, commands};
use sandbox::Sandbox;
use std::path::{Path, PathBuf};

/// Opens the sandbox, or plays the story.
pub fn run(session: &Session, out: &Output, headless: bool) -> Done {
    let place = Place::new(session)?;
    let sandbox = Sandbox::new(&place.db, &place.folder)?;
    if headless {
        return story::play(&sandbox, out);
    }
    sandbox.launch_work()?;
    commands::desk::open_host(&sandbox.host, session)
}

/// Where a sandbox lives: a folder of its own that goes with it, unless `--db` names a place.
struct Place {
    db: PathBuf,
    folder: PathBuf,
    temporary: bool,
}

impl Place {
    fn new(session: &Session) -> Result<Place, Failure> {
        if let Some(db) = session.db() {
            if db.exists() {
                return Err(Failure::new(format!(
                    "{} exists already: a sandbox needs a new file; leave --db and CREWDESK_DB out, or name another path",
                    db.display()
                )));
            }
            let folder = db.parent().map_or_else(PathBuf::new, Path::to_path_buf);
            let folder = std::path::absolute(folder.join("crewdesk-demo"))?;
            if folder.exists() {
                return Err(Failure::new(format!(
                    "{} exists already: the files of another sandbox are there; remove it if that is gone, or name a path in another folder",
                    folder.display()
                )));
            }
            return Ok(Place {
                db: db.to_owned(),
                folder,
                temporary: false,
            });
        }
        let folder = std::env::temp_dir().join(format!("crewdesk-demo-{}", std::process::id()));
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        Ok(Place {
            db: folder.join("crewdesk.db"),
            folder,
            temporary: true,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.temporary {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

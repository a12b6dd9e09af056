//! Where a desk lives on disk: one database file, and beside it its key, its frames, what its
//! connectors may do and how it is run.

use super::DeskError;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The environment variable that names the database file.
pub const DATABASE_VARIABLE: &str = "CREWDESK_DB";

/// The files of one desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The database.
    pub database: PathBuf,
    /// The key of its secrets: the database's name with `.key` added.
    pub key: PathBuf,
    /// The frame store: the database's name with `.frames` added, a folder.
    pub frames: PathBuf,
    /// The settings of connectors: the database's name with `.connectors.toml` added.
    pub connectors: PathBuf,
    /// How it is run: the database's name with `.settings.toml` added.
    pub settings: PathBuf,
}

impl Paths {
    /// The files that belong to this database.
    pub fn of(database: impl Into<PathBuf>) -> Paths {
        let database = database.into();
        Paths {
            key: beside(&database, ".key"),
            frames: beside(&database, ".frames"),
            connectors: beside(&database, ".connectors.toml"),
            settings: beside(&database, ".settings.toml"),
            database,
        }
    }

    /// The database and what SQLite keeps beside it.
    pub fn databases(&self) -> Vec<PathBuf> {
        let beside = ["-wal", "-shm"].map(|ending| beside(&self.database, ending));
        [vec![self.database.clone()], beside.into()].concat()
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The database file: the one given, else what [`DATABASE_VARIABLE`] says, else `crewdesk.db`
/// in the platform's data folder for this account (`~/.local/share/crewdesk` on Linux).
pub fn database(given: Option<PathBuf>, variable: Option<OsString>) -> Result<PathBuf, DeskError> {
    given
        .or_else(|| variable.filter(|v| !v.is_empty()).map(PathBuf::from))
        .or_else(|| {
            directories::ProjectDirs::from("", "", "crewdesk")
                .map(|dirs| dirs.data_dir().join("crewdesk.db"))
        })
        .ok_or_else(|| {
            DeskError::Storage(format!(
                "this account has no home folder to keep a desk in; name a file with --db or {DATABASE_VARIABLE}"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_wins_over_the_variable_and_the_variable_over_the_data_folder() {
        let given = database(Some("a.db".into()), Some("b.db".into())).unwrap();
        assert_eq!(given, Path::new("a.db"));
        let variable = database(None, Some("b.db".into())).unwrap();
        assert_eq!(variable, Path::new("b.db"));
        let default = database(None, Some("".into())).unwrap();
        assert!(default.ends_with("crewdesk.db") && default.is_absolute());
    }

    #[test]
    fn key_and_frames_stand_beside_the_database() {
        let paths = Paths::of("/x/team.db");
        assert_eq!(paths.key, Path::new("/x/team.db.key"));
        assert_eq!(paths.frames, Path::new("/x/team.db.frames"));
    }
}

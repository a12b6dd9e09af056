//! A folder for a measurement, gone afterwards.

use super::BenchError;
use std::path::{Path, PathBuf};

/// A folder that is removed with all that is in it.
#[derive(Debug)]
pub(super) struct Place(PathBuf);

impl Place {
    /// A new folder under `parent`, so that what is measured is the disk that the desk uses.
    pub(super) fn under(parent: &Path) -> Result<Place, BenchError> {
        let path = parent.join(format!("bench-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&path)
            .map_err(|e| BenchError::system(format!("{} cannot be made", path.display()), e))?;
        Ok(Place(path))
    }

    /// A file in it.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

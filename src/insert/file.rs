//! Which file a path leads to, whatever it is called: found without opening it.

use std::fs::Metadata;
use std::path::PathBuf;

/// True when both are the same file.
#[cfg(unix)]
pub(super) fn same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
pub(super) fn same(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// True when the file is one of those, by another name or a link too.
pub(super) fn is_among(meta: &Metadata, files: &[PathBuf]) -> bool {
    cfg!(unix)
        && files
            .iter()
            .any(|other| std::fs::metadata(other).is_ok_and(|other| same(meta, &other)))
}

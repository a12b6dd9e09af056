//! A data frame of any format (CSV, JSON, JSON lines, Excel, Parquet, packed or not): captured,
//! read, its types found out, and rehearsed for a table that is to be made.
#![no_main]

use crewdesk::insert::{Cancel, FrameStore, Insertion, Mode, Source, preview};
use std::sync::OnceLock;
use tempfile::TempDir;

static FOLDER: OnceLock<TempDir> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let made = || {
        let folder = tempfile::tempdir().expect("a folder");
        // A database that is not there is refused before the frame is read.
        std::fs::write(folder.path().join("target.db"), "").expect("a database");
        folder
    };
    let folder = FOLDER.get_or_init(made).path();
    let file = folder.join("frame");
    std::fs::write(&file, bytes).expect("a file");
    let store = FrameStore::new(folder.join("frames")).expect("a store");
    let Ok(frame) = store.look(Source::Path(&file)) else {
        return;
    };
    let target = format!("sqlite:{}", folder.join("target.db").display());
    let mut insertion = Insertion::new(target.parse().expect("a target"), "t", frame);
    insertion.mode = Mode::Create;
    insertion.without_ledger = true;
    let _ = preview(&insertion, 100, &Cancel::new());
});

//! The DMN Technology Compatibility Kit, where its files are beside the repository.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What passes: all there is.
const CASES: usize = 3_391;

#[test]
fn technology_compatibility_kit() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/dmn-tck");
    let root = std::env::var_os("DMN_TCK").map_or_else(beside, PathBuf::from);
    if !root.is_dir() {
        println!("skipped: {} is not there", root.display());
        return;
    }
    let out = Command::new(env!("CARGO_BIN_EXE_crewdesk"))
        .args(["decision", "tck"])
        .arg(&root)
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert_eq!(
        text.lines().last(),
        Some(format!("{CASES} passed, 0 failed").as_str()),
        "{text}"
    );
}

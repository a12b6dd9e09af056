//! The Spark worker in `assets/workers/pyspark`: its parts, and, where `CREWDESK_SPARK=1`, the
//! whole of it with a Spark cluster, PostgreSQL and a served desk (minutes; see docs/SPARK.md).
//!
//! `CREWDESK_PYTHON` names the Python that has the packages of its requirements.txt.

use std::path::PathBuf;
use std::process::{Command, Stdio};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/workers/pyspark")
}

/// Python in the worker's folder; `None`, and a word why, where there is none.
fn python() -> Option<Command> {
    let program = std::env::var("CREWDESK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let new_enough = "import sys; sys.exit(sys.version_info < (3, 11))";
    let mut look = Command::new(&program);
    look.args(["-c", new_enough]).stderr(Stdio::null());
    match look.status() {
        Ok(status) if status.success() => {}
        Ok(_) => {
            println!("skipped: {program} is no Python 3.11 or newer");
            return None;
        }
        Err(error) => {
            println!("skipped: {program} does not start ({error})");
            return None;
        }
    }
    let mut python = Command::new(program);
    python
        .current_dir(folder())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Some(python)
}

#[test]
fn the_parts_of_the_worker() {
    let Some(mut python) = python() else { return };
    // Says itself what it skips.
    let done = python.arg("tests").output().expect("Python runs");
    let said = String::from_utf8_lossy(&done.stdout);
    let errors = String::from_utf8_lossy(&done.stderr);
    print!("{said}");
    assert!(done.status.success(), "{said}{errors}");
}

#[test]
fn a_cluster_a_database_and_a_served_desk() {
    if std::env::var_os("CREWDESK_SPARK").is_none_or(|on| on != "1") {
        println!(
            "skipped: it takes minutes, Java 17, PySpark and PostgreSQL; CREWDESK_SPARK=1 runs it"
        );
        return;
    }
    let mut python = python().expect("Python is there");
    let crewdesk = env!("CARGO_BIN_EXE_crewdesk");
    let done = python.args(["tests/end_to_end.py", "--crewdesk", crewdesk]);
    assert!(done.status().expect("Python runs").success());
}

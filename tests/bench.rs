//! The benchmarks at sizes that say nothing about speed: they run, compare and answer.

use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Runs a benchmark beside a database that is not there; its answer.
fn bench(folder: &Path, args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_crewdesk"))
        .arg("--db")
        .arg(folder.join("desk.db"))
        .args(["--json", "bench"])
        .args(args)
        .env("XDG_CONFIG_HOME", folder)
        .env("HOME", folder)
        .output()
        .expect("the program runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let left: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .collect();
    assert!(left.is_empty(), "nothing is left behind: {left:?}");
    serde_json::from_slice(&output.stdout).expect("the answer is JSON")
}

#[test]
fn the_engine_is_measured_beside_sqlite_that_writes_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = bench(
        folder.path(),
        &["engine", "--instances", "70", "--rounds", "2"],
    );
    let cases = report["cases"].as_array().expect("each process");
    // A process with more commands leaves more rows behind, and fewer instances of it are run.
    for (case, (name, instances, rows)) in cases.iter().zip([
        ("service-task", 70, 6),
        ("user-task", 70, 12),
        ("loop", 35, 30),
        ("fork", 8, 100),
    ]) {
        assert_eq!(case["case"], name);
        assert_eq!(case["instances"], instances);
        assert!(case["rowsWritten"].as_u64() > Some(rows), "{case}");
        assert!(case["rowsCompared"].as_u64() > Some(instances * 2 * 2 * 5));
        for (pair, callers) in [("singly", 1), ("together", 64)] {
            let pair = &case[pair];
            assert_eq!(pair["callers"], callers);
            assert_eq!(pair["rounds"].as_array().map(Vec::len), Some(2));
            for figure in ["ratio", "desk", "byHand", "withoutCallers"] {
                assert!(pair[figure].as_f64() > Some(0.0), "{report}");
            }
        }
    }
    assert_eq!(cases.len(), 4);
}

#[test]
fn growth_is_measured_in_a_file_that_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = tempfile::tempdir().expect("another folder");
    let filled = kept.path().join("filled.db");
    let filled = filled.to_str().expect("its name is text");
    let plan = ["engine", "--of", "user-task", "--instances", "20"];
    let sizes = ["--filled", filled, "--open", "30", "--finished", "50"];
    let args = [&plan[..], &["--rounds", "2"], &sizes].concat();
    let report = bench(folder.path(), &args);
    assert_eq!(report["instancesBefore"], 80);
    let cases = report["cases"].as_array().expect("each process");
    let callers: Vec<_> = cases.iter().map(|case| &case["callers"]).collect();
    assert_eq!(callers, [1, 64]);
    for case in cases {
        for figure in ["empty", "filled", "ratio"] {
            assert!(case[figure].as_f64() > Some(0.0), "{report}");
        }
    }
    // The second time it is there already, with what the first one left.
    let again = bench(folder.path(), &args);
    assert!(again["instancesBefore"].as_u64() > Some(80 + 2 * 2 * 20));
}

#[test]
fn insertions_are_measured_beside_the_tool_of_the_database() {
    if Command::new("sqlite3").arg("--version").output().is_err() {
        eprintln!("skipped: the program sqlite3 is not installed");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let report = bench(
        folder.path(),
        &["insert", "--rows", "50", "--rows", "5000", "--rounds", "2"],
    );
    assert_eq!(report["rounds"], 2);
    for (size, rows) in report["sizes"].as_array().unwrap().iter().zip([50, 5000]) {
        assert_eq!(size["rows"], rows);
        for way in ["rowsOnly", "job", "tool"] {
            assert!(size[way]["rate"].as_f64() > Some(0.0), "{report}");
        }
        assert!(size["jobRatio"].as_f64() > Some(0.0), "{report}");
    }
    // All three end with the same rows, or nothing would be measured.
    let report = bench(
        folder.path(),
        &["insert", "--rows", "501", "--rounds", "1", "--upsert"],
    );
    assert_eq!(report["upsert"], true);
    assert!(
        report["sizes"][0]["jobRatio"].as_f64() > Some(0.0),
        "{report}"
    );
}

#[test]
#[cfg(unix)]
fn the_inbox_is_measured_in_a_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let sizes = ["inbox", "--tasks", "400", "--history", "4000"];
    let report = bench(
        folder.path(),
        &[&sizes[..], &["--starts", "2", "--keys", "60"]].concat(),
    );
    assert_eq!(report["tasks"], 400);
    assert_eq!(report["historyRows"], 4000);
    for start in ["start", "startInSilence"] {
        assert_eq!(report[start]["firstFrame"]["count"], 2);
        assert!(report[start]["firstFrame"]["max"].as_f64() > Some(0.0));
    }
    let keys = report["keys"].as_array().expect("keys were pressed");
    assert_eq!(keys[0]["name"], "all keys");
    assert_eq!(keys[0]["nextFrame"]["count"], 60);
    assert!(keys.len() > 1);
    assert!(
        keys.iter()
            .all(|k| k["complete"]["p99"].as_f64() >= k["nextFrame"]["median"].as_f64())
    );
}

#[test]
fn a_served_desk_is_measured_beside_the_same_without_http() {
    let folder = tempfile::tempdir().expect("a folder");
    let sizes = [
        "serve",
        "--tasks",
        "20",
        "--workers",
        "4",
        "--desks",
        "3",
        "--refreshes",
        "2",
    ];
    let report = bench(folder.path(), &sizes);
    for (load, rounds) in [
        ("work", 20),
        ("workWithout", 20),
        ("refresh", 6),
        ("refreshWithout", 6),
    ] {
        assert_eq!(report[load]["round"]["count"], rounds, "{load}: {report}");
    }
    if cfg!(target_os = "linux") {
        assert!(report["idle"].as_u64() > Some(1000), "{report}");
        assert!(report["peak"].as_u64() >= report["afterLoad"].as_u64());
    }
}

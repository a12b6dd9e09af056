//! `crewdesk decision tck DIR`

use crate::cli::output::{Output, clean};
use crate::cli::{Done, Failure};
use crate::client::dmn::tck;
use chrono::Utc;
use serde::Serialize;
use std::io;
use std::path::{Path, PathBuf};

/// The folders of the kit that count.
const LEVELS: [&str; 2] = ["compliance-level-2", "compliance-level-3"];

/// What the kit found.
#[derive(Serialize)]
struct Report {
    levels: Vec<Level>,
    passed: usize,
    failed: usize,
}

#[derive(Serialize)]
struct Level {
    name: &'static str,
    passed: usize,
    failed: usize,
    failures: Vec<Miss>,
}

/// A case that failed.
#[derive(Serialize)]
struct Miss {
    test: String,
    case: String,
    reason: String,
}

pub fn run(out: &Output, dir: &Path) -> Done {
    let mut report = Report {
        levels: Vec::new(),
        passed: 0,
        failed: 0,
    };
    for name in LEVELS {
        let level = level(dir, name)?;
        report.passed += level.passed;
        report.failed += level.failed;
        report.levels.push(level);
    }
    out.answer(&report, text)?;
    match report.passed {
        0 => Err(Failure::new(format!(
            "{} holds no test cases: name the folder with {} and {} in it",
            dir.display(),
            LEVELS[0],
            LEVELS[1]
        ))),
        _ if report.failed > 0 => Err(Failure::new("not all of the kit passes")),
        _ => Ok(()),
    }
}

fn level(dir: &Path, name: &'static str) -> Result<Level, Failure> {
    let mut level = Level {
        name,
        passed: 0,
        failed: 0,
        failures: Vec::new(),
    };
    for folder in entries(&dir.join(name))? {
        if !folder.is_dir() {
            continue;
        }
        let files = entries(&folder)?;
        let mut models = Vec::new();
        for file in files.iter().filter(|f| ends(f, "dmn")) {
            models.push((file_name(file), read(file)?));
        }
        let models: Vec<(&str, &[u8])> = models
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        for file in files.iter().filter(|f| ends(f, "xml")) {
            let failed = |reason: String| Failure::new(format!("{}: {reason}", file.display()));
            for case in tck::run(&read(file)?, &models, Utc::now()).map_err(failed)? {
                let Some(reason) = case.wrong else {
                    level.passed += 1;
                    continue;
                };
                level.failed += 1;
                level.failures.push(Miss {
                    test: file_name(file),
                    case: case.id,
                    reason,
                });
            }
        }
    }
    Ok(level)
}

fn text(report: &Report) -> String {
    let mut text = String::new();
    for level in &report.levels {
        for miss in &level.failures {
            let (test, case) = (&miss.test, &miss.case);
            text.push_str(&clean(&format!("{test} {case}: {}", miss.reason)));
            text.push('\n');
        }
        text.push_str(&format!(
            "{}: {} passed, {} failed\n",
            level.name, level.passed, level.failed
        ));
    }
    text + &format!("{} passed, {} failed", report.passed, report.failed)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |e: io::Error| Failure::new(format!("{}: {e}", folder.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn ends(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|e| e == ending)
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    super::super::deploy::read(path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))
}

//! `crewdesk decision check FILE|KEY...`

use super::super::beside::{file, with_imports};
use super::named;
use crate::cli::commands::deploy::models_in;
use crate::cli::output::{Output, clean, count};
use crate::cli::session::Session;
use crate::cli::{Done, Failure};
use crate::client::dmn::{self, check::Finding};
use crate::client::model::Severity;
use serde::Serialize;
use std::path::Path;

#[derive(Serialize)]
struct Report {
    files: Vec<File>,
}

#[derive(Serialize)]
struct File {
    name: String,
    /// `file:line:column: error: …`.
    problems: Vec<String>,
    findings: Vec<Finding>,
}

pub fn run(session: &Session, out: &Output, words: &[String]) -> Done {
    let (mut files, mut stored) = (Vec::new(), Vec::new());
    for word in words {
        let path = Path::new(word);
        if path.is_dir() {
            let mut models = models_in(path)?;
            models.retain(|model| {
                model
                    .extension()
                    .is_some_and(|e| e.eq_ignore_ascii_case("dmn"))
            });
            for model in models {
                files.push(file(&model)?);
            }
            continue;
        }
        match named::is_file(word) {
            true => files.push(file(path)?),
            false => stored.extend(named::deployed(session, word)?),
        }
    }
    // Those beside them are what they import, and not asked about.
    let asked = files.len();
    let mut files = with_imports(files)?;
    let beside = asked..files.len();
    files.extend(stored);
    let borrowed: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let (mut report, mut errors) = (Report { files: Vec::new() }, 0);
    let parsed = dmn::parse_all(&borrowed, &|_| None);
    for (ix, ((name, _), (definitions, problems))) in files.iter().zip(parsed).enumerate() {
        if beside.contains(&ix) && problems.iter().all(|p| p.severity != Severity::Error) {
            continue;
        }
        let found = definitions.as_ref().map(dmn::check::check);
        let mut findings = found.unwrap_or_default();
        // As one goes through the file.
        findings.sort_by_key(|found| (found.line, found.column));
        errors += problems
            .iter()
            .filter(|p| p.severity == Severity::Error)
            .count();
        let is_error = |f: &&Finding| f.severity == Severity::Error;
        errors += findings.iter().filter(is_error).count();
        report.files.push(File {
            name: name.clone(),
            problems: problems.iter().map(ToString::to_string).collect(),
            findings,
        });
    }
    out.answer(&report, text)?;
    match errors {
        0 => Ok(()),
        n => Err(Failure::new(count(n as u64, "error"))),
    }
}

fn text(report: &Report) -> String {
    let mut text = String::new();
    for file in &report.files {
        for problem in &file.problems {
            text.push_str(&clean(problem));
            text.push('\n');
        }
        for finding in &file.findings {
            let kind = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            let place = format!("{}:{}:{}", file.name, finding.line, finding.column);
            text.push_str(&clean(&format!("{place}: {kind}: {finding}")));
            text.push('\n');
        }
    }
    match text.is_empty() {
        true => "Nothing is wrong.".to_owned(),
        false => text,
    }
}

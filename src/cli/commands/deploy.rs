//! `crewdesk deploy FILE...`

use super::beside::with_imports;
use crate::cli::args::JavaArg;
use crate::cli::output::{Output, clean, count, table};
use crate::cli::session::Session;
use crate::cli::{Done, Failure};
use crate::client::is_form;
use crate::client::operate::Java;
use crate::client::value::words::io_error;
use crate::tui::beside;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Most warnings that are told of a deployment; `lint` tells all.
const TOLD: usize = 10;
/// No model is larger; what is, was named by mistake.
const LARGEST: u64 = 16 * 1024 * 1024;

pub fn run(session: &Session, out: &Output, paths: &[PathBuf], java: JavaArg) -> Done {
    let files = with_note(paths)?;
    let client = session.client()?;
    let java = java.meant();
    let deployment = match java == Java::default() {
        true => client.deploy(files)?,
        false => client.operator()?.deploy_as(files, java)?,
    };
    out.answer(&deployment, |d| {
        let processes = d.deployed_process_definitions.iter().map(|p| {
            vec![
                "process".into(),
                p.key.clone(),
                p.version.to_string(),
                p.name.clone().unwrap_or_default(),
            ]
        });
        let decisions = d.deployed_decision_definitions.iter().map(|p| {
            vec![
                "decision".into(),
                p.key.clone(),
                p.version.to_string(),
                p.name.clone().unwrap_or_default(),
            ]
        });
        let functions = d.deployed_functions.iter().map(|f| {
            let kind = f.kind.name().to_owned();
            vec![kind, f.key.clone(), String::new(), clean(&f.name)]
        });
        let forms = d.deployed_forms.iter().map(|form| {
            let none = String::new;
            let kind = if is_form(form) { "form" } else { "script" };
            vec![kind.to_owned(), clean(form), none(), none()]
        });
        let all = processes.chain(decisions).chain(functions).chain(forms);
        table(
            &["kind", "key", "version", "name"],
            all.collect(),
            "Nothing new: these files are deployed already.",
        )
    })?;
    for warning in deployment.warnings.iter().take(TOLD) {
        eprintln!("{}", clean(warning));
    }
    if let Some(more @ 1..) = deployment.warnings.len().checked_sub(TOLD) {
        let more = count(more as u64, "more warning");
        eprintln!("… {more}: crewdesk lint FILE... tells all");
    }
    Ok(())
}

impl JavaArg {
    /// The same, for a desk.
    pub fn meant(self) -> Java {
        Java {
            delegates_as_topics: self.delegates_as_topics,
            without_listeners: self.without_java_listeners,
        }
    }
}

/// The files to deploy; says which come along.
fn with_note(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let given = given(paths)?;
    let named: Vec<String> = given.iter().map(|(name, _)| name.clone()).collect();
    let files = with_imports(given)?;
    for (name, _) in files.iter().skip(named.len()) {
        let told = format!("note: {name} comes along: it lies beside what names it");
        eprintln!("{}", clean(&told));
    }
    Ok(files)
}

/// The files that are named, with those beside them that they import or name.
pub fn files(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    with_imports(given(paths)?)
}

/// Names and contents of files; of a folder those of its models and forms, by their names.
fn given(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => all.extend(models_in(path)?),
            false => all.push(path.clone()),
        }
    }
    let read = |path: &PathBuf| {
        let name = path.display().to_string();
        let content = read(path).map_err(|e| Failure::new(format!("{name}: {}", io_error(&e))))?;
        Ok((name, content))
    };
    all.iter().map(read).collect()
}

/// The models and forms that lie in a folder.
pub fn models_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let told = |e: &io::Error| Failure::new(format!("{}: {}", folder.display(), io_error(e)));
    beside::models_in(folder).map_err(|error| told(&error))
}

/// The content of a file; looks before it opens, because a pipe would wait for its writer and
/// a device may never end.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("is not a regular file"));
    }
    let mut content = Vec::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_end(&mut content)?;
    match content.len() as u64 > LARGEST {
        true => Err(io::Error::other(format!(
            "is larger than {} MB, too large for a model",
            LARGEST >> 20
        ))),
        false => Ok(content),
    }
}

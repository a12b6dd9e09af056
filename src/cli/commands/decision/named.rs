//! The decision that is meant: one that is deployed, or one in a file.

use super::super::deploy::read;
use crate::cli::Failure;
use crate::cli::args::NamedDecision;
use crate::cli::session::Session;
use crate::client::dmn::{self, Definitions};
use crate::client::feel::Allowance;
use crate::client::model::{Problem, Severity};
use crate::client::value::words::io_error;
use std::path::{Path, PathBuf};

/// A decision with the model it is in.
pub struct Named {
    pub key: String,
    /// The version that is deployed.
    pub version: Option<i32>,
    /// The name of its file.
    pub file: String,
    pub definitions: Definitions,
    /// What its evaluation may take.
    pub allowance: Allowance,
}

/// A file by its name.
pub type File = (String, Vec<u8>);

/// Whether a word names a file: one that is there, or that ends as files of decisions do.
pub fn is_file(word: &str) -> bool {
    let path = Path::new(word);
    let ending = path.extension().and_then(|e| e.to_str());
    path.is_file() || ending.is_some_and(|e| e.eq_ignore_ascii_case("dmn"))
}

/// The content of a file.
pub fn file(path: &Path) -> Result<File, Failure> {
    let name = path.display().to_string();
    match read(path) {
        Ok(content) => Ok((name, content)),
        Err(error) => Err(Failure::new(format!("{name}: {}", io_error(&error)))),
    }
}

/// The files of a deployed decision: its own first, then those that it imports.
pub fn deployed(session: &Session, key: &str) -> Result<Vec<File>, Failure> {
    let files = session.client()?.decision(key)?.files.into_iter();
    let file = |file: crate::client::DmnFile| (file.name, file.dmn_xml.into_bytes());
    Ok(files.map(file).collect())
}

impl Named {
    pub fn find(session: &Session, said: &NamedDecision) -> Result<Named, Failure> {
        match is_file(&said.key) {
            true => Named::in_file(session, said),
            false => Named::deployed(session, said),
        }
    }

    fn deployed(session: &Session, said: &NamedDecision) -> Result<Named, Failure> {
        if said.id.is_some() || !said.imports.is_empty() {
            return Err(Failure::new(format!(
                "--decision and --import go with a file, and there is no file {}",
                said.key
            )));
        }
        let client = session.client()?;
        let model = client.decision(&said.key)?;
        let key = model.definition.key.clone();
        let Some(definitions) = model.definitions() else {
            return Err(Failure::new(format!(
                "the file of decision {key} cannot be read by this version of crewdesk; `crewdesk decision check {key}` says why"
            )));
        };
        Ok(Named {
            version: Some(model.definition.version),
            file: model
                .files
                .into_iter()
                .next()
                .map_or(String::new(), |f| f.name),
            allowance: client.allowance(),
            definitions,
            key,
        })
    }

    fn in_file(session: &Session, said: &NamedDecision) -> Result<Named, Failure> {
        let paths = std::iter::once(PathBuf::from(&said.key)).chain(said.imports.iter().cloned());
        let files: Vec<File> = paths.map(|path| file(&path)).collect::<Result<_, _>>()?;
        let parts: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), &b[..])).collect();
        let (mut definitions, mut errors) = (None, Vec::new());
        for (found, problems) in dmn::parse_all(&parts, &|_| None).into_iter().rev() {
            definitions = found;
            let wrong = |p: &Problem| p.severity == Severity::Error;
            errors.splice(0..0, problems.into_iter().filter(wrong));
        }
        let definitions = match definitions {
            Some(definitions) if errors.is_empty() => definitions,
            _ => {
                let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
                return Err(Failure::new(lines.join("\n")));
            }
        };
        Ok(Named {
            key: meant(&definitions, said)?,
            version: None,
            file: said.key.clone(),
            allowance: session.settings()?.expressions,
            definitions,
        })
    }
}

/// The decision of a file that is meant.
fn meant(definitions: &Definitions, said: &NamedDecision) -> Result<String, Failure> {
    let known: Vec<&str> = definitions.own().map(|d| d.id.as_str()).collect();
    let list = || known.join(", ");
    if let Some(id) = &said.id {
        return match known.contains(&id.as_str()) {
            true => Ok(id.clone()),
            false => Err(Failure::new(format!(
                "{} has no decision {id}; it has: {}",
                said.key,
                list()
            ))),
        };
    }
    let required = |id: &str| {
        definitions
            .own()
            .any(|d| d.requires.iter().any(|r| r == id))
    };
    let mut last = known.iter().filter(|id| !required(id));
    match (last.next(), last.next()) {
        (Some(id), None) => Ok((*id).to_owned()),
        (None, _) => Err(Failure::new(format!("{} has no decision in it", said.key))),
        _ => Err(Failure::new(format!(
            "{} has several decisions: say which with --decision ID: {}",
            said.key,
            list()
        ))),
    }
}

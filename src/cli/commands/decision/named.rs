//! The decision that is meant: one that is deployed, or one in a file.

use super::super::beside::{File, file, with_imports};
use crate::cli::Failure;
use crate::cli::args::NamedDecision;
use crate::cli::output::count;
use crate::cli::session::Session;
use crate::client::dmn::{self, Definitions, Kind, Part};
use crate::client::feel::Allowance;
use crate::client::model::{Problem, Severity};
use crate::client::{Client, DecisionDefinition, DecisionModel, DeskError, did_you_mean};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// A decision, decision service or business knowledge model with the file it is in.
pub struct Named {
    /// Its id.
    pub key: String,
    /// What it is.
    pub kind: Kind,
    /// The version that is deployed, of a decision.
    pub version: Option<i32>,
    /// The name of its file.
    pub file: String,
    pub definitions: Definitions,
    /// What its evaluation may take.
    pub allowance: Allowance,
}

/// The deployed file that a decision is in: its deployment and name.
pub fn place(decision: &DecisionDefinition) -> (String, String) {
    match decision.resource.is_empty() {
        false => (decision.deployment_id.clone(), decision.resource.clone()),
        // An older desk does not say which file it is in.
        true => (decision.id.clone(), String::new()),
    }
}

/// Whether a word names a file: it has a folder, or ends as files of decisions do. A key names a
/// deployed decision, whatever files there are.
pub fn is_file(word: &str) -> bool {
    let path = Path::new(word);
    let ending = path.extension().and_then(|e| e.to_str());
    let known = ["dmn", "xml"];
    let known = known
        .iter()
        .any(|k| ending.is_some_and(|e| e.eq_ignore_ascii_case(k)));
    known || path.components().count() > 1
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
        let beside = Path::new(&said.key).is_file();
        if said.id.is_some() || !said.imports.is_empty() {
            let told = match beside {
                true => format!("write ./{} for the file", said.key),
                false => format!("there is no file {}", said.key),
            };
            return Err(Failure::new(format!(
                "--decision and --import go with a file, and {told}"
            )));
        }
        let client = session.client()?;
        let found = match client.decision(&said.key) {
            Err(DeskError::NotFound(why)) => match knowledge_named(&*client, &said.key)? {
                Some(found) => Ok(found),
                None => Err(DeskError::NotFound(why)),
            },
            found => found.map(|model| (said.key.clone(), model)),
        };
        if beside {
            eprintln!(
                "note: {0} is taken for a key; for the file of this name write ./{0}",
                said.key
            );
        }
        let (word, model) = found?;
        let key = model.definition.key.clone();
        let Some(definitions) = model.definitions() else {
            return Err(Failure::new(format!(
                "the file of decision {key} cannot be read by this version of crewdesk; `crewdesk decision check {key}` says why"
            )));
        };
        let part = definitions
            .part(&word)
            .filter(|part| part.kind != Kind::Decision);
        let (key, kind) = match part {
            Some(part) => (part.id.to_owned(), part.kind),
            None => (key, Kind::Decision),
        };
        Ok(Named {
            version: (kind == Kind::Decision).then_some(model.definition.version),
            file: model
                .files
                .into_iter()
                .next()
                .map_or(String::new(), |f| f.name),
            allowance: client.allowance(),
            definitions,
            kind,
            key,
        })
    }

    fn in_file(session: &Session, said: &NamedDecision) -> Result<Named, Failure> {
        let paths = std::iter::once(PathBuf::from(&said.key)).chain(said.imports.iter().cloned());
        let files: Vec<File> = paths.map(|path| file(&path)).collect::<Result<_, _>>()?;
        let files = with_imports(files)?;
        let parts: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), &b[..])).collect();
        let (mut definitions, mut errors) = (None, Vec::new());
        for (found, problems) in dmn::parse_all(&parts, &|_| None).into_iter().rev() {
            definitions = found;
            let wrong = |p: &Problem| p.severity == Severity::Error;
            errors.splice(0..0, problems.into_iter().filter(wrong));
        }
        let lines = |problems: &[&Problem]| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Failure::new(lines.join("\n"))
        };
        let all: Vec<&Problem> = errors.iter().collect();
        let Some(definitions) = definitions.filter(|d| all.is_empty() || d.parts().count() > 0)
        else {
            return Err(lines(&all));
        };
        if said.id.is_none() && !all.is_empty() && is_circle(&definitions) {
            return Err(lines(&all));
        }
        let (key, kind) = meant(&definitions, said)?;
        let faults = definitions.faults_of(&key);
        if !faults.is_empty() {
            return Err(lines(&faults));
        }
        if !all.is_empty() {
            // What is wrong elsewhere does not matter here.
            eprintln!(
                "warning: {} elsewhere in {}, which {key} does not need; `crewdesk decision check` tells of them",
                count(all.len() as u64, "error"),
                said.key
            );
        }
        Ok(Named {
            key,
            kind,
            version: None,
            file: said.key.clone(),
            allowance: session.settings()?.expressions,
            definitions,
        })
    }
}

/// The file with a decision service or business knowledge model of this id or name, among those of
/// the newest versions of all decisions.
fn knowledge_named(
    client: &dyn Client,
    word: &str,
) -> Result<Option<(String, DecisionModel)>, Failure> {
    for definition in one_each(client.decisions()?) {
        let model = client.decision(&definition.key)?;
        // Most files have nothing that is called so.
        let own = model.files.first();
        if own.is_none_or(|file| !file.dmn_xml.contains(word)) {
            continue;
        }
        let part = model.definitions();
        let part = part.as_ref().and_then(|definitions| definitions.part(word));
        if part.is_some_and(|part| part.kind != Kind::Decision) {
            return Ok(Some((word.to_owned(), model)));
        }
    }
    Ok(None)
}

/// One decision of each file.
fn one_each(mut decisions: Vec<DecisionDefinition>) -> Vec<DecisionDefinition> {
    let mut seen = HashSet::new();
    decisions.retain(|decision| seen.insert(place(decision)));
    decisions
}

/// Whether every decision of a file is required by another one.
fn is_circle(definitions: &Definitions) -> bool {
    let required: HashSet<&String> = definitions.own().flat_map(|d| &d.requires).collect();
    definitions.own().next().is_some() && definitions.own().all(|d| required.contains(&d.id))
}

/// The part of a file that is meant, and what it is.
fn meant(definitions: &Definitions, said: &NamedDecision) -> Result<(String, Kind), Failure> {
    let found = |part: Part<'_>| (part.id.to_owned(), part.kind);
    let parts: Vec<Part<'_>> = definitions.parts().collect();
    let list = |kind: Option<Kind>| {
        let parts = parts
            .iter()
            .filter(|part| kind.is_none_or(|k| k == part.kind));
        let ids: Vec<&str> = parts.map(|part| part.id).collect();
        ids.join(", ")
    };
    if let Some(word) = &said.id {
        return definitions.part(word).map(found).ok_or_else(|| {
            let near = did_you_mean(word, parts.iter().flat_map(|part| [part.id, part.name]));
            Failure::new(format!(
                "{} has no decision {word}{near}; it has: {}",
                said.key,
                list(None)
            ))
        });
    }
    let required = |id: &str| {
        definitions
            .own()
            .any(|d| d.requires.iter().any(|r| r == id))
    };
    let decisions = parts.iter().filter(|part| part.kind == Kind::Decision);
    let mut last = decisions.filter(|part| !required(part.id));
    match (last.next(), last.next(), parts.as_slice()) {
        (Some(only), None, _) | (None, _, [only]) => Ok(found(*only)),
        (None, _, []) => Err(Failure::new(format!("{} has no decision in it", said.key))),
        (Some(_), _, _) => Err(Failure::new(format!(
            "{} has several decisions: say which with --decision ID: {}",
            said.key,
            list(Some(Kind::Decision))
        ))),
        (None, _, _) => Err(Failure::new(format!(
            "{} has several functions: say which with --decision ID: {}",
            said.key,
            list(None)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_looked_at_once() {
        let decision = |key: &str, deployment: &str, resource: &str| DecisionDefinition {
            id: format!("{key}:1:x"),
            key: key.to_owned(),
            name: None,
            version: 1,
            resource: resource.to_owned(),
            deployment_id: deployment.to_owned(),
        };
        let all = vec![
            decision("a", "1", "shop.dmn"),
            decision("b", "1", "shop.dmn"),
            decision("c", "2", "shop.dmn"),
            decision("d", "", ""),
            decision("e", "", ""),
        ];
        let keys: Vec<String> = one_each(all).into_iter().map(|d| d.key).collect();
        assert_eq!(keys, ["a", "c", "d", "e"]);
    }
}

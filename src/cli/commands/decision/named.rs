//! The decision that is meant: one that is deployed, or one in a file.

use super::super::beside::{File, file, with_imports};
use crate::cli::Failure;
use crate::cli::args::NamedDecision;
use crate::cli::output::count;
use crate::cli::session::Session;
use crate::client::dmn::{self, Definitions, Kind, Part};
use crate::client::feel::Allowance;
use crate::client::model::{Problem, Severity};
use crate::client::{Client, DecisionDefinition, DecisionModel, DeskError, DmnFile, did_you_mean};
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
    let found = find(&*session.client()?, key)?;
    let file = |file: DmnFile| (file.name, file.dmn_xml.into_bytes());
    Ok(found.files.into_iter().map(file).collect())
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
        let found = find(&*client, &said.key);
        if beside {
            eprintln!(
                "note: {0} is taken for a key; for the file of this name write ./{0}",
                said.key
            );
        }
        let found = found?;
        let key = found.key;
        let Some(definitions) = found.definitions else {
            return Err(Failure::new(format!(
                "the file of decision {key} cannot be read by this version of crewdesk; `crewdesk decision check {key}` says why"
            )));
        };
        let mut files = found.files.into_iter();
        Ok(Named {
            kind: match definitions.decisions.contains_key(&key) {
                true => Kind::Decision,
                false => definitions
                    .knowledge
                    .get(&key)
                    .map_or(Kind::Decision, |k| k.kind()),
            },
            version: found.version,
            file: files.next().map_or(String::new(), |file| file.name),
            allowance: client.allowance(),
            definitions,
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

/// Something that is deployed.
struct Found {
    /// Its id.
    key: String,
    /// Of a decision.
    version: Option<i32>,
    /// Its file first, then those that it imports.
    files: Vec<DmnFile>,
    definitions: Option<Definitions>,
}

impl Found {
    fn decision(model: DecisionModel) -> Found {
        Found {
            definitions: model.definitions(),
            key: model.definition.key,
            version: Some(model.definition.version),
            files: model.files,
        }
    }

    /// A function of a file, by its id or name.
    fn function(
        word: &str,
        files: Vec<DmnFile>,
        definitions: Option<Definitions>,
    ) -> Option<Found> {
        let part = definitions.as_ref()?.part(word)?;
        let key = (part.kind != Kind::Decision).then(|| part.id.to_owned())?;
        Some(Found {
            key,
            version: None,
            files,
            definitions,
        })
    }
}

/// What a word means among all that is deployed: the key of a decision, else the name of a decision,
/// or the id or name of a decision service or business knowledge model.
fn find(client: &dyn Client, word: &str) -> Result<Found, Failure> {
    let unknown = match client.decision(word) {
        Err(DeskError::NotFound(why)) => DeskError::NotFound(why),
        found => return Ok(Found::decision(found?)),
    };
    let decisions = client.decisions()?;
    let named = |decision: &&DecisionDefinition| decision.name.as_deref() == Some(word);
    let keys: Vec<String> = decisions
        .iter()
        .filter(named)
        .map(|d| d.key.clone())
        .collect();
    let mut found = Vec::new();
    for definition in one_each(decisions) {
        let model = client.decision(&definition.key)?;
        // Most files have nothing that is called so.
        let own = model.files.first();
        if own.is_some_and(|file| file.dmn_xml.contains(word)) {
            let definitions = model.definitions();
            found.extend(Found::function(word, model.files, definitions));
        }
    }
    for model in client.functions()? {
        let definitions = model.definitions();
        found.extend(Found::function(word, model.files, definitions));
    }
    let functions = found.iter().map(|found| found.key.clone());
    let meant: Vec<String> = keys.iter().cloned().chain(functions).collect();
    match (meant.len(), keys.first(), found.pop()) {
        (0, ..) => Err(unknown.into()),
        (1, Some(key), _) => Ok(Found::decision(client.decision(key)?)),
        (1, None, Some(only)) => Ok(only),
        _ => Err(Failure::new(format!(
            "several are called {word}; say which by its key: {}",
            meant.join(", ")
        ))),
    }
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

//! What a file of a deployment needs beside it: decision models that import others, found by
//! namespace among the files of a deployment, then among what is deployed; processes that name
//! forms and scripts, found by their name among the files. It is kept with the file, so that a version never
//! changes.

use super::DeskError;
use crate::dmn::{self, Definitions, Header};
use crate::model::{Problem, Severity, xml};
use crate::store::{Resource, Snapshot};
use std::collections::HashSet;

/// A file: name and content.
pub(super) type Named = (String, Vec<u8>);

/// The decision models of a deployment, and those deployed where the first import them; the
/// forms and scripts that come along.
pub(super) struct Models {
    files: Vec<(Named, Header)>,
    beside: Vec<Named>,
}

impl Models {
    /// The models among the files of a deployment, with those that they may import.
    pub fn of(files: &[Named], deployed: &Snapshot<'_>) -> Result<Models, DeskError> {
        let mut models = Models::among(files);
        let mut earlier = Earlier::of(deployed);
        let mut ix = 0;
        while let Some((_, header)) = models.files.get(ix) {
            for import in header.imports.clone() {
                if models.named(&import.namespace, ix).is_none()
                    && let Some(resource) = earlier.named(&import.namespace)?
                {
                    let name = models.free(resource.name);
                    models.files.extend(headed((name, resource.bytes)));
                }
            }
            ix += 1;
        }
        Ok(models)
    }

    /// The models among some files alone.
    pub fn among(files: &[Named]) -> Models {
        let mut own: Vec<(Named, Header)> = files.iter().cloned().filter_map(headed).collect();
        // Which of two models of one namespace is meant does not hang on how they came.
        own.sort_by(|((a, _), _), ((b, _), _)| a.cmp(b));
        let beside = files.iter().filter(|(name, _)| comes_along(name));
        Models {
            files: own,
            beside: beside.cloned().collect(),
        }
    }

    /// The model that an import of another one means.
    fn named(&self, namespace: &str, by: usize) -> Option<usize> {
        let is = |ix: &usize| *ix != by && self.files[*ix].1.is(namespace);
        (0..self.files.len()).find(is)
    }

    /// A name that no other file has: they are kept in one deployment.
    fn free(&self, name: String) -> String {
        let taken = |name: &str| self.files.iter().any(|((other, _), _)| other == name);
        let numbered = (2..).map(|n: u32| format!("{n}/{name}"));
        let mut names = std::iter::once(name.clone()).chain(numbered);
        names.find(|name| !taken(name)).unwrap_or(name)
    }

    /// The files that a file imports, and those that they import; the forms and scripts that a
    /// process names.
    pub fn imports_of(&self, name: &str, bytes: &[u8]) -> Vec<Named> {
        if !is_dmn(name) && !comes_along(name) {
            let text = xml::text(bytes);
            let text = text.as_ref().map_or(bytes, |text| text.as_bytes());
            let mut named = self.beside.clone();
            named.retain(|(file, _)| {
                let file = file.rsplit('/').next().unwrap_or(file);
                memchr::memmem::find(text, file.as_bytes()).is_some()
            });
            named.sort();
            return named;
        }
        let own = |(file, _): &(Named, Header)| file.0 == name && file.1 == bytes;
        let mut open: Vec<usize> = self.files.iter().position(own).into_iter().collect();
        let mut seen: HashSet<usize> = open.iter().copied().collect();
        let mut found: Vec<Named> = Vec::new();
        while let Some(ix) = open.pop() {
            for import in &self.files[ix].1.imports {
                let imported = self
                    .named(&import.namespace, ix)
                    .filter(|ix| seen.insert(*ix));
                if let Some(imported) = imported {
                    found.push(self.files[imported].0.clone());
                    open.push(imported);
                }
            }
        }
        found.sort();
        found
    }
}

/// The decision models that are deployed, the newest first: each is read once, as far as one has
/// to look.
struct Earlier<'a> {
    deployed: &'a Snapshot<'a>,
    unread: Option<std::vec::IntoIter<(String, bool)>>,
    read: Vec<(String, Header)>,
}

impl<'a> Earlier<'a> {
    fn of(deployed: &'a Snapshot<'a>) -> Earlier<'a> {
        Earlier {
            deployed,
            unread: None,
            read: Vec::new(),
        }
    }

    /// The newest model that an import of this namespace means.
    fn named(&mut self, namespace: &str) -> Result<Option<Resource>, DeskError> {
        let known = self.read.iter().find(|(_, header)| header.is(namespace));
        if let Some((id, _)) = known {
            return Ok(self.deployed.resource(id)?);
        }
        if self.unread.is_none() {
            self.unread = Some(self.deployed.decision_models()?.into_iter());
        }
        for (id, _) in self.unread.iter_mut().flatten() {
            let Some(resource) = self.deployed.resource(&id)? else {
                continue;
            };
            let Some(header) = Header::read(&resource.bytes) else {
                continue;
            };
            let found = header.is(namespace);
            self.read.push((id, header));
            if found {
                return Ok(Some(resource));
            }
        }
        Ok(None)
    }
}

fn headed(file: Named) -> Option<(Named, Header)> {
    let header = is_dmn(&file.0).then(|| Header::read(&file.1)).flatten()?;
    Some((file, header))
}

/// The file first, then those that it imports.
pub(super) fn beside<'f>(
    file: (&'f str, &'f [u8]),
    imports: &'f [Named],
) -> Vec<(&'f str, &'f [u8])> {
    let imports = imports.iter();
    let imports = imports.map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    std::iter::once(file).chain(imports).collect()
}

/// A model with those that it imports.
pub(super) fn parse(
    name: &str,
    bytes: &[u8],
    imports: &[Named],
) -> Result<Definitions, Vec<Problem>> {
    let mut parsed = dmn::parse_all(&beside((name, bytes), imports), &|_| None).into_iter();
    let (definitions, mut problems) = parsed.next().unwrap_or_default();
    // A circle shows in the file that closes it.
    let wrong = |problem: &Problem| problem.severity == Severity::Error;
    problems.extend(parsed.flat_map(|(_, problems)| problems.into_iter().filter(wrong)));
    let refused = problems.iter().any(wrong);
    match definitions {
        Some(definitions) if !refused => Ok(Definitions {
            warnings: problems,
            ..definitions
        }),
        _ => Err(problems),
    }
}

/// What was kept with a file of a deployment because it imports it.
pub(super) fn kept_with(
    read: &Snapshot<'_>,
    deployment: &str,
    file: &Resource,
) -> Result<Vec<Named>, DeskError> {
    let imports = Header::read(&file.bytes).is_some_and(|header| !header.imports.is_empty());
    if !imports {
        return Ok(Vec::new());
    }
    let others = read.resources(deployment)?.into_iter();
    let others = others.filter(|other| other.id != file.id && is_dmn(&other.name));
    Ok(others.map(|other| (other.name, other.bytes)).collect())
}

/// Whether a file is a decision model, by its name.
pub(super) fn is_dmn(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".dmn") || name.ends_with(".dmn11.xml")
}

/// Whether a file is a form, by its name: a Camunda Form, or the HTML of an embedded one.
pub fn is_form(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["form", "html", "htm"]
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
}

/// Whether a file is for a model that names it: a form or a script.
pub(super) fn comes_along(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is = |known: &&str| ending.eq_ignore_ascii_case(known);
    is_form(name) || ["js", "feel"].iter().any(is)
}

/// The forms and scripts that a process names as files of its deployment, such as `sum.js` in
/// `deployment://sum.js`: what has to lie beside it.
pub fn named_by(process: &[u8]) -> Vec<String> {
    const BEFORE: &[u8] = b"deployment:";
    let text = xml::text(process);
    let text = text.as_ref().map_or(process, |text| text.as_bytes());
    let mut names: Vec<String> = Vec::new();
    for at in memchr::memmem::find_iter(text, BEFORE) {
        let rest = &text[at + BEFORE.len()..];
        let end = rest.iter().position(|byte| b"\"'<>?&\n".contains(byte));
        let Ok(name) = std::str::from_utf8(&rest[..end.unwrap_or(0)]) else {
            continue;
        };
        let name = name.strip_prefix("//").unwrap_or(name).trim();
        if comes_along(name) && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::named_by;

    #[test]
    fn a_process_names_forms_and_scripts_of_its_deployment() {
        let process = br#"<a resource="deployment://lib/sum.js" formKey='camunda-forms:deployment:ask.form?x=1'/>
            <b formKey="embedded:deployment:forms/old.html" formRef="deployment: all"/>
            <c resource="deployment://lib/sum.js" other="deployment://run.groovy"/> deployment:open.js"#;
        let names = ["lib/sum.js", "ask.form", "forms/old.html"];
        assert_eq!(named_by(process), names);
    }
}

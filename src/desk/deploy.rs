//! Deployment: all files at once, all problems at once, all or nothing.

mod define;

use super::content::{Content, parse};
use super::imports::{Models, Named};
use super::permission::Operation;
use super::view::{self, Deployment};
use super::{Caller, Desk, DeskError, catalog, people, report, start};
use crate::crash;
use crate::dmn;
use crate::engine::{DecisionVersion, ProcessRef};
use crate::insert::did_you_mean;
pub use crate::model::Java;
use crate::model::graph::Binding;
use crate::model::xml;
use crate::model::{Node, NodeKind, Problem, Severity};
use crate::store::{self, Snapshot};
use chrono::{DateTime, Utc};
use define::{New, functions};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// Most files of one deployment.
const MOST_FILES: usize = 500;

/// How to deploy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeployOptions {
    /// New versions of processes are suspended until then.
    pub activate_at: Option<DateTime<Utc>>,
    /// What the deployment is called.
    pub name: Option<String>,
    /// New versions also of what has not changed.
    pub always: bool,
    /// When one file has changed, new versions of all.
    pub together: bool,
    /// Which program deploys.
    pub source: Option<String>,
    /// Unchanged is what the newest deployment of this name holds, as in Camunda, whatever the others do.
    pub by_name: bool,
    /// What becomes of Java code in models.
    pub java: Java,
}

/// A file, read and found right.
struct File {
    name: String,
    bytes: Vec<u8>,
    /// Of the file and of those that it imports.
    hash: String,
    content: Content,
    /// The files that it imports, and those that they import.
    imports: Vec<Named>,
}

impl Desk {
    /// Deploys BPMN and DMN files and forms, all or none: names and contents. What has not
    /// changed since its newest version makes no new one.
    pub fn deploy(
        &self,
        caller: &Caller,
        files: Vec<(String, Vec<u8>)>,
    ) -> Result<Deployment, DeskError> {
        self.deploy_as(caller, DeployOptions::default(), files)
    }

    /// The same, as the options say.
    pub fn deploy_as(
        &self,
        caller: &Caller,
        options: DeployOptions,
        files: Vec<(String, Vec<u8>)>,
    ) -> Result<Deployment, DeskError> {
        // Reading models takes time and needs no transaction; who may not learns it first.
        let models = self.look(caller, |look| {
            look.require(Operation::Deploy, false)?;
            bounded(&files)?;
            Models::of(&files, look.read)
        })?;
        let java = options.java.or(self.core.settings.java);
        let (files, mut warnings) = read(files, &models, java)?;
        warnings.extend(doubts(&files));
        crash::point("desk.deploy.before_write");
        let deployment = self.act(caller, move |act| {
            act.require(Operation::Deploy, false)?;
            let id = act.core.ids.next();
            let mut deployment = Deployment {
                id: id.clone(),
                deployment_time: act.now,
                deployed_process_definitions: Vec::new(),
                deployed_decision_definitions: Vec::new(),
                deployed_functions: Vec::new(),
                deployed_forms: Vec::new(),
                problems: Vec::new(),
                warnings: warnings.clone(),
            };
            let by = act.by();
            let mut made = false;
            let mut kept: HashMap<&str, String> = HashMap::new();
            // Before any of them is kept, also because another one imports it.
            let name = options.name.as_deref().filter(|_| options.by_name);
            let changed = files.iter().map(|file| match name {
                Some(_) => file.differs(&act.tx.read(), name),
                None => file.changed(&act.tx.read()),
            });
            let changed: Vec<bool> = changed.collect::<Result<_, _>>()?;
            let together = options.together && changed.contains(&true);
            let all = options.always || together;
            for (file, changed) in files.iter().zip(changed) {
                if !all && !changed {
                    continue;
                }
                if !made {
                    made = true;
                    act.tx.insert_deployment(&store::Deployment {
                        id: id.clone(),
                        name: options.name.clone(),
                        deployed: by.now,
                        user_id: by.user.clone(),
                        source: options.source.clone(),
                    })?;
                }
                for (name, bytes, hash) in file.with_imports(&files) {
                    if kept.contains_key(name) {
                        continue;
                    }
                    let resource = act.core.ids.next();
                    act.tx.insert_resource(&store::Resource {
                        id: resource.clone(),
                        deployment_id: id.clone(),
                        name: name.to_owned(),
                        hash: hash.to_owned(),
                        bytes: bytes.to_vec(),
                    })?;
                    kept.insert(name, resource);
                }
                let resource = kept.get(file.name.as_str()).cloned().unwrap_or_default();
                let new = New {
                    file,
                    resource: &resource,
                    deployment: &mut deployment,
                };
                new.define(act)?;
            }
            let known = match name {
                Some(name) if !made => act.tx.read().newest_deployment(name)?,
                _ => None,
            };
            if let Some(known) = known {
                (deployment.id, deployment.deployment_time) = (known.id, known.deployed);
            }
            if made {
                act.log("Create", "Deployment", &id)?;
            }
            if let Some(at) = options.activate_at {
                for definition in &mut deployment.deployed_process_definitions {
                    act.suspend_until(&definition.id, at)?;
                    definition.suspended = true;
                }
            }
            missing_here(&files, &act.tx.read(), &mut deployment)?;
            Ok(deployment)
        })?;
        crash::point("desk.deploy.after_write");
        Ok(deployment)
    }

    /// The BPMN file of a process definition.
    pub fn definition_xml(&self, caller: &Caller, id: &str) -> Result<String, DeskError> {
        self.look(caller, |look| {
            let gone = || DeskError::NotFound(format!("there is no process definition {id}"));
            let definition = look.read.process_definition(id)?.ok_or_else(gone)?;
            let resource = look
                .read
                .resource(&definition.resource_id)?
                .ok_or_else(gone)?;
            Ok(xml::shown(&resource.bytes))
        })
    }

    /// The DMN file of a decision definition.
    pub fn decision_xml(&self, caller: &Caller, id: &str) -> Result<String, DeskError> {
        self.look(caller, |look| {
            let gone = || DeskError::NotFound(format!("there is no decision definition {id}"));
            let definition = look.read.decision_definition(id)?.ok_or_else(gone)?;
            let resource = look
                .read
                .resource(&definition.resource_id)?
                .ok_or_else(gone)?;
            Ok(xml::shown(&resource.bytes))
        })
    }

    /// Name and content of a file of a deployment, by its id.
    pub fn deployed_file(
        &self,
        caller: &Caller,
        deployment: &str,
        id: &str,
    ) -> Result<Option<(String, Vec<u8>)>, DeskError> {
        self.look(caller, |look| {
            let file = look.read.resource(id)?;
            let file = file.filter(|file| file.deployment_id == deployment);
            Ok(file.map(|file| (file.name, file.bytes)))
        })
    }

    /// The definitions that the call activities of a process name without an expression, each with
    /// these activities.
    pub fn static_calls(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<Vec<(String, Vec<String>)>, DeskError> {
        self.look(caller, |look| {
            let process = look.core.catalog.process(look.read, id)?;
            let mut found: Vec<(String, Vec<String>)> = Vec::new();
            for node in &process.nodes {
                let reference = static_call(node, id);
                // What is not deployed yet is called by nobody.
                let Some(Ok(called)) = reference.map(|r| catalog::called(look.read, &r)) else {
                    continue;
                };
                match found.iter_mut().find(|(known, _)| *known == called) {
                    Some((_, activities)) => activities.push(node.id.clone()),
                    None => found.push((called, vec![node.id.clone()])),
                }
            }
            Ok(found)
        })
    }

    /// What deploying these files would make, without doing it: all problems, for which nothing
    /// would be deployed; what may be meant otherwise; and the versions that would be new.
    /// Nothing has an id yet.
    pub fn plan_deployment(
        &self,
        caller: &Caller,
        files: Vec<(String, Vec<u8>)>,
        java: Java,
    ) -> Result<Deployment, DeskError> {
        let models = self.look(caller, |look| {
            look.require(Operation::Deploy, false)?;
            bounded(&files)?;
            Models::of(&files, look.read)
        })?;
        let java = java.or(self.core.settings.java);
        let (files, problems, mut warnings) = gather(files, &models, java);
        warnings.extend(doubts(&files));
        self.look(caller, |look| {
            let mut plan = Deployment {
                id: String::new(),
                deployment_time: look.now,
                deployed_process_definitions: Vec::new(),
                deployed_decision_definitions: Vec::new(),
                deployed_functions: Vec::new(),
                deployed_forms: Vec::new(),
                problems,
                warnings,
            };
            for file in &files {
                if file.changed(look.read)? {
                    file.plan(look.read, &mut plan)?;
                }
            }
            missing_here(&files, look.read, &mut plan)?;
            Ok(plan)
        })
    }

    /// The newest version of each process that the caller may start.
    pub fn definitions(&self, caller: &Caller) -> Result<Vec<view::Definition>, DeskError> {
        self.look(caller, |look| {
            let mut shown = Vec::new();
            for row in look.read.process_definitions(true)? {
                let process = look.core.catalog.process(look.read, &row.id)?;
                let own = start::may_start(&process, look.user.as_ref());
                if process.startable_in_tasklist && look.require(Operation::Start, own).is_ok() {
                    shown.push(definition(row));
                }
            }
            Ok(shown)
        })
    }
}

/// The process that a call activity means, where no expression says which.
fn static_call(node: &Node, definition: &str) -> Option<ProcessRef> {
    let NodeKind::CallActivity(call) = &node.kind else {
        return None;
    };
    let version = match &call.binding {
        Binding::Latest => DecisionVersion::Latest,
        Binding::Deployment => DecisionVersion::DeploymentOf(definition.to_owned()),
        Binding::Version(number) => DecisionVersion::Number(number.literal()?.trim().parse().ok()?),
        Binding::VersionTag(tag) => DecisionVersion::Tag(tag.literal()?.to_owned()),
    };
    Some(ProcessRef {
        key: call.called.literal()?.to_owned(),
        version,
    })
}

/// The newest version of a process.
pub(super) fn newest(
    read: &Snapshot<'_>,
    key: &str,
) -> Result<store::ProcessDefinition, DeskError> {
    read.latest_process_definition(key)?
        .ok_or_else(|| not_deployed(read, key))
}

/// A version of a process.
pub(super) fn version(
    read: &Snapshot<'_>,
    key: &str,
    version: i32,
) -> Result<store::ProcessDefinition, DeskError> {
    let newest = newest(read, key)?;
    let found = read.process_version(key, version.into())?;
    found.ok_or_else(|| {
        DeskError::NotFound(format!(
            "there is no {key} v{version}; its newest version is v{}",
            newest.version
        ))
    })
}

pub(super) fn not_deployed(read: &Snapshot<'_>, key: &str) -> DeskError {
    let known = read.process_definitions(true).unwrap_or_default();
    let near = did_you_mean(key, known.iter().map(|known| known.key.as_str()));
    DeskError::NotFound(format!(
        "no process {key} is deployed: see crewdesk process list, or deploy its BPMN file with crewdesk deploy FILE{near}"
    ))
}

pub(super) fn definition(row: store::ProcessDefinition) -> view::Definition {
    view::Definition {
        id: row.id,
        key: row.key,
        name: row.name,
        description: row.description,
        version: row.version,
        version_tag: row.version_tag,
        resource: row.resource,
        deployment_id: row.deployment_id,
        suspended: row.suspended,
    }
}

/// Refuses more files than one deployment takes.
fn bounded(files: &[Named]) -> Result<(), DeskError> {
    if files.is_empty() || files.len() > MOST_FILES {
        return Err(DeskError::Invalid(format!(
            "deploy 1 to {MOST_FILES} files at once"
        )));
    }
    Ok(())
}

/// Reads all files, or says all problems of all of them; then the warnings.
fn read(
    files: Vec<Named>,
    models: &Models,
    java: Java,
) -> Result<(Vec<File>, Vec<String>), DeskError> {
    let (read, errors, warnings) = gather(files, models, java);
    match errors.is_empty() {
        true => Ok((read, warnings)),
        false => Err(DeskError::Model(errors)),
    }
}

/// What may be meant otherwise in files that are read.
fn doubts(files: &[File]) -> Vec<String> {
    let forms = files
        .iter()
        .filter(|file| matches!(file.content, Content::Form));
    let forms: Vec<Named> = forms
        .map(|file| (file.name.clone(), file.bytes.clone()))
        .collect();
    let found = files
        .iter()
        .flat_map(|file| report::doubts(&file.name, &file.content, &forms));
    found.map(|problem| problem.to_string()).collect()
}

/// The files that can be read, all problems of the others, and the warnings of all.
fn gather(files: Vec<Named>, models: &Models, java: Java) -> (Vec<File>, Vec<String>, Vec<String>) {
    let mut read = Vec::with_capacity(files.len());
    let mut errors = Vec::new();
    let mut warnings = Vec::new();
    let mut seen: HashMap<(bool, String), String> = HashMap::new();
    let mut names = HashSet::new();
    for (name, bytes) in files {
        if !names.insert(name.clone()) {
            errors.push(format!(
                "{name}:1:1: two files have this name; rename one of them"
            ));
        }
        let imports = models.imports_of(&name, &bytes);
        let content = match parse(&name, &bytes, &imports, java) {
            Ok((content, more)) => {
                warnings.extend(more.iter().map(Problem::to_string));
                content
            }
            Err(problems) => {
                let (fatal, more): (Vec<Problem>, _) = problems
                    .into_iter()
                    .partition(|p| p.severity == Severity::Error);
                for problem in fatal.iter().map(Problem::to_string) {
                    // What is wrong with an imported file was perhaps said of itself.
                    if !errors.contains(&problem) {
                        errors.push(problem);
                    }
                }
                warnings.extend(more.iter().map(Problem::to_string));
                continue;
            }
        };
        for (is_process, key) in content.keys() {
            if let Some(other) = seen.insert((is_process, key.to_owned()), name.clone()) {
                errors.push(format!(
                    "{name}:1:1: {key}: {other} defines it too; deploy only one of them"
                ));
            }
        }
        let parts = imports.iter().map(|(_, bytes)| ("", bytes.as_slice()));
        let hash = fingerprint(std::iter::once(("", bytes.as_slice())).chain(parts));
        read.push(File {
            name,
            bytes,
            hash,
            content,
            imports,
        });
    }
    (read, errors, warnings)
}

impl File {
    /// The file and those that it imports: name, content and mark, which those have that are
    /// deployed for themselves.
    fn with_imports<'f>(
        &'f self,
        all: &'f [File],
    ) -> impl Iterator<Item = (&'f str, &'f [u8], &'f str)> {
        let own = (
            self.name.as_str(),
            self.bytes.as_slice(),
            self.hash.as_str(),
        );
        let imports = self.imports.iter().map(|(name, bytes)| {
            let same = all.iter().find(|f| f.name == *name && f.bytes == *bytes);
            let mark = same.map_or("", |file| file.hash.as_str());
            (name.as_str(), bytes.as_slice(), mark)
        });
        std::iter::once(own).chain(imports)
    }

    /// True when the newest version of something in it came from another content.
    fn changed(&self, read: &Snapshot<'_>) -> Result<bool, DeskError> {
        let keys = self.content.keys();
        if keys.is_empty() {
            // A form, or a model of functions and types for others.
            return self.differs(read, None);
        }
        for (is_process, key) in keys {
            let resource = match is_process {
                true => read
                    .latest_process_definition(key)?
                    .map(|row| row.resource_id),
                false => read
                    .latest_decision_definition(key)?
                    .map(|row| row.resource_id),
            };
            let hash = match resource {
                Some(id) => read.resource(&id)?.map(|row| row.hash),
                None => None,
            };
            if hash.as_ref() != Some(&self.hash) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// True when it is not the newest file of its name, of deployments of that name.
    fn differs(&self, read: &Snapshot<'_>, deployment: Option<&str>) -> Result<bool, DeskError> {
        Ok(read.newest_hash(&self.name, deployment)?.as_ref() != Some(&self.hash))
    }

    /// The versions that a changed file would make.
    fn plan(&self, read: &Snapshot<'_>, plan: &mut Deployment) -> Result<(), DeskError> {
        match &self.content {
            Content::Processes(processes) => {
                for process in processes {
                    let newest = read.latest_process_definition(&process.id)?;
                    plan.deployed_process_definitions.push(view::Definition {
                        id: String::new(),
                        key: process.id.clone(),
                        name: process.name.clone(),
                        description: process.documentation.clone(),
                        version: newest.map_or(0, |row| row.version) + 1,
                        version_tag: process.version_tag.clone(),
                        resource: self.name.clone(),
                        deployment_id: String::new(),
                        suspended: false,
                    });
                }
            }
            Content::Decisions(definitions) => {
                for decision in definitions.own() {
                    let newest = read.latest_decision_definition(&decision.id)?;
                    plan.deployed_decision_definitions
                        .push(view::DecisionDefinition {
                            id: String::new(),
                            key: decision.id.clone(),
                            name: Some(decision.name.clone()),
                            version: newest.map_or(0, |row| row.version) + 1,
                            resource: self.name.clone(),
                            deployment_id: String::new(),
                        });
                }
                plan.deployed_functions
                    .extend(functions(&self.name, definitions));
            }
            Content::Form => plan.deployed_forms.push(self.name.clone()),
        }
        Ok(())
    }
}

/// What instances would miss here: decisions and processes that are not deployed, people who are
/// not on the desk.
fn missing_here(
    files: &[File],
    read: &Snapshot<'_>,
    deployment: &mut Deployment,
) -> Result<(), DeskError> {
    // What comes along is not missing.
    let coming = deployment.deployed_decision_definitions.iter();
    let coming: HashSet<&str> = coming.map(|d| d.key.as_str()).collect();
    let functions = files.iter().flat_map(|file| file.content.functions());
    let functions: HashMap<String, dmn::Kind> = functions.collect();
    let team = people::team(read)?;
    let processes = files.iter().flat_map(|file| file.content.keys());
    let processes: HashSet<&str> = processes
        .filter_map(|(is_process, key)| is_process.then_some(key))
        .collect();
    for file in files {
        let Content::Processes(own) = &file.content else {
            continue;
        };
        let mut missing = Vec::new();
        for (node, key) in own.iter().flat_map(report::decisions_of) {
            if !coming.contains(key) && read.latest_decision_definition(key)?.is_none() {
                let none = "is not deployed. Deploy its DMN file before an instance gets here";
                let message = report::no_decision(key, functions.get(key).copied(), none);
                missing.push((node, message));
            }
        }
        for (node, key) in own.iter().flat_map(report::called_by) {
            if !processes.contains(key) && read.latest_process_definition(key)?.is_none() {
                let message = format!(
                    "the process {key} is not deployed. Deploy its BPMN file before an instance gets here"
                );
                missing.push((node, message));
            }
        }
        missing.extend(own.iter().flat_map(|p| report::strangers(p, &team)));
        let told = missing.into_iter();
        let told = told.map(|(node, message)| report::warning(&file.name, node, message));
        deployment
            .warnings
            .extend(told.map(|told| told.to_string()));
    }
    Ok(())
}

/// One mark for a set of files.
pub(super) fn fingerprint<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut all = Sha256::new();
    for (name, bytes) in files {
        all.update((name.len() as u64).to_le_bytes());
        all.update(name);
        all.update((bytes.len() as u64).to_le_bytes());
        all.update(bytes);
    }
    all.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

//! Starting instances.

use super::act::Act;
use super::catalog::Catalog;
use super::permission::Operation;
use super::prepare::Prepared;
use super::team::Team;
use super::view::{InstanceView, StartRequest};
use super::{
    Caller, Desk, DeskError, FieldError, camunda_form, deploy, form, insertion, instance, launch,
    limits, people, prepare, report,
};
use crate::crash;
use crate::dmn;
use crate::engine::{Command, DecisionRef, DecisionVersion};
use crate::model::{Form, Process, Widget};
use crate::store::{ProcessDefinition, Snapshot};
use crate::value::{Map, Value};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

impl Desk {
    /// The start form of the newest version and the text each field starts with.
    pub fn start_form(
        &self,
        caller: &Caller,
        key: &str,
    ) -> Result<(Form, IndexMap<String, String>), DeskError> {
        self.look(caller, |look| {
            let definition = deploy::newest(look.read, key)?;
            let process = look.core.catalog.process(look.read, &definition.id)?;
            look.require(Operation::Start, may_start(&process, look.user.as_ref()))?;
            let camunda = camunda_form::of_start(look.read, &process, &definition, look.now)?;
            let form = camunda.or_else(|| process.start_form().cloned());
            let form = form.unwrap_or_default();
            let texts = form::texts(&form, &IndexMap::new(), look.now, |_| None);
            Ok((form, texts))
        })
    }

    /// Starts an instance of the newest version.
    pub fn start(&self, caller: &Caller, request: StartRequest) -> Result<InstanceView, DeskError> {
        let request = Arc::new(request);
        // Most have nothing to capture or encrypt: one transaction does it all. What may be sent
        // twice counts its transactions, so that each is there whatever is in it.
        if caller.once().is_none()
            && let Some(started) = self.launch(caller, request.clone(), None)?
        {
            return Ok(started);
        }
        let (apart, warnings) = self.look(caller, |look| {
            let definition = deploy::newest(look.read, &request.key)?;
            active(&definition)?;
            let process = look.core.catalog.process(look.read, &definition.id)?;
            look.require(Operation::Start, may_start(&process, look.user.as_ref()))?;
            refuse_captures(&process, &request.variables)?;
            let team = people::team(look.read)?;
            let camunda = camunda_form::of_start(look.read, &process, &definition, look.now)?;
            let (name, form) = (called(&process), camunda.as_ref().or(process.start_form()));
            let launched = launch::launch(name, form, &request, &team, look.now)?;
            let given = &launched.variables;
            known_connection(look.read, &process, given)?;
            let (read, catalog) = (look.read, &look.core.catalog);
            let started = (&definition, &*process, form);
            let mut warnings = doubts(read, catalog, started, &request, given, look.now)?;
            warnings.extend(strangers(&process, &team));
            Ok((launched.apart, warnings))
        })?;
        let prepared = self.prepare(caller, apart)?;
        let started = self.launch(caller, request, Some((prepared, warnings)))?;
        started.ok_or_else(|| DeskError::Engine("nothing was started".to_owned()))
    }

    /// Starts an instance, unless something must be prepared first and was not.
    fn launch(
        &self,
        caller: &Caller,
        request: Arc<StartRequest>,
        prepared: Option<(Prepared, Vec<String>)>,
    ) -> Result<Option<InstanceView>, DeskError> {
        crash::point("desk.start.before_write");
        let started = self.act(caller, move |act| {
            let definition = act.tx.newest_process(&request.key)?;
            let definition =
                definition.ok_or_else(|| deploy::not_deployed(&act.tx.read(), &request.key))?;
            active(&definition)?;
            let process = act.core.catalog.process(&act.tx.read(), &definition.id)?;
            act.require(Operation::Start, may_start(&process, act.user.as_ref()))?;
            let now = act.now;
            let camunda = camunda_form::of_start(&act.tx.read(), &process, &definition, now)?;
            let (name, form) = (called(&process), camunda.as_ref().or(process.start_form()));
            let team = act.team()?;
            let mut launched = launch::launch(name, form, &request, &team, now)?;
            let nothing = Prepared::default();
            let (prepared, warnings) = match &prepared {
                Some((prepared, warnings)) => (prepared, warnings.clone()),
                None if launched.apart.is_empty() => {
                    let (read, given) = (act.tx.read(), &launched.variables);
                    refuse_captures(&process, &request.variables)?;
                    known_connection(&read, &process, given)?;
                    let catalog = &act.core.catalog;
                    let started = (&*definition, &*process, form);
                    let mut warnings = doubts(&read, catalog, started, &request, given, now)?;
                    warnings.extend(strangers(&process, &team));
                    (&nothing, warnings)
                }
                None => return Ok(None),
            };
            if let (Some(key), false) = (&launched.business_key, request.allow_same_business_key)
                && let Some(instance) = act.tx.read().with_business_key(key)?.into_iter().next()
            {
                return Err(DeskError::SameBusinessKey {
                    key: key.clone(),
                    instance,
                });
            }
            let id = act.core.ids.next();
            act.keep_prepared(&id, prepared)?;
            launched.variables.extend(prepared.variables.clone());
            act.refuse_files(&process, &launched.variables)?;
            act.withhold(&id, &process, &mut launched.variables)?;
            let start = Command::Start {
                id: id.clone(),
                definition_id: definition.id.clone(),
                business_key: launched.business_key,
                user: act.name().map(str::to_owned),
                variables: launched.variables,
                at: None,
            };
            act.start(&id, start, launched.patch)?;
            let started = act.started(&id, &definition)?;
            Ok(Some(InstanceView {
                warnings,
                ..started
            }))
        })?;
        crash::point("desk.start.after_write");
        Ok(started)
    }
}

impl Desk {
    /// Starts an instance of this definition with these variables as they are: no form is
    /// asked, as Camunda's API starts one.
    pub fn start_definition(
        &self,
        caller: &Caller,
        definition: &str,
        business_key: Option<String>,
        variables: Map,
    ) -> Result<InstanceView, DeskError> {
        self.refuse_captures(definition, &variables)?;
        let prepared = prepare::Prepared::plain(variables);
        self.start_prepared(caller, definition, business_key, prepared)
    }

    /// Starts an instance of this definition with what was given to its start form, checked.
    pub fn submit_start_form(
        &self,
        caller: &Caller,
        definition: &str,
        business_key: Option<String>,
        given: Map,
    ) -> Result<InstanceView, DeskError> {
        let shown = self.start_form_of(caller, definition)?;
        self.refuse_captures(definition, &given)?;
        let now = self.core.clock.now();
        let checked = form::check(&shown.form, &given, &shown.texts, now, |_| None)?;
        let mut prepared = self.prepare(caller, checked)?;
        let named: HashSet<String> = given.keys().cloned().collect();
        for (name, value) in given {
            if shown.form.fields.iter().all(|field| field.id != name) {
                prepared.variables.insert(name, value);
            }
        }
        // What the business key is of is no variable, unless it was given as one.
        let field = shown.form.business_key.as_ref();
        if let Some(field) = field.filter(|field| !named.contains(*field)) {
            prepared.variables.shift_remove(field);
        }
        self.reachable(caller, &prepared.variables)?;
        self.start_prepared(caller, definition, business_key, prepared)
    }

    fn refuse_captures(&self, definition: &str, given: &Map) -> Result<(), DeskError> {
        let process = self
            .store
            .read(|read| self.core.catalog.process(read, definition))?;
        refuse_captures(&process, given)
    }

    fn start_prepared(
        &self,
        caller: &Caller,
        definition: &str,
        business_key: Option<String>,
        prepared: prepare::Prepared,
    ) -> Result<InstanceView, DeskError> {
        prepare::bounded(&prepared.variables)?;
        let definition = definition.to_owned();
        crash::point("desk.start.before_write");
        let started = self.act(caller, move |act| {
            let found = act.tx.read().process_definition(&definition)?;
            let found = found.ok_or_else(|| {
                DeskError::NotFound(format!("no process definition {definition} is deployed"))
            })?;
            active(&found)?;
            let process = act.core.catalog.process(&act.tx.read(), &found.id)?;
            act.require(Operation::Start, may_start(&process, act.user.as_ref()))?;
            let id = act.core.ids.next();
            act.keep_prepared(&id, &prepared)?;
            let mut variables = prepared.variables.clone();
            act.refuse_files(&process, &variables)?;
            act.withhold(&id, &process, &mut variables)?;
            let start = Command::Start {
                id: id.clone(),
                definition_id: found.id.clone(),
                business_key: business_key.clone(),
                user: act.name().map(str::to_owned),
                variables,
                at: None,
            };
            act.start(&id, start, None)?;
            act.started(&id, &found)
        })?;
        crash::point("desk.start.after_write");
        Ok(started)
    }
}

impl Act<'_, '_> {
    /// The answer of a start. What runs stands in memory; what ended at once is read back.
    pub(super) fn started(
        &mut self,
        id: &str,
        definition: &ProcessDefinition,
    ) -> Result<InstanceView, DeskError> {
        let view = match self.tx.instance(id) {
            Ok(running) => instance::running(running, id, definition),
            Err(_) => None,
        };
        match view {
            Some(view) => Ok(view),
            None => Ok(instance::view(self.tx.read().instance(id)?)),
        }
    }
}

/// A process names those who may start it besides the heads.
pub(super) fn may_start(process: &Process, user: Option<&super::view::User>) -> bool {
    user.is_some_and(|user| {
        process.candidate_starter_users.contains(&user.id)
            || process
                .candidate_starter_groups
                .iter()
                .any(|group| user.groups.contains(group))
    })
}

/// Which data frame a file field means is said by the capture alone.
fn refuse_captures(process: &Process, given: &Map) -> Result<(), DeskError> {
    match given.keys().find(|name| prepare::capture(process, name)) {
        Some(name) => Err(prepare::captured(name)),
        None => Ok(()),
    }
}

/// Whoever launches an insertion hears of a mistyped connection, not the employee later.
fn known_connection(
    read: &Snapshot<'_>,
    process: &Process,
    variables: &Map,
) -> Result<(), DeskError> {
    let Some(name) = insertion::connection_name(variables) else {
        return Ok(());
    };
    if !process.has_field(insertion::FRAME, Widget::File) || read.connection(name)?.is_some() {
        return Ok(());
    }
    Err(DeskError::Fields(vec![FieldError {
        field: insertion::CONNECTION.to_owned(),
        message: format!("there is no connection {name}; a team head can set one up"),
    }]))
}

/// What looks like a mistake in a launch. The model and its decisions are read only for names
/// that no form has.
fn doubts(
    read: &Snapshot<'_>,
    catalog: &Catalog,
    (definition, process, form): (&ProcessDefinition, &Process, Option<&Form>),
    request: &StartRequest,
    given: &Map,
    now: DateTime<Utc>,
) -> Result<Vec<String>, DeskError> {
    let asked = |name: &String| {
        let mut fields = process.forms().chain(form).flat_map(|form| &form.fields);
        fields.any(|field| field.id == *name)
    };
    let (mut model, mut decided) = (Vec::new(), BTreeSet::new());
    if !request.variables.keys().all(asked) {
        let resource = read.resource(&definition.resource_id)?;
        model = resource.map(|resource| resource.bytes).unwrap_or_default();
        decided = decided_by(read, catalog, process);
    }
    let model = crate::model::xml::shown(&model);
    let mut doubts = launch::doubts((process, form), (&model, &decided), request, given, now);
    doubts.extend(not_theirs(read, given)?);
    Ok(doubts)
}

/// People whom the model names and who are not on the desk.
fn strangers(process: &Process, team: &Team) -> impl Iterator<Item = String> {
    let found = report::strangers(process, team).into_iter();
    found.map(|(node, message)| {
        let name = node.name.as_deref().unwrap_or(&node.id);
        format!("{name}: {message}")
    })
}

/// The variables that the decisions of a process ask for, of those that are deployed.
fn decided_by(read: &Snapshot<'_>, catalog: &Catalog, process: &Process) -> BTreeSet<String> {
    let mut asked = BTreeSet::new();
    for (_, key) in report::decisions_of(process) {
        let newest = DecisionRef {
            key: key.to_owned(),
            version: DecisionVersion::Latest,
        };
        if let Ok((_, definitions)) = catalog.decision(read, &newest) {
            let names = dmn::variables(&definitions, key).unwrap_or_default();
            asked.extend(names.into_iter().map(|asked| asked.name));
        }
    }
    asked
}

/// Who gets the task may not use the connection that goes with it.
fn not_theirs(read: &Snapshot<'_>, given: &Map) -> Result<Option<String>, DeskError> {
    let text = |name| given.get(name).and_then(Value::as_str);
    let Some(user) = text(launch::ASSIGNEE).and_then(|id| read.user(id).transpose()) else {
        return Ok(None);
    };
    let Some(name) = insertion::connection_name(given) else {
        return Ok(None);
    };
    let Some(connection) = read.connection(name)?.map(super::connection::shown) else {
        return Ok(None);
    };
    let user = people::view(user?);
    Ok(limits::require_use(&connection, &user).err().map(|_| {
        format!(
            "{name} is for {}, and {} is not one of them",
            connection.limits.groups.join(", "),
            user.id
        )
    }))
}

/// What people call a process.
fn called(process: &Process) -> &str {
    process.name.as_deref().unwrap_or(&process.id)
}

/// Refuses a definition that is suspended.
pub(super) fn active(definition: &ProcessDefinition) -> Result<(), DeskError> {
    match definition.suspended {
        false => Ok(()),
        true => Err(DeskError::Conflict(format!(
            "{} is suspended: it starts no instances now",
            definition.key
        ))),
    }
}

//! The life of a command, inside the write transaction: load, apply, store, tell.

use super::catalog;
use super::event::Thrown;
use super::permission::{Operation, require};
use super::team::Team;
use super::view::{Role, User};
use super::{Core, DeskError};
use crate::engine::{self, Change, Command, Error, Event, Need, Place, TaskPatch, World};
use crate::store::{By, Operation as Logged, Snapshot, Tx};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// How often a command may ask for something to be loaded.
const MOST_NEEDS: usize = 100;

/// One command of one caller.
pub(super) struct Act<'a, 'c> {
    /// The transaction.
    pub(super) tx: &'a mut Tx<'c>,
    /// What the desk lends.
    pub(super) core: &'a Core,
    /// The moment of the command: all that it writes has this time.
    pub(super) now: DateTime<Utc>,
    /// Who acts; none for the desk itself.
    pub(super) user: Option<User>,
    /// They act from elsewhere: files of this machine are none of theirs.
    pub(super) remote: bool,
    /// Signals that have yet to reach other instances.
    pub(super) thrown: Vec<Thrown>,
    /// True while they are brought there.
    pub(super) settling: bool,
    /// How many the events of this command have reached.
    pub(super) reached: usize,
}

impl<'a, 'c> Act<'a, 'c> {
    pub(super) fn new(
        tx: &'a mut Tx<'c>,
        core: &'a Core,
        user: Option<User>,
        remote: bool,
    ) -> Self {
        let now = core.clock.now();
        Act {
            tx,
            core,
            now,
            user,
            remote,
            thrown: Vec::new(),
            settling: false,
            reached: 0,
        }
    }

    /// Checks the table of permissions. The desk itself may do everything.
    pub(super) fn require(&self, operation: Operation, own: bool) -> Result<(), DeskError> {
        match &self.user {
            Some(user) => require(user.role, operation, own),
            None => Ok(()),
        }
    }

    /// True when this user acts.
    pub(super) fn is(&self, name: Option<&str>) -> bool {
        self.user
            .as_ref()
            .is_some_and(|user| Some(user.id.as_str()) == name)
    }

    /// The acting user's name.
    pub(super) fn name(&self) -> Option<&str> {
        self.user.as_ref().map(|user| user.id.as_str())
    }

    /// Who acts and when, for the store.
    pub(super) fn by(&self) -> By {
        By {
            now: self.now,
            user: self.name().map(str::to_owned),
        }
    }

    /// Notes in the operation log what no history of an instance tells.
    pub(super) fn log(
        &mut self,
        operation: &str,
        entity: &str,
        name: &str,
    ) -> Result<(), DeskError> {
        let row = Logged {
            operation: operation.to_owned(),
            entity: entity.to_owned(),
            property: Some("name".to_owned()),
            new_value: Some(name.to_owned()),
            ..Logged::default()
        };
        Ok(self.tx.log_operation(&self.by(), &row)?)
    }

    /// Notes in the operation log what was done to an instance.
    pub(super) fn log_of(
        &mut self,
        operation: &str,
        entity: &str,
        process_instance: &str,
    ) -> Result<(), DeskError> {
        let row = Logged {
            operation: operation.to_owned(),
            entity: entity.to_owned(),
            process_instance_id: Some(process_instance.to_owned()),
            ..Logged::default()
        };
        Ok(self.tx.log_operation(&self.by(), &row)?)
    }

    /// Notes what a team head did to an instance by hand. What a worker does is its work, which
    /// the history tells otherwise.
    pub(super) fn log_deed(
        &mut self,
        operation: &str,
        entity: &str,
        (process_instance, activity): (&str, Option<&str>),
        (property, value): (&str, &str),
    ) -> Result<(), DeskError> {
        if self
            .user
            .as_ref()
            .is_none_or(|user| user.role != Role::Head)
        {
            return Ok(());
        }
        let row = Logged {
            operation: operation.to_owned(),
            entity: entity.to_owned(),
            process_instance_id: Some(process_instance.to_owned()),
            activity_id: activity.map(str::to_owned),
            property: Some(property.to_owned()),
            new_value: Some(value.to_owned()),
            ..Logged::default()
        };
        Ok(self.tx.log_operation(&self.by(), &row)?)
    }

    /// Everybody.
    pub(super) fn team(&mut self) -> Result<Arc<Team>, DeskError> {
        self.core.team(self.tx)
    }

    /// Starts an instance with this id. The first user task takes the patch before anybody
    /// hears of it.
    pub(super) fn start(
        &mut self,
        id: &str,
        command: Command,
        patch: Option<TaskPatch>,
    ) -> Result<(), DeskError> {
        self.tx.new_instance(id)?;
        let mut changes = self.write(id, command)?;
        let created = changes
            .iter()
            .position(|change| matches!(change, Change::Event(Event::TaskCreated { .. })));
        if patch.is_some() && created.is_none() {
            return Err(DeskError::Invalid(
                "this process does not begin with a user task, so that nobody can be assigned and nothing be due at the start; leave out assignee, candidates, due date and priority"
                    .to_owned(),
            ));
        }
        if let (Some(at), Some(patch)) = (created, patch)
            && let Some(Change::Event(Event::TaskCreated { task })) = changes.get_mut(at)
        {
            let update = Command::UpdateTask {
                task: task.id.clone(),
                patch,
            };
            self.write(id, update)?;
            if let Some(patched) = self.tx.instance(id)?.task(&task.id) {
                *task = patched.clone();
            }
        }
        self.follow(id, &changes)?;
        self.hear(id, &changes);
        self.settle().map(drop)
    }

    /// Applies a command to a root instance, stores what changed and tells whom it concerns.
    pub(super) fn apply(&mut self, root: &str, command: Command) -> Result<(), DeskError> {
        if root.is_empty() {
            return self.apply_alone(command);
        }
        let changes = self.write(root, command)?;
        self.follow(root, &changes)?;
        self.hear(root, &changes);
        self.settle().map(drop)
    }

    /// Applies a command and stores what changed.
    fn write(&mut self, root: &str, command: Command) -> Result<Vec<Change>, DeskError> {
        let mut world = World::default();
        world.limits.expressions = self.core.settings.expressions;
        world.skip_output_mapping_on_canceled_activities = self
            .core
            .settings
            .skip_output_mapping_on_canceled_activities;
        if let Some(user) = &self.user {
            world.user = Some(user.id.clone());
            world.groups = user.groups.clone();
        }
        let known: Vec<String> = {
            let instance = self.tx.instance(root)?;
            instance.definitions().map(str::to_owned).collect()
        };
        for id in known {
            self.know(&mut world, id)?;
        }
        let changes = self.run(root, &mut world, command)?;
        for change in &changes {
            if let Change::Event(Event::ExternalTaskEnded {
                task,
                completed: false,
            }) = change
            {
                self.refuse_if_committing(task)?;
            }
        }
        let by = self.by();
        self.tx.apply_changes(root, &changes, &by)?;
        Ok(changes)
    }

    /// Tells the engine of a process definition and its jobs.
    fn know(&mut self, world: &mut World, id: String) -> Result<(), DeskError> {
        let process = self.core.catalog.process(&self.tx.read(), &id)?;
        world.add_job_rules(id.clone(), self.tx.job_rules(&id)?);
        world.add_process(id, process);
        Ok(())
    }

    /// Runs the engine, and again with what it asks for.
    fn run(
        &mut self,
        root: &str,
        world: &mut World,
        command: Command,
    ) -> Result<Vec<Change>, DeskError> {
        for _ in 0..MOST_NEEDS {
            let ids = &self.core.ids;
            let instance = self.tx.instance(root)?;
            let result = engine::apply(world, instance, command.clone(), self.now, &mut || {
                ids.next()
            });
            match result {
                Err(Error::Need(Need::Process { definition_id })) => {
                    self.know(world, definition_id)?;
                }
                Err(Error::Need(need)) => load(self.core, &self.tx.read(), world, need)?,
                Err(error) => return Err(refused(error)),
                Ok(changes) => return Ok(changes),
            }
        }
        Err(too_many())
    }
}

/// Runs the engine on what is only read, and again with what it asks for.
pub(super) fn satisfy<T>(
    core: &Core,
    read: &Snapshot<'_>,
    world: &mut World,
    mut run: impl FnMut(&World) -> Result<T, Error>,
) -> Result<T, DeskError> {
    for _ in 0..MOST_NEEDS {
        match run(world) {
            Err(Error::Need(need)) => load(core, read, world, need)?,
            Err(error) => return Err(refused(error)),
            Ok(done) => return Ok(done),
        }
    }
    Err(too_many())
}

/// Loads what the engine asks for.
fn load(core: &Core, read: &Snapshot<'_>, world: &mut World, need: Need) -> Result<(), DeskError> {
    match need {
        Need::Process { definition_id } => {
            let process = core.catalog.process(read, &definition_id)?;
            world.add_process(definition_id, process);
        }
        Need::Called(reference, by) => {
            let found = catalog::called(read, &reference);
            let definition_id = found.map_err(|error| placed(read, &by, error))?;
            world.add_called(reference, definition_id);
        }
        Need::Decision(reference, by) => {
            let found = core.catalog.decision(read, &reference);
            let (id, file) = found.map_err(|error| placed(read, &by, error))?;
            world.add_decision(reference, id, file);
        }
    }
    Ok(())
}

/// Says of an error which element of which file it is about: `file:line:column: element: …`.
fn placed(read: &Snapshot<'_>, at: &Place, error: DeskError) -> DeskError {
    let DeskError::Engine(cause) = error else {
        return error;
    };
    let definition = read.process_definition(&at.definition_id).ok().flatten();
    let resource = definition.and_then(|d| read.resource(&d.resource_id).ok().flatten());
    let file = resource.map_or_else(|| at.definition_id.clone(), |resource| resource.name);
    let (line, column) = (at.position.line, at.position.column);
    DeskError::Engine(format!("{file}:{line}:{column}: {}: {cause}", at.element))
}

fn too_many() -> DeskError {
    DeskError::Engine(format!(
        "the command needed more than {MOST_NEEDS} other definitions; split the process"
    ))
}

/// The engine's refusal in the desk's words.
pub(super) fn refused(error: Error) -> DeskError {
    match error {
        Error::TaskAlreadyClaimed { by, .. } => DeskError::AlreadyClaimed { by },
        Error::NotFound { .. } => DeskError::NotFound(error.to_string()),
        Error::WrongWorker { .. } | Error::LockExpired { .. } => {
            DeskError::Conflict(error.to_string())
        }
        Error::Suspended { .. } => DeskError::Conflict(error.to_string()),
        Error::BadRequest(_) => DeskError::Invalid(error.to_string()),
        error => DeskError::Engine(error.to_string()),
    }
}

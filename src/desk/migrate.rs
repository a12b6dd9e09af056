//! Running instances move to another version of their process.

mod words;

use super::act::{Act, satisfy};
use super::permission::Operation;
use super::{Caller, Desk, DeskError, Look, deploy, instance};
pub use crate::engine::migration::{
    InstructionReport, MigrationInstruction, MigrationPlan, PlanReport,
};
use crate::engine::{self, Command, Skip, World, migration};
use crate::store::{InstanceFilter, InstanceRow};
use crate::value::Map;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use words::plain;

/// Most instances that one request moves.
const MOST: usize = 10_000;

/// Instances that people move to another version.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MigrationRequest {
    /// The instances; without any all that run on the version `from`.
    pub instances: Vec<String>,
    /// The id of the process definition whose instances are all meant.
    pub from: Option<String>,
    /// The version to which they go; the newest unless said otherwise.
    pub version: Option<i32>,
    /// Activities that have another id there: the old one, the new one. All others are found
    /// by their ids.
    pub map: Vec<(String, String)>,
    /// Timers are evaluated again, and names of messages and signals.
    pub update_event_triggers: bool,
    /// Only say what would become of each.
    pub dry_run: bool,
}

/// What became of one instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Migrated {
    /// The instance.
    pub id: String,
    /// What it is called.
    pub title: Option<String>,
    /// The version on which it ran.
    pub from: i32,
    /// The version to which it went, or was to go.
    pub to: i32,
    /// Why it stays where it is.
    pub problem: Option<String>,
}

impl Desk {
    /// The plan that maps activities of equal ids.
    pub fn generate_migration(
        &self,
        caller: &Caller,
        source: &str,
        target: &str,
        update_event_triggers: bool,
    ) -> Result<MigrationPlan, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            let (from, to) = (
                look.version(source, "Source")?,
                look.version(target, "Target")?,
            );
            Ok(MigrationPlan {
                source: source.to_owned(),
                target: target.to_owned(),
                instructions: migration::generate(&from, &to, update_event_triggers, &[]),
                variables: Map::new(),
            })
        })
    }

    /// What is wrong with a plan.
    pub fn validate_migration(
        &self,
        caller: &Caller,
        plan: &MigrationPlan,
    ) -> Result<PlanReport, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            let from = look.version(&plan.source, "Source")?;
            let to = look.version(&plan.target, "Target")?;
            Ok(migration::validate(plan, &from, &to))
        })
    }

    /// Moves instances by a plan, all or none. Their ids are whole.
    pub fn migrate_all(
        &self,
        caller: &Caller,
        plan: &MigrationPlan,
        ids: Vec<String>,
        skip: Skip,
    ) -> Result<(), DeskError> {
        let plan = plan.clone();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            ids.iter().try_for_each(|id| act.migrate(id, &plan, skip))
        })
    }

    /// Moves instances one by one, each in a transaction of its own, and says what became of each.
    pub fn move_instances(
        &self,
        caller: &Caller,
        request: &MigrationRequest,
    ) -> Result<Vec<Migrated>, DeskError> {
        let rows = self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            look.meant(request)
        })?;
        let mut plans: HashMap<String, (MigrationPlan, i32)> = HashMap::new();
        let mut told = Vec::with_capacity(rows.len());
        for row in rows {
            if !plans.contains_key(&row.definition_id) {
                let plan = self.look(caller, |look| look.plan(request, &row))?;
                plans.insert(row.definition_id.clone(), plan);
            }
            let (plan, to) = &plans[&row.definition_id];
            let problem = match self.move_one(caller, &row, plan, request.dry_run) {
                Ok(()) => None,
                Err(error @ (DeskError::Storage(_) | DeskError::Forbidden(_))) => {
                    return Err(error);
                }
                Err(error) => Some(plain(&error.to_string())),
            };
            told.push(Migrated {
                id: row.id,
                title: row.title.or(row.business_key),
                from: row.process_version,
                to: *to,
                problem,
            });
        }
        Ok(told)
    }

    fn move_one(
        &self,
        caller: &Caller,
        row: &InstanceRow,
        plan: &MigrationPlan,
        dry_run: bool,
    ) -> Result<(), DeskError> {
        if row.definition_id == plan.target {
            return Err(DeskError::Conflict(
                "it runs on this version already".to_owned(),
            ));
        }
        match dry_run {
            true => self.look(caller, |look| look.rehearse(row, plan)),
            false => self.migrate_all(caller, plan, vec![row.id.clone()], Skip::default()),
        }
    }
}

impl Act<'_, '_> {
    /// Moves one instance.
    pub(super) fn migrate(
        &mut self,
        id: &str,
        plan: &MigrationPlan,
        skip: Skip,
    ) -> Result<(), DeskError> {
        let found = self.tx.read().instance_by_id(id)?;
        let found = found.filter(|row| row.ended.is_none());
        let row = found.ok_or_else(|| {
            DeskError::Invalid(format!(
                "ENGINE-23003 Process instance '{id}' cannot be migrated. The process instance does not exist"
            ))
        })?;
        let plan = MigrationPlan {
            variables: self.admit_into(&row.root_id, &row.id, &plan.variables)?,
            ..plan.clone()
        };
        let command = Box::new(Command::Migrate {
            process_instance: row.id,
            plan,
        });
        self.apply(&row.root_id, Command::Skipping { skip, command })
    }
}

impl Look<'_, '_> {
    fn version(
        &self,
        id: &str,
        which: &str,
    ) -> Result<std::sync::Arc<crate::model::Process>, DeskError> {
        if self.read.process_definition(id)?.is_none() {
            return Err(DeskError::Invalid(format!(
                "ENGINE-23008 {which} process definition with id '{id}' does not exist"
            )));
        }
        self.core.catalog.process(self.read, id)
    }

    /// The instances of a request.
    fn meant(&self, request: &MigrationRequest) -> Result<Vec<InstanceRow>, DeskError> {
        if request.instances.len() > MOST {
            return Err(DeskError::Invalid(format!(
                "at most {MOST} instances are moved at once"
            )));
        }
        if request.instances.is_empty() {
            let Some(from) = &request.from else {
                return Err(DeskError::Invalid(
                    "say which instances are to move".to_owned(),
                ));
            };
            let filter = InstanceFilter {
                open: Some(true),
                definition_id: Some(from.clone()),
                ..InstanceFilter::default()
            };
            let rows = self.read.instances(&filter, 0, MOST + 1)?;
            return match rows.len() > MOST {
                true => Err(DeskError::Invalid(format!(
                    "more than {MOST} instances run on this version; name those that are to move, or move them by a batch: POST /migration/executeAsync"
                ))),
                false => Ok(rows),
            };
        }
        let rows = request.instances.iter().map(|id| {
            let row = self.read.instance(id)?;
            instance::still_runs(&row)?;
            Ok(row)
        });
        rows.collect()
    }

    /// The plan by which an instance moves as people ask for it, and its version there.
    fn plan(
        &self,
        request: &MigrationRequest,
        row: &InstanceRow,
    ) -> Result<(MigrationPlan, i32), DeskError> {
        let key = &row.process_key;
        let target = match request.version {
            Some(version) => deploy::version(self.read, key, version)?,
            None => deploy::newest(self.read, key)?,
        };
        let from = self.version(&row.definition_id, "Source")?;
        let to = self.version(&target.id, "Target")?;
        let update = request.update_event_triggers;
        let mut instructions = migration::generate(&from, &to, update, &request.map);
        // What people ask for and can not be done is refused by name.
        for (old, new) in &request.map {
            if !instructions.iter().any(|known| known.source == *old) {
                instructions.push(MigrationInstruction {
                    source: old.clone(),
                    target: new.clone(),
                    update_event_trigger: false,
                });
            }
        }
        let plan = MigrationPlan {
            source: row.definition_id.clone(),
            target: target.id,
            instructions,
            variables: Map::new(),
        };
        Ok((plan, target.version))
    }

    /// Moves an instance in memory only.
    fn rehearse(&self, row: &InstanceRow, plan: &MigrationPlan) -> Result<(), DeskError> {
        let running = self.read.running(&row.root_id)?;
        let mut running = running.ok_or_else(|| DeskError::Conflict("it has ended".to_owned()))?;
        let mut world = World::default();
        let command = Command::Migrate {
            process_instance: row.id.clone(),
            plan: plan.clone(),
        };
        satisfy(self.core, self.read, &mut world, |world| {
            let ids = &self.core.ids;
            engine::apply(world, &mut running, command.clone(), self.now, &mut || {
                ids.next()
            })
        })
        .map(drop)
    }
}

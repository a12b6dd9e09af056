//! Process instances, running and ended, and what is in them.

use super::codec::{instant, instant_opt, named, state, value};
use super::load::{self, INCIDENT, SUBSCRIPTION, VARIABLE, all, first};
use super::notes::limit_of;
use super::put::search_text;
use super::tasks::only;
use super::{Snapshot, StoreError};
use crate::engine::{Incident, Instance, InstanceState, Subscription, SubscriptionKind, Variable};
use crate::value::{Map, Value};
use chrono::{DateTime, Utc};
use rusqlite::types::Value as Sql;
use rusqlite::{Row, params_from_iter};
use std::collections::HashMap;

/// Instances that are looked at for what no index finds: the end of an id, or words. What is
/// older is found by the beginning of its id, by its business key, or by other filters.
const SEARCHED: u32 = 100_000;

/// Which process instances are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InstanceFilter {
    /// Running (`true`), ended (`false`) or both.
    pub open: Option<bool>,
    /// Only those with an open incident.
    pub with_incident: bool,
    /// Of this process.
    pub process_key: Option<String>,
    /// Of this process definition.
    pub definition_id: Option<String>,
    /// With exactly this business key.
    pub business_key: Option<String>,
    /// Started by this person.
    pub start_user: Option<String>,
    /// That this person works on or has worked on, or started and which still run.
    pub involved: Option<String>,
    /// Words that must all stand in title, business key or process name, in any case; among the
    /// newest 100,000 of those that are meant otherwise.
    pub text: Option<String>,
    /// One of these.
    pub ids: Option<Vec<String>>,
}

/// A process instance, running or ended.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceRow {
    /// Its id.
    pub id: String,
    /// The root instance, to give to the engine.
    pub root_id: String,
    /// Process definition.
    pub definition_id: String,
    /// Process definition key.
    pub process_key: String,
    /// Process definition name.
    pub process_name: Option<String>,
    /// Process definition version.
    pub process_version: i32,
    /// The business key.
    pub business_key: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// State.
    pub state: InstanceState,
    /// Who started it.
    pub start_user: Option<String>,
    /// When.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub ended: Option<DateTime<Utc>>,
    /// Why it was cancelled.
    pub delete_reason: Option<String>,
    /// Who cancelled it.
    pub delete_user: Option<String>,
    /// Who has the most urgent of its open tasks; of what ended, who did the last of its tasks.
    pub assignee: Option<String>,
    /// That task's due date.
    pub due: Option<DateTime<Utc>>,
    /// How often its most visited user task was entered.
    pub round: u32,
    /// Open incidents.
    pub incidents: u32,
}

/// What a process instance, running or ended, is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceName {
    /// The title.
    pub title: Option<String>,
    /// The business key.
    pub business_key: Option<String>,
    /// Process definition.
    pub definition_id: String,
}

/// A variable as history knows it: the last value, also of what has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct VariableRow {
    /// The variable.
    pub variable: Variable,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// When it was last set or removed.
    pub updated: DateTime<Utc>,
    /// It was removed while the instance ran.
    pub removed: bool,
}

const INSTANCE: &str = "SELECT h.id, h.root_id, h.definition_id, d.key, d.name, d.version,
        h.business_key, h.title, h.state, h.start_user, h.started, h.ended, h.delete_reason,
        h.delete_user,
        CASE WHEN h.ended IS NULL THEN
        (SELECT assignee FROM task AS t WHERE t.root_id = h.root_id AND t.process_instance_id = h.id
         ORDER BY due IS NULL, due, priority DESC, created, id LIMIT 1)
        ELSE (SELECT done_by FROM hist_task AS t WHERE t.process_instance_id = h.id
         AND done_by IS NOT NULL ORDER BY seq DESC LIMIT 1) END,
        (SELECT due FROM task AS t WHERE t.root_id = h.root_id AND t.process_instance_id = h.id
         ORDER BY due IS NULL, due, priority DESC, created, id LIMIT 1),
        (SELECT max(round) FROM hist_task AS t WHERE t.process_instance_id = h.id),
        (SELECT count(*) FROM incident AS i
         WHERE i.root_id = h.root_id AND i.process_instance_id = h.id)
    FROM hist_process_instance AS h
    LEFT JOIN process_definition AS d ON d.id = h.definition_id";

fn instance_row(row: &Row<'_>) -> rusqlite::Result<InstanceRow> {
    Ok(InstanceRow {
        id: row.get(0)?,
        root_id: row.get(1)?,
        definition_id: row.get(2)?,
        process_key: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
        process_name: row.get(4)?,
        process_version: row.get::<_, Option<i32>>(5)?.unwrap_or(0),
        business_key: row.get(6)?,
        title: row.get(7)?,
        state: named(row, 8, state)?,
        start_user: row.get(9)?,
        started: instant(row, 10)?,
        ended: instant_opt(row, 11)?,
        delete_reason: row.get(12)?,
        delete_user: row.get(13)?,
        assignee: row.get(14)?,
        due: instant_opt(row, 15)?,
        round: row.get::<_, Option<u32>>(16)?.unwrap_or(0),
        incidents: row.get(17)?,
    })
}

impl InstanceFilter {
    /// The condition as SQL, with its values.
    fn condition(&self) -> (String, Vec<Sql>) {
        let mut values: Vec<Sql> = Vec::new();
        let mut conditions: Vec<String> = Vec::new();
        match self.open {
            Some(true) => conditions.push("h.ended IS NULL".to_owned()),
            Some(false) => conditions.push("h.ended IS NOT NULL".to_owned()),
            None => {}
        }
        if self.with_incident {
            conditions.push(
                "h.ended IS NULL AND h.id IN (SELECT process_instance_id FROM incident)".to_owned(),
            );
        }
        let equal = [
            ("h.definition_id", &self.definition_id),
            ("h.business_key", &self.business_key),
            ("h.start_user", &self.start_user),
        ];
        for (column, wanted) in equal {
            if let Some(wanted) = wanted {
                values.push(wanted.clone().into());
                conditions.push(format!("{column} = ?{}", values.len()));
            }
        }
        if let Some(user) = &self.involved {
            values.push(user.clone().into());
            let n = values.len();
            conditions.push(format!(
                "h.id IN (SELECT process_instance_id FROM hist_task WHERE done_by = ?{n}
                     UNION SELECT process_instance_id FROM task WHERE assignee = ?{n}
                     UNION SELECT id FROM process_instance WHERE start_user = ?{n})"
            ));
        }
        if let Some(key) = &self.process_key {
            values.push(key.clone().into());
            conditions.push(format!(
                "h.definition_id IN (SELECT id FROM process_definition WHERE key = ?{})",
                values.len()
            ));
        }
        if let Some(ids) = &self.ids {
            let marks: Vec<String> = ids
                .iter()
                .map(|id| {
                    values.push(id.clone().into());
                    format!("?{}", values.len())
                })
                .collect();
            conditions.push(format!("h.id IN ({})", marks.join(", ")));
        }
        match conditions.is_empty() {
            true => (String::new(), values),
            false => (format!("WHERE {}", conditions.join(" AND ")), values),
        }
    }

    /// What stands first: the last started, of ended ones the last ended.
    fn order(&self) -> &'static str {
        match self.open {
            Some(false) => "ORDER BY h.ended DESC, h.id DESC",
            _ => "ORDER BY h.started DESC, h.id DESC",
        }
    }

    fn words(&self) -> Vec<String> {
        let text = self.text.as_deref().unwrap_or_default().to_lowercase();
        text.split_whitespace().map(str::to_owned).collect()
    }
}

impl Snapshot<'_> {
    /// Process instances, the last started first; where only ended ones are asked for, the last
    /// ended.
    pub fn instances(
        &self,
        filter: &InstanceFilter,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<InstanceRow>, StoreError> {
        let ids: Vec<String> = match filter.words().is_empty() {
            true => {
                let (condition, mut values) = filter.condition();
                let order = filter.order();
                values.push(limit_of(limit).into());
                values.push(limit_of(offset).into());
                let sql = format!(
                    "SELECT h.id FROM hist_process_instance AS h {condition}
                     {order} LIMIT ?{} OFFSET ?{}",
                    values.len() - 1,
                    values.len()
                );
                all(self.conn, &sql, params_from_iter(values), |row| row.get(0))?
            }
            false => self
                .matching(filter, offset.saturating_add(limit))?
                .split_off_front(offset),
        };
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            rows.extend(self.instance_by_id(&id)?);
        }
        Ok(rows)
    }

    /// The ids of all process instances that a filter without words means.
    pub fn instance_ids(&self, filter: &InstanceFilter) -> Result<Vec<String>, StoreError> {
        let (condition, values) = filter.condition();
        let sql = format!("SELECT h.id FROM hist_process_instance AS h {condition}");
        all(self.conn, &sql, params_from_iter(values), |row| row.get(0))
    }

    /// How many process instances there are.
    pub fn count_instances(&self, filter: &InstanceFilter) -> Result<u64, StoreError> {
        if !filter.words().is_empty() {
            return Ok(self.matching(filter, usize::MAX)?.len() as u64);
        }
        let (condition, values) = filter.condition();
        let sql = format!("SELECT count(*) FROM hist_process_instance AS h {condition}");
        self.count(&sql, params_from_iter(values))
    }

    /// The first ids whose texts hold all words of the filter, among the newest `SEARCHED` of
    /// those that are meant. Lower case as people know it is beyond SQLite, so the rows come here
    /// to be compared.
    fn matching(&self, filter: &InstanceFilter, limit: usize) -> Result<Vec<String>, StoreError> {
        let words = filter.words();
        let (condition, values) = filter.condition();
        let names = all(
            self.conn,
            "SELECT id, name FROM process_definition",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let names: HashMap<String, Option<String>> = names.into_iter().collect();
        let sql = format!(
            "SELECT h.id, h.title, h.business_key, h.definition_id
             FROM hist_process_instance AS h {condition}
             {} LIMIT {SEARCHED}",
            filter.order()
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut found = Vec::new();
        while found.len() < limit
            && let Some(row) = rows.next()?
        {
            let text = |column| -> rusqlite::Result<Option<&str>> {
                Ok(row.get_ref(column)?.as_str_or_null()?)
            };
            let name = text(3)?.and_then(|id| names.get(id)?.as_deref());
            let search = search_text([text(1)?, text(2)?, name]);
            if words.iter().all(|word| search.contains(word)) {
                found.push(row.get(0)?);
            }
        }
        Ok(found)
    }

    /// A process instance by its whole id.
    pub fn instance_by_id(&self, id: &str) -> Result<Option<InstanceRow>, StoreError> {
        first(
            self.conn,
            &format!("{INSTANCE} WHERE h.id = ?1"),
            [id],
            instance_row,
        )
    }

    /// A process instance by its id, or by a beginning or end of it that fits no other;
    /// running ones come before ended ones. An end is looked for among all that run and among
    /// the newest `SEARCHED`.
    pub fn instance(&self, id: &str) -> Result<InstanceRow, StoreError> {
        if let Some(row) = self.instance_by_id(id)? {
            return Ok(row);
        }
        let mut found = self.fitting("process_instance", "process_instance", id)?;
        if found.is_empty() {
            let newest = format!(
                "(SELECT id FROM hist_process_instance ORDER BY started DESC, id DESC LIMIT {SEARCHED})"
            );
            found = self.fitting("hist_process_instance", &newest, id)?;
        }
        let whole = only("process instance", id, found)?;
        self.instance_by_id(&whole)?.ok_or(StoreError::NotFound {
            what: "process instance",
            id: whole,
        })
    }

    /// What a process instance is called, by its whole id.
    pub fn instance_name(&self, id: &str) -> Result<InstanceName, StoreError> {
        let sql = "SELECT title, business_key, definition_id FROM hist_process_instance
                   WHERE id = ?1";
        let found = first(self.conn, sql, [id], |row| {
            Ok(InstanceName {
                title: row.get(0)?,
                business_key: row.get(1)?,
                definition_id: row.get(2)?,
            })
        })?;
        found.ok_or_else(|| StoreError::NotFound {
            what: "process instance",
            id: id.to_owned(),
        })
    }

    /// The rows of a running root instance, as the engine has them; none when it has ended.
    pub fn running(&self, root: &str) -> Result<Option<Instance>, StoreError> {
        load::instance(self.conn, root)
    }

    /// The root instance of a running process instance.
    pub fn root_of(&self, process_instance: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT root_id FROM process_instance WHERE id = ?1";
        first(self.conn, sql, [process_instance], |row| row.get(0))
    }

    /// The root instance and the process instance of a running execution.
    pub fn execution_place(&self, id: &str) -> Result<Option<(String, String)>, StoreError> {
        let sql = "SELECT root_id, process_instance_id FROM execution WHERE id = ?1 LIMIT 1";
        first(self.conn, sql, [id], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Running instances with this business key.
    pub fn with_business_key(&self, key: &str) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT id FROM process_instance WHERE business_key = ?1 ORDER BY id";
        all(self.conn, sql, [key], |row| row.get(0))
    }

    /// The running variables of a process instance, by scope and name.
    pub fn variables(&self, process_instance: &str) -> Result<Vec<Variable>, StoreError> {
        let sql = format!(
            "SELECT {VARIABLE} FROM variable
             WHERE root_id = (SELECT root_id FROM process_instance WHERE id = ?1)
               AND process_instance_id = ?1
             ORDER BY scope_id, name"
        );
        all(self.conn, &sql, [process_instance], load::variable)
    }

    /// The last values of all variables of a process instance, running or ended.
    pub fn last_variables(&self, process_instance: &str) -> Result<Vec<VariableRow>, StoreError> {
        let sql = "SELECT id, scope_id, process_instance_id, name, type, value, info, created,
                          updated, removed
                   FROM hist_variable WHERE process_instance_id = ?1 ORDER BY scope_id, name";
        all(self.conn, sql, [process_instance], |row| {
            Ok(VariableRow {
                variable: load::variable(row)?,
                created: instant(row, 7)?,
                updated: instant(row, 8)?,
                removed: row.get(9)?,
            })
        })
    }

    /// The variables that an ended process instance had itself, at its end.
    pub fn ended_variables(&self, process_instance: &str) -> Result<Map, StoreError> {
        let sql = "SELECT name, type, value, info FROM hist_variable
                   WHERE process_instance_id = ?1 AND scope_id = ?1 AND removed = 0
                   ORDER BY created, name";
        let found: Vec<(String, Value)> = all(self.conn, sql, [process_instance], |row| {
            Ok((row.get(0)?, value(row, 1)?))
        })?;
        Ok(found.into_iter().collect())
    }

    /// The variables with which a process instance began.
    pub fn first_variables(&self, process_instance: &str) -> Result<Map, StoreError> {
        let sql = "SELECT d.name, d.type, d.value, d.info FROM hist_detail AS d
                   WHERE d.process_instance_id = ?1 AND d.scope_id = ?1 AND d.created = 1
                     AND d.activity_instance_id = ?1
                     AND d.at = (SELECT started FROM hist_process_instance WHERE id = ?1)
                   ORDER BY d.seq";
        let found: Vec<(String, Value)> = all(self.conn, sql, [process_instance], |row| {
            Ok((row.get(0)?, value(row, 1)?))
        })?;
        Ok(found.into_iter().collect())
    }

    /// The last value of one variable of the process instance itself, running or ended.
    pub fn last_variable(
        &self,
        process_instance: &str,
        name: &str,
    ) -> Result<Option<Value>, StoreError> {
        let sql = "SELECT type, value, info FROM hist_variable
                   WHERE process_instance_id = ?1 AND scope_id = ?1 AND name = ?2 AND removed = 0";
        first(self.conn, sql, [process_instance, name], |row| {
            value(row, 0)
        })
    }

    /// Open incidents, the oldest first; of one process instance or all.
    pub fn incidents(&self, process_instance: Option<&str>) -> Result<Vec<Incident>, StoreError> {
        let select = format!("SELECT {INCIDENT} FROM incident");
        match process_instance {
            Some(id) => {
                let sql = format!(
                    "{select} WHERE root_id =
                         (SELECT root_id FROM process_instance WHERE id = ?1)
                     AND process_instance_id = ?1 ORDER BY created, id"
                );
                all(self.conn, &sql, [id], load::incident)
            }
            None => all(
                self.conn,
                &format!("{select} ORDER BY created, id"),
                [],
                load::incident,
            ),
        }
    }

    /// The incidents in which something failed, the oldest first; of one process, if said, also
    /// where what failed is in an instance that it called. What calls follows what is called.
    pub fn failures(&self, key: Option<&str>) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT coalesce(i.root_cause, i.id) FROM incident AS i
             WHERE i.kind IN ('failedJob', 'failedExternalTask')
                 AND (?1 IS NULL OR i.process_instance_id IN
                     (SELECT p.id FROM process_instance AS p JOIN process_definition AS d
                          ON d.id = p.definition_id WHERE d.key = ?1))
             GROUP BY 1 ORDER BY min(i.created), 1";
        all(self.conn, sql, [key], |row| row.get(0))
    }

    /// An open incident by its id, with its root instance.
    pub fn incident(&self, id: &str) -> Result<Option<(String, Incident)>, StoreError> {
        let sql = format!("SELECT {INCIDENT}, root_id FROM incident WHERE id = ?1");
        first(self.conn, &sql, [id], |row| {
            Ok((row.get("root_id")?, load::incident(row)?))
        })
    }

    /// How many incidents are open.
    pub fn count_incidents(&self) -> Result<u64, StoreError> {
        self.count("SELECT count(*) FROM incident", [])
    }

    /// Executions of active instances that wait for a message, with their root instances; only
    /// of instances with this business key, or of this one.
    pub fn receivers(
        &self,
        name: &str,
        business_key: Option<&str>,
        process_instance: Option<&str>,
    ) -> Result<Vec<(String, Subscription)>, StoreError> {
        let sql = format!(
            "SELECT {SUBSCRIPTION}, root_id FROM event_subscription AS s
             WHERE kind = 'message' AND name = ?1
               AND EXISTS (SELECT 1 FROM process_instance AS p
                   WHERE p.id = s.process_instance_id AND p.state = 'ACTIVE'
                     AND (?2 IS NULL OR p.business_key = ?2) AND (?3 IS NULL OR p.id = ?3))
             ORDER BY created, id"
        );
        all(
            self.conn,
            &sql,
            [Some(name), business_key, process_instance],
            |row| Ok((row.get(8)?, load::subscription(row)?)),
        )
    }

    /// Executions that wait for an event of this name, with their root instances.
    pub fn subscriptions(
        &self,
        kind: SubscriptionKind,
        name: &str,
    ) -> Result<Vec<(String, Subscription)>, StoreError> {
        let sql = format!(
            "SELECT {SUBSCRIPTION}, root_id FROM event_subscription
             WHERE kind = ?1 AND name = ?2 ORDER BY created, id"
        );
        all(self.conn, &sql, [kind.as_str(), name], |row| {
            Ok((row.get(8)?, load::subscription(row)?))
        })
    }
}

/// What is left of a list behind its first items.
trait SplitOffFront {
    fn split_off_front(self, at: usize) -> Self;
}

impl SplitOffFront for Vec<String> {
    fn split_off_front(mut self, at: usize) -> Self {
        self.drain(..at.min(self.len()));
        self
    }
}

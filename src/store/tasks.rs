//! Open user tasks: the inbox in its order, counts, one task by its id or a part of it.
//!
//! The most urgent first: late, came back, due, priority, age. What is late depends on the
//! moment, so an inbox is read as six ranges of an index, each already in order; a person's
//! inbox merges those of own tasks, tasks open to all, and each candidacy.

use super::codec::millis;
use super::load::{self, Candidates, TASK, TASK_COLUMNS, all, first};
use super::{Snapshot, StoreError};
use crate::engine::Task;
use chrono::{DateTime, Utc};
use rusqlite::types::Value as Sql;
use rusqlite::{Row, params_from_iter};
use std::cmp::Reverse;
use std::collections::HashMap;

/// Words of a text filter that count; more only cost time.
const WORDS: usize = 8;
/// Fewer characters of an id are not worth looking for.
const PART: usize = 3;
/// Tasks of the history among which one is found by a part of its id.
const LAST: usize = 10_000;

/// Whose tasks are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum TaskScope {
    /// All open tasks.
    #[default]
    All,
    /// Those of one person.
    Assignee(String),
    /// Those that a person may claim: open to all, or a candidate by name or group.
    Claimable {
        /// The person.
        user: String,
        /// The person's groups.
        groups: Vec<String>,
    },
    /// Own and claimable ones.
    Inbox {
        /// The person.
        user: String,
        /// The person's groups.
        groups: Vec<String>,
    },
    /// Those that nobody has.
    Unassigned,
}

/// Which open tasks are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskFilter {
    /// Whose.
    pub scope: TaskScope,
    /// Words that must all stand in name, title or business key, in any case.
    pub text: Option<String>,
    /// Past the due date.
    pub overdue: bool,
    /// Due before then.
    pub due_before: Option<DateTime<Utc>>,
    /// Only those that came back.
    pub came_back: bool,
    /// Of this process.
    pub process_key: Option<String>,
    /// Of this process instance.
    pub process_instance_id: Option<String>,
    /// One of these.
    pub ids: Option<Vec<String>>,
}

/// An open task with what a list shows beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskRow {
    /// The task.
    pub task: Task,
    /// The root instance, to give to the engine.
    pub root_id: String,
    /// The instance's title.
    pub title: Option<String>,
    /// The instance's business key.
    pub business_key: Option<String>,
    /// Process definition key.
    pub process_key: String,
    /// Process definition name.
    pub process_name: Option<String>,
    /// Process definition version.
    pub process_version: i32,
    /// True while the instance is suspended.
    pub suspended: bool,
    /// Who started the instance.
    pub start_user: Option<String>,
}

impl TaskRow {
    /// True when nobody has it and no candidates are named.
    pub fn open_to_all(&self) -> bool {
        self.task.assignee.is_none()
            && self.task.candidate_users.is_empty()
            && self.task.candidate_groups.is_empty()
    }

    /// True when the due date has passed.
    pub fn is_late(&self, now: DateTime<Utc>) -> bool {
        self.task.due.is_some_and(|due| due < now)
    }

    fn order(&self, now: DateTime<Utc>) -> (bool, bool, Order) {
        (
            !self.is_late(now),
            self.task.round <= 1,
            Order {
                due: self.task.due.map_or(i64::MAX, millis),
                priority: Reverse(self.task.priority),
                created: millis(self.task.created),
                id: self.task.id.clone(),
            },
        )
    }
}

/// The order inside one range.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Order {
    due: i64,
    priority: Reverse<i32>,
    created: i64,
    id: String,
}

/// A range of due dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Late,
    Ahead,
    None,
}

impl Due {
    fn condition(self) -> &'static str {
        match self {
            Due::Late => "due < ?2",
            Due::Ahead => "due >= ?2",
            // Every range takes the same values.
            Due::None => "due IS NULL AND ?2 IS NOT NULL",
        }
    }
}

/// The ranges in their order: whether the task came back, and its due date.
const RANGES: [(bool, Due); 6] = [
    (true, Due::Late),
    (false, Due::Late),
    (true, Due::Ahead),
    (true, Due::None),
    (false, Due::Ahead),
    (false, Due::None),
];

/// Something that an index holds in the order of urgency.
enum Source<'f> {
    All,
    Assignee(&'f str),
    Free { open_to_all: bool },
    Candidate(&'static str, &'f str),
}

impl Source<'_> {
    fn table(&self) -> (&'static str, &'static str) {
        match self {
            Source::All => ("task INDEXED BY task_all", "task.id"),
            Source::Assignee(_) => ("task INDEXED BY task_assignee", "task.id"),
            Source::Free { .. } => ("task INDEXED BY task_free", "task.id"),
            Source::Candidate(..) => (
                "task_candidate INDEXED BY task_candidate_inbox",
                "task_candidate.task_id",
            ),
        }
    }

    /// Its condition; values are added to `values`.
    fn condition(&self, values: &mut Vec<Sql>) -> String {
        let mut value = |v: Sql| {
            values.push(v);
            values.len()
        };
        match self {
            Source::All => "1".to_owned(),
            Source::Assignee(user) => {
                let user = value((*user).to_owned().into());
                format!("assignee = ?{user}")
            }
            Source::Free { open_to_all } => {
                let open = value(i64::from(*open_to_all).into());
                format!("assignee IS NULL AND open_to_all = ?{open}")
            }
            Source::Candidate(kind, name) => {
                let kind = value((*kind).to_owned().into());
                let name = value((*name).to_owned().into());
                format!("kind = ?{kind} AND name = ?{name} AND free = 1")
            }
        }
    }
}

/// What a person may claim.
fn claimable<'f>(user: &'f str, groups: &'f [String]) -> Vec<Source<'f>> {
    let mut sources = vec![
        Source::Free { open_to_all: true },
        Source::Candidate("user", user),
    ];
    for (at, group) in groups.iter().enumerate() {
        if groups.iter().position(|g| g == group) == Some(at) {
            sources.push(Source::Candidate("group", group));
        }
    }
    sources
}

impl TaskScope {
    fn sources(&self) -> Vec<Source<'_>> {
        match self {
            TaskScope::All => vec![Source::All],
            TaskScope::Assignee(user) => vec![Source::Assignee(user)],
            TaskScope::Claimable { user, groups } => claimable(user, groups),
            TaskScope::Inbox { user, groups } => {
                let mut sources = vec![Source::Assignee(user)];
                sources.extend(claimable(user, groups));
                sources
            }
            TaskScope::Unassigned => vec![
                Source::Free { open_to_all: true },
                Source::Free { open_to_all: false },
            ],
        }
    }

    fn holds(&self, row: &TaskRow) -> bool {
        let mine = |user: &str| row.task.assignee.as_deref() == Some(user);
        let claimable = |user: &String, groups: &[String]| {
            row.task.assignee.is_none()
                && (row.open_to_all()
                    || row.task.candidate_users.contains(user)
                    || row.task.candidate_groups.iter().any(|g| groups.contains(g)))
        };
        match self {
            TaskScope::All => true,
            TaskScope::Assignee(user) => mine(user),
            TaskScope::Claimable { user, groups } => claimable(user, groups),
            TaskScope::Inbox { user, groups } => mine(user) || claimable(user, groups),
            TaskScope::Unassigned => row.task.assignee.is_none(),
        }
    }
}

impl TaskFilter {
    fn words(&self) -> Vec<String> {
        let text = self.text.as_deref().unwrap_or_default().to_lowercase();
        let words = text.split_whitespace().take(WORDS);
        words.map(str::to_owned).collect()
    }

    /// Conditions on a source beside its own.
    fn conditions(&self, id: &str, values: &mut Vec<Sql>) -> String {
        let mut conditions = String::new();
        for word in self.words() {
            values.push(word.into());
            conditions += &format!(" AND instr(search, ?{}) > 0", values.len());
        }
        if let Some(before) = self.due_before {
            values.push(millis(before).into());
            conditions += &format!(" AND due < ?{}", values.len());
        }
        if self.came_back {
            conditions += " AND came_back = 1";
        }
        if let Some(key) = &self.process_key {
            values.push(key.clone().into());
            conditions += &format!(
                " AND EXISTS (SELECT 1 FROM task AS t
                     JOIN process_definition AS d ON d.id = t.definition_id
                     WHERE t.id = {id} AND d.key = ?{})",
                values.len()
            );
        }
        conditions
    }

    fn holds(&self, row: &TaskRow, now: DateTime<Utc>) -> bool {
        let search = super::put::search_text([
            Some(&row.task.name),
            row.title.as_deref(),
            row.business_key.as_deref(),
        ]);
        let key = self.process_key.as_ref();
        let instance = self.process_instance_id.as_ref();
        self.scope.holds(row)
            && (!self.overdue || row.is_late(now))
            && self.due_before.is_none_or(|before| row.is_late(before))
            && (!self.came_back || row.task.round > 1)
            && key.is_none_or(|key| *key == row.process_key)
            && instance.is_none_or(|id| *id == row.task.process_instance_id)
            && self.words().iter().all(|word| search.contains(word))
    }

    /// A few tasks by instance or id need no order of an index.
    fn is_narrow(&self) -> bool {
        self.process_instance_id.is_some() || self.ids.is_some()
    }
}

fn task_sql(rest: &str) -> String {
    format!(
        "SELECT {TASK}, task.root_id, task.title, task.business_key, d.key, d.name, d.version,
                p.state = 'SUSPENDED', p.start_user
         FROM task
         LEFT JOIN process_definition AS d ON d.id = task.definition_id
         LEFT JOIN process_instance AS p ON p.id = task.process_instance_id
         {rest}"
    )
}

fn task_row(row: &Row<'_>) -> rusqlite::Result<TaskRow> {
    let text = |n: usize| row.get::<_, Option<String>>(TASK_COLUMNS + n);
    Ok(TaskRow {
        task: load::task(row)?,
        root_id: text(0)?.unwrap_or_default(),
        title: text(1)?,
        business_key: text(2)?,
        process_key: text(3)?.unwrap_or_default(),
        process_name: text(4)?,
        process_version: row.get::<_, Option<i32>>(TASK_COLUMNS + 5)?.unwrap_or(0),
        suspended: row
            .get::<_, Option<bool>>(TASK_COLUMNS + 6)?
            .unwrap_or(false),
        start_user: text(7)?,
    })
}

impl Snapshot<'_> {
    /// Open tasks, the most urgent first.
    pub fn tasks(
        &self,
        filter: &TaskFilter,
        now: DateTime<Utc>,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<TaskRow>, StoreError> {
        if filter.is_narrow() {
            let rows = self.narrow(filter, now)?.into_iter();
            return Ok(rows.skip(offset).take(limit).collect());
        }
        let until = offset.saturating_add(limit);
        let mut ids: Vec<String> = Vec::new();
        for (came_back, due) in RANGES {
            if ids.len() >= until || (filter.overdue && due != Due::Late) {
                continue;
            }
            ids.extend(self.range(filter, now, came_back, due, until - ids.len())?);
        }
        ids.drain(..offset.min(ids.len()));
        self.tasks_by_ids(&ids)
    }

    /// Open tasks by their whole ids, in their order; unknown ones are left out.
    fn tasks_by_ids(&self, ids: &[String]) -> Result<Vec<TaskRow>, StoreError> {
        let list = serde_json::Value::from(ids).to_string();
        let sql = task_sql("WHERE task.id IN (SELECT value FROM json_each(?1))");
        let mut candidates = Candidates::of_tasks(self.conn, &list)?;
        let rows = all(self.conn, &sql, [&list], |row| {
            let mut row = task_row(row)?;
            candidates.give_to(&mut row.task);
            Ok((row.task.id.clone(), row))
        })?;
        let mut rows: HashMap<String, TaskRow> = rows.into_iter().collect();
        Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
    }

    /// How many open tasks there are.
    pub fn count_tasks(&self, filter: &TaskFilter, now: DateTime<Utc>) -> Result<u64, StoreError> {
        if filter.is_narrow() {
            return Ok(self.narrow(filter, now)?.len() as u64);
        }
        // Only candidacies overlap: own tasks, tasks open to all and candidates' tasks do not.
        let (candidacies, others): (Vec<_>, Vec<_>) = filter
            .scope
            .sources()
            .into_iter()
            .partition(|source| matches!(source, Source::Candidate(..)));
        let mut total = 0;
        for source in others.iter().chain(&candidacies) {
            let mut values = Vec::new();
            let mut sql = Self::counted(filter, source, now, &mut values);
            if matches!(source, Source::Candidate(..)) {
                sql += " AND sole = 1";
            }
            let sql = format!("SELECT count(*) FROM ({sql})");
            total += self.count(&sql, params_from_iter(values))?;
        }
        if !candidacies.is_empty() {
            let mut values = Vec::new();
            let parts: Vec<String> = candidacies
                .iter()
                .map(|source| Self::counted(filter, source, now, &mut values) + " AND sole = 0")
                .collect();
            let sql = format!("SELECT count(*) FROM ({})", parts.join(" UNION "));
            total += self.count(&sql, params_from_iter(values))?;
        }
        Ok(total)
    }

    /// The ids of a source that a filter means, unordered.
    fn counted(
        filter: &TaskFilter,
        source: &Source<'_>,
        now: DateTime<Utc>,
        values: &mut Vec<Sql>,
    ) -> String {
        let (table, id) = source.table();
        let own = source.condition(values);
        let more = filter.conditions(id, values);
        let mut sql = format!("SELECT {id} FROM {table} WHERE {own}{more}");
        if filter.overdue {
            values.push(millis(now).into());
            sql += &format!(" AND came_back IN (0, 1) AND due < ?{}", values.len());
        }
        sql
    }

    /// The task of a scope that is due next, late ones aside.
    pub fn next_due(
        &self,
        scope: &TaskScope,
        now: DateTime<Utc>,
    ) -> Result<Option<TaskRow>, StoreError> {
        let filter = TaskFilter {
            scope: scope.clone(),
            ..TaskFilter::default()
        };
        let mut next: Option<TaskRow> = None;
        for came_back in [true, false] {
            for id in self.range(&filter, now, came_back, Due::Ahead, 1)? {
                let row = self.task_by_id(&id)?;
                let sooner =
                    |row: &TaskRow| next.as_ref().is_none_or(|n| row.task.due < n.task.due);
                next = row.filter(sooner).or(next);
            }
        }
        Ok(next)
    }

    /// The first ids of a range, all sources merged.
    fn range(
        &self,
        filter: &TaskFilter,
        now: DateTime<Utc>,
        came_back: bool,
        due: Due,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let mut found: Vec<Order> = Vec::new();
        for source in filter.scope.sources() {
            let (sql, values) = Self::range_sql(filter, &source, now, came_back, due, limit);
            found.extend(all(self.conn, &sql, params_from_iter(values), |row| {
                Ok(Order {
                    id: row.get(0)?,
                    due: row.get::<_, Option<i64>>(1)?.unwrap_or(i64::MAX),
                    priority: Reverse(row.get(2)?),
                    created: row.get(3)?,
                })
            })?);
        }
        found.sort_unstable();
        // A candidate by name and by group finds the task twice, side by side.
        found.dedup();
        Ok(found.into_iter().take(limit).map(|o| o.id).collect())
    }

    fn range_sql(
        filter: &TaskFilter,
        source: &Source<'_>,
        now: DateTime<Utc>,
        came_back: bool,
        due: Due,
        limit: usize,
    ) -> (String, Vec<Sql>) {
        let (table, id) = source.table();
        let mut values: Vec<Sql> = vec![i64::from(came_back).into(), millis(now).into()];
        let own = source.condition(&mut values);
        let more = filter.conditions(id, &mut values);
        values.push(super::notes::limit_of(limit).into());
        let sql = format!(
            "SELECT {id}, due, priority, created FROM {table}
             WHERE {own} AND came_back = ?1 AND {}{more}
             ORDER BY due, priority DESC, created, {id} LIMIT ?{}",
            due.condition(),
            values.len()
        );
        (sql, values)
    }

    fn narrow(&self, filter: &TaskFilter, now: DateTime<Utc>) -> Result<Vec<TaskRow>, StoreError> {
        let mut rows = match (&filter.ids, &filter.process_instance_id) {
            (Some(ids), _) => self.tasks_by_ids(ids)?,
            (None, Some(instance)) => {
                let sql = task_sql(
                    "WHERE task.root_id = (SELECT root_id FROM process_instance WHERE id = ?1)
                       AND task.process_instance_id = ?1",
                );
                let mut rows = all(self.conn, &sql, [instance], task_row)?;
                for row in &mut rows {
                    Candidates::of_task(self.conn, &row.task.id)?.give_to(&mut row.task);
                }
                rows
            }
            (None, None) => Vec::new(),
        };
        rows.retain(|row| filter.holds(row, now));
        rows.sort_by_cached_key(|row| row.order(now));
        Ok(rows)
    }

    /// An open task by its whole id.
    pub fn task_by_id(&self, id: &str) -> Result<Option<TaskRow>, StoreError> {
        let sql = task_sql("WHERE task.id = ?1");
        let Some(mut row) = first(self.conn, &sql, [id], task_row)? else {
            return Ok(None);
        };
        Candidates::of_task(self.conn, id)?.give_to(&mut row.task);
        Ok(Some(row))
    }

    /// The root instance of the open task with this very id.
    pub fn root_of_task(&self, id: &str) -> Result<Option<String>, StoreError> {
        first(
            self.conn,
            "SELECT root_id FROM task WHERE id = ?1",
            [id],
            |row| row.get(0),
        )
    }

    /// An open task by its id, or by a beginning or end of it that fits no other.
    pub fn task(&self, id: &str) -> Result<TaskRow, StoreError> {
        if let Some(row) = self.task_by_id(id)? {
            return Ok(row);
        }
        let found = self.fitting("task", "task INDEXED BY task_root", id)?;
        if found.is_empty()
            && let Some(how) = self.what_became_of(id)?
        {
            let id = id.to_owned();
            return Err(StoreError::TaskDone { id, how });
        }
        let id = only("task", id, found)?;
        self.task_by_id(&id)?.ok_or_else(|| not_found(&id))
    }

    /// What became of the task of this id, or of the one among the last that begins or ends with it.
    fn what_became_of(&self, id: &str) -> Result<Option<String>, StoreError> {
        const WHAT: &str = "SELECT done_by, completed, delete_reason FROM hist_task";
        let told = |row: &rusqlite::Row<'_>| -> rusqlite::Result<String> {
            let by: Option<String> = row.get(0)?;
            let why: Option<String> = row.get(2)?;
            Ok(match (row.get(1)?, by, why) {
                (true, Some(by), _) => format!("completed: {by} did it"),
                (true, None, _) => "completed".to_owned(),
                (false, _, Some(why)) => format!("gone: {why}"),
                (false, ..) => "gone".to_owned(),
            })
        };
        let ended = "ended IS NOT NULL";
        let whole = format!("{WHAT} WHERE id = ?1 AND {ended}");
        let found = first(self.conn, &whole, [id], told)?;
        if found.is_some() || id.chars().count() < PART {
            return Ok(found);
        }
        let part = format!(
            "{WHAT} WHERE id IN (SELECT id FROM hist_task ORDER BY id DESC LIMIT {LAST})
               AND {ended} AND (substr(id, 1, length(?1)) = ?1 OR substr(id, -length(?1)) = ?1)
             LIMIT 2"
        );
        let mut found: Vec<String> = all(self.conn, &part, [id], told)?;
        Ok(found.pop().filter(|_| found.is_empty()))
    }

    /// At most two ids of a table that begin with a text, which its key finds, or that end with
    /// it, looked for among the rows of `among`.
    pub(super) fn fitting(
        &self,
        table: &str,
        among: &str,
        part: &str,
    ) -> Result<Vec<String>, StoreError> {
        if part.chars().count() < PART {
            return Ok(Vec::new());
        }
        // Nothing that begins with the text is greater than the text with the last character.
        let begins =
            format!("SELECT id FROM {table} WHERE id >= ?1 AND id < ?1 || char(1114111) LIMIT 2");
        let ends = format!("SELECT id FROM {among} WHERE substr(id, -length(?1)) = ?1 LIMIT 2");
        let mut found: Vec<String> = all(self.conn, &begins, [part], |row| row.get(0))?;
        found.extend(all(self.conn, &ends, [part], |row| row.get(0))?);
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

/// The only one of the ids found for a part of one.
pub(super) fn only(
    what: &'static str,
    part: &str,
    found: Vec<String>,
) -> Result<String, StoreError> {
    let id = part.to_owned();
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(whole), None) => Ok(whole),
        (Some(_), Some(_)) => Err(StoreError::Ambiguous { what, id }),
        (None, _) => Err(StoreError::NotFound { what, id }),
    }
}

fn not_found(id: &str) -> StoreError {
    StoreError::NotFound {
        what: "task",
        id: id.to_owned(),
    }
}

#[cfg(test)]
mod tests;

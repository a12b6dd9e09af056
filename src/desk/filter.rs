//! Stored filters: a query with a name, one's own or, without an owner, everybody's.

use super::act::Act;
use super::permission::Operation;
use super::{Caller, Desk, DeskError};
use crate::juel::{Budget, Context, Template};
pub use crate::store::StoredFilter;
use crate::value::{Value, time};
use chrono::{DateTime, Utc};
use serde_json::{Map as JsonMap, Value as Json};

/// Most filters of a desk.
const MOST: u64 = 10_000;
/// Longest query or properties in bytes of JSON.
const LONGEST: usize = 64 << 10;
/// Ends the names of criteria whose value is an expression.
const EXPRESSION: &str = "Expression";

impl Desk {
    /// Stores a filter; its id. What an employee stores is the employee's.
    pub fn create_filter(
        &self,
        caller: &Caller,
        mut filter: StoredFilter,
    ) -> Result<String, DeskError> {
        bounded(&filter)?;
        self.act(caller, move |act| {
            if filter.owner.is_none() && act.require(Operation::Assign, false).is_err() {
                filter.owner = act.name().map(str::to_owned);
            }
            act.own_filter(&filter)?;
            if act.tx.read().filters()? >= MOST {
                return Err(DeskError::Invalid(format!(
                    "a desk keeps at most {MOST} filters; delete some"
                )));
            }
            filter.id = act.core.ids.next();
            act.tx.put_filter(&filter)?;
            Ok(filter.id.clone())
        })
    }

    /// Replaces a filter.
    pub fn update_filter(&self, caller: &Caller, filter: StoredFilter) -> Result<(), DeskError> {
        bounded(&filter)?;
        self.act(caller, move |act| {
            let before = act.filter(&filter.id)?;
            act.own_filter(&before)?;
            act.own_filter(&filter)?;
            Ok(act.tx.put_filter(&filter)?)
        })
    }

    /// Removes a filter.
    pub fn delete_filter(&self, caller: &Caller, id: &str) -> Result<(), DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            let before = act.filter(&id)?;
            act.own_filter(&before)?;
            act.tx.delete_filter(&id).map(drop).map_err(Into::into)
        })
    }

    /// A stored query with the values of its expressions: `assigneeExpression` becomes
    /// `assignee`.
    pub fn filled(
        &self,
        caller: &Caller,
        query: JsonMap<String, Json>,
    ) -> Result<JsonMap<String, Json>, DeskError> {
        self.look(caller, |look| {
            let mut seen = Seen {
                now: look.now,
                user: look.user.as_ref().map(|user| user.id.clone()),
                groups: look
                    .user
                    .as_ref()
                    .map_or_else(Vec::new, |u| u.groups.clone()),
            };
            let mut evaluated = JsonMap::new();
            for (name, value) in query {
                let plain = name.strip_suffix(EXPRESSION);
                match (plain, &value) {
                    (Some(plain), Json::String(source)) => {
                        evaluated.insert(plain.to_owned(), result(source, &mut seen)?);
                    }
                    _ => drop(evaluated.insert(name, value)),
                }
            }
            Ok(evaluated)
        })
    }
}

impl Act<'_, '_> {
    fn filter(&self, id: &str) -> Result<StoredFilter, DeskError> {
        let found = self.tx.read().filter(id)?;
        found.ok_or_else(|| DeskError::NotFound(format!("Filter with id {id} does not exist.")))
    }

    /// A filter is changed by its owner or a head.
    fn own_filter(&self, filter: &StoredFilter) -> Result<(), DeskError> {
        match filter.owner.is_some() && self.is(filter.owner.as_deref()) {
            true => Ok(()),
            false => self.require(Operation::Assign, false).map_err(|_| {
                DeskError::Forbidden(
                    "this filter is not yours; ask whose it is, or a team head".to_owned(),
                )
            }),
        }
    }
}

fn bounded(filter: &StoredFilter) -> Result<(), DeskError> {
    match filter.query.len().max(filter.properties.len()) > LONGEST || filter.name.len() > 255 {
        true => Err(DeskError::Invalid(format!(
            "a filter's query and properties have at most {} KB each, its name 255 bytes",
            LONGEST >> 10
        ))),
        false => Ok(()),
    }
}

fn result(source: &str, seen: &mut Seen) -> Result<Json, DeskError> {
    let wrong = |why: String| DeskError::Invalid(format!("{source}: {why}"));
    let template = Template::parse(source).map_err(|error| wrong(error.to_string()))?;
    let mut budget = Budget::new(10_000, 1 << 20);
    let value = template
        .eval(seen, &mut budget)
        .map_err(|error| wrong(error.to_string()))?;
    Ok(match value {
        Value::Date(at) => Json::String(time::camunda(at)),
        Value::List(items) => Json::Array(items.iter().map(crate::value::json::plain).collect()),
        other => crate::value::json::plain(&other),
    })
}

/// What an expression of a filter sees.
struct Seen {
    now: DateTime<Utc>,
    user: Option<String>,
    groups: Vec<String>,
}

impl Context for Seen {
    fn variable(&self, _name: &str) -> Option<Value> {
        None
    }

    fn now(&self) -> DateTime<Utc> {
        self.now
    }

    fn current_user(&self) -> Option<String> {
        self.user.clone()
    }

    fn current_user_groups(&self) -> Vec<String> {
        self.groups.clone()
    }
}

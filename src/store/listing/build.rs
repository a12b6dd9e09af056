//! The SQL of a list: static fragments, and values that are bound.

use super::super::StoreError;
use super::super::codec::{self, millis};
use super::{
    ColumnKind, Comparison, Direction, Entry, Filter, FilterKind, Given, ListQuery, Listing,
    Operator, Viewer,
};
use crate::value::{Value, json, time};
use chrono::DateTime;
use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{Connection, Row};
use serde_json::Value as Json;

/// Parameters that every statement may use.
const FIXED: [&str; 5] = [":now", ":user", ":groups", ":topics", ":nodes"];

/// Conditions and what is bound in them.
pub(super) struct Select {
    conditions: Vec<String>,
    params: Vec<Sql>,
}

impl Select {
    pub(super) fn new(listing: &Listing, query: &ListQuery, viewer: &Viewer<'_>) -> Select {
        let array = |names: &[String]| Sql::Text(Json::from(names).to_string());
        let mut select = Select {
            conditions: Vec::new(),
            params: vec![
                Sql::Integer(millis(viewer.now)),
                viewer.user.map_or(Sql::Null, |user| Sql::Text(user.into())),
                array(viewer.groups),
                array(viewer.topics),
                Sql::Text(viewer.nodes.unwrap_or("[]").to_owned()),
            ],
        };
        if let Some(scope) = viewer.scope {
            let scope = select.fragment(scope, None);
            select.conditions.push(scope);
        }
        if let Some(id) = &query.id {
            let id = select.bind(Sql::Text(id.clone()));
            select.conditions.push(format!("{} = {id}", listing.key));
        }
        for (filter, given) in &query.filters {
            let condition = select.condition(filter, given);
            select.conditions.extend(condition);
        }
        for group in &query.any_of {
            let any: Vec<String> = group
                .iter()
                .filter_map(|(filter, given)| select.condition(filter, given))
                .collect();
            if !any.is_empty() {
                select.conditions.push(any.join(" OR "));
            }
        }
        select
    }

    fn bind(&mut self, value: Sql) -> String {
        self.params.push(value);
        format!("?{}", self.params.len())
    }

    /// A fragment with its `?` bound to this value and the fixed names put in.
    fn fragment(&mut self, sql: &'static str, value: Option<Sql>) -> String {
        let mut text = sql.to_owned();
        if let Some(value) = value {
            let name = self.bind(value);
            text = text.replace('?', &name);
        }
        self.named(&text)
    }

    fn condition(&mut self, filter: &Filter, given: &Given) -> Option<String> {
        let value = match given {
            Given::Flag(false) if filter.kind == FilterKind::Flag => return None,
            Given::Flag(true) if filter.kind == FilterKind::Flag => None,
            Given::Flag(on) => Some(Sql::Integer((*on).into())),
            Given::Text(text) if filter.kind == FilterKind::Like => Some(Sql::Text(glob(text))),
            Given::Text(text) => Some(Sql::Text(text.clone())),
            Given::Texts(texts) => Some(Sql::Text(Json::from(texts.as_slice()).to_string())),
            Given::Number(number) => Some(Sql::Integer(*number)),
            Given::Date(at) => Some(Sql::Integer(millis(*at))),
            Given::Variables(comparisons) => {
                let all: Vec<String> = comparisons
                    .iter()
                    .map(|comparison| {
                        let compared = self.comparison(comparison);
                        let sql = filter.sql.replace("{variable}", &compared);
                        self.named(&format!("({sql})"))
                    })
                    .collect();
                return (!all.is_empty()).then(|| all.join(" AND "));
            }
        };
        Some(self.fragment(filter.sql, value))
    }

    /// A comparison of `v.name`, `v.type` and `v.value`. Only what has the same kind of value
    /// is compared: a text is never less than a number.
    fn comparison(&mut self, wanted: &Comparison) -> String {
        let name = self.bind(Sql::Text(wanted.name.clone()));
        let name = match wanted.any_case_name {
            true => format!("lower(v.name) = lower({name})"),
            false => format!("v.name = {name}"),
        };
        let unequal = wanted.operator == Operator::NotEqual;
        let Ok(columns) = codec::columns(&wanted.value) else {
            return "FALSE".to_owned();
        };
        if columns.kind == "Null" {
            let not = if unequal { "NOT" } else { "" };
            return format!("{name} AND v.value IS {not} NULL");
        }
        let kind = match &wanted.value {
            Value::Short(_) | Value::Integer(_) | Value::Long(_) | Value::Double(_) => {
                "v.type IN ('Short', 'Integer', 'Long', 'Double')".to_owned()
            }
            _ => {
                let kind = self.bind(Sql::Text(columns.kind));
                format!("v.type = {kind}")
            }
        };
        let pattern = matches!(wanted.operator, Operator::Like | Operator::NotLike);
        let bound = match columns.value {
            Sql::Text(text) if pattern => Sql::Text(glob(&text)),
            other => other,
        };
        let bound = self.bind(bound);
        let operator = match wanted.operator {
            Operator::Equal => "=",
            Operator::NotEqual => "<>",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Like => "GLOB",
            Operator::NotLike => "NOT GLOB",
        };
        let compared = match wanted.any_case_value {
            true => format!("lower(v.value) {operator} lower({bound})"),
            false => format!("v.value {operator} {bound}"),
        };
        let same = match wanted.any_case_value {
            true => format!("lower(v.value) = lower({bound})"),
            false => format!("v.value = {bound}"),
        };
        match unequal {
            true => format!("{name} AND NOT ({kind} AND {same})"),
            false => format!("{name} AND {kind} AND {compared}"),
        }
    }

    fn filtered(&self, listing: &Listing) -> String {
        let mut sql = self.named(&format!("FROM {}", listing.from));
        for (at, condition) in self.conditions.iter().enumerate() {
            sql.push_str(if at == 0 { " WHERE (" } else { " AND (" });
            sql.push_str(condition);
            sql.push(')');
        }
        sql
    }

    pub(super) fn count(&self, conn: &Connection, listing: &Listing) -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) {}", self.filtered(listing));
        let counted = self.run(conn, &sql, |row| row.get::<_, i64>(0))?;
        Ok(counted
            .first()
            .map_or(0, |n| u64::try_from(*n).unwrap_or(0)))
    }

    pub(super) fn value(
        &self,
        conn: &Connection,
        listing: &Listing,
    ) -> Result<Option<Value>, StoreError> {
        let mut columns = listing.columns.iter();
        let Some(column) = columns.find(|column| column.kind == ColumnKind::Value) else {
            return Ok(None);
        };
        let sql = format!("SELECT {} {} LIMIT 1", column.sql, self.filtered(listing));
        let found = self.run(conn, &sql, |row| codec::value(row, 0))?;
        Ok(found.into_iter().next())
    }

    pub(super) fn entries(
        mut self,
        conn: &Connection,
        listing: &Listing,
        query: &ListQuery,
    ) -> Result<Vec<Entry>, StoreError> {
        let columns: Vec<&str> = listing.columns.iter().map(|column| column.sql).collect();
        let mut order = String::new();
        for (at, (sort, direction)) in query.sorts.iter().enumerate() {
            let named = query.sort_by.iter().find(|(place, _)| *place == at);
            let named = named.map(|(_, name)| Sql::Text(name.clone()));
            let by = self.fragment(sort.sql, named);
            let direction = match direction {
                Direction::Ascending => "ASC",
                Direction::Descending => "DESC",
            };
            order.push_str(&format!("{by} {direction}, "));
        }
        let bound = |n: u64| Sql::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        let filtered = self.filtered(listing);
        let most = self.bind(query.most.map_or(Sql::Integer(-1), bound));
        let first = self.bind(bound(query.first));
        let columns = self.named(&columns.join(", "));
        let sql = format!(
            "SELECT {columns} {filtered} ORDER BY {order}{} LIMIT {most} OFFSET {first}",
            listing.key
        );
        self.run(conn, &sql, |row| entry(listing, row, query.deserialize))
    }

    /// Columns may use the fixed names too.
    fn named(&self, sql: &str) -> String {
        let fixed = FIXED.iter().enumerate();
        fixed.fold(sql.to_owned(), |sql, (at, name)| {
            sql.replace(name, &format!("?{}", at + 1))
        })
    }

    fn run<T>(
        &self,
        conn: &Connection,
        sql: &str,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = conn.prepare_cached(sql)?;
        for at in 1..=statement.parameter_count() {
            let param = self.params.get(at - 1).unwrap_or(&Sql::Null);
            statement.raw_bind_parameter(at, param)?;
        }
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }
}

/// A pattern with `%` and `_` as one for `GLOB`, which heeds upper and lower case. A
/// backslash takes the meaning from what follows.
fn glob(like: &str) -> String {
    let mut glob = String::with_capacity(like.len());
    let mut letters = like.chars();
    while let Some(letter) = letters.next() {
        let (letter, plain) = match letter {
            '\\' => (letters.next().unwrap_or('\\'), true),
            letter => (letter, false),
        };
        match letter {
            '%' if !plain => glob.push('*'),
            '_' if !plain => glob.push('?'),
            '*' | '?' | '[' => {
                glob.push('[');
                glob.push(letter);
                glob.push(']');
            }
            letter => glob.push(letter),
        }
    }
    glob
}

fn entry(listing: &Listing, row: &Row<'_>, deserialize: bool) -> rusqlite::Result<Entry> {
    let mut entry = Entry::new();
    let mut at = 0;
    for column in listing.columns {
        let shown = match column.kind {
            ColumnKind::Value => {
                let typed = json::typed(&codec::value(row, at)?, deserialize);
                if let Json::Object(fields) = typed {
                    entry.extend(fields);
                }
                at += 3;
                continue;
            }
            ColumnKind::Flag => Json::Bool(row.get::<_, Option<bool>>(at)?.unwrap_or(false)),
            ColumnKind::Date => match row.get::<_, Option<i64>>(at)? {
                Some(ms) => {
                    let at = DateTime::from_timestamp_millis(ms)
                        .ok_or(rusqlite::Error::IntegralValueOutOfRange(at, ms))?;
                    Json::String(time::camunda(at))
                }
                None => Json::Null,
            },
            ColumnKind::Plain => match row.get_ref(at)? {
                ValueRef::Null | ValueRef::Blob(_) => Json::Null,
                ValueRef::Integer(number) => number.into(),
                ValueRef::Real(number) => Json::from(number),
                ValueRef::Text(text) => Json::String(String::from_utf8_lossy(text).into_owned()),
            },
        };
        entry.insert(column.name.to_owned(), shown);
        at += 1;
    }
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn patterns_heed_what_is_escaped() {
        for (like, expected) in [
            ("a%b_c", "a*b?c"),
            ("10\\%", "10%"),
            ("a*b[c]?", "a[*]b[[]c][?]"),
            ("\\", "\\"),
        ] {
            assert_eq!(glob(like), expected, "{like}");
        }
    }
}

//! Between a frame and a table: columns that go elsewhere than their names say, values that the
//! frame does not have, columns that stay out. What is not mapped passes untouched.

mod mapping;
mod suggest;

pub use mapping::Mapping;
pub(super) use suggest::{advice, lines, separator, suggest};

use super::records::Format;
use super::rows::{Item, Row, Rows, Visit};
use super::target::Table;
use super::types::{ColumnType, Field};
use super::{InsertError, intake};
use crate::value::near::{self, same_column as same};
use mapping::{Rule, Says};

/// A column that comes out of the shaping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Feed {
    /// The column of the frame; none for a value of its own.
    from: Option<usize>,
    /// That value, or what stands for NULL and empty text.
    value: Option<Said>,
}

/// A value that stands in the mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    text: String,
    /// It is in the usual form, whatever is said about the texts of the frame.
    exact: bool,
}

impl Said {
    fn new(text: &str, kind: Option<&ColumnType>) -> Said {
        let kept = |kind: &ColumnType| kind.has_moment() || kind.is_number();
        Said {
            text: text.to_owned(),
            exact: kind.is_some_and(kept),
        }
    }

    fn field(&self) -> Field<'_> {
        match self.exact {
            true => Field::Exact(&self.text),
            false => Field::Text(&self.text),
        }
    }
}

impl Feed {
    /// Its value in a row.
    pub(super) fn field<'a>(&'a self, row: &'a Row<'a>) -> Field<'a> {
        let value = || self.value.as_ref().map_or(Field::Null, Said::field);
        let Some(from) = self.from else {
            return value();
        };
        match row.field(from) {
            Field::Null | Field::Text("") if self.value.is_some() => value(),
            field => field,
        }
    }
}

/// Hands the rows to `take` as the mapping shapes them.
pub(super) fn with<T>(
    mapping: &Mapping,
    rows: &mut dyn Rows,
    table: &Table,
    take: impl FnOnce(&mut dyn Rows) -> Result<T, InsertError>,
) -> Result<T, InsertError> {
    take(&mut Shaped::new(mapping, rows, table)?)
}

/// Rows of other columns than those of the frame.
struct Shaped<'r> {
    rows: &'r mut dyn Rows,
    names: Vec<String>,
    feeds: Vec<Feed>,
    sources: Vec<Option<String>>,
}

impl<'r> Shaped<'r> {
    fn new(
        mapping: &Mapping,
        rows: &'r mut dyn Rows,
        table: &Table,
    ) -> Result<Shaped<'r>, InsertError> {
        let mut wrong = Vec::new();
        // Without a header columns are called `column1`, and go by their place where not mapped.
        let by_place = intake::names(rows, table);
        let named = rows.columns();
        let plan = Plan::of(mapping, named, &by_place, table, &mut wrong);
        if !wrong.is_empty() {
            return Err(InsertError::Mapping(wrong.join("\n")));
        }
        let mut shaped = Shaped {
            names: Vec::new(),
            feeds: Vec::new(),
            sources: Vec::new(),
            rows,
        };
        for (at, name) in by_place.into_iter().enumerate() {
            let mut mapped = plan.out.contains(&at);
            for (column, _) in plan.from.iter().filter(|(_, from)| *from == at) {
                mapped = true;
                shaped.add(&plan, column.clone(), Some(at), table);
            }
            if !mapped {
                shaped.add(&plan, name, Some(at), table);
            }
        }
        for (column, value) in plan.values {
            let said = value.map(|value| Said::new(&value, kind_of(table, &column)));
            shaped.names.push(column);
            shaped.sources.push(None);
            shaped.feeds.push(Feed {
                from: None,
                value: said,
            });
        }
        match shaped.names.is_empty() {
            true => Err(InsertError::Mapping(
                "no column is left; leave fewer out".to_owned(),
            )),
            false => Ok(shaped),
        }
    }

    fn add(&mut self, plan: &Plan, column: String, from: Option<usize>, table: &Table) {
        let is = |name: &str| same(name, &column);
        let source = from.and_then(|at| self.rows.columns().get(at));
        self.sources.push(source.filter(|s| !is(s)).cloned());
        let value = plan.defaults.iter().find(|(name, _)| is(name));
        self.feeds.push(Feed {
            from,
            value: value.map(|(name, text)| Said::new(text, kind_of(table, name))),
        });
        self.names.push(column);
    }
}

impl Rows for Shaped<'_> {
    fn columns(&self) -> &[String] {
        &self.names
    }

    fn source(&self, at: usize) -> Option<&str> {
        self.sources.get(at)?.as_deref()
    }

    fn is_shaped(&self) -> bool {
        true
    }

    fn is_queried(&self) -> bool {
        self.rows.is_queried()
    }

    fn unclear(&self) -> Option<String> {
        self.rows.unclear()
    }

    fn format(&self) -> &Format {
        self.rows.format()
    }

    fn each(&mut self, visit: &mut Visit<'_>) -> Result<bool, InsertError> {
        let feeds = &self.feeds;
        self.rows.each(&mut |item, bytes| match item {
            Item::Row(row) => visit(Item::Row(row.shaped(feeds)), bytes),
            item => visit(item, bytes),
        })
    }
}

/// What a mapping says about these columns.
#[derive(Default)]
struct Plan {
    /// Columns of the table, and which of the frame they take.
    from: Vec<(String, usize)>,
    values: Vec<(String, Option<String>)>,
    defaults: Vec<(String, String)>,
    /// Columns of the frame that stay out.
    out: Vec<usize>,
}

impl Plan {
    fn of(
        mapping: &Mapping,
        named: &[String],
        by_place: &[String],
        table: &Table,
        wrong: &mut Vec<String>,
    ) -> Plan {
        let mut plan = Plan::default();
        for rule in &mapping.rules {
            let said = plan.take(rule, named, by_place, table);
            wrong.extend(said.err().map(|reason| rule.wrong(&reason)));
        }
        for (column, _) in &plan.defaults {
            let from = plan.from.iter().any(|(name, _)| name == column);
            let kept = |(at, name): (usize, &String)| same(name, column) && !plan.takes(at);
            if !from && !by_place.iter().enumerate().any(kept) {
                wrong.push(format!(
                    "the data frame has no column {column:?} whose NULL could be replaced; write \
                     {} := and the value",
                    mapping::Name(column)
                ));
            }
        }
        let said = plan.from.iter().map(|(column, _)| column);
        for column in said.chain(plan.values.iter().map(|(column, _)| column)) {
            let twice = |(at, name): (usize, &String)| same(name, column) && !plan.takes(at);
            if by_place.iter().enumerate().any(twice) {
                wrong.push(format!(
                    "the data frame has a column {column:?}, too; say where it goes, or leave it \
                     out with - {}",
                    mapping::Name(column)
                ));
            }
        }
        plan
    }

    /// Whether a column of the frame has another place than its name says.
    fn takes(&self, at: usize) -> bool {
        self.out.contains(&at) || self.from.iter().any(|(_, from)| *from == at)
    }

    fn take(
        &mut self,
        rule: &Rule,
        named: &[String],
        by_place: &[String],
        table: &Table,
    ) -> Result<(), String> {
        let of_frame = |name: &str| {
            let place = |names: &[String]| {
                let exact = names.iter().position(|n| n == name);
                exact.or_else(|| names.iter().position(|n| same(n, name)))
            };
            place(named).or_else(|| place(by_place)).ok_or_else(|| {
                let hint = near::did_you_mean(name, named.iter().map(String::as_str));
                format!("the data frame has no column {name:?}{hint}")
            })
        };
        let of_table = |name: &str| {
            let exact = table.columns.iter().find(|c| c.name == name);
            let same = || table.columns.iter().find(|c| same(&c.name, name));
            exact.or_else(same).ok_or_else(|| {
                let columns = table.columns.iter().map(|c| c.name.as_str());
                let hint = near::did_you_mean(name, columns);
                format!("{} has no column {name:?}{hint}", table.name)
            })
        };
        let fits = |column: &super::target::Column, value: &str| {
            let said = Said::new(value, Some(&column.kind));
            let checked = column.kind.check(&said.field(), &column.declared);
            checked.map(drop)
        };
        match &rule.says {
            Says::Out { source } => self.out.push(of_frame(source)?),
            Says::From { column, source } => {
                let column = self.free(&of_table(column)?.name)?;
                self.from.push((column, of_frame(source)?));
            }
            Says::Value { column, value } => {
                let place = of_table(column)?;
                let name = self.free(&place.name)?;
                match value {
                    None if place.not_null => {
                        return Err("it must not be NULL; write the value behind :=".to_owned());
                    }
                    None => {}
                    Some(value) => fits(place, value)?,
                }
                self.values.push((name, value.clone()));
            }
            Says::Default { column, value } => {
                let place = of_table(column)?;
                fits(place, value)?;
                if self.defaults.iter().any(|(name, _)| *name == place.name) {
                    return Err(format!("{:?} has two values for NULL", place.name));
                }
                self.defaults.push((place.name.clone(), value.clone()));
            }
        }
        Ok(())
    }

    /// The name of a column that no line before has filled.
    fn free(&self, column: &str) -> Result<String, String> {
        let from = self.from.iter().any(|(name, _)| name == column);
        let value = self.values.iter().any(|(name, _)| name == column);
        match from || value {
            true => Err(format!("{column:?} is filled by a line before")),
            false => Ok(column.to_owned()),
        }
    }
}

fn kind_of<'t>(table: &'t Table, column: &str) -> Option<&'t ColumnType> {
    let found = table.columns.iter().find(|c| same(&c.name, column));
    found.map(|c| &c.kind)
}

//! Rows that go, or change, with those that they refer to: `ON DELETE CASCADE` and its like. Which
//! foreign keys are of that kind each target knows; what is asked of them stands here.

/// The rules of foreign keys by which rows go, or change, with those that they refer to.
pub(super) const RULES: [&str; 3] = ["CASCADE", "SET NULL", "SET DEFAULT"];

/// A foreign key by which rows go along.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sweep {
    /// The table of these rows, as people read it.
    pub(super) child: String,
    /// The same as SQL writes it.
    pub(super) quoted: String,
    /// Its columns and those that they refer to, as SQL writes them.
    pub(super) columns: Vec<(String, String)>,
    /// Whether it is the table itself.
    pub(super) itself: bool,
}

/// What happens to the rows that others refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// They are deleted.
    Deleted,
    /// They get other values.
    Changed,
}

impl Sweep {
    /// A query that has a row if rows of others would go along with those of the table that
    /// `going` names, a condition on what stands for the table; with all of them where there is
    /// none.
    fn query(&self, table: &str, going: Option<&dyn Fn(&str) -> String>) -> Option<String> {
        if !self.itself {
            return Some(format!("SELECT 1 FROM {} LIMIT 1", self.quoted));
        }
        let going = going?;
        Some(format!(
            "SELECT 1 FROM {table} p JOIN {table} c ON {} WHERE {} AND NOT ({}) LIMIT 1",
            self.refers("c", "p"),
            going("p"),
            going("c")
        ))
    }

    /// That a row of this table refers to one of the other.
    fn refers(&self, child: &str, parent: &str) -> String {
        let on = self.columns.iter();
        let on: Vec<String> = on
            .map(|(from, to)| format!("{parent}.{to} = {child}.{from}"))
            .collect();
        on.join(" AND ")
    }

    /// A query that has a row if rows would change when the rows of the table get other values in
    /// these columns: all of them, or those that are to be as a row of a side table is.
    fn changed_query(
        &self,
        table: &str,
        columns: &[String],
        back: Option<&Back<'_>>,
    ) -> Option<String> {
        let changes = |to: &String| columns.iter().any(|name| name.eq_ignore_ascii_case(to));
        let mut pairs = self.columns.iter().filter(|(_, to)| changes(to)).peekable();
        pairs.peek()?;
        Some(match back {
            None => {
                let refers = pairs.map(|(from, _)| format!("c.{from} IS NOT NULL"));
                let refers: Vec<String> = refers.collect();
                let refers = refers.join(" AND ");
                format!("SELECT 1 FROM {} c WHERE {refers} LIMIT 1", self.quoted)
            }
            Some(back) => {
                let differs = pairs.map(|(_, to)| format!("t.{to} <> f.{to} OR f.{to} IS NULL"));
                let differs: Vec<String> = differs.collect();
                format!(
                    "SELECT 1 FROM {} f JOIN {table} t ON {} JOIN {} c ON {} WHERE {} LIMIT 1",
                    back.side,
                    back.same,
                    self.quoted,
                    self.refers("c", "t"),
                    differs.join(" OR ")
                )
            }
        })
    }
}

/// Rows that are to be set back.
pub(super) struct Back<'a> {
    /// What was kept of them, as SQL writes it.
    pub(super) side: &'a str,
    /// That a row `t` of the table is the row `f` that was kept.
    pub(super) same: &'a str,
}

/// The first table with rows that would change when the rows of `table` get other values in these
/// columns, as people read it.
pub(super) fn changed<E>(
    sweeps: Vec<Sweep>,
    table: &str,
    columns: &[String],
    back: Option<&Back<'_>>,
    mut has_rows: impl FnMut(String) -> Result<bool, E>,
) -> Result<Option<String>, E> {
    for sweep in sweeps {
        if let Some(query) = sweep.changed_query(table, columns, back)
            && has_rows(query)?
        {
            return Ok(Some(sweep.child));
        }
    }
    Ok(None)
}

/// The first table with rows that would go along, as people read it.
pub(super) fn swept<E>(
    sweeps: Vec<Sweep>,
    table: &str,
    going: Option<&dyn Fn(&str) -> String>,
    mut has_rows: impl FnMut(String) -> Result<bool, E>,
) -> Result<Option<String>, E> {
    for sweep in sweeps {
        if let Some(query) = sweep.query(table, going)
            && has_rows(query)?
        {
            return Ok(Some(sweep.child));
        }
    }
    Ok(None)
}

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
    /// Its columns and those that they refer to, as SQL writes them, where it is the table itself.
    pub(super) itself: Option<Vec<(String, String)>>,
}

impl Sweep {
    /// A query that has a row if rows of others would go along with those of the table that
    /// `going` names, a condition on what stands for the table; with all of them where there is
    /// none.
    fn query(&self, table: &str, going: Option<&dyn Fn(&str) -> String>) -> Option<String> {
        let Some(columns) = &self.itself else {
            return Some(format!("SELECT 1 FROM {} LIMIT 1", self.quoted));
        };
        let going = going?;
        let on: Vec<String> = columns
            .iter()
            .map(|(from, to)| format!("p.{to} = c.{from}"))
            .collect();
        Some(format!(
            "SELECT 1 FROM {table} p JOIN {table} c ON {} WHERE {} AND NOT ({}) LIMIT 1",
            on.join(" AND "),
            going("p"),
            going("c")
        ))
    }
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

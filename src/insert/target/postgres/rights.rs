//! Which rights an insertion needs, and which of them are missing.

use super::super::{Needs, Plan, quoted};
use super::{Postgres, literal};
use crate::insert::{InsertError, Mode};

impl Postgres {
    /// The rights that are missing, as SQL that gives them.
    pub(super) fn missing_rights(
        &mut self,
        plan: &Plan<'_>,
        needs: Needs,
    ) -> Result<Vec<String>, InsertError> {
        let table = literal(&plan.table.quoted);
        let upserts = plan.mode == Mode::Upsert;
        // A right may be given for columns alone.
        let column = |right: &str| format!("has_any_column_privilege({table}, '{right}')");
        let here = "current_database()";
        let wanted = [
            ("SELECT", needs.reads || upserts, column("SELECT")),
            ("INSERT", true, column("INSERT")),
            ("UPDATE", upserts, column("UPDATE")),
            (
                "DELETE",
                plan.replaces(),
                format!("has_table_privilege({table}, 'DELETE')"),
            ),
            (
                "TEMPORARY",
                upserts,
                format!("has_database_privilege({here}, 'TEMPORARY')"),
            ),
            (
                "CREATE",
                needs.keeps,
                "coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)".to_owned(),
            ),
        ];
        let wanted: Vec<_> = wanted
            .into_iter()
            .filter(|(_, wanted, _)| *wanted)
            .collect();
        let checks: Vec<&str> = wanted.iter().map(|(.., check)| check.as_str()).collect();
        let sql = format!(
            "SELECT quote_ident({here}), quote_ident(coalesce(current_schema(), 'public')), {}",
            checks.join(", ")
        );
        let answer = self.ask(&sql)?.into_iter().flatten();
        let mut answer = answer.map(Option::unwrap_or_default);
        let mut next = || answer.next().unwrap_or_default();
        let (database, schema) = (next(), next());
        let (mut of_table, mut others) = (Vec::new(), Vec::new());
        let user = quoted(&self.place.user);
        for (right, ..) in wanted {
            if next() != "f" {
                continue;
            }
            match right {
                "TEMPORARY" => {
                    others.push(format!("GRANT TEMPORARY ON DATABASE {database} TO {user}"));
                }
                "CREATE" => others.push(format!("GRANT CREATE ON SCHEMA {schema} TO {user}")),
                right => of_table.push(right),
            }
        }
        if !of_table.is_empty() {
            let (rights, table) = (of_table.join(", "), &plan.table.quoted);
            others.insert(0, format!("GRANT {rights} ON {table} TO {user}"));
        }
        Ok(others)
    }
}

//! Which rights an insertion needs, and which of them are missing.

use super::super::{Needs, Plan};
use super::{MariaDb, literal};
use crate::insert::{InsertError, Mode};

/// Whose rights are looked for, one's own and everybody's: those that a role gives are not told.
const MINE: &str = "(REPLACE(grantee, CHAR(39), CHAR(0x20)) = \
                    CONCAT(' ', REPLACE(CURRENT_USER(), '@', ' @ '), ' ') \
                    OR REPLACE(grantee, CHAR(39), '') IN ('PUBLIC', 'PUBLIC@'))";

impl MariaDb {
    /// The rights that are missing, as SQL that gives them; none where roles may give them.
    pub(super) fn missing_rights(
        &mut self,
        plan: &Plan<'_>,
        needs: Needs,
    ) -> Result<Vec<String>, InsertError> {
        let upserts = plan.mode == Mode::Upsert;
        let (of_table, of_database) = (
            [
                ("SELECT", needs.reads || upserts),
                ("INSERT", true),
                ("UPDATE", upserts),
                ("DELETE", plan.replaces()),
            ],
            [
                ("CREATE TEMPORARY TABLES", upserts),
                ("CREATE", needs.keeps),
                ("DROP", needs.keeps),
            ],
        );
        let table = literal(&plan.table.name);
        let given = self.ask(&format!(
            "SELECT privilege_type FROM information_schema.user_privileges WHERE {MINE} UNION \
             SELECT privilege_type FROM information_schema.schema_privileges \
               WHERE {MINE} AND DATABASE() LIKE table_schema UNION \
             SELECT privilege_type FROM information_schema.table_privileges \
               WHERE {MINE} AND table_schema = DATABASE() AND table_name = {table} UNION \
             SELECT privilege_type FROM information_schema.column_privileges \
               WHERE {MINE} AND table_schema = DATABASE() AND table_name = {table}"
        ))?;
        let given: Vec<String> = given.into_iter().flatten().flatten().collect();
        let role = self.session.query("SELECT CURRENT_ROLE()");
        let by_role = role.is_ok_and(|(rows, _)| {
            let role = rows.into_iter().flatten().flatten().next();
            role.is_some_and(|role| role != "NONE")
        });
        // Whom the server knows nothing of has rights that stand elsewhere.
        if by_role || given.is_empty() {
            return Ok(Vec::new());
        }
        let missing = |wanted: &[(&'static str, bool)]| -> Vec<&'static str> {
            let wanted = wanted.iter().filter(|(_, wanted)| *wanted);
            let rights = wanted.map(|(right, _)| *right);
            let lacks = |right: &&str| !given.iter().any(|one| one.eq_ignore_ascii_case(right));
            rights.filter(lacks).collect()
        };
        let user = self.place.user.clone();
        let (table, database) = (missing(&of_table), missing(&of_database));
        let mut grants = Vec::new();
        if !table.is_empty() {
            let (rights, table) = (table.join(", "), &plan.table.quoted);
            grants.push(format!("GRANT {rights} ON {table} TO {user}"));
        }
        if !database.is_empty() {
            let here = self.value("SELECT CONCAT('`', REPLACE(DATABASE(), '`', '``'), '`')")?;
            let (rights, here) = (database.join(", "), here.unwrap_or_default());
            grants.push(format!("GRANT {rights} ON {here}.* TO {user}"));
        }
        Ok(grants)
    }
}

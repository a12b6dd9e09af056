//! One suite for all targets: SQLite, PostgreSQL, MariaDB, each a real database.

mod place;
mod types;
mod ways;
mod wrong;

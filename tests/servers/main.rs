//! One suite for all targets: SQLite, PostgreSQL, MariaDB, each a real database.

#[path = "../support/certificates.rs"]
mod certificates;
mod checks;
mod crashes;
mod create;
mod credentials;
mod ledger;
mod many;
mod noticed;
#[path = "../desk/office.rs"]
#[allow(dead_code, reason = "these tests use a part of it")]
mod office;
mod others;
mod place;
mod said;
mod sources;
mod tls;
mod types;
mod undo;
mod undo_along;
mod upsert;
mod ways;
mod wrong;

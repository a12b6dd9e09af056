//! SQLite: schema, migrations, the writer with group commit, readers.
//!
//! Floor 5. Decides nothing about BPMN.

//! The background tokio tasks: due jobs, topics served in-process, reminders.
//!
//! Floor 7. Owns no state that a crash would lose.

//! The terminal: screens for employees and the team head.
//!
//! Floor 9. Reaches no lower than `client`.

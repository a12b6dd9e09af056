//! The command line.
//!
//! Floor 9. Reaches no lower than `client`.

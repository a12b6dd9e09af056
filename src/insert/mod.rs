//! Data frames into database tables: sources, capture, preview, targets, facts, ledger.
//!
//! Floor 5. Knows nothing of BPMN, of the desk or of its database.

//! DMN: decision tables, literal expressions and requirement graphs on FEEL and JUEL.
//!
//! Floor 3. Knows nothing of process instances.

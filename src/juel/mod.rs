//! JUEL, the expression language of Camunda 7: parsed once, evaluated many times, within a budget.
//!
//! Floor 2. No I/O, no clock, no recursion on the native stack without a bound.

/// A parsed text with `${…}` or `#{…}` in it, or none.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    source: String,
}

impl Template {
    /// The text as the model has it.
    pub fn source(&self) -> &str {
        &self.source
    }
}

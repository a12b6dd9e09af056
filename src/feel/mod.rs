//! FEEL, the expression language of DMN: parsed once, evaluated many times, within a budget.
//!
//! Floor 2. No I/O, no clock, no recursion on the native stack without a bound.

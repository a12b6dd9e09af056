//! Whole files with their results.

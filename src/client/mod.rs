//! The client trait.

//! The use cases of the desk, through the embedded client, with a clock that stands still.

mod claim;
mod office;
mod people;
mod start;

//! The `crewdesk` program.

fn main() {}

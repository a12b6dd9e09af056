//! x
use crate::cli::{Done, args::BenchCommand, output::Output};
pub fn run(_o: &Output, _c: BenchCommand) -> Done {
    Ok(())
}

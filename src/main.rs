//! The `crewdesk` program.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Many threads make and drop many small rows, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    crewdesk::cli::run()
}

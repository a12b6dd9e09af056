//! Ctrl-C while a command works: the first one asks it to stop and to leave nothing behind, the
//! second one ends the program.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit code of a program that was interrupted, as shells have it.
const INTERRUPTED: i32 = 130;

/// Whether somebody wants the command to stop.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// `Break` once Ctrl-C was pressed.
    pub fn stops(&self) -> ControlFlow<()> {
        match self.0.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// Listens from now on. Where that is not possible Ctrl-C ends the program, as usual.
pub fn watch() -> Interrupt {
    let interrupt = Interrupt::default();
    let heard = interrupt.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_err() {
                return;
            }
            heard.0.store(true, Ordering::Relaxed);
            eprintln!("\ncancelling; Ctrl-C again leaves at once");
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(INTERRUPTED);
            }
        });
    });
    interrupt
}

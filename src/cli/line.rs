//! What a person at a terminal sees of a served desk while a command waits: a file on its way,
//! a server that is called again. On standard error, one line, gone before anything else is said.

use crate::client::{Client, Reach};
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(150);

/// Whether the line stands there; nobody else writes meanwhile.
static SHOWN: Mutex<bool> = Mutex::new(false);

/// Shows how a desk is reached, as long as somebody holds it.
pub fn watch(client: &Arc<dyn Client>) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    let client = Arc::downgrade(client);
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(LOOK);
            let Some(client) = client.upgrade() else {
                return;
            };
            match client.reach() {
                Reach::Whole => clear(),
                Reach::Lost => show("server not reachable, trying again…"),
                Reach::Sending { name, bytes, total } => {
                    let share = bytes.saturating_mul(100) / total.max(1);
                    show(&format!(
                        "sending {} {share} %",
                        super::output::clean(&name)
                    ));
                }
            }
        }
    });
}

fn show(text: &str) {
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = write!(std::io::stderr(), "\r\x1b[K{text}");
    *shown = true;
}

/// Takes the line away, before something else is said.
pub fn clear() {
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if std::mem::take(&mut *shown) {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}

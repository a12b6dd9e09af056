//! Crash points: named places where a test lets the process die, to prove that nothing is
//! lost and nothing is done twice.
//!
//! Below all floors. Does nothing unless `CREWDESK_CRASH_AT` names a point: `NAME` dies when
//! the point is first passed, `NAME:N` when it is passed for the Nth time.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

struct Armed {
    name: String,
    left: AtomicU64,
}

impl Armed {
    fn parse(text: &str) -> Armed {
        let (name, pass) = match text.rsplit_once(':') {
            Some((name, n)) => match n.parse() {
                Ok(n) => (name, n),
                Err(_) => (text, 1),
            },
            None => (text, 1),
        };
        Armed {
            name: name.to_owned(),
            left: AtomicU64::new(pass),
        }
    }

    fn hit(&self, name: &str) -> bool {
        self.name == name && self.left.fetch_sub(1, Ordering::Relaxed) == 1
    }
}

/// Passes the crash point `name`: the process dies here, without unwinding or flushing,
/// if `CREWDESK_CRASH_AT` says so.
#[inline]
pub fn point(name: &str) {
    static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
    let armed = ARMED.get_or_init(|| {
        let text = std::env::var("CREWDESK_CRASH_AT").ok()?;
        Some(Armed::parse(&text))
    });
    if let Some(armed) = armed
        && armed.hit(name)
    {
        die();
    }
}

/// The death that no process sees coming, as by `kill -9`.
fn die() -> ! {
    let this = std::process::id().to_string();
    let _ = std::process::Command::new("kill")
        .args(["-KILL", &this])
        .status();
    std::process::abort()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_point_is_hit_at_the_named_pass_only() {
        let first = Armed::parse("insert.before_commit");
        assert!(!first.hit("insert.after_commit"));
        assert!(first.hit("insert.before_commit"));
        assert!(!first.hit("insert.before_commit"));
        let third = Armed::parse("a.b:3");
        assert_eq!(
            [1, 2, 3, 4].map(|_| third.hit("a.b")),
            [false, false, true, false]
        );
    }

    #[test]
    fn an_unarmed_point_lets_pass() {
        point("crash.tests.unarmed");
    }
}

//! One line a request on standard error, as `key=value`, written by a thread of its own: a
//! reader that does not read must not keep anybody waiting.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::Duration;

/// Lines that may wait to be written; more are counted and left out.
const WAITING: usize = 1024;

/// Where lines go.
#[derive(Debug, Clone)]
pub struct Log {
    lines: Option<SyncSender<String>>,
    lost: Arc<AtomicU64>,
}

impl Log {
    /// Writes to standard error.
    pub fn to_stderr() -> Log {
        let (lines, waiting) = sync_channel::<String>(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let missing = lost.clone();
        std::thread::spawn(move || {
            for line in waiting {
                let mut out = std::io::stderr().lock();
                let lost = missing.swap(0, Ordering::Relaxed);
                if lost > 0 {
                    let _ = writeln!(out, "level=warn lines_lost={lost}");
                }
                let _ = out.write_all(line.as_bytes());
            }
        });
        Log {
            lines: Some(lines),
            lost,
        }
    }

    /// Writes nothing.
    pub fn silent() -> Log {
        Log {
            lines: None,
            lost: Arc::default(),
        }
    }

    /// A request was answered. No query string: it may hold what nobody should read here.
    pub(super) fn request(
        &self,
        method: &str,
        path: &str,
        status: u16,
        took: Duration,
        user: Option<&str>,
    ) {
        let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let ms = took.as_secs_f64() * 1000.0;
        let path = quoted(path);
        let user = user.unwrap_or("-");
        self.write(format!(
            "time={now} level=info method={method} path={path} status={status} ms={ms:.1} user={user}\n"
        ));
    }

    /// Something else to say.
    pub(super) fn say(&self, level: &str, text: &str) {
        let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        self.write(format!("time={now} level={level} msg={}\n", quoted(text)));
    }

    fn write(&self, line: String) {
        if let Some(lines) = &self.lines
            && let Err(TrySendError::Full(_)) = lines.try_send(line)
        {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A value that may hold anything: control characters and quotes escaped, not endless.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 300;
    let text: String = text.chars().take(LONGEST).collect();
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '=' | '\\');
    match !text.is_empty() && text.chars().all(plain) {
        true => text,
        false => format!("\"{}\"", text.escape_debug()),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_line_stays_a_line() {
        assert_eq!(quoted("/engine-rest/task/7"), "/engine-rest/task/7");
        assert_eq!(quoted("a\nb \"c\""), r#""a\nb \"c\"""#);
        assert!(quoted(&"x".repeat(9999)).len() < 400);
    }
}

//! Figures in the text format of Prometheus.

use crate::desk::view::Status;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram in seconds.
const BOUNDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

/// What is counted.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<(&'static str, u16), u64>>,
    buckets: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    micros: AtomicU64,
    /// Connections that are open.
    pub connections: AtomicU64,
    /// Connections that were refused because too many were open.
    pub refused: AtomicU64,
}

impl Metrics {
    /// A request was answered.
    pub fn request(&self, operation: &'static str, status: u16, took: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((operation, status)).or_default() += 1;
        drop(requests);
        let seconds = took.as_secs_f64();
        if let Some(at) = BOUNDS.iter().position(|bound| seconds <= *bound) {
            self.buckets[at].fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// All of it as text.
    pub fn text(&self, status: &Status, polls: usize) -> String {
        let mut text = String::new();
        let head = |text: &mut String, name: &str, kind: &str, help: &str| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        };
        let name = "crewdesk_http_requests_total";
        head(
            &mut text,
            name,
            "counter",
            "Requests by operation and status.",
        );
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        for ((operation, status), count) in requests.iter() {
            let _ = writeln!(
                text,
                "{name}{{operation=\"{operation}\",status=\"{status}\"}} {count}"
            );
        }
        drop(requests);
        let name = "crewdesk_http_request_seconds";
        head(
            &mut text,
            name,
            "histogram",
            "Time to answer, long polls included.",
        );
        let mut sum = 0;
        for (bound, bucket) in BOUNDS.iter().zip(&self.buckets) {
            sum += bucket.load(Ordering::Relaxed);
            let _ = writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {sum}");
        }
        let count = self.count.load(Ordering::Relaxed);
        let seconds = self.micros.load(Ordering::Relaxed) as f64 / 1e6;
        let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {count}");
        let _ = writeln!(text, "{name}_sum {seconds}\n{name}_count {count}");
        let connections = self.connections.load(Ordering::Relaxed);
        let refused = self.refused.load(Ordering::Relaxed);
        for (name, kind, help, value) in [
            (
                "crewdesk_http_connections",
                "gauge",
                "Open connections.",
                connections,
            ),
            (
                "crewdesk_http_connections_refused_total",
                "counter",
                "Connections refused because too many were open.",
                refused,
            ),
            (
                "crewdesk_long_polls",
                "gauge",
                "Workers that wait for external tasks.",
                polls as u64,
            ),
            (
                "crewdesk_workers",
                "gauge",
                "Background workers that are alive.",
                status.workers.into(),
            ),
            (
                "crewdesk_waiting_for_worker",
                "gauge",
                "Jobs and external tasks that wait for a worker.",
                status.waiting_for_worker,
            ),
            (
                "crewdesk_incidents",
                "gauge",
                "Open incidents.",
                status.incidents,
            ),
        ] {
            head(&mut text, name, kind, help);
            let _ = writeln!(text, "{name} {value}");
        }
        text
    }
}

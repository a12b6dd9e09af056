//! A program that is run to its end: how long it took and how much it took.

use super::BenchError;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Between two looks at a running process.
const LOOK: Duration = Duration::from_millis(4);

/// What a run took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ran {
    pub(super) seconds: f64,
    /// Time of processors, up to the last look; 0 where the system does not tell.
    pub(super) processor_seconds: f64,
    /// The most memory, in megabytes; 0 where the system does not tell.
    pub(super) peak_mb: f64,
}

/// Runs a program; its failure is an error with what it said.
pub(super) fn run(command: &mut Command) -> Result<Ran, BenchError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = |e| BenchError::system(format!("{program} cannot be run"), e);
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut ran = Ran {
        seconds: 0.0,
        processor_seconds: 0.0,
        peak_mb: 0.0,
    };
    // Only errors are said there, and they fit a pipe.
    let status = loop {
        look(child.id(), &mut ran);
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        std::thread::sleep(LOOK);
    };
    ran.seconds = began.elapsed().as_secs_f64();
    let mut said = String::new();
    if let Some(errors) = child.stderr.take() {
        let _ = errors.take(1 << 16).read_to_string(&mut said);
    }
    // Some tools tell what went wrong and end as if it went well.
    if !status.success() || !said.trim().is_empty() {
        return Err(BenchError::Tool {
            program,
            said: said.trim().to_owned(),
        });
    }
    Ok(ran)
}

/// Runs a program for what it says.
pub(super) fn output(command: &mut Command) -> Result<String, BenchError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|e| BenchError::system(format!("{program} cannot be run"), e))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(BenchError::Tool {
            program,
            said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        }),
    }
}

/// What Linux tells about a process.
fn look(id: u32, ran: &mut Ran) {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{id}/{name}"));
    if let Ok(status) = read("status") {
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<f64>().ok());
        ran.peak_mb = ran.peak_mb.max(kb.unwrap_or_default() / 1024.0);
    }
    if let Ok(stat) = read("stat") {
        // After the name in parentheses; user and system time are the 14th and 15th field.
        let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
        let ticks = after.split_whitespace().skip(11).take(2);
        let ticks: f64 = ticks.filter_map(|t| t.parse::<f64>().ok()).sum();
        ran.processor_seconds = ran.processor_seconds.max(ticks / 100.0);
    }
}

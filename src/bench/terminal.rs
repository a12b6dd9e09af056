//! A program in a pseudo-terminal, and when its frames were whole: between the marks of a
//! synchronized update, as terminals show them.

use super::BenchError;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the program may take to end by itself.
const LEAVING: Duration = Duration::from_secs(5);

/// A frame that was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// When its end arrived.
    pub at: Instant,
    /// Whether it changed what is shown.
    pub drew: bool,
}

type Writer = Arc<Mutex<Box<dyn Write + Send>>>;

/// A running program.
pub(super) struct Program {
    /// When it was started.
    pub began: Instant,
    child: Box<dyn Child + Send + Sync>,
    writer: Writer,
    frames: Receiver<Frame>,
    // Open as long as the program runs.
    _master: Box<dyn MasterPty + Send>,
}

impl Program {
    /// Starts it in a terminal of 120x40; `answers` tells whether that terminal says which
    /// background it has, as most do.
    pub(super) fn start(
        program: &Path,
        args: &[OsString],
        answers: bool,
    ) -> Result<Program, BenchError> {
        let size = PtySize {
            rows: 40,
            cols: 120,
            pixel_width: 0,
            pixel_height: 0,
        };
        let failed =
            |e: &dyn std::fmt::Display| BenchError::Terminal(format!("could not be started: {e}"));
        let pair = native_pty_system().openpty(size).map_err(|e| failed(&e))?;
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        let reader = pair.master.try_clone_reader().map_err(|e| failed(&e))?;
        let writer = pair.master.take_writer().map_err(|e| failed(&e))?;
        let writer: Writer = Arc::new(Mutex::new(writer));
        let began = Instant::now();
        let child = pair.slave.spawn_command(command).map_err(|e| failed(&e))?;
        let (sender, frames) = channel();
        std::thread::spawn({
            let writer = answers.then(|| writer.clone());
            move || {
                let _ = read(reader, writer.as_ref(), |frame| sender.send(frame).is_ok());
            }
        });
        Ok(Program {
            began,
            child,
            writer,
            frames,
            _master: pair.master,
        })
    }

    /// Sends keys; when they were sent.
    pub(super) fn press(&mut self, keys: &str) -> Result<Instant, BenchError> {
        // What was drawn before is no answer.
        while self.frames.try_recv().is_ok() {}
        let at = Instant::now();
        send(&self.writer, keys.as_bytes())
            .map_err(|e| BenchError::Terminal(format!("takes no keys: {e}")))?;
        Ok(at)
    }

    /// The next frame, if one comes in this time.
    pub(super) fn frame(&mut self, within: Duration) -> Result<Option<Frame>, BenchError> {
        match self.frames.recv_timeout(within) {
            Ok(frame) => Ok(Some(frame)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                Err(BenchError::Terminal("has ended early".to_owned()))
            }
        }
    }

    /// Waits until nothing was drawn for a while; when the last frame that drew came.
    pub(super) fn settle(&mut self, quiet: Duration, most: Duration) -> Option<Instant> {
        let until = Instant::now() + most;
        let mut last = None;
        let mut still = Instant::now() + quiet;
        while let Some(left) = still.min(until).checked_duration_since(Instant::now()) {
            match self.frame(left) {
                Ok(Some(frame)) if frame.drew => {
                    last = Some(frame.at);
                    still = frame.at + quiet;
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        last
    }

    /// Leaves it by its own key.
    pub(super) fn leave(mut self) -> Result<(), BenchError> {
        self.press("\x03")?;
        let until = Instant::now() + LEAVING;
        while Instant::now() < until {
            if let Ok(Some(_)) = self.child.try_wait() {
                return Ok(());
            }
            let _ = self.frames.recv_timeout(Duration::from_millis(10));
            std::thread::sleep(Duration::from_millis(2));
        }
        Err(BenchError::Terminal("did not end when asked to".to_owned()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn send(writer: &Writer, bytes: &[u8]) -> std::io::Result<()> {
    let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
    writer.write_all(bytes)?;
    writer.flush()
}

fn read(
    mut reader: Box<dyn Read + Send>,
    answers: Option<&Writer>,
    mut tell: impl FnMut(Frame) -> bool,
) -> std::io::Result<()> {
    let mut scanner = Scanner::default();
    let mut bytes = [0; 64 * 1024];
    loop {
        let read = reader.read(&mut bytes)?;
        let at = Instant::now();
        let Some(read) = bytes.get(..read).filter(|read| !read.is_empty()) else {
            return Ok(());
        };
        for byte in read {
            match scanner.next(*byte) {
                Some(Seen::Frame { drew }) if !tell(Frame { at, drew }) => return Ok(()),
                Some(Seen::Question(answer)) => {
                    if let Some(writer) = answers {
                        send(writer, answer.as_bytes())?;
                    }
                }
                _ => {}
            }
        }
    }
}

/// What a byte completes.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// A frame.
    Frame { drew: bool },
    /// A question to the terminal, and what one of dark background answers.
    Question(&'static str),
}

/// The longest sequence that means something here.
const LONGEST: usize = 16;

/// Follows what a program writes, a byte at a time.
#[derive(Default)]
struct Scanner {
    state: State,
    sequence: Vec<u8>,
    drew: bool,
}

#[derive(Default, Clone, Copy)]
enum State {
    #[default]
    Text,
    Escape,
    Control,
    Command,
    CommandEscape,
}

impl Scanner {
    fn next(&mut self, byte: u8) -> Option<Seen> {
        match (self.state, byte) {
            (State::Text, 0x1b) => self.state = State::Escape,
            (State::Text, 0x20..) => self.drew = true,
            (State::Text, _) => {}
            (State::Escape, b'[') => self.begin(State::Control),
            (State::Escape, b']') => self.begin(State::Command),
            (State::Escape, _) => self.state = State::Text,
            (State::Control, 0x40..=0x7e) => {
                self.state = State::Text;
                return self.control(byte);
            }
            (State::Command, 0x07) | (State::CommandEscape, b'\\') => {
                self.state = State::Text;
                return self.command();
            }
            (State::Command, 0x1b) => self.state = State::CommandEscape,
            (State::CommandEscape, _) => self.state = State::Text,
            (State::Control | State::Command, _) => {
                if self.sequence.len() < LONGEST {
                    self.sequence.push(byte);
                }
            }
        }
        None
    }

    fn begin(&mut self, state: State) {
        self.state = state;
        self.sequence.clear();
    }

    fn control(&mut self, end: u8) -> Option<Seen> {
        match (self.sequence.as_slice(), end) {
            (b"?2026", b'h') => {
                self.drew = false;
                None
            }
            (b"?2026", b'l') => Some(Seen::Frame { drew: self.drew }),
            (b"" | b"0", b'c') => Some(Seen::Question("\x1b[?62;22c")),
            (b"6", b'n') => Some(Seen::Question("\x1b[1;1R")),
            _ => None,
        }
    }

    fn command(&self) -> Option<Seen> {
        match self.sequence.as_slice() {
            b"10;?" => Some(Seen::Question("\x1b]10;rgb:dddd/dddd/dddd\x1b\\")),
            b"11;?" => Some(Seen::Question("\x1b]11;rgb:1111/1111/1111\x1b\\")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<Seen> {
        let mut scanner = Scanner::default();
        text.bytes().filter_map(|b| scanner.next(b)).collect()
    }

    #[test]
    fn a_frame_ends_with_its_mark_and_says_whether_it_drew() {
        assert_eq!(
            seen("x\x1b[?2026h\x1b[2;3H\x1b[1mHello\x1b[0m\x1b[?2026l"),
            [Seen::Frame { drew: true }]
        );
        assert_eq!(
            seen("x\x1b[?2026h\x1b[39m\x1b[49m\x1b[0m\x1b[?25l\x1b[?2026l"),
            [Seen::Frame { drew: false }]
        );
        assert_eq!(seen("\x1b[?2026hHello"), []);
    }

    #[test]
    fn questions_of_the_terminal_are_known() {
        let asked = seen("\x1b]11;?\x1b\\\x1b]10;?\x07\x1b[c\x1b]2;crewdesk\x07");
        assert_eq!(asked.len(), 3);
        assert!(asked.iter().all(|s| matches!(s, Seen::Question(_))));
    }
}

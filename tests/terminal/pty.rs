//! A terminal for a program under test: a pseudo-terminal, and what a person would see on it.
//!
//! Nothing here sleeps: whoever waits is woken by output and gives up at a deadline that only a
//! broken program reaches. A frame counts once it is whole (synchronized updates).

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use std::cell::RefCell;
use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use vt100::{Callbacks, Screen};

/// How long something may take on a busy machine before it counts as not happening.
pub const PATIENCE: Duration = Duration::from_secs(60);

type Writer = Arc<Mutex<Box<dyn Write + Send>>>;

/// What terminals answer, and what they do besides showing text.
#[derive(Default)]
pub struct Extras {
    /// Bytes for the program: answers to its questions.
    answers: Vec<u8>,
    /// A frame is being drawn.
    drawing: bool,
    /// Frames that were drawn whole.
    pub frames: u64,
    /// Bells that rang.
    pub bells: u64,
    nature: Nature,
}

/// What kind of terminal it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nature {
    /// Its background is light.
    pub light: bool,
    /// It is at the end of a slow line: answers come when [`Term::deliver`] says so.
    pub slow: bool,
}

impl Callbacks for Extras {
    fn audible_bell(&mut self, _: &mut Screen) {
        self.bells += 1;
    }

    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        first: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        c: char,
    ) {
        let param = params.first().and_then(|p| p.first()).copied();
        match (first, param, c) {
            (Some(b'?'), Some(2026), 'h') => self.drawing = true,
            (Some(b'?'), Some(2026), 'l') => {
                self.drawing = false;
                self.frames += 1;
            }
            (None, Some(6), 'n') => {
                let (row, column) = screen.cursor_position();
                let answer = format!("\x1b[{};{}R", row + 1, column + 1);
                self.answers.extend(answer.as_bytes());
            }
            (None, _, 'c') => self.answers.extend(b"\x1b[?62;22c"),
            _ => {}
        }
    }

    fn unhandled_osc(&mut self, _: &mut Screen, params: &[&[u8]]) {
        let colour = |light: bool| match light {
            true => "ffff/ffff/ffff",
            false => "0000/0000/0000",
        };
        let (what, colour) = match params {
            [b"10", b"?"] => ("10", colour(!self.nature.light)),
            [b"11", b"?"] => ("11", colour(self.nature.light)),
            _ => return,
        };
        let answer = format!("\x1b]{what};rgb:{colour}\x1b\\");
        self.answers.extend(answer.as_bytes());
    }
}

struct Shown {
    parser: vt100::Parser<Extras>,
    /// Everything that was written, byte for byte.
    output: Vec<u8>,
    closed: bool,
}

type Shared = Arc<(Mutex<Shown>, Condvar)>;

fn locked(shared: &Shared) -> MutexGuard<'_, Shown> {
    shared.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program in its terminal.
pub struct Term {
    shared: Shared,
    writer: Writer,
    master: Box<dyn MasterPty + Send>,
    program: RefCell<Program>,
    modes: String,
}

struct Program {
    child: Box<dyn Child + Send + Sync>,
    /// Kept open, so that the terminal's modes outlive the program.
    slave: Option<Box<dyn SlavePty + Send>>,
    reader: Option<JoinHandle<()>>,
}

/// How a program ended and how it left its terminal.
pub struct Left {
    /// It ended well.
    pub success: bool,
    /// What stands on the main screen.
    pub text: String,
    /// Everything it wrote.
    pub output: Vec<u8>,
    screen: Screen,
    modes: (String, String),
}

impl Left {
    /// The shell that comes after finds a terminal as the one before left it.
    #[track_caller]
    pub fn restored(&self) {
        let screen = &self.screen;
        assert!(!screen.alternate_screen(), "left on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor stays hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste stays on");
        assert_eq!(
            screen.mouse_protocol_mode(),
            vt100::MouseProtocolMode::None,
            "the mouse stays taken"
        );
        let (before, after) = &self.modes;
        assert_eq!(before, after, "the terminal's modes");
    }
}

impl Term {
    /// Runs a program in a terminal of this size.
    pub fn spawn(command: CommandBuilder, columns: u16, rows: u16, nature: Nature) -> Term {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let modes = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        let extras = Extras {
            nature,
            ..Extras::default()
        };
        let wide = |n: u16| n.try_into().unwrap();
        let shared: Shared = Arc::new((
            Mutex::new(Shown {
                parser: vt100::Parser::new_with_callbacks(wide(rows), wide(columns), 0, extras),
                output: Vec::new(),
                closed: false,
            }),
            Condvar::new(),
        ));
        let writer: Writer = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let mut from = pair.master.try_clone_reader().unwrap();
        let reader = std::thread::spawn({
            let (shared, writer) = (shared.clone(), writer.clone());
            move || {
                let mut buffer = [0; 65_536];
                loop {
                    let read = match from.read(&mut buffer) {
                        Ok(0) | Err(_) => break,
                        Ok(read) => read,
                    };
                    let answers = {
                        let mut shown = locked(&shared);
                        shown.output.extend(&buffer[..read]);
                        shown.parser.process(&buffer[..read]);
                        let extras = shown.parser.callbacks_mut();
                        match extras.nature.slow {
                            true => Vec::new(),
                            false => std::mem::take(&mut extras.answers),
                        }
                    };
                    shared.1.notify_all();
                    if !answers.is_empty() {
                        let _ = writer.lock().unwrap().write_all(&answers);
                    }
                }
                locked(&shared).closed = true;
                shared.1.notify_all();
            }
        });
        Term {
            shared,
            writer,
            master: pair.master,
            program: RefCell::new(Program {
                child,
                slave: Some(pair.slave),
                reader: Some(reader),
            }),
            modes,
        }
    }

    /// Sends bytes as they are.
    pub fn send(&self, bytes: &[u8]) -> &Self {
        let mut writer = self.writer.lock().unwrap();
        writer.write_all(bytes).unwrap();
        writer.flush().unwrap();
        self
    }

    /// Types a text.
    pub fn types(&self, text: &str) -> &Self {
        self.send(text.as_bytes())
    }

    /// Presses keys, named as the program names them and separated by spaces.
    pub fn keys(&self, keys: &str) -> &Self {
        for key in keys.split(' ') {
            let bytes: Vec<u8> = match key {
                "enter" => b"\r".to_vec(),
                "tab" => b"\t".to_vec(),
                "backtab" => b"\x1b[Z".to_vec(),
                "esc" => b"\x1b".to_vec(),
                "space" => b" ".to_vec(),
                "up" => b"\x1b[A".to_vec(),
                "down" => b"\x1b[B".to_vec(),
                "right" => b"\x1b[C".to_vec(),
                "left" => b"\x1b[D".to_vec(),
                "f2" => b"\x1bOQ".to_vec(),
                "f4" => b"\x1bOS".to_vec(),
                _ => match (key.strip_prefix("ctrl-"), key.strip_prefix("alt-")) {
                    (Some(letter), _) => vec![letter.as_bytes()[0] & 0x1f],
                    (_, Some(letter)) => format!("\x1b{letter}").into_bytes(),
                    _ => key.as_bytes().to_vec(),
                },
            };
            self.send(&bytes);
        }
        self
    }

    /// Presses and lets go the left button on a cell, counted from 0.
    pub fn click(&self, column: u16, row: u16) -> &Self {
        let (column, row) = (column + 1, row + 1);
        self.send(format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m").as_bytes())
    }

    /// Waits for a text and clicks into it.
    #[track_caller]
    pub fn click_on(&self, text: &str) -> &Self {
        self.wait_for("a taken mouse", |screen| {
            screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None
        });
        let (column, row) = self.wait_for_some(&format!("{text:?}"), |screen| find(screen, text));
        self.click(column + 1, row)
    }

    /// Gives the terminal another size.
    pub fn resize(&self, columns: u16, rows: u16) -> &Self {
        let mut shown = locked(&self.shared);
        let wide = |n: u16| n.try_into().unwrap();
        shown.parser.set_size(wide(rows), wide(columns));
        drop(shown);
        self.master.resize(size(columns, rows)).unwrap();
        self
    }

    /// Waits until a slow terminal has been asked for something.
    #[track_caller]
    pub fn wait_for_answers(&self) -> &Self {
        self.until("a question to the terminal", || {
            let asked = !locked(&self.shared).parser.callbacks().answers.is_empty();
            asked.then_some(self)
        })
    }

    /// Lets the answers of a slow terminal arrive.
    pub fn deliver(&self) {
        let answers = std::mem::take(&mut locked(&self.shared).parser.callbacks_mut().answers);
        self.send(&answers);
    }

    /// Looks at the screen as it is.
    pub fn with<T>(&self, look: impl FnOnce(&Screen) -> T) -> T {
        look(locked(&self.shared).parser.screen())
    }

    /// The text of the screen as it is.
    pub fn text(&self) -> String {
        self.with(text)
    }

    /// How often the bell rang.
    pub fn bells(&self) -> u64 {
        locked(&self.shared).parser.callbacks().bells
    }

    /// The number of the program's process.
    pub fn id(&self) -> u32 {
        self.program.borrow().child.process_id().unwrap()
    }

    /// Waits until the screen is as wanted.
    #[track_caller]
    pub fn wait_for(&self, what: &str, wanted: impl Fn(&Screen) -> bool) -> &Self {
        self.wait_for_some(what, |screen| wanted(screen).then_some(()));
        self
    }

    /// Waits until something can be told from the screen.
    #[track_caller]
    pub fn wait_for_some<T>(&self, what: &str, told: impl Fn(&Screen) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        let mut shown = locked(&self.shared);
        loop {
            if !shown.parser.callbacks().drawing
                && let Some(told) = told(shown.parser.screen())
            {
                return told;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || shown.closed {
                drop(shown);
                self.fail(what);
            }
            let waited = self.shared.1.wait_timeout(shown, left);
            shown = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until a text is on the screen.
    #[track_caller]
    pub fn see(&self, wanted: &str) -> &Self {
        self.wait_for(&format!("{wanted:?}"), |screen| {
            text(screen).contains(wanted)
        })
    }

    /// Waits until a text is not on the screen.
    #[track_caller]
    pub fn see_no(&self, unwanted: &str) -> &Self {
        self.wait_for(&format!("no {unwanted:?}"), |screen| {
            !text(screen).contains(unwanted)
        })
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        let text = self.text();
        panic!("waited in vain for {what}; the screen:\n{text}\n")
    }

    /// Sends the program a signal by its name.
    pub fn signal(&self, name: &str) -> &Self {
        let id = self.id().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-s", name, &id])
            .status();
        assert!(sent.unwrap().success(), "kill -s {name} {id}");
        self
    }

    /// Waits until the program stands still.
    #[track_caller]
    pub fn stopped(&self) -> &Self {
        let id = self.id().to_string();
        self.until("the program to stop", || {
            let state = std::process::Command::new("ps")
                .args(["-o", "stat=", "-p", &id])
                .output();
            state.unwrap().stdout.starts_with(b"T").then_some(())
        });
        self
    }

    /// Waits for what is no output that would wake anybody.
    #[track_caller]
    fn until<T>(&self, what: &str, mut come: impl FnMut() -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(came) = come() {
                return came;
            }
            if Instant::now() > end {
                self.fail(what);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the program has ended.
    #[track_caller]
    pub fn left(&self) -> Left {
        let mut program = self.program.borrow_mut();
        let status = self.until("the program's end", || program.child.try_wait().unwrap());
        let after = modes(&*self.master);
        // With the last one who could write gone, the reader comes to the end of the output.
        drop(program.slave.take());
        if let Some(reader) = program.reader.take() {
            reader.join().unwrap();
        }
        let shown = locked(&self.shared);
        Left {
            success: status.success(),
            text: text(shown.parser.screen()),
            output: shown.output.clone(),
            screen: shown.parser.screen().clone(),
            modes: (self.modes.clone(), after),
        }
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        let program = self.program.get_mut();
        let _ = program.child.kill();
        let _ = program.child.wait();
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// Cooked or raw, with an echo or without: everything `stty -a` would tell.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}

/// The lines of a screen.
pub fn text(screen: &Screen) -> String {
    let lines: Vec<String> = (0..screen.size().0.get())
        .map(|row| line(screen, row))
        .collect();
    lines.join("\n")
}

/// One line of a screen.
pub fn line(screen: &Screen, row: u16) -> String {
    let line: String = cells(screen, row).map(|(_, text)| text).collect();
    line.trim_end().to_owned()
}

/// The cells of a line that hold something, with their columns.
fn cells(screen: &Screen, row: u16) -> impl Iterator<Item = (u16, String)> {
    (0..screen.size().1.get()).filter_map(move |column| {
        let cell = screen.cell(row, column)?;
        match (cell.is_wide_continuation(), cell.contents()) {
            (true, _) => None,
            (false, "") => Some((column, " ".to_owned())),
            (false, text) => Some((column, text.to_owned())),
        }
    })
}

/// The column and row at which a text begins.
pub fn find(screen: &Screen, wanted: &str) -> Option<(u16, u16)> {
    (0..screen.size().0.get()).find_map(|row| {
        let byte = line(screen, row).find(wanted)?;
        let mut at = 0;
        let column = cells(screen, row).find(|(_, text)| {
            at += text.len();
            at > byte
        });
        Some((column?.0, row))
    })
}

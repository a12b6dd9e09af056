//! The terminal itself: taken at the start, given back whatever happens.

use super::theme::Theme;
use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    SetTitle, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};
use std::io::{self, BufWriter, Read, Stdout, Write};
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

/// The longest text that comes back from an editor.
const MOST: u64 = 4 * 1024 * 1024;

/// True while the terminal is ours, so that it is given back once.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours.
pub struct Screen {
    /// Never dropped: it would write to a terminal that is closed, and panic when it may not.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<BufWriter<Stdout>>>>,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal.
    pub fn take(mouse: bool) -> io::Result<Screen> {
        enter(mouse)?;
        let out = BufWriter::with_capacity(128 * 1024, io::stdout());
        match Terminal::new(CrosstermBackend::new(out)) {
            Ok(terminal) => Ok(Screen {
                terminal: ManuallyDrop::new(terminal),
                mouse,
            }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Columns and lines.
    pub fn size(&self) -> io::Result<ratatui::layout::Size> {
        self.terminal.size()
    }

    /// Draws a frame, shown whole by terminals that can.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(draw)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Draws everything anew with the next frame. A resize does it without asking the terminal
    /// where its cursor is: the answer would get among the keys.
    pub fn redraw(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal
            .resize(ratatui::layout::Rect::new(0, 0, size.width, size.height))
    }

    /// Takes or leaves the mouse.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        match on {
            true => execute!(io::stdout(), EnableMouseCapture),
            false => execute!(io::stdout(), DisableMouseCapture),
        }
    }

    /// Writes a sequence that the terminal acts on without showing it.
    pub fn signal(&mut self, sequence: &str) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(sequence.as_bytes())?;
        out.flush()
    }

    /// Gives the terminal back while something else runs in it.
    pub fn lend<T>(&mut self, run: impl FnOnce() -> T) -> io::Result<T> {
        give_back();
        let result = run();
        enter(self.mouse)?;
        self.redraw()?;
        Ok(result)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// True while the terminal is ours and not lent.
pub fn taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// True when the other side of the terminal is gone: nothing will ever be typed or seen there.
pub fn closed() -> bool {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use std::os::fd::AsFd;
    let input = io::stdin();
    let mut asked = [PollFd::new(input.as_fd(), PollFlags::empty())];
    poll(&mut asked, PollTimeout::ZERO).is_ok()
        && asked[0].revents().is_some_and(|events| {
            events.intersects(PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL)
        })
}

fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let taken = execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        SetTitle("crewdesk")
    )
    .and_then(|()| {
        if mouse {
            execute!(io::stdout(), EnableMouseCapture)
        } else {
            Ok(())
        }
    });
    if taken.is_err() {
        give_back();
    }
    taken
}

/// Gives the terminal back, as it was; safe to call at any time, from any thread.
pub fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // Nothing can be done about a terminal that is gone.
        let _ = execute!(
            io::stdout(),
            EndSynchronizedUpdate,
            DisableMouseCapture,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        );
        let _ = disable_raw_mode();
    }
}

/// Makes a panic of this thread give the terminal back before it is told.
pub fn restore_on_panic() {
    let before = std::panic::take_hook();
    let screen = std::thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == screen {
            give_back();
        } else if TAKEN.load(Ordering::SeqCst) {
            // A blocking thread's panic becomes a message on the screen instead of noise over it.
            return;
        }
        before(info);
    }));
}

/// The theme for this terminal: none where colours are not wanted; and whether its background
/// has a say, which it is then to be asked for.
pub fn theme() -> (Theme, bool) {
    let env = |name: &str| std::env::var(name).unwrap_or_default();
    if !env("NO_COLOR").is_empty() {
        return (Theme::None, false);
    }
    let term = env("TERM");
    let many = term.contains("256") || term.contains("direct") || !env("COLORTERM").is_empty();
    let known = [
        "kitty",
        "alacritty",
        "ghostty",
        "foot",
        "wezterm",
        "rio",
        "contour",
    ];
    if !many && !known.iter().any(|t| term.contains(t)) {
        return (Theme::Sixteen, false);
    }
    (Theme::Dark, true)
}

/// Asks the terminal for the colour of its background (OSC 11); the answer comes among the keys.
pub fn ask_background() -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(b"\x1b]11;?\x1b\\")?;
    out.flush()
}

/// Lets a person edit a text in their own editor; what they saved.
pub fn edit(text: &str, suffix: &str) -> Result<String, String> {
    let editor = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|e| !e.trim().is_empty()))
        .unwrap_or_else(|| "vi".to_owned());
    let file = Draft::write(text, suffix)
        .map_err(|e| format!("The text cannot be put into a file for the editor: {e}"))?;
    // Through the shell, as git does: the variable may carry arguments.
    let status = Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$@\""))
        .arg(&editor)
        .arg(&file.0)
        .status()
        .map_err(|e| {
            format!("The editor `{editor}` does not start: {e}; set $EDITOR to another one")
        })?;
    if !status.success() {
        return Err(format!(
            "The editor `{editor}` ended with {status}; the field stays as it was"
        ));
    }
    let mut edited = String::new();
    std::fs::File::open(&file.0)
        .and_then(|f| f.take(MOST + 1).read_to_string(&mut edited))
        .map_err(|e| {
            format!("What the editor saved cannot be read: {e}; the field stays as it was")
        })?;
    if edited.len() as u64 > MOST {
        return Err(
            "What the editor saved is larger than 4 MB; give it as a file instead".to_owned(),
        );
    }
    Ok(edited)
}

/// A file that only its owner reads, gone when dropped.
struct Draft(PathBuf);

impl Draft {
    fn write(text: &str, suffix: &str) -> io::Result<Draft> {
        let name = format!("crewdesk-{}.{suffix}", uuid::Uuid::now_v7().simple());
        let path = std::env::temp_dir().join(name);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        let draft = Draft(path);
        file.write_all(text.as_bytes())?;
        Ok(draft)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Stops this process until the shell continues it.
pub fn stop() {
    // std has no way to send a signal; the shell's own command has.
    let _ = Command::new("kill")
        .arg("-STOP")
        .arg(std::process::id().to_string())
        .status();
}

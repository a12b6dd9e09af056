//! The line of those who want to write. There is no thread of its own for it: whoever comes
//! while nobody writes leads a group, runs also what others put into the line meanwhile, and
//! commits once for all. Then the next in line leads. A lone caller changes no thread.

use super::tx::Tx;
use super::writer::Writer;
use super::{StoreError, error::panic_message, feed::Topics};
use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a leader waits for callers that were there a moment ago.
const LINGER: Duration = Duration::from_micros(300);

thread_local! {
    /// The line that this thread leads, by its address; 0 is none.
    static LEADS: Cell<usize> = const { Cell::new(0) };
}

/// A command in the line.
pub(super) trait Command: Send {
    /// Runs the command, perhaps once more after what it wrote was undone. True when its changes
    /// are to be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Answers the caller: the command's own result, or why nothing was kept. The caller then
    /// tells the others.
    fn answer(self: Box<Self>, failed: Option<StoreError>, others: Done);
    /// Tells the caller to lead the next group.
    fn lead(&self);
}

/// A closure with its caller's seat.
struct Call<F, T, E: From<StoreError>> {
    work: F,
    result: Option<Result<T, E>>,
    seat: Arc<Seat<T, E>>,
    answered: bool,
}

impl<F, T, E: From<StoreError>> Drop for Call<F, T, E> {
    /// Whoever was to answer broke down: the caller must not wait for ever.
    fn drop(&mut self) {
        if !self.answered {
            let nobody = Done::default();
            self.seat
                .hear(Word::Answer(Err(StoreError::Closed.into()), nobody));
        }
    }
}

impl<F, T, E> Command for Call<F, T, E>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let result = catch_unwind(AssertUnwindSafe(|| (self.work)(tx))).unwrap_or_else(|panic| {
            let detail = panic_message(panic.as_ref());
            Err(StoreError::Panicked { detail }.into())
        });
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn answer(mut self: Box<Self>, failed: Option<StoreError>, others: Done) {
        let result = match (failed, self.result.take()) {
            (None, Some(result)) => result,
            (Some(error), _) => Err(error.into()),
            (None, None) => Err(StoreError::Closed.into()),
        };
        self.answered = true;
        self.seat.hear(Word::Answer(result, others));
    }

    fn lead(&self) {
        self.seat.hear(Word::Lead);
    }
}

/// What a caller who waits hears.
enum Word<T, E> {
    /// It is the caller's turn to lead.
    Lead,
    /// The command is done; these have to hear so too.
    Answer(Result<T, E>, Done),
}

/// Where a caller waits.
struct Seat<T, E> {
    word: Mutex<Option<Word<T, E>>>,
    said: Condvar,
}

impl<T, E> Seat<T, E> {
    fn hear(&self, word: Word<T, E>) {
        *lock(&self.word) = Some(word);
        self.said.notify_one();
    }

    fn wait(&self) -> Word<T, E> {
        let mut word = lock(&self.word);
        loop {
            match word.take() {
                Some(said) => return said,
                None => word = self.said.wait(word).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

#[derive(Default)]
struct Waiting {
    commands: VecDeque<Box<dyn Command>>,
    /// Somebody leads a group, or was told to.
    led: bool,
    /// The leader waits for one more command.
    lingers: bool,
}

/// The line, with the writer that its leader uses.
pub(super) struct Line {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    writer: Mutex<Writer>,
}

impl Line {
    pub(super) fn new(writer: Writer) -> Line {
        Line {
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            writer: Mutex::new(writer),
        }
    }

    /// Runs a command and waits until it is on disk, or undone.
    pub(super) fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        if LEADS.get() == self.address() {
            return Err(StoreError::Nested.into());
        }
        let seat = Arc::new(Seat {
            word: Mutex::new(None),
            said: Condvar::new(),
        });
        let call = Box::new(Call {
            work,
            result: None,
            seat: seat.clone(),
            answered: false,
        });
        self.give(call);
        loop {
            match seat.wait() {
                Word::Lead => self.lead(),
                Word::Answer(result, others) => {
                    others.tell();
                    return result;
                }
            }
        }
    }

    /// Puts a command into the line, and leads if nobody does.
    pub(super) fn give(&self, command: Box<dyn Command>) {
        let mut waiting = lock(&self.waiting);
        waiting.commands.push_back(command);
        let leads = !std::mem::replace(&mut waiting.led, true);
        let lingers = waiting.lingers;
        drop(waiting);
        if leads {
            self.lead();
        } else if lingers {
            self.arrived.notify_one();
        }
    }

    /// How many commands wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        lock(&self.waiting).commands.len()
    }

    /// Looks whether another process wrote, unless somebody writes just now, who looks too.
    pub(super) fn foreign(&self) -> Result<bool, StoreError> {
        if LEADS.get() == self.address() {
            return Err(StoreError::Nested);
        }
        if std::mem::replace(&mut lock(&self.waiting).led, true) {
            return Ok(false);
        }
        let turn = Turn::of(self);
        let found = lock(&self.writer).foreign();
        drop(turn);
        found
    }

    /// Leads one group: its commands are answered when this returns.
    fn lead(&self) {
        let turn = Turn::of(self);
        let done = lock(&self.writer).group(self);
        // First the answers: were the next leader woken first, it would take this processor for
        // its whole group, and all who wait for their answers would wait for that too.
        done.tell();
        drop(turn);
    }

    /// The next command of a group, at once or, while fewer came than are expected, after a
    /// moment's wait. A lone caller waits for nobody.
    pub(super) fn next(&self, linger: bool, closes: Instant) -> Option<Box<dyn Command>> {
        let mut waiting = lock(&self.waiting);
        if let Some(command) = waiting.commands.pop_front() {
            return Some(command);
        }
        let left = closes.saturating_duration_since(Instant::now());
        if !linger || left.is_zero() {
            return None;
        }
        waiting.lingers = true;
        let wait = self
            .arrived
            .wait_timeout_while(waiting, left.min(LINGER), |w| w.commands.is_empty());
        let mut waiting = wait.unwrap_or_else(PoisonError::into_inner).0;
        waiting.lingers = false;
        waiting.commands.pop_front()
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// The turn of a leader: passed on when it is over, however it ends.
struct Turn<'l> {
    line: &'l Line,
    /// A listener of another store's feed may lead this one.
    outer: usize,
}

impl Turn<'_> {
    fn of(line: &Line) -> Turn<'_> {
        Turn {
            line,
            outer: LEADS.replace(line.address()),
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        LEADS.set(self.outer);
        let mut waiting = lock(&self.line.waiting);
        match waiting.commands.front() {
            Some(next) => next.lead(),
            None => waiting.led = false,
        }
    }
}

/// A group that is over: who has to hear what.
#[must_use]
#[derive(Default)]
pub(super) struct Done {
    pub(super) commands: Vec<Box<dyn Command>>,
    /// Why nothing was kept.
    pub(super) failed: Option<StoreError>,
}

impl Done {
    /// Answers two here, who each answer half of the others. Waking somebody takes time, and
    /// whoever is woken wants this processor: a leader that woke all would lose a fifth of its
    /// turn to that.
    fn tell(mut self) {
        let later = self.commands.split_off(self.commands.len() / 2);
        for mut commands in [self.commands, later] {
            if let Some(first) = commands.pop() {
                let failed = self.failed.clone();
                first.answer(failed.clone(), Done { commands, failed });
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a group has gathered until its COMMIT.
#[derive(Default)]
pub(super) struct Group {
    pub(super) commands: Vec<Box<dyn Command>>,
    pub(super) topics: Topics,
    pub(super) touched: Vec<String>,
    /// A transaction is open.
    pub(super) open: bool,
    /// The transaction holds what a command wrote: undoing all of it undoes more than the next.
    pub(super) kept: bool,
    /// One of its commands had to be undone alone: each can be, from then on.
    pub(super) careful: bool,
}

//! The way of the rows: one thread reads and checks, another one writes. Batches go between
//! them and come back to be used again, never more than a few, so that memory stays flat.

use super::batch::{Batch, RowOf};
use super::found::{Compared, Found};
use super::intake::Intake;
use super::processor::Apart;
use super::rows::{Item, Rows};
use super::target::{Plan, Taken, Target};
use super::types::Cell;
use super::undo::Trail;
use super::waits::Waits;
use super::{Cancel, InsertError};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// Batches that wait for the target.
const AHEAD: usize = 2;

/// Rows between two reports of how many were looked at.
pub(super) const TELL: u64 = 4096;

/// Where a target takes its batches from.
pub(super) struct Supply {
    from: Receiver<Batch>,
    back: Sender<Batch>,
    /// Whether it waits for one.
    waits: Waits,
}

impl Supply {
    /// The next batch; `None` after the last.
    pub(super) fn next(&mut self) -> Option<Batch> {
        if let Ok(next) = self.from.try_recv() {
            return Some(next);
        }
        self.waits.set(true);
        let next = self.from.recv().ok();
        self.waits.set(false);
        next
    }

    /// Gives a batch back, with what is wrong with its rows.
    pub(super) fn done(&mut self, batch: Batch) {
        // Nobody takes it back when the reading has failed.
        let _ = self.back.send(batch);
    }

    #[cfg(test)]
    pub(super) fn of(batches: impl IntoIterator<Item = Batch>) -> (Supply, Receiver<Batch>) {
        let (to, from) = channel();
        batches.into_iter().for_each(|batch| {
            let _ = to.send(batch);
        });
        let (back, done) = channel();
        let waits = Waits::default();
        (Supply { from, back, waits }, done)
    }
}

/// What happens to the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Earnest {
    /// They go into the table.
    Insert,
    /// They are tried and not kept.
    Rehearse,
}

/// Whoever watches: each item before it is checked, and whether more is wanted.
pub(super) type See<'s> = dyn FnMut(&Item<'_>) -> bool + 's;

/// Sends all rows through the intake to the target. The result says whether that was all of
/// them, and what became of them. `tell` hears after each batch that the target is done with.
pub(super) fn flow(
    target: &mut dyn Target,
    plan: &Plan<'_>,
    rows: &mut dyn Rows,
    intake: &mut Intake<'_>,
    earnest: Earnest,
    see: &mut See<'_>,
    tell: &mut dyn FnMut(&Intake<'_>),
) -> Result<(bool, Taken), InsertError> {
    std::thread::scope(|scope| {
        let (to, from) = sync_channel(AHEAD);
        let (back, done) = channel();
        let waits = intake.waits.clone();
        let apart = target.works_here().then(Apart::begin).flatten();
        let (_apart, other) = apart.unzip();
        let writer = scope.spawn(move || {
            if let Some(other) = other {
                other.take();
            }
            let mut supply = Supply { from, back, waits };
            match earnest {
                Earnest::Insert => target.insert(plan, &mut supply),
                Earnest::Rehearse => target.rehearse(plan, &mut supply).map(|()| Taken::All),
            }
        });
        let read = read(rows, intake, &to, &done, see, tell);
        drop(to);
        for mut batch in done {
            intake.settle(&mut batch);
            tell(intake);
        }
        let written = match writer.join() {
            Ok(written) => written,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        // A target that failed or refused is why the reading stopped.
        match written? {
            Taken::NotAll => Ok((false, Taken::NotAll)),
            Taken::All => Ok((read?, Taken::All)),
        }
    })
}

/// Whoever takes in rows as they are found in a table.
pub(super) trait Finding {
    /// The next value of a row.
    fn value(&mut self, cell: &Cell<'_>);
    /// The row is complete.
    fn end_row(&mut self) -> Result<(), InsertError>;
}

/// Whether the rows of the insertion, as they stand in the table, are those that are known.
/// `tell` hears how many there were.
pub(super) fn holds(
    target: &mut dyn Target,
    plan: &Plan<'_>,
    known: &Found<'_>,
    cancel: &Cancel,
    tell: &mut dyn FnMut(u64),
) -> Result<bool, InsertError> {
    struct Comparing<'c> {
        compared: Compared,
        cancel: &'c Cancel,
        tell: &'c mut dyn FnMut(u64),
    }
    impl Finding for Comparing<'_> {
        fn value(&mut self, cell: &Cell<'_>) {
            self.compared.value(cell);
        }

        fn end_row(&mut self) -> Result<(), InsertError> {
            self.compared.end_row();
            if self.compared.rows.is_multiple_of(TELL) {
                (self.tell)(self.compared.rows);
                self.cancel.check()?;
            }
            Ok(())
        }
    }
    let mut comparing = Comparing {
        compared: Compared::of(plan.table, plan.columns),
        cancel,
        tell,
    };
    target.read_back(plan, &mut comparing)?;
    Ok(comparing.compared.seen() == known.seen())
}

/// Reads the rows of the insertion back: one thread asks the target, this one looks at what it
/// finds. `tell` hears how many rows there were.
pub(super) fn read_back(
    target: &mut dyn Target,
    plan: &Plan<'_>,
    found: &mut Found<'_>,
    cancel: &Cancel,
    tell: &mut dyn FnMut(u64),
) -> Result<(), InsertError> {
    let read = |rows: &mut dyn Finding| target.read_back(plan, rows);
    look(plan.columns.len(), read, found, cancel, tell)
}

/// The same of the rows that an undo would take away or set back.
pub(super) fn touched(
    target: &mut dyn Target,
    plan: &Plan<'_>,
    trail: &Trail,
    found: &mut Found<'_>,
    cancel: &Cancel,
    tell: &mut dyn FnMut(u64),
) -> Result<(), InsertError> {
    let read = |rows: &mut dyn Finding| target.touched(plan, trail, rows);
    look(plan.columns.len(), read, found, cancel, tell)
}

/// Rows that are found, on their way to whoever looks at them.
struct Filling {
    width: usize,
    batch: Batch,
    to: SyncSender<Batch>,
    spare: Receiver<Batch>,
}

impl Filling {
    /// Hands the batch over; nobody takes it when the looking was given up.
    fn hand_over(&mut self) -> Result<(), InsertError> {
        let mut spare = self.spare.try_recv().unwrap_or_default();
        spare.reset(self.width);
        let full = std::mem::replace(&mut self.batch, spare);
        self.to.send(full).map_err(|_| InsertError::Cancelled)
    }
}

impl Finding for Filling {
    fn value(&mut self, cell: &Cell<'_>) {
        self.batch.push(cell);
    }

    fn end_row(&mut self) -> Result<(), InsertError> {
        self.batch.finish_row(RowOf::default());
        match self.batch.is_full() {
            true => self.hand_over(),
            false => Ok(()),
        }
    }
}

fn look(
    width: usize,
    read: impl FnOnce(&mut dyn Finding) -> Result<(), InsertError> + Send,
    found: &mut Found<'_>,
    cancel: &Cancel,
    tell: &mut dyn FnMut(u64),
) -> Result<(), InsertError> {
    std::thread::scope(|scope| {
        let (to, from) = sync_channel::<Batch>(AHEAD);
        let (back, spare) = channel::<Batch>();
        let reader = scope.spawn(move || {
            let mut batch = Batch::default();
            batch.reset(width);
            let mut filling = Filling {
                width,
                batch,
                to,
                spare,
            };
            read(&mut filling)?;
            filling.hand_over()
        });
        let mut looked = Ok(());
        for batch in from {
            found.see(&batch);
            tell(found.rows);
            looked = cancel.check();
            if looked.is_err() {
                break;
            }
            let _ = back.send(batch);
        }
        let read = match reader.join() {
            Ok(read) => read,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        looked.and(read)
    })
}

fn read(
    rows: &mut dyn Rows,
    intake: &mut Intake<'_>,
    to: &SyncSender<Batch>,
    done: &Receiver<Batch>,
    see: &mut See<'_>,
    tell: &mut dyn FnMut(&Intake<'_>),
) -> Result<bool, InsertError> {
    let mut spare = Vec::new();
    let mut read_bytes = 0;
    let all = rows.each(&mut |item, bytes| {
        let more = see(&item);
        intake.take(&item);
        read_bytes = bytes;
        if !intake.is_full() {
            return Ok(more);
        }
        for mut batch in done.try_iter() {
            intake.settle(&mut batch);
            tell(intake);
            spare.push(batch);
        }
        let full = intake.hand_over(spare.pop().unwrap_or_default(), bytes);
        Ok(to.send(full).is_ok() && more)
    });
    // What was read before an error is told all the same.
    let last = intake.hand_over(Batch::default(), read_bytes);
    let _ = to.send(last);
    all
}

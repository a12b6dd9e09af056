//! Rows on their way from the reader to the target: checked values, many rows at a time, their
//! texts in one piece of memory. Batches go round and are used again.

use super::facts::Refusal;
use super::target::Rejection;
use super::types::Cell;
use std::borrow::Cow;

/// Rows of a full batch.
const ROWS: usize = 1024;
/// Bytes of texts that make a batch full, however few its rows.
const BYTES: usize = 1 << 20;

/// Some rows.
#[derive(Default)]
pub(super) struct Batch {
    width: usize,
    slots: Vec<Slot>,
    text: String,
    blobs: Vec<u8>,
    rows: Vec<RowOf>,
    /// Refusals of rows that came between these, with the number of the item.
    pub(super) refused: Vec<(u64, Refusal)>,
    /// What the target says about rows that it refuses, by their position here.
    pub(super) rejected: Vec<(usize, Rejection)>,
    /// Bytes of the frame read when it was full.
    pub(super) bytes: u64,
}

/// Where a row comes from.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RowOf {
    /// The number of the item among all that were read.
    pub(super) item: u64,
    /// Which of several files.
    pub(super) file: Option<u32>,
    pub(super) line: Option<u64>,
    pub(super) record: u64,
}

/// Bits of a mark that are the number of the line or the record.
const NUMBER: u32 = 48;

impl RowOf {
    /// Where it comes from, as one number that a target can keep.
    pub(super) fn mark(&self) -> i64 {
        let file = self.file.map_or(0, |file| i64::from(file) + 1) & 0x3fff;
        let number = self.line.unwrap_or(self.record) & ((1 << NUMBER) - 1);
        file << NUMBER | number.cast_signed()
    }

    /// The place that a mark of another row of the same frame means, in words.
    pub(super) fn place(&self, mark: i64) -> String {
        let number = mark & ((1 << NUMBER) - 1);
        let what = if self.line.is_some() { "line" } else { "row" };
        match mark >> NUMBER {
            0 => format!("{what} {number}"),
            file => format!("{what} {number} of file {file}"),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Slot {
    Null,
    Integer(i64),
    Real(f64),
    Decimal(u32, u32),
    Text(u32, u32),
    Blob(u32, u32),
    Date(i32),
    Time(i64),
    Timestamp(i64),
}

/// A place in the texts of a batch, which are a few records at most.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Batch {
    /// Empties it for rows of so many columns.
    pub(super) fn reset(&mut self, width: usize) {
        self.width = width;
        self.slots.clear();
        self.text.clear();
        self.blobs.clear();
        self.rows.clear();
        self.refused.clear();
        self.rejected.clear();
        self.bytes = 0;
    }

    /// Makes room for as much as another one has: to grow bit by bit touches memory twice.
    pub(super) fn make_room(&mut self, like: &Batch) {
        self.slots.reserve(like.slots.len());
        self.text.reserve(like.text.len());
        self.blobs.reserve(like.blobs.len());
        self.rows.reserve(like.rows.len());
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it should be on its way.
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= ROWS || self.text.len() + self.blobs.len() >= BYTES
    }

    /// Adds a value of the row that is being written.
    #[inline]
    pub(super) fn push(&mut self, cell: &Cell<'_>) {
        let slot = match cell {
            Cell::Null => Slot::Null,
            Cell::Integer(n) => Slot::Integer(*n),
            Cell::Real(x) => Slot::Real(*x),
            Cell::Date(days) => Slot::Date(*days),
            Cell::Time(micros) => Slot::Time(*micros),
            Cell::Timestamp(micros) => Slot::Timestamp(*micros),
            Cell::Decimal(text) => {
                let (from, to) = self.add(text);
                Slot::Decimal(from, to)
            }
            Cell::Text(text) => {
                let (from, to) = self.add(text);
                Slot::Text(from, to)
            }
            Cell::Blob(bytes) => {
                let from = place(self.blobs.len());
                self.blobs.extend_from_slice(bytes);
                Slot::Blob(from, place(self.blobs.len()))
            }
        };
        self.slots.push(slot);
    }

    #[inline]
    fn add(&mut self, text: &str) -> (u32, u32) {
        let from = place(self.text.len());
        self.text.push_str(text);
        (from, place(self.text.len()))
    }

    /// The row that was written is complete.
    #[inline]
    pub(super) fn finish_row(&mut self, row: RowOf) {
        self.rows.push(row);
    }

    /// The row that was written is not wanted.
    pub(super) fn drop_row(&mut self) {
        self.slots.truncate(self.rows.len() * self.width);
    }

    /// Leaves rows out; they are in order.
    pub(super) fn leave_out(&mut self, rows: &[usize]) {
        if rows.is_empty() {
            return;
        }
        let stays = |row: &usize| rows.binary_search(row).is_err();
        let mut at = 0..;
        self.rows
            .retain(|_| at.next().is_none_or(|row| stays(&row)));
        let (mut at, width) = (0.., self.width.max(1));
        let row = |slot: usize| slot / width;
        self.slots
            .retain(|_| at.next().is_none_or(|slot| stays(&row(slot))));
    }

    /// Where a row comes from.
    pub(super) fn row_of(&self, row: usize) -> Option<&RowOf> {
        self.rows.get(row)
    }

    /// A value; NULL where there is none.
    #[inline]
    pub(super) fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let slot = self.slots.get(row * self.width + column);
        self.value(slot.copied().unwrap_or(Slot::Null))
    }

    /// The values of some rows, one row after the other.
    pub(super) fn cells(&self, from: usize, to: usize) -> impl Iterator<Item = Cell<'_>> {
        let slots = self.slots.get(from * self.width..to * self.width);
        slots
            .unwrap_or_default()
            .iter()
            .map(|slot| self.value(*slot))
    }

    #[inline]
    fn value(&self, slot: Slot) -> Cell<'_> {
        let range = |from: u32, to: u32| from as usize..to as usize;
        let text = |from, to| Cow::Borrowed(self.text.get(range(from, to)).unwrap_or_default());
        match slot {
            Slot::Null => Cell::Null,
            Slot::Integer(n) => Cell::Integer(n),
            Slot::Real(x) => Cell::Real(x),
            Slot::Date(days) => Cell::Date(days),
            Slot::Time(micros) => Cell::Time(micros),
            Slot::Timestamp(micros) => Cell::Timestamp(micros),
            Slot::Decimal(from, to) => Cell::Decimal(text(from, to)),
            Slot::Text(from, to) => Cell::Text(text(from, to)),
            Slot::Blob(from, to) => Cell::Blob(Cow::Borrowed(
                self.blobs.get(range(from, to)).unwrap_or_default(),
            )),
        }
    }
}

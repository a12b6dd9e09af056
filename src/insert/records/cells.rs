//! The values of one record, of a format that tells numbers from texts.

use crate::insert::types::Field;

/// The values of one record, used again for the next.
#[derive(Debug, Default)]
pub(in crate::insert) struct Cells {
    slots: Vec<Slot>,
    text: String,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum Slot {
    Null,
    Text(usize, usize),
    Exact(usize, usize),
    Binary(usize, usize),
    Boolean(bool),
    Blob(usize, usize),
}

impl Cells {
    /// So many NULLs.
    pub(in crate::insert) fn reset(&mut self, width: usize) {
        self.text.clear();
        self.bytes.clear();
        self.slots.clear();
        self.slots.resize(width, Slot::Null);
    }

    /// Puts a text.
    pub(in crate::insert) fn text(&mut self, at: usize, text: &str) {
        let (from, to) = self.add(text);
        self.put(at, Slot::Text(from, to));
    }

    /// Puts a number, a day or a time.
    pub(in crate::insert) fn exact(&mut self, at: usize, text: &str) {
        let (from, to) = self.add(text);
        self.put(at, Slot::Exact(from, to));
    }

    /// Puts a number that is a binary fraction.
    pub(in crate::insert) fn binary(&mut self, at: usize, text: &str) {
        let (from, to) = self.add(text);
        self.put(at, Slot::Binary(from, to));
    }

    /// Puts bytes.
    pub(in crate::insert) fn blob(&mut self, at: usize, bytes: &[u8]) {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.put(at, Slot::Blob(from, self.bytes.len()));
    }

    /// Puts a truth.
    pub(in crate::insert) fn boolean(&mut self, at: usize, value: bool) {
        self.put(at, Slot::Boolean(value));
    }

    /// A value; NULL beyond the last.
    pub(in crate::insert) fn get(&self, at: usize) -> Field<'_> {
        let text = |from, to| self.text.get(from..to).unwrap_or_default();
        match self.slots.get(at) {
            None | Some(Slot::Null) => Field::Null,
            Some(Slot::Text(from, to)) => Field::Text(text(*from, *to)),
            Some(Slot::Exact(from, to)) => Field::Exact(text(*from, *to)),
            Some(Slot::Binary(from, to)) => Field::Binary(text(*from, *to)),
            Some(Slot::Boolean(value)) => Field::Boolean(*value),
            Some(Slot::Blob(from, to)) => {
                Field::Blob(self.bytes.get(*from..*to).unwrap_or_default())
            }
        }
    }

    fn add(&mut self, text: &str) -> (usize, usize) {
        let from = self.text.len();
        self.text.push_str(text);
        (from, self.text.len())
    }

    fn put(&mut self, at: usize, slot: Slot) {
        if let Some(place) = self.slots.get_mut(at) {
            *place = slot;
        }
    }
}

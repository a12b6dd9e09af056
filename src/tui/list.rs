//! A list of any length, of which only a window is loaded.

use super::effect::Slot;
use super::keymap::Command;
use super::line::Line;
use super::screen;
use crate::client::{InstanceView, Notification, TaskView};
use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};

/// Rows loaded at once.
pub const WINDOW: usize = 300;
/// Rows that are kept loaded beyond what is seen.
const MARGIN: usize = 60;

/// What a list holds.
pub trait Item {
    /// What tells it from the others, also after a reload.
    fn key(&self) -> String;

    /// What people call it, where that may be the same for several.
    fn title(&self) -> Option<&str> {
        None
    }

    /// What people call its process, where it is of one.
    fn process(&self) -> Option<&str> {
        None
    }
}

impl Item for TaskView {
    fn key(&self) -> String {
        self.id.clone()
    }

    fn title(&self) -> Option<&str> {
        Some(screen::inbox::title(self))
    }

    fn process(&self) -> Option<&str> {
        Some(self.process())
    }
}
impl Item for InstanceView {
    fn key(&self) -> String {
        self.id.clone()
    }

    fn title(&self) -> Option<&str> {
        Some(screen::jobs::title(self))
    }

    fn process(&self) -> Option<&str> {
        Some(self.process())
    }
}

/// Whether several processes are among these.
pub fn several<'a>(mut processes: impl Iterator<Item = &'a str>) -> bool {
    let first = processes.next();
    processes.any(|process| Some(process) != first)
}

/// The titles that stand there more than once.
pub fn twins<'a>(titles: impl Iterator<Item = &'a str>) -> HashSet<&'a str> {
    let mut seen = HashSet::new();
    titles.filter(|title| !seen.insert(*title)).collect()
}
impl Item for Notification {
    fn key(&self) -> String {
        self.id.to_string()
    }
}

/// The loaded part of a list.
#[derive(Debug)]
pub struct Window<T> {
    /// Index of the first loaded row.
    pub offset: usize,
    /// The loaded rows.
    pub items: Vec<T>,
    /// Rows in all.
    pub total: usize,
    /// How many of them are in the first of two parts.
    pub first_part: usize,
}

/// A list, its selection, marks and filter.
#[derive(Debug)]
pub struct List<T> {
    /// The loaded window.
    pub slot: Slot<Window<T>>,
    /// Index of the selected row.
    pub selected: usize,
    /// Its key, so that the selection follows the row.
    pub selected_key: Option<String>,
    /// Index of the first visible row; the view moves it.
    pub top: Cell<usize>,
    /// Visible rows; the view sets it.
    pub height: Cell<usize>,
    /// Keys of marked rows.
    pub marks: BTreeSet<String>,
    /// What is typed to filter.
    pub filter: Line,
    /// Keys go to the filter.
    pub filtering: bool,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List {
            slot: Slot::default(),
            selected: 0,
            selected_key: None,
            top: Cell::new(0),
            height: Cell::new(20),
            marks: BTreeSet::new(),
            filter: Line::default(),
            filtering: false,
        }
    }
}

impl<T: Item> List<T> {
    /// Rows in all.
    pub fn total(&self) -> usize {
        self.slot.data.as_ref().map_or(0, |w| w.total)
    }

    /// The row at an index, when it is loaded.
    pub fn get(&self, index: usize) -> Option<&T> {
        let window = self.slot.data.as_ref()?;
        window.items.get(index.checked_sub(window.offset)?)
    }

    /// The selected row.
    pub fn current(&self) -> Option<&T> {
        self.get(self.selected)
    }

    /// The filter's text, if any.
    pub fn text(&self) -> Option<String> {
        let text = self.filter.text().trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The loaded rows.
    pub fn loaded(&self) -> impl Iterator<Item = &T> {
        self.slot.data.iter().flat_map(|window| &window.items)
    }

    /// The titles that several loaded rows have.
    pub fn twins(&self) -> HashSet<&str> {
        twins(self.loaded().filter_map(Item::title))
    }

    /// Whether the loaded rows are of several processes.
    pub fn several(&self) -> bool {
        several(self.loaded().filter_map(Item::process))
    }

    /// Where the next window should begin.
    pub fn from(&self) -> usize {
        self.selected.saturating_sub(WINDOW / 2)
    }

    /// After a reload: finds the selected row again, drops marks of rows that are gone.
    pub fn settle(&mut self) {
        let Some(window) = &self.slot.data else {
            return;
        };
        let found = self
            .selected_key
            .as_ref()
            .and_then(|key| window.items.iter().position(|item| item.key() == *key));
        self.selected = match found {
            Some(at) => window.offset + at,
            None => self.selected.min(window.total.saturating_sub(1)),
        };
        if window.items.len() == window.total {
            let here: BTreeSet<String> = window.items.iter().map(Item::key).collect();
            self.marks.retain(|key| here.contains(key));
        }
        self.remember();
    }

    /// Selects a row.
    pub fn select(&mut self, index: usize) {
        self.selected = index.min(self.total().saturating_sub(1));
        self.remember();
    }

    fn remember(&mut self) {
        let key = self.current().map(Item::key);
        if key.is_some() || self.total() == 0 {
            self.selected_key = key;
        } else {
            self.selected_key = None;
        }
    }

    /// True when rows around the selection are not loaded and none are on their way.
    pub fn hungry(&self) -> bool {
        let Some(window) = &self.slot.data else {
            return !self.slot.waiting && self.slot.error.is_none();
        };
        let end = window.offset + window.items.len();
        let reach = self.height.get() + MARGIN;
        let low = self.selected.saturating_sub(reach) < window.offset && window.offset > 0;
        let high = self.selected + reach >= end && end < window.total;
        !self.slot.waiting && (low || high)
    }

    /// Moves by a command; false when the command is none of a list's.
    pub fn run(&mut self, command: Command) -> bool {
        let page = self.height.get().saturating_sub(1).max(1);
        match command {
            Command::Up => self.select(self.selected.saturating_sub(1)),
            Command::Down => self.select(self.selected + 1),
            Command::PageUp => self.select(self.selected.saturating_sub(page)),
            Command::PageDown => self.select(self.selected + page),
            Command::Top => self.select(0),
            Command::Bottom => self.select(usize::MAX),
            Command::Mark => {
                if let Some(key) = self.current().map(Item::key) {
                    if !self.marks.remove(&key) {
                        self.marks.insert(key);
                    }
                    self.select(self.selected + 1);
                }
            }
            Command::MarkAll => {
                let all: BTreeSet<String> = self
                    .slot
                    .data
                    .iter()
                    .flat_map(|w| &w.items)
                    .map(Item::key)
                    .collect();
                self.marks = if self.marks == all {
                    BTreeSet::new()
                } else {
                    all
                };
            }
            Command::Filter => self.filtering = true,
            _ => return false,
        }
        true
    }

    /// The marked rows that are loaded, or else the selected one.
    pub fn chosen(&self) -> Vec<&T> {
        let marked: Vec<&T> = self
            .slot
            .data
            .iter()
            .flat_map(|w| &w.items)
            .filter(|item| self.marks.contains(&item.key()))
            .collect();
        if marked.is_empty() {
            self.current().into_iter().collect()
        } else {
            marked
        }
    }

    /// The index of the first visible row, given how many lines the rows from one index to
    /// another take.
    pub fn scrolled(&self, height: usize, lines: impl Fn(usize, usize) -> usize) -> usize {
        let mut top = self.top.get().min(self.selected);
        // Far away: begin near the end instead of counting every row between.
        top = top.max(self.selected.saturating_sub(height));
        while top < self.selected && lines(top, self.selected) > height {
            top += 1;
        }
        self.top.set(top);
        self.height.set(height);
        top
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Item for u32 {
        fn key(&self) -> String {
            self.to_string()
        }
    }

    fn list(offset: usize, items: &[u32], total: usize) -> List<u32> {
        let mut list = List::default();
        list.slot.data = Some(Window {
            offset,
            items: items.to_vec(),
            total,
            first_part: 0,
        });
        list.settle();
        list
    }

    #[test]
    fn the_selection_follows_its_row() {
        let mut list = list(0, &[1, 2, 3], 3);
        list.run(Command::Down);
        list.slot.data = Some(Window {
            offset: 0,
            items: vec![9, 8, 2],
            total: 3,
            first_part: 0,
        });
        list.settle();
        assert_eq!((list.selected, list.current()), (2, Some(&2)));
        list.slot.data = Some(Window {
            offset: 0,
            items: vec![9],
            total: 1,
            first_part: 0,
        });
        list.settle();
        assert_eq!(list.current(), Some(&9));
    }

    #[test]
    fn a_long_list_asks_for_more() {
        let mut list = list(0, &(0..300).collect::<Vec<_>>(), 100_000);
        assert!(!list.hungry());
        list.run(Command::Bottom);
        assert!(list.hungry());
        assert_eq!(list.from(), 99_999 - WINDOW / 2);
        assert_eq!(list.current(), None);
    }

    #[test]
    fn marks() {
        let mut list = list(0, &[1, 2, 3], 3);
        assert_eq!(list.chosen(), [&1]);
        list.run(Command::Mark);
        list.run(Command::Mark);
        assert_eq!(list.chosen(), [&1, &2]);
        list.run(Command::MarkAll);
        assert_eq!(list.chosen().len(), 3);
        list.run(Command::MarkAll);
        assert_eq!(list.chosen(), [&3]);
    }

    #[test]
    fn the_selected_row_is_visible() {
        let mut list = list(0, &(0..100).collect::<Vec<_>>(), 100);
        list.select(50);
        assert_eq!(list.scrolled(10, |a, b| b - a + 1), 41);
        list.select(30);
        assert_eq!(list.scrolled(10, |a, b| b - a + 1), 30);
    }
}

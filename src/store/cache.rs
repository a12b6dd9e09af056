//! Root instances that the writer keeps in memory, so that a command costs what it changes.

use crate::engine::{Id, Instance};
use std::collections::HashMap;

struct Entry {
    instance: Instance,
    /// Rows, at least: what replaces a row is counted again until the next eviction.
    rows: usize,
    used: u64,
}

/// The most recently used instances, bounded by their rows.
pub(super) struct Cache {
    entries: HashMap<Id, Entry, foldhash::fast::RandomState>,
    rows: usize,
    limit: usize,
    clock: u64,
}

impl Cache {
    pub(super) fn new(limit: usize) -> Self {
        Cache {
            entries: HashMap::default(),
            rows: 0,
            limit,
            clock: 0,
        }
    }

    pub(super) fn get(&mut self, root: &str) -> Option<&mut Instance> {
        self.clock += 1;
        let entry = self.entries.get_mut(root)?;
        entry.used = self.clock;
        Some(&mut entry.instance)
    }

    /// Keeps an instance. One that alone exceeds the limit is kept until the next comes.
    pub(super) fn insert(&mut self, root: &str, instance: Instance) {
        self.remove(root);
        self.clock += 1;
        let rows = count(&instance);
        self.rows += rows;
        self.make_room(rows);
        let entry = Entry {
            instance,
            rows,
            used: self.clock,
        };
        self.entries.insert(root.to_owned(), entry);
    }

    /// Counts rows that a command put into an instance.
    pub(super) fn grew(&mut self, root: &str, rows: usize) {
        if let Some(entry) = self.entries.get_mut(root) {
            entry.rows += rows;
            self.rows += rows;
        }
    }

    pub(super) fn remove(&mut self, root: &str) {
        if let Some(entry) = self.entries.remove(root) {
            self.rows = self.rows.saturating_sub(entry.rows);
        }
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.rows = 0;
    }

    /// Lets the longest unused go until a quarter is free, so that this is seldom.
    fn make_room(&mut self, coming: usize) {
        if self.rows <= self.limit {
            return;
        }
        let mut total = coming;
        let mut by_age = Vec::with_capacity(self.entries.len());
        for (root, entry) in &mut self.entries {
            entry.rows = count(&entry.instance);
            total += entry.rows;
            by_age.push((entry.used, root.clone()));
        }
        self.rows = total;
        by_age.sort_unstable();
        for (_, root) in by_age {
            if self.rows <= self.limit / 4 * 3 {
                return;
            }
            self.remove(&root);
        }
    }
}

fn count(instance: &Instance) -> usize {
    let variables: usize = instance
        .executions()
        .map(|e| e.id.as_str())
        .chain(instance.tasks().map(|t| t.id.as_str()))
        .map(|scope| instance.variables(scope).count())
        .sum();
    variables
        + instance.processes().count()
        + instance.executions().count()
        + instance.tasks().count()
        + instance.external_tasks().count()
        + instance.jobs().count()
        + instance.subscriptions().count()
        + instance.incidents().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Execution, ProcessInstance, Row};

    fn instance(id: &str, executions: usize) -> Instance {
        let process = ProcessInstance {
            id: id.to_owned(),
            ..Default::default()
        };
        let executions = (0..executions).map(|n| {
            Row::from(Execution {
                id: format!("{id}-{n}"),
                sequence: n as u64,
                ..Default::default()
            })
        });
        Instance::from_rows(std::iter::once(Row::from(process)).chain(executions))
    }

    #[test]
    fn the_longest_unused_go_first() {
        let mut cache = Cache::new(40);
        for id in ["a", "b", "c"] {
            cache.insert(id, instance(id, 9));
        }
        assert!(cache.get("a").is_some());
        cache.insert("d", instance("d", 15));
        assert!(cache.get("b").is_none());
        assert!(cache.get("c").is_none());
        assert!(cache.get("a").is_some());
        assert!(cache.get("d").is_some());
        assert_eq!(cache.rows, 26);
    }

    #[test]
    fn rows_counted_twice_are_counted_again_before_anything_goes() {
        let mut cache = Cache::new(40);
        cache.insert("a", instance("a", 9));
        cache.grew("a", 1000);
        cache.insert("b", instance("b", 9));
        assert!(cache.get("a").is_some(), "only its estimate was too large");
        assert_eq!(cache.entries.len(), 2);
    }

    #[test]
    fn removing_and_clearing_give_the_room_back() {
        let mut cache = Cache::new(40);
        cache.insert("a", instance("a", 9));
        cache.insert("a", instance("a", 4));
        assert_eq!(cache.rows, 5);
        cache.insert("b", instance("b", 4));
        cache.remove("a");
        assert_eq!(cache.rows, 5);
        cache.clear();
        assert_eq!(cache.rows, 0);
        assert!(cache.get("b").is_none());
    }
}

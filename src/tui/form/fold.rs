//! Fields that are seldom needed stand folded behind one line, as their model says: those of one
//! title together. A fold opens by a key, and where one of its fields is wrong.

use super::{Field, Form};
use crate::tui::words::Clock;

impl Form {
    /// True when the field stands in a fold that is closed.
    pub(super) fn is_folded(&self, at: usize) -> bool {
        let title = self.fields.get(at).and_then(|f| f.fold.as_ref());
        title.is_some_and(|title| !self.opened.contains(title))
    }

    /// True when the fold of this field is drawn here: it is the first of them that is shown.
    pub(super) fn leads(&self, at: usize) -> bool {
        let Some(field) = self.fields.get(at).filter(|f| !f.hidden) else {
            return false;
        };
        let same = |other: &Field| !other.hidden && other.fold == field.fold;
        field.fold.is_some() && self.fields.iter().position(same) == Some(at)
    }

    /// True when the focus can stand on the field, or on the line behind which it is folded.
    pub(super) fn is_stop(&self, at: usize) -> bool {
        let shown = self.fields.get(at).is_some_and(|f| !f.hidden);
        shown && (!self.is_folded(at) || self.leads(at))
    }

    /// The focus stands on the line of a closed fold.
    pub fn on_fold(&self) -> bool {
        self.is_folded(self.focus)
    }

    /// Opens the fold of this field.
    pub(super) fn reveal(&mut self, at: usize) {
        if let Some(title) = self.fields.get(at).and_then(|f| f.fold.clone()) {
            self.opened.insert(title);
        }
    }

    /// Opens the fold that the focus is on.
    pub fn open_fold(&mut self) {
        self.reveal(self.focus);
    }

    /// Fields may be folded away.
    pub fn has_folds(&self) -> bool {
        (0..self.fields.len()).any(|at| self.leads(at))
    }

    /// Opens all folds, with the focus in the first of them; closes them when all are open.
    pub fn fold(&mut self, clock: &Clock) {
        let leads: Vec<usize> = (0..self.fields.len()).filter(|i| self.leads(*i)).collect();
        let Some(first) = leads.iter().copied().find(|at| self.is_folded(*at)) else {
            self.opened.clear();
            if self.is_folded(self.focus) {
                let title = self.fields.get(self.focus).and_then(|f| f.fold.clone());
                let of = |at: &&usize| self.fields.get(**at).is_some_and(|f| f.fold == title);
                if let Some(at) = leads.iter().find(of) {
                    self.go(*at, clock);
                }
            }
            return;
        };
        leads.into_iter().for_each(|at| self.reveal(at));
        self.go(first, clock);
    }

    /// The fields of the fold that this one leads.
    fn of_fold(&self, at: usize) -> impl Iterator<Item = &Field> {
        let title = self.fields.get(at).and_then(|f| f.fold.clone());
        let same = move |field: &&Field| !field.hidden && field.fold == title;
        self.fields.iter().filter(same)
    }

    /// What is set in the fold that this field leads: `Separator ;, Header no`.
    pub(super) fn set_in_fold(&self, at: usize) -> String {
        let set = self.of_fold(at).filter_map(Field::set_to);
        set.collect::<Vec<_>>().join(", ")
    }

    /// The labels of the fold that this field leads.
    pub(super) fn labels_in_fold(&self, at: usize) -> String {
        let labels = self.of_fold(at).map(|f| f.label.as_str());
        labels.collect::<Vec<_>>().join(", ")
    }
}

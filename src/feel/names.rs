//! The names that are known where code is written: each is found at once, however many there are.

use std::collections::HashMap;
use std::sync::Arc;

/// Names of several words, word by word.
#[derive(Debug, Clone, Default)]
pub(super) struct Phrases {
    /// Where names begin, and what may follow.
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Default)]
struct Node {
    next: HashMap<Box<str>, usize>,
    /// How often a name that ends here was added.
    names: u32,
}

impl Phrases {
    /// Adds a name.
    pub fn add(&mut self, words: &[String]) {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut at = 0;
        for word in words {
            let new = self.nodes.len();
            let next = &mut self.nodes[at].next;
            at = match next.get(word.as_str()) {
                Some(known) => *known,
                None => {
                    next.insert(word.as_str().into(), new);
                    self.nodes.push(Node::default());
                    new
                }
            };
        }
        self.nodes[at].names += 1;
    }

    /// Takes a name away that was added.
    pub fn remove(&mut self, words: &[String]) {
        if let Some(node) = self.find(words).and_then(|at| self.nodes.get_mut(at)) {
            node.names = node.names.saturating_sub(1);
        }
    }

    /// Whether a name is known.
    pub fn knows(&self, words: &[String]) -> bool {
        self.find(words).is_some_and(|at| self.nodes[at].names > 0)
    }

    fn find(&self, words: &[String]) -> Option<usize> {
        let mut at = 0;
        for word in words {
            at = *self.nodes.get(at)?.next.get(word.as_str())?;
        }
        Some(at).filter(|at| *at < self.nodes.len())
    }

    /// How many words the longest name has that begins with these; 0 when none does.
    pub fn longest<'w>(&self, words: impl Iterator<Item = &'w str>) -> usize {
        let (mut at, mut longest) = (0, 0);
        for (ix, word) in words.enumerate() {
            match self.nodes.get(at).and_then(|node| node.next.get(word)) {
                Some(next) => at = *next,
                None => break,
            }
            if self.nodes[at].names > 0 {
                longest = ix + 1;
            }
        }
        longest
    }
}

/// A variable, declared in what is being written.
pub(super) struct Variable {
    pub name: Arc<str>,
    pub slot: u32,
    /// The candidate of a filter: its members are names too.
    pub item: bool,
    /// Its words, where it has several.
    pub phrase: Option<Vec<String>>,
}

/// So many variables are looked through faster than their hashes are made.
const FEW: usize = 12;

/// The variables that are declared here, the innermost last.
#[derive(Default)]
pub(super) struct Variables {
    all: Vec<Variable>,
    /// The places of each name, where there are more than a few.
    places: HashMap<Arc<str>, Vec<usize>>,
    /// The places of the candidates of filters.
    items: Vec<usize>,
    phrases: Phrases,
}

impl Variables {
    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn push(&mut self, variable: Variable) {
        let place = self.all.len();
        if variable.item {
            self.items.push(place);
        }
        if let Some(words) = &variable.phrase {
            self.phrases.add(words);
        }
        self.all.push(variable);
        let unknown = match place {
            FEW => 0,
            more if more > FEW => place,
            _ => return,
        };
        for (place, variable) in self.all.iter().enumerate().skip(unknown) {
            let places = self.places.entry(variable.name.clone()).or_default();
            places.push(place);
        }
    }

    /// Forgets all but the first so many.
    pub fn truncate(&mut self, length: usize) {
        while self.all.len() > length
            && let Some(variable) = self.all.pop()
        {
            if variable.item {
                self.items.pop();
            }
            if let Some(words) = &variable.phrase {
                self.phrases.remove(words);
            }
            match self.all.len() {
                FEW => self.places.clear(),
                more if more > FEW => {
                    self.places.get_mut(&variable.name).and_then(Vec::pop);
                }
                _ => {}
            }
        }
    }

    /// Whether one of this name is declared.
    pub fn knows(&self, name: &str) -> bool {
        self.innermost(name).is_some()
    }

    fn innermost(&self, name: &str) -> Option<usize> {
        match self.all.len() > FEW {
            true => self.places.get(name)?.last().copied(),
            false => self.all.iter().rposition(|known| *known.name == *name),
        }
    }

    /// The slots of the variables that a name may mean, the innermost first: candidates of filters,
    /// of which it may be a member, and at the end the variable of that name, if there is one.
    pub fn meant(&self, name: &str) -> (Vec<u32>, Option<u32>) {
        let own = self.innermost(name);
        let items = self.items.iter().rev();
        let inside = items.take_while(|place| own.is_none_or(|own| **place >= own));
        let slot = |place: usize| self.all[place].slot;
        (inside.map(|place| slot(*place)).collect(), own.map(slot))
    }

    /// How many words the longest name of several has that begins with these.
    pub fn longest<'w>(&self, words: impl Iterator<Item = &'w str>) -> usize {
        self.phrases.longest(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_longest_known_name_is_found() {
        let mut phrases = Phrases::default();
        let longest = |phrases: &Phrases, text: &str| phrases.longest(text.split(' '));
        assert_eq!(longest(&phrases, "a b"), 0);
        for name in ["a b", "a b c d", "a b", "x + y"] {
            phrases.add(&words(name));
        }
        assert_eq!(longest(&phrases, "a b c"), 2);
        assert_eq!(longest(&phrases, "a b c d e"), 4);
        assert_eq!(longest(&phrases, "b"), 0);
        assert!(phrases.knows(&words("x + y")) && !phrases.knows(&words("x +")));
        phrases.remove(&words("a b"));
        phrases.remove(&words("a b c d"));
        phrases.remove(&words("q"));
        assert_eq!(longest(&phrases, "a b c d"), 2);
        phrases.remove(&words("a b"));
        assert_eq!(longest(&phrases, "a b c d"), 0);
    }

    #[test]
    fn names_mean_the_innermost_variable_however_many_there_are() {
        for many in [3, FEW, FEW + 1, 40] {
            let mut variables = Variables::default();
            let declare = |variables: &mut Variables, name: &str, item: bool| {
                let slot = variables.len() as u32;
                variables.push(Variable {
                    name: name.into(),
                    slot,
                    item,
                    phrase: None,
                });
            };
            declare(&mut variables, "x", false);
            declare(&mut variables, "item", true);
            for ix in 2..many {
                declare(&mut variables, &format!("v{ix}"), false);
            }
            let mark = variables.len();
            declare(&mut variables, "x", false);
            declare(&mut variables, "item", true);
            let (last, own) = (mark as u32 + 1, mark as u32);
            assert_eq!(variables.meant("x"), (vec![last], Some(own)));
            assert_eq!(variables.meant("y"), (vec![last, 1], None));
            assert_eq!(variables.meant("item"), (vec![last], Some(last)));
            variables.truncate(mark);
            assert_eq!(variables.meant("x"), (vec![1], Some(0)), "{many}");
            assert_eq!(variables.meant("item"), (vec![1], Some(1)));
            assert!(variables.knows("x") && !variables.knows("y"));
            variables.truncate(0);
            assert_eq!(variables.meant("x"), (vec![], None));
            assert_eq!(variables.len(), 0);
        }
    }
}

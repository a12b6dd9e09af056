//! Regular expressions for both expression languages: compiled, bounded in size, every step
//! counted.
//!
//! Floor 1. A pattern is matched in time in proportion to the text, all ways at once
//! (`threads`); only one that refers back to a group goes back from ways that fail
//! (`backtrack`), and pays for it.

mod backtrack;
mod parse;
mod set;
mod threads;

use parse::{Parser, without_blanks};
use set::Set;

/// Longest pattern, in characters.
const MAX_LENGTH: usize = 2_000;
/// Most groups.
const MAX_GROUPS: usize = 99;

/// Whose patterns they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Those of XPath, as FEEL takes them.
    XPath,
    /// Those of Java, as JUEL takes them.
    Java,
}

/// What matching may spend.
pub trait Meter {
    /// What stops it.
    type Stop;
    /// Takes so many steps.
    fn step(&mut self, steps: u64) -> Result<(), Self::Stop>;
    /// Takes so many bytes.
    fn allocate(&mut self, bytes: usize) -> Result<(), Self::Stop>;
}

#[derive(Debug, Clone)]
enum Op {
    Set(Set),
    /// Goes on at the first, later at the second.
    Split(usize, usize),
    Jump(usize),
    /// Notes the position.
    Save(usize),
    /// Goes on only when the position has moved since the note.
    Moved(usize),
    Reference(usize),
    Start,
    End,
    /// Between a word and what is none, or not there.
    Edge(bool),
    Match,
}

/// Flags: `s`, `m`, `i`, `x`, `q`.
#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    dot_all: bool,
    multiline: bool,
    caseless: bool,
}

/// A compiled pattern.
#[derive(Debug)]
pub struct Regex {
    ops: Vec<Op>,
    groups: usize,
    /// Places for notes, those of groups first.
    notes: usize,
    flags: Flags,
    refers: bool,
}

/// Where a match and its groups are, in characters.
pub type Groups = Vec<Option<(usize, usize)>>;

type Parsed<T> = Result<T, String>;

impl Regex {
    /// Compiles a pattern with flags.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(pattern: &str, flags: &str, flavour: Flavour) -> Parsed<Regex> {
        let mut known = Flags::default();
        let (mut free, mut literal) = (false, false);
        for flag in flags.chars() {
            match flag {
                's' => known.dot_all = true,
                'm' => known.multiline = true,
                'i' => known.caseless = true,
                'x' => free = true,
                'q' => literal = true,
                other => return Err(format!("there is no flag `{other}`")),
            }
        }
        let chars: Vec<char> = match (literal, free) {
            (false, true) => without_blanks(pattern),
            _ => pattern.chars().collect(),
        };
        if chars.len() > MAX_LENGTH {
            return Err(format!("a pattern has at most {MAX_LENGTH} characters"));
        }
        let mut parser = Parser {
            flavour,
            chars,
            at: 0,
            depth: 0,
            ops: Vec::new(),
            groups: 0,
            notes: 2 * (MAX_GROUPS + 1),
            dot_all: known.dot_all,
            refers: false,
        };
        if literal {
            for c in pattern.chars() {
                parser.emit(Op::Set(Set::one(c)))?;
            }
        } else {
            parser.either()?;
            if parser.at < parser.chars.len() {
                return Err("a `)` closes nothing".into());
            }
        }
        parser.emit(Op::Match)?;
        Ok(Regex {
            ops: parser.ops,
            groups: parser.groups,
            notes: parser.notes,
            flags: known,
            refers: parser.refers,
        })
    }

    /// The first match at or after a place, with its groups.
    pub fn find<M: Meter>(
        &self,
        text: &[char],
        from: usize,
        meter: &mut M,
    ) -> Result<Option<Groups>, M::Stop> {
        if !self.refers {
            return self.find_in_step(text, from, false, meter);
        }
        for start in from..=text.len() {
            if let Some(found) = self.match_at(text, start, false, meter)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Whether all of the text matches.
    pub fn matches_whole<M: Meter>(&self, text: &[char], meter: &mut M) -> Result<bool, M::Stop> {
        let found = if self.refers {
            self.match_at(text, 0, true, meter)?
        } else {
            self.find_in_step(text, 0, true, meter)?
        };
        Ok(found.is_some())
    }

    /// The places that match, from left to right; after an empty one the next character on.
    pub fn find_all<M: Meter>(
        &self,
        text: &[char],
        meter: &mut M,
    ) -> Result<Vec<(usize, usize)>, M::Stop> {
        let (mut found, mut at) = (Vec::new(), 0);
        while at <= text.len() {
            let Some(groups) = self.find(text, at, meter)? else {
                break;
            };
            let (start, end) = groups.first().copied().flatten().unwrap_or((at, at));
            meter.allocate(16)?;
            found.push((start, end));
            at = if end > start { end } else { end + 1 };
        }
        Ok(found)
    }

    /// Whether a position may be passed that takes no character.
    fn stands(&self, op: &Op, text: &[char], at: usize) -> bool {
        let newline = |ix: Option<usize>| ix.and_then(|ix| text.get(ix)) == Some(&'\n');
        let word = |ix: Option<usize>| {
            let c = ix.and_then(|ix| text.get(ix));
            c.is_some_and(|c| c.is_alphanumeric() || *c == '_')
        };
        match op {
            Op::Start => at == 0 || (self.flags.multiline && newline(at.checked_sub(1))),
            Op::End => at == text.len() || (self.flags.multiline && newline(Some(at))),
            Op::Edge(wanted) => (word(at.checked_sub(1)) != word(Some(at))) == *wanted,
            _ => true,
        }
    }

    /// A match with its groups, from notes.
    fn groups(&self, start: usize, end: usize, notes: &[usize]) -> Groups {
        let note = |ix: usize| notes.get(ix).copied().filter(|at| *at != usize::MAX);
        let group = |g: usize| note(2 * g).zip(note(2 * g + 1));
        let mut groups = vec![Some((start, end))];
        groups.extend((1..=self.groups).map(group));
        groups
    }
}

#[cfg(test)]
mod tests;

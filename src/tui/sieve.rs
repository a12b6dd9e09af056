//! A filter over rows that are all there.

use super::keymap::Command;
use super::line::Line;

/// What is typed to filter, and whether keys go there.
#[derive(Debug, Default)]
pub struct Sieve {
    /// What is typed.
    pub filter: Line,
    /// Keys go to it.
    pub filtering: bool,
}

impl Sieve {
    /// The places of the rows that it lets pass: all words stand in a row's texts.
    pub fn passing<'t, const N: usize>(
        &self,
        rows: impl Iterator<Item = [&'t str; N]>,
    ) -> Vec<usize> {
        let wanted = self.filter.text().to_lowercase();
        let words: Vec<&str> = wanted.split_whitespace().collect();
        let passes = |texts: &[&str; N]| {
            let texts = texts.join(" ").to_lowercase();
            words.iter().all(|word| texts.contains(word))
        };
        let rows = rows.enumerate();
        let passing = rows.filter(|(_, texts)| passes(texts));
        passing.map(|(ix, _)| ix).collect()
    }

    /// Acts on the commands of a filter; false when it is none.
    pub fn run(&mut self, command: Command) -> bool {
        match command {
            Command::Filter => self.filtering = true,
            Command::Back if !self.filter.is_empty() => self.filter.set(""),
            _ => return false,
        }
        true
    }
}

/// The place that a command goes to from another, however many there are; none when it moves
/// nowhere. A page is `step` places.
pub fn place(command: Command, at: usize, step: usize) -> Option<usize> {
    Some(match command {
        Command::Up => at.saturating_sub(1),
        Command::Down => at.saturating_add(1),
        Command::PageUp => at.saturating_sub(step),
        Command::PageDown => at.saturating_add(step),
        Command::Top => 0,
        Command::Bottom => usize::MAX,
        _ => return None,
    })
}

/// Where a command leads from a place among the rows that pass; none when it moves nowhere. A
/// page is `step` rows.
pub fn moved(passing: &[usize], from: usize, command: Command, step: usize) -> Option<usize> {
    let at = passing.iter().position(|ix| *ix == from).unwrap_or(0);
    let to = place(command, at, step)?;
    let last = passing.len().saturating_sub(1);
    Some(passing.get(to.min(last)).copied().unwrap_or(from))
}

/// The row to select: the same one while it passes, else the first.
pub fn kept(passing: &[usize], selected: usize) -> usize {
    match passing.contains(&selected) {
        true => selected,
        false => passing.first().copied().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_pass_in_which_all_words_stand() {
        let mut sieve = Sieve::default();
        let rows = [
            ["orders", "Order Goods"],
            ["billing", "Bill the orders"],
            ["hr", "Leave"],
        ];
        let passing = |sieve: &Sieve| sieve.passing(rows.into_iter());
        assert_eq!(passing(&sieve), [0, 1, 2]);
        sieve.filter.set(" ORDER goods ");
        assert_eq!(passing(&sieve), [0]);
        assert!(sieve.run(Command::Back) && !sieve.run(Command::Back));
        assert_eq!(passing(&sieve).len(), 3);
        assert_eq!(moved(&[0, 2], 0, Command::Down, 5), Some(2));
        assert_eq!(moved(&[0, 2], 2, Command::Down, 5), Some(2));
        assert_eq!(moved(&[], 1, Command::Top, 5), Some(1));
        // Below the last one there is nothing, however far it is.
        for command in [Command::Down, Command::PageDown] {
            assert_eq!(place(command, usize::MAX, 5), Some(usize::MAX));
        }
        assert_eq!((kept(&[0, 2], 1), kept(&[0, 2], 2)), (0, 2));
    }
}

//! Truths that are written another way than `true` and `false`: read by the two words, kept the usual
//! way. Words of other languages are suggested, never guessed.

use super::facts::shown;
use std::fmt;
use std::str::FromStr;

/// Pairs that a column is compared with.
const USUAL: [(&str, &str); 10] = [
    ("ja", "nein"),
    ("wahr", "falsch"),
    ("oui", "non"),
    ("vrai", "faux"),
    ("sí", "no"),
    ("si", "no"),
    ("sim", "não"),
    ("tak", "nie"),
    ("x", "-"),
    ("j", "n"),
];
/// Words of a column that are kept.
const MOST: usize = 3;
/// The longest word, in bytes.
const LONGEST: usize = 20;

/// How truths are written in a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TruthFormat {
    yes: String,
    no: String,
}

impl fmt::Display for TruthFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.yes, self.no)
    }
}

impl FromStr for TruthFormat {
    type Err = String;

    fn from_str(example: &str) -> Result<TruthFormat, String> {
        let words = example.split_once('/');
        let words = words.map(|(yes, no)| (yes.trim().to_owned(), no.trim().to_owned()));
        let sound = |(yes, no): &(String, String)| {
            let fits = |word: &str| (1..=LONGEST).contains(&word.len());
            fits(yes) && fits(no) && !same(yes, no)
        };
        match words.filter(sound) {
            Some((yes, no)) => Ok(TruthFormat { yes, no }),
            None => Err(format!(
                "{:?} says no two words; write that for true and that for false, such as ja/nein",
                shown(example)
            )),
        }
    }
}

/// Whether two words are the same whatever their case.
fn same(a: &str, b: &str) -> bool {
    a == b || a.to_lowercase() == b.to_lowercase()
}

impl TruthFormat {
    /// The truth of a text, as usual; none for another word.
    pub(super) fn usual(&self, text: &str) -> Option<&'static str> {
        match (same(text, &self.yes), same(text, &self.no)) {
            (true, _) => Some("true"),
            (_, true) => Some("false"),
            _ => None,
        }
    }
}

/// The words of a column, as long as they are few.
#[derive(Debug, Clone, Default)]
pub(super) struct Likely {
    words: Vec<String>,
    many: bool,
}

impl Likely {
    /// Looks at one more text.
    pub(super) fn see(&mut self, text: &str) {
        if self.many || self.words.iter().any(|word| same(word, text)) {
            return;
        }
        self.many = self.words.len() >= MOST || text.len() > LONGEST;
        self.words.push(text.to_owned());
    }

    /// The format that the words are of; none where they are others.
    pub(super) fn result(&self) -> Option<String> {
        let of = |word: &String, pair: &(&str, &str)| same(word, pair.0) || same(word, pair.1);
        let fits = |pair: &&(&str, &str)| self.words.iter().all(|word| of(word, pair));
        let some = !self.words.is_empty() && !self.many;
        let found = USUAL.iter().find(fits).filter(|_| some);
        found.map(|(yes, no)| format!("{yes}/{no}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_words_say_what_is_true() {
        let german: TruthFormat = "ja / nein".parse().unwrap();
        assert_eq!(german.to_string(), "ja/nein");
        assert_eq!(german.usual("Ja"), Some("true"));
        assert_eq!(german.usual("NEIN"), Some("false"));
        assert_eq!(german.usual("yes"), None);
        for wrong in ["", "ja", "/", "ja/", "ja/JA", "a/b/c/d/e/f/g/h/i/j/k/l/m"] {
            assert!(wrong.parse::<TruthFormat>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn words_of_other_languages_are_known() {
        let found = |words: &[&str]| {
            let mut likely = Likely::default();
            words.iter().for_each(|word| likely.see(word));
            likely.result()
        };
        assert_eq!(found(&["ja", "Nein", "ja"]).as_deref(), Some("ja/nein"));
        assert_eq!(found(&["WAHR"]).as_deref(), Some("wahr/falsch"));
        assert_eq!(found(&["ja", "perhaps"]), None);
        assert_eq!(found(&[]), None);
    }
}

//! Choosing a name from a list: what is typed filters it, fuzzily, and is never forced into it.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// How many names are offered at once.
const OFFERED: usize = 200;

/// The names that match what was typed, the best first; all of them, as they come, for nothing.
pub fn best<'k>(known: impl Iterator<Item = &'k String>, typed: &str) -> Vec<String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return known.take(OFFERED).cloned().collect();
    }
    let pattern = Pattern::new(
        typed,
        CaseMatching::Ignore,
        Normalization::Smart,
        AtomKind::Fuzzy,
    );
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, &String)> = known
        .filter_map(|name| {
            let score = pattern.score(Utf32Str::new(name, &mut buffer), &mut matcher)?;
            Some((score, name))
        })
        .collect();
    scored.sort_by_key(|(score, name)| (std::cmp::Reverse(*score), name.len()));
    let names = scored.into_iter().map(|(_, name)| name.clone());
    names.take(OFFERED).collect()
}

/// The next option that begins with a letter, after this one.
pub fn next_option(
    options: &[(String, String)],
    after: Option<usize>,
    letter: char,
) -> Option<usize> {
    let (len, from) = (options.len(), after.map_or(0, |at| at + 1));
    let begin = letter.to_lowercase().to_string();
    let begins = |at: &usize| {
        let label = options.get(*at).map(|(_, label)| label.to_lowercase());
        label.is_some_and(|label| label.starts_with(&begin))
    };
    (0..len).map(|at| (from + at) % len).find(begins)
}

/// The beginning of a list of names up to its last one, and that one.
pub fn last_name(text: &str) -> (&str, &str) {
    let at = text.rfind([',', ' ', ';']).map_or(0, |at| at + 1);
    text.split_at(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_match_comes_first() {
        let known = ["order_lines", "orders", "customers"].map(str::to_owned);
        let best = |typed: &str| best(known.iter(), typed);
        assert_eq!(best("ord"), ["orders", "order_lines"]);
        assert_eq!(best("ol"), ["order_lines"]);
        assert_eq!(best("CUST"), ["customers"]);
        assert_eq!(best("").len(), 3);
        assert!(best("zebra").is_empty());
        // What a pattern language would read as signs is text here.
        assert!(best("!orders").is_empty());
    }

    #[test]
    fn a_list_is_continued_at_its_last_name() {
        assert_eq!(last_name("ana, be"), ("ana, ", "be"));
        assert_eq!(last_name("be"), ("", "be"));
        assert_eq!(last_name("ana,"), ("ana,", ""));
    }
}

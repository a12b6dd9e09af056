//! Names near a name that was not found.

/// Whether two names mean the same column, whatever their case and their white space: those of
/// workbooks often have line breaks.
pub fn same_column(a: &str, b: &str) -> bool {
    a == b || folded(a) == folded(b)
}

/// What all names of the same column have in common.
pub fn folded(name: &str) -> String {
    let words = name.split_whitespace().map(str::to_lowercase);
    words.collect::<Vec<String>>().join(" ")
}

/// "; did you mean `b`?" if one of the names is like `name`, else nothing.
pub fn did_you_mean<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let wanted = name.trim().to_lowercase();
    // Names beyond this length are not worth the squares.
    if wanted.chars().count() > 100 {
        return String::new();
    }
    let room = wanted.chars().count() / 3 + 1;
    names
        .into_iter()
        .filter(|other| other.chars().count() <= 100)
        .map(|other| (distance(&wanted, &other.to_lowercase()), other))
        .filter(|(far, _)| *far <= room)
        .min()
        .map_or(String::new(), |(_, other)| {
            format!("; did you mean {other:?}?")
        })
}

/// The one of the names of which `name` is most likely a slip of the keys: other case, two letters
/// swapped, or one letter more, less or changed, in long names two. Short names only differ in
/// case; what differs by digits is another name, and where nothing says that the others are right,
/// so is what differs at the end.
pub fn misspelt<'a>(
    name: &str,
    names: impl IntoIterator<Item = &'a str>,
    doubtful: bool,
) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let letters = wanted.chars().count();
    if letters > 100 {
        return None;
    }
    let room = match (letters, doubtful) {
        (..=3, _) | (4, true) => 0,
        (..=7, _) | (_, true) => 1,
        _ => 2,
    };
    let plain = |text: &str| -> String { text.chars().filter(|c| !c.is_ascii_digit()).collect() };
    let head = |text: &str| -> String { text.chars().take(letters.saturating_sub(1)).collect() };
    let near = |other: &&str| {
        let lower = other.to_lowercase();
        if *other == name || lower.chars().count() > 100 {
            return None;
        }
        if lower == wanted {
            return Some(0);
        }
        let apart = plain(&lower) == plain(&wanted) || (doubtful && head(&lower) == head(&wanted));
        let slips = match swapped(&lower, &wanted) {
            true => 1,
            false => distance(&wanted, &lower),
        };
        (!apart && slips <= room).then_some(slips)
    };
    let found = names
        .into_iter()
        .filter_map(|other| Some((near(&other)?, other)));
    found.min().map(|(_, other)| other)
}

/// Whether two texts differ by two neighbouring letters that changed places.
fn swapped(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let differ: Vec<usize> = (0..a.len().min(b.len()))
        .filter(|ix| a[*ix] != b[*ix])
        .collect();
    match differ.as_slice() {
        [one, next] => {
            a.len() == b.len() && *next == one + 1 && a[*one] == b[*next] && a[*next] == b[*one]
        }
        _ => false,
    }
}

/// The number of characters to insert, take away or change (Levenshtein).
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let up = *cell;
            let changed = diagonal + usize::from(x != *y);
            left = changed.min(up + 1).min(left + 1);
            diagonal = up;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_right() {
        for (a, b, d) in [
            ("", "", 0),
            ("a", "", 1),
            ("", "ab", 2),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(a, b), d, "{a} {b}");
        }
    }

    #[test]
    fn slips_of_the_keys_are_told_from_other_names() {
        let slip = |name, of, doubtful| misspelt(name, [of], doubtful).is_some();
        for (name, of) in [
            ("custmer", "customer"),
            ("Amount", "amount"),
            ("pirce", "price"),
            ("ordres", "orders"),
            ("aplicantt", "applicant"),
            ("AGE", "age"),
        ] {
            assert!(slip(name, of, false), "{name} {of}");
        }
        for (name, of) in [
            ("income", "income"),
            ("income1", "income2"),
            ("income", "income2"),
            ("age", "ace"),
            ("minAge", "maxAge"),
            ("total", "local"),
        ] {
            assert!(!slip(name, of, false), "{name} {of}");
        }
        assert!(slip("prices", "price", false) && !slip("prices", "price", true));
        assert!(slip("valueA", "valueB", false) && !slip("valueA", "valueB", true));
        assert!(slip("custmer", "customer", true));
    }

    #[test]
    fn only_what_is_near_is_suggested() {
        assert_eq!(
            did_you_mean("ordres", ["orders", "prices"]),
            "; did you mean \"orders\"?"
        );
        assert_eq!(
            did_you_mean("Amount ", ["amount"]),
            "; did you mean \"amount\"?"
        );
        assert_eq!(did_you_mean("x", ["orders", "prices"]), "");
    }
}

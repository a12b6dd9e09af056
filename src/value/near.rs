//! Names near a name that was not found.

/// Whether two names mean the same column, whatever their case and their white space: those of
/// workbooks often have line breaks.
pub fn same_column(a: &str, b: &str) -> bool {
    let words = |name: &str| {
        let words = name.split_whitespace().map(str::to_lowercase);
        words.collect::<Vec<String>>()
    };
    a == b || words(a) == words(b)
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

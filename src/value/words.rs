//! Numbers, and what the operating system says, as people read them.

use std::io;

/// A number with its thousands separated.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number and what it counts: `1 row`, `2,000 rows`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(n), if n == 1 { one } else { many })
}

/// An id, cut to what tells it from others at a glance: its end.
pub fn short(id: &str) -> &str {
    id.char_indices()
        .rev()
        .nth(7)
        .map_or(id, |(at, _)| &id[at..])
}

/// An error of the operating system about a file, in words and with what to do.
pub fn io_error(error: &io::Error) -> String {
    let known = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file; check the path",
        io::ErrorKind::PermissionDenied => "no permission; ask its owner for the right to it",
        io::ErrorKind::IsADirectory => "is a folder; name a file in it",
        io::ErrorKind::NotADirectory => "a part of the path is no folder; check the path",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "no space is left; free some space, then try again"
        }
        io::ErrorKind::ReadOnlyFilesystem => "it stands on a read-only file system",
        io::ErrorKind::InvalidData => "is not text in UTF-8",
        _ => return system(error),
    };
    known.to_owned()
}

/// An error of the operating system without its number, which says nothing to people.
pub fn system(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_lowercase(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_told_in_words() {
        let missing = std::fs::read("/there/is/no/such/file").unwrap_err();
        assert!(missing.to_string().contains("os error"));
        let told = io_error(&missing);
        assert_eq!(told, "there is no such file; check the path");
        let rare = io_error(&io::Error::from_raw_os_error(5));
        assert!(!rare.contains("os error") && !rare.is_empty(), "{rare}");
        let refused = io::Error::from_raw_os_error(111);
        assert_eq!(system(&refused), "connection refused");
        let own = io::Error::other("is larger than 16 MB");
        assert_eq!(io_error(&own), "is larger than 16 MB");
    }

    #[test]
    fn thousands_are_separated() {
        let told = [0, 999, 1000, 1_234_567].map(thousands);
        assert_eq!(told, ["0", "999", "1,000", "1,234,567"]);
        let told = [1, 2000].map(|n| count(n, "row", "rows"));
        assert_eq!(told, ["1 row", "2,000 rows"]);
    }
}

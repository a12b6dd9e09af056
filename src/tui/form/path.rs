//! Completion of file paths. Runs on a blocking thread: a folder may be slow to answer.

use std::path::{Path, PathBuf};

/// How many names are offered.
const OFFERED: usize = 200;
/// How many entries of a folder are looked at.
const LOOKED_AT: usize = 20_000;

/// What was found about a path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The text that was looked up.
    pub text: String,
    /// Full texts that continue it, folders with a `/` at the end.
    pub offers: Vec<String>,
    /// What the path is: a size, or why it cannot be read.
    pub note: Option<String>,
}

/// A path with `~` read as the home folder.
pub fn expand(text: &str) -> PathBuf {
    match (text.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(text),
    }
}

/// Looks up what continues the text and what is there already.
pub fn look(text: String) -> Found {
    let (folder, start) = match text.rfind('/') {
        Some(at) => text.split_at(at + 1),
        None => ("", text.as_str()),
    };
    let place = if folder.is_empty() {
        PathBuf::from(".")
    } else {
        expand(folder)
    };
    let mut offers: Vec<String> = std::fs::read_dir(place)
        .into_iter()
        .flatten()
        .take(LOOKED_AT)
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let wanted =
                name.starts_with(start) && (start.starts_with('.') || !name.starts_with('.'));
            let slash = if wanted && entry.path().is_dir() {
                "/"
            } else {
                ""
            };
            (wanted && !name.contains(char::is_control)).then(|| format!("{folder}{name}{slash}"))
        })
        .collect();
    offers.sort_unstable();
    offers.truncate(OFFERED);
    if offers == [text.as_str()] {
        offers.clear();
    }
    let note = (!text.is_empty())
        .then(|| describe(&expand(&text)))
        .flatten();
    Found { text, offers, note }
}

fn describe(path: &Path) -> Option<String> {
    let meta = std::fs::metadata(path).ok()?;
    Some(if meta.is_dir() {
        "a folder: its files as one, or go on to one".to_owned()
    } else if meta.is_file() {
        crate::tui::words::bytes(meta.len())
    } else {
        "not a regular file".to_owned()
    })
}

/// What all the offers have in common.
pub fn common(offers: &[String]) -> &str {
    let Some(first) = offers.first() else {
        return "";
    };
    let mut end = first.len();
    for other in offers {
        end = first
            .char_indices()
            .zip(other.chars())
            .find(|((_, a), b)| a != b)
            .map_or(first.len().min(other.len()), |((i, _), _)| i)
            .min(end);
    }
    &first[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completes_names() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["orders_16.csv", "orders_17.csv", ".hidden"] {
            std::fs::write(folder.path().join(name), "a,b\n").unwrap();
        }
        std::fs::create_dir(folder.path().join("old")).unwrap();
        let base = folder.path().to_str().unwrap();
        let found = look(format!("{base}/o"));
        assert_eq!(
            found.offers,
            ["old/", "orders_16.csv", "orders_17.csv"].map(|n| format!("{base}/{n}"))
        );
        assert_eq!(
            common(&look(format!("{base}/or")).offers),
            format!("{base}/orders_1")
        );
        let whole = look(format!("{base}/orders_16.csv"));
        assert_eq!(
            (whole.offers.len(), whole.note.as_deref()),
            (0, Some("4 B"))
        );
        assert!(look("/nowhere/at/all".into()).offers.is_empty());
    }

    #[test]
    fn common_beginnings_are_whole_letters() {
        assert_eq!(common(&["日本".into(), "日中".into()]), "日");
        assert_eq!(common(&["ab".into(), "abc".into()]), "ab");
    }
}

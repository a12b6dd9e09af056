//! What is said of all columns, and of some by their names: `dd.MM.yyyy; due=MM/dd/yyyy`.

use super::facts::shown;
use crate::value::near::{folded, same_column};
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

/// Something for all columns, and for some of them something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByColumn<T> {
    all: Option<T>,
    columns: Vec<(String, T)>,
    /// Where each column is among these, by what its names have in common.
    places: HashMap<String, usize>,
}

/// Columns of which something may be said: as many as a sheet has.
const MOST: usize = 16_384;

impl<T> Default for ByColumn<T> {
    fn default() -> ByColumn<T> {
        ByColumn {
            all: None,
            columns: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<T> From<T> for ByColumn<T> {
    fn from(all: T) -> ByColumn<T> {
        ByColumn {
            all: Some(all),
            columns: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<T> ByColumn<T> {
    /// What is said of a column that is known by these names.
    pub(super) fn of(&self, names: &[&str]) -> Option<&T> {
        let places = names
            .iter()
            .filter_map(|name| self.places.get(&folded(name)));
        let own = places.min().and_then(|at| self.columns.get(*at));
        own.map(|(_, own)| own).or(self.all.as_ref())
    }

    /// What is said of all others.
    pub fn all(&self) -> Option<&T> {
        self.all.as_ref()
    }

    /// The columns that are named.
    pub(super) fn columns(&self) -> impl Iterator<Item = &(String, T)> {
        self.columns.iter()
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.all.is_none() && self.columns.is_empty()
    }
}

impl<T: FromStr<Err = String>> FromStr for ByColumn<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<ByColumn<T>, String> {
        let mut said = ByColumn::default();
        for entry in entries(text) {
            match column(entry)? {
                (Some(column), own) => {
                    let at = said.columns.len();
                    if at == MOST {
                        return Err(format!("more than {MOST} columns are named"));
                    }
                    if said.places.insert(folded(&column), at).is_some() {
                        return Err(format!("{:?} is named twice", shown(&column)));
                    }
                    said.columns.push((column, own.parse()?));
                }
                (None, _) if said.all.is_some() => {
                    return Err(format!(
                        "two are said of all columns; name the column of one, such as \
                         amount={}",
                        shown(entry)
                    ));
                }
                (None, all) => said.all = Some(all.parse()?),
            }
        }
        Ok(said)
    }
}

/// What stands between semicolons, outside of the quotes around names.
fn entries(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let entries = text.split(move |sign| {
        quoted ^= sign == '"';
        sign == ';' && !quoted
    });
    entries.map(str::trim).filter(|entry| !entry.is_empty())
}

/// The column that an entry names, and what it says of it.
fn column(entry: &str) -> Result<(Option<String>, &str), String> {
    let Some(mut rest) = entry.strip_prefix('"') else {
        return Ok(match entry.split_once('=') {
            Some((column, own)) => (Some(column.trim().to_owned()), own),
            None => (None, entry),
        });
    };
    let mut name = String::new();
    while let Some((before, after)) = rest.split_once('"') {
        name.push_str(before);
        rest = after;
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => break,
        }
    }
    match rest.trim_start().strip_prefix('=') {
        Some(own) => Ok((Some(name), own)),
        None => Err(format!(
            "{:?} says nothing of a column; write \"column\"= and its format",
            shown(entry)
        )),
    }
}

impl<T: fmt::Display> fmt::Display for ByColumn<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        if let Some(all) = &self.all {
            write!(f, "{all}")?;
            between = "; ";
        }
        for (column, own) in &self.columns {
            let plain = !column.contains(['"', ';', '=']) && column.trim() == column;
            match plain {
                true => write!(f, "{between}{column}={own}")?,
                false => write!(f, "{between}\"{}\"={own}", column.replace('"', "\"\""))?,
            }
            between = "; ";
        }
        Ok(())
    }
}

/// What columns look like, where they are not read so yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looks {
    /// The columns and their formats.
    pub columns: Vec<(String, String)>,
    /// What says so of them, and what is said already of others.
    pub say: String,
}

impl Looks {
    /// What to say of these columns: of all if they are alike and it `harms` no other one, else of
    /// each by its name.
    pub(super) fn of<T: fmt::Display>(
        columns: Vec<(String, String)>,
        said: &ByColumn<T>,
        harms: impl Fn(&str) -> bool,
    ) -> Option<Looks> {
        let most = |format: &String| columns.iter().filter(|(_, f)| f == format).count();
        let formats = columns.iter().map(|(_, format)| format);
        // The first of those that most columns have.
        let common = formats.rev().max_by_key(|format| most(format))?;
        let all = match harms(common) {
            true => said.all().map(ToString::to_string),
            false => Some(common.clone()),
        };
        let kept = said.columns().filter(|(name, _)| {
            let is = |(column, _): &&(String, String)| same_column(column, name);
            !columns.iter().any(|own| is(&own))
        });
        let kept = kept.map(|(name, own)| (name.clone(), own.to_string()));
        let own = columns
            .iter()
            .filter(|(_, format)| Some(format) != all.as_ref());
        let says = ByColumn {
            columns: kept.chain(own.cloned()).collect(),
            all,
            places: HashMap::new(),
        };
        Some(Looks {
            say: says.to_string(),
            columns,
        })
    }

    /// The same in words: `ordered look like dd.MM.yyyy, those of due like MM/dd/yyyy`.
    pub fn words(&self) -> String {
        let columns = self.columns.iter().take(SHOWN);
        let columns = columns.map(|(column, format)| format!("{column} look like {format}"));
        columns.collect::<Vec<_>>().join(", those of ")
    }
}

/// Columns that are told of.
const SHOWN: usize = 5;

#[cfg(test)]
mod tests {
    use super::super::{DateFormat, NumberFormat};
    use super::*;

    fn dates(text: &str) -> Result<ByColumn<DateFormat>, String> {
        text.parse()
    }

    #[test]
    fn a_column_may_have_its_own() {
        let said = dates(" dd.MM.yyyy ;due=MMM d, yyyy; \"a;b = \"\"c\"\"\" = yyyyMMdd").unwrap();
        let of = |names: &[&str]| said.of(names).map(ToString::to_string);
        assert_eq!(of(&["ordered"]).as_deref(), Some("dd.MM.yyyy"));
        assert_eq!(of(&["Faellig", "Due"]).as_deref(), Some("MMM d, yyyy"));
        assert_eq!(of(&["a;b = \"c\""]).as_deref(), Some("yyyyMMdd"));
        assert_eq!(dates(&said.to_string()), Ok(said));
        let none = dates("").unwrap();
        assert!(none.is_empty() && none.of(&["x"]).is_none());
        let only = dates("due=dd.MM.yyyy").unwrap();
        assert!(only.of(&["x"]).is_none() && only.of(&["due"]).is_some());
        let numbers: ByColumn<NumberFormat> = "1.234,56; tax=1'234.56".parse().unwrap();
        assert_eq!(numbers.to_string(), "1.234,56; tax=1'234.56");
    }

    #[test]
    fn what_is_said_twice_or_of_nothing_is_refused() {
        for (text, why) in [
            ("dd.MM.yyyy; MM/dd/yyyy", "amount=MM/dd/yyyy"),
            ("due=dd.MM.yyyy; DUE=MM/dd/yyyy", "\"DUE\" is named twice"),
            ("due=tomorrow", "is no date format"),
            ("\"due\" dd.MM.yyyy", "says nothing of a column"),
            ("\"due", "says nothing of a column"),
        ] {
            let error = dates(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        // Bounded, and quick up to there.
        let many = |count: usize| {
            let said: Vec<String> = (0..count).map(|n| format!("c{n}=yyyyMMdd")).collect();
            dates(&said.join(";"))
        };
        let said = many(MOST).unwrap();
        for n in 0..MOST {
            assert!(said.of(&[&format!("C{n} ")]).is_some());
        }
        assert!(many(MOST + 1).unwrap_err().contains("more than 16384"));
    }

    #[test]
    fn what_to_say_is_of_all_columns_unless_it_harms_one() {
        let say = |said: &str, columns: &[(&str, &str)], harmful: &str| {
            let said = dates(said).unwrap();
            let columns = columns
                .iter()
                .map(|(c, f)| ((*c).to_owned(), (*f).to_owned()));
            let looks = Looks::of(columns.collect(), &said, |format| format == harmful);
            looks.map(|looks| looks.say)
        };
        let (own, other) = (("a", "dd.MM.yyyy"), ("b", "MM/dd/yyyy"));
        assert_eq!(say("", &[], ""), None);
        assert_eq!(say("", &[own], "").unwrap(), "dd.MM.yyyy");
        assert_eq!(say("", &[own], "dd.MM.yyyy").unwrap(), "a=dd.MM.yyyy");
        assert_eq!(
            say("", &[own, other], "").unwrap(),
            "dd.MM.yyyy; b=MM/dd/yyyy"
        );
        assert_eq!(
            say("", &[own, other, ("c", "MM/dd/yyyy")], "").unwrap(),
            "MM/dd/yyyy; a=dd.MM.yyyy"
        );
        // What is said of others stays.
        assert_eq!(
            say("yyyyMMdd; d=dd.MM.yy; A=d.M.yyyy", &[own], "dd.MM.yyyy").unwrap(),
            "yyyyMMdd; d=dd.MM.yy; a=dd.MM.yyyy"
        );
    }
}

//! What an insertion does with the rows that are in the table already, and the key by which it
//! tells rows apart.

use super::InsertError;
use super::facts::shown;
use super::target::Table;
use crate::value::near;
use std::fmt;
use std::str::FromStr;

/// What happens to the rows that are in the table already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// They stay.
    #[default]
    Append,
    /// They go first.
    Replace,
    /// Those whose key comes are updated.
    Upsert,
    /// There are none: the table is made from the frame.
    Create,
}

impl Mode {
    /// All modes.
    pub const ALL: [Mode; 4] = [Mode::Append, Mode::Replace, Mode::Upsert, Mode::Create];

    /// The mode as forms and scripts write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Append => "append",
            Mode::Replace => "replace",
            Mode::Upsert => "upsert",
            Mode::Create => "create",
        }
    }

    /// Whether key columns may be named.
    pub fn has_key(self) -> bool {
        matches!(self, Mode::Upsert | Mode::Create)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Mode, String> {
        let wanted = text.trim();
        let found = Mode::ALL.into_iter().find(|mode| mode.as_str() == wanted);
        found.ok_or_else(|| {
            let names = Mode::ALL.map(Mode::as_str);
            format!("{:?} is no mode; write {}", shown(text), names.join(", "))
        })
    }
}

/// A table as rows come into it in a mode, and the positions of its columns that are the key.
/// By upsert each row has its key, and may lack all else: only a new one needs it.
pub(super) fn keyed(
    mut table: Table,
    mode: Mode,
    named: &[String],
) -> Result<(Table, Vec<usize>), InsertError> {
    if !mode.has_key() {
        return match named.is_empty() {
            true => Ok((table, Vec::new())),
            false => Err(InsertError::Key(format!(
                "key columns say which rows are updated; with the mode {mode} there are none: \
                 leave them out, or choose upsert"
            ))),
        };
    }
    if mode == Mode::Create {
        // In a table that was made from the frame the key is the named one.
        let key = table.columns.iter_mut().filter(|c| c.primary_key);
        key.for_each(|column| (column.not_null, column.has_default) = (true, false));
        return Ok((table, Vec::new()));
    }
    let key = unique_key(&table, named)?;
    for (at, column) in table.columns.iter_mut().enumerate() {
        let is_key = key.contains(&at);
        (column.not_null, column.has_default) = match is_key {
            true => (true, false),
            false => (column.not_null, true),
        };
    }
    Ok((table, key))
}

/// The unique key that has the named columns; the primary one where none is named.
fn unique_key(table: &Table, named: &[String]) -> Result<Vec<usize>, InsertError> {
    let names = |key: &Vec<usize>| -> String {
        let names = key.iter().filter_map(|at| table.columns.get(*at));
        let names: Vec<&str> = names.map(|column| column.name.as_str()).collect();
        names.join(", ")
    };
    let others = || match table.keys.is_empty() {
        true => format!(
            "{} has no unique key, so that its rows can not be told apart; use append, or give it one",
            table.name
        ),
        false => {
            let keys: Vec<String> = table.keys.iter().map(names).collect();
            format!("{} has the unique keys {}", table.name, keys.join("; "))
        }
    };
    if named.is_empty() {
        let primary = table.keys.first().filter(|key| {
            let primary = table.columns.iter().filter(|c| c.primary_key).count();
            primary == key.len()
                && key
                    .iter()
                    .all(|at| table.columns.get(*at).is_some_and(|c| c.primary_key))
        });
        return primary.cloned().ok_or_else(|| {
            InsertError::Key(format!(
                "there is no primary key to update by; name the columns of a unique key ({})",
                others()
            ))
        });
    }
    let mut wanted = Vec::new();
    for name in named {
        let bare = name.trim();
        let exact = table.columns.iter().position(|c| c.name == bare);
        let same = || {
            let mut names = table.columns.iter();
            names.position(|c| c.name.eq_ignore_ascii_case(bare))
        };
        let at = exact.or_else(same).ok_or_else(|| {
            let columns = table.columns.iter().map(|c| c.name.as_str());
            let hint = near::did_you_mean(bare, columns);
            InsertError::Key(format!(
                "{} has no column {:?}{hint}",
                table.name,
                shown(bare)
            ))
        })?;
        if !wanted.contains(&at) {
            wanted.push(at);
        }
    }
    wanted.sort_unstable();
    let same = |key: &&Vec<usize>| {
        let mut key = key.to_vec();
        key.sort_unstable();
        key == wanted
    };
    table.keys.iter().find(same).cloned().ok_or_else(|| {
        InsertError::Key(format!(
            "{} together are no unique key, so that rows could not be told apart; {}",
            names(&wanted),
            others()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insert::target::Column;
    use crate::insert::types::ColumnType;

    fn table(primary: bool) -> Table {
        let column = |name: &str, primary_key| Column {
            name: name.into(),
            declared: String::new(),
            kind: ColumnType::Text {
                max: None,
                padded: false,
            },
            not_null: name == "must",
            has_default: false,
            primary_key,
            generated: false,
        };
        Table {
            name: "t".into(),
            quoted: "t".into(),
            columns: vec![
                column("id", primary),
                column("day", false),
                column("place", false),
                column("must", false),
            ],
            keys: match primary {
                true => vec![vec![0], vec![2, 1]],
                false => vec![vec![2, 1]],
            },
        }
    }

    fn key(primary: bool, named: &[&str]) -> Result<Vec<usize>, String> {
        let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
        keyed(table(primary), Mode::Upsert, &named)
            .map(|(_, key)| key)
            .map_err(|e| e.to_string())
    }

    #[test]
    fn the_key_is_the_primary_one_or_a_unique_one_that_is_named() {
        assert_eq!(key(true, &[]), Ok(vec![0]));
        assert_eq!(key(true, &["Day", "place", "day"]), Ok(vec![2, 1]));
        for (primary, named, says) in [
            (false, &[][..], "no primary key"),
            (true, &["day"], "no unique key"),
            (true, &["dya"], "did you mean"),
            (true, &["id", "day"], "id; place, day"),
        ] {
            let said = key(primary, named).unwrap_err();
            assert!(said.contains(says), "{said}");
        }
        let said = keyed(table(true), Mode::Append, &["id".to_owned()]).unwrap_err();
        assert!(said.to_string().contains("append"), "{said}");
    }

    #[test]
    fn by_upsert_only_the_key_must_come() {
        let (table, _) = keyed(table(true), Mode::Upsert, &[]).unwrap();
        let required: Vec<bool> = table.columns.iter().map(|c| c.is_required()).collect();
        assert_eq!(required, [true, false, false, false]);
        assert!(table.columns[3].not_null, "NULL is refused all the same");
    }

    #[test]
    fn modes_are_found_by_their_names() {
        assert!(
            Mode::ALL
                .iter()
                .all(|m| Mode::from_str(m.as_str()) == Ok(*m))
        );
        let said = Mode::from_str("merge").unwrap_err();
        assert!(said.contains("append, replace, upsert"), "{said}");
    }
}

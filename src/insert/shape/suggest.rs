//! A mapping for columns whose names do not lead to a column of the table.

use super::super::facts::shown;
use super::super::target::{Column, Table};
use super::super::types::ColumnType;
use super::mapping::Name;
use crate::value::near::{distance, same_column};

/// Columns of each side that are compared; more are not worth the squares.
const MOST: usize = 64;

/// A column of a frame and where it would go; nowhere, if it would stay out.
pub(in crate::insert) type Suggestion = (String, Option<String>);

/// The lines that say so.
pub(in crate::insert) fn lines(suggestions: &[Suggestion]) -> Vec<String> {
    let line = |(source, column): &Suggestion| match column {
        Some(column) => format!("{} = {}", Name(column), Name(source)),
        None => format!("- {}", Name(source)),
    };
    suggestions.iter().map(line).collect()
}

/// What to do about a column that the table does not have.
pub(in crate::insert) fn advice(source: &str) -> String {
    let name = shown(source);
    let name = Name(&name);
    format!("Say under columns where it goes, such as name = {name}, or - {name} to leave it out")
}

/// The sign that separates the columns of a frame which was read as a single one: one between whose
/// parts is a column of the table.
pub(in crate::insert) fn separator(names: &[String], table: &Table) -> Option<u8> {
    let [name] = names else {
        return None;
    };
    let sign =
        |byte: &u8| byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b" _\"".contains(byte);
    let mut signs = name.bytes().filter(sign);
    signs.find(|sign| {
        let mut parts = name.split(char::from(*sign));
        parts.any(|part| table.columns.iter().any(|c| same_column(&c.name, part)))
    })
}

/// Where the columns of a frame that the table does not have would go: by their names, and the
/// last one by elimination if `fits` says that its values fit. Where no column of the table is
/// left, the rest would stay out. Nothing is said where two places are equally likely.
pub(in crate::insert) fn suggest(
    names: &[String],
    table: &Table,
    fits: &dyn Fn(usize, &Column) -> bool,
) -> Vec<Suggestion> {
    if separator(names, table).is_some() {
        return Vec::new();
    }
    let has = |name: &str| {
        let is = |c: &&Column| same_column(&c.name, name);
        table.columns.iter().find(is)
    };
    let lost = names.iter().enumerate().filter(|(_, n)| has(n).is_none());
    let mut lost: Vec<(usize, &String)> = lost.take(MOST).collect();
    let taken = |c: &&Column| names.iter().any(|n| same_column(n, &c.name));
    let takes = |c: &&Column| !c.generated && c.kind != ColumnType::Unknown;
    let free = table.columns.iter().filter(|c| takes(c) && !taken(c));
    let mut free: Vec<&Column> = free.take(MOST).collect();
    let mut found: Vec<(usize, Suggestion)> = Vec::new();
    // Surer likenesses go first, and take the columns away from the others.
    for sure in 0..LIKE.len() {
        let like = |source: &str, column: &str| LIKE.get(sure).is_some_and(|is| is(source, column));
        let pairs = lost.iter().filter_map(|(at, source)| {
            let mut columns = free.iter().filter(|c| like(source, &c.name));
            let column = columns.next().filter(|_| columns.next().is_none())?;
            let sources = lost.iter().filter(|(_, s)| like(s, &column.name));
            (sources.count() == 1).then(|| (*at, ((*source).clone(), Some(column.name.clone()))))
        });
        let pairs: Vec<(usize, Suggestion)> = pairs.collect();
        lost.retain(|(at, _)| pairs.iter().all(|(paired, _)| paired != at));
        free.retain(|c| {
            let is = |(_, (_, column)): &(usize, Suggestion)| column.as_ref() == Some(&c.name);
            !pairs.iter().any(is)
        });
        found.extend(pairs);
    }
    match (lost.as_slice(), free.as_slice()) {
        ([(at, source)], [column]) if fits(*at, column) => {
            found.push((*at, ((*source).clone(), Some(column.name.clone()))));
        }
        (rest, []) => found.extend(rest.iter().map(|(at, s)| (*at, ((*s).clone(), None)))),
        _ => {}
    }
    found.sort_by_key(|(at, _)| *at);
    found
        .into_iter()
        .map(|(_, suggestion)| suggestion)
        .collect()
}

/// Likenesses of two names, the surest first.
const LIKE: [fn(&str, &str) -> bool; 3] = [
    |a, b| {
        let (a, b) = (forms(a), forms(b));
        !a[0].is_empty() && a.iter().any(|one| b.contains(one))
    },
    // `Customer ID` for `id`, `order_date` for `Date`: one is the end or the beginning of the other.
    |a, b| {
        let (a, b) = (words(a), words(b));
        let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
        !short.is_empty() && short.len() < long.len() && {
            long.ends_with(&short) || long.starts_with(&short)
        }
    },
    |a, b| {
        let (a, b) = (words(a).concat(), words(b).concat());
        let most = a.chars().count().max(b.chars().count());
        (4..=100).contains(&most) && distance(&a, &b) <= most / 4
    },
];

/// A name without what names differ in: case, blanks, signs, and umlauts in either way to write
/// them without.
fn forms(name: &str) -> [String; 2] {
    let words = words(name).concat();
    [
        plain(&words),
        plain(
            &words
                .replace('ä', "ae")
                .replace('ö', "oe")
                .replace('ü', "ue"),
        ),
    ]
}

/// The words of a name in lower case: `OrderDate`, `order_date` and `Order date` are the same.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for c in name.chars() {
        let begins = c.is_uppercase() && small;
        small = c.is_lowercase() || c.is_numeric();
        if !c.is_alphanumeric() || begins {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Letters without their marks, as far as European names have them.
fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => out.push('a'),
            'ç' | 'ć' | 'č' | 'ĉ' | 'ċ' => out.push('c'),
            'ď' | 'đ' | 'ð' => out.push('d'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => out.push('e'),
            'ğ' | 'ģ' | 'ġ' => out.push('g'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => out.push('i'),
            'ķ' => out.push('k'),
            'ł' | 'ľ' | 'ļ' | 'ĺ' => out.push('l'),
            'ñ' | 'ń' | 'ň' | 'ņ' => out.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => out.push('o'),
            'ŕ' | 'ř' => out.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => out.push('s'),
            'ß' => out.push_str("ss"),
            'ť' | 'ţ' | 'ț' => out.push('t'),
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ų' => out.push('u'),
            'ý' | 'ÿ' => out.push('y'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            // A mark of its own, behind its letter.
            '\u{300}'..='\u{36f}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: &[&str]) -> Table {
        let column = |name: &&str| Column {
            name: (*name).to_owned(),
            declared: "TEXT".to_owned(),
            kind: ColumnType::sqlite("TEXT"),
            not_null: false,
            has_default: false,
            primary_key: false,
            generated: false,
        };
        Table {
            name: "t".to_owned(),
            quoted: "\"t\"".to_owned(),
            columns: columns.iter().map(column).collect(),
            keys: Vec::new(),
        }
    }

    #[test]
    fn a_line_break_in_a_name_is_white_space() {
        let table = table(&["order date", "amount"]);
        let names = ["Order\nDate".to_owned(), "Total\r\namount".to_owned()];
        let found = suggest(&names, &table, &|_, _| true);
        let lines = lines(&found);
        assert_eq!(lines, ["amount = Total amount"]);
        let mapping: super::super::Mapping = lines[0].parse().unwrap();
        assert_eq!(mapping.targets().collect::<Vec<_>>(), ["amount"]);
    }

    fn said(names: &[&str], columns: &[&str], fits: bool) -> Vec<String> {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        lines(&suggest(&names, &table(columns), &|_, _| fits))
    }

    #[test]
    fn names_lead_to_columns_that_are_like_them() {
        for (name, column) in [
            ("Customer ID", "customer_id"),
            ("customerId", "customer_id"),
            ("Größe", "groesse"),
            ("Größe", "grosse"),
            ("Stückzahl", "stueckzahl"),
            ("Prénom", "prenom"),
            ("Pre\u{301}nom", "prenom"),
            ("Date", "order_date"),
            ("Customer name", "customer"),
            ("custmer", "customer"),
            ("E-Mail", "email"),
        ] {
            let line = format!("{column} = {name}");
            assert_eq!(said(&[name, "x"], &[column, "y", "z"], false), [line]);
        }
        for (name, column) in [("Betrag", "amount"), ("id", "is"), ("a", "b"), ("§", "$")] {
            let none: [&str; 0] = [];
            assert_eq!(said(&[name], &[column], false), none, "{name}");
        }
    }

    #[test]
    fn what_has_two_places_is_not_guessed() {
        let none: [&str; 0] = [];
        assert_eq!(said(&["Date"], &["order_date", "ship_date"], true), none);
        assert_eq!(
            said(&["Bill date", "Ship date"], &["date", "x"], true),
            none
        );
        // The surer one goes first.
        assert_eq!(
            said(&["Order date", "Date"], &["order_date", "date_x"], true),
            ["order_date = Order date", "date_x = Date"]
        );
    }

    #[test]
    fn the_last_column_goes_where_its_values_fit_and_what_has_no_place_stays_out() {
        assert_eq!(
            said(&["id", "Betrag"], &["id", "amount"], true),
            ["amount = Betrag"]
        );
        let none: [&str; 0] = [];
        assert_eq!(said(&["id", "Betrag"], &["id", "amount"], false), none);
        assert_eq!(
            said(&["id", "A-1", "- x"], &["id"], true),
            ["- A-1", "- \"- x\""]
        );
        assert_eq!(said(&["id", "n"], &["ID", "n"], true), none);
    }
}

//! What an employee says about columns, a line each:
//!
//! | line | says |
//! |---|---|
//! | `amount = Betrag` | the table's column takes that of the frame |
//! | `amount = Betrag ? 0` | and a value where the frame has NULL or nothing |
//! | `amount ? 0` | the same of a column that has its name |
//! | `country := DE` | the table's column takes a value; none is NULL |
//! | `- Notes` | the frame's column stays out |
//!
//! Names and values with signs of their own stand in double quotes, doubled inside.

use super::super::facts::shown;
use std::fmt;
use std::str::FromStr;

/// Most lines: as many as a frame may have columns.
const MOST_LINES: usize = 4096;
/// The longest line, in bytes.
const LONGEST: usize = 4096;

/// Which column of a frame goes where, where names do not say it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    pub(super) rules: Vec<Rule>,
}

/// What one line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// The line, from 1.
    pub(super) line: usize,
    /// Its text, for messages.
    pub(super) text: String,
    pub(super) says: Says,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Says {
    /// The column of the table takes one of the frame.
    From { column: String, source: String },
    /// What stands for NULL and empty text in a column of the table.
    Default { column: String, value: String },
    /// The column of the table takes a value; none is NULL.
    Value {
        column: String,
        value: Option<String>,
    },
    /// The column of the frame stays out.
    Out { source: String },
}

impl Mapping {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What was written, line by line.
    pub(in crate::insert) fn lines(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.text.as_str())
    }

    /// The columns of the table that it names.
    pub(in crate::insert) fn targets(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().filter_map(|rule| match &rule.says {
            Says::From { column, .. }
            | Says::Default { column, .. }
            | Says::Value { column, .. } => Some(column.as_str()),
            Says::Out { .. } => None,
        })
    }
}

impl FromStr for Mapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Mapping, String> {
        let mut rules = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            if at >= MOST_LINES || line.len() > LONGEST {
                return Err(format!(
                    "at most {MOST_LINES} lines of {LONGEST} bytes are read"
                ));
            }
            let said = read(line).map_err(|reason| at_line(at + 1, line, &reason))?;
            rules.extend(said.into_iter().map(|says| Rule {
                line: at + 1,
                text: line.to_owned(),
                says,
            }));
        }
        Ok(Mapping { rules })
    }
}

impl Rule {
    /// An error of this line.
    pub(super) fn wrong(&self, reason: &str) -> String {
        at_line(self.line, &self.text, reason)
    }
}

fn at_line(line: usize, text: &str, reason: &str) -> String {
    format!("line {line}, {}: {reason}", shown(text))
}

/// A name as a line of a mapping writes it.
pub(super) struct Name<'a>(pub(super) &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // White space is as good as any other: a line has no line breaks.
        let name = self.0.split_whitespace().collect::<Vec<_>>().join(" ");
        let plain = !name.is_empty() && !name.starts_with('-') && !name.contains(['=', '?', '"']);
        match plain {
            true => f.write_str(&name),
            false => write!(f, "\"{}\"", name.replace('"', "\"\"")),
        }
    }
}

const FORMS: &str = "write column = the frame's column, column := a value, or - and a column of \
                     the frame that stays out";

fn read(line: &str) -> Result<Vec<Says>, String> {
    if let Some(rest) = line.strip_prefix('-') {
        let (source, rest) = name(rest.trim_start(), &[])?;
        return match rest {
            "" => Ok(vec![Says::Out { source }]),
            _ => Err("nothing stands behind the name of a column that stays out".to_owned()),
        };
    }
    let (column, rest) = name(line, &[":=", "=", " ?"])?;
    if let Some(rest) = rest.strip_prefix(":=") {
        let value = value(rest)?;
        return Ok(vec![Says::Value { column, value }]);
    }
    let (source, rest) = match rest.strip_prefix('=') {
        Some(rest) => {
            let (source, rest) = name(rest.trim_start(), &[" ?"])?;
            (Some(source), rest)
        }
        None => (None, rest),
    };
    let value =
        match rest.strip_prefix('?') {
            Some(rest) => Some(value(rest)?.ok_or(
                "name the value that stands for NULL behind the ?; \"\" is the empty text",
            )?),
            None if rest.is_empty() => None,
            None => return Err(format!("{FORMS}; names with such signs stand in quotes")),
        };
    let said = [
        source.map(|source| Says::From {
            column: column.clone(),
            source,
        }),
        value.map(|value| Says::Default { column, value }),
    ];
    let said: Vec<Says> = said.into_iter().flatten().collect();
    match said.is_empty() {
        true => Err(FORMS.to_owned()),
        false => Ok(said),
    }
}

/// The name at the start, up to one of the signs that may follow it, and the rest from there.
fn name<'a>(text: &'a str, ends: &[&str]) -> Result<(String, &'a str), String> {
    let (name, rest) = match quoted(text)? {
        Some((name, rest)) => (name, rest),
        None => {
            let end = ends.iter().filter_map(|end| text.find(end)).min();
            let (name, rest) = text.split_at(end.unwrap_or(text.len()));
            (name.trim().to_owned(), rest.trim_start())
        }
    };
    match name.is_empty() {
        true => Err(format!("a name is missing; {FORMS}")),
        false => Ok((name, rest)),
    }
}

/// The value that ends a line: unquoted nothing is none.
fn value(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    match quoted(text)? {
        Some((value, "")) => Ok(Some(value)),
        Some(_) => Err("text behind the closing quote; double the quotes inside".to_owned()),
        None => Ok((!text.is_empty()).then(|| text.to_owned())),
    }
}

/// A text in quotes at the start, and what follows it; none if there is no quote.
fn quoted(text: &str) -> Result<Option<(String, &str)>, String> {
    let Some(mut rest) = text.strip_prefix('"') else {
        return Ok(None);
    };
    let mut inside = String::new();
    loop {
        let (before, after) = rest
            .split_once('"')
            .ok_or("a quote is opened and never closed")?;
        inside.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                inside.push('"');
                rest = after;
            }
            None => return Ok(Some((inside, after.trim_start()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(line: &str) -> Vec<Says> {
        let mapping: Mapping = line.parse().unwrap();
        mapping.rules.into_iter().map(|rule| rule.says).collect()
    }

    fn from(column: &str, source: &str) -> Says {
        Says::From {
            column: column.to_owned(),
            source: source.to_owned(),
        }
    }

    fn default(column: &str, value: &str) -> Says {
        Says::Default {
            column: column.to_owned(),
            value: value.to_owned(),
        }
    }

    fn constant(column: &str, value: Option<&str>) -> Says {
        Says::Value {
            column: column.to_owned(),
            value: value.map(str::to_owned),
        }
    }

    fn out(source: &str) -> Says {
        Says::Out {
            source: source.to_owned(),
        }
    }

    #[test]
    fn each_line_says_what_becomes_of_a_column() {
        for (line, expected) in [
            ("amount = Betrag", vec![from("amount", "Betrag")]),
            ("amount=Betrag (€)", vec![from("amount", "Betrag (€)")]),
            ("order date = Am Tag", vec![from("order date", "Am Tag")]),
            (
                "amount = Betrag ? 0",
                vec![from("amount", "Betrag"), default("amount", "0")],
            ),
            ("amount ? 0", vec![default("amount", "0")]),
            ("note ? \"\"", vec![default("note", "")]),
            ("country := DE", vec![constant("country", Some("DE"))]),
            (
                "note := a = b ? c",
                vec![constant("note", Some("a = b ? c"))],
            ),
            ("note :=", vec![constant("note", None)]),
            ("note := \"\"", vec![constant("note", Some(""))]),
            ("note := \" x \"", vec![constant("note", Some(" x "))]),
            ("- Notes", vec![out("Notes")]),
            ("-Notes", vec![out("Notes")]),
            ("- \"- x\"", vec![out("- x")]),
            (
                "\"a = b\" = \"c \"\"d\"\" ? e\" ? \"f\"",
                vec![from("a = b", "c \"d\" ? e"), default("a = b", "f")],
            ),
            ("what? = x", vec![from("what?", "x")]),
            ("", vec![]),
        ] {
            assert_eq!(says(line), expected, "{line}");
        }
    }

    #[test]
    fn what_says_nothing_names_its_line() {
        for (text, reason) in [
            (
                "a = b\n\namount Betrag",
                "line 3, amount Betrag: write column =",
            ),
            ("= b", "a name is missing"),
            ("a =", "a name is missing"),
            ("-", "a name is missing"),
            ("a = \"b", "never closed"),
            ("a := \"b\" c", "text behind the closing quote"),
            ("a ?", "name the value"),
            ("\"a\" b", "write column ="),
            ("- \"a\" = b", "nothing stands behind"),
        ] {
            let error = text.parse::<Mapping>().unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
        let long = "x".repeat(LONGEST + 1);
        assert!(long.parse::<Mapping>().unwrap_err().contains("at most"));
    }

    #[test]
    fn names_are_written_so_that_they_are_read() {
        for name in [
            "amount",
            "Betrag (€)",
            "- x",
            " x",
            "a=b",
            "a ? b",
            "\"",
            "a \"b\"",
        ] {
            let line = format!("{} = {}", Name(name), Name(name));
            // White space is as good as any other.
            let name = name.trim();
            assert_eq!(says(&line), [from(name, name)], "{line}");
            assert_eq!(says(&format!("- {}", Name(name))), [out(name)]);
        }
    }
}

//! What is said of the fields of an insertion's form, as one says it on the command line: by the
//! options of `crewdesk insert`, or by the variables of `crewdesk task complete`.

use crate::client::DeskError;

/// How one says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// `--numbers 1.234,56`
    Options,
    /// `--var numberFormat=1.234,56`
    Variables,
}

/// A field of the form, its label as messages write it, and the option that says the same.
const FIELDS: [(&str, &str, &str); 26] = [
    ("mode", "mode", "--mode"),
    ("keyColumns", "key columns", "--key"),
    ("query", "query", "--query"),
    ("columns", "columns", "--map"),
    ("sourceConnection", "or from", "--from"),
    ("sourceQuery", "source query", ""),
    ("undoable", "undoable", "--undoable"),
    ("nullText", "null text", "--null"),
    ("separator", "separator", "--separator"),
    ("dateFormat", "date format", "--date-format"),
    ("numberFormat", "numbers", "--numbers"),
    ("booleanFormat", "booleans", "--booleans"),
    ("timeZone", "time zone", "--time-zone"),
    ("trim", "trim", "--trim"),
    ("skipLines", "skip lines", "--skip-lines"),
    ("header", "header", "--header"),
    ("quote", "quote", "--quote"),
    ("escape", "escape", "--escape"),
    ("encoding", "encoding", "--encoding"),
    ("sheet", "sheet", "--sheet"),
    ("userName", "user name", "--user-name"),
    ("password", "password", "--password-stdin"),
    ("references", "references", "--reference"),
    ("exactDistinct", "exact distinct", "--exact-distinct"),
    ("patch", "patch", "--patch"),
    ("rejects", "rejects", "--rejects"),
];

/// Phrases about what no one word names, in both ways.
const PHRASES: [(&str, &str, &str); 11] = [
    (
        "choose create",
        "say --mode create",
        "say --var mode=create",
    ),
    (
        "choose upsert",
        "say --mode upsert",
        "say --var mode=upsert",
    ),
    (
        "use append, replace or upsert",
        "say --mode append, replace or upsert",
        "say --var mode=append, replace or upsert",
    ),
    ("use append", "say --mode append", "say --var mode=append"),
    (
        "name other key columns",
        "name other columns with --key",
        "name others by --var keyColumns=…",
    ),
    (
        "name the columns of",
        "name by --key the columns of",
        "name by --var keyColumns=… the columns of",
    ),
    ("with the mode", "with --mode", "with --var mode="),
    ("; write no", "; leave it out", "; say --var undoable=no"),
    (
        ", or write no",
        ", or leave it out",
        ", or say --var undoable=no",
    ),
    (
        "name it under null text",
        "name it by --null",
        "name it by --var nullText=…",
    ),
    (
        ": send what the table keeps",
        ": send what the table keeps, or compare nothing with --rows-only",
        ": send what the table keeps",
    ),
];

impl Way {
    /// What says this value of a field.
    pub fn says(self, field: &str, value: &str) -> String {
        let known = FIELDS.iter().find(|(name, ..)| *name == field);
        match (self, known) {
            (Way::Options, Some((_, _, option))) if field == "nullText" => {
                let texts = value.split(',').map(str::trim);
                let options = texts.map(|text| match text.starts_with('-') {
                    true => format!("{option}={}", quoted(text)),
                    false => format!("{option} {}", quoted(text)),
                });
                options.collect::<Vec<_>>().join(" ")
            }
            (Way::Options, Some((_, _, option))) if field.ends_with("Format") => {
                let formats = value.split(';').map(str::trim);
                let options = formats.map(|format| format!("{option} {}", quoted(format)));
                options.collect::<Vec<_>>().join(" ")
            }
            (Way::Options, Some((_, _, option))) if field == "trim" => format!("{option}={value}"),
            (Way::Options, Some((_, _, option))) if field == "columns" => {
                let lines = value.lines().map(|line| of_line(option, line));
                lines.collect::<Vec<_>>().join(" ")
            }
            (Way::Options, Some((_, _, option))) => format!("{option} {}", quoted(value)),
            _ => format!("--var {}", quoted(&format!("{field}={value}"))),
        }
    }

    /// An error, in these words.
    pub fn error(self, error: DeskError) -> String {
        let DeskError::Fields(errors) = error else {
            return self.message(&error.to_string());
        };
        let lines = errors.into_iter().map(|error| {
            if (self, error.field.as_str()) == (Way::Options, "columns") {
                return self.options(&error.message);
            }
            let said = match (self, error.field.as_str()) {
                // The file, the connection and the table are named by the message.
                (Way::Options, field) => {
                    let known = FIELDS.iter().find(|(name, ..)| *name == field);
                    known.map_or("", |(_, _, option)| option).to_owned()
                }
                (Way::Variables, field) => format!("--var {field}"),
            };
            let mut message = error.message.as_str();
            for prefix in ["columns: ", "source query: ", "query: "] {
                message = message.strip_prefix(prefix).unwrap_or(message);
            }
            let message = self.message(message);
            match said.as_str() {
                "" => message,
                said => format!("{said}: {message}"),
            }
        });
        lines.collect::<Vec<String>>().join("\n")
    }

    /// What is said of the lines under columns, each with the option that it was.
    fn options(self, message: &str) -> String {
        let message = message.strip_prefix("columns: ").unwrap_or(message);
        let lines = message.lines().map(|line| match option_of(line) {
            "" => self.line(line),
            option => format!("{option}: {}", self.line(line)),
        });
        lines.collect::<Vec<String>>().join("\n")
    }

    /// A message, in these words.
    pub fn message(self, message: &str) -> String {
        let lines = message.lines().map(|line| self.line(line));
        lines.collect::<Vec<String>>().join("\n")
    }

    fn line(self, line: &str) -> String {
        let name = line
            .strip_prefix("Say under columns where it goes, such as name = ")
            .and_then(|rest| rest.split_once(", or - "));
        if let Some((name, _)) = name {
            let (map, leave) = (format!("name = {name}"), format!("- {name}"));
            let (map, leave) = (self.says("columns", &map), self.says("columns", &leave));
            return format!("Say where it goes, such as by {map}, or by {leave}");
        }
        let mut line = self.without_number(line).to_owned();
        if let Some((before, name)) = line.split_once(", or leave it out with - ") {
            let leave = self.says("columns", &format!("- {name}"));
            line = format!("{before}, or leave it out by {leave}");
        }
        if let Some((before, said)) = line.split_once("say so under ") {
            let field = said.split_once(": ").and_then(|(label, values)| {
                let known = FIELDS.iter().find(|(_, name, _)| *name == label)?;
                let values = values.split(" or ").map(|value| self.says(known.0, value));
                Some(values.collect::<Vec<_>>().join(" or "))
            });
            if let Some(said) = field {
                line = format!("{before}say {said}");
            }
        }
        for (phrase, option, variable) in PHRASES {
            let said = if self == Way::Options {
                option
            } else {
                variable
            };
            line = line.replace(phrase, said);
        }
        for (field, label, option) in FIELDS {
            let under = format!("say under {label} ");
            line = match self {
                Way::Options => line.replace(&under, &format!("say by {option} ")),
                Way::Variables => line.replace(&under, &format!("say by --var {field}=… ")),
            };
        }
        line
    }

    /// Each line under columns was an option, and has no number there.
    fn without_number(self, line: &str) -> &str {
        let numbered = line.strip_prefix("line ").and_then(|rest| {
            let (number, said) = rest.split_once(", ")?;
            let option = [" = ", " := ", " ? ", "- "];
            let is_option = option.iter().any(|sign| said.contains(sign));
            (number.parse::<u64>().is_ok() && is_option).then_some(said)
        });
        match self {
            Way::Options => numbered.unwrap_or(line),
            Way::Variables => line,
        }
    }
}

/// The option that a line under columns was, by how the line is written; the message quotes it.
fn option_of(line: &str) -> &'static str {
    let numbered = line
        .strip_prefix("line ")
        .and_then(|rest| rest.split_once(", "));
    let Some((_, line)) = numbered else {
        return "";
    };
    match line.split(": ").next().unwrap_or_default() {
        line if line.contains(":=") => "--set",
        line if line.contains('?') => "--default",
        line if line.contains('=') => "--map",
        line if line.trim_start_matches('"').starts_with('-') => "--leave-out",
        _ => "",
    }
}

/// The option that says the same as a line such as `amount = Betrag` or `- Notes`.
fn of_line(map: &str, line: &str) -> String {
    if let Some(source) = line.strip_prefix("- ") {
        let source = bare(source).0;
        return match source.starts_with('-') {
            true => format!("--leave-out={}", quoted(&source)),
            false => format!("--leave-out {}", quoted(&source)),
        };
    }
    let (column, rest) = bare(line);
    let source = rest.trim_start().strip_prefix('=').unwrap_or_default();
    let source = bare(source.trim_start()).0;
    format!("{map} {}", quoted(&format!("{column}={source}")))
}

/// The name at the start of a line, without its quotes, and what follows.
fn bare(text: &str) -> (String, &str) {
    let Some(mut rest) = text.strip_prefix('"') else {
        let (name, rest) = match text.find(" = ") {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        return (name.trim().to_owned(), rest);
    };
    let mut name = String::new();
    while let Some((before, after)) = rest.split_once('"') {
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return (name, after),
        }
    }
    (name + rest, "")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-+=:,./@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::FieldError;

    fn told(way: Way, field: &str, message: &str) -> String {
        way.error(DeskError::Fields(vec![FieldError {
            field: field.into(),
            message: message.into(),
        }]))
    }

    #[test]
    fn fields_are_told_as_options() {
        let told = |field: &str, message: &str| told(Way::Options, field, message);
        let key = "orders has no unique key; use append, or give it one";
        assert_eq!(
            told("keyColumns", key),
            "--key: orders has no unique key; say --mode append, or give it one"
        );
        assert_eq!(
            told(
                "columns",
                "columns: line 12, amount = Betrag: x\nline 13, - No: y"
            ),
            "--map: amount = Betrag: x\n--leave-out: - No: y"
        );
        for (line, option) in [
            ("a := 1", "--set: "),
            ("a = b ? 0", "--default: "),
            ("a ? 0", "--default: "),
            ("- a", "--leave-out: "),
        ] {
            let said = told("columns", &format!("columns: line 1, {line}: x"));
            assert_eq!(said, format!("{option}{line}: x"));
        }
        assert_eq!(
            told(
                "columns",
                "x, too; say where it goes, or leave it out with - id"
            ),
            "x, too; say where it goes, or leave it out by --leave-out id"
        );
        assert_eq!(
            told("tableName", "table x: is a view"),
            "table x: is a view"
        );
        assert_eq!(
            told("undoable", "nothing can be taken back; write no"),
            "--undoable: nothing can be taken back; leave it out"
        );
        assert_eq!(
            told(
                "numberFormat",
                "1.234; say so under numbers: 1.234,56 or 1 234,56"
            ),
            "--numbers: 1.234; say --numbers 1.234,56 or --numbers '1 234,56'"
        );
        assert_eq!(
            told(
                "dataFrame",
                "x; say under encoding how characters are written"
            ),
            "x; say by --encoding how characters are written"
        );
    }

    #[test]
    fn fields_are_told_as_variables() {
        let told = |field: &str, message: &str| told(Way::Variables, field, message);
        assert_eq!(
            told(
                "numberFormat",
                "1.234; say so under numbers: 1.234,56 or 1234.56"
            ),
            "--var numberFormat: 1.234; say --var numberFormat=1.234,56 or --var \
             numberFormat=1234.56"
        );
        let lost = "orders has no column \"x y\"\nSay under columns where it goes, such as name \
                    = x y, or - x y to leave it out";
        assert_eq!(
            told("tableName", lost),
            "--var tableName: orders has no column \"x y\"\nSay where it goes, such as by --var \
             'columns=name = x y', or by --var 'columns=- x y'"
        );
        assert_eq!(
            told("keyColumns", "there is none; choose upsert"),
            "--var keyColumns: there is none; say --var mode=upsert"
        );
    }

    #[test]
    fn values_are_said_so_that_a_shell_takes_them() {
        for (field, value, says) in [
            ("numberFormat", "1'234.56", "--numbers '1'\\''234.56'"),
            ("nullText", "NA,-", "--null NA --null=-"),
            ("trim", "yes", "--trim=yes"),
            (
                "dateFormat",
                "dd.MM.yyyy; due=MMM d, yyyy",
                "--date-format dd.MM.yyyy --date-format 'due=MMM d, yyyy'",
            ),
            ("header", "no", "--header no"),
            (
                "columns",
                "amount = Betrag\n\"a = b\" = \"x \"\"y\"\"\"\n- Notes",
                "--map amount=Betrag --map 'a = b=x \"y\"' --leave-out Notes",
            ),
        ] {
            assert_eq!(Way::Options.says(field, value), says);
        }
        assert_eq!(
            Way::Variables.says("columns", "a = b"),
            "--var 'columns=a = b'"
        );
    }
}

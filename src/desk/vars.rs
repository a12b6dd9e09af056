//! Variables as people write them: `NAME=TEXT`, `NAME:=JSON` and `NAME:TYPE=TEXT`.

use crate::feel;
use crate::value::{Map, Value, json};
use chrono::Utc;
use thiserror::Error;

/// What is wrong with one. It never repeats a value, which may be a secret; of an expression (`:feel`)
/// it shows what is wrong in it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Wrong {
    /// It has no name.
    #[error(
        "write NAME=TEXT, NAME:=JSON for a number, true, false, null, a list or a map, or \
         NAME:TYPE=TEXT, such as due:date=2026-01-31"
    )]
    Nameless,
    /// Its value can not be read.
    #[error("{name}: {why}")]
    Value {
        /// Which variable.
        name: String,
        /// What would be right.
        why: String,
    },
}

/// Under this name a form that asks for nothing sends what is typed instead, one variable a line.
pub const VARIABLES: &str = "@variables";

/// Reads what is typed there.
///
/// # Errors
/// As of [`parse`].
pub fn of_lines(text: &str) -> Result<Map, Wrong> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    parse(&lines.map(str::to_owned).collect::<Vec<_>>())
}

/// The lines of what is typed there but those of some variables.
pub fn without(text: &str, which: impl Fn(&str) -> bool) -> String {
    let name = |line: &str| {
        line.split(['=', ':'])
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let kept = text.lines().filter(|line| !which(&name(line)));
    kept.collect::<Vec<_>>().join("\n")
}

/// An option, taken apart.
struct Var<'o> {
    name: &'o str,
    text: &'o str,
    how: How<'o>,
}

/// What the text of an option is.
enum How<'o> {
    Text,
    Json,
    Typed(&'o str),
}

/// Reads all of them; a later one of the same name wins.
///
/// # Errors
/// The first that can not be read.
pub fn parse(options: &[String]) -> Result<Map, Wrong> {
    let variable = |option: &String| {
        let option = split(option)?;
        let value = match option.how {
            How::Text => Value::String(option.text.to_owned()),
            How::Json => json::from_plain(&option.json()?),
            How::Typed(of) => option.typed(of)?.to_variable(),
        };
        Ok((option.name.to_owned(), value))
    };
    options.iter().map(variable).collect()
}

/// The same as FEEL values. A text, and each text in JSON, is read as what is declared of its
/// name, where it can be.
///
/// # Errors
/// As of [`parse`].
pub fn feel(
    options: &[String],
    declared: impl Fn(&str) -> Option<feel::Type>,
) -> Result<feel::Context, Wrong> {
    let mut context = feel::Context::new();
    for option in options {
        let option = split(option)?;
        let value = match option.how {
            How::Text => match declared(option.name).and_then(|of| of.read(option.text)) {
                Some(value) => value,
                None => feel::Value::from(option.text),
            },
            How::Json => {
                let value = option.feel_json()?;
                match declared(option.name) {
                    Some(of) => of.understood(value),
                    None => value,
                }
            }
            How::Typed(of) => option.typed(of)?,
        };
        let put = context.put(option.name.into(), value);
        put.map_err(|limit| option.wrong(&limit.to_string()))?;
    }
    Ok(context)
}

fn split(option: &str) -> Result<Var<'_>, Wrong> {
    let (name, text) = option.split_once('=').unwrap_or_default();
    let (name, how) = match name.rsplit_once(':') {
        Some((name, "")) => (name, How::Json),
        Some((name, of)) => (name, How::Typed(of)),
        None => (name, How::Text),
    };
    match name {
        "" => Err(Wrong::Nameless),
        name => Ok(Var { name, text, how }),
    }
}

impl Var<'_> {
    fn wrong(&self, why: &str) -> Wrong {
        Wrong::Value {
            name: self.name.to_owned(),
            why: why.to_owned(),
        }
    }

    fn json(&self) -> Result<serde_json::Value, Wrong> {
        serde_json::from_str(self.text).map_err(|e| {
            let name = self.name;
            self.wrong(&format!(
                "what follows := is not JSON ({e}); for text write {name}=TEXT"
            ))
        })
    }

    /// JSON as a FEEL value: a number with all its digits.
    fn feel_json(&self) -> Result<feel::Value, Wrong> {
        let json = self.json()?;
        let number = json
            .is_number()
            .then(|| feel::Number::parse(self.text.trim()));
        match number.flatten() {
            Some(number) => Ok(feel::Value::Number(number)),
            None => feel::Value::from_json(&json).map_err(|limit| self.wrong(&limit.to_string())),
        }
    }

    fn typed(&self, of: &str) -> Result<feel::Value, Wrong> {
        feel::typed(of, self.text, Utc::now()).map_err(|error| self.wrong(&error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(options: &[&str]) -> Vec<String> {
        options.iter().map(|o| (*o).to_owned()).collect()
    }

    fn vars(options: &[&str]) -> Result<Map, String> {
        parse(&owned(options)).map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn text_and_json_are_told_apart() {
        let map = vars(&["a=1", "b:=1", "c=x=y", "d:=null", "e=", "f=x:y=z"]).unwrap();
        assert_eq!(map["a"], Value::String("1".into()));
        assert_eq!(map["b"], Value::Integer(1));
        assert_eq!(map["c"], Value::String("x=y".into()));
        assert_eq!(map["d"], Value::Null);
        assert_eq!(map["e"], Value::String(String::new()));
        assert_eq!(map["f"], Value::String("x:y=z".into()));
    }

    #[test]
    fn a_name_may_say_its_type() {
        let map = vars(&[
            "d:dateTime=2026-01-31T10:00:00Z",
            "t:time=10:00:00",
            "n:number=5",
        ])
        .unwrap();
        let date = chrono::DateTime::parse_from_rfc3339("2026-01-31T10:00:00Z").unwrap();
        assert_eq!(map["d"], Value::Date(date.to_utc()));
        assert_eq!(map["t"], Value::String("10:00:00".into()));
        assert_eq!(map["n"], Value::Long(5));
        let given = feel(
            &owned(&[
                "d:date=2026-01-31",
                "e=2026-01-31",
                "f=2026-01-31",
                "n:=0.12345678901234567890123",
                "x:feel=[1 + 1]",
            ]),
            |name| (name == "f").then_some(feel::Type::Date),
        );
        let shown: Vec<String> = given
            .unwrap()
            .entries()
            .iter()
            .map(|(name, value)| format!("{name} {} {}", value.type_name(), value.literal()))
            .collect();
        assert_eq!(
            shown,
            [
                "d date 2026-01-31",
                "e string \"2026-01-31\"",
                "f date 2026-01-31",
                "n number 0.12345678901234567890123",
                "x list [2]"
            ]
        );
        let told = vars(&["d:dat=2026-01-31"]).unwrap_err();
        assert!(
            told.starts_with("d: there is no type 'dat'. Write "),
            "{told}"
        );
        let told = vars(&["d:date=hunter2"]).unwrap_err();
        assert_eq!(told, "d: the text is no date. Write it such as 2026-01-31");
    }

    #[test]
    fn what_is_secret_is_left_out() {
        let text = "user=ana\n password:text=hunter2\npassword := 1\nnote=password=x";
        let kept = without(text, |name| name == "password");
        assert_eq!(kept, "user=ana\nnote=password=x");
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(vars(&["a"]).unwrap_err().contains("NAME=TEXT"));
        assert!(vars(&["=1"]).unwrap_err().contains("NAME=TEXT"));
        assert!(vars(&["a:={"]).unwrap_err().contains("not JSON"));
        for option in ["password:=hunter2", "hunter2", "=hunter2", ":hunter2"] {
            assert!(
                !vars(&[option]).unwrap_err().contains("hunter2"),
                "{option}"
            );
        }
    }
}

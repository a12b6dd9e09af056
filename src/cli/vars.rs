//! `--var NAME=TEXT` and `--var NAME:=JSON`.

use crate::client::value::{Map, Value, json};

/// Parses all `--var` options; a later one of the same name wins.
///
/// # Errors
/// A sentence that names the option and says what would be right.
pub fn parse(options: &[String]) -> Result<Map, String> {
    options.iter().map(|option| one(option)).collect()
}

fn one(option: &str) -> Result<(String, Value), String> {
    // What is said never repeats a value: it may be a secret.
    let wrong = || "--var: write NAME=TEXT, or NAME:=JSON for a typed value".to_owned();
    let (name, text) = option.split_once('=').ok_or_else(wrong)?;
    let (name, value) = match name.strip_suffix(':') {
        Some(name) => {
            let parsed = serde_json::from_str(text).map_err(|e| {
                format!(
                    "--var {name}: what follows := is not JSON ({e}); for text write {name}=TEXT"
                )
            })?;
            (name, json::from_plain(&parsed))
        }
        None => (name, Value::String(text.to_owned())),
    };
    if name.is_empty() {
        return Err(wrong());
    }
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(options: &[&str]) -> Result<Map, String> {
        parse(&options.iter().map(|o| (*o).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn text_and_json_are_told_apart() {
        let map = vars(&["a=1", "b:=1", "c=x=y", "d:=null", "e="]).unwrap();
        assert_eq!(map["a"], Value::String("1".into()));
        assert_eq!(map["b"], Value::Integer(1));
        assert_eq!(map["c"], Value::String("x=y".into()));
        assert_eq!(map["d"], Value::Null);
        assert_eq!(map["e"], Value::String(String::new()));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(vars(&["a"]).unwrap_err().contains("NAME=TEXT"));
        assert!(vars(&["=1"]).unwrap_err().contains("NAME=TEXT"));
        assert!(vars(&["a:={"]).unwrap_err().contains("not JSON"));
        for option in ["password:=hunter2", "hunter2", "=hunter2"] {
            assert!(
                !vars(&[option]).unwrap_err().contains("hunter2"),
                "{option}"
            );
        }
    }
}

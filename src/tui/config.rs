//! What a person can set about the terminal, as TOML.

use super::keymap::{Command, Key};
use super::theme::Theme;
use serde::Deserialize;
use std::collections::BTreeMap;
use thiserror::Error;

/// How a notification is told to somebody who looks elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Alert {
    /// The terminal's bell.
    #[default]
    Bell,
    /// OSC 9: iTerm2, WezTerm, Windows Terminal, kitty.
    Osc9,
    /// OSC 777: urxvt, foot, Ghostty.
    Osc777,
    /// Not at all.
    None,
}

/// The settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The theme; none looks at the terminal's background.
    pub theme: Option<Theme>,
    /// Take the mouse: clicks and the wheel work, the terminal's own selection needs Shift.
    pub mouse: bool,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// Alerts.
    pub alerts: Alert,
    /// Other keys for commands.
    pub keys: BTreeMap<Command, Vec<Key>>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            theme: None,
            mouse: true,
            ascii: false,
            alerts: Alert::default(),
            keys: BTreeMap::new(),
        }
    }
}

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// Not TOML, or not these settings.
    #[error("the terminal's configuration cannot be read: {0}")]
    Toml(String),
    /// No such theme.
    #[error("theme {0:?} is unknown; choose auto, dark, light, 16, none or high-contrast")]
    Theme(String),
    /// No such command.
    #[error("[keys] {0:?} is no command; `?` in the program shows the names")]
    Command(String),
    /// No such key.
    #[error("[keys] {command} = {key:?} is no key; write it like x, X, ctrl-x, alt-x, f5 or enter")]
    Key {
        /// The command.
        command: String,
        /// What was written.
        key: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    theme: String,
    mouse: bool,
    ascii: bool,
    alerts: Alert,
    keys: BTreeMap<String, OneOrMore>,
}

impl Default for Written {
    fn default() -> Self {
        Written {
            theme: "auto".into(),
            mouse: true,
            ascii: false,
            alerts: Alert::default(),
            keys: BTreeMap::new(),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// Reads the settings; an empty text gives the defaults.
pub fn parse(text: &str) -> Result<Config, ConfigError> {
    let written: Written =
        toml::from_str(text).map_err(|e| ConfigError::Toml(e.to_string().trim().to_owned()))?;
    let theme = match written.theme.as_str() {
        "auto" => None,
        name => Some(Theme::named(name).ok_or_else(|| ConfigError::Theme(name.to_owned()))?),
    };
    let mut keys = BTreeMap::new();
    for (name, value) in written.keys {
        let command = Command::named(&name).ok_or_else(|| ConfigError::Command(name.clone()))?;
        let texts = match value {
            OneOrMore::One(text) => vec![text],
            OneOrMore::More(texts) => texts,
        };
        let parsed = texts
            .into_iter()
            .map(|key| {
                Key::parse(&key).ok_or(ConfigError::Key {
                    command: name.clone(),
                    key,
                })
            })
            .collect::<Result<_, _>>()?;
        keys.insert(command, parsed);
    }
    Ok(Config {
        theme,
        mouse: written.mouse,
        ascii: written.ascii,
        alerts: written.alerts,
        keys,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_settings() {
        let config = parse("").unwrap();
        assert!(config.mouse && config.theme.is_none() && config.alerts == Alert::Bell);
        assert_eq!(config, Config::default(), "no file is an empty one");
        let config = parse("theme = \"16\"\nmouse = false\nalerts = \"osc9\"\n[keys]\nclaim = [\"ctrl-g\", \"C\"]\n").unwrap();
        assert_eq!(config.theme, Some(Theme::Sixteen));
        assert_eq!(
            config.keys[&Command::Claim],
            [Key::parse("ctrl-g").unwrap(), Key::parse("C").unwrap()]
        );
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(
            parse("theme = \"pink\""),
            Err(ConfigError::Theme("pink".into()))
        );
        assert_eq!(
            parse("[keys]\nfly = \"x\""),
            Err(ConfigError::Command("fly".into()))
        );
        assert!(matches!(
            parse("[keys]\nclaim = \"hyper-x\""),
            Err(ConfigError::Key { .. })
        ));
        assert!(
            matches!(parse("colour = 1"), Err(ConfigError::Toml(text)) if text.contains("colour"))
        );
    }
}

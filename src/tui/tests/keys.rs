//! The keymap holds: every command can be reached, no key means two things.

use super::Desk;
use crate::tui::keymap::{self, BINDINGS, Command, Key, Overrides};
use crate::tui::state::Scope;
use std::collections::{BTreeMap, HashMap};

#[test]
fn no_key_means_two_things_on_one_screen() {
    for scope in Scope::ALL {
        let mut seen: HashMap<Key, Command> = HashMap::new();
        for binding in keymap::active(*scope) {
            for key in keymap::keys(binding, &Overrides::new()) {
                let before = seen.insert(key, binding.command);
                assert_eq!(
                    before,
                    None,
                    "{key} on {} is also {}",
                    scope.name(),
                    binding.command.name()
                );
            }
        }
    }
}

#[test]
fn every_command_has_a_key_and_every_key_is_one() {
    for command in Command::ALL {
        assert!(
            BINDINGS.iter().any(|b| b.command == *command),
            "{} cannot be reached",
            command.name()
        );
        assert_eq!(Command::named(command.name()), Some(*command));
    }
    for binding in BINDINGS {
        assert_eq!(
            keymap::keys(binding, &Overrides::new()).len(),
            binding.keys.len(),
            "{:?}",
            binding.keys
        );
        assert!(!binding.keys.is_empty() && !binding.scopes.is_empty() && !binding.help.is_empty());
        assert!(
            binding.label.len() <= 15 && !binding.help.ends_with('.'),
            "{}",
            binding.help
        );
    }
}

#[test]
fn every_command_does_something_or_says_why_not() {
    for user in ["ana", "mara"] {
        for prepare in [
            "",
            "enter esc",
            "2",
            "3",
            "4",
            "5",
            "6",
            "2 enter",
            "n",
            "2 e",
            "2 e t 1 enter",
        ] {
            for command in Command::ALL {
                let mut desk = Desk::of(user, 80, 24);
                desk.keys(prepare);
                let scope = desk.state().scope();
                let Some(binding) = keymap::active(scope).find(|b| b.command == *command) else {
                    continue;
                };
                let allowed = (binding.when)(desk.state());
                for key in keymap::keys(binding, &Overrides::new()) {
                    desk.press(key);
                }
                if let Err(why) = allowed {
                    assert!(!why.is_empty(), "{}", command.name());
                }
            }
        }
    }
}

#[test]
fn some_keys_never_mean_anything() {
    // Terminals and multiplexers take these, or people fear them in a field.
    for text in ["ctrl-s", "ctrl-w", "ctrl-h", "ctrl-q"] {
        let key = Key::parse(text).unwrap();
        for scope in Scope::ALL {
            assert!(
                keymap::find(key, *scope, &Overrides::new()).is_none(),
                "{text} on {}",
                scope.name()
            );
        }
    }
}

#[test]
fn own_keys_win() {
    let own: Overrides = BTreeMap::from([(Command::Claim, vec![Key::parse("j").unwrap()])]);
    let found =
        |key: &str| keymap::find(Key::parse(key).unwrap(), Scope::Inbox, &own).map(|b| b.command);
    assert_eq!(found("j"), Some(Command::Claim));
    assert_eq!(found("c"), None);
    assert_eq!(found("down"), Some(Command::Down));
}

#[test]
fn keys_read_back_as_written() {
    for text in [
        "x", "X", "ctrl-x", "alt-x", "f5", "enter", "space", "-", "/", "?", "pageup",
    ] {
        assert!(Key::parse(text).is_some(), "{text}");
    }
    for text in ["", "shift-x", "f13", "enterr", "ctrl-"] {
        assert!(Key::parse(text).is_none(), "{text}");
    }
}

/// `docs/keys.md` is made from the keymap: `UPDATE_DOCS=1 cargo test` writes it anew.
#[test]
fn the_documentation_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/keys.md");
    let wanted = keymap::markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/docs")).unwrap();
        std::fs::write(path, &wanted).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap_or_default(),
        wanted,
        "run it once with UPDATE_DOCS=1"
    );
}

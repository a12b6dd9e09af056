//! One JSON object: its keys and values, without recursion.

use super::{Columns, KEYS_OF, MAX_DEPTH};
use crate::insert::facts::shown;
use crate::insert::records::{Cells, Trim};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// What is wrong with an object.
#[derive(Debug)]
pub(super) struct Wrong {
    /// Lines before the one that is meant.
    pub(super) line: u64,
    /// The key to blame.
    pub(super) key: Option<String>,
    pub(super) reason: String,
    /// It ends too early.
    pub(super) ends: bool,
}

/// Whoever takes the values of an object.
pub(super) trait Take {
    /// A key and its value as it is written; the error is the key to blame, if one is, and why.
    fn take(&mut self, key: &str, value: &str) -> Result<(), (Option<String>, String)>;
}

/// Reads the object in `text`, which has nothing else.
pub(super) fn read(text: &[u8], mut take: impl Take) -> Result<(), Wrong> {
    let mut blame = None;
    let mut json = serde_json::Deserializer::from_slice(text);
    let read = json.deserialize_map(Object {
        take: &mut take,
        blame: &mut blame,
    });
    read.and_then(|()| json.end()).map_err(|e| match blame {
        Some((key, reason)) => Wrong {
            line: 0,
            key,
            reason,
            ends: false,
        },
        None => {
            let told = e.to_string();
            let what = match e.is_eof() {
                true => Some("it ends in the middle"),
                false => told.rfind(" at line ").and_then(|end| told.get(..end)),
            };
            Wrong {
                line: (e.line() as u64).saturating_sub(1),
                key: None,
                reason: format!(
                    "no JSON object from column {} on: {}",
                    e.column().max(1),
                    what.unwrap_or(&told)
                ),
                ends: e.is_eof(),
            }
        }
    })
}

struct Object<'o, T> {
    take: &'o mut T,
    blame: &'o mut Option<(Option<String>, String)>,
}

impl<'de, T: Take> Visitor<'de> for Object<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object such as {\"id\": 1}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            let value: &RawValue = map.next_value()?;
            if let Err(blame) = self.take.take(&key, value.get()) {
                *self.blame = Some(blame);
                return Err(A::Error::custom(""));
            }
        }
        Ok(())
    }
}

/// A key, copied only where it has escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// Gathers the keys.
pub(super) struct Keys<'k>(pub(super) &'k mut Columns);

impl Take for Keys<'_> {
    fn take(&mut self, key: &str, _: &str) -> Result<(), (Option<String>, String)> {
        match key.trim().is_empty() {
            true => Err((None, "a key without a name".to_owned())),
            false => {
                self.0.add(key);
                Ok(())
            }
        }
    }
}

/// Puts the values into the cells of their columns.
pub(super) struct Values<'v> {
    pub(super) columns: &'v Columns,
    pub(super) null_texts: &'v [String],
    pub(super) trim: Trim,
    pub(super) cells: &'v mut Cells,
    /// Which columns have a value.
    pub(super) marks: &'v mut [bool],
    /// The column of the next key, if it comes in the order of the columns.
    pub(super) likely: usize,
}

impl Take for Values<'_> {
    fn take(&mut self, key: &str, value: &str) -> Result<(), (Option<String>, String)> {
        let blamed = || Some(shown(key));
        let at = self.columns.place(key, self.likely).ok_or_else(|| {
            let reason = format!(
                "a key that none of the first {KEYS_OF} records has, so that it is no column; \
                 give the first record this key, with null if it has no value"
            );
            (blamed(), reason)
        })?;
        match self.marks.get_mut(at) {
            Some(mark) if !*mark => *mark = true,
            _ => return Err((blamed(), "the key comes twice".to_owned())),
        }
        self.likely = at + 1;
        match value.as_bytes() {
            [b'n', ..] => {}
            [b't', ..] => self.cells.boolean(at, true),
            [b'f', ..] => self.cells.boolean(at, false),
            [b'"', ..] => {
                let text = text(value).map_err(|reason| (blamed(), reason))?;
                let text = self.trim.of(&text);
                if !self.null_texts.iter().any(|null| null == text) {
                    self.cells.text(at, text);
                }
            }
            [b'{' | b'[', ..] if depth(value) > MAX_DEPTH => {
                let reason = format!("objects and lists stand more than {MAX_DEPTH} deep");
                return Err((blamed(), reason));
            }
            [b'{' | b'[', ..] => self.cells.text(at, value),
            _ => self.cells.exact(at, value),
        }
        Ok(())
    }
}

/// The text that a string literal means.
fn text(literal: &str) -> Result<Cow<'_, str>, String> {
    let bare = literal
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match bare.filter(|bare| !bare.contains('\\')) {
        Some(bare) => Ok(Cow::Borrowed(bare)),
        None => match serde_json::from_str::<String>(literal) {
            Ok(text) if text.contains('\0') => Err("a NUL character, which no text has".to_owned()),
            Ok(text) => Ok(Cow::Owned(text)),
            Err(_) => Err("no character behind a backslash, or half of one".to_owned()),
        },
    }
}

/// How deep objects and lists stand in each other.
fn depth(value: &str) -> usize {
    let (mut depth, mut most, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in value.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                most = most.max(depth);
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    most
}

//! Where a difference comes from: the smallest parts of an expression of which both say something
//! else, although they agree on everything these are made of.

use crate::expressions::{CLOSE, OPEN};
use crate::sides::{Other, agree, literal, ours, same, theirs};
use crewdesk::feel::Value;
use dsntk_feel::values::Value as Theirs;

/// A part of an expression, of texts and parts.
#[derive(Debug, Clone)]
pub struct Part(Vec<Piece>);

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Part(Part),
}

use Piece::Text;

/// A part on which both differ while they agree on its operands, which stand in it as literals.
pub struct Origin {
    /// The part, each operand as `_`.
    pub shape: String,
    /// The part with its operands.
    pub text: String,
    pub operands: Vec<Value>,
    /// The text with values in place of its paths.
    pub apart: String,
}

impl Part {
    /// An expression with its marks.
    pub fn read(marked: &str) -> Part {
        let mut open = vec![Vec::new()];
        let mut text = String::new();
        for c in marked.chars() {
            if c != OPEN && c != CLOSE {
                text.push(c);
                continue;
            }
            let pieces = open.last_mut().expect("marks match");
            if !text.is_empty() {
                pieces.push(Text(std::mem::take(&mut text)));
            }
            if c == OPEN {
                open.push(Vec::new());
            } else {
                let part = Part(open.pop().expect("marks match"));
                open.last_mut()
                    .expect("marks match")
                    .push(Piece::Part(part));
            }
        }
        let mut whole = Part(open.pop().expect("marks match"));
        match whole.0.pop() {
            Some(Piece::Part(part)) if whole.0.is_empty() => part,
            _ => panic!("one part: {marked:?}"),
        }
    }

    pub fn text(&self) -> String {
        self.with(Part::text)
    }

    fn with(&self, mut of: impl FnMut(&Part) -> String) -> String {
        let text = |piece: &Piece| match piece {
            Text(text) => text.clone(),
            Piece::Part(part) => of(part),
        };
        self.0.iter().map(text).collect()
    }

    /// The text, with the value in place of what ends in a path: `(1)` for `{a: 1}.a`.
    fn apart(&self) -> String {
        let text = self.with(Part::apart);
        let path = text
            .rsplit_once('.')
            .filter(|(_, name)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase()));
        match path {
            Some(_) => {
                let value = ours(&text).ok().as_ref().and_then(literal);
                value.map_or(text, |value| format!("({value})"))
            }
            None => text,
        }
    }

    fn parts(&self) -> impl Iterator<Item = &Part> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Part(part) => Some(part),
            Text(_) => None,
        })
    }

    /// The name that a loop gives to the items of its first part, for its second one.
    fn iterator(&self) -> Option<&str> {
        let Some(Text(text)) = self.0.first() else {
            return None;
        };
        let head = ["(for ", "(some ", "(every "]
            .iter()
            .find_map(|head| text.strip_prefix(head))?;
        let name = head.strip_suffix(" in ")?;
        (self.parts().count() == 2).then_some(name)
    }

    /// The same with a name replaced.
    fn naming(&self, name: &str, value: &str) -> Part {
        let piece = |piece: &Piece| match piece {
            Text(text) if text == name => Text(value.to_owned()),
            Text(text) => Text(text.clone()),
            Piece::Part(part) => Piece::Part(part.naming(name, value)),
        };
        Part(self.0.iter().map(piece).collect())
    }

    /// Why both differ on this part: the origins, in it or in its parts. Empty when they agree.
    /// An error when the value here is not that of the same part with values in place of its parts.
    pub fn origins(&self) -> Result<Vec<Origin>, String> {
        let text = self.text();
        if agree(&text) {
            return Ok(Vec::new());
        }
        let mut origins = Vec::new();
        let mut settled = self.clone();
        let mut operands: Vec<Value> = Vec::new();
        let name = self.iterator();
        let mut list = String::new();
        for piece in &mut settled.0 {
            let Piece::Part(part) = piece else { continue };
            if let (Some(name), Some(items)) = (name, operands.first()) {
                let found = bodies(&text, part, name, &list, items)?;
                if !found.is_empty() {
                    origins.extend(found);
                    return Ok(origins);
                }
                break;
            }
            let found = part.origins()?;
            let value = value_of(&part.text())?;
            if let Some(literal) = literal(&value).filter(|_| !found.is_empty()) {
                *part = Part(vec![Text(literal)]);
            }
            list = part.text();
            origins.extend(found);
            operands.push(value);
        }
        let here = settled.text();
        same_here(&text, &here)?;
        if agree(&here) {
            return Ok(origins);
        }
        // With literals for all of its parts but the body of a loop.
        let mut values = operands.iter();
        let bare = settled.with(|part| {
            let value = values.next().and_then(literal);
            value.unwrap_or_else(|| part.text())
        });
        same_here(&text, &bare)?;
        origins.push(Origin {
            shape: self.with(|_| "_".to_owned()),
            // As it was written, where it is only so that both differ.
            text: if agree(&bare) { here } else { bare },
            operands,
            apart: settled.apart(),
        });
        Ok(origins)
    }
}

/// The origins in the body of a loop, for each item of the list.
fn bodies(
    text: &str,
    body: &Part,
    name: &str,
    list: &str,
    items: &Value,
) -> Result<Vec<Origin>, String> {
    let (mut origins, mut values) = (Vec::new(), Vec::new());
    let Value::List(items) = items else {
        return Ok(origins);
    };
    let there = match theirs(list) {
        Other::Value(Theirs::List(there)) => there,
        _ => Vec::new(),
    };
    for (ix, item) in items.iter().enumerate() {
        let written = there.get(ix).and_then(|there| numeral(item, there));
        let item = written.or_else(|| literal(item));
        let body = body.naming(name, &item.ok_or("an item without a literal")?);
        origins.extend(body.origins()?);
        values.push(value_of(&body.text())?);
    }
    if !origins.is_empty() {
        loop_of(text, &values)?;
    }
    Ok(origins)
}

fn value_of(text: &str) -> Result<Value, String> {
    ours(text).map_err(|error| format!("fails here: {error}: {text}"))
}

/// A number as it is written there, which keeps the zeros at its end.
fn numeral(ours: &Value, theirs: &Theirs) -> Option<String> {
    let text = theirs.to_string();
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    let number = matches!(theirs, Theirs::Number(_)) && text.bytes().all(plain);
    (number && same(ours, theirs)).then_some(text)
}

/// What a value is may not depend on how its parts are written.
fn same_here(text: &str, other: &str) -> Result<(), String> {
    let (a, b) = (value_of(text)?, value_of(other)?);
    let plain = |value: &Value| literal(value).unwrap_or_else(|| value.to_string());
    if plain(&a) == plain(&b) {
        return Ok(());
    }
    Err(format!(
        "is not the same here as with its values: {text} is {a}, {other} is {b}"
    ))
}

/// The value of a loop comes from those of its bodies.
fn loop_of(text: &str, bodies: &[Value]) -> Result<(), String> {
    let all: Option<Vec<String>> = bodies.iter().map(literal).collect();
    let all = all.ok_or("a body without a literal")?;
    let together = match text {
        text if text.starts_with("(for ") => format!("[{}]", all.join(", ")),
        text if text.starts_with("(some ") => format!("(false or {})", all.join(" or ")),
        _ => format!("(true and {})", all.join(" and ")),
    };
    same_here(text, &together)
}

/// An origin as it is shown.
impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let here = value_of(&self.text).map_or_else(|error| error, |value| value.to_string());
        write!(
            f,
            "{}\n      here  {here}\n      there {}",
            self.text,
            theirs(&self.text)
        )
    }
}

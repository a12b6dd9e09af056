//! Where a difference comes from: the smallest parts of an expression of which both say something
//! else, although they agree on everything these are made of.

use crate::expressions::{CLOSE, OPEN};
use crate::sides::{agree, literal, ours, theirs};
use crewdesk::feel::Value;

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
    /// Its operands as they were written, where it is only with these that both differ: what is
    /// read otherwise, not what is computed.
    pub written: bool,
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

    /// The text, with the value in place of what ends in a path: `1` for `{a: 1}.a`.
    fn apart(&self) -> String {
        let text = self.with(Part::apart);
        let path = text
            .rsplit_once('.')
            .filter(|(_, name)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase()));
        match path {
            Some(_) => ours(&text).ok().as_ref().and_then(literal).unwrap_or(text),
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
        for piece in &mut settled.0 {
            let Piece::Part(part) = piece else { continue };
            if let (Some(name), Some(items)) = (name, operands.first()) {
                let found = bodies(&text, part, name, items)?;
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
            origins.extend(found);
            operands.push(value);
        }
        let here = settled.text();
        same_here(&text, &here)?;
        if agree(&here) {
            return Ok(origins);
        }
        // With literals for all of its parts.
        let mut values = operands.iter();
        let bare = if name.is_some() {
            here.clone()
        } else {
            settled.with(|part| {
                values
                    .next()
                    .and_then(literal)
                    .unwrap_or_else(|| part.text())
            })
        };
        same_here(&text, &bare)?;
        let written = agree(&bare);
        origins.push(Origin {
            shape: self.with(|_| "_".to_owned()),
            text: if written { here } else { bare },
            operands,
            apart: settled.apart(),
            written,
        });
        Ok(origins)
    }
}

/// The origins in the body of a loop, for each item.
fn bodies(text: &str, body: &Part, name: &str, items: &Value) -> Result<Vec<Origin>, String> {
    let (mut origins, mut values) = (Vec::new(), Vec::new());
    let Value::List(items) = items else {
        return Ok(origins);
    };
    for item in items.iter() {
        let body = body.naming(name, &literal(item).ok_or("an item without a literal")?);
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

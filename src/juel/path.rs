//! JSONPath for `jsonPath(…)`: names, indexes, `*` and `..name`; no filters, no slices.

use super::context::Budget;
use super::error::{Fault, clip};
use serde_json::Value as Json;

enum Step {
    Name(String),
    Index(i64),
    All,
    Deep(String),
}

/// What the path leads to: the node itself, or, where it may lead to several, an array.
pub(super) fn find(root: &Json, path: &str, budget: &mut Budget) -> Result<Json, Fault> {
    let wrong = |why: &str| Fault::failed(format!("JSONPath '{}': {why}", clip(path)));
    let steps = parse(path).map_err(|why| wrong(&why))?;
    let definite = steps
        .iter()
        .all(|s| matches!(s, Step::Name(_) | Step::Index(_)));
    let mut nodes = vec![root];
    for step in &steps {
        let mut next = Vec::new();
        for node in nodes {
            budget.step(1)?;
            match step {
                Step::Name(name) => next.extend(node.get(name)),
                Step::Index(index) => {
                    let items = node.as_array().map(Vec::as_slice).unwrap_or_default();
                    let back = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
                    let at = if *index < 0 {
                        items.len().checked_sub(back)
                    } else {
                        Some(back)
                    };
                    next.extend(at.and_then(|at| items.get(at)));
                }
                Step::All => next.extend(children(node)),
                Step::Deep(name) => {
                    let mut open = vec![node];
                    while let Some(node) = open.pop() {
                        budget.step(1)?;
                        next.extend(node.get(name));
                        let from = open.len();
                        open.extend(children(node));
                        if let Some(added) = open.get_mut(from..) {
                            added.reverse();
                        }
                    }
                }
            }
        }
        nodes = next;
    }
    match nodes.as_slice() {
        [node] if definite => Ok((*node).clone()),
        _ if definite => Err(wrong("there is nothing")),
        _ => {
            let bytes: usize = nodes.iter().map(|node| node.to_string().len()).sum();
            budget.grow(bytes)?;
            Ok(Json::Array(nodes.into_iter().cloned().collect()))
        }
    }
}

fn children(node: &Json) -> Vec<&Json> {
    match node {
        Json::Array(items) => items.iter().collect(),
        Json::Object(object) => object.values().collect(),
        _ => Vec::new(),
    }
}

fn parse(path: &str) -> Result<Vec<Step>, String> {
    let mut rest = path.trim().strip_prefix('$').ok_or("it begins with $")?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (step, after) = bracket(inner)?;
            steps.push(step);
            rest = after;
            continue;
        }
        let deep = rest.strip_prefix("..");
        let name = deep
            .or(rest.strip_prefix('.'))
            .ok_or("a step begins with . or [")?;
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (name, after) = name.split_at_checked(end).unwrap_or((name, ""));
        if name.is_empty() || name.contains(['(', ')', ' ', '\'', '"']) {
            return Err("only names, indexes, * and ..name are supported".to_owned());
        }
        steps.push(match (deep, name) {
            (Some(_), "*") => return Err("..* is not supported".to_owned()),
            (Some(_), name) => Step::Deep(name.to_owned()),
            (None, "*") => Step::All,
            (None, name) => Step::Name(name.to_owned()),
        });
        rest = after;
    }
    Ok(steps)
}

/// What follows a `[`, and the rest behind its `]`.
fn bracket(inner: &str) -> Result<(Step, &str), String> {
    for quote in ['\'', '"'] {
        if let Some(inner) = inner.strip_prefix(quote) {
            let end = format!("{quote}]");
            let (name, after) = inner.split_once(&end).ok_or("a name does not end")?;
            return Ok((Step::Name(name.to_owned()), after));
        }
    }
    let (inside, after) = inner.split_once(']').ok_or("a '[' does not end")?;
    let step = match inside.trim() {
        "*" => Step::All,
        index => Step::Index(
            index
                .parse()
                .map_err(|_| "only [n], ['name'] and [*] are supported")?,
        ),
    };
    Ok((step, after))
}

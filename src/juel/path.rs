//! JSONPath for `jsonPath(…)`, in expressions and scripts: names, indexes, slices, `*`, `..`, filters
//! `[?(@.a == 'x')]` and `length()`.

use super::context::Budget;
use super::error::{Fault, clip};
use serde_json::Value as Json;
use std::cmp::Ordering;

/// Deepest nesting of brackets in a filter.
const DEEPEST: u32 = 20;

#[derive(Debug)]
enum Step {
    Names(Vec<String>),
    Indexes(Vec<i64>),
    Slice(Option<i64>, Option<i64>),
    All,
    /// What stands anywhere below, and itself.
    Deep,
    Filter(Test),
    Length,
}

#[derive(Debug)]
enum Test {
    Any(Vec<Test>),
    All(Vec<Test>),
    Not(Box<Test>),
    Exists(Operand),
    Compare(Operand, Sign, Operand),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug)]
enum Operand {
    /// Of the element, or else of the whole.
    Path(bool, Vec<Step>),
    Literal(Json),
}

/// What the path leads to: the node itself, or, where it may lead to several, an array.
pub(super) fn find(root: &Json, path: &str, budget: &mut Budget) -> Result<Json, Fault> {
    let wrong = |why: &str| Fault::failed(format!("JSONPath '{}': {why}", clip(path)));
    let steps = parse(path).map_err(|why| wrong(&why))?;
    let mut found = follow(root, root, &steps, budget)?;
    if !definite(&steps) {
        return Ok(Json::Array(found));
    }
    found.pop().ok_or_else(|| wrong("there is nothing"))
}

/// Whether a path leads to one node at most.
fn definite(steps: &[Step]) -> bool {
    steps.iter().all(|step| match step {
        Step::Names(names) => names.len() == 1,
        Step::Indexes(indexes) => indexes.len() == 1,
        Step::Length => true,
        _ => false,
    })
}

fn follow(
    root: &Json,
    from: &Json,
    steps: &[Step],
    budget: &mut Budget,
) -> Result<Vec<Json>, Fault> {
    let mut nodes = vec![from];
    let mut deep = false;
    for step in steps {
        let mut next = Vec::new();
        for node in nodes {
            budget.step(1)?;
            let items = node.as_array().map(Vec::as_slice).unwrap_or_default();
            match step {
                Step::Names(names) => next.extend(names.iter().filter_map(|name| node.get(name))),
                Step::Indexes(indexes) => {
                    let at = |index: &i64| items.get(place(*index, items.len())?);
                    next.extend(indexes.iter().filter_map(at));
                }
                Step::Slice(first, end) => {
                    let bound = |at: i64| match at < 0 {
                        true => place(at, items.len()).unwrap_or(0),
                        false => usize::try_from(at).unwrap_or(usize::MAX).min(items.len()),
                    };
                    let (first, end) = (first.map_or(0, bound), end.map_or(items.len(), bound));
                    next.extend(items.get(first..end).unwrap_or_default());
                }
                Step::All => next.extend(children(node)),
                Step::Deep => {
                    let mut open = vec![node];
                    while let Some(node) = open.pop() {
                        budget.step(1)?;
                        next.push(node);
                        let from = open.len();
                        open.extend(children(node));
                        if let Some(added) = open.get_mut(from..) {
                            added.reverse();
                        }
                    }
                }
                Step::Filter(test) => {
                    let alone = std::slice::from_ref(node);
                    // Below, it is met among the items of a list.
                    let among = if node.is_object() && !deep {
                        alone
                    } else {
                        items
                    };
                    for item in among {
                        if holds(test, root, item, budget)? {
                            next.push(item);
                        }
                    }
                }
                // It stands at the end.
                Step::Length => return Ok(length(node).into_iter().collect()),
            }
        }
        nodes = next;
        deep = matches!(step, Step::Deep);
    }
    budget.grow(nodes.iter().map(|node| size(node)).sum())?;
    Ok(nodes.into_iter().cloned().collect())
}

/// About as many bytes as it takes.
fn size(node: &Json) -> usize {
    8 + match node {
        Json::String(text) => text.len(),
        Json::Array(items) => items.iter().map(size).sum(),
        Json::Object(entries) => entries.iter().map(|(name, of)| name.len() + size(of)).sum(),
        _ => 0,
    }
}

/// Where an index is in a list of this length, counted from its end below 0.
fn place(index: i64, length: usize) -> Option<usize> {
    let far = usize::try_from(index.unsigned_abs()).ok()?;
    match index < 0 {
        true => length.checked_sub(far),
        false => Some(far),
    }
}

fn length(node: &Json) -> Option<Json> {
    Some(match node {
        Json::Array(items) => items.len().into(),
        Json::Object(entries) => entries.len().into(),
        Json::String(text) => text.encode_utf16().count().into(),
        _ => return None,
    })
}

fn children(node: &Json) -> Vec<&Json> {
    match node {
        Json::Array(items) => items.iter().collect(),
        Json::Object(object) => object.values().collect(),
        _ => Vec::new(),
    }
}

fn holds(test: &Test, root: &Json, item: &Json, budget: &mut Budget) -> Result<bool, Fault> {
    budget.step(1)?;
    match test {
        Test::Any(tests) => {
            for test in tests {
                if holds(test, root, item, budget)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Test::All(tests) => {
            for test in tests {
                if !holds(test, root, item, budget)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Test::Not(test) => Ok(!holds(test, root, item, budget)?),
        Test::Exists(operand) => Ok(value(operand, root, item, budget)?.is_some()),
        Test::Compare(one, sign, other) => {
            let one = value(one, root, item, budget)?;
            let other = value(other, root, item, budget)?;
            Ok(compare(one.as_ref(), *sign, other.as_ref()))
        }
    }
}

fn value(
    operand: &Operand,
    root: &Json,
    item: &Json,
    budget: &mut Budget,
) -> Result<Option<Json>, Fault> {
    match operand {
        Operand::Literal(json) => Ok(Some(json.clone())),
        Operand::Path(own, steps) => {
            let from = if *own { item } else { root };
            let mut found = follow(root, from, steps, budget)?;
            Ok(match definite(steps) {
                true => found.pop(),
                false => Some(Json::Array(found)).filter(|found| *found != Json::Array(Vec::new())),
            })
        }
    }
}

/// What is not there equals only what is not there either.
fn compare(one: Option<&Json>, sign: Sign, other: Option<&Json>) -> bool {
    let order = match (one, other) {
        (Some(Json::String(one)), Some(Json::String(other))) => Some(one.cmp(other)),
        (Some(one), Some(other)) => match (whole(one), whole(other)) {
            (Some(one), Some(other)) => Some(one.cmp(&other)),
            _ => match (one.as_f64(), other.as_f64()) {
                (Some(one), Some(other)) => one.partial_cmp(&other),
                _ => (one == other).then_some(Ordering::Equal),
            },
        },
        (None, None) => Some(Ordering::Equal),
        _ => None,
    };
    match sign {
        Sign::Equal => order == Some(Ordering::Equal),
        Sign::Unequal => order != Some(Ordering::Equal),
        Sign::Less => order == Some(Ordering::Less),
        Sign::LessOrEqual => order.is_some_and(Ordering::is_le),
        Sign::Greater => order == Some(Ordering::Greater),
        Sign::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
    }
}

/// A whole number: beyond 2^53 doubles do not tell one from the next.
fn whole(of: &Json) -> Option<i128> {
    let signed = of.as_i64().map(i128::from);
    signed.or_else(|| of.as_u64().map(i128::from))
}

fn parse(path: &str) -> Result<Vec<Step>, String> {
    let rest = path.trim().strip_prefix('$').ok_or("it begins with $")?;
    let mut reader = Reader { rest, deep: 0 };
    let steps = reader.steps()?;
    match reader.rest.is_empty() {
        true => Ok(steps),
        false => Err("a step begins with . or [".to_owned()),
    }
}

struct Reader<'p> {
    rest: &'p str,
    deep: u32,
}

impl Reader<'_> {
    fn accept(&mut self, sign: &str) -> bool {
        let found = self.rest.trim_start().strip_prefix(sign);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        match self.accept(sign) {
            true => Ok(()),
            false => Err(format!("a '{sign}' is missing")),
        }
    }

    fn steps(&mut self) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            if self.rest.starts_with("..") {
                self.rest = &self.rest[2..];
                steps.push(Step::Deep);
                if self.rest.starts_with('[') {
                    continue;
                }
            } else if self.rest.starts_with('[') {
                self.rest = &self.rest[1..];
                steps.push(self.bracket()?);
                continue;
            } else if self.rest.starts_with('.') {
                self.rest = &self.rest[1..];
            } else {
                return Ok(steps);
            }
            if self.accept("*") {
                steps.push(Step::All);
                continue;
            }
            let name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '@' | ':');
            let end = self.rest.find(|c: char| !name(c));
            let (name, after) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = after;
            match (name, after.strip_prefix("()")) {
                ("length", Some("")) => {
                    self.rest = "";
                    steps.push(Step::Length);
                }
                (_, Some(_)) => {
                    return Err(format!(
                        "of functions only length() at the end is known, not {name}()"
                    ));
                }
                ("", _) => return Err("a name is missing behind a '.'".to_owned()),
                _ => steps.push(Step::Names(vec![name.to_owned()])),
            }
        }
    }

    /// What follows a `[`.
    fn bracket(&mut self) -> Result<Step, String> {
        if self.accept("?") {
            self.expect("(")?;
            let test = self.any()?;
            self.expect(")")?;
            self.expect("]")?;
            return Ok(Step::Filter(test));
        }
        if self.accept("*") {
            self.expect("]")?;
            return Ok(Step::All);
        }
        let mut names = Vec::new();
        while let Some(name) = self.text()? {
            names.push(name);
            if !self.accept(",") {
                break;
            }
        }
        if !names.is_empty() {
            self.expect("]")?;
            return Ok(Step::Names(names));
        }
        let (inside, after) = self.rest.split_once(']').ok_or("a '[' does not end")?;
        self.rest = after;
        let number = |text: &str| text.trim().parse::<i64>();
        let known = "in brackets stand numbers, slices such as 0:2, 'names', * and filters ?(…)";
        if let Some((first, end)) = inside.split_once(':') {
            let bound = |text: &str| match text.trim() {
                "" => Ok(None),
                text => number(text).map(Some).map_err(|_| known.to_owned()),
            };
            return Ok(Step::Slice(bound(first)?, bound(end)?));
        }
        let indexes = inside.split(',').map(number);
        let indexes = indexes.collect::<Result<_, _>>().map_err(|_| known)?;
        Ok(Step::Indexes(indexes))
    }

    /// A text in quotes, if one is next.
    fn text(&mut self) -> Result<Option<String>, String> {
        let Some(quote) = ['\'', '"']
            .into_iter()
            .find(|quote| self.accept(&quote.to_string()))
        else {
            return Ok(None);
        };
        let mut text = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => text.extend(chars.next().map(|(_, c)| c)),
                c if c == quote => {
                    self.rest = &self.rest[at + c.len_utf8()..];
                    return Ok(Some(text));
                }
                c => text.push(c),
            }
        }
        Err("a name or text does not end".to_owned())
    }

    fn any(&mut self) -> Result<Test, String> {
        let mut tests = vec![self.all()?];
        while self.accept("||") {
            tests.push(self.all()?);
        }
        Ok(Test::Any(tests))
    }

    fn all(&mut self) -> Result<Test, String> {
        let mut tests = vec![self.test()?];
        while self.accept("&&") {
            tests.push(self.test()?);
        }
        Ok(Test::All(tests))
    }

    fn test(&mut self) -> Result<Test, String> {
        self.deep += 1;
        if self.deep > DEEPEST {
            return Err("its brackets nest too deep".to_owned());
        }
        let test = match () {
            () if self.accept("(") => {
                let test = self.any()?;
                self.expect(")")?;
                test
            }
            () if self.accept("!") => Test::Not(Box::new(self.test()?)),
            () => self.comparison()?,
        };
        self.deep -= 1;
        Ok(test)
    }

    fn comparison(&mut self) -> Result<Test, String> {
        let one = self.operand()?;
        let signs = [
            ("==", Sign::Equal),
            ("!=", Sign::Unequal),
            ("<=", Sign::LessOrEqual),
            (">=", Sign::GreaterOrEqual),
            ("<", Sign::Less),
            (">", Sign::Greater),
        ];
        let sign = signs.into_iter().find(|(sign, _)| self.accept(sign));
        Ok(match sign {
            Some((_, sign)) => Test::Compare(one, sign, self.operand()?),
            None => Test::Exists(one),
        })
    }

    fn operand(&mut self) -> Result<Operand, String> {
        for (sign, own) in [("@", true), ("$", false)] {
            if self.accept(sign) {
                self.deep += 1;
                if self.deep > DEEPEST {
                    return Err("its filters nest too deep".to_owned());
                }
                let steps = self.steps()?;
                self.deep -= 1;
                return Ok(Operand::Path(own, steps));
            }
        }
        if let Some(text) = self.text()? {
            return Ok(Operand::Literal(text.into()));
        }
        self.rest = self.rest.trim_start();
        let end = self
            .rest
            .find(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '+'));
        let (word, after) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let literal = serde_json::from_str(word);
        self.rest = after;
        literal.map(Operand::Literal).map_err(|_| {
            "a filter compares paths such as @.a with numbers, 'texts', true, false and null"
                .to_owned()
        })
    }
}

//! Patterns as they are written.

use super::set::{Class, Set};
use super::{Flavour, MAX_GROUPS, Op, Parsed};

/// Largest program.
const MAX_OPS: usize = 20_000;
/// Deepest nesting of groups.
const MAX_DEPTH: u32 = 50;

/// Reads a pattern and writes its program.
pub(super) struct Parser {
    pub flavour: Flavour,
    pub chars: Vec<char>,
    pub at: usize,
    pub depth: u32,
    pub ops: Vec<Op>,
    pub groups: usize,
    pub notes: usize,
    pub dot_all: bool,
    /// Whether a group is referred to.
    pub refers: bool,
}

/// A pattern in which blanks mean nothing, save in brackets.
pub(super) fn without_blanks(pattern: &str) -> Vec<char> {
    let (mut open, mut escaped) = (0i32, false);
    let keep = |c: &char| {
        let blank = matches!(c, ' ' | '\t' | '\n' | '\r') && open == 0;
        match c {
            '[' if !escaped => open += 1,
            ']' if !escaped => open -= 1,
            _ => {}
        }
        escaped = *c == '\\' && !escaped;
        !blank
    };
    pattern.chars().filter(keep).collect()
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn accept(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    pub fn emit(&mut self, op: Op) -> Parsed<usize> {
        if self.ops.len() >= MAX_OPS {
            return Err(format!(
                "the pattern has more than {MAX_OPS} parts, each repetition counted; make it shorter"
            ));
        }
        self.ops.push(op);
        Ok(self.ops.len() - 1)
    }

    pub fn either(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("groups nest deeper than {MAX_DEPTH} levels"));
        }
        let mut ends = Vec::new();
        loop {
            let start = self.ops.len();
            self.sequence()?;
            if !self.accept('|') {
                break;
            }
            self.insert(start, Op::Split(start + 1, self.ops.len() + 2))?;
            ends.push(self.emit(Op::Jump(0))?);
        }
        let end = self.ops.len();
        for jump in ends {
            self.ops[jump] = Op::Jump(end);
        }
        self.depth -= 1;
        Ok(())
    }

    /// Puts an instruction before others and moves their targets along.
    fn insert(&mut self, at: usize, op: Op) -> Parsed<()> {
        self.emit(Op::Match)?;
        self.ops.pop();
        for op in &mut self.ops[at..] {
            match op {
                Op::Split(a, b) => (*a, *b) = (*a + 1, *b + 1),
                Op::Jump(to) => *to += 1,
                _ => {}
            }
        }
        self.ops.insert(at, op);
        Ok(())
    }

    fn sequence(&mut self) -> Parsed<()> {
        while let Some(c) = self.peek() {
            if matches!(c, '|' | ')') {
                break;
            }
            let start = self.ops.len();
            self.atom(c)?;
            self.repeat(start)?;
        }
        Ok(())
    }

    fn atom(&mut self, c: char) -> Parsed<()> {
        self.at += 1;
        match c {
            '(' => {
                let group = if self.peek() == Some('?') {
                    self.at += 1;
                    if !self.accept(':') {
                        return Err("only `(?:` may begin with `(?`".into());
                    }
                    None
                } else {
                    self.groups += 1;
                    if self.groups > MAX_GROUPS {
                        return Err(format!("there are more than {MAX_GROUPS} groups"));
                    }
                    Some(self.groups)
                };
                if let Some(group) = group {
                    self.emit(Op::Save(2 * group))?;
                }
                self.either()?;
                if !self.accept(')') {
                    return Err("a `(` is not closed".into());
                }
                if let Some(group) = group {
                    self.emit(Op::Save(2 * group + 1))?;
                }
            }
            '[' => {
                let set = self.set(0)?;
                self.emit(Op::Set(set))?;
            }
            '.' => {
                let class = if self.dot_all {
                    Class::Any
                } else {
                    Class::NotNewline
                };
                self.emit(Op::Set(Set::class(class, true)))?;
            }
            '^' => {
                self.emit(Op::Start)?;
            }
            '$' => {
                self.emit(Op::End)?;
            }
            '\\' => match self.peek() {
                Some(digit @ '1'..='9') => {
                    self.at += 1;
                    let group = digit as usize - '0' as usize;
                    if group > self.groups {
                        return Err(format!("there is no group {group} before `\\{group}`"));
                    }
                    self.refers = true;
                    self.emit(Op::Reference(group))?;
                }
                Some(edge @ ('b' | 'B')) if self.flavour == Flavour::Java => {
                    self.at += 1;
                    self.emit(Op::Edge(edge == 'b'))?;
                }
                _ => {
                    let set = self.escape()?;
                    self.emit(Op::Set(set))?;
                }
            },
            '*' | '+' | '?' | '{' => return Err(format!("`{c}` repeats nothing")),
            ']' | '}' if self.flavour == Flavour::XPath => {
                return Err(format!("`{c}` closes nothing"));
            }
            other => {
                self.emit(Op::Set(Set::one(other)))?;
            }
        }
        Ok(())
    }

    /// A repetition of what was written since.
    fn repeat(&mut self, start: usize) -> Parsed<()> {
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.counted(start),
            _ => return Ok(()),
        };
        self.at += 1;
        self.repeated(start, least, most)
    }

    fn counted(&mut self, start: usize) -> Parsed<()> {
        let rest: String = self.chars[self.at + 1..]
            .iter()
            .take_while(|c| **c != '}')
            .collect();
        let (least, most) = rest.split_once(',').unwrap_or((&rest, &rest));
        let count = |s: &str| s.parse::<usize>().ok().filter(|n| *n <= 1_000);
        let bad = || format!("`{{{rest}}}` is no count up to 1000");
        let least = count(least).ok_or_else(bad)?;
        let most = if most.is_empty() {
            None
        } else {
            Some(count(most).ok_or_else(bad)?)
        };
        if most.is_some_and(|most| most < least) {
            return Err(bad());
        }
        self.at += rest.chars().count() + 2;
        self.repeated(start, least, most)
    }

    fn repeated(&mut self, start: usize, least: usize, most: Option<usize>) -> Parsed<()> {
        let greedy = !self.accept('?');
        let body = self.ops.split_off(start);
        for _ in 0..least {
            self.copy(&body, start)?;
        }
        let way = |on: usize, off: usize| {
            if greedy {
                Op::Split(on, off)
            } else {
                Op::Split(off, on)
            }
        };
        match most {
            None => {
                // The body has to move on, or it would repeat for ever.
                let note = self.notes;
                self.notes += 1;
                let top = self.emit(Op::Jump(0))?;
                self.emit(Op::Save(note))?;
                self.copy(&body, start)?;
                self.emit(Op::Moved(note))?;
                self.emit(Op::Jump(top))?;
                self.ops[top] = way(top + 1, self.ops.len());
            }
            Some(most) => {
                let mut splits = Vec::new();
                for _ in least..most {
                    splits.push(self.emit(Op::Jump(0))?);
                    self.copy(&body, start)?;
                }
                let end = self.ops.len();
                for split in splits {
                    self.ops[split] = way(split + 1, end);
                }
            }
        }
        Ok(())
    }

    /// Appends code that was written for a place.
    fn copy(&mut self, body: &[Op], written_for: usize) -> Parsed<()> {
        let here = self.ops.len();
        let moved = |to: usize| to - written_for + here;
        for op in body {
            self.emit(match op {
                Op::Split(a, b) => Op::Split(moved(*a), moved(*b)),
                Op::Jump(to) => Op::Jump(moved(*to)),
                other => other.clone(),
            })?;
        }
        Ok(())
    }

    /// What follows a backslash, as a set.
    fn escape(&mut self) -> Parsed<Set> {
        let c = self.peek().ok_or("the pattern ends with a backslash")?;
        self.at += 1;
        Ok(match c {
            'd' | 'D' => self.class(Class::Digit, Class::AsciiDigit, c == 'd'),
            'w' | 'W' => self.class(Class::Word, Class::AsciiWord, c == 'w'),
            's' | 'S' => self.class(Class::Space, Class::AsciiSpace, c == 's'),
            'i' | 'I' if self.flavour == Flavour::XPath => Set::class(Class::NameStart, c == 'i'),
            'c' | 'C' if self.flavour == Flavour::XPath => Set::class(Class::Name, c == 'c'),
            'p' | 'P' => {
                let rest: String = self.chars[self.at..]
                    .iter()
                    .take_while(|c| **c != '}')
                    .collect();
                let class = rest.strip_prefix('{').and_then(Class::named);
                let class =
                    class.ok_or_else(|| format!("`\\{c}{rest}}}` is no class known here"))?;
                self.at += rest.chars().count() + 1;
                Set::class(class, c == 'p')
            }
            'f' if self.flavour == Flavour::Java => Set::one('\u{c}'),
            'n' => Set::one('\n'),
            'r' => Set::one('\r'),
            't' => Set::one('\t'),
            c if c.is_ascii_alphanumeric() => return Err(format!("`\\{c}` has no meaning")),
            c => Set::one(c),
        })
    }

    fn class(&self, xpath: Class, java: Class, holds: bool) -> Set {
        let class = match self.flavour {
            Flavour::XPath => xpath,
            Flavour::Java => java,
        };
        Set::class(class, holds)
    }

    /// A set in brackets, after the opening one.
    fn set(&mut self, depth: u32) -> Parsed<Set> {
        if depth > 4 {
            return Err("sets nest too deeply".into());
        }
        let mut set = Set {
            negative: self.accept('^'),
            ..Set::default()
        };
        let mut first = true;
        loop {
            let c = self.peek().ok_or("a `[` is not closed")?;
            self.at += 1;
            match c {
                ']' if !first => return Ok(set),
                '-' if self.flavour == Flavour::XPath && self.peek() == Some('[') && !first => {
                    self.at += 1;
                    set.except = Some(Box::new(self.set(depth + 1)?));
                    if !self.accept(']') {
                        return Err("a set that is taken away must come last".into());
                    }
                    return Ok(set);
                }
                '&' if self.flavour == Flavour::Java && self.peek() == Some('&') => {
                    return Err("`&&` in a set is not supported".into());
                }
                '[' => return Err("write `\\[` for a bracket in a set".into()),
                _ => {}
            }
            first = false;
            let from = if c == '\\' {
                self.escape()?
            } else {
                Set::one(c)
            };
            let ([(from, _)], []) = (from.ranges.as_slice(), from.classes.as_slice()) else {
                set.classes.extend(from.classes);
                continue;
            };
            let mut to = *from;
            let range = self.peek() == Some('-')
                && !matches!(self.chars.get(self.at + 1), None | Some(']' | '['));
            if range {
                self.at += 1;
                let end = self.peek().ok_or("a `[` is not closed")?;
                self.at += 1;
                let end = if end == '\\' {
                    self.escape()?
                } else {
                    Set::one(end)
                };
                let &[(end, _)] = end.ranges.as_slice() else {
                    return Err("a range ends with a class".into());
                };
                if end < *from {
                    return Err(format!("the range `{from}-{end}` is upside down"));
                }
                to = end;
            }
            set.ranges.push((*from, to));
        }
    }
}

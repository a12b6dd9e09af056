//! Regular expressions as `matches`, `replace` and `split` take them (XPath's): compiled,
//! bounded in size, matched by a machine that goes back from a stack of its own and pays
//! for every step.

use super::budget::{Budget, Limit};

/// Longest pattern, in characters.
const MAX_LENGTH: usize = 2_000;
/// Largest program.
const MAX_OPS: usize = 20_000;
/// Deepest nesting of groups.
const MAX_DEPTH: u32 = 50;
/// Most groups.
const MAX_GROUPS: usize = 99;

#[derive(Debug, Clone)]
enum Op {
    Set(Set),
    /// Goes on at the first, later at the second.
    Split(usize, usize),
    Jump(usize),
    /// Notes the position.
    Save(usize),
    /// Goes on only when the position has moved since the note.
    Moved(usize),
    Reference(usize),
    Start,
    End,
    Match,
}

/// A set of characters.
#[derive(Debug, Clone, Default)]
struct Set {
    ranges: Vec<(char, char)>,
    classes: Vec<(Class, bool)>,
    negative: bool,
    /// What is taken away again.
    except: Option<Box<Set>>,
}

#[derive(Debug, Clone, Copy)]
enum Class {
    Digit,
    Word,
    Space,
    Letter,
    Upper,
    Lower,
    Number,
    NameStart,
    Name,
    NotNewline,
    Any,
}

/// Flags: `s`, `m`, `i`, `x`, `q`.
#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    dot_all: bool,
    multiline: bool,
    caseless: bool,
}

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Regex {
    ops: Vec<Op>,
    groups: usize,
    /// Places for notes, those of groups first.
    notes: usize,
    flags: Flags,
}

/// Where a match and its groups are, in characters.
pub(crate) type Groups = Vec<Option<(usize, usize)>>;

impl Class {
    fn named(name: &str) -> Option<Class> {
        Some(match name {
            "L" => Class::Letter,
            "Lu" => Class::Upper,
            "Ll" => Class::Lower,
            "N" => Class::Number,
            "Nd" => Class::Digit,
            _ => return None,
        })
    }

    fn holds(self, c: char) -> bool {
        match self {
            Class::Digit => c.is_numeric() && (c.is_ascii_digit() || !c.is_ascii()),
            Class::Word => c.is_alphanumeric(),
            Class::Space => matches!(c, ' ' | '\t' | '\n' | '\r'),
            Class::Letter => c.is_alphabetic(),
            Class::Upper => c.is_uppercase(),
            Class::Lower => c.is_lowercase(),
            Class::Number => c.is_numeric(),
            Class::NameStart => c.is_alphabetic() || matches!(c, '_' | ':'),
            Class::Name => c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.' | '\u{b7}'),
            Class::NotNewline => !matches!(c, '\n' | '\r'),
            Class::Any => true,
        }
    }
}

/// Both cases of a character, where it has two.
fn cases(c: char) -> [char; 2] {
    let single = |mut all: Box<dyn Iterator<Item = char>>| match (all.next(), all.next()) {
        (Some(c), None) => Some(c),
        _ => None,
    };
    let upper = single(Box::new(c.to_uppercase())).unwrap_or(c);
    let lower = single(Box::new(c.to_lowercase())).unwrap_or(c);
    [lower, upper]
}

impl Set {
    fn one(c: char) -> Set {
        Set {
            ranges: vec![(c, c)],
            ..Set::default()
        }
    }

    fn class(class: Class, holds: bool) -> Set {
        Set {
            classes: vec![(class, holds)],
            ..Set::default()
        }
    }

    fn holds(&self, c: char, caseless: bool) -> bool {
        let listed = |c: char| {
            self.ranges
                .iter()
                .any(|(from, to)| (*from..=*to).contains(&c))
                || self
                    .classes
                    .iter()
                    .any(|(class, holds)| class.holds(c) == *holds)
        };
        let found = listed(c) || (caseless && cases(c).into_iter().any(listed));
        let excepted = self
            .except
            .as_ref()
            .is_some_and(|except| except.holds(c, caseless));
        found != self.negative && !excepted
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: u32,
    ops: Vec<Op>,
    groups: usize,
    notes: usize,
    dot_all: bool,
}

type Parsed<T> = Result<T, String>;

impl Regex {
    /// Compiles a pattern with flags.
    pub fn parse(pattern: &str, flags: &str) -> Parsed<Regex> {
        let mut known = Flags::default();
        let (mut free, mut literal) = (false, false);
        for flag in flags.chars() {
            match flag {
                's' => known.dot_all = true,
                'm' => known.multiline = true,
                'i' => known.caseless = true,
                'x' => free = true,
                'q' => literal = true,
                other => return Err(format!("there is no flag `{other}`")),
            }
        }
        let chars: Vec<char> = match (literal, free) {
            (true, _) => pattern.chars().flat_map(|c| ['\\', c]).collect(),
            (false, true) => without_blanks(pattern),
            (false, false) => pattern.chars().collect(),
        };
        if chars.len() > MAX_LENGTH {
            return Err(format!("a pattern has at most {MAX_LENGTH} characters"));
        }
        let mut parser = Parser {
            chars,
            at: 0,
            depth: 0,
            ops: Vec::new(),
            groups: 0,
            notes: 2 * (MAX_GROUPS + 1),
            dot_all: known.dot_all,
        };
        if literal {
            for c in pattern.chars() {
                parser.emit(Op::Set(Set::one(c)))?;
            }
        } else {
            parser.either()?;
            if parser.at < parser.chars.len() {
                return Err("a `)` closes nothing".into());
            }
        }
        parser.emit(Op::Match)?;
        Ok(Regex {
            ops: parser.ops,
            groups: parser.groups,
            notes: parser.notes,
            flags: known,
        })
    }

    /// The first match at or after a place.
    pub fn find(
        &self,
        text: &[char],
        from: usize,
        budget: &mut Budget,
    ) -> Result<Option<Groups>, Limit> {
        for start in from..=text.len() {
            if let Some(found) = self.match_at(text, start, budget)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn match_at(
        &self,
        text: &[char],
        start: usize,
        budget: &mut Budget,
    ) -> Result<Option<Groups>, Limit> {
        let mut notes: Vec<usize> = vec![usize::MAX; self.notes];
        // Ways not yet tried, and notes to restore on the way back to them.
        let mut back: Vec<Back> = Vec::new();
        let (mut pc, mut at) = (0, start);
        budget.step(1 + self.notes as u64 / 64)?;
        loop {
            budget.step(1)?;
            let goes_on = match self.ops.get(pc) {
                Some(Op::Set(set)) => {
                    let holds = text
                        .get(at)
                        .is_some_and(|c| set.holds(*c, self.flags.caseless));
                    at += 1;
                    holds
                }
                Some(Op::Split(first, second)) => {
                    budget.allocate(32)?;
                    back.push(Back::Way { pc: *second, at });
                    pc = *first;
                    continue;
                }
                Some(Op::Jump(to)) => {
                    pc = *to;
                    continue;
                }
                Some(Op::Save(note)) => {
                    budget.allocate(32)?;
                    back.push(Back::Note {
                        note: *note,
                        was: notes[*note],
                    });
                    notes[*note] = at;
                    true
                }
                Some(Op::Moved(note)) => notes[*note] != at,
                Some(Op::Reference(group)) => match (notes[2 * group], notes[2 * group + 1]) {
                    (usize::MAX, _) | (_, usize::MAX) => true,
                    (from, to) => {
                        let length = to - from;
                        budget.step(length as u64)?;
                        let same = text
                            .get(at..at + length)
                            .is_some_and(|part| part == &text[from..to]);
                        at += length;
                        same
                    }
                },
                Some(Op::Start) => {
                    at == 0 || (self.flags.multiline && text.get(at - 1) == Some(&'\n'))
                }
                Some(Op::End) => {
                    at == text.len() || (self.flags.multiline && text.get(at) == Some(&'\n'))
                }
                Some(Op::Match) | None => {
                    let group = |g: usize| match (notes[2 * g], notes[2 * g + 1]) {
                        (usize::MAX, _) | (_, usize::MAX) => None,
                        span => Some(span),
                    };
                    let mut groups = vec![Some((start, at))];
                    groups.extend((1..=self.groups).map(group));
                    return Ok(Some(groups));
                }
            };
            if goes_on {
                pc += 1;
                continue;
            }
            loop {
                match back.pop() {
                    None => return Ok(None),
                    Some(Back::Note { note, was }) => notes[note] = was,
                    Some(Back::Way { pc: way, at: place }) => {
                        (pc, at) = (way, place);
                        break;
                    }
                }
            }
        }
    }
}

enum Back {
    Way { pc: usize, at: usize },
    Note { note: usize, was: usize },
}

/// A pattern in which blanks mean nothing, save in brackets.
fn without_blanks(pattern: &str) -> Vec<char> {
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

    fn emit(&mut self, op: Op) -> Parsed<usize> {
        if self.ops.len() >= MAX_OPS {
            return Err("the pattern is too large".into());
        }
        self.ops.push(op);
        Ok(self.ops.len() - 1)
    }

    fn either(&mut self) -> Parsed<()> {
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
                    self.emit(Op::Reference(group))?;
                }
                _ => {
                    let set = self.escape()?;
                    self.emit(Op::Set(set))?;
                }
            },
            '*' | '+' | '?' | '{' => return Err(format!("`{c}` repeats nothing")),
            ']' | '}' => return Err(format!("`{c}` closes nothing")),
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
            'd' | 'D' => Set::class(Class::Digit, c == 'd'),
            'w' | 'W' => Set::class(Class::Word, c == 'w'),
            's' | 'S' => Set::class(Class::Space, c == 's'),
            'i' | 'I' => Set::class(Class::NameStart, c == 'i'),
            'c' | 'C' => Set::class(Class::Name, c == 'c'),
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
            'n' => Set::one('\n'),
            'r' => Set::one('\r'),
            't' => Set::one('\t'),
            c if c.is_ascii_alphanumeric() => return Err(format!("`\\{c}` has no meaning")),
            c => Set::one(c),
        })
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
                '-' if self.peek() == Some('[') && !first => {
                    self.at += 1;
                    set.except = Some(Box::new(self.set(depth + 1)?));
                    if !self.accept(']') {
                        return Err("a set that is taken away must come last".into());
                    }
                    return Ok(set);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn first(pattern: &str, flags: &str, text: &str) -> Option<String> {
        let chars: Vec<char> = text.chars().collect();
        let regex = Regex::parse(pattern, flags).unwrap_or_else(|e| panic!("{pattern}: {e}"));
        let found = regex.find(&chars, 0, &mut Budget::default()).unwrap()?;
        found[0].map(|(from, to)| chars[from..to].iter().collect())
    }

    #[test]
    fn finds_what_the_pattern_says() {
        for (pattern, text, found) in [
            ("b+", "abbbc", "bbb"),
            ("b+?", "abbbc", "b"),
            ("^a|c$", "abc", "a"),
            ("[a-c]{2,3}", "xabcab", "abc"),
            ("[^a-c]", "abcd", "d"),
            ("[a-z-[aeiou]]+", "aexyz", "xyz"),
            ("(ab|a)(bc|c)", "abc", "abc"),
            ("(a)(b)?\\1", "xaa", "aa"),
            ("\\d+\\.\\d*", "x12.5", "12.5"),
            ("\\p{Lu}\\p{Ll}+", "an Example", "Example"),
            ("(a*)*b", "aab", "aab"),
            ("(?:a|b)+", "ccabab", "abab"),
            ("a{0}b", "ab", "b"),
            ("", "abc", ""),
        ] {
            assert_eq!(
                first(pattern, "", text).as_deref(),
                Some(found),
                "{pattern}"
            );
        }
        assert_eq!(first("a.c", "", "a\nc"), None);
        assert_eq!(first("a.c", "s", "a\nc").as_deref(), Some("a\nc"));
        assert_eq!(first("^b", "m", "a\nb").as_deref(), Some("b"));
        assert_eq!(first("ABC", "i", "xabc").as_deref(), Some("abc"));
        assert_eq!(first("a b", "x", "ab").as_deref(), Some("ab"));
        assert_eq!(first("a.c", "q", "abc a.c").as_deref(), Some("a.c"));
    }

    #[test]
    fn refuses_what_is_no_pattern() {
        for pattern in [
            "(", ")", "[a", "*a", "a{2,1}", "a{99999}", "\\", "\\y", "[z-a]", "(?=a)", "\\1", "]",
        ] {
            assert!(Regex::parse(pattern, "").is_err(), "{pattern}");
        }
        assert!(Regex::parse("a", "z").is_err());
        assert!(Regex::parse(&"(".repeat(1_000), "").is_err());
        assert!(Regex::parse("((a{1000}){1000}){1000}", "").is_err());
    }

    #[test]
    fn an_endless_search_runs_out_of_budget() {
        let text: Vec<char> = format!("{}b", "a".repeat(40)).chars().collect();
        let regex = Regex::parse("(a+)+$", "").unwrap();
        assert_eq!(
            regex.find(&text, 0, &mut Budget::new(100_000, 64 << 20, 10)),
            Err(Limit::Steps)
        );
    }
}

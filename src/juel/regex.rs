//! The regular expressions of `matches`, `split` and `replaceAll`: Java's, without groups that
//! are referred to and without looking around. Matching takes time in proportion to the text,
//! whatever the pattern, and every step is counted.

use super::context::Budget;
use super::error::{Fault, clip};

/// Longest pattern, in bytes.
const LONGEST: usize = 1_000;
/// Most parts of a pattern, after counted repeats are written out.
const MOST_PARTS: usize = 10_000;
/// Deepest nesting of groups.
const DEEPEST: usize = 40;

/// A compiled pattern.
pub(super) struct Regex {
    states: Vec<State>,
}

#[derive(Debug, Clone)]
enum State {
    /// One of these characters, or, if the flag is set, any other.
    One(Vec<(char, char)>, bool),
    /// Both, the first first.
    Split(usize, usize),
    Jump(usize),
    Start,
    End,
    Boundary(bool),
    Match,
}

enum Node {
    Nothing,
    Leaf(State),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat(Box<Node>, usize, Option<usize>, bool),
}

impl Regex {
    pub(super) fn parse(pattern: &str) -> Result<Regex, Fault> {
        if pattern.len() > LONGEST {
            return Err(Fault::failed(format!(
                "a regular expression has at most {LONGEST} bytes"
            )));
        }
        let mut parser = Parser {
            chars: pattern.chars().collect(),
            at: 0,
            depth: 0,
        };
        let node = parser.either().and_then(|node| match parser.peek() {
            None => Ok(node),
            Some(_) => Err("a ')' too many".to_owned()),
        });
        let mut emitter = Emitter::default();
        node.and_then(|node| emitter.emit(&node)).map_err(|why| {
            Fault::failed(format!("regular expression '{}': {why}", clip(pattern)))
        })?;
        emitter.states.push(State::Match);
        Ok(Regex {
            states: emitter.states,
        })
    }

    /// Whether all of the text matches.
    pub(super) fn matches(&self, text: &str, budget: &mut Budget) -> Result<bool, Fault> {
        let chars: Vec<char> = text.chars().collect();
        Ok(self.run(&chars, 0, true, budget)? == Some(chars.len()))
    }

    /// The places that match, from left to right, in characters.
    pub(super) fn find_all(
        &self,
        chars: &[char],
        budget: &mut Budget,
    ) -> Result<Vec<(usize, usize)>, Fault> {
        let mut found = Vec::new();
        let mut at = 0;
        while at <= chars.len() {
            match self.run(chars, at, false, budget)? {
                Some(end) => {
                    found.push((at, end));
                    at = if end > at { end } else { at + 1 };
                }
                None => at += 1,
            }
        }
        Ok(found)
    }

    /// Where a match that starts here ends: all threads go ahead in step, the earlier in the
    /// list the more wanted. With `whole`, only a match up to the end counts.
    fn run(
        &self,
        chars: &[char],
        start: usize,
        whole: bool,
        budget: &mut Budget,
    ) -> Result<Option<usize>, Fault> {
        budget.step(self.states.len() as u64 / 16)?;
        let mut best = None;
        let mut threads = Vec::new();
        let mut seen = vec![usize::MAX; self.states.len()];
        self.follow(0, chars, start, &mut threads, &mut seen);
        for at in start..=chars.len() {
            budget.step(threads.len() as u64 + 1)?;
            let mut next = Vec::new();
            for thread in &threads {
                match self.states.get(*thread) {
                    Some(State::Match) if whole && at < chars.len() => {}
                    Some(State::Match) => {
                        best = Some(at);
                        break;
                    }
                    Some(State::One(ranges, others)) => {
                        if let Some(c) = chars.get(at) {
                            let listed = ranges.iter().any(|(a, b)| (a..=b).contains(&c));
                            if listed != *others {
                                self.follow(thread + 1, chars, at + 1, &mut next, &mut seen);
                            }
                        }
                    }
                    _ => {}
                }
            }
            if next.is_empty() {
                break;
            }
            threads = next;
        }
        Ok(best)
    }

    /// Adds the states that are reached without a character.
    fn follow(
        &self,
        state: usize,
        chars: &[char],
        at: usize,
        threads: &mut Vec<usize>,
        seen: &mut [usize],
    ) {
        let mut open = vec![state];
        while let Some(state) = open.pop() {
            match seen.get_mut(state) {
                Some(mark) if *mark != at => *mark = at,
                _ => continue,
            }
            let word = |i: Option<usize>| {
                let c = i.and_then(|i| chars.get(i));
                c.is_some_and(|c| c.is_alphanumeric() || *c == '_')
            };
            match self.states.get(state) {
                Some(State::Split(first, second)) => open.extend([*second, *first]),
                Some(State::Jump(to)) => open.push(*to),
                Some(State::Start) if at == 0 => open.push(state + 1),
                Some(State::End) if at == chars.len() => open.push(state + 1),
                Some(State::Boundary(wanted))
                    if (word(at.checked_sub(1)) != word(Some(at))) == *wanted =>
                {
                    open.push(state + 1);
                }
                Some(State::One(..) | State::Match) => threads.push(state),
                _ => {}
            }
        }
    }
}

/// Writes a tree as states.
#[derive(Default)]
struct Emitter {
    states: Vec<State>,
    parts: usize,
}

impl Emitter {
    fn emit(&mut self, node: &Node) -> Result<(), String> {
        // Counted, because empty groups make no states.
        self.parts += 1;
        if self.parts > MOST_PARTS {
            return Err("it is too large".to_owned());
        }
        match node {
            Node::Nothing => {}
            Node::Leaf(state) => self.states.push(state.clone()),
            Node::Sequence(nodes) => nodes.iter().try_for_each(|node| self.emit(node))?,
            Node::Either(nodes) => {
                let mut exits = Vec::new();
                for (i, node) in nodes.iter().enumerate() {
                    let last = i + 1 == nodes.len();
                    let split = self.states.len();
                    if !last {
                        self.states.push(State::Split(split + 1, 0));
                    }
                    self.emit(node)?;
                    if !last {
                        exits.push(self.states.len());
                        self.states.push(State::Jump(0));
                        let here = self.states.len();
                        self.set(split, State::Split(split + 1, here));
                    }
                }
                let here = self.states.len();
                for exit in exits {
                    self.set(exit, State::Jump(here));
                }
            }
            Node::Repeat(node, least, most, lazy) => {
                let fork = |on: usize, off: usize| match lazy {
                    true => State::Split(off, on),
                    false => State::Split(on, off),
                };
                for _ in 0..*least {
                    self.emit(node)?;
                }
                match most {
                    None => {
                        let split = self.states.len();
                        self.states.push(State::Jump(0));
                        self.emit(node)?;
                        self.states.push(State::Jump(split));
                        let here = self.states.len();
                        self.set(split, fork(split + 1, here));
                    }
                    Some(most) => {
                        let mut splits = Vec::new();
                        for _ in *least..*most {
                            splits.push(self.states.len());
                            self.states.push(State::Jump(0));
                            self.emit(node)?;
                        }
                        let here = self.states.len();
                        for split in splits {
                            self.set(split, fork(split + 1, here));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, at: usize, state: State) {
        if let Some(place) = self.states.get_mut(at) {
            *place = state;
        }
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn accept(&mut self, c: char) -> bool {
        let is = self.peek() == Some(c);
        self.at += usize::from(is);
        is
    }

    fn either(&mut self) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("it is nested too deep".to_owned());
        }
        let mut branches = vec![self.sequence()?];
        while self.accept('|') {
            branches.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(Node::Either(branches))
    }

    fn sequence(&mut self) -> Result<Node, String> {
        let mut nodes = Vec::new();
        while !matches!(self.peek(), None | Some('|' | ')')) {
            let node = self.atom()?;
            nodes.push(self.repeated(node)?);
        }
        Ok(Node::Sequence(nodes))
    }

    fn repeated(&mut self, node: Node) -> Result<Node, String> {
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                self.at += 1;
                let least = self.count()?;
                let most = match self.accept(',') {
                    true if self.peek() == Some('}') => None,
                    true => Some(self.count()?),
                    false => Some(least),
                };
                if self.peek() != Some('}') || most.is_some_and(|most| most < least) {
                    return Err("a repeat is {n}, {n,} or {n,m}".to_owned());
                }
                (least, most)
            }
            _ => return Ok(node),
        };
        self.at += 1;
        if self.peek() == Some('+') {
            return Err("possessive repeats are not supported".to_owned());
        }
        let lazy = self.accept('?');
        if matches!(self.peek(), Some('*' | '+' | '?' | '{')) {
            return Err("a repeat of a repeat".to_owned());
        }
        Ok(Node::Repeat(Box::new(node), least, most, lazy))
    }

    fn count(&mut self) -> Result<usize, String> {
        let mut digits = String::new();
        while let Some(c) = self.peek().filter(char::is_ascii_digit) {
            digits.push(c);
            self.at += 1;
        }
        let count = digits.parse().ok().filter(|n| *n <= 1000);
        count.ok_or_else(|| "a repeat counts from 0 to 1000".to_owned())
    }

    fn atom(&mut self) -> Result<Node, String> {
        Ok(match self.take() {
            None => Node::Nothing,
            Some('(') => {
                if self.accept('?') && !self.accept(':') {
                    return Err("of groups (?…) only (?:…) is supported".to_owned());
                }
                let node = self.either()?;
                if !self.accept(')') {
                    return Err("a '(' does not end".to_owned());
                }
                node
            }
            Some('[') => {
                let (ranges, others) = self.class()?;
                Node::Leaf(State::One(ranges, others))
            }
            Some('.') => Node::Leaf(State::One(vec![('\n', '\n'), ('\r', '\r')], true)),
            Some('^') => Node::Leaf(State::Start),
            Some('$') => Node::Leaf(State::End),
            Some('\\') => match self.peek() {
                Some('b' | 'B') => Node::Leaf(State::Boundary(self.take() == Some('b'))),
                _ => {
                    let (ranges, others) = self.escape()?;
                    Node::Leaf(State::One(ranges, others))
                }
            },
            Some(c @ ('*' | '+' | '?' | '{')) => {
                return Err(format!("nothing before '{c}' to repeat"));
            }
            Some(c) => Node::Leaf(State::One(vec![(c, c)], false)),
        })
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<(Vec<(char, char)>, bool), String> {
        let c = self.take().ok_or("it ends with a backslash")?;
        let ranges = match c.to_ascii_lowercase() {
            'd' => vec![('0', '9')],
            'w' => vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')],
            's' => vec![(' ', ' '), ('\t', '\r')],
            _ => {
                let c = match c {
                    't' => '\t',
                    'n' => '\n',
                    'r' => '\r',
                    'f' => '\u{c}',
                    c if c.is_ascii_alphanumeric() => {
                        return Err(format!("'\\{c}' is not supported"));
                    }
                    c => c,
                };
                return Ok((vec![(c, c)], false));
            }
        };
        Ok((ranges, c.is_ascii_uppercase()))
    }

    /// What follows a `[`.
    fn class(&mut self) -> Result<(Vec<(char, char)>, bool), String> {
        let others = self.accept('^');
        let mut ranges = Vec::new();
        let mut first = true;
        loop {
            let c = self.take().ok_or("a '[' does not end")?;
            let from = match c {
                ']' if !first => return Ok((ranges, others)),
                '[' => return Err("a '[' inside of […] needs a backslash".to_owned()),
                '&' if self.peek() == Some('&') => return Err("'&&' is not supported".to_owned()),
                '\\' => {
                    let (escaped, negated) = self.escape()?;
                    match escaped.as_slice() {
                        [(a, b)] if a == b && !negated => *a,
                        _ if negated => {
                            return Err(
                                "\\D, \\W and \\S inside of […] are not supported".to_owned()
                            );
                        }
                        _ => {
                            ranges.extend(escaped);
                            first = false;
                            continue;
                        }
                    }
                }
                c => c,
            };
            first = false;
            let mut to = from;
            let range = self.peek() == Some('-') && self.chars.get(self.at + 1) != Some(&']');
            if range {
                self.at += 1;
                to = match self.take().ok_or("a '[' does not end")? {
                    '\\' => match self.escape()?.0.as_slice() {
                        [(a, b)] if a == b => *a,
                        _ => return Err("a range ends with a character".to_owned()),
                    },
                    c => c,
                };
                if to < from {
                    return Err(format!("the range {from}-{to} is empty"));
                }
            }
            ranges.push((from, to));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn matches_as_java() {
        for (pattern, yes, no) in [
            ("", "", "a"),
            ("abc", "abc", "abcd"),
            ("a|bc|", "bc", "b"),
            ("[a-c_]+", "ab_c", "abd"),
            ("[^a-c]", "x", "b"),
            ("[]-]*", "-]", "["),
            (r"[\d.-]+", "1-2.3", "1a"),
            (r"\d{4}-\d{2}", "2026-11", "2026-1"),
            ("a{2,}", "aaa", "a"),
            ("a{1,2}?", "aa", "aaa"),
            ("(?:ab)*c", "ababc", "abac"),
            ("(a*)*", "aaa", "b"),
            (".+", "x ü", "x\n"),
            (r"\w+@\w+\.\w+", "a@b.de", "a@b"),
            ("^a$", "a", "ab"),
            (r".*\bfoo\b.*", "a foo b", "afoo b"),
            (r"\S\s\D", "x y", "x 1"),
            (r"\(\\\$", "(\\$", "("),
        ] {
            let regex = Regex::parse(pattern).expect(pattern);
            let mut budget = Budget::default();
            assert!(
                regex.matches(yes, &mut budget).expect("in budget"),
                "{pattern} {yes}"
            );
            assert!(
                !regex.matches(no, &mut budget).expect("in budget"),
                "{pattern} {no}"
            );
        }
    }

    #[test]
    fn finds_from_left_to_right() {
        for (pattern, text, found) in [
            ("a+", "aabaa", vec![(0, 2), (3, 5)]),
            ("a+?", "aa", vec![(0, 1), (1, 2)]),
            ("a|ab", "ab", vec![(0, 1)]),
            ("x*", "ab", vec![(0, 0), (1, 1), (2, 2)]),
        ] {
            let chars: Vec<char> = text.chars().collect();
            let all = Regex::parse(pattern)
                .expect(pattern)
                .find_all(&chars, &mut Budget::default());
            assert_eq!(all.expect("in budget"), found, "{pattern}");
        }
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let nested = "(".repeat(100);
        let long = "a".repeat(2_000);
        for pattern in [
            "(",
            ")",
            "[a",
            "a**",
            "*",
            "a{",
            "a{2,1}",
            "(?=a)",
            r"\1",
            r"a\",
            "a{1000}{1000}",
            "(a{1000}){1000}",
            "((((){1000}){1000}){1000}){1000}",
            "((((a|){1000}|){1000}){1000}|){1000}",
            &long,
            "[z-a]",
            "a++",
            &nested,
        ] {
            assert!(Regex::parse(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn no_pattern_runs_away() {
        let regex = Regex::parse("(a*)*(a*)*(a|a)*b").expect("a pattern");
        let text = "a".repeat(20_000);
        assert!(
            !regex
                .matches(&text, &mut Budget::default())
                .expect("linear")
        );
        assert!(
            regex
                .matches(&text, &mut Budget::new(1_000, 1_000))
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn never_panics(pattern in "[ab(|)*+?{},0-2\\[\\]^$.\\\\dw-]{0,12}", text in "[ab01]{0,8}") {
            if let Ok(regex) = Regex::parse(&pattern) {
                let _ = regex.matches(&text, &mut Budget::default());
            }
        }
    }
}

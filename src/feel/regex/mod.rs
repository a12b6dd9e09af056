//! Regular expressions as `matches`, `replace` and `split` take them (XPath's): compiled,
//! bounded in size, matched by a machine that goes back from a stack of its own and pays
//! for every step.

mod parse;

use super::budget::{Budget, Limit};
use parse::{Parser, without_blanks};

/// Longest pattern, in characters.
const MAX_LENGTH: usize = 2_000;
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

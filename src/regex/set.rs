//! Sets of characters.

/// A set of characters.
#[derive(Debug, Clone, Default)]
pub(super) struct Set {
    pub ranges: Vec<(char, char)>,
    pub classes: Vec<(Class, bool)>,
    pub negative: bool,
    /// What is taken away again.
    pub except: Option<Box<Set>>,
}

/// Characters with a property.
#[derive(Debug, Clone, Copy)]
pub(super) enum Class {
    Digit,
    AsciiDigit,
    Word,
    AsciiWord,
    Space,
    AsciiSpace,
    Letter,
    Upper,
    Lower,
    Number,
    NameStart,
    Name,
    NotNewline,
    Any,
    /// A block of Unicode.
    Block(char, char),
}

/// Blocks by name, without the `Is` before it.
const BLOCKS: [(&str, char, char); 16] = [
    ("BasicLatin", '\0', '\u{7f}'),
    ("Latin-1Supplement", '\u{80}', '\u{ff}'),
    ("LatinExtended-A", '\u{100}', '\u{17f}'),
    ("LatinExtended-B", '\u{180}', '\u{24f}'),
    ("IPAExtensions", '\u{250}', '\u{2af}'),
    ("Greek", '\u{370}', '\u{3ff}'),
    ("GreekandCoptic", '\u{370}', '\u{3ff}'),
    ("Cyrillic", '\u{400}', '\u{4ff}'),
    ("Armenian", '\u{530}', '\u{58f}'),
    ("Hebrew", '\u{590}', '\u{5ff}'),
    ("Arabic", '\u{600}', '\u{6ff}'),
    ("Devanagari", '\u{900}', '\u{97f}'),
    ("GeneralPunctuation", '\u{2000}', '\u{206f}'),
    ("Hiragana", '\u{3040}', '\u{309f}'),
    ("Katakana", '\u{30a0}', '\u{30ff}'),
    ("CJKUnifiedIdeographs", '\u{4e00}', '\u{9fff}'),
];

impl Class {
    /// What `\p{…}` means.
    pub fn named(name: &str) -> Option<Class> {
        Some(match name {
            "L" | "IsAlphabetic" => Class::Letter,
            "Lu" => Class::Upper,
            "Ll" => Class::Lower,
            "N" => Class::Number,
            "Nd" => Class::Digit,
            block => {
                let name = block.strip_prefix("Is").or(block.strip_prefix("In"))?;
                let (_, from, to) = BLOCKS.iter().find(|(block, ..)| *block == name)?;
                Class::Block(*from, *to)
            }
        })
    }

    fn holds(self, c: char) -> bool {
        match self {
            Class::Digit => c.is_ascii_digit() || (!c.is_ascii() && c.is_numeric()),
            Class::AsciiDigit => c.is_ascii_digit(),
            Class::Word => c.is_alphanumeric(),
            Class::AsciiWord => c.is_ascii_alphanumeric() || c == '_',
            Class::Space => matches!(c, ' ' | '\t' | '\n' | '\r'),
            Class::AsciiSpace => matches!(c, ' ' | '\t'..='\r'),
            Class::Letter => c.is_alphabetic(),
            Class::Upper => c.is_uppercase(),
            Class::Lower => c.is_lowercase(),
            Class::Number => c.is_numeric(),
            Class::NameStart => c.is_alphabetic() || matches!(c, '_' | ':'),
            Class::Name => c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.' | '\u{b7}'),
            Class::NotNewline => !matches!(c, '\n' | '\r'),
            Class::Any => true,
            Class::Block(from, to) => (from..=to).contains(&c),
        }
    }
}

/// Both cases of a character, where it has two.
pub(super) fn cases(c: char) -> [char; 2] {
    let single = |mut all: Box<dyn Iterator<Item = char>>| match (all.next(), all.next()) {
        (Some(c), None) => Some(c),
        _ => None,
    };
    let upper = single(Box::new(c.to_uppercase())).unwrap_or(c);
    let lower = single(Box::new(c.to_lowercase())).unwrap_or(c);
    [lower, upper]
}

impl Set {
    /// One character.
    pub fn one(c: char) -> Set {
        Set {
            ranges: vec![(c, c)],
            ..Set::default()
        }
    }

    /// Those that have a property, or do not have it.
    pub fn class(class: Class, holds: bool) -> Set {
        Set {
            classes: vec![(class, holds)],
            ..Set::default()
        }
    }

    /// Whether a character is in it.
    pub fn holds(&self, c: char, caseless: bool) -> bool {
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

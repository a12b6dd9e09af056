use super::*;
use proptest::prelude::*;

/// A meter of so many steps.
struct Steps(u64);

impl Meter for Steps {
    type Stop = ();
    fn step(&mut self, steps: u64) -> Result<(), ()> {
        self.0 = self.0.checked_sub(steps).ok_or(())?;
        Ok(())
    }
    fn allocate(&mut self, _: usize) -> Result<(), ()> {
        Ok(())
    }
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn first(pattern: &str, flags: &str, text: &str) -> Option<String> {
    let text = chars(text);
    let regex =
        Regex::parse(pattern, flags, Flavour::XPath).unwrap_or_else(|e| panic!("{pattern}: {e}"));
    let found = regex.find(&text, 0, &mut Steps(1_000_000)).unwrap()?;
    found[0].map(|(from, to)| text[from..to].iter().collect())
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
        ("\\p{IsBasicLatin}+", "über", "ber"),
        ("(a*)*b", "aab", "aab"),
        ("(?:a|b)+", "ccabab", "abab"),
        ("a{0}b", "ab", "b"),
        ("", "abc", ""),
        ("a|ab", "xab", "a"),
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
    assert_eq!(first("(a)\\1", "i", "xaA").as_deref(), Some("aA"));
    assert_eq!(first("a b", "x", "ab").as_deref(), Some("ab"));
    assert_eq!(first("a.c", "q", "abc a.c").as_deref(), Some("a.c"));
}

#[test]
fn groups_are_where_they_matched_last() {
    let text = chars("abcab");
    let regex = Regex::parse("(a|b|c)+?(b)", "", Flavour::XPath).unwrap();
    let found = regex.find(&text, 1, &mut Steps(10_000)).unwrap();
    assert_eq!(found, Some(vec![Some((1, 5)), Some((3, 4)), Some((4, 5))]));
}

#[test]
fn refuses_what_is_no_pattern() {
    let bounds = [
        "(".repeat(1_000),
        "a".repeat(3_000),
        "((a{1000}){1000}){1000}".into(),
        "((((a|){1000}|){1000}){1000}|){1000}".into(),
    ];
    for pattern in [
        "(", ")", "[a", "*a", "a{", "a{2,1}", "a{99999}", "a**", "a++", "\\", "\\y", "[z-a]",
        "(?=a)", "\\1",
    ]
    .into_iter()
    .chain(bounds.iter().map(String::as_str))
    {
        for flavour in [Flavour::XPath, Flavour::Java] {
            assert!(Regex::parse(pattern, "", flavour).is_err(), "{pattern}");
        }
    }
    assert!(Regex::parse("a", "z", Flavour::XPath).is_err());
    assert!(Regex::parse("]", "", Flavour::XPath).is_err());
    assert!(Regex::parse("\\b", "", Flavour::XPath).is_err());
}

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
        (r"[^\D]", "1", "a"),
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
        (r"(a|b)\1", "bb", "ab"),
    ] {
        let regex = Regex::parse(pattern, "", Flavour::Java).expect(pattern);
        let mut meter = Steps(100_000);
        assert_eq!(
            regex.matches_whole(&chars(yes), &mut meter),
            Ok(true),
            "{pattern} {yes}"
        );
        assert_eq!(
            regex.matches_whole(&chars(no), &mut meter),
            Ok(false),
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
        let regex = Regex::parse(pattern, "", Flavour::Java).expect(pattern);
        let all = regex.find_all(&chars(text), &mut Steps(10_000));
        assert_eq!(all, Ok(found), "{pattern}");
    }
}

#[test]
fn no_pattern_runs_away() {
    let text = chars(&"a".repeat(20_000));
    for pattern in ["(a*)*(a*)*(a|a)*b", "(a+)+$b", "(a|aa)+b"] {
        let regex = Regex::parse(pattern, "", Flavour::XPath).expect(pattern);
        let found = regex.find(&text, 0, &mut Steps(2_000_000));
        assert_eq!(found, Ok(None), "{pattern}");
        assert!(regex.find(&text, 0, &mut Steps(1_000)).is_err());
    }
    // What refers back may try all ways, until it has no more steps.
    let regex = Regex::parse("(a+)+\\1b", "", Flavour::XPath).expect("a pattern");
    let text = chars(&"a".repeat(40));
    assert!(regex.find(&text, 0, &mut Steps(100_000)).is_err());
}

proptest! {
    /// Both ways of matching find the same.
    #[test]
    fn both_ways_agree(pattern in "[ab(|)*+?{},0-2\\[\\]^$.\\\\dw-]{0,12}", text in "[ab01]{0,8}") {
        let text = chars(&text);
        if let Ok(regex) = Regex::parse(&pattern, "", Flavour::Java)
            && !regex.refers
        {
            let in_step = regex.find_in_step(&text, 0, false, &mut Steps(100_000));
            let one_by_one = (0..=text.len())
                .find_map(|at| regex.match_at(&text, at, false, &mut Steps(100_000)).ok()?);
            let place = |groups: Option<Groups>| groups.and_then(|g| g[0]);
            prop_assert_eq!(in_step.map(place), Ok(place(one_by_one)));
        }
    }
}

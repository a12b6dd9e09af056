//! Answers of the terminal that come when nobody waits for them any more: over a slow line the
//! colour of the background arrives among the keys, as Alt-], its text, and Alt-\.

use crossterm::event::{Event, KeyCode, KeyModifiers};
use std::time::{Duration, Instant};

/// How late an answer may be; after that Alt-] is a key again.
const LATEST: Duration = Duration::from_secs(10);
/// How far apart the bytes of one answer are at most: nobody types that fast.
const TOGETHER: Duration = Duration::from_millis(50);

/// Watches for answers.
pub struct LateAnswer {
    expected: Option<Instant>,
    within: Option<Instant>,
}

impl LateAnswer {
    /// Expects answers from now on, or none.
    pub fn new(expected: bool, now: Instant) -> LateAnswer {
        LateAnswer {
            expected: expected.then(|| now + LATEST),
            within: None,
        }
    }

    /// True when this is part of an answer and no key of a person.
    pub fn swallows(&mut self, event: &Event, now: Instant) -> bool {
        let (Event::Key(key), Some(latest)) = (event, self.expected) else {
            return false;
        };
        let is = |code, modifiers| key.code == KeyCode::Char(code) && key.modifiers == modifiers;
        if self.within.is_some_and(|until| now <= until) {
            let over = is('\\', KeyModifiers::ALT) || is('g', KeyModifiers::CONTROL);
            self.within = (!over).then(|| now + TOGETHER);
            return true;
        }
        let begins = now <= latest && is(']', KeyModifiers::ALT);
        self.within = begins.then(|| now + TOGETHER);
        begins
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyEvent;

    /// The events that get through, with a moment between each and the next.
    fn through(expected: bool, events: &[(char, KeyModifiers, u64)]) -> String {
        let mut now = Instant::now();
        let mut late = LateAnswer::new(expected, now);
        let mut kept = String::new();
        for (c, modifiers, milliseconds) in events {
            now += Duration::from_millis(*milliseconds);
            let event = Event::Key(KeyEvent::new(KeyCode::Char(*c), *modifiers));
            if !late.swallows(&event, now) {
                kept.push(*c);
            }
        }
        kept
    }

    fn answer(before: u64) -> Vec<(char, KeyModifiers, u64)> {
        let mut events = vec![(']', KeyModifiers::ALT, before)];
        events.extend("11;rgb:ff/ff".chars().map(|c| (c, KeyModifiers::NONE, 0)));
        events.push(('\\', KeyModifiers::ALT, 0));
        events
    }

    #[test]
    fn answers_are_no_keys() {
        let mut events = vec![('a', KeyModifiers::NONE, 10)];
        events.extend(answer(500));
        events.extend(answer(0));
        events.push(('b', KeyModifiers::NONE, 0));
        assert_eq!(through(true, &events), "ab");
        assert_eq!(through(false, &events).len(), events.len());
    }

    #[test]
    fn a_key_stays_a_key() {
        // Pressed by hand, it is the only one that may be missing; later, not even that.
        let alt = (']', KeyModifiers::ALT, 500);
        let next = ('q', KeyModifiers::NONE, 200);
        assert_eq!(through(true, &[alt, next]), "q");
        let late = (']', KeyModifiers::ALT, 11_000);
        assert_eq!(through(true, &[late, next]), "]q");
    }
}

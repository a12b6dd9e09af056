//! What the terminal answers when asked for the colour of its background: it arrives among the
//! keys, as Alt-], its text, and Alt-\, at once or, over a slow line, late.

use crossterm::event::{Event, KeyCode, KeyModifiers};
use std::time::{Duration, Instant};

/// How late an answer may be; after that Alt-] is a key again.
const LATEST: Duration = Duration::from_secs(10);
/// How far apart the bytes of one answer are at most: nobody types that fast.
const TOGETHER: Duration = Duration::from_millis(150);

/// More text than an answer has: somebody leans on the keyboard.
const LONGEST: usize = 64;

/// Watches for answers.
pub struct LateAnswer {
    expected: Option<Instant>,
    within: Option<Instant>,
    text: String,
}

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// A key of a person, or another event.
    Event,
    /// Part of an answer.
    Part,
    /// The end of an answer: whether the background is light.
    Background {
        /// Light, not dark.
        light: bool,
    },
}

impl LateAnswer {
    /// Expects answers from now on, or none.
    pub fn new(expected: bool, now: Instant) -> LateAnswer {
        LateAnswer {
            expected: expected.then(|| now + LATEST),
            within: None,
            text: String::new(),
        }
    }

    /// Tells parts of an answer from keys of a person.
    pub fn hear(&mut self, event: &Event, now: Instant) -> Heard {
        let (Event::Key(key), Some(latest)) = (event, self.expected) else {
            return Heard::Event;
        };
        let is = |code, modifiers| key.code == KeyCode::Char(code) && key.modifiers == modifiers;
        if self.within.is_some_and(|until| now <= until) {
            if is('\\', KeyModifiers::ALT) || is('g', KeyModifiers::CONTROL) {
                self.within = None;
                let light = background(&std::mem::take(&mut self.text));
                return light.map_or(Heard::Part, |light| Heard::Background { light });
            }
            self.within = Some(now + TOGETHER);
            if let (KeyCode::Char(c), true) = (key.code, self.text.len() < LONGEST) {
                self.text.push(c);
            }
            return Heard::Part;
        }
        if now <= latest && is(']', KeyModifiers::ALT) {
            self.within = Some(now + TOGETHER);
            self.text.clear();
            return Heard::Part;
        }
        Heard::Event
    }
}

/// Whether `11;rgb:RRRR/GGGG/BBBB` is a light colour, by its luma (ITU-R BT.601).
fn background(answer: &str) -> Option<bool> {
    let colour = answer.strip_prefix("11;rgb:")?;
    let mut parts = colour.splitn(3, '/').map(|part| {
        let most = 16_u32.checked_pow(u32::try_from(part.len()).ok()?)? - 1;
        let value = u32::from_str_radix(part, 16).ok()?;
        (most > 0).then(|| f64::from(value) / f64::from(most))
    });
    let (red, green, blue) = (parts.next()??, parts.next()??, parts.next()??);
    Some(0.299 * red + 0.587 * green + 0.114 * blue > 0.5)
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
            match late.hear(&event, now) {
                Heard::Event => kept.push(*c),
                Heard::Part => {}
                Heard::Background { light } => kept.push(if light { '☼' } else { '☾' }),
            }
        }
        kept
    }

    fn answer(before: u64, colour: &str) -> Vec<(char, KeyModifiers, u64)> {
        let mut events = vec![(']', KeyModifiers::ALT, before)];
        events.extend(colour.chars().map(|c| (c, KeyModifiers::NONE, 0)));
        events.push(('\\', KeyModifiers::ALT, 0));
        events
    }

    #[test]
    fn answers_are_no_keys() {
        let mut events = vec![('a', KeyModifiers::NONE, 10)];
        events.extend(answer(500, "11;rgb:ffff/ffff/eeee"));
        events.extend(answer(0, "11;rgb:10/12/14"));
        events.extend(answer(0, "11;rgb:ff/ff"));
        events.extend(answer(0, "10;rgb:ff/ff/ff"));
        events.push(('b', KeyModifiers::NONE, 0));
        assert_eq!(through(true, &events), "a☼☾b");
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

//! One line of text and its cursor: what every text field and filter edits.

use super::words;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;
use zeroize::Zeroize;

/// The most that a field takes.
const MOST: usize = 4 * 1024 * 1024;
/// How many steps undo goes back.
const STEPS: usize = 100;

/// What a key does to a text, in fields of one line and of many alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Puts a letter in.
    Insert(char),
    /// Takes the letter before away.
    Back,
    /// The word before.
    BackWord,
    /// All before, to the line's beginning.
    BackAll,
    /// Takes the letter behind away.
    Delete,
    /// The word behind.
    DeleteWord,
    /// All behind, to the line's end.
    DeleteAll,
    /// Takes the last change back.
    Undo,
    /// One letter back.
    Left,
    /// One letter on.
    Right,
    /// One word back.
    WordLeft,
    /// One word on.
    WordRight,
    /// To the line's beginning.
    Start,
    /// To the line's end.
    End,
}

impl Edit {
    /// What a key does; none for one that edits nothing.
    pub fn of(key: KeyEvent) -> Option<Edit> {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        Some(match key.code {
            KeyCode::Char(c) if !ctrl && !alt => Edit::Insert(c),
            KeyCode::Backspace if ctrl || alt => Edit::BackWord,
            KeyCode::Backspace => Edit::Back,
            KeyCode::Delete if ctrl => Edit::DeleteWord,
            KeyCode::Delete => Edit::Delete,
            KeyCode::Char('u') if ctrl => Edit::BackAll,
            KeyCode::Char('k') if ctrl => Edit::DeleteAll,
            KeyCode::Char('y' | '_' | '/' | '7') if ctrl => Edit::Undo,
            KeyCode::Left if ctrl || alt => Edit::WordLeft,
            KeyCode::Right if ctrl || alt => Edit::WordRight,
            KeyCode::Left => Edit::Left,
            KeyCode::Right => Edit::Right,
            KeyCode::Home => Edit::Start,
            KeyCode::End => Edit::End,
            KeyCode::Char('a') if ctrl => Edit::Start,
            KeyCode::Char('e') if ctrl => Edit::End,
            _ => return None,
        })
    }
}

/// A line editor. A secret keeps no undo history and is wiped when dropped.
#[derive(Debug, Clone, Default)]
pub struct Line {
    text: String,
    /// Byte position, always between two graphemes.
    cursor: usize,
    past: Vec<(String, usize)>,
    secret: bool,
}

impl Line {
    /// A line with this text, the cursor at its end.
    pub fn new(text: impl Into<String>) -> Self {
        let mut line = Line::default();
        line.text = text.into();
        line.cursor = line.text.len();
        line
    }

    /// An empty line for a secret.
    pub fn secret() -> Self {
        let mut line = Line::default();
        line.secret = true;
        line
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Nothing typed.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Puts another text in place, as one step of undo.
    pub fn set(&mut self, text: impl Into<String>) {
        self.remember();
        let mut old = std::mem::replace(&mut self.text, text.into());
        if self.secret {
            old.zeroize();
        }
        self.cursor = self.text.len();
    }

    /// Inserts at the cursor. Control characters are left out, a line break too unless `lines`.
    pub fn insert(&mut self, text: &str, lines: bool) {
        self.remember();
        let clean: String = text
            .replace("\r\n", "\n")
            .chars()
            .filter(|c| !c.is_control() || (lines && matches!(c, '\n' | '\t')))
            .collect();
        if self.text.len() + clean.len() <= MOST {
            self.text.insert_str(self.cursor, &clean);
            self.cursor += clean.len();
        }
    }

    /// Acts on a key; false when the key is none of a line's.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let Some(edit) = Edit::of(key) else {
            return false;
        };
        match edit {
            Edit::Insert(c) => {
                if self
                    .past
                    .last()
                    .is_none_or(|(text, _)| text.len().abs_diff(self.text.len()) > 12)
                {
                    self.remember();
                }
                if self.text.len() + c.len_utf8() <= MOST && !c.is_control() {
                    self.text.insert(self.cursor, c);
                    self.cursor += c.len_utf8();
                }
            }
            Edit::Back => self.cut(self.left(), self.cursor),
            Edit::BackWord => self.cut(self.word_left(), self.cursor),
            Edit::BackAll => self.cut(0, self.cursor),
            Edit::Delete => self.cut(self.cursor, self.right()),
            Edit::DeleteWord => self.cut(self.cursor, self.word_right()),
            Edit::DeleteAll => self.cut(self.cursor, self.text.len()),
            Edit::Undo => self.undo(),
            Edit::Left => self.cursor = self.left(),
            Edit::Right => self.cursor = self.right(),
            Edit::WordLeft => self.cursor = self.word_left(),
            Edit::WordRight => self.cursor = self.word_right(),
            Edit::Start => self.cursor = 0,
            Edit::End => self.cursor = self.text.len(),
        }
        true
    }

    /// The part that fits into `columns`, and the column of the cursor in it.
    pub fn window(&self, columns: usize, mask: Option<&str>) -> (String, usize) {
        let shown: Vec<String> = match mask {
            Some(mask) => self.text.graphemes(true).map(|_| mask.to_owned()).collect(),
            None => self
                .text
                .graphemes(true)
                .map(|g| {
                    if g == "\n" {
                        " ".to_owned()
                    } else {
                        g.to_owned()
                    }
                })
                .collect(),
        };
        let at = self.text[..self.cursor].graphemes(true).count();
        let columns = columns.max(1);
        let mut first = 0;
        let before = |first: usize| {
            shown[first..at]
                .iter()
                .map(|g| words::width(g))
                .sum::<usize>()
        };
        while before(first) >= columns {
            first += 1;
        }
        let cursor = before(first);
        let mut used = 0;
        let text = shown[first..]
            .iter()
            .take_while(|g| {
                used += words::width(g);
                used <= columns
            })
            .cloned()
            .collect();
        (text, cursor)
    }

    /// Moves the cursor to the grapheme shown at this column of the window.
    pub fn click(&mut self, column: usize, columns: usize) {
        let (_, cursor) = self.window(columns, None);
        let at = self.text[..self.cursor].graphemes(true).count();
        let wanted = (at + column).saturating_sub(cursor);
        self.cursor = self
            .text
            .grapheme_indices(true)
            .nth(wanted)
            .map_or(self.text.len(), |(i, _)| i);
    }

    fn remember(&mut self) {
        if self.secret || self.past.last().is_some_and(|(text, _)| *text == self.text) {
            return;
        }
        if self.past.len() == STEPS {
            self.past.remove(0);
        }
        self.past.push((self.text.clone(), self.cursor));
    }

    fn undo(&mut self) {
        if let Some((text, cursor)) = self.past.pop() {
            (self.text, self.cursor) = (text, cursor);
        }
    }

    fn cut(&mut self, from: usize, to: usize) {
        if from < to {
            self.remember();
            self.text.replace_range(from..to, "");
            self.cursor = from;
        }
    }

    fn left(&self) -> usize {
        self.text[..self.cursor]
            .grapheme_indices(true)
            .next_back()
            .map_or(0, |(i, _)| i)
    }

    fn right(&self) -> usize {
        self.text[self.cursor..]
            .graphemes(true)
            .next()
            .map_or(self.cursor, |g| self.cursor + g.len())
    }

    fn word_left(&self) -> usize {
        self.text[..self.cursor]
            .split_word_bound_indices()
            .rfind(|(_, w)| w.contains(char::is_alphanumeric))
            .map_or(0, |(i, _)| i)
    }

    fn word_right(&self) -> usize {
        self.text[self.cursor..]
            .split_word_bound_indices()
            .find(|(_, w)| w.contains(char::is_alphanumeric))
            .map_or(self.text.len(), |(i, w)| self.cursor + i + w.len())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.secret {
            self.text.zeroize();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(line: &mut Line, code: KeyCode, modifiers: KeyModifiers) {
        line.key(KeyEvent::new(code, modifiers));
    }

    #[test]
    fn editing() {
        let mut line = Line::new("sales.orders");
        press(&mut line, KeyCode::Left, KeyModifiers::CONTROL);
        press(&mut line, KeyCode::Char('x'), KeyModifiers::NONE);
        assert!(["sales.xorders", "xsales.orders"].contains(&line.text()));
        press(&mut line, KeyCode::Char('u'), KeyModifiers::CONTROL);
        press(&mut line, KeyCode::Char('k'), KeyModifiers::CONTROL);
        assert_eq!(line.text(), "");
        press(&mut line, KeyCode::Char('y'), KeyModifiers::CONTROL);
        assert!(!line.is_empty());
    }

    #[test]
    fn graphemes_stay_whole() {
        let mut line = Line::new("a\u{65}\u{301}日");
        press(&mut line, KeyCode::Backspace, KeyModifiers::NONE);
        press(&mut line, KeyCode::Backspace, KeyModifiers::NONE);
        assert_eq!(line.text(), "a");
    }

    #[test]
    fn the_cursor_stays_in_the_window() {
        let mut line = Line::new("x".repeat(100));
        assert_eq!(line.window(10, None).1, 9);
        press(&mut line, KeyCode::Home, KeyModifiers::NONE);
        assert_eq!(line.window(10, None), ("x".repeat(10), 0));
        assert_eq!(line.window(4, Some("*")).0, "****");
    }

    #[test]
    fn escape_sequences_are_not_pasted() {
        let mut line = Line::default();
        line.insert("a\u{1b}[31m\nb\r\nc", false);
        assert_eq!(line.text(), "a[31mbc");
    }
}

//! What reaches somebody who looks elsewhere, and the clipboard: sequences, not text.

use super::config::Alert;
use crate::client::value::base64;

/// The longest text that is put on a clipboard: terminals drop more.
const MOST: usize = 74_994;

/// The sequence of an alert; none when alerts are off.
pub fn alert(kind: Alert, text: &str) -> Option<String> {
    // A text from outside must not end the sequence and begin another one.
    let clean: String = text
        .chars()
        .filter(|c| !c.is_control() && *c != ';')
        .take(200)
        .collect();
    match kind {
        Alert::Bell => Some("\x07".to_owned()),
        Alert::Osc9 => Some(format!("\x1b]9;{clean}\x1b\\")),
        Alert::Osc777 => Some(format!("\x1b]777;notify;crewdesk;{clean}\x1b\\")),
        Alert::None => None,
    }
}

/// The sequence that puts a text on the clipboard (OSC 52), also over SSH.
pub fn copy(text: &str) -> Option<String> {
    (text.len() <= MOST).then(|| format!("\x1b]52;c;{}\x1b\\", base64::encode(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences() {
        assert_eq!(alert(Alert::Bell, "x").as_deref(), Some("\x07"));
        assert_eq!(
            alert(Alert::Osc9, "late\x1b]52;c;eA==\x07").as_deref(),
            Some("\x1b]9;late]52ceA==\x1b\\")
        );
        assert_eq!(alert(Alert::None, "x"), None);
        assert_eq!(copy("orders").as_deref(), Some("\x1b]52;c;b3JkZXJz\x1b\\"));
        assert_eq!(copy(&"x".repeat(MOST + 1)), None);
    }
}

//! A mail as it goes over the line: RFC 5322, with headers in UTF-8 by RFC 2047 and bodies in
//! base64. No text from outside can add a header or a recipient.

use crate::value::base64;
use chrono::{DateTime, Utc};

/// Characters of a line of base64.
const LINE: usize = 76;
/// Bytes of text in one encoded word, which has at most 75 characters.
const WORD: usize = 42;

/// An address with the name of whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mailbox {
    pub(super) name: Option<String>,
    pub(super) address: String,
}

/// What is sent.
pub(super) struct Message<'m> {
    pub(super) id: &'m str,
    pub(super) date: DateTime<Utc>,
    pub(super) from: &'m Mailbox,
    pub(super) to: &'m [Mailbox],
    pub(super) cc: &'m [Mailbox],
    pub(super) subject: &'m str,
    pub(super) text: Option<&'m str>,
    pub(super) html: Option<&'m str>,
}

impl Mailbox {
    /// Reads `a@b.example` or `Name <a@b.example>`.
    pub(super) fn read(text: &str) -> Option<Mailbox> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>') {
            Some(inside) => {
                let (name, address) = inside.rsplit_once('<')?;
                (name.trim().trim_matches('"').trim(), address.trim())
            }
            None => ("", text),
        };
        if name.contains(|c: char| c.is_control() || "<>".contains(c)) {
            return None;
        }
        let (local, domain) = address.rsplit_once('@')?;
        let fits = |part: &str, most: usize| {
            let bad = |c: char| c.is_control() || c.is_whitespace() || "<>()[]\\,;:\"".contains(c);
            !part.is_empty() && part.len() <= most && !part.contains(bad)
        };
        let sound = fits(local, 64) && fits(domain, 255) && !local.contains('@');
        sound.then(|| Mailbox {
            name: (!name.is_empty()).then(|| name.to_owned()),
            address: address.to_owned(),
        })
    }

    /// Parts a comma list; a comma in quotes or angle brackets does not part.
    pub(super) fn split(list: &str) -> Vec<&str> {
        let (mut parts, mut from) = (Vec::new(), 0);
        let (mut quoted, mut angled) = (false, false);
        for (at, c) in list.char_indices() {
            match c {
                '"' => quoted = !quoted,
                '<' => angled = true,
                '>' => angled = false,
                ',' | ';' if !quoted && !angled => {
                    parts.push(&list[from..at]);
                    from = at + 1;
                }
                _ => {}
            }
        }
        parts.push(&list[from..]);
        parts.retain(|part| !part.trim().is_empty());
        parts
    }

    fn written(&self) -> String {
        match &self.name {
            None => self.address.clone(),
            Some(name) => format!("{} <{}>", phrase(name), self.address),
        }
    }
}

impl Message<'_> {
    /// The mail, its lines ended by CRLF, dots not yet doubled.
    pub(super) fn written(&self) -> String {
        let list = |all: &[Mailbox]| {
            let all: Vec<String> = all.iter().map(Mailbox::written).collect();
            all.join(",\r\n ")
        };
        let mut out = String::new();
        let mut header = |name: &str, value: &str| {
            out.push_str(name);
            out.push_str(": ");
            out.push_str(value);
            out.push_str("\r\n");
        };
        header("Date", &self.date.to_rfc2822());
        header("From", &self.from.written());
        header("To", &list(self.to));
        if !self.cc.is_empty() {
            header("Cc", &list(self.cc));
        }
        header("Subject", &unstructured(self.subject));
        let domain = self.from.address.rsplit('@').next().unwrap_or_default();
        header("Message-ID", &format!("<{}@{domain}>", self.id));
        header("MIME-Version", "1.0");
        let bodies: Vec<(&str, &str)> = [("plain", self.text), ("html", self.html)]
            .into_iter()
            .filter_map(|(kind, body)| Some((kind, body?)))
            .collect();
        if let [(kind, body)] = bodies[..] {
            part(&mut out, kind, body);
            return out;
        }
        // Nothing in base64 has a `=_`.
        let boundary = format!("=_{}", self.id);
        header_of_parts(&mut out, &boundary);
        for (kind, body) in bodies {
            out.push_str(&format!("--{boundary}\r\n"));
            part(&mut out, kind, body);
        }
        out.push_str(&format!("--{boundary}--\r\n"));
        out
    }
}

fn header_of_parts(out: &mut String, boundary: &str) {
    out.push_str(&format!(
        "Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n\r\n"
    ));
}

fn part(out: &mut String, kind: &str, body: &str) {
    out.push_str(&format!(
        "Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    ));
    let text = body.replace("\r\n", "\n").replace('\n', "\r\n");
    let encoded = base64::encode(text.as_bytes());
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        out.push_str(line);
        out.push_str("\r\n");
        rest = after;
    }
}

/// Doubles a dot at the beginning of a line, which alone would end the mail (RFC 5321 §4.5.2).
pub(super) fn stuffed(mail: &str) -> String {
    let mut out = String::with_capacity(mail.len() + 16);
    for line in mail.split_inclusive("\r\n") {
        if line.starts_with('.') {
            out.push('.');
        }
        out.push_str(line);
    }
    out
}

/// A subject: as it is where that is short ASCII, else in encoded words.
fn unstructured(text: &str) -> String {
    let flat = flat(text);
    let plain = flat.is_ascii() && flat.len() <= 900 && !flat.contains("=?");
    match plain {
        true => folded(&flat),
        false => words(&flat),
    }
}

/// A name before an address.
fn phrase(name: &str) -> String {
    let flat = flat(name);
    match flat.is_ascii() && flat.len() <= 60 && !flat.contains("=?") {
        true => format!("\"{}\"", flat.replace('\\', "\\\\").replace('"', "\\\"")),
        false => words(&flat),
    }
}

/// On one line.
fn flat(text: &str) -> String {
    let spaced = text.replace(|c: char| c.is_control(), " ");
    spaced.trim().to_owned()
}

/// Lines are broken at spaces.
fn folded(text: &str) -> String {
    let (mut out, mut length) = (String::new(), 0);
    for word in text.split(' ') {
        if length > 0 {
            let fits = length + word.len() < LINE || word.is_empty();
            out.push_str(if fits { " " } else { "\r\n " });
            length = if fits { length + 1 } else { 1 };
        }
        out.push_str(word);
        length += word.len();
    }
    out
}

/// RFC 2047: base64 of UTF-8, no character parted.
fn words(text: &str) -> String {
    let mut out = String::new();
    let mut chunk = String::new();
    let mut flush = |chunk: &mut String| {
        if !out.is_empty() {
            out.push_str("\r\n ");
        }
        let encoded = base64::encode(chunk.as_bytes());
        out.push_str(&format!("=?UTF-8?B?{encoded}?="));
        chunk.clear();
    };
    for c in text.chars() {
        if chunk.len() + c.len_utf8() > WORD {
            flush(&mut chunk);
        }
        chunk.push(c);
    }
    if !chunk.is_empty() {
        flush(&mut chunk);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailbox(text: &str) -> Mailbox {
        Mailbox::read(text).unwrap()
    }

    #[test]
    fn addresses_are_read_with_their_names() {
        let ana = mailbox("Ana <ana@desk.example>");
        assert_eq!(ana.name.as_deref(), Some("Ana"));
        assert_eq!(ana.address, "ana@desk.example");
        let list = Mailbox::split("\"Doe, Jane\" <j@x.example>, b@x.example ;c@x.example,");
        let read: Vec<String> = list.iter().map(|one| mailbox(one).address).collect();
        assert_eq!(read, ["j@x.example", "b@x.example", "c@x.example"]);
        for bad in [
            "",
            "ana",
            "@x",
            "a@",
            "a b@x",
            "a@x\r\nRCPT TO:<b@x>",
            "<a@x",
            "a@x> <b@x",
            "a@b@x",
        ] {
            assert_eq!(Mailbox::read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_mail_with_text_and_html_has_both_as_alternatives() {
        let from = mailbox("Zoë <desk@desk.example>");
        let to = [mailbox("ana@desk.example")];
        let mail = Message {
            id: "17",
            date: "2026-03-02T08:00:00Z".parse().unwrap(),
            from: &from,
            to: &to,
            cc: &[],
            subject: "Grüße an alle, die das lesen und noch etwas länger dabei bleiben wollen",
            text: Some("Guten Tag"),
            html: Some("<p>Guten Tag</p>"),
        };
        let written = mail.written();
        assert_eq!(
            written,
            "Date: Mon, 2 Mar 2026 08:00:00 +0000\r\n\
             From: =?UTF-8?B?Wm/Dqw==?= <desk@desk.example>\r\n\
             To: ana@desk.example\r\n\
             Subject: =?UTF-8?B?R3LDvMOfZSBhbiBhbGxlLCBkaWUgZGFzIGxlc2VuIHVuZCBub2NoIGV0?=\r\n \
             =?UTF-8?B?d2FzIGzDpG5nZXIgZGFiZWkgYmxlaWJlbiB3b2xsZW4=?=\r\n\
             Message-ID: <17@desk.example>\r\n\
             MIME-Version: 1.0\r\n\
             Content-Type: multipart/alternative; boundary=\"=_17\"\r\n\r\n\
             --=_17\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n\
             R3V0ZW4gVGFn\r\n\
             --=_17\r\n\
             Content-Type: text/html; charset=utf-8\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n\
             PHA+R3V0ZW4gVGFnPC9wPg==\r\n\
             --=_17--\r\n"
        );
        assert!(written.lines().all(|line| line.len() <= 78));
    }

    #[test]
    fn no_subject_adds_a_header() {
        assert_eq!(unstructured("Hi\r\nBcc: all@x"), "Hi  Bcc: all@x");
        assert_eq!(phrase("a\"\r\nb"), "\"a\\\"  b\"");
        let long = "word ".repeat(60);
        let folded = unstructured(&long);
        assert!(
            folded.split("\r\n ").all(|line| line.len() <= 78),
            "{folded}"
        );
    }

    #[test]
    fn a_line_of_one_dot_does_not_end_the_mail() {
        assert_eq!(stuffed("a\r\n.\r\n..b\r\nc."), "a\r\n..\r\n...b\r\nc.");
    }
}

//! `multipart/form-data` (RFC 7578), of a body that is already here and bounded.

use super::reply::Fault;

/// Most parts of a form.
const MOST: usize = 1000;

/// One part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// The name of its field.
    pub name: String,
    /// The name of its file.
    pub filename: Option<String>,
    /// Its media type.
    pub content_type: Option<String>,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Part {
    /// Its content as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).trim().to_owned()
    }
}

/// The parts of a form.
pub fn parts(content_type: &str, body: &[u8]) -> Result<Vec<Part>, Fault> {
    let boundary = parameter(content_type, "boundary")
        .filter(|boundary| !boundary.is_empty() && boundary.len() <= 200)
        .ok_or_else(|| broken("it names no boundary"))?;
    let delimiter = format!("--{boundary}").into_bytes();
    let mut at = search(body, &delimiter, 0).ok_or_else(|| broken("its boundary is missing"))?;
    let mut parts = Vec::new();
    loop {
        at += delimiter.len();
        let rest = body.get(at..).unwrap_or_default();
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        let line = rest.iter().position(|&b| b == b'\n');
        at += line.ok_or_else(|| broken("a part has no beginning"))? + 1;
        let next = next_boundary(body, &delimiter, at).ok_or_else(|| broken("it breaks off"))?;
        if parts.len() == MOST {
            return Err(broken("it has too many parts"));
        }
        let content = body.get(at..next.0).unwrap_or_default();
        parts.push(part(content)?);
        at = next.1;
    }
}

/// Where a part ends and where the delimiter after it stands.
fn next_boundary(body: &[u8], delimiter: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        let found = search(body, delimiter, at)?;
        let before = body.get(from..found).unwrap_or_default();
        if before.ends_with(b"\r\n") {
            return Some((found - 2, found));
        }
        if before.ends_with(b"\n") {
            return Some((found - 1, found));
        }
        at = found + 1;
    }
}

fn search(body: &[u8], what: &[u8], from: usize) -> Option<usize> {
    memchr::memmem::find(body.get(from..)?, what).map(|found| found + from)
}

fn part(content: &[u8]) -> Result<Part, Fault> {
    let (head, bytes) = match (search(content, b"\r\n\r\n", 0), search(content, b"\n\n", 0)) {
        (Some(end), other) if other.is_none_or(|other| end < other) => (end, end + 4),
        (_, Some(end)) => (end, end + 2),
        _ => return Err(broken("a part has no content")),
    };
    let mut part = Part {
        bytes: content.get(bytes..).unwrap_or_default().to_vec(),
        ..Part::default()
    };
    let head = String::from_utf8_lossy(content.get(..head).unwrap_or_default());
    for line in head.lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        match name.trim().to_ascii_lowercase().as_str() {
            "content-disposition" => {
                part.name = parameter(value, "name").unwrap_or_default();
                part.filename = parameter(value, "filename").filter(|name| !name.is_empty());
            }
            "content-type" => part.content_type = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    match part.name.is_empty() && part.filename.is_none() {
        true => Err(broken("a part has no name")),
        false => Ok(part),
    }
}

/// A parameter of a header such as `form-data; name="a"; filename="b"`.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut rest = value;
    loop {
        rest = rest.split_once(';')?.1.trim_start();
        let (name, after) = rest.split_once('=')?;
        let name = name.trim();
        if let Some(quoted) = after.strip_prefix('"') {
            let mut text = String::new();
            let mut letters = quoted.char_indices();
            let end = loop {
                match letters.next()? {
                    (at, '"') => break at + 1,
                    (_, '\\') => text.push(letters.next()?.1),
                    (_, letter) => text.push(letter),
                }
            };
            if name.eq_ignore_ascii_case(wanted) {
                return Some(text);
            }
            rest = quoted.get(end..)?;
        } else if name.eq_ignore_ascii_case(wanted) {
            let text = after.split(';').next().unwrap_or_default();
            return Some(text.trim().to_owned());
        } else {
            rest = after;
        }
    }
}

fn broken(why: &str) -> Fault {
    Fault::invalid(format!("the multipart form cannot be read: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TYPE: &str = "multipart/form-data; boundary=\"x y\"";

    #[test]
    fn reads_fields_and_files() {
        let body = b"--x y\r\nContent-Disposition: form-data; name=\"deployment-name\"\r\n\r\nmy\r\n--x y\r\ncontent-disposition: form-data; name=\"data\"; filename=\"a;\\\"b.bpmn\"\r\nContent-Type: text/xml\r\n\r\n<a>\r\n--x\r\n</a>\r\n--x y--\r\n";
        let parts = parts(TYPE, body).expect("a form");
        assert_eq!(
            (parts[0].name.as_str(), parts[0].text().as_str()),
            ("deployment-name", "my")
        );
        assert_eq!(parts[1].filename.as_deref(), Some("a;\"b.bpmn"));
        assert_eq!(parts[1].bytes, b"<a>\r\n--x\r\n</a>");
        assert_eq!(parts[1].content_type.as_deref(), Some("text/xml"));
    }

    #[test]
    fn says_what_is_wrong() {
        for body in [
            &b""[..],
            b"--x y",
            b"--x y\r\n\r\n",
            b"--x y\r\n\r\na\r\n--x y--",
        ] {
            assert_eq!(parts(TYPE, body).expect_err("broken").status, 400);
        }
        assert!(parts("multipart/form-data", b"").is_err());
        assert_eq!(parts(TYPE, b"--x y--").expect("empty"), []);
    }

    proptest! {
        #[test]
        fn anything_is_read_without_a_panic(body in "(--x y|\r\n|\n|--|:|;|name=|\"|a|\\\\){0,40}") {
            let _ = parts(TYPE, body.as_bytes());
            let _ = parameter(&body, "name");
        }
    }
}

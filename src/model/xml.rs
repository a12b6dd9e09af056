//! XML as a small tree with positions, read within bounds.
//!
//! Namespaces are resolved, so prefixes never matter. A document type or an entity of its own
//! is refused: nothing outside the file is ever read.

use super::Position;
use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};
use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use std::borrow::Cow;
use std::cell::Cell;

/// Most bytes of a file.
pub const MAX_BYTES: usize = 16 << 20;
/// Deepest nesting of elements.
pub const MAX_DEPTH: usize = 100;
/// Most elements of a file.
pub const MAX_ELEMENTS: usize = 200_000;
/// Most attributes of one element.
pub const MAX_ATTRIBUTES: usize = 100;
/// Within so many bytes a declaration ends.
const DECLARATION: usize = 200;

/// The namespaces that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    /// No namespace: what unprefixed attributes have.
    None,
    /// BPMN 2.0.
    Bpmn,
    /// BPMN's diagrams.
    BpmnDi,
    /// DMN of any version.
    Dmn,
    /// Bounds and points of diagrams.
    Dc,
    /// Edges of diagrams.
    Di,
    /// Camunda's extensions, also under the names of Operaton and Activiti.
    Camunda,
    /// The extensions of Camunda 8.
    Zeebe,
    /// XML Schema instance.
    Xsi,
    /// Anything else.
    Other,
}

impl Namespace {
    /// The one of this name.
    pub fn of(uri: &str) -> Self {
        match uri {
            "http://www.omg.org/spec/BPMN/20100524/MODEL" => Namespace::Bpmn,
            "http://www.omg.org/spec/BPMN/20100524/DI" => Namespace::BpmnDi,
            "http://www.omg.org/spec/DD/20100524/DC" => Namespace::Dc,
            "http://www.omg.org/spec/DD/20100524/DI" => Namespace::Di,
            "http://www.w3.org/2001/XMLSchema-instance" => Namespace::Xsi,
            "http://camunda.org/schema/zeebe/1.0" => Namespace::Zeebe,
            "http://camunda.org/schema/1.0/bpmn"
            | "http://camunda.org/schema/1.0/dmn"
            | "http://operaton.org/schema/1.0/bpmn"
            | "http://operaton.org/schema/1.0/dmn"
            | "http://activiti.org/bpmn"
            | "http://www.camunda.com/fox" => Namespace::Camunda,
            _ => {
                let path = uri.strip_prefix("https").or(uri.strip_prefix("http"));
                match path.and_then(|p| p.strip_prefix("://www.omg.org/spec/DMN/")) {
                    Some(version) if !version.contains("DI") => Namespace::Dmn,
                    _ => Namespace::Other,
                }
            }
        }
    }
}

/// An element with all that is in it.
#[derive(Debug, Clone)]
pub struct Element {
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name without a prefix.
    pub name: String,
    /// Its attributes in document order.
    pub attributes: Vec<Attribute>,
    /// The elements in it.
    pub children: Vec<Element>,
    /// The text directly in it, comments left out.
    pub text: String,
    /// Where parts of the text begin: the byte in it, and the place in the file.
    parts: Vec<(usize, Position)>,
    /// Where its start tag begins.
    pub position: Position,
}

/// An attribute.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Its namespace; unprefixed attributes have none.
    pub namespace: Namespace,
    /// Its name without a prefix.
    pub name: String,
    /// Its value, references resolved.
    pub value: String,
    /// Where its name begins.
    pub position: Position,
}

/// Why a file is no XML that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct XmlError {
    /// Where reading stopped.
    pub position: Position,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl Element {
    /// True for this name in this namespace.
    pub fn is(&self, namespace: Namespace, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    /// The unprefixed attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attribute_in(Namespace::None, name)
    }

    /// The attribute of this name in a namespace.
    pub fn attribute_in(&self, namespace: Namespace, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|a| a.namespace == namespace && a.name == name)
    }

    /// The elements of this name in it.
    pub fn all<'a>(
        &'a self,
        namespace: Namespace,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |c| c.is(namespace, name))
    }

    /// Where a byte of its text stands in the file.
    pub fn place_in_text(&self, at: usize) -> Position {
        let part = self.parts.partition_point(|(from, _)| *from <= at);
        let Some((from, start)) = part.checked_sub(1).and_then(|ix| self.parts.get(ix)) else {
            return self.position;
        };
        let mut place = *start;
        for c in self.text.get(*from..at).unwrap_or_default().chars() {
            match c {
                '\n' => (place.line, place.column) = (place.line.saturating_add(1), 1),
                _ => place.column = place.column.saturating_add(1),
            }
        }
        place
    }

    /// The first element of this name in it.
    pub fn first(&self, namespace: Namespace, name: &str) -> Option<&Element> {
        self.children.iter().find(|c| c.is(namespace, name))
    }
}

/// The names of the namespaces that the root of a file declares, its own first.
pub fn namespaces(bytes: &[u8]) -> Vec<String> {
    let text = text(bytes).unwrap_or_default();
    let mut xml = NsReader::from_str(&text);
    loop {
        match xml.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                let (own, _) = xml.resolver().resolve_element(tag.name());
                let own = match own {
                    ResolveResult::Bound(name) => name.as_ref().to_owned(),
                    _ => String::new(),
                };
                let bindings = tag.attributes().flatten();
                let bindings = bindings.filter(|a| a.key.as_namespace_binding().is_some());
                let declared = bindings.map(|binding| binding.value.into_owned());
                return std::iter::once(own).chain(declared).collect();
            }
            Ok(Event::Eof) | Err(_) => return Vec::new(),
            Ok(_) => {}
        }
    }
}

/// Reads a whole file into its root element.
pub fn parse(bytes: &[u8]) -> Result<Element, XmlError> {
    let start = Position { line: 1, column: 1 };
    if bytes.len() > MAX_BYTES {
        return Err(XmlError {
            position: start,
            message: format!("the file is larger than {} MiB. Split it", MAX_BYTES >> 20),
        });
    }
    Reader::new(&text(bytes)?).document()
}

/// The text of a file: UTF-8, or in the encoding that its first bytes or its declaration name
/// (XML 1.0, appendix F).
pub fn text(bytes: &[u8]) -> Result<Cow<'_, str>, XmlError> {
    let marked = Encoding::for_bom(bytes);
    let encoding = match (marked, bytes) {
        (Some((encoding, _)), _) => encoding,
        (None, [b'<', 0, ..]) => UTF_16LE,
        (None, [0, b'<', ..]) => UTF_16BE,
        // What is UTF-8 is that, whatever it says.
        _ if std::str::from_utf8(bytes).is_ok() => UTF_8,
        _ => declared(bytes).unwrap_or(UTF_8),
    };
    let bytes = bytes
        .get(marked.map_or(0, |(_, length)| length)..)
        .unwrap_or_default();
    if encoding != UTF_8 {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
        return text.ok_or_else(|| XmlError {
            position: Position { line: 1, column: 1 },
            message: format!(
                "the file is not {}, as it says. Save it as UTF-8",
                encoding.name()
            ),
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|e| XmlError {
        position: {
            let valid = bytes.get(..e.valid_up_to()).unwrap_or_default();
            let valid = String::from_utf8_lossy(valid);
            Lines::new(&valid).position(valid.len())
        },
        message: "the file is not UTF-8. Save it in that encoding, or say in <?xml … encoding=\"…\"?> which it is in".into(),
    })?;
    Ok(Cow::Borrowed(text))
}

/// The text of a file to show; what is no text, as far as it is one.
pub fn shown(bytes: &[u8]) -> String {
    match text(bytes) {
        Ok(text) => text.into_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The encoding of `<?xml version="1.0" encoding="ISO-8859-1"?>`, where it is one that is known.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let end = bytes
        .iter()
        .take(DECLARATION)
        .position(|byte| *byte == b'>')?;
    let declaration = bytes.get(..end)?.strip_prefix(b"<?xml")?;
    let declaration = std::str::from_utf8(declaration).ok()?;
    let (_, said) = declaration.split_once("encoding")?;
    let said = said.trim_start().strip_prefix('=')?.trim_start();
    let quote = said
        .chars()
        .next()
        .filter(|sign| matches!(sign, '"' | '\''))?;
    let (label, _) = said.get(1..)?.split_once(quote)?;
    Encoding::for_label(label.as_bytes()).filter(|found| *found != REPLACEMENT)
}

struct Reader<'a> {
    source: &'a str,
    lines: Lines<'a>,
    xml: NsReader<&'a [u8]>,
    open: Vec<Element>,
    elements: usize,
    root: Option<Element>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str) -> Self {
        let mut xml = NsReader::from_str(source);
        xml.config_mut().check_end_names = true;
        Reader {
            source,
            lines: Lines::new(source),
            xml,
            open: Vec::new(),
            elements: 0,
            root: None,
        }
    }

    fn error<T>(&self, offset: usize, message: impl Into<String>) -> Result<T, XmlError> {
        Err(XmlError {
            position: self.lines.position(offset),
            message: message.into(),
        })
    }

    fn document(mut self) -> Result<Element, XmlError> {
        loop {
            let offset = self.offset();
            let event = match self.xml.read_event() {
                Ok(event) => event,
                Err(e) => {
                    let at = usize::try_from(self.xml.error_position()).unwrap_or(offset);
                    return self.error(at, format!("this is not well-formed XML: {e}"));
                }
            };
            match event {
                Event::Start(tag) => {
                    let element = self.element(&tag, offset)?;
                    self.open.push(element);
                }
                Event::Empty(tag) => {
                    let element = self.element(&tag, offset)?;
                    self.close(element, offset)?;
                }
                Event::End(_) => match self.open.pop() {
                    Some(element) => self.close(element, offset)?,
                    None => return self.error(offset, "a tag closes what was never opened"),
                },
                Event::Text(text) => self.text(&text.xml10_content(), offset)?,
                Event::CData(text) => {
                    self.text(&text.xml10_content(), offset + "<![CDATA[".len())?;
                }
                Event::GeneralRef(reference) => {
                    let name = reference.to_string();
                    let text = match reference.resolve_char_ref() {
                        Ok(Some(c)) => Some(c.to_string()),
                        Ok(None) => {
                            quick_xml::escape::resolve_predefined_entity(&name).map(str::to_owned)
                        }
                        Err(_) => None,
                    };
                    match text {
                        Some(text) => self.text(&text, offset)?,
                        None => return self.error(offset, unknown_entity(&name)),
                    }
                }
                Event::DocType(_) => {
                    return self.error(
                        offset,
                        "a document type (DTD) is not allowed. Remove the <!DOCTYPE …> line",
                    );
                }
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof => break,
            }
        }
        if let Some(open) = self.open.last() {
            let message = format!("<{}> is never closed. The file may be cut off", open.name);
            return Err(XmlError {
                position: open.position,
                message,
            });
        }
        match self.root.take() {
            Some(root) => Ok(root),
            None => self.error(0, "the file has no XML element in it"),
        }
    }

    fn offset(&self) -> usize {
        usize::try_from(self.xml.buffer_position()).unwrap_or(usize::MAX)
    }

    fn element(&mut self, tag: &BytesStart<'_>, offset: usize) -> Result<Element, XmlError> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return self.error(
                offset,
                format!("the file has more than {MAX_ELEMENTS} elements"),
            );
        }
        if self.open.len() >= MAX_DEPTH {
            return self.error(
                offset,
                format!("elements are nested deeper than {MAX_DEPTH}"),
            );
        }
        let position = self.lines.position(offset);
        let (namespace, name) = self.xml.resolver().resolve_element(tag.name());
        let namespace = match namespace {
            ResolveResult::Bound(n) => Namespace::of(n.as_ref()),
            ResolveResult::Unbound => Namespace::None,
            ResolveResult::Unknown(prefix) => return self.error(offset, unbound(&prefix)),
        };
        let name = name.as_ref().to_string();
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = match attribute {
                Ok(a) => a,
                Err(e) => return self.error(offset, format!("this is not well-formed XML: {e}")),
            };
            if attributes.len() >= MAX_ATTRIBUTES {
                let message = format!("<{name}> has more than {MAX_ATTRIBUTES} attributes");
                return self.error(offset, message);
            }
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let at = self.offset_of(attribute.key.as_ref()).unwrap_or(offset);
            let (namespace, local) = self.xml.resolver().resolve_attribute(attribute.key);
            let namespace = match namespace {
                ResolveResult::Bound(n) => Namespace::of(n.as_ref()),
                ResolveResult::Unbound => Namespace::None,
                ResolveResult::Unknown(prefix) => return self.error(at, unbound(&prefix)),
            };
            let Ok(value) = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0) else {
                return self.error(at, unknown_entity(&attribute.value));
            };
            attributes.push(Attribute {
                namespace,
                name: local.as_ref().to_string(),
                value: value.into_owned(),
                position: self.lines.position(at),
            });
        }
        Ok(Element {
            namespace,
            name,
            attributes,
            children: Vec::new(),
            text: String::new(),
            parts: Vec::new(),
            position,
        })
    }

    /// Where a slice of the source stands in it.
    fn offset_of(&self, part: &str) -> Option<usize> {
        let offset = (part.as_ptr() as usize).checked_sub(self.source.as_ptr() as usize)?;
        (offset < self.source.len()).then_some(offset)
    }

    fn close(&mut self, element: Element, offset: usize) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None if self.root.is_none() => self.root = Some(element),
            None => return self.error(offset, "the file has more than one root element"),
        }
        Ok(())
    }

    fn text(&mut self, text: &str, offset: usize) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some(element) => {
                if !text.trim().is_empty() {
                    let place = self.lines.position(offset);
                    element.parts.push((element.text.len(), place));
                }
                element.text.push_str(text);
            }
            None if text.trim().is_empty() => {}
            None => return self.error(offset, "there is text outside the root element"),
        }
        Ok(())
    }
}

fn unbound(prefix: &str) -> String {
    format!("the prefix '{prefix}' is bound to no namespace. Declare xmlns:{prefix}")
}

fn unknown_entity(name: &str) -> String {
    format!("'{name}' has a reference that XML does not define. Write the character itself")
}

/// Turns byte offsets into lines and columns; fast when they grow, also within one long line.
struct Lines<'a> {
    source: &'a str,
    starts: Vec<usize>,
    /// The offset asked for last, and its column.
    last: Cell<(usize, u32)>,
}

impl<'a> Lines<'a> {
    fn new(source: &'a str) -> Self {
        let breaks = memchr::memchr_iter(b'\n', source.as_bytes()).map(|at| at + 1);
        Lines {
            source,
            starts: std::iter::once(0).chain(breaks).collect(),
            last: Cell::new((0, 1)),
        }
    }

    fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.source.len());
        while !self.source.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = line
            .checked_sub(1)
            .and_then(|l| self.starts.get(l))
            .copied()
            .unwrap_or(0);
        let (known, column) = self.last.get();
        let (from, column) = if (start..=offset).contains(&known) {
            (known, column)
        } else {
            (start, 1)
        };
        let before = self.source.get(from..offset).unwrap_or_default();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let column = column.saturating_add(count(before.chars().count()));
        self.last.set((offset, column));
        Position {
            line: count(line),
            column,
        }
    }
}

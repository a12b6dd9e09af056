//! What a workbook says beside its sheets: their names, shared texts, formats of numbers.

use super::moment::Shows;
use super::zip::{Archive, Content};
use crate::insert::frame::Content as Bytes;
use crate::insert::records::{Bounds, damaged};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::collections::HashMap;
use std::io;

/// What may come out of a part that is held in memory.
const HELD: Bounds = Bounds {
    free: 256 << 20,
    ratio: 1,
    most: 256 << 20,
};
/// Sheets and formats that a workbook may have.
const MAX_LIST: usize = 100_000;
/// Most shared texts of a workbook.
const MOST_STRINGS: usize = 4_000_000;

/// What comes next in a part.
pub(super) fn next<'b>(
    xml: &mut Reader<Content>,
    buffer: &'b mut Vec<u8>,
) -> io::Result<Event<'b>> {
    buffer.clear();
    xml.get_mut().make_room();
    xml.read_event_into(buffer).map_err(wrong)
}

/// The error of markup that is none, or of what it was read from.
fn wrong(e: quick_xml::Error) -> io::Error {
    match e {
        quick_xml::Error::Io(e) if e.kind() == io::ErrorKind::InvalidData => damaged(e.to_string()),
        e => damaged(format!("the workbook is damaged: {e}")),
    }
}

/// An attribute of an element.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut all = element.attributes();
    let found = all
        .with_checks(false)
        .flatten()
        .find(|a| a.key.as_ref() == name)?;
    let value = found
        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
        .ok()?;
    Some(value.into_owned())
}

/// What an entity such as `&amp;` stands for.
pub(super) fn resolve(reference: &BytesRef<'_>, to: &mut String) {
    match reference.resolve_char_ref() {
        Ok(Some(c)) => to.push(c),
        _ => {
            let name = reference.xml10_content();
            to.push_str(quick_xml::escape::resolve_predefined_entity(&name).unwrap_or_default());
        }
    }
}

/// What a workbook says.
#[derive(Default)]
pub(super) struct Book {
    /// The sheets by name, in their order, and the part of each.
    pub(super) sheets: Vec<(String, String)>,
    pub(super) since_1904: bool,
    strings: Vec<(usize, usize)>,
    text: String,
    shows: Vec<Shows>,
}

impl Book {
    /// Reads all but the sheets. `open` makes a fresh handle of the file.
    pub(super) fn read(
        archive: &Archive,
        open: &dyn Fn() -> io::Result<Bytes>,
    ) -> io::Result<Book> {
        let mut book = Book::default();
        let mut targets = HashMap::new();
        let part = |name: &str| Ok::<_, io::Error>(archive.part(open()?, name, HELD)?.0);
        each(part("xl/_rels/workbook.xml.rels")?, &mut |element, _| {
            if let (Some(id), Some(target)) =
                (attribute(element, "Id"), attribute(element, "Target"))
            {
                let path = match target.strip_prefix('/') {
                    Some(path) => path.to_owned(),
                    None => format!("xl/{target}"),
                };
                targets.insert(id, path);
            }
            targets.len() < MAX_LIST
        })?;
        each(part("xl/workbook.xml")?, &mut |element, _| {
            match element.local_name().as_ref() {
                "workbookPr" => {
                    let since = attribute(element, "date1904");
                    book.since_1904 = matches!(since.as_deref(), Some("1" | "true"));
                }
                "sheet" => {
                    let path = attribute(element, "r:id").and_then(|id| targets.get(&id));
                    let path = path.filter(|p| p.to_lowercase().contains("worksheets/"));
                    if let (Some(name), Some(path)) = (attribute(element, "name"), path) {
                        book.sheets.push((name, path.clone()));
                    }
                }
                _ => {}
            }
            book.sheets.len() < MAX_LIST
        })?;
        if archive.has("xl/styles.xml") {
            book.shows = styles(part("xl/styles.xml")?)?;
        }
        if archive.has("xl/sharedStrings.xml") {
            book.read_strings(part("xl/sharedStrings.xml")?)?;
        }
        Ok(book)
    }

    /// A shared text.
    pub(super) fn string(&self, index: usize) -> Option<&str> {
        let (from, to) = self.strings.get(index)?;
        self.text.get(*from..*to)
    }

    /// What the style of a cell makes of its number.
    pub(super) fn shows(&self, style: usize) -> Shows {
        self.shows.get(style).copied().unwrap_or_default()
    }

    fn read_strings(&mut self, content: Content) -> io::Result<()> {
        let mut xml = Reader::from_reader(content);
        let (mut buffer, mut texts) = (Vec::new(), Texts::default());
        let mut from = 0;
        loop {
            match next(&mut xml, &mut buffer)? {
                Event::Eof => return Ok(()),
                Event::Start(e) if e.local_name().as_ref() == "si" => from = self.text.len(),
                Event::Empty(e) if e.local_name().as_ref() == "si" => {
                    self.strings.push((self.text.len(), self.text.len()));
                }
                Event::End(e) if e.local_name().as_ref() == "si" => {
                    self.strings.push((from, self.text.len()));
                }
                event => texts.see(&event, &mut self.text),
            }
            if self.strings.len() > MOST_STRINGS {
                return Err(damaged(format!(
                    "it has more than {MOST_STRINGS} shared texts"
                )));
            }
        }
    }
}

/// The texts `t` of a string, whose readings for East Asian signs are left out.
#[derive(Default)]
pub(super) struct Texts {
    inside: bool,
    reading: bool,
}

impl Texts {
    pub(super) fn see(&mut self, event: &Event<'_>, to: &mut String) {
        match event {
            Event::Start(e) => match e.local_name().as_ref() {
                "t" => self.inside = !self.reading,
                "rPh" => self.reading = true,
                _ => {}
            },
            Event::End(e) => match e.local_name().as_ref() {
                "t" => self.inside = false,
                "rPh" => self.reading = false,
                _ => {}
            },
            Event::Text(text) if self.inside => to.push_str(&text.xml10_content()),
            Event::CData(text) if self.inside => to.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) if self.inside => resolve(reference, to),
            _ => {}
        }
    }
}

/// Which formats of cells are days or times.
fn styles(content: Content) -> io::Result<Vec<Shows>> {
    let (mut codes, mut shows) = (HashMap::new(), Vec::new());
    each(content, &mut |element, above| {
        let number = |name: &str| attribute(element, name).and_then(|n| n.parse::<u32>().ok());
        match (above, element.local_name().as_ref()) {
            (_, "numFmt") => {
                if let (Some(id), Some(code)) =
                    (number("numFmtId"), attribute(element, "formatCode"))
                {
                    codes.insert(id, Shows::of_code(&code));
                }
            }
            ("cellXfs", "xf") => {
                let id = number("numFmtId").unwrap_or_default();
                let known = codes.get(&id).copied();
                shows.push(known.unwrap_or_else(|| Shows::built_in(id)));
            }
            _ => {}
        }
        shows.len() + codes.len() < MAX_LIST
    })?;
    Ok(shows)
}

/// Shows each element with the name of the one around it, until no more is wanted.
fn each(content: Content, see: &mut dyn FnMut(&BytesStart<'_>, &str) -> bool) -> io::Result<()> {
    let mut xml = Reader::from_reader(content);
    let (mut buffer, mut above) = (Vec::new(), Vec::new());
    loop {
        match next(&mut xml, &mut buffer)? {
            Event::Eof => return Ok(()),
            Event::Start(e) => {
                if !see(&e, above.last().map_or("", String::as_str)) || above.len() > 100 {
                    return Err(damaged(
                        "the workbook has a list that is too long or too deep".to_owned(),
                    ));
                }
                above.push(e.local_name().as_ref().to_owned());
            }
            Event::Empty(e) if !see(&e, above.last().map_or("", String::as_str)) => {
                return Err(damaged(
                    "the workbook has a list that is too long or too deep".to_owned(),
                ));
            }
            Event::End(_) => drop(above.pop()),
            _ => {}
        }
    }
}

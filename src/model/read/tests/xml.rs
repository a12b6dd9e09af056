//! What is no XML, or XML that means harm.

use super::{around, findings, model, process};
use crate::model::{read, read_for_drawing, xml};
use proptest::prelude::*;

fn told(xml: &str) -> String {
    findings(xml).join("\n")
}

#[test]
fn broken_xml_is_told_with_its_place() {
    assert_eq!(told(""), "a.bpmn:1:1: the file has no XML element in it");
    assert_eq!(
        told("<a>\n <b>"),
        "a.bpmn:2:2: <b> is never closed. The file may be cut off"
    );
    assert_eq!(
        told("<a>\n  &bomb;</a>"),
        "a.bpmn:2:3: 'bomb' has a reference that XML does not define. Write the character itself"
    );
    assert_eq!(
        told("<a b='&bomb;'/>"),
        "a.bpmn:1:4: '&bomb;' has a reference that XML does not define. Write the character itself"
    );
    assert_eq!(
        told("<x:a/>"),
        "a.bpmn:1:1: the prefix 'x' is bound to no namespace. Declare xmlns:x"
    );
    assert_eq!(
        told("<a/><b/>"),
        "a.bpmn:1:5: the file has more than one root element"
    );
    assert_eq!(
        told("<a/>text"),
        "a.bpmn:1:5: there is text outside the root element"
    );
    assert!(told("<a></b>").starts_with("a.bpmn:1:4: this is not well-formed XML: "));
    assert!(told("<a b='1' b='2'/>").starts_with("a.bpmn:1:1: this is not well-formed XML: "));
}

#[test]
fn columns_count_characters() {
    let xml = around("<!-- äöü€😀 --><serviceTask id=\"x\"/>");
    assert!(told(&xml).starts_with("a.bpmn:3:15: x: "), "{}", told(&xml));
    let xml = around("<userTask name=\"Prüfen\" camunda:assignee=\"${\" id=\"x\"/>");
    assert!(told(&xml).starts_with("a.bpmn:3:25: x: "), "{}", told(&xml));
}

#[test]
fn nothing_outside_the_file_is_read() {
    for xml in [
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
    ] {
        let expected =
            "a.bpmn:1:1: a document type (DTD) is not allowed. Remove the <!DOCTYPE …> line";
        assert_eq!(told(xml), expected);
    }
}

#[test]
fn size_is_bounded() {
    let deep = "<a>".repeat(xml::MAX_DEPTH + 1);
    assert!(told(&deep).ends_with("elements are nested deeper than 100"));
    let attributes: String = (0..=xml::MAX_ATTRIBUTES)
        .map(|i| format!(" a{i}='1'"))
        .collect();
    assert!(told(&format!("<a{attributes}/>")).ends_with("<a> has more than 100 attributes"));
    let many = format!("<a>{}</a>", "<b/>".repeat(xml::MAX_ELEMENTS));
    assert!(told(&many).ends_with("the file has more than 200000 elements"));
    let large = vec![b' '; xml::MAX_BYTES + 1];
    let problems = read("a.bpmn", &large).unwrap_err();
    assert_eq!(
        problems[0].message,
        "the file is larger than 16 MiB. Split it"
    );
}

#[test]
fn other_encodings_are_refused_and_a_mark_is_skipped() {
    let problems = read("a.bpmn", b"<a>\n\xff</a>").unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        "a.bpmn:2:1: the file is not UTF-8. Save it in that encoding, or say in <?xml … encoding=\"…\"?> which it is in"
    );
    let marked = format!("\u{feff}{}", process("<startEvent id=\"s\"/>"));
    assert_eq!(model(&marked).processes.len(), 1);
}

fn shipped() -> &'static [u8] {
    include_bytes!("../../../../process-models/database-insertion.bpmn")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn truncated_files_are_problems(length in 0..shipped().len() - 20) {
        prop_assert!(read("a.bpmn", &shipped()[..length]).is_err());
    }

    #[test]
    fn mutated_files_never_panic(changes in prop::collection::vec((0..shipped().len(), 0x20_u8..0x7f), 1..8)) {
        let mut bytes = shipped().to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        let _ = read("a.bpmn", &bytes);
        let _ = read_for_drawing("a.bpmn", &bytes);
    }

    #[test]
    fn torn_files_never_panic(from in 0..shipped().len(), length in 0..400_usize) {
        let mut bytes = shipped().to_vec();
        bytes.drain(from..(from + length).min(bytes.len()));
        let _ = read("a.bpmn", &bytes);
        if let Ok(model) = read_for_drawing("a.bpmn", &bytes) {
            for process in &model.processes {
                let _ = crate::model::layout::layout(process, &Default::default(), &Default::default());
            }
        }
    }
}

#[test]
fn a_file_is_read_in_the_encoding_that_it_says() {
    let text = |encoding: &str| {
        format!("<?xml version='1.0' encoding='{encoding}'?>\n<a name='M\u{fc}ller'/>")
    };
    let wide = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text("UTF-16").encode_utf16().flat_map(bytes).collect()
    };
    let narrow = text("ISO-8859-1").chars().map(|c| c as u8).collect();
    let (little, big) = (wide(u16::to_le_bytes), wide(u16::to_be_bytes));
    let marked = [&b"\xff\xfe"[..], &little].concat();
    let bom = [&b"\xef\xbb\xbf"[..], text("utf-8").as_bytes()].concat();
    for bytes in [
        narrow,
        little,
        big,
        marked,
        bom,
        text("nonsense").into_bytes(),
    ] {
        let root = xml::parse(&bytes).unwrap();
        assert_eq!(root.attribute("name").unwrap().value, "M\u{fc}ller");
        assert_eq!(root.position.line, 2);
        assert!(xml::shown(&bytes).contains("M\u{fc}ller"));
    }
    // What is UTF-8 is that, also where its declaration is wrong.
    for label in ["UTF-16", "ISO-8859-1"] {
        let root = xml::parse(text(label).as_bytes()).unwrap();
        assert_eq!(root.attribute("name").unwrap().value, "M\u{fc}ller");
    }
    let half = [&wide(u16::to_le_bytes)[..], b"\x00"].concat();
    let told = xml::parse(&half).unwrap_err();
    assert!(told.message.contains("not UTF-16LE"), "{}", told.message);
}

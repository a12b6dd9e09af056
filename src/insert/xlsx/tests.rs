use super::*;
use crate::insert::frame::{FrameStore, Source};
use crate::insert::{Cancel, types::Field};
use proptest::prelude::*;
use std::io::Write;

/// A zip archive of these parts, every second one deflated.
pub(super) fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let (mut out, mut list) = (Vec::new(), Vec::new());
    let word = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let half = |n: usize| u16::try_from(n).unwrap().to_le_bytes();
    for (i, (name, text)) in parts.iter().enumerate() {
        let deflated = i % 2 == 0;
        let mut data = text.as_bytes().to_vec();
        if deflated {
            let level = flate2::Compression::default();
            let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), level);
            packer.write_all(text.as_bytes()).unwrap();
            data = packer.finish().unwrap();
        }
        let at = out.len();
        let mut shared = Vec::new();
        shared.extend(half(20));
        shared.extend(half(0));
        shared.extend(half(if deflated { 8 } else { 0 }));
        shared.extend([0; 4]);
        let mut sum = flate2::Crc::new();
        sum.update(text.as_bytes());
        shared.extend(sum.sum().to_le_bytes());
        shared.extend(word(data.len()));
        shared.extend(word(text.len()));
        shared.extend(half(name.len()));
        shared.extend(half(0));
        out.extend(b"PK\x03\x04");
        out.extend(&shared);
        out.extend(name.as_bytes());
        out.extend(&data);
        list.extend(b"PK\x01\x02");
        list.extend(half(20));
        list.extend(&shared);
        list.extend([0; 10]);
        list.extend(word(at));
        list.extend(name.as_bytes());
    }
    let at = out.len();
    out.extend(&list);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(half(parts.len()));
    out.extend(half(parts.len()));
    out.extend(word(list.len()));
    out.extend(word(at));
    out.extend(half(0));
    out
}

const RELS: &str = r#"<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Target="/xl/worksheets/sheet2.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<workbook><sheets><sheet name="Orders &amp; more" r:id="r1"/><sheet name="Other" r:id="r2"/></sheets></workbook>"#;
const STYLES: &str = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd hh:mm"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>"#;
const STRINGS: &str = r#"<sst><si><t>id</t></si><si><t xml:space="preserve"> J&#246;rg &amp; </t></si><si><r><t>a</t></r><r><t>b_x000D_c</t></r><rPh><t>no</t></rPh></si></sst>"#;

fn workbook(rows: &str) -> Vec<u8> {
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    archive(&[
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", RELS),
        ("xl/styles.xml", STYLES),
        ("xl/sharedStrings.xml", STRINGS),
        ("xl/worksheets/sheet1.xml", &sheet),
        (
            "xl/worksheets/sheet2.xml",
            r#"<worksheet><sheetData><row><c t="str"><v>x</v></c></row><row><c><v>5</v></c></row></sheetData></worksheet>"#,
        ),
    ])
}

fn open(bytes: &[u8], options: &ReadOptions) -> Result<SheetReader, InsertError> {
    let dir = tempfile::tempdir().unwrap();
    let store = FrameStore::new(dir.path()).unwrap();
    let (name, size) = ("t.xlsx", None);
    let source = Source::Read {
        read: &mut &*bytes,
        name,
        size,
    };
    let captured = store.capture(source, &mut |_, _| {}, &Cancel::new())?;
    let frame = store.open(&captured.hash).unwrap().named(name);
    SheetReader::open(&frame, options)
}

/// Rows with their number and values, or why they are refused.
fn read(bytes: &[u8], options: &ReadOptions) -> Result<(Vec<String>, Vec<String>), InsertError> {
    let mut reader = open(bytes, options)?;
    let mut all = Vec::new();
    loop {
        let said = match reader.advance()? {
            Step::End => return Ok((reader.header.clone(), all)),
            Step::Refused(refusal) => {
                all.push(refusal.to_string());
                continue;
            }
            Step::Record => (0..reader.header.len()).map(|i| match reader.cells.get(i) {
                Field::Text(text) => format!("'{text}'"),
                other => other.to_string(),
            }),
        };
        let said = said.collect::<Vec<_>>().join(" ");
        all.push(format!("{}: {said}", reader.line));
    }
}

fn said(rows: &str) -> String {
    match read(&workbook(rows), &ReadOptions::default()) {
        Err(error) => error.to_string(),
        Ok(got) => panic!("was read: {got:?}"),
    }
}

const HEADER: &str = r#"<row r="2"><c r="B2" t="s"><v>0</v></c><c r="C2" t="str"><v>name</v></c><c r="D2" t="inlineStr"><is><t>day</t></is></c></row>"#;

#[test]
fn cells_are_what_their_types_and_formats_say() {
    let rows = r#"
      <row r="3"><c r="B3"><v>1</v></c><c r="C3" t="s"><v>1</v></c><c r="D3" s="1"><v>46387</v></c></row>
      <row r="4"/>
      <row r="5"><c r="B5"><v>19.989999999999998</v></c><c r="C5" t="s"><v>2</v></c><c r="D5" s="2"><v>46387.5</v></c></row>
      <row r="6"><c r="B6" t="b"><v>1</v></c><c r="C6" t="str"><f>A1</f><v></v></c><c r="D6" t="e"><v>#N/A</v></c></row>
      <row r="7"><c r="B7"><v>1E3</v></c><c r="F7"><v>9</v></c></row>
      <row r="8"><c r="B8" t="n"><v>-0.1</v></c></row>"#;
    let bytes = workbook(&format!("{HEADER}{rows}"));
    let (header, rows) = read(&bytes, &ReadOptions::default()).unwrap();
    assert_eq!(header, ["id", "name", "day"]);
    assert_eq!(rows[0], "3: 1 ' Jörg & ' 2026-12-31");
    assert_eq!(rows[1], "5: 19.99 'ab\rc' 2026-12-31 12:00:00");
    assert!(
        rows[2].starts_with("line 6, day: the cell holds the error #N/A"),
        "{}",
        rows[2]
    );
    assert!(rows[3].contains("a value in column F"), "{}", rows[3]);
    assert_eq!(rows[4], "8: -0.1 NULL NULL");
    let options = ReadOptions {
        null_texts: vec!["#N/A".into()],
        ..Default::default()
    };
    assert_eq!(read(&bytes, &options).unwrap().1[2], "6: true NULL NULL");
}

#[test]
fn a_value_may_stand_in_a_section_of_its_own() {
    let rows = r#"<row r="3"><c r="B3"><v><![CDATA[5]]></v></c><c r="C3" t="inlineStr"><is><t><![CDATA[a<b]]></t></is></c><c r="D3" s="1"><v><![CDATA[46387]]></v></c></row>"#;
    let (_, rows) = read(
        &workbook(&format!("{HEADER}{rows}")),
        &ReadOptions::default(),
    )
    .unwrap();
    assert_eq!(rows, ["3: 5 'a<b' 2026-12-31"]);
}

/// What is bounded is bounded while it is read: each of these would be a gigabyte in the end.
#[test]
fn a_cell_is_bounded_before_it_ends() {
    let piece = "x".repeat(1 << 20);
    let texts = format!("<t>{piece}</t>").repeat(40);
    let said_of = |inside: &str| {
        let rows =
            format!(r#"{HEADER}<row r="3"><c r="B3" t="inlineStr"><is>{inside}</is></c></row>"#);
        said(&rows)
    };
    // Without its end it is refused for its size, not for its end.
    let open = said_of(&texts).replace("16 MiB", "");
    assert!(open.contains("a row has more than"), "{open}");
    let cut = format!(r#"{HEADER}<row r="3"><c r="B3" t="inlineStr"><is>{texts}"#);
    let cut = said(&cut);
    assert!(cut.contains("a row has more than 16 MiB"), "{cut}");
    // Tags in what is no tag.
    let section = format!("<t><![CDATA[{}]]></t>", "<".repeat(40 << 20));
    let section = said_of(&section);
    assert!(section.contains("more than 16 MiB"), "{section}");
    let attribute = format!(r#"<t a="{}">x</t>"#, "<".repeat(40 << 20));
    let attribute = said_of(&attribute);
    assert!(
        attribute.contains("a value of more than 16 MiB"),
        "{attribute}"
    );
}

#[test]
fn a_sheet_is_chosen_by_its_name() {
    let bytes = workbook(HEADER);
    let of = |sheet: &str| {
        let options = ReadOptions {
            sheet: Some(sheet.into()),
            ..Default::default()
        };
        read(&bytes, &options)
    };
    assert_eq!(
        of("other").unwrap(),
        (vec!["x".to_owned()], vec!["2: 5".to_owned()])
    );
    assert_eq!(of("Orders & more").unwrap().0.len(), 3);
    let told = of("missing").unwrap_err().to_string();
    assert!(
        told.contains("has no sheet \"missing\"; it has Orders & more, Other"),
        "{told}"
    );
    let options = ReadOptions {
        header: Some(false),
        ..Default::default()
    };
    let (header, rows) = read(&bytes, &options).unwrap();
    assert_eq!((header[0].as_str(), rows.len()), ("column1", 1));
}

#[test]
fn what_is_no_workbook_says_why() {
    for (rows, reason) in [
        ("", "the sheet is empty"),
        (
            r#"<row><c r="A1"><v>1</v></c><c r="C1"><v>1</v></c></row>"#,
            "the header names \"1\" twice",
        ),
        (
            r#"<row r="9"><c t="s"><v>77</v></c></row>"#,
            "line 9: there is no shared text 77",
        ),
        (
            r#"<row r="9"><c><v>x1</v></c></row>"#,
            "line 9: \"x1\" is no number",
        ),
        (
            r#"<row r="9"><c><v>1</v>"#,
            "line 9: the workbook is damaged",
        ),
    ] {
        let said = said(rows);
        assert!(said.contains(reason), "{rows}: {said}");
    }
    for bytes in [archive(&[("a.txt", "x")]), b"PK\x03\x04 nothing".to_vec()] {
        let told = read(&bytes, &ReadOptions::default())
            .unwrap_err()
            .to_string();
        assert!(
            told.contains("no Excel workbook") || told.contains("damaged"),
            "{told}"
        );
    }
}

#[test]
fn a_bomb_is_refused() {
    let huge = "0".repeat(20 << 20);
    let said = said(&format!(r#"<row><c t="str"><v>{huge}</v></c></row>"#));
    assert!(said.contains("a value of more than 16 MiB"), "{said}");
}

#[test]
fn columns_have_letters() {
    for (n, text) in [(0, "A"), (25, "Z"), (26, "AA"), (702, "AAA")] {
        assert_eq!((letters(n), column(text)), (text.to_owned(), Some(n)));
    }
    assert_eq!(unescaped("a_x000A_b_x_y_xZZZZ_"), "a\nb_x_y_xZZZZ_");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// What is written into a sheet is read back as it was.
    #[test]
    fn cells_come_back_as_they_were_written(
        rows in prop::collection::vec((any::<i32>(), any::<f64>(), "[a-c<>&\"'ü𝄞 ]{1,8}"), 1..8),
    ) {
        let escaped = |text: &str| quick_xml::escape::escape(text).into_owned();
        let mut sheet = HEADER.to_owned();
        for (n, x, text) in &rows {
            let x = if x.is_finite() { *x } else { 0.5 };
            sheet += &format!(
                r#"<row><c r="B1"><v>{n}</v></c><c t="inlineStr"><is><t>{}</t></is></c><c><v>{x:e}</v></c></row>"#,
                escaped(text)
            );
        }
        let mut reader = open(&workbook(&sheet), &ReadOptions::default()).unwrap();
        for (n, x, text) in &rows {
            prop_assert_eq!(reader.is_done().unwrap(), false);
            prop_assert!(matches!(reader.advance(), Ok(Step::Record)));
            let x = if x.is_finite() { *x } else { 0.5 };
            prop_assert_eq!(reader.cells.get(0), Field::Exact(&n.to_string()));
            prop_assert_eq!(reader.cells.get(1), Field::Text(text));
            prop_assert_eq!(reader.cells.get(2).to_string().parse::<f64>(), Ok(x + 0.0));
        }
        prop_assert!(reader.is_done().unwrap());
    }

    /// Whatever is damaged, reading ends without a panic.
    #[test]
    fn damage_does_not_make_it_panic(at in 0usize..2000, byte in any::<u8>()) {
        let mut bytes = workbook(HEADER);
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = read(&bytes, &ReadOptions::default());
    }
}

#[test]
fn a_part_whose_checksum_is_another_is_damaged() {
    let mut bytes = workbook(
        r#"<row r="1"><c t="inlineStr"><is><t>id</t></is></c></row><row r="2"><c><v>1</v></c></row>"#,
    );
    let name = b"xl/worksheets/sheet1.xml";
    let at = memchr::memmem::rfind(&bytes, name).unwrap();
    // Its checksum stands 30 bytes before its name in the list.
    bytes[at - 30] ^= 1;
    let dir = tempfile::tempdir().unwrap();
    let store = FrameStore::new(dir.path()).unwrap();
    let source = Source::Read {
        read: &mut &bytes[..],
        name: "rows",
        size: None,
    };
    let captured = store
        .capture(source, &mut |_, _| {}, &Cancel::new())
        .unwrap();
    let frame = store.open(&captured.hash).unwrap();
    let mut sheet = SheetReader::open(&frame, &ReadOptions::default()).unwrap();
    assert!(matches!(sheet.advance(), Ok(Step::Record)));
    let error = sheet.advance().err().unwrap().to_string();
    assert!(error.contains("damaged"), "{error}");
}

#[test]
fn rows_above_the_table_are_found() {
    let row = |at: usize, cells: &[&str]| {
        let cells = cells.iter().zip(["A", "B", "C"]);
        let cells: Vec<String> = cells
            .filter(|(text, _)| !text.is_empty())
            .map(|(text, column)| {
                format!(r#"<c r="{column}{at}" t="inlineStr"><is><t>{text}</t></is></c>"#)
            })
            .collect();
        format!(r#"<row r="{at}">{}</row>"#, cells.concat())
    };
    let above = |rows: &[String]| {
        let reader = open(&workbook(&rows.concat()), &ReadOptions::default()).unwrap();
        (reader.format.preamble, reader.header.len())
    };
    let table = [
        row(4, &["id", "name", "note"]),
        row(5, &["1", "ana", ""]),
        row(6, &["2", "ben", "x"]),
        row(7, &["", "total", ""]),
    ];
    let title = [row(1, &["Orders"]), row(2, &["by", "ana"])];
    assert_eq!(above(&[&title[..], &table].concat()), (3, 1));
    assert_eq!(above(&[&title[..1], &table].concat()), (3, 1));
    assert_eq!(above(&table), (0, 3));
    // One column, and a header that lacks a name.
    assert_eq!(above(&[row(1, &["id"]), row(2, &["1"])]).0, 0);
    assert_eq!(above(&[row(1, &["name"]), row(2, &["1", "ana"])]).0, 0);
}

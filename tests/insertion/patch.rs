//! Rows that were fixed: the same in each format, by the number of the row and its column.

use super::*;
use crewdesk::insert::{Fixed, Patch, raw_rows};
use parquet::data_type::{ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::collections::BTreeMap;
use std::sync::Arc;

const TABLE: &str = "CREATE TABLE t(id INTEGER PRIMARY KEY, v VARCHAR(3))";

/// The second value is too long for its column, the third id is there already.
const ROWS: [(i64, &str); 4] = [(1, "a"), (2, "too long"), (1, "c"), (4, "d")];

fn text(row: impl Fn(i64, &str) -> String) -> String {
    ROWS.iter().map(|(id, v)| row(*id, v)).collect()
}

fn workbook() -> Vec<u8> {
    let cell = |text: &str| format!(r#"<c t="str"><v>{text}</v></c>"#);
    let head = format!("<row>{}{}</row>", cell("id"), cell("v"));
    let rows = text(|id, v| format!("<row><c><v>{id}</v></c>{}</row>", cell(v)));
    let sheet = format!("<worksheet><sheetData>{head}{rows}</sheetData></worksheet>");
    let of = |name, text: &str| (name, text.to_owned());
    crate::archive::archive(&[
        of(
            "xl/workbook.xml",
            r#"<workbook><sheets><sheet name="S" r:id="r1"/></sheets></workbook>"#,
        ),
        of(
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>"#,
        ),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}

fn parquet() -> Vec<u8> {
    let schema = "message schema { required int64 id; required binary v (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut out = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut out, schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let ids = ROWS.map(|(id, _)| id);
    let long = column.typed::<Int64Type>();
    long.write_batch(&ids, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let values = ROWS.map(|(_, v)| v.into());
    let bytes = column.typed::<ByteArrayType>();
    bytes.write_batch(&values, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    out
}

impl House {
    fn of(&self, bytes: &[u8], name: &str) -> Insertion {
        let source = Source::Read {
            read: &mut &*bytes,
            name: "rows",
            size: None,
        };
        let captured = self.store.capture(source, &mut |_, _| {}, &Cancel::new());
        let frame = self.store.open(&captured.unwrap().hash).unwrap();
        Insertion::new(ConnectionUrl::Sqlite(self.path()), "t", frame.named(name))
    }

    /// The insertion with these rows fixed.
    fn fixed(&self, mut insertion: Insertion, rows: &[Fixed]) -> Insertion {
        let (frame, options) = (&insertion.frame, &insertion.read);
        let patch = Patch::default().fixed(frame, options, rows, &Cancel::new());
        let patch = Patch {
            frame: frame.hash.clone(),
            ..patch.unwrap()
        };
        let kept = self.capture(&patch.to_text().unwrap()).hash;
        let patch = Patch::open(&self.store, &kept).unwrap();
        insertion.frame = insertion.frame.patched(patch, &kept).unwrap();
        insertion
    }
}

fn to(record: u64, v: &str) -> Fixed {
    Fixed {
        record,
        dropped: false,
        cells: BTreeMap::from([("v".to_owned(), Some(v.to_owned()))]),
    }
}

fn without(record: u64) -> Fixed {
    Fixed {
        record,
        dropped: true,
        cells: BTreeMap::new(),
    }
}

#[test]
fn rows_are_fixed_in_each_format_alike() {
    let csv = format!("id,v\n{}", text(|id, v| format!("{id},{v}\n")));
    let tabs = format!("id\tv\n{}", text(|id, v| format!("{id}\t{v}\n")));
    let lines = text(|id, v| format!("{{\"id\": {id}, \"v\": \"{v}\"}}\n"));
    let array = format!("[{}]", lines.trim_end().replace('\n', ",\n"));
    for (name, bytes) in [
        ("CSV", csv.into_bytes()),
        ("CSV, separator tab", tabs.into_bytes()),
        ("JSON lines", lines.into_bytes()),
        ("JSON", array.into_bytes()),
        ("Excel, sheet S", workbook()),
        ("Parquet", parquet()),
    ] {
        let house = House::new(TABLE);
        let insertion = house.of(&bytes, name);
        let before = job(&insertion, "before").unwrap();
        assert!(!before.committed);
        let refused: Vec<_> = before.refusals.iter().map(|r| (r.record, r.line)).collect();
        assert_eq!(refused.len(), 2, "{name}: {refused:?}");
        let raw = raw_rows(
            &insertion.frame,
            &insertion.read,
            &[2, 3],
            999,
            &Cancel::new(),
        )
        .unwrap();
        let raw: Vec<_> = raw.rows.iter().map(|r| (Some(r.record), r.line)).collect();
        assert_eq!(raw, refused, "{name}");

        let half = house.fixed(insertion.clone(), &[to(2, "b")]);
        let report = job(&half, "half").unwrap();
        let still: Vec<_> = report.refusals.iter().map(|r| (r.record, r.line)).collect();
        assert_eq!(still, refused[1..], "{name}: lines stay what they are");

        let whole = house.fixed(insertion.clone(), &[to(2, "b"), without(3)]);
        assert_ne!(whole.frame.hash, insertion.frame.hash);
        let report = job(&whole, "whole").unwrap();
        assert!(report.committed, "{name}: {:?}", report.refusals);
        assert_eq!(report.format, name);
        assert_eq!(report.facts.rows_read, 3);
        assert_eq!(
            house.rows("SELECT * FROM t ORDER BY id"),
            ["1 'a'", "2 'b'", "4 'd'"],
            "{name}"
        );
        let kept = house.rows("SELECT frame FROM crewdesk_ledger");
        assert_eq!(kept, [format!("'{}'", whole.frame.hash)], "{name}");
        let again = house.rows("SELECT count(*) FROM t");
        assert!(job(&whole, "whole").unwrap().replayed, "{name}");
        assert_eq!(house.rows("SELECT count(*) FROM t"), again);
    }
}

#[test]
fn a_query_is_over_the_rows_as_they_were_fixed() {
    let house = House::new(TABLE);
    let mut insertion = house.fixed(
        house.insertion("t", "id,v\n1,a\n2,too long\n3,c\n"),
        &[to(2, "b"), without(3)],
    );
    insertion.query = Some("SELECT id + 10 AS id, v FROM frame".into());
    assert!(job(&insertion, "q").unwrap().committed);
    assert_eq!(house.rows("SELECT * FROM t"), ["11 'a'", "12 'b'"]);
}

#[test]
fn a_preview_looks_at_fixed_rows_wherever_they_are() {
    let house = House::new(TABLE);
    let rows: String = (1..=500).map(|id| format!("{id},too long\n")).collect();
    let insertion = house.insertion("t", &format!("id,v\n{rows}"));
    let seen = |insertion: &Insertion| {
        let found = preview(insertion, 10, &Cancel::new()).unwrap();
        (found.rows_read, found.rows_refused, found.complete)
    };
    assert_eq!(seen(&insertion), (10, 10, false));
    let fixed = house.fixed(insertion, &[to(5, "e"), to(400, "ok"), to(450, "not ok")]);
    assert_eq!(seen(&fixed), (12, 10, false));
}

#[test]
fn rows_above_the_header_of_a_sheet_are_passed_over() {
    let house = House::new(TABLE);
    let book = workbook();
    let mut insertion = house.of(&book, "book.xlsx");
    // The header of the workbook is its first row: what follows it is the header then.
    insertion.read.skip_lines = 1;
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    let names: Vec<&str> = seen.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!((names, seen.rows_read), (vec!["1", "a"], 3));
    insertion.read.header = Some(false);
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    assert_eq!((seen.rows_read, seen.rows[0].line), (4, Some(2)));
    insertion.read.skip_lines = 5;
    assert!(preview(&insertion, 100, &Cancel::new()).is_err());
}

#[test]
fn rows_that_were_fixed_are_of_a_file_read_with_the_same_lines_skipped() {
    let house = House::new(TABLE);
    let text = "above\nid,v\n1,a\n2,too long\n";
    let mut insertion = house.of(text.as_bytes(), "rows.csv");
    insertion.read.skip_lines = 1;
    let fixed = house.fixed(insertion, &[to(2, "b")]);
    let told = Insertion {
        read: Default::default(),
        ..fixed.clone()
    };
    assert!(
        job(&told, "other")
            .unwrap_err()
            .to_string()
            .contains("read otherwise")
    );
    assert!(job(&fixed, "same").unwrap().committed);
    assert_eq!(house.rows("SELECT v FROM t"), ["'a'", "'b'"]);
}

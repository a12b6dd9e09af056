//! Frames that are no plain CSV: what is found out about them, and what goes in.

use super::*;
use crewdesk::insert::Kind;
use std::io::Write;

const TABLE: &str =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, name VARCHAR(10), amount DECIMAL(10,2), paid BOOLEAN)";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

impl House {
    /// An insertion of a file of these bytes.
    fn of_bytes(&self, bytes: &[u8]) -> Result<Insertion, InsertError> {
        let source = Source::Read {
            read: &mut &*bytes,
            name: "rows",
            size: None,
        };
        let captured = self.store.capture(source, &mut |_, _| {}, &Cancel::new())?;
        let frame = self.store.open(&captured.hash)?.named("rows");
        Ok(Insertion::new(
            ConnectionUrl::Sqlite(self.path()),
            "t",
            frame,
        ))
    }

    /// The format that a preview shows, and the rows that go in.
    fn inserted(&self, bytes: &[u8]) -> (String, Vec<String>) {
        let mut insertion = self.of_bytes(bytes).unwrap();
        insertion.mode = Mode::Replace;
        let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
        assert_eq!((seen.rows_refused, seen.mismatch), (0, None));
        assert!(seen.complete);
        let report = job(&insertion, &format!("{:?}", bytes.len())).unwrap();
        assert!(report.committed, "{:?}", report.refusals);
        assert_eq!(report.format, seen.format.to_string());
        assert_eq!(report.facts.source_checksum, report.facts.target_checksum);
        (report.format, self.rows("SELECT * FROM t ORDER BY id"))
    }

    fn error(&self, bytes: &[u8]) -> String {
        let told = self
            .of_bytes(bytes)
            .and_then(|insertion| job(&insertion, "k"));
        told.expect_err("was inserted").to_string()
    }
}

const CSV: &str = "id,name,amount,paid\n1,Jörg,19.90,yes\n2,,-0.05,false\n";
const LINES: &str = "{\"id\": 1, \"name\": \"Jörg\", \"amount\": 19.90, \"paid\": true}\n{\"id\": 2.0, \"paid\": false, \"amount\": -5e-2}\n";
const ARRAY: &str = "[{\"id\": 1, \"name\": \"Jörg\", \"amount\": \"19.90\", \"paid\": 1},\n {\"id\": 2, \"amount\": -0.05, \"name\": null, \"paid\": \"no\"}]";

#[test]
fn the_same_rows_come_from_each_format() {
    let house = House::new(TABLE);
    let wide: Vec<u8> = CSV.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe", wide.as_slice()].concat();
    let latin: Vec<u8> = CSV.chars().map(|c| c as u8).collect();
    let quoted = "id;name;amount;paid\r\n'1';'Jörg';19.90;1\r\n'2';;'-0.05';0\r\n";
    for (bytes, format) in [
        (CSV.into(), "CSV"),
        (gzip(CSV.as_bytes()), "CSV, gzip"),
        (zstd(CSV.as_bytes()), "CSV, zstd"),
        (wide, "CSV, UTF-16LE"),
        (gzip(&marked), "CSV, UTF-16LE, gzip"),
        (latin, "CSV, windows-1252 as line 2 is no UTF-8, \"Jörg\""),
        (quoted.into(), "CSV, separator ;, quote '"),
        (LINES.into(), "JSON lines"),
        (zstd(LINES.as_bytes()), "JSON lines, zstd"),
        (ARRAY.into(), "JSON"),
        (gzip(ARRAY.as_bytes()), "JSON, gzip"),
    ] {
        let (found, rows) = house.inserted(&bytes);
        assert_eq!(found, format);
        assert_eq!(rows, ["1 'Jörg' 19.9 1", "2 NULL -0.05 0"], "{format}");
    }
}

#[test]
fn refusals_name_the_line_of_the_text_that_was_packed() {
    let house = House::new(TABLE);
    let mut csv = String::from("id,name\n");
    let mut lines = String::new();
    for id in 0..30_000 {
        csv += &format!("{id},\"a\nb\"\n");
        lines += &format!("{{\"id\": {id}}}\n");
    }
    csv += "x,last\n";
    lines += "{\"id\": \"x\"}\n";
    for (bytes, line) in [
        (gzip(csv.as_bytes()), 60_002),
        (zstd(lines.as_bytes()), 30_001),
    ] {
        let report = job(&house.of_bytes(&bytes).unwrap(), "k").unwrap();
        assert!(!report.committed);
        let refusal = &report.refusals[0];
        assert_eq!((refusal.line, refusal.record), (Some(line), Some(30_001)));
        assert_eq!(refusal.column.as_deref(), Some("id"));
    }
    assert_eq!(house.rows("SELECT count(*) FROM t"), ["0"]);
}

#[test]
fn progress_goes_by_what_is_packed() {
    let house = House::new(TABLE);
    let rows: String = (0..50_000)
        .map(|id| format!("{id},{}\n", id * 7919 % 10_007))
        .collect();
    let packed = gzip(format!("id,name\n{rows}").as_bytes());
    let insertion = house.of_bytes(&packed).unwrap();
    let mut seen = Vec::new();
    let mut hear = |p: crewdesk::insert::Progress| seen.push((p.bytes, p.total_bytes));
    run(
        &insertion,
        &entry("k"),
        &mut strict,
        &mut hear,
        &Cancel::new(),
    )
    .unwrap();
    let total = packed.len() as u64;
    assert!(
        seen.iter()
            .all(|(bytes, of)| *bytes <= total && *of == total)
    );
    assert!(
        seen.iter().any(|(bytes, _)| *bytes > 0 && *bytes < total),
        "{seen:?}"
    );
}

#[test]
fn columns_without_names_go_by_their_place() {
    let house = House::new(TABLE);
    let mut insertion = house.of_bytes(b"1,ana,2.50,yes\n2,ben,,no\n").unwrap();
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    assert!(seen.header_is_data && seen.mismatch.is_some());
    insertion.read.header = Some(false);
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    assert_eq!((seen.rows_read, seen.rows[0].line), (2, Some(1)));
    assert_eq!(seen.columns[1].name, "name");
    assert!(!seen.header_is_data);
    assert!(job(&insertion, "k").unwrap().committed);
    assert_eq!(
        house.rows("SELECT * FROM t"),
        ["1 'ana' 2.5 1", "2 'ben' NULL 0"]
    );
    let mut insertion = house.of_bytes(b"3,c,1,1,5\n").unwrap();
    insertion.read.header = Some(false);
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    assert!(seen.mismatch.unwrap().contains("column5"));
    insertion.query = Some("SELECT column5 AS id, column2 AS name FROM frame".into());
    assert!(job(&insertion, "q").unwrap().committed);
    assert_eq!(house.rows("SELECT name FROM t WHERE id = 5"), ["'c'"]);
}

#[test]
fn a_query_reads_json_with_its_types_and_digits() {
    let house = House::new("CREATE TABLE t(id INTEGER, name TEXT)");
    let lines = "{\"id\": 7, \"n\": 1234567890.12345678901, \"in\": {\"a\": [1, 2]}}\n{\"id\": 8, \"n\": 0.10}\n";
    let mut insertion = house.of_bytes(lines.as_bytes()).unwrap();
    insertion.query = Some(
        "SELECT id + 1 AS id, n || coalesce(\"in\" ->> '$.a[1]', '') AS name FROM frame".into(),
    );
    assert!(job(&insertion, "q").unwrap().committed);
    assert_eq!(
        house.rows("SELECT * FROM t"),
        ["8 '1234567890.123456789012'", "9 '0.10'"]
    );
}

#[test]
fn what_is_told_goes_before_what_is_found() {
    let house = House::new(TABLE);
    let mut insertion = house.of_bytes(b"id,name\n1,J\xc3\xb6rg\n").unwrap();
    insertion.read.encoding = Some("latin1".parse().unwrap());
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    assert_eq!(seen.format.kind, Kind::Csv);
    assert_eq!(seen.rows[0].values[1].as_deref(), Some("JÃ¶rg"));
    insertion.read.encoding = Some("UTF-16".parse().unwrap());
    assert!(preview(&insertion, 100, &Cancel::new()).is_err());
    let mut insertion = house.of_bytes(b"id,name\n1,a \"b\n").unwrap();
    insertion.read.quote = Some(0);
    assert!(job(&insertion, "quote").unwrap().committed);
    assert_eq!(house.rows("SELECT name FROM t"), ["'a \"b'"]);
}

#[test]
fn what_can_not_be_read_says_what_it_is() {
    let house = House::new(TABLE);
    let packed = gzip(CSV.as_bytes());
    for (bytes, reason) in [
        (
            packed[..packed.len() - 12].to_vec(),
            "the gzip data ends in the middle",
        ),
        (gzip(&packed), "packed twice"),
        (
            b"BZh91AY&SY\0\0".to_vec(),
            "packed with bzip2, which is not read",
        ),
        (
            b"{\n  \"id\": 1\n}\n".to_vec(),
            "an object that goes on in the next line",
        ),
        (b"[{\"id\": 1},".to_vec(), "the array ends in the middle"),
        (gzip(b""), "is empty"),
    ] {
        let said = house.error(&bytes);
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn a_folder_or_a_pattern_is_one_frame() {
    let house = House::new(TABLE);
    let folder = house.dir.path().join("orders");
    std::fs::create_dir(&folder).unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    write("b.csv.gz", &gzip(b"id,name\n3,c\n"));
    write("a.csv", b"id,name\n1,a\n2,b\n");
    write("c.csv", b"id,name\n4,d");
    write("_SUCCESS", b"");
    write(".hidden", b"x");
    let capture = |path: &std::path::Path| {
        let captured = house
            .store
            .capture(Source::Path(path), &mut |_, _| {}, &Cancel::new())?;
        Ok::<_, InsertError>((house.store.open(&captured.hash)?, captured))
    };
    let (frame, captured) = capture(&folder).unwrap();
    assert_eq!(captured.name, "orders, 3 files");
    assert_eq!(capture(&folder.join("*.c*")).unwrap().1.hash, captured.hash);
    let of =
        |frame: &Frame| Insertion::new(ConnectionUrl::Sqlite(house.path()), "t", frame.clone());
    let report = job(&of(&frame), "folder").unwrap();
    assert_eq!(report.format, "CSV, 3 files");
    assert_eq!((report.committed, report.facts.rows_read), (true, 4));
    assert_eq!(
        house.rows("SELECT name FROM t"),
        ["'a'", "'b'", "'c'", "'d'"]
    );

    // What is refused names its file, by the check and by the target, captured and not.
    write("c.csv", b"id,name\n5,e\nx,f\n2,g\n");
    let looked = house.store.look(Source::Path(&folder)).unwrap();
    for frame in [&capture(&folder).unwrap().0, &looked] {
        let mut insertion = of(frame);
        insertion.mode = Mode::Replace;
        let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
        assert_eq!(
            (seen.rows_read, seen.rows_refused, seen.complete),
            (6, 2, true)
        );
        let report = job(&insertion, "bad").unwrap();
        let said: Vec<_> = report
            .refusals
            .iter()
            .map(|r| (r.file.as_deref().unwrap().to_owned(), r.line))
            .collect();
        assert!(said[0].0.ends_with("c.csv") && said.len() == 2, "{said:?}");
        assert_eq!((said[0].1, said[1].1), (Some(3), Some(4)));
    }

    write("d.csv", b"id,other\n1,a\n");
    let error = job(&of(&capture(&folder).unwrap().0), "k")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("d.csv: has other columns than c.csv: id, other instead of id, name"),
        "{error}"
    );
    write("d.csv", b"{\"id\": 1, \"name\": \"x\"}\n");
    let error = job(&of(&capture(&folder).unwrap().0), "k")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("d.csv: is JSON lines, but c.csv is CSV"),
        "{error}"
    );
    let error = capture(&folder.join("*.xml")).unwrap_err().to_string();
    assert!(error.contains("without a file"), "{error}");
    // One file of a folder is that file.
    let (_, alone) = capture(&folder.join("a.*")).unwrap();
    assert_eq!(alone.name, "a.csv");
}

#[test]
fn lines_above_the_header_are_passed_over() {
    let house = House::new(TABLE);
    let text =
        "Orders, all of them\n\"by\nana\"\n\nid;name;amount\n1;ana;2.50\nx;ben;3.00\n3;cem;1\n";
    let mut insertion = house.of_bytes(text.as_bytes()).unwrap();
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    assert_eq!((seen.skip_lines, seen.header_is_data), (Some(4), false));
    assert!(seen.mismatch.is_some() && seen.suggested.is_empty());
    let told = job(&insertion, "k").unwrap_err().to_string();
    let says = "the first 4 lines seem to stand above the header; say so under skip lines: 4";
    assert!(told.ends_with(says), "{told}");
    let before = insertion.content(1 << 20);

    insertion.read.skip_lines = 4;
    assert_ne!(
        insertion.content(1 << 20),
        before,
        "other rows are another content"
    );
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    assert_eq!((seen.skip_lines, seen.mismatch), (None, None));
    let report = job(&insertion, "k").unwrap();
    let places: Vec<_> = report.refusals.iter().map(|r| (r.line, r.record)).collect();
    assert_eq!(
        places,
        [(Some(7), Some(2))],
        "lines of the file, all of them"
    );
    assert_eq!(report.format, "CSV, separator ;, 4 lines skipped");
    let good = text.replace("x;ben", "2;ben");
    let cases = [
        (
            good.clone().into_bytes(),
            "CSV, separator ;, 4 lines skipped",
        ),
        (
            good.replace('\n', "\r").into_bytes(),
            "CSV, separator ;, 4 lines skipped",
        ),
        (
            gzip(good.as_bytes()),
            "CSV, separator ;, 4 lines skipped, gzip",
        ),
        (
            good.replacen("Orders", "[\"Orders\"", 1).into_bytes(),
            "CSV, separator ;, 4 lines skipped",
        ),
    ];
    for (at, (bytes, format)) in cases.into_iter().enumerate() {
        let mut insertion = house.of_bytes(&bytes).unwrap();
        insertion.mode = Mode::Replace;
        insertion.read.skip_lines = 4;
        let report = job(&insertion, &at.to_string()).unwrap();
        assert!(report.committed, "{:?}", report.refusals);
        assert_eq!(report.format, format);
        assert_eq!(
            house.rows("SELECT id, amount FROM t"),
            ["1 2.5", "2 3", "3 1"]
        );
    }
    // More than are there, and far more than are read at once.
    insertion.read.skip_lines = 100;
    let told = job(&insertion, "more").unwrap_err().to_string();
    assert!(told.contains("has no header"), "{told}");
    let long = format!("{}{good}", "text above\n".repeat(100_000));
    let mut insertion = house.of_bytes(long.as_bytes()).unwrap();
    insertion.mode = Mode::Replace;
    insertion.read.skip_lines = 100_004;
    assert!(job(&insertion, "long").unwrap().committed);
}

#[test]
fn a_header_that_is_none_tells_of_the_lines_above() {
    let house = House::new(TABLE);
    let text = "Orders,\nid,name,amount,paid\n1,ana,2,yes\n2,ben,3,no\n";
    let told = house.error(text.as_bytes());
    assert!(told.contains("say so under skip lines: 1"), "{told}");
}

#[test]
fn backslashes_of_text_exports_are_read() {
    let house = House::new("CREATE TABLE t(id INTEGER, note TEXT, other TEXT)");
    let inserted = |text: &str, header, key: &str| {
        let mut insertion = house.of_bytes(text.as_bytes()).unwrap();
        let plain = insertion.content(1 << 20);
        (insertion.read.escapes, insertion.read.header) = (true, header);
        assert_ne!(
            insertion.content(1 << 20),
            plain,
            "other rows are another content"
        );
        insertion.mode = Mode::Replace;
        job(&insertion, key).unwrap()
    };
    // As COPY writes it, and as mysqldump does: with line breaks and tabs behind a backslash.
    let text = "1\ta\\tb\t\n2\tl1\\nl2\tC:\\\\temp\n3\t\\N\t\"x\n4\tone\\\ntwo\t\\\ttab\n5\tü\\ü\t\\\\N\n\\.\n";
    let report = inserted(text, Some(false), "good");
    assert_eq!(
        report.format,
        "CSV, separator tab, quote none, escape \\, no header"
    );
    assert_eq!(
        house.rows("SELECT * FROM t ORDER BY id"),
        [
            "1 'a\tb' ''",
            "2 'l1\nl2' 'C:\\temp'",
            "3 NULL '\"x'",
            "4 'one\ntwo' '\ttab'",
            "5 'üü' '\\N'",
        ]
    );
    let report = inserted(&text.replace("5\t", "x\t"), Some(false), "bad");
    assert_eq!(
        (report.refusals[0].line, report.refusals[0].record),
        (Some(6), Some(5))
    );
    // As Spark writes it: quotes with backslashes in them.
    let text = "id,note,other\r\n1,\"a\\\"b\",\r\n2,\"two\r\nlines, \"\"\",\\N\r\nx,y,z\r\n";
    let report = inserted(text, None, "lines");
    assert_eq!(
        (report.refusals[0].line, report.refusals.len()),
        (Some(5), 1)
    );
    inserted(&text.replace("x,y,z\r\n", ""), None, "spark");
    assert_eq!(
        house.rows("SELECT * FROM t ORDER BY id"),
        ["1 'a\"b' NULL", "2 'two\r\nlines, \"' NULL"]
    );
    for (text, says) in [
        ("id,note\n1,a\\0b\n", "a NUL"),
        ("id,note\n1,\"a\\\"\n", "line 2: a quote is opened here"),
    ] {
        let mut insertion = house.of_bytes(text.as_bytes()).unwrap();
        insertion.read.escapes = true;
        let told = job(&insertion, "wrong").unwrap_err().to_string();
        assert!(told.contains(says), "{told}");
    }
    let report = inserted("id,note\n1,\"a\"b\nx,c\n", None, "stray");
    let told: Vec<String> = report.refusals.iter().map(ToString::to_string).collect();
    let says = "line 2: text after the closing quote of field 2";
    assert!(told[0].contains(says) && told.len() == 2, "{told:?}");
}

#[test]
fn the_separator_that_the_first_line_names_is_taken() {
    let house = House::new(TABLE);
    let (_, rows) = house.inserted(b"SEP=|\r\nid|name\r\n1|a,b;c\r\n");
    assert_eq!(rows, ["1 'a,b;c' NULL NULL"]);
    let insertion = house.of_bytes(b"sep=;\nid;name\nx;a\n").unwrap();
    assert_eq!(job(&insertion, "k").unwrap().refusals[0].line, Some(3));
}

#[test]
fn columns_without_a_name_may_be_left_out() {
    let house = House::new(TABLE);
    let mut insertion = house.of_bytes(b",id,name\n0,1,a\n1,2,b\n").unwrap();
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    assert!(seen.mismatch.unwrap().contains("no column \"column1\""));
    insertion.columns = "- column1".parse().unwrap();
    assert!(job(&insertion, "k").unwrap().committed);
    assert_eq!(house.rows("SELECT id, name FROM t"), ["1 'a'", "2 'b'"]);
}

#[test]
fn numbers_with_an_exponent_and_first_moments_of_days_go_in() {
    let house = House::new("CREATE TABLE t(id INTEGER, n DECIMAL(10,5), d DATE)");
    let text = "id,n,d\n1,1e-05,2025-04-03 00:00:00\n2,-1.5E+3,2025-04-03T00:00\n3,1e-06,2025-04-03 10:00:00\n4,1,2025-02-30 00:00:00\n";
    let insertion = house.of_bytes(text.as_bytes()).unwrap();
    let report = job(&insertion, "k").unwrap();
    let told: Vec<String> = report.refusals.iter().map(ToString::to_string).collect();
    assert!(
        told[0].contains("line 4, n: ") && told[0].contains("6 digits after the point"),
        "{told:?}"
    );
    assert!(
        told[1].contains("line 4, d: ") && told[2].contains("line 5, d: "),
        "{told:?}"
    );
    assert_eq!(told.len(), 3, "{told:?}");
    let good: Vec<&str> = text.lines().take(3).collect();
    assert!(
        job(&house.of_bytes(good.join("\n").as_bytes()).unwrap(), "j")
            .unwrap()
            .committed
    );
    assert_eq!(
        house.rows("SELECT * FROM t"),
        ["1 1e-5 '2025-04-03'", "2 -1500 '2025-04-03'"]
    );
}

#[test]
fn a_sheet_with_a_title_alone_names_the_others() {
    let house = House::new(TABLE);
    let of = |name, text: &str| (name, text.to_owned());
    let sheet = |rows: &str| format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let cell = |text: &str| format!(r#"<c t="str"><v>{text}</v></c>"#);
    let book = crate::archive::archive(&[
        of(
            "xl/workbook.xml",
            r#"<workbook><sheets><sheet name="Cover" r:id="r1"/><sheet name="Data" r:id="r2"/></sheets></workbook>"#,
        ),
        of(
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Target="worksheets/sheet2.xml"/></Relationships>"#,
        ),
        (
            "xl/worksheets/sheet1.xml",
            sheet(&format!("<row>{}</row>", cell("id"))),
        ),
        (
            "xl/worksheets/sheet2.xml",
            sheet(&format!(
                "<row>{}</row><row>{}</row>",
                cell("id"),
                cell("1")
            )),
        ),
    ]);
    let told = house.error(&book);
    assert!(
        told.ends_with(
            "has no row on the sheet Cover; say under sheet which of the others is meant: Data"
        ),
        "{told}"
    );
    let mut insertion = house.of_bytes(&book).unwrap();
    insertion.read.sheet = Some("Data".into());
    assert!(job(&insertion, "k").unwrap().committed);
}

#[test]
fn a_table_for_floats_of_json_keeps_numbers() {
    let house = House::new("");
    let text = "{\"id\":1,\"x\":0.30000000000000004}\n{\"id\":2,\"x\":12.5}\n";
    let mut insertion = house.insertion("made", text);
    insertion.mode = Mode::Create;
    let report = job(&insertion, "k").unwrap();
    assert!(report.committed, "{:?}", report.verdict);
    let found = house.rows("SELECT x, typeof(x) FROM made ORDER BY id");
    assert_eq!(found, ["0.30000000000000004 'real'", "12.5 'real'"]);
}

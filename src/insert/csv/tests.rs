use super::*;
use crate::insert::records::{CHUNK, MAX_RECORD};
use proptest::prelude::*;

/// Hands out a few bytes at a time, to cut everything that can be cut.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let n = self.1.min(self.0.len()).min(to.len());
        to[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

/// A record as it was read: its line, and its fields or why it was refused.
type Got = (u64, Result<Vec<Option<String>>, String>);

fn read(text: impl AsRef<[u8]>) -> Result<(Vec<String>, Vec<Got>), InsertError> {
    read_with(text, &ReadOptions::default())
}

fn read_with(
    text: impl AsRef<[u8]>,
    options: &ReadOptions,
) -> Result<(Vec<String>, Vec<Got>), InsertError> {
    let mut reader = CsvReader::new(Drip(text.as_ref(), 7), "t.csv", options)?;
    let mut all = Vec::new();
    loop {
        match reader.next()? {
            Step::End => return Ok((reader.header.to_vec(), all)),
            Step::Refused(refusal) => {
                assert_eq!(refusal.record, Some(reader.record));
                all.push((refusal.line.unwrap(), Err(refusal.reason)));
            }
            Step::Record => {
                let fields = 0..reader.header.len();
                let fields = fields
                    .map(|i| reader.values().get(i).map(str::to_owned))
                    .collect();
                all.push((reader.line, Ok(fields)));
            }
        }
    }
}

fn row(line: u64, fields: &[Option<&str>]) -> Got {
    (
        line,
        Ok(fields.iter().map(|f| f.map(str::to_owned)).collect()),
    )
}

/// The error's line and text.
fn broken(text: impl AsRef<[u8]>) -> (Option<u64>, String) {
    match read(text) {
        Err(InsertError::Malformed { line, reason, .. }) => (Some(line), reason),
        Err(other) => (None, other.to_string()),
        Ok(got) => panic!("was read: {got:?}"),
    }
}

#[test]
fn unquoted_empty_is_null_and_quoted_empty_is_text() {
    let (header, rows) = read("a,b,c\n,\"\",x\n\"\",,\n").unwrap();
    assert_eq!(header, ["a", "b", "c"]);
    assert_eq!(
        rows,
        [
            row(2, &[None, Some(""), Some("x")]),
            row(3, &[Some(""), None, None])
        ]
    );
}

/// Behind a quoted line end nobody knows whether the next line is a record.
#[test]
fn a_quote_in_an_unquoted_field_behind_a_quoted_line_end_ends_the_reading() {
    let (line, reason) = broken("a,b\n\"x\n1,2\ny\",z\"q\n3,4\n");
    assert!(
        reason.contains("a quote inside the unquoted field 2"),
        "{reason}"
    );
    assert_eq!(line, Some(2));
    // On a line of its own it is one record.
    let (_, rows) = read("a,b\n1,z\"q\n3,4\n").unwrap();
    assert!(rows[0].1.is_err());
    assert_eq!(rows[1], row(3, &[Some("3"), Some("4")]));
}

#[test]
fn the_last_line_may_be_cut_off_in_the_middle_of_its_end() {
    for text in [
        "a,b\n1,x\r",
        "a,b\r\n1,x\r",
        "a,b\n1,\"x\"\r",
        "a,b\n\"1\",x\r",
    ] {
        let (_, rows) = read(text).unwrap();
        assert_eq!(rows, [row(2, &[Some("1"), Some("x")])], "{text:?}");
    }
}

#[test]
fn null_texts_count_only_unquoted() {
    let options = ReadOptions {
        null_texts: vec!["NA".into(), "\\N".into()],
        ..Default::default()
    };
    let (_, rows) = read_with("a,b,c\nNA,\"NA\",\\N\n", &options).unwrap();
    assert_eq!(rows, [row(2, &[None, Some("NA"), None])]);
}

#[test]
fn lines_are_physical_also_after_quoted_line_ends() {
    let (_, rows) = read("a,b\r\n1,\"x\r\ny\n\"\r\n\r\n2,z\r\n\"3\",\"last")
        .err()
        .map_or_else(
            || panic!("an open quote was not seen"),
            |error| {
                assert!(error.to_string().contains("line 7"), "{error}");
                read("a,b\r\n1,\"x\r\ny\n\"\r\n\r\n2,z\r\n\"3\",\"last\"").unwrap()
            },
        );
    assert_eq!(
        rows,
        [
            row(2, &[Some("1"), Some("x\r\ny\n")]),
            row(6, &[Some("2"), Some("z")]),
            row(7, &[Some("3"), Some("last")]),
        ]
    );
}

#[test]
fn a_byte_order_mark_and_any_line_end_are_taken() {
    for text in [
        "\u{feff}a,b\n1,2\n",
        "\u{feff}a,b\r\n1,2",
        "a,b\r1,2\r",
        "\n\na,b\n\n1,2\n\n",
    ] {
        let (header, rows) = read(text).unwrap();
        assert_eq!(header, ["a", "b"], "{text:?}");
        assert_eq!(rows.len(), 1, "{text:?}");
        assert_eq!(
            rows[0].1,
            Ok(vec![Some("1".into()), Some("2".into())]),
            "{text:?}"
        );
    }
    let (header, _) = read("\u{feff}\"a\",b\n1,2\n").unwrap();
    assert_eq!(header, ["a", "b"]);
}

#[test]
fn a_blank_line_is_null_only_where_there_is_one_column() {
    assert_eq!(read("a\n1\n\n2\n").unwrap().1.len(), 3);
    assert_eq!(read("a,b\n1,2\n\n3,4\n").unwrap().1.len(), 2);
}

#[test]
fn what_is_wrong_in_one_record_does_not_touch_the_next() {
    let text = "a,b\n1\n1,2,3\n1,x\"y\n\"q\"r,2\n3,\"ok\"\n\"4\",5,6\n";
    let (_, rows) = read(text).unwrap();
    let said: Vec<(u64, &str)> = rows
        .iter()
        .map(|(line, got)| {
            (
                *line,
                got.as_ref().err().map_or("", |reason| reason.as_str()),
            )
        })
        .collect();
    let expected = [
        (2, "1 field where the header has 2"),
        (3, "3 fields where the header has 2"),
        (4, "a quote inside the unquoted field 2"),
        (5, "text after the closing quote of field 1"),
        (6, ""),
        (7, "3 fields where the header has 2"),
    ];
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(
            said.0 == expected.0 && said.1.starts_with(expected.1),
            "{said:?} {expected:?}"
        );
    }
}

#[test]
fn what_ends_the_reading_names_its_line() {
    assert_eq!(broken("a,b\n1,2\n3,\"x\n4,5\n").0, Some(3));
    assert_eq!(broken("a,b\n1,2\n3,\0\n").0, Some(3));
    assert_eq!(broken(b"a,b\n1,2\n3,\xe4\n").0, Some(3));
    assert_eq!(broken(b"a,b\n1,2\n3,\"\xe4\"\n").0, Some(3));
    assert_eq!(broken("a,b\n\"x\ny\"z,2\n").0, Some(2));
}

#[test]
fn a_header_must_name_each_column_once() {
    assert!(broken("").1.contains("no header"));
    assert!(broken("\n\n").1.contains("no header"));
    assert!(
        broken(",\n")
            .1
            .contains("column 1 of the header has no name")
    );
    // Those without a name are called by their place.
    assert_eq!(read("a,,\" \"\n").unwrap().0, ["a", "column2", "column3"]);
    assert!(broken("column2,\n").1.contains("\"column2\" twice"));
    assert!(broken("id,name,ID\n").1.contains("\"ID\" twice"));
}

#[test]
fn some_bytes_can_not_be_delimiters() {
    for byte in [b'"', b'\r', b'\n', 0, 0xe4] {
        let options = ReadOptions {
            delimiter: Some(byte),
            ..Default::default()
        };
        let said = read_with("a,b\n1,2\n", &options).unwrap_err().to_string();
        assert!(said.contains("can not be a delimiter"), "{said}");
    }
}

#[test]
fn records_are_bounded() {
    let wide = format!("{}\n", vec!["x"; MAX_FIELDS + 2].join(","));
    assert!(broken(&wide).1.contains("more than 4096 fields"));
    let wide = format!("a,b\n\"\",{wide}");
    assert!(broken(&wide).1.contains("more than 4096 fields"));
    let endless = std::io::Read::chain(&b"a,b\n1,\""[..], std::io::repeat(b'x'));
    let mut reader = CsvReader::new(endless, "t.csv", &ReadOptions::default()).unwrap();
    match reader.next() {
        Err(InsertError::Malformed {
            line: 2, reason, ..
        }) => {
            assert!(reason.contains("longer than 16 MiB"), "{reason}");
        }
        _ => panic!("an endless record was not stopped"),
    }
    assert!(reader.window.held() <= 4 * MAX_RECORD);
}

#[test]
fn a_file_longer_than_the_window_is_read_to_its_end_in_bounded_memory() {
    let long = "lorem \"\"ipsum\"\"\n".repeat(100);
    let record = format!("1,\"{long}\",ü\n2,x,\n");
    let times = 4 * CHUNK / record.len();
    let text = format!("a,b,c\n{}", record.repeat(times));
    let mut reader = CsvReader::new(
        Drip(text.as_bytes(), 70_001),
        "t.csv",
        &ReadOptions::default(),
    );
    let reader = reader.as_mut().unwrap();
    for i in 0..times {
        assert!(matches!(reader.next(), Ok(Step::Record)));
        assert_eq!(reader.line, 2 + i as u64 * 102);
        assert_eq!(reader.values().get(1).unwrap(), long.replace("\"\"", "\""));
        assert_eq!(reader.values().get(2), Some("ü"));
        assert!(matches!(reader.next(), Ok(Step::Record)));
        assert_eq!(
            (reader.values().get(1), reader.values().get(2)),
            (Some("x"), None)
        );
    }
    assert!(matches!(reader.next(), Ok(Step::End)));
    assert!(reader.window.source().0.is_empty());
    assert!(
        reader.window.held() <= 4 * CHUNK,
        "{}",
        reader.window.held()
    );
}

/// Any field that CSV can carry, often one with what is special in it.
fn any_field() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        2 => Just(None),
        2 => Just(Some(String::new())),
        6 => "[a-c,;\"\r\n\tüλ𝄞 |]{0,6}".prop_map(Some),
        4 => "\\PC{0,12}".prop_map(Some),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// What is written by the book is read back as it was.
    #[test]
    fn records_come_back_as_they_were_written(
        rows in prop::collection::vec(prop::collection::vec(any_field(), 3), 0..12),
        delimiter in prop::sample::select(&b",;\t|"[..]),
        end in prop::sample::select(&["\n", "\r\n"][..]),
        quote_all in any::<bool>(),
        last_end in any::<bool>(),
        drip in 1usize..9,
    ) {
        let between = char::from(delimiter).to_string();
        let mut text = ["x", "y", "z"].join(&between) + end;
        let mut lines = Vec::new();
        for row in &rows {
            lines.push(1 + text.matches('\n').count() as u64);
            let fields: Vec<String> = row.iter().map(|field| match field {
                None => String::new(),
                Some(f) if quote_all || f.is_empty() || f.contains(['"', '\r', '\n', char::from(delimiter)]) =>
                    format!("\"{}\"", f.replace('"', "\"\"")),
                Some(f) => f.clone(),
            }).collect();
            text += &fields.join(&between);
            text += end;
        }
        if !last_end {
            text.truncate(text.len() - end.len());
        }
        let options = ReadOptions { delimiter: Some(delimiter), ..Default::default() };
        let mut reader = CsvReader::new(Drip(text.as_bytes(), drip), "t", &options).unwrap();
        for (row, line) in rows.iter().zip(lines) {
            prop_assert!(matches!(reader.next(), Ok(Step::Record)));
            prop_assert_eq!(reader.line, line);
            for (i, field) in row.iter().enumerate() {
                prop_assert_eq!(reader.values().get(i), field.as_deref());
            }
        }
        prop_assert!(matches!(reader.next(), Ok(Step::End)));
    }

    /// Whatever the bytes, reading ends without a panic, and counts each line once.
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(
        prop_oneof![prop::sample::select(&b",\"\n\r;a\0"[..]), any::<u8>()], 0..80)) {
        let mut reader = match CsvReader::new(Drip(&bytes, 3), "t", &ReadOptions::default()) {
            Ok(reader) => reader,
            Err(_) => return Ok(()),
        };
        let mut last = 0;
        while let Ok(step) = reader.next() {
            if matches!(step, Step::End) {
                prop_assert!(reader.window.source().0.is_empty());
                break;
            }
            prop_assert!(reader.line > last);
            last = reader.line;
        }
    }
}

/// As where quotes are doubled: a carriage return alone ends the last line.
#[test]
fn a_record_of_an_export_ends_as_others_do() {
    let options = ReadOptions {
        escapes: true,
        ..ReadOptions::default()
    };
    for end in ["", "\n", "\r\n", "\r"] {
        for (field, value) in [("\"x\\\"y\"", "x\"y"), ("x\\ty", "x\ty"), ("xy", "xy")] {
            let text = format!("a,b\n1,{field}{end}");
            let mut reader = CsvReader::new(text.as_bytes(), "t.csv", &options).unwrap();
            assert!(matches!(reader.next(), Ok(Step::Record)), "{text:?}");
            assert_eq!(reader.values().get(1), Some(value), "{text:?}");
            assert!(matches!(reader.next(), Ok(Step::End)), "{text:?}");
        }
    }
}

/// The values of an export, without a header; none is NULL.
fn exported(text: &str, options: &ReadOptions) -> Vec<Option<String>> {
    let options = ReadOptions {
        escapes: true,
        header: Some(false),
        ..options.clone()
    };
    let mut reader = CsvReader::new(text.as_bytes(), "t.csv", &options).unwrap();
    let mut values = Vec::new();
    while matches!(reader.next(), Ok(Step::Record)) {
        values.push(reader.values().get(0).map(str::to_owned));
    }
    values
}

#[test]
fn an_export_of_one_column_has_empty_texts_and_an_end() {
    let none = ReadOptions::default();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        exported("x\n\ny\n\\N\n", &none),
        [text("x"), text(""), text("y"), None]
    );
    assert_eq!(exported("\n\nx\n", &none), [text(""), text(""), text("x")]);
    assert_eq!(exported("x\n\\.\n\n \n", &none), [text("x")]);
    assert_eq!(exported("x\r\n\\.\r\n", &none), [text("x")]);
    // Of several columns empty lines are none.
    assert_eq!(
        exported("\n1\ta\n\n2\tb\n\\.\n", &none),
        [text("1"), text("2")]
    );
    // In quotes nothing is empty but what has them.
    let quoted = ReadOptions {
        quote: Some(b'"'),
        ..none
    };
    assert_eq!(
        exported("x\n\"\"\n\n", &quoted),
        [text("x"), text(""), None]
    );
}

#[test]
fn signs_of_null_are_those_that_are_not_escaped() {
    let options = ReadOptions {
        trim: Trim::Unquoted,
        null_texts: vec!["\\N".into(), "-".into()],
        ..ReadOptions::default()
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        exported(" \\N \n\\\\N\n - \n\\-\n", &options),
        [None, text("\\N"), None, text("-")]
    );
}

#[test]
fn a_separator_that_escapes_is_refused_and_a_record_with_a_stray_quote_alone() {
    let options = ReadOptions {
        escapes: true,
        delimiter: Some(b'\\'),
        ..ReadOptions::default()
    };
    let refused = CsvReader::new(&b"a,b\n"[..], "t", &options).err().unwrap();
    assert!(refused.to_string().contains("can not be the separator"));
    let options = ReadOptions {
        escapes: true,
        ..ReadOptions::default()
    };
    let text = "a,b\n1,\"x\"y\n2,\"z\"\n";
    let mut reader = CsvReader::new(text.as_bytes(), "t", &options).unwrap();
    assert!(matches!(reader.next(), Ok(Step::Refused(why)) if why.line == Some(2)));
    assert!(matches!(reader.next(), Ok(Step::Record)));
    assert_eq!(reader.values().get(1), Some("z"));
}

#[test]
fn what_stands_behind_the_end_of_an_export_is_not_lost() {
    let options = ReadOptions {
        escapes: true,
        header: Some(false),
        ..ReadOptions::default()
    };
    let text = "1\ta\n\\.\n\n2\tb\n\\.\n";
    let mut reader = CsvReader::new(Drip(text.as_bytes(), 3), "t", &options).unwrap();
    assert!(matches!(reader.next(), Ok(Step::Record)));
    let refused = reader.next().err().unwrap().to_string();
    assert!(
        refused.contains("line 4: the export ends in line 2, by \\."),
        "{refused}"
    );
    // One that has no row is no table.
    for text in ["\\.\n", "\n\n"] {
        let refused = CsvReader::new(text.as_bytes(), "t", &options)
            .err()
            .unwrap();
        assert!(refused.to_string().contains("there is no row"), "{refused}");
    }
}

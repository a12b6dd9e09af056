use super::*;
use crate::insert::types::Field;
use proptest::prelude::*;

/// Hands out a few bytes at a time, to cut everything that can be cut.
struct Drip<'a>(&'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let n = 7.min(self.0.len()).min(to.len());
        to[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

fn reader(text: &str, options: &ReadOptions) -> Result<JsonReader<Box<dyn Read>>, InsertError> {
    let source =
        |text: &str| -> Box<dyn Read> { Box::new(std::io::Cursor::new(text.as_bytes().to_vec())) };
    let first = JsonReader::new(Drip(text.as_bytes()), "t", options, Columns::default())?;
    JsonReader::new(source(text), "t", options, first.keys(KEYS_OF)?)
}

/// The header and the records: line, and values as people read them or why it is refused.
type Got = (Vec<String>, Vec<(u64, Result<String, String>)>);

fn read(text: &str) -> Result<Got, InsertError> {
    let mut reader = reader(text, &ReadOptions::default())?;
    let mut all = Vec::new();
    loop {
        let said = match reader.next()? {
            Step::End => return Ok((reader.columns.names, all)),
            Step::Refused(refusal) => {
                all.push((refusal.line.unwrap(), Err(refusal.to_string())));
                continue;
            }
            Step::Record => (0..reader.columns.names.len()).map(|i| match reader.cells.get(i) {
                Field::Text(text) => format!("'{text}'"),
                other => other.to_string(),
            }),
        };
        let said = said.collect::<Vec<_>>().join(" ");
        all.push((reader.line, Ok(said)));
    }
}

fn ok(line: u64, text: &str) -> (u64, Result<String, String>) {
    (line, Ok(text.to_owned()))
}

fn broken(text: &str) -> String {
    match read(text) {
        Err(error) => error.to_string(),
        Ok(got) => panic!("was read: {got:?}"),
    }
}

const TWO: [&str; 2] = [
    "{\"id\": 1, \"name\": \"ana\"}\n\n{\"name\": null, \"id\": 2, \"tags\": [1, {\"a\": \"]\"}]}\n",
    "\u{feff} [\n{\"id\": 1, \"name\": \"ana\"}\n,{\"name\": null, \"id\": 2,\"tags\": [1, {\"a\": \"]\"}]}]\n",
];

/// Keys are held as long as the frame is read: all of them together are bounded.
#[test]
fn keys_are_bounded_together() {
    let records = |keys: usize, length: usize| -> String {
        let key = |i| format!("{i}{}", "k".repeat(length));
        (0..keys)
            .map(|i| format!("{{\"{}\": 1}}\n", key(i)))
            .collect()
    };
    let told = broken(&records(60, 64 << 10));
    assert!(told.contains("keys have more than 1 MiB"), "{told}");
    let told = broken(&records(1, 2 << 20));
    assert!(told.contains("keys have more than 1 MiB"), "{told}");
    assert_eq!(read(&records(4000, 200)).unwrap().0.len(), 4000);
}

#[test]
fn columns_are_the_keys_and_what_is_missing_is_null() {
    for text in TWO {
        let (header, rows) = read(text).unwrap();
        assert_eq!(header, ["id", "name", "tags"]);
        let last = "2 NULL '[1, {\"a\": \"]\"}]'";
        assert_eq!(rows[0].1, Ok("1 'ana' NULL".to_owned()));
        assert_eq!(rows[1], ok(3, last));
    }
}

#[test]
fn numbers_keep_their_digits_and_texts_their_characters() {
    let text = r#"{"n": 123456789012345678901234567890.10, "e": -1.50E+3, "t": "a\"\u00fc\ud834\udd1e\n", "b": true, "\u006b": "007"}"#;
    let (header, rows) = read(text).unwrap();
    assert_eq!(header, ["n", "e", "t", "b", "k"]);
    let expected = "123456789012345678901234567890.10 -1.50E+3 'a\"ü𝄞\n' true '007'";
    assert_eq!(rows, [ok(1, expected)]);
}

#[test]
fn a_wrong_line_is_refused_alone() {
    let text = "{\"a\": 1}\n{\"a\": 1,}\nnothing\n{\"a\": 1, \"a\": 2}\n{\"a\": \"\\ud834\"}\n{\"a\": 2} x\n[1]\n{\"a\": 3}";
    let (_, rows) = read(text).unwrap();
    let said: Vec<_> = rows
        .iter()
        .map(|(line, got)| (*line, got.is_ok()))
        .collect();
    let good = [true, false, false, false, false, false, false, true];
    assert_eq!(said, (1..).zip(good).collect::<Vec<_>>());
    let reason = |at: usize| rows[at].1.clone().unwrap_err();
    assert!(
        reason(1).starts_with("line 2: no JSON object from column 9"),
        "{}",
        reason(1)
    );
    assert!(
        reason(3).contains("line 4, a: the key comes twice"),
        "{}",
        reason(3)
    );
}

#[test]
fn a_key_that_comes_too_late_is_refused_by_name() {
    let first = "{\"a\": 1}\n".repeat(KEYS_OF as usize);
    let (header, rows) = read(&(first + "{\"a\": 1, \"late\": 2}\n{\"a\": 2}\n")).unwrap();
    assert_eq!(header, ["a"]);
    let reason = rows[KEYS_OF as usize].1.clone().unwrap_err();
    assert!(
        reason.contains("line 10001, late: a key that none of the first 10000"),
        "{reason}"
    );
    assert!(rows.last().unwrap().1.is_ok());
}

#[test]
fn null_texts_are_what_is_named() {
    let options = ReadOptions {
        null_texts: vec!["NA".into()],
        ..Default::default()
    };
    let mut reader = reader("{\"a\": \"NA\", \"b\": \"\"}", &options).unwrap();
    assert!(matches!(reader.next(), Ok(Step::Record)));
    assert_eq!(
        (reader.cells.get(0), reader.cells.get(1)),
        (Field::Null, Field::Text(""))
    );
}

#[test]
fn what_is_no_frame_says_why() {
    for (text, reason) in [
        (
            "[{\"a\": 1},\n{\"a\": 2}\n",
            "line 3: the array ends in the middle",
        ),
        (
            "[{\"a\": 1},\n{\"a\": \"2}",
            "line 2: the array ends in the middle",
        ),
        ("[{\"a\": 1}]\n{}", "line 2: text behind the end"),
        ("[{\"a\": 1}\n{\"a\": 2}]", "line 2: no comma"),
        ("[[1, 2]]", "record 1 is no object"),
        ("[{\"a\": 1}, 5]", "record 2 is no object"),
        ("[]", "holds no record"),
        ("{}\n", "holds no record"),
        (
            "{\n\"a\": 1}\n",
            "line 1: an object that goes on in the next line",
        ),
        ("{\"a\": 1, \"A\": 2}", "one column"),
        ("{\" \": 1}", "a key without a name"),
    ] {
        let said = broken(text);
        assert!(said.contains(reason), "{text}: {said}");
    }
}

#[test]
fn depth_is_bounded() {
    let deep = |n: usize| format!("{{\"a\": {}{}}}", "[".repeat(n), "]".repeat(n));
    assert!(read(&deep(MAX_DEPTH)).unwrap().1[0].1.is_ok());
    let reason = read(&deep(100_000)).unwrap().1[0].1.clone().unwrap_err();
    assert!(reason.contains("deep"), "{reason}");
}

fn any_value() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        1 => Just(None),
        4 => "[a-c,{}\\[\\]\"\\\\\r\n\tü𝄞 ]{0,8}".prop_map(Some),
        2 => "\\PC{0,12}".prop_map(Some),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// What is written as JSON is read back as it was, as lines and as an array.
    #[test]
    fn records_come_back_as_they_were_written(
        rows in prop::collection::vec(prop::collection::vec(any_value(), 3), 1..12),
        array in any::<bool>(),
        gap in prop::sample::select(&["", " ", "\n", "\r\n\t"][..]),
    ) {
        let object = |row: &Vec<Option<String>>| {
            let pairs: Vec<String> = row.iter().zip(["x", "y", "z"]).map(|(value, key)| {
                format!("{key:?}:{}", serde_json::to_string(value).unwrap())
            }).collect();
            format!("{{{}}}", pairs.join(","))
        };
        let objects: Vec<String> = rows.iter().map(object).collect();
        let text = match array {
            true => format!("[{gap}{}{gap}]{gap}", objects.join(&format!("{gap},{gap}"))),
            false => objects.join("\n"),
        };
        let mut reader = reader(&text, &ReadOptions::default()).unwrap();
        for (i, row) in rows.iter().enumerate() {
            prop_assert_eq!(reader.nothing_follows().unwrap(), false);
            prop_assert!(matches!(reader.next(), Ok(Step::Record)));
            prop_assert_eq!(reader.record, i as u64 + 1);
            for (at, value) in row.iter().enumerate() {
                let expected = value.as_deref().map_or(Field::Null, Field::Text);
                prop_assert_eq!(reader.cells.get(at), expected);
            }
        }
        prop_assert!(reader.nothing_follows().unwrap());
        prop_assert!(matches!(reader.next(), Ok(Step::End)));
    }

    /// Whatever the text, reading ends without a panic.
    #[test]
    fn no_text_makes_it_panic(text in "[\\[{]?[\\[\\]{}:,\"\\\\a1 \n]{0,60}") {
        if let Ok(mut reader) = reader(&text, &ReadOptions::default()) {
            while let Ok(Step::Record | Step::Refused(_)) = reader.next() {}
        }
    }
}

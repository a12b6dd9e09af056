use super::*;

#[test]
fn a_reason_is_told_once() {
    let told = |reason: &str, message: &str| reason_of(reason, message).unwrap_or_default();
    assert_eq!(told("2 rows were refused.", ""), "2 rows were refused.");
    assert_eq!(told("", "The disk is full."), "The disk is full.");
    assert_eq!(
        told("It failed.", "The disk is full."),
        "It failed. The disk is full."
    );
    let twice = "2 rows were refused.";
    assert_eq!(told(twice, twice), twice);
}

#[test]
fn a_form_says_how_the_frame_is_written() {
    let given = |name: &str, text: &str| {
        let mut values = Map::new();
        values.insert(name.to_owned(), text.into());
        reading(&values)
    };
    assert_eq!(given(SEPARATOR, ";").unwrap().delimiter, Some(b';'));
    assert_eq!(given(SEPARATOR, " tab ").unwrap().delimiter, Some(b'\t'));
    assert_eq!(given(SEPARATOR, "\t").unwrap().delimiter, Some(b'\t'));
    assert_eq!(given(SEPARATOR, "\\t").unwrap().delimiter, Some(b'\t'));
    assert_eq!(given(SEPARATOR, "").unwrap().delimiter, None);
    assert!(!given(BOOLEANS, "ja/nein").unwrap().truths.is_empty());
    assert_eq!(given(NULLS, "NA, -").unwrap().null_texts, ["NA", "-"]);
    let dates = given(DATES, "dd.MM.yyyy; due=MM/dd/yyyy").unwrap().dates;
    assert_eq!(dates.to_string(), "dd.MM.yyyy; due=MM/dd/yyyy");
    assert_eq!(given(QUOTE, "'").unwrap().quote, Some(b'\''));
    assert_eq!(given(QUOTE, "none").unwrap().quote, Some(0));
    assert!(!given(NUMBERS, "1.234,56").unwrap().numbers.is_empty());
    assert_eq!(given(TRIM, "Yes").unwrap().trim, Trim::Unquoted);
    assert_eq!(given(TRIM, "all").unwrap().trim, Trim::All);
    let zone = given(ZONE, "Europe/Berlin").unwrap().zone.unwrap();
    assert_eq!(zone.to_string(), "Europe/Berlin");
    assert_eq!(given(HEADER, "No").unwrap().header, Some(false));
    assert_eq!(given(SKIP, " 3 ").unwrap().skip_lines, 3);
    assert_eq!(given(SKIP, "").unwrap().skip_lines, 0);
    assert!(given(ESCAPE, "\\").unwrap().escapes && !given(ESCAPE, "none").unwrap().escapes);
    let encoding = given(ENCODING, "latin-1").unwrap().encoding.unwrap();
    assert_eq!(encoding.to_string(), "windows-1252");
    for (field, text) in [
        (SEPARATOR, "ab"),
        (SEPARATOR, "x"),
        (DATES, "tomorrow"),
        (QUOTE, "ab"),
        (ZONE, "Berlin"),
        (HEADER, "perhaps"),
        (SKIP, "-1"),
        (ESCAPE, "/"),
        (SKIP, "2000000"),
        (SKIP, "some"),
        (NUMBERS, "1234"),
        (BOOLEANS, "ja"),
        (TRIM, "perhaps"),
        (ENCODING, "klingon"),
    ] {
        assert_eq!(given(field, text).unwrap_err().field, field);
    }
}

#[test]
fn a_form_says_nothing_about_how_the_rows_of_a_query_are_written() {
    let mut values = Map::new();
    for (name, text) in [
        (SOURCE_QUERY, "SELECT 1.5 AS amount"),
        (NUMBERS, "1.234,56"),
        (SEPARATOR, ";"),
        (HEADER, "no"),
    ] {
        values.insert(name.to_owned(), text.into());
    }
    let read = reading(&values).unwrap();
    assert_eq!((read.delimiter, read.header), (None, None));
    assert_eq!(read.numbers.to_string(), USUAL_NUMBERS);
}

#[test]
fn the_form_can_name_a_server() {
    let of = |server: &str, database: &str, user: &str| {
        let fields = [(SERVER, server), (DATABASE, database), (USER, user)];
        let fields = fields.map(|(name, text)| (name.to_owned(), text.into()));
        target(&Map::from_iter(fields), None)
            .map(|url| url.to_string())
            .map_err(|e| e.field)
    };
    for (server, url) in [
        (
            "postgres://db.example",
            "postgres://ana%40x@db.example/sales",
        ),
        ("db.example:3306", "mariadb://ana%40x@db.example/sales"),
        ("mysql://h:3307/", "mariadb://ana%40x@h:3307/sales"),
    ] {
        assert_eq!(of(server, "sales", "ana@x"), Ok(url.to_owned()));
    }
    assert_eq!(of("db.example", "sales", "ana"), Err(SERVER.to_owned()));
    assert_eq!(
        of("postgres://u:hush@h", "sales", "ana"),
        Err(SERVER.to_owned())
    );
    assert_eq!(of("postgres://h", "", "ana"), Err(DATABASE.to_owned()));
    assert_eq!(of("postgres://h", "sales", ""), Err(USER.to_owned()));
}

fn reason_of(because: &str, message: &str) -> Option<String> {
    reason(|name| match name {
        REASON => Some(because.into()),
        MESSAGE => Some(message.into()),
        _ => None,
    })
}

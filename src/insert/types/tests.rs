use super::*;
use proptest::prelude::*;

fn check(declared: &str, text: &str) -> Result<Cell<'static>, String> {
    let kind = ColumnType::sqlite(declared);
    kind.check(&Field::Text(text), declared)
        .map(|cell| cell.to_static())
}

fn takes(declared: &str, texts: &[&str]) {
    for text in texts {
        check(declared, text).unwrap_or_else(|e| panic!("{declared}: {e}"));
    }
}

fn refuses(declared: &str, texts: &[&str]) {
    for text in texts {
        let reason = match check(declared, text) {
            Err(reason) => reason,
            Ok(cell) => panic!("{declared} took {text:?} as {cell:?}"),
        };
        assert!(reason.contains(declared), "{reason}");
    }
}

/// No year is 1, which MariaDB would take for 2001.
#[test]
fn a_truth_is_a_number_only_where_that_number_fits() {
    let year = ColumnType::Integer {
        min: 1901,
        max: 2155,
    };
    assert!(year.check(&Field::Boolean(true), "year").is_err());
    let flag = ColumnType::Integer { min: 0, max: 255 };
    assert_eq!(flag.check(&Field::Boolean(true), "t"), Ok(Cell::Integer(1)));
}

#[test]
fn a_number_of_a_query_that_is_beyond_single_precision_is_refused() {
    let real = ColumnType::Real {
        single: true,
        endless: false,
    };
    for x in [1e39, -1e39, f64::MAX] {
        let told = real.check(&Field::Real(x), "real").unwrap_err();
        assert!(told.contains("beyond the range"), "{told}");
    }
    let most = f64::from(f32::MAX);
    assert_eq!(real.check(&Field::Real(most), "real"), Ok(Cell::Real(most)));
    let double = ColumnType::Real {
        single: false,
        endless: false,
    };
    assert_eq!(
        double.check(&Field::Real(1e39), "double"),
        Ok(Cell::Real(1e39))
    );
}

#[test]
fn whole_numbers_have_the_bits_that_are_declared() {
    for (declared, min, max) in [
        ("TINYINT", "-128", "127"),
        ("SMALLINT", "-32768", "32767"),
        ("INT2", "-32768", "32767"),
        ("MEDIUMINT", "-8388608", "8388607"),
        ("INT4", "-2147483648", "2147483647"),
        ("INTEGER", "-9223372036854775808", "9223372036854775807"),
        ("int", "-9223372036854775808", "9223372036854775807"),
        ("BIGINT", "-9223372036854775808", "9223372036854775807"),
        ("TINYINT UNSIGNED", "0", "255"),
        ("INT4 UNSIGNED", "0", "4294967295"),
        ("UNSIGNED BIG INT", "0", "9223372036854775807"),
    ] {
        takes(declared, &[min, max, "+1", "007", "42.0"]);
        let beyond = |text: &str, by: i128| (text.parse::<i128>().unwrap() + by).to_string();
        refuses(declared, &[&beyond(min, -1), &beyond(max, 1)]);
    }
    refuses(
        "INTEGER",
        &[
            "",
            " ",
            // A thousand to some.
            "1.000",
            "1.00",
            ".0",
            "1.0.0",
            "1e3",
            "x",
            "1,000",
            " 1",
            "0x10",
            "--1",
            "٣",
            "99999999999999999999",
        ],
    );
}

#[test]
fn whole_numbers_are_whole_also_where_pandas_writes_a_fraction() {
    assert_eq!(check("INTEGER", "-42.0"), Ok(Cell::Integer(-42)));
}

#[test]
fn reals_are_finite_numbers() {
    takes(
        "REAL",
        &["0", "-1.5", "1e308", "1E-5", ".5", "5.", "1e-400"],
    );
    refuses(
        "DOUBLE PRECISION",
        &["1e309", "inf", "NaN", "1,5", "", "e", "1e", "0x1"],
    );
    assert_eq!(check("FLOAT", "2.50"), Ok(Cell::Real(2.5)));
}

#[test]
fn decimals_keep_each_digit_or_are_refused() {
    takes(
        "DECIMAL(10,2)",
        &[
            "0",
            "-0.00",
            "12345678.90",
            "+1.5",
            "00000000000001",
            "1.10000",
            "1e2",
            "-1.25E+1",
        ],
    );
    refuses(
        "DECIMAL(10,2)",
        &[
            "123456789",
            "0.001",
            "12,50",
            "1.000,00",
            "1e9",
            "1e",
            "",
            "abc",
            " 1",
        ],
    );
    takes("DECIMAL(5)", &["99999", "-99999", "1.0"]);
    refuses("DECIMAL(5)", &["100000", "1.5"]);
    takes(
        "NUMERIC",
        &["1.123456789", "9223372036854775807", "-9223372036854775808"],
    );
    // SQLite keeps these as floats and would round them.
    refuses(
        "NUMERIC",
        &[
            "9223372036854775809",
            "12345678901234567.89",
            "0.12345678901234567",
        ],
    );
    refuses("DECIMAL(30,10)", &["12345678901234567890.0123456789"]);
}

#[test]
fn truth_has_many_words() {
    for (text, truth) in [("true", 1), ("T", 1), ("Yes", 1), ("on", 1), ("1", 1)] {
        assert_eq!(check("BOOLEAN", text), Ok(Cell::Integer(truth)));
    }
    for text in ["FALSE", "f", "no", "N", "Off", "0"] {
        assert_eq!(check("bool", text), Ok(Cell::Integer(0)));
    }
    refuses("BOOLEAN", &["", "2", "ja", "truee", " true"]);
}

#[test]
fn days_and_times_exist() {
    takes(
        "DATE",
        &["2025-11-17", "2024-02-29", "0001-01-01", "9999-12-31"],
    );
    refuses(
        "DATE",
        &[
            "2025-02-29",
            "2025-13-01",
            "17.11.2025",
            "2025-1-1",
            "2025-11-17 ",
            "0000-01-01",
            "20251117",
            "2025-11-1é",
        ],
    );
    takes("TIME", &["00:00", "23:59:59", "10:18:59.123456789"]);
    refuses(
        "TIME",
        &[
            "24:00",
            "10:60",
            "10:18:60",
            "1:00",
            "10:18.5",
            "10:18:59.",
            "10-18",
            "10:18:59.1234567890",
        ],
    );
    takes(
        "TIMESTAMP",
        &[
            "2025-11-17",
            "2025-11-17 10:18",
            "2025-11-17T10:18:59",
            "2025-11-17T10:18:59Z",
            "2025-11-17 10:18:59.5+01",
            "2025-11-17 10:18:59 -0530",
            "2025-11-17T10:18:59+05:30",
        ],
    );
    refuses(
        "DATETIME",
        &[
            "2025-02-30",
            "2025-11-17 ",
            "2025-11-17x10:18",
            "2025-02-30 10:18",
            "2025-11-17 10:18+1",
            "2025-11-17 10:18+16",
            "2025-11-17 10:18+05:60",
            "2025-11-17 25:18",
            "now",
        ],
    );
}

#[test]
fn texts_are_counted_in_characters() {
    takes("VARCHAR(3)", &["", "abc", "üüü", "𝄞𝄞𝄞"]);
    refuses("VARCHAR(3)", &["abcd", "𝄞𝄞𝄞𝄞"]);
    refuses("CHARACTER VARYING(2)", &["abc"]);
    refuses("NVARCHAR (2)", &["abc"]);
    takes("TEXT", &["", "\u{10ffff}", "any\nthing"]);
    takes("CLOB", &["any"]);
    assert_eq!(check("BLOB", "ü"), Ok(Cell::Blob("ü".as_bytes().into())));
    let bytea = |text| ColumnType::Blob { hex: true }.check_text(Cow::Borrowed(text), "bytea");
    assert_eq!(bytea(r"\x01fF"), Ok(Cell::Blob(vec![1, 255].into())));
    assert_eq!(bytea("x01"), Ok(Cell::Blob(b"x01".into())));
    for wrong in [r"\xzz", r"\x012", r"\x+1"] {
        assert!(bytea(wrong).unwrap_err().contains("pairs"), "{wrong}");
    }
}

#[test]
fn a_type_without_a_name_of_ours_keeps_text_as_it_stands() {
    takes(
        "STRING",
        &["text", "7", "1.5", "-3", "", "2025-11-17", "+7x"],
    );
    // NUMERIC affinity would turn these into 7, 1.5, 1000, and a rounded number.
    refuses(
        "STRING",
        &[
            "007",
            "1.50",
            "1e3",
            "+7",
            " 7",
            "7 ",
            "12345678901234567890123",
        ],
    );
    assert_eq!(check("", "007"), Ok(Cell::Text("007".into())));
}

#[test]
fn reasons_help() {
    for (declared, text, help) in [
        (
            "DECIMAL(10,2)",
            "12,50",
            "write a point before the fraction",
        ),
        ("INTEGER", " 5", "take away the spaces"),
        ("VARCHAR(2)", "abc", "3 characters, 2 fit"),
        ("DECIMAL(4,2)", "123.00", "3 digits before the point, 2 fit"),
        ("TINYINT", "200", "from -128 to 127 fit"),
    ] {
        let reason = check(declared, text).unwrap_err();
        assert!(reason.contains(help), "{reason}");
    }
    let long = check("INTEGER", &"x".repeat(10_000)).unwrap_err();
    assert!(long.chars().count() < 200, "{long}");
}

#[test]
fn values_of_a_query_fit_by_value() {
    let of = |declared: &str, field| {
        ColumnType::sqlite(declared)
            .check(&field, declared)
            .map(|c| c.to_static())
    };
    assert_eq!(of("INTEGER", Field::Real(5.0)), Ok(Cell::Integer(5)));
    assert!(of("INTEGER", Field::Real(5.5)).is_err());
    assert!(of("INTEGER", Field::Real(1e300)).is_err());
    assert!(of("TINYINT", Field::Integer(128)).is_err());
    assert_eq!(of("REAL", Field::Integer(5)), Ok(Cell::Real(5.0)));
    assert_eq!(of("DECIMAL(5,2)", Field::Real(0.3)), Ok(Cell::Real(0.3)));
    assert!(of("DECIMAL(5,2)", Field::Real(0.1 + 0.2)).is_err());
    assert_eq!(of("TEXT", Field::Real(5.0)), Ok(Cell::Text("5.0".into())));
    assert_eq!(of("BOOLEAN", Field::Integer(1)), Ok(Cell::Integer(1)));
    assert!(of("REAL", Field::Real(f64::INFINITY)).is_err());
    assert!(of("TEXT", Field::Blob(b"x")).is_err());
    for declared in ["INTEGER", "TEXT", "DATE", ""] {
        assert_eq!(of(declared, Field::Null), Ok(Cell::Null));
    }
}

#[test]
fn what_a_column_looks_like_is_inferred() {
    let of = |texts: &[&str]| {
        let mut inference = Inference::default();
        inference.see(Field::Null);
        texts
            .iter()
            .for_each(|text| inference.see(Field::Text(text)));
        inference
            .result()
            .map_or("nothing".into(), |kind| kind.to_string())
    };
    assert_eq!(of(&[]), "nothing");
    assert_eq!(of(&["1", "-20", "0"]), "INTEGER");
    assert_eq!(of(&["1", "19.90"]), "DECIMAL");
    assert_eq!(of(&["007", "1"]), "TEXT");
    assert_eq!(of(&["true", "no"]), "BOOLEAN");
    assert_eq!(of(&["2025-11-17"]), "DATE");
    assert_eq!(
        of(&["2025-11-17 10:18", "2025-11-17T10:18:00Z"]),
        "TIMESTAMP"
    );
    assert_eq!(of(&["10:18"]), "TIME");
    assert_eq!(of(&["2025-11-17", "x"]), "TEXT");
    assert_eq!(of(&["99999999999999999999"]), "DECIMAL");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// No text makes a check panic.
    #[test]
    fn no_text_makes_a_check_panic(text in "[-+0-9.eE:TZ ü,é]{0,14}|\\PC{0,14}") {
        for declared in ["INT", "REAL", "DECIMAL(4,2)", "BOOLEAN", "DATE", "TIME", "TIMESTAMP", "CHAR(3)", "STRING", "BLOB"] {
            let _ = check(declared, &text);
        }
    }

    /// No declaration makes the reading of types panic.
    #[test]
    fn no_declaration_makes_the_reading_panic(text in "[A-Z(), 0-9]{0,20}|\\PC{0,20}") {
        let _ = ColumnType::sqlite(&text).to_string();
    }

    /// A type that takes a text into SQLite finds the same value there: what the checksums of
    /// both sides rest on.
    #[test]
    fn what_is_taken_is_found_again(
        declared in prop::sample::select(&["INTEGER", "REAL", "DECIMAL(20,6)", "NUMERIC", "STRING", "TEXT", "", "DATE", "BLOB", "BOOLEAN"][..]),
        text in "[-+]?[0-9]{1,18}(\\.[0-9]{0,8})?|[-+]?[0-9]{1,3}e[0-9]|[a-z0-9. ]{0,5}",
    ) {
        let kind = ColumnType::sqlite(declared);
        let Ok(cell) = kind.check(&Field::Text(&text), declared) else { return Ok(()) };
        let database = rusqlite::Connection::open_in_memory().unwrap();
        database.execute_batch(&format!("CREATE TABLE t(c {declared})")).unwrap();
        let mut insert = database.prepare("INSERT INTO t VALUES (?)").unwrap();
        crate::insert::target::sqlite_bind(&mut insert, 1, &cell).unwrap();
        insert.raw_execute().unwrap();
        let (of_source, of_target) = database.query_row("SELECT c FROM t", [], |row| {
            let found = crate::insert::target::sqlite_found(row.get_ref(0)?).to_static();
            let hash = |cell: &Cell<'_>| {
                format!("{:?}", crate::insert::checksum::Hash::of(&kind, cell))
            };
            Ok((hash(&cell), hash(&found)))
        }).unwrap();
        prop_assert_eq!(of_source, of_target, "{} {:?}", declared, cell);
    }
}

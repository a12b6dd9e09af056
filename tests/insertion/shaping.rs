//! Frames whose columns and values are not as the table has them.

use super::*;
use crewdesk::insert::{Preview, Refusal, Trim};

const SALES: &str = "CREATE TABLE sales(id INTEGER PRIMARY KEY, amount DECIMAL(10,2) NOT NULL,
    country CHAR(2) NOT NULL, customer_name TEXT, sold TIMESTAMP)";

fn look(insertion: &Insertion) -> Preview {
    preview(insertion, 100, &Cancel::new()).unwrap()
}

impl House {
    fn sales(&self, text: &str, columns: &str) -> Insertion {
        let mut insertion = self.insertion("sales", text);
        insertion.columns = columns.parse().unwrap();
        insertion
    }
}

#[test]
fn columns_go_where_the_mapping_says() {
    let house = House::new(SALES);
    let text = "id,Betrag,Kunde,Notes\n1,1.50,ana,x\n2,,,y\n3,3,\"\",z\n";
    let columns = "amount = Betrag ? 0\ncountry := DE\n- Notes\ncustomer_name = Kunde ? \"n/a\"";
    let insertion = house.sales(text, columns);
    let seen = look(&insertion);
    assert_eq!((seen.rows_refused, &seen.mismatch), (0, &None));
    let told: Vec<(&str, Option<&str>)> = seen
        .columns
        .iter()
        .map(|c| (c.name.as_str(), c.source.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("id", None),
            ("amount", Some("Betrag")),
            ("customer_name", Some("Kunde")),
            ("country", None)
        ]
    );
    assert_eq!(seen.rows[1].values[1].as_deref(), Some("0"));
    let report = job(&insertion, "a").unwrap();
    assert!(report.committed, "{:?}", report.refusals);
    assert_eq!(report.facts.source_checksum, report.facts.target_checksum);
    assert_eq!(
        house.rows("SELECT id, amount, country, customer_name, sold FROM sales"),
        [
            "1 1.5 'DE' 'ana' NULL",
            "2 0 'DE' 'n/a' NULL",
            "3 3 'DE' 'n/a' NULL"
        ]
    );
}

#[test]
fn one_column_may_go_to_two_and_two_may_change_places() {
    let house = House::new("CREATE TABLE t(a TEXT, b TEXT, c TEXT)");
    let mut insertion = house.insertion("t", "a,b\n1,2\n");
    insertion.columns = "a = b\nb = a\nc = a".parse().unwrap();
    assert!(job(&insertion, "k").unwrap().committed);
    assert_eq!(house.rows("SELECT * FROM t"), ["'2' '1' '1'"]);
}

#[test]
fn refusals_name_the_column_of_both() {
    let house = House::new(SALES);
    let text = "id,Betrag\n1,1.50\n\"2\n\",x\n1,3\n2,\n";
    let insertion = house.sales(text, "amount = Betrag\ncountry := DE");
    let report = job(&insertion, "a").unwrap();
    assert!(!report.committed);
    let told: Vec<String> = report.refusals.iter().map(Refusal::to_string).collect();
    assert!(told[0].starts_with("line 3, id: "), "{told:?}");
    assert!(
        told[1].starts_with("line 3, amount (Betrag): \"x\" is not"),
        "{told:?}"
    );
    assert!(told[2].starts_with("line 5, id: "), "{told:?}");
    assert!(
        told[3].starts_with("line 6, amount (Betrag): must not be NULL"),
        "{told:?}"
    );
    // What the target blames has the names of both, too.
    house
        .database()
        .execute_batch("CREATE TABLE keyed(a INTEGER, b INTEGER, PRIMARY KEY (a, b))")
        .unwrap();
    let mut insertion = house.insertion("keyed", "x,b\n1,2\n1,2\n");
    insertion.columns = "a = x".parse().unwrap();
    let report = job(&insertion, "b").unwrap();
    let refusal = &report.refusals[0];
    assert_eq!(
        (
            refusal.column.as_deref(),
            refusal.source.as_deref(),
            refusal.value.as_deref()
        ),
        (Some("a, b"), Some("x, b"), Some("1, 2"))
    );
}

#[test]
fn a_mapping_that_does_not_fit_says_which_line_and_what_is_near() {
    let house = House::new(SALES);
    let text = "id,Betrag,amount\n1,2,3\n";
    for (columns, reason) in [
        (
            "\namount = Betrg",
            "columns: line 2, amount = Betrg: the data frame has no column \"Betrg\"; did you mean \"Betrag\"?",
        ),
        (
            "amont = Betrag",
            "sales has no column \"amont\"; did you mean \"amount\"?",
        ),
        ("- Notes", "the data frame has no column \"Notes\""),
        (
            "amount = Betrag",
            "the data frame has a column \"amount\", too; say where it goes, or leave it out with - amount",
        ),
        (
            "amount = Betrag\n- amount\namount := 1",
            "line 3, amount := 1: \"amount\" is filled by a line before",
        ),
        ("amount := x", "\"x\" is not DECIMAL(10,2)"),
        ("amount ? 1,5", "write a point before the fraction"),
        ("amount :=", "must not be NULL"),
        (
            "country ? DE",
            "no column \"country\" whose NULL could be replaced; write country := and the value",
        ),
        ("- id\n- Betrag\n- amount", "no column is left"),
    ] {
        let error = job(&house.sales(text, columns), "k").unwrap_err();
        assert!(error.to_string().contains(reason), "{columns}: {error}");
        assert_eq!(error.field(), Some("columns"), "{columns}");
    }
}

#[test]
fn a_mapping_is_suggested_where_names_do_not_match() {
    let house = House::new(SALES);
    let text = "ID;Betrag;Land;Customer Name;Notes\n1;2;DE;ana;x\n";
    let seen = look(&house.sales(text, ""));
    assert!(seen.mismatch.is_some());
    assert_eq!(seen.suggested, ["customer_name = Customer Name"]);
    let error = job(&house.sales(text, ""), "k").unwrap_err().to_string();
    assert!(error.contains("did you mean \"customer_name\"?"), "{error}");
    assert!(
        error.contains("name = Betrag, or - Betrag to leave it out"),
        "{error}"
    );
    // With that said, the rest goes by elimination, where its values fit.
    let columns = "customer_name = Customer Name\ncountry = Land\n- Notes\nsold :=";
    let seen = look(&house.sales(text, columns));
    assert_eq!(seen.suggested, ["amount = Betrag"]);
    let seen = look(&house.sales(text, &format!("{columns}\namount = Betrag")));
    assert_eq!((seen.mismatch, seen.suggested), (None, Vec::new()));
    let columns = "customer_name = Customer Name\ncountry = Land\namount = Betrag\nsold :=";
    assert_eq!(look(&house.sales(text, columns)).suggested, ["- Notes"]);
}

#[test]
fn one_wrong_value_takes_no_suggestion_away() {
    let house =
        House::new("CREATE TABLE t(id INTEGER PRIMARY KEY, amount DECIMAL(10,2), sold DATE)");
    let look_at = |text: &str| look(&house.insertion("t", text)).suggested;
    // The names lead to two of them, the values to the last: numbers, or days in another format.
    let text = "id;Sold;Betrag\n1;2026-01-31;2.50\n2;2026-02-01;much\n3;2026-02-02;3\n";
    assert_eq!(look_at(text), ["amount = Betrag"]);
    let text = "id;amount;Tag\n1;2.50;31.01.2026\n2;3;later\n3;4;02.02.2026\n";
    assert_eq!(look_at(text), ["sold = Tag"]);
    let text = "id;amount;Tag\n1;2.50;no\n2;3;later\n3;4;02.02.2026\n";
    assert!(look_at(text).is_empty(), "most of its values are no days");
    // What such days are written like is said with it.
    let text = "id;amount;Tag\n1;2.50;31.01.2026\n2;3;30.01.2026\n";
    let looks = look(&house.insertion("t", text)).dates.unwrap();
    assert_eq!(looks.words(), "Tag look like dd.MM.yyyy");
}

#[test]
fn a_key_that_is_none_takes_no_suggestion_away() {
    let house = House::new(SALES);
    let text = "ID;amount;Sold;Land;Customer Name\n1;2;2026-01-31;DE;ana\n";
    let mut insertion = house.sales(text, "");
    insertion.mode = Mode::Upsert;
    assert_eq!(
        look(&insertion).suggested,
        ["country = Land", "customer_name = Customer Name"]
    );
    insertion.key = vec!["Kunde".to_owned()];
    let seen = look(&insertion);
    assert!(seen.no_key.unwrap().contains("no column \"Kunde\""));
    assert_eq!(seen.suggested.len(), 2);
    assert_eq!(seen.rows.len(), 1, "the rows are shown");
}

#[test]
fn columns_without_names_are_mapped_by_their_place() {
    let house = House::new(SALES);
    let mut insertion = house.sales("1,x,2.50\n", "- column2\namount = column3\ncountry := DE");
    insertion.read.header = Some(false);
    let report = job(&insertion, "k").unwrap();
    assert!(report.committed, "{:?}", report.refusals);
    assert_eq!(house.rows("SELECT id, amount FROM sales"), ["1 2.5"]);
}

#[test]
fn a_mapping_is_about_the_result_of_a_query() {
    let house = House::new(SALES);
    let mut insertion = house.sales("n,v\n1,2.5\n", "amount = total\ncountry := DE");
    insertion.query = Some("SELECT n AS id, v * 2 AS total FROM frame".into());
    assert!(job(&insertion, "k").unwrap().committed);
    assert_eq!(house.rows("SELECT id, amount FROM sales"), ["1 5"]);
}

#[test]
fn blanks_are_taken_away_where_that_is_said() {
    let house = House::new("CREATE TABLE t(id INTEGER, name TEXT, note TEXT)");
    let text =
        "id , name,note\n 1 , ana ,\" x \"\n2,  , \"a,\"\"b\"\"\" \n\u{a0}3\u{a0},\tNA\t,\"\"\n";
    let rows = |trim: Trim| {
        let mut insertion = house.insertion("t", text);
        insertion.read.trim = trim;
        insertion.read.null_texts = vec!["NA".into()];
        insertion.mode = Mode::Replace;
        let report = job(&insertion, &format!("{trim:?}")).unwrap();
        assert!(report.committed, "{:?}", report.refusals);
        house.rows("SELECT * FROM t")
    };
    assert_eq!(
        rows(Trim::Unquoted),
        ["1 'ana' ' x '", "2 NULL 'a,\"b\"'", "3 NULL ''"]
    );
    assert_eq!(
        rows(Trim::All),
        ["1 'ana' 'x'", "2 NULL 'a,\"b\"'", "3 NULL ''"]
    );
    let report = house.insert("t", text);
    assert_eq!(report.facts.rows_refused, 3);
    let mut insertion = house.insertion("t", "{\"id\": \" 1 \", \"name\": \" ana \"}\n");
    insertion.read.trim = Trim::Unquoted;
    insertion.mode = Mode::Replace;
    assert!(job(&insertion, "json").unwrap().committed);
    assert_eq!(house.rows("SELECT * FROM t"), ["1 'ana' NULL"]);
}

#[test]
fn numbers_are_read_as_the_frame_writes_them() {
    let house = House::new(SALES);
    let text = "id;amount;country\n1;1.234,50;DE\n2;-7;DE\n";
    let mut insertion = house.sales(text, "");
    let seen = look(&insertion);
    let looks = seen.numbers.unwrap();
    assert_eq!(looks.words(), "amount look like 1.234,56");
    assert_eq!(looks.say, "1.234,56");
    insertion.read.numbers = "1.234,56".parse().unwrap();
    let seen = look(&insertion);
    assert_eq!((seen.rows_refused, seen.numbers), (0, None));
    assert!(job(&insertion, "a").unwrap().committed);
    assert_eq!(
        house.rows("SELECT id, amount FROM sales"),
        ["1 1234.5", "2 -7"]
    );
    let text = "id;amount;country\n3;12.34,5;DE\n4;1.5;DE\n5;1.234,567;DE\n6;1.234;1\n";
    let mut insertion = house.sales(text, "");
    insertion.read.numbers = "1.234,56".parse().unwrap();
    let report = job(&insertion, "b").unwrap();
    let told: Vec<String> = report.refusals.iter().map(Refusal::to_string).collect();
    assert_eq!(
        told,
        [
            "line 2, amount: \"12.34,5\" is not DECIMAL(10,2) in the format 1.234,56",
            "line 3, amount: \"1.5\" is not DECIMAL(10,2) in the format 1.234,56",
            "line 4, amount: \"1234.567\" is not DECIMAL(10,2): 3 digits after the point, 2 fit",
        ]
    );
    assert_eq!(report.refusals[2].value.as_deref(), Some("1.234,567"));
}

#[test]
fn a_query_counts_with_numbers_as_the_frame_writes_them() {
    let house = House::new(SALES);
    let mut insertion = house.sales("id;v;code\n1;1.234,50;007\n2;0,25;1.1\n", "");
    insertion.read.numbers = "1.234,56".parse().unwrap();
    insertion.query = Some(
        "SELECT id, v AS amount, 'DE' AS country, code AS customer_name FROM frame WHERE v > 1 \
         UNION ALL SELECT 9, sum(v), 'DE', NULL FROM frame"
            .into(),
    );
    let report = job(&insertion, "k").unwrap();
    assert!(report.committed, "{:?}", report.refusals);
    assert_eq!(
        house.rows("SELECT id, amount, customer_name FROM sales"),
        ["1 1234.5 '007'", "9 1234.75 NULL"]
    );
}

#[test]
fn numbers_with_a_currency_or_in_brackets_are_read_where_that_is_said() {
    let house = House::new("CREATE TABLE t(id INTEGER PRIMARY KEY, v DECIMAL(10,2))");
    for (values, says, found) in [
        (["1.234,50 €", "-7,10 €"], "1.234,56 €", ["1234.5", "-7.1"]),
        (["(1,234.50)", "7.10"], "(1,234.56)", ["-1234.5", "7.1"]),
    ] {
        let text = format!("id;v\n1;{}\n2;{}\n", values[0], values[1]);
        let mut insertion = house.insertion("t", &text);
        insertion.mode = Mode::Replace;
        let seen = look(&insertion);
        assert!(seen.rows_refused > 0, "{says}");
        assert_eq!(seen.numbers.unwrap().say, says);
        insertion.read.numbers = says.parse().unwrap();
        let report = job(&insertion, says).unwrap();
        assert!(report.committed, "{says} {:?}", report.refusals);
        assert_eq!(house.rows("SELECT v FROM t ORDER BY id"), found, "{says}");
    }
    // What a spreadsheet makes of 0.1 + 0.2.
    let insertion = house.insertion("t", "id,v\n5,0.30000000000000004\n");
    let report = job(&insertion, "noise").unwrap();
    let reason = &report.refusals[0].reason;
    assert!(reason.contains("round it by a query"), "{reason}");
}

#[test]
fn blanks_inside_of_quotes_are_told_with_what_takes_them_away() {
    let house = House::new("CREATE TABLE t(id INTEGER PRIMARY KEY, v INTEGER)");
    let mut insertion = house.insertion("t", "id,v\n1,\" 7 \"\n");
    assert_eq!(look(&insertion).trim, Some(Trim::Unquoted));
    insertion.read.trim = Trim::Unquoted;
    assert_eq!(look(&insertion).trim, Some(Trim::All));
    insertion.read.trim = Trim::All;
    let seen = look(&insertion);
    assert_eq!((seen.rows_refused, seen.trim), (0, None));
}

/// Else the query would read one number in two ways, by what most of a file is.
#[test]
fn a_number_in_another_format_stops_the_query_that_reads_it() {
    let house = House::new(SALES);
    for odd in ["12,50 €", "1.5"] {
        let text = format!("id;v\n1;1.234,50\n2;0,25\n3;7,00\n4;-\n5;{odd}\n");
        let mut insertion = house.sales(&text, "");
        insertion.read.numbers = "1.234,56".parse().unwrap();
        insertion.query =
            Some("SELECT id, replace(v, ' €', '') AS amount, 'DE' AS country FROM frame".into());
        let error = job(&insertion, odd).unwrap_err().to_string();
        assert!(error.contains(&format!("line 6 has {odd:?}")), "{error}");
        assert!(error.contains("OTHER=1.234,56"), "{error}");
        let seen = preview(&insertion, 10, &Cancel::new()).unwrap();
        assert_eq!(seen.unclear, Some(error));
        insertion.query = Some("SELECT id FROM frame".into());
        let seen = preview(&insertion, 10, &Cancel::new()).unwrap();
        assert_eq!(seen.unclear, None, "what is not read is no matter");
    }
}

#[test]
fn times_are_read_as_the_frame_writes_them() {
    let house = House::new("CREATE TABLE t(id INTEGER, day DATE, at TIMESTAMP, clock TIME)");
    let mut insertion = house.insertion(
        "t",
        "id;day;at;clock\n1;31.12.2026;31.12.2026 09.05;23.59\n2;1.1.2026;01.01.2026;24.00\n",
    );
    insertion.read.dates = "dd.MM.yyyy HH.mm".parse().unwrap();
    let report = job(&insertion, "k").unwrap();
    let columns: Vec<_> = report
        .refusals
        .iter()
        .map(|r| r.column.as_deref().unwrap())
        .collect();
    assert_eq!(columns, ["day", "at", "clock"], "{:?}", report.refusals);
    assert_eq!(report.facts.rows_refused, 1);
    let mut insertion = house.insertion(
        "t",
        "id;day;at;clock\n1;31.12.2026;31.12.2026 09.05;23.59\n",
    );
    insertion.read.dates = "dd.MM.yyyy HH.mm".parse().unwrap();
    assert!(job(&insertion, "j").unwrap().committed);
    assert_eq!(
        house.rows("SELECT * FROM t"),
        ["1 '2026-12-31' '2026-12-31 09:05' '23:59'"]
    );
}

#[test]
fn a_text_that_only_means_null_is_suggested_among_texts_too() {
    let house = House::new("CREATE TABLE t(id INTEGER, name TEXT, key TEXT NOT NULL)");
    let rows = "id,name,key\n1,\\N,a\n2,NA,\\N\n";
    let mut insertion = house.insertion("t", rows);
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    assert!(seen.escapes && seen.nulls.is_empty() && seen.rows_refused == 0);
    // Where other backslashes stand for themselves it is no export.
    let other = house.insertion("t", &rows.replace("NA,", "C:\\Data,"));
    let seen = preview(&other, 100, &Cancel::new()).unwrap();
    assert_eq!((seen.escapes, seen.nulls), (false, vec!["\\N".to_owned()]));
    insertion.read.null_texts = vec!["\\N".into()];
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    assert!(seen.nulls.is_empty() && seen.rows_refused == 1);
}

#[test]
fn each_column_may_have_its_own_format() {
    let house = House::new(
        "CREATE TABLE t(id INTEGER, day DATE, due DATE, paid DATE, amount REAL, tax REAL)",
    );
    let rows = "id;day;Faellig;paid;amount;tax\n1;31.12.2026;12/31/2026;2026-12-31;1.234,5;0.5\n\
                2;1.2.2026;1/13/2026;;99,25;1.5\n";
    let mut insertion = house.insertion("t", rows);
    insertion.columns = "due = Faellig".parse().unwrap();
    // What fits as it is stays so: the others are named.
    let seen = look(&insertion);
    let (dates, numbers) = (seen.dates.unwrap(), seen.numbers.unwrap());
    assert_eq!(dates.say, "day=d.M.yyyy; due=M/d/yyyy");
    assert_eq!(
        dates.words(),
        "day look like d.M.yyyy, those of due look like M/d/yyyy"
    );
    assert_eq!(numbers.say, "amount=1.234,56");
    // The frame's name of a column is as good as the table's.
    insertion.read.dates = "day=%d.%m.%Y; faellig=M/d/yyyy".parse().unwrap();
    insertion.read.numbers = numbers.say.parse().unwrap();
    let seen = look(&insertion);
    let found = (seen.rows_refused, seen.dates, seen.numbers, seen.unclear);
    assert_eq!(found, (0, None, None, None));
    assert!(job(&insertion, "k").unwrap().committed);
    let dates = "SELECT day, due, paid FROM t ORDER BY id";
    assert_eq!(
        house.rows(dates),
        [
            "'2026-12-31' '2026-12-31' '2026-12-31'",
            "'2026-02-01' '2026-01-13' NULL"
        ]
    );
    assert_eq!(
        house.rows("SELECT amount, tax FROM t ORDER BY id"),
        ["1234.5 0.5", "99.25 1.5"]
    );
    // A table that is made has the types of each.
    insertion.mode = Mode::Create;
    insertion.table = "made".into();
    insertion.columns = Default::default();
    assert!(job(&insertion, "c").unwrap().committed);
    assert_eq!(
        house.rows("SELECT Faellig, amount FROM made")[0],
        "'2026-12-31' 1234.5"
    );

    for (dates, numbers, field) in [
        ("dya=dd.MM.yyyy", "", "dateFormat"),
        ("", "due2=1.234,56", "numberFormat"),
    ] {
        insertion.mode = Mode::Append;
        insertion.table = "t".into();
        insertion.columns = "due = Faellig".parse().unwrap();
        insertion.read.dates = dates.parse().unwrap();
        insertion.read.numbers = numbers.parse().unwrap();
        for error in [
            job(&insertion, "e").unwrap_err(),
            preview(&insertion, 100, &Cancel::new()).unwrap_err(),
        ] {
            assert_eq!(error.field(), Some(field));
            assert!(error.to_string().contains("did you mean \"d"), "{error}");
        }
    }
}

#[test]
fn a_query_reads_numbers_by_the_columns_of_the_frame() {
    let house = House::new("CREATE TABLE t(id INTEGER, both REAL, day DATE)");
    let mut insertion = house.insertion("t", "id;a;b;d\n1;1.234,5;1.5;31.12.2026\n");
    insertion.read.numbers = "a=1.234,56".parse().unwrap();
    insertion.read.dates = "day=dd.MM.yyyy".parse().unwrap();
    insertion.query = Some("SELECT id, a + b AS both, d AS day FROM frame".into());
    assert!(job(&insertion, "k").unwrap().committed);
    assert_eq!(house.rows("SELECT * FROM t"), ["1 1236.0 '2026-12-31'"]);
}

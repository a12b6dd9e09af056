use super::*;
use crate::insert::frame::{Frame, FrameStore, Source};
use crate::insert::records::ReadOptions;

fn frame(text: &str) -> (tempfile::TempDir, Frame) {
    let dir = tempfile::tempdir().unwrap();
    let store = FrameStore::new(dir.path()).unwrap();
    let captured = store
        .capture(Source::Text(text), &mut |_, _| {}, &Cancel::new())
        .unwrap();
    let frame = store.open(&captured.hash).unwrap();
    (dir, frame)
}

fn ask_within(
    text: &str,
    sql: &str,
    limits: QueryLimits,
    cancel: &Cancel,
) -> Result<Vec<String>, InsertError> {
    let (_dir, frame) = frame(text);
    let options = ReadOptions::default();
    let query = Some(sql);
    let of = RowsOf {
        frame: frame.watched(cancel),
        options: &options,
        query,
        shape: None,
        limits,
        cancel,
        sample: None,
    };
    with(&of, sql, &mut |_, _| {}, |rows| {
        let mut all = vec![rows.columns().join(" ")];
        let width = rows.columns().len();
        rows.each(&mut |item, _| {
            all.push(match item {
                Item::Row(row) => (0..width)
                    .map(|i| row.field(i).to_string())
                    .collect::<Vec<_>>()
                    .join(" "),
                Item::Refused(refusal) => format!("refused {}", refusal.line.unwrap()),
                Item::RefusedMore(n) => format!("and {n} more"),
            });
            Ok(true)
        })?;
        Ok(all)
    })
}

fn ask(text: &str, sql: &str) -> Result<Vec<String>, InsertError> {
    ask_within(text, sql, QueryLimits::default(), &Cancel::new())
}

const FRAME_TEXT: &str =
    "id,code,amount,day\n1,007,9.90,2025-11-17\n2,8,10.05,\n3,,100.00,2025-11-18\n";

#[test]
fn a_query_shapes_the_frame() {
    let sql = "SELECT id AS number, upper(code) || '!' AS code FROM frame WHERE id >= 2 ORDER BY id DESC;";
    assert_eq!(
        ask(FRAME_TEXT, sql).unwrap(),
        ["number code", "3 NULL", "2 8!"]
    );
}

#[test]
fn decimals_stay_text_but_compare_as_numbers() {
    let got = ask(
        FRAME_TEXT,
        "SELECT amount, typeof(amount) t FROM frame ORDER BY amount",
    )
    .unwrap();
    assert_eq!(got, ["amount t", "9.90 text", "10.05 text", "100.00 text"]);
    let above = ask(
        FRAME_TEXT,
        "SELECT id FROM frame WHERE amount > 10 AND amount < 99.5",
    )
    .unwrap();
    assert_eq!(above, ["id", "2"]);
    let most = ask(
        FRAME_TEXT,
        "SELECT max(amount) m, sum(amount) > 119 s FROM frame",
    )
    .unwrap();
    assert_eq!(most, ["m s", "100.00 1"]);
    let exact = "12345678901234567890.123456789";
    let got = ask(&format!("a,b\n{exact},1\n"), "SELECT a FROM frame").unwrap();
    assert_eq!(got, ["a", exact]);
}

#[test]
fn texts_that_look_like_numbers_stay_as_they_are() {
    let got = ask(FRAME_TEXT, "SELECT code FROM frame").unwrap();
    assert_eq!(got, ["code", "007", "8", "NULL"]);
}

#[test]
fn malformed_records_are_told_and_left_out() {
    let text = format!("a,b\n1,2\n3\n4,5\n{}", "6\n".repeat(DESCRIBED + 2));
    let got = ask(&text, "SELECT count(*) AS n FROM frame").unwrap();
    assert_eq!(got.len(), 1 + DESCRIBED + 1 + 1);
    assert_eq!(
        (got[1].as_str(), got[2].as_str()),
        ("refused 3", "refused 5")
    );
    assert_eq!(got[DESCRIBED + 1..], ["and 3 more", "2"]);
}

#[test]
fn only_a_select_over_the_frame_is_allowed() {
    for sql in [
        "ATTACH 'x.db' AS x",
        "PRAGMA table_info(frame)",
        "SELECT * FROM pragma_table_info('frame')",
        "SELECT * FROM pragma_database_list",
        "DELETE FROM frame",
        "DELETE FROM frame RETURNING id",
        "INSERT INTO frame(id) VALUES (9) RETURNING id",
        "UPDATE frame SET id = 1",
        "CREATE TABLE t(a)",
        "CREATE TEMP TABLE t AS SELECT 1",
        "DROP TABLE frame",
        "VACUUM INTO 'x.db'",
        "BEGIN",
        "SELECT load_extension('x')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT sqlite_source_id()",
        "SELECT * FROM sqlite_schema",
        "SELECT * FROM sqlite_temp_master",
        "SELECT * FROM dbstat",
        "EXPLAIN SELECT 1",
        "EXPLAIN QUERY PLAN SELECT 1",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE frame",
        "SELECT ?1",
        "SELECT :id",
        "SELECT 1 AS a, 2 AS A",
        "-- nothing",
        "SELEC 1",
        "SELECT nothing FROM frame",
        "SELECT readfile('/etc/passwd')",
    ] {
        match ask(FRAME_TEXT, sql) {
            Err(InsertError::Query(reason)) => assert!(!reason.is_empty()),
            other => panic!("{sql}: {other:?}"),
        }
    }
    assert!(!std::path::Path::new("x.db").exists());
    for sql in [
        "WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < 3) SELECT x FROM c",
        "SELECT value FROM frame, json_each('[1]')",
        "SELECT id FROM FRAME AS f JOIN frame AS g USING (id)",
        "VALUES (1, 2)",
        "SELECT row_number() OVER (ORDER BY amount) AS n, strftime('%Y', day) AS y FROM frame",
    ] {
        ask(FRAME_TEXT, sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    }
}

#[test]
fn a_query_without_an_end_is_stopped() {
    let few = QueryLimits {
        steps: 1_000_000,
        ..QueryLimits::default()
    };
    let bomb = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c)";
    for sql in [
        format!("{bomb} SELECT count(*) AS n FROM c"),
        format!("{bomb} SELECT x FROM c"),
        format!("{bomb} SELECT x FROM c ORDER BY x"),
    ] {
        let said = ask_within(FRAME_TEXT, &sql, few, &Cancel::new())
            .unwrap_err()
            .to_string();
        assert!(said.contains("recursion without an end"), "{said}");
    }
    let soon = QueryLimits {
        time: Duration::ZERO,
        ..QueryLimits::default()
    };
    let said = ask_within(
        FRAME_TEXT,
        &format!("{bomb} SELECT x FROM c"),
        soon,
        &Cancel::new(),
    );
    assert!(said.unwrap_err().to_string().contains("0 s"));
}

#[test]
fn great_texts_are_stopped() {
    for sql in [
        "SELECT zeroblob(100000000) AS z",
        "SELECT printf('%100000000s', 'x') AS p",
    ] {
        assert!(
            matches!(ask(FRAME_TEXT, sql), Err(InsertError::Query(_))),
            "{sql}"
        );
    }
}

#[test]
fn a_query_can_be_cancelled() {
    let cancel = Cancel::new();
    cancel.cancel();
    let asked = ask_within(
        FRAME_TEXT,
        "SELECT id FROM frame",
        QueryLimits::default(),
        &cancel,
    );
    assert!(matches!(asked, Err(InsertError::Cancelled)));
}

#[test]
fn names_of_columns_can_be_anything() {
    let text = "\"a\"\"b\",select,\"x); DROP TABLE frame;--\"\n1,2,3\n";
    let got = ask(text, "SELECT * FROM frame").unwrap();
    assert_eq!(got, ["a\"b select x); DROP TABLE frame;--", "1 2 3"]);
}

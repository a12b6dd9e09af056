//! The rows of a query on one database as a data frame for another, or for the same.

use super::place::{Kind, PASSWORD, Place, job};
use crewdesk::insert::{
    Cancel, Captured, Frame, FrameStore, InsertError, Insertion, Mode, Password, SOURCE_TIME,
    SourceQuery,
};
use std::io::Read;
use std::time::Duration;

fn query(place: &Place, sql: &str) -> SourceQuery {
    SourceQuery {
        connection: place.url(),
        password: Some(Password::new(PASSWORD)),
        forbidden: Default::default(),
        sql: sql.replace("$t", &place.table),
        name: "query on shop".to_owned(),
        time: SOURCE_TIME,
        most: None,
    }
}

fn capture(place: &Place, sql: &str) -> Result<Captured, InsertError> {
    query(place, sql).capture(&place.store(), &Cancel::new())
}

fn frame(store: &FrameStore, captured: &Captured) -> Frame {
    let frame = store.open(&captured.hash).unwrap();
    frame.named(captured.name.clone())
}

#[test]
fn values_come_back_as_they_were() {
    for place in Place::all() {
        // SQLite keeps the digits of a decimal in a column of texts.
        let decimal = place.choose("TEXT", "DECIMAL(38,10)", "DECIMAL(38,10)");
        let columns = format!(
            "(id INTEGER PRIMARY KEY, name VARCHAR(40), amount {decimal}, \
             ratio DOUBLE PRECISION, big BIGINT, day DATE, clock TIME, at TIMESTAMP NULL, \
             yes BOOLEAN, note TEXT)"
        );
        place.sql(&format!("CREATE TABLE $t{columns}"));
        place.sql(&format!("CREATE TABLE $t_copy{columns}"));
        place.sql(
            "INSERT INTO $t VALUES (1, 'Jörg, \"𝄞\"', '1234567890123456789012345678.0123456789', \
             0.1, 9223372036854775807, '2026-12-31', '23:59:59', '2026-12-31 09:05:01', TRUE, '')",
        );
        place
            .sql("INSERT INTO $t VALUES (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)");
        place.sql(
            "INSERT INTO $t VALUES (3, ' x ', '-0.5000000000', -1e300, -9223372036854775808, \
             '1970-01-02', '00:00:00', '1971-01-01 00:00:00', FALSE, 'a\nb')",
        );
        let captured = capture(&place, "SELECT * FROM $t ORDER BY id").unwrap();
        assert_eq!(captured.name, "query on shop");
        let again = capture(&place, "SELECT * FROM $t ORDER BY id").unwrap();
        assert_eq!(again.hash, captured.hash, "the same rows");
        let mut insertion = Insertion::new(
            place.url(),
            format!("{}_copy", place.table),
            frame(&place.store(), &captured),
        );
        insertion.password = Some(Password::new(PASSWORD));
        let report = job(&insertion, &place.table).unwrap();
        assert!(report.committed, "{:?} {:?}", place.kind, report.refusals);
        let all = |table: &str| place.sql(&format!("SELECT * FROM {table} ORDER BY id"));
        assert_eq!(all("$t_copy"), all("$t"), "{:?}", place.kind);
        for (is, count) in [("IS NULL", "1"), ("= ''", "1"), ("= 'a\nb'", "1")] {
            let count_of = format!("SELECT count(*) FROM $t_copy WHERE note {is}");
            assert_eq!(place.sql(&count_of), [count], "{:?} {is}", place.kind);
        }
    }
}

/// Truths and floats of a query make the columns that those of a file make.
#[test]
fn a_table_is_made_for_truths_and_floats_of_a_query() {
    for place in Place::all() {
        if place.kind != Kind::Postgres {
            continue;
        }
        let sql = "SELECT TRUE AS yes, 1e-7::float8 AS x UNION ALL SELECT FALSE, 1.5e300";
        let captured = capture(&place, sql).unwrap();
        let mut insertion =
            Insertion::new(place.url(), &place.table, frame(&place.store(), &captured));
        insertion.password = Some(Password::new(PASSWORD));
        insertion.mode = Mode::Create;
        let report = job(&insertion, &place.table).unwrap();
        assert!(report.committed, "{:?}", report.refusals);
        let types = "SELECT data_type FROM information_schema.columns \
                     WHERE table_name = '$t' ORDER BY ordinal_position";
        assert_eq!(place.sql(types), ["boolean", "numeric"]);
        // What is no number comes along.
        place.sql("CREATE TABLE $t_nan(x float8)");
        let endless = "SELECT 'NaN'::float8 AS x UNION ALL SELECT '-Infinity'";
        let captured = capture(&place, endless).unwrap();
        let table = format!("{}_nan", place.table);
        let mut insertion =
            Insertion::new(place.url(), table.clone(), frame(&place.store(), &captured));
        insertion.password = Some(Password::new(PASSWORD));
        insertion.read.numbers = "1234.56".parse().unwrap();
        let report = job(&insertion, &table).unwrap();
        assert!(report.committed, "{:?}", report.refusals);
    }
}

#[test]
fn it_only_reads_one_statement_and_no_bytes() {
    for place in Place::all() {
        place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY, name VARCHAR(20))");
        place.sql("INSERT INTO $t VALUES (1, 'ana')");
        let bytes = place.choose("x'00ff'", "'\\x00ff'::bytea", "x'00ff'");
        let bytes = format!("SELECT 1 AS n, {bytes} AS raw");
        for (sql, reason) in [
            ("DELETE FROM $t", "no SELECT"),
            ("SELECT 1; DELETE FROM $t", ""),
            ("WITH x AS (SELECT 1) DELETE FROM $t", ""),
            ("SELECT nothing FROM $t", "nothing"),
            ("SELECT 1 INTO OUTFILE '/tmp/crewdesk-no'", "must not write"),
            (&bytes, "\"raw\" holds bytes"),
        ] {
            let error = capture(&place, sql).unwrap_err();
            let told = format!("{:?} {sql}: {error}", place.kind);
            assert!(told.contains(reason), "{told}");
            assert_eq!(error.field(), Some("sourceQuery"), "{told}");
        }
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["1"]);
        assert!(capture(&place, "SELECT * FROM $t").is_ok());
        if place.kind == Kind::MariaDb {
            let error = capture(&place, "SELECT CAST(1.5 AS FLOAT) AS f FROM $t").unwrap_err();
            assert!(error.to_string().contains("CAST it AS DOUBLE"), "{error}");
        }
    }
}

#[test]
fn it_is_bounded_in_rows_and_time_and_can_be_stopped() {
    for place in Place::all() {
        place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY)");
        let text: String = (0..3000).map(|n| format!("{n}\n")).collect();
        assert!(place.insert(&format!("id\n{text}")).committed);
        let mut few = query(&place, "SELECT id FROM $t ORDER BY id");
        few.most = Some(10);
        let captured = few.capture(&place.store(), &Cancel::new()).unwrap();
        let mut lines = String::new();
        let mut kept = frame(&place.store(), &captured).read().unwrap();
        kept.read_to_string(&mut lines).unwrap();
        assert_eq!(lines.lines().count(), 11, "{:?}", place.kind);
        // Nobody goes through 27 milliards of rows in a second.
        let endless = "SELECT count(*) AS n FROM $t a CROSS JOIN $t b CROSS JOIN $t c \
                       WHERE a.id + b.id * c.id <> -1";
        let mut slow = query(&place, endless);
        slow.time = Duration::from_secs(1);
        let error = slow.capture(&place.store(), &Cancel::new()).unwrap_err();
        let told = error.to_string();
        assert!(
            told.contains("took more than 1 s"),
            "{:?} {told}",
            place.kind
        );
        let cancel = Cancel::new();
        let stopped = std::thread::scope(|scope| {
            let asked = scope.spawn(|| query(&place, endless).capture(&place.store(), &cancel));
            cancel.cancel();
            asked.join().unwrap()
        });
        let stopped = stopped.unwrap_err();
        assert!(
            matches!(stopped, InsertError::Cancelled),
            "{:?} {stopped}",
            place.kind
        );
    }
}

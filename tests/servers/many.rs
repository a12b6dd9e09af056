//! Frames of which very many rows are refused: told exactly, and without a statement for each.

use super::place::{Kind, Place, Server, entry, job};
use crewdesk::insert::{
    Cancel, Facts, FrameStore, Insertion, Mode, Password, Refusal, Report, Source, Verdict, run,
};

/// What is said of each row that is refused: line, column, value.
fn told(report: &Report) -> Vec<(u64, String, String)> {
    let said = |refusal: &Refusal| {
        let column = refusal.column.clone().unwrap_or_default();
        let value = refusal.value.clone().unwrap_or_default();
        (refusal.line.unwrap_or_default(), column, value)
    };
    report.refusals.iter().map(said).collect()
}

/// Inserts what fits, whatever is refused.
fn keep_the_good(insertion: &Insertion, key: &str) -> Report {
    let mut judge = |_: &Facts| {
        Ok(Verdict {
            keep: true,
            result: 1,
            reason: String::new(),
        })
    };
    run(
        insertion,
        &entry(key),
        &mut judge,
        &mut |_| {},
        &Cancel::new(),
    )
    .unwrap()
}

#[test]
fn of_many_refused_rows_each_is_the_right_one() {
    for place in Place::all() {
        let kind = place.kind;
        place.sql("CREATE TABLE $t_to(code VARCHAR(20) PRIMARY KEY)");
        place.sql("INSERT INTO $t_to VALUES ('a'), ('b')");
        place.sql(
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, day VARCHAR(20), code VARCHAR(20), \
             CHECK (id <> -77), UNIQUE (day, code), FOREIGN KEY (code) REFERENCES $t_to(code))",
        );
        let old: Vec<String> = (0..1000).map(|i| format!("({i}, 'd{i}', 'a')")).collect();
        place.sql(&format!("INSERT INTO $t VALUES {}", old.join(",")));
        // What is refused, and for what: the key comes twice or is there, the row refers to none.
        let (mut text, mut wrong) = (String::from("id,day,code\n"), Vec::new());
        let row = |text: &mut String, id: i64, day: &str, code: &str| {
            *text += &format!("{id},{day},{code}\n");
            text.lines().count() as u64
        };
        for i in 1000..4000 {
            let line = match i % 6 {
                0 => Some((row(&mut text, i - 1, &format!("n{i}"), "b"), "id")),
                1 => Some((
                    row(&mut text, i, &format!("d{}", i % 1000), "a"),
                    "day, code",
                )),
                2 => Some((row(&mut text, i, &format!("n{i}"), "z"), "code")),
                3 => Some((row(&mut text, i - 1000, &format!("n{i}"), "b"), "id")),
                _ => {
                    row(&mut text, i, "", "b");
                    None
                }
            };
            wrong.extend(line);
        }
        // A row whose key an earlier one has that is itself refused goes in.
        row(&mut text, 9000, "last", "z");
        wrong.push((text.lines().count() as u64, "code"));
        row(&mut text, 9000, "last", "b");
        let mut insertion = place.insertion(&text);
        insertion.keep_refusals = 5000;
        let report = keep_the_good(&insertion, &place.table);
        let lines: Vec<u64> = told(&report).iter().map(|(line, ..)| *line).collect();
        let expected: Vec<u64> = wrong.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, expected, "{kind:?}");
        if kind != Kind::Sqlite {
            let columns: Vec<String> = told(&report).into_iter().map(|(_, c, _)| c).collect();
            let expected: Vec<&str> = wrong.iter().map(|(_, column)| *column).collect();
            assert_eq!(columns, expected, "{kind:?}");
        }
        assert_eq!(report.facts.rows_refused, wrong.len() as u64, "{kind:?}");
        assert!(report.committed);
        let there = place.sql("SELECT count(*) FROM $t");
        let fit = text.lines().count() - 1 - wrong.len();
        assert_eq!(there, [(1000 + fit).to_string()], "{kind:?}");
        assert_eq!(
            place.sql("SELECT code FROM $t WHERE id = 9000"),
            ["b"],
            "{kind:?}"
        );
    }
}

#[test]
fn rows_that_refer_to_each_other_are_taken_in_their_order() {
    for place in Place::all() {
        place.sql(
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, name VARCHAR(20) UNIQUE, up INTEGER, \
             FOREIGN KEY (up) REFERENCES $t(id))",
        );
        place.sql("INSERT INTO $t VALUES (1, 'a', NULL)");
        // 20 has a name that 10 has, which goes in: so 30, which refers to 20, does not.
        let mut text = String::from("id,name,up\n10,x,1\n20,x,1\n30,y,20\n40,z,10\n1,b,\n");
        (100..120).for_each(|i| text += &format!("{i},a,1\n"));
        let report = keep_the_good(&place.insertion(&text), &place.table);
        let lines: Vec<u64> = told(&report).iter().map(|(line, ..)| *line).collect();
        let expected: Vec<u64> = [3, 4, 6].into_iter().chain(7..27).collect();
        assert_eq!(lines, expected, "{:?}", place.kind);
    }
}

#[test]
fn a_trigger_that_changes_keys_is_asked_by_trying() {
    for place in Place::all().into_iter().filter(|p| p.kind == Kind::MariaDb) {
        place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY, v INTEGER)");
        let old: Vec<String> = (0..50).map(|i| format!("({i}, 0)")).collect();
        place.sql(&format!("INSERT INTO $t VALUES {}", old.join(",")));
        place.sql(
            "CREATE TRIGGER $t_more BEFORE INSERT ON $t FOR EACH ROW \
             SET NEW.id = IF(NEW.v = 1, NEW.id + 1000, NEW.id)",
        );
        // Of rows that the table seems to have only those are refused that the trigger leaves.
        let mut text = String::from("id,v\n");
        (0..50).for_each(|i| text += &format!("{i},{}\n", i % 2));
        let report = keep_the_good(&place.insertion(&text), &place.table);
        let lines: Vec<u64> = told(&report).iter().map(|(line, ..)| *line).collect();
        let expected: Vec<u64> = (0..50).filter(|i| i % 2 == 0).map(|i| i + 2).collect();
        assert_eq!(lines, expected);
        assert_eq!(
            place.sql("SELECT count(*) FROM $t WHERE id >= 1000"),
            ["25"]
        );
    }
}

#[test]
fn keys_that_come_twice_are_many_in_an_upsert() {
    for place in Place::all() {
        place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY, v VARCHAR(20))");
        let mut text = String::from("id,v\n");
        (0..2000).for_each(|i| text += &format!("{},{i}\n", i / 2));
        let mut insertion = place.insertion(&text);
        insertion.mode = Mode::Upsert;
        insertion.keep_refusals = 5000;
        let report = job(&insertion, &place.table).unwrap();
        let kind = place.kind;
        assert_eq!(report.facts.rows_refused, 1000, "{kind:?}");
        let reasons: Vec<String> = report.refusals.iter().map(ToString::to_string).collect();
        let expected = (0..1000).map(|i| {
            let line = 2 * i + 2;
            format!(
                "line {}, id: line {line} of the data frame has this key, too",
                line + 1
            )
        });
        assert_eq!(reasons, expected.collect::<Vec<_>>(), "{kind:?}");
    }
}

#[test]
fn of_very_many_duplicates_not_each_is_asked_for() {
    let Some(server) = Server::start(Kind::MariaDb) else {
        return;
    };
    const ROWS: u64 = 20_000;
    server
        .try_sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v VARCHAR(20))")
        .unwrap();
    let fill = format!("INSERT INTO t SELECT seq, 'x' FROM seq_1_to_{ROWS}");
    server.try_sql(&fill).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let store = FrameStore::new(dir.path()).unwrap();
    let mut text = String::from("id,v\n");
    (1..=ROWS).for_each(|i| text += &format!("{i},y\n"));
    let source = Source::Text(&text);
    let captured = store
        .capture(source, &mut |_, _| {}, &Cancel::new())
        .unwrap();
    let frame = store.open(&captured.hash).unwrap();
    let mut insertion = Insertion::new(server.url().parse().unwrap(), "t", frame);
    insertion.password = Some(Password::new(super::place::PASSWORD));
    let asked = || -> u64 {
        let count = server
            .try_sql("SHOW GLOBAL STATUS LIKE 'Questions'")
            .unwrap();
        count[0]
            .rsplit(['|', '\t'])
            .next()
            .unwrap()
            .parse()
            .unwrap()
    };
    let before = asked();
    let report = job(&insertion, "many").unwrap();
    let statements = asked() - before;
    assert!(!report.committed);
    assert_eq!(report.facts.rows_refused, ROWS);
    assert_eq!(report.facts.duplicate_keys, ROWS);
    assert_eq!(report.refusals.len(), 100);
    assert!(statements < ROWS / 10, "{statements} statements");
}

/// Rows whose key one before them has are not put behind others where one more key, which nobody
/// asks about, makes them the first of theirs.
#[test]
fn of_rows_that_share_one_key_or_another_the_first_goes_in() {
    for place in Place::all() {
        let kind = place.kind;
        place.sql(
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, name VARCHAR(20), v INTEGER CHECK (v > 0))",
        );
        place.sql(place.choose(
            "CREATE UNIQUE INDEX $t_i ON $t(lower(name))",
            "CREATE UNIQUE INDEX $t_i ON $t(lower(name))",
            "CREATE UNIQUE INDEX $t_i ON $t(name(2))",
        ));
        let mut text = String::from("id,name,v\n7,q7,1\n7,q8,1\n");
        // The first is refused by the check: so the second goes in, and the third does not.
        text += "1,aa,-1\n1,bb,1\n2,BB,1\n";
        (10..20).for_each(|i| text += &format!("{i},n{i},1\n"));
        if kind == Kind::MariaDb {
            text = text.replace(",n1", ",");
        }
        let report = keep_the_good(&place.insertion(&text), &place.table);
        let lines: Vec<u64> = told(&report).iter().map(|(line, ..)| *line).collect();
        assert_eq!(lines, [3, 4, 6], "{kind:?}");

        place.sql("DROP TABLE $t");
        place.sql(
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, name VARCHAR(20) UNIQUE, \
             v INTEGER CHECK (v > 0))",
        );
        let mut insertion = place.insertion(&text.replace("2,BB", "2,bb"));
        insertion.mode = Mode::Upsert;
        let report = keep_the_good(&insertion, &format!("{} again", place.table));
        let lines: Vec<u64> = told(&report).iter().map(|(line, ..)| *line).collect();
        assert_eq!(lines, [3, 4, 6], "{kind:?} upsert");
    }
}

/// References that the server looks at otherwise than whoever inserts can: of a table in parts each
/// part has one, and rows that are not shown are there all the same.
#[test]
fn what_the_server_finds_is_there_whoever_asks() {
    for place in Place::all()
        .into_iter()
        .filter(|p| p.kind == Kind::Postgres)
    {
        place.sql(
            "CREATE TABLE $t_parts(code INTEGER PRIMARY KEY) PARTITION BY LIST (code); \
             CREATE TABLE $t_one PARTITION OF $t_parts FOR VALUES IN (1); \
             CREATE TABLE $t_two PARTITION OF $t_parts FOR VALUES IN (2); \
             CREATE TABLE $t_hidden(code INTEGER PRIMARY KEY); \
             ALTER TABLE $t_hidden ENABLE ROW LEVEL SECURITY; \
             CREATE POLICY $t_some ON $t_hidden FOR SELECT USING (code = 2); \
             INSERT INTO $t_parts VALUES (1), (2); INSERT INTO $t_hidden VALUES (1), (2); \
             CREATE TABLE $t(id INTEGER PRIMARY KEY, part INTEGER REFERENCES $t_parts(code), \
               hidden INTEGER REFERENCES $t_hidden(code))",
        );
        place.sql(&format!(
            "CREATE ROLE low_$t LOGIN PASSWORD '{}'; GRANT SELECT, INSERT ON $t TO low_$t; \
             GRANT SELECT ON $t_parts, $t_one, $t_two, $t_hidden TO low_$t",
            super::place::PASSWORD
        ));
        let mut text = String::from("id,part,hidden\n");
        (0..90).for_each(|i| text += &format!("{i},{},{}\n", i % 3, i / 3 % 3));
        let mut insertion = place.insertion(&text);
        let url = place.url().to_string();
        let low = url.replace("//ana@", &format!("//low_{}@", place.table));
        insertion.target = low.parse().unwrap();
        insertion.without_ledger = true;
        let report = keep_the_good(&insertion, &place.table);
        let lines: Vec<u64> = told(&report).iter().map(|(line, ..)| *line).collect();
        let wrong = (0..90).filter(|i| i % 3 == 0 || i / 3 % 3 == 0);
        assert_eq!(lines, wrong.map(|i| i + 2).collect::<Vec<_>>());
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["40"]);
    }
}

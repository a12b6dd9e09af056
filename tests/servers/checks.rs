//! What a team asks about its rows: sums, different values, orphans, statements of its own; the
//! same on every target, inside the transaction that the verdict ends.

use super::place::{Kind, Place, entry, job};
use crewdesk::insert::{
    Cancel, Check, Facts, InsertError, Insertion, Mode, Report, Verdict, preview, references, run,
};
use std::time::Duration;

const ORDERS: &str = "CREATE TABLE $t(id INTEGER PRIMARY KEY, customer VARCHAR(20), \
                      amount DECIMAL(10,2))";

fn checked(place: &Place, text: &str, checks: &[(&str, &str)]) -> Insertion {
    let mut insertion = place.insertion(text);
    let checks = checks.iter().map(|(name, sql)| Check {
        name: (*name).to_owned(),
        sql: sql.replace("$t", &place.table),
    });
    insertion.checks = checks.collect();
    insertion
}

fn error(insertion: &Insertion, key: &str) -> String {
    let mut judge = |facts: &Facts| Ok(Verdict::built_in(facts));
    // A server that says nothing more is given up.
    let cancel = Cancel::within(Duration::from_secs(100));
    match run(insertion, &entry(key), &mut judge, &mut |_| {}, &cancel) {
        Err(error @ InsertError::Check { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

fn kept(report: &Report, column: &str) -> (u64, Option<String>, Option<u64>, bool) {
    let columns = &report.facts.columns;
    let facts = columns.iter().find(|c| c.name == column).unwrap();
    (facts.nulls, facts.sum.clone(), facts.distinct, facts.exact)
}

#[test]
fn one_scan_gives_sums_different_values_and_a_checksum_of_each_column() {
    for place in Place::all() {
        let kind = place.kind;
        place.sql(ORDERS);
        place.sql("INSERT INTO $t VALUES (1000000, 'old', 99.99)");
        let mut text = String::from("id,customer,amount\n");
        (1..=3000).for_each(|i| text += &format!("{i},c{},{}.1\n", i % 3, i % 2));
        text += "3001,,\n";
        let report = place.insert(&text);
        assert!(report.committed, "{kind:?} {report:?}");
        assert_eq!(
            kept(&report, "amount"),
            (1, Some("1800".into()), Some(2), true),
            "{kind:?}"
        );
        assert_eq!(
            kept(&report, "customer"),
            (1, None, Some(3), true),
            "{kind:?}"
        );
        let (nulls, sum, distinct, exact) = kept(&report, "id");
        assert_eq!((nulls, sum.as_deref(), exact), (0, Some("4504501"), false));
        let near = distinct.unwrap().abs_diff(3001);
        assert!(near < 150, "{kind:?} {distinct:?}");
        // Whatever the order: the same column has the same checksum on each target.
        let mut again = place.insertion("amount,id\n1.10,7000\n0.1,7001\n");
        again.exact_distinct = vec!["ID".into()];
        let report = job(&again, &format!("{} b", place.table)).unwrap();
        let checksum = &report.facts.columns[0].checksum;
        assert_eq!(checksum.len(), 32);
        let mut turned = place.insertion("amount,id\n0.10,7002\n1.1,7003\n");
        turned.exact_distinct = vec!["all".into()];
        let report = job(&turned, &format!("{} c", place.table)).unwrap();
        assert_eq!(&report.facts.columns[0].checksum, checksum, "{kind:?}");
        assert_ne!(&report.facts.columns[1].checksum, checksum, "{kind:?}");
    }
}

#[test]
fn different_values_are_counted_to_the_end_where_that_is_asked() {
    for place in Place::all() {
        place.sql(ORDERS);
        let mut text = String::from("id,customer\n");
        (1..=6000).for_each(|i| text += &format!("{i},c{}\n", i % 2500));
        let mut insertion = place.insertion(&text);
        insertion.exact_distinct = vec!["customer".into()];
        let report = job(&insertion, &place.table).unwrap();
        assert_eq!(
            kept(&report, "customer"),
            (0, None, Some(2500), true),
            "{:?}",
            place.kind
        );
        assert!(!kept(&report, "id").3);
    }
}

#[test]
fn orphans_are_counted_among_the_rows_of_this_insertion() {
    for place in Place::all() {
        let kind = place.kind;
        place.sql(ORDERS);
        place.sql(
            "CREATE TABLE $t_people(\"no\" INTEGER, name VARCHAR(20))"
                .replace("\"no\"", place.choose("\"no\"", "\"no\"", "`no`"))
                .as_str(),
        );
        place.sql("INSERT INTO $t_people VALUES (1, 'ana'), (2, 'ben'), (3, NULL), (4, 'ben')");
        // What was there before is no concern of this insertion.
        place.sql("INSERT INTO $t VALUES (1, 'nobody', 1), (2, 'ana', 1)");
        let text = "id,customer,amount\n10,ana,1\n11,xerxes,2\n12,,3\n13,yara,4\n14,ben,1\n";
        let wanted = format!(
            "customer -> {0}_people.name, amount -> {0}_people.no",
            place.table
        );
        for mode in [Mode::Append, Mode::Upsert, Mode::Replace] {
            let mut insertion = place.insertion(text);
            insertion.mode = mode;
            insertion.references = references(&wanted).unwrap();
            let key = format!("{} {mode}", place.table);
            let report = job(&insertion, &key).unwrap();
            assert!(!report.committed, "{kind:?} {mode}");
            let facts = &report.facts;
            assert_eq!(facts.orphans, Some(2), "{kind:?} {mode}");
            let orphans: Vec<_> = facts.columns.iter().map(|c| c.orphans).collect();
            assert_eq!(orphans, [None, Some(2), Some(0)], "{kind:?} {mode}");
            assert!(
                report
                    .verdict
                    .reason
                    .contains("2 rows refer to what is not there (customer: "),
                "{}",
                report.verdict.reason
            );
            assert_eq!(
                place.sql("SELECT count(*) FROM $t"),
                ["2"],
                "{kind:?} {mode}"
            );
        }
        let mut insertion = place.insertion("id,customer\n10,ana\n11,\n");
        insertion.references =
            references(&format!("CUSTOMER -> {}_people.name", place.table)).unwrap();
        let report = job(&insertion, &place.table).unwrap();
        assert_eq!(
            (report.committed, report.facts.orphans),
            (true, Some(0)),
            "{kind:?}"
        );
    }
}

#[test]
fn orphans_are_told_from_those_before_also_where_no_key_tells_rows_apart() {
    for place in Place::all() {
        place.sql("CREATE TABLE $t(customer VARCHAR(20))");
        place.sql("CREATE TABLE $t_people(name VARCHAR(20) PRIMARY KEY)");
        place.sql("INSERT INTO $t_people VALUES ('ana')");
        place.sql("INSERT INTO $t VALUES ('nobody'), ('ana')");
        let mut insertion = place.insertion("customer\nana\nxerxes\n");
        insertion.references =
            references(&format!("customer -> {}_people.name", place.table)).unwrap();
        let report = job(&insertion, &place.table).unwrap();
        assert_eq!(report.facts.orphans, Some(1), "{:?}", place.kind);
    }
}

#[test]
fn a_reference_of_a_table_to_itself_is_counted_or_refused_before_a_row_is_sent() {
    for place in Place::all() {
        place.sql("CREATE TABLE $t(name VARCHAR(20), boss VARCHAR(20))");
        place.sql("INSERT INTO $t VALUES ('ana', 'ben')");
        // What was missing before comes along, and something else is missing now.
        let mut insertion = place.insertion("name,boss\nben,xerxes\n");
        insertion.references = references(&format!("boss -> {}.name", place.table)).unwrap();
        if place.kind == Kind::MariaDb {
            let said = error(&insertion, &place.table);
            assert!(said.contains("refers to itself"), "{said}");
            let tried = preview(&insertion, 10, &Cancel::new()).unwrap().asked;
            let said = tried.expect("it was asked").expect_err("it was refused");
            assert!(said.contains("refers to itself"), "{said}");
        } else {
            let report = job(&insertion, &place.table).unwrap();
            assert_eq!(report.facts.orphans, Some(1), "{:?}", place.kind);
        }
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["1"]);
    }
}

#[test]
fn what_is_asked_is_answered_before_and_nothing_of_it_stays() {
    for place in Place::all() {
        let kind = place.kind;
        place.sql(ORDERS);
        place.sql("CREATE TABLE $t_people(name VARCHAR(20) PRIMARY KEY)");
        place.sql("INSERT INTO $t_people VALUES ('ana')");
        place.sql("INSERT INTO $t VALUES (1, 'ana', 5), (2, 'nobody', 5)");
        let text = "id,customer,amount\n2,ana,7\n3,xerxes,1\n4,yara,1\n";
        for (mode, refused, orphans, rows) in [
            (Mode::Append, 1, 2, 4),
            (Mode::Upsert, 0, 2, 4),
            (Mode::Replace, 0, 2, 3),
        ] {
            let mut insertion = checked(&place, text, &[("rows", "SELECT count(*) FROM $t")]);
            insertion.mode = mode;
            insertion.references =
                references(&format!("customer -> {}_people.name", place.table)).unwrap();
            let found = preview(&insertion, 100, &Cancel::new()).unwrap();
            assert_eq!(found.rows_refused, refused, "{kind:?} {mode}");
            let facts = found.asked.expect("it was asked").expect("it was answered");
            assert_eq!(facts.orphans, Some(orphans), "{kind:?} {mode}");
            assert_eq!(facts.checks["rows"], rows, "{kind:?} {mode}");
            // Of the first rows alone, what they would do.
            let found = preview(&insertion, 1, &Cancel::new()).unwrap();
            let facts = found.asked.unwrap().unwrap();
            assert_eq!(facts.orphans, Some(0), "{kind:?} {mode}");
            assert_eq!(
                place.sql("SELECT id FROM $t ORDER BY id"),
                ["1", "2"],
                "{kind:?} {mode}"
            );
        }
        let insertion = checked(&place, text, &[("wrong", "SELECT nothing FROM $t")]);
        let said = preview(&insertion, 100, &Cancel::new()).unwrap().asked;
        let said = said.unwrap().unwrap_err();
        assert!(said.contains("the check wrong"), "{kind:?} {said}");
    }
}

#[test]
fn a_check_may_need_tables_of_the_servers_own() {
    for place in Place::all() {
        place.sql(ORDERS);
        let mut text = String::from("id,customer,amount\n");
        (1..=500).for_each(|i| text += &format!("{i},c{},{}\n", i % 7, i % 3));
        let grouped = "SELECT max(n) FROM (SELECT customer, count(*) AS n, sum(amount) AS s \
                       FROM $t GROUP BY customer ORDER BY s DESC LIMIT 5) d";
        let union = "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n WHERE i < 50) \
                     SELECT count(*) FROM n JOIN $t ON id = i";
        let insertion = checked(&place, &text, &[("grouped", grouped), ("union", union)]);
        let report = job(&insertion, &place.table).unwrap();
        assert!(report.committed, "{:?}", place.kind);
        let checks = &report.facts.checks;
        assert_eq!(
            (&checks["grouped"], &checks["union"]),
            (&72.into(), &50.into())
        );
    }
}

#[test]
fn a_reference_that_leads_nowhere_is_named() {
    for place in Place::all() {
        place.sql(ORDERS);
        for (reference, told) in [
            ("customer -> nowhere.id", "table nowhere"),
            (
                &*format!("customer -> {}.idd", place.table),
                "did you mean \"id\"?",
            ),
            (
                &*format!("custmer -> {}.id", place.table),
                "did you mean \"customer\"?",
            ),
        ] {
            let mut insertion = place.insertion("id\n1\n");
            insertion.references = references(reference).unwrap();
            let said = error(&insertion, reference);
            assert!(said.contains(told) && said.contains(reference), "{said}");
        }
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["0"]);
    }
}

#[test]
fn the_teams_own_checks_see_the_rows_before_the_commit_and_the_judge_sees_their_values() {
    for place in Place::all() {
        let kind = place.kind;
        place.sql(ORDERS);
        place.sql("INSERT INTO $t VALUES (1, 'old', 5)");
        let checks = [
            ("rows", "SELECT count(*) FROM $t"),
            ("most", "SELECT max(amount) FROM $t"),
            ("who", "SELECT customer FROM $t WHERE id = 3"),
            ("none", "SELECT customer FROM $t WHERE id = 99"),
            (
                "day",
                "WITH d AS (SELECT '2026-11-26' AS day) SELECT day FROM d",
            ),
        ];
        let insertion = checked(&place, "id,customer,amount\n2,ana,7.5\n3,ben,1\n", &checks);
        let mut seen = None;
        let mut judge = |facts: &Facts| {
            seen = Some(facts.checks.clone());
            Ok(Verdict {
                keep: facts.checks["rows"] == 3,
                result: 1,
                reason: String::new(),
            })
        };
        let report = run(
            &insertion,
            &entry(&place.table),
            &mut judge,
            &mut |_| {},
            &Cancel::new(),
        );
        assert!(report.unwrap().committed, "{kind:?} {seen:?}");
        let seen = serde_json::Value::Object(seen.unwrap());
        let expected = serde_json::json!({
            "rows": 3, "most": 7.5, "who": "ben", "none": null, "day": "2026-11-26"
        });
        assert_eq!(seen, expected, "{kind:?}");
        // And the transaction went on as before.
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["3"], "{kind:?}");
    }
}

#[test]
fn a_check_that_writes_takes_too_long_or_gives_more_than_a_value_is_refused_by_its_name() {
    for place in Place::all() {
        let kind = place.kind;
        place.sql(ORDERS);
        place.sql("INSERT INTO $t VALUES (1, 'old', 5), (2, 'old', 5)");
        let endless = place.choose(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
            "SELECT pg_sleep(60)",
            "SELECT count(*) FROM information_schema.columns a, information_schema.columns b, \
             information_schema.columns c",
        );
        let writes = place.choose(
            "WITH x AS (SELECT 1) DELETE FROM $t RETURNING id",
            "WITH x AS (DELETE FROM $t RETURNING 1) SELECT count(*) FROM x",
            "SELECT $t_f()",
        );
        if kind == Kind::MariaDb {
            place.sql(
                "DELIMITER //\nCREATE FUNCTION $t_f() RETURNS INT DETERMINISTIC \
                 MODIFIES SQL DATA BEGIN DELETE FROM $t; RETURN 1; END//",
            );
        }
        for (name, sql, told) in [
            ("deletes", "DELETE FROM $t", "it is no SELECT"),
            ("hides", writes, "it must only read"),
            ("rows", "SELECT id FROM $t", "more than one row"),
            ("wide", "SELECT id, amount FROM $t", "it gives 2 columns"),
            ("two", "SELECT 1; DELETE FROM $t", ""),
            ("wrong", "SELECT nothing FROM $t", "nothing"),
            ("endless", endless, "more than 2 s"),
        ] {
            let mut insertion = checked(&place, "id\n7\n", &[("fine", "SELECT 1"), (name, sql)]);
            insertion.check_time = Duration::from_secs(2);
            let said = error(&insertion, &format!("{} {name}", place.table));
            assert!(
                said.contains(&format!("the check {name} ")),
                "{kind:?} {said}"
            );
            assert!(said.contains(told), "{kind:?} {name}: {said}");
            assert_eq!(
                place.sql("SELECT id FROM $t ORDER BY id"),
                ["1", "2"],
                "{kind:?} {name}"
            );
        }
        // A check that was refused holds nobody up.
        let report = job(&place.insertion("id\n7\n"), &place.table).unwrap();
        assert!(report.committed, "{kind:?}");
    }
}

#[test]
fn replaced_rows_are_counted() {
    for place in Place::all() {
        place.sql(ORDERS);
        place.sql("INSERT INTO $t VALUES (1, 'old', 5), (2, 'old', 5)");
        let mut insertion = place.insertion("id\n7\n8\n9\n");
        insertion.mode = Mode::Replace;
        let report = job(&insertion, &place.table).unwrap();
        let facts = &report.facts;
        assert_eq!(
            (facts.rows_deleted, facts.rows_inserted),
            (2, 3),
            "{:?}",
            place.kind
        );
        insertion.mode = Mode::Append;
        insertion.frame = place.frame("id\n10\n");
        let report = job(&insertion, &format!("{} b", place.table)).unwrap();
        assert_eq!(report.facts.rows_deleted, 0);
    }
}

//! Dates in machines that are not in Greenwich.

use super::camunda::literal;
use super::standard::model;
use super::*;
use crate::feel::{Context, Expression, Value as Feel};
use std::process::Command;

/// What tells the process that a test began which zone it is in.
const ZONE: &str = "CREWDESK_TEST_ZONE";

/// Does this test again in a process of each zone.
fn in_zones(test: &str, check: fn()) {
    if std::env::var_os(ZONE).is_some() {
        return check();
    }
    let program = std::env::current_exe().unwrap();
    for zone in ["Europe/Berlin", "America/New_York", "UTC"] {
        let mut again = Command::new(&program);
        again.args([&format!("dmn::tests::zones::{test}"), "--exact"]);
        let done = again.env("TZ", zone).env(ZONE, zone).output().unwrap();
        let told = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{zone}: {told}");
        assert!(told.contains("1 passed"), "{zone}: {told}");
    }
}

/// The dates of processes as this machine's clock shows them.
fn date(text: &str) -> Value {
    let value = crate::feel::typed("date", text, now()).unwrap();
    value.to_variable()
}

#[test]
fn a_date_keeps_its_day_in_either_dialect() {
    in_zones("a_date_keeps_its_day_in_either_dialect", || {
        let day = "string(date(due).day) + \" \" + string(date(due).month)";
        for (day_of, wanted) in [("2026-01-31", "31 1"), ("2026-07-01", "1 7")] {
            let due = date(day_of);
            let Value::Date(at) = &due else { panic!() };
            if std::env::var(ZONE).unwrap() == "Europe/Berlin" && day_of == "2026-01-31" {
                assert_eq!(at.to_rfc3339(), "2026-01-30T23:00:00+00:00");
            }
            let given = variables([("due", due)]);
            for xml in [
                model(&literal("d", "d", &[], day)),
                file(&literal("d", "d", &[], day)),
            ] {
                let outcome = run(&parse(&xml), "d", &given).unwrap();
                assert_eq!(outcome.results[0]["d"], Value::from(wanted));
            }
        }
    });
}

#[test]
fn today_is_the_day_that_the_clock_shows() {
    in_zones("today_is_the_day_that_the_clock_shows", || {
        // Past midnight in Berlin, and still the day before in New York.
        let at = DateTime::parse_from_rfc3339("2026-01-31T23:30:00Z").unwrap();
        let (day, now) = match std::env::var(ZONE).unwrap().as_str() {
            "Europe/Berlin" => ("2026-02-01", "2026-02-01T00:30:00+01:00"),
            "America/New_York" => ("2026-01-31", "2026-01-31T18:30:00-05:00"),
            _ => ("2026-01-31", "2026-01-31T23:30:00Z"),
        };
        let scope = crate::feel::Scope::new().at(at.to_utc());
        for (text, wanted) in [
            ("today()", day),
            ("now()", now),
            ("date(now())", day),
            // Also in what is called.
            ("[1][string(today()) = string(date(now()))]", "[1]"),
            ("(function(x) today())(1)", day),
        ] {
            let expression = Expression::parse(text, &crate::feel::ParseScope::new()).unwrap();
            let value = expression.eval(&scope, &mut Budget::default()).unwrap();
            assert_eq!(value.to_string(), wanted, "{text}");
        }
        // Decisions too, those in boxes and services included.
        let cells = "<decisionTable><input><inputExpression><text>1</text></inputExpression></input><output/>\
            <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>string(today())</text></outputEntry></rule></decisionTable>";
        let boxed = format!(
            "<decision id=\"d\" name=\"d\"><context><contextEntry><variable name=\"day\"/>{cells}</contextEntry></context></decision>\
            <decisionService id=\"s\" name=\"s\"><outputDecision href=\"#d\"/></decisionService>\
            <decision id=\"e\" name=\"e\"><knowledgeRequirement><requiredKnowledge href=\"#s\"/></knowledgeRequirement>\
            <literalExpression><text>s().day</text></literalExpression></decision>"
        );
        let given = Context::new();
        let mut budget = Budget::default();
        let found = evaluate_feel(
            &parse(&model(&boxed)),
            "e",
            &given,
            at.to_utc(),
            &mut budget,
        );
        assert_eq!(found.unwrap().to_string(), day, "{:?}", budget.reasons());
    });
}

#[test]
fn a_date_that_one_decision_gives_is_read_by_the_next() {
    in_zones("a_date_that_one_decision_gives_is_read_by_the_next", || {
        for text in [
            "date(\"2026-01-31\")",
            "date and time(\"2026-01-31T00:00:00\")",
        ] {
            let dialects: [fn(&str) -> String; 2] = [model, file];
            for (gives, reads) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let first = parse(&dialects[gives](&literal("d", "due", &[], text)));
                let due = run(&first, "d", &Map::new()).unwrap().results.remove(0);
                let next = parse(&dialects[reads](&literal(
                    "n",
                    "n",
                    &[],
                    "string(date(due))",
                )));
                let read = run(&next, "n", &due.into_iter().collect()).unwrap();
                assert_eq!(read.results[0]["n"], Value::from("2026-01-31"), "{text}");
            }
        }
    });
}

#[test]
fn juel_gives_dates_as_the_dialect_has_them() {
    in_zones("juel_gives_dates_as_the_dialect_has_them", || {
        let due = date("2026-01-31");
        let juel = literal("j", "j", &[], "${due}");
        let xml = file(&(juel + &literal("n", "n", &["j"], "string(j)")));
        let outcome = run(&parse(&xml), "n", &variables([("due", due)])).unwrap();
        assert_eq!(
            outcome.results[0]["n"],
            Value::from("2026-01-31T00:00:00"),
            "{xml}"
        );
    });
}

#[test]
fn a_date_time_with_a_zone_keeps_its_instant() {
    in_zones("a_date_time_with_a_zone_keeps_its_instant", || {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        for dialect in [Dialect::Standard, Dialect::Camunda] {
            let read: Feel = dialect.value(&Value::Date(at)).unwrap();
            assert_eq!(read.to_variable(), Value::Date(at));
        }
    });
}

#[test]
fn what_the_clock_skips_is_as_much_later_in_a_date_of_camunda() {
    in_zones(
        "what_the_clock_skips_is_as_much_later_in_a_date_of_camunda",
        || {
            let xml = table(
                "hitPolicy=\"FIRST\"",
                &[("due", "date")],
                &[("out", "date")],
                &[
                    "= date and time(\"2026-03-29T03:30:00\") => \"2026-03-29T02:30:00\"",
                    "- => null",
                ],
            );
            let given = variables([("due", Value::from("2026-03-29T02:30:00"))]);
            let outcome = run(&parse(&xml), "d", &given).unwrap();
            let found = outcome.results[0]["out"].clone();
            let wanted = match std::env::var(ZONE).unwrap().as_str() {
                // There is no 02:30 on that day.
                "Europe/Berlin" => {
                    let at = DateTime::parse_from_rfc3339("2026-03-29T01:30:00Z").unwrap();
                    Value::Date(at.to_utc())
                }
                _ => Value::Null,
            };
            assert_eq!(found, wanted);
        },
    );
}

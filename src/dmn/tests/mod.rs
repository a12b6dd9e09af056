//! Whole files with their results.

use super::*;
use crate::feel::Budget;
use crate::model::graph::DecisionMapping;
use crate::value::{Map, Value};
use chrono::{DateTime, Utc};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn parse(text: &str) -> Definitions {
    Definitions::parse("test.dmn", text.as_bytes()).unwrap_or_else(|p| {
        panic!(
            "{}",
            p.iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        )
    })
}

/// A DMN 1.3 file of one decision `d` with a table, in Camunda's dialect. Cells are given as
/// `input | input => output | output`.
fn table(
    attributes: &str,
    inputs: &[(&str, &str)],
    outputs: &[(&str, &str)],
    rules: &[&str],
) -> String {
    let cell = |kind: &str, text: &str| {
        let text = text.trim().replace('&', "&amp;").replace('<', "&lt;");
        format!("<{kind}><text>{text}</text></{kind}>")
    };
    let mut xml = String::new();
    for (text, type_ref) in inputs {
        let text = text.replace('<', "&lt;");
        xml += &format!(
            "<input><inputExpression typeRef=\"{type_ref}\"><text>{text}</text></inputExpression></input>"
        );
    }
    for (name, type_ref) in outputs {
        xml += &format!("<output name=\"{name}\" typeRef=\"{type_ref}\"/>");
    }
    for (ix, rule) in rules.iter().enumerate() {
        let (tests, conclusions) = rule.split_once("=>").unwrap();
        xml += &format!("<rule id=\"r{}\">", ix + 1);
        tests.split('|').for_each(|t| xml += &cell("inputEntry", t));
        conclusions
            .split('|')
            .for_each(|t| xml += &cell("outputEntry", t));
        xml += "</rule>";
    }
    file(&format!(
        "<decision id=\"d\" name=\"D\"><decisionTable {attributes}>{xml}</decisionTable></decision>"
    ))
}

/// A file with this content.
fn file(content: &str) -> String {
    format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" \
         xmlns:camunda=\"http://camunda.org/schema/1.0/dmn\" id=\"f\" name=\"F\" namespace=\"n\" \
         camunda:diagramRelationId=\"1\">{content}</definitions>"
    )
}

fn problems(text: &str) -> String {
    let problems = Definitions::parse("test.dmn", text.as_bytes()).unwrap_err();
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

fn variables<const N: usize>(pairs: [(&str, Value); N]) -> Map {
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

fn run(definitions: &Definitions, id: &str, variables: &Map) -> Result<Outcome, Error> {
    evaluate(definitions, id, variables, now(), &mut Budget::default())
}

mod advice;
mod camunda;
mod check;
mod held;
mod imports;
mod parts;
mod standard;
mod tables;
mod zones;

mod insertion_check {
    use super::*;

    const CHECK: &str = include_str!("../../../process-models/insertion-check.dmn");

    fn good() -> Map {
        variables([
            ("insertionStatus", "SUCCESS".into()),
            ("rowsRead", Value::Long(3)),
            ("rowsInserted", Value::Long(3)),
            ("rowsRefused", Value::Long(0)),
            ("nullsInRequired", Value::Long(0)),
            ("duplicateKeys", Value::Long(0)),
            ("sourceChecksum", "a1".into()),
            ("targetChecksum", "a1".into()),
        ])
    }

    fn verdict(facts: &Map) -> (Value, String) {
        let outcome = run(&parse(CHECK), "insertion-check", facts).unwrap();
        assert_eq!(outcome.results.len(), 1);
        let result = &outcome.results[0];
        (result["result"].clone(), result["reason"].to_string())
    }

    fn with(name: &str, value: impl Into<Value>) -> (Value, String) {
        let mut facts = good();
        facts.insert(name.to_owned(), value.into());
        verdict(&facts)
    }

    fn no(reason: &str) -> (Value, String) {
        (Value::Integer(0), reason.to_owned())
    }

    #[test]
    fn holds_when_every_fact_is_good() {
        assert_eq!(
            verdict(&good()),
            (Value::Integer(1), "All checks hold.".to_owned())
        );
    }

    #[test]
    fn each_bad_fact_is_named() {
        assert_eq!(
            with("insertionStatus", "FAILURE"),
            no("The insertion failed.")
        );
        assert_eq!(with("rowsRead", 0i64), no("The data frame has no rows."));
        assert_eq!(with("rowsInserted", 2i64), no("2 of 3 rows were inserted."));
        assert_eq!(with("rowsRefused", 1i64), no("1 row was refused."));
        assert_eq!(
            with("nullsInRequired", 2i64),
            no("2 values are missing in required columns.")
        );
        assert_eq!(
            with("duplicateKeys", 2i64),
            no("2 keys occur more than once.")
        );
        assert_eq!(
            with("orphans", 1i64),
            no("1 row refers to what is not there.")
        );
        assert_eq!(with("orphans", 0i64).0, Value::Integer(1));
        assert_eq!(
            with("targetChecksum", "b2"),
            no("The inserted rows differ from the data frame.")
        );
        let mut refused = good();
        refused.insert("insertionStatus".into(), "FAILURE".into());
        refused.insert("rowsRefused".into(), Value::Long(4));
        assert_eq!(verdict(&refused), no("4 rows were refused."));
    }

    #[test]
    fn a_missing_fact_never_passes() {
        for name in good().keys() {
            assert_eq!(
                with(name, Value::Null).0,
                Value::Integer(0),
                "{name} is null"
            );
            let mut facts = good();
            facts.shift_remove(name);
            assert_eq!(verdict(&facts).0, Value::Integer(0), "{name} is absent");
        }
        let mut no_checksums = good();
        no_checksums.shift_remove("sourceChecksum");
        no_checksums.shift_remove("targetChecksum");
        assert_eq!(
            verdict(&no_checksums),
            no("Facts about the insertion are missing.")
        );
        assert_eq!(verdict(&Map::new()).0, Value::Integer(0));
    }

    #[test]
    fn carries_what_camunda_needs() {
        let definitions = parse(CHECK);
        let decision = &definitions.decisions["insertion-check"];
        assert_eq!(decision.name, "Insertion check");
        assert_eq!(decision.history_time_to_live.as_deref(), Some("P180D"));
        assert_eq!(decision.table().unwrap().hit_policy, HitPolicy::First);
    }

    #[test]
    fn the_trace_says_which_rule() {
        let outcome = run(&parse(CHECK), "insertion-check", &good()).unwrap();
        let trace = &outcome.trace[0];
        assert_eq!((trace.rules.len(), trace.rules[0].number), (1, 10));
        assert_eq!(trace.inputs[1].name, "Rows read");
        assert_eq!(trace.inputs[1].value["value"], 3);
        let mapped = map_result(&outcome, DecisionMapping::SingleResult).unwrap();
        assert!(matches!(mapped, Value::Map(m) if m["result"] == Value::Integer(1)));
    }
}

//! Camunda's ways, requirements, boxed expressions and mappings.

use super::*;
use crate::model::graph::DecisionMapping as Mapping;

pub(super) fn literal(id: &str, variable: &str, requires: &[&str], text: &str) -> String {
    let requires: String = requires
        .iter()
        .map(|r| {
            format!(
                "<informationRequirement><requiredDecision href=\"#{r}\"/></informationRequirement>"
            )
        })
        .collect();
    format!(
        "<decision id=\"{id}\" name=\"{id}\"><variable name=\"{variable}\"/>{requires}\
         <literalExpression><text>{text}</text></literalExpression></decision>"
    )
}

fn value(xml: &str, id: &str, facts: &Map) -> Value {
    run(&parse(xml), id, facts).unwrap().single_entry().unwrap()
}

#[test]
fn literal_expressions_give_their_variable() {
    let outcome = run(
        &parse(&file(&literal("a", "total", &[], "x + 1"))),
        "a",
        &variables([("x", 1i64.into())]),
    )
    .unwrap();
    assert_eq!(outcome.results[0]["total"], Value::Long(2));
    assert_eq!(outcome.trace[0].result.as_ref().unwrap().value["value"], 2);
}

#[test]
fn only_camundas_dialect_has_its_functions() {
    let xml = file(&literal("a", "a", &[], "get or else(x, 7)"));
    assert_eq!(value(&xml, "a", &Map::new()), Value::Long(7));
    let standard = xml
        .replace("camunda:diagramRelationId=\"1\"", "")
        .replace("xmlns:camunda=\"http://camunda.org/schema/1.0/dmn\"", "");
    assert!(
        problems(&standard).contains("or else"),
        "{}",
        problems(&standard)
    );
}

#[test]
fn required_decisions_are_evaluated_once() {
    // A diamond of depth 30: 2^30 evaluations, were they not remembered.
    let mut xml = literal("d0", "v0", &[], "1");
    for n in 1..=30 {
        let (a, b) = (format!("l{n}"), format!("r{n}"));
        let below = format!("d{}", n - 1);
        let text = format!("v{}", n - 1);
        xml += &literal(&a, &format!("a{n}"), &[&below], &text);
        xml += &literal(&b, &format!("b{n}"), &[&below], &text);
        xml += &literal(
            &format!("d{n}"),
            &format!("v{n}"),
            &[&a, &b],
            &format!("a{n} + b{n}"),
        );
    }
    let outcome = run(&parse(&file(&xml)), "d30", &Map::new()).unwrap();
    assert_eq!(outcome.single_entry().unwrap(), Value::Long(1 << 30));
    assert_eq!(outcome.trace.len(), 91);
}

#[test]
fn cycles_are_refused_when_loading() {
    let cycle = file(
        &(literal("a", "a", &["b"], "1")
            + &literal("b", "b", &["c"], "1")
            + &literal("c", "c", &["a"], "1")),
    );
    assert!(
        problems(&cycle).contains("a: it requires itself: a → b → c → a"),
        "{}",
        problems(&cycle)
    );
    let own = file(&literal("a", "a", &["a"], "1"));
    assert!(problems(&own).contains("a → a"));
    let two = file(
        &(literal("a", "a", &["b", "c"], "1")
            + &literal("b", "b", &["a"], "1")
            + &literal("c", "c", &["c"], "1")),
    );
    let both = problems(&two);
    assert!(
        both.contains("a → b → a") && both.contains("c → c"),
        "{both}"
    );
    let missing = file(&literal("a", "a", &["x"], "1"));
    assert!(problems(&missing).contains("requires the decision 'x', which is not in this file"));
    let mut long = String::new();
    for n in 0..20_000 {
        long += &literal(&format!("d{n}"), "v", &[&format!("d{}", n + 1)], "1");
    }
    long += &literal("d20000", "v", &[], "1");
    assert_eq!(value(&file(&long), "d0", &Map::new()), Value::Long(1));
}

#[test]
fn outputs_of_required_tables_are_variables() {
    let first = table(
        "",
        &[("x", "long")],
        &[("low", "long"), ("high", "long")],
        &["- => x - 1 | x + 1"],
    );
    let xml = first.replace(
        "</definitions>",
        &(literal("sum", "sum", &["d"], "low + high") + "</definitions>"),
    );
    assert_eq!(
        value(&xml, "sum", &variables([("x", 5i64.into())])),
        Value::Long(10)
    );
    let collect = table(
        "hitPolicy=\"COLLECT\"",
        &[("x", "long")],
        &[("n", "long")],
        &["- => 1", "- => 2"],
    );
    let xml = collect.replace(
        "</definitions>",
        &(literal("all", "all", &["d"], "sum(n)") + "</definitions>"),
    );
    assert_eq!(value(&xml, "all", &Map::new()), Value::Long(3));
}

#[test]
fn juel_per_table_and_cell() {
    let xml = table(
        "",
        &[("${x + 1}", "long")],
        &[("out", "string")],
        &["cellInput > 5 => ${'big'}"],
    )
    .replace(
        "<decisionTable ",
        "<decisionTable expressionLanguage=\"juel\" ",
    )
    .replace(
        "<inputExpression ",
        "<inputExpression expressionLanguage=\"juel\" ",
    )
    .replace("<inputEntry>", "<inputEntry expressionLanguage=\"juel\">")
    .replace("<outputEntry>", "<outputEntry expressionLanguage=\"juel\">");
    assert_eq!(
        value(&xml, "d", &variables([("x", 5i64.into())])),
        Value::from("big")
    );
    assert_eq!(
        value(&xml, "d", &variables([("x", 4i64.into())])),
        Value::Null
    );
    let error = run(&parse(&xml), "d", &Map::new()).unwrap_err().to_string();
    assert!(
        error.contains("Unknown property used in expression"),
        "{error}"
    );
    assert!(problems(&xml.replace("cellInput", "cell Input")).contains("Error parsing"));
    assert!(
        problems(&xml.replace("juel", "groovy"))
            .contains("'groovy' is not available. Use FEEL or JUEL")
    );
}

#[test]
fn braces_are_juel_where_no_language_is_named() {
    let xml = table(
        "",
        &[("${x}", "long")],
        &[("out", "string")],
        &["${cellInput > 5} => ${'big'}"],
    );
    assert_eq!(
        value(&xml, "d", &variables([("x", 6i64.into())])),
        Value::from("big")
    );
}

#[test]
fn an_input_without_an_expression_is_null() {
    let xml = table(
        "",
        &[("x", "long")],
        &[("out", "long")],
        &["null => 1", "5 => 2"],
    )
    .replace("<text>x</text>", "");
    assert_eq!(
        value(&xml, "d", &variables([("x", 5i64.into())])),
        Value::Long(1)
    );
    let warnings = parse(&xml).warnings;
    assert!(
        warnings[0]
            .to_string()
            .contains("warning: the input has no expression"),
        "{warnings:?}"
    );
}

/// FEEL-Scala 1.17: `unaryTestExpression` holds where it gives true, and else compares.
#[test]
fn an_expression_in_a_cell_holds_when_it_is_true() {
    let xml = table(
        "hitPolicy=\"FIRST\"",
        &[("x", "long")],
        &[("out", "string")],
        &[
            "odd(cellInput) and cellInput > 5 => \"odd\"",
            "cellInput > 5 => \"big\"",
            "y > 100 => \"y\"",
            "y => \"same\"",
            "y, z => \"other\"",
        ],
    );
    for (x, y, z, out) in [
        (7i64, 1i64, 2i64, "odd"),
        (8, 1, 2, "big"),
        (3, 101, 2, "y"),
        (3, 3, 2, "same"),
        (3, 1, 3, "other"),
    ] {
        let facts = variables([("x", x.into()), ("y", y.into()), ("z", z.into())]);
        assert_eq!(value(&xml, "d", &facts), Value::from(out), "{x} {y} {z}");
    }
    let truths = table(
        "",
        &[("b", "boolean")],
        &[("out", "string")],
        &["true => \"yes\"", "false => \"no\""],
    );
    let facts = variables([("b", Value::Boolean(false))]);
    assert_eq!(value(&truths, "d", &facts), Value::from("no"));
}

#[test]
fn input_variable_names_the_value_in_cells() {
    let xml = table(
        "",
        &[("x * 2", "long")],
        &[("out", "boolean")],
        &["doubled > 5 and cellInput = null => true"],
    )
    .replace("<input>", "<input camunda:inputVariable=\"doubled\">")
    .replace(
        "doubled > 5 and cellInput = null",
        "? = doubled and doubled > 5",
    );
    assert_eq!(
        value(&xml, "d", &variables([("x", 3i64.into())])),
        Value::Boolean(true)
    );
}

#[test]
fn all_namespaces_of_dmn_load() {
    for namespace in [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ] {
        let xml = file(&literal("a", "a", &[], "1"))
            .replace("https://www.omg.org/spec/DMN/20191111/MODEL/", namespace);
        assert_eq!(value(&xml, "a", &Map::new()), Value::Long(1), "{namespace}");
    }
}

#[test]
fn each_type_converts_or_is_an_error_with_its_place() {
    for (of, good, bad) in [
        ("string", "5", None),
        ("boolean", "\"TRUE\"", Some("1")),
        ("integer", "\"5\"", Some("5.5")),
        ("integer", "2147483647", Some("2147483648")),
        ("long", "2147483648", Some("\"x\"")),
        ("double", "\"2.5\"", Some("true")),
        ("date", "\"2026-01-31T10:00:00\"", Some("\"tomorrow\"")),
    ] {
        let column = |text: &str| table("", &[(text, of)], &[("out", "any")], &["not(null) => 1"]);
        let cell = |text: &str| {
            table(
                "",
                &[("1", "long")],
                &[("out", of)],
                &[&format!("- => {text}")],
            )
        };
        let decide = |xml: &str| run(&parse(xml), "d", &Map::new());
        assert_eq!(decide(&column(good)).unwrap().results.len(), 1, "{of}");
        assert_ne!(
            decide(&cell(good)).unwrap().single_entry().unwrap(),
            Value::Null,
            "{of}"
        );
        let Some(bad) = bad else { continue };
        for (xml, place) in [
            (column(bad), "decision 'd', input '".to_owned()),
            (cell(bad), "rule 'r1', output 'out'".to_owned()),
        ] {
            let error = decide(&xml).unwrap_err().to_string();
            let told = format!("for clause with type '{of}'");
            assert!(error.starts_with("DMN-01005 Invalid value"), "{error}");
            assert!(error.contains(&told) && error.contains(&place), "{error}");
        }
    }
}

#[test]
fn a_cell_may_speak_another_language_than_its_table() {
    let xml = table(
        "",
        &[("x", "long")],
        &[("out", "string")],
        &["cellInput > 5 => \"feel\"", "<= 5 => ${'juel'}"],
    )
    .replacen(
        "<inputEntry>",
        "<inputEntry expressionLanguage=\"http://www.omg.org/spec/FEEL/20140401\">",
        2,
    )
    .replacen(
        "<inputEntry expressionLanguage=\"http://www.omg.org/spec/FEEL/20140401\"><text>cell",
        "<inputEntry expressionLanguage=\"JUEL\"><text>cell",
        1,
    )
    .replace(
        "<text>cellInput > 5</text>",
        "<text>${cellInput > 5}</text>",
    )
    .replace(
        "<outputEntry><text>$",
        "<outputEntry expressionLanguage=\"juel\"><text>$",
    );
    let out = |x: i64| value(&xml, "d", &variables([("x", x.into())]));
    assert_eq!((out(6), out(5)), (Value::from("feel"), Value::from("juel")));
}

#[test]
fn results_are_mapped_or_refused() {
    let two = table(
        "hitPolicy=\"COLLECT\"",
        &[("x", "long")],
        &[("a", "long")],
        &["- => 1", "> 1 => 2"],
    );
    let outcome = |x: i64| run(&parse(&two), "d", &variables([("x", x.into())])).unwrap();
    assert_eq!(
        map_result(&outcome(1), Mapping::SingleEntry).unwrap(),
        Value::Long(1)
    );
    assert_eq!(
        map_result(&outcome(2), Mapping::CollectEntries).unwrap(),
        Value::List(vec![Value::Long(1), Value::Long(2)])
    );
    let error = map_result(&outcome(2), Mapping::SingleEntry)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("ENGINE-22001") && error.contains("2 rules"),
        "{error}"
    );
    assert!(map_result(&outcome(2), Mapping::SingleResult).is_err());
    let Value::List(list) = map_result(&outcome(2), Mapping::ResultList).unwrap() else {
        panic!()
    };
    assert!(matches!(&list[1], Value::Map(m) if m["a"] == Value::Long(2)));
    let wide = table(
        "",
        &[("x", "long")],
        &[("a", "long"), ("b", "long")],
        &["1 => 1 | 2"],
    );
    let outcome = |x: i64| run(&parse(&wide), "d", &variables([("x", x.into())])).unwrap();
    let error = map_result(&outcome(1), Mapping::SingleEntry)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("2 outputs where one is needed: a, b"),
        "{error}"
    );
    assert!(map_result(&outcome(1), Mapping::CollectEntries).is_err());
    assert!(
        matches!(map_result(&outcome(1), Mapping::SingleResult).unwrap(), Value::Map(m) if m.len() == 2)
    );
    for mapping in [Mapping::SingleEntry, Mapping::SingleResult] {
        assert_eq!(map_result(&outcome(9), mapping).unwrap(), Value::Null);
    }
    assert_eq!(
        map_result(&outcome(9), Mapping::CollectEntries).unwrap(),
        Value::List(Vec::new())
    );
}

#[test]
fn knowledge_and_boxes() {
    let xml = file(
        "<businessKnowledgeModel id=\"k\" name=\"fee of\"><variable name=\"fee of\"/><encapsulatedLogic>\
         <formalParameter name=\"the amount\"/>\
         <literalExpression><text>if the amount > 100 then the amount / 10 else fee of(101)</text></literalExpression>\
         </encapsulatedLogic></businessKnowledgeModel>\
         <decision id=\"d\" name=\"d\"><variable name=\"d\"/>\
         <knowledgeRequirement><requiredKnowledge href=\"#k\"/></knowledgeRequirement>\
         <context><contextEntry><variable name=\"fees\"/><for iteratorVariable=\"a\">\
         <in><literalExpression><text>amounts</text></literalExpression></in>\
         <return><invocation><literalExpression><text>fee of</text></literalExpression>\
         <binding><parameter name=\"the amount\"/><literalExpression><text>a</text></literalExpression></binding>\
         </invocation></return></for></contextEntry>\
         <contextEntry><literalExpression><text>sum(fees)</text></literalExpression></contextEntry></context></decision>",
    );
    let amounts = Value::List(vec![Value::Long(200), Value::Long(50)]);
    assert_eq!(
        value(&xml, "d", &variables([("amounts", amounts)])),
        Value::Double(30.1)
    );
}

#[test]
fn hostile_files_are_problems() {
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(!problems(&file(&deep)).is_empty());
    let entity =
        "<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><definitions>&x;</definitions>";
    assert!(!problems(entity).is_empty());
    for cut in (0..400).step_by(7) {
        let xml = table("", &[("x", "long")], &[("a", "long")], &["1 => 1"]);
        let _ = Definitions::parse("cut.dmn", &xml.as_bytes()[..cut.min(xml.len())]);
    }
    let error = run(
        &parse(&file(&literal("a", "a", &[], "1"))),
        "b",
        &Map::new(),
    )
    .unwrap_err();
    assert_eq!(error, Error::UnknownDecision("b".into()));
}

#[test]
fn every_fault_of_a_boxed_expression_is_told() {
    let entry = |name: &str, text: &str| {
        format!(
            "<contextEntry><variable name=\"{name}\"/><literalExpression><text>{text}</text></literalExpression></contextEntry>"
        )
    };
    let context = entry("a", "1 +") + &entry("b", "a + 1") + &entry("c", "if b");
    let invoked = "<invocation><literalExpression><text>f(</text></literalExpression>\
        <binding><parameter name=\"x\"/><literalExpression><text>)</text></literalExpression></binding></invocation>";
    let found = problems(&file(&format!(
        "<decision id=\"d\"><context>{context}</context></decision><decision id=\"e\">{invoked}</decision>"
    )));
    assert_eq!(found.lines().count(), 4, "{found}");
    for line in found.lines() {
        assert!(line.starts_with("test.dmn:1:"), "{line}");
    }
}

/// FEEL-Scala takes a `java.util.Date` for what the machine's clock shows, without a zone
/// (Camunda's `scala_compare_date_untyped.dmn`).
#[test]
fn a_date_is_compared_with_date_times_without_a_zone() {
    use chrono::{Local, NaiveDate, TimeZone};
    let at = |hour: u32| {
        let naive = NaiveDate::from_ymd_opt(2023, 5, 5)
            .unwrap()
            .and_hms_opt(hour, 0, 0);
        let local = Local
            .from_local_datetime(&naive.unwrap())
            .earliest()
            .unwrap();
        Value::Date(local.with_timezone(&Utc))
    };
    for of in ["any", "date"] {
        let xml = table(
            "hitPolicy=\"FIRST\"",
            &[("due", of)],
            &[("out", "string"), ("when", "date")],
            &[
                "< date and time(\"2023-05-05T10:00:00\") => \"before\" | due",
                "date and time(\"2023-05-05T10:00:00\") => \"then\" | due",
                "> date and time(\"2023-05-05T10:00:00\") => \"after\" | due",
            ],
        );
        for (hour, expected) in [(9, "before"), (10, "then"), (11, "after")] {
            let outcome = run(&parse(&xml), "d", &variables([("due", at(hour))])).unwrap();
            assert_eq!(outcome.results[0]["out"], expected.into(), "{of} {hour}");
            // It comes back as the date that it was.
            assert_eq!(outcome.results[0]["when"], at(hour), "{of} {hour}");
        }
    }
    // With a zone there is no order, and that is said.
    let xml = table(
        "",
        &[("due", "any")],
        &[("out", "string")],
        &["< @\"2023-05-05T10:00:00Z\" => \"x\""],
    );
    let outcome = run(&parse(&xml), "d", &variables([("due", at(9))])).unwrap();
    assert_eq!(outcome.results.len(), 0);
    let why = &outcome.trace[0].reasons[0].message;
    assert_eq!(
        why,
        "a date and time with a time zone and one without can not be compared"
    );
}

#[test]
fn a_date_without_a_time_is_refused_with_what_to_write() {
    let xml = table(
        "",
        &[("due", "date")],
        &[("out", "string")],
        &["- => \"x\""],
    );
    let error = run(
        &parse(&xml),
        "d",
        &variables([("due", "2023-05-05".into())]),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "DMN-01005 Invalid value '2023-05-05' for clause with type 'date' (decision 'd', input 'due'). A date has a time in Camunda: write 2023-05-05T00:00:00, in FEEL date and time(\"2023-05-05T00:00:00\")"
    );
}

/// `DateDataTypeTransformer` takes no `java.time.LocalDate`, neither from an input nor for an output
/// nor for a result.
#[test]
fn a_day_in_feel_is_no_date_of_camunda() {
    let wanted = |place: &str| {
        format!(
            "DMN-01005 Invalid value '2023-05-05' for clause with type 'date' ({place}). A date has a time in Camunda: write 2023-05-05T00:00:00, in FEEL date and time(\"2023-05-05T00:00:00\")"
        )
    };
    let day = "date(\"2023-05-05\")";
    let input = table("", &[(day, "date")], &[("out", "string")], &["- => \"x\""]);
    let output = table(
        "",
        &[("1", "integer")],
        &[("when", "date")],
        &[&format!("- => {day}")],
    );
    let result = file(
        "<decision id=\"d\" name=\"D\"><variable name=\"when\" typeRef=\"Date\"/>\
        <literalExpression><text>date(\"2023-05-05\")</text></literalExpression></decision>",
    );
    for (xml, place) in [
        (input, "decision 'd', input 'date(\"2023-05-05\")'"),
        (output, "decision 'd', rule 'r1', output 'when'"),
        (result, "decision 'd'"),
    ] {
        let error = run(&parse(&xml), "d", &Map::new()).unwrap_err();
        assert_eq!(error.to_string(), wanted(place));
        let timed = xml.replace(
            "date(\"2023-05-05\")",
            "date and time(\"2023-05-05T00:00:00\")",
        );
        assert!(run(&parse(&timed), "d", &Map::new()).is_ok(), "{place}");
    }
}

/// What is given by hand is given as a process would: `--var due:date=…` is a date of Camunda.
#[test]
fn a_day_that_is_given_has_the_time_of_midnight() {
    let xml = table(
        "hitPolicy=\"FIRST\"",
        &[("due", "date")],
        &[("out", "string")],
        &[
            "< date and time(\"2023-05-05T00:00:00\") => \"before\"",
            "date and time(\"2023-05-05T00:00:00\") => string(due)",
        ],
    );
    let mut given = crate::feel::Context::new();
    let day = crate::feel::typed("date", "2023-05-05", now()).unwrap();
    given.put("due".into(), day).unwrap();
    let found = decide(&parse(&xml), "d", &given, now(), &mut Budget::default());
    assert_eq!(found.values[0]["out"].to_string(), "2023-05-05T00:00:00");
}

#[test]
fn what_is_made_for_camunda_7_follows_its_ways() {
    let of = |inside: &str| {
        let own = match inside.contains("xmlns=") {
            true => "",
            false => r#"xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/""#,
        };
        let xml = format!(
            r#"<?xml version="1.0"?><!-- http://www.omg.org/spec/DMN/20151101/dmn.xsd --><definitions {own} {inside} id="f" name="F" namespace="n">
            <decision id="d" name="d"><literalExpression><text>1</text></literalExpression></decision></definitions>"#
        );
        let found = parse(&xml);
        (found.dialect, found.because)
    };
    let modeler =
        r#"xmlns:modeler="http://camunda.org/schema/modeler/1.0" exporter="Camunda Modeler""#;
    let camunda = r#"xmlns:c="http://camunda.org/schema/1.0/dmn""#;
    for (inside, because) in [
        (
            format!(r#"{modeler} modeler:executionPlatform="Camunda Platform""#),
            "made for Camunda 7",
        ),
        (camunda.to_owned(), "declares Camunda's namespace"),
        (
            r#"xmlns:o="http://operaton.org/schema/1.0/dmn""#.to_owned(),
            "declares Camunda's namespace",
        ),
        (modeler.to_owned(), "is of Camunda Modeler"),
        (format!(r#"{camunda} c:x="y""#), "has attributes of Camunda"),
        (
            r#"xmlns="http://www.omg.org/spec/DMN/20151101/dmn.xsd""#.to_owned(),
            "of DMN 1.1 or 1.2",
        ),
        (
            r#"xmlns="http://www.omg.org/spec/DMN/20180521/MODEL/""#.to_owned(),
            "of DMN 1.1 or 1.2",
        ),
    ] {
        let (dialect, why) = of(&inside);
        assert_eq!(dialect, Dialect::Camunda, "{inside}");
        assert!(why.contains(because), "{inside}: {why}");
    }
    let cloud = format!(r#"{camunda} {modeler} modeler:executionPlatform="Camunda Cloud""#);
    for (inside, because) in [
        (cloud.as_str(), "made for Camunda 8"),
        (
            r#"exporter="Camunda Modeler" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0""#,
            "made for Camunda 8",
        ),
        ("", "nothing in the file is of Camunda 7"),
        (
            r#"exporter="Another Modeler""#,
            "nothing in the file is of Camunda 7",
        ),
    ] {
        let (dialect, why) = of(inside);
        assert_eq!(dialect, Dialect::Standard, "{inside}");
        assert!(why.contains(because), "{inside}: {why}");
    }
}

#[test]
fn an_output_named_as_its_decision_is_seen_in_its_place() {
    let limit = "<decision id=\"limit\" name=\"limit\"><decisionTable hitPolicy=\"FIRST\"><input><inputExpression typeRef=\"long\"><text>x</text></inputExpression></input>\
         <output name=\"limit\" typeRef=\"long\"/><output name=\"why\" typeRef=\"string\"/>\
         <rule><inputEntry><text>1</text></inputEntry><outputEntry><text>50</text></outputEntry><outputEntry><text>\"good\"</text></outputEntry></rule></decisionTable></decision>";
    let xml = file(&format!(
        "{limit}<decision id=\"d\" name=\"d\"><informationRequirement><requiredDecision href=\"#limit\"/></informationRequirement><literalExpression><text>if limit &gt; 10 then why else \"none\"</text></literalExpression></decision>"
    ));
    let outcome = run(&parse(&xml), "d", &variables([("x", Value::Long(1))])).unwrap();
    assert_eq!(outcome.results[0]["d"], Value::from("good"));
}

#[test]
fn a_double_keeps_the_zero_of_its_text() {
    let text = |dialect: &str, n: f64| {
        let content = "<decision id=\"d\" name=\"d\"><literalExpression><text>string(n) + \" \" + string(n = 3)</text></literalExpression></decision>";
        let xml = match dialect {
            "camunda" => file(content),
            _ => super::standard::model(content),
        };
        let outcome = run(&parse(&xml), "d", &variables([("n", Value::Double(n))]));
        outcome.unwrap().results[0]["d"].to_string()
    };
    assert_eq!(text("camunda", 3.0), "3.0 true");
    assert_eq!(text("camunda", 2.5), "2.5 false");
    assert_eq!(text("standard", 3.0), "3 true");
}

//! What outputs and results are held to in the standard's dialect: their types and their values.

use super::standard::{context, model, value_and_reasons};
use super::*;

/// A decision `d` of one table over `x`, with these attributes of the variable and the outputs.
fn decided(variable: &str, policy: &str, outputs: &str, rules: &[&str]) -> Definitions {
    let mut xml = String::new();
    for rule in rules {
        xml += "<rule><inputEntry><text>-</text></inputEntry>";
        for cell in rule.split('|') {
            let cell = cell.trim().replace('<', "&lt;");
            xml += &format!("<outputEntry><text>{cell}</text></outputEntry>");
        }
        xml += "</rule>";
    }
    parse(&model(&format!(
        "<itemDefinition name=\"tAge\"><typeRef>number</typeRef><allowedValues><text>[0..150]</text></allowedValues></itemDefinition>\
         <decision id=\"d\" name=\"d\"><variable name=\"d\" {variable}/><decisionTable {policy}>\
         <input><inputExpression><text>x</text></inputExpression></input>{outputs}{xml}</decisionTable></decision>"
    )))
}

#[test]
fn outputs_are_held_to_their_types_and_values() {
    let typed = |of: &str| format!("<output name=\"o\" typeRef=\"{of}\"/>");
    let valued = |of: &str, values: &str| {
        let values = values.replace('<', "&lt;");
        format!(
            "<output name=\"o\" typeRef=\"{of}\"><outputValues><text>{values}</text></outputValues></output>"
        )
    };
    for (output, cell, expected, why) in [
        (typed("number"), "5", "5", ""),
        (typed("feel:number"), "5", "5", ""),
        (typed("number"), "\"a\"", "null", "o: \"a\" is no number"),
        (typed("string"), "5", "null", "o: 5 is no string"),
        (
            typed("tAge"),
            "200",
            "null",
            "o: 200 is not allowed for tAge",
        ),
        (
            typed("date and time"),
            "@\"2026-01-31\"",
            "2026-01-31T00:00:00Z",
            "",
        ),
        (typed("number"), "[5]", "5", ""),
        (valued("string", "\"a\", \"b\""), "\"b\"", "b", ""),
        (
            valued("string", "\"a\", \"b\""),
            "\"c\"",
            "null",
            "o: \"c\" is not among the values of this output",
        ),
        (valued("number", "< 5, [10..20]"), "12", "12", ""),
        (
            valued("number", "< 5, [10..20]"),
            "7",
            "null",
            "o: 7 is not among the values of this output",
        ),
    ] {
        let definitions = decided("", "", &output, &[cell]);
        let (value, reasons) = value_and_reasons(&definitions, "d", "{x: 1}");
        assert_eq!(
            (value.as_str(), reasons.join("; ").as_str()),
            (expected, why),
            "{output} {cell}"
        );
    }
    let default = "<output name=\"o\" typeRef=\"number\"><defaultOutputEntry><text>\"none\"</text></defaultOutputEntry></output>";
    let definitions = decided("", "", default, &[]);
    let (value, reasons) = value_and_reasons(&definitions, "d", "{x: 1}");
    assert_eq!(
        (value.as_str(), reasons[0].as_str()),
        ("null", "o: \"none\" is no number")
    );
}

/// What a table gives is what those see that require it.
#[test]
fn the_results_are_the_value() {
    let two = "<output name=\"a\"/><output name=\"b\"/>";
    for (variable, policy, outputs, rules, value, results) in [
        (
            "typeRef=\"number\"",
            "hitPolicy=\"COLLECT\"",
            "<output name=\"o\"/>",
            &["1"][..],
            "1",
            "[{o: 1}]",
        ),
        (
            "typeRef=\"number\"",
            "hitPolicy=\"COLLECT\"",
            "<output name=\"o\"/>",
            &["1", "2"],
            "null",
            "[{o: null}]",
        ),
        (
            "typeRef=\"list\"",
            "",
            "<output name=\"o\"/>",
            &["1"],
            "[1]",
            "[{o: [1]}]",
        ),
        (
            "typeRef=\"number\"",
            "",
            "<output name=\"o\"/>",
            &["[1]"],
            "1",
            "[{o: 1}]",
        ),
        (
            "typeRef=\"list\"",
            "",
            two,
            &["1 | 2"],
            "[{a: 1, b: 2}]",
            "[{a: 1, b: 2}]",
        ),
        (
            "typeRef=\"number\"",
            "",
            two,
            &["1 | 2"],
            "null",
            "[{a: null, b: null}]",
        ),
        (
            "typeRef=\"context\"",
            "hitPolicy=\"COLLECT\"",
            two,
            &["1 | 2"],
            "{a: 1, b: 2}",
            "[{a: 1, b: 2}]",
        ),
        (
            "typeRef=\"number\"",
            "",
            "<output name=\"o\"/>",
            &[],
            "null",
            "[]",
        ),
        (
            "typeRef=\"feel:string\"",
            "",
            "<output name=\"o\"/>",
            &["1"],
            "null",
            "[{o: null}]",
        ),
    ] {
        let definitions = decided(variable, policy, outputs, rules);
        let (found, _) = value_and_reasons(&definitions, "d", "{x: 1}");
        assert_eq!(found, value, "{variable} {policy} {rules:?}");
        let explained = decide(
            &definitions,
            "d",
            &context("{x: 1}"),
            now(),
            &mut Budget::default(),
        );
        let rows: Vec<String> = explained.values.iter().map(shown).collect();
        assert_eq!(
            format!("[{}]", rows.join(", ")),
            results,
            "{variable} {policy} {rules:?}"
        );
        let outcome = run(&definitions, "d", &variables([("x", 1i64.into())])).unwrap();
        assert_eq!(outcome.results.len(), explained.values.len());
        assert_eq!(outcome.results, explained.outcome.unwrap().results);
    }
}

fn shown(row: &IndexMap<String, crate::feel::Value>) -> String {
    let all: Vec<String> = row
        .iter()
        .map(|(k, v)| format!("{k}: {}", v.literal()))
        .collect();
    format!("{{{}}}", all.join(", "))
}

#[test]
fn priorities_hold_of_values_in_order() {
    let output = "<output name=\"o\" typeRef=\"string\"><outputValues><text>\"b\", \"a\"</text></outputValues></output>";
    let definitions = decided(
        "",
        "hitPolicy=\"PRIORITY\"",
        output,
        &["\"a\"", "\"c\"", "\"b\""],
    );
    assert_eq!(value_and_reasons(&definitions, "d", "{x: 1}").0, "b");
}

//! What the standard asks of models: types with the values they allow, boxed expressions,
//! decision services; and that each null has a reason.

use super::*;
use crate::feel::{self, Context, ParseScope};

/// A file in the standard's dialect.
pub(super) fn model(content: &str) -> String {
    format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" id=\"f\" name=\"F\" namespace=\"n\">\n\
         {content}</definitions>"
    )
}

pub(super) fn context(text: &str) -> Context {
    let parsed = feel::Expression::parse(text, &ParseScope::new()).unwrap();
    let value = parsed.eval(&feel::Scope::new(), &mut Budget::default());
    match value.unwrap() {
        feel::Value::Context(context) => (*context).clone(),
        other => panic!("{other}"),
    }
}

/// The value of a decision or service, and the reasons of its nulls.
pub(super) fn value_and_reasons(
    definitions: &Definitions,
    id: &str,
    inputs: &str,
) -> (String, Vec<String>) {
    let mut budget = Budget::default();
    let value = evaluate_feel(definitions, id, &context(inputs), now(), &mut budget).unwrap();
    let reasons = budget.reasons().iter();
    let reasons = reasons.map(|reason| format!("{}: {}", reason.expression, reason.message));
    (value.to_string(), reasons.collect())
}

fn value(definitions: &Definitions, id: &str, inputs: &str) -> String {
    value_and_reasons(definitions, id, inputs).0
}

/// A decision of one expression over the input `x`.
fn decision_on(of: &str, result: &str, items: &str, text: &str) -> Definitions {
    parse(&model(&format!(
        "{items}<inputData id=\"i\" name=\"x\"><variable name=\"x\" typeRef=\"{of}\"/></inputData>\
         <decision id=\"d\" name=\"d\"><variable name=\"d\" typeRef=\"{result}\"/>\
         <informationRequirement><requiredInput href=\"#i\"/></informationRequirement>\
         <literalExpression><text>{text}</text></literalExpression></decision>"
    )))
}

const TYPES: &str = "\
    <itemDefinition name=\"tAge\"><typeRef>number</typeRef><allowedValues><text>[0..150]</text></allowedValues></itemDefinition>\
    <itemDefinition name=\"tColour\"><typeRef>string</typeRef><allowedValues><text>\"red\", \"green\"</text></allowedValues></itemDefinition>\
    <itemDefinition name=\"tPerson\"><itemComponent name=\"name\"><typeRef>string</typeRef></itemComponent>\
      <itemComponent name=\"age\"><typeRef>tAge</typeRef></itemComponent></itemDefinition>\
    <itemDefinition name=\"tPalette\" isCollection=\"true\"><typeRef>tColour</typeRef>\
      <typeConstraint><text>count(?) &lt;= 2</text></typeConstraint></itemDefinition>\
    <itemDefinition name=\"tShort\"><typeRef>string</typeRef><allowedValues><text>string length(?) &lt; 4</text></allowedValues></itemDefinition>";

#[test]
fn values_that_a_type_does_not_allow_are_null_and_say_why() {
    for (of, given, expected, why) in [
        ("tAge", "{x: 150}", "150", ""),
        ("tAge", "{x: 151}", "null", "x: 151 is not allowed for tAge"),
        ("tAge", "{x: \"a\"}", "null", "x: \"a\" is no number"),
        ("tAge", "{x: [7]}", "7", ""),
        ("tColour", "{x: \"red\"}", "red", ""),
        (
            "tColour",
            "{x: \"blue\"}",
            "null",
            "x: \"blue\" is not allowed for tColour",
        ),
        ("tColour", "{x: null}", "null", ""),
        (
            "tPerson",
            "{x: {name: \"Ana\", age: 41}}",
            "{name: \"Ana\", age: 41}",
            "",
        ),
        (
            "tPerson",
            "{x: {name: \"Ana\", age: 200}}",
            "null",
            "x: 200 is not allowed for tAge",
        ),
        (
            "tPalette",
            "{x: [\"red\", \"green\"]}",
            "[\"red\", \"green\"]",
            "",
        ),
        (
            "tPalette",
            "{x: [\"red\", \"blue\"]}",
            "null",
            "x: \"blue\" is not allowed for tColour",
        ),
        (
            "tPalette",
            "{x: [\"red\", \"red\", \"red\"]}",
            "null",
            "x: a list is not allowed for tPalette",
        ),
        ("tShort", "{x: \"abc\"}", "abc", ""),
        (
            "tShort",
            "{x: \"abcd\"}",
            "null",
            "x: \"abcd\" is not allowed for tShort",
        ),
    ] {
        let input = decision_on(of, "Any", TYPES, "x");
        let (found, reasons) = value_and_reasons(&input, "d", given);
        assert_eq!(
            (found.as_str(), reasons.join("; ").as_str()),
            (expected, why),
            "{of} {given}"
        );
        // The same of the result of a decision.
        let result = decision_on("Any", of, TYPES, "x");
        let (found, reasons) = value_and_reasons(&result, "d", given);
        let why = why.replacen("x:", "d:", 1);
        assert_eq!(
            (found.as_str(), reasons.join("; ").as_str()),
            (expected, why.as_str()),
            "{of} {given}"
        );
    }
    // Of parameters, and not of `instance of`.
    let function = decision_on("Any", "Any", TYPES, "(function(a: tAge) a)(x)");
    let (found, reasons) = value_and_reasons(&function, "d", "{x: 151}");
    assert_eq!(found, "null");
    assert!(
        reasons[0].contains("the argument `a`")
            && reasons[0].contains("151 is not allowed for tAge"),
        "{reasons:?}"
    );
    assert_eq!(
        value(
            &decision_on("Any", "Any", TYPES, "x instance of tAge"),
            "d",
            "{x: 151}"
        ),
        "true"
    );
}

#[test]
fn allowed_values_cost_what_they_cost() {
    let endless = "<itemDefinition name=\"t\" isCollection=\"true\"><typeRef>number</typeRef>\
        <allowedValues><text>count(for i in 1..10000 return i) &gt; ?</text></allowedValues></itemDefinition>";
    let definitions = decision_on("Any", "t", endless, "for i in 1..10000 return i");
    let mut budget = Budget::new(1_000_000, 64 << 20, 100);
    let error = evaluate_feel(&definitions, "d", &Context::new(), now(), &mut budget).unwrap_err();
    assert!(
        error.to_string().contains("more steps than are allowed"),
        "{error}"
    );
}

#[test]
fn allowed_values_that_are_no_feel_are_refused_with_their_place() {
    let wrong = model(
        "<itemDefinition name=\"t\"><typeRef>number</typeRef><allowedValues>\n  <text>[1..</text></allowedValues></itemDefinition>\
         <decision id=\"d\" name=\"d\"><literalExpression><text>1</text></literalExpression></decision>",
    );
    let found = problems(&wrong);
    assert!(
        found.starts_with("test.dmn:3:13: ") && found.contains("`[1..` is not valid FEEL"),
        "{found}"
    );
    // Camunda does not read them.
    let camunda = wrong
        .replace("2023", "2019")
        .replace("20190324", "20191111");
    let camunda = camunda.replace(
        "id=\"f\"",
        "id=\"f\" xmlns:camunda=\"http://camunda.org/schema/1.0/dmn\" camunda:x=\"1\"",
    );
    assert_eq!(
        run(&parse(&camunda), "d", &Map::new())
            .unwrap()
            .single_entry()
            .unwrap(),
        Value::Long(1)
    );
}

#[test]
fn columns_have_types_and_values_in_the_standard() {
    let table = |values: &str| {
        parse(&model(&format!(
            "<decision id=\"d\" name=\"d\"><decisionTable>\
             <input label=\"age\"><inputExpression typeRef=\"number\"><text>x</text></inputExpression>{values}</input><output/>\
             <rule><inputEntry><text>null</text></inputEntry><outputEntry><text>\"none\"</text></outputEntry></rule>\
             <rule><inputEntry><text>&gt;= 0</text></inputEntry><outputEntry><text>\"some\"</text></outputEntry></rule>\
             </decisionTable></decision>"
        )))
    };
    let plain = table("");
    assert_eq!(value(&plain, "d", "{x: 3}"), "some");
    let (found, reasons) = value_and_reasons(&plain, "d", "{x: \"three\"}");
    assert_eq!(
        (found.as_str(), reasons[0].as_str()),
        ("none", "age: \"three\" is no number")
    );
    let limited = table("<inputValues><text>[0..9]</text></inputValues>");
    assert_eq!(value(&limited, "d", "{x: 3}"), "some");
    let (found, reasons) = value_and_reasons(&limited, "d", "{x: 30}");
    assert_eq!(
        (found.as_str(), reasons[0].as_str()),
        ("none", "age: 30 is not among the values of this input")
    );
}

#[test]
fn boxed_expressions_and_services() {
    let boxed = parse(include_str!("../../../tests/support/boxed.dmn"));
    // for, an invocation, filter, some, relation, conditional, list.
    assert_eq!(value(&boxed, "other", "{numbers: [1, 2, 3]}"), "[2, 4, 6]");
    assert_eq!(
        value(&boxed, "report", "{numbers: [1, 2, 3]}"),
        "[10, \"Ana\"]"
    );
    assert_eq!(value(&boxed, "report", "{numbers: [1, 3]}"), "null");
    // A service asks the same by its inputs.
    assert_eq!(
        value(&boxed, "service", "{numbers: [1, 2, 3]}"),
        "[10, \"Ana\"]"
    );
    assert_eq!(value(&boxed, "service", "{numbers: 2}"), "[4, \"Ana\"]");
    let every = parse(&model(
        "<decision id=\"d\" name=\"d\"><every iteratorVariable=\"a\"><in><literalExpression><text>x</text></literalExpression></in>\
         <satisfies><literalExpression><text>a &gt; 1</text></literalExpression></satisfies></every></decision>",
    ));
    assert_eq!(value(&every, "d", "{x: [2, 3]}"), "true");
    assert_eq!(value(&every, "d", "{x: [1, 3]}"), "false");
}

/// A service whose decision `base` is encapsulated, or given as an input decision; and a decision
/// that calls it.
fn services(base: &str) -> Definitions {
    let decision = |id: &str, requires: &str, text: &str| {
        format!(
            "<decision id=\"{id}\" name=\"{id}\"><variable name=\"{id}\"/>{requires}\
             <literalExpression><text>{text}</text></literalExpression></decision>"
        )
    };
    let on = |what: &str| format!("<informationRequirement>{what}</informationRequirement>");
    let input = on("<requiredInput href=\"#x\"/>");
    let content = [
        "<inputData id=\"x\" name=\"x\"><variable name=\"x\" typeRef=\"number\"/></inputData>"
            .to_owned(),
        decision("base", &input, "x * 100"),
        decision("low", &on("<requiredDecision href=\"#base\"/>"), "base + 1"),
        decision(
            "high",
            &on("<requiredDecision href=\"#base\"/>"),
            "base + 2",
        ),
        format!(
            "<decisionService id=\"s\" name=\"s\"><variable name=\"s\"/><outputDecision href=\"#low\"/>\
             <outputDecision href=\"#high\"/>{base}</decisionService>"
        ),
        decision(
            "caller",
            "<knowledgeRequirement><requiredKnowledge href=\"#s\"/></knowledgeRequirement>",
            "s(7).low",
        ),
    ];
    parse(&model(&content.concat()))
}

#[test]
fn decision_services_take_inputs_or_the_values_of_decisions() {
    let inside = services("<encapsulatedDecision href=\"#base\"/><inputData href=\"#x\"/>");
    assert_eq!(value(&inside, "s", "{x: 3}"), "{low: 301, high: 302}");
    assert_eq!(value(&inside, "caller", "{}"), "701");
    // What is not encapsulated is given, and not made.
    let given = services("<inputDecision href=\"#base\"/>");
    assert_eq!(value(&given, "s", "{base: 5, x: 3}"), "{low: 6, high: 7}");
    assert_eq!(value(&given, "caller", "{}"), "8");
}

#[test]
fn each_null_has_its_reason() {
    let mut silent = Vec::new();
    for (text, why) in [
        ("1 / 0", "division by zero"),
        ("missing + 1", "there is no `missing` here"),
        ("[1, 2][5]", "has no item 5"),
        ("date(\"2026-02-30\")", "date"),
        ("{a: 1}.b", "has no `b`"),
        ("number(\"x\")", "number"),
        ("sum([])", "the list is empty"),
        ("1 &lt; \"a\"", "compared"),
        ("(function(a: number) a)(\"x\")", "the argument `a`"),
        ("10**6144 * 10", "decimal128"),
        ("for i in null return i", "no list"),
        ("for i in 1..\"a\" return i", "counted"),
        ("some i in null satisfies i", "no list"),
        ("null or false", "a boolean is needed, not null"),
        ("not(3)", "boolean"),
        (
            "abs(\"x\")",
            "expected a number or a duration, found string",
        ),
        ("substring(\"abc\", 2, 9)", "ends before that"),
        ("5(1)", "can not be called"),
        ("@\"10:00:00\".year", "has no `year`"),
        ("1 = \"1\"", "compared"),
        ("\"a\" in [1..2]", "compared"),
        ("true and 1", "boolean"),
    ] {
        let (found, reasons) = value_and_reasons(&decision_on("Any", "Any", "", text), "d", "{}");
        if found != "null" || !reasons.iter().any(|reason| reason.contains(why)) {
            silent.push(format!("{text}: {found} {reasons:?}"));
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

/// The types of input data and of results hold for process variables as well.
#[test]
fn what_is_not_of_its_type_is_null_and_says_so() {
    let xml = "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" id=\"s\" name=\"S\" namespace=\"s\">\
        <itemDefinition name=\"tGrade\"><typeRef>string</typeRef><allowedValues><text>\"A\",\"B\"</text></allowedValues></itemDefinition>\
        <itemDefinition name=\"tPercent\"><typeRef>number</typeRef><typeConstraint><text>[0..100]</text></typeConstraint></itemDefinition>\
        <inputData id=\"i\" name=\"grade\"><variable name=\"grade\" typeRef=\"tGrade\"/></inputData>\
        <decision id=\"d\" name=\"d\"><variable name=\"d\" typeRef=\"tPercent\"/>\
        <informationRequirement><requiredInput href=\"#i\"/></informationRequirement>\
        <context><contextEntry><variable name=\"base\"/><literalExpression><text>if grade = \"A\" then 120 else 50</text></literalExpression></contextEntry>\
        <contextEntry><literalExpression><text>if grade = null then 1 else base</text></literalExpression></contextEntry></context></decision></definitions>";
    let definitions = Definitions::parse("s.dmn", xml.as_bytes()).unwrap();
    let decided = |grade: &str| {
        let mut budget = Budget::default();
        let facts = variables([("grade", grade.into())]);
        let outcome = evaluate(&definitions, "d", &facts, now(), &mut budget).unwrap();
        assert_eq!(
            outcome.trace[0].result.as_ref().unwrap().value["value"],
            serde_json::to_value(outcome.results[0]["d"].to_string().parse::<i64>().ok()).unwrap()
        );
        let reasons: Vec<String> = budget.reasons().iter().map(|r| r.message.clone()).collect();
        (outcome.single_entry().unwrap(), reasons.join("; "))
    };
    assert_eq!(decided("B"), (Value::Long(50), String::new()));
    let (value, why) = decided("A");
    assert!(value == Value::Null && why.contains("120"), "{value} {why}");
    let (value, why) = decided("Z");
    assert!(
        value == Value::Long(1) && why.contains('Z'),
        "{value} {why}"
    );
    let source = match &definitions.decisions["d"].logic {
        Logic::Expression(script) => script.source().to_owned(),
        Logic::Table(_) => String::new(),
    };
    assert_eq!(
        source,
        "{\n  base: if grade = \"A\" then 120 else 50,\n  if grade = null then 1 else base,\n}"
    );
}

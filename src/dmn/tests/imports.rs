//! Inputs of imported models, and those of the model that imports them.

use super::standard::{context, model};
use super::*;
use crate::feel::Value as Feel;

/// Models by name, each with the names of those that it imports (`name=of`) and its content; the
/// last one.
fn last(models: &[(&str, &[&str], &str)]) -> Definitions {
    let import = |import: &&str| {
        let (name, of) = import.split_once('=').unwrap();
        format!(
            "<import importType=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"{name}\" namespace=\"{of}\"/>"
        )
    };
    let file = |(name, imports, content): &(&str, &[&str], &str)| {
        let imports: String = imports.iter().map(import).collect();
        let id = format!("namespace=\"{name}\"");
        let text = model(&format!("{imports}{content}")).replacen("namespace=\"n\"", &id, 1);
        ((*name).to_owned(), text)
    };
    let files: Vec<(String, String)> = models.iter().map(file).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, f)| (&n[..], f.as_bytes())).collect();
    let (definitions, problems) = parse_all(&files, &|_| None).pop().unwrap();
    assert_eq!(problems, []);
    definitions.unwrap()
}

const SCORE: &str = "\
    <inputData id=\"a\" name=\"Applicant\"><variable name=\"Applicant\" typeRef=\"number\"/></inputData>
    <decisionService id=\"twice\" name=\"twice\"><variable name=\"twice\"/><outputDecision href=\"#score\"/><inputData href=\"#a\"/></decisionService>
    <decision id=\"score\" name=\"score\"><variable name=\"score\"/><informationRequirement><requiredInput href=\"#a\"/></informationRequirement>
      <literalExpression><text>Applicant * 2</text></literalExpression></decision>";

const LOAN: &str = "\
    <inputData id=\"a\" name=\"Applicant\"><variable name=\"Applicant\" typeRef=\"number\"/></inputData>
    <decision id=\"loan\" name=\"loan\"><variable name=\"loan\"/><informationRequirement><requiredInput href=\"#a\"/></informationRequirement>
      <informationRequirement><requiredInput href=\"score#a\"/></informationRequirement>
      <informationRequirement><requiredDecision href=\"score#score\"/></informationRequirement>
      <knowledgeRequirement><requiredKnowledge href=\"score#twice\"/></knowledgeRequirement>
      <literalExpression><text>[Applicant, s.Applicant, s.score, s.twice(5)]</text></literalExpression></decision>
    <decisionService id=\"both\" name=\"both\"><variable name=\"both\"/><outputDecision href=\"#loan\"/><inputData href=\"score#a\"/></decisionService>";

pub(super) fn asked(definitions: &Definitions, id: &str) -> Vec<String> {
    let asked = super::super::variables(definitions, id).unwrap();
    asked.iter().map(ToString::to_string).collect()
}

/// The value of a decision, and what is said to be missing.
fn decided(definitions: &Definitions, id: &str, given: &str) -> (String, Vec<String>) {
    let mut budget = Budget::default();
    let found = decide(definitions, id, &context(given), now(), &mut budget);
    assert!(found.outcome.is_ok(), "{:?}", found.outcome);
    let value = found.values[0].values().next().cloned();
    let reasons = budget.reasons().iter().filter(|reason| reason.is_unknown());
    (
        value.unwrap().to_string(),
        reasons.map(|reason| reason.message.clone()).collect(),
    )
}

#[test]
fn an_imported_input_is_given_by_its_qualified_name_apart_from_one_of_the_same_name() {
    let definitions = last(&[("score", &[], SCORE), ("loan", &["s=score"], LOAN)]);
    assert_eq!(asked(&definitions, "loan"), ["s.Applicant", "Applicant"]);
    for given in [
        "{Applicant: 1, s: {Applicant: 3}}",
        "{\"s.Applicant\": 3, Applicant: 1}",
    ] {
        let found = decided(&definitions, "loan", given);
        assert_eq!(found, ("[1, 3, 6, 10]".to_owned(), vec![]), "{given}");
    }
    // One is not taken for the other, and it is said which is missing.
    let (value, missing) = decided(&definitions, "loan", "{Applicant: 1}");
    assert_eq!(value, "[1, null, null, 10]");
    assert!(
        missing.contains(&"there is no `s.Applicant` here".to_owned()),
        "{missing:?}"
    );
    let (value, missing) = decided(&definitions, "loan", "{s: {Applicant: 3}}");
    assert_eq!(value, "[null, 3, 6, 10]");
    assert_eq!(missing, ["there is no `Applicant` here"]);
    // A service takes it as a parameter.
    assert_eq!(
        decided(&definitions, "both", "{Applicant: 3}").0,
        "[null, 3, 6, 10]"
    );
}

#[test]
fn process_variables_are_qualified_by_maps() {
    let definitions = last(&[("score", &[], SCORE), ("loan", &["s=score"], LOAN)]);
    let applicant = Map::from_iter([("Applicant".to_owned(), Value::Long(3))]);
    let given = variables([("Applicant", Value::Long(1)), ("s", Value::Map(applicant))]);
    let outcome = run(&definitions, "loan", &given).unwrap();
    let found = Feel::from_variable(&outcome.results[0]["loan"]).unwrap();
    assert_eq!(found.to_string(), "[1, 3, 6, 10]");
}

#[test]
fn what_only_one_input_is_called_need_not_be_qualified() {
    let other = "<decision id=\"d\" name=\"d\"><variable name=\"d\"/><informationRequirement><requiredDecision href=\"score#score\"/></informationRequirement>
      <literalExpression><text>s.score + 1</text></literalExpression></decision>";
    let definitions = last(&[("score", &[], SCORE), ("d", &["s=score"], other)]);
    assert_eq!(asked(&definitions, "d"), ["s.Applicant"]);
    assert_eq!(decided(&definitions, "d", "{Applicant: 3}").0, "7");
    let both = "{\"s.Applicant\": 4, Applicant: 3}";
    assert_eq!(decided(&definitions, "d", both).0, "9");
    let of = definitions.type_of_input("d", "s.Applicant");
    assert_eq!(of, Some(crate::feel::Type::Number));
    // What is not of its type is null, by its name.
    let mut budget = Budget::default();
    let wrong = context("{\"s.Applicant\": \"x\"}");
    let found = decide(&definitions, "d", &wrong, now(), &mut budget);
    assert_eq!(found.evaluations[0].reasons[0].expression, "s.Applicant");
}

#[test]
fn an_input_that_is_imported_on_several_ways_is_one() {
    let middle = "<decision id=\"m\" name=\"m\"><variable name=\"m\"/><informationRequirement><requiredDecision href=\"score#score\"/></informationRequirement>
      <literalExpression><text>a.score + 1</text></literalExpression></decision>";
    let top = "<inputData id=\"a\" name=\"Applicant\"><variable name=\"Applicant\"/></inputData>
      <decision id=\"t\" name=\"t\"><variable name=\"t\"/><informationRequirement><requiredDecision href=\"b#m\"/></informationRequirement>
      <informationRequirement><requiredDecision href=\"c#m\"/></informationRequirement>
      <literalExpression><text>[B.m, C 2.m]</text></literalExpression></decision>";
    let definitions = last(&[
        ("score", &[], SCORE),
        ("b", &["a=score"], middle),
        ("c", &["a=score"], middle),
        ("t", &["B=b", "C 2=c"], top),
    ]);
    assert_eq!(asked(&definitions, "t"), ["B.a.Applicant"]);
    for given in [
        "{\"B.a.Applicant\": 3}",
        "{\"C 2.a.Applicant\": 3}",
        "{B: {a: {Applicant: 3}}}",
        "{\"C 2\": {\"a.Applicant\": 3}, Applicant: 5}",
    ] {
        assert_eq!(decided(&definitions, "t", given).0, "[7, 7]", "{given}");
    }
}

#[test]
fn what_a_filter_names_is_perhaps_no_input() {
    let definition = parse(&file(
        "<decision id=\"d\" name=\"d\"><variable name=\"d\"/><literalExpression><text>[orders[price &gt; least], (function(x) orders[price = x])(1), least, orders[qty &gt; 1]]</text></literalExpression></decision>",
    ));
    assert_eq!(
        asked(&definition, "d"),
        ["orders", "price (perhaps)", "least", "qty (perhaps)"]
    );
}

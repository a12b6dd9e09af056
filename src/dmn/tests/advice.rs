//! What is advised about tables and decisions: places in words, how many more, what to write.

use super::standard::model;
use super::*;
use crate::dmn::check::{Finding, check};

/// What is found in a table of one column of a type, whose rules are cells.
fn found(of: &str, policy: &str, cells: &[&str], camunda: bool) -> Vec<Finding> {
    let rules: String = cells
        .iter()
        .map(|cell| {
            let cell = cell.replace('<', "&lt;");
            format!("<rule><inputEntry><text>{cell}</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>")
        })
        .collect();
    let content = format!(
        "<inputData id=\"i\" name=\"n\"/><decision id=\"d\" name=\"d\"><decisionTable hitPolicy=\"{policy}\"><input><inputExpression typeRef=\"{of}\"><text>n</text></inputExpression></input><output/>{rules}</decisionTable></decision>"
    );
    let text = match camunda {
        true => file(&content),
        false => model(&content),
    };
    check(&parse(&text))
}

fn messages(of: &str, cells: &[&str]) -> Vec<String> {
    let all = found(of, "FIRST", cells, false).into_iter();
    all.map(|finding| finding.message).collect()
}

#[test]
fn places_that_follow_upon_each_other_are_one_range() {
    let told = |cells: &[&str]| messages("number", cells).join("; ");
    assert_eq!(
        told(&["< 5", "[8..9]", "> 9"]),
        "no rule is for n in [5..8), for example n = 5"
    );
    assert_eq!(
        told(&["(1..3)"]),
        "no rule is for n <= 1 or >= 3, for example n = 1"
    );
    assert_eq!(
        told(&["5", "< 5"]),
        "no rule is for n > 5, for example n = 6"
    );
    assert_eq!(
        told(&["[1..3]", "< 1", "(5..9]", "> 9"]),
        "no rule is for n in (3..5], for example n = 5"
    );
    let told = messages("string", &["\"a\"", "\"b\""]).join("; ");
    assert_eq!(told, "no rule is for n other than \"a\", \"b\"");
}

#[test]
fn of_very_many_gaps_and_overlaps_it_is_said_how_many_more_there_are() {
    let odd: Vec<String> = (0..40)
        .map(|n| format!("({}..{})", 2 * n, 2 * n + 1))
        .collect();
    let odd: Vec<&str> = odd.iter().map(String::as_str).collect();
    // All of one column are one gap; of overlaps each pair is told.
    assert_eq!(messages("number", &odd).len(), 1);
    let same = vec!["> 1"; 40];
    let all = found("number", "UNIQUE", &same, false);
    let told: Vec<&str> = all.iter().map(|f| f.message.as_str()).collect();
    assert!(
        told.contains(&"and 760 more pairs of rules that overlap. Mend those above first"),
        "{told:?}"
    );
    let same = vec!["> 1"; 60];
    let all = found("number", "UNIQUE", &same, false);
    let more = all
        .iter()
        .any(|f| f.message.starts_with("and more than 980 more pairs"));
    assert!(more, "{all:?}");
}

#[test]
fn a_bare_date_is_to_be_written_as_its_column_takes_it() {
    let told = |of: &str, camunda: bool| {
        let all = found(of, "FIRST", &["> 2026-01-31", "-"], camunda);
        all[0].message.clone()
    };
    assert!(told("date", false).ends_with("Write date(\"2026-01-31\")"));
    assert!(told("dateTime", false).ends_with("Write date and time(\"2026-01-31T00:00:00\")"));
    let advice = told("date", true);
    assert!(
        advice.ends_with("Write date and time(\"2026-01-31T00:00:00\")"),
        "{advice}"
    );
    for (camunda, write) in [
        (false, "Write date(\"2026-01-31\")"),
        (true, "Write date and time(\"2026-01-31T00:00:00\")"),
    ] {
        let all = found("date", "FIRST", &["\"2026-01-31\"", "-"], camunda);
        assert!(all[0].message.ends_with(write), "{all:?}");
    }
    let taken = found(
        "date",
        "FIRST",
        &["> date and time(\"2026-01-31T00:00:00\")", "-"],
        true,
    );
    assert_eq!(taken, []);
}

#[test]
fn an_unknown_function_is_no_input() {
    let text = "<decision id=\"d\" name=\"d\"><decisionTable hitPolicy=\"FIRST\"><input><inputExpression><text>cont(list)</text></inputExpression></input><output/><rule><inputEntry><text>? > lenth(\"a\")</text></inputEntry><outputEntry><text>cont(1)</text></outputEntry></rule></decisionTable></decision>";
    let definitions = parse(&model(text));
    let asked = super::imports::asked(&definitions, "d");
    assert_eq!(asked, ["list"]);
    let all: Vec<String> = check(&definitions).into_iter().map(|f| f.message).collect();
    let wanted =
        "rule 1: `cont(1)` calls cont, and there is no such function here; did you mean \"count\"?";
    assert!(all.contains(&wanted.to_owned()), "{all:?}");
}

#[test]
fn a_name_is_told_once_of_a_cell() {
    let all = found("number", "FIRST", &["? > other + other", "-"], false);
    let named = all.iter().filter(|f| f.message.contains("names other"));
    assert_eq!(named.count(), 1, "{all:?}");
}

#[test]
fn a_decision_that_is_named_and_not_required_is_told() {
    let decision = |id: &str, required: &str, text: &str| {
        let required = match required {
            "" => String::new(),
            of => format!(
                "<informationRequirement><requiredDecision href=\"#{of}\"/></informationRequirement>"
            ),
        };
        format!(
            "<decision id=\"{id}\" name=\"{id}\"><variable name=\"{id}\"/>{required}<literalExpression><text>{text}</text></literalExpression></decision>"
        )
    };
    let told = |text: &str| {
        let warnings = parse(text).warnings.into_iter();
        let named = warnings.filter(|warning| warning.message.contains("names the decision"));
        named.map(|warning| warning.message).collect::<Vec<_>>()
    };
    let (rate, half) = (
        decision("rate", "", "2"),
        decision("half", "rate", "rate / 2"),
    );
    let wrong = decision("price", "half", "half + rate + items[rate = 1]");
    assert_eq!(
        told(&model(&(rate.clone() + &half + &wrong))),
        [
            "it names the decision rate and does not require it, so that rate is not made for it. Add an information requirement"
        ]
    );
    // To Camunda all that is made on the way is a variable.
    assert_eq!(
        told(&file(&(rate.clone() + &half + &wrong))),
        Vec::<String>::new()
    );
    let wrong = decision("price", "", "half + 1");
    assert_eq!(told(&file(&(rate + &half + &wrong))).len(), 1);
}

#[test]
fn a_misspelt_name_that_would_become_an_input_is_told_with_its_place() {
    let told = |text: &str| {
        let warnings = parse(text).warnings.into_iter();
        let slips = warnings.filter(|warning| warning.message.contains("did you mean"));
        slips.map(|w| w.to_string()).collect::<Vec<_>>()
    };
    let requires =
        "<informationRequirement><requiredDecision href=\"#base\"/></informationRequirement>";
    let literal = |text: &str| {
        format!(
            "<inputData id=\"i\" name=\"customer\"/><decision id=\"base\" name=\"base price\"><variable name=\"basePrice\"/><literalExpression><text>customer.price</text></literalExpression></decision>\n<decision id=\"d\" name=\"d\">{requires}<literalExpression><text>\n{text}</text></literalExpression></decision>"
        )
    };
    for (text, name, column, meant) in [
        (
            "1 + custmer.age",
            "names custmer, which nothing gives",
            5,
            "customer",
        ),
        (
            "basePirce * 2",
            "names basePirce, which nothing gives",
            1,
            "basePrice",
        ),
        (
            "Customer",
            "names Customer, which nothing gives",
            1,
            "customer",
        ),
        (
            "summ([1, 2])",
            "calls summ, and there is no such function here",
            1,
            "sum",
        ),
    ] {
        for text in [model(&literal(text)), file(&literal(text))] {
            let all = told(&text);
            assert_eq!(all.len(), 1, "{all:?}");
            let place = format!(":{column}: warning: d: it {name}");
            assert!(all[0].contains(&place), "{place}: {all:?}");
            assert!(
                all[0].ends_with(&format!("did you mean {meant:?}?")),
                "{all:?}"
            );
        }
    }
    for right in [
        "customer.age + basePrice",
        "orders[custmer = 1]",
        "for custmer in customer.all return custmer",
        "{custmer: 1, x: custmer}.x",
        "priority",
    ] {
        assert_eq!(
            told(&model(&literal(right))),
            Vec::<String>::new(),
            "{right}"
        );
    }
}

#[test]
fn of_two_names_that_nothing_gives_the_rarer_is_the_slip() {
    let input = |text: &str| {
        format!("<input><inputExpression><text>{text}</text></inputExpression></input>")
    };
    let table = |id: &str, inputs: &[&str]| {
        let inputs: String = inputs.iter().map(|text| input(text)).collect();
        format!(
            "<decision id=\"{id}\" name=\"{id}\"><decisionTable>{inputs}<output name=\"o\"/></decisionTable></decision>"
        )
    };
    let told = |tables: &[String]| {
        let all = parse(&file(&tables.concat())).warnings.into_iter();
        all.map(|w| w.message).collect::<Vec<_>>()
    };
    let all = told(&[
        table("a", &["incmoe"]),
        table("b", &["income", "age1", "age2"]),
        table("c", &["income", "incomes"]),
    ]);
    assert_eq!(
        all,
        [
            "it names incmoe, which nothing gives, so that it becomes an input; did you mean \"income\"?"
        ]
    );
}

#[test]
fn a_comparison_with_a_truth_is_judged_in_either_dialect() {
    for camunda in [false, true] {
        let all = found("boolean", "UNIQUE", &["= true", "= false"], camunda);
        assert_eq!(all, []);
        let all = found("boolean", "FIRST", &["= false", "= false"], camunda);
        assert!(all[0].message.contains("rule 2 never counts"), "{all:?}");
    }
}

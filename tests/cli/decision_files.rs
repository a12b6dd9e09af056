//! DMN files on the command line: what they import, whose ways they follow, what is wrong with them.

use crate::support::House;

const RATE: &str = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="t" name="T" namespace="rates">
        <decision id="rate" name="rate"><variable name="rate"/><literalExpression><text>0.2</text></literalExpression></decision>
        </definitions>"#;

const PRICE: &str = r##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="p" name="P" namespace="price">
        <import name="t" namespace="rates" locationURI="rate.dmn" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>
        <decision id="price" name="price"><variable name="price"/>
        <informationRequirement><requiredDecision href="rates#rate"/></informationRequirement>
        <literalExpression><text>10 * t.rate</text></literalExpression></decision>
        </definitions>"##;

#[test]
fn what_lies_beside_a_file_that_imports_it_is_checked_and_deployed_with_it() {
    let house = House::new();
    let price = house.write("price.dmn", PRICE);
    for args in [
        &["decision", "check", price.as_str()][..],
        &["lint", &price],
        &["deploy", &price],
    ] {
        let ran = house.run("mara", args);
        let told = format!("{}{}", ran.out, ran.err);
        assert!(!ran.ok(), "{args:?}");
        for advice in ["Deploy its file with this one", "beside this one"] {
            assert!(told.contains(advice), "{args:?}: {told}");
        }
    }
    house.write("rate.dmn", RATE);
    let checked = house.good("", &["decision", "check", &price]).out;
    assert_eq!(checked, "Nothing is wrong.\n");
    let linted = house.good("", &["lint", &price]).out;
    assert_eq!(linted, "Nothing to say against it.\n");
    let ran = house.good("mara", &["deploy", &price]);
    assert!(ran.err.contains("rate.dmn comes along"), "{ran:?}");
    let priced = house.good("mara", &["decision", "evaluate", "price"]).out;
    assert_eq!(priced, "price = 2\n");
    // What is wrong with what it imports is told, what is suspicious of it is not.
    house.write("rate.dmn", &RATE.replace("0.2", "0.2 +"));
    let ran = house.run("", &["decision", "check", &price]);
    assert!(!ran.ok() && ran.out.contains("rate.dmn:2:"), "{ran:?}");
}

#[test]
fn an_explanation_begins_with_whose_ways_the_file_follows() {
    let house = House::bare();
    let modeler = RATE.replace(
        "id=\"t\"",
        "xmlns:modeler=\"http://camunda.org/schema/modeler/1.0\" modeler:executionPlatform=\"Camunda Platform\" id=\"t\"",
    );
    for (text, dialect, because) in [
        (RATE, "DMN standard", "nothing in the file is of Camunda 7"),
        (
            &modeler,
            "Camunda 7",
            "the file is made for Camunda 7, says modeler:executionPlatform",
        ),
    ] {
        let file = house.write("rate.dmn", text);
        let args = ["decision", "evaluate", &file, "--explain"];
        let out = house.good("", &args).out;
        let first = format!("dialect: {dialect}, as {because}\n\n");
        assert!(out.starts_with(&first), "{out}");
        let json = house.json("", &args);
        assert_eq!(json["dialect"], dialect);
        assert_eq!(json["because"], because);
    }
}

#[test]
fn decisions_in_a_circle_are_told_as_such() {
    let house = House::bare();
    let decision = |id: &str, other: &str| {
        format!(
            r##"<decision id="{id}" name="{id}"><informationRequirement><requiredDecision href="#{other}"/></informationRequirement>
            <literalExpression><text>{other}</text></literalExpression></decision>"##
        )
    };
    let text = format!(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="c" name="C" namespace="c">{}{}</definitions>"#,
        decision("hen", "egg"),
        decision("egg", "hen"),
    );
    let file = house.write("circle.dmn", &text);
    let told = house.refused("", &["decision", "evaluate", &file]);
    assert!(
        told.contains("it requires itself: hen → egg → hen"),
        "{told}"
    );
    assert!(!told.contains("function"), "{told}");
}

#[test]
fn a_name_that_nothing_gives_is_told_whatever_the_value() {
    let house = House::bare();
    let told = "because there is no `b` here in `b or a = 1`";
    let ran = house.good("", &["feel", "--var", "a:=1", "b or a = 1"]);
    assert_eq!(ran.out, "true\n");
    assert_eq!(ran.err, format!("warning: {told}\n"));
    let ran = house.good("", &["feel", "--var", "a:=2", "b or a = 1"]);
    assert_eq!(ran.out, "null\n");
    assert!(ran.err.starts_with(told), "{ran:?}");
    // What follows from it is no reason of its own; a value that is null is one.
    for text in ["g > 8", "8 - g", "g in [1..8]", "g(1)", "g and true", "-g"] {
        let ran = house.good("", &["feel", text]);
        let wanted = format!("because there is no `g` here in `{text}`\n");
        assert_eq!(ran.err, wanted);
    }
    let ran = house.good("", &["feel", "--var", "g:=null", "g > 8"]);
    let wanted = "because null and number can not be compared in `g > 8`\n";
    assert_eq!(ran.err, wanted);
}

#[test]
fn texts_are_quoted_as_they_stand() {
    let house = House::bare();
    let ran = house.good("", &["feel", "\"a  b\" +\n    1"]);
    assert!(ran.err.contains("in `\"a  b\" + 1`"), "{ran:?}");
    let broken = RATE.replace("0.2", "\"a  b\" +\n    (");
    let file = house.write("broken.dmn", &broken);
    let told = house.refused("", &["decision", "evaluate", &file]);
    assert!(told.contains("`\"a  b\" + (` is not valid FEEL"), "{told}");
}

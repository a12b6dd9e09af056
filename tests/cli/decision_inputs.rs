//! What decisions ask for: inputs of imported models, and what filters name.

use crate::support::House;
use serde_json::json;

const MODEL: &str = "https://www.omg.org/spec/DMN/20191111/MODEL/";

fn model(namespace: &str, content: &str) -> String {
    format!(
        r#"<definitions xmlns="{MODEL}" id="{namespace}" name="{namespace}" namespace="{namespace}">{content}</definitions>"#
    )
}

#[test]
fn an_input_of_an_imported_model_is_given_by_its_qualified_name() {
    let house = House::bare();
    let score = r##"<inputData id="a" name="Applicant"><variable name="Applicant" typeRef="date"/></inputData>
        <decision id="score" name="score"><variable name="score"/>
        <informationRequirement><requiredInput href="#a"/></informationRequirement>
        <literalExpression><text>Applicant.year</text></literalExpression></decision>"##;
    let loan = format!(
        r##"<import name="s" namespace="score" locationURI="score.dmn" importType="{MODEL}"/>
        <inputData id="a" name="Applicant"><variable name="Applicant" typeRef="string"/></inputData>
        <decision id="loan" name="loan"><variable name="loan"/>
        <informationRequirement><requiredInput href="#a"/></informationRequirement>
        <informationRequirement><requiredDecision href="score#score"/></informationRequirement>
        <literalExpression><text>Applicant + string(s.score)</text></literalExpression></decision>"##
    );
    house.write("score.dmn", &model("score", score));
    let file = house.write("loan.dmn", &model("loan", &loan));
    let shown = house.json("", &["decision", "show", &file]);
    assert_eq!(shown["variables"], json!(["s.Applicant", "Applicant"]));
    let text = house.good("", &["decision", "show", &file]).out;
    assert!(text.contains("\nrequires    s.score\n"), "{text}");
    let own = ["decision", "evaluate", &file, "--var", "Applicant=ana "];
    for given in [
        "s.Applicant=1999-05-05",
        r#"s:={"Applicant": "1999-05-05"}"#,
        r#"s:feel={Applicant: date("1999-05-05")}"#,
    ] {
        let ran = house.good("", &[&own[..], &["--var", given]].concat());
        assert_eq!(
            (&*ran.out, &*ran.err),
            ("loan = \"ana 1999\"\n", ""),
            "{given}"
        );
    }
    let ran = house.good("", &own);
    assert_eq!(ran.out, "loan = null\n");
    assert!(
        ran.err
            .contains("null where no value is given: --var s.Applicant=…"),
        "{}",
        ran.err
    );
    let typo = [&own[..], &["--var", "s.Aplicant=1999-05-05"]].concat();
    let told = house.good("", &typo).err;
    assert!(
        told.contains("asks for no value s.Aplicant; did you mean \"s.Applicant\"?"),
        "{told}"
    );
}

#[test]
fn what_a_filter_names_is_not_missed() {
    let house = House::bare();
    let dear = r#"<decision id="dear" name="dear"><variable name="dear"/>
        <literalExpression><text>count(orders[price > least])</text></literalExpression></decision>"#;
    let file = house.write(
        "dear.dmn",
        &model("dear", &dear.replace("> least", "&gt; least")),
    );
    let shown = house.json("", &["decision", "show", &file]);
    assert_eq!(shown["variables"], json!(["orders", "price", "least"]));
    assert_eq!(shown["perhaps"], json!(["price", "least"]));
    let text = house.good("", &["decision", "show", &file]).out;
    assert!(
        text.contains("orders, price (perhaps), least (perhaps)"),
        "{text}"
    );
    let orders = r#"orders:=[{"price": 4}, {"price": 2}]"#;
    let args = [
        "decision", "evaluate", &file, "--var", orders, "--var", "least:=3",
    ];
    let ran = house.good("", &args);
    assert_eq!((&*ran.out, &*ran.err), ("dear = 1\n", ""));
}

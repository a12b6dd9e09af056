//! What `crewdesk decision show`, `check` and `--explain` say of types, values, policies and defaults.

use crate::support::House;
use serde_json::json;

const MODEL: &str = "https://www.omg.org/spec/DMN/20191111/MODEL/";

fn definitions(attributes: &str, inside: &str) -> String {
    format!(
        r#"<definitions xmlns="{MODEL}" {attributes} id="m" name="m" namespace="m">{inside}</definitions>"#
    )
}

const RISK: &str = r##"<itemDefinition name="tRisk"><typeRef>string</typeRef><allowedValues><text>"low", "high"</text></allowedValues></itemDefinition>
  <inputData id="i1" name="income"><variable name="income" typeRef="number"/></inputData>
  <inputData id="i2" name="age"><variable name="age" typeRef="number"/></inputData>
  <decision id="risk" name="Risk"><variable name="risk" typeRef="tRisk"/>
    <informationRequirement><requiredInput href="#i1"/></informationRequirement>
    <decisionTable hitPolicy="UNIQUE"><input><inputExpression typeRef="number"><text>income</text></inputExpression></input>
    <output name="risk" typeRef="tRisk"><defaultOutputEntry><text>"high"</text></defaultOutputEntry></output>
    <rule><inputEntry><text>&gt; 3000</text></inputEntry><outputEntry><text>"low"</text></outputEntry></rule></decisionTable></decision>
  <decision id="offer" name="Offer"><variable name="offer" typeRef="tRisk"/>
    <informationRequirement><requiredDecision href="#risk"/></informationRequirement>
    <informationRequirement><requiredInput href="#i2"/></informationRequirement>
    <literalExpression><text>if age &gt; 80 then "high" else risk</text></literalExpression></decision>
  <decisionService id="service" name="Service"><outputDecision href="#offer"/><encapsulatedDecision href="#risk"/>
    <inputData href="#i1"/><inputData href="#i2"/></decisionService>"##;

#[test]
fn types_and_allowed_values_of_inputs_and_outputs_are_shown() {
    let house = House::bare();
    let file = house.write("risk.dmn", &definitions("", RISK));
    let shown = |decision: &str| {
        let args = ["decision", "show", &file, "--decision", decision];
        (house.good("", &args).out, house.json("", &args))
    };
    let (text, answer) = shown("offer");
    let facts = "asks for    income: number\n            age: number\ngives       string, one of \"low\", \"high\"\n";
    assert!(text.contains(facts), "{text}");
    assert_eq!(
        answer["inputs"],
        json!([
            { "name": "income", "typeRef": "number" },
            { "name": "age", "typeRef": "number" },
        ])
    );
    let result = json!({ "typeRef": "string", "values": "\"low\", \"high\"" });
    assert_eq!(answer["result"], result);
    assert_eq!(answer["variables"], json!(["income", "age"]));
    let (text, answer) = shown("risk");
    let output = text.lines().find(|line| line.starts_with("risk ")).unwrap();
    assert!(output.contains("tRisk  \"low\", \"high\""), "{text}");
    assert_eq!(answer["table"]["columns"][1]["values"], "\"low\", \"high\"");
    assert_eq!(answer.get("result"), None);
    let (_, answer) = shown("service");
    assert_eq!(answer["inputs"][0]["typeRef"], "number");
}

#[test]
fn an_explained_service_says_which_rule_counts_and_calls_the_default_so() {
    let house = House::bare();
    let file = house.write("risk.dmn", &definitions("", RISK));
    let args = |income: &'static str, decision: &'static str| {
        let file = file.clone();
        let args = [
            "decision",
            "evaluate",
            &file,
            "--decision",
            decision,
            "--var",
            income,
            "--var",
            "age:=20",
            "--explain",
        ];
        (house.good("", &args).out, house.json("", &args))
    };
    let default = "  no rule matched: the default output\n";
    for decision in ["service", "offer"] {
        let (text, answer) = args("income:=4000", decision);
        assert_eq!(text.matches("matches, counts").count(), 1, "{text}");
        assert!(!text.contains(default), "{text}");
        assert_eq!(answer["tables"][0]["rules"][0]["counts"], true, "{answer}");
        assert_eq!(answer["tables"][0].get("default"), None);
        let (text, answer) = args("income:=1000", decision);
        assert!(text.contains(default) && !text.contains("counts"), "{text}");
        assert_eq!(answer["tables"][0]["default"], true, "{answer}");
    }
}

#[test]
fn policies_that_camunda_does_not_know_are_refused_where_the_file_follows_it() {
    let house = House::new();
    let table = |attributes: &str, values: &str| {
        definitions(
            attributes,
            &format!(
                r#"<decision id="d" name="D"><decisionTable hitPolicy="PRIORITY"><input><inputExpression><text>n</text></inputExpression></input>
                <output name="o" typeRef="string">{values}</output><rule><inputEntry><text>-</text></inputEntry><outputEntry><text>"a"</text></outputEntry></rule></decisionTable></decision>"#
            ),
        )
    };
    let camunda = r#"xmlns:camunda="http://camunda.org/schema/1.0/dmn""#;
    let values = "<outputValues><text>\"a\", \"b\"</text></outputValues>";
    for (text, why) in [
        (
            table(camunda, values),
            "Camunda 7 refuses the hit policy PRIORITY",
        ),
        (table("", ""), "no output has any. List them in an output"),
    ] {
        let file = house.write("d.dmn", &text);
        for args in [
            ["deploy", &file].to_vec(),
            ["decision", "check", &file].to_vec(),
        ] {
            let ran = house.run("mara", &args);
            assert!(!ran.ok(), "{args:?}: {ran:?}");
            assert!(
                (ran.out.clone() + &ran.err).contains(why),
                "{args:?}: {ran:?}"
            );
        }
    }
    let file = house.write("d.dmn", &table("", values));
    house.good("mara", &["deploy", &file]);
}

#[test]
fn what_is_no_feel_is_told_in_feel() {
    let house = House::bare();
    let table = |cell: &str| {
        definitions(
            "",
            &format!(
                r#"<decision id="d" name="D"><decisionTable hitPolicy="FIRST"><input><inputExpression typeRef="number"><text>n</text></inputExpression></input>
                <output name="o" typeRef="number"/><rule><inputEntry><text>{cell}</text></inputEntry><outputEntry><text>1</text></outputEntry></rule></decisionTable></decision>"#
            ),
        )
    };
    for (cell, told) in [
        ("10..20", "write `[10..20]`"),
        ("=&gt; 5", "Write `>= 5`"),
        (
            "&gt;= 4,10",
            "`>= 4,10` is `>= 4` or 10. If that is one number, write `>= 4.10`",
        ),
    ] {
        let file = house.write("d.dmn", &table(cell));
        let ran = house.run("", &["decision", "check", &file]);
        assert!(ran.out.contains(told), "{cell}: {ran:?}");
    }
    let file = house.write("d.dmn", &table("4, 10"));
    let out = house.good("", &["decision", "check", &file]).out;
    assert!(!out.contains("one number"), "{out}");
}

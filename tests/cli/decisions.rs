//! `crewdesk decision …` and `crewdesk feel …`: with files and no desk, and within limits.

use crate::support::House;
use serde_json::json;

/// Two decisions, of which one requires the other; the input has no label.
const ROUTE: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:camunda="http://camunda.org/schema/1.0/dmn"
             id="route" name="Route" namespace="n">
  <decision id="size" name="Size" camunda:historyTimeToLive="P30D">
    <decisionTable hitPolicy="FIRST">
      <input><inputExpression typeRef="integer"><text>rows</text></inputExpression></input>
      <output name="size" typeRef="string"/>
      <rule><inputEntry><text>&lt; 100</text></inputEntry><outputEntry><text>"small"</text></outputEntry></rule>
      <rule><inputEntry><text/></inputEntry><outputEntry><text>"large"</text></outputEntry></rule>
    </decisionTable>
  </decision>
  <decision id="who" name="Who" camunda:historyTimeToLive="P30D">
    <variable name="who" typeRef="string"/>
    <informationRequirement><requiredDecision href="#size"/></informationRequirement>
    <literalExpression><text>if size = "small" then "ana" else "mara"</text></literalExpression>
  </decision>
</definitions>
"##;

#[test]
fn a_file_is_shown_evaluated_and_checked_without_a_desk() {
    let house = House::bare();
    let file = house.write("route.dmn", ROUTE);
    let decided = |args: &[&str]| {
        let all = [&["decision", "evaluate", file.as_str()], args].concat();
        house.json("", &all)
    };
    // The decision that no other requires, with the one that it requires.
    let who = decided(&["--var", "rows:=7"]);
    assert_eq!(who[0]["who"]["value"], "ana");
    let size = decided(&["--decision", "size", "--var", "rows:=700"]);
    assert_eq!(size[0]["size"]["value"], "large");
    let shown = house.json("", &["decision", "show", &file, "--decision", "size"]);
    assert_eq!(shown["table"]["inputs"], json!(["rows"]));
    assert_eq!(shown["variables"], json!(["rows"]));
    assert_eq!(shown.get("version"), None);
    let text = house.good("", &["decision", "show", &file]).out;
    assert!(text.starts_with("Who (who, from "), "{text}");
    let checked = house.good("", &["decision", "check", &file]).out;
    assert_eq!(checked, "Nothing is wrong.\n");
    assert!(!house.path("desk/desk.db").exists(), "no desk was made");
}

#[test]
fn deployed_decisions_go_by_their_keys() {
    let house = House::new();
    let file = house.write("route.dmn", ROUTE);
    house.good("mara", &["deploy", &file]);
    let who = house.json("mara", &["decision", "evaluate", "who", "--var", "rows:=7"]);
    assert_eq!(who[0]["who"]["value"], "ana");
    assert_eq!(
        house.json("mara", &["decision", "show", "who"])["version"],
        1
    );
    house.good("mara", &["decision", "check", "who"]);
    let told = house.refused("mara", &["decision", "show", "who", "--decision", "size"]);
    assert!(told.contains("there is no file who"), "{told}");
    let told = house.refused("mara", &["decision", "evaluate", "gone.dmn"]);
    assert!(told.contains("gone.dmn: there is no such file"), "{told}");
}

#[test]
fn which_decision_of_a_file_is_asked_where_that_is_not_clear() {
    let house = House::bare();
    let alone = ROUTE.replace(
        "<informationRequirement><requiredDecision href=\"#size\"/></informationRequirement>",
        "",
    );
    let file = house.write("two.dmn", &alone);
    let told = house.refused("", &["decision", "show", &file]);
    assert!(told.contains("--decision ID: size, who"), "{told}");
    let told = house.refused("", &["decision", "show", &file, "--decision", "where"]);
    assert!(
        told.contains("has no decision where; it has: size, who"),
        "{told}"
    );
}

#[test]
fn a_file_may_import_another() {
    let house = House::bare();
    let types = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="t" name="T" namespace="types">
        <decision id="rate" name="rate"><variable name="rate"/><literalExpression><text>0.2</text></literalExpression></decision>
        </definitions>"#;
    let price = r##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="p" name="P" namespace="price">
        <import name="t" namespace="types" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>
        <decision id="price" name="price"><variable name="price"/>
        <informationRequirement><requiredDecision href="types#rate"/></informationRequirement>
        <literalExpression><text>net * (1 + t.rate)</text></literalExpression></decision>
        </definitions>"##;
    let (types, price) = (
        house.write("types.dmn", types),
        house.write("price.dmn", price),
    );
    let args = ["decision", "evaluate", &price, "--var", "net:=100"];
    let told = house.refused("", &args);
    assert!(
        told.contains("price.dmn:2:9: t: the imported model 'types' is not there"),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1, "{told}");
    let priced = house.json("", &[&args[..], &["--import", &types]].concat());
    assert_eq!(priced[0]["price"]["value"].as_f64(), Some(120.0));
}

#[test]
fn every_fault_of_a_file_is_told_with_its_place() {
    let house = House::bare();
    let broken = ROUTE
        .replace("&lt; 100", "&lt; ")
        .replace("\"large\"", "\"large")
        .replace("then \"ana\"", "than \"ana\"");
    let file = house.write("broken.dmn", &broken);
    for command in ["evaluate", "show"] {
        let told = house.refused("", &["decision", command, &file]);
        for place in [":8:33: ", ":9:64: ", ":15:48: "] {
            assert!(
                told.contains(&format!("broken.dmn{place}")),
                "{place} in {told}"
            );
        }
    }
}

#[test]
fn every_null_of_a_result_says_why() {
    let house = House::bare();
    let ran = house.good("", &["feel", "{a: 1 + \"x\", b: 2}"]);
    assert_eq!(ran.out, "{a: null, b: 2}\n");
    assert!(
        ran.err
            .contains("because number and string can not be added in"),
        "{ran:?}"
    );
    let file = house.write(
        "route.dmn",
        &ROUTE.replace("else \"mara\"", "else size + 1"),
    );
    let ran = house.good("", &["decision", "evaluate", &file, "--var", "rows:=700"]);
    assert_eq!(ran.out, "who = null\n");
    assert!(ran.err.starts_with("warning: null because "), "{ran:?}");
    assert!(
        ran.err
            .contains("because string and number can not be added in"),
        "{ran:?}"
    );
    let ran = house.good("", &["feel", "if 1 + null = null then 1 else 2"]);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("1\n", ""));
}

#[test]
fn a_column_without_a_label_goes_by_its_expression() {
    let house = House::bare();
    let file = house.write("route.dmn", ROUTE);
    let told = house.refused("", &["decision", "evaluate", &file, "--var", "rows=many"]);
    assert!(told.contains("(decision 'size', input 'rows')"), "{told}");
}

#[test]
fn an_evaluation_stops_at_the_limits_that_are_said() {
    let house = House::bare();
    let recursion = "{f: function(n) if n = 0 then 0 else 1 + f(n - 1), r: f(9000)}.r";
    let told = house.refused("", &["feel", recursion]);
    assert!(told.contains("`{f: function(n) if n = 0 then 0 else 1 + f(n - 1), r: f(9000)}.r` stopped: its function calls nest deeper"), "{told}");
    assert_eq!(
        house
            .good("", &["feel", recursion, "--depth", "100000"])
            .out,
        "9000\n"
    );
    let told = house.refused(
        "",
        &[
            "feel",
            "count(for i in 1..20000 return i)",
            "--steps",
            "1000",
        ],
    );
    assert!(
        told.contains("`count(for i in 1..20000 return i)` stopped: it takes more steps"),
        "{told}"
    );
    let long = "string length(string join(for i in 1..50000 return \"0123456789012345678901234567890123456789\"))";
    assert_eq!(house.good("", &["feel", long]).out, "2000000\n");
    let told = house.refused("", &["feel", long, "--memory", "1"]);
    assert!(told.contains("stopped: it builds more data"), "{told}");
    for (option, value) in [("--depth", "1000000"), ("--steps", "1"), ("--memory", "0")] {
        let told = house.refused("", &["feel", "1", option, value]);
        assert!(told.contains("is not in"), "{told}");
    }
}

#[test]
fn what_the_settings_beside_the_desk_say_holds_for_all_of_it() {
    let house = House::new();
    let loops = ROUTE.replace(
        "if size",
        "if count(for i in 1..20000 return i) = 0 then \"\" else if size",
    );
    let file = house.write("route.dmn", &loops);
    house.good("mara", &["deploy", &file]);
    let evaluate =
        |what: &str| ["decision", "evaluate", what, "--var", "rows:=7"].map(str::to_owned);
    let run = |what: &str, user: &str, more: &[&str]| {
        let args = evaluate(what);
        let args: Vec<&str> = args
            .iter()
            .map(String::as_str)
            .chain(more.iter().copied())
            .collect();
        house.run(user, &args)
    };
    house.write(
        "desk/desk.db.settings.toml",
        "[expressions]\nsteps = 10_000\n",
    );
    for (what, user) in [("who", "mara"), (file.as_str(), "")] {
        let told = run(what, user, &[]).refusal();
        assert!(
            told.contains("decision 'who': evaluation of `if count(for i in 1..20000"),
            "{told}"
        );
        assert!(run(what, user, &["--steps", "1000000"]).ok(), "{what}");
    }
    house.write("desk/desk.db.settings.toml", "[expressions]\nsteps = 1\n");
    let told = run("who", "mara", &[]).refusal();
    assert!(
        told.contains("desk.db.settings.toml: [expressions] steps = 1: choose 1000 to"),
        "{told}"
    );
}

#[test]
fn what_is_suspicious_is_told_with_its_place() {
    let house = House::bare();
    let odd = ROUTE.replace("<text/>", "<text>\"many\"</text>");
    let file = house.write("odd.dmn", &odd);
    let ran = house.run("", &["decision", "check", &file]);
    assert!(!ran.ok());
    let told = "odd.dmn:9:31: error: decision 'size': rule 2: `\"many\"` is a string, but rows is an integer";
    assert!(ran.out.contains(told), "{ran:?}");
    let gap = "odd.dmn:5:5: warning: decision 'size': no rule is for rows";
    assert!(ran.out.contains(gap), "{ran:?}");
}

/// A model of the standard's dialect with types, a service, a function and a boxed context.
const LOAN: &str = r##"<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="loan" name="Loan" namespace="n">
  <inputData id="i1" name="born"><variable name="born" typeRef="date"/></inputData>
  <inputData id="i2" name="income"><variable name="income" typeRef="number"/></inputData>
  <businessKnowledgeModel id="third" name="a third"><variable name="a third"/><encapsulatedLogic>
    <formalParameter name="part" typeRef="number"/><literalExpression><text>part / 3</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
  <decisionService id="offer" name="Loan offer"><variable name="Loan offer"/><outputDecision href="#limit"/><inputData href="#i1"/><inputData href="#i2"/></decisionService>
  <decision id="rate" name="Rate"><variable name="rate" typeRef="number"/>
    <informationRequirement><requiredInput href="#i1"/></informationRequirement>
    <decisionTable hitPolicy="FIRST"><input label="Born"><inputExpression typeRef="date"><text>born</text></inputExpression></input>
      <output typeRef="number"/>
      <rule><inputEntry><text>&lt; @"2000-01-01"</text></inputEntry><outputEntry><text>1/3</text></outputEntry></rule>
      <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>0.1</text></outputEntry></rule></decisionTable></decision>
  <decision id="limit" name="Limit"><variable name="limit"/>
    <informationRequirement><requiredDecision href="#rate"/></informationRequirement>
    <informationRequirement><requiredInput href="#i2"/></informationRequirement>
    <context><contextEntry><variable name="base"/><literalExpression><text>income * rate</text></literalExpression></contextEntry>
      <contextEntry><variable name="note"/><literalExpression><text>"a" + 1</text></literalExpression></contextEntry>
      <contextEntry><literalExpression><text>base</text></literalExpression></contextEntry></context></decision>
</definitions>
"##;

#[test]
fn values_are_given_with_their_types_and_shown_whole() {
    let house = House::bare();
    let file = house.write("loan.dmn", LOAN);
    let rate = |born: &str| {
        house.json(
            "",
            &[
                "decision",
                "evaluate",
                &file,
                "--decision",
                "rate",
                "--var",
                born,
            ],
        )
    };
    for born in [
        "born=1999-12-31",
        "born:date=1999-12-31",
        "born:feel=date(1999, 12, 31)",
    ] {
        let whole = house
            .good(
                "",
                &[
                    "--json",
                    "decision",
                    "evaluate",
                    &file,
                    "--decision",
                    "rate",
                    "--var",
                    born,
                ],
            )
            .out;
        assert!(
            whole.contains("0.3333333333333333333333333333333333"),
            "{whole}"
        );
        assert_eq!(rate(born)[0]["rate"]["type"], "number");
    }
    // A text of another type is none, and that is said.
    let ran = house.good(
        "",
        &[
            "decision",
            "evaluate",
            &file,
            "--decision",
            "rate",
            "--var",
            "born=soon",
        ],
    );
    assert!(
        ran.err
            .contains("warning: null because \"soon\" is no date in `born`"),
        "{ran:?}"
    );
    let text = house.good(
        "",
        &[
            "decision",
            "evaluate",
            &file,
            "--decision",
            "rate",
            "--var",
            "born=2001-01-01",
        ],
    );
    assert_eq!((text.out.as_str(), text.err.as_str()), ("rate = 0.1\n", ""));
    for (expression, json) in [
        ("10**400", "1E+400"),
        ("@\"P1Y\"", "\"P1Y\""),
        ("d", "\"2026-01-31T10:00:00@Europe/Paris\""),
    ] {
        let args = [
            "--json",
            "feel",
            expression,
            "--var",
            "d:dateTime=2026-01-31T10:00:00@Europe/Paris",
        ];
        let out = house.good("", &args).out;
        assert!(out.contains(&format!("\"value\": {json}")), "{out}");
    }
}

#[test]
fn services_and_functions_go_by_their_names() {
    let house = House::new();
    let file = house.write("loan.dmn", LOAN);
    let given = ["--var", "born=2001-12-31", "--var", "income=300"];
    let args = [
        &[
            "decision",
            "evaluate",
            file.as_str(),
            "--decision",
            "Loan offer",
        ][..],
        &given,
    ]
    .concat();
    assert_eq!(house.good("", &args).out, "Loan offer = 30\n");
    house.good("mara", &["deploy", &file]);
    for name in ["offer", "Loan offer"] {
        let args = [&["decision", "evaluate", name][..], &given].concat();
        assert_eq!(house.good("mara", &args).out, "Loan offer = 30\n", "{name}");
    }
    let third = ["decision", "evaluate", "a third", "--var", "part:=1"];
    assert_eq!(
        house.good("mara", &third).out,
        "a third = 0.3333333333333333333333333333333333\n"
    );
    let told = house.refused("mara", &["decision", "evaluate", "fourth"]);
    assert!(told.contains("fourth"), "{told}");
}

#[test]
fn what_is_missing_or_misspelt_is_told_unasked() {
    let house = House::bare();
    let file = house.write("loan.dmn", LOAN);
    let ran = house.good(
        "",
        &[
            "decision",
            "evaluate",
            &file,
            "--var",
            "born=1999-12-31",
            "--var",
            "incom=3",
        ],
    );
    assert_eq!(ran.out, "limit = null\n");
    for told in [
        "warning: the decision limit asks for no value incom; did you mean \"income\"?",
        "warning: null where no value is given: --var income=…",
        "warning: null because string and number can not be added in `\"a\" + 1`",
    ] {
        assert!(ran.err.contains(told), "{told}: {ran:?}");
    }
    assert!(
        !ran.err.contains("there is no `income`"),
        "told once: {ran:?}"
    );
}

#[test]
fn an_explanation_shows_every_entry_and_the_fault_where_it_is() {
    let house = House::bare();
    let file = house.write("loan.dmn", LOAN);
    let given = [
        "--var",
        "born=1999-12-31",
        "--var",
        "income=300",
        "--explain",
    ];
    let args = [&["decision", "evaluate", file.as_str()][..], &given].concat();
    let out = house.good("", &args).out;
    for line in [
        "Rate (FIRST)\n  Born = 1999-12-31\n",
        "  result = 0.3333333333333333333333333333333333\n",
        "  with income = 300\n  with rate = 0.3333333333333333333333333333333333\n",
        "  entry base = 99.99999999999999999999999999999999\n  entry note = null\n",
        "  entry result = 99.99999999999999999999999999999999\n",
        "  null because string and number can not be added in `\"a\" + 1`\n",
        "\nlimit = 99.99999999999999999999999999999999\n",
    ] {
        assert!(out.contains(line), "{line} in {out}");
    }
    let failing = LOAN.replace("1/3", "count(for i in 1..1e9 return i)");
    let file = house.write("failing.dmn", &failing);
    let args = [
        &["decision", "evaluate", file.as_str(), "--steps", "10000"][..],
        &given,
    ]
    .concat();
    let ran = house.run("", &args);
    assert!(!ran.ok());
    let told = "  failed: decision 'rate': evaluation of `count(for i in 1..1e9 return i)` stopped: it takes more steps";
    assert!(ran.out.contains(told), "{ran:?}");
    assert!(!ran.out.contains("Limit (expression)"), "{ran:?}");
}

#[test]
fn a_result_that_has_no_rule_ends_its_line() {
    let house = House::bare();
    let none = ROUTE.replace("<rule><inputEntry><text/></inputEntry><outputEntry><text>\"large\"</text></outputEntry></rule>", "")
        .replace("&lt; 100", "&lt; nothing");
    let file = house.write("none.dmn", &none);
    let args = [
        "decision",
        "evaluate",
        &file,
        "--decision",
        "size",
        "--var",
        "rows:=7",
    ];
    assert_eq!(house.good("", &args).out, "No rule matches.\n");
    let explained = house.good("", &[&args[..], &["--explain"]].concat()).out;
    assert!(explained.contains("null because "), "{explained}");
    assert!(explained.ends_with("\nNo rule matches.\n"), "{explained}");
}

#[test]
fn a_fault_elsewhere_in_the_file_does_not_matter() {
    let house = House::bare();
    let broken = LOAN.replace(
        "base</text></literalExpression></contextEntry></context>",
        "base +</text></literalExpression></contextEntry></context>",
    );
    let file = house.write("broken.dmn", &broken);
    let args = [
        "decision",
        "evaluate",
        &file,
        "--decision",
        "rate",
        "--var",
        "born=2001-01-01",
    ];
    let ran = house.good("", &args);
    assert_eq!(ran.out, "rate = 0.1\n");
    assert!(
        ran.err.contains("warning: 1 error elsewhere in "),
        "{ran:?}"
    );
    let told = house.refused("", &["decision", "evaluate", &file, "--decision", "limit"]);
    assert!(told.contains("broken.dmn:18:52: "), "{told}");
}

#[test]
fn imports_are_found_beside_the_file_and_nowhere_else() {
    let house = House::bare();
    let rate = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="t" name="T" namespace="rates">
        <decision id="rate" name="rate"><variable name="rate"/><literalExpression><text>0.2</text></literalExpression></decision>
        </definitions>"#;
    let price = |location: &str| {
        let text = format!(
            r##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="p" name="P" namespace="price">
        <import name="t" namespace="rates" locationURI="{location}" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>
        <decision id="price" name="price"><variable name="price"/>
        <informationRequirement><requiredDecision href="rates#rate"/></informationRequirement>
        <literalExpression><text>10 * t.rate</text></literalExpression></decision>
        </definitions>"##
        );
        house.write("models/price.dmn", &text)
    };
    std::fs::create_dir_all(house.path("models/inner")).unwrap();
    house.write("models/inner/rate.dmn", rate);
    let outside = house.write("rate.dmn", rate);
    let file = price("inner/rate.dmn");
    assert_eq!(
        house.good("", &["decision", "evaluate", &file]).out,
        "price = 2\n"
    );
    for location in [
        "../rate.dmn",
        "inner/../../rate.dmn",
        &outside,
        "http://example.org/rate.dmn",
        "gone.dmn",
    ] {
        let file = price(location);
        let told = house.refused("", &["decision", "evaluate", &file]);
        let wanted = format!("the imported model 'rates' (said to be in {location}) is not there");
        assert!(told.contains(&wanted), "{told}");
        let named = ["decision", "evaluate", &file, "--import", &outside];
        assert_eq!(house.good("", &named).out, "price = 2\n", "{location}");
    }
}

#[test]
fn a_file_does_not_hide_what_is_deployed() {
    let house = House::new();
    let file = house.write("route.dmn", ROUTE);
    house.good("mara", &["deploy", &file]);
    house.write("who", "nothing");
    let args = ["decision", "evaluate", "who", "--var", "rows:=7"];
    let ran = house.good("mara", &args);
    assert_eq!(ran.out, "who = \"ana\"\n");
    assert!(
        ran.err
            .contains("note: who is taken for a key; for the file of this name write ./who"),
        "{ran:?}"
    );
}

/// A wide table with everything that a file may say of its columns.
const CREDIT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:camunda="http://camunda.org/schema/1.0/dmn" id="credit" name="Credit" namespace="n">
  <decision id="credit" name="Credit check" camunda:historyTimeToLive="P30D">
    <decisionTable hitPolicy="COLLECT" aggregation="MAX">
      <input label="Level of the customer" camunda:inputVariable="lvl"><inputExpression typeRef="string"><text>level</text></inputExpression><inputValues><text>"gold", "silver"</text></inputValues></input>
      <input label="Orders so far"><inputExpression typeRef="integer"><text>count(orders)</text></inputExpression></input>
      <output name="limit" label="Limit in euro" typeRef="double"><outputValues><text>0, 500, 1000</text></outputValues><defaultOutputEntry><text>0</text></defaultOutputEntry></output>
      <rule><description>they have paid so far</description><inputEntry><text>"gold"</text></inputEntry><inputEntry><text>&gt; 3</text></inputEntry><outputEntry><text>1000</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>
"#;

#[test]
fn what_a_file_says_of_its_columns_is_shown() {
    let house = House::bare();
    let file = house.write("credit.dmn", CREDIT);
    let text = house.good("", &["decision", "show", &file]).out;
    for said in [
        "hit policy  COLLECT MAX: the greatest output of all rules that match",
        "dialect     Camunda 7, as the file has attributes of Camunda: ",
        "INPUT                  EXPRESSION     TYPE     IN CELLS  VALUES",
        "Level of the customer  level          string   lvl       \"gold\", \"silver\"",
        "Orders so far          count(orders)  integer",
        "OUTPUT         NAME   TYPE    VALUES        DEFAULT",
        "Limit in euro  limit  double  0, 500, 1000  0",
        "they have paid so far",
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
    let shown = house.json("", &["decision", "show", &file]);
    assert_eq!(shown["dialect"], "Camunda 7");
    assert_eq!(shown["because"], "the file has attributes of Camunda");
    let level = json!({
        "kind": "input", "title": "Level of the customer", "typeRef": "string", "expression": "level",
        "variable": "lvl", "values": "\"gold\", \"silver\"",
    });
    assert_eq!(shown["table"]["columns"][0], level);
    assert_eq!(shown["table"]["columns"][2]["default"], "0");
}

#[test]
fn lint_tells_of_tables_and_lets_them_be_deployed() {
    let house = House::new();
    let odd = ROUTE.replace("<text/>", "<text>\"many\"</text>");
    let file = house.write("odd.dmn", &odd);
    let ran = house.good("", &["lint", &file]);
    let told =
        "odd.dmn:9:31: warning: size: rule 2: `\"many\"` is a string, but rows is an integer";
    assert!(ran.out.contains(told), "{ran:?}");
    house.good("mara", &["deploy", &file]);
}

#[test]
fn the_version_is_told() {
    let ran = House::bare().good("", &["--version"]);
    assert_eq!(
        ran.out,
        concat!("crewdesk ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn everything_that_can_be_evaluated_is_listed_by_name_and_shown() {
    let house = House::new();
    let loan = house.write("loan.dmn", LOAN);
    let route = house.write("route.dmn", ROUTE);
    let listed = house.good("", &["decision", "list", &route, &loan]).out;
    let names: Vec<&str> = listed.lines().map(|line| line[..10].trim()).collect();
    assert_eq!(
        names,
        [
            "NAME",
            "a third",
            "Limit",
            "Loan offer",
            "Rate",
            "Size",
            "Who"
        ],
        "{listed}"
    );
    assert!(
        listed.contains("loan.dmn") && !listed.contains("/loan.dmn"),
        "{listed}"
    );
    house.good("mara", &["deploy", &route, &loan]);
    let listed = house.good("mara", &["decision", "list"]).out;
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let listed: Vec<String> = listed.lines().map(words).collect();
    for line in [
        "NAME KEY VERSION WHAT DIALECT FILE",
        "a third third business knowledge model DMN standard loan.dmn",
        "Loan offer offer decision service DMN standard loan.dmn",
        "Rate rate 1 table, FIRST DMN standard loan.dmn",
        "Who who 1 expression Camunda 7 route.dmn",
    ] {
        assert!(listed.iter().any(|l| l == line), "{line} in {listed:?}");
    }
    let rows = house.json("mara", &["decision", "list"]);
    let row = |key: &str| {
        let rows = rows.as_array().expect("rows");
        rows.iter().find(|row| row["key"] == key).expect("a row")
    };
    assert_eq!(row("offer")["kind"], "decisionService");
    assert_eq!(
        (&row("rate")["version"], &row("rate")["kind"]),
        (&json!(1), &json!("decision"))
    );
    let offer = house.good("mara", &["decision", "show", "offer"]).out;
    for said in [
        "Loan offer (offer, decision service, from ",
        "asks for    born: date, income: number",
        "gives       limit",
        "DMN standard, as nothing in the file is of Camunda 7",
    ] {
        assert!(offer.contains(said), "{said} in {offer}");
    }
    let third = house.good("mara", &["decision", "show", "a third"]).out;
    assert!(
        third.contains("part / 3") && third.contains("part: number"),
        "{third}"
    );
}

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
        for place in [":8:25: ", ":9:58: ", ":15:24: "] {
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
    let told = "odd.dmn:9:7: error: decision 'size': rule 2: `\"many\"` is a string, but rows is an integer";
    assert!(ran.out.contains(told), "{ran:?}");
    let gap = "odd.dmn:5:5: warning: decision 'size': no rule is for rows";
    assert!(ran.out.contains(gap), "{ran:?}");
}

//! Business knowledge models and decision services on the command line: deployed alone, named, required.

use crate::support::House;

const MODEL: &str = "https://www.omg.org/spec/DMN/20191111/MODEL/";

fn definitions(id: &str, inside: &str) -> String {
    format!(
        r#"<definitions xmlns="{MODEL}" id="{id}" name="{id}" namespace="{id}">{inside}</definitions>"#
    )
}

/// A function `f` of `x`.
fn function(body: &str) -> String {
    format!(
        r#"<businessKnowledgeModel id="f_id" name="f"><variable name="f"/><encapsulatedLogic><formalParameter name="x"/>
        <literalExpression><text>{body}</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"#
    )
}

fn decision(requires: &str, text: &str) -> String {
    format!(
        r#"<decision id="d_id" name="The price"><variable name="d"/>{requires}<literalExpression><text>{text}</text></literalExpression></decision>"#
    )
}

#[test]
fn a_file_of_functions_alone_says_what_it_holds() {
    let house = House::new();
    let file = house.write("lib.dmn", &definitions("lib", &function("x * 2")));
    let ran = house.good("mara", &["deploy", &file]);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words(&ran.out).contains("business knowledge model f_id f"),
        "{ran:?}"
    );
    let again = house.good("mara", &["deploy", &file]).out;
    assert!(again.starts_with("Nothing new"), "{again}");
    let listed = words(&house.good("mara", &["decision", "list"]).out);
    let row = "f f_id business knowledge model DMN standard lib.dmn";
    assert!(listed.contains(row), "{listed}");
    for word in ["f", "f_id"] {
        let called = house.good("mara", &["decision", "evaluate", word, "--var", "x:=4"]);
        assert_eq!(called.out, "f = 8\n", "{word}");
    }
    let shown = house.good("mara", &["decision", "show", "f"]).out;
    assert!(
        shown.starts_with("f (f_id, business knowledge model, from "),
        "{shown}"
    );
    // The newest counts; a file that has decisions, too, is listed with these.
    let newer = function("x * 3");
    let file = house.write("lib.dmn", &definitions("lib", &newer));
    house.good("mara", &["deploy", &file]);
    let called = house.good("mara", &["decision", "evaluate", "f", "--var", "x:=4"]);
    assert_eq!(called.out, "f = 12\n");
    assert_eq!(
        words(&house.good("mara", &["decision", "list"]).out)
            .matches("f_id")
            .count(),
        1
    );
    let both = newer + &decision("", "1");
    let file = house.write("lib.dmn", &definitions("lib", &both));
    house.good("mara", &["deploy", &file]);
    let listed = words(&house.good("mara", &["decision", "list"]).out);
    assert!(
        listed.contains("The price") && listed.matches("f_id").count() == 1,
        "{listed}"
    );
}

#[test]
fn decisions_go_by_their_names_where_only_one_has_it() {
    let house = House::new();
    let file = house.write("one.dmn", &definitions("one", &decision("", "1")));
    house.good("mara", &["deploy", &file]);
    let ran = house.good("mara", &["decision", "evaluate", "The price"]);
    assert_eq!(ran.out, "d = 1\n");
    house.good("mara", &["decision", "check", "The price"]);
    let two = decision("", "2").replace("d_id", "other_id");
    let file = house.write("two.dmn", &definitions("two", &two));
    house.good("mara", &["deploy", &file]);
    let told = house.refused("mara", &["decision", "evaluate", "The price"]);
    let wanted = "several are called The price; say which by its key: d_id, other_id";
    assert!(told.contains(wanted), "{told}");
}

#[test]
fn a_function_that_is_called_and_not_required_is_told() {
    let house = House::bare();
    let required =
        r##"<knowledgeRequirement><requiredKnowledge href="#f_id"/></knowledgeRequirement>"##;
    for (requires, told) in [("", true), (required, false)] {
        let text = definitions("m", &(function("x * 2") + &decision(requires, "f(4)")));
        let file = house.write("m.dmn", &text);
        let out = house.good("", &["decision", "check", &file]).out;
        let wanted = "it names the function f and does not require it";
        assert_eq!(out.contains(wanted), told, "{out}");
        let result = house.good("", &["decision", "evaluate", &file]).out;
        assert_eq!(result, if told { "d = null\n" } else { "d = 8\n" });
    }
}

#[test]
fn a_task_that_names_a_function_is_told_what_it_is() {
    let house = House::new();
    let file = house.write("lib.dmn", &definitions("lib", &function("x * 2")));
    let process = house.write(
        "p.bpmn",
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <process id="p" isExecutable="true" camunda:historyTimeToLive="P1D"><startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="r"/>
        <businessRuleTask id="r" camunda:decisionRef="f_id"/><sequenceFlow id="b" sourceRef="r" targetRef="e"/><endEvent id="e"/></process></definitions>"#,
    );
    let wanted = "f_id is a business knowledge model, and only a decision can be named here";
    let linted = house.good("", &["lint", &process, &file]).out;
    assert!(linted.contains(wanted), "{linted}");
    let ran = house.good("mara", &["deploy", &process, &file]);
    assert!(ran.err.contains(wanted), "{ran:?}");
}

#[test]
fn a_value_that_juel_needs_is_not_said_to_be_null() {
    let house = House::bare();
    let text = definitions(
        "j",
        r#"<decision id="d" name="d"><literalExpression expressionLanguage="juel"><text>${a + 1}</text></literalExpression></decision>"#,
    );
    let file = house.write("j.dmn", &text);
    let ran = house.run("", &["decision", "evaluate", &file]);
    assert!(!ran.ok(), "{ran:?}");
    let wanted = "warning: no value is given, which JUEL needs: --var a=…";
    assert!(
        ran.err.contains(wanted) && !ran.err.contains("null where"),
        "{ran:?}"
    );
}

#[test]
fn what_is_missing_at_the_end_is_missing_in_the_last_line_that_says_something() {
    let house = House::bare();
    for (text, place) in [
        ("1 +\n\n", "1:4: "),
        ("1 +  ", "1:6: "),
        ("(1\n+ 2\r\n", "2:4: "),
    ] {
        let told = house.refused("", &["feel", text]);
        assert!(told.contains(place), "{text:?}: {told}");
    }
    for (text, told) in [
        ("(function(x) x)(1, 2)", "takes 1 argument, not 2"),
        ("modulo(1)", "can not be called with 1 argument "),
    ] {
        let ran = house.good("", &["feel", text]);
        assert!(ran.err.contains(told), "{text}: {ran:?}");
    }
}

#[test]
fn an_explanation_looks_inside_of_boxes_and_of_the_functions_that_are_called() {
    let house = House::bare();
    let text = |expression: &str| {
        format!("<literalExpression><text>{expression}</text></literalExpression>")
    };
    let required =
        r##"<knowledgeRequirement><requiredKnowledge href="#f_id"/></knowledgeRequirement>"##;
    let table = r#"<decisionTable hitPolicy="FIRST"><input><inputExpression><text>x</text></inputExpression></input><output/>
        <rule><inputEntry><text>&gt; 10</text></inputEntry><outputEntry><text>"big"</text></outputEntry></rule>
        <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>"small"</text></outputEntry></rule></decisionTable>"#;
    let function = format!(
        r#"<businessKnowledgeModel id="f_id" name="f"><variable name="f"/><encapsulatedLogic><formalParameter name="x"/>{table}</encapsulatedLogic></businessKnowledgeModel>"#
    );
    let each = format!(
        r#"<for iteratorVariable="i"><in>{}</in><return>{}</return></for>"#,
        text("[5, 50]"),
        text("f(i)")
    );
    let boxed = format!(
        r#"<decision id="d" name="d">{required}<conditional><if>{}</if><then>{each}</then><else>{}</else></conditional></decision>"#,
        text("n &gt; 1"),
        text("[]")
    );
    let file = house.write("m.dmn", &definitions("m", &(function + &boxed)));
    let args = [
        "decision",
        "evaluate",
        &file,
        "--decision",
        "d",
        "--var",
        "n:=2",
        "--explain",
    ];
    let out = house.good("", &args).out;
    let mut rest = out.as_str();
    for part in [
        "  if = true\n  in = [5, 50]\n  i = 5\n  table of f (FIRST)\n    x = 5\n",
        "stopped by x",
        "matches, counts",
        "  return = \"small\"\n  i = 50\n",
        "matches, counts",
        "  return = \"big\"\n  then = [\"small\", \"big\"]\n",
        "\nd = [\"small\", \"big\"]\n",
    ] {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("{part} in {rest} of {out}"));
        rest = &rest[at + part.len()..];
    }
    let inside = &house.json("", &args)["decisions"][0]["inside"];
    assert_eq!(inside[0]["part"], "if");
    assert_eq!(inside[3]["table"]["rules"][1]["counts"], true, "{inside}");
    // Only where it is asked for; the table that is called for itself is there once.
    let args = [
        "decision",
        "evaluate",
        &file,
        "--decision",
        "f",
        "--var",
        "x:=50",
        "--explain",
    ];
    let out = house.good("", &args).out;
    assert_eq!(out.matches("matches, counts").count(), 1, "{out}");
    assert!(!out.contains("table of"), "{out}");
}

#[test]
fn functions_of_an_imported_file_come_along_and_are_looked_into() {
    let house = House::new();
    let table = r#"<decisionTable hitPolicy="FIRST"><input><inputExpression><text>x</text></inputExpression></input><output/>
        <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>x + 1</text></outputEntry></rule></decisionTable>"#;
    let function = function("1").replace(
        "<literalExpression><text>1</text></literalExpression>",
        table,
    );
    house.write("lib.dmn", &definitions("lib", &function));
    let import = format!(
        r#"<import name="lib" namespace="lib" locationURI="lib.dmn" importType="{MODEL}"/>"#
    );
    let required =
        r##"<knowledgeRequirement><requiredKnowledge href="lib#f_id"/></knowledgeRequirement>"##;
    let service =
        r##"<decisionService id="s" name="s"><outputDecision href="#d_id"/></decisionService>"##;
    let file = house.write(
        "m.dmn",
        &definitions("m", &(import + &decision(required, "lib.f(1)") + service)),
    );
    let ran = house.good("mara", &["deploy", &file]);
    assert!(
        ran.out.contains("business knowledge model") && ran.out.contains("f_id"),
        "{ran:?}"
    );
    let again = house.good("mara", &["deploy", &file]).out;
    assert!(again.starts_with("Nothing new"), "{again}");
    let out = house
        .good("mara", &["decision", "evaluate", "d_id", "--explain"])
        .out;
    assert!(
        out.contains("table of f (FIRST)\n    x = 1\n") && out.ends_with("d = 2\n"),
        "{out}"
    );
    let shown = house.good("mara", &["decision", "show", "s"]).out;
    assert!(shown.contains("evaluates   The price\n"), "{shown}");
    let folder = house.path("").display().to_string();
    let told = house.refused("", &["decision", "evaluate", &folder]);
    assert!(
        told.contains("is a folder; name a DMN file in it"),
        "{told}"
    );
}

//! What is found in tables that are not right.

use crate::dmn::check::{FindingKind, check};
use crate::dmn::{Definitions, evaluate};
use crate::feel::Budget;
use crate::value::Value;
use chrono::DateTime;

/// A table of columns `name: type` and rules of cells, the last of which is the output.
fn table(policy: &str, columns: &[(&str, &str)], rules: &[&[&str]]) -> Definitions {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let input = |(name, of): &(&str, &str)| {
        format!(
            "<input id=\"{name}\"><inputExpression typeRef=\"{of}\"><text>{name}</text></inputExpression></input>"
        )
    };
    let rule = |(ix, cells): (usize, &&[&str])| {
        let (out, inputs) = cells.split_last().expect("an output");
        let inputs: String = inputs
            .iter()
            .map(|c| format!("<inputEntry><text>{}</text></inputEntry>", escape(c)))
            .collect();
        format!(
            "<rule id=\"r{ix}\">{inputs}<outputEntry><text>{}</text></outputEntry></rule>",
            escape(out)
        )
    };
    let xml = format!(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="d" namespace="n">
        <decision id="decide" name="decide"><decisionTable hitPolicy="{policy}">{}<output name="out"/>{}</decisionTable></decision></definitions>"#,
        columns.iter().map(input).collect::<String>(),
        rules.iter().enumerate().map(rule).collect::<String>(),
    );
    Definitions::parse("t.dmn", xml.as_bytes()).unwrap_or_else(|e| panic!("{e:?}"))
}

fn found(policy: &str, columns: &[(&str, &str)], rules: &[&[&str]]) -> Vec<(FindingKind, String)> {
    let findings = check(&table(policy, columns, rules));
    findings.into_iter().map(|f| (f.kind, f.message)).collect()
}

use FindingKind::{Gap, Overlap, Type, Unknown, Unreachable};

/// A file of one table, whose columns, rules and attributes are written as they stand in it.
fn written(attributes: &str, inside: &str) -> (Option<Definitions>, Vec<String>) {
    let camunda = match [attributes, inside].concat().contains("camunda:") {
        true => "xmlns:camunda=\"http://camunda.org/schema/1.0/dmn\"",
        false => "",
    };
    let xml = format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" {camunda} id=\"d\" name=\"d\" namespace=\"n\">\n<decision id=\"decide\" name=\"decide\"><decisionTable {attributes}>\n{inside}</decisionTable></decision></definitions>"
    );
    let (definitions, problems) = Definitions::parse_leniently("t.dmn", xml.as_bytes());
    (
        definitions,
        problems.iter().map(ToString::to_string).collect(),
    )
}

/// `line:column: severity: message` of what is found in it.
fn places(attributes: &str, inside: &str) -> Vec<String> {
    let (definitions, problems) = written(attributes, inside);
    let definitions = definitions.unwrap_or_else(|| panic!("{problems:?}"));
    let place = |f: crate::dmn::check::Finding| {
        let severity = format!("{:?}", f.severity).to_lowercase();
        format!("{}:{}: {severity}: {}", f.line, f.column, f.message)
    };
    check(&definitions).into_iter().map(place).collect()
}

/// Camunda's dialect by an attribute that says nothing else.
const CAMUNDA: &str = "camunda:x=\"\"";

fn input(name: &str, of: &str, values: &str) -> String {
    let values = match values {
        "" => String::new(),
        values => format!("<inputValues><text>{values}</text></inputValues>"),
    };
    format!(
        "<input id=\"{name}\"><inputExpression typeRef=\"{of}\"><text>{name}</text></inputExpression>{values}</input>\n"
    )
}

fn rule(cell: &str, out: &str) -> String {
    format!(
        "<rule><inputEntry><text>{cell}</text></inputEntry>\n  <outputEntry><text>{out}</text></outputEntry></rule>\n"
    )
}

#[test]
fn a_text_without_quotes_is_told_at_its_cell() {
    let table = [
        input("status", "string", "").as_str(),
        "<output name=\"next\"/>\n",
        &rule("approved", "done"),
        &rule("not(\"approved\", open)", "status"),
        &rule("-", "True"),
    ]
    .concat();
    let quotes = |name: &str| {
        format!(
            "`{name}` is the name of a variable, and nothing here gives it. If it is a text, write \"{name}\" in quotes"
        )
    };
    let found = |attributes: &str, severity: &str| {
        let all = places(&format!("hitPolicy=\"FIRST\" {attributes}"), &table);
        let names: Vec<String> = all
            .into_iter()
            .filter(|f| f.contains("quotes") || f.contains("no value"))
            .collect();
        assert_eq!(
            names,
            [
                format!("5:25: {severity}: rule 1: {}", quotes("approved")),
                format!("6:22: {severity}: rule 1: {}", quotes("done")),
                format!("7:25: {severity}: rule 2: {}", quotes("open")),
                format!("10:22: {severity}: rule 3: `True` is no value. Write true"),
            ]
        );
    };
    found("", "error");
    // There a process may have variables that the file does not name.
    found(CAMUNDA, "warning");
    let quoted = [
        input("status", "string", "").as_str(),
        "<output name=\"o\"/>\n",
        &rule("“very good”", "1"),
    ]
    .concat();
    let all = places("", &quoted);
    let told = "5:25: error: rule 1: `“very good”` has quotes that FEEL does not know. Write \"very good\"";
    assert!(all.contains(&told.to_owned()), "{all:?}");
    let limit = [
        input("n", "number", "").as_str(),
        "<output name=\"o\"/>\n",
        &rule("&gt; limt", "1"),
    ]
    .concat();
    let all = places("", &limit);
    assert!(
        all[0].contains("error: rule 1: `> limt` names limt, and nothing here gives it"),
        "{all:?}"
    );
    assert!(places(CAMUNDA, &limit).iter().all(|f| !f.contains("limt")));
}

#[test]
fn values_of_a_column_are_held_against_its_cells() {
    let table = [
        input("level", "string", "\"gold\", \"silver\"").as_str(),
        "<output name=\"o\" typeRef=\"string\"><outputValues><text>\"high\", \"low\"</text></outputValues></output>\n",
        &rule("\"golld\"", "\"hihg\""),
        &rule("\"gold\", \"silver\"", "\"low\""),
    ]
    .concat();
    for (attributes, severity) in [("", "error"), (CAMUNDA, "warning")] {
        let all = places(attributes, &table);
        let cell = format!(
            "5:25: {severity}: rule 1: \"golld\" is not among the values of level: \"gold\", \"silver\"; did you mean \"gold\"?"
        );
        let out = format!(
            "6:22: {severity}: rule 1: \"hihg\" is not among the values of o: \"high\", \"low\"; did you mean \"high\"?"
        );
        assert!(all.contains(&cell) && all.contains(&out), "{all:?}");
    }
}

#[test]
fn outputs_and_dates_of_another_type_are_told() {
    let table = [
        input("d", "date", "").as_str(),
        "<output name=\"o\" typeRef=\"OF\"/>\n",
        &rule("&gt; 2026-01-31", "\"five\""),
    ]
    .concat();
    for (of, attributes) in [("number", ""), ("integer", CAMUNDA)] {
        let all = places(attributes, &table.replace("OF", of));
        let article = if of == "integer" { "an" } else { "a" };
        let out = format!("6:22: error: rule 1: `\"five\"` is a string, but o is {article} {of}");
        assert!(all.contains(&out), "{all:?}");
        let write = match attributes {
            "" => "date(\"2026-01-31\")",
            _ => "date and time(\"2026-01-31T00:00:00\")",
        };
        let date =
            format!("5:25: error: rule 1: `2026-01-31` is subtracted, not a date. Write {write}");
        assert!(all.contains(&date), "{all:?}");
    }
}

#[test]
fn policies_by_values_are_refused_without_them_and_where_camunda_does() {
    let listed = "<output name=\"o\" typeRef=\"string\"><outputValues><text>\"b\", \"a\"</text></outputValues></output>\n";
    let plain = "<output name=\"o\" typeRef=\"string\"/>\n";
    let told = |policy: &str, camunda: &str, output: &str| {
        let inside = [
            input("n", "number", "").as_str(),
            output,
            &rule("-", "\"a\""),
        ]
        .concat();
        let attributes = format!("id=\"t\" hitPolicy=\"{policy}\" {camunda}");
        let (definitions, problems) = written(&attributes, &inside);
        // What is deployed already goes on.
        let definitions = definitions.expect("the file");
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let x = [("n".to_owned(), Value::Long(1))].into_iter().collect();
        let made = evaluate(&definitions, "decide", &x, now, &mut Budget::default());
        assert_eq!(made.map(|made| made.results.len()), Ok(1), "{problems:?}");
        problems
    };
    for policy in ["PRIORITY", "OUTPUT ORDER"] {
        let none: [String; 0] = [];
        assert_eq!(told(policy, "", listed), none);
        let lacks = told(policy, "", plain);
        assert!(
            lacks.len() == 1
                && lacks[0].starts_with("t.dmn:2:37: t: ")
                && lacks[0].contains("no output has any"),
            "{lacks:?}"
        );
        for output in [listed, plain] {
            let refused = told(policy, CAMUNDA, output);
            let why = format!("Camunda 7 refuses the hit policy {policy}");
            assert!(
                refused.len() == 1 && refused[0].contains(&why),
                "{refused:?}"
            );
        }
    }
    assert_eq!(told("FIRST", CAMUNDA, plain).len(), 0);
}

#[test]
fn aggregations_say_what_they_lack() {
    let collect = |aggregation: &str, of: &str, out: &str| {
        let table = [
            input("n", "number", "").as_str(),
            &format!("<output name=\"o\" typeRef=\"{of}\"/>\n"),
            &rule("-", out),
        ]
        .concat();
        places(
            &format!("hitPolicy=\"COLLECT\" aggregation=\"{aggregation}\""),
            &table,
        )
    };
    assert_eq!(
        collect("SUM", "string", "\"x\""),
        ["4:1: error: SUM adds numbers, but o is a string"]
    );
    let all = collect("MAX", "string", "\"x\"");
    assert!(
        all[0].starts_with("4:1: warning: MAX compares numbers, but o is a string"),
        "{all:?}"
    );
    assert_eq!(
        collect("SUM", "Any", "\"x\""),
        ["6:22: error: rule 1: SUM adds numbers, but \"x\" is a string"]
    );
    assert_eq!(collect("SUM", "number", "1"), Vec::<String>::new());
    assert_eq!(collect("COUNT", "string", "\"x\""), Vec::<String>::new());
}

#[test]
fn what_a_file_says_in_vain_is_told_when_it_is_read() {
    let table = |of: &str| {
        [
            input("n", of, "").as_str(),
            "<output name=\"o\"/>\n",
            &rule("-", "1"),
        ]
        .concat()
    };
    let (_, told) = written(
        "id=\"t\" hitPolicy=\"FIRST\" aggregation=\"SUM\"",
        &table("number"),
    );
    assert_eq!(
        told,
        [
            "t.dmn:2:37: warning: t: the aggregation SUM does nothing under hit policy FIRST: only COLLECT aggregates. Make the hit policy COLLECT, or remove the aggregation"
        ]
    );
    let (_, told) = written("", &table("nubmer"));
    assert_eq!(
        told,
        [
            "t.dmn:3:15: warning: there is no type nubmer: values stay as they are; did you mean \"number\"?"
        ]
    );
    let (_, told) = written("", &table("integer"));
    assert!(
        told[0].contains("integer is a type of Camunda") && told[0].ends_with("Write number"),
        "{told:?}"
    );
    for (attributes, of) in [
        ("", "number"),
        ("", "feel:dateTime"),
        (CAMUNDA, "integer"),
        (CAMUNDA, "date"),
    ] {
        assert_eq!(
            written(attributes, &table(of)).1,
            Vec::<String>::new(),
            "{of}"
        );
    }
}

#[test]
fn an_overlap_gives_an_example_and_a_rule_that_never_counts_the_one_that_comes_before() {
    let columns = [("n", "number"), ("t", "string")];
    let rules: [&[&str]; 3] = [
        &["[0..10]", "\"a\"", "1"],
        &["(5..20]", "-", "2"],
        &["-", "-", "3"],
    ];
    let all = found("UNIQUE", &columns, &rules);
    assert_eq!(
        all[0].1,
        "rules 1 and 2 both match n in (5..10], t = \"a\", for example n = 10, t = \"a\"; UNIQUE allows one"
    );
    // The last rule is for null.
    let truth = [("b", "boolean")];
    let rules: [&[&str]; 3] = [&["true", "1"], &["false", "2"], &["-", "3"]];
    assert_eq!(found("FIRST", &truth, &rules), []);
    let rules: [&[&str]; 2] = [&["-", "-", "1"], &["> 5", "-", "2"]];
    let all = found("FIRST", &columns, &rules);
    assert_eq!(
        all[0].1,
        "rule 2 never counts: rule 1 before it matches everything it matches. Move it up, or remove it"
    );
}

#[test]
fn a_whole_table_gives_no_finding() {
    let columns = [("level", "string"), ("amount", "number")];
    let rules: [&[&str]; 4] = [
        &["\"gold\"", "-", "1"],
        &["\"silver\"", ">= 100", "2"],
        &["\"silver\"", "< 100", "3"],
        &["not(\"gold\", \"silver\")", "-", "4"],
    ];
    assert_eq!(found("UNIQUE", &columns, &rules), []);
}

#[test]
fn overlaps_name_the_rules_and_a_place() {
    let columns = [("amount", "number")];
    let rules: [&[&str]; 2] = [&["[0..100]", "1"], &[">= 100", "2"]];
    let all = found("UNIQUE", &columns, &rules);
    assert_eq!(
        all[0],
        (
            Overlap,
            "rules 1 and 2 both match amount = 100; UNIQUE allows one".into()
        )
    );
    assert_eq!(
        all[1],
        (
            Gap,
            "no rule is for amount < 0, for example amount = -1".into()
        )
    );
    assert_eq!(all.len(), 2);
    let any: [&[&str]; 2] = [&["< 5", "1"], &["< 7", "2"]];
    assert_eq!(found("ANY", &columns, &any)[0].0, Overlap);
    let same: [&[&str]; 3] = [&["< 5", "1"], &["< 7", "1"], &[">= 7", "2"]];
    assert_eq!(found("ANY", &columns, &same), []);
}

#[test]
fn gaps_lie_between_ends_and_beside_texts() {
    let rules: [&[&str]; 2] = [&["< 10", "1"], &["> 10", "2"]];
    assert_eq!(
        found("UNIQUE", &[("n", "number")], &rules),
        [(Gap, "no rule is for n = 10".into())]
    );
    let rules: [&[&str]; 2] = [&["\"a\"", "1"], &["\"b\"", "2"]];
    assert_eq!(
        found("UNIQUE", &[("t", "string")], &rules),
        [(Gap, "no rule is for t other than \"a\", \"b\"".into())]
    );
    let rules: [&[&str]; 1] = [&["true", "1"]];
    assert_eq!(
        found("UNIQUE", &[("b", "boolean")], &rules),
        [(Gap, "no rule is for b = false".into())]
    );
    let dates: [&[&str]; 2] = [&["<= @\"2026-01-31\"", "1"], &["> @\"2026-02-01\"", "2"]];
    assert_eq!(
        found("FIRST", &[("d", "date")], &dates),
        [(Gap, "no rule is for d = 2026-02-01".into())]
    );
    // A list of results may be empty.
    assert_eq!(found("COLLECT", &[("n", "number")], &[&["< 10", "1"]]), []);
}

#[test]
fn rules_that_never_count() {
    let columns = [("n", "number"), ("b", "boolean")];
    let rules: [&[&str]; 4] = [
        &["< 10", "true", "1"],
        &["< 10", "false", "2"],
        &["5", "-", "3"],
        &["-", "-", "4"],
    ];
    assert_eq!(
        found("FIRST", &columns, &rules),
        [(
            Unreachable,
            "rule 3 counts only where an input is null: the rules before it match everything else that it matches".into()
        )]
    );
}

#[test]
fn cells_that_can_not_match() {
    let columns = [("n", "number")];
    let rules: [&[&str]; 3] = [&["\"a\"", "1"], &["> 5", "2"], &["<= 5", "3"]];
    assert_eq!(
        found("UNIQUE", &columns, &rules),
        [(
            Type,
            "rule 1: `\"a\"` is a string, but n is a number".into()
        )]
    );
    let rules: [&[&str]; 2] = [&["[5..1]", "1"], &["-", "2"]];
    assert_eq!(
        found("FIRST", &columns, &rules),
        [(Type, "rule 1: `[5..1]` matches nothing".into())]
    );
}

#[test]
fn what_can_not_be_judged_is_said() {
    let rules: [&[&str]; 2] = [&["> limit", "1"], &["5", "2"]];
    let mut all = found("UNIQUE", &[("n", "number")], &rules);
    all.retain(|(kind, _)| *kind != FindingKind::Name);
    assert_eq!(all.len(), 1);
    assert!(
        all[0].0 == Unknown && all[0].1.starts_with("not every cell of rule 1 compares"),
        "{all:?}"
    );
}

#[test]
fn a_large_table_is_looked_at_for_so_long() {
    let texts: Vec<Vec<String>> = (0..1_200)
        .map(|n| {
            vec![
                format!("[{n}..{}]", n + 900),
                format!("> {}", 1_200 - n),
                "1".to_owned(),
            ]
        })
        .collect();
    let cells: Vec<Vec<&str>> = texts
        .iter()
        .map(|r| r.iter().map(String::as_str).collect())
        .collect();
    let rules: Vec<&[&str]> = cells.iter().map(Vec::as_slice).collect();
    let all = found("FIRST", &[("a", "number"), ("b", "number")], &rules);
    assert!(!all.is_empty());
}

#[test]
fn a_value_that_only_cells_see_is_told_where_an_output_names_it() {
    let table = [
        "<input camunda:inputVariable=\"amount\"><inputExpression typeRef=\"double\"><text>requested</text></inputExpression></input>\n",
        "<output name=\"o\"/>\n",
        &rule("amount &gt; 5", "amount * 2"),
    ]
    .concat();
    let all = places("", &table);
    let told = "6:22: warning: rule 1: `amount * 2` names amount, which the cells of requested alone see. Write requested";
    assert!(all.contains(&told.to_owned()), "{all:?}");
    assert!(all.iter().all(|f| !f.starts_with("5:25")), "{all:?}");
}

/// A table of two rules that overlap, with a name that nothing gives.
const BOXED: &str = "<decisionTable><input><inputExpression typeRef=\"number\"><text>n</text></inputExpression></input>\
    <output name=\"out\"/>\n<rule><inputEntry><text>&lt; 5</text></inputEntry><outputEntry><text>base</text></outputEntry></rule>\n\
    <rule><inputEntry><text>&lt; 3</text></inputEntry><outputEntry><text>other</text></outputEntry></rule></decisionTable>";

#[test]
fn tables_inside_of_boxes_are_looked_at() {
    let boxes = [
        (
            "an entry of a context",
            "<context><contextEntry><variable name=\"base\"/><literalExpression><text>1</text></literalExpression></contextEntry><contextEntry>TABLE</contextEntry></context>",
        ),
        ("a list", "<list>TABLE</list>"),
        (
            "a relation",
            "<relation><column name=\"c\"/><row>TABLE</row></relation>",
        ),
        (
            "a conditional",
            "<conditional><if><literalExpression><text>true</text></literalExpression></if><then><list/></then><else>TABLE</else></conditional>",
        ),
        (
            "an iterator",
            "<for iteratorVariable=\"base\"><in><literalExpression><text>[1]</text></literalExpression></in><return>TABLE</return></for>",
        ),
        (
            "an invocation",
            "<invocation><literalExpression><text>f</text></literalExpression><binding><parameter name=\"x\"/>TABLE</binding></invocation>",
        ),
        (
            "a function",
            "<functionDefinition><formalParameter name=\"base\"/>TABLE</functionDefinition>",
        ),
    ];
    let overlap = "rules 1 and 2 both match n <= 3, for example n = 2; UNIQUE allows one";
    for (what, logic) in boxes {
        let logic = logic.replace("TABLE", BOXED);
        let input = "<inputData id=\"n\" name=\"n\"/>";
        let base = match what {
            "a list" | "a relation" | "a conditional" | "an invocation" => {
                "<inputData id=\"base\" name=\"base\"/>"
            }
            _ => "",
        };
        let xml = format!(
            "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" id=\"d\" name=\"d\" namespace=\"n\">{input}{base}<decision id=\"decide\" name=\"decide\">{logic}</decision></definitions>"
        );
        let found = check(&Definitions::parse("t.dmn", xml.as_bytes()).unwrap());
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(
            told.iter().any(|t| t.contains("rules 1 and 2 both match")),
            "{what}: {told:?} {overlap}"
        );
        let names: Vec<&String> = told.iter().filter(|t| t.contains("name")).collect();
        assert_eq!(names.len(), 1, "{what}: {told:?}");
        assert!(
            names[0].contains("`other` is the name of a variable"),
            "{what}: {told:?}"
        );
        assert!(
            found.iter().all(|f| f.decision == "decide" && f.line >= 1),
            "{what}"
        );
    }
}

#[test]
fn tables_of_functions_are_looked_at_with_their_parameters() {
    let table = BOXED.replace("other", "tax");
    let xml = format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" id=\"d\" name=\"d\" namespace=\"n\"><inputData id=\"i\" name=\"tax\"/>\n<businessKnowledgeModel id=\"rate\" name=\"rate\"><encapsulatedLogic><formalParameter name=\"n\"/><formalParameter name=\"base\"/>{table}</encapsulatedLogic></businessKnowledgeModel></definitions>"
    );
    let found = check(&Definitions::parse("t.dmn", xml.as_bytes()).unwrap());
    let told: Vec<String> = found
        .iter()
        .map(|f| format!("{}:{}: {f}", f.line, f.column))
        .collect();
    // Of what the file has a function sees its parameters alone.
    assert!(
        told.iter().any(|t| t.starts_with("4:")
            && t.contains("business knowledge model 'rate': rule 2: `tax` is the name")),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|t| t.starts_with("3:1: business knowledge model 'rate': rules 1 and 2")),
        "{told:?}"
    );
}

#[test]
fn a_day_in_a_column_of_camundas_dates_is_told() {
    let rule = |input: &str, output: &str| {
        format!(
            "<rule><inputEntry><text>{input}</text></inputEntry><outputEntry><text>{output}</text></outputEntry></rule>"
        )
    };
    let inside = format!(
        "<input camunda:inputVariable=\"x\"><inputExpression typeRef=\"date\"><text>due</text></inputExpression></input><output name=\"out\" typeRef=\"date\"/>\n{}{}",
        rule("&gt; date(\"2026-01-31\")", "date(\"2026-01-31\")"),
        rule(
            "&lt;= date and time(\"2026-01-31T00:00:00\")",
            "date and time(\"2026-01-31T00:00:00\")"
        ),
    );
    let told = places("", &inside);
    let days: Vec<&String> = told
        .iter()
        .filter(|t| t.contains("Write date and time(\"2026-01-31T00:00:00\")"))
        .collect();
    assert_eq!(days.len(), 2, "{told:?}");
    assert!(
        days[0].contains(
            "rule 1: `> date(\"2026-01-31\")` is a day, but due is a date with a time in Camunda"
        ),
        "{told:?}"
    );
    assert!(
        days[1].contains("rule 1: `2026-01-31` is a day, but out is"),
        "{told:?}"
    );
}

/// What boxes give is kept once, however many tables stand among them; a table sees the names before it.
#[test]
fn very_many_boxes_give_names_to_the_tables_behind_them() {
    let entry = |n: usize| {
        format!(
            "<contextEntry><variable name=\"n{n}\"/><literalExpression><text>{n}</text></literalExpression></contextEntry>"
        )
    };
    let table = |cell: &str| {
        format!(
            "<contextEntry><decisionTable><output/><rule><outputEntry><text>{cell}</text></outputEntry></rule></decisionTable></contextEntry>"
        )
    };
    let mut boxes: String = (0..4_000).map(entry).collect();
    (0..4_000).for_each(|_| boxes.push_str(&table("n3999")));
    boxes.push_str(&table("later"));
    boxes.push_str("<contextEntry><variable name=\"later\"/><literalExpression><text>1</text></literalExpression></contextEntry>");
    let xml = format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" id=\"f\" name=\"f\" namespace=\"n\">\
         <decision id=\"d\" name=\"d\"><variable name=\"d\"/><context>{boxes}</context></decision></definitions>"
    );
    let definitions = Definitions::parse("f.dmn", xml.as_bytes()).expect("a model");
    let found = check(&definitions);
    let names: Vec<String> = found
        .iter()
        .filter(|finding| finding.kind == FindingKind::Name)
        .map(ToString::to_string)
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(names[0].contains("later"), "{names:?}");
}

#[test]
fn an_unknown_name_is_compared_with_the_first_of_very_many() {
    let input = |name: &str| format!("<inputData id=\"{name}\" name=\"{name}\"/>");
    let inputs: String = (0..5_000).map(|n| input(&format!("n{n}"))).collect();
    let xml = format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" id=\"d\" name=\"d\" namespace=\"n\">{}{inputs}\
        <decision id=\"decide\" name=\"decide\"><decisionTable><input><inputExpression><text>n1</text></inputExpression></input><output/>\
        <rule><inputEntry><text>1</text></inputEntry><outputEntry><text>wieght + 1</text></outputEntry></rule></decisionTable></decision></definitions>",
        input("weight"),
    );
    let definitions = Definitions::parse("t.dmn", xml.as_bytes()).unwrap();
    let told: Vec<String> = check(&definitions).into_iter().map(|f| f.message).collect();
    let meant = "names wieght, and nothing here gives it; did you mean \"weight\"?";
    assert!(told.iter().any(|told| told.contains(meant)), "{told:?}");
}

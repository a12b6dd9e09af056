//! What is found in tables that are not right.

use crate::dmn::Definitions;
use crate::dmn::check::{FindingKind, check};

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
    assert_eq!(all[1], (Gap, "no rule is for amount < 0".into()));
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
        [(Gap, "no rule is for t another text".into())]
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
            "rule 3 never counts: the rules before it match everything it matches".into()
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
    let all = found("UNIQUE", &[("n", "number")], &rules);
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

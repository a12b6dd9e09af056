//! Hit policies, aggregations and what a table does with its cells.

use super::*;
use crate::feel;
use proptest::prelude::*;
use std::sync::Arc;

const AGE: [(&str, &str); 1] = [("age", "integer")];
const OUT: [(&str, &str); 1] = [("out", "string")];

/// The values of the output `out` for an age.
fn outs(xml: &str, age: i64) -> Result<Vec<String>, Error> {
    let outcome = run(&parse(xml), "d", &variables([("age", age.into())]))?;
    Ok(outcome
        .results
        .iter()
        .map(|r| r["out"].to_string())
        .collect())
}

fn policy(name: &str, rules: &[&str]) -> String {
    table(&format!("hitPolicy=\"{name}\""), &AGE, &OUT, rules)
}

#[test]
fn unique_refuses_two_matches() {
    let xml = policy(
        "UNIQUE",
        &[
            "< 18 => \"young\"",
            ">= 18 => \"adult\"",
            "> 60 => \"senior\"",
        ],
    );
    assert_eq!(outs(&xml, 5).unwrap(), ["young"]);
    let error = outs(&xml, 70).unwrap_err().to_string();
    assert!(error.starts_with("DMN-03001"), "{error}");
    assert!(error.ends_with("2, 3"), "{error}");
    assert_eq!(
        outs(&xml.replace("hitPolicy=\"UNIQUE\"", ""), 20).unwrap(),
        ["adult"]
    );
}

#[test]
fn first_takes_the_first() {
    let xml = policy(
        "FIRST",
        &["> 60 => \"senior\"", "> 17 => \"adult\"", "- => \"any\""],
    );
    assert_eq!(outs(&xml, 70).unwrap(), ["senior"]);
    assert_eq!(outs(&xml, 20).unwrap(), ["adult"]);
    assert_eq!(outs(&xml, 1).unwrap(), ["any"]);
}

#[test]
fn any_wants_agreement() {
    let xml = policy("ANY", &["> 1 => \"a\"", "> 2 => \"a\"", "> 3 => \"b\""]);
    assert_eq!(outs(&xml, 3).unwrap(), ["a"]);
    assert!(matches!(outs(&xml, 4), Err(Error::Disagree { rules, .. }) if rules == "1, 2, 3"));
}

#[test]
fn multiple_policies_keep_their_order() {
    let rules = ["> 1 => \"low\"", "> 2 => \"high\"", "> 3 => \"mid\""];
    assert_eq!(
        outs(&policy("COLLECT", &rules), 5).unwrap(),
        ["low", "high", "mid"]
    );
    assert_eq!(
        outs(&policy("RULE ORDER", &rules), 3).unwrap(),
        ["low", "high"]
    );
    assert!(outs(&policy("COLLECT", &rules), 0).unwrap().is_empty());
    let values = "<outputValues><text>\"high\", \"mid\", \"low\"</text></outputValues></output>";
    let ordered = |name| {
        let xml = policy(name, &rules).replace(
            "name=\"out\" typeRef=\"string\"/>",
            &format!("name=\"out\">{values}"),
        );
        // Camunda refuses these two.
        in_the_standards_dialect(&xml)
    };
    assert_eq!(
        outs(&ordered("OUTPUT ORDER"), 5).unwrap(),
        ["high", "mid", "low"]
    );
    assert_eq!(outs(&ordered("PRIORITY"), 5).unwrap(), ["high"]);
    assert_eq!(outs(&ordered("PRIORITY"), 2).unwrap(), ["low"]);
}

#[test]
fn collect_aggregates() {
    let of = |aggregation: &str| {
        table(
            &format!("hitPolicy=\"COLLECT\" aggregation=\"{aggregation}\""),
            &AGE,
            &[("out", "integer")],
            &["> 1 => 10", "> 2 => 30", "> 3 => 20"],
        )
    };
    let nothing: &[&str] = &[];
    for (aggregation, all, none) in [
        ("SUM", "60", nothing),
        ("MIN", "10", nothing),
        ("MAX", "30", nothing),
        ("COUNT", "3", &["0"]),
    ] {
        assert_eq!(outs(&of(aggregation), 5).unwrap(), [all], "{aggregation}");
        assert_eq!(
            outs(&of(aggregation), 0).unwrap(),
            none,
            "{aggregation} of nothing"
        );
    }
    let words = of("SUM")
        .replace("<text>30</text>", "<text>\"x\"</text>")
        .replace("integer", "any");
    assert!(matches!(outs(&words, 5), Err(Error::Aggregate { .. })));
}

#[test]
fn empty_cells_and_what_camunda_has_for_no_default() {
    let xml = table(
        "",
        &AGE,
        &[("a", "string"), ("b", "string")],
        &["> 1 => \"x\" | "],
    );
    let outcome = run(&parse(&xml), "d", &variables([("age", 5i64.into())])).unwrap();
    assert_eq!(outcome.results[0].keys().collect::<Vec<_>>(), ["a"]);
    let default =
        "name=\"out\"><defaultOutputEntry><text>\"none\"</text></defaultOutputEntry></output>";
    let xml =
        policy("UNIQUE", &["> 1 => \"x\""]).replace("name=\"out\" typeRef=\"string\"/>", default);
    assert_eq!(outs(&xml, 0).unwrap(), [""; 0]);
}

#[test]
fn outputs_have_the_declared_type() {
    let typed = |type_ref: &str, cell: &str| {
        let xml = table("", &AGE, &[("out", type_ref)], &[&format!("- => {cell}")]);
        run(&parse(&xml), "d", &variables([("age", 1i64.into())]))
            .map(|o| o.results[0]["out"].clone())
    };
    assert_eq!(typed("integer", "5").unwrap(), Value::Integer(5));
    assert_eq!(typed("long", "5").unwrap(), Value::Long(5));
    assert_eq!(typed("double", "5").unwrap(), Value::Double(5.0));
    assert_eq!(typed("string", "5").unwrap(), Value::from("5"));
    assert_eq!(typed("boolean", "true").unwrap(), Value::Boolean(true));
    assert_eq!(typed("number", "2.5").unwrap(), Value::Double(2.5));
    assert_eq!(typed("any", "2").unwrap(), Value::Long(2));
    let error = typed("integer", "\"x\"").unwrap_err().to_string();
    assert!(
        error.starts_with("DMN-01005 Invalid value 'x' for clause with type 'integer'"),
        "{error}"
    );
}

#[test]
fn inputs_are_converted_and_may_be_expressions() {
    let xml = policy("UNIQUE", &["5 => \"yes\""]);
    let outcome = run(&parse(&xml), "d", &variables([("age", "5".into())])).unwrap();
    assert_eq!(outcome.results.len(), 1);
    assert!(matches!(
        run(&parse(&xml), "d", &variables([("age", "x".into())])),
        Err(Error::Type { .. })
    ));
    let xml = table(
        "",
        &[("age * 2 + bonus", "long")],
        &OUT,
        &["> limit => \"yes\""],
    );
    let facts = variables([
        ("age", 5i64.into()),
        ("bonus", 1i64.into()),
        ("limit", 10i64.into()),
    ]);
    assert_eq!(run(&parse(&xml), "d", &facts).unwrap().results.len(), 1);
}

#[test]
fn a_missing_variable_matches_only_what_asks_for_it() {
    let xml = policy(
        "COLLECT",
        &[
            "< 5 => \"a\"",
            "not(5) => \"b\"",
            "null => \"c\"",
            "- => \"d\"",
        ],
    );
    let outcome = run(&parse(&xml), "d", &Map::new()).unwrap();
    let found: Vec<_> = outcome
        .results
        .iter()
        .map(|r| r["out"].to_string())
        .collect();
    assert_eq!(found, ["b", "c", "d"]);
}

#[test]
fn the_trace_is_data() {
    let xml = policy("COLLECT", &["> 1 => \"a\"", "> 9 => \"b\"", "> 2 => \"c\""]);
    let outcome = run(&parse(&xml), "d", &variables([("age", 5i64.into())])).unwrap();
    let json = serde_json::to_string(&outcome.trace).unwrap();
    let back: Vec<DecisionTrace> = serde_json::from_str(&json).unwrap();
    assert_eq!(back, outcome.trace);
    let numbers: Vec<_> = back[0]
        .rules
        .iter()
        .map(|r| (r.id.as_str(), r.number))
        .collect();
    assert_eq!(numbers, [("r1", 1), ("r3", 3)]);
    assert_eq!(back[0].inputs[0].value["value"], 5);
}

/// Of a past evaluation the history keeps the inputs and the results: what a cell takes from
/// elsewhere is known where it was an input or a result, and else nothing is said of the cell.
#[test]
fn a_past_evaluation_says_of_its_cells_what_they_said_then() {
    let limit = "<decision id=\"l\" name=\"L\"><variable name=\"limit\"/>\
        <literalExpression><text>age * 2</text></literalExpression></decision>";
    let columns = [("age", "integer"), ("amount", "integer")];
    let rules = [
        "- | > limit => \"a\"",
        "- | > age => \"b\"",
        "- | > other => \"c\"",
        "> 50 | - => \"d\"",
        "- | - => \"e\"",
    ];
    let xml = table("hitPolicy=\"FIRST\"", &columns, &OUT, &rules);
    let requires = "<informationRequirement><requiredDecision href=\"#l\"/></informationRequirement><decisionTable";
    let xml = xml
        .replace("<decisionTable", requires)
        .replace("</definitions>", &format!("{limit}</definitions>"));
    let definitions = parse(&xml);
    let facts = variables([
        ("age", 10i64.into()),
        ("amount", 5i64.into()),
        ("other", 1i64.into()),
    ]);
    let outcome = run(&definitions, "d", &facts).unwrap();
    assert_eq!(outcome.results[0]["out"].to_string(), "c");
    let verdict = verdict_of(&definitions, &outcome.trace, 1, now()).unwrap();
    let cells: Vec<Option<bool>> = verdict.rules.iter().map(|rule| rule.cells[1]).collect();
    assert_eq!(
        cells,
        [Some(false), Some(false), Some(true), Some(true), Some(true)]
    );
    assert!(verdict.rules[2].counts && verdict.rules[4].matches && !verdict.rules[4].counts);
    assert_eq!(verdict.rules[3].stopped_by(), Some(0));
    let facts = variables([
        ("age", 10i64.into()),
        ("amount", 0i64.into()),
        ("other", 1i64.into()),
    ]);
    let outcome = run(&definitions, "d", &facts).unwrap();
    let verdict = verdict_of(&definitions, &outcome.trace, 1, now()).unwrap();
    assert_eq!(
        verdict.rules[2].cells[1], None,
        "of `other` nothing is known"
    );
    assert!(verdict.rules[4].counts);
}

#[test]
fn what_is_wrong_with_a_table_is_said_with_its_place() {
    let xml = policy("UNIQUE", &["> => \"a\"", "1 | 2 => \"b\"", "1 => \"c"]);
    let found = problems(&xml);
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines.len(), 3, "{found}");
    assert!(
        lines[0].contains("`>` is not valid FEEL: expected a value"),
        "{found}"
    );
    assert!(
        lines[1].contains("r2: the rule has 2 input and 1 output entries"),
        "{found}"
    );
    assert!(lines[2].contains("the text is not closed"), "{found}");
    let several = policy("BEST", &["> | 1 => \"a\"", "< => \"c"]).replace(
        "<output ",
        "<input><inputExpression><text>1 +</text></inputExpression></input><output ",
    );
    let found = problems(&several);
    assert_eq!(found.lines().count(), 6, "{found}");
    assert!(found.contains("there is no hit policy 'BEST'"), "{found}");
    assert!(problems("<a/>").contains("no DMN file"));
    assert!(problems(&file("")).contains("no decision"));
    assert!(problems(&file("<decision id=\"d\"/>")).contains("no logic"));
}

#[test]
fn a_large_table_evaluates_within_its_budget() {
    let rules: Vec<String> = (0..1000).map(|n| format!("{n} => \"{n}\"")).collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    assert_eq!(outs(&policy("UNIQUE", &rules), 999).unwrap(), ["999"]);
    let definitions = parse(&policy("UNIQUE", &["for i in 1..1e12 return i => \"a\""]));
    let mut budget = Budget::new(10_000, 1 << 20, 10);
    let error = evaluate(&definitions, "d", &Map::new(), now(), &mut budget).unwrap_err();
    assert!(error.to_string().contains("for i in 1..1e12"), "{error}");
}

#[test]
fn juel_spends_of_the_same_budget() {
    let cell = format!("${{{}}}", vec!["1"; 2_000].join(" + "));
    let rules: Vec<String> = (0..20).map(|n| format!("{n} => {cell}")).collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let definitions = parse(&table("", &[("age", "any")], &OUT, &rules));
    let mut budget = Budget::new(1_000, 1 << 20, 10);
    let facts = variables([("age", 3i64.into())]);
    let error = evaluate(&definitions, "d", &facts, now(), &mut budget).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("more steps than an expression may use"),
        "{error}"
    );
}

/// The same model without the index of its table.
fn unindexed(definitions: &Definitions) -> Definitions {
    let mut plain = definitions.clone();
    let bare = |(id, decision): (&String, &Arc<Decision>)| {
        let mut decision = Decision::clone(decision);
        if let Logic::Table(table) = &mut decision.logic {
            table.index = None;
        }
        (id.clone(), Arc::new(decision))
    };
    plain.decisions = Arc::new(definitions.decisions.iter().map(bare).collect());
    plain
}

fn is_indexed(definitions: &Definitions) -> bool {
    definitions.decisions["d"].table().unwrap().index.is_some()
}

#[test]
fn large_tables_are_indexed_where_that_tells_rules_apart() {
    let rules = |cell: &dyn Fn(usize) -> String| -> Vec<String> {
        (0..100)
            .map(|n| format!("{} => \"{n}\"", cell(n)))
            .collect()
    };
    let indexed = |rules: &[String]| {
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        is_indexed(&parse(&policy("FIRST", &rules)))
    };
    assert!(indexed(&rules(&|n| n.to_string())));
    assert!(indexed(&rules(&|n| format!("[{n}..{})", n + 1))));
    assert!(indexed(&rules(&|n| format!("\"a\", \"k{n}\""))));
    assert!(indexed(&rules(&|n| format!(
        "date(\"2026-01-{:02}\")",
        n % 31 + 1
    ))));
    assert!(!indexed(&rules(&|n| format!("> {n}"))));
    assert!(!indexed(&rules(&|n| format!("not({n})"))));
    assert!(!indexed(&rules(&|n| format!("? = {n} + 1"))));
    assert!(!indexed(&rules(&|n| (n % 2 == 0).to_string())));
    assert!(!indexed(&rules(&|_| "[true, false]".to_owned())));
    // What many rules name is one value: it tells the few others apart.
    let alike = |n| if n % 5 < 2 { "not(3)" } else { "7" };
    assert!(!indexed(&rules(&|n| alike(n).to_owned())));
    assert!(!indexed(&rules(&|n| n.to_string())[..5]));
}

#[test]
fn a_miss_in_an_indexed_table_costs_little() {
    let rules: Vec<String> = (0..1000)
        .rev()
        .map(|n| format!("{} => \"{n}\"", 2 * n))
        .collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let definitions = parse(&policy("UNIQUE", &rules));
    let steps_of = |definitions: &Definitions, age: i64| {
        let facts = variables([("age", age.into()), ("x", 1i64.into())]);
        let run = |steps: &u64| {
            let mut budget = Budget::new(*steps, 1 << 20, 10);
            evaluate(definitions, "d", &facts, now(), &mut budget).is_ok()
        };
        (0..10_000).find(run)
    };
    let steps = |definitions: &Definitions| steps_of(definitions, 5_000);
    assert!(steps(&definitions) < Some(20), "{:?}", steps(&definitions));
    assert!(steps(&unindexed(&definitions)) > Some(1_000));
    // No rule is asked about what lies before, between and behind all that they name.
    for age in [-1, 1, 999, 1_001, 1_997] {
        assert_eq!(steps_of(&definitions, age), steps(&definitions), "{age}");
    }
    // Behind a column that tells nothing, with one cell about something else.
    let cell = |n: usize| match n {
        7 => "\"seven\"".to_owned(),
        n => n.to_string(),
    };
    let rules: Vec<String> = (0..1000)
        .map(|n| format!("- | {} => \"{n}\"", cell(n)))
        .collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let columns = [("x", "any"), ("age", "any")];
    let definitions = parse(&table("", &columns, &OUT, &rules));
    assert!(steps(&definitions) < Some(40), "{:?}", steps(&definitions));
}

/// What a column is mostly about.
#[derive(Debug, Clone, Copy)]
enum Flavour {
    Few,
    Many,
    Texts,
    Truths,
    Dates,
    /// Comparisons with values of no kind or of several.
    Mixed,
}

impl Flavour {
    /// A value of it.
    fn value(self, n: usize) -> String {
        match self {
            Flavour::Few if n.is_multiple_of(5) => format!("{}.5", n % 7),
            Flavour::Few => (n % 10).to_string(),
            Flavour::Many => (n % 50).to_string(),
            Flavour::Texts => format!("\"k{}\"", n % 12),
            Flavour::Truths => n.is_multiple_of(2).to_string(),
            Flavour::Dates => format!("date(\"2026-01-{:02}\")", n % 28 + 1),
            Flavour::Mixed if n.is_multiple_of(3) => format!("\"k{}\"", n % 4),
            Flavour::Mixed => (n % 4).to_string(),
        }
    }

    /// A cell of comparisons with values of it.
    fn cell(self, (way, a, b): (usize, usize, usize)) -> String {
        let (a, b) = (self.value(a.min(b)), self.value(a.max(b)));
        match (self, way) {
            (Flavour::Truths, 0..=1) => format!("= {a}"),
            (Flavour::Truths, 2) => format!("< {a}"),
            (Flavour::Truths, 3) => format!("{a}, {b}"),
            (Flavour::Truths, 4) => format!("[{a}, {b}]"),
            (Flavour::Truths, _) => a,
            (Flavour::Mixed, 0..=3) => format!("< true, {a}"),
            (Flavour::Mixed, 4..=7) => "< true".to_owned(),
            (Flavour::Mixed, 8..=11) => format!("[\"k1\", {a}]"),
            (Flavour::Mixed, _) => format!("\"k1\", {a}, 2"),
            (_, 0) => format!("[{a}..{b}]"),
            (_, 1) => format!("({a}..{b}]"),
            (_, 2) => format!("[{a}..{b})"),
            (_, 3) => format!("<= {a}"),
            (_, 4) => format!("> {b}"),
            (_, 5) => format!("{a}, {b}"),
            (_, 6) => format!("{a}, {b}, {a}"),
            (_, 7) => format!("[{a}, {b}]"),
            (_, 8) => format!("< {a}, {b}"),
            (_, 9) => format!(">= {b}"),
            (_, 10) => format!("= {a}"),
            (_, 11) => format!("= [{a}..{b}]"),
            (_, 12) => format!("= [{a}, {b}]"),
            _ => a,
        }
    }
}

/// A table over `x`, `y` and `z` in the standard's dialect.
fn in_the_standards_dialect(xml: &str) -> String {
    let names = ["x", "y", "z"];
    let inputs = names.map(|n| {
        format!("<inputData id=\"{n}\" name=\"{n}\"><variable name=\"{n}\"/></inputData>")
    });
    let required = names.map(|n| {
        format!("<informationRequirement><requiredInput href=\"#{n}\"/></informationRequirement>")
    });
    let decision = "<decision id=\"d\" name=\"D\">";
    xml.replace(" xmlns:camunda=\"http://camunda.org/schema/1.0/dmn\"", "")
        .replace(" camunda:diagramRelationId=\"1\"", "")
        .replace("\"any\"", "\"Any\"")
        .replace(
            decision,
            &[&inputs.concat(), decision, &required.concat()].concat(),
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 384, ..ProptestConfig::default() })]

    /// Looking rules up gives what going through them gives, reasons and errors included.
    #[test]
    fn the_index_changes_nothing(
        standard: bool,
        hit_policy in prop::sample::select(vec!["UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"]),
        flavours in prop::array::uniform3(prop::sample::select(vec![Flavour::Few, Flavour::Few, Flavour::Many, Flavour::Many, Flavour::Texts, Flavour::Truths, Flavour::Dates, Flavour::Mixed])),
        // How many rules in ten have another cell in a column; where the ways to compare begin, the
        // last of which is one value.
        wild in prop::array::uniform3((prop::sample::select(vec![0u32, 1, 3, 5, 10]), prop::sample::select(vec![0usize, 0, 4, 8, 20]))),
        rules in prop::collection::vec(
            (prop::array::uniform3((0u32..10, (0usize..20, 0usize..60, 0usize..60),
                prop::sample::select(vec!["-", "null", "\"a\"", "\"b\", \"c\"", "< \"b\"", "not(3)", "not(\"a\")", "!= 4", "? + 1 > 3", "true", "< true",
                    "date(\"2026-01-02\")", "< \"x\", 3", "= [1..3]", "[[1], 2]", "[\"a\", 3]", "[3, \"a\"]",
                    "!= \"a\"", ">= \"b\"", "= null", "< null", "3, null", "3, duration(\"P1D\")", "!= [3]", "x", "${cellInput > 3}", "${x}"]))), 0i32..4), 8..60),
        inputs in prop::collection::vec(
            prop::array::uniform3((0usize..60, prop::option::weighted(0.15, prop::sample::select(vec!["-4", "2.5", "\"a\"", "\"b\"", "null", "true", "date(\"2026-01-02\")", "[1]", "[1..3]", "1e30"])))), 1..16),
    ) {
        // Camunda refuses two of them.
        let standard = standard || ["PRIORITY", "OUTPUT ORDER"].contains(&hit_policy);
        let cells = |row: &[(u32, (usize, usize, usize), &str); 3]| {
            let cells = row.iter().zip(flavours).zip(wild).map(|(((chance, (way, a, b), odd), flavour), (wild, ways))| match *chance < wild {
                true if standard => odd.trim_matches(['$', '{', '}']).replace("cellInput", "?"),
                true => (*odd).to_owned(),
                false => flavour.cell((way + ways, *a, *b)),
            });
            cells.collect::<Vec<_>>().join(" | ")
        };
        let rules: Vec<String> = rules.iter().map(|(row, out)| format!("{} => {out}", cells(row))).collect();
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        let columns = [("x", "any"), ("y", "any"), ("z", "any")];
        let xml = table(&format!("hitPolicy=\"{hit_policy}\""), &columns, &[("out", "any")], &rules)
            .replace("name=\"out\" typeRef=\"any\"/>", "name=\"out\"><outputValues><text>3, 1, 2, 0</text></outputValues></output>")
            .replace("<text>${", "<text expressionLanguage=\"juel\">${");
        let definitions = parse(&if standard { in_the_standards_dialect(&xml) } else { xml });
        let plain = unindexed(&definitions);
        prop_assert_eq!(definitions.dialect == Dialect::Standard, standard);
        for row in &inputs {
            let row: Vec<String> = row.iter().zip(flavours).map(|((n, odd), flavour)| odd.map_or_else(|| flavour.value(*n), str::to_owned)).collect();
            let mut given = feel::Context::new();
            for (name, text) in ["x", "y", "z"].iter().zip(&row) {
                let value = feel::Expression::parse(text, &feel::ParseScope::new()).unwrap();
                let value = value.eval(&feel::Scope::new(), &mut Budget::default()).unwrap();
                given.put((*name).into(), value).unwrap();
            }
            let run = |definitions| {
                let mut budget = Budget::default();
                let found = evaluate_feel(definitions, "d", &given, now(), &mut budget);
                (found.map(|value| value.to_string()), budget.reasons().to_vec())
            };
            let (found, expected) = (run(&definitions), run(&plain));
            prop_assert_eq!(format!("{:?}", found), format!("{:?}", expected), "{:?} in {:#?}", row, rules);
        }
    }
}

#[test]
fn camunda_aggregates_numbers_in_texts_of_an_output_without_a_type() {
    let of = |aggregation: &str, of: &str, rules: &[&str]| {
        let xml = table(
            &format!("hitPolicy=\"COLLECT\" aggregation=\"{aggregation}\""),
            &[("x", "long")],
            &[("out", of)],
            rules,
        );
        let text = xml.replace(" typeRef=\"\"", "");
        let outcome = run(&parse(&text), "d", &variables([("x", Value::Long(1))]));
        outcome.map(|outcome| outcome.results[0]["out"].clone())
    };
    let texts = ["- => \"10\"", "- => 9", "- => \" 2.5 \""];
    assert_eq!(of("SUM", "", &texts), Ok(Value::Double(21.5)));
    assert_eq!(of("MAX", "", &texts), Ok(Value::Long(10)));
    assert_eq!(of("MIN", "Any", &texts), Ok(Value::Double(2.5)));
    assert!(of("SUM", "string", &texts).is_err());
    let words = of("SUM", "", &["- => \"10\"", "- => \"many\""]);
    assert!(words.unwrap_err().to_string().contains("DMN-03003"));
}

#[test]
fn what_is_no_text_is_javas_text_in_a_column_of_texts() {
    let xml = table(
        "",
        &[("x", "long")],
        &[("out", "string")],
        &["- => [1.50, \"a\", {b: @\"P1DT2H\"}, 12345678.5, @\"2026-01-31T10:00:00\"]"],
    );
    let outcome = run(&parse(&xml), "d", &variables([])).unwrap();
    let text = "[1.5, a, {b=PT26H}, 1.23456785E7, 2026-01-31T10:00]";
    assert_eq!(outcome.results[0]["out"], Value::from(text));
}

#[test]
fn the_order_of_outputs_is_paid_for() {
    let values: Vec<String> = (0..1000).map(|n| format!("\"v{n}\"")).collect();
    let rules: Vec<String> = (0..200).map(|n| format!("- => \"v{n}\"")).collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let xml = table(
        "hitPolicy=\"OUTPUT ORDER\"",
        &[("x", "long")],
        &[("out", "string")],
        &rules,
    );
    let listed = format!(
        "><outputValues><text>{}</text></outputValues></output>",
        values.join(",")
    );
    let definitions = parse(&in_the_standards_dialect(&xml.replacen(
        "typeRef=\"string\"/>",
        &format!("typeRef=\"string\"{listed}"),
        1,
    )));
    let with = |steps: u64| {
        let mut budget = Budget::new(steps, 64 << 20, 100);
        evaluate(&definitions, "d", &variables([]), now(), &mut budget)
    };
    assert_eq!(with(1_000_000).unwrap().results.len(), 200);
    let told = with(100_000).unwrap_err().to_string();
    assert!(told.contains("the order of the outputs"), "{told}");
}

#[test]
fn of_several_outputs_each_has_a_name_of_its_own() {
    let told = |outputs: &str| {
        let content = format!(
            "<decision id=\"d\" name=\"d\"><decisionTable>{outputs}<rule><outputEntry><text>1</text></outputEntry><outputEntry><text>2</text></outputEntry></rule></decisionTable></decision>"
        );
        [file(&content), super::standard::model(&content)].map(|text| {
            let problems = Definitions::parse("a.dmn", text.as_bytes())
                .err()
                .unwrap_or_default();
            let messages: Vec<String> = problems.into_iter().map(|p| p.message).collect();
            messages.join("; ")
        })
    };
    let none = "this output has no name. Give each of several one";
    assert_eq!(told("<output name=\"a\"/><output/>"), [none; 2]);
    let twice = "another output is named 'a', too. Rename one";
    assert_eq!(told("<output name=\"a\"/><output name=\"a\"/>"), [twice; 2]);
    assert_eq!(told("<output name=\"a\"/><output name=\"b\"/>"), [""; 2]);
}

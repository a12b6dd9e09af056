//! Decisions, services and functions by id and name, how they came about, and files with faults.

use super::imports::asked;
use super::standard::{context, model};
use super::*;
use crate::feel::Value as Feel;

const SHOP: &str = "\
    <inputData id=\"i\" name=\"net\"><variable name=\"net\" typeRef=\"number\"/></inputData>
    <businessKnowledgeModel id=\"vat\" name=\"with vat\"><variable name=\"with vat\"/><encapsulatedLogic>
      <formalParameter name=\"amount\" typeRef=\"number\"/><literalExpression><text>amount * 1.2</text></literalExpression>
    </encapsulatedLogic></businessKnowledgeModel>
    <decisionService id=\"s\" name=\"pricing\"><variable name=\"pricing\"/><outputDecision href=\"#gross\"/><outputDecision href=\"#class\"/>
      <inputData href=\"#i\"/></decisionService>
    <decision id=\"gross\" name=\"Gross\"><variable name=\"gross\"/><informationRequirement><requiredInput href=\"#i\"/></informationRequirement>
      <knowledgeRequirement><requiredKnowledge href=\"#vat\"/></knowledgeRequirement>
      <context><contextEntry><variable name=\"rest\"/><literalExpression><text>net - \"x\"</text></literalExpression></contextEntry>
        <contextEntry><variable name=\"sum\"/><literalExpression><text>with vat(net)</text></literalExpression></contextEntry>
        <contextEntry><literalExpression><text>sum</text></literalExpression></contextEntry></context></decision>
    <decision id=\"class\" name=\"Class\"><variable name=\"class\"/><informationRequirement><requiredDecision href=\"#gross\"/></informationRequirement>
      <literalExpression><text>if gross &gt; 100 then \"dear\" else \"cheap\"</text></literalExpression></decision>";

#[test]
fn all_that_can_be_evaluated_is_found_by_id_and_name() {
    let definitions = parse(&model(SHOP));
    let parts: Vec<String> = definitions
        .parts()
        .map(|part| format!("{} {} ({})", part.id, part.name, part.kind))
        .collect();
    assert_eq!(
        parts,
        [
            "gross Gross (decision)",
            "class Class (decision)",
            "vat with vat (business knowledge model)",
            "s pricing (decision service)",
        ]
    );
    let id = |word: &str| definitions.part(word).map(|part| part.id);
    assert_eq!(
        [id("s"), id("pricing"), id("with vat"), id("x")],
        [Some("s"), Some("s"), Some("vat"), None]
    );
    assert_eq!(asked(&definitions, "vat"), ["amount"]);
    assert_eq!(asked(&definitions, "s"), ["net"]);
    let decided = |id: &str, inputs: &str| {
        let found = decide(
            &definitions,
            id,
            &context(inputs),
            now(),
            &mut Budget::default(),
        );
        assert!(found.outcome.is_ok(), "{found:?}");
        let values = found.values.first().unwrap().iter();
        let values: Vec<String> = values
            .map(|(k, v)| format!("{k} = {}", v.literal()))
            .collect();
        values.join(", ")
    };
    assert_eq!(decided("vat", "{amount: 10}"), "with vat = 12");
    assert_eq!(decided("s", "{net: 100}"), "gross = 120, class = \"dear\"");
    assert_eq!(decided("class", "{net: 1}"), "class = \"cheap\"");
    let found = explain(
        &definitions,
        "s",
        &context("{net: 100}"),
        now(),
        &mut Budget::default(),
    );
    let evaluated: Vec<&str> = found
        .evaluations
        .iter()
        .map(|e| e.decision.as_str())
        .collect();
    assert_eq!(evaluated, ["gross", "class"]);
    // Held to the types of its parameters.
    assert_eq!(decided("vat", "{amount: \"ten\"}"), "with vat = null");
}

#[test]
fn entries_of_contexts_are_told_with_the_reasons_of_their_nulls() {
    let definitions = parse(&model(SHOP));
    let mut budget = Budget::default();
    let found = explain(
        &definitions,
        "class",
        &context("{net: 100}"),
        now(),
        &mut budget,
    );
    let gross = &found.evaluations[0];
    let shown = |values: &IndexMap<String, Feel>| {
        let all = values.iter().map(|(k, v)| format!("{k} = {v}"));
        all.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(gross.decision, "gross");
    assert_eq!(shown(&gross.inputs), "net = 100");
    assert_eq!(
        shown(&gross.entries),
        "rest = null, sum = 120, result = 120"
    );
    let reasons: Vec<String> = gross
        .reasons
        .iter()
        .map(|r| format!("{} in {}", r.message, r.expression))
        .collect();
    assert_eq!(
        reasons,
        ["number and string can not be subtracted in net - \"x\""]
    );
    assert_eq!(shown(&found.evaluations[1].inputs), "gross = 120");
    assert_eq!(
        found.evaluations[1].result.as_ref().map(Feel::to_string),
        Some("dear".into())
    );
}

#[test]
fn the_decision_that_fails_is_the_last() {
    let endless = SHOP.replace("net - \"x\"", "count(for i in 1..1e9 return i)");
    let definitions = parse(&model(&endless));
    let mut budget = Budget::new(10_000, 1 << 20, 100);
    let found = explain(
        &definitions,
        "class",
        &context("{net: 100}"),
        now(),
        &mut budget,
    );
    let last = found.evaluations.last().unwrap();
    assert_eq!(
        (last.decision.as_str(), last.result.is_none()),
        ("gross", true)
    );
    let told = found.outcome.unwrap_err().to_string();
    // The text, not all boxes; the limit; and what raises it.
    assert!(told.starts_with("decision 'gross': evaluation of `count(for i in 1..1e9 return i)` stopped: it takes more steps"), "{told}");
    assert!(told.contains(" than are allowed (10,000); make loops and recursion shorter, or raise `steps` under [expressions] of the desk's settings, or on the command line by --steps"), "{told}");
}

#[test]
fn a_fault_is_of_its_decision_and_of_those_that_require_it() {
    let other = "<decision id=\"o\" name=\"o\"><literalExpression><text>1 +</text></literalExpression></decision>";
    let (definitions, problems) =
        Definitions::parse_leniently("test.dmn", model(&format!("{SHOP}{other}")).as_bytes());
    let definitions = definitions.unwrap();
    assert_eq!(problems.len(), 1);
    let faults = |id: &str| definitions.faults_of(id).len();
    assert_eq!(
        [faults("o"), faults("class"), faults("s"), faults("vat")],
        [1, 0, 0, 0]
    );
    let broken = SHOP.replace("amount * 1.2", "amount *");
    let (definitions, _) = Definitions::parse_leniently("test.dmn", model(&broken).as_bytes());
    let definitions = definitions.unwrap();
    let faults = |id: &str| definitions.faults_of(id).len();
    assert_eq!(
        [faults("gross"), faults("class"), faults("s"), faults("vat")],
        [1, 1, 1, 1]
    );
}

#[test]
fn places_are_those_in_the_text() {
    for (text, place) in [
        ("<text>1 + + 2</text>", "3:11"),
        ("<text>\n  1 &lt; +\n  * 2</text>", "4:10"),
        ("<text>a &lt; b &amp; c</text>", "3:16"),
        ("<text><![CDATA[1 < \n 2 & 3]]></text>", "4:4"),
    ] {
        let decision = format!(
            "<decision id=\"d\" name=\"d\"><literalExpression>\n{text}</literalExpression></decision>"
        );
        let told = problems(&model(&decision));
        assert!(
            told.starts_with(&format!("test.dmn:{place}: ")),
            "{place} of {text}: {told}"
        );
        assert!(told.contains("is not valid FEEL"), "{told}");
    }
    let boxed = "<decision id=\"d\" name=\"d\"><list>\n<literalExpression><text>1 + )</text></literalExpression></list></decision>";
    let told = problems(&model(boxed));
    assert!(told.starts_with("test.dmn:3:30: "), "{told}");
}

#[test]
fn of_very_many_faults_the_first_are_told() {
    let decision = |n: u32| {
        format!(
            "<decision id=\"d{n}\" name=\"d{n}\"><literalExpression><text>1 +</text></literalExpression></decision>"
        )
    };
    let all: String = (0..500).map(decision).collect();
    let (definitions, problems) = Definitions::parse_leniently("test.dmn", model(&all).as_bytes());
    assert_eq!(problems.len(), 101);
    let last = problems.last().unwrap().to_string();
    assert!(
        last.contains("here begin 400 more that are not told"),
        "{last}"
    );
    // None of them counts as good.
    let definitions = definitions.unwrap();
    assert!((0..500).all(|n| !definitions.faults_of(&format!("d{n}")).is_empty()));
}

#[test]
fn a_variable_that_feel_does_not_know_is_told() {
    let file = crate::value::Value::Bytes(vec![1]);
    let outcome = run(&parse(&model(SHOP)), "gross", &variables([("net", file)])).unwrap();
    assert_eq!(outcome.results[0]["gross"], Value::Null);
    let mut budget = Budget::default();
    let facts = variables([("net", crate::value::Value::Double(f64::INFINITY))]);
    evaluate(&parse(&model(SHOP)), "gross", &facts, now(), &mut budget).unwrap();
    let first = &budget.reasons()[0];
    assert_eq!(
        (first.expression.as_str(), first.message.as_str()),
        ("net", "its value of type Double is none that FEEL knows")
    );
}

#[test]
fn members_of_items_are_no_inputs_and_why_an_input_is_null_is_told_where_it_is_used() {
    let definitions = parse(&model(
        "<itemDefinition name=\"tOrders\" isCollection=\"true\"><itemComponent name=\"amount\"><typeRef>number</typeRef></itemComponent>
           <itemComponent name=\"ordered on\"><typeRef>date</typeRef></itemComponent></itemDefinition>
         <inputData id=\"i\" name=\"orders\"><variable name=\"orders\" typeRef=\"tOrders\"/></inputData>
         <inputData id=\"j\" name=\"day\"><variable name=\"day\" typeRef=\"date\"/></inputData>
         <decision id=\"late\" name=\"late\"><variable name=\"late\"/><informationRequirement><requiredInput href=\"#i\"/></informationRequirement>
           <literalExpression><text>orders[ordered on &lt; day and amount &gt; 10]</text></literalExpression></decision>
         <decision id=\"n\" name=\"n\"><variable name=\"n\"/><informationRequirement><requiredDecision href=\"#late\"/></informationRequirement>
           <literalExpression><text>count(late)</text></literalExpression></decision>",
    ));
    assert_eq!(asked(&definitions, "n"), ["orders", "day"]);
    let of = definitions.type_of_input("n", "orders").unwrap();
    let json = serde_json::json!([{"amount": 20, "ordered on": "2026-05-05"}, {"amount": 30, "ordered on": "2026-05-09"}]);
    let mut given = crate::feel::Context::new();
    given
        .put(
            "orders".into(),
            of.understood(Feel::from_json(&json).unwrap()),
        )
        .unwrap();
    given
        .put(
            "day".into(),
            Feel::Date(crate::feel::temporal::Date::parse("2026-05-06").unwrap()),
        )
        .unwrap();
    let found = decide(&definitions, "n", &given, now(), &mut Budget::default());
    assert_eq!(found.values[0]["n"].to_string(), "1");
    given
        .put("orders".into(), Feel::from_json(&json).unwrap())
        .unwrap();
    let found = decide(&definitions, "n", &given, now(), &mut Budget::default());
    let first = &found.evaluations[0].reasons[0];
    assert_eq!(
        (first.expression.as_str(), first.message.as_str()),
        ("orders", "item 1, `ordered on`: \"2026-05-05\" is no date")
    );
    assert_eq!(found.outcome.unwrap().trace[0].reasons[0], *first);
}

#[test]
fn what_is_wrong_in_a_model_counts_once_however_many_ways_import_it() {
    let head = |name: &str, imports: &str, content: &str| {
        let id = format!("namespace=\"{name}\"");
        model(&format!("{imports}{content}")).replacen("namespace=\"n\"", &id, 1)
    };
    let import = |of: &str| {
        format!(
            "<import importType=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"{of}\" namespace=\"{of}\"/>"
        )
    };
    // A diamond of depth 30: 2^30 faults and tables, were they counted by the way.
    let broken = "<decision id=\"d\" name=\"d\"><literalExpression><text>1 +</text></literalExpression></decision><decision id=\"b\" name=\"b\"><context><contextEntry><variable name=\"t\"/><decisionTable><output/><rule><outputEntry><text>1</text></outputEntry></rule></decisionTable></contextEntry></context></decision>";
    let mut files = vec![
        ("l0".to_owned(), head("l0", &import("gone"), broken)),
        ("r0".to_owned(), head("r0", &import("gone"), broken)),
    ];
    for n in 1..=30 {
        let below = import(&format!("l{}", n - 1)) + &import(&format!("r{}", n - 1));
        for side in ["l", "r"] {
            let name = format!("{side}{n}");
            let own = format!(
                "<decision id=\"{name}\" name=\"{name}\"><literalExpression><text>1</text></literalExpression></decision>"
            );
            files.push((name.clone(), head(&name, &below, &own)));
        }
    }
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, f)| (&n[..], f.as_bytes())).collect();
    let last = parse_all(&files, &|_| None).pop().unwrap().0.unwrap();
    let whole = last.faults_of("r30");
    assert_eq!(whole.len(), 2, "{whole:?}");
    assert_eq!(last.faults_of("l0#d").len(), 3);
    let tables: Vec<&str> = last.imported_boxed.iter().map(|b| &*b.owner).collect();
    assert_eq!(tables, ["l0#b", "r0#b"]);
}

#[test]
fn a_function_that_is_a_table_tells_what_its_cells_said() {
    let rule = |cell: &str, out: &str| {
        format!(
            "<rule><inputEntry><text>{cell}</text></inputEntry><outputEntry><text>{out}</text></outputEntry></rule>"
        )
    };
    let table = format!(
        "<decisionTable hitPolicy=\"FIRST\"><input><inputExpression><text>n</text></inputExpression></input><output/>{}{}{}</decisionTable>",
        rule("&lt; least(1)", "\"low\""),
        rule("&lt; 10", "\"middle\""),
        rule("-", "\"high\""),
    );
    let least = "<businessKnowledgeModel id=\"least\" name=\"least\"><encapsulatedLogic><formalParameter name=\"x\"/><literalExpression><text>x + 4</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>";
    let xml = model(&format!(
        "{least}<businessKnowledgeModel id=\"band\" name=\"band\"><encapsulatedLogic><formalParameter name=\"n\" typeRef=\"number\"/>{table}</encapsulatedLogic><knowledgeRequirement><requiredKnowledge href=\"#least\"/></knowledgeRequirement></businessKnowledgeModel>"
    ));
    let definitions = parse(&xml);
    assert_eq!(definitions.table("band").unwrap().rules.len(), 3);
    assert_eq!(definitions.boxed_tables("band").count(), 0);
    let given = context("{n: 7}");
    let mut budget = Budget::default();
    let found = explain(&definitions, "band", &given, now(), &mut budget);
    assert_eq!(found.values[0]["band"].to_string(), "middle");
    let [verdict] = found.tables.as_slice() else {
        panic!("{:?}", found.tables)
    };
    let rules = verdict
        .rules
        .iter()
        .map(|r| (r.stopped_by(), r.matches, r.counts));
    assert_eq!(
        rules.collect::<Vec<_>>(),
        [
            (Some(0), false, false),
            (None, true, true),
            (None, true, false)
        ]
    );
    assert_eq!(budget.reasons(), []);
}

#[test]
fn circles_of_functions_and_services_are_refused() {
    let function = |id: &str, requires: &str| {
        format!(
            "<businessKnowledgeModel id=\"{id}\" name=\"{id}\"><encapsulatedLogic><formalParameter name=\"n\"/><literalExpression><text>if n = 0 then 0 else {requires}(n - 1)</text></literalExpression></encapsulatedLogic>\
             <knowledgeRequirement><requiredKnowledge href=\"#{requires}\"/></knowledgeRequirement></businessKnowledgeModel>"
        )
    };
    let of = |text: &str| problems(&model(text));
    assert!(
        of(&(function("f", "g") + &function("g", "f"))).contains("it requires itself: f → g → f"),
    );
    let service = "<decisionService id=\"s\" name=\"s\"><outputDecision href=\"#d\"/></decisionService>\n\
         <decision id=\"d\" name=\"d\"><knowledgeRequirement><requiredKnowledge href=\"#s\"/></knowledgeRequirement><literalExpression><text>s()</text></literalExpression></decision>";
    let told = of(service);
    assert!(
        told.starts_with("test.dmn:3:1:") && told.contains("it requires itself: d → s → d"),
        "{told}"
    );
    // What a service is given it does not evaluate.
    let given = "<decisionService id=\"s\" name=\"s\"><outputDecision href=\"#o\"/><inputDecision href=\"#y\"/></decisionService>\
         <decision id=\"o\" name=\"o\"><variable name=\"o\"/><informationRequirement><requiredDecision href=\"#y\"/></informationRequirement><literalExpression><text>y + 1</text></literalExpression></decision>\
         <decision id=\"y\" name=\"y\"><variable name=\"y\"/><knowledgeRequirement><requiredKnowledge href=\"#s\"/></knowledgeRequirement><literalExpression><text>s(1)</text></literalExpression></decision>";
    let found = decide(
        &parse(&model(given)),
        "y",
        &context("{}"),
        now(),
        &mut Budget::default(),
    );
    assert_eq!(found.values[0]["y"].to_string(), "2");
    // One that names itself calls itself.
    let own = function("f", "f")
        + "<decision id=\"d\" name=\"d\"><knowledgeRequirement><requiredKnowledge href=\"#f\"/></knowledgeRequirement><literalExpression><text>f(3)</text></literalExpression></decision>";
    let found = decide(
        &parse(&model(&own)),
        "d",
        &context("{}"),
        now(),
        &mut Budget::default(),
    );
    assert_eq!(found.values[0]["d"].to_string(), "0");
}

#[test]
fn what_one_way_is_given_closes_a_circle_on_another() {
    // d calls s, whose output o needs x by itself; only i, which s is given, needs x otherwise.
    let decision = |id: &str, requires: &[&str]| {
        let required = requires.iter().map(|of| match *of {
            "s" => "<knowledgeRequirement><requiredKnowledge href=\"#s\"/></knowledgeRequirement>".to_owned(),
            of => format!("<informationRequirement><requiredDecision href=\"#{of}\"/></informationRequirement>"),
        });
        let required: String = required.collect();
        format!(
            "<decision id=\"{id}\" name=\"{id}\">{required}<literalExpression><text>1</text></literalExpression></decision>"
        )
    };
    let service = "<decisionService id=\"s\" name=\"s\"><outputDecision href=\"#o\"/><inputDecision href=\"#i\"/></decisionService>";
    let parts = [
        decision("d", &["s"]),
        decision("o", &["i", "x"]),
        decision("i", &["x"]),
        decision("x", &["d"]),
    ];
    for turn in 0..4 {
        let mut parts = parts.clone();
        parts.rotate_left(turn);
        let told = problems(&model(&(service.to_owned() + &parts.concat())));
        assert!(told.contains("it requires itself: "), "{told}");
        assert!(told.contains("s → o → x → d"), "{told}");
    }
    let alone = [
        decision("o", &["i"]),
        decision("i", &["x"]),
        parts[3].clone(),
        parts[0].clone(),
    ];
    parse(&model(&(service.to_owned() + &alone.concat())));
}

#[test]
fn an_explanation_fails_no_sooner_than_the_decision() {
    let table = "<decisionTable hitPolicy=\"COLLECT\"><input><inputExpression><text>count(for i in 1..1000 return i)</text></inputExpression></input><output/><rule><inputEntry><text>1000</text></inputEntry><outputEntry><text>1</text></outputEntry></rule></decisionTable>";
    let definitions = parse(&model(&format!(
        "<decision id=\"d\" name=\"d\">{table}</decision>"
    )));
    let mut budget = Budget::default();
    let before = budget.left().0;
    decide(&definitions, "d", &context("{}"), now(), &mut budget)
        .outcome
        .unwrap();
    let needed = before - budget.left().0;
    let mut budget = Budget::new(needed, 1 << 20, 100);
    let found = explain(&definitions, "d", &context("{}"), now(), &mut budget);
    assert!(found.outcome.is_ok(), "{:?}", found.outcome);
    assert!(found.tables[0].rules[0].counts);
}

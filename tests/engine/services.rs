//! Service tasks by expression and business rule tasks.

use crate::support::*;
use crewdesk::dmn::Definitions;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};
use std::sync::Arc;

/// A table `check` with outputs `result` and `reason`: one rule for `x` above 0, one above 10.
fn table(policy: &str) -> Arc<Definitions> {
    let rule = |id: &str, test: &str, result: u8| {
        format!(
            r#"<rule id="{id}"><inputEntry id="i{id}"><text>{test}</text></inputEntry>
            <outputEntry id="o{id}"><text>{result}</text></outputEntry></rule>"#
        )
    };
    let xml = format!(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="checks" name="Checks" namespace="test">
        <decision id="check" name="Check"><decisionTable id="table" hitPolicy="{policy}">
        <input id="x"><inputExpression id="ex" typeRef="long"><text>x</text></inputExpression></input>
        <output id="out" name="result" typeRef="integer" />
        {}{}</decisionTable></decision></definitions>"#,
        rule("r1", "&gt; 0", 1),
        rule("r2", "&gt; 10", 2)
    );
    match Definitions::parse("check.dmn", xml.as_bytes()) {
        Ok(definitions) => Arc::new(definitions),
        Err(problems) => panic!("{problems:?}"),
    }
}

fn rule_task(attributes: &str, output: &str) -> String {
    format!(
        r#"
        <startEvent id="start" />
        <businessRuleTask id="check" camunda:decisionRef="${{'ch'.concat('eck')}}" {attributes}>
          <extensionElements><camunda:inputOutput>{output}</camunda:inputOutput></extensionElements>
        </businessRuleTask>
        <userTask id="after" />
        start -> check -> after
        "#
    )
}

fn decided(model: &str, policy: &str, x: Value) -> (Desk, Result<Vec<Change>, Error>) {
    let mut desk = Desk::with(model);
    let x = vars([("x", x)]);
    let Err(Error::Need(Need::Decision(reference, _))) = desk.run(x.clone()) else {
        panic!("the decision is asked for");
    };
    assert_eq!(reference.key, "check");
    desk.world
        .add_decision(reference, "check:1:d", table(policy));
    let result = desk.run(x);
    (desk, result)
}

#[test]
fn listeners_of_its_task_ask_the_raw_result_in_either_language() {
    let listeners = r#"</camunda:inputOutput>
        <camunda:executionListener event="end"><camunda:script scriptFormat="javascript">execution.setVariable('js', decisionResult.getSingleEntry() + decisionResult.collectEntries('result')[0] + decisionResult.getFirstResult().getEntry('result'))</camunda:script></camunda:executionListener>
        <camunda:executionListener event="end" expression="${execution.setVariable('juel', decisionResult.getSingleEntry() + decisionResult.collectEntries('result')[0] + decisionResult.resultList[0].result)}" />
        <camunda:inputOutput>"#;
    let model = rule_task("", listeners);
    let (desk, result) = decided(&model, "COLLECT", 5.into());
    result.expect("starts");
    for name in ["js", "juel"] {
        assert_eq!(desk.var(name).and_then(|v| v.as_i64()), Some(3), "{name}");
    }
}

#[test]
fn a_decision_is_asked_for_and_its_result_becomes_a_variable() {
    let model = rule_task(
        r#"camunda:resultVariable="verdict" camunda:mapDecisionResult="singleEntry""#,
        r#"<camunda:outputParameter name="first">${decisionResult[0].result}</camunda:outputParameter>
        <camunda:outputParameter name="single">${decisionResult.singleEntry}</camunda:outputParameter>
        <camunda:outputParameter name="all">${decisionResult.collectEntries('result').size()}</camunda:outputParameter>
        <camunda:outputParameter name="entry">${decisionResult.getSingleResult().getEntry('result')}</camunda:outputParameter>"#,
    );
    let (desk, result) = decided(&model, "COLLECT", 5.into());
    result.expect("starts");
    for name in ["verdict", "first", "single", "all", "entry"] {
        assert_eq!(desk.var(name).and_then(|v| v.as_i64()), Some(1), "{name}");
    }
    assert_eq!(
        desk.var("decisionResult"),
        None,
        "the raw result does not stay"
    );
    let told = desk.log.iter().any(|event| {
        matches!(event, Event::DecisionEvaluated { decision_definition_id, trace, .. }
        if decision_definition_id == "check:1:d" && trace[0]["rules"][0]["number"] == 1)
    });
    assert!(told);
}

#[test]
fn a_result_of_the_wrong_shape_is_an_error() {
    let model = rule_task(
        r#"camunda:resultVariable="verdict" camunda:mapDecisionResult="singleEntry""#,
        "",
    );
    let (desk, result) = decided(&model, "COLLECT", 50.into());
    let error = result.expect_err("refused");
    assert_eq!(error.class(), "DecisionResultMapperException");
    assert!(error.to_string().contains("ENGINE-22001"));
    assert!(desk.ended());
}

#[test]
fn a_decision_that_fails_is_an_error_of_its_task() {
    let (_, result) = decided(&rule_task("", ""), "UNIQUE", 50.into());
    let error = result.expect_err("fails");
    assert!(
        matches!(&error, Error::Decision { at, .. } if at.element == "check"),
        "{error}"
    );
}

#[test]
fn the_binding_says_which_version_is_asked_for() {
    for (attributes, version) in [
        ("", DecisionVersion::Latest),
        (
            r#"camunda:decisionRefBinding="deployment""#,
            DecisionVersion::DeploymentOf(DEFINITION.into()),
        ),
        (
            r#"camunda:decisionRefBinding="version" camunda:decisionRefVersion="${1 + 2}""#,
            DecisionVersion::Number(3),
        ),
        (
            r#"camunda:decisionRefBinding="versionTag" camunda:decisionRefVersionTag="v${1}""#,
            DecisionVersion::Tag("v1".into()),
        ),
    ] {
        let mut desk = Desk::with(&rule_task(attributes, ""));
        let asked = desk.run(Map::new()).expect_err("asks");
        let key = "check".to_owned();
        let wanted = DecisionRef { key, version };
        let said = matches!(asked, Error::Need(Need::Decision(found, _)) if found == wanted);
        assert!(said, "{wanted}");
    }
}

#[test]
fn an_expression_gives_its_result_variable() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" />
        <serviceTask id="add" camunda:expression="${a + b}" camunda:resultVariable="sum" />
        <serviceTask id="quiet" camunda:expression="${a}" />
        <manualTask id="hand" /> <task id="any" /> <intermediateThrowEvent id="pass" />
        <userTask id="after" />
        start -> add -> quiet -> hand -> any -> pass -> after
        "#,
        vars([("a", 2.into()), ("b", "3".into())]),
    );
    assert_eq!(desk.var("sum"), Some(Value::Long(5)));
    assert_eq!(
        desk.history(),
        ["start", "add", "quiet", "hand", "any", "pass"]
    );
}

#[test]
fn decisions_in_a_loop_share_one_budget() {
    let model = r#"
        <startEvent id="start" /> <exclusiveGateway id="again" />
        <businessRuleTask id="check" camunda:decisionRef="check" />
        start -> again -> check -> again
    "#;
    let mut desk = Desk::with(model);
    desk.world.limits.expressions.steps = 10_000;
    let x = vars([("x", 5.into())]);
    let Err(Error::Need(Need::Decision(reference, _))) = desk.run(x.clone()) else {
        panic!("the decision is asked for");
    };
    desk.world
        .add_decision(reference, "check:1:d", table("COLLECT"));
    assert!(matches!(desk.run(x), Err(Error::Decision { .. })));
}

/// A decision `decision` whose rules give nothing, one entry, several entries, or lists of them.
fn shapes() -> Arc<Definitions> {
    let rule = |id: &str, input: &str, entries: [&str; 2]| {
        let outputs: String = entries
            .iter()
            .enumerate()
            .map(|(n, entry)| {
                format!(r#"<outputEntry id="{id}o{n}"><text>{entry}</text></outputEntry>"#)
            })
            .collect();
        format!(
            r#"<rule id="{id}"><inputEntry id="{id}i"><text>"{input}"</text></inputEntry>{outputs}</rule>"#
        )
    };
    let (one, two) = (r#""foo""#, r#""bar""#);
    let xml = format!(
        r#"<definitions xmlns="http://www.omg.org/spec/DMN/20151101/dmn.xsd" id="defs" name="defs" namespace="http://camunda.org/schema/1.0/dmn">
        <decision id="decision" name="Decision"><decisionTable id="table" hitPolicy="COLLECT">
        <input id="in"><inputExpression id="ex" typeRef="string"><text>input</text></inputExpression></input>
        <output id="o1" name="result1" typeRef="string" /><output id="o2" name="result2" typeRef="string" />
        {}{}{}{}{}{}</decisionTable></decision></definitions>"#,
        rule("r1", "single entry", [one, ""]),
        rule("r2", "multiple entries", [one, two]),
        rule("r3", "single entry list", [one, ""]),
        rule("r4", "single entry list", [one, ""]),
        rule("r5", "multiple entries list", [one, two]),
        rule("r6", "multiple entries list", [one, two]),
    );
    match Definitions::parse("shapes.dmn", xml.as_bytes()) {
        Ok(definitions) => Arc::new(definitions),
        Err(problems) => panic!("{problems:?}"),
    }
}

fn shaped(attributes: &str, io: &str, input: &str) -> (Desk, Result<Vec<Change>, Error>) {
    let model = format!(
        r#"<startEvent id="start" /> <businessRuleTask id="rule" camunda:decisionRef="decision" {attributes}><extensionElements>{io}</extensionElements></businessRuleTask> <userTask id="after" />
        start -> rule -> after"#
    );
    let mut desk = Desk::with(&model);
    let reference = DecisionRef {
        key: "decision".into(),
        version: DecisionVersion::Latest,
    };
    desk.world.add_decision(reference, "decision:1:d", shapes());
    let result = desk.run(vars([("input", input.into())]));
    (desk, result)
}

/// DmnBusinessRuleTaskResultMappingTest.testCustomOutputMapping
/// DmnBusinessRuleTaskResultMappingTest.testSingleEntryMapping
/// DmnBusinessRuleTaskResultMappingTest.testSingleResultMapping
/// DmnBusinessRuleTaskResultMappingTest.testCollectEntriesMapping
/// DmnBusinessRuleTaskResultMappingTest.testResultListMapping
/// DmnBusinessRuleTaskResultMappingTest.testDefaultResultMapping
/// DmnBusinessRuleTaskResultMappingTest.testSingleEntryMappingFailureMultipleOutputs
/// DmnBusinessRuleTaskResultMappingTest.testSingleEntryMappingFailureMultipleValues
/// DmnBusinessRuleTaskResultMappingTest.testSingleResultMappingFailure
/// DmnBusinessRuleTaskResultMappingTest.testCollectEntriesMappingFailure
/// DmnBusinessRuleTaskResultMappingTest.testTransientDecisionResult
/// DmnBusinessRuleTaskResultMappingTest.testSingleEntryEmptyResult
/// DmnBusinessRuleTaskResultMappingTest.testSingleResultEmptyResult
/// DmnBusinessRuleTaskResultMappingTest.testCollectEntriesEmptyResult
/// DmnBusinessRuleTaskResultMappingTest.testResultListEmptyResult
/// DmnBusinessRuleTaskResultMappingTest.testDefaultMappingEmptyResult
#[test]
fn a_result_is_shaped_as_asked_for_or_refused() {
    let entries = || {
        Value::Map(
            [
                ("result1".to_owned(), "foo".into()),
                ("result2".to_owned(), "bar".into()),
            ]
            .into_iter()
            .collect(),
        )
    };
    let list = || Value::List(vec![entries(), entries()]);
    let foo = || Value::from("foo");
    for (mapping, input, expected) in [
        ("singleEntry", "single entry", Ok(foo())),
        ("singleEntry", "nothing", Ok(Value::Null)),
        ("singleEntry", "single entry list", Err("ENGINE-22001")),
        ("singleEntry", "multiple entries", Err("ENGINE-22001")),
        ("singleResult", "multiple entries", Ok(entries())),
        ("singleResult", "nothing", Ok(Value::Null)),
        ("singleResult", "single entry list", Err("ENGINE-22001")),
        (
            "collectEntries",
            "single entry list",
            Ok(Value::List(vec![foo(), foo()])),
        ),
        ("collectEntries", "nothing", Ok(Value::List(vec![]))),
        ("collectEntries", "multiple entries", Err("ENGINE-22002")),
        ("resultList", "multiple entries list", Ok(list())),
        ("resultList", "nothing", Ok(Value::List(vec![]))),
        ("", "multiple entries list", Ok(list())),
        ("", "nothing", Ok(Value::List(vec![]))),
    ] {
        let mapping_attribute = match mapping {
            "" => String::new(),
            mapping => format!("camunda:mapDecisionResult=\"{mapping}\""),
        };
        let (desk, result) = shaped(
            &format!("camunda:resultVariable=\"result\" {mapping_attribute}"),
            "",
            input,
        );
        match expected {
            Ok(value) => {
                result.expect("starts");
                assert_eq!(desk.var("result"), Some(value), "{mapping} of {input}");
                assert_eq!(desk.var("decisionResult"), None);
                assert_eq!(
                    desk.last("decisionResult"),
                    None,
                    "the history does not hear of it"
                );
            }
            Err(code) => {
                let error = result.expect_err(mapping).to_string();
                assert!(error.contains(code), "{mapping} of {input}: {error}");
            }
        }
    }
    let io = r#"<camunda:inputOutput><camunda:outputParameter name="result1">${decisionResult.getSingleResult().result1}</camunda:outputParameter><camunda:outputParameter name="result2">${decisionResult.getSingleResult().result2}</camunda:outputParameter></camunda:inputOutput>"#;
    let (desk, result) = shaped("", io, "multiple entries");
    result.expect("starts");
    assert_eq!(
        (desk.var("result1"), desk.var("result2")),
        (Some("foo".into()), Some("bar".into()))
    );
}

/// DmnBusinessRuleTaskTest.decisionRef
/// DmnBusinessRuleTaskTest.testDmn12Decision
/// DmnBusinessRuleTaskTest.testDmn13Decision
/// DmnBusinessRuleTaskTest.noDecisionFound
/// DmnBusinessRuleTaskTest.noDecisionFoundRefByExpression
/// DmnBusinessRuleTaskTest.decisionRefVersionBinding
/// DmnBusinessRuleTaskTest.decisionRefWithCompositeExpression
/// DmnBusinessRuleTaskTest.decisionRefVersionTagBindingExpression
/// DmnBusinessRuleTaskTest.decisionRefVersionTagBindingNoneDecisionDefinition
#[test]
fn the_very_decision_that_is_named_is_asked_for() {
    let space = |version: &str| {
        format!(
            "<definitions xmlns=\"{version}\" id=\"d\" name=\"d\" namespace=\"t\"><decision id=\"testDecision\" name=\"t\"><decisionTable id=\"table\"><output id=\"o\" name=\"r\" typeRef=\"string\" /><rule id=\"r\"><outputEntry id=\"e\"><text>\"okay\"</text></outputEntry></rule></decisionTable></decision></definitions>"
        )
    };
    for (attributes, version) in [
        (
            r#"camunda:decisionRef="testDecision""#,
            DecisionVersion::Latest,
        ),
        (r#"camunda:decisionRef="${key}""#, DecisionVersion::Latest),
        (
            r#"camunda:decisionRef="test${part}""#,
            DecisionVersion::Latest,
        ),
        (
            r#"camunda:decisionRef="testDecision" camunda:decisionRefBinding="version" camunda:decisionRefVersion="${version}""#,
            DecisionVersion::Number(1),
        ),
        (
            r#"camunda:decisionRef="testDecision" camunda:decisionRefBinding="versionTag" camunda:decisionRefVersionTag="${tag}""#,
            DecisionVersion::Tag("0.0.2".into()),
        ),
    ] {
        for standard in [
            "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
            "http://www.omg.org/spec/DMN/20180521/MODEL/",
            "https://www.omg.org/spec/DMN/20191111/MODEL/",
        ] {
            let model = format!(
                r#"<startEvent id="start" /> <businessRuleTask id="rule" {attributes} camunda:resultVariable="result" camunda:mapDecisionResult="singleEntry" /> <userTask id="after" />
                start -> rule -> after"#
            );
            let mut desk = Desk::with(&model);
            let variables = || {
                vars([
                    ("key", "testDecision".into()),
                    ("part", "Decision".into()),
                    ("version", 1.into()),
                    ("tag", "0.0.2".into()),
                ])
            };
            let missing = desk.run(variables()).expect_err("no decision yet");
            assert_eq!(missing.class(), "DecisionDefinitionNotFoundException");
            let wanted = DecisionRef {
                key: "testDecision".into(),
                version: version.clone(),
            };
            let said =
                matches!(&missing, Error::Need(Need::Decision(found, _)) if *found == wanted);
            assert!(said, "{missing:?}");
            let definitions =
                Definitions::parse("d.dmn", space(standard).as_bytes()).expect("a decision");
            desk.world
                .add_decision(wanted, "testDecision:1:d", Arc::new(definitions));
            desk.run(variables()).expect("starts");
            assert_eq!(desk.var("result"), Some("okay".into()), "{attributes}");
        }
    }
}
// not applicable: DmnBusinessRuleTaskTest.testPojo: there are no Java objects
// differs: DmnBusinessRuleTaskResultMappingTest.testFailedToOverrideDecisionResultVariable: decisionResult as the name of the result is refused when the model is deployed, not when it runs

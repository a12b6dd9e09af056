//! What call activities pass in and out.

use crate::calls::{WORK, called, called_var, caller};
use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

#[test]
fn variables_go_in_and_out_one_by_one() {
    let mapping = r#"
        <camunda:in source="x" target="y" />
        <camunda:in sourceExpression="${x + 1}" target="z" />
        <camunda:in source="missing" target="nothing" />
        <camunda:in businessKey="${execution.processBusinessKey}" />
        <camunda:out source="y" target="back" />
        <camunda:out sourceExpression="${z * 2}" target="twice" />"#;
    let mut desk = Desk::with(&caller(mapping, ""))
        .and("called", WORK)
        .started(vars([("x", 1.into())]));
    assert_eq!(called(&desk).business_key.as_deref(), Some("order-7"));
    assert_eq!(called_var(&desk, "y"), Some(1.into()));
    assert_eq!(called_var(&desk, "z"), Some(Value::Long(2)));
    assert_eq!(called_var(&desk, "nothing"), Some(Value::Null));
    assert_eq!(called_var(&desk, "x"), None);
    desk.complete_with("work", vars([("y", 9.into())]));
    assert_eq!(desk.var("back"), Some(9.into()));
    assert_eq!(desk.var("twice"), Some(Value::Long(4)));
}

#[test]
fn or_all_of_them() {
    let mapping = r#"<camunda:in variables="all" /><camunda:out variables="all" />"#;
    let mut desk = Desk::with(&caller(mapping, ""))
        .and("called", WORK)
        .started(vars([("x", 1.into())]));
    assert_eq!(called_var(&desk, "x"), Some(1.into()));
    desk.complete_with("work", vars([("x", 2.into()), ("new", true.into())]));
    assert_eq!(desk.var("x"), Some(2.into()));
    assert_eq!(desk.var("new"), Some(true.into()));
}

#[test]
fn local_means_the_activity_s_own() {
    let mapping = r#"
        <camunda:inputOutput><camunda:inputParameter name="own">${1}</camunda:inputParameter>
          <camunda:outputParameter name="seen">${result}</camunda:outputParameter></camunda:inputOutput>
        <camunda:in variables="all" local="true" />
        <camunda:out source="result" target="result" local="true" />"#;
    let mut desk = Desk::with(&caller(mapping, ""))
        .and("called", WORK)
        .started(vars([("x", 1.into())]));
    assert_eq!(called_var(&desk, "own"), Some(Value::Long(1)));
    assert_eq!(called_var(&desk, "x"), None);
    desk.complete_with("work", vars([("result", 5.into())]));
    assert_eq!(desk.var("result"), None);
    assert_eq!(desk.var("seen"), Some(5.into()));
}

/// CallActivityTest.testSubProcessWithDataInputOutput
/// CallActivityTest.testSubProcessWithLimitedDataInputOutputTypedApi
/// CallActivityTest.testSubProcessWithNullDataInput
/// CallActivityTest.testSubProcessWithNullDataInputAsExpression
/// CallActivityTest.testSubProcessWithNullDataOutput
/// CallActivityTest.testSubProcessWithNullDataOutputAsExpression
#[test]
fn one_variable_goes_in_and_out_even_when_it_is_null() {
    for (source, target) in [
        (r#"source="superVariable""#, r#"source="subVariable""#),
        (
            r#"sourceExpression="${superVariable}""#,
            r#"sourceExpression="${subVariable}""#,
        ),
    ] {
        let mapping = format!(
            r#"<camunda:in {source} target="subVariable" /><camunda:out {target} target="superVariable" />"#
        );
        for value in [Value::from("Hello"), Value::Null] {
            let mut desk = Desk::with(&caller(&mapping, ""))
                .and("called", WORK)
                .started(vars([("superVariable", value.clone())]));
            assert_eq!(called_var(&desk, "subVariable"), Some(value));
            assert_eq!(desk.var("subVariable"), None);
            let sub = called(&desk).id;
            desk.ok(Command::SetVariables {
                scope: sub,
                variables: vars([("subVariable", Value::Null)]),
                local: false,
            });
            desk.complete("work");
            assert_eq!(desk.var("superVariable"), Some(Value::Null));
            assert_eq!(desk.var("subVariable"), None);
        }
    }
    let mapping = r#"<camunda:in source="superVariable" target="subVariable" /><camunda:out source="missing" target="superVariable" />"#;
    let mut desk = Desk::with(&caller(mapping, ""))
        .and("called", WORK)
        .started(Map::new());
    assert_eq!(
        called_var(&desk, "subVariable"),
        Some(Value::Null),
        "what is missing is handed over as null"
    );
    desk.complete("work");
    assert_eq!(desk.var("superVariable"), Some(Value::Null));
}

/// CallActivityTest.testSubProcessAllDataInputOutput
/// CallActivityTest.testSubProcessWithAllDataInputOutputTypedApi
/// CallActivityTest.testSubProcessAllDataInputOutputWithAdditionalInputMapping
/// CallActivityTest.testSubProcessAllDataOutput
#[test]
fn all_variables_and_one_under_another_name() {
    let mapping = r#"<camunda:in variables="all" /><camunda:in source="superVariable" target="subVariable" /><camunda:out variables="all" />"#;
    let mut desk = Desk::with(&caller(mapping, ""))
        .and("called", WORK)
        .started(vars([
            ("superVariable", "Hello".into()),
            ("empty", Value::Null),
        ]));
    for (name, value) in [
        ("superVariable", "Hello".into()),
        ("subVariable", "Hello".into()),
        ("empty", Value::Null),
    ] {
        assert_eq!(called_var(&desk, name), Some(value), "{name}");
    }
    let changed = [
        ("superVariable", "from sub".into()),
        ("testVariable", "new".into()),
        ("nothing", Value::Null),
    ];
    desk.complete_with("work", vars(changed.clone()));
    for (name, value) in changed {
        assert_eq!(desk.var(name), Some(value), "{name}");
    }
    assert_eq!(desk.var("subVariable"), Some("Hello".into()));
}

/// CallActivityTest.testSubProcessLocalInputAllVariables
/// CallActivityTest.testSubProcessLocalInputSingleVariable
/// CallActivityTest.testSubProcessLocalInputSingleVariableExpression
/// CallActivityTest.testSubProcessLocalOutputAllVariables
/// CallActivityTest.testSubProcessLocalOutputSingleVariable
#[test]
fn local_input_and_output_stay_at_the_activity() {
    let own = r#"<camunda:inputOutput><camunda:inputParameter name="own">val2</camunda:inputParameter><camunda:outputParameter name="out">${OUT}</camunda:outputParameter></camunda:inputOutput>"#;
    let run = |mapping: &str, out: &str| {
        let extensions = format!("{}{mapping}", own.replace("OUT", out));
        Desk::with(&caller(&extensions, ""))
            .and("called", WORK)
            .started(vars([("global", "val1".into())]))
    };
    let names = |desk: &Desk, scope: &str| {
        let mut names: Vec<String> = desk
            .instance
            .variables(scope)
            .map(|v| v.name.clone())
            .collect();
        names.sort();
        names
    };
    for (mapping, inside, outside) in [
        (
            r#"<camunda:in variables="all" local="true" /><camunda:out variables="all" />"#,
            vec!["own"],
            vec!["global", "out", "sub"],
        ),
        (
            r#"<camunda:in source="own" target="mapped" local="true" /><camunda:out variables="all" />"#,
            vec!["mapped"],
            vec!["global", "mapped", "out", "sub"],
        ),
        (
            r#"<camunda:in variables="all" /><camunda:out variables="all" local="true" />"#,
            vec!["global", "own"],
            vec!["global", "out"],
        ),
        (
            r#"<camunda:in variables="all" /><camunda:out source="sub" target="sub" local="true" />"#,
            vec!["global", "own"],
            vec!["global", "out"],
        ),
    ] {
        let mut desk = run(mapping, "sub + 1");
        let sub = called(&desk).id;
        assert_eq!(names(&desk, &sub), inside, "{mapping}");
        desk.ok(Command::SetVariables {
            scope: sub,
            variables: vars([("sub", 42.into())]),
            local: false,
        });
        desk.complete("work");
        assert_eq!(names(&desk, "instance"), outside, "{mapping}");
        assert_eq!(desk.var("out"), Some(Value::Long(43)));
    }
    let local = |name: &str| {
        format!(r#"<camunda:in sourceExpression="${{{name}}}" target="mapped" local="true" />"#)
    };
    let desk = run(&local("own"), "own");
    assert_eq!(called_var(&desk, "mapped"), Some("val2".into()));
    let extensions = format!("{}{}", own.replace("OUT", "own"), local("global"));
    let mut desk = Desk::with(&caller(&extensions, "")).and("called", WORK);
    let refused = desk.run(vars([("global", "42".into())]));
    assert!(
        matches!(refused, Err(Error::Expression { .. })),
        "{refused:?}"
    );
}

/// CallActivityTest.testSubProcessBusinessKeyInput
/// CallActivityTest.testInputParameterLiteralSourceExpression
/// CallActivityTest.testOutputParameterLiteralSourceExpression
#[test]
fn business_key_and_literals_are_passed() {
    let mapping = r##"<camunda:in businessKey="#{execution.processBusinessKey}" />
        <camunda:in sourceExpression="inLiteralValue" target="inLiteral" /><camunda:out sourceExpression="outLiteralValue" target="outLiteral" />"##;
    let mut desk = Desk::with(&caller(mapping, ""))
        .and("called", WORK)
        .started(Map::new());
    assert_eq!(called(&desk).business_key.as_deref(), Some("order-7"));
    assert_eq!(
        called_var(&desk, "inLiteral"),
        Some("inLiteralValue".into())
    );
    desk.complete("work");
    assert_eq!(desk.var("outLiteral"), Some("outLiteralValue".into()));
}

//! Camunda Forms of tasks and starts.

use crate::office::*;
use crewdesk::client::{Client, StartRequest};
use crewdesk::desk::DeskError;
use crewdesk::value::{Map, Value};

#[test]
fn a_camunda_form_is_filled_in_and_held_to_what_it_asks() {
    let office = Office::new();
    let (mara, ana) = (office.client("mara"), office.client("ana"));
    let model = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <process id="ask" isExecutable="true" camunda:historyTimeToLive="P1D">
        <startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="u"/>
        <userTask id="u" name="Ask" camunda:assignee="ana" camunda:formRef="ask" camunda:formRefBinding="deployment"/>
        <sequenceFlow id="b" sourceRef="u" targetRef="v"/><userTask id="v"/>
        <sequenceFlow id="c" sourceRef="v" targetRef="e"/><endEvent id="e"/></process></definitions>"#;
    let form = r#"{"id": "ask", "type": "default", "components": [
        {"type": "textfield", "key": "name", "label": "Name", "validate": {"required": true}},
        {"type": "number", "key": "price", "label": "Price", "validate": {"max": 10}},
        {"type": "select", "key": "mode", "label": "Mode", "values": [{"label": "By hand", "value": "hand"}]}]}"#;
    let files = [("ask.bpmn", model), ("ask.form", form)];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    mara.deploy(files.to_vec()).unwrap();
    let started = mara
        .start(StartRequest {
            key: "ask".into(),
            ..StartRequest::default()
        })
        .unwrap();
    let task = mara.instance(&started.id).unwrap().tasks.remove(0);
    let detail = ana.task(&task.id).unwrap();
    let labels: Vec<&str> = detail
        .form
        .fields
        .iter()
        .map(|f| f.label.as_str())
        .collect();
    assert_eq!(labels, ["Name", "Price", "Mode"]);
    // A draft keeps its fields.
    ana.save_draft(&task.id, &typed(&[("name", "half")]), None)
        .unwrap();
    assert_eq!(ana.task(&task.id).unwrap().values["name"], "half");
    let refused = ana.complete_form(&task.id, &typed(&[("name", ""), ("price", "11")]));
    let Err(DeskError::Fields(errors)) = refused else {
        panic!("{refused:?}");
    };
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "name: fill this in, it is required",
            "price: write a number of at most 10"
        ]
    );
    let given = [("name", "Ana"), ("price", "2.5"), ("mode", "hand")];
    ana.complete_form(&task.id, &typed(&given)).unwrap();
    let variables = mara.instance(&started.id).unwrap().variables;
    assert_eq!(variables["name"]["value"], "Ana");
    assert_eq!(variables["price"]["type"], "Double");
    assert_eq!(variables["mode"]["value"], "hand");
}

/// A process that begins and goes on with Camunda Forms which expressions and keys name.
const STARTED: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
    <process id="order" isExecutable="true" camunda:historyTimeToLive="P1D">
    <startEvent id="s" camunda:formRef="${'or'.concat('der')}" camunda:formRefBinding="latest"/><sequenceFlow id="a" sourceRef="s" targetRef="u"/>
    <userTask id="u" camunda:formRef="${kind}-check" camunda:formRefBinding="version" camunda:formRefVersion="1"/>
    <sequenceFlow id="b" sourceRef="u" targetRef="v"/><userTask id="v" camunda:formKey="camunda-forms:deployment:forms/last.form"/>
    <sequenceFlow id="c" sourceRef="v" targetRef="e"/><endEvent id="e"/></process></definitions>"#;

#[test]
fn camunda_forms_are_filled_in_at_the_start_and_by_expression() {
    let office = Office::new();
    let (mara, ana) = (office.client("mara"), office.client("ana"));
    let order = r#"{"id": "order", "components": [
        {"type": "textfield", "key": "kind", "label": "Kind", "validate": {"required": true}},
        {"type": "taglist", "key": "parts", "values": [{"value": "a"}, {"value": "b"}]}]}"#;
    let check = |label: &str| {
        format!(
            r#"{{"id": "big-check", "components": [{{"type": "checklist", "key": "found", "label": "{label}", "valuesKey": "parts"}}]}}"#
        )
    };
    let (first, second) = (check("First"), check("Second"));
    let last = r#"{"id": "last", "components": [{"type": "number", "key": "n", "label": "N"}]}"#;
    let deploy = |files: &[(&str, &str)]| {
        let files = files.iter();
        let files = files.map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
        mara.deploy(files.collect()).unwrap();
    };
    let model = [
        ("order.bpmn", STARTED),
        ("order.form", order),
        ("check.form", &first),
        ("forms/last.form", last),
    ];
    deploy(&model);
    let newer = STARTED.replace("isExecutable", "name=\"Order\" isExecutable");
    deploy(&[
        ("order.bpmn", &newer),
        ("order.form", order),
        ("check.form", &second),
        ("forms/last.form", last),
    ]);
    let (form, texts) = mara.start_form("order").unwrap();
    let ids: Vec<&str> = form.fields.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["kind", "parts"]);
    assert_eq!(texts["parts"], "");
    let start = |given: &[(&str, &str)]| {
        let variables = given.iter();
        let variables = variables.map(|(name, text)| ((*name).to_owned(), (*text).into()));
        mara.start(StartRequest {
            key: "order".into(),
            variables: variables.collect(),
            ..StartRequest::default()
        })
    };
    let refused = |given: &[(&str, &str)]| match start(given) {
        Err(DeskError::Fields(errors)) => errors[0].to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(&[("kind", "big"), ("parts", "a, c")]),
        "parts: choose of a, b, with commas between"
    );
    assert_eq!(refused(&[]), "kind: fill this in, it is required");
    let started = start(&[("kind", "big"), ("parts", "b,a")]).unwrap();
    assert_eq!(started.warnings, Vec::<String>::new());
    let task = |mine: &str| {
        let task = mara.instance(mine).unwrap().tasks.remove(0);
        ana.claim(&task.id).unwrap();
        ana.task(&task.id).unwrap()
    };
    let detail = task(&started.id);
    assert_eq!(detail.variables["parts"]["type"], "Json");
    assert_eq!(detail.variables["parts"]["value"], "[\"b\",\"a\"]");
    let [found] = detail.form.fields.as_slice() else {
        panic!("{:?}", detail.form);
    };
    assert_eq!(found.label, "First", "its first version");
    let given = |name: &str, text: &str| typed(&[(name, text)]);
    assert!(
        ana.complete_form(&detail.task.id, &given("found", "z"))
            .is_err()
    );
    ana.complete_form(&detail.task.id, &given("found", "a"))
        .unwrap();
    let detail = task(&started.id);
    assert_eq!(detail.variables["found"]["value"], "[\"a\"]");
    assert_eq!(detail.form.fields[0].label, "N");
    ana.complete_form(&detail.task.id, &given("n", "3"))
        .unwrap();
    // Of what no form is deployed for people complete without one.
    let other = start(&[("kind", "small")]).unwrap();
    let detail = task(&other.id);
    let [note] = detail.form.fields.as_slice() else {
        panic!("{:?}", detail.form);
    };
    let said = "Its form is the Camunda Form small-check, which is not deployed.";
    assert!(note.label.starts_with(said), "{note:?}");
    ana.complete(&detail.task.id, Map::new()).unwrap();
}

#[test]
fn who_says_variables_is_held_to_the_form_and_what_it_hides_is_not_asked() {
    let office = Office::new();
    let (mara, ana) = (office.client("mara"), office.client("ana"));
    let model = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <process id="pay" isExecutable="true" camunda:historyTimeToLive="P1D">
        <startEvent id="s" camunda:formRef="pay" camunda:formRefBinding="deployment"/><sequenceFlow id="a" sourceRef="s" targetRef="u"/>
        <userTask id="u" camunda:assignee="ana" camunda:formKey="camunda-forms:deployment:pay.form"/>
        <sequenceFlow id="b" sourceRef="u" targetRef="v"/><userTask id="v"/></process></definitions>"#;
    let form = r#"{"id": "pay", "components": [
        {"type": "text", "text": "Pay **{{title}}**"},
        {"type": "textfield", "key": "iban", "label": "IBAN", "validate": {"required": true, "pattern": "^[A-Z]{2}[0-9]+$"}},
        {"type": "number", "key": "amount", "label": "Amount", "validate": {"min": 1}},
        {"type": "textfield", "key": "why", "label": "Why", "validate": {"required": true},
         "conditional": {"hide": "=amount = null or amount < 100"}}]}"#;
    let files = [("pay.bpmn", model), ("pay.form", form)];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    mara.deploy(files.to_vec()).unwrap();
    let said = |given: &[(&str, Value)]| -> Map {
        let given = given.iter();
        given
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect()
    };
    let errors = |refused: Result<(), DeskError>| match refused {
        Err(DeskError::Fields(errors)) => {
            let errors = errors.iter().map(ToString::to_string);
            errors.collect::<Vec<_>>().join("; ")
        }
        other => panic!("{other:?}"),
    };
    let start = |given: &[(&str, Value)]| {
        mara.start(StartRequest {
            key: "pay".into(),
            variables: said(given),
            ..StartRequest::default()
        })
    };
    let much = [("iban", "DE1".into()), ("amount", 100.into())];
    let refused = errors(start(&much).map(drop));
    assert_eq!(refused, "why: fill this in, it is required");
    let hidden = [
        ("iban", "DE1".into()),
        ("amount", 5.into()),
        ("why", "x".into()),
    ];
    assert_eq!(
        errors(start(&hidden).map(drop)),
        "why: leave this out: with these values the form hides it"
    );
    let started = start(&[("iban", "DE1".into()), ("title", "Rent".into())]).unwrap();
    let task = mara.instance(&started.id).unwrap().tasks.remove(0);
    let detail = ana.task(&task.id).unwrap();
    assert_eq!(detail.form.fields[0].label, "Pay Rent");
    let complete = |given: &[(&str, Value)]| ana.complete(&task.id, said(given));
    let refused = errors(complete(&[("iban", "1".into()), ("amount", 0.into())]));
    assert_eq!(
        refused,
        "iban: write what fits ^[A-Z]{2}[0-9]+$; amount: write a number of at least 1"
    );
    assert!(errors(complete(&much)).starts_with("why: fill this in"));
    let hidden = complete(&[("amount", 5.into()), ("why", "x".into())]);
    assert_eq!(
        errors(hidden),
        "why: leave this out: with these values the form hides it"
    );
    complete(&[("amount", 5.into())]).unwrap();
    let variables = mara.instance(&started.id).unwrap().variables;
    assert_eq!(variables["amount"]["value"], 5);
    assert!(
        variables.keys().all(|name| !name.starts_with('@')),
        "{variables:?}"
    );
}

#[test]
fn a_form_that_has_changed_is_told_as_new_also_when_it_is_an_older_one() {
    let office = Office::new();
    let mara = office.client("mara");
    let deploy = |text: &str| {
        let form =
            format!(r#"{{"id": "ask", "components": [{{"type": "text", "text": "{text}"}}]}}"#);
        let made = mara.deploy(vec![("ask.form".to_owned(), form.into_bytes())]);
        made.unwrap().deployed_forms
    };
    assert_eq!(deploy("one"), ["ask.form"]);
    assert_eq!(deploy("one"), [""; 0]);
    assert_eq!(deploy("two"), ["ask.form"]);
    assert_eq!(deploy("one"), ["ask.form"]);
}

//! Samples of models: processes, decisions, what deploying makes.

use super::clock;
use super::sample::at;
use crate::client::*;

fn missing<T>(what: &str) -> Answer<T> {
    Err(DeskError::NotFound(format!("there is no {what}")))
}

/// The processes that can be launched.
pub fn definitions() -> Answer<Vec<Definition>> {
    let definition = |key: &str, name: &str, version, text: &str| Definition {
        id: format!("{key}:{version}:0199"),
        key: key.into(),
        name: Some(name.into()),
        description: Some(text.into()),
        version,
        version_tag: None,
        resource: format!("{key}.bpmn"),
        deployment_id: "d1".into(),
        suspended: false,
    };
    Ok(vec![
        definition(
            "database-insertion",
            "Database insertion",
            3,
            "A data frame is inserted into a table; what the check refuses comes back.",
        ),
        definition("month-end", "Month end", 1, "Close the books of a month."),
    ])
}

/// The decisions that are deployed.
pub fn decisions() -> Answer<Vec<DecisionDefinition>> {
    let known = |key: &str, name: &str, version| DecisionDefinition {
        id: format!("{key}:{version}:1"),
        key: key.into(),
        name: Some(name.into()),
        version,
        resource: match key {
            "routing" => "routing.dmn".into(),
            "shipping" | "level_of_the_sender" => "shipping.dmn".into(),
            _ => "pricing.dmn".into(),
        },
        deployment_id: "deployment-1".into(),
    };
    Ok(vec![
        known("discount", "Discount", 3),
        known("level", "Level", 3),
        known("routing", "Routing of orders by their country", 1),
        known("level_of_the_sender", "Level", 2),
        known("shipping", "Shipping of parcels", 2),
    ])
}

/// One of them with its file.
pub fn decision(key: &str) -> Answer<DecisionModel> {
    let known = decisions()?.into_iter().find(|d| d.key == key);
    let Some(definition) = known else {
        return missing("decision of this key");
    };
    let (name, dmn_xml) = match key {
        "routing" => ("routing.dmn", include_str!("routing.dmn")),
        "shipping" | "level_of_the_sender" => ("shipping.dmn", include_str!("shipping.dmn")),
        _ => (
            "pricing.dmn",
            include_str!("../../../tests/support/camunda.dmn"),
        ),
    };
    Ok(DecisionModel {
        definition,
        files: vec![DmnFile {
            name: name.into(),
            dmn_xml: dmn_xml.into(),
        }],
    })
}

/// What was decided in an instance.
pub fn evaluated(id: &str) -> Answer<Vec<DecisionInstance>> {
    let model = decision("discount")?;
    let definitions = model.definitions().expect("a model");
    let variables = crate::client::value::Map::from_iter([
        (
            "amount".to_owned(),
            crate::client::value::Value::Integer(70),
        ),
        ("points".to_owned(), crate::client::value::Value::Integer(3)),
    ]);
    let mut budget = crate::client::feel::Budget::default();
    let outcome = dmn::evaluate(&definitions, "discount", &variables, at(-20), &mut budget);
    Ok(vec![DecisionInstance {
        id: format!("{id}:7"),
        evaluation_time: at(-20),
        activity_id: "check".into(),
        decision_definition_key: "discount".into(),
        decision_definition_id: model.definition.id.clone(),
        model: Some(model),
        trace: outcome.expect("an outcome").trace,
    }])
}

/// What deploying a file would make.
pub fn plan(name: &str) -> Answer<Deployment> {
    let mut plan = Deployment {
        id: String::new(),
        deployment_time: clock().now,
        deployed_process_definitions: definitions()?,
        deployed_decision_definitions: Vec::new(),
        deployed_functions: Vec::new(),
        deployed_forms: Vec::new(),
        problems: Vec::new(),
        warnings: vec![format!(
            "{name}:12:4: check-stock: the decision stock-check is not deployed. Deploy its DMN file before an instance gets here"
        )],
    };
    plan.deployed_process_definitions.truncate(1);
    plan.deployed_process_definitions[0].version = 4;
    plan.deployed_process_definitions[0].resource = name.to_owned();
    Ok(plan)
}

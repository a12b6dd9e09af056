//! `crewdesk decision list [FILE...]`

use super::super::beside::{File, file, with_imports};
use super::named;
use crate::cli::output::{Output, clean, table};
use crate::cli::session::Session;
use crate::cli::{Done, Failure};
use crate::client::dmn::{self, Definitions, Kind, Logic, Part};
use crate::client::{Client, DecisionDefinition};
use serde::Serialize;
use std::collections::HashMap;
use std::path::Path;

/// A decision, decision service or business knowledge model.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    /// The definition's id; of a decision that is deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    key: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    kind: Kind,
    /// How a decision decides.
    #[serde(skip_serializing_if = "String::is_empty")]
    logic: String,
    /// Whose ways its file follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    dialect: Option<&'static str>,
    resource: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    deployment_id: String,
}

pub fn run(session: &Session, out: &Output, files: &[String]) -> Done {
    let mut rows = match files.is_empty() {
        true => deployed(&*session.client()?)?,
        false => in_files(files)?,
    };
    rows.sort_by_cached_key(|row| (row.name.to_lowercase(), row.key.clone()));
    out.answer(&rows, |rows| text(rows))?;
    Ok(())
}

/// All that is deployed, with what else is in the files.
fn deployed(client: &dyn Client) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    let mut read: HashMap<(String, String), Option<Definitions>> = HashMap::new();
    for decision in client.decisions()? {
        let of = named::place(&decision);
        if !read.contains_key(&of) {
            let definitions = client.decision(&decision.key)?.definitions();
            let parts = definitions.iter().flat_map(Definitions::parts);
            let functions = parts.filter(|part| part.kind != Kind::Decision);
            let functions = functions.map(|part| Row {
                deployment_id: decision.deployment_id.clone(),
                ..row(definitions.as_ref(), part, &decision.resource)
            });
            rows.extend(functions);
            read.insert(of.clone(), definitions);
        }
        let definitions = read.get(&of).and_then(Option::as_ref);
        rows.push(definition(decision, definitions));
    }
    for model in client.functions()? {
        let file = model.files.first().map_or("", |file| file.name.as_str());
        let Some(definitions) = model.definitions() else {
            continue;
        };
        let functions = definitions.parts().map(|part| Row {
            deployment_id: model.deployment_id.clone(),
            ..row(Some(&definitions), part, file)
        });
        rows.extend(functions);
    }
    Ok(rows)
}

fn definition(decision: DecisionDefinition, definitions: Option<&Definitions>) -> Row {
    let part = Part {
        id: &decision.key,
        name: decision.name.as_deref().unwrap_or(&decision.key),
        kind: Kind::Decision,
    };
    let row = row(definitions, part, &decision.resource);
    Row {
        id: Some(decision.id),
        version: Some(decision.version),
        deployment_id: decision.deployment_id,
        ..row
    }
}

/// All that is in files.
fn in_files(words: &[String]) -> Result<Vec<Row>, Failure> {
    let given = words.iter().map(|word| file(Path::new(word)));
    let files: Vec<File> = with_imports(given.collect::<Result<_, _>>()?)?;
    let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), &b[..])).collect();
    let parsed = dmn::parse_all(&borrowed, &|_| None);
    let mut rows = Vec::new();
    for ((name, _), (definitions, problems)) in files.iter().zip(&parsed).take(words.len()) {
        let Some(definitions) = definitions else {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            return Err(Failure::new(lines.join("\n")));
        };
        let parts = definitions.parts();
        rows.extend(parts.map(|part| row(Some(definitions), part, name)));
    }
    Ok(rows)
}

fn row(definitions: Option<&Definitions>, part: Part<'_>, file: &str) -> Row {
    let decision = definitions.and_then(|d| d.decisions.get(part.id));
    let logic = decision.map(|decision| match &decision.logic {
        Logic::Table(table) => {
            let aggregation = table.aggregation.map_or(String::new(), |a| format!(" {a}"));
            format!("table, {}{aggregation}", table.hit_policy)
        }
        Logic::Expression(_) => "expression".to_owned(),
    });
    Row {
        id: None,
        key: part.id.to_owned(),
        name: part.name.to_owned(),
        version: None,
        kind: part.kind,
        logic: logic.unwrap_or_default(),
        dialect: definitions.map(|definitions| definitions.dialect.name()),
        resource: file.to_owned(),
        deployment_id: String::new(),
    }
}

/// The name of a file without its folder.
fn file_name(path: &str) -> &str {
    let name = Path::new(path).file_name().and_then(|name| name.to_str());
    name.unwrap_or(path)
}

fn text(rows: &[Row]) -> String {
    let row = |row: &Row| {
        let kind = match (row.kind, row.logic.as_str()) {
            (Kind::Decision, "") | (Kind::DecisionService | Kind::BusinessKnowledgeModel, _) => {
                row.kind.name()
            }
            (Kind::Decision, logic) => logic,
        };
        vec![
            clean(&row.name),
            row.key.clone(),
            row.version.map_or(String::new(), |n| n.to_string()),
            kind.to_owned(),
            row.dialect.unwrap_or_default().to_owned(),
            clean(file_name(&row.resource)),
        ]
    };
    table(
        &["name", "key", "version", "what", "dialect", "file"],
        rows.iter().map(row).collect(),
        "No decision is deployed: crewdesk deploy FILE",
    )
}

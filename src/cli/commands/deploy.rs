//! `crewdesk deploy FILE...`

use crate::cli::output::{Output, table};
use crate::cli::session::Session;
use crate::cli::{Done, Failure};
use std::path::PathBuf;

/// No model is larger; what is, was named by mistake.
const LARGEST: u64 = 16 * 1024 * 1024;

pub fn run(session: &Session, out: &Output, paths: &[PathBuf]) -> Done {
    let files = paths
        .iter()
        .map(|path| {
            let name = path.display().to_string();
            let size = std::fs::metadata(path)
                .map_err(|e| Failure::new(format!("{name}: {e}")))?
                .len();
            if size > LARGEST {
                return Err(Failure::new(format!(
                    "{name}: {size} bytes are too many for a model"
                )));
            }
            let content = std::fs::read(path).map_err(|e| Failure::new(format!("{name}: {e}")))?;
            Ok((name, content))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let deployment = session.client()?.deploy(files)?;
    for warning in &deployment.warnings {
        eprintln!("{warning}");
    }
    out.answer(&deployment, |d| {
        let processes = d.deployed_process_definitions.iter().map(|p| {
            vec![
                "process".into(),
                p.key.clone(),
                p.version.to_string(),
                p.name.clone().unwrap_or_default(),
            ]
        });
        let decisions = d.deployed_decision_definitions.iter().map(|p| {
            vec![
                "decision".into(),
                p.key.clone(),
                p.version.to_string(),
                p.name.clone().unwrap_or_default(),
            ]
        });
        table(
            &["kind", "key", "version", "name"],
            processes.chain(decisions).collect(),
            "Nothing new: these files are deployed already.",
        )
    })?;
    Ok(())
}

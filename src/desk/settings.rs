//! What whoever runs the desk says of it: a file beside the database, read when the desk is opened.

use super::DeskError;
use super::paths::Paths;
use crate::feel::Allowance;
use crate::model::Java;
use crate::value::words::io_error;
use serde::Deserialize;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::ops::RangeInclusive;
use std::path::Path;

/// More than anybody writes into it.
const MOST: u64 = 64 * 1024;

/// How a desk is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    /// What evaluations may take.
    pub expressions: Allowance,
    /// What becomes of Java code in every deployment, as if each asked for it.
    pub java: Java,
    /// Activities that are cancelled end without their output parameters.
    pub skip_output_mapping_on_canceled_activities: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    expressions: Expressions,
    deployment: Deployment,
    engine: Engine,
}

/// `[engine]`
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Engine {
    skip_output_mapping_on_canceled_activities: bool,
}

/// `[deployment]`
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Deployment {
    delegates_as_topics: bool,
    without_java_listeners: bool,
}

/// `[expressions]`
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Expressions {
    steps: Option<u64>,
    /// In megabytes.
    memory: Option<u64>,
    depth: Option<u32>,
}

/// What the file beside a database says.
pub fn of(database: &Path) -> Result<Settings, DeskError> {
    read(&Paths::of(database).settings)
}

/// What the file says; without one the defaults.
pub(super) fn read(path: &Path) -> Result<Settings, DeskError> {
    let wrong = |why: &str| DeskError::Invalid(format!("{}: {why}", path.display()));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Settings::default()),
        Err(error) => return Err(wrong(&io_error(&error))),
    };
    let mut text = String::new();
    file.take(MOST + 1)
        .read_to_string(&mut text)
        .map_err(|error| wrong(&io_error(&error)))?;
    // What is cut off would not hold, and nobody would know.
    if text.len() as u64 > MOST {
        return Err(wrong(&format!(
            "is larger than {} KB; shorten it",
            MOST >> 10
        )));
    }
    parse(&text).map_err(|why| wrong(&why))
}

fn parse(text: &str) -> Result<Settings, String> {
    let written: Written = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        format!("line {line}: {}; see docs/SETTINGS.md", error.message())
    })?;
    let (said, usual) = (written.expressions, Allowance::default());
    let expressions = Allowance {
        steps: within("steps", said.steps, &Allowance::STEPS)?.unwrap_or(usual.steps),
        memory: within("memory", said.memory, &Allowance::MEGABYTES)?
            .map_or(usual.memory, |megabytes| megabytes << 20),
        depth: within("depth", said.depth, &Allowance::DEPTH)?.unwrap_or(usual.depth),
    };
    Ok(Settings {
        expressions,
        java: Java {
            delegates_as_topics: written.deployment.delegates_as_topics,
            without_listeners: written.deployment.without_java_listeners,
        },
        skip_output_mapping_on_canceled_activities: written
            .engine
            .skip_output_mapping_on_canceled_activities,
    })
}

fn within<T: PartialOrd + std::fmt::Display>(
    name: &str,
    said: Option<T>,
    bounds: &RangeInclusive<T>,
) -> Result<Option<T>, String> {
    match said {
        Some(value) if !bounds.contains(&value) => Err(format!(
            "[expressions] {name} = {value}: choose {} to {}",
            bounds.start(),
            bounds.end()
        )),
        said => Ok(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_as_usual() {
        assert_eq!(parse(""), Ok(Settings::default()));
        let said = parse("[deployment]\ndelegates-as-topics = true\n").unwrap();
        assert!(said.java.delegates_as_topics && !said.java.without_listeners);
        let left_out = parse("[deployment]\nwithout-java-listeners = true\n").unwrap();
        assert!(left_out.java.without_listeners);
        assert!(said.expressions == Allowance::default());
        let said = parse("[engine]\nskip-output-mapping-on-canceled-activities = true\n").unwrap();
        assert!(said.skip_output_mapping_on_canceled_activities);
        let said = parse("[expressions]\nsteps = 5_000\nmemory = 2\n").unwrap();
        assert_eq!(said.java, Java::default());
        let said = said.expressions;
        assert_eq!((said.steps, said.memory), (5_000, 2 << 20));
        assert_eq!(said.depth, Allowance::default().depth);
    }

    #[test]
    fn a_file_that_is_too_large_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        let written = |bytes: usize| {
            let text = "[expressions]\nsteps = 5_000\n#";
            let rest = "#".repeat(bytes - text.len());
            std::fs::write(&path, format!("{text}{rest}")).unwrap();
            read(&path).map(|settings| settings.expressions.steps)
        };
        assert!(written(64 << 10).is_ok_and(|steps| steps == 5_000));
        let told = written((64 << 10) + 1).unwrap_err().to_string();
        assert!(
            told.contains("settings.toml: is larger than 64 KB"),
            "{told}"
        );
    }

    #[test]
    fn what_can_not_be_is_refused_with_its_place() {
        let refused = |text: &str| parse(text).unwrap_err();
        assert_eq!(
            refused("[expressions]\ndepth = 1_000_000"),
            "[expressions] depth = 1000000: choose 10 to 100000"
        );
        assert!(refused("[expressions]\nsteps = 1").contains("choose 1000 to"));
        assert!(refused("[expressions]\nmemory = 0").contains("memory = 0: choose 1 to 65536"));
        let told = refused("[expressions]\n\nheight = 3\n");
        assert!(told.starts_with("line 3: unknown field `height`"), "{told}");
        assert!(refused("[expressions]\nsteps = \"many\"").starts_with("line 2: "));
    }
}

//! Decision requirements definitions: DMN files of more than one decision
//! ([DRD](https://docs.camunda.org/manual/7.24/reference/dmn/drg/)).

use super::act::Act;
use super::{Caller, Desk, DeskError};
use crate::dmn::Header;
use crate::store::{DecisionFile, Requirements};

/// The property that a migration leaves where they are missing.
const MARK: &str = "decisionRequirements";

impl Desk {
    /// The DMN file of a decision requirements definition.
    pub fn requirements_xml(&self, caller: &Caller, id: &str) -> Result<String, DeskError> {
        self.look(caller, |look| {
            let gone = || {
                DeskError::NotFound(format!("there is no decision requirements definition {id}"))
            };
            let definition = look.read.requirements(id)?.ok_or_else(gone)?;
            let resource = look.read.resource(&definition.resource_id)?;
            let resource = resource.ok_or_else(gone)?;
            Ok(crate::model::xml::shown(&resource.bytes))
        })
    }

    /// How often each of its decisions was evaluated; in one evaluation alone, if asked.
    pub fn decision_statistics(
        &self,
        caller: &Caller,
        id: &str,
        instance: Option<&str>,
    ) -> Result<Vec<(String, u64)>, DeskError> {
        self.look(caller, |look| {
            look.require(super::permission::Operation::Operate, false)?;
            Ok(look.read.decision_statistics(id, instance)?)
        })
    }

    /// Makes those of what was deployed before there were any.
    pub(super) fn define_missing_requirements(&self) -> Result<(), DeskError> {
        if self.store.read(|read| read.property(MARK))?.is_none() {
            return Ok(());
        }
        self.act(&Caller::Desk, |act| act.define_missing_requirements())
    }
}

impl Act<'_, '_> {
    fn define_missing_requirements(&mut self) -> Result<(), DeskError> {
        // Another program may have come first.
        if self.tx.read().property(MARK)?.is_none() {
            return Ok(());
        }
        for file in self.tx.read().decision_files()? {
            let resource = self.tx.read().resource(&file.resource_id)?;
            if let Some(resource) = resource {
                self.define_requirements(&file, &resource.bytes)?;
            }
        }
        Ok(self.tx.delete_property(MARK)?)
    }

    /// What a newly deployed DMN file is beside its decisions. One that has no id of its own has
    /// no key.
    pub(super) fn define_requirements(
        &mut self,
        file: &DecisionFile,
        bytes: &[u8],
    ) -> Result<(), DeskError> {
        let Some(header) = Header::read(bytes) else {
            return Ok(());
        };
        let some = |text: String| (!text.is_empty()).then_some(text);
        let category = some(header.namespace);
        self.tx.set_decision_category(file, category.as_deref())?;
        let key = header.id;
        if file.decisions < 2 || key.is_empty() {
            return Ok(());
        }
        let before = self.tx.read().latest_requirements(&key)?;
        let version = before.map_or(0, |newest| newest.version) + 1;
        Ok(self.tx.insert_requirements(&Requirements {
            id: format!("{key}:{version}:{}", self.core.ids.next()),
            key,
            version,
            name: some(header.name),
            category,
            deployment_id: file.deployment_id.clone(),
            resource_id: file.resource_id.clone(),
        })?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::DeskOptions;
    use crate::desk::secret::{Clear, KeySource};

    const FILE: &str = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="two" name="Two" namespace="n">
        <decision id="a" name="a"><literalExpression><text>1</text></literalExpression></decision>
        <decision id="b" name="b"><literalExpression><text>1</text></literalExpression></decision></definitions>"#;

    #[test]
    fn what_another_program_defined_meanwhile_is_not_defined_again() {
        let folder = tempfile::tempdir().unwrap();
        let options = DeskOptions {
            key: KeySource::Text(Clear::new("0123456789abcdef".repeat(4))),
            ..DeskOptions::default()
        };
        let desk = Desk::open(&folder.path().join("desk.db"), options).unwrap();
        let file = ("two.dmn".to_owned(), FILE.as_bytes().to_vec());
        desk.deploy(&Caller::Desk, vec![file]).unwrap();
        let jobs = || desk.job_definitions(&Caller::Desk, None).unwrap().len();
        let before = jobs();
        assert!(before > 0);
        // As when the mark was read before the other one removed it.
        desk.act(&Caller::Desk, |act| act.define_missing_requirements())
            .unwrap();
        desk.act(&Caller::Desk, |act| act.define_missing_jobs())
            .unwrap();
        assert_eq!(jobs(), before);
    }
}

//! The models that ship with crewdesk and stand on every new desk.

use super::{Caller, Desk, DeskError};

/// File names and contents.
pub const FILES: &[(&str, &[u8])] = &[
    (
        "database-insertion.bpmn",
        include_bytes!("../../process-models/database-insertion.bpmn"),
    ),
    (
        "spark-insertion.bpmn",
        include_bytes!("../../process-models/spark-insertion.bpmn"),
    ),
    (
        "undo-insertion.bpmn",
        include_bytes!("../../process-models/undo-insertion.bpmn"),
    ),
    (
        "insertion-check.dmn",
        include_bytes!("../../process-models/insertion-check.dmn"),
    ),
];

impl Desk {
    /// Deploys what ships, unless the desk has it already: the first time, and again when a
    /// newer crewdesk brings other models. A team that has deployed a version of its own under
    /// the same key since keeps that one until what ships changes.
    pub(super) fn deploy_shipped(&self) -> Result<(), DeskError> {
        let mark = super::deploy::fingerprint(FILES.iter().map(|(name, bytes)| (*name, *bytes)));
        if self.store.read(|read| read.property(MARK))?.as_ref() == Some(&mark) {
            return Ok(());
        }
        let files = FILES
            .iter()
            .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()));
        self.deploy(&Caller::Desk, files.collect())?;
        Ok(self.store.write(move |tx| tx.put_property(MARK, &mark))?)
    }
}

/// The property that says which models of ours were deployed last.
const MARK: &str = "shipped";

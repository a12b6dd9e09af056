//! Fixing rows: those that are refused are shown as the file has them, and what a person makes
//! of them is kept as a patch beside the untouched frame, to which the form refers by its hash.

use super::complete::Take;
use super::view::{Fault, FixedRow, KeptPatch, RefusedRow, RefusedRows};
use super::{Caller, Desk, DeskError, insertion, view};
use crate::insert::{self, Cancel, Frame, Patch, RawRow, Source};
use crate::value::{Map, Value};
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};

/// Rows that are shown at once.
const MOST: usize = 500;
/// Bytes of them, so that an answer stays small.
const MOST_BYTES: usize = 1 << 20;
/// Refusals that are described, of which a row may have several.
const DESCRIBED: usize = 2000;
/// The longest value that is shown whole, in bytes.
const LONGEST: usize = 4096;

impl Desk {
    /// The rows of a form's data frame that are refused, as the file has them, and those that
    /// were fixed.
    pub fn refused_rows(
        &self,
        caller: &Caller,
        id: &str,
        values: &IndexMap<String, String>,
    ) -> Result<RefusedRows, DeskError> {
        let (mut plan, planned) = self.rehearsed(caller, id, values, Take::Whole)?;
        plain(&plan)?;
        let frame = plan.frame.clone();
        let hash = insertion::patch_of(&planned.values, insertion::FRAME);
        let patch = self.patch_for(&plan, hash)?;
        if let (Some(patch), Some(hash)) = (&patch, hash) {
            plan.frame = frame.clone().patched(patch.clone(), hash)?;
        }
        plan.keep_refusals = DESCRIBED;
        let found = insert::preview(&plan, insert::SAMPLE, &Cancel::within(insert::PATIENCE))?;
        if let Some(mismatch) = found.no_key.or(found.mismatch) {
            return Err(DeskError::Invalid(mismatch));
        }
        let patch = patch.unwrap_or_default();
        let mut faults: BTreeMap<u64, Vec<insert::Refusal>> = BTreeMap::new();
        for refusal in found.refusals {
            if let Some(record) = refusal.record {
                faults.entry(record).or_default().push(refusal);
            }
        }
        // What an insertion refused far behind the rows that were looked at now.
        for refusal in refused_before(&planned.variables, &frame) {
            let record = refusal.record.unwrap_or_default();
            let fixed = patch.rows.iter().any(|row| row.record == record);
            if record > found.rows_read.max(insert::SAMPLE) && !fixed {
                faults.entry(record).or_default().push(refusal);
            }
        }
        let described = faults.len() as u64;
        // Without names in the frame columns go by their place.
        let by_place: Vec<String> = match found.format.header {
            Some(false) => found
                .columns
                .into_iter()
                .map(|column| column.name)
                .collect(),
            _ => Vec::new(),
        };
        let mut numbers: BTreeSet<u64> = faults.keys().copied().collect();
        numbers.extend(patch.rows.iter().map(|row| row.record));
        let numbers: Vec<u64> = numbers.into_iter().take(MOST).collect();
        let raw = insert::raw_rows(&frame, &plan.read, &numbers, MOST_BYTES, &Cancel::new())?;
        let rows = raw.rows.into_iter().map(|row| {
            let of = faults.remove(&row.record).unwrap_or_default();
            shown(row, (&raw.columns, &by_place), &patch, of)
        });
        let rows: Vec<RefusedRow> = rows.collect();
        let listed = rows.iter().filter(|row| !row.faults.is_empty()).count() as u64;
        Ok(RefusedRows {
            columns: raw.columns,
            rows,
            more: found.rows_refused.max(described).saturating_sub(listed),
        })
    }

    /// Keeps what a person makes of rows, with what was fixed before; the data frame itself
    /// stays as it is.
    pub fn fix_rows(
        &self,
        caller: &Caller,
        id: &str,
        values: &IndexMap<String, String>,
        rows: &[FixedRow],
    ) -> Result<KeptPatch, DeskError> {
        let (plan, planned) = self.rehearsed(caller, id, values, Take::Before)?;
        plain(&plan)?;
        let before = insertion::patch_of(&planned.values, insertion::FRAME);
        let before = self.patch_for(&plan, before)?;
        self.keep_patch(caller, &plan, before.unwrap_or_default(), rows)
    }

    /// Keeps a patch of a captured frame.
    pub(super) fn keep_patch(
        &self,
        caller: &Caller,
        plan: &insert::Insertion,
        before: Patch,
        rows: &[FixedRow],
    ) -> Result<KeptPatch, DeskError> {
        let frame = &plan.frame;
        let patch = before.fixed(frame, &plan.read, rows, &Cancel::new())?;
        if patch.rows.is_empty() {
            return Ok(KeptPatch::default());
        }
        let patch = Patch {
            frame: frame.hash.clone(),
            ..patch
        };
        let text = patch.to_text()?;
        let (store, source) = (&self.core.frames, Source::Text(&text));
        let mut captured = store.capture(source, &mut |_, _| {}, &Cancel::new())?;
        captured.name = format!("{}: {}", frame.name, patch.words());
        let (changed, dropped) = patch.count();
        let hash = captured.hash.clone();
        self.act(caller, move |act| act.keep_frame(&captured))?;
        Ok(KeptPatch {
            patch: hash,
            changed,
            dropped,
        })
    }

    /// A frame with the patch of this hash over it.
    pub(crate) fn patched(&self, frame: Frame, hash: Option<&str>) -> Result<Frame, DeskError> {
        match hash {
            None => Ok(frame),
            Some(hash) => {
                let patch = Patch::open(&self.core.frames, hash)?;
                Ok(frame.patched(patch, hash)?)
            }
        }
    }

    /// The patch of this hash, where it is one of this very frame, read like this.
    fn patch_for(
        &self,
        plan: &insert::Insertion,
        hash: Option<&str>,
    ) -> Result<Option<Patch>, DeskError> {
        // One that is gone is made anew.
        let Some(hash) = hash.filter(|hash| !self.core.frames.is_gone(hash)) else {
            return Ok(None);
        };
        let found = Patch::open(&self.core.frames, hash)?;
        Ok(found.fits(&plan.frame, &plan.read)?.then_some(found))
    }
}

/// Refuses a query: its rows are not those of the file.
fn plain(plan: &insert::Insertion) -> Result<(), DeskError> {
    match plan.query.as_deref().map(str::trim) {
        None | Some("") => Ok(()),
        Some(_) => Err(DeskError::Invalid(
            "the rows that a query makes are not those of the file, so that they can not be \
             fixed here; correct the query"
                .to_owned(),
        )),
    }
}

/// What the last insertion of an instance refused, if it was of this very frame.
fn refused_before(variables: &Map, frame: &Frame) -> Vec<insert::Refusal> {
    let capture = format!("{}{}", insertion::FRAME, insertion::CAPTURE);
    let same = variables.get(&capture).and_then(Value::as_str) == Some(&frame.hash);
    let rows: Vec<view::Refusal> = match variables.get(insertion::REFUSALS) {
        Some(Value::Json(rows)) if same => serde_json::from_value(rows.clone()).unwrap_or_default(),
        _ => Vec::new(),
    };
    let refusal = |row: view::Refusal| insert::Refusal {
        file: row.file,
        line: row.line,
        record: Some(row.record),
        column: row.column,
        source: row.source,
        value: row.value,
        reason: row.reason,
    };
    rows.into_iter().map(refusal).collect()
}

fn shown(
    row: RawRow,
    (columns, by_place): (&[String], &[String]),
    patch: &Patch,
    faults: Vec<insert::Refusal>,
) -> RefusedRow {
    let broken = row.values.is_none();
    let before = row.values.unwrap_or_else(|| vec![None; columns.len()]);
    let mut values = before.clone();
    let fixed = patch.rows.iter().find(|fixed| fixed.record == row.record);
    for cell in fixed.iter().flat_map(|row| &row.cells) {
        let at = columns.iter().position(|name| *name == cell.column);
        if let Some(value) = at.and_then(|at| values.get_mut(at)) {
            value.clone_from(&cell.new);
        }
    }
    let column = |name: &str| {
        let name = name.trim();
        let of = |names: &[String]| {
            let mut names = names.iter();
            names.position(|column| column.trim().eq_ignore_ascii_case(name))
        };
        of(columns).or_else(|| of(by_place).filter(|at| *at < columns.len()))
    };
    let text = faults.iter().find_map(|refusal| refusal.value.clone());
    let faults = faults.into_iter().map(|refusal| {
        // A key of several columns is marked at its first; a constant stands in none.
        let first = refusal.source.as_deref().or(refusal.column.as_deref());
        let first = first.and_then(|names| names.split(", ").next());
        Fault {
            column: first.and_then(column),
            reason: refusal.reason,
        }
    });
    RefusedRow {
        record: row.record,
        line: row.line,
        file: row.file,
        broken,
        text: text.filter(|_| broken),
        dropped: fixed.is_some_and(|row| row.dropped),
        faults: faults.collect(),
        before: before.into_iter().map(|text| text.map(cut)).collect(),
        values: values.into_iter().map(|text| text.map(cut)).collect(),
    }
}

fn cut(text: String) -> String {
    match text.len() > LONGEST {
        true => text.chars().take(LONGEST).collect(),
        false => text,
    }
}

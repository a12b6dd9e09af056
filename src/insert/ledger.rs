//! The ledger of a target: what it remembers of insertions, asked inside the one that runs.

use super::facts::Report;
use super::frame::HASHED;
use super::job::Insertion;
use super::target::{self, Same, Target};
use super::{Cancel, InsertError, Mode};
use chrono::{DateTime, NaiveDateTime, Utc};

/// What the ledger knows a run by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Unique to the job, the same in each of its runs: the external task's id.
    pub key: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A line of the ledger about an insertion of the same frame into the same table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) key: String,
    /// In the words of the target.
    pub(super) at: String,
    pub(super) outcome: String,
}

impl Line {
    /// Of a row of [`Target::lines`].
    pub(super) fn of(row: Vec<Option<String>>) -> Option<Line> {
        let mut values = row.into_iter();
        let mut next = || values.next().flatten();
        Some(Line {
            key: next()?,
            at: next()?,
            outcome: next()?,
        })
    }
}

/// The ledger beside the rows of an insertion that is about to be judged.
pub struct Ledger<'l> {
    pub(super) insertion: &'l Insertion,
    pub(super) target: &'l mut dyn Target,
    /// The table as the database names it.
    pub(super) table: &'l str,
    pub(super) cancel: &'l Cancel,
    /// The frame for whose other insertions the run has waited before its first row.
    pub(super) held: Option<String>,
}

/// Waits, before the first row, for whoever brings the same frame into the same table, where it is
/// known which frame it is: that frame, if the target sees then what was done. Whoever adds rows to
/// those that are there may do so later, if the target sees it then, too.
pub(super) fn hold(
    insertion: &Insertion,
    target: &mut dyn Target,
    table: &str,
) -> Result<Option<String>, InsertError> {
    let later = insertion.mode == Mode::Append && !target.holds_first();
    if !insertion.has_ledger() || later {
        return Ok(None);
    }
    let Some(frame) = insertion.frame.hash_within(0) else {
        return Ok(None);
    };
    Ok(target.hold_frame(&frame, table)?.then_some(frame))
}

impl Ledger<'_> {
    /// The table of the insertion as the database names it.
    pub fn table(&self) -> &str {
        self.table
    }

    /// What is inserted.
    pub fn insertion(&self) -> &Insertion {
        self.insertion
    }

    /// Insertions that brought the same content into the same table and were not taken back, the
    /// last first. Whoever brings it at this moment is waited for: one of two learns of the other.
    pub fn same_content(&mut self) -> Result<Vec<LedgerEntry>, InsertError> {
        let insertion = self.insertion;
        let Some(of) = Content::of(insertion, 0) else {
            return Ok(Vec::new());
        };
        let held = self.held.as_ref() == Some(&of.frame);
        let beside = match held || self.target.hold_frame(&of.frame, self.table)? {
            true => None,
            // Of a server that takes no second session it is asked in this one.
            false => target::open(&insertion.reach(self.cancel, true)).ok(),
        };
        match beside {
            Some(mut beside) => of.lines(beside.as_mut(), self.table, false),
            None => of.lines(self.target, self.table, held),
        }
    }
}

/// The same of an insertion that has not begun, as far as its ledger may be read and its frame is
/// not too large to be known.
pub(super) fn same_content(
    insertion: &Insertion,
    target: &mut dyn Target,
    table: &str,
) -> Vec<LedgerEntry> {
    let of = Content::of(insertion, HASHED);
    let lines = of.and_then(|of| of.lines(target, table, true).ok());
    lines.unwrap_or_default()
}

/// What is added to the rows of a table.
struct Content {
    frame: String,
    content: String,
}

impl Content {
    /// Of an insertion that adds rows, and that a ledger knows.
    fn of(insertion: &Insertion, bytes: u64) -> Option<Content> {
        let known = insertion.has_ledger() && insertion.mode == Mode::Append;
        known.then_some(())?;
        Some(Content {
            frame: insertion.frame.hash_within(bytes)?,
            content: insertion.content(bytes)?,
        })
    }

    /// What the ledger knows of it in this table; `held` says that whoever brings it was waited for
    /// before the transaction saw anything.
    fn lines(
        &self,
        target: &mut dyn Target,
        table: &str,
        held: bool,
    ) -> Result<Vec<LedgerEntry>, InsertError> {
        let lines = target.lines(&Same {
            frame: &self.frame,
            content: &self.content,
            table,
            held,
        })?;
        let same = |line: Line| {
            let report: Report = serde_json::from_str(&line.outcome).ok()?;
            // Earlier versions wrote down the frame alone.
            let other = report.content.as_ref().unwrap_or(&self.frame);
            (self.content == *other).then(|| LedgerEntry {
                at: instant(&line.at),
                key: line.key,
            })
        };
        Ok(lines.into_iter().filter_map(same).collect())
    }
}

/// Refuses to take a job as done whose line in the ledger is about other rows than those that are
/// asked for: another table, another mode, or another content.
pub(super) fn require_same(
    insertion: &Insertion,
    entry: &LedgerEntry,
    target: &mut dyn Target,
    done: &Report,
) -> Result<(), InsertError> {
    let (table, same) = match target.describe(&insertion.table) {
        Ok(table) => (table.name.clone(), table.name == done.table),
        // It may be gone since, and nobody knows any more of which schema it was.
        Err(InsertError::Table { .. }) => {
            let bare = |name: &str| {
                name.rsplit('.')
                    .next()
                    .unwrap_or(name)
                    .trim()
                    .to_lowercase()
            };
            let typed = insertion.table.clone();
            let same = bare(&typed) == bare(&done.table);
            (typed, same)
        }
        Err(error) => return Err(error),
    };
    let mode = insertion.mode.as_str();
    let content = insertion.content(HASHED);
    let other = if !done.table.is_empty() && !same {
        format!("its rows went into {}, not into {table}", done.table)
    } else if !done.mode.is_empty() && done.mode != mode {
        format!("its rows went in by the mode {}, not {mode}", done.mode)
    } else if done.content.is_some() && content.is_some() && done.content != content {
        "its rows were those of another data frame, or of the same one read in another way".into()
    } else {
        return Ok(());
    };
    Err(InsertError::OtherRows {
        target: insertion.target.to_string(),
        key: entry.key.clone(),
        other,
    })
}

/// A moment as one of the targets writes it.
fn instant(text: &str) -> DateTime<Utc> {
    let plain = || NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok();
    // PostgreSQL writes +00 and no T.
    let zoned = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"];
    let zoned = zoned
        .iter()
        .find_map(|f| DateTime::parse_from_str(text, f).ok());
    let found = zoned.map(|at| at.to_utc());
    found
        .or_else(|| Some(plain()?.and_utc()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_writes_the_same_moment_in_its_own_way() {
        for text in [
            "2026-11-27T10:15:00.250Z",
            "2026-11-27 10:15:00.25",
            "2026-11-27 10:15:00.25+00",
            "2026-11-27 11:15:00.25+01",
        ] {
            assert_eq!(
                instant(text).to_rfc3339(),
                "2026-11-27T10:15:00.250+00:00",
                "{text}"
            );
        }
    }
}

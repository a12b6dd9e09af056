//! Data frames into database tables: sources, capture, preview, targets, facts, ledger.
//!
//! Floor 5. Knows nothing of BPMN, of the desk or of its database.
//!
//! The way of a frame: [`FrameStore::capture`] copies it under its content hash;
//! [`preview`] says what would be refused; [`run`] inserts it in one transaction of the
//! target, reads the [`Facts`] about exactly those rows, asks a judge, and commits together
//! with a ledger line if the verdict is to keep them.

mod batch;
mod by_column;
mod cancel;
mod checks;
mod checksum;
mod create;
mod csv;
mod dates;
mod differ;
mod distinct;
mod error;
mod facts;
mod file;
mod fixed_list;
mod flow;
mod found;
mod frame;
mod in_zone;
mod intake;
mod job;
mod json;
mod ledger;
mod load;
mod look;
mod mode;
mod nulls;
mod numbers;
mod parquet;
mod password;
mod patch;
mod points;
mod preview;
mod processor;
mod query;
mod reasons;
mod records;
mod rejects;
mod rows;
mod shape;
mod source;
mod sum;
mod target;
mod truths;
mod types;
mod undo;
mod waits;
mod written;
mod xlsx;

pub use crate::value::near::did_you_mean;
pub use by_column::{ByColumn, Looks};
pub use cancel::Cancel;
pub use checks::{CHECK_TIME, Check, Reference, references};
pub use dates::DateFormat;
pub use error::InsertError;
pub use facts::{ColumnFacts, Facts, Refusal, Report, Status, Verdict};
pub use fixed_list::fixed_list;
pub use frame::{Captured, Content, DEFAULT_LIMIT, Frame, FrameStore, HASHED, Source};
pub use in_zone::InZone;
pub use job::{Insertion, Judge, LedgerJudge, Phase, Progress, run, run_beside};
pub use ledger::{Ledger, LedgerEntry};
pub use mode::Mode;
pub use numbers::NumberFormat;
pub use password::Password;
pub use patch::{Fixed, Patch, PatchedCell, PatchedRow, RawRow, RawRows, raw_rows};
pub use preview::{Preview, PreviewColumn, PreviewRow, SAMPLE, preview};
pub use query::QueryLimits;
pub use reasons::Reason;
pub use records::{
    Encoding, Format, Kind, Packing, READ_OTHERWISE, ReadOptions, Trim, above_header, separator,
};
pub use shape::Mapping;
pub use source::{SOURCE_TIME, SourceQuery};
pub use target::{
    Column, ConnectionUrl, Forbidden, LEDGER, PATIENCE, ServerKind, ServerUrl, Table, Tls,
    ledger_trouble, tables, test_connection,
};
pub use truths::TruthFormat;
pub use types::{ColumnType, Moment};
pub use undo::{Trail, UNDO_KEPT, Undoing, Undone, forget_undo, undo};
pub use waits::Waits;

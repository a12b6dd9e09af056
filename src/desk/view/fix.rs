//! Refused rows, to be fixed one by one.

use serde::{Deserialize, Serialize};

pub use crate::insert::Fixed as FixedRow;

/// The rows of a form's data frame that are refused, or were fixed before.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusedRows {
    /// The columns of the frame.
    pub columns: Vec<String>,
    /// The rows, in the order of the frame.
    pub rows: Vec<RefusedRow>,
    /// Refused rows beyond these.
    pub more: u64,
}

/// A row to be fixed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusedRow {
    /// Its number, from 1, the header not counted.
    pub record: u64,
    /// The physical line, where there are lines.
    pub line: Option<u64>,
    /// The file, of a frame that is made of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// It can not be told into cells: all of them are given anew, or it is left out.
    #[serde(default)]
    pub broken: bool,
    /// What the file says there then, as far as it is short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// It is left out.
    #[serde(default)]
    pub dropped: bool,
    /// What the file says; none for NULL.
    pub before: Vec<Option<String>>,
    /// What it says with what was fixed.
    pub values: Vec<Option<String>>,
    /// Why it is refused; nothing where it is not.
    pub faults: Vec<Fault>,
}

/// Why a row is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// The column, counted from 0; none for the row as a whole.
    pub column: Option<usize>,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// What was fixed, as it is kept beside the data frame.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptPatch {
    /// What the form says to mean it, beside the file; empty where nothing is fixed.
    pub patch: String,
    /// Rows that were changed.
    pub changed: u64,
    /// Rows that are left out.
    pub dropped: u64,
}

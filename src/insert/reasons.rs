//! Refused rows by what is wrong with them: one reason is told once, however many rows have it.

use super::facts::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Reasons that are told apart.
const MOST: usize = 100;
/// Rows of a reason that are described.
const FIRST: usize = 3;

/// A reason, and the rows that it is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// How many rows.
    pub rows: u64,
    /// The first of them.
    pub first: Vec<Refusal>,
}

/// The reasons, in the order in which they came.
#[derive(Debug, Clone, Default)]
pub(super) struct Reasons {
    known: HashMap<(Option<String>, String), usize>,
    all: Vec<Reason>,
}

impl Reasons {
    /// One more refusal, which is only described where it is wanted.
    pub(super) fn add(
        &mut self,
        column: Option<&str>,
        reason: &str,
        refusal: impl FnOnce() -> Refusal,
    ) {
        let key = (column.map(str::to_owned), kind(reason));
        let at = match self.known.get(&key) {
            Some(at) => *at,
            None if self.all.len() >= MOST => return,
            None => {
                self.known.insert(key, self.all.len());
                self.all.push(Reason {
                    rows: 0,
                    first: Vec::new(),
                });
                self.all.len() - 1
            }
        };
        if let Some(known) = self.all.get_mut(at) {
            known.rows += 1;
            if known.first.len() < FIRST {
                known.first.push(refusal());
            }
        }
    }

    /// All of them.
    pub(super) fn into_all(self) -> Vec<Reason> {
        self.all
    }
}

/// A reason without the value and the numbers of its row.
fn kind(reason: &str) -> String {
    let mut kind = String::with_capacity(reason.len());
    let mut signs = reason.chars().peekable();
    if signs.next_if_eq(&'"').is_some() {
        while let Some(sign) = signs.next() {
            match sign {
                '\\' => drop(signs.next()),
                '"' => break,
                _ => {}
            }
        }
    }
    while let Some(sign) = signs.next() {
        if sign.is_ascii_digit() {
            while signs.next_if(char::is_ascii_digit).is_some() {}
            kind.push('#');
        } else {
            kind.push(sign);
        }
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(line: u64, reason: &str) -> Refusal {
        Refusal {
            file: None,
            line: Some(line),
            record: Some(line),
            column: Some("day".into()),
            source: None,
            value: None,
            reason: reason.into(),
        }
    }

    #[test]
    fn a_reason_is_one_whatever_the_value() {
        let mut reasons = Reasons::default();
        for (line, reason) in [
            (2, "\"x\" is not DATE; write a day such as 2025-11-17"),
            (
                3,
                "\"a \\\" b\" is not DATE; write a day such as 2025-11-17",
            ),
            (4, "must not be NULL"),
            (5, "\"abc\" is not CHAR(2): 3 characters, 2 fit"),
            (6, "\"abcd\" is not CHAR(2): 4 characters, 2 fit"),
            (7, "\"y\" is not DATE; write a day such as 2025-11-17"),
            (8, "\"z\" is not DATE; write a day such as 2025-11-17"),
        ] {
            reasons.add(Some("day"), reason, || refusal(line, reason));
        }
        reasons.add(Some("other"), "must not be NULL", || refusal(9, "x"));
        let told: Vec<(u64, usize, Option<u64>)> = reasons
            .into_all()
            .iter()
            .map(|reason| (reason.rows, reason.first.len(), reason.first[0].line))
            .collect();
        assert_eq!(
            told,
            [
                (4, 3, Some(2)),
                (1, 1, Some(4)),
                (2, 2, Some(5)),
                (1, 1, Some(9))
            ]
        );
    }

    #[test]
    fn there_are_only_so_many() {
        let mut reasons = Reasons::default();
        for at in 0..2 * MOST {
            let reason = "x".repeat(at);
            reasons.add(None, &reason, || refusal(1, &reason));
        }
        assert_eq!(reasons.into_all().len(), MOST);
    }
}

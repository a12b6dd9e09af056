//! Commands that are done once although they may be sent twice.
//!
//! Whoever sends a command over a line that may drop names it by a key. The key is kept in the
//! command's own transaction, with what came of it: sent again, the command is not done again,
//! and answers the same.

use super::{Caller, Core, Desk, DeskError};
use crate::store::Tx;
use crate::value::base64;
use chrono::TimeDelta;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU32, Ordering};

/// How long a key is remembered.
const REMEMBERED: TimeDelta = TimeDelta::days(1);
/// Longest key in bytes.
const LONGEST: usize = 200;

/// The name of a request that changes something.
#[derive(Debug)]
pub struct Once {
    key: String,
    /// A hash of what was asked: the same key for something else is a mistake.
    request: String,
    /// A use case may have several transactions, always in the same order.
    next: AtomicU32,
}

impl Once {
    /// A request by its key and a hash of what it asks.
    pub fn new(key: &str, request: String) -> Result<Once, DeskError> {
        let fits = |b: u8| b.is_ascii_graphic();
        match (1..=LONGEST).contains(&key.len()) && key.bytes().all(fits) {
            true => Ok(Once {
                key: key.to_owned(),
                request,
                next: AtomicU32::new(0),
            }),
            false => Err(DeskError::Invalid(format!(
                "an Idempotency-Key has 1 to {LONGEST} visible ASCII characters"
            ))),
        }
    }

    /// The number of the next transaction.
    pub(super) fn step(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn name(&self, step: u32) -> String {
        format!("{}/{step}", self.key)
    }

    /// A name for what this request does in another database, whoever else has such a key.
    pub(super) fn mark(&self, owner: &str) -> String {
        let mut hash = Sha256::new();
        for part in [owner, &self.key, &self.request] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let mark = base64::encode(&hash.finalize());
        mark.chars().take(32).collect()
    }

    fn recall<T: DeserializeOwned>(&self, kept: &str) -> Result<T, DeskError> {
        let kept: Kept<serde_json::Value> = serde_json::from_str(kept)
            .map_err(|e| DeskError::Storage(format!("a kept answer is damaged: {e}")))?;
        if kept.request != self.request {
            return Err(DeskError::Invalid(
                "this Idempotency-Key was used for another request; make a new one".to_owned(),
            ));
        }
        serde_json::from_value(kept.answer)
            .map_err(|e| DeskError::Storage(format!("a kept answer is damaged: {e}")))
    }
}

impl PartialEq for Once {
    fn eq(&self, other: &Once) -> bool {
        (&self.key, &self.request) == (&other.key, &other.request)
    }
}

impl Eq for Once {}

#[derive(Serialize, Deserialize)]
struct Kept<T> {
    request: String,
    answer: T,
}

impl Desk {
    /// What a request is remembered by: of its hash and the desk's key, so that nobody who has
    /// only the database can try what it said.
    pub fn request_mark(&self, hash: &[u8]) -> String {
        base64::encode(&self.core.vault.mark(hash))
    }

    /// True when this request was done before; an error when its key was another's.
    pub fn repeated(&self, caller: &Caller) -> Result<bool, DeskError> {
        let Some((owner, once)) = caller.once() else {
            return Ok(false);
        };
        let kept = self.store.read(|read| read.answer(owner, &once.name(0)))?;
        match kept {
            Some(kept) => once.recall::<serde_json::Value>(&kept).map(|_| true),
            None => Ok(false),
        }
    }
}

/// Does the work of a command, the `step`th of its caller's request, unless that was done before.
pub(super) fn once<'c, T: Serialize + DeserializeOwned>(
    tx: &mut Tx<'c>,
    core: &Core,
    caller: &Caller,
    step: u32,
    work: impl FnOnce(&mut Tx<'c>) -> Result<T, DeskError>,
) -> Result<T, DeskError> {
    let Some((owner, once)) = caller.once() else {
        return work(tx);
    };
    let name = once.name(step);
    if let Some(kept) = tx.read().answer(owner, &name)? {
        return once.recall(&kept);
    }
    let answer = work(tx)?;
    let kept = Kept {
        request: once.request.clone(),
        answer: &answer,
    };
    let kept = serde_json::to_string(&kept)
        .map_err(|e| DeskError::Storage(format!("an answer cannot be kept: {e}")))?;
    let now = core.clock.now();
    tx.forget_answers(now - REMEMBERED)?;
    tx.insert_answer(owner, &name, &kept, now)?;
    Ok(answer)
}

//! Captured frames and notifications that nothing needs any more are removed, seldom and by a
//! worker.
//!
//! Whether a frame is needed is asked under the write lock, and who captures makes sure under
//! that lock that the frame is still there: of a capture and a sweep one comes first. Each is
//! removed before its row is; what a crash leaves between them is a row that nothing reads.

use super::{Caller, Desk, DeskError};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::{Duration, SystemTime};

/// Frames stay for this long after they were captured, whatever needs them.
pub const GRACE: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a notification stays after what it tells of has ended.
pub const NEWS: TimeDelta = TimeDelta::days(90);
/// How often a desk is swept.
const EVERY: TimeDelta = TimeDelta::days(1);
/// How often a process looks whether it is time.
const LOOK: TimeDelta = TimeDelta::hours(1);
/// Frames in one transaction, so that nobody waits for long.
const GROUP: usize = 10;
/// Notifications in one transaction.
const NOTES: usize = 500;
/// The property that says when the desk was swept last.
const SWEPT: &str = "framesSwept";

impl Desk {
    /// Removes the frames that were captured long before `now` and that no running instance
    /// and no draft refers to; how many.
    pub fn sweep_frames(&self, now: SystemTime) -> Result<u64, DeskError> {
        let mut removed = 0;
        for group in self.core.frames.old(now, GRACE)?.chunks(GROUP) {
            let group = group.to_vec();
            removed += self.act(&Caller::Desk, move |act| {
                let mut removed = 0;
                for hash in &group {
                    if act.tx.read().needs_frame(hash)? {
                        continue;
                    }
                    let frames = &act.core.frames;
                    // Already gone: this may be done a second time.
                    if frames.remove(hash, now, GRACE)? || frames.open(hash).is_err() {
                        act.tx.delete_frame(hash)?;
                        removed += 1;
                    }
                }
                Ok(removed)
            })?;
        }
        Ok(removed)
    }

    /// Removes the notifications of long ago, except those of what is still under way: they keep
    /// a person from being told twice. How many.
    pub fn sweep_notifications(&self) -> Result<u64, DeskError> {
        let before = self.clock().now() - NEWS;
        let mut removed = 0;
        loop {
            let old = self
                .store
                .read(|read| read.old_notifications(before, NOTES))?;
            if old.is_empty() {
                return Ok(removed);
            }
            removed += old.len() as u64;
            self.act(&Caller::Desk, move |act| {
                Ok(act.tx.delete_notifications(&old).map(drop)?)
            })?;
        }
    }

    /// Sweeps all that once a day, whichever worker comes first; how many frames went.
    pub fn sweep_if_time(&self) -> Result<u64, DeskError> {
        let now = self.clock().now();
        {
            let mut told = self.told();
            if told
                .swept
                .is_some_and(|last| now - last < LOOK && now >= last)
            {
                return Ok(0);
            }
            told.swept = Some(now);
        }
        let is_time = move |text: Option<String>| {
            let last = text.and_then(|text| text.parse().ok());
            let last = last.and_then(DateTime::<Utc>::from_timestamp_millis);
            last.is_none_or(|last| now - last >= EVERY || now < last)
        };
        if !is_time(self.store.read(|read| read.property(SWEPT))?) {
            return Ok(0);
        }
        let mine = self.act(&Caller::Desk, move |act| {
            let mine = is_time(act.tx.read().property(SWEPT)?);
            if mine {
                act.tx
                    .put_property(SWEPT, &now.timestamp_millis().to_string())?;
            }
            Ok(mine)
        })?;
        match mine {
            true => {
                let frames = self.sweep_frames(SystemTime::now());
                self.sweep_notifications()?;
                self.sweep_undo()?;
                frames
            }
            false => Ok(0),
        }
    }
}

//! The history of what ended goes when its time to live is over
//! ([History Cleanup](https://docs.camunda.org/manual/7.24/user-guide/process-engine/history/history-cleanup/)).
//!
//! An instance takes the day on which it goes when its root ends: then and so many days as its
//! definition says. A worker looks now and then where a head has let it; as with Camunda's batch
//! window nothing goes by itself until then.

use super::act::Act;
use super::permission::Operation;
use super::{Caller, Desk, DeskError};
use crate::store::{Lived, Operation as Logged};
use chrono::{DateTime, TimeDelta, Utc};

/// Instances whose history goes in one transaction, so that nobody waits for long.
const GROUP: usize = 50;
/// A century: no history is kept by date for longer.
const MOST_DAYS: u32 = 36_500;
/// How often a process looks whether something is to go.
const LOOK: TimeDelta = TimeDelta::hours(1);
/// The property that is `on` where a worker removes what is to go.
const SETTING: &str = "historyCleanup";

/// The days of a time to live as models write it: `P30D`, or a number; none for an empty one.
pub fn days(text: &str) -> Result<Option<u32>, String> {
    let text = text.trim();
    let number = text
        .strip_prefix('P')
        .and_then(|rest| rest.strip_suffix('D'))
        .unwrap_or(text);
    match number {
        "" if text.is_empty() => Ok(None),
        number => match number.parse() {
            Ok(days) if days <= MOST_DAYS => Ok(Some(days)),
            _ => Err(format!(
                "Cannot parse historyTimeToLive '{text}': expected days, such as P30D or 30, at most {MOST_DAYS}"
            )),
        },
    }
}

impl Desk {
    /// Says how many days the history of a definition stays, of what ends from now on; without
    /// any for ever.
    pub fn set_history_days(
        &self,
        caller: &Caller,
        of: Lived,
        id: &str,
        days: Option<u32>,
    ) -> Result<(), DeskError> {
        if let Some(days) = days.filter(|days| *days > MOST_DAYS) {
            return Err(DeskError::Invalid(format!(
                "a history stays {days} days? At most {MOST_DAYS}; none is for ever"
            )));
        }
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let Some(before) = act.tx.read().history_days(of, &id)? else {
                return Err(DeskError::NotFound(format!("there is no definition {id}")));
            };
            act.tx.set_history_days(of, &id, days)?;
            act.log_time_to_live(of, &id, before, days)
        })
    }

    /// Whether histories go by themselves.
    pub fn cleans_history(&self) -> Result<bool, DeskError> {
        let setting = self.store.read(|read| read.property(SETTING))?;
        Ok(setting.as_deref() == Some("on"))
    }

    /// Lets histories go by themselves, or keeps all of them.
    pub fn set_cleaning(&self, caller: &Caller, on: bool) -> Result<(), DeskError> {
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let setting = if on { "on" } else { "off" };
            act.tx.put_property(SETTING, setting)?;
            act.log("SetHistoryCleanup", "History", setting)
        })
    }

    /// Removes what is to go by now; of how many instances.
    pub fn clean_history(&self, caller: &Caller) -> Result<u64, DeskError> {
        self.look(caller, |look| look.require(Operation::Operate, false))?;
        let mut gone = 0;
        loop {
            let now = self.clock().now();
            let ids = self.store.read(|read| read.removable(now, GROUP))?;
            if ids.is_empty() {
                return Ok(gone);
            }
            gone += ids.len() as u64;
            self.act(&Caller::Desk, move |act| {
                for id in &ids {
                    act.tx.delete_history(id)?;
                }
                Ok(())
            })?;
        }
    }

    /// The same now and then, whichever process looks first, unless it is off.
    pub(crate) fn clean_if_time(&self) -> Result<u64, DeskError> {
        let now = self.clock().now();
        {
            let mut told = self.told();
            if told
                .cleaned
                .is_some_and(|last: DateTime<Utc>| now - last < LOOK && now >= last)
            {
                return Ok(0);
            }
            told.cleaned = Some(now);
        }
        match self.cleans_history()? {
            true => self.clean_history(&Caller::Desk),
            false => Ok(0),
        }
    }
}

impl Act<'_, '_> {
    /// Notes which definition got another time to live, and from which to which it went.
    fn log_time_to_live(
        &mut self,
        of: Lived,
        id: &str,
        before: Option<u32>,
        after: Option<u32>,
    ) -> Result<(), DeskError> {
        let (entity, named) = match of {
            Lived::Process => ("ProcessDefinition", "processDefinitionId"),
            Lived::Decision => ("DecisionDefinition", "decisionDefinitionId"),
        };
        let days = |days: Option<u32>| days.map(|days| days.to_string());
        for (property, old_value, new_value) in [
            ("historyTimeToLive", days(before), days(after)),
            (named, None, Some(id.to_owned())),
        ] {
            let row = Logged {
                operation: "UpdateHistoryTimeToLive".to_owned(),
                entity: entity.to_owned(),
                property: Some(property.to_owned()),
                old_value,
                new_value,
                ..Logged::default()
            };
            self.tx.log_operation(&self.by(), &row)?;
        }
        Ok(())
    }

    /// Says when the history of an instance goes, or all that belongs to its root.
    pub(super) fn remove_at(
        &mut self,
        id: &str,
        at: Option<DateTime<Utc>>,
        calculated: bool,
        hierarchical: bool,
    ) -> Result<(), DeskError> {
        let row = self.tx.read().instance_by_id(id)?;
        let gone = || DeskError::NotFound(format!("there is no process instance {id}"));
        let row = row.ok_or_else(gone)?;
        let at = match calculated {
            false => at,
            true => {
                let root = self
                    .tx
                    .read()
                    .instance_by_id(&row.root_id)?
                    .unwrap_or(row.clone());
                let days = self
                    .tx
                    .read()
                    .history_days(Lived::Process, &root.definition_id)?;
                let days = days.flatten().map(|days| TimeDelta::days(i64::from(days)));
                root.ended.zip(days).map(|(ended, days)| ended + days)
            }
        };
        match hierarchical {
            true => Ok(self.tx.set_removal(&row.root_id, true, at)?),
            false => Ok(self.tx.set_removal(&row.id, false, at)?),
        }
    }

    /// Takes the time to live that a model says; what can not be read counts as none.
    pub(super) fn live(
        &mut self,
        of: Lived,
        id: &str,
        text: Option<&str>,
    ) -> Result<(), DeskError> {
        let days = text.and_then(|text| days(text).ok().flatten());
        if days.is_some() {
            self.tx.set_history_days(of, id, days)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_to_live_are_days() {
        assert_eq!(days("P30D"), Ok(Some(30)));
        assert_eq!(days(" 7 "), Ok(Some(7)));
        assert_eq!(days(""), Ok(None));
        for bad in ["P1M", "-1", "P-1D", "soon", "P"] {
            assert!(days(bad).is_err(), "{bad}");
        }
    }
}

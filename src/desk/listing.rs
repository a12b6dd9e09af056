//! Lists for the network: what a caller may see of a listing, filtered, sorted and in pages.

use super::view::Role;
use super::{Caller, Desk, DeskError, Look};

pub use crate::store::listing::*;

impl Desk {
    /// The entries of a listing that a caller may see and a query asks for.
    pub fn list(
        &self,
        caller: &Caller,
        listing: &Listing,
        query: &ListQuery,
    ) -> Result<Vec<Entry>, DeskError> {
        self.look(caller, |look| {
            let viewer = look.viewer(listing)?;
            Ok(look.read.list(listing, query, &viewer)?)
        })
    }

    /// How many those are on all pages.
    pub fn tally(
        &self,
        caller: &Caller,
        listing: &Listing,
        query: &ListQuery,
    ) -> Result<u64, DeskError> {
        self.look(caller, |look| {
            let viewer = look.viewer(listing)?;
            Ok(look.read.tally(listing, query, &viewer)?)
        })
    }

    /// The entry with this id, if there is one that the caller may see.
    pub fn find(
        &self,
        caller: &Caller,
        listing: &Listing,
        id: &str,
    ) -> Result<Option<Entry>, DeskError> {
        let query = ListQuery {
            id: Some(id.to_owned()),
            most: Some(1),
            ..ListQuery::default()
        };
        Ok(self.list(caller, listing, &query)?.into_iter().next())
    }
}

impl Look<'_, '_> {
    /// The caller as a listing sees them.
    pub(super) fn viewer(&self, listing: &Listing) -> Result<Viewer<'_>, DeskError> {
        let Some(user) = &self.user else {
            return Ok(Viewer {
                now: self.now,
                ..Viewer::default()
            });
        };
        let scope = match user.role {
            Role::Head => None,
            Role::Employee => Some(listing.employee),
            Role::Worker => Some(listing.worker),
        };
        let scope = match scope {
            Some(None) => {
                return Err(DeskError::Forbidden(format!(
                    "{} may not list this ({}); ask a team head",
                    user.id, listing.what
                )));
            }
            Some(scope) => scope,
            None => None,
        };
        Ok(Viewer {
            now: self.now,
            user: Some(&user.id),
            groups: &user.groups,
            topics: &user.topics,
            scope,
        })
    }
}

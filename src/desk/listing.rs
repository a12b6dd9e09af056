//! Lists for the network: what a caller may see of a listing, filtered, sorted and in pages.

use super::view::Role;
use super::{Caller, Desk, DeskError, Look};
use crate::engine::state::BODY;
use crate::value::Value;
use serde_json::json;

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
            let nodes = look.nodes(listing)?;
            let viewer = look.viewer(listing, nodes.as_deref())?;
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
            let nodes = look.nodes(listing)?;
            let viewer = look.viewer(listing, nodes.as_deref())?;
            Ok(look.read.tally(listing, query, &viewer)?)
        })
    }

    /// The value of the first entry that a query finds, with the content of a file.
    pub fn listed_value(
        &self,
        caller: &Caller,
        listing: &Listing,
        query: &ListQuery,
    ) -> Result<Option<Value>, DeskError> {
        self.look(caller, |look| {
            let nodes = look.nodes(listing)?;
            let viewer = look.viewer(listing, nodes.as_deref())?;
            Ok(look.read.listed_value(listing, query, &viewer)?)
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
    /// Of every activity of every definition name, type and whether it leads nowhere, where a
    /// listing asks for them.
    fn nodes(&self, listing: &Listing) -> Result<Option<String>, DeskError> {
        if !listing.needs_nodes() {
            return Ok(None);
        }
        let mut all = Vec::new();
        for definition in self.read.process_definitions(false)? {
            // What this version can not read has no names: that is no reason to show nothing.
            let Ok(process) = self.core.catalog.process(self.read, &definition.id) else {
                continue;
            };
            for node in &process.nodes {
                let (last, many) = (node.outgoing.is_empty(), node.multi.is_some());
                // Each of several instances ends inside of what holds them.
                let kind = node.activity_type();
                all.push(json!([
                    definition.id,
                    node.id,
                    node.name,
                    kind,
                    last || many
                ]));
                if many {
                    let body = format!("{}{BODY}", node.id);
                    let kind = "multiInstanceBody";
                    all.push(json!([definition.id, body, node.name, kind, last]));
                }
            }
        }
        Ok(Some(serde_json::Value::Array(all).to_string()))
    }

    /// The caller as a listing sees them.
    pub(super) fn viewer<'v>(
        &'v self,
        listing: &Listing,
        nodes: Option<&'v str>,
    ) -> Result<Viewer<'v>, DeskError> {
        let Some(user) = &self.user else {
            return Ok(Viewer {
                now: self.now,
                nodes,
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
            nodes,
            scope,
        })
    }
}

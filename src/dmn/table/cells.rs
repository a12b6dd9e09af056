//! The cells of a table under evaluation.

use super::Table;
use crate::dmn::error::Error;
use crate::dmn::script::{Session, Test};
use crate::feel::{Scope, Value};
use std::cell::OnceCell;

/// The cells of a table under evaluation: their inputs, and for each column the scope in which
/// the value has its name, made when a cell asks for it.
pub(in crate::dmn) struct Cells<'s> {
    table: &'s Table,
    scope: &'s Scope<'s>,
    values: &'s [Value],
    scopes: Vec<OnceCell<Scope<'s>>>,
}

impl<'s> Cells<'s> {
    pub fn new(table: &'s Table, scope: &'s Scope<'s>, values: &'s [Value]) -> Self {
        let scopes = values.iter().map(|_| OnceCell::new()).collect();
        Cells {
            table,
            scope,
            values,
            scopes,
        }
    }

    /// Whether the input of a column passes a test.
    pub fn matches(
        &self,
        column: usize,
        test: &Test,
        session: &mut Session<'_>,
        decision: &str,
    ) -> Result<bool, Error> {
        let Some(value) = self.values.get(column) else {
            return Ok(true);
        };
        if let Some(verdict) = test.matches_simply(value, session, decision)? {
            return Ok(verdict);
        }
        let named = || {
            let mut cell = Scope::inside(self.scope);
            if let Some(input) = self.table.inputs.get(column) {
                cell.set(input.variable.as_str(), value.clone());
            }
            cell
        };
        let scope = self
            .scopes
            .get(column)
            .map(|scope| scope.get_or_init(named));
        test.matches(value, scope.unwrap_or(self.scope), session, decision)
    }
}

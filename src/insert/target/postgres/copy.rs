//! COPY in both directions.

use super::super::server::Search;
use super::super::{Plan, Rejection, quoted};
use super::aside::Copies;
use super::binary::{Codec, HEADER, TRAILER};
use super::hash::{self, Sent};
use super::protocol::{Body, ServerError, Trouble};
use super::{Postgres, error};
use crate::insert::batch::Batch;
use crate::insert::flow::{Finding, Supply};
use crate::insert::target::server::Lost;
use crate::insert::types::Cell;
use crate::insert::{InsertError, Mode};
use crate::value::words::thousands;

/// Bytes of the length that a value begins with.
const LENGTH: usize = 4;
/// Bytes of one message of rows, about.
const MESSAGE: usize = 1 << 16;

impl Postgres {
    pub(super) fn codecs(&self, plan: &Plan<'_>) -> Vec<Codec> {
        let codec = |at: &usize| self.codecs.get(*at).copied().flatten();
        plan.columns
            .iter()
            .map(|at| codec(at).unwrap_or(Codec::Text))
            .collect()
    }

    /// `mark` is one more column, for where in the frame a row stands.
    pub(super) fn begin_copy(
        &mut self,
        plan: &Plan<'_>,
        mark: Option<&str>,
    ) -> Result<Option<ServerError>, InsertError> {
        let sql = format!(
            "COPY {} ({}{}) FROM STDIN (FORMAT binary)",
            plan.table.quoted,
            names(plan),
            mark.map(|name| format!(",{name}")).unwrap_or_default()
        );
        self.copied = 0;
        match self.session.copy_in(&sql) {
            Ok(()) => {
                let at = self.session.open_data();
                self.session.copy_out_buffer().extend(HEADER);
                self.session
                    .close_data(at)
                    .map_err(|e| self.place.error(e))?;
                Ok(None)
            }
            Err(e) => self.refusal(e).map(Some),
        }
    }

    /// Writes rows; false when the server refuses already.
    pub(super) fn write_rows(
        &mut self,
        codecs: &[Codec],
        batch: &Batch,
        rows: &[usize],
        mark: Option<&dyn Fn(usize) -> i64>,
    ) -> Result<bool, InsertError> {
        self.write_hashed(codecs, batch, rows.iter().copied(), mark, None)
    }

    /// The same, and adds up what the server's hashes of them will be.
    fn write_hashed(
        &mut self,
        codecs: &[Codec],
        batch: &Batch,
        rows: impl Iterator<Item = usize>,
        mark: Option<&dyn Fn(usize) -> i64>,
        mut sent: Option<&mut Sent>,
    ) -> Result<bool, InsertError> {
        let width = u16::try_from(codecs.len() + usize::from(mark.is_some())).unwrap_or(u16::MAX);
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            let at = self.session.open_data();
            let out = self.session.copy_out_buffer();
            while out.len() < MESSAGE + at
                && let Some(row) = rows.next()
            {
                out.extend(width.to_be_bytes());
                let mut hashed = 0;
                for (cell, codec) in batch.cells(row, row + 1).zip(codecs) {
                    let at = out.len() + LENGTH;
                    codec.write(&cell, out);
                    if sent.is_some() {
                        let bytes = out.get(at..).unwrap_or_default();
                        hashed = hash::with(hashed, *codec, &cell, bytes);
                    }
                }
                if let Some(sent) = &mut sent {
                    sent.add(hashed);
                }
                if let Some(mark) = mark {
                    Codec::Int8.write(&Cell::Integer(mark(row)), out);
                }
                self.copied += 1;
            }
            let goes_on = self.session.close_data(at);
            if !goes_on.map_err(|e| self.place.error(e))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn end_copy(&mut self) -> Result<Option<ServerError>, InsertError> {
        let at = self.session.open_data();
        self.session.copy_out_buffer().extend(TRAILER);
        self.session
            .close_data(at)
            .map_err(|e| self.place.error(e))?;
        match self.session.copy_done() {
            Ok(taken) => {
                self.taken = taken;
                Ok(None)
            }
            Err(e) => self.refusal(e).map(Some),
        }
    }

    /// That the server took all rows of a copy that it did not refuse. Where somebody reads them
    /// back the facts say what a trigger left out, or put elsewhere.
    fn all_taken(&self, plan: &Plan<'_>) -> Result<(), InsertError> {
        let into_stage = plan.mode == Mode::Upsert;
        match self.taken == self.copied || plan.asked && !into_stage {
            true => Ok(()),
            false => Err(self.place.says(&format!(
                "the server says that it took {} of {} rows, and nothing was kept; a trigger \
                 or a rule of the table leaves rows out: leave them out of the data frame",
                thousands(self.taken),
                thousands(self.copied)
            ))),
        }
    }

    /// What the server says against rows; all else is an error.
    pub(super) fn refusal(&self, trouble: Trouble) -> Result<ServerError, InsertError> {
        match trouble {
            Trouble::Server(e) if error::is_about_rows(&e) => Ok(*e),
            other => Err(self.place.error(other)),
        }
    }

    /// Copies all that comes; why the server refuses it, if it does.
    pub(super) fn copy_all(
        &mut self,
        plan: &Plan<'_>,
        supply: &mut Supply,
    ) -> Result<Option<ServerError>, InsertError> {
        let codecs = self.codecs(plan);
        self.sent = None;
        if let Some(refused) = self.begin_copy(plan, None)? {
            return Ok(Some(refused));
        }
        let hashes = |at: &usize| self.hashed.get(*at) == Some(&true);
        let few = plan.columns.len() <= hash::COLUMNS;
        let hashed = plan.asked && few && plan.columns.iter().all(hashes);
        let mut sent = hashed.then(Sent::default);
        while let Some(batch) = supply.next() {
            self.place.cancel.check()?;
            let all = 0..batch.len();
            let goes_on = self.write_hashed(&codecs, &batch, all, None, sent.as_mut())?;
            supply.done(batch);
            if !goes_on {
                break;
            }
        }
        let refused = self.end_copy()?;
        if refused.is_none() {
            self.all_taken(plan)?;
        }
        self.sent = sent.filter(|_| refused.is_none());
        Ok(refused)
    }

    /// How many rows the transaction made, if the server's hashes of them say that they are those
    /// that were sent.
    pub(super) fn same_hashes(&mut self, plan: &Plan<'_>) -> Result<Option<u64>, InsertError> {
        let sent = self.sent.as_ref().filter(|_| plan.mode != Mode::Upsert);
        let Some((rows, sum)) = sent.map(|sent| (sent.rows, sent.sum)) else {
            return Ok(None);
        };
        let columns = plan.taken().map(|c| format!("t.{}", quoted(&c.name)));
        let columns: Vec<_> = self.codecs(plan).into_iter().zip(columns).collect();
        let sql = format!("{} FROM {}", hash::select(&columns), self.own_rows(plan));
        let shared = rows >= hash::SHARED;
        if shared {
            self.run(hash::SHARE)?;
        }
        let found = self.ask(&sql)?.into_iter().flatten();
        if shared {
            self.run(hash::SHARE_NO_MORE)?;
        }
        let found: Vec<String> = found.map(Option::unwrap_or_default).collect();
        let same = match found.as_slice() {
            [count, total] => *count == rows.to_string() && *total == sum.to_string(),
            _ => false,
        };
        // Of no rows there is no sum.
        Ok((same || rows == 0 && found.first().is_some_and(|count| count == "0")).then_some(rows))
    }

    /// Tries all that comes.
    pub(super) fn try_all(
        &mut self,
        plan: &Plan<'_>,
        supply: &mut Supply,
    ) -> Result<(), InsertError> {
        let cancel = self.place.cancel.clone();
        let mut trial = Copies::new(self, plan);
        Search::new(&mut trial, &cancel).all(supply)
    }

    /// Brings rows in, or says why the server refuses them.
    pub(super) fn try_part(
        &mut self,
        plan: &Plan<'_>,
        batch: &Batch,
        rows: &[usize],
    ) -> Result<Option<Rejection>, InsertError> {
        let codecs = self.codecs(plan);
        self.run("SAVEPOINT crewdesk_rows")?;
        let refused = match self.begin_copy(plan, None)? {
            Some(refused) => Some(refused),
            None => {
                self.write_rows(&codecs, batch, rows, None)?;
                self.end_copy()?
            }
        };
        let Some(refused) = refused else {
            self.run("RELEASE crewdesk_rows")?;
            return Ok(None);
        };
        self.run("ROLLBACK TO crewdesk_rows; RELEASE crewdesk_rows")?;
        Ok(Some(error::rejection(&refused)))
    }

    /// Reads the rows that the transaction made.
    pub(super) fn copy_back(
        &mut self,
        plan: &Plan<'_>,
        rows: &mut dyn Finding,
    ) -> Result<(), InsertError> {
        self.copy_from(plan, &self.made(plan), rows)
    }

    /// What selects the rows that the transaction made.
    fn made(&self, plan: &Plan<'_>) -> String {
        let columns = plan.taken().map(|c| format!("t.{}", quoted(&c.name)));
        let columns: Vec<String> = columns.collect();
        format!("SELECT {} FROM {}", columns.join(","), self.own_rows(plan))
    }

    /// The rows `t` of this insertion, up to a condition.
    pub(super) fn own_rows(&self, plan: &Plan<'_>) -> String {
        match plan.mode {
            Mode::Upsert => Postgres::upserted(plan),
            _ => format!(
                "{} t WHERE t.xmin = '{}'::xid",
                plan.table.quoted,
                self.made_by.as_deref().unwrap_or("0")
            ),
        }
    }

    /// Reads what a statement selects, in the columns of the plan.
    pub(super) fn copy_from(
        &mut self,
        plan: &Plan<'_>,
        select: &str,
        rows: &mut dyn Finding,
    ) -> Result<(), InsertError> {
        let codecs = self.codecs(plan);
        let mut header = Some(HEADER);
        let place = &self.place;
        let mut piece = |bytes: &[u8]| -> Result<(), InsertError> {
            let mut body = Body(bytes);
            if let Some(header) = header.take() {
                body.bytes(header.len())
                    .map_err(|e| place.error(e.into()))?;
            }
            while !body.0.is_empty() {
                let read = read_row(&mut body, &codecs, rows);
                if read.map_err(|e| place.error(e.into()))? {
                    rows.end_row()?;
                }
            }
            place.cancel.check()
        };
        let sql = format!("COPY ({select}) TO STDOUT (FORMAT binary)");
        match self.session.copy_out(&sql, &mut piece) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(e)) => {
                // The server talks on: only the end of the session stops it, and undoes all.
                self.open = false;
                Err(e)
            }
            Err(e) => Err(self.place.error(e)),
        }
    }
}

/// The values of a row of a copy; false at its end.
fn read_row(body: &mut Body<'_>, codecs: &[Codec], rows: &mut dyn Finding) -> Result<bool, Lost> {
    let fields = body.i16()?;
    if fields < 0 {
        return Ok(false);
    }
    for codec in codecs.iter().take(fields.unsigned_abs().into()) {
        let cell = match usize::try_from(body.i32()?) {
            Ok(length) => codec.read(body.bytes(length)?)?,
            Err(_) => Cell::Null,
        };
        rows.value(&cell);
    }
    Ok(true)
}

pub(super) fn names(plan: &Plan<'_>) -> String {
    let columns = plan
        .columns
        .iter()
        .filter_map(|at| plan.table.columns.get(*at));
    let names: Vec<String> = columns.map(|column| quoted(&column.name)).collect();
    names.join(",")
}

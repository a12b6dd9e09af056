//! An employee's SQL over a frame, on SQLite's own engine.
//!
//! The frame is staged as the table `frame` of a temporary database that nobody else sees.
//! Whole numbers are staged as INTEGER, what its format keeps as binary fractions as REAL, all else
//! as text; decimals stay text, so that no digit is lost, but compare and sort as numbers. Of a
//! frame that writes numbers or days another way, the values that follow are staged as what they
//! mean, in the columns where most of them do. The SQL is one SELECT that may read that table and
//! nothing else, within limits of steps and time.

use super::dates::DateFormat;
use super::facts::{Refusal, shown};
use super::numbers::{NumberFormat, looks_like_amount};
use super::points::{self, Points};
use super::records::{Format, Records, Step};
use super::rows::{Item, Row, Rows, RowsOf, Visit, only_header, records};
use super::types::{ColumnType, Decimal, Field, Inference, plain};
use super::{Cancel, InsertError};
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, Statement};
use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering as Atomic};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How much an employee's SQL may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryLimits {
    /// Steps of SQLite's machine; a row of a simple query takes some dozens.
    pub steps: u64,
    /// Time until its last row.
    pub time: Duration,
}

impl Default for QueryLimits {
    fn default() -> Self {
        QueryLimits {
            steps: 20_000_000_000,
            time: Duration::from_secs(3600),
        }
    }
}

/// The name of the staged frame.
const FRAME: &str = "frame";
/// The name of the collation of decimals.
const DECIMAL: &str = "crewdesk_decimal";
/// Steps between two looks at the limits.
const LOOK: i32 = 10_000;
/// Rows between two reports of progress.
const REPORT: u64 = 4096;
/// Malformed records that are described.
const DESCRIBED: usize = 100;
/// The longest text or blob, and the longest SQL, in bytes.
const MAX_TEXT: i32 = 16 << 20;
const MAX_SQL: i32 = 100_000;

/// Stages the frame, starts the query and hands its rows to `take`.
pub(super) fn with<T>(
    of: &RowsOf<'_>,
    sql: &str,
    staged: &mut dyn FnMut(u64, u64),
    take: impl FnOnce(&mut dyn Rows) -> Result<T, InsertError>,
) -> Result<T, InsertError> {
    let mut stage = Stage::fill(of, staged).map_err(|error| of.stopped(error))?;
    let (stopped, read) = guard(&mut stage.connection, of.limits, of.cancel).map_err(internal)?;
    let failed = |e: rusqlite::Error| explain(&e, of, stopped.load(Atomic::Relaxed));
    let statement = stage.connection.prepare(sql).map_err(failed)?;
    check_statement(&statement)?;
    let columns = statement.column_names().map(str::to_owned).collect();
    let unclear = {
        let read = read.lock().unwrap_or_else(PoisonError::into_inner);
        let named = stage.points.iter().filter(|(name, _)| read.contains(name));
        let named = named.map(|(name, points)| (name.as_str(), points));
        let odd = stage.odd.iter().find(|odd| read.contains(&odd.column));
        points::unclear(named, &stage.format, stage.width).or_else(|| odd.map(Odd::to_string))
    };
    take(&mut QueryRows {
        statement,
        columns,
        unclear,
        of,
        stopped: &stopped,
        format: stage.format,
        complete: stage.complete,
        bytes: stage.bytes,
        malformed: stage.malformed,
        malformed_more: stage.malformed_more,
    })
}

/// A value of a query's result.
pub(super) fn field<'a>(row: &'a rusqlite::Row<'a>, index: usize) -> Field<'a> {
    match row.get_ref(index) {
        Ok(ValueRef::Integer(n)) => Field::Integer(n),
        Ok(ValueRef::Real(x)) => Field::Real(x),
        Ok(ValueRef::Text(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) => Field::Text(text),
            Err(_) => Field::Blob(bytes),
        },
        Ok(ValueRef::Blob(bytes)) => Field::Blob(bytes),
        Ok(ValueRef::Null) | Err(_) => Field::Null,
    }
}

fn internal(e: rusqlite::Error) -> InsertError {
    match e.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => InsertError::DiskFull {
            what: "the temporary folder".into(),
        },
        _ => InsertError::Query(format!("the data frame could not be staged: {e}")),
    }
}

/// The frame in a temporary database.
struct Stage {
    connection: Connection,
    format: Format,
    complete: bool,
    bytes: u64,
    malformed: Vec<Refusal>,
    malformed_more: u64,
    /// What the numbers of columns that may have a fraction say about their points, where nobody
    /// said it.
    points: Vec<(String, Points)>,
    /// How many columns there are.
    width: usize,
    /// Texts among numbers that are written in another way, the first of each column.
    odd: Vec<Odd>,
}

/// A text that looks like a number and is none in the format that the column has.
struct Odd {
    column: String,
    text: String,
    place: String,
    format: NumberFormat,
}

impl std::fmt::Display for Odd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Odd {
            column,
            text,
            place,
            format,
        } = self;
        write!(
            f,
            "{column}: its numbers are read as {format} before the query, but {place} has {text:?}; \
             mend that, or name only other columns that are written so (OTHER={format}), and let the \
             query read {column} as a text"
        )
    }
}

impl Stage {
    fn fill(of: &RowsOf<'_>, staged: &mut dyn FnMut(u64, u64)) -> Result<Stage, InsertError> {
        // Types are inferred from all rows: a guess from some would change a later `007`.
        let kinds = infer(of, records(of)?.as_mut())?;
        let texts: Vec<Texts> = kinds.iter().map(|kind| kind.texts).collect();
        let mut records = records(of)?;
        // An empty name is a temporary file that SQLite removes.
        let connection = Connection::open("").map_err(internal)?;
        connection
            .execute_batch(
                "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;",
            )
            .map_err(internal)?;
        connection
            .create_collation(DECIMAL, compare_decimals)
            .map_err(internal)?;
        let columns: Vec<String> = records
            .header()
            .iter()
            .zip(&kinds)
            .map(|(name, kind)| {
                let declared = match &kind.is {
                    _ if kind.real => "REAL".to_owned(),
                    Some(ColumnType::Integer { .. }) => "INTEGER".to_owned(),
                    Some(ColumnType::Decimal { .. }) => format!("TEXT COLLATE {DECIMAL}"),
                    _ => "TEXT".to_owned(),
                };
                format!("{} {declared}", super::target::quoted(name))
            })
            .collect();
        // One more column than the limit of SQLite would be a plain error of it.
        let create = format!("CREATE TABLE {FRAME}({})", columns.join(","));
        connection.execute_batch(&create).map_err(internal)?;
        let mut stage = Stage {
            connection,
            format: records.format().clone(),
            complete: false,
            bytes: 0,
            malformed: Vec::new(),
            malformed_more: 0,
            width: kinds.len(),
            odd: Vec::new(),
            points: records
                .header()
                .iter()
                .zip(kinds)
                .filter_map(|(name, kind)| Some((name.clone(), kind.points?)))
                .collect(),
        };
        stage.copy(of, records.as_mut(), &texts, staged)?;
        Ok(stage)
    }

    fn copy(
        &mut self,
        of: &RowsOf<'_>,
        reader: &mut dyn Records,
        texts: &[Texts],
        staged: &mut dyn FnMut(u64, u64),
    ) -> Result<(), InsertError> {
        let width = reader.header().len();
        let said = Said::of(of, reader);
        self.connection.execute_batch("BEGIN").map_err(internal)?;
        let places = vec!["?"; width].join(",");
        let sql = format!("INSERT INTO {FRAME} VALUES ({places})");
        let mut insert = self.connection.prepare(&sql).map_err(internal)?;
        loop {
            of.cancel.check()?;
            if of.sample.is_some_and(|most| reader.record() >= most) {
                self.complete = reader.is_done()?;
                break;
            }
            match reader.advance()? {
                Step::End if reader.record() == 0 => {
                    return Err(only_header(&of.frame, reader.format()));
                }
                Step::End => {
                    self.complete = true;
                    break;
                }
                Step::Refused(refusal) if self.malformed.len() < DESCRIBED => {
                    self.malformed.push(refusal);
                }
                Step::Refused(_) => self.malformed_more += 1,
                Step::Record => {
                    let fields = reader.fields();
                    for i in 0..width {
                        let field = fields.get(i);
                        let meant = match (texts.get(i), said.get(i), field) {
                            (Some(texts), Some(said), Field::Text(text)) => {
                                let meant = texts.meant(text, said);
                                if meant.is_none() && *texts == Texts::Numbers {
                                    see_odd(&mut self.odd, text, reader, i, said.numbers);
                                }
                                meant
                            }
                            _ => None,
                        };
                        let value = meant.map_or_else(|| bound(field), ToSqlOutput::from);
                        insert.raw_bind_parameter(i + 1, value).map_err(internal)?;
                    }
                    insert.raw_execute().map_err(internal)?;
                }
            }
            if reader.record().is_multiple_of(REPORT) {
                staged(reader.record(), reader.bytes());
            }
        }
        drop(insert);
        self.bytes = reader.bytes();
        self.connection
            .execute_batch("COMMIT; PRAGMA query_only=ON;")
            .map_err(internal)
    }
}

/// A value as it is staged: what is no whole number and no binary fraction is text, so that no digit
/// is lost.
fn bound(field: Field<'_>) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match field {
        Field::Null => ValueRef::Null,
        Field::Text(text) => ValueRef::from(text),
        Field::Boolean(b) => ValueRef::Integer(b.into()),
        Field::Integer(n) => ValueRef::Integer(n),
        Field::Blob(bytes) => ValueRef::Blob(bytes),
        Field::Binary(text) => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => ValueRef::Real(number),
            _ => ValueRef::from(text),
        },
        Field::Exact(text) => return ToSqlOutput::from(plain(text).into_owned()),
        Field::Real(_) => return ToSqlOutput::from(field.to_string()),
    })
}

/// Looks at a text among numbers that is none in their format.
fn see_odd(
    odd: &mut Vec<Odd>,
    text: &str,
    reader: &dyn Records,
    at: usize,
    format: Option<&NumberFormat>,
) {
    let (Some(column), Some(format)) = (reader.header().get(at), format) else {
        return;
    };
    if looks_like_amount(text) && odd.iter().all(|odd| odd.column != *column) {
        odd.push(Odd {
            column: column.clone(),
            text: shown(text),
            place: place(reader),
            format: *format,
        });
    }
}

/// Where the current record stands.
fn place(reader: &dyn Records) -> String {
    match reader.line() {
        Some(line) => format!("line {line}"),
        None => format!("record {}", reader.record()),
    }
}

/// How the texts of a column are written, where not as usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Texts {
    Usual,
    Numbers,
    Days,
}

impl Texts {
    /// What a text means, as usual; none of one that stays as it is.
    fn meant(self, text: &str, said: &Said<'_>) -> Option<String> {
        match self {
            Texts::Usual => None,
            Texts::Numbers => said.numbers?.usual(text),
            Texts::Days => said.days?.staged(text),
        }
    }
}

/// What the values of a column are.
struct Kind {
    is: Option<ColumnType>,
    texts: Texts,
    /// Binary fractions, all of them.
    real: bool,
    /// Of numbers that may have a fraction, where nobody said how they are written.
    points: Option<Points>,
}

/// What is seen of the values of a column.
#[derive(Default)]
struct Seen {
    usual: Inference,
    real: Option<bool>,
    /// How many texts there are, how many of them are numbers in the format, and what these are.
    texts: u64,
    numbers: u64,
    number: Inference,
    /// How many are days in the format.
    days: u64,
    points: Points,
}

impl Seen {
    fn see(&mut self, field: Field<'_>, said: &Said<'_>, place: &dyn Fn() -> String) {
        self.usual.see(field);
        if field != Field::Null {
            let binary = matches!(field, Field::Binary(_));
            self.real = Some(binary && self.real.unwrap_or(true));
        }
        let Field::Text(text) = field else {
            self.number.see(field);
            return;
        };
        self.texts += 1;
        match Texts::Numbers.meant(text, said) {
            Some(usual) => {
                self.numbers += 1;
                self.number.see(Field::Text(&usual));
            }
            None if said.numbers.is_none() => self.points.see(text, place),
            None => {}
        }
        self.days += u64::from(Texts::Days.meant(text, said).is_some());
    }

    fn kind(self) -> Kind {
        // A few that do not follow, such as a dash, do not make the others something else.
        let most = |follow: u64| follow * 2 > self.texts;
        let number = self.number.result().filter(ColumnType::is_number);
        let number = number.filter(|_| most(self.numbers));
        let usual = self.usual.result();
        let texts = match (&number, most(self.days)) {
            (Some(_), _) => Texts::Numbers,
            (None, true) => Texts::Days,
            (None, false) => Texts::Usual,
        };
        let fraction = usual
            .as_ref()
            .is_some_and(|of| of.is_fraction() && of.is_number());
        Kind {
            texts,
            is: number.or(usual),
            real: self.real == Some(true),
            points: fraction.then_some(self.points),
        }
    }
}

/// How the texts of a column are written, as far as somebody said it.
struct Said<'o> {
    numbers: Option<&'o NumberFormat>,
    days: Option<&'o DateFormat>,
}

impl Said<'_> {
    /// Of each column.
    fn of<'o>(of: &RowsOf<'o>, reader: &dyn Records) -> Vec<Said<'o>> {
        let options = of.options;
        let said = reader.header().iter().map(|name| Said {
            numbers: options.numbers.of(&[name]),
            days: options.dates.of(&[name]),
        });
        said.collect()
    }
}

/// What the values of each column look like.
fn infer(of: &RowsOf<'_>, reader: &mut dyn Records) -> Result<Vec<Kind>, InsertError> {
    let mut seen: Vec<Seen> = Vec::new();
    seen.resize_with(reader.header().len(), Seen::default);
    let said = Said::of(of, reader);
    while of.sample.is_none_or(|most| reader.record() < most) {
        of.cancel.check()?;
        match reader.advance()? {
            Step::End => break,
            Step::Refused(_) => {}
            Step::Record => {
                let fields = reader.fields();
                let place = || place(reader);
                for (i, (seen, said)) in seen.iter_mut().zip(&said).enumerate() {
                    seen.see(fields.get(i), said, &place);
                }
            }
        }
    }
    Ok(seen.into_iter().map(Seen::kind).collect())
}

/// Numbers by value, then all else as text.
fn compare_decimals(a: &str, b: &str) -> Ordering {
    match (Decimal::parse(a), Decimal::parse(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

/// The columns that a query reads.
type Read = Arc<Mutex<HashSet<String>>>;

/// Puts the connection under guard: from here on it only reads the frame, within the limits.
/// The flag that comes back is raised when a limit was reached; with it the columns that are read.
fn guard(
    connection: &mut Connection,
    limits: QueryLimits,
    cancel: &Cancel,
) -> rusqlite::Result<(Arc<AtomicBool>, Read)> {
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, MAX_TEXT),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, MAX_SQL),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, value)?;
    }
    let read = Read::default();
    let reads = Arc::clone(&read);
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        if let AuthAction::Read { column_name, .. } = context.action {
            let mut reads = reads.lock().unwrap_or_else(PoisonError::into_inner);
            reads.insert(column_name.to_owned());
        }
        authorize(context)
    }))?;
    let stopped = Arc::new(AtomicBool::new(false));
    let (raise, cancel) = (Arc::clone(&stopped), cancel.clone());
    let until = Instant::now().checked_add(limits.time);
    let mut left = limits.steps / LOOK.unsigned_abs() as u64;
    connection.progress_handler(
        LOOK,
        Some(move || {
            let over = left == 0 || until.is_some_and(|until| Instant::now() >= until);
            left = left.saturating_sub(1);
            if over {
                raise.store(true, Atomic::Relaxed);
            }
            over || cancel.is_cancelled()
        }),
    )?;
    Ok((stopped, read))
}

/// What an employee's SQL may do: select, call functions that only compute, read the frame.
fn authorize(context: AuthContext<'_>) -> Authorization {
    let allowed = match context.action {
        AuthAction::Select | AuthAction::Recursive => true,
        // Without a column only rows are counted, be it those of a subquery.
        AuthAction::Read {
            column_name: "", ..
        } => true,
        AuthAction::Read { table_name, .. } => [FRAME, "json_each", "json_tree"]
            .iter()
            .any(|t| t.eq_ignore_ascii_case(table_name)),
        AuthAction::Function { function_name } => {
            let name = function_name.to_ascii_lowercase();
            let reaches_out = [
                "load_extension",
                "readfile",
                "writefile",
                "edit",
                "fts3_tokenizer",
            ];
            !reaches_out.contains(&name.as_str()) && !name.starts_with("sqlite_")
        }
        _ => false,
    };
    if allowed {
        Authorization::Allow
    } else {
        Authorization::Deny
    }
}

fn check_statement(statement: &Statement<'_>) -> Result<(), InsertError> {
    let refuse = |reason: String| Err(InsertError::Query(reason));
    if !statement.readonly() || statement.column_count() == 0 || statement.is_explain() != 0 {
        return refuse("only a SELECT over the table `frame` is allowed".into());
    }
    if statement.parameter_count() > 0 {
        return refuse("parameters such as ? or :name have no value here; write the value".into());
    }
    let names: Vec<&str> = statement.column_names().collect();
    for (i, name) in names.iter().enumerate() {
        if names
            .iter()
            .take(i)
            .any(|other| other.eq_ignore_ascii_case(name))
        {
            return refuse(format!(
                "two columns are called {name:?}; name one of them with AS"
            ));
        }
    }
    Ok(())
}

/// An error of the employee's SQL in the employee's words.
fn explain(error: &rusqlite::Error, of: &RowsOf<'_>, stopped: bool) -> InsertError {
    if of.cancel.is_cancelled() {
        return InsertError::Cancelled;
    }
    InsertError::Query(match error {
        _ if stopped => format!(
            "stopped, it took more than {} steps or {} s; is a join without a condition, or a \
             recursion without an end?",
            of.limits.steps,
            of.limits.time.as_secs()
        ),
        rusqlite::Error::MultipleStatement => {
            "one statement only; take away what follows `;`".into()
        }
        _ => match error.sqlite_error_code() {
            Some(ErrorCode::AuthorizationForStatementDenied) => {
                "not allowed; one SELECT over the table `frame`, nothing else".into()
            }
            Some(ErrorCode::TooBig) => "a text or the query itself is too long".into(),
            Some(ErrorCode::DiskFull) => "no space left in the temporary folder".into(),
            _ => match error {
                rusqlite::Error::SqlInputError { msg, offset, .. } if *offset >= 0 => {
                    format!("{msg} (at character {})", offset + 1)
                }
                rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
                other => other.to_string(),
            },
        },
    })
}

/// The rows of the query's result.
struct QueryRows<'a> {
    statement: Statement<'a>,
    columns: Vec<String>,
    unclear: Option<String>,
    of: &'a RowsOf<'a>,
    stopped: &'a AtomicBool,
    format: Format,
    complete: bool,
    bytes: u64,
    malformed: Vec<Refusal>,
    malformed_more: u64,
}

impl Rows for QueryRows<'_> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn is_shaped(&self) -> bool {
        true
    }

    fn is_queried(&self) -> bool {
        true
    }

    fn unclear(&self) -> Option<String> {
        self.unclear.clone()
    }

    fn format(&self) -> &Format {
        &self.format
    }

    fn each(&mut self, visit: &mut Visit<'_>) -> Result<bool, InsertError> {
        for refusal in &self.malformed {
            if !visit(Item::Refused(refusal.clone()), self.bytes)? {
                return Ok(false);
            }
        }
        if self.malformed_more > 0 && !visit(Item::RefusedMore(self.malformed_more), self.bytes)? {
            return Ok(false);
        }
        let mut rows = self.statement.raw_query();
        let mut record = 0;
        loop {
            self.of.cancel.check()?;
            let next = rows.next();
            let next =
                next.map_err(|e| explain(&e, self.of, self.stopped.load(Atomic::Relaxed)))?;
            let Some(row) = next else {
                return Ok(self.complete);
            };
            record += 1;
            if !visit(Item::Row(Row::of_query(record, row)), self.bytes)? {
                return Ok(false);
            }
        }
    }
}

#[cfg(test)]
mod tests;

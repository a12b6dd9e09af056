//! The same work by hand-written SQLite: what a program for one process would do that keeps the
//! desk's tables. Statements are prepared once and write exactly the rows that the desk leaves
//! behind, each found by its key; nothing is asked but which tasks an instance has.

use super::BenchError;
use super::recorded::{Filled, Kind, Line, Piece, Script};
use chrono::Utc;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OpenFlags, Statement, ToSql};
use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// The most commands in one transaction, as in the desk.
const GROUP: u32 = 100;
/// How long the writer waits for callers that were there a moment ago, as in the desk.
const LINGER: Duration = Duration::from_micros(300);

/// Opens a file like the desk's, as durable as the desk does.
pub(super) fn open(path: &Path) -> Result<Connection, BenchError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    conn.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = -16384;
         PRAGMA mmap_size = 1073741824;
         PRAGMA temp_store = MEMORY;",
    )?;
    Ok(conn)
}

/// What stands in the places of an instance.
pub(super) type Instance = Vec<Held>;

/// In one place.
#[derive(Debug)]
pub(super) enum Held {
    Id(String),
    Number(i64),
}

/// Prepared statements.
pub(super) struct Writer<'c> {
    script: &'c Script,
    /// At which commands a person looks for tasks first.
    looks: Vec<bool>,
    seq: i64,
    begin: Statement<'c>,
    commit: Statement<'c>,
    find_tasks: Statement<'c>,
    statements: Vec<Statement<'c>>,
    /// For each command's lines, which statement.
    numbers: Vec<Vec<usize>>,
}

impl<'c> Writer<'c> {
    /// Prepares the statements. `rounds` says how many commands follow each look for tasks.
    pub(super) fn new(
        conn: &'c Connection,
        script: &'c Script,
        rounds: &[usize],
    ) -> Result<Writer<'c>, BenchError> {
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut statements = Vec::new();
        let mut numbers = Vec::new();
        for lines in &script.commands {
            let mut of = Vec::new();
            for line in lines {
                let number = match known.get(line.sql.as_str()) {
                    Some(number) => *number,
                    None => {
                        statements.push(conn.prepare(&line.sql)?);
                        known.insert(&line.sql, statements.len() - 1);
                        statements.len() - 1
                    }
                };
                of.push(number);
            }
            numbers.push(of);
        }
        let mut looks = vec![false];
        for commands in rounds {
            looks.extend((0..*commands).map(|command| command == 0));
        }
        Ok(Writer {
            script,
            looks,
            seq: 0,
            begin: conn.prepare("BEGIN IMMEDIATE")?,
            commit: conn.prepare("COMMIT")?,
            find_tasks: conn.prepare("SELECT id, execution_id FROM task WHERE root_id = ?1")?,
            statements,
            numbers,
        })
    }

    fn commands(&self) -> usize {
        self.script.commands.len()
    }

    /// Runs commands in a transaction of their own.
    fn transaction(
        &mut self,
        work: impl FnOnce(&mut Self) -> rusqlite::Result<()>,
    ) -> Result<(), BenchError> {
        self.begin.execute([])?;
        work(self)?;
        self.commit.execute([])?;
        Ok(())
    }

    /// The same for one command of one instance.
    pub(super) fn singly(&mut self, at: usize, instance: &mut Instance) -> Result<(), BenchError> {
        self.transaction(|writer| writer.command(at, instance))
    }

    /// Writes what a command leaves behind.
    fn command(&mut self, at: usize, instance: &mut Instance) -> rusqlite::Result<()> {
        if self.looks.get(at) == Some(&true) {
            self.look(instance)?;
        }
        let now = Utc::now().timestamp_millis();
        let script = self.script;
        for kind in script.made.get(at).into_iter().flatten() {
            instance.push(match kind {
                Kind::Id => Held::Id(uuid::Uuid::now_v7().to_string()),
                Kind::Sequence => Held::Number(self.next(now)),
            });
        }
        let lines = script.commands.get(at).into_iter().flatten();
        let numbers = self.numbers.get(at).into_iter().flatten();
        for (line, number) in lines.zip(numbers) {
            if let Some(statement) = self.statements.get_mut(*number) {
                write(statement, line, instance, now)?;
            }
        }
        Ok(())
    }

    /// Reads which tasks the instance has.
    fn look(&mut self, instance: &Instance) -> rusqlite::Result<()> {
        let id = instance.get(self.script.instance).map(Held::to_sql);
        let mut rows = self.find_tasks.query([id.transpose()?])?;
        while let Some(row) = rows.next()? {
            let (_, _) = (row.get::<_, String>(0)?, row.get::<_, String>(1)?);
        }
        Ok(())
    }

    fn next(&mut self, now: i64) -> i64 {
        self.seq = (self.seq + 1).max(now.saturating_mul(4096));
        self.seq
    }

    /// Starts and ends so many instances, with the commands of so many callers in each
    /// transaction; how long that took.
    pub(super) fn serve(&mut self, instances: u32, callers: u32) -> Result<Duration, BenchError> {
        let group = callers.clamp(1, GROUP);
        let began = Instant::now();
        let mut left = instances;
        while left > 0 {
            let mut open: Vec<Instance> = (0..group.min(left)).map(|_| Instance::new()).collect();
            left -= group.min(left);
            for at in 0..self.commands() {
                self.transaction(|writer| {
                    open.iter_mut()
                        .try_for_each(|instance| writer.command(at, instance))
                })?;
            }
        }
        Ok(began.elapsed())
    }

    /// The same for callers who each wait for their answer: a thread each, and this one, which
    /// commits for all who wait. How long that took.
    pub(super) fn serve_callers(
        &mut self,
        instances: u32,
        callers: u32,
    ) -> Result<Duration, BenchError> {
        let left = AtomicU32::new(instances);
        let (ask, asked) = channel::<Request>();
        let commands = self.commands();
        let began = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..callers {
                let (ask, left) = (ask.clone(), &left);
                scope.spawn(move || call(&ask, left, commands));
            }
            drop(ask);
            self.answer(&asked, callers)
        })?;
        Ok(began.elapsed())
    }

    /// Commits what waits, until nobody can ask any more.
    fn answer(&mut self, asked: &Receiver<Request>, callers: u32) -> Result<(), BenchError> {
        let most = callers.clamp(1, GROUP) as usize;
        let mut expected = most;
        let mut answers = Vec::new();
        while let Ok(first) = asked.recv() {
            self.begin.execute([])?;
            let mut next = Some(first);
            while let Some((at, mut instance, reply)) = next.take() {
                self.command(at, &mut instance)?;
                answers.push((reply, instance));
                if answers.len() < most {
                    next = asked.try_recv().ok();
                }
                // Those of the last group are about to come again.
                if next.is_none() && answers.len() < expected {
                    next = asked.recv_timeout(LINGER).ok();
                }
            }
            self.commit.execute([])?;
            expected = answers.len();
            for (reply, instance) in answers.drain(..) {
                // A caller that is gone no longer wants an answer.
                let _ = reply.send(instance);
            }
        }
        Ok(())
    }
}

fn write(
    statement: &mut Statement<'_>,
    line: &Line,
    instance: &Instance,
    now: i64,
) -> rusqlite::Result<()> {
    for (n, value) in line.values.iter().enumerate() {
        let at = n + 1;
        match value {
            Filled::Same(value) => statement.raw_bind_parameter(at, value)?,
            Filled::Now => statement.raw_bind_parameter(at, now)?,
            Filled::Place(place) => statement.raw_bind_parameter(at, instance.get(*place))?,
            Filled::Text(pieces) => {
                statement.raw_bind_parameter(at, text(pieces, instance, now))?
            }
        }
    }
    statement.raw_execute()?;
    Ok(())
}

fn text(pieces: &[Piece], instance: &Instance, now: i64) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Same(same) => text.push_str(same),
            // Writing to a text cannot fail.
            Piece::Now => drop(write!(text, "{now}")),
            Piece::Place(place) => match instance.get(*place) {
                Some(Held::Id(id)) => text.push_str(id),
                Some(Held::Number(n)) => drop(write!(text, "{n}")),
                None => {}
            },
        }
    }
    text
}

impl ToSql for Held {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Held::Id(id) => ToSqlOutput::Borrowed(ValueRef::Text(id.as_bytes())),
            Held::Number(n) => ToSqlOutput::Owned(Value::Integer(*n)),
        })
    }
}

/// Which command of which instance, and where to answer.
type Request = (usize, Instance, Sender<Instance>);

/// One caller: starts and ends instances while some are left.
fn call(ask: &Sender<Request>, left: &AtomicU32, commands: usize) {
    let (reply, answer) = channel();
    let take = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
    while take().is_ok() {
        let mut instance = Instance::new();
        for at in 0..commands {
            if ask.send((at, instance, reply.clone())).is_err() {
                return;
            }
            match answer.recv() {
                Ok(held) => instance = held,
                Err(_) => return,
            }
        }
    }
}

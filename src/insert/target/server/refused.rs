//! Which rows a server refuses. A statement that fails leaves none of its rows behind and speaks of
//! one at most. So rows are tried in parts that get smaller, until one is alone.
//!
//! Where many are refused, that takes two statements a row. So rows that break a key or a
//! reference are asked for together: they are set aside in a temporary table, and one join tells
//! which of them the table can not take. What it tells is tried, too: a server that would take one
//! of them after all is asked no more.

use super::super::{Broken, Plan, Rejection, TAKEN, TWICE};
use crate::insert::batch::Batch;
use crate::insert::flow::Supply;
use crate::insert::{Cancel, InsertError};
use std::collections::{BTreeMap, BTreeSet};

/// The column that says which row of the batch one is that is set aside.
pub(in super::super) const MARK: &str = "crewdesk_mark";
/// As few rows are tried one by one: asking takes as long.
const FEW: usize = 4;

/// Rows of an answer, each value as text.
pub(in super::super) type Answer = Vec<Vec<Option<String>>>;

/// What rows must keep to, as far as it can be asked for many at once.
#[derive(Debug, Clone)]
pub(in super::super) struct Law {
    pub(in super::super) kind: LawKind,
    /// The columns of the rows, as SQL writes them.
    pub(in super::super) columns: Vec<String>,
    /// The table that they are compared with, as SQL writes it, and its columns.
    pub(in super::super) table: String,
    pub(in super::super) others: Vec<String>,
    /// The columns to blame, and why.
    pub(in super::super) blamed: String,
    pub(in super::super) reason: String,
    /// Whether rows that break it only by rows before them may be tried behind all others: nothing
    /// but such laws keeps rows apart.
    pub(in super::super) orders: bool,
}

/// Which rows break a law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum LawKind {
    /// Those whose values the table has.
    Key,
    /// Those whose values a row of the frame had before, which the other table knows by its mark.
    Seen,
    /// Those whose values the other table has not.
    Reference,
}

/// How a server's SQL asks.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Dialect {
    /// The table of the rows that are set aside.
    pub(in super::super) aside: &'static str,
    /// A join that begins with them.
    pub(in super::super) join: &'static str,
    /// What has the newest rows looked at, and kept.
    pub(in super::super) lock: &'static str,
}

impl Law {
    /// That each whole unique key of the table is free, of those that the frame brings; `known` if
    /// the table has no others.
    pub(in super::super) fn keys(
        plan: &Plan<'_>,
        known: bool,
        quoted: &dyn Fn(&str) -> String,
    ) -> Vec<Law> {
        let brought = |key: &&Vec<usize>| key.iter().all(|at| plan.columns.contains(at));
        let orders = known && plan.table.keys.iter().all(|key| brought(&key));
        let law = |key: &Vec<usize>| {
            let columns = key.iter().filter_map(|at| plan.table.columns.get(*at));
            let names: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
            Law {
                orders,
                ..Law::alike(LawKind::Key, &names, &plan.table.quoted, TAKEN, quoted)
            }
        };
        plan.table.keys.iter().filter(brought).map(law).collect()
    }

    /// That no row before had the key of an upsert, which this table knows; `known` as for keys.
    pub(in super::super) fn seen(
        plan: &Plan<'_>,
        table: &str,
        known: bool,
        quoted: &dyn Fn(&str) -> String,
    ) -> Law {
        let names: Vec<&str> = plan.keys().map(|column| column.name.as_str()).collect();
        let is_it = |key: &Vec<usize>| {
            key.len() == plan.key.len() && key.iter().all(|at| plan.key.contains(at))
        };
        Law {
            orders: known && plan.table.keys.iter().all(is_it),
            ..Law::alike(LawKind::Seen, &names, table, TWICE, quoted)
        }
    }

    /// A law about columns that have the same names in the other table.
    fn alike(
        kind: LawKind,
        names: &[&str],
        table: &str,
        reason: &str,
        quoted: &dyn Fn(&str) -> String,
    ) -> Law {
        let columns: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        Law {
            kind,
            others: columns.clone(),
            columns,
            table: table.to_owned(),
            blamed: names.join(", "),
            reason: reason.to_owned(),
            orders: false,
        }
    }

    /// The columns by which rows are compared, with what stands between two pairs.
    fn pairs(&self, pair: impl Fn(&String, &String) -> String, between: &str) -> String {
        let pairs = self.columns.iter().zip(&self.others);
        let pairs: Vec<String> = pairs.map(|(one, other)| pair(one, other)).collect();
        pairs.join(between)
    }

    /// Asks for the rows that break it.
    fn broken(&self, dialect: Dialect) -> String {
        let Dialect { aside, join, lock } = dialect;
        let on = self.pairs(|one, other| format!("t.{other} = s.{one}"), " AND ");
        let table = &self.table;
        match self.kind {
            LawKind::Key => {
                format!("SELECT s.{MARK} FROM {aside} s {join} {table} t ON {on}{lock}")
            }
            LawKind::Seen => {
                format!("SELECT s.{MARK}, t.{MARK} FROM {aside} s {join} {table} t ON {on}{lock}")
            }
            LawKind::Reference => {
                let whole = self.pairs(|one, _| format!("s.{one} IS NOT NULL"), " AND ");
                format!(
                    "SELECT s.{MARK} FROM {aside} s WHERE {whole} AND NOT EXISTS \
                     (SELECT 1 FROM {table} t WHERE {on}{lock})"
                )
            }
        }
    }

    /// Asks for the rows whose values one before them has.
    fn twice(&self, dialect: Dialect) -> Option<String> {
        if !self.orders {
            return None;
        }
        let (columns, aside) = (self.columns.join(","), dialect.aside);
        let whole = self.pairs(|one, _| format!("{one} IS NOT NULL"), " AND ");
        Some(format!(
            "SELECT {MARK} FROM (SELECT {MARK}, ROW_NUMBER() OVER \
             (PARTITION BY {columns} ORDER BY {MARK}) AS crewdesk_place FROM {aside} WHERE {whole}) x \
             WHERE crewdesk_place > 1"
        ))
    }

    fn rejection(&self, batch: &Batch, row: usize, mark: Option<i64>) -> Rejection {
        let reason = match (mark, batch.row_of(row)) {
            (Some(mark), Some(of)) => format!("{} {}", of.place(mark), self.reason),
            _ => self.reason.clone(),
        };
        Rejection {
            column: Some(self.blamed.clone()),
            reason,
            broken: match self.kind {
                LawKind::Reference => Broken::Reference,
                LawKind::Key | LawKind::Seen => Broken::Key,
            },
        }
    }
}

/// Tries rows on a server, in a transaction.
pub(in super::super) trait Trial {
    /// Brings rows in, or the first of them that fit a statement: how many were tried, and why they
    /// are refused if they are; then none of them is in.
    fn bring_in(
        &mut self,
        batch: &Batch,
        rows: &[usize],
    ) -> Result<(usize, Option<Rejection>), InsertError>;
    fn dialect(&self) -> Dialect;
    /// The laws that can be asked about; none where that is not sure to find what trying finds.
    fn laws(&mut self) -> Result<Vec<Law>, InsertError>;
    /// Sets rows aside; false if the server does not let us.
    fn set_aside(&mut self, batch: &Batch, rows: &[usize]) -> Result<bool, InsertError>;
    /// Asks about rows that are set aside; none if the server does not answer.
    fn ask_aside(&mut self, sql: &str) -> Result<Option<Answer>, InsertError>;
    /// Whether not one of these rows, which are set aside, would go in.
    fn all_refused(&mut self, rows: &BTreeSet<usize>) -> Result<bool, InsertError>;
    /// Undoes all since rows were set aside.
    fn clear_aside(&mut self) -> Result<(), InsertError>;
}

/// The search for refused rows.
pub(in super::super) struct Search<'t> {
    trial: &'t mut dyn Trial,
    cancel: Cancel,
    /// Asked for when they are first needed.
    laws: Option<Vec<Law>>,
}

/// Rows of a part that is refused.
#[derive(Default)]
struct Sorted {
    refused: BTreeMap<usize, Rejection>,
    /// What becomes of them depends on rows before them.
    later: BTreeSet<usize>,
}

impl<'t> Search<'t> {
    pub(in super::super) fn new(trial: &'t mut dyn Trial, cancel: &Cancel) -> Search<'t> {
        Search {
            trial,
            cancel: cancel.clone(),
            laws: None,
        }
    }

    /// Brings all in that comes, but what is refused.
    pub(in super::super) fn all(&mut self, supply: &mut Supply) -> Result<(), InsertError> {
        while let Some(mut batch) = supply.next() {
            self.through(&mut batch)?;
            supply.done(batch);
        }
        Ok(())
    }

    /// Brings the rows of a batch in but those that are refused, which are noted there.
    fn through(&mut self, batch: &mut Batch) -> Result<(), InsertError> {
        let mut refused = BTreeMap::new();
        // The parts that are still to be tried, the first on top.
        let mut parts: Vec<Vec<usize>> = vec![(0..batch.len()).collect()];
        while let Some(mut rows) = parts.pop() {
            if rows.is_empty() {
                continue;
            }
            self.cancel.check()?;
            let (tried, why) = self.trial.bring_in(batch, &rows)?;
            parts.push(rows.split_off(tried));
            let Some(why) = why else {
                continue;
            };
            if let [row] = rows[..] {
                refused.insert(row, why);
                continue;
            }
            let asks = rows.len() > FEW && why.broken != Broken::Other;
            let sorted = match asks {
                true => self.sort(batch, &rows)?,
                false => Sorted::default(),
            };
            if sorted.refused.is_empty() && sorted.later.is_empty() {
                let half = rows.split_off(rows.len() / 2);
                parts.extend([half, rows]);
                continue;
            }
            let (later, known) = (sorted.later, sorted.refused);
            rows.retain(|row| !known.contains_key(row) && !later.contains(row));
            refused.extend(known);
            parts.extend([later.into_iter().collect(), rows]);
        }
        batch.rejected.extend(refused);
        Ok(())
    }

    /// What the server knows of rows that it refuses together.
    fn sort(&mut self, batch: &Batch, rows: &[usize]) -> Result<Sorted, InsertError> {
        let laws = match self.laws.take() {
            Some(laws) => laws,
            None => self.trial.laws()?,
        };
        let sorted = match laws.is_empty() {
            true => None,
            false => self.asked(&laws, batch, rows)?,
        };
        self.laws = Some(if sorted.is_some() { laws } else { Vec::new() });
        Ok(sorted.unwrap_or_default())
    }

    /// The same; none if it can not be asked for.
    fn asked(
        &mut self,
        laws: &[Law],
        batch: &Batch,
        rows: &[usize],
    ) -> Result<Option<Sorted>, InsertError> {
        let sorted = match self.trial.set_aside(batch, rows)? {
            true => self.answered(laws, batch)?,
            false => None,
        };
        self.trial.clear_aside()?;
        Ok(sorted)
    }

    fn answered(&mut self, laws: &[Law], batch: &Batch) -> Result<Option<Sorted>, InsertError> {
        let dialect = self.trial.dialect();
        let mut sorted = Sorted::default();
        for law in laws {
            let Some(answer) = self.trial.ask_aside(&law.broken(dialect))? else {
                return Ok(None);
            };
            for row in answer {
                let mut numbers = row.into_iter().flatten();
                let at = numbers.next().and_then(|at| at.parse().ok());
                let mark = numbers.next().and_then(|mark| mark.parse().ok());
                let entry = at.map(|at| (at, sorted.refused.entry(at)));
                if let Some((at, entry)) = entry {
                    entry.or_insert_with(|| law.rejection(batch, at, mark));
                }
            }
        }
        for twice in laws.iter().filter_map(|law| law.twice(dialect)) {
            let Some(answer) = self.trial.ask_aside(&twice)? else {
                return Ok(None);
            };
            let later = answer.into_iter().flatten().flatten();
            let later = later.filter_map(|at| at.parse().ok());
            let open = later.filter(|at| !sorted.refused.contains_key(at));
            sorted.later.extend(open.collect::<Vec<_>>());
        }
        let known = sorted.refused.keys().copied().collect::<BTreeSet<_>>();
        let sure = known.is_empty() || self.trial.all_refused(&known)?;
        Ok(sure.then_some(sorted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insert::batch::RowOf;
    use crate::insert::types::Cell;
    use std::collections::HashSet;

    /// A table of whole numbers with a key and a check: no number beyond 1,000.
    #[derive(Default)]
    struct Table {
        rows: HashSet<i64>,
        aside: Vec<(usize, i64)>,
        statements: usize,
        /// A trigger makes other numbers of some, which no join knows.
        moves: bool,
        asks_nothing: bool,
    }

    impl Table {
        fn fault(&self, number: i64, beside: &HashSet<i64>) -> Option<Broken> {
            let number = self.kept(number);
            let taken = self.rows.contains(&number) || beside.contains(&number);
            match number {
                _ if taken => Some(Broken::Key),
                1_001.. => Some(Broken::Other),
                _ => None,
            }
        }

        fn kept(&self, number: i64) -> i64 {
            match self.moves && number % 10 == 0 {
                true => number + 1,
                false => number,
            }
        }
    }

    fn number(batch: &Batch, row: usize) -> i64 {
        match batch.cell(row, 0) {
            Cell::Integer(number) => number,
            _ => panic!("a number"),
        }
    }

    impl Trial for Table {
        fn bring_in(
            &mut self,
            batch: &Batch,
            rows: &[usize],
        ) -> Result<(usize, Option<Rejection>), InsertError> {
            self.statements += 1;
            let tried = rows.len().min(100);
            let mut beside = HashSet::new();
            for row in &rows[..tried] {
                let number = number(batch, *row);
                if let Some(broken) = self.fault(number, &beside) {
                    let why = Rejection {
                        column: None,
                        reason: format!("{broken:?}"),
                        broken,
                    };
                    return Ok((tried, Some(why)));
                }
                beside.insert(self.kept(number));
            }
            self.rows.extend(beside);
            Ok((tried, None))
        }

        fn dialect(&self) -> Dialect {
            Dialect {
                aside: "a",
                join: "JOIN",
                lock: "",
            }
        }

        fn laws(&mut self) -> Result<Vec<Law>, InsertError> {
            let law = Law {
                kind: LawKind::Key,
                columns: vec!["n".into()],
                table: "t".into(),
                others: vec!["n".into()],
                blamed: "n".into(),
                reason: "Key".into(),
                orders: true,
            };
            Ok(if self.asks_nothing { vec![] } else { vec![law] })
        }

        fn set_aside(&mut self, batch: &Batch, rows: &[usize]) -> Result<bool, InsertError> {
            self.statements += 1;
            let numbers = rows.iter().map(|row| (*row, number(batch, *row)));
            self.aside = numbers.collect();
            Ok(true)
        }

        fn ask_aside(&mut self, sql: &str) -> Result<Option<Answer>, InsertError> {
            self.statements += 1;
            let mut before = HashSet::new();
            let twice = sql.contains("ROW_NUMBER");
            let found = self.aside.iter().filter(|(_, number)| match twice {
                true => !before.insert(*number),
                false => self.rows.contains(number),
            });
            Ok(Some(
                found.map(|(row, _)| vec![Some(row.to_string())]).collect(),
            ))
        }

        fn all_refused(&mut self, rows: &BTreeSet<usize>) -> Result<bool, InsertError> {
            self.statements += 1;
            let mut asked = self.aside.iter().filter(|(row, _)| rows.contains(row));
            Ok(asked.all(|(_, number)| self.fault(*number, &HashSet::new()).is_some()))
        }

        fn clear_aside(&mut self) -> Result<(), InsertError> {
            self.statements += 1;
            self.aside.clear();
            Ok(())
        }
    }

    /// The rows that are refused, and how many statements it took to know.
    fn search(numbers: &[i64], table: &mut Table) -> (Vec<(usize, String)>, usize) {
        let mut batch = Batch::default();
        batch.reset(1);
        for number in numbers {
            batch.push(&Cell::Integer(*number));
            batch.finish_row(RowOf::default());
        }
        let cancel = Cancel::new();
        Search::new(table, &cancel).through(&mut batch).unwrap();
        let refused = batch.rejected.into_iter();
        let refused = refused.map(|(row, why)| (row, why.reason)).collect();
        (refused, table.statements)
    }

    #[test]
    fn what_is_found_together_is_what_is_found_one_by_one() {
        let there: HashSet<i64> = (500..700).collect();
        let mut seed = 7_u64;
        let mut next = |most: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((seed >> 33) % most) as i64
        };
        for most in [5, 100, 1_200] {
            for moves in [false, true] {
                let numbers: Vec<i64> = (0..300).map(|_| next(most)).collect();
                let table = |asks_nothing| Table {
                    rows: there.clone(),
                    moves,
                    asks_nothing,
                    ..Table::default()
                };
                // Row by row, as the table itself takes them.
                let mut alone = table(true);
                let expected: Vec<usize> = (0..numbers.len())
                    .filter(|row| {
                        let fault = alone.fault(numbers[*row], &HashSet::new());
                        alone.rows.insert(alone.kept(numbers[*row]));
                        fault.is_some()
                    })
                    .collect();
                for asks_nothing in [false, true] {
                    let (found, _) = search(&numbers, &mut table(asks_nothing));
                    let rows: Vec<usize> = found.iter().map(|(row, _)| *row).collect();
                    assert_eq!(rows, expected, "{most} {moves} {asks_nothing}");
                }
                let (together, _) = search(&numbers, &mut table(false));
                let (one_by_one, _) = search(&numbers, &mut table(true));
                assert_eq!(together, one_by_one, "{most} {moves}");
            }
        }
    }

    #[test]
    fn very_many_duplicates_take_few_statements() {
        let all = || Table {
            rows: (0..1000).collect(),
            ..Table::default()
        };
        let numbers: Vec<i64> = (0..1000).collect();
        let (refused, statements) = search(&numbers, &mut all());
        assert_eq!(refused.len(), 1000);
        assert!(statements < 100, "{statements}");
        let (refused, _) = search(&numbers, &mut Table::default());
        assert_eq!(refused, []);
        // Each comes twice, one after the other.
        let pairs: Vec<i64> = (0..1000).map(|n| n / 2).collect();
        let (refused, statements) = search(&pairs, &mut Table::default());
        let rows: Vec<usize> = refused.iter().map(|(row, _)| *row).collect();
        assert_eq!(rows, (0..500).map(|n| 2 * n + 1).collect::<Vec<_>>());
        assert!(statements < 150, "{statements}");
    }
}
